/* Any bytes as a graph, its updates and queries: building refuses or succeeds, both searches answer
 * alike, every router's plan is sound.
 *
 * Input: node count, router, nodes, edges, then a program of updates and queries. */
#include "core/routing/bidirectional.h"
#include "core/routing/dijkstra.h"
#include "core/routing/recost.h"

#include <stdlib.h>
#include <string.h>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EDGES = 64, NODES = 16, EXCLUDED = 3 };

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

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

/** A charge, limit or delay: a small number, sometimes shifted far, sometimes negative. */
static int64_t read_number(hst_reader *in)
{
    const uint8_t head = hst_read_u8(in);
    const int64_t number = (int64_t)((uint64_t)(head & 31) << ((head >> 5) * 8));
    return head == 255 ? -number : number;
}

static void read_graph(hst_reader *in, hst_graph *graph, uint32_t node_count)
{
    uint32_t id = 0;
    for (uint32_t i = 0; i < node_count; i++) {
        const uint8_t look = hst_read_u8(in);
        const hst_graph_node node = {i / 2, look & 3, look >> 7};
        const hst_status status = hst_graph_add_node(graph, node, &id);
        check(status == HST_OK || status == HST_EXISTS);
    }
    const uint32_t edge_count = hst_read_u8(in);
    for (uint32_t i = 0; i < edge_count; i++) {
        const uint8_t look = hst_read_u8(in);
        hst_graph_edge edge;
        memset(&edge, 0, sizeof edge);
        edge.from = hst_read_u8(in) % NODES;
        edge.to = hst_read_u8(in) % NODES;
        edge.kind = (hst_hop_kind)(look % (HST_HOP_KIND_COUNT + 1));
        edge.enabled = look < 240;
        edge.fixed_micro_usd = read_number(in);
        edge.rate_ppb = read_number(in);
        edge.limit_micro_usd = read_number(in);
        edge.delay_ns = read_number(in);
        const hst_status status = hst_graph_add_edge(graph, &edge, &id);
        check(status == HST_OK || status == HST_INVALID || status == HST_FULL);
    }
}

/** The two searches, which must agree to the edge. */
static void compare_searches(hst_search *search, const hst_search_query *query)
{
    hst_search_path plain;
    hst_search_path both;
    uint32_t edges[NODES];
    const hst_status plain_status = hst_dijkstra(search, query, &plain);
    if (plain_status == HST_OK) {
        check(plain.hop_count <= NODES);
        memcpy(edges, plain.edges, plain.hop_count * sizeof edges[0]);
    }
    check(hst_bidirectional(search, query, &both) == plain_status);
    if (plain_status == HST_OK) {
        check(plain.hop_count == both.hop_count);
        check(plain.exact_femto_usd == both.exact_femto_usd);
        check(memcmp(edges, both.edges, both.hop_count * sizeof edges[0]) == 0);
    }
}

/** A split, if there is one, is of sound parts that add up. */
static void check_split(hst_router *router, const hst_route_query *query)
{
    hst_route_split split;
    if (query->amount_micro_usd == 0 || hst_router_split(router, query, &split) != HST_OK) {
        return;
    }
    int64_t left = query->amount_micro_usd;
    check(split.part_count >= 1 && split.part_count <= HST_ROUTE_PART_MAX);
    for (uint32_t i = 0; i < split.part_count; i++) {
        const hst_route_part *part = &split.parts[i];
        hst_route_query asked = *query;
        asked.amount_micro_usd = part->amount_micro_usd;
        check(part->amount_micro_usd > 0 && part->amount_micro_usd <= left);
        check(hst_plan_check(router->graph, &asked, &part->plan) == HST_PLAN_SOUND);
        left -= part->amount_micro_usd;
    }
    check(left == 0);
}

static void run_query(hst_reader *in, hst_search *search, hst_router *router)
{
    uint32_t excluded[EXCLUDED];
    const uint32_t node_count = search->graph->node_count;
    hst_route_query query;
    memset(&query, 0, sizeof query);
    const uint8_t look = hst_read_u8(in);
    query.source = hst_read_u8(in) % node_count;
    query.target = hst_read_u8(in) % node_count;
    const int64_t amount = read_number(in);
    query.amount_micro_usd = (amount < 0 ? -amount : amount) % (HST_ROUTE_AMOUNT_MAX_MICRO_USD + 1);
    query.excluded_count = look & 3;
    query.excluded_edges = excluded;
    for (uint32_t i = 0; i < EXCLUDED; i++) {
        excluded[i] = hst_read_u8(in);
    }
    const hst_search_query asked = {
        .source = query.source,
        .target = query.target,
        .amount_micro_usd = query.amount_micro_usd,
        .delay_price_micro_usd_per_s = look >> 6,
        .order = (hst_search_order)((look >> 2) % 3),
        .hop_count_max = (look & 32) != 0 ? 1u + look % HST_HOP_LIMIT_DEFAULT : HST_HOPS_UNLIMITED,
        .excluded_count = query.excluded_count,
        .excluded_edges = excluded};
    compare_searches(search, &asked);
    hst_route_plan plan;
    if (hst_router_route(router, &query, &plan) == HST_OK) {
        check(hst_plan_check(search->graph, &query, &plan) == HST_PLAN_SOUND);
        if (plan.hop_count > 0) {
            const hst_hop_outcome outcome = {.edge = plan.edges[0],
                                             .result =
                                                 (hst_hop_result)(look % HST_HOP_RESULT_COUNT),
                                             .amount_micro_usd = query.amount_micro_usd};
            hst_router_feedback(router, &outcome, 1);
        }
    }
    check_split(router, &query);
}

static void run_update(hst_reader *in, hst_graph *graph)
{
    const uint8_t look = hst_read_u8(in);
    const uint32_t edge = hst_read_u8(in) % graph->edge_count;
    const int64_t a = read_number(in);
    const int64_t b = read_number(in);
    const uint64_t version = graph->version;
    hst_status status = HST_OK;
    switch (look & 3) {
    case 0: status = hst_graph_set_charge(graph, edge, a, b); break;
    case 1: status = hst_graph_set_limit(graph, edge, a); break;
    case 2: status = hst_graph_set_delay(graph, edge, a); break;
    default: hst_graph_set_enabled(graph, edge, (look & 4) != 0); break;
    }
    check(status == HST_OK || (status == HST_INVALID && graph->version == version));
}

static void run(hst_reader *in, hst_arena *arena)
{
    hst_graph graph;
    hst_search search;
    hst_router *router = NULL;
    size_t kind_count = 0;
    const hst_router_kind *const *kinds = hst_router_kinds(&kind_count);
    const uint32_t node_count = 1 + hst_read_u8(in) % NODES;
    const uint8_t kind = hst_read_u8(in);
    check(hst_graph_init(&graph, arena, NODES, EDGES) == HST_OK);
    read_graph(in, &graph, node_count);
    check(hst_graph_freeze(&graph, arena) == HST_OK);
    check(hst_search_init(&search, arena, &graph) == HST_OK);
    const hst_router_setup setup = {.graph = &graph, .arena = arena, .cache_entry_count = 4};
    check(hst_router_create(kinds[kind % kind_count], &setup, &router) == HST_OK);
    for (unsigned i = 0; i < 64 && hst_reader_left(in) > 0; i++) {
        if (hst_read_u8(in) % 4 == 0 && graph.edge_count > 0) {
            run_update(in, &graph);
        } else {
            run_query(in, &search, router);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hst_memory memory = {NULL, acquire, release};
    hst_arena arena;
    hst_reader in;
    hst_arena_init(&arena, memory, 1 << 16);
    hst_reader_init(&in, data, size);
    run(&in, &arena);
    hst_arena_release(&arena);
    return 0;
}
