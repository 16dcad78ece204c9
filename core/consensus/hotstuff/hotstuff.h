/** @file core/consensus/hotstuff/hotstuff.h
 * HotStuff, chained: three certified blocks in consecutive views decide the first.
 *
 * Safety is three rules (hotstuff.c); everything else is shared with Jolteon (chain/chain.h). A
 * replica votes for a block of a higher view than any it voted in, if the block extends its lock
 * or carries a QC of a higher view than the lock's. A vote ends the view; so does a timeout, with
 * a NEW-VIEW to the next leader, who proposes on the highest QC of q of them.
 *
 * Messages  PROPOSAL (leader to all), VOTE (to the next leader): 2(n - 1) per view. NEW-VIEW (to
 *           the next leader; to all from the second timeout in a row on), WAKE, FETCH, SEGMENT.
 *           7 delays from a proposal to the commit at a replica, 6 at the leader.
 * Failures  A dead leader costs one timeout: NEW-VIEWs carry the votes that died with it
 *           (parameter vote_in_new_view; without it four replicas with rotating leaders never
 *           commit once one is dead). Drifted views meet by following f + 1 NEW-VIEWs, or any
 *           proposal with a certificate for its view. Missing blocks are fetched.
 * Source    Yin, Malkhi, Reiter, Golan Gueta, Abraham, "HotStuff: BFT consensus with linearity and
 *           responsiveness", PODC'19, arXiv 1803.05069.
 */
#ifndef HST_CORE_CONSENSUS_HOTSTUFF_HOTSTUFF_H
#define HST_CORE_CONSENSUS_HOTSTUFF_HOTSTUFF_H

#include "core/consensus/consensus.h"

/** The protocol. */
extern const hst_consensus_protocol hst_protocol_hotstuff;

#endif
