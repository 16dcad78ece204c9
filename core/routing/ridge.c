#include "core/routing/ridge.h"

#include "core/base/assert.h"

#include <string.h>

enum { N = HST_RIDGE_SIZE };

void hst_ridge_init(hst_ridge *ridge)
{
    hst_assert(ridge != NULL);
    memset(ridge, 0, sizeof *ridge);
    for (unsigned i = 0; i < N; i++) {
        ridge->inverse[i][i] = 1;
    }
}

static double dot(const double a[N], const double b[N])
{
    double sum = 0;
    for (unsigned i = 0; i < N; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/** out = A^-1 x */
static void spread(const hst_ridge *ridge, const double x[N], double out[N])
{
    for (unsigned i = 0; i < N; i++) {
        out[i] = dot(ridge->inverse[i], x);
    }
}

double hst_ridge_predict(const hst_ridge *ridge, const double x[N])
{
    hst_assert(ridge != NULL);
    return dot(ridge->weights, x);
}

double hst_ridge_width(const hst_ridge *ridge, const double x[N])
{
    hst_assert(ridge != NULL);
    double ax[N];
    spread(ridge, x, ax);
    const double square = dot(ax, x);
    return square > 0 ? __builtin_sqrt(square) : 0; /* rounding may leave it below */
}

void hst_ridge_learn(hst_ridge *ridge, const double x[N], double y)
{
    hst_assert(ridge != NULL);
    double ax[N];
    spread(ridge, x, ax);
    const double scale = 1 / (1 + dot(ax, x));
    const double error = (y - dot(ridge->weights, x)) * scale;
    for (unsigned i = 0; i < N; i++) {
        ridge->weights[i] += ax[i] * error;
        for (unsigned j = 0; j <= i; j++) {
            ridge->inverse[i][j] -= ax[i] * ax[j] * scale;
            ridge->inverse[j][i] = ridge->inverse[i][j];
        }
    }
}

void hst_ridge_write(const hst_ridge *ridge, hst_writer *writer)
{
    hst_assert(ridge != NULL && writer != NULL);
    for (unsigned i = 0; i < N; i++) {
        hst_write_f64(writer, ridge->weights[i]);
        for (unsigned j = 0; j <= i; j++) {
            hst_write_f64(writer, ridge->inverse[i][j]);
        }
    }
}

hst_status hst_ridge_read(hst_ridge *ridge, hst_reader *reader)
{
    hst_assert(ridge != NULL && reader != NULL);
    bool good = true;
    for (unsigned i = 0; i < N; i++) {
        ridge->weights[i] = hst_read_f64(reader);
        good = good && ridge->weights[i] > -1e30 && ridge->weights[i] < 1e30;
        for (unsigned j = 0; j <= i; j++) {
            const double value = hst_read_f64(reader);
            ridge->inverse[i][j] = value;
            ridge->inverse[j][i] = value;
            good = good && value > -1.01 && value < 1.01; /* A is at least I */
        }
    }
    HST_TRY(hst_reader_status(reader));
    return good ? HST_OK : HST_CORRUPT;
}
