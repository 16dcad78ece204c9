/** @file core/ledger/escrow.h
 * Escrow with an expiry and an optional hash lock: the building block of HTLC payments.
 *
 *          lock                       finish (preimage)            -> posted
 *   debit ------> pending in escrow <
 *                                     cancel, from cancel_after on -> voided
 *
 *   now:  lock ......... finish_after ......... cancel_after ..........
 *         too early      | may be finished      | may only be cancelled
 *
 * Anyone may finish an escrow in its window who knows the preimage, and anyone may cancel it after
 * its expiry; before it only the receiver can give it back, which the host sees to (the ledger
 * knows accounts, not people), so the receiver is safe to act on it. A finish makes the preimage
 * readable, which is what lets the hop before it claim in turn. Expiry is exact: at cancel_after
 * the window is shut.
 *
 * Units     times in nanoseconds of ledger time.
 * Errors    HST_REFUSED with the result in `outcome`; HST_NO_MEMORY, HST_FULL.
 * Threads   as core/ledger/ledger.h.
 * Source    XRP Ledger documentation, Escrow (FinishAfter, CancelAfter, PREIMAGE-SHA-256);
 *           Interledger RFC 0022 (hashed timelock agreements), RFC 0027 (32-byte preimages).
 */
#ifndef HST_CORE_LEDGER_ESCROW_H
#define HST_CORE_LEDGER_ESCROW_H

#include "core/crypto/hash.h"
#include "core/ledger/ledger.h"

/** Bytes of a preimage. */
#define HST_PREIMAGE_SIZE 32

/** A secret whose SHA-256 is the condition. */
typedef struct hst_preimage {
    unsigned char bytes[HST_PREIMAGE_SIZE]; /**< the secret */
} hst_preimage;

/** A request to lock an amount. */
typedef struct hst_escrow_lock {
    uint64_t amount_minor;   /**< locked */
    uint32_t debit;          /**< account handle: who pays */
    uint32_t credit;         /**< account handle: who receives */
    int64_t finish_after_ns; /**< earliest finish, 0 = at once */
    int64_t cancel_after_ns; /**< expiry, required, after now and after finish_after */
    hst_hash condition;      /**< SHA-256 of the preimage; zero = none needed */
    uint16_t code;           /**< purpose, not 0 */
    uint32_t user_data;      /**< the caller's */
} hst_escrow_lock;

/** How an escrow stands. */
typedef enum hst_escrow_status {
    HST_ESCROW_LOCKED = 0,   /**< amount held */
    HST_ESCROW_FINISHED = 1, /**< paid to the receiver */
    HST_ESCROW_CANCELLED = 2 /**< back with the payer */
} hst_escrow_status;

/** An escrow. */
typedef struct hst_escrow {
    hst_escrow_lock terms;    /**< as locked */
    hst_preimage preimage;    /**< revealed by the finish, else zero */
    uint32_t pending;         /**< handle of its pending transfer */
    hst_escrow_status status; /**< how it stands */
} hst_escrow;

/** Lock; outcome->handle is the escrow's. */
HST_NODISCARD hst_status hst_ledger_escrow_lock(hst_ledger *ledger,
                                                const hst_escrow_lock *lock,
                                                hst_outcome *outcome);

/** Pay to the receiver. `preimage` may be NULL when there is no condition. */
HST_NODISCARD hst_status hst_ledger_escrow_finish(hst_ledger *ledger,
                                                  uint32_t escrow,
                                                  const hst_preimage *preimage,
                                                  hst_outcome *outcome);

/** Give back to the payer, from the expiry on. */
HST_NODISCARD hst_status hst_ledger_escrow_cancel(hst_ledger *ledger,
                                                  uint32_t escrow,
                                                  hst_outcome *outcome);

/** Give back to the payer at any time, on behalf of the receiver: a hop that failed further on is
 * undone at once instead of at its expiry (Lightning's update_fail_htlc, Interledger's rejection).
 */
HST_NODISCARD hst_status hst_ledger_escrow_reject(hst_ledger *ledger,
                                                  uint32_t escrow,
                                                  hst_outcome *outcome);

/** Escrows made so far; handles are below it. */
uint32_t hst_ledger_escrow_count(const hst_ledger *ledger);

/** An escrow by handle (which must exist). */
void hst_ledger_escrow(const hst_ledger *ledger, uint32_t escrow, hst_escrow *escrow_out);

/** The condition of a preimage: its SHA-256. */
hst_hash hst_preimage_condition(const hst_preimage *preimage);

#endif
