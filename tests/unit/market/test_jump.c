#include "sim/base/purpose.h"
#include "sim/market/jump.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static hst_jumps start(const hst_jump *law, uint64_t seed)
{
    return hst_jumps_make(law, hst_random_stream(seed, 0, 0, HST_PURPOSE_TEST));
}

/* Ends of the central interval of a Poisson law that leaves at most half a per cent either side. */
static void poisson_interval(double mean, uint64_t *low, uint64_t *high)
{
    double below = 0.0;
    uint64_t k = 0;
    double log_term = -mean;
    *low = UINT64_MAX;
    for (;;) {
        const double term = exp(log_term);
        if (*low == UINT64_MAX && below + term > 0.005) {
            *low = k;
        }
        below += term;
        if (below >= 0.995) {
            *high = k;
            return;
        }
        k++;
        log_term += log(mean / (double)k);
    }
}

static void counts_lie_in_the_poisson_interval(void **state)
{
    (void)state;
    enum { SEEDS = 400 };
    const hst_jump law = {0.2, 0.0, 0.01};
    uint64_t low = 0, high = 0;
    int outside = 0;
    double sum = 0.0, squares = 0.0;
    poisson_interval(200.0, &low, &high);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        hst_jumps jumps = start(&law, seed);
        for (int day = 0; day < 1000; day++) {
            (void)hst_jumps_step(&jumps, 1.0);
        }
        assert_true(seed != 1 || (jumps.count >= low && jumps.count <= high));
        outside += jumps.count < low || jumps.count > high;
        sum += (double)jumps.count;
        squares += (double)jumps.count * (double)jumps.count;
    }
    const double mean = sum / SEEDS;
    const double variance = squares / SEEDS - mean * mean;
    print_message("%llu to %llu: %d of %d outside, mean %.1f, variance %.1f\n",
                  (unsigned long long)low, (unsigned long long)high, outside, SEEDS, mean,
                  variance);
    assert_true(outside <= 10); /* 4 expected; 11 or more has a chance of 0.3 % */
    assert_true(fabs(mean - 200.0) < 3.0 * sqrt(200.0 / SEEDS));
    assert_true(fabs(variance / 200.0 - 1.0) < 3.0 * sqrt(2.0 / SEEDS));
}

static void a_finer_grid_meets_the_same_jumps(void **state)
{
    (void)state;
    const hst_jump law = {3.0, 0.01, 0.02};
    hst_jumps coarse = start(&law, 5);
    hst_jumps fine = start(&law, 5);
    double a = 0.0, b = 0.0;
    for (int day = 0; day < 200; day++) {
        a += hst_jumps_step(&coarse, 1.0);
        for (int i = 0; i < 64; i++) {
            b += hst_jumps_step(&fine, 1.0 / 64.0);
        }
        assert_int_equal(coarse.count, fine.count);
        assert_true(fabs(a - b) < 1e-9);
    }
    assert_true(coarse.count > 500);
}

/* E exp(J) = 1: over a day, many times. */
static void jumps_do_not_move_the_mean_rate(void **state)
{
    (void)state;
    enum { DAYS = 400000 };
    const hst_jump law = {0.7, 0.05, 0.1};
    hst_jumps jumps = start(&law, 9);
    double sum = 0.0, squares = 0.0;
    for (int day = 0; day < DAYS; day++) {
        const double rate = exp(hst_jumps_step(&jumps, 1.0));
        sum += rate;
        squares += rate * rate;
    }
    const double mean = sum / DAYS;
    const double error = sqrt((squares / DAYS - mean * mean) / DAYS);
    print_message("mean %.5f, standard error %.5f\n", mean, error);
    assert_true(fabs(mean - 1.0) < 3.0 * error);
    assert_true(fabs(hst_jump_compensator(&law) - 0.7 * (exp(0.055) - 1.0)) < 1e-14);
}

static void without_intensity_nothing_ever_jumps(void **state)
{
    (void)state;
    const hst_jump law = {0.0, 0.5, 0.5};
    hst_jumps jumps = start(&law, 1);
    for (int day = 0; day < 100000; day++) {
        assert_false(fabs(hst_jumps_step(&jumps, 1e6)) > 0.0);
    }
    assert_int_equal(jumps.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_lie_in_the_poisson_interval),
        cmocka_unit_test(a_finer_grid_meets_the_same_jumps),
        cmocka_unit_test(jumps_do_not_move_the_mean_rate),
        cmocka_unit_test(without_intensity_nothing_ever_jumps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
