/* Best path within a hop limit, by hop count: layer k holds, for each node, the rank of the best
 * way to the target in exactly k hops (Bellman 1958, one round a layer, over the touched nodes
 * only). Needed when the unlimited best path is too long, which on corridor graphs is rare.
 *
 * The best rank within the limit belongs to a path without repeated nodes: leaving a cycle out
 * lowers the rank. So nothing has to remember where a path has been.
 */
#include "core/routing/search_internal.h"

/** Ranks of layer k. */
static hst_weight *layer(const hst_search *search, uint32_t k)
{
    return search->layers + (size_t)k * search->graph->node_count;
}

static uint32_t *layer_nodes(const hst_search *search, uint32_t k)
{
    return search->layer_nodes + (size_t)k * search->graph->node_count;
}

/** Improve layer k + 1 over the arcs that enter the nodes of layer k; its number of nodes. */
static uint32_t next_layer(hst_search *search, uint32_t k, uint32_t count)
{
    const hst_weight *from = layer(search, k);
    hst_weight *to = layer(search, k + 1);
    uint32_t *reached = layer_nodes(search, k + 1);
    uint32_t reached_count = 0;
    for (uint32_t n = 0; n < count; n++) {
        const uint32_t node = layer_nodes(search, k)[n];
        if (node == search->query.source) {
            continue;
        }
        const hst_graph_row row = hst_graph_in(search->graph, node);
        for (uint32_t i = 0; i < row.count; i++) {
            const hst_graph_arc *arc = &row.arcs[i];
            const bool usable = i < row.transit_count || arc->node == search->query.source;
            if (!usable || arc->node == search->query.target || !arc_open(search, arc)) {
                continue;
            }
            const hst_weight weight = arc_weight(search, arc);
            const hst_weight rank = from[node] + weight;
            if (weight == ARC_CLOSED) {
                continue;
            }
            if (to[arc->node] == HST_WEIGHT_NONE) {
                reached[reached_count++] = arc->node;
            }
            if (rank < to[arc->node]) {
                to[arc->node] = rank;
            }
        }
    }
    return reached_count;
}

/** Walk from the source down the layers, the smallest edge id that fits at each. */
static void walk(hst_search *search, uint32_t hop_count)
{
    uint32_t node = search->query.source;
    for (uint32_t k = hop_count; k > 0; k--) {
        const hst_graph_row row = hst_graph_out(search->graph, node);
        const hst_weight wanted = layer(search, k)[node];
        uint32_t edge = HST_GRAPH_NONE;
        uint32_t head = HST_GRAPH_NONE;
        for (uint32_t i = 0; i < row.count; i++) {
            const hst_graph_arc *arc = &row.arcs[i];
            const hst_weight rest = layer(search, k - 1)[arc->node];
            if (arc->edge < edge && rest < wanted && arc_open(search, arc) &&
                rest + arc_weight(search, arc) == wanted) {
                edge = arc->edge;
                head = arc->node;
            }
        }
        hst_assert(edge != HST_GRAPH_NONE);
        search->path[hop_count - k] = edge;
        node = head;
    }
    hst_assert(node == search->query.target);
}

hst_status hst_search_hop_limited(hst_search *search, uint32_t *hop_count, hst_weight *rank)
{
    hst_assert(search != NULL);
    hst_assert(hop_count != NULL);
    hst_assert(rank != NULL);
    hst_assert(search->query.hop_count_max <= HST_HOP_MAX);
    hst_assert(search->query.source != search->query.target);
    const uint32_t source = search->query.source;
    uint32_t counts[HST_HOP_MAX + 1] = {1};
    layer(search, 0)[search->query.target] = 0;
    layer_nodes(search, 0)[0] = search->query.target;
    uint32_t best_count = 0;
    hst_weight best = HST_WEIGHT_NONE;
    for (uint32_t k = 0; k < search->query.hop_count_max; k++) {
        counts[k + 1] = next_layer(search, k, counts[k]);
        if (layer(search, k + 1)[source] < best) {
            best = layer(search, k + 1)[source];
            best_count = k + 1;
        }
    }
    if (best_count > 0) {
        walk(search, best_count);
        *hop_count = best_count;
        *rank = best;
    }
    /* Leave the layers as they were found: nothing reached. */
    for (uint32_t k = 0; k <= search->query.hop_count_max; k++) {
        for (uint32_t n = 0; n < counts[k]; n++) {
            layer(search, k)[layer_nodes(search, k)[n]] = HST_WEIGHT_NONE;
        }
    }
    return best_count > 0 ? HST_OK : HST_NO_PATH;
}
