/** @file tests/unit/routing/pools.h
 * A host whose hops are constant-product pools with equal sides, for routers that look at what
 * arrives: the simplest market with a closed form.
 */
#ifndef HST_TESTS_UNIT_ROUTING_POOLS_H
#define HST_TESTS_UNIT_ROUTING_POOLS_H

#include "core/routing/router.h"

enum { POOL_EDGE_MAX = 256 };

/** By edge: what a side is worth, and the fee. */
typedef struct pools {
    const hst_graph *graph;
    int64_t sides[POOL_EDGE_MAX];
    int64_t fee_ppm[POOL_EDGE_MAX];
} pools;

/** The view's delivers; context is the pools. */
int64_t pools_deliver(void *context, uint32_t edge, int64_t amount);

/** The same with the charge of each hop, without pools, from what arrives. */
int64_t lines_deliver(void *context, uint32_t edge, int64_t amount);

/** What comes out of a pool in the continuum, without the fixed charge. */
double pool_out(const pools *market, uint32_t edge, double amount);

/** Derivative of pool_out. */
double pool_slope(const pools *market, uint32_t edge, double amount);

/** Random sides and fees for a graph; sides of up to `most`. */
pools random_pools(const hst_graph *graph, hst_random *random, int64_t most);

/** What arrives when the parts of a split are settled one after another. */
int64_t split_delivers(const pools *market, const hst_route_split *split);

#endif
