#include "sim/compare/compare.h"

#include "core/base/assert.h"

#include "sim/statistics/statistics.h"

#include <math.h>
#include <string.h>

const char *hst_verdict_text(hst_verdict verdict)
{
    static const char *const texts[] = {"same", "improved", "regressed", "behaviour-changed"};
    hst_assert((size_t)verdict < sizeof texts / sizeof texts[0]);
    return texts[verdict];
}

void hst_comparison_release(hst_comparison *comparison)
{
    hst_arena_release(&comparison->arena);
}

static double threshold_of(const hst_compare_options *options, const char *name, double otherwise)
{
    for (size_t i = 0; i < options->threshold_count; i++) {
        const hst_threshold *one = &options->thresholds[i];
        otherwise = strncmp(name, one->prefix, strlen(one->prefix)) == 0 ? one->share : otherwise;
    }
    return otherwise;
}

/** An exact measure: any difference is told, one beyond the threshold judged. */
static void judge_exact(hst_change *change, double threshold)
{
    const hst_measure *before = change->before;
    const hst_measure *after = change->after;
    const double step = after->value - before->value;
    /* Two that are not numbers are equal here; NaN beside a number is not. */
    const bool equal = !isnan(before->value) == !isnan(after->value) &&
                       !(after->value < before->value) && !(after->value > before->value);
    change->p = 1;
    if (before->kind == HST_MEASURE_FIGURE) {
        change->differs = !equal;
        change->share = equal ? 0 : step / fabs(before->value);
        change->low = change->high = change->share;
        /* A figure that is not a number on one side only is a difference beyond any threshold. */
        const bool within = fabs(change->share) <= threshold;
        change->verdict =
            change->differs && !within ? HST_VERDICT_BEHAVIOUR_CHANGED : HST_VERDICT_SAME;
    } else {
        change->differs = strcmp(before->text, after->text) != 0;
        change->verdict = change->differs && before->kind == HST_MEASURE_TEXT
                              ? HST_VERDICT_BEHAVIOUR_CHANGED
                              : HST_VERDICT_SAME;
    }
}

/** Logarithms: a change of speed is a ratio. */
static double *logs_of(const hst_measure *measure, hst_arena *arena)
{
    double *logs = HST_ARENA_NEW(arena, double, measure->sample_count);
    for (size_t i = 0; logs != NULL && i < measure->sample_count; i++) {
        logs[i] = log(measure->samples[i]);
    }
    return logs;
}

/** Shift, interval and uncorrected p of a speed. */
static hst_status
measure_speed(hst_change *change, double confidence, hst_memory memory, hst_arena *arena)
{
    const size_t m = change->before->sample_count;
    const size_t n = change->after->sample_count;
    const double *before = logs_of(change->before, arena);
    const double *after = logs_of(change->after, arena);
    if (before == NULL || after == NULL) {
        return HST_NO_MEMORY;
    }
    hst_interval shift;
    hst_rank_test test;
    HST_TRY(hst_shift_interval(before, m, after, n, confidence, memory, &shift));
    HST_TRY(hst_rank_sum(before, m, after, n, memory, &test));
    change->share = expm1(shift.estimate);
    change->low = expm1(shift.low);
    change->high = expm1(shift.high);
    change->p = test.p;
    return HST_OK;
}

/** Smallest p that any samples of these counts can have: 2 in (m + n over m). */
static double smallest_p(size_t m, size_t n)
{
    double p = 2;
    for (size_t k = 1; k <= m; k++) {
        p *= (double)k / (double)(n + k);
    }
    return fmin(1, p);
}

static hst_status judge_speeds(hst_comparison *out,
                               const hst_compare_options *options,
                               hst_memory memory,
                               hst_arena *scratch)
{
    size_t speeds = 0;
    double *p = HST_ARENA_NEW(scratch, double, out->count);
    hst_change **at = HST_ARENA_NEW(scratch, hst_change *, out->count);
    if (p == NULL || at == NULL) {
        return HST_NO_MEMORY;
    }
    for (size_t i = 0; i < out->count; i++) {
        hst_change *change = &out->changes[i];
        if (change->before != NULL && change->after != NULL &&
            change->before->kind == HST_MEASURE_SPEED) {
            HST_TRY(measure_speed(change, options->confidence, memory, scratch));
            p[speeds] = change->p;
            at[speeds++] = change;
        }
    }
    HST_TRY(hst_holm(p, speeds, memory));
    const double alpha = 1 - options->confidence;
    for (size_t i = 0; i < speeds; i++) {
        hst_change *change = at[i];
        const double least = threshold_of(options, change->name, options->speed_share);
        change->p = p[i];
        change->differs = p[i] <= alpha;
        change->undecidable =
            smallest_p(change->before->sample_count, change->after->sample_count) * (double)speeds >
            alpha;
        if (change->differs && fabs(change->share) >= least) {
            const bool better = (change->share > 0) == change->after->higher_is_better;
            change->verdict = better ? HST_VERDICT_IMPROVED : HST_VERDICT_REGRESSED;
        }
    }
    return HST_OK;
}

/** Every measure of either file, and verdicts on the exact ones. */
static hst_status pair_up(const hst_measures *before,
                          const hst_measures *after,
                          const hst_compare_options *options,
                          hst_comparison *out)
{
    out->changes = HST_ARENA_NEW(&out->arena, hst_change, before->count + after->count);
    if (out->changes == NULL) {
        return HST_NO_MEMORY;
    }
    for (size_t i = 0; i < before->count; i++) {
        const hst_measure *one = &before->items[i];
        out->changes[out->count++] = (hst_change){
            .before = one, .after = hst_measures_find(after, one->name), .name = one->name};
    }
    for (size_t i = 0; i < after->count; i++) {
        const hst_measure *one = &after->items[i];
        if (hst_measures_find(before, one->name) == NULL) {
            out->changes[out->count++] = (hst_change){.after = one, .name = one->name};
        }
    }
    for (size_t i = 0; i < out->count; i++) {
        hst_change *change = &out->changes[i];
        if (change->before == NULL || change->after == NULL) {
            change->p = 1;
            change->differs = true; /* a case that came or went is told; a figure is behaviour */
            change->verdict = out->is_bench ? HST_VERDICT_SAME : HST_VERDICT_BEHAVIOUR_CHANGED;
        } else if (change->before->kind != HST_MEASURE_SPEED) {
            judge_exact(change, threshold_of(options, change->name, 0));
        }
    }
    return HST_OK;
}

hst_status hst_compare(const hst_measures *before,
                       const hst_measures *after,
                       const hst_compare_options *options,
                       hst_memory memory,
                       hst_comparison *out,
                       hst_error *error)
{
    hst_assert(options->confidence > 0 && options->confidence < 1);
    hst_assert(options->speed_share >= 0);
    if (before->is_bench != after->is_bench) {
        return hst_error_set(error, HST_MISMATCH,
                             "one file is a result and the other benchmarks: not comparable");
    }
    hst_comparison made = {.is_bench = before->is_bench};
    hst_arena scratch;
    hst_arena_init(&made.arena, memory, 16384);
    hst_arena_init(&scratch, memory, 65536);
    hst_status status = pair_up(before, after, options, &made);
    if (status == HST_OK) {
        status = judge_speeds(&made, options, memory, &scratch);
    }
    hst_arena_release(&scratch);
    if (status != HST_OK) {
        hst_arena_release(&made.arena);
        return hst_error_set(error, status, "cannot be compared: %s", hst_status_text(status));
    }
    for (size_t i = 0; i < made.count; i++) {
        const hst_change *change = &made.changes[i];
        made.counts[change->verdict]++;
        made.undecidable += change->undecidable;
        made.verdict = change->verdict > made.verdict ? change->verdict : made.verdict;
    }
    *out = made;
    return HST_OK;
}
