/** @file core/routing/lnd_apriori.h
 * LND's "apriori" estimator: will this hop take this amount, judged by a fixed chance, by what the
 * hop did last, and by what the other hops of the same node did?
 *
 *   capacity factor  cf = 1 - 0.5 / (1 + exp(-(a - f c) / (0.025 c)));  0 if a > c; 1 if c unknown
 *   node             (0.6 cf W + 0.95 n) / (W + n + sum of 2^(-age / H)),  W = 1 / (1 - w) - 1
 *                    n hops of the node passed at least a; the sum is over hops that failed at
 *                    most a
 *   hop              0.95 if it passed at least a; the node's chance if it did not fail at a;
 *                    else the node's chance times 1 - 2^(-age / H)
 *   sender's own hop the same with 0.95 in place of the node's chance, at any amount
 *
 * Units     any unit of amount; nanoseconds.
 * Errors    none: chances are in 0 ... 1.
 * Threads   pure functions.
 * Cost      an exponential for a known hop; two with a capacity.
 * Source    lightningnetwork/lnd, routing/probability_apriori.go (formulas re-implemented; values
 *           of its tests in unit.routing.lnd_apriori).
 */
#ifndef HST_CORE_ROUTING_LND_APRIORI_H
#define HST_CORE_ROUTING_LND_APRIORI_H

#include "core/routing/lnd_history.h"

/** Its parameters. */
typedef struct hst_lnd_apriori {
    double hop_chance;        /**< of a hop nothing is known of: 0.6 */
    double passed_chance;     /**< of a hop that passed this much before: 0.95 */
    double weight;            /**< of the fixed chance against the node's history, 0 ... 1: 0.5 */
    double capacity_fraction; /**< f, 0.75 ... 1; 1 = capacity does not matter: 0.9999 */
    double half_life_ns;      /**< H: one hour */
} hst_lnd_apriori;

/** LND's defaults. */
hst_lnd_apriori hst_lnd_apriori_defaults(void);

/** What a node's hops did, at one amount and time. Zero it, then count every hop. */
typedef struct hst_lnd_apriori_node {
    double passed; /**< hops that passed the amount */
    double failed; /**< hops that failed it, each by its age */
} hst_lnd_apriori_node;

/** Count one hop of the node. */
void hst_lnd_apriori_count(const hst_lnd_apriori *apriori,
                           hst_lnd_apriori_node *node,
                           const hst_lnd_result *result,
                           int64_t amount,
                           int64_t now_ns);

/** The factor for an amount that comes close to the capacity; capacity 0 = unknown. */
double hst_lnd_capacity_factor(double fraction, int64_t amount, int64_t capacity);

/** Chance of a hop of this node that was not tried. */
double hst_lnd_apriori_node_chance(const hst_lnd_apriori *apriori,
                                   const hst_lnd_apriori_node *node,
                                   int64_t amount,
                                   int64_t capacity);

/** Chance of a hop. */
double hst_lnd_apriori_chance(const hst_lnd_apriori *apriori,
                              const hst_lnd_apriori_node *node,
                              const hst_lnd_result *result,
                              int64_t amount,
                              int64_t capacity,
                              int64_t now_ns);

/** Chance of a hop of the sender's own. */
double hst_lnd_apriori_own_chance(const hst_lnd_apriori *apriori,
                                  const hst_lnd_result *result,
                                  int64_t now_ns);

#endif
