#include "sim/experiment/row_builder.h"

#include "core/base/assert.h"

#include <string.h>

void hst_rows_init(hst_rows *table, hst_arena *arena, const char *path, const char *title)
{
    hst_assert(path != NULL);
    hst_assert(title != NULL);
    memset(table, 0, sizeof *table);
    table->arena = arena;
    table->schema.path = path;
    table->schema.title = title;
    table->schema.columns = table->columns;
}

static hst_column *
new_column(hst_rows *table, const char *name, hst_column_type type, uint32_t size)
{
    hst_assert(table->schema.column_count < HST_ROWS_COLUMNS_MAX);
    hst_assert(table->rows == NULL);
    hst_column *column = &table->columns[table->schema.column_count++];
    column->name = name;
    column->type = type;
    column->offset = table->schema.row_size;
    column->size = size;
    table->schema.row_size += size;
    return column;
}

void hst_rows_column(hst_rows *table,
                     const char *name,
                     hst_column_type type,
                     uint32_t size,
                     const char *unit,
                     const char *description)
{
    hst_column *column = new_column(table, name, type, size);
    column->unit = unit;
    column->description = description;
}

void hst_rows_words(hst_rows *table,
                    const char *name,
                    const hst_enum_words *words,
                    const char *description)
{
    hst_assert(words != NULL);
    hst_column *column = new_column(table, name, HST_COLUMN_ENUM, 1);
    column->unit = "word";
    column->description = description;
    column->words = words;
}

void hst_rows_begin(hst_rows *table, uint64_t count)
{
    hst_assert(table->schema.column_count > 0);
    hst_assert(table->rows == NULL);
    table->row_count = count;
    table->rows = HST_ARENA_NEW(table->arena, unsigned char, count * table->schema.row_size);
}

/* Where the next value goes, or NULL without memory. */
static unsigned char *next(hst_rows *table, hst_column_type type, size_t size)
{
    const hst_column *column = &table->columns[table->column];
    hst_assert(table->row < table->row_count);
    hst_assert(column->type == type);
    hst_assert(size == 0 || column->size == size);
    unsigned char *at = table->rows != NULL
                            ? table->rows + table->row * table->schema.row_size + column->offset
                            : NULL;
    table->column++;
    if (table->column == table->schema.column_count) {
        table->column = 0;
        table->row++;
    }
    return at;
}

static void put(hst_rows *table, hst_column_type type, const void *value, size_t size)
{
    unsigned char *at = next(table, type, size);
    if (at != NULL) {
        memcpy(at, value, size);
    }
}

void hst_rows_u32(hst_rows *table, uint32_t value)
{
    put(table, HST_COLUMN_U32, &value, sizeof value);
}

void hst_rows_u64(hst_rows *table, uint64_t value)
{
    put(table, HST_COLUMN_U64, &value, sizeof value);
}

void hst_rows_i64(hst_rows *table, int64_t value)
{
    put(table, HST_COLUMN_I64, &value, sizeof value);
}

void hst_rows_f64(hst_rows *table, double value)
{
    put(table, HST_COLUMN_F64, &value, sizeof value);
}

void hst_rows_word(hst_rows *table, uint8_t number)
{
    put(table, HST_COLUMN_ENUM, &number, sizeof number);
}

void hst_rows_hash(hst_rows *table, const hst_hash *value)
{
    hst_assert(value != NULL);
    put(table, HST_COLUMN_HASH, value->bytes, sizeof value->bytes);
}

void hst_rows_text(hst_rows *table, const char *value)
{
    hst_assert(value != NULL);
    const uint32_t size = table->columns[table->column].size;
    unsigned char *at = next(table, HST_COLUMN_TEXT, size);
    if (at != NULL) {
        hst_result_put_text((char *)at, size, value);
    }
}

void hst_rows_write(hst_rows *table, hst_result *result)
{
    hst_assert(table->row == table->row_count);
    hst_assert(table->column == 0);
    if (table->rows != NULL) {
        hst_result_rows(result, &table->schema, table->rows, table->row_count);
    }
}
