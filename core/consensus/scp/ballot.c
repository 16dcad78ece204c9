/* Ballots: federated voting on preparing and committing (counter, value), step by step as in the
 * paper. Everything a replica accepts is a function of what the others said last (and it itself).
 */
#include "core/consensus/scp/scp_internal.h"

/* ---- what statements say ------------------------------------------------------------------ */

typedef struct question {
    uint32_t value, from, to; /* a ballot's counter, or a range of commits */
    bool votes;               /* a vote will do, not only an acceptance */
} question;

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* prepare(from, value): a vote for a higher compatible ballot is one for this. CONFIRM and
 * EXTERNALIZE vote for every ballot with their value; EXTERNALIZE accepts every one too. */
static bool says_prepared(const hst_scp_statement *s, const question *q)
{
    uint32_t top = 0;
    if (s->phase == HST_SCP_PREPARE) {
        top = q->votes && s->b > 0 && s->b_value == q->value ? s->b : 0;
        top = s->p > 0 && s->p_value == q->value ? larger(top, s->p) : top;
        top = s->q > 0 && s->q_value == q->value ? larger(top, s->q) : top;
    } else if (s->phase != 0 && s->b_value == q->value) {
        top = q->votes || s->phase == HST_SCP_EXTERNALIZE ? UINT32_MAX : s->p;
    }
    return top >= q->from;
}

/* commit(from ... to, value). */
static bool says_committed(const hst_scp_statement *s, const question *q)
{
    if (s->phase == 0 || s->c == 0 || s->b_value != q->value || s->c > q->from) {
        return false;
    }
    switch (s->phase) {
    case HST_SCP_PREPARE: return q->votes && q->to <= s->h;
    case HST_SCP_CONFIRM: return q->votes || q->to <= s->h;
    default: return true;
    }
}

typedef bool (*predicate)(const hst_scp_statement *statement, const question *question);

static const uint64_t *gather(hst_scp *m, const hst_scp_slot *s, predicate says, const question *q)
{
    for (uint32_t w = 0, i = 0; w < m->words; w++) {
        uint64_t bits = 0;
        for (uint32_t b = 0; b < 64 && i < m->count; b++, i++) {
            bits |= (uint64_t)says(&s->ballots[i], q) << b;
        }
        m->set[w] = bits;
    }
    return m->set;
}

/* ---- accept and confirm ------------------------------------------------------------------- */

static bool accepts(hst_scp *m, const hst_scp_slot *s, predicate says, const question *asked)
{
    const uint32_t kind = says == says_prepared ? HST_SCP_VOTES_PREPARE : HST_SCP_VOTES_COMMIT;
    question q = *asked;
    q.votes = true;
    if (s->support[kind][q.value] >= m->trust.slice_min &&
        hst_scp_quorum(m, gather(m, s, says, &q))) {
        return true;
    }
    q.votes = false;
    return s->support[kind + 1][q.value] >= m->trust.block_min &&
           hst_scp_blocking(m, gather(m, s, says, &q));
}

static bool confirms(hst_scp *m, const hst_scp_slot *s, predicate says, const question *asked)
{
    const uint32_t kind = says == says_prepared ? HST_SCP_ACCEPTS_PREPARE : HST_SCP_ACCEPTS_COMMIT;
    return s->support[kind][asked->value] >= m->trust.slice_min &&
           hst_scp_quorum(m, gather(m, s, says, asked));
}

typedef bool (*judgement)(hst_scp *m,
                          const hst_scp_slot *s,
                          predicate says,
                          const question *question);

/* The highest counter above `low`, up to `high`, at which a value is prepared; 0 = none. What is
 * prepared at a counter is prepared at all lower ones, so halving finds it. */
static uint32_t
highest_prepared(hst_scp *m, judgement holds, uint32_t value, uint32_t low, uint32_t high)
{
    question q = {.value = value, .from = low + 1};
    if (low >= high || !holds(m, m->now, says_prepared, &q)) {
        return 0;
    }
    uint32_t good = low + 1, bad = high + 1;
    while (bad - good > 1) {
        q.from = good + (bad - good) / 2;
        if (holds(m, m->now, says_prepared, &q)) {
            good = q.from;
        } else {
            bad = q.from;
        }
    }
    return good;
}

/* The highest counter below `below` that somebody names in a commit of a value; 0 = none. */
static uint32_t
next_boundary(const hst_scp *m, const hst_scp_slot *s, uint32_t value, uint32_t below)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        const hst_scp_statement *one = &s->ballots[i];
        if (one->phase != 0 && one->c > 0 && one->b_value == value) {
            best = one->c < below ? larger(best, one->c) : best;
            best = one->h < below ? larger(best, one->h) : best;
        }
    }
    return best;
}

/* The highest range of counters at which a value is committed; false = none. */
static bool highest_committed(hst_scp *m, judgement holds, question *range)
{
    uint32_t low = 0, high = 0;
    for (uint32_t x = next_boundary(m, m->now, range->value, UINT32_MAX); x != 0;
         x = next_boundary(m, m->now, range->value, x)) {
        range->from = x;
        range->to = high > 0 ? high : x;
        if (holds(m, m->now, says_committed, range)) {
            low = x;
            high = range->to;
        } else if (high > 0) {
            break;
        }
    }
    range->from = low;
    range->to = high;
    return high > 0;
}

/* ---- this replica's state ----------------------------------------------------------------- */

void hst_scp_say(hst_scp *m)
{
    hst_scp_slot *s = m->now;
    const hst_scp_statement *old = &s->ballots[m->self];
    hst_scp_statement mine = {.phase = (uint8_t)s->phase,
                              .b_value = (uint8_t)s->b.value,
                              .p_value = (uint8_t)s->p.value,
                              .b = s->phase == HST_SCP_EXTERNALIZE ? UINT32_MAX : s->b.counter,
                              .c = s->c.counter,
                              .h = s->h.counter};
    if (s->phase != HST_SCP_EXTERNALIZE) {
        mine.p = s->p.counter;
    }
    if (s->phase == HST_SCP_PREPARE && s->q.counter > 0) {
        mine.q_value = (uint8_t)s->q.value;
        mine.q = s->q.counter;
    }
    const bool changed = old->phase != mine.phase || old->b != mine.b || old->p != mine.p ||
                         old->q != mine.q || old->c != mine.c || old->h != mine.h ||
                         old->b_value != mine.b_value || old->p_value != mine.p_value ||
                         old->q_value != mine.q_value;
    if (changed) {
        hst_scp_put_ballot(m, s, m->self, &mine);
        m->said_ballot = true;
    }
}

static void set_current(hst_scp *m, hst_scp_slot *s, hst_scp_ballot b)
{
    if (s->b.counter != b.counter) {
        s->quorum_heard = false;
        hst_effects_timer_cancel(m->out, HST_SCP_TIMER_BALLOT);
    }
    s->b = b;
    if (s->phase != HST_SCP_PREPARE) {
        return;
    }
    if (s->h.counter > 0 && s->h.value != b.value) {
        s->h = (hst_scp_ballot){0};
        s->c = (hst_scp_ballot){0};
    }
    if (s->confirmed.counter > 0 && s->confirmed.value == b.value &&
        s->confirmed.counter <= b.counter) {
        s->h = s->confirmed;
    }
}

/* Whether an accepted prepared ballot aborts `ballot`: it is higher and incompatible. */
static bool aborted(const hst_scp_slot *s, hst_scp_ballot ballot)
{
    const hst_scp_ballot prepared[2] = {s->p, s->q};
    for (uint32_t i = 0; i < 2; i++) {
        if (prepared[i].counter > 0 && prepared[i].value != ballot.value &&
            hst_scp_ballot_compare(s, ballot, prepared[i]) < 0) {
            return true;
        }
    }
    return false;
}

/* p and p' are the two highest accepted prepared ballots that are incompatible. */
static void set_prepared(hst_scp_slot *s, hst_scp_ballot ballot)
{
    const bool compatible = s->p.counter > 0 && s->p.value == ballot.value;
    if (s->p.counter == 0 || hst_scp_ballot_compare(s, s->p, ballot) < 0) {
        if (s->p.counter > 0 && !compatible) {
            s->q = s->p;
        }
        s->p = ballot;
    } else if (!compatible && hst_scp_ballot_compare(s, s->q, ballot) < 0) {
        s->q = ballot;
    }
}

/* ---- the four attempts -------------------------------------------------------------------- */

static bool attempt_accept_prepared(hst_scp *m, hst_scp_slot *s, uint32_t v)
{
    if (s->phase == HST_SCP_CONFIRM && s->c.value != v) {
        return false;
    }
    uint32_t low = s->q.counter > 0 ? s->q.counter - 1 : 0;
    if (s->p.counter > 0 && s->p.value == v) {
        low = s->p.counter;
    } else if (s->q.counter > 0 && s->q.value == v) {
        low = s->q.counter;
    }
    const hst_scp_ballot ballot = {highest_prepared(m, accepts, v, low, s->top[v]), v};
    if (ballot.counter == 0 || hst_scp_ballot_compare(s, ballot, s->q) <= 0) {
        return false;
    }
    set_prepared(s, ballot);
    if (s->phase == HST_SCP_PREPARE && s->c.counter > 0 && aborted(s, s->h)) {
        s->c = (hst_scp_ballot){0}; /* the commit that was voted for is accepted aborted */
    }
    return true;
}

static bool attempt_confirm_prepared(hst_scp *m, hst_scp_slot *s, uint32_t v)
{
    if (s->phase != HST_SCP_PREPARE) {
        return false;
    }
    const hst_scp_ballot last = s->confirmed;
    const uint32_t low = last.counter == 0 ? 0 : last.value == v ? last.counter : last.counter - 1;
    const hst_scp_ballot ballot = {highest_prepared(m, confirms, v, low, s->top[v]), v};
    if (ballot.counter == 0 || hst_scp_ballot_compare(s, ballot, last) <= 0) {
        return false;
    }
    const hst_scp_ballot before = s->b;
    s->confirmed = ballot;
    if (before.counter == 0 || hst_scp_ballot_compare(s, before, ballot) < 0) {
        set_current(m, s, ballot);
    }
    if (s->b.value != v) {
        return true; /* its value is taken up with the next counter */
    }
    s->h = ballot;
    const uint32_t from = before.counter > 0 && before.value == v ? before.counter : ballot.counter;
    if (s->c.counter == 0 && from <= ballot.counter && !aborted(s, ballot)) {
        s->c = (hst_scp_ballot){from, v};
    }
    return true;
}

/* From PREPARE to CONFIRM, or a wider range in CONFIRM. */
static bool attempt_accept_commit(hst_scp *m, hst_scp_slot *s, uint32_t v)
{
    const bool confirming = s->phase == HST_SCP_CONFIRM;
    if (s->phase == HST_SCP_EXTERNALIZE || s->commit_top[v] == 0 ||
        (confirming && (s->h.value != v || s->commit_top[v] <= s->h.counter))) {
        return false;
    }
    if (s->support[HST_SCP_VOTES_COMMIT][v] < m->trust.slice_min &&
        s->support[HST_SCP_ACCEPTS_COMMIT][v] < m->trust.block_min) {
        return false;
    }
    question range = {.value = v};
    if (!highest_committed(m, accepts, &range) || (confirming && range.to <= s->h.counter)) {
        return false;
    }
    s->phase = HST_SCP_CONFIRM;
    s->c = (hst_scp_ballot){range.from, v};
    s->h = (hst_scp_ballot){range.to, v};
    s->confirmed = s->h;
    /* Who accepts a commit accepts that it is prepared. */
    if (s->p.counter == 0 || s->p.value != v) {
        s->p = s->q.counter > 0 && s->q.value == v ? s->q : s->h;
    }
    s->p.counter = larger(s->p.counter, s->h.counter);
    s->q = (hst_scp_ballot){0};
    if (s->b.counter < s->h.counter || s->b.value != v) {
        set_current(m, s, (hst_scp_ballot){larger(s->b.counter, s->h.counter), v});
    }
    m->vote_height = s->index;
    m->vote = s->values[v].id;
    return true;
}

static bool attempt_confirm_commit(hst_scp *m, hst_scp_slot *s, uint32_t v)
{
    if (s->phase != HST_SCP_CONFIRM || s->c.value != v ||
        s->support[HST_SCP_ACCEPTS_COMMIT][v] < m->trust.slice_min) {
        return false;
    }
    question range = {.value = v};
    if (!highest_committed(m, confirms, &range)) {
        return false;
    }
    s->c = (hst_scp_ballot){range.from, v};
    s->h = (hst_scp_ballot){range.to, v};
    s->phase = HST_SCP_EXTERNALIZE;
    hst_effects_timer_cancel(m->out, HST_SCP_TIMER_BALLOT);
    return true;
}

/* ---- counters ----------------------------------------------------------------------------- */

/* The value of a new ballot: what is confirmed prepared, else the candidate, else what is accepted
 * prepared, else as before. */
static uint32_t next_value(const hst_scp_slot *s)
{
    if (s->confirmed.counter > 0) {
        return s->confirmed.value;
    }
    if (s->composite != HST_SCP_NO_VALUE) {
        return s->composite;
    }
    if (s->p.counter > 0) {
        return s->p.value;
    }
    return s->b.counter > 0 ? s->b.value : HST_SCP_NO_VALUE;
}

static bool bump(hst_scp *m, hst_scp_slot *s, uint32_t counter)
{
    const uint32_t value = next_value(s);
    if (value == HST_SCP_NO_VALUE || counter >= UINT32_MAX - 1 ||
        (s->c.counter > 0 && s->c.value != value)) {
        return false;
    }
    m->view_changes += counter > 1 ? 1 : 0;
    set_current(m, s, (hst_scp_ballot){counter, value});
    return true;
}

/* Counter beyond `from`, or committed: ahead of this replica. */
static bool says_ahead(const hst_scp_statement *s, const question *q)
{
    return s->phase == HST_SCP_EXTERNALIZE || (s->phase != 0 && s->b > q->from);
}

/* Not behind `from`; who confirms a commit waits for nobody's counter. */
static bool says_abreast(const hst_scp_statement *s, const question *q)
{
    return s->phase >= HST_SCP_CONFIRM || (s->phase == HST_SCP_PREPARE && s->b >= q->from);
}

static bool blocked_ahead(hst_scp *m, const hst_scp_slot *s, uint32_t counter)
{
    const question q = {.from = counter};
    return hst_scp_blocking(m, gather(m, s, says_ahead, &q));
}

/* When a v-blocking set is at higher counters: go to the lowest at which none is. */
static bool attempt_jump(hst_scp *m, hst_scp_slot *s)
{
    if (s->phase == HST_SCP_EXTERNALIZE || s->highest <= s->b.counter ||
        s->ballot_count < m->trust.block_min || next_value(s) == HST_SCP_NO_VALUE ||
        !blocked_ahead(m, s, s->b.counter)) {
        return false;
    }
    uint32_t counter = s->b.counter;
    do {
        uint32_t next = UINT32_MAX;
        for (uint32_t i = 0; i < m->count; i++) {
            const hst_scp_statement *one = &s->ballots[i];
            const bool counts = one->phase != 0 && one->phase != HST_SCP_EXTERNALIZE;
            next = counts && one->b > counter && one->b < next ? one->b : next;
        }
        if (next == UINT32_MAX) {
            return false; /* a v-blocking set has externalized: no counter is high enough */
        }
        counter = next;
    } while (blocked_ahead(m, s, counter));
    return bump(m, s, counter);
}

/* The timer of a ballot runs only once a quorum is there. */
static void check_quorum(hst_scp *m, hst_scp_slot *s)
{
    if (s->b.counter == 0 || s->quorum_heard || s->phase == HST_SCP_EXTERNALIZE ||
        s->ballot_count < m->trust.slice_min) {
        return;
    }
    const question q = {.from = s->b.counter};
    if (hst_scp_quorum(m, gather(m, s, says_abreast, &q))) {
        s->quorum_heard = true;
        s->ballot_by = m->in->now_ns +
                       hst_scp_timeout(m, HST_SCP_BALLOT_FIRST, HST_SCP_BALLOT_MORE, s->b.counter);
        hst_effects_timer_set(m->out, HST_SCP_TIMER_BALLOT, s->ballot_by);
    }
}

/* ---- all together ------------------------------------------------------------------------- */

/* The four steps for one value; whether any succeeded. */
static bool attempt(hst_scp *m, hst_scp_slot *s, uint32_t v)
{
    bool changed = false;
    if (s->phase != HST_SCP_EXTERNALIZE && attempt_accept_prepared(m, s, v)) {
        hst_scp_say(m);
        changed = true;
    }
    if (attempt_confirm_prepared(m, s, v)) {
        hst_scp_say(m);
        changed = true;
    }
    if (attempt_accept_commit(m, s, v)) {
        hst_scp_say(m);
        changed = true;
    }
    if (attempt_confirm_commit(m, s, v)) {
        hst_scp_say(m);
        changed = true;
    }
    return changed;
}

static bool attempt_all(hst_scp *m, hst_scp_slot *s, uint64_t values)
{
    bool changed = false;
    const uint64_t all = (values | hst_scp_statement_values(&s->ballots[m->self])) & s->used;
    for (uint64_t left = all; left != 0; left &= left - 1) {
        changed = attempt(m, s, (uint32_t)__builtin_ctzll(left)) || changed;
    }
    return changed;
}

void hst_scp_advance(hst_scp *m, uint64_t values)
{
    hst_scp_slot *s = m->now;
    bool again = true;
    while (again) {
        while (attempt_all(m, s, values)) {
        }
        again = attempt_jump(m, s);
        if (again) {
            hst_scp_say(m);
        }
    }
    check_quorum(m, s);
}

void hst_scp_begin_ballot(hst_scp *m)
{
    hst_scp_slot *s = m->now;
    if (s->b.counter == 0 && s->phase == HST_SCP_PREPARE && bump(m, s, 1)) {
        hst_scp_say(m);
        hst_scp_advance(m, 0);
    }
}

void hst_scp_on_ballot_timer(hst_scp *m)
{
    hst_scp_slot *s = m->now;
    if (s->b.counter == 0 || !s->quorum_heard || s->phase == HST_SCP_EXTERNALIZE ||
        m->in->now_ns < s->ballot_by) {
        return;
    }
    if (bump(m, s, s->b.counter + 1)) {
        hst_scp_say(m);
        hst_scp_advance(m, 0);
    }
}
