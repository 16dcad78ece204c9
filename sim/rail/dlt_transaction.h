/** @file sim/rail/dlt_transaction.h
 * A transaction of the distributed ledger: what is signed, by whom, and what is refused.
 *
 * The debtor agent signs one canonical encoding, 40 bytes, integers little-endian. It begins with a
 * tag and the ledger's number, so a signature is good for one kind of message on one ledger:
 *
 *   "HDL1" | ledger u64 | payment u32 | from u32 | to u32 | from, to currency u16 | sequence u32
 *          | amount i64
 *
 * The sequence number counts the transactions of the balance that pays. A transaction is executed
 * when its signature is that of the balance's owner and its number is the next one. One whose
 * number was used is a replay; one that comes before its predecessor waits (sim/rail/dlt.h).
 *
 * With modelled cryptography there are no keys: validators are charged for every signature
 * (sim/consensus/costs.h), and none is made.
 *
 * Units     minor units of the currency that leaves.
 * Errors    HST_REFUSED with the verdict in `paid`; HST_NO_MEMORY.
 * Memory    keys from the arena.
 * Threads   one for settling; signing and verifying are pure.
 * Source    RFC 8032 (Ed25519); sequence numbers against replay as in the XRP Ledger and Stellar.
 */
#ifndef HST_SIM_RAIL_DLT_TRANSACTION_H
#define HST_SIM_RAIL_DLT_TRANSACTION_H

#include "core/base/arena.h"
#include "core/crypto/signature.h"

#include "sim/bank/books_dlt.h"

#include <stdint.h>

/** Bytes that are signed. */
#define HST_DLT_ENCODED_SIZE 40

/** What the debtor agent orders. */
typedef struct hst_dlt_transaction {
    uint32_t payment;       /**< it belongs to */
    uint32_t from;          /**< institution that pays and signs */
    uint32_t to;            /**< institution that is paid */
    uint16_t from_currency; /**< of the balance that pays */
    uint16_t to_currency;   /**< of the balance that is paid; another one is converted into */
    uint32_t sequence;      /**< among the transactions of the balance that pays, from 0 */
    int64_t minor;          /**< what leaves `from`, fee included */
} hst_dlt_transaction;

/** Keys of every institution on one ledger. */
typedef struct hst_dlt_keys {
    uint64_t ledger;           /**< its number: signatures are good on no other */
    uint32_t count;            /**< institutions */
    hst_signing_key *signing;  /**< by institution */
    hst_public_key *verifying; /**< by institution, known to validators */
} hst_dlt_keys;

/** Transactions by what became of them. */
typedef struct hst_dlt_tally {
    uint64_t verdicts[HST_DLT_VERDICT_COUNT]; /**< by hst_dlt_verdict */
} hst_dlt_tally;

/** What the ledger sets at execution, not the signer. */
typedef struct hst_dlt_terms {
    int64_t fee_minor;  /**< to the operators, out of the amount */
    hst_rate mid;       /**< between two currencies; unused within one */
    int64_t spread_ppb; /**< the dealer's half-spread; likewise */
} hst_dlt_terms;

/** Keys that follow from the ledger's number. */
HST_NODISCARD hst_status hst_dlt_keys_create(uint64_t ledger,
                                             uint32_t count,
                                             hst_arena *arena,
                                             hst_dlt_keys **out);

/** Write what is signed into bytes[HST_DLT_ENCODED_SIZE]. Different transactions differ in it. */
void hst_dlt_encode(uint64_t ledger, const hst_dlt_transaction *one, uint8_t *bytes);

/** Sign with the key of `from`. */
hst_signature hst_dlt_sign(const hst_dlt_keys *keys, const hst_dlt_transaction *one);

/** HST_OK when the owner of the balance that pays signed exactly this, otherwise HST_MISMATCH. */
HST_NODISCARD hst_status hst_dlt_verify(const hst_dlt_keys *keys,
                                        const hst_dlt_transaction *one,
                                        const hst_signature *signature);

/** Execute a transaction: check the signature (unless `keys` is NULL), then pay. The verdict is
 * counted. HST_REFUSED unless it was paid. */
HST_NODISCARD hst_status hst_dlt_settle(hst_books *books,
                                        const hst_dlt_keys *keys,
                                        const hst_dlt_transaction *one,
                                        const hst_signature *signature,
                                        const hst_dlt_terms *terms,
                                        hst_dlt_tally *tally,
                                        hst_dlt_paid *paid);

#endif
