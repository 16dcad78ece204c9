/* Text of any origin as each kind of number: never crashes, outputs are untouched on failure, and
 * what was understood is written and read back to the same value. */
#include "sim/base/calendar.h"
#include "sim/base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define UNTOUCHED INT64_C(-7777777)

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

typedef hst_status (*parser)(hst_text text, int64_t *out);

static void check_parser(parser parse, hst_text text)
{
    int64_t value = UNTOUCHED;
    const hst_status status = parse(text, &value);
    check(status == HST_OK || status == HST_INVALID || status == HST_OVERFLOW);
    check(status == HST_OK || value == UNTOUCHED);
}

static void check_fixed(hst_text text, unsigned decimals)
{
    char written[HST_NUMBER_TEXT_SIZE];
    int64_t value = UNTOUCHED, rounded = UNTOUCHED, back = UNTOUCHED;
    const hst_status status = hst_parse_fixed(text, decimals, &value);
    const hst_status half_even = hst_parse_fixed_half_even(text, decimals, &rounded);
    if (status != HST_OK) {
        check(value == UNTOUCHED);
        return;
    }
    check(half_even == HST_OK && rounded == value);
    const size_t length = hst_format_fixed(value, decimals, written, sizeof written);
    check(hst_parse_fixed((hst_text){written, length}, decimals, &back) == HST_OK);
    check(back == value);
}

static void check_date(hst_text text)
{
    int32_t days = 0;
    if (hst_parse_date(text, &days) == HST_OK) {
        char written[HST_DATE_TEXT_SIZE];
        hst_date_format(days, written);
        check(hst_text_equals(hst_text_trim(text), written));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of exactly the size, so that a sanitizer sees the byte behind the text. */
    char *bytes = malloc(size > 0 ? size : 1);
    check(bytes != NULL);
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    const hst_text text = {bytes, size};
    check_parser(hst_parse_int64, text);
    check_parser(hst_parse_duration, text);
    check_parser(hst_parse_rate_ppb, text);
    check_parser(hst_parse_time_of_day, text);
    check_parser(hst_parse_bytes, text);
    for (unsigned decimals = 0; decimals <= 18; decimals += 3) {
        check_fixed(text, decimals);
    }
    int64_t amount = 0;
    double plain = 0, quantity = 0;
    if (hst_parse_double(text, &plain) == HST_OK) {
        check(isfinite(plain));
        check(hst_parse_quantity(text, &quantity) == HST_OK);
        check(memcmp(&plain, &quantity, sizeof plain) == 0);
    }
    if (hst_parse_amount(text, 2, &amount) == HST_OK) {
        check(hst_parse_quantity(text, &quantity) != HST_OVERFLOW);
    }
    check_date(text);
    free(bytes);
    return 0;
}
