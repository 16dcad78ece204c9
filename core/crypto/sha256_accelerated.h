/** @file core/crypto/sha256_accelerated.h
 * Private to core/crypto: the SHA-NI engine. Others ask hst_hash_engine_best().
 */
#ifndef HST_CORE_CRYPTO_SHA256_ACCELERATED_H
#define HST_CORE_CRYPTO_SHA256_ACCELERATED_H

#include "core/crypto/hash_engine.h"

/** FIPS 180-4, 4.2.2. */
extern const uint32_t hst_sha256_round_constants[64];

/** Round constant plus schedule word for each of the 64 rounds over the block that closes a message
 * of 128 bytes: that block is padding only, so its schedule is known in advance. */
extern const uint32_t hst_sha256_padding_128[64];

#if defined(__x86_64__)
/** The engine itself, for who knows already that the processor has the instructions: asking costs a
 * microsecond and more under a hypervisor. */
extern const hst_hash_engine hst_sha256_accelerated_engine;
#endif

/** The engine that uses the processor's SHA instructions, or NULL where there are none. */
const hst_hash_engine *hst_sha256_accelerated(void);

#endif
