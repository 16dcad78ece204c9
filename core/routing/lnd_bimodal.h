/** @file core/routing/lnd_bimodal.h
 * LND's "bimodal" estimator: liquidity sits at either end of a hop's capacity, and what was seen
 * fades.
 *
 *   density    exp(-x / s) + exp((x - c) / s) + 1 / c      0 <= x <= c
 *   primitive  F(x) = -exp(-x / s) + exp((x - c) / s) + x / (c s)
 *   chance     (F(a_f) - F(a)) / (F(a_f) - F(a_s)),  a_s passed, a_f failed
 *   fading     a_s exp(-age / T);   c - (c - a_f) exp(-age / T)
 *   node       (p + w sum of exp(-age / T) of other hops that passed)
 *              / (1 + w sum of exp(-age / T) of all results of other hops)
 *              unless the hop itself was seen within T: then p
 *   sender's own hop  1 - exp(-age of its failure / T)
 *
 * The term 1 / c is a density beside two numbers: the result depends a little on the unit, and the
 * published values are those in millisatoshi.
 *
 * Units     any unit of amount, but see above; nanoseconds.
 * Errors    HST_INVALID for a capacity of 0.
 * Threads   pure functions.
 * Cost      six exponentials.
 * Source    lightningnetwork/lnd, routing/probability_bimodal.go (formulas re-implemented; values
 *           of its tests in unit.routing.lnd_bimodal); Pickhardt and others, arXiv 2103.08576.
 */
#ifndef HST_CORE_ROUTING_LND_BIMODAL_H
#define HST_CORE_ROUTING_LND_BIMODAL_H

#include "core/base/status.h"
#include "core/routing/lnd_history.h"

/** Its parameters. */
typedef struct hst_lnd_bimodal {
    double scale;       /**< s, of the amounts' unit: 300,000 satoshi = 3e8 millisatoshi */
    double node_weight; /**< w, 0 ... 1: 0.2 */
    double decay_ns;    /**< T: seven days */
} hst_lnd_bimodal;

/** LND's defaults, the scale in millisatoshi. */
hst_lnd_bimodal hst_lnd_bimodal_defaults(void);

/** Chance of `amount` by what passed and what failed (the capacity, if nothing did). Bounds that
 * contradict each other or the capacity are repaired as LND does. HST_INVALID. */
HST_NODISCARD hst_status hst_lnd_bimodal_formula(const hst_lnd_bimodal *bimodal,
                                                 int64_t capacity,
                                                 int64_t passed,
                                                 int64_t failed,
                                                 int64_t amount,
                                                 double *chance);

/** What of a passed amount is still believed after `age_ns`. */
int64_t hst_lnd_bimodal_can_send(const hst_lnd_bimodal *bimodal, int64_t passed, double age_ns);

/** What a failed amount has risen to after `age_ns`. */
int64_t hst_lnd_bimodal_cannot_send(const hst_lnd_bimodal *bimodal,
                                    int64_t failed,
                                    int64_t capacity,
                                    double age_ns);

/** Chance of a hop by its own history. HST_INVALID. */
HST_NODISCARD hst_status hst_lnd_bimodal_direct(const hst_lnd_bimodal *bimodal,
                                                const hst_lnd_result *result,
                                                int64_t amount,
                                                int64_t capacity,
                                                int64_t now_ns,
                                                double *chance);

/** What a node's hops did, at one time. Zero it, then count hops. */
typedef struct hst_lnd_bimodal_node {
    double passed; /**< successes, each by its age */
    double failed; /**< failures, each by its age */
} hst_lnd_bimodal_node;

/** Count one hop of the node. */
void hst_lnd_bimodal_count(const hst_lnd_bimodal *bimodal,
                           hst_lnd_bimodal_node *node,
                           const hst_lnd_result *result,
                           int64_t now_ns);

/** Mix the direct chance with what the node's other hops did. */
double hst_lnd_bimodal_mix(const hst_lnd_bimodal *bimodal,
                           double direct,
                           const hst_lnd_bimodal_node *others,
                           const hst_lnd_result *result,
                           int64_t now_ns);

/** Chance of a hop of the sender's own. */
double hst_lnd_bimodal_own_chance(const hst_lnd_bimodal *bimodal,
                                  const hst_lnd_result *result,
                                  int64_t now_ns);

#endif
