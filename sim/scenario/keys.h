/** @file sim/scenario/keys.h
 * The schema: one row for each key of a scenario.
 *
 * To add a key: one field in scenario.h, one row in keys.c. Loading, range check, default, `--set`,
 * the dump and the reference page follow from the row.
 *
 *   path          "workload.payments"; "corridors[].fee" is a key of each item of a list
 *   type, range   what may be written, in the base unit of the type
 *   fallback      what an absent key means, as it would be written; NULL = the key is required
 *   offset, size  the field in hst_scenario, or in the list's item struct
 *
 * Rows stand in the order of dump and reference; a map or list stands before its keys.
 *
 * Threads   constant data.
 */
#ifndef HST_SIM_SCENARIO_KEYS_H
#define HST_SIM_SCENARIO_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Number of billionths in one: the unit of ranges of real numbers. */
#define HST_KEY_NANO INT64_C(1000000000)

/** Largest magnitude of a real number in a scenario: its billionths still fit a double exactly. */
#define HST_KEY_REAL_MAX INT64_C(1000000)

/** What a key holds. In brackets the field's C type and the unit of its range. */
typedef enum hst_key_type {
    HST_KEY_MAP,         /**< keys of its own (no field) */
    HST_KEY_LIST,        /**< maps (array of structs and a uint32_t count; entries) */
    HST_KEY_STRINGS,     /**< lines of text (array of char[n] and a uint32_t count; entries) */
    HST_KEY_SETTINGS,    /**< names the schema does not know, with values (array of
                              hst_scenario_setting and a uint32_t count; entries) */
    HST_KEY_INTEGER,     /**< whole number (int64_t; ones) */
    HST_KEY_REAL,        /**< number (double; billionths) */
    HST_KEY_DURATION,    /**< 250ms, 2h (int64_t; ns) */
    HST_KEY_RATE,        /**< 1.5bp, 0.3%, 0.25 (int64_t; parts per billion) */
    HST_KEY_MONEY,       /**< US dollars (int64_t; millionths) */
    HST_KEY_BOOLEAN,     /**< true, false (bool; no range) */
    HST_KEY_STRING,      /**< one line of text (char[n]; bytes) */
    HST_KEY_ENUMERATION, /**< one of `names` (enum; index) */
    HST_KEY_DATE,        /**< 2025-10-15 (int32_t; days since 1970-01-01) */
    HST_KEY_PATH,        /**< a file or folder, relative to the file that says so (char[n]) */
    HST_KEY_TABLE,       /**< a path whose default is inside data.folder (char[n]) */
    HST_KEY_COUNTRY      /**< DE (char[3]) */
} hst_key_type;

/** One row. */
typedef struct hst_key {
    const char *path;         /**< dotted, "[]" for each item of a list */
    hst_key_type type;        /**< what it holds */
    size_t offset;            /**< of the field */
    size_t size;              /**< of the field */
    int64_t min;              /**< least value */
    int64_t max;              /**< greatest value; for lists and strings: entries, bytes */
    const char *fallback;     /**< default as written, NULL = required */
    const char *text;         /**< one sentence for the reference */
    const char *const *names; /**< words of an enumeration by value, NULL behind the last */
    size_t item_size;         /**< of one entry of a list */
    size_t count_offset;      /**< of a list's count */
    const char *limit_name;   /**< of a list's max, for the error */
} hst_key;

/** All rows. */
const hst_key *hst_keys(size_t *count);

/** The row of key `name` directly below `prefix` ("" = the top, "corridors[]" = an item), or
 * NULL. */
const hst_key *hst_key_find(const char *prefix, const char *name);

/** The first row directly below `prefix` after `previous` (NULL = from the start), or NULL. */
const hst_key *hst_key_next(const char *prefix, const hst_key *previous);

/** The last part of a row's path. */
const char *hst_key_name(const hst_key *key);

/** What a user may have meant by `name` below `prefix`, as it is printed ("'payments'" or
 * "'payments' in 'workload'", when it is a key, only elsewhere) into out[size]; false when nothing
 * is near. */
bool hst_key_suggest(const char *prefix, const char *name, char *out, size_t size);

/** Longest path of a row with the brackets of an item, NUL included. */
enum { HST_KEY_PATH_SIZE = 96 };

#endif
