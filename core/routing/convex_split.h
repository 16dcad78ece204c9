/** @file core/routing/convex_split.h
 * R15x: the split that delivers most, by equal marginal prices: a reference for what splitting can
 * save.
 *
 * With hops that deliver less and less for more (pools, order books), the best split over given
 * paths is a convex problem: at its solution the last unit of every path used delivers the same,
 * and no other path would deliver more for it. Paths are those of at most three hops
 * (core/routing/short_routes.h), and unlike R15 they may share hops: what a hop delivers is worked
 * out from all that goes through it.
 *
 *   start     sixteen slices, each where most of it arrives
 *   exchange  move a step from the path where least is lost to the one where most is gained, while
 *             that helps; then halve the step, down to amount / 2^16
 *   merge     fixed charges are paid by part: give up a part when moving all of it to another costs
 *             less than its fixed charges
 *
 * The steps leave a gap of the second order in amount / 2^16; fixed charges make the problem not
 * convex, and the merge is a heuristic. unit.routing.convex_split bounds both: parallel pools by
 * the closed form, general graphs by the dual problem of prices. On graphs without delivered
 * amounts charges are lines, and parts arise from limits only.
 *
 * Errors    HST_NO_PATH.
 * Memory    about 100 kB and 16 bytes an edge.
 * Cost      hundreds of looks at all paths for a large amount; a few for one that is not worth
 *           splitting.
 * Source    Angeris, Evans, Chitra and Boyd, "Optimal routing for constant function market makers",
 *           EC'22.
 */
#ifndef HST_CORE_ROUTING_CONVEX_SPLIT_H
#define HST_CORE_ROUTING_CONVEX_SPLIT_H

#include "core/routing/router.h"

/** R15x, for the registry. */
extern const hst_router_kind hst_router_convex_split;

#endif
