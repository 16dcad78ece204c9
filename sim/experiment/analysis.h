/** @file sim/experiment/analysis.h
 * What the finished trials of a sweep say: cells with intervals, cells against each other, effects.
 *
 * Everything is computed from the set of finished trials in order of their numbers, so it does not
 * depend on how many threads or ranks ran them. A trial that failed, or a figure that is not
 * finite, is missing: it is left out of its cell, of pairs it would be half of, and its whole
 * replication is left out of effects and level means, which need all cells.
 *
 * Units     those of the metrics.
 * Errors    HST_NO_MEMORY. Too few values are no error: what cannot be said is NaN, an interval of
 *           one value is infinite, a test without pairs has p = 1.
 * Memory    the arena; scratch from its hst_memory.
 * Threads   pure, given distinct arenas.
 * Cost      dominated by the bootstrap: 2,000 resamples for each metric and cell.
 * Source    sim/statistics/statistics.h.
 */
#ifndef HST_SIM_EXPERIMENT_ANALYSIS_H
#define HST_SIM_EXPERIMENT_ANALYSIS_H

#include "sim/experiment/experiment.h"
#include "sim/experiment/trial_set.h"

/** Resamples of a bootstrap interval. */
enum { HST_ANALYSIS_RESAMPLES = 2000 };

/** Bytes of the effects that a fraction cannot tell from one, NUL included. */
enum { HST_ALIAS_SIZE = 96 };

/** One cell and metric. */
typedef struct hst_cell_summary {
    uint32_t n;       /**< finished replications */
    double mean;      /**< of them; NaN without any */
    double low;       /**< t interval of the mean */
    double high;      /**< its other end */
    double boot_low;  /**< BCa bootstrap interval of the mean; NaN for n < 2 */
    double boot_high; /**< its other end */
    double deviation; /**< standard deviation of one replication */
    double median;    /**< of them */
    double min;       /**< of them */
    double max;       /**< of them */
} hst_cell_summary;

/** What a cell is compared with. */
typedef enum hst_difference_family {
    HST_DIFFERENCE_BASE, /**< the base cell */
    HST_DIFFERENCE_BEST  /**< the metric's best cell */
} hst_difference_family;

/** One cell minus another, pair by pair. */
typedef struct hst_cell_difference {
    uint32_t metric;              /**< which */
    uint32_t cell;                /**< which */
    hst_difference_family family; /**< what kind of comparison */
    uint32_t against;             /**< the cell subtracted */
    uint32_t n;                   /**< pairs */
    double difference;            /**< mean of cell minus against */
    double low;                   /**< t interval of it */
    double high;                  /**< its other end */
    double p;                     /**< paired t test, two-sided */
    double p_holm;                /**< after Holm's correction in the family and metric */
} hst_cell_difference;

/** One level of a factor, mean over all other factors. */
typedef struct hst_level_mean {
    uint32_t metric; /**< which */
    uint32_t factor; /**< which */
    uint32_t level;  /**< which */
    uint32_t n;      /**< replications that all cells finished */
    double mean;     /**< of them */
    double low;      /**< t interval of it */
    double high;     /**< its other end */
} hst_level_mean;

/** One main effect (second == first) or two-factor interaction; as hst_design_effect. */
typedef struct hst_factor_effect {
    uint32_t metric;  /**< which */
    uint32_t first;   /**< factor */
    uint32_t second;  /**< other factor, or `first` */
    uint32_t degrees; /**< of freedom */
    double range;     /**< how much the metric moves */
    double low;       /**< t interval of last minus first level, of two levels; else NaN */
    double high;      /**< its other end */
    double share;     /**< of the total sum of squares */
    double f;         /**< F ratio */
    double p;         /**< its probability by chance */
    double p_holm;    /**< after Holm's correction over the metric's effects */
    char alias[HST_ALIAS_SIZE]; /**< effects that a fraction cannot tell from it */
} hst_factor_effect;

/** Everything. */
typedef struct hst_analysis {
    const hst_experiment *experiment;       /**< what was asked */
    uint32_t replications;                  /**< of each cell */
    uint32_t failed;                        /**< trials that failed */
    const double *values;                   /**< [metric][cell][replication]; NaN = missing */
    const hst_cell_summary *summaries;      /**< [metric][cell] */
    const int32_t *best;                    /**< [metric] best mean; -1 = none */
    const int32_t *second;                  /**< [metric] next best; -1 = none */
    const hst_cell_difference *differences; /**< by metric, family, cell */
    uint32_t difference_count;              /**< entries */
    const hst_level_mean *level_means;      /**< by metric, factor, level; factorials only */
    uint32_t level_mean_count;              /**< entries */
    const hst_factor_effect *effects;       /**< by metric, largest share first */
    uint32_t effect_count;                  /**< entries */
} hst_analysis;

/** Work it out from `replications` replications of every cell, of which the set holds all trials.
 */
HST_NODISCARD hst_status hst_analyse(const hst_experiment *experiment,
                                     const hst_trial_set *trials,
                                     uint32_t replications,
                                     hst_arena *arena,
                                     const hst_analysis **analysis);

/** Whether the experiment's stop rule is met by the first `replications` of every cell. */
bool hst_stop_reached(const hst_experiment *experiment,
                      const hst_trial_set *trials,
                      uint32_t replications,
                      hst_arena *scratch);

/** The answer in words and a few figures, at most 80 columns wide, in the arena. */
HST_NODISCARD hst_status hst_answer(const hst_analysis *analysis,
                                    hst_arena *arena,
                                    const char **text,
                                    size_t *size);

#endif
