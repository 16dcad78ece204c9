#include "core/base/assert.h"

#include "sim/bench/bench.h"

#include <math.h>
#include <string.h>
#include <time.h>

double hst_bench_cpu_seconds(void)
{
    struct timespec now = {0, 0};
    const int failed = clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    hst_assert(failed == 0);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/** Execute once; `*rate` is work per second. */
static hst_status sample_once(hst_bench_function function, const void *parameter, double *rate)
{
    hst_bench_sample sample = {0, 0};
    HST_TRY(function(parameter, &sample));
    if (!isfinite(sample.work) || !isfinite(sample.seconds)) {
        return HST_OVERFLOW;
    }
    if (sample.work <= 0 || sample.seconds <= 0) {
        return HST_OVERFLOW; /* too little work to be measured, or none */
    }
    *rate = sample.work / sample.seconds;
    return HST_OK;
}

/** Execute a case and its baseline, the baseline first every other time: whatever drifts on the
 * machine (clock rate, neighbours, caches) then favours neither. */
static hst_status
sample_pair(const hst_bench_case *bench_case, bool baseline_first, double *rate, double *baseline)
{
    if (bench_case->baseline != NULL && baseline_first) {
        HST_TRY(sample_once(bench_case->baseline, bench_case->parameter, baseline));
    }
    HST_TRY(sample_once(bench_case->run, bench_case->parameter, rate));
    if (bench_case->baseline != NULL && !baseline_first) {
        HST_TRY(sample_once(bench_case->baseline, bench_case->parameter, baseline));
    }
    return HST_OK;
}

static void sort_values(double *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const double moved = values[i];
        size_t at = i;
        while (at > 0 && values[at - 1] > moved) {
            values[at] = values[at - 1];
            at--;
        }
        values[at] = moved;
    }
}

/** Middle of sorted values; the mean of the two middle ones when their number is even. */
static double median_of(const double *sorted, size_t count)
{
    hst_assert(count > 0);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

/** Is the reported value a time per unit of work rather than a rate? */
static bool is_time_per_work(const char *unit)
{
    return strncmp(unit, "s/", 2) == 0;
}

/** Turn rates into the values reported. */
static void to_values(const char *unit, double *rates, size_t count)
{
    for (size_t i = 0; is_time_per_work(unit) && i < count; i++) {
        rates[i] = 1 / rates[i];
    }
}

hst_bench_report
hst_bench_measure(const hst_bench_case *bench_case, unsigned runs, unsigned warmups)
{
    hst_assert(bench_case->run != NULL);
    hst_assert(runs > 0);
    hst_assert(runs <= HST_BENCH_RUN_MAX);
    double rates[HST_BENCH_RUN_MAX] = {0};
    double baselines[HST_BENCH_RUN_MAX] = {0};
    double ratios[HST_BENCH_RUN_MAX] = {0};
    hst_bench_report report = {.bench_case = bench_case, .status = HST_OK};
    for (unsigned i = 0; i < warmups + runs; i++) {
        double rate = 0;
        double baseline = 0;
        report.status = sample_pair(bench_case, i % 2 == 1, &rate, &baseline);
        if (report.status != HST_OK) {
            return report;
        }
        if (i >= warmups) {
            rates[i - warmups] = rate;
            baselines[i - warmups] = baseline;
            ratios[i - warmups] = bench_case->baseline != NULL ? rate / baseline : 0;
        }
    }
    to_values(bench_case->unit, rates, runs);
    memcpy(report.samples, rates, runs * sizeof rates[0]);
    sort_values(rates, runs);
    report.runs = runs;
    report.median = median_of(rates, runs);
    report.min = rates[0];
    report.max = rates[runs - 1];
    if (bench_case->baseline != NULL) {
        to_values(bench_case->unit, baselines, runs);
        sort_values(baselines, runs);
        sort_values(ratios, runs);
        report.baseline_median = median_of(baselines, runs);
        report.ratio_median = median_of(ratios, runs);
        report.ratio_min = ratios[0];
        report.ratio_max = ratios[runs - 1];
    }
    return report;
}
