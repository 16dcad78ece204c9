/** @file sim/consensus/blob.h
 * Private to sim/consensus: short-lived bytes of many sizes, reused by size class.
 */
#ifndef HST_SIM_CONSENSUS_BLOB_H
#define HST_SIM_CONSENSUS_BLOB_H

#include "core/base/arena.h"

#include <stdint.h>

/** Free lists by power of two from 64 bytes on. */
typedef struct hst_blob_pool {
    hst_arena *arena; /**< where new ones come from */
    void *free[26];   /**< by class; the first bytes of a free blob are the next one's address */
} hst_blob_pool;

/** At least `size` bytes, 64-byte aligned, not zeroed; NULL without memory or beyond 2^31. */
uint8_t *hst_blob_get(hst_blob_pool *pool, uint32_t size);

/** Give back a blob of that size. */
void hst_blob_put(hst_blob_pool *pool, uint8_t *blob, uint32_t size);

#endif
