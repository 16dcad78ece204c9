#include "sim/report/sweep_tables.h"

#include "core/base/assert.h"

#include <string.h>

/* Words of enumerated columns are read as numbers: files may have gained some. */
static const hst_enum_value no_values[] = {{"none", 0, "none"}};
static const hst_enum_words no_words = {"none", no_values, 1};

void hst_sweep_table_init(hst_sweep_table *table, const char *path)
{
    memset(table, 0, sizeof *table);
    table->schema.path = path;
    table->schema.title = path;
    table->schema.columns = table->columns;
}

void hst_sweep_table_columns(hst_sweep_table *table,
                             hst_column_type type,
                             uint32_t size,
                             const char *const *names)
{
    for (; *names != NULL; names++) {
        hst_assert(table->schema.column_count < HST_SWEEP_COLUMNS_MAX);
        table->columns[table->schema.column_count++] =
            (hst_column){.name = *names,
                         .type = type,
                         .offset = table->schema.row_size,
                         .size = size,
                         .unit = "",
                         .description = "",
                         .words = type == HST_COLUMN_ENUM ? &no_words : NULL};
        table->schema.row_size += size;
    }
}

hst_status hst_sweep_table_read(hst_sweep_table *table,
                                hst_result_file *file,
                                hst_arena *arena,
                                hst_error *error)
{
    const hst_result_entry *entry = hst_result_file_find(file, table->schema.path);
    table->count = entry == NULL ? 0 : (size_t)entry->count;
    table->rows =
        HST_ARENA_NEW(arena, unsigned char, (table->count + 1) * (size_t)table->schema.row_size);
    if (table->rows == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for %s", table->schema.path);
    }
    return hst_result_file_read_table(file, &table->schema, 0, table->count, table->rows, error);
}

static const unsigned char *
cell(const hst_sweep_table *table, size_t row, const char *name, const hst_column **column)
{
    const uint32_t index = hst_schema_column(&table->schema, name);
    hst_assert(index < table->schema.column_count);
    hst_assert(row < table->count);
    *column = &table->columns[index];
    return table->rows + row * table->schema.row_size + (*column)->offset;
}

uint64_t hst_sweep_number(const hst_sweep_table *table, size_t row, const char *name)
{
    const hst_column *column = NULL;
    const unsigned char *bytes = cell(table, row, name, &column);
    uint32_t word = 0;
    uint64_t wide = 0;
    switch (column->size) {
    case 1: return *bytes;
    case 4: memcpy(&word, bytes, sizeof word); return word;
    default: break;
    }
    hst_assert(column->size == sizeof wide && column->type != HST_COLUMN_F64);
    memcpy(&wide, bytes, sizeof wide);
    return wide;
}

double hst_sweep_real(const hst_sweep_table *table, size_t row, const char *name)
{
    const hst_column *column = NULL;
    double value = 0;
    const unsigned char *bytes = cell(table, row, name, &column);
    hst_assert(column->type == HST_COLUMN_F64);
    memcpy(&value, bytes, sizeof value);
    return value;
}

const char *
hst_sweep_text(const hst_sweep_table *table, size_t row, const char *name, hst_arena *arena)
{
    const hst_column *column = NULL;
    const unsigned char *bytes = cell(table, row, name, &column);
    hst_assert(column->type == HST_COLUMN_TEXT);
    char *text = HST_ARENA_NEW(arena, char, column->size + 1U);
    if (text == NULL) {
        return "";
    }
    memcpy(text, bytes, column->size);
    text[column->size] = '\0';
    return text;
}
