/* The published bandits: their formulas against slow references, and what they make of outcomes. */
#include "core/routing/cascade_ucb.h"
#include "core/routing/linucb.h"
#include "core/routing/ridge.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <math.h>
#include <string.h>

enum { N = HST_RIDGE_SIZE };

static void a_hops_upper_chance_is_the_published_one(void **state)
{
    (void)state;
    assert_true(fabs(hst_cascade_upper(0, 0, 1) - 1) < 1e-15);
    assert_true(fabs(hst_cascade_upper(3, 10, 1) - 0.3) < 1e-15); /* ln 1 = 0 */
    assert_true(fabs(hst_cascade_upper(30, 100, 1000) - (0.3 + sqrt(0.015 * log(1000)))) < 1e-12);
    assert_true(fabs(hst_cascade_upper(90, 100, 1000) - 1) < 1e-15); /* never above 1 */
    assert_true(hst_cascade_upper(0, 4000, 1000) < 0.06);
}

/** Solve matrix . out = right by elimination with pivots. */
static void solve(double matrix[N][N], double right[N], double out[N])
{
    for (unsigned c = 0; c < N; c++) {
        unsigned pivot = c;
        for (unsigned r = c; r < N; r++) {
            pivot = fabs(matrix[r][c]) > fabs(matrix[pivot][c]) ? r : pivot;
        }
        for (unsigned k = 0; k < N; k++) {
            const double kept = matrix[c][k];
            matrix[c][k] = matrix[pivot][k];
            matrix[pivot][k] = kept;
        }
        const double kept = right[c];
        right[c] = right[pivot];
        right[pivot] = kept;
        for (unsigned r = c + 1; r < N; r++) {
            const double times = matrix[r][c] / matrix[c][c];
            for (unsigned k = c; k < N; k++) {
                matrix[r][k] -= times * matrix[c][k];
            }
            right[r] -= times * right[c];
        }
    }
    for (unsigned c = N; c-- > 0;) {
        out[c] = right[c];
        for (unsigned k = c + 1; k < N; k++) {
            out[c] -= matrix[c][k] * out[k];
        }
        out[c] /= matrix[c][c];
    }
}

static void steps_of_the_regression_end_where_solving_it_at_once_does(void **state)
{
    (void)state;
    hst_random random = hst_random_stream(1, 0, 0, 1);
    static hst_ridge ridge;
    static double a[N][N];
    static double scratch[N][N];
    double b[N] = {0};
    double x[N];
    hst_ridge_init(&ridge);
    for (unsigned i = 0; i < N; i++) {
        a[i][i] = 1;
    }
    for (unsigned n = 0; n < 3000; n++) {
        double y = hst_random_normal(&random);
        for (unsigned i = 0; i < N; i++) {
            x[i] = hst_random_uniform(&random) - (i % 2 == 0 ? 0.5 : 0);
            y += x[i] * i;
        }
        for (unsigned i = 0; i < N; i++) {
            b[i] += y * x[i];
            for (unsigned j = 0; j < N; j++) {
                a[i][j] += x[i] * x[j];
            }
        }
        hst_ridge_learn(&ridge, x, y);
    }
    double weights[N];
    double right[N];
    double spread[N];
    memcpy(scratch, a, sizeof a);
    memcpy(right, b, sizeof b);
    solve(scratch, right, weights);
    memcpy(scratch, a, sizeof a);
    memcpy(right, x, sizeof x);
    solve(scratch, right, spread);
    double square = 0;
    double predicted = 0;
    for (unsigned i = 0; i < N; i++) {
        assert_true(fabs(ridge.weights[i] - weights[i]) < 1e-8);
        square += x[i] * spread[i];
        predicted += x[i] * weights[i];
    }
    assert_true(fabs(hst_ridge_width(&ridge, x) / sqrt(square) - 1) < 1e-8);
    assert_true(fabs(hst_ridge_predict(&ridge, x) - predicted) < 1e-7);
}

/** Two ways from 0 to 1: edge 0, cheap; edge 1, three basis points dearer and a conversion's
 * opposite in kind, so that features tell them apart. */
static hst_graph two_ways(hst_arena *arena)
{
    const hst_graph_edge edges[] = {
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .rate_ppb = 100000, .enabled = true},
        {.from = 0, .to = 1, .kind = HST_HOP_DLT, .rate_ppb = 400000, .enabled = true},
    };
    return plain_graph(arena, 2, edges, 2);
}

/** Route a payment; an hour of edge 0 and `broken` hops cost. The edge taken. */
static uint32_t pay(hst_router *router, uint64_t payment, uint32_t broken, double hours)
{
    const hst_route_query query = {.source = 0,
                                   .target = 1,
                                   .amount_micro_usd = 1000000000,
                                   .time_ns = (int64_t)payment * 60000000000,
                                   .payment = payment};
    hst_route_plan plan;
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    const hst_hop_outcome outcome = {
        .payment = payment,
        .edge = plan.edges[0],
        .result = plan.edges[0] == broken ? HST_HOP_NO_LIQUIDITY : HST_HOP_DONE,
        .amount_micro_usd = query.amount_micro_usd,
        .submitted_ns = query.time_ns,
        .delay_ns = plan.edges[0] == 0 ? (int64_t)(hours * 3600e9) : 0};
    hst_router_feedback(router, &outcome, 1);
    return plan.edges[0];
}

/** Payments of `count` that took the cheap hop. */
static unsigned
cheap_of(const hst_router_kind *kind, uint32_t broken, double hours, unsigned count, unsigned skip)
{
    hst_arena arena = test_arena();
    const hst_graph graph = two_ways(&arena);
    const hst_router_setup setup = {
        .graph = &graph,
        .arena = &arena,
        .prices = {.failure_ppb = 4000000, .delay_ppb_per_hour = 150000}};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(kind, &setup, &router), HST_OK);
    unsigned cheap = 0;
    for (unsigned i = 0; i < count; i++) {
        const bool first = pay(router, i, broken, hours) == 0;
        cheap += i >= skip && first;
    }
    hst_arena_release(&arena);
    return cheap;
}

static void bandits_take_the_cheap_hop_while_it_works_and_leave_it_when_not(void **state)
{
    (void)state;
    const hst_router_kind *kinds[] = {&hst_router_cascade_ucb, &hst_router_linucb};
    for (unsigned k = 0; k < 2; k++) {
        assertion.subject = kinds[k]->name;
        assert_true(cheap_of(kinds[k], HST_GRAPH_NONE, 0, 600, 300) > 280);
        assert_true(cheap_of(kinds[k], 0, 0, 1200, 600) < 60);
    }
}

static void bandits_learn_that_a_hop_is_slow(void **state)
{
    (void)state;
    /* Ten hours are 15 basis points; the other hop costs three more. */
    const hst_router_kind *kinds[] = {&hst_router_cascade_ucb, &hst_router_linucb};
    for (unsigned k = 0; k < 2; k++) {
        assertion.subject = kinds[k]->name;
        assert_true(cheap_of(kinds[k], HST_GRAPH_NONE, 10, 1200, 600) < 60);
    }
}

static void payments_of_nothing_teach_linucb_no_cost(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph graph = two_ways(&arena);
    const hst_router_setup setup = {
        .graph = &graph, .arena = &arena, .prices = {.failure_micro_usd = 5}};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_linucb, &setup, &router), HST_OK);
    enum { SIZE = 4096, REGRESSION = 7 + 8 * (N + N * (N + 1) / 2) }; /* behind the kind's name */
    static unsigned char states[2][SIZE];
    const hst_hop_outcome outcome = {.edge = 0, .result = HST_HOP_CLOSED};
    for (unsigned i = 0; i < 2; i++) {
        hst_writer writer;
        hst_writer_init(&writer, states[i], SIZE);
        assert_int_equal(hst_router_checkpoint(router, &writer), HST_OK);
        hst_router_feedback(router, &outcome, 1);
    }
    assert_memory_equal(states[0], states[1], REGRESSION);
    assert_true(memcmp(states[0], states[1], SIZE) != 0); /* that it failed is remembered */
    const hst_route_query query = {.source = 0, .target = 1};
    hst_route_plan plan;
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    assert_int_equal(plan.edges[0], 0);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hops_upper_chance_is_the_published_one),
        cmocka_unit_test(steps_of_the_regression_end_where_solving_it_at_once_does),
        cmocka_unit_test(bandits_take_the_cheap_hop_while_it_works_and_leave_it_when_not),
        cmocka_unit_test(bandits_learn_that_a_hop_is_slow),
        cmocka_unit_test(payments_of_nothing_teach_linucb_no_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
