/** @file sim/payment/dlt.h
 * The ramps of a distributed ledger: where a payment changes currency, and what each part costs.
 *
 * D and C are the home currencies of debtor and creditor agent, L is rails.dlt.currency:
 *
 *   rails.dlt.conversion   debtor agent   on the ledger   creditor agent
 *   ledger                 D              D to C          C                a dealer on the ledger
 *   on_ramp                D to C         C               C                the debtor agent's desk
 *   off_ramp               D              D               D to C           the creditor agent's
 *   both_ramps             D to L         L               L to C           both desks
 *
 * An agent's desk converts in its own book, as everywhere (sim/bank/books.h). A balance opens by
 * the rule of nostros, in the currency that will be paid out; what is lacking the issuer lends.
 * What comes in beyond the opening balance in a currency that is not the agent's own costs the
 * price of money until the issuer takes it back, when that currency's settlement system ends its
 * day.
 *
 * Threads   as sim/payment/world.h.
 */
#ifndef HST_SIM_PAYMENT_DLT_H
#define HST_SIM_PAYMENT_DLT_H

#include "sim/rail/dlt.h"
#include "sim/rail/dlt_transaction.h"

#include <stdbool.h>
#include <stdint.h>

/** Parts of what a payment over the distributed ledger costs. */
typedef enum hst_dlt_part {
    HST_DLT_PART_RAMP_FEES = 0, /**< fees of both agents */
    HST_DLT_PART_LEDGER_FEE,    /**< fee of the ledger's operators */
    HST_DLT_PART_ON_RAMP,       /**< margin and spread at the debtor agent */
    HST_DLT_PART_DEALER,        /**< spread of the dealer on the ledger */
    HST_DLT_PART_OFF_RAMP,      /**< spread at the creditor agent */
    HST_DLT_PART_FUNDING,       /**< balance that stood ready, and loans of the issuer */
    HST_DLT_PART_HELD,          /**< foreign balance until the issuer takes it back */
    HST_DLT_PART_UNDER_WAY,     /**< money between debit and credit */
    HST_DLT_PART_COUNT
} hst_dlt_part;

/** What the ramps know and count. Places are [institution * currencies + currency]. */
typedef struct hst_dlt_ramps {
    bool *holds;                    /**< by place: there is a balance */
    uint16_t currency;              /**< rails.dlt.currency */
    int64_t *opening_minor;         /**< by place: balance before the first payment */
    uint32_t *next_sequence;        /**< by place: what its owner gives the next transaction */
    uint32_t *sequence;             /**< by payment: what its transaction was given */
    const hst_dlt_keys *keys;       /**< that sign transactions; NULL = modelled */
    hst_signature *signatures;      /**< by payment; NULL = modelled */
    hst_dlt_tally tally;            /**< transactions by verdict */
    uint64_t redemptions;           /**< times the issuer took back a balance */
    int64_t redeemed_micro_usd;     /**< of how much */
    uint64_t completed;             /**< payments that the parts are of */
    double pct[HST_DLT_PART_COUNT]; /**< sums of parts in per cent of each amount */
} hst_dlt_ramps;

#endif
