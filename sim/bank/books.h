/** @file sim/bank/books.h
 * The books of every institution and settlement system: which account is which, and the postings
 * of a payment in the words of banking.
 *
 * Each institution keeps one ledger; so does each settlement system. Accounts of a bank:
 *
 *   assets (debit balance)               liabilities and income (credit balance)
 *     nostro at H, by relation             customers, in the home currency
 *     reserves at the central bank         vostro of owner O, by relation
 *                                          transit: payments that came in and did not go out yet
 *     by currency, either side:            charges, margin, residue: income
 *       fx: open position                  borrowing: drawn from the correspondent
 *       capital: contra of the opening     (loans: the same, seen from the lender)
 *
 * A nostro and its vostro are the same money in two books, written when each side learns of it:
 * they must agree to the minor unit when nothing is in flight (hst_books_reconcile).
 *
 * Every movement is a transfer of core/ledger with limits enforced there; this file only knows
 * which accounts to name. Ledger time is the simulator's; ids are (payment, step), so no posting
 * can happen twice.
 *
 * Units     minor units of the position's currency.
 * Errors    HST_REFUSED when the ledger refuses (result in hst_books.last_result); HST_NO_MEMORY.
 * Memory    ledgers from the hst_memory handed in, released by hst_books_release.
 * Threads   one at a time; sealing runs on several.
 */
#ifndef HST_SIM_BANK_BOOKS_H
#define HST_SIM_BANK_BOOKS_H

#include "core/base/arena.h"
#include "core/ledger/ledger.h"
#include "core/money/rate.h"

#include "sim/bank/institution.h"

#include <stdint.h>

/** Books index that names none. */
#define HST_NO_BOOK UINT32_MAX

/** Accounts every position (institution, currency) has, in this order. */
typedef enum hst_role {
    HST_ROLE_TRANSIT = 0,   /**< payments under way through this institution */
    HST_ROLE_CHARGES = 1,   /**< charges earned */
    HST_ROLE_FX = 2,        /**< open position against other currencies */
    HST_ROLE_MARGIN = 3,    /**< FX margin earned */
    HST_ROLE_RESIDUE = 4,   /**< what rounding left, in the dealer's favour */
    HST_ROLE_BORROWING = 5, /**< drawn from correspondents */
    HST_ROLE_LOANS = 6,     /**< lent to respondents */
    HST_ROLE_CAPITAL = 7,   /**< contra of opening balances */
    HST_ROLE_COUNT = 8      /**< how many */
} hst_role;

/** A pending transfer and the ledger it stands in; all zero names none. */
typedef struct hst_hold {
    uint32_t ledger;  /**< books index */
    uint32_t pending; /**< the ledger's handle */
} hst_hold;

/** Totals of one currency over all books, for reconciliation. */
typedef struct hst_currency_total {
    int64_t customers_minor; /**< owed to customers */
    int64_t income_minor;    /**< charges, margin, residue */
    int64_t fx_minor;        /**< open positions; what dealers bought (+) or sold (-) */
    int64_t transit_minor;   /**< under way */
} hst_currency_total;

/** Outcome of a reconciliation. */
typedef struct hst_reconciliation {
    uint64_t relations_checked;  /**< nostro against vostro */
    uint64_t relations_broken;   /**< of them, different */
    uint64_t reserves_checked;   /**< banks' reserves against the system's accounts */
    uint64_t reserves_broken;    /**< of them, different */
    uint64_t transit_checked;    /**< transit accounts that must be empty */
    uint64_t transit_broken;     /**< of them, not empty */
    uint64_t currencies_checked; /**< totals against the opening totals */
    uint64_t currencies_broken;  /**< of them, different */
} hst_reconciliation;

/** All books; fields may be read, not written. */
typedef struct hst_books {
    const hst_institutions *institutions; /**< borrowed */
    uint32_t customers_per_bank;          /**< accounts a debtor or creditor agent keeps */
    hst_ledger **ledgers;                 /**< institutions first, then systems */
    uint32_t ledger_count;                /**< how many */
    uint32_t first_system;                /**< books index of system 0 */
    uint32_t *position_base;              /**< [institution * currency_count + currency] account of
                                               role 0, or UINT32_MAX without a position */
    uint32_t currency_count;              /**< columns of position_base */
    uint32_t *first_customer;             /**< by institution */
    uint32_t *nostro;                     /**< by relation: account in the owner's book */
    uint32_t *vostro;                     /**< by relation: account in the servicer's book */
    uint32_t *reserves;                   /**< by institution: account in its own book */
    uint32_t *settlement;                 /**< by institution: account in its system's book */
    uint32_t dlt;                         /**< books index of the distributed ledger, the last, or
                                               HST_NO_BOOK (sim/bank/books_dlt.h) */
    uint32_t *dlt_balance;                /**< [institution * currency_count + currency] account
                                               on it, or HST_HANDLE_NONE */
    uint32_t *dlt_holdings;               /**< likewise: its mirror in the own book */
    bool keep_log;                        /**< sealed events are kept for an audit */
    hst_currency_total *opening_totals;   /**< by currency */
    hst_ledger_result last_result;        /**< of the last refused posting */
    int64_t time_ns;                      /**< ledger time of the next posting */
    uint64_t transfer_count;              /**< transfers the ledgers accepted */
    uint64_t refused_count;               /**< transfers the ledgers refused */
} hst_books;

/** Open every ledger and account, all balances zero. `positions`: those that institutions keep
 * besides home and their relations' currencies, [institution * currencies + currency], each with
 * room for holdings on a distributed ledger; NULL = none. `keep_log` keeps what an audit replays.
 */
HST_NODISCARD hst_status hst_books_create(const hst_institutions *institutions,
                                          uint32_t customers_per_bank,
                                          const bool *positions,
                                          bool keep_log,
                                          hst_memory memory,
                                          hst_arena *arena,
                                          hst_books *books,
                                          hst_error *error);

/** Give the ledgers' memory back. */
void hst_books_release(hst_books *books);

/** Account of a role; the position must exist. */
uint32_t
hst_books_account(const hst_books *books, uint32_t institution, uint16_t currency, hst_role role);

/** Whether an institution keeps accounts in a currency. */
bool hst_books_has_position(const hst_books *books, uint32_t institution, uint16_t currency);

/** Account of a customer in its bank's book. */
uint32_t hst_books_customer(const hst_books *books, uint32_t institution, uint32_t customer);

/** Balances and lines before the first payment. */
HST_NODISCARD hst_status hst_books_open_customer(hst_books *books,
                                                 uint32_t institution,
                                                 uint32_t customer,
                                                 int64_t minor);
/** Nostro and vostro of a relation with an overdraft of `line_minor`. */
HST_NODISCARD hst_status hst_books_open_relation(hst_books *books,
                                                 uint32_t relation,
                                                 int64_t minor,
                                                 int64_t line_minor);
/** Reserves of a bank in its system with intraday credit of `line_minor`. */
HST_NODISCARD hst_status hst_books_open_reserves(hst_books *books,
                                                 uint32_t institution,
                                                 int64_t minor,
                                                 int64_t line_minor);
/** The central bank lends reserves: its contra to the bank's account; reserves to borrowing. */
HST_NODISCARD hst_status hst_books_lend_reserves(hst_books *books,
                                                 uint32_t institution,
                                                 int64_t minor);
/** Remember the totals that must stay. */
void hst_books_close_opening(hst_books *books);

/** Ledger time of every posting that follows. */
void hst_books_set_time(hst_books *books, int64_t time_ns);

/** One transfer in an institution's or system's book. */
HST_NODISCARD hst_status
hst_books_move(hst_books *books, uint32_t ledger, uint32_t debit, uint32_t credit, int64_t minor);

/** Two transfers that stand or fall together. */
HST_NODISCARD hst_status hst_books_move_two(hst_books *books,
                                            uint32_t ledger,
                                            const uint32_t debit[2],
                                            const uint32_t credit[2],
                                            const int64_t minor[2]);

/** Reserve an amount; posted or voided later. */
HST_NODISCARD hst_status hst_books_hold(hst_books *books,
                                        uint32_t ledger,
                                        uint32_t debit,
                                        uint32_t credit,
                                        int64_t minor,
                                        hst_hold *hold);
/** Make a hold final. */
void hst_books_post(hst_books *books, hst_hold hold);
/** Take a hold back. */
void hst_books_void(hst_books *books, hst_hold hold);

/** Convert `minor` of `from` in an institution's transit into `to`, at `mid` less `spread_ppb`
 * (negative: a promotion out of the dealer's margin). Outputs: what reached transit, and the margin
 * (negative for a promotion), both in `to`. */
HST_NODISCARD hst_status hst_books_convert(hst_books *books,
                                           uint32_t institution,
                                           uint16_t from,
                                           uint16_t to,
                                           int64_t minor,
                                           hst_rate mid,
                                           int64_t spread_ppb,
                                           int64_t *net_minor,
                                           int64_t *margin_minor);

/** What may still be paid out of a nostro: balance plus line minus holds. */
int64_t hst_books_nostro_available(const hst_books *books, uint32_t relation);
/** Booked balance of a nostro, negative when overdrawn. */
int64_t hst_books_nostro_balance(const hst_books *books, uint32_t relation);
/** Booked balance of a bank in its settlement system. */
int64_t hst_books_settlement_balance(const hst_books *books, uint32_t institution);
/** What may still be paid out of it. */
int64_t hst_books_settlement_available(const hst_books *books, uint32_t institution);

/** Compare every mirror and total; valid when nothing is in flight. */
hst_reconciliation hst_books_reconcile(const hst_books *books);

#endif
