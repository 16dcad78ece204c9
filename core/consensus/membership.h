/** @file core/consensus/membership.h
 * Who takes part in consensus, with which weight, and whom each of them trusts; and sets of them.
 *
 * Quorum arithmetic for total weight N (a count of replicas when all weights are 1):
 *
 *   faulty    f = floor((N - 1) / 3)      Byzantine weight that is tolerated
 *   quorum    q = floor(2 N / 3) + 1      = N - f for every N; two of them share f + 1
 *   weak      w = f + 1                   at least one honest
 *   majority    = floor(N / 2) + 1        where faults are crashes
 *
 * Never 2 * floor(N/3) + 1: with N = 40 that asks for 28 where 27 do.
 *
 * A quorum set says whom one replica trusts: `threshold` of its members, where an inner set counts
 * as one member. It serves SCP's slices, and, flat, an XRP Ledger unique node list.
 *
 * Memory    a membership is borrowed by every replica and never changes.
 * Threads   plain values.
 * Source    Castro, Liskov, OSDI'99 (quorums); draft-mazieres-dinrg-scp (quorum sets).
 */
#ifndef HST_CORE_CONSENSUS_MEMBERSHIP_H
#define HST_CORE_CONSENSUS_MEMBERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Most replicas of protocols that keep sets of them. */
enum { HST_MEMBER_MAX = 1024 };

/** Whom a replica trusts. */
typedef struct hst_quorum_set {
    uint32_t threshold;                 /**< members that must agree, 1 ... members + inner sets */
    uint32_t member_count;              /**< replicas named */
    uint32_t inner_count;               /**< sets named, each counting as one */
    const uint32_t *members;            /**< replicas, ascending */
    const struct hst_quorum_set *inner; /**< [inner_count] */
} hst_quorum_set;

/** Deepest nesting: a set, its inner sets, theirs, and theirs. The Stellar network uses three. */
enum { HST_QUORUM_SET_DEPTH_MAX = 4 };

/** Everyone who takes part. */
typedef struct hst_membership {
    uint32_t count;                    /**< n >= 1 */
    const uint64_t *weights;           /**< by replica, stake or hash power; NULL = 1 each */
    uint64_t total;                    /**< their sum, below 2^62 */
    const hst_quorum_set *quorum_sets; /**< by replica; NULL = everyone trusts everyone */
} hst_membership;

/** Weight of a replica. */
static inline uint64_t hst_membership_weight(const hst_membership *membership, uint32_t replica)
{
    return membership->weights != NULL ? membership->weights[replica] : 1;
}

/** f: faulty weight that is tolerated. */
static inline uint64_t hst_faulty_max(uint64_t total)
{
    return total == 0 ? 0 : (total - 1) / 3;
}

/** q: two of these share an honest replica. */
static inline uint64_t hst_quorum(uint64_t total)
{
    return total - hst_faulty_max(total);
}

/** w: at least one is honest. */
static inline uint64_t hst_weak_quorum(uint64_t total)
{
    return hst_faulty_max(total) + 1;
}

/** More than half. */
static inline uint64_t hst_majority(uint64_t total)
{
    return total / 2 + 1;
}

/** Words of a set of `count` replicas. */
static inline uint32_t hst_member_words(uint32_t count)
{
    return (count + 63) / 64;
}

/** Whether `member` is in the set. */
static inline bool hst_member_has(const uint64_t *set, uint32_t member)
{
    return (set[member / 64] >> (member % 64) & 1) != 0;
}

/** Put `member` in; false when it was there. */
static inline bool hst_member_add(uint64_t *set, uint32_t member)
{
    const uint64_t bit = UINT64_C(1) << (member % 64);
    const bool fresh = (set[member / 64] & bit) == 0;
    set[member / 64] |= bit;
    return fresh;
}

/** Bits set in a word. Where the processor's own instruction may not be used, compilers call a
 * function for the builtin; this is shorter. */
static inline uint32_t hst_member_bits(uint64_t word)
{
#ifdef __POPCNT__
    return (uint32_t)__builtin_popcountll(word);
#else
    word -= word >> 1 & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (uint32_t)(word * UINT64_C(0x0101010101010101) >> 56);
#endif
}

/** Members in a set of `words` words. */
static inline uint32_t hst_member_count(const uint64_t *set, uint32_t words)
{
    uint32_t count = 0;
    for (uint32_t w = 0; w < words; w++) {
        count += hst_member_bits(set[w]);
    }
    return count;
}

/** Weight of a set. Cost: O(words) when all weights are 1, else O(members). */
uint64_t hst_member_weight(const hst_membership *membership, const uint64_t *set);

/** Whether a quorum set makes sense: thresholds within their members, members below `count`, no
 * deeper than HST_QUORUM_SET_DEPTH_MAX. The functions below expect that it does. */
bool hst_quorum_set_valid(const hst_quorum_set *quorum_set, uint32_t count);

/** Whether `set` holds a slice of `quorum_set`: enough members to satisfy it. */
bool hst_quorum_set_satisfied(const hst_quorum_set *quorum_set, const uint64_t *set);

/** Whether `set` meets every slice of `quorum_set`: without it the owner cannot go on. */
bool hst_quorum_set_blocked(const hst_quorum_set *quorum_set, const uint64_t *set);

/** Shrink `set` to the largest quorum inside it: every member keeps a slice in it. An empty set
 * remains when there is none. Cost: O(n * rounds). */
void hst_quorum_reduce(const hst_membership *membership, uint64_t *set);

#endif
