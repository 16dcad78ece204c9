/** @file core/routing/search_internal.h
 * Private to core/routing: ranks, labels, the heap and relaxation, shared by the searches.
 *
 * A rank puts a path's cost and hop count into one integer, so that one addition extends a path and
 * one comparison orders two:
 *
 *   CHEAPEST, WEIGHED      | exact cost, 110 bits | hops, 18 bits |
 *   the other two          | hops, 18 bits | exact cost, 110 bits |   (cost 0 for FIRST_LISTED)
 *
 * Bound: a hop costs at most 1e15 * 1e9 + 2 * 1e18 * 1e9 < 2^91 femto-USD, a simple path has less
 * than 2^17 hops, so a path stays below 2^108 and two halves together below 2^110 and 2^18 hops.
 * Every hop raises the rank, also a free one: the best paths form no cycle.
 */
#ifndef HST_CORE_ROUTING_SEARCH_INTERNAL_H
#define HST_CORE_ROUTING_SEARCH_INTERNAL_H

#include "core/base/assert.h"
#include "core/routing/search.h"

#include <stdbool.h>

enum { FORWARD = 0, BACKWARD = 1, HOP_BITS = 18, COST_BITS = 110, HEAP_ROOT = 3 };

/** Above every rank. */
#define HST_WEIGHT_NONE (~(hst_weight)0)

/** What a closed arc adds: more than any rank has, and a rank with it still fits. */
#define ARC_CLOSED ((hst_weight)1 << 127)

/** What one direction knows of a node. */
typedef struct hst_search_label {
    hst_weight rank;  /**< best path found from this direction's end */
    uint32_t epoch;   /**< the search that set it */
    uint32_t settled; /**< the search that settled it: rank is final */
    uint32_t marked;  /**< the search whose best paths pass here (search_trace.c, FORWARD only) */
    uint32_t unused;  /**< 32 bytes */
} hst_search_label;

/** Both directions of a node in one cache line: relaxing one looks at the other. */
typedef struct hst_search_node {
    hst_search_label sides[2]; /**< FORWARD, BACKWARD */
} hst_search_node;

/** Is an edge among the query's excluded ones? */
bool hst_search_excludes(const hst_search *search, uint32_t edge);

/** Start a search: a new epoch, empty heaps, both ends labelled. */
void hst_search_begin(hst_search *search, const hst_search_query *query);

/** Answer from the labels: the best path by the list rule; HST_NO_PATH when the halves never met or
 * no path is short enough. */
HST_NODISCARD hst_status hst_search_answer(hst_search *search, hst_search_path *path);

/** The empty path, for a query whose ends are equal. */
void hst_search_answer_empty(hst_search *search, hst_search_path *path);

/** Write the best path into search->path by the list rule; its number of hops. */
uint32_t hst_search_trace(hst_search *search);

/** Best path of at most query.hop_count_max hops into search->path; HST_NO_PATH. */
HST_NODISCARD hst_status hst_search_hop_limited(hst_search *search,
                                                uint32_t *hop_count,
                                                hst_weight *rank);

/** Does the order put cost before hops? */
static inline bool cost_first(const hst_search *search)
{
    return search->query.order == HST_ORDER_CHEAPEST || search->query.order == HST_ORDER_WEIGHED;
}

/** May the query use this arc? Remembers the ceiling that said no. */
static inline bool arc_open(hst_search *search, const hst_graph_arc *arc)
{
    if (arc->ceiling_micro_usd < search->query.amount_micro_usd) {
        if (arc->ceiling_micro_usd > search->limit_floor_micro_usd) {
            search->limit_floor_micro_usd = arc->ceiling_micro_usd;
        }
        return false;
    }
    return ((search->excluded_mask >> (arc->edge & 63)) & 1) == 0 ||
           !hst_search_excludes(search, arc->edge);
}

/** Advertised charge of an arc, femto-USD. */
static inline hst_weight arc_charge(const hst_search *search, const hst_graph_arc *arc)
{
    return (hst_weight)(uint64_t)arc->fixed_micro_usd * HST_FEMTO_PER_MICRO +
           (hst_weight)(uint64_t)search->query.amount_micro_usd * arc->rate_ppb;
}

/** What an arc adds to a rank; never 0. ARC_CLOSED fits no path's sum. */
static inline hst_weight arc_weight(const hst_search *search, const hst_graph_arc *arc)
{
    if (search->query.order == HST_ORDER_WEIGHED) {
        const hst_weight weight = search->query.weigh(search->query.weigh_context, arc->edge);
        return weight >= HST_WEIGHT_CLOSED ? ARC_CLOSED : (weight << HOP_BITS) + 1;
    }
    if (search->query.order == HST_ORDER_FIRST_LISTED) {
        return (hst_weight)1 << COST_BITS;
    }
    hst_weight cost = arc_charge(search, arc);
    if (search->query.delay_price_micro_usd_per_s != 0) {
        /* micro-USD per second times nanoseconds is femto-USD. */
        cost += (hst_weight)(uint64_t)search->query.delay_price_micro_usd_per_s *
                (uint64_t)search->graph->edges[arc->edge].delay_ns;
    }
    return search->query.order == HST_ORDER_CHEAPEST ? (cost << HOP_BITS) + 1
                                                     : cost + ((hst_weight)1 << COST_BITS);
}

/** Exact cost in a rank. */
static inline hst_weight rank_cost(const hst_search *search, hst_weight rank)
{
    return cost_first(search) ? rank >> HOP_BITS : rank & (((hst_weight)1 << COST_BITS) - 1);
}

/** No entry left? */
static inline bool heap_empty(const hst_search_heap *heap)
{
    return heap->end == HEAP_ROOT;
}

/** Add an entry; equal keys come out in an order that no answer depends on. */
static inline void heap_push(hst_search_heap *heap, hst_weight key, uint32_t node)
{
    hst_assert(heap->end < heap->capacity);
    uint32_t at = heap->end++;
    while (at > HEAP_ROOT) {
        const uint32_t parent = (at >> 2) + 2;
        if (heap->keys[parent] <= key) {
            break;
        }
        heap->keys[at] = heap->keys[parent];
        heap->nodes[at] = heap->nodes[parent];
        at = parent;
    }
    heap->keys[at] = key;
    heap->nodes[at] = node;
}

/** Remove the top. */
static inline void heap_pop(hst_search_heap *heap)
{
    hst_assert(!heap_empty(heap));
    const uint32_t end = --heap->end;
    const hst_weight key = heap->keys[end];
    uint32_t at = HEAP_ROOT;
    for (;;) {
        const uint32_t child = 4 * (at - 2);
        if (child >= end) {
            break;
        }
        uint32_t least = child;
        if (child + 4 <= end) {
            const hst_weight *k = heap->keys + child;
            const uint32_t a = k[1] < k[0];
            const uint32_t b = 2 + (k[3] < k[2]);
            least += k[b] < k[a] ? b : a;
        } else {
            for (uint32_t i = child + 1; i < end; i++) {
                least = heap->keys[i] < heap->keys[least] ? i : least;
            }
        }
        if (heap->keys[least] >= key) {
            break;
        }
        heap->keys[at] = heap->keys[least];
        heap->nodes[at] = heap->nodes[least];
        at = least;
    }
    heap->keys[at] = key;
    heap->nodes[at] = heap->nodes[end];
}

/** Drop entries that a better label has overtaken; false when none is left. Leaves the side's top
 * in search->tops. */
static inline bool heap_settle_top(hst_search *search, unsigned side)
{
    hst_search_heap *heap = &search->heaps[side];
    while (!heap_empty(heap)) {
        const hst_search_label *label = &search->nodes[heap->nodes[HEAP_ROOT]].sides[side];
        if (label->rank == heap->keys[HEAP_ROOT] && label->settled != search->epoch) {
            search->tops[side] = label->rank;
            return true;
        }
        heap_pop(heap);
    }
    return false;
}

/** Settle a side's nearest open node and return it; the row of the one behind it is asked for while
 * this one is worked on. */
static inline uint32_t heap_take(hst_search *search, unsigned side)
{
    enum { ARCS_PER_LINE = 2, LINES = 6 };
    hst_search_heap *heap = &search->heaps[side];
    const uint32_t node = heap->nodes[HEAP_ROOT];
    heap_pop(heap);
    search->nodes[node].sides[side].settled = search->epoch;
    if (!heap_empty(heap)) {
        const hst_graph *graph = search->graph;
        const uint32_t next = heap->nodes[HEAP_ROOT];
        const hst_graph_arc *arcs = side == FORWARD ? graph->out_arcs : graph->in_arcs;
        const uint32_t *first = side == FORWARD ? graph->out_first : graph->in_first;
        const uint32_t *leaf = side == FORWARD ? graph->out_leaf : graph->in_leaf;
        const uint32_t ahead = first[next] + LINES * ARCS_PER_LINE;
        const uint32_t stop = leaf[next] < ahead ? leaf[next] : ahead;
        for (uint32_t i = first[next]; i < stop; i += ARCS_PER_LINE) {
            __builtin_prefetch(&arcs[i]);
        }
    }
    return node;
}

/** A path through `node` of this rank exists: keep it when it is the best, or as good. */
static inline void meet(hst_search *search, uint32_t node, hst_weight rank)
{
    if (rank > search->best) {
        return;
    }
    if (rank < search->best) {
        search->best = rank;
        search->meeting_count = 0;
    }
    hst_assert(search->meeting_count < search->graph->node_count);
    search->meetings[search->meeting_count++] = node;
}

/** Extend paths of one direction over a settled node's arcs to nodes that forward. */
static inline void relax(hst_search *search, unsigned side, uint32_t node)
{
    const hst_graph_row row =
        side == FORWARD ? hst_graph_out(search->graph, node) : hst_graph_in(search->graph, node);
    const hst_weight base = search->nodes[node].sides[side].rank;
    const uint32_t epoch = search->epoch;
    for (uint32_t i = 0; i < row.transit_count; i++) {
        __builtin_prefetch(&search->nodes[row.arcs[i].node], 1);
    }
    for (uint32_t i = 0; i < row.transit_count; i++) {
        const hst_graph_arc *arc = &row.arcs[i];
        hst_search_node *other_end = &search->nodes[arc->node];
        hst_search_label *mine = &other_end->sides[side];
        const hst_search_label *theirs = &other_end->sides[1 - side];
        if (!arc_open(search, arc)) {
            continue;
        }
        const bool settled = theirs->settled == epoch;
        if (search->query.weigh_above_charge) {
            /* Asking is dear: first see whether even the charge alone leads nowhere. */
            const hst_weight least = base + (arc_charge(search, arc) << HOP_BITS) + 1;
            const hst_weight rest = settled ? theirs->rank : search->tops[1 - side];
            if ((mine->epoch == epoch && mine->rank <= least) || least + rest > search->best) {
                continue;
            }
        }
        const hst_weight weight = arc_weight(search, arc);
        const hst_weight rank = base + weight;
        if (weight == ARC_CLOSED) {
            continue;
        }
        if (mine->epoch == epoch && mine->rank <= rank) {
            continue;
        }
        if (!settled && rank + search->tops[1 - side] > search->best) {
            continue; /* the other side is at least `top` away: no better path through here */
        }
        mine->rank = rank;
        mine->epoch = epoch;
        if (theirs->epoch == epoch) {
            meet(search, arc->node, rank + theirs->rank);
        }
        if (!settled) {
            heap_push(&search->heaps[side], rank, arc->node);
        }
        /* else: the rest of the best path through here is known; no need to go on from it */
    }
}

#endif
