#include "sim/metrics/schema.h"

#include "core/base/assert.h"

#include <stdio.h>
#include <string.h>

hst_result_table hst_schema_find(const char *path)
{
    hst_assert(path != NULL);
    for (unsigned t = 0; t < HST_TABLE_COUNT; t++) {
        if (strcmp(hst_schema_table((hst_result_table)t)->path, path) == 0) {
            return (hst_result_table)t;
        }
    }
    return HST_TABLE_COUNT;
}

bool hst_schema_is_rare(const char *path)
{
    hst_assert(path != NULL);
    for (unsigned t = 0; t < HST_RARE_TABLE_COUNT; t++) {
        if (strcmp(hst_schema_rare((hst_rare_table)t)->path, path) == 0) {
            return true;
        }
    }
    for (unsigned t = 0; t < HST_ROUTING_TABLE_COUNT; t++) {
        if (strcmp(hst_schema_routing((hst_routing_table)t)->path, path) == 0) {
            return true;
        }
    }
    return false;
}

uint32_t hst_schema_column(const hst_table_schema *table, const char *name)
{
    hst_assert(table != NULL);
    hst_assert(name != NULL);
    uint32_t c = 0;
    while (c < table->column_count && strcmp(table->columns[c].name, name) != 0) {
        c++;
    }
    return c;
}

void hst_schema_type_text(const hst_column *column, char *buffer, size_t size)
{
    hst_assert(column != NULL);
    hst_assert(buffer != NULL);
    hst_assert(size > 0);
    int length = 0;
    switch (column->type) {
    case HST_COLUMN_U8: length = snprintf(buffer, size, "uint8"); break;
    case HST_COLUMN_U16: length = snprintf(buffer, size, "uint16"); break;
    case HST_COLUMN_U32: length = snprintf(buffer, size, "uint32"); break;
    case HST_COLUMN_U64: length = snprintf(buffer, size, "uint64"); break;
    case HST_COLUMN_I64: length = snprintf(buffer, size, "int64"); break;
    case HST_COLUMN_F64: length = snprintf(buffer, size, "float64"); break;
    case HST_COLUMN_ENUM: length = snprintf(buffer, size, "enum %s", column->words->name); break;
    case HST_COLUMN_TEXT: length = snprintf(buffer, size, "text %u", column->size); break;
    case HST_COLUMN_HASH: length = snprintf(buffer, size, "hash"); break;
    }
    hst_assert(length > 0);
}
