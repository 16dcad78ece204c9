/* Batches, finality, order, idle time, and what happens when validators disagree. */
#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/rail/dlt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

enum { PAYMENTS = 400, VALIDATORS = 4 };

static const int64_t one_way_ns[1] = {20 * MS};

typedef struct fixture {
    hst_arena arena;
    hst_dlt_rail *rail;
    int64_t now_ns;
    int64_t wake_ns;
    uint32_t executed[PAYMENTS];
    int64_t executed_ns[PAYMENTS];
    uint32_t count;
    uint32_t early;
    bool in_order; /* payment n is executed behind payment n - 1 only */
} fixture;

static bool on_execute(void *context, uint32_t payment)
{
    fixture *f = context;
    assert_true(f->count < PAYMENTS);
    if (f->in_order && payment != f->count) {
        f->early++;
        return false;
    }
    f->executed_ns[f->count] = f->now_ns;
    f->executed[f->count++] = payment;
    return true;
}

static void open_with(fixture *f,
                      const hst_consensus_protocol *protocol,
                      const hst_fault *faults,
                      uint32_t fault_count)
{
    memset(f, 0, sizeof *f);
    hst_arena_init(&f->arena, hst_os_memory(), 1 << 20);
    const hst_dlt_config config = {
        .protocol = protocol,
        .faults = faults,
        .fault_count = fault_count,
        .network = {.count = VALIDATORS, .region_count = 1, .base_ns = one_way_ns, .seed = 1},
        .batch_ns = 200 * MS,
        .payment_max = PAYMENTS,
        .seed = 1,
        .execute = on_execute,
        .context = f,
        .memory = hst_os_memory()};
    assert_int_equal(hst_dlt_create(&config, &f->arena, &f->rail), HST_OK);
    f->wake_ns = HST_DLT_ASLEEP;
}

static void open_rail(fixture *f, const hst_consensus_protocol *protocol)
{
    open_with(f, protocol, NULL, 0);
}

static void close_rail(fixture *f)
{
    hst_dlt_destroy(f->rail);
    hst_arena_release(&f->arena);
}

static hst_status wake_until(fixture *f, int64_t until_ns)
{
    while (f->wake_ns <= until_ns) {
        f->now_ns = f->wake_ns;
        const hst_status status = hst_dlt_wake(f->rail, f->now_ns, &f->wake_ns);
        if (status != HST_OK) {
            return status;
        }
    }
    f->now_ns = until_ns;
    return HST_OK;
}

static hst_status submit(fixture *f, uint32_t payment, int64_t time_ns)
{
    const hst_status status = wake_until(f, time_ns);
    const int64_t wake_ns = hst_dlt_submit(f->rail, payment, time_ns);
    f->wake_ns = wake_ns < f->wake_ns ? wake_ns : f->wake_ns;
    return status;
}

static void payments_of_a_batch_are_executed_together_in_order_after_finality(void **state)
{
    (void)state;
    static fixture f;
    open_rail(&f, hst_consensus_find("raft"));
    for (uint32_t p = 0; p < 5; p++) {
        assert_int_equal(submit(&f, 9 - p, HST_HOUR_NS + p * 10 * MS), HST_OK);
    }
    assert_int_equal(wake_until(&f, HST_HOUR_NS + 200 * MS), HST_OK);
    assert_int_equal(f.rail->batches, 1);
    assert_int_equal(f.count, 0); /* handed over, not final */
    assert_int_equal(wake_until(&f, HST_HOUR_NS + HST_SECOND_NS), HST_OK);
    assert_int_equal(f.count, 5);
    for (uint32_t p = 0; p < 5; p++) {
        assert_int_equal(f.executed[p], 9 - p);
        assert_int_equal(f.executed_ns[p], f.executed_ns[0]);
    }
    /* There and back between leader and a majority, after the batch was over. */
    assert_true(f.executed_ns[0] >= HST_HOUR_NS + 240 * MS);
    assert_true(hst_histogram_percentile(f.rail->finality_ns, 500000) >= 200 * MS);
    assert_true(f.wake_ns == HST_DLT_ASLEEP); /* it sleeps when nothing is undecided */
    close_rail(&f);
}

static void every_payment_is_executed_once_under_every_protocol(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_consensus_protocol *const *all = hst_consensus_protocols(&count);
    assert_true(count >= 2);
    for (size_t p = 0; p < count; p++) {
        static fixture f;
        bool seen[PAYMENTS] = {false};
        open_rail(&f, all[p]);
        const int64_t gap_ns = 40 * MS + all[p]->pace_ns / 10;
        for (uint32_t i = 0; i < PAYMENTS; i++) {
            assert_int_equal(submit(&f, i, i * gap_ns), HST_OK);
        }
        assert_int_equal(wake_until(&f, PAYMENTS * gap_ns + HST_MINUTE_NS + 200 * all[p]->pace_ns +
                                            4 * all[p]->settle_ns),
                         HST_OK);
        assert_int_equal(f.count, PAYMENTS);
        for (uint32_t i = 0; i < PAYMENTS; i++) {
            assert_false(seen[f.executed[i]]);
            seen[f.executed[i]] = true;
        }
        assert_null(hst_dlt_violation(f.rail)->check);
        close_rail(&f);
    }
}

static void what_comes_before_its_predecessor_is_executed_behind_it(void **state)
{
    (void)state;
    static const uint32_t order[] = {3, 0, 2, 4, 1, 5};
    static fixture f;
    open_rail(&f, hst_consensus_find("raft"));
    f.in_order = true;
    for (uint32_t i = 0; i < 6; i++) { /* two batches */
        assert_int_equal(submit(&f, order[i], HST_HOUR_NS + i * 80 * MS), HST_OK);
    }
    assert_int_equal(wake_until(&f, HST_HOUR_NS + 5 * HST_SECOND_NS), HST_OK);
    assert_true(f.rail->batches > 1);
    assert_int_equal(f.count, 6);
    assert_int_equal(f.rail->executed, 6);
    assert_int_equal(f.rail->early_count, 0);
    assert_true(f.early >= 3);
    for (uint32_t p = 0; p < 6; p++) {
        assert_int_equal(f.executed[p], p);
    }
    /* One whose predecessor never comes waits, and holds nobody else up. */
    assert_int_equal(submit(&f, 7, 2 * HST_HOUR_NS), HST_OK);
    assert_int_equal(wake_until(&f, 3 * HST_HOUR_NS), HST_OK);
    assert_int_equal(f.rail->early_count, 1);
    assert_int_equal(f.rail->executed, 6);
    close_rail(&f);
}

static void idle_hours_cost_no_messages(void **state)
{
    (void)state;
    static fixture f;
    hst_cluster_report early;
    hst_cluster_report late;
    open_rail(&f, hst_consensus_find("raft"));
    assert_int_equal(submit(&f, 0, 0), HST_OK);
    assert_int_equal(wake_until(&f, HST_SECOND_NS), HST_OK);
    hst_cluster_measure(f.rail->cluster, &early);
    assert_int_equal(submit(&f, 1, 10 * HST_HOUR_NS), HST_OK);
    assert_int_equal(wake_until(&f, 10 * HST_HOUR_NS + HST_SECOND_NS), HST_OK);
    hst_cluster_measure(f.rail->cluster, &late);
    assert_int_equal(f.count, 2);
    assert_true(late.now_ns - early.now_ns < 5 * HST_SECOND_NS);
    assert_true(late.messages < early.messages + 1000);
    /* Both waited for their batch and for the validators, not for the night. */
    assert_true(hst_histogram_percentile(f.rail->finality_ns, 990000) < HST_SECOND_NS);
    close_rail(&f);
}

/* A validator that follows its operator but for one height, at which it commits something else. */
static hst_consensus_protocol liar;
static uint32_t commits_of_height_three;

/* A crash of the leader while nothing is undecided, and a partition while something is. */
static void faults_come_at_their_time_of_the_day(void **state)
{
    (void)state;
    static const hst_fault faults[2] = {{.kind = HST_FAULT_CRASH,
                                         .replica = HST_FAULT_LEADER,
                                         .from_ns = 2 * HST_HOUR_NS,
                                         .until_ns = 5 * HST_HOUR_NS},
                                        {.kind = HST_FAULT_PARTITION,
                                         .replica = HST_CONSENSUS_NOBODY,
                                         .groups = 0x3,
                                         .from_ns = 6 * HST_HOUR_NS,
                                         .until_ns = 6 * HST_HOUR_NS + 600 * HST_SECOND_NS}};
    static fixture f;
    open_with(&f, hst_consensus_find("raft"), faults, 2);
    assert_int_equal(submit(&f, 0, HST_HOUR_NS), HST_OK);
    assert_int_equal(wake_until(&f, HST_HOUR_NS + 2 * HST_SECOND_NS), HST_OK);
    assert_int_equal(f.count, 1);
    assert_int_equal(f.rail->edge_next, 0);
    /* The leader was replaced while nobody looked. */
    assert_int_equal(submit(&f, 1, 3 * HST_HOUR_NS), HST_OK);
    assert_int_equal(wake_until(&f, 3 * HST_HOUR_NS + 2 * HST_SECOND_NS), HST_OK);
    assert_int_equal(f.count, 2);
    assert_false(hst_cluster_running(f.rail->cluster, hst_fault_whom(f.rail->cluster, 0)));
    /* Two against two: nothing is decided before the partition ends. */
    assert_int_equal(submit(&f, 2, 6 * HST_HOUR_NS + HST_SECOND_NS), HST_OK);
    assert_int_equal(wake_until(&f, 6 * HST_HOUR_NS + 599 * HST_SECOND_NS), HST_OK);
    assert_int_equal(f.count, 2);
    assert_true(hst_cluster_running(f.rail->cluster, hst_fault_whom(f.rail->cluster, 0)));
    assert_true(hst_dlt_longest_quiet_ns(f.rail, f.now_ns) > 590 * HST_SECOND_NS);
    assert_int_equal(wake_until(&f, 6 * HST_HOUR_NS + 700 * HST_SECOND_NS), HST_OK);
    assert_int_equal(f.count, 3);
    assert_int_equal(f.rail->edge_next, 4);
    assert_int_equal(f.rail->roots_differed, 0);
    assert_true(f.rail->roots_compared >= 3);
    close_rail(&f);
}

static void lying_step(void *state, const hst_consensus_input *input, hst_effects *effects)
{
    hst_consensus_find("rtgs")->step(state, input, effects);
    for (uint32_t i = 0; i < effects->count; i++) {
        hst_effect *one = &effects->list[i];
        if (one->kind == HST_EFFECT_COMMIT && one->height == 3 && commits_of_height_three++ == 1) {
            one->id.bytes[0] ^= 1;
        }
    }
}

static void validators_that_disagree_stop_the_rail(void **state)
{
    (void)state;
    static fixture f;
    liar = *hst_consensus_find("rtgs");
    liar.step = lying_step;
    open_rail(&f, &liar);
    hst_status status = HST_OK;
    for (uint32_t i = 0; status == HST_OK && i < 20; i++) {
        status = submit(&f, i, i * HST_SECOND_NS);
    }
    assert_int_equal(status, HST_REFUSED);
    assert_non_null(hst_dlt_violation(f.rail)->check);
    assert_true(f.count < 10);
    close_rail(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payments_of_a_batch_are_executed_together_in_order_after_finality),
        cmocka_unit_test(every_payment_is_executed_once_under_every_protocol),
        cmocka_unit_test(what_comes_before_its_predecessor_is_executed_behind_it),
        cmocka_unit_test(idle_hours_cost_no_messages),
        cmocka_unit_test(faults_come_at_their_time_of_the_day),
        cmocka_unit_test(validators_that_disagree_stop_the_rail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
