#include "core/base/random.h"

#include "sim/base/purpose.h"
#include "sim/market/correlation.h"

#include "tests/unit/market/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { N = 4, ROWS = 20000 };

static const double true_matrix[N * N] = {1.0, 0.9, 0.3, 0.0,  0.9, 1.0, 0.2,  0.1,
                                          0.3, 0.2, 1.0, -0.5, 0.0, 0.1, -0.5, 1.0};

static void factor_times_its_transpose_is_the_matrix(void **state)
{
    (void)state;
    double factor[N * N];
    assert_int_equal(hst_correlation_factor(true_matrix, N, factor), HST_OK);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < N; k++) {
                sum += factor[i * N + k] * factor[j * N + k];
            }
            assert_true(fabs(sum - true_matrix[i * N + j]) < 1e-14);
            assert_true(j <= i || !(fabs(factor[i * N + j]) > 0.0));
        }
    }
}

static void indefinite_matrix_has_no_factor(void **state)
{
    (void)state;
    const double matrix[9] = {1.0, 0.9, -0.9, 0.9, 1.0, 0.9, -0.9, 0.9, 1.0};
    double factor[9];
    assert_int_equal(hst_correlation_factor(matrix, 3, factor), HST_INVALID);
}

/* Sample correlation of mixed normals, Frobenius distance to `matrix`. */
static double distance_of_mix(const double *matrix, size_t n, uint64_t seed, int steps)
{
    enum { MOST = 32 };
    static double factor[MOST * MOST], packed[(MOST + 8) * MOST], cross[MOST * MOST];
    double z[MOST], y[MOST];
    hst_random stream = hst_random_stream(seed, 0, 0, HST_PURPOSE_TEST);
    assert_int_equal(hst_correlation_factor(matrix, n, factor), HST_OK);
    hst_correlation_pack(factor, n, packed);
    for (size_t i = 0; i < n * n; i++) {
        cross[i] = 0.0;
    }
    for (int t = 0; t < steps; t++) {
        for (size_t i = 0; i < n; i++) {
            z[i] = hst_random_normal(&stream);
        }
        hst_correlation_mix(packed, n, z, y);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j <= i; j++) {
                cross[i * n + j] += y[i] * y[j];
            }
        }
    }
    double squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            const double found =
                cross[i * n + j] / sqrt(cross[i * n + i] * cross[j * n + j]) - matrix[i * n + j];
            squares += 2.0 * found * found;
        }
    }
    return sqrt(squares);
}

static void mixed_normals_have_the_correlation_of_the_matrix(void **state)
{
    (void)state;
    enum { STEPS = 100000 };
    for (uint64_t seed = 1; seed <= 5; seed++) {
        const double distance = distance_of_mix(true_matrix, N, seed, STEPS);
        print_message("Frobenius distance %.4f\n", distance);
        assert_true(distance < 0.02);
    }
    /* 32 currencies that all have a correlation of 0.4: each cell errs by (1 - r^2) / sqrt(T), so
     * the distance of a correct mix is near sqrt(32 * 31) times that. */
    static double many[32 * 32];
    for (size_t i = 0; i < (size_t)32 * 32; i++) {
        many[i] = i % 33 == 0 ? 1.0 : 0.4;
    }
    const double expected = sqrt(32.0 * 31.0) * (1.0 - 0.16) / sqrt((double)STEPS);
    const double distance = distance_of_mix(many, 32, 6, STEPS);
    print_message("of 32 currencies %.4f, expected near %.4f\n", distance, expected);
    assert_true(distance < 1.4 * expected);
}

/* The product row by row, as in the textbook, to the last bit. */
static void mixing_by_blocks_gives_the_bits_of_the_rows(void **state)
{
    (void)state;
    enum { MOST = 37 };
    static double factor[MOST * MOST], packed[(MOST + 8) * MOST];
    double z[MOST], y[MOST];
    hst_random stream = hst_random_stream(8, 0, 0, HST_PURPOSE_TEST);
    for (size_t n = 0; n <= MOST; n++) {
        for (size_t i = 0; i < n; i++) {
            z[i] = hst_random_normal(&stream);
            for (size_t j = 0; j < n; j++) {
                factor[i * n + j] = j <= i ? hst_random_normal(&stream) : 0.0;
            }
        }
        hst_correlation_pack(factor, n, packed);
        hst_correlation_mix(packed, n, z, y);
        for (size_t i = 0; i < n; i++) {
            double sum = 0.0;
            for (size_t j = 0; j <= i; j++) {
                sum += factor[i * n + j] * z[j];
            }
            assert_memory_equal(&sum, &y[i], sizeof sum);
        }
    }
}

/* Correlated normals with gaps: each cell is missing with a probability of one in five. */
static void draw(double *shocks)
{
    hst_random stream = hst_random_stream(5, 0, 0, HST_PURPOSE_TEST);
    double factor[N * N];
    assert_int_equal(hst_correlation_factor(true_matrix, N, factor), HST_OK);
    for (size_t t = 0; t < ROWS; t++) {
        double z[N];
        for (size_t i = 0; i < N; i++) {
            z[i] = hst_random_normal(&stream);
        }
        for (size_t i = 0; i < N; i++) {
            double sum = 0.0;
            for (size_t k = 0; k <= i; k++) {
                sum += factor[i * N + k] * z[k];
            }
            shocks[t * N + i] = hst_random_uniform(&stream) < 0.2 ? (double)NAN : sum;
        }
    }
}

static void estimate_finds_the_correlations_in_spite_of_gaps(void **state)
{
    (void)state;
    static double shocks[(size_t)ROWS * N];
    double estimate[N * N];
    double moved = -1.0, distance = 0.0;
    draw(shocks);
    assert_int_equal(hst_correlation_estimate(shocks, ROWS, N, estimate, &moved), HST_OK);
    for (size_t i = 0; i < (size_t)N * N; i++) {
        distance += (estimate[i] - true_matrix[i]) * (estimate[i] - true_matrix[i]);
    }
    print_message("Frobenius distance to the truth %.4f\n", sqrt(distance));
    assert_true(sqrt(distance) < 0.05);
    assert_true(fabs(moved) < 1e-12);
}

static void estimate_that_is_not_definite_is_moved_until_it_is(void **state)
{
    (void)state;
    /* Pairs seen on different days contradict each other: a~b, b~c, and a~-c. */
    enum { DAYS = 300 };
    static double shocks[(size_t)DAYS * 3];
    hst_random stream = hst_random_stream(6, 0, 0, HST_PURPOSE_TEST);
    for (size_t t = 0; t < DAYS; t++) {
        const double z = hst_random_normal(&stream);
        double *row = &shocks[t * 3];
        row[0] = t % 3 == 1 ? (double)NAN : z;
        row[1] = t % 3 == 2 ? (double)NAN : z;
        row[2] = t % 3 == 0 ? (double)NAN : (t % 3 == 2 ? -z : z);
    }
    double estimate[9], factor[9];
    double moved = 0.0;
    assert_int_equal(hst_correlation_estimate(shocks, DAYS, 3, estimate, &moved), HST_OK);
    assert_true(moved > 0.5);
    assert_int_equal(hst_correlation_factor(estimate, 3, factor), HST_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_true(fabs(estimate[i * 3 + i] - 1.0) < 1e-15);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factor_times_its_transpose_is_the_matrix),
        cmocka_unit_test(indefinite_matrix_has_no_factor),
        cmocka_unit_test(mixed_normals_have_the_correlation_of_the_matrix),
        cmocka_unit_test(mixing_by_blocks_gives_the_bits_of_the_rows),
        cmocka_unit_test(estimate_finds_the_correlations_in_spite_of_gaps),
        cmocka_unit_test(estimate_that_is_not_definite_is_moved_until_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
