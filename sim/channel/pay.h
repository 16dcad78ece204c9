/** @file sim/channel/pay.h
 * A payment over one path or several, all or nothing, at an instant.
 *
 * Hops are locked from the sender on, part by part in the order given; the first hop that cannot
 * carry its amount ends the attempt, and everything locked is given back. When all parts are
 * locked, the receiver reveals the secret and hops are claimed from the receiver back. An
 * edge forwards
 *
 *   amount(i) = amount(i + 1) + fee(i + 1)(amount(i + 1)),   the last one what the receiver gets
 *
 * so parts name what arrives, and the sender pays the fees on top; its own first edge is free.
 *
 *   hst_channel_receipt receipt;
 *   HST_TRY(hst_channel_pay(&network, &query, split.parts, split.part_count, outcomes, &receipt));
 *   hst_router_feedback(router, outcomes, receipt.outcome_count);
 *
 * Units     as sim/channel/network.h: millisatoshi wherever core/routing says micro-USD.
 * Errors    HST_INVALID: parts that are no paths from source to target without repeated nodes, or
 *           do not add up to the query's amount; nothing was done. HST_NO_MEMORY, HST_FULL.
 *           A payment that fails is an ordinary outcome.
 * Threads   as the network.
 * Cost      about half a microsecond a hop.
 * Source    Lightning's BOLT 2 and BOLT 4 (HTLCs, basic multi-part payments), simplified: what is
 *           between lock and claim takes no time.
 */
#ifndef HST_SIM_CHANNEL_PAY_H
#define HST_SIM_CHANNEL_PAY_H

#include "sim/channel/network.h"

/** What came of an attempt. */
typedef struct hst_channel_receipt {
    bool delivered;         /**< all parts arrived */
    uint32_t outcome_count; /**< hops attempted, the last one failed unless delivered */
    uint32_t failed_part;   /**< which part failed; part_count when delivered */
    uint32_t failed_edge;   /**< which edge; HST_GRAPH_NONE when delivered */
    int64_t fee_msat;       /**< paid on top of the amount, when delivered */
} hst_channel_receipt;

/** Most outcomes of an attempt. */
enum { HST_CHANNEL_OUTCOME_MAX = HST_ROUTE_PART_MAX * HST_HOP_MAX };

/** Attempt it. `outcomes` has room for the hops of all parts; query->time_ns must not go back. */
HST_NODISCARD hst_status hst_channel_pay(hst_channel_network *network,
                                         const hst_route_query *query,
                                         const hst_route_part *parts,
                                         uint32_t part_count,
                                         hst_hop_outcome *outcomes,
                                         hst_channel_receipt *receipt);

/** The same over one path for the whole amount. */
HST_NODISCARD hst_status hst_channel_pay_plan(hst_channel_network *network,
                                              const hst_route_query *query,
                                              const hst_route_plan *plan,
                                              hst_hop_outcome *outcomes,
                                              hst_channel_receipt *receipt);

#endif
