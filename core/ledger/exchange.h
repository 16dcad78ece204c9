/** @file core/ledger/exchange.h
 * Several currencies in one step: payment versus payment, and conversion at a dealer.
 *
 * Both are chains of linked compact transfers, so there is no state in which one leg is posted and
 * another is not.
 *
 * Conversion of a source amount at a rate (target minor units per source minor unit):
 *
 *   customer source --amount-->  dealer source          exact = amount * rate
 *   customer source --fee----->  fee account            gross = ceil(exact)
 *   dealer target   --net----->  customer target        net = floor(exact * (1 - spread))
 *   dealer target   --margin-->  margin account         margin = floor(exact * spread)
 *   dealer target   --residue->  residue account        residue = gross - net - margin
 *
 * Every rounding favours the dealer, and what it leaves (0, 1 or 2 minor units) has an account of
 * its own, so rate, spread, fee and rounding stay recoverable from the books.
 *
 * Units     _minor: minor units of the account's currency; _ppb: parts per billion.
 * Errors    HST_REFUSED with the result in `outcome`; HST_NO_MEMORY, HST_FULL.
 * Threads   as core/ledger/ledger.h.
 * Source    TigerBeetle's currency exchange recipe; CPMI, "Foreign exchange settlement" (PvP).
 */
#ifndef HST_CORE_LEDGER_EXCHANGE_H
#define HST_CORE_LEDGER_EXCHANGE_H

#include "core/ledger/ledger.h"
#include "core/money/rate.h"

/** Most legs of one payment versus payment. */
#define HST_PVP_LEG_MAX 16

/** One payment of a PvP. */
typedef struct hst_pvp_leg {
    uint64_t amount_minor; /**< paid */
    uint32_t debit;        /**< account handle: who pays */
    uint32_t credit;       /**< account handle: who receives */
    uint16_t code;         /**< purpose, not 0 */
    bool sequenced;        /**< it is the paying account's next sequenced debit */
    uint32_t sequence;     /**< and its number; else 0 */
    uint32_t user_data;    /**< the caller's */
} hst_pvp_leg;

/** All legs or none; 1 ... HST_PVP_LEG_MAX legs, usually in different currencies. outcomes[i]
 * belongs to legs[i]; HST_REFUSED when one failed: its outcome says why. */
HST_NODISCARD hst_status hst_ledger_pvp(hst_ledger *ledger,
                                        const hst_pvp_leg *legs,
                                        size_t leg_count,
                                        hst_outcome *outcomes);

/** A conversion at a dealer. */
typedef struct hst_fx_order {
    uint64_t amount_minor;    /**< source amount */
    uint64_t fee_minor;       /**< charged in the source currency on top */
    hst_rate rate;            /**< mid: target minor units per source minor unit */
    int64_t spread_ppb;       /**< dealer's margin off the mid, 0 ... 999,999,999 */
    uint32_t customer_source; /**< pays amount and fee */
    uint32_t dealer_source;   /**< receives the amount */
    uint32_t dealer_target;   /**< pays gross */
    uint32_t customer_target; /**< receives net */
    uint32_t margin_account;  /**< target currency, receives the margin */
    uint32_t residue_account; /**< target currency, receives what rounding leaves */
    uint32_t fee_account;     /**< source currency, receives the fee; unused when it is 0 */
    uint16_t code;            /**< purpose, not 0 */
    bool sequenced;           /**< the amount is customer_source's next sequenced debit */
    uint32_t sequence;        /**< and its number; else 0 */
    uint32_t user_data;       /**< the caller's */
} hst_fx_order;

/** What a conversion comes to, in minor units. */
typedef struct hst_fx_quote {
    uint64_t gross_minor;   /**< leaves the dealer's target account */
    uint64_t net_minor;     /**< reaches the customer */
    uint64_t margin_minor;  /**< dealer's margin */
    uint64_t residue_minor; /**< left by rounding: 0, 1 or 2 */
} hst_fx_quote;

/** Work out a conversion without posting. HST_INVALID for a rate or spread out of range,
 * HST_OVERFLOW. */
HST_NODISCARD hst_status hst_fx_quote_make(uint64_t amount_minor,
                                           hst_rate rate,
                                           int64_t spread_ppb,
                                           hst_fx_quote *quote_out);

/** Convert and post, all or nothing. `quote_out` may be NULL. */
HST_NODISCARD hst_status hst_ledger_fx(hst_ledger *ledger,
                                       const hst_fx_order *order,
                                       hst_fx_quote *quote_out,
                                       hst_outcome *outcome);

#endif
