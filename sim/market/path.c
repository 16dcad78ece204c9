#include "sim/market/path.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include "sim/base/number.h"
#include "sim/market/correlation.h"
#include "sim/market/leg.h"

#include <math.h>

/* Mids outside these are refused: rates of core/money need the upper one, arithmetic the lower. */
static const double mid_min_e9 = 1e3, mid_max_e9 = 9e14;

/* What the walk over the grid carries. */
typedef struct walk {
    const hst_market_data *data;
    hst_leg *legs;
    bool defend_bands;
    bool remeasure;       /* a leg has come to a new interval */
    int64_t step_first;   /* of the grid with its run-in, <= 0 */
    const double *passed; /* variance passed at step_first + i, in full days */
    double *raw;          /* [factor_count] independent normals */
    double *normals;      /* [factor_count] correlated ones */
    hst_shifts *shifts;   /* NULL = none */
    hst_spreads *spreads; /* NULL = standing ones */
    double *volatility;   /* [count] daily, of the current interval, for spreads */
    double *log_ratio;    /* [count] logarithm of it over its long run */
} walk;

/* Cumulated shares of variance from the first day's fixing to the last day's. */
static hst_status sum_weights(const hst_market_config *config,
                              const hst_session *session,
                              const hst_leg_days *days,
                              hst_arena *scratch,
                              walk *w,
                              hst_error *error)
{
    const int64_t first = days->steps[0];
    const int64_t last = days->steps[days->count - 1];
    hst_assert(first <= 0);
    hst_assert(first < last);
    double *passed = HST_ARENA_NEW(scratch, double, (size_t)(last - first) + 1);
    if (passed == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the market's time grid");
    }
    for (int64_t step = first; step < last; step++) {
        passed[step - first + 1] =
            passed[step - first] + hst_session_weight(session, config->date_days,
                                                      step * config->step_ns,
                                                      (step + 1) * config->step_ns);
    }
    w->step_first = first;
    w->passed = passed;
    return HST_OK;
}

static double passed_at(const walk *w, int64_t step)
{
    hst_assert_slow(step >= w->step_first);
    hst_assert(w->passed != NULL);
    return w->passed[step - w->step_first];
}

/* Correlated standard normals for one step. */
static void draw_normals(walk *w)
{
    const hst_market_data *data = w->data;
    for (uint32_t c = 0; c < data->count; c++) {
        if (data->entries[c].factor_row != HST_MARKET_NONE) {
            w->raw[data->entries[c].factor_row] = hst_random_normal(&w->legs[c].bridge);
        }
    }
    hst_correlation_mix(data->packed, data->factor_count, w->raw, w->normals);
}

/* Move one leg from `step` to the next one. */
static void advance_leg(walk *w, uint32_t currency, int64_t step, double moved)
{
    hst_leg *leg = &w->legs[currency];
    if (leg->next >= leg->knot_count) {
        return; /* nothing known beyond: the last rate stands */
    }
    const hst_knot *knot = &leg->knots[leg->next];
    if (step + 1 == knot->step) {
        leg->log_mid = knot->log_mid;
        leg->mid_e9 = knot->mid_e9;
        leg->next++;
        w->remeasure = true;
        return;
    }
    const double left = passed_at(w, knot->step) - passed_at(w, step);
    if (!(moved > 0.0) || !(left > moved)) {
        return;
    }
    double noise = 0.0;
    if (knot->variance > 0.0) {
        const double whole =
            passed_at(w, knot->step) - passed_at(w, leg->knots[leg->next - 1].step);
        const double variance = knot->variance / whole * moved * (left - moved) / left;
        const double normal = leg->kind == HST_LEG_FITTED
                                  ? w->normals[w->data->entries[currency].factor_row]
                                  : hst_random_normal(&leg->bridge);
        noise = sqrt(variance) * normal;
    }
    leg->log_mid += (knot->log_mid - leg->log_mid) * moved / left + noise;
    leg->mid_e9 = 0; /* to be computed where it is stored */
}

static bool is_ordinary(int64_t mid_e9)
{
    return (double)mid_e9 >= mid_min_e9 && (double)mid_e9 <= mid_max_e9;
}

static int64_t shifted(const walk *w, uint32_t currency, int64_t mid_e9)
{
    return w->shifts != NULL ? hst_shifts_apply(w->shifts, (hst_currency)currency, mid_e9) : mid_e9;
}

/* Rates of the current step into row[count]; pegs and bands after what they hang on, and shifted
 * behind their peg or band. */
static hst_status store(const walk *w, int64_t *row)
{
    const hst_market_data *data = w->data;
    for (uint32_t c = 0; c < data->count; c++) {
        hst_leg *leg = &w->legs[c];
        if (leg->kind == HST_LEG_PEGGED) {
            continue;
        }
        if (leg->mid_e9 == 0) {
            leg->mid_e9 = (int64_t)(hst_exp(leg->log_mid) + 0.5);
        }
        row[c] = leg->mid_e9;
        if (data->entries[c].regime != HST_MARKET_REGIME_BAND) {
            row[c] = shifted(w, c, row[c]);
        }
        if (!is_ordinary(row[c])) {
            return HST_OVERFLOW;
        }
    }
    for (uint32_t c = 0; c < data->count; c++) {
        const hst_market_entry *entry = &data->entries[c];
        if (w->legs[c].kind == HST_LEG_PEGGED) {
            row[c] = shifted(w, c, hst_leg_pegged(entry, row[entry->anchor]));
        } else if (entry->regime == HST_MARKET_REGIME_BAND) {
            row[c] = shifted(w, c,
                             w->defend_bands ? hst_leg_in_band(entry, row[entry->anchor], row[c])
                                             : row[c]);
        } else {
            continue;
        }
        if (!is_ordinary(row[c])) {
            return HST_OVERFLOW;
        }
    }
    return HST_OK;
}

/* Volatility of the interval a leg is in, and its logarithm over the long run. Nothing is known of
 * legs without a fit, so their spreads do not follow it. */
static void measure_volatility(walk *w)
{
    const hst_market_data *data = w->data;
    for (uint32_t c = 0; c < data->count; c++) {
        const hst_leg *leg = &w->legs[c];
        w->volatility[c] = 0.0;
        w->log_ratio[c] = 0.0;
        if (leg->kind == HST_LEG_PEGGED || leg->next >= leg->knot_count) {
            continue;
        }
        const double variance = leg->knots[leg->next].variance;
        w->volatility[c] = sqrt(variance);
        if (leg->kind == HST_LEG_FITTED && variance > 0.0) {
            const double long_run = hst_garch_variance(&data->entries[c].garch) / 1e4;
            w->log_ratio[c] = 0.5 * hst_log(variance / long_run);
        }
    }
}

/* What is drawn beside the rates: shifts before they are stored, spreads with them. */
static void accompany(walk *w, int64_t step)
{
    if (w->shifts != NULL) {
        hst_shifts_step(w->shifts, step,
                        step > 0 ? passed_at(w, step) - passed_at(w, step - 1) : 0.0);
    }
    if (w->spreads != NULL) {
        if (w->remeasure) {
            measure_volatility(w);
            w->remeasure = false;
        }
        hst_spreads_step(w->spreads, (uint32_t)step, w->log_ratio, w->volatility,
                         w->shifts != NULL ? w->shifts->surprise : NULL);
    }
}

static hst_status walk_grid(walk *w, uint32_t step_count, int64_t *mid_e9, hst_error *error)
{
    const int64_t last = (int64_t)step_count - 1;
    for (int64_t step = w->step_first; step <= last; step++) {
        if (step >= 0) {
            accompany(w, step);
            if (store(w, &mid_e9[(size_t)step * w->data->count]) != HST_OK) {
                return hst_error_set(error, HST_OVERFLOW,
                                     "a drawn exchange rate leaves 1e-6 to 900000 units per USD");
            }
        }
        if (step == last) {
            break;
        }
        const double moved = passed_at(w, step + 1) - passed_at(w, step);
        if (moved > 0.0) {
            draw_normals(w);
        }
        for (uint32_t c = 0; c < w->data->count; c++) {
            advance_leg(w, c, step, moved);
        }
    }
    return HST_OK;
}

hst_status hst_path_draw(const hst_market_config *config,
                         const hst_market_data *data,
                         const hst_currency_table *currencies,
                         const hst_session *session,
                         uint32_t step_count,
                         hst_shifts *shifts,
                         hst_spreads *spreads,
                         int64_t *mid_e9,
                         hst_arena *scratch,
                         hst_error *error)
{
    hst_assert(step_count > 0);
    hst_assert(HST_DAY_NS % config->step_ns == 0);
    hst_leg_days days = {.count = 0};
    HST_TRY(hst_leg_days_find(config, data, session, (int64_t)step_count - 1, &days, error));
    hst_leg *legs = HST_ARENA_NEW(scratch, hst_leg, data->count);
    walk w = {
        .data = data,
        .legs = legs,
        .defend_bands = config->model == HST_MARKET_MODEL_GARCH,
        .raw = HST_ARENA_NEW(scratch, double, data->factor_count),
        .normals = HST_ARENA_NEW(scratch, double, data->factor_count),
        .shifts = shifts,
        .spreads = spreads,
        .volatility = HST_ARENA_NEW(scratch, double, data->count),
        .log_ratio = HST_ARENA_NEW(scratch, double, data->count),
        .remeasure = true,
    };
    if (legs == NULL || w.raw == NULL || w.normals == NULL || w.volatility == NULL ||
        w.log_ratio == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the legs of the market");
    }
    HST_TRY(hst_legs_prepare(config, data, currencies, &days, legs, scratch, error));
    HST_TRY(sum_weights(config, session, &days, scratch, &w, error));
    return walk_grid(&w, step_count, mid_e9, error);
}
