/* R13 against all paths whose steps the table of types allows, and the rules of the ranking. */
#include "core/routing/recost.h"
#include "core/routing/xrpl_paths.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/pools.h"
#include "tests/unit/routing/support.h"

#include <string.h>

/* The table of the header's source up to level 7, spelled out once more, default paths first. */
static const char *const same[] = {"sd",    "sad",   "sfd",   "safd",   "sfad",  "saad",  "sbfd",
                                   "sxfad", "safad", "saxfd", "saxfad", "sabfd", "saaad", NULL};
static const char *const from_bridge[] = {"sfd", "sfad", "sfaad", "sbfd", NULL};
static const char *const to_bridge[] = {"sfd", "sxd", "saxd", "saaxd", "sbxd", NULL};
static const char *const other[] = {"sfd",   "sfad", "safd",   "safad", "sxfd",  "saxfd",
                                    "sxfad", "sbfd", "saxfad", "sabfd", "saafd", NULL};

typedef struct all_paths {
    hst_graph *graph;
    pools *market;
    const hst_route_query *query;
    uint32_t bridge;
    bool visited[64];
    uint32_t edges[8];
    int64_t least; /* loss of the smallest useful amount, -1 = no path */
} all_paths;

static uint16_t currency(const all_paths *all, uint32_t node)
{
    return all->graph->nodes[node].currency;
}

/** May a hop be this step? */
static bool is_step(const all_paths *all, const hst_graph_edge *edge, char step)
{
    const uint16_t from = currency(all, edge->from);
    const uint16_t to = currency(all, edge->to);
    return step == 'b'   ? from != to
           : step == 'x' ? from != to && to == all->bridge
           : step == 'f' ? from != to && to == currency(all, all->query->target)
                         : from == to;
}

/** Do hops match a type? Its last step, d, may be no hop. */
static bool matches(const all_paths *all, const char *type, uint32_t hops)
{
    const uint32_t steps = (uint32_t)strlen(type) - 1;
    if (hops != steps && hops + 1 != steps) {
        return false;
    }
    for (uint32_t i = 0; i < hops; i++) {
        if (!is_step(all, &all->graph->edges[all->edges[i]], type[i + 1])) {
            return false;
        }
    }
    return hops > 0;
}

static const char *const *types(const all_paths *all)
{
    const uint16_t source = currency(all, all->query->source);
    const uint16_t target = currency(all, all->query->target);
    if (source == target) {
        return same;
    }
    return source == all->bridge ? from_bridge : target == all->bridge ? to_bridge : other;
}

static void consider(all_paths *all, uint32_t hops)
{
    int64_t arriving = all->query->amount_micro_usd / 8;
    bool whole = true;
    for (uint32_t i = 0; i < hops; i++) {
        arriving = pools_deliver(all->market, all->edges[i], arriving);
        whole = whole && hst_graph_edge_open(&all->graph->edges[all->edges[i]],
                                             all->query->amount_micro_usd);
    }
    const int64_t loss = all->query->amount_micro_usd / 8 - arriving;
    bool allowed = false;
    for (const char *const *type = types(all); *type != NULL; type++) {
        allowed = allowed || matches(all, *type, hops);
    }
    if (allowed && whole && (all->least < 0 || loss < all->least)) {
        all->least = loss;
    }
}

static void try_all(all_paths *all, uint32_t node, uint32_t hops)
{
    if (node == all->query->target) {
        consider(all, hops);
        return;
    }
    const bool forwards = (all->graph->nodes[node].flags & HST_NODE_TRANSIT) != 0;
    if (hops == 5 || (node != all->query->source && !forwards)) {
        return;
    }
    all->visited[node] = true;
    for (uint32_t e = 0; e < all->graph->edge_count; e++) {
        const hst_graph_edge *edge = &all->graph->edges[e];
        if (edge->from == node && !all->visited[edge->to] && edge->enabled) {
            all->edges[hops] = e;
            try_all(all, edge->to, hops + 1);
        }
    }
    all->visited[node] = false;
}

static uint32_t bridge_of(const hst_graph *graph)
{
    uint32_t counts[8] = {0};
    uint32_t best = 0;
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        const uint16_t from = graph->nodes[graph->edges[e].from].currency;
        const uint16_t to = graph->nodes[graph->edges[e].to].currency;
        counts[from] += from != to ? 1 : 0;
        counts[to] += from != to ? 1 : 0;
    }
    for (uint32_t c = 1; c < 8; c++) {
        best = counts[c] > counts[best] ? c : best;
    }
    return best;
}

static void its_path_has_the_best_quality_of_all_the_table_allows(void **state)
{
    (void)state;
    unsigned answered = 0;
    for (unsigned seed = 1; seed <= 200; seed++) {
        assertion.seed = seed;
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 61);
        const graph_recipe recipe = {.node_count = 10,
                                     .edge_count = 24 + seed % 12,
                                     .currency_count = 2 + seed % 4,
                                     .transit_share = 90,
                                     .disabled_share = 5,
                                     .limited_share = 20,
                                     .distinct_charges = 20,
                                     .charge_step = 3,
                                     .limit_max = 20000};
        hst_graph graph = random_graph(&arena, &recipe, &random);
        pools market = random_pools(&graph, &random, 100000);
        const hst_route_view view = {.context = &market, .delivers = pools_deliver};
        const hst_router_setup setup = {.graph = &graph, .arena = &arena, .view = &view};
        hst_router *router = NULL;
        assert_int_equal(hst_router_create(&hst_router_xrpl_paths, &setup, &router), HST_OK);
        for (unsigned i = 0; i < 12; i++) {
            const hst_route_query query = {
                .source = (uint32_t)hst_random_below(&random, 5),
                .target = 5 + (uint32_t)hst_random_below(&random, 5),
                .amount_micro_usd = 8 * (100 + (int64_t)hst_random_below(&random, 1000))};
            all_paths all;
            memset(&all, 0, sizeof all);
            all.graph = &graph;
            all.market = &market;
            all.query = &query;
            all.bridge = bridge_of(&graph);
            all.least = -1;
            try_all(&all, query.source, 0);
            hst_route_plan plan;
            const hst_status status = hst_router_route(router, &query, &plan);
            assert_int_equal(status, all.least >= 0 ? HST_OK : HST_NO_PATH);
            if (status == HST_OK) {
                int64_t arriving = query.amount_micro_usd / 8;
                for (uint32_t h = 0; h < plan.hop_count; h++) {
                    arriving = pools_deliver(&market, plan.edges[h], arriving);
                }
                assert_int_equal(query.amount_micro_usd / 8 - arriving, all.least);
                answered++;
            }
        }
        hst_arena_release(&arena);
    }
    assert_true(answered > 700);
}

/** Parallel hops with limits; their rates rise. */
static hst_graph ladder(hst_arena *arena, const int64_t *limits, uint32_t count)
{
    hst_graph_edge edges[16];
    memset(edges, 0, sizeof edges);
    for (uint32_t i = 0; i < count; i++) {
        edges[i] = (hst_graph_edge){.from = 0,
                                    .to = 1,
                                    .kind = HST_HOP_BOOK,
                                    .rate_ppb = 1000000 * (int64_t)(i + 1),
                                    .limit_micro_usd = limits[i],
                                    .enabled = true};
    }
    return plain_graph(arena, 2, edges, count);
}

static hst_status ask(const int64_t *limits, uint32_t count, int64_t amount, hst_route_split *split)
{
    hst_arena arena = test_arena();
    hst_graph graph = ladder(&arena, limits, count);
    const hst_router_setup setup = {.graph = &graph, .arena = &arena};
    const hst_route_query query = {.target = 1, .amount_micro_usd = amount};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_xrpl_paths, &setup, &router), HST_OK);
    const hst_status status = hst_router_split(router, &query, split);
    hst_arena_release(&arena);
    return status;
}

static void small_paths_are_dropped_and_the_sixth_must_fill_the_rest(void **state)
{
    (void)state;
    hst_route_split split;
    /* An eighth of 80,000 is 10,000: the first, cheapest, is too small to be useful. */
    const int64_t small_first[] = {9999, 40000, 40000};
    assert_int_equal(ask(small_first, 3, 80000, &split), HST_OK);
    assert_int_equal(split.part_count, 2);
    assert_int_equal(split.parts[0].plan.edges[0], 1);
    /* Five useful paths of 10,000; the sixth of 20,000 does not fill 30,000, the seventh does. */
    const int64_t seventh[] = {10000, 10000, 10000, 10000, 10000, 20000, 30000};
    assert_int_equal(ask(seventh, 7, 80000, &split), HST_OK);
    assert_int_equal(split.part_count, 6);
    assert_int_equal(split.parts[5].plan.edges[0], 6);
    assert_int_equal(split.parts[5].amount_micro_usd, 30000);
    /* None that fills: more than six paths are not taken. */
    const int64_t none[] = {10000, 10000, 10000, 10000, 10000, 20000, 20000};
    assert_int_equal(ask(none, 7, 80000, &split), HST_NO_PATH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_path_has_the_best_quality_of_all_the_table_allows),
        cmocka_unit_test(small_paths_are_dropped_and_the_sixth_must_fill_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
