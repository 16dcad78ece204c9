/* The front against all paths there are, and what the two routers of published time choose. */
#include "core/routing/cheapest_in_time.h"
#include "core/routing/pareto.h"
#include "core/routing/surrogate.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <string.h>

enum { ALL_MAX = 30000, POINT_MAX = 256 };

#define HOUR_NS INT64_C(3600000000000)

/** Every path's cost and time. */
typedef struct listing {
    const hst_graph *graph;
    const hst_route_query *query;
    const hst_route_view *view;
    hst_pareto_point *all;
    uint32_t count;
    hst_pareto_point trial;
    bool visited[16];
} listing;

static bool excluded(const hst_route_query *query, uint32_t edge)
{
    for (uint32_t i = 0; i < query->excluded_count; i++) {
        if (query->excluded_edges[i] == edge) {
            return true;
        }
    }
    return false;
}

static void extend(listing *state, uint32_t node)
{
    if (node == state->query->target) {
        assert_true(state->count < ALL_MAX);
        state->all[state->count++] = state->trial;
        return;
    }
    const bool inner = node != state->query->source;
    const bool forwards = (state->graph->nodes[node].flags & HST_NODE_TRANSIT) != 0;
    if ((inner && !forwards) || state->trial.hop_count == state->graph->hop_limit) {
        return;
    }
    state->visited[node] = true;
    for (uint32_t e = 0; e < state->graph->edge_count; e++) {
        const hst_graph_edge *edge = &state->graph->edges[e];
        if (edge->from != node || state->visited[edge->to] || excluded(state->query, e) ||
            !hst_graph_edge_open(edge, state->query->amount_micro_usd)) {
            continue;
        }
        const hst_pareto_point before = state->trial;
        state->trial.edges[state->trial.hop_count++] = e;
        state->trial.cost_femto_usd +=
            (hst_weight)(uint64_t)edge->fixed_micro_usd * HST_FEMTO_PER_MICRO +
            (hst_weight)(uint64_t)edge->rate_ppb * (uint64_t)state->query->amount_micro_usd;
        state->trial.time_ns +=
            (hst_weight)hst_published_time_ns(state->graph, state->view, e, state->query->time_ns);
        extend(state, edge->to);
        state->trial = before;
    }
    state->visited[node] = false;
}

static int compare(const void *left, const void *right)
{
    const hst_pareto_point *a = left;
    const hst_pareto_point *b = right;
    const int by_cost =
        (a->cost_femto_usd > b->cost_femto_usd) - (a->cost_femto_usd < b->cost_femto_usd);
    return by_cost != 0 ? by_cost : (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
}

/** Keep what no other is as good as; cheapest first. */
static uint32_t front_of(hst_pareto_point *all, uint32_t count)
{
    uint32_t kept = 0;
    qsort(all, count, sizeof all[0], compare);
    for (uint32_t i = 0; i < count; i++) {
        if (kept == 0 || all[i].time_ns < all[kept - 1].time_ns) {
            all[kept++] = all[i];
        }
    }
    return kept;
}

/** Some hops open later. */
static int64_t opens_in_ns(void *context, uint32_t edge, int64_t time_ns)
{
    (void)context;
    (void)time_ns;
    return edge % 3 == 0 ? (int64_t)(edge % 5) * 700000000 : 0;
}

/** A small graph, many ties, whose plans are sometimes limited to few hops. */
static hst_graph draw_graph(hst_arena *arena, hst_random *random, unsigned seed)
{
    const graph_recipe recipe = {.node_count = 4 + (uint32_t)hst_random_below(random, 5),
                                 .edge_count = 12 + (uint32_t)hst_random_below(random, 24),
                                 .currency_count = 1,
                                 .transit_share = 85,
                                 .free_share = 10,
                                 .disabled_share = 5,
                                 .limited_share = 10,
                                 .distinct_charges = 2 + seed % 30,
                                 .charge_step = 20,
                                 .rate_step = 1000000,
                                 .limit_max = 2000};
    hst_graph graph = random_graph(arena, &recipe, random);
    graph.hop_limit = 2 + seed % 7;
    for (uint32_t e = 0; e < graph.edge_count; e++) {
        const int64_t delay = (int64_t)hst_random_below(random, 2 + seed % 40) * 100000000;
        assert_int_equal(hst_graph_set_delay(&graph, e, delay), HST_OK);
    }
    return graph;
}

static hst_router *new_router(const hst_router_kind *kind, const hst_graph *graph, hst_arena *arena)
{
    static const hst_route_view view = {.opens_in_ns = opens_in_ns};
    const hst_router_setup setup = {.graph = graph,
                                    .arena = arena,
                                    .view = &view,
                                    .prices = {.delay_micro_usd_per_hour = 200000}};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(kind, &setup, &router), HST_OK);
    return router;
}

/** Cost and time of a path. */
static hst_pareto_point
measure(const hst_graph *graph, const hst_route_query *query, const uint32_t *edges, uint32_t hops)
{
    static const hst_route_view view = {.opens_in_ns = opens_in_ns};
    hst_pareto_point sum = {.hop_count = hops};
    for (uint32_t i = 0; i < hops; i++) {
        const hst_graph_edge *edge = &graph->edges[edges[i]];
        sum.cost_femto_usd +=
            (hst_weight)(uint64_t)edge->fixed_micro_usd * HST_FEMTO_PER_MICRO +
            (hst_weight)(uint64_t)edge->rate_ppb * (uint64_t)query->amount_micro_usd;
        sum.time_ns += (hst_weight)hst_published_time_ns(graph, &view, edges[i], query->time_ns);
    }
    return sum;
}

static void the_front_is_that_of_all_paths(void **state)
{
    (void)state;
    static hst_pareto_point all[ALL_MAX];
    static hst_pareto_point points[POINT_MAX];
    unsigned compared = 0;
    unsigned largest = 0;
    for (unsigned seed = 1; seed <= 600; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 1);
        hst_graph graph = draw_graph(&arena, &random, seed);
        const hst_route_view view = {.opens_in_ns = opens_in_ns};
        hst_router *router = new_router(&hst_router_pareto, &graph, &arena);
        const uint32_t barred = seed % graph.edge_count;
        const hst_route_query query = {.source = 0,
                                       .target = graph.node_count - 1,
                                       .amount_micro_usd = 1000,
                                       .excluded_count = seed % 2,
                                       .excluded_edges = &barred};
        listing list = {.graph = &graph, .query = &query, .view = &view, .all = all};
        extend(&list, query.source);
        const uint32_t wanted = front_of(all, list.count);
        uint32_t count = 0;
        const hst_status status = hst_pareto_front(router, &query, points, POINT_MAX, &count);
        assertion.seed = seed;
        assert_int_equal(status, wanted > 0 ? HST_OK : HST_NO_PATH);
        assert_int_equal(count, wanted);
        for (uint32_t i = 0; i < count; i++) {
            const hst_pareto_point own =
                measure(&graph, &query, points[i].edges, points[i].hop_count);
            assert_int_equal(compare(&points[i], &all[i]), 0);
            assert_int_equal(compare(&points[i], &own), 0); /* its path is what it says */
            compared++;
        }
        largest = count > largest ? count : largest;
        hst_arena_release(&arena);
    }
    print_message("%u points compared, at most %u on a front\n", compared, largest);
    assert_true(compared > 700);
    assert_true(largest >= 5);
}

static void with_a_linear_price_the_plan_costs_what_one_search_finds(void **state)
{
    (void)state;
    unsigned compared = 0;
    unsigned dearer_than_least = 0;
    for (unsigned seed = 1; seed <= 300; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 2);
        hst_graph graph = draw_graph(&arena, &random, seed);
        hst_router *front = new_router(&hst_router_pareto, &graph, &arena);
        hst_router *single = new_router(&hst_router_cheapest_in_time, &graph, &arena);
        const hst_route_query query = {
            .source = 0, .target = graph.node_count - 1, .amount_micro_usd = 1000};
        hst_route_plan a;
        hst_route_plan b;
        const hst_status status = hst_router_route(front, &query, &a);
        assertion.seed = seed;
        assert_int_equal(hst_router_route(single, &query, &b), status);
        if (status == HST_OK) {
            const hst_pareto_point one = measure(&graph, &query, a.edges, a.hop_count);
            const hst_pareto_point two = measure(&graph, &query, b.edges, b.hop_count);
            static hst_pareto_point points[POINT_MAX];
            uint32_t count = 0;
            /* 200,000 micro-USD an hour: 1 / 18 femto-USD for a nanosecond times a million. */
            const double price = 200000.0 * 1e9 / (double)HOUR_NS;
            const double sum_one = (double)one.cost_femto_usd + price * (double)one.time_ns;
            const double sum_two = (double)two.cost_femto_usd + price * (double)two.time_ns;
            assert_true(sum_one <= sum_two + HST_HOP_MAX && sum_two <= sum_one + HST_HOP_MAX);
            assert_int_equal(hst_pareto_front(front, &query, points, POINT_MAX, &count), HST_OK);
            dearer_than_least += one.cost_femto_usd > points[0].cost_femto_usd;
            compared++;
        }
        hst_arena_release(&arena);
    }
    assert_true(compared > 150);
    assert_true(dearer_than_least > 20); /* time did decide */
}

static void a_front_that_does_not_fit_is_full_and_routing_goes_on(void **state)
{
    (void)state;
    /* A chain of 20 doubled hops, each cheap and slow or dear and quick, in powers of two: every
     * one of a million paths is on the front. */
    enum { LINKS = 20, FEW = 3 };
    hst_arena arena = test_arena();
    hst_graph graph;
    uint32_t id = 0;
    assert_int_equal(hst_graph_init(&graph, &arena, LINKS + 1, 2 * LINKS), HST_OK);
    for (uint32_t i = 0; i <= LINKS; i++) {
        const hst_graph_node node = {i, 0, HST_NODE_TRANSIT};
        assert_int_equal(hst_graph_add_node(&graph, node, &id), HST_OK);
    }
    for (uint32_t i = 0; i < LINKS; i++) {
        hst_graph_edge edge = {.from = i, .to = i + 1, .kind = HST_HOP_BOOK, .enabled = true};
        edge.fixed_micro_usd = INT64_C(1) << i;
        assert_int_equal(hst_graph_add_edge(&graph, &edge, &id), HST_OK);
        edge.delay_ns = edge.fixed_micro_usd;
        edge.fixed_micro_usd = 0;
        assert_int_equal(hst_graph_add_edge(&graph, &edge, &id), HST_OK);
    }
    hst_graph_set_hop_limit(&graph, LINKS);
    assert_int_equal(hst_graph_freeze(&graph, &arena), HST_OK);
    const hst_router_setup setup = {.graph = &graph, .arena = &arena};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_pareto, &setup, &router), HST_OK);
    hst_pareto_point points[8];
    uint32_t count = 0;
    hst_route_query query = {.source = LINKS - FEW, .target = LINKS, .amount_micro_usd = 1};
    assert_int_equal(hst_pareto_front(router, &query, points, 8, &count), HST_OK);
    assert_int_equal(count, 8);
    assert_int_equal(hst_pareto_front(router, &query, points, 7, &count), HST_FULL);
    query.source = 0;
    assert_int_equal(hst_pareto_front(router, &query, points, 8, &count), HST_FULL);
    hst_route_plan plan;
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    assert_int_equal(plan.hop_count, LINKS);
    assert_int_equal(plan.cost_micro_usd, 0); /* time has no price here */
    hst_arena_release(&arena);
}

static void a_better_way_that_is_too_long_does_not_hide_a_shorter_one(void **state)
{
    (void)state;
    /* To 3 for nothing in three hops, or dear in one; one more hop leads on to 4. */
    const hst_graph_edge edges[] = {
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .enabled = true},
        {.from = 1, .to = 2, .kind = HST_HOP_BOOK, .enabled = true},
        {.from = 2, .to = 3, .kind = HST_HOP_BOOK, .enabled = true},
        {.from = 0, .to = 3, .kind = HST_HOP_BOOK, .fixed_micro_usd = 9, .enabled = true},
        {.from = 3, .to = 4, .kind = HST_HOP_BOOK, .enabled = true},
    };
    for (uint32_t limit = 3; limit <= 4; limit++) {
        hst_arena arena = test_arena();
        hst_graph graph = plain_graph(&arena, 5, edges, 5);
        graph.hop_limit = limit;
        const hst_router_setup setup = {.graph = &graph, .arena = &arena};
        hst_router *router = NULL;
        hst_pareto_point points[4];
        uint32_t count = 0;
        const hst_route_query query = {.source = 0, .target = 4, .amount_micro_usd = 1};
        assert_int_equal(hst_router_create(&hst_router_pareto, &setup, &router), HST_OK);
        assert_int_equal(hst_pareto_front(router, &query, points, 4, &count), HST_OK);
        assert_int_equal(count, 1);
        assert_int_equal(points[0].hop_count, limit == 3 ? 2 : 4);
        hst_arena_release(&arena);
    }
}

static void a_closed_hop_is_waited_for_only_where_time_is_cheap(void **state)
{
    (void)state;
    /* Edge 3 opens in 2.1 s and is cheap, edge 1 is open and dear; 0 and 2 go elsewhere. */
    const hst_graph_edge edges[] = {
        {.from = 1, .to = 0, .kind = HST_HOP_BOOK, .enabled = true},
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .fixed_micro_usd = 100, .enabled = true},
        {.from = 1, .to = 0, .kind = HST_HOP_BOOK, .enabled = true},
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .enabled = true},
    };
    static const hst_route_view view = {.opens_in_ns = opens_in_ns};
    const hst_router_kind *kinds[] = {&hst_router_cheapest_in_time, &hst_router_pareto};
    for (unsigned k = 0; k < 2; k++) {
        for (unsigned dear = 0; dear < 2; dear++) {
            hst_arena arena = test_arena();
            const hst_graph graph = plain_graph(&arena, 2, edges, 4);
            /* 2.1 s at 100,000 an hour are 58 micro-USD; at 200,000, 117. */
            const hst_router_setup setup = {
                .graph = &graph,
                .arena = &arena,
                .view = &view,
                .prices = {.delay_micro_usd_per_hour = dear ? 200000 : 100000}};
            hst_router *router = NULL;
            hst_route_plan plan;
            const hst_route_query query = {.source = 0, .target = 1, .amount_micro_usd = 1};
            assert_int_equal(hst_router_create(kinds[k], &setup, &router), HST_OK);
            assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
            assert_int_equal(plan.edges[0], dear ? 1 : 3);
            hst_arena_release(&arena);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_front_is_that_of_all_paths),
        cmocka_unit_test(with_a_linear_price_the_plan_costs_what_one_search_finds),
        cmocka_unit_test(a_front_that_does_not_fit_is_full_and_routing_goes_on),
        cmocka_unit_test(a_better_way_that_is_too_long_does_not_hide_a_shorter_one),
        cmocka_unit_test(a_closed_hop_is_waited_for_only_where_time_is_cheap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
