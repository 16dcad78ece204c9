#include "tests/unit/routing/router_contract.h"

#include "core/routing/recost.h"
#include "core/routing/search.h"

#include "tests/unit/routing/support.h"

#include <string.h>

enum { QUERIES = 60, STATE_SIZE = 1 << 18 };

static hst_router *new_router(const hst_router_kind *kind, const hst_graph *graph, hst_arena *arena)
{
    const hst_router_setup setup = {.graph = graph,
                                    .arena = arena,
                                    .random = hst_random_stream(1, 0, 0, 8),
                                    .cache_entry_count = 64};
    hst_router *router = NULL;
    hst_assert(hst_router_create(kind, &setup, &router) == HST_OK);
    return router;
}

static hst_route_query draw_query(const hst_graph *graph, hst_random *random, uint64_t payment)
{
    const hst_route_query query = {.source = (uint32_t)hst_random_below(random, graph->node_count),
                                   .target = (uint32_t)hst_random_below(random, graph->node_count),
                                   .amount_micro_usd = (int64_t)hst_random_below(random, 1000),
                                   .time_ns = (int64_t)payment * 1000,
                                   .payment = payment};
    return query;
}

/** Is there a path of at most HST_HOP_LIMIT_DEFAULT hops? */
static bool reachable(const hst_graph *graph, const hst_route_query *query)
{
    hst_search_query asked = simple_query(query->source, query->target, query->amount_micro_usd);
    asked.order = HST_ORDER_FEWEST_HOPS;
    asked.excluded_edges = query->excluded_edges;
    asked.excluded_count = query->excluded_count;
    const reference_path path = bellman_ford(graph, &asked);
    return path.found && path.hop_count <= HST_HOP_LIMIT_DEFAULT;
}

/** Route, check, and tell the router that the last hop failed now and then. */
static unsigned ask(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    const hst_status status = hst_router_route(router, query, plan);
    if (status != HST_OK) {
        hst_assert(status == HST_NO_PATH);
        return 0;
    }
    hst_assert(reachable(router->graph, query));
    hst_assert(hst_plan_check(router->graph, query, plan) == HST_PLAN_SOUND);
    hst_hop_outcome outcomes[HST_HOP_MAX];
    memset(outcomes, 0, sizeof outcomes);
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        const bool last = i + 1 == plan->hop_count;
        outcomes[i].payment = query->payment;
        outcomes[i].edge = plan->edges[i];
        outcomes[i].hop_index = i;
        outcomes[i].amount_micro_usd = query->amount_micro_usd;
        outcomes[i].submitted_ns = query->time_ns;
        outcomes[i].result = last && query->payment % 3 == 0 ? HST_HOP_NO_LIQUIDITY : HST_HOP_DONE;
    }
    hst_router_feedback(router, outcomes, plan->hop_count);
    return 1;
}

/** Two routers must answer the next queries alike; `random` by value: the caller's does not move.
 */
static void expect_equal_future(hst_router *a, hst_router *b, hst_random random)
{
    for (unsigned i = 0; i < QUERIES; i++) {
        const hst_route_query query = draw_query(a->graph, &random, 1000 + i);
        hst_route_plan plan_a;
        hst_route_plan plan_b;
        memset(&plan_a, 0, sizeof plan_a);
        memset(&plan_b, 0, sizeof plan_b);
        hst_assert(ask(a, &query, &plan_a) == ask(b, &query, &plan_b));
        hst_assert(memcmp(&plan_a, &plan_b, sizeof plan_a) == 0);
    }
}

static void check_checkpoint(const hst_router_kind *kind, hst_router *router, hst_random random)
{
    static unsigned char bytes[STATE_SIZE];
    hst_arena arena = test_arena();
    hst_router *restored = new_router(kind, router->graph, &arena);
    hst_router *discarded = new_router(kind, router->graph, &arena);
    hst_writer writer;
    hst_writer_init(&writer, bytes, sizeof bytes);
    hst_assert(hst_router_checkpoint(router, &writer) == HST_OK);
    const size_t size = writer.at;
    hst_reader reader;
    hst_reader_init(&reader, bytes, size);
    hst_assert(hst_router_restore(restored, &reader) == HST_OK);
    hst_assert(hst_reader_finish(&reader) == HST_OK);
    /* Cut off at every byte of a small state, at about 128 places of a large one. */
    for (size_t length = 0; length < size; length += 1 + size / 128) {
        hst_reader_init(&reader, bytes, length);
        hst_assert(hst_router_restore(discarded, &reader) != HST_OK);
        hst_writer_init(&writer, bytes, length);
        hst_assert(hst_router_checkpoint(router, &writer) == HST_FULL);
    }
    expect_equal_future(router, restored, random);
    hst_writer_init(&writer, bytes, sizeof bytes);
    hst_assert(hst_router_checkpoint(router, &writer) == HST_OK);
    bytes[1] ^= 1; /* the kind's name */
    hst_reader_init(&reader, bytes, writer.at);
    hst_assert(hst_router_restore(discarded, &reader) == HST_MISMATCH);
    hst_arena_release(&arena);
}

unsigned check_router_contract(const hst_router_kind *kind, unsigned seed)
{
    hst_arena arena = test_arena();
    hst_random random = hst_random_stream(seed, 0, 0, 7);
    const graph_recipe recipe = {.node_count = 12,
                                 .edge_count = 20 + seed,
                                 .currency_count = 3,
                                 .transit_share = 70,
                                 .free_share = 10,
                                 .disabled_share = 10,
                                 .limited_share = 30,
                                 .distinct_charges = 20,
                                 .charge_step = 10,
                                 .rate_step = 50000000,
                                 .limit_max = 1000};
    hst_graph graph = random_graph(&arena, &recipe, &random);
    hst_router *router = new_router(kind, &graph, &arena);
    hst_router *twin = new_router(kind, &graph, &arena);
    hst_assert((kind->checkpoint == NULL) == (kind->restore == NULL));
    unsigned plans = 0;
    for (unsigned i = 0; i < QUERIES; i++) {
        hst_route_plan plan;
        hst_route_plan twin_plan;
        memset(&plan, 0x55, sizeof plan);
        memset(&twin_plan, 0x55, sizeof twin_plan);
        hst_route_query query = draw_query(&graph, &random, i);
        plans += ask(router, &query, &plan);
        (void)ask(twin, &query, &twin_plan);
        hst_assert(memcmp(&plan, &twin_plan, sizeof plan) == 0);
        if (plan.hop_count > 0 && plan.hop_count <= HST_HOP_LIMIT_DEFAULT) {
            /* Again without a hop of the plan, as after a failure. */
            query.attempt = 1;
            query.excluded_edges = &plan.edges[i % plan.hop_count];
            query.excluded_count = 1;
            hst_route_plan retry;
            plans += ask(router, &query, &retry);
            (void)ask(twin, &query, &retry);
        }
        if (i % 10 == 9) {
            const uint32_t edge = (uint32_t)hst_random_below(&random, graph.edge_count);
            hst_graph_set_enabled(&graph, edge, !graph.edges[edge].enabled);
        }
    }
    hst_route_query same = draw_query(&graph, &random, 1);
    same.target = same.source;
    hst_route_plan plan;
    hst_assert(hst_router_route(router, &same, &plan) == HST_OK);
    hst_assert(plan.hop_count == 0 && plan.cost_micro_usd == 0);
    hst_assert(hst_router_route(twin, &same, &plan) == HST_OK);
    check_checkpoint(kind, router, random);
    hst_arena_release(&arena);
    return plans;
}
