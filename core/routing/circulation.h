/** @file core/routing/circulation.h
 * O3, the flow bound: the most value that any router, however clever, could deliver of a list of
 * demands between owners of balances that nobody tops up.
 *
 * Forwarding leaves a node's total where it was; only sending lowers and only receiving raises it.
 * So whatever the paths, the order and the splits, for each node
 *
 *   - can still receive  <=  sent - received  <=  own balance at the start
 *
 * and the most that keeps this for all nodes at once is a bound. Demands that go around in circles
 * cost no balance: what of them can be delivered for ever is the circulation of Sivaraman et al.
 * The bound looks at single nodes only, not at what lies between them, and not at the order in
 * time; true ceilings are lower.
 *
 * Solved exactly as a min-cost flow: each unit of demand given up costs one.
 *
 * Units     any whole units of value, the same everywhere.
 * Errors    HST_NO_MEMORY; HST_OVERFLOW when amounts add up to more than HST_MCF_FLOW_MAX: count
 *           in larger units then.
 * Memory    from the arena: about 220 bytes a demand.
 * Threads   none of its own.
 * Cost      one min-cost flow over the demands.
 * Source    Sivaraman et al., "High throughput cryptocurrency routing in payment channel networks",
 *           NSDI 2020, section 5 (circulations).
 */
#ifndef HST_CORE_ROUTING_CIRCULATION_H
#define HST_CORE_ROUTING_CIRCULATION_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include <stdint.h>

/** Somebody wants to pay somebody. */
typedef struct hst_demand {
    uint32_t from;  /**< node */
    uint32_t to;    /**< another node */
    int64_t amount; /**< > 0 */
} hst_demand;

/** What a node starts with, over all of its channels. */
typedef struct hst_purse {
    int64_t can_send;    /**< its own balances, >= 0 */
    int64_t can_receive; /**< the balances of its peers towards it, >= 0 */
} hst_purse;

/** Most value of `demands` that can be delivered from `purses`; each demand may be cut. */
HST_NODISCARD hst_status hst_flow_bound(const hst_purse *purses,
                                        uint32_t node_count,
                                        const hst_demand *demands,
                                        uint32_t demand_count,
                                        hst_arena *arena,
                                        int64_t *deliverable);

#endif
