#include "core/routing/uncertainty.h"

#include "core/base/assert.h"

#include <stddef.h>

#define PER_MILLE 1000.0

/* Ends of the pieces in per cent of b - a, and ln((1 - p) / (1 - q)) / (q - p) between them. */
static const int64_t pivots[HST_PIECES] = {0, 50, 80, 95};
static const double slopes[HST_PIECES] = {0, 1.3862943611198906, 3.054302439580517,
                                          9.241962407465937};

static bool counts(bool has, int64_t then_ns, int64_t now_ns)
{
    return has && (now_ns <= then_ns || now_ns - then_ns <= HST_BOUNDS_KEEP_NS);
}

/** Drop what is too old to count. */
static void age(hst_bounds *bounds, int64_t now_ns)
{
    if (!counts(bounds->has_lower, bounds->lower_ns, now_ns)) {
        bounds->has_lower = false;
        bounds->lower = 0;
        bounds->lower_ns = 0;
    }
    if (!counts(bounds->has_upper, bounds->upper_ns, now_ns)) {
        bounds->has_upper = false;
        bounds->upper = 0;
        bounds->upper_ns = 0;
    }
}

void hst_bounds_pass(hst_bounds *bounds, int64_t amount, int64_t now_ns)
{
    hst_assert(bounds != NULL && amount >= 0);
    age(bounds, now_ns);
    if (!bounds->has_lower || amount >= bounds->lower) {
        bounds->has_lower = true;
        bounds->lower = amount;
        bounds->lower_ns = now_ns;
    }
    if (bounds->has_upper && bounds->upper < bounds->lower) {
        bounds->has_upper = false;
        bounds->upper = 0;
        bounds->upper_ns = 0;
    }
}

void hst_bounds_fail(hst_bounds *bounds, int64_t amount, int64_t now_ns)
{
    hst_assert(bounds != NULL && amount > 0);
    age(bounds, now_ns);
    if (!bounds->has_upper || amount - 1 <= bounds->upper) {
        bounds->has_upper = true;
        bounds->upper = amount - 1;
        bounds->upper_ns = now_ns;
    }
    if (bounds->has_lower && bounds->lower > bounds->upper) {
        bounds->has_lower = false;
        bounds->lower = 0;
        bounds->lower_ns = 0;
    }
}

void hst_bounds_at(
    const hst_bounds *bounds, int64_t capacity, int64_t now_ns, int64_t *lower, int64_t *upper)
{
    hst_assert(bounds != NULL && lower != NULL && upper != NULL && capacity > 0);
    const bool above = counts(bounds->has_lower, bounds->lower_ns, now_ns);
    const bool below = counts(bounds->has_upper, bounds->upper_ns, now_ns);
    *upper = below && bounds->upper < capacity ? bounds->upper : capacity;
    *lower = above ? bounds->lower : 0;
    *lower = *lower < *upper ? *lower : *upper;
}

int64_t hst_pay_unit(int64_t amount)
{
    hst_assert(amount >= 0);
    const int64_t unit = amount / HST_PAY_UNITS_MAX + (amount % HST_PAY_UNITS_MAX != 0);
    return unit > 0 ? unit : 1;
}

double hst_piece_slope(uint32_t piece)
{
    hst_assert(piece < HST_PIECES);
    return slopes[piece];
}

int64_t hst_pay_units(int64_t amount, int64_t unit)
{
    hst_assert(amount >= 0 && unit > 0);
    return amount / unit + (amount % unit != 0);
}

hst_pieces hst_pieces_of(int64_t lower, int64_t upper, int64_t amount, int64_t unit)
{
    hst_assert(lower >= 0 && lower <= upper);
    const int64_t units = hst_pay_units(amount, unit);
    hst_assert(units <= HST_PAY_UNITS_MAX);
    const int64_t a = lower >= amount ? units : lower / unit;
    const int64_t width = upper / unit > a ? 1 + upper / unit - a : 1;
    hst_pieces pieces = {.scale = PER_MILLE * (double)units / (double)width};
    int64_t taken = 0;
    for (uint32_t i = 0; i < HST_PIECES; i++) {
        const int64_t share = width / 100 * pivots[i] + width % 100 * pivots[i] / 100;
        const int64_t end = a + share < units ? a + share : units;
        pieces.capacity[i] = (uint16_t)(end - taken);
        taken = end;
    }
    return pieces;
}

double hst_pieces_cost(const hst_pieces *pieces, int64_t used, int64_t units)
{
    hst_assert(pieces != NULL && used >= 0 && units >= 0);
    hst_assert(used + units <= hst_pieces_capacity(pieces));
    double slope_units = 0;
    int64_t start = 0;
    for (uint32_t i = 0; i < HST_PIECES; i++) {
        const int64_t end = start + pieces->capacity[i];
        const int64_t from = used > start ? used : start;
        const int64_t to = used + units < end ? used + units : end;
        if (to > from) {
            slope_units += slopes[i] * (double)(to - from);
        }
        start = end;
    }
    return slope_units * pieces->scale;
}
