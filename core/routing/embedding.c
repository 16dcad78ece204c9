#include "core/routing/embedding.h"

#include <string.h>

hst_status hst_embedding_init(hst_embedding *tree,
                              hst_arena *arena,
                              const hst_graph *graph,
                              const uint32_t *opposites,
                              const unsigned char *open,
                              uint32_t root)
{
    const uint32_t nodes = graph->node_count;
    hst_assert(root < nodes);
    *tree = (hst_embedding){.graph = graph, .opposites = opposites, .open = open, .root = root};
    tree->links = HST_ARENA_NEW(arena, uint32_t, nodes);
    tree->depths = HST_ARENA_NEW(arena, uint32_t, nodes);
    tree->children = HST_ARENA_NEW(arena, uint32_t, nodes);
    tree->coordinates = HST_ARENA_NEW(arena, uint32_t, (size_t)nodes * HST_HOP_MAX);
    tree->waiting = HST_ARENA_NEW(arena, uint32_t, nodes);
    if (tree->links == NULL || tree->depths == NULL || tree->children == NULL ||
        tree->coordinates == NULL || tree->waiting == NULL) {
        return HST_NO_MEMORY;
    }
    return HST_OK;
}

static uint32_t *coordinate(const hst_embedding *tree, uint32_t node)
{
    return tree->coordinates + (size_t)node * HST_HOP_MAX;
}

static bool two_way(const hst_embedding *tree, uint32_t edge)
{
    const uint32_t opposite = tree->opposites[edge];
    return tree->open[edge] != 0 && opposite != HST_GRAPH_NONE && tree->open[opposite] != 0;
}

/** May a node at `depth` take children? */
static bool takes_children(const hst_embedding *tree, uint32_t node, uint32_t depth)
{
    return tree->depths[node] == depth && hst_graph_transits(tree->graph, node);
}

/** A link by which the node can hang on a node at `depth`, or none. */
static uint32_t find_link(const hst_embedding *tree, uint32_t node, uint32_t depth, bool both_ways)
{
    const hst_graph_row rows[2] = {hst_graph_in(tree->graph, node),
                                   hst_graph_out(tree->graph, node)};
    for (uint32_t side = 0; side < (both_ways ? 1U : 2U); side++) {
        for (uint32_t i = 0; i < rows[side].count; i++) {
            const hst_graph_arc *arc = &rows[side].arcs[i];
            if ((both_ways ? two_way(tree, arc->edge) : tree->open[arc->edge] != 0) &&
                takes_children(tree, arc->node, depth)) {
                return arc->edge;
            }
        }
    }
    return HST_GRAPH_NONE;
}

/** Place a node that has its link: coordinate from the parent's and its number. */
static void place(hst_embedding *tree, uint32_t node, uint32_t parent, uint32_t number)
{
    const uint32_t depth = tree->depths[parent];
    uint32_t *own = coordinate(tree, node);
    memcpy(own, coordinate(tree, parent), depth * sizeof own[0]);
    own[depth] = number;
    tree->depths[node] = depth + 1;
}

static uint32_t other_end(const hst_graph *graph, uint32_t edge, uint32_t node)
{
    const hst_graph_edge *record = hst_graph_edge_at(graph, edge);
    return record->to == node ? record->from : record->to;
}

/** Let those waiting join over links of one sort, the nearest to the root first. */
static void join(hst_embedding *tree, bool both_ways)
{
    for (uint32_t depth = 0; depth < HST_HOP_MAX && tree->waiting_count > 0; depth++) {
        uint32_t left = 0;
        for (uint32_t i = 0; i < tree->waiting_count; i++) {
            const uint32_t node = tree->waiting[i];
            const uint32_t link = find_link(tree, node, depth, both_ways);
            if (link == HST_GRAPH_NONE) {
                tree->waiting[left++] = node;
                continue;
            }
            const uint32_t parent = other_end(tree->graph, link, node);
            tree->links[node] = link;
            place(tree, node, parent, ++tree->children[parent]);
        }
        tree->waiting_count = left;
    }
}

/** Everybody without a coordinate joins, where there is a way. */
static void join_all(hst_embedding *tree)
{
    tree->waiting_count = 0;
    for (uint32_t v = 0; v < tree->graph->node_count; v++) {
        if (tree->depths[v] == HST_GRAPH_NONE) {
            tree->waiting[tree->waiting_count++] = v;
        }
    }
    join(tree, true);
    join(tree, false);
}

void hst_embedding_build(hst_embedding *tree)
{
    for (uint32_t v = 0; v < tree->graph->node_count; v++) {
        tree->links[v] = HST_GRAPH_NONE;
        tree->depths[v] = HST_GRAPH_NONE;
        tree->children[v] = 0;
    }
    tree->depths[tree->root] = 0;
    join_all(tree);
}

/** Take the coordinates of a node and of all below it. */
static void drop(hst_embedding *tree, uint32_t top)
{
    const uint32_t depth = tree->depths[top];
    uint32_t beginning[HST_HOP_MAX];
    hst_assert(top != tree->root && depth >= 1 && depth <= HST_HOP_MAX);
    memcpy(beginning, coordinate(tree, top), depth * sizeof beginning[0]);
    for (uint32_t v = 0; v < tree->graph->node_count; v++) {
        if (tree->depths[v] != HST_GRAPH_NONE && tree->depths[v] >= depth &&
            memcmp(coordinate(tree, v), beginning, depth * sizeof beginning[0]) == 0) {
            tree->depths[v] = HST_GRAPH_NONE;
            tree->links[v] = HST_GRAPH_NONE;
            tree->children[v] = 0;
        }
    }
}

/** Does the node hang on a link that is open one way only? */
static bool hangs_one_way(const hst_embedding *tree, uint32_t node)
{
    return node != tree->root && tree->depths[node] != HST_GRAPH_NONE &&
           !two_way(tree, tree->links[node]);
}

void hst_embedding_changed(hst_embedding *tree, uint32_t edge)
{
    const hst_graph_edge *record = hst_graph_edge_at(tree->graph, edge);
    const uint32_t opposite = tree->opposites[edge];
    const uint32_t ends[2] = {record->from, record->to};
    for (uint32_t i = 0; i < 2; i++) {
        const uint32_t node = ends[i];
        const uint32_t other = ends[1 - i];
        if (node == tree->root || tree->depths[node] == HST_GRAPH_NONE) {
            continue;
        }
        const bool own_link = tree->links[node] == edge ||
                              (opposite != HST_GRAPH_NONE && tree->links[node] == opposite);
        const bool lost = tree->open[edge] == 0 && own_link;
        const bool better = tree->open[edge] != 0 && two_way(tree, edge) &&
                            tree->depths[other] != HST_GRAPH_NONE && hangs_one_way(tree, node) &&
                            !hangs_one_way(tree, other);
        if (lost || better) {
            drop(tree, node);
            break;
        }
    }
    join_all(tree);
}

const uint32_t *hst_embedding_coordinate(const hst_embedding *tree, uint32_t node, uint32_t *length)
{
    hst_assert(node < tree->graph->node_count);
    if (tree->depths[node] == HST_GRAPH_NONE) {
        return NULL;
    }
    *length = tree->depths[node];
    return coordinate(tree, node);
}

uint32_t hst_embedding_distance(const hst_embedding *tree, uint32_t a, uint32_t b)
{
    uint32_t length_a = 0;
    uint32_t length_b = 0;
    const uint32_t *of_a = hst_embedding_coordinate(tree, a, &length_a);
    const uint32_t *of_b = hst_embedding_coordinate(tree, b, &length_b);
    if (of_a == NULL || of_b == NULL) {
        return HST_GRAPH_NONE;
    }
    uint32_t common = 0;
    while (common < length_a && common < length_b && of_a[common] == of_b[common]) {
        common++;
    }
    return length_a + length_b - 2 * common;
}

uint32_t hst_embedding_parent(const hst_embedding *tree, uint32_t node)
{
    hst_assert(node < tree->graph->node_count);
    const uint32_t link = tree->links[node];
    return link == HST_GRAPH_NONE ? HST_GRAPH_NONE : other_end(tree->graph, link, node);
}

void hst_embedding_write(const hst_embedding *tree, hst_writer *writer)
{
    for (uint32_t v = 0; v < tree->graph->node_count; v++) {
        const bool hangs = tree->links[v] != HST_GRAPH_NONE;
        hst_write_varint(writer, hangs ? (uint64_t)tree->links[v] + 1 : 0);
        hst_write_varint(writer, hangs ? coordinate(tree, v)[tree->depths[v] - 1] : 0);
        hst_write_varint(writer, tree->children[v]);
    }
}

/** Read a node's link, number (kept as its first coordinate) and children; false when insane. */
static bool read_node(hst_embedding *tree, hst_reader *reader, uint32_t node)
{
    const hst_graph *graph = tree->graph;
    const uint64_t link = hst_read_varint(reader);
    const uint64_t number = hst_read_varint(reader);
    const uint64_t children = hst_read_varint(reader);
    tree->depths[node] = HST_GRAPH_NONE;
    tree->links[node] = HST_GRAPH_NONE;
    if (hst_reader_status(reader) != HST_OK || link > graph->edge_count || children > UINT32_MAX) {
        return false;
    }
    tree->children[node] = (uint32_t)children;
    coordinate(tree, node)[0] = (uint32_t)number;
    if (link == 0) {
        return number == 0;
    }
    const uint32_t edge = (uint32_t)link - 1;
    tree->links[node] = edge;
    return node != tree->root && number >= 1 && number <= UINT32_MAX &&
           (graph->edges[edge].from == node || graph->edges[edge].to == node) &&
           hst_graph_transits(graph, other_end(graph, edge, node));
}

hst_status hst_embedding_read(hst_embedding *tree, hst_reader *reader)
{
    const uint32_t nodes = tree->graph->node_count;
    for (uint32_t v = 0; v < nodes; v++) {
        const bool sane = read_node(tree, reader, v);
        HST_TRY(hst_reader_status(reader));
        if (!sane) {
            return HST_CORRUPT;
        }
    }
    tree->depths[tree->root] = 0;
    uint32_t left = 0;
    for (uint32_t depth = 0; depth < HST_HOP_MAX; depth++) {
        left = 0;
        for (uint32_t v = 0; v < nodes; v++) {
            if (tree->links[v] == HST_GRAPH_NONE || tree->depths[v] != HST_GRAPH_NONE) {
                continue;
            }
            const uint32_t parent = hst_embedding_parent(tree, v);
            const uint32_t number = coordinate(tree, v)[0];
            if (tree->depths[parent] == depth && number <= tree->children[parent]) {
                place(tree, v, parent, number);
            } else {
                left++;
            }
        }
    }
    return left == 0 ? HST_OK : HST_CORRUPT;
}
