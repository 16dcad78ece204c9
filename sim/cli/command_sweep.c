/* herstatt sweep: an experiment, from its file to an answer. */
#include "sim/base/os_memory.h"
#include "sim/cli/commands.h"
#include "sim/cli/launch.h"
#include "sim/cli/progress.h"
#include "sim/experiment/sweep.h"
#include "sim/run/day.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

enum {
    SWEEP_OUTPUT,
    SWEEP_REPLICATIONS,
    SWEEP_SEED,
    SWEEP_THREADS,
    SWEEP_FRESH,
    SWEEP_JSON,
    SWEEP_PROGRESS
};

const hst_option hst_sweep_options_table[] = {
    {"output", "FILE", "where to write the result"},
    {"replications", "N", "replications of each cell, in place of the experiment's"},
    {"seed", "N", "seed of all trials, in place of the experiment's"},
    {"threads", "N", "trials at a time, 0 = all processors; results do not depend on it"},
    {"fresh", NULL, "run all trials, also those that an earlier sweep finished"},
    {"json", NULL, "print one JSON object instead of the answer"},
    {"progress", NULL, "show progress even when stderr is not a terminal"},
    {NULL, NULL, NULL}};

/* A command line at work. */
typedef struct sweep_work {
    const hst_arguments *arguments;
    hst_team team;
    hst_arena arena;
    hst_inputs *inputs;
    hst_experiment_changes changes;
    const hst_experiment *experiment;
    hst_sweep_options options;
    hst_sweep sweep;
    hst_error error;
    hst_progress progress;
    char output[HST_RESULT_FILE_MAX];
    char command[8192];
} sweep_work;

/* ---- before ------------------------------------------------------------------------------- */

static bool read_numbers(const hst_arguments *a, sweep_work *w)
{
    long replications = 0;
    long threads = 0;
    if (!hst_argument_number(a, SWEEP_REPLICATIONS, "replications", 1, HST_SWEEP_TRIALS_MAX,
                             &replications) ||
        !hst_argument_number(a, SWEEP_THREADS, "threads", 0, 256, &threads)) {
        return false;
    }
    w->changes.replications = (uint32_t)replications;
    w->options.threads = threads > 0 ? (unsigned)threads : hst_launch_threads();
    const char *seed = hst_argument(a, SWEEP_SEED, NULL);
    if (seed != NULL) {
        char *end = NULL;
        errno = 0;
        w->changes.has_seed = true;
        w->changes.seed = strtoll(seed, &end, 10);
        if (errno != 0 || end == seed || *end != '\0' || w->changes.seed < 0) {
            hst_say("--seed: expected a whole number from 0, got \"%s\"", seed);
            return false;
        }
    }
    return true;
}

static void default_output(const char *operand, char *output, size_t size)
{
    const char *slash = strrchr(operand, '/');
    const char *name = slash != NULL ? slash + 1 : operand;
    const char *dot = strrchr(name, '.');
    const int length = dot != NULL && dot != name ? (int)(dot - name) : (int)strlen(name);
    struct stat info;
    const bool folder = stat("results", &info) == 0 && S_ISDIR(info.st_mode);
    (void)snprintf(output, size, "%s%.*s.h5", folder ? "results/" : "", length, name);
}

/* The words of this command that decide its result. */
static void repeat_command(const hst_arguments *a, sweep_work *w)
{
    const char *replications = hst_argument(a, SWEEP_REPLICATIONS, NULL);
    const char *seed = hst_argument(a, SWEEP_SEED, NULL);
    (void)snprintf(w->command, sizeof w->command, "herstatt sweep %s%s%s%s%s", a->operands[0],
                   replications != NULL ? " --replications " : "",
                   replications != NULL ? replications : "", seed != NULL ? " --seed " : "",
                   seed != NULL ? seed : "");
}

/* A file that is there must be one of ours before it is replaced. */
static hst_status check_output(sweep_work *w)
{
    static const char seal[] = "herstatt result";
    char head[sizeof seal] = "";
    FILE *file = fopen(w->options.output, "rb");
    if (file == NULL) {
        return HST_OK;
    }
    const size_t size = fread(head, 1, sizeof seal - 1, file);
    (void)fclose(file);
    return size == sizeof seal - 1 && memcmp(head, seal, size) == 0
               ? HST_OK
               : hst_error_set(&w->error, HST_IO, "%s exists and is not a result of herstatt",
                               w->options.output);
}

static hst_status prepare(sweep_work *w)
{
    const hst_arguments *a = w->arguments;
    char folder[HST_ERROR_FILE_SIZE];
    char root[HST_ERROR_FILE_SIZE];
    HST_TRY(check_output(w));
    HST_TRY(hst_inputs_split(a->operands[0], folder, root, &w->error));
    HST_TRY(hst_inputs_create_from_disk(hst_os_memory(), folder, &w->inputs, &w->error));
    HST_TRY(
        hst_experiment_load(w->inputs, root, &w->changes, &w->arena, &w->experiment, &w->error));
    w->options.inputs = w->inputs;
    w->options.experiment = w->experiment;
    return HST_OK;
}

/* ---- after -------------------------------------------------------------------------------- */

static const char *report_name(const sweep_work *w, char *out, size_t size)
{
    (void)snprintf(out, size, "%s.html", w->experiment->name);
    return out;
}

static void print_failures(const sweep_work *w)
{
    char command[8192];
    for (uint64_t i = 0; i < w->sweep.failed && i < HST_SWEEP_FAILURES_MAX; i++) {
        const hst_sweep_failure *failure = &w->sweep.failures[i];
        (void)hst_trial_command(w->experiment, failure->trial, command, sizeof command);
        (void)printf("failed  trial %" PRIu64 ": %s\n        %s\n", failure->trial, failure->reason,
                     command);
    }
    if (w->sweep.failed > HST_SWEEP_FAILURES_MAX) {
        (void)printf("failed  %" PRIu64 " more, see /trials in the result\n",
                     w->sweep.failed - HST_SWEEP_FAILURES_MAX);
    }
}

static void print_answer(const sweep_work *w)
{
    char report[HST_EXPERIMENT_NAME_SIZE + 8];
    const hst_sweep *s = &w->sweep;
    (void)fputs(s->answer, stdout);
    (void)putchar('\n');
    print_failures(w);
    if (w->experiment->stop.enabled) {
        (void)printf("stopped %s\n", s->stopped);
    }
    (void)printf("time    %.1f s CPU, %.1f s wall; %" PRIu64 " of %" PRIu64
                 " trials were there already\n",
                 s->cpu_seconds, s->wall_seconds, s->resumed < s->trials ? s->resumed : s->trials,
                 s->trials);
    (void)printf("result  %s\n", w->options.output);
    (void)printf("look    herstatt report %s --output %s\n", w->options.output,
                 report_name(w, report, sizeof report));
    (void)printf("again   %s\n", w->command);
}

/* JSON has no NaN and no infinity. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *summaries_json(const hst_analysis *a)
{
    const hst_experiment *e = a->experiment;
    json_t *cells = json_array();
    for (uint32_t c = 0; c < e->cell_count; c++) {
        json_t *cell = json_pack("{s:I, s:s, s:{}, s:{}}", "cell", (json_int_t)c, "label",
                                 e->cells[c].label, "levels", "metrics");
        for (uint32_t f = 0; f < e->factor_count; f++) {
            (void)json_object_set_new(
                json_object_get(cell, "levels"), e->factors[f].name,
                json_string(e->factors[f].levels[e->cells[c].levels[f]].text));
        }
        for (uint32_t m = 0; m < e->metric_count; m++) {
            const hst_cell_summary *s = &a->summaries[(size_t)m * e->cell_count + c];
            (void)json_object_set_new(json_object_get(cell, "metrics"), e->metrics[m].name,
                                      json_pack("{s:I, s:o, s:o, s:o, s:o}", "n", (json_int_t)s->n,
                                                "mean", number(s->mean), "low", number(s->low),
                                                "high", number(s->high), "deviation",
                                                number(s->deviation)));
        }
        (void)json_array_append_new(cells, cell);
    }
    return cells;
}

static json_t *differences_json(const hst_analysis *a)
{
    const hst_experiment *e = a->experiment;
    json_t *all = json_array();
    for (uint32_t i = 0; i < a->difference_count; i++) {
        const hst_cell_difference *d = &a->differences[i];
        (void)json_array_append_new(
            all, json_pack("{s:s, s:I, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "metric",
                           e->metrics[d->metric].name, "cell", (json_int_t)d->cell, "family",
                           d->family == HST_DIFFERENCE_BASE ? "base" : "best", "against",
                           (json_int_t)d->against, "n", (json_int_t)d->n, "difference",
                           number(d->difference), "low", number(d->low), "high", number(d->high),
                           "p", number(d->p), "p_holm", number(d->p_holm)));
    }
    return all;
}

static json_t *effects_json(const hst_analysis *a)
{
    const hst_experiment *e = a->experiment;
    json_t *all = json_array();
    for (uint32_t i = 0; i < a->effect_count; i++) {
        const hst_factor_effect *f = &a->effects[i];
        (void)json_array_append_new(
            all, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "metric",
                           e->metrics[f->metric].name, "first", e->factors[f->first].name, "second",
                           e->factors[f->second].name, "range", number(f->range), "share",
                           number(f->share), "f", number(f->f), "p", number(f->p), "p_holm",
                           number(f->p_holm)));
    }
    return all;
}

static bool print_json(const sweep_work *w)
{
    const hst_sweep *s = &w->sweep;
    const hst_analysis *a = s->analysis;
    const hst_experiment *e = w->experiment;
    json_t *root = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:b, s:f, s:I, s:I, s:I, s:I, s:s, s:I, s:I, s:f, s:f, s:s}",
        "version", hst_version(), "name", e->name, "title", e->title, "question", e->question,
        "seed", (json_int_t)e->seed, "common_random_numbers", (int)e->common_random_numbers,
        "confidence", e->confidence, "replications", (json_int_t)s->replications, "trials",
        (json_int_t)s->trials, "failed_trials", (json_int_t)s->failed, "resumed_trials",
        (json_int_t)s->resumed, "stopped", s->stopped, "base_cell", (json_int_t)e->base_cell,
        "best_cell", (json_int_t)a->best[0], "cpu_seconds", s->cpu_seconds, "wall_seconds",
        s->wall_seconds, "output", w->options.output);
    if (root == NULL) {
        return false;
    }
    (void)json_object_set_new(root, "answer", json_string(s->answer));
    (void)json_object_set_new(root, "cells", summaries_json(a));
    (void)json_object_set_new(root, "differences", differences_json(a));
    (void)json_object_set_new(root, "effects", effects_json(a));
    (void)json_object_set_new(root, "reproduce", json_string(w->command));
    const bool written = json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
    json_decref(root);
    return putchar('\n') != EOF && written;
}

/* Rank 0 speaks for all; all give the same answer. */
static hst_exit complain(const sweep_work *w)
{
    const hst_status status = w->error.status;
    if (w->team.rank == 0) {
        (void)hst_complain(&w->error);
        if (status == HST_EXISTS) {
            hst_say("--fresh starts again, --output FILE starts elsewhere");
        } else if (status == HST_INTERRUPTED) {
            hst_say("finished trials are kept in %s.trials.*; the same command goes on",
                    w->options.output);
        }
    }
    return hst_exit_of(status);
}

static hst_exit run(sweep_work *w)
{
    const hst_arguments *a = w->arguments;
    const bool first = w->team.rank == 0;
    default_output(a->operands[0], w->output, sizeof w->output);
    repeat_command(a, w);
    w->options.team = &w->team;
    w->options.output = hst_argument(a, SWEEP_OUTPUT, w->output);
    w->options.command = w->command;
    w->options.fresh = hst_argument_given(a, SWEEP_FRESH);
    w->options.interrupted = &hst_interrupted;
    w->options.progress = first ? hst_progress_trials : NULL;
    w->options.progress_context = &w->progress;
    const hst_status ready = prepare(w);
    hst_progress_start(&w->progress, hst_argument_given(a, SWEEP_PROGRESS));
    const hst_status status = hst_sweep_run(&w->options, ready, &w->arena, &w->sweep, &w->error);
    hst_progress_stop(&w->progress);
    if (status != HST_OK) {
        return complain(w);
    }
    if (first && w->sweep.damaged > 0) {
        hst_say("%" PRIu64 " damaged records of earlier trials were left out and run again",
                w->sweep.damaged);
    }
    if (first && w->sweep.without_lock) {
        hst_say("the file system has no locks: run one sweep at a time to this output");
    }
    if (first && hst_argument_given(a, SWEEP_JSON)) {
        if (!print_json(w)) {
            return HST_EXIT_IO;
        }
    } else if (first) {
        print_answer(w);
    }
    return w->sweep.failed == 0 ? HST_EXIT_YES : HST_EXIT_NO;
}

hst_exit hst_command_sweep(const hst_arguments *arguments)
{
    sweep_work *w = calloc(1, sizeof *w);
    if (w == NULL) {
        hst_say("out of memory");
        return HST_EXIT_IO;
    }
    w->arguments = arguments;
    if (!read_numbers(arguments, w)) {
        free(w);
        return HST_EXIT_USAGE;
    }
    hst_exit answer = HST_EXIT_USAGE;
    if (hst_team_start(hst_os_memory(), hst_launch_ranks(), &w->team, &w->error) == HST_OK) {
        hst_arena_init(&w->arena, hst_os_memory(), (size_t)1 << 20);
        answer = run(w);
        hst_arena_release(&w->arena);
        hst_inputs_destroy(w->inputs);
        hst_team_stop(&w->team);
    } else {
        answer = hst_complain(&w->error);
    }
    free(w);
    return answer;
}
