/* What stands between one machine and the world: clocks, processor, disk, mempool, messages. */
#include "sim/consensus/host.h"

#include "core/base/assert.h"

#include "sim/consensus/check.h"
#include "sim/consensus/mempool.h"

#include <string.h>

/* ---- clocks --------------------------------------------------------------- */

static int64_t local_time(const hst_cluster *cluster, uint32_t machine, int64_t now_ns)
{
    const hst_cluster_options *o = &cluster->options;
    const uint32_t replica = machine % cluster->count;
    int64_t local = now_ns;
    if (o->clock_drift_ppm != NULL) {
        local += now_ns / 1000000 * o->clock_drift_ppm[replica];
    }
    local += o->clock_offset_ns != NULL ? o->clock_offset_ns[replica] : 0;
    if (cluster->skew_ns != NULL) {
        local += cluster->skew_ns[replica];
        /* Set back, it stands still: a machine's time never goes back. */
        const int64_t shown = cluster->replicas[machine].clock_ns;
        local = local > shown ? local : shown;
    }
    return local;
}

/* When a replica's clock will show `local_ns`; never before now. */
static int64_t true_time(const hst_cluster *cluster, uint32_t machine, int64_t local_ns)
{
    const hst_cluster_options *o = &cluster->options;
    const uint32_t replica = machine % cluster->count;
    const int64_t now = hst_kernel_now(cluster->kernel);
    if (local_ns == HST_CONSENSUS_NEVER) {
        return INT64_MAX;
    }
    const int64_t ahead = local_ns - local_time(cluster, machine, now);
    if (ahead <= 0) {
        return now;
    }
    int64_t wait = ahead;
    if (o->clock_drift_ppm != NULL) {
        wait = ahead - ahead / 1000000 * o->clock_drift_ppm[replica];
    }
    return now + wait;
}

/* See at `at_ns` whether what was taken has been decided; one look is pending at a time. */
static void look_again(hst_cluster *cluster, uint32_t index, int64_t at_ns)
{
    hst_replica *replica = &cluster->replicas[index];
    if (!hst_kernel_timer_armed(cluster->kernel, replica->offer_timer)) {
        replica->offer_timer = hst_kernel_timer_set(cluster->kernel, at_ns, 2, index, index,
                                                    HST_CLUSTER_EVENT_OFFER, replica->life);
    }
}

/* ---- messages ----------------------------------------------------------------------------- */

/* Bytes of a message; a short one's move when messages are made. */
static uint8_t *writable(hst_cluster_message *message)
{
    return message->size <= HST_CLUSTER_MESSAGE_OWN ? message->own : message->blob;
}

static const uint8_t *bytes_of(const hst_cluster_message *message)
{
    return message->size <= HST_CLUSTER_MESSAGE_OWN ? message->own : message->blob;
}

static uint32_t message_new(hst_cluster *cluster)
{
    if (cluster->message_free == UINT32_MAX) {
        const uint32_t old = cluster->message_capacity;
        const uint32_t capacity = old > 0 ? 2 * old : 1024;
        hst_cluster_message *messages =
            HST_ARENA_NEW(&cluster->arena, hst_cluster_message, capacity);
        if (messages == NULL) {
            hst_kernel_fail(cluster->kernel, HST_NO_MEMORY);
            return UINT32_MAX;
        }
        if (old > 0) {
            memcpy(messages, cluster->messages, old * sizeof *messages);
        }
        for (uint32_t m = capacity; m-- > old;) {
            messages[m].refs = cluster->message_free;
            cluster->message_free = m;
        }
        cluster->messages = messages;
        cluster->message_capacity = capacity;
    }
    const uint32_t m = cluster->message_free;
    cluster->message_free = cluster->messages[m].refs;
    cluster->messages[m].refs = 0;
    return m;
}

static void message_drop(hst_cluster *cluster, uint32_t m)
{
    hst_cluster_message *message = &cluster->messages[m];
    hst_assert(message->refs > 0);
    if (--message->refs == 0) {
        if (message->size > HST_CLUSTER_MESSAGE_OWN) {
            hst_blob_put(&cluster->blobs, message->blob, message->size);
        }
        message->refs = cluster->message_free;
        cluster->message_free = m;
    }
}

/* The claims of a message in cluster->claims, which grows when it must. */
static uint32_t read_claims(
    hst_cluster *cluster, uint32_t reader, uint32_t from, const uint8_t *bytes, uint32_t size)
{
    const hst_replica *replica = &cluster->replicas[reader];
    const uint32_t count = replica->protocol->claims(&replica->config, from, bytes, size,
                                                     cluster->claims, cluster->claim_capacity);
    if (count <= cluster->claim_capacity) {
        return count;
    }
    hst_claim *claims = HST_ARENA_NEW(&cluster->arena, hst_claim, (size_t)2 * count);
    if (claims == NULL) {
        hst_kernel_fail(cluster->kernel, HST_NO_MEMORY);
        return 0;
    }
    cluster->claims = claims;
    cluster->claim_capacity = 2 * count;
    return replica->protocol->claims(&replica->config, from, bytes, size, claims, 2 * count);
}

static void sign(hst_cluster *cluster, uint32_t from, hst_cluster_message *message)
{
    const uint32_t count = read_claims(cluster, from, from, bytes_of(message), message->size);
    static const hst_signature none = {{0}};
    for (uint32_t c = 0; c < count; c++) {
        const hst_claim *claim = &cluster->claims[c];
        if (claim->signer != from || claim->signature == HST_CLAIM_OMITTED ||
            memcmp(bytes_of(message) + claim->signature, none.bytes, sizeof none.bytes) != 0) {
            continue;
        }
        const hst_signature signature = hst_signature_sign(
            &cluster->signing_keys[from], bytes_of(message) + claim->statement, claim->size);
        memcpy(writable(message) + claim->signature, signature.bytes, sizeof signature.bytes);
    }
    message->claims = count;
}

static bool
bytes_verify(hst_cluster *cluster, uint32_t to, uint32_t from, const uint8_t *bytes, uint32_t size)
{
    const uint32_t count = read_claims(cluster, to, from, bytes, size);
    for (uint32_t c = 0; c < count; c++) {
        const hst_claim *claim = &cluster->claims[c];
        hst_signature signature;
        if (claim->signature == HST_CLAIM_OMITTED || claim->signer >= cluster->count) {
            return false;
        }
        memcpy(signature.bytes, bytes + claim->signature, sizeof signature.bytes);
        if (hst_signature_verify(&cluster->public_keys[claim->signer], bytes + claim->statement,
                                 claim->size, &signature) != HST_OK) {
            return false;
        }
    }
    return true;
}

static bool verifies(hst_cluster *cluster, uint32_t to, const hst_cluster_message *message)
{
    return bytes_verify(cluster, to, message->from, bytes_of(message), message->size);
}

/* A GARBLE replica changes a byte of what only it vouches for; with certificates of others it would
 * have to break their signatures, which it cannot. */
static void garble(hst_cluster *cluster, uint32_t machine, hst_cluster_message *message)
{
    hst_behaviour *behaviour = &cluster->behaviours[machine % cluster->count];
    if (behaviour->kind != HST_FAULT_GARBLE || !behaviour->active || message->size < 2 ||
        hst_random_below(&behaviour->random, 2) == 0) {
        return;
    }
    hst_claim claims[2];
    const hst_replica *replica = &cluster->replicas[machine];
    const uint32_t count = replica->protocol->claims(&replica->config, message->from,
                                                     bytes_of(message), message->size, claims, 2);
    if (count > 1 || (count == 1 && claims[0].signer != message->from)) {
        return;
    }
    const uint64_t at = 1 + hst_random_below(&behaviour->random, message->size - 1);
    writable(message)[at] ^= (uint8_t)(1 + hst_random_below(&behaviour->random, 255));
    /* If others seem to have signed it now, it is forged: its receivers notice, crypto or no. */
    const uint32_t after = replica->protocol->claims(&replica->config, message->from,
                                                     bytes_of(message), message->size, claims, 2);
    message->forged = after > 1 || (after == 1 && claims[0].signer != message->from);
}

/* Bytes of an effect as a message in the pool, signed; UINT32_MAX without memory. */
static uint32_t message_make(hst_cluster *cluster,
                             uint32_t from,
                             const uint8_t *bytes,
                             uint32_t size,
                             uint32_t omitted,
                             hst_batch batch)
{
    const uint32_t m = message_new(cluster);
    if (m == UINT32_MAX) {
        return m;
    }
    hst_cluster_message *message = &cluster->messages[m];
    message->size = size;
    message->blob = size > HST_CLUSTER_MESSAGE_OWN ? hst_blob_get(&cluster->blobs, size) : NULL;
    uint8_t *own = writable(message);
    if (own == NULL) {
        hst_kernel_fail(cluster->kernel, HST_NO_MEMORY);
        message->refs = cluster->message_free;
        cluster->message_free = m;
        return UINT32_MAX;
    }
    memcpy(own, bytes, size);
    message->omitted = omitted;
    message->batch = batch;
    message->from = from % cluster->count;
    message->forged = false;
    if (size > HST_CLUSTER_MESSAGE_OWN) {
        message->memo.known = false;
    }
    if (cluster->behaviours != NULL) {
        garble(cluster, from, message);
    }
    if (cluster->options.real_crypto) {
        sign(cluster, message->from, message);
    } else if (cluster->options.costs.verify_ns > 0) {
        const hst_replica *replica = &cluster->replicas[from];
        message->claims = replica->protocol->claims(&replica->config, message->from,
                                                    bytes_of(message), size, NULL, 0);
    } else {
        message->claims = 0;
    }
    return m;
}

static uint64_t wire_size(const hst_cluster_message *message)
{
    return (uint64_t)message->size + message->omitted + message->batch.size;
}

static bool
has_role(const hst_cluster *cluster, const hst_cluster_message *message, hst_message_role role)
{
    const hst_consensus_protocol *protocol = cluster->options.protocol;
    return bytes_of(message)[0] < protocol->kind_count &&
           protocol->kinds[bytes_of(message)[0]].role == role;
}

/* What a Byzantine sender makes of one copy. */
static hst_cluster_verdict misbehave(const hst_cluster *cluster,
                                     uint32_t machine,
                                     const hst_cluster_message *message,
                                     uint32_t to)
{
    const hst_behaviour *behaviour = &cluster->behaviours[machine % cluster->count];
    const bool in_half = (behaviour->groups >> to & 1) != 0;
    hst_cluster_verdict verdict = {0};
    if (!behaviour->active) {
        return verdict;
    }
    if (behaviour->kind == HST_FAULT_SILENT) {
        verdict.drop = true;
    } else if (behaviour->kind == HST_FAULT_DEAF_HALF) {
        verdict.drop = in_half;
    } else if (behaviour->kind == HST_FAULT_LATE) {
        verdict.delay_ns = behaviour->delay_ns;
    } else if ((behaviour->kind == HST_FAULT_TWIN && !hst_replica_is_twin(cluster, to)) ||
               behaviour->kind == HST_FAULT_EQUIVOCATE) {
        verdict.drop = in_half != (machine >= cluster->count);
    } else if (behaviour->kind == HST_FAULT_LATE_VOTES) {
        verdict.delay_ns = has_role(cluster, message, HST_ROLE_VOTE) ? behaviour->delay_ns : 0;
    } else if (behaviour->kind == HST_FAULT_WITHHOLD) {
        verdict.drop = has_role(cluster, message, HST_ROLE_PROPOSAL);
    }
    return verdict;
}

/* The machine that a message from `machine` to `to` reaches. Twins work together: the first ones of
 * all twins make one cluster with their half of the others, the second ones another. */
static uint32_t machine_for(const hst_cluster *cluster, uint32_t machine, uint32_t to)
{
    if (!hst_replica_is_twin(cluster, to)) {
        return to;
    }
    const uint32_t from = machine % cluster->count;
    const bool second = hst_replica_is_twin(cluster, from)
                            ? machine >= cluster->count
                            : (cluster->behaviours[to].groups >> from & 1) != 0;
    return second ? cluster->count + to : to;
}

/* Both machines of an equivocating replica hear everything. */
static bool is_heard_twice(const hst_cluster *cluster, uint32_t to)
{
    return cluster->behaviours != NULL && cluster->behaviours[to].kind == HST_FAULT_EQUIVOCATE &&
           cluster->behaviours[to].active;
}

/* One copy to one replica; the caller holds a reference of its own. */
static void
transmit(hst_cluster *cluster, uint32_t machine, uint32_t m, uint32_t to, int64_t depart_ns)
{
    hst_cluster_message *message = &cluster->messages[m];
    const hst_cluster_options *o = &cluster->options;
    hst_cluster_report *report = &cluster->report;
    hst_cluster_verdict verdict = {0};
    report->messages++;
    report->bytes += wire_size(message);
    report->by_kind[bytes_of(message)[0] % 64]++;
    if (o->filter != NULL) {
        verdict = o->filter(o->filter_context, cluster, message->from, to, bytes_of(message),
                            message->size);
    }
    if (cluster->behaviours != NULL && !verdict.drop) {
        const hst_cluster_verdict own = misbehave(cluster, machine, message, to);
        verdict.drop = own.drop;
        verdict.delay_ns += own.delay_ns;
    }
    if (cluster->delaying > 0) {
        verdict.delay_ns += hst_fault_delay_ns(cluster, machine, to);
    }
    if (verdict.drop) {
        report->lost++;
        return;
    }
    const hst_delivery delivery =
        hst_network_send(cluster->network, message->from, to, wire_size(message), depart_ns);
    report->lost += delivery.copies == 0 ? 1 : 0;
    const uint32_t target = machine_for(cluster, machine, to);
    for (uint32_t c = 0; c < delivery.copies; c++) {
        message->refs++;
        hst_kernel_schedule(cluster->kernel, delivery.arrival_ns[c] + verdict.delay_ns, 3, machine,
                            target, HST_CLUSTER_EVENT_ARRIVE, m);
        if (is_heard_twice(cluster, to)) {
            message->refs++;
            hst_kernel_schedule(cluster->kernel, delivery.arrival_ns[c] + verdict.delay_ns, 3,
                                machine, cluster->count + to, HST_CLUSTER_EVENT_ARRIVE, m);
        }
    }
}

/* A message to one, all or the neighbours. */
static void
dispatch(hst_cluster *cluster, uint32_t machine, uint32_t m, hst_effect_kind kind, uint32_t to)
{
    hst_replica *replica = &cluster->replicas[machine];
    const uint32_t from = machine % cluster->count;
    const int64_t now = hst_kernel_now(cluster->kernel);
    int64_t depart = now;
    if (cluster->options.costs.sign_ns > 0) {
        depart = (replica->cpu_free_ns > now ? replica->cpu_free_ns : now) +
                 cluster->options.costs.sign_ns;
        replica->cpu_free_ns = depart;
        replica->busy_ns += cluster->options.costs.sign_ns;
    }
    cluster->messages[m].refs++; /* ours, while copies are made */
    if (kind == HST_EFFECT_SEND) {
        hst_assert(to < cluster->count);
        if (to != from) {
            transmit(cluster, machine, m, to, depart);
        }
    } else if (kind == HST_EFFECT_GOSSIP && replica->config.peers != NULL) {
        for (uint32_t p = 0; p < replica->config.peer_count; p++) {
            if (replica->config.peers[p] != to) {
                transmit(cluster, machine, m, replica->config.peers[p], depart);
            }
        }
    } else {
        /* Beginning behind the sender, so that no replica is always served last. */
        for (uint32_t step = 1; step < cluster->count; step++) {
            const uint32_t other = (from + step) % cluster->count;
            if (kind == HST_EFFECT_BROADCAST || other != to) {
                transmit(cluster, machine, m, other, depart);
            }
        }
    }
    message_drop(cluster, m);
}

/* ---- disk --------------------------------------------------------------------------------- */

/* Room for one more in a list whose front moves on. */
static void *make_room(hst_cluster *cluster,
                       void *list,
                       uint32_t size,
                       uint32_t *first,
                       uint32_t count,
                       uint32_t *capacity)
{
    if (*first + count < *capacity) {
        return list;
    }
    if (*first > *capacity / 2) {
        memmove(list, (char *)list + (size_t)*first * size, (size_t)count * size);
        *first = 0;
        return list;
    }
    const uint32_t larger = *capacity > 0 ? 2 * *capacity : 64;
    char *fresh = hst_arena_alloc(&cluster->arena, larger, size);
    if (fresh == NULL) {
        hst_kernel_fail(cluster->kernel, HST_NO_MEMORY);
        return NULL;
    }
    if (count > 0) {
        memcpy(fresh, (char *)list + (size_t)*first * size, (size_t)count * size);
    }
    *first = 0;
    *capacity = larger;
    return fresh;
}

static void persist(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    hst_replica *replica = &cluster->replicas[index];
    hst_check_persist(cluster, index, effect->sequence);
    replica->persisted = effect->sequence;
    if (cluster->options.keep_logs) {
        void *list =
            make_room(cluster, replica->records, sizeof *replica->records, &replica->record_first,
                      replica->record_count, &replica->record_capacity);
        uint8_t *bytes = hst_blob_get(&cluster->blobs, effect->size);
        if (list == NULL || bytes == NULL) {
            hst_kernel_fail(cluster->kernel, HST_NO_MEMORY);
            return;
        }
        memcpy(bytes, cluster->effects.bytes + effect->offset, effect->size);
        replica->records = list;
        replica->records[replica->record_first + replica->record_count++] = (hst_cluster_record){
            .bytes = bytes, .size = effect->size, .sequence = effect->sequence};
    }
    const int64_t at = hst_kernel_now(cluster->kernel) + cluster->options.costs.write_ns;
    hst_kernel_schedule(cluster->kernel, at, 2, index, index, HST_CLUSTER_EVENT_DURABLE,
                        (uint64_t)replica->life << 48 | effect->sequence);
}

static void forget(hst_cluster *cluster, hst_replica *replica, uint64_t sequence)
{
    while (replica->record_count > 0 &&
           replica->records[replica->record_first].sequence <= sequence) {
        hst_cluster_record *record = &replica->records[replica->record_first++];
        hst_blob_put(&cluster->blobs, record->bytes, record->size);
        replica->record_count--;
    }
}

/* Records that were not durable; they are the newest. */
static void tear(hst_cluster *cluster, hst_replica *replica, uint64_t durable)
{
    while (replica->record_count > 0) {
        hst_cluster_record *record =
            &replica->records[replica->record_first + replica->record_count - 1];
        if (record->sequence <= durable) {
            break;
        }
        hst_blob_put(&cluster->blobs, record->bytes, record->size);
        replica->record_count--;
    }
}

/* ---- effects ------------------------------------------------------------------------------ */

/* A block is final: it is the one of its height for everybody. */
static void settle(hst_cluster *cluster, uint64_t height, const hst_hash *id, hst_batch batch)
{
    hst_cluster_height *h = hst_cluster_height_at(cluster, height);
    if (h != NULL && !h->final) {
        h->id = *id;
        h->batch = batch;
        h->final = true;
    }
}

/* What is new in a block changes the state. */
static void execute(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    hst_replica *replica = &cluster->replicas[index];
    const uint32_t members = hst_mempool_body(cluster, &effect->batch.id).count;
    const hst_hash before = replica->root;
    const hst_entered entered = hst_mempool_commit(cluster, index, effect->batch.id);
    cluster->report.duplicates += entered.count < members ? 1 : 0;
    hst_check_execute(cluster, index, effect, &entered);
    if (effect->final) {
        hst_check_root(cluster, index, effect->height, &replica->root);
        return;
    }
    hst_cluster_tentative *one =
        &replica->tentative[replica->tentative_first + replica->tentative_count - 1];
    one->entered = entered;
    one->before = before;
    one->root = replica->root;
}

static void commit(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    hst_replica *replica = &cluster->replicas[index];
    const int64_t now = hst_kernel_now(cluster->kernel);
    if (hst_replica_is_byzantine(cluster, index)) {
        replica->commit_height = effect->height;
        replica->commit = effect->id;
        replica->final_height = effect->final ? effect->height : replica->final_height;
        (void)hst_mempool_commit(cluster, index, effect->batch.id);
        return;
    }
    hst_check_commit(cluster, index, effect);
    hst_cluster_height *height = hst_cluster_height_at(cluster, effect->height);
    if (height == NULL || cluster->violation.check != NULL) {
        return;
    }
    if (!height->known) {
        *height = (hst_cluster_height){
            .id = effect->id, .batch = effect->batch, .first_ns = now, .known = true};
        cluster->report.decided++;
    }
    if (effect->final) {
        settle(cluster, effect->height, &effect->id, effect->batch);
        replica->final_height = effect->height;
    } else {
        void *list = make_room(cluster, replica->tentative, sizeof *replica->tentative,
                               &replica->tentative_first, replica->tentative_count,
                               &replica->tentative_capacity);
        if (list == NULL) {
            return;
        }
        replica->tentative = list;
        replica->tentative[replica->tentative_first + replica->tentative_count++] =
            (hst_cluster_tentative){.id = effect->id, .batch = effect->batch};
    }
    replica->commit_height = effect->height;
    replica->commit = effect->id;
    execute(cluster, index, effect);
    cluster->report.void_blocks += hst_mempool_knows(cluster, effect->batch.id) ? 0 : 1;
    if (cluster->options.observer != NULL) {
        cluster->options.observer(cluster->options.observer_context, cluster, index, effect);
    }
    if (cluster->options.costs.command_ns > 0) {
        const int64_t free = replica->cpu_free_ns > now ? replica->cpu_free_ns : now;
        const int64_t work = cluster->options.costs.command_ns * effect->batch.count;
        replica->cpu_free_ns = free + work;
        replica->busy_ns += work;
    }
    if (cluster->goal_height > 0 && effect->height >= cluster->goal_height && cluster->in_run) {
        hst_kernel_pause(cluster->kernel);
    }
}

/* Undo a replica's own blocks above a height that is not below its final one. */
static void undo(hst_cluster *cluster, hst_replica *replica, uint64_t to)
{
    if (hst_replica_is_byzantine(cluster, (uint32_t)(replica - cluster->replicas))) {
        replica->commit_height = to; /* what it holds is not looked at */
        replica->commit = to > 0 ? replica->commit : (hst_hash){{0}};
        return;
    }
    while (replica->commit_height > to) {
        hst_assert(replica->tentative_count > 0);
        replica->tentative_count--;
        const hst_cluster_tentative *one =
            &replica->tentative[replica->tentative_first + replica->tentative_count];
        hst_mempool_undo(cluster, (uint32_t)(replica - cluster->replicas), one->batch.id,
                         &one->entered);
        replica->root = one->before;
        replica->commit_height--;
    }
    if (replica->tentative_count > 0) {
        replica->commit =
            replica->tentative[replica->tentative_first + replica->tentative_count - 1].id;
    } else {
        replica->commit = to > 0 ? cluster->heights[to].id : (hst_hash){{0}};
    }
}

static void roll_back(hst_cluster *cluster, uint32_t index, uint64_t to)
{
    hst_replica *replica = &cluster->replicas[index];
    if (hst_replica_is_byzantine(cluster, index)) {
        replica->commit_height = to;
        return;
    }
    hst_check_rollback(cluster, index, to);
    if (cluster->violation.check == NULL) {
        cluster->report.rollbacks += replica->commit_height - to;
        undo(cluster, replica, to);
    }
}

static void make_final(hst_cluster *cluster, uint32_t index, uint64_t height)
{
    hst_replica *replica = &cluster->replicas[index];
    if (hst_replica_is_byzantine(cluster, index)) {
        return;
    }
    hst_check_final(cluster, index, height);
    while (cluster->violation.check == NULL && replica->final_height < height) {
        const hst_cluster_tentative *one = &replica->tentative[replica->tentative_first++];
        replica->tentative_count--;
        settle(cluster, ++replica->final_height, &one->id, one->batch);
        hst_check_root(cluster, index, replica->final_height, &one->root);
    }
}

static void transfer(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    hst_replica *replica = &cluster->replicas[index];
    if (hst_replica_is_byzantine(cluster, index)) {
        replica->commit_height = effect->height;
        replica->final_height = effect->height;
        replica->commit = effect->id;
        return;
    }
    hst_check_transfer(cluster, index, effect);
    if (cluster->violation.check != NULL) {
        return;
    }
    undo(cluster, replica, replica->final_height);
    for (uint64_t h = replica->commit_height + 1; h <= effect->height; h++) {
        (void)hst_mempool_commit(cluster, index, cluster->heights[h].batch.id);
    }
    replica->commit_height = effect->height;
    replica->final_height = effect->height;
    replica->commit = effect->id;
    replica->root = cluster->heights[effect->height].root; /* it comes with the state */
}

/* A REPLAY replica sends an earlier message once more, and keeps one of every few for later. */
static void replay(hst_cluster *cluster, uint32_t machine, uint32_t m)
{
    enum { ONE_IN = 4 };
    hst_behaviour *behaviour = &cluster->behaviours[machine % cluster->count];
    if (behaviour->kind != HST_FAULT_REPLAY || !behaviour->active ||
        hst_random_below(&behaviour->random, ONE_IN) != 0) {
        return;
    }
    if (behaviour->stash != UINT32_MAX) {
        dispatch(cluster, machine, behaviour->stash, HST_EFFECT_BROADCAST, 0);
        message_drop(cluster, behaviour->stash);
    }
    cluster->messages[m].refs++;
    behaviour->stash = m;
}

static void send_or_wait(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    hst_replica *replica = &cluster->replicas[index];
    hst_check_certificates(cluster, index, cluster->effects.bytes + effect->offset, effect->size);
    const uint32_t m = message_make(cluster, index, cluster->effects.bytes + effect->offset,
                                    effect->size, effect->omitted, effect->batch);
    if (m == UINT32_MAX) {
        return;
    }
    if (cluster->behaviours != NULL) {
        replay(cluster, index, m);
    }
    if (effect->after <= replica->durable) {
        dispatch(cluster, index, m, effect->kind, effect->to);
        return;
    }
    hst_check_after(cluster, index, effect->after);
    void *list =
        make_room(cluster, replica->waiting, sizeof *replica->waiting, &replica->waiting_first,
                  replica->waiting_count, &replica->waiting_capacity);
    if (list == NULL) {
        return;
    }
    cluster->messages[m].refs++;
    replica->waiting = list;
    replica->waiting[replica->waiting_first + replica->waiting_count++] = (hst_cluster_waiting){
        .after = effect->after, .message = m, .to = effect->to, .kind = (uint8_t)effect->kind};
}

static void set_timer(hst_cluster *cluster, uint32_t index, uint32_t timer, int64_t deadline_ns)
{
    hst_replica *replica = &cluster->replicas[index];
    hst_assert(timer < HST_CLUSTER_TIMERS);
    hst_kernel_timer_cancel(cluster->kernel, replica->timers[timer]);
    const int64_t at = true_time(cluster, index, deadline_ns);
    if (at < INT64_MAX) {
        replica->timers[timer] = hst_kernel_timer_set(cluster->kernel, at, 4, index, index,
                                                      HST_CLUSTER_EVENT_TIMER, timer);
    }
}

/* An INVALID replica proposes what it is offered under a name that nobody submitted. */
static bool makes_up(const hst_cluster *cluster, uint32_t machine)
{
    return cluster->behaviours != NULL &&
           cluster->behaviours[machine % cluster->count].kind == HST_FAULT_INVALID &&
           cluster->behaviours[machine % cluster->count].active;
}

static hst_batch offer(hst_cluster *cluster, uint32_t machine)
{
    hst_batch batch = hst_mempool_offer(cluster, machine);
    if (batch.id != 0 && makes_up(cluster, machine)) {
        batch.id = hst_mempool_made_up(batch.id);
    }
    return batch;
}

static void take(hst_cluster *cluster, uint32_t machine, hst_batch batch)
{
    if (hst_mempool_is_made_up(batch.id) && hst_replica_is_byzantine(cluster, machine)) {
        batch.id = hst_mempool_made_up(batch.id);
    }
    hst_mempool_take(cluster, machine, &batch);
}

static void carry_out(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    hst_replica *replica = &cluster->replicas[index];
    switch (effect->kind) {
    case HST_EFFECT_SEND:
    case HST_EFFECT_BROADCAST:
    case HST_EFFECT_GOSSIP: send_or_wait(cluster, index, effect); break;
    case HST_EFFECT_TIMER_SET: set_timer(cluster, index, effect->timer, effect->deadline_ns); break;
    case HST_EFFECT_TIMER_CANCEL:
        hst_assert(effect->timer < HST_CLUSTER_TIMERS);
        hst_kernel_timer_cancel(cluster->kernel, replica->timers[effect->timer]);
        break;
    case HST_EFFECT_PERSIST: persist(cluster, index, effect); break;
    case HST_EFFECT_FORGET: forget(cluster, replica, effect->sequence); break;
    case HST_EFFECT_TAKE:
        take(cluster, index, effect->batch);
        look_again(cluster, index,
                   hst_kernel_now(cluster->kernel) + cluster->options.offer_again_ns);
        break;
    case HST_EFFECT_COMMIT: commit(cluster, index, effect); break;
    case HST_EFFECT_ROLLBACK: roll_back(cluster, index, effect->height); break;
    case HST_EFFECT_FINAL: make_final(cluster, index, effect->height); break;
    case HST_EFFECT_TRANSFER: transfer(cluster, index, effect); break;
    case HST_EFFECT_EVIDENCE:
        cluster->report.evidence++;
        hst_check_evidence(cluster, index, effect->to);
        break;
    }
}

void hst_replica_step(hst_cluster *cluster, uint32_t index, hst_consensus_input *input)
{
    hst_replica *replica = &cluster->replicas[index];
    if (cluster->violation.check != NULL) {
        return;
    }
    hst_assert(cluster->depth == 0);
    cluster->depth++;
    input->now_ns = local_time(cluster, index, hst_kernel_now(cluster->kernel));
    if (cluster->skew_ns != NULL) {
        replica->clock_ns = input->now_ns;
    }
    input->offer = offer(cluster, index);
    hst_effects_clear(&cluster->effects);
    replica->protocol->step(replica->state, input, &cluster->effects);
    cluster->report.steps++;
    const uint64_t before = replica->cursor;
    for (uint32_t e = 0; e < cluster->effects.count && cluster->violation.check == NULL; e++) {
        carry_out(cluster, index, &cluster->effects.list[e]);
    }
    /* A step without effects changed nothing that others can see: its state is looked at with the
     * next one. Most messages of a gossiping protocol are such. */
    if (cluster->effects.count > 0 && !hst_replica_is_byzantine(cluster, index)) {
        hst_check_step(cluster, index);
    } else if (cluster->effects.count > 0) {
        hst_check_byzantine_step(cluster, index);
    }
    cluster->depth--;
    /* A machine that took one offer may want the next. */
    if (replica->cursor != before && hst_mempool_offer(cluster, index).id != 0 &&
        cluster->violation.check == NULL) {
        hst_kernel_schedule(cluster->kernel, hst_kernel_now(cluster->kernel), 5, index, index,
                            HST_CLUSTER_EVENT_OFFER, replica->life);
    }
}

/* ---- events ------------------------------------------------------------------------------- */

static int64_t handling_ns(const hst_cluster *cluster, const hst_cluster_message *message)
{
    const hst_cluster_costs *c = &cluster->options.costs;
    return c->message_ns + c->verify_ns * message->claims +
           c->kilobyte_ns * (int64_t)wire_size(message) / 1024;
}

/* A message finds its machine cold: hundreds of others were served since. What a machine looks at
 * with every message comes first in its state. */
void hst_host_prefetch(void *world, const hst_event *event)
{
    enum { LINE = 64 };
    const hst_cluster *cluster = world;
    if (event->target >= cluster->machine_count) {
        return;
    }
    const char *state = cluster->states[event->target];
    __builtin_prefetch(&cluster->replicas[event->target], 1);
    __builtin_prefetch(state, 1);
    __builtin_prefetch(state + LINE, 1);
    if (event->kind == HST_CLUSTER_EVENT_ARRIVE || event->kind == HST_CLUSTER_EVENT_HANDLE) {
        const hst_cluster_message *message = &cluster->messages[(uint32_t)event->argument];
        __builtin_prefetch(message, 1);
        __builtin_prefetch((const char *)message + LINE);
    }
}

void hst_host_on_arrive(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_cluster *cluster = world;
    const uint32_t m = (uint32_t)event->argument;
    hst_replica *replica = &cluster->replicas[event->target];
    const int64_t cost = handling_ns(cluster, &cluster->messages[m]);
    if (cost == 0) {
        hst_host_on_handle(world, kernel, event);
        return;
    }
    const int64_t now = hst_kernel_now(kernel);
    replica->cpu_free_ns = (replica->cpu_free_ns > now ? replica->cpu_free_ns : now) + cost;
    replica->busy_ns += cost;
    hst_kernel_schedule(kernel, replica->cpu_free_ns, 3, event->target, event->target,
                        HST_CLUSTER_EVENT_HANDLE, m);
}

/* A message of more than a name may decide something: ask for what is looked at then. */
static void expect(const hst_replica *replica)
{
    enum { LINE = 64 };
    __builtin_prefetch(&replica->commit_height, 1);
    __builtin_prefetch(&replica->tentative_count, 1);
    __builtin_prefetch(&replica->persisted, 1);
    __builtin_prefetch(&replica->voted, 1);
    __builtin_prefetch((const char *)&replica->voted + LINE, 1);
    __builtin_prefetch(&replica->seen_view, 1);
}

static hst_message_memo *memo_of(const hst_cluster *cluster, hst_cluster_message *message)
{
    return cluster->shares_memos && message->size > HST_CLUSTER_MESSAGE_OWN ? &message->memo : NULL;
}

void hst_host_on_handle(void *world, hst_kernel *kernel, const hst_event *event)
{
    enum { NAME = 64 };
    hst_cluster *cluster = world;
    const uint32_t m = (uint32_t)event->argument;
    hst_cluster_message *message = &cluster->messages[m];
    const hst_replica *replica = &cluster->replicas[event->target];
    if (!replica->running) {
        cluster->report.lost++;
    } else if (message->forged ||
               (cluster->options.real_crypto && !verifies(cluster, event->target, message))) {
        cluster->report.forged++;
    } else if (hst_mempool_is_made_up(message->batch.id)) {
        cluster->report.invalid++;
    } else {
        hst_consensus_input input = {.kind = HST_INPUT_MESSAGE,
                                     .from = message->from,
                                     .bytes = bytes_of(message),
                                     .size = message->size,
                                     .memo = memo_of(cluster, message)};
        if (message->size > NAME) {
            expect(replica);
        }
        if (message->batch.id != 0 && !replica->protocol->offers_by_name) {
            hst_mempool_see(cluster, event->target, message->batch.id);
            look_again(cluster, event->target,
                       hst_kernel_now(kernel) + cluster->options.offer_again_ns);
        }
        hst_replica_step(cluster, event->target, &input);
    }
    message_drop(cluster, m);
}

/* A processor that is busy looks at what happened when it is free. Equal times keep their order. */
static bool is_busy(const hst_replica *replica, int64_t now_ns)
{
    return replica->cpu_free_ns > now_ns;
}

void hst_host_on_timer(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_cluster *cluster = world;
    hst_replica *replica = &cluster->replicas[event->target];
    const uint32_t timer = (uint32_t)event->argument;
    if (!replica->running) {
        return;
    }
    if (is_busy(replica, event->time_ns)) {
        replica->timers[timer] =
            hst_kernel_timer_set(kernel, replica->cpu_free_ns, 4, event->target, event->target,
                                 HST_CLUSTER_EVENT_TIMER, timer);
        return;
    }
    hst_consensus_input input = {.kind = HST_INPUT_TIMER, .timer = timer};
    hst_replica_step(cluster, event->target, &input);
}

void hst_host_on_durable(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_cluster *cluster = world;
    hst_replica *replica = &cluster->replicas[event->target];
    const uint64_t sequence = event->argument & ((UINT64_C(1) << 48) - 1);
    if (!replica->running || replica->life != event->argument >> 48 ||
        sequence <= replica->durable) {
        return;
    }
    if (is_busy(replica, event->time_ns)) {
        hst_kernel_schedule(kernel, replica->cpu_free_ns, 2, event->target, event->target,
                            HST_CLUSTER_EVENT_DURABLE, event->argument);
        return;
    }
    replica->durable = sequence;
    if (replica->voted_after > 0 && replica->voted_after <= sequence) {
        replica->voted_for_good = replica->voted;
        replica->voted_after = 0; /* nothing waits */
    }
    while (replica->waiting_count > 0 &&
           replica->waiting[replica->waiting_first].after <= sequence) {
        const hst_cluster_waiting one = replica->waiting[replica->waiting_first++];
        replica->waiting_count--;
        dispatch(cluster, event->target, one.message, (hst_effect_kind)one.kind, one.to);
        message_drop(cluster, one.message);
    }
    hst_consensus_input input = {.kind = HST_INPUT_PERSISTED, .sequence = sequence};
    hst_replica_step(cluster, event->target, &input);
}

void hst_host_on_offer(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_cluster *cluster = world;
    hst_replica *replica = &cluster->replicas[event->target];
    if (!replica->running || replica->life != event->argument) {
        return;
    }
    if (is_busy(replica, event->time_ns)) {
        hst_kernel_schedule(kernel, replica->cpu_free_ns, 5, event->target, event->target,
                            HST_CLUSTER_EVENT_OFFER, event->argument);
        return;
    }
    if (hst_mempool_offer(cluster, event->target).id != 0) {
        hst_consensus_input input = {.kind = HST_INPUT_SUBMIT};
        hst_replica_step(cluster, event->target, &input);
    }
    if (hst_mempool_waits(cluster, event->target)) {
        const int64_t due = replica->moved_ns + cluster->options.offer_again_ns;
        const int64_t now = hst_kernel_now(kernel);
        look_again(cluster, event->target, due > now ? due : now + cluster->options.offer_again_ns);
    }
}

/* ---- crash and restart -------------------------------------------------------------------- */

void hst_host_stop(hst_cluster *cluster, uint32_t index)
{
    hst_replica *replica = &cluster->replicas[index];
    replica->running = false;
    replica->life++;
    for (uint32_t t = 0; t < HST_CLUSTER_TIMERS; t++) {
        hst_kernel_timer_cancel(cluster->kernel, replica->timers[t]);
    }
    hst_kernel_timer_cancel(cluster->kernel, replica->offer_timer);
    while (replica->waiting_count > 0) {
        message_drop(cluster, replica->waiting[replica->waiting_first++].message);
        replica->waiting_count--;
    }
    tear(cluster, replica, replica->durable);
    replica->persisted = replica->durable;
    replica->voted = replica->voted_for_good;
    replica->cpu_free_ns = 0;
}

void hst_host_recover(hst_cluster *cluster, uint32_t index, bool with_disk)
{
    hst_replica *replica = &cluster->replicas[index];
    if (!with_disk) {
        forget(cluster, replica, UINT64_MAX);
        replica->persisted = 0;
        replica->durable = 0;
    }
    memset(replica->state, 0, replica->state_size);
    const hst_status status = replica->protocol->init(replica->state, &replica->config);
    hst_assert(status == HST_OK); /* as it was before */
    hst_check_restart(cluster, index, with_disk);
    /* The ledger's own disk: what is final is still there. */
    undo(cluster, replica, replica->final_height);
    if (!with_disk) {
        hst_mempool_forget(cluster, index);
        replica->commit_height = 0;
        replica->final_height = 0;
        replica->commit = (hst_hash){{0}};
        replica->root = (hst_hash){{0}};
    }
    replica->cursor = replica->lowest;
    replica->looked = 0;
    replica->running = true;
    for (uint32_t r = 0; r < replica->record_count; r++) {
        const hst_cluster_record *record = &replica->records[replica->record_first + r];
        hst_consensus_input input = {.kind = HST_INPUT_RECOVER,
                                     .sequence = record->sequence,
                                     .bytes = record->bytes,
                                     .size = record->size};
        hst_replica_step(cluster, index, &input);
    }
    hst_consensus_input input = {
        .kind = HST_INPUT_START, .height = replica->commit_height, .root = replica->commit};
    hst_replica_step(cluster, index, &input);
}

void hst_cluster_inject(
    hst_cluster *cluster, uint32_t from, uint32_t to, const uint8_t *bytes, uint32_t size)
{
    hst_assert(cluster != NULL && to < cluster->count && from < cluster->count);
    hst_consensus_input input = {
        .kind = HST_INPUT_MESSAGE, .from = from, .bytes = bytes, .size = size};
    if (!cluster->replicas[to].running) {
        return;
    }
    if (cluster->options.real_crypto && !bytes_verify(cluster, to, from, bytes, size)) {
        cluster->report.forged++;
    } else {
        cluster->replicas[from].suspect = true;
        hst_replica_step(cluster, to, &input);
    }
}
