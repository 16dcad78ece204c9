#include "core/routing/cheapest_advertised.h"

#include "core/routing/plan_search.h"

#include <string.h>

/** Entries looked through for one query: room for the paths that take turns within a binary order
 * of magnitude. */
enum { WAYS = 4 };

/** A path and the amounts it is proven best for. */
typedef struct cache_entry {
    uint64_t version;                      /**< of the graph it was found in; 0 = empty */
    uint32_t source;                       /**< node */
    uint32_t target;                       /**< node */
    int64_t low_micro_usd;                 /**< found best here */
    int64_t high_micro_usd;                /**< and here */
    int64_t high_floor_micro_usd;          /**< limit floor of the search at high */
    int64_t fixed_micro_usd;               /**< cost line: sum of the fixed charges */
    int64_t rate_ppb;                      /**< cost line: sum of the rates */
    int64_t delay_ns;                      /**< sum of the delays */
    uint32_t edges[HST_HOP_LIMIT_DEFAULT]; /**< the path; longer ones are not kept */
    uint32_t hop_count;                    /**< its hops */
    uint32_t fx_hops;                      /**< its currency changes */
    uint8_t padding[128 - 104];            /**< two cache lines */
} cache_entry;

_Static_assert(sizeof(cache_entry) == 128, "an entry is two cache lines");

/** The router. */
typedef struct cheapest_advertised {
    hst_router base;
    hst_search search;
    hst_plan_search how;
    cache_entry *cache;
    uint64_t set_mask; /* number of sets of WAYS entries, less one */
    hst_plan_cache_count count;
} cheapest_advertised;

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    const uint32_t wanted = setup->cache_entry_count > 0 ? setup->cache_entry_count
                                                         : HST_PLAN_CACHE_ENTRY_COUNT_DEFAULT;
    uint64_t sets = 1;
    while (sets * WAYS < wanted) {
        sets *= 2;
    }
    cheapest_advertised *self = HST_ARENA_NEW(setup->arena, cheapest_advertised, 1);
    cache_entry *cache = HST_ARENA_NEW(setup->arena, cache_entry, sets * WAYS);
    if (self == NULL || cache == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(hst_search_init(&self->search, setup->arena, setup->graph));
    self->base.kind = &hst_router_cheapest_advertised;
    self->base.graph = setup->graph;
    self->how.order = HST_ORDER_CHEAPEST;
    self->how.delay_price_micro_usd_per_s = setup->delay_price_micro_usd_per_s;
    self->cache = cache;
    self->set_mask = sets - 1;
    *router = &self->base;
    return HST_OK;
}

/** The WAYS entries where plans for these ends and this order of magnitude live. */
static cache_entry *set_of(cheapest_advertised *self, const hst_route_query *query)
{
    const uint64_t amount = (uint64_t)query->amount_micro_usd;
    const uint64_t magnitude = amount == 0 ? 0 : 64 - (uint64_t)__builtin_clzll(amount);
    const uint64_t ends = (uint64_t)query->source << 32 | query->target;
    const uint64_t mixed = (ends * UINT64_C(0x9e3779b97f4a7c15)) ^ (magnitude << 56);
    return &self->cache[(((mixed * UINT64_C(0xbf58476d1ce4e5b9)) >> 32) & self->set_mask) * WAYS];
}

static bool
entry_valid(const cheapest_advertised *self, const cache_entry *entry, const hst_route_query *query)
{
    return entry->version == self->base.graph->version && entry->source == query->source &&
           entry->target == query->target;
}

static void entry_fill(const cheapest_advertised *self,
                       cache_entry *entry,
                       const hst_route_query *query,
                       const hst_route_plan *plan)
{
    memset(entry, 0, sizeof *entry);
    entry->version = self->base.graph->version;
    entry->source = query->source;
    entry->target = query->target;
    memcpy(entry->edges, plan->edges, plan->hop_count * sizeof entry->edges[0]);
    entry->hop_count = plan->hop_count;
    entry->fx_hops = plan->fx_hops;
    entry->delay_ns = plan->delay_ns;
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        const hst_graph_edge *edge = hst_graph_edge_at(self->base.graph, plan->edges[i]);
        entry->fixed_micro_usd += edge->fixed_micro_usd;
        entry->rate_ppb += edge->rate_ppb;
    }
}

static void plan_from_entry(const cache_entry *entry, int64_t amount, hst_route_plan *plan)
{
    const hst_weight proportional = (hst_weight)(uint64_t)amount * (uint64_t)entry->rate_ppb;
    memset(plan->edges, 0, sizeof plan->edges);
    memcpy(plan->edges, entry->edges, sizeof entry->edges);
    plan->hop_count = entry->hop_count;
    plan->fx_hops = entry->fx_hops;
    plan->delay_ns = entry->delay_ns;
    plan->cost_micro_usd = entry->fixed_micro_usd + (int64_t)(proportional / HST_FEMTO_PER_MICRO);
}

/** Is `amount` an end that makes the entry's interval wider, by the rule in the header? */
static bool widens(const cache_entry *entry,
                   const hst_route_plan *plan,
                   int64_t amount_micro_usd,
                   int64_t floor_micro_usd)
{
    if (plan->hop_count != entry->hop_count ||
        memcmp(plan->edges, entry->edges, entry->hop_count * sizeof entry->edges[0]) != 0) {
        return false;
    }
    return amount_micro_usd > entry->high_micro_usd
               ? floor_micro_usd < entry->low_micro_usd
               : entry->high_floor_micro_usd < amount_micro_usd;
}

/** Put the answer of a search where the next amounts find it: into the interval of the same path,
 * or else into an entry of its own. */
static void remember(cheapest_advertised *self,
                     cache_entry *set,
                     const hst_route_query *query,
                     const hst_route_plan *plan,
                     int64_t floor_micro_usd)
{
    const int64_t amount = query->amount_micro_usd;
    cache_entry *victim = &set[self->count.misses % WAYS];
    for (unsigned way = 0; way < WAYS; way++) {
        cache_entry *entry = &set[way];
        if (entry->version != self->base.graph->version) {
            victim = entry;
            continue;
        }
        if (!entry_valid(self, entry, query) || !widens(entry, plan, amount, floor_micro_usd)) {
            continue;
        }
        self->count.widened++;
        if (amount > entry->high_micro_usd) {
            entry->high_micro_usd = amount;
            entry->high_floor_micro_usd = floor_micro_usd;
        } else {
            entry->low_micro_usd = amount;
        }
        hst_assert(entry->low_micro_usd < entry->high_micro_usd);
        hst_assert(entry->high_floor_micro_usd < entry->low_micro_usd);
        return;
    }
    self->count.replaced += victim->version == self->base.graph->version;
    entry_fill(self, victim, query, plan);
    victim->low_micro_usd = amount;
    victim->high_micro_usd = amount;
    victim->high_floor_micro_usd = floor_micro_usd;
}

/** The entry that answers a query, or NULL. */
static const cache_entry *
find(const cheapest_advertised *self, const cache_entry *set, const hst_route_query *query)
{
    const int64_t amount = query->amount_micro_usd;
    for (unsigned way = 0; way < WAYS; way++) {
        if (entry_valid(self, &set[way], query) && amount >= set[way].low_micro_usd &&
            amount <= set[way].high_micro_usd) {
            return &set[way];
        }
    }
    return NULL;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    cheapest_advertised *self = (cheapest_advertised *)router;
    const int64_t amount = query->amount_micro_usd;
    cache_entry *set = query->excluded_count == 0 ? set_of(self, query) : NULL;
    const cache_entry *entry = set != NULL ? find(self, set, query) : NULL;
    if (entry != NULL) {
        self->count.hits++;
        plan_from_entry(entry, amount, plan);
        return HST_OK;
    }
    int64_t floor_micro_usd = -1;
    self->count.misses++;
    HST_TRY(hst_plan_search_run(&self->how, &self->search, query, plan, &floor_micro_usd));
    hst_assert(floor_micro_usd < amount);
    if (set != NULL && plan->hop_count <= HST_HOP_LIMIT_DEFAULT) {
        remember(self, set, query, plan, floor_micro_usd);
    }
    return HST_OK;
}

hst_plan_cache_count hst_cheapest_advertised_cache_count(const hst_router *router)
{
    hst_assert(router != NULL);
    hst_assert(router->kind == &hst_router_cheapest_advertised);
    return ((const cheapest_advertised *)router)->count;
}

const hst_router_kind hst_router_cheapest_advertised = {
    .name = "cheapest-advertised",
    .code = "R3",
    .summary = "lowest advertised all-in cost, exact, with an exact plan cache",
    .information = "advertised",
    .create = create,
    .route = route,
};
