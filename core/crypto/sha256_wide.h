/** @file core/crypto/sha256_wide.h
 * Private to core/crypto: the AVX-512 engine. Others ask hst_hash_engine_best().
 */
#ifndef HST_CORE_CRYPTO_SHA256_WIDE_H
#define HST_CORE_CRYPTO_SHA256_WIDE_H

#include "core/crypto/hash_engine.h"

/** The engine that hashes sixteen messages at a time with AVX-512 (F, BW and VBMI), and what is
 * left of a batch with the SHA instructions; NULL where this processor or system lacks either. */
const hst_hash_engine *hst_sha256_wide(void);

#endif
