#include "sim/forecast/series.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include "sim/base/csv.h"
#include "sim/market/daily_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Which columns the table has. */
typedef struct columns {
    uint32_t date, value;
    bool rates; /* and not returns */
} columns;

static hst_status choose(const hst_csv *csv, const char *file, columns *out, hst_error *error)
{
    const uint32_t returns = hst_csv_find_column(csv, "return");
    const uint32_t rates = hst_csv_find_column(csv, "rate");
    *out = (columns){.date = hst_csv_find_column(csv, "date"),
                     .value = rates != HST_CSV_NO_COLUMN ? rates : returns,
                     .rates = rates != HST_CSV_NO_COLUMN};
    const uint32_t wanted = out->date != HST_CSV_NO_COLUMN ? 2 : 1;
    if (out->value == HST_CSV_NO_COLUMN || hst_csv_column_count(csv) != wanted) {
        const hst_text first = hst_csv_column_name(csv, 0);
        return hst_error_at(error, HST_INVALID, file, 1, 1,
                            "expected a header \"return\", \"rate\", \"date,return\" or "
                            "\"date,rate\", got %u column(s), the first \"%.*s\"",
                            hst_csv_column_count(csv), (int)first.size, first.bytes);
    }
    return HST_OK;
}

/* The row's return into *value; *has is false for a first rate and after a gap. */
typedef struct reading {
    double last; /* logarithm of the last rate */
    int32_t date;
    bool known;
} reading;

static hst_status
read_row(const hst_csv *csv, const columns *c, reading *r, double *value, bool *has, hst_error *e)
{
    int32_t date = 0;
    double cell = 0.0;
    if (c->date != HST_CSV_NO_COLUMN) {
        HST_TRY(hst_csv_date(csv, c->date, &date, e));
        if (r->known && date <= r->date) {
            return hst_csv_refuse(csv, c->date, HST_INVALID, "a date after the row before", e);
        }
    }
    HST_TRY(hst_csv_double(csv, c->value, &cell, e));
    if (c->rates && !(cell > 0.0)) {
        return hst_csv_refuse(csv, c->value, HST_INVALID, "a rate above zero", e);
    }
    const double log_rate = c->rates ? hst_log(cell) : 0.0;
    const bool near = c->date == HST_CSV_NO_COLUMN || date - r->date <= HST_DAILY_GAP_DAYS_MAX;
    *has = !c->rates || (r->known && near);
    *value = c->rates ? 100.0 * (log_rate - r->last) : cell;
    *r = (reading){log_rate, date, true};
    return HST_OK;
}

static size_t count_lines(const char *bytes, size_t size)
{
    size_t lines = 1;
    for (size_t i = 0; i < size; i++) {
        lines += bytes[i] == '\n' ? 1 : 0;
    }
    return lines;
}

hst_status hst_series_read(
    hst_inputs *inputs, const char *path, hst_arena *arena, hst_series *out, hst_error *error)
{
    hst_assert(inputs != NULL && path != NULL);
    hst_assert(arena != NULL && out != NULL);
    const char *bytes = NULL;
    size_t size = 0;
    char *file = HST_ARENA_NEW(arena, char, HST_ERROR_FILE_SIZE);
    hst_csv *csv = HST_ARENA_NEW(arena, hst_csv, 1);
    HST_TRY(hst_inputs_get(inputs, path, &bytes, &size, error));
    const size_t lines = count_lines(bytes, size);
    const size_t room = lines < HST_SERIES_LENGTH_MAX ? lines : (size_t)HST_SERIES_LENGTH_MAX;
    double *values = HST_ARENA_NEW(arena, double, room);
    if (file == NULL || csv == NULL || values == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory to read %s", path);
    }
    hst_inputs_display_path(inputs, path, file);
    HST_TRY(hst_csv_open(csv, arena, file, bytes, size, error));
    columns c;
    HST_TRY(choose(csv, file, &c, error));
    reading r = {.known = false};
    size_t count = 0;
    for (;;) {
        bool more = false;
        bool has = false;
        double value = 0.0;
        HST_TRY(hst_csv_next(csv, &more, error));
        if (!more) {
            break;
        }
        HST_TRY(read_row(csv, &c, &r, &value, &has, error));
        if (has && count == room) {
            return hst_csv_refuse(csv, c.value, HST_FULL, "at most 1000000 returns", error);
        }
        if (has) {
            values[count++] = value;
        }
    }
    *out = (hst_series){.returns = values, .count = count};
    const char *slash = strrchr(file, '/');
    (void)snprintf(out->name, sizeof out->name, "%.39s", slash != NULL ? slash + 1 : file);
    return HST_OK;
}

hst_status hst_series_of_rates(hst_inputs *inputs,
                               const char *path,
                               size_t shortest,
                               hst_arena *arena,
                               hst_series **out,
                               size_t *count,
                               hst_error *error)
{
    hst_assert(out != NULL && count != NULL);
    hst_daily_table table;
    HST_TRY(hst_daily_table_read(inputs, path, arena, arena, &table, error));
    hst_series *all = HST_ARENA_NEW(arena, hst_series, table.currency_count);
    hst_daily_return *steps = HST_ARENA_NEW(arena, hst_daily_return, table.row_count);
    size_t kept = 0;
    bool ready = all != NULL && steps != NULL;
    for (uint32_t c = 0; ready && c < table.currency_count; c++) {
        const size_t n = hst_daily_returns(&table, c, 0, table.row_count, steps);
        if (n < shortest) {
            continue;
        }
        double *values = HST_ARENA_NEW(arena, double, n);
        ready = values != NULL;
        for (size_t t = 0; ready && t < n; t++) {
            values[t] = steps[t].change;
        }
        all[kept] = (hst_series){.returns = values, .count = n};
        (void)snprintf(all[kept++].name, sizeof all->name, "%s", table.codes[c]);
    }
    if (!ready) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the returns of %s", path);
    }
    *out = all;
    *count = kept;
    return HST_OK;
}
