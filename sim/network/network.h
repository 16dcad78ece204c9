/** @file sim/network/network.h
 * Messages between sites in virtual time: latency, jitter, bandwidth, loss, partitions.
 *
 *   sender's card (up) --> path: base + jitter, loss, duplicates --> receiver's card (down)
 *
 * A message leaves after those before it, at the card's speed; a broadcast leaves one copy after
 * another, so a leader's bottleneck appears by itself. Base latency comes from a matrix of regions;
 * each endpoint lies in one. A path may keep order (as TCP does) or not.
 *
 * Units     nanoseconds, bytes, bits per second, parts per million.
 * Errors    HST_INVALID, HST_NO_MEMORY from create.
 * Threads   a network belongs to one run.
 * Determinism  a message's draws depend on its sender's own count of messages only.
 * Cost      about 20 ns a message.
 */
#ifndef HST_SIM_NETWORK_NETWORK_H
#define HST_SIM_NETWORK_NETWORK_H

#include "core/base/arena.h"
#include "core/base/random.h"
#include "core/base/status.h"

#include <stdbool.h>
#include <stdint.h>

/** A network's plan; borrowed while it lives. */
typedef struct hst_network_options {
    uint32_t count;                /**< endpoints */
    uint32_t region_count;         /**< regions, at least 1 */
    const uint32_t *regions;       /**< by endpoint; NULL = all in region 0 */
    const int64_t *base_ns;        /**< [region_count][region_count] one way; row = from */
    int64_t jitter_ns;             /**< scale of the jitter added to the base */
    uint64_t up_bits_per_second;   /**< of each endpoint's card; 0 = without limit */
    uint64_t down_bits_per_second; /**< likewise */
    uint32_t loss_ppm;             /**< messages that vanish */
    uint32_t duplicate_ppm;        /**< messages that come twice */
    bool keep_order;               /**< a path delivers in the order of sending */
    uint64_t seed;
    uint32_t replication;
} hst_network_options;

/** What becomes of one message. */
typedef struct hst_delivery {
    uint32_t copies;       /**< 0 = lost, 1, or 2 = duplicated */
    int64_t arrival_ns[2]; /**< at the receiver's card, by copy */
} hst_delivery;

/** The network; opaque. */
typedef struct hst_network hst_network;

/** Make one; everything from `arena`. */
HST_NODISCARD hst_status hst_network_create(const hst_network_options *options,
                                            hst_arena *arena,
                                            hst_network **out);

/** Hand `size` bytes from `from` to `to` at `now_ns`. */
hst_delivery
hst_network_send(hst_network *network, uint32_t from, uint32_t to, uint64_t size, int64_t now_ns);

/** Cut or heal one direction of a path. */
void hst_network_cut(hst_network *network, uint32_t from, uint32_t to, bool cut);

/** Heal everything. */
void hst_network_heal(hst_network *network);

/** Bytes and messages an endpoint has sent. */
void hst_network_sent(const hst_network *network,
                      uint32_t endpoint,
                      uint64_t *messages,
                      uint64_t *bytes);

#endif
