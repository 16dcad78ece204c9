#include "sim/experiment/trial.h"

#include "tests/support/expect_assert.h"
#include "tests/unit/experiment/trials.h"

#include <math.h>

enum { VALUES = 3, SIZE = 8 + 4 + 4 + 8 + 32 + 256 + 8 * VALUES };

/* Where fields begin (the table in trial.h). */
enum { STATUS_AT = 8, ZERO_AT = 12, SECONDS_AT = 16, REASON_AT = 56, VALUES_AT = 312 };

static hst_trial failed_trial(void)
{
    hst_trial trial = {.number = UINT64_MAX - 1, .status = HST_SCENARIO, .cpu_seconds = 1.5};
    memcpy(trial.reason, "x.yaml:1:1: no", sizeof "x.yaml:1:1: no");
    return trial;
}

static void a_record_comes_back_as_it_was(void **state)
{
    (void)state;
    const double values[VALUES] = {0.1, -0.0, (double)INFINITY};
    const hst_trial trial = failed_trial();
    unsigned char bytes[SIZE];
    assert_int_equal(hst_trial_size(VALUES), SIZE);
    hst_trial_encode(&trial, values, VALUES, bytes);
    hst_trial read;
    double read_values[VALUES];
    assert_int_equal(hst_trial_decode(bytes, VALUES, &read, read_values), HST_OK);
    assert_true(read.number == trial.number);
    assert_int_equal(read.status, HST_SCENARIO);
    assert_memory_equal(&read.cpu_seconds, &trial.cpu_seconds, sizeof trial.cpu_seconds);
    assert_true(hst_hash_is_zero(&read.digest));
    assert_string_equal(read.reason, trial.reason);
    assert_memory_equal(read_values, values, sizeof values);
}

static void a_nan_stays_the_nan_it_is(void **state)
{
    (void)state;
    const uint64_t bits = UINT64_C(0x7ff8000000abcdef);
    double value;
    memcpy(&value, &bits, sizeof value);
    const hst_trial trial = {.number = 1};
    unsigned char bytes[SIZE];
    hst_trial_encode(&trial, &value, 1, bytes);
    hst_trial read;
    double read_value;
    assert_int_equal(hst_trial_decode(bytes, 1, &read, &read_value), HST_OK);
    assert_memory_equal(&read_value, &bits, sizeof bits);
}

static void numbers_are_little_endian_at_fixed_places(void **state)
{
    (void)state;
    const double values[VALUES] = {1.0, 0.0, 0.0};
    hst_trial trial = {.number = 0x0102};
    unsigned char bytes[SIZE];
    hst_trial_encode(&trial, values, VALUES, bytes);
    assert_int_equal(bytes[0], 2);
    assert_int_equal(bytes[1], 1);
    assert_int_equal(bytes[VALUES_AT + 7], 0x3f);
    assert_int_equal(bytes[VALUES_AT + 6], 0xf0);
}

static void a_reason_is_one_line(void **state)
{
    (void)state;
    hst_trial trial = {.status = HST_CORRUPT};
    memcpy(trial.reason, "a\nb\tc", sizeof "a\nb\tc");
    unsigned char bytes[SIZE];
    hst_trial_encode(&trial, NULL, 0, bytes);
    hst_trial read;
    assert_int_equal(hst_trial_decode(bytes, 0, &read, NULL), HST_OK);
    assert_string_equal(read.reason, "a b c");
}

/* One byte of a good record changed to something that encode cannot have written. */
static void what_encode_cannot_have_written_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        unsigned char byte;
    } cases[] = {
        {STATUS_AT, 13},        /* interrupted is not an end */
        {STATUS_AT, 200},       /* no such status */
        {STATUS_AT + 2, 1},     /* nor this one */
        {ZERO_AT, 1},           /* not zero */
        {SECONDS_AT + 7, 0xbf}, /* a negative time */
        {REASON_AT + 3, '\n'},  /* two lines */
        {REASON_AT + 200, 'x'}, /* text behind its end */
        {STATUS_AT, 0},         /* fine, with a reason */
    };
    const double values[VALUES] = {0.0, 0.0, 0.0};
    const hst_trial trial = failed_trial();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char bytes[SIZE];
        hst_trial_encode(&trial, values, VALUES, bytes);
        bytes[cases[i].at] = cases[i].byte;
        hst_trial read = {.number = 77};
        double read_values[VALUES];
        assert_int_equal(hst_trial_decode(bytes, VALUES, &read, read_values), HST_CORRUPT);
        assert_int_equal(read.number, 77);
    }
    unsigned char bytes[SIZE];
    hst_trial_encode(&trial, values, VALUES, bytes);
    memset(bytes + SECONDS_AT, 0xff, 8); /* a time that is no number */
    hst_trial read;
    double read_values[VALUES];
    assert_int_equal(hst_trial_decode(bytes, VALUES, &read, read_values), HST_CORRUPT);
    hst_trial_encode(&trial, values, VALUES, bytes);
    memset(bytes + REASON_AT, 'x', HST_TRIAL_REASON_SIZE); /* text without an end */
    assert_int_equal(hst_trial_decode(bytes, VALUES, &read, read_values), HST_CORRUPT);
}

static void what_is_no_end_is_not_encoded(void **state)
{
    (void)state;
    unsigned char bytes[SIZE];
    const hst_trial interrupted = {.status = HST_INTERRUPTED};
    expect_assert_fires(hst_trial_encode(&interrupted, NULL, 0, bytes));
    const hst_trial timeless = {.cpu_seconds = (double)NAN};
    expect_assert_fires(hst_trial_encode(&timeless, NULL, 0, bytes));
    hst_trial contradictory = {.status = HST_OK};
    contradictory.reason[0] = 'x';
    expect_assert_fires(hst_trial_encode(&contradictory, NULL, 0, bytes));
    expect_assert_fires((void)hst_trial_size(HST_TRIAL_VALUES_MAX + 1));
}

static void only_failures_of_the_host_may_repeat(void **state)
{
    (void)state;
    assert_true(hst_trial_may_repeat(HST_NO_MEMORY));
    assert_true(hst_trial_may_repeat(HST_IO));
    assert_false(hst_trial_may_repeat(HST_OK));
    assert_false(hst_trial_may_repeat(HST_CORRUPT));
    assert_false(hst_trial_may_repeat(HST_SCENARIO));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_comes_back_as_it_was),
        cmocka_unit_test(a_nan_stays_the_nan_it_is),
        cmocka_unit_test(numbers_are_little_endian_at_fixed_places),
        cmocka_unit_test(a_reason_is_one_line),
        cmocka_unit_test(what_encode_cannot_have_written_is_refused),
        cmocka_unit_test(what_is_no_end_is_not_encoded),
        cmocka_unit_test(only_failures_of_the_host_may_repeat),
    };
    return cmocka_run_group_tests_name("experiment/trial", tests, NULL, NULL);
}
