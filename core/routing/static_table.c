#include "core/routing/static_table.h"

#include "core/routing/plan_search.h"

#include <string.h>

enum { TABLE_ENTRY_COUNT_DEFAULT = 4096 };

/** One instruction. Kept in order of (source, width, key, time of adding). */
typedef struct instruction {
    uint32_t source;
    uint32_t width;
    uint32_t key;
    uint32_t hop_count;
    uint32_t edges[HST_HOP_MAX];
} instruction;

/** The router. */
typedef struct static_table {
    hst_router base;
    hst_search search;
    instruction *table;
    uint32_t count;
    uint32_t count_max;
} static_table;

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    const uint32_t count_max =
        setup->table_entry_count_max > 0 ? setup->table_entry_count_max : TABLE_ENTRY_COUNT_DEFAULT;
    static_table *self = HST_ARENA_NEW(setup->arena, static_table, 1);
    instruction *table = HST_ARENA_NEW(setup->arena, instruction, count_max);
    if (self == NULL || table == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(hst_search_init(&self->search, setup->arena, setup->graph));
    self->base.kind = &hst_router_static_table;
    self->base.graph = setup->graph;
    self->table = table;
    self->count_max = count_max;
    *router = &self->base;
    return HST_OK;
}

/** Is (source, width, key) of `entry` before the given one? */
static bool before(const instruction *entry, uint32_t source, uint32_t width, uint32_t key)
{
    if (entry->source != source) {
        return entry->source < source;
    }
    if (entry->width != width) {
        return entry->width < width;
    }
    return entry->key < key;
}

/** First instruction that is not before (source, width, key). */
static uint32_t lower_bound(const static_table *self, uint32_t source, uint32_t width, uint32_t key)
{
    uint32_t low = 0;
    uint32_t high = self->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (before(&self->table[middle], source, width, key)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool entry_is(const instruction *entry, uint32_t source, uint32_t width, uint32_t key)
{
    return entry->source == source && entry->width == width && entry->key == key;
}

/** What a target is called at a width. */
static uint32_t key_of(const hst_graph *graph, uint32_t target, hst_ssi_width width)
{
    const hst_graph_node *node = hst_graph_node_at(graph, target);
    switch (width) {
    case HST_SSI_EXACT: return target;
    case HST_SSI_INSTITUTION: return node->institution;
    case HST_SSI_CURRENCY: return node->currency;
    }
    return HST_GRAPH_NONE;
}

/** Do the edges join, from `source`, over nodes that forward? */
static bool
chain_valid(const hst_graph *graph, uint32_t source, const uint32_t *edges, uint32_t edge_count)
{
    uint32_t node = source;
    for (uint32_t i = 0; i < edge_count; i++) {
        if (edges[i] >= graph->edge_count || graph->edges[edges[i]].from != node) {
            return false;
        }
        node = graph->edges[edges[i]].to;
        if (i + 1 < edge_count && !hst_graph_transits(graph, node)) {
            return false;
        }
    }
    return edge_count > 0;
}

hst_status hst_static_table_add(hst_router *router,
                                uint32_t source,
                                hst_ssi_width width,
                                uint32_t key,
                                const uint32_t *edges,
                                uint32_t edge_count)
{
    hst_assert(router != NULL);
    hst_assert(router->kind == &hst_router_static_table);
    hst_assert(source < router->graph->node_count);
    hst_assert(edges != NULL);
    static_table *self = (static_table *)router;
    const hst_graph *graph = router->graph;
    if (edge_count > graph->hop_limit || !chain_valid(graph, source, edges, edge_count)) {
        return HST_INVALID;
    }
    /* A chain that stops short of the target hands over to a correspondent, who must forward. */
    const uint32_t end = graph->edges[edges[edge_count - 1]].to;
    if (!hst_graph_transits(graph, end) && key_of(graph, end, width) != key) {
        return HST_INVALID;
    }
    if (self->count == self->count_max) {
        return HST_FULL;
    }
    uint32_t at = lower_bound(self, source, width, key);
    while (at < self->count && entry_is(&self->table[at], source, width, key)) {
        at++;
    }
    memmove(&self->table[at + 1], &self->table[at], (self->count - at) * sizeof self->table[0]);
    self->count++;
    instruction *entry = &self->table[at];
    memset(entry, 0, sizeof *entry);
    entry->source = source;
    entry->width = width;
    entry->key = key;
    entry->hop_count = edge_count;
    memcpy(entry->edges, edges, edge_count * sizeof edges[0]);
    return HST_OK;
}

static bool excluded(const hst_route_query *query, uint32_t edge)
{
    for (uint32_t i = 0; i < query->excluded_count; i++) {
        if (query->excluded_edges[i] == edge) {
            return true;
        }
    }
    return false;
}

/** Has the plan been at `node`? Its source counts. */
static bool visited(const static_table *self,
                    const hst_route_query *query,
                    const hst_route_plan *plan,
                    uint32_t node)
{
    bool seen = node == query->source;
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        seen = seen || self->base.graph->edges[plan->edges[i]].to == node;
    }
    return seen;
}

/** Put a chain behind the plan; false, and the plan as it was, when that makes no path. */
static bool append(const static_table *self,
                   const hst_route_query *query,
                   const uint32_t *edges,
                   uint32_t edge_count,
                   hst_route_plan *plan)
{
    const uint32_t hop_count = plan->hop_count;
    for (uint32_t i = 0; i < edge_count; i++) {
        const hst_graph_edge *edge = hst_graph_edge_at(self->base.graph, edges[i]);
        const bool arrives = edge->to == query->target;
        if (plan->hop_count == self->base.graph->hop_limit ||
            visited(self, query, plan, edge->to) ||
            !hst_graph_edge_open(edge, query->amount_micro_usd) || excluded(query, edges[i]) ||
            (!arrives && !hst_graph_transits(self->base.graph, edge->to))) {
            plan->hop_count = hop_count;
            return false;
        }
        plan->edges[plan->hop_count++] = edges[i];
        if (arrives) {
            break; /* a wide instruction may pass the target on its way */
        }
    }
    return true;
}

/** Follow the first usable instruction of `node`; false when it has none. */
static bool follow_instruction(const static_table *self,
                               const hst_route_query *query,
                               uint32_t node,
                               hst_route_plan *plan)
{
    for (unsigned width = HST_SSI_EXACT; width <= HST_SSI_CURRENCY; width++) {
        const uint32_t key = key_of(self->base.graph, query->target, (hst_ssi_width)width);
        for (uint32_t i = lower_bound(self, node, width, key);
             i < self->count && entry_is(&self->table[i], node, width, key); i++) {
            if (append(self, query, self->table[i].edges, self->table[i].hop_count, plan)) {
                return true;
            }
        }
    }
    return false;
}

/** Go from `node` to the target through the first listed correspondents. */
static bool follow_first_listed(static_table *self,
                                const hst_route_query *query,
                                uint32_t node,
                                hst_route_plan *plan)
{
    const hst_plan_search how = {.order = HST_ORDER_FIRST_LISTED};
    hst_route_query rest = *query;
    hst_route_plan tail;
    rest.source = node;
    return hst_plan_search_run(&how, &self->search, &rest, &tail, NULL) == HST_OK &&
           append(self, query, tail.edges, tail.hop_count, plan);
}

static uint32_t
end_of(const static_table *self, const hst_route_query *query, const hst_route_plan *plan)
{
    return plan->hop_count == 0
               ? query->source
               : hst_graph_edge_at(self->base.graph, plan->edges[plan->hop_count - 1])->to;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    static_table *self = (static_table *)router;
    hst_route_plan made;
    memset(&made, 0, sizeof made);
    bool found = true;
    while (found && end_of(self, query, &made) != query->target) {
        const uint32_t node = end_of(self, query, &made);
        found = follow_instruction(self, query, node, &made) ||
                follow_first_listed(self, query, node, &made);
    }
    if (!found) {
        /* The instructions led into a corner: start over without them. */
        memset(&made, 0, sizeof made);
        if (!follow_first_listed(self, query, query->source, &made)) {
            return HST_NO_PATH;
        }
    }
    for (uint32_t i = made.hop_count; i < HST_HOP_MAX; i++) {
        made.edges[i] = 0;
    }
    hst_route_plan_price(self->base.graph, query->amount_micro_usd, &made);
    *plan = made;
    return HST_OK;
}

const hst_router_kind hst_router_static_table = {
    .name = "static-table",
    .code = "R2",
    .summary = "standing settlement instructions: fixed correspondents, whatever they charge",
    .information = "advertised, own instructions",
    .create = create,
    .route = route,
};
