#include "core/routing/bidirectional.h"

#include "core/routing/search_internal.h"

/** Settle the nearest open node of a side and go on from it. */
static inline void advance(hst_search *search, unsigned side)
{
    const uint32_t node = heap_take(search, side);
    if (search->nodes[node].sides[1 - side].settled != search->epoch) {
        relax(search, side, node);
    }
}

hst_status
hst_bidirectional(hst_search *search, const hst_search_query *query, hst_search_path *path)
{
    hst_assert(search != NULL);
    hst_assert(query != NULL);
    hst_assert(path != NULL);
    hst_search_begin(search, query);
    if (query->source == query->target) {
        hst_search_answer_empty(search, path);
        return HST_OK;
    }
    while (heap_settle_top(search, FORWARD) && heap_settle_top(search, BACKWARD) &&
           search->tops[FORWARD] + search->tops[BACKWARD] < search->best) {
        /* The smaller front first: around a hub the other side is much cheaper to grow. */
        if (search->heaps[FORWARD].end <= search->heaps[BACKWARD].end) {
            advance(search, FORWARD);
        } else {
            advance(search, BACKWARD);
        }
    }
    return hst_search_answer(search, path);
}
