/* LND's apriori estimator against the values of its own tests (routing/probability_apriori_test.go)
 * and what its record of results keeps. */
#include "core/routing/lnd_apriori.h"

#include "tests/unit/routing/assertions.h"

#include <math.h>

#define HOUR_NS  INT64_C(3600000000000)
#define CAPACITY INT64_C(1000000000)
#define NOW_NS   (INT64_C(1000) * HOUR_NS)

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.9f, expected %.9f within %g", value, expected, tolerance);
    }
}

static double factor(double fraction, double share)
{
    return hst_lnd_capacity_factor(fraction, (int64_t)(share * (double)CAPACITY), CAPACITY);
}

static void the_capacity_factor_has_the_published_values(void **state)
{
    (void)state;
    near(factor(0.75, 0.75), 0.75, 1e-12);
    near(factor(0.75, 0.80), 0.560, 0.001);
    near(factor(0.75, 0.80), 1 - 0.5 / (1 + exp(-2)), 1e-9);
    near(factor(0.75, 1.00), 0.5, 0.001);
    near(factor(0.75, 0.50), 1, 0.001);
    near(factor(0.75, 0.10), 1, 0.001);
    assert_true(factor(0.75, 1.01) <= 0);
    near(factor(0.9999, 0.90), 0.990, 0.001);
    near(factor(0.9999, 0.90), 0.9909715, 1e-7);
    near(factor(0.9999, 1.00), 0.75, 0.001);
    assert_true(factor(0.9999, 1.01) <= 0);
    near(factor(1, 0.90), 1, 0);
    near(factor(1, 1.00), 1, 0);
    near(hst_lnd_capacity_factor(0.75, INT64_MAX, 0), 1, 0);
}

/** The parameters of LND's test. */
static hst_lnd_apriori tested(void)
{
    hst_lnd_apriori apriori = hst_lnd_apriori_defaults();
    apriori.weight = 0.75;
    return apriori;
}

static hst_lnd_result passed(void)
{
    hst_lnd_result result = {0};
    hst_lnd_result_pass(&result, 100, NOW_NS - HOUR_NS);
    return result;
}

static hst_lnd_result failed(int64_t hours)
{
    hst_lnd_result result = {0};
    hst_lnd_result_fail(&result, 50, NOW_NS - hours * HOUR_NS);
    return result;
}

static hst_lnd_apriori_node node_of(const hst_lnd_result *results, size_t count)
{
    const hst_lnd_apriori apriori = tested();
    hst_lnd_apriori_node node = {0};
    for (size_t i = 0; i < count; i++) {
        hst_lnd_apriori_count(&apriori, &node, &results[i], 50, NOW_NS);
    }
    return node;
}

static double chance(const hst_lnd_apriori_node *node, const hst_lnd_result *result)
{
    const hst_lnd_apriori apriori = tested();
    return hst_lnd_apriori_chance(&apriori, node, result, 50, 0, NOW_NS);
}

static void chances_have_the_published_values(void **state)
{
    (void)state;
    const hst_lnd_result nothing = {0};
    const hst_lnd_apriori_node empty = {0};
    near(chance(&empty, &nothing), 0.6, 1e-12);

    const hst_lnd_result one_passed[] = {passed()};
    const hst_lnd_apriori_node good = node_of(one_passed, 1);
    near(chance(&good, &nothing), (3 * 0.6 + 0.95) / 4, 1e-12);
    near(chance(&good, &one_passed[0]), 0.95, 1e-12);

    const hst_lnd_result one_failed[] = {failed(1)};
    const hst_lnd_apriori_node bad = node_of(one_failed, 1);
    near(chance(&bad, &nothing), 0.514, 0.01);
    near(chance(&bad, &nothing), 3 * 0.6 / 3.5, 1e-12);
    near(chance(&bad, &one_failed[0]), 3 * 0.6 / 3.5 / 2, 1e-12);

    const hst_lnd_result mixed[] = {passed(), failed(2), failed(3)};
    const hst_lnd_apriori_node node = node_of(mixed, 3);
    near(chance(&node, &nothing), 0.6286, 0.01);
    near(chance(&node, &nothing), (3 * 0.6 + 0.95) / 4.375, 1e-12);
    near(chance(&node, &mixed[1]), (3 * 0.6 + 0.95) / 4.375 * 0.75, 1e-12);
}

static void a_hop_of_the_senders_own_starts_trusted_and_recovers(void **state)
{
    (void)state;
    const hst_lnd_apriori apriori = tested();
    const hst_lnd_result nothing = {0};
    const hst_lnd_result just = failed(0);
    const hst_lnd_result hour = failed(1);
    near(hst_lnd_apriori_own_chance(&apriori, &nothing, NOW_NS), 0.95, 0);
    near(hst_lnd_apriori_own_chance(&apriori, &just, NOW_NS), 0, 0);
    near(hst_lnd_apriori_own_chance(&apriori, &hour, NOW_NS), 0.475, 1e-12);
}

static void a_failure_that_is_reported_for_later_counts_as_fresh(void **state)
{
    (void)state;
    const hst_lnd_result future = failed(-5);
    const hst_lnd_apriori_node node = node_of(&future, 1);
    near(node.failed, 1, 0);
    near(chance(&node, &future), 0, 0);
}

static void a_record_keeps_the_range_between_passed_and_failed(void **state)
{
    (void)state;
    hst_lnd_result result = {0};
    hst_lnd_result_pass(&result, 100, 10);
    hst_lnd_result_pass(&result, 50, 20);
    assert_int_equal(result.passed_amount, 100);
    assert_int_equal(result.passed_ns, 20);
    hst_lnd_result_fail(&result, 80, 30);
    assert_int_equal(result.passed_amount, 79);
    assert_int_equal(result.failed_amount, 80);
    /* A higher failure within a minute is ignored; a lower one is not; a later one is not. */
    hst_lnd_result_fail(&result, 90, 30 + HST_LND_RELAX_NS - 1);
    assert_int_equal(result.failed_amount, 80);
    assert_int_equal(result.failed_ns, 30);
    hst_lnd_result_fail(&result, 70, 40);
    assert_int_equal(result.failed_amount, 70);
    assert_int_equal(result.passed_amount, 69);
    hst_lnd_result_fail(&result, 90, 40 + HST_LND_RELAX_NS);
    assert_int_equal(result.failed_amount, 90);
    hst_lnd_result_pass(&result, 95, 50 + HST_LND_RELAX_NS);
    assert_int_equal(result.failed_amount, 96);
    assert_int_equal(result.passed_amount, 95);
    hst_lnd_result_fail(&result, 0, 60 + HST_LND_RELAX_NS);
    assert_int_equal(result.passed_amount, 0);
    assert_int_equal(result.failed_amount, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_capacity_factor_has_the_published_values),
        cmocka_unit_test(chances_have_the_published_values),
        cmocka_unit_test(a_hop_of_the_senders_own_starts_trusted_and_recovers),
        cmocka_unit_test(a_failure_that_is_reported_for_later_counts_as_fresh),
        cmocka_unit_test(a_record_keeps_the_range_between_passed_and_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
