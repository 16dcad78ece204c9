/** @file sim/network/network.h
 * Messages between endpoints in virtual time: latency, jitter, bandwidth, loss, partitions.
 *
 *   sender's card (up) --> path: base + jitter, loss, duplicates --> receiver's card (down)
 *
 * A message leaves after those before it, at the card's speed; a broadcast leaves one copy after
 * another, so a leader's bottleneck appears by itself. Base latency comes from a matrix of regions,
 * each endpoint lies in one. A path keeps order (as TCP does) or not.
 *
 * What is left out: congestion inside the network, retransmission (loss is loss; a protocol's own
 * timers must cope), and routes that depend on load.
 *
 * Units     nanoseconds, bytes, bits per second, parts per million.
 * Errors    HST_INVALID, HST_NO_MEMORY from create.
 * Threads   a network belongs to one run.
 * Determinism  a message's draws depend on how many its sender sent before, and on nothing else.
 * Cost      20 to 40 ns a message; one bit a path, and eight bytes a path where order is kept.
 */
#ifndef HST_SIM_NETWORK_NETWORK_H
#define HST_SIM_NETWORK_NETWORK_H

#include "core/base/arena.h"
#include "core/base/random.h"
#include "core/base/status.h"

#include <stdbool.h>
#include <stdint.h>

/** How a message's latency varies around its path's base. */
typedef enum hst_jitter {
    HST_JITTER_UNIFORM = 0, /**< base + [0, jitter) */
    HST_JITTER_NORMAL,      /**< normal with mean base and deviation jitter, not below 0 */
    HST_JITTER_PARETO,      /**< Pareto with mean base and shape jitter_shape; jitter_ns unused */
    HST_JITTER_EXPONENTIAL, /**< base + exponential with mean jitter */
} hst_jitter;

/** A network's plan; arrays are borrowed while it lives. */
typedef struct hst_network_options {
    uint32_t count;          /**< endpoints, at least 1 */
    uint32_t region_count;   /**< regions, at least 1 */
    const uint32_t *regions; /**< by endpoint; NULL = all in region 0 */
    const int64_t *base_ns;  /**< [region_count][region_count] one way; row = from */
    hst_jitter jitter;       /**< how latency varies */
    int64_t jitter_ns;       /**< by how much; 0 = not at all */
    double jitter_shape;     /**< Pareto only, above 1 */
    int64_t jitter_unit_ns;  /**< Pareto only: the shape is base / this instead; 0 = not */
    bool jitter_by_path; /**< Pareto only: a path has one draw for all its messages, both ways */
    uint64_t up_bits_per_second;        /**< of every endpoint's card; 0 = without limit */
    uint64_t down_bits_per_second;      /**< likewise */
    const uint64_t *region_up_bits;     /**< by region, in place of the one above; or NULL */
    const uint64_t *region_down_bits;   /**< likewise */
    const uint64_t *endpoint_up_bits;   /**< by endpoint, in place of both; or NULL */
    const uint64_t *endpoint_down_bits; /**< likewise */
    bool stream; /**< a message comes in while it goes out, at the speed of the slower card; else
                      it is received after it was sent */
    uint32_t small_bytes;   /**< messages up to this size pass those that wait for a card, as on
                                 connections of their own; 0 = none */
    uint32_t loss_ppm;      /**< messages that vanish */
    uint32_t duplicate_ppm; /**< messages that come twice */
    bool keep_order;        /**< a path delivers in the order of sending */
    bool tally;             /**< count by region and endpoint; changes nothing else */
    uint64_t seed;          /**< of the draws */
    uint32_t replication;   /**< likewise */
} hst_network_options;

/** What becomes of one message. */
typedef struct hst_delivery {
    uint32_t copies;       /**< 0 = lost, 1, or 2 = duplicated */
    int64_t arrival_ns[2]; /**< through the receiver's card, by copy */
} hst_delivery;

/** The network; opaque. */
typedef struct hst_network hst_network;

/** Messages from one region to another. */
typedef struct hst_network_link {
    uint64_t messages;              /**< handed over */
    uint64_t bytes;                 /**< of them */
    uint64_t lost;                  /**< of them, by chance or because the path was cut */
    uint64_t arrived;               /**< copies that came through */
    int64_t p50_ns, p90_ns, p99_ns; /**< from handing over to the end of the receiver's card */
    int64_t most_ns;                /**< the longest */
} hst_network_link;

/** What went through one endpoint's card. */
typedef struct hst_network_node {
    uint64_t received;       /**< copies */
    uint64_t received_bytes; /**< of them */
    int64_t up_busy_ns;      /**< its card was sending */
    int64_t down_busy_ns;    /**< and receiving */
} hst_network_node;

/** Make one; everything from `arena`. */
HST_NODISCARD hst_status hst_network_create(const hst_network_options *options,
                                            hst_arena *arena,
                                            hst_network **out);

/** Hand `size` bytes from `from` to `to` at `now_ns`. */
hst_delivery
hst_network_send(hst_network *network, uint32_t from, uint32_t to, uint64_t size, int64_t now_ns);

/** Cut or heal one direction of a path. */
void hst_network_cut(hst_network *network, uint32_t from, uint32_t to, bool cut);

/** Cut every path between endpoints of different groups, both ways; `bridge` keeps all of its
 * paths (UINT32_MAX = none). Paths cut before stay cut. */
void hst_network_partition(hst_network *network, const uint8_t *groups, uint32_t bridge);

/** Add `extra_ns` to everything an endpoint sends and receives; 0 = as before. */
void hst_network_slow(hst_network *network, uint32_t endpoint, int64_t extra_ns);

/** Change the share of messages lost and duplicated from now on. */
void hst_network_disturb(hst_network *network, uint32_t loss_ppm, uint32_t duplicate_ppm);

/** Heal every path, end every slowness; losses stay as they are. */
void hst_network_heal(hst_network *network);

/** Messages and bytes an endpoint has sent. */
void hst_network_sent(const hst_network *network,
                      uint32_t endpoint,
                      uint64_t *messages,
                      uint64_t *bytes);

/** What went from a region to a region, delays within 1/32; false unless options.tally. */
bool hst_network_link_of(const hst_network *network,
                         uint32_t from_region,
                         uint32_t to_region,
                         hst_network_link *out);

/** What went through an endpoint's card; false unless options.tally. */
bool hst_network_node_of(const hst_network *network, uint32_t endpoint, hst_network_node *out);

#endif
