/** @file core/routing/q_network.h
 * A small neural network and its training: one number from a row of numbers.
 *
 *   value(x) = w3 . relu(W2 relu(W1 x + b1) + b2) + b3      28 numbers in, two layers of 32
 *
 * Steps are Adam's on gradients by back-propagation, in double precision and a fixed order.
 *
 * Units     the caller's.
 * Errors    HST_TRUNCATED, HST_CORRUPT from read.
 * Memory    17 KB of weights, four times that with training; values.
 * Threads   one at a time.
 * Determinism  IEEE basic operations and square roots only.
 * Cost      about 1 us a value, 3 us a gradient.
 * Source    Rumelhart, Hinton, Williams, Nature 323, 1986; Kingma, Ba, ICLR'15 (Adam); He et al.,
 *           ICCV'15 (first weights).
 */
#ifndef HST_CORE_ROUTING_Q_NETWORK_H
#define HST_CORE_ROUTING_Q_NETWORK_H

#include "core/base/codec.h"
#include "core/base/random.h"

/** Shape. */
enum {
    HST_Q_INPUTS = 28, /**< numbers of a row */
    HST_Q_HIDDEN = 32, /**< units of each layer */
    HST_Q_WEIGHTS = HST_Q_INPUTS * HST_Q_HIDDEN + HST_Q_HIDDEN + HST_Q_HIDDEN * HST_Q_HIDDEN +
                    HST_Q_HIDDEN + HST_Q_HIDDEN + 1 /**< all of them */
};

/** The network: W1 by unit, b1, W2 by unit, b2, w3, b3. */
typedef struct hst_q_network {
    double weights[HST_Q_WEIGHTS]; /**< in that order */
} hst_q_network;

/** A network that learns. */
typedef struct hst_q_learner {
    hst_q_network network;         /**< now */
    double mean[HST_Q_WEIGHTS];    /**< of gradients, fading */
    double square[HST_Q_WEIGHTS];  /**< of their squares */
    double mean_left, square_left; /**< what the fading means still lack */
} hst_q_learner;

/** Random first weights. */
void hst_q_learner_init(hst_q_learner *learner, hst_random *random);

/** The value of a row. */
double hst_q_network_value(const hst_q_network *network, const float x[HST_Q_INPUTS]);

/** Add `scale` times the derivative of the value by each weight to `gradient`; returns the value.
 */
double hst_q_network_gradient(const hst_q_network *network,
                              const float x[HST_Q_INPUTS],
                              double scale,
                              double gradient[HST_Q_WEIGHTS]);

/** One of Adam's steps down a gradient. */
void hst_q_learner_step(hst_q_learner *learner,
                        const double gradient[HST_Q_WEIGHTS],
                        double learning_rate);

/** Write it. */
void hst_q_learner_write(const hst_q_learner *learner, hst_writer *writer);

/** Read it back. HST_CORRUPT for what no step leaves. */
HST_NODISCARD hst_status hst_q_learner_read(hst_q_learner *learner, hst_reader *reader);

/** Write and read the weights alone. */
void hst_q_network_write(const hst_q_network *network, hst_writer *writer);

/** Likewise. */
HST_NODISCARD hst_status hst_q_network_read(hst_q_network *network, hst_reader *reader);

#endif
