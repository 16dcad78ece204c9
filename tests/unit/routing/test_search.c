/* The searches against enumeration and Bellman-Ford, on graphs made to have ties, free hops,
 * limits, closed hops, ends that do not forward, and unreachable targets. */
#include "core/base/parallel.h"
#include "core/routing/bidirectional.h"
#include "core/routing/dijkstra.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <string.h>

static const hst_search_order orders[] = {HST_ORDER_CHEAPEST, HST_ORDER_FEWEST_HOPS,
                                          HST_ORDER_FIRST_LISTED, HST_ORDER_WEIGHED};

/** Few different weights, so that ties are common; one hop in eight is closed. */
static hst_weight draw_weight(void *context, uint32_t edge)
{
    const hst_random *key = context;
    hst_random stream = {key->key, key->counter + edge * UINT64_C(1000)};
    const uint64_t draw = hst_random_below(&stream, 8);
    return draw == 7 ? HST_WEIGHT_CLOSED : (hst_weight)(draw / 2) << (draw % 2 * 80);
}

/** Ask both searches and fail, with the way to repeat it, unless both equal the reference. */
static void ask_both(hst_search *search,
                     const hst_search_query *query,
                     const reference_path *reference,
                     unsigned seed)
{
    hst_search_path path;
    memset(&path, 0, sizeof path);
    const hst_status plain = hst_dijkstra(search, query, &path);
    const bool plain_same = same_answer(plain, &path, reference);
    const hst_status both = hst_bidirectional(search, query, &path);
    const bool both_same = same_answer(both, &path, reference);
    if (!plain_same || !both_same) {
        fail_msg("seed %u, %u -> %u, order %u, hops <= %u, amount %lld: dijkstra %s (%s), "
                 "bidirectional %s (%s)",
                 seed, query->source, query->target, (unsigned)query->order, query->hop_count_max,
                 (long long)query->amount_micro_usd, plain_same ? "right" : "wrong",
                 hst_status_name(plain), both_same ? "right" : "wrong", hst_status_name(both));
    }
}

/** A small graph whose every feature is drawn: ties are the rule. */
static graph_recipe small_recipe(hst_random *random)
{
    const graph_recipe recipe = {
        .node_count = 2 + (uint32_t)hst_random_below(random, 7),
        .edge_count = (uint32_t)hst_random_below(random, 32),
        .currency_count = 1 + (uint32_t)hst_random_below(random, 3),
        .transit_share = (uint32_t)hst_random_below(random, 4) * 30 + 10,
        .free_share = (uint32_t)hst_random_below(random, 3) * 50,
        .disabled_share = (uint32_t)hst_random_below(random, 3) * 10,
        .limited_share = (uint32_t)hst_random_below(random, 3) * 30,
        .distinct_charges = 1 + (uint32_t)hst_random_below(random, 3),
        .charge_step = 1,
        .rate_step = hst_random_below(random, 2) == 0 ? 1 : 500000000,
        .limit_max = 8,
    };
    return recipe;
}

static void searches_equal_enumeration_on_small_graphs(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 1500; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 1);
        hst_random key = hst_random_stream(seed, 0, 1, 1);
        const graph_recipe recipe = small_recipe(&random);
        const hst_graph graph = random_graph(&arena, &recipe, &random);
        hst_search search;
        assert_int_equal(hst_search_init(&search, &arena, &graph), HST_OK);
        for (unsigned i = 0; i < 12; i++) {
            uint32_t excluded[2] = {0, 0};
            hst_search_query query =
                simple_query((uint32_t)hst_random_below(&random, graph.node_count),
                             (uint32_t)hst_random_below(&random, graph.node_count),
                             (int64_t)hst_random_below(&random, 10));
            query.order = orders[i % 4];
            query.weigh = draw_weight;
            query.weigh_context = &key;
            query.hop_count_max =
                hst_random_below(&random, 2) == 0
                    ? HST_HOPS_UNLIMITED
                    : 1 + (uint32_t)hst_random_below(&random, i < 6 ? 4 : HST_HOP_LIMIT_DEFAULT);
            query.delay_price_micro_usd_per_s = (int64_t)hst_random_below(&random, 2);
            if (graph.edge_count > 0 && hst_random_below(&random, 3) == 0) {
                excluded[0] = (uint32_t)hst_random_below(&random, graph.edge_count);
                excluded[1] = (uint32_t)hst_random_below(&random, graph.edge_count);
                query.excluded_edges = excluded;
                query.excluded_count = 2;
            }
            const reference_path reference = enumerate_best(&graph, &query);
            ask_both(&search, &query, &reference, seed);
        }
        hst_arena_release(&arena);
    }
}

static void searches_equal_bellman_ford_on_larger_graphs(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 40; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 2);
        hst_random key = hst_random_stream(seed, 0, 1, 2);
        const graph_recipe recipe = {
            .node_count = 60,
            .edge_count = 100 + (uint32_t)hst_random_below(&random, 300),
            .currency_count = 4,
            .transit_share = 50 + (uint32_t)hst_random_below(&random, 51),
            .free_share = seed % 4 == 0 ? 80 : 5,
            .disabled_share = 5,
            .limited_share = 20,
            .distinct_charges = seed % 2 == 0 ? 3 : 1000,
            .charge_step = 1000,
            .rate_step = 1000000,
            .limit_max = 2000000,
        };
        const hst_graph graph = random_graph(&arena, &recipe, &random);
        hst_search search;
        assert_int_equal(hst_search_init(&search, &arena, &graph), HST_OK);
        for (unsigned i = 0; i < 30; i++) {
            hst_search_query query =
                simple_query((uint32_t)hst_random_below(&random, graph.node_count),
                             (uint32_t)hst_random_below(&random, graph.node_count),
                             (int64_t)hst_random_below(&random, 2000000));
            query.order = i % 3 == 2 ? HST_ORDER_WEIGHED : orders[i % 3];
            query.weigh = draw_weight;
            query.weigh_context = &key;
            query.delay_price_micro_usd_per_s = i % 5 == 0 ? 100 : 0;
            const reference_path reference = bellman_ford(&graph, &query);
            ask_both(&search, &query, &reference, seed);
        }
        hst_arena_release(&arena);
    }
}

static hst_graph_edge hop(uint32_t from, uint32_t to, int64_t fixed_micro_usd, int64_t rate_ppb)
{
    const hst_graph_edge edge = {.from = from,
                                 .to = to,
                                 .kind = HST_HOP_BOOK,
                                 .fixed_micro_usd = fixed_micro_usd,
                                 .rate_ppb = rate_ppb,
                                 .enabled = true};
    return edge;
}

static void ties_go_to_fewer_hops_then_to_the_first_listed(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    /* 0 -> 3: over 1 (edges 1, 2), over 2 (edges 0, 3), and three free hops over 4 and 5. */
    const hst_graph_edge edges[] = {hop(0, 2, 4, 0), hop(0, 1, 3, 0), hop(1, 3, 3, 0),
                                    hop(2, 3, 2, 0), hop(0, 4, 6, 0), hop(4, 5, 0, 0),
                                    hop(5, 3, 0, 0)};
    const hst_graph graph = plain_graph(&arena, 6, edges, 7);
    hst_search search;
    assert_int_equal(hst_search_init(&search, &arena, &graph), HST_OK);
    hst_search_path path;
    const hst_search_query query = simple_query(0, 3, 1);
    assert_int_equal(hst_bidirectional(&search, &query, &path), HST_OK);
    assert_int_equal(path.hop_count, 2);
    assert_int_equal(path.edges[0], 0);
    assert_int_equal(path.edges[1], 3);
    assert_true(path.exact_femto_usd == (hst_weight)6 * HST_FEMTO_PER_MICRO);
    hst_arena_release(&arena);
}

static void the_dearer_amount_takes_the_flatter_line(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    /* 10 micro-USD + 1 %, or 100 flat: they cross at 9,000 micro-USD. */
    const hst_graph_edge edges[] = {hop(0, 1, 10, 10000000), hop(0, 1, 100, 0)};
    const hst_graph graph = plain_graph(&arena, 2, edges, 2);
    hst_search search;
    assert_int_equal(hst_search_init(&search, &arena, &graph), HST_OK);
    const int64_t amounts[] = {0, 8999, 9000, 9001, HST_ROUTE_AMOUNT_MAX_MICRO_USD};
    const uint32_t expected[] = {0, 0, 0, 1, 1}; /* equal cost: the first listed */
    for (unsigned i = 0; i < 5; i++) {
        hst_search_path path;
        const hst_search_query query = simple_query(0, 1, amounts[i]);
        assert_int_equal(hst_dijkstra(&search, &query, &path), HST_OK);
        assert_int_equal(path.edges[0], expected[i]);
        assert_int_equal(hst_bidirectional(&search, &query, &path), HST_OK);
        assert_int_equal(path.edges[0], expected[i]);
    }
    hst_arena_release(&arena);
}

static void a_long_dear_chain_is_summed_without_overflow(void **state)
{
    (void)state;
    enum { CHAIN = 3000 };
    hst_arena arena = test_arena();
    static hst_graph_edge edges[CHAIN];
    for (uint32_t i = 0; i < CHAIN; i++) {
        edges[i] = hop(i, i + 1, HST_CHARGE_FIXED_MAX_MICRO_USD, HST_CHARGE_RATE_MAX_PPB);
        edges[i].delay_ns = HST_HOP_DELAY_MAX_NS;
    }
    const hst_graph graph = plain_graph(&arena, CHAIN + 1, edges, CHAIN);
    hst_search search;
    assert_int_equal(hst_search_init(&search, &arena, &graph), HST_OK);
    hst_search_query query = simple_query(0, CHAIN, HST_ROUTE_AMOUNT_MAX_MICRO_USD);
    query.delay_price_micro_usd_per_s = HST_DELAY_PRICE_MAX_MICRO_USD_PER_S;
    hst_search_path path;
    const hst_weight per_hop =
        (hst_weight)HST_CHARGE_FIXED_MAX_MICRO_USD * HST_FEMTO_PER_MICRO +
        (hst_weight)HST_ROUTE_AMOUNT_MAX_MICRO_USD * (hst_weight)HST_CHARGE_RATE_MAX_PPB +
        (hst_weight)HST_HOP_DELAY_MAX_NS * (hst_weight)HST_DELAY_PRICE_MAX_MICRO_USD_PER_S;
    for (unsigned i = 0; i < 2; i++) {
        query.order = orders[i];
        assert_int_equal(hst_dijkstra(&search, &query, &path), HST_OK);
        assert_true(path.exact_femto_usd == per_hop * CHAIN);
        assert_int_equal(path.hop_count, CHAIN);
        assert_int_equal(hst_bidirectional(&search, &query, &path), HST_OK);
        assert_true(path.exact_femto_usd == per_hop * CHAIN);
        assert_int_equal(path.edges[CHAIN - 1], CHAIN - 1);
    }
    query.hop_count_max = HST_HOP_LIMIT_DEFAULT;
    for (unsigned i = 0; i < 3; i++) {
        query.order = orders[i];
        assert_int_equal(hst_bidirectional(&search, &query, &path), HST_NO_PATH);
    }
    hst_arena_release(&arena);
}

static void labels_of_old_searches_do_not_return_when_numbers_wrap(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph_edge edges[] = {hop(0, 1, 5, 0), hop(1, 2, 5, 0), hop(2, 3, 5, 0)};
    hst_graph graph = plain_graph(&arena, 4, edges, 3);
    hst_search search;
    assert_int_equal(hst_search_init(&search, &arena, &graph), HST_OK);
    hst_search_path path;
    const hst_search_query query = simple_query(0, 3, 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(hst_bidirectional(&search, &query, &path), HST_OK);
    }
    search.epoch = UINT32_MAX - 1;
    hst_graph_set_enabled(&graph, 1, false);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(hst_bidirectional(&search, &query, &path), HST_NO_PATH);
        assert_int_equal(hst_dijkstra(&search, &query, &path), HST_NO_PATH);
    }
    assert_true(search.epoch < 20);
    hst_arena_release(&arena);
}

enum { SHARED_QUERIES = 400, THREADS = 4 };

/** Searches of several threads on one graph, results by index. */
typedef struct shared {
    hst_search searches[THREADS];
    hst_search_query queries[SHARED_QUERIES];
    hst_weight costs[SHARED_QUERIES];
    uint32_t first_edges[SHARED_QUERIES];
} shared;

static void search_one(void *context, size_t index, unsigned thread)
{
    shared *all = context;
    hst_search_path path;
    if (hst_bidirectional(&all->searches[thread], &all->queries[index], &path) == HST_OK) {
        all->costs[index] = path.exact_femto_usd + 1;
        all->first_edges[index] = path.hop_count > 0 ? path.edges[0] : 0;
    }
}

static void any_number_of_threads_finds_the_same_paths(void **state)
{
    (void)state;
    static shared alone;
    static shared together;
    hst_arena arena = test_arena();
    hst_random random = hst_random_stream(1, 0, 0, 9);
    const graph_recipe recipe = {.node_count = 200,
                                 .edge_count = 1500,
                                 .currency_count = 3,
                                 .transit_share = 80,
                                 .distinct_charges = 4,
                                 .charge_step = 1000,
                                 .rate_step = 1000000};
    const hst_graph graph = random_graph(&arena, &recipe, &random);
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(hst_search_init(&alone.searches[i], &arena, &graph), HST_OK);
        assert_int_equal(hst_search_init(&together.searches[i], &arena, &graph), HST_OK);
    }
    for (unsigned i = 0; i < SHARED_QUERIES; i++) {
        alone.queries[i] = simple_query((uint32_t)hst_random_below(&random, 200),
                                        (uint32_t)hst_random_below(&random, 200), 1000000);
        alone.queries[i].hop_count_max = i % 2 == 0 ? 3 : HST_HOPS_UNLIMITED;
        together.queries[i] = alone.queries[i];
    }
    hst_parallel_for(SHARED_QUERIES, 1, search_one, &alone);
    hst_parallel_for(SHARED_QUERIES, THREADS, search_one, &together);
    assert_memory_equal(alone.costs, together.costs, sizeof alone.costs);
    assert_memory_equal(alone.first_edges, together.first_edges, sizeof alone.first_edges);
    hst_arena_release(&arena);
}

static void queries_outside_the_contract_fire_assertions(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph_edge edges[] = {hop(0, 1, 5, 0)};
    const hst_graph graph = plain_graph(&arena, 2, edges, 1);
    static hst_search search;
    assert_int_equal(hst_search_init(&search, &arena, &graph), HST_OK);
    static hst_search_path path;
    static hst_search_query query;
    query = simple_query(0, 2, 1);
    EXPECT_ASSERTION(hst_ignore(hst_bidirectional(&search, &query, &path)));
    query = simple_query(0, 1, -1);
    EXPECT_ASSERTION(hst_ignore(hst_bidirectional(&search, &query, &path)));
    query = simple_query(0, 1, HST_ROUTE_AMOUNT_MAX_MICRO_USD + 1);
    EXPECT_ASSERTION(hst_ignore(hst_dijkstra(&search, &query, &path)));
    query = simple_query(0, 1, 1);
    query.hop_count_max = HST_HOP_LIMIT_DEFAULT + 1;
    EXPECT_ASSERTION(hst_ignore(hst_dijkstra(&search, &query, &path)));
    query.hop_count_max = 0;
    EXPECT_ASSERTION(hst_ignore(hst_dijkstra(&search, &query, &path)));
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_equal_enumeration_on_small_graphs),
        cmocka_unit_test(searches_equal_bellman_ford_on_larger_graphs),
        cmocka_unit_test(ties_go_to_fewer_hops_then_to_the_first_listed),
        cmocka_unit_test(the_dearer_amount_takes_the_flatter_line),
        cmocka_unit_test(a_long_dear_chain_is_summed_without_overflow),
        cmocka_unit_test(labels_of_old_searches_do_not_return_when_numbers_wrap),
        cmocka_unit_test(any_number_of_threads_finds_the_same_paths),
        cmocka_unit_test(queries_outside_the_contract_fire_assertions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
