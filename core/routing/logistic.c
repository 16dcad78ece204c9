#include "core/routing/logistic.h"

#include "core/base/real.h"

/* Starting values that worked in the published comparison of the model family on generated
 * corridors; every world starts from the same. */
#define PRIOR_INTERCEPT 3.0
#define PRIOR_PRECISION 1.0
#define EDGE_PRECISION  1.2
#define EDGE_KEEP       0.995
#define EDGE_FADE       0.001
#define LOGIT_MAX       27.0

/* Page-Hinkley: a rise of the mean log-loss by less than SLACK is noise; the sum above it that is
 * an alarm. */
#define DRIFT_SLACK 0.05
#define DRIFT_ALARM 4.0
enum { DRIFT_OBSERVED_MIN = 10 };

hst_status hst_logistic_init(hst_logistic *model, hst_arena *arena, uint32_t edge_count)
{
    hst_assert(model != NULL && arena != NULL);
    model->edges = HST_ARENA_NEW(arena, hst_edge_effect, edge_count);
    model->edge_count = edge_count;
    if (edge_count > 0 && model->edges == NULL) {
        return HST_NO_MEMORY;
    }
    hst_logistic_restart(model, PRIOR_INTERCEPT);
    return HST_OK;
}

void hst_logistic_restart(hst_logistic *model, double intercept)
{
    hst_assert(model != NULL);
    for (unsigned k = 0; k < HST_FEATURE_COUNT; k++) {
        model->mean[k] = 0;
        model->precision[k] = PRIOR_PRECISION;
    }
    model->mean[HST_FEATURE_ONE] = intercept;
    for (uint32_t e = 0; e < model->edge_count; e++) {
        model->edges[e] = (hst_edge_effect){.precision = EDGE_PRECISION};
    }
}

double
hst_logistic_logit(const hst_logistic *model, uint32_t edge, const double x[HST_FEATURE_COUNT])
{
    hst_assert(model != NULL && x != NULL && edge < model->edge_count);
    double sums[4] = {model->edges[edge].effect, 0, 0, 0};
    for (unsigned k = 0; k < HST_FEATURE_COUNT; k += 4) {
        for (unsigned i = 0; i < 4; i++) {
            sums[i] += model->mean[k + i] * x[k + i];
        }
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

double hst_logistic_logit_drawn(const hst_logistic *model,
                                uint32_t edge,
                                const double x[HST_FEATURE_COUNT],
                                const double draws[HST_FEATURE_COUNT],
                                double edge_draw)
{
    hst_assert(draws != NULL);
    double logit = hst_logistic_logit(model, edge, x);
    for (unsigned k = 0; k < HST_FEATURE_COUNT; k++) {
        logit += draws[k] * x[k] / __builtin_sqrt(model->precision[k]);
    }
    return logit + edge_draw / __builtin_sqrt(model->edges[edge].precision);
}

double hst_logistic_probability(double logit)
{
    const double bounded = logit > LOGIT_MAX ? LOGIT_MAX : logit < -LOGIT_MAX ? -LOGIT_MAX : logit;
    return 1 / (1 + hst_exp(-bounded));
}

/** Watch one edge's log-loss; forget the edge's certainty when it has risen. */
static void watch(hst_edge_effect *edge, double loss)
{
    edge->observed++;
    edge->mean_loss += (loss - edge->mean_loss) / (double)edge->observed;
    const double drift = edge->drift + loss - edge->mean_loss - DRIFT_SLACK;
    edge->drift = drift > 0 ? drift : 0;
    if (edge->observed >= DRIFT_OBSERVED_MIN && edge->drift > DRIFT_ALARM) {
        edge->precision = EDGE_PRECISION;
        edge->mean_loss = 0;
        edge->drift = 0;
        edge->observed = 0;
        edge->resets++;
    }
}

double hst_logistic_learn(hst_logistic *model,
                          uint32_t edge,
                          const double x[HST_FEATURE_COUNT],
                          bool succeeded)
{
    return hst_logistic_learn_above(model, edge, x, 0, succeeded);
}

double hst_logistic_learn_above(hst_logistic *model,
                                uint32_t edge,
                                const double x[HST_FEATURE_COUNT],
                                double offset,
                                bool succeeded)
{
    const double p = hst_logistic_probability(offset + hst_logistic_logit(model, edge, x));
    const double loss = -hst_log(succeeded ? p : 1 - p);
    const double g = (succeeded ? 1 : 0) - p;
    const double h = p * (1 - p);
    for (unsigned k = 0; k < HST_FEATURE_COUNT; k++) {
        model->precision[k] += h * x[k] * x[k];
        model->mean[k] += g * x[k] / model->precision[k];
    }
    hst_edge_effect *own = &model->edges[edge];
    own->precision = EDGE_PRECISION + EDGE_KEEP * (own->precision - EDGE_PRECISION) + h;
    own->effect += g / own->precision - EDGE_FADE * own->effect;
    watch(own, loss);
    return loss;
}

void hst_logistic_write(const hst_logistic *model, hst_writer *writer)
{
    hst_assert(model != NULL && writer != NULL);
    for (unsigned k = 0; k < HST_FEATURE_COUNT; k++) {
        hst_write_f64(writer, model->mean[k]);
        hst_write_f64(writer, model->precision[k]);
    }
    for (uint32_t e = 0; e < model->edge_count; e++) {
        const hst_edge_effect *edge = &model->edges[e];
        hst_write_f64(writer, edge->effect);
        hst_write_f64(writer, edge->precision);
        hst_write_f64(writer, edge->mean_loss);
        hst_write_f64(writer, edge->drift);
        hst_write_u32(writer, edge->observed);
        hst_write_u32(writer, edge->resets);
    }
}

/** A number within what learning can produce? */
static bool sane(double value)
{
    return value > -1e12 && value < 1e12;
}

hst_status hst_logistic_read(hst_logistic *model, hst_reader *reader)
{
    hst_assert(model != NULL && reader != NULL);
    bool good = true;
    for (unsigned k = 0; k < HST_FEATURE_COUNT; k++) {
        model->mean[k] = hst_read_f64(reader);
        model->precision[k] = hst_read_f64(reader);
        good = good && sane(model->mean[k]) && sane(model->precision[k]) && model->precision[k] > 0;
    }
    for (uint32_t e = 0; e < model->edge_count; e++) {
        hst_edge_effect *edge = &model->edges[e];
        edge->effect = hst_read_f64(reader);
        edge->precision = hst_read_f64(reader);
        edge->mean_loss = hst_read_f64(reader);
        edge->drift = hst_read_f64(reader);
        edge->observed = hst_read_u32(reader);
        edge->resets = hst_read_u32(reader);
        good = good && sane(edge->effect) && sane(edge->precision) && edge->precision > 0 &&
               sane(edge->mean_loss) && sane(edge->drift);
    }
    HST_TRY(hst_reader_status(reader));
    return good ? HST_OK : HST_CORRUPT;
}
