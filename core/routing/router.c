#include "core/routing/router.h"

#include "core/routing/recost.h"
#include "core/routing/search.h"

#include <string.h>

/** What of a host's view a kind may look at: the published part, and what it declares. */
static hst_route_view seen_by(const hst_router_kind *kind, const hst_route_view *view)
{
    hst_route_view seen = *view;
    if ((kind->sees & HST_SEES_BALANCES) == 0) {
        seen.carries = NULL;
    }
    if ((kind->sees & HST_SEES_CHANCES) == 0) {
        seen.expected = NULL;
    }
    if ((kind->sees & HST_SEES_DRAWS) == 0) {
        seen.drawn = NULL;
    }
    return seen;
}

hst_status
hst_router_create(const hst_router_kind *kind, const hst_router_setup *setup, hst_router **router)
{
    hst_assert(kind != NULL);
    hst_assert(setup != NULL);
    hst_assert(setup->graph != NULL);
    hst_assert(setup->graph->frozen);
    hst_assert(setup->arena != NULL);
    hst_assert(setup->delay_price_micro_usd_per_s >= 0);
    hst_assert(setup->delay_price_micro_usd_per_s <= HST_DELAY_PRICE_MAX_MICRO_USD_PER_S);
    hst_assert(router != NULL);
    hst_router_setup own = *setup;
    if (setup->view != NULL) {
        hst_route_view *view = HST_ARENA_NEW(setup->arena, hst_route_view, 1);
        if (view == NULL) {
            return HST_NO_MEMORY;
        }
        *view = seen_by(kind, setup->view);
        own.view = view;
    }
    HST_TRY(kind->create(&own, router));
    hst_assert((*router)->kind == kind);
    hst_assert((*router)->graph == setup->graph);
    return HST_OK;
}

hst_random hst_route_draws(hst_random random, const hst_route_query *query)
{
    hst_assert(query != NULL);
    hst_random of_payment = {random.key, query->payment};
    hst_random of_attempt = {hst_random_u64(&of_payment), query->attempt};
    return (hst_random){hst_random_u64(&of_attempt), 0};
}

const char *hst_router_name(const hst_router *router)
{
    hst_assert(router != NULL);
    hst_assert(router->kind != NULL);
    return router->kind->name;
}

hst_status hst_router_route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    hst_assert(router != NULL);
    hst_assert(query != NULL);
    hst_assert(plan != NULL);
    hst_assert(query->source < router->graph->node_count);
    hst_assert(query->target < router->graph->node_count);
    hst_assert(query->amount_micro_usd >= 0);
    hst_assert(query->amount_micro_usd <= HST_ROUTE_AMOUNT_MAX_MICRO_USD);
    hst_assert(query->excluded_count <= HST_ROUTE_EXCLUDED_MAX);
    HST_TRY(router->kind->route(router, query, plan));
    hst_assert((plan->hop_count == 0) == (query->source == query->target));
    hst_assert_slow(hst_plan_check(router->graph, query, plan) == HST_PLAN_SOUND);
    return HST_OK;
}

/** Do the parts add up, and is each a sound plan for its amount? */
static bool
split_sound(const hst_graph *graph, const hst_route_query *query, const hst_route_split *split)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < split->part_count; i++) {
        const hst_route_part *part = &split->parts[i];
        hst_route_query asked = *query;
        asked.amount_micro_usd = part->amount_micro_usd;
        if (part->amount_micro_usd <= 0 || part->amount_micro_usd > query->amount_micro_usd ||
            hst_plan_check(graph, &asked, &part->plan) != HST_PLAN_SOUND) {
            return false;
        }
        sum += part->amount_micro_usd;
    }
    return sum == query->amount_micro_usd;
}

hst_status
hst_router_split(hst_router *router, const hst_route_query *query, hst_route_split *split)
{
    hst_assert(router != NULL && query != NULL && split != NULL);
    hst_assert(query->amount_micro_usd > 0);
    if (router->kind->split == NULL) {
        hst_route_part one = {.amount_micro_usd = query->amount_micro_usd};
        HST_TRY(hst_router_route(router, query, &one.plan));
        split->parts[0] = one;
        split->part_count = 1;
        split->probes = 0;
        return HST_OK;
    }
    HST_TRY(router->kind->split(router, query, split));
    hst_assert(split->part_count >= 1 && split->part_count <= HST_ROUTE_PART_MAX);
    hst_assert(split_sound(router->graph, query, split)); /* parts are few, and money is split */
    return HST_OK;
}

void hst_router_feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    hst_assert(router != NULL);
    hst_assert(count == 0 || outcomes != NULL);
    if (router->kind->feedback != NULL && count > 0) {
        router->kind->feedback(router, outcomes, count);
    }
}

const hst_route_choice *hst_router_choice(const hst_router *router)
{
    hst_assert(router != NULL);
    const hst_route_choice *choice =
        router->kind->choice != NULL ? router->kind->choice(router) : NULL;
    return choice != NULL && choice->count > 0 ? choice : NULL;
}

bool hst_router_believes(hst_router *router,
                         const hst_route_query *query,
                         uint32_t edge,
                         hst_hop_belief *belief)
{
    hst_assert(router != NULL && query != NULL && belief != NULL);
    hst_assert(edge < router->graph->edge_count);
    if (router->kind->believes == NULL) {
        return false;
    }
    router->kind->believes(router, query, edge, belief);
    hst_assert(belief->success >= 0 && belief->success <= 1);
    return true;
}

hst_status hst_router_checkpoint(const hst_router *router, hst_writer *writer)
{
    hst_assert(router != NULL);
    hst_assert(writer != NULL);
    const size_t length = strlen(router->kind->name);
    hst_write_varint(writer, length);
    hst_write_bytes(writer, router->kind->name, length);
    HST_TRY(hst_writer_status(writer));
    return router->kind->checkpoint == NULL ? HST_OK : router->kind->checkpoint(router, writer);
}

hst_status hst_router_restore(hst_router *router, hst_reader *reader)
{
    hst_assert(router != NULL);
    hst_assert(reader != NULL);
    const size_t expected = strlen(router->kind->name);
    const uint64_t length = hst_read_varint(reader);
    HST_TRY(hst_reader_status(reader));
    if (length != expected) {
        return HST_MISMATCH;
    }
    const uint8_t *name = hst_read_view(reader, expected);
    if (name == NULL) {
        return hst_reader_status(reader);
    }
    if (memcmp(name, router->kind->name, expected) != 0) {
        return HST_MISMATCH;
    }
    return router->kind->restore == NULL ? HST_OK : router->kind->restore(router, reader);
}

void hst_route_plan_price(const hst_graph *graph, int64_t amount_micro_usd, hst_route_plan *plan)
{
    hst_assert(graph != NULL);
    hst_assert(amount_micro_usd >= 0);
    hst_assert(plan != NULL);
    hst_assert(plan->hop_count <= HST_HOP_MAX);
    int64_t fixed_micro_usd = 0;
    int64_t rate_ppb = 0;
    plan->delay_ns = 0;
    plan->fx_hops = 0;
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        const hst_graph_edge *edge = hst_graph_edge_at(graph, plan->edges[i]);
        fixed_micro_usd += edge->fixed_micro_usd;
        rate_ppb += edge->rate_ppb;
        plan->delay_ns += edge->delay_ns;
        plan->fx_hops += graph->nodes[edge->from].currency != graph->nodes[edge->to].currency;
    }
    const hst_weight proportional = (hst_weight)(uint64_t)amount_micro_usd * (uint64_t)rate_ppb;
    plan->cost_micro_usd = fixed_micro_usd + (int64_t)(proportional / HST_FEMTO_PER_MICRO);
}
