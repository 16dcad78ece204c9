#include "core/crypto/hash.h"

#include "tests/unit/crypto/crypto_test.h"

/* FIPS 180-4 examples (NIST CAVP): one block, two blocks, no message. */
static void sha256_gives_the_published_values(void **state)
{
    (void)state;
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_hash_is(hst_sha256(NULL, 0),
                   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash_is(hst_sha256("abc", 3),
                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hash_is(hst_sha256(two_blocks, sizeof two_blocks - 1),
                   "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void sha256_stream_does_not_depend_on_the_pieces(void **state)
{
    (void)state;
    unsigned char message[300];
    hst_random random = test_random(7);
    test_fill_random(&random, message, sizeof message);
    const hst_hash whole = hst_sha256(message, sizeof message);
    for (size_t cut = 0; cut <= sizeof message; cut += 11) {
        hst_sha256_stream stream;
        hst_sha256_init(&stream);
        hst_sha256_update(&stream, message, cut);
        hst_sha256_update(&stream, message + cut, sizeof message - cut);
        assert_hash_equal(hst_sha256_final(&stream), whole);
    }
}

static void a_stream_goes_on_after_its_hash_was_read(void **state)
{
    (void)state;
    hst_sha256_stream stream;
    hst_sha256_init(&stream);
    hst_sha256_update(&stream, "ab", 2);
    assert_hash_equal(hst_sha256_final(&stream), hst_sha256("ab", 2));
    hst_sha256_update(&stream, "c", 1);
    assert_hash_equal(hst_sha256_final(&stream), hst_sha256("abc", 3));
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_update(&digest, "ab", 2);
    assert_hash_equal(hst_digest_final(&digest), hst_blake2b("ab", 2));
    hst_digest_update(&digest, "c", 1);
    assert_hash_equal(hst_digest_final(&digest), hst_blake2b("abc", 3));
}

static void leaf_and_node_carry_their_prefix(void **state)
{
    (void)state;
    const unsigned char leaf_message[] = {0x00, 'a', 'b'};
    assert_hash_equal(hst_hash_leaf("ab", 2), hst_sha256(leaf_message, sizeof leaf_message));
    const hst_hash left = hst_sha256("left", 4);
    const hst_hash right = hst_sha256("right", 5);
    unsigned char node_message[65] = {0x01};
    memcpy(node_message + 1, left.bytes, 32);
    memcpy(node_message + 33, right.bytes, 32);
    assert_hash_equal(hst_hash_node(&left, &right), hst_sha256(node_message, sizeof node_message));
    const hst_hash forged = hst_hash_leaf(node_message + 1, 64);
    const hst_hash node = hst_hash_node(&left, &right);
    assert_false(hst_hash_equal(&forged, &node));
}

static void a_quad_is_the_hash_of_four_children_and_of_nothing_else(void **state)
{
    (void)state;
    hst_hash children[4];
    hst_random random = test_random(8);
    test_fill_random(&random, children, sizeof children);
    const hst_hash quad = hst_hash_quad(children);
    assert_hash_equal(quad, hst_sha256(children, 128));
    /* A record that begins like the children, had the first byte been the prefix of a leaf. */
    children[0].bytes[0] = 0x00;
    const hst_hash forged = hst_hash_leaf(children[0].bytes + 1, HST_HASH_QUAD_MESSAGE_SIZE - 1);
    assert_hash_equal(forged, hst_hash_quad(children)); /* why such records are refused */
    const hst_hash shorter = hst_hash_leaf(children[0].bytes + 1, HST_HASH_QUAD_MESSAGE_SIZE - 2);
    assert_false(hst_hash_equal(&shorter, &forged));
}

/* Values of `b2sum -l 256` and Python's hashlib.blake2b. */
static void digest_gives_the_published_values(void **state)
{
    (void)state;
    assert_hash_is(hst_blake2b(NULL, 0),
                   "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    assert_hash_is(hst_blake2b("abc", 3),
                   "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    hst_digest digest;
    hst_digest_init(&digest, "herstatt", 8);
    hst_digest_update(&digest, "abc", 3);
    assert_hash_is(hst_digest_final(&digest),
                   "4b2bd25e7dba2b13ca9e6f500830c490a1d48938f8f024acd918491b03db8fcb");
}

static void digest_of_integers_is_little_endian(void **state)
{
    (void)state;
    const unsigned char bytes[8] = {8, 7, 6, 5, 4, 3, 2, 1};
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_u64(&digest, UINT64_C(0x0102030405060708));
    assert_hash_equal(hst_digest_final(&digest), hst_blake2b(bytes, sizeof bytes));
}

static void digest_of_counted_bytes_tells_the_boundaries_apart(void **state)
{
    (void)state;
    hst_digest a;
    hst_digest b;
    hst_digest_init(&a, NULL, 0);
    hst_digest_init(&b, NULL, 0);
    hst_digest_bytes(&a, "ab", 2);
    hst_digest_bytes(&a, "c", 1);
    hst_digest_bytes(&b, "a", 1);
    hst_digest_bytes(&b, "bc", 2);
    const hst_hash of_a = hst_digest_final(&a);
    const hst_hash of_b = hst_digest_final(&b);
    assert_false(hst_hash_equal(&of_a, &of_b));
}

static void hexadecimal_text_round_trips_in_either_case(void **state)
{
    (void)state;
    const hst_hash hash = hst_sha256("abc", 3);
    char hex[HST_HASH_HEX_LENGTH + 1];
    hst_hash parsed;
    hst_hash_to_hex(&hash, hex);
    assert_int_equal(hst_hash_from_hex(hex, HST_HASH_HEX_LENGTH, &parsed), HST_OK);
    assert_hash_equal(parsed, hash);
    for (size_t i = 0; i < HST_HASH_HEX_LENGTH; i++) {
        hex[i] = (char)(hex[i] >= 'a' ? hex[i] - 'a' + 'A' : hex[i]);
    }
    assert_int_equal(hst_hash_from_hex(hex, HST_HASH_HEX_LENGTH, &parsed), HST_OK);
    assert_hash_equal(parsed, hash);
}

static void text_that_is_not_a_hash_is_corrupt_and_leaves_the_output(void **state)
{
    (void)state;
    char hex[HST_HASH_HEX_LENGTH + 2];
    memset(hex, 'a', sizeof hex);
    hst_hash parsed;
    memset(&parsed, 0x5a, sizeof parsed);
    const hst_hash before = parsed;
    assert_int_equal(hst_hash_from_hex(hex, HST_HASH_HEX_LENGTH - 1, &parsed), HST_CORRUPT);
    assert_int_equal(hst_hash_from_hex(hex, HST_HASH_HEX_LENGTH + 1, &parsed), HST_CORRUPT);
    assert_int_equal(hst_hash_from_hex(NULL, 0, &parsed), HST_CORRUPT);
    static const char wrong[] = "g/:@G`{ \n\x80";
    for (size_t i = 0; i < sizeof wrong; i++) {
        for (size_t at = 0; at < HST_HASH_HEX_LENGTH; at += 21) {
            hex[at] = wrong[i];
            assert_int_equal(hst_hash_from_hex(hex, HST_HASH_HEX_LENGTH, &parsed), HST_CORRUPT);
            hex[at] = 'a';
        }
    }
    assert_hash_equal(parsed, before);
}

static void zero_and_equality_look_at_every_byte(void **state)
{
    (void)state;
    const hst_hash zero = {{0}};
    assert_true(hst_hash_is_zero(&zero));
    for (size_t i = 0; i < HST_HASH_SIZE; i++) {
        hst_hash other = zero;
        other.bytes[i] = 0x80;
        assert_false(hst_hash_is_zero(&other));
        assert_false(hst_hash_equal(&zero, &other));
    }
}

static void call_digest_with_long_key(void *context)
{
    unsigned char key[HST_DIGEST_KEY_MAX + 1] = {0};
    hst_digest_init(context, key, sizeof key);
}

static void call_digest_with_size_without_key(void *context)
{
    hst_digest_init(context, NULL, 1);
}

static void call_sha256_without_data(void *context)
{
    (void)context;
    (void)hst_sha256(NULL, 1);
}

static void misuse_is_stopped_by_assertions(void **state)
{
    (void)state;
    hst_digest digest;
    assert_true(assertion_fires(call_digest_with_long_key, &digest));
    assert_true(assertion_fires(call_digest_with_size_without_key, &digest));
    assert_true(assertion_fires(call_sha256_without_data, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_published_values),
        cmocka_unit_test(sha256_stream_does_not_depend_on_the_pieces),
        cmocka_unit_test(a_stream_goes_on_after_its_hash_was_read),
        cmocka_unit_test(leaf_and_node_carry_their_prefix),
        cmocka_unit_test(a_quad_is_the_hash_of_four_children_and_of_nothing_else),
        cmocka_unit_test(digest_gives_the_published_values),
        cmocka_unit_test(digest_of_integers_is_little_endian),
        cmocka_unit_test(digest_of_counted_bytes_tells_the_boundaries_apart),
        cmocka_unit_test(hexadecimal_text_round_trips_in_either_case),
        cmocka_unit_test(text_that_is_not_a_hash_is_corrupt_and_leaves_the_output),
        cmocka_unit_test(zero_and_equality_look_at_every_byte),
        cmocka_unit_test(misuse_is_stopped_by_assertions),
    };
    return cmocka_run_group_tests_name("crypto.hash", tests, NULL, NULL);
}
