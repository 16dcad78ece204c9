/** @file sim/bank/books_dlt.h
 * A distributed ledger among the books: who holds what on it, and how it is paid with.
 *
 *   the distributed ledger                     an institution's own book
 *     balance of an institution  <-- mirror -->  holdings (asset), in each currency it holds
 *     by currency: issuer (contra of all), dealer, margin, residue, fees
 *
 * An institution holds a balance in each currency it pays or is paid in. A payment is one chain of
 * linked transfers, all of it or nothing: fee and amount within a currency; between two, fee, the
 * amount to the dealer in one, and out of the dealer in the other (core/ledger/exchange.h). The
 * dealer holds an open position, as dealers at banks do, and its margin and what rounding leaves
 * are booked by name.
 *
 * The chain is the next sequenced debit of the balance that pays, so the ledger itself refuses a
 * transaction that comes a second time, and one that comes before its predecessor. A transaction
 * that cannot be paid uses its number up, else all behind it would wait for ever.
 *
 * Holdings are written when the institution learns of a payment, so they equal the balance when
 * nothing is in flight.
 *
 * Units     minor units of the account's currency.
 * Errors    HST_REFUSED when a ledger refuses; HST_NO_MEMORY.
 * Threads   as sim/bank/books.h.
 */
#ifndef HST_SIM_BANK_BOOKS_DLT_H
#define HST_SIM_BANK_BOOKS_DLT_H

#include "sim/bank/books.h"

/** A payment on the distributed ledger. */
typedef struct hst_dlt_payment {
    uint32_t from;          /**< institution that pays */
    uint32_t to;            /**< institution that is paid */
    uint16_t from_currency; /**< of the balance that pays */
    uint16_t to_currency;   /**< of the balance that is paid */
    uint32_t sequence;      /**< among the transactions of the balance that pays, from 0 */
    int64_t minor;          /**< what leaves `from`, the fee in it */
    int64_t fee_minor;      /**< of it, to the ledger's operators; less than `minor` */
    hst_rate mid;           /**< between two currencies; unused within one */
    int64_t spread_ppb;     /**< the dealer's half-spread; likewise */
} hst_dlt_payment;

/** What the ledger made of a transaction. */
typedef enum hst_dlt_verdict {
    HST_DLT_PAID = 0, /**< all of it was booked */
    HST_DLT_UNPAID,   /**< the balance lacks it, or nothing would arrive; its number is used up */
    HST_DLT_REPLAYED, /**< its number was used before */
    HST_DLT_EARLY,    /**< an earlier one of the same balance has not come yet */
    HST_DLT_FORGED,   /**< its signature is not the owner's (sim/rail/dlt_transaction.h) */
    HST_DLT_VERDICT_COUNT
} hst_dlt_verdict;

/** What became of it, in the currency that arrives. */
typedef struct hst_dlt_paid {
    hst_dlt_verdict verdict; /**< the rest is zero unless HST_DLT_PAID */
    int64_t net_minor;       /**< reached `to` */
    int64_t margin_minor;    /**< kept by the dealer */
} hst_dlt_paid;

/** Open the distributed ledger behind all others, balances and holdings; once, right after
 * hst_books_create. `holds`: who holds what, [institution * currency_count + currency]; the
 * positions must exist. NULL: every institution with customers its home currency. */
HST_NODISCARD hst_status hst_books_add_dlt(hst_books *books,
                                           const bool *holds,
                                           hst_memory memory,
                                           hst_arena *arena);

/** Whether an institution has a balance in a currency. */
bool hst_books_dlt_holds(const hst_books *books, uint32_t institution, uint16_t currency);

/** Balance and holdings before the first payment. */
HST_NODISCARD hst_status hst_books_dlt_open(hst_books *books,
                                            uint32_t institution,
                                            uint16_t currency,
                                            int64_t minor);

/** The issuer funds a balance against a loan in the institution's book. */
HST_NODISCARD hst_status hst_books_dlt_lend(hst_books *books,
                                            uint32_t institution,
                                            uint16_t currency,
                                            int64_t minor);

/** The reverse: the issuer takes back what is not held for a payment. What it had lent is repaid
 * first; beyond that it owes the institution (a debit balance of its borrowing). */
HST_NODISCARD hst_status hst_books_dlt_redeem(hst_books *books,
                                              uint32_t institution,
                                              uint16_t currency,
                                              int64_t minor);

/** What the institution may still pay, as it knows it: holdings less holds. */
int64_t hst_books_dlt_available(const hst_books *books, uint32_t institution, uint16_t currency);

/** Balance on the distributed ledger. */
int64_t hst_books_dlt_balance(const hst_books *books, uint32_t institution, uint16_t currency);

/** On-ramp: reserve an amount from transit to holdings; posted when the payment is final. */
HST_NODISCARD hst_status hst_books_dlt_hold(
    hst_books *books, uint32_t institution, uint16_t currency, int64_t minor, hst_hold *hold);

/** Execute a payment on the distributed ledger. HST_REFUSED unless the verdict is HST_DLT_PAID. */
HST_NODISCARD hst_status hst_books_dlt_pay(hst_books *books,
                                           const hst_dlt_payment *payment,
                                           hst_dlt_paid *paid);

/** Off-ramp: holdings grow by what came in, and so does transit. */
HST_NODISCARD hst_status hst_books_dlt_receive(hst_books *books,
                                               uint32_t institution,
                                               uint16_t currency,
                                               int64_t minor);

/** What dealer and operators own of a currency on the ledger: part of the currency's total. */
int64_t hst_books_dlt_owned(const hst_books *books, uint16_t currency);

/** Compare every balance with its holdings; valid when nothing is in flight. */
void hst_books_dlt_reconcile(const hst_books *books, uint64_t *checked, uint64_t *broken);

#endif
