/* herstatt lineup on a network of channels: routers side by side on hidden balances. */
#include "core/base/assert.h"

#include "sim/base/os_memory.h"
#include "sim/channel/lineup_file.h"
#include "sim/cli/commands.h"
#include "sim/cli/launch.h"
#include "sim/cli/progress.h"
#include "sim/run/day.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

/* All that the command needs. */
typedef struct channels_work {
    hst_arena arena;
    hst_channel_lineup_file file;
    hst_channel_lineup_result result;
    hst_progress progress;
    hst_error error;
    hst_inputs *inputs;
    char root[HST_ERROR_FILE_SIZE];
} channels_work;

static double thread_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void show_progress(void *context, uint32_t done, uint32_t total)
{
    channels_work *work = context;
    hst_progress_trials(&work->progress, done, total, 0, -1);
}

static const char *network_name(const channels_work *work)
{
    return work->file.net == HST_CHANNEL_NET_LIGHTNING ? "lightning" : "credit";
}

/* ---- tables ------------------------------------------------------------------------------- */

static double half(const hst_interval *interval)
{
    return (interval->high - interval->low) / 2;
}

static void print_cell(const hst_channel_lineup *lineup, const hst_channel_cell *cell)
{
    (void)printf("\n%s balances, capacities x %" PRIu32 ": O3 leaves %.1f %% of the value "
                 "deliverable\n\n",
                 hst_channel_prior_name(cell->prior), cell->scale, 100 * cell->bound);
    (void)puts("                            success %       value %     ahead of R1   of O3  first "
               "tries messages    fee   us a");
    (void)puts(
        "     router                                             points value       %  try % "
        "      a payment    ppm  route");
    for (uint32_t r = 0; r < lineup->router_count; r++) {
        const hst_channel_row *row = &cell->rows[r];
        const bool sure = row->lead.low > 0 || row->lead.high < 0;
        (void)printf("%-4s %-19.19s %5.1f +-%4.1f  %5.1f +-%4.1f  %5.1f +-%4.1f%s  %5.1f  %5.1f "
                     "%5.2f %8.2f %6.0f %6.0f\n",
                     row->router->code, row->router->name, 100 * row->success.estimate,
                     100 * half(&row->success), 100 * row->volume.estimate,
                     100 * half(&row->volume), 100 * row->lead.estimate, 100 * half(&row->lead),
                     sure ? "*" : " ", 100 * row->of_bound.estimate, 100 * row->first_attempt,
                     row->attempts.estimate, row->probes.estimate, row->fee_ppm.estimate,
                     row->route_cpu_ns / 1000);
    }
}

/* Ranks by prior, one table a scale. */
static void print_ranks(const hst_channel_lineup *lineup, const hst_channel_lineup_result *result)
{
    for (uint32_t k = 0; k < lineup->scale_count; k++) {
        (void)printf("\nRank by value delivered, capacities x %" PRIu32 "\n\n%-24s",
                     lineup->scales[k], "");
        for (uint32_t p = 0; p < lineup->prior_count; p++) {
            (void)printf(" %9s", hst_channel_prior_name(lineup->priors[p]));
        }
        (void)puts("");
        for (uint32_t r = 0; r < lineup->router_count; r++) {
            (void)printf("%-4s %-19.19s", lineup->routers[r]->code, lineup->routers[r]->name);
            for (uint32_t p = 0; p < lineup->prior_count; p++) {
                (void)printf(" %9" PRIu32, result->cells[p * lineup->scale_count + k].rows[r].rank);
            }
            (void)puts("");
        }
    }
}

static bool print_tables(const channels_work *work)
{
    const hst_channel_lineup *lineup = &work->file.lineup;
    if (work->file.title[0] != '\0') {
        (void)printf("%s\n", work->file.title);
    }
    if (work->file.question[0] != '\0') {
        (void)printf("%s\n", work->file.question);
    }
    (void)printf("\n%s: %" PRIu32 " nodes, %" PRIu32 " channels; %" PRIu32 " seeds of %" PRIu32
                 " payments, up to %" PRIu32 " attempts; digest %016" PRIx64 "\n",
                 network_name(work), lineup->table.node_count, lineup->table.count,
                 lineup->seed_count, lineup->payments, lineup->attempts, work->result.digest);
    for (uint32_t c = 0; c < work->result.cell_count; c++) {
        print_cell(lineup, &work->result.cells[c]);
    }
    print_ranks(lineup, &work->result);
    (void)printf("\nMeans over seeds, intervals %.0f %%; ahead: seed by seed, * the interval "
                 "leaves out 0.\nBalances are hidden and move with every payment. O3: what\nno "
                 "router can exceed, from balances of single nodes alone. "
                 "What is drawn, and what is left\nout: docs/validation/channels.md.\n",
                 100 * lineup->confidence);
    return fflush(stdout) == 0;
}

/* ---- JSON --------------------------------------------------------------------------------- */

static json_t *interval_json(const hst_interval *interval)
{
    return json_pack("{s:f, s:f, s:f}", "mean", interval->estimate, "low", interval->low, "high",
                     interval->high);
}

static json_t *row_json(const hst_channel_row *row)
{
    return json_pack(
        "{s:s, s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:f, s:f}", "router",
        row->router->name, "code", row->router->code, "information", row->router->information,
        "rank", (int)row->rank, "success", interval_json(&row->success), "value",
        interval_json(&row->volume), "ahead_of_fewest_hops", interval_json(&row->lead),
        "value_of_bound", interval_json(&row->of_bound), "attempts", interval_json(&row->attempts),
        "messages", interval_json(&row->probes), "fee_ppm", interval_json(&row->fee_ppm),
        "value_delivered", row->volume_msat, "first_attempt", row->first_attempt, "parts",
        row->parts, "cpu_ns_per_decision", row->route_cpu_ns);
}

static bool print_json(const channels_work *work)
{
    const hst_channel_lineup *lineup = &work->file.lineup;
    char digest[32];
    json_t *cells = json_array();
    for (uint32_t c = 0; c < work->result.cell_count; c++) {
        const hst_channel_cell *cell = &work->result.cells[c];
        json_t *rows = json_array();
        for (uint32_t r = 0; r < lineup->router_count; r++) {
            (void)json_array_append_new(rows, row_json(&cell->rows[r]));
        }
        (void)json_array_append_new(
            cells, json_pack("{s:s, s:i, s:f, s:o}", "prior", hst_channel_prior_name(cell->prior),
                             "scale", (int)cell->scale, "bound", cell->bound, "routers", rows));
    }
    (void)snprintf(digest, sizeof digest, "%016" PRIx64, work->result.digest);
    json_t *root =
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:o}", "schema", 1, "version",
                  hst_version(), "title", work->file.title, "network", network_name(work), "digest",
                  digest, "seeds", (int)lineup->seed_count, "payments", (int)lineup->payments,
                  "attempts", (int)lineup->attempts, "cells", cells);
    const bool printed = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
    json_decref(root);
    return printed && fputc('\n', stdout) != EOF && fflush(stdout) == 0;
}

/* ---- the command -------------------------------------------------------------------------- */

static hst_exit run(const hst_lineup_wishes *wishes, channels_work *work)
{
    const hst_channel_lineup_file *file = NULL;
    if (hst_channel_lineup_load(work->inputs, work->root, &work->arena, &file, &work->error) !=
        HST_OK) {
        return hst_complain(&work->error);
    }
    work->file = *file;
    hst_channel_lineup *lineup = &work->file.lineup;
    lineup->seed_count = wishes->seeds > 0 ? (uint32_t)wishes->seeds : lineup->seed_count;
    lineup->payments = wishes->payments > 0 ? (uint32_t)wishes->payments : lineup->payments;
    lineup->threads = wishes->threads > 0 ? (unsigned)wishes->threads : hst_launch_threads();
    lineup->clock = thread_seconds;
    lineup->interrupted = &hst_interrupted;
    lineup->progress = show_progress;
    lineup->progress_context = work;
    hst_progress_start(&work->progress, wishes->progress);
    const hst_status status =
        hst_channel_lineup_run(lineup, hst_os_memory(), &work->arena, &work->result);
    hst_progress_stop(&work->progress);
    if (status == HST_INTERRUPTED) {
        return HST_EXIT_INTERRUPTED;
    }
    if (status == HST_CORRUPT) {
        hst_say("a channel did not keep its capacity");
        return HST_EXIT_NO;
    }
    if (status != HST_OK) {
        hst_say("%s", hst_status_text(status));
        return HST_EXIT_IO;
    }
    return (wishes->json ? print_json(work) : print_tables(work)) ? HST_EXIT_YES : HST_EXIT_IO;
}

bool hst_lineup_on_channels(const hst_lineup_wishes *wishes, bool files, hst_exit *answer)
{
    channels_work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        hst_say("out of memory");
        *answer = HST_EXIT_IO;
        return true;
    }
    char folder[HST_ERROR_FILE_SIZE];
    hst_arena_init(&work->arena, hst_os_memory(), 1 << 20);
    hst_error_clear(&work->error);
    bool mine = hst_inputs_split(wishes->path, folder, work->root, &work->error) == HST_OK &&
                hst_inputs_create_from_disk(hst_os_memory(), folder, &work->inputs, &work->error) ==
                    HST_OK &&
                hst_channel_lineup_is(work->inputs, work->root, &work->arena);
    if (mine && files) {
        hst_say("lineup: no result files of line-ups on channels yet: use --json without --output, "
                "--log");
        *answer = HST_EXIT_USAGE;
    } else if (mine && wishes->payments > HST_CHANNEL_LINEUP_PAYMENT_MAX) {
        hst_say("lineup: at most %d payments on a network of channels",
                (int)HST_CHANNEL_LINEUP_PAYMENT_MAX);
        *answer = HST_EXIT_USAGE;
    } else if (mine) {
        *answer = run(wishes, work);
    }
    hst_inputs_destroy(work->inputs);
    hst_arena_release(&work->arena);
    free(work);
    return mine;
}
