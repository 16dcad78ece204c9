#include "core/routing/explore.h"

#include <string.h>

/* One query in EXPLORE_ONE_IN takes one of the best plans at random, if that is expected to cost at
 * most EXPLORE_PPB of the amount more. */
enum { EXPLORE_ONE_IN = 100, EXPLORE_PPB = 500000 };

void hst_explorer_init(hst_explorer *explorer, const hst_router_setup *setup)
{
    hst_assert(explorer != NULL && setup != NULL);
    memset(explorer, 0, sizeof *explorer);
    explorer->random = setup->random;
    explorer->notes = setup->notes_choices;
}

/** How many of the plans found are within the budget of the best. */
static uint32_t within_budget(const hst_yen *yen, int64_t amount_micro_usd)
{
    const hst_weight budget =
        yen->paths[0].weight + (hst_weight)(uint64_t)amount_micro_usd * EXPLORE_PPB;
    uint32_t within = 1;
    while (within < yen->path_count && yen->paths[within].weight <= budget) {
        within++;
    }
    return within;
}

static void note(hst_explorer *explorer,
                 const hst_surrogate *surrogate,
                 const hst_route_query *query,
                 uint32_t within,
                 uint32_t taken)
{
    hst_route_choice *choice = &explorer->choice;
    const double each = 1.0 / EXPLORE_ONE_IN / within;
    choice->count = within;
    choice->taken = taken;
    for (uint32_t i = 0; i < within; i++) {
        const hst_yen_path *path = &explorer->yen.paths[i];
        hst_surrogate_to_plan(surrogate, query, path->edges, path->hop_count, &choice->plans[i]);
        choice->expected_micro_usd[i] = (double)path->weight / (double)HST_FEMTO_PER_MICRO;
        choice->propensity[i] = each + (i == 0 ? 1 - 1.0 / EXPLORE_ONE_IN : 0);
    }
}

hst_status hst_explorer_plan(hst_explorer *explorer,
                             hst_surrogate *surrogate,
                             const hst_route_query *query,
                             hst_random *draws,
                             hst_route_plan *plan)
{
    hst_assert(explorer != NULL && surrogate != NULL && query != NULL && plan != NULL);
    const bool tries = hst_random_below(draws, EXPLORE_ONE_IN) == 0;
    explorer->choice.count = 0;
    if (query->source == query->target || (!tries && !explorer->notes)) {
        return hst_surrogate_plan(surrogate, query, plan);
    }
    hst_yen *yen = &explorer->yen;
    HST_TRY(hst_surrogate_alternatives(surrogate, query, HST_ROUTE_CHOICE_MAX, yen));
    const uint32_t within = within_budget(yen, query->amount_micro_usd);
    const uint32_t taken = tries ? (uint32_t)hst_random_below(draws, within) : 0;
    if (explorer->notes) {
        note(explorer, surrogate, query, within, taken);
    }
    hst_surrogate_to_plan(surrogate, query, yen->paths[taken].edges, yen->paths[taken].hop_count,
                          plan);
    return HST_OK;
}
