/** @file sim/forecast/score.h
 * How good one density forecast was: CRPS, log score, and the half width of its central interval.
 *
 * A density is normal or Student's t around 0 with a standard deviation; nu, the degrees of
 * freedom, is infinite for a normal one. Mean forecasts are judged elsewhere: the density's mean is
 * the driftless random walk's.
 *
 * Units     those of the return.
 * Errors    none; sd > 0 and nu > 2 are the caller's duty.
 * Threads   pure functions.
 * Cost      below a microsecond.
 * Source    Gneiting, Raftery, "Strictly proper scoring rules, prediction, and estimation", J. Am.
 *           Stat. Assoc. 102, 2007 (CRPS, normal); Jordan, Krueger, Lerch, "Evaluating
 * probabilistic forecasts with scoringRules", J. Stat. Soft. 90(12), 2019 (CRPS, Student's t).
 */
#ifndef HST_SIM_FORECAST_SCORE_H
#define HST_SIM_FORECAST_SCORE_H

/** Continuous ranked probability score of a return; smaller is better. */
double hst_crps(double sd, double nu, double value);

/** Logarithm of the density at a return, nats; larger is better. */
double hst_log_score(double sd, double nu, double value);

/** Half width of the central interval that holds `coverage` of the density. */
double hst_density_half_width(double sd, double nu, double coverage);

#endif
