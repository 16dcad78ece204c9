/** @file core/routing/network_simplex.h
 * Min-cost flow by the network simplex method: for flows that take many augmentations, where
 * successive shortest paths (core/routing/mcf.h, which calls this) would search once for each.
 *
 * The flow is a spanning tree's: hops outside the tree are empty or full. A pivot takes in a hop
 * that is worth changing and lets out the one that stops the change; trees are kept strongly
 * feasible (hops without flow point to the root), so no tree comes twice. Hops to look at come in
 * blocks of the square root of their number, round robin; of a block the one most worth it enters.
 *
 * What real hops do not let through goes over the root at a price above any path's, so the answer
 * is the most that fits, at its least cost.
 *
 * Units     as core/routing/mcf.h.
 * Errors    HST_NO_MEMORY from init.
 * Memory    from the arena at init: about 34 bytes an arc and 56 a node.
 * Threads   belongs to one thread at a time.
 * Cost      pivots times the part of the tree that moves; on 10,000 nodes and 100,000 arcs some
 *           tens of milliseconds, hardly growing with the amount.
 * Source    Cunningham, Math. Programming 11 (1976), strongly feasible trees; Ahuja, Magnanti,
 *           Orlin, "Network Flows", 1993, chapter 11; Kiraly, Kovacs, Acta Univ. Sapientiae Inf.
 *           4(1), 2012, block search.
 */
#ifndef HST_CORE_ROUTING_NETWORK_SIMPLEX_H
#define HST_CORE_ROUTING_NETWORK_SIMPLEX_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include <stdbool.h>
#include <stdint.h>

/** A node in the spanning tree: private to network_simplex.c. */
struct hst_simplex_node;

/** Network, flow and tree; arcs beyond `arc_count` are those over the root. */
typedef struct hst_network_simplex {
    uint32_t node_count;            /**< real nodes; the root is the next */
    uint32_t arc_count;             /**< real arcs */
    uint32_t *tails;                /**< by arc */
    uint32_t *heads;                /**< by arc */
    int64_t *capacities;            /**< by arc */
    int64_t *costs;                 /**< by arc */
    int64_t *flows;                 /**< by arc; the answer */
    signed char *states;            /**< by arc: 1 empty, 0 in the tree, -1 full */
    int64_t *potentials;            /**< by node */
    struct hst_simplex_node *nodes; /**< by node */
    uint32_t *stack;                /**< node_count places */
    uint32_t next;                  /**< arc to look at next */
    uint32_t pivots;                /**< of the last solve */
} hst_network_simplex;

/** Plan a network. The caller fills tails and heads once, capacities and costs before a solve. */
HST_NODISCARD hst_status hst_network_simplex_init(hst_network_simplex *simplex,
                                                  hst_arena *arena,
                                                  uint32_t node_count,
                                                  uint32_t arc_count);

/** Are costs small enough for potentials to fit? `cost_max` is the largest of a unit. */
bool hst_network_simplex_fits(const hst_network_simplex *simplex, int64_t cost_max);

/** Send as many of `amount` > 0 units as fit from source to target, at least cost; how many. Needs
 * hst_network_simplex_fits(simplex, cost_max). */
int64_t hst_network_simplex_solve(hst_network_simplex *simplex,
                                  uint32_t source,
                                  uint32_t target,
                                  int64_t amount,
                                  int64_t cost_max);

#endif
