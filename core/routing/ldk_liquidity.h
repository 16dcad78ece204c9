/** @file core/routing/ldk_liquidity.h
 * LDK's estimator: bounds on a hop's liquidity, and a history of where those bounds have been.
 *
 *   density   1 / 256 + 9 (x - 1/2)^8 on x = liquidity / capacity
 *             G(x) = (x - 1/2)^9 + (x - 1/2) / 256
 *   chance    (G(upper) - G(a)) / (G(upper) - G(lower)); times 64 / 78 where the lower bound is 0
 *             and no success is known
 *   history   32 buckets for each bound, on 2^14 positions of the capacity, narrow at both ends. A
 *             result multiplies all buckets by 2047 / 2048 and adds 32 ("one") to the bound's.
 *             The chance is a mean over pairs (lower bucket, upper bucket) that do not cross, each
 *             with weight (lower * upper)^2; with the lowest bucket only the tightest upper bucket
 *             that holds "one" is paired. Below a total of 32^4 the history says nothing, and the
 *             chance is the one of no knowledge.
 *   penalty   base + base rate * a + min(-log10 P, 2) (liquidity + liquidity rate * a)
 *             + "impossible" for an amount at or over the upper bound
 *
 * Bounds halve their distance to no knowledge every 30 minutes; the history halves after 14 days
 * without a result. Both are reckoned when asked, where LDK does so when a timer fires. Penalties
 * from the bounds themselves are 0 in LDK by default and left out, as is its penalty against
 * probing. Its table of logarithms is replaced by the logarithm.
 *
 * A channel of LDK's has one record for both directions; a hop here is one direction.
 *
 * Units     any unit of amount, penalties in the same; LDK's defaults are in millisatoshi.
 * Errors    none.
 * Memory    200 bytes a hop.
 * Threads   pure functions of a record.
 * Cost      up to 528 pairs of buckets; empty ones are skipped.
 * Source    lightningdevkit/rust-lightning, lightning/src/routing/scoring.rs (formulas
 *           re-implemented; values of its tests in unit.routing.ldk).
 */
#ifndef HST_CORE_ROUTING_LDK_LIQUIDITY_H
#define HST_CORE_ROUTING_LDK_LIQUIDITY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    HST_LDK_BUCKETS = 32,        /**< of a bound */
    HST_LDK_POSITIONS = 1 << 14, /**< of a capacity */
    HST_LDK_ONE = 32,            /**< a whole result in a bucket */
    HST_LDK_LOG_MAX = 2          /**< -log10 P counts no more */
};

/** Its parameters. */
typedef struct hst_ldk {
    double base;                 /**< of a hop: 5,120 */
    double base_rate;            /**< of a hop, of the amount: 655,360 / 2^30 */
    double liquidity;            /**< for each factor 10 of chance: 50,000 */
    double liquidity_rate;       /**< the same, of the amount: 6,250 / 2^20 */
    double impossible;           /**< 1e11 */
    double bound_half_life_ns;   /**< 30 minutes */
    double history_half_life_ns; /**< 14 days */
} hst_ldk;

/** LDK's defaults, in millisatoshi. */
hst_ldk hst_ldk_defaults(void);

/** What is known of a hop; zero = nothing. */
typedef struct hst_ldk_liquidity {
    int64_t lower;        /**< at least this is there */
    int64_t upper_offset; /**< capacity - upper bound; 0 = no upper bound known */
    int64_t capacity;     /**< when the bounds were set */
    int64_t bounds_ns;    /**< time the bounds are of */
    int64_t history_ns;   /**< time of the last result, or fading */
    uint16_t lower_buckets[HST_LDK_BUCKETS]; /**< of the lower bound */
    uint16_t upper_buckets[HST_LDK_BUCKETS]; /**< of capacity - upper bound */
    double points;                           /**< total weight of pairs, from the buckets */
    bool known;                              /**< there was a result */
} hst_ldk_liquidity;

/** Chance of `amount` between bounds 0 <= lower <= upper <= capacity, capacity > 0; 1 up to the
 * lower, 0 from the upper on. */
double hst_ldk_chance_between(
    double amount, double lower, double upper, double capacity, bool no_success_known);

/** Position of an amount, 0 ... HST_LDK_POSITIONS; the last means: more than the capacity. */
uint32_t hst_ldk_position(int64_t amount, int64_t capacity);

/** Bucket of a position below HST_LDK_POSITIONS. */
uint32_t hst_ldk_bucket(uint32_t position);

/** Enter one result into one bound's buckets. */
void hst_ldk_track(uint16_t buckets[HST_LDK_BUCKETS], int64_t offset, int64_t capacity);

/** Let one bound's buckets fade. */
void hst_ldk_fade(uint16_t buckets[HST_LDK_BUCKETS], double half_lives);

/** Total weight of all pairs of buckets, into liquidity->points. */
void hst_ldk_count_points(hst_ldk_liquidity *liquidity);

/** Upper bound on liquidity for a capacity, as the record stands. */
int64_t hst_ldk_upper(const hst_ldk_liquidity *liquidity, int64_t capacity);

/** Chance by the history as it stands; false when it says nothing. */
bool hst_ldk_history_chance(const hst_ldk_liquidity *liquidity,
                            int64_t amount,
                            int64_t capacity,
                            double *chance);

/** Time has passed: bounds loosen, the history fades. */
void hst_ldk_pass_time(const hst_ldk *ldk, hst_ldk_liquidity *liquidity, int64_t now_ns);

/** The hop refused `amount`. */
void hst_ldk_failed(const hst_ldk *ldk,
                    hst_ldk_liquidity *liquidity,
                    int64_t amount,
                    int64_t capacity,
                    int64_t now_ns);

/** The hop took `amount`, and a later hop refused it: nothing moved. */
void hst_ldk_failed_downstream(const hst_ldk *ldk,
                               hst_ldk_liquidity *liquidity,
                               int64_t amount,
                               int64_t capacity,
                               int64_t now_ns);

/** The hop moved `amount`: it has that much less now. */
void hst_ldk_succeeded(const hst_ldk *ldk,
                       hst_ldk_liquidity *liquidity,
                       int64_t amount,
                       int64_t capacity,
                       int64_t now_ns);

/** Penalty of sending `amount` over the hop at a time. */
double hst_ldk_penalty(const hst_ldk *ldk,
                       const hst_ldk_liquidity *liquidity,
                       int64_t amount,
                       int64_t capacity,
                       int64_t now_ns);

#endif
