#include "tests/unit/routing/support.h"

#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

static void *acquire(void *context, size_t size)
{
    (void)context;
    const size_t rounded = (size + 63) / 64 * 64;
    void *block = aligned_alloc(64, rounded);
    return block == NULL ? NULL : memset(block, 0, rounded);
}

static void release(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}

hst_arena test_arena(void)
{
    hst_arena arena;
    const hst_memory memory = {NULL, acquire, release};
    hst_arena_init(&arena, memory, 1 << 16);
    return arena;
}

static bool chance(hst_random *random, uint32_t share)
{
    return hst_random_below(random, 100) < share;
}

hst_graph random_graph(hst_arena *arena, const graph_recipe *recipe, hst_random *random)
{
    hst_graph graph;
    uint32_t id = 0;
    hst_assert(hst_graph_init(&graph, arena, recipe->node_count, recipe->edge_count) == HST_OK);
    for (uint32_t i = 0; i < recipe->node_count; i++) {
        const hst_graph_node node = {
            .institution = i,
            .currency = (uint16_t)(i % recipe->currency_count),
            .flags = chance(random, recipe->transit_share) ? HST_NODE_TRANSIT : 0};
        hst_assert(hst_graph_add_node(&graph, node, &id) == HST_OK);
    }
    while (graph.edge_count < recipe->edge_count) {
        hst_graph_edge edge;
        memset(&edge, 0, sizeof edge);
        edge.from = (uint32_t)hst_random_below(random, recipe->node_count);
        edge.to = (uint32_t)hst_random_below(random, recipe->node_count);
        if (edge.from == edge.to) {
            continue;
        }
        edge.kind = graph.nodes[edge.from].currency == graph.nodes[edge.to].currency ? HST_HOP_BOOK
                                                                                     : HST_HOP_FX;
        edge.enabled = !chance(random, recipe->disabled_share);
        if (!chance(random, recipe->free_share)) {
            edge.fixed_micro_usd =
                (int64_t)hst_random_below(random, recipe->distinct_charges) * recipe->charge_step;
            edge.rate_ppb =
                (int64_t)hst_random_below(random, recipe->distinct_charges) * recipe->rate_step;
        }
        if (chance(random, recipe->limited_share)) {
            edge.limit_micro_usd =
                1 + (int64_t)hst_random_below(random, (uint64_t)recipe->limit_max);
        }
        edge.delay_ns = (int64_t)hst_random_below(random, 4) * INT64_C(1000000000);
        hst_assert(hst_graph_add_edge(&graph, &edge, &id) == HST_OK);
    }
    hst_assert(hst_graph_freeze(&graph, arena) == HST_OK);
    return graph;
}

hst_graph
plain_graph(hst_arena *arena, uint32_t node_count, const hst_graph_edge *edges, uint32_t edge_count)
{
    hst_graph graph;
    uint32_t id = 0;
    hst_assert(hst_graph_init(&graph, arena, node_count, edge_count) == HST_OK);
    for (uint32_t i = 0; i < node_count; i++) {
        const hst_graph_node node = {i, 0, HST_NODE_TRANSIT};
        hst_assert(hst_graph_add_node(&graph, node, &id) == HST_OK);
    }
    for (uint32_t i = 0; i < edge_count; i++) {
        hst_assert(hst_graph_add_edge(&graph, &edges[i], &id) == HST_OK);
    }
    hst_assert(hst_graph_freeze(&graph, arena) == HST_OK);
    return graph;
}

static bool usable(const hst_search_query *query, const hst_graph_edge *edge, uint32_t id)
{
    for (uint32_t i = 0; i < query->excluded_count; i++) {
        if (query->excluded_edges[i] == id) {
            return false;
        }
    }
    if (query->order == HST_ORDER_WEIGHED &&
        query->weigh(query->weigh_context, id) == HST_WEIGHT_CLOSED) {
        return false;
    }
    return edge->enabled &&
           (edge->limit_micro_usd == 0 || edge->limit_micro_usd >= query->amount_micro_usd);
}

static wide edge_cost(const hst_search_query *query, const hst_graph_edge *edge, uint32_t id)
{
    if (query->order == HST_ORDER_WEIGHED) {
        return query->weigh(query->weigh_context, id);
    }
    if (query->order == HST_ORDER_FIRST_LISTED) {
        return 0;
    }
    return (wide)edge->fixed_micro_usd * 1000000000u +
           (wide)edge->rate_ppb * (wide)query->amount_micro_usd +
           (wide)query->delay_price_micro_usd_per_s * (wide)edge->delay_ns;
}

/** Is a better than b, by cost and hops in the query's order; 0 when equal. */
static int compare_rank(
    const hst_search_query *query, wide cost_a, uint32_t hops_a, wide cost_b, uint32_t hops_b)
{
    const int by_cost = (cost_a > cost_b) - (cost_a < cost_b);
    const int by_hops = (hops_a > hops_b) - (hops_a < hops_b);
    if (query->order == HST_ORDER_CHEAPEST || query->order == HST_ORDER_WEIGHED) {
        return by_cost != 0 ? by_cost : by_hops;
    }
    return by_hops != 0 ? by_hops : by_cost;
}

/** The path being tried by enumerate_best, and the best of those tried. */
typedef struct enumeration {
    const hst_graph *graph;
    const hst_search_query *query;
    reference_path trial;
    reference_path best;
    bool visited[64];
} enumeration;

static void consider_trial(enumeration *state)
{
    reference_path *best = &state->best;
    const reference_path *trial = &state->trial;
    int order = -1;
    if (best->found) {
        order =
            compare_rank(state->query, trial->cost, trial->hop_count, best->cost, best->hop_count);
        for (uint32_t i = 0; order == 0 && i < trial->hop_count; i++) {
            order = (trial->edges[i] > best->edges[i]) - (trial->edges[i] < best->edges[i]);
        }
    }
    if (order < 0) {
        *best = *trial;
        best->found = true;
    }
}

static void extend(enumeration *state, uint32_t node)
{
    if (node == state->query->target) {
        consider_trial(state);
        return;
    }
    const bool inner = node != state->query->source;
    const bool forwards = (state->graph->nodes[node].flags & HST_NODE_TRANSIT) != 0;
    if ((inner && !forwards) || state->trial.hop_count == state->query->hop_count_max) {
        return;
    }
    state->visited[node] = true;
    for (uint32_t e = 0; e < state->graph->edge_count; e++) {
        const hst_graph_edge *edge = &state->graph->edges[e];
        if (edge->from != node || state->visited[edge->to] || !usable(state->query, edge, e)) {
            continue;
        }
        const wide cost = edge_cost(state->query, edge, e);
        state->trial.edges[state->trial.hop_count++] = e;
        state->trial.cost += cost;
        extend(state, edge->to);
        state->trial.cost -= cost;
        state->trial.hop_count--;
    }
    state->visited[node] = false;
}

reference_path enumerate_best(const hst_graph *graph, const hst_search_query *query)
{
    enumeration state;
    memset(&state, 0, sizeof state);
    state.graph = graph;
    state.query = query;
    hst_assert(graph->node_count <= 64);
    extend(&state, query->source);
    return state.best;
}

/** Cost and hops from a node to the target. */
typedef struct rest {
    bool known;
    uint32_t hops;
    wide cost;
} rest;

/** Would going over `edge` end in a better rest for its tail (or an equal one, with `equal`)? */
static bool over(const hst_graph *graph,
                 const hst_search_query *query,
                 const rest *rests,
                 uint32_t e,
                 bool equal)
{
    const hst_graph_edge *edge = &graph->edges[e];
    const rest *head = &rests[edge->to];
    const bool forwards = (graph->nodes[edge->to].flags & HST_NODE_TRANSIT) != 0;
    if (!head->known || !usable(query, edge, e) || edge->from == query->target ||
        (edge->to != query->target && !forwards)) {
        return false;
    }
    const rest *tail = &rests[edge->from];
    if (!tail->known) {
        return !equal;
    }
    const int order = compare_rank(query, head->cost + edge_cost(query, edge, e), head->hops + 1,
                                   tail->cost, tail->hops);
    return equal ? order == 0 : order < 0;
}

reference_path bellman_ford(const hst_graph *graph, const hst_search_query *query)
{
    reference_path path;
    memset(&path, 0, sizeof path);
    rest *rests = calloc(graph->node_count, sizeof *rests);
    hst_assert(rests != NULL);
    rests[query->target].known = true;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t e = 0; e < graph->edge_count; e++) {
            if (over(graph, query, rests, e, false)) {
                const hst_graph_edge *edge = &graph->edges[e];
                rests[edge->from].known = true;
                rests[edge->from].hops = rests[edge->to].hops + 1;
                rests[edge->from].cost = rests[edge->to].cost + edge_cost(query, edge, e);
                changed = true;
            }
        }
    }
    path.found = rests[query->source].known;
    path.cost = rests[query->source].cost;
    path.hop_count = rests[query->source].hops;
    uint32_t node = query->source;
    for (uint32_t i = 0; path.found && i < path.hop_count; i++) {
        uint32_t e = 0;
        while (graph->edges[e].from != node || !over(graph, query, rests, e, true)) {
            e++;
        }
        hst_assert(i < 64);
        path.edges[i] = e;
        node = graph->edges[e].to;
    }
    free(rests);
    return path;
}

hst_search_query simple_query(uint32_t source, uint32_t target, int64_t amount_micro_usd)
{
    hst_search_query query;
    memset(&query, 0, sizeof query);
    query.source = source;
    query.target = target;
    query.amount_micro_usd = amount_micro_usd;
    query.hop_count_max = HST_HOPS_UNLIMITED;
    return query;
}

bool same_answer(hst_status status, const hst_search_path *path, const reference_path *reference)
{
    if (status != HST_OK || !reference->found) {
        return status == HST_NO_PATH && !reference->found;
    }
    return path->exact_femto_usd == reference->cost && path->hop_count == reference->hop_count &&
           memcmp(path->edges, reference->edges, path->hop_count * sizeof path->edges[0]) == 0;
}
