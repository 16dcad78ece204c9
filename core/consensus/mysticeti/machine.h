/** @file core/consensus/mysticeti/machine.h
 * Private to core/consensus/mysticeti: the state of a replica and what its files do for each other.
 *
 *   deliver.c   asks the committer, hands out COMMITs, keeps the cuts that others can take over
 *   propose.c   threshold clock, leader wait, rest; composes this replica's block of a round
 *   sync.c      takes blocks in, parks those that miss ancestors
 *   fetch.c     FETCH, COPY, LAST: pulls what is missing and gives it
 *   state.c     STATE: takes over and gives out a cut
 *   log.c       records and recovery
 *   mysticeti.c parameters, layout, the step, claims, views
 */
#ifndef HST_CORE_CONSENSUS_MYSTICETI_MACHINE_H
#define HST_CORE_CONSENSUS_MYSTICETI_MACHINE_H

#include "core/consensus/mysticeti/committer.h"

enum {
    HST_MYSTICETI_KIND_BLOCK = 0,
    HST_MYSTICETI_KIND_FETCH,
    HST_MYSTICETI_KIND_COPY,
    HST_MYSTICETI_KIND_LAST,
    HST_MYSTICETI_KIND_STATE,
    HST_MYSTICETI_KIND_COUNT,
};

enum {
    HST_MYSTICETI_TIMER_LEADER = 0,
    HST_MYSTICETI_TIMER_SYNC,
    HST_MYSTICETI_TIMER_DELIVER,
};

/** Flags of FETCH. */
enum {
    HST_MYSTICETI_WANT_LAST = 1,  /**< tell me my own last block: I have forgotten it */
    HST_MYSTICETI_WANT_STATE = 2, /**< tell me your cut */
};

enum {
    HST_MYSTICETI_LATE_MAX = 64,
    HST_MYSTICETI_BUCKETS = 256,
    HST_MYSTICETI_ASKED_MAX = 32, /**< blocks asked for by name in one FETCH */
};

/** A state that every correct replica passes through: all slots up to `round` are delivered. */
typedef struct hst_mysticeti_cut {
    uint64_t round;  /**< the last one delivered */
    uint64_t height; /**< of the last COMMIT */
    hst_hash id;     /**< its name */
} hst_mysticeti_cut;

/** A block that waits for an ancestor. */
typedef struct hst_mysticeti_parked {
    hst_mysticeti_reference awaits; /**< first one that is missing */
    hst_hash id;                    /**< of the block */
    hst_signature signature;        /**< of its author */
    int64_t since_ns;               /**< when it was parked */
    uint64_t round;                 /**< of the block */
    uint32_t author;                /**< of the block */
    uint32_t from;                  /**< who sent it */
    uint32_t size;                  /**< of the body; 0 = not in use */
    uint16_t next;                  /**< in its bucket or the free list */
} hst_mysticeti_parked;

/** A block that came too late to be cited by the next block of its round. */
typedef struct hst_mysticeti_late {
    uint64_t round;  /**< of it */
    uint16_t handle; /**< of it, if it still is there */
} hst_mysticeti_late;

/** A record that is still needed. */
typedef struct hst_mysticeti_logged {
    uint64_t sequence; /**< of the record */
    uint64_t top;      /**< highest round of a block in it */
} hst_mysticeti_logged;

/** A replica. */
typedef struct hst_mysticeti_machine {
    hst_consensus_config config; /**< as given */
    hst_mysticeti_dag dag;       /**< the graph */
    int64_t leader_wait_ns;      /**< parameter */
    int64_t fetch_ns;            /**< parameter */
    uint64_t cut_every;          /**< rounds between cuts */
    uint64_t log_every;          /**< rounds between cuts that are logged */
    bool started;                /**< START came */

    /* delivery */
    uint32_t slot;                     /**< next one to decide, of round dag.decided + 1 */
    uint64_t height;                   /**< of the last block delivered */
    hst_hash id;                       /**< its name in the sequence */
    uint64_t ledger_height;            /**< last COMMIT made in this life or an earlier one */
    hst_hash ledger_id;                /**< its name */
    uint16_t leader;                   /**< being delivered; NONE */
    uint16_t name_next;                /**< parked block whose wish the next FETCH begins with */
    uint32_t out_count;                /**< blocks in the queue of delivery */
    uint32_t out_at;                   /**< of them handed out */
    uint16_t *out;                     /**< [capacity] */
    hst_mysticeti_decision *decisions; /**< [lead * leaders] scratch */
    hst_mysticeti_cut cut;             /**< latest */
    uint64_t skipped;                  /**< slots */

    /* proposing */
    bool known;            /**< own past is known: it may propose */
    bool making;           /**< own block is being made durable */
    uint64_t own_round;    /**< of the last block made */
    uint64_t vote_round;   /**< of the last one that was made durable */
    hst_hash vote;         /**< its id */
    uint64_t made_by;      /**< record that holds the one being made */
    uint32_t body_size;    /**< of the one being made */
    hst_hash body_name;    /**< of the one being made */
    uint8_t *body;         /**< of it */
    uint16_t *references;  /**< [references_max] scratch */
    uint64_t clock_seen;   /**< threshold clock when last looked at */
    int64_t clock_ns;      /**< since when it shows that */
    uint64_t timer_clock;  /**< for which the leader timer was set */
    uint64_t *silent;      /**< set: leaders waited for in vain */
    uint64_t *guilty_till; /**< [n] own blocks up to that round do not cite these */
    hst_mysticeti_late late[HST_MYSTICETI_LATE_MAX]; /**< to be cited by weak links */
    uint32_t late_count;                             /**< how many */

    /* log */
    uint64_t sequence;            /**< last record appended */
    uint64_t durable;             /**< last one known to be durable */
    bool rooted;                  /**< recovery has a place to begin: the first record, or a cut */
    uint64_t cut_logged;          /**< round of the cut in the log */
    uint64_t cut_record;          /**< the record it is in */
    uint64_t logged_from;         /**< no block of a lower round has to be logged */
    hst_mysticeti_logged *logged; /**< [2 * window] ring */
    uint32_t logged_first;        /**< oldest in the ring */
    uint32_t logged_count;        /**< how many */

    /* catching up */
    hst_mysticeti_parked *parked;            /**< [parked_max] */
    uint8_t *parked_bodies;                  /**< [parked_max * body_max] */
    uint32_t body_max;                       /**< bytes of the largest body */
    uint32_t parked_max;                     /**< places */
    uint32_t parked_count;                   /**< in use */
    uint16_t parked_free;                    /**< first free place */
    uint16_t buckets[HST_MYSTICETI_BUCKETS]; /**< parked, by the id that they await */
    bool armed;                              /**< the sync timer runs */
    uint64_t accepted;                       /**< blocks put into the graph */
    uint64_t accepted_then;                  /**< at the last tick */
    uint64_t accepted_asked;                 /**< at the last FETCH */
    uint64_t heard;                          /**< highest round of a block heard of */
    uint32_t asks;            /**< more to ask although nothing is known to be missing */
    uint32_t next_peer;       /**< whom to ask */
    int64_t asked_ns;         /**< when a FETCH was last sent */
    int64_t wanted_ns;        /**< when STATE was last wanted from all */
    uint64_t *answered;       /**< set: who told us our own last block */
    uint64_t answered_weight; /**< of them */
    hst_hash *vouched;        /**< [n] digest of the cut that a peer vouched for */
    uint64_t *vouched_round;  /**< [n] its round; 0 = none */

    uint64_t refused; /**< inputs that make no sense */
    uint64_t dropped; /**< blocks for which there was no room */
} hst_mysticeti_machine;

/** Deliver what is decided. */
void hst_mysticeti_settle(hst_mysticeti_machine *m, int64_t now_ns, hst_effects *effects);

/** Make this replica's block of the round, if it is time. */
void hst_mysticeti_propose(hst_mysticeti_machine *m,
                           const hst_consensus_input *input,
                           hst_effects *effects);

/** The block that was being made is durable. */
void hst_mysticeti_made(hst_mysticeti_machine *m);

/** Take in a valid, named block; park it when ancestors are missing. */
void hst_mysticeti_admit(hst_mysticeti_machine *m,
                         const hst_mysticeti_draft *draft,
                         const hst_consensus_input *input,
                         hst_effects *effects);

/** Take in a block from this replica's own log. */
void hst_mysticeti_readmit(hst_mysticeti_machine *m, const hst_mysticeti_draft *draft);

/** The floor moved or stubs came: look at everything parked again. */
void hst_mysticeti_unpark(hst_mysticeti_machine *m);

/** Empty the parking. */
void hst_mysticeti_parking_reset(hst_mysticeti_machine *m);

/** BLOCK, COPY. */
void hst_mysticeti_on_block(hst_mysticeti_machine *m,
                            const hst_consensus_input *input,
                            hst_effects *effects);

/** FETCH. */
void hst_mysticeti_on_fetch(hst_mysticeti_machine *m,
                            const hst_consensus_input *input,
                            hst_effects *effects);
/** LAST. */
void hst_mysticeti_on_last(hst_mysticeti_machine *m,
                           const hst_consensus_input *input,
                           hst_effects *effects);
/** STATE. */
void hst_mysticeti_on_state(hst_mysticeti_machine *m,
                            const hst_consensus_input *input,
                            hst_effects *effects);

/** Ask a peer for what it has and we have not. */
void hst_mysticeti_fetch(hst_mysticeti_machine *m,
                         uint32_t peer,
                         int64_t now_ns,
                         hst_effects *effects);
/** Ask everyone, with flags. */
void hst_mysticeti_fetch_all(hst_mysticeti_machine *m,
                             uint8_t flags,
                             int64_t now_ns,
                             hst_effects *effects);

/** The sync timer fired. */
void hst_mysticeti_on_sync(hst_mysticeti_machine *m,
                           const hst_consensus_input *input,
                           hst_effects *effects);
/** Arm the sync timer when there is a reason. */
void hst_mysticeti_arm(hst_mysticeti_machine *m,
                       const hst_consensus_input *input,
                       hst_effects *effects);

/** Begin to find out this replica's own past. */
void hst_mysticeti_ask_past(hst_mysticeti_machine *m, int64_t now_ns, hst_effects *effects);

/** Write the latest cut and what was delivered up to it. */
void hst_mysticeti_write_cut(hst_mysticeti_machine *m, hst_wire *wire);
/** Read a cut and become it; false when it makes no sense or is not ahead. */
bool hst_mysticeti_adopt(hst_mysticeti_machine *m, hst_wire_reader *reader);
/** Send the latest cut. */
void hst_mysticeti_send_state(hst_mysticeti_machine *m, uint32_t to, hst_effects *effects);

/** Append a record: the cut if there is a new one, blocks not logged yet, the block being made. */
void hst_mysticeti_record(hst_mysticeti_machine *m, hst_effects *effects);
/** Records up to `sequence` are durable: forget those that are not needed. */
void hst_mysticeti_log_durable(hst_mysticeti_machine *m, uint64_t sequence, hst_effects *effects);
/** One record of an earlier life. */
void hst_mysticeti_on_recover(hst_mysticeti_machine *m, const hst_consensus_input *input);

#endif
