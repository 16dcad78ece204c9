/* What a block says by its references: votes for the leaders of the round before, certificates for
 * those two rounds before; and what the authors of all blocks together say about a slot. */
#include "core/consensus/mysticeti/dag.h"

#include <string.h>

enum { NONE = HST_MYSTICETI_NONE };

/* Vote: the first block of (leader, round - 1) met in depth-first order from the block. Whatever
 * lies between has a round between, and there is none: so the first among its references. */
static void find_votes(const hst_mysticeti_dag *dag, hst_mysticeti_block *b, const uint16_t *refs)
{
    for (uint32_t k = 0; k < dag->leaders; k++) {
        const uint32_t leader = hst_mysticeti_leader(dag, b->round - 1, k);
        b->vote[k] = NONE;
        for (uint32_t i = 0; i < b->count && leader != HST_CONSENSUS_NOBODY; i++) {
            if (refs[i] != NONE && dag->blocks[refs[i]].author == leader &&
                dag->blocks[refs[i]].round == b->round - 1) {
                b->vote[k] = refs[i];
                break;
            }
        }
    }
}

/* Weight of the authors among a block's references that vote for `leader_block` in slot `k`. */
static uint64_t votes_cited(const hst_mysticeti_dag *dag,
                            const hst_mysticeti_block *b,
                            const uint16_t *refs,
                            uint32_t k,
                            uint16_t leader_block)
{
    uint64_t voters[HST_MEMBER_MAX / 64];
    uint64_t weight = 0;
    memset(voters, 0, hst_member_words(dag->count) * sizeof *voters);
    for (uint32_t i = 0; i < b->count; i++) {
        if (refs[i] == NONE) {
            continue;
        }
        const hst_mysticeti_block *vote = &dag->blocks[refs[i]];
        if (vote->round == b->round - 1 && vote->vote[k] == leader_block &&
            hst_member_add(voters, vote->author)) {
            weight += hst_membership_weight(dag->membership, vote->author);
        }
    }
    return weight;
}

/* Certificate: a block of the decision round whose references include votes of a quorum. */
static void
find_certificates(const hst_mysticeti_dag *dag, hst_mysticeti_block *b, const uint16_t *refs)
{
    for (uint32_t k = 0; k < dag->leaders; k++) {
        b->certificate[k] = NONE;
        const uint32_t leader =
            b->round > 2 ? hst_mysticeti_leader(dag, b->round - 2, k) : HST_CONSENSUS_NOBODY;
        if (leader == HST_CONSENSUS_NOBODY) {
            continue;
        }
        uint16_t candidate = hst_mysticeti_first(dag, b->round - 2, leader);
        for (; candidate != NONE; candidate = dag->blocks[candidate].sibling) {
            if (votes_cited(dag, b, refs, k, candidate) >= dag->quorum) {
                b->certificate[k] = candidate;
                break;
            }
        }
    }
}

/* Both at once, by sets instead of block by block: right when nobody equivocated in either round,
 * so that an author is a block. */
static void find_by_sets(const hst_mysticeti_dag *dag,
                         hst_mysticeti_block *b,
                         const uint64_t *cited,
                         const hst_mysticeti_round *before,
                         const hst_mysticeti_round *wave)
{
    uint64_t voters[HST_MEMBER_MAX / 64];
    const uint32_t words = hst_member_words(dag->count);
    for (uint32_t k = 0; k < dag->leaders; k++) {
        const uint32_t leader = hst_mysticeti_leader(dag, b->round - 1, k);
        const bool votes = leader != HST_CONSENSUS_NOBODY && hst_member_has(cited, leader);
        b->vote[k] = votes ? before->first[leader] : (uint16_t)NONE;
        b->certificate[k] = NONE;
        const uint32_t other =
            wave != NULL ? hst_mysticeti_leader(dag, b->round - 2, k) : HST_CONSENSUS_NOBODY;
        if (other == HST_CONSENSUS_NOBODY || wave->first[other] == NONE) {
            continue;
        }
        for (uint32_t w = 0; w < words; w++) {
            voters[w] = cited[w] & wave->slots[k].voter_set[w];
        }
        if (hst_member_weight(dag->membership, voters) >= dag->quorum) {
            b->certificate[k] = wave->first[other];
        }
    }
}

static void count_skip(hst_mysticeti_dag *dag, hst_mysticeti_slot *slot, uint32_t author)
{
    if (hst_member_add(slot->skip_set, author)) {
        const uint64_t before = slot->skip_weight;
        slot->skip_weight += hst_membership_weight(dag->membership, author);
        dag->changed = dag->changed || (before < dag->quorum && slot->skip_weight >= dag->quorum);
    }
}

static void
count_certificate(hst_mysticeti_dag *dag, hst_mysticeti_slot *slot, uint16_t of, uint32_t author)
{
    if (slot->certified == NONE) {
        slot->certified = of;
    } else if (slot->certified != of) {
        dag->alarms++; /* two quorums of votes for one slot: more than f voted twice */
        return;
    }
    if (hst_member_add(slot->certificate_set, author)) {
        const uint64_t before = slot->certificate_weight;
        slot->certificate_weight += hst_membership_weight(dag->membership, author);
        dag->changed =
            dag->changed || (before < dag->quorum && slot->certificate_weight >= dag->quorum);
    }
}

static void tally(hst_mysticeti_dag *dag, const hst_mysticeti_block *b)
{
    hst_mysticeti_round *before = b->round > 1 ? hst_mysticeti_round_at(dag, b->round - 1) : NULL;
    hst_mysticeti_round *wave = b->round > 2 ? hst_mysticeti_round_at(dag, b->round - 2) : NULL;
    for (uint32_t k = 0; k < dag->leaders; k++) {
        if (before != NULL && b->vote[k] == NONE) {
            count_skip(dag, &before->slots[k], b->author);
        } else if (before != NULL) {
            (void)hst_member_add(before->slots[k].voter_set, b->author);
        }
        if (wave != NULL && b->certificate[k] != NONE) {
            count_certificate(dag, &wave->slots[k], b->certificate[k], b->author);
        }
    }
}

void hst_mysticeti_read_meaning(hst_mysticeti_dag *dag, uint16_t handle)
{
    hst_mysticeti_block *b = &dag->blocks[handle];
    const uint16_t *refs = hst_mysticeti_references_of(dag, handle);
    const hst_mysticeti_round *before = hst_mysticeti_round_at(dag, b->round - 1);
    const hst_mysticeti_round *wave =
        b->round > 2 ? hst_mysticeti_round_at(dag, b->round - 2) : NULL;
    if (before != NULL && before->extras == 0 && (wave == NULL || wave->extras == 0)) {
        find_by_sets(dag, b, hst_mysticeti_cited(dag, handle), before, wave);
    } else {
        find_votes(dag, b, refs);
        find_certificates(dag, b, refs);
    }
    tally(dag, b);
}
