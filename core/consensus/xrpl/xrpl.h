/** @file core/consensus/xrpl/xrpl.h
 * XRP Ledger consensus: everyone closes ledgers by a timer, deliberates on their content with
 * those it trusts, and holds final what 80 % of its list validated.
 *
 *   Open --close--> Establish --80 % hold our position--> Accepted --> VALIDATION, next Open
 *
 * There is no leader and no global quorum. Replica i trusts a list of its own (UNL): the members of
 * membership->quorum_sets[i], whose threshold is not read; without quorum sets everyone trusts
 * everyone. Three parts: deliberation (PROPOSAL, disputes decided batch by batch with thresholds
 * that rise from 50 to 95 %), validation (one VALIDATION a sequence, never two; a ledger with
 * ceil(0.8 |UNL|) of them is fully validated: COMMIT, for good), and the preferred branch (whom to
 * follow when lists or delays made ledgers differ). Deliberation may fork; validation may not,
 * while lists overlap by more than 90 %.
 *
 * A ledger holds up to `batches` batches, in ascending order of id. Heights are not sequences: a
 * ledger makes one COMMIT a batch, or one with batch id 0 when it is empty, and the last COMMIT of
 * a ledger carries the ledger's id. So every ledger id is a block id, and heights are equal
 * everywhere, for a ledger's header names the height of its last COMMIT.
 *
 * Messages  PROPOSAL and VALIDATION (gossiped; with complete connections sent once to all),
 *           FETCH, LEDGERS, STATE (SYNC). Quiet: 2 n (n - 1) a ledger; a dispute adds up to
 *           n (n - 1) PROPOSALs a round of votes.
 * Unhappy   different open sets, close times in different bins: disputes and bins, by threshold.
 *           Another branch preferred: bow out, fetch it, go on as an observer, propose again.
 *           Behind: FETCH by id, back to the last final ledger; beyond the window STATE with the
 *           validations as proof. No quorum: ledgers go on up to a quarter window, then wait.
 *           Two validations of one sequence: EVIDENCE.
 * Source    Chase, MacBrough, "Analysis of the XRP Ledger consensus protocol", arXiv 1802.07242,
 *           2018; timing and thresholds as rippled has them (ConsensusParms).
 */
#ifndef HST_CORE_CONSENSUS_XRPL_XRPL_H
#define HST_CORE_CONSENSUS_XRPL_XRPL_H

#include "core/consensus/consensus.h"

/** The protocol. */
extern const hst_consensus_protocol hst_protocol_xrpl;

#endif
