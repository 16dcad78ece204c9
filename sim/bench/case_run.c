/* Whole days, from the scenario to the sealed result file, and what the file's share of that is. */
#include "sim/base/os_memory.h"
#include "sim/bench/bench.h"
#include "sim/bench/place.h"
#include "sim/bench/world.h"
#include "sim/run/day.h"

/** One day. */
typedef struct day_case {
    const char *scenario; /**< file in scenarios/ */
    unsigned threads;     /**< with 2 the result's writer has a thread of its own */
    bool hot_thread;      /**< CPU of the thread that simulates, else of all threads */
} day_case;

/** Run it; `output` may be NULL. */
static hst_status run_day(const day_case *which, const char *output, hst_bench_sample *sample)
{
    const hst_memory memory = hst_os_memory();
    hst_day_options options = {
        .root = which->scenario, .output = output, .overwrite = true, .threads = which->threads};
    hst_error error;
    hst_error_clear(&error);
    HST_TRY(hst_inputs_create_from_disk(memory, HST_BENCH_SCENARIOS, &options.inputs, &error));
    hst_day_report *report = memory.acquire(memory.context, sizeof *report);
    hst_status status = HST_NO_MEMORY;
    if (report != NULL) {
        const double start = hst_bench_process_seconds();
        hst_bench_start(sample);
        status = hst_day_run(&options, report, &error);
        hst_bench_stop(sample);
        if (!which->hot_thread) {
            sample->seconds = hst_bench_process_seconds() - start;
        }
        sample->work = (double)report->total;
        memory.release(memory.context, report, sizeof *report);
    }
    hst_inputs_destroy(options.inputs);
    return status;
}

static hst_status run_with_result(const void *parameter, hst_bench_sample *sample)
{
    hst_bench_place at;
    HST_TRY(hst_bench_place_make(&at));
    const hst_status status = run_day(parameter, at.file, sample);
    hst_bench_place_drop(&at);
    return status;
}

static hst_status run_without_result(const void *parameter, hst_bench_sample *sample)
{
    return run_day(parameter, NULL, sample);
}

static const day_case small_day = {"small.yaml", 1, false};
static const day_case default_day = {"default.yaml", 1, false};
static const day_case default_day_hot = {"default.yaml", 2, true};

static const hst_bench_case cases[] = {
    {.name = "day.small",
     .summary = "scenarios/small.yaml to its sealed result, one thread, CPU of all threads",
     .unit = "payments/s",
     .run = run_with_result,
     .parameter = &small_day,
     .tier = HST_BENCH_DAY,
     .folder = HST_BENCH_SCENARIOS},
    {.name = "day.default",
     .summary = "scenarios/default.yaml to its sealed result, one thread, CPU of all threads",
     .unit = "payments/s",
     .baseline_name = "the same without a result",
     .run = run_with_result,
     .baseline = run_without_result,
     .parameter = &default_day,
     .tier = HST_BENCH_DAY,
     .folder = HST_BENCH_SCENARIOS},
    {.name = "day.default.hot",
     .summary = "the same on two threads, CPU of the one that simulates: what the result costs it",
     .unit = "payments/s",
     .baseline_name = "the same without a result",
     .run = run_with_result,
     .baseline = run_without_result,
     .parameter = &default_day_hot,
     .aim_ratio = 0.95,
     .tier = HST_BENCH_DAY,
     .folder = HST_BENCH_SCENARIOS},
};

const hst_bench_table hst_bench_run = {cases, sizeof cases / sizeof cases[0]};
