/** @file core/routing/logistic.h
 * Will a hop succeed? Bayesian logistic regression with shared weights and an effect of each edge.
 *
 *   p = sigma(theta . x + u_e)      theta_k ~ N(m_k, 1 / q_k)   u_e ~ N(u, 1 / r_e)
 *
 * One observation moves the posterior by assumed-density (diagonal Laplace) filtering:
 *
 *   g = y - p, h = p (1 - p)
 *   q_k += h x_k^2              m_k += g x_k / q_k
 *   r_e <- r0 + 0.995 (r_e - r0) + h     u_e += g / r_e - 0.001 u_e
 *
 * So an edge never seen is judged by its features, an edge seen often by itself, and what was
 * learned of an edge fades, for edges change. A detector of drift (Page, Hinkley) watches each
 * edge's log-loss and throws the edge's certainty away when it rises.
 *
 * Units     probabilities; weights have none.
 * Memory    48 bytes an edge.
 * Threads   one.
 * Determinism  IEEE basic operations and core/base/real.h only.
 * Cost      probability about 25 ns, update about 60 ns (24 features).
 * Source    Chapelle, Li, "An empirical evaluation of Thompson sampling", NIPS'11 (diagonal Laplace
 *           updates); Page, Biometrika 41, 1954; Hinkley, Biometrika 58, 1971.
 */
#ifndef HST_CORE_ROUTING_LOGISTIC_H
#define HST_CORE_ROUTING_LOGISTIC_H

#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/routing/hop_features.h"

/** What is believed of one edge. */
typedef struct hst_edge_effect {
    double effect;     /**< u */
    double precision;  /**< r */
    double mean_loss;  /**< of the log-loss, running */
    double drift;      /**< Page-Hinkley sum above its minimum */
    uint32_t observed; /**< outcomes since the last reset */
    uint32_t resets;   /**< alarms so far */
} hst_edge_effect;

/** The model. */
typedef struct hst_logistic {
    double mean[HST_FEATURE_COUNT];      /**< m */
    double precision[HST_FEATURE_COUNT]; /**< q */
    hst_edge_effect *edges;              /**< by edge */
    uint32_t edge_count;                 /**< how many */
} hst_logistic;

/** Prior: intercept 3, all else 0, precision 1; edge precision 1.2. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_logistic_init(hst_logistic *model,
                                           hst_arena *arena,
                                           uint32_t edge_count);

/** theta . x + u_e: the logit. */
double
hst_logistic_logit(const hst_logistic *model, uint32_t edge, const double x[HST_FEATURE_COUNT]);

/** The same with theta and u_e drawn from the posterior (Thompson sampling): `draws` are standard
 * normals, one a feature, shared by all edges of a query; the edge's own is `edge_draw`. */
double hst_logistic_logit_drawn(const hst_logistic *model,
                                uint32_t edge,
                                const double x[HST_FEATURE_COUNT],
                                const double draws[HST_FEATURE_COUNT],
                                double edge_draw);

/** sigma(logit), kept inside (1e-12, 1 - 1e-12). */
double hst_logistic_probability(double logit);

/** Learn one outcome; returns its log-loss before learning, in nats. */
double hst_logistic_learn(hst_logistic *model,
                          uint32_t edge,
                          const double x[HST_FEATURE_COUNT],
                          bool succeeded);

/** Learn with part of the logit known from elsewhere: theta . x + u_e explains what `offset`
 * leaves. hst_logistic_learn is this with 0. */
double hst_logistic_learn_above(hst_logistic *model,
                                uint32_t edge,
                                const double x[HST_FEATURE_COUNT],
                                double offset,
                                bool succeeded);

/** Back to the prior, with another mean of the intercept. */
void hst_logistic_restart(hst_logistic *model, double intercept);

/** Write the posterior. */
void hst_logistic_write(const hst_logistic *model, hst_writer *writer);

/** Read it back. HST_CORRUPT for a precision that is not positive or a value that is no number. */
HST_NODISCARD hst_status hst_logistic_read(hst_logistic *model, hst_reader *reader);

#endif
