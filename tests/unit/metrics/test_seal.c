#include "tests/unit/metrics/metrics_test.h"

static hst_seal sample(void)
{
    hst_seal seal = {.schema = HST_RESULT_SCHEMA, .complete = true, .size_bytes = 1234567};
    for (unsigned i = 0; i < HST_HASH_SIZE; i++) {
        seal.blake2b.bytes[i] = (unsigned char)(i * 7);
        seal.content.bytes[i] = (unsigned char)(255 - i);
    }
    return seal;
}

static void what_is_rendered_is_parsed_back(void **state)
{
    (void)state;
    hst_seal seals[] = {sample(), sample(), {.schema = HST_RESULT_SCHEMA}};
    seals[1].size_bytes = UINT64_MAX;
    for (size_t i = 0; i < sizeof seals / sizeof seals[0]; i++) {
        char block[HST_SEAL_SIZE];
        hst_seal out;
        hst_error error;
        hst_seal_render(&seals[i], block);
        assert_int_equal(hst_seal_parse(block, sizeof block, &out, &error), HST_OK);
        assert_int_equal(out.schema, seals[i].schema);
        assert_int_equal(out.complete, seals[i].complete);
        assert_true(out.size_bytes == seals[i].size_bytes);
        assert_true(hst_hash_equal(&out.blake2b, &seals[i].blake2b));
        assert_true(hst_hash_equal(&out.content, &seals[i].content));
    }
}

static void a_seal_reads_as_text(void **state)
{
    (void)state;
    char block[HST_SEAL_SIZE];
    const hst_seal seal = sample();
    hst_seal_render(&seal, block);
    static const char start[] = "herstatt result\nschema 1\ncomplete 1\nsize 1234567\nblake2b 0007";
    assert_memory_equal(block, start, sizeof start - 1);
    assert_int_equal(block[HST_SEAL_SIZE - 1], '\n');
    for (size_t i = 0; i < sizeof block; i++) {
        assert_true(block[i] == '\n' || (block[i] >= ' ' && block[i] < 0x7f));
    }
}

static void any_changed_bit_is_damage(void **state)
{
    (void)state;
    char block[HST_SEAL_SIZE];
    const hst_seal seal = sample();
    hst_seal_render(&seal, block);
    for (size_t bit = 0; bit < sizeof block * 8; bit++) {
        hst_seal out;
        hst_error error;
        block[bit / 8] = (char)(block[bit / 8] ^ (1 << (bit % 8)));
        if (hst_seal_parse(block, sizeof block, &out, &error) != HST_CORRUPT) {
            fail_msg("bit %zu was changed and nobody noticed", bit);
        }
        block[bit / 8] = (char)(block[bit / 8] ^ (1 << (bit % 8)));
    }
}

static void a_seal_that_ends_early_is_truncated(void **state)
{
    (void)state;
    char block[HST_SEAL_SIZE];
    const hst_seal seal = sample();
    hst_seal_render(&seal, block);
    for (size_t size = 0; size < sizeof block; size++) {
        hst_seal out;
        hst_error error;
        assert_int_equal(hst_seal_parse(block, size, &out, &error),
                         size == 0 ? HST_CORRUPT : HST_TRUNCATED);
    }
}

static void a_newer_schema_is_not_called_damage(void **state)
{
    (void)state;
    char block[HST_SEAL_SIZE];
    hst_seal seal = sample();
    seal.schema = HST_RESULT_SCHEMA + 1;
    hst_seal_render(&seal, block);
    hst_error error = {.status = HST_OK};
    assert_int_equal(hst_seal_parse(block, sizeof block, &seal, &error), HST_UNSUPPORTED);
    assert_string_equal(error.text, "written by a newer herstatt: schema 2, this program reads "
                                    "up to 1");
}

static void foreign_files_are_told_apart(void **state)
{
    (void)state;
    char block[HST_SEAL_SIZE] = "\x89HDF\r\n\x1a\n";
    hst_seal seal;
    hst_error error = {.status = HST_OK};
    assert_int_equal(hst_seal_parse(block, sizeof block, &seal, &error), HST_CORRUPT);
    assert_string_equal(error.text, "an HDF5 file, but not a result of herstatt");
    memset(block, 'x', sizeof block);
    assert_int_equal(hst_seal_parse(block, sizeof block, &seal, &error), HST_CORRUPT);
    assert_string_equal(error.text, "not a result of herstatt");
}

/* Digest of an open file, with some pieces known and the others read. */
static hst_hash digest_of(int file, const hst_seal_piece *known, size_t count, uint64_t *size)
{
    static unsigned char buffer[3 * HST_PIECE_SIZE];
    hst_hash all = {{0}};
    assert_int_equal(hst_seal_digest(file, buffer, sizeof buffer, known, count, size, &all),
                     HST_OK);
    return all;
}

static void pieces_that_are_known_change_no_digest(void **state)
{
    enum { PIECES = 9, TAIL = 100 };
    const uint64_t seed = 7;
    const test_folder *folder = *state;
    static unsigned char bytes[HST_SEAL_SIZE + PIECES * HST_PIECE_SIZE + TAIL];
    hst_random random = hst_random_stream(seed, 0, 0, 0);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)hst_random_below(&random, 256);
    }
    for (unsigned try = 0; try < 200; try++) {
        /* Ends at any place, also exactly at the end of a piece; any pieces are known. */
        const size_t whole = (size_t)hst_random_below(&random, PIECES + 1);
        const size_t size = HST_SEAL_SIZE + whole * HST_PIECE_SIZE + (size_t)(try % 2) * TAIL;
        hst_seal_piece known[PIECES];
        size_t count = 0;
        hst_digest naive;
        hst_digest_init(&naive, NULL, 0);
        for (size_t p = 0; p * HST_PIECE_SIZE + HST_SEAL_SIZE < size; p++) {
            const unsigned char *start = bytes + HST_SEAL_SIZE + p * HST_PIECE_SIZE;
            const hst_hash hash = hst_blake2b(start, p < whole ? HST_PIECE_SIZE : TAIL);
            hst_digest_update(&naive, hash.bytes, sizeof hash.bytes);
            if (p < whole && hst_random_below(&random, 2) == 0) {
                known[count++] = (hst_seal_piece){.number = p, .hash = hash};
            }
        }
        const hst_hash expected = hst_digest_final(&naive);
        FILE *file = fopen(folder->path, "w+b");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, size, file), size);
        assert_int_equal(fflush(file), 0);
        uint64_t told = 0;
        const hst_hash read = digest_of(fileno(file), NULL, 0, &told);
        assert_int_equal(told, size);
        const hst_hash mixed = digest_of(fileno(file), known, count, &told);
        assert_int_equal(told, size);
        assert_true(hst_hash_equal(&read, &expected));
        assert_true(hst_hash_equal(&mixed, &expected));
        assert_int_equal(fclose(file), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_rendered_is_parsed_back),
        cmocka_unit_test(a_seal_reads_as_text),
        cmocka_unit_test(any_changed_bit_is_damage),
        cmocka_unit_test(a_seal_that_ends_early_is_truncated),
        cmocka_unit_test(a_newer_schema_is_not_called_damage),
        cmocka_unit_test(foreign_files_are_told_apart),
        cmocka_unit_test_setup_teardown(pieces_that_are_known_change_no_digest, make_folder,
                                        drop_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
