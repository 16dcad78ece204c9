/** @file core/money/rate.h
 * Exact exchange rates, conversions with a named rounding, and proportional charges.
 *
 * A rate is a reduced fraction: minor units of the target currency per minor unit of the source.
 *
 *   target_minor = source_minor * numerator / denominator
 *
 * Rates come from mid rates in fixed point, "units per USD scaled by 1e9", so EUR at 0.92 per USD
 * is 920000000 and USD itself is 1000000000. Products are formed in 128 bits and cannot overflow:
 * |amount| < 2^62 and both terms of a rate lie in 1 ... 2^63 - 1.
 *
 * Rounding is part of a function's name. _floor rounds toward minus infinity, _ceil toward plus
 * infinity, _half_even to the nearest with ties to the even neighbour. What a rounding leaves is a
 * residue, in denominator-ths of a target minor unit, which has an account of its own in the
 * ledger (hst_convert_with_residue).
 *
 * Units     _minor: minor units; _ppb: parts per billion (1 bp = 100000 ppb); mids scaled 1e9.
 * Errors    HST_INVALID for a rate that is not positive, HST_OVERFLOW when a result cannot be held.
 * Threads   pure values.
 * Cost      one 128-by-64-bit division a conversion (about 10 ns); making a rate takes a gcd.
 */
#ifndef HST_CORE_MONEY_RATE_H
#define HST_CORE_MONEY_RATE_H

#include "core/base/status.h"

#include <stdint.h>

/** One, in parts per billion. */
#define HST_PPB_ONE INT64_C(1000000000)

/** One basis point, in parts per billion. */
#define HST_PPB_PER_BP INT64_C(100000)

/** One unit per USD, in the fixed point of mid rates. */
#define HST_MID_ONE INT64_C(1000000000)

/** Target minor units per source minor unit, in lowest terms. */
typedef struct hst_rate {
    int64_t numerator;   /**< > 0 */
    int64_t denominator; /**< > 0 */
} hst_rate;

/** What a rounded-down conversion left: numerator / denominator of a target minor unit, in
 * [0, 1). */
typedef struct hst_residue {
    int64_t numerator;   /**< 0 ... denominator - 1 */
    int64_t denominator; /**< the rate's */
} hst_residue;

/** A fraction in lowest terms; HST_INVALID unless both terms are positive. */
HST_NODISCARD hst_status hst_rate_make(int64_t numerator, int64_t denominator, hst_rate *out);

/** The rate from a source to a target currency out of their mids per USD (scaled 1e9) and
 * exponents: target_mid * 10^target_unit / (source_mid * 10^source_unit). Exact.
 * HST_INVALID for a mid that is not positive or an exponent above 4, HST_OVERFLOW when the
 * fraction does not fit (mids up to 900000 units per USD always do). */
HST_NODISCARD hst_status hst_rate_from_mids(int64_t source_mid_e9,
                                            uint8_t source_minor_unit,
                                            int64_t target_mid_e9,
                                            uint8_t target_minor_unit,
                                            hst_rate *out);

/** One over a rate; cannot fail. */
hst_rate hst_rate_inverse(hst_rate rate);

/** Rate a then rate b, exactly; HST_OVERFLOW when the product does not fit in lowest terms. */
HST_NODISCARD hst_status hst_rate_cross(hst_rate a, hst_rate b, hst_rate *out);

/** Rate a then rate b: exact when it fits, else the largest fraction found that is not above, with
 * a relative error below 1e-9. HST_OVERFLOW when the product lies outside [2^-31, 2^31]. */
HST_NODISCARD hst_status hst_rate_cross_floor(hst_rate a, hst_rate b, hst_rate *out);

/** A dealer's rate: rate * (1 - spread), spread in [0, 1) as ppb, never above the exact value and
 * within 1e-9 of it. HST_INVALID for a spread out of range; HST_OVERFLOW as in cross_floor. */
HST_NODISCARD hst_status hst_rate_less_spread_floor(hst_rate rate,
                                                    int64_t spread_ppb,
                                                    hst_rate *out);

/** Sign of a - b, exactly. */
int hst_rate_compare(hst_rate a, hst_rate b);

/** amount * rate, rounded down; HST_OVERFLOW beyond +-HST_MINOR_MAX. |amount| <= HST_MINOR_MAX. */
HST_NODISCARD hst_status hst_rate_convert_floor(hst_rate rate,
                                                int64_t amount_minor,
                                                int64_t *target_minor_out);

/** amount * rate, rounded up; as hst_rate_convert_floor. */
HST_NODISCARD hst_status hst_rate_convert_ceil(hst_rate rate,
                                               int64_t amount_minor,
                                               int64_t *target_minor_out);

/** amount * rate, rounded half to even; as hst_rate_convert_floor. */
HST_NODISCARD hst_status hst_rate_convert_half_even(hst_rate rate,
                                                    int64_t amount_minor,
                                                    int64_t *target_minor_out);

/** amount * rate, rounded down, and exactly what that left:
 * amount * numerator = target * denominator + residue.numerator. */
HST_NODISCARD hst_status hst_convert_with_residue(hst_rate rate,
                                                  int64_t amount_minor,
                                                  int64_t *target_minor_out,
                                                  hst_residue *residue_out);

/** A share of an amount, rounded down; |amount| <= HST_MINOR_MAX and |share| <= HST_PPB_ONE are
 * preconditions, so it cannot fail. */
int64_t hst_share_ppb_floor(int64_t amount_minor, int64_t share_ppb);

/** A share of an amount, rounded up; as hst_share_ppb_floor. */
int64_t hst_share_ppb_ceil(int64_t amount_minor, int64_t share_ppb);

/** A share of an amount, rounded half to even; as hst_share_ppb_floor. */
int64_t hst_share_ppb_half_even(int64_t amount_minor, int64_t share_ppb);

#endif
