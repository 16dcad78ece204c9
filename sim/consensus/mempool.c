#include "sim/consensus/mempool.h"

#include "core/base/assert.h"

#include <string.h>

static bool is_in(const uint64_t *set, uint64_t batch)
{
    return (set[batch / 64] >> (batch % 64) & 1) != 0;
}

static bool has(const hst_replica *replica, uint64_t batch)
{
    return is_in(replica->committed, batch);
}

hst_status hst_mempool_create(hst_cluster *cluster, uint32_t machine)
{
    hst_replica *replica = &cluster->replicas[machine];
    const hst_cluster_options *o = &cluster->options;
    replica->committed =
        HST_ARENA_NEW(&cluster->arena, uint64_t, (size_t)o->batch_capacity / 64 + 2);
    replica->proposed =
        HST_ARENA_NEW(&cluster->arena, uint64_t, (size_t)o->batch_capacity / 64 + 2);
    replica->lowest = 1;
    replica->cursor = 1;
    if (o->gather > 1) {
        replica->gathered = HST_ARENA_NEW(&cluster->arena, uint64_t, o->gather);
    }
    return replica->committed == NULL || replica->proposed == NULL ||
                   (o->gather > 1 && replica->gathered == NULL)
               ? HST_NO_MEMORY
               : HST_OK;
}

void hst_mempool_spread(hst_cluster *cluster, uint64_t batch)
{
    if (!cluster->options.protocol->offers_by_name) {
        return;
    }
    const uint64_t size = cluster->batches[batch].batch.size;
    const uint32_t from = (uint32_t)(batch % cluster->count);
    for (uint32_t step = 1; step < cluster->count; step++) {
        (void)hst_network_send(cluster->network, from, (from + step) % cluster->count, size,
                               hst_kernel_now(cluster->kernel));
        cluster->report.bytes += size;
    }
}

/* Where everyone proposes at once and batches are gathered, each batch is one replica's to offer.
 */
static bool is_divided(const hst_cluster *cluster, const hst_replica *replica)
{
    return replica->protocol->everyone_proposes && cluster->options.gather > 1;
}

/* How often whoever submitted a batch has waited in vain and turned to the next replica. */
static uint64_t turns(const hst_cluster *cluster, uint64_t batch, int64_t now)
{
    const int64_t age = now - cluster->batches[batch].submitted_ns;
    return age > 0 ? (uint64_t)(age / cluster->options.offer_again_ns) : 0;
}

static bool is_offered_by(const hst_cluster *cluster, const hst_replica *replica, uint64_t batch)
{
    const int64_t now = hst_kernel_now(cluster->kernel);
    return cluster->batches[batch].announced && !has(replica, batch) &&
           !is_in(replica->proposed, batch) &&
           (!is_divided(cluster, replica) ||
            (batch + turns(cluster, batch, now)) % cluster->count == replica->config.self);
}

/* Divided batches that have become this replica's since it last looked: the one before it may be
 * down. The cursor has passed them. A batch that somebody has proposed is left to that one for a
 * second turn; then its block is taken for lost. */
static void offer_inherited(hst_cluster *cluster, hst_replica *replica, int64_t now)
{
    enum { LOOKS = 1000 }; /* in the time of a turn; there may be many batches */
    const int64_t turn_ns = cluster->options.offer_again_ns;
    const int64_t before = replica->inherited_ns;
    if (!is_divided(cluster, replica) || now - before < turn_ns / LOOKS) {
        return;
    }
    replica->inherited_ns = now;
    for (uint64_t b = replica->lowest; b <= cluster->batch_announced; b++) {
        const uint64_t turn = turns(cluster, b, now);
        if (turn == 0) {
            break; /* nor have those after it waited */
        }
        if (turn == turns(cluster, b, before)) {
            continue;
        }
        if (turn > 1) {
            replica->proposed[b / 64] &= ~(UINT64_C(1) << (b % 64));
        }
        if (b < replica->cursor && is_offered_by(cluster, replica, b)) {
            replica->cursor = b;
            replica->changes++;
            replica->looked = 0;
        }
    }
}

int64_t hst_mempool_next_turn(const hst_cluster *cluster, uint32_t machine)
{
    const hst_replica *replica = &cluster->replicas[machine];
    const int64_t turn_ns = cluster->options.offer_again_ns;
    const int64_t now = hst_kernel_now(cluster->kernel);
    int64_t next_ns = INT64_MAX;
    if (!is_divided(cluster, replica)) {
        return next_ns;
    }
    for (uint64_t b = replica->lowest; b <= cluster->batch_announced; b++) {
        const uint64_t turn = turns(cluster, b, now);
        if (turn == 0) {
            break;
        }
        const int64_t at = cluster->batches[b].submitted_ns + (int64_t)(turn + 1) * turn_ns;
        next_ns = !has(replica, b) && at < next_ns ? at : next_ns;
    }
    return next_ns;
}

/* A body of what is offered from the cursor on, put together anew when something has changed. */
static hst_batch gather(hst_cluster *cluster, uint32_t machine)
{
    hst_replica *replica = &cluster->replicas[machine];
    if (replica->gathered_at == replica->cursor && replica->gathered_changes == replica->changes &&
        replica->gathered_announced == cluster->batch_announced) {
        return replica->offer;
    }
    replica->gathered_at = replica->cursor;
    replica->gathered_changes = replica->changes;
    replica->gathered_announced = cluster->batch_announced;
    replica->gathered_count = 0;
    replica->offer = (hst_batch){0};
    for (uint64_t b = replica->cursor;
         b <= cluster->batch_announced && replica->gathered_count < cluster->options.gather; b++) {
        if (is_offered_by(cluster, replica, b)) {
            replica->gathered[replica->gathered_count++] = b;
            replica->offer.size += cluster->batches[b].batch.size;
            replica->offer.count += cluster->batches[b].batch.count;
        }
    }
    if (replica->gathered_count > 0) {
        replica->offer.id = ((uint64_t)machine + 1) * HST_MEMPOOL_BODY + replica->body_count;
    }
    return replica->offer;
}

hst_batch hst_mempool_look(hst_cluster *cluster, uint32_t machine)
{
    hst_replica *replica = &cluster->replicas[machine];
    const int64_t now = hst_kernel_now(cluster->kernel);
    if (now - replica->moved_ns >= cluster->options.offer_again_ns &&
        hst_mempool_waits(cluster, machine)) {
        for (uint64_t word = replica->lowest / 64; word <= cluster->batch_announced / 64; word++) {
            replica->proposed[word] = 0;
        }
        replica->cursor = replica->lowest;
        replica->moved_ns = now;
        replica->changes++;
        replica->looked = 0;
    }
    offer_inherited(cluster, replica, now);
    /* What is offered at the cursor stays so until something is proposed, decided or announced. */
    if (replica->looked != cluster->batch_announced + 1) {
        while (replica->cursor <= cluster->batch_announced &&
               !is_offered_by(cluster, replica, replica->cursor)) {
            replica->cursor++;
        }
        replica->looked = (uint32_t)cluster->batch_announced + 1;
    }
    if (cluster->options.gather > 1 && !replica->protocol->offers_by_name) {
        return gather(cluster, machine);
    }
    uint64_t offered = replica->cursor;
    if (machine >= cluster->count) {
        offered++; /* a twin is offered another batch, so that the two contradict each other */
    }
    return offered <= cluster->batch_announced ? cluster->batches[offered].batch : (hst_batch){0};
}

/* Keep what a body is made of; it is proposed under its name. */
static void keep_body(hst_cluster *cluster, hst_replica *replica)
{
    if (replica->body_count == replica->body_capacity) {
        const uint32_t capacity = replica->body_capacity > 0 ? 2 * replica->body_capacity : 64;
        hst_cluster_body *bodies = HST_ARENA_NEW(&cluster->arena, hst_cluster_body, capacity);
        if (bodies == NULL || capacity > HST_MEMPOOL_BODY) {
            hst_kernel_fail(cluster->kernel, HST_NO_MEMORY);
            return;
        }
        if (replica->body_count > 0) {
            memcpy(bodies, replica->bodies, replica->body_count * sizeof *bodies);
        }
        replica->bodies = bodies;
        replica->body_capacity = capacity;
    }
    uint64_t *members = HST_ARENA_NEW(&cluster->arena, uint64_t, replica->gathered_count);
    if (members == NULL) {
        hst_kernel_fail(cluster->kernel, HST_NO_MEMORY);
        return;
    }
    memcpy(members, replica->gathered, replica->gathered_count * sizeof *members);
    for (uint32_t m = 0; is_divided(cluster, replica) && m < replica->gathered_count; m++) {
        /* The cursor may come back for a batch before these, which are under way. */
        replica->proposed[members[m] / 64] |= UINT64_C(1) << (members[m] % 64);
    }
    replica->bodies[replica->body_count++] =
        (hst_cluster_body){.members = members, .count = replica->gathered_count};
    replica->cursor = members[replica->gathered_count - 1] + 1;
}

/* See at `at_ns` whether what was taken has been decided; one look is pending at a time. */
void hst_mempool_take(hst_cluster *cluster, uint32_t machine, const hst_batch *batch)
{
    hst_replica *replica = &cluster->replicas[machine];
    if (batch->id >= HST_MEMPOOL_BODY) {
        hst_assert(batch->id == replica->offer.id && replica->gathered_count > 0);
        keep_body(cluster, replica);
    } else if (batch->id >= replica->cursor) {
        replica->cursor = batch->id + 1;
    }
    replica->moved_ns = hst_kernel_now(cluster->kernel);
    replica->looked = 0;
}

/* The submitted batches behind a name. */
hst_cluster_body hst_mempool_body(const hst_cluster *cluster, const uint64_t *batch)
{
    hst_cluster_body body = {0};
    if (*batch >= HST_MEMPOOL_BODY) {
        const uint64_t machine = *batch / HST_MEMPOOL_BODY - 1;
        const uint64_t number = *batch % HST_MEMPOOL_BODY;
        if (machine < cluster->machine_count && number < cluster->replicas[machine].body_count) {
            body = cluster->replicas[machine].bodies[number];
        }
    } else if (*batch > 0 && *batch <= cluster->batch_announced) {
        body = (hst_cluster_body){.members = batch, .count = 1};
    }
    return body;
}

void hst_mempool_see(hst_cluster *cluster, uint32_t machine, uint64_t batch)
{
    hst_replica *replica = &cluster->replicas[machine];
    const hst_cluster_body body = hst_mempool_body(cluster, &batch);
    for (uint32_t m = 0; m < body.count; m++) {
        replica->proposed[body.members[m] / 64] |= UINT64_C(1) << (body.members[m] % 64);
    }
    if (body.count > 0) {
        replica->changes++;
        replica->moved_ns = hst_kernel_now(cluster->kernel);
        replica->looked = 0;
    }
}

bool hst_mempool_knows(const hst_cluster *cluster, uint64_t batch)
{
    return batch == 0 || hst_mempool_body(cluster, &batch).count > 0;
}

/* Replicas of whom one is certainly honest. A trusted operator is one by itself. */
static uint32_t one_honest(const hst_cluster *cluster)
{
    switch (cluster->options.protocol->model) {
    case HST_FAULTS_NONE:
    case HST_FAULTS_CRASH: return 1;
    case HST_FAULTS_BYZANTINE:
    case HST_FAULTS_UNL:
    case HST_FAULTS_SLICES: return (uint32_t)hst_weak_quorum(cluster->count);
    case HST_FAULTS_WORK: return (uint32_t)hst_majority(cluster->count);
    }
    hst_assert(false);
    return 1;
}

/* A batch enters a ledger, where it is executed at `executed_ns`. A Byzantine replica's ledger
 * counts for nothing. */
static bool enter(hst_cluster *cluster, uint32_t machine, uint64_t batch, int64_t executed_ns)
{
    hst_replica *replica = &cluster->replicas[machine];
    if (has(replica, batch)) {
        return false;
    }
    hst_cluster_batch *one = &cluster->batches[batch];
    replica->moved_ns = hst_kernel_now(cluster->kernel);
    replica->committed[batch / 64] |= UINT64_C(1) << (batch % 64);
    if (hst_replica_is_byzantine(cluster, machine)) {
        return true;
    }
    if (one->holders++ == 0) {
        cluster->report.commands += one->batch.count;
        one->executed_ns = executed_ns;
    }
    one->executed_ns = executed_ns > one->executed_ns ? executed_ns : one->executed_ns;
    if (one->holders == one_honest(cluster) && one->agreed_ns < 0) {
        one->agreed_ns = one->executed_ns;
        one->agreed_order = ++cluster->agreed_count;
    }
    return true;
}

/* Batches are proposed in order, so one that was proposed and that later ones have overtaken was in
 * a block that lost: it is offered again. Once in a while, for it may be under way again. Where all
 * propose at once, or name batches without carrying them, there is no such order. */
static void offer_overtaken(hst_cluster *cluster, hst_replica *replica, uint64_t committed)
{
    const int64_t now = hst_kernel_now(cluster->kernel);
    if (replica->protocol->everyone_proposes || replica->protocol->offers_by_name ||
        replica->lowest >= committed ||
        now - replica->overtaken_ns < cluster->options.offer_again_ns) {
        return;
    }
    for (uint64_t b = committed - 1; b >= replica->lowest; b--) {
        if (!has(replica, b) && (is_in(replica->proposed, b) || b < replica->cursor)) {
            replica->proposed[b / 64] &= ~(UINT64_C(1) << (b % 64));
            replica->cursor = b < replica->cursor ? b : replica->cursor;
            replica->looked = 0;
            replica->overtaken_ns = now;
            replica->changes++;
        }
    }
}

/* Room for the places of a body beyond the first 64. */
static hst_entered make_entered(hst_cluster *cluster, uint32_t places)
{
    hst_entered made = {.places = places};
    if (places > 64) {
        made.many = HST_ARENA_NEW(&cluster->arena, uint64_t, (places + 63) / 64 - 1);
        if (made.many == NULL) {
            hst_kernel_fail(cluster->kernel, HST_NO_MEMORY);
            made.places = 0;
        }
    }
    return made;
}

static void mark_entered(hst_entered *entered, uint32_t place)
{
    if (place < 64) {
        entered->few |= UINT64_C(1) << place;
    } else {
        entered->many[place / 64 - 1] |= UINT64_C(1) << (place % 64);
    }
    entered->count++;
}

hst_entered hst_mempool_commit(hst_cluster *cluster, uint32_t machine, uint64_t batch)
{
    hst_replica *replica = &cluster->replicas[machine];
    const hst_cluster_body body = hst_mempool_body(cluster, &batch);
    const int64_t now = hst_kernel_now(cluster->kernel);
    int64_t done_ns = replica->cpu_free_ns > now ? replica->cpu_free_ns : now;
    hst_entered entered = make_entered(cluster, body.count);
    for (uint32_t m = 0; m < entered.places; m++) {
        done_ns +=
            cluster->options.costs.command_ns * cluster->batches[body.members[m]].batch.count;
        if (enter(cluster, machine, body.members[m], done_ns)) {
            mark_entered(&entered, m);
        }
    }
    replica->changes += body.count > 0 ? 1 : 0;
    replica->looked = 0;
    while (replica->lowest <= cluster->batch_count && has(replica, replica->lowest)) {
        replica->lowest++;
    }
    if (replica->cursor < replica->lowest) {
        replica->cursor = replica->lowest;
    }
    if (body.count > 0) {
        offer_overtaken(cluster, replica, body.members[0]);
    }
    return entered;
}

/* A batch leaves a ledger, and is offered again. */
static void leave(hst_cluster *cluster, uint32_t machine, uint64_t batch)
{
    hst_replica *replica = &cluster->replicas[machine];
    if (!has(replica, batch)) {
        return;
    }
    hst_cluster_batch *one = &cluster->batches[batch];
    replica->committed[batch / 64] &= ~(UINT64_C(1) << (batch % 64));
    replica->proposed[batch / 64] &= ~(UINT64_C(1) << (batch % 64));
    if (!hst_replica_is_byzantine(cluster, machine) && --one->holders == 0) {
        cluster->report.commands -= one->batch.count;
    }
    replica->lowest = batch < replica->lowest ? batch : replica->lowest;
    replica->cursor = batch < replica->cursor ? batch : replica->cursor;
    replica->changes++;
    replica->looked = 0;
}

void hst_mempool_undo(hst_cluster *cluster,
                      uint32_t machine,
                      uint64_t batch,
                      const hst_entered *entered)
{
    const hst_cluster_body body = hst_mempool_body(cluster, &batch);
    hst_assert(entered->places == 0 || body.members != NULL);
    for (uint32_t m = 0; m < entered->places; m++) {
        if (hst_entered_has(entered, m)) {
            leave(cluster, machine, body.members[m]);
        }
    }
}

void hst_mempool_forget(hst_cluster *cluster, uint32_t machine)
{
    for (uint64_t batch = 1; batch <= cluster->batch_count; batch++) {
        leave(cluster, machine, batch);
    }
}

bool hst_mempool_waits(const hst_cluster *cluster, uint32_t machine)
{
    const hst_replica *replica = &cluster->replicas[machine];
    if (replica->lowest <= cluster->batch_announced && is_in(replica->proposed, replica->lowest)) {
        return true;
    }
    return replica->cursor > replica->lowest;
}
