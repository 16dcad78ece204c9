#include "core/base/assert.h"

#include "sim/base/calendar.h"
#include "sim/base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

/* A decimal as written: (-1)^negative * mantissa * 10^exponent, the mantissa holding nineteen
 * digits. Of digits behind those, the first is kept for rounding, and whether any other is not 0.
 */
typedef struct decimal {
    uint64_t mantissa;
    int32_t exponent;
    bool negative;
    bool full;    /* digits have been dropped */
    unsigned cut; /* the first of them */
    bool rest;    /* another of them is not zero */
} decimal;

static bool is_inexact(const decimal *value)
{
    return value->cut != 0 || value->rest;
}

enum {
    EXPONENT_MAX = 100000, /* far beyond any result; keeps sums of exponents small */
    FIXED_DECIMALS_MAX = 18,
    DOUBLE_TEXT_SIZE = 1024
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Take "e[+-]digits" off the front of *rest if it is there. "e" with no digit behind it stays. */
static int32_t take_exponent(hst_text *rest)
{
    size_t at = 1;
    bool negative = false;
    if (rest->size == 0 || (rest->bytes[0] != 'e' && rest->bytes[0] != 'E')) {
        return 0;
    }
    if (at < rest->size && (rest->bytes[at] == '+' || rest->bytes[at] == '-')) {
        negative = rest->bytes[at] == '-';
        at++;
    }
    if (at >= rest->size || !is_digit(rest->bytes[at])) {
        return 0;
    }
    int32_t exponent = 0;
    for (; at < rest->size && is_digit(rest->bytes[at]); at++) {
        if (exponent < EXPONENT_MAX) {
            exponent = exponent * 10 + (rest->bytes[at] - '0');
        }
    }
    rest->bytes += at;
    rest->size -= at;
    if (exponent > EXPONENT_MAX) {
        exponent = EXPONENT_MAX;
    }
    return negative ? -exponent : exponent;
}

/* Take digits off the front of *rest into *out; `fraction` says they stand behind the point. */
static size_t take_digits(hst_text *rest, bool fraction, decimal *out)
{
    size_t count = 0;
    for (; count < rest->size && is_digit(rest->bytes[count]); count++) {
        const unsigned digit = (unsigned)(rest->bytes[count] - '0');
        if (out->mantissa < UINT64_C(1000000000000000000)) {
            out->mantissa = out->mantissa * 10 + digit;
            out->exponent -= fraction ? 1 : 0;
        } else {
            out->rest = out->rest || (out->full && digit != 0);
            out->cut = out->full ? out->cut : digit;
            out->full = true;
            out->exponent += fraction ? 0 : 1;
        }
    }
    rest->bytes += count;
    rest->size -= count;
    return count;
}

/* Take a decimal off the front of *rest. */
static hst_status take_decimal(hst_text *rest, decimal *out)
{
    decimal value = {0};
    hst_text text = *rest;
    if (text.size > EXPONENT_MAX) {
        return HST_INVALID;
    }
    if (text.size > 0 && (text.bytes[0] == '-' || text.bytes[0] == '+')) {
        value.negative = text.bytes[0] == '-';
        text.bytes++;
        text.size--;
    }
    size_t digits = take_digits(&text, false, &value);
    if (text.size > 0 && text.bytes[0] == '.') {
        text.bytes++;
        text.size--;
        digits += take_digits(&text, true, &value);
    }
    if (digits == 0) {
        return HST_INVALID;
    }
    value.exponent += take_exponent(&text);
    *rest = text;
    *out = value;
    return HST_OK;
}

static hst_status with_sign(uint128 magnitude, bool negative, int64_t *out)
{
    const uint128 limit = (uint128)INT64_MAX + (negative ? 1 : 0);
    if (magnitude > limit) {
        return HST_OVERFLOW;
    }
    const uint64_t bits = negative ? (uint64_t)0 - (uint64_t)magnitude : (uint64_t)magnitude;
    memcpy(out, &bits, sizeof bits);
    return HST_OK;
}

/* value * unit * 10^shift, where unit < 2^50: exact, or HST_INVALID, unless `round` to half even.
 * The product of mantissa and unit is below 2^114, so it never overflows 128 bits. */
static hst_status scale(decimal value, uint64_t unit, int32_t shift, bool round, int64_t *out)
{
    hst_assert(unit < (UINT64_C(1) << 50));
    hst_assert(!round || unit == 1); /* so that dropped digits stay behind the mantissa's last */
    uint128 magnitude = (uint128)value.mantissa * unit;
    int32_t exponent = value.exponent + shift;
    if (magnitude == 0) {
        return with_sign(0, false, out);
    }
    for (; exponent > 0; exponent--) {
        magnitude *= 10;
        if (magnitude > (uint128)1 << 64) {
            return HST_OVERFLOW;
        }
    }
    /* What is cut off: its leading digit, and whether anything behind that is not zero. */
    unsigned cut = value.cut;
    bool rest = value.rest;
    for (; exponent < 0 && magnitude > 0; exponent++) {
        rest = rest || cut != 0;
        cut = (unsigned)(magnitude % 10);
        magnitude /= 10;
    }
    if (exponent < 0) { /* zeroes stand in front of what was cut off */
        rest = rest || cut != 0;
        cut = 0;
    }
    if (!round && (cut != 0 || rest)) {
        return magnitude > (uint128)INT64_MAX ? HST_OVERFLOW : HST_INVALID;
    }
    if (cut > 5 || (cut == 5 && (rest || (magnitude & 1) != 0))) {
        magnitude++;
    }
    return with_sign(magnitude, value.negative, out);
}

static hst_status take_whole(hst_text text, decimal *out)
{
    hst_text rest = hst_text_trim(text);
    HST_TRY(take_decimal(&rest, out));
    return rest.size == 0 ? HST_OK : HST_INVALID;
}

hst_status hst_parse_int64(hst_text text, int64_t *out)
{
    return hst_parse_fixed(text, 0, out);
}

hst_status hst_parse_fixed(hst_text text, unsigned decimals, int64_t *out)
{
    hst_assert(out != NULL);
    hst_assert(decimals <= FIXED_DECIMALS_MAX);
    decimal value = {0};
    HST_TRY(take_whole(text, &value));
    return scale(value, 1, (int32_t)decimals, false, out);
}

hst_status hst_parse_fixed_half_even(hst_text text, unsigned decimals, int64_t *out)
{
    hst_assert(out != NULL);
    hst_assert(decimals <= FIXED_DECIMALS_MAX);
    decimal value = {0};
    HST_TRY(take_whole(text, &value));
    return scale(value, 1, (int32_t)decimals, true, out);
}

/* The nearest double of text that take_decimal accepted as `value`. Small decimals are one exact
 * operation on exact operands (Clinger 1990); the rest goes to strtod, which rounds correctly and
 * sees digits and a point only (the program stays in the "C" locale). */
static hst_status to_double(hst_text text, decimal value, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    enum { EXACT_POWER_MAX = 22 };
    if (!is_inexact(&value) && value.mantissa <= (UINT64_C(1) << 53) &&
        value.exponent >= -EXACT_POWER_MAX && value.exponent <= EXACT_POWER_MAX) {
        const double mantissa = (double)value.mantissa;
        const double magnitude = value.exponent < 0 ? mantissa / powers[-value.exponent]
                                                    : mantissa * powers[value.exponent];
        *out = value.negative ? -magnitude : magnitude;
        return HST_OK;
    }
    char buffer[DOUBLE_TEXT_SIZE];
    if (!is_inexact(&value)) {
        const int length = snprintf(buffer, sizeof buffer, "%s%" PRIu64 "e%" PRId32,
                                    value.negative ? "-" : "", value.mantissa, value.exponent);
        hst_assert(length > 0 && (size_t)length < sizeof buffer);
    } else if (!hst_text_copy(text, buffer, sizeof buffer)) {
        return HST_INVALID;
    }
    const double parsed = strtod(buffer, NULL);
    if (!isfinite(parsed)) {
        return HST_OVERFLOW;
    }
    *out = parsed;
    return HST_OK;
}

hst_status hst_parse_double(hst_text text, double *out)
{
    hst_assert(out != NULL);
    decimal value = {0};
    HST_TRY(take_whole(text, &value));
    return to_double(hst_text_trim(text), value, out);
}

/* A suffix and what one of it is worth: factor * 10^shift. */
typedef struct suffix {
    const char *name;
    uint64_t factor;
    int32_t shift;
} suffix;

static const suffix *find_suffix(const suffix *table, size_t count, hst_text name)
{
    for (size_t i = 0; i < count; i++) {
        if (hst_text_equals(name, table[i].name)) {
            return &table[i];
        }
    }
    return NULL;
}

/* One decimal and a suffix out of the table, exactly, times 10^shift. */
static hst_status
parse_suffixed(hst_text text, const suffix *table, size_t count, int32_t shift, int64_t *out)
{
    decimal value = {0};
    hst_text rest = hst_text_trim(text);
    HST_TRY(take_decimal(&rest, &value));
    const suffix *found = find_suffix(table, count, hst_text_trim(rest));
    if (found == NULL) {
        return HST_INVALID;
    }
    return scale(value, found->factor, found->shift + shift, false, out);
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static hst_text take_letters(hst_text *rest)
{
    hst_text letters = {.bytes = rest->bytes, .size = 0};
    while (letters.size < rest->size && rest->bytes[letters.size] >= 'a' &&
           rest->bytes[letters.size] <= 'z') {
        letters.size++;
    }
    rest->bytes += letters.size;
    rest->size -= letters.size;
    return letters;
}

/* One "number unit" off the front of *rest, in nanoseconds. */
static hst_status take_duration_part(hst_text *rest, int64_t *part_ns_out)
{
    static const suffix units[] = {{"ns", 1, 0},    {"us", 1, 3},    {"ms", 1, 6},
                                   {"s", 1, 9},     {"min", 60, 9},  {"h", 3600, 9},
                                   {"d", 86400, 9}, {"w", 604800, 9}};
    if (rest->size > 0 && !is_digit(rest->bytes[0]) && rest->bytes[0] != '.') {
        return HST_INVALID; /* a sign belongs in front of the whole */
    }
    decimal value = {0};
    HST_TRY(take_decimal(rest, &value));
    *rest = hst_text_trim(*rest);
    const suffix *unit = find_suffix(units, COUNT_OF(units), take_letters(rest));
    *rest = hst_text_trim(*rest);
    if (unit == NULL) {
        return HST_INVALID;
    }
    return scale(value, unit->factor, unit->shift, false, part_ns_out);
}

hst_status hst_parse_duration(hst_text text, int64_t *duration_ns_out)
{
    hst_assert(duration_ns_out != NULL);
    hst_text rest = hst_text_trim(text);
    if (hst_text_equals(rest, "0")) {
        *duration_ns_out = 0;
        return HST_OK;
    }
    const bool negative = rest.size > 0 && rest.bytes[0] == '-';
    if (negative) {
        rest.bytes++;
        rest.size--;
    }
    int64_t total_ns = 0;
    do {
        int64_t part_ns = 0;
        HST_TRY(take_duration_part(&rest, &part_ns));
        if (__builtin_add_overflow(total_ns, part_ns, &total_ns)) {
            return HST_OVERFLOW;
        }
    } while (rest.size > 0);
    *duration_ns_out = negative ? -total_ns : total_ns;
    return HST_OK;
}

hst_status hst_parse_rate_ppb(hst_text text, int64_t *rate_ppb_out)
{
    static const suffix units[] = {{"", 1, 9},    {"%", 1, 7},   {"bp", 1, 5},
                                   {"bps", 1, 5}, {"ppm", 1, 3}, {"ppb", 1, 0}};
    hst_assert(rate_ppb_out != NULL);
    return parse_suffixed(text, units, COUNT_OF(units), 0, rate_ppb_out);
}

static const suffix multiples[] = {{"", 1, 0}, {"k", 1, 3}, {"M", 1, 6}, {"B", 1, 9}, {"T", 1, 12}};

hst_status hst_parse_amount(hst_text text, unsigned decimals, int64_t *out)
{
    hst_assert(out != NULL);
    hst_assert(decimals <= FIXED_DECIMALS_MAX);
    return parse_suffixed(text, multiples, COUNT_OF(multiples), (int32_t)decimals, out);
}

hst_status hst_parse_quantity(hst_text text, double *out)
{
    hst_assert(out != NULL);
    decimal value = {0};
    const hst_text whole = hst_text_trim(text);
    hst_text rest = whole;
    HST_TRY(take_decimal(&rest, &value));
    const hst_text number = {.bytes = whole.bytes, .size = whole.size - rest.size};
    const suffix *found = find_suffix(multiples, COUNT_OF(multiples), hst_text_trim(rest));
    if (found == NULL) {
        return HST_INVALID;
    }
    if (is_inexact(&value) && found->shift != 0) {
        return HST_INVALID; /* twenty digits and a suffix: one rounding cannot do both */
    }
    value.exponent += found->shift;
    return to_double(number, value, out);
}

hst_status hst_parse_bytes(hst_text text, int64_t *bytes_out)
{
    static const suffix units[] = {{"", 1, 0},
                                   {"B", 1, 0},
                                   {"kB", 1, 3},
                                   {"MB", 1, 6},
                                   {"GB", 1, 9},
                                   {"KiB", UINT64_C(1) << 10, 0},
                                   {"MiB", UINT64_C(1) << 20, 0},
                                   {"GiB", UINT64_C(1) << 30, 0}};
    hst_assert(bytes_out != NULL);
    return parse_suffixed(text, units, COUNT_OF(units), 0, bytes_out);
}

/* `count` digits at text.bytes[at] as a number, or -1. */
static int32_t digits_at(hst_text text, size_t at, size_t count)
{
    int32_t value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (i >= text.size || !is_digit(text.bytes[i])) {
            return -1;
        }
        value = value * 10 + (text.bytes[i] - '0');
    }
    return value;
}

hst_status hst_parse_date(hst_text text, int32_t *days_out)
{
    hst_assert(days_out != NULL);
    const hst_text whole = hst_text_trim(text);
    if (whole.size != 10 || whole.bytes[4] != '-' || whole.bytes[7] != '-') {
        return HST_INVALID;
    }
    const hst_date date = {.year = digits_at(whole, 0, 4),
                           .month = digits_at(whole, 5, 2),
                           .day = digits_at(whole, 8, 2)};
    if (!hst_date_exists(date)) {
        return HST_INVALID;
    }
    *days_out = hst_date_to_days(date);
    return HST_OK;
}

hst_status hst_parse_time_of_day(hst_text text, int64_t *time_ns_out)
{
    hst_assert(time_ns_out != NULL);
    hst_text rest = hst_text_trim(text);
    int64_t time_ns = 0;
    if (rest.size >= 2 && rest.bytes[rest.size - 1] == '1') {
        const char sign = rest.bytes[rest.size - 2];
        if (sign == '-' || sign == '+') {
            time_ns = sign == '-' ? -HST_DAY_NS : HST_DAY_NS;
            rest.size -= 2;
        }
    }
    const bool has_seconds = rest.size == 8;
    if ((rest.size != 5 && !has_seconds) || rest.bytes[2] != ':' ||
        (has_seconds && rest.bytes[5] != ':')) {
        return HST_INVALID;
    }
    const int32_t hours = digits_at(rest, 0, 2);
    const int32_t minutes = digits_at(rest, 3, 2);
    const int32_t seconds = has_seconds ? digits_at(rest, 6, 2) : 0;
    if (hours < 0 || hours > 24 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59 ||
        (hours == 24 && (minutes > 0 || seconds > 0))) {
        return HST_INVALID;
    }
    time_ns += hours * HST_HOUR_NS + minutes * HST_MINUTE_NS + seconds * HST_SECOND_NS;
    *time_ns_out = time_ns;
    return HST_OK;
}
