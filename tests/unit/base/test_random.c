#include "core/base/random.h"

#include "tests/support/expect_assert.h"

#include <string.h>

/* Known answers published with Random123 (Salmon et al. 2011), philox4x32 with ten rounds. */
static void philox_gives_the_published_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t out[4];
        hst_philox4x32_10(cases[i].counter, cases[i].key, out);
        assert_memory_equal(out, cases[i].out, sizeof out);
    }
}

static void the_draw_is_splitmix64_on_the_key(void **state)
{
    (void)state;
    /* First outputs of splitmix64 seeded with 1234567 (Vigna's reference implementation). */
    static const uint64_t expected[] = {UINT64_C(6457827717110365317),
                                        UINT64_C(3203168211198807973),
                                        UINT64_C(9817491932198370423)};
    hst_random stream = {.key = 1234567, .counter = 0};
    for (size_t i = 0; i < 3; i++) {
        assert_true(hst_random_u64(&stream) == expected[i]);
    }
    assert_int_equal(stream.counter, 3);
}

static void each_part_of_a_stream_name_matters(void **state)
{
    (void)state;
    const hst_random streams[] = {
        hst_random_stream(1, 2, 3, 4),
        hst_random_stream(2, 2, 3, 4),
        hst_random_stream(UINT64_C(1) << 32 | 1, 2, 3, 4),
        hst_random_stream(1, 3, 3, 4),
        hst_random_stream(1, 2, 4, 4),
        hst_random_stream(1, 2, UINT64_C(3) << 32, 4),
        hst_random_stream(1, 2, 3, 5),
        hst_random_stream(1, 4, 3, 2),
    };
    const size_t count = sizeof streams / sizeof streams[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            assert_true(streams[i].key != streams[j].key);
        }
    }
    assert_true(hst_random_stream(1, 2, 3, 4).key == streams[0].key);
}

static void a_copy_looks_ahead_without_drawing(void **state)
{
    (void)state;
    hst_random stream = hst_random_stream(9, 0, 0, 0);
    hst_random ahead = stream;
    const uint64_t next = hst_random_u64(&ahead);
    assert_int_equal(stream.counter, 0);
    assert_true(hst_random_u64(&stream) == next);
}

static void uniform_stays_below_one(void **state)
{
    (void)state;
    assert_true((double)(UINT64_MAX >> 11) * 0x1p-53 < 1.0);
    hst_random stream = hst_random_stream(10, 0, 0, 0);
    for (int i = 0; i < 10000; i++) {
        const double u = hst_random_uniform(&stream);
        assert_true(u >= 0 && u < 1);
    }
}

static void below_stays_below_for_any_bound(void **state)
{
    (void)state;
    hst_random stream = hst_random_stream(11, 0, 0, 0);
    for (int i = 0; i < 20000; i++) {
        const uint64_t bound = (hst_random_u64(&stream) >> hst_random_below(&stream, 64)) | 1;
        assert_true(hst_random_below(&stream, bound) < bound);
    }
    assert_true(hst_random_below(&stream, 1) == 0);
    assert_true(hst_random_below(&stream, UINT64_MAX) < UINT64_MAX);
    expect_assert_fires(hst_random_below(&stream, 0));
}

static void below_has_no_modulo_bias(void **state)
{
    (void)state;
    /* With bound 3 * 2^62 a plain multiply-shift hits a third of the values twice as often. */
    const uint64_t bound = UINT64_C(3) << 62;
    hst_random stream = hst_random_stream(12, 0, 0, 0);
    uint32_t thirds[3] = {0};
    enum { DRAWS = 60000 };
    for (int i = 0; i < DRAWS; i++) {
        thirds[hst_random_below(&stream, bound) % 3]++;
    }
    for (int i = 0; i < 3; i++) {
        assert_in_range(thirds[i], DRAWS / 3 - 700, DRAWS / 3 + 700); /* 6 sigma */
    }
}

static void student_without_variance_is_a_programmer_error(void **state)
{
    (void)state;
    hst_random stream = hst_random_stream(13, 0, 0, 0);
    expect_assert_fires(hst_random_student_unit(&stream, 2.0));
    expect_assert_fires(hst_random_lognormal(&stream, 0, -1));
}

/* Pinned: the samplers' values are part of every seed's meaning. */
static void draws_are_equal_everywhere(void **state)
{
    (void)state;
    hst_random stream = hst_random_stream(14, 1, 2, 3);
    uint64_t hash = 0;
    for (int i = 0; i < 50000; i++) {
        const double values[4] = {
            hst_random_exponential(&stream),
            hst_random_normal(&stream),
            hst_random_student_unit(&stream, 4.5),
            hst_random_lognormal(&stream, 1, 2),
        };
        for (int j = 0; j < 4; j++) {
            uint64_t bits = 0;
            memcpy(&bits, &values[j], sizeof bits);
            hash = (hash ^ bits) * UINT64_C(0x100000001b3);
        }
        hash = (hash ^ hst_random_below(&stream, 1000003)) * UINT64_C(0x100000001b3);
    }
    print_message("hash of draws: 0x%016llx\n", (unsigned long long)hash);
    assert_true(hash == UINT64_C(0x622ee85b19456755));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(the_draw_is_splitmix64_on_the_key),
        cmocka_unit_test(each_part_of_a_stream_name_matters),
        cmocka_unit_test(a_copy_looks_ahead_without_drawing),
        cmocka_unit_test(uniform_stays_below_one),
        cmocka_unit_test(below_stays_below_for_any_bound),
        cmocka_unit_test(below_has_no_modulo_bias),
        cmocka_unit_test(student_without_variance_is_a_programmer_error),
        cmocka_unit_test(draws_are_equal_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
