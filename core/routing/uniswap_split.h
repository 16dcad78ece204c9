/** @file core/routing/uniswap_split.h
 * R15: splits as Uniswap's smart order router searches them.
 *
 * Candidates are the paths of at most three hops (core/routing/short_routes.h; there the pools of
 * most value locked). Each is quoted for 5, 10, ... 100 % of the amount, every path's fixed charges
 * included, and the quotes of a percentage are sorted. Breadth first, by number of parts:
 *
 *   seeds    of every percentage the best quote and the second
 *   a layer  adds to each combination one part: for every percentage not above its last one nor
 *            above what is left, the best quote that shares no hop with it
 *   end      the first layer whose combinations were no better than those before; seven parts
 *
 * The best combination of 100 % is the split. What rounding leaves goes to its last part.
 *
 * One path: the best quote for 100 %. A hop and the one back count as two here, a pool there.
 *
 * Errors    HST_NO_PATH.
 * Memory    about 200 kB and 8 bytes a node and edge.
 * Cost      20 quotes a candidate, then at most a few thousand combinations.
 * Source    Uniswap/smart-order-router, src/routers/alpha-router, config.ts and
 *           functions/best-swap-route.ts (rules re-implemented).
 */
#ifndef HST_CORE_ROUTING_UNISWAP_SPLIT_H
#define HST_CORE_ROUTING_UNISWAP_SPLIT_H

#include "core/routing/router.h"

/** R15, for the registry. */
extern const hst_router_kind hst_router_uniswap_split;

#endif
