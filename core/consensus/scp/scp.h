/** @file core/consensus/scp/scp.h
 * Stellar Consensus Protocol: federated voting, where every replica chooses whom it trusts.
 *
 * A replica names a quorum set; a quorum is a set of replicas each of which has a slice of its own
 * set inside it, and a set is v-blocking for a replica when it meets all of that one's slices. A
 * statement is voted, accepted when a quorum voted or accepted it or a v-blocking set accepted it,
 * and confirmed when a quorum accepted it. One slot decides one batch, which is one height:
 *
 *   nomination  leaders of the round nominate what they are offered, the others echo it; what is
 *               confirmed is a candidate, and several candidates are combined by choosing one
 *   ballots     (counter, value): vote prepare, accept, confirm; vote commit, accept, confirm
 *
 * The next slot is triggered a ledger target after the previous one was externalized, and no slot
 * is started while nothing is offered or heard.
 *
 * Messages  NOMINATE, PREPARE, CONFIRM, EXTERNALIZE (each replica to all, or flooded along peers);
 *           FETCH (to all), STATUS, HISTORY (to the one that asked). In a quiet slot every replica
 *           broadcasts 2 NOMINATE, 3 PREPARE, 1 CONFIRM and 1 EXTERNALIZE: 7 n (n - 1) messages,
 *           7 delays from the nomination on: 3 until there is a candidate, 4 for the ballot.
 * Unhappy   a silent leader costs a round of nomination (1 s, 2 s ...), which adds a leader; a
 *           ballot that does not commit is followed by a higher counter, after a timer that runs
 *           only while a quorum is there, or at once when a v-blocking set is ahead. A failed
 *           v-blocking set stops the replica. A replica behind takes a chain of values from one
 *           peer and the word of a quorum for its end; beyond the peers' windows, the state.
 * Trust     membership->quorum_sets, up to HST_QUORUM_SET_DEPTH_MAX levels, nobody twice; NULL =
 *           n - f of everyone. Weights play no part.
 * Tolerates any set whose deletion leaves quorum intersection and availability. Without quorum
 *           intersection replicas can diverge, as the paper says.
 * Source    Mazieres, "The Stellar Consensus Protocol", 2015; draft-mazieres-dinrg-scp-05, 2018;
 *           Lokhava et al., "Fast and secure global payments with Stellar", SOSP'19.
 */
#ifndef HST_CORE_CONSENSUS_SCP_SCP_H
#define HST_CORE_CONSENSUS_SCP_SCP_H

#include "core/consensus/consensus.h"

/** The protocol. */
extern const hst_consensus_protocol hst_protocol_scp;

#endif
