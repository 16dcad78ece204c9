/* The corridor graph of the shipped world, and plans over it in the words of banking. */
#include "sim/base/purpose.h"
#include "sim/payment/routes.h"

#include "tests/support/expect_assert.h"
#include "tests/unit/bank/world.h"

#include <stdio.h>

typedef struct fixture {
    test_world w;
    hst_market *market;
    hst_arena scratch;
    hst_routes routes;
    double charge_factor[HST_INSTITUTION_MAX];
} fixture;

static void open_routes(fixture *f, const char *router)
{
    char override[64];
    const char *const overrides[] = {override};
    hst_market_config config;
    (void)snprintf(override, sizeof override, "routing.router=%s", router);
    assert_int_equal(test_world_load(&f->w, overrides, 1), HST_OK);
    hst_arena_init(&f->scratch, hst_os_memory(), 1 << 20);
    hst_market_config_defaults(&config);
    config.date_days = f->w.scenario.clock.date_days;
    assert_int_equal(hst_market_create(&config, &f->w.currencies, f->w.inputs, &f->w.arena,
                                       &f->scratch, &f->market, &f->w.error),
                     HST_OK);
    for (uint32_t i = 0; i < HST_INSTITUTION_MAX; i++) {
        f->charge_factor[i] = 1;
    }
    assert_int_equal(hst_routes_create(&f->w.scenario, &f->w.institutions, f->market,
                                       f->charge_factor, &f->w.arena, &f->routes),
                     HST_OK);
}

static void close_routes(fixture *f)
{
    hst_arena_release(&f->scratch);
    test_world_release(&f->w);
}

/* An instruction between two institutions of a kind that can reach each other. */
static hst_instruction draw(const fixture *f, hst_random *random)
{
    const hst_institutions *all = &f->w.institutions;
    for (;;) {
        const uint32_t a = (uint32_t)hst_random_below(random, all->count);
        const uint32_t b = (uint32_t)hst_random_below(random, all->count);
        const bool together =
            all->all[a].kind == HST_INSTITUTION_BANK || all->all[a].rank == all->all[b].rank;
        if (all->all[a].country != all->all[b].country && all->all[a].kind == all->all[b].kind &&
            all->all[a].kind != HST_INSTITUTION_TRANSFER_HUB && together) {
            return (hst_instruction){.debtor_agent = (uint16_t)a,
                                     .creditor_agent = (uint16_t)b,
                                     .amount_micro_usd =
                                         1000000 + (int64_t)hst_random_below(random, 100000000000)};
        }
    }
}

/* Each leg begins where the one before ended, in the same currency, and only hubs forward. */
static void
check_plan(const fixture *f, const hst_instruction *one, const uint32_t *legs, uint8_t count)
{
    const hst_institution *all = f->w.institutions.all;
    uint32_t holder = one->debtor_agent;
    uint16_t currency = all[holder].currency;
    assert_in_range(count, 1, HST_LEG_MAX);
    for (uint8_t i = 0; i < count; i++) {
        const hst_leg *leg = &f->routes.legs[legs[i]];
        assert_int_equal(leg->from_currency, currency);
        if (leg->kind == HST_LEG_FROM_SYSTEM) {
            assert_int_equal(f->routes.legs[legs[i - 1]].kind, HST_LEG_TO_SYSTEM);
            assert_int_equal(f->routes.legs[legs[i - 1]].through, leg->through);
        } else {
            assert_int_equal(leg->from, holder);
        }
        holder = leg->kind == HST_LEG_TO_SYSTEM ? holder : leg->to;
        currency = leg->to_currency;
        if (holder != one->debtor_agent && holder != one->creditor_agent) {
            assert_true(all[holder].is_hub || all[holder].kind == HST_INSTITUTION_TRANSFER_HUB);
        }
    }
    assert_int_equal(holder, one->creditor_agent);
    assert_int_equal(currency, all[holder].currency);
}

static void plan_many(const char *router)
{
    static fixture f;
    hst_random random = hst_random_stream(11, 0, 0, HST_PURPOSE_TEST);
    open_routes(&f, router);
    for (int i = 0; i < 2000; i++) {
        hst_instruction one = draw(&f, &random);
        uint32_t legs[HST_LEG_MAX];
        uint8_t count = 0;
        int64_t advertised = 0;
        one.number = 64U * (uint32_t)i; /* every plan is re-costed */
        assert_int_equal(hst_routes_plan(&f.routes, &one, 0, legs, &count, &advertised), HST_OK);
        check_plan(&f, &one, legs, count);
        assert_true(advertised >= 0);
    }
    assert_int_equal(f.routes.checks, 2000);
    assert_int_equal(f.routes.failures, 0);
    close_routes(&f);
}

static void the_cheapest_router_connects_everyone(void **state)
{
    (void)state;
    plan_many("cheapest_advertised");
}

static void the_shortest_router_connects_everyone(void **state)
{
    (void)state;
    plan_many("fewest_hops");
}

static void the_static_table_connects_everyone(void **state)
{
    (void)state;
    plan_many("static_table");
}

static void operators_stay_inside_their_group(void **state)
{
    (void)state;
    static fixture f;
    open_routes(&f, "cheapest_advertised");
    const hst_institutions *all = &f.w.institutions;
    uint32_t a = 0;
    uint32_t b = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        if (all->all[i].kind == HST_INSTITUTION_TRANSFER) {
            a = all->all[i].rank == 1 ? i : a;
            b = all->all[i].rank == 2 ? i : b;
        }
    }
    const hst_instruction one = {
        .debtor_agent = (uint16_t)a, .creditor_agent = (uint16_t)b, .amount_micro_usd = 1000000};
    uint32_t legs[HST_LEG_MAX];
    uint8_t count = 0;
    int64_t advertised = 0;
    assert_int_equal(hst_routes_plan(&f.routes, &one, 0, legs, &count, &advertised), HST_NO_PATH);
    close_routes(&f);
}

static void dearer_hubs_charge_more_on_every_way_out(void **state)
{
    (void)state;
    static fixture f;
    open_routes(&f, "cheapest_advertised");
    for (uint32_t e = 0; e < f.routes.graph.edge_count; e++) {
        for (uint32_t k = 0; k < f.routes.leg_counts[e]; k++) {
            const hst_leg *leg = &f.routes.legs[2 * e + k];
            const bool passes = f.w.institutions.all[leg->from].is_hub;
            if (leg->kind == HST_LEG_TO_OWNER) {
                assert_int_equal(leg->fixed_micro_usd,
                                 passes ? f.w.scenario.charges.correspondent_fixed_micro_usd : 0);
            } else if (leg->kind == HST_LEG_CONVERT || leg->kind == HST_LEG_FROM_SYSTEM) {
                assert_int_equal(leg->fixed_micro_usd, 0);
            }
        }
    }
    close_routes(&f);
}

static void senders_are_told_how_much_a_conversions_rate_may_move(void **state)
{
    (void)state;
    static fixture f;
    uint32_t converting = 0;
    open_routes(&f, "learned");
    const hst_hop_facts *facts = f.routes.view.facts;
    assert_non_null(facts);
    for (uint32_t e = 0; e < f.routes.graph.edge_count; e++) {
        const hst_leg *leg = &f.routes.legs[2 * e];
        const bool two = f.routes.leg_counts[e] == 2;
        const hst_leg *convert = two && leg[1].kind == HST_LEG_CONVERT ? &leg[1] : leg;
        const double wanted =
            two ? hst_market_volatility(f.market, convert->from_currency, convert->to_currency) : 0;
        assert_true((double)facts[e].volatility <= wanted * (1 + 1e-6));
        assert_true((double)facts[e].volatility >= wanted * (1 - 1e-6));
        converting += wanted > 0 ? 1 : 0;
        assert_true((double)facts[e].country_risk <= 0.5 && (double)facts[e].country_risk >= 0.5);
    }
    assert_true(converting > 100);
    close_routes(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cheapest_router_connects_everyone),
        cmocka_unit_test(the_shortest_router_connects_everyone),
        cmocka_unit_test(the_static_table_connects_everyone),
        cmocka_unit_test(operators_stay_inside_their_group),
        cmocka_unit_test(dearer_hubs_charge_more_on_every_way_out),
        cmocka_unit_test(senders_are_told_how_much_a_conversions_rate_may_move)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
