/** @file sim/metrics/hdf5_support.h
 * What the writer and the reader of result files share about HDF5: silence, error texts, types.
 *
 * Everything in the file has a fixed byte order and no padding, so rows in memory are rows on disk
 * on little-endian machines (hdf5_support.c refuses to compile elsewhere).
 *
 * Errors    a negative hid_t or herr_t is the library's failure; hst_hdf5_error turns it to words.
 * Threads   HDF5 is entered by one thread at a time; silence is kept per thread.
 */
#ifndef HST_SIM_METRICS_HDF5_SUPPORT_H
#define HST_SIM_METRICS_HDF5_SUPPORT_H

#include "core/base/status.h"

#include "sim/base/error.h"
#include "sim/metrics/schema.h"

#include <stdbool.h>
#include <stddef.h>

#include <hdf5.h>

/** Call first in every thread that enters HDF5: no printing on errors, no work at exit. */
void hst_hdf5_enter(void);

/** Call last in a thread of ours: drops the errors HDF5 keeps for it. */
void hst_hdf5_leave(void);

/** Words for the failure of the HDF5 call just made: the operating system's where there are any
 * ("No space left on device"), else the library's. */
void hst_hdf5_reason(char *buffer, size_t size);

/** The row type of a table; negative on failure. The caller closes it. */
hid_t hst_hdf5_row_type(const hst_table_schema *table);

/** Whether a row type on file lays its columns out as the schema does. Additional words of
 * enumerated columns do not matter. */
bool hst_hdf5_row_type_matches(hid_t type, const hst_table_schema *table);

/** A text of any length in UTF-8; the caller closes it. */
hid_t hst_hdf5_text_type(void);

/** Close whatever `id` is, if it is anything; returns false when closing failed. */
bool hst_hdf5_close(hid_t id);

/** Access properties: strong close, own locking, newest format of HDF5 1.10. */
hid_t hst_hdf5_access(void);

#endif
