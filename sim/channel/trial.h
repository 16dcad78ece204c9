/** @file sim/channel/trial.h
 * One router on one network of channels: every payment routed over what is published, tried on the
 * ledger with its hidden balances, and learned from.
 *
 * Balances start as drawn and stay as payments leave them. A payment is tried up to `attempts`
 * times, at one instant; the hop that failed is excluded from the next attempt. A scheme that
 * retries by its own rules (hst_router_kind.own_attempts) has that many attempts at least, and
 * nothing is excluded between them. At the end every channel's capacity is checked.
 *
 * Units     millisatoshi (sim/channel/network.h); nanoseconds.
 * Errors    HST_NO_MEMORY; HST_INVALID for an unsound table or plan; HST_CORRUPT when a channel did
 *           not keep its capacity; HST_INTERRUPTED.
 * Threads   one trial, one thread; trials share the table.
 * Determinism  a function of kind, table, prior, seed and payments, but for processor time.
 */
#ifndef HST_SIM_CHANNEL_TRIAL_H
#define HST_SIM_CHANNEL_TRIAL_H

#include "sim/channel/demand.h"

#include <signal.h>

/** Most attempts that may be asked for. */
enum { HST_CHANNEL_ATTEMPT_MAX = 16 };

/** A failed attempt costs 100 satoshi (10 cents) and 1,000 ppm: what LND takes it to cost. */
extern const hst_route_prices hst_channel_prices;

/** What a router meets. */
typedef struct hst_channel_setting {
    const hst_channel_table *table;           /**< capacities as scaled */
    const hst_channel_payment *payments;      /**< in order */
    uint32_t payment_count;                   /**< how many */
    uint32_t attempts;                        /**< 1 ... HST_CHANNEL_ATTEMPT_MAX */
    int64_t spacing_ns;                       /**< between two payments, > 0 */
    uint64_t seed;                            /**< of balances and of the router */
    hst_channel_prior prior;                  /**< of balances */
    double (*clock)(void);                    /**< seconds of this thread; NULL = not measured */
    const volatile sig_atomic_t *interrupted; /**< may be NULL */
} hst_channel_setting;

/** What came of it. */
typedef struct hst_channel_score {
    uint32_t payments;      /**< asked for */
    uint32_t delivered;     /**< of them */
    uint32_t first_attempt; /**< of them at the first attempt */
    uint64_t attempts;      /**< plans tried */
    uint64_t decisions;     /**< plans asked for */
    uint64_t probes;        /**< messages that found out balances */
    uint64_t parts;         /**< of delivered payments */
    int64_t asked_msat;     /**< value of all payments */
    int64_t delivered_msat; /**< of those delivered */
    int64_t fee_msat;       /**< paid for them */
    double route_cpu_ns;    /**< host time a decision; not of the digest */
} hst_channel_score;

/** Run one. `arena` holds network and router. */
HST_NODISCARD hst_status hst_channel_trial(const hst_router_kind *kind,
                                           const hst_channel_setting *setting,
                                           hst_memory memory,
                                           hst_arena *arena,
                                           hst_channel_score *score);

#endif
