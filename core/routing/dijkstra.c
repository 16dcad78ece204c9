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
    /* Equal to the best is no use either: each further hop adds at least one to the rank. */
    while (heap_settle_top(search, FORWARD) && search->tops[FORWARD] < search->best) {
        relax(search, FORWARD, heap_take(search, FORWARD));
    }
    return hst_search_answer(search, path);
}
