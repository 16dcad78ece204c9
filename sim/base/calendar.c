#include "sim/base/calendar.h"

#include "core/base/assert.h"

/* Years are counted from 1 March, so the leap day is a year's last day and the start of each month
 * follows a straight line: (153 m + 2) / 5 days before month m, March being 0. */
enum {
    DAYS_PER_ERA = 146097,  /* 400 years */
    DAYS_TO_EPOCH = 719468, /* 0000-03-01 to 1970-01-01 */
    FIRST_DAY = -719162,    /* 0001-01-01 */
    LAST_DAY = 2932896,     /* 9999-12-31 */
    YEAR_MIN = 1,
    YEAR_MAX = 9999
};

static bool is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int32_t month_length(int32_t year, int32_t month)
{
    static const int32_t lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

bool hst_date_exists(hst_date date)
{
    return date.year >= YEAR_MIN && date.year <= YEAR_MAX && date.month >= 1 && date.month <= 12 &&
           date.day >= 1 && date.day <= month_length(date.year, date.month);
}

int32_t hst_date_to_days(hst_date date)
{
    hst_assert(hst_date_exists(date));
    const int32_t from_march = (date.month + 9) % 12;
    const int32_t year = date.month <= 2 ? date.year - 1 : date.year;
    const int32_t day_of_year = (153 * from_march + 2) / 5 + date.day - 1;
    const int32_t days =
        365 * year + year / 4 - year / 100 + year / 400 + day_of_year - DAYS_TO_EPOCH;
    hst_assert(days >= FIRST_DAY && days <= LAST_DAY);
    return days;
}

hst_date hst_date_from_days(int32_t days)
{
    hst_assert(days >= FIRST_DAY);
    hst_assert(days <= LAST_DAY);
    const int32_t since = days + DAYS_TO_EPOCH; /* > 0 within the limits */
    const int32_t era = since / DAYS_PER_ERA;
    const int32_t day_of_era = since % DAYS_PER_ERA;
    /* Take out the leap days before dividing by 365. */
    const int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int32_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int32_t from_march = (5 * day_of_year + 2) / 153;
    const int32_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    const hst_date date = {
        .year = era * 400 + year_of_era + (month <= 2 ? 1 : 0),
        .month = month,
        .day = day_of_year - (153 * from_march + 2) / 5 + 1,
    };
    hst_assert_slow(hst_date_exists(date));
    return date;
}

hst_weekday hst_weekday_of_days(int32_t days)
{
    hst_assert(days >= FIRST_DAY);
    hst_assert(days <= LAST_DAY);
    /* 1970-01-01 was a Thursday; the offset is a multiple of 7 that keeps the sum positive. */
    return (hst_weekday)((days + 7 * 102738 + HST_THURSDAY) % 7);
}

void hst_date_format(int32_t days, char *out)
{
    hst_assert(out != NULL);
    const hst_date date = hst_date_from_days(days);
    const int32_t parts[8] = {date.year / 1000, date.year / 100, date.year / 10, date.year,
                              date.month / 10,  date.month,      date.day / 10,  date.day};
    static const int at[8] = {0, 1, 2, 3, 5, 6, 8, 9};
    for (int i = 0; i < 8; i++) {
        out[at[i]] = (char)('0' + parts[i] % 10);
    }
    out[4] = '-';
    out[7] = '-';
    out[10] = '\0';
}

const char *hst_weekday_name(hst_weekday weekday)
{
    switch (weekday) {
    case HST_MONDAY: return "Mon";
    case HST_TUESDAY: return "Tue";
    case HST_WEDNESDAY: return "Wed";
    case HST_THURSDAY: return "Thu";
    case HST_FRIDAY: return "Fri";
    case HST_SATURDAY: return "Sat";
    case HST_SUNDAY: return "Sun";
    }
    return "?";
}
