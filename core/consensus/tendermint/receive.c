/* Proposals and votes as they come in: what is refused, dropped, kept for later, or counted. */
#include "core/consensus/tendermint/internal.h"

/* The proof of a re-proposal, read into the scratch tally: q PREVOTEs for it in an earlier round.
 * -2 when it is none. */
static int64_t read_proof(hst_tm *m, hst_wire_reader *reader, const hst_statement *proposed)
{
    hst_wire_read_certificate(reader, m->config.membership, &m->scratch);
    const hst_statement *proof = &m->scratch.statement;
    const bool fits = proof->phase == HST_TM_PHASE_PREVOTE && proof->height == proposed->height &&
                      proof->view < proposed->view && hst_hash_equal(&proof->id, &proposed->id);
    return fits && m->scratch.weight >= m->quorum ? (int64_t)proof->view : -2;
}

static bool takes_part(const hst_tm *m, const hst_statement *statement, uint8_t phase)
{
    return statement->phase == phase && statement->height > 0 &&
           statement->view <= HST_TM_ROUND_MAX && statement->height <= INT64_MAX - 1 &&
           m->height > 0;
}

/* A fresh value is its proposer's own; another's comes with proof that honest ones checked it. */
static bool made_by_whom_it_says(const hst_tm *m, uint32_t from, const hst_tm_proposal *proposal)
{
    return proposal->valid_round < 0 ? proposal->value.proposer == from
                                     : proposal->value.proposer < m->n;
}

/* Store a well-formed proposal; whether it is the first of its round. */
static bool take_proposal(hst_tm *m,
                          uint32_t from,
                          const hst_statement *statement,
                          const hst_tm_proposal *proposal,
                          hst_effects *effects)
{
    hst_tm_slot *slot = hst_tm_slot_at(m, statement->height, statement->view);
    if (slot == NULL) {
        m->dropped++;
        return false;
    }
    if (from != slot->proposer) {
        m->refused++;
        return false;
    }
    if (!slot->proposal.known) {
        slot->proposal = *proposal;
        hst_tm_list(m, slot, &statement->id);
        return true;
    }
    if (!slot->doubled && !hst_hash_equal(&slot->proposal.value.id, &statement->id)) {
        slot->doubled = true;
        hst_statement first = *statement;
        first.id = slot->proposal.value.id;
        hst_tm_accuse(m, from, &first, &slot->proposal.signature, statement, &proposal->signature,
                      effects);
    }
    return false;
}

void hst_tm_on_proposal(hst_tm *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const hst_statement statement = hst_wire_read_statement(&reader);
    hst_tm_proposal proposal = {.known = true, .valid_round = -1};
    proposal.signature = hst_wire_read_signature(&reader);
    proposal.value = hst_tm_read_value(&reader);
    proposal.value.id = statement.id;
    if (hst_wire_read_u8(&reader) != 0) {
        proposal.valid_round = read_proof(m, &reader, &statement);
    }
    if (!hst_wire_read_done(&reader) || !takes_part(m, &statement, HST_TM_PHASE_PROPOSE) ||
        proposal.valid_round < -1 || input->from == m->config.self ||
        hst_hash_is_zero(&statement.id) || !made_by_whom_it_says(m, input->from, &proposal)) {
        m->refused++;
        return;
    }
    if (statement.height < m->height) {
        return; /* late */
    }
    if (statement.height == m->height) {
        const hst_hash id = hst_tm_value_id(m->height, &m->parent, &proposal.value);
        if (!hst_hash_equal(&id, &statement.id)) {
            m->refused++;
            return;
        }
        proposal.checked = true;
    }
    hst_tm_note_place(m, input->from, statement.height, statement.view);
    if (take_proposal(m, input->from, &statement, &proposal, effects) ||
        m->ahead_weight >= m->weak) {
        hst_tm_begin(m, effects);
        hst_tm_advance(m, effects);
    }
    if (m->beyond_weight > 0) {
        hst_tm_watch(m, effects);
    }
}

/* A vote for a height or round that is not open here; all it tells is where its voter is. */
static void vote_from_afar(hst_tm *m, const hst_statement *vote, hst_effects *effects)
{
    m->dropped++;
    if (vote->height > m->height + 1) {
        if (!m->fetching) {
            hst_tm_fetch(m, effects);
        }
    } else if (m->ahead_weight >= m->weak) {
        hst_tm_advance(m, effects);
    }
}

void hst_tm_on_vote(hst_tm *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const uint8_t phase =
        input->bytes[0] == HST_TM_PREVOTE ? HST_TM_PHASE_PREVOTE : HST_TM_PHASE_PRECOMMIT;
    const hst_statement vote = hst_wire_read_statement(&reader);
    const hst_signature signature = hst_wire_read_signature(&reader);
    if (!hst_wire_read_done(&reader) || !takes_part(m, &vote, phase) ||
        input->from == m->config.self) {
        m->refused++;
        return;
    }
    if (vote.height < m->height) {
        return; /* late */
    }
    hst_tm_note_place(m, input->from, vote.height, vote.view);
    hst_tm_slot *slot = hst_tm_slot_at(m, vote.height, vote.view);
    if (slot == NULL) {
        vote_from_afar(m, &vote, effects);
        return;
    }
    const bool reached = hst_tm_count(m, slot, &vote, input->from, &signature, effects);
    if (vote.height > m->height) {
        hst_tm_watch(m, effects);
        return;
    }
    if (m->step == HST_TM_STEP_NEW_ROUND) {
        hst_tm_begin(m, effects);
    }
    if (reached || m->ahead_weight >= m->weak) {
        hst_tm_advance(m, effects);
    }
}

/* A value that had q PREVOTEs in a round that is not ahead of this one: it is what to propose. */
void hst_tm_on_polka(hst_tm *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    hst_tm_value value = hst_tm_read_value(&reader);
    hst_wire_read_certificate(&reader, m->config.membership, &m->scratch);
    const hst_statement *proof = &m->scratch.statement;
    if (!hst_wire_read_done(&reader) || !takes_part(m, proof, HST_TM_PHASE_PREVOTE) ||
        m->scratch.weight < m->quorum || hst_hash_is_zero(&proof->id)) {
        m->refused++;
        return;
    }
    if (proof->height != m->height || hst_tm_muted(m) || proof->view > m->round ||
        (int64_t)proof->view <= m->own.valid_round) {
        return; /* late, early, or nothing new */
    }
    value.id = hst_tm_value_id(m->height, &m->parent, &value);
    if (!hst_hash_equal(&value.id, &proof->id)) {
        m->refused++;
        return;
    }
    m->own.valid = value;
    m->own.valid_round = (int64_t)proof->view;
    hst_tally_copy(&m->proof, &m->scratch, m->config.membership);
    hst_tm_advance(m, effects); /* it may be decided already */
}
