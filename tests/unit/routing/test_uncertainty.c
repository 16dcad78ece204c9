/* Bounds and pieces of askrene's uncertainty, by hand. */
#include "core/base/real.h"
#include "core/routing/uncertainty.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/lightning.h"

#include <math.h>

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.9f, expected %.9f within %g", value, expected, tolerance);
    }
}

static void slopes_are_the_published_ones_and_those_of_the_logarithm(void **state)
{
    (void)state;
    static const double published[HST_PIECES] = {0, 1.386294, 3.054302, 9.241962};
    static const double pivots[HST_PIECES] = {0, 0.5, 0.8, 0.95};
    assert_true(hst_piece_slope(0) <= 0);
    for (uint32_t i = 1; i < HST_PIECES; i++) {
        const double rise = hst_log((1 - pivots[i - 1]) / (1 - pivots[i]));
        near(hst_piece_slope(i), published[i], 1e-6);
        near(hst_piece_slope(i), rise / (pivots[i] - pivots[i - 1]), 1e-12);
    }
}

static void units_are_at_most_a_thousand_and_cover_the_amount(void **state)
{
    (void)state;
    static const int64_t amounts[] = {
        0, 1, 999, 1000, 1001, 1999, 2000, 123456789, 1000000000000000000};
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        const int64_t unit = hst_pay_unit(amounts[i]);
        assert_true(unit >= 1);
        assert_true(hst_pay_units(amounts[i], unit) <= HST_PAY_UNITS_MAX);
        assert_true(unit * HST_PAY_UNITS_MAX >= amounts[i]);
        assert_true(unit == 1 || (unit - 1) * HST_PAY_UNITS_MAX < amounts[i]);
    }
}

static void pieces_end_at_the_pivots(void **state)
{
    (void)state;
    /* Liquidity in [100, 1099], units of 1: b - a = 1,000. */
    const hst_pieces pieces = hst_pieces_of(100, 1099, 1000, 1);
    assert_int_equal(pieces.capacity[0], 100);
    assert_int_equal(pieces.capacity[1], 500);
    assert_int_equal(pieces.capacity[2], 300);
    assert_int_equal(pieces.capacity[3], 100); /* 150, but the payment has no more */
    near(pieces.scale, 1000, 1e-9);
    const hst_pieces half = hst_pieces_of(100, 1099, 600, 2);
    assert_int_equal(half.capacity[0], 50);
    assert_int_equal(half.capacity[1], 250);
    assert_int_equal(half.capacity[2], 0);
    assert_int_equal(hst_pieces_capacity(&half), 300);
    const hst_pieces none = hst_pieces_of(0, 0, 10, 1);
    assert_int_equal(hst_pieces_capacity(&none), 0);
    const hst_pieces sure = hst_pieces_of(1999, 1999, 1999, 2); /* 999.5 units */
    assert_int_equal(sure.capacity[0], 1000);
    const hst_pieces nearly = hst_pieces_of(1998, 1998, 1999, 2);
    assert_int_equal(hst_pieces_capacity(&nearly), 999);
}

static void cost_is_the_logarithm_at_the_pivots_and_above_it_between(void **state)
{
    (void)state;
    const hst_pieces pieces = hst_pieces_of(0, 999, 1000, 1);
    assert_int_equal(hst_pieces_capacity(&pieces), 950);
    for (int64_t x = 0; x <= 950; x++) {
        const double exact = -hst_log(1 - (double)x / 1000) * 1000 * 1000;
        const double cost = hst_pieces_cost(&pieces, 0, x);
        assert_true(cost >= exact - 1e-6);
        if (x == 500 || x == 800 || x == 950) {
            near(cost, exact, 1e-6);
        }
        near(hst_pieces_cost(&pieces, x, 950 - x), hst_pieces_cost(&pieces, 0, 950) - cost, 1e-6);
    }
}

static void expect(const hst_bounds *bounds, int64_t now_ns, int64_t lower, int64_t upper)
{
    int64_t a = -1;
    int64_t b = -1;
    hst_bounds_at(bounds, 1000, now_ns, &a, &b);
    assert_int_equal(a, lower);
    assert_int_equal(b, upper);
}

static void success_raises_the_lower_bound_and_failure_lowers_the_upper(void **state)
{
    (void)state;
    hst_bounds bounds = {0};
    expect(&bounds, 0, 0, 1000);
    hst_bounds_pass(&bounds, 300, 0);
    expect(&bounds, 0, 300, 1000);
    hst_bounds_fail(&bounds, 600, 0);
    expect(&bounds, 0, 300, 599);
    hst_bounds_pass(&bounds, 200, 0); /* weaker: no change */
    hst_bounds_fail(&bounds, 800, 0);
    expect(&bounds, 0, 300, 599);
    hst_bounds_pass(&bounds, 700, 0); /* contradictions: the newer counts */
    expect(&bounds, 0, 700, 1000);
    hst_bounds_fail(&bounds, 500, 0);
    expect(&bounds, 0, 0, 499);
    hst_bounds_fail(&bounds, 1, 0);
    expect(&bounds, 0, 0, 0);
}

static void bounds_are_forgotten_each_in_its_time(void **state)
{
    (void)state;
    hst_bounds bounds = {0};
    hst_bounds_pass(&bounds, 300, 0);
    hst_bounds_fail(&bounds, 600, HOUR_NS / 2);
    expect(&bounds, HOUR_NS, 300, 599);
    expect(&bounds, HOUR_NS + 1, 0, 599);
    expect(&bounds, HOUR_NS / 2 + HOUR_NS + 1, 0, 1000);
    hst_bounds_pass(&bounds, 100, 2 * HOUR_NS); /* weaker than one that no longer counts */
    expect(&bounds, 2 * HOUR_NS, 100, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slopes_are_the_published_ones_and_those_of_the_logarithm),
        cmocka_unit_test(units_are_at_most_a_thousand_and_cover_the_amount),
        cmocka_unit_test(pieces_end_at_the_pivots),
        cmocka_unit_test(cost_is_the_logarithm_at_the_pivots_and_above_it_between),
        cmocka_unit_test(success_raises_the_lower_bound_and_failure_lowers_the_upper),
        cmocka_unit_test(bounds_are_forgotten_each_in_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
