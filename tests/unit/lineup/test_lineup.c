/* What a line-up of routers must show whatever the routers: bounds, controls, repeatability. */
#include "core/routing/beta_thompson.h"
#include "core/routing/cascade_ucb.h"
#include "core/routing/cheapest_advertised.h"
#include "core/routing/fewest_hops.h"
#include "core/routing/learned.h"
#include "core/routing/linucb.h"
#include "core/routing/oracle.h"
#include "core/routing/pareto.h"
#include "core/routing/random_path.h"
#include "core/routing/recost.h"

#include "sim/base/os_memory.h"
#include "sim/lineup/lineup.h"
#include "sim/lineup/truth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static hst_arena new_arena(void)
{
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    return arena;
}

/** A world a test can afford. */
static hst_lineup_recipe small(hst_lineup_kind kind, uint32_t payments)
{
    hst_lineup_recipe recipe = hst_lineup_reference(kind);
    recipe.currencies = 8;
    recipe.banks = 6;
    recipe.hubs = 5;
    recipe.payments = payments;
    return recipe;
}

static void no_completed_payment_is_cheaper_than_the_clairvoyants(void **state)
{
    (void)state;
    static const hst_lineup_kind kinds[] = {HST_LINEUP_WELL_SPECIFIED, HST_LINEUP_HIDDEN_FEATURES,
                                            HST_LINEUP_MIS_SPECIFIED};
    const hst_router_kind *routers[] = {
        &hst_router_fewest_hops, &hst_router_cheapest_advertised, &hst_router_beta_thompson,
        &hst_router_learned,     &hst_router_oracle_mean,         &hst_router_random_path,
        &hst_router_pareto,      &hst_router_cascade_ucb,         &hst_router_linucb};
    for (unsigned k = 0; k < 3; k++) {
        const hst_lineup_recipe recipe = small(kinds[k], 400);
        hst_arena arena = new_arena();
        hst_lineup_score bound;
        assert_int_equal(
            hst_lineup_trial(&hst_router_clairvoyant, &recipe, 5, NULL, &arena, &bound), HST_OK);
        for (unsigned r = 0; r < sizeof routers / sizeof routers[0]; r++) {
            hst_lineup_score score;
            assert_int_equal(hst_lineup_trial(routers[r], &recipe, 5, NULL, &arena, &score),
                             HST_OK);
            for (uint32_t i = 0; i < recipe.payments; i++) {
                if (score.arrived[i] &&
                    score.costs_bps[i] < bound.costs_bps[i] * (1 - 1e-5F) - 1e-3F) {
                    fail_msg("%s, %s, payment %u: %f below %f", hst_lineup_kind_name(kinds[k]),
                             routers[r]->name, i, (double)score.costs_bps[i],
                             (double)bound.costs_bps[i]);
                }
            }
        }
        hst_arena_release(&arena);
    }
}

static void what_is_expected_is_the_mean_of_what_is_drawn(void **state)
{
    (void)state;
    const hst_lineup_recipe recipe = small(HST_LINEUP_WELL_SPECIFIED, 40000);
    hst_arena arena = new_arena();
    hst_lineup_world world;
    assert_int_equal(hst_lineup_world_create(&recipe, 3, &arena, &world), HST_OK);
    for (uint32_t edge = 0; edge < 3; edge++) {
        double success = 0;
        double delay = 0;
        hst_lineup_world_payment(&world, 0, &(hst_route_query){0});
        hst_route_query query = {.amount_micro_usd = 5000000000};
        hst_hop_truth mean = {0};
        hst_lineup_world_expected(&world, &query, edge, &mean);
        for (uint32_t i = 0; i < 20000; i++) {
            hst_hop_truth drawn = {0};
            query.payment = i % (recipe.payments / 2);
            hst_lineup_world_drawn(&world, &query, edge, &drawn);
            success += drawn.success / 20000;
            delay += drawn.delay_ns / 20000;
        }
        const double error = sqrt(mean.success * (1 - mean.success) / 20000);
        assert_true(fabs(success - mean.success) < 4 * error + 1e-9);
        assert_true(fabs(delay / mean.delay_ns - 1) < 0.08);
    }
    hst_arena_release(&arena);
}

static void rows_do_not_depend_on_threads(void **state)
{
    (void)state;
    uint64_t digests[2] = {0, 1};
    for (unsigned i = 0; i < 2; i++) {
        hst_arena arena = new_arena();
        hst_lineup_result result;
        const hst_lineup_plan plan = {.recipe = small(HST_LINEUP_ADVERSARIAL, 1200),
                                      .routers = {&hst_router_cheapest_advertised,
                                                  &hst_router_learned, &hst_router_oracle_mean},
                                      .router_count = 3,
                                      .seed_count = 2,
                                      .first_seed = 1,
                                      .confidence = 0.95,
                                      .threads = 1 + 2 * i};
        assert_int_equal(hst_lineup_run(&plan, hst_os_memory(), &arena, &result), HST_OK);
        digests[i] = result.digest;
        hst_arena_release(&arena);
    }
    assert_true(digests[0] == digests[1]);
}

static void learning_beats_the_cheapest_advertised_and_nears_the_oracle(void **state)
{
    (void)state;
    hst_arena arena = new_arena();
    hst_lineup_result result;
    hst_lineup_recipe recipe = small(HST_LINEUP_WELL_SPECIFIED, 3000);
    const hst_lineup_plan plan = {.recipe = recipe,
                                  .routers = {&hst_router_cheapest_advertised, &hst_router_learned,
                                              &hst_router_oracle_mean, &hst_router_clairvoyant},
                                  .router_count = 4,
                                  .seed_count = 4,
                                  .first_seed = 1,
                                  .confidence = 0.95,
                                  .threads = 2};
    assert_int_equal(hst_lineup_run(&plan, hst_os_memory(), &arena, &result), HST_OK);
    assert_int_equal(result.reference, 0);
    assert_int_equal(result.oracle, 2);
    assert_true(result.rows[1].saving_bps.low > 0);
    assert_true(result.rows[1].ratio.estimate < 1.06);
    assert_true(result.rows[0].ratio.estimate > 1.1);
    assert_true(result.rows[3].ratio.estimate < 1);
    assert_true(fabs(result.rows[2].ratio.estimate - 1) < 1e-12);
    hst_arena_release(&arena);
}

/** The learned router, told what happened to somebody else. */
static hst_router_kind shuffled;

static hst_status create_shuffled(const hst_router_setup *setup, hst_router **router)
{
    const hst_status status = hst_router_learned.create(setup, router);
    if (status == HST_OK) {
        (*router)->kind = &shuffled;
    }
    return status;
}

static void shuffle(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hst_hop_outcome other = outcomes[i];
        hst_random random = hst_random_stream(9, 0, other.payment * 8 + i, 1);
        other.edge = (uint32_t)hst_random_below(&random, router->graph->edge_count);
        other.result = hst_random_uniform(&random) < 0.95 ? HST_HOP_DONE : HST_HOP_NO_LIQUIDITY;
        hst_router_learned.feedback(router, &other, 1);
    }
}

static void nothing_is_learned_from_shuffled_feedback(void **state)
{
    (void)state;
    shuffled = hst_router_learned;
    shuffled.name = "shuffled";
    shuffled.create = create_shuffled;
    shuffled.feedback = shuffle;
    const hst_lineup_recipe recipe = small(HST_LINEUP_WELL_SPECIFIED, 3000);
    double ratio = 0;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        hst_arena arena = new_arena();
        hst_lineup_score honest;
        hst_lineup_score fooled;
        assert_int_equal(
            hst_lineup_trial(&hst_router_learned, &recipe, seed, NULL, &arena, &honest), HST_OK);
        assert_int_equal(hst_lineup_trial(&shuffled, &recipe, seed, NULL, &arena, &fooled), HST_OK);
        ratio += fooled.cost_bps / honest.cost_bps / 3;
        hst_arena_release(&arena);
    }
    assert_true(ratio > 1.05);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_completed_payment_is_cheaper_than_the_clairvoyants),
        cmocka_unit_test(what_is_expected_is_the_mean_of_what_is_drawn),
        cmocka_unit_test(rows_do_not_depend_on_threads),
        cmocka_unit_test(learning_beats_the_cheapest_advertised_and_nears_the_oracle),
        cmocka_unit_test(nothing_is_learned_from_shuffled_feedback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
