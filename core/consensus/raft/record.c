/* What is durable: currentTerm, votedFor and the log.
 *
 *   record   term u64 | votedFor u32 | whole u8 | prev u64 | its term u64 | entries u32 | entries
 *            and with `whole`: who has the state at prev u32 | block there
 *
 * A record carries the term and vote of its time and what was appended in its step: "after prev
 * come these". A whole record holds the log from its base on and replaces all before it: it is
 * written for a snapshot, and when records without entries (elections) pile up. So the records that
 * hold the window are enough, and the log on disk is as bounded as the one in memory. */
#include "core/consensus/raft/machine.h"

/* Records that go at once, and whole records per log's length of others. */
enum { FORGET_AT_ONCE = 32, WHOLE_AFTER = 4 };

static void write_record(const hst_raft *m, bool whole, uint64_t first, hst_effects *effects)
{
    hst_wire *wire = hst_effects_record(effects);
    hst_wire_u64(wire, m->term);
    hst_wire_u32(wire, m->voted);
    hst_wire_u8(wire, whole ? 1 : 0);
    hst_wire_u64(wire, first - 1);
    hst_wire_u64(wire, hst_raft_term_at(m, first - 1));
    hst_wire_u32(wire, (uint32_t)(m->last - (first - 1)));
    for (uint64_t index = first; index <= m->last; index++) {
        hst_raft_at(m, index)->sequence = m->sequence;
        hst_raft_write_entry(wire, hst_raft_at(m, index));
    }
    if (whole) {
        hst_wire_u32(wire, m->snapshot.from);
        hst_wire_hash(wire, &m->snapshot.id);
    }
}

void hst_raft_save(hst_raft *m, hst_effects *effects)
{
    if (m->unsaved == 0 && !m->unsaved_term && !m->unsaved_base) {
        return;
    }
    m->sequence++;
    const uint64_t old = hst_raft_max(m->whole, m->forgotten);
    const bool whole = m->unsaved_base || m->sequence - old > WHOLE_AFTER * (m->mask + 1);
    const uint64_t first = whole ? m->base + 1 : m->unsaved != 0 ? m->unsaved : m->last + 1;
    write_record(m, whole, first, effects);
    hst_effects_persist(effects, m->sequence);
    if (whole) {
        m->whole = m->sequence;
        m->base_sequence = m->sequence;
    }
    if (m->unsaved_base) {
        m->snapshot.sequence = m->sequence;
    }
    if (m->unsaved_term) {
        m->vote_sequence = m->sequence;
    }
    m->unsaved = 0;
    m->unsaved_term = false;
    m->unsaved_base = false;
}

static void forget(hst_raft *m, hst_effects *effects)
{
    const uint64_t keep =
        m->base < m->last ? hst_raft_at(m, m->base + 1)->sequence : m->base_sequence;
    if (m->snapshot.index == 0 && keep <= m->durable && keep > m->forgotten + FORGET_AT_ONCE) {
        m->forgotten = keep - 1;
        hst_effects_forget(effects, m->forgotten);
    }
}

void hst_raft_saved(hst_raft *m, uint64_t sequence, hst_effects *effects)
{
    m->durable = sequence;
    if (m->voted != HST_CONSENSUS_NOBODY && m->vote_sequence <= sequence) {
        m->shown_view = m->term;
        m->shown_vote = m->voted;
    }
    if (m->snapshot.index != 0 && m->snapshot.sequence <= sequence) {
        m->applied = m->snapshot.index;
        m->applied_id = m->snapshot.id;
        m->durable_last = m->applied;
        hst_effects_transfer(effects, m->applied, &m->applied_id, m->snapshot.from);
        m->snapshot = (hst_raft_snapshot){0};
    }
    if (m->durable_last < m->base) {
        return; /* the snapshot comes first */
    }
    while (m->durable_last < m->last && hst_raft_at(m, m->durable_last + 1)->sequence <= sequence) {
        m->durable_last++;
    }
    forget(m, effects);
}

/* Where the entries of a record go: on what was recovered so far, or in place of it. */
static void recover_log(hst_raft *m, bool whole, uint64_t prev, uint64_t prev_term)
{
    if (whole || prev > m->last || prev < m->base) {
        m->base = prev;
        m->base_term = prev_term;
    }
    m->last = prev;
}

void hst_raft_recover(hst_raft *m, const hst_consensus_input *input)
{
    hst_wire_reader reader = {.bytes = input->bytes, .size = input->size, .carry = true};
    m->term = hst_wire_read_u64(&reader);
    m->voted = hst_wire_read_u32(&reader);
    const bool whole = hst_wire_read_u8(&reader) != 0;
    const uint64_t prev = hst_wire_read_u64(&reader);
    const uint64_t prev_term = hst_wire_read_u64(&reader);
    const uint32_t count = hst_wire_read_u32(&reader);
    m->forgotten = m->sequence == 0 ? input->sequence - 1 : m->forgotten;
    m->sequence = input->sequence;
    m->vote_sequence = input->sequence;
    if (m->voted != HST_CONSENSUS_NOBODY) {
        m->shown_view = m->term;
        m->shown_vote = m->voted;
    }
    if (whole || count > 0) {
        recover_log(m, whole, prev, prev_term);
    }
    for (uint32_t e = 0; e < count && !reader.short_of; e++) {
        hst_raft_entry entry = hst_raft_read_entry(&reader);
        entry.sequence = input->sequence;
        if (m->last - m->base > m->mask) {
            hst_raft_log_slide(m);
        }
        *hst_raft_at(m, ++m->last) = entry;
    }
    if (whole) {
        m->whole = input->sequence;
        m->base_sequence = input->sequence;
        m->snapshot.index = prev;
        m->snapshot.from = hst_wire_read_u32(&reader);
        m->snapshot.id = hst_wire_read_hash(&reader);
    }
}
