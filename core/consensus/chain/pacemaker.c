/* Views: who leads, when to give up, and how replicas meet again in one view. */
#include "core/consensus/chain/chain.h"

enum { DOUBLINGS_MAX = 20 };

uint64_t hst_chain_after_timeout(const hst_chain_machine *chain, uint64_t view)
{
    return chain->parameters[HST_CHAIN_STABLE_LEADER] != 0
               ? ((view >> HST_CHAIN_REIGN_SHIFT) + 1) << HST_CHAIN_REIGN_SHIFT
               : view + 1;
}

/* How long this view may take: doubled by each failure, up to a bound. */
static int64_t patience_ns(const hst_chain_machine *chain)
{
    const int64_t most = chain->parameters[HST_CHAIN_TIMEOUT_MAX_NS];
    int64_t patience = chain->parameters[HST_CHAIN_TIMEOUT_NS];
    for (uint32_t k = 0; k < chain->failures && k < DOUBLINGS_MAX && patience < most; k++) {
        patience *= 2;
    }
    return patience < most || chain->failures == 0 ? patience : most;
}

/* How long until we repeat ourselves in this view: half of a usual one, a quarter of a long one. */
static int64_t nudge_after_ns(const hst_chain_machine *chain)
{
    return patience_ns(chain) / (chain->failures == 0 ? 2 : 4);
}

static void restart_clock(hst_chain_machine *chain)
{
    chain->deadline_ns = chain->now_ns + patience_ns(chain);
    chain->nudge_ns = chain->now_ns + nudge_after_ns(chain);
}

/* The view that wishes are counted for: the one we are in has begun for a HotStuff replica that
 * gave up the last one; a Jolteon replica stays until there is a certificate for the next. */
static uint64_t goal(const hst_chain_machine *chain)
{
    return chain->rules->broadcasts_timeouts ? hst_chain_after_timeout(chain, chain->view)
                                             : chain->view;
}

static void recount(hst_chain_machine *chain)
{
    const uint64_t at = goal(chain);
    chain->here = 0;
    chain->ahead = 0;
    if (chain->wish_top < at) {
        return; /* as always while nothing goes wrong */
    }
    for (uint32_t i = 0; i < chain->membership->count; i++) {
        const uint64_t weight = hst_membership_weight(chain->membership, i);
        chain->here += chain->wishes[i].target == at ? weight : 0;
        chain->ahead += chain->wishes[i].target >= at ? weight : 0;
    }
}

void hst_chain_enter_view(hst_chain_machine *chain, uint64_t view)
{
    if (view <= chain->view) {
        return;
    }
    chain->view = view;
    restart_clock(chain);
    chain->woken = false;
    chain->expired = false;
    recount(chain);
}

void hst_chain_relax(hst_chain_machine *chain)
{
    if (chain->failures > 0) {
        chain->failures = 0;
        restart_clock(chain);
    }
}

/* ---- wishes -------------------------------------------------------------------------------- */

static void note_wish(hst_chain_machine *chain,
                      uint32_t from,
                      const hst_statement *wish,
                      const hst_signature *signature)
{
    hst_chain_wish *mine = &chain->wishes[from];
    const uint64_t at = goal(chain);
    const uint64_t weight = hst_membership_weight(chain->membership, from);
    if (wish->view <= mine->target) {
        return;
    }
    chain->here -= mine->target == at ? weight : 0;
    chain->ahead -= mine->target >= at ? weight : 0;
    chain->here += wish->view == at ? weight : 0;
    chain->ahead += wish->view >= at ? weight : 0;
    *mine = (hst_chain_wish){.target = wish->view, .high = wish->height};
    chain->wish_top = wish->view > chain->wish_top ? wish->view : chain->wish_top;
    if (chain->wish_signatures != NULL) {
        chain->wish_signatures[from] = *signature;
    }
}

/* Say which view we want. */
static void wish(hst_chain_machine *chain, uint64_t target, bool to_all, hst_effects *effects)
{
    static const hst_signature unsigned_yet = {{0}};
    const hst_tally *high = hst_chain_highest(chain);
    const hst_statement statement = {
        .phase = HST_CHAIN_PHASE_TIMEOUT, .view = target, .height = high->statement.view};
    note_wish(chain, chain->config.self, &statement, &unsigned_yet);
    hst_wire *wire = hst_effects_message(effects, HST_CHAIN_TIMEOUT);
    hst_wire_statement(wire, &statement);
    hst_wire_signature_slot(wire);
    hst_wire_u64(wire, chain->committed);
    hst_wire_certificate(wire, high, chain->membership);
    /* The vote that a crashed leader may have taken with it. */
    const bool with_vote = !chain->rules->broadcasts_timeouts &&
                           chain->parameters[HST_CHAIN_VOTE_IN_NEW_VIEW] != 0 &&
                           chain->vote.view > high->statement.view;
    hst_wire_u8(wire, with_vote ? 1 : 0);
    if (with_vote) {
        hst_wire_statement(wire, &chain->vote);
        hst_wire_signature_slot(wire);
    }
    const uint32_t leader = hst_chain_leader(chain, target);
    if (to_all) {
        hst_effects_broadcast(effects, chain->sequence);
    } else if (leader != chain->config.self) {
        hst_effects_send(effects, leader, chain->sequence);
    }
}

/* Jolteon: give up voting in this view, durably, and say so to all; again and again until there is
 * a certificate. */
static void give_up(hst_chain_machine *chain, hst_effects *effects)
{
    const uint64_t target = hst_chain_after_timeout(chain, chain->view);
    if (chain->last_voted < target - 1) {
        chain->last_voted = target - 1;
        hst_chain_persist(chain, NULL, effects);
    }
    wish(chain, target, true, effects);
}

/* HotStuff: leave a view without progress. A NEW-VIEW to the next leader will do; when that failed
 * too, everyone should hear of it. */
static void move_on(hst_chain_machine *chain, hst_effects *effects)
{
    const uint64_t target = hst_chain_after_timeout(chain, chain->view);
    hst_chain_enter_view(chain, target);
    wish(chain, target, chain->failures >= 2, effects);
}

/* Whether others are known to be in this view, or past it. */
static bool is_shared(const hst_chain_machine *chain)
{
    return chain->view <= hst_chain_next(chain->high.statement.view) ||
           chain->view <= hst_chain_next(chain->vote.view) || chain->view <= chain->tc.target ||
           chain->ahead >= chain->quorum;
}

/* What enough wishes lead to. */
static void heed(hst_chain_machine *chain, hst_effects *effects)
{
    const uint64_t at = goal(chain);
    const bool wished = chain->wishes[chain->config.self].target >= at;
    if (chain->here >= chain->quorum && chain->tc.target < at) {
        if (!chain->rules->broadcasts_timeouts &&
            hst_chain_leader(chain, at) != chain->config.self) {
            return;
        }
        hst_chain_tc_make(chain, at);
        hst_chain_enter_view(chain, at);
        chain->woken = true; /* a quorum waits for a block */
        if (!chain->rules->broadcasts_timeouts) {
            hst_chain_collect_lost(chain, effects);
        }
    } else if (chain->expired && is_shared(chain)) {
        move_on(chain, effects);
    } else if (chain->ahead >= chain->weak && !wished) {
        /* At least one honest replica gave up: so do we, to be there when a quorum does. */
        if (chain->rules->broadcasts_timeouts) {
            give_up(chain, effects);
        } else {
            wish(chain, at, false, effects);
        }
    }
}

/* The highest view that a weak quorum wants at least: one honest replica is there. */
static uint64_t wanted_view(const hst_chain_machine *chain)
{
    uint64_t best = 0;
    for (uint64_t below = UINT64_MAX;;) {
        uint64_t next = 0, weight = 0;
        for (uint32_t i = 0; i < chain->membership->count; i++) {
            const uint64_t target = chain->wishes[i].target;
            next = target < below && target > next ? target : next;
        }
        for (uint32_t i = 0; i < chain->membership->count; i++) {
            weight +=
                chain->wishes[i].target >= next ? hst_membership_weight(chain->membership, i) : 0;
        }
        if (next == 0 || weight >= chain->weak) {
            best = next;
            break;
        }
        below = next;
    }
    return best;
}

/* HotStuff: follow a weak quorum to a later view. */
static void follow(hst_chain_machine *chain, hst_effects *effects)
{
    if (chain->rules->broadcasts_timeouts || chain->ahead - chain->here < chain->weak) {
        return;
    }
    const uint64_t wanted = wanted_view(chain);
    if (wanted > chain->view) {
        chain->view_changes++;
        hst_chain_enter_view(chain, wanted);
        wish(chain, wanted, chain->failures >= 2, effects);
    }
}

void hst_chain_on_timeout(hst_chain_machine *chain,
                          const hst_consensus_input *input,
                          hst_wire_reader *reader,
                          hst_effects *effects)
{
    const hst_statement wanted = hst_wire_read_statement(reader);
    const hst_signature signature = hst_wire_read_signature(reader);
    const uint64_t committed = hst_wire_read_u64(reader);
    hst_tally *high = &chain->scratch;
    hst_wire_read_certificate(reader, chain->membership, high);
    const uint8_t with_vote = hst_wire_read_u8(reader);
    hst_statement vote = {0};
    hst_signature vote_signature = {{0}};
    if (with_vote == 1) {
        vote = hst_wire_read_statement(reader);
        vote_signature = hst_wire_read_signature(reader);
    }
    if (!hst_wire_read_done(reader) || with_vote > 1 || !hst_chain_is_qc(chain, high) ||
        wanted.phase != HST_CHAIN_PHASE_TIMEOUT || wanted.height != high->statement.view ||
        wanted.view <= wanted.height || input->from == chain->config.self ||
        (with_vote == 1 && vote.phase != HST_CHAIN_PHASE_VOTE)) {
        chain->refused++;
        return;
    }
    const bool known = hst_chain_certify(chain, high, effects);
    if (with_vote == 1) {
        hst_chain_note_vote(chain, input->from, &vote, &vote_signature, effects);
    }
    const bool again = chain->wishes[input->from].target >= wanted.view;
    note_wish(chain, input->from, &wanted, &signature);
    if (wanted.view >= goal(chain)) {
        chain->woken = true;
    } else if (again || wanted.height < chain->high.statement.view) {
        hst_chain_serve(chain, input->from, committed, effects);
    }
    if (!known || wanted.view > hst_chain_after_timeout(chain, chain->view)) {
        hst_chain_fetch(chain, input->from, effects);
    }
    follow(chain, effects);
    heed(chain, effects);
    heed(chain, effects); /* our own wish may have been the last one needed */
}

void hst_chain_on_wake(hst_chain_machine *chain,
                       const hst_consensus_input *input,
                       hst_wire_reader *reader,
                       hst_effects *effects)
{
    const uint64_t view = hst_wire_read_u64(reader);
    if (!hst_wire_read_done(reader) || input->from == chain->config.self) {
        chain->refused++;
        return;
    }
    if (hst_chain_leader(chain, view) == chain->config.self &&
        !hst_chain_propose_again(chain, view, input->from, effects)) {
        chain->woken = true;
    }
}

/* ---- time ---------------------------------------------------------------------------------- */

/* Half the time is over and nothing came: perhaps the leader does not know that there is something
 * to do, or its proposal, our vote or our wish was lost. */
static void nudge(hst_chain_machine *chain, hst_effects *effects)
{
    chain->nudge_ns = chain->now_ns + nudge_after_ns(chain);
    const uint64_t awaited =
        chain->vote.view == chain->view ? hst_chain_next(chain->view) : chain->view;
    const uint32_t leader = hst_chain_leader(chain, awaited);
    const bool wished = chain->wishes[chain->config.self].target >= goal(chain);
    hst_chain_send_vote(chain, effects);
    if (!chain->rules->broadcasts_timeouts) {
        /* Whoever voted in the last view came here without a NEW-VIEW; the leader may need it. */
        wish(chain, chain->view, chain->failures >= 2, effects);
    } else if (wished) {
        wish(chain, goal(chain), true, effects);
    }
    if (leader != chain->config.self && chain->last_block < awaited) {
        hst_wire_u64(hst_effects_message(effects, HST_CHAIN_WAKE), awaited);
        hst_effects_send(effects, leader, 0);
    }
}

static void time_out(hst_chain_machine *chain, hst_effects *effects)
{
    chain->failures++;
    chain->view_changes++;
    if (chain->rules->broadcasts_timeouts) {
        give_up(chain, effects);
        restart_clock(chain);
    } else if (is_shared(chain)) {
        move_on(chain, effects);
    } else {
        /* Not alone into the next one too: views would drift apart for ever. */
        chain->expired = true;
        restart_clock(chain);
        wish(chain, chain->view, true, effects);
    }
    heed(chain, effects);
    hst_chain_fetch_next(chain, effects); /* perhaps the others are elsewhere */
}

void hst_chain_on_timer(hst_chain_machine *chain,
                        const hst_consensus_input *input,
                        hst_effects *effects)
{
    chain->armed_ns = 0;
    if (!chain->busy) {
        return;
    }
    if (input->now_ns >= chain->deadline_ns) {
        time_out(chain, effects);
    } else if (input->now_ns >= chain->nudge_ns) {
        nudge(chain, effects);
    }
}

void hst_chain_keep_time(hst_chain_machine *chain,
                         const hst_consensus_input *input,
                         hst_effects *effects)
{
    const bool busy = input->offer.id != 0 || chain->filled > chain->committed || chain->woken;
    if (busy && !chain->busy) {
        restart_clock(chain);
    }
    chain->busy = busy;
    if (!busy) {
        return; /* a timer that still runs finds nothing to do */
    }
    const int64_t due = chain->nudge_ns < chain->deadline_ns ? chain->nudge_ns : chain->deadline_ns;
    /* A timer set for earlier is left alone: it looks again when it fires. */
    if (chain->armed_ns == 0 || chain->armed_ns > due) {
        chain->armed_ns = due > chain->now_ns ? due : chain->now_ns + 1;
        hst_effects_timer_set(effects, HST_CHAIN_TIMER_VIEW, chain->armed_ns);
    }
}
