#include "core/routing/stellar_paths.h"

#include "core/routing/quote.h"

#include <string.h>

enum { LENGTH_DEFAULT = 3, LENGTH_MAX = 5 };

/** The way to a node that loses least so far. */
typedef struct way {
    hst_quote quote;
    uint32_t hop_count;
    uint32_t edges[LENGTH_MAX];
} way;

typedef struct stellar_paths {
    hst_router base;
    const hst_route_view *view;
    way *best;         /* by node, from earlier rounds */
    way *found;        /* by node, with what this round found */
    uint32_t *reached; /* nodes with a way, in the order they were reached */
    uint32_t *changed; /* nodes with a better way in this round */
    uint32_t *epochs;  /* by node: best and found are of this query */
    uint32_t *rounds;  /* by node: number of the round that changed it */
    uint32_t reached_count, changed_count;
    uint32_t epoch, round;
    hst_quoting quoting;
} stellar_paths;

static bool passes(const stellar_paths *self, const way *one, uint32_t node)
{
    for (uint32_t i = 0; i < one->hop_count; i++) {
        if (self->base.graph->edges[one->edges[i]].from == node) {
            return true;
        }
    }
    return false;
}

static void look(stellar_paths *self, const way *before, const hst_graph_arc *arc)
{
    hst_quote next;
    way *after = &self->found[arc->node];
    if (passes(self, before, arc->node) || !hst_quote_open(&self->quoting, arc->edge) ||
        !hst_quote_hop(&self->quoting, arc->edge, &before->quote, &next)) {
        return;
    }
    if (self->epochs[arc->node] == self->epoch &&
        next.loss_femto_usd >= after->quote.loss_femto_usd) {
        return;
    }
    if (self->epochs[arc->node] != self->epoch) {
        self->epochs[arc->node] = self->epoch;
        self->best[arc->node].quote.loss_femto_usd = HST_LOSS_NONE;
    }
    if (self->rounds[arc->node] != self->round) {
        self->rounds[arc->node] = self->round;
        self->changed[self->changed_count++] = arc->node;
    }
    *after = *before;
    after->quote = next;
    after->edges[after->hop_count++] = arc->edge;
}

/** One round; the last looks only at hops into the target. */
static void play_round(stellar_paths *self, bool last)
{
    const uint32_t target = self->quoting.query->target;
    self->changed_count = 0;
    self->round++;
    for (uint32_t i = 0; i < self->reached_count; i++) {
        const uint32_t node = self->reached[i];
        const hst_graph_row row = hst_graph_out(self->base.graph, node);
        if (node == target) {
            continue;
        }
        for (uint32_t a = 0; a < row.count; a++) {
            const bool ends = row.arcs[a].node == target;
            if (ends || (!last && a < row.transit_count)) {
                look(self, &self->best[node], &row.arcs[a]);
            }
        }
    }
    for (uint32_t i = 0; i < self->changed_count; i++) {
        const uint32_t node = self->changed[i];
        if (self->best[node].quote.loss_femto_usd == HST_LOSS_NONE) {
            self->reached[self->reached_count++] = node;
        }
        self->best[node] = self->found[node];
    }
}

/** The best way of at most `length` hops, or NULL. */
static const way *find(stellar_paths *self, const hst_route_query *query, uint32_t length)
{
    way *start = &self->best[query->source];
    self->epoch++;
    *start = (way){.quote = {.arriving_micro_usd = query->amount_micro_usd}};
    self->found[query->source] = *start;
    self->epochs[query->source] = self->epoch;
    self->reached[0] = query->source;
    self->reached_count = 1;
    for (uint32_t i = 0; i < length; i++) {
        play_round(self, i + 1 == length);
    }
    return self->epochs[query->target] == self->epoch ? &self->best[query->target] : NULL;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    stellar_paths *self = (stellar_paths *)router;
    const uint32_t limit = self->base.graph->hop_limit;
    if (query->source == query->target) {
        memset(plan, 0, sizeof *plan);
        return HST_OK;
    }
    self->quoting = (hst_quoting){.graph = self->base.graph,
                                  .view = self->view,
                                  .query = query,
                                  .amount_micro_usd = query->amount_micro_usd};
    const way *best = find(self, query, limit < LENGTH_DEFAULT ? limit : LENGTH_DEFAULT);
    if (best == NULL && limit > LENGTH_DEFAULT) {
        best = find(self, query, limit < LENGTH_MAX ? limit : LENGTH_MAX);
    }
    if (best == NULL) {
        return HST_NO_PATH;
    }
    memset(plan, 0, sizeof *plan);
    memcpy(plan->edges, best->edges, best->hop_count * sizeof best->edges[0]);
    plan->hop_count = best->hop_count;
    hst_route_plan_price(self->base.graph, query->amount_micro_usd, plan);
    return HST_OK;
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    const uint32_t nodes = setup->graph->node_count;
    stellar_paths *self = HST_ARENA_NEW(setup->arena, stellar_paths, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_stellar_paths;
    self->base.graph = setup->graph;
    self->view = setup->view;
    self->best = HST_ARENA_NEW(setup->arena, way, nodes);
    self->found = HST_ARENA_NEW(setup->arena, way, nodes);
    self->reached = HST_ARENA_NEW(setup->arena, uint32_t, nodes);
    self->changed = HST_ARENA_NEW(setup->arena, uint32_t, nodes);
    self->epochs = HST_ARENA_NEW(setup->arena, uint32_t, nodes);
    self->rounds = HST_ARENA_NEW(setup->arena, uint32_t, nodes);
    if (self->best == NULL || self->found == NULL || self->reached == NULL ||
        self->changed == NULL || self->epochs == NULL || self->rounds == NULL) {
        return HST_NO_MEMORY;
    }
    *router = &self->base;
    return HST_OK;
}

const hst_router_kind hst_router_stellar_paths = {
    .name = "stellar-paths",
    .code = "R14",
    .summary = "Stellar: rounds with one best amount a position, three hops, five if need be",
    .information = "advertised",
    .create = create,
    .route = route,
};
