/* Corrections for many tests. */
#include "sim/base/os_memory.h"
#include "sim/statistics/statistics.h"

#include "tests/unit/statistics/support.h"

/* p-values of Benjamini and Hochberg 1995, table in section 4.1 (thrombolysis, 15 hypotheses):
 * at 0.05 their procedure rejects the first four, Bonferroni and Holm the first three. */
static const double bh1995[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                                0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};

static void the_published_example_rejects_what_the_paper_says(void **state)
{
    (void)state;
    double holm[15];
    double bh[15];
    for (size_t i = 0; i < 15; i++) { /* from last to first: order must not matter */
        holm[14 - i] = bh1995[i];
        bh[14 - i] = bh1995[i];
    }
    assert_int_equal(hst_holm(holm, 15, hst_os_memory()), HST_OK);
    assert_int_equal(hst_benjamini_hochberg(bh, 15, hst_os_memory()), HST_OK);
    size_t by_holm = 0;
    size_t by_bh = 0;
    for (size_t i = 0; i < 15; i++) {
        by_holm += holm[i] <= 0.05;
        by_bh += bh[i] <= 0.05;
        assert_true(bh[i] <= holm[i]);
    }
    assert_int_equal(by_holm, 3);
    assert_int_equal(by_bh, 4);
    assert_near(holm[14], 15 * 0.0001, 1e-15);
    assert_near(holm[13], 14 * 0.0004, 1e-15);
    assert_near(bh[11], 15.0 / 4 * 0.0095, 1e-15);
}

static void corrected_values_stay_probabilities_in_order(void **state)
{
    (void)state;
    double p[] = {0.9, 0.02, 0.8, 0.02};
    assert_int_equal(hst_holm(p, 4, hst_os_memory()), HST_OK);
    assert_near(p[1], 0.08, 1e-15);
    assert_near(p[3], 0.08, 1e-15);
    assert_near(p[0], 1, 0);
    assert_near(p[2], 1, 0);
}

static void what_is_no_probability_is_refused(void **state)
{
    (void)state;
    double high[] = {0.5, 1.5};
    double none[] = {(double)NAN};
    assert_int_equal(hst_holm(high, 2, hst_os_memory()), HST_INVALID);
    assert_int_equal(hst_benjamini_hochberg(none, 1, hst_os_memory()), HST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_example_rejects_what_the_paper_says),
        cmocka_unit_test(corrected_values_stay_probabilities_in_order),
        cmocka_unit_test(what_is_no_probability_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
