#include "sim/experiment/analysis.h"

#include "core/base/assert.h"

#include "sim/experiment/analysis_effects.h"
#include "sim/statistics/statistics.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

static const double *values_of(const hst_analysis *a, uint32_t metric, uint32_t cell)
{
    const size_t cells = a->experiment->cell_count;
    return a->values + (metric * cells + cell) * a->replications;
}

/* Values that are there, in order of replication. */
static uint32_t gather(const double *from, uint32_t count, double *to)
{
    uint32_t n = 0;
    for (uint32_t r = 0; r < count; r++) {
        if (isfinite(from[r])) {
            to[n++] = from[r];
        }
    }
    return n;
}

static bool fill_values(hst_analysis *a, const hst_trial_set *trials, hst_arena *arena)
{
    const hst_experiment *e = a->experiment;
    const size_t count = (size_t)e->metric_count * e->cell_count * a->replications;
    double *values = HST_ARENA_NEW(arena, double, count);
    if (values == NULL) {
        return false;
    }
    a->values = values;
    for (uint32_t r = 0; r < a->replications; r++) {
        for (uint32_t c = 0; c < e->cell_count; c++) {
            const double *figures = NULL;
            const hst_trial *trial =
                hst_trial_set_find(trials, (uint64_t)r * e->cell_count + c, &figures);
            const bool good = trial != NULL && trial->status == HST_OK;
            a->failed += good ? 0 : 1;
            for (uint32_t m = 0; m < e->metric_count; m++) {
                const double value = good ? figures[e->metrics[m].index] : (double)NAN;
                values[((size_t)m * e->cell_count + c) * a->replications + r] =
                    isfinite(value) ? value : (double)NAN;
            }
        }
    }
    return true;
}

/* ---- cells -------------------------------------------------------------------------------- */

static hst_status summarise(const hst_analysis *a,
                            const double *from,
                            double *scratch,
                            hst_memory memory,
                            hst_cell_summary *out)
{
    const uint32_t n = gather(from, a->replications, scratch);
    const double none = (double)NAN;
    *out = (hst_cell_summary){0, none, none, none, none, none, none, none, none, none};
    if (n == 0) {
        return HST_OK;
    }
    const double confidence = a->experiment->confidence;
    const hst_interval mean = hst_mean_interval_t(scratch, n, confidence);
    out->n = n;
    out->mean = mean.estimate;
    out->low = mean.low;
    out->high = mean.high;
    out->deviation = sqrt(hst_variance(scratch, n));
    if (n >= 2) {
        hst_interval boot;
        HST_TRY(hst_bootstrap_interval(scratch, n, hst_statistic_mean, confidence,
                                       HST_ANALYSIS_RESAMPLES, (uint64_t)a->experiment->seed,
                                       memory, &boot));
        out->boot_low = boot.low;
        out->boot_high = boot.high;
    }
    out->median = hst_median_in_place(scratch, n);
    out->min = scratch[0];
    out->max = scratch[n - 1];
    return HST_OK;
}

static hst_status make_summaries(hst_analysis *a, double *scratch, hst_arena *arena)
{
    const hst_experiment *e = a->experiment;
    hst_cell_summary *all =
        HST_ARENA_NEW(arena, hst_cell_summary, (size_t)e->metric_count * e->cell_count);
    if (all == NULL) {
        return HST_NO_MEMORY;
    }
    a->summaries = all;
    for (uint32_t m = 0; m < e->metric_count; m++) {
        for (uint32_t c = 0; c < e->cell_count; c++) {
            HST_TRY(summarise(a, values_of(a, m, c), scratch, arena->memory,
                              &all[(size_t)m * e->cell_count + c]));
        }
    }
    return HST_OK;
}

/* The best cell but for `except`; the first of equal ones. */
static int32_t find_best(const hst_analysis *a, uint32_t metric, int32_t except)
{
    const hst_experiment *e = a->experiment;
    const hst_cell_summary *cells = a->summaries + (size_t)metric * e->cell_count;
    const double sign = e->metrics[metric].higher_is_better ? -1 : 1;
    int32_t best = -1;
    for (uint32_t c = 0; c < e->cell_count; c++) {
        if ((int32_t)c != except && cells[c].n > 0 &&
            (best < 0 || sign * cells[c].mean < sign * cells[best].mean)) {
            best = (int32_t)c;
        }
    }
    return best;
}

static hst_status make_ranks(hst_analysis *a, hst_arena *arena)
{
    const uint32_t count = a->experiment->metric_count;
    int32_t *best = HST_ARENA_NEW(arena, int32_t, count);
    int32_t *second = HST_ARENA_NEW(arena, int32_t, count);
    if (best == NULL || second == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t m = 0; m < count; m++) {
        best[m] = find_best(a, m, -1);
        second[m] = best[m] >= 0 ? find_best(a, m, best[m]) : -1;
    }
    a->best = best;
    a->second = second;
    return HST_OK;
}

/* ---- cells against each other ------------------------------------------------------------- */

/* Paired t test: how likely differences this far from 0 are by chance, two-sided. It agrees with
 * the interval beside it, and unlike a rank test it can be sure of five replications. */
static double chance(const double *differences, uint32_t n)
{
    const double mean = hst_mean(differences, n);
    const double variance = n > 1 ? hst_variance(differences, n) : 0;
    if (n < 2 || (variance <= 0 && mean >= 0 && mean <= 0)) {
        return 1;
    }
    return variance > 0 ? 2 * gsl_cdf_tdist_Q(fabs(mean) / sqrt(variance / n), n - 1.0) : 0;
}

static void subtract(const hst_analysis *a, double *scratch, hst_cell_difference *out)
{
    const double *cell = values_of(a, out->metric, out->cell);
    const double *against = values_of(a, out->metric, out->against);
    double *one = scratch;
    double *two = scratch + a->replications;
    uint32_t n = 0;
    for (uint32_t r = 0; r < a->replications; r++) {
        if (isfinite(cell[r]) && isfinite(against[r])) {
            one[n] = cell[r];
            two[n] = against[r];
            n++;
        }
    }
    out->n = n;
    out->difference = (double)NAN;
    out->low = (double)NAN;
    out->high = (double)NAN;
    out->p = 1;
    out->p_holm = 1;
    if (n == 0) {
        return;
    }
    const hst_interval difference = hst_paired_difference(one, two, n, a->experiment->confidence);
    out->difference = difference.estimate;
    out->low = difference.low;
    out->high = difference.high;
    for (uint32_t i = 0; i < n; i++) {
        one[i] -= two[i];
    }
    out->p = chance(one, n);
}

/* All cells but one against that one. */
static hst_status make_family(hst_analysis *a,
                              hst_cell_difference *out,
                              uint32_t metric,
                              hst_difference_family family,
                              double *scratch,
                              hst_memory memory)
{
    const hst_experiment *e = a->experiment;
    const int32_t against = family == HST_DIFFERENCE_BASE ? (int32_t)e->base_cell : a->best[metric];
    if (against < 0) {
        return HST_OK;
    }
    uint32_t count = 0;
    for (uint32_t c = 0; c < e->cell_count; c++) {
        if (c == (uint32_t)against) {
            continue;
        }
        out[count] = (hst_cell_difference){
            .metric = metric, .cell = c, .family = family, .against = (uint32_t)against};
        subtract(a, scratch, &out[count]);
        count++;
    }
    double *p = scratch;
    for (uint32_t i = 0; i < count; i++) {
        p[i] = out[i].p;
    }
    HST_TRY(hst_holm(p, count, memory));
    for (uint32_t i = 0; i < count; i++) {
        out[i].p_holm = p[i];
    }
    a->difference_count += count;
    return HST_OK;
}

static hst_status make_differences(hst_analysis *a, double *scratch, hst_arena *arena)
{
    const hst_experiment *e = a->experiment;
    hst_cell_difference *all =
        HST_ARENA_NEW(arena, hst_cell_difference, (size_t)e->metric_count * e->cell_count * 2);
    if (all == NULL) {
        return HST_NO_MEMORY;
    }
    a->differences = all;
    for (uint32_t m = 0; m < e->metric_count; m++) {
        for (int family = HST_DIFFERENCE_BASE; family <= HST_DIFFERENCE_BEST; family++) {
            HST_TRY(make_family(a, all + a->difference_count, m, (hst_difference_family)family,
                                scratch, arena->memory));
        }
    }
    return HST_OK;
}

/* ---- all of it ---------------------------------------------------------------------------- */

hst_status hst_analyse(const hst_experiment *experiment,
                       const hst_trial_set *trials,
                       uint32_t replications,
                       hst_arena *arena,
                       const hst_analysis **analysis)
{
    hst_assert(experiment != NULL);
    hst_assert(replications > 0);
    hst_analysis *a = HST_ARENA_NEW(arena, hst_analysis, 1);
    const size_t room = 2 * (size_t)replications > experiment->cell_count ? 2 * (size_t)replications
                                                                          : experiment->cell_count;
    double *scratch = HST_ARENA_NEW(arena, double, room);
    if (a == NULL || scratch == NULL) {
        return HST_NO_MEMORY;
    }
    a->experiment = experiment;
    a->replications = replications;
    if (!fill_values(a, trials, arena)) {
        return HST_NO_MEMORY;
    }
    HST_TRY(make_summaries(a, scratch, arena));
    HST_TRY(make_ranks(a, arena));
    HST_TRY(make_differences(a, scratch, arena));
    HST_TRY(hst_analyse_effects(a, arena));
    *analysis = a;
    return HST_OK;
}

bool hst_stop_reached(const hst_experiment *experiment,
                      const hst_trial_set *trials,
                      uint32_t replications,
                      hst_arena *scratch)
{
    const hst_stop_rule *rule = &experiment->stop;
    hst_assert(rule->enabled);
    hst_assert(rule->replications_min >= 2);
    double *values = HST_ARENA_NEW(scratch, double, replications);
    if (values == NULL) {
        return false;
    }
    const uint32_t index = experiment->metrics[rule->metric].index;
    for (uint32_t c = 0; c < experiment->cell_count; c++) {
        uint32_t n = 0;
        for (uint32_t r = 0; r < replications; r++) {
            const double *figures = NULL;
            const hst_trial *trial =
                hst_trial_set_find(trials, (uint64_t)r * experiment->cell_count + c, &figures);
            if (trial != NULL && trial->status == HST_OK && isfinite(figures[index])) {
                values[n++] = figures[index];
            }
        }
        const bool reached =
            n > 0 &&
            (rule->half_width > 0
                 ? hst_half_width_reached(values, n, experiment->confidence, rule->half_width,
                                          rule->replications_min)
                 : hst_half_width_reached_relative(values, n, experiment->confidence,
                                                   rule->relative, rule->replications_min));
        if (!reached) {
            return false;
        }
    }
    return true;
}
