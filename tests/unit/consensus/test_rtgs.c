/* The trusted operator, and through it the cluster that hosts every protocol. */
#include "core/consensus/rtgs/rtgs.h"

#include "tests/unit/consensus/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void it_keeps_the_contract_of_all_protocols(void **state)
{
    (void)state;
    test_contract(&hst_protocol_rtgs, 4, true);
}

static void a_decision_takes_a_message_to_each_follower(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, &hst_protocol_rtgs, 10, 1);
    test_make(&test);
    test_run(&test, 100 * MS); /* the followers' first FETCHes are over */
    test_load(&test, 100, 20 * MS);
    test_reach(&test, 100, 60 * HST_SECOND_NS);
    hst_cluster_report report;
    hst_cluster_measure(test.cluster, &report);
    assert_int_equal(report.by_kind[0], 9 * 100);
    test_end(&test);
}

static void an_operator_that_comes_back_goes_on(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, &hst_protocol_rtgs, 4, 1);
    test_make(&test);
    test_load(&test, 100, 20 * MS);
    test_run(&test, 500 * MS);
    hst_cluster_crash(test.cluster, 0);
    test_run(&test, 1500 * MS);
    hst_cluster_restart(test.cluster, 0, true);
    test_reach(&test, 100, 60 * HST_SECOND_NS);
    test_end(&test);
}

static void a_follower_far_behind_gets_the_state(void **state)
{
    (void)state;
    test_cluster test;
    test_plan(&test, &hst_protocol_rtgs, 4, 1);
    test_make(&test);
    test_load(&test, 600, 5 * MS);
    test_run(&test, 100 * MS);
    hst_cluster_crash(test.cluster, 3);
    test_run(&test, 3000 * MS);
    hst_cluster_restart(test.cluster, 3, false);
    test_reach(&test, 600, 60 * HST_SECOND_NS);
    test_end(&test);
}

static void storms_do_no_harm(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        test_cluster test;
        test_plan(&test, &hst_protocol_rtgs, 5, seed);
        test_make(&test);
        test_load(&test, 100, 100 * MS);
        test_storm(&test, seed, 2, 20 * HST_SECOND_NS, 60 * HST_SECOND_NS);
        assert_int_equal(test_decided(&test), 100);
        test_end(&test);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_contract_of_all_protocols),
        cmocka_unit_test(a_decision_takes_a_message_to_each_follower),
        cmocka_unit_test(an_operator_that_comes_back_goes_on),
        cmocka_unit_test(a_follower_far_behind_gets_the_state),
        cmocka_unit_test(storms_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
