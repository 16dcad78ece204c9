/** @file sim/metrics/seal.h
 * The 512 bytes of text in front of a result file's HDF5 data (its user block).
 *
 *   herstatt result
 *   schema 1
 *   complete 1
 *   size 1048576
 *   blake2b <64 hexadecimal digits: everything after the seal>
 *   content <64 hexadecimal digits>
 *   hdf5 data follows; read with herstatt inspect, h5ls -r, h5py or pandas
 *   check <32 hexadecimal digits: the lines above>
 *   (spaces, and a line feed at the very end)
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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of the seal: the smallest user block HDF5 has. */
#define HST_SEAL_SIZE 512

/** What a seal says. */
typedef struct hst_seal {
    uint32_t schema;     /**< schema number */
    bool complete;       /**< whether the run finished; if not, the rest is zero */
    uint64_t size_bytes; /**< of the whole file, seal included */
    hst_hash blake2b;    /**< of everything after the seal */
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

/** BLAKE2b-256 of an open file from the seal's end on, and the file's size. HST_IO. */
HST_NODISCARD hst_status hst_seal_digest(
    int descriptor, void *buffer, size_t buffer_size, uint64_t *size_bytes, hst_hash *blake2b);

#endif
