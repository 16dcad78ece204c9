/* Saying it again, asking, answering: how losses and absences are made good.
 *
 * A replica that stands still for `again_ns` though it has something to wait for says its votes (or
 * its CHECKPOINT, or less and less often its VIEW-CHANGE) again and asks the next peer: TOCS 2002,
 * 5.2, where status messages do the same. Answers prove themselves: a quorum's COMMITs for a
 * decision, a quorum's CHECKPOINTs for a state. */
#include "core/consensus/pbft/machine.h"

/* Of a FETCH: taking part in its view; standing still. */
enum { FLAG_ACTIVE = 1, FLAG_VOTES = 2, FLAG_ALL = 3 };
enum { DECISIONS_AT_ONCE = 32, SLOTS_AT_ONCE = 8 };

/* ---- asking ---------------------------------------------------------------------------------- */

void hst_pbft_fetch(hst_pbft *m, uint32_t to, bool votes, hst_effects *effects)
{
    if (m->count == 1) {
        return;
    }
    if (to == HST_CONSENSUS_NOBODY) {
        m->peer = (m->peer + 1) % m->count;
        m->peer = m->peer == m->config.self ? (m->peer + 1) % m->count : m->peer;
        to = m->peer;
    }
    hst_wire *wire = hst_effects_message(effects, HST_PBFT_FETCH);
    hst_wire_u64(wire, m->view);
    hst_wire_u8(wire, (uint8_t)((m->active ? FLAG_ACTIVE : 0) | (votes ? FLAG_VOTES : 0)));
    hst_wire_u64(wire, m->executed);
    hst_wire_u64(wire, m->stable);
    (void)hst_effects_send(effects, to, 0);
    m->fetch_until = m->executed + DECISIONS_AT_ONCE;
}

void hst_pbft_hint(hst_pbft *m)
{
    /* So many that one of them is honest, twice, for a question or an answer may get lost. */
    m->asks = m->count == 1 ? 0 : 2 * (uint32_t)hst_weak_quorum(m->count);
}

static bool has_reason(const hst_pbft *m)
{
    return !m->active || m->waits || m->known > m->executed || m->heard > m->executed ||
           m->asks > 0 || m->reported > m->stable;
}

void hst_pbft_arm_again(hst_pbft *m, int64_t now_ns, hst_effects *effects)
{
    const int64_t due = now_ns + (has_reason(m) ? m->again_ns : m->status_ns);
    if (m->count == 1 || (m->again_armed && m->again_due_ns <= due)) {
        return;
    }
    m->again_armed = true;
    m->again_due_ns = due;
    m->again_from = m->executed;
    m->again_stable = m->stable;
    hst_effects_timer_set(effects, HST_PBFT_TIMER_AGAIN, m->again_due_ns);
}

/* One's votes on the lowest sequence numbers that are not executed, to one or to all. */
static void say_slots(hst_pbft *m, uint64_t from, uint32_t to, hst_effects *effects)
{
    for (uint64_t s = from, said = 0; s <= m->top && said < SLOTS_AT_ONCE; s++, said++) {
        const hst_pbft_slot *slot = &m->slots[s & m->mask];
        if (slot->sequence == s && slot->view == m->view && slot->accepted && slot->say == 0) {
            const uint8_t what =
                (uint8_t)(HST_PBFT_SAY_PREPARE | (slot->prepared ? HST_PBFT_SAY_COMMIT : 0));
            hst_pbft_say(m, slot, what, to, effects);
        }
    }
}

/* To all, each time after twice as long: it brings a quorum's signatures for every sequence number
 * that is prepared, and said by everyone every `again_ns` it would take more than a processor. */
static void say_change_again(hst_pbft *m, int64_t now_ns, hst_effects *effects)
{
    enum { DOUBLINGS = 6 };
    if (now_ns < m->change_due_ns) {
        return;
    }
    m->change_said += m->change_said < DOUBLINGS ? 1 : 0;
    m->change_due_ns = now_ns + m->again_ns * (INT64_C(1) << m->change_said);
    hst_pbft_write_view_change(m, effects);
    (void)hst_effects_broadcast(effects, m->record);
}

void hst_pbft_on_again(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (!m->again_armed) {
        return;
    }
    if (input->now_ns < m->again_due_ns) { /* a clock that drifts, or an earlier deadline */
        hst_effects_timer_set(effects, HST_PBFT_TIMER_AGAIN, m->again_due_ns);
        return;
    }
    m->again_armed = false;
    const bool stands_still = m->executed == m->again_from;
    if (!has_reason(m)) {
        if (stands_still) {
            hst_pbft_fetch(m, HST_CONSENSUS_NOBODY, false, effects);
        }
        return;
    }
    if (!m->active) {
        say_change_again(m, input->now_ns, effects);
    } else if (stands_still) {
        say_slots(m, m->executed + 1, HST_CONSENSUS_NOBODY, effects);
    }
    if (m->reported > m->stable && m->stable == m->again_stable) {
        hst_pbft_say_checkpoint(m, effects);
    }
    if (stands_still) {
        m->asks -= m->asks > 0 ? 1 : 0;
        hst_pbft_fetch(m, HST_CONSENSUS_NOBODY, true, effects);
    }
}

/* ---- answering ------------------------------------------------------------------------------- */

static void send_stable(hst_pbft *m, uint32_t to, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, HST_PBFT_STABLE);
    hst_wire_certificate(wire, &m->stable_proof, m->config.membership);
    (void)hst_effects_send(effects, to, 0);
}

/* Decisions from a sequence number on, while they are at hand; says how far. */
static uint64_t send_decided(hst_pbft *m, uint64_t from, uint32_t to, hst_effects *effects)
{
    uint64_t s = from;
    for (; s <= m->executed && s - from < DECISIONS_AT_ONCE; s++) {
        const hst_pbft_slot *slot = &m->slots[s & m->mask];
        if (slot->sequence != s || !slot->decided) {
            break;
        }
        hst_wire *wire = hst_effects_message(effects, HST_PBFT_DECIDED);
        hst_wire_certificate(wire, &slot->commits, m->config.membership);
        hst_pbft_write_request(wire, &slot->chosen);
        hst_wire_u64(wire, m->executed);
        hst_effects_send(effects, to, 0)->batch = slot->chosen.batch;
    }
    return s;
}

void hst_pbft_on_fetch(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const uint64_t view = hst_wire_read_u64(&reader);
    const uint8_t flags = hst_wire_read_u8(&reader);
    const uint64_t executed = hst_wire_read_u64(&reader);
    const uint64_t stable = hst_wire_read_u64(&reader);
    if (!hst_wire_read_done(&reader) || flags > FLAG_ALL || stable > executed) {
        m->refused++;
        return;
    }
    if ((view < m->view || (view == m->view && (flags & FLAG_ACTIVE) == 0)) &&
        hst_pbft_can_say_new_view(m)) {
        hst_pbft_write_new_view(m, effects);
        (void)hst_effects_send(effects, input->from, m->record);
    } else if (!m->active && (flags & FLAG_ACTIVE) == 0 && view <= m->view) {
        /* It waits as we do, and may have missed what we said. */
        hst_pbft_write_view_change(m, effects);
        (void)hst_effects_send(effects, input->from, m->record);
    }
    if (stable < m->stable) {
        send_stable(m, input->from, effects);
        if (executed < m->stable && m->slots[(executed + 1) & m->mask].sequence != executed + 1) {
            return; /* it will ask again from there */
        }
    }
    if (executed >= m->executed && executed >= m->top) {
        return;
    }
    const uint64_t next = send_decided(m, executed + 1, input->from, effects);
    if (view == m->view && flags == FLAG_ALL && m->active) {
        say_slots(m, next, input->from, effects);
    }
}

void hst_pbft_on_decided(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    hst_wire_read_certificate(&reader, m->config.membership, &m->scratch);
    const hst_pbft_request request = hst_pbft_read_request(&reader);
    const uint64_t top = hst_wire_read_u64(&reader);
    const hst_statement *statement = &m->scratch.statement;
    if (!hst_wire_read_done(&reader) || statement->phase != HST_PBFT_PHASE_COMMIT ||
        m->scratch.weight < m->quorum) {
        m->refused++;
        return;
    }
    const uint64_t height = statement->height;
    const hst_hash id = hst_pbft_value_id(height, &request);
    if (!hst_hash_equal(&id, &statement->id)) {
        m->refused++;
        return;
    }
    hst_pbft_believe_view(m, statement->view);
    if (height <= m->executed) {
        return;
    }
    if (height - m->stable > m->window) {
        m->dropped++;
        return;
    }
    hst_pbft_slot *slot = hst_pbft_slot_at(m, height);
    if (!slot->decided) {
        hst_tally_copy(&slot->commits, &m->scratch, m->config.membership);
        hst_pbft_decide(m, slot, &request, effects);
    }
    if (m->executed >= m->fetch_until && top > m->executed) {
        hst_pbft_fetch(m, input->from, false, effects);
    }
}

void hst_pbft_on_stable(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    if (!hst_pbft_read_stable(m, &reader) || !hst_wire_read_done(&reader)) {
        m->refused++;
        return;
    }
    const uint64_t before = m->executed;
    if (hst_pbft_adopt_stable(m, input->from, effects) && m->executed != before) {
        hst_pbft_fetch(m, input->from, false, effects);
    }
}
