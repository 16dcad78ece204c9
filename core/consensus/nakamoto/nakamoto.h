/** @file core/consensus/nakamoto/nakamoto.h
 * Proof of work: the chain with most work is the ledger, and what lies deep in it is settled.
 *
 *   block found -> INV to neighbours -> GETDATA -> BLOCK -> checked, joined to the tree -> INV ...
 *   the branch with most work, first seen wins ties: ROLLBACK to the fork, COMMIT what is
 *   `confirmations` deep, FINAL what is `final_depth` deep
 *
 * Mining is a timer: exponential, drawn from the replica's own seed, with the replica's weight as
 * hash power and the difficulty of the next block. It has no memory, so a new tip needs no new draw
 * until the difficulty changes. Difficulty is in millionths of what makes all hash power of the
 * membership find a block every `interval_ns`; it is set anew every `retarget_blocks`.
 *
 * A header is signed by its miner instead of carrying a nonce: a simulated proof cannot be checked,
 * and so nobody mines in another's name. Replicas of weight 0 relay and do not mine.
 *
 * Messages  INV, GETDATA, BLOCK (announce relay: about one INV an edge, one GETDATA and one BLOCK a
 *           replica and block); BLOCK alone (push) or CMPCTBLOCK (compact: six bytes a command go
 *           along in place of the body); both also only for what one found itself; GETBLOCKS and
 * STATE for those who missed something. Unhappy   blocks before their parents wait as orphans; lost
 * requests are repeated to others who announced; batches of abandoned blocks are mined again; a
 * replica further behind than the window takes the state two others vouch for. Selfish
 * hst_protocol_nakamoto_selfish speaks the same messages and withholds what it finds. Source
 * Nakamoto, "Bitcoin: a peer-to-peer electronic cash system", 2008; BIP 130, BIP 152; Eyal, Sirer,
 * "Majority is not enough", FC'14, arXiv 1311.0243.
 */
#ifndef HST_CORE_CONSENSUS_NAKAMOTO_NAKAMOTO_H
#define HST_CORE_CONSENSUS_NAKAMOTO_NAKAMOTO_H

#include "core/consensus/consensus.h"

/** The protocol. */
extern const hst_consensus_protocol hst_protocol_nakamoto;

/** The same with the strategy of Eyal and Sirer; for some replicas of a cluster. */
extern const hst_consensus_protocol hst_protocol_nakamoto_selfish;

/** Parameters by index. */
enum {
    HST_NAKAMOTO_INTERVAL = 0,  /**< "interval_ns" */
    HST_NAKAMOTO_RETARGET,      /**< "retarget_blocks" */
    HST_NAKAMOTO_DIFFICULTY,    /**< "difficulty_ppm" */
    HST_NAKAMOTO_CONFIRMATIONS, /**< "confirmations" */
    HST_NAKAMOTO_FINAL_DEPTH,   /**< "final_depth" */
    HST_NAKAMOTO_RELAY,         /**< "relay" */
    HST_NAKAMOTO_COMPACT_MISS,  /**< "compact_miss_ppm" */
    HST_NAKAMOTO_WINDOW,        /**< "window" */
    HST_NAKAMOTO_REQUEST,       /**< "request_ns" */
    HST_NAKAMOTO_AHEAD,         /**< "ahead_ns" */
    HST_NAKAMOTO_STORE,         /**< "store_blocks" */
    HST_NAKAMOTO_PARAMETERS
};

/** Values of parameter "relay". */
enum {
    HST_NAKAMOTO_ANNOUNCE = 0, /**< INV, fetched with GETDATA */
    HST_NAKAMOTO_PUSH,         /**< BLOCK to all neighbours */
    HST_NAKAMOTO_COMPACT,      /**< CMPCTBLOCK to all neighbours */
    HST_NAKAMOTO_UNSOLICITED,  /**< what one found itself is pushed, what others found announced */
    HST_NAKAMOTO_MINERS /**< what one found itself goes to neighbours with hash power as CMPCTBLOCK,
                             and is announced like all else: a relay network between pools */
};

/** Kinds of messages. */
enum {
    HST_NAKAMOTO_INV = 0,    /**< id of a block that the sender has */
    HST_NAKAMOTO_GETDATA,    /**< wants the block of an id */
    HST_NAKAMOTO_BLOCK,      /**< header; the body goes along */
    HST_NAKAMOTO_CMPCTBLOCK, /**< header; short ids of the commands go along */
    HST_NAKAMOTO_GETBLOCKS,  /**< wants what follows the first id of a list that is known */
    HST_NAKAMOTO_STATE,      /**< a settled block to start from */
    HST_NAKAMOTO_KINDS
};

/** Bytes of a header on the wire, behind the kind. */
enum { HST_NAKAMOTO_HEADER_SIZE = HST_HASH_SIZE + 8 + 8 + 8 + 8 + 16 + 4 };

#endif
