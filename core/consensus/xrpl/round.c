/* A round: Open, Establish, Accepted; and going over to another branch. */
#include "core/base/random.h"
#include "core/consensus/xrpl/xrpl_internal.h"

/* Whether the open ledger should close. */
static bool should_close(hst_xrpl *m, int64_t now_ns)
{
    const int64_t *p = m->parameters;
    const uint64_t last = m->prev->header.agreed && m->prev->header.seq > 0
                              ? m->prev->header.close_s
                              : m->last_close_s;
    const uint64_t now_s = hst_xrpl_seconds(now_ns);
    const uint64_t since_s = now_s > last ? now_s - last : 0;
    const int64_t open_ns = now_ns - m->open_ns;
    enum { TOO_LONG_S = 600 };
    if (since_s > TOO_LONG_S) {
        return true;
    }
    /* Half of the last round's proposers closed this ledger, or validated the one before it. */
    if (hst_xrpl_proposers(m) + m->prev->validations > m->prev_proposers / 2) {
        return true;
    }
    if (hst_xrpl_pool_open(m) == 0) {
        return (int64_t)since_s >= p[HST_XRPL_IDLE] / 1000000000;
    }
    return open_ns >= p[HST_XRPL_MIN_CLOSE] && open_ns >= m->prev_round_ns / 2;
}

static void close_ledger(hst_xrpl *m, int64_t now_ns, hst_effects *effects)
{
    const uint32_t count = hst_xrpl_pool_open(m);
    hst_xrpl_set_drop(m, &m->own_set);
    m->own_set = hst_xrpl_set_make(m, m->scratch, count);
    if (m->own_set == HST_XRPL_NO_SET) {
        return; /* no room: at the next tick, perhaps */
    }
    m->phase = HST_XRPL_ESTABLISH;
    m->establish_ns = now_ns;
    m->raw_close_s = hst_xrpl_seconds(now_ns);
    m->close_s = m->raw_close_s;
    m->propose_seq = 0;
    m->proposed_ns = now_ns;
    if (m->proposing) {
        hst_xrpl_propose(m, now_ns, effects);
    }
}

/* Whether a quorum of our list was heard of lately. */
static bool quorum_is_here(const hst_xrpl *m, int64_t now_ns)
{
    uint32_t here = 0;
    for (uint32_t v = 0; v < m->count; v++) {
        const hst_xrpl_node *node = &m->nodes[v];
        const bool heard =
            v == m->config.self ||
            (node->seq > 0 && now_ns - node->seen_ns <= 2 * m->parameters[HST_XRPL_INTERVAL]);
        here += heard && hst_member_has(m->trusted, v) ? 1 : 0;
    }
    return here >= m->quorum;
}

/* Without full validation ledgers go on only so far that they stay in the window: a quarter of it
 * while a quorum is missing, so that a quarter is left to come together in when it is back. */
static bool may_go_on(const hst_xrpl *m, int64_t now_ns)
{
    const uint64_t unsure = m->prev->header.seq - m->final->header.seq;
    return unsure < m->window / 4 || (unsure + 1 < m->window / 2 && quorum_is_here(m, now_ns));
}

static void phase_open(hst_xrpl *m, int64_t now_ns, hst_effects *effects)
{
    /* An observer may have come here before those it follows, who perhaps wait for it: it lets them
     * validate the ledger first, lest it run ahead of them again. */
    const bool early = m->prev != m->final && m->prev->validations == 0 &&
                       now_ns - m->open_ns < m->parameters[HST_XRPL_MAX_CONSENSUS];
    if (!early && may_go_on(m, now_ns) && should_close(m, now_ns)) {
        close_ledger(m, now_ns, effects);
    }
}

typedef enum outcome { NOT_YET = 0, CONSENSUS, MOVED_ON } outcome;

static bool reached(const hst_xrpl *m, uint32_t agreeing, uint32_t total)
{
    const uint32_t percent = (uint32_t)m->parameters[HST_XRPL_CONSENSUS_PERCENT];
    return total > 0 && agreeing * 100 >= percent * total;
}

static outcome check_consensus(const hst_xrpl *m, int64_t now_ns)
{
    const int64_t *p = m->parameters;
    const int64_t spent = now_ns - m->establish_ns;
    const uint32_t peers = hst_xrpl_proposers(m);
    if (spent <= p[HST_XRPL_MIN_CONSENSUS]) {
        return NOT_YET;
    }
    /* Too few of the last round's proposers are here: give them time. An observer need not: it
     * follows a branch on which those it knew may not be, and must not fall behind for ever. */
    if (m->proposing && peers < m->prev_proposers * 3 / 4 &&
        spent < m->prev_round_ns + p[HST_XRPL_MIN_CONSENSUS]) {
        return NOT_YET;
    }
    /* Who hears nobody does not go on alone (rippled stops validating then): its sequences would
     * run ahead, and nobody could follow. */
    if (peers == 0) {
        return m->alone ? CONSENSUS : NOT_YET;
    }
    const uint32_t self = m->proposing ? 1 : 0;
    if (reached(m, hst_xrpl_agreeing(m) + self, peers + self)) {
        return CONSENSUS;
    }
    return reached(m, hst_xrpl_branch_finished(m), peers) ? MOVED_ON : NOT_YET;
}

/* Accepted: the ledger that our position makes. */
static void accept(hst_xrpl *m, outcome how, int64_t now_ns, hst_effects *effects)
{
    const hst_xrpl_header *parent = &m->prev->header;
    const hst_xrpl_set *set = &m->sets[m->own_set];
    hst_xrpl_header header = {.seq = parent->seq + 1,
                              .height = parent->height + hst_xrpl_commits(set->count),
                              .parent = m->prev->id,
                              .set = set->hash,
                              .count = set->count};
    hst_xrpl_close_time(&header, parent, m->close_s);
    const hst_hash id = hst_xrpl_ledger_id(&header);
    m->sets[m->own_set].refs++;
    hst_xrpl_ledger *ledger = hst_xrpl_ledger_fill(m, &header, &id, m->own_set);
    if (ledger == NULL) {
        return; /* no room among the forks */
    }
    m->prev_proposers = hst_xrpl_proposers(m);
    m->prev_round_ns = now_ns - m->establish_ns;
    m->last_close_s = m->raw_close_s;
    if (m->proposing && how == CONSENSUS && ledger->header.seq > m->issued &&
        hst_xrpl_ledger_descends(m, ledger, m->final)) {
        hst_xrpl_validate(m, ledger, now_ns, effects);
    } else if (ledger->record == 0) {
        hst_xrpl_persist(m, ledger, effects);
    }
    hst_xrpl_start_round(m, ledger, true, now_ns, effects);
    hst_xrpl_check_validated(m, now_ns, effects);
}

/* Whether a node is where we are, or further: it validated the ledger we build on, or a later one,
 * or proposes on it. */
static bool is_with_us(const hst_xrpl *m, uint32_t v)
{
    const hst_xrpl_node *node = &m->nodes[v];
    return v == m->config.self || node->current.used || node->seq > m->prev->header.seq ||
           hst_hash_equal(&node->id, &m->prev->id);
}

/* How long at most: drawn by sequence, alike for all, so that no two branches keep in step. */
static int64_t pause_limit(const hst_xrpl *m)
{
    const int64_t longest = m->parameters[HST_XRPL_MAX_CONSENSUS];
    hst_random stream = hst_random_stream(m->config.common_seed, 0, m->prev->header.seq, 0);
    return longest > 0 ? (int64_t)hst_random_below(&stream, (uint64_t)longest) : 0;
}

/* Whether to wait for laggards: validators heard of lately that are not with us. How many we insist
 * on goes round with every ledger without full validation, from a quorum to all. Without this two
 * branches that grow at the same pace would never meet: who issued more waits for others to come as
 * far (branch.c), and who has just heard of another branch has yet to fetch it. */
static bool should_pause(const hst_xrpl *m, int64_t now_ns)
{
    enum { PHASES = 5 };
    const uint64_t ahead = m->prev->header.seq - m->final->header.seq;
    if (ahead == 0 || !m->proposing || now_ns - m->establish_ns > pause_limit(m)) {
        return false;
    }
    uint32_t laggards = 0, online = 0;
    for (uint32_t v = 0; v < m->count; v++) {
        const hst_xrpl_node *node = &m->nodes[v];
        if (hst_member_has(m->trusted, v) && node->seq > 0 &&
            now_ns - node->seen_ns <= m->parameters[HST_XRPL_FRESHNESS]) {
            online++;
            laggards += is_with_us(m, v) ? 0 : 1;
        }
    }
    const uint32_t phase = (uint32_t)((ahead - 1) % PHASES);
    const uint32_t needed =
        (PHASES - 1) * m->quorum + (m->trusted_count - m->quorum) * phase; /* in quarters */
    return laggards > 0 && (PHASES - 1) * (online - laggards) < needed;
}

static void phase_establish(hst_xrpl *m, int64_t now_ns, hst_effects *effects)
{
    /* Give everyone a chance to take an initial position. */
    if (now_ns - m->establish_ns < m->parameters[HST_XRPL_MIN_CONSENSUS]) {
        return;
    }
    hst_xrpl_update_position(m, now_ns, effects);
    if (!m->proposing && hst_xrpl_proposers(m) == 0 &&
        now_ns - m->establish_ns > m->parameters[HST_XRPL_MAX_CONSENSUS]) {
        /* Everyone observes, because everyone went over to this branch: somebody must begin. */
        m->proposing = true;
        close_ledger(m, now_ns, effects);
        return;
    }
    const outcome how = should_pause(m, now_ns) ? NOT_YET : check_consensus(m, now_ns);
    if (how != NOT_YET && m->close_agreed) {
        accept(m, how, now_ns, effects);
    }
}

void hst_xrpl_start_round(
    hst_xrpl *m, hst_xrpl_ledger *prev, bool proposing, int64_t now_ns, hst_effects *effects)
{
    hst_xrpl_set_drop(m, &m->own_set);
    m->prev = prev;
    m->proposing = proposing;
    m->phase = HST_XRPL_OPEN;
    m->open_ns = now_ns;
    m->close_agreed = false;
    m->round = prev->header.seq + 1 > m->round ? prev->header.seq + 1 : m->round;
    hst_xrpl_replay(m);
    if (hst_xrpl_proposers(m) > m->prev_proposers / 2) {
        phase_open(m, now_ns, effects); /* we may be late: do not wait for the timer */
    }
}

void hst_xrpl_check_ledger(hst_xrpl *m, int64_t now_ns, hst_effects *effects)
{
    hst_xrpl_ledger *preferred = hst_xrpl_branch_preferred(m, now_ns);
    if (preferred == m->prev) {
        return;
    }
    if (m->proposing && m->phase == HST_XRPL_ESTABLISH) {
        m->propose_seq = HST_XRPL_BOW_OUT;
        hst_xrpl_propose(m, now_ns, effects);
    }
    m->switches++;
    const bool back = hst_xrpl_ledger_descends(m, m->prev, preferred);
    hst_xrpl_start_round(m, preferred, back, now_ns, effects);
}

void hst_xrpl_tick(hst_xrpl *m, int64_t now_ns, hst_effects *effects)
{
    m->turn++;
    if (!m->rootless) {
        hst_xrpl_check_ledger(m, now_ns, effects);
    }
    hst_xrpl_assess(m, now_ns);
    if (m->behind > 0) {
        hst_xrpl_seek(m, now_ns, effects);
        return;
    }
    if (m->phase == HST_XRPL_OPEN) {
        phase_open(m, now_ns, effects);
    } else {
        phase_establish(m, now_ns, effects);
    }
    hst_xrpl_seek(m, now_ns, effects);
    hst_xrpl_validate_again(m, now_ns, effects);
}
