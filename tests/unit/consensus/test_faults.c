/* What faults do to validators: each kind is borne within the bound, does what its word says, and
 * drawn schedules keep to the bound. */
#include "core/consensus/pbft/pbft.h"
#include "core/consensus/raft/raft.h"
#include "core/consensus/rtgs/rtgs.h"
#include "core/consensus/tendermint/tendermint.h"

#include "sim/consensus/chaos.h"
#include "sim/consensus/fault_draw.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { BATCHES = 40 };

/* Four replicas of a protocol under one fault, a batch every 50 ms, for a while. */
static void suffer(test_cluster *test,
                   const hst_consensus_protocol *protocol,
                   const hst_fault *fault,
                   int64_t until_ns)
{
    test_plan(test, protocol, 4, 3);
    test_make(test);
    assert_int_equal(hst_fault_schedule(test->cluster, fault, 1), HST_OK);
    test_load(test, BATCHES, 50 * MS);
    test_run(test, until_ns);
}

static hst_cluster_report report_of(const test_cluster *test)
{
    hst_cluster_report report;
    hst_cluster_measure(test->cluster, &report);
    return report;
}

static void every_kind_is_borne_within_the_bound(void **state)
{
    (void)state;
    for (int kind = 0; kind < HST_FAULT_COUNT; kind++) {
        const hst_fault_kind k = (hst_fault_kind)kind;
        const bool ppm = k == HST_FAULT_LOSS || k == HST_FAULT_DUPLICATE;
        const hst_fault fault = {.kind = k,
                                 .replica = k == HST_FAULT_PARTITION ? HST_CONSENSUS_NOBODY : 1,
                                 .from_ns = 300 * MS,
                                 .until_ns = 1500 * MS,
                                 .amount_ns = ppm ? 100000 : 300 * MS,
                                 .groups = 0x5};
        if (k == HST_FAULT_BIT_FLIP) {
            continue; /* is found out, below */
        }
        test_cluster test;
        suffer(&test, &hst_protocol_tendermint, &fault, 60 * HST_SECOND_NS);
        if (test_decided(&test) != BATCHES) {
            fail_msg("%s: %u of %u decided", hst_fault_name(k), (unsigned)test_decided(&test),
                     (unsigned)BATCHES);
        }
        test_end(&test);
    }
}

/* Byzantine for the whole run: the others go on without it. */
static void nobody_waits_for_a_replica_that_lies_throughout(void **state)
{
    (void)state;
    static const hst_fault_kind kinds[] = {HST_FAULT_EQUIVOCATE, HST_FAULT_LATE_VOTES,
                                           HST_FAULT_WITHHOLD, HST_FAULT_INVALID, HST_FAULT_TWIN};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        const hst_fault fault = {
            .kind = kinds[k], .replica = 0, .amount_ns = HST_SECOND_NS, .groups = 0xc};
        test_cluster test;
        suffer(&test, &hst_protocol_pbft, &fault, 120 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), BATCHES);
        test_end(&test);
    }
}

static void batches_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    const hst_fault fault = {.kind = HST_FAULT_INVALID, .replica = 0};
    test_cluster test;
    suffer(&test, &hst_protocol_pbft, &fault, 120 * HST_SECOND_NS);
    const hst_cluster_report report = report_of(&test);
    assert_true(report.invalid > 0);
    assert_int_equal(report.void_blocks, 0);
    assert_true(report.view_changes > 0); /* its primary proposes nothing that exists */
    test_end(&test);
}

static void a_primary_that_withholds_its_proposals_is_replaced(void **state)
{
    (void)state;
    const hst_fault fault = {.kind = HST_FAULT_WITHHOLD, .replica = 0};
    test_cluster test;
    suffer(&test, &hst_protocol_pbft, &fault, 120 * HST_SECOND_NS);
    assert_true(report_of(&test).view_changes > 0);
    test_end(&test);
}

static void late_votes_leave_proposals_in_time(void **state)
{
    (void)state;
    const hst_fault votes = {.kind = HST_FAULT_LATE_VOTES, .replica = 0, .amount_ns = 900 * MS};
    const hst_fault all = {.kind = HST_FAULT_LATE, .replica = 0, .amount_ns = 900 * MS};
    uint64_t decided[2];
    for (int i = 0; i < 2; i++) {
        test_cluster test;
        suffer(&test, &hst_protocol_pbft, i == 0 ? &votes : &all, 800 * MS);
        decided[i] = test_decided(&test);
        test_end(&test);
    }
    assert_true(decided[0] > 5);     /* the three others are a quorum */
    assert_int_equal(decided[1], 0); /* but not without a proposal */
}

static void another_state_is_found_out_by_name(void **state)
{
    (void)state;
    const hst_fault fault = {
        .kind = HST_FAULT_BIT_FLIP, .replica = 2, .from_ns = 300 * MS, .until_ns = 10000 * MS};
    test_cluster test;
    test_plan(&test, &hst_protocol_raft, 3, 1);
    test_make(&test);
    assert_int_equal(hst_fault_schedule(test.cluster, &fault, 1), HST_OK);
    test_load(&test, BATCHES, 50 * MS);
    test_violates(&test, 5 * HST_SECOND_NS, "state");
    test_end(&test);
}

static void what_the_leader_says_comes_late(void **state)
{
    (void)state;
    const hst_fault fault = {.kind = HST_FAULT_SLOW_LEADER,
                             .replica = HST_CONSENSUS_NOBODY,
                             .from_ns = 0,
                             .until_ns = 10000 * MS,
                             .amount_ns = 500 * MS};
    test_cluster test;
    hst_consensus_view view;
    suffer(&test, &hst_protocol_rtgs, &fault, 500 * MS);
    hst_cluster_view(test.cluster, 0, &view);
    assert_true(view.commit_height > 5); /* the operator itself */
    hst_cluster_view(test.cluster, 1, &view);
    assert_int_equal(view.commit_height, 0); /* who hears from it */
    test_run(&test, 1000 * MS);
    hst_cluster_view(test.cluster, 1, &view);
    assert_true(view.commit_height > 5);
    test_end(&test);
}

static void a_slow_link_has_two_ends(void **state)
{
    (void)state;
    const hst_fault fault = {.kind = HST_FAULT_SLOW_LINK,
                             .replica = 0,
                             .from_ns = 0,
                             .until_ns = 10000 * MS,
                             .amount_ns = 500 * MS,
                             .groups = 0x2};
    test_cluster test;
    hst_consensus_view near;
    hst_consensus_view far;
    suffer(&test, &hst_protocol_rtgs, &fault, 500 * MS);
    hst_cluster_view(test.cluster, 1, &far);
    hst_cluster_view(test.cluster, 2, &near);
    assert_int_equal(far.commit_height, 0);
    assert_true(near.commit_height > 5);
    test_end(&test);
}

static void the_leader_is_found_out_when_its_fault_begins(void **state)
{
    (void)state;
    const hst_fault fault = {.kind = HST_FAULT_CRASH,
                             .replica = HST_FAULT_LEADER,
                             .from_ns = 5000 * MS,
                             .until_ns = 9000 * MS};
    test_cluster test;
    hst_consensus_view view;
    test_plan(&test, &hst_protocol_raft, 5, 4);
    test_make(&test);
    assert_int_equal(hst_fault_prepare(test.cluster, &fault, 1), HST_OK);
    test_load(&test, BATCHES, 50 * MS);
    test_run(&test, 5000 * MS);
    hst_fault_change(test.cluster, 0, false);
    const uint32_t who = hst_fault_whom(test.cluster, 0);
    assert_true(who < 5);
    assert_false(hst_cluster_running(test.cluster, who));
    hst_cluster_view(test.cluster, (who + 1) % 5, &view);
    assert_int_equal(view.leader, who); /* the others do not know yet */
    test_run(&test, 9000 * MS);
    hst_cluster_view(test.cluster, (who + 1) % 5, &view);
    assert_int_not_equal(view.leader, who);
    hst_fault_change(test.cluster, 0, true);
    assert_true(hst_cluster_running(test.cluster, who));
    test_run(&test, 20000 * MS);
    test_end(&test);
}

static void a_replica_misbehaves_in_one_way(void **state)
{
    (void)state;
    static const hst_fault faults[2] = {{.kind = HST_FAULT_SILENT, .replica = 1},
                                        {.kind = HST_FAULT_LATE, .replica = 1}};
    test_cluster test;
    test_plan(&test, &hst_protocol_pbft, 4, 1);
    test_make(&test);
    assert_int_equal(hst_fault_prepare(test.cluster, faults, 2), HST_INVALID);
    test_end(&test);
}

/* ---- drawn schedules --------------------------------------------------------------------------
 */

/* The slow, obvious count of who is out at one time. */
static uint32_t out_at(const hst_fault *faults, uint32_t count, int64_t time_ns)
{
    uint64_t set = 0;
    for (uint32_t f = 0; f < count; f++) {
        const hst_fault *one = &faults[f];
        const bool lies = hst_fault_is_byzantine(one->kind);
        const bool amnesia = one->kind == HST_FAULT_DISK_LOSS && time_ns >= one->from_ns;
        const bool stopped = (one->kind == HST_FAULT_CRASH || one->kind == HST_FAULT_CUT ||
                              one->kind == HST_FAULT_CUT_IN || one->kind == HST_FAULT_CUT_OUT) &&
                             time_ns >= one->from_ns && time_ns < one->until_ns;
        if (lies || amnesia || stopped) {
            set |= UINT64_C(1) << one->replica;
        }
    }
    return (uint32_t)__builtin_popcountll(set);
}

static void drawn_faults_keep_to_the_bound_at_every_time(void **state)
{
    (void)state;
    enum { TRIES = 60 };
    size_t protocols = 0;
    const hst_consensus_protocol *const *all = hst_consensus_protocols(&protocols);
    uint32_t drawn = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        for (size_t p = 0; p < protocols; p++) {
            const uint32_t count = 4 + (uint32_t)(seed % 10);
            const hst_fault_draw_options options = {.protocol = all[p],
                                                    .count = count,
                                                    .seed = seed,
                                                    .until_ns = 6 * HST_HOUR_NS,
                                                    .tries = TRIES};
            hst_fault faults[TRIES];
            hst_fault again[TRIES];
            const uint32_t n = hst_fault_draw(&options, faults);
            assert_int_equal(hst_fault_draw(&options, again), n);
            assert_memory_equal(faults, again, n * sizeof faults[0]);
            drawn += n;
            for (uint32_t f = 0; f < n; f++) {
                assert_true(f == 0 || faults[f].from_ns >= faults[f - 1].from_ns);
                assert_true(out_at(faults, n, faults[f].from_ns) <=
                            hst_chaos_tolerated(all[p], count));
            }
        }
    }
    assert_true(drawn > 20 * 11 * 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_borne_within_the_bound),
        cmocka_unit_test(nobody_waits_for_a_replica_that_lies_throughout),
        cmocka_unit_test(batches_that_do_not_exist_are_refused),
        cmocka_unit_test(a_primary_that_withholds_its_proposals_is_replaced),
        cmocka_unit_test(late_votes_leave_proposals_in_time),
        cmocka_unit_test(another_state_is_found_out_by_name),
        cmocka_unit_test(what_the_leader_says_comes_late),
        cmocka_unit_test(a_slow_link_has_two_ends),
        cmocka_unit_test(the_leader_is_found_out_when_its_fault_begins),
        cmocka_unit_test(a_replica_misbehaves_in_one_way),
        cmocka_unit_test(drawn_faults_keep_to_the_bound_at_every_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
