/** @file sim/consensus/fault_draw.h
 * A schedule of faults for hours or days, drawn within what a protocol tolerates.
 *
 * At no time are more validators down, cut off or Byzantine than `hst_chaos_tolerated` says; a
 * validator that lost its disk counts from then on, as it may contradict itself. Partitions,
 * losses, slow replicas, links and leaders come on top: they delay decisions, a correct protocol
 * bears them. Storms of seconds, for finding mistakes, are sim/consensus/chaos.h.
 *
 *   beginnings   uniform over the time; lengths exponential with a mean of ten minutes, 1 s to 2 h
 *   kinds        each as likely as another; Byzantine behaviour for the whole run, where tolerated
 *
 * Units     nanoseconds.
 * Threads   pure.
 */
#ifndef HST_SIM_CONSENSUS_FAULT_DRAW_H
#define HST_SIM_CONSENSUS_FAULT_DRAW_H

#include "sim/consensus/fault.h"

/** What is to be drawn. */
typedef struct hst_fault_draw_options {
    const hst_consensus_protocol *protocol; /**< whose bound holds */
    uint32_t count;                         /**< replicas, at most 63 */
    uint64_t seed;                          /**< of the draws */
    uint32_t replication;                   /**< likewise */
    int64_t from_ns, until_ns;              /**< faults begin in this time */
    const hst_fault *given;                 /**< faults there are anyway; they use up the bound */
    uint32_t given_count;                   /**< how many */
    uint32_t tries;                         /**< faults drawn; those above the bound are left out */
} hst_fault_draw_options;

/** Draw into out[tries]; returns how many there are, in the order of their beginnings. */
uint32_t hst_fault_draw(const hst_fault_draw_options *options, hst_fault *out);

#endif
