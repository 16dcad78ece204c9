/** @file sim/experiment/journal_format.h
 * The bytes of a journal, shared by its two files; the layout is in sim/experiment/journal.h.
 *
 * Threads   pure functions.
 */
#ifndef HST_SIM_EXPERIMENT_JOURNAL_FORMAT_H
#define HST_SIM_EXPERIMENT_JOURNAL_FORMAT_H

#include "sim/experiment/journal.h"

/** Write the header of a journal with this key. */
void hst_journal_header(const hst_journal_key *key, unsigned char header[HST_JOURNAL_HEADER_SIZE]);

/** Bytes of a record, checksum included. */
size_t hst_journal_record_size(const hst_journal_key *key);

/** Write a record with its checksum into record[hst_journal_record_size(key)]. */
void hst_journal_record(const hst_journal_key *key,
                        const hst_trial *trial,
                        const double *values,
                        unsigned char *record);

#endif
