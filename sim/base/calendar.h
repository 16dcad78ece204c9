/** @file sim/base/calendar.h
 * Dates as days since 1970-01-01 in the proleptic Gregorian calendar; no time zones, no clock.
 *
 * Units     days since 1970-01-01, negative before.
 * Errors    none; a date that does not exist is a programmer error (ask hst_date_exists).
 * Threads   pure functions.
 * Limits    years 1 ... 9999.
 * Source    Richards, "Calendars", in Explanatory Supplement to the Astronomical Almanac, 2013.
 */
#ifndef HST_SIM_BASE_CALENDAR_H
#define HST_SIM_BASE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Days of the week as ISO 8601 orders them. */
typedef enum hst_weekday {
    HST_MONDAY = 0,    /**< first */
    HST_TUESDAY = 1,   /**< second */
    HST_WEDNESDAY = 2, /**< third */
    HST_THURSDAY = 3,  /**< fourth, the weekday of 1970-01-01 */
    HST_FRIDAY = 4,    /**< fifth */
    HST_SATURDAY = 5,  /**< sixth */
    HST_SUNDAY = 6     /**< last */
} hst_weekday;

/** Bytes of "YYYY-MM-DD" with its NUL. */
enum { HST_DATE_TEXT_SIZE = 11 };

/** A calendar date. */
typedef struct hst_date {
    int32_t year;  /**< 1 ... 9999 */
    int32_t month; /**< 1 ... 12 */
    int32_t day;   /**< 1 ... 31 */
} hst_date;

/** Whether the date exists. */
bool hst_date_exists(hst_date date);

/** Days since 1970-01-01 of an existing date. */
int32_t hst_date_to_days(hst_date date);

/** The date of a day within the limits. */
hst_date hst_date_from_days(int32_t days);

/** Day of the week. */
hst_weekday hst_weekday_of_days(int32_t days);

/** Write "YYYY-MM-DD" and a NUL into out[HST_DATE_TEXT_SIZE]. */
void hst_date_format(int32_t days, char *out);

/** Short English name, "Mon" ... "Sun". */
const char *hst_weekday_name(hst_weekday weekday);

#endif
