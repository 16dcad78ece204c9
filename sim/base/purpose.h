/** @file sim/base/purpose.h
 * What a random stream is drawn for (the last key of hst_random_stream).
 *
 * One stream a purpose keeps common random numbers common: a router that draws more does not move
 * arrivals. Numbers are part of every seed's meaning: append only, never renumber.
 */
#ifndef HST_SIM_BASE_PURPOSE_H
#define HST_SIM_BASE_PURPOSE_H

/** Purposes of random streams; values are fixed for ever. */
typedef enum hst_purpose {
    HST_PURPOSE_ARRIVAL = 1,     /**< when payments arrive */
    HST_PURPOSE_AMOUNT = 2,      /**< how much they are for */
    HST_PURPOSE_PARTIES = 3,     /**< who pays whom, in which currencies */
    HST_PURPOSE_FX = 4,          /**< exchange rate paths */
    HST_PURPOSE_LATENCY = 5,     /**< message delays */
    HST_PURPOSE_FEE = 6,         /**< fees and their noise */
    HST_PURPOSE_PROCESSING = 7,  /**< processing times at banks and rails */
    HST_PURPOSE_FRAUD = 8,       /**< injected typologies */
    HST_PURPOSE_FAULT = 9,       /**< outages, losses, partitions */
    HST_PURPOSE_BANK = 10,       /**< attributes of banks and their accounts */
    HST_PURPOSE_LIQUIDITY = 11,  /**< opening balances and liquidity moves */
    HST_PURPOSE_SPREAD = 12,     /**< dealers' spreads */
    HST_PURPOSE_ROUTING = 13,    /**< a router's own exploration */
    HST_PURPOSE_CONSENSUS = 14,  /**< randomised protocol steps */
    HST_PURPOSE_URGENCY = 15,    /**< urgency and purpose of payments */
    HST_PURPOSE_STRESS = 16,     /**< shocks */
    HST_PURPOSE_COMPLIANCE = 17, /**< review outcomes and repair times */
    HST_PURPOSE_TEST = 18,       /**< tests and benchmarks */
    HST_PURPOSE_BOOTSTRAP = 19,  /**< resamples of a bootstrap interval */
    HST_PURPOSE_DESIGN = 20      /**< points of a Latin hypercube */
} hst_purpose;

#endif
