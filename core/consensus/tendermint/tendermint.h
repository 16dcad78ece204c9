/** @file core/consensus/tendermint/tendermint.h
 * Tendermint: rounds of propose, prevote, precommit, with locks, one block a height.
 *
 *   height h, round r
 *     proposer   PROPOSAL ---> all     fresh, or the value it knows to be valid, with proof
 *     all        PREVOTE  ---> all     its id, or nil
 *     all        PRECOMMIT --> all     its id once q PREVOTEs for it are seen (and lock), or nil
 *     q PRECOMMITs for an id of any one round decide; else round r + 1 with longer timeouts
 *
 * Weights are voting power. The proposer rotates by weight: at every turn each priority grows by
 * the weight, the highest one proposes and pays the total. Height h and round r is turn h + r.
 *
 * Messages  PROPOSAL, PREVOTE, PRECOMMIT; POLKA (a value and its q PREVOTEs, to the next proposer
 *           after a failed round); STATUS (where I am, and where are you), FETCH, DECISION (a block
 *           and its q PRECOMMITs), STATE (the same, for who is too far behind).
 *           (n - 1) + 2 n (n - 1) a height, 3 delays to a decision; then timeout_commit passes.
 * Unhappy   silent or equivocating proposer: PREVOTE nil on a timeout, next round. Votes that never
 *           came: whoever is stuck says STATUS and gets the others' votes again. Behind: FETCH.
 *           Equivocation of votes and proposals is EVIDENCE. Votes and locks are durable before
 *           they are sent.
 * Source    Buchman, Kwon, Milosevic, "The latest gossip on BFT consensus", arXiv 1807.04938, 2018;
 *           CometBFT v0.38 (timeouts, proposer priority, create_empty_blocks).
 */
#ifndef HST_CORE_CONSENSUS_TENDERMINT_TENDERMINT_H
#define HST_CORE_CONSENSUS_TENDERMINT_TENDERMINT_H

#include "core/consensus/consensus.h"

/** The protocol. */
extern const hst_consensus_protocol hst_protocol_tendermint;

#endif
