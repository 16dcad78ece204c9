/** @file sim/consensus/double_spend.h
 * How often an attacker with a share of the hash power takes a payment back.
 *
 * A merchant waits until the payment is `confirmations` blocks deep; meanwhile the attacker mines a
 * branch of its own from the block before. It wins when its branch is ever the longer one. From a
 * deficit of d blocks that happens with (q/p)^d, where q is its share and p the others'.
 *
 * Two forms differ in how many blocks the attacker has found when the merchant stops waiting:
 *
 *   white paper   Poisson with mean z q / p, as if the others needed exactly the mean time
 *   race          negative binomial, what a race of two exponential clocks gives
 *
 * Both count the attacker as `ahead` blocks before the race: 1 reproduces the published tables, in
 * which a branch as long as the others' is enough; 0 is an attacker who begins with the payment.
 *
 * Units     shares of 1.
 * Threads   pure functions.
 * Cost      O(confirmations).
 * Source    Nakamoto, "Bitcoin: a peer-to-peer electronic cash system", 2008, section 11;
 *           Rosenfeld, "Analysis of hashrate-based double-spending", arXiv 1402.2009.
 */
#ifndef HST_SIM_CONSENSUS_DOUBLE_SPEND_H
#define HST_SIM_CONSENSUS_DOUBLE_SPEND_H

#include <stdint.h>

/** Most confirmations. */
enum { HST_DOUBLE_SPEND_MAX = 10000 };

/** Probability by the white paper: `share` of hash power in [0, 1], `confirmations` below the
 * maximum. */
double hst_double_spend_white_paper(double share, uint32_t confirmations);

/** Probability by the race, `ahead` blocks before it began. */
double hst_double_spend_race(double share, uint32_t confirmations, uint32_t ahead);

/** Fewest confirmations with a probability below `risk` by the white paper; UINT32_MAX when more
 * than the maximum would be needed. */
uint32_t hst_double_spend_confirmations(double share, double risk);

#endif
