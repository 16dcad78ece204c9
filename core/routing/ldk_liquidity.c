#include "core/routing/ldk_liquidity.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include <stddef.h>

#define LN_2  0.69314718055994530942
#define LN_10 2.30258509299404568402

__extension__ typedef unsigned __int128 wide;

/* Where each bucket begins, and the end of the last. */
static const uint16_t bucket_starts[HST_LDK_BUCKETS + 1] = {
    0,     1,     2,     4,     8,     16,    32,    64,    128,   256,   512,
    1024,  2048,  3072,  4096,  6144,  8192,  10240, 12288, 13312, 14336, 15360,
    15872, 16128, 16256, 16320, 16352, 16368, 16376, 16380, 16382, 16383, 16384};

hst_ldk hst_ldk_defaults(void)
{
    const hst_ldk defaults = {.base = 5120,
                              .base_rate = 655360.0 / (1 << 30),
                              .liquidity = 50000,
                              .liquidity_rate = 6250.0 / (1 << 20),
                              .impossible = 1e11,
                              .bound_half_life_ns = 1800e9,
                              .history_half_life_ns = 14 * 86400e9};
    return defaults;
}

static double half_to_the(double half_lives)
{
    return hst_exp(-half_lives * LN_2);
}

static double elapsed_ns(int64_t then_ns, int64_t now_ns)
{
    return now_ns > then_ns ? (double)(now_ns - then_ns) : 0;
}

/** G(x), the primitive of the density. */
static double primitive(double x)
{
    const double y = x - 0.5;
    const double y2 = y * y;
    const double y4 = y2 * y2;
    return y * y4 * y4 + y / 256;
}

double hst_ldk_chance_between(
    double amount, double lower, double upper, double capacity, bool no_success_known)
{
    hst_assert(capacity > 0);
    if (amount >= upper) {
        return 0;
    }
    const double top = primitive(upper / capacity);
    const double mass = top - primitive(lower / capacity);
    const double chance = amount <= lower ? 1 : (top - primitive(amount / capacity)) / mass;
    return no_success_known && lower <= 0 ? chance * 64 / 78 : chance;
}

uint32_t hst_ldk_position(int64_t amount, int64_t capacity)
{
    hst_assert(amount >= 0 && capacity >= 0);
    const wide position = (wide)(uint64_t)amount * HST_LDK_POSITIONS / ((uint64_t)capacity + 1);
    return position < HST_LDK_POSITIONS ? (uint32_t)position : HST_LDK_POSITIONS;
}

uint32_t hst_ldk_bucket(uint32_t position)
{
    hst_assert(position < HST_LDK_POSITIONS);
    uint32_t bucket = 0;
    while (position >= bucket_starts[bucket + 1]) {
        bucket++;
    }
    return bucket;
}

void hst_ldk_track(uint16_t buckets[HST_LDK_BUCKETS], int64_t offset, int64_t capacity)
{
    hst_assert(buckets != NULL);
    const uint32_t position = hst_ldk_position(offset, capacity);
    if (position == HST_LDK_POSITIONS) {
        return;
    }
    /* At 63,457 fading takes what is added: 16 bits hold it. */
    for (uint32_t i = 0; i < HST_LDK_BUCKETS; i++) {
        buckets[i] = (uint16_t)((uint32_t)buckets[i] * 2047 / 2048);
    }
    const uint32_t bucket = hst_ldk_bucket(position);
    buckets[bucket] = (uint16_t)(buckets[bucket] + HST_LDK_ONE);
}

void hst_ldk_fade(uint16_t buckets[HST_LDK_BUCKETS], double half_lives)
{
    hst_assert(buckets != NULL && half_lives >= 0);
    const uint32_t factor = (uint32_t)(1024 * half_to_the(half_lives) + 1e-9);
    for (uint32_t i = 0; i < HST_LDK_BUCKETS; i++) {
        buckets[i] = (uint16_t)(buckets[i] * factor / 1024);
    }
}

/** Weight of a pair of buckets: (lower * upper)^2. */
static uint64_t pair_weight(uint16_t lower, uint16_t upper)
{
    const uint64_t product = (uint64_t)lower * upper;
    return product * product;
}

void hst_ldk_count_points(hst_ldk_liquidity *liquidity)
{
    hst_assert(liquidity != NULL);
    wide points = 0;
    for (uint32_t low = 0; low < HST_LDK_BUCKETS; low++) {
        for (uint32_t up = 0; up < HST_LDK_BUCKETS - low; up++) {
            points += pair_weight(liquidity->lower_buckets[low], liquidity->upper_buckets[up]);
        }
    }
    liquidity->points = (double)points;
}

int64_t hst_ldk_upper(const hst_ldk_liquidity *liquidity, int64_t capacity)
{
    hst_assert(liquidity != NULL);
    if (liquidity->upper_offset == 0) {
        return capacity;
    }
    const int64_t upper = liquidity->capacity - liquidity->upper_offset;
    return upper < 0 ? 0 : (upper < capacity ? upper : capacity);
}

/** The share of the lowest lower bucket: a failure mostly. Only the tightest upper bucket counts,
 * lest each of several failures at ever lower amounts keep the chance of its own. */
static double lowest_bucket_chance(const hst_ldk_liquidity *liquidity, uint32_t position)
{
    const uint16_t lower = liquidity->lower_buckets[0];
    uint32_t tightest = 0;
    bool whole = false;
    wide weight = 0;
    if (lower == 0) {
        return 0;
    }
    for (uint32_t up = 0; up < HST_LDK_BUCKETS; up++) {
        const uint16_t upper = liquidity->upper_buckets[up];
        if (upper >= HST_LDK_ONE || (upper > 0 && !whole)) {
            tightest = up;
            whole = upper >= HST_LDK_ONE || whole;
        }
        weight += pair_weight(lower, upper);
    }
    const uint32_t end = bucket_starts[HST_LDK_BUCKETS - tightest] - 1U;
    return (double)weight / liquidity->points *
           hst_ldk_chance_between(position, 0, end, HST_LDK_POSITIONS - 1, true);
}

/** The share of one pair with a higher lower bucket. */
static double pair_chance(uint32_t low, uint32_t end, uint32_t position)
{
    const uint32_t start = bucket_starts[low];
    return position < start
               ? 1
               : hst_ldk_chance_between(position, start, end, HST_LDK_POSITIONS - 1, true);
}

bool hst_ldk_history_chance(const hst_ldk_liquidity *liquidity,
                            int64_t amount,
                            int64_t capacity,
                            double *chance)
{
    hst_assert(liquidity != NULL && chance != NULL);
    const double one = HST_LDK_ONE;
    const uint32_t position = hst_ldk_position(amount, capacity);
    if (position == HST_LDK_POSITIONS || liquidity->points < one * one * one * one) {
        return false;
    }
    double sum = lowest_bucket_chance(liquidity, position);
    for (uint32_t low = 1; low < HST_LDK_BUCKETS; low++) {
        const uint16_t lower = liquidity->lower_buckets[low];
        for (uint32_t up = 0; lower > 0 && up < HST_LDK_BUCKETS - low; up++) {
            const uint16_t upper = liquidity->upper_buckets[up];
            const uint32_t end = bucket_starts[HST_LDK_BUCKETS - up] - 1U;
            if (position >= end) {
                break; /* and so for all tighter ones */
            }
            if (upper > 0) {
                sum += (double)pair_weight(lower, upper) / liquidity->points *
                       pair_chance(low, end, position);
            }
        }
    }
    *chance = sum;
    return true;
}

void hst_ldk_pass_time(const hst_ldk *ldk, hst_ldk_liquidity *liquidity, int64_t now_ns)
{
    hst_assert(ldk != NULL && liquidity != NULL);
    if (!liquidity->known) {
        return;
    }
    const double keep =
        half_to_the(elapsed_ns(liquidity->bounds_ns, now_ns) / ldk->bound_half_life_ns);
    liquidity->lower = (int64_t)((double)liquidity->lower * keep);
    liquidity->upper_offset = (int64_t)((double)liquidity->upper_offset * keep);
    liquidity->bounds_ns = now_ns > liquidity->bounds_ns ? now_ns : liquidity->bounds_ns;
    const double quiet = elapsed_ns(liquidity->history_ns, now_ns);
    if (quiet > ldk->history_half_life_ns) {
        hst_ldk_fade(liquidity->lower_buckets, quiet / ldk->history_half_life_ns);
        hst_ldk_fade(liquidity->upper_buckets, quiet / ldk->history_half_life_ns);
        hst_ldk_count_points(liquidity);
        liquidity->history_ns = now_ns;
    }
}

/** A result begins: bring the record to now, and to the capacity. */
static void
begin(const hst_ldk *ldk, hst_ldk_liquidity *liquidity, int64_t capacity, int64_t now_ns)
{
    hst_ldk_pass_time(ldk, liquidity, now_ns);
    if (!liquidity->known) {
        liquidity->known = true;
        liquidity->bounds_ns = now_ns;
        liquidity->history_ns = now_ns;
    }
    liquidity->upper_offset = capacity - hst_ldk_upper(liquidity, capacity);
    liquidity->capacity = capacity;
}

/** The bounds as they were before `moved` left the hop enter the history. */
static void track(hst_ldk_liquidity *liquidity, int64_t moved, int64_t now_ns)
{
    const int64_t offset = liquidity->upper_offset > moved ? liquidity->upper_offset - moved : 0;
    hst_ldk_track(liquidity->lower_buckets, liquidity->lower + moved, liquidity->capacity);
    hst_ldk_track(liquidity->upper_buckets, offset, liquidity->capacity);
    hst_ldk_count_points(liquidity);
    liquidity->history_ns = now_ns;
}

static void set_upper(hst_ldk_liquidity *liquidity, int64_t upper)
{
    liquidity->upper_offset = liquidity->capacity > upper ? liquidity->capacity - upper : 0;
    if (upper < liquidity->lower) {
        liquidity->lower = 0;
    }
}

void hst_ldk_failed(const hst_ldk *ldk,
                    hst_ldk_liquidity *liquidity,
                    int64_t amount,
                    int64_t capacity,
                    int64_t now_ns)
{
    hst_assert(ldk != NULL && liquidity != NULL && amount >= 0 && capacity > 0);
    begin(ldk, liquidity, capacity, now_ns);
    if (amount < hst_ldk_upper(liquidity, capacity)) {
        set_upper(liquidity, amount);
    }
    track(liquidity, 0, now_ns);
}

void hst_ldk_failed_downstream(const hst_ldk *ldk,
                               hst_ldk_liquidity *liquidity,
                               int64_t amount,
                               int64_t capacity,
                               int64_t now_ns)
{
    hst_assert(ldk != NULL && liquidity != NULL && amount >= 0 && capacity > 0);
    begin(ldk, liquidity, capacity, now_ns);
    if (amount > liquidity->lower) {
        liquidity->lower = amount;
        if (amount > hst_ldk_upper(liquidity, capacity)) {
            liquidity->upper_offset = 0;
        }
    }
    track(liquidity, 0, now_ns);
}

void hst_ldk_succeeded(const hst_ldk *ldk,
                       hst_ldk_liquidity *liquidity,
                       int64_t amount,
                       int64_t capacity,
                       int64_t now_ns)
{
    hst_assert(ldk != NULL && liquidity != NULL && amount >= 0 && capacity > 0);
    begin(ldk, liquidity, capacity, now_ns);
    const int64_t upper = hst_ldk_upper(liquidity, capacity);
    set_upper(liquidity, upper > amount ? upper - amount : 0);
    track(liquidity, amount, now_ns);
}

/** Penalty for a chance: min(-log10 P, 2) times the multiplier. */
static double penalty_of(const hst_ldk *ldk, double chance, double amount)
{
    const double log = chance > 0 ? -hst_log(chance) / LN_10 : HST_LDK_LOG_MAX;
    const double bounded = log < HST_LDK_LOG_MAX ? log : HST_LDK_LOG_MAX;
    return bounded * (ldk->liquidity + ldk->liquidity_rate * amount);
}

double hst_ldk_penalty(const hst_ldk *ldk,
                       const hst_ldk_liquidity *liquidity,
                       int64_t amount,
                       int64_t capacity,
                       int64_t now_ns)
{
    hst_assert(ldk != NULL && liquidity != NULL && amount >= 0 && capacity > 0);
    const double a = (double)amount;
    const double base = ldk->base + ldk->base_rate * a;
    const double c = (double)capacity;
    double chance = hst_ldk_chance_between(a, 0, c, c, true);
    if (!liquidity->known) {
        return base + penalty_of(ldk, chance, a) + (amount >= capacity ? ldk->impossible : 0);
    }
    hst_ldk_liquidity now = *liquidity;
    hst_ldk_pass_time(ldk, &now, now_ns);
    const double impossible = amount >= hst_ldk_upper(&now, capacity) ? ldk->impossible : 0;
    if (amount < capacity) {
        double seen = 0;
        chance = hst_ldk_history_chance(&now, amount, capacity, &seen) ? seen : chance;
    }
    return base + impossible + penalty_of(ldk, chance, a);
}
