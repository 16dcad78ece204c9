/* Records. One for each own block: the blocks taken in since the last record, and the own block. So
 * the causal history of whatever was sent is durable at its author, and all replicas may crash at
 * once. A record with a new cut also repeats the blocks that the cut does not cover, so that a
 * recovery can begin there and older records can be forgotten.
 *
 *   record  1, cut (if new) | 2, body, signature if carried (any number) | 3, own body
 */
#include "core/consensus/mysticeti/machine.h"

enum { NONE = HST_MYSTICETI_NONE };
enum { PART_CUT = 1, PART_BLOCK, PART_OWN };

static void write_logged(hst_mysticeti_machine *m, uint16_t handle, hst_wire *wire)
{
    const hst_mysticeti_block *b = hst_mysticeti_at(&m->dag, handle);
    if (!b->whole || b->round <= m->dag.floor) {
        return; /* too old to matter */
    }
    if (wire->discards) {
        hst_wire_skip(wire, 1 + HST_MYSTICETI_HEAD_SIZE +
                                (uint32_t)b->count * HST_MYSTICETI_REFERENCE_SIZE +
                                (m->dag.signatures != NULL ? HST_SIGNATURE_SIZE : 0));
        return;
    }
    hst_wire_u8(wire, PART_BLOCK);
    hst_mysticeti_write_body(&m->dag, handle, wire);
    if (m->dag.signatures != NULL) {
        hst_wire_signature(wire, &m->dag.signatures[handle]);
    }
}

/* Whether a block has to go into the record that is being written. */
static bool to_log(const hst_mysticeti_machine *m, const hst_mysticeti_block *b, bool again)
{
    return !b->stub &&
           (!b->logged || (again && (b->delivered_at == 0 || b->delivered_at > m->cut.round)));
}

/* Blocks of a round; false when there was no room for all of them. */
static bool log_round(hst_mysticeti_machine *m, uint64_t number, bool again, hst_wire *wire)
{
    hst_mysticeti_round *round = hst_mysticeti_round_at(&m->dag, number);
    if (round == NULL || (!again && round->unlogged == 0)) {
        return true;
    }
    for (uint32_t a = 0; a < m->dag.count; a++) {
        if (round->first[a] != NONE) {
            __builtin_prefetch(hst_mysticeti_at(&m->dag, round->first[a]), 1);
        }
    }
    for (uint32_t a = 0; a < m->dag.count; a++) {
        uint16_t handle = round->first[a];
        for (; handle != NONE; handle = m->dag.blocks[handle].sibling) {
            hst_mysticeti_block *b = hst_mysticeti_at(&m->dag, handle);
            if (!to_log(m, b, again)) {
                continue;
            }
            if (wire->at > wire->limit / 2) {
                return false;
            }
            write_logged(m, handle, wire);
            round->unlogged -= b->logged ? 0 : 1;
            b->logged = true;
        }
    }
    return true;
}

/* Blocks that are in no record yet, ancestors first, and with `again` those that a recovery from
 * the cut needs. As many as there is room for, the rest next time. */
static void log_blocks(hst_mysticeti_machine *m, bool again, hst_wire *wire)
{
    const uint64_t oldest = m->dag.floor + 1;
    uint64_t r = again || m->logged_from < oldest ? oldest : m->logged_from;
    while (r <= m->dag.top && log_round(m, r, again, wire)) {
        r++;
    }
    m->logged_from = r;
}

static void keep(hst_mysticeti_machine *m, uint64_t sequence, uint64_t top)
{
    const uint32_t capacity = 2 * (uint32_t)m->dag.window;
    if (m->logged_count == capacity) {
        m->logged_first = (m->logged_first + 1) % capacity;
        m->logged_count--;
    }
    m->logged[(m->logged_first + m->logged_count++) % capacity] =
        (hst_mysticeti_logged){.sequence = sequence, .top = top};
}

/* Records before the last durable cut whose blocks are all forgotten are not needed. */
void hst_mysticeti_log_durable(hst_mysticeti_machine *m, uint64_t sequence, hst_effects *effects)
{
    m->durable = sequence > m->durable ? sequence : m->durable;
    if (m->cut_record > m->durable) {
        return; /* a crash now would tear it */
    }
    const uint32_t capacity = 2 * (uint32_t)m->dag.window;
    uint64_t until = 0;
    while (m->logged_count > 1 && m->logged[m->logged_first].top <= m->dag.base &&
           m->logged[m->logged_first].sequence < m->cut_record) {
        until = m->logged[m->logged_first].sequence;
        m->logged_first = (m->logged_first + 1) % capacity;
        m->logged_count--;
    }
    if (until > 0) {
        hst_effects_forget(effects, until);
    }
}

/* A cut that nobody reads is left out, unless its size decides where the record ends. */
static void write_cut(hst_mysticeti_machine *m, hst_wire *wire)
{
    const uint64_t most =
        ((uint64_t)m->dag.window + 1) * m->dag.count * (m->body_max + HST_SIGNATURE_SIZE);
    if (!wire->discards || most > wire->limit / 2) {
        hst_mysticeti_write_cut(m, wire);
    }
}

void hst_mysticeti_record(hst_mysticeti_machine *m, hst_effects *effects)
{
    hst_wire *wire = hst_effects_record(effects);
    const bool fresh_cut = m->cut.round >= m->cut_logged + m->log_every;
    m->sequence++;
    if (fresh_cut) {
        hst_wire_u8(wire, PART_CUT);
        write_cut(m, wire);
        m->cut_logged = m->cut.round;
        m->cut_record = m->sequence;
    }
    log_blocks(m, fresh_cut, wire);
    hst_wire_u8(wire, PART_OWN);
    hst_wire_bytes(wire, m->body, m->body_size);
    hst_effects_persist(effects, m->sequence);
    keep(m, m->sequence, m->dag.top > m->own_round ? m->dag.top : m->own_round);
}

/* ---- recovery ------------------------------------------------------------------------------ */

static void recover_block(hst_mysticeti_machine *m, hst_wire_reader *reader, bool own)
{
    hst_mysticeti_draft draft = hst_mysticeti_read_body(reader);
    if (!own) {
        draft.signature = hst_wire_read_signature(reader);
    }
    if (reader->short_of || !hst_mysticeti_draft_valid(&draft, m->config.membership, m->dag.age)) {
        return;
    }
    hst_mysticeti_draft_name(&draft);
    if (own) { /* the newest record has the last one */
        m->own_round = draft.round;
        m->vote_round = draft.round;
        m->vote = draft.id;
    }
    if (!m->rooted) {
        return;
    }
    hst_mysticeti_readmit(m, &draft);
    const hst_mysticeti_reference name = {
        .round = draft.round, .author = draft.author, .id = draft.id};
    const uint16_t handle = hst_mysticeti_find(&m->dag, &name);
    if (handle != NONE && !hst_mysticeti_at(&m->dag, handle)->logged) {
        hst_mysticeti_at(&m->dag, handle)->logged = true;
        hst_mysticeti_round_at(&m->dag, draft.round)->unlogged--;
    }
}

void hst_mysticeti_on_recover(hst_mysticeti_machine *m, const hst_consensus_input *input)
{
    hst_wire_reader reader = {
        .bytes = input->bytes, .size = input->size, .carry = m->config.carry_signatures};
    m->sequence = input->sequence;
    m->durable = input->sequence;
    m->known = true;
    m->rooted = m->rooted || input->sequence == 1;
    while (!reader.short_of && reader.at < reader.size) {
        switch (hst_wire_read_u8(&reader)) {
        case PART_CUT:
            if (hst_mysticeti_adopt(m, &reader)) {
                m->rooted = true;
                m->cut_logged = m->cut.round;
                m->cut_record = m->sequence;
            }
            break;
        case PART_BLOCK: recover_block(m, &reader, false); break;
        case PART_OWN: recover_block(m, &reader, true); break;
        default: reader.short_of = true; break;
        }
    }
    keep(m, m->sequence, m->dag.top);
}
