/** @file sim/metrics/seal.h
 * The 16,384 bytes of text in front of a result file's HDF5 data (its user block).
 *
 *   herstatt result
 *   schema 1
 *   complete 1
 *   size 1048576
 *   blake2b <64 hexadecimal digits: everything after the seal, piece by piece>
 *   content <64 hexadecimal digits>
 *   hdf5 data follows; read with herstatt inspect, h5ls -r, h5py or pandas
 *   check <32 hexadecimal digits: the lines above>
 *   (spaces, and a line feed at the very end)
 *
 * The digest is by pieces (pieces.h), the first one beginning where the seal ends.
 *
 * Pieces let the writer digest most of a file while it is written, on its own thread, instead of
 * reading all of it back at the end of a run; and a reader may digest them in any order.
 *
 * The first and the last line keep their form in every schema, so that an old program can tell "too
 * new for me" from "damaged".
 *
 * Errors    as in result_file.h.
 * Memory    none taken but a block on the stack.
 * Threads   pure but for the file.
 */
#ifndef HST_SIM_METRICS_SEAL_H
#define HST_SIM_METRICS_SEAL_H

#include "core/crypto/hash.h"

#include "sim/base/error.h"
#include "sim/metrics/pieces.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of the seal. As many as a piece: HDF5 aligns nothing by more than its user block, and rows
 * are to begin with a piece (hst_hdf5_access). */
#define HST_SEAL_SIZE 16384

/** The digest of one piece. */
typedef struct hst_seal_piece {
    uint64_t number; /**< which, from 0 */
    hst_hash hash;   /**< of its bytes */
} hst_seal_piece;

/** What a seal says. */
typedef struct hst_seal {
    uint32_t schema;     /**< schema number */
    bool complete;       /**< whether the run finished; if not, the rest is zero */
    uint64_t size_bytes; /**< of the whole file, seal included */
    hst_hash blake2b;    /**< of everything after the seal, by pieces */
    hst_hash content;    /**< content digest */
} hst_seal;

/** The text of a seal. */
void hst_seal_render(const hst_seal *seal, char block[HST_SEAL_SIZE]);

/** Read a seal back. `size` is how many bytes of the file's front there are, at most
 * HST_SEAL_SIZE. HST_CORRUPT (foreign, damaged), HST_TRUNCATED, HST_UNSUPPORTED (newer schema). */
HST_NODISCARD hst_status hst_seal_parse(const char *block,
                                        size_t size,
                                        hst_seal *seal,
                                        hst_error *error);

/** The `blake2b` of an open file, and the file's size; `buffer` holds one piece at least. Pieces in
 * `known`, ascending by number, are not read again. HST_IO. */
HST_NODISCARD hst_status hst_seal_digest(int descriptor,
                                         void *buffer,
                                         size_t buffer_size,
                                         const hst_seal_piece *known,
                                         size_t known_count,
                                         uint64_t *size_bytes,
                                         hst_hash *blake2b);

#endif
