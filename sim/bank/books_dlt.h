/** @file sim/bank/books_dlt.h
 * A distributed ledger among the books: who holds what on it, and how it is paid with.
 *
 *   the distributed ledger                     an institution's own book
 *     balance of an institution  <-- mirror -->  holdings (asset)
 *     by currency: issuer (contra of all), dealer, margin, residue, fees
 *
 * Every institution with customers has one balance, in its home currency: that is what it pays out
 * of and is paid in. A payment is one chain of linked transfers, all of it or nothing: fee, the
 * amount to the dealer in one currency, and out of the dealer in the other
 * (core/ledger/exchange.h); within a currency, fee and amount. The dealer holds an open position,
 * as dealers at banks do, and its margin and what rounding leaves are booked by name.
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
    uint32_t from;      /**< institution that pays */
    uint32_t to;        /**< institution that is paid */
    int64_t minor;      /**< what leaves `from`, the fee in it */
    int64_t fee_minor;  /**< of it, to the ledger's operators; less than `minor` */
    hst_rate mid;       /**< between two currencies; unused within one */
    int64_t spread_ppb; /**< the dealer's half-spread; likewise */
} hst_dlt_payment;

/** What became of it, in the currency of the institution that is paid. */
typedef struct hst_dlt_paid {
    int64_t net_minor;    /**< reached `to` */
    int64_t margin_minor; /**< kept by the dealer */
} hst_dlt_paid;

/** Open the distributed ledger behind all others, and holdings in every book; once, right after
 * hst_books_create. */
HST_NODISCARD hst_status hst_books_add_dlt(hst_books *books, hst_memory memory, hst_arena *arena);

/** Whether an institution takes part. */
bool hst_books_on_dlt(const hst_books *books, uint32_t institution);

/** Balance and holdings before the first payment. */
HST_NODISCARD hst_status hst_books_dlt_open(hst_books *books, uint32_t institution, int64_t minor);

/** The issuer funds a balance against a loan in the institution's book. */
HST_NODISCARD hst_status hst_books_dlt_lend(hst_books *books, uint32_t institution, int64_t minor);

/** What the institution may still pay, as it knows it: holdings less holds. */
int64_t hst_books_dlt_available(const hst_books *books, uint32_t institution);

/** Balance on the distributed ledger. */
int64_t hst_books_dlt_balance(const hst_books *books, uint32_t institution);

/** On-ramp: reserve an amount from transit to holdings; posted when the payment is final. */
HST_NODISCARD hst_status hst_books_dlt_hold(hst_books *books,
                                            uint32_t institution,
                                            int64_t minor,
                                            hst_hold *hold);

/** Execute a payment on the distributed ledger. HST_REFUSED also when nothing would arrive. */
HST_NODISCARD hst_status hst_books_dlt_pay(hst_books *books,
                                           const hst_dlt_payment *payment,
                                           hst_dlt_paid *paid);

/** Off-ramp: holdings grow by what came in, and so does transit. */
HST_NODISCARD hst_status hst_books_dlt_receive(hst_books *books,
                                               uint32_t institution,
                                               int64_t minor);

/** What dealer and operators own of a currency on the ledger: part of the currency's total. */
int64_t hst_books_dlt_owned(const hst_books *books, uint16_t currency);

/** Compare every balance with its holdings; valid when nothing is in flight. */
void hst_books_dlt_reconcile(const hst_books *books, uint64_t *checked, uint64_t *broken);

#endif
