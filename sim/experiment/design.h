/** @file sim/experiment/design.h
 * Which combinations of levels are run: three designs, as tables of level numbers.
 *
 *   full factorial        every combination; effects and all interactions
 *   fractional factorial  2^(k-p) of two-level factors; a generator D=ABC sets the level of D to
 *                         the product of the levels of A, B and C (low = -1, high = +1)
 *   Latin hypercube       n points; every factor's range is cut in n strata and every stratum is
 *                         hit once
 *
 * Factors are A, B, C, ... in order, without I, which is the identity: the letters of generators
 * and aliases. The words of the defining relation (I = ABCD) tell which effects a fraction cannot
 * tell apart: two whose product is a word. The length of its shortest word is the resolution: at
 * III main effects are free of each other, at IV also of two-factor interactions.
 *
 * Errors    HST_INVALID with words in `why`, for text a person wrote.
 * Memory    the caller's.
 * Threads   pure functions.
 * Source    Box, Hunter, Hunter, "Statistics for Experimenters", 2nd ed., ch. 6; Law, "Simulation
 *           Modeling and Analysis", 5th ed., 12.2-12.3; McKay, Beckman, Conover 1979.
 */
#ifndef HST_SIM_EXPERIMENT_DESIGN_H
#define HST_SIM_EXPERIMENT_DESIGN_H

#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HST_DESIGN_FACTORS_MAX = 16, /**< letters A ... Q without I */
    HST_DESIGN_WHY_SIZE = 128    /**< bytes of the words of a refusal, NUL included */
};

/** Cells of a full factorial, or UINT64_MAX when they do not fit. */
uint64_t hst_design_full_cells(const uint32_t *level_counts, uint32_t factor_count);

/** Levels of a full factorial's cells into levels_out[cells * factor_count], last factor fastest.
 */
void hst_design_full(const uint32_t *level_counts, uint32_t factor_count, uint32_t *levels_out);

/** Letter of a factor. */
char hst_design_letter(uint32_t factor);

/** A fraction of two-level factors. Sets of factors are bits, factor 0 the lowest. */
typedef struct hst_fraction {
    uint32_t factor_count;                      /**< k */
    uint32_t generated_count;                   /**< p */
    uint32_t generated[HST_DESIGN_FACTORS_MAX]; /**< factor that a generator sets */
    uint32_t product[HST_DESIGN_FACTORS_MAX];   /**< from the product of these */
    bool negative[HST_DESIGN_FACTORS_MAX];      /**< and turned round */
    uint32_t resolution;                        /**< length of the shortest word; 0 when p is 0 */
} hst_fraction;

/** Start a fraction without generators. */
void hst_fraction_init(hst_fraction *fraction, uint32_t factor_count);

/** Add a generator, "D=ABC" or "D=-ABC"; spaces are ignored. HST_INVALID with words when it is
 * none, names a factor that is not there or is generated itself, or leaves two factors
 * inseparable. */
HST_NODISCARD hst_status hst_fraction_add(hst_fraction *fraction,
                                          const char *generator,
                                          char why[HST_DESIGN_WHY_SIZE]);

/** Cells: 2^(k-p). */
uint64_t hst_fraction_cells(const hst_fraction *fraction);

/** Levels (0 low, 1 high) of its cells into levels_out[cells * k]; of the factors that are not
 * generated, the last is fastest. */
void hst_fraction_levels(const hst_fraction *fraction, uint32_t *levels_out);

/** The next set of at most two factors, after `previous` (0 = from the start) in ascending order of
 * bits, that the fraction cannot tell from the effect of `effect`; 0 when there is none. */
uint32_t hst_fraction_alias(const hst_fraction *fraction, uint32_t effect, uint32_t previous);

/** One factor's strata of a Latin hypercube into strata_out[points], a permutation of 0 ... points
 * - 1, and where in each stratum the point lies into within_out[points], in [0, 1). Equal seeds
 * give equal designs; a factor's strata do not depend on the other factors. */
void hst_design_latin(
    uint64_t seed, uint32_t factor, uint32_t points, uint32_t *strata_out, double *within_out);

#endif
