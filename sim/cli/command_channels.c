/* herstatt channels: a payment-channel network, event by event. */
#include "core/base/assert.h"

#include "sim/base/os_memory.h"
#include "sim/channel/cloth_figures.h"
#include "sim/channel/cloth_generate.h"
#include "sim/channel/cloth_load.h"
#include "sim/cli/commands.h"
#include "sim/run/day.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

enum {
    CHANNELS_CLOTH,
    CHANNELS_SEED,
    CHANNELS_PAYMENTS,
    CHANNELS_SYNTHETIC,
    CHANNELS_NODES,
    CHANNELS_COUNT,
    CHANNELS_JSON
};

const hst_option hst_channels_options[] = {
    {"cloth", "CONFIG", "a configuration of the simulator CLoTH (key=value lines)"},
    {"seed", "N", "seed of all draws (default 1992)"},
    {"payments", "FILE", "write what became of every payment, as CLoTH does"},
    {"synthetic", "FOLDER", "write a made-up network into FOLDER, with a configuration, and stop"},
    {"nodes", "N", "of the made-up network (default 6006)"},
    {"channels", "N", "of the made-up network (default 30457)"},
    {"json", NULL, "print one JSON object instead of the table"},
    {NULL, NULL, NULL}};

/* All that the command needs. */
typedef struct channels_work {
    hst_arena arena;
    hst_error error;
    struct hst_cloth_draws *draws;
    uint64_t seed;
    hst_cloth_load load;
    hst_cloth_graph graph;
    hst_cloth_tally tally;
    hst_cloth_figures figures;
} channels_work;

static const double confidence = 0.95;

static double process_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static uint64_t events_of(const hst_cloth_tally *tally)
{
    uint64_t events = 0;
    for (unsigned kind = 0; kind < HST_CLOTH_EVENT_COUNT; kind++) {
        events += tally->events[kind];
    }
    return events;
}

static bool print_table(const channels_work *work)
{
    const hst_cloth_figures *f = &work->figures;
    (void)printf("%" PRIu32 " nodes, %" PRIu32 " channels, %" PRIu32 " payments; seed %" PRIu64
                 ", digest %016" PRIx64 "\n\n",
                 work->load.table.node_count, work->load.table.count, work->load.payments.count,
                 work->seed, work->tally.digest);
    for (unsigned m = 0; m < HST_CLOTH_MEASURE_COUNT; m++) {
        (void)printf("%-11s %12.4f +- %.4f\n", hst_cloth_measure_name((hst_cloth_measure)m),
                     f->mean[m], f->half_width[m]);
    }
    (void)printf("\n%" PRIu32 " payments count; %" PRIu32 " were split; %" PRIu64
                 " paths looked for, %" PRIu64 " events.\n",
                 f->counted, work->tally.splits, work->tally.searches, events_of(&work->tally));
    (void)puts("Means over payments that start after the first of 31 windows; half widths are those"
               "\nof a 95 % interval by batch means. Time, attempts, hops and fee are of payments"
               "\nthat arrived. Every channel kept its capacity after every event.");
    return fflush(stdout) == 0;
}

static bool print_json(const channels_work *work)
{
    char digest[32];
    (void)snprintf(digest, sizeof digest, "%016" PRIx64, work->tally.digest);
    json_t *figures = json_object();
    for (unsigned m = 0; m < HST_CLOTH_MEASURE_COUNT; m++) {
        (void)json_object_set_new(figures, hst_cloth_measure_name((hst_cloth_measure)m),
                                  json_pack("{s:f, s:f}", "mean", work->figures.mean[m],
                                            "half_width", work->figures.half_width[m]));
    }
    json_t *root = json_pack(
        "{s:i, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "schema", 1, "version",
        hst_version(), "digest", digest, "seed", (json_int_t)work->seed, "nodes",
        (json_int_t)work->load.table.node_count, "channels", (json_int_t)work->load.table.count,
        "payments", (json_int_t)work->load.payments.count, "counted",
        (json_int_t)work->figures.counted, "split", (json_int_t)work->tally.splits, "searches",
        (json_int_t)work->tally.searches, "events", (json_int_t)events_of(&work->tally), "figures",
        figures);
    const bool printed = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
    json_decref(root);
    return printed && fputc('\n', stdout) != EOF && fflush(stdout) == 0;
}

static hst_exit write_payments(const char *path, const channels_work *work)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        hst_say("%s: cannot be written", path);
        return HST_EXIT_IO;
    }
    const bool written = hst_cloth_write_payments(file, &work->load.payments);
    if (fclose(file) != 0 || !written) {
        hst_say("%s: cannot be written", path);
        return HST_EXIT_IO;
    }
    return HST_EXIT_YES;
}

static hst_exit run(const hst_arguments *arguments, channels_work *work)
{
    const double started = process_seconds();
    hst_status status =
        hst_cloth_load_files(hst_argument(arguments, CHANNELS_CLOTH, ""), work->seed, work->draws,
                             &work->arena, &work->load, &work->error);
    if (status != HST_OK) {
        return hst_complain(&work->error);
    }
    const hst_cloth_plan plan = {.graph = &work->graph,
                                 .payments = work->load.payments,
                                 .faulty_probability = work->load.config.faulty_probability,
                                 .split = work->load.config.split,
                                 .seed = work->seed,
                                 .draws = work->draws};
    status = hst_cloth_graph_create(&work->load.table, &work->arena, &work->graph);
    if (status == HST_OK) {
        status = hst_cloth_run(&plan, hst_os_memory(), &work->arena, &work->tally);
    }
    if (status == HST_CORRUPT) {
        hst_say("a channel did not keep its capacity");
        return HST_EXIT_NO;
    }
    if (status != HST_OK) {
        hst_say("%s", hst_status_text(status));
        return HST_EXIT_IO;
    }
    work->figures = hst_cloth_figures_of(&work->load.payments, confidence);
    const char *path = hst_argument(arguments, CHANNELS_PAYMENTS, NULL);
    if (path != NULL) {
        const hst_exit written = write_payments(path, work);
        if (written != HST_EXIT_YES) {
            return written;
        }
    }
    const bool json = hst_argument_given(arguments, CHANNELS_JSON);
    const bool printed = json ? print_json(work) : print_table(work);
    if (!json) {
        (void)fprintf(stderr, "%.2f s of processor time\n", process_seconds() - started);
    }
    return printed ? HST_EXIT_YES : HST_EXIT_IO;
}

/* ---- a made-up network -------------------------------------------------------------------- */

static const char synthetic_config[] =
    "generate_network_from_file=true\nnodes_filename=nodes.csv\n"
    "channels_filename=channels.csv\nedges_filename=edges.csv\nn_additional_nodes=\n"
    "n_channels_per_node=\ncapacity_per_channel=\nfaulty_node_probability=0.0\n"
    "generate_payments_from_file=false\npayments_filename=\npayment_rate=1\n"
    "n_payments=5000\naverage_payment_amount=100\nmpp=1\n";

static bool write_file(const char *folder, unsigned which, const hst_channel_table *table)
{
    static const char *const names[] = {"nodes.csv", "channels.csv", "edges.csv",
                                        "cloth_input.txt"};
    char path[HST_ERROR_FILE_SIZE];
    const int length = snprintf(path, sizeof path, "%s/%s", folder, names[which]);
    FILE *file = length > 0 && (size_t)length < sizeof path ? fopen(path, "wx") : NULL;
    if (file == NULL) {
        hst_say("%s: cannot be written, or is there already", path);
        return false;
    }
    const bool written = which == 3 ? fputs(synthetic_config, file) >= 0
                                    : hst_cloth_write_network(file, (hst_cloth_table)which, table);
    if (fclose(file) != 0 || !written) {
        hst_say("%s: cannot be written", path);
        return false;
    }
    return true;
}

static hst_exit write_synthetic(const hst_arguments *arguments, channels_work *work)
{
    long nodes = HST_CLOTH_SNAPSHOT_NODES;
    long channels = HST_CLOTH_SNAPSHOT_CHANNELS;
    if (!hst_argument_number(arguments, CHANNELS_NODES, "nodes", 3, 100000, &nodes) ||
        !hst_argument_number(arguments, CHANNELS_COUNT, "channels", nodes, 1000000, &channels)) {
        return HST_EXIT_USAGE;
    }
    const hst_status status = hst_cloth_synthetic(work->seed, (uint32_t)nodes, (uint32_t)channels,
                                                  &work->arena, &work->load.table);
    if (status != HST_OK) {
        hst_say("%s", hst_status_text(status));
        return HST_EXIT_IO;
    }
    for (unsigned which = 0; which < 4; which++) {
        if (!write_file(hst_argument(arguments, CHANNELS_SYNTHETIC, "."), which,
                        &work->load.table)) {
            return HST_EXIT_IO;
        }
    }
    return HST_EXIT_YES;
}

/* ---- the command -------------------------------------------------------------------------- */

hst_exit hst_command_channels(const hst_arguments *arguments)
{
    long seed = 1992;
    const bool synthetic = hst_argument_given(arguments, CHANNELS_SYNTHETIC);
    if (hst_argument_given(arguments, CHANNELS_CLOTH) == synthetic) {
        hst_say("channels: one of --cloth CONFIG and --synthetic FOLDER is needed");
        return HST_EXIT_USAGE;
    }
    if (!hst_argument_number(arguments, CHANNELS_SEED, "seed", 0, UINT32_MAX, &seed)) {
        return HST_EXIT_USAGE;
    }
    channels_work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        hst_say("out of memory");
        return HST_EXIT_IO;
    }
    work->seed = (uint64_t)seed;
    hst_arena_init(&work->arena, hst_os_memory(), 1 << 18);
    hst_error_clear(&work->error);
    work->draws = hst_cloth_draws_create(work->seed);
    hst_exit answer = HST_EXIT_IO;
    if (work->draws != NULL) {
        answer = synthetic ? write_synthetic(arguments, work) : run(arguments, work);
    }
    hst_cloth_draws_destroy(work->draws);
    hst_arena_release(&work->arena);
    free(work);
    return answer;
}
