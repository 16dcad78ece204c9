/** @file core/consensus/mysticeti/mysticeti.h
 * Mysticeti-C: total order from a graph of blocks that nobody certifies.
 *
 * Every replica proposes a block in every round, signed once and sent once, with references to at
 * least a quorum of blocks of the round before. There are no votes and no certificates on the wire:
 * a block that refers to a leader's block is a vote for it, and a block that refers to a quorum of
 * such votes is its certificate. Every round has leader slots; a slot is decided from the graph
 * alone, and a committed leader delivers what is in its causal history and was not delivered yet.
 *
 *   round r      leader's block          LEADER
 *   round r + 1  blocks that cite it     votes
 *   round r + 2  blocks that cite q votes  certificates; q of them commit the slot
 *
 * Heights: each delivered block that carries a batch, and each leader's block, is one COMMIT, in
 * the order of delivery; other empty blocks make none. The heights are the same everywhere.
 *
 * Messages  BLOCK (a replica to all, once a round), FETCH, COPY, LAST, STATE (catching up).
 *           n (n - 1) messages a round, in which n blocks are proposed; 3 delays to the commit of a
 *           leader's block, 4 for the others.
 * Unhappy   a silent leader is skipped by q blocks that do not cite it, or through a later leader
 *           (the anchor); an equivocator's blocks get at most one quorum; missing ancestors are
 *           pulled; who lags beyond the window takes over a state that f + 1 vouch for.
 * Rest      when nothing is offered and nothing known is left to deliver, no rounds are made.
 * Source    Babel, Chursin, Danezis, Kichidis, Kokoris-Kogias, Koshy, Sonnino, Tian, "Mysticeti:
 *           Reaching the Latency Limits with Uncertified DAGs", arXiv 2310.14821.
 */
#ifndef HST_CORE_CONSENSUS_MYSTICETI_MYSTICETI_H
#define HST_CORE_CONSENSUS_MYSTICETI_MYSTICETI_H

#include "core/consensus/consensus.h"

/** The protocol. */
extern const hst_consensus_protocol hst_protocol_mysticeti;

#endif
