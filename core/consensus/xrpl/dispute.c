/* Disputes: every batch that one position holds and another does not is voted on, with a threshold
 * that rises with time (the avalanche), and so is the close time. */
#include "core/consensus/xrpl/xrpl_internal.h"

#include <string.h>

enum { CLOSE_TIME_PERCENT = 75, CLOSE_TIMES = 32 };

uint32_t hst_xrpl_threshold(int64_t converge)
{
    enum { INIT = 50, MID = 65, LATE = 70, STUCK = 95 };
    enum { MID_TIME = 50, LATE_TIME = 85, STUCK_TIME = 200 };
    if (converge < MID_TIME) {
        return INIT;
    }
    if (converge < LATE_TIME) {
        return MID;
    }
    return converge < STUCK_TIME ? LATE : STUCK;
}

int64_t hst_xrpl_converge(const hst_xrpl *m, int64_t now_ns)
{
    const int64_t base = m->parameters[HST_XRPL_AVALANCHE_BASE];
    const int64_t whole = m->prev_round_ns > base ? m->prev_round_ns : base;
    return (now_ns - m->establish_ns) / (whole / 100);
}

/* Our vote on a batch that `yays` of `peers` hold. */
static bool vote(const hst_xrpl *m, uint32_t yays, uint32_t peers, bool ours, uint32_t threshold)
{
    const uint32_t nays = peers - yays;
    if ((ours && nays == 0) || (!ours && yays == 0)) {
        return ours; /* nobody disagrees with us */
    }
    if (!m->proposing) {
        return yays > nays; /* an observer has no weight of its own */
    }
    return (100 * yays + (ours ? 100 : 0)) / (peers + 1) > threshold;
}

/* Stale positions go; those that remain are weighed by set. Returns how many. */
static uint32_t weigh(hst_xrpl *m, int64_t now_ns)
{
    uint32_t peers = 0;
    memset(m->weights, 0, m->set_top * sizeof *m->weights);
    for (uint32_t v = 0; v < m->count; v++) {
        hst_xrpl_position *position = &m->nodes[v].current;
        if (!position->used || position->set == HST_XRPL_NO_SET) {
            continue;
        }
        if (now_ns - position->seen_ns > m->parameters[HST_XRPL_FRESHNESS]) {
            hst_xrpl_set_drop(m, &position->set);
            position->used = false;
            continue;
        }
        m->weights[position->set]++;
        peers++;
    }
    return peers;
}

/* The sets in play, ours first; returns how many. */
static uint32_t gather(hst_xrpl *m)
{
    uint32_t active = 0;
    m->active[active] = m->own_set;
    m->cursors[active++] = 0;
    for (uint32_t s = 0; s < m->set_top; s++) {
        if (m->weights[s] > 0 && s != m->own_set) {
            m->active[active] = s;
            m->cursors[active++] = 0;
        }
    }
    return active;
}

/* The lowest batch that a cursor stands on, or NULL at the end. */
static const hst_batch *lowest(const hst_xrpl *m, uint32_t active)
{
    const hst_batch *low = NULL;
    for (uint32_t a = 0; a < active; a++) {
        const hst_xrpl_set *set = &m->sets[m->active[a]];
        if (m->cursors[a] < set->count &&
            (low == NULL || set->batches[m->cursors[a]].id < low->id)) {
            low = &set->batches[m->cursors[a]];
        }
    }
    return low;
}

/* Peers that hold a batch; their cursors pass it. */
static uint32_t count_yays(hst_xrpl *m, uint32_t active, uint64_t batch, bool *ours)
{
    uint32_t yays = 0;
    *ours = false;
    for (uint32_t a = 0; a < active; a++) {
        const hst_xrpl_set *set = &m->sets[m->active[a]];
        if (m->cursors[a] < set->count && set->batches[m->cursors[a]].id == batch) {
            m->cursors[a]++;
            yays += m->weights[m->active[a]];
            *ours = *ours || a == 0;
        }
    }
    return yays;
}

/* Vote on everything; our new set comes into scratch. Returns whether it changed. */
static bool vote_all(hst_xrpl *m, uint32_t peers, uint32_t threshold, uint32_t *count)
{
    const uint32_t active = gather(m);
    bool changed = false;
    *count = 0;
    for (const hst_batch *next = lowest(m, active); next != NULL; next = lowest(m, active)) {
        const hst_batch batch = *next;
        bool ours;
        const uint32_t yays = count_yays(m, active, batch.id, &ours);
        const bool yes = vote(m, yays, peers, ours, threshold) && *count < m->batches;
        changed = changed || yes != ours;
        if (yes) {
            m->scratch[(*count)++] = batch;
        } else {
            (void)hst_xrpl_pool_add(m, &batch); /* left out here, but everyone's in the next one */
        }
    }
    return changed;
}

static uint32_t participants_needed(uint32_t participants, uint32_t percent)
{
    const uint32_t needed = (participants * percent + percent / 2) / 100;
    return needed > 0 ? needed : 1;
}

typedef struct ballot {
    uint64_t times[CLOSE_TIMES];
    uint32_t votes[CLOSE_TIMES];
    uint32_t count;
} ballot;

static void cast(ballot *b, uint64_t time)
{
    uint32_t at = 0;
    while (at < b->count && b->times[at] < time) {
        at++;
    }
    if (at < b->count && b->times[at] == time) {
        b->votes[at]++;
        return;
    }
    if (b->count == CLOSE_TIMES) {
        return; /* one of so many cannot win */
    }
    for (uint32_t i = b->count++; i > at; i--) {
        b->times[i] = b->times[i - 1];
        b->votes[i] = b->votes[i - 1];
    }
    b->times[at] = time;
    b->votes[at] = 1;
}

/* The close time to stand for, 0 when no bin has enough votes. */
static uint64_t vote_close_time(hst_xrpl *m, uint32_t peers, uint32_t threshold)
{
    const uint8_t resolution = hst_xrpl_next_resolution(&m->prev->header);
    if (peers == 0) {
        m->close_agreed = true;
        return hst_xrpl_bin(m->close_s, resolution);
    }
    ballot b = {.count = 0};
    for (uint32_t v = 0; v < m->count; v++) {
        const hst_xrpl_position *position = &m->nodes[v].current;
        if (position->used && position->set != HST_XRPL_NO_SET) {
            cast(&b, hst_xrpl_bin(position->close_s, resolution));
        }
    }
    if (m->proposing) {
        cast(&b, hst_xrpl_bin(m->close_s, resolution));
    }
    const uint32_t participants = peers + (m->proposing ? 1 : 0);
    uint32_t needed = participants_needed(participants, threshold);
    const uint32_t three_quarters = participants_needed(participants, CLOSE_TIME_PERCENT);
    const uint32_t most = participants / 2 + 1; /* rounding makes one of two enough: it is not */
    const uint32_t consensus = three_quarters > most ? three_quarters : most;
    uint64_t chosen = 0;
    m->close_agreed = false;
    for (uint32_t t = 0; t < b.count; t++) {
        if (b.votes[t] >= needed) {
            chosen = b.times[t];
            needed = b.votes[t];
            m->close_agreed = m->close_agreed || needed >= consensus;
        }
    }
    return chosen;
}

void hst_xrpl_update_position(hst_xrpl *m, int64_t now_ns, hst_effects *effects)
{
    const uint32_t peers = weigh(m, now_ns);
    const uint32_t threshold = hst_xrpl_threshold(hst_xrpl_converge(m, now_ns));
    uint32_t count = 0;
    bool changed = peers > 0 && vote_all(m, peers, threshold, &count);
    if (changed) {
        uint32_t set = hst_xrpl_set_make(m, m->scratch, count);
        changed = set != HST_XRPL_NO_SET;
        if (changed) {
            hst_xrpl_set_drop(m, &m->own_set);
            m->own_set = set;
        }
    }
    const uint64_t close_s = vote_close_time(m, peers, threshold);
    const uint8_t resolution = hst_xrpl_next_resolution(&m->prev->header);
    const bool stale = now_ns - m->proposed_ns > m->parameters[HST_XRPL_INTERVAL];
    if (changed || close_s != hst_xrpl_bin(m->close_s, resolution) || stale) {
        m->close_s = close_s;
        m->propose_seq++;
        m->proposed_ns = now_ns;
        if (m->proposing) {
            hst_xrpl_propose(m, now_ns, effects);
        }
    }
}
