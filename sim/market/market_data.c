#include "sim/market/market_data.h"

#include "core/base/assert.h"

#include "sim/base/csv.h"
#include "sim/market/correlation.h"

#include <string.h>

/* What every reader below needs. */
typedef struct reader {
    const hst_currency_table *currencies;
    hst_inputs *inputs;
    hst_arena *scratch;
    hst_error *error;
    hst_market_data *data;
} reader;

static hst_status no_memory(hst_error *error)
{
    return hst_error_set(error, HST_NO_MEMORY, "no memory for the market's tables");
}

static hst_status open_table(
    hst_inputs *inputs, hst_arena *scratch, const char *path, hst_csv **out, hst_error *error)
{
    const char *bytes = NULL;
    size_t size = 0;
    HST_TRY(hst_inputs_get(inputs, path, &bytes, &size, error));
    *out = HST_ARENA_NEW(scratch, hst_csv, 1);
    if (*out == NULL) {
        return no_memory(error);
    }
    return hst_csv_open(*out, scratch, path, bytes, size, error);
}

/* The entry a cell's code names, or NULL when the run does not know the currency. */
static hst_market_entry *
entry_of_cell(const reader *r, const hst_csv *csv, uint32_t column, hst_currency *currency_out)
{
    const hst_text code = hst_text_trim(hst_csv_text(csv, column));
    hst_currency currency = HST_CURRENCY_NONE;
    if (hst_currency_find(r->currencies, code.bytes, code.size, &currency) != HST_OK) {
        return NULL;
    }
    *currency_out = currency;
    return &r->data->entries[currency];
}

static hst_status
read_regime(const reader *r, const hst_csv *csv, uint32_t column, hst_market_regime *out)
{
    static const char *const words[] = {"float", "managed", "basket", "band", "peg"};
    const hst_text text = hst_text_trim(hst_csv_text(csv, column));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (hst_text_equals(text, words[i])) {
            *out = (hst_market_regime)i;
            return HST_OK;
        }
    }
    return hst_csv_refuse(csv, column, HST_INVALID, "float, managed, basket, band or peg",
                          r->error);
}

/* Anchor, rate and band of a peg or a band. */
static hst_status
read_peg(const reader *r, const hst_csv *csv, uint32_t column, hst_market_entry *entry)
{
    hst_currency anchor = HST_CURRENCY_NONE;
    if (entry_of_cell(r, csv, column, &anchor) == NULL) {
        return hst_csv_refuse(csv, column, HST_INVALID, "a currency of the run", r->error);
    }
    entry->anchor = anchor;
    HST_TRY(hst_csv_fixed_half_even(csv, column + 1, 9, &entry->peg_e9, r->error));
    if (entry->peg_e9 <= 0) {
        return hst_csv_refuse(csv, column + 1, HST_INVALID, "a rate above zero", r->error);
    }
    if (entry->regime == HST_MARKET_REGIME_BAND) {
        /* Percent with seven decimals are parts per billion. */
        HST_TRY(hst_csv_fixed_half_even(csv, column + 2, 7, &entry->band_ppb, r->error));
        if (entry->band_ppb <= 0 || entry->band_ppb >= HST_PPB_ONE) {
            return hst_csv_refuse(csv, column + 2, HST_INVALID, "a percentage between 0 and 100",
                                  r->error);
        }
    }
    return HST_OK;
}

static hst_status read_currencies(const reader *r, const char *path)
{
    hst_csv *csv = NULL;
    uint32_t code = 0, regime = 0, anchor = 0, rate = 0, band = 0;
    HST_TRY(open_table(r->inputs, r->scratch, path, &csv, r->error));
    HST_TRY(hst_csv_column(csv, "code", &code, r->error));
    HST_TRY(hst_csv_column(csv, "regime", &regime, r->error));
    HST_TRY(hst_csv_column(csv, "peg_anchor", &anchor, r->error));
    HST_TRY(hst_csv_column(csv, "peg_rate", &rate, r->error));
    HST_TRY(hst_csv_column(csv, "band_pct", &band, r->error));
    if (rate != anchor + 1 || band != anchor + 2) {
        return hst_error_at(r->error, HST_INVALID, path, 0, 0,
                            "expected columns peg_anchor, peg_rate, band_pct side by side");
    }
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(csv, &more, r->error));
        if (!more) {
            break;
        }
        hst_currency currency = HST_CURRENCY_NONE;
        hst_market_entry *entry = entry_of_cell(r, csv, code, &currency);
        if (entry == NULL) {
            continue;
        }
        entry->known = true;
        HST_TRY(read_regime(r, csv, regime, &entry->regime));
        if (entry->regime == HST_MARKET_REGIME_BAND || entry->regime == HST_MARKET_REGIME_PEG) {
            HST_TRY(read_peg(r, csv, anchor, entry));
        }
    }
    for (uint32_t c = 0; c < r->data->count; c++) {
        const hst_market_entry *entry = &r->data->entries[c];
        const char *text = hst_currency_code(r->currencies, (hst_currency)c);
        if (!entry->known) {
            return hst_error_at(r->error, HST_NOT_FOUND, path, 0, 0, "no row for currency %s",
                                text);
        }
        if (entry->anchor != HST_CURRENCY_NONE &&
            r->data->entries[entry->anchor].anchor != HST_CURRENCY_NONE) {
            return hst_error_at(r->error, HST_SCENARIO, path, 0, 0,
                                "%s: the anchor of a peg must not be pegged itself", text);
        }
    }
    return HST_OK;
}

static hst_status read_weights(const reader *r, const char *path)
{
    hst_csv *csv = NULL;
    uint32_t code = 0, share = 0;
    HST_TRY(open_table(r->inputs, r->scratch, path, &csv, r->error));
    HST_TRY(hst_csv_column(csv, "currency", &code, r->error));
    HST_TRY(hst_csv_column(csv, "bis_share_2022_pct", &share, r->error));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(csv, &more, r->error));
        if (!more) {
            return HST_OK;
        }
        hst_currency currency = HST_CURRENCY_NONE;
        hst_market_entry *entry = entry_of_cell(r, csv, code, &currency);
        if (entry != NULL && !hst_csv_blank(csv, share)) {
            HST_TRY(hst_csv_fixed_half_even(csv, share, 7, &entry->share_ppb, r->error));
        }
    }
}

static hst_status read_annual(const reader *r, const char *path)
{
    hst_csv *csv = NULL;
    uint32_t code = 0, rate = 0;
    HST_TRY(open_table(r->inputs, r->scratch, path, &csv, r->error));
    HST_TRY(hst_csv_column(csv, "currency", &code, r->error));
    HST_TRY(hst_csv_column(csv, "units_per_usd", &rate, r->error));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(csv, &more, r->error));
        if (!more) {
            return HST_OK;
        }
        hst_currency currency = HST_CURRENCY_NONE;
        hst_market_entry *entry = entry_of_cell(r, csv, code, &currency);
        if (entry == NULL) {
            continue;
        }
        HST_TRY(hst_csv_fixed_half_even(csv, rate, 9, &entry->annual_mid_e9, r->error));
        if (entry->annual_mid_e9 <= 0) {
            return hst_csv_refuse(csv, rate, HST_INVALID, "a rate above zero", r->error);
        }
    }
}

static hst_status read_garch(const reader *r, const char *path)
{
    static const char *const names[] = {"mu", "omega",    "alpha",           "beta",
                                        "nu", "variance", "long_run_vol_pct"};
    enum { NAMES = sizeof names / sizeof names[0] };
    hst_csv *csv = NULL;
    uint32_t code = 0;
    uint32_t columns[NAMES] = {0};
    HST_TRY(open_table(r->inputs, r->scratch, path, &csv, r->error));
    HST_TRY(hst_csv_column(csv, "currency", &code, r->error));
    for (size_t i = 0; i < NAMES; i++) {
        HST_TRY(hst_csv_column(csv, names[i], &columns[i], r->error));
    }
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(csv, &more, r->error));
        if (!more) {
            return HST_OK;
        }
        hst_currency currency = HST_CURRENCY_NONE;
        hst_market_entry *entry = entry_of_cell(r, csv, code, &currency);
        if (entry == NULL) {
            continue;
        }
        double values[NAMES] = {0};
        for (size_t i = 0; i < NAMES; i++) {
            HST_TRY(hst_csv_double(csv, columns[i], &values[i], r->error));
        }
        if (!(values[1] > 0.0)) {
            return hst_csv_refuse(csv, columns[1], HST_INVALID, "omega above 0", r->error);
        }
        if (!(values[2] >= 0.0) || !(values[3] >= 0.0) || !(values[2] + values[3] < 1.0)) {
            return hst_csv_refuse(csv, columns[2], HST_INVALID,
                                  "alpha, beta >= 0 with a sum below 1", r->error);
        }
        if (!(values[4] > 2.0)) {
            return hst_csv_refuse(csv, columns[4], HST_INVALID, "nu above 2", r->error);
        }
        entry->garch = (hst_garch){values[0], values[1], values[2], values[3], values[4]};
        entry->variance = values[5];
        entry->long_run_vol_pct = values[6];
        entry->fitted = true;
    }
}

/* Rows and columns of the file in file order; those the run knows and that have a fit make the
 * matrix, which keeps its definiteness. */
static hst_status read_correlation(const reader *r, const char *path)
{
    hst_market_data *data = r->data;
    hst_assert(data->entries != NULL);
    hst_csv *csv = NULL;
    HST_TRY(open_table(r->inputs, r->scratch, path, &csv, r->error));
    const uint32_t width = hst_csv_column_count(csv);
    uint32_t *place = HST_ARENA_NEW(r->scratch, uint32_t, width);
    if (place == NULL) {
        return no_memory(r->error);
    }
    uint32_t n = 0;
    for (uint32_t column = 1; column < width; column++) {
        const hst_text name = hst_csv_column_name(csv, column);
        hst_currency currency = HST_CURRENCY_NONE;
        place[column] = HST_MARKET_NONE;
        if (hst_currency_find(r->currencies, name.bytes, name.size, &currency) == HST_OK &&
            data->entries[currency].fitted) {
            data->entries[currency].factor_row = n;
            place[column] = n++;
        }
    }
    double *matrix = HST_ARENA_NEW(r->scratch, double, (size_t)n *n + 1);
    data->factor = HST_ARENA_NEW(r->scratch, double, (size_t)n *n + 1);
    data->packed = HST_ARENA_NEW(r->scratch, double, hst_correlation_packed_size(n) + 1);
    if (matrix == NULL || data->factor == NULL || data->packed == NULL) {
        return no_memory(r->error);
    }
    data->factor_count = n;
    uint32_t rows = 0;
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(csv, &more, r->error));
        if (!more) {
            break;
        }
        hst_currency currency = HST_CURRENCY_NONE;
        const hst_market_entry *entry = entry_of_cell(r, csv, 0, &currency);
        if (entry == NULL || entry->factor_row == HST_MARKET_NONE) {
            continue;
        }
        rows++;
        for (uint32_t column = 1; column < width; column++) {
            if (place[column] != HST_MARKET_NONE) {
                double *cell = &matrix[(size_t)entry->factor_row * n + place[column]];
                HST_TRY(hst_csv_double(csv, column, cell, r->error));
            }
        }
    }
    if (rows != n || hst_correlation_factor(matrix, n, data->factor) != HST_OK) {
        return hst_error_at(r->error, HST_INVALID, path, 0, 0,
                            "expected a positive definite matrix with a row for each column");
    }
    hst_correlation_pack(data->factor, n, data->packed);
    for (uint32_t c = 0; c < data->count; c++) {
        if (data->entries[c].fitted && data->entries[c].factor_row == HST_MARKET_NONE) {
            return hst_error_at(r->error, HST_NOT_FOUND, path, 0, 0,
                                "no column for %s, which has GARCH parameters",
                                hst_currency_code(r->currencies, (hst_currency)c));
        }
    }
    return HST_OK;
}

static hst_status read_profile(const reader *r, const char *path)
{
    static const char *const returns[2] = {"abs_return", "abs_return_summer"};
    static const char *const spreads[2] = {"spread", "spread_summer"};
    hst_market_profile *profile = &r->data->profile;
    hst_csv *csv = NULL;
    uint32_t hour_column = 0;
    HST_TRY(open_table(r->inputs, r->scratch, path, &csv, r->error));
    HST_TRY(hst_csv_column(csv, "utc_hour", &hour_column, r->error));
    double sum[2] = {0.0, 0.0};
    int64_t hours = 0;
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(csv, &more, r->error));
        if (!more) {
            break;
        }
        int64_t hour = 0;
        HST_TRY(hst_csv_int64(csv, hour_column, 0, 23, &hour, r->error));
        if (hour != hours++) {
            return hst_csv_refuse(csv, hour_column, HST_INVALID, "hours 0 to 23 in order",
                                  r->error);
        }
        for (size_t season = 0; season < 2; season++) {
            uint32_t column = 0;
            double size = 0.0;
            int64_t spread_milli = 0;
            HST_TRY(hst_csv_column(csv, returns[season], &column, r->error));
            HST_TRY(hst_csv_double(csv, column, &size, r->error));
            if (!(size > 0.0)) {
                return hst_csv_refuse(csv, column, HST_INVALID, "a number above 0", r->error);
            }
            HST_TRY(hst_csv_column(csv, spreads[season], &column, r->error));
            HST_TRY(hst_csv_fixed_half_even(csv, column, 3, &spread_milli, r->error));
            if (spread_milli <= 0 || spread_milli > 100000) {
                return hst_csv_refuse(csv, column, HST_INVALID, "0.001 to 100", r->error);
            }
            profile->weight[season][hour] = size * size;
            profile->spread_milli[season][hour] = (int32_t)spread_milli;
            sum[season] += size * size;
            if (profile->spread_milli_max < (int32_t)spread_milli) {
                profile->spread_milli_max = (int32_t)spread_milli;
            }
        }
    }
    if (hours != 24) {
        return hst_error_at(r->error, HST_INVALID, path, 0, 0, "expected 24 hours");
    }
    for (size_t season = 0; season < 2; season++) {
        for (size_t hour = 0; hour < 24; hour++) {
            profile->weight[season][hour] /= sum[season];
        }
    }
    return HST_OK;
}

hst_status hst_market_data_read(const hst_market_config *config,
                                const hst_currency_table *currencies,
                                hst_inputs *inputs,
                                hst_arena *scratch,
                                hst_market_data *out,
                                hst_error *error)
{
    hst_assert(config != NULL);
    hst_assert(out != NULL);
    memset(out, 0, sizeof *out);
    out->count = hst_currency_count(currencies);
    if (hst_currency_find(currencies, "USD", 3, &out->usd) != HST_OK) {
        return hst_error_set(error, HST_SCENARIO, "the market needs USD among the currencies");
    }
    out->entries = HST_ARENA_NEW(scratch, hst_market_entry, out->count);
    if (out->entries == NULL) {
        return no_memory(error);
    }
    HST_TRY(hst_daily_table_read(inputs, config->fx_daily, scratch, scratch, &out->daily, error));
    for (uint32_t c = 0; c < out->count; c++) {
        hst_market_entry *entry = &out->entries[c];
        entry->anchor = HST_CURRENCY_NONE;
        entry->factor_row = HST_MARKET_NONE;
        entry->daily_column = HST_MARKET_NONE;
        for (uint32_t column = 0; column < out->daily.currency_count; column++) {
            if (strcmp(out->daily.codes[column], hst_currency_code(currencies, (hst_currency)c)) ==
                0) {
                entry->daily_column = column;
            }
        }
    }
    const reader r = {currencies, inputs, scratch, error, out};
    HST_TRY(read_currencies(&r, config->currencies));
    HST_TRY(read_weights(&r, config->weights));
    HST_TRY(read_annual(&r, config->fx_annual));
    HST_TRY(read_garch(&r, config->fx_garch));
    HST_TRY(read_correlation(&r, config->fx_correlation));
    return read_profile(&r, config->fx_intraday);
}

hst_status hst_market_load_currencies(hst_inputs *inputs,
                                      const char *path,
                                      hst_arena *scratch,
                                      hst_currency_table *table,
                                      hst_error *error)
{
    hst_assert(table != NULL);
    hst_csv *csv = NULL;
    uint32_t code = 0, numeric = 0, minor_unit = 0, name = 0;
    HST_TRY(open_table(inputs, scratch, path, &csv, error));
    HST_TRY(hst_csv_column(csv, "code", &code, error));
    HST_TRY(hst_csv_column(csv, "numeric", &numeric, error));
    HST_TRY(hst_csv_column(csv, "minor_unit", &minor_unit, error));
    HST_TRY(hst_csv_column(csv, "name", &name, error));
    hst_currency_table_init(table);
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(csv, &more, error));
        if (!more) {
            return HST_OK;
        }
        char code_text[4];
        char name_text[HST_CURRENCY_NAME_MAX + 1];
        int64_t numeric_value = 0;
        int64_t minor_value = 0;
        if (!hst_text_copy(hst_csv_text(csv, code), code_text, sizeof code_text)) {
            return hst_csv_refuse(csv, code, HST_INVALID, "a currency code", error);
        }
        if (!hst_text_copy(hst_csv_text(csv, name), name_text, sizeof name_text)) {
            return hst_csv_refuse(csv, name, HST_INVALID, "a name of at most 63 bytes", error);
        }
        HST_TRY(hst_csv_int64(csv, numeric, 0, 999, &numeric_value, error));
        HST_TRY(hst_csv_int64(csv, minor_unit, 0, HST_MINOR_UNIT_MAX, &minor_value, error));
        hst_currency currency = HST_CURRENCY_NONE;
        const hst_status status = hst_currency_table_add(
            table, code_text, (uint16_t)numeric_value, (uint8_t)minor_value, name_text, &currency);
        if (status != HST_OK) {
            return hst_csv_refuse(csv, code, status, "a new currency code", error);
        }
    }
}
