#include "core/routing/pareto.h"

#include "core/routing/cheapest_in_time.h"
#include "core/routing/surrogate.h"

#include <string.h>

#define NONE        UINT32_MAX
#define NS_PER_HOUR 3600e9
#define UNREACHABLE (~(hst_weight)0)

/** A way from the source to a node. */
typedef struct label {
    hst_weight cost; /* so far */
    hst_weight time;
    uint32_t node;
    uint32_t edge;   /* its last hop */
    uint32_t parent; /* label in front of it, or NONE */
    uint32_t hops;
    uint32_t next; /* settled label of the node before it, or NONE */
} label;

/** Entry of the heap: smallest first, second, hops, item. */
typedef struct entry {
    hst_weight first;  /* least cost of a path this way */
    hst_weight second; /* least time */
    uint32_t hops;
    uint32_t item; /* label, or node */
} entry;

typedef struct pareto {
    hst_router base;
    hst_surrogate surrogate; /* when labels run out */
    const hst_route_view *view;
    hst_route_prices prices;
    const hst_route_query *query; /* being answered */
    hst_weight *times;            /* by edge, of the query: published time */
    hst_weight *cost_left;        /* by node: least to the target */
    hst_weight *time_left;        /* by node */
    uint32_t *settled;            /* by node: last settled label, or NONE */
    label *labels;
    uint32_t label_count;
    uint32_t last; /* settled label of the target that came last, or NONE; .next leads back */
    entry *heap;
    uint32_t heap_count;
} pareto;

static bool entry_before(const entry *a, const entry *b)
{
    if (a->first != b->first) {
        return a->first < b->first;
    }
    if (a->second != b->second) {
        return a->second < b->second;
    }
    return a->hops != b->hops ? a->hops < b->hops : a->item < b->item;
}

static void push(pareto *self, entry added)
{
    uint32_t at = self->heap_count++;
    while (at > 0 && entry_before(&added, &self->heap[(at - 1) / 2])) {
        self->heap[at] = self->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    self->heap[at] = added;
}

static entry pop(pareto *self)
{
    const entry top = self->heap[0];
    const entry moved = self->heap[--self->heap_count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= self->heap_count) {
            break;
        }
        if (child + 1 < self->heap_count &&
            entry_before(&self->heap[child + 1], &self->heap[child])) {
            child++;
        }
        if (!entry_before(&self->heap[child], &moved)) {
            break;
        }
        self->heap[at] = self->heap[child];
        at = child;
    }
    self->heap[at] = moved;
    return top;
}

/** May the query use this hop? */
static bool usable(const pareto *self, const hst_graph_arc *arc)
{
    if (arc->ceiling_micro_usd < self->query->amount_micro_usd) {
        return false;
    }
    for (uint32_t i = 0; i < self->query->excluded_count; i++) {
        if (self->query->excluded_edges[i] == arc->edge) {
            return false;
        }
    }
    return true;
}

static hst_weight charge(const pareto *self, const hst_graph_arc *arc)
{
    return (hst_weight)(uint64_t)arc->fixed_micro_usd * HST_FEMTO_PER_MICRO +
           (hst_weight)(uint64_t)self->query->amount_micro_usd * arc->rate_ppb;
}

/** Least sum of charges (or, with `time`, of times) from every node to the target. */
static void bound(pareto *self, bool time, hst_weight *left)
{
    const hst_graph *graph = self->base.graph;
    for (uint32_t v = 0; v < graph->node_count; v++) {
        left[v] = UNREACHABLE;
    }
    left[self->query->target] = 0;
    self->heap_count = 0;
    push(self, (entry){.item = self->query->target});
    while (self->heap_count > 0) {
        const entry top = pop(self);
        if (top.first != left[top.item] || top.item == self->query->source) {
            continue; /* overtaken; or nothing goes on behind the source */
        }
        const hst_graph_row row = hst_graph_in(graph, top.item);
        for (uint32_t i = 0; i < row.count; i++) {
            const hst_graph_arc *arc = &row.arcs[i];
            const bool passes = i < row.transit_count || arc->node == self->query->source;
            if (!passes || !usable(self, arc)) {
                continue;
            }
            const hst_weight sum = top.first + (time ? self->times[arc->edge] : charge(self, arc));
            if (sum < left[arc->node]) {
                left[arc->node] = sum;
                push(self, (entry){.first = sum, .item = arc->node});
            }
        }
    }
}

/** Is a label no better than one settled at its node, or than a path already found? Paths are
 * found in the order of their cost, so the last one is the quickest. */
static bool dominated(const pareto *self, const label *one)
{
    if (self->last != NONE &&
        one->time + self->time_left[one->node] >= self->labels[self->last].time) {
        return true;
    }
    if (one->node == self->query->target) {
        return false;
    }
    /* Settled earlier is no dearer, so time and hops decide. */
    for (uint32_t i = self->settled[one->node]; i != NONE; i = self->labels[i].next) {
        if (self->labels[i].time <= one->time && self->labels[i].hops <= one->hops) {
            return true;
        }
    }
    return false;
}

/** Add a label unless it leads nowhere. HST_FULL. */
static hst_status offer(pareto *self, const label *one)
{
    if (self->cost_left[one->node] == UNREACHABLE || dominated(self, one)) {
        return HST_OK;
    }
    if (self->label_count == HST_PARETO_LABEL_MAX) {
        return HST_FULL;
    }
    const uint32_t id = self->label_count++;
    self->labels[id] = *one;
    push(self, (entry){.first = one->cost + self->cost_left[one->node],
                       .second = one->time + self->time_left[one->node],
                       .hops = one->hops,
                       .item = id});
    return HST_OK;
}

/** Offer the ways on from a settled label. */
static hst_status extend(pareto *self, uint32_t id)
{
    const label from = self->labels[id];
    const hst_graph_row row = hst_graph_out(self->base.graph, from.node);
    for (uint32_t i = 0; i < row.count; i++) {
        const hst_graph_arc *arc = &row.arcs[i];
        const bool passes = i < row.transit_count || arc->node == self->query->target;
        if (!passes || !usable(self, arc)) {
            continue;
        }
        const label next = {.cost = from.cost + charge(self, arc),
                            .time = from.time + self->times[arc->edge],
                            .node = arc->node,
                            .edge = arc->edge,
                            .parent = id,
                            .hops = from.hops + 1};
        HST_TRY(offer(self, &next));
    }
    return HST_OK;
}

/** Find the front: the labels of the target from self->last back. HST_NO_PATH, HST_FULL. */
static hst_status search(pareto *self, const hst_route_query *query)
{
    const hst_graph *graph = self->base.graph;
    self->query = query;
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        self->times[e] = (uint64_t)hst_published_time_ns(graph, self->view, e, query->time_ns);
    }
    bound(self, false, self->cost_left);
    bound(self, true, self->time_left);
    self->heap_count = 0;
    self->label_count = 0;
    self->last = NONE;
    for (uint32_t v = 0; v < graph->node_count; v++) {
        self->settled[v] = NONE;
    }
    const label start = {.node = query->source, .edge = NONE, .parent = NONE};
    HST_TRY(offer(self, &start));
    while (self->heap_count > 0) {
        const uint32_t id = pop(self).item;
        label *one = &self->labels[id];
        if (dominated(self, one)) {
            continue;
        }
        one->next = self->settled[one->node];
        self->settled[one->node] = id;
        if (one->node == query->target) {
            self->last = id;
        } else if (one->hops < graph->hop_limit) {
            HST_TRY(extend(self, id));
        }
    }
    return self->last == NONE ? HST_NO_PATH : HST_OK;
}

/** Write the hops that led to a label; their number. */
static uint32_t trace(const pareto *self, uint32_t id, uint32_t *edges)
{
    const uint32_t hops = self->labels[id].hops;
    for (uint32_t i = hops; i > 0; i--) {
        edges[i - 1] = self->labels[id].edge;
        id = self->labels[id].parent;
    }
    return hops;
}

/** The point that is best at the sender's price of time; the cheapest of equals. */
static uint32_t preferred(const pareto *self)
{
    const double hour =
        (double)self->prices.delay_micro_usd_per_hour * 1e9 +
        (double)self->query->amount_micro_usd * (double)self->prices.delay_ppb_per_hour;
    uint32_t best = NONE;
    double least = 0;
    for (uint32_t i = self->last; i != NONE; i = self->labels[i].next) {
        const double sum =
            (double)self->labels[i].cost + (double)self->labels[i].time / NS_PER_HOUR * hour;
        if (best == NONE || sum <= least) {
            best = i;
            least = sum;
        }
    }
    return best;
}

/** What R3t believes. */
static void
believe(void *context, const hst_route_query *query, uint32_t edge, hst_hop_truth *belief)
{
    const pareto *self = context;
    belief->delay_ns = hst_published_time_ns(self->base.graph, self->view, edge, query->time_ns);
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    const hst_graph *graph = setup->graph;
    pareto *self = HST_ARENA_NEW(setup->arena, pareto, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    const size_t most = graph->edge_count + (size_t)HST_PARETO_LABEL_MAX + 1;
    self->base.kind = &hst_router_pareto;
    self->base.graph = graph;
    self->view = setup->view;
    self->prices = setup->prices;
    self->times = HST_ARENA_NEW(setup->arena, hst_weight, graph->edge_count);
    self->cost_left = HST_ARENA_NEW(setup->arena, hst_weight, graph->node_count);
    self->time_left = HST_ARENA_NEW(setup->arena, hst_weight, graph->node_count);
    self->settled = HST_ARENA_NEW(setup->arena, uint32_t, graph->node_count);
    self->labels = HST_ARENA_NEW(setup->arena, label, HST_PARETO_LABEL_MAX);
    self->heap = HST_ARENA_NEW(setup->arena, entry, most);
    if (self->times == NULL || self->cost_left == NULL || self->time_left == NULL ||
        self->settled == NULL || self->labels == NULL || self->heap == NULL) {
        return HST_NO_MEMORY;
    }
    *router = &self->base;
    return hst_surrogate_init(&self->surrogate, setup, believe, self);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    pareto *self = (pareto *)router;
    const hst_status status = search(self, query);
    if (status == HST_FULL) {
        return hst_surrogate_plan(&self->surrogate, query, plan);
    }
    HST_TRY(status);
    memset(plan, 0, sizeof *plan);
    plan->hop_count = trace(self, preferred(self), plan->edges);
    hst_route_plan_price(self->base.graph, query->amount_micro_usd, plan);
    return HST_OK;
}

hst_status hst_pareto_front(hst_router *router,
                            const hst_route_query *query,
                            hst_pareto_point *points,
                            uint32_t capacity,
                            uint32_t *count)
{
    hst_assert(router != NULL && router->kind == &hst_router_pareto);
    hst_assert(query != NULL && points != NULL && count != NULL);
    pareto *self = (pareto *)router;
    HST_TRY(search(self, query));
    uint32_t found = 0;
    for (uint32_t i = self->last; i != NONE; i = self->labels[i].next) {
        found++;
    }
    if (found > capacity) {
        return HST_FULL;
    }
    *count = found;
    for (uint32_t i = self->last; i != NONE; i = self->labels[i].next) {
        hst_pareto_point *point = &points[--found]; /* the last is the dearest */
        memset(point, 0, sizeof *point);
        point->cost_femto_usd = self->labels[i].cost;
        point->time_ns = self->labels[i].time;
        point->hop_count = trace(self, i, point->edges);
    }
    return HST_OK;
}

const hst_router_kind hst_router_pareto = {
    .name = "pareto",
    .code = "R16",
    .summary = "exact front of advertised cost and published time, then the sender's price of time",
    .information = "advertised",
    .create = create,
    .route = route,
};
