/* Worlds whose answer is known. */
#include "sim/forecast/control.h"

#include "tests/unit/forecast/support.h"

static void worlds_have_the_moments_they_claim(void **state)
{
    (void)state;
    enum { LONG = 400000 };
    static double r[LONG];
    const double phis[] = {0.0, HST_PLANTED_PHI};
    for (size_t p = 0; p < 2; p++) {
        double joint = 0.0;
        hst_control_planted(3, phis[p], r, LONG);
        for (size_t t = 1; t < LONG; t++) {
            joint += r[t] * r[t - 1] / LONG;
        }
        assert_near(hst_mean(r, LONG), 0.0, 0.007);
        assert_near(hst_variance(r, LONG), 1.0, 0.01);
        assert_near(joint, phis[p], 0.007);
    }
}

static void shuffling_keeps_values_and_loses_their_order(void **state)
{
    (void)state;
    enum { SHORT = 20000 };
    static double before[SHORT], after[SHORT];
    hst_control_planted(4, 0.9, before, SHORT);
    hst_control_planted(4, 0.9, after, SHORT);
    hst_control_shuffle(4, after, SHORT);
    double joint = 0.0;
    for (size_t t = 1; t < SHORT; t++) {
        joint += after[t] * after[t - 1] / SHORT;
    }
    assert_near(joint, 0.0, 0.05);
    hst_sort_values(before, SHORT);
    hst_sort_values(after, SHORT);
    assert_memory_equal(before, after, sizeof before);
}

static void in_a_random_walk_no_model_of_the_mean_wins(void **state)
{
    (void)state;
    hst_control_report report;
    const hst_control_plan plan = {.kind = HST_CONTROL_RANDOM_WALK,
                                   .first_seed = 1,
                                   .seeds = 40,
                                   .count = 6000,
                                   .means_only = true};
    assert_int_equal(hst_control_run(&plan, hst_os_memory(), &report), HST_OK);
    for (size_t m = HST_MEAN_DRIFT; m < HST_MEAN_COUNT; m++) {
        assert_int_equal(report.means[m].wins, 0);
        assert_int_equal(report.means[m].nested, 0);
        assert_true(report.means[m].lowest >= 0.995);
        assert_true(report.means[m].ratio.low > 0.9998);
    }
    assert_true(report.holds);
}

static void in_a_random_walk_no_density_beats_a_constant_one(void **state)
{
    (void)state;
    hst_control_report report;
    const hst_control_plan plan = {
        .kind = HST_CONTROL_RANDOM_WALK, .first_seed = 1, .seeds = 4, .count = 1600};
    assert_int_equal(hst_control_run(&plan, hst_os_memory(), &report), HST_OK);
    for (size_t d = HST_DENSITY_EWMA; d <= HST_DENSITY_GARCH_T; d++) {
        assert_int_equal(report.densities[d].wins, 0);
        assert_true(report.densities[d].ratio.n == 0 || report.densities[d].lowest > 0.998);
    }
    assert_true(report.densities[HST_DENSITY_EWMA].ratio.low > 1.0); /* it pays for its memory */
    assert_true(report.holds);
}

static void a_planted_signal_wins_by_the_theoretical_amount(void **state)
{
    (void)state;
    hst_control_report report;
    const hst_control_plan plan = {
        .kind = HST_CONTROL_PLANTED, .first_seed = 1, .seeds = 20, .count = 40000};
    assert_int_equal(hst_control_run(&plan, hst_os_memory(), &report), HST_OK);
    const hst_control_row *found = &report.means[HST_MEAN_AR1];
    assert_near(report.theory, 0.99499, 1e-5);
    assert_near(found->ratio.estimate, report.theory, 0.0005);
    /* R^2 = phi^2 */
    assert_near(1 - found->ratio.estimate * found->ratio.estimate, 0.01, 0.001);
    assert_int_equal(found->wins, 20);
    assert_int_equal(found->nested, 20);
    assert_int_equal(report.means[HST_MEAN_DRIFT].wins, 0);
    assert_true(report.shuffled.ratio.high >= 1.0);
    assert_true(report.shuffled.lowest > 0.9995);
    assert_int_equal(report.shuffled.wins, 0);
    assert_true(report.holds);
}

static void too_few_returns_to_find_the_signal_fail_the_control(void **state)
{
    (void)state;
    hst_control_report report;
    const hst_control_plan plan = {
        .kind = HST_CONTROL_PLANTED, .first_seed = 1, .seeds = 5, .count = 600};
    assert_int_equal(hst_control_run(&plan, hst_os_memory(), &report), HST_OK);
    assert_false(report.holds);
}

static void what_cannot_be_evaluated_is_said(void **state)
{
    (void)state;
    hst_control_report report;
    const hst_control_plan plan = {
        .kind = HST_CONTROL_RANDOM_WALK, .first_seed = 1, .seeds = 2, .count = 300};
    assert_int_equal(hst_control_run(&plan, hst_os_memory(), &report), HST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worlds_have_the_moments_they_claim),
        cmocka_unit_test(shuffling_keeps_values_and_loses_their_order),
        cmocka_unit_test(in_a_random_walk_no_model_of_the_mean_wins),
        cmocka_unit_test(in_a_random_walk_no_density_beats_a_constant_one),
        cmocka_unit_test(a_planted_signal_wins_by_the_theoretical_amount),
        cmocka_unit_test(too_few_returns_to_find_the_signal_fail_the_control),
        cmocka_unit_test(what_cannot_be_evaluated_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
