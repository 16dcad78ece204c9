#include "core/routing/q_network.h"

#include "core/base/assert.h"

#include <stdbool.h>
#include <string.h>

#define MEAN_KEEP   0.9
#define SQUARE_KEEP 0.999
#define STEP_FLOOR  1e-8

enum { IN = HST_Q_INPUTS, UNITS = HST_Q_HIDDEN, LANES = 4 };

/* Where the parts of the weights begin. */
enum {
    W1 = 0,
    B1 = W1 + IN * UNITS,
    W2 = B1 + UNITS,
    B2 = W2 + UNITS * UNITS,
    W3 = B2 + UNITS,
    B3 = W3 + UNITS
};

/** What flows forward. */
typedef struct flow {
    double in[IN], first[UNITS], second[UNITS];
    double value;
} flow;

void hst_q_learner_init(hst_q_learner *learner, hst_random *random)
{
    hst_assert(learner != NULL && random != NULL);
    memset(learner, 0, sizeof *learner);
    double *w = learner->network.weights;
    const double spread_in = __builtin_sqrt(2.0 / IN);
    const double spread = __builtin_sqrt(2.0 / UNITS);
    for (unsigned i = W1; i < B1; i++) {
        w[i] = spread_in * hst_random_normal(random);
    }
    for (unsigned i = W2; i < B2; i++) {
        w[i] = spread * hst_random_normal(random);
    }
    for (unsigned i = W3; i < B3; i++) {
        w[i] = 0.1 * spread * hst_random_normal(random);
    }
    learner->mean_left = 1;
    learner->square_left = 1;
}

static double dot(const double *a, const double *b, unsigned count)
{
    double sums[LANES] = {0};
    for (unsigned i = 0; i < count; i += LANES) {
        for (unsigned lane = 0; lane < LANES; lane++) {
            sums[lane] += a[i + lane] * b[i + lane];
        }
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

static double positive(double x)
{
    return x > 0 ? x : 0;
}

static void forward(const double *w, const float x[IN], flow *f)
{
    for (unsigned i = 0; i < IN; i++) {
        f->in[i] = (double)x[i];
    }
    for (unsigned u = 0; u < UNITS; u++) {
        f->first[u] = positive(w[B1 + u] + dot(&w[W1 + u * IN], f->in, IN));
    }
    for (unsigned u = 0; u < UNITS; u++) {
        f->second[u] = positive(w[B2 + u] + dot(&w[W2 + u * UNITS], f->first, UNITS));
    }
    f->value = w[B3] + dot(&w[W3], f->second, UNITS);
}

double hst_q_network_value(const hst_q_network *network, const float x[HST_Q_INPUTS])
{
    hst_assert(network != NULL && x != NULL);
    flow f;
    forward(network->weights, x, &f);
    return f.value;
}

double hst_q_network_gradient(const hst_q_network *network,
                              const float x[HST_Q_INPUTS],
                              double scale,
                              double gradient[HST_Q_WEIGHTS])
{
    hst_assert(network != NULL && x != NULL && gradient != NULL);
    const double *w = network->weights;
    double back[UNITS] = {0}; /* derivative by the first layer's outputs */
    flow f;
    forward(w, x, &f);
    gradient[B3] += scale;
    for (unsigned u = 0; u < UNITS; u++) {
        gradient[W3 + u] += scale * f.second[u];
        if (f.second[u] > 0) {
            const double by = scale * w[W3 + u];
            gradient[B2 + u] += by;
            for (unsigned i = 0; i < UNITS; i++) {
                gradient[W2 + u * UNITS + i] += by * f.first[i];
                back[i] += by * w[W2 + u * UNITS + i];
            }
        }
    }
    for (unsigned u = 0; u < UNITS; u++) {
        if (f.first[u] > 0) {
            gradient[B1 + u] += back[u];
            for (unsigned i = 0; i < IN; i++) {
                gradient[W1 + u * IN + i] += back[u] * f.in[i];
            }
        }
    }
    return f.value;
}

void hst_q_learner_step(hst_q_learner *learner,
                        const double gradient[HST_Q_WEIGHTS],
                        double learning_rate)
{
    hst_assert(learner != NULL && gradient != NULL);
    learner->mean_left *= MEAN_KEEP;
    learner->square_left *= SQUARE_KEEP;
    const double whole_mean = 1 / (1 - learner->mean_left);
    const double whole_square = 1 / (1 - learner->square_left);
    for (unsigned i = 0; i < HST_Q_WEIGHTS; i++) {
        const double g = gradient[i];
        learner->mean[i] += (1 - MEAN_KEEP) * (g - learner->mean[i]);
        learner->square[i] += (1 - SQUARE_KEEP) * (g * g - learner->square[i]);
        const double size = __builtin_sqrt(learner->square[i] * whole_square) + STEP_FLOOR;
        learner->network.weights[i] -= learning_rate * learner->mean[i] * whole_mean / size;
    }
}

/* ---- as bytes ------------------------------------------------------------------------------ */

static void write_all(const double *values, hst_writer *writer)
{
    for (unsigned i = 0; i < HST_Q_WEIGHTS; i++) {
        hst_write_f64(writer, values[i]);
    }
}

/** Numbers of ordinary size? */
static bool read_all(double *values, double least, hst_reader *reader)
{
    bool good = true;
    for (unsigned i = 0; i < HST_Q_WEIGHTS; i++) {
        values[i] = hst_read_f64(reader);
        good = good && values[i] >= least && values[i] < 1e12;
    }
    return good;
}

void hst_q_network_write(const hst_q_network *network, hst_writer *writer)
{
    hst_assert(network != NULL && writer != NULL);
    write_all(network->weights, writer);
}

hst_status hst_q_network_read(hst_q_network *network, hst_reader *reader)
{
    hst_assert(network != NULL && reader != NULL);
    const bool good = read_all(network->weights, -1e12, reader);
    HST_TRY(hst_reader_status(reader));
    return good ? HST_OK : HST_CORRUPT;
}

void hst_q_learner_write(const hst_q_learner *learner, hst_writer *writer)
{
    hst_assert(learner != NULL && writer != NULL);
    hst_q_network_write(&learner->network, writer);
    write_all(learner->mean, writer);
    write_all(learner->square, writer);
    hst_write_f64(writer, learner->mean_left);
    hst_write_f64(writer, learner->square_left);
}

hst_status hst_q_learner_read(hst_q_learner *learner, hst_reader *reader)
{
    hst_assert(learner != NULL && reader != NULL);
    HST_TRY(hst_q_network_read(&learner->network, reader));
    const bool mean = read_all(learner->mean, -1e12, reader);
    const bool square = read_all(learner->square, 0, reader);
    learner->mean_left = hst_read_f64(reader);
    learner->square_left = hst_read_f64(reader);
    HST_TRY(hst_reader_status(reader));
    return mean && square && learner->mean_left >= 0 && learner->mean_left <= 1 &&
                   learner->square_left >= 0 && learner->square_left <= 1
               ? HST_OK
               : HST_CORRUPT;
}
