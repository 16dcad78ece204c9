/** @file sim/metrics/pieces.h
 * A long run of bytes digested by pieces.
 *
 *   piece k = bytes [16384 k, 16384 (k + 1)), the last one shorter
 *   digest  = BLAKE2b-256(BLAKE2b-256(piece 0), BLAKE2b-256(piece 1), ...)
 *
 * Both digests of a result file are of this form: that of a dataset's rows (content.h) and that of
 * the file (seal.h). Rows that lie in the file as they lie in memory, piece on piece, are thus
 * hashed once for both, which halves the dearest part of writing a result.
 *
 * Memory    none taken.
 * Threads   one at a time on one run of bytes.
 * Cost      1 ns a byte (libsodium 1.0.18 with AVX2); pieces that are known cost nothing.
 */
#ifndef HST_SIM_METRICS_PIECES_H
#define HST_SIM_METRICS_PIECES_H

#include "core/crypto/hash.h"

#include <stddef.h>

/** Bytes of a piece. */
#define HST_PIECE_SIZE ((size_t)16384)

/** A digest under way; fields are private. */
typedef struct hst_pieces {
    hst_digest all;                     /**< over the pieces that are complete */
    size_t filled;                      /**< bytes of the next one, fewer than a piece */
    unsigned char part[HST_PIECE_SIZE]; /**< these */
} hst_pieces;

/** Nothing digested yet. */
void hst_pieces_init(hst_pieces *pieces);

/** Digest bytes[size]; where the run is cut into calls makes no difference. */
void hst_pieces_update(hst_pieces *pieces, const void *bytes, size_t size);

/** The same for `count` whole pieces by their hashes; only between pieces (`filled` is 0). */
void hst_pieces_update_known(hst_pieces *pieces, const hst_hash *hashes, size_t count);

/** The digest of all bytes so far; the state is spent. */
hst_hash hst_pieces_final(hst_pieces *pieces);

/** The hashes of `count` whole pieces that lie side by side. */
void hst_pieces_hash(const void *bytes, size_t count, hst_hash *hashes);

#endif
