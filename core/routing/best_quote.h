/** @file core/routing/best_quote.h
 * R4 and R4b: the best quote of few conversions, as linked payment systems choose it.
 *
 * R4 (Nexus): the two systems are linked once, providers post rates, and the sender's provider
 * takes the quote with the largest destination amount: a path of at most one conversion. R4b
 * (Icebreaker): the hub compares the direct pair with every bridge currency and takes the best
 * product of rates, net of fees: at most two conversions. Hops that keep the currency count only
 * towards the graph's hop limit.
 *
 * Best is what arrives where the host says what hops deliver, else the advertised cost on the
 * amount; ties go to fewer hops, then to the quote found first. The search sets labels by (hops,
 * node, conversions) and is exact as long as a hop delivers no less for more and no more than it is
 * given. "Within the time limit" of the published scheme is the host's: an offered quote is open.
 *
 * Errors    HST_NO_PATH.
 * Memory    about 100 bytes a node and hop of the limit.
 * Cost      at most (hop limit) * (conversions + 1) looks at every edge; labels that already lose
 *           more than the best quote found are dropped.
 * Source    BIS Innovation Hub, Project Nexus (2024), Project Icebreaker (2023).
 */
#ifndef HST_CORE_ROUTING_BEST_QUOTE_H
#define HST_CORE_ROUTING_BEST_QUOTE_H

#include "core/routing/router.h"

/** R4, for the registry. */
extern const hst_router_kind hst_router_best_quote;

/** R4b, for the registry. */
extern const hst_router_kind hst_router_bridge_quote;

#endif
