/** @file sim/consensus/cluster_internal.h
 * Private to sim/consensus: what the files of the cluster share.
 */
#ifndef HST_SIM_CONSENSUS_CLUSTER_INTERNAL_H
#define HST_SIM_CONSENSUS_CLUSTER_INTERNAL_H

#include "core/consensus/certificate.h"

#include "sim/consensus/blob.h"
#include "sim/consensus/cluster.h"
#include "sim/consensus/fault.h"
#include "sim/engine/kernel.h"

/** Messages of so many bytes lie in their hst_cluster_message: most votes and answers. */
enum { HST_CLUSTER_MESSAGE_OWN = 80 };

/** A message on its way; shared by all copies of a broadcast. Two cache lines, which are asked for
 * when its arrival draws near. */
typedef struct hst_cluster_message {
    _Alignas(64) uint8_t *blob; /**< from the blob pool, when it does not lie here */
    hst_batch batch;            /**< body that goes along */
    uint32_t size;              /**< bytes carried */
    uint32_t omitted;           /**< bytes of signatures not carried */
    uint32_t from;              /**< sender */
    uint32_t claims;            /**< signatures a receiver checks */
    uint32_t refs;              /**< copies under way; when free, the next free message */
    bool forged;                /**< changed so that somebody else seems to have signed it */
    union {
        uint8_t own[HST_CLUSTER_MESSAGE_OWN]; /**< a short one's bytes */
        hst_message_memo memo; /**< of a longer one: what its readers need work out only once */
    };
} hst_cluster_message;

/** Messages whose memo outlives them, and bytes of the longest. */
enum { HST_CLUSTER_REMEMBERED = 64, HST_CLUSTER_REMEMBERED_BYTES = 256 };

/** What was worked out for a message; others say the same, byte by byte: a block is fetched by one
 * neighbour after the other. */
typedef struct hst_cluster_remembered {
    hst_message_memo memo;
    uint32_t size; /**< 0 = none yet */
    uint8_t bytes[HST_CLUSTER_REMEMBERED_BYTES];
} hst_cluster_remembered;

/** A record of a replica's log. */
typedef struct hst_cluster_record {
    uint8_t *bytes;    /**< from the blob pool */
    uint32_t size;     /**< of it */
    uint64_t sequence; /**< its number */
} hst_cluster_record;

/** An effect that waits for a record. */
typedef struct hst_cluster_waiting {
    uint64_t after;   /**< that record */
    uint32_t message; /**< what to send then */
    uint32_t to;      /**< to whom, for SEND; whom to leave out, for GOSSIP */
    uint8_t kind;     /**< of the effect */
} hst_cluster_waiting;

/** Which of a body's batches were new to a ledger: a bit each, by their place in the body. */
typedef struct hst_entered {
    uint64_t few;    /**< the first 64 */
    uint64_t *many;  /**< the rest, 64 a word; NULL when the body has no more */
    uint32_t places; /**< batches in the body */
    uint32_t count;  /**< of them new */
} hst_entered;

/** Was the batch at `place` new? */
static inline bool hst_entered_has(const hst_entered *entered, uint32_t place)
{
    const uint64_t word = place < 64 ? entered->few : entered->many[place / 64 - 1];
    return (word >> (place % 64) & 1) != 0;
}

/** A block that a replica committed and may still roll back. */
typedef struct hst_cluster_tentative {
    hst_hash id;         /**< of the block */
    hst_batch batch;     /**< in it */
    hst_entered entered; /**< which of its batches were new to the ledger */
    hst_hash before;     /**< state root before it */
    hst_hash root;       /**< and after */
} hst_cluster_tentative;

/** Batches that were proposed together. */
typedef struct hst_cluster_body {
    const uint64_t *members; /**< submitted batches, ascending */
    uint32_t count;          /**< how many */
} hst_cluster_body;

/** How a Byzantine replica misbehaves; kind HST_FAULT_COUNT = it is honest. */
typedef struct hst_behaviour {
    hst_fault_kind kind;
    bool active;      /**< it misbehaves now */
    uint64_t groups;  /**< DEAF_HALF: the half it does not speak to; TWIN, EQUIVOCATE: the twin's */
    int64_t delay_ns; /**< LATE, LATE_VOTES */
    hst_random random; /**< GARBLE, REPLAY */
    uint32_t stash;    /**< REPLAY: a message sent before; UINT32_MAX = none */
} hst_behaviour;

/** Votes and certificates that are remembered, for accountability. */
enum { HST_CLUSTER_BALLOTS = 64, HST_CLUSTER_CERTIFICATES = 64 };

/** A vote; no padding, so that it can be compared as bytes. */
typedef struct hst_cluster_ballot {
    uint64_t height, view, phase;
    hst_hash vote;
} hst_cluster_ballot;

/** The last votes of a machine. */
typedef struct hst_cluster_ballots {
    hst_cluster_ballot ring[HST_CLUSTER_BALLOTS];
    uint32_t next; /**< votes so far */
} hst_cluster_ballots;

/** A certificate that was passed on. */
typedef struct hst_cluster_certificate {
    hst_statement statement;
    uint64_t signers; /**< of the first 64 replicas; 0 = none yet */
} hst_cluster_certificate;

/** Messages whose certificates were found sound, and bytes of the longest. */
enum { HST_CLUSTER_AUDITED = 64, HST_CLUSTER_AUDITED_BYTES = 1020 };

/** One of them: a leader tells many who lag the same. */
typedef struct hst_cluster_audited {
    uint32_t size; /**< 0 = none yet */
    uint8_t bytes[HST_CLUSTER_AUDITED_BYTES];
} hst_cluster_audited;

/** A vote as the neutral view has it. */
typedef struct hst_cluster_vote {
    uint64_t view, height;
    uint32_t phase;
    hst_hash id; /**< for what */
} hst_cluster_vote;

/** One machine: replica i is machine i, and the twin of replica i is machine count + i. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what messages look at is in front */
typedef struct hst_replica {
    /* What every message looks at: a cache line, asked for ahead of time. */
    _Alignas(64) const hst_consensus_protocol *protocol;
    void *state;
    int64_t cpu_free_ns; /**< its processor is busy until then */
    uint64_t lowest;     /**< lowest batch not in `committed` */
    uint64_t cursor;     /**< next batch to offer */
    int64_t moved_ns;    /**< when it last took or committed */
    uint64_t durable;    /**< highest sequence durable */
    uint32_t looked;     /**< last batch announced when the cursor was set, + 1; 0 = look again */
    uint16_t life;       /**< counts restarts */
    bool running;

    hst_consensus_config config;
    size_t state_size;
    int64_t busy_ns;  /**< its processor has worked in all */
    int64_t clock_ns; /**< its clock at the last step, where clocks are skewed */
    hst_timer timers[HST_CLUSTER_TIMERS]; /**< armed ones */

    hst_cluster_record *records; /**< log, oldest first */
    uint32_t record_count, record_capacity, record_first;
    uint64_t persisted;           /**< highest sequence appended */
    hst_cluster_waiting *waiting; /**< effects behind `durable`, in order */
    uint32_t waiting_count, waiting_capacity, waiting_first;

    uint64_t commit_height;           /**< last COMMIT carried out */
    hst_hash commit;                  /**< its id */
    hst_hash root;                    /**< state root after it */
    uint64_t final_height;            /**< last one that is final */
    hst_cluster_tentative *tentative; /**< its own blocks above `final_height`, lowest first */
    uint32_t tentative_count, tentative_capacity, tentative_first;
    uint64_t *committed;  /**< set of batches it has seen committed */
    uint64_t *proposed;   /**< set of batches it has seen proposed, by itself or others */
    int64_t overtaken_ns; /**< when it last offered again what later batches had overtaken */
    int64_t inherited_ns; /**< when it last looked for what others should have offered */
    uint64_t changes;     /**< of what it could offer */
    hst_batch offer;      /**< of `gathered`, where batches are gathered */
    uint64_t *gathered;   /**< [options.gather] batches of the offer */
    uint64_t gathered_at, gathered_changes,
        gathered_announced; /**< what it was put together from */
    uint32_t gathered_count;
    hst_cluster_body *bodies; /**< what it has proposed, by number */
    uint32_t body_count, body_capacity;
    hst_timer offer_timer;           /**< looks whether something is to be offered again */
    hst_cluster_vote voted;          /**< its highest vote so far, of this life and earlier ones */
    hst_cluster_vote voted_for_good; /**< the same of what a crash cannot take back */
    uint64_t voted_after;            /**< record that makes `voted` so */
    uint64_t seen_view;              /**< its view after the last step */
    uint64_t seen_commit_height;     /**< likewise */
    bool suspect; /**< it may have contradicted itself: lost its disk, or a test spoke for it */
    int64_t instant_ns;     /**< of its last step */
    uint64_t instant_steps; /**< at that instant */
} hst_replica;

/** What is known of a height. */
typedef struct hst_cluster_height {
    hst_hash id;         /**< of the block */
    hst_batch batch;     /**< in it */
    hst_hash root;       /**< state root after the final block, */
    bool has_root;       /**< once somebody has that */
    hst_hash before;     /**< state root before what was executed at it last, */
    hst_hash after;      /**< after that, */
    uint64_t executed;   /**< which body, */
    hst_entered entered; /**< and what of it */
    int64_t first_ns;    /**< first commit */
    bool known;          /**< somebody committed it; the first one's block while none is final */
    bool final;          /**< somebody did for good; that one's block */
} hst_cluster_height;

/** A batch. */
typedef struct hst_cluster_batch {
    hst_batch batch;
    int64_t submitted_ns;
    uint32_t holders;      /**< replicas in whose ledger it is */
    int64_t executed_ns;   /**< the last of them has executed it */
    int64_t agreed_ns;     /**< so many have executed it that one of them is honest; -1 = not yet */
    uint64_t agreed_order; /**< how many were so before, itself counted */
    bool announced;        /**< its time has come */
} hst_cluster_batch;

struct hst_cluster {
    hst_cluster_options options;
    hst_arena arena;
    hst_kernel *kernel;
    hst_network *network;
    hst_replica *replicas;     /**< [machine_count]: replicas, then room for their twins */
    void **states;             /**< [machine_count] their states, to be asked for ahead of time */
    uint32_t count;            /**< replicas */
    uint32_t machine_count;    /**< count, or twice that where twins fit */
    hst_behaviour *behaviours; /**< [count], NULL = everyone is honest */
    const hst_fault *faults;   /**< schedule, borrowed */
    uint32_t fault_count;
    uint8_t *faulty;   /**< [count] faults that keep a replica down now */
    bool *in_force;    /**< [fault_count] */
    uint32_t *whom;    /**< [fault_count] replica, the leader being found out */
    uint32_t delaying; /**< SLOW_LINK and SLOW_LEADER in force */
    int64_t *skew_ns;  /**< [count] clocks are ahead by this; NULL = no such fault planned */
    hst_blob_pool blobs;

    hst_cluster_message *messages;
    uint32_t message_capacity, message_free;
    hst_cluster_remembered remembered[HST_CLUSTER_REMEMBERED]; /**< by a mark of their bytes */

    hst_cluster_height *heights; /**< by height, [0] unused */
    uint64_t height_capacity, height_top;
    hst_cluster_batch *batches; /**< by id, [0] unused */
    uint64_t batch_count, batch_announced;
    uint64_t agreed_count; /**< batches in so many ledgers that one is honest */

    hst_effects effects;
    hst_consensus_input message_input; /**< a message being handed over; the rest of it is zero */
    uint64_t goal_height;              /**< stop when every running replica has it; 0 = none */
    bool in_run;                       /**< the kernel is running */
    bool shares_memos;                 /**< all machines read alike, so one may read for all */
    uint32_t depth;                    /**< of steps within steps */
    hst_cluster_report report;
    hst_cluster_violation violation;
    hst_signing_key *signing_keys;
    hst_public_key *public_keys;
    hst_claim *claims;
    uint32_t claim_capacity;
    uint64_t led_view; /**< highest view that somebody led */
    uint32_t led_by;
    uint64_t accused;             /**< replicas that evidence names, the first 64 */
    hst_cluster_ballots *ballots; /**< [machine_count]; NULL = nobody is Byzantine */
    hst_cluster_certificate certificates[HST_CLUSTER_CERTIFICATES];
    hst_cluster_audited audited[HST_CLUSTER_AUDITED]; /**< by a mark of their bytes */
};

/** Note the first violation and stop. */
void hst_cluster_violate(hst_cluster *cluster,
                         const char *check,
                         uint32_t replica,
                         uint64_t height,
                         const char *format,
                         ...) __attribute__((format(printf, 5, 6)));

/** Hand an input to a machine and carry out what it answers. */
void hst_replica_step(hst_cluster *cluster, uint32_t index, hst_consensus_input *input);

/** Whether a machine's replica is Byzantine: nothing is expected of it. */
static inline bool hst_replica_is_byzantine(const hst_cluster *cluster, uint32_t machine)
{
    return cluster->behaviours != NULL &&
           cluster->behaviours[machine % cluster->count].kind != HST_FAULT_COUNT;
}

/** Whether a replica has two machines with its key. */
static inline bool hst_replica_is_twin(const hst_cluster *cluster, uint32_t replica)
{
    return cluster->behaviours != NULL && cluster->behaviours[replica].kind == HST_FAULT_TWIN &&
           cluster->behaviours[replica].active;
}

/** Set up a machine as replica `self`; HST_INVALID, HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_replica_make(hst_cluster *cluster, uint32_t machine, uint32_t self);

/** The record of a height, made if need be; NULL without memory. */
hst_cluster_height *hst_cluster_height_at(hst_cluster *cluster, uint64_t height);

#endif
