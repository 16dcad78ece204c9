/** @file core/consensus/jolteon/jolteon.h
 * Jolteon: two certified blocks in consecutive rounds decide the first; timeouts are all-to-all.
 *
 * A third of HotStuff's delay is traded for a quadratic view change. A replica votes only in its
 * current round, for a block on the QC of the round before, or, after a timeout, for one whose QC
 * is at least as high as the highest that the timeout certificate (TC) mentions. Rounds (here:
 * views) advance by QC and TC only. Everything but the rules is in chain/chain.h.
 *
 * Messages  PROPOSAL (leader to all), VOTE (to the next leader): 2(n - 1) per round. TIMEOUT (all
 *           to all): n(n - 1) per failed round, WAKE, FETCH, SEGMENT.
 *           5 delays from a proposal to the commit at a replica, 4 at the leader.
 * Failures  A dead leader costs two timeouts: of the round whose votes it should have collected,
 *           and of its own. TIMEOUT is repeated until there is a TC; f + 1 of them are joined. A
 *           late TIMEOUT is answered with what its sender misses, TC included.
 * Source    Gelashvili, Kokoris-Kogias, Sonnino, Spiegelman, Xiang, "Jolteon and Ditto: network-
 *           adaptive efficient consensus with asynchronous fallback", FC'22, arXiv 2106.10362.
 */
#ifndef HST_CORE_CONSENSUS_JOLTEON_JOLTEON_H
#define HST_CORE_CONSENSUS_JOLTEON_JOLTEON_H

#include "core/consensus/consensus.h"

/** The protocol. */
extern const hst_consensus_protocol hst_protocol_jolteon;

#endif
