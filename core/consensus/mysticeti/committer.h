/** @file core/consensus/mysticeti/committer.h
 * Private to core/consensus/mysticeti: which leader slots are committed, and what a committed
 * leader delivers. Functions of the graph and nothing else: no clock, no messages, no memory of
 * their own, so that asking again gives the same answer.
 *
 *   direct rule    q authors of certificates: commit. q authors of blocks of the next round that
 *                  vote for none: skip.
 *   indirect rule  the anchor is the first slot, in order, a wave (3 rounds) or more later that is
 *                  not skipped. While it is undecided so is this slot; if it is committed, this
 *                  slot is committed when a certificate is in the anchor's causal history, else
 *                  skipped.
 *
 * Source    arXiv 2310.14821, section 3 (decision rules), appendix A (algorithm 1 to 3).
 */
#ifndef HST_CORE_CONSENSUS_MYSTICETI_COMMITTER_H
#define HST_CORE_CONSENSUS_MYSTICETI_COMMITTER_H

#include "core/consensus/mysticeti/dag.h"

/** What is known of a leader slot. */
typedef enum hst_mysticeti_status {
    HST_MYSTICETI_UNDECIDED = 0,
    HST_MYSTICETI_COMMIT,
    HST_MYSTICETI_SKIP,
} hst_mysticeti_status;

/** A decision. */
typedef struct hst_mysticeti_decision {
    hst_mysticeti_status status; /**< what is decided */
    uint16_t block;              /**< COMMIT: the leader's block */
} hst_mysticeti_decision;

/** Decide slot `k` of `round` > dag->decided. `scratch` holds lead * leaders decisions.
 * Cost: O(1) when decided directly; else O((lead * leaders)^2) and walks from anchors. */
hst_mysticeti_decision hst_mysticeti_decide(hst_mysticeti_dag *dag,
                                            uint64_t round,
                                            uint32_t k,
                                            hst_mysticeti_decision *scratch);

/** What a committed leader delivers: the part of its causal history that is not delivered yet and
 * not older than the window, by round, author and id, the leader last. Marks it as delivered and
 * puts handles into `out`, which holds dag->capacity; how many.
 * Cost: O(blocks delivered * references). */
uint32_t hst_mysticeti_linearise(hst_mysticeti_dag *dag, uint16_t leader, uint16_t *out);

#endif
