#include "core/base/random.h"

#include "sim/experiment/trial_set.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"
#include "tests/unit/experiment/trials.h"

enum { NUMBERS = 500 };

static hst_trial_set *make_set(test_memory *books)
{
    *books = (test_memory){.fail_at = SIZE_MAX};
    hst_trial_set *set = NULL;
    assert_int_equal(hst_trial_set_create(test_memory_of(books), TRIALS_VALUES, &set), HST_OK);
    return set;
}

static hst_status put(hst_trial_set *set, uint64_t number)
{
    double values[TRIALS_VALUES];
    const hst_trial trial = trials_make(number, values);
    return hst_trial_set_add(set, &trial, values, NULL);
}

/* Against an array of flags, the obvious set. */
static void any_order_of_adding_gives_an_ordered_set(void **state)
{
    (void)state;
    test_memory books;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        hst_trial_set *set = make_set(&books);
        bool there[NUMBERS] = {false};
        hst_random random = hst_random_stream(seed, 0, 0, 0);
        for (size_t i = 0; i < NUMBERS; i++) {
            const uint64_t number = hst_random_below(&random, NUMBERS);
            there[number] = true;
            assert_int_equal(put(set, number), HST_OK);
        }
        size_t index = 0;
        for (uint64_t number = 0; number < NUMBERS; number++) {
            const double *values = NULL;
            const hst_trial *found = hst_trial_set_find(set, number, &values);
            if ((found != NULL) != there[number]) {
                fail_msg("seed %llu: trial %llu", (unsigned long long)seed,
                         (unsigned long long)number);
            }
            if (there[number]) {
                assert_true(trials_right(found, values));
                assert_ptr_equal(hst_trial_set_item(set, index, NULL), found);
                index++;
            }
        }
        assert_int_equal(hst_trial_set_count(set), index);
        hst_trial_set_destroy(set);
        assert_int_equal(books.held, 0);
    }
}

static void processor_time_may_differ_the_rest_may_not(void **state)
{
    (void)state;
    test_memory books;
    hst_trial_set *set = make_set(&books);
    assert_int_equal(put(set, 5), HST_OK);
    double values[TRIALS_VALUES];
    hst_trial trial = trials_make(5, values);
    trial.cpu_seconds = 99.0;
    assert_int_equal(hst_trial_set_add(set, &trial, values, NULL), HST_OK);
    assert_int_equal(hst_trial_set_count(set), 1);
    hst_error error = {.status = HST_OK};
    trial.digest.bytes[31] ^= 1;
    assert_int_equal(hst_trial_set_add(set, &trial, values, &error), HST_MISMATCH);
    assert_non_null(strstr(error.text, "trial 5 was run twice"));
    trial = trials_make(5, values);
    values[1] = 4.0;
    assert_int_equal(hst_trial_set_add(set, &trial, values, NULL), HST_MISMATCH);
    trial = trials_make(5, values);
    trial.status = HST_CORRUPT;
    assert_int_equal(hst_trial_set_add(set, &trial, values, NULL), HST_MISMATCH);
    assert_int_equal(hst_trial_set_count(set), 1);
    hst_trial_set_destroy(set);
}

static void trials_without_metrics_are_kept_too(void **state)
{
    (void)state;
    test_memory books = {.fail_at = SIZE_MAX};
    hst_trial_set *set = NULL;
    assert_int_equal(hst_trial_set_create(test_memory_of(&books), 0, &set), HST_OK);
    const hst_trial trial = {.number = 3};
    assert_int_equal(hst_trial_set_add(set, &trial, NULL, NULL), HST_OK);
    assert_int_equal(hst_trial_set_add(set, &trial, NULL, NULL), HST_OK);
    assert_int_equal(hst_trial_set_count(set), 1);
    hst_trial_set_destroy(set);
    assert_int_equal(books.held, 0);
}

static void every_failed_request_for_memory_is_survived(void **state)
{
    (void)state;
    bool done = false;
    for (size_t k = 0; !done; k++) {
        test_memory books = {.fail_at = k};
        hst_trial_set *set = NULL;
        hst_status status = hst_trial_set_create(test_memory_of(&books), TRIALS_VALUES, &set);
        for (uint64_t number = 200; number > 0 && status == HST_OK; number--) {
            status = put(set, number);
        }
        for (size_t i = 0; set != NULL && i < hst_trial_set_count(set); i++) {
            const double *values = NULL;
            const hst_trial *trial = hst_trial_set_item(set, i, &values);
            assert_true(trials_right(trial, values));
        }
        hst_trial_set_destroy(set);
        assert_int_equal(books.held, 0);
        done = status == HST_OK;
        assert_true(done || status == HST_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_of_adding_gives_an_ordered_set),
        cmocka_unit_test(processor_time_may_differ_the_rest_may_not),
        cmocka_unit_test(trials_without_metrics_are_kept_too),
        cmocka_unit_test(every_failed_request_for_memory_is_survived),
    };
    return cmocka_run_group_tests_name("experiment/trial_set", tests, NULL, NULL);
}
