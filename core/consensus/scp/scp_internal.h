/** @file core/consensus/scp/scp_internal.h
 * Private to core/consensus/scp: what the files of the protocol share.
 *
 * Values of a slot are kept once, in a table, and named by their place in it; so a statement is 24
 * bytes and a set of values is one word. For every value a slot counts the replicas whose statement
 * could matter for each of the four questions of federated voting: only when there are as many as
 * the smallest slice (or the smallest v-blocking set) are the statements looked through, which
 * happens a few times a slot and not once a message.
 */
#ifndef HST_CORE_CONSENSUS_SCP_SCP_INTERNAL_H
#define HST_CORE_CONSENSUS_SCP_SCP_INTERNAL_H

#include "core/consensus/layout.h"
#include "core/consensus/scp/scp.h"

/** Kinds of messages. The statements come first, the ballot's in the order of its phases. */
enum {
    HST_SCP_NOMINATE = 0,
    HST_SCP_PREPARE,
    HST_SCP_CONFIRM,
    HST_SCP_EXTERNALIZE,
    HST_SCP_STATUS,
    HST_SCP_FETCH,
    HST_SCP_HISTORY,
    HST_SCP_KIND_COUNT
};

enum {
    HST_SCP_TIMER_TRIGGER = 0, /**< the next slot may start */
    HST_SCP_TIMER_NOMINATE,    /**< the round of nomination is over */
    HST_SCP_TIMER_BALLOT,      /**< the ballot has had its time */
    HST_SCP_TIMER_AGAIN,       /**< say again what was said last */
    HST_SCP_TIMER_FETCH,       /**< ask (again) for what was missed */
};

enum {
    HST_SCP_TARGET = 0,
    HST_SCP_NOMINATION_FIRST,
    HST_SCP_NOMINATION_MORE,
    HST_SCP_BALLOT_FIRST,
    HST_SCP_BALLOT_MORE,
    HST_SCP_TIMEOUT_CAP,
    HST_SCP_AGAIN,
    HST_SCP_FETCH_AFTER,
    HST_SCP_WINDOW,
    HST_SCP_PARAMETER_COUNT
};

enum {
    HST_SCP_VALUES = 64, /**< values of a slot; a set of them is a word */
    HST_SCP_COMMON = 32, /**< of them, for what anybody nominates; the rest for leaders, ballots */
    HST_SCP_FRESH = 8,   /**< new values taken from one NOMINATE */
    HST_SCP_NO_VALUE = 255,    /**< no place in the table */
    HST_SCP_RECORD_MAX = 1536, /**< bytes of a record of the log */
};

/** The four questions of federated voting on ballots, per value. */
enum {
    HST_SCP_VOTES_PREPARE = 0, /**< votes or accepts that some ballot with it is prepared */
    HST_SCP_ACCEPTS_PREPARE,
    HST_SCP_VOTES_COMMIT, /**< votes or accepts that some ballot with it is committed */
    HST_SCP_ACCEPTS_COMMIT,
    HST_SCP_QUESTION_COUNT
};

/** What a slot may decide. */
typedef struct hst_scp_value {
    hst_batch batch; /**< the value */
    hst_hash parent; /**< block it follows */
    hst_hash id;     /**< of the block it would be */
    uint32_t origin; /**< from whom it was heard first */
} hst_scp_value;

/** A value in a message. Its name begins the block's id: who makes up a value, or changes one, must
 * at least know what it says; the paper's replicas have to have a value's contents to vote for it.
 */
typedef struct hst_scp_named {
    hst_batch batch; /**< the value */
    uint64_t name;   /**< first eight bytes of the block's id */
} hst_scp_named;

/** A ballot; counter 0 = none. */
typedef struct hst_scp_ballot {
    uint32_t counter; /**< compared first */
    uint32_t value;   /**< place in the slot's table */
} hst_scp_ballot;

/** A ballot statement. PREPARE: b, p, p' with values, c, h counters. CONFIRM: b, p, c, h for one
 * value. EXTERNALIZE: c, h for one value, b without end. */
typedef struct hst_scp_statement {
    uint8_t phase;          /**< its kind; 0 = none yet */
    uint8_t b_value;        /**< place of b's value; of the only one, in CONFIRM and EXTERNALIZE */
    uint8_t p_value;        /**< of p's */
    uint8_t q_value;        /**< of p''s */
    uint32_t b, p, q, c, h; /**< counters; q is the paper's p' */
} hst_scp_statement;

/** Whom this replica trusts. */
typedef struct hst_scp_trust {
    bool flat;                      /**< everyone trusts `threshold` of everyone */
    uint32_t threshold;             /**< when flat */
    uint32_t slice_min;             /**< replicas in the smallest slice */
    uint32_t block_min;             /**< replicas in the smallest v-blocking set */
    const hst_quorum_set *own;      /**< when not flat */
    uint32_t class_count;           /**< different quorum sets */
    uint16_t *class_of;             /**< by replica: which of them */
    const hst_quorum_set **classes; /**< [class_count] */
    uint64_t *marks;                /**< [class_count] fingerprint, carried by statements */
    uint8_t *verdicts;              /**< [class_count] scratch: 0 unknown, 1 satisfied, 2 not */
    uint64_t *rest;                 /**< scratch set */
} hst_scp_trust;

/** One slot: what was heard, and what this replica makes of it. */
typedef struct hst_scp_slot {
    uint64_t index;                       /**< which slot */
    uint64_t key;                         /**< of the draws that make leaders and combine */
    hst_scp_value values[HST_SCP_VALUES]; /**< table of values */
    uint64_t used;                        /**< places taken */

    hst_scp_statement *ballots;   /**< by replica, the newest; its own as it would say it now */
    uint64_t *voted, *accepted;   /**< by replica: values in its NOMINATE */
    uint64_t *voters, *acceptors; /**< by value: set of replicas that nominate it */
    uint64_t *heard;              /**< replicas heard in this slot */
    uint32_t heard_count;         /**< of them, without this one */
    uint32_t ballot_count;        /**< replicas with a ballot statement */
    uint32_t voter_count[HST_SCP_VALUES];    /**< by value: replicas in `voters` */
    uint32_t acceptor_count[HST_SCP_VALUES]; /**< by value: replicas in `acceptors` */
    /** By question and value: replicas whose ballot statement could matter. */
    uint32_t support[HST_SCP_QUESTION_COUNT][HST_SCP_VALUES];
    uint32_t top[HST_SCP_VALUES];        /**< highest counter named with the value */
    uint32_t commit_top[HST_SCP_VALUES]; /**< highest counter of a commit of it */
    uint32_t highest;                    /**< highest counter of anybody's b */

    bool started;          /**< nomination: this replica takes part */
    uint32_t round;        /**< number of the last draw of a leader */
    uint32_t expiries;     /**< rounds begun */
    uint32_t leader;       /**< of this round */
    uint64_t *leaders;     /**< of all rounds so far */
    uint32_t leader_count; /**< of them */
    uint64_t candidates;   /**< confirmed nominated */
    uint32_t composite;    /**< what they combine to */
    int64_t nominate_by;   /**< end of the round */

    uint32_t phase;           /**< ballots: HST_SCP_PREPARE ... HST_SCP_EXTERNALIZE */
    hst_scp_ballot b;         /**< the current ballot */
    hst_scp_ballot p;         /**< the highest accepted prepared */
    hst_scp_ballot q;         /**< p': the highest of those incompatible with p */
    hst_scp_ballot c;         /**< lowest ballot it votes, or accepts, to commit */
    hst_scp_ballot h;         /**< highest one confirmed prepared, or accepted committed */
    hst_scp_ballot confirmed; /**< highest confirmed prepared: gives every new ballot its value */
    bool quorum_heard;        /**< a quorum is at b's counter: the timer runs */
    int64_t ballot_by;        /**< end of the ballot's time */
} hst_scp_slot;

/** The last slot externalized by voting: can be said again to those who missed it. */
typedef struct hst_scp_final {
    uint64_t slot;   /**< 0 = none */
    hst_hash parent; /**< block before it */
    hst_hash id;     /**< its block */
    hst_batch batch; /**< its value */
    uint32_t c;      /**< lowest counter of the commit */
    uint32_t h;      /**< highest */
} hst_scp_final;

/** A decision that can be passed on. */
typedef struct hst_scp_decision {
    uint64_t height; /**< which one */
    hst_hash parent; /**< block before it */
    hst_hash id;     /**< its block */
    hst_batch batch; /**< its value */
} hst_scp_decision;

/** The machine. */
typedef struct hst_scp {
    hst_consensus_config config;                 /**< as given */
    int64_t parameters[HST_SCP_PARAMETER_COUNT]; /**< as given, or standard */
    uint32_t count;                              /**< replicas */
    uint32_t words;                              /**< of a set of them */
    uint32_t self;                               /**< this one */
    hst_scp_trust trust;                         /**< whom it trusts */

    uint64_t height;             /**< last one committed; the slot in progress is the next */
    hst_hash tip;                /**< its block */
    hst_scp_slot slots[2];       /**< `now` and `next` */
    hst_scp_slot *now;           /**< slot height + 1 */
    hst_scp_slot *next;          /**< slot height + 2: only listened to */
    bool triggered;              /**< the target has passed: `now` may start */
    int64_t trigger_by;          /**< when it passes */
    hst_batch mine;              /**< taken, nominated, not decided yet */
    hst_scp_final last;          /**< for those who missed it */
    hst_scp_decision *decisions; /**< [window] by height */
    uint64_t window;             /**< how many */
    hst_batch *chain;            /**< [window] scratch: values of a HISTORY */
    hst_hash *chain_ids;         /**< [window + 1] scratch: blocks they would be */

    uint64_t *claim_slots;   /**< by replica: highest slot heard of, above `next`'s predecessor */
    hst_hash *claim_parents; /**< by replica: the block it builds that slot on */
    uint32_t ahead_count;    /**< replicas whose claim is above slot height + 1 */
    uint64_t behind;         /**< heights that a v-blocking set has and this replica has not */
    bool asking;             /**< the fetch timer runs */
    uint32_t ask_next;       /**< whom to ask next */

    uint64_t sequence;    /**< last record appended */
    uint64_t durable;     /**< last one durable */
    uint64_t forgotten;   /**< last one given up */
    uint64_t spoken;      /**< highest slot in which an earlier life may have spoken */
    uint8_t *record;      /**< [HST_SCP_RECORD_MAX] the newest one recovered, until START */
    uint32_t record_size; /**< 0 = none */

    uint64_t refused;      /**< malformed, foreign, of another block */
    uint64_t dropped;      /**< values that found no place */
    uint64_t view_changes; /**< later rounds and higher counters */
    uint64_t vote_height;  /**< slot of the last commit accepted */
    hst_hash vote;         /**< its block */

    bool said_nomination, said_ballot, said_final; /**< to be sent at the end of the step */
    bool offer_stale;                              /**< something was committed in this step */
    uint64_t *set;                                 /**< scratch */
    const hst_consensus_input *in;                 /**< during a step */
    hst_effects *out;                              /**< during a step */
} hst_scp;

/* ---- trust.c: quorums --------------------------------------------------------------------- */

/** Whether all quorum sets make sense: thresholds in range, nobody named twice, not too deep. */
bool hst_scp_trust_sane(const hst_membership *membership);
/** Lay out and, when `m` is not NULL, leave the pieces in it. */
void hst_scp_trust_lay_out(hst_scp *m, hst_layout *layout, const hst_consensus_config *config);
/** Fill it in. */
void hst_scp_trust_init(hst_scp *m);
/** Whether a set holds a quorum that this replica belongs to. */
bool hst_scp_quorum(hst_scp *m, const uint64_t *set);
/** Whether a set is v-blocking for this replica. */
bool hst_scp_blocking(const hst_scp *m, const uint64_t *set);
/** Fingerprint of a replica's quorum set. */
uint64_t hst_scp_mark(const hst_scp *m, uint32_t replica);
/** The leader of a round of nomination: neighbour of highest priority. */
uint32_t hst_scp_leader(const hst_scp *m, uint64_t key, uint32_t round);
/** Replicas that could ever be leaders. */
uint32_t hst_scp_leader_max(const hst_scp *m);

/* ---- slot.c: what was heard --------------------------------------------------------------- */

/** Lay out a slot's arrays. */
void hst_scp_slot_lay_out(hst_scp_slot *slot, hst_layout *layout, const hst_consensus_config *c);
/** Start over as slot `index`. */
void hst_scp_slot_reset(hst_scp *m, hst_scp_slot *slot, uint64_t index);
/** Order of two batches as values: negative, 0, positive. */
int hst_scp_batch_compare(const hst_batch *a, const hst_batch *b);
/** Order of two ballots, (counter, value). */
int hst_scp_ballot_compare(const hst_scp_slot *slot, hst_scp_ballot a, hst_scp_ballot b);
/** Place of a value that somebody names, made if there is room (more of it when `privileged`) and
 * the name is right; NO_VALUE if not. */
uint32_t hst_scp_value_place(hst_scp *m,
                             hst_scp_slot *slot,
                             const hst_scp_named *value,
                             const hst_hash *parent,
                             uint32_t origin,
                             bool privileged);
/** Place of a value of this replica's own. */
uint32_t hst_scp_value_own(hst_scp *m, hst_scp_slot *slot, const hst_batch *batch);
/** Place of a value, or NO_VALUE. */
uint32_t
hst_scp_value_find(const hst_scp_slot *slot, const hst_scp_named *value, const hst_hash *parent);
/** What a block's name is. */
uint64_t hst_scp_name(const hst_hash *id);
/** Name of a block. */
hst_hash hst_scp_block_id(uint64_t height, const hst_hash *parent, const hst_batch *batch);
/** Values that a ballot statement names. */
uint64_t hst_scp_statement_values(const hst_scp_statement *statement);
/** Whether `fresh` says more than `old`: statements of a replica are ordered. */
bool hst_scp_statement_newer(const hst_scp_slot *slot,
                             const hst_scp_statement *old,
                             const hst_scp_statement *fresh);
/** Keep a replica's ballot statement instead of its last one. */
void hst_scp_put_ballot(hst_scp *m,
                        hst_scp_slot *slot,
                        uint32_t replica,
                        const hst_scp_statement *fresh);
/** Add to what a replica nominates; the values that are new in it. */
uint64_t hst_scp_put_nomination(
    hst_scp *m, hst_scp_slot *slot, uint32_t replica, uint64_t voted, uint64_t accepted);
/** Forget what was said on another block than the last one committed. */
void hst_scp_slot_prune(hst_scp *m, hst_scp_slot *slot);

/* ---- nominate.c, ballot.c: the protocol --------------------------------------------------- */

/** Start the slot in progress when it is time. */
void hst_scp_try_start(hst_scp *m);
/** A round of nomination is over. */
void hst_scp_on_nominate_timer(hst_scp *m);
/** Nominate what is offered, if this replica is a leader and has not voted yet. */
void hst_scp_nominate_own(hst_scp *m);
/** Look again at values that were nominated, by `origin` last. */
void hst_scp_nominated(hst_scp *m, uint32_t origin, uint64_t values);

/** Look again at ballots with these values. */
void hst_scp_advance(hst_scp *m, uint64_t values);
/** A candidate is there: begin with the first ballot. */
void hst_scp_begin_ballot(hst_scp *m);
/** The ballot has had its time. */
void hst_scp_on_ballot_timer(hst_scp *m);
/** What this replica says now goes into the table. */
void hst_scp_say(hst_scp *m);

/* ---- statement.c: messages ---------------------------------------------------------------- */

/** Head of a statement. */
typedef struct hst_scp_head {
    uint8_t kind;    /**< of the statement */
    bool again;      /**< said before: whoever is past it may help */
    uint32_t origin; /**< who says it */
    uint64_t slot;   /**< which it is about */
    hst_hash parent; /**< block that the slot builds on */
    uint64_t mark;   /**< origin's quorum set */
} hst_scp_head;

/** Write a batch. */
void hst_scp_write_batch(hst_wire *wire, const hst_batch *batch);
/** Read one. */
hst_batch hst_scp_read_batch(hst_wire_reader *reader);
/** Send what this replica nominates, after record `after`; `again` = as said before. */
void hst_scp_send_nomination(hst_scp *m, bool again, uint64_t after);
/** Send its ballot statement. */
void hst_scp_send_ballot(hst_scp *m, bool again, uint64_t after);
/** Send EXTERNALIZE of the last slot: to one, or to all when `to` is nobody. */
void hst_scp_send_final(hst_scp *m, uint32_t to, uint64_t after);
/** Tell one replica which slot is in progress here, on which block. */
void hst_scp_send_status(hst_scp *m, uint32_t to);
/** Tell all that this replica accepts that the slot before `slot` is decided, by block `parent`. */
void hst_scp_send_claim(hst_scp *m, uint64_t slot, const hst_hash *parent);
/** A statement or STATUS arrived. */
void hst_scp_on_statement(hst_scp *m);
/** See hst_consensus_protocol. */
uint32_t hst_scp_claims(const hst_consensus_config *config,
                        uint32_t from,
                        const uint8_t *bytes,
                        size_t size,
                        hst_claim *out,
                        uint32_t capacity);

/* ---- catchup.c: what was missed ----------------------------------------------------------- */

/** A replica works on a slot above `now`. */
void hst_scp_note_claim(hst_scp *m, uint32_t replica, uint64_t slot, const hst_hash *parent);
/** Ask when a v-blocking set is ahead. */
void hst_scp_check_behind(hst_scp *m);
/** After the height moved. */
void hst_scp_recount_claims(hst_scp *m);
/** Ask everyone where they are, and `whom` (or nobody) for its history. */
void hst_scp_ask(hst_scp *m, uint32_t whom);
/** Still behind? Ask somebody else. */
void hst_scp_on_fetch_timer(hst_scp *m);
/** Somebody asks. */
void hst_scp_on_fetch(hst_scp *m);
/** Somebody answers. */
void hst_scp_on_history(hst_scp *m);
/** Answer one that is behind at `height`. */
void hst_scp_help(hst_scp *m, uint32_t to, uint64_t height);

/* ---- record.c: the log -------------------------------------------------------------------- */

/** Append what this replica has said. */
void hst_scp_write_record(hst_scp *m);
/** A record of an earlier life. */
void hst_scp_on_recover(hst_scp *m);
/** After START: go on in the slot of the last record. */
void hst_scp_restore(hst_scp *m);

/* ---- scp.c -------------------------------------------------------------------------------- */

/** Commit a batch as the next height, block `id`. */
void hst_scp_commit(
    hst_scp *m, const hst_batch *batch, const hst_hash *id, uint32_t view, uint32_t proposer);
/** Go to the slot after the last height. */
void hst_scp_enter(hst_scp *m, int64_t trigger_ns);
/** Duration of attempt `number` = 1, 2, ... */
int64_t hst_scp_timeout(const hst_scp *m, uint32_t first, uint32_t more, uint32_t number);

#endif
