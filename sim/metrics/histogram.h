/** @file sim/metrics/histogram.h
 * Counts of integers in bins whose width grows with the value: exact for small values, within
 * 1/128 for large ones.
 *
 *   value   0 .. 255          one bin each
 *   value   2^k .. 2^(k+1)-1  128 bins of equal width 2^(k-7), for k >= 8
 *
 * A value and the middle of its bin differ by less than 1/256 of the value, two values of one bin
 * by less than 1/128. Negative values count as 0, and `clamped` says how many there were. Used for
 * latencies (ns) and costs (millionths of a basis point).
 *
 * Units     the caller's; the same for all values of one histogram.
 * Errors    none; memory is in the struct.
 * Memory    about 57 KiB in place; no pointers, so it is copied and compared as a value.
 * Threads   one thread at a time; merge per-thread histograms, the order does not matter.
 * Cost      record: O(1), about 2 ns; percentile: O(bins).
 * Source    the log-linear layout of G. Tene's HdrHistogram, own code.
 */
#ifndef HST_SIM_METRICS_HISTOGRAM_H
#define HST_SIM_METRICS_HISTOGRAM_H

#include "core/base/status.h"

#include <stddef.h>
#include <stdint.h>

/** Bins in each power of two, as a power of two. */
#define HST_HISTOGRAM_SUB_BITS 7

/** Bins in all: 256 of width one, then 128 for each of the powers 2^8 .. 2^62. */
#define HST_HISTOGRAM_BIN_COUNT                                                                    \
    ((2u << HST_HISTOGRAM_SUB_BITS) + ((62u - HST_HISTOGRAM_SUB_BITS) << HST_HISTOGRAM_SUB_BITS))

/** A histogram; zero bytes are an empty one. Fields are private but for reading. */
typedef struct hst_histogram {
    uint64_t count;                         /**< values recorded */
    uint64_t clamped;                       /**< of them, negative, counted as 0 */
    int64_t min;                            /**< smallest recorded; 0 when empty */
    int64_t max;                            /**< largest recorded; 0 when empty */
    uint64_t sum_high;                      /**< sum of values, upper 64 bits */
    uint64_t sum_low;                       /**< sum of values, lower 64 bits */
    uint64_t bins[HST_HISTOGRAM_BIN_COUNT]; /**< counts */
} hst_histogram;

/** Forget everything. */
void hst_histogram_clear(hst_histogram *histogram);

/** Bin of a value >= 0. */
static inline uint32_t hst_histogram_bin(int64_t value)
{
    const uint64_t v = (uint64_t)value;
    if (v < (2u << HST_HISTOGRAM_SUB_BITS)) {
        return (uint32_t)v;
    }
    const uint32_t power = 63u - (uint32_t)__builtin_clzll(v);
    const uint32_t shift = power - HST_HISTOGRAM_SUB_BITS;
    return (shift << HST_HISTOGRAM_SUB_BITS) + (uint32_t)(v >> shift);
}

/** Smallest value of a bin < HST_HISTOGRAM_BIN_COUNT. */
int64_t hst_histogram_bin_lower(uint32_t bin);

/** Largest value of a bin. */
int64_t hst_histogram_bin_upper(uint32_t bin);

/** Count `value` once. */
static inline void hst_histogram_record(hst_histogram *histogram, int64_t value)
{
    if (__builtin_expect(value < 0, 0)) {
        histogram->clamped++;
        value = 0;
    }
    if (value < histogram->min || histogram->count == 0) {
        histogram->min = value;
    }
    if (value > histogram->max) {
        histogram->max = value;
    }
    histogram->count++;
    histogram->sum_high +=
        __builtin_add_overflow(histogram->sum_low, (uint64_t)value, &histogram->sum_low);
    histogram->bins[hst_histogram_bin(value)]++;
}

/** Count `value` `times` times. */
void hst_histogram_record_many(hst_histogram *histogram, int64_t value, uint64_t times);

/** Add everything `other` counted. */
void hst_histogram_merge(hst_histogram *histogram, const hst_histogram *other);

/** The value below or at which `share_ppm` parts per million of the values lie (nearest rank): the
 * upper end of the bin that holds that rank, but never beyond the largest value recorded. It is at
 * least the exact order statistic and exceeds it by less than 1/128. 0 gives the smallest value,
 * 1,000,000 the largest, both exact; 0 when empty. */
int64_t hst_histogram_percentile(const hst_histogram *histogram, uint32_t share_ppm);

/** Values at or below the upper end of `value`'s bin. */
uint64_t hst_histogram_count_at_most(const hst_histogram *histogram, int64_t value);

/** Mean of the recorded values themselves, not of bins; within two roundings; 0 when empty. */
double hst_histogram_mean(const hst_histogram *histogram);

#endif
