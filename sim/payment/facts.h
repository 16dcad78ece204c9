/** @file sim/payment/facts.h
 * What is published about the hops of a scenario besides price and hours: how much the rate of a
 * conversion is forecast to move in an hour (sim/market). Which way is nobody's forecast.
 *
 * Country risk and reliability are not modelled: both stand at one half, which learners take as
 * unknown (core/routing/hop_features.h). That a hop pays at once is not published either: learners
 * know its hours, and did slightly worse when told (docs/validation/forecasts.md).
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
