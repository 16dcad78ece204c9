/* The k best paths against all paths there are, sorted. */
#include "core/routing/yen.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <string.h>

enum { ALL_MAX = 20000 };

/** Every path without repeated nodes, in the searches' order once sorted. */
typedef struct listing {
    const hst_graph *graph;
    const hst_search_query *query;
    hst_yen_path *all;
    uint32_t count;
    hst_yen_path trial;
    bool visited[16];
} listing;

static hst_weight draw_weight(void *context, uint32_t edge)
{
    const hst_random *key = context;
    hst_random stream = {key->key, key->counter + edge * UINT64_C(1000)};
    const uint64_t draw = hst_random_below(&stream, 6);
    return draw == 5 ? HST_WEIGHT_CLOSED : (hst_weight)draw;
}

static void extend(listing *state, uint32_t node)
{
    if (node == state->query->target) {
        assert_true(state->count < ALL_MAX);
        state->all[state->count++] = state->trial;
        return;
    }
    const bool inner = node != state->query->source;
    const bool forwards = (state->graph->nodes[node].flags & HST_NODE_TRANSIT) != 0;
    if ((inner && !forwards) || state->trial.hop_count == state->graph->hop_limit) {
        return;
    }
    state->visited[node] = true;
    for (uint32_t e = 0; e < state->graph->edge_count; e++) {
        const hst_graph_edge *edge = &state->graph->edges[e];
        const hst_weight weight = state->query->weigh(state->query->weigh_context, e);
        if (edge->from != node || state->visited[edge->to] || weight == HST_WEIGHT_CLOSED ||
            !hst_graph_edge_open(edge, state->query->amount_micro_usd)) {
            continue;
        }
        state->trial.edges[state->trial.hop_count++] = e;
        state->trial.weight += weight;
        extend(state, edge->to);
        state->trial.weight -= weight;
        state->trial.hop_count--;
    }
    state->visited[node] = false;
}

static int compare(const void *left, const void *right)
{
    const hst_yen_path *a = left;
    const hst_yen_path *b = right;
    int order = (a->weight > b->weight) - (a->weight < b->weight);
    if (order == 0) {
        order = (a->hop_count > b->hop_count) - (a->hop_count < b->hop_count);
    }
    for (uint32_t i = 0; order == 0 && i < a->hop_count; i++) {
        order = (a->edges[i] > b->edges[i]) - (a->edges[i] < b->edges[i]);
    }
    return order;
}

static void the_k_best_paths_are_the_first_k_of_all_paths_sorted(void **state)
{
    (void)state;
    static hst_yen_path all[ALL_MAX];
    static hst_yen yen;
    unsigned compared = 0;
    for (unsigned seed = 1; seed <= 250; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 1);
        hst_random key = hst_random_stream(seed, 0, 1, 1);
        const graph_recipe recipe = {.node_count = 3 + (uint32_t)hst_random_below(&random, 5),
                                     .edge_count = 4 + (uint32_t)hst_random_below(&random, 22),
                                     .currency_count = 1,
                                     .transit_share = 80,
                                     .disabled_share = 5,
                                     .distinct_charges = 2,
                                     .charge_step = 1};
        const hst_graph graph = random_graph(&arena, &recipe, &random);
        hst_search search;
        assert_int_equal(hst_search_init(&search, &arena, &graph), HST_OK);
        hst_search_query query = simple_query(0, graph.node_count - 1, 1);
        query.order = HST_ORDER_WEIGHED;
        query.weigh = draw_weight;
        query.weigh_context = &key;
        listing list = {.graph = &graph, .query = &query, .all = all};
        extend(&list, query.source);
        qsort(all, list.count, sizeof all[0], compare);
        const uint32_t k = 1 + seed % HST_YEN_PATH_MAX;
        const hst_status status = hst_yen_paths(&yen, &search, &query, k);
        assert_int_equal(status, list.count > 0 ? HST_OK : HST_NO_PATH);
        const uint32_t wanted = list.count < k ? list.count : k;
        for (uint32_t i = 0; status == HST_OK && i < wanted; i++) {
            assert_int_equal(yen.path_count, wanted);
            assert_int_equal(compare(&yen.paths[i], &all[i]), 0);
            compared++;
        }
        hst_arena_release(&arena);
    }
    assert_true(compared > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_k_best_paths_are_the_first_k_of_all_paths_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
