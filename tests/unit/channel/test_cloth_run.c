/* CLoTH's events on the ledger: times, halves, history, figures, and that nothing is lost. */
#include "sim/channel/cloth_figures.h"
#include "sim/channel/cloth_generate.h"
#include "sim/channel/cloth_run.h"

#include "tests/unit/channel/ring.h"

#include <math.h>
#include <string.h>

/** A network, its payments, and what came of them. */
typedef struct bench {
    test_memory memory;
    hst_arena arena;
    hst_channel channels[8];
    hst_channel_table table;
    hst_cloth_payment list[8];
    hst_cloth_payments payments;
    hst_cloth_tally tally;
} bench;

static bench *new_bench(void)
{
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->memory.fail_at = SIZE_MAX;
    hst_arena_init(&b->arena, test_memory_of(&b->memory), 1 << 14);
    b->table.channels = b->channels;
    b->payments.list = b->list;
    return b;
}

/** A channel whose end a holds `share`; each side asks 10 msat and 1 %. */
static void join(bench *b, uint32_t from, uint32_t to, int64_t capacity, int64_t share)
{
    hst_channel *c = &b->channels[b->table.count++];
    *c = (hst_channel){.nodes = {from, to}, .capacity_msat = capacity};
    for (unsigned s = 0; s < 2; s++) {
        c->side[s] = (hst_channel_side){.base_msat = 10,
                                        .ppm = 10000,
                                        .blocks = 40,
                                        .htlc_max_msat = capacity,
                                        .given_msat = s == 0 ? share : capacity - share,
                                        .enabled = true};
    }
    b->table.node_count = to >= b->table.node_count ? to + 1 : b->table.node_count;
}

static void ask(bench *b, uint32_t from, uint32_t to, int64_t amount, int64_t start)
{
    b->list[b->payments.count++] = (hst_cloth_payment){
        .sender = from, .receiver = to, .amount_msat = amount, .start_ms = start};
}

static hst_status go(bench *b, double faulty, bool split, uint64_t seed)
{
    hst_cloth_graph graph;
    hst_status status = hst_cloth_graph_create(&b->table, &b->arena, &graph);
    struct hst_cloth_draws *draws = hst_cloth_draws_create(seed);
    const hst_cloth_plan plan = {.graph = &graph,
                                 .payments = b->payments,
                                 .faulty_probability = faulty,
                                 .split = split,
                                 .seed = seed,
                                 .draws = draws};
    if (status == HST_OK) {
        status = hst_cloth_run(&plan, test_memory_of(&b->memory), &b->arena, &b->tally);
    }
    hst_cloth_draws_destroy(draws);
    return status;
}

static void close_bench(bench *b)
{
    hst_arena_release(&b->arena);
    assert_int_equal(b->memory.held, 0);
    free(b);
}

/** 2 h + 2 events, 2 h messages of floor(100 + N) ms. */
static void a_payment_takes_two_messages_a_hop(void **state)
{
    (void)state;
    bench *b = new_bench();
    join(b, 0, 1, 10000, 5000);
    join(b, 1, 2, 10000, 5000);
    join(b, 2, 3, 10000, 5000);
    ask(b, 0, 3, 1000, 500);
    assert_int_equal(go(b, 0, false, 1), HST_OK);
    const hst_cloth_payment *p = &b->list[0];
    assert_true(p->success);
    assert_int_equal(p->hop_count, 3);
    assert_int_equal(p->attempts, 1);
    assert_int_equal(p->fee_msat, 20 + 20); /* 10 + 1 % of 1,000, then 10 + 1 % of 1,020 */
    assert_true(llabs(p->end_ms - 500 - 6 * 100) < 30);
    static const uint64_t events[HST_CLOTH_EVENT_COUNT] = {1, 1, 2, 1, 2, 1, 0, 0};
    assert_memory_equal(b->tally.events, events, sizeof events);
    close_bench(b);
}

/** Both ways have the capacity, the cheaper one not the balance: the sender learns and goes round.
 */
static void a_failure_is_learned_from(void **state)
{
    (void)state;
    bench *b = new_bench();
    join(b, 0, 1, 100000, 50000);
    join(b, 1, 2, 100000, 999); /* too little behind node 1 */
    join(b, 1, 3, 100000, 50000);
    join(b, 3, 2, 100000, 50000);
    ask(b, 0, 2, 1000, 100);
    assert_int_equal(go(b, 0, false, 1), HST_OK);
    const hst_cloth_payment *p = &b->list[0];
    assert_true(p->success);
    assert_int_equal(p->attempts, 2);
    assert_int_equal(p->no_balance, 1);
    assert_int_equal(p->hop_count, 3);
    assert_int_equal(b->tally.events[HST_CLOTH_RECEIVE_FAIL], 1);
    assert_int_equal(b->tally.events[HST_CLOTH_FORWARD_FAIL], 0);
    close_bench(b);
}

static void what_no_channel_carries_is_sent_as_two_halves(void **state)
{
    (void)state;
    for (unsigned split = 0; split < 2; split++) {
        bench *b = new_bench();
        join(b, 0, 1, 10000, 6000);
        join(b, 0, 2, 10000, 6000);
        join(b, 2, 1, 10000, 6000);
        ask(b, 0, 1, 10001, 100); /* more than any one edge of the sender has */
        assert_int_equal(go(b, 0, split == 1, 1), HST_OK);
        assert_int_equal(b->tally.splits, split);
        assert_int_equal(b->list[0].was_split, split == 1);
        if (split == 1) {
            /* 5,000 and 5,001 both want the direct edge of 6,000: the second fails there, and with
             * nothing remembered of own edges goes round when its balance no longer suffices. */
            assert_true(b->list[0].success);
            assert_int_equal(b->list[0].attempts, 3);
            assert_int_equal(b->list[0].hop_count, 2);
            assert_int_equal(b->list[0].fee_msat, 10 + 50);
        } else {
            assert_false(b->list[0].success);
            assert_null(b->list[0].route);
        }
        close_bench(b);
    }
}

/** Everybody is offline: three seconds an attempt, a minute in all. */
static void an_offline_neighbour_times_out(void **state)
{
    (void)state;
    bench *b = new_bench();
    join(b, 0, 1, 10000, 5000);
    ask(b, 0, 1, 1000, 100);
    assert_int_equal(go(b, 1, false, 1), HST_OK);
    assert_false(b->list[0].success);
    assert_true(b->list[0].timeout);
    assert_int_equal(b->list[0].offline, 21);
    assert_int_equal(b->list[0].attempts, 22);
    assert_int_equal(b->list[0].end_ms, 100 + 63000);
    close_bench(b);
}

/** Runs on a synthetic network: reproducible, every failure accounted for; conservation is checked
 * by the run itself after every event. */
static void a_synthetic_run_is_reproducible(void **state)
{
    (void)state;
    uint64_t digests[3];
    for (unsigned i = 0; i < 3; i++) {
        bench *b = new_bench();
        struct hst_cloth_draws *draws = hst_cloth_draws_create(5);
        assert_int_equal(hst_cloth_synthetic(3, 80, 200, &b->arena, &b->table), HST_OK);
        assert_int_equal(
            hst_cloth_draw_payments(draws, 80, 300, 5, 200000, &b->arena, &b->payments), HST_OK);
        hst_cloth_draws_destroy(draws);
        assert_int_equal(go(b, 0.01, true, i == 2 ? 8 : 7), HST_OK);
        digests[i] = b->tally.digest;
        unsigned delivered = 0;
        for (uint32_t p = 0; p < b->payments.count; p++) {
            const hst_cloth_payment *one = &b->payments.list[p];
            assert_true(one->end_ms >= one->start_ms);
            assert_true(one->success ? one->route != NULL && one->attempts >= 1 : true);
            delivered += one->success;
        }
        assert_true(delivered > 30 && delivered < 290);
        assert_true(b->tally.events[HST_CLOTH_FORWARD_FAIL] > 0 && b->tally.splits > 0);
        close_bench(b);
    }
    assert_true(digests[0] == digests[1] && digests[0] != digests[2]);
}

/** The first payments of the program this model comes from, seed 1992: the same draws. */
static void payments_are_drawn_as_by_the_original(void **state)
{
    (void)state;
    bench *b = new_bench();
    struct hst_cloth_draws *draws = hst_cloth_draws_create(1992);
    assert_int_equal(hst_cloth_draw_payments(draws, 6006, 5000, 1, 100, &b->arena, &b->payments),
                     HST_OK);
    hst_cloth_draws_destroy(draws);
    const hst_cloth_payment *first = &b->payments.list[0];
    assert_int_equal(first->sender, 5166);
    assert_int_equal(first->receiver, 5415);
    assert_int_equal(first->amount_msat, 101867);
    assert_int_equal(first->start_ms, 1280);
    assert_int_equal(b->payments.list[4999].start_ms, 4974751);
    close_bench(b);
}

/** One payment a window, the n-th of which takes n ms: mean 15.5 over windows 1 ... 30, standard
 * deviation of 1 ... 30 8.80341, over sqrt(30), times 2.04523. */
static void intervals_are_those_of_batch_means(void **state)
{
    (void)state;
    hst_cloth_payment list[32];
    uint32_t edge = 0;
    memset(list, 0, sizeof list);
    for (uint32_t i = 0; i < 32; i++) {
        list[i] = (hst_cloth_payment){.start_ms = 1000 * (int64_t)i,
                                      .end_ms = 1000 * (int64_t)i + i,
                                      .success = true,
                                      .route = &edge,
                                      .hop_count = 1,
                                      .attempts = 1};
    }
    list[31].success = false; /* starts at the end: does not count */
    const hst_cloth_payments payments = {list, 32};
    hst_cloth_figures f = hst_cloth_figures_of(&payments, 0.95);
    assert_int_equal(f.counted, 30);
    assert_true(fabs(f.mean[HST_CLOTH_TIME] - 15.5) < 1e-9);
    assert_true(fabs(f.half_width[HST_CLOTH_TIME] - 2.0452296 * 8.8034084 / sqrt(30)) < 1e-5);
    assert_true(fabs(f.mean[HST_CLOTH_SUCCESS] - 1) < 1e-12);
    list[3].success = false;
    list[3].offline = 2;
    list[3].no_balance = 1;
    list[4].success = false;
    list[4].no_balance = 1;
    list[4].offline = 1;
    list[5].success = false;
    list[5].route = NULL;
    list[6].success = false;
    list[6].timeout = true;
    f = hst_cloth_figures_of(&payments, 0.95);
    assert_true(fabs(f.mean[HST_CLOTH_SUCCESS] - 26.0 / 30) < 1e-12);
    for (unsigned m = HST_CLOTH_NO_PATH; m <= HST_CLOTH_TIMED_OUT; m++) {
        assert_true(fabs(f.mean[m] - 1.0 / 30) < 1e-12);
    }
}

static void running_out_of_memory_leaks_nothing(void **state)
{
    (void)state;
    for (size_t k = 0;; k++) {
        bench *b = new_bench();
        join(b, 0, 1, 10000, 6000);
        join(b, 0, 2, 10000, 6000);
        join(b, 2, 1, 10000, 6000);
        ask(b, 0, 1, 10001, 100);
        b->memory.fail_at = k;
        const hst_status status = go(b, 0, true, 1);
        close_bench(b);
        if (status == HST_OK) {
            assert_true(k > 10);
            break;
        }
        assert_int_equal(status, HST_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_takes_two_messages_a_hop),
        cmocka_unit_test(a_failure_is_learned_from),
        cmocka_unit_test(what_no_channel_carries_is_sent_as_two_halves),
        cmocka_unit_test(an_offline_neighbour_times_out),
        cmocka_unit_test(a_synthetic_run_is_reproducible),
        cmocka_unit_test(payments_are_drawn_as_by_the_original),
        cmocka_unit_test(intervals_are_those_of_batch_means),
        cmocka_unit_test(running_out_of_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
