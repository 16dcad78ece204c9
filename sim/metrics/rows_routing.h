/** @file sim/metrics/rows_routing.h
 * The rows of a line-up's tables: what routers did on worlds whose truth is known.
 *
 * These tables are in results of `herstatt lineup` only.
 *
 * Units     bp: basis points of the amount; shares of 1; hours.
 * Threads   plain values.
 */
#ifndef HST_SIM_METRICS_ROWS_ROUTING_H
#define HST_SIM_METRICS_ROWS_ROUTING_H

#include <stdint.h>

/** /routing/routers: One router on the worlds of one kind. */
typedef struct hst_router_row {
    char world[24];       /**< kind of world */
    char router[32];      /**< name */
    char code[8];         /**< short */
    char information[64]; /**< what it sees */
    uint32_t seeds;       /**< worlds */
    uint32_t payments;    /**< in each */
    double cost_bps;      /**< mean all-in cost */
    double cost_low;      /**< of its interval */
    double cost_high;     /**< likewise */
    double ratio;         /**< to the oracle's cost, 0 = no oracle in the line-up */
    double ratio_low;     /**< of its interval */
    double ratio_high;    /**< likewise */
    double saving_bps;    /**< against cheapest-advertised, 0 = not in the line-up */
    double saving_low;    /**< of its interval */
    double saving_high;   /**< likewise */
    double p;             /**< of the saving, corrected for the number of routers */
    double fee_bps;       /**< charges, of the cost */
    double time_bps;      /**< time, of the cost */
    double failure_bps;   /**< failed attempts and payments given up, of the cost */
    double weighted_bps;  /**< all cost over all value */
    double first_attempt; /**< payments completed at the first attempt */
    double completed;     /**< payments completed */
    double attempts;      /**< a payment */
    double delay_p50_h;   /**< of completed payments */
    double delay_p95_h;   /**< likewise */
    double recovery;      /**< payments after the break until as good as before, -1 = never */
} hst_router_row;

/** /routing/courses: Its cost over time. */
typedef struct hst_course_row {
    uint32_t router; /**< row of /routing/routers */
    uint32_t window; /**< twentieth of the payments */
    double cost_bps; /**< mean in it */
    double ratio;    /**< to the oracle's */
    double regret;   /**< (cost - oracle's) so far over the oracle's so far */
} hst_course_row;

#endif
