/** @file core/consensus/pbft/pbft.h
 * PBFT: three phases, any fewer than a third of the replicas faulty in any way.
 *
 * The primary of view v is replica v mod n. It gives each batch a sequence number and multicasts
 * PRE-PREPARE; backups answer with PREPARE, and whoever has a quorum of both (it is "prepared")
 * multicasts COMMIT; a quorum of those decides. Sequence numbers run side by side between the water
 * marks h and h + L and are executed strictly in order. Every K of them replicas exchange
 * CHECKPOINTs, and a quorum of equal ones moves h. Here a height is a sequence number, and a
 * block's id is the chained digest of all decisions up to it, which is what a CHECKPOINT certifies.
 *
 * Messages  PRE-PREPARE, PREPARE, COMMIT: (n-1) + (n-1)^2 + n(n-1) = 2n(n-1) per decision, 3
 * delays. CHECKPOINT: n(n-1) every K decisions. VIEW-CHANGE: n(n-1), NEW-VIEW: n-1, per view
 *           change. FETCH, DECIDED, STABLE: only for those who missed something.
 * Unhappy   a silent or equivocating primary: backups time out and change the view, which keeps
 *           whatever may have been decided (view_change.c, new_view.c). Lost messages: a replica
 *           that stands still says its votes again and asks a peer (sync.c). A replica below
 *           another's h gets the state, with a quorum's CHECKPOINTs as proof. Crashes: votes and
 *           prepared certificates are durable before they leave (record.c).
 * Source    Castro, Liskov, "Practical Byzantine fault tolerance", OSDI 1999, with signatures;
 *           Castro, Liskov, "Practical Byzantine fault tolerance and proactive recovery", ACM TOCS
 *           20(4), 2002 (window of instances in progress, retransmission).
 */
#ifndef HST_CORE_CONSENSUS_PBFT_PBFT_H
#define HST_CORE_CONSENSUS_PBFT_PBFT_H

#include "core/consensus/consensus.h"

/** The protocol. */
extern const hst_consensus_protocol hst_protocol_pbft;

#endif
