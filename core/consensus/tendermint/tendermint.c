/* The protocol's table, its memory, and which function takes which input. */
#include "core/consensus/tendermint/tendermint.h"

#include "core/consensus/tendermint/internal.h"

static const hst_message_kind kinds[HST_TM_KINDS] = {
    [HST_TM_PROPOSAL] = {"PROPOSAL", HST_ROLE_PROPOSAL},
    [HST_TM_PREVOTE] = {"PREVOTE", HST_ROLE_VOTE},
    [HST_TM_PRECOMMIT] = {"PRECOMMIT", HST_ROLE_VOTE},
    [HST_TM_POLKA] = {"POLKA", HST_ROLE_CERTIFICATE},
    [HST_TM_STATUS] = {"STATUS", HST_ROLE_SYNC},
    [HST_TM_FETCH] = {"FETCH", HST_ROLE_SYNC},
    [HST_TM_DECISION] = {"DECISION", HST_ROLE_SYNC},
    [HST_TM_STATE] = {"STATE", HST_ROLE_SYNC},
};

#define MS     INT64_C(1000000)
#define MINUTE (60000 * MS)

static const hst_consensus_parameter parameters[HST_TM_PARAMETERS] = {
    [HST_TM_PARAMETER_PROPOSE] = {"timeout_propose_ns", "ns", 3000 * MS, MS, 10 * MINUTE,
                                  "PREVOTE nil without a proposal after this, round 0 (CometBFT)"},
    [HST_TM_PARAMETER_PROPOSE_DELTA] = {"timeout_propose_delta_ns", "ns", 500 * MS, 0, MINUTE,
                                        "and so much longer every round (CometBFT)"},
    [HST_TM_PARAMETER_PREVOTE] = {"timeout_prevote_ns", "ns", 1000 * MS, MS, 10 * MINUTE,
                                  "wait for more PREVOTEs after a quorum of any (CometBFT)"},
    [HST_TM_PARAMETER_PREVOTE_DELTA] = {"timeout_prevote_delta_ns", "ns", 500 * MS, 0, MINUTE,
                                        "and so much longer every round (CometBFT)"},
    [HST_TM_PARAMETER_PRECOMMIT] = {"timeout_precommit_ns", "ns", 1000 * MS, MS, 10 * MINUTE,
                                    "wait for more PRECOMMITs after a quorum of any (CometBFT)"},
    [HST_TM_PARAMETER_PRECOMMIT_DELTA] = {"timeout_precommit_delta_ns", "ns", 500 * MS, 0, MINUTE,
                                          "and so much longer every round (CometBFT)"},
    [HST_TM_PARAMETER_COMMIT] = {"timeout_commit_ns", "ns", 1000 * MS, 0, 10 * MINUTE,
                                 "pause between a decision and the next height (CometBFT)"},
    [HST_TM_PARAMETER_EMPTY] = {"create_empty_blocks", "1", 0, 0, 1,
                                "1 = propose even when nothing is offered (CometBFT's default)"},
    [HST_TM_PARAMETER_STATUS] = {"status_ns", "ns", 1000 * MS, MS, 10 * MINUTE,
                                 "without progress for so long, ask the others for their votes"},
    [HST_TM_PARAMETER_FETCH] = {"fetch_ns", "ns", 1000 * MS, MS, 10 * MINUTE,
                                "ask another peer for decisions after this"},
    [HST_TM_PARAMETER_WINDOW] = {"window", "1", 64, 16, 4096,
                                 "decisions that are kept for those behind"},
};

/* ---- memory ------------------------------------------------------------------------------- */

static bool equal_weights(const hst_membership *membership)
{
    for (uint32_t i = 1; i < membership->count; i++) {
        if (hst_membership_weight(membership, i) != hst_membership_weight(membership, 0)) {
            return false;
        }
    }
    return true;
}

static void lay_out_poll(hst_tm_poll *poll, hst_layout *layout, const hst_consensus_config *config)
{
    const uint32_t n = config->membership->count;
    uint8_t *choice = hst_layout_take(layout, n, sizeof *choice);
    uint64_t *guilty = hst_layout_take(layout, hst_member_words(n), sizeof *guilty);
    hst_signature *signatures =
        config->carry_signatures ? hst_layout_take(layout, n, sizeof *signatures) : NULL;
    for (uint32_t c = 0; c < HST_TM_CANDIDATES; c++) {
        uint64_t *signers = hst_layout_take(layout, hst_member_words(n), sizeof *signers);
        if (poll != NULL) {
            poll->tallies[c].signers = signers;
            poll->tallies[c].signatures = signatures;
        }
    }
    if (poll != NULL) {
        poll->choice = choice;
        poll->guilty = guilty;
    }
}

static hst_tm_slot *lay_out_slots(hst_layout *layout, const hst_consensus_config *config)
{
    hst_tm_slot *slots = hst_layout_take(layout, (size_t)2 * HST_TM_ROUNDS, sizeof *slots);
    for (uint32_t s = 0; s < 2 * HST_TM_ROUNDS; s++) {
        for (uint32_t phase = 0; phase < HST_TM_VOTES; phase++) {
            lay_out_poll(slots != NULL ? &slots[s].polls[phase] : NULL, layout, config);
        }
    }
    return slots;
}

static hst_tm_decision *
lay_out_decisions(hst_layout *layout, const hst_consensus_config *config, uint64_t window)
{
    hst_tm_decision *decisions = hst_layout_take(layout, window, sizeof *decisions);
    for (uint64_t d = 0; d < window; d++) {
        hst_tally_lay_out(decisions != NULL ? &decisions[d].proof : NULL, layout, config);
    }
    return decisions;
}

static hst_tm *lay_out(hst_layout *layout, const hst_consensus_config *config)
{
    const uint32_t n = config->membership->count;
    const uint64_t window = (uint64_t)hst_consensus_parameter_value(
        &hst_protocol_tendermint, config, HST_TM_PARAMETER_WINDOW);
    const bool weighted = !equal_weights(config->membership);
    hst_tm *m = hst_layout_take(layout, 1, sizeof *m);
    hst_tm_slot *slots = lay_out_slots(layout, config);
    hst_tm_decision *decisions = lay_out_decisions(layout, config, window);
    hst_tm_place *places = hst_layout_take(layout, n, sizeof *places);
    uint64_t *heard = hst_layout_take(layout, hst_member_words(n), sizeof *heard);
    int64_t *base = weighted ? hst_layout_take(layout, n, sizeof *base) : NULL;
    int64_t *probe = weighted ? hst_layout_take(layout, n, sizeof *probe) : NULL;
    hst_tally_lay_out(m != NULL ? &m->proof : NULL, layout, config);
    hst_tally_lay_out(m != NULL ? &m->scratch : NULL, layout, config);
    if (m != NULL) {
        m->slots = slots;
        m->decisions = decisions;
        m->window = window;
        m->places = places;
        m->heard = heard;
        m->base.priority = base;
        m->probe.priority = probe;
    }
    return m;
}

static size_t state_size(const hst_consensus_config *config)
{
    if (config->membership->count > HST_MEMBER_MAX) {
        return 0;
    }
    hst_layout layout = {0};
    (void)lay_out(&layout, config);
    return layout.at;
}

static hst_status init(void *state, const hst_consensus_config *config)
{
    hst_layout layout = {.base = state};
    hst_tm *m = lay_out(&layout, config);
    m->config = *config;
    m->n = config->membership->count;
    m->quorum = hst_quorum(config->membership->total);
    m->weak = hst_weak_quorum(config->membership->total);
    for (uint32_t p = 0; p < HST_TM_PARAMETERS; p++) {
        m->parameters[p] = hst_consensus_parameter_value(&hst_protocol_tendermint, config, p);
    }
    for (uint32_t t = 0; t < HST_TM_TIMERS; t++) {
        m->deadlines[t] = HST_CONSENSUS_NEVER;
    }
    m->own.locked_round = -1;
    m->own.valid_round = -1;
    m->own.proposed_round = -1;
    m->asked = config->self;
    m->tell = HST_CONSENSUS_NOBODY;
    hst_tm_schedule_init(m);
    /* Alone, with nothing to wait for, it would decide for ever in one instant. */
    const bool endless = m->n == 1 && m->parameters[HST_TM_PARAMETER_EMPTY] != 0 &&
                         m->parameters[HST_TM_PARAMETER_COMMIT] == 0;
    return endless ? HST_INVALID : HST_OK;
}

/* ---- inputs ------------------------------------------------------------------------------- */

static void on_start(hst_tm *m, const hst_consensus_input *input, hst_effects *effects)
{
    const bool first = input->height == 0 && m->sequence == 0;
    (void)hst_member_add(m->heard, m->config.self);
    m->heard_weight = hst_membership_weight(m->config.membership, m->config.self);
    m->settled = m->heard_weight >= m->quorum;
    m->proven = input->height;
    hst_tm_enter_height(m, input->height + 1, &input->root);
    m->step = HST_TM_STEP_NEW_ROUND;
    hst_tm_adopt(m, effects);   /* the log may know more than the ledger */
    hst_tm_advance(m, effects); /* where an earlier life stopped, if it did in this height */
    hst_tm_begin(m, effects);
    if (!first && !m->settled) {
        hst_tm_ask_status(m, effects);
    }
    hst_tm_watch(m, effects);
}

static void on_message(hst_tm *m, const hst_consensus_input *input, hst_effects *effects)
{
    switch (input->size > 0 && input->from < m->n ? input->bytes[0] : HST_TM_KINDS) {
    case HST_TM_PROPOSAL: hst_tm_on_proposal(m, input, effects); break;
    case HST_TM_PREVOTE:
    case HST_TM_PRECOMMIT: hst_tm_on_vote(m, input, effects); break;
    case HST_TM_POLKA: hst_tm_on_polka(m, input, effects); break;
    case HST_TM_STATUS: hst_tm_on_status(m, input, effects); break;
    case HST_TM_FETCH: hst_tm_on_fetch(m, input, effects); break;
    case HST_TM_DECISION:
    case HST_TM_STATE: hst_tm_on_decision(m, input, effects); break;
    default: m->refused++; break;
    }
}

/* A timer that was set again in the instant it fired comes too early, and is set once more. */
static void on_timer(hst_tm *m, uint32_t timer, hst_effects *effects)
{
    if (timer >= HST_TM_TIMERS || m->deadlines[timer] == HST_CONSENSUS_NEVER) {
        return;
    }
    if (m->now_ns < m->deadlines[timer]) {
        hst_effects_timer_set(effects, timer, m->deadlines[timer]);
        return;
    }
    m->deadlines[timer] = HST_CONSENSUS_NEVER;
    switch (timer) {
    case HST_TM_TIMER_COMMIT:
        if (m->step == HST_TM_STEP_NEW_HEIGHT) {
            m->step = HST_TM_STEP_NEW_ROUND;
            hst_tm_begin(m, effects);
        }
        break;
    case HST_TM_TIMER_STATUS: hst_tm_on_watch(m, effects); break;
    case HST_TM_TIMER_FETCH: hst_tm_on_fetch_timeout(m, effects); break;
    default: hst_tm_on_timeout(m, timer, effects); break;
    }
}

static void step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_tm *m = state;
    m->now_ns = input->now_ns;
    m->offer = input->offer;
    switch (input->kind) {
    case HST_INPUT_START: on_start(m, input, effects); break;
    case HST_INPUT_RECOVER: hst_tm_recover(m, input); break;
    case HST_INPUT_MESSAGE: on_message(m, input, effects); break;
    case HST_INPUT_TIMER: on_timer(m, input->timer, effects); break;
    case HST_INPUT_SUBMIT: hst_tm_begin(m, effects); break;
    case HST_INPUT_PERSISTED: hst_tm_on_persisted(m, input->sequence); break;
    }
    if (input->kind != HST_INPUT_RECOVER) {
        hst_tm_flush(m, effects);
    }
}

const hst_consensus_protocol hst_protocol_tendermint = {
    .name = "tendermint",
    .title = "Tendermint",
    .source = "Buchman, Kwon, Milosevic, arXiv 1807.04938, 2018; CometBFT",
    .finality = HST_FINALITY_IMMEDIATE,
    .model = HST_FAULTS_BYZANTINE,
    .kinds = kinds,
    .kind_count = HST_TM_KINDS,
    .parameters = parameters,
    .parameter_count = HST_TM_PARAMETERS,
    .state_size = state_size,
    .init = init,
    .step = step,
    .claims = hst_tm_claims,
    .inspect = hst_tm_inspect,
    .digest = hst_tm_digest,
};
