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

/* ---- beyond what is tolerated --------------------------------------------------------------- */

/* Storms of a protocol until a check fires; its name, NULL when none of `tries` did. */
static const char *broken_by(const char *name, uint32_t beyond, uint64_t tries, uint64_t *stuck)
{
    *stuck = 0;
    for (uint64_t seed = 1; seed <= tries; seed++) {
        const hst_chaos_options options = {.protocol = hst_consensus_find(name),
                                           .seed = seed,
                                           .count_min = 4,
                                           .count_max = 10,
                                           .beyond = beyond,
                                           .memory = hst_os_memory()};
        hst_chaos_outcome outcome;
        assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
        if (outcome.violation.check != NULL) {
            return outcome.violation.check;
        }
        *stuck += outcome.live ? 0 : 1;
    }
    return NULL;
}

/* One faulty replica more than is tolerated, twins at that, and two halves decide by themselves. */
static void with_one_twin_too_many_every_protocol_forks(void **state)
{
    (void)state;
    static const struct {
        const char *protocol, *check;
    } cases[] = {
        {"rtgs", "agreement"},       {"raft", "agreement"},     {"pbft", "agreement"},
        {"tendermint", "agreement"}, {"hotstuff", "agreement"}, {"jolteon", "agreement"},
        {"mysticeti", "agreement"},  {"scp", "agreement"},      {"nakamoto", "finality"},
        {"gasper", "finality"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t stuck = 0;
        const char *check = broken_by(cases[i].protocol, 1, 8, &stuck);
        assert_non_null(check);
        assert_string_equal(check, cases[i].check);
    }
}

/* Four fifths of everybody are far more than two thirds: one liar too many stops the XRP Ledger,
 * and to fork it takes as many as two quorums share. */
static void the_xrp_ledger_stops_before_it_forks(void **state)
{
    (void)state;
    uint64_t stuck = 0;
    assert_null(broken_by("xrpl", 1, 8, &stuck));
    assert_true(stuck > 0);
    assert_string_equal(broken_by("xrpl", 5, 24, &stuck), "agreement");
}

/* The same attack with as many twins as are tolerated, from the start and for as long. */
static void with_as_many_twins_as_tolerated_nothing_forks(void **state)
{
    (void)state;
    static const char *const names[] = {"pbft",      "tendermint", "hotstuff", "jolteon",
                                        "mysticeti", "scp",        "gasper"};
    static const hst_fault faults[2] = {{.kind = HST_FAULT_TWIN, .replica = 1, .groups = 0x4},
                                        {.kind = HST_FAULT_PARTITION,
                                         .replica = HST_CONSENSUS_NOBODY,
                                         .groups = 0x4,
                                         .until_ns = 20 * HST_SECOND_NS}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            const hst_chaos_options options = {.protocol = hst_consensus_find(names[i]),
                                               .seed = seed,
                                               .count_min = 4,
                                               .count_max = 4,
                                               .faults = faults,
                                               .fault_count = 2,
                                               .memory = hst_os_memory()};
            hst_chaos_outcome outcome;
            assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
            assert_null(outcome.violation.check);
            assert_true(outcome.live);
        }
    }
}

/* Where both sides decide in one view, or by votes that no view separates, the fork names f + 1. */
static void a_fork_names_who_voted_for_both_sides(void **state)
{
    (void)state;
    static const char *const names[] = {"tendermint", "mysticeti", "scp", "gasper"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        static const hst_fault faults[3] = {{.kind = HST_FAULT_TWIN, .replica = 1, .groups = 0x4},
                                            {.kind = HST_FAULT_TWIN, .replica = 3, .groups = 0x4},
                                            {.kind = HST_FAULT_PARTITION,
                                             .replica = HST_CONSENSUS_NOBODY,
                                             .groups = 0x4,
                                             .until_ns = 9000 * HST_SECOND_NS}};
        const hst_chaos_options options = {.protocol = hst_consensus_find(names[i]),
                                           .seed = 1,
                                           .count_min = 4,
                                           .count_max = 4,
                                           .faults = faults,
                                           .fault_count = 3,
                                           .memory = hst_os_memory()};
        hst_chaos_outcome outcome;
        assert_int_equal(hst_chaos_run(&options, &outcome), HST_OK);
        assert_non_null(outcome.violation.check);
        assert_int_equal(outcome.violation.guilty, 0xa); /* 1 and 3, and nobody else */
    }
}

/* What shrinking leaves is a list of numbers that gives the same violation again. */
static void a_shrunk_storm_can_be_repeated(void **state)
{
    (void)state;
    hst_chaos_options options = {
        .protocol = hst_consensus_find("tendermint"), .beyond = 1, .memory = hst_os_memory()};
    hst_chaos_outcome shrunk, again;
    do {
        options.seed++;
        assert_int_equal(hst_chaos_run(&options, &shrunk), HST_OK);
    } while (shrunk.violation.check == NULL);
    const uint32_t drawn = shrunk.fault_count;
    assert_int_equal(hst_chaos_shrink(&options, 100, &shrunk), HST_OK);
    options.left_out = ~UINT64_C(0);
    for (uint32_t f = 0; f < shrunk.fault_count; f++) {
        assert_in_range(shrunk.numbers[f], 1, drawn);
        options.left_out &= ~(UINT64_C(1) << (shrunk.numbers[f] - 1));
    }
    assert_int_equal(hst_chaos_run(&options, &again), HST_OK);
    assert_string_equal(again.violation.check, shrunk.violation.check);
    assert_int_equal(again.violation.event, shrunk.violation.event);
    assert_true(again.report.digest == shrunk.report.digest);
}

/* ---- the schedule ---------------------------------------------------------------------------- */

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
        cmocka_unit_test(with_one_twin_too_many_every_protocol_forks),
        cmocka_unit_test(the_xrp_ledger_stops_before_it_forks),
        cmocka_unit_test(with_as_many_twins_as_tolerated_nothing_forks),
        cmocka_unit_test(a_fork_names_who_voted_for_both_sides),
        cmocka_unit_test(a_shrunk_storm_can_be_repeated),
        cmocka_unit_test(overlapping_faults_end_one_by_one),
        cmocka_unit_test(what_was_in_a_block_that_lost_is_decided_although_the_load_goes_on),
        cmocka_unit_test(faults_that_make_no_sense_are_refused),
        cmocka_unit_test(every_fault_has_a_word_and_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
