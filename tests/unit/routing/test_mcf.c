/* Min-cost flow against cycle cancelling on small graphs and published totals on G1. */
#include "core/routing/mcf.h"

#include "tests/unit/routing/g1.h"
#include "tests/unit/routing/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { NODES_MAX = 8, HOPS_MAX = 24, PIECES = 2, ARCS_MAX = HOPS_MAX * PIECES };

/** Drawn once for all tests of this program. */
static g1_graph g1; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): above

/** A small network, spelled out. */
typedef struct network {
    uint32_t node_count;
    uint32_t hop_count;
    uint32_t pieces;
    uint32_t tails[HOPS_MAX];
    uint32_t heads[HOPS_MAX];
    int64_t capacities[ARCS_MAX];
    int64_t costs[ARCS_MAX];
} network;

/** The reference's flow by arc. */
typedef struct reference {
    const network *net;
    int64_t flow[ARCS_MAX];
} reference;

/** Residual arc i of the reference: arc i forward, or arc i - ARCS_MAX back. */
static bool residual(const reference *ref,
                     uint32_t i,
                     uint32_t *from,
                     uint32_t *to,
                     int64_t *capacity,
                     int64_t *cost)
{
    const uint32_t arc = i % ARCS_MAX;
    const uint32_t hop = arc / ref->net->pieces;
    const bool back = i >= ARCS_MAX;
    if (hop >= ref->net->hop_count) {
        return false;
    }
    *from = back ? ref->net->heads[hop] : ref->net->tails[hop];
    *to = back ? ref->net->tails[hop] : ref->net->heads[hop];
    *capacity = back ? ref->flow[arc] : ref->net->capacities[arc] - ref->flow[arc];
    *cost = back ? -ref->net->costs[arc] : ref->net->costs[arc];
    return *capacity > 0;
}

/** One more unit from source to target by any way. */
static bool send_one(reference *ref, uint32_t source, uint32_t target)
{
    uint32_t via[NODES_MAX];
    bool seen[NODES_MAX] = {false};
    seen[source] = true;
    for (uint32_t round = 0; round < NODES_MAX; round++) {
        for (uint32_t i = 0; i < 2 * ARCS_MAX; i++) {
            uint32_t from = 0;
            uint32_t to = 0;
            int64_t capacity = 0;
            int64_t cost = 0;
            if (residual(ref, i, &from, &to, &capacity, &cost) && seen[from] && !seen[to]) {
                seen[to] = true;
                via[to] = i;
            }
        }
    }
    if (!seen[target]) {
        return false;
    }
    for (uint32_t v = target; v != source;) {
        uint32_t from = 0;
        uint32_t to = 0;
        int64_t capacity = 0;
        int64_t cost = 0;
        (void)residual(ref, via[v], &from, &to, &capacity, &cost);
        ref->flow[via[v] % ARCS_MAX] += via[v] >= ARCS_MAX ? -1 : 1;
        v = from;
    }
    return true;
}

/** Move one unit around a cycle of negative cost; false when there is none. */
static bool cancel_one(reference *ref)
{
    int64_t distance[NODES_MAX] = {0};
    uint32_t via[NODES_MAX];
    uint32_t start = NODES_MAX;
    for (uint32_t round = 0; round <= ref->net->node_count; round++) {
        start = NODES_MAX;
        for (uint32_t i = 0; i < 2 * ARCS_MAX; i++) {
            uint32_t from = 0;
            uint32_t to = 0;
            int64_t capacity = 0;
            int64_t cost = 0;
            if (residual(ref, i, &from, &to, &capacity, &cost) &&
                distance[from] + cost < distance[to]) {
                distance[to] = distance[from] + cost;
                via[to] = i;
                start = to;
            }
        }
    }
    if (start == NODES_MAX) {
        return false;
    }
    uint32_t ends[2];
    int64_t capacity = 0;
    int64_t cost = 0;
    for (uint32_t i = 0; i < NODES_MAX; i++) { /* back into the cycle */
        (void)residual(ref, via[start], &ends[0], &ends[1], &capacity, &cost);
        start = ends[0];
    }
    uint32_t v = start;
    do {
        const uint32_t arc = via[v];
        (void)residual(ref, arc, &ends[0], &ends[1], &capacity, &cost);
        ref->flow[arc % ARCS_MAX] += arc >= ARCS_MAX ? -1 : 1;
        v = ends[0];
    } while (v != start);
    return true;
}

/** Units sent and their least cost, by cycle cancelling (Klein, 1967). */
static int64_t
slow_solve(const network *net, uint32_t source, uint32_t target, int64_t amount, int64_t *cost)
{
    reference ref = {.net = net};
    int64_t sent = 0;
    while (sent < amount && send_one(&ref, source, target)) {
        sent++;
    }
    while (cancel_one(&ref)) {
    }
    *cost = 0;
    for (uint32_t arc = 0; arc < net->hop_count * net->pieces; arc++) {
        *cost += ref.flow[arc] * net->costs[arc];
    }
    return sent;
}

static network draw_network(hst_random *random)
{
    network net = {.node_count = 2 + (uint32_t)hst_random_below(random, NODES_MAX - 1),
                   .hop_count = (uint32_t)hst_random_below(random, HOPS_MAX + 1),
                   .pieces = PIECES};
    for (uint32_t i = 0; i < net.hop_count; i++) {
        net.tails[i] = (uint32_t)hst_random_below(random, net.node_count);
        net.heads[i] = (uint32_t)hst_random_below(random, net.node_count - 1);
        net.heads[i] += net.heads[i] >= net.tails[i];
    }
    return net;
}

static void draw_arcs(network *net, hst_random *random, hst_mcf *mcf)
{
    const uint64_t dear = 1 + hst_random_below(random, 6); /* few values: many ties */
    for (uint32_t arc = 0; arc < net->hop_count * net->pieces; arc++) {
        net->capacities[arc] = (int64_t)hst_random_below(random, 5);
        net->costs[arc] = (int64_t)hst_random_below(random, dear);
        hst_mcf_set_arc(mcf, arc, net->capacities[arc], net->costs[arc]);
    }
}

/** Flow within capacities, kept at every node, and of the cost that is said. */
static void check_flow(const network *net, const hst_mcf *mcf, int64_t sent)
{
    int64_t excess[NODES_MAX] = {0};
    int64_t cost = 0;
    for (uint32_t arc = 0; arc < net->hop_count * net->pieces; arc++) {
        const int64_t flow = hst_mcf_flow(mcf, arc);
        assert_true(flow >= 0 && flow <= net->capacities[arc]);
        excess[net->tails[arc / net->pieces]] -= flow;
        excess[net->heads[arc / net->pieces]] += flow;
        cost += flow * net->costs[arc];
    }
    for (uint32_t v = 0; v < net->node_count; v++) {
        const int64_t expected = v == mcf->source ? -sent : v == mcf->target ? sent : 0;
        assert_int_equal(excess[v], expected);
    }
    assert_true((hst_weight)(uint64_t)cost == mcf->cost);
}

/** Paths join, visit no node twice, add up to what was sent and take no more than the flow. */
static uint32_t check_paths(const network *net, hst_mcf *mcf, int64_t sent)
{
    int64_t left[HOPS_MAX] = {0};
    uint32_t carrying = 0;
    for (uint32_t hop = 0; hop < net->hop_count; hop++) {
        for (uint32_t i = 0; i < net->pieces; i++) {
            left[hop] += hst_mcf_flow(mcf, hop * net->pieces + i);
        }
        carrying += left[hop] > 0;
    }
    uint32_t paths = 0;
    hst_mcf_path path;
    while (hst_mcf_take_path(mcf, &path) == HST_OK) {
        bool seen[NODES_MAX] = {false};
        uint32_t at = mcf->source;
        assert_true(path.flow > 0);
        for (uint32_t i = 0; i < path.hop_count; i++) {
            const uint32_t hop = path.hops[i];
            assert_int_equal(net->tails[hop], at);
            assert_false(seen[at]);
            seen[at] = true;
            at = net->heads[hop];
            left[hop] -= path.flow;
            assert_true(left[hop] >= 0);
        }
        assert_int_equal(at, mcf->target);
        assert_false(seen[at]);
        sent -= path.flow;
        paths++;
    }
    assert_int_equal(sent, 0);
    assert_true(paths <= carrying);
    return paths;
}

static void flows_cost_what_cycle_cancelling_finds(void **state)
{
    (void)state;
    hst_random random = hst_random_stream(5, 0, 0, 1);
    uint32_t short_of = 0;
    uint32_t several = 0;
    for (unsigned round = 0; round < 400; round++) {
        hst_arena arena = test_arena();
        hst_mcf mcf;
        network net = draw_network(&random);
        assert_int_equal(hst_mcf_init(&mcf, &arena, net.node_count, net.hop_count, net.tails,
                                      net.heads, net.pieces),
                         HST_OK);
        for (unsigned i = 0; i < 8; i++) { /* on one scratch, by both methods in turn */
            hst_mcf_set_paths_max(&mcf, i % 2 == 0 ? UINT32_MAX : 0);
            if (i % 4 == 0) {
                draw_arcs(&net, &random, &mcf);
            }
            const uint32_t source = (uint32_t)hst_random_below(&random, net.node_count);
            const uint32_t target = (source + 1) % net.node_count;
            const int64_t amount = 1 + (int64_t)hst_random_below(&random, 12);
            int64_t cost = 0;
            const int64_t sent = slow_solve(&net, source, target, amount, &cost);
            const hst_status status = hst_mcf_solve(&mcf, source, target, amount);
            assert_int_equal(status, sent == amount ? HST_OK : HST_NO_PATH);
            assert_int_equal(mcf.sent, sent);
            assert_true(mcf.cost == (hst_weight)(uint64_t)cost);
            check_flow(&net, &mcf, sent);
            assert_true(i % 2 == 0 || sent == 0 || mcf.simplex.pivots > 0);
            several += check_paths(&net, &mcf, sent) > 1;
            short_of += sent < amount;
        }
        hst_arena_release(&arena);
    }
    assert_true(several > 200);
    assert_true(short_of > 200);
}

static void the_cheaper_piece_of_a_hop_fills_first(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const uint32_t tails[] = {0, 0};
    const uint32_t heads[] = {1, 1};
    hst_mcf mcf;
    assert_int_equal(hst_mcf_init(&mcf, &arena, 2, 2, tails, heads, 2), HST_OK);
    hst_mcf_set_arc(&mcf, 0, 10, 1);
    hst_mcf_set_arc(&mcf, 1, 10, 5);
    hst_mcf_set_arc(&mcf, 2, 10, 3);
    hst_mcf_set_arc(&mcf, 3, 10, 9);
    assert_int_equal(hst_mcf_solve(&mcf, 0, 1, 25), HST_OK);
    assert_int_equal(hst_mcf_flow(&mcf, 0), 10);
    assert_int_equal(hst_mcf_flow(&mcf, 1), 5);
    assert_int_equal(hst_mcf_flow(&mcf, 2), 10);
    assert_int_equal(hst_mcf_flow(&mcf, 3), 0);
    assert_true(mcf.cost == 10 * 1 + 10 * 3 + 5 * 5);
    hst_mcf_path path;
    assert_int_equal(hst_mcf_take_path(&mcf, &path), HST_OK); /* the pieces of a hop together */
    assert_int_equal(path.flow, 15);
    assert_int_equal(hst_mcf_take_path(&mcf, &path), HST_OK);
    assert_int_equal(path.flow, 10);
    assert_int_equal(hst_mcf_take_path(&mcf, &path), HST_NO_PATH);
    hst_arena_release(&arena);
}

static void a_free_hop_to_nowhere_carries_nothing(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const uint32_t tails[] = {0, 0, 1};
    const uint32_t heads[] = {1, 2, 2};
    hst_mcf mcf;
    assert_int_equal(hst_mcf_init(&mcf, &arena, 3, 3, tails, heads, 1), HST_OK);
    hst_mcf_set_arc(&mcf, 0, 10, 0);
    hst_mcf_set_arc(&mcf, 1, 4, 7);
    hst_mcf_set_arc(&mcf, 2, 2, 0);
    for (uint32_t i = 0; i < 2; i++) {
        hst_mcf_path path;
        int64_t taken = 0;
        hst_mcf_set_paths_max(&mcf, i == 0 ? UINT32_MAX : 0);
        assert_int_equal(hst_mcf_solve(&mcf, 0, 2, 100), HST_NO_PATH);
        assert_int_equal(hst_mcf_flow(&mcf, 0), 2);
        while (hst_mcf_take_path(&mcf, &path) == HST_OK) {
            taken += path.flow;
        }
        assert_int_equal(taken, 6);
    }
    hst_arena_release(&arena);
}

/* Free circles through source and target may come with an answer; they are no part of it. */
static void paths_of_free_hops_add_up_to_what_was_asked(void **state)
{
    (void)state;
    enum { NODES = 6, HOPS = 24 };
    uint32_t tails[HOPS];
    uint32_t heads[HOPS];
    hst_random random = hst_random_stream(5, 0, 0, 7);
    for (unsigned round = 0; round < 3000; round++) {
        hst_arena arena = test_arena();
        hst_mcf mcf;
        for (uint32_t i = 0; i < HOPS; i++) {
            tails[i] = (uint32_t)hst_random_below(&random, NODES);
            heads[i] = (tails[i] + 1 + (uint32_t)hst_random_below(&random, NODES - 1)) % NODES;
        }
        assert_int_equal(hst_mcf_init(&mcf, &arena, NODES, HOPS, tails, heads, 1), HST_OK);
        for (uint32_t i = 0; i < HOPS; i++) {
            hst_mcf_set_arc(&mcf, i, (int64_t)hst_random_below(&random, 9),
                            (int64_t)hst_random_below(&random, 2));
        }
        hst_mcf_set_paths_max(&mcf, 0);
        const int64_t asked = 1 + (int64_t)hst_random_below(&random, 20);
        int64_t taken = 0;
        hst_mcf_path path;
        const hst_status status = hst_mcf_solve(&mcf, 0, 1, asked);
        while (hst_mcf_take_path(&mcf, &path) == HST_OK) {
            taken += path.flow;
        }
        assert_true(status == HST_OK ? taken == asked : taken < asked);
        hst_arena_release(&arena);
    }
}

static void totals_on_the_published_graph_are_the_published_ones(void **state)
{
    (void)state;
    static const int64_t amounts[] = {50, 500, 2000};
    static const uint64_t totals[] = {406709, 4334707, 21595566};
    hst_arena arena = test_arena();
    hst_mcf mcf;
    assert_int_equal(hst_mcf_init(&mcf, &arena, G1_NODES, G1_ARCS, g1.tails, g1.heads, 1), HST_OK);
    for (uint32_t arc = 0; arc < G1_ARCS; arc++) {
        hst_mcf_set_arc(&mcf, arc, g1.capacities[arc], g1.weights[arc]);
    }
    /* By paths, by the simplex, and as a user gets it. */
    static const uint32_t methods[] = {UINT32_MAX, 0, HST_MCF_PATHS_DEFAULT};
    for (unsigned i = 0; i < 9; i++) {
        uint64_t x = G1_FIRST_STATE;
        hst_mcf_set_paths_max(&mcf, methods[i / 3]);
        hst_weight total = 0;
        for (unsigned pairs = 0; pairs < 8;) {
            const uint32_t source = g1_next_node(&x);
            const uint32_t target = g1_next_node(&x);
            if (source == target) {
                continue;
            }
            assert_int_equal(hst_mcf_solve(&mcf, source, target, amounts[i % 3]), HST_OK);
            total += mcf.cost;
            pairs++;
        }
        assert_int_equal((uint64_t)total, totals[i % 3]);
    }
    hst_arena_release(&arena);
}

int main(void)
{
    g1_draw(&g1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_cost_what_cycle_cancelling_finds),
        cmocka_unit_test(the_cheaper_piece_of_a_hop_fills_first),
        cmocka_unit_test(a_free_hop_to_nowhere_carries_nothing),
        cmocka_unit_test(paths_of_free_hops_add_up_to_what_was_asked),
        cmocka_unit_test(totals_on_the_published_graph_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
