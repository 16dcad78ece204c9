#include "core/base/codec.h"
#include "core/base/random.h"

#include "tests/support/expect_assert.h"

#include <string.h>

static void integers_are_little_endian(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x01, 0x02, 0x01, 0x04, 0x03, 0x02, 0x01, 0x08,
                                       0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0xfe,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t bytes[sizeof expected];
    hst_writer w;
    hst_writer_init(&w, bytes, sizeof bytes);
    hst_write_u8(&w, 0x01);
    hst_write_u16(&w, 0x0102);
    hst_write_u32(&w, 0x01020304);
    hst_write_u64(&w, UINT64_C(0x0102030405060708));
    hst_write_i64(&w, -2);
    assert_int_equal(hst_writer_status(&w), HST_OK);
    assert_int_equal(w.at, sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
}

static void varints_take_the_published_bytes(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        size_t size;
        uint8_t bytes[HST_VARINT_SIZE_MAX];
    } cases[] = {
        {0, 1, {0x00}},
        {127, 1, {0x7f}},
        {128, 2, {0x80, 0x01}},
        {624485, 3, {0xe5, 0x8e, 0x26}}, /* the example of the DWARF standard, appendix C */
        {UINT64_MAX, 10, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[HST_VARINT_SIZE_MAX];
        hst_writer w;
        hst_writer_init(&w, bytes, sizeof bytes);
        hst_write_varint(&w, cases[i].value);
        assert_int_equal(w.at, cases[i].size);
        assert_memory_equal(bytes, cases[i].bytes, cases[i].size);
        hst_reader r;
        hst_reader_init(&r, bytes, w.at);
        assert_true(hst_read_varint(&r) == cases[i].value);
        assert_int_equal(hst_reader_finish(&r), HST_OK);
    }
}

static void varints_that_are_not_shortest_or_too_big_are_corrupt(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        uint8_t bytes[11];
    } cases[] = {
        {2, {0x80, 0x00}},
        {3, {0xff, 0x80, 0x00}},
        {10, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}},
        {11, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0x00}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hst_reader r;
        hst_reader_init(&r, cases[i].bytes, cases[i].size);
        assert_true(hst_read_varint(&r) == 0);
        assert_int_equal(hst_reader_status(&r), HST_CORRUPT);
    }
    hst_reader r;
    hst_reader_init(&r, "\xff", 1);
    assert_true(hst_read_varint(&r) == 0);
    assert_int_equal(hst_reader_status(&r), HST_TRUNCATED);
}

static void a_full_writer_stays_full_and_writes_nothing(void **state)
{
    (void)state;
    uint8_t bytes[8] = {0};
    hst_writer w;
    hst_writer_init(&w, bytes, 5);
    hst_write_u32(&w, UINT32_MAX);
    hst_write_u16(&w, UINT16_MAX);
    assert_int_equal(hst_writer_status(&w), HST_FULL);
    hst_write_u8(&w, 1); /* would fit, but the record is already broken */
    assert_int_equal(hst_writer_status(&w), HST_FULL);
    assert_int_equal(w.at, 4);
    assert_int_equal(bytes[4], 0);
    assert_int_equal(bytes[5], 0);
}

static void a_short_reader_stays_truncated_and_yields_zero(void **state)
{
    (void)state;
    const uint8_t bytes[3] = {1, 2, 3};
    uint8_t out[4] = {9, 9, 9, 9};
    hst_reader r;
    hst_reader_init(&r, bytes, sizeof bytes);
    assert_int_equal(hst_read_u32(&r), 0);
    assert_int_equal(hst_reader_status(&r), HST_TRUNCATED);
    assert_int_equal(hst_read_u8(&r), 0);
    hst_read_bytes(&r, out, sizeof out);
    assert_int_equal(out[0] | out[1] | out[2] | out[3], 0);
    assert_null(hst_read_view(&r, 1));
    assert_int_equal(hst_reader_left(&r), 0);
    assert_int_equal(hst_reader_finish(&r), HST_TRUNCATED);
}

static void bytes_left_over_are_corrupt(void **state)
{
    (void)state;
    const uint8_t bytes[3] = {1, 2, 3};
    hst_reader r;
    hst_reader_init(&r, bytes, sizeof bytes);
    assert_int_equal(hst_read_u16(&r), 0x0201);
    assert_int_equal(hst_reader_left(&r), 1);
    assert_int_equal(hst_reader_finish(&r), HST_CORRUPT);
    assert_int_equal(*hst_read_view(&r, 1), 3);
    assert_int_equal(hst_reader_finish(&r), HST_OK);
}

static void an_empty_buffer_may_be_null(void **state)
{
    (void)state;
    hst_reader r;
    hst_writer w;
    hst_reader_init(&r, NULL, 0);
    hst_writer_init(&w, NULL, 0);
    hst_write_bytes(&w, NULL, 0);
    hst_read_bytes(&r, NULL, 0);
    assert_non_null(hst_read_view(&r, 0));
    assert_int_equal(hst_writer_status(&w), HST_OK);
    assert_int_equal(hst_reader_finish(&r), HST_OK);
    expect_assert_fires(hst_reader_init(&r, NULL, 1));
}

/* A field's kind, value and bytes, drawn alike by the writing and the reading side. */
typedef struct field {
    uint64_t kind;
    uint64_t value;
    size_t count;
    uint8_t bytes[16];
} field;

static field draw_field(hst_random *draws)
{
    field f;
    f.kind = hst_random_below(draws, 7);
    f.value = hst_random_u64(draws) >> hst_random_below(draws, 64);
    f.count = hst_random_below(draws, sizeof f.bytes + 1);
    for (size_t i = 0; i < sizeof f.bytes; i++) {
        f.bytes[i] = (uint8_t)hst_random_u64(draws);
    }
    return f;
}

static void write_field(hst_writer *w, const field *f)
{
    switch (f->kind) {
    case 0: hst_write_u8(w, (uint8_t)f->value); break;
    case 1: hst_write_u16(w, (uint16_t)f->value); break;
    case 2: hst_write_u32(w, (uint32_t)f->value); break;
    case 3: hst_write_u64(w, f->value); break;
    case 4: hst_write_i64(w, (int64_t)f->value); break;
    case 5: hst_write_varint(w, f->value); break;
    default: hst_write_bytes(w, f->bytes, f->count);
    }
}

static bool reads_back(hst_reader *r, const field *f)
{
    uint8_t bytes[16];
    switch (f->kind) {
    case 0: return hst_read_u8(r) == (uint8_t)f->value;
    case 1: return hst_read_u16(r) == (uint16_t)f->value;
    case 2: return hst_read_u32(r) == (uint32_t)f->value;
    case 3: return hst_read_u64(r) == f->value;
    case 4: return hst_read_i64(r) == (int64_t)f->value;
    case 5: return hst_read_varint(r) == f->value;
    default: hst_read_bytes(r, bytes, f->count); return memcmp(bytes, f->bytes, f->count) == 0;
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 300; round++) {
        const hst_random start = hst_random_stream(20260701, round, 0, 0);
        uint8_t bytes[1024];
        hst_random draws = start;
        hst_writer w;
        hst_writer_init(&w, bytes, sizeof bytes);
        for (int i = 0; i < 60; i++) {
            const field f = draw_field(&draws);
            write_field(&w, &f);
        }
        assert_int_equal(hst_writer_status(&w), HST_OK);
        draws = start;
        hst_reader r;
        hst_reader_init(&r, bytes, w.at);
        for (int i = 0; i < 60; i++) {
            const field f = draw_field(&draws);
            if (!reads_back(&r, &f)) {
                fail_msg("seed 20260701 round %u field %d kind %u", round, i, (unsigned)f.kind);
            }
        }
        assert_int_equal(hst_reader_finish(&r), HST_OK);
        /* Every proper prefix is noticed. */
        hst_reader_init(&r, bytes, hst_random_below(&draws, w.at));
        for (size_t i = 0; i < w.at; i++) {
            hst_ignore((hst_status)hst_read_u8(&r));
        }
        assert_int_equal(hst_reader_finish(&r), HST_TRUNCATED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(varints_take_the_published_bytes),
        cmocka_unit_test(varints_that_are_not_shortest_or_too_big_are_corrupt),
        cmocka_unit_test(a_full_writer_stays_full_and_writes_nothing),
        cmocka_unit_test(a_short_reader_stays_truncated_and_yields_zero),
        cmocka_unit_test(bytes_left_over_are_corrupt),
        cmocka_unit_test(an_empty_buffer_may_be_null),
        cmocka_unit_test(what_is_written_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
