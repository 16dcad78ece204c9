/* What was missed. A replica that works on a slot says on which block, so every statement claims
 * that the slot before is decided. When a v-blocking set claims more than this replica has, it asks
 * one peer for the values in between. Believing them is federated voting once more: what a
 * v-blocking set claims is accepted, and said so by a claim of one's own; what a quorum claims is
 * confirmed. Blocks name their parents, so the end vouches for the rest. */
#include "core/consensus/scp/scp_internal.h"

enum { STATE_VALUES = 8 }; /* values sent along when the state has to be transferred */

/* ---- claims ------------------------------------------------------------------------------- */

void hst_scp_note_claim(hst_scp *m, uint32_t replica, uint64_t slot, const hst_hash *parent)
{
    if (slot <= m->claim_slots[replica]) {
        return;
    }
    m->ahead_count += m->claim_slots[replica] <= m->height + 1 ? 1 : 0;
    m->claim_slots[replica] = slot;
    m->claim_parents[replica] = *parent;
}

void hst_scp_recount_claims(hst_scp *m)
{
    m->behind = 0;
    if (m->ahead_count == 0) {
        return;
    }
    m->ahead_count = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        m->ahead_count += m->claim_slots[i] > m->height + 1 ? 1 : 0;
    }
}

/* Heights that everyone ahead has and this replica has not; 0 unless they are v-blocking. */
static uint64_t lag(hst_scp *m)
{
    if (m->ahead_count < m->trust.block_min) {
        return 0;
    }
    uint64_t lowest = UINT64_MAX;
    for (uint32_t w = 0, i = 0; w < m->words; w++) {
        m->set[w] = 0;
        for (uint32_t b = 0; b < 64 && i < m->count; b++, i++) {
            if (m->claim_slots[i] > m->height + 1) {
                m->set[w] |= UINT64_C(1) << b;
                lowest = m->claim_slots[i] < lowest ? m->claim_slots[i] : lowest;
            }
        }
    }
    return hst_scp_blocking(m, m->set) ? lowest - 1 - m->height : 0;
}

/* ---- asking ------------------------------------------------------------------------------- */

void hst_scp_ask(hst_scp *m, uint32_t whom)
{
    hst_wire *wire = hst_effects_message(m->out, HST_SCP_FETCH);
    hst_wire_u64(wire, m->height);
    hst_wire_u32(wire, whom);
    (void)hst_effects_broadcast(m->out, 0);
}

static void ask_next(hst_scp *m)
{
    for (uint32_t n = 0; n < m->count; n++) {
        const uint32_t peer = (m->ask_next + n) % m->count;
        if (peer != m->self && m->claim_slots[peer] > m->height + 1) {
            m->ask_next = (peer + 1) % m->count;
            hst_scp_ask(m, peer);
            return;
        }
    }
}

static void wait_for_answer(hst_scp *m)
{
    m->asking = true;
    hst_effects_timer_set(m->out, HST_SCP_TIMER_FETCH,
                          m->in->now_ns + m->parameters[HST_SCP_FETCH_AFTER]);
}

/* One slot behind is usual for as long as a message takes: EXTERNALIZE will come. */
void hst_scp_check_behind(hst_scp *m)
{
    if (m->asking || m->ahead_count < m->trust.block_min) {
        return;
    }
    m->behind = lag(m);
    if (m->behind > 1) {
        ask_next(m);
    }
    if (m->behind > 0) {
        wait_for_answer(m);
    }
}

void hst_scp_on_fetch_timer(hst_scp *m)
{
    m->asking = false;
    m->behind = lag(m);
    if (m->behind > 0) {
        ask_next(m);
        wait_for_answer(m);
    }
}

/* ---- answering ---------------------------------------------------------------------------- */

void hst_scp_help(hst_scp *m, uint32_t to, uint64_t height)
{
    if (m->last.slot == m->height && height + 1 == m->height) {
        hst_scp_send_final(m, to, m->sequence);
    }
    hst_scp_send_status(m, to);
}

static const hst_scp_decision *decision_at(const hst_scp *m, uint64_t height)
{
    const hst_scp_decision *one = &m->decisions[height % m->window];
    return height > 0 && one->height == height ? one : NULL;
}

/* The first height of the values for one that is at `height`. They must reach to the last one, and
 * a transfer leaves a gap; so when some are missing only the newest few go along with the state. */
static uint64_t first_of_history(const hst_scp *m, uint64_t height)
{
    uint64_t first = m->height + 1;
    while (first > height + 1 && decision_at(m, first - 1) != NULL) {
        first--;
    }
    const bool whole = first == height + 1;
    return whole || m->height + 1 - first <= STATE_VALUES ? first : m->height + 1 - STATE_VALUES;
}

/* HISTORY: first height | block before it | count | values. */
static void send_history(hst_scp *m, uint32_t to, uint64_t height)
{
    const uint64_t first = first_of_history(m, height);
    const hst_scp_decision *oldest = decision_at(m, first);
    hst_batch bodies = {0};
    hst_wire *wire = hst_effects_message(m->out, HST_SCP_HISTORY);
    hst_wire_u64(wire, first);
    hst_wire_hash(wire, oldest != NULL ? &oldest->parent : &m->tip);
    hst_wire_u32(wire, (uint32_t)(m->height + 1 - first));
    for (uint64_t h = first; h <= m->height; h++) {
        const hst_batch *batch = &m->decisions[h % m->window].batch;
        hst_scp_write_batch(wire, batch);
        bodies.id = batch->id;
        bodies.count += batch->count;
        bodies.size =
            batch->size < UINT32_MAX - bodies.size ? bodies.size + batch->size : UINT32_MAX;
    }
    hst_effects_send(m->out, to, 0)->batch = bodies;
}

void hst_scp_on_fetch(hst_scp *m)
{
    const hst_consensus_input *in = m->in;
    hst_wire_reader reader = hst_wire_read(in->bytes, in->size, m->config.carry_signatures);
    const uint64_t height = hst_wire_read_u64(&reader);
    const uint32_t whom = hst_wire_read_u32(&reader);
    if (!hst_wire_read_done(&reader) || in->from == m->self || in->from >= m->count) {
        m->refused++;
        return;
    }
    if (height >= m->height) {
        return;
    }
    hst_scp_help(m, in->from, height);
    if (whom == m->self) {
        send_history(m, in->from, height);
    }
}

/* ---- believing ---------------------------------------------------------------------------- */

typedef struct history {
    uint64_t first;
    uint32_t count;
    hst_batch *batches;
    hst_hash *ids; /* of blocks first - 1, first, ... */
} history;

static bool read_history(hst_scp *m, history *chain)
{
    const hst_consensus_input *in = m->in;
    hst_wire_reader reader = hst_wire_read(in->bytes, in->size, m->config.carry_signatures);
    chain->first = hst_wire_read_u64(&reader);
    chain->ids[0] = hst_wire_read_hash(&reader);
    chain->count = hst_wire_read_u32(&reader);
    if (chain->first == 0 || chain->first > UINT64_MAX / 2 || chain->count > m->window) {
        return false;
    }
    for (uint32_t i = 0; i < chain->count; i++) {
        chain->batches[i] = hst_scp_read_batch(&reader);
        if (chain->batches[i].id == 0) {
            return false;
        }
    }
    if (!hst_wire_read_done(&reader)) {
        return false;
    }
    for (uint32_t i = 0; i < chain->count; i++) {
        chain->ids[i + 1] = hst_scp_block_id(chain->first + i, &chain->ids[i], &chain->batches[i]);
    }
    return true;
}

/* The others that claim the chain's block at `height` or a later one of the chain, into m->set. */
static void find_claimants(hst_scp *m, const history *chain, uint64_t height)
{
    const uint64_t top = chain->first + chain->count - 1;
    for (uint32_t w = 0, i = 0; w < m->words; w++) {
        m->set[w] = 0;
        for (uint32_t b = 0; b < 64 && i < m->count; b++, i++) {
            const uint64_t has = m->claim_slots[i] - 1; /* huge when there is no claim */
            const bool yes =
                has >= height && has <= top &&
                hst_hash_equal(&m->claim_parents[i], &chain->ids[has + 1 - chain->first]);
            m->set[w] |= (uint64_t)yes << b;
        }
    }
}

/* Whether a quorum claims it, this replica among them. */
static bool confirmed(hst_scp *m, const history *chain, uint64_t height)
{
    find_claimants(m, chain, height);
    (void)hst_member_add(m->set, m->self);
    return hst_scp_quorum(m, m->set);
}

/* Claim the highest block of the chain that a v-blocking set claims. Where the faulty ones are as
 * many as may be, those up to date are no quorum without the ones that are behind, and these wait
 * for each other: the paper's cascade. */
static void accept_history(hst_scp *m, const history *chain, uint64_t lowest)
{
    for (uint64_t height = chain->first + chain->count - 1; height >= lowest; height--) {
        find_claimants(m, chain, height);
        if (hst_scp_blocking(m, m->set)) {
            hst_scp_send_claim(m, height + 1, &chain->ids[height + 1 - chain->first]);
            return;
        }
    }
}

static void take_values(hst_scp *m, const history *chain, uint64_t to)
{
    while (m->height < to) {
        const uint64_t at = m->height + 1 - chain->first;
        hst_scp_commit(m, &chain->batches[at], &chain->ids[at + 1], 0, HST_CONSENSUS_NOBODY);
    }
}

static void take_state(hst_scp *m, const history *chain, uint64_t height)
{
    const hst_hash *id = &chain->ids[height + 1 - chain->first];
    hst_effects_transfer(m->out, height, id, m->in->from);
    m->height = height;
    m->tip = *id;
    m->mine = (hst_batch){0}; /* it may be among what was transferred; else it is offered again */
    m->offer_stale = true;
}

void hst_scp_on_history(hst_scp *m)
{
    history chain = {.batches = m->chain, .ids = m->chain_ids};
    if (!read_history(m, &chain) || m->in->from == m->self) {
        m->refused++;
        return;
    }
    const uint64_t top = chain.first + chain.count - 1;
    const bool follows = chain.first <= m->height + 1 && top > m->height &&
                         hst_hash_equal(&chain.ids[m->height + 1 - chain.first], &m->tip);
    if (top <= m->height || (!follows && chain.first <= m->height + 1)) {
        return; /* late, or of another chain */
    }
    const uint64_t lowest = chain.first > m->height + 1 ? chain.first - 1 : m->height + 1;
    for (uint64_t height = top; height >= lowest; height--) {
        if (!confirmed(m, &chain, height)) {
            continue;
        }
        if (follows) {
            take_values(m, &chain, height);
        } else {
            take_state(m, &chain, height);
        }
        hst_scp_enter(m, m->in->now_ns);
        m->asking = false;
        hst_effects_timer_cancel(m->out, HST_SCP_TIMER_FETCH);
        return;
    }
    accept_history(m, &chain, lowest);
}
