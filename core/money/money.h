/** @file core/money/money.h
 * An amount: a signed count of minor units and its currency.
 *
 * Amounts lie within +-HST_MINOR_MAX = 2^62 - 1, so the sum of two never overflows int64 and a
 * range check is one comparison. Mixing currencies is refused, never converted: conversion needs a
 * rate and a rounding (core/money/rate.h). Fields are touched only in core/money.
 *
 * Hot loops that work on columns of one currency use raw int64 minor units and hst_minor_add.
 *
 * Units     minor units of the currency (cents of USD, whole yen of JPY).
 * Errors    HST_OVERFLOW beyond the range, HST_MISMATCH between currencies, HST_INVALID in parsing.
 * Memory    pure values; text goes to a buffer of the caller.
 * Cost      O(1); a few instructions.
 */
#ifndef HST_CORE_MONEY_MONEY_H
#define HST_CORE_MONEY_MONEY_H

#include "core/base/assert.h"
#include "core/base/status.h"
#include "core/money/currency.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Largest amount in minor units; the smallest is its negative. */
#define HST_MINOR_MAX ((INT64_C(1) << 62) - 1)

/** Bytes that hold any formatted amount with its NUL: "-4611686018427387903.0000 USD" and less. */
enum { HST_MONEY_TEXT_SIZE = 32 };

/** An amount; fields are private to core/money. */
typedef struct hst_money {
    int64_t minor;         /**< minor units, within +-HST_MINOR_MAX */
    hst_currency currency; /**< index in the run's currency table */
} hst_money;

/** Whether a raw count lies within the range of an amount. */
static inline bool hst_minor_in_range(int64_t minor)
{
    return minor <= HST_MINOR_MAX && minor >= -HST_MINOR_MAX;
}

/** a + b for raw counts in range; HST_OVERFLOW beyond it. */
HST_NODISCARD static inline hst_status hst_minor_add(int64_t a, int64_t b, int64_t *out)
{
    hst_assert_slow(hst_minor_in_range(a));
    hst_assert_slow(hst_minor_in_range(b));
    int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum) || !hst_minor_in_range(sum)) {
        return HST_OVERFLOW;
    }
    *out = sum;
    return HST_OK;
}

/** a - b for raw counts in range; HST_OVERFLOW beyond it. */
HST_NODISCARD static inline hst_status hst_minor_sub(int64_t a, int64_t b, int64_t *out)
{
    hst_assert_slow(hst_minor_in_range(a));
    hst_assert_slow(hst_minor_in_range(b));
    int64_t difference = 0;
    if (__builtin_sub_overflow(a, b, &difference) || !hst_minor_in_range(difference)) {
        return HST_OVERFLOW;
    }
    *out = difference;
    return HST_OK;
}

/** An amount from a count known to be in range (asserted). */
static inline hst_money hst_money_of(int64_t minor, hst_currency currency)
{
    hst_assert(hst_minor_in_range(minor));
    return (hst_money){.minor = minor, .currency = currency};
}

/** An amount from any count; HST_OVERFLOW when out of range. */
HST_NODISCARD hst_status hst_money_make(int64_t minor, hst_currency currency, hst_money *out);

/** Nothing, in a currency. */
static inline hst_money hst_money_zero(hst_currency currency)
{
    return (hst_money){.minor = 0, .currency = currency};
}

/** Minor units of an amount. */
static inline int64_t hst_money_minor(hst_money money)
{
    return money.minor;
}

/** Currency of an amount. */
static inline hst_currency hst_money_currency(hst_money money)
{
    return money.currency;
}

/** a + b; HST_MISMATCH, HST_OVERFLOW. */
HST_NODISCARD hst_status hst_money_add(hst_money a, hst_money b, hst_money *out);

/** a - b; HST_MISMATCH, HST_OVERFLOW. */
HST_NODISCARD hst_status hst_money_sub(hst_money a, hst_money b, hst_money *out);

/** -a; cannot fail, the range is symmetric. */
hst_money hst_money_negate(hst_money a);

/** Sign of a - b (-1, 0, 1); HST_MISMATCH. */
HST_NODISCARD hst_status hst_money_compare(hst_money a, hst_money b, int *order_out);

/** Write "1234.56 USD" ("-5 JPY", "0.001 KWD") and a NUL into buffer[size], size >=
 * HST_MONEY_TEXT_SIZE; returns the length. */
size_t
hst_money_format(const hst_currency_table *table, hst_money money, char *buffer, size_t size);

/** Write the number alone: "1234.56" for minor_unit 2. Same buffer and result as above. */
size_t hst_minor_format(int64_t minor, uint8_t minor_unit, char *buffer, size_t size);

/** Read back exactly what hst_money_format writes from text[length]; fewer decimals than the
 * currency has are taken as zeroes ("12 USD"), more are HST_INVALID. HST_NOT_FOUND for a code that
 * is not in the table, HST_OVERFLOW. */
HST_NODISCARD hst_status hst_money_parse(const hst_currency_table *table,
                                         const char *text,
                                         size_t length,
                                         hst_money *out);

/** Read a plain decimal number into minor units; HST_INVALID, HST_OVERFLOW. */
HST_NODISCARD hst_status hst_minor_parse(const char *text,
                                         size_t length,
                                         uint8_t minor_unit,
                                         int64_t *minor_out);

#endif
