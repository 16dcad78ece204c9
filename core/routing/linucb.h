/** @file core/routing/linucb.h
 * M4, LinUCB: what a hop costs beyond its charge as a linear function of its features, taken at the
 * lower end of what is still likely.
 *
 *   y   price of the time a hop took, and the price of a failure if it failed; in units of ten
 *       basis points of the amount, at most 40 (400 basis points)
 *   x   the 24 features of core/routing/hop_features.h, and the price of the published time
 *   believed   max(0, weights . x - alpha * sqrt(x' A^-1 x)),   alpha = 0.4
 *
 * One regression for all hops (core/routing/ridge.h): there is no effect of a hop of its own, only
 * what the features remember of it. Success is not modelled apart, as M3 does: a failure is a dear
 * outcome among others. The difference to M3 is what that model is worth.
 *
 * Cost      about 700 multiplications a hop looked at: half a microsecond.
 * Source    Li, Chu, Langford, Schapire, "A contextual-bandit approach to personalized news article
 *           recommendation", WWW'10 (with costs, so the lower bound is the hopeful one).
 */
#ifndef HST_CORE_ROUTING_LINUCB_H
#define HST_CORE_ROUTING_LINUCB_H

#include "core/routing/router.h"

/** The kind, for the registry. */
extern const hst_router_kind hst_router_linucb;

#endif
