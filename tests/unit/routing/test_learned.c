/* The learner's parts on truths that are known, and the router they make. */
#include "core/base/real.h"
#include "core/routing/cheapest_advertised.h"
#include "core/routing/delay_model.h"
#include "core/routing/learned.h"
#include "core/routing/logistic.h"
#include "core/routing/surrogate.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <math.h>
#include <string.h>

#define HOUR_NS 3600e9

static double sigma(double logit)
{
    return 1 / (1 + exp(-logit));
}

static void draw_features(hst_random *random, double x[HST_FEATURE_COUNT])
{
    for (unsigned k = 0; k < HST_FEATURE_COUNT; k++) {
        x[k] = hst_random_uniform(random) - 0.5;
    }
    x[HST_FEATURE_ONE] = 1;
}

static void success_is_learned_from_shared_features_and_own_effects(void **state)
{
    (void)state;
    enum { EDGES = 40, OUTCOMES = 20000 };
    hst_arena arena = test_arena();
    hst_random random = hst_random_stream(1, 0, 0, 1);
    hst_logistic model;
    double effects[EDGES];
    double loss = 0;
    double best = 0;
    assert_int_equal(hst_logistic_init(&model, &arena, EDGES), HST_OK);
    for (unsigned e = 0; e < EDGES; e++) {
        effects[e] = hst_random_normal(&random);
    }
    for (unsigned i = 0; i < OUTCOMES; i++) {
        double x[HST_FEATURE_COUNT];
        const uint32_t edge = (uint32_t)hst_random_below(&random, EDGES);
        draw_features(&random, x);
        const double p =
            sigma(1.5 + 3 * x[HST_FEATURE_RISK] - 2 * x[HST_FEATURE_LOAD] + effects[edge]);
        const bool done = hst_random_uniform(&random) < p;
        const double now = hst_logistic_learn(&model, edge, x, done);
        if (i >= OUTCOMES / 2) {
            loss += now;
            best -= log(done ? p : 1 - p);
        }
    }
    /* Within 3 % of the log-loss of who knows the truth. */
    assert_true(loss < 1.03 * best);
    assert_true(fabs(model.mean[HST_FEATURE_RISK] - 3) < 0.6);
    assert_true(fabs(model.mean[HST_FEATURE_LOAD] + 2) < 0.6);
    hst_arena_release(&arena);
}

static void an_edge_that_changed_is_relearned_because_its_certainty_was_dropped(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_logistic model;
    double x[HST_FEATURE_COUNT] = {1};
    assert_int_equal(hst_logistic_init(&model, &arena, 1), HST_OK);
    for (unsigned i = 0; i < 500; i++) {
        (void)hst_logistic_learn(&model, 0, x, true);
    }
    const double before = hst_logistic_probability(hst_logistic_logit(&model, 0, x));
    unsigned failures = 0;
    while (hst_logistic_probability(hst_logistic_logit(&model, 0, x)) > 0.5 && failures < 100) {
        (void)hst_logistic_learn(&model, 0, x, false);
        failures++;
    }
    assert_true(before > 0.98);
    assert_true(failures <= 12);
    assert_true(model.edges[0].resets >= 1);
    hst_arena_release(&arena);
}

static void mean_delay_is_learned_and_nine_in_ten_stay_below_the_upper_one(void **state)
{
    (void)state;
    enum { EDGES = 20, OUTCOMES = 20000 };
    hst_arena arena = test_arena();
    hst_random random = hst_random_stream(2, 0, 0, 1);
    hst_delay_model model;
    unsigned below = 0;
    unsigned counted = 0;
    double wrong = 0;
    assert_int_equal(hst_delay_model_init(&model, &arena, EDGES), HST_OK);
    for (unsigned i = 0; i < OUTCOMES; i++) {
        const uint32_t edge = (uint32_t)hst_random_below(&random, EDGES);
        const hst_delay_terms terms = {
            .advertised_ns = (1 + edge) * HOUR_NS / 4, .risk = edge / 20.0, .kind = HST_HOP_BOOK};
        /* Half-way the world becomes twice as slow. */
        const double slow = i < OUTCOMES / 2 ? 1 : 2;
        const double mean = slow * (terms.advertised_ns * 1.5 + terms.risk * HOUR_NS);
        const double drawn = mean * exp(0.5 * hst_random_normal(&random) - 0.125);
        const bool settled = i % (OUTCOMES / 2) > OUTCOMES / 4;
        if (settled) {
            below += drawn < hst_delay_model_upper_ns(&model, edge, &terms);
            wrong += fabs(hst_delay_model_mean_ns(&model, edge, &terms) / mean - 1);
            counted++;
        }
        hst_delay_model_learn(&model, edge, &terms, drawn, false);
    }
    assert_true(fabs((double)below / counted - 0.9) < 0.015);
    assert_true(wrong / counted < 0.15);
    hst_arena_release(&arena);
}

static void censored_delays_raise_the_quantile_and_never_lower_the_mean(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_delay_model model;
    const hst_delay_terms terms = {.advertised_ns = HOUR_NS, .kind = HST_HOP_BOOK};
    assert_int_equal(hst_delay_model_init(&model, &arena, 1), HST_OK);
    const double mean = hst_delay_model_mean_ns(&model, 0, &terms);
    const double upper = hst_delay_model_upper_ns(&model, 0, &terms);
    hst_delay_model_learn(&model, 0, &terms, HOUR_NS / 10, true);
    assert_true(hst_delay_model_mean_ns(&model, 0, &terms) >= mean);
    assert_true(hst_delay_model_upper_ns(&model, 0, &terms) > upper);
    hst_arena_release(&arena);
}

/** Two ways from 0 to 1: edge 0, cheap; edge 1, dear. */
static hst_graph two_ways(hst_arena *arena)
{
    const hst_graph_edge edges[] = {
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .rate_ppb = 1000000, .enabled = true},
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .rate_ppb = 2000000, .enabled = true},
    };
    return plain_graph(arena, 2, edges, 2);
}

static hst_router *new_learned(const hst_graph *graph, hst_arena *arena)
{
    const hst_router_setup setup = {.graph = graph,
                                    .arena = arena,
                                    .random = hst_random_stream(3, 0, 0, 8),
                                    .prices = {.failure_ppb = 4000000}};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_learned, &setup, &router), HST_OK);
    return router;
}

/** Route a payment; edge `broken` fails, others do not. The edge taken. */
static uint32_t pay(hst_router *router, uint64_t payment, uint32_t broken)
{
    const hst_route_query query = {.source = 0,
                                   .target = 1,
                                   .amount_micro_usd = 1000000000,
                                   .time_ns = (int64_t)payment * 60000000000,
                                   .payment = payment};
    hst_route_plan plan;
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    const hst_hop_outcome outcome = {.payment = payment,
                                     .edge = plan.edges[0],
                                     .result = plan.edges[0] == broken ? HST_HOP_NO_LIQUIDITY
                                                                       : HST_HOP_DONE,
                                     .amount_micro_usd = query.amount_micro_usd,
                                     .submitted_ns = query.time_ns};
    hst_router_feedback(router, &outcome, 1);
    return plan.edges[0];
}

static void a_hop_that_fails_is_left_and_found_again_when_it_works(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph graph = two_ways(&arena);
    hst_router *router = new_learned(&graph, &arena);
    unsigned cheap = 0;
    for (uint64_t i = 0; i < 300; i++) {
        cheap += pay(router, i, HST_GRAPH_NONE) == 0;
    }
    assert_true(cheap > 285); /* all but explorations */
    unsigned failures = 0;
    for (uint64_t i = 300; i < 900; i++) {
        failures += pay(router, i, 0) == 0;
    }
    assert_true(failures < 60);
    for (uint64_t i = 900; i < 6000; i++) {
        (void)pay(router, i, HST_GRAPH_NONE);
    }
    cheap = 0;
    for (uint64_t i = 6000; i < 6300; i++) {
        cheap += pay(router, i, HST_GRAPH_NONE) == 0;
    }
    assert_true(cheap > 250);
    hst_arena_release(&arena);
}

static void what_it_believes_of_a_hop_can_be_read(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph graph = two_ways(&arena);
    hst_router *router = new_learned(&graph, &arena);
    const hst_route_query query = {.source = 0, .target = 1, .amount_micro_usd = 1000000000};
    hst_hop_truth before;
    hst_hop_truth after;
    hst_learned_believe(router, &query, 0, &before);
    for (uint64_t i = 0; i < 50; i++) {
        (void)pay(router, i, 0);
    }
    hst_learned_believe(router, &query, 0, &after);
    assert_true(before.success > 0.9);
    assert_true(after.success < before.success);
    assert_true(hst_learned_upper_delay_ns(router, &query, 1) > 0);
    hst_arena_release(&arena);
}

static void asking_what_it_believes_does_not_change_plans(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph graph = two_ways(&arena);
    hst_router *silent = new_learned(&graph, &arena);
    hst_router *asked = new_learned(&graph, &arena);
    for (uint64_t i = 0; i < 500; i++) {
        const hst_route_query query = {
            .source = 0, .target = 1, .amount_micro_usd = 7000000, .time_ns = (int64_t)i};
        hst_hop_belief belief;
        for (uint32_t e = 0; e < graph.edge_count; e++) {
            assert_true(hst_router_believes(asked, &query, e, &belief));
            assert_true(belief.upper_delay_ns > 0 && belief.delay_ns >= 0);
        }
        assert_int_equal(pay(asked, i, 0), pay(silent, i, 0));
    }
    hst_arena_release(&arena);
}

static void exploring_costs_at_most_five_basis_points(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph_edge edges[] = {
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .rate_ppb = 1000000, .enabled = true},
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .rate_ppb = 1400000, .enabled = true},
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .rate_ppb = 1600000, .enabled = true},
    };
    const hst_graph graph = plain_graph(&arena, 2, edges, 3);
    hst_router *router = new_learned(&graph, &arena);
    unsigned taken[3] = {0, 0, 0};
    for (uint64_t i = 0; i < 20000; i++) {
        taken[pay(router, i, HST_GRAPH_NONE)]++;
    }
    assert_true(taken[1] > 30 && taken[1] < 200); /* half of one per cent */
    assert_int_equal(taken[2], 0);                /* 6 bp more: not worth knowing */
    hst_arena_release(&arena);
}

static void the_surrogate_adds_charge_time_and_risk(void **state)
{
    (void)state;
    const hst_route_prices prices = {.delay_ppb_per_hour = 150000,
                                     .delay_micro_usd_per_hour = 7,
                                     .failure_ppb = 4000000,
                                     .failure_micro_usd = 11};
    const hst_graph_edge edge = {.fixed_micro_usd = 3, .rate_ppb = 1000};
    const hst_hop_truth belief = {.success = 0.5, .delay_ns = 2 * HOUR_NS, .extra_micro_usd = 13};
    const double amount = 1e9;
    const double expected = 3e9 + amount * 1000 + 13e9 + 2 * (7e9 + amount * 150000) +
                            log(2) * (11e9 + amount * 4000000);
    const hst_weight weight = hst_surrogate_weight(&prices, 1000000000, &edge, &belief);
    assert_true(fabs((double)weight / expected - 1) < 1e-12);
    const hst_hop_truth hopeless = {.success = HST_SUCCESS_FLOOR / 2};
    assert_true(hst_surrogate_weight(&prices, 1, &edge, &hopeless) == HST_WEIGHT_CLOSED);
    const hst_hop_truth endless = {.success = 1, .delay_ns = 1e300};
    assert_true(hst_surrogate_weight(&prices, 1000000000, &edge, &endless) >= HST_WEIGHT_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_is_learned_from_shared_features_and_own_effects),
        cmocka_unit_test(an_edge_that_changed_is_relearned_because_its_certainty_was_dropped),
        cmocka_unit_test(mean_delay_is_learned_and_nine_in_ten_stay_below_the_upper_one),
        cmocka_unit_test(censored_delays_raise_the_quantile_and_never_lower_the_mean),
        cmocka_unit_test(a_hop_that_fails_is_left_and_found_again_when_it_works),
        cmocka_unit_test(what_it_believes_of_a_hop_can_be_read),
        cmocka_unit_test(asking_what_it_believes_does_not_change_plans),
        cmocka_unit_test(exploring_costs_at_most_five_basis_points),
        cmocka_unit_test(the_surrogate_adds_charge_time_and_risk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
