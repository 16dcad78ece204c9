/** @file core/routing/graph.h
 * The corridor graph: which hops there are, and what they are advertised to cost.
 *
 * A node is a position, (institution, currency). An edge is a hop that moves value between two
 * positions: a book transfer at a correspondent, an RTGS payment, a currency conversion, a transfer
 * on a distributed ledger, an escrowed hop. The graph is built once, then frozen into compressed
 * rows for both directions; after that only charges, limits, delays and the enabled flag change,
 * and every change moves `version`, so caches know.
 *
 *   nodes  0 ... n-1            edges  0 ... m-1 in the order they were added (stable ids)
 *   rows   out_first[v] ... out_leaf[v] ... out_first[v+1]
 *          |- heads that forward -|- heads that do not -|      (and the same for in_)
 *
 * What the graph knows is what a sender can know: published charges, quotes, limits, hours (the
 * host disables a closed hop). Balances are not in it.
 *
 * Surrogate: a hop costs fixed + amount * rate, charged on the amount of the query, so costs add
 * up along a path and are lines in the amount. In reality each charge is taken from what the
 * earlier hops left (charges compound); the exact charges are found when the plan is settled. The
 * difference is second order: rate * rate * amount.
 *
 *   path cost = sum(fixed) + floor(amount * sum(rate_ppb) / 1e9)       micro-USD, rounded once
 *
 * Units     micro-USD (1e-6 US dollars), parts per billion of the amount, nanoseconds.
 * Errors    HST_FULL, HST_EXISTS, HST_INVALID, HST_NO_MEMORY; a failed call changes nothing.
 * Memory    everything from the arena given to hst_graph_init; the graph is released with it.
 * Threads   any number of readers of a frozen graph; changing it needs all of them out.
 * Cost      freeze O(n + m); an update O(1); look-up of a position O(1).
 * Limits    HST_GRAPH_NODE_MAX, HST_GRAPH_EDGE_MAX and the HST_..._MAX amounts below, chosen so
 *           that the exact cost of any simple path fits 110 bits (core/routing/search.h).
 */
#ifndef HST_CORE_ROUTING_GRAPH_H
#define HST_CORE_ROUTING_GRAPH_H

#include "core/base/arena.h"
#include "core/base/assert.h"
#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** No node, no edge. */
#define HST_GRAPH_NONE UINT32_MAX

/** Most hops of a plan, and of a hop-limited search. */
enum { HST_HOP_MAX = 20 };

/** Most hops of a plan over a graph that does not say otherwise: chains of correspondents are
 * shorter. */
enum { HST_HOP_LIMIT_DEFAULT = 8 };

/** Most nodes in a graph. */
#define HST_GRAPH_NODE_MAX (UINT32_C(1) << 17)

/** Most edges in a graph. */
#define HST_GRAPH_EDGE_MAX (UINT32_C(1) << 28)

/** Largest amount and limit: a trillion dollars. */
#define HST_ROUTE_AMOUNT_MAX_MICRO_USD INT64_C(1000000000000000000)

/** Largest fixed charge of a hop: a billion dollars. */
#define HST_CHARGE_FIXED_MAX_MICRO_USD INT64_C(1000000000000000)

/** Largest proportional charge of a hop: the whole amount. */
#define HST_CHARGE_RATE_MAX_PPB INT64_C(1000000000)

/** Longest advertised delay of a hop, about 31 years. */
#define HST_HOP_DELAY_MAX_NS INT64_C(1000000000000000000)

/** What a hop does. */
typedef enum hst_hop_kind {
    HST_HOP_BOOK,   /**< book transfer at a correspondent; keeps the currency */
    HST_HOP_RTGS,   /**< payment through a real-time gross settlement system; keeps the currency */
    HST_HOP_FX,     /**< conversion at a market maker; changes the currency */
    HST_HOP_DLT,    /**< transfer on a distributed ledger */
    HST_HOP_ESCROW, /**< escrowed hop of an atomic chain */
    HST_HOP_KIND_COUNT /**< number of kinds */
} hst_hop_kind;

/** Name of a kind as in scenarios and results ("book", "rtgs", ...). */
const char *hst_hop_kind_name(hst_hop_kind kind);

/** The institution forwards payments of others; without it a position only starts or ends paths. */
enum { HST_NODE_TRANSIT = 1 };

/** A position; unique in the graph by (institution, currency). */
typedef struct hst_graph_node {
    uint32_t institution; /**< the caller's handle */
    uint16_t currency;    /**< the caller's currency number */
    uint16_t flags;       /**< HST_NODE_TRANSIT or 0 */
} hst_graph_node;

/** A hop as advertised. */
typedef struct hst_graph_edge {
    uint32_t from;           /**< node */
    uint32_t to;             /**< node, not `from` */
    uint32_t handle;         /**< rail or account, the caller's; not interpreted */
    hst_hop_kind kind;       /**< what it does */
    int64_t fixed_micro_usd; /**< charge a payment, 0 ... HST_CHARGE_FIXED_MAX_MICRO_USD */
    int64_t rate_ppb;        /**< charge on the amount with half-spread and margin, 0 ... 1e9 */
    int64_t limit_micro_usd; /**< largest amount it takes; 0 = no limit */
    int64_t delay_ns;        /**< advertised, 0 ... HST_HOP_DELAY_MAX_NS */
    bool enabled;            /**< open now */
} hst_graph_edge;

/** An edge as the searches read it: one end's row entry, 32 bytes, two to a cache line. */
typedef struct hst_graph_arc {
    int64_t fixed_micro_usd;   /**< as the edge */
    int64_t ceiling_micro_usd; /**< open for amounts <= this; -1 when disabled */
    uint32_t node;             /**< the other end */
    uint32_t edge;             /**< edge id */
    uint32_t rate_ppb;         /**< as the edge */
    uint32_t kind;             /**< as the edge */
} hst_graph_arc;

/** A row of arcs, read-only. */
typedef struct hst_graph_row {
    const hst_graph_arc *arcs; /**< first arc */
    uint32_t transit_count;    /**< arcs whose other end may forward; they come first */
    uint32_t count;            /**< all arcs */
} hst_graph_row;

/** The graph; fields are private, read through the functions below. */
typedef struct hst_graph {
    hst_graph_node *nodes;    /**< node_count records */
    hst_graph_edge *edges;    /**< edge_count records, index = edge id */
    uint32_t *position_slots; /**< open addressing over (institution, currency): node + 1 */
    uint32_t position_mask;   /**< slots - 1 */
    uint32_t node_count;      /**< nodes added */
    uint32_t node_count_max;  /**< planned */
    uint32_t edge_count;      /**< edges added */
    uint32_t edge_count_max;  /**< planned */
    uint32_t *out_first;      /**< node_count + 1 offsets into out_arcs */
    uint32_t *out_leaf;       /**< where a row's leaf heads start */
    uint32_t *in_first;       /**< node_count + 1 offsets into in_arcs */
    uint32_t *in_leaf;        /**< where a row's leaf tails start */
    hst_graph_arc *out_arcs;  /**< by tail */
    hst_graph_arc *in_arcs;   /**< by head */
    uint32_t *out_position;   /**< edge id -> index in out_arcs */
    uint32_t *in_position;    /**< edge id -> index in in_arcs */
    uint32_t hop_limit;       /**< most hops of a plan, <= HST_HOP_MAX */
    uint64_t version;         /**< moves with every change after freezing */
    bool frozen;              /**< rows exist */
} hst_graph;

/** Plan an empty graph for at most `node_count_max` nodes and `edge_count_max` edges. */
HST_NODISCARD hst_status hst_graph_init(hst_graph *graph,
                                        hst_arena *arena,
                                        uint32_t node_count_max,
                                        uint32_t edge_count_max);

/** Add a position; its id is the count before. HST_EXISTS (then *id is the existing node),
 * HST_FULL. Before freezing only. */
HST_NODISCARD hst_status hst_graph_add_node(hst_graph *graph, hst_graph_node node, uint32_t *id);

/** Add a hop; its id is the count before. HST_INVALID for an unknown or equal end, a charge, limit
 * or delay out of range, an FX hop that keeps the currency or a book or RTGS hop that changes it;
 * HST_FULL. Parallel hops are welcome. Before freezing only. */
HST_NODISCARD hst_status hst_graph_add_edge(hst_graph *graph,
                                            const hst_graph_edge *edge,
                                            uint32_t *id);

/** Most hops a plan over this graph may have, 1 ... HST_HOP_MAX; before freezing only. */
void hst_graph_set_hop_limit(hst_graph *graph, uint32_t hop_limit);

/** Build the rows, in `arena`; from here on nodes and edges are fixed. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_graph_freeze(hst_graph *graph, hst_arena *arena);

/** Node of a position, or HST_GRAPH_NONE. */
uint32_t hst_graph_find_node(const hst_graph *graph, uint32_t institution, uint16_t currency);

/** New charges of a hop. HST_INVALID when out of range. Equal values do not move the version. */
HST_NODISCARD hst_status hst_graph_set_charge(hst_graph *graph,
                                              uint32_t edge,
                                              int64_t fixed_micro_usd,
                                              int64_t rate_ppb);

/** New amount limit of a hop, 0 = none. HST_INVALID when out of range. */
HST_NODISCARD hst_status hst_graph_set_limit(hst_graph *graph,
                                             uint32_t edge,
                                             int64_t limit_micro_usd);

/** New advertised delay of a hop. HST_INVALID when out of range. */
HST_NODISCARD hst_status hst_graph_set_delay(hst_graph *graph, uint32_t edge, int64_t delay_ns);

/** Open or close a hop. */
void hst_graph_set_enabled(hst_graph *graph, uint32_t edge, bool enabled);

/** The record of a node. */
static inline const hst_graph_node *hst_graph_node_at(const hst_graph *graph, uint32_t node)
{
    hst_assert(node < graph->node_count);
    return &graph->nodes[node];
}

/** The record of an edge. */
static inline const hst_graph_edge *hst_graph_edge_at(const hst_graph *graph, uint32_t edge)
{
    hst_assert(edge < graph->edge_count);
    return &graph->edges[edge];
}

/** May this position forward payments of others? */
static inline bool hst_graph_transits(const hst_graph *graph, uint32_t node)
{
    return (hst_graph_node_at(graph, node)->flags & HST_NODE_TRANSIT) != 0;
}

/** Hops that leave a node; each arc's `node` is the head. Frozen graphs only. */
static inline hst_graph_row hst_graph_out(const hst_graph *graph, uint32_t node)
{
    hst_assert(node < graph->node_count);
    const uint32_t first = graph->out_first[node];
    const hst_graph_row row = {graph->out_arcs + first, graph->out_leaf[node] - first,
                               graph->out_first[node + 1] - first};
    return row;
}

/** Hops that enter a node; each arc's `node` is the tail. Frozen graphs only. */
static inline hst_graph_row hst_graph_in(const hst_graph *graph, uint32_t node)
{
    hst_assert(node < graph->node_count);
    const uint32_t first = graph->in_first[node];
    const hst_graph_row row = {graph->in_arcs + first, graph->in_leaf[node] - first,
                               graph->in_first[node + 1] - first};
    return row;
}

/** What one hop is advertised to cost for an amount: fixed + floor(amount * rate / 1e9). */
int64_t hst_graph_edge_cost_micro_usd(const hst_graph_edge *edge, int64_t amount_micro_usd);

/** Does the hop take this amount now? */
static inline bool hst_graph_edge_open(const hst_graph_edge *edge, int64_t amount_micro_usd)
{
    return edge->enabled &&
           (edge->limit_micro_usd == 0 || amount_micro_usd <= edge->limit_micro_usd);
}

#endif
