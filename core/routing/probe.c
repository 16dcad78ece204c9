#include "core/routing/probe.h"

#include "core/routing/bidirectional.h"

#include <string.h>

static bool excluded(const hst_route_query *query, uint32_t edge)
{
    for (uint32_t i = 0; i < query->excluded_count; i++) {
        if (query->excluded_edges[i] == edge) {
            return true;
        }
    }
    return false;
}

bool hst_probe_allows(const hst_graph *graph, const hst_route_query *query, uint32_t edge)
{
    const hst_graph_edge *record = hst_graph_edge_at(graph, edge);
    return record->enabled && record->to != query->source && record->from != query->target &&
           (record->from == query->source || hst_graph_transits(graph, record->from)) &&
           (record->to == query->target || hst_graph_transits(graph, record->to)) &&
           !excluded(query, edge);
}

int64_t hst_probe_hop(const hst_graph *graph, const hst_route_view *view, uint32_t edge)
{
    const int64_t limit = hst_graph_edge_at(graph, edge)->limit_micro_usd;
    int64_t most = limit > 0 ? limit : HST_ROUTE_AMOUNT_MAX_MICRO_USD;
    if (view != NULL && view->carries != NULL) {
        const int64_t carried = view->carries(view->context, edge);
        most = carried < most ? carried : most;
    }
    return most > 0 ? most : 0;
}

uint32_t hst_probe_path(const hst_graph *graph, const hst_route_view *view, hst_probed_path *path)
{
    path->carries = HST_ROUTE_AMOUNT_MAX_MICRO_USD;
    for (uint32_t i = 0; i < path->hop_count; i++) {
        const int64_t most = hst_probe_hop(graph, view, path->edges[i]);
        path->carries = most < path->carries ? most : path->carries;
    }
    return path->hop_count;
}

void hst_probed_plan(const hst_graph *graph,
                     const hst_probed_path *path,
                     int64_t amount_micro_usd,
                     hst_route_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    memcpy(plan->edges, path->edges, path->hop_count * sizeof path->edges[0]);
    plan->hop_count = path->hop_count;
    hst_route_plan_price(graph, amount_micro_usd, plan);
}

hst_status hst_probed_widest(const hst_graph *graph,
                             const hst_probed_path *paths,
                             uint32_t count,
                             int64_t amount_micro_usd,
                             hst_route_plan *plan)
{
    const hst_probed_path *widest = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (widest == NULL || paths[i].carries > widest->carries) {
            widest = &paths[i];
        }
    }
    if (widest == NULL || widest->carries < amount_micro_usd) {
        return HST_NO_PATH;
    }
    hst_probed_plan(graph, widest, amount_micro_usd, plan);
    return HST_OK;
}

void hst_probed_part(const hst_graph *graph,
                     const hst_probed_path *path,
                     int64_t amount_micro_usd,
                     hst_route_split *split)
{
    if (amount_micro_usd > 0) {
        hst_assert(split->part_count < HST_ROUTE_PART_MAX);
        hst_route_part *part = &split->parts[split->part_count++];
        hst_probed_plan(graph, path, amount_micro_usd, &part->plan);
        part->amount_micro_usd = amount_micro_usd;
    }
}

void hst_probed_nowhere(const hst_route_query *query, hst_route_split *split)
{
    const hst_route_part part = {.amount_micro_usd = query->amount_micro_usd};
    split->parts[0] = part;
    split->part_count = 1;
    split->probes = 0;
}

hst_status hst_disjoint_init(hst_disjoint *disjoint, hst_arena *arena, const hst_graph *graph)
{
    disjoint->graph = graph;
    disjoint->call = 0;
    disjoint->taken = HST_ARENA_NEW(arena, uint32_t, graph->edge_count);
    if (disjoint->taken == NULL) {
        return HST_NO_MEMORY;
    }
    return hst_search_init(&disjoint->search, arena, graph);
}

static hst_weight weigh(void *context, uint32_t edge)
{
    const hst_disjoint *disjoint = context;
    return disjoint->taken[edge] == disjoint->call ? HST_WEIGHT_CLOSED : 1;
}

uint32_t hst_disjoint_paths(hst_disjoint *disjoint,
                            const hst_route_query *query,
                            int64_t amount_micro_usd,
                            uint32_t count,
                            hst_probed_path *paths)
{
    const hst_search_query asked = {.source = query->source,
                                    .target = query->target,
                                    .amount_micro_usd = amount_micro_usd,
                                    .order = HST_ORDER_WEIGHED,
                                    .hop_count_max = disjoint->graph->hop_limit,
                                    .excluded_count = query->excluded_count,
                                    .excluded_edges = query->excluded_edges,
                                    .weigh = weigh,
                                    .weigh_context = disjoint};
    if (++disjoint->call == 0) {
        memset(disjoint->taken, 0, disjoint->graph->edge_count * sizeof disjoint->taken[0]);
        disjoint->call = 1;
    }
    uint32_t found = 0;
    hst_search_path path;
    while (found < count && hst_bidirectional(&disjoint->search, &asked, &path) == HST_OK) {
        hst_probed_path *one = &paths[found++];
        memset(one, 0, sizeof *one);
        memcpy(one->edges, path.edges, path.hop_count * sizeof path.edges[0]);
        one->hop_count = path.hop_count;
        for (uint32_t i = 0; i < path.hop_count; i++) {
            disjoint->taken[path.edges[i]] = disjoint->call;
        }
    }
    return found;
}

/** The hop number `rank` of those from `from` to `to`, in the order they were added. */
static uint32_t ranked_hop(const hst_graph *graph, uint32_t from, uint32_t to, uint32_t rank)
{
    const hst_graph_row out = hst_graph_out(graph, from);
    const hst_graph_row in = hst_graph_in(graph, to);
    const bool by_tail = out.count < in.count; /* look through the shorter row */
    const hst_graph_row row = by_tail ? out : in;
    const uint32_t wanted = by_tail ? to : from;
    uint32_t seen = 0;
    for (uint32_t i = 0; i < row.count; i++) {
        if (row.arcs[i].node == wanted && seen++ == rank) {
            return row.arcs[i].edge;
        }
    }
    return HST_GRAPH_NONE;
}

uint32_t *hst_opposites(const hst_graph *graph, hst_arena *arena)
{
    uint32_t *opposites = HST_ARENA_NEW(arena, uint32_t, graph->edge_count);
    if (opposites == NULL) {
        return NULL;
    }
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        const hst_graph_edge *edge = &graph->edges[e];
        uint32_t rank = 0;
        while (ranked_hop(graph, edge->from, edge->to, rank) != e) {
            rank++;
        }
        opposites[e] = ranked_hop(graph, edge->to, edge->from, rank);
    }
    return opposites;
}
