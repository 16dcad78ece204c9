#include "sim/metrics/histogram.h"

#include "core/base/assert.h"

#include <string.h>

/* Values below LINEAR have a bin each; above, SUB bins to a power of two. */
#define SUB    (1u << HST_HISTOGRAM_SUB_BITS)
#define LINEAR (2u << HST_HISTOGRAM_SUB_BITS)

#define PPM 1000000u

__extension__ typedef unsigned __int128 wide;

void hst_histogram_clear(hst_histogram *histogram)
{
    hst_assert(histogram != NULL);
    memset(histogram, 0, sizeof *histogram);
}

int64_t hst_histogram_bin_lower(uint32_t bin)
{
    hst_assert(bin < HST_HISTOGRAM_BIN_COUNT);
    if (bin < LINEAR) {
        return bin;
    }
    /* The inverse of hst_histogram_bin: bin = shift * SUB + m with m in [SUB, 2 SUB). */
    const uint32_t shift = bin / SUB - 1;
    const uint64_t mantissa = bin - shift * SUB;
    hst_assert(mantissa >= SUB);
    return (int64_t)(mantissa << shift);
}

int64_t hst_histogram_bin_upper(uint32_t bin)
{
    hst_assert(bin < HST_HISTOGRAM_BIN_COUNT);
    return bin + 1 < HST_HISTOGRAM_BIN_COUNT ? hst_histogram_bin_lower(bin + 1) - 1 : INT64_MAX;
}

static void add_sum(hst_histogram *histogram, wide amount)
{
    const wide sum = (((wide)histogram->sum_high << 64) | histogram->sum_low) + amount;
    histogram->sum_high = (uint64_t)(sum >> 64);
    histogram->sum_low = (uint64_t)sum;
}

void hst_histogram_record_many(hst_histogram *histogram, int64_t value, uint64_t times)
{
    hst_assert(histogram != NULL);
    hst_assert(times <= UINT64_MAX - histogram->count);
    if (times == 0) {
        return;
    }
    hst_histogram_record(histogram, value);
    const uint64_t more = times - 1;
    if (value < 0) {
        histogram->clamped += more;
        value = 0;
    }
    histogram->count += more;
    histogram->bins[hst_histogram_bin(value)] += more;
    add_sum(histogram, (wide)(uint64_t)value * more);
}

void hst_histogram_merge(hst_histogram *histogram, const hst_histogram *other)
{
    hst_assert(histogram != NULL);
    hst_assert(other != NULL);
    hst_assert(other->count <= UINT64_MAX - histogram->count);
    if (other->count == 0) {
        return;
    }
    if (histogram->count == 0 || other->min < histogram->min) {
        histogram->min = other->min;
    }
    if (other->max > histogram->max) {
        histogram->max = other->max;
    }
    histogram->count += other->count;
    histogram->clamped += other->clamped;
    add_sum(histogram, ((wide)other->sum_high << 64) | other->sum_low);
    for (uint32_t b = 0; b < HST_HISTOGRAM_BIN_COUNT; b++) {
        histogram->bins[b] += other->bins[b];
    }
}

int64_t hst_histogram_percentile(const hst_histogram *histogram, uint32_t share_ppm)
{
    hst_assert(histogram != NULL);
    hst_assert(share_ppm <= PPM);
    if (histogram->count == 0 || share_ppm == 0) {
        return histogram->min;
    }
    /* Nearest rank: the smallest r with r / count >= share. */
    const uint64_t rank = (uint64_t)(((wide)histogram->count * share_ppm + (PPM - 1)) / PPM);
    hst_assert(rank >= 1);
    hst_assert(rank <= histogram->count);
    uint64_t seen = 0;
    uint32_t bin = 0;
    while (bin < HST_HISTOGRAM_BIN_COUNT - 1) {
        seen += histogram->bins[bin];
        if (seen >= rank) {
            break;
        }
        bin++;
    }
    const int64_t upper = hst_histogram_bin_upper(bin);
    return upper < histogram->max ? upper : histogram->max;
}

uint64_t hst_histogram_count_at_most(const hst_histogram *histogram, int64_t value)
{
    hst_assert(histogram != NULL);
    if (value < 0) {
        return 0;
    }
    const uint32_t last = hst_histogram_bin(value);
    uint64_t seen = 0;
    for (uint32_t b = 0; b <= last; b++) {
        seen += histogram->bins[b];
    }
    hst_assert(seen <= histogram->count);
    return seen;
}

double hst_histogram_mean(const hst_histogram *histogram)
{
    hst_assert(histogram != NULL);
    if (histogram->count == 0) {
        return 0.0;
    }
    /* Divide as integers first: the quotient is exact, and the remainder is below count, so both
     * parts convert with one rounding each. */
    const wide sum = ((wide)histogram->sum_high << 64) | histogram->sum_low;
    const uint64_t quotient = (uint64_t)(sum / histogram->count);
    const uint64_t remainder = (uint64_t)(sum % histogram->count);
    return (double)quotient + (double)remainder / (double)histogram->count;
}
