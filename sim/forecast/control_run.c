#include "core/base/assert.h"

#include "sim/forecast/control.h"

#include <math.h>

static const double confidence = 0.99, significance = 0.05, ratio_min = 0.995;

/* Results of all seeds; arrays of rows are gone with the scratch. */
typedef struct work {
    const hst_control_plan *plan;
    hst_arena scratch;
    double *returns;
    double *ratios; /* [seeds], of the model at hand */
    hst_forecast_result *results;
    hst_forecast_result *shuffled;
} work;

static hst_status evaluate(work *w, hst_forecast_result *result)
{
    hst_arena once;
    hst_arena_init(&once, w->scratch.memory, 1 << 16);
    const hst_forecast_plan plan = {
        .returns = w->returns,
        .count = w->plan->count,
        .first = w->plan->count / 2,
        .lags = HST_FORECAST_LAGS,
        .means_only = w->plan->means_only || w->plan->kind == HST_CONTROL_PLANTED,
    };
    const hst_status status = hst_forecast_evaluate(&plan, &once, result);
    hst_arena_release(&once);
    return status;
}

static hst_status run_seed(work *w, uint32_t s)
{
    const uint64_t seed = w->plan->first_seed + s;
    const bool planted = w->plan->kind == HST_CONTROL_PLANTED;
    hst_control_planted(seed, planted ? HST_PLANTED_PHI : 0.0, w->returns, w->plan->count);
    HST_TRY(evaluate(w, &w->results[s]));
    if (planted) {
        hst_control_shuffle(seed, w->returns, w->plan->count);
        HST_TRY(evaluate(w, &w->shuffled[s]));
    }
    return HST_OK;
}

static bool wins(const hst_comparison *comparison)
{
    return comparison->p_holm < significance && comparison->statistic < 0.0;
}

static hst_control_row mean_row(work *w, const hst_forecast_result *results, size_t model)
{
    hst_control_row row = {.lowest = (double)INFINITY};
    for (uint32_t s = 0; s < w->plan->seeds; s++) {
        const hst_mean_row *one = &results[s].means[model];
        w->ratios[s] = one->ratio;
        row.lowest = fmin(row.lowest, one->ratio);
        row.wins += wins(&one->loss) ? 1 : 0;
        row.nested += one->nested.p_holm < significance ? 1 : 0;
    }
    row.ratio = hst_mean_interval_t(w->ratios, w->plan->seeds, confidence);
    return row;
}

static hst_control_row density_row(work *w, size_t model)
{
    hst_control_row row = {.lowest = (double)INFINITY};
    uint32_t said = 0;
    for (uint32_t s = 0; s < w->plan->seeds; s++) {
        const hst_density_row *one = &w->results[s].densities[model];
        if (one->ratio > 0.0) {
            w->ratios[said++] = one->ratio;
            row.lowest = fmin(row.lowest, one->ratio);
            row.wins += wins(&one->loss) ? 1 : 0;
        }
    }
    if (said > 1) {
        row.ratio = hst_mean_interval_t(w->ratios, said, confidence);
    }
    return row;
}

static bool nobody_wins(const hst_control_report *report)
{
    bool holds = true;
    for (size_t m = 1; m < HST_MEAN_COUNT; m++) {
        const hst_control_row *row = &report->means[m];
        holds = holds && row->wins == 0 && row->nested == 0 && row->lowest >= ratio_min;
    }
    for (size_t d = 1; d < HST_DENSITY_COUNT; d++) {
        holds = holds && report->densities[d].wins == 0;
    }
    return holds;
}

static bool planted_is_found(const hst_control_report *report, uint32_t seeds)
{
    const hst_control_row *found = &report->means[HST_MEAN_AR1];
    return found->ratio.low <= report->theory && report->theory <= found->ratio.high &&
           2 * found->wins >= seeds && report->shuffled.ratio.high >= 1.0 &&
           report->shuffled.wins == 0;
}

static hst_status run(work *w, hst_control_report *out)
{
    const hst_control_plan *plan = w->plan;
    w->returns = HST_ARENA_NEW(&w->scratch, double, plan->count);
    w->ratios = HST_ARENA_NEW(&w->scratch, double, plan->seeds);
    w->results = HST_ARENA_NEW(&w->scratch, hst_forecast_result, plan->seeds);
    w->shuffled = HST_ARENA_NEW(&w->scratch, hst_forecast_result, plan->seeds);
    if (w->returns == NULL || w->ratios == NULL || w->results == NULL || w->shuffled == NULL) {
        return HST_NO_MEMORY;
    }
    const bool planted = plan->kind == HST_CONTROL_PLANTED;
    for (uint32_t s = 0; s < plan->seeds; s++) {
        HST_TRY(run_seed(w, s));
    }
    HST_TRY(hst_forecast_correct(w->results, plan->seeds, w->scratch.memory));
    hst_control_report report = {.theory =
                                     planted ? sqrt(1.0 - HST_PLANTED_PHI * HST_PLANTED_PHI) : 1.0};
    for (size_t m = 0; m < HST_MEAN_COUNT; m++) {
        report.means[m] = mean_row(w, w->results, m);
    }
    for (size_t d = 0; d < HST_DENSITY_COUNT; d++) {
        report.densities[d] = density_row(w, d);
    }
    if (planted) {
        HST_TRY(hst_forecast_correct(w->shuffled, plan->seeds, w->scratch.memory));
        report.shuffled = mean_row(w, w->shuffled, HST_MEAN_AR1);
    }
    report.holds = planted ? planted_is_found(&report, plan->seeds) : nobody_wins(&report);
    *out = report;
    return HST_OK;
}

hst_status hst_control_run(const hst_control_plan *plan, hst_memory memory, hst_control_report *out)
{
    hst_assert(plan != NULL && out != NULL);
    hst_assert(plan->seeds >= HST_CONTROL_SEEDS_MIN && plan->seeds <= HST_CONTROL_SEEDS_MAX);
    work w = {.plan = plan};
    hst_arena_init(&w.scratch, memory, 1 << 16);
    const hst_status status = run(&w, out);
    hst_arena_release(&w.scratch);
    return status;
}
