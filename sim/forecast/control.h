/** @file sim/forecast/control.h
 * Worlds whose answer is known, to find out whether the evaluation can be trusted.
 *
 *   random walk   independent normal returns: no model of the mean may win, GARCH may not either
 *   planted       r_t = phi r_{t-1} + e_t with normal e: AR(1) must win, by theory R^2 = phi^2, so
 *                 its RMSE is sqrt(1 - phi^2) of the random walk's: 0.995 at phi = 0.1
 *   shuffled      the returns of another series in random order: what was in their order is gone
 *
 * hst_control_run() evaluates a world under several seeds. What it demands is said there; with
 * other seeds a sound evaluation is refused once in twenty times at most (random walk) or in a
 * hundred (planted), for these are tests too.
 *
 * Units     per cent a step; the deviation of returns is 1 in the generated worlds.
 * Errors    of hst_forecast_evaluate.
 * Threads   pure functions of seed and arguments; runs take turns (filter.h).
 * Cost      random walk: 0.3 s a seed of 4,000 returns; planted: 0.05 s a seed of 40,000.
 */
#ifndef HST_SIM_FORECAST_CONTROL_H
#define HST_SIM_FORECAST_CONTROL_H

#include "sim/forecast/evaluate.h"
#include "sim/forecast/spread.h"

#include <stddef.h>
#include <stdint.h>

/** phi of the planted world. */
#define HST_PLANTED_PHI 0.1

/** Returns of a random walk. */
void hst_control_random_walk(uint64_t seed, double *returns, size_t count);

/** Returns with the planted signal; 0 <= phi < 1. */
void hst_control_planted(uint64_t seed, double phi, double *returns, size_t count);

/** Shuffle in place. */
void hst_control_shuffle(uint64_t seed, double *returns, size_t count);

/** Which world. */
typedef enum hst_control_kind {
    HST_CONTROL_RANDOM_WALK, /**< nobody may win */
    HST_CONTROL_PLANTED      /**< AR(1) must win, by the theoretical amount */
} hst_control_kind;

enum { HST_CONTROL_SEEDS_MIN = 2, HST_CONTROL_SEEDS_MAX = 1000 };

/** What to run. */
typedef struct hst_control_plan {
    hst_control_kind kind; /**< which world */
    uint64_t first_seed;   /**< first_seed, first_seed + 1, ... */
    uint32_t seeds;        /**< HST_CONTROL_SEEDS_MIN ... HST_CONTROL_SEEDS_MAX */
    size_t count;          /**< returns a seed; the second half is forecast */
    bool means_only;       /**< leave the densities out (they always are in a planted world) */
} hst_control_plan;

/** One model over all seeds. */
typedef struct hst_control_row {
    hst_interval ratio; /**< mean of the seeds' ratios, 99 % */
    double lowest;      /**< smallest of them */
    uint32_t wins;      /**< seeds where Diebold-Mariano says better, Holm over models and seeds */
    uint32_t nested;    /**< seeds where Clark-West does */
} hst_control_row;

/** What came of it. */
typedef struct hst_control_report {
    hst_control_row means[HST_MEAN_COUNT];        /**< by model */
    hst_control_row densities[HST_DENSITY_COUNT]; /**< by model; ratio.n = 0 where left out */
    hst_control_row shuffled;                     /**< planted: AR(1) on the same, shuffled */
    double theory;                                /**< ratio of AR(1) by theory */
    bool holds; /**< random walk: no win of any model, no ratio of a mean below 0.995. Planted:
                   theory inside AR(1)'s interval, wins in half of the seeds or more, and shuffled
                   the interval reaches 1 and there is no win */
} hst_control_report;

/** One horizon of the control of spreads, over all seeds. */
typedef struct hst_spread_control {
    size_t horizon;                         /**< hours ahead */
    double theory;                          /**< ratio of the reversion by theory */
    hst_control_row rows[HST_SPREAD_COUNT]; /**< by model, to the last quote; nested is 0 */
    hst_control_row wandering;              /**< the reversion where nothing reverts */
} hst_spread_control;

enum { HST_SPREAD_CONTROLS = 3 /**< 1, 4 and 24 hours */ };

/** A year of hourly spreads a seed, half a deviation left after four hours: the reversion must win
 * by the theoretical amount (within 0.01) in half of the seeds or more, and where spreads only
 * wander never. `holds` says whether it does. */
HST_NODISCARD hst_status hst_spread_control_run(uint64_t first_seed,
                                                uint32_t seeds,
                                                hst_memory memory,
                                                hst_spread_control out[HST_SPREAD_CONTROLS],
                                                bool *holds);

/** Run a control. */
HST_NODISCARD hst_status hst_control_run(const hst_control_plan *plan,
                                         hst_memory memory,
                                         hst_control_report *out);

#endif
