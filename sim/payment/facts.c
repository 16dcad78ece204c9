#include "sim/payment/facts.h"

#include "core/base/assert.h"

/* One window over all that is planned is a system that never closes. */
static bool never_closes(const hst_hours *hours)
{
    return hours->window_count == 1 && hours->windows[0].open_ns <= 0;
}

static bool pays_at_once(const hst_routes *r, const hst_leg *leg)
{
    const hst_atlas *atlas = r->institutions->atlas;
    switch (leg->kind) {
    case HST_LEG_CONVERT: return true;
    case HST_LEG_TO_SYSTEM:
    case HST_LEG_FROM_SYSTEM: return never_closes(&atlas->systems[leg->through].hours);
    case HST_LEG_TO_SERVICER: return r->institutions->all[leg->to].kind != HST_INSTITUTION_BANK;
    case HST_LEG_TO_OWNER: return r->institutions->all[leg->from].kind != HST_INSTITUTION_BANK;
    }
    return false;
}

hst_status hst_facts_create(const hst_routes *routes, hst_arena *arena, const hst_hop_facts **facts)
{
    hst_assert(routes != NULL && facts != NULL);
    hst_hop_facts *all = HST_ARENA_NEW(arena, hst_hop_facts, routes->graph.edge_count);
    if (all == NULL && routes->graph.edge_count > 0) {
        return HST_NO_MEMORY;
    }
    for (uint32_t e = 0; e < routes->graph.edge_count; e++) {
        bool instant = true;
        double volatility = 0;
        for (uint32_t i = 0; i < routes->leg_counts[e]; i++) {
            const hst_leg *leg = &routes->legs[2 * e + i];
            instant = instant && pays_at_once(routes, leg);
            if (leg->kind == HST_LEG_CONVERT) {
                volatility =
                    hst_market_volatility(routes->market, leg->from_currency, leg->to_currency);
            }
        }
        all[e] = (hst_hop_facts){.country_risk = 0.5F,
                                 .reliability = 0.5F,
                                 .instant = instant ? 1.0F : 0.0F,
                                 .volatility = (float)volatility};
    }
    *facts = all;
    return HST_OK;
}
