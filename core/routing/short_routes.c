#include "core/routing/short_routes.h"

#include <string.h>

/** The way to the last node of a path that is being made. */
typedef struct stem {
    uint32_t edges[HST_SHORT_HOPS];
    uint32_t hop_count;
    hst_quote quote;
} stem;

hst_status hst_short_routes_init(hst_short_routes *routes, const hst_router_setup *setup)
{
    routes->heads = HST_ARENA_NEW(setup->arena, uint32_t, setup->graph->node_count);
    routes->nexts = HST_ARENA_NEW(setup->arena, uint32_t, setup->graph->edge_count);
    return routes->heads == NULL || routes->nexts == NULL ? HST_NO_MEMORY : HST_OK;
}

static bool worse(const hst_short_route *a, const hst_short_route *b)
{
    return a->loss_femto_usd != b->loss_femto_usd ? a->loss_femto_usd > b->loss_femto_usd
                                                  : a->number > b->number;
}

/** A heap with the worst on top. */
static void sink(hst_short_routes *self, uint32_t at)
{
    for (;;) {
        uint32_t worst = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < self->count; child++) {
            worst = worse(&self->routes[child], &self->routes[worst]) ? child : worst;
        }
        if (worst == at) {
            return;
        }
        const hst_short_route moved = self->routes[at];
        self->routes[at] = self->routes[worst];
        self->routes[worst] = moved;
        at = worst;
    }
}

/** A plan's hops must take its whole amount, also where less arrives. */
static int64_t limit_of(const hst_graph *graph, const hst_short_route *one)
{
    int64_t least = INT64_MAX;
    for (uint32_t i = 0; i < one->hop_count; i++) {
        const int64_t limit = hst_graph_edge_at(graph, one->edges[i])->limit_micro_usd;
        least = limit != 0 && limit < least ? limit : least;
    }
    return least;
}

static void keep(hst_short_routes *self, const stem *whole)
{
    hst_short_route one = {.loss_femto_usd = whole->quote.loss_femto_usd,
                           .hop_count = whole->hop_count,
                           .number = self->found++};
    memcpy(one.edges, whole->edges, sizeof one.edges);
    one.limit_micro_usd = limit_of(self->quoting.graph, &one);
    if (self->count < HST_SHORT_ROUTE_MAX) {
        self->routes[self->count++] = one;
        for (uint32_t i = self->count / 2; self->count == HST_SHORT_ROUTE_MAX && i-- > 0;) {
            sink(self, i);
        }
    } else if (worse(&self->routes[0], &one)) {
        self->routes[0] = one;
        sink(self, 0);
    }
}

static bool grow(const hst_short_routes *self, const stem *before, uint32_t edge, stem *after)
{
    *after = *before;
    after->edges[after->hop_count++] = edge;
    return hst_quote_open(&self->quoting, edge) &&
           hst_quote_hop(&self->quoting, edge, &before->quote, &after->quote);
}

/** All hops from the stem's last node into the target. */
static void close_at(hst_short_routes *self, const stem *before, uint32_t node, hst_graph_row into)
{
    for (uint32_t i = self->heads[node]; i != 0; i = self->nexts[i - 1]) {
        stem whole;
        if (grow(self, before, into.arcs[i - 1].edge, &whole)) {
            keep(self, &whole);
        }
    }
}

/** From a stem of one hop: into the target, and over one node more. */
static void branch(hst_short_routes *self, const stem *first, uint32_t node, hst_graph_row into)
{
    const hst_route_query *query = self->quoting.query;
    const hst_graph_row row = hst_graph_out(self->quoting.graph, node);
    const uint32_t limit = self->quoting.graph->hop_limit;
    if (limit >= 2) {
        close_at(self, first, node, into);
    }
    for (uint32_t i = 0; i < row.transit_count && limit >= HST_SHORT_HOPS; i++) {
        const uint32_t next = row.arcs[i].node;
        stem second;
        if (next != query->source && next != query->target && self->heads[next] != 0 &&
            grow(self, first, row.arcs[i].edge, &second)) {
            close_at(self, &second, next, into);
        }
    }
}

static int compare(const void *left, const void *right)
{
    const hst_short_route *a = left;
    const hst_short_route *b = right;
    return worse(a, b) ? 1 : worse(b, a) ? -1 : 0;
}

void hst_short_routes_find(hst_short_routes *routes, const hst_quoting *quoting)
{
    const hst_graph *graph = quoting->graph;
    const hst_route_query *query = quoting->query;
    const hst_graph_row into = hst_graph_in(graph, query->target);
    const hst_graph_row out = hst_graph_out(graph, query->source);
    routes->quoting = *quoting;
    routes->count = 0;
    routes->found = 0;
    for (uint32_t i = into.count; i-- > 0;) {
        routes->nexts[i] = routes->heads[into.arcs[i].node];
        routes->heads[into.arcs[i].node] = i + 1;
    }
    const stem start = {.quote = {.arriving_micro_usd = quoting->amount_micro_usd}};
    for (uint32_t i = 0; i < out.count; i++) {
        const uint32_t node = out.arcs[i].node;
        stem first;
        if ((i >= out.transit_count && node != query->target) ||
            !grow(routes, &start, out.arcs[i].edge, &first)) {
            continue;
        }
        if (node == query->target) {
            keep(routes, &first);
        } else {
            branch(routes, &first, node, into);
        }
    }
    for (uint32_t i = 0; i < into.count; i++) {
        routes->heads[into.arcs[i].node] = 0;
    }
    hst_quote_sort(routes->routes, routes->count, sizeof routes->routes[0], compare);
}

void hst_short_route_plan(const hst_graph *graph,
                          const hst_short_route *route,
                          int64_t amount_micro_usd,
                          hst_route_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    memcpy(plan->edges, route->edges, route->hop_count * sizeof route->edges[0]);
    plan->hop_count = route->hop_count;
    hst_route_plan_price(graph, amount_micro_usd, plan);
}
