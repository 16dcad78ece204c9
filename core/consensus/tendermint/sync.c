/* Not being left behind. Who is stuck asks everyone with STATUS, and is answered with where they
 * are and, in the same height, with their votes again. Who is behind asks one peer after another
 * with FETCH, and is answered with decisions and their proofs, or with the state at the last one
 * when the peer no longer keeps the one that was asked for. */
#include "core/consensus/tendermint/internal.h"

enum { AT_ONCE = 16 }; /* decisions in answer to a FETCH */

/* ---- STATUS ------------------------------------------------------------------------------- */

static void write_status(const hst_tm *m, bool ask, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, HST_TM_STATUS);
    hst_wire_u64(wire, m->height);
    hst_wire_u64(wire, m->round);
    hst_wire_u8(wire, ask ? 1 : 0);
}

void hst_tm_ask_status(hst_tm *m, hst_effects *effects)
{
    write_status(m, true, effects);
    hst_effects_broadcast(effects, 0);
    m->asks++;
}

/* A peer is not ahead. Once a quorum is not, nothing decided before START was missed. */
static void note_heard(hst_tm *m, uint32_t peer)
{
    if (hst_member_add(m->heard, peer)) {
        m->heard_weight += hst_membership_weight(m->config.membership, peer);
    }
    m->settled = m->settled || m->heard_weight >= m->quorum;
}

/* Own proposal, valid value and votes of this round and the one before, for who may lack them. */
static void repeat_votes(hst_tm *m, uint32_t to, hst_effects *effects)
{
    if (m->own.height != m->height) {
        return;
    }
    if (m->step >= HST_TM_STEP_PROPOSE && hst_tm_may_repeat_proposal(m)) {
        hst_tm_write_proposal(m, effects);
        hst_effects_send(effects, to, m->sequence)->batch = m->own.proposed.batch;
    }
    if (m->own.valid_round >= 0) {
        hst_tm_write_polka(m, effects);
        hst_effects_send(effects, to, m->sequence);
    }
    for (uint32_t b = 0; b < 2; b++) {
        const hst_tm_ballot *ballot = &m->own.ballots[b];
        for (uint32_t phase = 0; phase < HST_TM_VOTES; phase++) {
            if (!ballot->cast[phase]) {
                continue;
            }
            const hst_statement vote = {.phase = (uint8_t)phase,
                                        .view = ballot->round,
                                        .height = m->height,
                                        .id = ballot->id[phase]};
            hst_tm_write_vote(&vote, effects);
            hst_effects_send(effects, to, m->sequence);
        }
    }
}

void hst_tm_on_status(hst_tm *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const uint64_t height = hst_wire_read_u64(&reader);
    const uint64_t round = hst_wire_read_u64(&reader);
    const uint8_t ask = hst_wire_read_u8(&reader);
    if (!hst_wire_read_done(&reader) || ask > 1 || height == 0 || height > INT64_MAX ||
        round > HST_TM_ROUND_MAX || m->height == 0 || input->from == m->config.self) {
        m->refused++;
        return;
    }
    hst_tm_note_place(m, input->from, height, round);
    if (height <= m->height) {
        note_heard(m, input->from);
    } else if (ask == 0 && !m->fetching) {
        hst_tm_fetch(m, effects);
    }
    if (ask == 1) {
        write_status(m, false, effects);
        hst_effects_send(effects, input->from, 0);
        if (height == m->height) {
            repeat_votes(m, input->from, effects);
        }
    }
    if (m->ahead_weight >= m->weak) {
        hst_tm_advance(m, effects);
    }
    hst_tm_watch(m, effects);
}

/* ---- watching for being stuck ------------------------------------------------------------- */

/* In a round, but nothing will happen unless votes come. */
static bool stuck(const hst_tm *m)
{
    return (m->step == HST_TM_STEP_PREVOTE &&
            m->deadlines[HST_TM_TIMER_PREVOTE] == HST_CONSENSUS_NEVER &&
            m->deadlines[HST_TM_TIMER_PRECOMMIT] == HST_CONSENSUS_NEVER) ||
           (m->step == HST_TM_STEP_PRECOMMIT &&
            m->deadlines[HST_TM_TIMER_PRECOMMIT] == HST_CONSENSUS_NEVER);
}

static bool in_doubt(const hst_tm *m)
{
    return !m->settled || hst_tm_muted(m);
}

/* How long to wait for progress: the longer the less use asking was, up to a limit. */
static int64_t patience_ns(const hst_tm *m)
{
    enum { DOUBLINGS_MAX = 1 };
    const uint32_t doublings = m->asks < DOUBLINGS_MAX ? m->asks : DOUBLINGS_MAX;
    return m->parameters[HST_TM_PARAMETER_STATUS] << doublings;
}

void hst_tm_watch(hst_tm *m, hst_effects *effects)
{
    const bool wanted = m->step >= HST_TM_STEP_PROPOSE || m->beyond_weight > 0 || in_doubt(m);
    if (wanted && m->deadlines[HST_TM_TIMER_STATUS] == HST_CONSENSUS_NEVER) {
        hst_tm_timer_set(m, HST_TM_TIMER_STATUS, m->now_ns + patience_ns(m), effects);
    }
}

void hst_tm_on_watch(hst_tm *m, hst_effects *effects)
{
    if (m->now_ns - m->progress_ns >= m->parameters[HST_TM_PARAMETER_STATUS]) {
        if (m->beyond_weight > 0 && !m->fetching) {
            hst_tm_fetch(m, effects);
        }
        /* Fewer than f + 1 may be lying about their height: that must not keep it from asking. */
        if (m->beyond_weight < m->weak && (in_doubt(m) || stuck(m))) {
            hst_tm_ask_status(m, effects);
        }
    }
    hst_tm_watch(m, effects);
}

/* ---- FETCH -------------------------------------------------------------------------------- */

void hst_tm_fetch(hst_tm *m, hst_effects *effects)
{
    m->fetching = false;
    for (uint32_t k = 1; k <= m->n; k++) {
        const uint32_t peer = (m->asked + k) % m->n;
        if (m->places[peer].height <= m->height) {
            continue;
        }
        m->fetching = true;
        m->asked = peer;
        m->fetch_from = m->height;
        m->fetch_until = m->height + AT_ONCE - 1;
        hst_wire_u64(hst_effects_message(effects, HST_TM_FETCH), m->height);
        hst_effects_send(effects, peer, 0);
        hst_tm_timer_set(m, HST_TM_TIMER_FETCH, m->now_ns + m->parameters[HST_TM_PARAMETER_FETCH],
                         effects);
        return;
    }
}

/* Nothing came. The peer's word that it is ahead is forgotten until it gives it again, so that a
 * liar is not asked for ever. */
void hst_tm_on_fetch_timeout(hst_tm *m, hst_effects *effects)
{
    if (!m->fetching) {
        return;
    }
    if (m->height == m->fetch_from) {
        m->places[m->asked] = (hst_tm_place){0};
        m->settled = false;
        hst_tm_recount(m);
    }
    hst_tm_fetch(m, effects);
    hst_tm_watch(m, effects);
}

static void
write_decision(const hst_tm *m, uint8_t kind, const hst_tm_decision *decision, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, kind);
    hst_wire_u64(wire, m->height - 1);
    hst_wire_hash(wire, &decision->parent);
    hst_tm_write_value(wire, &decision->value);
    hst_wire_certificate(wire, &decision->proof, m->config.membership);
}

void hst_tm_on_fetch(hst_tm *m, const hst_consensus_input *input, hst_effects *effects)
{
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const uint64_t height = hst_wire_read_u64(&reader);
    if (!hst_wire_read_done(&reader) || height == 0 || height > INT64_MAX || m->height == 0 ||
        input->from == m->config.self) {
        m->refused++;
        return;
    }
    for (uint64_t h = height; h < m->height && h < height + AT_ONCE; h++) {
        const hst_tm_decision *decision = hst_tm_decision_at(m, h);
        if (decision == NULL) {
            break;
        }
        write_decision(m, HST_TM_DECISION, decision, effects);
        hst_effects_send(effects, input->from, 0)->batch = decision->value.batch;
    }
    const hst_tm_decision *last = hst_tm_decision_at(m, m->height - 1);
    if (height < m->height && hst_tm_decision_at(m, height) == NULL && last != NULL) {
        write_decision(m, HST_TM_STATE, last, effects);
        hst_effects_send(effects, input->from, 0);
    }
}

/* ---- decisions that others made ------------------------------------------------------------ */

static void keep_decision(hst_tm *m, const hst_hash *parent, const hst_tm_value *value)
{
    const uint64_t height = m->scratch.statement.height;
    hst_tm_decision *decision = &m->decisions[height % m->window];
    decision->height = height;
    decision->parent = *parent;
    decision->value = *value;
    hst_tally_copy(&decision->proof, &m->scratch, m->config.membership);
}

/* Too far behind for one decision after another: become the state, which the proof vouches for. */
static void transfer(hst_tm *m, uint64_t height, const hst_hash *id, hst_effects *effects)
{
    hst_effects_transfer(effects, height, id, m->asked);
    m->settled = true;
    m->dirty = true;
    hst_tm_enter_height(m, height + 1, id);
    hst_tm_timer_set(m, HST_TM_TIMER_COMMIT, m->now_ns + m->parameters[HST_TM_PARAMETER_COMMIT],
                     effects);
}

/* After an answer: ask for the next part, or be done. */
static void go_on_fetching(hst_tm *m, uint32_t from, uint64_t top, hst_effects *effects)
{
    if (!m->fetching || from != m->asked || (m->height <= m->fetch_until && m->height <= top)) {
        return;
    }
    m->fetching = false;
    m->deadlines[HST_TM_TIMER_FETCH] = HST_CONSENSUS_NEVER;
    hst_effects_timer_cancel(effects, HST_TM_TIMER_FETCH);
    if (m->height <= top) {
        hst_tm_fetch(m, effects);
    }
}

void hst_tm_on_decision(hst_tm *m, const hst_consensus_input *input, hst_effects *effects)
{
    const bool state = input->bytes[0] == HST_TM_STATE;
    hst_wire_reader reader = hst_wire_read(input->bytes, input->size, m->config.carry_signatures);
    const uint64_t top = hst_wire_read_u64(&reader);
    const hst_hash parent = hst_wire_read_hash(&reader);
    hst_tm_value value = hst_tm_read_value(&reader);
    hst_wire_read_certificate(&reader, m->config.membership, &m->scratch);
    const hst_statement *proof = &m->scratch.statement;
    value.id = proof->id;
    if (!hst_wire_read_done(&reader) || m->height == 0 || input->from == m->config.self ||
        proof->phase != HST_TM_PHASE_PRECOMMIT || proof->height == 0 || top < proof->height ||
        top >= INT64_MAX || m->scratch.weight < m->quorum) {
        m->refused++;
        return;
    }
    hst_tm_note_place(m, input->from, top + 1, 0);
    if (proof->height < m->height) {
        return; /* known by now */
    }
    const hst_hash id = hst_tm_value_id(proof->height, &parent, &value);
    if (!hst_hash_equal(&id, &value.id)) {
        m->refused++;
        return;
    }
    const uint64_t height = proof->height;
    m->proven = m->proven > height ? m->proven : height;
    const bool far = state && m->fetching && input->from == m->asked && height > m->height;
    if (far || height - m->height < m->window) {
        keep_decision(m, &parent, &value);
    }
    hst_tm_adopt(m, effects);
    if (far && height > m->height) {
        transfer(m, height, &id, effects);
    }
    go_on_fetching(m, input->from, top, effects);
    hst_tm_advance(m, effects);
    hst_tm_watch(m, effects);
}
