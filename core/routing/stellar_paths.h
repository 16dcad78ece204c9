/** @file core/routing/stellar_paths.h
 * R14: path finding as in Stellar's Horizon, rounds over positions with one best amount each.
 *
 * Every round looks at all hops out of every position reached so far and keeps, by position, the
 * largest amount that arrives and the way it came; ways never repeat a position. What a round finds
 * is used from the next round on, and the last round looks only at hops into the target. Between
 * two positions the better of pool and offers counts, because they are parallel hops.
 *
 * As long as no hop delivers more than it is given, the answer is the best of all paths of that
 * length: unit.routing.best_quote tries all. Otherwise it is a heuristic, as there: a position's
 * largest amount may have come by a way that the best path must not repeat, and no second way is
 * remembered.
 *
 * Three rounds, Horizon's default path length; where they find nothing, five, its hard maximum (a
 * user of Horizon would set it). Where the host does not say what hops deliver, the amount is the
 * query's less advertised charges, which are lines.
 *
 * Errors    HST_NO_PATH.
 * Memory    about 100 bytes a node.
 * Cost      rounds * edges.
 * Source    stellar/go, exp/orderbook/search.go (rules re-implemented); stellar/stellar-horizon,
 *           flags max-path-length.
 */
#ifndef HST_CORE_ROUTING_STELLAR_PATHS_H
#define HST_CORE_ROUTING_STELLAR_PATHS_H

#include "core/routing/router.h"

/** R14, for the registry. */
extern const hst_router_kind hst_router_stellar_paths;

#endif
