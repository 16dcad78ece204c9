#include "sim/market/outlook.h"

#include "core/base/assert.h"

#include <math.h>

enum { HOURS_PER_DAY = 24, TRADING_DAYS_PER_YEAR = 252 };

static const double percent = 100.0;

/* Currency whose moves a currency makes: its own, or those of the anchor of its peg. */
static hst_currency mover_of(const hst_market_data *data, hst_currency currency)
{
    hst_currency mover = currency;
    for (uint32_t depth = 0; depth < data->count; depth++) {
        if (data->entries[mover].regime != HST_MARKET_REGIME_PEG || mover == data->usd) {
            break;
        }
        mover = data->entries[mover].anchor;
    }
    return mover;
}

/* Variance of the next daily return, percent squared, by rates of rows before `row_to`. */
static double daily_variance(const hst_market_config *config,
                             const hst_market_data *data,
                             hst_currency currency,
                             uint32_t row_to,
                             hst_daily_return *returns)
{
    const hst_market_entry *entry = &data->entries[currency];
    if (currency == data->usd) {
        return 0.0;
    }
    if (!entry->fitted) {
        const double yearly = entry->regime == HST_MARKET_REGIME_FLOAT
                                  ? config->assumed_vol_float
                                  : config->assumed_vol_managed;
        return percent * percent * yearly * yearly / TRADING_DAYS_PER_YEAR;
    }
    const hst_garch *model = &entry->garch;
    const size_t count = hst_daily_returns(&data->daily, entry->daily_column, 0, row_to, returns);
    double variance = model->omega + (model->alpha + model->beta) * entry->variance;
    for (size_t t = 0; t < count; t++) {
        variance = hst_garch_next(model, returns[t].change - model->mu, variance);
    }
    return variance;
}

static double correlation(const hst_market_data *data, hst_currency a, hst_currency b)
{
    if (a == b) {
        return 1.0;
    }
    const uint32_t row_a = data->entries[a].factor_row;
    const uint32_t row_b = data->entries[b].factor_row;
    if (row_a == HST_MARKET_NONE || row_b == HST_MARKET_NONE) {
        return 0.0;
    }
    const uint32_t n = data->factor_count;
    double sum = 0.0;
    for (uint32_t k = 0; k < n; k++) {
        sum += data->factor[(size_t)row_a * n + k] * data->factor[(size_t)row_b * n + k];
    }
    return sum;
}

hst_status hst_outlook_create(const hst_market_config *config,
                              const hst_market_data *data,
                              hst_arena *arena,
                              hst_arena *scratch,
                              const double **volatility,
                              hst_error *error)
{
    hst_assert(data != NULL && volatility != NULL);
    const uint32_t n = data->count;
    const uint32_t row_to = hst_daily_rows_before(&data->daily, config->date_days);
    double *pairs = HST_ARENA_NEW(arena, double, (size_t)n *n);
    double *deviation = HST_ARENA_NEW(scratch, double, n);
    hst_daily_return *returns = HST_ARENA_NEW(scratch, hst_daily_return, data->daily.row_count);
    if (pairs == NULL || deviation == NULL || returns == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the market's outlook");
    }
    for (uint32_t c = 0; c < n; c++) {
        const hst_currency mover = mover_of(data, (hst_currency)c);
        const double variance = daily_variance(config, data, mover, row_to, returns);
        deviation[c] = sqrt(variance / HOURS_PER_DAY) / percent;
    }
    for (uint32_t a = 0; a < n; a++) {
        for (uint32_t b = 0; b < n; b++) {
            const double rho =
                correlation(data, mover_of(data, (hst_currency)a), mover_of(data, (hst_currency)b));
            const double square = deviation[a] * deviation[a] + deviation[b] * deviation[b] -
                                  2.0 * rho * deviation[a] * deviation[b];
            pairs[(size_t)a * n + b] = sqrt(fmax(square, 0.0));
        }
    }
    *volatility = pairs;
    return HST_OK;
}
