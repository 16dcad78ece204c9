/* Pools, books and the world they make up: nothing comes from rounding, arbitrage ends at the fee
 * band, what is published is what is settled, and splitting pays where amounts are large. */
#include "core/routing/cheapest_advertised.h"
#include "core/routing/convex_split.h"
#include "core/routing/fewest_hops.h"
#include "core/routing/oracle.h"
#include "core/routing/stellar_paths.h"
#include "core/routing/uniswap_split.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/lineup/asset_market.h"
#include "sim/lineup/lineup.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

__extension__ typedef unsigned __int128 wide;

static wide product(const hst_pool *pool)
{
    return (wide)(uint64_t)pool->reserves[0] * (uint64_t)pool->reserves[1];
}

static hst_pool draw_pool(hst_random *random)
{
    const uint64_t most = hst_random_below(random, 2) == 0 ? 1000 : 100000000000000;
    hst_pool pool = {.fee_ppm = (int64_t)hst_random_below(random, 10000)};
    pool.reserves[0] = 1 + (int64_t)hst_random_below(random, most);
    pool.reserves[1] = 1 + (int64_t)hst_random_below(random, most);
    return pool;
}

static int64_t draw_units(const hst_pool *pool, hst_random *random)
{
    return (int64_t)hst_random_below(random, 3 * (uint64_t)pool->reserves[0]);
}

/** The swap with its last line broken: out is rounded up, for the trader. */
static void swap_for_the_trader(hst_pool *pool, unsigned side, int64_t units)
{
    const int64_t before = pool->reserves[1 - side];
    const int64_t out = hst_pool_swap(pool, side, units);
    pool->reserves[1 - side] -= out > 0 && before - out > 1 ? 1 : 0;
}

/** How often the product fell in many swaps. */
static unsigned count_falls(bool broken)
{
    unsigned falls = 0;
    hst_random random = hst_random_stream(1, 0, 0, HST_PURPOSE_TEST);
    for (unsigned i = 0; i < 4000; i++) {
        hst_pool pool = draw_pool(&random);
        for (unsigned k = 0; k < 5; k++) {
            const wide before = product(&pool);
            const unsigned side = (unsigned)hst_random_below(&random, 2);
            const int64_t units = draw_units(&pool, &random);
            if (broken) {
                swap_for_the_trader(&pool, side, units);
            } else {
                (void)hst_pool_swap(&pool, side, units);
            }
            falls += product(&pool) < before ? 1 : 0;
        }
    }
    return falls;
}

static void the_product_never_falls_and_would_if_rounding_were_for_the_trader(void **state)
{
    (void)state;
    assert_int_equal(count_falls(false), 0);
    assert_true(count_falls(true) > 2000);
}

static void nothing_is_made_or_lost_in_a_pool(void **state)
{
    (void)state;
    hst_random random = hst_random_stream(2, 0, 0, HST_PURPOSE_TEST);
    for (unsigned i = 0; i < 20000; i++) {
        hst_pool pool = draw_pool(&random);
        const hst_pool before = pool;
        const unsigned side = (unsigned)hst_random_below(&random, 2);
        const int64_t units = draw_units(&pool, &random);
        const int64_t told = hst_pool_quote(&pool, side, units);
        assert_int_equal(hst_pool_swap(&pool, side, units), told);
        assert_true(told >= 0 && pool.reserves[1 - side] > 0);
        assert_int_equal(pool.reserves[side] + pool.fees[side], before.reserves[side] + units);
        assert_int_equal(pool.reserves[1 - side] + told, before.reserves[1 - side]);
    }
}

static void two_parts_get_what_one_gets_but_for_rounding(void **state)
{
    (void)state;
    hst_random random = hst_random_stream(3, 0, 0, HST_PURPOSE_TEST);
    for (unsigned i = 0; i < 20000; i++) {
        hst_pool pool = draw_pool(&random);
        pool.reserves[0] += 1000000; /* where a unit is worth about a unit */
        pool.reserves[1] = pool.reserves[0];
        const int64_t first = draw_units(&pool, &random);
        const int64_t second = draw_units(&pool, &random);
        const int64_t whole = hst_pool_quote(&pool, 0, first + second);
        const int64_t parts = hst_pool_swap(&pool, 0, first) + hst_pool_swap(&pool, 0, second);
        assert_true(parts <= whole);
        assert_true(whole - parts <= 3);
    }
}

static void arbitrage_ends_where_no_side_pays_more_than_mid(void **state)
{
    (void)state;
    hst_random random = hst_random_stream(4, 0, 0, HST_PURPOSE_TEST);
    for (unsigned i = 0; i < 5000; i++) {
        hst_pool pool = {.fee_ppm = (int64_t)hst_random_below(&random, 10000)};
        const double prices[2] = {0.5 + hst_random_uniform(&random),
                                  0.5 + hst_random_uniform(&random)};
        pool.reserves[0] = 1000000000 + (int64_t)hst_random_below(&random, 1000000000000);
        pool.reserves[1] = 1000000000 + (int64_t)hst_random_below(&random, 1000000000000);
        const double kept = 1 - (double)pool.fee_ppm / 1e6;
        hst_pool_arbitrage(&pool, prices);
        for (unsigned side = 0; side < 2; side++) {
            const double rate = hst_pool_rate(&pool, side, prices);
            assert_true(rate <= 1 + 1e-8);
            assert_true(rate >= kept * kept - 1e-8);
        }
    }
}

static void offers_are_taken_best_first_and_come_back(void **state)
{
    (void)state;
    hst_offers offers = {
        .charge_ppb = {1000000, 2000000}, .full = {1000, 3000}, .left = {1000, 3000}};
    for (unsigned i = 2; i < HST_OFFER_COUNT; i++) {
        offers.charge_ppb[i] = 3000000;
    }
    assert_int_equal(hst_offers_depth(&offers), 4000);
    assert_int_equal(hst_offers_quote(&offers, 4001), -1);
    assert_int_equal(hst_offers_quote(&offers, 1000), 999);
    assert_int_equal(hst_offers_quote(&offers, 2000), 999 + 998);
    assert_int_equal(hst_offers_quote(&offers, 1001), 999); /* rounded against the taker */
    assert_int_equal(hst_offers_take(&offers, 2000), 999 + 998);
    assert_int_equal(offers.left[0], 0);
    assert_int_equal(offers.left[1], 2000);
    assert_false(hst_offers_refill(&offers, 20));
    assert_int_equal(offers.left[0], 51);
    for (unsigned i = 0; i < 19; i++) {
        (void)hst_offers_refill(&offers, 20);
    }
    assert_true(hst_offers_refill(&offers, 20));
    assert_int_equal(hst_offers_depth(&offers), 4000);
}

static hst_arena new_arena(void)
{
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    return arena;
}

static hst_lineup_recipe small(uint32_t payments)
{
    hst_lineup_recipe recipe = hst_lineup_reference(HST_LINEUP_ASSET_MARKET);
    recipe.assets = 60;
    recipe.hubs = 6;
    recipe.venues = 160;
    recipe.payments = payments;
    return recipe;
}

static void what_is_published_is_what_is_settled(void **state)
{
    (void)state;
    const hst_lineup_recipe recipe = small(100);
    hst_arena arena = new_arena();
    hst_lineup_world world;
    assert_int_equal(hst_lineup_world_create(&recipe, 3, &arena, &world), HST_OK);
    hst_random random = hst_random_stream(5, 0, 0, HST_PURPOSE_TEST);
    for (uint32_t i = 0; i < recipe.payments; i++) {
        hst_route_query query;
        hst_lineup_world_payment(&world, i, &query);
        for (uint32_t e = 0; e < world.graph.edge_count; e++) {
            /* A cent's worth loses the advertised charge, up to rounding; more loses more. */
            const hst_graph_edge *edge = &world.graph.edges[e];
            const int64_t at_all = hst_asset_market_delivers(&world, e, 100000000);
            const int64_t less = hst_asset_market_delivers(&world, e, 100000);
            if (!hst_graph_edge_open(edge, 100000000)) {
                continue;
            }
            assert_true(at_all <= 100000000 - hst_graph_edge_cost_micro_usd(edge, 100000000) + 3);
            assert_true(less <= 100000 - edge->fixed_micro_usd);
            assert_true(less >= 50000 - hst_graph_edge_cost_micro_usd(edge, 100000) + 50000 - 20);
        }
        hst_route_plan plan = {.hop_count = 1};
        plan.edges[0] = (uint32_t)hst_random_below(&random, world.graph.edge_count);
        const int64_t told =
            hst_asset_market_delivers(&world, plan.edges[0], query.amount_micro_usd);
        const int64_t charged = hst_lineup_world_carry(&world, &plan, query.amount_micro_usd);
        assert_int_equal(charged, told < 0 ? -1 : query.amount_micro_usd - told);
    }
    hst_arena_release(&arena);
}

static void results_do_not_depend_on_threads_and_better_informed_routers_pay_less(void **state)
{
    (void)state;
    uint64_t digests[2] = {0, 1};
    for (unsigned i = 0; i < 2; i++) {
        hst_arena arena = new_arena();
        hst_lineup_result result;
        const hst_lineup_plan plan = {
            .recipe = small(120),
            .routers = {&hst_router_cheapest_advertised, &hst_router_stellar_paths,
                        &hst_router_uniswap_split, &hst_router_convex_split,
                        &hst_router_oracle_mean},
            .router_count = 5,
            .seed_count = 3,
            .first_seed = 1,
            .confidence = 0.95,
            .threads = 1 + 2 * i};
        assert_int_equal(hst_lineup_run(&plan, hst_os_memory(), &arena, &result), HST_OK);
        digests[i] = result.digest;
        assert_int_equal(result.oracle, 3); /* the best split, not the best path */
        assert_true(result.rows[1].fee_bps < result.rows[0].fee_bps);
        assert_true(result.rows[2].fee_bps < result.rows[1].fee_bps);
        assert_true(result.rows[3].fee_bps < result.rows[2].fee_bps);
        hst_arena_release(&arena);
    }
    assert_true(digests[0] == digests[1]);
}

/** Half of a payment over the path of fewest hops, half over R14's, and never again. */
typedef struct halves {
    hst_router base;
    hst_router *routers[2];
} halves;

static hst_status halves_create(const hst_router_setup *setup, hst_router **router);

static hst_status
halves_route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    return hst_router_route(((halves *)router)->routers[0], query, plan);
}

static hst_status
halves_split(hst_router *router, const hst_route_query *query, hst_route_split *split)
{
    halves *self = (halves *)router;
    if (query->attempt > 0) {
        return HST_NO_PATH;
    }
    split->part_count = 2;
    split->probes = 0;
    for (unsigned i = 0; i < 2; i++) {
        const int64_t half = query->amount_micro_usd / 2;
        hst_route_query asked = *query;
        asked.amount_micro_usd = i == 0 ? half : query->amount_micro_usd - half;
        split->parts[i].amount_micro_usd = asked.amount_micro_usd;
        HST_TRY(hst_router_route(self->routers[i], &asked, &split->parts[i].plan));
    }
    return HST_OK;
}

static const hst_router_kind halves_kind = {.name = "halves",
                                            .code = "T2",
                                            .create = halves_create,
                                            .route = halves_route,
                                            .split = halves_split};

static hst_status halves_create(const hst_router_setup *setup, hst_router **router)
{
    halves *self = HST_ARENA_NEW(setup->arena, halves, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base = (hst_router){.kind = &halves_kind, .graph = setup->graph};
    HST_TRY(hst_router_create(&hst_router_fewest_hops, setup, &self->routers[0]));
    HST_TRY(hst_router_create(&hst_router_stellar_paths, setup, &self->routers[1]));
    *router = &self->base;
    return HST_OK;
}

static void a_part_that_arrived_has_arrived_whatever_becomes_of_the_others(void **state)
{
    (void)state;
    const hst_lineup_recipe recipe = small(1000);
    hst_arena arena = new_arena();
    hst_lineup_score score;
    assert_int_equal(hst_lineup_trial(&halves_kind, &recipe, 2, NULL, &arena, &score), HST_OK);
    unsigned half = 0;
    unsigned none = 0;
    for (uint32_t i = 0; i < recipe.payments; i++) {
        if (score.arrived[i]) {
            continue;
        }
        /* Half of 40 to fail and of 400 to give up, and what the other half lost to prices; or all
         * of both; or 400 for a payment that found no path. */
        const float cost = score.costs_bps[i];
        assert_true(cost > 219);
        half += cost < 399 ? 1 : 0;
        none += cost > 439 ? 1 : 0;
    }
    assert_true(half > 3);
    assert_true(none > 3);
    hst_arena_release(&arena);
}

enum { KINDS = 3, ASKED = 20, VENUES = 2000, AMOUNTS = 5 };

/** The world as it was. */
static void put_back(hst_lineup_world *world, const hst_venue *venues, const hst_graph_edge *edges)
{
    memcpy(world->market->venues, venues, world->market->venue_count * sizeof venues[0]);
    world->market->waiting_count = 0;
    for (uint32_t e = 0; e < world->graph.edge_count; e++) {
        assert_int_equal(
            hst_graph_set_charge(&world->graph, e, edges[e].fixed_micro_usd, edges[e].rate_ppb),
            HST_OK);
        assert_int_equal(hst_graph_set_limit(&world->graph, e, edges[e].limit_micro_usd), HST_OK);
        hst_graph_set_enabled(&world->graph, e, edges[e].enabled);
    }
}

/** What arrives of an answer, without moving the world: parts one after another on a copy. */
static double lost_bps(const hst_lineup_recipe *recipe,
                       const hst_router_kind *kind,
                       int64_t amount,
                       double *answered)
{
    hst_arena arena = new_arena();
    hst_lineup_world world;
    hst_router *router = NULL;
    double lost = 0;
    assert_int_equal(hst_lineup_world_create(recipe, 7, &arena, &world), HST_OK);
    const hst_router_setup setup = {.graph = &world.graph, .arena = &arena, .view = &world.view};
    assert_int_equal(hst_router_create(kind, &setup, &router), HST_OK);
    static hst_venue venues[VENUES];
    static hst_graph_edge edges[2 * VENUES];
    memcpy(edges, world.graph.edges, world.graph.edge_count * sizeof edges[0]);
    memcpy(venues, world.market->venues, world.market->venue_count * sizeof venues[0]);
    *answered = 0;
    for (uint32_t i = 0; i < ASKED; i++) {
        hst_random random = hst_random_stream(i, 0, 0, HST_PURPOSE_TEST);
        hst_route_query query = {.amount_micro_usd = amount};
        query.source = (uint32_t)hst_random_below(&random, recipe->hubs);
        query.target = (query.source + 1 + (uint32_t)hst_random_below(&random, recipe->hubs - 1)) %
                       recipe->hubs;
        hst_route_split split;
        if (hst_router_split(router, &query, &split) != HST_OK) {
            continue;
        }
        *answered += 1;
        for (uint32_t p = 0; p < split.part_count; p++) {
            const int64_t charged = hst_lineup_world_carry(&world, &split.parts[p].plan,
                                                           split.parts[p].amount_micro_usd);
            assert_true(charged >= 0);
            lost += (double)charged / (double)amount * 1e4;
        }
        put_back(&world, venues, edges);
    }
    hst_arena_release(&arena);
    return lost / *answered;
}

static void splitting_saves_nothing_on_small_amounts_and_most_on_large_ones(void **state)
{
    (void)state;
    hst_lineup_recipe recipe = hst_lineup_reference(HST_LINEUP_ASSET_MARKET);
    const hst_router_kind *kinds[KINDS] = {&hst_router_stellar_paths, &hst_router_uniswap_split,
                                           &hst_router_convex_split};
    double savings[AMOUNTS] = {0};
    (void)printf("    dollars between majors: basis points lost by R14, R15, R15x\n");
    for (unsigned k = 0; k < AMOUNTS; k++) {
        const int64_t dollars = (int64_t[]){1000, 10000, 100000, 1000000, 10000000}[k];
        double lost[KINDS];
        double answered = 0;
        for (unsigned r = 0; r < KINDS; r++) {
            lost[r] = lost_bps(&recipe, kinds[r], dollars * 1000000, &answered);
            assert_true(answered > ASKED - 0.5);
        }
        (void)printf("    %9lld %8.1f %8.1f %8.1f\n", (long long)dollars, lost[0], lost[1],
                     lost[2]);
        savings[k] = lost[0] - lost[1];
        assert_true(lost[1] <= lost[0] + 0.01);
        assert_true(lost[2] <= lost[1] + 0.2);
    }
    assert_true(savings[0] < 1);
    assert_true(savings[AMOUNTS - 1] > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_product_never_falls_and_would_if_rounding_were_for_the_trader),
        cmocka_unit_test(nothing_is_made_or_lost_in_a_pool),
        cmocka_unit_test(two_parts_get_what_one_gets_but_for_rounding),
        cmocka_unit_test(arbitrage_ends_where_no_side_pays_more_than_mid),
        cmocka_unit_test(offers_are_taken_best_first_and_come_back),
        cmocka_unit_test(what_is_published_is_what_is_settled),
        cmocka_unit_test(results_do_not_depend_on_threads_and_better_informed_routers_pay_less),
        cmocka_unit_test(a_part_that_arrived_has_arrived_whatever_becomes_of_the_others),
        cmocka_unit_test(splitting_saves_nothing_on_small_amounts_and_most_on_large_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
