/** @file core/routing/hop_features.h
 * What a learner knows of a hop, as numbers: published facts, the query, and its own history.
 *
 * Only what a real sender has: the graph, the host's published facts and hours, and outcomes of the
 * sender's own payments. A hop behind a failed one was not attempted and leaves no trace here.
 * Every number is scaled to be of order one, so one prior fits all weights.
 *
 * Units     as named below; logarithms are natural.
 * Errors    HST_NO_MEMORY at init; HST_FULL, HST_TRUNCATED, HST_CORRUPT from write and read.
 * Memory    about 160 bytes an edge, from the arena.
 * Threads   one learner's, one thread.
 * Cost      about 30 ns a hop (one logarithm; what depends on the hop alone is kept).
 */
#ifndef HST_CORE_ROUTING_HOP_FEATURES_H
#define HST_CORE_ROUTING_HOP_FEATURES_H

#include "core/routing/router.h"

/** Places of the features. */
typedef enum hst_hop_feature {
    HST_FEATURE_ONE,           /**< 1 */
    HST_FEATURE_FIXED,         /**< ln(1 + fixed charge in dollars) / 3 */
    HST_FEATURE_RATE,          /**< ln(1 + rate in basis points) / 3 */
    HST_FEATURE_DEAR,          /**< 1 when the rate exceeds 15 basis points */
    HST_FEATURE_RISK,          /**< country risk - 1/2 */
    HST_FEATURE_RELIABILITY,   /**< published reliability - 1/2 */
    HST_FEATURE_RISK_RELIABLE, /**< risk * reliability - 1/4 */
    HST_FEATURE_INSTANT,       /**< 1 for a rail that pays at once */
    HST_FEATURE_CONVERTS,      /**< 1 for a conversion */
    HST_FEATURE_LEDGER,        /**< 1 on a distributed ledger or in escrow */
    HST_FEATURE_VOLATILITY,    /**< of the conversion, per cent per square root of an hour */
    HST_FEATURE_DEGREE,        /**< ln(hops out of the head) / 5 */
    HST_FEATURE_FACTS_END,     /**< up to here a feature depends on the hop alone */
    HST_FEATURE_AMOUNT = HST_FEATURE_FACTS_END, /**< ln(amount / 5,000 dollars) / 5 */
    HST_FEATURE_LOAD,                           /**< ln(amount / limit) / 5; 0 without a limit */
    HST_FEATURE_OVERLOAD,                       /**< ln(amount / limit) where positive */
    HST_FEATURE_CLOSED,                         /**< 1 when the hop is closed now */
    HST_FEATURE_OPENS_IN,                       /**< ln(1 + hours until it opens) / 3 */
    HST_FEATURE_RECENT_OK,      /**< recent share of successes, 0 unknown, -1 ... 1 */
    HST_FEATURE_RECENT_FAILURE, /**< age of the last failure: 1 now, halved each hour */
    HST_FEATURE_LAST_SEEN,      /**< age of the last outcome: 1 now, halved each six hours */
    HST_FEATURE_BELOW_SUCCESS,  /**< 1 when the last success carried at least this, aged */
    HST_FEATURE_ABOVE_FAILURE,  /**< 1 when the last shortage was at most this, aged */
    HST_FEATURE_TIME_OF_DAY,    /**< -1 at the scenario's midnight, 1 at noon, straight between */
    HST_FEATURE_FAILED_RUN,     /**< failures since the last success, at most 4, / 4 */
    HST_FEATURE_COUNT           /**< 24 */
} hst_hop_feature;

/** What is remembered of an edge. */
typedef struct hst_hop_memory {
    double facts[HST_FEATURE_FACTS_END]; /**< features of the hop alone */
    int64_t fixed_micro_usd;             /**< the charge they were made from */
    int64_t rate_ppb;                    /**< likewise */
    int64_t limit_micro_usd;             /**< whose logarithm is kept */
    double log_limit;               /**< ln of the usual limit, or else the limit, in micro-USD */
    bool has_limit;                 /**< there is one */
    int64_t seen_ns;                /**< last outcome; INT64_MIN = never */
    int64_t failed_ns;              /**< last failure */
    int64_t ok_amount_micro_usd;    /**< of the last success */
    int64_t ok_ns;                  /**< when */
    int64_t short_amount_micro_usd; /**< of the last shortage of liquidity */
    int64_t short_ns;               /**< when */
    double recent_ok;               /**< -1 ... 1 */
    uint32_t failed_run;            /**< failures since the last success */
    uint32_t degree;                /**< hops out of the head */
} hst_hop_memory;

/** Memory of all hops. */
typedef struct hst_hop_features {
    const hst_graph *graph;     /**< whose hops */
    const hst_route_view *view; /**< may be NULL */
    hst_hop_memory *memory;     /**< by edge */
    double time_of_day;         /**< of the query last begun, -1 ... 1 */
    double log_amount;          /**< ln of the amount of the query last begun, micro-USD */
} hst_hop_features;

/** Nothing remembered. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_hop_features_init(hst_hop_features *features,
                                               const hst_router_setup *setup);

/** Start a query: what depends on it alone. */
void hst_hop_features_begin(hst_hop_features *features, int64_t amount_micro_usd, int64_t time_ns);

/** Fill x for a hop of the query begun; returns the published wait until the hop opens. */
int64_t hst_hop_features_fill(hst_hop_features *features,
                              uint32_t edge,
                              int64_t amount_micro_usd,
                              int64_t time_ns,
                              double x[HST_FEATURE_COUNT]);

/** Remember an outcome. */
void hst_hop_features_learn(hst_hop_features *features, const hst_hop_outcome *outcome);

/** Write what outcomes have left. */
void hst_hop_features_write(const hst_hop_features *features, hst_writer *writer);

/** Read it back. HST_CORRUPT for what no outcome leaves. */
HST_NODISCARD hst_status hst_hop_features_read(hst_hop_features *features, hst_reader *reader);

#endif
