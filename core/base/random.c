#include "core/base/random.h"

#include "core/base/assert.h"
#include "core/base/real.h"
#include "core/base/ziggurat_tables.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* Multipliers and Weyl constants of Philox4x32 (Salmon et al. 2011, section 3.3 and table 2). */
#define PHILOX_M0 UINT64_C(0xd2511f53)
#define PHILOX_M1 UINT64_C(0xcd9e8d57)
#define PHILOX_W0 UINT32_C(0x9e3779b9)
#define PHILOX_W1 UINT32_C(0xbb67ae85)

void hst_philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    enum { ROUNDS = 10 };
    hst_assert(counter != NULL);
    hst_assert(key != NULL);
    hst_assert(out != NULL);
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t p0 = PHILOX_M0 * c0;
        const uint64_t p1 = PHILOX_M1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

hst_random hst_random_stream(uint64_t seed, uint32_t replication, uint64_t entity, uint32_t purpose)
{
    const uint32_t counter[4] = {(uint32_t)entity, (uint32_t)(entity >> 32), purpose, replication};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t out[4];
    hst_philox4x32_10(counter, key, out);
    return (hst_random){.key = (uint64_t)out[1] << 32 | out[0], .counter = 0};
}

/* Lemire, "Fast random integer generation in an interval", ACM TOMACS 29(1), 2019: the high half
 * of bits * bound, drawn again in the rare case that the low half would make it biased. */
uint64_t hst_random_below(hst_random *stream, uint64_t bound)
{
    __extension__ typedef unsigned __int128 uint128;
    hst_assert(stream != NULL);
    hst_assert(bound > 0);
    uint128 product = (uint128)hst_random_u64(stream) * bound;
    if ((uint64_t)product < bound) {
        const uint64_t threshold = (0 - bound) % bound; /* 2^64 mod bound */
        while ((uint64_t)product < threshold) {
            product = (uint128)hst_random_u64(stream) * bound;
        }
    }
    const uint64_t value = (uint64_t)(product >> 64);
    hst_assert(value < bound);
    return value;
}

/* One draw serves a layer (the low eight bits), a sign (the ninth) and a position in the layer (the
 * upper 53), so the three are independent. */
enum { LAYER_MASK = 255, SIGN_BIT = 8 };

static double position(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

/* Height of a random point between two layers' densities. */
static double height(hst_random *stream, double low, double high)
{
    return low + hst_random_uniform(stream) * (high - low);
}

double hst_random_exponential(hst_random *stream)
{
    hst_assert(stream != NULL);
    double beyond = 0; /* the tail has no memory: start again behind it */
    for (;;) {
        const uint64_t bits = hst_random_u64(stream);
        const size_t layer = bits & LAYER_MASK;
        const double x = position(bits) * exponential_x[layer];
        if (x < exponential_x[layer + 1]) {
            return beyond + x;
        }
        if (layer == 0) {
            beyond += exponential_x[1];
        } else if (height(stream, exponential_f[layer], exponential_f[layer + 1]) < hst_exp(-x)) {
            return beyond + x;
        }
    }
}

/* Normal beyond the last layer's edge r, by Marsaglia (1964): r + x with x exponential of rate r,
 * kept when a second exponential exceeds x^2 / 2. */
static double normal_tail(hst_random *stream)
{
    for (;;) {
        const double x = hst_random_exponential(stream) / normal_x[1];
        const double y = hst_random_exponential(stream);
        if (y + y > x * x) {
            return normal_x[1] + x;
        }
    }
}

double hst_random_normal(hst_random *stream)
{
    hst_assert(stream != NULL);
    for (;;) {
        const uint64_t bits = hst_random_u64(stream);
        const size_t layer = bits & LAYER_MASK;
        const bool negative = (bits >> SIGN_BIT & 1) != 0;
        const double x = position(bits) * normal_x[layer];
        if (x < normal_x[layer + 1]) {
            return negative ? -x : x;
        }
        if (layer == 0) {
            const double beyond = normal_tail(stream);
            return negative ? -beyond : beyond;
        }
        if (height(stream, normal_f[layer], normal_f[layer + 1]) < hst_exp(-0.5 * x * x)) {
            return negative ? -x : x;
        }
    }
}

/* Bailey, "Polar generation of random variates with the t-distribution", Math. Comp. 62, 1994: the
 * polar method for the normal with log replaced by a power. */
double hst_random_student_unit(hst_random *stream, double nu)
{
    hst_assert(stream != NULL);
    hst_assert(nu > 2);
    double u = 0, w = 0;
    do {
        u = 2 * hst_random_uniform(stream) - 1;
        const double v = 2 * hst_random_uniform(stream) - 1;
        w = u * u + v * v;
    } while (w > 1 || w < 0x1p-100);
    const double power = hst_exp(-2 / nu * hst_log(w)); /* w^(-2/nu) >= 1 */
    return u * sqrt((nu - 2) * (power - 1) / w);
}

double hst_random_lognormal(hst_random *stream, double mu, double sigma)
{
    hst_assert(stream != NULL);
    hst_assert(sigma >= 0);
    return hst_exp(mu + sigma * hst_random_normal(stream));
}
