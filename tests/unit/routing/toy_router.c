#include "tests/unit/routing/toy_router.h"

#include "core/routing/plan_search.h"

#include <string.h>

enum { MEMORY = 8 };

/** The cheapest advertised path that avoids the hops that failed last. */
typedef struct once_bitten {
    hst_router base;      /* first: a router is a pointer to this */
    hst_search search;    /* scratch, planned once */
    uint32_t bad[MEMORY]; /* edges that failed, the oldest overwritten first */
    uint32_t bad_count;   /* failures remembered */
    uint32_t bad_next;    /* where the next one goes */
} once_bitten;

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    once_bitten *self = HST_ARENA_NEW(setup->arena, once_bitten, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(hst_search_init(&self->search, setup->arena, setup->graph));
    self->base.kind = &hst_router_once_bitten;
    self->base.graph = setup->graph;
    *router = &self->base;
    return HST_OK;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    once_bitten *self = (once_bitten *)router;
    const hst_plan_search cheapest = {.order = HST_ORDER_CHEAPEST};
    uint32_t avoided[HST_ROUTE_EXCLUDED_MAX + MEMORY];
    hst_route_query shy = *query;
    if (query->excluded_count > 0) {
        memcpy(avoided, query->excluded_edges, query->excluded_count * sizeof avoided[0]);
    }
    memcpy(avoided + query->excluded_count, self->bad, self->bad_count * sizeof avoided[0]);
    shy.excluded_edges = avoided;
    shy.excluded_count += self->bad_count;
    if (hst_plan_search_run(&cheapest, &self->search, &shy, plan, NULL) == HST_OK) {
        return HST_OK;
    }
    /* No way around them: better a bad hop than none. */
    return hst_plan_search_run(&cheapest, &self->search, query, plan, NULL);
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    once_bitten *self = (once_bitten *)router;
    for (size_t i = 0; i < count; i++) {
        if (outcomes[i].result != HST_HOP_DONE) {
            self->bad[self->bad_next] = outcomes[i].edge;
            self->bad_next = (self->bad_next + 1) % MEMORY;
            self->bad_count += self->bad_count < MEMORY;
        }
    }
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const once_bitten *self = (const once_bitten *)router;
    hst_write_u32(writer, self->bad_count);
    hst_write_u32(writer, self->bad_next);
    for (uint32_t i = 0; i < self->bad_count; i++) {
        hst_write_u32(writer, self->bad[i]);
    }
    return hst_writer_status(writer);
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    once_bitten *self = (once_bitten *)router;
    self->bad_count = hst_read_u32(reader);
    self->bad_next = hst_read_u32(reader);
    if (self->bad_count > MEMORY || self->bad_next >= MEMORY) {
        return HST_CORRUPT;
    }
    for (uint32_t i = 0; i < self->bad_count; i++) {
        self->bad[i] = hst_read_u32(reader);
    }
    return hst_reader_status(reader);
}

const hst_router_kind hst_router_once_bitten = {
    .name = "once-bitten",
    .code = "T1",
    .summary = "lowest advertised cost around the hops that failed last",
    .information = "advertised, own outcomes",
    .create = create,
    .route = route,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};
