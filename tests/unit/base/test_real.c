#include "core/base/random.h"
#include "core/base/real.h"

#include "tests/support/expect_assert.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define SEED UINT64_C(20260703)

static double from_bits(uint64_t bits)
{
    double x = 0;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t bits_of(double x)
{
    uint64_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Distance from the exact value in units in the last place of the nearest double, at least that of
 * the smallest subnormal. The oracle is the C library's long double, good to 2^-63. */
static double ulps_off(double got, long double exact)
{
    int exponent = 0;
    (void)frexpl(exact, &exponent);
    const long double ulp = ldexpl(1, exponent - 53 < -1074 ? -1074 : exponent - 53);
    return (double)(fabsl((long double)got - exact) / ulp);
}

static void check_log(double x, double *worst)
{
    const double off = ulps_off(hst_log(x), logl((long double)x));
    if (off > *worst) {
        *worst = off;
    }
    if (off > 1.0) {
        fail_msg("hst_log(%a) is off by %.3f ulp (seed %llu)", x, off, (unsigned long long)SEED);
    }
}

static void log_is_within_an_ulp_over_the_whole_range(void **state)
{
    (void)state;
    hst_random draws = hst_random_stream(SEED, 0, 0, 0);
    double worst = 0;
    for (int i = 0; i < 60000; i++) {
        const uint64_t bits = hst_random_below(&draws, UINT64_C(0x7ff) << 52);
        check_log(from_bits(bits), &worst); /* subnormals to the largest double */
        check_log(hst_random_uniform(&draws) + 0x1p-60, &worst);
        check_log(1.0 + (hst_random_uniform(&draws) - 0.5) * 0x1p-6, &worst);
        check_log(1.0 + (hst_random_uniform(&draws) - 0.5) * 0x1p-30, &worst);
        check_log(sqrt(2.0) * (1 + (hst_random_uniform(&draws) - 0.5) * 0x1p-40), &worst);
    }
    check_log(DBL_MAX, &worst);
    check_log(DBL_MIN, &worst);
    check_log(from_bits(1), &worst);
    print_message("worst error of hst_log: %.3f ulp\n", worst);
}

static void check_exp(double x, double *worst)
{
    const double off = ulps_off(hst_exp(x), expl((long double)x));
    if (off > *worst) {
        *worst = off;
    }
    if (off > 1.0) {
        fail_msg("hst_exp(%a) is off by %.3f ulp (seed %llu)", x, off, (unsigned long long)SEED);
    }
}

static void exp_is_within_an_ulp_over_the_whole_range(void **state)
{
    (void)state;
    hst_random draws = hst_random_stream(SEED, 1, 0, 0);
    double worst = 0;
    for (int i = 0; i < 60000; i++) {
        check_exp((hst_random_uniform(&draws) * 2 - 1) * 709.7, &worst);
        check_exp((hst_random_uniform(&draws) * 2 - 1) * 2, &worst);
        check_exp((hst_random_uniform(&draws) * 2 - 1) * 0x1p-20, &worst);
        check_exp(-708 - hst_random_uniform(&draws) * 37, &worst); /* subnormal results */
        /* Ties of the reduction, where |r| is largest. */
        const double k = (double)hst_random_below(&draws, 2000) - 1000;
        check_exp((k + 0.5) * 0.693147180559945309 * (1 + hst_random_uniform(&draws) * 0x1p-50),
                  &worst);
    }
    print_message("worst error of hst_exp: %.3f ulp\n", worst);
}

static void log_of_special_values(void **state)
{
    (void)state;
    assert_true(bits_of(hst_log(0.0)) == bits_of(-HUGE_VAL));
    assert_true(bits_of(hst_log(-0.0)) == bits_of(-HUGE_VAL));
    assert_true(bits_of(hst_log(1.0)) == 0);
    assert_true(bits_of(hst_log(HUGE_VAL)) == bits_of(HUGE_VAL));
    assert_true(isnan(hst_log(-1.0)));
    assert_true(isnan(hst_log(-HUGE_VAL)));
    assert_true(isnan(hst_log(nan(""))));
    assert_true(isnan(hst_log(-nan(""))));
    assert_true(isnan(hst_log(-from_bits(1))));
}

static void exp_of_special_values(void **state)
{
    (void)state;
    assert_true(bits_of(hst_exp(0.0)) == bits_of(1.0));
    assert_true(bits_of(hst_exp(-0.0)) == bits_of(1.0));
    assert_true(bits_of(hst_exp(from_bits(1))) == bits_of(1.0));
    assert_true(bits_of(hst_exp(HUGE_VAL)) == bits_of(HUGE_VAL));
    assert_true(bits_of(hst_exp(-HUGE_VAL)) == 0);
    assert_true(isnan(hst_exp(nan(""))));
    assert_true(isnan(hst_exp(-nan(""))));
    assert_true(bits_of(hst_exp(710)) == bits_of(HUGE_VAL));
    assert_true(bits_of(hst_exp(DBL_MAX)) == bits_of(HUGE_VAL));
    assert_true(bits_of(hst_exp(-746)) == 0);
    assert_true(bits_of(hst_exp(-DBL_MAX)) == 0);
    /* The last arguments on either side of saturation. */
    assert_true(isfinite(hst_exp(0x1.62e42fefa39efp+9)));
    assert_true(bits_of(hst_exp(0x1.62e42fefa39f0p+9)) == bits_of(HUGE_VAL));
    assert_true(bits_of(hst_exp(-745.1332191019411)) == 1);
}

/* Pinned bits: any change of compiler, level or C library that matters shows here. */
static void bits_are_equal_everywhere(void **state)
{
    (void)state;
    uint64_t hash = 0;
    hst_random draws = hst_random_stream(SEED, 2, 0, 0);
    for (int i = 0; i < 20000; i++) {
        const double x = (hst_random_uniform(&draws) * 2 - 1) * 745;
        hash = (hash ^ bits_of(hst_exp(x))) * UINT64_C(0x100000001b3);
        const uint64_t bits = hst_random_below(&draws, UINT64_C(0x7ff) << 52);
        hash = (hash ^ bits_of(hst_log(from_bits(bits)))) * UINT64_C(0x100000001b3);
    }
    print_message("hash of results: 0x%016llx\n", (unsigned long long)hash);
    assert_true(hash == UINT64_C(0x7f9b52cbeac7bf04));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_is_within_an_ulp_over_the_whole_range),
        cmocka_unit_test(exp_is_within_an_ulp_over_the_whole_range),
        cmocka_unit_test(log_of_special_values),
        cmocka_unit_test(exp_of_special_values),
        cmocka_unit_test(bits_are_equal_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
