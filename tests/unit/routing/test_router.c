/* The contract over every registered router, and the registry itself. */
#include "core/routing/cheapest_advertised.h"
#include "core/routing/router.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/router_contract.h"
#include "tests/unit/routing/support.h"

#include <string.h>

static void every_registered_router_keeps_the_contract(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_router_kind *const *kinds = hst_router_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        unsigned plans = 0;
        assertion.subject = kinds[i]->name;
        for (unsigned seed = 1; seed <= 30; seed++) {
            assertion.seed = seed;
            plans += check_router_contract(kinds[i], seed);
        }
        assert_true(plans > 200);
    }
}

static void kinds_have_distinct_names_and_codes(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_router_kind *const *kinds = hst_router_kinds(&count);
    assert_true(count >= 3);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(hst_router_find_kind(kinds[i]->name), kinds[i]);
        assert_ptr_equal(hst_router_find_kind(kinds[i]->code), kinds[i]);
        assert_true(strlen(kinds[i]->summary) > 0);
        assert_true(strlen(kinds[i]->information) > 0);
    }
    assert_null(hst_router_find_kind("cheapest"));
}

/** A kind that looks at nothing but what it is handed. */
typedef struct onlooker {
    hst_router router;
    hst_route_view view;
} onlooker;

static hst_status
onlooker_create_as(const hst_router_kind *kind, const hst_router_setup *setup, hst_router **router)
{
    onlooker *self = HST_ARENA_NEW(setup->arena, onlooker, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->router = (hst_router){.kind = kind, .graph = setup->graph};
    self->view = *setup->view;
    *router = &self->router;
    return HST_OK;
}

static hst_status sender_create(const hst_router_setup *setup, hst_router **router);
static hst_status prober_create(const hst_router_setup *setup, hst_router **router);
static const hst_router_kind sender_kind = {.name = "sender", .create = sender_create};
static const hst_router_kind prober_kind = {
    .name = "prober", .sees = HST_SEES_BALANCES, .create = prober_create};

static hst_status sender_create(const hst_router_setup *setup, hst_router **router)
{
    return onlooker_create_as(&sender_kind, setup, router);
}

static hst_status prober_create(const hst_router_setup *setup, hst_router **router)
{
    return onlooker_create_as(&prober_kind, setup, router);
}

static int64_t carries_one(void *context, uint32_t edge)
{
    (void)context;
    (void)edge;
    return 1;
}

static int64_t opens_now(void *context, uint32_t edge, int64_t time_ns)
{
    (void)context;
    (void)edge;
    (void)time_ns;
    return 0;
}

static void
certain(void *context, const hst_route_query *query, uint32_t edge, hst_hop_truth *truth)
{
    (void)context;
    (void)query;
    (void)edge;
    *truth = (hst_hop_truth){.success = 1.0};
}

static void a_router_is_handed_no_more_than_its_kind_declares(void **state)
{
    (void)state;
    static hst_arena arena;
    arena = test_arena();
    const hst_graph_edge edge = {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .enabled = true};
    static hst_graph graph;
    graph = plain_graph(&arena, 2, &edge, 1);
    const hst_route_view all = {
        .opens_in_ns = opens_now, .carries = carries_one, .expected = certain, .drawn = certain};
    const hst_router_setup setup = {.graph = &graph, .arena = &arena, .view = &all};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&sender_kind, &setup, &router), HST_OK);
    const onlooker *sender = (const onlooker *)router;
    assert_true(sender->view.opens_in_ns == opens_now);
    assert_true(sender->view.carries == NULL);
    assert_true(sender->view.expected == NULL);
    assert_true(sender->view.drawn == NULL);
    assert_int_equal(hst_router_create(&prober_kind, &setup, &router), HST_OK);
    const onlooker *prober = (const onlooker *)router;
    assert_true(prober->view.carries == carries_one);
    assert_true(prober->view.expected == NULL);
    assert_true(prober->view.drawn == NULL);
    hst_arena_release(&arena);
}

static void queries_outside_the_contract_fire_assertions(void **state)
{
    (void)state;
    static hst_arena arena;
    arena = test_arena();
    const hst_graph_edge edge = {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .enabled = true};
    static hst_graph graph;
    graph = plain_graph(&arena, 2, &edge, 1);
    const hst_router_setup setup = {.graph = &graph, .arena = &arena};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_cheapest_advertised, &setup, &router), HST_OK);
    assert_string_equal(hst_router_name(router), "cheapest-advertised");
    static hst_route_plan plan;
    static hst_route_query query;
    query = (hst_route_query){.source = 0, .target = 2};
    EXPECT_ASSERTION(hst_ignore(hst_router_route(router, &query, &plan)));
    query = (hst_route_query){.source = 0, .target = 1, .amount_micro_usd = -1};
    EXPECT_ASSERTION(hst_ignore(hst_router_route(router, &query, &plan)));
    query = (hst_route_query){.target = 1, .excluded_count = HST_ROUTE_EXCLUDED_MAX + 1};
    EXPECT_ASSERTION(hst_ignore(hst_router_route(router, &query, &plan)));
    hst_arena_release(&arena);
}

static hst_status lie(hst_router *self, const hst_route_query *query, hst_route_plan *plan)
{
    (void)self;
    (void)query;
    memset(plan, 0, sizeof *plan);
    plan->hop_count = 1;
    plan->cost_micro_usd = 1;
    return HST_OK;
}

static void an_unsound_plan_fires_the_checker_in_debug_builds(void **state)
{
    (void)state;
    static hst_arena arena;
    arena = test_arena();
    const hst_graph_edge edge = {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .enabled = true};
    static hst_graph graph;
    graph = plain_graph(&arena, 2, &edge, 1);
    static const hst_router_kind liar = {.name = "liar", .route = lie};
    static hst_router router;
    router.kind = &liar;
    router.graph = &graph;
    static hst_route_plan plan;
    static const hst_route_query query = {.source = 0, .target = 1};
#ifndef NDEBUG
    EXPECT_ASSERTION(hst_ignore(hst_router_route(&router, &query, &plan)));
#else
    assert_int_equal(hst_router_route(&router, &query, &plan), HST_OK);
#endif
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_registered_router_keeps_the_contract),
        cmocka_unit_test(kinds_have_distinct_names_and_codes),
        cmocka_unit_test(a_router_is_handed_no_more_than_its_kind_declares),
        cmocka_unit_test(queries_outside_the_contract_fire_assertions),
        cmocka_unit_test(an_unsound_plan_fires_the_checker_in_debug_builds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
