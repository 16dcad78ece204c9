/** @file core/ledger/audit.h
 * Trust, but replay: audit from genesis, and snapshots.
 *
 * An audit executes the kept log from an empty ledger, seals where the blocks were sealed, and
 * compares every header, then the state as it stands now.
 *
 * A snapshot is the whole ledger as bytes (little-endian, versioned, closed by a BLAKE2b checksum).
 * A restored ledger has the same roots and behaves the same from then on. Restoring checks the
 * checksum, every reference and range, all invariants, and the roots against the last header.
 *
 * Errors    HST_MISMATCH audit found a difference; HST_UNSUPPORTED the log was not kept, or another
 *           version; HST_CORRUPT, HST_TRUNCATED damaged bytes; HST_FULL buffer too small;
 *           HST_NO_MEMORY.
 * Memory    the second ledger of an audit comes from `memory` and is given back.
 * Cost      audit: execution and sealing again; snapshot: copying and one checksum.
 */
#ifndef HST_CORE_LEDGER_AUDIT_H
#define HST_CORE_LEDGER_AUDIT_H

#include "core/ledger/block.h"
#include "core/ledger/ledger.h"

/** What an audit found. */
typedef struct hst_audit {
    uint64_t blocks_checked;  /**< headers recomputed and compared */
    uint64_t events_replayed; /**< events executed again */
    bool differs;             /**< whether anything differed */
    uint64_t height;          /**< first block that differs; the block count: the state since */
    const char *field;        /**< what differs first ("state_root"), NULL when nothing does */
} hst_audit;

/** Replay and compare. HST_OK: equal; HST_MISMATCH: `audit_out` names the first difference. */
HST_NODISCARD hst_status hst_ledger_audit(const hst_ledger *ledger,
                                          hst_memory memory,
                                          hst_audit *audit_out);

/** Bytes that hst_ledger_snapshot will write now. */
size_t hst_ledger_snapshot_size(const hst_ledger *ledger);

/** Write the whole ledger to bytes[capacity]. */
HST_NODISCARD hst_status hst_ledger_snapshot(const hst_ledger *ledger,
                                             void *bytes,
                                             size_t capacity,
                                             size_t *size_out);

/** Rebuild a ledger from exactly `size` bytes of any origin; `engine` as in the configuration. */
HST_NODISCARD hst_status hst_ledger_restore(hst_memory memory,
                                            const hst_hash_engine *engine,
                                            const void *bytes,
                                            size_t size,
                                            hst_ledger **ledger_out);

#endif
