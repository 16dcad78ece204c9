/** @file sim/market/daily_table.h
 * The table of daily rates, as numbers: one row a business day, one column a currency.
 *
 * Shared by the market, which replays it, and the calibration, which fits it. Internal to
 * sim/market.
 *
 * Units     dates: days since 1970-01-01; mid_e9: units per USD times 1e9, 0 = no rate that day.
 * Errors    HST_INVALID, HST_NOT_FOUND, HST_FULL and what sim/base/csv.h returns, located.
 * Memory    in the arena: 8 bytes a cell.
 * Cost      one pass over the file, about 10 ms for 2,600 days of 36 currencies.
 */
#ifndef HST_SIM_MARKET_DAILY_TABLE_H
#define HST_SIM_MARKET_DAILY_TABLE_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/base/error.h"
#include "sim/base/inputs.h"

#include <stddef.h>
#include <stdint.h>

enum {
    HST_DAILY_CURRENCY_MAX = 64, /**< most columns */
    HST_DAILY_ROW_MAX = 16384,   /**< most days */
    HST_DAILY_GAP_DAYS_MAX = 7   /**< a return over more calendar days is not a daily return */
};

/** Daily rates, ascending in date. */
typedef struct hst_daily_table {
    uint32_t currency_count;               /**< columns */
    uint32_t row_count;                    /**< days, at least one */
    char codes[HST_DAILY_CURRENCY_MAX][4]; /**< ISO codes in column order */
    const int32_t *dates;                  /**< [row_count], strictly ascending */
    const int64_t *mid_e9;                 /**< [row_count * currency_count], row by row */
} hst_daily_table;

/** One daily return of a currency. */
typedef struct hst_daily_return {
    uint32_t row;  /**< the day it ends on */
    double change; /**< log change of units per USD, percent */
} hst_daily_return;

/** Read the table at `path`. */
HST_NODISCARD hst_status hst_daily_table_read(hst_inputs *inputs,
                                              const char *path,
                                              hst_arena *arena,
                                              hst_arena *scratch,
                                              hst_daily_table *out,
                                              hst_error *error);

/** Rate of a cell, 0 when there is none. */
static inline int64_t hst_daily_mid(const hst_daily_table *table, uint32_t row, uint32_t column)
{
    return table->mid_e9[(size_t)row * table->currency_count + column];
}

/** Rows with a date before `days`: the index of the first row on or after it. */
uint32_t hst_daily_rows_before(const hst_daily_table *table, int32_t days);

/** Daily returns of a column that end in rows [row_from, row_to), into out[row_to - row_from];
 * returns how many. Steps over more than HST_DAILY_GAP_DAYS_MAX days are left out. */
size_t hst_daily_returns(const hst_daily_table *table,
                         uint32_t column,
                         uint32_t row_from,
                         uint32_t row_to,
                         hst_daily_return *out);

#endif
