/* Route search and route decisions.
 *
 * Two graphs of 10,000 nodes and 100,000 arcs (uniform random; hubs by preferential attachment,
 * Barabasi and Albert 1999) against igraph's C library, and a corridor graph of 500 positions with
 * the routers on it. igraph answers the same queries on the same arcs; it knows no limits, no nodes
 * that do not forward, and costs in doubles, so the comparison is in its favour. */
#include "core/base/random.h"
#include "core/routing/bidirectional.h"
#include "core/routing/cheapest_advertised.h"
#include "core/routing/dijkstra.h"
#include "core/routing/fewest_hops.h"
#include "core/routing/mcf.h"
#include "core/routing/static_table.h"

#include "sim/base/os_memory.h"
#include "sim/bench/bench.h"

#include <stdlib.h>
#include <string.h>

#ifdef HST_HAVE_IGRAPH
#    include <igraph/igraph.h>
#endif
#ifdef HST_HAVE_LEMON
#    include "sim/bench/peer_lemon.h"
#endif

/* --- graphs ----------------------------------------------------------------------------------- */

/** Which graph. */
typedef enum shape { UNIFORM, HUBS, CORRIDORS } shape;

static hst_graph_edge hop(uint32_t from, uint32_t to, hst_hop_kind kind, hst_random *random)
{
    hst_graph_edge edge;
    memset(&edge, 0, sizeof edge);
    edge.from = from;
    edge.to = to;
    edge.kind = kind;
    edge.fixed_micro_usd = 1000 * (int64_t)(1 + hst_random_below(random, 15000));
    edge.rate_ppb = 1000 * (int64_t)hst_random_below(random, 3000);
    edge.delay_ns = (int64_t)hst_random_below(random, 3600) * INT64_C(1000000000);
    edge.enabled = true;
    return edge;
}

static void add_both_ways(hst_graph *graph, uint32_t a, uint32_t b, hst_random *random)
{
    uint32_t id = 0;
    const hst_hop_kind kind =
        graph->nodes[a].currency == graph->nodes[b].currency ? HST_HOP_BOOK : HST_HOP_FX;
    const hst_graph_edge there = hop(a, b, kind, random);
    const hst_graph_edge back = hop(b, a, kind, random);
    hst_assert(hst_graph_add_edge(graph, &there, &id) == HST_OK);
    hst_assert(hst_graph_add_edge(graph, &back, &id) == HST_OK);
}

enum { NODES = 10000, ARCS = 100000 };

static void fill_uniform(hst_graph *graph, hst_random *random)
{
    uint32_t id = 0;
    while (graph->edge_count < ARCS) {
        const uint32_t from = graph->edge_count < NODES ? graph->edge_count
                                                        : (uint32_t)hst_random_below(random, NODES);
        const uint32_t to = graph->edge_count < NODES ? (graph->edge_count + 1) % NODES
                                                      : (uint32_t)hst_random_below(random, NODES);
        if (from != to) {
            const hst_graph_edge edge = hop(from, to, HST_HOP_BOOK, random);
            hst_assert(hst_graph_add_edge(graph, &edge, &id) == HST_OK);
        }
    }
}

/** Each new node links to five ends of existing links: degree attracts. */
static void fill_hubs(hst_graph *graph, hst_random *random)
{
    for (uint32_t node = 5; node < NODES; node++) {
        for (uint32_t link = 0; link < 5 && graph->edge_count + 2 <= ARCS; link++) {
            uint32_t other = link;
            if (node > 5) {
                const uint32_t edge = (uint32_t)hst_random_below(random, graph->edge_count);
                other = graph->edges[edge].to;
            }
            if (other != node) {
                add_both_ways(graph, node, other, random);
            }
        }
    }
}

enum {
    CURRENCIES = 24,
    HUB_COUNT = 16,
    HUB_CURRENCIES = 8,
    BANKS = 372,
    CORRIDOR_NODES = BANKS + HUB_COUNT * HUB_CURRENCIES,
    CORRIDOR_ARCS = 8000
};

/** 372 banks with one position each, which forward nothing, and 16 hubs with positions in eight
 * currencies each: accounts of banks with hubs, conversion inside a hub, hubs with each other. */
static void fill_corridors(hst_graph *graph, hst_random *random)
{
    const uint32_t first_hub = BANKS;
    for (uint32_t hub = 0; hub < HUB_COUNT; hub++) {
        const uint32_t base = first_hub + hub * HUB_CURRENCIES;
        for (uint32_t a = 0; a < HUB_CURRENCIES; a++) {
            for (uint32_t b = a + 1; b < HUB_CURRENCIES; b++) {
                add_both_ways(graph, base + a, base + b, random);
            }
        }
    }
    for (uint32_t a = first_hub; a < graph->node_count; a++) {
        for (uint32_t b = a + 1; b < graph->node_count; b++) {
            if (graph->nodes[a].currency == graph->nodes[b].currency) {
                add_both_ways(graph, a, b, random);
            }
        }
    }
    for (uint32_t bank = 0; bank < BANKS; bank++) {
        for (uint32_t node = first_hub; node < graph->node_count; node++) {
            if (graph->nodes[bank].currency == graph->nodes[node].currency) {
                add_both_ways(graph, bank, node, random);
            }
        }
    }
}

static hst_status make_graph(hst_graph *graph, hst_arena *arena, shape which)
{
    hst_random random = hst_random_stream(1, 0, which, 0);
    uint32_t id = 0;
    const uint32_t nodes = which == CORRIDORS ? (uint32_t)CORRIDOR_NODES : (uint32_t)NODES;
    HST_TRY(hst_graph_init(graph, arena, nodes,
                           which == CORRIDORS ? (uint32_t)CORRIDOR_ARCS : (uint32_t)ARCS));
    for (uint32_t i = 0; i < nodes; i++) {
        hst_graph_node node = {.institution = i, .flags = HST_NODE_TRANSIT};
        if (which == CORRIDORS && i < BANKS) {
            node.currency = (uint16_t)(i % CURRENCIES);
            node.flags = 0;
        } else if (which == CORRIDORS) {
            const uint32_t hub = (i - BANKS) / HUB_CURRENCIES;
            const uint32_t place = (i - BANKS) % HUB_CURRENCIES;
            node.institution = BANKS + hub;
            /* Everybody holds dollars (0); the rest is spread so that each currency has hubs. */
            node.currency = (uint16_t)(place == 0 ? 0 : 1 + (hub * 7 + place) % (CURRENCIES - 1));
        }
        HST_TRY(hst_graph_add_node(graph, node, &id));
    }
    switch (which) {
    case UNIFORM: fill_uniform(graph, &random); break;
    case HUBS: fill_hubs(graph, &random); break;
    case CORRIDORS: fill_corridors(graph, &random); break;
    }
    return hst_graph_freeze(graph, arena);
}

/* --- what is asked ---------------------------------------------------------------------------- */

/** A case: graph, who answers, how many queries. */
typedef struct setup {
    shape graph;
    unsigned queries;
    unsigned peer_queries; /* fewer for the slow peer; rates are compared */
    const hst_router_kind *router;
    hst_status (*search)(hst_search *, const hst_search_query *, hst_search_path *);
} setup;

enum { AMOUNT_MICRO_USD = 1000000000 }; /* a thousand dollars */

/** The i-th pair of distinct ends: banks on the corridor graph, any nodes elsewhere. */
static void ends_of(const setup *what, hst_random *random, uint32_t *source, uint32_t *target)
{
    const uint32_t bound = what->graph == CORRIDORS ? (uint32_t)BANKS : (uint32_t)NODES;
    *source = (uint32_t)hst_random_below(random, bound);
    do {
        *target = (uint32_t)hst_random_below(random, bound);
    } while (*target == *source);
}

static hst_status run_search(const void *parameter, hst_bench_sample *sample)
{
    const setup *what = parameter;
    hst_arena arena;
    hst_graph graph;
    hst_search search;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    hst_status status = make_graph(&graph, &arena, what->graph);
    if (status == HST_OK) {
        status = hst_search_init(&search, &arena, &graph);
    }
    hst_random random = hst_random_stream(2, 0, 0, 0);
    hst_bench_start(sample);
    for (unsigned i = 0; i < what->queries && status == HST_OK; i++) {
        hst_search_query query = {.amount_micro_usd = AMOUNT_MICRO_USD,
                                  .hop_count_max = HST_HOPS_UNLIMITED};
        hst_search_path path;
        ends_of(what, &random, &query.source, &query.target);
        status = what->search(&search, &query, &path);
        status = status == HST_NO_PATH ? HST_OK : status;
    }
    hst_bench_stop(sample);
    sample->work = what->queries;
    hst_arena_release(&arena);
    return status;
}

static hst_status run_router(const void *parameter, hst_bench_sample *sample)
{
    const setup *what = parameter;
    hst_arena arena;
    hst_graph graph;
    hst_router *router = NULL;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    hst_status status = make_graph(&graph, &arena, what->graph);
    if (status == HST_OK) {
        const hst_router_setup setup_of = {.graph = &graph, .arena = &arena};
        status = hst_router_create(what->router, &setup_of, &router);
    }
    hst_random random = hst_random_stream(3, 0, 0, 0);
    hst_bench_start(sample);
    for (unsigned i = 0; i < what->queries && status == HST_OK; i++) {
        /* As in a day of payments: some corridors carry most of them, amounts spread widely. */
        const bool busy = hst_random_below(&random, 10) != 0;
        hst_random pair =
            hst_random_stream(4, 0, hst_random_below(&random, busy ? 200 : 100000), 0);
        hst_route_query query = {.payment = i};
        hst_route_plan plan;
        ends_of(what, &pair, &query.source, &query.target);
        query.amount_micro_usd = (int64_t)hst_random_below(&random, UINT64_C(1) << 34);
        status = hst_router_route(router, &query, &plan);
        status = status == HST_NO_PATH ? HST_OK : status;
    }
    hst_bench_stop(sample);
    sample->work = what->queries;
    hst_arena_release(&arena);
    return status;
}

/* --- the peer --------------------------------------------------------------------------------- */

#ifdef HST_HAVE_IGRAPH
#    define PEER_NAME "igraph C library, get_shortest_path_dijkstra"
#    define PEER      run_igraph

/** The graph's arcs and their costs for the amount, as igraph wants them. */
static hst_status make_peer(const hst_graph *graph, igraph_t *peer, igraph_vector_t *costs)
{
    igraph_vector_int_t ends;
    if (igraph_vector_int_init(&ends, 2 * (igraph_integer_t)graph->edge_count) != IGRAPH_SUCCESS ||
        igraph_vector_init(costs, graph->edge_count) != IGRAPH_SUCCESS) {
        return HST_NO_MEMORY;
    }
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        VECTOR(ends)[(size_t)2 * e] = graph->edges[e].from;
        VECTOR(ends)[(size_t)2 * e + 1] = graph->edges[e].to;
        VECTOR(*costs)
        [e] = (double)hst_graph_edge_cost_micro_usd(&graph->edges[e], AMOUNT_MICRO_USD);
    }
    const igraph_error_t made = igraph_create(peer, &ends, graph->node_count, IGRAPH_DIRECTED);
    igraph_vector_int_destroy(&ends);
    return made == IGRAPH_SUCCESS ? HST_OK : HST_NO_MEMORY;
}

static hst_status run_igraph(const void *parameter, hst_bench_sample *sample)
{
    const setup *what = parameter;
    hst_arena arena;
    hst_graph graph;
    igraph_t peer;
    igraph_vector_t costs;
    igraph_vector_int_t path;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    hst_status status = make_graph(&graph, &arena, what->graph);
    if (status == HST_OK) {
        status = make_peer(&graph, &peer, &costs);
    }
    if (status != HST_OK || igraph_vector_int_init(&path, 0) != IGRAPH_SUCCESS) {
        hst_arena_release(&arena);
        return HST_NO_MEMORY;
    }
    hst_random random = hst_random_stream(2, 0, 0, 0);
    hst_bench_start(sample);
    for (unsigned i = 0; i < what->peer_queries; i++) {
        uint32_t source = 0;
        uint32_t target = 0;
        ends_of(what, &random, &source, &target);
        if (igraph_get_shortest_path_dijkstra(&peer, NULL, &path, source, target, &costs,
                                              IGRAPH_OUT) != IGRAPH_SUCCESS) {
            status = HST_NO_MEMORY;
        }
    }
    hst_bench_stop(sample);
    sample->work = what->peer_queries;
    igraph_vector_int_destroy(&path);
    igraph_vector_destroy(&costs);
    igraph_destroy(&peer);
    hst_arena_release(&arena);
    return status;
}
#else
#    define PEER_NAME NULL
#    define PEER      NULL
#endif

/* --- min-cost flow ---------------------------------------------------------------------------- */

/** A network on the uniform graph: ends, capacities 10 ... 1000, costs 1 ... 1000. */
typedef struct flow_network {
    uint32_t tails[ARCS];
    uint32_t heads[ARCS];
    int64_t capacities[ARCS];
    int64_t costs[ARCS];
} flow_network;

static hst_status make_flow_network(hst_arena *arena, flow_network **made)
{
    hst_graph graph;
    flow_network *network = HST_ARENA_NEW(arena, flow_network, 1);
    if (network == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(make_graph(&graph, arena, UNIFORM));
    hst_random random = hst_random_stream(5, 0, 0, 0);
    for (uint32_t i = 0; i < ARCS; i++) {
        network->tails[i] = graph.edges[i].from;
        network->heads[i] = graph.edges[i].to;
        network->capacities[i] = 10 + (int64_t)hst_random_below(&random, 991);
        network->costs[i] = 1 + (int64_t)hst_random_below(&random, 1000);
    }
    *made = network;
    return HST_OK;
}

/** How much is sent, how often. */
typedef struct flow_setup {
    int64_t units;
    unsigned solves;
    uint32_t paths_max; /* hst_mcf_set_paths_max */
} flow_setup;

/** Solve them all; the sum of the least costs. */
static hst_status solve_all(const flow_setup *what, hst_mcf *mcf, uint64_t *total)
{
    const setup ends = {.graph = UNIFORM};
    hst_random random = hst_random_stream(6, 0, 0, 0);
    *total = 0;
    for (unsigned i = 0; i < what->solves; i++) {
        uint32_t source = 0;
        uint32_t target = 0;
        ends_of(&ends, &random, &source, &target);
        const hst_status status = hst_mcf_solve(mcf, source, target, what->units);
        if (status == HST_OK) {
            *total += (uint64_t)mcf->cost;
        }
    }
    return HST_OK;
}

static hst_status
make_mcf(const flow_setup *what, const flow_network *network, hst_arena *arena, hst_mcf *mcf)
{
    HST_TRY(hst_mcf_init(mcf, arena, NODES, ARCS, network->tails, network->heads, 1));
    for (uint32_t i = 0; i < ARCS; i++) {
        hst_mcf_set_arc(mcf, i, network->capacities[i], network->costs[i]);
    }
    hst_mcf_set_paths_max(mcf, what->paths_max);
    return HST_OK;
}

static hst_status run_flow(const void *parameter, hst_bench_sample *sample)
{
    const flow_setup *what = parameter;
    hst_arena arena;
    flow_network *network = NULL;
    hst_mcf mcf;
    uint64_t total = 0;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    hst_status status = make_flow_network(&arena, &network);
    status = status == HST_OK ? make_mcf(what, network, &arena, &mcf) : status;
    hst_bench_start(sample);
    status = status == HST_OK ? solve_all(what, &mcf, &total) : status;
    hst_bench_stop(sample);
    sample->work = what->solves;
    hst_arena_release(&arena);
    return status;
}

#ifdef HST_HAVE_LEMON
#    define FLOW_PEER_NAME "LEMON, NetworkSimplex"
#    define FLOW_PEER      run_lemon

static hst_status solve_all_by_lemon(const flow_setup *what, hst_peer_lemon *peer, uint64_t *total)
{
    const setup ends = {.graph = UNIFORM};
    hst_random random = hst_random_stream(6, 0, 0, 0);
    *total = 0;
    for (unsigned i = 0; i < what->solves; i++) {
        uint32_t source = 0;
        uint32_t target = 0;
        ends_of(&ends, &random, &source, &target);
        const int64_t cost = hst_peer_lemon_solve(peer, source, target, what->units);
        *total += cost > 0 ? (uint64_t)cost : 0;
    }
    return HST_OK;
}

/** The peer timed, and its answers compared with ours. */
static hst_status run_lemon(const void *parameter, hst_bench_sample *sample)
{
    const flow_setup *what = parameter;
    hst_arena arena;
    flow_network *network = NULL;
    hst_mcf mcf;
    uint64_t total = 0;
    uint64_t ours = 1;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    hst_status status = make_flow_network(&arena, &network);
    hst_peer_lemon *peer = NULL;
    if (status == HST_OK) {
        peer = hst_peer_lemon_new(NODES, ARCS, network->tails, network->heads, network->capacities,
                                  network->costs);
        status = peer == NULL ? HST_NO_MEMORY : make_mcf(what, network, &arena, &mcf);
    }
    hst_bench_start(sample);
    status = status == HST_OK ? solve_all_by_lemon(what, peer, &total) : status;
    hst_bench_stop(sample);
    sample->work = what->solves;
    status = status == HST_OK ? solve_all(what, &mcf, &ours) : status;
    if (status == HST_OK && total != ours) {
        status = HST_MISMATCH;
    }
    if (peer != NULL) {
        hst_peer_lemon_free(peer);
    }
    hst_arena_release(&arena);
    return status;
}
#else
#    define FLOW_PEER_NAME NULL
#    define FLOW_PEER      NULL
#endif

/* --- the table -------------------------------------------------------------------------------- */

static const setup uniform_both = {UNIFORM, 5000, 100, NULL, hst_bidirectional};
static const setup uniform_plain = {UNIFORM, 400, 100, NULL, hst_dijkstra};
static const setup hubs_both = {HUBS, 2000, 100, NULL, hst_bidirectional};
static const setup hubs_plain = {HUBS, 400, 100, NULL, hst_dijkstra};
static const setup corridor_both = {CORRIDORS, 50000, 2000, NULL, hst_bidirectional};
static const setup corridor_plain = {CORRIDORS, 20000, 2000, NULL, hst_dijkstra};
static const setup corridor_r1 = {CORRIDORS, 50000, 0, &hst_router_fewest_hops, NULL};
static const setup corridor_r2 = {CORRIDORS, 50000, 0, &hst_router_static_table, NULL};
static const setup corridor_r3 = {CORRIDORS, 200000, 0, &hst_router_cheapest_advertised, NULL};

static const flow_setup small_flow = {50, 30, HST_MCF_PATHS_DEFAULT};
static const flow_setup large_flow = {2000, 30, HST_MCF_PATHS_DEFAULT};

static const hst_bench_case cases[] = {
    {.name = "routing.bidirectional.uniform.10k",
     .summary = "exact search, 10,000 nodes, 100,000 arcs, uniform random",
     .unit = "queries/s",
     .baseline_name = PEER_NAME,
     .run = run_search,
     .baseline = PEER,
     .parameter = &uniform_both,
     .aim = 12000,
     .aim_ratio = 50},
    {.name = "routing.bidirectional.hubs.10k",
     .summary = "exact search, 10,000 nodes, 100,000 arcs, preferential attachment",
     .unit = "queries/s",
     .baseline_name = PEER_NAME,
     .run = run_search,
     .baseline = PEER,
     .parameter = &hubs_both,
     .aim = 5000,
     .aim_ratio = 20},
    {.name = "routing.dijkstra.uniform.10k",
     .summary = "the same by plain Dijkstra, uniform random",
     .unit = "queries/s",
     .baseline_name = PEER_NAME,
     .run = run_search,
     .baseline = PEER,
     .parameter = &uniform_plain,
     .aim_ratio = 4},
    {.name = "routing.dijkstra.hubs.10k",
     .summary = "the same by plain Dijkstra, preferential attachment",
     .unit = "queries/s",
     .baseline_name = PEER_NAME,
     .run = run_search,
     .baseline = PEER,
     .parameter = &hubs_plain,
     .aim_ratio = 4},
    {.name = "routing.bidirectional.corridor.500",
     .summary = "route decision without cache, 500 positions: 372 banks, 16 hubs",
     .unit = "queries/s",
     .baseline_name = PEER_NAME,
     .run = run_search,
     .baseline = PEER,
     .parameter = &corridor_both,
     .aim = 250000,
     .aim_ratio = 4},
    {.name = "routing.dijkstra.corridor.500",
     .summary = "the same by plain Dijkstra",
     .unit = "queries/s",
     .baseline_name = PEER_NAME,
     .run = run_search,
     .baseline = PEER,
     .parameter = &corridor_plain,
     .aim_ratio = 4},
    {.name = "routing.fewest-hops.corridor.500",
     .summary = "R1 route decision, 500 positions",
     .unit = "routes/s",
     .run = run_router,
     .parameter = &corridor_r1,
     .aim = 100000},
    {.name = "routing.static-table.corridor.500",
     .summary = "R2 route decision without instructions (first listed), 500 positions",
     .unit = "routes/s",
     .run = run_router,
     .parameter = &corridor_r2,
     .aim = 100000},
    {.name = "routing.cheapest-advertised.corridor.500",
     .summary = "R3 route decision with the plan cache, 500 positions, 90 % in 200 corridors",
     .unit = "routes/s",
     .run = run_router,
     .parameter = &corridor_r3,
     .aim = 500000},
    {.name = "routing.mcf.small.10k",
     .summary = "min-cost flow of 50 units, 10,000 nodes, 100,000 arcs, uniform random",
     .unit = "flows/s",
     .baseline_name = FLOW_PEER_NAME,
     .run = run_flow,
     .baseline = FLOW_PEER,
     .parameter = &small_flow,
     .aim_ratio = 10},
    {.name = "routing.mcf.large.10k",
     .summary = "the same of 2,000 units: the network simplex takes over",
     .unit = "flows/s",
     .baseline_name = FLOW_PEER_NAME,
     .run = run_flow,
     .baseline = FLOW_PEER,
     .parameter = &large_flow},
};

const hst_bench_table hst_bench_routing = {cases, sizeof cases / sizeof *cases};
