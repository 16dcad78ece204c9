#include "sim/rail/dlt_transaction.h"

#include "core/base/assert.h"
#include "core/base/codec.h"
#include "core/crypto/hash.h"

#include <string.h>

/* First bytes of what is signed: a transaction, in this form. */
static const char tag[4] = {'H', 'D', 'L', '1'};

_Static_assert(sizeof(hst_hash) == sizeof(hst_signature_seed), "a digest is a seed");

/* Keys need not be secret in a simulation, only different and the same in every run. */
hst_status
hst_dlt_keys_create(uint64_t ledger, uint32_t count, hst_arena *arena, hst_dlt_keys **out)
{
    hst_dlt_keys *keys = HST_ARENA_NEW(arena, hst_dlt_keys, 1);
    if (keys == NULL) {
        return HST_NO_MEMORY;
    }
    *keys = (hst_dlt_keys){.ledger = ledger,
                           .count = count,
                           .signing = HST_ARENA_NEW(arena, hst_signing_key, count),
                           .verifying = HST_ARENA_NEW(arena, hst_public_key, count)};
    if (keys->signing == NULL || keys->verifying == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        hst_digest digest;
        hst_signature_seed seed;
        hst_digest_init(&digest, tag, sizeof tag);
        hst_digest_u64(&digest, ledger);
        hst_digest_u64(&digest, i);
        const hst_hash hash = hst_digest_final(&digest);
        memcpy(seed.bytes, hash.bytes, sizeof seed.bytes);
        hst_signature_keys(&seed, &keys->signing[i], &keys->verifying[i]);
    }
    *out = keys;
    return HST_OK;
}

void hst_dlt_encode(uint64_t ledger, const hst_dlt_transaction *one, uint8_t *bytes)
{
    hst_writer w;
    hst_writer_init(&w, bytes, HST_DLT_ENCODED_SIZE);
    hst_write_bytes(&w, tag, sizeof tag);
    hst_write_u64(&w, ledger);
    hst_write_u32(&w, one->payment);
    hst_write_u32(&w, one->from);
    hst_write_u32(&w, one->to);
    hst_write_u16(&w, one->from_currency);
    hst_write_u16(&w, one->to_currency);
    hst_write_u32(&w, one->sequence);
    hst_write_i64(&w, one->minor);
    hst_assert(hst_writer_status(&w) == HST_OK);
    hst_assert(w.at == HST_DLT_ENCODED_SIZE);
}

hst_signature hst_dlt_sign(const hst_dlt_keys *keys, const hst_dlt_transaction *one)
{
    uint8_t bytes[HST_DLT_ENCODED_SIZE];
    hst_assert(one->from < keys->count);
    hst_dlt_encode(keys->ledger, one, bytes);
    return hst_signature_sign(&keys->signing[one->from], bytes, sizeof bytes);
}

hst_status hst_dlt_verify(const hst_dlt_keys *keys,
                          const hst_dlt_transaction *one,
                          const hst_signature *signature)
{
    uint8_t bytes[HST_DLT_ENCODED_SIZE];
    if (one->from >= keys->count) {
        return HST_MISMATCH;
    }
    hst_dlt_encode(keys->ledger, one, bytes);
    return hst_signature_verify(&keys->verifying[one->from], bytes, sizeof bytes, signature);
}

hst_status hst_dlt_settle(hst_books *books,
                          const hst_dlt_keys *keys,
                          const hst_dlt_transaction *one,
                          const hst_signature *signature,
                          const hst_dlt_terms *terms,
                          hst_dlt_tally *tally,
                          hst_dlt_paid *paid)
{
    const hst_dlt_payment payment = {.from = one->from,
                                     .to = one->to,
                                     .from_currency = one->from_currency,
                                     .to_currency = one->to_currency,
                                     .sequence = one->sequence,
                                     .minor = one->minor,
                                     .fee_minor = terms->fee_minor,
                                     .mid = terms->mid,
                                     .spread_ppb = terms->spread_ppb};
    hst_status status = HST_REFUSED;
    *paid = (hst_dlt_paid){.verdict = HST_DLT_FORGED};
    if (keys == NULL || hst_dlt_verify(keys, one, signature) == HST_OK) {
        status = hst_books_dlt_pay(books, &payment, paid);
    }
    tally->verdicts[paid->verdict]++;
    return status;
}
