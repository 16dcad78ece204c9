/* Exact rates against GMP: every rounding is compared with floor, ceiling and nearest-even of the
 * exact rational. */
#include "core/base/random.h"
#include "core/money/money.h"
#include "core/money/rate.h"

#include "tests/support/expect_assert.h"

#include <gmp.h>
#include <string.h>

#define SEED UINT64_C(20260705)

enum { ROUNDS = 20000 };

/* Any magnitude up to 2^bits - 1, small ones as likely as large. */
static int64_t draw_positive(hst_random *draws, unsigned bits)
{
    const uint64_t value =
        hst_random_u64(draws) >> (64 - bits + (unsigned)hst_random_below(draws, bits));
    return value == 0 ? 1 : (int64_t)value;
}

static int64_t draw_amount(hst_random *draws)
{
    const int64_t amount = draw_positive(draws, 62);
    return hst_random_below(draws, 2) == 0 ? amount : -amount;
}

static hst_rate draw_rate(hst_random *draws, unsigned bits)
{
    hst_rate rate = {1, 1};
    assert_int_equal(hst_rate_make(draw_positive(draws, bits), draw_positive(draws, bits), &rate),
                     HST_OK);
    return rate;
}

typedef enum rounding { FLOOR, CEIL, HALF_EVEN } rounding;

/* amount * numerator / denominator in GMP integers, rounded as said. */
static void
oracle(mpz_t out, int64_t amount, int64_t numerator, int64_t denominator, rounding direction)
{
    mpz_t product, divisor, rest;
    mpz_inits(product, divisor, rest, NULL);
    mpz_set_si(product, amount);
    mpz_mul_si(product, product, numerator);
    mpz_set_si(divisor, denominator);
    if (direction == CEIL) {
        mpz_cdiv_q(out, product, divisor);
    } else {
        mpz_fdiv_qr(out, rest, product, divisor);
        mpz_mul_2exp(rest, rest, 1);
        const int side = mpz_cmp(rest, divisor);
        if (direction == HALF_EVEN && (side > 0 || (side == 0 && mpz_odd_p(out)))) {
            mpz_add_ui(out, out, 1);
        }
    }
    mpz_clears(product, divisor, rest, NULL);
}

static hst_status convert(hst_rate rate, int64_t amount, rounding direction, int64_t *out)
{
    switch (direction) {
    case FLOOR: return hst_rate_convert_floor(rate, amount, out);
    case CEIL: return hst_rate_convert_ceil(rate, amount, out);
    case HALF_EVEN: return hst_rate_convert_half_even(rate, amount, out);
    }
    return HST_INVALID;
}

static void check_conversion(hst_rate rate, int64_t amount, rounding direction)
{
    mpz_t expected;
    mpz_init(expected);
    oracle(expected, amount, rate.numerator, rate.denominator, direction);
    const bool fits =
        mpz_cmp_si(expected, HST_MINOR_MAX) <= 0 && mpz_cmp_si(expected, -HST_MINOR_MAX) >= 0;
    int64_t got = 77;
    const hst_status status = convert(rate, amount, direction, &got);
    const bool good = fits ? status == HST_OK && mpz_cmp_si(expected, got) == 0
                           : status == HST_OVERFLOW && got == 77;
    if (!good) {
        fail_msg("%lld * %lld / %lld, rounding %d: %s, %lld (seed %llu)", (long long)amount,
                 (long long)rate.numerator, (long long)rate.denominator, (int)direction,
                 hst_status_name(status), (long long)got, (unsigned long long)SEED);
    }
    mpz_clear(expected);
}

static void conversions_round_as_their_names_say(void **state)
{
    (void)state;
    hst_random draws = hst_random_stream(SEED, 0, 0, 0);
    for (int i = 0; i < ROUNDS; i++) {
        const hst_rate rate = draw_rate(&draws, 63);
        const int64_t amount = draw_amount(&draws);
        for (int direction = FLOOR; direction <= HALF_EVEN; direction++) {
            check_conversion(rate, amount, (rounding)direction);
        }
    }
}

static void ties_and_extremes_round_as_their_names_say(void **state)
{
    (void)state;
    static const int64_t terms[] = {1, 2, 3, 4, 10, 1000, INT64_MAX - 1, INT64_MAX};
    static const int64_t amounts[] = {
        0, 1, 2, 3, 5, HST_MINOR_MAX - 1, HST_MINOR_MAX, -1, -2, -3, -5, -HST_MINOR_MAX};
    for (size_t n = 0; n < sizeof terms / sizeof terms[0]; n++) {
        for (size_t d = 0; d < sizeof terms / sizeof terms[0]; d++) {
            hst_rate rate = {1, 1};
            assert_int_equal(hst_rate_make(terms[n], terms[d], &rate), HST_OK);
            for (size_t a = 0; a < sizeof amounts / sizeof amounts[0]; a++) {
                for (int direction = FLOOR; direction <= HALF_EVEN; direction++) {
                    check_conversion(rate, amounts[a], (rounding)direction);
                }
            }
        }
    }
}

static void the_residue_makes_up_the_whole(void **state)
{
    (void)state;
    hst_random draws = hst_random_stream(SEED, 1, 0, 0);
    mpz_t left, right;
    mpz_inits(left, right, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        const hst_rate rate = draw_rate(&draws, 40);
        const int64_t amount = draw_amount(&draws);
        int64_t target = 0, floor = 0;
        hst_residue residue = {-1, -1};
        const hst_status status = hst_convert_with_residue(rate, amount, &target, &residue);
        assert_int_equal(status, hst_rate_convert_floor(rate, amount, &floor));
        if (status != HST_OK) {
            assert_int_equal(residue.denominator, -1);
            continue;
        }
        assert_true(target == floor);
        assert_true(residue.numerator >= 0 && residue.numerator < residue.denominator);
        mpz_set_si(left, amount);
        mpz_mul_si(left, left, rate.numerator);
        mpz_set_si(right, target);
        mpz_mul_si(right, right, rate.denominator);
        mpz_sub(left, left, right);
        if (mpz_cmp_si(left, residue.numerator) != 0) {
            fail_msg("residue of draw %d (seed %llu)", i, (unsigned long long)SEED);
        }
    }
    mpz_clears(left, right, NULL);
}

static void shares_round_as_their_names_say(void **state)
{
    (void)state;
    hst_random draws = hst_random_stream(SEED, 2, 0, 0);
    mpz_t expected;
    mpz_init(expected);
    for (int i = 0; i < ROUNDS; i++) {
        const int64_t amount = draw_amount(&draws);
        int64_t ppb = (int64_t)hst_random_below(&draws, (uint64_t)(2 * HST_PPB_ONE + 1));
        ppb = i % 4 == 0 ? (ppb - HST_PPB_ONE) / 1000000 * 1000000 : ppb - HST_PPB_ONE;
        const int64_t got[] = {hst_share_ppb_floor(amount, ppb), hst_share_ppb_ceil(amount, ppb),
                               hst_share_ppb_half_even(amount, ppb)};
        for (int direction = FLOOR; direction <= HALF_EVEN; direction++) {
            oracle(expected, amount, ppb, HST_PPB_ONE, (rounding)direction);
            if (mpz_cmp_si(expected, got[direction]) != 0) {
                fail_msg("%lld * %lld ppb, rounding %d: %lld (seed %llu)", (long long)amount,
                         (long long)ppb, direction, (long long)got[direction],
                         (unsigned long long)SEED);
            }
        }
    }
    mpz_clear(expected);
}

static void shares_at_the_ends(void **state)
{
    (void)state;
    assert_true(hst_share_ppb_ceil(HST_MINOR_MAX, HST_PPB_ONE) == HST_MINOR_MAX);
    assert_true(hst_share_ppb_floor(-HST_MINOR_MAX, HST_PPB_ONE) == -HST_MINOR_MAX);
    assert_true(hst_share_ppb_floor(HST_MINOR_MAX, -HST_PPB_ONE) == -HST_MINOR_MAX);
    assert_true(hst_share_ppb_ceil(1, 1) == 1);
    assert_true(hst_share_ppb_floor(1, 1) == 0);
    assert_true(hst_share_ppb_half_even(5, 500000000) == 2);
    assert_true(hst_share_ppb_half_even(7, 500000000) == 4);
    assert_true(hst_share_ppb_half_even(1000000, 10 * HST_PPB_PER_BP) == 1000);
    expect_assert_fires((void)hst_share_ppb_floor(1, HST_PPB_ONE + 1));
    expect_assert_fires((void)hst_share_ppb_floor(HST_MINOR_MAX + 1, 1));
}

static void invert_nothing(void)
{
    const hst_rate nothing = {0, 1};
    (void)hst_rate_inverse(nothing);
}

static void rates_are_in_lowest_terms_and_positive(void **state)
{
    (void)state;
    hst_rate rate = {7, 7};
    assert_int_equal(hst_rate_make(0, 1, &rate), HST_INVALID);
    assert_int_equal(hst_rate_make(1, 0, &rate), HST_INVALID);
    assert_int_equal(hst_rate_make(-1, -1, &rate), HST_INVALID);
    assert_int_equal(rate.numerator, 7);
    assert_int_equal(hst_rate_make(1000, 250, &rate), HST_OK);
    assert_int_equal(rate.numerator, 4);
    assert_int_equal(rate.denominator, 1);
    rate = hst_rate_inverse(rate);
    assert_int_equal(rate.numerator, 1);
    assert_int_equal(rate.denominator, 4);
    expect_assert_fires(invert_nothing());
}

static void mids_account_for_both_exponents(void **state)
{
    (void)state;
    hst_rate rate = {1, 1};
    int64_t out = 0;
    /* 1 USD = 150 JPY: a cent is 1.5 yen. */
    assert_int_equal(hst_rate_from_mids(HST_MID_ONE, 2, 150 * HST_MID_ONE, 0, &rate), HST_OK);
    assert_int_equal(rate.numerator, 3);
    assert_int_equal(rate.denominator, 2);
    assert_int_equal(hst_rate_convert_floor(rate, 12345, &out), HST_OK);
    assert_int_equal(out, 18517);
    /* EUR 0.8 per USD to KWD 0.3 per USD: a euro is 0.375 dinar, a euro cent 3.75 fils. */
    assert_int_equal(hst_rate_from_mids(800000000, 2, 300000000, 3, &rate), HST_OK);
    assert_int_equal(rate.numerator, 15);
    assert_int_equal(rate.denominator, 4);
    assert_int_equal(hst_rate_from_mids(0, 2, 1, 2, &rate), HST_INVALID);
    assert_int_equal(hst_rate_from_mids(1, 2, -1, 2, &rate), HST_INVALID);
    assert_int_equal(hst_rate_from_mids(1, 5, 1, 2, &rate), HST_INVALID);
    assert_int_equal(hst_rate_from_mids(1, 0, INT64_MAX, 4, &rate), HST_OVERFLOW);
    /* The promise of the header: any two mids up to 900000 per USD. */
    assert_int_equal(hst_rate_from_mids(899999999999999, 4, 899999999999989, 0, &rate), HST_OK);
    assert_int_equal(hst_rate_from_mids(1, 4, 899999999999989, 0, &rate), HST_OK);
}

/* Sign of out - a * b, and |out / (a * b) - 1| in parts of 1e9, rounded up. */
static int compare_product(hst_rate out, hst_rate a, hst_rate b, double *error_e9)
{
    mpq_t exact, got, part;
    mpq_inits(exact, got, part, NULL);
    mpq_set_si(exact, a.numerator, (unsigned long)a.denominator);
    mpq_set_si(part, b.numerator, (unsigned long)b.denominator);
    mpq_mul(exact, exact, part);
    mpq_set_si(got, out.numerator, (unsigned long)out.denominator);
    const int order = mpq_cmp(got, exact);
    mpq_div(got, got, exact);
    mpq_set_si(part, 1, 1);
    mpq_sub(got, got, part);
    mpq_abs(got, got);
    *error_e9 = mpq_get_d(got) * 1e9;
    mpq_clears(exact, got, part, NULL);
    return (order > 0) - (order < 0);
}

static void crosses_are_exact_or_say_so(void **state)
{
    (void)state;
    hst_random draws = hst_random_stream(SEED, 3, 0, 0);
    int exact = 0, rounded = 0, refused = 0;
    for (int i = 0; i < ROUNDS; i++) {
        const hst_rate a = draw_rate(&draws, 50), b = draw_rate(&draws, 50);
        hst_rate out = {1, 1};
        double error_e9 = 0;
        if (hst_rate_cross(a, b, &out) == HST_OK) {
            exact++;
            assert_int_equal(compare_product(out, a, b, &error_e9), 0);
            hst_rate same = {1, 1};
            assert_int_equal(hst_rate_cross_floor(a, b, &same), HST_OK);
            assert_int_equal(hst_rate_compare(same, out), 0);
        } else if (hst_rate_cross_floor(a, b, &out) == HST_OK) {
            rounded++;
            const int order = compare_product(out, a, b, &error_e9);
            if (order > 0 || error_e9 >= 1) {
                fail_msg("cross of draw %d: order %d, error %g e-9 (seed %llu)", i, order, error_e9,
                         (unsigned long long)SEED);
            }
        } else {
            refused++;
        }
    }
    assert_true(exact > 100 && rounded > 100 && refused > 10);
}

static void a_spread_never_favours_the_customer(void **state)
{
    (void)state;
    hst_random draws = hst_random_stream(SEED, 4, 0, 0);
    for (int i = 0; i < ROUNDS; i++) {
        hst_rate mid = {1, 1}, less = {1, 1};
        /* From a dinar (0.1 a dollar) to a rial (140000 a dollar), either way. */
        const int64_t strong = draw_positive(&draws, 24) + HST_MID_ONE / 10;
        const int64_t weak = draw_positive(&draws, 47) + HST_MID_ONE / 10;
        const uint8_t unit = (uint8_t)hst_random_below(&draws, 3);
        const uint8_t other_unit = (uint8_t)hst_random_below(&draws, 3);
        assert_int_equal(hst_rate_from_mids(strong, unit, weak, other_unit, &mid), HST_OK);
        mid = i % 2 == 0 ? mid : hst_rate_inverse(mid);
        const int64_t spread = (int64_t)hst_random_below(&draws, (uint64_t)HST_PPB_ONE / 2);
        assert_int_equal(hst_rate_less_spread_floor(mid, spread, &less), HST_OK);
        double error_e9 = 0;
        const int order =
            compare_product(less, mid, (hst_rate){HST_PPB_ONE - spread, HST_PPB_ONE}, &error_e9);
        assert_true(order <= 0 && error_e9 < 1);
        assert_true(hst_rate_compare(less, mid) <= 0);
    }
    hst_rate rate = {3, 2}, out = {1, 1};
    assert_int_equal(hst_rate_less_spread_floor(rate, 0, &out), HST_OK);
    assert_int_equal(hst_rate_compare(rate, out), 0);
    assert_int_equal(hst_rate_less_spread_floor(rate, -1, &out), HST_INVALID);
    assert_int_equal(hst_rate_less_spread_floor(rate, HST_PPB_ONE, &out), HST_INVALID);
}

static void comparison_is_exact(void **state)
{
    (void)state;
    const hst_rate a = {INT64_MAX, INT64_MAX - 1}, b = {INT64_MAX - 1, INT64_MAX - 2};
    assert_int_equal(hst_rate_compare(a, b), -1);
    assert_int_equal(hst_rate_compare(b, a), 1);
    assert_int_equal(hst_rate_compare(a, a), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversions_round_as_their_names_say),
        cmocka_unit_test(ties_and_extremes_round_as_their_names_say),
        cmocka_unit_test(the_residue_makes_up_the_whole),
        cmocka_unit_test(shares_round_as_their_names_say),
        cmocka_unit_test(shares_at_the_ends),
        cmocka_unit_test(rates_are_in_lowest_terms_and_positive),
        cmocka_unit_test(mids_account_for_both_exponents),
        cmocka_unit_test(crosses_are_exact_or_say_so),
        cmocka_unit_test(a_spread_never_favours_the_customer),
        cmocka_unit_test(comparison_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
