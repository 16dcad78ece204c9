/* What outlives a crash: the view, accepted PRE-PREPAREs, prepared certificates, decisions (for
 * those who missed them), the stable checkpoint. One record a step, before anything that depends on
 * it leaves.
 *
 *   record  snapshot u8 | active u8 | view u64 | last vote | [stable certificate]
 *           | slots u32, each:
 *   slot    sequence u64 | flags u8 | id | request | [request | prepared certificate]
 *           | [request | COMMITs]
 *
 * A snapshot holds everything, so that older records can go once it is durable. One is written with
 * each stable checkpoint and each VIEW-CHANGE; between two of them a slot has few records. */
#include "core/consensus/pbft/machine.h"

enum {
    FLAG_ACCEPTED = 1,
    FLAG_PREPARED = 2,
    FLAG_CERTIFICATE = 4,
    FLAG_DECIDED = 8,
    FLAG_ALL = 15
};

void hst_pbft_note_vote(
    hst_pbft *m, uint64_t height, uint64_t view, uint8_t phase, const hst_hash *id)
{
    const bool later = height != m->vote_height ? height > m->vote_height
                       : view != m->vote_view   ? view > m->vote_view
                                                : phase >= m->vote_phase;
    if (later) {
        m->vote_height = height;
        m->vote_view = view;
        m->vote_phase = phase;
        m->vote = *id;
    }
}

void hst_pbft_mark(hst_pbft *m, hst_pbft_slot *slot, uint8_t say)
{
    if (slot->say == 0) {
        m->dirty[m->dirty_count++] = slot->sequence;
    }
    slot->say |= say;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void
write_slot(hst_pbft *m, hst_wire *wire, const hst_pbft_slot *slot, bool certificate, bool decided)
{
    const bool current = slot->view == m->view;
    uint8_t flags = current && slot->accepted ? FLAG_ACCEPTED : 0;
    flags |= current && slot->prepared ? FLAG_PREPARED : 0;
    flags |= certificate ? FLAG_CERTIFICATE : 0;
    flags |= decided ? FLAG_DECIDED : 0;
    hst_wire_u64(wire, slot->sequence);
    hst_wire_u8(wire, flags);
    hst_wire_hash(wire, &slot->prepares.statement.id);
    hst_pbft_write_request(wire, &slot->request);
    if (certificate) {
        hst_pbft_write_prepared(m, wire, slot);
    }
    if (decided) {
        hst_pbft_write_request(wire, &slot->chosen);
        hst_wire_certificate(wire, &slot->commits, m->config.membership);
    }
}

/* Whether a snapshot must hold the slot of a sequence number. */
static bool is_kept(const hst_pbft *m, const hst_pbft_slot *slot, uint64_t sequence)
{
    return slot->sequence == sequence && ((slot->accepted && slot->view == m->view) ||
                                          slot->certificate.weight > 0 || slot->decided);
}

static void write_all(hst_pbft *m, hst_wire *wire)
{
    uint32_t count = 0;
    for (uint64_t s = m->stable + 1; s <= m->stable + m->window; s++) {
        count += is_kept(m, &m->slots[s & m->mask], s) ? 1 : 0;
    }
    hst_wire_u32(wire, count);
    for (uint64_t s = m->stable + 1; s <= m->stable + m->window; s++) {
        const hst_pbft_slot *slot = &m->slots[s & m->mask];
        if (is_kept(m, slot, s)) {
            write_slot(m, wire, slot, slot->certificate.weight > 0, slot->decided);
        }
    }
}

static void write_dirty(hst_pbft *m, hst_wire *wire)
{
    hst_wire_u32(wire, (uint32_t)m->dirty_count);
    for (uint64_t d = 0; d < m->dirty_count; d++) {
        const hst_pbft_slot *slot = &m->slots[m->dirty[d] & m->mask];
        write_slot(m, wire, slot, (slot->say & HST_PBFT_SAY_COMMIT) != 0,
                   (slot->say & HST_PBFT_KEEP_DECIDED) != 0);
    }
}

static void write_record(hst_pbft *m, hst_effects *effects)
{
    hst_wire *wire = hst_effects_record(effects);
    wire->carry = m->config.carry_signatures;
    hst_wire_u8(wire, m->save_all ? 1 : 0);
    hst_wire_u8(wire, m->active ? 1 : 0);
    hst_wire_u64(wire, m->view);
    hst_wire_u64(wire, m->vote_height);
    hst_wire_u64(wire, m->vote_view);
    hst_wire_u8(wire, m->vote_phase);
    hst_wire_hash(wire, &m->vote);
    if (m->save_all) {
        hst_wire_u8(wire, m->stable > 0 ? 1 : 0);
        if (m->stable > 0) {
            hst_wire_certificate(wire, &m->stable_proof, m->config.membership);
        }
        write_all(m, wire);
    } else {
        write_dirty(m, wire);
    }
    hst_effects_persist(effects, ++m->record);
    if (m->save_all) {
        m->snapshot = m->record;
    }
}

/* ---- saying what waits for the record -------------------------------------------------------- */

static void remember(hst_pbft *m, const hst_pbft_slot *slot, uint8_t phase)
{
    if (m->pending_next - m->pending_first > m->pending_mask) {
        m->dropped++; /* a disk slower than many views: our vote does not count for us */
        return;
    }
    m->pending[m->pending_next++ & m->pending_mask] =
        (hst_pbft_pending){.record = m->record,
                           .sequence = slot->sequence,
                           .view = slot->view,
                           .id = slot->prepares.statement.id,
                           .phase = phase};
}

static void say_slots(hst_pbft *m, hst_effects *effects)
{
    for (uint64_t d = 0; d < m->dirty_count; d++) {
        hst_pbft_slot *slot = &m->slots[m->dirty[d] & m->mask];
        const uint8_t say = slot->say;
        slot->say = 0;
        if ((say & (HST_PBFT_SAY_PREPARE | HST_PBFT_SAY_NOTHING)) != 0) {
            remember(m, slot, HST_PBFT_PHASE_PREPARE);
        }
        if ((say & HST_PBFT_SAY_COMMIT) != 0) {
            remember(m, slot, HST_PBFT_PHASE_COMMIT);
        }
        hst_pbft_say(m, slot, say, HST_CONSENSUS_NOBODY, effects);
    }
    m->dirty_count = 0;
}

void hst_pbft_flush(hst_pbft *m, hst_effects *effects)
{
    if (m->dirty_count == 0 && !m->save_all && !m->save_view) {
        return;
    }
    write_record(m, effects);
    if (m->say_new_view) {
        hst_pbft_write_new_view(m, effects);
        (void)hst_effects_broadcast(effects, m->record);
    }
    say_slots(m, effects);
    if (m->say_change) {
        hst_pbft_write_view_change(m, effects);
        (void)hst_effects_broadcast(effects, m->record);
    }
    m->save_all = false;
    m->save_view = false;
    m->say_change = false;
    m->say_new_view = false;
}

void hst_pbft_on_persisted(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    m->durable = input->sequence;
    if (m->snapshot != 0 && m->snapshot <= m->durable) {
        if (m->snapshot > 1) {
            hst_effects_forget(effects, m->snapshot - 1);
        }
        m->snapshot = 0;
    }
    hst_pbft_count_own(m, effects);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The votes of a slot, which are of the view of its record. */
static void restore(hst_pbft *m, hst_pbft_slot *slot, uint8_t flags, const hst_hash *id)
{
    slot->accepted = true;
    slot->prepares.statement.id = *id;
    if (!slot->decided) {
        slot->commits.statement.id = *id;
    }
    hst_pbft_note_vote(m, slot->sequence, m->view, HST_PBFT_PHASE_PREPARE, id);
    if ((flags & FLAG_PREPARED) != 0) {
        slot->prepared = true;
        hst_pbft_note_vote(m, slot->sequence, m->view, HST_PBFT_PHASE_COMMIT, id);
    }
}

static void recover_slot(hst_pbft *m, hst_wire_reader *reader)
{
    const uint64_t sequence = hst_wire_read_u64(reader);
    const uint8_t flags = hst_wire_read_u8(reader);
    const hst_hash id = hst_wire_read_hash(reader);
    const hst_pbft_request request = hst_pbft_read_request(reader);
    if (reader->short_of || sequence == 0 || flags > FLAG_ALL) {
        reader->short_of = true;
        return;
    }
    hst_pbft_slot *slot = hst_pbft_slot_at(m, sequence);
    if ((flags & FLAG_ACCEPTED) != 0) {
        slot->request = request;
        restore(m, slot, flags, &id);
    }
    if ((flags & FLAG_CERTIFICATE) != 0) {
        slot->certified = hst_pbft_read_request(reader);
        hst_wire_read_certificate(reader, m->config.membership, &slot->certificate);
    }
    if ((flags & FLAG_DECIDED) != 0) {
        slot->decided = true;
        slot->chosen = hst_pbft_read_request(reader);
        hst_wire_read_certificate(reader, m->config.membership, &slot->commits);
    }
}

void hst_pbft_on_recover(hst_pbft *m, const hst_consensus_input *input)
{
    hst_wire_reader reader = {
        .bytes = input->bytes, .size = input->size, .carry = m->config.carry_signatures};
    const bool all = hst_wire_read_u8(&reader) != 0;
    m->record = input->sequence;
    m->durable = input->sequence;
    m->active = hst_wire_read_u8(&reader) != 0;
    m->view = hst_wire_read_u64(&reader);
    m->primary = hst_pbft_primary_of(m, m->view);
    const uint64_t height = hst_wire_read_u64(&reader);
    const uint64_t view = hst_wire_read_u64(&reader);
    const uint8_t phase = hst_wire_read_u8(&reader);
    const hst_hash id = hst_wire_read_hash(&reader);
    hst_pbft_note_vote(m, height, view, phase, &id);
    if (all && hst_wire_read_u8(&reader) != 0) {
        hst_wire_read_certificate(&reader, m->config.membership, &m->stable_proof);
        m->stable = m->stable_proof.statement.height;
    }
    const uint32_t count = hst_wire_read_u32(&reader);
    for (uint32_t i = 0; i < count && !reader.short_of; i++) {
        recover_slot(m, &reader);
    }
}
