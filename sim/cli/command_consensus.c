/* herstatt consensus: protocols side by side under one load. */
#include "core/base/assert.h"
#include "core/base/parallel.h"
#include "core/consensus/consensus.h"

#include "sim/base/inputs.h"
#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/cli/commands.h"
#include "sim/cli/consensus_settings.h"
#include "sim/consensus/costs.h"
#include "sim/consensus/study.h"
#include "sim/network/regions.h"
#include "sim/run/day.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

enum {
    CONSENSUS_REPLICAS,
    CONSENSUS_LOAD,
    CONSENSUS_SECONDS,
    CONSENSUS_FAULTS,
    CONSENSUS_SEED,
    CONSENSUS_REAL,
    CONSENSUS_COSTS,
    CONSENSUS_BANDWIDTH,
    CONSENSUS_BODY,
    CONSENSUS_THREADS,
    CONSENSUS_PARAMETER,
    CONSENSUS_LIST,
    CONSENSUS_MARKDOWN,
    CONSENSUS_JSON
};

const hst_option hst_consensus_options[] = {
    {"replicas", "N", "how many; may be repeated (default 7)"},
    {"load", "N", "payments offered a second; may be repeated (default 100)"},
    {"seconds", "N", "virtual seconds of load (default 60)"},
    {"faults", "SET", "none, leader, silent, partition or loss; may be repeated"},
    {"seed", "N", "seed of all draws (default 1)"},
    {"real-crypto", NULL, "sign and verify with Ed25519 instead of charging for it"},
    {"costs", "FILE", "what work costs (default scenarios/data/costs.csv)"},
    {"bandwidth", "MBIT", "of every card, each way, Mbit/s (default 10000)"},
    {"body", "KIB", "most of payments that are proposed together (default 4096)"},
    {"threads", "N", "at most so many (default: one a processor)"},
    {"parameter", "NAME=N", "of the protocols that have it (see --list); may be repeated"},
    {"list", NULL, "list the protocols with their parameters and run none"},
    {"markdown", NULL, "print the reference of all protocols"},
    {"json", NULL, "print one JSON object"},
    {NULL, NULL, NULL}};

enum { PROTOCOLS_MAX = 32, VALUES_MAX = 16, STUDIES_MAX = 4096 };

/* A batch, what is submitted as one, holds at most so many payments: 500 kB, as in the published
 * runs of batched mempools. */
enum { BATCH_PAYMENTS = 1024, PAYMENT_BYTES = 512 };

/* Five regions of the published wide-area runs. */
static const char *const regions[] = {"us-east-1", "eu-north-1", "ap-southeast-2", "us-west-1",
                                      "ap-northeast-1"};
enum { REGION_COUNT = sizeof regions / sizeof regions[0] };

/** One line of the table. */
typedef struct consensus_line {
    const hst_consensus_protocol *protocol;
    uint32_t replicas;
    uint32_t load;
    hst_study_faults faults;
    hst_status status;
    hst_study_outcome outcome;
} consensus_line;

/** All of it. */
typedef struct consensus_work {
    consensus_line *lines; /* [STUDIES_MAX] */
    size_t count;
    const int64_t *base_ns;
    hst_cluster_costs costs;
    int64_t duration_ns;
    long seed;
    long bandwidth; /* Mbit/s */
    long body;      /* KiB */
    hst_consensus_settings settings;
    bool real;
} consensus_work;

/* How long a batch is gathered: a tenth of a second, or until it is full. Where everyone brings up
 * the same batches they are not gathered into bodies, and may be larger. */
static int64_t batch_ns(const consensus_line *line, int64_t stretch)
{
    const int64_t tenth = HST_SECOND_NS / 10;
    const int64_t full = HST_SECOND_NS * BATCH_PAYMENTS / line->load;
    return (full < tenth && !line->protocol->offers_by_name ? full : tenth) * stretch;
}

static void study_one(void *context, size_t index, unsigned thread)
{
    consensus_work *work = context;
    consensus_line *line = &work->lines[index];
    (void)thread;
    uint32_t *places = calloc(line->replicas, sizeof *places);
    int64_t *parameters = hst_consensus_settings_of(&work->settings, line->protocol);
    if (places == NULL || parameters == NULL || hst_interrupted != 0) {
        line->status = places == NULL || parameters == NULL ? HST_NO_MEMORY : HST_INTERRUPTED;
        free(places);
        free(parameters);
        return;
    }
    for (uint32_t i = 0; i < line->replicas; i++) {
        places[i] = i % REGION_COUNT;
    }
    const uint64_t bits = (uint64_t)work->bandwidth * 1000000;
    const hst_network_options network = {.count = line->replicas,
                                         .region_count = REGION_COUNT,
                                         .regions = places,
                                         .base_ns = work->base_ns,
                                         .jitter = HST_JITTER_EXPONENTIAL,
                                         .jitter_ns = 2000000,
                                         .up_bits_per_second = bits,
                                         .down_bits_per_second = bits,
                                         .keep_order = true,
                                         .seed = (uint64_t)work->seed};
    /* Protocols with blocks of minutes get as many blocks as the others' minute has seconds. Those
     * that settle after several blocks get more. */
    const int64_t slow = line->protocol->pace_ns + line->protocol->settle_ns / 6;
    const int64_t stretch = 1 + slow / HST_SECOND_NS;
    const hst_study_options options = {.protocol = line->protocol,
                                       .parameters = parameters,
                                       .network = &network,
                                       .costs = work->costs,
                                       .count = line->replicas,
                                       .payments_per_s = line->load,
                                       .payment_bytes = PAYMENT_BYTES,
                                       .body_bytes =
                                           (uint64_t)work->body * 1024 * (uint64_t)stretch,
                                       .batch_ns = batch_ns(line, stretch),
                                       .duration_ns = work->duration_ns * stretch,
                                       .faults = line->faults,
                                       .real_crypto = work->real,
                                       .seed = (uint64_t)work->seed,
                                       .memory = hst_os_memory()};
    line->status = hst_study_run(&options, &line->outcome);
    free(places);
    free(parameters);
}

static const char *seconds_text(int64_t ns, char *text, size_t size)
{
    const double s = (double)ns / 1e9;
    (void)snprintf(text, size, s < 10 ? "%.3f" : s < 1000 ? "%.1f" : "%.0f", s);
    return text;
}

static void print_line(const consensus_line *line)
{
    const hst_study_outcome *o = &line->outcome;
    char p50[32];
    char p99[32];
    if (line->status != HST_OK) {
        (void)printf("%-11.11s %3" PRIu32 " %6" PRIu32 " %-9s %s\n", line->protocol->name,
                     line->replicas, line->load, hst_study_faults_name(line->faults),
                     hst_status_text(line->status));
        return;
    }
    (void)printf("%-11.11s %3" PRIu32 " %6" PRIu32 " %-9s %7.7s %7.7s %7.0f %6.2f %5.1f %4.0f%% "
                 "%4.0f%% %5" PRIu64 "%s\n",
                 line->protocol->name, line->replicas, line->load,
                 hst_study_faults_name(line->faults),
                 o->decided > 0 ? seconds_text(o->p50_ns, p50, sizeof p50) : "-",
                 o->decided > 0 ? seconds_text(o->p99_ns, p99, sizeof p99) : "-", o->payments_per_s,
                 o->messages, o->bytes / 1000, 100 * o->busiest, 100 * o->card,
                 o->view_changes + o->rollbacks, o->violation.check != NULL ? " !" : "");
}

static void print_table(const consensus_work *work)
{
    (void)puts(
        "                             finality, s    paid  messages   kB     busiest  views");
    (void)puts(
        "protocol      n   load faults        p50     p99      /s   /paid /paid    cpu  card "
        "changed");
    for (size_t i = 0; i < work->count; i++) {
        print_line(&work->lines[i]);
    }
    for (size_t i = 0; i < work->count; i++) {
        const hst_cluster_violation *v = &work->lines[i].outcome.violation;
        if (v->check != NULL) {
            (void)printf("! %s, %" PRIu32 " replicas: %s broken at height %" PRIu64 ": %s\n",
                         work->lines[i].protocol->name, work->lines[i].replicas, v->check,
                         v->height, v->text);
        }
    }
    (void)printf("Finality: from submission until f + 1 replicas have executed it (a majority of "
                 "miners).\nBusiest: work given to the busiest processor and card, as a share of "
                 "the time.\nModelled: 5 regions, %g Gbit/s, %d-byte signed payments, %.0f us a "
                 "signature check, one core.\n",
                 (double)work->bandwidth / 1000, PAYMENT_BYTES,
                 (double)work->costs.verify_ns / 1000);
}

static json_t *line_json(const consensus_line *line)
{
    const hst_study_outcome *o = &line->outcome;
    json_t *out = json_pack(
        "{s:s, s:i, s:i, s:s, s:s, s:I, s:I, s:f, s:f, s:f, s:f}", "protocol", line->protocol->name,
        "replicas", (int)line->replicas, "offered_payments_per_second", (int)line->load, "faults",
        hst_study_faults_name(line->faults), "status", hst_status_name(line->status), "offered",
        (json_int_t)o->offered, "decided", (json_int_t)o->decided, "payments_per_second",
        o->payments_per_s, "finality_p50_seconds", (double)o->p50_ns / 1e9, "finality_p99_seconds",
        (double)o->p99_ns / 1e9, "longest_gap_seconds", (double)o->longest_gap_ns / 1e9);
    json_t *more = json_pack(
        "{s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:o}", "messages_per_payment",
        o->messages, "bytes_per_payment", o->bytes, "cpu_seconds_per_payment", o->work_ns / 1e9,
        "busiest_cpu", o->busiest, "mean_cpu", o->processor, "busiest_card", o->card, "decisions",
        (json_int_t)o->decisions, "view_changes", (json_int_t)o->view_changes, "rollbacks",
        (json_int_t)o->rollbacks, "events", (json_int_t)o->events, "violated",
        o->violation.check != NULL ? json_string(o->violation.check) : json_null());
    if (out != NULL && more != NULL) {
        (void)json_object_update(out, more);
    }
    json_decref(more);
    return out;
}

static bool print_json(const consensus_work *work)
{
    json_t *list = json_array();
    for (size_t i = 0; i < work->count; i++) {
        (void)json_array_append_new(list, line_json(&work->lines[i]));
    }
    json_t *root = json_pack("{s:i, s:s, s:i, s:o}", "schema", 1, "version", hst_version(), "seed",
                             (int)work->seed, "consensus", list);
    const bool printed = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
    json_decref(root);
    return printed && fputc('\n', stdout) != EOF && fflush(stdout) == 0;
}

static hst_exit list_protocols(void)
{
    size_t count = 0;
    const hst_consensus_protocol *const *all = hst_consensus_protocols(&count);
    for (size_t p = 0; p < count; p++) {
        (void)printf("%s%-11s %s\n            %s\n", p > 0 ? "\n" : "", all[p]->name, all[p]->title,
                     all[p]->source);
        for (uint32_t i = 0; i < all[p]->parameter_count; i++) {
            const hst_consensus_parameter *one = &all[p]->parameters[i];
            (void)printf("            %-26s %14" PRId64 " %-4s %s\n", one->name, one->standard,
                         one->unit, one->description);
        }
    }
    return HST_EXIT_YES;
}

static const char *finality_text(hst_finality finality)
{
    switch (finality) {
    case HST_FINALITY_IMMEDIATE: return "what is committed is final";
    case HST_FINALITY_PROBABLE: return "probable: deeper is safer, a commit may be rolled back";
    case HST_FINALITY_ECONOMIC: return "tentative first, final later";
    }
    hst_assert(false);
    return "";
}

static const char *model_text(hst_fault_model model)
{
    switch (model) {
    case HST_FAULTS_NONE: return "none: the operator is trusted";
    case HST_FAULTS_CRASH: return "fewer than half, by crashing";
    case HST_FAULTS_BYZANTINE: return "fewer than a third of the weight, in any way";
    case HST_FAULTS_UNL: return "a fifth of each node's list";
    case HST_FAULTS_SLICES: return "any set that leaves quorums intersecting and available";
    case HST_FAULTS_WORK: return "fewer than half of the hash power";
    }
    hst_assert(false);
    return "";
}

static void print_reference(const hst_consensus_protocol *one)
{
    (void)printf("\n## %s\n\n%s. Source: %s.\n\n", one->name, one->title, one->source);
    (void)printf("Faults tolerated: %s. Finality: %s.\n\nMessages:", model_text(one->model),
                 finality_text(one->finality));
    for (uint32_t k = 0; k < one->kind_count; k++) {
        (void)printf("%s %s", k > 0 ? "," : "", one->kinds[k].name);
    }
    (void)puts(".");
    if (one->parameter_count > 0) {
        (void)puts(
            "\n| parameter | unit | standard | from | to | meaning |\n|---|---|---|---|---|---|");
    }
    for (uint32_t p = 0; p < one->parameter_count; p++) {
        const hst_consensus_parameter *q = &one->parameters[p];
        (void)printf("| `%s` | %s | %" PRId64 " | %" PRId64 " | %" PRId64 " | %s |\n", q->name,
                     q->unit, q->standard, q->minimum, q->maximum, q->description);
    }
}

/* docs/reference/protocols.md. */
static hst_exit print_markdown(void)
{
    size_t count = 0;
    const hst_consensus_protocol *const *all = hst_consensus_protocols(&count);
    (void)puts(
        "# Consensus protocols\n\nWritten by `herstatt consensus --markdown`; edit the tables in"
        "\n`core/consensus/<protocol>/`, not this page.");
    for (size_t p = 0; p < count; p++) {
        print_reference(all[p]);
    }
    return HST_EXIT_YES;
}

/* Numbers of an option that may be repeated. */
static bool numbers(const hst_option_value *given,
                    const char *name,
                    long low,
                    long high,
                    long standard,
                    long *values,
                    size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < given->count && i < VALUES_MAX; i++) {
        char *end = NULL;
        values[i] = strtol(given->values[i], &end, 10);
        if (end == given->values[i] || *end != '\0' || values[i] < low || values[i] > high) {
            hst_say("--%s: expected a number from %ld to %ld, got \"%s\"", name, low, high,
                    given->values[i]);
            return false;
        }
        (*count)++;
    }
    if (*count == 0) {
        values[(*count)++] = standard;
    }
    return true;
}

static bool fault_sets(const hst_option_value *given, hst_study_faults *sets, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < given->count && i < VALUES_MAX; i++) {
        int set = 0;
        while (set < HST_STUDY_FAULTS_COUNT &&
               strcmp(given->values[i], hst_study_faults_name((hst_study_faults)set)) != 0) {
            set++;
        }
        if (set == HST_STUDY_FAULTS_COUNT) {
            hst_say("--faults: expected none, leader, silent, partition or loss, got \"%s\"",
                    given->values[i]);
            return false;
        }
        sets[(*count)++] = (hst_study_faults)set;
    }
    if (*count == 0) {
        sets[(*count)++] = HST_STUDY_FAULTS_NONE;
    }
    return true;
}

static size_t choose(const hst_arguments *arguments, const hst_consensus_protocol **chosen)
{
    size_t count = 0;
    const hst_consensus_protocol *const *all = hst_consensus_protocols(&count);
    for (size_t p = 0; p < count && arguments->operand_count == 0; p++) {
        chosen[p] = all[p];
    }
    for (int i = 0; i < arguments->operand_count && i < PROTOCOLS_MAX; i++) {
        chosen[i] = hst_consensus_find(arguments->operands[i]);
        if (chosen[i] == NULL) {
            hst_say("no protocol is called \"%s\"; `herstatt consensus --list` shows all",
                    arguments->operands[i]);
            return 0;
        }
    }
    return arguments->operand_count == 0 ? count : (size_t)arguments->operand_count;
}

static bool plan(const hst_arguments *arguments, consensus_work *work)
{
    const hst_consensus_protocol *protocols[PROTOCOLS_MAX];
    hst_study_faults sets[VALUES_MAX];
    long replicas[VALUES_MAX];
    long loads[VALUES_MAX];
    size_t set_count = 0;
    size_t replica_count = 0;
    size_t load_count = 0;
    const size_t protocol_count = choose(arguments, protocols);
    if (protocol_count == 0 ||
        !numbers(&arguments->options[CONSENSUS_REPLICAS], "replicas", 1, 1000, 7, replicas,
                 &replica_count) ||
        !numbers(&arguments->options[CONSENSUS_LOAD], "load", 1, 1000000, 100, loads,
                 &load_count) ||
        !fault_sets(&arguments->options[CONSENSUS_FAULTS], sets, &set_count) ||
        !hst_consensus_settings_read(&arguments->options[CONSENSUS_PARAMETER], protocols,
                                     protocol_count, &work->settings)) {
        return false;
    }
    for (size_t r = 0; r < replica_count; r++) {
        for (size_t l = 0; l < load_count; l++) {
            for (size_t f = 0; f < set_count; f++) {
                for (size_t p = 0; p < protocol_count && work->count < STUDIES_MAX; p++) {
                    work->lines[work->count++] = (consensus_line){.protocol = protocols[p],
                                                                  .replicas = (uint32_t)replicas[r],
                                                                  .load = (uint32_t)loads[l],
                                                                  .faults = sets[f]};
                }
            }
        }
    }
    return true;
}

static hst_status read_tables(const hst_arguments *arguments,
                              consensus_work *work,
                              hst_inputs *inputs,
                              hst_arena *arena,
                              hst_error *error)
{
    static const char latency[] = "scenarios/data/cloud_latency.csv";
    const char *costs = hst_argument(arguments, CONSENSUS_COSTS, "scenarios/data/costs.csv");
    const char *bytes = NULL;
    size_t size = 0;
    HST_TRY(hst_inputs_get(inputs, latency, &bytes, &size, error));
    HST_TRY(hst_regions_load(latency, bytes, size, regions, REGION_COUNT, arena, &work->base_ns,
                             error));
    char folder[HST_ERROR_FILE_SIZE];
    char file[HST_ERROR_FILE_SIZE];
    hst_inputs *own = NULL;
    HST_TRY(hst_inputs_split(costs, folder, file, error));
    HST_TRY(hst_inputs_create_from_disk(hst_os_memory(), folder, &own, error));
    hst_status status = hst_inputs_get(own, file, &bytes, &size, error);
    if (status == HST_OK) {
        status = hst_costs_load(costs, bytes, size, arena, &work->costs, error);
    }
    hst_inputs_destroy(own);
    return status;
}

static hst_exit run(const hst_arguments *arguments, consensus_work *work, hst_arena *arena)
{
    long seconds = 60;
    long threads = (long)hst_parallel_processors();
    work->seed = 1;
    work->bandwidth = 10000;
    work->body = 4096;
    if (!hst_argument_number(arguments, CONSENSUS_SECONDS, "seconds", 1, 1000000, &seconds) ||
        !hst_argument_number(arguments, CONSENSUS_SEED, "seed", 0, INT32_MAX, &work->seed) ||
        !hst_argument_number(arguments, CONSENSUS_BANDWIDTH, "bandwidth", 1, 1000000,
                             &work->bandwidth) ||
        !hst_argument_number(arguments, CONSENSUS_BODY, "body", 1, 1048576, &work->body) ||
        !hst_argument_number(arguments, CONSENSUS_THREADS, "threads", 1, 1024, &threads) ||
        !plan(arguments, work)) {
        return HST_EXIT_USAGE;
    }
    work->duration_ns = seconds * HST_SECOND_NS;
    work->real = hst_argument_given(arguments, CONSENSUS_REAL);
    hst_error error = {0};
    hst_inputs *inputs = NULL;
    hst_status status = hst_inputs_create_from_disk(hst_os_memory(), ".", &inputs, &error);
    if (status == HST_OK) {
        status = read_tables(arguments, work, inputs, arena, &error);
    }
    if (status != HST_OK) {
        const hst_exit answer = hst_complain(&error);
        hst_inputs_destroy(inputs);
        return answer;
    }
    hst_parallel_for(work->count, (unsigned)threads, study_one, work);
    hst_exit answer = HST_EXIT_YES;
    for (size_t i = 0; i < work->count; i++) {
        if (work->lines[i].status != HST_OK || work->lines[i].outcome.violation.check != NULL) {
            answer = HST_EXIT_NO;
        }
    }
    if (hst_argument_given(arguments, CONSENSUS_JSON)) {
        answer = print_json(work) ? answer : HST_EXIT_IO;
    } else {
        print_table(work);
    }
    hst_inputs_destroy(inputs);
    return hst_interrupted != 0 ? HST_EXIT_INTERRUPTED : answer;
}

hst_exit hst_command_consensus(const hst_arguments *arguments)
{
    if (hst_argument_given(arguments, CONSENSUS_LIST)) {
        return list_protocols();
    }
    if (hst_argument_given(arguments, CONSENSUS_MARKDOWN)) {
        return print_markdown();
    }
    consensus_work work = {.lines = calloc(STUDIES_MAX, sizeof *work.lines)};
    if (work.lines == NULL) {
        hst_say("out of memory");
        return HST_EXIT_IO;
    }
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    const hst_exit answer = run(arguments, &work, &arena);
    hst_arena_release(&arena);
    free(work.lines);
    return answer;
}
