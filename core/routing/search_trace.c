/* The list rule: among equally good paths, the one whose edge ids are smallest when read from the
 * source. It is applied after the search, on its labels, and needs no parent pointers.
 *
 * An edge x -> y lies on a best path exactly when the rank from the source to x, its own weight and
 * the rank from y to the target add up to the best rank. A search that stops early knows only part
 * of both, but enough. When it stops, every node of every best path carries its final rank from the
 * source or to the target (or both), and every best path passes a node that carries both: a meeting
 * (search_internal.h, meet). So:
 *
 *   1. from the meetings, walk back over edges that fit the forward ranks, and mark;
 *   2. walk from the source; an edge may be taken when its head is marked and fits the forward
 *      ranks, or when its head's backward rank completes the sum; take the smallest id.
 *
 * Both searches end here with the same set of usable edges, hence with the same path.
 */
#include "core/routing/search_internal.h"

/** Mark every node of the forward half of a best path, ends that do not forward left out. */
static void mark_forward_halves(hst_search *search)
{
    const uint32_t epoch = search->epoch;
    uint32_t stacked = 0;
    for (uint32_t i = 0; i < search->meeting_count; i++) {
        hst_search_label *label = &search->nodes[search->meetings[i]].sides[FORWARD];
        if (label->marked != epoch) {
            label->marked = epoch;
            search->stack[stacked++] = search->meetings[i];
        }
    }
    while (stacked > 0) {
        const uint32_t node = search->stack[--stacked];
        const hst_weight rank = search->nodes[node].sides[FORWARD].rank;
        const hst_graph_row row = hst_graph_in(search->graph, node);
        for (uint32_t i = 0; i < row.transit_count; i++) {
            const hst_graph_arc *arc = &row.arcs[i];
            hst_search_label *tail = &search->nodes[arc->node].sides[FORWARD];
            if (tail->epoch != epoch || tail->marked == epoch || tail->rank >= rank ||
                !arc_open(search, arc) || tail->rank + arc_weight(search, arc) != rank) {
                continue;
            }
            tail->marked = epoch;
            hst_assert(stacked < search->graph->node_count);
            search->stack[stacked++] = arc->node;
        }
    }
}

/** A hop that goes on a best path. */
typedef struct next_hop {
    uint32_t edge;   /**< smallest id so far, HST_GRAPH_NONE = none */
    uint32_t node;   /**< its head */
    hst_weight rank; /**< of the path up to its head */
} next_hop;

/** Take `arc` to `head` when a best path does and its id is smaller; `rank` is that of its tail. */
static void consider(
    hst_search *search, const hst_graph_arc *arc, uint32_t head, hst_weight rank, next_hop *next)
{
    const hst_search_node *node = &search->nodes[head];
    const bool completes = node->sides[BACKWARD].epoch == search->epoch;
    const bool marked = node->sides[FORWARD].marked == search->epoch;
    if (arc->edge >= next->edge || (!completes && !marked) || !arc_open(search, arc)) {
        return;
    }
    const hst_weight reached = rank + arc_weight(search, arc);
    if ((completes && reached + node->sides[BACKWARD].rank == search->best) ||
        (marked && reached == node->sides[FORWARD].rank)) {
        next->edge = arc->edge;
        next->node = head;
        next->rank = reached;
    }
}

uint32_t hst_search_trace(hst_search *search)
{
    hst_assert(search != NULL);
    hst_assert(search->best != HST_WEIGHT_NONE);
    hst_assert(search->meeting_count > 0);
    mark_forward_halves(search);
    const uint32_t target = search->query.target;
    const bool leaf_target = !hst_graph_transits(search->graph, target);
    const hst_graph_row last_hops = hst_graph_in(search->graph, target);
    uint32_t node = search->query.source;
    uint32_t hop_count = 0;
    hst_weight rank = 0;
    while (node != target) {
        next_hop next = {HST_GRAPH_NONE, HST_GRAPH_NONE, 0};
        const hst_graph_row row = hst_graph_out(search->graph, node);
        for (uint32_t i = 0; i < row.transit_count; i++) {
            consider(search, &row.arcs[i], row.arcs[i].node, rank, &next);
        }
        /* A target that does not forward is in the back part of rows, which may be long at a hub;
         * its own row is short. */
        for (uint32_t i = 0; leaf_target && i < last_hops.count; i++) {
            if (last_hops.arcs[i].node == node) {
                consider(search, &last_hops.arcs[i], target, rank, &next);
            }
        }
        hst_assert(next.edge != HST_GRAPH_NONE);
        hst_assert(hop_count < search->graph->node_count);
        search->path[hop_count++] = next.edge;
        node = next.node;
        rank = next.rank;
    }
    hst_assert(rank == search->best);
    return hop_count;
}
