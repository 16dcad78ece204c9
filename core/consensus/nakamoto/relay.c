/* Blocks from replica to replica: announced and fetched, pushed, or compact. */
#include "core/consensus/nakamoto/internal.h"

static void
write_block(hst_nakamoto *m, const hst_nakamoto_block *block, uint8_t kind, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, kind);
    hst_nakamoto_write_header(wire, &block->header);
    if (m->signatures != NULL) {
        hst_wire_signature(wire, &m->signatures[block->serial & m->mask]);
    } else {
        hst_wire_signature_slot(wire);
    }
}

static void announce(const hst_nakamoto_block *block, uint32_t except, hst_effects *effects)
{
    hst_wire_hash(hst_effects_message(effects, HST_NAKAMOTO_INV), &block->id);
    hst_effects_gossip(effects, except, 0);
}

/* The short ids of the commands go along in place of the body. */
static void shorten(hst_batch *batch)
{
    enum { SHORT_ID = 6 }; /* bytes, BIP 152 */
    const uint32_t most = UINT32_MAX / SHORT_ID;
    batch->size = SHORT_ID * (batch->count < most ? batch->count : most);
}

/* Pools tell each other first, in short; CMPCTBLOCK then comes before INV everywhere. */
static void tell_miners(hst_nakamoto *m, const hst_nakamoto_block *block, hst_effects *effects)
{
    const hst_membership *all = m->config.membership;
    const uint32_t count = m->config.peers != NULL ? m->config.peer_count : all->count;
    hst_effect first = {.kind = HST_EFFECT_SEND};
    bool written = false;
    for (uint32_t p = 0; p < count; p++) {
        const uint32_t to = m->config.peers != NULL ? m->config.peers[p] : p;
        if (to == m->config.self || hst_membership_weight(all, to) == 0) {
            continue;
        }
        if (written) {
            hst_effects_again(effects, &first, to);
            continue;
        }
        write_block(m, block, HST_NAKAMOTO_CMPCTBLOCK, effects);
        hst_effect *effect = hst_effects_send(effects, to, 0);
        effect->batch = block->header.batch;
        shorten(&effect->batch);
        first = *effect;
        written = true;
    }
}

void hst_nakamoto_relay(hst_nakamoto *m,
                        const hst_nakamoto_block *block,
                        uint32_t except,
                        hst_effects *effects)
{
    const int64_t mode = hst_nakamoto_value(m, HST_NAKAMOTO_RELAY);
    const bool own = except == HST_CONSENSUS_NOBODY;
    const bool compact = mode == HST_NAKAMOTO_COMPACT;
    if (mode == HST_NAKAMOTO_MINERS && own) {
        tell_miners(m, block, effects);
    }
    if (!compact && mode != HST_NAKAMOTO_PUSH && !(mode == HST_NAKAMOTO_UNSOLICITED && own)) {
        announce(block, except, effects);
        return;
    }
    write_block(m, block, compact ? HST_NAKAMOTO_CMPCTBLOCK : HST_NAKAMOTO_BLOCK, effects);
    hst_effect *effect = hst_effects_gossip(effects, except, 0);
    effect->batch = block->header.batch;
    if (compact) {
        shorten(&effect->batch);
    }
}

void hst_nakamoto_send_block(hst_nakamoto *m,
                             const hst_nakamoto_block *block,
                             uint32_t to,
                             hst_effects *effects)
{
    write_block(m, block, HST_NAKAMOTO_BLOCK, effects);
    hst_effects_send(effects, to, 0)->batch = block->header.batch;
}

static void send_getdata(const hst_hash *id, uint32_t to, hst_effects *effects)
{
    hst_wire_hash(hst_effects_message(effects, HST_NAKAMOTO_GETDATA), id);
    hst_effects_send(effects, to, 0);
}

static void arm(hst_nakamoto *m, int64_t now_ns, hst_effects *effects)
{
    if (!m->request_armed) {
        m->request_armed = true;
        hst_effects_timer_set(effects, HST_NAKAMOTO_TIMER_REQUEST,
                              now_ns + hst_nakamoto_value(m, HST_NAKAMOTO_REQUEST));
    }
}

/* A block asked for already: remember who else has it. */
static bool requested(hst_nakamoto *m, const hst_hash *id, uint32_t from)
{
    for (uint32_t r = 0; r < m->request_count; r++) {
        hst_nakamoto_request *one = &m->requests[r];
        if (hst_nakamoto_same(&one->id, id)) {
            if (one->count < sizeof one->others / sizeof one->others[0]) {
                one->others[one->count++] = from;
            }
            return true;
        }
    }
    return false;
}

static void
request(hst_nakamoto *m, const hst_hash *id, uint32_t from, int64_t now_ns, hst_effects *effects)
{
    if (m->request_count == HST_NAKAMOTO_REQUESTS) {
        m->dropped++;
        return;
    }
    m->requests[m->request_count++] =
        (hst_nakamoto_request){.id = *id, .since_ns = now_ns, .asked = from};
    send_getdata(id, from, effects);
    arm(m, now_ns, effects);
}

void hst_nakamoto_answered(hst_nakamoto *m, const hst_hash *id)
{
    for (uint32_t r = 0; r < m->request_count; r++) {
        if (hst_nakamoto_same(&m->requests[r].id, id)) {
            m->requests[r] = m->requests[--m->request_count];
            return;
        }
    }
}

/* What was not answered is asked of another who announced it, then given up: it will be an orphan's
 * parent if it matters. */
void hst_nakamoto_on_request_timer(hst_nakamoto *m, int64_t now_ns, hst_effects *effects)
{
    m->request_armed = false;
    const int64_t patience = hst_nakamoto_value(m, HST_NAKAMOTO_REQUEST);
    for (uint32_t r = 0; r < m->request_count;) {
        hst_nakamoto_request *one = &m->requests[r];
        if (now_ns - one->since_ns < patience) {
            r++;
        } else if (one->count > 0) {
            one->asked = one->others[--one->count];
            one->since_ns = now_ns;
            send_getdata(&one->id, one->asked, effects);
            r++;
        } else {
            m->requests[r] = m->requests[--m->request_count];
        }
    }
    if (m->request_count > 0) {
        arm(m, now_ns, effects);
    }
}

static bool is_orphan(const hst_nakamoto *m, const hst_hash *id)
{
    for (uint32_t o = 0; o < m->orphan_count; o++) {
        if (hst_nakamoto_same(&m->orphans[o].id, id)) {
            return true;
        }
    }
    return false;
}

void hst_nakamoto_on_inv(hst_nakamoto *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->carry);
    const hst_hash id = hst_wire_read_hash(&reader);
    if (!hst_wire_read_done(&reader)) {
        m->refused++;
        return;
    }
    if (hst_nakamoto_same(&id, &m->best_id) || requested(m, &id, input->from) ||
        hst_nakamoto_find(m, &id) != NULL) {
        return;
    }
    /* Whoever sends us what we missed names its tip when there is more. */
    if (m->sync_armed ? input->from == m->sync_peer : is_orphan(m, &id)) {
        hst_nakamoto_ask(m, input->from, input->now_ns, effects);
    } else if (!is_orphan(m, &id)) {
        request(m, &id, input->from, input->now_ns, effects);
    }
}

void hst_nakamoto_on_getdata(hst_nakamoto *m,
                             const hst_consensus_input *input,
                             hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->carry);
    const hst_hash id = hst_wire_read_hash(&reader);
    if (!hst_wire_read_done(&reader)) {
        m->refused++;
        return;
    }
    const hst_nakamoto_block *block = hst_nakamoto_same(&id, &m->best_id)
                                          ? hst_nakamoto_at(m, m->best)
                                          : hst_nakamoto_find(m, &id);
    if (block != NULL && block->header.height > 0 && !block->hidden) {
        hst_nakamoto_send_block(m, block, input->from, effects);
    }
}

/* Name of the header in a message; those who read the same bytes before may have left it. */
static hst_hash name_in(const hst_consensus_input *input)
{
    hst_message_memo *memo = input->memo;
    if (memo != NULL && memo->known) {
        return memo->name;
    }
    const hst_hash id = hst_blake2b(input->bytes + 1, HST_NAKAMOTO_HEADER_SIZE);
    if (memo != NULL) {
        *memo = (hst_message_memo){.known = true, .name = id};
    }
    return id;
}

void hst_nakamoto_on_block(hst_nakamoto *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->carry);
    hst_nakamoto_arrival arrival = {.header = hst_nakamoto_read_header(&reader),
                                    .from = input->from};
    if (reader.carry) {
        arrival.signature = hst_wire_read_signature(&reader);
    }
    if (!hst_wire_read_done(&reader) || arrival.header.miner >= m->config.membership->count ||
        arrival.header.height == 0) {
        m->refused++;
        return;
    }
    hst_nakamoto_expect(m);
    arrival.id = name_in(input);
    const bool misses = input->bytes[0] == HST_NAKAMOTO_CMPCTBLOCK &&
                        arrival.header.batch.id != 0 &&
                        hst_nakamoto_value(m, HST_NAKAMOTO_COMPACT_MISS) > 0 &&
                        (int64_t)hst_random_below(&m->choices, HST_NAKAMOTO_UNIT) <
                            hst_nakamoto_value(m, HST_NAKAMOTO_COMPACT_MISS);
    const hst_nakamoto_block *known = hst_nakamoto_find(m, &arrival.id);
    hst_nakamoto_expect_bucket(m);
    if (known != NULL) {
        hst_nakamoto_answered(m, &arrival.id);
    } else if (misses) { /* commands are not at hand */
        if (!requested(m, &arrival.id, input->from)) {
            request(m, &arrival.id, input->from, input->now_ns, effects);
        }
    } else {
        hst_nakamoto_answered(m, &arrival.id);
        hst_nakamoto_arrive(m, &arrival, input->now_ns, effects);
    }
}
