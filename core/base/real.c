#include "core/base/real.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* ln 2 in two parts: the first has 41 bits, so k * ln2_high is exact for every exponent k. */
static const double ln2_high = 0x1.62e42fefa3p-1;
static const double ln2_low = 0x1.3de6af278ece6p-42;

enum { FRACTION_BITS = 52, EXPONENT_BIAS = 1023 };

#define FRACTION_MASK ((UINT64_C(1) << FRACTION_BITS) - 1)
#define INFINITY_BITS (UINT64_C(0x7ff) << FRACTION_BITS)

static uint64_t bits_of(double x)
{
    uint64_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x = 0;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^k for a normal result, -1022 <= k <= 1023. */
static double power_of_two(int k)
{
    return from_bits((uint64_t)(k + EXPONENT_BIAS) << FRACTION_BITS);
}

/* log(1 + f) + k ln 2 for 1 + f in [sqrt(1/2), sqrt(2)].
 * With s = f / (2 + f), log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + R), where
 * R = 2 s^2/3 + 2 s^4/5 + ...; s^2 < 0.0295, so eleven terms leave less than 2^-60. The series is
 * split into odd and even powers of z = s^2 to halve its latency. */
static double log_reduced(double f, int k)
{
    const double s = f / (2.0 + f);
    const double z = s * s;
    const double w = z * z;
    const double even =
        2.0 / 3 + w * (2.0 / 7 + w * (2.0 / 11 + w * (2.0 / 15 + w * (2.0 / 19 + w * (2.0 / 23)))));
    const double odd = 2.0 / 5 + w * (2.0 / 9 + w * (2.0 / 13 + w * (2.0 / 17 + w * (2.0 / 21))));
    const double r = z * (even + z * odd);
    const double half_square = 0.5 * f * f;
    const double low = s * (half_square + r) + (double)k * ln2_low;
    return (double)k * ln2_high - ((half_square - low) - f);
}

double hst_log(double x)
{
    uint64_t bits = bits_of(x);
    int k = 0;
    if (bits << 1 == 0) {
        return from_bits(INFINITY_BITS | UINT64_C(1) << 63);
    }
    if (bits >= INFINITY_BITS) { /* infinity, NaN, or the sign bit is set */
        return bits == INFINITY_BITS ? x : from_bits(INFINITY_BITS | UINT64_C(1) << 51);
    }
    if (bits >> FRACTION_BITS == 0) { /* subnormal */
        bits = bits_of(x * 0x1p54);
        k = -54;
    }
    /* Add what carries into the exponent when the fraction is at or above sqrt(2). */
    static const uint64_t to_sqrt2 = (UINT64_C(1) << FRACTION_BITS) - UINT64_C(0x6a09e667f3bcd);
    const uint64_t carry = ((bits & FRACTION_MASK) + to_sqrt2) & (UINT64_C(1) << FRACTION_BITS);
    k += (int)(bits >> FRACTION_BITS) - EXPONENT_BIAS + (carry != 0 ? 1 : 0);
    const int exponent = carry != 0 ? EXPONENT_BIAS - 1 : EXPONENT_BIAS;
    const double m = from_bits((bits & FRACTION_MASK) | (uint64_t)exponent << FRACTION_BITS);
    return log_reduced(m - 1.0, k);
}

/* exp(r + c) for |r| <= ln(2)/2 and a correction c below an ulp of r: Taylor to r^13, whose rest
 * is below 2^-57. */
static double exp_reduced(double r, double c)
{
    const double w = r * r;
    const double even =
        1.0 / 2 +
        w * (1.0 / 24 +
             w * (1.0 / 720 + w * (1.0 / 40320 + w * (1.0 / 3628800 + w * (1.0 / 479001600)))));
    const double odd =
        1.0 / 6 +
        w * (1.0 / 120 +
             w * (1.0 / 5040 + w * (1.0 / 362880 + w * (1.0 / 39916800 + w / 6227020800.0))));
    return 1.0 + (r + (c + w * (even + r * odd)));
}

double hst_exp(double x)
{
    static const double log2_e = 0x1.71547652b82fep+0;
    const uint64_t magnitude = bits_of(x) & ~(UINT64_C(1) << 63);
    const bool negative = bits_of(x) >> 63 != 0;
    if (magnitude > INFINITY_BITS) {
        return x + x; /* NaN */
    }
    if (!negative && x > 0x1.62e42fefa39efp+9) { /* log of the largest double */
        return from_bits(INFINITY_BITS);
    }
    if (negative && x < -0x1.74910d52d3052p+9) { /* log of half the smallest subnormal */
        return 0.0;
    }
    const int k = (int)(x * log2_e + (negative ? -0.5 : 0.5));
    const double high = x - (double)k * ln2_high;
    const double low = (double)k * ln2_low;
    const double r = high - low;
    const double y = exp_reduced(r, (high - r) - low);
    if (k >= -1021 && k <= 1023) {
        return y * power_of_two(k);
    }
    /* Beyond the normal exponents in two steps; only the last one rounds. */
    return k > 0 ? y * 2.0 * power_of_two(k - 1) : y * power_of_two(k + 64) * 0x1p-64;
}
