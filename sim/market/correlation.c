#include "sim/market/correlation.h"

#include "core/base/assert.h"

#include <math.h>

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

void hst_correlation_columns(const double *factor, size_t count, double *out)
{
    for (size_t j = 0; j < count; j++) {
        for (size_t i = j; i < count; i++) {
            *out++ = factor[i * count + j];
        }
    }
}

void hst_correlation_mix(const double *restrict columns,
                         size_t count,
                         const double *restrict raw,
                         double *restrict out)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = 0.0;
    }
    for (size_t j = 0; j < count; j++) {
        const double z = raw[j];
        for (size_t i = j; i < count; i++) {
            out[i] += columns[i - j] * z;
        }
        columns += count - j;
    }
}
