/* Nomination: leaders propose, the others echo them; what is confirmed nominated is a candidate. */
#include "core/base/random.h"
#include "core/consensus/scp/scp_internal.h"

/* Nomination has done its work once a candidate or a ballot has fixed what ballots are about. */
static bool closed(const hst_scp_slot *s)
{
    return s->candidates != 0 || s->confirmed.counter > 0 || s->phase != HST_SCP_PREPARE;
}

/* ---- federated voting on "value is nominated" ----------------------------------------------- */

static bool accepts(hst_scp *m, const hst_scp_slot *s, uint32_t v)
{
    const size_t at = (size_t)v * m->words;
    return (s->voter_count[v] >= m->trust.slice_min && hst_scp_quorum(m, s->voters + at)) ||
           (s->acceptor_count[v] >= m->trust.block_min && hst_scp_blocking(m, s->acceptors + at));
}

static bool confirms(hst_scp *m, const hst_scp_slot *s, uint32_t v)
{
    return s->acceptor_count[v] >= m->trust.slice_min &&
           hst_scp_quorum(m, s->acceptors + (size_t)v * m->words);
}

/* Several candidates are combined by taking one, the same wherever they are the same: highest hash.
 * The others are nominated again in later slots. */
static void combine(hst_scp_slot *s)
{
    uint64_t best = 0;
    for (uint64_t left = s->candidates; left != 0; left &= left - 1) {
        const uint32_t v = (uint32_t)__builtin_ctzll(left);
        hst_random stream = {.key = s->key, .counter = s->values[v].batch.id};
        const uint64_t rank = hst_random_u64(&stream);
        if (s->composite == HST_SCP_NO_VALUE || rank >= best) {
            s->composite = v;
            best = rank;
        }
    }
}

static void add_candidates(hst_scp *m, hst_scp_slot *s, uint64_t values)
{
    if ((values & ~s->candidates) == 0) {
        return;
    }
    s->candidates |= values;
    s->composite = HST_SCP_NO_VALUE;
    combine(s);
    hst_effects_timer_cancel(m->out, HST_SCP_TIMER_NOMINATE);
    hst_scp_begin_ballot(m);
}

/* Accept and confirm what can be among some values. */
static void evaluate(hst_scp *m, uint64_t values)
{
    hst_scp_slot *s = m->now;
    uint64_t confirmed = 0;
    for (uint64_t left = values; left != 0; left &= left - 1) {
        const uint32_t v = (uint32_t)__builtin_ctzll(left);
        const uint64_t bit = UINT64_C(1) << v;
        if ((s->accepted[m->self] & bit) == 0 && accepts(m, s, v)) {
            (void)hst_scp_put_nomination(m, s, m->self, bit, bit);
            m->said_nomination = true;
        }
        if ((s->accepted[m->self] & ~s->candidates & bit) != 0 && confirms(m, s, v)) {
            confirmed |= bit;
        }
    }
    add_candidates(m, s, confirmed);
}

/* Vote for values that this replica has not voted for yet. */
static void vote(hst_scp *m, uint64_t values)
{
    hst_scp_slot *s = m->now;
    const uint64_t fresh = values & ~s->voted[m->self];
    if (fresh == 0 || closed(s)) {
        return;
    }
    (void)hst_scp_put_nomination(m, s, m->self, fresh, 0);
    m->said_nomination = true;
    evaluate(m, fresh);
}

static void echo(hst_scp *m, uint32_t leader)
{
    const hst_scp_slot *s = m->now;
    if (leader != m->self) {
        vote(m, s->voted[leader] | s->accepted[leader]);
    }
}

void hst_scp_nominated(hst_scp *m, uint32_t origin, uint64_t values)
{
    hst_scp_slot *s = m->now;
    if (s->confirmed.counter > 0 || s->phase != HST_SCP_PREPARE) {
        return; /* ballots have their value already */
    }
    if (s->started && origin != m->self && hst_member_has(s->leaders, origin)) {
        echo(m, origin);
    }
    evaluate(m, values);
}

/* ---- rounds ------------------------------------------------------------------------------- */

void hst_scp_nominate_own(hst_scp *m)
{
    hst_scp_slot *s = m->now;
    if (!s->started || closed(s) || s->voted[m->self] != 0 ||
        !hst_member_has(s->leaders, m->self)) {
        return;
    }
    if (m->mine.id == 0) {
        if (m->in->offer.id == 0 || m->offer_stale) {
            return;
        }
        m->mine = m->in->offer;
        hst_effects_take(m->out, m->mine);
    }
    const uint32_t v = hst_scp_value_own(m, s, &m->mine);
    if (v != HST_SCP_NO_VALUE) {
        vote(m, UINT64_C(1) << v);
    }
}

/* Leaders add up over rounds. A round whose leader is one already would change nothing and is
 * passed over, by everyone alike. */
static void next_leader(hst_scp *m, hst_scp_slot *s)
{
    enum { TRIES = 4096 };
    if (s->leader_count >= hst_scp_leader_max(m)) {
        return;
    }
    for (uint32_t n = 0; n < TRIES; n++) {
        s->leader = hst_scp_leader(m, s->key, ++s->round);
        if (hst_member_add(s->leaders, s->leader)) {
            s->leader_count++;
            return;
        }
    }
}

static void next_round(hst_scp *m)
{
    hst_scp_slot *s = m->now;
    next_leader(m, s);
    s->expiries++;
    s->nominate_by = m->in->now_ns + hst_scp_timeout(m, HST_SCP_NOMINATION_FIRST,
                                                     HST_SCP_NOMINATION_MORE, s->expiries);
    hst_effects_timer_set(m->out, HST_SCP_TIMER_NOMINATE, s->nominate_by);
    for (uint32_t w = 0; w < m->words; w++) {
        for (uint64_t left = s->leaders[w]; left != 0; left &= left - 1) {
            echo(m, w * 64 + (uint32_t)__builtin_ctzll(left));
        }
    }
    hst_scp_nominate_own(m);
}

void hst_scp_on_nominate_timer(hst_scp *m)
{
    const hst_scp_slot *s = m->now;
    if (!s->started || closed(s) || m->in->now_ns < s->nominate_by) {
        return;
    }
    m->view_changes++;
    /* Perhaps nobody answers because they are past this slot. */
    hst_scp_ask(m, HST_CONSENSUS_NOBODY);
    next_round(m);
}

void hst_scp_try_start(hst_scp *m)
{
    hst_scp_slot *s = m->now;
    if (s->started || s->index <= m->spoken) {
        return;
    }
    const bool offered = (m->in->offer.id != 0 && !m->offer_stale) || m->mine.id != 0;
    const bool spoken = s->voted[m->self] != 0 || s->b.counter > 0;
    const bool due = m->triggered && (offered || spoken || s->heard_count > 0);
    /* Others began before this replica's target passed: one of them at least is well. */
    if (due || (s->heard_count >= m->trust.block_min && hst_scp_blocking(m, s->heard))) {
        s->started = true;
        next_round(m);
    }
}
