#include "sim/metrics/pieces.h"

#include "core/base/assert.h"

#include <string.h>

void hst_pieces_init(hst_pieces *pieces)
{
    hst_assert(pieces != NULL);
    hst_digest_init(&pieces->all, NULL, 0);
    pieces->filled = 0;
}

void hst_pieces_hash(const void *bytes, size_t count, hst_hash *hashes)
{
    hst_assert(count == 0 || (bytes != NULL && hashes != NULL));
    const unsigned char *at = bytes;
    for (size_t i = 0; i < count; i++) {
        hashes[i] = hst_blake2b(at + i * HST_PIECE_SIZE, HST_PIECE_SIZE);
    }
}

void hst_pieces_update_known(hst_pieces *pieces, const hst_hash *hashes, size_t count)
{
    hst_assert(pieces != NULL);
    hst_assert(pieces->filled == 0);
    hst_digest_update(&pieces->all, hashes, count * sizeof *hashes);
}

/* Bytes that begin or end within a piece. */
static size_t fill(hst_pieces *pieces, const unsigned char *bytes, size_t size)
{
    const size_t room = HST_PIECE_SIZE - pieces->filled;
    const size_t taken = size < room ? size : room;
    memcpy(pieces->part + pieces->filled, bytes, taken);
    pieces->filled += taken;
    if (pieces->filled == HST_PIECE_SIZE) {
        const hst_hash hash = hst_blake2b(pieces->part, HST_PIECE_SIZE);
        pieces->filled = 0;
        hst_pieces_update_known(pieces, &hash, 1);
    }
    return taken;
}

void hst_pieces_update(hst_pieces *pieces, const void *bytes, size_t size)
{
    hst_assert(pieces != NULL);
    hst_assert(pieces->filled < HST_PIECE_SIZE);
    const unsigned char *at = bytes;
    while (size > 0) {
        size_t taken = HST_PIECE_SIZE;
        if (pieces->filled == 0 && size >= HST_PIECE_SIZE) {
            hst_hash hash;
            hst_pieces_hash(at, 1, &hash);
            hst_pieces_update_known(pieces, &hash, 1);
        } else {
            taken = fill(pieces, at, size);
        }
        at += taken;
        size -= taken;
    }
}

hst_hash hst_pieces_final(hst_pieces *pieces)
{
    hst_assert(pieces != NULL);
    if (pieces->filled > 0) {
        const hst_hash hash = hst_blake2b(pieces->part, pieces->filled);
        hst_digest_update(&pieces->all, hash.bytes, sizeof hash.bytes);
    }
    return hst_digest_final(&pieces->all);
}
