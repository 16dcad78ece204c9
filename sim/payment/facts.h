/** @file sim/payment/facts.h
 * What is published about the hops of a scenario besides their price: forecasts for routers.
 *
 *   volatility  how much a conversion's rate is forecast to move in an hour (sim/market)
 *   instant     the hop needs nobody's opening hours: a system that never closes, or an institution
 *               that is no bank
 *
 * Country risk and reliability are not modelled: both stand at one half, which learners take as
 * unknown (core/routing/hop_features.h). Which way a rate will move is nobody's forecast.
 *
 * Errors    HST_NO_MEMORY.
 * Memory    24 bytes an edge.
 */
#ifndef HST_SIM_PAYMENT_FACTS_H
#define HST_SIM_PAYMENT_FACTS_H

#include "sim/payment/routes.h"

/** Facts of every edge of a frozen graph, by edge id. */
HST_NODISCARD hst_status hst_facts_create(const hst_routes *routes,
                                          hst_arena *arena,
                                          const hst_hop_facts **facts);

#endif
