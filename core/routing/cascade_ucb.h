/** @file core/routing/cascade_ucb.h
 * M2, CombCascade: each hop as good as it could still be.
 *
 * A payment walks its hops until one fails: hops before it are seen to work, hops behind it are not
 * seen (a cascade). With w the share of T attempts of a hop that succeeded and t the number of
 * attempts heard of so far, its chance is taken as
 *
 *   min(w + sqrt(1.5 * ln t / T), 1)         1 for a hop never tried
 *
 * and the plan is the best sum of charges, priced time and cost of a failure times -ln chance
 * (core/routing/surrogate.h). The published algorithm has no charges: it takes the likeliest path.
 * Delays, which it does not have either, are M1's: the mean seen, shrunk to the advertised one with
 * the weight of one outcome. Counts do not fade, as published: a hop that breaks late is given up
 * late.
 *
 * Cost      about 30 ns a hop looked at (a square root).
 * Source    Kveton, Wen, Ashkan, Szepesvari, "Combinatorial cascading bandits", NIPS'15.
 */
#ifndef HST_CORE_ROUTING_CASCADE_UCB_H
#define HST_CORE_ROUTING_CASCADE_UCB_H

#include "core/routing/router.h"

/** The kind, for the registry. */
extern const hst_router_kind hst_router_cascade_ucb;

/** The upper bound of a hop's chance: `done` of `tried` attempts succeeded by the t-th plan. */
double hst_cascade_upper(double done, double tried, double t);

#endif
