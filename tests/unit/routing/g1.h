/** @file tests/unit/routing/g1.h
 * A published random graph of 10,000 nodes and 100,000 arcs, with weights and capacities, and the
 * published sequence of pairs of nodes.
 */
#ifndef HST_TESTS_UNIT_ROUTING_G1_H
#define HST_TESTS_UNIT_ROUTING_G1_H

#include <stdint.h>

enum { G1_NODES = 10000, G1_ARCS = 100000 };

#define G1_FIRST_STATE UINT64_C(88172645463325252)

typedef struct g1_graph {
    uint32_t tails[G1_ARCS];
    uint32_t heads[G1_ARCS];
    uint32_t weights[G1_ARCS];
    uint32_t capacities[G1_ARCS];
} g1_graph;

/** Draw the graph. */
void g1_draw(g1_graph *g1);

/** The next node of the pairs' sequence, xorshift64 (13, 7, 17) from G1_FIRST_STATE. */
uint32_t g1_next_node(uint64_t *x);

#endif
