/** @file core/consensus/consensus.h
 * One shape for all consensus protocols: a deterministic machine that is told what happened and
 * answers with what to do.
 *
 *        inputs                         machine                          effects
 *   START, RECOVER, MESSAGE,  --->  step(state, input)  --->  SEND, BROADCAST, GOSSIP, TIMER_SET,
 *   TIMER, SUBMIT, PERSISTED        no clock, heap,           TIMER_CANCEL, PERSIST, TAKE, COMMIT,
 *                                   entropy or socket         ROLLBACK, TRANSFER, EVIDENCE
 *
 * A protocol is one file or folder with one `hst_consensus_protocol` and one line in
 * core/consensus/registry.c (docs/how-to/add-a-protocol.md). Time arrives with each input,
 * randomness from a seed, payloads from the mempool's offer. `step` is total: any bytes in any
 * state have a defined outcome; what is malformed, late or foreign is a counted refusal.
 *
 * Signatures are outside. A machine says which signed statements a message carries (`claims`); the
 * host verifies them before MESSAGE and signs outgoing ones after the step. So no order of
 * verification answers can change an outcome, and no protocol can forget to wait for one
 * (docs/decisions/consensus-interface.md).
 *
 * Persistence is the host's: PERSIST appends a record to the replica's log, PERSISTED says how far
 * it is durable, and an effect with `after` must not be carried out before that. After a crash the
 * host calls init, feeds the durable records through RECOVER in order, then START. The ledger has
 * a disk of its own: START says up to where it is already executed (0 at the first start, or when
 * the disk was lost), and COMMIT goes on from there.
 *
 * Payloads stay outside too: a proposal names a batch (hst_batch) and the host sends its body
 * along, charged to the link; the machine sees only its name and size.
 *
 * Units     time in nanoseconds of this replica's own clock, monotone, possibly skewed. Heights
 *           count from 1; 0 is genesis.
 * Errors    HST_INVALID from init when the configuration makes no sense. step cannot fail.
 * Memory    one block of state_size(config) bytes, 64-byte aligned and zeroed, from the caller;
 *           bounded for ever: windows, never histories. Message bytes are borrowed for the call.
 * Threads   a state belongs to one thread at a time; a machine has no other memory.
 * Source    the shape of cowsql/raft's raft_step and etcd's Ready; Schneider, "Implementing
 *           fault-tolerant services using the state machine approach", ACM CS 22(4), 1990.
 */
#ifndef HST_CORE_CONSENSUS_CONSENSUS_H
#define HST_CORE_CONSENSUS_CONSENSUS_H

#include "core/base/status.h"
#include "core/consensus/effects.h"
#include "core/consensus/membership.h"
#include "core/crypto/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A deadline that never comes. */
#define HST_CONSENSUS_NEVER INT64_MAX

/** What a parameter of a protocol is called, means and may be. */
typedef struct hst_consensus_parameter {
    const char *name;        /**< as in scenarios: "election_timeout_ns" */
    const char *unit;        /**< "ns", "1", "ppm" ... */
    int64_t standard;        /**< value when a scenario is silent */
    int64_t minimum;         /**< smallest allowed */
    int64_t maximum;         /**< largest allowed */
    const char *description; /**< one line, with its source */
} hst_consensus_parameter;

/** What a replica knows of its surroundings before it starts; borrowed for its lifetime. */
typedef struct hst_consensus_config {
    uint32_t self;                    /**< this replica, < membership->count */
    const hst_membership *membership; /**< who takes part, with which weight and trust */
    const int64_t *parameters;        /**< by index of the protocol's table; NULL = standard ones */
    uint64_t seed;                    /**< of this replica's own draws (timeouts); not shared */
    uint64_t common_seed;             /**< of draws all replicas agree on (leader schedules) */
    bool carry_signatures;            /**< crypto is real: messages hold signatures, not only
                                           their size (wire.h) */
    const uint32_t *peers;            /**< neighbours for GOSSIP; NULL = everyone else */
    uint32_t peer_count;              /**< how many */
} hst_consensus_config;

/** What happened. */
typedef enum hst_consensus_input_kind {
    HST_INPUT_START = 0, /**< begin (again); first input after init and RECOVER */
    HST_INPUT_RECOVER,   /**< one durable record of an earlier life; only before START */
    HST_INPUT_MESSAGE,   /**< bytes from a peer, every claim in them verified */
    HST_INPUT_TIMER,     /**< a timer set earlier fired; on a clock that drifts perhaps a little
                              before its deadline: set it again then */
    HST_INPUT_SUBMIT,    /**< the mempool's offer is no longer empty */
    HST_INPUT_PERSISTED, /**< records up to `sequence` are durable */
} hst_consensus_input_kind;

/** What one reader of a message worked out so that the others need not: the name of what is in it,
 * by the protocol's own rule. It must follow from the message's bytes and from what all replicas
 * are made with, from nothing that one of them has seen. A host may share one among all receivers
 * of a broadcast; it starts empty. */
typedef struct hst_message_memo {
    bool known;    /**< `name` is worked out */
    hst_hash name; /**< of the block or value in the message */
} hst_message_memo;

/** One input. Fields beyond `now_ns` and `offer` only as the kind says. */
typedef struct hst_consensus_input {
    hst_consensus_input_kind kind; /**< which */
    int64_t now_ns;                /**< this replica's clock; never goes back */
    hst_batch offer;        /**< all kinds: what the mempool would have proposed; empty = nothing */
    uint32_t from;          /**< MESSAGE: sender, authenticated */
    uint32_t timer;         /**< TIMER: id given to TIMER_SET */
    uint64_t sequence;      /**< PERSISTED: highest durable record; RECOVER: the record's own */
    uint64_t height;        /**< START: last height the ledger holds */
    hst_hash root;          /**< START: the block there */
    const uint8_t *bytes;   /**< MESSAGE, RECOVER: what it says, borrowed */
    size_t size;            /**< MESSAGE, RECOVER: how many */
    hst_message_memo *memo; /**< MESSAGE: shared with its other readers; NULL = there is none */
} hst_consensus_input;

/** What a message is for, so that counters and fault filters need not know protocols. */
typedef enum hst_message_role {
    HST_ROLE_PROPOSAL = 0, /**< offers a value */
    HST_ROLE_VOTE,         /**< for or against one */
    HST_ROLE_CERTIFICATE,  /**< proof that enough voted */
    HST_ROLE_TIMEOUT,      /**< wants another leader, view or round */
    HST_ROLE_SYNC,         /**< state transfer and fetching of what was missed */
    HST_ROLE_GOSSIP,       /**< passes on what others said */
    HST_MESSAGE_ROLE_COUNT
} hst_message_role;

/** One kind of message; its number is the first byte of every message of the protocol. */
typedef struct hst_message_kind {
    const char *name;      /**< the paper's word, in capitals: "PRE-PREPARE" */
    hst_message_role role; /**< what it is for */
} hst_message_kind;

/** One signed statement inside a message. */
typedef struct hst_claim {
    uint32_t signer;    /**< whose key */
    uint32_t statement; /**< offset of the signed bytes in the message */
    uint32_t size;      /**< how many */
    uint32_t signature; /**< offset of the signature's slot, or HST_CLAIM_OMITTED */
} hst_claim;

/** A signature that is charged for but not carried (crypto modelled). */
#define HST_CLAIM_OMITTED UINT32_MAX

/** A machine seen from outside, in no protocol's words; checkers read this and nothing else. */
typedef struct hst_consensus_view {
    uint64_t view;          /**< term, view, round, slot: never goes back */
    uint32_t leader;        /**< whom it takes for leader; HST_CONSENSUS_NOBODY */
    bool leading;           /**< it is that leader */
    uint64_t vote_view;     /**< view of its last vote, 0 = none */
    uint64_t vote_height;   /**< height of its last vote; 0 where votes have none */
    uint32_t vote_phase;    /**< phase of its last vote, the protocol's numbering */
    hst_hash vote;          /**< for what it voted; zero = for nothing (nil) */
    uint64_t lock_view;     /**< view of what it is locked on, 0 = not locked */
    hst_hash lock;          /**< what that is */
    uint64_t commit_height; /**< last height committed */
    hst_hash commit;        /**< its block */
    uint64_t final_height;  /**< last height that cannot be rolled back */
    uint64_t durable;       /**< last PERSISTED sequence it knows */
    uint64_t view_changes;  /**< elections, view changes, rounds > 0 it went through */
    uint64_t refused;       /**< inputs refused: malformed, foreign, impossible */
    uint64_t dropped;       /**< inputs dropped because a window was full */
    uint64_t behind;        /**< heights it knows to have missed; 0 = up to date */
} hst_consensus_view;

/** No replica. */
#define HST_CONSENSUS_NOBODY UINT32_MAX

/** What a protocol promises, for checkers. */
typedef enum hst_finality {
    HST_FINALITY_IMMEDIATE = 0, /**< a COMMIT is final */
    HST_FINALITY_PROBABLE,      /**< a COMMIT may be rolled back; deeper is safer (proof of work) */
    HST_FINALITY_ECONOMIC,      /**< tentative first, final later (proof of stake) */
} hst_finality;

/** Who may be faulty, and how. */
typedef enum hst_fault_model {
    HST_FAULTS_NONE = 0,  /**< a trusted operator */
    HST_FAULTS_CRASH,     /**< fewer than half, by crashing */
    HST_FAULTS_BYZANTINE, /**< fewer than a third of the weight, in any way */
    HST_FAULTS_UNL,       /**< fewer than a fifth of each list */
    HST_FAULTS_SLICES,    /**< any set whose deletion keeps quorum intersection and availability */
    HST_FAULTS_WORK,      /**< fewer than half of the hash power */
} hst_fault_model;

/** A protocol: constant data and pure functions. */
typedef struct hst_consensus_protocol {
    const char *name;      /**< as in scenarios: "hotstuff" */
    const char *title;     /**< "HotStuff, chained" */
    const char *source;    /**< the paper */
    hst_finality finality; /**< what COMMIT means */
    hst_fault_model model; /**< what it tolerates */
    int64_t pace_ns;   /**< time between decisions with standard parameters when nothing is wrong;
                            0 = as fast as the network lets it. Tells a host how long to wait. */
    int64_t settle_ns; /**< from proposal to COMMIT with standard parameters, where that takes many
                            decisions; 0 = a few message delays */
    bool offers_by_name;    /**< replicas put the same batches into their proposals under the same
                                 names, so the host may not gather several into one; messages
                                 do not carry bodies, mempools pass them on */
    bool everyone_proposes; /**< all replicas propose at once, so a host that gathers batches
                               divides them */
    const hst_message_kind *kinds;             /**< messages, by the first byte */
    uint32_t kind_count;                       /**< how many */
    const hst_consensus_parameter *parameters; /**< what may be set */
    uint32_t parameter_count;                  /**< how many */

    /** Bytes of state for a configuration; 0 when it makes no sense. */
    size_t (*state_size)(const hst_consensus_config *config);
    /** Make a state in zeroed memory. HST_INVALID. Nothing happens before START. */
    hst_status (*init)(void *state, const hst_consensus_config *config);
    /** Take one input and append what to do. */
    void (*step)(void *state, const hst_consensus_input *input, hst_effects *effects);
    /** The signed statements of a message: returns how many; fills `out` up to `capacity`, which
     * may be 0. `from` is the sender. 0 for a message that cannot be read, which step then refuses.
     */
    uint32_t (*claims)(const hst_consensus_config *config,
                       uint32_t from,
                       const uint8_t *bytes,
                       size_t size,
                       hst_claim *out,
                       uint32_t capacity);
    /** Fill the neutral view. */
    void (*inspect)(const void *state, hst_consensus_view *view);
    /** Hash of the logical state: no pointers, no padding, no capacities. */
    uint64_t (*digest)(const void *state);
} hst_consensus_protocol;

/** All protocols, in the order of docs/reference/protocols.md. */
const hst_consensus_protocol *const *hst_consensus_protocols(size_t *count);

/** The protocol of a name, or NULL. */
const hst_consensus_protocol *hst_consensus_find(const char *name);

/** Value of parameter `index` under a configuration. */
static inline int64_t hst_consensus_parameter_value(const hst_consensus_protocol *protocol,
                                                    const hst_consensus_config *config,
                                                    uint32_t index)
{
    return config->parameters != NULL ? config->parameters[index]
                                      : protocol->parameters[index].standard;
}

/** HST_OK, or HST_INVALID when a value is outside its range or `self` is nobody. */
HST_NODISCARD hst_status hst_consensus_check(const hst_consensus_protocol *protocol,
                                             const hst_consensus_config *config);

#endif
