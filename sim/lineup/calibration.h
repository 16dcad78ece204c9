/** @file sim/lineup/calibration.h
 * Are a router's own forecasts of hops any good? Chance of success and a delay seldom exceeded,
 * each said before the attempt and judged by what came of it (prequentially).
 *
 *   log-loss, Brier   mean over attempted hops; beside them the loss of saying the share of
 * successes of the whole run every time (known only in hindsight, so hard to beat), and of saying
 * the true chance ECE               mean distance of the share of successes from what was said,
 * over twentieths of the scale, weighted by how often they were said coverage          of the delay
 * that one hop in ten exceeds, over hops that went through
 *
 * Units     nats, shares.
 * Threads   one counter, one thread.
 * Source    Dawid, "Statistical theory: the prequential approach", J. R. Stat. Soc. A 147, 1984;
 *           Brier, Monthly Weather Review 78, 1950; Naeini, Cooper, Hauskrecht, AAAI'15 (ECE).
 */
#ifndef HST_SIM_LINEUP_CALIBRATION_H
#define HST_SIM_LINEUP_CALIBRATION_H

#include "core/routing/router.h"

enum { HST_CALIBRATION_BINS = 20 };

/** Sums over attempted hops; zero it to begin. */
typedef struct hst_lineup_calibration {
    uint64_t hops;                           /**< attempted, with a belief */
    uint64_t done;                           /**< of them, that went through */
    uint64_t within;                         /**< of those, within the upper delay */
    double log_loss, truth_log_loss;         /**< sums */
    double square, truth_square;             /**< sums of squared errors */
    double bin_chance[HST_CALIBRATION_BINS]; /**< sums of what was said, by twentieth */
    uint64_t bin_hops[HST_CALIBRATION_BINS]; /**< how often */
    uint64_t bin_done[HST_CALIBRATION_BINS]; /**< successes */
} hst_lineup_calibration;

/** What the sums say; all zero without hops. */
typedef struct hst_lineup_forecast {
    uint64_t hops;                                  /**< attempted */
    double base_rate;                               /**< share of successes */
    double log_loss, base_log_loss, truth_log_loss; /**< own, base rate's, truth's */
    double brier, base_brier, truth_brier;          /**< likewise */
    double ece;                                     /**< expected calibration error */
    double delay_coverage;                          /**< nominal 0.9 */
} hst_lineup_forecast;

/** An attempted hop: what was said, the true chance, and what came of it. */
void hst_lineup_calibration_observe(hst_lineup_calibration *calibration,
                                    const hst_hop_belief *belief,
                                    double truth,
                                    bool done,
                                    double delay_ns);

/** Add another's sums. */
void hst_lineup_calibration_add(hst_lineup_calibration *calibration,
                                const hst_lineup_calibration *other);

/** What they say. */
hst_lineup_forecast hst_lineup_calibration_report(const hst_lineup_calibration *calibration);

#endif
