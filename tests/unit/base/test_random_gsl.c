#include "core/base/random_gsl.h"

#include "tests/support/expect_assert.h"

#include <math.h>

#include <gsl/gsl_randist.h>

static void an_allocated_generator_can_be_seated_with_a_stream(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(hst_random_gsl_type());
    assert_non_null(rng);
    hst_random stream = hst_random_stream(7, 1, 2, 3);
    hst_random_gsl_seat(rng, stream);
    for (int i = 0; i < 100; i++) {
        const double ours = hst_random_uniform(&stream);
        assert_memory_equal(&ours, &(double){gsl_rng_uniform(rng)}, sizeof ours);
    }
    gsl_rng_free(rng);
}

static void setting_a_seed_seats_the_stream_of_that_seed(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(hst_random_gsl_type());
    gsl_rng_set(rng, 99);
    hst_random stream = hst_random_stream(99, 0, 0, 0);
    assert_int_equal(gsl_rng_get(rng), hst_random_u64(&stream) >> 32);
    gsl_rng_free(rng);
}

static void a_view_advances_the_stream(void **state)
{
    (void)state;
    hst_random stream = hst_random_stream(8, 0, 0, 0);
    gsl_rng rng = hst_random_gsl_view(&stream);
    double sum = 0;
    enum { N = 20000 };
    for (int i = 0; i < N; i++) {
        sum += gsl_ran_gamma(&rng, 2.5, 2.0);
    }
    assert_true(stream.counter >= N);
    assert_true(fabs(sum / N - 5) < 4 * sqrt(10.0 / N));
    uint32_t counts[6] = {0};
    for (int i = 0; i < 6000; i++) {
        counts[gsl_rng_uniform_int(&rng, 6)]++;
    }
    for (int i = 0; i < 6; i++) {
        assert_in_range(counts[i], 850, 1150);
    }
}

static void a_foreign_generator_cannot_be_seated(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    expect_assert_fires(hst_random_gsl_seat(rng, hst_random_stream(1, 0, 0, 0)));
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_allocated_generator_can_be_seated_with_a_stream),
        cmocka_unit_test(setting_a_seed_seats_the_stream_of_that_seed),
        cmocka_unit_test(a_view_advances_the_stream),
        cmocka_unit_test(a_foreign_generator_cannot_be_seated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
