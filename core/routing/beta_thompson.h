/** @file core/routing/beta_thompson.h
 * M1, per-edge Beta-Thompson: each hop a coin of its own, no features.
 *
 * A hop's chance is Beta(9 + successes, 1 + failures), counts fading by 0.998 an outcome; a query
 * draws from it. Its delay is the mean seen, shrunk to the advertised one with the weight of one
 * outcome. What is learned of one hop says nothing of another: the difference to M3 is what
 * sharing features is worth.
 *
 * Cost      about 150 ns a hop looked at (a Beta draw).
 * Source    Thompson, Biometrika 25, 1933; Marsaglia, Tsang, ACM TOMS 26(3), 2000 (Gamma draws).
 */
#ifndef HST_CORE_ROUTING_BETA_THOMPSON_H
#define HST_CORE_ROUTING_BETA_THOMPSON_H

#include "core/routing/router.h"

/** The kind, for the registry. */
extern const hst_router_kind hst_router_beta_thompson;

#endif
