#include "sim/market/spread.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include "sim/base/number.h"
#include "sim/base/purpose.h"

#include <math.h>

enum { HOURS = 24 };

/* A surprise is measured against at least this volatility: 0.1 % a day, near that of a band. */
static const double volatility_floor = 1e-3;

/* No factor beyond these: a thousand times, a thousandth. */
static const double log_factor_max = 6.907755278982137;

static bool moves(const hst_market_spread_rule *rule)
{
    return rule->sd > 0.0 || rule->volatility_loading > 0.0 || rule->liquidity_loading > 0.0;
}

/* 1 - s of every hour; s is the root of the hour's variance over its mean of the day. */
static void set_quiet(const hst_session *session, int32_t date_days, hst_spreads *spreads)
{
    double mean[2] = {0.0, 0.0};
    for (int season = 0; season < 2; season++) {
        for (int hour = 0; hour < HOURS; hour++) {
            mean[season] += sqrt(session->profile->weight[season][hour]) / HOURS;
        }
    }
    for (uint32_t i = 0; i < spreads->hour_count; i++) {
        const int32_t day = date_days + (int32_t)(i / HOURS);
        const int32_t hour = (int32_t)(i % HOURS);
        const int season = hst_session_is_summer(day) ? 1 : 0;
        const double s = hst_session_is_open(session, day, hour)
                             ? sqrt(session->profile->weight[season][hour]) / mean[season]
                             : 0.0;
        spreads->quiet[i] = 1.0 - s;
    }
}

hst_status hst_spreads_create(const hst_market_config *config,
                              const hst_market_data *data,
                              const hst_currency_table *currencies,
                              const hst_session *session,
                              uint32_t step_count,
                              hst_arena *arena,
                              hst_arena *scratch,
                              hst_spreads **out,
                              hst_error *error)
{
    const hst_market_spread_rule *rule = &config->dynamics.spread;
    *out = NULL;
    if (!moves(rule)) {
        return HST_OK;
    }
    hst_spreads *spreads = HST_ARENA_NEW(scratch, hst_spreads, 1);
    if (spreads == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the market's spreads");
    }
    const int64_t last_ns = (int64_t)(step_count - 1) * config->step_ns;
    *spreads = (hst_spreads){.rule = rule,
                             .count = data->count,
                             .hour_count = (uint32_t)(last_ns / HST_HOUR_NS) + 1,
                             .step_ns = config->step_ns,
                             .ou = hst_ou_make(-rule->sd * rule->sd / 2.0, rule->sd,
                                               rule->half_life_ns, config->step_ns)};
    spreads->x = HST_ARENA_NEW(scratch, double, data->count);
    spreads->random = HST_ARENA_NEW(scratch, hst_random, data->count);
    spreads->quiet = HST_ARENA_NEW(scratch, double, spreads->hour_count);
    spreads->factor_ppm = HST_ARENA_NEW(arena, int32_t, (size_t)step_count * data->count);
    if (spreads->x == NULL || spreads->random == NULL || spreads->quiet == NULL ||
        spreads->factor_ppm == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the market's spreads");
    }
    set_quiet(session, config->date_days, spreads);
    for (uint32_t c = 0; c < data->count; c++) {
        spreads->random[c] = hst_random_stream(
            config->seed, config->replication,
            hst_currency_get(currencies, (hst_currency)c)->numeric, HST_PURPOSE_SPREAD);
        spreads->x[c] = spreads->ou.mean + spreads->ou.sd * hst_random_normal(&spreads->random[c]);
    }
    *out = spreads;
    return HST_OK;
}

void hst_spreads_step(hst_spreads *spreads,
                      uint32_t step,
                      const double *log_volatility,
                      const double *volatility,
                      const double *surprise)
{
    const hst_market_spread_rule *rule = spreads->rule;
    const int64_t hour = (int64_t)step * spreads->step_ns / HST_HOUR_NS;
    hst_assert(hour < spreads->hour_count);
    const double quiet = rule->liquidity_loading * spreads->quiet[hour];
    int32_t *row = &spreads->factor_ppm[(size_t)step * spreads->count];
    for (uint32_t c = 0; c < spreads->count; c++) {
        double *x = &spreads->x[c];
        if (step > 0) {
            *x = hst_ou_step(&spreads->ou, *x, hst_random_normal(&spreads->random[c]));
        }
        if (surprise != NULL && surprise[c] > 0.0) {
            *x += rule->volatility_loading *
                  hst_log(1.0 + surprise[c] / fmax(volatility[c], volatility_floor));
        }
        const double log_factor = *x + rule->volatility_loading * log_volatility[c] + quiet;
        const double bounded = fmin(fmax(log_factor, -log_factor_max), log_factor_max);
        row[c] = (int32_t)(HST_SPREAD_ONE_PPM * hst_exp(bounded) + 0.5);
    }
}
