/** @file sim/compare/compare.h
 * Two files of one kind: what changed, by how much, and is it behaviour or speed.
 *
 * Behaviour is deterministic: any difference of a figure or of the run digest beyond its threshold
 * (0 by default) is a behaviour change. Speed is noisy: a case changed when a rank sum test of its
 * samples, corrected by Holm over all cases, rejects "equal" at the confidence asked for and the
 * Hodges-Lehmann shift of their logarithms is beyond the threshold (5 % by default).
 *
 * Units     changes are shares of the old value (0.1 = +10 %).
 * Errors    HST_MISMATCH when the two files are of different kinds; HST_NO_MEMORY.
 * Memory    the comparison borrows the measures and has an arena of its own.
 * Source    sim/statistics.
 */
#ifndef HST_SIM_COMPARE_COMPARE_H
#define HST_SIM_COMPARE_COMPARE_H

#include "sim/compare/measures.h"

#include <stdio.h>

/** What is said of one measure and of all; the worst counts. */
typedef enum hst_verdict {
    HST_VERDICT_SAME,              /**< no change, or none that noise does not explain */
    HST_VERDICT_IMPROVED,          /**< faster */
    HST_VERDICT_REGRESSED,         /**< slower */
    HST_VERDICT_BEHAVIOUR_CHANGED, /**< another outcome of the simulation */
} hst_verdict;

/** "same", "improved", "regressed", "behaviour-changed". */
const char *hst_verdict_text(hst_verdict verdict);

/** A threshold for every measure whose name begins like this; the last that fits counts. */
typedef struct hst_threshold {
    const char *prefix; /**< beginning of names */
    double share;       /**< least change that counts, 0.05 = 5 % */
} hst_threshold;

/** How to judge. */
typedef struct hst_compare_options {
    double confidence;               /**< of each verdict on speed, over all cases; e.g. 0.99 */
    double speed_share;              /**< least change of speed that counts, e.g. 0.05 */
    const hst_threshold *thresholds; /**< exceptions */
    size_t threshold_count;          /**< how many */
} hst_compare_options;

/** One measure of both files. */
typedef struct hst_change {
    const hst_measure *before; /**< NULL: only in the new file */
    const hst_measure *after;  /**< NULL: only in the old file */
    const char *name;          /**< of either */
    bool differs;              /**< an exact measure differs, or a speed differs significantly */
    bool undecidable;          /**< a speed with too few samples for any verdict but "same" */
    double share;              /**< (new - old) / old; a speed: by the shift */
    double low, high;          /**< interval of a speed's share; equal to it for exact figures */
    double p;                  /**< after correction; 1 for exact ones */
    hst_verdict verdict;       /**< of this one */
} hst_change;

/** All of it. */
typedef struct hst_comparison {
    bool is_bench;       /**< of benchmarks rather than results */
    hst_change *changes; /**< of every measure of either file */
    size_t count;        /**< how many */
    size_t counts[4];    /**< by verdict */
    size_t undecidable;  /**< speeds that could not be judged */
    hst_verdict verdict; /**< the worst */
    hst_arena arena;     /**< holds the changes */
} hst_comparison;

/** Compare. */
HST_NODISCARD hst_status hst_compare(const hst_measures *before,
                                     const hst_measures *after,
                                     const hst_compare_options *options,
                                     hst_memory memory,
                                     hst_comparison *out,
                                     hst_error *error);

/** Give the memory back; only after HST_OK. */
void hst_comparison_release(hst_comparison *comparison);

/** A table of what differs for people, at most 80 columns; false when the stream failed. */
bool hst_compare_print(const hst_comparison *comparison, FILE *stream);

/** The same as Markdown, for a pull request. */
bool hst_compare_markdown(const hst_comparison *comparison, FILE *stream);

/** One JSON object {"verdict", "changes": [...]} and a line feed. */
bool hst_compare_json(const hst_comparison *comparison, FILE *stream);

/** JUnit XML: one test case a measure, failed when it regressed or its behaviour changed. */
bool hst_compare_junit(const hst_comparison *comparison, FILE *stream);

/** What continuous-benchmark dashboards read: [{"name", "value", "unit", "range", "extra"}] of the
 * new file's speeds (bigger is better unless the unit is s/...) or figures. */
bool hst_compare_dashboard(const hst_comparison *comparison, FILE *stream);

#endif
