#include "sim/payment/facts.h"

#include "core/base/assert.h"

hst_status hst_facts_create(const hst_routes *routes, hst_arena *arena, const hst_hop_facts **facts)
{
    hst_assert(routes != NULL && facts != NULL);
    hst_hop_facts *all = HST_ARENA_NEW(arena, hst_hop_facts, routes->graph.edge_count);
    if (all == NULL && routes->graph.edge_count > 0) {
        return HST_NO_MEMORY;
    }
    for (uint32_t e = 0; e < routes->graph.edge_count; e++) {
        double volatility = 0;
        for (uint32_t i = 0; i < routes->leg_counts[e]; i++) {
            const hst_leg *leg = &routes->legs[2 * e + i];
            if (leg->kind == HST_LEG_CONVERT) {
                volatility =
                    hst_market_volatility(routes->market, leg->from_currency, leg->to_currency);
            }
        }
        all[e] = (hst_hop_facts){
            .country_risk = 0.5F, .reliability = 0.5F, .volatility = (float)volatility};
    }
    *facts = all;
    return HST_OK;
}
