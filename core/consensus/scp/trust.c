/* Whom a replica trusts: quorums, v-blocking sets, and the leaders that follow from slices. */
#include "core/base/random.h"
#include "core/consensus/name.h"
#include "core/consensus/scp/scp_internal.h"

#include <string.h>

/* ---- sanity ------------------------------------------------------------------------------- */

static bool members_sane(const hst_quorum_set *set, uint32_t count, uint64_t *seen)
{
    for (uint32_t i = 0; i < set->member_count; i++) {
        if (set->members[i] >= count || !hst_member_add(seen, set->members[i])) {
            return false;
        }
    }
    const uint32_t all = set->member_count + set->inner_count;
    return set->threshold >= 1 && set->threshold <= all && all <= 2 * HST_MEMBER_MAX;
}

/* Nobody is named twice, and thresholds make sense, down to HST_QUORUM_SET_DEPTH_MAX levels. */
static bool set_sane(const hst_quorum_set *set, uint32_t count, uint64_t *seen, uint32_t depth)
{
    if (depth == 0 || !members_sane(set, count, seen)) {
        return false;
    }
    for (uint32_t i = 0; i < set->inner_count; i++) {
        if (!set_sane(&set->inner[i], count, seen, depth - 1)) {
            return false;
        }
    }
    return true;
}

bool hst_scp_trust_sane(const hst_membership *membership)
{
    for (uint32_t i = 0; membership->quorum_sets != NULL && i < membership->count; i++) {
        uint64_t seen[HST_MEMBER_MAX / 64] = {0};
        if (!set_sane(&membership->quorum_sets[i], membership->count, seen,
                      HST_QUORUM_SET_DEPTH_MAX)) {
            return false;
        }
    }
    return true;
}

/* ---- making it ---------------------------------------------------------------------------- */

void hst_scp_trust_lay_out(hst_scp *m, hst_layout *layout, const hst_consensus_config *config)
{
    const uint32_t count = config->membership->quorum_sets != NULL ? config->membership->count : 1;
    const uint32_t words = hst_member_words(config->membership->count);
    hst_scp_trust *trust = m != NULL ? &m->trust : NULL;
    uint16_t *class_of = hst_layout_take(layout, count, sizeof *class_of);
    const hst_quorum_set **classes = hst_layout_take(layout, count, sizeof(hst_quorum_set *));
    uint64_t *marks = hst_layout_take(layout, count, sizeof *marks);
    uint8_t *verdicts = hst_layout_take(layout, count, sizeof *verdicts);
    uint64_t *rest = hst_layout_take(layout, words, sizeof *rest);
    if (trust != NULL) {
        trust->class_of = class_of;
        trust->classes = classes;
        trust->marks = marks;
        trust->verdicts = verdicts;
        trust->rest = rest;
    }
}

static bool same_members(const hst_quorum_set *a, const hst_quorum_set *b)
{
    return a->threshold == b->threshold && a->member_count == b->member_count &&
           a->inner_count == b->inner_count &&
           (a->member_count == 0 || a->members == b->members ||
            memcmp(a->members, b->members, a->member_count * sizeof *a->members) == 0);
}

/* Sets are no deeper than HST_QUORUM_SET_DEPTH_MAX from here on: set_sane saw to it. */
static bool same_set(const hst_quorum_set *a, const hst_quorum_set *b)
{
    bool same = same_members(a, b);
    for (uint32_t i = 0; same && a->inner != b->inner && i < a->inner_count; i++) {
        same = same_set(&a->inner[i], &b->inner[i]);
    }
    return same;
}

static void digest_set(hst_digest *digest, const hst_quorum_set *set)
{
    hst_digest_u64(digest, set->threshold);
    hst_digest_u64(digest, set->member_count);
    hst_digest_u64(digest, set->inner_count);
    for (uint32_t i = 0; i < set->member_count; i++) {
        hst_digest_u64(digest, set->members[i]);
    }
    for (uint32_t i = 0; i < set->inner_count; i++) {
        digest_set(digest, &set->inner[i]);
    }
}

static uint64_t fingerprint(const hst_quorum_set *set)
{
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    digest_set(&digest, set);
    return hst_name_digest(&digest);
}

/* Fewest replicas that satisfy a quorum set, or block it: the cheapest members first, where an
 * inner set costs what it takes to satisfy or block that. */
static uint32_t cheapest(const hst_quorum_set *set, bool blocking)
{
    const uint32_t all = set->member_count + set->inner_count;
    uint32_t needed = blocking ? 1 + all - set->threshold : set->threshold;
    uint32_t cost = 0;
    for (uint32_t price = 1; needed > 0; price++) {
        uint32_t found = price == 1 ? set->member_count : 0;
        for (uint32_t i = 0; i < set->inner_count; i++) {
            found += cheapest(&set->inner[i], blocking) == price ? 1 : 0;
        }
        found = found < needed ? found : needed;
        needed -= found;
        cost += found * price;
    }
    return cost;
}

/* Everyone trusts `threshold` of everyone: quorums can be counted. */
static void make_flat(hst_scp *m, uint32_t threshold)
{
    hst_scp_trust *trust = &m->trust;
    trust->flat = true;
    trust->threshold = threshold;
    trust->slice_min = threshold;
    trust->block_min = 1 + m->count - threshold;
}

void hst_scp_trust_init(hst_scp *m)
{
    hst_scp_trust *trust = &m->trust;
    const hst_quorum_set *sets = m->config.membership->quorum_sets;
    trust->class_count = 1;
    if (sets == NULL) {
        const hst_quorum_set everyone = {.threshold = (uint32_t)hst_quorum(m->count)};
        trust->marks[0] = fingerprint(&everyone);
        make_flat(m, everyone.threshold);
        return;
    }
    trust->class_count = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        uint32_t k = 0;
        while (k < trust->class_count && !same_set(trust->classes[k], &sets[i])) {
            k++;
        }
        if (k == trust->class_count) {
            trust->classes[k] = &sets[i];
            trust->marks[k] = fingerprint(&sets[i]);
            trust->class_count++;
        }
        trust->class_of[i] = (uint16_t)k;
    }
    trust->own = &sets[m->self];
    trust->slice_min = cheapest(trust->own, false);
    trust->block_min = cheapest(trust->own, true);
    if (trust->class_count == 1 && trust->own->member_count == m->count &&
        trust->own->inner_count == 0) {
        make_flat(m, trust->own->threshold);
    }
}

uint64_t hst_scp_mark(const hst_scp *m, uint32_t replica)
{
    return m->trust.class_count == 1 ? m->trust.marks[0]
                                     : m->trust.marks[m->trust.class_of[replica]];
}

/* ---- quorums ------------------------------------------------------------------------------ */

/* Take those out whose slice is not in the set, until nothing changes; whether anyone went.
 * Replicas of one quorum set are asked once. */
static bool reduce_once(hst_scp_trust *trust, uint32_t words)
{
    bool changed = false;
    memset(trust->verdicts, 0, trust->class_count);
    for (uint32_t w = 0; w < words; w++) {
        for (uint64_t left = trust->rest[w]; left != 0; left &= left - 1) {
            const uint64_t bit = left & (~left + 1);
            const uint32_t k = trust->class_of[w * 64 + (uint32_t)__builtin_ctzll(left)];
            if (trust->verdicts[k] == 0) {
                trust->verdicts[k] =
                    hst_quorum_set_satisfied(trust->classes[k], trust->rest) ? 1 : 2;
            }
            if (trust->verdicts[k] == 2) {
                trust->rest[w] &= ~bit;
                changed = true;
            }
        }
    }
    return changed;
}

bool hst_scp_quorum(hst_scp *m, const uint64_t *set)
{
    hst_scp_trust *trust = &m->trust;
    /* A quorum counts for its members only: one has to have said it oneself. */
    if (!hst_member_has(set, m->self)) {
        return false;
    }
    if (trust->flat) {
        return hst_member_count(set, m->words) >= trust->threshold;
    }
    if (!hst_quorum_set_satisfied(trust->own, set)) {
        return false;
    }
    memcpy(trust->rest, set, m->words * sizeof *set);
    while (reduce_once(trust, m->words)) {
    }
    return hst_member_has(trust->rest, m->self);
}

bool hst_scp_blocking(const hst_scp *m, const uint64_t *set)
{
    return m->trust.flat ? hst_member_count(set, m->words) >= m->trust.block_min
                         : hst_quorum_set_blocked(m->trust.own, set);
}

/* ---- leaders ------------------------------------------------------------------------------ */

enum { DRAW_NEIGHBOUR = 0, DRAW_PRIORITY };

/* The paper's G(N or P, round, replica). */
static uint64_t draw(uint64_t key, uint32_t what, uint32_t round, uint32_t replica)
{
    hst_random stream = {.key = key,
                         .counter = ((uint64_t)round * 2 + what) * HST_MEMBER_MAX + replica};
    return hst_random_u64(&stream);
}

/* Share of 2^64 that a set gives each of its members: threshold / members of the set's own. */
static uint64_t share(uint64_t of, const hst_quorum_set *set)
{
    const uint32_t all = set->member_count + set->inner_count;
    return set->threshold == all ? of : of / all * set->threshold;
}

typedef struct race {
    uint64_t key;
    uint32_t round;
    uint32_t best;
    uint64_t priority;
} race;

/* A replica is a neighbour with the probability of its weight. */
static void consider(race *contest, uint32_t replica, uint64_t weight)
{
    if (draw(contest->key, DRAW_NEIGHBOUR, contest->round, replica) > weight) {
        return;
    }
    const uint64_t priority = draw(contest->key, DRAW_PRIORITY, contest->round, replica);
    if (priority > contest->priority) {
        contest->best = replica;
        contest->priority = priority;
    }
}

/* Everyone a quorum set names, each with the share of it that is its own. */
static void consider_all(race *contest, const hst_quorum_set *set, uint64_t of)
{
    const uint64_t weight = share(of, set);
    for (uint32_t i = 0; i < set->member_count; i++) {
        consider(contest, set->members[i], weight);
    }
    for (uint32_t k = 0; k < set->inner_count; k++) {
        consider_all(contest, &set->inner[k], weight);
    }
}

uint32_t hst_scp_leader(const hst_scp *m, uint64_t key, uint32_t round)
{
    const hst_scp_trust *trust = &m->trust;
    race contest = {.key = key, .round = round, .best = m->self};
    consider(&contest, m->self, UINT64_MAX); /* it is in all of its slices */
    if (trust->flat) {
        const hst_quorum_set everyone = {.threshold = trust->threshold, .member_count = m->count};
        for (uint32_t i = 0; i < m->count; i++) {
            consider(&contest, i, share(UINT64_MAX, &everyone));
        }
        return contest.best;
    }
    consider_all(&contest, trust->own, UINT64_MAX);
    return contest.best;
}

static void name_all(const hst_quorum_set *set, uint64_t *seen)
{
    for (uint32_t i = 0; i < set->member_count; i++) {
        (void)hst_member_add(seen, set->members[i]);
    }
    for (uint32_t k = 0; k < set->inner_count; k++) {
        name_all(&set->inner[k], seen);
    }
}

uint32_t hst_scp_leader_max(const hst_scp *m)
{
    if (m->trust.flat) {
        return m->count;
    }
    uint64_t seen[HST_MEMBER_MAX / 64] = {0};
    (void)hst_member_add(seen, m->self);
    name_all(m->trust.own, seen);
    return hst_member_count(seen, m->words);
}
