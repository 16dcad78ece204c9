/** @file core/routing/learned.h
 * M3, M3b and M5, the learned routers: which hops succeed and how long they take, from published
 * facts and own outcomes; the plan is the best by the additive surrogate
 * (core/routing/surrogate.h).
 *
 *   success   Bayesian logistic regression on 24 features plus an effect of each edge
 *             (core/routing/hop_features.h, core/routing/logistic.h)
 *   delay     published wait for opening plus a learned mean; a learned upper quantile
 *             (core/routing/delay_model.h)
 *   cost      as advertised; what is paid beyond it is not learned yet
 *
 * M3, the product, takes what looks best. One query in a hundred it takes one of the two next best
 * instead, if that costs at most 5 basis points more: enough to notice that a hop it gave up has
 * recovered, at a bounded price. M3b draws weights from the posterior for each query instead
 * (Thompson sampling); it is there to show that this buys little. M5 puts boosted trees, which the
 * host fits now and then, under the same model: what is not linear in the features is theirs.
 *
 * It sees published facts and prices and outcomes of its own payments. It never sees balances,
 * queues or draws of others.
 *
 * Cost      about 60 ns a hop looked at; aim 25,000 routes a second on 400 positions and 5,250
 *           hops; feedback <= 500 ns a hop.
 * Source    Chapelle, Li, NIPS'11; Bietti, Agarwal, Langford, arXiv 1802.04064 (greedy with little
 *           exploration is hard to beat where contexts are diverse).
 */
#ifndef HST_CORE_ROUTING_LEARNED_H
#define HST_CORE_ROUTING_LEARNED_H

#include "core/routing/router.h"

/** M3: greedy with one per cent of bounded exploration. */
extern const hst_router_kind hst_router_learned;

/** M3b: Thompson sampling. */
extern const hst_router_kind hst_router_learned_thompson;

/** M5: greedy as M3, with boosted trees (core/routing/boosted.h). Needs a trainer in the setup;
 * without one it is M3. */
extern const hst_router_kind hst_router_boosted;

/** What one of them believes of a hop now; for reports of calibration and for tests. */
void hst_learned_believe(hst_router *router,
                         const hst_route_query *query,
                         uint32_t edge,
                         hst_hop_truth *belief);

/** Delay of a hop that one attempt in ten exceeds, the wait for opening included. */
double hst_learned_upper_delay_ns(hst_router *router, const hst_route_query *query, uint32_t edge);

#endif
