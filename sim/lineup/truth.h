/** @file sim/lineup/truth.h
 * Private to sim/lineup: the hidden chance of a hop in each kind of world.
 */
#ifndef HST_SIM_LINEUP_TRUTH_H
#define HST_SIM_LINEUP_TRUTH_H

#include "sim/lineup/world.h"

/** Probability that the hop takes the payment now. */
double
hst_lineup_chance(const hst_lineup_world *world, const hst_route_query *query, uint32_t edge);

/** Wait of a query at a hop for its opening; 0 when it is open. */
int64_t hst_lineup_opens_in_ns(void *world, uint32_t edge, int64_t time_ns);

#endif
