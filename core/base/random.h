/** @file core/base/random.h
 * Keyed random streams: who draws, and for what, decides the numbers; never when or on which
 * thread.
 *
 *   key = Philox4x32-10(seed, replication, entity, purpose), once per stream
 *   draw i = splitmix64 finaliser(key + (i + 1) * golden gamma)
 *
 * So two strategies see identical payments (common random numbers): a stream for arrivals indexed
 * by payment does not notice what the router draws. Streams are values: copy one to look ahead.
 *
 * Sampling uses only IEEE additions, multiplications, divisions and square roots and
 * core/base/real.h for log and exp, so results are equal on any compiler, -O level and C library.
 *
 * Errors    none; arguments out of range are programmer errors.
 * Threads   a stream belongs to one thread.
 * Cost      uniform < 1 ns, exponential and normal about 3 ns (ziggurat), key about 20 ns.
 * Source    Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11 (Philox);
 *           Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA'14;
 *           Marsaglia, Tsang, "The ziggurat method", J. Stat. Soft. 5(8), 2000.
 */
#ifndef HST_CORE_BASE_RANDOM_H
#define HST_CORE_BASE_RANDOM_H

#include <stdint.h>

/** A stream: 16 bytes, copied freely. */
typedef struct hst_random {
    uint64_t key;     /**< from hst_random_key */
    uint64_t counter; /**< draws made */
} hst_random;

/** Four words of Philox4x32-10 for a counter and a key; the reference block function. */
void hst_philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/** The stream of `entity` for `purpose` (names in sim/base/purpose.h) under a seed. */
hst_random
hst_random_stream(uint64_t seed, uint32_t replication, uint64_t entity, uint32_t purpose);

/** Sixty-four random bits. */
static inline uint64_t hst_random_u64(hst_random *stream)
{
    uint64_t z = stream->key + ++stream->counter * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/** Uniform in [0, 1), 53 bits. */
static inline double hst_random_uniform(hst_random *stream)
{
    return (double)(hst_random_u64(stream) >> 11) * 0x1.0p-53;
}

/** Uniform in {0, ..., bound - 1}, without modulo bias; bound > 0. */
uint64_t hst_random_below(hst_random *stream, uint64_t bound);

/** Exponential with mean 1. */
double hst_random_exponential(hst_random *stream);

/** Standard normal. */
double hst_random_normal(hst_random *stream);

/** Student's t with `nu` > 2 degrees of freedom, scaled to variance 1 (Bailey 1994). */
double hst_random_student_unit(hst_random *stream, double nu);

/** Lognormal exp(mu + sigma * normal). */
double hst_random_lognormal(hst_random *stream, double mu, double sigma);

#endif
