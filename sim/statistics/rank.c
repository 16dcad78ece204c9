#include "core/base/assert.h"

#include "sim/statistics/statistics.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort_double.h>

/** Doubled mid-ranks of values[n], whole numbers even when tied, and the sum of t^3 - t over the
 * groups of ties. */
static void
double_ranks(const double *values, size_t n, size_t *order, uint32_t *ranks, double *tie_sum)
{
    *tie_sum = 0;
    gsl_sort_index(order, values, 1, n);
    for (size_t first = 0; first < n;) {
        size_t end = first + 1;
        while (end < n && values[order[end]] <= values[order[first]]) {
            end++;
        }
        /* ranks first + 1 ... end; their mean doubled is first + 1 + end */
        for (size_t i = first; i < end; i++) {
            ranks[order[i]] = (uint32_t)(first + 1 + end);
        }
        const double tied = (double)(end - first);
        *tie_sum += tied * tied * tied - tied;
        first = end;
    }
}

/** In how many ways `chosen` of the ranks (any number of them when `chosen` is SIZE_MAX) give each
 * sum: ways[k * (sum_max + 1) + s], a knapsack count, exact in a double up to 2^53. */
static void
count_sums(const uint32_t *ranks, size_t n, size_t rows, bool counted, size_t sum_max, double *ways)
{
    const size_t width = sum_max + 1;
    size_t reach = 0; /* no sum so far is larger, and no more than i ranks are chosen */
    ways[0] = 1;
    for (size_t i = 0; i < n; i++) {
        reach += ranks[i];
        hst_assert(reach <= sum_max);
        for (size_t k = counted && i + 2 < rows ? i + 2 : rows; k-- > (counted ? 1u : 0u);) {
            const double *from = ways + (counted ? k - 1 : k) * width;
            double *to = ways + k * width;
            for (size_t s = reach + 1; s-- > ranks[i];) {
                to[s] += from[s - ranks[i]];
            }
        }
    }
}

/** Share of the ways whose sum is at least as far from `mean` as `sum` is. */
static double tail_share(const double *ways, size_t sum_max, double mean, double sum)
{
    const double distance = fabs(sum - mean) - 1e-9; /* sums are whole, means are halves */
    double all = 0;
    double far = 0;
    for (size_t s = 0; s <= sum_max; s++) {
        all += ways[s];
        far += fabs((double)s - mean) >= distance ? ways[s] : 0;
    }
    return far / all;
}

static double normal_two_sided(double z)
{
    return fmin(1, 2 * gsl_cdf_ugaussian_Q(fabs(z)));
}

/** z with half a step towards the mean, for the normal law's p. */
static double continuity(double difference, double deviation)
{
    const double closer = fmax(0, fabs(difference) - 0.5);
    return deviation > 0 ? closer / deviation : 0;
}

/** The test itself; `values` holds a then b. */
static hst_status
rank_sum(const double *values, size_t a_count, size_t b_count, hst_arena *arena, hst_rank_test *out)
{
    const size_t n = a_count + b_count;
    size_t *order = HST_ARENA_NEW(arena, size_t, n);
    uint32_t *ranks = HST_ARENA_NEW(arena, uint32_t, n);
    if (order == NULL || ranks == NULL) {
        return HST_NO_MEMORY;
    }
    double tie_sum = 0;
    double_ranks(values, n, order, ranks, &tie_sum);
    double doubled_sum = 0;
    for (size_t i = 0; i < a_count; i++) {
        doubled_sum += ranks[i];
    }
    const double m = (double)a_count;
    const double k = (double)b_count;
    const double total = (double)n;
    const double u = doubled_sum / 2 - m * (m + 1) / 2;
    const double variance = m * k / 12 * (total + 1 - tie_sum / (total * fmax(1, total - 1)));
    const double deviation = variance > 0 ? sqrt(variance) : 0;
    *out = (hst_rank_test){.statistic = u,
                           .z = deviation > 0 ? (u - m * k / 2) / deviation : 0,
                           .superiority = 1 - u / (m * k),
                           .n = n,
                           .exact = n <= HST_RANK_EXACT_MAX};
    if (!out->exact) {
        out->p = normal_two_sided(continuity(u - m * k / 2, deviation));
        return HST_OK;
    }
    const size_t sum_max = n * (n + 1); /* of all doubled ranks */
    double *ways = HST_ARENA_NEW(arena, double, (a_count + 1) * (sum_max + 1));
    if (ways == NULL) {
        return HST_NO_MEMORY;
    }
    count_sums(ranks, n, a_count + 1, true, sum_max, ways);
    out->p = tail_share(ways + a_count * (sum_max + 1), sum_max, m * (total + 1), doubled_sum);
    return HST_OK;
}

hst_status hst_rank_sum(const double *a,
                        size_t a_count,
                        const double *b,
                        size_t b_count,
                        hst_memory memory,
                        hst_rank_test *out)
{
    hst_assert(a_count > 0);
    hst_assert(b_count > 0);
    if (!hst_all_finite(a, a_count) || !hst_all_finite(b, b_count)) {
        return HST_INVALID;
    }
    hst_arena arena;
    hst_arena_init(&arena, memory, 4096);
    double *values = HST_ARENA_NEW(&arena, double, a_count + b_count);
    hst_status status = HST_NO_MEMORY;
    if (values != NULL) {
        for (size_t i = 0; i < a_count; i++) {
            values[i] = a[i];
        }
        for (size_t i = 0; i < b_count; i++) {
            values[a_count + i] = b[i];
        }
        status = rank_sum(values, a_count, b_count, &arena, out);
    }
    hst_arena_release(&arena);
    return status;
}

static hst_status
signed_rank(const double *a, const double *b, size_t n, hst_arena *arena, hst_rank_test *out)
{
    double *sizes = HST_ARENA_NEW(arena, double, n);
    bool *positive = HST_ARENA_NEW(arena, bool, n);
    size_t *order = HST_ARENA_NEW(arena, size_t, n);
    uint32_t *ranks = HST_ARENA_NEW(arena, uint32_t, n);
    if (sizes == NULL || positive == NULL || order == NULL || ranks == NULL) {
        return HST_NO_MEMORY;
    }
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const double difference = b[i] - a[i];
        if (difference < 0 || difference > 0) {
            sizes[used] = fabs(difference);
            positive[used++] = difference > 0;
        }
    }
    if (used == 0) {
        *out = (hst_rank_test){.p = 1, .superiority = 0.5, .exact = true};
        return HST_OK;
    }
    double tie_sum = 0;
    double_ranks(sizes, used, order, ranks, &tie_sum);
    double doubled_sum = 0;
    for (size_t i = 0; i < used; i++) {
        doubled_sum += positive[i] ? ranks[i] : 0;
    }
    const double m = (double)used;
    const double mean = m * (m + 1) / 4;
    const double deviation = sqrt(m * (m + 1) * (2 * m + 1) / 24 - tie_sum / 48);
    *out = (hst_rank_test){.statistic = doubled_sum / 2,
                           .z = (doubled_sum / 2 - mean) / deviation,
                           .superiority = doubled_sum / 2 / (2 * mean),
                           .n = used,
                           .exact = used <= HST_RANK_EXACT_MAX};
    if (!out->exact) {
        out->p = normal_two_sided(continuity(doubled_sum / 2 - mean, deviation));
        return HST_OK;
    }
    const size_t sum_max = used * (used + 1);
    double *ways = HST_ARENA_NEW(arena, double, sum_max + 1);
    if (ways == NULL) {
        return HST_NO_MEMORY;
    }
    count_sums(ranks, used, 1, false, sum_max, ways);
    out->p = tail_share(ways, sum_max, 2 * mean, doubled_sum);
    return HST_OK;
}

hst_status
hst_signed_rank(const double *a, const double *b, size_t n, hst_memory memory, hst_rank_test *out)
{
    hst_assert(n > 0);
    if (!hst_all_finite(a, n) || !hst_all_finite(b, n)) {
        return HST_INVALID;
    }
    hst_arena arena;
    hst_arena_init(&arena, memory, 4096);
    const hst_status status = signed_rank(a, b, n, &arena, out);
    hst_arena_release(&arena);
    return status;
}

hst_status hst_shift_interval(const double *a,
                              size_t a_count,
                              const double *b,
                              size_t b_count,
                              double confidence,
                              hst_memory memory,
                              hst_interval *out)
{
    hst_assert(a_count > 0);
    hst_assert(b_count > 0);
    hst_assert(confidence > 0 && confidence < 1);
    if (!hst_all_finite(a, a_count) || !hst_all_finite(b, b_count)) {
        return HST_INVALID;
    }
    hst_arena arena;
    hst_arena_init(&arena, memory, 4096);
    double *differences = a_count <= SIZE_MAX / sizeof(double) / b_count
                              ? HST_ARENA_NEW(&arena, double, a_count *b_count)
                              : NULL;
    if (differences == NULL) {
        hst_arena_release(&arena);
        return HST_NO_MEMORY;
    }
    for (size_t i = 0; i < a_count; i++) {
        for (size_t j = 0; j < b_count; j++) {
            differences[i * b_count + j] = b[j] - a[i];
        }
    }
    const size_t pairs = a_count * b_count;
    const double estimate = hst_median_in_place(differences, pairs); /* sorts them, too */
    *out = (hst_interval){estimate, -(double)INFINITY, (double)INFINITY, confidence,
                          a_count + b_count};
    const double deviation = sqrt((double)pairs * (double)(a_count + b_count + 1) / 12);
    const double rank =
        (double)pairs / 2 - gsl_cdf_ugaussian_Pinv((1 + confidence) / 2) * deviation;
    if (rank >= 1) {
        const size_t outside = (size_t)rank;
        out->low = differences[outside - 1];
        out->high = differences[pairs - outside];
    }
    hst_arena_release(&arena);
    return HST_OK;
}
