#include "sim/forecast/filter.h"

#include "core/base/assert.h"

#include "sim/forecast/score.h"
#include "sim/statistics/statistics.h"

#include <math.h>
#include <string.h>

static const double ewma_keep = 0.94;
static const double adaptive_step = 0.01, level_min = 0.002, level_max = 0.5;

const char *hst_mean_model_name(hst_mean_model model)
{
    static const char *const names[HST_MEAN_COUNT] = {"random walk", "drift", "AR(1)"};
    hst_assert(model < HST_MEAN_COUNT);
    return names[model];
}

const char *hst_density_model_name(hst_density_model model)
{
    static const char *const names[HST_DENSITY_COUNT] = {"constant variance", "EWMA 0.94",
                                                         "GARCH(1,1)",        "GARCH-t",
                                                         "split conformal",   "adaptive conformal"};
    hst_assert(model < HST_DENSITY_COUNT);
    return names[model];
}

hst_status hst_filters_init(hst_filters *filters, size_t capacity, hst_arena *arena)
{
    hst_assert(filters != NULL && arena != NULL);
    *filters = (hst_filters){
        .returns = HST_ARENA_NEW(arena, double, capacity),
        .scratch = HST_ARENA_NEW(arena, double, capacity),
        .scores = HST_ARENA_NEW(arena, double, capacity),
        .capacity = capacity,
        .level = 1.0 - HST_FORECAST_COVERAGE,
    };
    const bool ready =
        filters->returns != NULL && filters->scratch != NULL && filters->scores != NULL;
    return capacity == 0 || ready ? HST_OK : HST_NO_MEMORY;
}

/* The k-th smallest of n, k = ceil((n + 1) * share): what a new value exceeds with chance at most
 * 1 - share when it is exchangeable with the others; the largest when there are too few. Sorts. */
static double upper_quantile(double *values, size_t n, double share)
{
    hst_assert(n > 0);
    hst_sort_values(values, n);
    const double rank = ceil((double)(n + 1) * share - 1e-9);
    return values[rank >= (double)n ? n - 1 : (size_t)rank - 1];
}

/* Run a fitted GARCH over what was seen, up to the variance of the next return. */
static double run_garch(const hst_filters *filters, const hst_garch *model, double *scores)
{
    double variance = 0.0;
    for (size_t t = 0; t < filters->count; t++) {
        variance += filters->returns[t] * filters->returns[t] / (double)filters->count;
    }
    variance = model->omega + (model->alpha + model->beta) * variance;
    for (size_t t = 0; t < filters->count; t++) {
        if (scores != NULL) {
            scores[t] = fabs(filters->returns[t]) / sqrt(variance);
        }
        variance = hst_garch_next(model, filters->returns[t], variance);
    }
    return variance;
}

static hst_status fit_garch(hst_filters *filters, int which)
{
    hst_garch_fit fit;
    const hst_status status =
        hst_garch_fit_driftless(filters->returns, filters->count, which == 0, &fit);
    if (status == HST_OK) {
        /* Scores of returns already forecast stay what they were: only the first fit looks back. */
        const bool fills = which == 0 && !filters->has_garch[0];
        filters->garch[which] = fit.model;
        filters->has_garch[which] = true;
        filters->variance[which] = run_garch(filters, &fit.model, fills ? filters->scores : NULL);
    }
    return status == HST_MISMATCH ? HST_OK : status;
}

hst_status hst_filters_fit(hst_filters *filters)
{
    hst_assert(filters != NULL);
    const size_t n = filters->count;
    HST_TRY(fit_garch(filters, 0));
    HST_TRY(fit_garch(filters, 1));
    double squares = 0.0;
    for (size_t t = 0; t < n; t++) {
        squares += filters->returns[t] * filters->returns[t];
    }
    filters->constant_sd = sqrt(squares / (double)n);
    if (filters->ewma <= 0.0) {
        filters->ewma = squares / (double)n;
        for (size_t t = 0; t < n; t++) {
            const double square = filters->returns[t] * filters->returns[t];
            filters->ewma = ewma_keep * filters->ewma + (1.0 - ewma_keep) * square;
        }
    }
    for (size_t t = 0; t < n; t++) {
        filters->scratch[t] = fabs(filters->returns[t]);
    }
    filters->conformal = upper_quantile(filters->scratch, n, HST_FORECAST_COVERAGE);
    return HST_OK;
}

static double autoregression(const hst_filters *filters)
{
    const double pairs = (double)(filters->count - 1);
    const double spread = filters->sum_xx - filters->sum_x * filters->sum_x / pairs;
    const double joint = filters->sum_xy - filters->sum_x * filters->sum_y / pairs;
    const double slope = spread > 0.0 ? joint / spread : 0.0;
    const double constant = (filters->sum_y - slope * filters->sum_x) / pairs;
    return constant + slope * filters->returns[filters->count - 1];
}

static double adaptive_half(hst_filters *filters)
{
    const size_t n =
        filters->count < HST_ADAPTIVE_WINDOW ? filters->count : (size_t)HST_ADAPTIVE_WINDOW;
    memcpy(filters->scratch, &filters->scores[filters->count - n], n * sizeof *filters->scratch);
    const double quantile = upper_quantile(filters->scratch, n, 1.0 - filters->level);
    return quantile * sqrt(filters->variance[0]);
}

static void forecast_densities(hst_filters *filters, hst_forecast *f)
{
    for (size_t d = 0; d < HST_DENSITY_COUNT; d++) {
        f->nu[d] = (double)INFINITY;
    }
    f->sd[HST_DENSITY_CONSTANT] = filters->constant_sd;
    f->sd[HST_DENSITY_EWMA] = sqrt(filters->ewma);
    if (filters->has_garch[0]) {
        f->sd[HST_DENSITY_GARCH] = sqrt(filters->variance[0]);
        f->half[HST_DENSITY_ADAPTIVE] = adaptive_half(filters);
    }
    if (filters->has_garch[1]) {
        f->sd[HST_DENSITY_GARCH_T] = sqrt(filters->variance[1]);
        f->nu[HST_DENSITY_GARCH_T] = filters->garch[1].nu;
    }
    for (size_t d = 0; d < HST_DENSITY_COUNT; d++) {
        if (f->sd[d] > 0.0) {
            f->half[d] = hst_density_half_width(f->sd[d], f->nu[d], HST_FORECAST_COVERAGE);
        }
    }
    f->half[HST_DENSITY_CONFORMAL] = filters->conformal;
}

void hst_filters_forecast(hst_filters *filters, hst_forecast *out)
{
    hst_assert(filters != NULL && out != NULL);
    hst_assert(filters->count >= 2);
    hst_forecast f = {
        .mean = {0.0, filters->sum / (double)filters->count, autoregression(filters)}};
    if (filters->constant_sd > 0.0) {
        forecast_densities(filters, &f);
    }
    filters->last = f;
    *out = f;
}

void hst_filters_observe(hst_filters *filters, double value)
{
    hst_assert(filters != NULL);
    hst_assert(filters->count < filters->capacity);
    const size_t n = filters->count;
    if (n > 0) {
        const double before = filters->returns[n - 1];
        filters->sum_x += before;
        filters->sum_y += value;
        filters->sum_xx += before * before;
        filters->sum_xy += before * value;
    }
    if (filters->last.half[HST_DENSITY_ADAPTIVE] > 0.0) {
        const bool miss = fabs(value) > filters->last.half[HST_DENSITY_ADAPTIVE];
        filters->level += adaptive_step * (1.0 - HST_FORECAST_COVERAGE - (miss ? 1.0 : 0.0));
        filters->level = fmin(level_max, fmax(level_min, filters->level));
    }
    if (filters->has_garch[0]) {
        filters->scores[n] = fabs(value) / sqrt(filters->variance[0]);
    }
    for (size_t which = 0; which < 2; which++) {
        if (filters->has_garch[which]) {
            filters->variance[which] =
                hst_garch_next(&filters->garch[which], value, filters->variance[which]);
        }
    }
    if (filters->ewma > 0.0) {
        filters->ewma = ewma_keep * filters->ewma + (1.0 - ewma_keep) * value * value;
    }
    filters->returns[n] = value;
    filters->sum += value;
    filters->count = n + 1;
    filters->last = (hst_forecast){.mean = {0}};
}
