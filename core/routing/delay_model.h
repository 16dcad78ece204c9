/** @file core/routing/delay_model.h
 * How long will a hop take? Mean and quantiles, learned online.
 *
 * The wait for a closed hop to open is known from published hours; what is learned is the rest:
 *
 *   mean       least squares on (1, advertised, risk, instant), recursive, in hours, plus the mean
 *              residual of the edge, shrunk as n / (n + 20)
 *   quantiles  of the ratio of the delay to that mean, one pair (0.5, 0.9) a hop kind, by
 * stochastic gradient on the pinball loss of its logarithm; a delay that was only seen to exceed a
 * time-out counts as above
 *
 * The step of the quantile is constant, so a changed world is followed: this is adaptive conformal
 * inference on a moving quantile, and the share of delays below the 0.9 line stays near 0.9
 * whatever the truth is (tested on drifting worlds).
 *
 * Units     nanoseconds in and out.
 * Memory    16 bytes an edge.
 * Threads   one.
 * Determinism  IEEE basic operations and core/base/real.h only.
 * Cost      mean < 5 ns, learning about 40 ns.
 * Source    Koenker, Bassett, Econometrica 46, 1978 (quantile regression); Gibbs, Candes,
 * NeurIPS'21 (adaptive conformal inference).
 */
#ifndef HST_CORE_ROUTING_DELAY_MODEL_H
#define HST_CORE_ROUTING_DELAY_MODEL_H

#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/base/status.h"
#include "core/routing/graph.h"

#include <stdbool.h>

enum { HST_DELAY_TERMS = 4 };

/** What is known of a hop before it is tried. */
typedef struct hst_delay_terms {
    double advertised_ns; /**< as the graph says */
    double risk;          /**< 0 ... 1 */
    double instant;       /**< 0 or 1 */
    hst_hop_kind kind;    /**< whose quantiles */
} hst_delay_terms;

/** The model. */
typedef struct hst_delay_model {
    double weight[HST_DELAY_TERMS];                       /**< of the mean, hours */
    double covariance[HST_DELAY_TERMS * HST_DELAY_TERMS]; /**< recursive least squares */
    double log_ratio[HST_HOP_KIND_COUNT][2];              /**< quantiles 0.5 and 0.9 */
    double *residual;                                     /**< by edge: sum of residuals, hours */
    double *count;                                        /**< by edge: how many, faded */
    uint32_t edge_count;                                  /**< how many edges */
} hst_delay_model;

/** Prior: as advertised. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_delay_model_init(hst_delay_model *model,
                                              hst_arena *arena,
                                              uint32_t edge_count);

/** Expected delay without the wait for opening; never negative. */
double
hst_delay_model_mean_ns(const hst_delay_model *model, uint32_t edge, const hst_delay_terms *terms);

/** Delay exceeded by one attempt in ten, without the wait for opening. */
double
hst_delay_model_upper_ns(const hst_delay_model *model, uint32_t edge, const hst_delay_terms *terms);

/** Learn a delay without the wait; `censored`: it was at least this. */
void hst_delay_model_learn(hst_delay_model *model,
                           uint32_t edge,
                           const hst_delay_terms *terms,
                           double delay_ns,
                           bool censored);

/** Write what was learned. */
void hst_delay_model_write(const hst_delay_model *model, hst_writer *writer);

/** Read it back. HST_CORRUPT for what is no number. */
HST_NODISCARD hst_status hst_delay_model_read(hst_delay_model *model, hst_reader *reader);

#endif
