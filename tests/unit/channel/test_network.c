/* Balances by prior, what is published, and the invariant that catches a break. */
#include "sim/channel/network.h"

#include "tests/unit/channel/ring.h"

#include <math.h>
#include <string.h>

static void the_same_seed_gives_the_same_balances(void **state)
{
    (void)state;
    for (unsigned p = 0; p < HST_CHANNEL_PRIOR_COUNT; p++) {
        ring *a = new_ring(12, 40, (hst_channel_prior)p, 5);
        ring *b = new_ring(12, 40, (hst_channel_prior)p, 5);
        expect_sound(a);
        unsigned moved = 0;
        for (uint32_t e = 0; e < 80; e++) {
            const int64_t here = hst_channel_available_msat(&a->network, e);
            assert_int_equal(here, hst_channel_available_msat(&b->network, e));
            moved += here != hst_channel_draw_msat(&a->channels[e / 2], e / 2, (hst_channel_prior)p,
                                                   6) &&
                     e % 2 == 0;
        }
        assert_true(p >= HST_CHANNEL_HALVES ? moved == 0 : moved > 30);
        close_ring(a);
        close_ring(b);
    }
}

/** Share of draws with x below a bound. */
static double below(hst_channel_prior prior, double bound)
{
    const hst_channel channel = {.nodes = {0, 1}, .capacity_msat = 1000000000};
    unsigned hits = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        hits += (double)hst_channel_draw_msat(&channel, i, prior, 11) < bound * 1e9;
    }
    return hits / 20000.0;
}

static void expect_near(double a, double b)
{
    assert_true(fabs(a - b) < 0.012);
}

/** Distribution functions in closed form. */
static void shares_follow_their_distribution(void **state)
{
    (void)state;
    expect_near(below(HST_CHANNEL_UNIFORM, 0.2), 0.2);
    const double s = 0.3;
    const double mass = 2 * s * (1 - exp(-1 / s));
    const double part = s * (1 - exp(-0.2 / s)) + s * (exp(-0.8 / s) - exp(-1 / s));
    expect_near(below(HST_CHANNEL_BIMODAL, 0.2), part / mass);
    expect_near(below(HST_CHANNEL_BIMODAL, 0.5), 0.5);
    expect_near(below(HST_CHANNEL_SKEWED, 0.1), 0.5 + 128 * (pow(-0.4, 9) - 0.4 / 256));
    expect_near(below(HST_CHANNEL_SKEWED, 0.4), 0.5 + 128 * (pow(-0.1, 9) - 0.1 / 256));
    expect_near(below(HST_CHANNEL_DEPLETED, 0.1), 0.5);
    expect_near(below(HST_CHANNEL_DEPLETED, 0.05), 0.25);
    expect_near(below(HST_CHANNEL_DEPLETED, 0.9), 0.5);
    assert_true(below(HST_CHANNEL_HALVES, 0.5) <= 0 && below(HST_CHANNEL_HALVES, 0.501) >= 1);
}

static void the_graph_publishes_charges_and_no_balances(void **state)
{
    (void)state;
    ring *a = new_ring(10, 30, HST_CHANNEL_UNIFORM, 1);
    ring *b = new_ring(10, 30, HST_CHANNEL_UNIFORM, 1);
    hst_channel_network other;
    assert_int_equal(hst_channel_network_create(&b->table, HST_CHANNEL_DEPLETED, 99,
                                                test_memory_of(&b->memory), &b->arena, &other),
                     HST_OK);
    assert_int_equal(other.graph.edge_count, 60);
    for (uint32_t e = 0; e < 60; e++) {
        const hst_graph_edge *edge = hst_graph_edge_at(&a->network.graph, e);
        const hst_graph_edge *same = hst_graph_edge_at(&other.graph, e);
        assert_int_equal(edge->limit_micro_usd, same->limit_micro_usd);
        assert_int_equal(edge->fixed_micro_usd, same->fixed_micro_usd);
        assert_int_equal(edge->limit_micro_usd, hst_channel_side_at(&a->table, e)->htlc_max_msat);
        const hst_channel_side *side = hst_channel_side_at(&a->table, e);
        assert_int_equal(edge->from, hst_channel_from(&a->table, e));
        assert_int_equal(edge->to, hst_channel_to(&a->table, e));
        assert_int_equal(edge->rate_ppb, 1000 * (int64_t)side->ppm);
        assert_int_equal(edge->enabled, side->enabled);
        const int64_t found = a->network.view.carries(a->network.view.context, e);
        const int64_t free_msat = hst_channel_available_msat(&a->network, e);
        assert_true(found <= free_msat && found <= side->htlc_max_msat);
        assert_true(side->enabled ? found == free_msat || found == side->htlc_max_msat
                                  : found == 0);
    }
    hst_channel_network_destroy(&other);
    close_ring(a);
    close_ring(b);
}

static void a_table_out_of_range_is_refused(void **state)
{
    (void)state;
    ring *r = new_ring(8, 16, HST_CHANNEL_UNIFORM, 2);
    const hst_channel good = r->channels[3];
    hst_channel bad[9];
    for (unsigned i = 0; i < 9; i++) {
        bad[i] = good;
    }
    bad[0].nodes[0] = 8;
    bad[1].nodes[1] = bad[1].nodes[0];
    bad[2].capacity_msat = 0;
    bad[3].capacity_msat = HST_CHANNEL_CAPACITY_MAX_MSAT + 1;
    bad[4].side[1].base_msat = -1;
    bad[5].side[0].ppm = 1000001;
    bad[6].side[1].htlc_max_msat = good.capacity_msat + 1;
    bad[7].side[0].htlc_min_msat = -1;
    bad[8].side[0].given_msat++;
    for (unsigned i = 0; i < 9; i++) {
        hst_channel_network network;
        r->channels[3] = bad[i];
        assert_int_equal(hst_channel_network_create(&r->table, HST_CHANNEL_AS_GIVEN, 1,
                                                    test_memory_of(&r->memory), &r->arena,
                                                    &network),
                         HST_INVALID);
    }
    r->channels[3] = good;
    close_ring(r);
}

/** Money that leaves a channel for another is seen, and where. */
static void the_invariant_catches_a_break(void **state)
{
    (void)state;
    ring *r = new_ring(8, 16, HST_CHANNEL_HALVES, 2);
    expect_sound(r);
    hst_outcome outcome;
    const hst_compact theft = {.amount_minor = 1, .debit = 10, .credit = 13, .code = 1};
    assert_int_equal(hst_ledger_execute_compact(r->network.ledger, &theft, 1, &outcome), HST_OK);
    assert_int_equal(outcome.result, HST_LEDGER_CREATED);
    uint32_t channel = 0;
    assert_int_equal(hst_channel_check(&r->table, r->network.ledger, NULL, &channel), HST_CORRUPT);
    assert_int_equal(channel, 5);
    assert_false(hst_channel_conserves(&r->table, r->network.ledger, 5, 2 * 5));
    assert_false(hst_channel_conserves(&r->table, r->network.ledger, 6, 2 * 6));
    assert_true(hst_channel_conserves(&r->table, r->network.ledger, 7, 2 * 7));
    close_ring(r);
}

static void running_out_of_memory_is_reported_and_leaks_nothing(void **state)
{
    (void)state;
    ring *r = new_ring(8, 16, HST_CHANNEL_HALVES, 2);
    for (size_t k = 0;; k++) {
        test_memory memory = {.fail_at = k};
        hst_arena arena;
        hst_channel_network network;
        hst_arena_init(&arena, test_memory_of(&memory), 256);
        const hst_status status = hst_channel_network_create(
            &r->table, HST_CHANNEL_UNIFORM, 1, test_memory_of(&memory), &arena, &network);
        hst_channel_network_destroy(&network);
        hst_arena_release(&arena);
        assert_int_equal(memory.held, 0);
        if (status == HST_OK) {
            assert_true(k > 5);
            break;
        }
        assert_int_equal(status, HST_NO_MEMORY);
    }
    close_ring(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_balances),
        cmocka_unit_test(shares_follow_their_distribution),
        cmocka_unit_test(the_graph_publishes_charges_and_no_balances),
        cmocka_unit_test(a_table_out_of_range_is_refused),
        cmocka_unit_test(the_invariant_catches_a_break),
        cmocka_unit_test(running_out_of_memory_is_reported_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
