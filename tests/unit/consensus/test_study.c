/* A protocol under load: what it carries below and above what its processors can, what faults do to
 * it, and the table of costs. */
#include "core/consensus/raft/raft.h"
#include "core/consensus/rtgs/rtgs.h"

#include "sim/base/os_memory.h"
#include "sim/consensus/costs.h"
#include "sim/consensus/study.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const int64_t base_ns[1] = {10 * MS};

static hst_study_outcome
study(const hst_consensus_protocol *protocol, uint32_t load, hst_study_faults faults)
{
    const hst_network_options network = {.count = 5, .region_count = 1, .base_ns = base_ns};
    const hst_study_options options = {.protocol = protocol,
                                       .network = &network,
                                       /* A processor manages 1,000 payments a second. */
                                       .costs = {.command_ns = 1 * MS},
                                       .count = 5,
                                       .payments_per_s = load,
                                       .payment_bytes = 500,
                                       .batch_ns = 100 * MS,
                                       .duration_ns = 30 * HST_SECOND_NS,
                                       .faults = faults,
                                       .seed = 1,
                                       .memory = hst_os_memory()};
    hst_study_outcome outcome;
    assert_int_equal(hst_study_run(&options, &outcome), HST_OK);
    assert_null(outcome.violation.check);
    return outcome;
}

static void below_what_it_can_a_protocol_carries_what_is_offered(void **state)
{
    (void)state;
    const hst_study_outcome outcome = study(&hst_protocol_rtgs, 500, HST_STUDY_FAULTS_NONE);
    assert_true(outcome.payments_per_s > 495 && outcome.payments_per_s < 505);
    assert_int_equal(outcome.decided, outcome.offered);
    assert_true(outcome.busiest > 0.45 && outcome.busiest < 0.55);
    assert_true(outcome.p99_ns < 200 * MS);
    /* Each batch of 50 payments goes to four followers: 0.08 messages, 4 * (500 + a little) bytes.
     */
    assert_true(outcome.messages > 0.079 && outcome.messages < 0.085);
    assert_true(outcome.bytes > 2000 && outcome.bytes < 2050);
}

static void above_what_it_can_it_carries_that_and_payments_wait(void **state)
{
    (void)state;
    const hst_study_outcome outcome = study(&hst_protocol_rtgs, 2000, HST_STUDY_FAULTS_NONE);
    /* A block counts when it is committed; its execution, of seconds here, may end after the load.
     */
    assert_true(outcome.payments_per_s > 900 && outcome.payments_per_s < 1500);
    assert_true(outcome.busiest > 0.95);
    assert_true(outcome.p99_ns > 5 * HST_SECOND_NS);
}

static void without_its_leader_an_operator_stands_and_raft_goes_on(void **state)
{
    (void)state;
    const hst_study_outcome operated = study(&hst_protocol_rtgs, 100, HST_STUDY_FAULTS_LEADER);
    const hst_study_outcome elected = study(&hst_protocol_raft, 100, HST_STUDY_FAULTS_LEADER);
    assert_true(operated.longest_gap_ns >= 10 * HST_SECOND_NS);
    assert_true(elected.longest_gap_ns < 5 * HST_SECOND_NS);
    assert_int_equal(elected.decided, elected.offered);
}

static void every_fault_set_is_survived_within_what_is_tolerated(void **state)
{
    (void)state;
    for (int set = 0; set < HST_STUDY_FAULTS_COUNT; set++) {
        const hst_study_outcome outcome = study(&hst_protocol_raft, 100, (hst_study_faults)set);
        assert_true(outcome.decided > 0);
        assert_true(strlen(hst_study_faults_name((hst_study_faults)set)) > 0);
    }
}

static void studies_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const hst_network_options network = {.count = 5, .region_count = 1, .base_ns = base_ns};
    const hst_study_options good = {.protocol = &hst_protocol_rtgs,
                                    .network = &network,
                                    .count = 5,
                                    .payments_per_s = 1,
                                    .batch_ns = 100 * MS,
                                    .duration_ns = HST_SECOND_NS,
                                    .memory = hst_os_memory()};
    hst_study_options bad[5] = {good, good, good, good, good};
    bad[0].payments_per_s = 0;
    bad[1].batch_ns = 0;
    bad[2].duration_ns = 900 * MS;
    bad[3].count = 4;
    bad[4].network = NULL;
    hst_study_outcome outcome;
    assert_int_equal(hst_study_run(&good, &outcome), HST_OK);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(hst_study_run(&bad[i], &outcome), HST_INVALID);
    }
}

static void a_table_of_costs_is_read_and_what_is_wrong_with_it_is_named(void **state)
{
    (void)state;
    static const char good[] = "# note\nitem,ns,origin\nmessage,1,a\nverify,20,b\nsign,3,c\n"
                               "kilobyte,4,d\ntransfer,5,e\nwrite,6,f\n";
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"item,ns\nmessage,1\n", "no row for verify"},
        {"item,ns\nmessage,1\nmessage,2\n", "costs.csv:3"},
        {"item,ns\ncoffee,1\n", "\"coffee\""},
        {"item,ns\nmessage,-1\n", "costs.csv:2"},
        {"item\nmessage\n", "ns"},
        {"", "costs.csv"},
    };
    hst_cluster_costs costs;
    hst_error error = {0};
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    assert_int_equal(hst_costs_load("costs.csv", good, strlen(good), &arena, &costs, &error),
                     HST_OK);
    assert_int_equal(costs.message_ns, 1);
    assert_int_equal(costs.command_ns, 25); /* the payer's signature is checked, too */
    assert_int_equal(costs.write_ns, 6);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[512];
        hst_error_clear(&error);
        assert_int_not_equal(
            hst_costs_load("costs.csv", bad[i].text, strlen(bad[i].text), &arena, &costs, &error),
            HST_OK);
        assert_true(hst_error_print(&error, text, sizeof text) > 0);
        assert_non_null(strstr(text, bad[i].says));
    }
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(below_what_it_can_a_protocol_carries_what_is_offered),
        cmocka_unit_test(above_what_it_can_it_carries_that_and_payments_wait),
        cmocka_unit_test(without_its_leader_an_operator_stands_and_raft_goes_on),
        cmocka_unit_test(every_fault_set_is_survived_within_what_is_tolerated),
        cmocka_unit_test(studies_that_make_no_sense_are_refused),
        cmocka_unit_test(a_table_of_costs_is_read_and_what_is_wrong_with_it_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
