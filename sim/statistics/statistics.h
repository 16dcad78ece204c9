/** @file sim/statistics/statistics.h
 * What a set of replications says, and how sure one may be: intervals, tests, warm-up, effects.
 *
 *   hst_interval mean = hst_mean_interval_t(delay_s, 20, 0.95);
 *   printf("%.3f [%.3f, %.3f]\n", mean.estimate, mean.low, mean.high);
 *
 * Values are one number a replication (independent), but for hst_warmup_mser, which reads one
 * series in order of time. Everything is a pure function of its arguments; the bootstrap draws from
 * a keyed stream of its seed. Quantiles and tail probabilities are the GNU Scientific Library's.
 *
 * Units     the caller's; probabilities and confidences are in (0, 1).
 * Errors    HST_NO_MEMORY; HST_INVALID when the data are too few, or hold a value that is not
 *           finite. Counts and confidences out of range are programmer errors. A t interval of one
 *           value is (-inf, inf): one value says nothing about spread.
 * Memory    scratch from the hst_memory given, freed before returning.
 * Threads   pure functions.
 * Cost      linear, but: rank tests n log n, exact ones n^4 (n <= 50); bootstrap n * resamples.
 * Source    Law, "Simulation Modeling and Analysis", 5th ed. (intervals, sequential stopping,
 *           factorials); Efron, Tibshirani, "An Introduction to the Bootstrap", ch. 14 (BCa);
 *           Hollander, Wolfe, Chicken, "Nonparametric Statistical Methods", 3rd ed. (rank tests);
 *           Holm 1979; Benjamini, Hochberg 1995; White 1997 (MSER); Chow, Robbins 1965.
 */
#ifndef HST_SIM_STATISTICS_STATISTICS_H
#define HST_SIM_STATISTICS_STATISTICS_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An estimate and where the true value lies at some confidence. */
typedef struct hst_interval {
    double estimate;   /**< point estimate */
    double low;        /**< lower end */
    double high;       /**< upper end */
    double confidence; /**< nominal coverage, e.g. 0.95 */
    size_t n;          /**< values it rests on */
} hst_interval;

/* -- moments: interval.c -- */

/** Arithmetic mean; n > 0. */
double hst_mean(const double *values, size_t n);

/** Variance with n - 1 in the denominator; 0 for one value. */
double hst_variance(const double *values, size_t n);

/** Median; the mean of the two middle ones when n is even. Sorts `values` in place; n > 0. */
double hst_median_in_place(double *values, size_t n);

/** Whether no value is infinite or not a number. */
bool hst_all_finite(const double *values, size_t n);

/** Ascending, in place. */
void hst_sort_values(double *values, size_t n);

/* -- intervals: interval.c, bootstrap.c -- */

/** Student's t interval of the mean; n > 0. */
hst_interval hst_mean_interval_t(const double *values, size_t n, double confidence);

/** Interval of mean(a - b), pair by pair: replication i of both under equal random numbers. Common
 * noise cancels, so it is far narrower than two intervals side by side. n > 0. */
hst_interval hst_paired_difference(const double *a, const double *b, size_t n, double confidence);

/** A number that sums up values[n]; may reorder `values`, which are a resample's own copy. */
typedef double (*hst_statistic)(double *values, size_t n);

/** The mean as an hst_statistic. */
double hst_statistic_mean(double *values, size_t n);

/** The median as an hst_statistic. */
double hst_statistic_median(double *values, size_t n);

/** Fewest and most resamples of a bootstrap. */
enum { HST_RESAMPLES_MIN = 100, HST_RESAMPLES_MAX = 1000000 };

/** Bias-corrected and accelerated bootstrap interval of any statistic; n >= 2 or HST_INVALID. For
 * the mean of few skewed values it is a little short (measured 91 % instead of 95 % for 40 mean
 * waits of 200 customers of an M/M/1 queue, 93 % for 600): use hst_mean_interval_bootstrap there.
 * `seed` decides the resamples, so equal arguments give equal intervals. 1,000 resamples do for
 * 95 %, 5,000 for 99 %. */
HST_NODISCARD hst_status hst_bootstrap_interval(const double *values,
                                                size_t n,
                                                hst_statistic statistic,
                                                double confidence,
                                                size_t resamples,
                                                uint64_t seed,
                                                hst_memory memory,
                                                hst_interval *out);

/** Bootstrap-t interval of the mean (percentile-t): asks no normal law of the data, and covers
 * better than BCa on few skewed values; n >= 3 or HST_INVALID. All values equal: a point. */
HST_NODISCARD hst_status hst_mean_interval_bootstrap(const double *values,
                                                     size_t n,
                                                     double confidence,
                                                     size_t resamples,
                                                     uint64_t seed,
                                                     hst_memory memory,
                                                     hst_interval *out);

/* -- sequential stopping: interval.c -- */

/** May sampling stop: at least `n_min` values (n_min >= 2), and a t interval no wider than
 * +-half_width_max. The variance carries Chow and Robbins' 1/n, so a few equal values do not stop
 * it early. */
bool hst_half_width_reached(
    const double *values, size_t n, double confidence, double half_width_max, size_t n_min);

/** The same with the half width as a share of the mean (0.05 for 5 %): the share asked of the
 * estimate is share / (1 + share), so that it holds for the true mean (Law, section 9.4.1). */
bool hst_half_width_reached_relative(
    const double *values, size_t n, double confidence, double share_max, size_t n_min);

/* -- rank tests: rank.c -- */

/** Outcome of a rank test. */
typedef struct hst_rank_test {
    double statistic;   /**< U of the first sample (rank sum), or W+ (signed rank) */
    double z;           /**< standardised, without a continuity correction; 0 when all are tied */
    double p;           /**< two-sided probability of a statistic at least this far from its mean */
    double superiority; /**< P(b > a) + P(b = a) / 2 among all pairs (rank sum), or W+ by its
                             largest value (signed rank); 0.5 = no difference */
    size_t n;           /**< values used: all (rank sum), differences other than 0 (signed rank) */
    bool exact;         /**< p from the permutation distribution rather than the normal law */
} hst_rank_test;

/** Most values for which a rank test is exact. */
enum { HST_RANK_EXACT_MAX = 50 };

/** Wilcoxon-Mann-Whitney: do a and b come from one distribution? Ties have mid-ranks; the exact
 * distribution is conditional on them. a_count, b_count > 0. */
HST_NODISCARD hst_status hst_rank_sum(const double *a,
                                      size_t a_count,
                                      const double *b,
                                      size_t b_count,
                                      hst_memory memory,
                                      hst_rank_test *out);

/** Wilcoxon signed rank: are the differences b - a symmetric around 0? Differences of 0 are left
 * out (Wilcoxon's own rule); p is 1 when nothing is left. n > 0. */
HST_NODISCARD hst_status
hst_signed_rank(const double *a, const double *b, size_t n, hst_memory memory, hst_rank_test *out);

/** Hodges-Lehmann: the median of all b[j] - a[i], how far b is shifted against a, with Moses'
 * interval (normal approximation of its rank; infinite ends where the values are too few). */
HST_NODISCARD hst_status hst_shift_interval(const double *a,
                                            size_t a_count,
                                            const double *b,
                                            size_t b_count,
                                            double confidence,
                                            hst_memory memory,
                                            hst_interval *out);

/* -- many tests at once: multiple.c -- */

/** Holm's step-down correction in place: afterwards p[i] <= alpha rejects hypothesis i with a
 * chance of any false rejection of at most alpha, whatever the dependence. */
HST_NODISCARD hst_status hst_holm(double *p, size_t n, hst_memory memory);

/** Benjamini and Hochberg's correction in place: afterwards p[i] <= q keeps the expected share of
 * false ones among the rejected at most q (independent or positively dependent tests). */
HST_NODISCARD hst_status hst_benjamini_hochberg(double *p, size_t n, hst_memory memory);

/* -- warm-up: warmup.c -- */

/** MSER-5: how many values to cut from the start of a series so that the mean of the rest has the
 * smallest standard error. A multiple of 5, found in the first half; HST_INVALID for fewer than 20
 * values; HST_NOT_FOUND when the best point lies in the second half: the series is too short to
 * show a steady state, and *cut_count is not written. */
HST_NODISCARD hst_status hst_warmup_mser(const double *values, size_t n, size_t *cut_count);

/* -- factorials: effects.c -- */

/** Most factors of hst_design_effects. */
enum { HST_EFFECT_FACTORS_MAX = 16 };

/** One main effect (second == first) or two-factor interaction. */
typedef struct hst_design_effect {
    size_t first;  /**< factor */
    size_t second; /**< the other factor, or `first` for a main effect */
    double range;  /**< main: largest minus smallest level mean, with the sign of (last level -
                        first level); interaction of two-level factors: half the difference of the
                        first's effects at both levels of the second, else largest deviation from
                        additivity */
    double sum_of_squares;     /**< explained */
    double share;              /**< of the total sum of squares, 0 ... 1; 0 when nothing varies */
    size_t degrees_of_freedom; /**< of the effect */
    double f;                  /**< F ratio; 0 without replications, inf without noise */
    double p;                  /**< probability of such an F by chance; 1 without replications */
} hst_design_effect;

/** Effects of a full factorial: F = factor_count main ones, then F (F - 1) / 2 interactions in the
 * order (0,1) (0,2) ... (1,2) ...; `out` has room for F (F + 1) / 2.
 *
 * Factor f has levels[f] >= 2 levels; values[cell * replications + r] holds replication r of a
 * cell, and the cells count up with the last factor fastest. Replication r of all cells shares its
 * random numbers: it is a block, whose mean is taken out of the error. */
HST_NODISCARD hst_status hst_design_effects(const size_t *levels,
                                            size_t factor_count,
                                            size_t replications,
                                            const double *values,
                                            hst_memory memory,
                                            hst_design_effect *out);

#endif
