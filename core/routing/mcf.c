#include "core/routing/mcf.h"

#include "core/base/assert.h"

#include <string.h>

/** A residual arc. Its reverse is the one with the last bit of `id` turned. */
typedef struct hst_mcf_residual {
    int64_t cost;     /* a unit; of a reverse arc, what taking one back saves, negative */
    int64_t capacity; /* what it still takes; of a reverse arc, the flow */
    uint32_t head;
    uint32_t id; /* arc * 2, + 1 for the reverse */
} residual;

typedef struct hst_mcf_node {
    int64_t potential; /* while `solve` is the current number, else 0 */
    int64_t distance;  /* while `search` is the current number, else unknown */
    uint32_t solve;
    uint32_t search;
    uint32_t parent; /* residual arc it was reached by */
    uint32_t place;  /* in the heap, or SETTLED */
} label;

#define SETTLED UINT32_MAX

static hst_status allocate(hst_mcf *mcf, hst_arena *arena)
{
    const size_t arcs = mcf->arc_count;
    const size_t nodes = mcf->node_count;
    mcf->first = HST_ARENA_NEW(arena, uint32_t, nodes + 1);
    mcf->residuals = HST_ARENA_NEW(arena, residual, 2 * arcs);
    mcf->positions = HST_ARENA_NEW(arena, uint32_t, 2 * arcs);
    mcf->nodes = HST_ARENA_NEW(arena, label, nodes);
    mcf->heap = HST_ARENA_NEW(arena, hst_mcf_entry, nodes);
    mcf->walk = HST_ARENA_NEW(arena, uint32_t, nodes);
    mcf->carrying = HST_ARENA_NEW(arena, uint32_t, arcs);
    mcf->listed = HST_ARENA_NEW(arena, unsigned char, arcs);
    HST_TRY(hst_network_simplex_init(&mcf->simplex, arena, mcf->node_count, mcf->arc_count));
    const bool all = mcf->first != NULL && mcf->residuals != NULL && mcf->positions != NULL &&
                     mcf->nodes != NULL && mcf->heap != NULL && mcf->walk != NULL &&
                     mcf->carrying != NULL && mcf->listed != NULL;
    return all ? HST_OK : HST_NO_MEMORY;
}

static void put(hst_mcf *mcf, uint32_t *end, uint32_t id, uint32_t head)
{
    mcf->positions[id] = *end;
    mcf->residuals[*end] = (residual){.head = head, .id = id};
    *end += 1;
}

hst_status hst_mcf_init(hst_mcf *mcf,
                        hst_arena *arena,
                        uint32_t node_count,
                        uint32_t hop_count,
                        const uint32_t *tails,
                        const uint32_t *heads,
                        uint32_t pieces)
{
    hst_assert(mcf != NULL && arena != NULL);
    hst_assert(hop_count == 0 || (tails != NULL && heads != NULL));
    hst_assert(node_count <= HST_GRAPH_NODE_MAX);
    hst_assert(pieces >= 1 && hop_count <= UINT32_MAX / 2 / pieces);
    memset(mcf, 0, sizeof *mcf);
    mcf->node_count = node_count;
    mcf->arc_count = hop_count * pieces;
    mcf->pieces = pieces;
    mcf->paths_max = HST_MCF_PATHS_DEFAULT;
    HST_TRY(allocate(mcf, arena));
    uint32_t *first = mcf->first;
    for (uint32_t i = 0; i < hop_count; i++) {
        hst_assert(tails[i] < node_count && heads[i] < node_count && tails[i] != heads[i]);
        first[tails[i]] += pieces;
        first[heads[i]] += pieces;
    }
    uint32_t start = 0;
    for (uint32_t v = 0; v <= node_count; v++) {
        const uint32_t degree = first[v];
        first[v] = start;
        start += degree;
    }
    for (uint32_t arc = 0; arc < mcf->arc_count; arc++) {
        put(mcf, &first[tails[arc / pieces]], 2 * arc, heads[arc / pieces]);
        put(mcf, &first[heads[arc / pieces]], 2 * arc + 1, tails[arc / pieces]);
        mcf->simplex.tails[arc] = tails[arc / pieces];
        mcf->simplex.heads[arc] = heads[arc / pieces];
    }
    memmove(first + 1, first, node_count * sizeof first[0]); /* each ended where the next starts */
    first[0] = 0;
    return HST_OK;
}

static residual *forward_of(const hst_mcf *mcf, uint32_t arc)
{
    return &mcf->residuals[mcf->positions[(size_t)arc * 2]];
}

/** What an arc carries is what its reverse can take back. */
static residual *back_of(const hst_mcf *mcf, uint32_t arc)
{
    return &mcf->residuals[mcf->positions[(size_t)arc * 2 + 1]];
}

/** Drop all flow. */
static void clear(hst_mcf *mcf)
{
    for (uint32_t i = 0; i < mcf->carrying_count; i++) {
        const uint32_t arc = mcf->carrying[i];
        residual *back = back_of(mcf, arc);
        forward_of(mcf, arc)->capacity += back->capacity;
        back->capacity = 0;
        mcf->listed[arc] = 0;
    }
    mcf->carrying_count = 0;
    mcf->sent = 0;
    mcf->cost = 0;
    mcf->augmentations = 0;
}

void hst_mcf_set_arc(hst_mcf *mcf, uint32_t arc, int64_t capacity, int64_t cost)
{
    hst_assert(mcf != NULL && arc < mcf->arc_count);
    hst_assert(capacity >= 0 && capacity <= HST_MCF_FLOW_MAX);
    hst_assert(cost >= 0 && cost <= HST_MCF_COST_MAX);
    clear(mcf);
    residual *forward = forward_of(mcf, arc);
    forward->capacity = capacity;
    forward->cost = cost;
    back_of(mcf, arc)->cost = -cost;
}

void hst_mcf_set_paths_max(hst_mcf *mcf, uint32_t paths)
{
    hst_assert(mcf != NULL);
    mcf->paths_max = paths;
}

int64_t hst_mcf_flow(const hst_mcf *mcf, uint32_t arc)
{
    hst_assert(mcf != NULL && arc < mcf->arc_count);
    return back_of(mcf, arc)->capacity;
}

/** Put an entry where it belongs, at `place` or nearer the root. */
static void sift_up(hst_mcf *mcf, uint32_t place, hst_mcf_entry entry)
{
    while (place > 0) {
        const uint32_t parent = (place - 1) / 4;
        if (mcf->heap[parent].distance <= entry.distance) {
            break;
        }
        mcf->heap[place] = mcf->heap[parent];
        mcf->nodes[mcf->heap[place].node].place = place;
        place = parent;
    }
    mcf->heap[place] = entry;
    mcf->nodes[entry.node].place = place;
}

/** Take the nearest entry out. */
static hst_mcf_entry pop(hst_mcf *mcf)
{
    const hst_mcf_entry top = mcf->heap[0];
    const hst_mcf_entry last = mcf->heap[--mcf->heap_count];
    const uint32_t count = mcf->heap_count;
    mcf->nodes[top.node].place = SETTLED;
    if (count == 0) {
        return top;
    }
    uint32_t place = 0;
    for (uint32_t child = 1; child < count; child = 4 * place + 1) {
        uint32_t least = child;
        for (uint32_t i = child + 1; i < child + 4 && i < count; i++) {
            least = mcf->heap[i].distance < mcf->heap[least].distance ? i : least;
        }
        if (mcf->heap[least].distance >= last.distance) {
            break;
        }
        mcf->heap[place] = mcf->heap[least];
        mcf->nodes[mcf->heap[place].node].place = place;
        place = least;
    }
    mcf->heap[place] = last;
    mcf->nodes[last.node].place = place;
    return top;
}

/** The node's labels, its potential valid for this solve. */
static label *label_of(hst_mcf *mcf, uint32_t node)
{
    label *one = &mcf->nodes[node];
    if (one->solve != mcf->solve) {
        one->solve = mcf->solve;
        one->potential = 0;
    }
    return one;
}

static void relax(hst_mcf *mcf, hst_mcf_entry from)
{
    const int64_t base = from.distance + mcf->nodes[from.node].potential;
    for (uint32_t i = mcf->first[from.node]; i < mcf->first[from.node + 1]; i++) {
        const residual *arc = &mcf->residuals[i];
        if (arc->capacity == 0) {
            continue;
        }
        label *head = label_of(mcf, arc->head);
        const int64_t distance = base + arc->cost - head->potential;
        if (head->search != mcf->search) {
            head->search = mcf->search;
            head->place = mcf->heap_count++;
        } else if (head->place == SETTLED || distance >= head->distance) {
            hst_assert(head->place != SETTLED || distance >= head->distance);
            continue;
        }
        head->distance = distance;
        head->parent = i;
        sift_up(mcf, head->place, (hst_mcf_entry){distance, arc->head});
    }
}

/** Numbers ran out: forget which solve and search labels are of. */
static void forget_numbers(hst_mcf *mcf)
{
    for (uint32_t v = 0; v < mcf->node_count; v++) {
        if (mcf->nodes[v].solve != mcf->solve) {
            mcf->nodes[v].potential = 0;
        }
        mcf->nodes[v].solve = 1;
        mcf->nodes[v].search = 0;
    }
    mcf->solve = 1;
    mcf->search = 0;
}

/** Nearest way from the source to the target by reduced costs; false when there is none. Potentials
 * then make its arcs, and those of every nearer node's nearest way, free. */
static bool find_path(hst_mcf *mcf)
{
    if (mcf->search == UINT32_MAX) {
        forget_numbers(mcf);
    }
    mcf->search++;
    mcf->heap_count = 1;
    label *source = label_of(mcf, mcf->source);
    source->search = mcf->search;
    source->distance = 0;
    sift_up(mcf, 0, (hst_mcf_entry){0, mcf->source});
    uint32_t settled = 0;
    while (mcf->heap_count > 0) {
        const hst_mcf_entry nearest = pop(mcf);
        if (nearest.node == mcf->target) {
            for (uint32_t i = 0; i < settled; i++) {
                label *one = &mcf->nodes[mcf->walk[i]];
                one->potential += one->distance - nearest.distance;
            }
            return true;
        }
        mcf->walk[settled++] = nearest.node;
        relax(mcf, nearest);
    }
    return false;
}

static uint32_t reverse_of(const hst_mcf *mcf, uint32_t position)
{
    return mcf->positions[mcf->residuals[position].id ^ 1];
}

/** Send along the found path what fits, at most `most`; the units sent. */
static int64_t augment(hst_mcf *mcf, int64_t most)
{
    int64_t cost = 0;
    for (uint32_t v = mcf->target; v != mcf->source;) {
        const uint32_t position = mcf->nodes[v].parent;
        const residual *arc = &mcf->residuals[position];
        most = arc->capacity < most ? arc->capacity : most;
        cost += arc->cost;
        v = mcf->residuals[reverse_of(mcf, position)].head;
    }
    for (uint32_t v = mcf->target; v != mcf->source;) {
        const uint32_t position = mcf->nodes[v].parent;
        residual *arc = &mcf->residuals[position];
        residual *back = &mcf->residuals[reverse_of(mcf, position)];
        arc->capacity -= most;
        back->capacity += most;
        if (!mcf->listed[arc->id / 2]) {
            mcf->listed[arc->id / 2] = 1;
            mcf->carrying[mcf->carrying_count++] = arc->id / 2;
        }
        v = back->head;
    }
    hst_assert(cost >= 0 && most > 0);
    mcf->cost += (hst_weight)(uint64_t)cost * (uint64_t)most;
    mcf->augmentations++;
    return most;
}

/** Will it take more paths than is good, going by those taken so far? */
static bool many_paths(const hst_mcf *mcf, int64_t amount)
{
    if (mcf->paths_max == 0 || mcf->paths_max == UINT32_MAX) {
        return mcf->paths_max == 0;
    }
    if (mcf->augmentations < HST_MCF_PATHS_SEEN) {
        return false;
    }
    return (hst_weight)(uint64_t)amount * mcf->augmentations >
           (hst_weight)(uint64_t)mcf->sent * mcf->paths_max;
}

/** Solve anew with the network simplex; false when costs are too large for it. */
static bool solve_by_simplex(hst_mcf *mcf, int64_t amount)
{
    hst_network_simplex *simplex = &mcf->simplex;
    const uint32_t augmentations = mcf->augmentations;
    int64_t cost_max = 0;
    for (uint32_t i = 0; i < 2 * mcf->arc_count; i++) {
        cost_max = mcf->residuals[i].cost > cost_max ? mcf->residuals[i].cost : cost_max;
    }
    if (!hst_network_simplex_fits(simplex, cost_max)) {
        return false;
    }
    clear(mcf);
    for (uint32_t arc = 0; arc < mcf->arc_count; arc++) {
        const residual *forward = forward_of(mcf, arc);
        simplex->capacities[arc] = forward->capacity;
        simplex->costs[arc] = forward->cost;
    }
    mcf->sent = hst_network_simplex_solve(simplex, mcf->source, mcf->target, amount, cost_max);
    mcf->augmentations = augmentations;
    for (uint32_t arc = 0; arc < mcf->arc_count; arc++) {
        const int64_t flow = simplex->flows[arc];
        if (flow > 0) {
            residual *forward = forward_of(mcf, arc);
            forward->capacity -= flow;
            back_of(mcf, arc)->capacity = flow;
            mcf->cost += (hst_weight)(uint64_t)forward->cost * (uint64_t)flow;
            mcf->listed[arc] = 1;
            mcf->carrying[mcf->carrying_count++] = arc;
        }
    }
    return true;
}

hst_status hst_mcf_solve(hst_mcf *mcf, uint32_t source, uint32_t target, int64_t amount)
{
    hst_assert(mcf != NULL && source < mcf->node_count && target < mcf->node_count);
    hst_assert(source != target && amount > 0 && amount <= HST_MCF_FLOW_MAX);
    clear(mcf);
    if (mcf->solve == UINT32_MAX) {
        forget_numbers(mcf);
    }
    mcf->solve++;
    mcf->source = source;
    mcf->target = target;
    bool tried = false;
    while (mcf->sent < amount) {
        if (!tried && many_paths(mcf, amount)) {
            tried = true;
            if (solve_by_simplex(mcf, amount)) {
                return mcf->sent == amount ? HST_OK : HST_NO_PATH;
            }
        }
        if (!find_path(mcf)) {
            return HST_NO_PATH;
        }
        mcf->sent += augment(mcf, amount - mcf->sent);
    }
    return HST_OK;
}

/** Units on all pieces of a hop. */
static int64_t hop_flow(const hst_mcf *mcf, uint32_t hop)
{
    int64_t flow = 0;
    for (uint32_t i = 0; i < mcf->pieces; i++) {
        flow += hst_mcf_flow(mcf, hop * mcf->pieces + i);
    }
    return flow;
}

/** Take units off a hop, the last piece first. */
static void lower(hst_mcf *mcf, uint32_t hop, int64_t flow)
{
    for (uint32_t i = mcf->pieces; i-- > 0 && flow > 0;) {
        const uint32_t arc = hop * mcf->pieces + i;
        residual *back = back_of(mcf, arc);
        const int64_t part = back->capacity < flow ? back->capacity : flow;
        back->capacity -= part;
        forward_of(mcf, arc)->capacity += part;
        flow -= part;
    }
}

/** The hop out of a node that carries most; of equal ones the first. */
static uint32_t widest_hop(const hst_mcf *mcf, uint32_t node)
{
    uint32_t widest = HST_GRAPH_NONE;
    int64_t most = 0;
    for (uint32_t i = mcf->first[node]; i < mcf->first[node + 1]; i++) {
        const uint32_t id = mcf->residuals[i].id;
        if ((id & 1) != 0 || hst_mcf_flow(mcf, id / 2) == 0) {
            continue;
        }
        const uint32_t hop = id / 2 / mcf->pieces;
        const int64_t flow = hop_flow(mcf, hop);
        if (flow > most) {
            most = flow;
            widest = hop;
        }
    }
    hst_assert(widest != HST_GRAPH_NONE); /* what enters a node leaves it */
    return widest;
}

/** Least flow on walk[from ... to). */
static int64_t narrowest(const hst_mcf *mcf, uint32_t from, uint32_t to)
{
    int64_t least = HST_MCF_FLOW_MAX;
    for (uint32_t i = from; i < to; i++) {
        const int64_t flow = hop_flow(mcf, mcf->walk[i]);
        least = flow < least ? flow : least;
    }
    return least;
}

static void lower_all(hst_mcf *mcf, uint32_t from, uint32_t to, int64_t flow)
{
    for (uint32_t i = from; i < to; i++) {
        lower(mcf, mcf->walk[i], flow);
    }
}

static uint32_t end_of(const hst_mcf *mcf, uint32_t hop, uint32_t backward)
{
    const size_t id = (size_t)hop * mcf->pieces * 2 + backward;
    return mcf->residuals[mcf->positions[id]].head;
}

hst_status hst_mcf_take_path(hst_mcf *mcf, hst_mcf_path *path)
{
    hst_assert(mcf != NULL && path != NULL);
    if (mcf->sent == 0) {
        return HST_NO_PATH;
    }
    if (mcf->search == UINT32_MAX) {
        forget_numbers(mcf);
    }
    mcf->search++; /* a node on the walk carries this number, and its place */
    uint32_t length = 0;
    uint32_t at = mcf->source;
    while (at != mcf->target) {
        label *here = &mcf->nodes[at];
        if (here->search == mcf->search) { /* a cycle: drop it, go on from its start */
            lower_all(mcf, here->place, length, narrowest(mcf, here->place, length));
            while (length > here->place) {
                mcf->nodes[end_of(mcf, mcf->walk[--length], 1)].search = 0;
            }
        }
        here->search = mcf->search;
        here->place = length;
        const uint32_t hop = widest_hop(mcf, at);
        mcf->walk[length++] = hop;
        at = end_of(mcf, hop, 0);
    }
    /* A free circle may come by source and target and be part of the walk: it is not sent. */
    const int64_t flow = narrowest(mcf, 0, length);
    path->flow = flow < mcf->sent ? flow : mcf->sent;
    path->hops = mcf->walk;
    path->hop_count = length;
    lower_all(mcf, 0, length, path->flow);
    mcf->sent -= path->flow;
    return HST_OK;
}
