/** @file core/money/currency.h
 * Currencies by ISO 4217: a small index everywhere, code and exponent in one table.
 *
 * The table is filled once, from scenario data, and then only read. An index is its position, so
 * equal data give equal indices.
 *
 * Units     minor_unit is the decimal exponent: USD 2, JPY 0, KWD 3.
 * Errors    HST_INVALID, HST_EXISTS, HST_FULL, HST_NOT_FOUND.
 * Memory    the table is one plain struct (about 20 KiB); nothing is borrowed.
 * Threads   reading a filled table is safe from any thread.
 * Cost      look-up by code scans at most 256 words; look-up by index is an array access.
 * Source    ISO 4217:2015.
 */
#ifndef HST_CORE_MONEY_CURRENCY_H
#define HST_CORE_MONEY_CURRENCY_H

#include "core/base/assert.h"
#include "core/base/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    HST_CURRENCY_MAX = 256,     /**< most currencies in a table */
    HST_CURRENCY_NAME_MAX = 63, /**< longest name in bytes */
    HST_MINOR_UNIT_MAX = 4      /**< largest exponent (CLF, UYW) */
};

/** Position in the currency table. */
typedef uint16_t hst_currency;

/** No currency. */
#define HST_CURRENCY_NONE UINT16_MAX

/** What ISO 4217 says about one currency. */
typedef struct hst_currency_entry {
    char code[4];                         /**< three capital letters and a NUL */
    uint16_t numeric;                     /**< ISO 4217 numeric code, 0 ... 999 */
    uint8_t minor_unit;                   /**< decimals of the minor unit, 0 ... 4 */
    char name[HST_CURRENCY_NAME_MAX + 1]; /**< English name, NUL-terminated */
} hst_currency_entry;

/** All currencies of a run; fields are private, read through the functions below. */
typedef struct hst_currency_table {
    uint32_t count;                               /**< entries in use */
    hst_currency_entry entries[HST_CURRENCY_MAX]; /**< by index */
} hst_currency_table;

/** Start an empty table. */
void hst_currency_table_init(hst_currency_table *table);

/** Append a currency. HST_INVALID for a code that is not three capital letters, an exponent above
 * 4, a numeric code above 999 or a name that is too long; HST_EXISTS; HST_FULL. */
HST_NODISCARD hst_status hst_currency_table_add(hst_currency_table *table,
                                                const char *code,
                                                uint16_t numeric,
                                                uint8_t minor_unit,
                                                const char *name,
                                                hst_currency *out);

/** Index of the code in `code[length]`, or HST_NOT_FOUND. */
HST_NODISCARD hst_status hst_currency_find(const hst_currency_table *table,
                                           const char *code,
                                           size_t length,
                                           hst_currency *out);

/** Currencies in the table; indices are 0 ... count - 1. */
static inline uint32_t hst_currency_count(const hst_currency_table *table)
{
    return table->count;
}

/** The entry of a valid index. */
static inline const hst_currency_entry *hst_currency_get(const hst_currency_table *table,
                                                         hst_currency currency)
{
    hst_assert(currency < table->count);
    return &table->entries[currency];
}

/** Code of a valid index, e.g. "USD". */
static inline const char *hst_currency_code(const hst_currency_table *table, hst_currency currency)
{
    return hst_currency_get(table, currency)->code;
}

/** Decimals of the minor unit of a valid index. */
static inline uint8_t hst_currency_minor_unit(const hst_currency_table *table,
                                              hst_currency currency)
{
    return hst_currency_get(table, currency)->minor_unit;
}

/** Minor units in one unit: 10 to the power minor_unit, 1 ... 10000. */
int64_t hst_minor_per_unit(uint8_t minor_unit);

#endif
