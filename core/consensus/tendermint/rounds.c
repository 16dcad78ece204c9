/* The rules of a round: Algorithm 1 of the paper, and its timeouts. */
#include "core/consensus/tendermint/internal.h"

/* base + round * delta, without overflow: parameters are bounded, and so are rounds. */
static int64_t timeout_ns(const hst_tm *m, uint32_t timer)
{
    const int64_t base = m->parameters[(size_t)2 * timer];
    const int64_t delta = m->parameters[(size_t)2 * timer + 1];
    return base + (int64_t)m->round * delta;
}

static void start_timeout(hst_tm *m, uint32_t timer, hst_effects *effects)
{
    hst_tm_timer_set(m, timer, m->now_ns + timeout_ns(m, timer), effects);
}

static bool timer_runs(const hst_tm *m, uint32_t timer)
{
    return m->deadlines[timer] != HST_CONSENSUS_NEVER;
}

static void to_step(hst_tm *m, hst_tm_step step)
{
    m->step = step;
    m->progress_ns = m->now_ns;
    m->asks = 0;
}

static hst_tm_slot *this_round(hst_tm *m)
{
    hst_tm_slot *slot = hst_tm_slot_at(m, m->height, m->round);
    hst_assert(slot != NULL); /* the window lies around this round */
    return slot;
}

/* ---- own votes ---------------------------------------------------------------------------- */

static hst_tm_ballot *ballot_of(hst_tm *m, uint64_t round)
{
    hst_tm_ballot *ballot = &m->own.ballots[round % 2];
    if (ballot->round != round) {
        *ballot = (hst_tm_ballot){.round = round};
    }
    return ballot;
}

/* Vote: counted here at once, sent when it is durable. */
static void cast(hst_tm *m, uint64_t round, uint8_t phase, const hst_hash *id, hst_effects *effects)
{
    const hst_statement vote = {.phase = phase, .view = round, .height = m->height, .id = *id};
    hst_tm_ballot *ballot = ballot_of(m, round);
    hst_assert(!ballot->cast[phase]);
    ballot->cast[phase] = true;
    ballot->id[phase] = *id;
    m->own.vote = vote;
    m->own.voted = true;
    m->dirty = true;
    if (m->outbox_count == HST_TM_OUTBOX) {
        hst_tm_flush(m, effects);
    }
    m->outbox[m->outbox_count++] = vote;
    hst_tm_slot *slot = hst_tm_slot_at(m, m->height, round);
    if (slot != NULL) {
        (void)hst_tm_count(m, slot, &vote, m->config.self, NULL, effects);
    }
}

static void cast_nil(hst_tm *m, uint64_t round, uint8_t phase, hst_effects *effects)
{
    static const hst_hash nil = {{0}};
    cast(m, round, phase, &nil, effects);
}

/* Whoever enters a round has voted in the one before, nil if nothing else. The paper lets a replica
 * skip ahead in silence and relies on gossip to pass on the votes that it saw; here votes come from
 * their voters only, and those left behind can count on a quorum of them. */
static void sign_off(hst_tm *m, uint64_t round, hst_effects *effects)
{
    const hst_tm_ballot *ballot = ballot_of(m, round);
    for (uint32_t phase = 0; phase < HST_TM_VOTES; phase++) {
        if (!ballot->cast[phase]) {
            cast_nil(m, round, (uint8_t)phase, effects);
        }
    }
}

/* ---- starting a round --------------------------------------------------------------------- */

/* L14 to L19: the valid value, else what the mempool offers (nothing makes an empty block). */
static void propose(hst_tm *m, hst_tm_slot *slot, hst_effects *effects)
{
    hst_tm_own *own = &m->own;
    if (own->proposed_round != (int64_t)m->round) {
        own->proposed_round = (int64_t)m->round;
        own->proposed_valid = own->valid_round;
        if (own->valid_round >= 0) {
            own->proposed = own->valid;
        } else {
            own->proposed = (hst_tm_value){.batch = m->offer, .proposer = m->config.self};
            own->proposed.id = hst_tm_value_id(m->height, &m->parent, &own->proposed);
            if (m->offer.id != 0) {
                hst_effects_take(effects, m->offer);
                m->offer = (hst_batch){0};
            }
        }
        m->dirty = true;
        m->announce = true;
    }
    slot->proposal = (hst_tm_proposal){
        .value = own->proposed, .valid_round = own->proposed_valid, .known = true, .checked = true};
    hst_tm_list(m, slot, &own->proposed.id);
}

/* The next proposer must know the valid value, or those locked on it refuse what it proposes. With
 * gossip it would see the PREVOTEs; here it is told. */
static void tell_next_proposer(hst_tm *m)
{
    const uint32_t next = hst_tm_proposer_of(m, m->height + m->round + 1);
    if (m->own.valid_round >= 0 && next != m->config.self) {
        m->tell = next;
    }
}

/* L11: StartRound. */
static void start_round(hst_tm *m, uint64_t round, hst_effects *effects)
{
    m->round = round;
    m->own.round = round;
    m->view_changes += round > 0 ? 1 : 0;
    m->deadlines[HST_TM_TIMER_PROPOSE] = HST_CONSENSUS_NEVER;
    m->deadlines[HST_TM_TIMER_PREVOTE] = HST_CONSENSUS_NEVER;
    m->deadlines[HST_TM_TIMER_PRECOMMIT] = HST_CONSENSUS_NEVER;
    m->deadlines[HST_TM_TIMER_COMMIT] = HST_CONSENSUS_NEVER;
    hst_tm_recount(m);
    if (round > 0) {
        sign_off(m, round - 1, effects);
        tell_next_proposer(m);
    }
    to_step(m, HST_TM_STEP_PROPOSE);
    hst_tm_slot *slot = this_round(m);
    m->proposer = slot->proposer;
    if (slot->proposer == m->config.self) {
        propose(m, slot, effects);
    }
    if (!slot->proposal.known) {
        start_timeout(m, HST_TM_TIMER_PROPOSE, effects); /* L21 */
    }
    hst_tm_watch(m, effects);
}

/* It voted at this height in an earlier life. */
static bool has_history(const hst_tm *m)
{
    const hst_tm_own *own = &m->own;
    return own->height == m->height &&
           (own->round > 0 || own->proposed_round >= 0 || own->ballots[0].cast[0]);
}

/* Somebody is at work on this height already. */
static bool woken(const hst_tm *m)
{
    for (uint32_t r = 0; r < HST_TM_ROUNDS; r++) {
        const hst_tm_slot *slot = &m->slots[m->height % 2 * HST_TM_ROUNDS + r];
        if (slot->height == m->height &&
            (slot->proposal.known || slot->polls[HST_TM_PHASE_PREVOTE].weight > 0 ||
             slot->polls[HST_TM_PHASE_PRECOMMIT].weight > 0)) {
            return true;
        }
    }
    return false;
}

void hst_tm_begin(hst_tm *m, hst_effects *effects)
{
    if (m->step != HST_TM_STEP_NEW_ROUND || hst_tm_muted(m) || has_history(m)) {
        return;
    }
    if (m->offer.id != 0 || m->parameters[HST_TM_PARAMETER_EMPTY] != 0 || woken(m)) {
        start_round(m, 0, effects);
        hst_tm_advance(m, effects);
    }
}

/* Own votes of an earlier life go back into their rounds. */
static void count_own(hst_tm *m, const hst_tm_ballot *ballot, hst_effects *effects)
{
    hst_tm_slot *slot = hst_tm_slot_at(m, m->height, ballot->round);
    for (uint32_t phase = 0; phase < HST_TM_VOTES && slot != NULL; phase++) {
        if (ballot->cast[phase]) {
            const hst_statement vote = {.phase = (uint8_t)phase,
                                        .view = ballot->round,
                                        .height = m->height,
                                        .id = ballot->id[phase]};
            (void)hst_tm_count(m, slot, &vote, m->config.self, NULL, effects);
        }
    }
}

/* Go on in the round where the durable state stopped. */
static void resume(hst_tm *m, hst_effects *effects)
{
    const hst_tm_ballot *ballot = ballot_of(m, m->own.round);
    const bool proposed = m->own.proposed_round == (int64_t)m->own.round;
    m->round = m->own.round;
    if (m->round > 0) {
        count_own(m, ballot_of(m, m->round - 1), effects);
    }
    count_own(m, ballot, effects);
    if (!ballot->cast[HST_TM_PHASE_PREVOTE]) {
        start_round(m, m->round, effects);
        return;
    }
    hst_tm_slot *slot = this_round(m);
    m->proposer = slot->proposer;
    if (proposed) {
        propose(m, slot, effects);
        m->announce = hst_tm_may_repeat_proposal(m); /* it may never have left */
    }
    to_step(m, ballot->cast[HST_TM_PHASE_PRECOMMIT] ? HST_TM_STEP_PRECOMMIT : HST_TM_STEP_PREVOTE);
    hst_tm_recount(m);
    hst_tm_watch(m, effects);
}

/* ---- the rules ---------------------------------------------------------------------------- */

static bool locked_on(const hst_tm *m, const hst_hash *id)
{
    return m->own.locked_round >= 0 && hst_hash_equal(&m->own.locked.id, id);
}

/* L22 (fresh) and L28 (with q PREVOTEs of an earlier round): vote for a proposal that the lock
 * allows, else nil. */
static bool prevote(hst_tm *m, hst_tm_slot *slot, hst_effects *effects)
{
    const hst_tm_proposal *proposal = &slot->proposal;
    if (m->step != HST_TM_STEP_PROPOSE || !proposal->known) {
        return false;
    }
    const hst_hash *id = &proposal->value.id;
    const bool allowed =
        locked_on(m, id) || m->own.locked_round < 0 ||
        (proposal->valid_round >= 0 && m->own.locked_round <= proposal->valid_round);
    m->deadlines[HST_TM_TIMER_PROPOSE] = HST_CONSENSUS_NEVER;
    to_step(m, HST_TM_STEP_PREVOTE);
    if (allowed) {
        cast(m, m->round, HST_TM_PHASE_PREVOTE, id, effects);
    } else {
        cast_nil(m, m->round, HST_TM_PHASE_PREVOTE, effects);
    }
    return true;
}

/* L36: q PREVOTEs for the proposal of this round, for the first time. Lock and precommit while that
 * is still open; know it to be valid in any case, even after precommitting nil. */
static bool polka(hst_tm *m, hst_tm_slot *slot, hst_effects *effects)
{
    if (m->step < HST_TM_STEP_PREVOTE || slot->polka || !slot->proposal.known) {
        return false;
    }
    const hst_tm_value *value = &slot->proposal.value;
    const hst_tally *tally = hst_tm_tally_of(&slot->polls[HST_TM_PHASE_PREVOTE], &value->id);
    if (tally == NULL || tally->weight < m->quorum) {
        return false;
    }
    if (m->announce) {
        hst_tm_flush(m, effects); /* own proposal goes out with the proof it was made with */
    }
    slot->polka = true;
    m->own.valid = *value;
    m->own.valid_round = (int64_t)m->round;
    hst_tally_copy(&m->proof, tally, m->config.membership);
    if (m->step == HST_TM_STEP_PREVOTE) {
        m->own.locked = *value;
        m->own.locked_round = (int64_t)m->round;
        to_step(m, HST_TM_STEP_PRECOMMIT);
        cast(m, m->round, HST_TM_PHASE_PRECOMMIT, &value->id, effects);
    }
    return true;
}

/* L44: q PREVOTEs for nil. */
static bool polka_nil(hst_tm *m, const hst_tm_slot *slot, hst_effects *effects)
{
    if (m->step != HST_TM_STEP_PREVOTE ||
        slot->polls[HST_TM_PHASE_PREVOTE].tallies[0].weight < m->quorum) {
        return false;
    }
    to_step(m, HST_TM_STEP_PRECOMMIT);
    cast_nil(m, m->round, HST_TM_PHASE_PRECOMMIT, effects);
    return true;
}

/* L34, L47: q votes of any kind start a timeout, once. */
static void start_waiting(hst_tm *m, const hst_tm_slot *slot, hst_effects *effects)
{
    if (m->step == HST_TM_STEP_PREVOTE && !timer_runs(m, HST_TM_TIMER_PREVOTE) &&
        slot->polls[HST_TM_PHASE_PREVOTE].weight >= m->quorum) {
        start_timeout(m, HST_TM_TIMER_PREVOTE, effects);
    }
    if (m->step >= HST_TM_STEP_PROPOSE && !timer_runs(m, HST_TM_TIMER_PRECOMMIT) &&
        slot->polls[HST_TM_PHASE_PRECOMMIT].weight >= m->quorum) {
        start_timeout(m, HST_TM_TIMER_PRECOMMIT, effects);
    }
}

/* Weight of the peers at this height that are in `round` or a later one; and the next round above
 * it that one of them is in. */
static uint64_t weight_from(const hst_tm *m, uint64_t round, uint64_t *next)
{
    uint64_t weight = 0;
    *next = UINT64_MAX;
    for (uint32_t peer = 0; peer < m->n; peer++) {
        const hst_tm_place *place = &m->places[peer];
        if (place->height != m->height || place->round < round) {
            continue;
        }
        weight += hst_membership_weight(m->config.membership, peer);
        if (place->round > round && place->round < *next) {
            *next = place->round;
        }
    }
    return weight;
}

/* L55: f + 1 are in a later round, so an honest one is: join it there, in the highest such. */
static bool skip(hst_tm *m, hst_effects *effects)
{
    if (m->ahead_weight < m->weak || hst_tm_muted(m)) {
        return false;
    }
    uint64_t best = m->round, round = m->round + 1;
    while (round != UINT64_MAX) {
        uint64_t next;
        if (weight_from(m, round, &next) < m->weak) {
            break;
        }
        best = round;
        round = next;
    }
    if (best == m->round) {
        return false;
    }
    start_round(m, best, effects);
    return true;
}

static bool apply_a_rule(hst_tm *m, hst_effects *effects)
{
    if (hst_tm_decide(m, effects)) {
        return true;
    }
    if (m->step < HST_TM_STEP_PROPOSE && has_history(m)) {
        resume(m, effects); /* caught up with its own past */
        return true;
    }
    if (skip(m, effects)) {
        return true;
    }
    if (m->step < HST_TM_STEP_PROPOSE) {
        return false;
    }
    hst_tm_slot *slot = this_round(m);
    if (prevote(m, slot, effects) || polka(m, slot, effects) || polka_nil(m, slot, effects)) {
        return true;
    }
    start_waiting(m, slot, effects);
    return false;
}

void hst_tm_advance(hst_tm *m, hst_effects *effects)
{
    while (apply_a_rule(m, effects)) {
    }
}

/* L57, L61, L65: OnTimeoutPropose, OnTimeoutPrevote, OnTimeoutPrecommit. */
void hst_tm_on_timeout(hst_tm *m, uint32_t timer, hst_effects *effects)
{
    if (timer == HST_TM_TIMER_PROPOSE && m->step == HST_TM_STEP_PROPOSE) {
        to_step(m, HST_TM_STEP_PREVOTE);
        cast_nil(m, m->round, HST_TM_PHASE_PREVOTE, effects);
    } else if (timer == HST_TM_TIMER_PREVOTE && m->step == HST_TM_STEP_PREVOTE) {
        to_step(m, HST_TM_STEP_PRECOMMIT);
        cast_nil(m, m->round, HST_TM_PHASE_PRECOMMIT, effects);
    } else if (timer == HST_TM_TIMER_PRECOMMIT && m->round < HST_TM_ROUND_MAX) {
        start_round(m, m->round + 1, effects);
    }
    hst_tm_advance(m, effects);
}
