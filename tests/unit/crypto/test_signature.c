#include "core/crypto/signature.h"

#include "tests/unit/crypto/crypto_test.h"

/* RFC 8032, 7.1: TEST 1, 2, 3 and SHA(abc). */
static const struct {
    const char *seed, *public_key, *message, *signature;
} vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
     "c6594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fe"
     "ebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431"
     "e0303dca179c138ac17ad9bef1177331a704"},
};
enum { VECTOR_COUNT = sizeof vectors / sizeof *vectors };

static size_t from_hex(const char *hex, unsigned char *bytes)
{
    const size_t size = strlen(hex) / 2;
    for (size_t i = 0; i < size; i++) {
        const char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (unsigned char)strtoul(digits, NULL, 16);
    }
    return size;
}

static void keys_and_signatures_are_those_of_rfc_8032(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        hst_signature_seed seed;
        hst_signing_key signing_key;
        hst_public_key public_key;
        unsigned char message[64];
        unsigned char expected[64];
        (void)from_hex(vectors[i].seed, seed.bytes);
        hst_signature_keys(&seed, &signing_key, &public_key);
        (void)from_hex(vectors[i].public_key, expected);
        assert_memory_equal(public_key.bytes, expected, HST_PUBLIC_KEY_SIZE);
        const size_t size = from_hex(vectors[i].message, message);
        const hst_signature signature = hst_signature_sign(&signing_key, message, size);
        (void)from_hex(vectors[i].signature, expected);
        assert_memory_equal(signature.bytes, expected, HST_SIGNATURE_SIZE);
        assert_int_equal(hst_signature_verify(&public_key, message, size, &signature), HST_OK);
    }
}

static void fixed_keys(hst_signing_key *signing_key, hst_public_key *public_key)
{
    hst_signature_seed seed;
    memset(seed.bytes, 0x42, sizeof seed.bytes);
    hst_signature_keys(&seed, signing_key, public_key);
}

static void a_changed_bit_of_signature_message_or_key_does_not_verify(void **state)
{
    (void)state;
    hst_signing_key signing_key;
    hst_public_key public_key;
    fixed_keys(&signing_key, &public_key);
    unsigned char message[] = {1, 2, 3};
    hst_signature signature = hst_signature_sign(&signing_key, message, sizeof message);
    for (size_t bit = 0; bit < 8 * sizeof signature.bytes; bit += 7) {
        signature.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(hst_signature_verify(&public_key, message, sizeof message, &signature),
                         HST_MISMATCH);
        signature.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * sizeof message; bit++) {
        message[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(hst_signature_verify(&public_key, message, sizeof message, &signature),
                         HST_MISMATCH);
        message[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    public_key.bytes[0] ^= 1;
    assert_int_equal(hst_signature_verify(&public_key, message, sizeof message, &signature),
                     HST_MISMATCH);
}

/* S + L is the same scalar; RFC 8032 5.1.7 demands S < L, or one signature would have two forms. */
static void the_second_form_of_a_signature_is_refused(void **state)
{
    (void)state;
    static const unsigned char order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a,       0x63,
                                            0x12, 0x58, 0xd6, 0x9c, 0xf7,       0xa2,
                                            0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    hst_signing_key signing_key;
    hst_public_key public_key;
    fixed_keys(&signing_key, &public_key);
    hst_signature signature = hst_signature_sign(&signing_key, "m", 1);
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)signature.bytes[32 + i] + order[i];
        signature.bytes[32 + i] = (unsigned char)carry;
        carry >>= 8;
    }
    assert_int_equal(hst_signature_verify(&public_key, "m", 1, &signature), HST_MISMATCH);
}

static void a_small_order_key_is_refused(void **state)
{
    (void)state;
    const hst_public_key identity = {{1}};
    const hst_signature signature = {{1}};
    assert_int_equal(hst_signature_verify(&identity, "m", 1, &signature), HST_MISMATCH);
}

static void a_cleared_key_holds_nothing(void **state)
{
    (void)state;
    hst_signing_key signing_key;
    hst_public_key public_key;
    fixed_keys(&signing_key, &public_key);
    hst_signing_key_clear(&signing_key);
    const hst_signing_key zero = {{0}};
    assert_memory_equal(&signing_key, &zero, sizeof zero);
}

static void call_sign_without_message(void *context)
{
    (void)hst_signature_sign(context, NULL, 1);
}

static void misuse_is_stopped_by_assertions(void **state)
{
    (void)state;
    hst_signing_key signing_key;
    hst_public_key public_key;
    fixed_keys(&signing_key, &public_key);
    assert_true(assertion_fires(call_sign_without_message, &signing_key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_signatures_are_those_of_rfc_8032),
        cmocka_unit_test(a_changed_bit_of_signature_message_or_key_does_not_verify),
        cmocka_unit_test(the_second_form_of_a_signature_is_refused),
        cmocka_unit_test(a_small_order_key_is_refused),
        cmocka_unit_test(a_cleared_key_holds_nothing),
        cmocka_unit_test(misuse_is_stopped_by_assertions),
    };
    return cmocka_run_group_tests_name("crypto.signature", tests, NULL, NULL);
}
