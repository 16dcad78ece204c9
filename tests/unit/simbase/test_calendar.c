#define _POSIX_C_SOURCE 200809L /* gmtime_r */

#include "sim/base/calendar.h"

#include "tests/support/expect_assert.h"

#include <time.h>

static void every_day_from_1970_to_2100_agrees_with_gmtime(void **state)
{
    (void)state;
    const int32_t last = hst_date_to_days((hst_date){2100, 12, 31});
    assert_int_equal(last, 47846);
    for (int32_t days = 0; days <= last; days++) {
        const time_t seconds = (time_t)days * 86400;
        struct tm expected;
        assert_non_null(gmtime_r(&seconds, &expected));
        const hst_date date = hst_date_from_days(days);
        if (date.year != expected.tm_year + 1900 || date.month != expected.tm_mon + 1 ||
            date.day != expected.tm_mday ||
            (int)hst_weekday_of_days(days) != (expected.tm_wday + 6) % 7 ||
            hst_date_to_days(date) != days) {
            fail_msg("day %d", (int)days);
        }
    }
}

static void every_day_within_the_limits_follows_the_one_before(void **state)
{
    (void)state;
    hst_date date = {1, 1, 1};
    hst_weekday weekday = HST_MONDAY; /* 0001-01-01 was a Monday */
    const int32_t first = hst_date_to_days(date);
    const int32_t last = hst_date_to_days((hst_date){9999, 12, 31});
    assert_int_equal(last - first, 3652058);
    for (int32_t days = first; days <= last; days += 1) {
        const hst_date got = hst_date_from_days(days);
        if (got.year != date.year || got.month != date.month || got.day != date.day ||
            hst_weekday_of_days(days) != weekday) {
            fail_msg("day %d", (int)days);
        }
        weekday = (hst_weekday)((weekday + 1) % 7);
        date.day++;
        if (!hst_date_exists(date)) {
            date.day = 1;
            date.month++;
        }
        if (!hst_date_exists(date)) {
            date.month = 1;
            date.year++;
        }
    }
}

static void dates_that_do_not_exist_are_known(void **state)
{
    (void)state;
    assert_true(hst_date_exists((hst_date){2000, 2, 29}));
    assert_true(hst_date_exists((hst_date){2024, 2, 29}));
    assert_false(hst_date_exists((hst_date){1900, 2, 29}));
    assert_false(hst_date_exists((hst_date){2023, 2, 29}));
    assert_false(hst_date_exists((hst_date){2023, 4, 31}));
    assert_false(hst_date_exists((hst_date){2023, 0, 1}));
    assert_false(hst_date_exists((hst_date){2023, 13, 1}));
    assert_false(hst_date_exists((hst_date){2023, 1, 0}));
    assert_false(hst_date_exists((hst_date){0, 1, 1}));
    assert_false(hst_date_exists((hst_date){10000, 1, 1}));
    expect_assert_fires((void)hst_date_from_days(INT32_MAX));
    expect_assert_fires((void)hst_date_from_days(INT32_MIN));
}

static void dates_and_weekdays_have_texts(void **state)
{
    (void)state;
    char text[HST_DATE_TEXT_SIZE];
    hst_date_format(hst_date_to_days((hst_date){1974, 6, 26}), text);
    assert_string_equal(text, "1974-06-26");
    hst_date_format(hst_date_to_days((hst_date){1, 2, 3}), text);
    assert_string_equal(text, "0001-02-03");
    assert_string_equal(hst_weekday_name(hst_weekday_of_days(0)), "Thu");
    assert_string_equal(hst_weekday_name(HST_SUNDAY), "Sun");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_from_1970_to_2100_agrees_with_gmtime),
        cmocka_unit_test(every_day_within_the_limits_follows_the_one_before),
        cmocka_unit_test(dates_that_do_not_exist_are_known),
        cmocka_unit_test(dates_and_weekdays_have_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
