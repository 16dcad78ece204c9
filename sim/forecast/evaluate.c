#include "sim/forecast/evaluate.h"

#include "core/base/assert.h"

#include "sim/forecast/score.h"

#include <math.h>

static const double interval_confidence = 0.95;

/* What every model said, and what it lost. */
typedef struct track {
    const hst_forecast_plan *plan;
    hst_filters filters;
    size_t count;
    const double *actual; /* [count] */
    double *mean[HST_MEAN_COUNT];
    double *square[HST_MEAN_COUNT]; /* squared errors */
    double *sd[HST_DENSITY_COUNT];
    double *half[HST_DENSITY_COUNT];
    double *crps[HST_DENSITY_COUNT];
    double *log_score[HST_DENSITY_COUNT];
} track;

static hst_status check(const hst_forecast_plan *plan)
{
    if (plan->first < HST_GARCH_RETURNS_MIN || plan->count < plan->first + HST_FORECAST_MIN ||
        plan->lags + 1 >= plan->count - plan->first) {
        return HST_INVALID;
    }
    return hst_all_finite(plan->returns, plan->count) ? HST_OK : HST_INVALID;
}

static hst_status prepare(const hst_forecast_plan *plan, hst_arena *arena, track *t)
{
    *t = (track){
        .plan = plan, .count = plan->count - plan->first, .actual = &plan->returns[plan->first]};
    bool ready = true;
    for (size_t m = 0; m < HST_MEAN_COUNT; m++) {
        t->mean[m] = HST_ARENA_NEW(arena, double, t->count);
        t->square[m] = HST_ARENA_NEW(arena, double, t->count);
        ready = ready && t->mean[m] != NULL && t->square[m] != NULL;
    }
    for (size_t d = 0; d < HST_DENSITY_COUNT; d++) {
        t->sd[d] = HST_ARENA_NEW(arena, double, t->count);
        t->half[d] = HST_ARENA_NEW(arena, double, t->count);
        t->crps[d] = HST_ARENA_NEW(arena, double, t->count);
        t->log_score[d] = HST_ARENA_NEW(arena, double, t->count);
        ready = ready && t->sd[d] != NULL && t->half[d] != NULL && t->crps[d] != NULL &&
                t->log_score[d] != NULL;
    }
    return ready ? hst_filters_init(&t->filters, plan->count, arena) : HST_NO_MEMORY;
}

static void record(track *t, size_t at, const hst_forecast *said)
{
    const double value = t->actual[at];
    for (size_t m = 0; m < HST_MEAN_COUNT; m++) {
        t->mean[m][at] = said->mean[m];
        t->square[m][at] = (value - said->mean[m]) * (value - said->mean[m]);
    }
    for (size_t d = 0; d < HST_DENSITY_COUNT; d++) {
        t->sd[d][at] = said->sd[d];
        t->half[d][at] = said->half[d];
        if (said->sd[d] > 0.0) {
            t->crps[d][at] = hst_crps(said->sd[d], said->nu[d], value);
            t->log_score[d][at] = hst_log_score(said->sd[d], said->nu[d], value);
        }
    }
}

static hst_status roll(track *t, uint32_t *fits)
{
    const hst_forecast_plan *plan = t->plan;
    for (size_t i = 0; i < plan->first; i++) {
        hst_filters_observe(&t->filters, plan->returns[i]);
    }
    for (size_t at = 0; at < t->count; at++) {
        const bool due = at == 0 || (plan->refit_every > 0 && at % plan->refit_every == 0);
        if (due && !plan->means_only) {
            HST_TRY(hst_filters_fit(&t->filters));
            (*fits)++;
        }
        hst_forecast said;
        hst_filters_forecast(&t->filters, &said);
        record(t, at, &said);
        hst_filters_observe(&t->filters, t->actual[at]);
    }
    return HST_OK;
}

static hst_mean_row mean_row(const track *t, size_t m)
{
    hst_mean_row row = {.forecast = t->mean[m],
                        .rmse = sqrt(hst_mean(t->square[m], t->count)),
                        .loss = {.p = 1.0, .p_holm = 1.0},
                        .nested = {.p = 1.0, .p_holm = 1.0}};
    row.ratio = row.rmse / sqrt(hst_mean(t->square[HST_MEAN_RANDOM_WALK], t->count));
    if (m != HST_MEAN_RANDOM_WALK) {
        row.loss = hst_diebold_mariano(t->square[m], t->square[HST_MEAN_RANDOM_WALK], t->count, 1,
                                       t->plan->lags);
        row.nested = hst_clark_west(t->actual, t->mean[HST_MEAN_RANDOM_WALK], t->mean[m], t->count,
                                    t->plan->lags);
    }
    size_t calls = 0;
    size_t hits = 0;
    for (size_t i = 0; i < t->count; i++) {
        const double product = t->mean[m][i] * t->actual[i];
        calls += product > 0.0 || product < 0.0 ? 1 : 0;
        hits += product > 0.0 ? 1 : 0;
    }
    if (calls > 0) {
        row.direction = hst_share_interval(hits, calls, interval_confidence);
    }
    return row;
}

static bool says_always(const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] > 0.0)) {
            return false;
        }
    }
    return true;
}

static hst_density_row density_row(const track *t, size_t d)
{
    hst_density_row row = {.loss = {.p = 1.0, .p_holm = 1.0}};
    if (says_always(t->sd[d], t->count)) {
        row.sd = t->sd[d];
        row.crps = hst_mean(t->crps[d], t->count);
        row.ratio = row.crps / hst_mean(t->crps[HST_DENSITY_CONSTANT], t->count);
        row.log_score = hst_mean(t->log_score[d], t->count);
        if (d != HST_DENSITY_CONSTANT) {
            row.loss = hst_diebold_mariano(t->crps[d], t->crps[HST_DENSITY_CONSTANT], t->count, 1,
                                           t->plan->lags);
        }
    }
    if (says_always(t->half[d], t->count)) {
        size_t covered = 0;
        for (size_t i = 0; i < t->count; i++) {
            covered += fabs(t->actual[i]) <= t->half[d][i] ? 1 : 0;
        }
        row.half = t->half[d];
        row.coverage = hst_share_interval(covered, t->count, interval_confidence);
        row.width = 2.0 * hst_mean(t->half[d], t->count);
    }
    return row;
}

hst_status
hst_forecast_evaluate(const hst_forecast_plan *plan, hst_arena *arena, hst_forecast_result *result)
{
    hst_assert(plan != NULL && arena != NULL && result != NULL);
    HST_TRY(check(plan));
    track t;
    hst_forecast_result out = {.count = plan->count - plan->first};
    HST_TRY(prepare(plan, arena, &t));
    HST_TRY(roll(&t, &out.fits));
    for (size_t m = 0; m < HST_MEAN_COUNT; m++) {
        out.means[m] = mean_row(&t, m);
    }
    for (size_t d = 0; d < HST_DENSITY_COUNT; d++) {
        out.densities[d] = density_row(&t, d);
    }
    *result = out;
    return HST_OK;
}

enum { MEAN_TESTS = 2 * (HST_MEAN_COUNT - 1), DENSITY_TESTS = HST_DENSITY_GARCH_T };

static hst_comparison *mean_test(hst_forecast_result *results, size_t index)
{
    hst_mean_row *row = &results[index / MEAN_TESTS].means[1 + index % MEAN_TESTS / 2];
    return index % 2 == 0 ? &row->loss : &row->nested;
}

static hst_comparison *density_test(hst_forecast_result *results, size_t index)
{
    return &results[index / DENSITY_TESTS].densities[1 + index % DENSITY_TESTS].loss;
}

static hst_status correct(hst_forecast_result *results,
                          size_t n,
                          hst_comparison *(*test)(hst_forecast_result *, size_t),
                          double *p,
                          hst_memory memory)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = test(results, i)->p;
    }
    HST_TRY(hst_holm(p, n, memory));
    for (size_t i = 0; i < n; i++) {
        test(results, i)->p_holm = p[i];
    }
    return HST_OK;
}

hst_status hst_forecast_correct(hst_forecast_result *results, size_t n, hst_memory memory)
{
    hst_assert(results != NULL && n > 0);
    hst_arena arena;
    hst_arena_init(&arena, memory, 4096);
    double *p = HST_ARENA_NEW(&arena, double, n *(MEAN_TESTS + DENSITY_TESTS));
    hst_status status = p == NULL ? HST_NO_MEMORY : HST_OK;
    if (status == HST_OK) {
        status = correct(results, n * MEAN_TESTS, mean_test, p, memory);
    }
    if (status == HST_OK) {
        status = correct(results, n * DENSITY_TESTS, density_test, p, memory);
    }
    hst_arena_release(&arena);
    return status;
}
