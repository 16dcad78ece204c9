#include "core/base/random.h"

#include "sim/base/number.h"
#include "sim/base/purpose.h"
#include "sim/market/ou.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { STEPS = 400000 };

static void half_a_deviation_is_left_after_a_half_life(void **state)
{
    (void)state;
    const hst_ou ou = hst_ou_make(3.0, 0.0, HST_HOUR_NS, HST_MINUTE_NS);
    double x = 5.0;
    for (int i = 0; i < 60; i++) {
        x = hst_ou_step(&ou, x, 1.7); /* no noise: the normal does not matter */
    }
    assert_true(fabs(x - 4.0) < 1e-12);
    assert_true(fabs(hst_ou_keep(HST_HOUR_NS, 2 * HST_HOUR_NS) - 0.25) < 1e-15);
}

/* Exactness: many small steps have the distribution of one large one. */
static void two_steps_are_one_of_twice_the_length(void **state)
{
    (void)state;
    const hst_ou one = hst_ou_make(0.0, 0.7, HST_HOUR_NS, 7 * HST_MINUTE_NS);
    const hst_ou two = hst_ou_make(0.0, 0.7, HST_HOUR_NS, 14 * HST_MINUTE_NS);
    assert_true(fabs(one.keep * one.keep - two.keep) < 1e-15);
    const double variance = one.kick * one.kick * (1.0 + one.keep * one.keep);
    assert_true(fabs(variance - two.kick * two.kick) < 1e-15);
}

static void simulated_half_life_and_deviation_are_those_asked_for(void **state)
{
    (void)state;
    const int64_t half_lives[] = {2 * HST_MINUTE_NS, 12 * HST_MINUTE_NS, 45 * HST_MINUTE_NS};
    for (uint64_t i = 0; i < 3; i++) {
        const hst_ou ou = hst_ou_make(-1.0, 0.4, half_lives[i], HST_MINUTE_NS);
        hst_random random = hst_random_stream(11 + i, 0, 0, HST_PURPOSE_TEST);
        double x = ou.mean + ou.sd * hst_random_normal(&random);
        double lagged = 0.0, squares = 0.0, sum = 0.0;
        for (int t = 0; t < STEPS; t++) {
            const double next = hst_ou_step(&ou, x, hst_random_normal(&random));
            lagged += (x - ou.mean) * (next - ou.mean);
            squares += (x - ou.mean) * (x - ou.mean);
            sum += x;
            x = next;
        }
        const double found = log(0.5) / log(lagged / squares) * (double)HST_MINUTE_NS;
        print_message("half-life %.3f min, asked for %.3f\n", found / (double)HST_MINUTE_NS,
                      (double)half_lives[i] / (double)HST_MINUTE_NS);
        assert_true(fabs(found / (double)half_lives[i] - 1.0) < 0.05);
        assert_true(fabs(sqrt(squares / STEPS) / ou.sd - 1.0) < 0.03);
        assert_true(fabs(sum / STEPS - ou.mean) < 0.02);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_a_deviation_is_left_after_a_half_life),
        cmocka_unit_test(two_steps_are_one_of_twice_the_length),
        cmocka_unit_test(simulated_half_life_and_deviation_are_those_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
