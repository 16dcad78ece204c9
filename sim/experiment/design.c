#include "sim/experiment/design.h"

#include "core/base/assert.h"
#include "core/base/random.h"

#include "sim/base/purpose.h"

#include <stdio.h>
#include <string.h>

static const char letters[HST_DESIGN_FACTORS_MAX + 1] = "ABCDEFGHJKLMNOPQ";

uint64_t hst_design_full_cells(const uint32_t *level_counts, uint32_t factor_count)
{
    hst_assert(level_counts != NULL);
    uint64_t cells = 1;
    for (uint32_t f = 0; f < factor_count; f++) {
        hst_assert(level_counts[f] > 0);
        if (__builtin_mul_overflow(cells, (uint64_t)level_counts[f], &cells)) {
            return UINT64_MAX;
        }
    }
    return cells;
}

void hst_design_full(const uint32_t *level_counts, uint32_t factor_count, uint32_t *levels_out)
{
    const uint64_t cells = hst_design_full_cells(level_counts, factor_count);
    hst_assert(cells < UINT32_MAX);
    for (uint64_t c = 0; c < cells; c++) {
        uint64_t rest = c;
        for (uint32_t f = factor_count; f > 0; f--) {
            levels_out[c * factor_count + f - 1] = (uint32_t)(rest % level_counts[f - 1]);
            rest /= level_counts[f - 1];
        }
        hst_assert(rest == 0);
    }
}

char hst_design_letter(uint32_t factor)
{
    hst_assert(factor < HST_DESIGN_FACTORS_MAX);
    return letters[factor];
}

void hst_fraction_init(hst_fraction *fraction, uint32_t factor_count)
{
    hst_assert(factor_count > 0);
    hst_assert(factor_count <= HST_DESIGN_FACTORS_MAX);
    memset(fraction, 0, sizeof *fraction);
    fraction->factor_count = factor_count;
}

static uint32_t generated_mask(const hst_fraction *fraction)
{
    uint32_t mask = 0;
    for (uint32_t g = 0; g < fraction->generated_count; g++) {
        mask |= 1U << fraction->generated[g];
    }
    return mask;
}

/* Word number `subset` of the defining relation: the product of the chosen generators' words. */
static uint32_t word(const hst_fraction *fraction, uint32_t subset)
{
    uint32_t product = 0;
    for (uint32_t g = 0; g < fraction->generated_count; g++) {
        if ((subset >> g & 1U) != 0) {
            product ^= fraction->product[g] | 1U << fraction->generated[g];
        }
    }
    return product;
}

static uint32_t shortest_word(const hst_fraction *fraction)
{
    uint32_t shortest = 0;
    for (uint32_t subset = 1; subset < 1U << fraction->generated_count; subset++) {
        const uint32_t length = (uint32_t)__builtin_popcount(word(fraction, subset));
        shortest = shortest == 0 || length < shortest ? length : shortest;
    }
    return shortest;
}

/* The factor a letter stands for, or factor_count. */
static uint32_t factor_of(const hst_fraction *fraction, char letter)
{
    for (uint32_t f = 0; f < fraction->factor_count; f++) {
        if (letters[f] == letter) {
            return f;
        }
    }
    return fraction->factor_count;
}

/* Reads "D=-ABC" without spaces into the next generator of `fraction`. */
static hst_status
parse_generator(hst_fraction *fraction, const char *text, char why[HST_DESIGN_WHY_SIZE])
{
    const uint32_t g = fraction->generated_count;
    hst_assert(fraction->factor_count >= 1);
    hst_assert(fraction->factor_count <= HST_DESIGN_FACTORS_MAX);
    if (text[0] == '\0' || text[1] != '=') {
        (void)snprintf(why, HST_DESIGN_WHY_SIZE, "expected a generator as D=ABC");
        return HST_INVALID;
    }
    const char *at = text + 2;
    fraction->negative[g] = *at == '-';
    at += *at == '-' || *at == '+' ? 1 : 0;
    fraction->generated[g] = factor_of(fraction, text[0]);
    fraction->product[g] = 0;
    const char *unknown = fraction->generated[g] == fraction->factor_count ? text : NULL;
    for (; unknown == NULL && *at != '\0'; at++) {
        const uint32_t factor = factor_of(fraction, *at);
        if (factor == fraction->factor_count) {
            unknown = at;
        } else if ((fraction->product[g] >> factor & 1U) != 0) {
            (void)snprintf(why, HST_DESIGN_WHY_SIZE, "%c comes twice", *at);
            return HST_INVALID;
        } else {
            fraction->product[g] |= 1U << factor;
        }
    }
    if (unknown != NULL) {
        (void)snprintf(why, HST_DESIGN_WHY_SIZE,
                       "there is no factor %c, the %u factors are %c to %c",
                       *unknown > ' ' && *unknown < 0x7f ? *unknown : '?', fraction->factor_count,
                       letters[0], letters[fraction->factor_count - 1]);
        return HST_INVALID;
    }
    if (__builtin_popcount(fraction->product[g]) < 2) {
        (void)snprintf(why, HST_DESIGN_WHY_SIZE, "expected a product of two factors or more");
        return HST_INVALID;
    }
    return HST_OK;
}

hst_status
hst_fraction_add(hst_fraction *fraction, const char *generator, char why[HST_DESIGN_WHY_SIZE])
{
    hst_assert(generator != NULL);
    char text[64];
    size_t used = 0;
    for (const char *at = generator; *at != '\0'; at++) {
        if (*at != ' ' && used + 1 < sizeof text) {
            text[used++] = *at;
        }
    }
    text[used] = '\0';
    if (fraction->generated_count + 1 >= fraction->factor_count) {
        (void)snprintf(why, HST_DESIGN_WHY_SIZE, "too many generators for %u factors",
                       fraction->factor_count);
        return HST_INVALID;
    }
    hst_fraction next = *fraction;
    HST_TRY(parse_generator(&next, text, why));
    next.generated_count++;
    const uint32_t g = fraction->generated_count;
    const uint32_t before = generated_mask(fraction);
    uint32_t products = 0;
    for (uint32_t i = 0; i <= g; i++) {
        products |= next.product[i];
    }
    if ((before >> next.generated[g] & 1U) != 0) {
        (void)snprintf(why, HST_DESIGN_WHY_SIZE, "%c has a generator already",
                       letters[next.generated[g]]);
        return HST_INVALID;
    }
    const uint32_t circular = products & generated_mask(&next);
    if (circular != 0) {
        (void)snprintf(why, HST_DESIGN_WHY_SIZE, "%c is generated and cannot generate",
                       letters[__builtin_ctz(circular)]);
        return HST_INVALID;
    }
    next.resolution = shortest_word(&next);
    if (next.resolution < 3) {
        (void)snprintf(why, HST_DESIGN_WHY_SIZE, "two factors would always move together");
        return HST_INVALID;
    }
    *fraction = next;
    return HST_OK;
}

uint64_t hst_fraction_cells(const hst_fraction *fraction)
{
    hst_assert(fraction->generated_count < fraction->factor_count);
    return UINT64_C(1) << (fraction->factor_count - fraction->generated_count);
}

void hst_fraction_levels(const hst_fraction *fraction, uint32_t *levels_out)
{
    const uint32_t k = fraction->factor_count;
    const uint32_t generated = generated_mask(fraction);
    const uint64_t cells = hst_fraction_cells(fraction);
    for (uint64_t c = 0; c < cells; c++) {
        uint32_t *levels = levels_out + c * k;
        uint32_t high = 0;
        uint64_t rest = c;
        for (uint32_t f = k; f > 0; f--) {
            if ((generated >> (f - 1) & 1U) == 0) {
                high |= (uint32_t)(rest & 1U) << (f - 1);
                rest >>= 1;
            }
        }
        hst_assert(rest == 0);
        for (uint32_t f = 0; f < k; f++) {
            levels[f] = high >> f & 1U;
        }
        for (uint32_t g = 0; g < fraction->generated_count; g++) {
            const unsigned lows = (unsigned)__builtin_popcount(fraction->product[g] & ~high);
            levels[fraction->generated[g]] = (lows % 2 == 0) != fraction->negative[g] ? 1 : 0;
        }
    }
}

uint32_t hst_fraction_alias(const hst_fraction *fraction, uint32_t effect, uint32_t previous)
{
    hst_assert(effect > 0);
    hst_assert(effect < 1U << fraction->factor_count);
    uint32_t next = 0;
    for (uint32_t subset = 1; subset < 1U << fraction->generated_count; subset++) {
        const uint32_t alias = word(fraction, subset) ^ effect;
        if (__builtin_popcount(alias) <= 2 && alias > previous && (next == 0 || alias < next)) {
            next = alias;
        }
    }
    return next;
}

void hst_design_latin(
    uint64_t seed, uint32_t factor, uint32_t points, uint32_t *strata_out, double *within_out)
{
    hst_assert(points > 0);
    hst_assert(strata_out != NULL && within_out != NULL);
    hst_random random = hst_random_stream(seed, 0, factor, HST_PURPOSE_DESIGN);
    for (uint32_t p = 0; p < points; p++) {
        strata_out[p] = p;
    }
    for (uint32_t left = points; left > 1; left--) {
        const uint32_t other = (uint32_t)hst_random_below(&random, left);
        const uint32_t kept = strata_out[left - 1];
        strata_out[left - 1] = strata_out[other];
        strata_out[other] = kept;
    }
    for (uint32_t p = 0; p < points; p++) {
        within_out[p] = hst_random_uniform(&random);
    }
}
