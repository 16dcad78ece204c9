/* Beginning a view (OSDI'99, 4.4): NEW-VIEW with its V and O, written by the new primary and worked
 * out again by everyone who gets it.
 *
 *   NEW-VIEW  statement, signature | members u16, each: member u16, VIEW-CHANGE (view_change.c)
 *             | [certificate of min-s] | entries u16, each: proven u8 | request | [certificate]
 *             | the primary's PRE-PREPARE statement, signature
 *
 * O covers min-s < s <= max-s. An entry is what was prepared in the highest view, or the
 * null request. Its proof may be of a higher view than V says, never of a lower one. */
#include "core/consensus/pbft/machine.h"

#include <string.h>

static const hst_pbft_request null_request = {0};

void hst_pbft_enter_view(hst_pbft *m, uint64_t view)
{
    m->view = view;
    m->primary = hst_pbft_primary_of(m, view);
    m->active = true;
    m->view_armed = false; /* the end of the step sees to the timer */
    m->top = m->executed;
    m->heard = m->executed;
    m->began = false;
    m->view_changes++;
    m->save_view = true;
}

/* f + 1 honest replicas have voted in it, so they have seen its NEW-VIEW and will vote for nothing
 * else than its O says; to vote with them without having seen it cannot prepare anything else. Only
 * its primary must not go on where it does not remember. */
void hst_pbft_believe_view(hst_pbft *m, uint64_t view)
{
    if ((view > m->view || (view == m->view && !m->active)) &&
        hst_pbft_primary_of(m, view) != m->config.self) {
        hst_pbft_enter_view(m, view);
    }
}

/* ---- the new primary ------------------------------------------------------------------------- */

void hst_pbft_begin_view(hst_pbft *m, hst_effects *effects)
{
    uint64_t top = m->stable;
    for (uint64_t s = m->stable + 1; s <= m->stable + m->window; s++) {
        top = hst_pbft_has_certificate(m, &m->slots[s & m->mask], s) ? s : top;
    }
    hst_pbft_enter_view(m, m->view);
    m->began = true;
    m->began_ns = m->now_ns;
    m->new_view_top = top;
    m->say_new_view = true;
    m->save_all = true;
    m->say_change = false;
    for (uint64_t s = m->stable + 1; s <= top; s++) {
        hst_pbft_slot *slot = hst_pbft_slot_at(m, s);
        const bool proven = hst_pbft_has_certificate(m, slot, s);
        const hst_pbft_request *request = proven ? &slot->certified : &null_request;
        const hst_hash id = hst_pbft_value_id(s, request);
        hst_pbft_accept(m, slot, &id, request, NULL);
        slot->say = HST_PBFT_SAY_NOTHING;
        hst_pbft_advance(m, slot, effects);
    }
}

bool hst_pbft_can_say_new_view(const hst_pbft *m)
{
    uint64_t weight = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        weight +=
            m->changes[i].view == m->view ? hst_membership_weight(m->config.membership, i) : 0;
    }
    return m->active && m->began && weight >= m->quorum;
}

/* The digest of V and O that the primary signs. */
typedef struct contents {
    hst_digest digest;
    uint64_t view, stable;
} contents;

static void contents_begin(contents *c, uint64_t view, uint64_t stable)
{
    hst_digest_init(&c->digest, NULL, 0);
    hst_digest_u64(&c->digest, view);
    hst_digest_u64(&c->digest, stable);
}

static void contents_add(contents *c, uint64_t of, const hst_hash *id)
{
    hst_digest_u64(&c->digest, of);
    hst_digest_update(&c->digest, id->bytes, sizeof id->bytes);
}

static void write_entry(hst_pbft *m, hst_wire *wire, uint64_t sequence)
{
    const hst_pbft_slot *slot = &m->slots[sequence & m->mask];
    const bool proven = hst_pbft_has_certificate(m, slot, sequence);
    hst_wire_u8(wire, proven ? 1 : 0);
    if (proven) {
        hst_pbft_write_prepared(m, wire, slot);
    } else {
        hst_pbft_write_request(wire, &null_request);
    }
    hst_wire_statement(wire, &slot->prepares.statement);
    hst_wire_signature_slot(wire);
}

void hst_pbft_write_new_view(hst_pbft *m, hst_effects *effects)
{
    contents c;
    uint16_t members = 0;
    contents_begin(&c, m->view, m->stable);
    for (uint32_t i = 0; i < m->count; i++) {
        if (m->changes[i].view == m->view) {
            contents_add(&c, i, &m->changes[i].id);
            members++;
        }
    }
    for (uint64_t s = m->stable + 1; s <= m->new_view_top; s++) {
        contents_add(&c, s, &m->slots[s & m->mask].prepares.statement.id);
    }
    const hst_statement statement = {.phase = HST_PBFT_PHASE_NEW_VIEW,
                                     .view = m->view,
                                     .height = m->stable,
                                     .id = hst_digest_final(&c.digest)};
    hst_wire *wire = hst_effects_message(effects, HST_PBFT_NEW_VIEW);
    hst_wire_statement(wire, &statement);
    hst_wire_signature_slot(wire);
    hst_wire_u16(wire, members);
    for (uint32_t i = 0; i < m->count; i++) {
        if (m->changes[i].view == m->view) {
            hst_wire_u16(wire, (uint16_t)i);
            hst_pbft_write_change(wire, &m->changes[i], m->ages + (size_t)i * m->window);
        }
    }
    if (m->stable > 0) {
        hst_wire_certificate(wire, &m->stable_proof, m->config.membership);
    }
    const uint64_t entries = m->new_view_top > m->stable ? m->new_view_top - m->stable : 0;
    hst_wire_u16(wire, (uint16_t)entries);
    for (uint64_t s = m->stable + 1; s <= m->new_view_top; s++) {
        write_entry(m, wire, s);
    }
}

/* ---- everyone else --------------------------------------------------------------------------- */

/* What one VIEW-CHANGE says of the sequence numbers above min-s. */
static void note_claims(hst_pbft *m, const hst_pbft_change *change, uint64_t stable)
{
    for (uint32_t k = 0; k < change->count; k++) {
        const uint64_t sequence = change->stable + 1 + k;
        if (m->scratch_ages[k] == 0 || sequence <= stable) {
            continue;
        }
        uint64_t *claimed = &m->claimed[sequence - stable - 1];
        const uint64_t view = change->view - m->scratch_ages[k] + 1;
        *claimed = *claimed > view ? *claimed : view;
    }
}

/* V: a quorum of different members who want this view, none with a checkpoint above min-s. */
static bool
read_changes(hst_pbft *m, hst_wire_reader *reader, const hst_statement *statement, contents *c)
{
    uint64_t seen[HST_MEMBER_MAX / 64] = {0};
    uint64_t weight = 0;
    memset(m->claimed, 0, m->window * sizeof *m->claimed);
    const uint16_t members = hst_wire_read_u16(reader);
    for (uint32_t i = 0; i < members; i++) {
        hst_pbft_change change;
        const uint16_t member = hst_wire_read_u16(reader);
        if (!hst_pbft_read_change(m, reader, &change) || member >= m->count ||
            !hst_member_add(seen, member) || change.view != statement->view ||
            change.stable > statement->height) {
            return false;
        }
        weight += hst_membership_weight(m->config.membership, member);
        note_claims(m, &change, statement->height);
        contents_add(c, member, &change.id);
    }
    return !reader->short_of && weight >= m->quorum;
}

/* An entry of O, and whether V allows it. */
typedef struct entry {
    hst_pbft_request request;
    hst_hash id;
    hst_signature signature;
} entry;

static bool is_null(const hst_pbft_request *request)
{
    return request->batch.id == 0 && request->batch.size == 0 && request->batch.count == 0 &&
           request->proposer == 0;
}

static bool read_entry(hst_pbft *m,
                       hst_wire_reader *reader,
                       uint64_t sequence,
                       uint64_t view,
                       uint64_t claimed,
                       entry *out)
{
    const uint8_t proven = hst_wire_read_u8(reader);
    if (proven > 1) {
        return false;
    }
    if (proven == 1) {
        /* Not below the highest view in which V says that it was prepared. */
        if (!hst_pbft_read_prepared(m, reader, sequence, view, &out->request) ||
            m->scratch.statement.view + 1 < claimed) {
            return false;
        }
        out->id = m->scratch.statement.id;
    } else {
        /* The null request only where nobody in V has prepared anything. */
        out->request = hst_pbft_read_request(reader);
        if (claimed != 0 || !is_null(&out->request)) {
            return false;
        }
        out->id = hst_pbft_value_id(sequence, &null_request);
    }
    const hst_statement statement = hst_wire_read_statement(reader);
    out->signature = hst_wire_read_signature(reader);
    return !reader->short_of && statement.phase == HST_PBFT_PHASE_PREPARE &&
           statement.view == view && statement.height == sequence &&
           hst_hash_equal(&statement.id, &out->id);
}

/* Whether it contradicts what we know to be decided: then more than f are faulty. */
static bool contradicts(const hst_pbft *m, uint64_t sequence, const hst_hash *id)
{
    const hst_pbft_slot *slot = &m->slots[sequence & m->mask];
    return slot->sequence == sequence && slot->decided &&
           !hst_hash_equal(&slot->commits.statement.id, id);
}

/* O: an entry for every sequence number up to max-s, each as V demands. */
static bool
read_entries(hst_pbft *m, hst_wire_reader *reader, const hst_statement *statement, contents *c)
{
    const uint16_t entries = hst_wire_read_u16(reader);
    if (reader->short_of || entries > m->window) {
        return false;
    }
    for (uint32_t k = 0; k < entries; k++) {
        entry one;
        const uint64_t sequence = statement->height + 1 + k;
        if (!read_entry(m, reader, sequence, statement->view, m->claimed[k], &one) ||
            contradicts(m, sequence, &one.id)) {
            return false;
        }
        contents_add(c, sequence, &one.id);
    }
    for (uint64_t k = entries; k < m->window; k++) {
        if (m->claimed[k] != 0) {
            return false; /* max-s must not be below what somebody in V has prepared */
        }
    }
    return hst_wire_read_done(reader);
}

/* Accept O; says max-s. */
static uint64_t take_entries(hst_pbft *m,
                             hst_wire_reader *reader,
                             const hst_statement *statement,
                             hst_effects *effects)
{
    const uint16_t entries = hst_wire_read_u16(reader);
    for (uint32_t k = 0; k < entries; k++) {
        entry one;
        const uint64_t sequence = statement->height + 1 + k;
        (void)read_entry(m, reader, sequence, statement->view, m->claimed[k], &one);
        if (sequence <= m->stable || sequence - m->stable > m->window) {
            continue;
        }
        hst_pbft_slot *slot = hst_pbft_slot_at(m, sequence);
        if (!slot->accepted) {
            hst_pbft_accept(m, slot, &one.id, &one.request, &one.signature);
            hst_pbft_advance(m, slot, effects);
        }
    }
    return statement->height + entries;
}

/* PRE-PREPAREs of this view that overtook its NEW-VIEW, above max-s. */
static void take_early(hst_pbft *m, uint64_t top, hst_effects *effects)
{
    for (uint64_t s = (top > m->stable ? top : m->stable) + 1; s <= m->stable + m->window; s++) {
        hst_pbft_slot *slot = &m->slots[s & m->mask];
        if (slot->sequence == s && slot->view == m->view && slot->early && !slot->accepted &&
            !contradicts(m, s, &slot->early_id)) {
            hst_pbft_accept(m, slot, &slot->early_id, &slot->early_request, &slot->early_signature);
            hst_pbft_advance(m, slot, effects);
        }
    }
}

void hst_pbft_on_new_view(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const hst_statement statement = hst_wire_read_statement(&reader);
    (void)hst_wire_read_signature(&reader);
    if (reader.short_of || statement.phase != HST_PBFT_PHASE_NEW_VIEW || statement.view == 0 ||
        statement.height > UINT64_MAX - 2 * m->window ||
        input->from != hst_pbft_primary_of(m, statement.view) || statement.view < m->view ||
        (statement.view == m->view && m->active)) {
        m->refused++;
        return;
    }
    contents c;
    contents_begin(&c, statement.view, statement.height);
    if (!read_changes(m, &reader, &statement, &c)) {
        m->refused++;
        return;
    }
    const hst_wire_reader proof = reader;
    if (statement.height > 0 &&
        (!hst_pbft_read_stable(m, &reader) || m->scratch.statement.height != statement.height)) {
        m->refused++;
        return;
    }
    hst_wire_reader again = reader;
    const bool whole = read_entries(m, &reader, &statement, &c);
    const hst_hash id = hst_digest_final(&c.digest);
    if (!whole || !hst_hash_equal(&id, &statement.id)) {
        m->refused++;
        return;
    }
    if (statement.height > 0) {
        hst_wire_reader stable = proof;
        (void)hst_pbft_read_stable(m, &stable);
        (void)hst_pbft_adopt_stable(m, input->from, effects);
    }
    hst_pbft_enter_view(m, statement.view);
    take_early(m, take_entries(m, &again, &statement, effects), effects);
}
