#include "sim/lineup/pool.h"

#include "core/base/assert.h"

#include <math.h>

#define MILLION INT64_C(1000000)

__extension__ typedef unsigned __int128 wide;

static int64_t effective(const hst_pool *pool, int64_t units)
{
    return (int64_t)((wide)(uint64_t)units * (uint64_t)(MILLION - pool->fee_ppm) / MILLION);
}

int64_t hst_pool_quote(const hst_pool *pool, unsigned side, int64_t units)
{
    hst_assert(side < 2 && units >= 0);
    const int64_t given = effective(pool, units);
    const wide product = (wide)(uint64_t)pool->reserves[1 - side] * (uint64_t)given;
    return (int64_t)(product / (uint64_t)(pool->reserves[side] + given));
}

int64_t hst_pool_swap(hst_pool *pool, unsigned side, int64_t units)
{
    const int64_t out = hst_pool_quote(pool, side, units);
    const int64_t given = effective(pool, units);
    pool->reserves[side] += given;
    pool->reserves[1 - side] -= out;
    pool->fees[side] += units - given;
    return out;
}

double hst_pool_rate(const hst_pool *pool, unsigned side, const double prices[2])
{
    const double given = (double)pool->reserves[side] * prices[side];
    const double got = (double)pool->reserves[1 - side] * prices[1 - side];
    return got / given * (1 - (double)pool->fee_ppm / (double)MILLION);
}

void hst_pool_arbitrage(hst_pool *pool, const double prices[2])
{
    for (unsigned side = 0; side < 2; side++) {
        const double rate = hst_pool_rate(pool, side, prices);
        if (rate <= 1) {
            continue;
        }
        /* Along x * y the rate falls as 1 / x^2: to 1 at x * sqrt(rate). */
        const double more = (double)pool->reserves[side] * (sqrt(rate) - 1);
        (void)hst_pool_swap(pool, side,
                            (int64_t)(more / (1 - (double)pool->fee_ppm / (double)MILLION)));
    }
}
