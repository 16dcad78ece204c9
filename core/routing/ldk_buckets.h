/** @file core/routing/ldk_buckets.h
 * R7, the Lightning development kit LDK: the path of least charge and penalty, where a hop's
 * penalty comes from the history of bounds on its liquidity (core/routing/ldk_liquidity.h).
 *
 *   weight(hop) = advertised charge + penalty + price of time * advertised delay
 *
 * Penalties add up, so one exact search finds the least (core/routing/surrogate.h). LDK has no
 * price of time; here it is the setup's, 0 unless given.
 *
 * Constants are LDK's own, not tuned to corridors. Millisatoshi become micro-USD one to one (a
 * bitcoin at 100,000 dollars: a convention, not a quote). Where the setup prices a failed attempt,
 * that price takes the place of LDK's: the multiplier of -log10 P becomes price * ln 10, and the
 * base penalty keeps its share of it, 0.1024.
 *
 * A hop's capacity is its limit; where it has none, the largest of its usual limit if that is
 * published and twice the largest amount it was tried with or is asked for. A hop that took its
 * part of a payment counts as used when the whole payment went, and as able when a later hop of the
 * same report failed. Of its multi-path search, LDK's first path is what is taken.
 *
 * Errors    HST_NO_PATH.
 * Memory    220 bytes an edge and a search's scratch.
 * Cost      one search; about 50 ns a hop nothing is known of, more with its history.
 */
#ifndef HST_CORE_ROUTING_LDK_BUCKETS_H
#define HST_CORE_ROUTING_LDK_BUCKETS_H

#include "core/routing/router.h"

/** R7, for the registry. */
extern const hst_router_kind hst_router_ldk_buckets;

#endif
