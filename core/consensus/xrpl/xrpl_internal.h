/** @file core/consensus/xrpl/xrpl_internal.h
 * Private to core/consensus/xrpl: the machine and what its files offer each other.
 */
#ifndef HST_CORE_CONSENSUS_XRPL_XRPL_INTERNAL_H
#define HST_CORE_CONSENSUS_XRPL_XRPL_INTERNAL_H

#include "core/consensus/certificate.h"
#include "core/consensus/xrpl/xrpl.h"

/** Kinds of message. */
enum {
    HST_XRPL_PROPOSAL = 0,
    HST_XRPL_VALIDATION,
    HST_XRPL_FETCH,
    HST_XRPL_LEDGERS,
    HST_XRPL_STATE,
    HST_XRPL_KIND_COUNT
};

/** Parameters by index. */
enum {
    HST_XRPL_GRANULARITY = 0,
    HST_XRPL_MIN_CLOSE,
    HST_XRPL_IDLE,
    HST_XRPL_MIN_CONSENSUS,
    HST_XRPL_MAX_CONSENSUS,
    HST_XRPL_AVALANCHE_BASE,
    HST_XRPL_FRESHNESS,
    HST_XRPL_INTERVAL,
    HST_XRPL_VALIDATION_LIFE,
    HST_XRPL_CONSENSUS_PERCENT,
    HST_XRPL_QUORUM_PERCENT,
    HST_XRPL_BATCHES,
    HST_XRPL_WINDOW,
    HST_XRPL_PARAMETER_COUNT
};

/** No set. */
#define HST_XRPL_NO_SET UINT32_MAX

/** A proposal with this number says that its node leaves the round. */
#define HST_XRPL_BOW_OUT UINT32_MAX

/** The phase byte of a signed validation; a signed proposal begins with its kind, 0. */
enum { HST_XRPL_PHASE_VALIDATION = 1 };

/** Ledgers of one sequence that are kept; messages remembered to suppress their duplicates. */
enum { HST_XRPL_FORKS = 4, HST_XRPL_SEEN = 8 };

/** A set of batches, shared by all who hold it. */
typedef struct hst_xrpl_set {
    hst_hash hash;
    uint32_t count;
    uint32_t refs;      /**< 0 = free */
    hst_batch *batches; /**< [batches], ascending by id */
} hst_xrpl_set;

/** What a ledger's id is the hash of. */
typedef struct hst_xrpl_header {
    uint64_t seq;       /**< sequence; 0 is genesis */
    uint64_t height;    /**< of its last COMMIT */
    uint64_t close_s;   /**< agreed close time, or parent's + 1 s */
    hst_hash parent;    /**< ledger before it */
    hst_hash set;       /**< hash of its batches */
    uint32_t count;     /**< how many */
    uint8_t resolution; /**< bin of close times, by index */
    bool agreed;        /**< close time was agreed on */
} hst_xrpl_header;

/** How much is known of a ledger. */
typedef enum hst_xrpl_known {
    HST_XRPL_NOTHING = 0, /**< a free slot */
    HST_XRPL_NAME,        /**< id and sequence, from validations */
    HST_XRPL_HEADER,      /**< header, proved, without its batches */
    HST_XRPL_FULL,        /**< everything */
} hst_xrpl_known;

/** A ledger in the window. */
typedef struct hst_xrpl_ledger {
    hst_hash id;
    hst_xrpl_header header; /**< seq always; the rest from HEADER on */
    hst_xrpl_known known;
    uint32_t set;         /**< FULL: its batches */
    uint64_t *validators; /**< trusted ones that validated it */
    uint32_t validations; /**< how many */
    uint32_t tip;         /**< trie: last validations of this ledger */
    uint32_t branch;      /**< trie: of it and its descendants */
    bool connected;       /**< trie: descends from the final ledger */
    bool own;             /**< we validated it */
    uint64_t record;      /**< of it in our log, 0 = none */
} hst_xrpl_ledger;

/** What a node proposed last. */
typedef struct hst_xrpl_position {
    hst_hash prev;        /**< ledger it builds on */
    uint64_t prev_seq;    /**< of it, as claimed */
    uint64_t close_s;     /**< its close time; 0 = agrees to disagree */
    int64_t seen_ns;      /**< when it came */
    uint32_t propose_seq; /**< number within the round */
    uint32_t set;         /**< its batches; NO_SET = bowed out */
    bool used;
} hst_xrpl_position;

/** What is known of a node. */
typedef struct hst_xrpl_node {
    hst_xrpl_position current; /**< on our previous ledger */
    hst_xrpl_position other;   /**< on another one, newest */
    uint64_t seq;              /**< last validation's sequence, 0 = none */
    hst_hash id;               /**< and ledger */
    int64_t since_ns;          /**< and first arrival */
    int64_t seen_ns;           /**< and last one */
    uint64_t known_seq;        /**< last one whose ledger we could connect */
    hst_hash known_id;         /**< that ledger */
    hst_signature signature;   /**< and signature, when carried */
} hst_xrpl_node;

/** Messages of a node that went by, newest over oldest. */
typedef struct hst_xrpl_seen {
    uint64_t keys[HST_XRPL_SEEN];
    uint32_t next;
} hst_xrpl_seen;

/** The phases of a round; Accepted takes no time here. */
typedef enum hst_xrpl_phase { HST_XRPL_OPEN = 0, HST_XRPL_ESTABLISH } hst_xrpl_phase;

/** The machine. */
typedef struct hst_xrpl {
    hst_consensus_config config;
    int64_t parameters[HST_XRPL_PARAMETER_COUNT];
    uint32_t count, words; /* replicas, words of a set of them */
    uint64_t *trusted;     /* our UNL */
    uint64_t window;
    uint32_t trusted_count, quorum;
    uint32_t batches, set_count, pool_capacity, pool_count;
    uint32_t set_top;  /* sets from here on were never used */
    uint64_t full_top; /* highest sequence of which a ledger was ever known in full */

    hst_xrpl_ledger *ledgers; /* [window][FORKS] by sequence modulo window */
    hst_xrpl_set *sets;       /* [set_count] */
    hst_xrpl_node *nodes;     /* [count] */
    hst_xrpl_seen *seen;      /* [2 count], proposals then validations; NULL without relay */

    hst_batch *pool;     /* [pool_capacity] taken, not yet committed, ascending */
    uint8_t *marks;      /* [pool_capacity] 1 = already in a ledger since the final one */
    hst_batch *scratch;  /* [batches] a set being made */
    uint32_t *weights;   /* [set_count] peers holding a set */
    uint32_t *cursors;   /* [set_count] of a merge of sets */
    uint32_t *active;    /* [set_count] sets that are merged */
    uint32_t *below;     /* [window / 2 + 2] validators below a sequence */
    uint32_t *path;      /* [window] ledgers from the final one on */
    hst_tally certified; /* validations of certified_header */
    hst_tally incoming;  /* of a STATE being read */
    hst_xrpl_header certified_header;
    hst_hash certified_id;

    hst_xrpl_ledger *final; /* last fully validated */
    hst_xrpl_ledger *prev;  /* the one we build on */
    uint64_t height;        /* last COMMIT */
    hst_hash commit;        /* its id */

    int64_t open_ns; /* round began */
    int64_t establish_ns;
    uint64_t close_s;      /* our position's close time */
    uint64_t raw_close_s;  /* when we closed */
    uint64_t last_close_s; /* when we closed the round before */
    int64_t proposed_ns;
    int64_t prev_round_ns; /* how long the round before was established */
    uint32_t own_set;      /* our position; NO_SET in Open */
    uint32_t propose_seq;
    uint32_t prev_proposers; /* of the round before */
    hst_xrpl_phase phase;

    uint64_t issued; /* highest sequence we validated */
    hst_hash issued_id;
    int64_t issued_ns;
    uint64_t sequence, durable; /* of our log */

    uint64_t want_seq, top_seq; /* being fetched, and for the sake of what */
    hst_hash want, top;
    int64_t asked_ns;
    uint32_t asked; /* last replica asked */
    uint32_t turn;  /* ticks so far */

    uint64_t round;    /* highest sequence worked on */
    uint64_t switches; /* to other branches */
    uint64_t refused, dropped, behind;

    bool alone;        /* nobody else on our list */
    bool boundless;    /* recovering: the window does not hold yet */
    bool rootless;     /* our ledger is ahead of our log: fetch `commit` first */
    bool proposing;    /* else observing */
    bool close_agreed; /* close times have consensus */
} hst_xrpl;

/* ---- sets.c: sets of batches and the pool ---------------------------------------------------- */

/** Hash of batches in order. */
hst_hash hst_xrpl_set_hash(const hst_batch *batches, uint32_t count);
/** The set of a hash, or NO_SET. */
uint32_t hst_xrpl_set_find(const hst_xrpl *m, const hst_hash *hash);
/** The set with these batches, one reference more; NO_SET when there is no room. */
uint32_t hst_xrpl_set_make(hst_xrpl *m, const hst_batch *batches, uint32_t count);
/** Give a reference back, and forget it. */
void hst_xrpl_set_drop(hst_xrpl *m, uint32_t *set);
/** Write, and read into scratch, the batches of a set; false when they are not in order. */
void hst_xrpl_write_batches(hst_wire *wire, const hst_xrpl_set *set);
bool hst_xrpl_read_batches(hst_xrpl *m, hst_wire_reader *reader, uint32_t count);
/** Take what the mempool offers, if there is room. */
void hst_xrpl_pool_take(hst_xrpl *m, const hst_batch *offer, hst_effects *effects);
/** Put a batch in, once; false when there is no room. */
bool hst_xrpl_pool_add(hst_xrpl *m, const hst_batch *batch);
/** Forget a batch that was committed. */
void hst_xrpl_pool_remove(hst_xrpl *m, uint64_t batch);
/** The open set, into scratch: what no ledger since the final one holds. Returns how many. */
uint32_t hst_xrpl_pool_open(hst_xrpl *m);

/* ---- ledger.c: ledgers in the window --------------------------------------------------------- */

/** Id of a header. */
hst_hash hst_xrpl_ledger_id(const hst_xrpl_header *header);
/** The slot of a ledger, or NULL. */
hst_xrpl_ledger *hst_xrpl_ledger_find(const hst_xrpl *m, uint64_t seq, const hst_hash *id);
/** The slot of its parent, or NULL. */
hst_xrpl_ledger *hst_xrpl_ledger_parent(const hst_xrpl *m, const hst_xrpl_ledger *ledger);
/** The slot of a ledger, made when it is in the window and there is room; or NULL. */
hst_xrpl_ledger *hst_xrpl_ledger_name(hst_xrpl *m, uint64_t seq, const hst_hash *id, bool content);
/** Fill in what a ledger is; `set` NO_SET = not known. Takes the reference. NULL without room. */
hst_xrpl_ledger *
hst_xrpl_ledger_fill(hst_xrpl *m, const hst_xrpl_header *header, const hst_hash *id, uint32_t set);
/** Whether `ledger` is `ancestor` or comes after it. */
bool hst_xrpl_ledger_descends(const hst_xrpl *m,
                              const hst_xrpl_ledger *ledger,
                              const hst_xrpl_ledger *ancestor);
/** The highest sequence, half a window beyond the final one at most, of which a ledger may be known
 * in full: no need to look further. */
static inline uint64_t hst_xrpl_reach(const hst_xrpl *m)
{
    const uint64_t end = m->final->header.seq + m->window / 2;
    return m->full_top < end ? m->full_top : end;
}
/** Write and read a header. */
void hst_xrpl_write_header(hst_wire *wire, const hst_xrpl_header *header);
hst_xrpl_header hst_xrpl_read_header(hst_wire_reader *reader);
/** COMMITs a ledger of `count` batches makes. */
static inline uint64_t hst_xrpl_commits(uint32_t count)
{
    return count > 0 ? count : 1;
}
/** Id of the COMMIT at `height` of a ledger; `names` may be NULL. */
hst_hash hst_xrpl_commit_id(const hst_hash *id,
                            const hst_xrpl_header *header,
                            uint64_t height,
                            hst_name_memo *names);

/* ---- log.c: records, recovery, finality --------------------------------------------------------
 */

/** Append a ledger, and what we validated last, to the log. */
void hst_xrpl_persist(hst_xrpl *m, hst_xrpl_ledger *ledger, hst_effects *effects);
/** One durable record of an earlier life. */
void hst_xrpl_recover(hst_xrpl *m, const hst_consensus_input *input);
/** Where to go on. */
void hst_xrpl_resume(hst_xrpl *m, uint64_t height, const hst_hash *root);
/** Make `ledger` and all before it final; COMMIT. */
void hst_xrpl_finalize(hst_xrpl *m, hst_xrpl_ledger *ledger, hst_effects *effects);

/* ---- branch.c: the preferred branch ---------------------------------------------------------- */

/** Count the trie. */
void hst_xrpl_branch_count(hst_xrpl *m, int64_t now_ns);
/** The ledger to build on, given the one we do. */
hst_xrpl_ledger *hst_xrpl_branch_preferred(hst_xrpl *m, int64_t now_ns);
/** Trusted validators that went on from the previous ledger. Only after a count. */
uint32_t hst_xrpl_branch_finished(const hst_xrpl *m);
/** Whether a node's last validation still counts. */
bool hst_xrpl_live(const hst_xrpl *m, const hst_xrpl_node *node, int64_t now_ns);

/* ---- close_time.c: bins
 * -------------------------------------------------------------------------*/

/** Resolution of the ledger after one, by index, and its seconds. */
uint8_t hst_xrpl_next_resolution(const hst_xrpl_header *parent);
uint64_t hst_xrpl_resolution_s(uint8_t index);
/** A close time rounded to its bin; 0 stays 0. */
uint64_t hst_xrpl_bin(uint64_t close_s, uint8_t resolution);
/** Fill in close time, resolution and agreement of the child of `parent`. */
void hst_xrpl_close_time(hst_xrpl_header *header, const hst_xrpl_header *parent, uint64_t close_s);

/* ---- position.c: proposals and disputes -------------------------------------------------------
 */

/** A PROPOSAL came. */
void hst_xrpl_on_proposal(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects);
/** Send ours. */
void hst_xrpl_propose(hst_xrpl *m, int64_t now_ns, hst_effects *effects);
/** Nodes that hold a position on our previous ledger. */
uint32_t hst_xrpl_proposers(const hst_xrpl *m);
/** Vote on disputes and close times again. */
void hst_xrpl_update_position(hst_xrpl *m, int64_t now_ns, hst_effects *effects);
/** Peers whose set is ours. */
uint32_t hst_xrpl_agreeing(const hst_xrpl *m);
/** Our previous ledger changed: proposals on it become current. */
void hst_xrpl_replay(hst_xrpl *m);
/** The avalanche: votes needed, in percent, when a round has lasted `converge` percent. */
uint32_t hst_xrpl_threshold(int64_t converge);
/** How far the round has come, in percent. */
int64_t hst_xrpl_converge(const hst_xrpl *m, int64_t now_ns);

/* ---- round.c: the phases ------------------------------------------------------------------------
 */

/** Begin a round on `prev`. */
void hst_xrpl_start_round(
    hst_xrpl *m, hst_xrpl_ledger *prev, bool proposing, int64_t now_ns, hst_effects *effects);
/** Go over to the preferred branch, if it is another. */
void hst_xrpl_check_ledger(hst_xrpl *m, int64_t now_ns, hst_effects *effects);
/** The timer: every second. */
void hst_xrpl_tick(hst_xrpl *m, int64_t now_ns, hst_effects *effects);
/** Seconds of a clock; never 0. */
static inline uint64_t hst_xrpl_seconds(int64_t now_ns)
{
    return now_ns > 0 ? (uint64_t)now_ns / 1000000000 + 1 : 1;
}

/* ---- validation.c -------------------------------------------------------------------------------
 */

/** Sign a ledger for good: once a sequence, after it is durable. */
void hst_xrpl_validate(hst_xrpl *m, hst_xrpl_ledger *ledger, int64_t now_ns, hst_effects *effects);
/** Say again what we validated last. */
void hst_xrpl_validate_again(hst_xrpl *m, int64_t now_ns, hst_effects *effects);
/** A VALIDATION came. */
void hst_xrpl_on_validation(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects);
/** Our own validations up to record `sequence` count from now on. */
void hst_xrpl_on_durable(hst_xrpl *m, uint64_t sequence, int64_t now_ns, hst_effects *effects);
/** Look for a fully validated ledger among all that are known. */
void hst_xrpl_check_validated(hst_xrpl *m, int64_t now_ns, hst_effects *effects);
/** Whether a message of `node` is new; remembers it. */
bool hst_xrpl_first_seen(hst_xrpl *m, uint32_t kind, uint32_t node, uint64_t key);
/** Pass a message on to the other neighbours. */
void hst_xrpl_relay(const hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects);

/* ---- sync.c: fetching ---------------------------------------------------------------------------
 */

/** See how far behind we are. */
void hst_xrpl_assess(hst_xrpl *m, int64_t now_ns);
/** Ask for what validators hold and we do not. */
void hst_xrpl_seek(hst_xrpl *m, int64_t now_ns, hst_effects *effects);
/** Ask the sender at once for the ledger that `validator` validated, if it is not here. */
void hst_xrpl_seek_now(hst_xrpl *m,
                       uint32_t validator,
                       const hst_consensus_input *input,
                       hst_effects *effects);
void hst_xrpl_on_fetch(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects);
void hst_xrpl_on_ledgers(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects);
void hst_xrpl_on_state(hst_xrpl *m, const hst_consensus_input *input, hst_effects *effects);

#endif
