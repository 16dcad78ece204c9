#include "core/routing/fewest_hops.h"

#include "core/routing/plan_search.h"

/** The router. */
typedef struct fewest_hops {
    hst_router base;
    hst_search search;
} fewest_hops;

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    fewest_hops *self = HST_ARENA_NEW(setup->arena, fewest_hops, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(hst_search_init(&self->search, setup->arena, setup->graph));
    self->base.kind = &hst_router_fewest_hops;
    self->base.graph = setup->graph;
    *router = &self->base;
    return HST_OK;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    fewest_hops *self = (fewest_hops *)router;
    const hst_plan_search how = {.order = HST_ORDER_FEWEST_HOPS};
    return hst_plan_search_run(&how, &self->search, query, plan, NULL);
}

const hst_router_kind hst_router_fewest_hops = {
    .name = "fewest-hops",
    .code = "R1",
    .summary = "fewest hops, ties by advertised cost",
    .information = "advertised",
    .create = create,
    .route = route,
};
