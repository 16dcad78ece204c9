/** @file sim/channel/demand.h
 * Who pays whom how much on a network of channels, and the most of it that could be delivered.
 *
 * Amounts are log-normal, given by their median and their ninetieth percentile, and cut: what would
 * be larger than `most` is `most`. Ends are those of an earlier payment, any of them, with
 * probability `recurring`; else two different nodes, drawn evenly among those with a direction that
 * takes payments out of the first and into the second. More payments of a seed begin with the same
 * ones.
 *
 * Units     millisatoshi, or millionths of the table's unit (sim/channel/network.h).
 * Errors    HST_NO_MEMORY; HST_INVALID when fewer than two nodes can pay or be paid.
 * Memory    from the arena: 16 bytes a payment.
 * Threads   pure.
 * Source    the law of amounts is ours; scenarios/routing says where its figures are from.
 */
#ifndef HST_SIM_CHANNEL_DEMAND_H
#define HST_SIM_CHANNEL_DEMAND_H

#include "sim/channel/network.h"

/** Law of amounts; 0 < median <= p90, median <= most <= HST_ROUTE_AMOUNT_MAX_MICRO_USD. */
typedef struct hst_channel_amounts {
    double median; /**< half of the payments are larger */
    double p90;    /**< a tenth is larger, but for the cut */
    double most;   /**< the largest */
} hst_channel_amounts;

/** Law of payments. */
typedef struct hst_channel_demand {
    hst_channel_amounts amounts; /**< how much */
    double recurring;            /**< share with the ends of an earlier one, 0 ... 1 */
} hst_channel_demand;

/** One payment. */
typedef struct hst_channel_payment {
    uint32_t source;     /**< who pays */
    uint32_t target;     /**< who is paid */
    int64_t amount_msat; /**< what arrives, > 0 */
} hst_channel_payment;

/** Draw the first `count` payments of a seed. */
HST_NODISCARD hst_status hst_channel_payments_draw(const hst_channel_table *table,
                                                   const hst_channel_demand *demand,
                                                   uint64_t seed,
                                                   uint32_t count,
                                                   hst_arena *arena,
                                                   const hst_channel_payment **payments);

/** O3: the most value of the payments that any router could deliver from the balances of this prior
 * and seed (core/routing/circulation.h), never less than that; fees, which move value to nodes on
 * the way, are left out. */
HST_NODISCARD hst_status hst_channel_bound(const hst_channel_table *table,
                                           hst_channel_prior prior,
                                           uint64_t seed,
                                           const hst_channel_payment *payments,
                                           uint32_t count,
                                           hst_arena *arena,
                                           int64_t *bound_msat);

#endif
