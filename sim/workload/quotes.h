/** @file sim/workload/quotes.h
 * What providers really charge: World Bank price quotes by corridor, as a price list to draw from.
 *
 * A quote gives the fee for 200 and for 500 USD. Two points make a line, so a quote becomes a fixed
 * fee plus a share of the amount, and an FX margin; beyond 5,000 USD the fee no longer grows
 * (modelled: docs/explanation/model.md). A corridor without quotes of its own draws from all
 * quotes.
 *
 * Units     fees in micro-USD, shares and margins in parts per billion of the amount.
 * Errors    HST_IO, HST_SCENARIO with file:line:column.
 * Memory    from the arena; borrows the atlas during loading only.
 * Threads   read-only after loading.
 * Source    World Bank, Remittance Prices Worldwide, 2013Q3-2014Q2 (scenarios/data/quotes.csv).
 */
#ifndef HST_SIM_WORKLOAD_QUOTES_H
#define HST_SIM_WORKLOAD_QUOTES_H

#include "core/base/arena.h"
#include "core/base/random.h"

#include "sim/bank/atlas.h"
#include "sim/base/error.h"
#include "sim/base/inputs.h"

#include <stdint.h>

/** Kind of provider. */
typedef enum hst_firm {
    HST_FIRM_BANK = 0, /**< a bank */
    HST_FIRM_MTO = 1,  /**< a money transfer operator */
    HST_FIRM_POST = 2, /**< a post office (settles through a transfer group) */
    HST_FIRM_COUNT = 3 /**< how many kinds */
} hst_firm;

/** How fast the provider says it is. */
typedef enum hst_speed {
    HST_SPEED_UNDER_1H = 0,           /**< within an hour */
    HST_SPEED_SAME_DAY = 1,           /**< the same day */
    HST_SPEED_NEXT_DAY = 2,           /**< the next business day */
    HST_SPEED_TWO_DAYS = 3,           /**< two business days */
    HST_SPEED_THREE_TO_FIVE_DAYS = 4, /**< three to five business days */
    HST_SPEED_SIX_PLUS = 5,           /**< six business days or more */
    HST_SPEED_COUNT = 6               /**< how many */
} hst_speed;

/** One price. */
typedef struct hst_quote {
    int64_t fixed_micro_usd; /**< fee whatever the amount */
    int64_t fee_ppb;         /**< fee as a share of the amount, up to 5,000 USD */
    int64_t margin_ppb;      /**< FX margin; may be negative (a promotion) */
    uint8_t firm;            /**< hst_firm */
    uint8_t speed;           /**< hst_speed */
} hst_quote;

/** All prices, grouped by corridor. */
typedef struct hst_quotes {
    hst_quote *all;        /**< every quote */
    uint32_t count;        /**< how many */
    uint32_t *first;       /**< by corridor: its quotes are by_corridor[first[c]] ... */
    uint32_t *counts;      /**< by corridor: how many of any firm */
    uint32_t *by_corridor; /**< quote indices grouped by corridor */
    uint32_t *banks;       /**< indices of the quotes of banks */
    uint32_t bank_count;   /**< how many */
} hst_quotes;

/** Read the price list. Rows of corridors the atlas does not have only join the general list. */
HST_NODISCARD hst_status hst_quotes_load(hst_inputs *inputs,
                                         const char *path,
                                         const hst_atlas *atlas,
                                         hst_arena *arena,
                                         hst_quotes *quotes,
                                         hst_error *error);

/** A quote for one remittance in a corridor: any firm, all quotes equally likely. */
const hst_quote *hst_quotes_draw(const hst_quotes *quotes, uint32_t corridor, hst_random *random);

/** A quote of a bank, from all corridors: the price of a retail payment. */
const hst_quote *hst_quotes_draw_bank(const hst_quotes *quotes, hst_random *random);

/** Fee of a quote for an amount. */
int64_t hst_quote_fee_micro_usd(const hst_quote *quote, int64_t amount_micro_usd);

/** Words as in results and data. */
const char *hst_firm_text(hst_firm firm);
/** The same for speeds. */
const char *hst_speed_text(hst_speed speed);

#endif
