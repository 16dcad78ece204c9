/** @file core/routing/uncertainty.h
 * What Core Lightning's askrene believes of a hop: its liquidity lies somewhere in [a, b), every
 * value as likely, and the cost of uncertainty is piecewise linear in the amount.
 *
 *   P(x) = 1 up to a, then (b - x) / (b - a)
 *   -ln P(x) is convex; four pieces stand for it: [0, a) free, then up to 0.5, 0.8 and 0.95 of
 *   b - a, with the slopes of its chords, 1.386, 3.054 and 9.242 over b - a
 *
 *   success of x   raises a to x; if that passes b, b is unknown again
 *   failure of x   lowers b to x; if that passes a, a is 0 again
 *
 * A bound is forgotten HST_BOUNDS_KEEP_NS after the outcome that set it: a choice of this program,
 * askrene leaves the age of knowledge to its caller.
 *
 * Amounts are counted in units of a thousandth of the payment, so a piece holds few enough to
 * solve for quickly.
 *
 * Threads   pure functions of records.
 * Cost      a few operations.
 * Source    Pickhardt and Richter, arXiv 2107.05322, 2021; ElementsProject/lightning,
 *           plugins/askrene (formulas re-implemented).
 */
#ifndef HST_CORE_ROUTING_UNCERTAINTY_H
#define HST_CORE_ROUTING_UNCERTAINTY_H

#include <stdbool.h>
#include <stdint.h>

/** Pieces of a hop's cost. */
enum { HST_PIECES = 4 };

/** Most units of a payment. */
enum { HST_PAY_UNITS_MAX = 1000 };

/** How long a bound counts: an hour. */
#define HST_BOUNDS_KEEP_NS INT64_C(3600000000000)

/** What outcomes said of a hop; zero = nothing. */
typedef struct hst_bounds {
    int64_t lower;    /**< passed; with has_lower */
    int64_t upper;    /**< largest not known to fail; with has_upper */
    int64_t lower_ns; /**< when the lower bound was last set */
    int64_t upper_ns; /**< when the upper bound was last set */
    bool has_lower;   /**< there was a success that still counts */
    bool has_upper;   /**< there was a failure that still counts */
} hst_bounds;

/** The pieces of a hop for one payment. */
typedef struct hst_pieces {
    uint16_t capacity[HST_PIECES]; /**< units, <= HST_PAY_UNITS_MAX together */
    double scale;                  /**< a piece costs its slope times this, a unit */
} hst_pieces;

/** `amount` passed at `now_ns`. */
void hst_bounds_pass(hst_bounds *bounds, int64_t amount, int64_t now_ns);

/** `amount` > 0 failed at `now_ns`. */
void hst_bounds_fail(hst_bounds *bounds, int64_t amount, int64_t now_ns);

/** Bounds at `now_ns` of a hop that could hold `capacity` > 0: 0 <= *lower <= *upper <= capacity.
 */
void hst_bounds_at(
    const hst_bounds *bounds, int64_t capacity, int64_t now_ns, int64_t *lower, int64_t *upper);

/** Micro-USD in a unit of a payment: the least that makes it HST_PAY_UNITS_MAX units or fewer. */
int64_t hst_pay_unit(int64_t amount);

/** Units of a payment, the last perhaps partial. */
int64_t hst_pay_units(int64_t amount, int64_t unit);

/** Slope of -ln P over piece 0 ... HST_PIECES - 1, for b - a = 1. */
double hst_piece_slope(uint32_t piece);

/** Pieces of a hop with liquidity in [lower, upper] for a payment of `amount` in units of `unit`. A
 * whole amount known to pass is free to its last, partial unit; else units are rounded down, and
 * the pieces together never take more than `upper`. */
hst_pieces hst_pieces_of(int64_t lower, int64_t upper, int64_t amount, int64_t unit);

/** All units the pieces take. */
static inline int64_t hst_pieces_capacity(const hst_pieces *pieces)
{
    return pieces->capacity[0] + pieces->capacity[1] + pieces->capacity[2] + pieces->capacity[3];
}

/** Cost of `units` more when `used` are taken; together they are within the capacity. */
double hst_pieces_cost(const hst_pieces *pieces, int64_t used, int64_t units);

#endif
