#include "sim/market/garch_sharpen.h"

#include "core/base/assert.h"

#include <math.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>

enum { STEPS_MAX = 20 };

void hst_garch_score(const hst_garch *model,
                     const double *returns,
                     size_t count,
                     double score[HST_GARCH_SCORE_SIZE])
{
    hst_assert(count > 0);
    double start = 0.0;
    double start_by_mu = 0.0;
    for (size_t t = 0; t < count; t++) {
        const double residual = returns[t] - model->mu;
        start += residual * residual / (double)count;
        start_by_mu -= 2.0 * residual / (double)count;
    }
    const double persistence = model->alpha + model->beta;
    double variance = model->omega + persistence * start;
    double by[HST_GARCH_SCORE_SIZE] = {persistence * start_by_mu, 1.0, start, start};
    for (size_t k = 0; k < HST_GARCH_SCORE_SIZE; k++) {
        score[k] = 0.0;
    }
    for (size_t t = 0; t < count; t++) {
        const double residual = returns[t] - model->mu;
        const double square = residual * residual;
        const double pull = (square / variance - 1.0) / (2.0 * variance);
        score[0] += residual / variance;
        for (size_t k = 0; k < HST_GARCH_SCORE_SIZE; k++) {
            score[k] += pull * by[k];
            by[k] *= model->beta;
        }
        by[0] -= 2.0 * model->alpha * residual;
        by[1] += 1.0;
        by[2] += square;
        by[3] += variance;
        variance = hst_garch_next(model, residual, variance);
    }
}

static double *place(hst_garch *model, size_t index)
{
    double *const places[HST_GARCH_SCORE_SIZE] = {&model->mu, &model->omega, &model->alpha,
                                                  &model->beta};
    return places[index];
}

/* Minus the second derivatives, by differences of the score; columns of the parameters searched. */
static void information(
    const hst_garch *model, const double *returns, size_t count, size_t first, gsl_matrix *out)
{
    for (size_t k = first; k < HST_GARCH_SCORE_SIZE; k++) {
        hst_garch above = *model;
        hst_garch below = *model;
        double up[HST_GARCH_SCORE_SIZE];
        double down[HST_GARCH_SCORE_SIZE];
        const double size = k == 0 ? sqrt(hst_garch_variance(model)) : *place(&above, k);
        const double step = 1e-5 * size;
        *place(&above, k) += step;
        *place(&below, k) -= step;
        hst_garch_score(&above, returns, count, up);
        hst_garch_score(&below, returns, count, down);
        for (size_t i = first; i < HST_GARCH_SCORE_SIZE; i++) {
            gsl_matrix_set(out, i - first, k - first, (down[i] - up[i]) / (2.0 * step));
        }
    }
}

static bool valid(const hst_garch *model)
{
    return model->omega > 0.0 && model->alpha > 0.0 && model->beta > 0.0 &&
           model->alpha + model->beta < 1.0 && isfinite(model->mu);
}

/* One step; *moved is its largest part, as a share of the parameter (of the deviation for mu). */
static bool step_once(const double *returns,
                      size_t count,
                      size_t first,
                      gsl_matrix *matrix,
                      gsl_vector *move,
                      hst_garch *model,
                      double *moved)
{
    double score[HST_GARCH_SCORE_SIZE];
    information(model, returns, count, first, matrix);
    hst_garch_score(model, returns, count, score);
    for (size_t i = first; i < HST_GARCH_SCORE_SIZE; i++) {
        gsl_vector_set(move, i - first, score[i]);
    }
    if (gsl_linalg_cholesky_decomp1(matrix) != GSL_SUCCESS ||
        gsl_linalg_cholesky_svx(matrix, move) != GSL_SUCCESS) {
        return false;
    }
    const double deviation = sqrt(hst_garch_variance(model));
    *moved = 0.0;
    for (size_t i = first; i < HST_GARCH_SCORE_SIZE; i++) {
        double *const at = place(model, i);
        const double by = gsl_vector_get(move, i - first);
        *moved = fmax(*moved, fabs(by) / (i == 0 ? deviation : *at));
        *at += by;
    }
    return valid(model) && isfinite(*moved);
}

/* Roots of the diagonal of the information's inverse. */
static bool standard_errors(const double *returns,
                            size_t count,
                            size_t first,
                            gsl_matrix *matrix,
                            const hst_garch *model,
                            hst_garch *errors)
{
    information(model, returns, count, first, matrix);
    if (gsl_linalg_cholesky_decomp1(matrix) != GSL_SUCCESS ||
        gsl_linalg_cholesky_invert(matrix) != GSL_SUCCESS) {
        return false;
    }
    *errors = (hst_garch){.mu = 0.0};
    for (size_t i = first; i < HST_GARCH_SCORE_SIZE; i++) {
        *place(errors, i) = sqrt(gsl_matrix_get(matrix, i - first, i - first));
    }
    return true;
}

bool hst_garch_sharpen(
    const double *returns, size_t count, bool driftless, hst_garch *model, hst_garch *errors)
{
    hst_assert(model != NULL && errors != NULL);
    const size_t first = driftless ? 1 : 0;
    const size_t size = HST_GARCH_SCORE_SIZE - first;
    hst_garch at = *model;
    hst_garch errors_there;
    gsl_matrix *matrix = gsl_matrix_alloc(size, size);
    gsl_vector *move = gsl_vector_alloc(size);
    double moved = 1.0;
    bool good = matrix != NULL && move != NULL && valid(&at);
    for (int i = 0; good && moved > 1e-11 && i < STEPS_MAX; i++) {
        good = step_once(returns, count, first, matrix, move, &at, &moved);
    }
    good =
        good && moved < 1e-8 && standard_errors(returns, count, first, matrix, &at, &errors_there);
    if (matrix != NULL) {
        gsl_matrix_free(matrix);
    }
    if (move != NULL) {
        gsl_vector_free(move);
    }
    if (good) {
        *model = at;
        *errors = errors_there;
    }
    return good;
}
