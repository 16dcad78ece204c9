/** @file sim/metrics/schema.h
 * The result file, described once: tables, columns, units, words of enumerated columns.
 *
 * The writer creates datasets from these tables, the reader checks files against them, `herstatt
 * inspect` prints them, and docs/reference/results.md is generated from them. Whoever adds a
 * column adds it to the row struct in rows.h and to schema.c; nowhere else.
 *
 * Versions  a change that an older reader would misread raises HST_RESULT_SCHEMA; a new table or a
 *           new word of an enumerated column does not.
 * Errors    none; lookups return NULL or HST_TABLE_COUNT.
 * Memory    constants.
 * Threads   pure.
 */
#ifndef HST_SIM_METRICS_SCHEMA_H
#define HST_SIM_METRICS_SCHEMA_H

#include "sim/metrics/rows.h"
#include "sim/metrics/rows_consensus.h"
#include "sim/metrics/rows_routing.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Schema number this program writes; it reads files up to it. */
#define HST_RESULT_SCHEMA 1

/** Every table: X(NAME, row), with struct hst_<row>_row. In file order, append only. */
#define HST_TABLE_MAP(X)                                                                           \
    X(PAYMENT, payment)                                                                            \
    X(HOP, hop)                                                                                    \
    X(POSITION, position)                                                                          \
    X(LIQUIDITY, liquidity)                                                                        \
    X(EXPOSURE, exposure)                                                                          \
    X(FAILURE, failure)                                                                            \
    X(EDGE, edge)                                                                                  \
    X(RATE, rate)                                                                                  \
    X(CURRENCY, currency)                                                                          \
    X(INSTITUTION, institution)                                                                    \
    X(CORRIDOR, corridor)                                                                          \
    X(LEDGER, ledger)                                                                              \
    X(BLOCK, block)                                                                                \
    X(INVARIANT, invariant)                                                                        \
    X(METRIC, metric)                                                                              \
    X(TARGET, target)                                                                              \
    X(DIGEST, digest)                                                                              \
    X(EVENT, event)                                                                                \
    X(FAILURE_HOUR, failure_hour)

/** Tables of the file. */
typedef enum hst_result_table {
#define X(name, row) HST_TABLE_##name,
    HST_TABLE_MAP(X)
#undef X
        HST_TABLE_COUNT /**< how many */
} hst_result_table;

/** Tables that only some results have, written whole (hst_result_rows) and read whole
 * (hst_result_file_read_table): X(NAME, row), with struct hst_<row>_row. */
#define HST_RARE_TABLE_MAP(X)                                                                      \
    X(STUDY, study)                                                                                \
    X(FINALITY, finality)                                                                          \
    X(TIMELINE, timeline)                                                                          \
    X(MESSAGE, message)                                                                            \
    X(LINK, link)                                                                                  \
    X(NODE, node)

/** Such tables. */
typedef enum hst_rare_table {
#define X(name, row) HST_RARE_TABLE_##name,
    HST_RARE_TABLE_MAP(X)
#undef X
        HST_RARE_TABLE_COUNT /**< how many */
} hst_rare_table;

/** Tables of results of line-ups, likewise written and read whole. */
typedef enum hst_routing_table {
    HST_ROUTING_TABLE_ROUTER, /**< rows hst_router_row */
    HST_ROUTING_TABLE_COURSE, /**< rows hst_course_row */
    HST_ROUTING_TABLE_COUNT   /**< how many */
} hst_routing_table;

/** What a column holds. */
typedef enum hst_column_type {
    HST_COLUMN_U8,   /**< uint8 */
    HST_COLUMN_U16,  /**< uint16 */
    HST_COLUMN_U32,  /**< uint32 */
    HST_COLUMN_U64,  /**< uint64 */
    HST_COLUMN_I64,  /**< int64 */
    HST_COLUMN_F64,  /**< double */
    HST_COLUMN_ENUM, /**< unsigned number of 1 or 4 bytes with words */
    HST_COLUMN_TEXT, /**< UTF-8, padded with zeroes, not necessarily terminated */
    HST_COLUMN_HASH  /**< 32 bytes (hst_hash) */
} hst_column_type;

/** One word of an enumerated column. */
typedef struct hst_enum_value {
    const char *text;        /**< the word */
    uint8_t number;          /**< what the row holds */
    const char *description; /**< one line */
} hst_enum_value;

/** The words of an enumerated column. */
typedef struct hst_enum_words {
    const char *name;             /**< name of the map, e.g. "state" */
    const hst_enum_value *values; /**< in order of number */
    size_t count;                 /**< how many */
} hst_enum_words;

/** One column of a table. */
typedef struct hst_column {
    const char *name;            /**< as in the file */
    hst_column_type type;        /**< what it holds */
    uint32_t offset;             /**< in the row, bytes */
    uint32_t size;               /**< in the row, bytes */
    const char *unit;            /**< "ns", "minor", "micro_usd", "id", "text", ... never NULL */
    const char *description;     /**< one line, no full stop */
    const hst_enum_words *words; /**< of an enumerated column, else NULL */
} hst_column;

/** One table. */
typedef struct hst_table_schema {
    const char *path;          /**< where in the file, e.g. "/payments" */
    const char *title;         /**< one line, no full stop */
    uint32_t row_size;         /**< bytes of a row */
    uint32_t column_count;     /**< how many columns */
    const hst_column *columns; /**< in order of offset, without holes */
} hst_table_schema;

/** Description of a table < HST_TABLE_COUNT; never NULL. */
const hst_table_schema *hst_schema_table(hst_result_table table);

/** Description of a rare table < HST_RARE_TABLE_COUNT; never NULL. */
const hst_table_schema *hst_schema_rare(hst_rare_table table);

/** Description of a table of line-ups; never NULL. */
const hst_table_schema *hst_schema_routing(hst_routing_table table);

/** Is the object at a path one of those two kinds of tables? */
bool hst_schema_is_rare(const char *path);

/** The bins of a histogram under /histograms. */
const hst_table_schema *hst_schema_histogram(void);

/** Table at a path, or HST_TABLE_COUNT. */
hst_result_table hst_schema_find(const char *path);

/** Index of a column by name, or column_count. */
uint32_t hst_schema_column(const hst_table_schema *table, const char *name);

/** One scalar, text or byte dataset that is not a table. */
typedef struct hst_schema_entry {
    const char *path;        /**< object in the file; "*" stands for a number or name */
    const char *attribute;   /**< attribute on it, or NULL for the object itself */
    const char *type;        /**< in words */
    const char *unit;        /**< as in a column */
    const char *description; /**< one line */
} hst_schema_entry;

/** Groups, attributes and datasets beside the tables, in file order. */
const hst_schema_entry *hst_schema_entries(size_t *count);

/** Groups that every file has, parents first. */
const char *const *hst_schema_groups(size_t *count);

/** All maps of words, for the reference. */
const hst_enum_words *const *hst_schema_words(size_t *count);

/** Name of a column's type as in the reference: "int64", "enum state", "text 48", "hash". Writes
 * at most `size` bytes with the closing zero. */
void hst_schema_type_text(const hst_column *column, char *buffer, size_t size);

/** Write the reference page docs/reference/results.md. HST_IO when the stream fails. */
HST_NODISCARD hst_status hst_schema_markdown(FILE *stream);

#endif
