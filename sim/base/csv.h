/** @file sim/base/csv.h
 * Reader for tables in comma-separated text, with typed cells and errors that name the cell.
 *
 * RFC 4180: commas, optional double quotes, "" inside quotes, LF or CRLF. Besides that: lines that
 * start with '#' before the header are notes (source, licence) and skipped; empty lines are
 * skipped; every row has as many cells as the header; header names are unique and not empty. A
 * byte-order mark and a NUL byte are refused.
 *
 *   HST_TRY(hst_csv_open(&csv, arena, "data/fx.csv", bytes, size, error));
 *   HST_TRY(hst_csv_column(&csv, "currency", &currency, error));
 *   for (;;) {
 *       bool more = false;
 *       HST_TRY(hst_csv_next(&csv, &more, error));
 *       if (!more) { break; }
 *       HST_TRY(hst_csv_fixed(&csv, rate, 9, &mid_e9, error));
 *   }
 *
 * Units     dates: days since 1970-01-01; fixed: the number times 10^decimals.
 * Errors    HST_INVALID, HST_OVERFLOW, HST_NOT_FOUND (column), HST_FULL (HST_CSV_COLUMN_MAX),
 *           HST_NO_MEMORY; `file:line:column: column name: expected ..., got "..."`.
 * Memory    borrows the bytes; texts point into them, or into the arena for cells with doubled
 *           quotes. hst_csv_text is valid as long as bytes and arena are.
 * Threads   a reader belongs to one thread.
 * Cost      one pass, about 5 ns a byte at most.
 * Source    RFC 4180.
 */
#ifndef HST_SIM_BASE_CSV_H
#define HST_SIM_BASE_CSV_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/base/error.h"
#include "sim/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HST_CSV_COLUMN_MAX = 256 /**< most columns of a table */ };

/** No such column. */
#define HST_CSV_NO_COLUMN UINT32_MAX

/** One cell: its text after unquoting and where it starts; private. */
typedef struct hst_csv_cell {
    hst_text text;   /**< unquoted */
    uint32_t line;   /**< from 1 */
    uint32_t column; /**< from 1, in bytes */
} hst_csv_cell;

/** A reader (about 12 KiB); fields are private. */
typedef struct hst_csv {
    const char *file;                       /**< name for errors */
    const char *bytes;                      /**< the table's text */
    size_t size;                            /**< its size */
    size_t at;                              /**< next byte to read */
    size_t line_start;                      /**< where the current line starts */
    uint32_t line;                          /**< current line, from 1 */
    uint32_t row_line;                      /**< line the current row starts on */
    uint32_t column_count;                  /**< cells in each row */
    hst_arena *arena;                       /**< for cells with doubled quotes */
    hst_text names[HST_CSV_COLUMN_MAX];     /**< header */
    hst_csv_cell cells[HST_CSV_COLUMN_MAX]; /**< current row */
} hst_csv;

/** Start on bytes[size] and read the header. `file` is borrowed and names the table in errors. */
HST_NODISCARD hst_status hst_csv_open(hst_csv *csv,
                                      hst_arena *arena,
                                      const char *file,
                                      const char *bytes,
                                      size_t size,
                                      hst_error *error);

/** Index of a column that must exist. */
HST_NODISCARD hst_status hst_csv_column(const hst_csv *csv,
                                        const char *name,
                                        uint32_t *column_out,
                                        hst_error *error);

/** Index of a column that may be absent, else HST_CSV_NO_COLUMN. */
uint32_t hst_csv_find_column(const hst_csv *csv, const char *name);

/** Columns in the header. */
uint32_t hst_csv_column_count(const hst_csv *csv);

/** Header name of a column (e.g. for wide tables with a column per currency). */
hst_text hst_csv_column_name(const hst_csv *csv, uint32_t column);

/** Read the next row; *more_out is false after the last one. */
HST_NODISCARD hst_status hst_csv_next(hst_csv *csv, bool *more_out, hst_error *error);

/** Line on which the current row starts. */
uint32_t hst_csv_line(const hst_csv *csv);

/** Whether the cell is empty or only spaces. */
bool hst_csv_blank(const hst_csv *csv, uint32_t column);

/** The cell as it stands, unquoted, spaces kept. */
hst_text hst_csv_text(const hst_csv *csv, uint32_t column);

/** The cell as a whole number in [min, max]. */
HST_NODISCARD hst_status hst_csv_int64(
    const hst_csv *csv, uint32_t column, int64_t min, int64_t max, int64_t *out, hst_error *error);

/** The cell as a decimal number times 10^decimals, exactly; more decimals are HST_INVALID. */
HST_NODISCARD hst_status hst_csv_fixed(
    const hst_csv *csv, uint32_t column, unsigned decimals, int64_t *out, hst_error *error);

/** The cell as a decimal number times 10^decimals, rounded half to even. */
HST_NODISCARD hst_status hst_csv_fixed_half_even(
    const hst_csv *csv, uint32_t column, unsigned decimals, int64_t *out, hst_error *error);

/** The cell as a finite double, correctly rounded. */
HST_NODISCARD hst_status hst_csv_double(const hst_csv *csv,
                                        uint32_t column,
                                        double *out,
                                        hst_error *error);

/** The cell as a date, YYYY-MM-DD. */
HST_NODISCARD hst_status hst_csv_date(const hst_csv *csv,
                                      uint32_t column,
                                      int32_t *days_out,
                                      hst_error *error);

/** An error of the caller's own about a cell: "expected <expected>, got "<cell>"". Returns
 * `status`. */
hst_status hst_csv_refuse(
    const hst_csv *csv, uint32_t column, hst_status status, const char *expected, hst_error *error);

#endif
