/** @file core/ledger/snapshot.h
 * Private to core/ledger: the layout of a snapshot, the same code for both directions.
 *
 *   magic, version, configuration, counters, counts of records
 *   accounts, dirty list, sums, pending transfers, ids, transfers, escrows, history, headers, log
 *   BLAKE2b-256 of everything before
 */
#ifndef HST_CORE_LEDGER_SNAPSHOT_H
#define HST_CORE_LEDGER_SNAPSHOT_H

#include "core/base/codec.h"
#include "core/ledger/internal.h"

/** Which way the fields go. */
typedef enum hst_snapshot_mode {
    HST_SNAPSHOT_COUNT = 0, /**< nowhere: only the bytes are counted */
    HST_SNAPSHOT_WRITE = 1, /**< from the ledger to bytes */
    HST_SNAPSHOT_READ = 2   /**< from bytes to the ledger */
} hst_snapshot_mode;

/** A pass over the fields. */
typedef struct hst_snapshot_io {
    hst_snapshot_mode mode; /**< direction */
    size_t counted;         /**< bytes, when counting */
    hst_writer writer;      /**< when writing */
    hst_reader reader;      /**< when reading */
} hst_snapshot_io;

/** What a reader must know before it can make room. */
typedef struct hst_snapshot_head {
    hst_ledger_config config; /**< as created; no engine */
    uint64_t account_count;   /**< accounts */
    uint64_t dirty_count;     /**< changed since the last seal */
    uint64_t pending_count;   /**< pending transfers */
    uint64_t transfer_count;  /**< ids and full transfers */
    uint64_t escrow_count;    /**< escrows */
    uint64_t history_count;   /**< history rows */
    uint64_t header_count;    /**< sealed blocks */
    uint64_t log_count;       /**< log units */
} hst_snapshot_head;

/** Bytes of the checksum at the end. */
enum { HST_SNAPSHOT_CHECKSUM_SIZE = HST_HASH_SIZE };

/** Magic, version and head; when reading, HST_CORRUPT or HST_UNSUPPORTED for anything else. */
HST_NODISCARD hst_status hst_snapshot_head_pass(hst_snapshot_io *io, hst_snapshot_head *head);

/** Everything else but the checksum; counts in the ledger's columns must be set. */
void hst_snapshot_body_pass(hst_snapshot_io *io, hst_ledger *l);

#endif
