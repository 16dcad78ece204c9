#include "sim/market/market.h"

#include "core/base/assert.h"
#include "core/money/money.h"

#include "sim/base/calendar.h"
#include "sim/base/number.h"
#include "sim/market/market_data.h"
#include "sim/market/market_internal.h"
#include "sim/market/outlook.h"
#include "sim/market/path.h"
#include "sim/market/rule.h"
#include "sim/market/session.h"

#include <string.h>

__extension__ typedef __int128 int128;

/* Shares of turnover (each trade counted twice) that make a major and a liquid currency; the
 * yearly volatility above which a liquid one is priced as an emerging one. */
enum { MAJOR_SHARE_PPB = 50000000, LIQUID_SHARE_PPB = 4000000 };
static const double volatile_pct = 14.0;

/* No leg may cost more than this in its dearest hour: the sums below stay far under one. */
static const int64_t leg_max_ppb = 200000000;

void hst_market_config_defaults(hst_market_config *config)
{
    *config = (hst_market_config){
        .model = HST_MARKET_MODEL_REPLAY,
        .date_days = hst_date_to_days((hst_date){2025, 4, 1}),
        .step_ns = 5 * HST_MINUTE_NS,
        .horizon_ns = HST_DAY_NS,
        .seed = 1,
        .replication = 0,
        .half_spread_ppb = {30000, 500000, 10000000},
        .class_milli = {{1000, 3000, 10000, 40000},
                        {1000, 1500, 3000, 6000},
                        {1000, 1000, 1250, 1500}},
        .hour_milli = {1000, 500, 0},
        .dynamics = {.spread = {.half_life_ns = 4 * HST_HOUR_NS}},
        .assumed_vol_float = 0.10,
        .assumed_vol_managed = 0.04,
        .currencies = "data/currencies.csv",
        .weights = "data/currency_weights.csv",
        .fx_daily = "data/fx_daily.csv",
        .fx_annual = "data/fx_annual.csv",
        .fx_garch = "data/fx_garch.csv",
        .fx_correlation = "data/fx_correlation.csv",
        .fx_intraday = "data/fx_intraday.csv",
    };
}

static hst_status check_config(const hst_market_config *config, hst_error *error)
{
    if (config->model != HST_MARKET_MODEL_REPLAY && config->model != HST_MARKET_MODEL_GARCH) {
        return hst_error_set(error, HST_SCENARIO, "market: unknown model");
    }
    if (config->step_ns <= 0 || HST_DAY_NS % config->step_ns != 0) {
        return hst_error_set(error, HST_SCENARIO,
                             "market: the step must be above 0 and divide a day");
    }
    if (config->horizon_ns <= 0 || config->horizon_ns > HST_MARKET_DAYS_MAX * HST_DAY_NS) {
        return hst_error_set(error, HST_SCENARIO,
                             "market: the horizon must be above 0 and at most %d days",
                             HST_MARKET_DAYS_MAX);
    }
    if (config->horizon_ns / config->step_ns >= UINT32_MAX) {
        return hst_error_set(error, HST_SCENARIO, "market: too many steps, choose a longer one");
    }
    if (!(config->assumed_vol_float >= 0.0) || !(config->assumed_vol_float <= 10.0) ||
        !(config->assumed_vol_managed >= 0.0) || !(config->assumed_vol_managed <= 10.0)) {
        return hst_error_set(error, HST_SCENARIO, "market: assumed volatilities lie in 0 to 10");
    }
    for (size_t tier = 0; tier < HST_MARKET_TIER_COUNT; tier++) {
        bool ordinary = config->half_spread_ppb[tier] >= 0 &&
                        config->half_spread_ppb[tier] <= leg_max_ppb &&
                        config->hour_milli[tier] >= 0 && config->hour_milli[tier] <= 1000;
        for (size_t k = 0; k < HST_MARKET_CLASS_COUNT; k++) {
            ordinary = ordinary && config->class_milli[tier][k] >= 0 &&
                       config->class_milli[tier][k] <= 1000000;
        }
        if (!ordinary) {
            return hst_error_set(error, HST_SCENARIO,
                                 "market: expected half-spreads of 0 to 20 %%, class factors of 0 "
                                 "to 1000 and hour factors of 0 to 1");
        }
    }
    return hst_rules_check(config, error);
}

static hst_market_class classify(const hst_market_data *data, hst_currency currency)
{
    const hst_market_entry *entry = &data->entries[currency];
    if (currency == data->usd || entry->share_ppb >= MAJOR_SHARE_PPB) {
        return HST_MARKET_CLASS_MAJOR;
    }
    const bool pegged =
        entry->regime == HST_MARKET_REGIME_PEG || entry->regime == HST_MARKET_REGIME_BAND;
    if (pegged && entry->anchor == data->usd) {
        return HST_MARKET_CLASS_LIQUID;
    }
    if (entry->share_ppb >= LIQUID_SHARE_PPB && entry->long_run_vol_pct < volatile_pct) {
        return HST_MARKET_CLASS_LIQUID;
    }
    return entry->daily_column != HST_MARKET_NONE || pegged ? HST_MARKET_CLASS_EMERGING
                                                            : HST_MARKET_CLASS_EXOTIC;
}

/* Factor of an hour for a tier: the part of the market's widening that reaches it. */
static int32_t hour_factor_milli(const hst_market_config *config, size_t tier, int32_t spread_milli)
{
    return 1000 + (int32_t)((int64_t)config->hour_milli[tier] * (spread_milli - 1000) / 1000);
}

static hst_status price_legs(const hst_market_config *config,
                             const hst_market_data *data,
                             hst_market *market,
                             hst_error *error)
{
    for (uint32_t c = 0; c < data->count; c++) {
        const hst_market_class kind = classify(data, (hst_currency)c);
        market->classes[c] = kind;
        for (size_t tier = 0; tier < HST_MARKET_TIER_COUNT; tier++) {
            const int64_t leg_ppb =
                config->half_spread_ppb[tier] * config->class_milli[tier][kind] / 1000;
            const int64_t dearest = hour_factor_milli(config, tier, data->profile.spread_milli_max);
            if (leg_ppb > leg_max_ppb || leg_ppb * dearest / 1000 > leg_max_ppb) {
                return hst_error_set(error, HST_SCENARIO,
                                     "market: the half-spread of %s exceeds 20 %% in the dearest "
                                     "hour",
                                     hst_currency_code(market->currencies, (hst_currency)c));
            }
            market->leg_ppb[c][tier] = c == data->usd ? 0 : leg_ppb;
        }
    }
    /* USD first, then majors, then liquid ones, each in table order. */
    market->main[market->main_count++] = data->usd;
    for (int kind = HST_MARKET_CLASS_MAJOR; kind <= HST_MARKET_CLASS_LIQUID; kind++) {
        for (uint32_t c = 0; c < data->count; c++) {
            if (c != data->usd && (int)market->classes[c] == kind &&
                market->main_count < HST_MARKET_MAIN_MAX) {
                market->main[market->main_count++] = (hst_currency)c;
            }
        }
    }
    return HST_OK;
}

static void
price_hours(const hst_market_config *config, const hst_session *session, hst_market *market)
{
    for (uint32_t hour = 0; hour < market->hour_count; hour++) {
        const int32_t days = config->date_days + (int32_t)(hour / 24);
        const int32_t milli = hst_session_spread_milli(session, days, (int32_t)(hour % 24));
        for (size_t tier = 0; tier < HST_MARKET_TIER_COUNT; tier++) {
            market->hour_milli[hour][tier] = hour_factor_milli(config, tier, milli);
        }
    }
}

static hst_status allocate(const hst_market_config *config,
                           const hst_market_data *data,
                           hst_arena *arena,
                           hst_market **out,
                           hst_error *error)
{
    hst_market *market = HST_ARENA_NEW(arena, hst_market, 1);
    if (market == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the market");
    }
    market->step_ns = config->step_ns;
    market->step_count =
        (uint32_t)((config->horizon_ns + config->step_ns - 1) / config->step_ns) + 1;
    market->currency_count = data->count;
    for (size_t kind = 0; kind < HST_MARKET_CLASS_COUNT; kind++) {
        market->depth_milli[kind] = config->class_milli[HST_MARKET_TIER_INTERBANK][kind];
    }
    for (size_t tier = 0; tier < HST_MARKET_TIER_COUNT; tier++) {
        market->pass_milli[tier] = config->hour_milli[tier];
    }
    market->hour_count = (uint32_t)(config->horizon_ns / HST_HOUR_NS) + 1;
    market->mid_e9 = HST_ARENA_NEW(arena, int64_t, (size_t)market->step_count * data->count);
    market->hour_milli = hst_arena_alloc(arena, market->hour_count, sizeof *market->hour_milli);
    market->leg_ppb = hst_arena_alloc(arena, data->count, sizeof *market->leg_ppb);
    market->classes = HST_ARENA_NEW(arena, hst_market_class, data->count);
    if (market->mid_e9 == NULL || market->hour_milli == NULL || market->leg_ppb == NULL ||
        market->classes == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the market's rates");
    }
    *out = market;
    return HST_OK;
}

/* Rates, and what moves with them. */
static hst_status draw(const hst_market_config *config,
                       const hst_market_data *data,
                       const hst_session *session,
                       hst_market *market,
                       hst_arena *arena,
                       hst_arena *scratch,
                       hst_error *error)
{
    const hst_currency_table *currencies = market->currencies;
    hst_shifts *shifts = NULL;
    hst_spreads *spreads = NULL;
    hst_premia *premia = NULL;
    HST_TRY(hst_shifts_create(config, data, currencies, market->classes, scratch, &shifts, error));
    HST_TRY(hst_spreads_create(config, data, currencies, session, market->step_count, arena,
                               scratch, &spreads, error));
    HST_TRY(hst_premia_create(config, data, currencies, market->step_count, arena, &premia, error));
    HST_TRY(hst_path_draw(config, data, currencies, session, market->step_count, shifts, spreads,
                          market->mid_e9, scratch, error));
    market->factor_ppm = spreads != NULL ? spreads->factor_ppm : NULL;
    market->premia = premia;
    return HST_OK;
}

hst_status hst_market_create(const hst_market_config *config,
                             const hst_currency_table *currencies,
                             hst_inputs *inputs,
                             hst_arena *arena,
                             hst_arena *scratch,
                             hst_market **out,
                             hst_error *error)
{
    hst_assert(currencies != NULL);
    hst_assert(arena != scratch);
    HST_TRY(check_config(config, error));
    hst_market_data *data = HST_ARENA_NEW(scratch, hst_market_data, 1);
    if (data == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the market's tables");
    }
    HST_TRY(hst_market_data_read(config, currencies, inputs, scratch, data, error));
    hst_market *market = NULL;
    HST_TRY(allocate(config, data, arena, &market, error));
    hst_assert(market != NULL);
    market->currencies = currencies;
    HST_TRY(price_legs(config, data, market, error));
    const hst_session session = {
        .profile = &data->profile,
        .holidays = config->model == HST_MARKET_MODEL_REPLAY ? &data->daily : NULL,
    };
    HST_TRY(draw(config, data, &session, market, arena, scratch, error));
    price_hours(config, &session, market);
    HST_TRY(hst_outlook_create(config, data, arena, scratch, &market->volatility, error));
    *out = market;
    return HST_OK;
}

static uint32_t step_at(const hst_market *market, int64_t time_ns)
{
    hst_assert(time_ns >= 0);
    const int64_t step = time_ns / market->step_ns;
    return step < market->step_count ? (uint32_t)step : market->step_count - 1;
}

int64_t hst_market_mid_e9(const hst_market *market, hst_currency currency, int64_t time_ns)
{
    hst_assert(currency < market->currency_count);
    return market->mid_e9[(size_t)step_at(market, time_ns) * market->currency_count + currency];
}

hst_status hst_market_mid(const hst_market *market,
                          hst_currency from,
                          hst_currency to,
                          int64_t time_ns,
                          hst_rate *rate_out)
{
    hst_assert(from < market->currency_count);
    hst_assert(to < market->currency_count);
    const int64_t *row = &market->mid_e9[(size_t)step_at(market, time_ns) * market->currency_count];
    return hst_rate_from_mids(row[from], hst_currency_minor_unit(market->currencies, from), row[to],
                              hst_currency_minor_unit(market->currencies, to), rate_out);
}

int64_t hst_market_leg_ppb(const hst_market *market,
                           hst_currency currency,
                           hst_market_tier tier,
                           int64_t time_ns)
{
    hst_assert(currency < market->currency_count);
    hst_assert(time_ns >= 0);
    hst_assert((unsigned)tier < HST_MARKET_TIER_COUNT);
    const int64_t hour = time_ns / HST_HOUR_NS;
    const uint32_t row = hour < market->hour_count ? (uint32_t)hour : market->hour_count - 1;
    const int64_t leg_ppb = market->leg_ppb[currency][tier] * market->hour_milli[row][tier] / 1000;
    if (market->factor_ppm == NULL) {
        return leg_ppb;
    }
    /* What moves in the market reaches a tier as its hours do. */
    const int64_t moved_ppm =
        market->factor_ppm[(size_t)step_at(market, time_ns) * market->currency_count + currency] -
        HST_SPREAD_ONE_PPM;
    const int64_t factor_ppm = HST_SPREAD_ONE_PPM + market->pass_milli[tier] * moved_ppm / 1000;
    const int64_t wide_ppb = leg_ppb * factor_ppm / HST_SPREAD_ONE_PPM;
    return wide_ppb < leg_max_ppb ? wide_ppb : leg_max_ppb;
}

int64_t hst_market_premium_ppb(const hst_market *market,
                               hst_currency from,
                               hst_market_tier tier,
                               int64_t time_ns)
{
    return market->premia == NULL
               ? 0
               : hst_premia_cost_ppb(market->premia, step_at(market, time_ns), from, tier);
}

int64_t hst_market_half_spread_ppb(const hst_market *market,
                                   hst_currency from,
                                   hst_currency to,
                                   hst_market_tier tier,
                                   int64_t time_ns)
{
    hst_assert(from < market->currency_count);
    hst_assert(to < market->currency_count);
    if (from == to) {
        return 0;
    }
    /* Each leg is rounded by itself, so that legs add up to crosses exactly. */
    return hst_market_leg_ppb(market, from, tier, time_ns) +
           hst_market_leg_ppb(market, to, tier, time_ns) +
           hst_market_premium_ppb(market, from, tier, time_ns);
}

hst_status hst_market_quote(const hst_market *market,
                            hst_currency from,
                            hst_currency to,
                            hst_market_tier tier,
                            int64_t time_ns,
                            hst_market_price *price_out)
{
    hst_rate mid = {1, 1};
    HST_TRY(hst_market_mid(market, from, to, time_ns, &mid));
    *price_out = (hst_market_price){
        .mid = mid,
        .half_spread_ppb = hst_market_half_spread_ppb(market, from, to, tier, time_ns),
    };
    return HST_OK;
}

/* numerator / denominator to the nearest, ties away from zero, within +-limit; denominator > 0. */
static int64_t divide_nearest(int128 numerator, int128 denominator, int64_t limit)
{
    hst_assert_slow(denominator > 0);
    const int128 half = denominator / 2;
    const int128 value = (numerator >= 0 ? numerator + half : numerator - half) / denominator;
    if (value > limit) {
        return limit;
    }
    return value < -(int128)limit ? -limit : (int64_t)value;
}

/* micro_usd = minor * 1e15 / (mid_e9 * minor_per_unit): 1e9 of the mid and 1e6 of the micro. */
static const int64_t micro_e9 = INT64_C(1000000) * HST_MID_ONE;

double hst_market_volatility(const hst_market *market, hst_currency from, hst_currency to)
{
    hst_assert(from < market->currency_count && to < market->currency_count);
    return market->volatility[(size_t)from * market->currency_count + to];
}

int64_t hst_market_to_micro_usd(const hst_market *market,
                                hst_currency currency,
                                int64_t minor,
                                int64_t time_ns)
{
    const int64_t mid_e9 = hst_market_mid_e9(market, currency, time_ns);
    const int64_t per_unit =
        hst_minor_per_unit(hst_currency_minor_unit(market->currencies, currency));
    return divide_nearest((int128)minor * micro_e9, (int128)mid_e9 * per_unit, INT64_MAX);
}

int64_t hst_market_from_micro_usd(const hst_market *market,
                                  hst_currency currency,
                                  int64_t micro_usd,
                                  int64_t time_ns)
{
    const int64_t mid_e9 = hst_market_mid_e9(market, currency, time_ns);
    const int64_t per_unit =
        hst_minor_per_unit(hst_currency_minor_unit(market->currencies, currency));
    /* |micro_usd| < 2^63 and mid * unit < 2^63: the product fits. */
    hst_assert_slow(mid_e9 <= INT64_MAX / per_unit);
    const int128 minor_e9 = (int128)mid_e9 * per_unit;
    return divide_nearest(micro_usd * minor_e9, micro_e9, HST_MINOR_MAX);
}

hst_market_class hst_market_class_of(const hst_market *market, hst_currency currency)
{
    hst_assert(currency < market->currency_count);
    return market->classes[currency];
}

uint32_t hst_market_step_count(const hst_market *market)
{
    return market->step_count;
}

int64_t hst_market_step_ns(const hst_market *market)
{
    return market->step_ns;
}

const hst_currency_table *hst_market_currencies(const hst_market *market)
{
    return market->currencies;
}

const char *hst_market_class_text(hst_market_class currency_class)
{
    static const char *const texts[HST_MARKET_CLASS_COUNT] = {"major", "liquid", "emerging",
                                                              "exotic"};
    hst_assert((unsigned)currency_class < HST_MARKET_CLASS_COUNT);
    return texts[currency_class];
}
