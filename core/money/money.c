#include "core/money/money.h"

#include <string.h>

hst_status hst_money_make(int64_t minor, hst_currency currency, hst_money *out)
{
    hst_assert(out != NULL);
    if (!hst_minor_in_range(minor)) {
        return HST_OVERFLOW;
    }
    *out = (hst_money){.minor = minor, .currency = currency};
    return HST_OK;
}

hst_status hst_money_add(hst_money a, hst_money b, hst_money *out)
{
    hst_assert(out != NULL);
    if (a.currency != b.currency) {
        return HST_MISMATCH;
    }
    int64_t minor = 0;
    HST_TRY(hst_minor_add(a.minor, b.minor, &minor));
    *out = (hst_money){.minor = minor, .currency = a.currency};
    return HST_OK;
}

hst_status hst_money_sub(hst_money a, hst_money b, hst_money *out)
{
    hst_assert(out != NULL);
    if (a.currency != b.currency) {
        return HST_MISMATCH;
    }
    int64_t minor = 0;
    HST_TRY(hst_minor_sub(a.minor, b.minor, &minor));
    *out = (hst_money){.minor = minor, .currency = a.currency};
    return HST_OK;
}

hst_money hst_money_negate(hst_money a)
{
    hst_assert(hst_minor_in_range(a.minor));
    return (hst_money){.minor = -a.minor, .currency = a.currency};
}

hst_status hst_money_compare(hst_money a, hst_money b, int *order_out)
{
    hst_assert(order_out != NULL);
    if (a.currency != b.currency) {
        return HST_MISMATCH;
    }
    *order_out = (a.minor > b.minor) - (a.minor < b.minor);
    return HST_OK;
}

size_t hst_minor_format(int64_t minor, uint8_t minor_unit, char *buffer, size_t size)
{
    hst_assert(buffer != NULL);
    hst_assert(size >= HST_MONEY_TEXT_SIZE);
    hst_assert(minor_unit <= HST_MINOR_UNIT_MAX);
    hst_assert(hst_minor_in_range(minor));
    char reversed[HST_MONEY_TEXT_SIZE];
    size_t count = 0;
    uint64_t rest = (uint64_t)(minor < 0 ? -minor : minor);
    for (unsigned place = 0; place <= minor_unit || rest > 0; place++) {
        if (place == minor_unit && place > 0) {
            reversed[count++] = '.';
        }
        reversed[count++] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (minor < 0) {
        reversed[count++] = '-';
    }
    hst_assert(count < size);
    for (size_t i = 0; i < count; i++) {
        buffer[i] = reversed[count - 1 - i];
    }
    buffer[count] = '\0';
    return count;
}

size_t hst_money_format(const hst_currency_table *table, hst_money money, char *buffer, size_t size)
{
    const hst_currency_entry *entry = hst_currency_get(table, money.currency);
    const size_t length = hst_minor_format(money.minor, entry->minor_unit, buffer, size);
    hst_assert(length + 1 + sizeof entry->code <= size);
    buffer[length] = ' ';
    memcpy(buffer + length + 1, entry->code, sizeof entry->code);
    return length + sizeof entry->code;
}

/* Append a digit to a magnitude that stays within HST_MINOR_MAX. */
static hst_status push_digit(uint64_t *magnitude, unsigned digit)
{
    hst_assert(digit <= 9);
    hst_assert(*magnitude <= (uint64_t)HST_MINOR_MAX);
    if (*magnitude > ((uint64_t)HST_MINOR_MAX - digit) / 10) {
        return HST_OVERFLOW;
    }
    *magnitude = *magnitude * 10 + digit;
    return HST_OK;
}

hst_status hst_minor_parse(const char *text, size_t length, uint8_t minor_unit, int64_t *minor_out)
{
    hst_assert(text != NULL || length == 0);
    hst_assert(minor_unit <= HST_MINOR_UNIT_MAX);
    hst_assert(minor_out != NULL);
    size_t at = 0;
    const bool negative = length > 0 && text[0] == '-';
    at += negative ? 1 : 0;
    uint64_t magnitude = 0;
    unsigned decimals = 0;
    bool point = false, digit_before = false, digit_last = false;
    for (; at < length; at++) {
        const char c = text[at];
        digit_last = c >= '0' && c <= '9';
        if (digit_last) {
            if (point && ++decimals > minor_unit) {
                return HST_INVALID;
            }
            digit_before = true;
            HST_TRY(push_digit(&magnitude, (unsigned)(c - '0')));
        } else if (c == '.' && !point && digit_before) {
            point = true;
        } else {
            return HST_INVALID;
        }
    }
    if (!digit_last) {
        return HST_INVALID;
    }
    for (; decimals < minor_unit; decimals++) {
        HST_TRY(push_digit(&magnitude, 0));
    }
    *minor_out = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return HST_OK;
}

hst_status
hst_money_parse(const hst_currency_table *table, const char *text, size_t length, hst_money *out)
{
    enum { CODE_LENGTH = 3 };
    hst_assert(table != NULL);
    hst_assert(text != NULL || length == 0);
    hst_assert(out != NULL);
    if (length < CODE_LENGTH + 2 || text[length - CODE_LENGTH - 1] != ' ') {
        return HST_INVALID;
    }
    hst_currency currency = HST_CURRENCY_NONE;
    HST_TRY(hst_currency_find(table, text + length - CODE_LENGTH, CODE_LENGTH, &currency));
    int64_t minor = 0;
    HST_TRY(hst_minor_parse(text, length - CODE_LENGTH - 1,
                            hst_currency_minor_unit(table, currency), &minor));
    *out = (hst_money){.minor = minor, .currency = currency};
    return HST_OK;
}
