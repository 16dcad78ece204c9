#include "core/crypto/signature.h"

#include "core/base/assert.h"

#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>

_Static_assert(HST_SIGNATURE_SEED_SIZE == crypto_sign_ed25519_SEEDBYTES, "seed");
_Static_assert(HST_PUBLIC_KEY_SIZE == crypto_sign_ed25519_PUBLICKEYBYTES, "public key");
_Static_assert(sizeof(hst_signing_key) == crypto_sign_ed25519_SECRETKEYBYTES, "signing key");
_Static_assert(HST_SIGNATURE_SIZE == crypto_sign_ed25519_BYTES, "signature");

void hst_signature_keys(const hst_signature_seed *seed,
                        hst_signing_key *signing_key,
                        hst_public_key *public_key)
{
    hst_assert(seed != NULL);
    const int failed =
        crypto_sign_ed25519_seed_keypair(public_key->bytes, signing_key->bytes, seed->bytes);
    hst_assert(failed == 0);
}

hst_signature hst_signature_sign(const hst_signing_key *key, const void *message, size_t size)
{
    hst_assert(message != NULL || size == 0);
    hst_signature signature;
    const int failed =
        crypto_sign_ed25519_detached(signature.bytes, NULL, message, size, key->bytes);
    hst_assert(failed == 0);
    return signature;
}

hst_status hst_signature_verify(const hst_public_key *key,
                                const void *message,
                                size_t size,
                                const hst_signature *signature)
{
    hst_assert(message != NULL || size == 0);
    const int failed =
        crypto_sign_ed25519_verify_detached(signature->bytes, message, size, key->bytes);
    return failed == 0 ? HST_OK : HST_MISMATCH;
}

void hst_signing_key_clear(hst_signing_key *key)
{
    hst_assert(key != NULL);
    sodium_memzero(key->bytes, sizeof key->bytes);
}
