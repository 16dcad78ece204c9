/* CLoTH's search against every simple path there is; what senders remember against the formulas. */
#include "sim/channel/books.h"
#include "sim/channel/cloth_generate.h"
#include "sim/channel/cloth_search.h"

#include "tests/unit/channel/ring.h"

#include <math.h>
#include <string.h>

/** A random network of CLoTH's kind and what a search needs. */
typedef struct lab {
    test_memory memory;
    hst_arena arena;
    hst_channel channels[RING_CHANNEL_MAX];
    hst_channel_table table;
    hst_cloth_graph graph;
    hst_ledger *ledger;
    uint32_t accounts[RING_CHANNEL_MAX];
    hst_cloth_history history;
    hst_cloth_search search;
} lab;

static hst_channel_side lab_side(hst_random *random, int64_t capacity, int64_t share)
{
    /* Fees that now and then cost as much as an attempt; smallest amounts around the amount. */
    const bool dear = hst_random_below(random, 4) == 0;
    return (hst_channel_side){
        .given_msat = share,
        .base_msat = (int64_t)hst_random_below(random, dear ? 400000 : 2000),
        .ppm = (uint32_t)hst_random_below(random, dear ? 900000 : 5000),
        .blocks = (uint16_t)hst_random_below(random, hst_random_below(random, 6) == 0 ? 1500 : 150),
        .htlc_min_msat =
            hst_random_below(random, 8) == 0 ? (int64_t)hst_random_below(random, 300000) : 0,
        .htlc_max_msat = capacity,
        .enabled = true};
}

static lab *new_lab(uint32_t nodes, uint32_t channels, uint64_t seed)
{
    lab *l = calloc(1, sizeof *l);
    assert_non_null(l);
    l->memory.fail_at = SIZE_MAX;
    hst_arena_init(&l->arena, test_memory_of(&l->memory), 1 << 16);
    hst_random random = hst_random_stream(seed, 5, 0, 18);
    for (uint32_t i = 0; i < channels; i++) {
        hst_channel *c = &l->channels[i];
        c->nodes[0] = (uint32_t)hst_random_below(&random, nodes);
        c->nodes[1] = (c->nodes[0] + 1 + (uint32_t)hst_random_below(&random, nodes - 1)) % nodes;
        c->capacity_msat = 50000 + (int64_t)hst_random_below(&random, 1000000);
        const int64_t share = (int64_t)hst_random_below(&random, (uint64_t)c->capacity_msat + 1);
        c->side[0] = lab_side(&random, c->capacity_msat, share);
        c->side[1] = lab_side(&random, c->capacity_msat, c->capacity_msat - share);
    }
    l->table = (hst_channel_table){.node_count = nodes, .count = channels, .channels = l->channels};
    const hst_memory memory = test_memory_of(&l->memory);
    assert_int_equal(hst_channel_books_begin(&l->table, memory, &l->ledger), HST_OK);
    for (uint32_t i = 1; i < channels; i += 2) { /* the others are not used yet */
        assert_int_equal(hst_channel_books_add(&l->table, i, l->ledger, &l->accounts[i]), HST_OK);
    }
    assert_int_equal(hst_cloth_graph_create(&l->table, &l->arena, &l->graph), HST_OK);
    assert_int_equal(hst_cloth_history_init(&l->history, &l->arena, nodes), HST_OK);
    assert_int_equal(hst_cloth_search_init(&l->search, &l->graph, l->ledger, l->accounts,
                                           &l->history, memory, &l->arena),
                     HST_OK);
    return l;
}

static void close_lab(lab *l)
{
    hst_cloth_search_release(&l->search);
    hst_ledger_destroy(l->ledger);
    hst_arena_release(&l->arena);
    assert_int_equal(l->memory.held, 0);
    free(l);
}

/* ---- every simple path -------------------------------------------------------------------- */

typedef struct way {
    int64_t amount;
    double weight, chance;
    uint32_t blocks, hops;
} way;

typedef struct least {
    int64_t distance;
    double chance;
    uint64_t paths;
    uint64_t lifted; /* paths that a hop takes only because of fees */
} least;

static const hst_cloth_record *record_of(const lab *l, uint32_t sender, uint32_t node)
{
    const hst_cloth_record *r = l->history.senders[sender];
    while (r != NULL && r->node != node) {
        r = r->next;
    }
    return r;
}

/** One hop back by the rules as they are written; false = forbidden. */
static bool step(const lab *l, const hst_cloth_query *q, uint32_t edge, way *w)
{
    const uint32_t from = hst_channel_from(&l->table, edge);
    const hst_channel_side *side = hst_channel_side_at(&l->table, edge);
    const bool own = from == q->sender;
    const int64_t room = own ? side->given_msat : l->channels[edge / 2].capacity_msat;
    if (room < w->amount || w->amount < side->htlc_min_msat) {
        return false;
    }
    const double chance = hst_cloth_chance(record_of(l, q->sender, from), own,
                                           hst_channel_to(&l->table, edge), w->amount, q->now_ms);
    const int64_t fee = own ? 0 : side->base_msat + w->amount * (int64_t)side->ppm / 1000000;
    w->amount += fee;
    w->blocks += own ? 0 : side->blocks;
    w->weight += own ? 0 : ((double)w->amount * (double)side->blocks * 15e-9 + (double)fee);
    w->chance *= chance;
    w->hops++;
    return w->blocks <= 2056 && w->chance >= 0.01 && w->hops <= 27;
}

static void every_path(const lab *l,
                       const hst_cloth_query *q,
                       uint32_t at,
                       way w,
                       bool *seen,
                       bool lifted,
                       least *found)
{
    seen[at] = true;
    for (uint32_t e = 0; e < 2 * l->table.count; e++) {
        const uint32_t from = hst_channel_from(&l->table, e);
        way longer = w;
        if (hst_channel_to(&l->table, e) != at || seen[from] || !step(l, q, e, &longer)) {
            continue;
        }
        const bool up = lifted || hst_channel_side_at(&l->table, e)->htlc_min_msat > q->amount_msat;
        if (from != q->sender) {
            every_path(l, q, from, longer, seen, up, found);
            continue;
        }
        const int64_t distance = (int64_t)(longer.weight + 100000.0 / longer.chance);
        found->paths++;
        found->lifted += up;
        if (distance < found->distance ||
            (distance == found->distance && longer.chance > found->chance)) {
            found->distance = distance;
            found->chance = longer.chance;
        }
    }
    seen[at] = false;
}

/** The route is a path under the rules, and costs what it says. */
static void expect_path(const lab *l, const hst_cloth_query *q, const hst_cloth_route *route)
{
    way w = {.amount = q->amount_msat, .chance = 1, .blocks = 40};
    uint32_t at = q->receiver;
    for (uint32_t i = route->hop_count; i-- > 0;) {
        assert_int_equal(hst_channel_to(&l->table, route->edges[i]), at);
        assert_true(step(l, q, route->edges[i], &w));
        at = hst_channel_from(&l->table, route->edges[i]);
    }
    assert_int_equal(at, q->sender);
    assert_int_equal((int64_t)(w.weight + 100000.0 / w.chance), route->distance_msat);
}

static void remember_something(lab *l, hst_random *random, uint32_t sender)
{
    for (uint64_t i = hst_random_below(random, 30); i > 0; i--) {
        const uint32_t e = (uint32_t)hst_random_below(random, 2 * l->table.count);
        const uint32_t from = hst_channel_from(&l->table, e);
        const uint32_t to = hst_channel_to(&l->table, e);
        const int64_t amount = (int64_t)hst_random_below(random, 300000);
        assert_int_equal(
            hst_random_below(random, 2) == 0
                ? hst_cloth_history_success(&l->history, sender, from, to, amount)
                : hst_cloth_history_failure(&l->history, sender, from, to, amount,
                                            1 + (int64_t)hst_random_below(random, 4000000)),
            HST_OK);
    }
}

static void no_route_is_costlier_than_the_least_of_all_paths(void **state)
{
    (void)state;
    unsigned found = 0;
    unsigned none = 0;
    uint64_t most = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        hst_random random = hst_random_stream(seed, 9, 0, 18);
        const uint32_t nodes = 4 + (uint32_t)hst_random_below(&random, 6);
        lab *l = new_lab(nodes, nodes + (uint32_t)hst_random_below(&random, 14), seed);
        for (unsigned i = 0; i < 12; i++) {
            hst_cloth_query q = {.sender = (uint32_t)hst_random_below(&random, nodes),
                                 .amount_msat = (int64_t)hst_random_below(&random, 250000),
                                 .now_ms = 4000000};
            q.receiver = (q.sender + 1 + (uint32_t)hst_random_below(&random, nodes - 1)) % nodes;
            if (i == 6) {
                for (uint32_t v = 0; v < nodes; v++) {
                    remember_something(l, &random, v);
                }
            }
            bool seen[RING_CHANNEL_MAX] = {false};
            least all = {.distance = INT64_MAX};
            every_path(l, &q, q.receiver, (way){.amount = q.amount_msat, .chance = 1, .blocks = 40},
                       seen, false, &all);
            hst_cloth_route route = {.hop_count = 99};
            const hst_status status = hst_cloth_search_run(&l->search, &q, &route);
            if (status == HST_NO_PATH) {
                assert_int_equal(all.paths, all.lifted);
                assert_int_equal(route.hop_count, 99);
                none++;
                continue;
            }
            assert_int_equal(status, HST_OK);
            expect_path(l, &q, &route);
            assert_int_equal(route.distance_msat, all.distance);
            assert_true(route.chance >= all.chance * (1 - 1e-9));
            found++;
            most = all.paths > most ? all.paths : most;
        }
        close_lab(l);
    }
    assert_true(found > 1500 && none > 300 && most > 100);
}

/** A square with a cheap long way and a dear short one: the cost of an attempt decides. */
static void a_longer_path_must_save_more_than_an_attempt_costs(void **state)
{
    (void)state;
    lab *l = new_lab(4, 4, 1);
    static const uint32_t ends[4][2] = {{0, 1}, {1, 3}, {1, 2}, {2, 3}};
    for (unsigned i = 0; i < 4; i++) {
        l->channels[i].nodes[0] = ends[i][0];
        l->channels[i].nodes[1] = ends[i][1];
        l->channels[i].capacity_msat = 1000000;
        for (unsigned s = 0; s < 2; s++) {
            l->channels[i].side[s] =
                (hst_channel_side){.given_msat = 500000, .blocks = 40, .htlc_max_msat = 1000000};
        }
    }
    /* 100,000 / (0.95 * 0.6) = 175,438.6; / 0.6 again = 292,397.7: the difference is 116,959. */
    hst_cloth_route route;
    const hst_cloth_query q = {.sender = 0, .receiver = 3, .amount_msat = 1000};
    memset(l->accounts, 0, sizeof l->accounts); /* none is in the books */
    hst_cloth_search_release(&l->search);
    assert_int_equal(hst_cloth_graph_create(&l->table, &l->arena, &l->graph), HST_OK);
    assert_int_equal(hst_cloth_search_init(&l->search, &l->graph, l->ledger, l->accounts,
                                           &l->history, test_memory_of(&l->memory), &l->arena),
                     HST_OK);
    l->channels[1].side[0].base_msat = 116958;
    assert_int_equal(hst_cloth_search_run(&l->search, &q, &route), HST_OK);
    assert_int_equal(route.hop_count, 2);
    assert_int_equal(route.edges[1], 2);
    assert_int_equal(route.distance_msat, 292396);
    l->channels[1].side[0].base_msat = 116960;
    assert_int_equal(hst_cloth_search_run(&l->search, &q, &route), HST_OK);
    assert_int_equal(route.hop_count, 3);
    assert_int_equal(route.distance_msat, 292397);
    close_lab(l);
}

/** (0.6 + 0.95) / 2 after one success; 24 minutes after a failure half of its weight is left. */
static void chances_follow_what_is_remembered(void **state)
{
    (void)state;
    lab *l = new_lab(5, 8, 3);
    hst_cloth_history *h = &l->history;
    assert_true(fabs(hst_cloth_chance(NULL, false, 1, 5, 0) - 0.6) < 1e-15);
    assert_true(fabs(hst_cloth_chance(NULL, true, 1, 5, 0) - 0.95) < 1e-15);
    assert_int_equal(hst_cloth_history_success(h, 0, 2, 3, 1000), HST_OK);
    const hst_cloth_record *r = record_of(l, 0, 2);
    assert_null(record_of(l, 1, 2)); /* never shared */
    assert_true(fabs(hst_cloth_chance(r, false, 4, 1000, 0) - 1.55 / 2) < 1e-15);
    assert_true(fabs(hst_cloth_chance(r, false, 3, 1000, 0) - 1.55 / 2) < 1e-15);
    assert_true(fabs(hst_cloth_chance(r, false, 4, 1001, 0) - 0.6) < 1e-15);
    assert_int_equal(hst_cloth_history_failure(h, 0, 2, 4, 500, 1000), HST_OK);
    const int64_t later = 1000 + 24 * 60 * 1000;
    assert_true(fabs(hst_cloth_chance(r, false, 1, 1000, later) - 1.55 / 2.5) < 1e-15);
    assert_true(fabs(hst_cloth_chance(r, false, 4, 1000, later) - 1.55 / 2.5 / 2) < 1e-15);
    /* The pair that failed is asked for an unbounded amount: less than 500 suffers too. */
    assert_true(fabs(hst_cloth_chance(r, false, 4, 499, later) - 1.55 / 2 / 2) < 1e-15);
    /* A larger failure within a minute is no news; a smaller one is. */
    assert_int_equal(hst_cloth_history_failure(h, 0, 2, 4, 600, 1000 + 59999), HST_OK);
    assert_int_equal(r->pairs->fail_msat, 500);
    assert_int_equal(hst_cloth_history_failure(h, 0, 2, 4, 600, 1000 + 60000), HST_OK);
    assert_int_equal(r->pairs->fail_msat, 600);
    assert_int_equal(hst_cloth_history_success(h, 0, 2, 4, 700), HST_OK);
    assert_int_equal(r->pairs->fail_msat, 701);
    assert_int_equal(hst_cloth_history_failure(h, 0, 2, 4, 300, 200000), HST_OK);
    assert_int_equal(r->pairs->success_msat, 299);
    close_lab(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_route_is_costlier_than_the_least_of_all_paths),
        cmocka_unit_test(a_longer_path_must_save_more_than_an_attempt_costs),
        cmocka_unit_test(chances_follow_what_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
