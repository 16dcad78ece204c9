/** @file sim/consensus/host.h
 * Private to sim/consensus: inputs in, effects out, for one replica.
 */
#ifndef HST_SIM_CONSENSUS_HOST_H
#define HST_SIM_CONSENSUS_HOST_H

#include "sim/consensus/cluster_internal.h"

/** Kinds of events of a cluster's kernel. */
typedef enum hst_cluster_event {
    HST_CLUSTER_EVENT_START = 0, /**< target begins */
    HST_CLUSTER_EVENT_ANNOUNCE,  /**< batch `argument` is in the mempools */
    HST_CLUSTER_EVENT_ARRIVE,    /**< message `argument` came through target's card */
    HST_CLUSTER_EVENT_HANDLE,    /**< its processor has checked it */
    HST_CLUSTER_EVENT_TIMER,     /**< timer `argument` */
    HST_CLUSTER_EVENT_DURABLE,   /**< record `argument` (life in the upper 16 bits) */
    HST_CLUSTER_EVENT_OFFER,     /**< there is something to offer again */
    HST_CLUSTER_EVENT_FAULT,     /**< fault `argument` begins, or ends where its bit 63 is set */
    HST_CLUSTER_EVENT_COUNT
} hst_cluster_event;

void hst_host_on_arrive(void *world, hst_kernel *kernel, const hst_event *event);
void hst_host_on_handle(void *world, hst_kernel *kernel, const hst_event *event);
void hst_host_on_timer(void *world, hst_kernel *kernel, const hst_event *event);
void hst_host_on_durable(void *world, hst_kernel *kernel, const hst_event *event);
void hst_host_on_offer(void *world, hst_kernel *kernel, const hst_event *event);

/** A message or timer is coming soon: ask for the memory it will need. */
void hst_host_prefetch(void *world, const hst_event *event);

void hst_fault_on_event(void *world, hst_kernel *kernel, const hst_event *event);

/** By how much faults in force delay a message of `machine` to replica `to`, beyond the network. */
int64_t hst_fault_delay_ns(const hst_cluster *cluster, uint32_t machine, uint32_t to);

/** A replica stops: timers, waiting effects and what was not durable are gone. */
void hst_host_stop(hst_cluster *cluster, uint32_t index);

/** A new machine with the durable records, or none; then START. */
void hst_host_recover(hst_cluster *cluster, uint32_t index, bool with_disk);

#endif
