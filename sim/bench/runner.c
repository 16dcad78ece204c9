#include "core/base/assert.h"

#include "sim/bench/bench.h"
#include "sim/bench/counter.h"

#include <math.h>
#include <string.h>
#include <time.h>

static double seconds_of(clockid_t clock)
{
    struct timespec now = {0, 0};
    const int failed = clock_gettime(clock, &now);
    hst_assert(failed == 0);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double hst_bench_cpu_seconds(void)
{
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

double hst_bench_process_seconds(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

const char *hst_bench_tier_text(hst_bench_tier tier)
{
    static const char *const texts[HST_BENCH_TIER_COUNT] = {"component", "system", "day"};
    hst_assert(tier < HST_BENCH_TIER_COUNT);
    return texts[tier];
}

/* The counter is read outside of the clock's readings, so that its system call is not timed. */
void hst_bench_start(hst_bench_sample *sample)
{
    hst_assert(sample != NULL);
    sample->instructions_at = sample->counter > 0 ? hst_bench_counter_read(sample->counter) : -1;
    sample->seconds_at = hst_bench_cpu_seconds();
}

void hst_bench_stop(hst_bench_sample *sample)
{
    hst_assert(sample != NULL);
    sample->seconds += hst_bench_cpu_seconds() - sample->seconds_at;
    const double now = sample->counter > 0 ? hst_bench_counter_read(sample->counter) : -1;
    if (sample->instructions_at >= 0 && now >= sample->instructions_at) {
        sample->instructions += now - sample->instructions_at;
    }
}

/** What one round measured. */
typedef struct pair {
    double rate, baseline, count;
    char note[sizeof(((hst_bench_sample *)0)->note)];
} pair;

/** Execute once; `*rate` is work per second, `*count` instructions by unit of work or 0. */
static hst_status sample_once(
    hst_bench_function function, const void *parameter, double *rate, double *count, char *note)
{
    hst_bench_sample sample = {.counter = hst_bench_counter_open()};
    const int counter = sample.counter;
    const hst_status status = function(parameter, &sample);
    if (note != NULL) {
        memcpy(note, sample.note, sizeof sample.note);
    }
    hst_bench_counter_close(counter);
    HST_TRY(status);
    if (!isfinite(sample.work) || !isfinite(sample.seconds)) {
        return HST_OVERFLOW;
    }
    if (sample.work <= 0 || sample.seconds <= 0) {
        return HST_OVERFLOW; /* too little work to be measured, or none */
    }
    *rate = sample.work / sample.seconds;
    *count = sample.instructions / sample.work;
    return HST_OK;
}

/** Execute a case and its baseline, the baseline first every other time: whatever drifts on the
 * machine (clock rate, neighbours, caches) then favours neither. */
static hst_status sample_pair(const hst_bench_report *report, bool baseline_first, pair *out)
{
    const hst_bench_case *bench_case = report->bench_case;
    double ignored = 0;
    if (report->baseline != NULL && baseline_first) {
        HST_TRY(
            sample_once(report->baseline, bench_case->parameter, &out->baseline, &ignored, NULL));
    }
    HST_TRY(
        sample_once(bench_case->run, bench_case->parameter, &out->rate, &out->count, out->note));
    if (report->baseline != NULL && !baseline_first) {
        HST_TRY(
            sample_once(report->baseline, bench_case->parameter, &out->baseline, &ignored, NULL));
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

/** Middle of the values, which are sorted; the mean of the two middle ones when their number is
 * even. */
static double median_of(double *values, size_t count)
{
    hst_assert(count > 0);
    sort_values(values, count);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/** Is the reported value a time per unit of work rather than a rate? */
static bool is_time_per_work(const char *unit)
{
    return strncmp(unit, "s/", 2) == 0;
}

/** Rate into the value reported, and back. */
static double value_of(const char *unit, double rate)
{
    return is_time_per_work(unit) ? 1 / rate : rate;
}

void hst_bench_begin(hst_bench_report *report, const hst_bench_case *bench_case, bool baseline)
{
    hst_assert(bench_case->run != NULL);
    memset(report, 0, sizeof *report);
    report->bench_case = bench_case;
    report->baseline = baseline ? bench_case->baseline : NULL;
    report->status = HST_OK;
}

void hst_bench_round(hst_bench_report *report, bool counted)
{
    const hst_bench_case *one = report->bench_case;
    hst_assert(report->runs < HST_BENCH_RUN_MAX);
    if (report->status != HST_OK) {
        return;
    }
    pair measured = {0};
    report->status = sample_pair(report, report->rounds % 2 == 1, &measured);
    report->rounds++;
    memcpy(report->note, measured.note, sizeof report->note);
    if (report->status != HST_OK || !counted) {
        return;
    }
    const unsigned at = report->runs++;
    report->samples[at] = value_of(one->unit, measured.rate);
    report->baselines[at] = report->baseline != NULL ? value_of(one->unit, measured.baseline) : 0;
    report->counts[at] = measured.count;
}

/** Times as fast as the baseline, run by run. */
static void conclude_ratios(hst_bench_report *report, double *scratch)
{
    const char *unit = report->bench_case->unit;
    const unsigned runs = report->runs;
    for (unsigned i = 0; i < runs; i++) {
        const double ratio = report->samples[i] / report->baselines[i];
        scratch[i] = is_time_per_work(unit) ? 1 / ratio : ratio;
    }
    report->ratio_median = median_of(scratch, runs);
    report->ratio_min = scratch[0];
    report->ratio_max = scratch[runs - 1];
    memcpy(scratch, report->baselines, runs * sizeof *scratch);
    report->baseline_median = median_of(scratch, runs);
}

void hst_bench_conclude(hst_bench_report *report)
{
    double scratch[HST_BENCH_RUN_MAX];
    const unsigned runs = report->runs;
    if (report->status != HST_OK || runs == 0) {
        report->runs = 0;
        return;
    }
    memcpy(scratch, report->samples, runs * sizeof *scratch);
    report->median = median_of(scratch, runs);
    report->min = scratch[0];
    report->max = scratch[runs - 1];
    for (unsigned i = 0; i < runs; i++) {
        scratch[i] = fabs(report->samples[i] - report->median);
    }
    report->mad = median_of(scratch, runs);
    memcpy(scratch, report->counts, runs * sizeof *scratch);
    report->instructions = median_of(scratch, runs);
    if (report->baseline != NULL) {
        conclude_ratios(report, scratch);
    }
}

hst_bench_report
hst_bench_measure(const hst_bench_case *bench_case, unsigned runs, unsigned warmups)
{
    hst_assert(runs > 0);
    hst_assert(runs <= HST_BENCH_RUN_MAX);
    hst_bench_report report;
    hst_bench_begin(&report, bench_case, true);
    for (unsigned i = 0; i < warmups + runs; i++) {
        hst_bench_round(&report, i >= warmups);
    }
    hst_bench_conclude(&report);
    return report;
}
