#include "core/base/random.h"
#include "core/money/money.h"

#include "tests/support/expect_assert.h"

#include <string.h>

#define SEED UINT64_C(20260704)

enum { USD, JPY, KWD, UYW };

static const hst_currency_table *currencies(void)
{
    static hst_currency_table table;
    hst_currency out = HST_CURRENCY_NONE;
    hst_currency_table_init(&table);
    assert_int_equal(hst_currency_table_add(&table, "USD", 840, 2, "US Dollar", &out), HST_OK);
    assert_int_equal(hst_currency_table_add(&table, "JPY", 392, 0, "Yen", &out), HST_OK);
    assert_int_equal(hst_currency_table_add(&table, "KWD", 414, 3, "Kuwaiti Dinar", &out), HST_OK);
    assert_int_equal(hst_currency_table_add(&table, "UYW", 927, 4, "Nominal Wage Index", &out),
                     HST_OK);
    return &table;
}

static void add_beyond_range_overflows(void **state)
{
    (void)state;
    const hst_money top = hst_money_of(HST_MINOR_MAX, USD);
    const hst_money one = hst_money_of(1, USD);
    hst_money out = hst_money_of(42, JPY);
    assert_int_equal(hst_money_add(top, one, &out), HST_OVERFLOW);
    assert_int_equal(hst_money_sub(hst_money_negate(top), one, &out), HST_OVERFLOW);
    assert_int_equal(hst_money_add(top, top, &out), HST_OVERFLOW);
    assert_int_equal(hst_money_minor(out), 42);
    assert_int_equal(hst_money_sub(top, one, &out), HST_OK);
    assert_int_equal(hst_money_add(out, one, &out), HST_OK);
    assert_int_equal(hst_money_minor(out), HST_MINOR_MAX);
    int64_t minor = 0;
    assert_int_equal(hst_minor_add(HST_MINOR_MAX, 1, &minor), HST_OVERFLOW);
    assert_int_equal(hst_minor_sub(-HST_MINOR_MAX, 1, &minor), HST_OVERFLOW);
}

static void currencies_do_not_mix(void **state)
{
    (void)state;
    hst_money out = hst_money_zero(KWD);
    int order = 9;
    assert_int_equal(hst_money_add(hst_money_of(1, USD), hst_money_of(1, JPY), &out), HST_MISMATCH);
    assert_int_equal(hst_money_sub(hst_money_of(1, USD), hst_money_of(1, JPY), &out), HST_MISMATCH);
    assert_int_equal(hst_money_compare(hst_money_of(1, USD), hst_money_of(1, JPY), &order),
                     HST_MISMATCH);
    assert_int_equal(order, 9);
    assert_int_equal(hst_money_currency(out), KWD);
}

static void compare_gives_the_sign_of_the_difference(void **state)
{
    (void)state;
    static const int64_t values[] = {-HST_MINOR_MAX, -1, 0, 1, HST_MINOR_MAX};
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 5; j++) {
            int order = 9;
            assert_int_equal(hst_money_compare(hst_money_of(values[i], USD),
                                               hst_money_of(values[j], USD), &order),
                             HST_OK);
            assert_int_equal(order, (i > j) - (i < j));
        }
    }
}

static void making_money_out_of_range_is_refused(void **state)
{
    (void)state;
    hst_money out = hst_money_zero(USD);
    assert_int_equal(hst_money_make(HST_MINOR_MAX, USD, &out), HST_OK);
    assert_int_equal(hst_money_make(HST_MINOR_MAX + 1, USD, &out), HST_OVERFLOW);
    assert_int_equal(hst_money_make(INT64_MIN, USD, &out), HST_OVERFLOW);
    expect_assert_fires((void)hst_money_of(HST_MINOR_MAX + 1, USD));
    expect_assert_fires((void)hst_money_of(INT64_MIN, USD));
}

static void amounts_are_written_with_the_currency_s_decimals(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        hst_currency currency;
        const char *text;
    } cases[] = {
        {123456, USD, "1234.56 USD"},
        {-5, USD, "-0.05 USD"},
        {0, USD, "0.00 USD"},
        {-5, JPY, "-5 JPY"},
        {0, JPY, "0 JPY"},
        {1, KWD, "0.001 KWD"},
        {HST_MINOR_MAX, USD, "46116860184273879.03 USD"},
        {-HST_MINOR_MAX, UYW, "-461168601842738.7903 UYW"},
        {-HST_MINOR_MAX, JPY, "-4611686018427387903 JPY"},
    };
    const hst_currency_table *table = currencies();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[HST_MONEY_TEXT_SIZE];
        const size_t length = hst_money_format(
            table, hst_money_of(cases[i].minor, cases[i].currency), text, sizeof text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(length, strlen(text));
    }
    char small[8];
    expect_assert_fires((void)hst_minor_format(1, 2, small, sizeof small));
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    const hst_currency_table *table = currencies();
    hst_random draws = hst_random_stream(SEED, 0, 0, 0);
    for (int i = 0; i < 20000; i++) {
        int64_t minor = (int64_t)(hst_random_u64(&draws) >> (2 + hst_random_below(&draws, 62)));
        minor = hst_random_below(&draws, 2) == 0 ? minor : -minor;
        const hst_currency currency = (hst_currency)hst_random_below(&draws, 4);
        char text[HST_MONEY_TEXT_SIZE];
        const size_t length =
            hst_money_format(table, hst_money_of(minor, currency), text, sizeof text);
        hst_money back = hst_money_zero(USD);
        if (hst_money_parse(table, text, length, &back) != HST_OK ||
            hst_money_minor(back) != minor || hst_money_currency(back) != currency) {
            fail_msg("\"%s\" is not read back (seed %llu)", text, (unsigned long long)SEED);
        }
    }
}

static void reading_takes_fewer_decimals_and_refuses_the_rest(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        hst_status status;
        int64_t minor;
    } cases[] = {
        {"12 USD", HST_OK, 1200},
        {"12.5 USD", HST_OK, 1250},
        {"-0.05 USD", HST_OK, -5},
        {"-0 USD", HST_OK, 0},
        {"007 JPY", HST_OK, 7},
        {"12.345 USD", HST_INVALID, 0},
        {"12.0 JPY", HST_INVALID, 0},
        {"12. USD", HST_INVALID, 0},
        {".5 USD", HST_INVALID, 0},
        {"-.5 USD", HST_INVALID, 0},
        {"1.2.3 USD", HST_INVALID, 0},
        {"+1 USD", HST_INVALID, 0},
        {"- USD", HST_INVALID, 0},
        {" USD", HST_INVALID, 0},
        {"1USD", HST_INVALID, 0},
        {"1  USD", HST_INVALID, 0},
        {"1e3 USD", HST_INVALID, 0},
        {"1 usd", HST_NOT_FOUND, 0},
        {"1 XXX", HST_NOT_FOUND, 0},
        {"", HST_INVALID, 0},
        {"4611686018427387903 JPY", HST_OK, HST_MINOR_MAX},
        {"-4611686018427387903 JPY", HST_OK, -HST_MINOR_MAX},
        {"4611686018427387904 JPY", HST_OVERFLOW, 0},
        {"46116860184273879.04 USD", HST_OVERFLOW, 0},
        {"46116860184273880 USD", HST_OVERFLOW, 0},
        {"99999999999999999999999999 JPY", HST_OVERFLOW, 0},
    };
    const hst_currency_table *table = currencies();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hst_money out = hst_money_of(-1, KWD);
        const hst_status status =
            hst_money_parse(table, cases[i].text, strlen(cases[i].text), &out);
        if (status != cases[i].status) {
            fail_msg("\"%s\": %s", cases[i].text, hst_status_name(status));
        }
        assert_true(hst_money_minor(out) == (status == HST_OK ? cases[i].minor : -1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_beyond_range_overflows),
        cmocka_unit_test(currencies_do_not_mix),
        cmocka_unit_test(compare_gives_the_sign_of_the_difference),
        cmocka_unit_test(making_money_out_of_range_is_refused),
        cmocka_unit_test(amounts_are_written_with_the_currency_s_decimals),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(reading_takes_fewer_decimals_and_refuses_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
