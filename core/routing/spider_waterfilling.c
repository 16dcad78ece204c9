#include "core/routing/spider_waterfilling.h"

#include "core/routing/probe.h"

#include <string.h>

typedef struct spider_waterfilling {
    hst_router base;
    const hst_route_view *view;
    hst_disjoint disjoint;
} spider_waterfilling;

void hst_waterfill(const int64_t *levels, uint32_t count, int64_t amount, int64_t *parts)
{
    uint32_t order[HST_SPIDER_PATHS]; /* the fullest first, equals in the order given */
    hst_assert(count >= 1 && count <= HST_SPIDER_PATHS && amount > 0);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t place = i;
        for (; place > 0 && levels[order[place - 1]] < levels[i]; place--) {
            order[place] = order[place - 1];
        }
        order[place] = i;
        parts[i] = 0;
    }
    int64_t sum = 0;
    for (uint32_t wet = 1; wet <= count; wet++) {
        sum += levels[order[wet - 1]];
        const int64_t next = wet < count ? levels[order[wet]] : 0;
        if (sum - amount < (int64_t)wet * next) {
            continue;
        }
        const int64_t left = (sum - amount) / (int64_t)wet;
        const int64_t more = (sum - amount) % (int64_t)wet; /* so many keep one more */
        for (uint32_t i = 0; i < wet; i++) {
            parts[order[i]] = levels[order[i]] - left - (i + more >= wet ? 1 : 0);
        }
        return;
    }
    hst_assert(false); /* the levels hold less than the amount */
}

static hst_status split(hst_router *router, const hst_route_query *query, hst_route_split *answer)
{
    spider_waterfilling *self = (spider_waterfilling *)router;
    hst_probed_path paths[HST_SPIDER_PATHS];
    int64_t levels[HST_SPIDER_PATHS] = {0};
    int64_t parts[HST_SPIDER_PATHS];
    if (query->source == query->target) {
        hst_probed_nowhere(query, answer);
        return HST_OK;
    }
    const uint32_t count = hst_disjoint_paths(&self->disjoint, query, 1, HST_SPIDER_PATHS, paths);
    uint32_t probes = 0;
    int64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        probes += hst_probe_path(router->graph, self->view, &paths[i]);
        levels[i] = paths[i].carries;
        sum += levels[i];
    }
    if (sum < query->amount_micro_usd) {
        return HST_NO_PATH;
    }
    hst_waterfill(levels, count, query->amount_micro_usd, parts);
    answer->part_count = 0;
    answer->probes = probes;
    for (uint32_t i = 0; i < count; i++) {
        hst_probed_part(router->graph, &paths[i], parts[i], answer);
    }
    return HST_OK;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    spider_waterfilling *self = (spider_waterfilling *)router;
    hst_probed_path paths[HST_SPIDER_PATHS];
    if (query->source == query->target) {
        memset(plan, 0, sizeof *plan);
        return HST_OK;
    }
    const uint32_t count = hst_disjoint_paths(&self->disjoint, query, query->amount_micro_usd,
                                              HST_SPIDER_PATHS, paths);
    for (uint32_t i = 0; i < count; i++) {
        (void)hst_probe_path(router->graph, self->view, &paths[i]);
    }
    return hst_probed_widest(router->graph, paths, count, query->amount_micro_usd, plan);
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    spider_waterfilling *self = HST_ARENA_NEW(setup->arena, spider_waterfilling, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_spider_waterfilling;
    self->base.graph = setup->graph;
    self->view = setup->view;
    *router = &self->base;
    return hst_disjoint_init(&self->disjoint, setup->arena, setup->graph);
}

const hst_router_kind hst_router_spider_waterfilling = {
    .name = "spider-waterfilling",
    .code = "R10a",
    .summary = "Spider: four disjoint paths, what is left on them made equal",
    .information = "advertised, balances by probing",
    .sees = HST_SEES_BALANCES,
    .create = create,
    .route = route,
    .split = split,
};
