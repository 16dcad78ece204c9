/** @file core/routing/ridge.h
 * Linear regression with a penalty of 1 on the squared weights, one observation at a time, and how
 * sure it is.
 *
 *   A = I + sum x x'     weights = A^-1 sum y x     certainty of a prediction = sqrt(x' A^-1 x)
 *
 * The inverse is kept, not A: an observation changes it by one outer product (Sherman-Morrison).
 *
 * Units     the caller's.
 * Errors    HST_FULL, HST_TRUNCATED, HST_CORRUPT from write and read.
 * Memory    5 KiB, a value.
 * Threads   one thread at a time.
 * Cost      HST_RIDGE_SIZE^2 multiplications a learning step or width.
 * Source    Sherman, Morrison, Ann. Math. Stat. 21(1), 1950; Hoerl, Kennard, Technometrics 12,
 * 1970.
 */
#ifndef HST_CORE_ROUTING_RIDGE_H
#define HST_CORE_ROUTING_RIDGE_H

#include "core/base/codec.h"
#include "core/routing/hop_features.h"

/** Numbers of an observation: the features of a hop and one of the caller's. */
enum { HST_RIDGE_SIZE = HST_FEATURE_COUNT + 1 };

/** The model. */
typedef struct hst_ridge {
    double weights[HST_RIDGE_SIZE];                 /**< of the prediction */
    double inverse[HST_RIDGE_SIZE][HST_RIDGE_SIZE]; /**< A^-1, symmetric */
} hst_ridge;

/** Nothing seen: weights 0, A = I. */
void hst_ridge_init(hst_ridge *ridge);

/** weights . x */
double hst_ridge_predict(const hst_ridge *ridge, const double x[HST_RIDGE_SIZE]);

/** sqrt(x' A^-1 x) */
double hst_ridge_width(const hst_ridge *ridge, const double x[HST_RIDGE_SIZE]);

/** See y at x. */
void hst_ridge_learn(hst_ridge *ridge, const double x[HST_RIDGE_SIZE], double y);

/** Write it. */
void hst_ridge_write(const hst_ridge *ridge, hst_writer *writer);

/** Read it back. HST_CORRUPT for what no observation leaves. */
HST_NODISCARD hst_status hst_ridge_read(hst_ridge *ridge, hst_reader *reader);

#endif
