/** @file core/consensus/pbft/machine.h
 * Private to core/consensus/pbft: the state of a replica, and what its files offer each other.
 *
 * A step collects what it wants to say as votes on slots; at its end hst_pbft_flush writes one
 * record of them and then says them, behind that record. A replica's own vote counts for itself
 * only when its record is durable: what it may still forget, it has not said.
 */
#ifndef HST_CORE_CONSENSUS_PBFT_MACHINE_H
#define HST_CORE_CONSENSUS_PBFT_MACHINE_H

#include "core/consensus/certificate.h"
#include "core/consensus/consensus.h"

/** Kinds of messages, their first byte. */
enum {
    HST_PBFT_PRE_PREPARE = 0,
    HST_PBFT_PREPARE,
    HST_PBFT_COMMIT,
    HST_PBFT_CHECKPOINT,
    HST_PBFT_VIEW_CHANGE,
    HST_PBFT_NEW_VIEW,
    HST_PBFT_FETCH,
    HST_PBFT_DECIDED,
    HST_PBFT_STABLE,
    HST_PBFT_KINDS
};

/** Phases of signed statements. A PRE-PREPARE is its primary's PREPARE: the same statement. */
enum {
    HST_PBFT_PHASE_PREPARE = 1,
    HST_PBFT_PHASE_COMMIT,
    HST_PBFT_PHASE_CHECKPOINT,
    HST_PBFT_PHASE_VIEW_CHANGE,
    HST_PBFT_PHASE_NEW_VIEW
};

/** Timers: of the view; for saying things again and asking; to look at the offer once more. */
enum { HST_PBFT_TIMER_VIEW = 0, HST_PBFT_TIMER_AGAIN, HST_PBFT_TIMER_LOOK };

/** Parameters, by index. */
enum {
    HST_PBFT_PARAMETER_CHECKPOINT = 0,
    HST_PBFT_PARAMETER_WINDOW,
    HST_PBFT_PARAMETER_IN_PROGRESS,
    HST_PBFT_PARAMETER_VIEW_TIMEOUT,
    HST_PBFT_PARAMETER_AGAIN,
    HST_PBFT_PARAMETER_STATUS,
    HST_PBFT_PARAMETERS
};

/** What a slot still has to say in this step. */
enum {
    HST_PBFT_SAY_PREPARE = 1, /**< PRE-PREPARE of a primary, PREPARE of a backup */
    HST_PBFT_SAY_COMMIT = 2,
    HST_PBFT_SAY_NOTHING = 4, /**< its PRE-PREPARE goes with the NEW-VIEW */
    HST_PBFT_KEEP_DECIDED = 8 /**< nothing: a decision is to be recorded, for those who ask later */
};

/** Bytes of a message that is one vote, without its signature. */
enum { HST_PBFT_VOTE_SIZE = 1 + HST_STATEMENT_SIZE };

/** What is ordered: a batch, and who proposed it first, which outlives a view. The null request is
 * all zero. */
typedef struct hst_pbft_request {
    hst_batch batch;
    uint32_t proposer;
} hst_pbft_request;

/** One sequence number of the window. */
typedef struct hst_pbft_slot {
    uint64_t sequence; /**< s; 0 = never used */
    uint64_t view;     /**< of what follows but `certificate` and, once decided, `commits` */
    bool accepted;     /**< a PRE-PREPARE was, and the own PREPARE cast */
    bool prepared;     /**< and its certificate formed, and the own COMMIT cast */
    bool decided;      /**< `commits` is a certificate, and stays */
    bool accused;      /**< the primary's equivocation was reported */
    uint8_t say;       /**< HST_PBFT_SAY_* of this step */
    bool early;        /**< a PRE-PREPARE came before its NEW-VIEW: */
    hst_pbft_request early_request;
    hst_hash early_id;
    hst_signature early_signature;
    hst_pbft_request request;   /**< accepted */
    hst_pbft_request certified; /**< of `certificate` */
    hst_pbft_request chosen;    /**< decided */
    hst_tally prepares;         /**< PREPAREs of this view; the id is provisional until accepted */
    hst_tally commits;          /**< COMMITs of this view, or those that decided */
    hst_tally certificate;      /**< prepared certificate of the highest view; weight 0 = none */
} hst_pbft_slot;

/** The VIEW-CHANGE of a member for the highest view. Which sequence numbers it has prepared, and
 * how many views ago, is kept apart in `ages`. */
typedef struct hst_pbft_change {
    uint64_t view;           /**< wanted; 0 = none */
    uint64_t stable;         /**< its stable checkpoint */
    uint32_t count;          /**< sequence numbers behind it that it tells of */
    hst_hash id;             /**< digest of all this, which it signed */
    hst_signature signature; /**< of it */
} hst_pbft_change;

/** An own vote whose record is not durable yet. */
typedef struct hst_pbft_pending {
    uint64_t record; /**< that record */
    uint64_t sequence, view;
    hst_hash id;
    uint8_t phase;
} hst_pbft_pending;

/** A replica. */
typedef struct hst_pbft {
    hst_consensus_config config;
    uint64_t quorum, weak;    /**< q, f + 1, as weights */
    uint64_t interval;        /**< K */
    uint64_t window;          /**< L */
    uint64_t mask;            /**< slots - 1; slots are a power of two >= L */
    uint64_t in_progress_max; /**< sequence numbers proposed but not executed */
    int64_t view_timeout_ns, again_ns, status_ns;
    uint32_t count; /**< n */

    /* The view. */
    uint32_t primary;      /**< of `view` */
    uint64_t view;         /**< in which it is, or into which it wants */
    uint64_t top;          /**< highest sequence number accepted in it */
    uint64_t new_view_top; /**< max-s of the NEW-VIEW it said as primary */
    int64_t began_ns;      /**< when it said it */
    uint64_t view_changes; /**< views entered */
    uint32_t consecutive;  /**< view changes since the last execution */
    bool active;           /**< in the view; else waiting for its NEW-VIEW */
    bool began;            /**< said its NEW-VIEW in this life, and can say it again */

    /* Timers, and whom to ask. */
    bool view_armed;       /**< the view timer runs, */
    bool again_armed;      /**< the timer for saying it again does, */
    int64_t view_due_ns;   /**< until then */
    int64_t again_due_ns;  /**< until then; */
    uint64_t again_from;   /**< this was executed when it was set, */
    uint64_t again_stable; /**< and this stable */
    uint64_t fetch_until;  /**< what the last FETCH brings at most */
    int64_t change_due_ns; /**< the own VIEW-CHANGE is not said again before */
    uint32_t change_said;  /**< how often it was */
    uint32_t asks;         /**< peers still to ask though nothing is known to be missing */
    uint32_t peer;         /**< asked last */

    /* Execution and checkpoints. */
    uint64_t executed; /**< last sequence number executed */
    hst_hash chain;    /**< digest of all decisions up to it */
    uint64_t known;    /**< highest that is proved decided or stable */
    uint64_t heard;    /**< highest that f + 1 say is prepared, in this view */
    uint64_t stable;   /**< h */
    uint64_t reported; /**< height of the last own CHECKPOINT */

    /* Records and votes. */
    uint64_t record;   /**< last record written */
    uint64_t durable;  /**< last one durable */
    uint64_t snapshot; /**< last record that makes older ones useless; 0 = they are gone */
    hst_hash vote;     /**< last vote by (height, view, phase) that left */
    uint64_t vote_height, vote_view;
    uint64_t refused, dropped;
    uint8_t vote_phase;

    /* This step. */
    bool save_all;          /**< its record is to be a snapshot */
    bool save_view;         /**< it needs a record though no slot does */
    bool say_change;        /**< a VIEW-CHANGE is to be sent behind the record */
    bool say_new_view;      /**< a NEW-VIEW is */
    bool waits;             /**< for a request or a sequence number to be executed */
    uint64_t step_executed; /**< what was executed when it began */
    int64_t now_ns;         /**< when that was */

    hst_pbft_slot *slots;      /**< [mask + 1], by sequence number */
    hst_tally *checkpoints;    /**< [checkpoint_count], by sequence number / K */
    uint64_t checkpoint_count; /**< those between the water marks */
    hst_tally stable_proof;    /**< q CHECKPOINTs at h */
    hst_tally scratch;         /**< a certificate being read */
    hst_pbft_change *changes;  /**< [n] */
    uint16_t *ages;            /**< [n][window]: 0 = not prepared */
    uint16_t *scratch_ages;    /**< [window] */
    uint64_t *claimed;         /**< [window]: view + 1 in which it was prepared at most; 0 = not */
    uint64_t *dirty;           /**< [mask + 1]: sequence numbers with something to say */
    uint64_t dirty_count;      /**< how many */
    hst_pbft_pending *pending; /**< ring of own votes, oldest first */
    uint64_t pending_first;    /**< counts those taken */
    uint64_t pending_next;     /**< counts those put */
    uint64_t pending_mask;     /**< its size - 1 */
} hst_pbft;

/* ---- pbft.c: memory, names, primaries -------------------------------------------------------- */

/** Primary of a view. */
static inline uint32_t hst_pbft_primary_of(const hst_pbft *m, uint64_t view)
{
    return (uint32_t)(view % m->count);
}

/** Digest of a request at a sequence number: what is voted on. */
hst_hash hst_pbft_value_id(uint64_t sequence, const hst_pbft_request *request);
/** Digest of all decisions up to one more. */
hst_hash hst_pbft_chain_id(const hst_hash *before, const hst_hash *value);
/** A request as it stands in messages. */
void hst_pbft_write_request(hst_wire *wire, const hst_pbft_request *request);
hst_pbft_request hst_pbft_read_request(hst_wire_reader *reader);

/* ---- normal.c: the three phases -------------------------------------------------------------- */

/** The slot of a sequence number above h in the current view, emptied of another's remains. */
hst_pbft_slot *hst_pbft_slot_at(hst_pbft *m, uint64_t sequence);
/** Whether a prepared certificate is known for the sequence number of this slot. */
bool hst_pbft_has_certificate(const hst_pbft *m, const hst_pbft_slot *slot, uint64_t sequence);
/** Take a PRE-PREPARE for good; `signature` of the primary, NULL = own. */
void hst_pbft_accept(hst_pbft *m,
                     hst_pbft_slot *slot,
                     const hst_hash *id,
                     const hst_pbft_request *request,
                     const hst_signature *signature);
/** Prepared? Decided? Then go on. */
void hst_pbft_advance(hst_pbft *m, hst_pbft_slot *slot, hst_effects *effects);
/** m->scratch or the slot's own COMMITs decided it. */
void hst_pbft_decide(hst_pbft *m,
                     hst_pbft_slot *slot,
                     const hst_pbft_request *request,
                     hst_effects *effects);
/** Execute what is decided and next. */
void hst_pbft_execute(hst_pbft *m, hst_effects *effects);
/** Own votes up to a durable record count. */
void hst_pbft_count_own(hst_pbft *m, hst_effects *effects);
/** Own votes of an earlier life count. */
void hst_pbft_count_recovered(hst_pbft *m, hst_pbft_slot *slot);
/** A primary proposes what it is offered. */
void hst_pbft_propose(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects);
/** Whether the offer was executed in this very step, so that there may be another. */
bool hst_pbft_offer_is_stale(const hst_pbft *m, uint64_t batch);
void hst_pbft_on_pre_prepare(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects);
void hst_pbft_on_vote(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects);
/** Say one's votes on a slot to one replica, or to all (HST_CONSENSUS_NOBODY). */
void hst_pbft_say(
    hst_pbft *m, const hst_pbft_slot *slot, uint8_t what, uint32_t to, hst_effects *effects);

/* ---- checkpoint.c: CHECKPOINT and the low water mark ----------------------------------------- */

/** Executed a multiple of K: say so. */
void hst_pbft_checkpoint(hst_pbft *m, hst_effects *effects);
/** Work out the last one of an earlier life from what was decided. */
void hst_pbft_recover_checkpoint(hst_pbft *m, hst_effects *effects);
/** Say the last own CHECKPOINT (again). */
void hst_pbft_say_checkpoint(hst_pbft *m, hst_effects *effects);
void hst_pbft_on_checkpoint(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects);
/** Read a certificate into m->scratch and say whether it proves a stable checkpoint. */
bool hst_pbft_read_stable(hst_pbft *m, hst_wire_reader *reader);
/** Go up to the one in m->scratch if it is higher, by state transfer if need be. True if moved. */
bool hst_pbft_adopt_stable(hst_pbft *m, uint32_t from, hst_effects *effects);

/* ---- view_change.c --------------------------------------------------------------------------- */

/** Stop taking part in this view and ask for another. */
void hst_pbft_start_view_change(hst_pbft *m,
                                uint64_t view,
                                const hst_consensus_input *input,
                                hst_effects *effects);
void hst_pbft_on_view_change(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects);
/** What to wait for in a view, doubled with each view change in vain. */
int64_t hst_pbft_view_timeout(const hst_pbft *m);
/** Write the own VIEW-CHANGE as a message. */
void hst_pbft_write_view_change(hst_pbft *m, hst_effects *effects);
/** Digest of a VIEW-CHANGE's contents. */
hst_hash hst_pbft_change_id(const hst_pbft_change *change, const uint16_t *ages);
/** Statement, signature and ages of a VIEW-CHANGE, on their own or in a NEW-VIEW; ages go to
 * m->scratch_ages. False when they do not fit together. */
void hst_pbft_write_change(hst_wire *wire, const hst_pbft_change *change, const uint16_t *ages);
bool hst_pbft_read_change(hst_pbft *m, hst_wire_reader *reader, hst_pbft_change *change);
/** Read a request and its prepared certificate (into m->scratch); false unless it proves `sequence`
 * prepared in a view up to `view`. */
bool hst_pbft_read_prepared(hst_pbft *m,
                            hst_wire_reader *reader,
                            uint64_t sequence,
                            uint64_t view,
                            hst_pbft_request *request);
void hst_pbft_write_prepared(hst_pbft *m, hst_wire *wire, const hst_pbft_slot *slot);

/* ---- new_view.c ------------------------------------------------------------------------------ */

/** The new primary has a quorum of VIEW-CHANGEs: begin the view. */
void hst_pbft_begin_view(hst_pbft *m, hst_effects *effects);
/** Write the NEW-VIEW of the current view as a message. */
void hst_pbft_write_new_view(hst_pbft *m, hst_effects *effects);
/** Whether it can still be written. */
bool hst_pbft_can_say_new_view(const hst_pbft *m);
void hst_pbft_on_new_view(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects);
/** Be active in a view. */
void hst_pbft_enter_view(hst_pbft *m, uint64_t view);
/** A quorum voted in `view`: it began, whether or not its NEW-VIEW reached us. */
void hst_pbft_believe_view(hst_pbft *m, uint64_t view);

/* ---- sync.c: saying it again, asking, answering ---------------------------------------------- */

/** Ask a peer for what is missing; NOBODY = the next one. `votes`: also for its votes on what
 * is not decided, for we stand still. */
void hst_pbft_fetch(hst_pbft *m, uint32_t to, bool votes, hst_effects *effects);
/** Something hints at having missed something: ask some peers. */
void hst_pbft_hint(hst_pbft *m);
/** Set the timer for it: soon when there is a reason, else for a look in a while. */
void hst_pbft_arm_again(hst_pbft *m, int64_t now_ns, hst_effects *effects);
void hst_pbft_on_again(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects);
void hst_pbft_on_fetch(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects);
void hst_pbft_on_decided(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects);
void hst_pbft_on_stable(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects);

/* ---- record.c: what outlives a crash --------------------------------------------------------- */

/** This slot has something more to say. */
void hst_pbft_mark(hst_pbft *m, hst_pbft_slot *slot, uint8_t say);
/** Write this step's record and say what waits for it. */
void hst_pbft_flush(hst_pbft *m, hst_effects *effects);
/** A record is durable. */
void hst_pbft_on_persisted(hst_pbft *m, const hst_consensus_input *input, hst_effects *effects);
void hst_pbft_on_recover(hst_pbft *m, const hst_consensus_input *input);
/** Note a vote that left, for inspect. */
void hst_pbft_note_vote(
    hst_pbft *m, uint64_t height, uint64_t view, uint8_t phase, const hst_hash *id);

/* ---- claims.c -------------------------------------------------------------------------------- */

uint32_t hst_pbft_claims(const hst_consensus_config *config,
                         uint32_t from,
                         const uint8_t *bytes,
                         size_t size,
                         hst_claim *out,
                         uint32_t capacity);

#endif
