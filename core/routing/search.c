#include "core/routing/search.h"

#include "core/routing/search_internal.h"

#include <string.h>

static hst_status plan_heap(hst_search_heap *heap, hst_arena *arena, uint32_t edge_count)
{
    /* Each edge is relaxed at most once a direction; four more keep a whole last group in range. */
    const uint32_t capacity = edge_count + HEAP_ROOT + 4;
    heap->keys = HST_ARENA_NEW(arena, hst_weight, capacity);
    heap->nodes = HST_ARENA_NEW(arena, uint32_t, capacity);
    heap->end = HEAP_ROOT;
    heap->capacity = capacity;
    return heap->keys == NULL || heap->nodes == NULL ? HST_NO_MEMORY : HST_OK;
}

hst_status hst_search_init(hst_search *search, hst_arena *arena, const hst_graph *graph)
{
    hst_assert(search != NULL);
    hst_assert(arena != NULL);
    hst_assert(graph != NULL);
    hst_assert(graph->frozen);
    memset(search, 0, sizeof *search);
    const size_t nodes = graph->node_count;
    search->graph = graph;
    search->nodes = HST_ARENA_NEW(arena, hst_search_node, nodes);
    search->meetings = HST_ARENA_NEW(arena, uint32_t, nodes);
    search->stack = HST_ARENA_NEW(arena, uint32_t, nodes);
    search->path = HST_ARENA_NEW(arena, uint32_t, nodes + HST_HOP_MAX);
    search->layers = HST_ARENA_NEW(arena, hst_weight, nodes * (graph->hop_limit + 1));
    search->layer_nodes = HST_ARENA_NEW(arena, uint32_t, nodes * (graph->hop_limit + 1));
    if (search->nodes == NULL || search->meetings == NULL || search->stack == NULL ||
        search->path == NULL || search->layers == NULL || search->layer_nodes == NULL) {
        return HST_NO_MEMORY;
    }
    for (size_t i = 0; i < nodes * (graph->hop_limit + 1); i++) {
        search->layers[i] = HST_WEIGHT_NONE;
    }
    HST_TRY(plan_heap(&search->heaps[FORWARD], arena, graph->edge_count));
    return plan_heap(&search->heaps[BACKWARD], arena, graph->edge_count);
}

bool hst_search_excludes(const hst_search *search, uint32_t edge)
{
    hst_assert(search != NULL);
    for (uint32_t i = 0; i < search->query.excluded_count; i++) {
        if (search->query.excluded_edges[i] == edge) {
            return true;
        }
    }
    return false;
}

static void check_query(const hst_search *search, const hst_search_query *query)
{
    hst_assert(query->source < search->graph->node_count);
    hst_assert(query->target < search->graph->node_count);
    hst_assert(query->amount_micro_usd >= 0);
    hst_assert(query->amount_micro_usd <= HST_ROUTE_AMOUNT_MAX_MICRO_USD);
    hst_assert(query->delay_price_micro_usd_per_s >= 0);
    hst_assert(query->delay_price_micro_usd_per_s <= HST_DELAY_PRICE_MAX_MICRO_USD_PER_S);
    hst_assert(query->hop_count_max > 0);
    hst_assert(query->hop_count_max <= search->graph->hop_limit ||
               query->hop_count_max == HST_HOPS_UNLIMITED);
    hst_assert(query->excluded_count == 0 || query->excluded_edges != NULL);
    hst_assert(query->order != HST_ORDER_WEIGHED || query->weigh != NULL);
    hst_assert(query->order == HST_ORDER_WEIGHED || !query->weigh_above_charge);
}

/** A new number for this search; when numbers run out, old labels are really cleared. */
static void next_epoch(hst_search *search)
{
    if (search->epoch == UINT32_MAX) {
        memset(search->nodes, 0, search->graph->node_count * sizeof *search->nodes);
        search->epoch = 0;
    }
    search->epoch++;
}

static void label_end(hst_search *search, unsigned side, uint32_t node)
{
    hst_search_label *label = &search->nodes[node].sides[side];
    label->rank = 0;
    label->epoch = search->epoch;
    label->settled = search->epoch;
    search->heaps[side].end = HEAP_ROOT;
    search->tops[side] = 0;
}

void hst_search_begin(hst_search *search, const hst_search_query *query)
{
    hst_assert(search != NULL);
    hst_assert(query != NULL);
    check_query(search, query);
    next_epoch(search);
    search->query = *query;
    search->best = HST_WEIGHT_NONE;
    search->meeting_count = 0;
    search->limit_floor_micro_usd = -1;
    search->excluded_mask = 0;
    for (uint32_t i = 0; i < query->excluded_count; i++) {
        search->excluded_mask |= UINT64_C(1) << (query->excluded_edges[i] & 63);
    }
    label_end(search, FORWARD, query->source);
    label_end(search, BACKWARD, query->target);
    if (query->source == query->target) {
        return;
    }
    /* Expand the target first. Rows hold nodes that forward in front, and relaxing stops there, so
     * a hop between two ends that do not forward is found by neither side: look for it here. */
    relax(search, BACKWARD, query->target);
    if (!hst_graph_transits(search->graph, query->source) &&
        !hst_graph_transits(search->graph, query->target)) {
        const hst_graph_row row = hst_graph_in(search->graph, query->target);
        hst_search_label *label = &search->nodes[query->source].sides[BACKWARD];
        for (uint32_t i = row.transit_count; i < row.count; i++) {
            const hst_graph_arc *arc = &row.arcs[i];
            if (arc->node != query->source || !arc_open(search, arc)) {
                continue;
            }
            const hst_weight rank = arc_weight(search, arc);
            if (rank != ARC_CLOSED && (label->epoch != search->epoch || rank < label->rank)) {
                label->rank = rank;
                label->epoch = search->epoch;
                meet(search, query->source, rank);
            }
        }
    }
    relax(search, FORWARD, query->source);
}

void hst_search_answer_empty(hst_search *search, hst_search_path *path)
{
    hst_assert(search != NULL);
    hst_assert(path != NULL);
    path->edges = search->path;
    path->hop_count = 0;
    path->exact_femto_usd = 0;
    path->limit_floor_micro_usd = -1;
}

hst_status hst_search_answer(hst_search *search, hst_search_path *path)
{
    hst_assert(search != NULL);
    hst_assert(path != NULL);
    if (search->best == HST_WEIGHT_NONE) {
        return HST_NO_PATH;
    }
    hst_weight rank = search->best;
    uint32_t hop_count = 0;
    const hst_weight hops_mask = ((hst_weight)1 << HOP_BITS) - 1;
    const uint32_t hops_wanted =
        (uint32_t)(cost_first(search) ? rank & hops_mask : rank >> COST_BITS);
    if (hops_wanted <= search->query.hop_count_max) {
        hop_count = hst_search_trace(search);
        hst_assert(hop_count == hops_wanted);
    } else if (cost_first(search)) {
        HST_TRY(hst_search_hop_limited(search, &hop_count, &rank));
    } else {
        return HST_NO_PATH; /* no path has fewer hops */
    }
    path->edges = search->path;
    path->hop_count = hop_count;
    path->exact_femto_usd = rank_cost(search, rank);
    path->limit_floor_micro_usd = search->limit_floor_micro_usd;
    return HST_OK;
}
