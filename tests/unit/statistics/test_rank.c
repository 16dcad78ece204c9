/* Rank tests against published values and against all permutations. */
#include "core/base/random.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/statistics/statistics.h"

#include "tests/unit/statistics/support.h"

/* Hollander, Wolfe, Chicken, 3rd ed., example 4.1 (water transfer in placental membrane): W = 30
 * for the second sample, one-sided exact P = 0.1272, two-sided 0.2544; U = 15 (R's wilcox.test
 * documentation uses the same data: W = 35, p-value = 0.1272). */
static void rank_sum_of_a_published_example(void **state)
{
    (void)state;
    const double at_term[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
    const double early[] = {1.15, 0.88, 0.90, 0.74, 1.21};
    hst_rank_test got;
    assert_int_equal(hst_rank_sum(at_term, 10, early, 5, hst_os_memory(), &got), HST_OK);
    assert_near(got.statistic, 35, 0);
    assert_near(got.p, 0.2544, 5e-5);
    assert_true(got.exact);
    assert_near(got.superiority, 1 - 35.0 / 50, 1e-12);
}

/* The same book, example 3.1 (Hamilton depression scale): V = 40 of 45, one-sided exact
 * P = 0.0195, two-sided 0.0391. */
static void signed_rank_of_a_published_example(void **state)
{
    (void)state;
    const double first[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
    const double second[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
    hst_rank_test got;
    assert_int_equal(hst_signed_rank(second, first, 9, hst_os_memory(), &got), HST_OK);
    assert_near(got.statistic, 40, 0);
    assert_near(got.p, 0.0390625, 1e-12);
    assert_int_equal(got.n, 9);
}

/** U with ties counted a half. */
static double u_of(const double *values, uint32_t chosen, size_t n)
{
    double u = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if ((chosen >> i & 1) != 0 && (chosen >> j & 1) == 0) {
                u += values[i] > values[j] ? 1 : values[i] < values[j] ? 0 : 0.5;
            }
        }
    }
    return u;
}

static void rank_sum_equals_all_permutations_with_and_without_ties(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 40; seed++) {
        hst_random stream = hst_random_stream(seed, 0, 0, HST_PURPOSE_TEST);
        const size_t m = 1 + hst_random_below(&stream, 5);
        const size_t n = m + 1 + hst_random_below(&stream, 4);
        double values[16];
        for (size_t i = 0; i < n; i++) {
            values[i] = (double)hst_random_below(&stream, seed % 2 == 0 ? 5 : 1000000);
        }
        const double observed = u_of(values, (1u << m) - 1, n);
        const double mean = (double)(m * (n - m)) / 2;
        double all = 0;
        double far = 0;
        for (uint32_t chosen = 0; chosen < 1u << n; chosen++) {
            if ((size_t)__builtin_popcount(chosen) == m) {
                all++;
                far += fabs(u_of(values, chosen, n) - mean) >= fabs(observed - mean) - 1e-9;
            }
        }
        hst_rank_test got;
        assert_int_equal(hst_rank_sum(values, m, values + m, n - m, hst_os_memory(), &got), HST_OK);
        assert_near(got.statistic, observed, 1e-9);
        assert_near(got.p, far / all, 1e-12);
    }
}

static void signed_rank_equals_all_signs(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 40; seed++) {
        hst_random stream = hst_random_stream(seed, 1, 0, HST_PURPOSE_TEST);
        const size_t n = 1 + hst_random_below(&stream, 9);
        double zero[10] = {0};
        double d[10];
        for (size_t i = 0; i < n; i++) {
            d[i] = (double)hst_random_below(&stream, seed % 2 == 0 ? 6 : 1000000) - 2;
        }
        hst_rank_test got;
        assert_int_equal(hst_signed_rank(zero, d, n, hst_os_memory(), &got), HST_OK);
        /* reference: mid-ranks by counting, then every pattern of signs */
        double ranks[10];
        size_t used = 0;
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            double rank = 0.5;
            for (size_t j = 0; j < n; j++) {
                if (fabs(d[j]) > 0) {
                    rank += fabs(d[j]) < fabs(d[i]) ? 1 : fabs(d[j]) > fabs(d[i]) ? 0 : 0.5;
                }
            }
            if (fabs(d[i]) > 0) {
                ranks[used++] = rank;
                sum += d[i] > 0 ? rank : 0;
            }
        }
        const double mean = (double)(used * (used + 1)) / 4;
        double far = 0;
        for (uint32_t signs = 0; signs < 1u << used; signs++) {
            double other = 0;
            for (size_t i = 0; i < used; i++) {
                other += (signs >> i & 1) != 0 ? ranks[i] : 0;
            }
            far += fabs(other - mean) >= fabs(sum - mean) - 1e-9;
        }
        assert_near(got.p, far / (double)(1u << used), 1e-12);
        assert_near(got.statistic, sum, 1e-9);
    }
}

static void the_normal_law_takes_over_without_a_jump(void **state)
{
    (void)state;
    double values[52];
    hst_random stream = hst_random_stream(3, 2, 0, HST_PURPOSE_TEST);
    for (size_t i = 0; i < 52; i++) {
        values[i] = hst_random_normal(&stream) + (i < 25 ? 0 : 0.6);
    }
    hst_rank_test exact;
    hst_rank_test normal;
    assert_int_equal(hst_rank_sum(values, 25, values + 25, 25, hst_os_memory(), &exact), HST_OK);
    assert_int_equal(hst_rank_sum(values, 25, values + 25, 26, hst_os_memory(), &normal), HST_OK);
    assert_true(exact.exact);
    assert_false(normal.exact);
    /* Just below the limit the law is already near the exact value; just above it is the law. */
    double z = (fabs(exact.statistic - 25.0 * 25 / 2) - 0.5) / sqrt(25.0 * 25 / 12 * 51);
    assert_near(exact.p, erfc(z / sqrt(2.0)), 0.004);
    z = (fabs(normal.statistic - 25.0 * 26 / 2) - 0.5) / sqrt(25.0 * 26 / 12 * 52);
    assert_near(normal.p, erfc(z / sqrt(2.0)), 1e-9);
}

static void equal_values_are_no_evidence(void **state)
{
    (void)state;
    const double same[60] = {0};
    hst_rank_test got;
    assert_int_equal(hst_rank_sum(same, 5, same, 5, hst_os_memory(), &got), HST_OK);
    assert_near(got.p, 1, 0);
    assert_near(got.superiority, 0.5, 0);
    assert_int_equal(hst_rank_sum(same, 30, same, 30, hst_os_memory(), &got), HST_OK);
    assert_near(got.p, 1, 0);
    assert_int_equal(hst_signed_rank(same, same, 60, hst_os_memory(), &got), HST_OK);
    assert_near(got.p, 1, 0);
    assert_int_equal(got.n, 0);
}

static void the_shift_is_the_median_of_all_differences(void **state)
{
    (void)state;
    const double a[] = {1, 2, 3};
    const double b[] = {11, 15};
    hst_interval shift;
    assert_int_equal(hst_shift_interval(a, 3, b, 2, 0.95, hst_os_memory(), &shift), HST_OK);
    assert_near(shift.estimate, 11, 1e-12); /* 8 9 10 12 13 14 */
    assert_true(isinf(shift.low) && isinf(shift.high));
}

/* Moses' interval holds the shift about as often as it says, of a law that is far from normal. */
static void the_shift_interval_covers(void **state)
{
    (void)state;
    size_t held = 0;
    for (uint32_t study = 0; study < 1000; study++) {
        hst_random stream = hst_random_stream(5, study, 0, HST_PURPOSE_TEST);
        double a[15];
        double b[15];
        for (size_t i = 0; i < 15; i++) {
            a[i] = hst_random_exponential(&stream);
            b[i] = hst_random_exponential(&stream) + 2;
        }
        hst_interval shift;
        assert_int_equal(hst_shift_interval(a, 15, b, 15, 0.95, hst_os_memory(), &shift), HST_OK);
        held += shift.low <= 2 && 2 <= shift.high;
    }
    print_message("shift interval, seed 5: covers %.1f %%\n", (double)held / 10);
    assert_in_range(held, 930, 970);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rank_sum_of_a_published_example),
        cmocka_unit_test(signed_rank_of_a_published_example),
        cmocka_unit_test(rank_sum_equals_all_permutations_with_and_without_ties),
        cmocka_unit_test(signed_rank_equals_all_signs),
        cmocka_unit_test(the_normal_law_takes_over_without_a_jump),
        cmocka_unit_test(equal_values_are_no_evidence),
        cmocka_unit_test(the_shift_is_the_median_of_all_differences),
        cmocka_unit_test(the_shift_interval_covers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
