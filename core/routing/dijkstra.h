/** @file core/routing/dijkstra.h
 * Best path by search from the source: the plain algorithm, kept as reference and for graphs where
 * backward rows are not wanted.
 *
 * The hops into the target are looked at first, so a settled node that has one closes a path, and
 * the cheapest of them bounds what is left from every other node; the search ends when the nearest
 * open node plus that bound ranks no better than the best closed path.
 *
 * Errors    HST_NO_PATH; *path is then as it was.
 * Memory    *path points into the scratch until its next search.
 * Threads   as core/routing/search.h.
 * Cost      O((n + m) log n); most of the graph when the target is far.
 * Source    Dijkstra, "A note on two problems in connexion with graphs", Numer. Math. 1, 1959.
 */
#ifndef HST_CORE_ROUTING_DIJKSTRA_H
#define HST_CORE_ROUTING_DIJKSTRA_H

#include "core/routing/search.h"

/** The best path of `query` by the order of core/routing/search.h. */
HST_NODISCARD hst_status hst_dijkstra(hst_search *search,
                                      const hst_search_query *query,
                                      hst_search_path *path);

#endif
