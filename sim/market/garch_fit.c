#include "core/base/assert.h"

#include "sim/market/garch.h"
#include "sim/market/garch_sharpen.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_multimin.h>
#include <gsl/gsl_sf_gamma.h>

/* The simplex moves in coordinates without bounds: mu, log omega, log-odds of the persistence
 * alpha + beta, log-odds of alpha's share of it, and log(nu - 2). */
enum { PARAMETERS = 5, RESTARTS = 12, STEPS_MAX = 4000 };

/* Likelihood of what lies outside the parameters' ranges, for a minimiser that wants numbers. */
static const double forbidden = 1e12;
static const double nu_min = 2.02, nu_max = 500.0;

/* A rate that stands still for days drives omega to 0 and the persistence to 1; a simulation needs
 * a variance that returns to somewhere. Omega's bound is a share of the sample's variance. */
static const double persistence_max = 0.9995, omega_min = 1e-5;

typedef struct problem {
    const double *returns;
    size_t count;
    double variance; /* of the sample */
    bool normal;
    bool driftless; /* mu is 0 and no coordinate */
} problem;

/* The first parameter that is searched for. */
static size_t first_of(const problem *p)
{
    return p->driftless ? 1 : 0;
}

static size_t coordinate_count(const problem *p)
{
    return (p->normal ? PARAMETERS - 1 : PARAMETERS) - first_of(p);
}

static bool in_range(const hst_garch *model)
{
    return model->omega > 0.0 && model->alpha >= 0.0 && model->beta >= 0.0 &&
           model->alpha + model->beta < 1.0 && model->nu > 2.0;
}

static double presample(const double *returns, size_t count, double mu)
{
    double sum = 0.0;
    for (size_t t = 0; t < count; t++) {
        sum += (returns[t] - mu) * (returns[t] - mu);
    }
    return sum / (double)count;
}

/* Log-likelihood; its terms into contributions[count] unless that is NULL. */
static double
likelihood(const hst_garch *model, const double *returns, size_t count, double *contributions)
{
    const double nu = model->nu;
    const bool normal = isinf(nu);
    const double constant = normal ? -0.5 * log(2.0 * M_PI)
                                   : gsl_sf_lngamma(0.5 * (nu + 1.0)) - gsl_sf_lngamma(0.5 * nu) -
                                         0.5 * log(M_PI * (nu - 2.0));
    double variance = presample(returns, count, model->mu);
    variance = model->omega + (model->alpha + model->beta) * variance;
    double sum = 0.0;
    for (size_t t = 0; t < count; t++) {
        const double residual = returns[t] - model->mu;
        const double square = residual * residual / variance;
        const double tail = normal ? 0.5 * square : 0.5 * (nu + 1.0) * log1p(square / (nu - 2.0));
        const double term = constant - 0.5 * log(variance) - tail;
        sum += term;
        if (contributions != NULL) {
            contributions[t] = term;
        }
        variance = hst_garch_next(model, residual, variance);
    }
    return sum;
}

double hst_garch_log_likelihood(const hst_garch *model, const double *returns, size_t count)
{
    hst_assert(count > 0);
    if (!in_range(model)) {
        return -(double)INFINITY;
    }
    return likelihood(model, returns, count, NULL);
}

static double logistic(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static hst_garch model_of_coordinates(const problem *p, const gsl_vector *x)
{
    const size_t omega = 1 - first_of(p);
    const double persistence = persistence_max * logistic(gsl_vector_get(x, omega + 1));
    const double share = logistic(gsl_vector_get(x, omega + 2));
    return (hst_garch){
        .mu = p->driftless ? 0.0 : gsl_vector_get(x, 0),
        .omega = p->variance * (omega_min + exp(gsl_vector_get(x, omega))),
        .alpha = persistence * share,
        .beta = persistence * (1.0 - share),
        .nu = p->normal ? (double)INFINITY : nu_min + exp(gsl_vector_get(x, omega + 3)),
    };
}

/* Where every search starts: the mean, a quiet GARCH and tails of six degrees of freedom. */
static void start_coordinates(const problem *p, double mean, gsl_vector *x)
{
    const double persistence = 0.95, share = 0.10;
    const size_t omega = 1 - first_of(p);
    if (!p->driftless) {
        gsl_vector_set(x, 0, mean);
    }
    gsl_vector_set(x, omega, log(1.0 - persistence));
    gsl_vector_set(x, omega + 1, log(persistence / (persistence_max - persistence)));
    gsl_vector_set(x, omega + 2, log(share / (1.0 - share)));
    if (!p->normal) {
        gsl_vector_set(x, omega + 3, log(4.0));
    }
}

static double objective(const gsl_vector *x, void *context)
{
    const problem *p = context;
    const hst_garch model = model_of_coordinates(p, x);
    if (!in_range(&model) || (!p->normal && model.nu > nu_max)) {
        return forbidden;
    }
    const double value = -likelihood(&model, p->returns, p->count, NULL);
    return isfinite(value) ? value : forbidden;
}

/* One descent from x, which it replaces by the best point found; returns its value. */
static double descend(const problem *p, gsl_vector *x, double scale)
{
    gsl_multimin_fminimizer *minimiser =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, x->size);
    gsl_vector *step = gsl_vector_alloc(x->size);
    double best = (double)INFINITY;
    if (minimiser != NULL && step != NULL) {
        problem copy = *p;
        gsl_multimin_function function = {objective, x->size, &copy};
        gsl_vector_set_all(step, scale);
        if (!p->driftless) {
            gsl_vector_set(step, 0, scale * 0.1 * sqrt(presample(p->returns, p->count, 0.0)));
        }
        int status = gsl_multimin_fminimizer_set(minimiser, &function, x, step);
        for (int i = 0; i < STEPS_MAX && status == GSL_SUCCESS; i++) {
            status = gsl_multimin_fminimizer_iterate(minimiser);
            if (gsl_multimin_test_size(gsl_multimin_fminimizer_size(minimiser), 1e-9) ==
                GSL_SUCCESS) {
                break;
            }
        }
        best = gsl_multimin_fminimizer_minimum(minimiser);
        gsl_vector_memcpy(x, gsl_multimin_fminimizer_x(minimiser));
    }
    if (minimiser != NULL) {
        gsl_multimin_fminimizer_free(minimiser);
    }
    if (step != NULL) {
        gsl_vector_free(step);
    }
    return best;
}

static double *parameter(hst_garch *model, size_t index)
{
    double *const places[PARAMETERS] = {&model->mu, &model->omega, &model->alpha, &model->beta,
                                        &model->nu};
    hst_assert(index < PARAMETERS);
    return places[index];
}

/* Steps for differences: a thousandth of each parameter, and never across a bound. */
static void difference_steps(const hst_garch *model, double spread, double steps[PARAMETERS])
{
    const double rest = 1.0 - model->alpha - model->beta;
    steps[0] = 1e-3 * spread;
    steps[1] = 1e-3 * model->omega;
    steps[2] = fmin(1e-3 * fmax(model->alpha, 1e-2), fmin(0.3 * model->alpha, 0.1 * rest));
    steps[3] = fmin(1e-3 * fmax(model->beta, 1e-2), fmin(0.3 * model->beta, 0.1 * rest));
    steps[4] = isinf(model->nu) ? 0.0 : 1e-3 * (model->nu - 2.0);
}

static double
shifted(const problem *p, const hst_garch *model, const double move[PARAMETERS], double *terms)
{
    hst_garch other = *model;
    for (size_t i = 0; i < PARAMETERS; i++) {
        if (!isinf(other.nu) || i < 4) {
            *parameter(&other, i) += move[i];
        }
    }
    return in_range(&other) ? likelihood(&other, p->returns, p->count, terms) : (double)NAN;
}

/* Minus the matrix of second differences of the log-likelihood. */
static void
information_hessian(const problem *p, const hst_garch *model, const double *steps, gsl_matrix *out)
{
    const double signs[4][2] = {{1, 1}, {1, -1}, {-1, 1}, {-1, -1}};
    const size_t first = first_of(p);
    for (size_t i = 0; i < out->size1; i++) {
        for (size_t j = 0; j <= i; j++) {
            double value = 0.0;
            for (size_t s = 0; s < 4; s++) {
                double move[PARAMETERS] = {0};
                move[first + i] += signs[s][0] * steps[first + i];
                move[first + j] += signs[s][1] * steps[first + j];
                value += signs[s][0] * signs[s][1] * shifted(p, model, move, NULL);
            }
            value = -value / (4.0 * steps[first + i] * steps[first + j]);
            gsl_matrix_set(out, i, j, value);
            gsl_matrix_set(out, j, i, value);
        }
    }
}

/* Outer product of the numerical scores, for a likelihood whose curvature is not definite. */
static bool
information_outer(const problem *p, const hst_garch *model, const double *steps, gsl_matrix *out)
{
    const size_t n = out->size1;
    const size_t first = first_of(p);
    gsl_matrix *scores = gsl_matrix_alloc(n, p->count);
    gsl_vector *below = gsl_vector_alloc(p->count);
    const bool ready = scores != NULL && below != NULL;
    for (size_t i = 0; ready && i < n; i++) {
        double move[PARAMETERS] = {0};
        double *above = gsl_matrix_ptr(scores, i, 0);
        move[first + i] = steps[first + i];
        (void)shifted(p, model, move, above);
        move[first + i] = -steps[first + i];
        (void)shifted(p, model, move, below->data);
        for (size_t t = 0; t < p->count; t++) {
            above[t] = (above[t] - gsl_vector_get(below, t)) / (2.0 * steps[first + i]);
        }
    }
    for (size_t i = 0; ready && i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;
            for (size_t t = 0; t < p->count; t++) {
                sum += gsl_matrix_get(scores, i, t) * gsl_matrix_get(scores, j, t);
            }
            gsl_matrix_set(out, i, j, sum);
        }
    }
    if (scores != NULL) {
        gsl_matrix_free(scores);
    }
    if (below != NULL) {
        gsl_vector_free(below);
    }
    return ready;
}

static bool all_finite(const gsl_matrix *matrix)
{
    for (size_t i = 0; i < matrix->size1; i++) {
        for (size_t j = 0; j < matrix->size2; j++) {
            if (!isfinite(gsl_matrix_get(matrix, i, j))) {
                return false;
            }
        }
    }
    return true;
}

static bool invert_definite(gsl_matrix *matrix)
{
    return all_finite(matrix) && gsl_linalg_cholesky_decomp1(matrix) == GSL_SUCCESS &&
           gsl_linalg_cholesky_invert(matrix) == GSL_SUCCESS;
}

static hst_garch standard_errors(const problem *p, const hst_garch *model)
{
    hst_garch errors = {p->driftless ? 0.0 : -1.0, -1.0, -1.0, -1.0, -1.0};
    const size_t n = coordinate_count(p);
    double steps[PARAMETERS];
    difference_steps(model, sqrt(presample(p->returns, p->count, model->mu)), steps);
    gsl_matrix *information = gsl_matrix_alloc(n, n);
    if (information == NULL) {
        return errors;
    }
    information_hessian(p, model, steps, information);
    bool done = invert_definite(information);
    if (!done && information_outer(p, model, steps, information)) {
        done = invert_definite(information);
    }
    for (size_t i = 0; done && i < n; i++) {
        *parameter(&errors, first_of(p) + i) = sqrt(gsl_matrix_get(information, i, i));
    }
    gsl_matrix_free(information);
    return errors;
}

/* The simplex ends where the likelihood is flat to the last bits, which is some digits short in the
 * parameters; a root of the score has them. Never worse, never across a bound. */
static bool sharpen(const problem *p, hst_garch_fit *result)
{
    hst_garch better = result->model;
    hst_garch errors;
    if (!hst_garch_sharpen(p->returns, p->count, p->driftless, &better, &errors) ||
        better.alpha + better.beta > persistence_max || better.omega < omega_min * p->variance) {
        return false;
    }
    const double value = likelihood(&better, p->returns, p->count, NULL);
    if (value < result->log_likelihood - 1e-9 * fabs(value)) {
        return false;
    }
    errors.nu = -1.0;
    result->model = better;
    result->error = errors;
    result->log_likelihood = value;
    return true;
}

static hst_status fit(const problem *p, hst_garch_fit *out)
{
    double mean = 0.0;
    for (size_t t = 0; t < p->count; t++) {
        mean += p->returns[t];
    }
    mean /= (double)p->count;
    const double variance = presample(p->returns, p->count, p->driftless ? 0.0 : mean);
    if (!(variance > 0.0) || !isfinite(variance)) {
        return HST_INVALID;
    }
    gsl_vector *x = gsl_vector_alloc(coordinate_count(p));
    if (x == NULL) {
        return HST_NO_MEMORY;
    }
    const problem scaled = {p->returns, p->count, variance, p->normal, p->driftless};
    start_coordinates(&scaled, mean, x);
    double best = (double)INFINITY;
    bool settled = false;
    /* A collapsed simplex is not yet a minimum: start again around it until nothing is gained. */
    for (int restart = 0; restart < RESTARTS && !settled; restart++) {
        const double value = descend(&scaled, x, restart == 0 ? 0.5 : 0.2);
        settled = restart > 0 && best - value < 1e-8 * (fabs(value) + 1.0);
        best = value;
    }
    hst_garch_fit result = {
        .model = model_of_coordinates(&scaled, x),
        .log_likelihood = -best,
        .return_count = (uint32_t)p->count,
    };
    gsl_vector_free(x);
    if (!isfinite(best) || best >= forbidden || !settled) {
        return HST_MISMATCH;
    }
    if (!p->normal || !sharpen(&scaled, &result)) {
        result.error = standard_errors(&scaled, &result.model);
    }
    result.variance_presample = presample(p->returns, p->count, result.model.mu);
    *out = result;
    return HST_OK;
}

static hst_status fit_quietly(const problem *p, hst_garch_fit *out)
{
    hst_assert(out != NULL);
    if (p->count < HST_GARCH_RETURNS_MIN || p->count > UINT32_MAX) {
        return HST_INVALID;
    }
    /* GSL's default handler ends the process; an indefinite matrix is an ordinary outcome here. */
    gsl_error_handler_t *const handler = gsl_set_error_handler_off();
    const hst_status status = fit(p, out);
    gsl_set_error_handler(handler);
    return status;
}

hst_status
hst_garch_fit_returns(const double *returns, size_t count, int normal, hst_garch_fit *out)
{
    const problem p = {returns, count, 0.0, normal != 0, false};
    return fit_quietly(&p, out);
}

hst_status
hst_garch_fit_driftless(const double *returns, size_t count, int normal, hst_garch_fit *out)
{
    const problem p = {returns, count, 0.0, normal != 0, true};
    return fit_quietly(&p, out);
}
