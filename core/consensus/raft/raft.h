/** @file core/consensus/raft/raft.h
 * Raft: a leader for each term, a log that only it extends, and a majority that keeps it.
 *
 * A term has at most one leader, elected by a majority. It appends what it is offered to its log
 * and sends each entry to everyone at once, many in flight; an entry of its own term that a
 * majority has on disk is committed, and with it all before it. Heights are log indexes, so a new
 * leader's no-op (batch 0) takes one. Before an election a replica asks whether it would win one
 * (pre-vote), and a leader that hears no majority for an election timeout steps down
 * (check-quorum): nobody cut off disturbs the others when it returns.
 *
 *   leader      AppendEntries ------>            commit ---- next AppendEntries or heartbeat --->
 *   followers                 write, result --->                                       commit
 *
 * Messages  2(n - 1) per decision; 2 delays to the leader's commit, 3 to the followers'. Besides:
 *           2(n - 1) per heartbeat, and 4(n - 1) per election (half of it pre-vote).
 * Unhappy   A message lost or late: followers keep what came early, say at the next heartbeat what
 *           they lack, and get it again. Logs that differ: the follower's hint leads to the last
 *           entry both have, what follows it is replaced. A follower that needs what left the
 *           leader's window becomes the leader's state (InstallSnapshot). A leader that fails costs
 *           an election timeout and 2 delays for the votes. Split votes: random timeouts.
 * Faults    fewer than half may crash and come back with their disk. Messages are believed and
 *           carry no signatures. A replica that lost its disk is outside the model: it catches up,
 *           but meanwhile counts as a fault that a crash is not (README.md).
 * Source    Ongaro, Ousterhout, "In search of an understandable consensus algorithm", USENIX
 *           ATC'14; Ongaro, "Consensus: bridging theory and practice", Stanford, 2014.
 */
#ifndef HST_CORE_CONSENSUS_RAFT_RAFT_H
#define HST_CORE_CONSENSUS_RAFT_RAFT_H

#include "core/consensus/consensus.h"

/** The protocol. */
extern const hst_consensus_protocol hst_protocol_raft;

#endif
