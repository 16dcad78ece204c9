/* A crew of routers answers a batch as one router does, whatever the number of threads. */
#include "core/routing/crew.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <string.h>

enum { NODES = 40, BATCHES = 12, BATCH = 50 };

static hst_graph make_graph(hst_arena *arena)
{
    const graph_recipe recipe = {.node_count = NODES,
                                 .edge_count = 260,
                                 .currency_count = 4,
                                 .transit_share = 80,
                                 .free_share = 5,
                                 .limited_share = 20,
                                 .distinct_charges = 50,
                                 .charge_step = 10,
                                 .rate_step = 10000000,
                                 .limit_max = 1000};
    hst_random random = hst_random_stream(5, 0, 0, 7);
    return random_graph(arena, &recipe, &random);
}

static hst_router_crew
make_crew(const hst_router_kind *kind, const hst_graph *graph, hst_arena *arena, unsigned threads)
{
    const hst_router_setup setup = {
        .graph = graph,
        .arena = arena,
        .random = hst_random_stream(1, 0, 0, 8),
        .prices = {.failure_ppb = 4000000, .delay_ppb_per_hour = 150000},
        .cache_entry_count = 16};
    hst_router_crew crew;
    assert_int_equal(hst_router_crew_create(kind, &setup, threads, &crew), HST_OK);
    return crew;
}

static void draw_batch(hst_random *random, uint64_t first, hst_route_query *queries)
{
    memset(queries, 0, BATCH * sizeof *queries);
    for (uint32_t i = 0; i < BATCH; i++) {
        queries[i].source = (uint32_t)hst_random_below(random, NODES);
        queries[i].target = (uint32_t)hst_random_below(random, NODES);
        queries[i].amount_micro_usd = 1 + (int64_t)hst_random_below(random, 1000);
        queries[i].payment = first + i;
        queries[i].time_ns = (int64_t)(first + i) * INT64_C(60000000000);
    }
}

/** Each plan's hops passed but the last of every third; tell both crews. */
static void tell(hst_router_crew *one,
                 hst_router_crew *several,
                 const hst_route_query *query,
                 const hst_route_plan *plan)
{
    hst_hop_outcome outcomes[HST_HOP_MAX];
    memset(outcomes, 0, sizeof outcomes);
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        outcomes[i].payment = query->payment;
        outcomes[i].edge = plan->edges[i];
        outcomes[i].hop_index = i;
        outcomes[i].amount_micro_usd = query->amount_micro_usd;
        outcomes[i].submitted_ns = query->time_ns;
        outcomes[i].delay_ns = 1000 + plan->delay_ns;
        outcomes[i].result = i + 1 == plan->hop_count && query->payment % 3 == 0
                                 ? HST_HOP_NO_LIQUIDITY
                                 : HST_HOP_DONE;
    }
    hst_router_crew_feedback(one, outcomes, plan->hop_count);
    hst_router_crew_feedback(several, outcomes, plan->hop_count);
}

static unsigned expect_equal_batches(const hst_router_kind *kind, unsigned threads)
{
    static hst_route_query queries[BATCH];
    static hst_route_plan plans[BATCH];
    static hst_route_plan together[BATCH];
    hst_status statuses[BATCH];
    hst_status statuses_together[BATCH];
    hst_arena arena = test_arena();
    const hst_graph graph = make_graph(&arena);
    hst_router_crew one = make_crew(kind, &graph, &arena, 1);
    hst_router_crew several = make_crew(kind, &graph, &arena, threads);
    hst_random random = hst_random_stream(9, 0, 0, 7);
    unsigned found = 0;
    for (unsigned batch = 0; batch < BATCHES; batch++) {
        draw_batch(&random, (uint64_t)batch * BATCH, queries);
        /* One of them answers other queries first: they must not matter. */
        hst_router_crew_route(&several, queries, BATCH / 2, together, statuses_together);
        memset(plans, 0, sizeof plans);
        memset(together, 0, sizeof together);
        hst_router_crew_route(&one, queries, BATCH, plans, statuses);
        hst_router_crew_route(&several, queries, BATCH, together, statuses_together);
        if (memcmp(statuses, statuses_together, sizeof statuses) != 0 ||
            memcmp(plans, together, sizeof plans) != 0) {
            fail_msg("%s: batch %u differs", kind->name, batch);
        }
        for (unsigned i = 0; i < BATCH; i++) {
            if (statuses[i] == HST_OK && plans[i].hop_count > 0) {
                found++;
                tell(&one, &several, &queries[i], &plans[i]);
            }
        }
    }
    hst_arena_release(&arena);
    return found;
}

static void batches_on_three_threads_equal_those_on_one_for_every_kind(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_router_kind *const *kinds = hst_router_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        const unsigned found = expect_equal_batches(kinds[i], 3);
        /* The static table knows no instructions here but first listed hops. */
        assert_true(found > BATCHES * BATCH / 8);
    }
}

static void draws_differ_by_payment_and_attempt_and_by_nothing_else(void **state)
{
    (void)state;
    hst_random random = hst_random_stream(1, 0, 0, 8);
    const hst_route_query first = {.payment = 7};
    const hst_route_query again = {.payment = 7, .attempt = 1};
    const hst_route_query other = {.payment = 8};
    hst_random a = hst_route_draws(random, &first);
    hst_random b = hst_route_draws(random, &first);
    hst_random c = hst_route_draws(random, &again);
    hst_random d = hst_route_draws(random, &other);
    const uint64_t drawn = hst_random_u64(&a);
    assert_true(drawn == hst_random_u64(&b));
    assert_true(drawn != hst_random_u64(&c));
    assert_true(drawn != hst_random_u64(&d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_on_three_threads_equal_those_on_one_for_every_kind),
        cmocka_unit_test(draws_differ_by_payment_and_attempt_and_by_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
