/* The cluster itself: faults, twins, storms and shrinking, on the protocol that is simplest. */
#include "core/consensus/gasper/gasper.h"
#include "core/consensus/rtgs/rtgs.h"

#include "sim/base/os_memory.h"
#include "sim/consensus/chaos.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static hst_chaos_options storm_of(uint64_t seed)
{
    return (hst_chaos_options){
        .protocol = &hst_protocol_rtgs, .seed = seed, .memory = hst_os_memory()};
}

static void storms_within_what_is_tolerated_end_well(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        const hst_chaos_options options = storm_of(seed);
        hst_chaos_outcome outcome;
        assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
        assert_null(outcome.violation.check);
        assert_true(outcome.live);
        assert_in_range(outcome.count, 4, 13);
    }
}

static void a_seed_gives_the_same_storm_again(void **state)
{
    (void)state;
    hst_chaos_outcome one;
    hst_chaos_outcome other;
    const hst_chaos_options options = storm_of(17);
    assert_int_equal(hst_chaos_run(&options, &one), HST_OK);
    assert_int_equal(hst_chaos_run(&options, &other), HST_OK);
    assert_true(one.report.digest == other.report.digest);
    assert_int_equal(one.fault_count, other.fault_count);
}

/* The operator believes nobody, and everybody believes it: two of it are one too many. */
static void an_operator_with_a_twin_breaks_agreement(void **state)
{
    (void)state;
    static const hst_fault faults[3] = {
        {.kind = HST_FAULT_SLOW, .replica = 2, .from_ns = 1 * MS, .until_ns = 90 * MS},
        {.kind = HST_FAULT_TWIN, .replica = 0, .groups = 0xa},
        {.kind = HST_FAULT_CRASH, .replica = 3, .from_ns = 1 * MS, .until_ns = 90 * MS}};
    hst_chaos_options options = storm_of(5);
    options.faults = faults;
    options.fault_count = 3;
    hst_chaos_outcome outcome;
    assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
    assert_non_null(outcome.violation.check);
    assert_string_equal(outcome.violation.check, "agreement");
    /* Shrinking finds that the twin alone does it. */
    assert_int_equal(hst_chaos_shrink(&options, 100, &outcome), HST_OK);
    assert_string_equal(outcome.violation.check, "agreement");
    assert_int_equal(outcome.fault_count, 1);
    assert_int_equal(outcome.faults[0].kind, HST_FAULT_TWIN);
}

static void a_silent_operator_is_seen_as_no_progress(void **state)
{
    (void)state;
    static const hst_fault faults[1] = {{.kind = HST_FAULT_SILENT, .replica = 0}};
    hst_chaos_options options = storm_of(5);
    options.faults = faults;
    options.fault_count = 1;
    hst_chaos_outcome outcome;
    assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
    assert_null(outcome.violation.check);
    assert_false(outcome.live);
}

static void overlapping_faults_end_one_by_one(void **state)
{
    (void)state;
    static const hst_fault faults[3] = {
        {.kind = HST_FAULT_CUT, .replica = 2, .from_ns = 100 * MS, .until_ns = 300 * MS},
        {.kind = HST_FAULT_CUT_IN, .replica = 2, .from_ns = 200 * MS, .until_ns = 600 * MS},
        {.kind = HST_FAULT_CRASH, .replica = 1, .from_ns = 100 * MS, .until_ns = 500 * MS}};
    test_cluster test;
    hst_consensus_view view;
    test_plan(&test, &hst_protocol_rtgs, 3, 1);
    test_make(&test);
    assert_int_equal(hst_fault_schedule(test.cluster, faults, 3), HST_OK);
    test_load(&test, 50, 10 * MS);
    test_run(&test, 450 * MS);
    hst_cluster_view(test.cluster, 2, &view);
    assert_in_range(view.commit_height, 8, 12); /* it has heard nothing since 100 ms */
    assert_false(hst_cluster_running(test.cluster, 1));
    test_run(&test, 590 * MS);
    hst_cluster_view(test.cluster, 2, &view);
    assert_in_range(view.commit_height, 8, 12);
    assert_true(hst_cluster_running(test.cluster, 1));
    test_end(&test);
}

/* One slot in sixteen, blocks come after the next one's: they lose, though everyone has seen what
 * is in them. */
static hst_cluster_verdict make_blocks_late(void *context,
                                            hst_cluster *cluster,
                                            uint32_t from,
                                            uint32_t to,
                                            const uint8_t *bytes,
                                            uint32_t size)
{
    const int64_t slot_ns = hst_protocol_gasper.pace_ns;
    (void)context, (void)from, (void)to, (void)size;
    hst_cluster_verdict verdict = {0};
    if (hst_protocol_gasper.kinds[bytes[0]].role == HST_ROLE_PROPOSAL &&
        hst_cluster_now(cluster) / slot_ns % 16 == 5) {
        verdict.delay_ns = slot_ns + 2 * HST_SECOND_NS;
    }
    return verdict;
}

static void what_was_in_a_block_that_lost_is_decided_although_the_load_goes_on(void **state)
{
    (void)state;
    enum { BATCHES = 3000, SETTLED = 1200 };
    test_cluster test;
    test_plan(&test, &hst_protocol_gasper, 4, 1);
    test.options.filter = make_blocks_late;
    test.options.gather = 64;
    test.options.offer_again_ns = 900 * HST_SECOND_NS;
    test_make(&test);
    test_load(&test, BATCHES, 2 * HST_SECOND_NS);
    test_run(&test, BATCHES * 2 * HST_SECOND_NS); /* never a rest */
    uint32_t open = 0;
    for (uint64_t b = 1; b <= SETTLED; b++) {
        int64_t submitted_ns = 0;
        int64_t agreed_ns = 0;
        open += hst_cluster_batch_times(test.cluster, b, &submitted_ns, &agreed_ns) ? 0 : 1;
    }
    assert_int_equal(open, 0);
    test_end(&test);
}

static void faults_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const hst_fault bad[4] = {
        {.kind = HST_FAULT_CRASH, .replica = 3, .from_ns = 1, .until_ns = 2},
        {.kind = HST_FAULT_CRASH, .replica = 0, .from_ns = 2, .until_ns = 2},
        {.kind = HST_FAULT_TWIN, .replica = 0, .groups = 1},
        {.kind = HST_FAULT_LOSS, .from_ns = 1, .until_ns = 2, .amount_ns = 1000001}};
    for (size_t i = 0; i < 4; i++) {
        test_cluster test;
        test_plan(&test, &hst_protocol_rtgs, 3, 1);
        test_make(&test);
        assert_int_equal(hst_fault_schedule(test.cluster, &bad[i], 1), HST_INVALID);
        test_end(&test);
    }
}

static void every_fault_has_a_word_and_a_line(void **state)
{
    (void)state;
    for (int kind = 0; kind < HST_FAULT_COUNT; kind++) {
        char text[160];
        const hst_fault fault = {.kind = (hst_fault_kind)kind, .until_ns = HST_SECOND_NS};
        hst_fault_describe(&fault, text, sizeof text);
        assert_memory_equal(text, hst_fault_name(fault.kind), strlen(hst_fault_name(fault.kind)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(storms_within_what_is_tolerated_end_well),
        cmocka_unit_test(a_seed_gives_the_same_storm_again),
        cmocka_unit_test(an_operator_with_a_twin_breaks_agreement),
        cmocka_unit_test(a_silent_operator_is_seen_as_no_progress),
        cmocka_unit_test(overlapping_faults_end_one_by_one),
        cmocka_unit_test(what_was_in_a_block_that_lost_is_decided_although_the_load_goes_on),
        cmocka_unit_test(faults_that_make_no_sense_are_refused),
        cmocka_unit_test(every_fault_has_a_word_and_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
