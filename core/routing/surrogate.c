#include "core/routing/surrogate.h"

#include "core/base/real.h"
#include "core/routing/bidirectional.h"

#include <string.h>

#define NS_PER_HOUR 3600e9

hst_status hst_surrogate_init(hst_surrogate *surrogate,
                              const hst_router_setup *setup,
                              hst_believe believe,
                              void *self)
{
    hst_assert(surrogate != NULL && setup != NULL && believe != NULL);
    const size_t edges = setup->graph->edge_count;
    memset(surrogate, 0, sizeof *surrogate);
    surrogate->prices = setup->prices;
    surrogate->believe = believe;
    surrogate->self = self;
    surrogate->weights = HST_ARENA_NEW(setup->arena, hst_weight, edges);
    surrogate->asked = HST_ARENA_NEW(setup->arena, uint32_t, edges);
    if (edges > 0 && (surrogate->weights == NULL || surrogate->asked == NULL)) {
        return HST_NO_MEMORY;
    }
    return hst_search_init(&surrogate->search, setup->arena, setup->graph);
}

/** Whole femto-USD of a non-negative real; what a search cannot hold is closed. */
static hst_weight to_weight(double femto_usd)
{
    if (femto_usd <= 0) {
        return 0;
    }
    const double rounded = femto_usd + 0.5;
    if (femto_usd < 0x1p63) {
        return (uint64_t)rounded; /* the usual case: one instruction */
    }
    return femto_usd < 0x1p91 ? (hst_weight)rounded : HST_WEIGHT_CLOSED;
}

hst_weight hst_surrogate_weight(const hst_route_prices *prices,
                                int64_t amount_micro_usd,
                                const hst_graph_edge *edge,
                                const hst_hop_truth *belief)
{
    hst_assert(prices != NULL && edge != NULL && belief != NULL);
    if (!(belief->success >= HST_SUCCESS_FLOOR)) {
        return HST_WEIGHT_CLOSED;
    }
    const double amount = (double)amount_micro_usd;
    const double failure =
        (double)prices->failure_micro_usd * 1e9 + amount * (double)prices->failure_ppb;
    const double hour = (double)prices->delay_micro_usd_per_hour * 1e9 +
                        amount * (double)prices->delay_ppb_per_hour;
    const hst_weight charge = (hst_weight)(uint64_t)edge->fixed_micro_usd * HST_FEMTO_PER_MICRO +
                              (hst_weight)(uint64_t)amount_micro_usd * (uint64_t)edge->rate_ppb;
    const double risk = belief->success < 1 ? -failure * hst_log(belief->success) : 0;
    const double more =
        belief->extra_micro_usd * 1e9 + belief->delay_ns / NS_PER_HOUR * hour + risk;
    return charge + to_weight(more);
}

static hst_weight weigh(void *context, uint32_t edge)
{
    hst_surrogate *surrogate = context;
    if (surrogate->asked[edge] != surrogate->number) {
        const hst_graph_edge *record = &surrogate->search.graph->edges[edge];
        hst_hop_truth belief = {.success = 1, .delay_ns = (double)record->delay_ns};
        surrogate->believe(surrogate->self, surrogate->query, edge, &belief);
        surrogate->weights[edge] = hst_surrogate_weight(
            &surrogate->prices, surrogate->query->amount_micro_usd, record, &belief);
        surrogate->asked[edge] = surrogate->number;
    }
    return surrogate->weights[edge];
}

/** Start a query: beliefs of the last one are forgotten. */
static hst_search_query begin(hst_surrogate *surrogate, const hst_route_query *query)
{
    if (++surrogate->number == 0) {
        memset(surrogate->asked, 0,
               surrogate->search.graph->edge_count * sizeof surrogate->asked[0]);
        surrogate->number = 1;
    }
    surrogate->query = query;
    const hst_search_query asked = {.source = query->source,
                                    .target = query->target,
                                    .amount_micro_usd = query->amount_micro_usd,
                                    .order = HST_ORDER_WEIGHED,
                                    .hop_count_max = surrogate->search.graph->hop_limit,
                                    .excluded_count = query->excluded_count,
                                    .excluded_edges = query->excluded_edges,
                                    .weigh = weigh,
                                    .weigh_context = surrogate,
                                    .weigh_above_charge = true};
    return asked;
}

void hst_surrogate_to_plan(const hst_surrogate *surrogate,
                           const hst_route_query *query,
                           const uint32_t *edges,
                           uint32_t hop_count,
                           hst_route_plan *plan)
{
    hst_assert(surrogate != NULL && query != NULL && plan != NULL);
    hst_assert(hop_count <= HST_HOP_MAX);
    memset(plan, 0, sizeof *plan);
    memcpy(plan->edges, edges, hop_count * sizeof edges[0]);
    plan->hop_count = hop_count;
    hst_route_plan_price(surrogate->search.graph, query->amount_micro_usd, plan);
}

hst_status
hst_surrogate_plan(hst_surrogate *surrogate, const hst_route_query *query, hst_route_plan *plan)
{
    hst_assert(surrogate != NULL && query != NULL && plan != NULL);
    const hst_search_query asked = begin(surrogate, query);
    hst_search_path path;
    HST_TRY(hst_bidirectional(&surrogate->search, &asked, &path));
    hst_surrogate_to_plan(surrogate, query, path.edges, path.hop_count, plan);
    return HST_OK;
}

hst_status hst_surrogate_alternatives(hst_surrogate *surrogate,
                                      const hst_route_query *query,
                                      uint32_t k,
                                      hst_yen *yen)
{
    hst_assert(surrogate != NULL && query != NULL && yen != NULL);
    const hst_search_query asked = begin(surrogate, query);
    return hst_yen_paths(yen, &surrogate->search, &asked, k);
}
