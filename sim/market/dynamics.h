/** @file sim/market/dynamics.h
 * What a market may do beyond fitted volatility and standing spreads: jump, realign, widen, charge
 * a premium. All of it is off in hst_market_config_defaults.
 *
 *   jump          Merton's, in garch: by class or currency (jump.h)
 *   realignment   a level shift that stays: at a given time, or drawn with a yearly chance; a peg
 *                 or band is defended around its new level
 *   spread        half-spreads move around their standing level (spread.h)
 *   premium       who sells a controlled currency without access to the official rate pays the
 *                 parallel market's premium: one-sided, on top of the half-spread
 *
 * A rule says what it is for in `of`: a currency's code, or a word: "major", "liquid", "emerging",
 * "exotic" (jumps), "pegs" (realignments: every peg and band). Of two rules for a currency the
 * later one counts, except for realignments, which add up.
 *
 * Memory    rules are borrowed for hst_market_create alone.
 * Source    docs/explanation/market.md.
 */
#ifndef HST_SIM_MARKET_DYNAMICS_H
#define HST_SIM_MARKET_DYNAMICS_H

#include <stdint.h>

enum {
    HST_MARKET_OF_SIZE = 12,      /**< bytes of `of` with the closing zero */
    HST_MARKET_RULES_MAX = 32,    /**< most rules of a kind */
    HST_MARKET_TRADING_DAYS = 252 /**< in a year */
};

/** A premium moves between zero and this. */
#define HST_MARKET_PREMIUM_MAX 0.8

/** Jumps of a class or currency. */
typedef struct hst_market_jump_rule {
    char of[HST_MARKET_OF_SIZE]; /**< class or currency */
    double per_year;             /**< expected jumps in a year of trading, 0 ... 10000 */
    double mean;                 /**< of the log size, -0.5 ... 0.5; positive = currency falls */
    double sd;                   /**< of the log size, 0 ... 0.5 */
} hst_market_jump_rule;

/** A shift of a currency's level. */
typedef struct hst_market_realignment_rule {
    char of[HST_MARKET_OF_SIZE]; /**< currency, or "pegs" */
    double size;                 /**< change of units per USD: 0.25 = 25 % more; > -0.9, < 9 */
    double yearly_chance;        /**< of at least one in a year; 0 = at a given time instead */
    int64_t at_ns;               /**< that time, >= 0 */
} hst_market_realignment_rule;

/** How half-spreads move. */
typedef struct hst_market_spread_rule {
    double sd;                 /**< of their logarithm, 0 ... 2 */
    int64_t half_life_ns;      /**< of a deviation, > 0 */
    double volatility_loading; /**< elasticity to the daily volatility, 0 ... 4 */
    double liquidity_loading;  /**< log widening when nobody trades, 0 ... 4 */
} hst_market_spread_rule;

/** Who deals at the official rate of a controlled currency. */
typedef enum hst_market_official {
    HST_MARKET_OFFICIAL_NOBODY = 0, /**< nobody */
    HST_MARKET_OFFICIAL_BANKS = 1,  /**< the interbank tier */
    HST_MARKET_OFFICIAL_FIRMS = 2   /**< banks and firms: people alone pay the premium */
} hst_market_official;

/** The parallel premium of a controlled currency: parallel rate over official rate less one. */
typedef struct hst_market_premium_rule {
    char of[HST_MARKET_OF_SIZE];  /**< currency */
    double mean;                  /**< 0 ... HST_MARKET_PREMIUM_MAX */
    double sd;                    /**< 0 ... HST_MARKET_PREMIUM_MAX */
    int64_t half_life_ns;         /**< of a deviation, > 0 */
    hst_market_official official; /**< who need not pay it */
} hst_market_premium_rule;

/** All of it. Zeroes (with any half-life) = standing spreads, nothing else. */
typedef struct hst_market_dynamics {
    const hst_market_jump_rule *jumps;               /**< [jump_count] */
    const hst_market_realignment_rule *realignments; /**< [realignment_count] */
    const hst_market_premium_rule *premia;           /**< [premium_count] */
    uint32_t jump_count;                             /**< 0 ... HST_MARKET_RULES_MAX */
    uint32_t realignment_count;                      /**< likewise */
    uint32_t premium_count;                          /**< likewise */
    hst_market_spread_rule spread;                   /**< of every leg */
} hst_market_dynamics;

#endif
