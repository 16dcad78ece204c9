#include "core/base/random.h"

#include "sim/base/number.h"

#include "tests/support/expect_assert.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED UINT64_C(20260706)

typedef struct number_case {
    const char *text;
    hst_status status;
    int64_t value;
} number_case;

typedef hst_status (*parser)(hst_text text, int64_t *out);

static void check_cases(parser parse, const number_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t out = -77;
        const hst_status status = parse(hst_text_of(cases[i].text), &out);
        const int64_t expected = cases[i].status == HST_OK ? cases[i].value : -77;
        if (status != cases[i].status || out != expected) {
            fail_msg("\"%s\": %s, %lld", cases[i].text, hst_status_name(status), (long long)out);
        }
    }
}

#define CHECK_CASES(parse, cases) check_cases(parse, cases, sizeof(cases) / sizeof(cases)[0])

static void whole_numbers(void **state)
{
    (void)state;
    static const number_case cases[] = {
        {"0", HST_OK, 0},
        {" 12\t", HST_OK, 12},
        {"+12", HST_OK, 12},
        {"-3", HST_OK, -3},
        {"-0", HST_OK, 0},
        {"1e3", HST_OK, 1000},
        {"1.5e1", HST_OK, 15},
        {"120e-1", HST_OK, 12},
        {"5.", HST_OK, 5},
        {"1.000", HST_OK, 1},
        {"9223372036854775807", HST_OK, INT64_MAX},
        {"-9223372036854775808", HST_OK, INT64_MIN},
        {"9223372036854775808", HST_OVERFLOW, 0},
        {"-9223372036854775809", HST_OVERFLOW, 0},
        {"9223372036854775807.5", HST_INVALID, 0},
        {"123456789012345678901234567890", HST_OVERFLOW, 0},
        {"1e19", HST_OVERFLOW, 0},
        {"1e99999999999", HST_OVERFLOW, 0},
        {"0e99999999999", HST_OK, 0},
        {"0.0000000000000000000000000001e28", HST_OK, 1},
        {"1e-99999999999", HST_INVALID, 0},
        {"1.5", HST_INVALID, 0},
        {"", HST_INVALID, 0},
        {" ", HST_INVALID, 0},
        {"-", HST_INVALID, 0},
        {".", HST_INVALID, 0},
        {"1e", HST_INVALID, 0},
        {"1e+", HST_INVALID, 0},
        {"1 2", HST_INVALID, 0},
        {"1,000", HST_INVALID, 0},
        {"0x10", HST_INVALID, 0},
        {"inf", HST_INVALID, 0},
        {"--1", HST_INVALID, 0},
    };
    CHECK_CASES(hst_parse_int64, cases);
}

static hst_status fixed9(hst_text text, int64_t *out)
{
    return hst_parse_fixed(text, 9, out);
}

static hst_status fixed2_half_even(hst_text text, int64_t *out)
{
    return hst_parse_fixed_half_even(text, 2, out);
}

static void fixed_point_is_exact_or_refused(void **state)
{
    (void)state;
    static const number_case cases[] = {
        {"0.9788945", HST_OK, 978894500},
        {"93.123456789", HST_OK, INT64_C(93123456789)},
        {"0.0000000001", HST_INVALID, 0},
        {"0.0000000010", HST_OK, 1},
        {"9223372036.854775807", HST_OK, INT64_MAX},
        {"9223372036.854775808", HST_OVERFLOW, 0},
        {"1.00000000000000000000000000000001", HST_INVALID, 0},
        {"1.00000000000000000000000000000000", HST_OK, 1000000000},
    };
    CHECK_CASES(fixed9, cases);
    static const number_case rounded[] = {
        {"0.005", HST_OK, 0},
        {"0.015", HST_OK, 2},
        {"0.025", HST_OK, 2},
        {"-0.015", HST_OK, -2},
        {"0.0250000000000000000000000000001", HST_OK, 3},
        {"0.0249999999999999999999999999999", HST_OK, 2},
        {"0.9951", HST_OK, 100},
        {"0.004999", HST_OK, 0},
        {"1e-30", HST_OK, 0},
        {"92233720368547758.075", HST_OVERFLOW, 0},
        {"92233720368547758.065", HST_OK, INT64_C(9223372036854775806)},
        {"5e-3", HST_OK, 0},
        {"51e-4", HST_OK, 1},
    };
    CHECK_CASES(fixed2_half_even, rounded);
    int64_t out = 0;
    expect_assert_fires(hst_ignore(hst_parse_fixed(hst_text_of("1"), 19, &out)));
}

static void durations(void **state)
{
    (void)state;
    static const number_case cases[] = {
        {"7ns", HST_OK, 7},
        {"10us", HST_OK, 10000},
        {"250ms", HST_OK, 250000000},
        {"90s", HST_OK, 90 * HST_SECOND_NS},
        {"5min", HST_OK, 5 * HST_MINUTE_NS},
        {"2h", HST_OK, 2 * HST_HOUR_NS},
        {"1d", HST_OK, HST_DAY_NS},
        {"1w", HST_OK, 7 * HST_DAY_NS},
        {"1h30min", HST_OK, 90 * HST_MINUTE_NS},
        {"1 h 30 min 5 s", HST_OK, 90 * HST_MINUTE_NS + 5 * HST_SECOND_NS},
        {"1.5h", HST_OK, 90 * HST_MINUTE_NS},
        {"0.001us", HST_OK, 1},
        {"1e3ms", HST_OK, HST_SECOND_NS},
        {"-1.5s", HST_OK, -1500000000},
        {"0", HST_OK, 0},
        {"0s", HST_OK, 0},
        {"106751d", HST_OK, 106751 * HST_DAY_NS},
        {"106752d", HST_OVERFLOW, 0},
        {"106751d24h", HST_OVERFLOW, 0},
        {"1e30s", HST_OVERFLOW, 0},
        {"1.5ns", HST_INVALID, 0},
        {"5", HST_INVALID, 0},
        {"5m", HST_INVALID, 0},
        {"5 minutes", HST_INVALID, 0},
        {"1h-30min", HST_INVALID, 0},
        {"--1s", HST_INVALID, 0},
        {"h", HST_INVALID, 0},
        {"", HST_INVALID, 0},
        {"1h,", HST_INVALID, 0},
        {"1H", HST_INVALID, 0},
    };
    CHECK_CASES(hst_parse_duration, cases);
}

static void proportions(void **state)
{
    (void)state;
    static const number_case cases[] = {
        {"1.5bp", HST_OK, 150000},        {"1.5 bps", HST_OK, 150000}, {"0.3%", HST_OK, 3000000},
        {"0.002", HST_OK, 2000000},       {"25ppm", HST_OK, 25000},    {"10ppb", HST_OK, 10},
        {"100%", HST_OK, 1000000000},     {"-2bp", HST_OK, -200000},   {"0.000000001", HST_OK, 1},
        {"0.0000000001", HST_INVALID, 0}, {"0.5ppb", HST_INVALID, 0},  {"1e12%", HST_OVERFLOW, 0},
        {"3 percent", HST_INVALID, 0},    {"%", HST_INVALID, 0},       {"", HST_INVALID, 0},
    };
    CHECK_CASES(hst_parse_rate_ppb, cases);
}

static hst_status amount2(hst_text text, int64_t *out)
{
    return hst_parse_amount(text, 2, out);
}

static void amounts_and_sizes(void **state)
{
    (void)state;
    static const number_case cases[] = {
        {"2.5e6", HST_OK, 250000000},
        {"250k", HST_OK, 25000000},
        {"1.2M", HST_OK, 120000000},
        {"3B", HST_OK, INT64_C(300000000000)},
        {"1T", HST_OK, INT64_C(100000000000000)},
        {"0.01", HST_OK, 1},
        {"1.23456k", HST_OK, 123456},
        {"0.001", HST_INVALID, 0},
        {"1m", HST_INVALID, 0},
        {"1K", HST_INVALID, 0},
        {"100000T", HST_OVERFLOW, 0},
    };
    CHECK_CASES(amount2, cases);
    static const number_case sizes[] = {
        {"4096", HST_OK, 4096},      {"64KiB", HST_OK, 65536},
        {"1.5MiB", HST_OK, 1572864}, {"2 GiB", HST_OK, INT64_C(2147483648)},
        {"10kB", HST_OK, 10000},     {"0.1KiB", HST_INVALID, 0},
        {"1KB", HST_INVALID, 0},
    };
    CHECK_CASES(hst_parse_bytes, sizes);
}

static void times_of_day(void **state)
{
    (void)state;
    static const number_case cases[] = {
        {"08:30", HST_OK, 8 * HST_HOUR_NS + 30 * HST_MINUTE_NS},
        {"00:00", HST_OK, 0},
        {"24:00", HST_OK, HST_DAY_NS},
        {"08:30:15", HST_OK, 8 * HST_HOUR_NS + 30 * HST_MINUTE_NS + 15 * HST_SECOND_NS},
        {"21:30-1", HST_OK, -(2 * HST_HOUR_NS + 30 * HST_MINUTE_NS)},
        {"01:00+1", HST_OK, 25 * HST_HOUR_NS},
        {"24:01", HST_INVALID, 0},
        {"25:00", HST_INVALID, 0},
        {"12:60", HST_INVALID, 0},
        {"12:00:60", HST_INVALID, 0},
        {"8:30", HST_INVALID, 0},
        {"08-30", HST_INVALID, 0},
        {"08:30-2", HST_INVALID, 0},
        {"-1", HST_INVALID, 0},
        {"", HST_INVALID, 0},
    };
    CHECK_CASES(hst_parse_time_of_day, cases);
}

static void dates(void **state)
{
    (void)state;
    int32_t days = -7;
    assert_int_equal(hst_parse_date(hst_text_of(" 1974-06-26 "), &days), HST_OK);
    assert_int_equal(days, 1637);
    static const char *const wrong[] = {"1974-6-26",  "1974-02-30", "1974/06/26", "19740626",
                                        "1974-06-2x", "-974-06-26", "",           "1974-06-261"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(hst_parse_date(hst_text_of(wrong[i]), &days), HST_INVALID);
    }
    assert_int_equal(days, 1637);
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void doubles_are_the_nearest(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0",
        "-0",
        "1",
        "0.1",
        "1e22",
        "1e23",
        "9007199254740993",
        "1e-22",
        "1e-23",
        "4.9e-324",
        "2e-324",
        "1e-400",
        "123456.789",
        "0.000001",
        "1e308",
        "1.7976931348623157e308",
        "2.22507385850720113605740979670913197593481954635164564e-308", /* between two doubles */
        "9007199254740993.0000000000000000000000000000000001"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double out = 7;
        assert_int_equal(hst_parse_double(hst_text_of(texts[i]), &out), HST_OK);
        if (!same_bits(out, strtod(texts[i], NULL))) {
            fail_msg("\"%s\" gives %a", texts[i], out);
        }
    }
    double out = 7;
    assert_int_equal(hst_parse_double(hst_text_of("1e309"), &out), HST_OVERFLOW);
    assert_int_equal(hst_parse_double(hst_text_of("nan"), &out), HST_INVALID);
    assert_int_equal(hst_parse_double(hst_text_of("0x1p3"), &out), HST_INVALID);
    assert_int_equal(hst_parse_double(hst_text_of("1.5k"), &out), HST_INVALID);
    assert_true(same_bits(out, 7));
    assert_int_equal(hst_parse_quantity(hst_text_of("1.5k"), &out), HST_OK);
    assert_true(same_bits(out, 1500));
    assert_int_equal(hst_parse_quantity(hst_text_of("0.1M"), &out), HST_OK);
    assert_true(same_bits(out, 100000));
    assert_int_equal(hst_parse_quantity(hst_text_of("2.5e-3"), &out), HST_OK);
    assert_true(same_bits(out, 0.0025));
    assert_int_equal(hst_parse_quantity(hst_text_of("1q"), &out), HST_INVALID);
}

static void random_decimals_agree_with_strtod(void **state)
{
    (void)state;
    hst_random draws = hst_random_stream(SEED, 0, 0, 0);
    for (int i = 0; i < 20000; i++) {
        char text[64];
        const unsigned long long digits = hst_random_u64(&draws) >> hst_random_below(&draws, 64);
        const int exponent = (int)hst_random_below(&draws, 60) - 30;
        const int length = snprintf(text, sizeof text, "%llue%d", digits, exponent);
        double out = 0;
        assert_int_equal(hst_parse_double((hst_text){text, (size_t)length}, &out), HST_OK);
        if (!same_bits(out, strtod(text, NULL))) {
            fail_msg("\"%s\" gives %a (seed %llu)", text, out, (unsigned long long)SEED);
        }
    }
}

static void fixed_point_is_written_and_read_back(void **state)
{
    (void)state;
    char text[HST_NUMBER_TEXT_SIZE];
    static const struct {
        int64_t value;
        unsigned decimals;
        const char *text;
    } cases[] = {
        {150000, 9, "0.00015"}, {0, 9, "0"},
        {-1, 2, "-0.01"},       {100, 2, "1"},
        {120, 2, "1.2"},        {7, 0, "7"},
        {1000, 0, "1000"},      {INT64_MIN, 18, "-9.223372036854775808"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hst_format_fixed(cases[i].value, cases[i].decimals, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
    hst_random draws = hst_random_stream(SEED, 1, 0, 0);
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = hst_random_u64(&draws);
        const int64_t value = (int64_t)(bits >> hst_random_below(&draws, 64)) *
                              (hst_random_below(&draws, 2) == 0 ? 1 : -1);
        const unsigned decimals = (unsigned)hst_random_below(&draws, 19);
        const size_t length = hst_format_fixed(value, decimals, text, sizeof text);
        int64_t back = 0;
        if (hst_parse_fixed((hst_text){text, length}, decimals, &back) != HST_OK || back != value) {
            fail_msg("%lld with %u decimals is written \"%s\" (seed %llu)", (long long)value,
                     decimals, text, (unsigned long long)SEED);
        }
    }
}

static void durations_and_counts_have_short_texts(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } times[] = {
        {0, "0 ns"},
        {7, "7 ns"},
        {1500, "1.5 us"},
        {250000000, "250 ms"},
        {999600000, "1000 ms"},
        {90 * HST_SECOND_NS, "90 s"},
        {150 * HST_SECOND_NS, "2.5 min"},
        {36 * HST_HOUR_NS, "36 h"},
        {3 * HST_DAY_NS, "3 d"},
        {-1230000, "-1.23 ms"},
        {INT64_MAX, "106752 d"},
        {INT64_MIN, "-106752 d"},
    };
    char text[HST_NUMBER_TEXT_SIZE];
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        hst_format_duration(times[i].ns, text, sizeof text);
        assert_string_equal(text, times[i].text);
    }
    static const struct {
        double count;
        const char *text;
    } counts[] = {
        {0, "0"},         {999, "999"},    {999.6, "1k"},     {1234, "1.23k"},
        {12345, "12.3k"}, {1e6, "1M"},     {4.56e9, "4.56G"}, {-2500, "-2.5k"},
        {1e20, "100E"},   {1e21, "1e+21"}, {0.5, "0.5"},      {HUGE_VAL, "inf"},
    };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        hst_format_count(counts[i].count, text, sizeof text);
        assert_string_equal(text, counts[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(fixed_point_is_exact_or_refused),
        cmocka_unit_test(durations),
        cmocka_unit_test(proportions),
        cmocka_unit_test(amounts_and_sizes),
        cmocka_unit_test(times_of_day),
        cmocka_unit_test(dates),
        cmocka_unit_test(doubles_are_the_nearest),
        cmocka_unit_test(random_decimals_agree_with_strtod),
        cmocka_unit_test(fixed_point_is_written_and_read_back),
        cmocka_unit_test(durations_and_counts_have_short_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
