/* herstatt lineup: routers side by side on worlds whose truth is known. */
#include "core/base/assert.h"

#include "sim/base/os_memory.h"
#include "sim/boost/trainer.h"
#include "sim/cli/commands.h"
#include "sim/cli/launch.h"
#include "sim/cli/lineup_log.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/lineup/results.h"
#include "sim/run/day.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

enum {
    LINEUP_SEEDS,
    LINEUP_PAYMENTS,
    LINEUP_OUTPUT,
    LINEUP_THREADS,
    LINEUP_JSON,
    LINEUP_PROGRESS,
    LINEUP_LOG
};

const hst_option hst_lineup_options[] = {
    {"seeds", "N", "worlds of each kind, in place of the file's"},
    {"payments", "N", "payments in each world, in place of the file's"},
    {"output", "FILE", "write a result file, for inspect, verify, compare and report"},
    {"threads", "N", "trials at a time, 0 = all processors; results do not depend on it"},
    {"json", NULL, "print one JSON object instead of the tables"},
    {"progress", NULL, "show progress even when stderr is not a terminal"},
    {"log", "FILE",
     "choices of routers that explore, with propensities, as CSV; one trial at a time"},
    {NULL, NULL, NULL}};

static double thread_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* All that the command needs. */
typedef struct lineup_work {
    hst_arena arena;
    hst_lineup_file file;
    hst_lineup_result results[HST_LINEUP_KIND_COUNT];
    hst_progress progress;
    hst_error error;
    FILE *log;              /* or NULL */
    uint32_t trials_before; /* of worlds already run */
    uint32_t trials;        /* of all */
    hst_inputs *inputs;     /* with the line-up's file */
    char root[HST_ERROR_FILE_SIZE];
} lineup_work;

static void show_progress(void *context, uint32_t done, uint32_t total)
{
    lineup_work *work = context;
    (void)total;
    hst_progress_trials(&work->progress, work->trials_before + done, work->trials, 0, -1);
}

/* ---- tables ------------------------------------------------------------------------------- */

static void
print_row(const hst_lineup_plan *plan, const hst_lineup_result *result, const hst_lineup_row *row)
{
    char ratio[32] = "-";
    char saving[32] = "-";
    const uint32_t at = (uint32_t)(row - result->rows);
    if (result->oracle < plan->router_count) {
        (void)snprintf(ratio, sizeof ratio, "%.3f +-%.3f", row->ratio.estimate,
                       (row->ratio.high - row->ratio.low) / 2);
    }
    if (result->reference < plan->router_count && at != result->reference) {
        (void)snprintf(saving, sizeof saving, "%.1f%s", row->saving_bps.estimate,
                       row->p < 1 - plan->confidence ? "*" : "");
    }
    (void)printf("%-4s %-19.19s %6.1f  %-14s %7s %5.1f%% %5.2f %6.1f %6.1f\n", row->router->code,
                 row->router->name, row->cost_bps.estimate, ratio, saving, 100 * row->first_attempt,
                 row->attempts, row->delay_p50_h, row->route_cpu_ns / 1000);
}

static void print_courses(const hst_lineup_plan *plan, const hst_lineup_result *result)
{
    for (uint32_t r = 0; r < plan->router_count; r++) {
        const hst_lineup_row *row = &result->rows[r];
        if (strcmp(row->router->code, "M5") == 0 && plan->host.trainer == NULL) {
            (void)puts("\nM5 ran without trees: this program was built without XGBoost.");
        }
        if (row->fits > 0) {
            (void)printf(
                "\n%s fitted trees %.1f times a world, %.2f s each; not in its us a route.\n",
                row->router->code, row->fits, row->fit_cpu_s / row->fits);
        }
    }
    if (result->oracle == plan->router_count) {
        return;
    }
    (void)puts("\nOver time: cost to the oracle's, by tenth of the payments; the break is in the\n"
               "middle. Payments until within 2 points of before; regret at the end.");
    for (uint32_t r = 0; r < plan->router_count; r++) {
        const hst_lineup_row *row = &result->rows[r];
        (void)printf("%-4s", row->router->code);
        for (unsigned w = 0; w + 1 < HST_LINEUP_WINDOWS; w += 2) {
            (void)printf(" %.2f%s", (row->window_ratio[w] + row->window_ratio[w + 1]) / 2,
                         w + 2 == HST_LINEUP_WINDOWS / 2 ? " |" : "");
        }
        if (row->recovery < 0) {
            (void)printf("  %6s", "never");
        } else {
            (void)printf("  %6.0f", row->recovery);
        }
        (void)printf(" %5.1f%%\n", 100 * row->regret[HST_LINEUP_WINDOWS - 1]);
    }
}

static uint32_t positions_of(const hst_lineup_recipe *recipe)
{
    return recipe->kind == HST_LINEUP_ASSET_MARKET
               ? recipe->assets
               : recipe->currencies * recipe->banks + recipe->hubs;
}

static void print_forecasts(const hst_lineup_plan *plan, const hst_lineup_result *result)
{
    bool begun = false;
    for (uint32_t r = 0; r < plan->router_count; r++) {
        const hst_lineup_row *row = &result->rows[r];
        const hst_lineup_forecast *f = &row->forecast;
        if (f->hops == 0) {
            continue;
        }
        if (!begun) {
            (void)puts(
                "\nForecasts of hops, said before each attempt: chance of success (beside it "
                "the\nshare of successes in hindsight, and the true chance), upper delay.\n"
                "                log-loss            Brier score      calibr.   delay\n"
                "        hops   own  share  truth    own  share  truth  error    90 %");
            begun = true;
        }
        (void)printf("%-4s %7" PRIu64 " %.3f  %.3f  %.3f  %.4f %.4f %.4f  %.4f  %5.1f%%\n",
                     row->router->code, f->hops, f->log_loss, f->base_log_loss, f->truth_log_loss,
                     f->brier, f->base_brier, f->truth_brier, f->ece, 100 * f->delay_coverage);
    }
}

static void print_world(const hst_lineup_plan *plan, const hst_lineup_result *result)
{
    (void)printf("%s: %" PRIu32 " worlds of %" PRIu32 " positions, %" PRIu32
                 " payments each; digest %016" PRIx64 "\n\n",
                 hst_lineup_kind_name(plan->recipe.kind), plan->seed_count,
                 positions_of(&plan->recipe), plan->recipe.payments, result->digest);
    (void)puts(
        "                           cost   to oracle       saved  first  tries  hours  us a");
    (void)puts(
        "     router                  bp                     bp     try           p50 route");
    for (uint32_t r = 0; r < plan->router_count; r++) {
        print_row(plan, result, &result->rows[r]);
    }
    print_courses(plan, result);
    print_forecasts(plan, result);
}

static void print_tables(const lineup_work *work)
{
    if (work->file.title[0] != '\0') {
        (void)printf("%s\n", work->file.title);
    }
    if (work->file.question[0] != '\0') {
        (void)printf("%s\n", work->file.question);
    }
    for (uint32_t w = 0; w < work->file.plan_count; w++) {
        (void)puts("");
        print_world(&work->file.plans[w], &work->results[w]);
    }
    (void)printf(
        "\nCost is all-in: charges, time at 1.5 bp an hour, 40 bp a failed attempt. Intervals"
        ": %.0f %%\nover worlds. saved: against cheapest-advertised; * Wilcoxon, Holm.\n"
        "Modelled worlds: what they leave out is in sim/lineup/README.md.\n",
        100 * work->file.plans[0].confidence);
}

/* ---- JSON --------------------------------------------------------------------------------- */

static json_t *interval_json(const hst_interval *interval)
{
    return json_pack("{s:f, s:f, s:f}", "mean", interval->estimate, "low", interval->low, "high",
                     interval->high);
}

static json_t *series_json(const double *values)
{
    json_t *list = json_array();
    for (unsigned w = 0; w < HST_LINEUP_WINDOWS; w++) {
        (void)json_array_append_new(list, json_real(values[w]));
    }
    return list;
}

static json_t *forecast_json(const hst_lineup_forecast *f)
{
    if (f->hops == 0) {
        return json_null();
    }
    return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "hops",
                     (json_int_t)f->hops, "success_share", f->base_rate, "log_loss", f->log_loss,
                     "log_loss_share", f->base_log_loss, "log_loss_truth", f->truth_log_loss,
                     "brier", f->brier, "brier_share", f->base_brier, "brier_truth", f->truth_brier,
                     "calibration_error", f->ece, "delay_coverage", f->delay_coverage);
}

static json_t *row_json(const hst_lineup_row *row)
{
    json_t *out =
        json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:f}", "router", row->router->name, "code",
                  row->router->code, "information", row->router->information, "cost_bps",
                  interval_json(&row->cost_bps), "ratio", interval_json(&row->ratio), "saving_bps",
                  interval_json(&row->saving_bps), "p", row->p);
    json_t *more = json_pack(
        "{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o, s:o, s:o}",
        "value_weighted_bps", row->weighted_bps, "fee_bps", row->fee_bps, "time_bps", row->time_bps,
        "failure_bps", row->failure_bps, "first_attempt", row->first_attempt, "completed",
        row->completed, "attempts", row->attempts, "delay_p50_hours", row->delay_p50_h,
        "delay_p95_hours", row->delay_p95_h, "cpu_ns_per_decision", row->route_cpu_ns, "fits",
        row->fits, "fit_cpu_s", row->fit_cpu_s, "recovery_payments", row->recovery, "window_bps",
        series_json(row->window_bps), "window_ratio", series_json(row->window_ratio), "regret",
        series_json(row->regret));
    (void)json_object_set_new(more, "forecasts", forecast_json(&row->forecast));
    if (out != NULL && more != NULL) {
        (void)json_object_update(out, more);
    }
    json_decref(more);
    return out;
}

static bool print_json(const lineup_work *work)
{
    json_t *worlds = json_array();
    for (uint32_t w = 0; w < work->file.plan_count; w++) {
        const hst_lineup_plan *plan = &work->file.plans[w];
        char digest[32];
        json_t *rows = json_array();
        for (uint32_t r = 0; r < plan->router_count; r++) {
            (void)json_array_append_new(rows, row_json(&work->results[w].rows[r]));
        }
        (void)snprintf(digest, sizeof digest, "%016" PRIx64, work->results[w].digest);
        (void)json_array_append_new(worlds, json_pack("{s:s, s:i, s:i, s:s, s:o}", "world",
                                                      hst_lineup_kind_name(plan->recipe.kind),
                                                      "seeds", (int)plan->seed_count, "payments",
                                                      (int)plan->recipe.payments, "digest", digest,
                                                      "routers", rows));
    }
    json_t *root = json_pack("{s:i, s:s, s:s, s:o}", "schema", 1, "version", hst_version(), "title",
                             work->file.title, "worlds", worlds);
    const bool printed = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
    json_decref(root);
    return printed && fputc('\n', stdout) != EOF && fflush(stdout) == 0;
}

/* ---- the command -------------------------------------------------------------------------- */

static hst_status load(const char *path, lineup_work *work)
{
    char folder[HST_ERROR_FILE_SIZE];
    const hst_lineup_file *file = NULL;
    HST_TRY(hst_inputs_split(path, folder, work->root, &work->error));
    HST_TRY(hst_inputs_create_from_disk(hst_os_memory(), folder, &work->inputs, &work->error));
    HST_TRY(hst_lineup_load(work->inputs, work->root, &work->arena, &file, &work->error));
    work->file = *file;
    return HST_OK;
}

static bool change_plans(const hst_arguments *arguments, lineup_work *work)
{
    long seeds = 0;
    long payments = 0;
    long threads = 0;
    if (!hst_argument_number(arguments, LINEUP_SEEDS, "seeds", 2, HST_LINEUP_SEED_MAX, &seeds) ||
        !hst_argument_number(arguments, LINEUP_PAYMENTS, "payments", HST_LINEUP_WINDOWS, 10000000,
                             &payments) ||
        !hst_argument_number(arguments, LINEUP_THREADS, "threads", 0, 256, &threads)) {
        return false;
    }
    for (uint32_t w = 0; w < work->file.plan_count; w++) {
        hst_lineup_plan *plan = &work->file.plans[w];
        plan->seed_count = seeds > 0 ? (uint32_t)seeds : plan->seed_count;
        plan->recipe.payments = payments > 0 ? (uint32_t)payments : plan->recipe.payments;
        plan->threads = threads > 0 ? (unsigned)threads : hst_launch_threads();
        plan->host.clock = thread_seconds;
        plan->host.trainer = hst_boost_trainer();
        plan->host.log = work->log != NULL ? hst_lineup_log_line : NULL;
        plan->host.log_context = work->log;
        plan->interrupted = &hst_interrupted;
        plan->progress = show_progress;
        plan->progress_context = work;
        work->trials += plan->seed_count * plan->router_count;
    }
    return true;
}

static hst_status save(const hst_arguments *arguments, lineup_work *work, const char *output)
{
    char command[4096];
    hst_tell_command(arguments, "lineup", hst_lineup_options, LINEUP_OUTPUT, output, command,
                     sizeof command);
    const hst_lineup_results results = {.file = &work->file,
                                        .results = work->results,
                                        .root_path = work->root,
                                        .command = command,
                                        .version = hst_version()};
    return hst_lineup_write(&results, work->inputs, output, hst_os_memory(), &work->error);
}

/** The file of --log, when it is asked for. */
static bool open_log(const hst_arguments *arguments, lineup_work *work)
{
    const char *path = hst_argument(arguments, LINEUP_LOG, NULL);
    if (path == NULL) {
        return true;
    }
    work->log = fopen(path, "w");
    if (work->log == NULL) {
        hst_say("%s: cannot be written", path);
        return false;
    }
    hst_lineup_log_begin(work->log);
    return true;
}

/** Whether all of the log is in its file. */
static bool close_log(const hst_arguments *arguments, lineup_work *work)
{
    if (work->log == NULL) {
        return true;
    }
    const bool failed = ferror(work->log) != 0;
    const bool written = fclose(work->log) == 0 && !failed;
    if (!written) {
        hst_say("%s: cannot be written", hst_argument(arguments, LINEUP_LOG, NULL));
    }
    work->log = NULL;
    return written;
}

static hst_exit run(const hst_arguments *arguments, lineup_work *work)
{
    const char *output = hst_argument(arguments, LINEUP_OUTPUT, NULL);
    hst_status status = load(arguments->operands[0], work);
    if (status == HST_OK && output != NULL && !hst_may_replace(output)) {
        status = hst_error_set(&work->error, HST_IO, "%s exists and is not a result of herstatt",
                               output);
    }
    if (status != HST_OK) {
        return hst_complain(&work->error);
    }
    if (!open_log(arguments, work)) {
        return HST_EXIT_IO;
    }
    if (!change_plans(arguments, work)) {
        return HST_EXIT_USAGE;
    }
    hst_progress_start(&work->progress, hst_argument_given(arguments, LINEUP_PROGRESS));
    for (uint32_t w = 0; status == HST_OK && w < work->file.plan_count; w++) {
        const hst_lineup_plan *plan = &work->file.plans[w];
        status = hst_lineup_run(plan, hst_os_memory(), &work->arena, &work->results[w]);
        work->trials_before += plan->seed_count * plan->router_count;
    }
    hst_progress_stop(&work->progress);
    const bool logged = close_log(arguments, work);
    if (status == HST_INTERRUPTED) {
        return HST_EXIT_INTERRUPTED;
    }
    if (status != HST_OK) {
        hst_say("%s", hst_status_text(status));
        return HST_EXIT_IO;
    }
    if (!logged) {
        return HST_EXIT_IO;
    }
    if (output != NULL && save(arguments, work, output) != HST_OK) {
        return hst_complain(&work->error);
    }
    if (hst_argument_given(arguments, LINEUP_JSON)) {
        return print_json(work) ? HST_EXIT_YES : HST_EXIT_IO;
    }
    print_tables(work);
    if (output != NULL) {
        (void)printf("Result: %s\n", output);
    }
    return fflush(stdout) == 0 ? HST_EXIT_YES : HST_EXIT_IO;
}

/* Does the file ask for a network of channels? Then it was run. */
static bool on_channels(const hst_arguments *arguments, hst_exit *answer)
{
    hst_lineup_wishes wishes = {.path = arguments->operands[0],
                                .json = hst_argument_given(arguments, LINEUP_JSON),
                                .progress = hst_argument_given(arguments, LINEUP_PROGRESS)};
    *answer = HST_EXIT_USAGE;
    if (!hst_argument_number(arguments, LINEUP_SEEDS, "seeds", 2, HST_LINEUP_SEED_MAX,
                             &wishes.seeds) ||
        !hst_argument_number(arguments, LINEUP_PAYMENTS, "payments", HST_LINEUP_WINDOWS, 10000000,
                             &wishes.payments) ||
        !hst_argument_number(arguments, LINEUP_THREADS, "threads", 0, 256, &wishes.threads)) {
        return true;
    }
    const bool files =
        hst_argument_given(arguments, LINEUP_OUTPUT) || hst_argument_given(arguments, LINEUP_LOG);
    return hst_lineup_on_channels(&wishes, files, answer);
}

hst_exit hst_command_lineup(const hst_arguments *arguments)
{
    hst_exit done = HST_EXIT_YES;
    if (on_channels(arguments, &done)) {
        return done;
    }
    lineup_work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        hst_say("out of memory");
        return HST_EXIT_IO;
    }
    hst_arena_init(&work->arena, hst_os_memory(), 1 << 20);
    hst_error_clear(&work->error);
    const hst_exit answer = run(arguments, work);
    hst_inputs_destroy(work->inputs);
    if (work->log != NULL) {
        (void)fclose(work->log); /* after a failure */
    }
    hst_arena_release(&work->arena);
    free(work);
    return answer;
}
