/* herstatt consensus: protocols side by side under one load. */
#include "core/base/assert.h"
#include "core/base/parallel.h"
#include "core/consensus/consensus.h"

#include "sim/base/inputs.h"
#include "sim/base/os_memory.h"
#include "sim/cli/commands.h"
#include "sim/cli/consensus_settings.h"
#include "sim/cli/output.h"
#include "sim/consensus/costs.h"
#include "sim/run/day.h"
#include "sim/run/studies.h"

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
    CONSENSUS_OUTPUT,
    CONSENSUS_LIST,
    CONSENSUS_MARKDOWN,
    CONSENSUS_JSON
};

const hst_option hst_consensus_options[] = {
    {"replicas", "N", "how many; may be repeated (default 7)"},
    {"load", "N", "payments offered a second; may be repeated (default 100)"},
    {"seconds", "N", "virtual seconds of load (default 60)"},
    {"faults", "SET", "none, leader, silent, partition, loss, or all; may be repeated"},
    {"seed", "N", "seed of all draws (default 1)"},
    {"real-crypto", NULL, "sign and verify with Ed25519 instead of charging for it"},
    {"costs", "FILE", "what work costs (default scenarios/data/costs.csv)"},
    {"bandwidth", "MBIT", "of every card, each way, Mbit/s (default 10000)"},
    {"body", "KIB", "most of payments that are proposed together (default 4096)"},
    {"threads", "N", "at most so many (default: one a processor)"},
    {"parameter", "NAME=N", "of the protocols that have it (see --list); may be repeated"},
    {"output", "FILE", "write a result file, for inspect, verify, compare and report"},
    {"list", NULL, "list the protocols with their parameters and run none"},
    {"markdown", NULL, "print the reference of all protocols"},
    {"json", NULL, "print one JSON object"},
    {NULL, NULL, NULL}};

enum { PROTOCOLS_MAX = 32, VALUES_MAX = 16 };

static const char *seconds_text(int64_t ns, char *text, size_t size)
{
    const double s = (double)ns / 1e9;
    (void)snprintf(text, size, s < 10 ? "%.3f" : s < 1000 ? "%.1f" : "%.0f", s);
    return text;
}

static void print_line(const hst_one_study *line)
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

/* What faults did, in a table of its own: the first one has no room for it. */
static void print_faulty(const hst_one_study *line)
{
    const hst_study_outcome *o = &line->outcome;
    char gap[32];
    char recovered[32];
    if (line->status != HST_OK || line->faults == HST_STUDY_FAULTS_NONE) {
        return;
    }
    (void)printf(
        "%-11.11s %3" PRIu32 " %6" PRIu32 " %-9s %7.1f %8.8s %9.9s %7" PRIu64 " %6" PRIu64
        " %6.1f%%\n",
        line->protocol->name, line->replicas, line->load, hst_study_faults_name(line->faults),
        o->offered > 0 ? 100 * (double)o->decided / (double)o->offered : 0,
        seconds_text(o->longest_gap_ns, gap, sizeof gap),
        o->recover_ns < 0 ? "never" : seconds_text(o->recover_ns, recovered, sizeof recovered),
        o->view_changes, o->rollbacks,
        o->cluster.messages > 0 ? 100 * (double)o->cluster.lost / (double)o->cluster.messages : 0);
}

static void print_faults(const hst_studies *work)
{
    bool any = false;
    for (size_t i = 0; i < work->count; i++) {
        any = any || work->list[i].faults != HST_STUDY_FAULTS_NONE;
    }
    if (!any) {
        return;
    }
    (void)puts(
        "\nUnder faults                    decided  longest recovered   views blocks messages");
    (void)puts("protocol      n   load faults         %   gap, s  after, s changed undone    lost");
    for (size_t i = 0; i < work->count; i++) {
        print_faulty(&work->list[i]);
    }
    (void)puts(
        "Recovered: from the end of the second third, where faults that end have ended, until\n"
        "nothing submitted before was undecided.\n");
}

/* What broke, and the command that repeats it. */
static void print_violation(const hst_studies *work, const hst_one_study *line)
{
    const hst_cluster_violation *v = &line->outcome.violation;
    if (v->check == NULL) {
        return;
    }
    (void)printf("! %s, %" PRIu32 " replicas: %s broken\n  at event %" PRIu64 ", height %" PRIu64
                 ": replica %" PRIu32 " %s\n",
                 line->protocol->name, line->replicas, v->check, v->event, v->height, v->replica,
                 v->text);
    (void)printf("  again: herstatt consensus %s --replicas %" PRIu32 " --load %" PRIu32
                 " --faults %s --seed %" PRId64 " --seconds %" PRId64 "%s\n",
                 line->protocol->name, line->replicas, line->load,
                 hst_study_faults_name(line->faults), work->seed, work->seconds,
                 work->real_crypto ? " --real-crypto" : "");
}

static void print_table(const hst_studies *work)
{
    (void)puts(
        "                             finality, s    paid  messages   kB     busiest  views");
    (void)puts(
        "protocol      n   load faults        p50     p99      /s   /paid /paid    cpu  card "
        "changed");
    for (size_t i = 0; i < work->count; i++) {
        print_line(&work->list[i]);
    }
    print_faults(work);
    for (size_t i = 0; i < work->count; i++) {
        print_violation(work, &work->list[i]);
    }
    (void)printf("Finality: from submission until f + 1 replicas have executed it (a majority of "
                 "miners).\nBusiest: work given to the busiest processor and card, as a share of "
                 "the time.\nModelled: 5 regions, %g Gbit/s, %d-byte signed payments, %.0f us a "
                 "signature check, one core.\n",
                 (double)work->bandwidth / 1000, HST_STUDIES_PAYMENT_BYTES,
                 (double)work->cost.verify_ns / 1000);
}

static json_t *line_json(const hst_one_study *line)
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
        "{s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:f, s:o}", "messages_per_payment",
        o->messages, "bytes_per_payment", o->bytes, "cpu_seconds_per_payment", o->work_ns / 1e9,
        "busiest_cpu", o->busiest, "mean_cpu", o->processor, "busiest_card", o->card, "decisions",
        (json_int_t)o->decisions, "view_changes", (json_int_t)o->view_changes, "rollbacks",
        (json_int_t)o->rollbacks, "events", (json_int_t)o->events, "messages_lost",
        (json_int_t)o->cluster.lost, "recover_seconds",
        o->recover_ns < 0 ? -1 : (double)o->recover_ns / 1e9, "violated",
        o->violation.check != NULL ? json_string(o->violation.check) : json_null());
    if (more != NULL && o->violation.check != NULL) {
        (void)json_object_set_new(more, "violation",
                                  json_pack("{s:I, s:I, s:i, s:s}", "event",
                                            (json_int_t)o->violation.event, "height",
                                            (json_int_t)o->violation.height, "replica",
                                            (int)o->violation.replica, "text", o->violation.text));
    }
    if (out != NULL && more != NULL) {
        (void)json_object_update(out, more);
    }
    json_decref(more);
    return out;
}

static bool print_json(const hst_studies *work)
{
    json_t *list = json_array();
    for (size_t i = 0; i < work->count; i++) {
        (void)json_array_append_new(list, line_json(&work->list[i]));
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
        if (strcmp(given->values[i], "all") == 0) {
            for (*count = 0; *count < HST_STUDY_FAULTS_COUNT; (*count)++) {
                sets[*count] = (hst_study_faults)*count;
            }
            return true;
        }
        while (set < HST_STUDY_FAULTS_COUNT &&
               strcmp(given->values[i], hst_study_faults_name((hst_study_faults)set)) != 0) {
            set++;
        }
        if (set == HST_STUDY_FAULTS_COUNT) {
            hst_say("--faults: expected none, leader, silent, partition, loss or all, got \"%s\"",
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

static bool plan(const hst_arguments *arguments, hst_studies *work)
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
                                     protocol_count, work)) {
        return false;
    }
    for (size_t r = 0; r < replica_count; r++) {
        for (size_t l = 0; l < load_count; l++) {
            for (size_t f = 0; f < set_count; f++) {
                for (size_t p = 0; p < protocol_count && work->count < HST_STUDIES_MAX; p++) {
                    work->list[work->count++] = (hst_one_study){.protocol = protocols[p],
                                                                .replicas = (uint32_t)replicas[r],
                                                                .load = (uint32_t)loads[l],
                                                                .faults = sets[f]};
                }
            }
        }
    }
    return true;
}

/* A table of costs may lie anywhere: it is read here, where its name is the user's, and handed on
 * under a name of its own. */
static hst_status take_costs(
    const char *path, hst_studies *work, hst_inputs *inputs, hst_arena *arena, hst_error *error)
{
    static const char name[] = "costs/given.csv";
    char folder[HST_ERROR_FILE_SIZE];
    char file[HST_ERROR_FILE_SIZE];
    const char *bytes = NULL;
    size_t size = 0;
    hst_inputs *own = NULL;
    HST_TRY(hst_inputs_split(path, folder, file, error));
    HST_TRY(hst_inputs_create_from_disk(hst_os_memory(), folder, &own, error));
    hst_status status = hst_inputs_get(own, file, &bytes, &size, error);
    if (status == HST_OK) {
        status = hst_costs_load(path, bytes, size, arena, &work->cost, error);
    }
    if (status == HST_OK) {
        status = hst_inputs_add(inputs, name, bytes, size, error);
        work->costs = name;
    }
    hst_inputs_destroy(own);
    return status;
}

static hst_status work_through(const hst_arguments *arguments,
                               hst_studies *work,
                               hst_inputs *inputs,
                               unsigned threads,
                               hst_arena *arena,
                               hst_error *error)
{
    char command[4096];
    const char *costs = hst_argument(arguments, CONSENSUS_COSTS, NULL);
    const char *output = hst_argument(arguments, CONSENSUS_OUTPUT, NULL);
    if (output != NULL && !hst_may_replace(output)) {
        return hst_error_set(error, HST_IO, "%s exists and is not a result of herstatt", output);
    }
    if (costs != NULL) {
        HST_TRY(take_costs(costs, work, inputs, arena, error));
    }
    HST_TRY(hst_studies_run(work, inputs, threads, arena, error));
    if (output == NULL) {
        return HST_OK;
    }
    hst_tell_command(arguments, "consensus", hst_consensus_options, CONSENSUS_OUTPUT, output,
                     command, sizeof command);
    return hst_studies_write(work, inputs, output, command, error);
}

static hst_exit run(const hst_arguments *arguments, hst_studies *work, hst_arena *arena)
{
    long seconds = 60;
    long seed = 1;
    long threads = (long)hst_parallel_processors();
    long bandwidth = work->bandwidth;
    long body = work->body;
    if (!hst_argument_number(arguments, CONSENSUS_SECONDS, "seconds", 1, 1000000, &seconds) ||
        !hst_argument_number(arguments, CONSENSUS_SEED, "seed", 0, INT32_MAX, &seed) ||
        !hst_argument_number(arguments, CONSENSUS_BANDWIDTH, "bandwidth", 1, 1000000, &bandwidth) ||
        !hst_argument_number(arguments, CONSENSUS_BODY, "body", 1, 1048576, &body) ||
        !hst_argument_number(arguments, CONSENSUS_THREADS, "threads", 1, 1024, &threads) ||
        !plan(arguments, work)) {
        return HST_EXIT_USAGE;
    }
    work->seconds = seconds;
    work->seed = seed;
    work->bandwidth = bandwidth;
    work->body = body;
    work->real_crypto = hst_argument_given(arguments, CONSENSUS_REAL);
    work->record = hst_argument_given(arguments, CONSENSUS_OUTPUT);
    work->interrupted = &hst_interrupted;
    hst_error error = {0};
    hst_inputs *inputs = NULL;
    hst_status status = hst_inputs_create_from_disk(hst_os_memory(), ".", &inputs, &error);
    if (status == HST_OK) {
        status = work_through(arguments, work, inputs, (unsigned)threads, arena, &error);
    }
    hst_inputs_destroy(inputs);
    if (status != HST_OK) {
        return hst_complain(&error);
    }
    const hst_exit answer = hst_studies_broken(work) > 0 ? HST_EXIT_NO : HST_EXIT_YES;
    if (hst_argument_given(arguments, CONSENSUS_JSON)) {
        return print_json(work) ? answer : HST_EXIT_IO;
    }
    print_table(work);
    if (work->record) {
        (void)printf("Result: %s\n", hst_argument(arguments, CONSENSUS_OUTPUT, ""));
    }
    return answer;
}

hst_exit hst_command_consensus(const hst_arguments *arguments)
{
    if (hst_argument_given(arguments, CONSENSUS_LIST)) {
        return list_protocols();
    }
    if (hst_argument_given(arguments, CONSENSUS_MARKDOWN)) {
        return print_markdown();
    }
    hst_studies work;
    if (hst_studies_init(&work) != HST_OK) {
        hst_say("out of memory");
        return HST_EXIT_IO;
    }
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    const hst_exit answer = run(arguments, &work, &arena);
    hst_studies_release(&work);
    hst_arena_release(&arena);
    return answer;
}
