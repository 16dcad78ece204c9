/* Catching up by blocks: FETCH says how far one has come, COPY gives what lies beyond, LAST tells
 * a replica that lost its disk which block it made last. */
#include "core/consensus/mysticeti/machine.h"

#include <string.h>

enum { NONE = HST_MYSTICETI_NONE, COPIES_MAX = 1024, COPY_BYTES_MAX = 4 << 20 };

static uint32_t highest(const hst_mysticeti_machine *m, uint64_t *top)
{
    uint32_t author = 0;
    for (uint32_t a = 1; a < m->dag.count; a++) {
        author = m->dag.last[a] > m->dag.last[author] ? a : author;
    }
    *top = m->dag.last[author];
    return author;
}

/* Blocks to ask for by name: those that parked blocks await and that are not parked themselves. A
 * FETCH goes on where the one before ended: some may not exist, and must not keep the others from
 * being asked for. */
static uint32_t missing(hst_mysticeti_machine *m, hst_mysticeti_reference *out)
{
    const uint32_t first = m->name_next;
    uint32_t count = 0;
    for (uint32_t i = 0; i < m->parked_max && m->parked_count > 0; i++) {
        const uint32_t p = (first + i) % m->parked_max;
        const hst_mysticeti_parked *one = &m->parked[p];
        bool known = one->size == 0;
        for (uint32_t o = 0; o < count && !known; o++) {
            known = hst_hash_equal(&out[o].id, &one->awaits.id);
        }
        for (uint32_t o = 0; o < m->parked_max && !known; o++) {
            known = m->parked[o].size != 0 && hst_hash_equal(&m->parked[o].id, &one->awaits.id);
        }
        if (!known) {
            out[count++] = one->awaits;
        }
        if (count == HST_MYSTICETI_ASKED_MAX) {
            m->name_next = (uint16_t)((p + 1) % m->parked_max);
            break;
        }
    }
    return count;
}

static void write_fetch(hst_mysticeti_machine *m, uint8_t flags, hst_effects *effects)
{
    hst_mysticeti_reference names[HST_MYSTICETI_ASKED_MAX];
    const uint32_t count = missing(m, names);
    uint64_t top = 0;
    (void)highest(m, &top);
    hst_wire *wire = hst_effects_message(effects, HST_MYSTICETI_KIND_FETCH);
    hst_wire_u8(wire, flags);
    hst_wire_u64(wire, m->dag.decided + 1);
    hst_wire_u64(wire, top);
    for (uint32_t a = 0; a < m->dag.count; a++) {
        const uint64_t back = top - m->dag.last[a];
        hst_wire_u16(wire, m->dag.last[a] == 0 || back > UINT16_MAX ? UINT16_MAX : (uint16_t)back);
    }
    hst_wire_u16(wire, (uint16_t)count);
    for (uint32_t i = 0; i < count; i++) {
        hst_wire_u16(wire, (uint16_t)names[i].author);
        hst_wire_u64(wire, names[i].round);
        hst_wire_hash(wire, &names[i].id);
    }
}

void hst_mysticeti_fetch(hst_mysticeti_machine *m,
                         uint32_t peer,
                         int64_t now_ns,
                         hst_effects *effects)
{
    m->asked_ns = now_ns;
    m->accepted_asked = m->accepted;
    write_fetch(m, 0, effects);
    hst_effects_send(effects, peer, 0);
}

void hst_mysticeti_fetch_all(hst_mysticeti_machine *m,
                             uint8_t flags,
                             int64_t now_ns,
                             hst_effects *effects)
{
    m->asked_ns = now_ns;
    write_fetch(m, flags, effects);
    hst_effects_broadcast(effects, 0);
}

/* ---- giving -------------------------------------------------------------------------------- */

static void write_block(const hst_mysticeti_machine *m, uint16_t handle, hst_wire *wire)
{
    static const hst_signature none = {{0}};
    hst_mysticeti_write_body(&m->dag, handle, wire);
    hst_wire_signature(wire, m->dag.signatures != NULL ? &m->dag.signatures[handle] : &none);
}

static bool can_give(const hst_mysticeti_machine *m, uint16_t handle)
{
    const hst_mysticeti_block *b = hst_mysticeti_at(&m->dag, handle);
    return b->whole && !b->stub && b->round > m->dag.floor;
}

static void
send_copy(hst_mysticeti_machine *m, uint16_t handle, uint32_t to, bool more, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, HST_MYSTICETI_KIND_COPY);
    hst_wire_u8(wire, more ? 1 : 0);
    write_block(m, handle, wire);
    hst_effect *sent = hst_effects_send(effects, to, 0);
    sent->batch = hst_mysticeti_at(&m->dag, handle)->batch;
    sent->id = hst_mysticeti_at(&m->dag, handle)->id;
}

/* How far a peer has come with an author. */
static uint64_t reached(const uint8_t *backs, uint64_t top, uint32_t author)
{
    uint16_t back;
    memcpy(&back, backs + (size_t)2 * author, sizeof back);
    return back == UINT16_MAX || back > top ? 0 : top - back;
}

/* What lies beyond what the peer has, oldest round first, so that ancestors come first. */
static void give_beyond(
    hst_mysticeti_machine *m, const uint8_t *backs, uint64_t top, uint32_t to, hst_effects *effects)
{
    const uint32_t most = 4 * m->dag.count < COPIES_MAX ? 64 + 4 * m->dag.count : COPIES_MAX;
    const uint32_t used = effects->used;
    uint64_t from = m->dag.top;
    uint32_t sent = 0;
    for (uint32_t a = 0; a < m->dag.count; a++) {
        const uint64_t round = reached(backs, top, a);
        from = round < from ? round : from;
    }
    from = from > m->dag.floor ? from : m->dag.floor;
    for (uint64_t r = from + 1; r <= m->dag.top; r++) {
        for (uint32_t a = 0; a < m->dag.count; a++) {
            const uint16_t handle = hst_mysticeti_original(&m->dag, r, a);
            if (handle == NONE || r <= reached(backs, top, a) || !can_give(m, handle)) {
                continue;
            }
            const bool full = ++sent == most || effects->used - used > COPY_BYTES_MAX;
            send_copy(m, handle, to, full, effects);
            if (full) {
                return;
            }
        }
    }
}

/* Blocks asked for by name; false when one of them cannot be had here any more. */
static bool
give_named(hst_mysticeti_machine *m, hst_wire_reader *reader, uint32_t to, hst_effects *effects)
{
    const uint32_t count = hst_wire_read_u16(reader);
    bool all = true;
    for (uint32_t i = 0; i < count; i++) {
        hst_mysticeti_reference name;
        name.author = hst_wire_read_u16(reader);
        name.round = hst_wire_read_u64(reader);
        name.id = hst_wire_read_hash(reader);
        const uint16_t handle =
            name.author < m->dag.count ? hst_mysticeti_find(&m->dag, &name) : (uint16_t)NONE;
        if (handle != NONE && can_give(m, handle)) {
            send_copy(m, handle, to, false, effects);
        } else if (handle != NONE || name.round <= m->dag.floor) {
            all = false;
        }
    }
    return all;
}

static void give_last(hst_mysticeti_machine *m, uint32_t to, hst_effects *effects)
{
    const uint16_t handle = hst_mysticeti_original(&m->dag, m->dag.last[to], to);
    const bool has = handle != NONE && can_give(m, handle);
    hst_wire *wire = hst_effects_message(effects, HST_MYSTICETI_KIND_LAST);
    hst_wire_u8(wire, has ? 1 : 0);
    if (has) {
        write_block(m, handle, wire);
    }
    hst_effects_send(effects, to, 0);
}

/* A peer that asks may have what we miss: ask it in turn, at the next tick. */
static void learn(hst_mysticeti_machine *m, const uint8_t *backs, uint64_t top, uint32_t from)
{
    for (uint32_t a = 0; a < m->dag.count; a++) {
        if (reached(backs, top, a) > m->dag.last[a]) {
            m->asks = m->asks > 0 ? m->asks : 1;
            m->next_peer = from;
            return;
        }
    }
}

/* Whether a FETCH has the size that it says. */
static bool fetch_is_whole(const hst_mysticeti_machine *m, const hst_consensus_input *input)
{
    enum { NAME_SIZE = 2 + 8 + HST_HASH_SIZE };
    const size_t head = 1 + 1 + 8 + 8 + (size_t)2 * m->dag.count + 2;
    uint16_t count;
    if (input->size < head) {
        return false;
    }
    memcpy(&count, input->bytes + head - 2, sizeof count);
    return count <= HST_MYSTICETI_ASKED_MAX && input->size == head + (size_t)count * NAME_SIZE;
}

void hst_mysticeti_on_fetch(hst_mysticeti_machine *m,
                            const hst_consensus_input *input,
                            hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, false);
    const uint8_t flags = hst_wire_read_u8(&reader);
    const uint64_t next = hst_wire_read_u64(&reader);
    const uint64_t top = hst_wire_read_u64(&reader);
    if (!fetch_is_whole(m, input) || input->from == m->config.self) {
        m->refused++;
        return;
    }
    const uint8_t *backs = input->bytes + reader.at;
    reader.at += (size_t)2 * m->dag.count;
    if ((flags & HST_MYSTICETI_WANT_LAST) != 0) {
        give_last(m, input->from, effects);
        return;
    }
    learn(m, backs, top, input->from);
    const bool lost = next <= m->dag.floor || (flags & HST_MYSTICETI_WANT_STATE) != 0;
    if (m->cut.round >= next && (lost || !give_named(m, &reader, input->from, effects))) {
        hst_mysticeti_send_state(m, input->from, effects);
        return;
    }
    if (m->cut.round < next && !lost) {
        (void)give_named(m, &reader, input->from, effects);
    }
    give_beyond(m, backs, top, input->from, effects);
}

/* ---- this replica's own past --------------------------------------------------------------- */

void hst_mysticeti_ask_past(hst_mysticeti_machine *m, int64_t now_ns, hst_effects *effects)
{
    m->answered_weight = hst_membership_weight(m->config.membership, m->config.self);
    m->known = m->answered_weight >= m->dag.quorum;
    if (!m->known) {
        hst_mysticeti_fetch_all(m, HST_MYSTICETI_WANT_LAST, now_ns, effects);
    }
}

void hst_mysticeti_on_last(hst_mysticeti_machine *m,
                           const hst_consensus_input *input,
                           hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const uint8_t has = hst_wire_read_u8(&reader);
    hst_mysticeti_draft draft = {0};
    (void)effects;
    if (has == 1) {
        draft = hst_mysticeti_read_body(&reader);
        draft.signature = hst_wire_read_signature(&reader);
    }
    const bool right =
        has == 0 || (draft.author == m->config.self &&
                     hst_mysticeti_draft_valid(&draft, m->config.membership, m->dag.age));
    if (!hst_wire_read_done(&reader) || has > 1 || !right || input->from == m->config.self) {
        m->refused++;
        return;
    }
    m->own_round = draft.round > m->own_round ? draft.round : m->own_round;
    if (!m->known && hst_member_add(m->answered, input->from)) {
        /* A quorum answered: whatever of ours a quorum had, one of them knew. */
        m->answered_weight += hst_membership_weight(m->config.membership, input->from);
        m->known = m->answered_weight >= m->dag.quorum;
    }
}

/* ---- asking -------------------------------------------------------------------------------- */

/* The oldest parked block that waited for a tick already; NONE. */
static uint16_t overdue(const hst_mysticeti_machine *m, int64_t now_ns)
{
    uint16_t oldest = NONE;
    for (uint32_t p = 0; p < m->parked_max && m->parked_count > 0; p++) {
        if (m->parked[p].size != 0 && m->parked[p].since_ns <= now_ns - m->fetch_ns &&
            (oldest == NONE || m->parked[p].since_ns < m->parked[oldest].since_ns)) {
            oldest = (uint16_t)p;
        }
    }
    return oldest;
}

static uint32_t rotate(hst_mysticeti_machine *m)
{
    uint32_t peer = m->next_peer % m->dag.count;
    peer = peer == m->config.self ? (peer + 1) % m->dag.count : peer;
    m->next_peer = (peer + 1) % m->dag.count;
    return peer;
}

/* Whether something is known to be outstanding. A round in which this replica made a block is
 * one: the others follow, so a quorum of blocks is under way. */
static bool restless(const hst_mysticeti_machine *m, const hst_consensus_input *input)
{
    return !m->known || input->offer.id != 0 || m->dag.pending > 0 || m->parked_count > 0 ||
           m->asks > 0 || m->heard > m->dag.top || m->dag.clock <= m->own_round;
}

void hst_mysticeti_on_sync(hst_mysticeti_machine *m,
                           const hst_consensus_input *input,
                           hst_effects *effects)
{
    const bool stalled = m->accepted == m->accepted_then;
    m->armed = false;
    m->accepted_then = m->accepted;
    if (!m->known) {
        hst_mysticeti_fetch_all(m, HST_MYSTICETI_WANT_LAST, input->now_ns, effects);
        return;
    }
    const uint16_t late = overdue(m, input->now_ns);
    if (!restless(m, input) || (late == NONE && !stalled && m->asks == 0)) {
        return;
    }
    m->asks -= m->asks > 0 ? 1 : 0;
    if (m->asks == 0 && m->heard > m->dag.top) {
        m->heard = m->dag.top; /* nobody had more: it may have been a lie */
    }
    /* Whoever sent a block has its ancestors, if it is honest: then the others in turn. */
    const bool first = late != NONE && m->parked[late].since_ns > input->now_ns - 2 * m->fetch_ns;
    const uint32_t peer = first ? m->parked[late].from : rotate(m);
    hst_mysticeti_fetch(m, peer == m->config.self ? rotate(m) : peer, input->now_ns, effects);
}

void hst_mysticeti_arm(hst_mysticeti_machine *m,
                       const hst_consensus_input *input,
                       hst_effects *effects)
{
    if (!m->armed && m->dag.count > 1 && restless(m, input)) {
        m->armed = true;
        hst_effects_timer_set(effects, HST_MYSTICETI_TIMER_SYNC, input->now_ns + m->fetch_ns);
    }
}
