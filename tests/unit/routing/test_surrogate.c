/* How far the additive surrogate is from the expected cost it stands for, by trying all paths. */
#include "core/routing/surrogate.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <math.h>
#include <string.h>

enum { INSTANCES = 600 };

#define HOUR_NS 3600e9

/* The prices of the line-up: 1.5 basis points an hour, 40 a failed attempt. */
static const hst_route_prices prices = {.delay_ppb_per_hour = 150000, .failure_ppb = 4000000};

/** All paths of an instance, and the one that is expected to cost least. */
typedef struct listing {
    const hst_graph *graph;
    const hst_route_query *query;
    const hst_hop_truth *beliefs; /* by edge */
    uint32_t edges[HST_HOP_MAX];
    uint32_t hops;
    double least; /* micro-USD; infinite when there is no path */
    bool visited[16];
} listing;

/** Charges, time, and failures until a path like this one goes through: (1 - P) / P of them. */
static double
expected_cost(const listing *list, const uint32_t *edges, uint32_t hops, double *chance)
{
    const double amount = (double)list->query->amount_micro_usd;
    double cost = 0;
    double p = 1;
    for (uint32_t i = 0; i < hops; i++) {
        const hst_graph_edge *edge = &list->graph->edges[edges[i]];
        const hst_hop_truth *belief = &list->beliefs[edges[i]];
        cost += (double)edge->fixed_micro_usd + amount * (double)edge->rate_ppb * 1e-9;
        cost += belief->extra_micro_usd;
        cost += belief->delay_ns / HOUR_NS * amount * (double)prices.delay_ppb_per_hour * 1e-9;
        p *= belief->success;
    }
    *chance = p;
    return cost + (1 - p) / p * amount * (double)prices.failure_ppb * 1e-9;
}

static void extend(listing *list, uint32_t node)
{
    if (node == list->query->target) {
        double chance = 0;
        const double cost = expected_cost(list, list->edges, list->hops, &chance);
        list->least = cost < list->least ? cost : list->least;
        return;
    }
    if (list->hops == list->graph->hop_limit) {
        return;
    }
    list->visited[node] = true;
    for (uint32_t e = 0; e < list->graph->edge_count; e++) {
        const hst_graph_edge *edge = &list->graph->edges[e];
        if (edge->from == node && !list->visited[edge->to]) {
            list->edges[list->hops++] = e;
            extend(list, edge->to);
            list->hops--;
        }
    }
    list->visited[node] = false;
}

static void believe(void *self, const hst_route_query *query, uint32_t edge, hst_hop_truth *belief)
{
    (void)query;
    *belief = ((const hst_hop_truth *)self)[edge];
}

/** Charges and delays of the line-up's magnitudes; chances 1 - u^3 * worst, so most are good. */
static hst_graph draw(hst_arena *arena, hst_random *random, double worst, hst_hop_truth *beliefs)
{
    const graph_recipe recipe = {.node_count = 5 + (uint32_t)hst_random_below(random, 4),
                                 .edge_count = 16 + (uint32_t)hst_random_below(random, 16),
                                 .currency_count = 1,
                                 .transit_share = 100,
                                 .distinct_charges = 1};
    hst_graph graph = random_graph(arena, &recipe, random);
    for (uint32_t e = 0; e < graph.edge_count; e++) {
        const int64_t fixed = (int64_t)hst_random_below(random, 15000000);
        const int64_t rate = (int64_t)(5e5 * exp(0.8 * hst_random_normal(random)));
        const double u = hst_random_uniform(random);
        assert_int_equal(hst_graph_set_charge(&graph, e, fixed, rate), HST_OK);
        beliefs[e] = (hst_hop_truth){.success = 1 - worst * u * u * u,
                                     .delay_ns = HOUR_NS * exp(0.8 * hst_random_normal(random)),
                                     .extra_micro_usd = 1e5 * hst_random_uniform(random)};
    }
    return graph;
}

/** Mean and largest gap over random instances, as shares of the least expected cost. */
static void measure(double worst, double *mean, double *largest)
{
    unsigned compared = 0;
    unsigned missed = 0;
    *mean = 0;
    *largest = 0;
    for (unsigned seed = 1; seed <= INSTANCES; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 1);
        hst_hop_truth beliefs[32];
        hst_surrogate surrogate;
        hst_route_plan plan;
        const hst_graph graph = draw(&arena, &random, worst, beliefs);
        const hst_router_setup setup = {.graph = &graph, .arena = &arena, .prices = prices};
        const hst_route_query query = {
            .source = 0, .target = graph.node_count - 1, .amount_micro_usd = INT64_C(5000000000)};
        listing list = {.graph = &graph, .query = &query, .beliefs = beliefs, .least = HUGE_VAL};
        assertion.seed = seed;
        assert_int_equal(hst_surrogate_init(&surrogate, &setup, believe, beliefs), HST_OK);
        extend(&list, query.source);
        const hst_status status = hst_surrogate_plan(&surrogate, &query, &plan);
        assert_int_equal(status, list.least < HUGE_VAL ? HST_OK : HST_NO_PATH);
        if (status == HST_OK) {
            double p = 0;
            const double own = expected_cost(&list, plan.edges, plan.hop_count, &p);
            const double gap = own - list.least;
            /* -ln P <= (1 - P) / P, so the sum of the best path bounds the least from below, and
             * a plan is off by at most what its own logarithm left out. */
            const double left_out = ((1 - p) / p + log(p)) * 5e9 * 4e-3;
            assert_true(gap >= -1e-6 * own);
            assert_true(gap <= left_out + 1e-6 * own);
            *mean += gap / list.least;
            *largest = gap / list.least > *largest ? gap / list.least : *largest;
            missed += gap > 1e-9 * own;
            compared++;
        }
        hst_arena_release(&arena);
    }
    assert_true(compared > INSTANCES / 2);
    *mean /= compared;
    print_message("chances from %.2f to 1: %u plans, %u not the best; gap mean %.4f %%, "
                  "largest %.3f %%\n",
                  1 - worst, compared, missed, 100 * *mean, 100 * *largest);
}

static void the_surrogates_plan_is_close_to_that_of_least_expected_cost(void **state)
{
    (void)state;
    double mean = 0;
    double largest = 0;
    measure(0.14, &mean, &largest); /* mean chance of a hop 0.965, as in the line-up */
    assert_true(mean < 0.002);
    assert_true(largest < 0.1);
    measure(0.4, &mean, &largest); /* 0.9 */
    assert_true(mean < 0.01);
    assert_true(largest < 0.5);
    measure(0.95, &mean, &largest); /* 0.76, down to hops that nearly always fail */
    assert_true(mean < 0.05);
}

static void where_nothing_can_fail_there_is_no_gap(void **state)
{
    (void)state;
    double mean = 0;
    double largest = 0;
    measure(0, &mean, &largest);
    assert_true(largest < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_surrogates_plan_is_close_to_that_of_least_expected_cost),
        cmocka_unit_test(where_nothing_can_fail_there_is_no_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
