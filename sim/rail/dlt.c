#include "sim/rail/dlt.h"

#include "core/base/assert.h"

#include "sim/base/number.h"

#include <string.h>

/* How often undecided batches are looked at: a hundredth of the protocol's pace, in these bounds.
 */
static const int64_t tick_least_ns = 10 * INT64_C(1000000);
static const int64_t tick_most_ns = HST_SECOND_NS;

/* Validators have run for this long, and a round, before the day: a leader is there. */
static const int64_t warm_ns = 10 * HST_SECOND_NS;

/* Rounds of a protocol with a pace of seconds that idle time is skipped in: two epochs of slots. */
enum { ROUND_PACES = 64 };

/* After a fault began or ended so much is played through before idle time is skipped. */
static const int64_t reaction_ns = 60 * HST_SECOND_NS;

static int64_t between(int64_t least, int64_t value, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* A batch has a payment at least, and a cluster names less than 2^24 of them. A batch also gathers
 * for its time (38 days of 200 ms are that many), so more payments make larger batches, not more.
 */
static uint32_t batch_most(uint32_t payment_max)
{
    static const uint32_t names = (UINT32_C(1) << 24) - 1;
    return payment_max < names ? payment_max : names;
}

static bool is_before(const hst_dlt_edge *a, const hst_dlt_edge *b)
{
    if (a->time_ns != b->time_ns) {
        return a->time_ns < b->time_ns;
    }
    return a->ends && !b->ends;
}

static void add_edge(hst_dlt_rail *rail, hst_dlt_edge edge)
{
    uint32_t at = rail->edge_count++;
    for (; at > 0 && is_before(&edge, &rail->edges[at - 1]); at--) {
        rail->edges[at] = rail->edges[at - 1];
    }
    rail->edges[at] = edge;
}

/* Hand the schedule to the cluster, and note when its faults begin and end. */
static hst_status plan_faults(hst_dlt_rail *rail, hst_arena *arena)
{
    const hst_dlt_config *c = &rail->config;
    if (c->fault_count == 0) {
        return HST_OK;
    }
    rail->edges = HST_ARENA_NEW(arena, hst_dlt_edge, (size_t)2 * c->fault_count);
    if (rail->edges == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t f = 0; f < c->fault_count; f++) {
        const hst_fault *fault = &c->faults[f];
        if (!hst_fault_is_throughout(fault)) {
            add_edge(rail, (hst_dlt_edge){.time_ns = fault->from_ns, .fault = f});
            add_edge(rail, (hst_dlt_edge){.time_ns = fault->until_ns, .fault = f, .ends = true});
        }
    }
    return hst_fault_prepare(rail->cluster, c->faults, c->fault_count);
}

hst_status hst_dlt_create(const hst_dlt_config *config, hst_arena *arena, hst_dlt_rail **out)
{
    hst_assert(config != NULL && config->protocol != NULL && out != NULL);
    hst_assert(config->batch_ns > 0 && config->execute != NULL);
    hst_dlt_rail *rail = HST_ARENA_NEW(arena, hst_dlt_rail, 1);
    if (rail == NULL) {
        return HST_NO_MEMORY;
    }
    const int64_t pace_ns = config->protocol->pace_ns;
    const uint32_t count = config->network.count;
    *rail =
        (hst_dlt_rail){.config = *config,
                       .membership = {.count = count, .total = count},
                       .tick_ns = between(tick_least_ns, pace_ns / 100, tick_most_ns),
                       .round_ns = pace_ns >= HST_SECOND_NS ? ROUND_PACES * pace_ns : HST_SECOND_NS,
                       .payments = HST_ARENA_NEW(arena, uint32_t, config->payment_max),
                       .arrived_ns = HST_ARENA_NEW(arena, int64_t, config->payment_max),
                       .batch_end = HST_ARENA_NEW(arena, uint32_t, (size_t)config->payment_max + 1),
                       .early = HST_ARENA_NEW(arena, uint32_t, config->payment_max),
                       .finality_ns = HST_ARENA_NEW(arena, hst_histogram, 1)};
    if (rail->payments == NULL || rail->arrived_ns == NULL || rail->batch_end == NULL ||
        rail->early == NULL || rail->finality_ns == NULL) {
        return HST_NO_MEMORY;
    }
    hst_histogram_clear(rail->finality_ns);
    rail->ahead_ns = warm_ns + rail->round_ns;
    const hst_cluster_options options = {.protocol = config->protocol,
                                         .parameters = config->parameters,
                                         .membership = &rail->membership,
                                         .network = &rail->config.network,
                                         .costs = config->costs,
                                         .seed = config->seed,
                                         .replication = config->replication,
                                         .real_crypto = config->real_crypto,
                                         .keep_logs = config->fault_count > 0,
                                         .batch_capacity = batch_most(config->payment_max),
                                         .gather = HST_DLT_WINDOW,
                                         .memory = config->memory};
    HST_TRY(hst_cluster_create(&options, &rail->cluster));
    const hst_status status = plan_faults(rail, arena);
    if (status != HST_OK) {
        hst_dlt_destroy(rail);
        return status;
    }
    *out = rail;
    return HST_OK;
}

void hst_dlt_destroy(hst_dlt_rail *rail)
{
    if (rail != NULL) {
        hst_cluster_destroy(rail->cluster);
        rail->cluster = NULL;
    }
}

const hst_cluster_violation *hst_dlt_violation(const hst_dlt_rail *rail)
{
    return hst_cluster_violated(rail->cluster);
}

int64_t hst_dlt_longest_quiet_ns(const hst_dlt_rail *rail, int64_t now_ns)
{
    const int64_t gap_ns = rail->waiting_count > 0 ? now_ns - rail->quiet_ns : 0;
    return gap_ns > rail->longest_quiet_ns ? gap_ns : rail->longest_quiet_ns;
}

static uint32_t gathered(const hst_dlt_rail *rail)
{
    return rail->arrived - rail->batch_end[rail->batches];
}

int64_t hst_dlt_submit(hst_dlt_rail *rail, uint32_t payment, int64_t now_ns)
{
    hst_assert(rail->arrived < rail->config.payment_max);
    if (gathered(rail) == 0) {
        rail->batch_open_ns = now_ns;
    }
    rail->payments[rail->arrived] = payment;
    rail->arrived_ns[rail->arrived++] = now_ns;
    if (rail->awake) {
        return HST_DLT_ASLEEP;
    }
    rail->awake = true;
    return now_ns + rail->config.batch_ns;
}

/* Nothing is undecided: whole rounds in which nothing happened need not be played through. */
static void skip_idle(hst_dlt_rail *rail, int64_t now_ns)
{
    const int64_t played_ns = hst_cluster_now(rail->cluster);
    const int64_t least_ns = played_ns == 0
                                 ? warm_ns + rail->round_ns
                                 : between(rail->round_ns, rail->calm_ns - played_ns, INT64_MAX);
    const int64_t idle_ns = now_ns + rail->ahead_ns - played_ns - least_ns;
    if (idle_ns > 0) {
        rail->ahead_ns -= idle_ns / rail->round_ns * rail->round_ns;
    }
}

/* Faults that begin or end up to now do so, each at its time. */
static hst_status pass_edges(hst_dlt_rail *rail, int64_t now_ns)
{
    for (; rail->edge_next < rail->edge_count && rail->edges[rail->edge_next].time_ns <= now_ns;
         rail->edge_next++) {
        const hst_dlt_edge *edge = &rail->edges[rail->edge_next];
        if (rail->waiting_count == 0) {
            skip_idle(rail, edge->time_ns);
        }
        HST_TRY(hst_cluster_run(rail->cluster, edge->time_ns + rail->ahead_ns, 0));
        hst_fault_change(rail->cluster, edge->fault, edge->ends);
        rail->calm_ns = hst_cluster_now(rail->cluster) + reaction_ns;
    }
    return hst_cluster_violated(rail->cluster)->check == NULL ? HST_OK : HST_REFUSED;
}

static hst_status hand_over(hst_dlt_rail *rail, int64_t now_ns)
{
    const uint32_t count = gathered(rail);
    HST_TRY(pass_edges(rail, now_ns));
    if (rail->waiting_count == 0) {
        skip_idle(rail, now_ns);
        rail->quiet_ns = now_ns;
    }
    const uint64_t id = hst_cluster_submit(rail->cluster, now_ns + rail->ahead_ns,
                                           count * HST_DLT_TRANSACTION_BYTES, count);
    hst_assert(id == (uint64_t)rail->batches + 1); /* batch_most */
    rail->batch_end[++rail->batches] = rail->arrived;
    rail->waiting[rail->waiting_count++] = rail->batches;
    return HST_OK;
}

/* A batch that is final, and since when. */
typedef struct final_batch {
    int64_t agreed_ns;
    uint64_t order;
    uint32_t id;
} final_batch;

/* Take those that became final out of `waiting`, in the order of agreement. */
static uint32_t take_final(hst_dlt_rail *rail, final_batch final[HST_DLT_WINDOW])
{
    uint32_t count = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < rail->waiting_count; i++) {
        final_batch one = {.id = rail->waiting[i]};
        int64_t submitted_ns = 0;
        if (!hst_cluster_batch_times(rail->cluster, one.id, &submitted_ns, &one.agreed_ns)) {
            rail->waiting[kept++] = one.id;
            continue;
        }
        one.order = hst_cluster_batch_order(rail->cluster, one.id);
        uint32_t at = count++;
        for (; at > 0 && final[at - 1].order > one.order; at--) {
            final[at] = final[at - 1];
        }
        final[at] = one;
    }
    rail->waiting_count = kept;
    return count;
}

static bool execute(hst_dlt_rail *rail, uint32_t payment)
{
    const bool done = rail->config.execute(rail->config.context, payment);
    rail->executed += done ? 1 : 0;
    return done;
}

/* Those that were early, in order, until none of them can go. */
static void execute_early(hst_dlt_rail *rail)
{
    for (uint32_t i = 0; i < rail->early_count;) {
        if (!execute(rail, rail->early[i])) {
            i++;
            continue;
        }
        rail->early_count--;
        memmove(&rail->early[i], &rail->early[i + 1],
                (rail->early_count - i) * sizeof rail->early[0]);
        i = 0;
    }
}

/* A decision ends the time in which nothing was decided. */
static void note_decision(hst_dlt_rail *rail, int64_t agreed_ns)
{
    const int64_t gap_ns = agreed_ns - rail->quiet_ns;
    rail->longest_quiet_ns = gap_ns > rail->longest_quiet_ns ? gap_ns : rail->longest_quiet_ns;
    rail->quiet_ns = agreed_ns;
}

static void execute_final(hst_dlt_rail *rail)
{
    final_batch final[HST_DLT_WINDOW];
    const uint32_t count = take_final(rail, final);
    for (uint32_t f = 0; f < count; f++) {
        const int64_t agreed_ns = final[f].agreed_ns - rail->ahead_ns;
        const hst_batch batch = hst_cluster_batch_of(rail->cluster, final[f].id);
        rail->root = hst_cluster_executed_root(&rail->root, &batch);
        note_decision(rail, agreed_ns);
        for (uint32_t i = rail->batch_end[final[f].id - 1]; i < rail->batch_end[final[f].id]; i++) {
            hst_histogram_record(rail->finality_ns, agreed_ns - rail->arrived_ns[i]);
            if (!execute(rail, rail->payments[i])) {
                rail->early[rail->early_count++] = rail->payments[i];
            } else if (rail->early_count > 0) {
                execute_early(rail);
            }
        }
    }
}

/* Nothing is undecided: the ledger has executed what the validators have, in the same order. Where
 * a decision may be taken back they may come to another order later, and are not asked. */
static void compare_roots(hst_dlt_rail *rail)
{
    hst_hash root;
    if (rail->config.protocol->finality == HST_FINALITY_IMMEDIATE &&
        hst_cluster_root(rail->cluster, &root)) {
        rail->roots_compared++;
        rail->roots_differed += hst_hash_equal(&root, &rail->root) ? 0 : 1;
    }
}

hst_status hst_dlt_wake(hst_dlt_rail *rail, int64_t now_ns, int64_t *next_ns)
{
    *next_ns = HST_DLT_ASLEEP;
    rail->awake = false;
    rail->wakes++;
    if (rail->waiting_count > 0) {
        HST_TRY(pass_edges(rail, now_ns));
        HST_TRY(hst_cluster_run(rail->cluster, now_ns + rail->ahead_ns, 0));
        execute_final(rail);
        if (rail->waiting_count == 0) {
            compare_roots(rail);
        }
    }
    if (gathered(rail) > 0 && rail->waiting_count < HST_DLT_WINDOW &&
        now_ns >= rail->batch_open_ns + rail->config.batch_ns) {
        HST_TRY(hand_over(rail, now_ns));
    }
    if (rail->waiting_count > 0) {
        *next_ns = now_ns + rail->tick_ns;
    }
    if (gathered(rail) > 0 && rail->waiting_count < HST_DLT_WINDOW) {
        const int64_t over_ns = rail->batch_open_ns + rail->config.batch_ns;
        *next_ns = over_ns < *next_ns ? over_ns : *next_ns;
    }
    rail->awake = *next_ns != HST_DLT_ASLEEP;
    return HST_OK;
}
