#include "core/base/assert.h"

#include "sim/statistics/statistics.h"

#include <math.h>

#include <gsl/gsl_sort_double.h>

static bool are_probabilities(const double *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(p[i] >= 0 && p[i] <= 1)) {
            return false;
        }
    }
    return true;
}

/** Indices of p in ascending order; the arena is released by the caller. */
static hst_status
order_of(const double *p, size_t n, hst_arena *arena, hst_memory memory, size_t **order)
{
    hst_arena_init(arena, memory, 4096);
    *order = HST_ARENA_NEW(arena, size_t, n);
    if (*order == NULL) {
        return HST_NO_MEMORY;
    }
    gsl_sort_index(*order, p, 1, n);
    return HST_OK;
}

hst_status hst_holm(double *p, size_t n, hst_memory memory)
{
    if (!are_probabilities(p, n)) {
        return HST_INVALID;
    }
    hst_arena arena;
    size_t *order = NULL;
    const hst_status status = order_of(p, n, &arena, memory, &order);
    double highest = 0;
    for (size_t i = 0; status == HST_OK && i < n; i++) {
        double *one = &p[order[i]];
        highest = fmax(highest, fmin(1, (double)(n - i) * *one));
        *one = highest;
    }
    hst_arena_release(&arena);
    return status;
}

hst_status hst_benjamini_hochberg(double *p, size_t n, hst_memory memory)
{
    if (!are_probabilities(p, n)) {
        return HST_INVALID;
    }
    hst_arena arena;
    size_t *order = NULL;
    const hst_status status = order_of(p, n, &arena, memory, &order);
    double lowest = 1;
    for (size_t i = n; status == HST_OK && i-- > 0;) {
        double *one = &p[order[i]];
        lowest = fmin(lowest, (double)n / (double)(i + 1) * *one);
        *one = lowest;
    }
    hst_arena_release(&arena);
    return status;
}
