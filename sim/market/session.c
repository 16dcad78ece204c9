#include "sim/market/session.h"

#include "core/base/assert.h"

#include "sim/base/calendar.h"
#include "sim/base/number.h"

enum { HOURS = 24 };

static int32_t last_sunday(int32_t year, int32_t month)
{
    int32_t days = hst_date_to_days((hst_date){year, month, 31});
    while (hst_weekday_of_days(days) != HST_SUNDAY) {
        days--;
    }
    return days;
}

bool hst_session_is_summer(int32_t days)
{
    const int32_t year = hst_date_from_days(days).year;
    return days >= last_sunday(year, 3) && days < last_sunday(year, 10);
}

int64_t hst_session_fixing_ns(int32_t days)
{
    const int64_t frankfurt_ns = 14 * HST_HOUR_NS + 15 * HST_MINUTE_NS;
    return frankfurt_ns - (hst_session_is_summer(days) ? 2 : 1) * HST_HOUR_NS;
}

bool hst_session_is_business_day(const hst_session *session, int32_t days)
{
    const hst_weekday weekday = hst_weekday_of_days(days);
    if (weekday == HST_SATURDAY || weekday == HST_SUNDAY) {
        return false;
    }
    const hst_date date = hst_date_from_days(days);
    if ((date.month == 1 && date.day == 1) || (date.month == 12 && date.day == 25)) {
        return false;
    }
    if (session->holidays == NULL) {
        return true;
    }
    const uint32_t row = hst_daily_rows_before(session->holidays, days);
    return row < session->holidays->row_count && session->holidays->dates[row] == days;
}

bool hst_session_is_open(const hst_session *session, int32_t days, int32_t hour)
{
    hst_assert(hour >= 0);
    hst_assert(hour < HOURS);
    const int32_t close = hst_session_is_summer(days) ? 21 : 22;
    const hst_weekday weekday = hst_weekday_of_days(days);
    if (weekday == HST_SATURDAY) {
        return false;
    }
    if (weekday == HST_SUNDAY) {
        return hour >= close;
    }
    if (weekday == HST_FRIDAY && hour >= close) {
        return false;
    }
    return hst_session_is_business_day(session, days);
}

double hst_session_weight(const hst_session *session, int32_t days, int64_t from_ns, int64_t to_ns)
{
    hst_assert(from_ns <= to_ns);
    /* Shift by whole weeks so that divisions see positive times only. */
    const int64_t shift_days = 7000;
    int64_t at_ns = from_ns + shift_days * HST_DAY_NS;
    const int64_t end_ns = to_ns + shift_days * HST_DAY_NS;
    hst_assert(at_ns >= 0);
    double weight = 0.0;
    while (at_ns < end_ns) {
        const int32_t day = days + (int32_t)(at_ns / HST_DAY_NS - shift_days);
        const int64_t hour = at_ns % HST_DAY_NS / HST_HOUR_NS;
        const int64_t hour_end_ns = (at_ns / HST_HOUR_NS + 1) * HST_HOUR_NS;
        const int64_t stop_ns = hour_end_ns < end_ns ? hour_end_ns : end_ns;
        if (hst_session_is_open(session, day, (int32_t)hour)) {
            const int season = hst_session_is_summer(day) ? 1 : 0;
            weight += session->profile->weight[season][hour] * (double)(stop_ns - at_ns) /
                      (double)HST_HOUR_NS;
        }
        at_ns = stop_ns;
    }
    return weight;
}

int32_t hst_session_spread_milli(const hst_session *session, int32_t days, int32_t hour)
{
    if (!hst_session_is_open(session, days, hour)) {
        return session->profile->spread_milli_max;
    }
    return session->profile->spread_milli[hst_session_is_summer(days) ? 1 : 0][hour];
}
