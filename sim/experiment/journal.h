/** @file sim/experiment/journal.h
 * Finished trials on disk, one file a rank, safe against kill -9 at any moment.
 *
 *   OUT.h5.trials.k = header | record | record | ...
 *   header          = "HSTTRIAL" | version | metrics | record size | zeros | key | BLAKE2b of these
 *   record          = trial (sim/experiment/trial.h) | BLAKE2b of it, keyed by the journal's key
 *
 * The key is a digest of everything that decides what a trial yields: inputs, factors, metrics,
 * program version. A journal with another key is refused with words and never touched; replications
 * and the rule of stopping are not in it, so a sweep can be lengthened.
 *
 * A record is in the file, whole and on the disk (fdatasync), when hst_journal_append returns, or
 * the call failed. Records before it are never written to again. Reading takes each slot on its
 * own: a damaged record is left out and the ones behind it are still read; what is behind the last
 * good record, which is all that a crash can leave, is cut off when the journal is opened to write.
 * A damaged header is mended as long as one record proves the journal to be ours.
 *
 * One process has a journal open at a time (flock). Where the file system knows no locks, the
 * report says so and the sweep goes on.
 *
 * Errors    HST_EXISTS another experiment's journal (key or metrics); HST_UNSUPPORTED newer
 * version; HST_CORRUPT not a journal; HST_REFUSED in use by another process; HST_IO, among them a
 *           full disk and a file that may not be written; HST_NO_MEMORY. All with words and path.
 * Memory    the whole file while it is read; then one record.
 * Threads   hst_journal_append is safe from any thread; the rest belongs to one.
 * Cost      one write and one fdatasync a trial.
 * Source    Pillai et al., "All File Systems Are Not Created Equal", OSDI'14 (what a crash may
 *           leave); Rebello et al., "Can Applications Recover from fsync Failures?", ATC'20 (after
 * a failed fdatasync nothing is known, so nothing more is written).
 */
#ifndef HST_SIM_EXPERIMENT_JOURNAL_H
#define HST_SIM_EXPERIMENT_JOURNAL_H

#include "core/base/arena.h"

#include "sim/base/error.h"
#include "sim/experiment/trial.h"

/** Version of the layout. */
enum { HST_JOURNAL_VERSION = 1 };

/** Bytes of the header. */
enum { HST_JOURNAL_HEADER_SIZE = 96 };

/** What tells one sweep's journals from another's. */
typedef struct hst_journal_key {
    hst_hash digest;      /**< of inputs, factors, metrics and version */
    uint32_t value_count; /**< metrics of a record, <= HST_TRIAL_VALUES_MAX */
} hst_journal_key;

/** What was found in a journal, or in several: counts add up. */
typedef struct hst_journal_report {
    uint64_t records;      /**< good ones */
    uint64_t damaged;      /**< slots left out, their trials will run again */
    uint64_t cut_bytes;    /**< behind the last good record, cut off or ignored */
    uint32_t mended;       /**< headers that were damaged and rewritten (or ignored, read only) */
    uint32_t without_lock; /**< files on a file system without locks */
} hst_journal_report;

/** Called for every good record, in file order; a status other than HST_OK ends the reading and is
 * returned. Pointers hold during the call. */
typedef hst_status (*hst_journal_visit)(void *context,
                                        const hst_trial *trial,
                                        const double *values,
                                        hst_error *error);

/** A journal open to append; opaque. */
typedef struct hst_journal hst_journal;

/** Read the bytes of a journal: the part of opening that touches no file. Adds to *report, and
 * writes the bytes up to and with the last good record to *good_size_out (0 when the file is empty
 * or broke off in its header). `path` is for words. */
HST_NODISCARD hst_status hst_journal_scan(const unsigned char *bytes,
                                          size_t size,
                                          const hst_journal_key *key,
                                          const char *path,
                                          hst_journal_visit visit,
                                          void *context,
                                          hst_journal_report *report,
                                          size_t *good_size_out,
                                          hst_error *error);

/** Open `path` to append, created when it is not there: lock, read through `visit`, cut the torn
 * end. Adds to *report. */
HST_NODISCARD hst_status hst_journal_open(hst_memory memory,
                                          const char *path,
                                          const hst_journal_key *key,
                                          hst_journal_visit visit,
                                          void *context,
                                          hst_journal_report *report,
                                          hst_journal **out,
                                          hst_error *error);

/** Read `path` without changing it; it is locked meanwhile. */
HST_NODISCARD hst_status hst_journal_read(hst_memory memory,
                                          const char *path,
                                          const hst_journal_key *key,
                                          hst_journal_visit visit,
                                          void *context,
                                          hst_journal_report *report,
                                          hst_error *error);

/** Append a record and wait until it is on the disk. After a failed write the file ends where it
 * did before and the call may be tried again; after a failed fdatasync every later call fails. */
HST_NODISCARD hst_status hst_journal_append(hst_journal *journal,
                                            const hst_trial *trial,
                                            const double *values,
                                            hst_error *error);

/** Close and unlock; NULL is allowed. Nothing is lost without it. */
void hst_journal_close(hst_journal *journal);

#endif
