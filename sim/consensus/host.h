/** @file sim/consensus/host.h
 * Private to sim/consensus: inputs in, effects out, for one replica; what the host's files share.
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

/** How many claims a message has, as `reader` reads them, into cluster->claims, which grows when it
 * must. */
uint32_t hst_host_claims(
    hst_cluster *cluster, uint32_t reader, uint32_t from, const uint8_t *bytes, uint32_t size);

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

/* -- host_clock.c -- */

/** As hst_host_local_time, of a clock that may be wrong. */
int64_t hst_host_shown_time(const hst_cluster *cluster, uint32_t machine, int64_t now_ns);

/** What a machine's clock shows at a time. */
static inline int64_t
hst_host_local_time(const hst_cluster *cluster, uint32_t machine, int64_t now_ns)
{
    const hst_cluster_options *o = &cluster->options;
    const bool right =
        o->clock_drift_ppm == NULL && o->clock_offset_ns == NULL && cluster->skew_ns == NULL;
    return right ? now_ns : hst_host_shown_time(cluster, machine, now_ns);
}

/** When a machine's clock will show `local_ns`; never before now. */
int64_t hst_host_true_time(const hst_cluster *cluster, uint32_t machine, int64_t local_ns);

/* -- host_message.c -- */

/** Bytes of a message, wherever they lie. */
static inline const uint8_t *hst_message_bytes(const hst_cluster_message *message)
{
    return message->size <= HST_CLUSTER_MESSAGE_OWN ? message->own : message->blob;
}

/** Bytes that a message takes on a link. */
static inline uint64_t hst_message_wire_size(const hst_cluster_message *message)
{
    return (uint64_t)message->size + message->omitted + message->batch.size;
}

/** Bytes of an effect as a message in the pool, signed; UINT32_MAX without memory. `name` is what
 * its readers will name its content, zero when the sender does not know. */
uint32_t hst_host_message_make(hst_cluster *cluster,
                               uint32_t from,
                               const uint8_t *bytes,
                               uint32_t size,
                               uint32_t omitted,
                               hst_batch batch,
                               const hst_hash *name);

/** A message's memo was filled in: keep it for messages of the same bytes. */
void hst_host_remember(hst_cluster *cluster, const hst_cluster_message *message);

/** One copy less is needed; the last one gives the slot back. */
void hst_host_message_drop(hst_cluster *cluster, uint32_t m);

/** Is every signature on it, at `to`, its claimed signer's? Real signatures only. */
bool hst_host_verifies(hst_cluster *cluster, uint32_t to, const hst_cluster_message *message);

/** The same of bare bytes, as evidence holds them. */
bool hst_host_bytes_verify(
    hst_cluster *cluster, uint32_t to, uint32_t from, const uint8_t *bytes, uint32_t size);

/** A message to one, all or the neighbours. */
void hst_host_dispatch(
    hst_cluster *cluster, uint32_t machine, uint32_t m, hst_effect_kind kind, uint32_t to);

/* -- host_ledger.c -- */

/** A COMMIT: checks, then the block enters the ledger; final at once, or tentative. */
void hst_host_commit(hst_cluster *cluster, uint32_t index, const hst_effect *effect);

/** Undo a replica's own blocks above a height that is not below its final one. */
void hst_host_undo(hst_cluster *cluster, hst_replica *replica, uint64_t to);

/** A ROLLBACK to a height: blocks above it leave the ledger. */
void hst_host_roll_back(hst_cluster *cluster, uint32_t index, uint64_t to);

/** FINAL up to a height: what is below can no longer be rolled back. */
void hst_host_make_final(hst_cluster *cluster, uint32_t index, uint64_t height);

/** A TRANSFER: the ledger up to a height comes over whole from those who have it. */
void hst_host_transfer(hst_cluster *cluster, uint32_t index, const hst_effect *effect);

/* -- host.c -- */

/** Room for one more in a list whose front moves on. */
void *hst_host_make_room(hst_cluster *cluster,
                         void *list,
                         uint32_t size,
                         uint32_t *first,
                         uint32_t count,
                         uint32_t *capacity);

#endif
