#include "sim/engine/event.h"
#include "sim/engine/event_hash.h"

#include "tests/unit/engine/engine_test.h"

static void a_tie_gives_back_what_went_in(void **state)
{
    (void)state;
    hst_random stream = test_stream(1);
    for (int i = 0; i < 1000; i++) {
        const uint64_t bits = hst_random_u64(&stream);
        const uint8_t priority = (uint8_t)bits;
        const uint32_t source = (uint32_t)(bits >> 8) % HST_EVENT_SOURCE_LIMIT;
        const uint32_t sequence = (uint32_t)(bits >> 32) % HST_EVENT_SEQUENCE_LIMIT;
        const hst_event event = {.tie = hst_event_tie(priority, source, sequence)};
        assert_int_equal(hst_event_priority(&event), priority);
        assert_int_equal(hst_event_source(&event), source);
        assert_int_equal(hst_event_sequence(&event), sequence);
    }
}

static void order_is_time_then_priority_then_source_then_sequence(void **state)
{
    (void)state;
    /* Each event comes before the next by one part of the key while all later parts say no. */
    const hst_event ascending[] = {
        {.time_ns = 0, .tie = hst_event_tie(255, HST_EVENT_SOURCE_LIMIT - 1, 7)},
        {.time_ns = 1, .tie = hst_event_tie(1, HST_EVENT_SOURCE_LIMIT - 1, 7)},
        {.time_ns = 1, .tie = hst_event_tie(2, 4, 7)},
        {.time_ns = 1, .tie = hst_event_tie(2, 5, 6)},
        {.time_ns = 1, .tie = hst_event_tie(2, 5, HST_EVENT_SEQUENCE_LIMIT - 1)},
        {.time_ns = INT64_MAX, .tie = 0},
    };
    const size_t count = sizeof ascending / sizeof ascending[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(hst_event_before(&ascending[i], &ascending[j]), i < j);
        }
    }
}

static void keys_beyond_their_limits_fire_an_assertion(void **state)
{
    (void)state;
    assert_int_equal(hst_event_tie(0, HST_EVENT_SOURCE_LIMIT - 1, HST_EVENT_SEQUENCE_LIMIT - 1),
                     UINT64_C(0x00fffffffffffffe));
    expect_assert_fires((void)hst_event_tie(0, HST_EVENT_SOURCE_LIMIT, 0));
    expect_assert_fires((void)hst_event_tie(0, 0, HST_EVENT_SEQUENCE_LIMIT));
}

static bool same_hash(hst_event_hash a, hst_event_hash b)
{
    return a.low == b.low && a.high == b.high;
}

static void the_hash_sees_every_field_but_the_flags(void **state)
{
    (void)state;
    const hst_event base = {.time_ns = 5, .tie = 6, .target = 7, .kind = 8, .argument = 9};
    hst_event changed[5] = {base, base, base, base, base};
    changed[0].time_ns++;
    changed[1].tie++;
    changed[2].target++;
    changed[3].kind++;
    changed[4].argument++;
    hst_event_hash expected = HST_EVENT_HASH_EMPTY;
    hst_event_hash_add(&expected, &base);
    assert_false(same_hash(expected, HST_EVENT_HASH_EMPTY));
    for (size_t i = 0; i < 5; i++) {
        hst_event_hash hash = HST_EVENT_HASH_EMPTY;
        hst_event_hash_add(&hash, &changed[i]);
        assert_true(hash.low != expected.low);
        assert_true(hash.high != expected.high);
    }
    hst_event timed = base;
    timed.flags = HST_EVENT_TIMER;
    hst_event_hash hash = HST_EVENT_HASH_EMPTY;
    hst_event_hash_add(&hash, &timed);
    assert_true(same_hash(hash, expected));
}

static void the_hash_sees_order_and_number(void **state)
{
    (void)state;
    const hst_event zero = {0};
    const hst_event one = {.time_ns = 1};
    hst_event_hash forth = HST_EVENT_HASH_EMPTY;
    hst_event_hash_add(&forth, &zero);
    hst_event_hash_add(&forth, &one);
    hst_event_hash back = HST_EVENT_HASH_EMPTY;
    hst_event_hash_add(&back, &one);
    hst_event_hash_add(&back, &zero);
    assert_false(same_hash(forth, back));
    hst_event_hash more = forth;
    hst_event_hash_add(&more, &one);
    assert_false(same_hash(forth, more));
}

static void one_flipped_bit_changes_about_half_of_the_hash(void **state)
{
    (void)state;
    hst_random stream = test_stream(2);
    unsigned changed = 0;
    for (unsigned bit = 0; bit < 64; bit++) {
        hst_event event = event_at(INT64_C(1000000007), bit, &stream);
        hst_event_hash a = HST_EVENT_HASH_EMPTY;
        hst_event_hash_add(&a, &event);
        event.argument ^= UINT64_C(1) << bit;
        hst_event_hash b = HST_EVENT_HASH_EMPTY;
        hst_event_hash_add(&b, &event);
        changed += (unsigned)__builtin_popcountll(a.low ^ b.low);
    }
    assert_in_range(changed, 64 * 26, 64 * 38); /* 32 +- 6 on average */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tie_gives_back_what_went_in),
        cmocka_unit_test(order_is_time_then_priority_then_source_then_sequence),
        cmocka_unit_test(keys_beyond_their_limits_fire_an_assertion),
        cmocka_unit_test(the_hash_sees_every_field_but_the_flags),
        cmocka_unit_test(the_hash_sees_order_and_number),
        cmocka_unit_test(one_flipped_bit_changes_about_half_of_the_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
