/* Every router of the program. To add one: its file, its header's line here, its entry below
 * (docs/how-to/add-a-router.md). */
#include "core/routing/best_quote.h"
#include "core/routing/beta_thompson.h"
#include "core/routing/cascade_ucb.h"
#include "core/routing/cheapest_advertised.h"
#include "core/routing/cheapest_in_time.h"
#include "core/routing/convex_split.h"
#include "core/routing/deep_q.h"
#include "core/routing/fewest_hops.h"
#include "core/routing/flash.h"
#include "core/routing/landmark.h"
#include "core/routing/ldk_buckets.h"
#include "core/routing/learned.h"
#include "core/routing/linucb.h"
#include "core/routing/lnd_router.h"
#include "core/routing/oracle.h"
#include "core/routing/pareto.h"
#include "core/routing/pickhardt_richter.h"
#include "core/routing/random_path.h"
#include "core/routing/router.h"
#include "core/routing/speedymurmurs.h"
#include "core/routing/spider_price.h"
#include "core/routing/spider_waterfilling.h"
#include "core/routing/static_table.h"
#include "core/routing/stellar_paths.h"
#include "core/routing/uniswap_split.h"
#include "core/routing/xrpl_paths.h"

#include <string.h>

static const hst_router_kind *const kinds[] = {
    &hst_router_random_path,
    &hst_router_fewest_hops,
    &hst_router_static_table,
    &hst_router_cheapest_advertised,
    &hst_router_cheapest_in_time,
    &hst_router_best_quote,
    &hst_router_bridge_quote,
    &hst_router_lnd_apriori,
    &hst_router_lnd_bimodal,
    &hst_router_ldk_buckets,
    &hst_router_pickhardt_richter,
    &hst_router_flash,
    &hst_router_spider_waterfilling,
    &hst_router_spider_price,
    &hst_router_speedymurmurs,
    &hst_router_landmark,
    &hst_router_xrpl_paths,
    &hst_router_stellar_paths,
    &hst_router_uniswap_split,
    &hst_router_convex_split,
    &hst_router_pareto,
    &hst_router_beta_thompson,
    &hst_router_cascade_ucb,
    &hst_router_learned,
    &hst_router_learned_thompson,
    &hst_router_linucb,
    &hst_router_boosted,
    &hst_router_deep_q,
    &hst_router_oracle_mean,
    &hst_router_clairvoyant,
};

const hst_router_kind *const *hst_router_kinds(size_t *count)
{
    hst_assert(count != NULL);
    *count = sizeof kinds / sizeof kinds[0];
    return kinds;
}

const hst_router_kind *hst_router_find_kind(const char *name)
{
    hst_assert(name != NULL);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i]->name, name) == 0 || strcmp(kinds[i]->code, name) == 0) {
            return kinds[i];
        }
    }
    return NULL;
}
