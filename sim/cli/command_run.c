/* herstatt run, and herstatt verify: both run a day. */
#include "core/base/parallel.h"

#include "sim/base/os_memory.h"
#include "sim/cli/commands.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/report.h"
#include "sim/run/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    RUN_SEED,
    RUN_SET,
    RUN_THREADS,
    RUN_OUTPUT,
    RUN_NO_OUTPUT,
    RUN_AUDIT,
    RUN_JSON,
    RUN_PROGRESS
};

const hst_option hst_run_options[] = {
    {"seed", "N", "seed of all draws, in place of the scenario's"},
    {"set", "KEY=VALUE", "change a key of the scenario; may be repeated"},
    {"threads", "N", "threads to use, 0 = all processors; results do not depend on it"},
    {"output", "FILE", "where to write the result"},
    {"no-output", NULL, "write no result file"},
    {"audit", NULL, "replay every ledger from genesis at the end"},
    {"json", NULL, "print one JSON object instead of the summary"},
    {"progress", NULL, "show progress even when stderr is not a terminal"},
    {NULL, NULL, NULL}};

enum { VERIFY_THREADS, VERIFY_JSON, VERIFY_PROGRESS };

const hst_option hst_verify_options[] = {
    {"threads", "N", "threads to use, 0 = all processors"},
    {"json", NULL, "print one JSON object"},
    {"progress", NULL, "show progress even when stderr is not a terminal"},
    {NULL, NULL, NULL}};

static unsigned threads_of(long wanted)
{
    return wanted > 0 ? (unsigned)wanted : hst_parallel_processors();
}

static void default_output(const char *scenario, const char *seed, char *output, size_t size)
{
    const char *slash = strrchr(scenario, '/');
    const char *name = slash != NULL ? slash + 1 : scenario;
    const char *dot = strrchr(name, '.');
    const int length = dot != NULL ? (int)(dot - name) : (int)strlen(name);
    struct stat info;
    const bool folder = stat("results", &info) == 0 && S_ISDIR(info.st_mode);
    (void)snprintf(output, size, "%s%.*s%s%s.h5", folder ? "results/" : "", length, name,
                   seed != NULL ? "-seed" : "", seed != NULL ? seed : "");
}

typedef struct run_work {
    hst_day_options options;
    hst_day_report report;
    hst_error error;
    hst_progress progress;
    char folder[HST_ERROR_FILE_SIZE];
    char root[HST_ERROR_FILE_SIZE];
    char seed[64];
    const char *overrides[HST_OPTION_VALUES_MAX + 1];
    char output[4096];
    char again[4096];
} run_work;

static hst_status prepare(const hst_arguments *a, run_work *w)
{
    const char *scenario = a->operands[0];
    const char *seed = hst_argument(a, RUN_SEED, NULL);
    HST_TRY(hst_inputs_split(scenario, w->folder, w->root, &w->error));
    HST_TRY(hst_inputs_create_from_disk(hst_os_memory(), w->folder, &w->options.inputs, &w->error));
    (void)snprintf(w->again, sizeof w->again, "herstatt run");
    hst_add_word(w->again, sizeof w->again, scenario);
    for (size_t i = 0; i < a->options[RUN_SET].count; i++) {
        w->overrides[w->options.override_count++] = a->options[RUN_SET].values[i];
        hst_add_word(w->again, sizeof w->again, "--set");
        hst_add_word(w->again, sizeof w->again, a->options[RUN_SET].values[i]);
    }
    if (seed != NULL) {
        (void)snprintf(w->seed, sizeof w->seed, "seed=%s", seed);
        w->overrides[w->options.override_count++] = w->seed;
        hst_add_word(w->again, sizeof w->again, "--seed");
        hst_add_word(w->again, sizeof w->again, seed);
    }
    w->options.root = w->root;
    w->options.overrides = w->overrides;
    w->options.overwrite = true;
    if (!hst_argument_given(a, RUN_NO_OUTPUT)) {
        default_output(scenario, seed, w->output, sizeof w->output);
        w->options.output = hst_argument(a, RUN_OUTPUT, w->output);
        if (!hst_may_replace(w->options.output)) {
            return hst_error_set(&w->error, HST_IO, "%s exists and is not a result of herstatt",
                                 w->options.output);
        }
    }
    return HST_OK;
}

static hst_exit run(const hst_arguments *a, run_work *w, long threads)
{
    w->options.threads = threads_of(threads);
    w->options.audit = hst_argument_given(a, RUN_AUDIT);
    w->options.interrupted = &hst_interrupted;
    w->options.progress = hst_progress_update;
    w->options.progress_context = &w->progress;
    hst_status status = prepare(a, w);
    if (status == HST_OK) {
        hst_progress_start(&w->progress, hst_argument_given(a, RUN_PROGRESS));
        status = hst_day_run(&w->options, &w->report, &w->error);
        hst_progress_stop(&w->progress);
    }
    hst_inputs_destroy(w->options.inputs);
    if (status != HST_OK) {
        const hst_exit answer = hst_complain(&w->error);
        if (answer == HST_EXIT_INTERRUPTED && w->options.output != NULL) {
            hst_say("what there is stands in %s.partial", w->options.output);
        }
        return answer;
    }
    const hst_report_place place = {
        .scenario = a->operands[0], .output = w->options.output, .again = w->again};
    if (hst_argument_given(a, RUN_JSON)) {
        if (!hst_report_json(&w->report, &place, stdout)) {
            return HST_EXIT_IO;
        }
    } else {
        hst_report_print(&w->report, &place, stdout);
    }
    return w->report.invariants_violated == 0 ? HST_EXIT_YES : HST_EXIT_NO;
}

hst_exit hst_command_run(const hst_arguments *arguments)
{
    long threads = 0;
    if (!hst_argument_number(arguments, RUN_THREADS, "threads", 0, 256, &threads)) {
        return HST_EXIT_USAGE;
    }
    run_work *w = calloc(1, sizeof *w);
    if (w == NULL) {
        hst_say("out of memory");
        return HST_EXIT_IO;
    }
    const hst_exit answer = run(arguments, w, threads);
    free(w);
    return answer;
}

/* A file that was changed is the answer no; one that cannot be read is another matter. */
static hst_exit verify_exit(const hst_error *error)
{
    const hst_exit answer = hst_complain(error);
    return error->status == HST_CORRUPT || error->status == HST_TRUNCATED ? HST_EXIT_NO : answer;
}

static hst_exit tell_verified(const hst_arguments *arguments, run_work *w, size_t studies)
{
    const char *path = arguments->operands[0];
    const bool json = hst_argument_given(arguments, VERIFY_JSON);
    if (studies > 0 && json) {
        return printf("{\"schema\": 1, \"digest\": \"%s\", \"studies\": %zu}\n",
                      w->report.digest_hex, studies) > 0
                   ? HST_EXIT_YES
                   : HST_EXIT_IO;
    }
    if (studies > 0) {
        (void)printf("%s: verified\n"
                     "  run digest  %s\n"
                     "  plan        %zu studies or worlds run again from it, every row equal\n",
                     path, w->report.digest_hex, studies);
        return HST_EXIT_YES;
    }
    if (json) {
        (void)snprintf(w->again, sizeof w->again, "herstatt verify");
        hst_add_word(w->again, sizeof w->again, path);
        const hst_report_place place = {.scenario = w->report.scenario.name, .again = w->again};
        return hst_report_json(&w->report, &place, stdout) ? HST_EXIT_YES : HST_EXIT_IO;
    }
    (void)printf("%s: verified\n"
                 "  run digest  %s\n"
                 "  payments    %" PRIu64 " run again from the stored scenario and tables\n"
                 "  ledgers     %u audited, %" PRIu64 " blocks, %" PRIu64 " transfers\n"
                 "  invariants  %" PRIu64 " checks, none broken\n",
                 path, w->report.digest_hex, w->report.total, w->report.ledgers, w->report.blocks,
                 w->report.transfers, w->report.invariants_checked);
    return HST_EXIT_YES;
}

hst_exit hst_command_verify(const hst_arguments *arguments)
{
    long threads = 0;
    size_t studies = 0;
    if (!hst_argument_number(arguments, VERIFY_THREADS, "threads", 0, 256, &threads)) {
        return HST_EXIT_USAGE;
    }
    run_work *w = calloc(1, sizeof *w);
    if (w == NULL) {
        hst_say("out of memory");
        return HST_EXIT_IO;
    }
    hst_progress_start(&w->progress, hst_argument_given(arguments, VERIFY_PROGRESS));
    const hst_status status =
        hst_verify(arguments->operands[0], threads_of(threads), &hst_interrupted,
                   hst_progress_update, &w->progress, &w->report, &studies, &w->error);
    hst_progress_stop(&w->progress);
    const hst_exit answer =
        status == HST_OK ? tell_verified(arguments, w, studies) : verify_exit(&w->error);
    free(w);
    return answer;
}
