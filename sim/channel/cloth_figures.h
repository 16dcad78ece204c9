/** @file sim/channel/cloth_figures.h
 * What the payments of a run say, by batch means.
 *
 * Starts up to `end` (the last one rounded down to a multiple of 31) fall into 31 equal windows;
 * the first is warm-up and left out. A figure is the mean over all payments that count, and its
 * half width comes from the means of the 30 windows and Student's t with 29 degrees of freedom:
 * 2.0452 at 95 %. (The program this model comes from multiplies by 0.0633.)
 *
 * A failure is a timeout when it was given up; else no path when never one was found; else offline
 * or balance, whichever hit it more often, balance on a tie.
 *
 * Units     shares; milliseconds; millisatoshi.
 * Errors    none; without payments that count everything is 0.
 * Threads   pure.
 */
#ifndef HST_SIM_CHANNEL_CLOTH_FIGURES_H
#define HST_SIM_CHANNEL_CLOTH_FIGURES_H

#include "sim/channel/cloth.h"

enum { HST_CLOTH_WINDOWS = 31 };

/** What is told. */
typedef enum hst_cloth_measure {
    HST_CLOTH_SUCCESS,      /**< share that arrived */
    HST_CLOTH_NO_PATH,      /**< share that never had a path */
    HST_CLOTH_NO_BALANCE,   /**< share that failed for lack of balance */
    HST_CLOTH_OFFLINE,      /**< share that failed at an offline node */
    HST_CLOTH_TIMED_OUT,    /**< share given up after a minute */
    HST_CLOTH_TIME,         /**< of those that arrived, ms */
    HST_CLOTH_ATTEMPTS,     /**< of those that arrived */
    HST_CLOTH_HOPS,         /**< of those that arrived */
    HST_CLOTH_FEE,          /**< of those that arrived, msat */
    HST_CLOTH_MEASURE_COUNT /**< number of measures */
} hst_cloth_measure;

/** Name, "success". */
const char *hst_cloth_measure_name(hst_cloth_measure measure);

/** The figures. */
typedef struct hst_cloth_figures {
    uint32_t counted;                           /**< payments in windows that count */
    double mean[HST_CLOTH_MEASURE_COUNT];       /**< over all of them */
    double half_width[HST_CLOTH_MEASURE_COUNT]; /**< of the interval */
} hst_cloth_figures;

/** Work them out. */
hst_cloth_figures hst_cloth_figures_of(const hst_cloth_payments *payments, double confidence);

#endif
