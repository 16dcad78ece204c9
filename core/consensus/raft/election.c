/* Who leads: section 5.2 and 5.4.1 of the paper, pre-vote and check-quorum of the thesis (9.6 and
 * 6.2, with 4.2.3: whoever heard a leader lately helps nobody else to become one). */
#include "core/consensus/raft/machine.h"

#include <string.h>

static void clear_votes(hst_raft *m)
{
    memset(m->votes, 0, hst_member_words(m->config.membership->count) * sizeof *m->votes);
    m->vote_weight = 0;
}

static void set_timer(hst_raft *m, int64_t timeout_ns, int64_t now_ns, hst_effects *effects)
{
    m->reset_ns = now_ns;
    m->timeout_ns = timeout_ns;
    hst_effects_timer_set(effects, HST_RAFT_TIMER_ELECTION, now_ns + timeout_ns);
}

void hst_raft_arm(hst_raft *m, int64_t now_ns, hst_effects *effects)
{
    const uint64_t draw = hst_random_below(&m->random, (uint64_t)m->election_ns + 1);
    set_timer(m, m->election_ns + (int64_t)draw, now_ns, effects);
}

void hst_raft_watch(hst_raft *m, int64_t now_ns, hst_effects *effects)
{
    clear_votes(m);
    set_timer(m, m->election_ns, now_ns, effects);
}

void hst_raft_step_down(hst_raft *m, uint64_t term, int64_t now_ns, hst_effects *effects)
{
    const bool led = m->role == HST_RAFT_LEADER;
    if (term > m->term) {
        m->term = term;
        m->voted = HST_CONSENSUS_NOBODY;
        m->unsaved_term = true;
        m->greeted = false;
        m->verified = hst_raft_settled(m);
    } else if (led) {
        m->verified = hst_raft_settled(m);
    }
    m->role = HST_RAFT_FOLLOWER;
    m->leader = HST_CONSENSUS_NOBODY;
    if (led) {
        hst_effects_timer_cancel(effects, HST_RAFT_TIMER_HEARTBEAT);
        hst_raft_arm(m, now_ns, effects);
    }
}

/* Count a vote once; true when a majority granted theirs. */
static bool count_vote(hst_raft *m, uint32_t voter)
{
    if (hst_member_add(m->votes, voter)) {
        m->vote_weight += hst_membership_weight(m->config.membership, voter);
    }
    return m->vote_weight >= m->majority;
}

static void write_request(const hst_raft *m, uint8_t kind, uint64_t term, hst_effects *effects)
{
    hst_wire *wire = hst_effects_message(effects, kind);
    hst_wire_u64(wire, term);
    hst_wire_u64(wire, m->last);
    hst_wire_u64(wire, hst_raft_term_at(m, m->last));
}

/* Ask for votes in a new term. The request leaves once our own vote and our log are durable: a
 * vote for what we forget in a crash could elect us without it. */
static void campaign(hst_raft *m, int64_t now_ns, hst_effects *effects)
{
    m->role = HST_RAFT_CANDIDATE;
    m->leader = HST_CONSENSUS_NOBODY;
    m->term++;
    m->elections++;
    m->voted = m->config.self;
    m->unsaved_term = true;
    m->greeted = false;
    m->verified = hst_raft_settled(m);
    clear_votes(m);
    hst_raft_arm(m, now_ns, effects);
    hst_raft_save(m, effects);
    write_request(m, HST_RAFT_REQUEST_VOTE, m->term, effects);
    hst_effects_broadcast(effects, m->sequence);
}

/* Would a majority vote for us? Nobody changes term or vote for the question. */
static void ask_before(hst_raft *m, int64_t now_ns, hst_effects *effects)
{
    m->role = HST_RAFT_PRE_CANDIDATE;
    m->leader = HST_CONSENSUS_NOBODY;
    clear_votes(m);
    if (count_vote(m, m->config.self)) {
        campaign(m, now_ns, effects);
        return;
    }
    hst_raft_arm(m, now_ns, effects);
    write_request(m, HST_RAFT_PRE_VOTE, m->term + 1, effects);
    hst_effects_broadcast(effects, 0);
}

/* Check-quorum: a leader that a majority did not answer for an election timeout gives up. */
static void look_around(hst_raft *m, int64_t now_ns, hst_effects *effects)
{
    const bool enough = count_vote(m, m->config.self);
    if (m->check_quorum && !enough) {
        hst_raft_step_down(m, m->term, now_ns, effects);
    } else {
        hst_raft_watch(m, now_ns, effects);
    }
}

void hst_raft_on_election_timer(hst_raft *m, int64_t now_ns, hst_effects *effects)
{
    if (now_ns < m->reset_ns + m->timeout_ns) {
        /* Reset since it was set: messages move the deadline, only its passing moves the timer. */
        hst_effects_timer_set(effects, HST_RAFT_TIMER_ELECTION, m->reset_ns + m->timeout_ns);
    } else if (m->role == HST_RAFT_LEADER) {
        look_around(m, now_ns, effects);
    } else if (m->pre_vote) {
        ask_before(m, now_ns, effects);
    } else {
        campaign(m, now_ns, effects);
    }
}

/* 5.4.1: a log whose last entry has the later term, or the same and is longer. */
static bool up_to_date(const hst_raft *m, uint64_t last, uint64_t last_term)
{
    const uint64_t own_term = hst_raft_term_at(m, m->last);
    return last_term > own_term || (last_term == own_term && last >= m->last);
}

/* Thesis 4.2.3 and 9.6: while a leader is there, nobody needs another. */
static bool leader_is_there(const hst_raft *m, int64_t now_ns)
{
    return m->role == HST_RAFT_LEADER || now_ns - m->heard_ns < m->election_ns;
}

static bool grant_before(const hst_raft *m, uint64_t term, bool fit, int64_t now_ns)
{
    return term > m->term && fit && !leader_is_there(m, now_ns);
}

static bool grant(hst_raft *m, const hst_consensus_input *input, uint64_t term, bool fit)
{
    if (term < m->term || !fit || (m->voted != HST_CONSENSUS_NOBODY && m->voted != input->from)) {
        return false;
    }
    m->unsaved_term = m->unsaved_term || m->voted != input->from;
    m->voted = input->from;
    m->role = HST_RAFT_FOLLOWER;
    m->reset_ns = input->now_ns;
    return true;
}

void hst_raft_on_request_vote(hst_raft *m,
                              const hst_consensus_input *input,
                              hst_wire_reader *reader,
                              hst_effects *effects)
{
    const uint64_t term = hst_wire_read_u64(reader);
    const uint64_t last = hst_wire_read_u64(reader);
    const uint64_t last_term = hst_wire_read_u64(reader);
    if (!hst_wire_read_done(reader) || !hst_raft_plausible(m, term, last) || last_term >= term ||
        input->from == m->config.self) {
        m->refused++;
        return;
    }
    const bool before = input->bytes[0] == HST_RAFT_PRE_VOTE;
    const bool fit = up_to_date(m, last, last_term);
    bool granted = false;
    if (before) {
        granted = grant_before(m, term, fit, input->now_ns);
    } else if (!m->check_quorum || !leader_is_there(m, input->now_ns)) {
        if (term > m->term) {
            hst_raft_step_down(m, term, input->now_ns, effects);
        }
        granted = grant(m, input, term, fit);
        hst_raft_save(m, effects);
    }
    hst_wire *wire = hst_effects_message(effects, before ? HST_RAFT_PRE_VOTE_RESULT
                                                         : HST_RAFT_REQUEST_VOTE_RESULT);
    hst_wire_u64(wire, term);
    hst_wire_u64(wire, m->term);
    hst_wire_u8(wire, granted ? 1 : 0);
    hst_effects_send(effects, input->from, before ? 0 : m->sequence);
}

void hst_raft_on_vote_result(hst_raft *m,
                             const hst_consensus_input *input,
                             hst_wire_reader *reader,
                             hst_effects *effects)
{
    const uint64_t term = hst_wire_read_u64(reader);
    const uint64_t own = hst_wire_read_u64(reader);
    const uint8_t granted = hst_wire_read_u8(reader);
    if (!hst_wire_read_done(reader) || granted > 1 || !hst_raft_plausible(m, term, 0) ||
        !hst_raft_plausible(m, own, 0)) {
        m->refused++;
        return;
    }
    if (own > m->term) {
        hst_raft_step_down(m, own, input->now_ns, effects);
        hst_raft_save(m, effects);
        return;
    }
    const bool before = input->bytes[0] == HST_RAFT_PRE_VOTE_RESULT;
    if (granted == 0) {
        return;
    }
    if (before && m->role == HST_RAFT_PRE_CANDIDATE && term == m->term + 1) {
        if (count_vote(m, input->from)) {
            campaign(m, input->now_ns, effects);
        }
    } else if (!before && m->role == HST_RAFT_CANDIDATE && term == m->term) {
        if (count_vote(m, input->from)) {
            hst_raft_lead(m, input->now_ns, effects);
        }
    }
}

/* Our own vote counts like the others': once it is durable. */
void hst_raft_on_vote_durable(hst_raft *m, int64_t now_ns, hst_effects *effects)
{
    if (m->role == HST_RAFT_CANDIDATE && m->vote_sequence <= m->durable &&
        count_vote(m, m->config.self)) {
        hst_raft_lead(m, now_ns, effects);
    }
}
