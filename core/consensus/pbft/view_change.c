/* Asking for another view (OSDI'99, 4.4): VIEW-CHANGE, its proofs, and who follows whom.
 *
 * A VIEW-CHANGE signs, for each sequence number above its stable checkpoint, in which view it is
 * prepared there, as "views ago"; the prepared certificates come along behind. A NEW-VIEW then
 * repeats the signed part of a quorum of them, with only the one certificate a sequence number that
 * matters. */
#include "core/consensus/pbft/machine.h"

#include <string.h>

static uint16_t *ages_of(hst_pbft *m, uint32_t member)
{
    return m->ages + (size_t)member * m->window;
}

int64_t hst_pbft_view_timeout(const hst_pbft *m)
{
    enum { DOUBLINGS = 16 };
    const uint32_t doublings = m->consecutive > 1 ? m->consecutive - 1 : 0;
    const int64_t longest = INT64_C(1) << 52;
    const int64_t factor = INT64_C(1) << (doublings < DOUBLINGS ? doublings : DOUBLINGS);
    return m->view_timeout_ns > longest / factor ? longest : m->view_timeout_ns * factor;
}

hst_hash hst_pbft_change_id(const hst_pbft_change *change, const uint16_t *ages)
{
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, change->view);
    hst_digest_u64(&digest, change->stable);
    hst_digest_u64(&digest, change->count);
    hst_digest_update(&digest, ages, change->count * sizeof *ages);
    return hst_digest_final(&digest);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* What this replica has to say for the view it wants. */
static void compose(hst_pbft *m)
{
    hst_pbft_change *own = &m->changes[m->config.self];
    uint16_t *ages = ages_of(m, m->config.self);
    *own = (hst_pbft_change){.view = m->view, .stable = m->stable};
    for (uint32_t k = 0; k < m->window; k++) {
        const uint64_t sequence = m->stable + 1 + k;
        const hst_pbft_slot *slot = &m->slots[sequence & m->mask];
        ages[k] = 0;
        if (hst_pbft_has_certificate(m, slot, sequence)) {
            const uint64_t age = m->view - slot->certificate.statement.view;
            ages[k] = (uint16_t)(age < UINT16_MAX ? age : UINT16_MAX);
            own->count = k + 1;
        }
    }
    own->id = hst_pbft_change_id(own, ages);
}

void hst_pbft_write_change(hst_wire *wire, const hst_pbft_change *change, const uint16_t *ages)
{
    const hst_statement statement = {.phase = HST_PBFT_PHASE_VIEW_CHANGE,
                                     .view = change->view,
                                     .height = change->stable,
                                     .id = change->id};
    hst_wire_statement(wire, &statement);
    hst_wire_signature(wire, &change->signature);
    hst_wire_u16(wire, (uint16_t)change->count);
    hst_wire_bytes(wire, ages, change->count * (uint32_t)sizeof *ages);
}

void hst_pbft_write_prepared(hst_pbft *m, hst_wire *wire, const hst_pbft_slot *slot)
{
    hst_pbft_write_request(wire, &slot->certified);
    hst_wire_certificate(wire, &slot->certificate, m->config.membership);
}

void hst_pbft_write_view_change(hst_pbft *m, hst_effects *effects)
{
    compose(m);
    const hst_pbft_change *own = &m->changes[m->config.self];
    const uint16_t *ages = ages_of(m, m->config.self);
    hst_wire *wire = hst_effects_message(effects, HST_PBFT_VIEW_CHANGE);
    hst_pbft_write_change(wire, own, ages);
    if (own->stable > 0) {
        hst_wire_certificate(wire, &m->stable_proof, m->config.membership);
    }
    for (uint32_t k = 0; k < own->count; k++) {
        if (ages[k] != 0) {
            hst_pbft_write_prepared(m, wire, &m->slots[(own->stable + 1 + k) & m->mask]);
        }
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

bool hst_pbft_read_change(hst_pbft *m, hst_wire_reader *reader, hst_pbft_change *change)
{
    const hst_statement statement = hst_wire_read_statement(reader);
    *change =
        (hst_pbft_change){.view = statement.view, .stable = statement.height, .id = statement.id};
    change->signature = hst_wire_read_signature(reader);
    change->count = hst_wire_read_u16(reader);
    if (reader->short_of || statement.phase != HST_PBFT_PHASE_VIEW_CHANGE || change->view == 0 ||
        change->count > m->window || change->stable > UINT64_MAX - 2 * m->window) {
        return false;
    }
    hst_wire_read_bytes(reader, m->scratch_ages, change->count * sizeof *m->scratch_ages);
    for (uint32_t k = 0; k < change->count; k++) {
        if (m->scratch_ages[k] > change->view) {
            return false;
        }
    }
    const hst_hash id = hst_pbft_change_id(change, m->scratch_ages);
    return !reader->short_of && hst_hash_equal(&id, &statement.id);
}

bool hst_pbft_read_prepared(hst_pbft *m,
                            hst_wire_reader *reader,
                            uint64_t sequence,
                            uint64_t view,
                            hst_pbft_request *request)
{
    *request = hst_pbft_read_request(reader);
    hst_wire_read_certificate(reader, m->config.membership, &m->scratch);
    const hst_statement *statement = &m->scratch.statement;
    if (reader->short_of || statement->phase != HST_PBFT_PHASE_PREPARE ||
        statement->height != sequence || statement->view > view || m->scratch.weight < m->quorum ||
        !hst_member_has(m->scratch.signers, hst_pbft_primary_of(m, statement->view))) {
        return false;
    }
    const hst_hash id = hst_pbft_value_id(sequence, request);
    return hst_hash_equal(&id, &statement->id);
}

/* The proofs behind a VIEW-CHANGE: its checkpoint, and a certificate for each sequence number that
 * it says is prepared, in that very view. `highest` of these views. */
static bool
read_proofs(hst_pbft *m, hst_wire_reader *reader, const hst_pbft_change *change, uint64_t *highest)
{
    *highest = 0;
    if (change->stable > 0 &&
        (!hst_pbft_read_stable(m, reader) || m->scratch.statement.height != change->stable)) {
        return false;
    }
    for (uint32_t k = 0; k < change->count; k++) {
        hst_pbft_request request;
        const uint16_t age = m->scratch_ages[k];
        if (age != 0 && (!hst_pbft_read_prepared(m, reader, change->stable + 1 + k,
                                                 change->view - age, &request) ||
                         m->scratch.statement.view != change->view - age)) {
            return false;
        }
        if (age != 0 && change->view - age > *highest) {
            *highest = change->view - age;
        }
    }
    return hst_wire_read_done(reader);
}

/* Who will be primary keeps the certificates of others: a NEW-VIEW has to show them. */
static void keep_proofs(hst_pbft *m,
                        hst_wire_reader *reader,
                        const hst_pbft_change *change,
                        uint32_t from,
                        hst_effects *effects)
{
    if (change->stable > 0) {
        (void)hst_pbft_read_stable(m, reader);
        (void)hst_pbft_adopt_stable(m, from, effects);
    }
    if (hst_pbft_primary_of(m, change->view) != m->config.self) {
        return;
    }
    for (uint32_t k = 0; k < change->count; k++) {
        hst_pbft_request request;
        const uint64_t sequence = change->stable + 1 + k;
        if (m->scratch_ages[k] == 0) {
            continue;
        }
        (void)hst_pbft_read_prepared(m, reader, sequence, change->view, &request);
        if (sequence <= m->stable || sequence - m->stable > m->window) {
            continue;
        }
        hst_pbft_slot *slot = hst_pbft_slot_at(m, sequence);
        if (!hst_pbft_has_certificate(m, slot, sequence) ||
            slot->certificate.statement.view < m->scratch.statement.view) {
            hst_tally_copy(&slot->certificate, &m->scratch, m->config.membership);
            slot->certified = request;
        }
    }
}

/* ---- following and leading ------------------------------------------------------------------- */

/* Weight of those who want a view above ours, and the smallest such view. */
static uint64_t weight_above(const hst_pbft *m, uint64_t *smallest)
{
    uint64_t weight = 0;
    *smallest = UINT64_MAX;
    for (uint32_t i = 0; i < m->count; i++) {
        const uint64_t view = m->changes[i].view;
        if (view > m->view) {
            weight += hst_membership_weight(m->config.membership, i);
            *smallest = *smallest < view ? *smallest : view;
        }
    }
    return weight;
}

static uint64_t weight_at(const hst_pbft *m, uint64_t from, uint64_t to)
{
    uint64_t weight = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        const uint64_t view = m->changes[i].view;
        weight += view >= from && view <= to ? hst_membership_weight(m->config.membership, i) : 0;
    }
    return weight;
}

static void leave_view(hst_pbft *m, uint64_t view)
{
    m->view = view;
    m->primary = hst_pbft_primary_of(m, view);
    m->active = false;
    m->top = m->executed;
    m->heard = m->executed;
    m->began = false;
    m->consecutive++;
    m->again_armed = false; /* it is said now; again in due time */
    m->change_due_ns = 0;
    m->change_said = 0;
    m->save_all = true;
    m->say_change = true;
    for (; m->dirty_count > 0; m->dirty_count--) {
        /* What this step wanted to say in the old view is not said. */
        m->slots[m->dirty[m->dirty_count - 1] & m->mask].say = 0;
    }
    compose(m);
}

/* With a quorum for our view: its primary begins it, the others start to wait for that. Who wants a
 * later one by now has wanted ours: after restarts there may be no quorum for a single view. */
static void go_on(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (m->active || weight_at(m, m->view, UINT64_MAX) < m->quorum) {
        return;
    }
    if (m->config.self == m->primary && weight_at(m, m->view, m->view) >= m->quorum) {
        hst_pbft_begin_view(m, effects);
    } else if (!m->view_armed) {
        m->view_armed = true;
        m->view_due_ns = input->now_ns + hst_pbft_view_timeout(m);
        hst_effects_timer_set(effects, HST_PBFT_TIMER_VIEW, m->view_due_ns);
    }
}

/* f + 1 who want more than we do include an honest one: follow, to the smallest such view. */
static void follow(hst_pbft *m, hst_effects *effects)
{
    uint64_t smallest;
    while (weight_above(m, &smallest) >= m->weak) {
        leave_view(m, smallest);
        m->view_armed = false;
        hst_effects_timer_cancel(effects, HST_PBFT_TIMER_VIEW);
    }
}

void hst_pbft_start_view_change(hst_pbft *m,
                                uint64_t view,
                                const hst_consensus_input *input,
                                hst_effects *effects)
{
    leave_view(m, view);
    m->view_armed = false;
    hst_effects_timer_cancel(effects, HST_PBFT_TIMER_VIEW);
    follow(m, effects);
    go_on(m, input, effects);
}

/* Somebody waits for the NEW-VIEW of the view that we are in. */
static void explain(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (m->config.self != m->primary) {
        return;
    }
    if (hst_pbft_can_say_new_view(m)) {
        /* Soon after it began, it is under way. */
        if (m->now_ns - m->began_ns >= m->again_ns / 2) {
            hst_pbft_write_new_view(m, effects);
            (void)hst_effects_send(effects, input->from, m->record);
        }
    } else if (weight_at(m, m->view, UINT64_MAX) >= m->weak) {
        /* We have forgotten it, and one of them is honest: the view cannot go on. */
        hst_pbft_start_view_change(m, m->view + 1, input, effects);
    }
}

void hst_pbft_on_view_change(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    hst_pbft_change change;
    if (!hst_pbft_read_change(m, &reader, &change)) {
        m->refused++;
        return;
    }
    if (change.view < m->view || change.view < m->changes[input->from].view) {
        m->refused++; /* late */
        return;
    }
    hst_wire_reader again = reader;
    uint64_t highest;
    if (!read_proofs(m, &reader, &change, &highest)) {
        m->refused++;
        return;
    }
    hst_pbft_believe_view(m, highest);
    keep_proofs(m, &again, &change, input->from, effects);
    m->changes[input->from] = change;
    memcpy(ages_of(m, input->from), m->scratch_ages, change.count * sizeof *m->scratch_ages);
    if (change.view == m->view && m->active) {
        explain(m, input, effects);
        return;
    }
    follow(m, effects);
    go_on(m, input, effects);
}
