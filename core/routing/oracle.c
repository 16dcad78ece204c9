#include "core/routing/oracle.h"

#include "core/routing/surrogate.h"

typedef struct oracle {
    hst_router base;
    hst_surrogate surrogate;
    const hst_route_view *view;
} oracle;

static void
believe_expected(void *context, const hst_route_query *query, uint32_t edge, hst_hop_truth *belief)
{
    const oracle *self = context;
    if (self->view != NULL && self->view->expected != NULL) {
        self->view->expected(self->view->context, query, edge, belief);
    }
}

static void
believe_drawn(void *context, const hst_route_query *query, uint32_t edge, hst_hop_truth *belief)
{
    const oracle *self = context;
    if (self->view != NULL && self->view->drawn != NULL) {
        self->view->drawn(self->view->context, query, edge, belief);
    }
}

static hst_status create(const hst_router_setup *setup,
                         const hst_router_kind *kind,
                         hst_believe believe,
                         hst_router **router)
{
    oracle *self = HST_ARENA_NEW(setup->arena, oracle, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = kind;
    self->base.graph = setup->graph;
    self->view = setup->view;
    *router = &self->base;
    return hst_surrogate_init(&self->surrogate, setup, believe, self);
}

static hst_status create_mean(const hst_router_setup *setup, hst_router **router)
{
    return create(setup, &hst_router_oracle_mean, believe_expected, router);
}

static hst_status create_clairvoyant(const hst_router_setup *setup, hst_router **router)
{
    return create(setup, &hst_router_clairvoyant, believe_drawn, router);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    return hst_surrogate_plan(&((oracle *)router)->surrogate, query, plan);
}

const hst_router_kind hst_router_oracle_mean = {
    .name = "oracle-mean",
    .code = "O1",
    .summary = "ceiling: true chances, delays and costs, the learners' planner",
    .information = "true chances",
    .sees = HST_SEES_CHANCES,
    .create = create_mean,
    .route = route,
};

const hst_router_kind hst_router_clairvoyant = {
    .name = "clairvoyant",
    .code = "O2",
    .summary = "ceiling: knows what will be drawn for this payment",
    .information = "true draws",
    .sees = HST_SEES_DRAWS,
    .create = create_clairvoyant,
    .route = route,
};
