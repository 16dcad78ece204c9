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

bool hst_quorum_set_satisfied(const hst_quorum_set *quorum_set, const uint64_t *set)
{
    uint32_t found = members_in(quorum_set, set);
    for (uint32_t i = 0; i < quorum_set->inner_count; i++) {
        const hst_quorum_set *inner = &quorum_set->inner[i];
        hst_assert(inner->inner_count == 0);
        found += members_in(inner, set) >= inner->threshold ? 1 : 0;
    }
    return found >= quorum_set->threshold;
}

/* A set of which fewer than `threshold` can remain is blocked: 1 + members - threshold hit. */
static bool blocks(const hst_quorum_set *quorum_set, uint32_t hit)
{
    const uint32_t members = quorum_set->member_count + quorum_set->inner_count;
    hst_assert(quorum_set->threshold >= 1 && quorum_set->threshold <= members);
    return hit >= 1 + members - quorum_set->threshold;
}

bool hst_quorum_set_blocked(const hst_quorum_set *quorum_set, const uint64_t *set)
{
    uint32_t hit = members_in(quorum_set, set);
    for (uint32_t i = 0; i < quorum_set->inner_count; i++) {
        const hst_quorum_set *inner = &quorum_set->inner[i];
        hit += blocks(inner, members_in(inner, set)) ? 1 : 0;
    }
    return blocks(quorum_set, hit);
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
