#include "core/routing/delay_model.h"

#include "core/base/real.h"

#include <string.h>

#define NS_PER_HOUR       3600e9
#define PRIOR_VARIANCE    1.0  /* of a weight */
#define NOISE_VARIANCE    25.0 /* of a delay, square hours: holds last hours */
#define SHRINK            20.0 /* outcomes an edge's own mean is worth half at */
#define FADE              0.995
#define QUANTILE_STEP     0.05
#define RATIO_FLOOR_HOURS 1e-4

static const double levels[2] = {0.5, 0.9};

hst_status hst_delay_model_init(hst_delay_model *model, hst_arena *arena, uint32_t edge_count)
{
    hst_assert(model != NULL && arena != NULL);
    memset(model, 0, sizeof *model);
    model->edge_count = edge_count;
    model->residual = HST_ARENA_NEW(arena, double, edge_count);
    model->count = HST_ARENA_NEW(arena, double, edge_count);
    if (edge_count > 0 && (model->residual == NULL || model->count == NULL)) {
        return HST_NO_MEMORY;
    }
    model->weight[1] = 1;
    for (unsigned k = 0; k < HST_DELAY_TERMS; k++) {
        model->covariance[k * HST_DELAY_TERMS + k] = PRIOR_VARIANCE;
    }
    for (unsigned kind = 0; kind < HST_HOP_KIND_COUNT; kind++) {
        model->log_ratio[kind][1] = 1;
    }
    return HST_OK;
}

static void fill(const hst_delay_terms *terms, double x[HST_DELAY_TERMS])
{
    x[0] = 1;
    x[1] = terms->advertised_ns / NS_PER_HOUR;
    x[2] = terms->risk;
    x[3] = terms->instant;
}

/** Shared part of the mean, hours. */
static double shared(const hst_delay_model *model, const double x[HST_DELAY_TERMS])
{
    double sum = 0;
    for (unsigned k = 0; k < HST_DELAY_TERMS; k++) {
        sum += model->weight[k] * x[k];
    }
    return sum;
}

static double mean_hours(const hst_delay_model *model, uint32_t edge, const hst_delay_terms *terms)
{
    double x[HST_DELAY_TERMS];
    fill(terms, x);
    const double own = model->residual[edge] / (model->count[edge] + SHRINK);
    const double mean = shared(model, x) + own;
    return mean > RATIO_FLOOR_HOURS ? mean : RATIO_FLOOR_HOURS;
}

double
hst_delay_model_mean_ns(const hst_delay_model *model, uint32_t edge, const hst_delay_terms *terms)
{
    hst_assert(model != NULL && terms != NULL && edge < model->edge_count);
    return mean_hours(model, edge, terms) * NS_PER_HOUR;
}

double
hst_delay_model_upper_ns(const hst_delay_model *model, uint32_t edge, const hst_delay_terms *terms)
{
    hst_assert(terms != NULL && terms->kind < HST_HOP_KIND_COUNT);
    return hst_delay_model_mean_ns(model, edge, terms) * hst_exp(model->log_ratio[terms->kind][1]);
}

/** Recursive least squares: one observation with Sherman and Morrison's formula. */
static void learn_mean(hst_delay_model *model, const double x[HST_DELAY_TERMS], double error)
{
    double px[HST_DELAY_TERMS];
    double scale = NOISE_VARIANCE;
    for (unsigned i = 0; i < HST_DELAY_TERMS; i++) {
        px[i] = 0;
        for (unsigned k = 0; k < HST_DELAY_TERMS; k++) {
            px[i] += model->covariance[i * HST_DELAY_TERMS + k] * x[k];
        }
        scale += x[i] * px[i];
    }
    for (unsigned i = 0; i < HST_DELAY_TERMS; i++) {
        model->weight[i] += px[i] / scale * error;
    }
    for (unsigned i = 0; i < HST_DELAY_TERMS; i++) {
        for (unsigned k = 0; k < HST_DELAY_TERMS; k++) {
            model->covariance[i * HST_DELAY_TERMS + k] -= px[i] * px[k] / scale;
        }
    }
}

void hst_delay_model_learn(hst_delay_model *model,
                           uint32_t edge,
                           const hst_delay_terms *terms,
                           double delay_ns,
                           bool censored)
{
    hst_assert(model != NULL && terms != NULL && edge < model->edge_count);
    hst_assert(terms->kind < HST_HOP_KIND_COUNT);
    const double hours = delay_ns > 0 ? delay_ns / NS_PER_HOUR : 0;
    const double mean = mean_hours(model, edge, terms);
    const double floored = hours > RATIO_FLOOR_HOURS ? hours : RATIO_FLOOR_HOURS;
    const double ratio = hst_log(floored / mean);
    for (unsigned i = 0; i < 2; i++) {
        double *quantile = &model->log_ratio[terms->kind][i];
        const bool above = censored || ratio > *quantile;
        *quantile += QUANTILE_STEP * (above ? levels[i] : levels[i] - 1);
    }
    if (censored && hours <= mean) {
        return; /* says nothing of the mean but that it may be right */
    }
    double x[HST_DELAY_TERMS];
    fill(terms, x);
    const double error = hours - shared(model, x);
    learn_mean(model, x, error);
    model->residual[edge] = FADE * model->residual[edge] + error;
    model->count[edge] = FADE * model->count[edge] + 1;
}

void hst_delay_model_write(const hst_delay_model *model, hst_writer *writer)
{
    hst_assert(model != NULL && writer != NULL);
    for (unsigned k = 0; k < HST_DELAY_TERMS; k++) {
        hst_write_f64(writer, model->weight[k]);
    }
    for (unsigned k = 0; k < HST_DELAY_TERMS * HST_DELAY_TERMS; k++) {
        hst_write_f64(writer, model->covariance[k]);
    }
    for (unsigned kind = 0; kind < HST_HOP_KIND_COUNT; kind++) {
        hst_write_f64(writer, model->log_ratio[kind][0]);
        hst_write_f64(writer, model->log_ratio[kind][1]);
    }
    for (uint32_t e = 0; e < model->edge_count; e++) {
        hst_write_f64(writer, model->residual[e]);
        hst_write_f64(writer, model->count[e]);
    }
}

/** Read a number; anything learning cannot produce marks the state as corrupt. */
static double read_sane(hst_reader *reader, bool *good)
{
    const double value = hst_read_f64(reader);
    *good = *good && value > -1e15 && value < 1e15;
    return value;
}

hst_status hst_delay_model_read(hst_delay_model *model, hst_reader *reader)
{
    hst_assert(model != NULL && reader != NULL);
    bool good = true;
    for (unsigned k = 0; k < HST_DELAY_TERMS; k++) {
        model->weight[k] = read_sane(reader, &good);
    }
    for (unsigned k = 0; k < HST_DELAY_TERMS * HST_DELAY_TERMS; k++) {
        model->covariance[k] = read_sane(reader, &good);
    }
    for (unsigned kind = 0; kind < HST_HOP_KIND_COUNT; kind++) {
        model->log_ratio[kind][0] = read_sane(reader, &good);
        model->log_ratio[kind][1] = read_sane(reader, &good);
    }
    for (uint32_t e = 0; e < model->edge_count; e++) {
        model->residual[e] = read_sane(reader, &good);
        model->count[e] = read_sane(reader, &good);
        good = good && model->count[e] >= 0;
    }
    HST_TRY(hst_reader_status(reader));
    return good ? HST_OK : HST_CORRUPT;
}
