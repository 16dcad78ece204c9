/* Messages: made, signed, garbled by liars, carried to one, some or all; and verified. */
#include "core/base/assert.h"

#include "sim/consensus/check.h"
#include "sim/consensus/host.h"
#include "sim/consensus/mempool.h"

#include <string.h>

/* Bytes of a message; a short one's move when messages are made. */
static uint8_t *writable(hst_cluster_message *message)
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

void hst_host_message_drop(hst_cluster *cluster, uint32_t m)
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

uint32_t hst_host_claims(
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
    const uint32_t count =
        hst_host_claims(cluster, from, from, hst_message_bytes(message), message->size);
    static const hst_signature none = {{0}};
    for (uint32_t c = 0; c < count; c++) {
        const hst_claim *claim = &cluster->claims[c];
        if (claim->signer != from || claim->signature == HST_CLAIM_OMITTED ||
            memcmp(hst_message_bytes(message) + claim->signature, none.bytes, sizeof none.bytes) !=
                0) {
            continue;
        }
        const hst_signature signature =
            hst_signature_sign(&cluster->signing_keys[from],
                               hst_message_bytes(message) + claim->statement, claim->size);
        memcpy(writable(message) + claim->signature, signature.bytes, sizeof signature.bytes);
    }
    message->claims = count;
}

bool hst_host_bytes_verify(
    hst_cluster *cluster, uint32_t to, uint32_t from, const uint8_t *bytes, uint32_t size)
{
    const uint32_t count = hst_host_claims(cluster, to, from, bytes, size);
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

bool hst_host_verifies(hst_cluster *cluster, uint32_t to, const hst_cluster_message *message)
{
    return hst_host_bytes_verify(cluster, to, message->from, hst_message_bytes(message),
                                 message->size);
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
    const uint32_t count = replica->protocol->claims(
        &replica->config, message->from, hst_message_bytes(message), message->size, claims, 2);
    if (count > 1 || (count == 1 && claims[0].signer != message->from)) {
        return;
    }
    const uint64_t at = 1 + hst_random_below(&behaviour->random, message->size - 1);
    writable(message)[at] ^= (uint8_t)(1 + hst_random_below(&behaviour->random, 255));
    if (message->size > HST_CLUSTER_MESSAGE_OWN) {
        message->memo.known = false; /* what the sender knew is of what it meant to say */
    }
    /* If others seem to have signed it now, it is forged: its receivers notice, crypto or no. */
    const uint32_t after = replica->protocol->claims(
        &replica->config, message->from, hst_message_bytes(message), message->size, claims, 2);
    message->forged = after > 1 || (after == 1 && claims[0].signer != message->from);
}

/* Where messages of these bytes are remembered; NULL when they are too long. */
static hst_cluster_remembered *
remembered_at(hst_cluster *cluster, const uint8_t *bytes, uint32_t size)
{
    uint64_t mark = size;
    if (size > HST_CLUSTER_REMEMBERED_BYTES) {
        return NULL;
    }
    for (uint32_t at = 0; at + sizeof mark <= size; at += sizeof mark) {
        uint64_t word;
        memcpy(&word, bytes + at, sizeof word);
        mark = (mark ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        mark ^= mark >> 32;
    }
    return &cluster->remembered[mark % HST_CLUSTER_REMEMBERED];
}

void hst_host_remember(hst_cluster *cluster, const hst_cluster_message *message)
{
    hst_cluster_remembered *one = remembered_at(cluster, hst_message_bytes(message), message->size);
    if (one != NULL) {
        one->memo = message->memo;
        one->size = message->size;
        memcpy(one->bytes, hst_message_bytes(message), message->size);
    }
}

/* The same bytes were read before: so was their name. */
static void recall(hst_cluster *cluster, hst_cluster_message *message)
{
    const hst_cluster_remembered *one =
        remembered_at(cluster, hst_message_bytes(message), message->size);
    message->memo.known = false;
    if (one != NULL && one->size == message->size &&
        memcmp(one->bytes, hst_message_bytes(message), one->size) == 0) {
        message->memo = one->memo;
    }
}

/* Bytes of an effect as a message in the pool, signed; UINT32_MAX without memory. */
uint32_t hst_host_message_make(hst_cluster *cluster,
                               uint32_t from,
                               const uint8_t *bytes,
                               uint32_t size,
                               uint32_t omitted,
                               hst_batch batch,
                               const hst_hash *name)
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
        message->memo.known = cluster->shares_memos && !hst_hash_is_zero(name);
        message->memo.name = *name;
    }
    if (cluster->behaviours != NULL) {
        garble(cluster, from, message);
    }
    if (cluster->options.real_crypto) {
        sign(cluster, message->from, message);
    } else if (cluster->options.costs.verify_ns > 0) {
        const hst_replica *replica = &cluster->replicas[from];
        message->claims = replica->protocol->claims(&replica->config, message->from,
                                                    hst_message_bytes(message), size, NULL, 0);
    } else {
        message->claims = 0;
    }
    if (size > HST_CLUSTER_MESSAGE_OWN && cluster->shares_memos && !message->memo.known) {
        recall(cluster, message);
    }
    return m;
}

static bool
has_role(const hst_cluster *cluster, const hst_cluster_message *message, hst_message_role role)
{
    const hst_consensus_protocol *protocol = cluster->options.protocol;
    return hst_message_bytes(message)[0] < protocol->kind_count &&
           protocol->kinds[hst_message_bytes(message)[0]].role == role;
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

/* One copy to one replica, where somebody may interfere. */
static void
transmit_watched(hst_cluster *cluster, uint32_t machine, uint32_t m, uint32_t to, int64_t depart_ns)
{
    hst_cluster_message *message = &cluster->messages[m];
    const hst_cluster_options *o = &cluster->options;
    hst_cluster_report *report = &cluster->report;
    hst_cluster_verdict verdict = {0};
    if (o->filter != NULL) {
        verdict = o->filter(o->filter_context, cluster, message->from, to,
                            hst_message_bytes(message), message->size);
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
    const hst_delivery delivery = hst_network_send(cluster->network, message->from, to,
                                                   hst_message_wire_size(message), depart_ns);
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

/* One copy to one replica; the caller holds a reference of its own. */
static inline void transmit(hst_cluster *cluster,
                            uint32_t machine,
                            uint32_t m,
                            uint32_t to,
                            uint64_t wire_size,
                            int64_t depart_ns)
{
    if (cluster->options.filter != NULL || cluster->behaviours != NULL || cluster->delaying > 0) {
        transmit_watched(cluster, machine, m, to, depart_ns);
        return;
    }
    hst_cluster_message *message = &cluster->messages[m];
    const hst_delivery delivery =
        hst_network_send(cluster->network, message->from, to, wire_size, depart_ns);
    cluster->report.lost += delivery.copies == 0 ? 1 : 0;
    message->refs += delivery.copies;
    for (uint32_t c = 0; c < delivery.copies; c++) {
        hst_kernel_schedule(cluster->kernel, delivery.arrival_ns[c], 3, machine, to,
                            HST_CLUSTER_EVENT_ARRIVE, m);
    }
}

/* Copies of a message were handed over. */
static void count_sent(hst_cluster *cluster, uint32_t m, uint32_t copies)
{
    const hst_cluster_message *message = &cluster->messages[m];
    hst_cluster_report *report = &cluster->report;
    report->messages += copies;
    report->bytes += copies * hst_message_wire_size(message);
    report->by_kind[hst_message_bytes(message)[0] % 64] += copies;
}

/* A message to one, all or the neighbours. */
void hst_host_dispatch(
    hst_cluster *cluster, uint32_t machine, uint32_t m, hst_effect_kind kind, uint32_t to)
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
    const uint64_t size = hst_message_wire_size(&cluster->messages[m]);
    uint32_t copies = 0;
    if (kind == HST_EFFECT_SEND) {
        hst_assert(to < cluster->count);
        if (to != from) {
            transmit(cluster, machine, m, to, size, depart);
            copies++;
        }
    } else if (kind == HST_EFFECT_GOSSIP && replica->config.peers != NULL) {
        for (uint32_t p = 0; p < replica->config.peer_count; p++) {
            if (replica->config.peers[p] != to) {
                transmit(cluster, machine, m, replica->config.peers[p], size, depart);
                copies++;
            }
        }
    } else {
        /* Beginning behind the sender, so that no replica is always served last. */
        for (uint32_t step = 1; step < cluster->count; step++) {
            const uint32_t ahead = from + step;
            const uint32_t other = ahead < cluster->count ? ahead : ahead - cluster->count;
            if (kind == HST_EFFECT_BROADCAST || other != to) {
                transmit(cluster, machine, m, other, size, depart);
                copies++;
            }
        }
    }
    count_sent(cluster, m, copies);
    hst_host_message_drop(cluster, m);
}
