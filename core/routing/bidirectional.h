/** @file core/routing/bidirectional.h
 * Best path by two searches that grow towards each other: one from the source, one from the target
 * against the hops. On hub graphs each settles a few per cent of the nodes.
 *
 * Stopping rule: when the nearest open nodes of the two sides together rank no better than the best
 * path that joins them, no better path is left, and every equally good one has been met. (Stopping
 * when the sides first touch would be wrong.) The answer equals that of core/routing/dijkstra.h,
 * edge for edge.
 *
 * Errors    HST_NO_PATH; *path is then as it was.
 * Memory    *path points into the scratch until its next search.
 * Threads   as core/routing/search.h.
 * Cost      O((n + m) log n) at worst, about the square root of Dijkstra's on random graphs.
 * Source    Pohl, "Bi-directional search", Machine Intelligence 6, 1971; stopping rule after
 *           Dreyfus, "An appraisal of some shortest-path algorithms", Oper. Res. 17(3), 1969.
 */
#ifndef HST_CORE_ROUTING_BIDIRECTIONAL_H
#define HST_CORE_ROUTING_BIDIRECTIONAL_H

#include "core/routing/search.h"

/** The best path of `query` by the order of core/routing/search.h. */
HST_NODISCARD hst_status hst_bidirectional(hst_search *search,
                                           const hst_search_query *query,
                                           hst_search_path *path);

#endif
