#include "core/base/assert.h"

#include "sim/market/correlation.h"

#include <math.h>
#include <stdbool.h>

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

enum { COMMON_ROWS_MIN = 30, ROUNDS_MAX = 200 };

static double pair_correlation(const double *shocks, size_t rows, size_t count, size_t a, size_t b)
{
    double n = 0.0, sum_a = 0.0, sum_b = 0.0, sum_aa = 0.0, sum_bb = 0.0, sum_ab = 0.0;
    for (size_t t = 0; t < rows; t++) {
        const double x = shocks[t * count + a];
        const double y = shocks[t * count + b];
        if (isnan(x) || isnan(y)) {
            continue;
        }
        n += 1.0;
        sum_a += x;
        sum_b += y;
        sum_aa += x * x;
        sum_bb += y * y;
        sum_ab += x * y;
    }
    if (n < COMMON_ROWS_MIN) {
        return 0.0;
    }
    const double variance_a = sum_aa - sum_a * sum_a / n;
    const double variance_b = sum_bb - sum_b * sum_b / n;
    if (!(variance_a > 0.0) || !(variance_b > 0.0)) {
        return 0.0;
    }
    return (sum_ab - sum_a * sum_b / n) / sqrt(variance_a * variance_b);
}

/* One round: eigenvalues below the floor are lifted to it, the diagonal is scaled to one. Returns
 * whether nothing had to be lifted. */
static bool lift(gsl_matrix *matrix,
                 gsl_matrix *copy,
                 gsl_vector *values,
                 gsl_matrix *vectors,
                 gsl_eigen_symmv_workspace *space)
{
    const size_t n = matrix->size1;
    gsl_matrix_memcpy(copy, matrix);
    if (gsl_eigen_symmv(copy, values, vectors, space) != GSL_SUCCESS) {
        return false;
    }
    /* The floor holds after scaling and rounding too: lift a little higher, accept a little lower.
     */
    if (gsl_vector_min(values) >= HST_CORRELATION_FLOOR) {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < n; k++) {
                const double value = fmax(gsl_vector_get(values, k), 1.5 * HST_CORRELATION_FLOOR);
                sum += value * gsl_matrix_get(vectors, i, k) * gsl_matrix_get(vectors, j, k);
            }
            gsl_matrix_set(copy, i, j, sum);
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const double scale = sqrt(gsl_matrix_get(copy, i, i) * gsl_matrix_get(copy, j, j));
            gsl_matrix_set(matrix, i, j, i == j ? 1.0 : gsl_matrix_get(copy, i, j) / scale);
        }
    }
    return false;
}

static hst_status settle(gsl_matrix *matrix)
{
    const size_t n = matrix->size1;
    gsl_matrix *copy = gsl_matrix_alloc(n, n);
    gsl_matrix *vectors = gsl_matrix_alloc(n, n);
    gsl_vector *values = gsl_vector_alloc(n);
    gsl_eigen_symmv_workspace *space = gsl_eigen_symmv_alloc(n);
    hst_status status = HST_NO_MEMORY;
    if (copy != NULL && vectors != NULL && values != NULL && space != NULL) {
        status = HST_MISMATCH;
        for (int round = 0; round < ROUNDS_MAX && status != HST_OK; round++) {
            status = lift(matrix, copy, values, vectors, space) ? HST_OK : HST_MISMATCH;
        }
        /* The proof that a simulation can factor it. */
        if (status == HST_OK) {
            gsl_matrix_memcpy(copy, matrix);
            status = gsl_linalg_cholesky_decomp1(copy) == GSL_SUCCESS ? HST_OK : HST_MISMATCH;
        }
    }
    gsl_matrix_free(copy);
    gsl_matrix_free(vectors);
    gsl_vector_free(values);
    gsl_eigen_symmv_free(space);
    return status;
}

static hst_status
estimate(const double *shocks, size_t rows, size_t count, double *out, double *moved_out)
{
    gsl_matrix *matrix = gsl_matrix_alloc(count, count);
    if (matrix == NULL) {
        return HST_NO_MEMORY;
    }
    for (size_t a = 0; a < count; a++) {
        for (size_t b = 0; b < count; b++) {
            const double value = a == b ? 1.0 : pair_correlation(shocks, rows, count, a, b);
            gsl_matrix_set(matrix, a, b, value);
            out[a * count + b] = value;
        }
    }
    const hst_status status = settle(matrix);
    double moved = 0.0;
    for (size_t a = 0; a < count && status == HST_OK; a++) {
        for (size_t b = 0; b < count; b++) {
            const double change = gsl_matrix_get(matrix, a, b) - out[a * count + b];
            moved += change * change;
            out[a * count + b] = gsl_matrix_get(matrix, a, b);
        }
    }
    gsl_matrix_free(matrix);
    if (status == HST_OK) {
        *moved_out = sqrt(moved);
    }
    return status;
}

hst_status hst_correlation_estimate(
    const double *shocks, size_t rows, size_t count, double *out, double *moved_out)
{
    hst_assert(count > 0);
    hst_assert(moved_out != NULL);
    gsl_error_handler_t *const handler = gsl_set_error_handler_off();
    const hst_status status = estimate(shocks, rows, count, out, moved_out);
    gsl_set_error_handler(handler);
    return status;
}
