#include "core/routing/graph.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <string.h>

/** Three positions: two banks in currency 0, one of them also in currency 1. */
static hst_graph three_positions(hst_arena *arena)
{
    hst_graph graph;
    uint32_t id = 0;
    assert_int_equal(hst_graph_init(&graph, arena, 3, 4), HST_OK);
    assert_int_equal(hst_graph_add_node(&graph, (hst_graph_node){7, 0, 0}, &id), HST_OK);
    assert_int_equal(id, 0);
    assert_int_equal(hst_graph_add_node(&graph, (hst_graph_node){8, 0, HST_NODE_TRANSIT}, &id),
                     HST_OK);
    assert_int_equal(hst_graph_add_node(&graph, (hst_graph_node){8, 1, HST_NODE_TRANSIT}, &id),
                     HST_OK);
    assert_int_equal(id, 2);
    return graph;
}

static hst_graph_edge edge_of(hst_hop_kind kind, uint32_t from, uint32_t to)
{
    const hst_graph_edge edge = {.from = from, .to = to, .kind = kind, .enabled = true};
    return edge;
}

static void positions_are_found_and_unique(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph graph = three_positions(&arena);
    uint32_t id = 99;
    assert_int_equal(hst_graph_find_node(&graph, 8, 1), 2);
    assert_int_equal(hst_graph_find_node(&graph, 8, 0), 1);
    assert_int_equal(hst_graph_find_node(&graph, 7, 1), HST_GRAPH_NONE);
    assert_int_equal(hst_graph_add_node(&graph, (hst_graph_node){8, 1, 0}, &id), HST_EXISTS);
    assert_int_equal(id, 2);
    assert_int_equal(hst_graph_add_node(&graph, (hst_graph_node){9, 1, 0}, &id), HST_FULL);
    assert_int_equal(hst_graph_add_node(&graph, (hst_graph_node){9, 1, 2}, &id), HST_INVALID);
    assert_true(hst_graph_transits(&graph, 1));
    assert_false(hst_graph_transits(&graph, 0));
    hst_arena_release(&arena);
}

static void hops_out_of_range_are_refused(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph graph = three_positions(&arena);
    const hst_graph_edge good = edge_of(HST_HOP_BOOK, 0, 1);
    hst_graph_edge bad[12];
    for (unsigned i = 0; i < 12; i++) {
        bad[i] = good;
    }
    bad[0].to = 0;
    bad[1].to = 3;
    bad[2].from = HST_GRAPH_NONE;
    bad[3].fixed_micro_usd = -1;
    bad[4].fixed_micro_usd = HST_CHARGE_FIXED_MAX_MICRO_USD + 1;
    bad[5].rate_ppb = -1;
    bad[6].rate_ppb = HST_CHARGE_RATE_MAX_PPB + 1;
    bad[7].limit_micro_usd = HST_ROUTE_AMOUNT_MAX_MICRO_USD + 1;
    bad[8].delay_ns = -1;
    bad[9].delay_ns = HST_HOP_DELAY_MAX_NS + 1;
    bad[10].kind = HST_HOP_KIND_COUNT;
    bad[11].limit_micro_usd = -1;
    uint32_t id = 99;
    for (unsigned i = 0; i < 12; i++) {
        assert_int_equal(hst_graph_add_edge(&graph, &bad[i], &id), HST_INVALID);
    }
    assert_int_equal(graph.edge_count, 0);
    assert_int_equal(id, 99);
    hst_arena_release(&arena);
}

static void only_conversions_must_change_the_currency(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph graph = three_positions(&arena);
    uint32_t id = 0;
    const struct {
        hst_hop_kind kind;
        uint32_t to;
        hst_status expected;
    } cases[] = {{HST_HOP_FX, 2, HST_OK},        {HST_HOP_FX, 0, HST_INVALID},
                 {HST_HOP_BOOK, 2, HST_INVALID}, {HST_HOP_RTGS, 2, HST_INVALID},
                 {HST_HOP_DLT, 2, HST_OK},       {HST_HOP_ESCROW, 0, HST_OK},
                 {HST_HOP_RTGS, 0, HST_OK},      {HST_HOP_RTGS, 0, HST_FULL}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const hst_graph_edge edge = edge_of(cases[i].kind, 1, cases[i].to);
        assert_int_equal(hst_graph_add_edge(&graph, &edge, &id), cases[i].expected);
    }
    assert_string_equal(hst_hop_kind_name(HST_HOP_BOOK), "book");
    assert_string_equal(hst_hop_kind_name(HST_HOP_ESCROW), "escrow");
    hst_arena_release(&arena);
}

/** One direction of a frozen graph: rows hold every edge once, in the promised order. */
static void check_rows(const hst_graph *graph, bool outgoing, unsigned seed)
{
    uint32_t total = 0;
    for (uint32_t v = 0; v < graph->node_count; v++) {
        const hst_graph_row row = outgoing ? hst_graph_out(graph, v) : hst_graph_in(graph, v);
        total += row.count;
        for (uint32_t i = 0; i < row.count; i++) {
            const hst_graph_arc *arc = &row.arcs[i];
            const hst_graph_edge *edge = hst_graph_edge_at(graph, arc->edge);
            const bool front = i < row.transit_count;
            const bool ordered = i == 0 || i == row.transit_count || arc[-1].edge < arc->edge;
            const int64_t ceiling = !edge->enabled               ? -1
                                    : edge->limit_micro_usd == 0 ? INT64_MAX
                                                                 : edge->limit_micro_usd;
            if ((outgoing ? edge->from : edge->to) != v ||
                (outgoing ? edge->to : edge->from) != arc->node ||
                hst_graph_transits(graph, arc->node) != front || !ordered ||
                arc->ceiling_micro_usd != ceiling || arc->rate_ppb != edge->rate_ppb ||
                arc->fixed_micro_usd != edge->fixed_micro_usd || arc->kind != edge->kind) {
                fail_msg("seed %u: row of node %u, entry %u", seed, v, i);
            }
        }
    }
    assert_int_equal(total, graph->edge_count);
}

static void rows_hold_every_hop_and_follow_updates(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 30; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 4);
        const graph_recipe recipe = {.node_count = 1 + seed,
                                     .edge_count = seed == 0 ? 0 : seed * 5,
                                     .currency_count = 2,
                                     .transit_share = 50,
                                     .disabled_share = 20,
                                     .limited_share = 50,
                                     .distinct_charges = 1000,
                                     .charge_step = 7,
                                     .rate_step = 7,
                                     .limit_max = 1000};
        hst_graph graph = random_graph(&arena, &recipe, &random);
        check_rows(&graph, true, seed);
        check_rows(&graph, false, seed);
        for (unsigned i = 0; i < 50; i++) {
            const uint32_t edge = (uint32_t)hst_random_below(&random, graph.edge_count);
            const int64_t value = (int64_t)hst_random_below(&random, 1000);
            assert_int_equal(hst_graph_set_charge(&graph, edge, value, 2 * value), HST_OK);
            assert_int_equal(hst_graph_set_limit(&graph, edge, value), HST_OK);
            assert_int_equal(hst_graph_set_delay(&graph, edge, value), HST_OK);
            hst_graph_set_enabled(&graph, edge, value % 2 == 0);
        }
        check_rows(&graph, true, seed);
        check_rows(&graph, false, seed);
        hst_arena_release(&arena);
    }
}

static void the_version_moves_exactly_with_changes(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph graph = three_positions(&arena);
    uint32_t id = 0;
    const hst_graph_edge edge = edge_of(HST_HOP_BOOK, 0, 1);
    assert_int_equal(hst_graph_add_edge(&graph, &edge, &id), HST_OK);
    assert_int_equal(hst_graph_freeze(&graph, &arena), HST_OK);
    uint64_t version = graph.version;
    assert_true(version > 0);
    hst_graph_set_enabled(&graph, 0, true);
    assert_int_equal(hst_graph_set_charge(&graph, 0, 0, 0), HST_OK);
    assert_int_equal(hst_graph_set_limit(&graph, 0, 0), HST_OK);
    assert_int_equal(hst_graph_set_delay(&graph, 0, 0), HST_OK);
    assert_int_equal(hst_graph_set_charge(&graph, 0, -1, 0), HST_INVALID);
    assert_int_equal(hst_graph_set_limit(&graph, 0, -1), HST_INVALID);
    assert_int_equal(hst_graph_set_delay(&graph, 0, -1), HST_INVALID);
    assert_int_equal(graph.version, version);
    hst_graph_set_enabled(&graph, 0, false);
    assert_int_equal(graph.version, ++version);
    assert_int_equal(hst_graph_set_charge(&graph, 0, 0, 1), HST_OK);
    assert_int_equal(graph.version, ++version);
    assert_int_equal(hst_graph_set_limit(&graph, 0, 1), HST_OK);
    assert_int_equal(graph.version, ++version);
    assert_int_equal(hst_graph_set_delay(&graph, 0, 1), HST_OK);
    assert_int_equal(graph.version, ++version);
    hst_arena_release(&arena);
}

static void an_edge_costs_its_fixed_charge_and_the_floor_of_its_rate(void **state)
{
    (void)state;
    hst_graph_edge edge = edge_of(HST_HOP_BOOK, 0, 1);
    edge.fixed_micro_usd = 5;
    edge.rate_ppb = 1500000; /* 15 basis points */
    assert_int_equal(hst_graph_edge_cost_micro_usd(&edge, 0), 5);
    assert_int_equal(hst_graph_edge_cost_micro_usd(&edge, 1000), 6);
    assert_int_equal(hst_graph_edge_cost_micro_usd(&edge, 1999), 7);
    edge.rate_ppb = HST_CHARGE_RATE_MAX_PPB;
    assert_int_equal(hst_graph_edge_cost_micro_usd(&edge, HST_ROUTE_AMOUNT_MAX_MICRO_USD),
                     HST_ROUTE_AMOUNT_MAX_MICRO_USD + 5);
    edge.limit_micro_usd = 10;
    assert_true(hst_graph_edge_open(&edge, 10));
    assert_false(hst_graph_edge_open(&edge, 11));
    edge.enabled = false;
    assert_false(hst_graph_edge_open(&edge, 10));
}

static void *refuse(void *context, size_t size)
{
    (void)size;
    unsigned *left = context;
    if (*left == 0) {
        return NULL;
    }
    (*left)--;
    return memset(aligned_alloc(64, 1 << 20), 0, 1 << 20);
}

static void give_back(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}

static void running_out_of_memory_is_reported_wherever_it_happens(void **state)
{
    (void)state;
    for (unsigned granted = 0; granted < 2; granted++) {
        unsigned left = granted;
        hst_arena arena;
        hst_arena_init(&arena, (hst_memory){&left, refuse, give_back}, 1 << 20);
        hst_graph graph;
        /* 16,384 edges fill the one chunk: nothing is left to freeze into. */
        const hst_status made = hst_graph_init(&graph, &arena, 2, 16000);
        assert_int_equal(made, granted == 0 ? HST_NO_MEMORY : HST_OK);
        if (made == HST_OK) {
            uint32_t id = 0;
            assert_int_equal(hst_graph_add_node(&graph, (hst_graph_node){1, 0, 0}, &id), HST_OK);
            assert_int_equal(hst_graph_add_node(&graph, (hst_graph_node){2, 0, 0}, &id), HST_OK);
            const hst_graph_edge edge = edge_of(HST_HOP_BOOK, 0, 1);
            while (graph.edge_count < 16000) {
                assert_int_equal(hst_graph_add_edge(&graph, &edge, &id), HST_OK);
            }
            assert_int_equal(hst_graph_freeze(&graph, &arena), HST_NO_MEMORY);
            assert_false(graph.frozen);
        }
        hst_arena_release(&arena);
    }
}

static void changing_the_wrong_phase_fires_assertions(void **state)
{
    (void)state;
    static hst_arena arena;
    static hst_graph graph;
    static uint32_t id;
    static const hst_graph_node node = {1, 1, 0};
    arena = test_arena();
    graph = three_positions(&arena);
    EXPECT_ASSERTION(hst_graph_set_enabled(&graph, 0, true));
    assert_int_equal(hst_graph_freeze(&graph, &arena), HST_OK);
    EXPECT_ASSERTION(hst_ignore(hst_graph_add_node(&graph, node, &id)));
    EXPECT_ASSERTION(hst_ignore(hst_graph_freeze(&graph, &arena)));
    EXPECT_ASSERTION((void)hst_graph_edge_at(&graph, 0));
    EXPECT_ASSERTION((void)hst_graph_out(&graph, 3));
    EXPECT_ASSERTION((void)hst_hop_kind_name(HST_HOP_KIND_COUNT));
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_are_found_and_unique),
        cmocka_unit_test(hops_out_of_range_are_refused),
        cmocka_unit_test(only_conversions_must_change_the_currency),
        cmocka_unit_test(rows_hold_every_hop_and_follow_updates),
        cmocka_unit_test(the_version_moves_exactly_with_changes),
        cmocka_unit_test(an_edge_costs_its_fixed_charge_and_the_floor_of_its_rate),
        cmocka_unit_test(running_out_of_memory_is_reported_wherever_it_happens),
        cmocka_unit_test(changing_the_wrong_phase_fires_assertions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
