/** @file core/routing/cheapest_advertised.h
 * R3, cheapest advertised all-in price: the exact optimum on published charges, blind to failures.
 *
 * A plan cache makes repeated corridors cheap without changing any answer. For a fixed path the
 * exact cost is a line in the amount, so:
 *
 *   if a path is best among the same usable paths at two amounts, it is best at every amount
 *   between them (the difference of two lines that is >= 0 at both ends is >= 0 between; where it
 *   is 0 inside, it is 0 at both ends, so ties are decided alike)
 *
 * An entry therefore holds a path and an interval [low, high] at whose ends it was found best, and
 * serves amounts inside. Amount limits need care: a hop closed at `high` may be open, and better,
 * below. Each search reports the largest limit that closed a hop to it; its answer stands for the
 * usable hops of any amount above that floor. The interval grows only when the path is the same and
 * the floor of the search at `high` is below `low`: then both ends are statements about the hops
 * usable at `low`, of which those usable between are a part that contains the path.
 *
 * Entries live in sets of four by (source, target, binary order of magnitude of the amount), so
 * that paths which take turns within one order keep their intervals; a new path takes the place of
 * the set's entries by turn. All are void as soon as the graph's version moves. Queries with
 * excluded hops go past the cache. As the cache changes no answer, it is not part of a checkpoint.
 *
 * Memory    setup.cache_entry_count entries of 128 bytes, rounded up to four times a power
 *           of two.
 * Threads   as core/routing/router.h.
 * Cost      a hit about 20 ns, a miss one bidirectional search.
 */
#ifndef HST_CORE_ROUTING_CHEAPEST_ADVERTISED_H
#define HST_CORE_ROUTING_CHEAPEST_ADVERTISED_H

#include "core/routing/router.h"

/** Cache entries when the setup says 0. */
enum { HST_PLAN_CACHE_ENTRY_COUNT_DEFAULT = 16384 };

/** The kind, for the registry. */
extern const hst_router_kind hst_router_cheapest_advertised;

/** What the cache did so far. */
typedef struct hst_plan_cache_count {
    uint64_t hits;     /**< plans served without a search */
    uint64_t misses;   /**< searches made, those past the cache included */
    uint64_t widened;  /**< misses that made an interval wider */
    uint64_t replaced; /**< misses that threw a valid interval away */
} hst_plan_cache_count;

/** Counts of a "cheapest-advertised" router. */
hst_plan_cache_count hst_cheapest_advertised_cache_count(const hst_router *router);

#endif
