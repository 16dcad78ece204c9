/** @file core/ledger/ledger.h
 * Double-entry books of one institution or system: many currencies, many accounts, exact.
 *
 * Every movement debits one account and credits another of the same currency by the same amount.
 * Nothing is ever changed or deleted: a correction is another transfer. Four columns an account:
 *
 *     debits_pending   debits_posted   |   credits_pending   credits_posted
 *
 * A transfer posts at once, or is pending first and then posted (in part or whole), voided, or
 * released by its timeout. Linked transfers stand or fall together. An account may be held to
 * "debits <= credits + credit limit" (a customer, a vostro, reserves) or the mirror image.
 *
 * Two event forms drive the same state, log and blocks:
 *   hst_compact   32 bytes, accounts by handle: the hot path.
 *   hst_transfer  128 bytes, accounts by 128-bit id, idempotent by its own 128-bit id.
 *
 * What an event gets is a result (core/ledger/result.h), not a status: refusal is an ordinary
 * outcome. Statuses speak of the call as a whole.
 *
 * The ledger reads no clock: time is what hst_ledger_advance was last told. Whatever changes state
 * is in the log, so a replay gives the same roots (core/ledger/audit.h).
 *
 *   hst_ledger_config config = hst_ledger_config_default(account_max, currency_count);
 *   HST_TRY(hst_ledger_create(&config, memory, &ledger));
 *   HST_TRY(hst_ledger_open(ledger, &request, &outcome));            // outcome.handle
 *   HST_TRY(hst_ledger_execute_compact(ledger, events, count, outcomes));
 *   HST_TRY(hst_ledger_seal(ledger, &header));                       // core/ledger/block.h
 *
 * Units     _minor: minor units of the account's currency; _ns: nanoseconds of ledger time.
 * Errors    HST_NO_MEMORY, HST_FULL: nothing of the call was done. Results say the rest.
 * Memory    all from the hst_memory handed in: accounts at creation, the rest as it grows, in pages
 *           that double and never move; given back by hst_ledger_destroy.
 * Threads   one writer, or any number of readers. Ledgers are independent of each other.
 * Cost      compact transfers about 30 ns at 10^6 accounts in batches, full ones about 100 ns.
 * Source    TigerBeetle's documentation for the semantics; docs/decisions on the ledger for what
 *           differs and why.
 * Limits    2^30 accounts, 2^32 - 2 pendings and transfers with ids, amounts below 2^64.
 */
#ifndef HST_CORE_LEDGER_LEDGER_H
#define HST_CORE_LEDGER_LEDGER_H

#include "core/base/arena.h"
#include "core/base/status.h"
#include "core/base/table.h"
#include "core/crypto/hash_engine.h"
#include "core/ledger/result.h"
#include "core/money/currency.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** No account, pending transfer or escrow; in a post or void: "as the pending transfer says". */
#define HST_HANDLE_NONE UINT32_MAX

/** Most events in one call. */
#define HST_LEDGER_BATCH_MAX 8190

/** Latest ledger time: leaves room for timestamps, which run ahead when events share a time. */
#define HST_LEDGER_TIME_MAX (INT64_MAX - (INT64_C(1) << 40))

/** All that is pending: the amount of a post that takes whatever the hold holds. */
#define HST_AMOUNT_ALL UINT64_MAX

/** Books; opaque. */
typedef struct hst_ledger hst_ledger;

/** Capacities and switches, fixed at creation. */
typedef struct hst_ledger_config {
    uint32_t account_max;          /**< accounts planned for, 1 ... 2^30 */
    uint32_t currency_count;       /**< currencies: account ledgers are 0 ... currency_count - 1 */
    uint64_t event_max;            /**< logged events allowed, 0 = as memory lasts */
    uint32_t transfer_max;         /**< transfers with ids allowed, 0 = as memory lasts */
    uint32_t pending_max;          /**< pending transfers allowed in all, 0 = as memory lasts */
    uint32_t event_plan;           /**< events to have touched memory for from the start */
    uint32_t transfer_plan;        /**< transfers with ids to have room for from the start */
    uint32_t pending_plan;         /**< pending transfers to have room for from the start */
    bool idempotent;               /**< remember the ids of single-phase transfers too */
    bool keep_log;                 /**< keep sealed events: needed for audit and event proofs */
    const hst_hash_engine *engine; /**< how roots are hashed; NULL = the fastest here, asked for
                                      again for each ledger, which a hypervisor makes slow */
} hst_ledger_config;

/** A configuration with everything on and no limits but memory. */
hst_ledger_config hst_ledger_config_default(uint32_t account_max, uint32_t currency_count);

/** Empty books at time 0. */
HST_NODISCARD hst_status hst_ledger_create(const hst_ledger_config *config,
                                           hst_memory memory,
                                           hst_ledger **ledger_out);

/** Give all memory back; NULL is allowed. */
void hst_ledger_destroy(hst_ledger *ledger);

/** Bytes the ledger holds from its host now. */
size_t hst_ledger_memory_bytes(const hst_ledger *ledger);

/** Flags of an account. */
enum {
    HST_ACCOUNT_LINKED = 1 << 0, /**< in a request: stands or falls with the next request */
    HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS = 1 << 1, /**< debits <= credits_posted + limit */
    HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS = 1 << 2, /**< credits <= debits_posted + limit */
    HST_ACCOUNT_HISTORY = 1 << 3,                        /**< keep balances after each movement */
    HST_ACCOUNT_CLOSED = 1 << 4,                         /**< only voids move it */
    HST_ACCOUNT_FROZEN_DEBITS = 1 << 5,                  /**< refuses debits */
    HST_ACCOUNT_FROZEN_CREDITS = 1 << 6                  /**< refuses credits */
};

/** A request to open an account. CLOSED and FROZEN may be set from the start. */
typedef struct hst_account_open {
    hst_key id;                 /**< unique, neither zero nor all ones */
    hst_key user_data_128;      /**< the caller's */
    uint64_t user_data_64;      /**< the caller's */
    int64_t credit_limit_minor; /**< how far the limited side may run ahead, >= 0 */
    uint32_t user_data_32;      /**< the caller's */
    hst_currency ledger;        /**< currency index */
    uint16_t code;              /**< what kind of account, the caller's, not 0 */
    uint16_t flags;             /**< HST_ACCOUNT_... */
} hst_account_open;

/** An account as it stands. */
typedef struct hst_account {
    hst_key id;                     /**< its id */
    hst_key user_data_128;          /**< as opened */
    uint64_t user_data_64;          /**< as opened */
    uint64_t debits_pending_minor;  /**< held for payment */
    uint64_t debits_posted_minor;   /**< paid */
    uint64_t credits_pending_minor; /**< announced */
    uint64_t credits_posted_minor;  /**< received */
    int64_t credit_limit_minor;     /**< in force now */
    int64_t timestamp_ns;           /**< when it was opened */
    uint32_t user_data_32;          /**< as opened */
    uint32_t sequence;              /**< sequenced debits so far */
    hst_currency ledger;            /**< currency index */
    uint16_t code;                  /**< as opened */
    uint16_t flags;                 /**< HST_ACCOUNT_... in force now, never LINKED */
    uint16_t reserved;              /**< zero */
} hst_account;

/** Flags of a transfer. */
enum {
    HST_TRANSFER_LINKED = 1 << 0,           /**< stands or falls with the next event */
    HST_TRANSFER_PENDING = 1 << 1,          /**< hold the amount */
    HST_TRANSFER_POST_PENDING = 1 << 2,     /**< make a hold final, up to its amount */
    HST_TRANSFER_VOID_PENDING = 1 << 3,     /**< release a hold */
    HST_TRANSFER_BALANCING_DEBIT = 1 << 4,  /**< at most what the debit account has */
    HST_TRANSFER_BALANCING_CREDIT = 1 << 5, /**< at most what the credit account owes */
    HST_TRANSFER_CLOSING_DEBIT = 1 << 6,    /**< close the debit account; void re-opens it */
    HST_TRANSFER_CLOSING_CREDIT = 1 << 7,   /**< close the credit account; void re-opens it */
    HST_TRANSFER_CLAWBACK = 1 << 8,         /**< take from an account whose debits are frozen */
    HST_TRANSFER_SEQUENCED = 1 << 9         /**< compact only: `reference` is the debit account's
                                                 next sequence number */
};

/** The hot form: 32 bytes, hashed and logged as it stands. */
typedef struct hst_compact {
    uint64_t amount_minor; /**< 0 is legal; a post may say HST_AMOUNT_ALL, a void 0 */
    uint32_t debit;        /**< account handle; post and void: the pending's or HST_HANDLE_NONE */
    uint32_t credit;       /**< account handle; post and void: the pending's or HST_HANDLE_NONE */
    uint32_t reference;    /**< post and void: pending handle; sequenced: number; else 0 */
    uint32_t timeout_s;    /**< pending: seconds until released, 0 = never */
    uint16_t code;         /**< purpose, the caller's, not 0; post and void: 0 = the pending's */
    uint16_t flags;        /**< HST_TRANSFER_... */
    uint32_t user_data;    /**< the caller's */
} hst_compact;

/** The full form: 128 bytes. */
typedef struct hst_transfer {
    hst_key id;             /**< unique, neither zero nor all ones */
    hst_key debit_account;  /**< account id; post and void: the pending's or zero */
    hst_key credit_account; /**< account id; post and void: the pending's or zero */
    hst_key pending_id;     /**< post and void: which hold; else zero */
    hst_key user_data_128;  /**< the caller's; post and void: zero = the pending's */
    uint64_t amount_minor;  /**< 0 is legal; a post may say HST_AMOUNT_ALL, a void 0 */
    uint64_t user_data_64;  /**< the caller's; post and void: zero = the pending's */
    int64_t timestamp_ns;   /**< 0 in a request; assigned, unique and increasing */
    uint32_t user_data_32;  /**< the caller's; post and void: zero = the pending's */
    uint32_t timeout_s;     /**< pending: seconds until released, 0 = never */
    hst_currency ledger;    /**< currency; post and void: the pending's or HST_CURRENCY_NONE */
    uint16_t code;          /**< purpose, not 0; post and void: 0 = the pending's */
    uint16_t flags;         /**< HST_TRANSFER_... without SEQUENCED */
    uint16_t reserved[5];   /**< zero */
} hst_transfer;

/** What became of one event. */
typedef struct hst_outcome {
    uint64_t amount_minor; /**< moved, held or released: what a balancing or partial post came to */
    uint32_t handle;       /**< of the account opened, the pending or escrow made or resolved */
    uint32_t result;       /**< hst_ledger_result */
} hst_outcome;

/** Open accounts, in order; `outcomes[i].handle` is the new handle. Handles count up from 0.
 * HST_FULL when the accounts planned for would not suffice. count <= HST_LEDGER_BATCH_MAX. */
HST_NODISCARD hst_status hst_ledger_open_accounts(hst_ledger *ledger,
                                                  const hst_account_open *requests,
                                                  size_t count,
                                                  hst_outcome *outcomes);

/** Open one account: HST_OK when it was created, HST_REFUSED when outcome->result says why not. */
HST_NODISCARD hst_status hst_ledger_open(hst_ledger *ledger,
                                         const hst_account_open *request,
                                         hst_outcome *outcome);

/** Execute compact events in order; HST_OK when each has its outcome, whatever it is. A chain of
 * linked events must end inside the batch. count <= HST_LEDGER_BATCH_MAX. */
HST_NODISCARD hst_status hst_ledger_execute_compact(hst_ledger *ledger,
                                                    const hst_compact *events,
                                                    size_t count,
                                                    hst_outcome *outcomes);

/** Execute full transfers in order; as hst_ledger_execute_compact. */
HST_NODISCARD hst_status hst_ledger_execute(hst_ledger *ledger,
                                            const hst_transfer *transfers,
                                            size_t count,
                                            hst_outcome *outcomes);

/** Tell the time, which never goes back (an earlier time, or one beyond HST_LEDGER_TIME_MAX, is a
 * programmer error), and release the
 * pending transfers that expire at or before it, in order of expiry, ties by age. Cheap when
 * nothing expires: call it before every event. */
HST_NODISCARD hst_status hst_ledger_advance(hst_ledger *ledger, int64_t time_ns);

/** Set which of HST_ACCOUNT_FROZEN_DEBITS and _CREDITS hold for an account. Frozen debits also stop
 * posts and escrow claims that would complete them; voids, timeouts and refunds go through.
 * HST_REFUSED (ACCOUNT_NOT_FOUND, RESERVED_FLAG for other flags) with the reason in `outcome`. */
HST_NODISCARD hst_status hst_ledger_freeze(hst_ledger *ledger,
                                           uint32_t account,
                                           uint16_t frozen_flags,
                                           hst_outcome *outcome);

/** Change a credit limit. HST_REFUSED with CREDIT_LIMIT_BELOW_USE when more of it is in use: cut it
 * to what is used, and again as credits come in. */
HST_NODISCARD hst_status hst_ledger_set_credit_limit(hst_ledger *ledger,
                                                     uint32_t account,
                                                     int64_t credit_limit_minor,
                                                     hst_outcome *outcome);

/** Time last told. */
int64_t hst_ledger_time_ns(const hst_ledger *ledger);

/** Accounts opened; handles are below it. */
uint32_t hst_ledger_account_count(const hst_ledger *ledger);

/** Handle of an account id, or HST_HANDLE_NONE. */
uint32_t hst_ledger_find(const hst_ledger *ledger, hst_key id);

/** An account by handle (which must exist). */
void hst_ledger_account(const hst_ledger *ledger, uint32_t account, hst_account *account_out);

/** credits_posted - debits_posted: positive for money owed to the owner. Saturates at int64. */
int64_t hst_ledger_balance(const hst_ledger *ledger, uint32_t account);

/** What may still be debited from an account that is held to its credits: credits_posted + limit -
 * debits_posted - debits_pending; UINT64_MAX for one that is not. Ignores closed and frozen. */
uint64_t hst_ledger_debit_available(const hst_ledger *ledger, uint32_t account);

/** The mirror image: what may still be credited. */
uint64_t hst_ledger_credit_available(const hst_ledger *ledger, uint32_t account);

/** How a pending transfer stands. */
typedef enum hst_pending_status {
    HST_PENDING_OPEN = 0,    /**< amount held */
    HST_PENDING_POSTED = 1,  /**< made final, the rest released */
    HST_PENDING_VOIDED = 2,  /**< released on demand */
    HST_PENDING_EXPIRED = 3, /**< released by its timeout */
    HST_PENDING_STATUS_COUNT = 4
} hst_pending_status;

/** A pending transfer. */
typedef struct hst_pending {
    uint64_t amount_minor;     /**< held when it was made */
    int64_t timestamp_ns;      /**< when it was made */
    int64_t expires_ns;        /**< released at this time, INT64_MAX = never */
    uint32_t debit;            /**< account handle */
    uint32_t credit;           /**< account handle */
    hst_pending_status status; /**< how it stands */
    uint16_t code;             /**< purpose */
    bool escrow;               /**< belongs to an escrow */
} hst_pending;

/** Pending transfers made so far, resolved ones included; handles are below it. */
uint32_t hst_ledger_pending_count(const hst_ledger *ledger);

/** A pending transfer by handle (which must exist). */
void hst_ledger_pending(const hst_ledger *ledger, uint32_t pending, hst_pending *pending_out);

/** The full transfer with an id, as recorded: actual amount, inherited fields, timestamp.
 * HST_NOT_FOUND when there is none or its id was burnt. */
HST_NODISCARD hst_status hst_ledger_find_transfer(const hst_ledger *ledger,
                                                  hst_key id,
                                                  hst_transfer *transfer_out);

/** Balances of an account right after a movement. */
typedef struct hst_history_row {
    int64_t timestamp_ns;           /**< of the movement */
    uint64_t debits_pending_minor;  /**< after it */
    uint64_t debits_posted_minor;   /**< after it */
    uint64_t credits_pending_minor; /**< after it */
    uint64_t credits_posted_minor;  /**< after it */
} hst_history_row;

/** Rows of an account with HST_ACCOUNT_HISTORY, newest first; returns how many were written to
 * rows[capacity]. */
size_t hst_ledger_history(const hst_ledger *ledger,
                          uint32_t account,
                          hst_history_row *rows,
                          size_t capacity);

/** Counts since creation. */
typedef struct hst_ledger_counts {
    uint64_t created;  /**< events that were applied: transfers, accounts, escrows, changes */
    uint64_t refused;  /**< events with any other result */
    uint64_t expired;  /**< pending transfers released by timeout */
    uint64_t blocks;   /**< blocks sealed */
    uint64_t unsealed; /**< logged events since the last seal */
} hst_ledger_counts;

/** Counts since creation. */
hst_ledger_counts hst_ledger_count(const hst_ledger *ledger);

#endif
