/* herstatt bench --chaos: storms over every protocol until the time is up. */
#include "core/base/parallel.h"
#include "core/consensus/consensus.h"

#include "sim/base/os_memory.h"
#include "sim/cli/commands.h"
#include "sim/consensus/chaos.h"
#include "sim/run/day.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

/* Storms of one protocol at a time, shared among the processors. */
enum { STORMS_AT_A_TIME = 16, PROTOCOLS_MAX = 32, SHRINK_TRIES = 400 };

/* Checks told apart, and bytes of a command: seed, numbers of all faults, a name. */
enum { CHECKS_MAX = 24, AGAIN_SIZE = 512 };

/** How often a check fired. */
typedef struct chaos_count {
    const char *check;
    uint64_t storms;
} chaos_count;

/** What became of one protocol's storms. */
typedef struct chaos_tally {
    const hst_consensus_protocol *protocol;
    uint64_t storms, faults, messages, decided, unsafe, stuck, events;
    chaos_count checks[CHECKS_MAX]; /* that fired, in the order in which they did first */
    double seconds;
    hst_chaos_outcome worst; /* the first unsafe one, else the first bad one, shrunk */
    uint64_t worst_seed;
    bool bad;
} chaos_tally;

/** Storms under way. */
typedef struct chaos_batch {
    const hst_consensus_protocol *protocol;
    uint64_t first_seed;
    uint32_t beyond;
    uint64_t left_out;
    hst_chaos_outcome *outcomes; /* [STORMS_AT_A_TIME] */
    hst_status status[STORMS_AT_A_TIME];
} chaos_batch;

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static hst_chaos_options options_of(const chaos_batch *batch, size_t index)
{
    return (hst_chaos_options){.protocol = batch->protocol,
                               .seed = batch->first_seed + index,
                               .beyond = batch->beyond,
                               .left_out = batch->left_out,
                               .memory = hst_os_memory()};
}

static void run_one(void *context, size_t index, unsigned thread)
{
    chaos_batch *batch = context;
    (void)thread;
    const hst_chaos_options options = options_of(batch, index);
    batch->status[index] = hst_chaos_run(&options, &batch->outcomes[index]);
}

static bool is_bad(const hst_chaos_outcome *outcome)
{
    return outcome->violation.check != NULL || !outcome->live;
}

static void count_check(chaos_tally *tally, const char *check)
{
    for (size_t c = 0; c < CHECKS_MAX; c++) {
        chaos_count *one = &tally->checks[c];
        if (one->check == NULL || strcmp(one->check, check) == 0) {
            one->check = check;
            one->storms++;
            return;
        }
    }
}

static hst_status add(chaos_tally *tally, const chaos_batch *batch, size_t index)
{
    const hst_chaos_outcome *outcome = &batch->outcomes[index];
    HST_TRY(batch->status[index]);
    tally->storms++;
    tally->faults += outcome->fault_count;
    tally->messages += outcome->report.messages;
    tally->events += outcome->report.events;
    tally->decided += outcome->report.decided;
    const bool unsafe = outcome->violation.check != NULL;
    tally->unsafe += unsafe ? 1 : 0;
    tally->stuck += !unsafe && !outcome->live ? 1 : 0;
    if (unsafe) {
        count_check(tally, outcome->violation.check);
    }
    if (is_bad(outcome) && (!tally->bad || (unsafe && tally->worst.violation.check == NULL))) {
        const hst_chaos_options options = options_of(batch, index);
        tally->bad = true;
        tally->worst = *outcome;
        tally->worst_seed = options.seed;
        return hst_chaos_shrink(&options, SHRINK_TRIES, &tally->worst);
    }
    return HST_OK;
}

/* The next few storms of a protocol. */
static hst_status storm(chaos_tally *tally, chaos_batch *batch, unsigned threads, size_t count)
{
    const double start = now_s();
    hst_parallel_for(count, threads, run_one, batch);
    tally->seconds += now_s() - start;
    for (size_t i = 0; i < count; i++) {
        HST_TRY(add(tally, batch, i));
    }
    return HST_OK;
}

/* The command that repeats the storm as it was shrunk. */
static void write_again(const chaos_tally *tally, uint32_t beyond, char *text, size_t size)
{
    const hst_chaos_outcome *worst = &tally->worst;
    int at = snprintf(text, size, "herstatt bench --chaos 60 --storms 1 --seed %" PRIu64,
                      tally->worst_seed);
    if (beyond > 0) {
        at += snprintf(text + at, size - (size_t)at, " --beyond %" PRIu32, beyond);
    }
    at += snprintf(text + at, size - (size_t)at, " --faults %s",
                   worst->fault_count == 0 ? "none" : "");
    for (uint32_t f = 0; f < worst->fault_count; f++) {
        at += snprintf(text + at, size - (size_t)at, "%s%" PRIu32, f > 0 ? "," : "",
                       worst->numbers[f]);
    }
    (void)snprintf(text + at, size - (size_t)at, " %s", tally->protocol->name);
}

static void print_bad(const chaos_tally *tally, uint32_t beyond)
{
    const hst_chaos_outcome *worst = &tally->worst;
    (void)printf("\n%s, seed %" PRIu64 ", %" PRIu32 " replicas: ", tally->protocol->name,
                 tally->worst_seed, worst->count);
    if (worst->violation.check != NULL) {
        (void)printf("%s broken\n  at event %" PRIu64 ", height %" PRIu64 ": replica %" PRIu32
                     " %s\n",
                     worst->violation.check, worst->violation.event, worst->violation.height,
                     worst->violation.replica, worst->violation.text);
    } else {
        (void)printf("no progress after the last fault (%" PRIu64 " commands decided)\n",
                     worst->report.commands);
    }
    if (worst->violation.guilty != 0) {
        (void)printf("  voted for both sides: replicas");
        for (uint32_t i = 0; i < worst->count; i++) {
            if ((worst->violation.guilty >> i & 1) != 0) {
                (void)printf(" %" PRIu32, i);
            }
        }
        (void)printf("\n");
    }
    for (uint32_t f = 0; f < worst->fault_count; f++) {
        char text[160];
        hst_fault_describe(&worst->faults[f], text, sizeof text);
        (void)printf("  with %s\n", text);
    }
    char again[AGAIN_SIZE];
    write_again(tally, beyond, again, sizeof again);
    (void)printf("  again: %s\n", again);
}

static void print_table(const chaos_tally *tallies, size_t count, uint32_t beyond)
{
    (void)printf("%-18s %7s %8s %10s %10s %7s %6s %8s  %s\n", "protocol", "storms", "faults",
                 "messages", "decisions", "unsafe", "stuck", "storms/s", "checks that fired");
    for (size_t p = 0; p < count; p++) {
        const chaos_tally *t = &tallies[p];
        (void)printf("%-18.18s %7" PRIu64 " %8" PRIu64 " %10" PRIu64 " %10" PRIu64 " %7" PRIu64
                     " %6" PRIu64 " %8.1f ",
                     t->protocol->name, t->storms, t->faults, t->messages, t->decided, t->unsafe,
                     t->stuck, t->seconds > 0 ? (double)t->storms / t->seconds : 0);
        for (size_t c = 0; c < CHECKS_MAX && t->checks[c].check != NULL; c++) {
            (void)printf(" %s %" PRIu64, t->checks[c].check, t->checks[c].storms);
        }
        (void)printf("\n");
    }
    for (size_t p = 0; p < count; p++) {
        if (tallies[p].bad) {
            print_bad(&tallies[p], beyond);
        }
    }
}

static json_t *tally_json(const chaos_tally *t, uint32_t beyond)
{
    json_t *out = json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "protocol", t->protocol->name, "storms",
        (json_int_t)t->storms, "faults", (json_int_t)t->faults, "messages", (json_int_t)t->messages,
        "events", (json_int_t)t->events, "decisions", (json_int_t)t->decided, "unsafe",
        (json_int_t)t->unsafe, "stuck", (json_int_t)t->stuck, "wall_seconds", t->seconds);
    json_t *checks = json_object();
    for (size_t c = 0; c < CHECKS_MAX && t->checks[c].check != NULL; c++) {
        (void)json_object_set_new(checks, t->checks[c].check,
                                  json_integer((json_int_t)t->checks[c].storms));
    }
    (void)json_object_set_new(out, "checks", checks);
    if (out != NULL && t->bad) {
        const char *check = t->worst.violation.check;
        json_t *faults = json_array();
        for (uint32_t f = 0; f < t->worst.fault_count; f++) {
            char text[160];
            hst_fault_describe(&t->worst.faults[f], text, sizeof text);
            (void)json_array_append_new(faults, json_string(text));
        }
        char again[AGAIN_SIZE];
        write_again(t, beyond, again, sizeof again);
        (void)json_object_set_new(out, "first_bad",
                                  json_pack("{s:s, s:I, s:s, s:I, s:s, s:o}", "again", again,
                                            "seed", (json_int_t)t->worst_seed, "check",
                                            check != NULL ? check : "progress", "event",
                                            (json_int_t)t->worst.violation.event, "text",
                                            t->worst.violation.text, "faults", faults));
    }
    return out;
}

static bool print_json(const chaos_tally *tallies, size_t count, uint32_t beyond)
{
    json_t *list = json_array();
    for (size_t p = 0; p < count; p++) {
        (void)json_array_append_new(list, tally_json(&tallies[p], beyond));
    }
    json_t *root =
        json_pack("{s:i, s:s, s:o}", "schema", 1, "version", hst_version(), "chaos", list);
    const bool printed = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
    json_decref(root);
    return printed && fputc('\n', stdout) != EOF && fflush(stdout) == 0;
}

/* The protocols named, or all; 0 when one is unknown. */
static size_t choose(const hst_arguments *arguments, chaos_tally *tallies)
{
    size_t count = 0;
    const hst_consensus_protocol *const *all = hst_consensus_protocols(&count);
    hst_assert(count <= PROTOCOLS_MAX);
    for (size_t p = 0; p < count && arguments->operand_count == 0; p++) {
        tallies[p].protocol = all[p];
    }
    for (int i = 0; i < arguments->operand_count && i < PROTOCOLS_MAX; i++) {
        tallies[i].protocol = hst_consensus_find(arguments->operands[i]);
        if (tallies[i].protocol == NULL) {
            hst_say("no protocol is called \"%s\"; there are:", arguments->operands[i]);
            for (size_t p = 0; p < count; p++) {
                hst_say("  %-10s %s", all[p]->name, all[p]->title);
            }
            return 0;
        }
    }
    return arguments->operand_count == 0
               ? count
               : (size_t)(arguments->operand_count < PROTOCOLS_MAX ? arguments->operand_count
                                                                   : PROTOCOLS_MAX);
}

/* Round after round, every protocol in turn, until the time or the storms are used up. */
static hst_status
rage(chaos_tally *tallies, size_t count, chaos_batch *batch, const hst_chaos_plan *plan)
{
    const double end = now_s() + (double)plan->seconds;
    const unsigned threads = hst_parallel_processors();
    uint64_t done = 0;
    while (done < (uint64_t)plan->storms && now_s() < end && hst_interrupted == 0) {
        const uint64_t left = (uint64_t)plan->storms - done;
        const size_t at_once = left < STORMS_AT_A_TIME ? (size_t)left : STORMS_AT_A_TIME;
        for (size_t p = 0; p < count && now_s() < end && hst_interrupted == 0; p++) {
            batch->protocol = tallies[p].protocol;
            batch->first_seed = (uint64_t)plan->seed + done;
            HST_TRY(storm(&tallies[p], batch, threads, at_once));
        }
        done += at_once;
    }
    return HST_OK;
}

hst_exit hst_bench_chaos(const hst_arguments *arguments, const hst_chaos_plan *plan)
{
    chaos_tally *tallies = calloc(PROTOCOLS_MAX, sizeof *tallies);
    chaos_batch batch = {.beyond = (uint32_t)plan->beyond,
                         .left_out = plan->left_out,
                         .outcomes = calloc(STORMS_AT_A_TIME, sizeof *batch.outcomes)};
    hst_exit answer = HST_EXIT_USAGE;
    const size_t count = tallies != NULL && batch.outcomes != NULL ? choose(arguments, tallies) : 0;
    if (count > 0) {
        const hst_status status = rage(tallies, count, &batch, plan);
        answer = HST_EXIT_YES;
        for (size_t p = 0; p < count; p++) {
            answer = tallies[p].bad ? HST_EXIT_NO : answer;
        }
        if (status != HST_OK) {
            hst_say("storms ended early: %s", hst_status_text(status));
            answer = HST_EXIT_IO;
        } else if (plan->json) {
            answer = print_json(tallies, count, batch.beyond) ? answer : HST_EXIT_IO;
        } else {
            print_table(tallies, count, batch.beyond);
        }
        answer = hst_interrupted != 0 ? HST_EXIT_INTERRUPTED : answer;
    }
    free(batch.outcomes);
    free(tallies);
    return answer;
}
