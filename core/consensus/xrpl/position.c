/* Proposals: what every node we trust would put into the next ledger. */
#include "core/consensus/xrpl/xrpl_internal.h"

#include <string.h>

/* A proposal as it came. */
typedef struct proposal {
    uint32_t node, propose_seq, count;
    uint64_t prev_seq, close_s;
    hst_hash prev, set;
} proposal;

static void write_proposal(const hst_xrpl *m, hst_effects *effects)
{
    const bool leaves = m->propose_seq == HST_XRPL_BOW_OUT;
    const hst_xrpl_set none = {.count = 0};
    const hst_xrpl_set *set = leaves ? &none : &m->sets[m->own_set];
    hst_wire *wire = hst_effects_message(effects, HST_XRPL_PROPOSAL);
    hst_wire_u32(wire, m->config.self);
    hst_wire_hash(wire, &m->prev->id);
    hst_wire_u64(wire, m->prev->header.seq);
    hst_wire_u32(wire, m->propose_seq);
    hst_wire_u64(wire, m->close_s);
    hst_wire_hash(wire, &set->hash);
    hst_wire_u32(wire, set->count);
    hst_xrpl_write_batches(wire, set);
    hst_wire_signature_slot(wire);
}

void hst_xrpl_propose(hst_xrpl *m, int64_t now_ns, hst_effects *effects)
{
    m->proposed_ns = now_ns;
    write_proposal(m, effects);
    hst_effects_gossip(effects, HST_CONSENSUS_NOBODY, 0);
}

static proposal read_proposal(hst_wire_reader *reader)
{
    proposal p;
    p.node = hst_wire_read_u32(reader);
    p.prev = hst_wire_read_hash(reader);
    p.prev_seq = hst_wire_read_u64(reader);
    p.propose_seq = hst_wire_read_u32(reader);
    p.close_s = hst_wire_read_u64(reader);
    p.set = hst_wire_read_hash(reader);
    p.count = hst_wire_read_u32(reader);
    return p;
}

/* Pass over the batches; the set of the proposal, one reference more, or NO_SET when there is none.
 * False when the message is not what it says. A set we know is not read again. */
static bool read_set(hst_xrpl *m, hst_wire_reader *reader, const proposal *p, uint32_t *set)
{
    enum { BATCH_SIZE = 16 };
    *set = HST_XRPL_NO_SET;
    if (reader->short_of || p->count > m->batches ||
        reader->size - reader->at < (size_t)p->count * BATCH_SIZE) {
        return false;
    }
    if (p->propose_seq == HST_XRPL_BOW_OUT) {
        return p->count == 0;
    }
    const uint32_t known = hst_xrpl_set_find(m, &p->set);
    if (known != HST_XRPL_NO_SET) {
        reader->at += (size_t)p->count * BATCH_SIZE;
        m->sets[known].refs++;
        *set = known;
        return p->count == m->sets[known].count;
    }
    if (!hst_xrpl_read_batches(m, reader, p->count)) {
        return false;
    }
    const hst_hash hash = hst_xrpl_set_hash(m->scratch, p->count);
    if (!hst_hash_equal(&hash, &p->set)) {
        return false;
    }
    *set = hst_xrpl_set_make(m, m->scratch, p->count);
    return true;
}

/* Whether a proposal on another ledger is newer than the one we keep. */
static bool newer(const hst_xrpl *m, const hst_xrpl_position *kept, const proposal *p, int64_t now)
{
    if (!kept->used || now - kept->seen_ns > m->parameters[HST_XRPL_FRESHNESS]) {
        return true;
    }
    return hst_hash_equal(&kept->prev, &p->prev) ? p->propose_seq > kept->propose_seq
                                                 : p->prev_seq >= kept->prev_seq;
}

static void keep(hst_xrpl *m, const proposal *p, uint32_t set, int64_t now_ns)
{
    hst_xrpl_node *node = &m->nodes[p->node];
    const bool current = hst_hash_equal(&p->prev, &m->prev->id);
    hst_xrpl_position *position = current ? &node->current : &node->other;
    const bool fresh = current ? !position->used || p->propose_seq > position->propose_seq
                               : newer(m, position, p, now_ns);
    /* Without room for its set a position cannot be counted. */
    if (!fresh || (set == HST_XRPL_NO_SET && p->propose_seq != HST_XRPL_BOW_OUT)) {
        hst_xrpl_set_drop(m, &set);
        return;
    }
    if (position->used) {
        hst_xrpl_set_drop(m, &position->set);
    }
    *position = (hst_xrpl_position){.prev = p->prev,
                                    .prev_seq = p->prev_seq,
                                    .close_s = p->close_s,
                                    .seen_ns = now_ns,
                                    .propose_seq = p->propose_seq,
                                    .set = set,
                                    .used = true};
}

void hst_xrpl_on_proposal(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const proposal p = read_proposal(&reader);
    uint32_t set = HST_XRPL_NO_SET;
    const bool whole = p.node < m->count && read_set(m, &reader, &p, &set);
    (void)hst_wire_read_signature(&reader);
    if (!whole || !hst_wire_read_done(&reader)) {
        m->refused++;
        hst_xrpl_set_drop(m, &set);
        return;
    }
    uint64_t key;
    memcpy(&key, p.prev.bytes, sizeof key);
    const bool first =
        hst_xrpl_first_seen(m, HST_XRPL_PROPOSAL, p.node, key * 31 + p.propose_seq + 1);
    if (first) {
        hst_xrpl_relay(m, input, effects);
    }
    if (!first || p.node == m->config.self || !hst_member_has(m->trusted, p.node)) {
        hst_xrpl_set_drop(m, &set);
        return;
    }
    keep(m, &p, set, input->now_ns);
}

uint32_t hst_xrpl_proposers(const hst_xrpl *m)
{
    uint32_t count = 0;
    for (uint32_t v = 0; v < m->count; v++) {
        const hst_xrpl_position *position = &m->nodes[v].current;
        count += position->used && position->set != HST_XRPL_NO_SET ? 1 : 0;
    }
    return count;
}

uint32_t hst_xrpl_agreeing(const hst_xrpl *m)
{
    uint32_t count = 0;
    for (uint32_t v = 0; v < m->count; v++) {
        const hst_xrpl_position *position = &m->nodes[v].current;
        count += position->used && position->set == m->own_set ? 1 : 0;
    }
    return count;
}

void hst_xrpl_replay(hst_xrpl *m)
{
    for (uint32_t v = 0; v < m->count; v++) {
        hst_xrpl_node *node = &m->nodes[v];
        if (node->current.used) {
            hst_xrpl_set_drop(m, &node->current.set);
        }
        node->current = (hst_xrpl_position){.set = HST_XRPL_NO_SET};
        if (node->other.used && hst_hash_equal(&node->other.prev, &m->prev->id)) {
            node->current = node->other;
            node->other = (hst_xrpl_position){.set = HST_XRPL_NO_SET};
        }
    }
}
