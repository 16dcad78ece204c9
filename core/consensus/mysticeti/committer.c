#include "core/consensus/mysticeti/committer.h"

#include <string.h>

enum { NONE = HST_MYSTICETI_NONE };

static hst_mysticeti_decision direct(const hst_mysticeti_dag *dag, uint64_t round, uint32_t k)
{
    const hst_mysticeti_round *at = hst_mysticeti_round_at(dag, round);
    if (at != NULL && at->slots[k].certificate_weight >= dag->quorum) {
        return (hst_mysticeti_decision){HST_MYSTICETI_COMMIT, at->slots[k].certified};
    }
    if (at != NULL && at->slots[k].skip_weight >= dag->quorum) {
        return (hst_mysticeti_decision){HST_MYSTICETI_SKIP, NONE};
    }
    return (hst_mysticeti_decision){HST_MYSTICETI_UNDECIDED, NONE};
}

/* The block of slot (round, k) of which a certificate is in the causal history of `anchor`; of
 * several, which takes more than f faulty replicas, the one with the smallest id. */
static uint16_t certified_below(hst_mysticeti_dag *dag, uint16_t anchor, uint64_t round, uint32_t k)
{
    const uint64_t decision_round = round + HST_MYSTICETI_WAVE - 1;
    const uint32_t mark = hst_mysticeti_walk(dag);
    uint16_t found = NONE;
    uint32_t height = 0;
    dag->blocks[anchor].mark = mark;
    dag->stack[height++] = anchor;
    while (height > 0) {
        const uint16_t at = dag->stack[--height];
        const hst_mysticeti_block *b = &dag->blocks[at];
        if (b->round == decision_round) {
            const uint16_t candidate = b->certificate[k];
            if (candidate != NONE &&
                (found == NONE || memcmp(dag->blocks[candidate].id.bytes,
                                         dag->blocks[found].id.bytes, HST_HASH_SIZE) < 0)) {
                found = candidate;
            }
            continue;
        }
        const uint16_t *refs = hst_mysticeti_references_of(dag, at);
        for (uint32_t i = 0; i < b->count; i++) {
            hst_mysticeti_block *next = refs[i] != NONE ? &dag->blocks[refs[i]] : NULL;
            if (next != NULL && next->mark != mark && next->round >= decision_round) {
                next->mark = mark;
                dag->stack[height++] = refs[i];
            }
        }
    }
    return found;
}

/* Decisions of a span of rounds under evaluation, by round and slot. */
typedef struct span {
    uint64_t from, to;
    uint32_t leaders;
    hst_mysticeti_decision *decisions;
} span;

static hst_mysticeti_decision *in_span(const span *s, uint64_t round, uint32_t k)
{
    return &s->decisions[(round - s->from) * s->leaders + k];
}

/* The anchor of a slot of `round`: its decision, UNDECIDED when there is none yet. */
static hst_mysticeti_decision anchor_of(const hst_mysticeti_dag *dag, const span *s, uint64_t round)
{
    for (uint64_t r = round + HST_MYSTICETI_WAVE; r <= s->to; r++) {
        for (uint32_t k = 0; k < dag->leaders && r % dag->stride == 0; k++) {
            if (in_span(s, r, k)->status != HST_MYSTICETI_SKIP) {
                return *in_span(s, r, k);
            }
        }
    }
    return (hst_mysticeti_decision){HST_MYSTICETI_UNDECIDED, NONE};
}

static hst_mysticeti_decision
evaluate(hst_mysticeti_dag *dag, const span *s, uint64_t round, uint32_t k)
{
    const hst_mysticeti_decision at_once = direct(dag, round, k);
    if (at_once.status != HST_MYSTICETI_UNDECIDED) {
        return at_once;
    }
    const hst_mysticeti_decision anchor = anchor_of(dag, s, round);
    if (anchor.status != HST_MYSTICETI_COMMIT) {
        return (hst_mysticeti_decision){HST_MYSTICETI_UNDECIDED, NONE};
    }
    const uint16_t block = certified_below(dag, anchor.block, round, k);
    return (hst_mysticeti_decision){block != NONE ? HST_MYSTICETI_COMMIT : HST_MYSTICETI_SKIP,
                                    block};
}

hst_mysticeti_decision hst_mysticeti_decide(hst_mysticeti_dag *dag,
                                            uint64_t round,
                                            uint32_t k,
                                            hst_mysticeti_decision *scratch)
{
    const hst_mysticeti_decision at_once = direct(dag, round, k);
    if (at_once.status != HST_MYSTICETI_UNDECIDED || dag->top < round + HST_MYSTICETI_WAVE) {
        return at_once;
    }
    /* From the highest round down, so that anchors are there when they are asked for. */
    const uint64_t last = round + dag->lead - 1;
    const span s = {.from = round,
                    .to = dag->top < last ? dag->top : last,
                    .leaders = dag->leaders,
                    .decisions = scratch};
    for (uint64_t r = s.to; r >= round; r--) {
        for (uint32_t i = dag->leaders; r % dag->stride == 0 && i-- > 0;) {
            *in_span(&s, r, i) = evaluate(dag, &s, r, i);
        }
    }
    return *in_span(&s, round, k);
}

/* ---- delivery ------------------------------------------------------------------------------ */

/* Mark the undelivered causal history of the leader; the lowest round in it. */
static uint64_t mark_history(hst_mysticeti_dag *dag, uint16_t leader, uint64_t above, uint32_t mark)
{
    uint64_t lowest = dag->blocks[leader].round;
    uint32_t height = 0;
    dag->blocks[leader].mark = mark;
    dag->stack[height++] = leader;
    while (height > 0) {
        const uint16_t at = dag->stack[--height];
        const uint16_t *refs = hst_mysticeti_references_of(dag, at);
        lowest = dag->blocks[at].round < lowest ? dag->blocks[at].round : lowest;
        for (uint32_t i = 0; i < dag->blocks[at].count; i++) {
            hst_mysticeti_block *next = refs[i] != NONE ? &dag->blocks[refs[i]] : NULL;
            if (next != NULL && next->mark != mark && next->delivered_at == 0 &&
                next->round > above) {
                next->mark = mark;
                dag->stack[height++] = refs[i];
            }
        }
    }
    return lowest;
}

/* Authors of round `number` whose blocks a leader of `round` reaches. */
static uint64_t *reached(const hst_mysticeti_dag *dag, uint64_t round, uint64_t number)
{
    return &dag->reach[(round - number) * dag->words];
}

/* What a block cites in other rounds than the one before, if it is to be delivered; the lowest
 * round of it, or `lowest`. */
static uint64_t reach_older(hst_mysticeti_dag *dag,
                            /* NOLINTNEXTLINE(bugprone-easily-swappable-parameters): rounds */
                            uint16_t handle,
                            uint64_t round,
                            uint64_t above,
                            uint64_t lowest)
{
    const uint16_t *refs = hst_mysticeti_references_of(dag, handle);
    for (uint32_t i = 0; i < dag->blocks[handle].count; i++) {
        const hst_mysticeti_block *next = refs[i] != NONE ? &dag->blocks[refs[i]] : NULL;
        if (next != NULL && next->delivered_at == 0 && next->round > above) {
            (void)hst_member_add(reached(dag, round, next->round), next->author);
            lowest = next->round < lowest ? next->round : lowest;
        }
    }
    return lowest;
}

/* Add to the round before what the blocks reached in round `number` cite there; the lowest round
 * reached so far. */
static uint64_t
reach_down(hst_mysticeti_dag *dag, uint64_t round, uint64_t number, uint64_t above, uint64_t lowest)
{
    const hst_mysticeti_round *at = hst_mysticeti_round_at(dag, number);
    const hst_mysticeti_round *before =
        number - 1 > above ? hst_mysticeti_round_at(dag, number - 1) : NULL;
    const uint64_t *here = reached(dag, round, number);
    uint64_t cited[HST_MEMBER_MAX / 64];
    memset(cited, 0, dag->words * sizeof *cited);
    for (uint32_t w = 0; w < dag->words; w++) {
        for (uint64_t left = here[w]; left != 0; left &= left - 1) {
            const uint16_t handle = at->first[w * 64 + (uint32_t)__builtin_ctzll(left)];
            const uint64_t *one = hst_mysticeti_cited(dag, handle);
            for (uint32_t c = 0; c < dag->words; c++) {
                cited[c] |= one[c];
            }
            if (dag->blocks[handle].older) {
                lowest = reach_older(dag, handle, round, above, lowest);
            }
        }
    }
    for (uint32_t w = 0; before != NULL && w < dag->words; w++) {
        const uint64_t fresh = cited[w] & ~before->delivered_set[w];
        reached(dag, round, number - 1)[w] |= fresh;
        lowest = fresh != 0 && number - 1 < lowest ? number - 1 : lowest;
    }
    return lowest;
}

/* The same where nobody equivocated within the window, so that an author is a block: by sets. */
static uint32_t
linearise_sets(hst_mysticeti_dag *dag, uint16_t leader, uint64_t above, uint16_t *out)
{
    const uint64_t round = dag->blocks[leader].round;
    uint64_t lowest = round;
    uint32_t count = 0;
    memset(dag->reach, 0, (size_t)(round - above) * dag->words * sizeof *dag->reach);
    (void)hst_member_add(reached(dag, round, round), dag->blocks[leader].author);
    for (uint64_t r = round; r >= lowest; r--) {
        lowest = reach_down(dag, round, r, above, lowest);
    }
    for (uint64_t r = lowest; r <= round; r++) {
        const hst_mysticeti_round *at = hst_mysticeti_round_at(dag, r);
        const uint64_t *here = reached(dag, round, r);
        for (uint32_t w = 0; w < dag->words; w++) {
            for (uint64_t left = here[w]; left != 0; left &= left - 1) {
                const uint16_t handle = at->first[w * 64 + (uint32_t)__builtin_ctzll(left)];
                if (dag->blocks[handle].delivered_at == 0) {
                    hst_mysticeti_set_delivered(dag, handle, round);
                    out[count++] = handle;
                }
            }
        }
    }
    return count;
}

uint32_t hst_mysticeti_linearise(hst_mysticeti_dag *dag, uint16_t leader, uint16_t *out)
{
    const uint64_t round = dag->blocks[leader].round;
    const uint64_t above = round > dag->depth ? round - dag->depth : 0;
    if (dag->extras == 0) {
        return linearise_sets(dag, leader, above, out);
    }
    const uint32_t mark = hst_mysticeti_walk(dag);
    uint32_t count = 0;
    for (uint64_t r = mark_history(dag, leader, above, mark); r <= round; r++) {
        for (uint32_t author = 0; author < dag->count; author++) {
            uint16_t handle = hst_mysticeti_first(dag, r, author);
            for (; handle != NONE; handle = dag->blocks[handle].sibling) {
                if (dag->blocks[handle].mark == mark && dag->blocks[handle].delivered_at == 0) {
                    hst_mysticeti_set_delivered(dag, handle, round);
                    out[count++] = handle;
                }
            }
        }
    }
    return count;
}
