/** @file core/ledger/internal.h
 * Private to core/ledger: the records behind hst_ledger, and the steps its files share.
 *
 * Tests include it to do damage on purpose and see the invariants fire.
 *
 * Layout    an account is one cache line (hst_hot_account) that every transfer touches; what only
 *           openings, proofs and sequences need lies apart (hst_cold_account). Handles index both.
 * Scopes    inside a linked chain every change is noted first (scope.c) and can be taken back.
 * Log       32-byte units in the order of execution; a unit with more to say names the record that
 *           says it (encode.c).
 */
#ifndef HST_CORE_LEDGER_INTERNAL_H
#define HST_CORE_LEDGER_INTERNAL_H

#include "core/crypto/merkle_tree.h"
#include "core/ledger/block.h"
#include "core/ledger/column.h"
#include "core/ledger/escrow.h"
#include "core/ledger/invariant.h"
#include "core/ledger/ledger.h"

/** Sums over many balances. */
__extension__ typedef unsigned __int128 hst_u128;

/** What a transfer reads and writes of an account. */
typedef struct hst_hot_account {
    hst_key id;               /**< first, so that the id table finds it */
    uint64_t debits_pending;  /**< minor units */
    uint64_t debits_posted;   /**< minor units */
    uint64_t credits_pending; /**< minor units */
    uint64_t credits_posted;  /**< minor units */
    int64_t credit_limit;     /**< minor units, >= 0 */
    uint32_t mark;            /**< ledger's mark when last changed: equal = dirty */
    uint16_t ledger;          /**< currency */
    uint16_t flags;           /**< HST_ACCOUNT_... */
} hst_hot_account;

/** The rest of an account. */
typedef struct hst_cold_account {
    hst_key user_data_128;   /**< as opened */
    uint64_t user_data_64;   /**< as opened */
    int64_t timestamp;       /**< when opened */
    int64_t opened_limit;    /**< credit limit at opening */
    uint32_t user_data_32;   /**< as opened */
    uint32_t sequence;       /**< sequenced debits so far */
    uint32_t history_newest; /**< row + 1, 0 = none */
    uint16_t code;           /**< as opened */
    uint16_t opened_flags;   /**< flags at opening */
    uint64_t spare;          /**< zero */
} hst_cold_account;

_Static_assert(sizeof(hst_hot_account) == 64, "one cache line");
_Static_assert(sizeof(hst_cold_account) == 64, "one cache line");
_Static_assert(sizeof(hst_compact) == 32, "hashed and logged as it stands");
_Static_assert(sizeof(hst_transfer) == 128, "no padding");

/** A pending transfer. */
typedef struct hst_held_transfer {
    uint64_t amount;   /**< minor units held */
    int64_t timestamp; /**< when made */
    int64_t expires;   /**< INT64_MAX = never */
    uint32_t debit;    /**< account */
    uint32_t credit;   /**< account */
    uint32_t transfer; /**< its full transfer, or HST_HANDLE_NONE */
    uint32_t escrow;   /**< its escrow, or HST_HANDLE_NONE */
    uint16_t code;     /**< purpose */
    uint16_t flags;    /**< the closing flags it was made with */
    uint16_t status;   /**< hst_pending_status */
    uint16_t spare;    /**< zero */
} hst_held_transfer;

/** What the id table knows about full transfer number i. */
typedef struct hst_id_entry {
    hst_key id;       /**< first, so that the id table finds it */
    uint32_t pending; /**< its pending transfer, or HST_HANDLE_NONE */
    uint32_t burnt;   /**< 1: a failed event used the id up; there is no transfer */
} hst_id_entry;

/** An escrow. */
typedef struct hst_escrow_record {
    hst_hash condition;    /**< zero = none */
    hst_preimage preimage; /**< once finished */
    int64_t finish_after;  /**< earliest finish */
    int64_t cancel_after;  /**< expiry */
    uint32_t pending;      /**< its pending transfer */
    uint32_t user_data;    /**< the caller's */
} hst_escrow_record;

/** A row of account history, linked to the account's row before. */
typedef struct hst_history_link {
    hst_history_row row; /**< what is shown */
    uint32_t older;      /**< row + 1 of the same account, 0 = none */
    uint32_t account;    /**< whose */
} hst_history_link;

/** An expiry to come; `pending` breaks ties, for it counts up with age. */
typedef struct hst_expiry {
    int64_t expires;  /**< when */
    uint32_t pending; /**< which */
    uint32_t spare;   /**< zero */
} hst_expiry;

/** What a log unit is. */
typedef enum hst_unit_kind {
    HST_UNIT_COMPACT = 0,  /**< a compact transfer as it was applied */
    HST_UNIT_TIME = 1,     /**< a: time */
    HST_UNIT_OPEN = 2,     /**< a: limit, b: account, c: currency, reference: flags; ids follow */
    HST_UNIT_TRANSFER = 3, /**< b: full transfer */
    HST_UNIT_BURNT = 4,    /**< b: burnt id */
    HST_UNIT_FREEZE = 5,   /**< b: account, c: frozen flags */
    HST_UNIT_LIMIT = 6,    /**< a: credit limit, b: account */
    HST_UNIT_ESCROW_LOCK =
        7, /**< a: amount, b: escrow, c: debit, reference: credit; terms follow */
    HST_UNIT_ESCROW_FINISH = 8,  /**< b: escrow */
    HST_UNIT_ESCROW_CANCEL = 9,  /**< b: escrow */
    HST_UNIT_ESCROW_REJECT = 10, /**< b: escrow */
    HST_UNIT_KIND_COUNT = 11
} hst_unit_kind;

/** A log unit has the shape of hst_compact; the top four bits of `flags` are its kind. */
typedef hst_compact hst_log_unit;

enum {
    HST_UNIT_KIND_SHIFT = 12, /**< kind = flags >> 12 */
    HST_TRANSFER_FLAGS = 0x3ff,
    HST_TRANSFER_RESOLVES = HST_TRANSFER_POST_PENDING | HST_TRANSFER_VOID_PENDING,
    HST_TRANSFER_BALANCING = HST_TRANSFER_BALANCING_DEBIT | HST_TRANSFER_BALANCING_CREDIT,
    HST_TRANSFER_CLOSING = HST_TRANSFER_CLOSING_DEBIT | HST_TRANSFER_CLOSING_CREDIT,
    HST_ACCOUNT_FLAGS = 0x7f,
    HST_ACCOUNT_LIMITED =
        HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS | HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS,
    HST_ACCOUNT_FROZEN = HST_ACCOUNT_FROZEN_DEBITS | HST_ACCOUNT_FROZEN_CREDITS
};

/** Sums of one currency. */
typedef struct hst_sums {
    hst_u128 debits_pending;  /**< minor units */
    hst_u128 debits_posted;   /**< minor units */
    hst_u128 credits_pending; /**< minor units */
    hst_u128 credits_posted;  /**< minor units */
} hst_sums;

/** What can be taken back. */
typedef enum hst_undo_kind {
    HST_UNDO_ACCOUNT = 0,  /**< put the image back */
    HST_UNDO_SEQUENCE = 1, /**< count the account's sequence down */
    HST_UNDO_RESOLVE = 2   /**< open the pending transfer again */
} hst_undo_kind;

/** One step to take back. */
typedef struct hst_undo {
    uint32_t kind;         /**< hst_undo_kind */
    uint32_t index;        /**< account or pending transfer */
    hst_hot_account image; /**< account before */
} hst_undo;

/** Steps an event can leave behind. */
enum { HST_UNDO_PER_EVENT = 4 };

/** Where a chain began. */
typedef struct hst_scope {
    bool open;               /**< whether changes are being noted */
    uint64_t log_count;      /**< log units before */
    uint64_t pending_count;  /**< pending transfers before */
    uint64_t history_count;  /**< history rows before */
    uint64_t undo_count;     /**< steps noted */
    int64_t timestamp;       /**< last one assigned before */
    uint32_t transfer_count; /**< full transfers before */
    uint32_t account_count;  /**< accounts before */
    uint32_t dirty_count;    /**< dirty accounts before */
} hst_scope;

/** The books. */
struct hst_ledger {
    hst_ledger_config config; /**< as created */
    hst_held_memory memory;   /**< the host's */
    hst_arena arena;          /**< what is planned at creation */

    hst_hot_account *hot;      /**< [account_max] */
    hst_cold_account *cold;    /**< [account_max] */
    uint32_t *dirty;           /**< [account_max] accounts changed since the last seal */
    uint32_t account_count;    /**< accounts opened */
    uint32_t dirty_count;      /**< accounts in `dirty` */
    uint32_t history_accounts; /**< accounts with HST_ACCOUNT_HISTORY */
    uint32_t mark;             /**< number of the block being filled, from 1 */
    hst_table account_table;   /**< id -> account */

    int64_t time;        /**< last told */
    int64_t logged_time; /**< last written to the log */
    int64_t timestamp;   /**< last one assigned */

    hst_column log;         /**< hst_log_unit */
    uint64_t log_base;      /**< events dropped from the front of the log */
    uint64_t block_first;   /**< index in `log` of the first unsealed event */
    hst_column pendings;    /**< hst_held_transfer */
    hst_column expiries;    /**< hst_expiry, a binary heap */
    uint64_t expiries_live; /**< of them, still open */
    hst_column transfers;   /**< hst_transfer */
    hst_column escrows;     /**< hst_escrow_record */
    hst_column history;     /**< hst_history_link */
    hst_column headers;     /**< hst_block_header */

    hst_arena id_arena;   /**< ids and id_table; exchanged for a larger one as they grow */
    hst_id_entry *ids;    /**< [id_capacity] by full transfer */
    uint32_t id_capacity; /**< ids there is room for */
    hst_table id_table;   /**< id -> full transfer */

    hst_sums *sums;   /**< [currency_count] over all accounts at the last seal */
    hst_sums *before; /**< [currency_count] over dirty accounts, as they stood at the last seal */
    hst_sums *after;  /**< [currency_count] work space of the seal */
    hst_u128 *held;   /**< [currency_count] open pending transfers now */

    hst_scope scope;  /**< the chain under way */
    hst_scratch undo; /**< hst_undo[] */
    hst_scratch work; /**< of seals and checks */

    hst_arena tree_arena; /**< the state tree; exchanged for a larger one as accounts grow */
    hst_merkle_tree tree; /**< over the accounts at the last root */
    bool has_tree;        /**< whether there is one */
    uint32_t sample_next; /**< next account of the rolling window */

    hst_ledger_counts counts;                            /**< since creation */
    hst_invariant_count invariants[HST_INVARIANT_COUNT]; /**< since creation or restore */
};

/** For functions that only prefetch: gcc 12 takes one that is not inlined early for a function
 * without effect, and drops the call. */
#define HST_PREFETCHES __attribute__((always_inline)) static inline

/** Record access, typed. */
static inline hst_held_transfer *hst_pending_at(const hst_ledger *l, uint64_t pending)
{
    return hst_column_at(&l->pendings, pending);
}

/** Record access, typed. */
static inline hst_log_unit *hst_unit_at(const hst_ledger *l, uint64_t index)
{
    return hst_column_at(&l->log, index);
}

/** Kind of a log unit. */
static inline uint32_t hst_unit_kind_of(const hst_log_unit *unit)
{
    return (uint32_t)unit->flags >> HST_UNIT_KIND_SHIFT;
}

/** The timestamp the next applied event gets: unique and increasing, ledger time if possible. */
static inline int64_t hst_next_timestamp(const hst_ledger *l)
{
    return l->timestamp >= l->time ? l->timestamp + 1 : l->time;
}

/** Append a unit to the log, which must have room. */
static inline void hst_log_append(hst_ledger *l, hst_log_unit unit)
{
    hst_assert_slow(l->log.count < l->log.capacity);
    *(hst_log_unit *)hst_column_at(&l->log, l->log.count) = unit;
    l->log.count++;
}

/** An event of a kind other than compact was applied: log it. */
static inline void
hst_log_append_kind(hst_ledger *l, hst_unit_kind kind, uint64_t a, uint32_t b, uint32_t c)
{
    hst_log_append(l, (hst_log_unit){.amount_minor = a,
                                     .debit = b,
                                     .credit = c,
                                     .flags = (uint16_t)((uint32_t)kind << HST_UNIT_KIND_SHIFT)});
}

/** Enter the time into the log unless it is there already. The log must have room. */
static inline void hst_log_time(hst_ledger *l)
{
    if (l->logged_time != l->time) {
        hst_log_append_kind(l, HST_UNIT_TIME, (uint64_t)l->time, 0, 0);
        l->logged_time = l->time;
    }
}

/** Note that an account is about to change: for the next root and for conservation. */
static inline void hst_touch(hst_ledger *l, uint32_t account)
{
    hst_hot_account *a = &l->hot[account];
    if (a->mark != l->mark) {
        a->mark = l->mark;
        hst_assert_slow(l->dirty_count < l->config.account_max);
        l->dirty[l->dirty_count++] = account;
        hst_sums *before = &l->before[a->ledger];
        before->debits_pending += a->debits_pending;
        before->debits_posted += a->debits_posted;
        before->credits_pending += a->credits_pending;
        before->credits_posted += a->credits_posted;
    }
}

/** Whether `used` is more than `funds` and the credit limit together. */
static inline bool hst_exceeds(uint64_t used, uint64_t funds, int64_t credit_limit)
{
    uint64_t bound = 0;
    if (__builtin_add_overflow(funds, (uint64_t)credit_limit, &bound)) {
        bound = UINT64_MAX;
    }
    return used > bound;
}

/* scope.c: chains. */

/** Have room for `count` more events of which any may be pending (`used_flags`), and for the steps
 * to take them back when any is linked. `full`: they are hst_transfers. */
HST_NODISCARD hst_status hst_ledger_reserve(hst_ledger *l,
                                            size_t count,
                                            uint32_t used_flags,
                                            bool full);
/** Begin to note changes. */
void hst_scope_begin(hst_ledger *l);
/** Keep the changes. */
void hst_scope_keep(hst_ledger *l);
/** Take the changes back. */
void hst_scope_take_back(hst_ledger *l);
/** Note a step; only while the scope is open. */
void hst_scope_note(hst_ledger *l, hst_undo_kind kind, uint32_t index);

/** Note an account's state and mark it dirty. */
static inline void hst_change(hst_ledger *l, uint32_t account)
{
    if (__builtin_expect(l->scope.open, 0)) {
        hst_scope_note(l, HST_UNDO_ACCOUNT, account);
    }
    hst_touch(l, account);
}

/** A chain of a batch as it is walked. */
typedef struct hst_chain {
    size_t first;  /**< index of its first event */
    bool open;     /**< inside one */
    bool broken;   /**< it has failed already */
    uint64_t made; /**< events of the batch applied so far */
} hst_chain;

/** Before event `i`: CREATED to execute it, or the result it has without. */
hst_ledger_result
hst_chain_enter(hst_ledger *l, hst_chain *chain, bool linked, size_t i, size_t count);
/** After event `i` got `result`: keeps, breaks or ends the chain. */
void hst_chain_leave(hst_ledger *l,
                     hst_chain *chain,
                     bool linked,
                     size_t i,
                     hst_ledger_result result,
                     hst_outcome *outcomes);

/* movement.c: what both event forms and escrow come down to. */

/** A transfer with its accounts looked up. */
typedef struct hst_movement {
    uint64_t amount;    /**< asked for; out: moved */
    uint32_t debit;     /**< account, or HST_HANDLE_NONE in a post or void */
    uint32_t credit;    /**< account, or HST_HANDLE_NONE in a post or void */
    uint32_t pending;   /**< post and void: which; out: the one made */
    uint32_t timeout_s; /**< of a pending transfer */
    uint32_t sequence;  /**< when sequenced */
    uint32_t transfer;  /**< full transfer it belongs to, or HST_HANDLE_NONE */
    uint32_t escrow;    /**< escrow it belongs to, or HST_HANDLE_NONE */
    uint16_t ledger;    /**< currency asked for, or HST_CURRENCY_NONE for any */
    uint16_t code;      /**< purpose; post and void: 0 = the pending's; out: in force */
    uint16_t flags;     /**< HST_TRANSFER_... */
} hst_movement;

/** Steps 7 to 13 of a transfer that is not a post or void: checks, then applies. */
hst_ledger_result hst_movement_make(hst_ledger *l, hst_movement *m);
/** Steps 7 to 13 of a post or void; `m` is completed with what the pending transfer says. */
hst_ledger_result hst_movement_resolve(hst_ledger *l, hst_movement *m);
/** Release a pending transfer that expired. */
void hst_movement_expire(hst_ledger *l, uint32_t pending);

/* timer.c: expiries. */

/** Enter a pending transfer with a timeout; there must be room. */
void hst_expiry_push(hst_ledger *l, int64_t expires, uint32_t pending);
/** Drop entries of resolved transfers when they are the most, then have room for `extra` more. */
HST_NODISCARD hst_status hst_expiry_reserve(hst_ledger *l, uint64_t extra);
/** hst_ledger_advance, and the time enters the log even if nothing happens (replay). */
HST_NODISCARD hst_status hst_ledger_advance_logged(hst_ledger *l, int64_t time_ns);

/* account.c, transfer.c */

/** Whether the id of a transfer with these flags is remembered. */
bool hst_transfer_remembers(const hst_ledger *l, uint32_t flags);
/** Use an id up without a transfer; there must be room. */
void hst_transfer_burn(hst_ledger *l, hst_key id);
/** Room for `extra` more full transfers. */
HST_NODISCARD hst_status hst_transfer_reserve(hst_ledger *l, uint64_t extra);
/** The opening request of an account, as it was. */
void hst_account_opening(const hst_ledger *l, uint32_t account, hst_account_open *request_out);

/* encode.c: canonical bytes. */

/** Bytes of the event at a log index. */
size_t hst_event_encode(const hst_ledger *l,
                        uint64_t index,
                        unsigned char bytes[HST_LEDGER_EVENT_SIZE_MAX]);
/** Whether the canonical bytes of a kind are the log unit alone. */
bool hst_unit_is_whole(uint32_t kind);
/** Bytes of an account. */
void hst_account_encode(const hst_ledger *l,
                        uint32_t account,
                        unsigned char bytes[HST_LEDGER_ACCOUNT_SIZE]);
/** Leaf hashes of `count` events from a log index on. */
void hst_event_leaves(const hst_ledger *l, uint64_t index, uint64_t count, hst_hash *leaves);

/* state.c: the state tree. */

/** Bring the tree up to date with the dirty accounts. */
HST_NODISCARD hst_status hst_state_update(hst_ledger *l);
/** Leaf hash of an account as it stands. */
hst_hash hst_state_leaf(const hst_ledger *l, uint32_t account);
/** Hash of the sums per currency. */
hst_hash hst_sums_hash(const hst_sums *sums, uint32_t currency_count);

/* invariant_*.c: each counts itself and returns whether it holds. */

/** Over the dirty accounts; leaves the sums for the next header in l->after. */
bool hst_conservation_changed(hst_ledger *l);
/** Over all accounts. */
bool hst_conservation_full(hst_ledger *l);
/** Over the dirty accounts and a window of others. */
bool hst_limits_changed(hst_ledger *l);
/** Over all accounts. */
bool hst_limits_full(hst_ledger *l);
/** Sums per currency; l->after must hold. */
bool hst_pending_sums(hst_ledger *l);
/** Account by account; l->work must have room (hst_pending_work_size). */
bool hst_pending_full(hst_ledger *l);
/** Bytes of l->work that hst_pending_full needs. */
size_t hst_pending_work_size(const hst_ledger *l);
/** Leaves of a window of clean accounts against the tree. */
bool hst_state_window(hst_ledger *l);
/** All leaves of clean accounts. */
bool hst_state_full(hst_ledger *l);
/** The last header against the one before. */
bool hst_chain_last(hst_ledger *l);
/** All headers. */
bool hst_chain_full(hst_ledger *l);
/** Book one run of an invariant. */
bool hst_invariant_note(hst_ledger *l, hst_invariant invariant, uint64_t items, bool holds);
/** First account and length of the rolling window of this seal. */
uint32_t hst_invariant_window(const hst_ledger *l, uint32_t *first_out);

/* replay.c: the log executed again. */

/** Execute the events of `source` in log range [first, end) on `l`, which must stand where `source`
 * stood before them; HST_MISMATCH when one is not applied. */
HST_NODISCARD hst_status hst_ledger_replay(hst_ledger *l,
                                           const hst_ledger *source,
                                           uint64_t first,
                                           uint64_t end);

#endif
