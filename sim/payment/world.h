/** @file sim/payment/world.h
 * Everything a simulated day holds while it runs, and the life of one payment in it.
 *
 * The rooms know their own stage only; this one knows the journey. Read the files in the order a
 * payment meets them:
 *
 *   originate.c   the debtor instructs; the debtor agent prices, books and routes
 *   leg.c         one leg after the other: conversion, correspondent, settlement system
 *   dlt.c, dlt.h  instead of all legs, a transaction on a distributed ledger
 *   credit.c      the creditor agent credits the creditor
 *   unwind.c      a leg failed: the money goes back the way it came
 *   liquidity.c   opening balances from yesterday's flows; refilling nostros during the day
 *   learn.c       what became of each hop goes back to the router
 *   measure.c     rows, histograms and sums
 *
 * A payment is at one institution at a time (`holder`), as a balance on that institution's transit
 * account; each leg moves it on. What the next institution books, it books when it learns of it, so
 * books agree only when nothing is in flight.
 *
 * Threads   one; sealing blocks and drawing the workload use `threads`.
 */
#ifndef HST_SIM_PAYMENT_WORLD_H
#define HST_SIM_PAYMENT_WORLD_H

#include "core/base/arena.h"
#include "core/base/random.h"
#include "core/ledger/block.h"

#include "sim/bank/atlas.h"
#include "sim/bank/books.h"
#include "sim/bank/institution.h"
#include "sim/engine/kernel.h"
#include "sim/market/dealer.h"
#include "sim/market/market.h"
#include "sim/metrics/histogram.h"
#include "sim/metrics/result.h"
#include "sim/payment/dlt.h"
#include "sim/payment/routes.h"
#include "sim/rail/dlt.h"
#include "sim/rail/nostro.h"
#include "sim/rail/rtgs.h"
#include "sim/scenario/scenario.h"
#include "sim/workload/workload.h"

#include <stdbool.h>
#include <stdint.h>

/** What can happen; the target is a payment unless said. */
typedef enum hst_happening {
    HST_HAPPENS_SUBMIT = 0, /**< a debtor instructs */
    HST_HAPPENS_LEG,        /**< the holder is ready for the next leg */
    HST_HAPPENS_SERVICER,   /**< an order reached the correspondent that keeps the account */
    HST_HAPPENS_SYSTEM,     /**< an order reached a settlement system */
    HST_HAPPENS_ADVICE,     /**< the receiver learns of money it got */
    HST_HAPPENS_CONFIRM,    /**< the sender learns that its order settled; argument: the hold */
    HST_HAPPENS_TIMEOUT,    /**< waited too long for cover */
    HST_HAPPENS_CREDIT,     /**< the creditor is credited */
    HST_HAPPENS_RETURN,     /**< money goes back one leg */
    HST_HAPPENS_CLOSE,      /**< a settlement system (target) ends its day */
    HST_HAPPENS_QUOTES,     /**< dealers' quotes change */
    HST_HAPPENS_TOP_UP,     /**< banks look at their nostros */
    HST_HAPPENS_SAMPLE,     /**< balances and exposures are written down */
    HST_HAPPENS_BLOCK,      /**< every ledger seals a block */
    HST_HAPPENS_DLT,        /**< the distributed ledger's validators go on */
    HST_HAPPENS_COUNT       /**< how many */
} hst_happening;

/** A payment under way. */
typedef struct hst_live {
    uint32_t legs[HST_LEG_MAX];         /**< plan: legs of the corridor graph */
    int64_t sold[HST_CONVERSION_MAX];   /**< by conversion made: what went in */
    int64_t bought[HST_CONVERSION_MAX]; /**< and what came out */
    int64_t minor;                      /**< amount at the holder now */
    int64_t fee_micro_usd;              /**< charges so far */
    int64_t margin_micro_usd;           /**< FX margin so far */
    int64_t liquidity_micro_usd;        /**< cost of liquidity so far */
    int64_t advertised_micro_usd;       /**< what the router expected */
    int64_t bank_ns;                    /**< reached the creditor agent, or never */
    int64_t waiting_ns;                 /**< since when it waits for cover or opening */
    int64_t queued_ns;                  /**< waited in all */
    int64_t leg_ns;                     /**< the current leg was handed to its rail */
    int64_t hop_ns;                     /**< the current hop of the plan began */
    int64_t hop_paid_micro_usd;         /**< all that was paid by then */
    hst_random random;                  /**< processing times of this payment */
    hst_hold hold;                      /**< of the current leg */
    hst_timer timer;                    /**< end of patience */
    uint32_t holder;                    /**< institution that has the money */
    uint16_t currency;                  /**< of `minor` */
    uint8_t leg;                        /**< next leg, or the one being undone */
    uint8_t leg_count;                  /**< in the plan */
    uint8_t conversions;                /**< made and not undone */
    uint8_t started;                    /**< legs begun: charge taken, use counted */
    uint8_t state;                      /**< hst_row_state */
    uint8_t reason;                     /**< hst_row_reason */
    uint8_t method;                     /**< hst_row_method */
    uint8_t intermediaries;             /**< between the agents */
    bool moved;                         /**< has left the debtor agent */
    bool priced;                        /**< the debtor's margin has been taken */
} hst_live;

/** Sums over the payments of one segment. */
typedef struct hst_segment_sum {
    uint64_t submitted;           /**< instructed */
    uint64_t by_state[8];         /**< terminal states, by hst_row_state */
    uint64_t by_reason[16];       /**< failures, by hst_row_reason */
    int64_t reason_micro_usd[16]; /**< their amounts, by hst_row_reason */
    uint64_t waited;              /**< that queued for cover or opening */
    uint64_t bank_10min;          /**< reached the creditor agent within ten minutes */
    uint64_t bank_1h;             /**< within an hour */
    uint64_t credited_1h;         /**< credited within an hour */
    uint64_t at_most_one;         /**< completed with at most one intermediary */
    int64_t amount_micro_usd;     /**< completed: amounts */
    int64_t fee_micro_usd;        /**< completed: fees and charges */
    int64_t margin_micro_usd;     /**< completed: FX margin */
    int64_t liquidity_micro_usd;  /**< completed: cost of liquidity */
    double cost_pct_sum;          /**< completed: sum of cost in per cent of each amount */
    double fee_pct_sum;           /**< of it: fees */
    double margin_pct_sum;        /**< of it: FX margin */
    double liquidity_pct_sum;     /**< of it: liquidity */
    hst_histogram credit_ns;      /**< submission to credit */
    hst_histogram bank_ns;        /**< submission to creditor agent */
    hst_histogram cost_micro_bp;  /**< all-in cost, millionths of a basis point */
} hst_segment_sum;

/** Sums over remittances of one kind of firm, for the World Bank's measure. */
typedef struct hst_firm_sum {
    uint64_t completed;  /**< payments */
    double cost_pct_sum; /**< all-in cost of each in per cent */
} hst_firm_sum;

/** Prices that payments took for their conversions, and premia. */
typedef struct hst_slip_sum {
    uint64_t held;             /**< conversions made at the price taken */
    uint64_t late;             /**< conversions that slipped to the price of then */
    int64_t amount_micro_usd;  /**< of those: payments' amounts */
    int64_t lost_micro_usd;    /**< of those: received less than at the price taken, net */
    int64_t moved_micro_usd;   /**< the same without sign */
    uint64_t premium_payments; /**< conversions that paid a parallel market's premium */
    int64_t premium_micro_usd; /**< of those: the premium */
} hst_slip_sum;

/** Segments of the sums: as hst_scenario_segment_name, then all together. */
enum { HST_SEGMENT_ALL = 3, HST_SEGMENT_SUMS = 4 };

/** Everything. */
typedef struct hst_world {
    const hst_scenario *scenario;         /**< borrowed */
    const hst_atlas *atlas;               /**< borrowed */
    const hst_institutions *institutions; /**< borrowed */
    const hst_market *market;             /**< borrowed */
    const hst_workload *workload;         /**< borrowed */
    hst_books books;                      /**< every ledger */
    hst_routes routes;                    /**< corridor graph and router */
    hst_nostro_rail nostro;               /**< correspondent accounts */
    hst_rtgs_rail rtgs;                   /**< settlement systems */
    hst_dlt_rail *dlt;                    /**< distributed ledger; NULL = there is none */
    bool *on_dlt;                         /**< by corridor: its payments go over it */
    int64_t *dlt_access_ns;               /**< by institution: one way to the nearest validator */
    hst_dlt_ramps ramps;                  /**< its ramps */
    int64_t dlt_queued_micro_usd;         /**< value ordered from it and not final yet */
    int64_t dlt_settled_micro_usd;        /**< value executed on it */
    uint64_t dlt_loans;                   /**< times the issuer funded a shortfall */
    int64_t dlt_loans_micro_usd;          /**< of how much */
    hst_dealers dealers;                  /**< inventories, and prices that lean against them */
    hst_slip_sum slips;                   /**< prices taken, premia paid */
    hst_kernel *kernel;                   /**< the clock */
    hst_result *result;                   /**< where rows go; NULL = nowhere */
    unsigned threads;                     /**< for sealing */
    hst_live *live;                       /**< by payment */
    uint32_t payment_count;               /**< instructions */
    uint32_t next_instruction;            /**< not yet submitted */
    uint32_t open_payments;               /**< submitted and not ended */
    double *charge_factor;                /**< by institution: its own prices to the published */
    bool *desk_only;                      /**< by institution: credits in business hours only */
    int64_t *target_minor;                /**< by relation: what its nostro should hold */
    bool *closed;                         /**< by corridor: the scenario closed it */
    int64_t *transit_micro_usd;           /**< by institution: principal under way there */
    int64_t at_risk_micro_usd;            /**< sum of transit_micro_usd */
    uint16_t usd;                         /**< index of USD */
    uint64_t *system_settled;             /**< by system: payments settled */
    int64_t *system_settled_micro_usd;    /**< by system: their value */
    int64_t *converted_micro_usd;         /**< by currency: value bought */
    uint32_t *conversions;                /**< by currency: conversions into it */
    uint64_t top_ups;                     /**< nostros refilled */
    uint64_t return_retries;              /**< returns that had to wait for liquidity */
    int64_t *time_to_credit_ns;           /**< by payment; -1 = not credited */
    int64_t *edge_charge_micro_usd;       /**< by edge: charges taken */
    uint64_t *edge_uses;                  /**< by edge: legs submitted */
    uint64_t *edge_failures;              /**< by edge: legs that did not settle */
    int64_t *edge_amount_micro_usd;       /**< by edge: value settled */
    int64_t *edge_settle_ns;              /**< by edge: time from submission to settlement */
    int64_t *corridor_cost_micro_usd;     /**< by corridor: completed payments' cost */
    int64_t *corridor_amount_micro_usd;   /**< by corridor: their amounts */
    uint64_t *corridor_payments;          /**< by corridor: submitted */
    uint64_t *corridor_completed;         /**< by corridor: completed */
    uint64_t *corridor_1h;                /**< by corridor: credited within an hour */
    uint64_t *corridor_intermediaries;    /**< by corridor: of completed payments */
    uint64_t *sent;                       /**< by institution: as debtor agent */
    uint64_t *received;                   /**< by institution: completed, as creditor agent */
    uint64_t *passed;                     /**< by institution: legs as intermediary */
    int64_t *charges_micro_usd;           /**< by institution: charges earned */
    hst_segment_sum *sums;                /**< [HST_SEGMENT_SUMS] */
    hst_firm_sum firms[HST_FIRM_COUNT];   /**< remittances by firm */
    uint64_t terminal_checks;             /**< payments seen to end */
    uint64_t terminal_twice;              /**< of them, a second time: never */
    uint64_t triangle_checks;             /**< quotes looked at for arbitrage */
    uint64_t triangle_failures;           /**< of them, with a profit */
    uint64_t seals;                       /**< blocks sealed */
    hst_block_header *headers;            /**< by ledger: of the block being sealed */
    hst_status *seal_status;              /**< by ledger: how sealing went */
    hst_status failure;                   /**< why the run had to stop */
    /** by payment: prices taken for its conversions; NULL = none are */
    int64_t (*quoted_ppb)[HST_CONVERSION_MAX];
} hst_world;

/** Processing time of an institution for one message of a payment: lognormal, sometimes repaired.
 */
int64_t hst_world_processing_ns(hst_world *world, hst_live *live, uint32_t institution);

/** One-way message time between two institutions. */
int64_t hst_world_latency_ns(const hst_world *world, uint32_t from, uint32_t to);

/** The same between an institution and a settlement system. */
int64_t hst_world_system_latency_ns(const hst_world *world, uint32_t institution, uint16_t system);

/** Earliest time at or after `time_ns` at which `institution` books customer payments in a
 * currency: its settlement system's opening; transfer groups never close. */
int64_t hst_world_next_open_ns(const hst_world *world,
                               uint32_t institution,
                               uint16_t currency,
                               int64_t time_ns);

/** Schedule something for a payment. */
void hst_world_schedule(hst_world *world, uint32_t payment, hst_happening what, int64_t time_ns);

/** The instruction of a payment. */
const hst_instruction *hst_world_instruction(const hst_world *world, uint32_t payment);

/** Principal enters (+) or leaves (-) an institution's transit account. */
void hst_world_at_risk(hst_world *world, uint32_t institution, int64_t micro_usd);

/** Whether a payment goes over the distributed ledger. */
static inline bool hst_world_on_dlt(const hst_world *world, const hst_instruction *one)
{
    return world->dlt != NULL && world->on_dlt[one->corridor];
}

/** What the distributed ledger is expected to cost: its fee and its dealer's half-spread. */
int64_t hst_dlt_advertised_micro_usd(const hst_world *world, const hst_instruction *one);

/** Currency of the balance that a payment is paid out of. */
uint16_t hst_dlt_paid_out_of(const hst_world *world, const hst_instruction *one);

/** The debtor agent holds the amount and sends the transaction. */
void hst_dlt_on_ramp(hst_world *world, uint32_t payment);

/** The transaction has reached a validator. */
void hst_dlt_order(hst_world *world, uint32_t payment);

/** The transaction is final: `context` is the hst_world (hst_dlt_execute). */
bool hst_dlt_executed(void *context, uint32_t payment);

/** The creditor agent learns of it. */
void hst_dlt_off_ramp(hst_world *world, uint32_t payment);

/** The payment has been credited: the parts of its cost that are known only now. */
void hst_dlt_completed(hst_world *world, const hst_live *live, const hst_instruction *one);

/** A settlement system ends its day: the issuer takes back what came in and is not needed. */
void hst_dlt_redeem(hst_world *world, uint16_t system);

/** The holder converts all of a payment in its own book, at the mid of `rate_ns` less a half-spread
 * (negative: a promotion). False when nothing would be left. */
HST_NODISCARD bool hst_payment_convert(
    hst_world *world, uint32_t payment, uint16_t to, int64_t spread_ppb, int64_t rate_ns);

/** Half-spread that dealers quote with the inventory they have. */
int64_t hst_deal_half_spread_ppb(
    const hst_world *world, uint16_t from, uint16_t to, hst_market_tier tier, int64_t time_ns);

/** The payment takes a price for each conversion of its plan, where quotes are valid at all. */
void hst_deal_take_quotes(hst_world *world, uint32_t payment);

/** The conversion of a leg, at the price taken or that of now. False when nothing would be left. */
HST_NODISCARD bool hst_deal_convert(hst_world *world, uint32_t payment, const hst_leg *leg);

/** The last conversion backwards, at the rate it was made at. False when the books refuse. */
HST_NODISCARD bool hst_payment_undo_conversion(hst_world *world, hst_live *live, uint16_t back_to);

/** The money has arrived at `institution`: it is the holder now. */
void hst_payment_take(hst_world *world, uint32_t payment, uint32_t institution);

/** A hop of the plan begins with the payment's next leg. */
void hst_learn_begin(hst_world *world, uint32_t payment);

/** A leg is done; tells the router when it was the last of its hop. */
void hst_learn_done(hst_world *world, uint32_t payment, uint32_t index);

/** The payment's current hop failed; tells the router. */
void hst_learn_failed(hst_world *world, uint32_t payment, hst_row_reason reason);

/** A leg of a payment could not be done: send the money back, or end it when nothing moved. */
void hst_payment_fail(hst_world *world, uint32_t payment, hst_row_reason reason);

/** The payment has reached its one terminal state. */
void hst_payment_end(hst_world *world, uint32_t payment, hst_row_state state, int64_t now_ns);

/** The money stands at the creditor agent. */
void hst_payment_arrived(hst_world *world, uint32_t payment);

/** Go on with the next leg now. */
void hst_payment_next_leg(hst_world *world, uint32_t payment);

/** Callbacks of the rails; `context` is the hst_world. */
void hst_payment_held(void *context, uint32_t payment, hst_hold hold);
/** A queued order settled. */
void hst_payment_settled(void *context, uint32_t payment);

/** Handlers by happening; `context` is the hst_world. */
void hst_on_submit(void *context, hst_kernel *kernel, const hst_event *event);
/** @copydoc hst_on_submit */
void hst_on_leg(void *context, hst_kernel *kernel, const hst_event *event);
/** @copydoc hst_on_submit */
void hst_on_servicer(void *context, hst_kernel *kernel, const hst_event *event);
/** @copydoc hst_on_submit */
void hst_on_system(void *context, hst_kernel *kernel, const hst_event *event);
/** @copydoc hst_on_submit */
void hst_on_advice(void *context, hst_kernel *kernel, const hst_event *event);
/** @copydoc hst_on_submit */
void hst_on_confirm(void *context, hst_kernel *kernel, const hst_event *event);
/** @copydoc hst_on_submit */
void hst_on_timeout(void *context, hst_kernel *kernel, const hst_event *event);
/** @copydoc hst_on_submit */
void hst_on_credit(void *context, hst_kernel *kernel, const hst_event *event);
/** @copydoc hst_on_submit */
void hst_on_return(void *context, hst_kernel *kernel, const hst_event *event);
/** @copydoc hst_on_submit */
void hst_on_close(void *context, hst_kernel *kernel, const hst_event *event);
/** @copydoc hst_on_submit */
void hst_on_top_up(void *context, hst_kernel *kernel, const hst_event *event);
/** @copydoc hst_on_submit */
void hst_on_dlt(void *context, hst_kernel *kernel, const hst_event *event);

/** Balances before the first payment: customers from their own instructions, banks from
 * yesterday's flows. */
HST_NODISCARD hst_status hst_liquidity_open(hst_world *world,
                                            const hst_workload *yesterday,
                                            uint32_t yesterday_scale,
                                            hst_arena *scratch);

/** The correspondent of a relation lends its owner `minor`: loan and borrowing, vostro and nostro.
 */
void hst_liquidity_lend(hst_world *world, uint32_t relation, int64_t minor);

/** The central bank lends a bank reserves against collateral (standing facility). */
void hst_liquidity_lend_reserves(hst_world *world, uint32_t institution, int64_t minor);

/** Rows. */
void hst_measure_hop(hst_world *world,
                     uint32_t payment,
                     uint32_t leg,
                     hst_row_hop kind,
                     hst_row_outcome outcome,
                     int64_t amount_minor,
                     int64_t charge_minor);
/** The payment's row, histograms and sums. */
void hst_measure_payment(hst_world *world, uint32_t payment, int64_t now_ns);
/** Balances, queues and exposures at this moment. */
void hst_measure_sample(hst_world *world, int64_t now_ns);

#endif
