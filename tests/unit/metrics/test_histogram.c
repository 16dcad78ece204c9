#include "sim/metrics/histogram.h"

#include "tests/unit/metrics/metrics_test.h"

static void every_bin_holds_its_own_ends_and_touches_the_next(void **state)
{
    (void)state;
    assert_int_equal(hst_histogram_bin_lower(0), 0);
    for (uint32_t b = 0; b < HST_HISTOGRAM_BIN_COUNT; b++) {
        const int64_t lower = hst_histogram_bin_lower(b);
        const int64_t upper = hst_histogram_bin_upper(b);
        assert_true(lower <= upper);
        assert_int_equal(hst_histogram_bin(lower), b);
        assert_int_equal(hst_histogram_bin(upper), b);
        if (b + 1 < HST_HISTOGRAM_BIN_COUNT) {
            assert_int_equal(hst_histogram_bin_lower(b + 1), upper + 1);
        }
    }
    assert_int_equal(hst_histogram_bin(INT64_MAX), HST_HISTOGRAM_BIN_COUNT - 1);
}

static void a_bin_is_narrower_than_a_128th_of_its_values(void **state)
{
    (void)state;
    for (uint32_t b = 1; b < HST_HISTOGRAM_BIN_COUNT; b++) {
        const int64_t lower = hst_histogram_bin_lower(b);
        const int64_t width = hst_histogram_bin_upper(b) - lower; /* distance within the bin */
        assert_true(width < (lower + 127) / 128);
    }
}

static int compare_values(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

enum { VALUES = 4000 };

/* Values over the whole range: a random number of random bits. */
static void draw_values(uint64_t seed, int64_t *values, size_t count)
{
    hst_random random = hst_random_stream(seed, 0, 0, 0);
    for (size_t i = 0; i < count; i++) {
        const uint64_t bits = hst_random_below(&random, 63) + 1;
        values[i] = (int64_t)(hst_random_u64(&random) >> (64 - bits));
    }
}

static void percentiles_agree_with_sorting_within_the_stated_error(void **state)
{
    (void)state;
    hst_histogram first;
    static int64_t values[VALUES];
    static const uint32_t shares[] = {0,      1,      1000,   250000, 500000,
                                      750000, 900000, 990000, 999000, 1000000};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const size_t count = seed * 197 % VALUES + 1;
        draw_values(seed, values, count);
        hst_histogram_clear(&first);
        for (size_t i = 0; i < count; i++) {
            hst_histogram_record(&first, values[i]);
        }
        qsort(values, count, sizeof values[0], compare_values);
        for (size_t s = 0; s < sizeof shares / sizeof shares[0]; s++) {
            const size_t rank = ((uint64_t)shares[s] * count + 999999) / 1000000;
            const int64_t exact = values[rank > 0 ? rank - 1 : 0];
            const int64_t found = hst_histogram_percentile(&first, shares[s]);
            if (found < exact || found - exact > exact / 128) {
                fail_msg("seed %llu, share %u ppm: exact %lld, found %lld",
                         (unsigned long long)seed, shares[s], (long long)exact, (long long)found);
            }
        }
        assert_int_equal(hst_histogram_percentile(&first, 0), values[0]);
        assert_int_equal(hst_histogram_percentile(&first, 1000000), values[count - 1]);
    }
}

static void merging_equals_recording_everything_in_one(void **state)
{
    (void)state;
    hst_histogram first;
    hst_histogram second;
    hst_histogram third;
    static int64_t values[VALUES];
    for (uint64_t seed = 100; seed < 110; seed++) {
        draw_values(seed, values, VALUES);
        hst_histogram_clear(&first);
        hst_histogram_clear(&second);
        hst_histogram_clear(&third);
        for (size_t i = 0; i < VALUES; i++) {
            const int64_t value = i % 17 == 0 ? -values[i] : values[i];
            hst_histogram_record(i % 3 == 0 ? &first : &second, value);
            hst_histogram_record(&third, value);
        }
        hst_histogram_merge(&first, &second);
        assert_memory_equal(&first, &third, sizeof first);
    }
    hst_histogram_clear(&second);
    hst_histogram_merge(&first, &second);
    assert_memory_equal(&first, &third, sizeof first);
    hst_histogram_merge(&second, &first);
    assert_memory_equal(&second, &third, sizeof first);
}

static void record_many_equals_recording_as_often(void **state)
{
    (void)state;
    hst_histogram first;
    hst_histogram second;
    static const int64_t values[] = {0, 1, 255, 256, 1000000007, INT64_MAX, -5};
    hst_histogram_clear(&first);
    hst_histogram_clear(&second);
    for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
        hst_histogram_record_many(&first, values[v], v * 3);
        for (size_t i = 0; i < v * 3; i++) {
            hst_histogram_record(&second, values[v]);
        }
    }
    assert_memory_equal(&first, &second, sizeof first);
    assert_int_equal(first.clamped, 18);
}

static void the_mean_is_of_the_values_not_of_the_bins(void **state)
{
    (void)state;
    hst_histogram first;
    hst_histogram_clear(&first);
    assert_true(same_real(hst_histogram_mean(&first), 0.0));
    hst_histogram_record(&first, 1000001);
    hst_histogram_record(&first, 1000004);
    assert_true(same_real(hst_histogram_mean(&first), 1000002.5));
    hst_histogram_clear(&first);
    hst_histogram_record_many(&first, INT64_MAX, 1000); /* the sum needs more than 64 bits */
    assert_true(same_real(hst_histogram_mean(&first), (double)INT64_MAX));
}

static void count_at_most_counts_whole_bins(void **state)
{
    (void)state;
    hst_histogram first;
    hst_histogram_clear(&first);
    for (int64_t v = 0; v < 256; v++) {
        hst_histogram_record(&first, v);
    }
    assert_int_equal(hst_histogram_count_at_most(&first, -1), 0);
    assert_int_equal(hst_histogram_count_at_most(&first, 0), 1);
    assert_int_equal(hst_histogram_count_at_most(&first, 99), 100);
    assert_int_equal(hst_histogram_count_at_most(&first, INT64_MAX), 256);
}

static void an_empty_histogram_answers_zero(void **state)
{
    (void)state;
    hst_histogram first;
    hst_histogram_clear(&first);
    assert_int_equal(hst_histogram_percentile(&first, 500000), 0);
    assert_int_equal(hst_histogram_percentile(&first, 1000000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bin_holds_its_own_ends_and_touches_the_next),
        cmocka_unit_test(a_bin_is_narrower_than_a_128th_of_its_values),
        cmocka_unit_test(percentiles_agree_with_sorting_within_the_stated_error),
        cmocka_unit_test(merging_equals_recording_everything_in_one),
        cmocka_unit_test(record_many_equals_recording_as_often),
        cmocka_unit_test(the_mean_is_of_the_values_not_of_the_bins),
        cmocka_unit_test(count_at_most_counts_whole_bins),
        cmocka_unit_test(an_empty_histogram_answers_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
