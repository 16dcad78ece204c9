/** @file core/routing/spider_waterfilling.h
 * R10a, Spider's waterfilling: parts over four edge-disjoint shortest paths, so that what is left
 * on them is as equal as can be.
 *
 * The sender probes the paths, takes from the one that carries most until it carries what the
 * second does, then from both, and so on, until the amount is found. Balances left equal are
 * balances that still go either way.
 *
 * The paper's: four edge-disjoint shortest paths, the rule. Adapted: Spider sends unit by unit and
 * takes its own units in flight off what was probed; here a payment is divided at once, and a probe
 * finds what is free, units in flight not counted. Leftovers differ by at most one micro-USD.
 *
 * `route` takes the path of the four that carries most, when it carries all. Sees balances by
 * probing every path of every payment. Learns nothing.
 *
 * Errors    HST_NO_PATH, also when the four paths together carry less.
 * Memory    a search's scratch.
 * Cost      four searches by hops.
 * Source    Sivaraman et al., "High throughput cryptocurrency routing in payment channel networks",
 *           NSDI 2020, arXiv 1809.05088.
 */
#ifndef HST_CORE_ROUTING_SPIDER_WATERFILLING_H
#define HST_CORE_ROUTING_SPIDER_WATERFILLING_H

#include "core/routing/router.h"

/** Paths of a payment in both of Spider's routers. */
enum { HST_SPIDER_PATHS = 4 };

/** Divide `amount` > 0 over `count` <= HST_SPIDER_PATHS levels that together hold at least that
 * much (each 0 ... HST_ROUTE_AMOUNT_MAX_MICRO_USD): the levels left are as equal as whole numbers
 * allow, where anything is taken; who has more left comes later. */
void hst_waterfill(const int64_t *levels, uint32_t count, int64_t amount, int64_t *parts);

/** R10a, for the registry. */
extern const hst_router_kind hst_router_spider_waterfilling;

#endif
