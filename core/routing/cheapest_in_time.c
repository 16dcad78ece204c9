#include "core/routing/cheapest_in_time.h"

#include "core/routing/surrogate.h"

typedef struct cheapest_in_time {
    hst_router base;
    hst_surrogate surrogate;
    const hst_route_view *view;
} cheapest_in_time;

double hst_published_time_ns(const hst_graph *graph,
                             const hst_route_view *view,
                             uint32_t edge,
                             int64_t time_ns)
{
    const double delay_ns = (double)hst_graph_edge_at(graph, edge)->delay_ns;
    if (view == NULL || view->opens_in_ns == NULL) {
        return delay_ns;
    }
    return delay_ns + (double)view->opens_in_ns(view->context, edge, time_ns);
}

static void
believe(void *context, const hst_route_query *query, uint32_t edge, hst_hop_truth *belief)
{
    const cheapest_in_time *self = context;
    belief->delay_ns = hst_published_time_ns(self->base.graph, self->view, edge, query->time_ns);
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    cheapest_in_time *self = HST_ARENA_NEW(setup->arena, cheapest_in_time, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_cheapest_in_time;
    self->base.graph = setup->graph;
    self->view = setup->view;
    *router = &self->base;
    return hst_surrogate_init(&self->surrogate, setup, believe, self);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    return hst_surrogate_plan(&((cheapest_in_time *)router)->surrogate, query, plan);
}

const hst_router_kind hst_router_cheapest_in_time = {
    .name = "cheapest-in-time",
    .code = "R3t",
    .summary = "lowest advertised cost and priced published time, waits included",
    .information = "advertised",
    .create = create,
    .route = route,
};
