/** @file core/routing/mcf.h
 * Min-cost flow: send so many units from a source to a target over hops of limited capacity, at the
 * least cost, exactly, in integers.
 *
 * A hop is some number of parallel arcs, its pieces, each with a capacity and a cost a unit. Pieces
 * of rising cost are a convex, piecewise linear cost of the hop; the least cost then fills them in
 * order. Arc number = hop * pieces + piece.
 *
 *   HST_TRY(hst_mcf_init(&mcf, arena, nodes, hops, tails, heads, 1));
 *   hst_mcf_set_arc(&mcf, arc, capacity, cost);                  for every arc that is to carry
 *   status = hst_mcf_solve(&mcf, source, target, units);         HST_OK or HST_NO_PATH
 *   while (hst_mcf_take_path(&mcf, &path) == HST_OK) ...         the flow as paths, used up
 *
 * Successive shortest paths: each search (Dijkstra on costs reduced by potentials) stops at the
 * target, and one path takes what its narrowest arc lets through. When the first few paths show
 * that many will be needed, the network simplex method (core/routing/network_simplex.h) takes over.
 * The answer's cost is unique; among flows of equal cost the one found depends on the order of the
 * hops only.
 *
 * Units     whole units of flow, whole units of cost a unit of flow; both of the caller.
 * Errors    HST_NO_PATH when capacities do not let the amount through: as much as they do was sent.
 * Memory    from the arena at init: about 100 bytes an arc and 120 a node.
 * Threads   belongs to one thread at a time.
 * Cost      one search an augmentation, or some tens of them for a network simplex. What a solve
 * did not touch is not cleared by the next: labels carry the number of their search, arcs with flow
 * are on a list. Limits    HST_MCF_FLOW_MAX, HST_MCF_COST_MAX, HST_GRAPH_NODE_MAX nodes: distances
 * then fit 62 bits. Source    Edmonds and Karp, J. ACM 19(2), 1972; Ahuja, Magnanti, Orlin,
 * "Network Flows", 1993, section 9.7.
 */
#ifndef HST_CORE_ROUTING_MCF_H
#define HST_CORE_ROUTING_MCF_H

#include "core/base/arena.h"
#include "core/base/status.h"
#include "core/routing/network_simplex.h"
#include "core/routing/search.h"

#include <stdint.h>

/** Largest capacity and amount. */
#define HST_MCF_FLOW_MAX (INT64_C(1) << 40)

/** Largest cost of a unit on an arc. */
#define HST_MCF_COST_MAX (INT64_C(1) << 44)

/** Paths taken before the number of paths is estimated, and the number above which the network
 * simplex is faster on the graphs measured (herstatt bench routing.mcf). */
enum { HST_MCF_PATHS_SEEN = 3, HST_MCF_PATHS_DEFAULT = 8 };

/** An arc of the residual graph, and a node's labels: private to mcf.c. */
struct hst_mcf_residual;
struct hst_mcf_node;

/** An entry of the heap. */
typedef struct hst_mcf_entry {
    int64_t distance; /**< key */
    uint32_t node;    /**< whose */
} hst_mcf_entry;

/** Network, flow and scratch; fields are private. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): 32 bytes once a network */
typedef struct hst_mcf {
    uint32_t node_count;                /**< nodes */
    uint32_t arc_count;                 /**< hops * pieces */
    uint32_t pieces;                    /**< parallel arcs a hop */
    uint32_t *first;                    /**< node_count + 1 offsets into residuals */
    struct hst_mcf_residual *residuals; /**< rows: arcs and their reverses, by tail */
    uint32_t *positions;                /**< arc * 2 + (reverse: 1) -> index in residuals */
    struct hst_mcf_node *nodes;         /**< labels */
    hst_mcf_entry *heap;                /**< node_count places */
    uint32_t heap_count;                /**< used */
    uint32_t *walk;                     /**< node_count places: settled nodes, or hops of a path */
    uint32_t *carrying;                 /**< arcs that had flow since the last clear */
    unsigned char *listed;              /**< by arc: is it in carrying? */
    uint32_t carrying_count;            /**< used */
    uint32_t solve;                     /**< number of this solve: potentials of others are 0 */
    uint32_t search;        /**< number of this search: distances of others are unknown */
    uint32_t source;        /**< of the last solve */
    uint32_t target;        /**< of the last solve */
    int64_t sent;           /**< units, less those taken as paths */
    hst_weight cost;        /**< of the last solve */
    uint32_t augmentations; /**< of the last solve */
    uint32_t paths_max;     /**< expect more augmentations than this and the simplex takes over */
    hst_network_simplex simplex; /**< arcs as ours */
} hst_mcf;

/** A path of the flow. */
typedef struct hst_mcf_path {
    const uint32_t *hops; /**< from source to target, no node twice; until the next call */
    uint32_t hop_count;   /**< how many */
    int64_t flow;         /**< units, > 0 */
} hst_mcf_path;

/** Plan a network of hops tails[i] -> heads[i], each `pieces` arcs of capacity 0. Ends differ. The
 * arrays are not kept. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_mcf_init(hst_mcf *mcf,
                                      hst_arena *arena,
                                      uint32_t node_count,
                                      uint32_t hop_count,
                                      const uint32_t *tails,
                                      const uint32_t *heads,
                                      uint32_t pieces);

/** Set an arc: 0 ... HST_MCF_FLOW_MAX units, 0 ... HST_MCF_COST_MAX each. Drops any flow. */
void hst_mcf_set_arc(hst_mcf *mcf, uint32_t arc, int64_t capacity, int64_t cost);

/** Expect more than `paths` augmentations (from the first HST_MCF_PATHS_SEEN) and the network
 * simplex takes over: 0 = it does all, UINT32_MAX = never. HST_MCF_PATHS_DEFAULT unless called. */
void hst_mcf_set_paths_max(hst_mcf *mcf, uint32_t paths);

/** Send `amount` > 0 units at least cost, in place of any earlier flow; source and target differ.
 * HST_NO_PATH when less fits: then the most that does, at its least cost. */
HST_NODISCARD hst_status hst_mcf_solve(hst_mcf *mcf,
                                       uint32_t source,
                                       uint32_t target,
                                       int64_t amount);

/** Units on an arc. */
int64_t hst_mcf_flow(const hst_mcf *mcf, uint32_t arc);

/** Take one path out of the flow, wherever possible along the hops that carry most; cycles of no
 * cost are dropped on the way. HST_NO_PATH when nothing is left. At most as many paths as hops that
 * carry; each uses up at least one. */
HST_NODISCARD hst_status hst_mcf_take_path(hst_mcf *mcf, hst_mcf_path *path);

#endif
