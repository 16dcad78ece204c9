#include "core/routing/network_simplex.h"

#include "core/base/assert.h"

#include <string.h>

#define NONE UINT32_MAX

typedef struct hst_simplex_node {
    uint32_t parent;   /* NONE at the root */
    uint32_t arc;      /* to the parent */
    uint32_t depth;    /* 0 at the root */
    uint32_t child;    /* first of its children */
    uint32_t next;     /* among its parent's children */
    uint32_t previous; /* likewise */
    bool up;           /* the arc goes to the parent, not from it */
} tree_node;

enum { BLOCK_MIN = 32 };

hst_status hst_network_simplex_init(hst_network_simplex *simplex,
                                    hst_arena *arena,
                                    uint32_t node_count,
                                    uint32_t arc_count)
{
    hst_assert(simplex != NULL && arena != NULL);
    hst_assert(arc_count < NONE - node_count);
    memset(simplex, 0, sizeof *simplex);
    const size_t arcs = (size_t)arc_count + node_count;
    const size_t nodes = (size_t)node_count + 1;
    simplex->node_count = node_count;
    simplex->arc_count = arc_count;
    simplex->tails = HST_ARENA_NEW(arena, uint32_t, arcs);
    simplex->heads = HST_ARENA_NEW(arena, uint32_t, arcs);
    simplex->capacities = HST_ARENA_NEW(arena, int64_t, arcs);
    simplex->costs = HST_ARENA_NEW(arena, int64_t, arcs);
    simplex->flows = HST_ARENA_NEW(arena, int64_t, arcs);
    simplex->states = HST_ARENA_NEW(arena, signed char, arcs);
    simplex->potentials = HST_ARENA_NEW(arena, int64_t, nodes);
    simplex->nodes = HST_ARENA_NEW(arena, tree_node, nodes);
    simplex->stack = HST_ARENA_NEW(arena, uint32_t, nodes);
    const bool all =
        simplex->tails != NULL && simplex->heads != NULL && simplex->capacities != NULL &&
        simplex->costs != NULL && simplex->flows != NULL && simplex->states != NULL &&
        simplex->potentials != NULL && simplex->nodes != NULL && simplex->stack != NULL;
    return all || (arcs == 0 && node_count == 0) ? HST_OK : HST_NO_MEMORY;
}

/** Above the cost of any path of real arcs. */
static int64_t price_of_root(const hst_network_simplex *simplex, int64_t cost_max)
{
    return (cost_max + 1) * ((int64_t)simplex->node_count + 1);
}

bool hst_network_simplex_fits(const hst_network_simplex *simplex, int64_t cost_max)
{
    hst_assert(simplex != NULL && cost_max >= 0);
    /* A potential is at most the root's price and a path's cost; a reduced cost has two. */
    return cost_max < (INT64_C(1) << 60) / ((int64_t)simplex->node_count + 1);
}

static void hang(hst_network_simplex *simplex, uint32_t node, uint32_t parent)
{
    tree_node *nodes = simplex->nodes;
    nodes[node].parent = parent;
    nodes[node].previous = NONE;
    nodes[node].next = nodes[parent].child;
    if (nodes[node].next != NONE) {
        nodes[nodes[node].next].previous = node;
    }
    nodes[parent].child = node;
}

static void cut(hst_network_simplex *simplex, uint32_t node)
{
    tree_node *nodes = simplex->nodes;
    const tree_node *one = &nodes[node];
    if (one->next != NONE) {
        nodes[one->next].previous = one->previous;
    }
    if (one->previous != NONE) {
        nodes[one->previous].next = one->next;
    } else {
        nodes[one->parent].child = one->next;
    }
}

/** The first tree: everything over the root. */
static void
start(hst_network_simplex *simplex, uint32_t source, uint32_t target, int64_t amount, int64_t price)
{
    const uint32_t root = simplex->node_count;
    for (uint32_t arc = 0; arc < simplex->arc_count; arc++) {
        simplex->flows[arc] = 0;
        simplex->states[arc] = simplex->capacities[arc] > 0 ? 1 : 0; /* 0: never looked at */
    }
    simplex->nodes[root] = (tree_node){.parent = NONE, .arc = NONE, .child = NONE, .next = NONE};
    simplex->potentials[root] = 0;
    for (uint32_t v = 0; v < simplex->node_count; v++) {
        const uint32_t arc = simplex->arc_count + v;
        const bool up = v != target;
        simplex->tails[arc] = up ? v : root;
        simplex->heads[arc] = up ? root : v;
        simplex->capacities[arc] = amount;
        /* What does not get through stays at the source: a free hop from there to somewhere, and
         * then over the root, must not be as good. */
        simplex->costs[arc] = v == source ? price - 1 : price;
        simplex->flows[arc] = v == source || v == target ? amount : 0;
        simplex->states[arc] = 0;
        simplex->nodes[v] = (tree_node){.arc = arc, .depth = 1, .child = NONE, .up = up};
        hang(simplex, v, root);
        simplex->potentials[v] = up ? simplex->costs[arc] : -price;
    }
    simplex->next = 0;
    simplex->pivots = 0;
}

/** What a unit more on an arc costs, less than 0 when it saves; potentials are costs to the root.
 */
static int64_t reduced(const hst_network_simplex *simplex, uint32_t arc)
{
    return simplex->costs[arc] + simplex->potentials[simplex->heads[arc]] -
           simplex->potentials[simplex->tails[arc]];
}

/** The arc to take in, or NONE: the tree is optimal. */
static uint32_t entering(hst_network_simplex *simplex, uint32_t block)
{
    uint32_t best = NONE;
    int64_t least = 0;
    uint32_t left = block;
    uint32_t arc = simplex->next;
    for (uint32_t seen = 0; seen < simplex->arc_count; seen++) {
        const int64_t gain = simplex->states[arc] * reduced(simplex, arc);
        if (gain < least) {
            least = gain;
            best = arc;
        }
        arc = arc + 1 == simplex->arc_count ? 0 : arc + 1;
        if (--left == 0) {
            if (best != NONE) {
                break;
            }
            left = block;
        }
    }
    simplex->next = arc;
    return best;
}

/** How much the arc to a node's parent takes: more of it when the change runs along the arc, less
 * when against it. */
static int64_t room(const hst_network_simplex *simplex, uint32_t node, bool to_parent)
{
    const tree_node *one = &simplex->nodes[node];
    return one->up == to_parent ? simplex->capacities[one->arc] - simplex->flows[one->arc]
                                : simplex->flows[one->arc];
}

/** A pivot's cycle: the change enters at `first`'s side and runs over the entering arc from `from`
 * to `to`, then over the tree from `to` up to the apex and down to `from`. */
typedef struct cycle {
    uint32_t arc;
    uint32_t from, to;
    uint32_t apex;
    int64_t change;
    uint32_t leaving; /* node whose arc to its parent leaves; NONE: the entering arc itself */
    bool on_from_side;
} cycle;

static uint32_t apex_of(const hst_network_simplex *simplex, uint32_t a, uint32_t b)
{
    const tree_node *nodes = simplex->nodes;
    while (a != b) {
        if (nodes[a].depth >= nodes[b].depth) {
            a = nodes[a].parent;
        } else {
            b = nodes[b].parent;
        }
    }
    return a;
}

/** What stops the change. Strong feasibility: of equally narrow arcs the last one met when walking
 * the cycle from the apex along the change: apex ... from, entering arc, to ... apex. */
static cycle find_cycle(const hst_network_simplex *simplex, uint32_t arc)
{
    const bool more = simplex->states[arc] == 1;
    cycle c = {.arc = arc,
               .from = more ? simplex->tails[arc] : simplex->heads[arc],
               .to = more ? simplex->heads[arc] : simplex->tails[arc],
               .leaving = NONE,
               .change = simplex->capacities[arc]};
    c.apex = apex_of(simplex, c.from, c.to);
    /* Walked from `from` up, the order is reversed: only what is narrower replaces. The change
     * runs down this side, from the parent. */
    for (uint32_t v = c.from; v != c.apex; v = simplex->nodes[v].parent) {
        const int64_t fits = room(simplex, v, false);
        if (fits < c.change) {
            c.change = fits;
            c.leaving = v;
            c.on_from_side = true;
        }
    }
    for (uint32_t v = c.to; v != c.apex; v = simplex->nodes[v].parent) {
        const int64_t fits = room(simplex, v, true);
        if (fits <= c.change) {
            c.change = fits;
            c.leaving = v;
            c.on_from_side = false;
        }
    }
    return c;
}

static void change_side(hst_network_simplex *simplex, uint32_t v, const cycle *c, bool to_parent)
{
    for (; v != c->apex; v = simplex->nodes[v].parent) {
        const tree_node *one = &simplex->nodes[v];
        simplex->flows[one->arc] += one->up == to_parent ? c->change : -c->change;
    }
}

/** Potentials and depths below a node whose place changed, by its new parent. */
static void settle_below(hst_network_simplex *simplex, uint32_t top)
{
    tree_node *nodes = simplex->nodes;
    uint32_t count = 0;
    simplex->stack[count++] = top;
    while (count > 0) {
        const uint32_t v = simplex->stack[--count];
        tree_node *one = &nodes[v];
        const int64_t cost = simplex->costs[one->arc];
        one->depth = nodes[one->parent].depth + 1;
        simplex->potentials[v] = simplex->potentials[one->parent] + (one->up ? cost : -cost);
        for (uint32_t child = one->child; child != NONE; child = nodes[child].next) {
            simplex->stack[count++] = child;
        }
    }
}

/** Turn the way from `low` up to `leaving` over and hang it by the entering arc below `other`. */
static void
rehang(hst_network_simplex *simplex, uint32_t low, uint32_t leaving, uint32_t other, uint32_t arc)
{
    tree_node *nodes = simplex->nodes;
    uint32_t node = low;
    uint32_t parent = other;
    uint32_t by = arc;
    bool up = simplex->tails[arc] == low;
    for (;;) {
        const uint32_t next = nodes[node].parent;
        const uint32_t next_by = nodes[node].arc;
        const bool next_up = !nodes[node].up; /* seen from the other end */
        cut(simplex, node);
        hang(simplex, node, parent);
        nodes[node].arc = by;
        nodes[node].up = up;
        if (node == leaving) {
            break;
        }
        parent = node;
        node = next;
        by = next_by;
        up = next_up;
    }
    settle_below(simplex, low);
}

static void pivot(hst_network_simplex *simplex, uint32_t arc)
{
    const cycle c = find_cycle(simplex, arc);
    if (c.change > 0) {
        simplex->flows[arc] += simplex->states[arc] == 1 ? c.change : -c.change;
        change_side(simplex, c.from, &c, false);
        change_side(simplex, c.to, &c, true);
    }
    simplex->pivots++;
    if (c.leaving == NONE) {
        simplex->states[arc] = (signed char)-simplex->states[arc];
        return;
    }
    const uint32_t out = simplex->nodes[c.leaving].arc;
    simplex->states[out] = simplex->flows[out] == 0 ? 1 : -1;
    simplex->states[arc] = 0;
    rehang(simplex, c.on_from_side ? c.from : c.to, c.leaving, c.on_from_side ? c.to : c.from, arc);
}

static uint32_t block_of(uint32_t arcs)
{
    uint32_t block = BLOCK_MIN;
    while ((uint64_t)block * block < arcs) {
        block++;
    }
    return block;
}

int64_t hst_network_simplex_solve(hst_network_simplex *simplex,
                                  uint32_t source,
                                  uint32_t target,
                                  int64_t amount,
                                  int64_t cost_max)
{
    hst_assert(simplex != NULL && source != target && amount > 0);
    hst_assert(source < simplex->node_count && target < simplex->node_count);
    hst_assert(hst_network_simplex_fits(simplex, cost_max));
    start(simplex, source, target, amount, price_of_root(simplex, cost_max));
    const uint32_t block = block_of(simplex->arc_count);
    const uint32_t unsent = simplex->arc_count + source;
    for (;;) {
        uint32_t arc = entering(simplex, block);
        if (arc == NONE && simplex->states[unsent] * reduced(simplex, unsent) < 0) {
            arc = unsent; /* what got stuck on the way goes back */
        }
        if (arc == NONE) {
            return amount - simplex->flows[unsent];
        }
        pivot(simplex, arc);
    }
}
