/* Decisions, and the step from one height to the next. */
#include "core/consensus/tendermint/internal.h"

hst_hash hst_tm_value_id(uint64_t height, const hst_hash *parent, const hst_tm_value *value)
{
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, height);
    hst_digest_update(&digest, parent->bytes, sizeof parent->bytes);
    hst_digest_u64(&digest, value->proposer);
    hst_digest_u64(&digest, value->batch.id);
    hst_digest_u64(&digest, (uint64_t)value->batch.size << 32 | value->batch.count);
    return hst_digest_final(&digest);
}

const hst_tm_value *hst_tm_find_value(const hst_tm *m, const hst_hash *id)
{
    for (uint32_t r = 0; r < HST_TM_ROUNDS; r++) {
        const hst_tm_slot *slot = &m->slots[m->height % 2 * HST_TM_ROUNDS + r];
        if (slot->height == m->height && slot->proposal.known &&
            hst_hash_equal(&slot->proposal.value.id, id)) {
            return &slot->proposal.value;
        }
    }
    if (m->own.height == m->height && m->own.valid_round >= 0 &&
        hst_hash_equal(&m->own.valid.id, id)) {
        return &m->own.valid;
    }
    if (m->own.height == m->height && m->own.locked_round >= 0 &&
        hst_hash_equal(&m->own.locked.id, id)) {
        return &m->own.locked;
    }
    return NULL;
}

hst_tm_decision *hst_tm_decision_at(const hst_tm *m, uint64_t height)
{
    hst_tm_decision *decision = &m->decisions[height % m->window];
    return decision->height == height && height > 0 ? decision : NULL;
}

/* Proposals that came before their parent was decided: now their names can be checked. */
static void check_early_proposals(hst_tm *m)
{
    for (uint32_t r = 0; r < HST_TM_ROUNDS; r++) {
        hst_tm_slot *slot = &m->slots[m->height % 2 * HST_TM_ROUNDS + r];
        hst_tm_proposal *proposal = &slot->proposal;
        if (slot->height != m->height || !proposal->known || proposal->checked) {
            continue;
        }
        const hst_hash id = hst_tm_value_id(m->height, &m->parent, &proposal->value);
        proposal->checked = true;
        if (!hst_hash_equal(&id, &proposal->value.id)) {
            proposal->known = false;
            m->refused++;
        }
    }
}

void hst_tm_enter_height(hst_tm *m, uint64_t height, const hst_hash *parent)
{
    m->height = height;
    m->parent = *parent;
    m->round = 0;
    m->step = HST_TM_STEP_NEW_HEIGHT;
    m->progress_ns = m->now_ns;
    m->asks = 0;
    for (uint32_t t = 0; t <= HST_TM_TIMER_COMMIT; t++) {
        m->deadlines[t] = HST_CONSENSUS_NEVER;
    }
    m->tell = HST_CONSENSUS_NOBODY;
    if (m->own.height < height) {
        const hst_statement vote = m->own.vote;
        const bool voted = m->own.voted;
        m->own = (hst_tm_own){.height = height,
                              .locked_round = -1,
                              .valid_round = -1,
                              .proposed_round = -1,
                              .vote = vote,
                              .voted = voted};
    }
    hst_tm_schedule_to(m, height);
    m->proposer = hst_tm_proposer_of(m, height);
    hst_tm_recount(m);
    check_early_proposals(m);
}

/* Commit a decision for this height and go to the next, which waits for timeout_commit. */
static void commit(hst_tm *m, const hst_tm_decision *decision, hst_effects *effects)
{
    const hst_tm_value *value = &decision->value;
    if (m->announce) {
        hst_tm_flush(m, effects); /* alone, it decides in the step in which it proposes */
    }
    hst_effects_commit(effects, m->height, decision->proof.statement.view, value->proposer,
                       &value->id, &m->parent, value->batch, true);
    if (m->offer.id == value->batch.id) {
        m->offer = (hst_batch){0}; /* the mempool offers something else after this step */
    }
    m->proven = m->proven > m->height ? m->proven : m->height;
    m->settled = true;
    m->dirty = true;
    hst_tm_enter_height(m, m->height + 1, &value->id);
    hst_tm_timer_set(m, HST_TM_TIMER_COMMIT, m->now_ns + m->parameters[HST_TM_PARAMETER_COMMIT],
                     effects);
}

/* A tally of q PRECOMMITs for a value in this height, of any round. */
static const hst_tally *find_quorum(const hst_tm *m)
{
    for (uint32_t r = 0; r < HST_TM_ROUNDS; r++) {
        const hst_tm_slot *slot = &m->slots[m->height % 2 * HST_TM_ROUNDS + r];
        const hst_tm_poll *poll = &slot->polls[HST_TM_PHASE_PRECOMMIT];
        if (slot->height != m->height || poll->weight < m->quorum) {
            continue;
        }
        for (uint32_t c = 1; c < poll->count; c++) {
            if (poll->tallies[c].weight >= m->quorum) {
                return &poll->tallies[c];
            }
        }
    }
    return NULL;
}

bool hst_tm_decide(hst_tm *m, hst_effects *effects)
{
    const hst_tally *tally = find_quorum(m);
    if (tally == NULL) {
        return false;
    }
    const hst_tm_value *value = hst_tm_find_value(m, &tally->statement.id);
    if (value == NULL) {
        return false; /* decided, but what it is has yet to come: its proposal, or a DECISION */
    }
    hst_tm_decision *decision = &m->decisions[m->height % m->window];
    decision->height = m->height;
    decision->parent = m->parent;
    decision->value = *value;
    hst_tally_copy(&decision->proof, tally, m->config.membership);
    commit(m, decision, effects);
    return true;
}

void hst_tm_adopt(hst_tm *m, hst_effects *effects)
{
    for (;;) {
        const hst_tm_decision *decision = hst_tm_decision_at(m, m->height);
        if (decision == NULL || !hst_hash_equal(&decision->parent, &m->parent)) {
            return;
        }
        commit(m, decision, effects);
    }
}
