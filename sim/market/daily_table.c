#include "sim/market/daily_table.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include "sim/base/csv.h"

/* Mids are scaled by 1e9. */
enum { MID_DECIMALS = 9 };

static hst_status
read_header(const hst_csv *csv, const char *path, hst_daily_table *table, hst_error *error)
{
    const uint32_t columns = hst_csv_column_count(csv);
    if (columns < 2 || !hst_text_equals(hst_csv_column_name(csv, 0), "date")) {
        return hst_error_at(error, HST_INVALID, path, 0, 0,
                            "expected columns date and at least one currency");
    }
    if (columns - 1 > HST_DAILY_CURRENCY_MAX) {
        return hst_error_at(error, HST_FULL, path, 0, 0,
                            "more than HST_DAILY_CURRENCY_MAX = %d currencies",
                            HST_DAILY_CURRENCY_MAX);
    }
    table->currency_count = columns - 1;
    for (uint32_t c = 0; c < table->currency_count; c++) {
        const hst_text name = hst_csv_column_name(csv, c + 1);
        if (!hst_text_copy(name, table->codes[c], sizeof table->codes[c]) || name.size != 3) {
            return hst_error_at(error, HST_INVALID, path, 0, 0,
                                "expected a currency code as column name, got \"%.*s\"",
                                (int)name.size, name.bytes);
        }
    }
    return HST_OK;
}

/* Rows of the file are counted before the cells get their memory. */
static uint32_t count_lines(const char *bytes, size_t size)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < size; i++) {
        lines += bytes[i] == '\n';
    }
    return lines;
}

hst_status hst_daily_table_read(hst_inputs *inputs,
                                const char *path,
                                hst_arena *arena,
                                hst_arena *scratch,
                                hst_daily_table *out,
                                hst_error *error)
{
    const char *bytes = NULL;
    size_t size = 0;
    HST_TRY(hst_inputs_get(inputs, path, &bytes, &size, error));
    hst_csv *csv = HST_ARENA_NEW(scratch, hst_csv, 1);
    if (csv == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory to read %s", path);
    }
    HST_TRY(hst_csv_open(csv, scratch, path, bytes, size, error));
    hst_daily_table table = {.currency_count = 0};
    HST_TRY(read_header(csv, path, &table, error));
    uint32_t capacity = count_lines(bytes, size);
    capacity = capacity < HST_DAILY_ROW_MAX ? capacity : HST_DAILY_ROW_MAX;
    int32_t *dates = HST_ARENA_NEW(arena, int32_t, capacity);
    int64_t *mid_e9 = HST_ARENA_NEW(arena, int64_t, (size_t)capacity * table.currency_count);
    if (dates == NULL || mid_e9 == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the rates of %s", path);
    }
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(csv, &more, error));
        if (!more) {
            break;
        }
        if (table.row_count == capacity) {
            return hst_csv_refuse(csv, 0, HST_FULL, "at most HST_DAILY_ROW_MAX = 16384 days",
                                  error);
        }
        const uint32_t row = table.row_count;
        HST_TRY(hst_csv_date(csv, 0, &dates[row], error));
        if (row > 0 && dates[row] <= dates[row - 1]) {
            return hst_csv_refuse(csv, 0, HST_INVALID, "a date after the row before", error);
        }
        for (uint32_t c = 0; c < table.currency_count; c++) {
            int64_t *cell = &mid_e9[(size_t)row * table.currency_count + c];
            if (hst_csv_blank(csv, c + 1)) {
                *cell = 0;
                continue;
            }
            HST_TRY(hst_csv_fixed_half_even(csv, c + 1, MID_DECIMALS, cell, error));
            if (*cell <= 0) {
                return hst_csv_refuse(csv, c + 1, HST_INVALID, "a rate above zero, units per USD",
                                      error);
            }
        }
        table.row_count++;
    }
    if (table.row_count == 0) {
        return hst_error_at(error, HST_INVALID, path, 0, 0, "expected at least one day of rates");
    }
    table.dates = dates;
    table.mid_e9 = mid_e9;
    *out = table;
    return HST_OK;
}

uint32_t hst_daily_rows_before(const hst_daily_table *table, int32_t days)
{
    uint32_t low = 0;
    uint32_t high = table->row_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (table->dates[middle] < days) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    hst_assert(low == table->row_count || table->dates[low] >= days);
    return low;
}

size_t hst_daily_returns(const hst_daily_table *table,
                         uint32_t column,
                         uint32_t row_from,
                         uint32_t row_to,
                         hst_daily_return *out)
{
    hst_assert(column < table->currency_count);
    hst_assert(row_to <= table->row_count);
    size_t count = 0;
    int32_t last_date = 0;
    double last_log = 0;
    bool known = false;
    for (uint32_t row = row_from; row < row_to; row++) {
        const int64_t mid_e9 = hst_daily_mid(table, row, column);
        if (mid_e9 == 0) {
            continue;
        }
        const double log_mid = hst_log((double)mid_e9);
        if (known && table->dates[row] - last_date <= HST_DAILY_GAP_DAYS_MAX) {
            out[count].row = row;
            out[count].change = 100.0 * (log_mid - last_log);
            count++;
        }
        last_date = table->dates[row];
        last_log = log_mid;
        known = true;
    }
    return count;
}
