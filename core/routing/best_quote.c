#include "core/routing/best_quote.h"

#include "core/routing/quote.h"

#include <string.h>

enum { CONVERSIONS_MAX = 2, STATES = CONVERSIONS_MAX + 1 };

/** The best way to a node with so many hops and conversions. */
typedef struct label {
    hst_quote quote;
    uint32_t edge;    /* last hop */
    uint32_t from;    /* conversions before it */
    uint32_t waiting; /* the query that has it on the layer's list */
} label;

/** Least loss at a node with at most so many conversions, any hops. */
typedef struct least {
    hst_loss loss[STATES];
    uint32_t epoch;
} least;

typedef struct best_quote {
    hst_router base;
    const hst_route_view *view;
    label *labels;       /* [hops][node][conversions] */
    least *leasts;       /* by node */
    uint32_t *layers[2]; /* states of this layer and of the next: node * STATES + conversions */
    uint32_t counts[2];
    uint32_t conversions;
    uint32_t epoch;
    uint32_t best_hops, best_conversions; /* of the best quote so far */
    hst_quoting quoting;
} best_quote;

static label *label_at(best_quote *self, uint32_t hops, uint32_t node, uint32_t conversions)
{
    const size_t at = (size_t)hops * self->base.graph->node_count + node;
    return &self->labels[at * STATES + conversions];
}

/** Least losses of a node, for this query. */
static least *least_at(best_quote *self, uint32_t node)
{
    least *one = &self->leasts[node];
    if (one->epoch != self->epoch) {
        one->epoch = self->epoch;
        for (unsigned c = 0; c < STATES; c++) {
            one->loss[c] = HST_LOSS_NONE;
        }
    }
    return one;
}

/** Does the way to a label pass this node? */
static bool
passes(best_quote *self, uint32_t hops, uint32_t node, uint32_t conversions, uint32_t sought)
{
    while (node != sought && hops > 0) {
        const label *one = label_at(self, hops, node, conversions);
        node = self->base.graph->edges[one->edge].from;
        conversions = one->from;
        hops--;
    }
    return node == sought;
}

/** One hop on from a label. */
static void
extend(best_quote *self, uint32_t hops, uint32_t state, const hst_graph_arc *arc, hst_quote *quote)
{
    const hst_graph *graph = self->base.graph;
    const uint32_t node = state / STATES;
    const uint32_t before = state % STATES;
    const uint32_t target = self->quoting.query->target;
    const bool converts = graph->nodes[node].currency != graph->nodes[arc->node].currency;
    const uint32_t conversions = before + (converts ? 1 : 0);
    hst_quote next;
    if (conversions > self->conversions || !hst_quote_open(&self->quoting, arc->edge) ||
        !hst_quote_hop(&self->quoting, arc->edge, quote, &next)) {
        return;
    }
    least *known = least_at(self, arc->node);
    if (next.loss_femto_usd >= known->loss[conversions] ||
        next.loss_femto_usd >= least_at(self, target)->loss[self->conversions] ||
        passes(self, hops, node, before, arc->node)) {
        return;
    }
    for (uint32_t c = conversions; c < STATES && known->loss[c] > next.loss_femto_usd; c++) {
        known->loss[c] = next.loss_femto_usd;
    }
    label *one = label_at(self, hops + 1, arc->node, conversions);
    one->quote = next;
    one->edge = arc->edge;
    one->from = before;
    if (arc->node == target) {
        self->best_hops = hops + 1;
        self->best_conversions = conversions;
    } else if (one->waiting != self->epoch) {
        one->waiting = self->epoch;
        const unsigned next_layer = (hops + 1) % 2;
        self->layers[next_layer][self->counts[next_layer]++] = arc->node * STATES + conversions;
    }
}

/** All labels of `hops` hops, one hop on. */
static void extend_layer(best_quote *self, uint32_t hops)
{
    const unsigned layer = hops % 2;
    self->counts[1 - layer] = 0;
    for (uint32_t i = 0; i < self->counts[layer]; i++) {
        const uint32_t state = self->layers[layer][i];
        const uint32_t node = state / STATES;
        const hst_graph_row row = hst_graph_out(self->base.graph, node);
        hst_quote quote = label_at(self, hops, node, state % STATES)->quote;
        for (uint32_t a = 0; a < row.count; a++) {
            if (a < row.transit_count || row.arcs[a].node == self->quoting.query->target) {
                extend(self, hops, state, &row.arcs[a], &quote);
            }
        }
    }
}

/** The best quote's hops, from its end. */
static void write_plan(best_quote *self, const hst_route_query *query, hst_route_plan *plan)
{
    uint32_t node = query->target;
    uint32_t conversions = self->best_conversions;
    memset(plan, 0, sizeof *plan);
    plan->hop_count = self->best_hops;
    for (uint32_t hops = self->best_hops; hops > 0; hops--) {
        const label *one = label_at(self, hops, node, conversions);
        plan->edges[hops - 1] = one->edge;
        node = self->base.graph->edges[one->edge].from;
        conversions = one->from;
    }
    hst_assert(node == query->source);
    hst_route_plan_price(self->base.graph, query->amount_micro_usd, plan);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    best_quote *self = (best_quote *)router;
    if (query->source == query->target) {
        memset(plan, 0, sizeof *plan);
        return HST_OK;
    }
    self->epoch++;
    self->best_hops = 0;
    self->quoting = (hst_quoting){.graph = self->base.graph,
                                  .view = self->view,
                                  .query = query,
                                  .amount_micro_usd = query->amount_micro_usd};
    label *start = label_at(self, 0, query->source, 0);
    start->quote = (hst_quote){.arriving_micro_usd = query->amount_micro_usd};
    self->layers[0][0] = query->source * STATES;
    self->counts[0] = 1;
    for (uint32_t hops = 0; hops < self->base.graph->hop_limit && self->counts[hops % 2] > 0;
         hops++) {
        extend_layer(self, hops);
    }
    if (self->best_hops == 0) {
        return HST_NO_PATH;
    }
    write_plan(self, query, plan);
    return HST_OK;
}

static hst_status create_as(const hst_router_kind *kind,
                            uint32_t conversions,
                            const hst_router_setup *setup,
                            hst_router **router)
{
    const uint32_t nodes = setup->graph->node_count;
    const size_t states = (size_t)nodes * STATES;
    best_quote *self = HST_ARENA_NEW(setup->arena, best_quote, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = kind;
    self->base.graph = setup->graph;
    self->view = setup->view;
    self->conversions = conversions;
    self->labels = HST_ARENA_NEW(setup->arena, label, states * (setup->graph->hop_limit + 1));
    self->leasts = HST_ARENA_NEW(setup->arena, least, nodes);
    self->layers[0] = HST_ARENA_NEW(setup->arena, uint32_t, states);
    self->layers[1] = HST_ARENA_NEW(setup->arena, uint32_t, states);
    if (self->labels == NULL || self->leasts == NULL || self->layers[0] == NULL ||
        self->layers[1] == NULL) {
        return HST_NO_MEMORY;
    }
    *router = &self->base;
    return HST_OK;
}

static hst_status create_direct(const hst_router_setup *setup, hst_router **router)
{
    return create_as(&hst_router_best_quote, 1, setup, router);
}

static hst_status create_bridge(const hst_router_setup *setup, hst_router **router)
{
    return create_as(&hst_router_bridge_quote, CONVERSIONS_MAX, setup, router);
}

const hst_router_kind hst_router_best_quote = {
    .name = "best-quote",
    .code = "R4",
    .summary = "Nexus: the best quote of at most one conversion",
    .information = "advertised",
    .create = create_direct,
    .route = route,
};

const hst_router_kind hst_router_bridge_quote = {
    .name = "bridge-quote",
    .code = "R4b",
    .summary = "Icebreaker: the best quote of at most two conversions, direct or over a bridge",
    .information = "advertised",
    .create = create_bridge,
    .route = route,
};
