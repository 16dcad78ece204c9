/** @file sim/base/number.h
 * Numbers as people write them in scenarios and tables, to integers and back.
 *
 * Everything is exact where a unit allows it: "1.5bp" is 150000 ppb because the digits say so, not
 * because a float came near. Spaces and tabs around a value are ignored; anything else left over is
 * HST_INVALID. A decimal is [+-] digits [. digits] [e[+-]digits], with a digit before or after the
 * point; no hex, no inf, no thousands separators.
 *
 * Units     _ns: nanoseconds; _ppb: parts per billion.
 * Errors    HST_INVALID (not such a value, or not exact), HST_OVERFLOW (beyond the result type).
 *           Outputs are untouched unless HST_OK.
 * Memory    none; formatting goes to a buffer of HST_NUMBER_TEXT_SIZE bytes.
 * Threads   pure functions.
 */
#ifndef HST_SIM_BASE_NUMBER_H
#define HST_SIM_BASE_NUMBER_H

#include "core/base/status.h"

#include "sim/base/text.h"

#include <stddef.h>
#include <stdint.h>

/** Bytes that hold any formatted number, NUL included. */
enum { HST_NUMBER_TEXT_SIZE = 32 };

/** Nanoseconds in a second, minute, hour and day. */
#define HST_SECOND_NS INT64_C(1000000000)
#define HST_MINUTE_NS (INT64_C(60) * HST_SECOND_NS)    /**< a minute */
#define HST_HOUR_NS   (INT64_C(3600) * HST_SECOND_NS)  /**< an hour */
#define HST_DAY_NS    (INT64_C(86400) * HST_SECOND_NS) /**< a day */

/** A whole number: "12", "-3", "1e3"; HST_INVALID for "1.5". */
HST_NODISCARD hst_status hst_parse_int64(hst_text text, int64_t *out);

/** A decimal times 10^decimals (at most 18), exactly; HST_INVALID when digits would be lost. */
HST_NODISCARD hst_status hst_parse_fixed(hst_text text, unsigned decimals, int64_t *out);

/** A decimal times 10^decimals, rounded half to even. */
HST_NODISCARD hst_status hst_parse_fixed_half_even(hst_text text, unsigned decimals, int64_t *out);

/** A decimal as the nearest double; HST_OVERFLOW when that is infinite. */
HST_NODISCARD hst_status hst_parse_double(hst_text text, double *out);

/** A duration: one or more of number and unit, largest first by habit: "250ms", "2h", "1h30min",
 * "-1.5s"; units ns us ms s min h d w. A bare "0" is allowed; a bare number is not. */
HST_NODISCARD hst_status hst_parse_duration(hst_text text, int64_t *duration_ns_out);

/** A proportion: "1.5bp", "0.3%", "25ppm", "10ppb", or bare "0.002". */
HST_NODISCARD hst_status hst_parse_rate_ppb(hst_text text, int64_t *rate_ppb_out);

/** An amount times 10^decimals: "2.5e6", "250k", "1.2M", "3B", "1T" (powers of 1000), or plain. */
HST_NODISCARD hst_status hst_parse_amount(hst_text text, unsigned decimals, int64_t *out);

/** As hst_parse_amount, to a double, for quantities that are no money. */
HST_NODISCARD hst_status hst_parse_quantity(hst_text text, double *out);

/** A date, YYYY-MM-DD, to days since 1970-01-01. */
HST_NODISCARD hst_status hst_parse_date(hst_text text, int32_t *days_out);

/** A time of day, "08:30" or "08:30:15", "24:00" being the end of the day; a suffix "-1" or "+1"
 * moves it to the day before or after ("21:30-1"). Nanoseconds from midnight. */
HST_NODISCARD hst_status hst_parse_time_of_day(hst_text text, int64_t *time_ns_out);

/** A size in bytes: "4096", "64KiB", "1.5MiB", "2GiB", "10kB", "3MB". */
HST_NODISCARD hst_status hst_parse_bytes(hst_text text, int64_t *bytes_out);

/** A duration for people, three or four digits and one unit: "250 ms", "1.5 h"; returns length. */
size_t hst_format_duration(int64_t duration_ns, char *buffer, size_t size);

/** A count for people: "999", "12.3k", "1.23M", "4.56G"; returns length. */
size_t hst_format_count(double count, char *buffer, size_t size);

/** A fixed-point number, exactly and without an exponent: 150000 with 9 decimals is "0.00015";
 * returns length. hst_parse_fixed reads it back. */
size_t hst_format_fixed(int64_t value, unsigned decimals, char *buffer, size_t size);

#endif
