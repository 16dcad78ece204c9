#include "core/routing/random_path.h"

#include "core/routing/yen.h"

#include <string.h>

typedef struct random_path {
    hst_router base;
    hst_search search;
    hst_yen yen;
    hst_random random;
} random_path;

/** Every hop is as good as another. */
static hst_weight weigh(void *context, uint32_t edge)
{
    (void)context;
    (void)edge;
    return 1;
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    random_path *self = HST_ARENA_NEW(setup->arena, random_path, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(hst_search_init(&self->search, setup->arena, setup->graph));
    self->base.kind = &hst_router_random_path;
    self->base.graph = setup->graph;
    self->random = setup->random;
    *router = &self->base;
    return HST_OK;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    random_path *self = (random_path *)router;
    if (query->source == query->target) {
        memset(plan, 0, sizeof *plan);
        return HST_OK;
    }
    const hst_search_query asked = {.source = query->source,
                                    .target = query->target,
                                    .amount_micro_usd = query->amount_micro_usd,
                                    .order = HST_ORDER_WEIGHED,
                                    .hop_count_max = self->base.graph->hop_limit,
                                    .excluded_count = query->excluded_count,
                                    .excluded_edges = query->excluded_edges,
                                    .weigh = weigh};
    HST_TRY(hst_yen_paths(&self->yen, &self->search, &asked, HST_RANDOM_PATH_COUNT));
    hst_random draws = hst_route_draws(self->random, query);
    const uint64_t drawn = hst_random_below(&draws, self->yen.path_count);
    const hst_yen_path *taken = &self->yen.paths[drawn];
    memset(plan, 0, sizeof *plan);
    memcpy(plan->edges, taken->edges, taken->hop_count * sizeof taken->edges[0]);
    plan->hop_count = taken->hop_count;
    hst_route_plan_price(self->base.graph, query->amount_micro_usd, plan);
    return HST_OK;
}

const hst_router_kind hst_router_random_path = {
    .name = "random-path",
    .code = "R0",
    .summary = "floor: one of the eight best paths by hops, drawn evenly",
    .information = "advertised",
    .create = create,
    .route = route,
};
