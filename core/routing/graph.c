#include "core/routing/graph.h"

#include <string.h>

__extension__ typedef __int128 wide;

const char *hst_hop_kind_name(hst_hop_kind kind)
{
    static const char *const names[HST_HOP_KIND_COUNT] = {"book", "rtgs", "fx", "dlt", "escrow"};
    hst_assert(kind >= HST_HOP_BOOK);
    hst_assert(kind < HST_HOP_KIND_COUNT);
    return names[kind];
}

/** Slots for the positions: a power of two, at most half full. */
static uint32_t slot_count_for(uint32_t node_count_max)
{
    uint32_t slots = 4;
    while (slots < 2 * node_count_max) {
        slots *= 2;
    }
    return slots;
}

hst_status
hst_graph_init(hst_graph *graph, hst_arena *arena, uint32_t node_count_max, uint32_t edge_count_max)
{
    hst_assert(graph != NULL);
    hst_assert(arena != NULL);
    hst_assert(node_count_max <= HST_GRAPH_NODE_MAX);
    hst_assert(edge_count_max <= HST_GRAPH_EDGE_MAX);
    const uint32_t slots = slot_count_for(node_count_max);
    hst_graph made;
    memset(&made, 0, sizeof made);
    made.nodes = HST_ARENA_NEW(arena, hst_graph_node, node_count_max);
    made.edges = HST_ARENA_NEW(arena, hst_graph_edge, edge_count_max);
    made.position_slots = HST_ARENA_NEW(arena, uint32_t, slots);
    if (made.nodes == NULL || made.edges == NULL || made.position_slots == NULL) {
        return HST_NO_MEMORY;
    }
    made.position_mask = slots - 1;
    made.node_count_max = node_count_max;
    made.hop_limit = HST_HOP_LIMIT_DEFAULT;
    made.edge_count_max = edge_count_max;
    *graph = made;
    return HST_OK;
}

/** Slot where a position is, or where it would go. */
static uint32_t find_slot(const hst_graph *graph, uint32_t institution, uint16_t currency)
{
    const uint64_t key = (uint64_t)institution << 16 | currency;
    uint32_t slot = (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & graph->position_mask;
    while (graph->position_slots[slot] != 0) {
        const hst_graph_node *node = &graph->nodes[graph->position_slots[slot] - 1];
        if (node->institution == institution && node->currency == currency) {
            break;
        }
        slot = (slot + 1) & graph->position_mask;
    }
    return slot;
}

uint32_t hst_graph_find_node(const hst_graph *graph, uint32_t institution, uint16_t currency)
{
    hst_assert(graph != NULL);
    hst_assert(graph->position_slots != NULL);
    const uint32_t found = graph->position_slots[find_slot(graph, institution, currency)];
    return found == 0 ? HST_GRAPH_NONE : found - 1;
}

hst_status hst_graph_add_node(hst_graph *graph, hst_graph_node node, uint32_t *id)
{
    hst_assert(graph != NULL);
    hst_assert(!graph->frozen);
    hst_assert(id != NULL);
    if ((node.flags & ~(unsigned)HST_NODE_TRANSIT) != 0) {
        return HST_INVALID;
    }
    const uint32_t slot = find_slot(graph, node.institution, node.currency);
    if (graph->position_slots[slot] != 0) {
        *id = graph->position_slots[slot] - 1;
        return HST_EXISTS;
    }
    if (graph->node_count == graph->node_count_max) {
        return HST_FULL;
    }
    *id = graph->node_count++;
    graph->nodes[*id] = node;
    graph->position_slots[slot] = *id + 1;
    return HST_OK;
}

static bool charge_valid(int64_t fixed_micro_usd, int64_t rate_ppb)
{
    return fixed_micro_usd >= 0 && fixed_micro_usd <= HST_CHARGE_FIXED_MAX_MICRO_USD &&
           rate_ppb >= 0 && rate_ppb <= HST_CHARGE_RATE_MAX_PPB;
}

static bool limit_valid(int64_t limit_micro_usd)
{
    return limit_micro_usd >= 0 && limit_micro_usd <= HST_ROUTE_AMOUNT_MAX_MICRO_USD;
}

static bool delay_valid(int64_t delay_ns)
{
    return delay_ns >= 0 && delay_ns <= HST_HOP_DELAY_MAX_NS;
}

/** A conversion changes the currency, a transfer keeps it; tokens and escrow may do either. */
static bool currencies_valid(const hst_graph *graph, const hst_graph_edge *edge)
{
    const bool same = graph->nodes[edge->from].currency == graph->nodes[edge->to].currency;
    switch (edge->kind) {
    case HST_HOP_BOOK:
    case HST_HOP_RTGS: return same;
    case HST_HOP_FX: return !same;
    case HST_HOP_DLT:
    case HST_HOP_ESCROW: return true;
    case HST_HOP_KIND_COUNT: break;
    }
    return false;
}

hst_status hst_graph_add_edge(hst_graph *graph, const hst_graph_edge *edge, uint32_t *id)
{
    hst_assert(graph != NULL);
    hst_assert(!graph->frozen);
    hst_assert(edge != NULL);
    hst_assert(id != NULL);
    if (edge->from >= graph->node_count || edge->to >= graph->node_count ||
        edge->from == edge->to || !currencies_valid(graph, edge) ||
        !charge_valid(edge->fixed_micro_usd, edge->rate_ppb) ||
        !limit_valid(edge->limit_micro_usd) || !delay_valid(edge->delay_ns)) {
        return HST_INVALID;
    }
    if (graph->edge_count == graph->edge_count_max) {
        return HST_FULL;
    }
    *id = graph->edge_count++;
    graph->edges[*id] = *edge;
    return HST_OK;
}

/** Largest amount an edge takes now, -1 when it takes none. */
static int64_t ceiling_of(const hst_graph_edge *edge)
{
    if (!edge->enabled) {
        return -1;
    }
    return edge->limit_micro_usd == 0 ? INT64_MAX : edge->limit_micro_usd;
}

static hst_graph_arc arc_of(const hst_graph_edge *edge, uint32_t id, uint32_t other_end)
{
    const hst_graph_arc arc = {.fixed_micro_usd = edge->fixed_micro_usd,
                               .ceiling_micro_usd = ceiling_of(edge),
                               .node = other_end,
                               .edge = id,
                               .rate_ppb = (uint32_t)edge->rate_ppb,
                               .kind = (uint32_t)edge->kind};
    return arc;
}

/** Row `first[v] ... leaf[v] ... first[v + 1]` per node by counting sort: arcs whose other end
 * forwards in front, edge ids ascending within each part. */
static void build_rows(const hst_graph *graph,
                       bool outgoing,
                       uint32_t *first,
                       uint32_t *leaf,
                       hst_graph_arc *arcs,
                       uint32_t *position)
{
    /* Count into first[v + 1] (all) and leaf[v] (those in front), then turn counts into starts. */
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        const hst_graph_edge *edge = &graph->edges[e];
        const uint32_t end = outgoing ? edge->from : edge->to;
        const uint32_t other = outgoing ? edge->to : edge->from;
        first[end + 1]++;
        leaf[end] += hst_graph_transits(graph, other);
    }
    for (uint32_t v = 0; v < graph->node_count; v++) {
        first[v + 1] += first[v];
        leaf[v] += first[v];
    }
    /* Two passes, one a part; next free places live in leaf[] and are restored by the second. */
    for (uint32_t e = graph->edge_count; e-- > 0;) {
        const hst_graph_edge *edge = &graph->edges[e];
        const uint32_t end = outgoing ? edge->from : edge->to;
        const uint32_t other = outgoing ? edge->to : edge->from;
        if (hst_graph_transits(graph, other)) {
            position[e] = --leaf[end];
            arcs[position[e]] = arc_of(edge, e, other);
        }
    }
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        const hst_graph_edge *edge = &graph->edges[e];
        const uint32_t end = outgoing ? edge->from : edge->to;
        leaf[end] += hst_graph_transits(graph, outgoing ? edge->to : edge->from);
    }
    for (uint32_t e = graph->edge_count; e-- > 0;) {
        const hst_graph_edge *edge = &graph->edges[e];
        const uint32_t end = outgoing ? edge->from : edge->to;
        const uint32_t other = outgoing ? edge->to : edge->from;
        if (!hst_graph_transits(graph, other)) {
            position[e] = --first[end + 1];
            arcs[position[e]] = arc_of(edge, e, other);
        }
    }
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        const hst_graph_edge *edge = &graph->edges[e];
        const uint32_t end = outgoing ? edge->from : edge->to;
        first[end + 1] += !hst_graph_transits(graph, outgoing ? edge->to : edge->from);
    }
    hst_assert(first[graph->node_count] == graph->edge_count);
}

void hst_graph_set_hop_limit(hst_graph *graph, uint32_t hop_limit)
{
    hst_assert(graph != NULL && !graph->frozen);
    hst_assert(hop_limit >= 1 && hop_limit <= HST_HOP_MAX);
    graph->hop_limit = hop_limit;
}

hst_status hst_graph_freeze(hst_graph *graph, hst_arena *arena)
{
    hst_assert(graph != NULL);
    hst_assert(arena != NULL);
    hst_assert(!graph->frozen);
    const size_t nodes = graph->node_count;
    const size_t edges = graph->edge_count;
    uint32_t *out_first = HST_ARENA_NEW(arena, uint32_t, nodes + 1);
    uint32_t *out_leaf = HST_ARENA_NEW(arena, uint32_t, nodes + 1);
    uint32_t *in_first = HST_ARENA_NEW(arena, uint32_t, nodes + 1);
    uint32_t *in_leaf = HST_ARENA_NEW(arena, uint32_t, nodes + 1);
    hst_graph_arc *out_arcs = HST_ARENA_NEW(arena, hst_graph_arc, edges);
    hst_graph_arc *in_arcs = HST_ARENA_NEW(arena, hst_graph_arc, edges);
    uint32_t *out_position = HST_ARENA_NEW(arena, uint32_t, edges);
    uint32_t *in_position = HST_ARENA_NEW(arena, uint32_t, edges);
    if (out_first == NULL || out_leaf == NULL || in_first == NULL || in_leaf == NULL ||
        out_arcs == NULL || in_arcs == NULL || out_position == NULL || in_position == NULL) {
        return HST_NO_MEMORY;
    }
    build_rows(graph, true, out_first, out_leaf, out_arcs, out_position);
    build_rows(graph, false, in_first, in_leaf, in_arcs, in_position);
    graph->out_first = out_first;
    graph->out_leaf = out_leaf;
    graph->in_first = in_first;
    graph->in_leaf = in_leaf;
    graph->out_arcs = out_arcs;
    graph->in_arcs = in_arcs;
    graph->out_position = out_position;
    graph->in_position = in_position;
    graph->frozen = true;
    graph->version = 1;
    return HST_OK;
}

/** Copy what changed in an edge's record to its two row entries. */
static void publish(hst_graph *graph, uint32_t edge)
{
    const hst_graph_edge *record = &graph->edges[edge];
    hst_graph_arc *out = &graph->out_arcs[graph->out_position[edge]];
    hst_graph_arc *in = &graph->in_arcs[graph->in_position[edge]];
    hst_assert(out->edge == edge);
    hst_assert(in->edge == edge);
    *out = arc_of(record, edge, record->to);
    *in = arc_of(record, edge, record->from);
    graph->version++;
}

/** Every update starts here. */
static hst_graph_edge *edge_to_change(hst_graph *graph, uint32_t edge)
{
    hst_assert(graph != NULL);
    hst_assert(graph->frozen);
    hst_assert(edge < graph->edge_count);
    return &graph->edges[edge];
}

hst_status
hst_graph_set_charge(hst_graph *graph, uint32_t edge, int64_t fixed_micro_usd, int64_t rate_ppb)
{
    hst_graph_edge *record = edge_to_change(graph, edge);
    if (!charge_valid(fixed_micro_usd, rate_ppb)) {
        return HST_INVALID;
    }
    if (record->fixed_micro_usd != fixed_micro_usd || record->rate_ppb != rate_ppb) {
        record->fixed_micro_usd = fixed_micro_usd;
        record->rate_ppb = rate_ppb;
        publish(graph, edge);
    }
    return HST_OK;
}

hst_status hst_graph_set_limit(hst_graph *graph, uint32_t edge, int64_t limit_micro_usd)
{
    hst_graph_edge *record = edge_to_change(graph, edge);
    if (!limit_valid(limit_micro_usd)) {
        return HST_INVALID;
    }
    if (record->limit_micro_usd != limit_micro_usd) {
        record->limit_micro_usd = limit_micro_usd;
        publish(graph, edge);
    }
    return HST_OK;
}

hst_status hst_graph_set_delay(hst_graph *graph, uint32_t edge, int64_t delay_ns)
{
    hst_graph_edge *record = edge_to_change(graph, edge);
    if (!delay_valid(delay_ns)) {
        return HST_INVALID;
    }
    if (record->delay_ns != delay_ns) {
        record->delay_ns = delay_ns;
        publish(graph, edge);
    }
    return HST_OK;
}

void hst_graph_set_enabled(hst_graph *graph, uint32_t edge, bool enabled)
{
    hst_graph_edge *record = edge_to_change(graph, edge);
    if (record->enabled != enabled) {
        record->enabled = enabled;
        publish(graph, edge);
    }
}

int64_t hst_graph_edge_cost_micro_usd(const hst_graph_edge *edge, int64_t amount_micro_usd)
{
    hst_assert(edge != NULL);
    hst_assert(amount_micro_usd >= 0);
    hst_assert(amount_micro_usd <= HST_ROUTE_AMOUNT_MAX_MICRO_USD);
    return edge->fixed_micro_usd +
           (int64_t)((wide)amount_micro_usd * edge->rate_ppb / HST_CHARGE_RATE_MAX_PPB);
}
