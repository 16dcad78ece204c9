#include "sim/base/calendar.h"
#include "sim/base/number.h"
#include "sim/market/session.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int32_t day(int32_t year, int32_t month, int32_t date)
{
    return hst_date_to_days((hst_date){year, month, date});
}

/* A profile in which each hour weighs one 24th and hour h costs 1000 + h. */
static hst_market_profile flat_profile(void)
{
    hst_market_profile profile = {.spread_milli_max = 4000};
    for (int32_t season = 0; season < 2; season++) {
        for (int32_t hour = 0; hour < 24; hour++) {
            profile.weight[season][hour] = 1.0 / 24.0;
            profile.spread_milli[season][hour] = 1000 + hour + 100 * season;
        }
    }
    return profile;
}

static void summer_starts_and_ends_on_last_sundays(void **state)
{
    (void)state;
    assert_false(hst_session_is_summer(day(2025, 3, 29)));
    assert_true(hst_session_is_summer(day(2025, 3, 30)));
    assert_true(hst_session_is_summer(day(2025, 10, 25)));
    assert_false(hst_session_is_summer(day(2025, 10, 26)));
    assert_false(hst_session_is_summer(day(2026, 3, 28)));
    assert_true(hst_session_is_summer(day(2026, 3, 29)));
}

static void fixing_is_at_quarter_past_two_in_frankfurt(void **state)
{
    (void)state;
    assert_int_equal(hst_session_fixing_ns(day(2025, 1, 15)),
                     13 * HST_HOUR_NS + 15 * HST_MINUTE_NS);
    assert_int_equal(hst_session_fixing_ns(day(2025, 7, 15)),
                     12 * HST_HOUR_NS + 15 * HST_MINUTE_NS);
}

static void market_rests_from_friday_to_sunday_evening(void **state)
{
    (void)state;
    const hst_market_profile profile = flat_profile();
    const hst_session session = {&profile, NULL};
    /* 2025-01-10 was a Friday, 2025-07-11 too. */
    assert_true(hst_session_is_open(&session, day(2025, 1, 10), 21));
    assert_false(hst_session_is_open(&session, day(2025, 1, 10), 22));
    assert_false(hst_session_is_open(&session, day(2025, 1, 11), 12));
    assert_false(hst_session_is_open(&session, day(2025, 1, 12), 21));
    assert_true(hst_session_is_open(&session, day(2025, 1, 12), 22));
    assert_false(hst_session_is_open(&session, day(2025, 7, 11), 21));
    assert_true(hst_session_is_open(&session, day(2025, 7, 13), 21));
    assert_false(hst_session_is_open(&session, day(2025, 12, 25), 12));
}

static void weekdays_without_a_row_are_holidays_in_a_replay(void **state)
{
    (void)state;
    const hst_market_profile profile = flat_profile();
    const int32_t dates[] = {day(2025, 4, 17), day(2025, 4, 22)}; /* Easter between them */
    const hst_daily_table table = {.currency_count = 1, .row_count = 2, .dates = dates};
    const hst_session session = {&profile, &table};
    assert_true(hst_session_is_business_day(&session, day(2025, 4, 17)));
    assert_false(hst_session_is_business_day(&session, day(2025, 4, 18)));
    assert_false(hst_session_is_business_day(&session, day(2025, 4, 21)));
    assert_true(hst_session_is_business_day(&session, day(2025, 4, 22)));
    assert_false(hst_session_is_business_day(&session, day(2025, 4, 23)));
}

static void weights_of_a_week_add_up_to_its_open_hours(void **state)
{
    (void)state;
    const hst_market_profile profile = flat_profile();
    const hst_session session = {&profile, NULL};
    const int32_t monday = day(2025, 1, 13);
    const double week = hst_session_weight(&session, monday, 0, 7 * HST_DAY_NS);
    assert_true(fabs(week - 5.0) < 1e-12); /* Monday 0 h to Friday 22 h, and Sunday from 22 h */
    double sum = 0.0;
    for (int64_t t = -3 * HST_DAY_NS; t < 9 * HST_DAY_NS; t += 7 * HST_MINUTE_NS + 3) {
        const int64_t end = t + 7 * HST_MINUTE_NS + 3;
        sum += hst_session_weight(&session, monday, t, end < 9 * HST_DAY_NS ? end : 9 * HST_DAY_NS);
    }
    const double whole = hst_session_weight(&session, monday, -3 * HST_DAY_NS, 9 * HST_DAY_NS);
    assert_true(fabs(sum - whole) < 1e-9);
}

static void spread_is_dearest_while_closed(void **state)
{
    (void)state;
    const hst_market_profile profile = flat_profile();
    const hst_session session = {&profile, NULL};
    assert_int_equal(hst_session_spread_milli(&session, day(2025, 1, 13), 9), 1009);
    assert_int_equal(hst_session_spread_milli(&session, day(2025, 7, 14), 9), 1109);
    assert_int_equal(hst_session_spread_milli(&session, day(2025, 1, 11), 9), 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summer_starts_and_ends_on_last_sundays),
        cmocka_unit_test(fixing_is_at_quarter_past_two_in_frankfurt),
        cmocka_unit_test(market_rests_from_friday_to_sunday_evening),
        cmocka_unit_test(weekdays_without_a_row_are_holidays_in_a_replay),
        cmocka_unit_test(weights_of_a_week_add_up_to_its_open_hours),
        cmocka_unit_test(spread_is_dearest_while_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
