#include "core/money/currency.h"

#include <stdbool.h>
#include <string.h>

enum { CODE_LENGTH = 3, NUMERIC_MAX = 999 };

void hst_currency_table_init(hst_currency_table *table)
{
    hst_assert(table != NULL);
    memset(table, 0, sizeof *table);
}

static bool is_code(const char *code, size_t length)
{
    if (length != CODE_LENGTH) {
        return false;
    }
    for (size_t i = 0; i < CODE_LENGTH; i++) {
        if (code[i] < 'A' || code[i] > 'Z') {
            return false;
        }
    }
    return true;
}

hst_status hst_currency_table_add(hst_currency_table *table,
                                  const char *code,
                                  uint16_t numeric,
                                  uint8_t minor_unit,
                                  const char *name,
                                  hst_currency *out)
{
    hst_assert(table != NULL);
    hst_assert(code != NULL);
    hst_assert(name != NULL);
    hst_assert(out != NULL);
    const size_t name_length = strlen(name);
    if (!is_code(code, strlen(code)) || numeric > NUMERIC_MAX || minor_unit > HST_MINOR_UNIT_MAX ||
        name_length > HST_CURRENCY_NAME_MAX) {
        return HST_INVALID;
    }
    hst_currency present = HST_CURRENCY_NONE;
    if (hst_currency_find(table, code, CODE_LENGTH, &present) == HST_OK) {
        return HST_EXISTS;
    }
    if (table->count == HST_CURRENCY_MAX) {
        return HST_FULL;
    }
    hst_currency_entry *entry = &table->entries[table->count];
    memcpy(entry->code, code, CODE_LENGTH + 1);
    entry->numeric = numeric;
    entry->minor_unit = minor_unit;
    memcpy(entry->name, name, name_length + 1);
    *out = (hst_currency)table->count;
    table->count++;
    return HST_OK;
}

hst_status hst_currency_find(const hst_currency_table *table,
                             const char *code,
                             size_t length,
                             hst_currency *out)
{
    hst_assert(table != NULL);
    hst_assert(code != NULL || length == 0);
    hst_assert(out != NULL);
    hst_assert(table->count <= HST_CURRENCY_MAX);
    if (length != CODE_LENGTH) {
        return HST_NOT_FOUND;
    }
    for (uint32_t i = 0; i < table->count; i++) {
        if (memcmp(table->entries[i].code, code, CODE_LENGTH) == 0) {
            *out = (hst_currency)i;
            return HST_OK;
        }
    }
    return HST_NOT_FOUND;
}

int64_t hst_minor_per_unit(uint8_t minor_unit)
{
    static const int64_t powers[HST_MINOR_UNIT_MAX + 1] = {1, 10, 100, 1000, 10000};
    hst_assert(minor_unit <= HST_MINOR_UNIT_MAX);
    return powers[minor_unit];
}
