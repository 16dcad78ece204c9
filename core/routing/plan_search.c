#include "core/routing/plan_search.h"

#include "core/routing/bidirectional.h"

#include <string.h>

hst_status hst_plan_search_run(const hst_plan_search *how,
                               hst_search *search,
                               const hst_route_query *query,
                               hst_route_plan *plan,
                               int64_t *limit_floor_micro_usd)
{
    hst_assert(how != NULL);
    hst_assert(search != NULL);
    hst_assert(query != NULL);
    hst_assert(plan != NULL);
    const hst_search_query asked = {.source = query->source,
                                    .target = query->target,
                                    .amount_micro_usd = query->amount_micro_usd,
                                    .delay_price_micro_usd_per_s = how->delay_price_micro_usd_per_s,
                                    .order = how->order,
                                    .hop_count_max = search->graph->hop_limit,
                                    .excluded_count = query->excluded_count,
                                    .excluded_edges = query->excluded_edges};
    hst_search_path path;
    HST_TRY(hst_bidirectional(search, &asked, &path));
    hst_assert(path.hop_count <= HST_HOP_MAX);
    memset(plan, 0, sizeof *plan);
    memcpy(plan->edges, path.edges, path.hop_count * sizeof path.edges[0]);
    plan->hop_count = path.hop_count;
    hst_route_plan_price(search->graph, query->amount_micro_usd, plan);
    if (limit_floor_micro_usd != NULL) {
        *limit_floor_micro_usd = path.limit_floor_micro_usd;
    }
    return HST_OK;
}
