/** @file sim/scenario/value.h
 * One value: from the text of a node to its field, and back to text.
 *
 * Reading is exact or refused: 1.5bp is 150,000 ppb, 0.0000000001 is an error. Formatting gives
 * the shortest exact form in a unit people use, and reading that gives the value back.
 *
 * Errors    HST_SCENARIO: `corridors[3].fee: expected a rate in [0, 100%], got "cheap"`.
 * Threads   pure, given distinct readings.
 */
#ifndef HST_SIM_SCENARIO_VALUE_H
#define HST_SIM_SCENARIO_VALUE_H

#include "sim/scenario/keys.h"
#include "sim/scenario/node.h"

/** Bytes that hold any formatted value and any "expected" phrase, NUL included. */
enum { HST_VALUE_SIZE = 640 };

/** Read `node` as a value of `key` into the field at `base` + key->offset. Not for maps and
 * lists. */
HST_NODISCARD hst_status hst_value_read(const hst_reading *reading,
                                        const hst_key *key,
                                        const hst_node *node,
                                        void *base);

/** Write the field as a scenario file would say it into out[HST_VALUE_SIZE]. Not for maps and
 * lists. */
void hst_value_format(const hst_key *key, const void *base, char *out);

/** Write a number of the key's base unit as a scenario file would say it into
 * out[HST_VALUE_SIZE]. */
void hst_value_format_number(hst_key_type type, int64_t value, char *out);

/** Write what the key expects, "a rate in [0, 100%]", into out[HST_VALUE_SIZE]. */
void hst_value_expected(const hst_key *key, char *out);

/** Write text in double quotes, ready for YAML, into out[HST_VALUE_SIZE]. */
void hst_value_quote(const char *text, char *out);

#endif
