#include "core/money/rate.h"

#include "core/base/assert.h"
#include "core/money/money.h"

#include <stdbool.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/* Rounded rates must stay this close to one for their error to stay below 1e-9. */
enum { ROUNDED_RATIO_BITS = 31 };

static uint64_t gcd64(uint64_t a, uint64_t b)
{
    while (b != 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Wide divisions cost several narrow ones, so only the first steps, whose terms need it, are. */
static uint128 gcd(uint128 a, uint128 b)
{
    while (b > UINT64_MAX) {
        const uint128 rest = a % b;
        a = b;
        b = rest;
    }
    return b == 0 ? a : gcd64((uint64_t)b, (uint64_t)(a % b));
}

static hst_status reduce(uint128 numerator, uint128 denominator, hst_rate *out)
{
    hst_assert(numerator > 0);
    hst_assert(denominator > 0);
    const uint128 divisor = gcd(numerator, denominator);
    const uint128 n = numerator / divisor, d = denominator / divisor;
    if (n > INT64_MAX || d > INT64_MAX) {
        return HST_OVERFLOW;
    }
    *out = (hst_rate){.numerator = (int64_t)n, .denominator = (int64_t)d};
    return HST_OK;
}

/* As reduce, but what does not fit is cut to 63 bits: the numerator down, the denominator up, so
 * the result is never above. Within 2^+-31 the smaller term keeps 32 bits and the error of each
 * term is below 2^-31. */
static hst_status reduce_floor(uint128 numerator, uint128 denominator, hst_rate *out)
{
    if (reduce(numerator, denominator, out) == HST_OK) {
        return HST_OK;
    }
    const uint128 divisor = gcd(numerator, denominator);
    uint128 n = numerator / divisor, d = denominator / divisor;
    if (n >> ROUNDED_RATIO_BITS > d || d >> ROUNDED_RATIO_BITS > n) {
        return HST_OVERFLOW;
    }
    unsigned shift = 0;
    while ((n >> shift) > INT64_MAX || (d >> shift) >= INT64_MAX) {
        shift++;
    }
    n >>= shift;
    d = (d >> shift) + 1;
    hst_assert(n > 0);
    hst_assert(d <= INT64_MAX);
    return reduce(n, d, out);
}

static void check(hst_rate rate)
{
    hst_assert(rate.numerator > 0);
    hst_assert(rate.denominator > 0);
}

hst_status hst_rate_make(int64_t numerator, int64_t denominator, hst_rate *out)
{
    hst_assert(out != NULL);
    if (numerator <= 0 || denominator <= 0) {
        return HST_INVALID;
    }
    const int64_t divisor = (int64_t)gcd64((uint64_t)numerator, (uint64_t)denominator);
    *out = (hst_rate){.numerator = numerator / divisor, .denominator = denominator / divisor};
    check(*out);
    return HST_OK;
}

hst_status hst_rate_from_mids(int64_t source_mid_e9,
                              uint8_t source_minor_unit,
                              int64_t target_mid_e9,
                              uint8_t target_minor_unit,
                              hst_rate *out)
{
    hst_assert(out != NULL);
    if (source_mid_e9 <= 0 || target_mid_e9 <= 0 || source_minor_unit > HST_MINOR_UNIT_MAX ||
        target_minor_unit > HST_MINOR_UNIT_MAX) {
        return HST_INVALID;
    }
    const uint128 numerator =
        (uint128)target_mid_e9 * (uint128)hst_minor_per_unit(target_minor_unit);
    const uint128 denominator =
        (uint128)source_mid_e9 * (uint128)hst_minor_per_unit(source_minor_unit);
    return reduce(numerator, denominator, out);
}

hst_rate hst_rate_inverse(hst_rate rate)
{
    check(rate);
    return (hst_rate){.numerator = rate.denominator, .denominator = rate.numerator};
}

hst_status hst_rate_cross(hst_rate a, hst_rate b, hst_rate *out)
{
    check(a);
    check(b);
    hst_assert(out != NULL);
    return reduce((uint128)a.numerator * (uint128)b.numerator,
                  (uint128)a.denominator * (uint128)b.denominator, out);
}

hst_status hst_rate_cross_floor(hst_rate a, hst_rate b, hst_rate *out)
{
    check(a);
    check(b);
    hst_assert(out != NULL);
    return reduce_floor((uint128)a.numerator * (uint128)b.numerator,
                        (uint128)a.denominator * (uint128)b.denominator, out);
}

hst_status hst_rate_less_spread_floor(hst_rate rate, int64_t spread_ppb, hst_rate *out)
{
    check(rate);
    hst_assert(out != NULL);
    if (spread_ppb < 0 || spread_ppb >= HST_PPB_ONE) {
        return HST_INVALID;
    }
    return reduce_floor((uint128)rate.numerator * (uint128)(HST_PPB_ONE - spread_ppb),
                        (uint128)rate.denominator * (uint128)HST_PPB_ONE, out);
}

int hst_rate_compare(hst_rate a, hst_rate b)
{
    check(a);
    check(b);
    const uint128 left = (uint128)a.numerator * (uint128)b.denominator;
    const uint128 right = (uint128)b.numerator * (uint128)a.denominator;
    return (left > right) - (left < right);
}

/* product = quotient * divisor + rest, 0 <= rest < divisor: division toward minus infinity. */
static int128 divide_floor(int128 product, int64_t divisor, int64_t *rest_out)
{
    hst_assert(divisor > 0);
    int128 quotient = product / divisor;
    int128 rest = product - quotient * divisor; /* one long division, not two */
    if (rest < 0) {
        quotient--;
        rest += divisor;
    }
    hst_assert(rest >= 0);
    hst_assert(rest < divisor);
    *rest_out = (int64_t)rest;
    return quotient;
}

typedef enum rounding { ROUND_FLOOR, ROUND_CEIL, ROUND_HALF_EVEN } rounding;

/* amount * numerator / denominator in one rounding. |amount| < 2^62 and numerator < 2^63, so the
 * product lies well inside 128 bits. */
static int128
divide_rounded(int64_t amount, int64_t numerator, int64_t denominator, rounding direction)
{
    hst_assert(hst_minor_in_range(amount));
    int64_t rest = 0;
    const int128 quotient = divide_floor((int128)amount * numerator, denominator, &rest);
    bool up = false;
    switch (direction) {
    case ROUND_FLOOR: break;
    case ROUND_CEIL: up = rest > 0; break;
    case ROUND_HALF_EVEN: {
        const int64_t other = denominator - rest;
        up = rest > other || (rest == other && (quotient & 1) != 0);
        break;
    }
    }
    return quotient + (up ? 1 : 0);
}

static hst_status narrow(int128 value, int64_t *out)
{
    hst_assert(out != NULL);
    if (value > HST_MINOR_MAX || value < -HST_MINOR_MAX) {
        return HST_OVERFLOW;
    }
    *out = (int64_t)value;
    return HST_OK;
}

hst_status hst_rate_convert_floor(hst_rate rate, int64_t amount_minor, int64_t *target_minor_out)
{
    check(rate);
    return narrow(divide_rounded(amount_minor, rate.numerator, rate.denominator, ROUND_FLOOR),
                  target_minor_out);
}

hst_status hst_rate_convert_ceil(hst_rate rate, int64_t amount_minor, int64_t *target_minor_out)
{
    check(rate);
    return narrow(divide_rounded(amount_minor, rate.numerator, rate.denominator, ROUND_CEIL),
                  target_minor_out);
}

hst_status
hst_rate_convert_half_even(hst_rate rate, int64_t amount_minor, int64_t *target_minor_out)
{
    check(rate);
    return narrow(divide_rounded(amount_minor, rate.numerator, rate.denominator, ROUND_HALF_EVEN),
                  target_minor_out);
}

hst_status hst_convert_with_residue(hst_rate rate,
                                    int64_t amount_minor,
                                    int64_t *target_minor_out,
                                    hst_residue *residue_out)
{
    check(rate);
    hst_assert(hst_minor_in_range(amount_minor));
    hst_assert(residue_out != NULL);
    int64_t rest = 0;
    const int128 target =
        divide_floor((int128)amount_minor * rate.numerator, rate.denominator, &rest);
    HST_TRY(narrow(target, target_minor_out));
    *residue_out = (hst_residue){.numerator = rest, .denominator = rate.denominator};
    return HST_OK;
}

/* A share of at most one is no larger than the amount, so it fits. */
static int64_t share(int64_t amount_minor, int64_t share_ppb, rounding direction)
{
    hst_assert(share_ppb >= -HST_PPB_ONE);
    hst_assert(share_ppb <= HST_PPB_ONE);
    const int128 part = divide_rounded(amount_minor, share_ppb, HST_PPB_ONE, direction);
    hst_assert(part <= HST_MINOR_MAX);
    hst_assert(part >= -HST_MINOR_MAX);
    return (int64_t)part;
}

int64_t hst_share_ppb_floor(int64_t amount_minor, int64_t share_ppb)
{
    return share(amount_minor, share_ppb, ROUND_FLOOR);
}

int64_t hst_share_ppb_ceil(int64_t amount_minor, int64_t share_ppb)
{
    return share(amount_minor, share_ppb, ROUND_CEIL);
}

int64_t hst_share_ppb_half_even(int64_t amount_minor, int64_t share_ppb)
{
    return share(amount_minor, share_ppb, ROUND_HALF_EVEN);
}
