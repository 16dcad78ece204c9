#include "sim/market/correlation.h"

#include "core/base/assert.h"

#include <math.h>
#include <string.h>

hst_status hst_correlation_factor(const double *matrix, size_t count, double *out)
{
    hst_assert(matrix != out);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            out[i * count + j] = 0.0;
        }
        for (size_t j = 0; j <= i; j++) {
            double sum = matrix[i * count + j];
            for (size_t k = 0; k < j; k++) {
                sum -= out[i * count + k] * out[j * count + k];
            }
            if (i != j) {
                out[i * count + j] = sum / out[j * count + j];
                continue;
            }
            if (!(sum > 0.0)) {
                return HST_INVALID;
            }
            out[i * count + j] = sqrt(sum);
        }
    }
    return HST_OK;
}

enum { BLOCK = 8 };

/* Columns of the block of rows that begins at `row`. */
static size_t block_columns(size_t row, size_t count)
{
    return row + BLOCK < count ? row + BLOCK : count;
}

size_t hst_correlation_packed_size(size_t count)
{
    size_t size = 0;
    for (size_t row = 0; row < count; row += BLOCK) {
        size += block_columns(row, count) * BLOCK;
    }
    return size;
}

void hst_correlation_pack(const double *factor, size_t count, double *out)
{
    for (size_t row = 0; row < count; row += BLOCK) {
        for (size_t j = 0; j < block_columns(row, count); j++) {
            for (size_t i = row; i < row + BLOCK; i++) {
                *out++ = i < count && j <= i ? factor[i * count + j] : 0.0;
            }
        }
    }
}

/* Two sums side by side: what every 64-bit processor adds and multiplies at once. */
typedef double pair __attribute__((vector_size(16)));

static inline pair load(const double *at)
{
    pair two;
    memcpy(&two, at, sizeof two);
    return two;
}

void hst_correlation_mix(const double *packed, size_t count, const double *raw, double *out)
{
    for (size_t row = 0; row < count; row += BLOCK) {
        pair a = {0.0, 0.0}, b = a, c = a, d = a;
        const size_t columns = block_columns(row, count);
        for (size_t j = 0; j < columns; j++) {
            const pair z = {raw[j], raw[j]};
            a += load(packed) * z;
            b += load(packed + 2) * z;
            c += load(packed + 4) * z;
            d += load(packed + 6) * z;
            packed += BLOCK;
        }
        const double sums[BLOCK] = {a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]};
        memcpy(out + row, sums, (columns - row) * sizeof *sums);
    }
}
