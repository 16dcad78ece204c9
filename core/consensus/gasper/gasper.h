/** @file core/consensus/gasper/gasper.h
 * Proof of stake with finality: LMD-GHOST says which chain, Casper FFG says what of it is for good.
 *
 *   slot    | 0           BLOCK by the proposer, to all
 *           | 1/3         ATTESTATION by the slot's committee, to its aggregators
 *           | 2/3         AGGREGATE by these, to all
 *   epoch   | every replica attests once: head, and a link source -> target between checkpoints
 *
 * A checkpoint is the last block before or at the first slot of an epoch. A link that two thirds of
 * the stake vote for justifies its target; a justified checkpoint whose link goes to the next epoch
 * is final. The head is found from the last justified checkpoint on, child by child, by the latest
 * attestation of each replica, with 40 % of a committee added for a block that comes in time.
 *
 * COMMIT follows the justified checkpoint (what clients call safe) or, with parameter `commit` 0,
 * the head; it is tentative. FINAL follows finality: two epochs after a checkpoint when all is
 * well, two and a half after a block on average.
 *
 * Weight    the membership's weights are stake; 2/3 of it decides, 1/3 is tolerated.
 * Messages  a slot: n - 1 BLOCK, ATTESTATION from each of the committee to each aggregator, and
 *           n - 1 AGGREGATE from each aggregator. LINK, GETBLOCKS, STATE for what was missed.
 * Unhappy   empty slots; late blocks without boost; two blocks in a slot, two votes in an epoch and
 *           surrounding votes are evidence, and their author's weight counts no more.
 * Source    Buterin et al., "Combining GHOST and Casper", arXiv 2003.03052; Buterin, Griffith,
 *           "Casper the friendly finality gadget", arXiv 1710.09437; Ethereum consensus specs.
 */
#ifndef HST_CORE_CONSENSUS_GASPER_GASPER_H
#define HST_CORE_CONSENSUS_GASPER_GASPER_H

#include "core/consensus/consensus.h"

/** The protocol. */
extern const hst_consensus_protocol hst_protocol_gasper;

/** Parameters by index. */
enum {
    HST_GASPER_SLOT = 0,    /**< "slot_ns" */
    HST_GASPER_EPOCH,       /**< "epoch_slots" */
    HST_GASPER_BOOST,       /**< "boost_percent" */
    HST_GASPER_AGGREGATORS, /**< "aggregators" */
    HST_GASPER_COMMIT,      /**< "commit" */
    HST_GASPER_WINDOW,      /**< "window" */
    HST_GASPER_RETRY,       /**< "retry_ns" */
    HST_GASPER_PARAMETERS
};

/** Kinds of messages. */
enum {
    HST_GASPER_BLOCK = 0,   /**< a block; its body goes along */
    HST_GASPER_ATTESTATION, /**< one replica's vote for a head and a link */
    HST_GASPER_AGGREGATE,   /**< equal attestations of a committee */
    HST_GASPER_LINK,        /**< a link with two thirds of the stake */
    HST_GASPER_GETBLOCKS,   /**< wants what follows */
    HST_GASPER_STATE,       /**< a final block and the link that made it so */
    HST_GASPER_KINDS
};

#endif
