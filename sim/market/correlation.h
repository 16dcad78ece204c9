/** @file sim/market/correlation.h
 * Correlation matrices: estimated with gaps, moved until they can be factored, factored.
 *
 * Pairs are estimated on the days both have, so the matrix need not be positive definite. Clipping
 * its eigenvalues at a floor and scaling the diagonal back to one gives a near one that is; a few
 * rounds settle it. Internal to sim/market.
 *
 * Errors    HST_NO_MEMORY, HST_MISMATCH (no convergence), HST_INVALID (nothing to factor).
 * Threads   pure functions; the estimate allocates through GSL for the time of the call.
 * Source    Rebonato, Jaeckel, "The most general methodology to create a valid correlation matrix
 *           for risk management and option pricing purposes", J. Risk 2(2), 1999 (spectral
 *           decomposition).
 */
#ifndef HST_SIM_MARKET_CORRELATION_H
#define HST_SIM_MARKET_CORRELATION_H

#include "core/base/status.h"

#include <stddef.h>

/** Smallest eigenvalue of an estimate: well above what rounding to six decimals moves. */
#define HST_CORRELATION_FLOOR 1e-4

/** Correlation of shocks[rows * count] (row by row, NAN = missing) into out[count * count]; pairs
 * with fewer than 30 common rows count as uncorrelated. *moved_out is the Frobenius distance
 * between the sample matrix and the result. Uses GSL. */
HST_NODISCARD hst_status hst_correlation_estimate(
    const double *shocks, size_t rows, size_t count, double *out, double *moved_out);

/** Lower Cholesky factor of matrix[count * count] into out[count * count], by additions,
 * multiplications, divisions and square roots in a fixed order: equal bits everywhere. HST_INVALID
 * when the matrix is not positive definite. */
HST_NODISCARD hst_status hst_correlation_factor(const double *matrix, size_t count, double *out);

/** Numbers in a packed factor. */
size_t hst_correlation_packed_size(size_t count);

/** A lower factor in the form hst_correlation_mix walks, into out[hst_correlation_packed_size]:
 * blocks of eight rows, each column by column down to the diagonal, filled up with zeroes. */
void hst_correlation_pack(const double *factor, size_t count, double *out);

/** out = L raw, from the packed factor. Each sum adds its products in the order of the columns, so
 * the bits are those of the textbook's row by row; but eight sums grow side by side, in registers.
 */
void hst_correlation_mix(const double *packed, size_t count, const double *raw, double *out);

#endif
