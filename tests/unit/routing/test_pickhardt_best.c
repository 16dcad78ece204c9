/* R8 against slow references: every simple path for its route, and for its splits that no unit is
 * better moved around a cycle. The references spell the costs out, unit by unit. */
#include "core/base/real.h"
#include "core/routing/pickhardt_richter.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <string.h>

#define DOLLAR INT64_C(1000000)

static hst_router *new_router(const hst_graph *graph, hst_arena *arena)
{
    const hst_router_setup setup = {.graph = graph, .arena = arena};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_pickhardt_richter, &setup, &router), HST_OK);
    return router;
}

/** What one query's costs are made of, spelled out; all hops unknown. */
typedef struct spelled {
    const hst_graph *graph;
    const hst_route_query *query;
    double paths; /* fixed charges count this often */
    double mu;
    double k;
    int64_t unit;
    int64_t units;
    bool seen[16];
    double best; /* cost of the best path; < 0: none */
} spelled;

static int64_t spelled_capacity(const spelled *all, const hst_graph_edge *edge)
{
    return edge->limit_micro_usd > 0 ? edge->limit_micro_usd : 2 * all->query->amount_micro_usd;
}

static double spelled_charge(const spelled *all, const hst_graph_edge *edge)
{
    return (double)edge->rate_ppb +
           (double)edge->fixed_micro_usd * 1e9 * all->paths / (double)all->query->amount_micro_usd;
}

/** Slope of the unit number `at`, by the width of [0, b). */
static double spelled_slope(const spelled *all, const hst_graph_edge *edge, int64_t at)
{
    const int64_t width = 1 + spelled_capacity(all, edge) / all->unit;
    const double scale = 1000.0 * (double)all->units / (double)width;
    if (at < width / 2) {
        return hst_log(2) / 0.5 * scale;
    }
    if (at < width * 4 / 5) {
        return hst_log(0.5 / 0.2) / 0.3 * scale;
    }
    return at < width * 19 / 20 ? hst_log(0.2 / 0.05) / 0.15 * scale : -1;
}

/** Cost of a hop with `units` on it; < 0 when it does not take them. */
static double spelled_hop(const spelled *all, const hst_graph_edge *edge, int64_t units)
{
    const int64_t limit = edge->limit_micro_usd;
    if (!edge->enabled ||
        (limit > 0 && limit < all->query->amount_micro_usd && units > limit / all->unit)) {
        return -1;
    }
    double cost = all->mu * spelled_charge(all, edge) * (double)units;
    for (int64_t i = 0; i < units; i++) {
        const double slope = spelled_slope(all, edge, i);
        if (slope < 0) {
            return -1;
        }
        cost += (100 - all->mu) * all->k * slope;
    }
    return cost;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool spelled_open(const spelled *all, const hst_graph_edge *edge)
{
    const hst_route_query *query = all->query;
    return edge->to != query->source && edge->from != query->target &&
           (edge->from == query->source || hst_graph_transits(all->graph, edge->from)) &&
           (edge->to == query->target || hst_graph_transits(all->graph, edge->to)) &&
           spelled_hop(all, edge, 1) >= 0;
}

static void spelled_begin(spelled *all)
{
    static double charges[256];
    static double slopes[256];
    const int64_t amount = all->query->amount_micro_usd;
    size_t count = 0;
    all->unit = (amount + 999) / 1000;
    all->units = (amount + all->unit - 1) / all->unit;
    all->best = -1;
    all->k = 0;
    for (uint32_t e = 0; e < all->graph->edge_count; e++) {
        const hst_graph_edge *edge = &all->graph->edges[e];
        if (spelled_open(all, edge)) {
            charges[count] = spelled_charge(all, edge);
            slopes[count++] = spelled_slope(all, edge, 0);
        }
    }
    qsort(charges, count, sizeof charges[0], by_value);
    qsort(slopes, count, sizeof slopes[0], by_value);
    all->k = count == 0 || charges[count / 2] < 0.001 || slopes[count / 2] < 0.001
                 ? 1
                 : charges[count / 2] / slopes[count / 2];
}

/** Try every path that goes on from `node`. */
static void spelled_walk(spelled *all, uint32_t node, uint32_t hops, double cost)
{
    if (node == all->query->target) {
        all->best = all->best < 0 || cost < all->best ? cost : all->best;
        return;
    }
    if (hops == all->graph->hop_limit) {
        return;
    }
    all->seen[node] = true;
    for (uint32_t e = 0; e < all->graph->edge_count; e++) {
        const hst_graph_edge *edge = &all->graph->edges[e];
        if (edge->from != node || all->seen[edge->to] || !spelled_open(all, edge)) {
            continue;
        }
        const double more = spelled_hop(all, edge, all->units);
        if (more >= 0) {
            spelled_walk(all, edge->to, hops + 1, cost + more);
        }
    }
    all->seen[node] = false;
}

/** Cost of a plan or split whose hops carry these units; < 0 when too much. */
static double spelled_total(const spelled *all, const int64_t *units)
{
    double cost = 0;
    for (uint32_t e = 0; e < all->graph->edge_count; e++) {
        const double more = spelled_hop(all, &all->graph->edges[e], units[e]);
        if (units[e] > 0) {
            assert_true(more >= 0);
            cost += more;
        }
    }
    return cost;
}

static void add_units(int64_t *units, const hst_route_plan *plan, int64_t more)
{
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        units[plan->edges[i]] += more;
    }
}

/** Cheapen a node's distance over one hop, one unit more or (`step` -1) less; did it? */
static bool
cheapen(const spelled *all, const hst_graph_edge *edge, int64_t units, int step, double *distance)
{
    const uint32_t from = step > 0 ? edge->from : edge->to;
    const uint32_t to = step > 0 ? edge->to : edge->from;
    if (!spelled_open(all, edge) || units + step < 0) {
        return false;
    }
    const double now = spelled_hop(all, edge, units);
    const double then = spelled_hop(all, edge, units + step);
    /* A unit's cost was rounded by half; a cycle must gain more than that at each hop. */
    const double reached = distance[from] + then - now + 1;
    if (then < 0 || reached >= distance[to]) {
        return false;
    }
    distance[to] = reached;
    return true;
}

/** Does moving one unit around some cycle make the flow cheaper? (Then it is not the best.) */
static bool improvable(const spelled *all, const int64_t *units)
{
    double distance[16] = {0};
    bool changed = true;
    for (uint32_t round = 0; changed && round <= all->graph->node_count; round++) {
        changed = false;
        for (uint32_t e = 0; e < all->graph->edge_count; e++) {
            const hst_graph_edge *edge = &all->graph->edges[e];
            changed |= cheapen(all, edge, units[e], 1, distance);
            changed |= cheapen(all, edge, units[e], -1, distance);
        }
    }
    return changed;
}

static void routes_are_the_best_of_all_paths_and_splits_of_all_flows(void **state)
{
    (void)state;
    unsigned better = 0;
    unsigned plans = 0;
    for (unsigned seed = 1; seed <= 25; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 9);
        const graph_recipe recipe = {.node_count = 7,
                                     .edge_count = 26,
                                     .currency_count = 2,
                                     .transit_share = 80,
                                     .free_share = 10,
                                     .disabled_share = 5,
                                     .limited_share = 60,
                                     .distinct_charges = 30,
                                     .charge_step = 100,
                                     .rate_step = 5000,
                                     .limit_max = 1000 * DOLLAR};
        hst_graph graph = random_graph(&arena, &recipe, &random);
        hst_router *router = new_router(&graph, &arena);
        for (unsigned i = 0; i < 10; i++) {
            const hst_route_query query = {
                .source = (uint32_t)hst_random_below(&random, graph.node_count),
                .target = (uint32_t)hst_random_below(&random, graph.node_count),
                .amount_micro_usd = 10 * DOLLAR + (int64_t)hst_random_below(&random, 500 * DOLLAR)};
            spelled all = {.graph = &graph, .query = &query, .paths = 1, .mu = 1};
            hst_route_plan plan;
            static hst_route_split split;
            int64_t units[256] = {0};
            if (query.source == query.target) {
                continue;
            }
            spelled_begin(&all);
            spelled_walk(&all, query.source, 0, 0);
            const hst_status status = hst_router_route(router, &query, &plan);
            assert_int_equal(status, all.best < 0 ? HST_NO_PATH : HST_OK);
            if (status != HST_OK) {
                continue;
            }
            plans++;
            add_units(units, &plan, all.units);
            const double tolerance = 1e-9 * all.best + plan.hop_count;
            assert_true(spelled_total(&all, units) <= all.best + tolerance);
            all.paths = 10;
            spelled_begin(&all);
            spelled_walk(&all, query.source, 0, 0);
            memset(units, 0, sizeof units);
            assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
            for (uint32_t part = 0; part < split.part_count; part++) {
                const int64_t amount = split.parts[part].amount_micro_usd;
                add_units(units, &split.parts[part].plan, (amount + all.unit - 1) / all.unit);
            }
            /* Costs of a unit are rounded, each of a hop by a half. */
            const double total = spelled_total(&all, units);
            assert_true(total <= all.best + (double)all.units * HST_HOP_LIMIT_DEFAULT);
            assert_false(improvable(&all, units));
            better += total < all.best * 0.99;
        }
        hst_arena_release(&arena);
    }
    assert_true(plans > 100);
    assert_true(better > 5);
}

/** The flow is the best there is for the mu that has to be taken by its charges: for some mu, and
 * for 100 when they are over the budget. */
static bool best_for_its_mu(spelled *all, const int64_t *units, int64_t cost)
{
    const int64_t budget = all->query->amount_micro_usd / 100;
    for (int mu = 1; mu <= 100; mu += mu == 1 ? 9 : 10) {
        all->mu = mu;
        if ((mu == 100 || cost <= budget) && !improvable(all, units)) {
            return true;
        }
    }
    return false;
}

static void splits_are_the_best_flows_for_the_mu_they_need(void **state)
{
    (void)state;
    unsigned unlike_the_first = 0;
    for (unsigned seed = 1; seed <= 25; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 10);
        const graph_recipe recipe = {.node_count = 7,
                                     .edge_count = 30,
                                     .currency_count = 2,
                                     .transit_share = 100,
                                     .limited_share = 80,
                                     .distinct_charges = 30,
                                     .charge_step = 100,
                                     .rate_step = 500000, /* up to 1.5 % */
                                     .limit_max = 1000 * DOLLAR};
        hst_graph graph = random_graph(&arena, &recipe, &random);
        hst_router *router = new_router(&graph, &arena);
        for (uint32_t target = 1; target < graph.node_count; target++) {
            const hst_route_query query = {
                .target = target,
                .amount_micro_usd = 10 * DOLLAR + (int64_t)hst_random_below(&random, 500 * DOLLAR)};
            static hst_route_split split;
            int64_t units[256] = {0};
            int64_t cost = 0;
            if (hst_router_split(router, &query, &split) != HST_OK) {
                continue;
            }
            spelled all = {.graph = &graph, .query = &query, .paths = 10, .mu = 1};
            spelled_begin(&all);
            for (uint32_t i = 0; i < split.part_count; i++) {
                const int64_t amount = split.parts[i].amount_micro_usd;
                add_units(units, &split.parts[i].plan, (amount + all.unit - 1) / all.unit);
                cost += split.parts[i].plan.cost_micro_usd;
            }
            unlike_the_first += improvable(&all, units);
            assert_true(best_for_its_mu(&all, units, cost));
        }
        hst_arena_release(&arena);
    }
    assert_true(unlike_the_first > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_are_the_best_of_all_paths_and_splits_of_all_flows),
        cmocka_unit_test(splits_are_the_best_flows_for_the_mu_they_need),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
