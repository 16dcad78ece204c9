#include "core/routing/dijkstra.h"

#include "core/routing/search_internal.h"

hst_status hst_dijkstra(hst_search *search, const hst_search_query *query, hst_search_path *path)
{
    hst_assert(search != NULL);
    hst_assert(query != NULL);
    hst_assert(path != NULL);
    hst_search_begin(search, query);
    if (query->source == query->target) {
        hst_search_answer_empty(search, path);
        return HST_OK;
    }
    /* The target's own hops were looked at first: any path still unknown ends with one of them, so
     * the cheapest bounds what is left from every node but the target. Equal to the best is no use
     * either: each further hop adds at least one to the rank. */
    if (!heap_settle_top(search, BACKWARD)) {
        return hst_search_answer(search, path);
    }
    while (heap_settle_top(search, FORWARD) &&
           search->tops[FORWARD] + search->tops[BACKWARD] < search->best) {
        relax(search, FORWARD, heap_take(search, FORWARD));
    }
    return hst_search_answer(search, path);
}
