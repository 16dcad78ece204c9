/* R11: coordinates give the distance in the tree, also after repairs; distances fall hop by hop. */
#include "core/routing/embedding.h"
#include "core/routing/landmark.h"
#include "core/routing/probe.h"
#include "core/routing/speedymurmurs.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/channels.h"
#include "tests/unit/routing/support.h"

#include <string.h>

enum { NODES = 30 };

static const channels_recipe network = {
    .node_count = NODES, .links = 3, .balance = 1e8, .spread = 1, .empty_share = 15};

/** Steps from a node to the root by parents, the nodes passed in `walk`; -1 when off the tree. */
static int climb(const hst_embedding *tree, uint32_t node, uint32_t *walk)
{
    int steps = 0;
    uint32_t length = 0;
    if (hst_embedding_coordinate(tree, node, &length) == NULL) {
        return -1;
    }
    walk[0] = node;
    while (node != tree->root) {
        node = hst_embedding_parent(tree, node);
        walk[++steps] = node;
        assert_true(steps <= HST_HOP_MAX);
    }
    return steps;
}

/** Distance in the tree by walking up from both until the walks meet. */
static uint32_t walked(const hst_embedding *tree, uint32_t a, uint32_t b)
{
    uint32_t walk_a[HST_HOP_MAX + 1];
    uint32_t walk_b[HST_HOP_MAX + 1];
    const int up_a = climb(tree, a, walk_a);
    const int up_b = climb(tree, b, walk_b);
    if (up_a < 0 || up_b < 0) {
        return HST_GRAPH_NONE;
    }
    for (int i = 0; i <= up_a; i++) {
        for (int j = 0; j <= up_b; j++) {
            if (walk_a[i] == walk_b[j]) {
                return (uint32_t)(i + j);
            }
        }
    }
    fail_msg("walks do not meet");
    return 0;
}

/** Every coordinate is right; links to parents are open; nobody is left out who has a link. */
static void check_tree(const hst_embedding *tree, const unsigned char *open)
{
    const hst_graph *graph = tree->graph;
    for (uint32_t a = 0; a < graph->node_count; a++) {
        for (uint32_t b = 0; b < graph->node_count; b++) {
            assert_int_equal(hst_embedding_distance(tree, a, b), walked(tree, a, b));
        }
        if (tree->links[a] != HST_GRAPH_NONE) {
            assert_true(open[tree->links[a]] || open[tree->links[a] ^ 1]);
        }
    }
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        uint32_t length = 0;
        const bool from = hst_embedding_coordinate(tree, graph->edges[e].from, &length) != NULL;
        const bool to = hst_embedding_coordinate(tree, graph->edges[e].to, &length) != NULL;
        assert_true(!open[e] || from == to);
    }
}

static void coordinates_give_the_distance_in_the_tree_after_any_repairs(void **state)
{
    (void)state;
    unsigned without = 0;
    for (unsigned seed = 1; seed <= 8; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 7);
        static channels world;
        channels_open(&world, &arena, &network, &random);
        const uint32_t *opposites = hst_opposites(&world.graph, &arena);
        unsigned char open[512];
        memset(open, 1, sizeof open);
        uint32_t root = 0;
        assert_int_equal(hst_landmarks_find(&world.graph, 1, &root), 1);
        hst_embedding tree;
        assert_int_equal(hst_embedding_init(&tree, &arena, &world.graph, opposites, open, root),
                         HST_OK);
        hst_embedding_build(&tree);
        check_tree(&tree, open);
        for (unsigned i = 0; i < 150; i++) {
            const uint32_t edge = (uint32_t)hst_random_below(&random, world.graph.edge_count);
            open[edge] = hst_random_below(&random, 100) < 45; /* in the end few links are left */
            hst_embedding_changed(&tree, edge);
            check_tree(&tree, open);
        }
        for (uint32_t v = 0; v < NODES; v++) {
            uint32_t length = 0;
            without += hst_embedding_coordinate(&tree, v, &length) == NULL;
        }
        hst_arena_release(&arena);
    }
    assert_true(without < 8 * NODES / 2);
}

static void a_fresh_tree_has_the_fewest_hops_and_prefers_links_open_both_ways(void **state)
{
    (void)state;
    /* 0 - 1 - 3 open both ways, 0 - 2 - 3 too, 0 -> 3 one way only. */
    const uint32_t ends[][2] = {{0, 1}, {1, 3}, {0, 2}, {2, 3}, {0, 3}};
    hst_graph_edge edges[10];
    memset(edges, 0, sizeof edges);
    for (uint32_t i = 0; i < 5; i++) {
        edges[2 * i] = (hst_graph_edge){.from = ends[i][0], .to = ends[i][1], .enabled = true};
        edges[2 * i + 1] = (hst_graph_edge){.from = ends[i][1], .to = ends[i][0], .enabled = true};
    }
    hst_arena arena = test_arena();
    const hst_graph graph = plain_graph(&arena, 4, edges, 10);
    unsigned char open[10];
    memset(open, 1, sizeof open);
    open[9] = 0;
    hst_embedding tree;
    const uint32_t *opposites = hst_opposites(&graph, &arena);
    assert_int_equal(hst_embedding_init(&tree, &arena, &graph, opposites, open, 0), HST_OK);
    hst_embedding_build(&tree);
    uint32_t length = 0;
    const uint32_t *of_3 = hst_embedding_coordinate(&tree, 3, &length);
    assert_int_equal(length, 2);
    assert_int_equal(of_3[0], 1);
    assert_int_equal(of_3[1], 1);
    assert_int_equal(hst_embedding_distance(&tree, 2, 3), 3); /* the short cut is no tree link */
    open[9] = 1; /* both hang well already: nothing moves */
    hst_embedding_changed(&tree, 9);
    assert_int_equal(hst_embedding_parent(&tree, 3), 1);
    open[2] = 0; /* 1 -> 3 empties: 3 joins the root itself */
    hst_embedding_changed(&tree, 2);
    assert_int_equal(hst_embedding_parent(&tree, 3), 0);
    open[8] = 0; /* all but 3 -> 1 and 3 -> 0 is gone or one way: it hangs as it can */
    open[6] = 0;
    hst_embedding_changed(&tree, 6);
    hst_embedding_changed(&tree, 8);
    assert_int_equal(hst_embedding_parent(&tree, 3), 0);
    open[6] = 1; /* 2 - 3 both ways again: better than one way */
    hst_embedding_changed(&tree, 6);
    assert_int_equal(hst_embedding_parent(&tree, 3), 2);
    hst_arena_release(&arena);
}

static void shares_come_nearer_with_every_hop_and_are_carried(void **state)
{
    (void)state;
    unsigned sent = 0;
    unsigned refused = 0;
    for (unsigned seed = 1; seed <= 10; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 7);
        static channels world;
        channels_open(&world, &arena, &network, &random);
        hst_router *router = channels_router(&world, &arena, &hst_router_speedymurmurs);
        /* Trees of the test's own: nothing has moved yet, so they are the router's. */
        unsigned char open[512];
        hst_embedding trees[HST_SPEEDYMURMURS_TREES];
        uint32_t roots[HST_SPEEDYMURMURS_TREES];
        const uint32_t *opposites = hst_opposites(&world.graph, &arena);
        (void)hst_landmarks_find(&world.graph, HST_SPEEDYMURMURS_TREES, roots);
        for (uint32_t e = 0; e < world.graph.edge_count; e++) {
            open[e] = world.balances[e] > 0;
        }
        for (uint32_t t = 0; t < HST_SPEEDYMURMURS_TREES; t++) {
            assert_int_equal(
                hst_embedding_init(&trees[t], &arena, &world.graph, opposites, open, roots[t]),
                HST_OK);
            hst_embedding_build(&trees[t]);
        }
        for (unsigned i = 0; i < 200; i++) {
            static hst_route_split split;
            const hst_route_query query = {
                .source = (uint32_t)hst_random_below(&random, NODES),
                .target = (uint32_t)hst_random_below(&random, NODES),
                .amount_micro_usd = 2 + (int64_t)(1e7 * hst_random_lognormal(&random, 0, 1))};
            if (query.source == query.target) {
                continue;
            }
            if (hst_router_split(router, &query, &split) != HST_OK) {
                refused++;
                continue;
            }
            assert_true(channels_carry(&world, &split));
            assert_int_equal(split.part_count, 2);
            uint32_t hops = 0;
            for (uint32_t t = 0; t < split.part_count; t++) {
                const hst_route_part *part = &split.parts[t];
                assert_true(2 * part->amount_micro_usd - query.amount_micro_usd <= 1);
                uint32_t far = hst_embedding_distance(&trees[t], query.source, query.target);
                for (uint32_t h = 0; h < part->plan.hop_count; h++) {
                    const uint32_t at = world.graph.edges[part->plan.edges[h]].to;
                    const uint32_t now = hst_embedding_distance(&trees[t], at, query.target);
                    assert_true(now < far);
                    far = now;
                }
                assert_int_equal(far, 0);
                hops += part->plan.hop_count;
            }
            assert_int_equal(split.probes, hops);
            sent++;
        }
        hst_arena_release(&arena);
    }
    assert_true(sent > 500);
    assert_true(refused > 50);
}

static void a_restored_router_goes_on_alike_while_balances_run_out(void **state)
{
    (void)state;
    static unsigned char bytes[1 << 16];
    unsigned sent = 0;
    for (unsigned seed = 1; seed <= 6; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 7);
        static channels world;
        channels_open(&world, &arena, &network, &random);
        hst_router *router = channels_router(&world, &arena, &hst_router_speedymurmurs);
        const int64_t funds = channels_funds(&world);
        for (unsigned i = 0; i < 300; i++) {
            static hst_route_split split;
            static hst_route_split other;
            hst_route_query query = {.source = (uint32_t)hst_random_below(&random, NODES),
                                     .target = (uint32_t)hst_random_below(&random, NODES)};
            if (query.source == query.target) {
                continue;
            }
            /* All that a hop of the sender has, so that balances do run out. */
            const hst_graph_row out = hst_graph_out(&world.graph, query.source);
            const uint32_t drained = out.arcs[hst_random_below(&random, out.count)].edge;
            query.amount_micro_usd = world.balances[drained] + 1;
            hst_router *twin = NULL;
            if (i % 50 == 49) {
                hst_writer writer;
                hst_reader reader;
                hst_writer_init(&writer, bytes, sizeof bytes);
                assert_int_equal(hst_router_checkpoint(router, &writer), HST_OK);
                twin = channels_router(&world, &arena, &hst_router_speedymurmurs);
                hst_reader_init(&reader, bytes, writer.at);
                assert_int_equal(hst_router_restore(twin, &reader), HST_OK);
            }
            const hst_status status = hst_router_split(router, &query, &split);
            if (twin != NULL) {
                assert_int_equal(hst_router_split(twin, &query, &other), status);
            }
            if (status == HST_OK) {
                if (twin != NULL) {
                    assert_memory_equal(split.parts[0].plan.edges, other.parts[0].plan.edges,
                                        split.parts[0].plan.hop_count * sizeof(uint32_t));
                }
                assert_true(channels_send(&world, router, &query, &split));
                sent++;
            }
        }
        assert_int_equal(channels_funds(&world), funds);
        hst_arena_release(&arena);
    }
    assert_true(sent > 300);
}

/** The first hop of the router's way from 0 to 3, HST_GRAPH_NONE when it has none. */
static uint32_t way_to_3(hst_router *router)
{
    const hst_route_query query = {.target = 3, .amount_micro_usd = 10};
    hst_route_plan plan;
    return hst_router_route(router, &query, &plan) == HST_OK ? plan.edges[0] : HST_GRAPH_NONE;
}

/** Set a hop's balance, and tell the router that a payment passed there, or not. */
static void set_balance(channels *world, hst_router *router, uint32_t edge, int64_t balance)
{
    world->balances[edge] = balance;
    if (router != NULL) {
        const hst_hop_outcome outcome = {.edge = edge, .amount_micro_usd = 1};
        hst_router_feedback(router, &outcome, 1);
    }
}

static void a_node_joins_elsewhere_when_its_link_is_seen_to_be_empty(void **state)
{
    (void)state;
    /* A square 0 - 1 - 3 - 2 - 0; both roots, 0 and 1, have 2 hang on 0. */
    enum { TO_1 = 0, FROM_1 = 2, TO_2 = 4, FROM_2 = 6 };
    const uint32_t ends[][2] = {{0, 1}, {1, 3}, {0, 2}, {2, 3}};
    hst_graph_edge edges[8];
    int64_t balances[8];
    memset(edges, 0, sizeof edges);
    for (uint32_t i = 0; i < 4; i++) {
        edges[2 * i] = (hst_graph_edge){.from = ends[i][0], .to = ends[i][1], .enabled = true};
        edges[2 * i + 1] = (hst_graph_edge){.from = ends[i][1], .to = ends[i][0], .enabled = true};
        balances[2 * i] = balances[2 * i + 1] = 100;
    }
    hst_arena arena = test_arena();
    hst_random random = hst_random_stream(1, 0, 0, 7);
    static channels world;
    channels_open(&world, &arena, &network, &random); /* for the view */
    world.graph = plain_graph(&arena, 4, edges, 8);
    world.balances = balances;
    hst_router *router = channels_router(&world, &arena, &hst_router_speedymurmurs);
    assert_int_equal(way_to_3(router), TO_1);
    set_balance(&world, router, FROM_1, 0); /* told: it knows at once */
    assert_int_equal(way_to_3(router), TO_2);
    set_balance(&world, router, FROM_1, 100);
    set_balance(&world, router, FROM_2, 0);
    assert_int_equal(way_to_3(router), TO_1);
    set_balance(&world, router, FROM_2, 100);
    set_balance(&world, NULL, FROM_1, 0); /* not told: the share is stuck */
    assert_int_equal(way_to_3(router), HST_GRAPH_NONE);
    set_balance(&world, router, FROM_1 + 1, 100); /* a payment the other way: its ends see both */
    assert_int_equal(way_to_3(router), TO_2);
    hst_arena_release(&arena);
}

static void a_state_that_is_no_tree_is_refused(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_random random = hst_random_stream(1, 0, 0, 7);
    static channels world;
    static unsigned char bytes[1 << 14];
    const channels_recipe tiny = {.node_count = 5, .links = 2, .balance = 1e8};
    channels_open(&world, &arena, &tiny, &random);
    hst_router *router = channels_router(&world, &arena, &hst_router_speedymurmurs);
    static hst_route_split split;
    const hst_route_query query = {.source = 0, .target = 4, .amount_micro_usd = 2};
    hst_ignore(hst_router_split(router, &query, &split));
    hst_writer writer;
    hst_writer_init(&writer, bytes, sizeof bytes);
    assert_int_equal(hst_router_checkpoint(router, &writer), HST_OK);
    unsigned refused = 0;
    for (size_t at = 0; at < writer.at; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            hst_reader reader;
            bytes[at] ^= (unsigned char)(1U << bit);
            hst_reader_init(&reader, bytes, writer.at);
            refused += hst_router_restore(router, &reader) != HST_OK ||
                       hst_reader_finish(&reader) != HST_OK;
            hst_ignore(hst_router_split(router, &query, &split)); /* whatever it says, it ends */
            bytes[at] ^= (unsigned char)(1U << bit);
        }
    }
    assert_true(refused > writer.at * 8 / 2);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coordinates_give_the_distance_in_the_tree_after_any_repairs),
        cmocka_unit_test(a_fresh_tree_has_the_fewest_hops_and_prefers_links_open_both_ways),
        cmocka_unit_test(shares_come_nearer_with_every_hop_and_are_carried),
        cmocka_unit_test(a_restored_router_goes_on_alike_while_balances_run_out),
        cmocka_unit_test(a_node_joins_elsewhere_when_its_link_is_seen_to_be_empty),
        cmocka_unit_test(a_state_that_is_no_tree_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
