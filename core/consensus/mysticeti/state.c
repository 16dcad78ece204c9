/* Catching up by state. A cut is a place in the sequence that every correct replica passes: all
 * slots up to a round are delivered. Who is too far behind to get the blocks takes over a cut that
 * replicas of weight f + 1 vouch for: one of them is correct. The cut names the delivered blocks
 * that later leaders could still meet, so that nothing is delivered twice or left out. */
#include "core/consensus/mysticeti/machine.h"

#include <string.h>

enum { ENTRY_SIZE = 2 + 2 + HST_HASH_SIZE };

/* Delivered by the cut, and young enough for a leader after it. */
static bool in_cut(const hst_mysticeti_block *b, const hst_mysticeti_cut *cut)
{
    return b->delivered_at != 0 && b->delivered_at <= cut->round;
}

static uint64_t oldest_in_cut(const hst_mysticeti_dag *dag, uint64_t round)
{
    return round + 2 > dag->depth ? round + 2 - dag->depth : 1;
}

/* The entries of a round, by author and id; how many. */
static uint32_t write_round(const hst_mysticeti_machine *m, uint64_t number, hst_wire *wire)
{
    const hst_mysticeti_round *round = hst_mysticeti_round_at(&m->dag, number);
    uint32_t count = 0;
    for (uint32_t a = 0; round != NULL && a < m->dag.count; a++) {
        uint16_t handle = round->first[a];
        for (; handle != HST_MYSTICETI_NONE; handle = m->dag.blocks[handle].sibling) {
            const hst_mysticeti_block *b = hst_mysticeti_at(&m->dag, handle);
            if (in_cut(b, &m->cut)) {
                hst_wire_u16(wire, (uint16_t)a);
                hst_wire_u16(wire, (uint16_t)(m->cut.round - number));
                hst_wire_hash(wire, &b->id);
                count++;
            }
        }
    }
    return count;
}

void hst_mysticeti_write_cut(hst_mysticeti_machine *m, hst_wire *wire)
{
    uint32_t count = 0;
    hst_wire_u64(wire, m->cut.round);
    hst_wire_u64(wire, m->cut.height);
    hst_wire_hash(wire, &m->cut.id);
    const uint32_t at = wire->at;
    hst_wire_u32(wire, 0); /* their number, when it is known */
    for (uint64_t r = oldest_in_cut(&m->dag, m->cut.round); r <= m->cut.round; r++) {
        count += write_round(m, r, wire);
    }
    if (!wire->full) {
        memcpy(wire->bytes + at, &count, sizeof count);
    }
}

void hst_mysticeti_send_state(hst_mysticeti_machine *m, uint32_t to, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, HST_MYSTICETI_KIND_STATE);
    hst_mysticeti_write_cut(m, wire);
    hst_wire_signature_slot(wire);
    hst_effects_send(effects, to, 0);
}

/* Read the entries, and put stubs for them unless only checking; false when they make no sense. */
static bool
read_entries(hst_mysticeti_machine *m, hst_wire_reader *reader, uint64_t round, bool check_only)
{
    const uint32_t count = hst_wire_read_u32(reader);
    if (reader->short_of || (reader->size - reader->at) / ENTRY_SIZE < count) {
        reader->short_of = true;
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        hst_mysticeti_reference name;
        name.author = hst_wire_read_u16(reader);
        const uint64_t back = hst_wire_read_u16(reader);
        name.id = hst_wire_read_hash(reader);
        if (name.author >= m->dag.count || back >= m->dag.depth || back >= round) {
            return false;
        }
        name.round = round - back;
        if (!check_only && !hst_mysticeti_insert_stub(&m->dag, &name, round)) {
            m->dropped++;
            return false;
        }
    }
    return true;
}

bool hst_mysticeti_adopt(hst_mysticeti_machine *m, hst_wire_reader *reader)
{
    hst_mysticeti_cut cut;
    cut.round = hst_wire_read_u64(reader);
    cut.height = hst_wire_read_u64(reader);
    cut.id = hst_wire_read_hash(reader);
    hst_wire_reader ahead = *reader;
    if (!read_entries(m, &ahead, cut.round, true) || cut.round <= m->dag.decided ||
        m->out_count > 0) {
        *reader = ahead;
        return false;
    }
    hst_mysticeti_advance(&m->dag, cut.round);
    if (!read_entries(m, reader, cut.round, false)) {
        return false;
    }
    m->slot = 0;
    m->cut = cut;
    m->height = cut.height;
    m->id = cut.id;
    m->dag.changed = true;
    return true;
}

/* Weight of those who vouched for the same cut. */
static uint64_t vouchers(const hst_mysticeti_machine *m, const hst_hash *digest, uint64_t round)
{
    uint64_t weight = 0;
    for (uint32_t i = 0; i < m->dag.count; i++) {
        if (m->vouched_round[i] == round && hst_hash_equal(&m->vouched[i], digest)) {
            weight += hst_membership_weight(m->config.membership, i);
        }
    }
    return weight;
}

static void take_over(hst_mysticeti_machine *m,
                      const hst_consensus_input *input,
                      hst_wire_reader *reader,
                      hst_effects *effects)
{
    if (!hst_mysticeti_adopt(m, reader)) {
        return;
    }
    if (m->height > m->ledger_height) {
        hst_effects_transfer(effects, m->height, &m->id, input->from);
        m->ledger_height = m->height;
        m->ledger_id = m->id;
    }
    for (uint32_t i = 0; i < m->dag.count; i++) {
        m->vouched_round[i] = 0;
    }
    hst_mysticeti_unpark(m);
    hst_mysticeti_fetch(m, input->from, input->now_ns, effects);
}

void hst_mysticeti_on_state(hst_mysticeti_machine *m,
                            const hst_consensus_input *input,
                            hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    hst_wire_reader body = reader;
    const uint64_t round = hst_wire_read_u64(&body);
    hst_wire_reader rest = body;
    (void)hst_wire_read_u64(&rest);
    (void)hst_wire_read_hash(&rest);
    const bool sound = round > 0 && read_entries(m, &rest, round, true);
    const size_t size = rest.at - 1;
    (void)hst_wire_read_signature(&rest);
    if (!sound || !hst_wire_read_done(&rest) || input->from == m->config.self) {
        m->refused++;
        return;
    }
    if (round <= m->dag.decided || m->out_count > 0) {
        return; /* not behind it; or busy, and it will be asked for again */
    }
    m->vouched[input->from] = hst_blake2b(input->bytes + 1, size);
    m->vouched_round[input->from] = round;
    if (vouchers(m, &m->vouched[input->from], round) >=
        hst_weak_quorum(m->config.membership->total)) {
        take_over(m, input, &reader, effects);
    } else if (input->now_ns - m->wanted_ns >= m->fetch_ns) {
        m->wanted_ns = input->now_ns;
        hst_mysticeti_fetch_all(m, HST_MYSTICETI_WANT_STATE, input->now_ns, effects);
    }
}
