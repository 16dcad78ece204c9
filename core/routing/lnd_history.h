/** @file core/routing/lnd_history.h
 * What LND's "mission control" remembers of a hop: the largest amount that passed, the smallest
 * that failed, and when. Both LND estimators read it.
 *
 *   success of a   raises the passed amount to a; pushes the failed amount above a
 *   failure of a   sets the failed amount to a; pulls the passed amount below a;
 *                  is ignored when it would raise the failed amount within a minute
 *
 * LND keeps one record for an ordered pair of nodes; here each hop has its own, since hops between
 * two positions may be different rails.
 *
 * Units     any unit of amount, the same throughout; nanoseconds.
 * Threads   pure functions of a record.
 * Cost      a few comparisons.
 * Source    lightningnetwork/lnd, routing/missioncontrol_state.go (formulas re-implemented).
 */
#ifndef HST_CORE_ROUTING_LND_HISTORY_H
#define HST_CORE_ROUTING_LND_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

/** A higher failure within this time of the last one is ignored. */
#define HST_LND_RELAX_NS INT64_C(60000000000)

/** What is remembered of a hop; zero = nothing. */
typedef struct hst_lnd_result {
    int64_t passed_amount; /**< largest known to pass, 0 = none */
    int64_t passed_ns;     /**< time of the last success */
    int64_t failed_amount; /**< smallest known to fail; with `failed` */
    int64_t failed_ns;     /**< time of the last failure */
    bool passed;           /**< there was a success */
    bool failed;           /**< there was a failure */
} hst_lnd_result;

/** Remember that `amount` passed. */
void hst_lnd_result_pass(hst_lnd_result *result, int64_t amount, int64_t now_ns);

/** Remember that `amount` failed. */
void hst_lnd_result_fail(hst_lnd_result *result, int64_t amount, int64_t now_ns);

/** Time since `then_ns`, 0 when that is still to come. */
static inline double hst_lnd_age_ns(int64_t then_ns, int64_t now_ns)
{
    return now_ns > then_ns ? (double)(now_ns - then_ns) : 0;
}

#endif
