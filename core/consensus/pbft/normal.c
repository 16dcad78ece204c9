/* The three phases: PRE-PREPARE, PREPARE, COMMIT (OSDI'99, 4.2), and execution in order. */
#include "core/consensus/pbft/machine.h"

#include <string.h>

static hst_statement statement_of(uint8_t phase, uint64_t view, uint64_t sequence)
{
    return (hst_statement){.phase = phase, .view = view, .height = sequence};
}

/* ---- slots ----------------------------------------------------------------------------------- */

static void open_slot(hst_pbft *m, hst_pbft_slot *slot, uint64_t sequence)
{
    const hst_membership *membership = m->config.membership;
    if (slot->sequence != sequence) {
        slot->sequence = sequence;
        slot->decided = false;
        hst_tally_reset(&slot->certificate, membership, (hst_statement){0});
    }
    slot->view = m->view;
    slot->accepted = false;
    slot->prepared = false;
    slot->accused = false;
    slot->early = false;
    slot->say = 0;
    hst_tally_reset(&slot->prepares, membership,
                    statement_of(HST_PBFT_PHASE_PREPARE, m->view, sequence));
    if (!slot->decided) {
        hst_tally_reset(&slot->commits, membership,
                        statement_of(HST_PBFT_PHASE_COMMIT, m->view, sequence));
    }
}

hst_pbft_slot *hst_pbft_slot_at(hst_pbft *m, uint64_t sequence)
{
    hst_pbft_slot *slot = &m->slots[sequence & m->mask];
    if (slot->sequence != sequence || slot->view != m->view) {
        open_slot(m, slot, sequence);
    }
    return slot;
}

bool hst_pbft_has_certificate(const hst_pbft *m, const hst_pbft_slot *slot, uint64_t sequence)
{
    return slot->sequence == sequence && slot->certificate.weight >= m->quorum;
}

/* Votes that came before the PRE-PREPARE stood for the first id seen; it may have been another. */
static void settle_id(hst_pbft *m, hst_tally *tally, const hst_hash *id)
{
    if (!hst_hash_equal(&tally->statement.id, id)) {
        hst_statement statement = tally->statement;
        statement.id = *id;
        hst_tally_reset(tally, m->config.membership, statement);
    }
}

/* ---- accepting, preparing, deciding ---------------------------------------------------------- */

void hst_pbft_accept(hst_pbft *m,
                     hst_pbft_slot *slot,
                     const hst_hash *id,
                     const hst_pbft_request *request,
                     const hst_signature *signature)
{
    slot->accepted = true;
    slot->request = *request;
    settle_id(m, &slot->prepares, id);
    if (!slot->decided) {
        settle_id(m, &slot->commits, id);
    }
    if (m->config.self != m->primary) {
        (void)hst_tally_add(&slot->prepares, m->config.membership, m->primary, signature);
    }
    m->top = m->top > slot->sequence ? m->top : slot->sequence;
    hst_pbft_mark(m, slot, HST_PBFT_SAY_PREPARE);
}

void hst_pbft_advance(hst_pbft *m, hst_pbft_slot *slot, hst_effects *effects)
{
    if (!slot->accepted) {
        /* f + 1 COMMITs: an honest one has prepared what we do not even know. */
        if (slot->commits.weight >= m->weak && m->heard < slot->sequence) {
            m->heard = slot->sequence;
        }
        return;
    }
    /* prepared: the PRE-PREPARE and matching PREPAREs, a quorum together. After a restart the
     * primary's signature may be missing; it says it again. */
    if (!slot->prepared && slot->prepares.weight >= m->quorum &&
        hst_member_has(slot->prepares.signers, m->primary)) {
        slot->prepared = true;
        hst_tally_copy(&slot->certificate, &slot->prepares, m->config.membership);
        slot->certified = slot->request;
        hst_pbft_mark(m, slot, HST_PBFT_SAY_COMMIT);
    }
    /* committed-local: prepared, and a quorum of COMMITs. */
    if (slot->prepared && !slot->decided && slot->commits.weight >= m->quorum) {
        hst_pbft_decide(m, slot, &slot->request, effects);
        if (m->executed >= slot->sequence) {
            m->asks = 0; /* with the others */
        }
    }
}

void hst_pbft_decide(hst_pbft *m,
                     hst_pbft_slot *slot,
                     const hst_pbft_request *request,
                     hst_effects *effects)
{
    slot->decided = true;
    slot->chosen = *request;
    m->known = m->known > slot->sequence ? m->known : slot->sequence;
    hst_pbft_mark(m, slot, HST_PBFT_KEEP_DECIDED);
    hst_pbft_execute(m, effects);
}

void hst_pbft_execute(hst_pbft *m, hst_effects *effects)
{
    for (;;) {
        const uint64_t sequence = m->executed + 1;
        const hst_pbft_slot *slot = &m->slots[sequence & m->mask];
        if (slot->sequence != sequence || !slot->decided) {
            return;
        }
        const hst_statement *decision = &slot->commits.statement;
        const hst_hash id = hst_pbft_chain_id(&m->chain, &decision->id);
        hst_effects_commit(effects, sequence, decision->view, slot->chosen.proposer, &id, &m->chain,
                           slot->chosen.batch, true);
        m->chain = id;
        m->executed = sequence;
        m->known = m->known > sequence ? m->known : sequence;
        if (m->active) {
            m->consecutive = 0;
        }
        if (sequence % m->interval == 0) {
            hst_pbft_checkpoint(m, effects);
        }
    }
}

/* ---- one's own votes ------------------------------------------------------------------------- */

void hst_pbft_count_own(hst_pbft *m, hst_effects *effects)
{
    while (m->pending_first != m->pending_next) {
        const hst_pbft_pending *one = &m->pending[m->pending_first & m->pending_mask];
        if (one->record > m->durable) {
            return;
        }
        m->pending_first++;
        hst_pbft_note_vote(m, one->sequence, one->view, one->phase, &one->id);
        hst_pbft_slot *slot = &m->slots[one->sequence & m->mask];
        if (slot->sequence != one->sequence || slot->view != one->view || one->view != m->view) {
            continue;
        }
        if (one->phase == HST_PBFT_PHASE_PREPARE) {
            (void)hst_tally_add(&slot->prepares, m->config.membership, m->config.self, NULL);
        } else if (!slot->decided) {
            (void)hst_tally_add(&slot->commits, m->config.membership, m->config.self, NULL);
        }
        hst_pbft_advance(m, slot, effects);
    }
}

void hst_pbft_count_recovered(hst_pbft *m, hst_pbft_slot *slot)
{
    if (slot->accepted) {
        (void)hst_tally_add(&slot->prepares, m->config.membership, m->config.self, NULL);
        m->top = m->top > slot->sequence ? m->top : slot->sequence;
    }
    if (slot->prepared && !slot->decided) {
        (void)hst_tally_add(&slot->commits, m->config.membership, m->config.self, NULL);
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

static void write_vote(hst_effects *effects, uint8_t kind, const hst_tally *tally, uint8_t phase)
{
    hst_statement statement = tally->statement;
    statement.phase = phase;
    hst_wire *wire = hst_effects_message(effects, kind);
    hst_wire_statement(wire, &statement);
    hst_wire_signature_slot(wire);
}

static hst_effect *put(hst_pbft *m, uint32_t to, hst_effects *effects)
{
    return to == HST_CONSENSUS_NOBODY ? hst_effects_broadcast(effects, m->record)
                                      : hst_effects_send(effects, to, m->record);
}

void hst_pbft_say(
    hst_pbft *m, const hst_pbft_slot *slot, uint8_t what, uint32_t to, hst_effects *effects)
{
    if ((what & HST_PBFT_SAY_PREPARE) != 0 && m->config.self == m->primary) {
        write_vote(effects, HST_PBFT_PRE_PREPARE, &slot->prepares, HST_PBFT_PHASE_PREPARE);
        hst_pbft_write_request(&effects->wire, &slot->request);
        put(m, to, effects)->batch = slot->request.batch;
    } else if ((what & HST_PBFT_SAY_PREPARE) != 0) {
        write_vote(effects, HST_PBFT_PREPARE, &slot->prepares, HST_PBFT_PHASE_PREPARE);
        (void)put(m, to, effects);
    }
    if ((what & HST_PBFT_SAY_COMMIT) != 0) {
        write_vote(effects, HST_PBFT_COMMIT, &slot->prepares, HST_PBFT_PHASE_COMMIT);
        (void)put(m, to, effects);
    }
}

/* Whether a sequence number lies between the water marks; what lies above may mean that we are
 * behind. */
static bool in_window(hst_pbft *m, uint64_t sequence)
{
    if (sequence <= m->stable) {
        m->refused++;
        return false;
    }
    if (sequence - m->stable > m->window) {
        m->dropped++;
        hst_pbft_hint(m);
        return false;
    }
    return true;
}

/* Whether a message is of this view; of a later one, its NEW-VIEW may have passed us by. */
static bool in_view(hst_pbft *m, uint64_t view)
{
    if (view < m->view) {
        m->refused++;
        return false;
    }
    if (view > m->view) {
        m->dropped++;
        hst_pbft_hint(m);
        return false;
    }
    return true;
}

void hst_pbft_on_vote(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    const bool prepare = input->bytes[0] == HST_PBFT_PREPARE;
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const hst_statement statement = hst_wire_read_statement(&reader);
    const hst_signature signature = hst_wire_read_signature(&reader);
    if (!hst_wire_read_done(&reader) ||
        statement.phase != (prepare ? HST_PBFT_PHASE_PREPARE : HST_PBFT_PHASE_COMMIT)) {
        m->refused++;
        return;
    }
    if (!in_view(m, statement.view) || !in_window(m, statement.height)) {
        return;
    }
    if (prepare && input->from == m->primary) {
        m->refused++; /* its PRE-PREPARE is all that a primary says */
        return;
    }
    hst_pbft_slot *slot = hst_pbft_slot_at(m, statement.height);
    hst_tally *tally = prepare ? &slot->prepares : &slot->commits;
    if (!prepare && slot->decided) {
        return;
    }
    if (tally->weight == 0 && !slot->accepted) {
        tally->statement.id = statement.id;
    } else if (!hst_hash_equal(&tally->statement.id, &statement.id)) {
        m->refused++;
        return;
    }
    if (hst_tally_add(tally, m->config.membership, input->from, &signature)) {
        hst_pbft_advance(m, slot, effects);
    }
}

/* Two PRE-PREPAREs of a primary for one view and sequence number. */
static void accuse(hst_pbft *m,
                   hst_pbft_slot *slot,
                   const hst_statement *other,
                   const hst_signature *signature,
                   hst_effects *effects)
{
    m->refused++;
    if (slot->accused || m->config.self == m->primary ||
        !hst_member_has(slot->prepares.signers, m->primary)) {
        return;
    }
    slot->accused = true;
    static const hst_signature none = {{0}};
    const hst_signature *first =
        slot->prepares.signatures != NULL ? &slot->prepares.signatures[m->primary] : &none;
    hst_wire *wire = hst_effects_record(effects);
    wire->carry = m->config.carry_signatures;
    hst_wire_statement(wire, &slot->prepares.statement);
    hst_wire_signature(wire, first);
    hst_wire_statement(wire, other);
    hst_wire_signature(wire, signature);
    hst_effects_evidence(effects, m->primary);
}

void hst_pbft_on_pre_prepare(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const hst_statement statement = hst_wire_read_statement(&reader);
    const hst_signature signature = hst_wire_read_signature(&reader);
    const hst_pbft_request request = hst_pbft_read_request(&reader);
    if (!hst_wire_read_done(&reader) || statement.phase != HST_PBFT_PHASE_PREPARE ||
        input->from != hst_pbft_primary_of(m, statement.view)) {
        m->refused++;
        return;
    }
    if (!in_view(m, statement.view) || !in_window(m, statement.height)) {
        return;
    }
    hst_pbft_slot *slot = hst_pbft_slot_at(m, statement.height);
    if (slot->accepted && !hst_hash_equal(&slot->prepares.statement.id, &statement.id)) {
        accuse(m, slot, &statement, &signature, effects);
        return;
    }
    if (slot->accepted) {
        /* Said again: after a restart its signature is missing. */
        if (hst_tally_add(&slot->prepares, m->config.membership, m->primary, &signature)) {
            hst_pbft_advance(m, slot, effects);
        }
        return;
    }
    const hst_hash id = hst_pbft_value_id(statement.height, &request);
    const bool other = slot->decided && !hst_hash_equal(&slot->commits.statement.id, &id);
    if (!hst_hash_equal(&id, &statement.id) || request.proposer != input->from || other) {
        m->refused++;
        return;
    }
    if (!m->active) {
        /* Only the NEW-VIEW can say whether this may be. */
        slot->early = true;
        slot->early_request = request;
        slot->early_id = id;
        slot->early_signature = signature;
        return;
    }
    hst_pbft_accept(m, slot, &id, &request, &signature);
    hst_pbft_advance(m, slot, effects);
}

/* ---- the primary ----------------------------------------------------------------------------- */

static bool holds(const hst_pbft *m, uint64_t sequence, uint64_t batch)
{
    const hst_pbft_slot *slot = &m->slots[sequence & m->mask];
    return slot->sequence == sequence &&
           ((slot->decided && slot->chosen.batch.id == batch) ||
            (slot->accepted && slot->view == m->view && slot->request.batch.id == batch));
}

bool hst_pbft_offer_is_stale(const hst_pbft *m, uint64_t batch)
{
    for (uint64_t s = m->step_executed + 1; s <= m->executed; s++) {
        if (holds(m, s, batch)) {
            return true;
        }
    }
    return false;
}

static bool is_in_progress(const hst_pbft *m, uint64_t batch)
{
    for (uint64_t s = m->executed + 1; s <= m->top; s++) {
        if (holds(m, s, batch)) {
            return true;
        }
    }
    return false;
}

void hst_pbft_propose(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects)
{
    if (input->offer.id == 0 || !m->active || m->config.self != m->primary) {
        return;
    }
    const uint64_t sequence = (m->top > m->executed ? m->top : m->executed) + 1;
    if (sequence - m->stable > m->window || sequence - m->executed > m->in_progress_max ||
        hst_pbft_offer_is_stale(m, input->offer.id)) {
        return;
    }
    hst_effects_take(effects, input->offer);
    if (is_in_progress(m, input->offer.id)) {
        return; /* proposed by an earlier primary, and by us with our NEW-VIEW */
    }
    const hst_pbft_request request = {.batch = input->offer, .proposer = m->config.self};
    const hst_hash id = hst_pbft_value_id(sequence, &request);
    hst_pbft_accept(m, hst_pbft_slot_at(m, sequence), &id, &request, NULL);
}
