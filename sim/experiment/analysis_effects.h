/** @file sim/experiment/analysis_effects.h
 * Level means, main effects and interactions of a sweep; the second half of hst_analyse.
 *
 *   full factorial        analysis of variance with replications as blocks (hst_design_effects)
 *   fractional factorial  contrasts of each replication; F is the square of their t
 *   Latin hypercube       straight line through the cell means over the order of levels
 *
 * Shared by the files of the analysis; no one else's.
 *
 * Errors    HST_NO_MEMORY.
 * Threads   as hst_analyse.
 */
#ifndef HST_SIM_EXPERIMENT_ANALYSIS_EFFECTS_H
#define HST_SIM_EXPERIMENT_ANALYSIS_EFFECTS_H

#include "sim/experiment/analysis.h"

/** Fill level means and effects of an analysis whose values are there. */
HST_NODISCARD hst_status hst_analyse_effects(hst_analysis *analysis, hst_arena *arena);

#endif
