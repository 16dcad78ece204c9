#include "core/base/random.h"
#include "core/base/table.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"

#define SEED UINT64_C(20260702)

/* A caller's record: the key is not its first field, and the stride is odd on purpose. */
typedef struct __attribute__((packed)) record {
    uint8_t kind;
    hst_key key;
    uint32_t value;
} record;

enum { RECORD_MAX = 4096 };

typedef struct fixture {
    test_memory books;
    hst_arena arena;
    hst_table table;
    record records[RECORD_MAX];
} fixture;

static void start(fixture *f, uint32_t count_max)
{
    memset(f, 0, sizeof *f);
    f->books.fail_at = SIZE_MAX;
    hst_arena_init(&f->arena, test_memory_of(&f->books), 4096);
    assert_int_equal(hst_table_init(&f->table, &f->arena, count_max,
                                    (const unsigned char *)f->records + offsetof(record, key),
                                    sizeof(record), SEED),
                     HST_OK);
}

static void stop(fixture *f)
{
    hst_arena_release(&f->arena);
    assert_int_equal(f->books.held, 0);
}

static hst_key key_of(uint64_t low, uint64_t high)
{
    return (hst_key){.low = low, .high = high};
}

static hst_status enter(fixture *f, hst_key key, uint32_t handle, uint32_t *existing)
{
    const hst_status status = hst_table_insert(&f->table, key, handle, existing);
    if (status == HST_OK) {
        f->records[handle].key = key;
    }
    return status;
}

static void a_key_is_found_after_insertion_only(void **state)
{
    (void)state;
    static fixture f;
    start(&f, 10);
    assert_int_equal(hst_table_find(&f.table, key_of(1, 2)), HST_TABLE_NONE);
    assert_int_equal(enter(&f, key_of(1, 2), 7, NULL), HST_OK);
    assert_int_equal(hst_table_find(&f.table, key_of(1, 2)), 7);
    assert_int_equal(hst_table_find(&f.table, key_of(2, 1)), HST_TABLE_NONE);
    assert_int_equal(hst_table_find(&f.table, key_of(1, 3)), HST_TABLE_NONE);
    stop(&f);
}

static void a_second_insertion_names_the_first(void **state)
{
    (void)state;
    static fixture f;
    start(&f, 10);
    uint32_t existing = 99;
    assert_int_equal(enter(&f, key_of(5, 5), 3, &existing), HST_OK);
    assert_int_equal(existing, 99);
    assert_int_equal(enter(&f, key_of(5, 5), 4, &existing), HST_EXISTS);
    assert_int_equal(existing, 3);
    assert_int_equal(enter(&f, key_of(5, 5), 4, NULL), HST_EXISTS);
    assert_int_equal(hst_table_count(&f.table), 1);
    stop(&f);
}

static void the_planned_count_fits_and_one_more_does_not(void **state)
{
    (void)state;
    static fixture f;
    for (uint32_t count_max = 1; count_max < 40; count_max++) {
        start(&f, count_max);
        assert_true(f.arena.used >= hst_table_bytes(count_max));
        assert_true(hst_table_bytes(count_max) >= (size_t)count_max * 16);
        for (uint32_t i = 0; i < count_max; i++) {
            assert_int_equal(enter(&f, key_of(i, 0), i, NULL), HST_OK);
        }
        assert_int_equal(enter(&f, key_of(count_max, 0), count_max, NULL), HST_FULL);
        assert_int_equal(enter(&f, key_of(0, 0), count_max, NULL), HST_EXISTS);
        stop(&f);
    }
}

/* The slow reference: a list searched from its front. */
static uint32_t reference_find(const fixture *f, const bool *present, hst_key key)
{
    for (uint32_t i = 0; i < RECORD_MAX; i++) {
        if (present[i] && f->records[i].key.low == key.low && f->records[i].key.high == key.high) {
            return i;
        }
    }
    return HST_TABLE_NONE;
}

/* Keys from a small set, so that insertions repeat; narrow sets make long runs of slots. */
static hst_key draw_key(hst_random *draws, uint64_t set)
{
    const uint64_t n = hst_random_below(draws, set);
    return hst_random_below(draws, 2) == 0 ? key_of(n, 0) : key_of(0, n << 40);
}

static void random_steps_agree_with_a_list(void **state)
{
    (void)state;
    static fixture f;
    for (uint32_t round = 0; round < 12; round++) {
        hst_random draws = hst_random_stream(SEED, round, 0, 0);
        const uint64_t set = 4 + hst_random_below(&draws, 120);
        static bool present[RECORD_MAX];
        memset(present, 0, sizeof present);
        start(&f, 8);
        uint32_t next = 0;
        for (int step = 0; step < 1200; step++) {
            const hst_key key = draw_key(&draws, set);
            const uint32_t expected = reference_find(&f, present, key);
            const uint64_t action = hst_random_below(&draws, 8);
            uint32_t got = HST_TABLE_NONE;
            if (action < 4) {
                if (f.table.count == f.table.count_max) {
                    assert_int_equal(hst_table_grow(&f.table, &f.arena, f.table.count_max * 2),
                                     HST_OK);
                }
                const hst_status status = enter(&f, key, next, &got);
                if (status == HST_OK) {
                    present[next++] = true;
                }
            } else if (action < 6) {
                got = hst_table_remove(&f.table, key);
                if (got != HST_TABLE_NONE) {
                    present[got] = false;
                }
            } else {
                got = hst_table_find(&f.table, key);
            }
            if (got != expected) {
                fail_msg("seed %llu round %u step %d: got %u, expected %u",
                         (unsigned long long)SEED, round, step, got, expected);
            }
        }
        stop(&f);
    }
}

static void equal_fingerprints_are_told_apart_by_the_record(void **state)
{
    (void)state;
    static fixture f;
    start(&f, 10);
    /* Pretend a collision: two keys entered under one hash. */
    const hst_key a = key_of(1, 1);
    const uint32_t hash = hst_table_hash(&f.table, a);
    assert_int_equal(hst_table_insert_hashed(&f.table, a, hash, 0, NULL), HST_OK);
    f.records[0].key = key_of(2, 2); /* the record holds another key with that fingerprint */
    assert_int_equal(hst_table_find(&f.table, a), HST_TABLE_NONE);
    assert_int_equal(hst_table_insert_hashed(&f.table, a, hash, 1, NULL), HST_OK);
    f.records[1].key = a;
    assert_int_equal(hst_table_find(&f.table, a), 1);
    stop(&f);
}

static void hashes_of_counting_keys_spread_evenly(void **state)
{
    (void)state;
    hst_table table = {.seed = SEED};
    enum { BUCKETS = 256, KEYS = 65536 };
    for (int half = 0; half < 2; half++) {
        uint32_t counts[BUCKETS] = {0};
        for (uint64_t i = 0; i < KEYS; i++) {
            counts[hst_table_hash(&table, half ? key_of(0, i) : key_of(i, 0)) % BUCKETS]++;
        }
        double chi2 = 0;
        for (int i = 0; i < BUCKETS; i++) {
            const double d = counts[i] - (double)KEYS / BUCKETS;
            chi2 += d * d / ((double)KEYS / BUCKETS);
        }
        assert_true(chi2 < 255 + 6 * 22.6); /* mean + 6 sigma */
    }
}

static void keys_may_move_and_the_table_be_cleared(void **state)
{
    (void)state;
    static fixture f;
    start(&f, 10);
    assert_int_equal(enter(&f, key_of(8, 9), 0, NULL), HST_OK);
    static record moved[1];
    moved[0] = f.records[0];
    memset(f.records, 0, sizeof f.records);
    assert_int_equal(hst_table_find(&f.table, key_of(8, 9)), HST_TABLE_NONE);
    hst_table_set_keys(&f.table, (const unsigned char *)moved + offsetof(record, key),
                       sizeof(record));
    assert_int_equal(hst_table_find(&f.table, key_of(8, 9)), 0);
    hst_table_clear(&f.table);
    assert_int_equal(hst_table_count(&f.table), 0);
    assert_int_equal(hst_table_find(&f.table, key_of(8, 9)), HST_TABLE_NONE);
    stop(&f);
}

static void no_memory_is_reported_and_growing_keeps_the_old_slots(void **state)
{
    (void)state;
    test_memory books = {.fail_at = 0};
    hst_arena arena;
    hst_arena_init(&arena, test_memory_of(&books), 4096);
    hst_table table;
    assert_int_equal(hst_table_init(&table, &arena, 10, &books, sizeof(hst_key), 0), HST_NO_MEMORY);
    static const hst_key keys[1] = {{.low = 4, .high = 4}};
    books.fail_at = 2;
    assert_int_equal(hst_table_init(&table, &arena, 10, keys, sizeof(hst_key), 0), HST_OK);
    assert_int_equal(hst_table_insert(&table, keys[0], 0, NULL), HST_OK);
    assert_int_equal(hst_table_grow(&table, &arena, 1U << 20), HST_NO_MEMORY);
    assert_int_equal(hst_table_find(&table, keys[0]), 0);
    assert_int_equal(hst_table_grow(&table, &arena, 1U << 20), HST_OK);
    assert_int_equal(hst_table_find(&table, keys[0]), 0);
    hst_arena_release(&arena);
    assert_int_equal(books.held, 0);
}

static void misuse_fires_an_assertion(void **state)
{
    (void)state;
    static fixture f;
    start(&f, 10);
    expect_assert_fires(hst_table_bytes(0));
    expect_assert_fires(hst_ignore(hst_table_insert(&f.table, key_of(1, 1), HST_TABLE_NONE, NULL)));
    expect_assert_fires(hst_table_set_keys(&f.table, f.records, 15));
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_found_after_insertion_only),
        cmocka_unit_test(a_second_insertion_names_the_first),
        cmocka_unit_test(the_planned_count_fits_and_one_more_does_not),
        cmocka_unit_test(random_steps_agree_with_a_list),
        cmocka_unit_test(equal_fingerprints_are_told_apart_by_the_record),
        cmocka_unit_test(hashes_of_counting_keys_spread_evenly),
        cmocka_unit_test(keys_may_move_and_the_table_be_cleared),
        cmocka_unit_test(no_memory_is_reported_and_growing_keeps_the_old_slots),
        cmocka_unit_test(misuse_fires_an_assertion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
