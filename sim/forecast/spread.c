#include "sim/forecast/spread.h"

#include "core/base/assert.h"
#include "core/base/random.h"

#include "sim/base/purpose.h"
#include "sim/forecast/evaluate.h"

#include <math.h>

enum { HOURS = 24, TRAINING = 10 * HOURS };

const char *hst_spread_model_name(hst_spread_model model)
{
    static const char *const names[HST_SPREAD_COUNT] = {"last quote", "hour's mean", "reversion"};
    hst_assert(model < HST_SPREAD_COUNT);
    return names[model];
}

/* What quotes up to some hour say. */
typedef struct seen {
    double sum[HOURS], count[HOURS]; /* by hour of the day */
    double joint, square;            /* of neighbouring deviations, as they were judged then */
    double deviation;                /* of the last quote, as it was judged then */
} seen;

static double profile_of(const seen *s, size_t hour)
{
    return s->count[hour % HOURS] > 0 ? s->sum[hour % HOURS] / s->count[hour % HOURS] : 0.0;
}

static void take(seen *s, size_t hour, double value)
{
    if (s->count[hour % HOURS] > 0) {
        const double deviation = value - profile_of(s, hour);
        s->joint += deviation * s->deviation;
        s->square += s->deviation * s->deviation;
        s->deviation = deviation;
    }
    s->sum[hour % HOURS] += value;
    s->count[hour % HOURS] += 1.0;
}

static double phi_of(const seen *s)
{
    const double phi = s->square > 0.0 ? s->joint / s->square : 0.0;
    return fmin(1.0, fmax(0.0, phi));
}

static hst_status check(const hst_spread_plan *plan)
{
    if (plan->horizon < 1 || plan->horizon > HOURS || plan->first < TRAINING ||
        plan->count < plan->first + HST_FORECAST_MIN ||
        plan->count - plan->first <= HST_FORECAST_LAGS + 1) {
        return HST_INVALID;
    }
    return hst_all_finite(plan->logs, plan->count) ? HST_OK : HST_INVALID;
}

/* Every forecast, from quotes up to `horizon` hours before. */
static void forecast(const hst_spread_plan *plan, double *said[HST_SPREAD_COUNT])
{
    seen s = {.deviation = 0.0};
    size_t taken = 0;
    for (size_t hour = plan->first; hour < plan->count; hour++) {
        const size_t last = hour - plan->horizon;
        for (; taken <= last; taken++) {
            take(&s, taken, plan->logs[taken]);
        }
        const size_t at = hour - plan->first;
        const double usual = profile_of(&s, hour);
        const double left = pow(phi_of(&s), (double)plan->horizon);
        said[HST_SPREAD_LAST][at] = plan->logs[last];
        said[HST_SPREAD_PROFILE][at] = usual;
        said[HST_SPREAD_REVERSION][at] = usual + left * (plan->logs[last] - profile_of(&s, last));
    }
}

hst_status hst_spread_evaluate(const hst_spread_plan *plan, hst_arena *arena, hst_spread_row *rows)
{
    hst_assert(plan != NULL && arena != NULL && rows != NULL);
    HST_TRY(check(plan));
    const size_t n = plan->count - plan->first;
    double *said[HST_SPREAD_COUNT];
    double *loss[HST_SPREAD_COUNT];
    for (size_t m = 0; m < HST_SPREAD_COUNT; m++) {
        said[m] = HST_ARENA_NEW(arena, double, n);
        loss[m] = HST_ARENA_NEW(arena, double, n);
        if (said[m] == NULL || loss[m] == NULL) {
            return HST_NO_MEMORY;
        }
    }
    forecast(plan, said);
    /* Forecasts k hours ahead have errors that overlap for k hours. */
    const size_t lags = HST_FORECAST_LAGS + plan->horizon < n / 2
                            ? HST_FORECAST_LAGS + plan->horizon
                            : HST_FORECAST_LAGS;
    for (size_t m = 0; m < HST_SPREAD_COUNT; m++) {
        for (size_t at = 0; at < n; at++) {
            const double error = plan->logs[plan->first + at] - said[m][at];
            loss[m][at] = error * error;
        }
        rows[m] = (hst_spread_row){.forecast = said[m], .rmse = sqrt(hst_mean(loss[m], n))};
        rows[m].ratio =
            rows[HST_SPREAD_LAST].rmse > 0.0 ? rows[m].rmse / rows[HST_SPREAD_LAST].rmse : 1.0;
        rows[m].loss = hst_diebold_mariano(loss[m], loss[HST_SPREAD_LAST], n, plan->horizon, lags);
    }
    return HST_OK;
}

static double triangle(const hst_spread_recipe *recipe, size_t hour)
{
    const double at = (double)(hour % HOURS) / HOURS;
    return recipe->swing * (at < 0.5 ? 2.0 * at : 2.0 - 2.0 * at);
}

void hst_spread_world(const hst_spread_recipe *recipe, uint64_t seed, double *logs, size_t count)
{
    hst_assert(recipe->phi >= 0.0 && recipe->phi < 1.0);
    hst_random stream = hst_random_stream(seed, 0, 0, HST_PURPOSE_SPREAD);
    const double own = recipe->sd * sqrt(1.0 - recipe->phi * recipe->phi);
    double deviation = recipe->sd * hst_random_normal(&stream);
    for (size_t hour = 0; hour < count; hour++) {
        deviation = recipe->phi * deviation + own * hst_random_normal(&stream);
        logs[hour] = triangle(recipe, hour) + deviation;
    }
}

double hst_spread_theory(const hst_spread_recipe *recipe, size_t horizon)
{
    const double left = pow(recipe->phi, (double)horizon);
    double moved = 0.0;
    for (size_t hour = 0; hour < HOURS; hour++) {
        const double step = triangle(recipe, hour + horizon) - triangle(recipe, hour);
        moved += step * step / HOURS;
    }
    const double variance = recipe->sd * recipe->sd;
    return sqrt(variance * (1.0 - left * left) / (2.0 * variance * (1.0 - left) + moved));
}
