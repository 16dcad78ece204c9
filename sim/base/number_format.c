#include "core/base/assert.h"

#include "sim/base/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Three significant digits without trailing zeroes behind the point, a space if wanted, a unit. */
static size_t
format_three_digits(double value, const char *gap, const char *unit, char *buffer, size_t size)
{
    hst_assert(buffer != NULL);
    hst_assert(size >= HST_NUMBER_TEXT_SIZE);
    const double magnitude = fabs(value);
    int decimals = 2;
    if (magnitude >= 99.95) {
        decimals = 0;
    } else if (magnitude >= 9.995) {
        decimals = 1;
    }
    char number[HST_NUMBER_TEXT_SIZE];
    int length = snprintf(number, sizeof number, "%.*f", decimals, value);
    hst_assert(length > 0 && (size_t)length < sizeof number);
    while (decimals > 0 && (number[length - 1] == '0' || number[length - 1] == '.')) {
        const bool at_point = number[length - 1] == '.';
        number[--length] = '\0';
        if (at_point) {
            break;
        }
    }
    length = snprintf(buffer, size, "%s%s%s", number, gap, unit);
    hst_assert(length > 0 && (size_t)length < size);
    return (size_t)length;
}

size_t hst_format_duration(int64_t duration_ns, char *buffer, size_t size)
{
    static const struct {
        const char *name;
        double ns;
        double below_ns; /* use this unit below so much */
    } units[] = {{"ns", 1, 1e3},       {"us", 1e3, 1e6},      {"ms", 1e6, 1e9},
                 {"s", 1e9, 120e9},    {"min", 60e9, 7200e9}, {"h", 3600e9, 172800e9},
                 {"d", 86400e9, 1e300}};
    const double ns = (double)duration_ns;
    size_t i = 0;
    while (fabs(ns) >= units[i].below_ns) {
        i++;
    }
    return format_three_digits(ns / units[i].ns, " ", units[i].name, buffer, size);
}

size_t hst_format_count(double count, char *buffer, size_t size)
{
    static const char *const names[] = {"", "k", "M", "G", "T", "P", "E"};
    hst_assert(buffer != NULL);
    hst_assert(size >= HST_NUMBER_TEXT_SIZE);
    if (!isfinite(count) || fabs(count) >= 1e21) {
        const int length = snprintf(buffer, size, "%.3g", count);
        hst_assert(length > 0 && (size_t)length < size);
        return (size_t)length;
    }
    size_t i = 0;
    while (fabs(count) >= 999.5 && i + 1 < sizeof names / sizeof names[0]) {
        count /= 1000;
        i++;
    }
    return format_three_digits(count, "", names[i], buffer, size);
}

size_t hst_format_fixed(int64_t value, unsigned decimals, char *buffer, size_t size)
{
    enum { DECIMALS_MAX = 18 };
    hst_assert(buffer != NULL);
    hst_assert(size >= HST_NUMBER_TEXT_SIZE);
    hst_assert(decimals <= DECIMALS_MAX);
    uint64_t rest = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    char reversed[HST_NUMBER_TEXT_SIZE];
    size_t count = 0;
    bool fraction = false; /* a digit behind the point has been kept */
    for (unsigned place = 0; place <= decimals || rest > 0; place++) {
        const char digit = (char)('0' + rest % 10);
        rest /= 10;
        if (place == decimals && fraction) {
            reversed[count++] = '.';
        }
        if (place >= decimals || fraction || digit != '0') {
            fraction = fraction || place < decimals;
            reversed[count++] = digit;
        }
    }
    if (value < 0) {
        reversed[count++] = '-';
    }
    hst_assert(count < size);
    for (size_t i = 0; i < count; i++) {
        buffer[i] = reversed[count - 1 - i];
    }
    buffer[count] = '\0';
    return count;
}
