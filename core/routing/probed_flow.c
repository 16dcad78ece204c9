#include "core/routing/probed_flow.h"

#include <string.h>

#define HOPS_WEIGH 32 /* more than hops of a path: the number of hops only decides among equals */

typedef struct hst_probed_hop {
    uint32_t call; /* the rest holds in this call */
    bool probed;   /* carries is what a probe found, else what is published */
    int64_t carries;
    int64_t flow; /* taken by paths so far */
} probed_hop;

/** A path of the residual graph: steps as in hst_probed_flow.steps. */
typedef struct residual_path {
    uint32_t steps[HST_HOP_MAX];
    uint32_t count;
} residual_path;

hst_status hst_probed_flow_init(hst_probed_flow *flow,
                                hst_arena *arena,
                                const hst_graph *graph,
                                const hst_route_view *view)
{
    memset(flow, 0, sizeof *flow);
    flow->graph = graph;
    flow->view = view;
    flow->hops = HST_ARENA_NEW(arena, probed_hop, graph->edge_count);
    flow->seen = HST_ARENA_NEW(arena, uint32_t, graph->node_count);
    flow->steps = HST_ARENA_NEW(arena, uint32_t, graph->node_count);
    flow->depths = HST_ARENA_NEW(arena, uint32_t, graph->node_count);
    flow->queue = HST_ARENA_NEW(arena, uint32_t, graph->node_count);
    uint32_t *tails = HST_ARENA_NEW(arena, uint32_t, graph->edge_count);
    uint32_t *heads = HST_ARENA_NEW(arena, uint32_t, graph->edge_count);
    if (flow->hops == NULL || flow->seen == NULL || flow->steps == NULL || flow->depths == NULL ||
        flow->queue == NULL || tails == NULL || heads == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        tails[e] = graph->edges[e].from;
        heads[e] = graph->edges[e].to;
    }
    return hst_mcf_init(&flow->mcf, arena, graph->node_count, graph->edge_count, tails, heads, 1);
}

static void begin(hst_probed_flow *flow)
{
    if (++flow->call == 0) {
        memset(flow->hops, 0, flow->graph->edge_count * sizeof flow->hops[0]);
        flow->call = 1;
    }
    flow->probed_count = 0;
    flow->probes = 0;
}

/** What is known of a hop; of one not seen in this call what is published. */
static probed_hop *hop_of(hst_probed_flow *flow, uint32_t edge)
{
    probed_hop *hop = &flow->hops[edge];
    if (hop->call != flow->call) {
        const int64_t limit = flow->graph->edges[edge].limit_micro_usd;
        *hop = (probed_hop){.call = flow->call,
                            .carries = limit > 0 ? limit : HST_ROUTE_AMOUNT_MAX_MICRO_USD};
    }
    return hop;
}

/** What a search may do. */
typedef struct manner {
    int64_t need;     /* a hop must have so much left; > 0 */
    bool may_undo;    /* take back what earlier paths sent */
    bool probed_only; /* only over hops probed already */
} manner;

static bool passes(hst_probed_flow *flow, const hst_route_query *query, manner how, uint32_t edge)
{
    const probed_hop *hop = hop_of(flow, edge);
    return hop->carries - hop->flow >= how.need && (hop->probed || !how.probed_only) &&
           hst_probe_allows(flow->graph, query, edge);
}

static uint32_t reach(hst_probed_flow *flow, uint32_t node, uint32_t step, uint32_t depth)
{
    if (flow->seen[node] == flow->search) {
        return 0;
    }
    flow->seen[node] = flow->search;
    flow->steps[node] = step;
    flow->depths[node] = depth;
    return 1;
}

/** The steps that led to a node. */
static void trace(const hst_probed_flow *flow, uint32_t node, residual_path *path)
{
    path->count = flow->depths[node];
    for (uint32_t i = path->count; i > 0; i--) {
        const hst_graph_edge *edge = &flow->graph->edges[flow->steps[node] / 2];
        path->steps[i - 1] = flow->steps[node];
        node = flow->steps[node] % 2 == 0 ? edge->from : edge->to;
    }
}

/** The path of fewest steps, at most the hop limit; equals in the order of the rows. */
static hst_status
shortest(hst_probed_flow *flow, const hst_route_query *query, manner how, residual_path *path)
{
    const hst_graph *graph = flow->graph;
    if (++flow->search == 0) {
        memset(flow->seen, 0, graph->node_count * sizeof flow->seen[0]);
        flow->search = 1;
    }
    uint32_t end = reach(flow, query->source, 0, 0);
    flow->queue[0] = query->source;
    for (uint32_t at = 0; at < end; at++) {
        const uint32_t node = flow->queue[at];
        const uint32_t depth = flow->depths[node] + 1;
        if (node == query->target) {
            trace(flow, node, path);
            return HST_OK;
        }
        if (depth > graph->hop_limit) {
            continue; /* the target may be among those as far */
        }
        const hst_graph_row out = hst_graph_out(graph, node);
        for (uint32_t i = 0; i < out.count; i++) {
            const hst_graph_arc *arc = &out.arcs[i];
            if (flow->seen[arc->node] != flow->search && passes(flow, query, how, arc->edge)) {
                flow->queue[end] = arc->node;
                end += reach(flow, arc->node, arc->edge * 2, depth);
            }
        }
        const hst_graph_row in = hst_graph_in(graph, node);
        for (uint32_t i = 0; how.may_undo && i < in.count; i++) {
            const hst_graph_arc *arc = &in.arcs[i];
            if (flow->seen[arc->node] != flow->search && hop_of(flow, arc->edge)->flow > 0) {
                flow->queue[end] = arc->node;
                end += reach(flow, arc->node, arc->edge * 2 + 1, depth);
            }
        }
    }
    return HST_NO_PATH;
}

/** What the path lets through, after a probe along it. */
static int64_t probe(hst_probed_flow *flow, const residual_path *path)
{
    int64_t most = HST_ROUTE_AMOUNT_MAX_MICRO_USD;
    for (uint32_t i = 0; i < path->count; i++) {
        const uint32_t edge = path->steps[i] / 2;
        probed_hop *hop = hop_of(flow, edge);
        if (!hop->probed) {
            hop->probed = true;
            hop->carries = hst_probe_hop(flow->graph, flow->view, edge);
            flow->probed[flow->probed_count++] = edge;
        }
        const int64_t left = path->steps[i] % 2 == 0 ? hop->carries - hop->flow : hop->flow;
        most = left < most ? left : most;
    }
    flow->probes += path->count;
    return most;
}

static void push(hst_probed_flow *flow, const residual_path *path, int64_t amount)
{
    for (uint32_t i = 0; i < path->count; i++) {
        flow->hops[path->steps[i] / 2].flow += path->steps[i] % 2 == 0 ? amount : -amount;
    }
}

/** Probe augmenting paths until they carry the amount. */
static hst_status
augment(hst_probed_flow *flow, const hst_route_query *query, uint32_t path_count_max)
{
    const manner how = {.need = 1, .may_undo = true};
    int64_t missing = query->amount_micro_usd;
    residual_path path;
    for (uint32_t i = 0; i < path_count_max && missing > 0; i++) {
        HST_TRY(shortest(flow, query, how, &path));
        int64_t most = probe(flow, &path);
        most = most < missing ? most : missing;
        push(flow, &path, most);
        missing -= most;
    }
    return missing > 0 ? HST_NO_PATH : HST_OK;
}

/** Charge of a unit in parts per billion, the number of hops deciding among equals. */
static int64_t cost_of(const hst_graph_edge *edge, int64_t amount)
{
    const hst_weight spread =
        (hst_weight)(uint64_t)edge->fixed_micro_usd * HST_FEMTO_PER_MICRO / (uint64_t)amount;
    const hst_weight cost = ((hst_weight)(uint64_t)edge->rate_ppb + spread) * HOPS_WEIGH + 1;
    return cost < (hst_weight)HST_MCF_COST_MAX ? (int64_t)cost : HST_MCF_COST_MAX;
}

/** Give the hops probed their arcs, or take them away (unit 0). */
static void set_arcs(hst_probed_flow *flow, int64_t amount, int64_t unit)
{
    for (uint32_t i = 0; i < flow->probed_count; i++) {
        const uint32_t edge = flow->probed[i];
        const int64_t carries = flow->hops[edge].carries;
        const int64_t capacity = unit == 0 ? 0 : (carries < amount ? carries : amount) / unit;
        hst_mcf_set_arc(&flow->mcf, edge, capacity, cost_of(&flow->graph->edges[edge], amount));
        flow->hops[edge].flow = 0;
    }
}

/** Append a part and take its amount off the hops. */
static void add_part(hst_probed_flow *flow,
                     const uint32_t *hops,
                     uint32_t count,
                     int64_t amount,
                     hst_route_split *split)
{
    hst_probed_path path = {.hop_count = count};
    memcpy(path.edges, hops, count * sizeof hops[0]);
    for (uint32_t i = 0; i < count; i++) {
        flow->hops[hops[i]].flow += amount;
    }
    hst_probed_part(flow->graph, &path, amount, split);
}

/** The cheapest flow as parts, as far as they are short and few enough; what is left of the amount.
 */
static int64_t take_cheapest(hst_probed_flow *flow,
                             const hst_route_query *query,
                             int64_t unit,
                             hst_route_split *split)
{
    const int64_t amount = query->amount_micro_usd;
    int64_t missing = amount;
    hst_mcf_path path;
    hst_assert(unit > 0);
    const int64_t units = (amount + unit - 1) / unit;
    /* Rounded units can be too many for the hops: then as many as fit are taken. */
    hst_ignore(hst_mcf_solve(&flow->mcf, query->source, query->target, units));
    while (split->part_count < HST_ROUTE_PART_MAX &&
           hst_mcf_take_path(&flow->mcf, &path) == HST_OK) {
        if (path.hop_count <= flow->graph->hop_limit) {
            const int64_t most = path.flow * unit < missing ? path.flow * unit : missing;
            add_part(flow, path.hops, path.hop_count, most, split);
            missing -= most;
        }
    }
    return missing;
}

/** The rest over the shortest paths left among the hops probed. */
static hst_status take_rest(hst_probed_flow *flow,
                            const hst_route_query *query,
                            int64_t missing,
                            hst_route_split *split)
{
    const manner how = {.need = 1, .probed_only = true};
    residual_path path;
    while (missing > 0) {
        if (split->part_count == HST_ROUTE_PART_MAX) {
            return HST_NO_PATH;
        }
        HST_TRY(shortest(flow, query, how, &path));
        uint32_t hops[HST_HOP_MAX];
        int64_t most = missing;
        for (uint32_t i = 0; i < path.count; i++) {
            hops[i] = path.steps[i] / 2;
            const probed_hop *hop = &flow->hops[hops[i]];
            most = hop->carries - hop->flow < most ? hop->carries - hop->flow : most;
        }
        add_part(flow, hops, path.count, most, split);
        missing -= most;
    }
    return HST_OK;
}

hst_status hst_probed_flow_split(hst_probed_flow *flow,
                                 const hst_route_query *query,
                                 uint32_t path_count_max,
                                 hst_route_split *split)
{
    hst_assert(path_count_max <= HST_PROBED_FLOW_PATHS);
    hst_assert(query->source != query->target && query->amount_micro_usd > 0);
    const int64_t amount = query->amount_micro_usd;
    const int64_t unit = 1 + (amount - 1) / HST_MCF_FLOW_MAX;
    begin(flow);
    HST_TRY(augment(flow, query, path_count_max));
    hst_route_split *trial = &flow->trial;
    trial->part_count = 0;
    trial->probes = flow->probes;
    set_arcs(flow, amount, unit);
    const int64_t missing = take_cheapest(flow, query, unit, trial);
    const hst_status status = take_rest(flow, query, missing, trial);
    set_arcs(flow, amount, 0);
    if (status == HST_OK) {
        *split = *trial;
    }
    return status;
}

hst_status hst_probed_flow_path(hst_probed_flow *flow,
                                const hst_route_query *query,
                                uint32_t path_count_max,
                                hst_probed_path *path)
{
    hst_assert(path_count_max <= HST_PROBED_FLOW_PATHS);
    hst_assert(query->source != query->target);
    const int64_t amount = query->amount_micro_usd;
    const manner how = {.need = amount > 0 ? amount : 1};
    residual_path found;
    begin(flow);
    for (uint32_t i = 0; i < path_count_max; i++) {
        HST_TRY(shortest(flow, query, how, &found));
        const int64_t most = probe(flow, &found);
        if (most >= amount) {
            *path = (hst_probed_path){.hop_count = found.count, .carries = most};
            for (uint32_t hop = 0; hop < found.count; hop++) {
                path->edges[hop] = found.steps[hop] / 2;
            }
            return HST_OK;
        }
    }
    return HST_NO_PATH;
}
