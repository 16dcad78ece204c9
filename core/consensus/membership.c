#include "core/consensus/membership.h"

#include "core/base/assert.h"

uint64_t hst_member_weight(const hst_membership *membership, const uint64_t *set)
{
    const uint32_t words = hst_member_words(membership->count);
    if (membership->weights == NULL) {
        return hst_member_count(set, words);
    }
    uint64_t weight = 0;
    for (uint32_t w = 0; w < words; w++) {
        for (uint64_t left = set[w]; left != 0; left &= left - 1) {
            weight += membership->weights[w * 64 + (uint32_t)__builtin_ctzll(left)];
        }
    }
    return weight;
}

static uint32_t members_in(const hst_quorum_set *quorum_set, const uint64_t *set)
{
    uint32_t found = 0;
    for (uint32_t m = 0; m < quorum_set->member_count; m++) {
        found += hst_member_has(set, quorum_set->members[m]) ? 1 : 0;
    }
    return found;
}

/* Recursion here and below is bounded by HST_QUORUM_SET_DEPTH_MAX. */
static bool valid_to(const hst_quorum_set *quorum_set, uint32_t count, uint32_t depth)
{
    const uint64_t all = (uint64_t)quorum_set->member_count + quorum_set->inner_count;
    if (depth == 0 || quorum_set->threshold == 0 || quorum_set->threshold > all) {
        return false;
    }
    for (uint32_t m = 0; m < quorum_set->member_count; m++) {
        if (quorum_set->members[m] >= count) {
            return false;
        }
    }
    for (uint32_t i = 0; i < quorum_set->inner_count; i++) {
        if (!valid_to(&quorum_set->inner[i], count, depth - 1)) {
            return false;
        }
    }
    return true;
}

bool hst_quorum_set_valid(const hst_quorum_set *quorum_set, uint32_t count)
{
    return valid_to(quorum_set, count, HST_QUORUM_SET_DEPTH_MAX);
}

static bool satisfied_to(const hst_quorum_set *quorum_set, const uint64_t *set, uint32_t depth)
{
    hst_assert(depth > 0);
    uint32_t found = members_in(quorum_set, set);
    for (uint32_t i = 0; i < quorum_set->inner_count && found < quorum_set->threshold; i++) {
        found += satisfied_to(&quorum_set->inner[i], set, depth - 1) ? 1 : 0;
    }
    return found >= quorum_set->threshold;
}

bool hst_quorum_set_satisfied(const hst_quorum_set *quorum_set, const uint64_t *set)
{
    return satisfied_to(quorum_set, set, HST_QUORUM_SET_DEPTH_MAX);
}

/* Fewer than `threshold` can remain once 1 + members - threshold are hit. */
static bool blocked_to(const hst_quorum_set *quorum_set, const uint64_t *set, uint32_t depth)
{
    const uint32_t all = quorum_set->member_count + quorum_set->inner_count;
    hst_assert(depth > 0 && quorum_set->threshold >= 1 && quorum_set->threshold <= all);
    uint32_t hit = members_in(quorum_set, set);
    for (uint32_t i = 0; i < quorum_set->inner_count; i++) {
        hit += blocked_to(&quorum_set->inner[i], set, depth - 1) ? 1 : 0;
    }
    return hit >= 1 + all - quorum_set->threshold;
}

bool hst_quorum_set_blocked(const hst_quorum_set *quorum_set, const uint64_t *set)
{
    return blocked_to(quorum_set, set, HST_QUORUM_SET_DEPTH_MAX);
}

void hst_quorum_reduce(const hst_membership *membership, uint64_t *set)
{
    hst_assert(membership->quorum_sets != NULL);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t m = 0; m < membership->count; m++) {
            if (hst_member_has(set, m) &&
                !hst_quorum_set_satisfied(&membership->quorum_sets[m], set)) {
                set[m / 64] &= ~(UINT64_C(1) << (m % 64));
                changed = true;
            }
        }
    }
}
