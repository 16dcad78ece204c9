/** @file core/routing/embedding.h
 * Coordinates in a spanning tree, as SpeedyMurmurs keeps them: nodes whose coordinates are near in
 * the tree find each other hop by hop.
 *
 * The root's coordinate is empty; a child's is its parent's and the child's number. The distance of
 * two nodes is that of the walk between them in the tree, found from the coordinates alone:
 *
 *   distance = length of a + length of b - 2 * length of the common beginning
 *
 * The tree grows by breadth-first search, first over links open both ways, then over links open one
 * way. A link that opens or closes changes the coordinates of the nodes it concerns:
 *
 *   closes, and was a node's link to its parent    the node and all below it join anew
 *   opens, and one end has no coordinate           that end joins
 *   opens both ways, one end hung on a one-way     that end and all below it join anew
 *     link, the other not
 *
 * A node joins the node nearest to the root that it has a link to, by the smallest row entry. Only
 * nodes that forward have children. Nodes deeper than HST_HOP_MAX have no coordinate.
 *
 * Errors    HST_NO_MEMORY; HST_FULL, HST_TRUNCATED, HST_CORRUPT from checkpoint and restore.
 * Memory    about 100 bytes a node.
 * Threads   belongs to one thread at a time.
 * Cost      build O(depth * links); a change O(nodes) and the links of those that join; a distance
 *           O(depth).
 * Source    Roos, Moreno-Sanchez, Kate, Goldberg, "Settling payments fast and private: efficient
 *           decentralized routing for path-based transactions", NDSS 2018 (algorithms 1 and 2).
 */
#ifndef HST_CORE_ROUTING_EMBEDDING_H
#define HST_CORE_ROUTING_EMBEDDING_H

#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/routing/graph.h"

/** A tree; fields are private. */
typedef struct hst_embedding {
    const hst_graph *graph;    /**< what it spans */
    const uint32_t *opposites; /**< by edge: the hop back (core/routing/probe.h) */
    const unsigned char *open; /**< by edge, the owner's: can anything pass? */
    uint32_t root;             /**< the landmark */
    uint32_t *links;           /**< by node: an edge that joins it to its parent, or none */
    uint32_t *depths;          /**< by node: length of the coordinate, or none */
    uint32_t *children;        /**< by node: the last number given to a child */
    uint32_t *coordinates;     /**< by node: HST_HOP_MAX numbers */
    uint32_t *waiting;         /**< node_count places: nodes that are to join */
    uint32_t waiting_count;    /**< used */
} hst_embedding;

/** Plan a tree; `opposites` and `open` outlive it. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_embedding_init(hst_embedding *tree,
                                            hst_arena *arena,
                                            const hst_graph *graph,
                                            const uint32_t *opposites,
                                            const unsigned char *open,
                                            uint32_t root);

/** Grow it from nothing over what is open. */
void hst_embedding_build(hst_embedding *tree);

/** Repair it after the owner has changed open[edge]. */
void hst_embedding_changed(hst_embedding *tree, uint32_t edge);

/** A node's coordinate and its length; NULL when it has none. */
const uint32_t *
hst_embedding_coordinate(const hst_embedding *tree, uint32_t node, uint32_t *length);

/** Distance in the tree by coordinates; HST_GRAPH_NONE when one has none. */
uint32_t hst_embedding_distance(const hst_embedding *tree, uint32_t a, uint32_t b);

/** The parent in the tree; HST_GRAPH_NONE for the root and where there is no coordinate. */
uint32_t hst_embedding_parent(const hst_embedding *tree, uint32_t node);

/** Write the tree; failures are the writer's. */
void hst_embedding_write(const hst_embedding *tree, hst_writer *writer);

/** Read it back. HST_CORRUPT when it is no tree. */
HST_NODISCARD hst_status hst_embedding_read(hst_embedding *tree, hst_reader *reader);

#endif
