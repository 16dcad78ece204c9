#include "core/base/random.h"

#include "sim/experiment/schedule.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"

enum { TRIALS = 240, RANKS_MAX = 9 };

static void put(hst_trial_set *set, uint64_t number, double seconds)
{
    const hst_trial trial = {.number = number, .cpu_seconds = seconds};
    assert_int_equal(hst_trial_set_add(set, &trial, NULL, NULL), HST_OK);
}

static hst_trial_set *make_set(test_memory *books)
{
    *books = (test_memory){.fail_at = SIZE_MAX};
    hst_trial_set *set = NULL;
    assert_int_equal(hst_trial_set_create(test_memory_of(books), 0, &set), HST_OK);
    return set;
}

/* How long each cell's trials take, very unlike. */
static double seconds_of(uint64_t number, uint32_t cells)
{
    return 1.0 + 3.0 * (double)(number % cells % 5) * (double)(number % cells % 5);
}

static void every_open_trial_is_dealt_to_exactly_one_rank(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        hst_random random = hst_random_stream(seed, 0, 0, 0);
        test_memory books;
        hst_trial_set *set = make_set(&books);
        hst_schedule_round round = {.cells = 1 + (uint32_t)hst_random_below(&random, 20),
                                    .ranks = 1 + (uint32_t)hst_random_below(&random, RANKS_MAX)};
        round.first = hst_random_below(&random, TRIALS);
        round.end = round.first + hst_random_below(&random, TRIALS - round.first + 1);
        const uint64_t share = hst_random_below(&random, 101);
        uint64_t open = 0;
        for (uint64_t number = 0; number < TRIALS; number++) {
            if (hst_random_below(&random, 100) < share) {
                put(set, number, seconds_of(number, round.cells));
            } else {
                open += number >= round.first && number < round.end;
            }
        }
        bool dealt[TRIALS] = {false};
        uint64_t sum = 0;
        for (round.rank = 0; round.rank < round.ranks; round.rank++) {
            uint64_t owed[TRIALS];
            size_t count = 0;
            assert_int_equal(hst_schedule_deal(test_memory_of(&books), set, &round, owed, &count),
                             HST_OK);
            for (size_t i = 0; i < count; i++) {
                if (owed[i] < round.first || owed[i] >= round.end || dealt[owed[i]] ||
                    hst_trial_set_find(set, owed[i], NULL) != NULL) {
                    fail_msg("seed %llu: trial %llu at rank %u", (unsigned long long)seed,
                             (unsigned long long)owed[i], round.rank);
                }
                dealt[owed[i]] = true;
            }
            sum += count;
        }
        round.rank = 0;
        assert_int_equal(sum, open);
        assert_int_equal(hst_schedule_open(set, &round), open);
        hst_trial_set_destroy(set);
        assert_int_equal(books.held, 0);
    }
}

/* Busiest rank's and all ranks' seconds of a round. */
static void measure(const hst_trial_set *set,
                    test_memory *books,
                    hst_schedule_round round,
                    double *busiest_out,
                    double *all_out)
{
    *busiest_out = 0.0;
    *all_out = 0.0;
    for (round.rank = 0; round.rank < round.ranks; round.rank++) {
        uint64_t owed[TRIALS];
        size_t count = 0;
        assert_int_equal(hst_schedule_deal(test_memory_of(books), set, &round, owed, &count),
                         HST_OK);
        double seconds = 0.0;
        for (size_t i = 0; i < count; i++) {
            seconds += seconds_of(owed[i], round.cells);
        }
        *busiest_out = seconds > *busiest_out ? seconds : *busiest_out;
        *all_out += seconds;
    }
}

static void known_costs_are_shared_evenly(void **state)
{
    (void)state;
    for (uint32_t cells = 1; cells <= 20; cells++) {
        for (uint32_t ranks = 1; ranks <= RANKS_MAX; ranks++) {
            test_memory books;
            hst_trial_set *set = make_set(&books);
            for (uint64_t number = 0; number < cells; number++) {
                put(set, number, seconds_of(number, cells));
            }
            const hst_schedule_round round = {
                .first = cells, .end = TRIALS, .cells = cells, .ranks = ranks};
            double busiest;
            double all;
            measure(set, &books, round, &busiest, &all);
            /* No list of jobs, longest first or not, is off by more than the longest job. */
            assert_true(busiest <= all / ranks + 49.0);
            double estimated = 0.0;
            assert_int_equal(hst_schedule_estimate(test_memory_of(&books), set, &round, &estimated),
                             HST_OK);
            assert_true(estimated > 0.999 * all);
            assert_true(estimated < 1.001 * all);
            hst_trial_set_destroy(set);
        }
    }
}

/* Five cells' costs recur with five ranks: dealt 0 1 2 3 4 0 1 ... one rank would get every trial
 * of the slowest cell, 49/23 of its share. */
static void unknown_costs_that_recur_with_the_ranks_are_shared(void **state)
{
    (void)state;
    test_memory books;
    hst_trial_set *set = make_set(&books);
    const hst_schedule_round round = {.first = 0, .end = 200, .cells = 5, .ranks = 5};
    double busiest;
    double all;
    measure(set, &books, round, &busiest, &all);
    assert_true(busiest <= 1.01 * all / 5);
    double estimated = 1.0;
    assert_int_equal(hst_schedule_estimate(test_memory_of(&books), set, &round, &estimated),
                     HST_OK);
    assert_true(estimated <= 0.0);
    hst_trial_set_destroy(set);
}

static void a_rank_begins_with_its_longest(void **state)
{
    (void)state;
    test_memory books;
    hst_trial_set *set = make_set(&books);
    for (uint64_t number = 0; number < 10; number++) {
        put(set, number, seconds_of(number, 10));
    }
    const hst_schedule_round round = {.first = 0, .end = 100, .cells = 10, .rank = 1, .ranks = 2};
    uint64_t owed[TRIALS];
    size_t count = 0;
    assert_int_equal(hst_schedule_deal(test_memory_of(&books), set, &round, owed, &count), HST_OK);
    for (size_t i = 1; i < count; i++) {
        assert_true(seconds_of(owed[i - 1], 10) >= seconds_of(owed[i], 10));
    }
    hst_trial_set_destroy(set);
}

static void nothing_open_is_nothing_owed(void **state)
{
    (void)state;
    test_memory books;
    hst_trial_set *set = make_set(&books);
    const hst_schedule_round round = {.first = 7, .end = 7, .cells = 3, .ranks = 2};
    size_t count = 1;
    assert_int_equal(hst_schedule_deal(test_memory_of(&books), set, &round, NULL, &count), HST_OK);
    assert_int_equal(count, 0);
    const hst_schedule_round bad = {.first = 7, .end = 6, .cells = 3, .ranks = 2};
    expect_assert_fires((void)hst_schedule_open(set, &bad));
    hst_trial_set_destroy(set);
}

static void every_failed_request_for_memory_is_survived(void **state)
{
    (void)state;
    test_memory books;
    hst_trial_set *set = make_set(&books);
    put(set, 1, 1.0);
    const hst_schedule_round round = {.first = 0, .end = 20, .cells = 4, .ranks = 3};
    hst_status status = HST_NO_MEMORY;
    for (size_t k = 0; status != HST_OK; k++) {
        test_memory mine = {.fail_at = k};
        uint64_t owed[20];
        size_t count = 0;
        status = hst_schedule_deal(test_memory_of(&mine), set, &round, owed, &count);
        assert_true(status == HST_OK || status == HST_NO_MEMORY);
        assert_int_equal(mine.held, 0);
    }
    test_memory none = {.fail_at = 0};
    double seconds = 0.0;
    assert_int_equal(hst_schedule_estimate(test_memory_of(&none), set, &round, &seconds),
                     HST_NO_MEMORY);
    hst_trial_set_destroy(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_open_trial_is_dealt_to_exactly_one_rank),
        cmocka_unit_test(known_costs_are_shared_evenly),
        cmocka_unit_test(unknown_costs_that_recur_with_the_ranks_are_shared),
        cmocka_unit_test(a_rank_begins_with_its_longest),
        cmocka_unit_test(nothing_open_is_nothing_owed),
        cmocka_unit_test(every_failed_request_for_memory_is_survived),
    };
    return cmocka_run_group_tests_name("experiment/schedule", tests, NULL, NULL);
}
