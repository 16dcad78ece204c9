/* herstatt channels: a payment-channel network, event by event. */
#include "core/base/assert.h"

#include "sim/base/os_memory.h"
#include "sim/channel/cloth_figures.h"
#include "sim/channel/cloth_load.h"
#include "sim/cli/commands.h"
#include "sim/run/day.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

enum { CHANNELS_CLOTH, CHANNELS_SEED, CHANNELS_PAYMENTS, CHANNELS_JSON };

const hst_option hst_channels_options[] = {
    {"cloth", "CONFIG", "a configuration of the simulator CLoTH (key=value lines)"},
    {"seed", "N", "seed of all draws (default 1992)"},
    {"payments", "FILE", "write what became of every payment, as CLoTH does"},
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

hst_exit hst_command_channels(const hst_arguments *arguments)
{
    long seed = 1992;
    if (!hst_argument_given(arguments, CHANNELS_CLOTH)) {
        hst_say("channels: --cloth CONFIG is needed");
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
    const hst_exit answer = work->draws != NULL ? run(arguments, work) : HST_EXIT_IO;
    hst_cloth_draws_destroy(work->draws);
    hst_arena_release(&work->arena);
    free(work);
    return answer;
}
