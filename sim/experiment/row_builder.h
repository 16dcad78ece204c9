/** @file sim/experiment/row_builder.h
 * A table whose columns are known only at run time: columns first, then rows, value by value.
 *
 *   hst_rows t;
 *   hst_rows_init(&t, arena, "/sweep/levels", "levels of factors");
 *   hst_rows_column(&t, "level", HST_COLUMN_U32, 4, "number", "its number");
 *   hst_rows_begin(&t, count);
 *   for (...) hst_rows_u32(&t, l);
 *   hst_rows_write(&t, result);
 *
 * Values must come in the order of the columns and have their types; that is asserted.
 *
 * Errors    out of memory is kept and turns hst_rows_write into a failure of the result.
 * Memory    the arena.
 * Threads   a builder belongs to one thread.
 */
#ifndef HST_SIM_EXPERIMENT_ROW_BUILDER_H
#define HST_SIM_EXPERIMENT_ROW_BUILDER_H

#include "core/base/arena.h"

#include "sim/metrics/result.h"

/** Most columns of one table. */
enum { HST_ROWS_COLUMNS_MAX = 64 };

/** A table under construction; fields are private. */
typedef struct hst_rows {
    hst_arena *arena;                         /**< for rows */
    hst_table_schema schema;                  /**< of the table */
    hst_column columns[HST_ROWS_COLUMNS_MAX]; /**< its columns */
    unsigned char *rows;                      /**< row after row */
    uint64_t row_count;                       /**< how many there will be */
    uint64_t row;                             /**< under construction */
    uint32_t column;                          /**< of the next value */
} hst_rows;

/** Start without columns. */
void hst_rows_init(hst_rows *table, hst_arena *arena, const char *path, const char *title);

/** Add a column. */
void hst_rows_column(hst_rows *table,
                     const char *name,
                     hst_column_type type,
                     uint32_t size,
                     const char *unit,
                     const char *description);

/** Add a column of words, one byte each. */
void hst_rows_words(hst_rows *table,
                    const char *name,
                    const hst_enum_words *words,
                    const char *description);

/** The columns are there: make room for rows. */
void hst_rows_begin(hst_rows *table, uint64_t count);

/** The next value, of a HST_COLUMN_U32. */
void hst_rows_u32(hst_rows *table, uint32_t value);
/** The next value, of a HST_COLUMN_U64. */
void hst_rows_u64(hst_rows *table, uint64_t value);
/** The next value, of a HST_COLUMN_I64. */
void hst_rows_i64(hst_rows *table, int64_t value);
/** The next value, of a HST_COLUMN_F64. */
void hst_rows_f64(hst_rows *table, double value);
/** The next value, of a HST_COLUMN_ENUM. */
void hst_rows_word(hst_rows *table, uint8_t number);
/** The next value, of a HST_COLUMN_HASH. */
void hst_rows_hash(hst_rows *table, const hst_hash *value);
/** The next value, of a HST_COLUMN_TEXT; cut at a character when too long. */
void hst_rows_text(hst_rows *table, const char *value);

/** Write it, with all rows full. */
void hst_rows_write(hst_rows *table, hst_result *result);

#endif
