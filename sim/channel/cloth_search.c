#include "sim/channel/cloth_search.h"

#include "core/ledger/ledger.h"

#include <math.h>
#include <string.h>

#define ATTEMPT_MSAT 100000.0
#define CHANCE_MIN   0.01
#define RISK         15e-9
#define HOP_CHANCE   0.6
#define OWN_CHANCE   0.95
#define ROUNDING     1e-12 /* more than the operations of a path can lose */
#define NO_LABEL     UINT32_MAX

/** A way from a node to the receiver. */
typedef struct hst_cloth_label {
    int64_t amount;  /* that the node sends */
    double weight;   /* sum */
    double chance;   /* product */
    uint32_t node;   /* where it starts */
    uint32_t edge;   /* first edge */
    uint32_t parent; /* label at its end */
    uint32_t older;  /* label + 1 of the same node */
    uint16_t blocks; /* locked for */
    uint8_t hops;    /* of it */
    bool beaten;     /* by a later label */
} label;

typedef struct hst_cloth_entry {
    int64_t bound;
    uint32_t label;
    uint32_t spare;
} entry;

/** The least so far. */
typedef struct best {
    int64_t distance;
    double chance;
    uint32_t label; /* behind the sender's own edge */
    uint32_t edge;
} best;

/* ---- scratch ------------------------------------------------------------------------------ */

hst_status hst_cloth_search_init(hst_cloth_search *search,
                                 const hst_cloth_graph *graph,
                                 const hst_ledger *ledger,
                                 const uint32_t *accounts,
                                 const hst_cloth_history *history,
                                 hst_memory memory,
                                 hst_arena *arena)
{
    const size_t n = (size_t)graph->table->node_count + 1;
    *search = (hst_cloth_search){.graph = graph,
                                 .ledger = ledger,
                                 .accounts = accounts,
                                 .history = history,
                                 .memory = memory};
    search->newest = HST_ARENA_NEW(arena, uint32_t, n);
    search->depth = HST_ARENA_NEW(arena, uint8_t, n);
    search->met = HST_ARENA_NEW(arena, uint32_t, n);
    search->records = HST_ARENA_NEW(arena, const hst_cloth_record *, n);
    return search->newest == NULL || search->depth == NULL || search->met == NULL ||
                   search->records == NULL
               ? HST_NO_MEMORY
               : HST_OK;
}

void hst_cloth_search_release(hst_cloth_search *search)
{
    const uint32_t room = search->label_room;
    if (search->labels != NULL) {
        search->memory.release(search->memory.context, search->labels, room * sizeof(label));
    }
    if (search->heap != NULL) {
        search->memory.release(search->memory.context, search->heap, room * sizeof(entry));
    }
    search->labels = NULL;
    search->heap = NULL;
    search->label_room = 0;
}

/** Room for one more label and its entry. */
static hst_status reserve(hst_cloth_search *s)
{
    if (s->label_count < s->label_room) {
        return HST_OK;
    }
    const uint32_t room = s->label_room > 0 ? 2 * s->label_room : 1024;
    label *labels = s->memory.acquire(s->memory.context, room * sizeof *labels);
    entry *heap = labels != NULL ? s->memory.acquire(s->memory.context, room * sizeof *heap) : NULL;
    if (heap == NULL) {
        if (labels != NULL) {
            s->memory.release(s->memory.context, labels, room * sizeof *labels);
        }
        return HST_NO_MEMORY;
    }
    if (s->label_count > 0) {
        memcpy(labels, s->labels, s->label_count * sizeof *labels);
        memcpy(heap, s->heap, s->heap_count * sizeof *heap);
    }
    hst_cloth_search_release(s);
    s->labels = labels;
    s->heap = heap;
    s->label_room = room;
    return HST_OK;
}

static bool before(entry a, entry b)
{
    return a.bound < b.bound || (a.bound == b.bound && a.label < b.label);
}

static void push(hst_cloth_search *s, entry added)
{
    uint32_t at = s->heap_count++;
    while (at > 0 && before(added, s->heap[(at - 1) / 2])) {
        s->heap[at] = s->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    s->heap[at] = added;
}

static entry pop(hst_cloth_search *s)
{
    const entry top = s->heap[0];
    const entry last = s->heap[--s->heap_count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= s->heap_count) {
            break;
        }
        child += child + 1 < s->heap_count && before(s->heap[child + 1], s->heap[child]) ? 1 : 0;
        if (!before(s->heap[child], last)) {
            break;
        }
        s->heap[at] = s->heap[child];
        at = child;
    }
    s->heap[at] = last;
    return top;
}

/** What the sender has free in an edge of its own. */
static int64_t own_msat(const hst_cloth_search *s, uint32_t edge)
{
    const uint32_t account = s->accounts[edge >> 1];
    if (account == 0) {
        return hst_channel_side_at(s->graph->table, edge)->given_msat;
    }
    return (int64_t)hst_ledger_debit_available(s->ledger, account + (edge & 1));
}

/* ---- the sweep from the sender ------------------------------------------------------------ */

/** May an edge of an amount be used at all? The amount is the least it can be. */
static bool usable(const hst_cloth_search *s,
                   const hst_cloth_query *query,
                   uint32_t from,
                   uint32_t edge,
                   int64_t capacity)
{
    if (from == query->sender) {
        return own_msat(s, edge) >= query->amount_msat;
    }
    return capacity >= query->amount_msat;
}

static void meet(hst_cloth_search *s, uint32_t node, uint32_t hops)
{
    s->depth[node] = (uint8_t)(hops + 1);
    s->met[s->met_count++] = node;
}

/** Is the receiver one hop behind the nodes met last? */
static bool next_to_receiver(const hst_cloth_search *s, const hst_cloth_query *query)
{
    const hst_cloth_graph *g = s->graph;
    for (uint32_t i = g->first[query->receiver]; i < g->first[query->receiver + 1]; i++) {
        const hst_cloth_arc *arc = &g->arcs[i];
        if (s->depth[arc->node] != 0 &&
            usable(s, query, arc->node, arc->edge ^ 1, arc->capacity_msat)) {
            return true;
        }
    }
    return false;
}

/** Hops from the sender, level by level, until the receiver is next; false: it cannot be met. */
static bool sweep(hst_cloth_search *s, const hst_cloth_query *query)
{
    const hst_cloth_graph *g = s->graph;
    uint32_t begin = 0;
    meet(s, query->sender, 0);
    for (uint32_t hops = 1; hops <= HST_CLOTH_HOP_MAX; hops++) {
        s->unmet_hops = hops;
        if (s->rest[hops] < CHANCE_MIN) {
            return false;
        }
        if (next_to_receiver(s, query)) {
            return true;
        }
        const uint32_t end = s->met_count;
        for (; begin < end; begin++) {
            const uint32_t node = s->met[begin];
            for (uint32_t i = g->first[node]; i < g->first[node + 1]; i++) {
                const hst_cloth_arc *arc = &g->arcs[i];
                if (s->depth[arc->node] == 0 && arc->node != query->receiver &&
                    usable(s, query, node, arc->edge, arc->capacity_msat)) {
                    meet(s, arc->node, hops);
                }
            }
        }
        if (s->met_count == end) {
            return false;
        }
    }
    return false;
}

/** Take up what the sender remembers. A path meets a node once, so the best chance of k hops is the
 * product of the k - 1 best of nodes. */
static void remember(hst_cloth_search *s, uint32_t sender)
{
    double bounds[HST_CLOTH_HOP_MAX];
    for (unsigned i = 0; i < HST_CLOTH_HOP_MAX; i++) {
        bounds[i] = HOP_CHANCE;
    }
    for (const hst_cloth_record *r = s->history->senders[sender]; r != NULL; r = r->next) {
        double bound = hst_cloth_chance_bound(r);
        s->records[r->node] = r;
        for (unsigned i = 0; r->node != sender && i < HST_CLOTH_HOP_MAX && bound > HOP_CHANCE;
             i++) {
            if (bound > bounds[i]) {
                const double lower = bounds[i];
                bounds[i] = bound;
                bound = lower;
            }
        }
    }
    s->rest[0] = 1;
    s->rest[1] = OWN_CHANCE * (1 + ROUNDING);
    for (unsigned i = 2; i <= HST_CLOTH_HOP_MAX + 1; i++) {
        s->rest[i] = s->rest[i - 1] * bounds[i - 2] * (1 + ROUNDING);
    }
}

static void forget(hst_cloth_search *s, uint32_t sender)
{
    for (const hst_cloth_record *r = s->history->senders[sender]; r != NULL; r = r->next) {
        s->records[r->node] = NULL;
    }
    for (uint32_t i = 0; i < s->met_count; i++) {
        s->depth[s->met[i]] = 0;
    }
    s->met_count = 0;
}

/* ---- labels ------------------------------------------------------------------------------- */

static int64_t distance_of(double weight, double chance)
{
    return (int64_t)(weight + ATTEMPT_MSAT / chance);
}

/** Does any edge's smallest amount lie above one amount and not above the other? */
static bool minimum_between(const hst_cloth_graph *g, int64_t above, int64_t most)
{
    uint32_t low = 0;
    uint32_t high = g->minimum_count;
    if (!g->minimums_known) {
        return true;
    }
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (g->minimums[middle] <= above) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < g->minimum_count && g->minimums[low] <= most;
}

/** Whatever b can become, a can become no worse. `most`: no smallest amount up to here may tell
 * them apart; 0 = not asked. */
static bool beats(const hst_cloth_search *s, const label *a, const label *b, int64_t most)
{
    return a->weight <= b->weight && a->chance >= b->chance && a->amount <= b->amount &&
           a->blocks <= b->blocks && a->hops <= b->hops &&
           (most == 0 || a->amount == b->amount || !minimum_between(s->graph, a->amount, most));
}

/** Whether a label of its node beats it; those it beats are out. */
static bool beaten(hst_cloth_search *s, const label *added, int64_t most)
{
    uint32_t *link = &s->newest[added->node];
    while (*link != 0) {
        label *old = &s->labels[*link - 1];
        if (beats(s, old, added, most)) {
            return true;
        }
        if (beats(s, added, old, most)) {
            old->beaten = true;
            *link = old->older;
        } else {
            link = &old->older;
        }
    }
    return false;
}

static bool on_path(const hst_cloth_search *s, uint32_t at, uint32_t node)
{
    for (; at != NO_LABEL; at = s->labels[at].parent) {
        if (s->labels[at].node == node) {
            return true;
        }
    }
    return false;
}

static hst_status enter(hst_cloth_search *s, const label *added, int64_t bound)
{
    HST_TRY(reserve(s));
    const uint32_t number = s->label_count++;
    s->labels[number] = *added;
    s->labels[number].older = s->newest[added->node];
    s->newest[added->node] = number + 1;
    push(s, (entry){.bound = bound, .label = number});
    return HST_OK;
}

/** A label one hop further back; false: the rules forbid it. */
static bool extend(const hst_cloth_search *s,
                   const hst_cloth_query *query,
                   const label *from,
                   const hst_cloth_arc *arc,
                   label *out)
{
    const uint32_t edge = arc->edge ^ 1;
    const bool own = arc->node == query->sender;
    const hst_channel_side *side = hst_channel_side_at(s->graph->table, edge);
    if (own ? own_msat(s, edge) < from->amount : arc->capacity_msat < from->amount) {
        return false;
    }
    if (from->amount < side->htlc_min_msat) {
        return false;
    }
    const hst_cloth_record *record = s->records[arc->node];
    const double chance = record == NULL && !own ? HOP_CHANCE
                                                 : hst_cloth_chance(record, own, from->node,
                                                                    from->amount, query->now_ms);
    const int64_t fee = own ? 0 : hst_channel_fee_msat(side->base_msat, side->ppm, from->amount);
    const uint32_t blocks = own ? 0 : side->blocks;
    const int64_t amount = from->amount + fee;
    if (from->blocks + blocks > HST_CLOTH_BLOCKS_MAX) {
        return false;
    }
    *out = (label){.amount = amount,
                   .weight = from->weight + ((double)amount * (double)blocks * RISK + (double)fee),
                   .chance = from->chance * chance,
                   .node = arc->node,
                   .edge = edge,
                   .blocks = (uint16_t)(from->blocks + blocks),
                   .hops = (uint8_t)(from->hops + 1)};
    return out->chance >= CHANCE_MIN;
}

/** Follow every edge into a label's node. */
static hst_status settle(
    hst_cloth_search *s, const hst_cloth_query *query, uint32_t number, int64_t most, best *least)
{
    const hst_cloth_graph *g = s->graph;
    const label from = s->labels[number];
    s->settled++;
    for (uint32_t i = g->first[from.node]; i < g->first[from.node + 1]; i++) {
        const hst_cloth_arc *arc = &g->arcs[i];
        const uint32_t met = s->depth[arc->node];
        const uint32_t rest = met != 0 ? met - 1 : s->unmet_hops;
        label next;
        if (from.hops + 1 + rest > HST_CLOTH_HOP_MAX || arc->node == query->receiver ||
            !extend(s, query, &from, arc, &next)) {
            continue;
        }
        next.parent = number;
        if (arc->node == query->sender) {
            const int64_t distance = distance_of(next.weight, next.chance);
            if (distance < least->distance ||
                (distance == least->distance && next.chance > least->chance)) {
                *least = (best){distance, next.chance, number, next.edge};
            }
            continue;
        }
        const double reach = next.chance * s->rest[rest];
        const int64_t bound = distance_of(next.weight * (1 - ROUNDING), reach);
        if (reach < CHANCE_MIN || bound > least->distance || on_path(s, number, arc->node) ||
            beaten(s, &next, most)) {
            continue;
        }
        HST_TRY(enter(s, &next, bound));
    }
    return HST_OK;
}

/** Where it ends, and the search begins. */
static label start_of(const hst_cloth_query *query)
{
    return (label){.amount = query->amount_msat,
                   .chance = 1,
                   .node = query->receiver,
                   .edge = HST_GRAPH_NONE,
                   .parent = NO_LABEL,
                   .blocks = HST_CHANNEL_FINAL_BLOCKS};
}

/** Labels from the receiver back until none can be better than the least. */
static hst_status run(hst_cloth_search *s, const hst_cloth_query *query, bool careful, best *least)
{
    for (uint32_t i = 0; i < s->label_count; i++) {
        s->newest[s->labels[i].node] = 0;
    }
    s->label_count = 0;
    s->heap_count = 0;
    const label start = start_of(query);
    HST_TRY(enter(s, &start, 0));
    while (s->heap_count > 0) {
        const entry top = pop(s);
        if (top.bound > least->distance) {
            break;
        }
        if (!s->labels[top.label].beaten) {
            const int64_t most = careful ? query->amount_msat + least->distance : 0;
            HST_TRY(settle(s, query, top.label, most, least));
        }
    }
    return HST_OK;
}

/** Distance of some path of the fewest hops, taking the better edge each time: labels beyond it
 * need not be kept. INT64_MAX when that leads nowhere. */
static int64_t dive(const hst_cloth_search *s, const hst_cloth_query *query)
{
    const hst_cloth_graph *g = s->graph;
    label at = start_of(query);
    for (uint32_t left = s->unmet_hops; left > 0; left--) {
        int64_t least = INT64_MAX;
        label closest = at;
        for (uint32_t i = g->first[at.node]; i < g->first[at.node + 1]; i++) {
            label next;
            if (s->depth[g->arcs[i].node] == left && extend(s, query, &at, &g->arcs[i], &next)) {
                const int64_t bound = distance_of(next.weight, next.chance * s->rest[left - 1]);
                closest = bound < least ? next : closest;
                least = bound < least ? bound : least;
            }
        }
        if (least == INT64_MAX) {
            return INT64_MAX;
        }
        at = closest;
    }
    return distance_of(at.weight, at.chance);
}

/** The route that ends in the least. */
static void trace(const hst_cloth_search *s, const best *least, hst_cloth_route *route)
{
    route->hop_count = 1;
    route->edges[0] = least->edge;
    for (uint32_t at = least->label; s->labels[at].parent != NO_LABEL; at = s->labels[at].parent) {
        route->edges[route->hop_count++] = s->labels[at].edge;
    }
    route->distance_msat = least->distance;
    route->chance = least->chance;
}

static hst_status search(hst_cloth_search *s, const hst_cloth_query *query, hst_cloth_route *route)
{
    if (!sweep(s, query)) {
        return HST_NO_PATH;
    }
    best least = {.distance = dive(s, query), .label = NO_LABEL};
    HST_TRY(run(s, query, false, &least));
    if (least.distance == INT64_MAX) {
        return HST_NO_PATH;
    }
    const bool found = least.label != NO_LABEL;
    if (found) {
        trace(s, &least, route); /* before labels are reused */
    }
    /* A larger amount may be taken where a smaller one is not: once more, with care. */
    if (!found ||
        minimum_between(s->graph, query->amount_msat, query->amount_msat + least.distance)) {
        const best before_care = least;
        HST_TRY(run(s, query, true, &least));
        if (!found || least.distance < before_care.distance || least.chance > before_care.chance) {
            hst_assert(least.label != NO_LABEL);
            trace(s, &least, route);
        }
    }
    return HST_OK;
}

hst_status
hst_cloth_search_run(hst_cloth_search *s, const hst_cloth_query *query, hst_cloth_route *route)
{
    hst_assert(query->sender != query->receiver && query->amount_msat >= 0);
    s->searches++;
    remember(s, query->sender);
    const hst_status status = search(s, query, route);
    forget(s, query->sender);
    return status;
}
