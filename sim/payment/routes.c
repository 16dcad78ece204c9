#include "sim/payment/routes.h"

#include "core/base/assert.h"
#include "core/money/rate.h"
#include "core/routing/recost.h"
#include "core/routing/static_table.h"

#include "sim/base/purpose.h"

/* Every n-th plan is checked by the slow, independent function. */
enum { CHECK_EVERY = 64 };

enum { DAYS_PER_YEAR = 365 };

/* Advertised delays only break ties and feed routers that price time. */
static const int64_t advertised_book_ns = 60 * HST_SECOND_NS;

/* Institutions of the graph: home, out and in positions of each institution, then systems. */
static uint32_t out_of(const hst_routes *r, uint32_t institution)
{
    return r->institutions->count + institution;
}

static uint32_t into(const hst_routes *r, uint32_t institution)
{
    return 2 * r->institutions->count + institution;
}

static uint32_t system_of(const hst_routes *r, uint32_t system)
{
    return 3 * r->institutions->count + system;
}

static hst_status
node(hst_routes *r, uint32_t institution, uint16_t currency, bool forwards, uint32_t *id)
{
    const hst_status status =
        hst_graph_add_node(&r->graph,
                           (hst_graph_node){.institution = institution,
                                            .currency = currency,
                                            .flags = forwards ? HST_NODE_TRANSIT : 0},
                           id);
    return status == HST_EXISTS ? HST_OK : status;
}

static hst_status
edge(hst_routes *r, uint32_t from, uint32_t to, hst_leg leg, int64_t fixed, int64_t rate_ppb)
{
    static const hst_hop_kind kinds[] = {[HST_LEG_CONVERT] = HST_HOP_FX,
                                         [HST_LEG_TO_SERVICER] = HST_HOP_BOOK,
                                         [HST_LEG_TO_OWNER] = HST_HOP_BOOK,
                                         [HST_LEG_TO_SYSTEM] = HST_HOP_RTGS,
                                         [HST_LEG_FROM_SYSTEM] = HST_HOP_RTGS};
    uint32_t id = 0;
    HST_TRY(hst_graph_add_edge(&r->graph,
                               &(hst_graph_edge){.from = from,
                                                 .to = to,
                                                 .handle = leg.through,
                                                 .kind = kinds[leg.kind],
                                                 .fixed_micro_usd = fixed,
                                                 .rate_ppb = rate_ppb,
                                                 .delay_ns = advertised_book_ns,
                                                 .enabled = true},
                               &id));
    r->legs[id] = leg;
    return HST_OK;
}

/* A hub's own price for passing a payment on; others do not pass payments on. */
static void own_charge(const hst_routes *r, uint32_t institution, int64_t *fixed, int64_t *rate_ppb)
{
    const hst_scenario_charges *charges = &r->scenario->charges;
    const bool charges_for_passing = r->institutions->all[institution].is_hub;
    const double factor = charges_for_passing ? r->charge_factor[institution] : 0;
    *fixed = (int64_t)(factor * (double)charges->correspondent_fixed_micro_usd);
    *rate_ppb = (int64_t)(factor * (double)charges->correspondent_ppb);
}

static hst_status add_homes(hst_routes *r)
{
    for (uint32_t i = 0; i < r->institutions->count; i++) {
        const hst_institution *one = &r->institutions->all[i];
        const bool forwards = one->is_hub || one->kind == HST_INSTITUTION_TRANSFER_HUB;
        HST_TRY(node(r, i, one->currency, forwards, &r->home_nodes[i]));
    }
    return HST_OK;
}

static hst_status add_systems(hst_routes *r)
{
    const hst_atlas *atlas = r->institutions->atlas;
    for (uint32_t i = 0; i < r->institutions->count; i++) {
        const hst_institution *one = &r->institutions->all[i];
        if (!one->has_reserves) {
            continue;
        }
        const uint16_t system = atlas->countries[one->country].system;
        uint32_t id = 0;
        int64_t fixed = 0;
        int64_t rate_ppb = 0;
        HST_TRY(node(r, system_of(r, system), one->currency, true, &id));
        own_charge(r, i, &fixed, &rate_ppb);
        hst_leg leg = {.kind = HST_LEG_TO_SYSTEM,
                       .from = i,
                       .to = i,
                       .through = system,
                       .from_currency = one->currency,
                       .to_currency = one->currency};
        HST_TRY(edge(r, r->home_nodes[i], id, leg,
                     fixed + r->scenario->charges.rtgs_fixed_micro_usd, rate_ppb));
        leg.kind = HST_LEG_FROM_SYSTEM;
        HST_TRY(edge(r, id, r->home_nodes[i], leg, 0, 0));
    }
    return HST_OK;
}

/* Both ways through one account, with the conversions at its owner. */
static hst_status add_relation(hst_routes *r, uint32_t relation)
{
    const hst_relation *account = &r->institutions->relations[relation];
    const hst_institution *owner = &r->institutions->all[account->owner];
    const uint32_t servicer = r->home_nodes[account->servicer];
    uint32_t out = r->home_nodes[account->owner];
    uint32_t in = out;
    int64_t fixed = 0;
    int64_t rate_ppb = 0;
    if (account->currency != owner->currency) {
        const bool is_new = hst_graph_find_node(&r->graph, out_of(r, account->owner),
                                                account->currency) == HST_GRAPH_NONE;
        HST_TRY(node(r, out_of(r, account->owner), account->currency, true, &out));
        HST_TRY(node(r, into(r, account->owner), account->currency, true, &in));
        if (is_new) {
            const hst_leg sell = {.kind = HST_LEG_CONVERT,
                                  .from = account->owner,
                                  .to = account->owner,
                                  .from_currency = owner->currency,
                                  .to_currency = account->currency};
            const hst_leg buy = {.kind = HST_LEG_CONVERT,
                                 .from = account->owner,
                                 .to = account->owner,
                                 .from_currency = account->currency,
                                 .to_currency = owner->currency};
            HST_TRY(edge(r, r->home_nodes[account->owner], out, sell, 0, 0));
            HST_TRY(edge(r, in, r->home_nodes[account->owner], buy, 0, 0));
        }
    }
    hst_leg leg = {.kind = HST_LEG_TO_SERVICER,
                   .from = account->owner,
                   .to = account->servicer,
                   .through = relation,
                   .from_currency = account->currency,
                   .to_currency = account->currency};
    own_charge(r, account->owner, &fixed, &rate_ppb);
    HST_TRY(edge(r, out, servicer, leg, fixed, rate_ppb));
    leg.kind = HST_LEG_TO_OWNER;
    leg.from = account->servicer;
    leg.to = account->owner;
    own_charge(r, account->servicer, &fixed, &rate_ppb);
    return edge(r, servicer, in, leg, fixed, rate_ppb);
}

/* Standing settlement instructions: a bank pays a currency through its first correspondent. */
static hst_status add_instructions(hst_routes *r)
{
    for (uint32_t e = 0; e < r->graph.edge_count; e++) {
        const hst_leg *leg = &r->legs[e];
        if (leg->kind != HST_LEG_TO_SERVICER) {
            continue;
        }
        const uint32_t owner = leg->from;
        const uint32_t first = hst_institutions_nostro(r->institutions, owner, leg->from_currency);
        const uint32_t out = hst_graph_edge_at(&r->graph, e)->from;
        uint32_t chain[2] = {HST_GRAPH_NONE, e};
        if (first != leg->through || out == r->home_nodes[owner]) {
            continue;
        }
        const hst_graph_row row = hst_graph_in(&r->graph, out);
        for (uint32_t i = 0; i < row.count; i++) {
            chain[0] = row.arcs[i].edge;
        }
        hst_assert(chain[0] != HST_GRAPH_NONE);
        HST_TRY(hst_static_table_add(r->router, r->home_nodes[owner], HST_SSI_CURRENCY,
                                     leg->from_currency, chain, 2));
    }
    return HST_OK;
}

static const char *router_name(hst_scenario_router router)
{
    switch (router) {
    case HST_ROUTER_STATIC_TABLE: return "static-table";
    case HST_ROUTER_FEWEST_HOPS: return "fewest-hops";
    case HST_ROUTER_CHEAPEST_ADVERTISED: return "cheapest-advertised";
    }
    return "";
}

hst_status hst_routes_create(const hst_scenario *scenario,
                             const hst_institutions *institutions,
                             const hst_market *market,
                             const double *charge_factor,
                             hst_arena *arena,
                             hst_routes *routes)
{
    hst_assert(scenario != NULL && institutions != NULL);
    hst_assert(market != NULL && routes != NULL);
    const uint32_t relations = institutions->relation_count;
    const uint32_t node_max =
        institutions->count + institutions->atlas->system_count + 2 * relations;
    const uint32_t edge_max = 2 * institutions->count + 4 * relations;
    *routes = (hst_routes){.institutions = institutions,
                           .scenario = scenario,
                           .market = market,
                           .charge_factor = charge_factor,
                           .legs = HST_ARENA_NEW(arena, hst_leg, edge_max),
                           .home_nodes = HST_ARENA_NEW(arena, uint32_t, institutions->count),
                           .prefunding_ppb = (int64_t)(scenario->liquidity.prefunding *
                                                       (double)scenario->liquidity.annual_rate_ppb /
                                                       DAYS_PER_YEAR)};
    if (routes->legs == NULL || routes->home_nodes == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(hst_graph_init(&routes->graph, arena, node_max, edge_max));
    HST_TRY(add_homes(routes));
    HST_TRY(add_systems(routes));
    for (uint32_t i = 0; i < relations; i++) {
        HST_TRY(add_relation(routes, i));
    }
    HST_TRY(hst_graph_freeze(&routes->graph, arena));
    hst_routes_refresh(routes, 0);
    const hst_router_setup setup = {
        .graph = &routes->graph,
        .arena = arena,
        .random = hst_random_stream((uint64_t)scenario->seed, (uint32_t)scenario->replication, 0,
                                    HST_PURPOSE_ROUTING),
        .delay_price_micro_usd_per_s = scenario->routing.delay_price_micro_usd_per_hour / 3600,
        .table_entry_count_max = relations + 1};
    const hst_router_kind *kind = hst_router_find_kind(router_name(scenario->routing.router));
    hst_assert(kind != NULL);
    HST_TRY(hst_router_create(kind, &setup, &routes->router));
    return scenario->routing.router == HST_ROUTER_STATIC_TABLE ? add_instructions(routes) : HST_OK;
}

void hst_routes_refresh(hst_routes *routes, int64_t time_ns)
{
    for (uint32_t e = 0; e < routes->graph.edge_count; e++) {
        const hst_leg *leg = &routes->legs[e];
        if (leg->kind != HST_LEG_CONVERT) {
            continue;
        }
        const int64_t half_spread_ppb =
            hst_market_half_spread_ppb(routes->market, leg->from_currency, leg->to_currency,
                                       HST_MARKET_TIER_CORPORATE, time_ns);
        const hst_status status = hst_graph_set_charge(&routes->graph, e, 0, half_spread_ppb);
        hst_assert(status == HST_OK);
    }
}

hst_status hst_routes_plan(hst_routes *routes,
                           const hst_instruction *one,
                           int64_t time_ns,
                           uint32_t *edges,
                           uint8_t *edge_count,
                           int64_t *advertised_micro_usd)
{
    const hst_route_query query = {.source = routes->home_nodes[one->debtor_agent],
                                   .target = routes->home_nodes[one->creditor_agent],
                                   .amount_micro_usd = one->amount_micro_usd,
                                   .time_ns = time_ns,
                                   .payment = one->number};
    hst_route_plan plan;
    HST_TRY(hst_router_route(routes->router, &query, &plan));
    if (one->number % CHECK_EVERY == 0) {
        routes->checks++;
        if (hst_plan_check(&routes->graph, &query, &plan) != HST_PLAN_SOUND) {
            routes->failures++;
        }
    }
    for (uint32_t i = 0; i < plan.hop_count; i++) {
        edges[i] = plan.edges[i];
    }
    *edge_count = (uint8_t)plan.hop_count;
    *advertised_micro_usd = plan.cost_micro_usd;
    return HST_OK;
}

int64_t
hst_routes_charge_micro_usd(const hst_routes *routes, uint32_t edge, int64_t amount_micro_usd)
{
    return hst_graph_edge_cost_micro_usd(hst_graph_edge_at(&routes->graph, edge), amount_micro_usd);
}

int64_t hst_routes_prefunding_micro_usd(const hst_routes *routes, int64_t amount_micro_usd)
{
    return hst_share_ppb_half_even(amount_micro_usd, routes->prefunding_ppb);
}
