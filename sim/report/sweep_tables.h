/** @file sim/report/sweep_tables.h
 * Tables of a sweep's result, whose columns depend on the experiment, read by column name.
 *
 * Errors    those of hst_result_file_read_table; HST_NO_MEMORY.
 * Memory    rows lie in the arena handed in.
 * Threads   one thread.
 * Source    docs/reference/sweep.md.
 */
#ifndef HST_SIM_REPORT_SWEEP_TABLES_H
#define HST_SIM_REPORT_SWEEP_TABLES_H

#include "core/base/arena.h"

#include "sim/metrics/result_file.h"

/** Most columns of such a table. */
enum { HST_SWEEP_COLUMNS_MAX = 64 };

/** A table: describe its columns in order, then read it. */
typedef struct hst_sweep_table {
    hst_table_schema schema;                   /**< of the columns so far */
    hst_column columns[HST_SWEEP_COLUMNS_MAX]; /**< packed */
    unsigned char *rows;                       /**< as they lie in the file */
    size_t count;                              /**< how many */
} hst_sweep_table;

/** No columns yet; `path` lives as long as the table. */
void hst_sweep_table_init(hst_sweep_table *table, const char *path);

/** Add columns of one type and size; the list of names ends with NULL, and the names live as long
 * as the table. */
void hst_sweep_table_columns(hst_sweep_table *table,
                             hst_column_type type,
                             uint32_t size,
                             const char *const *names);

/** Read all rows. */
HST_NODISCARD hst_status hst_sweep_table_read(hst_sweep_table *table,
                                              hst_result_file *file,
                                              hst_arena *arena,
                                              hst_error *error);

/** A whole number. */
uint64_t hst_sweep_number(const hst_sweep_table *table, size_t row, const char *name);
/** A real number. */
double hst_sweep_real(const hst_sweep_table *table, size_t row, const char *name);
/** A text as a zero-terminated copy in the arena; "" when memory is out. */
const char *
hst_sweep_text(const hst_sweep_table *table, size_t row, const char *name, hst_arena *arena);

#endif
