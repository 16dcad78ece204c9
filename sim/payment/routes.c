#include "sim/payment/routes.h"

#include "core/base/assert.h"
#include "core/money/rate.h"
#include "core/routing/recost.h"
#include "core/routing/static_table.h"

#include "sim/base/purpose.h"
#include "sim/payment/facts.h"

/* Every n-th plan is checked by the slow, independent function. */
enum { CHECK_EVERY = 64 };

enum { DAYS_PER_YEAR = 365 };

/* Advertised delays only break ties and feed routers that price time. */
static const int64_t advertised_book_ns = 60 * HST_SECOND_NS;

/* Institutions of the graph: ours, then the systems. */
static uint32_t system_of(const hst_routes *r, uint32_t system)
{
    return r->institutions->count + system;
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

static hst_status edge(hst_routes *r,
                       uint32_t from,
                       uint32_t to,
                       hst_hop_kind kind,
                       const hst_leg *legs,
                       uint8_t count)
{
    uint32_t id = 0;
    hst_graph_edge e = {.from = from,
                        .to = to,
                        .handle = legs[count - 1].through,
                        .kind = kind,
                        .delay_ns = advertised_book_ns,
                        .enabled = true};
    for (uint8_t i = 0; i < count; i++) {
        e.fixed_micro_usd += legs[i].fixed_micro_usd;
        e.rate_ppb += legs[i].rate_ppb;
    }
    HST_TRY(hst_graph_add_edge(&r->graph, &e, &id));
    r->leg_counts[id] = count;
    for (uint8_t i = 0; i < count; i++) {
        r->legs[2 * id + i] = legs[i];
    }
    return HST_OK;
}

/* A hub's own price for passing a payment on; others do not pass payments on. */
static void set_own_charge(const hst_routes *r, hst_leg *leg)
{
    const hst_scenario_charges *charges = &r->scenario->charges;
    const bool passes = r->institutions->all[leg->from].is_hub;
    const double factor = passes ? r->charge_factor[leg->from] : 0;
    leg->fixed_micro_usd = (int64_t)(factor * (double)charges->correspondent_fixed_micro_usd);
    leg->rate_ppb = (int64_t)(factor * (double)charges->correspondent_ppb);
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
        HST_TRY(node(r, system_of(r, system), one->currency, true, &id));
        hst_leg leg = {.kind = HST_LEG_TO_SYSTEM,
                       .from = i,
                       .to = i,
                       .through = system,
                       .from_currency = one->currency,
                       .to_currency = one->currency};
        set_own_charge(r, &leg);
        leg.fixed_micro_usd += r->scenario->charges.rtgs_fixed_micro_usd;
        HST_TRY(edge(r, r->home_nodes[i], id, HST_HOP_RTGS, &leg, 1));
        leg.kind = HST_LEG_FROM_SYSTEM;
        leg.fixed_micro_usd = 0;
        leg.rate_ppb = 0;
        HST_TRY(edge(r, id, r->home_nodes[i], HST_HOP_RTGS, &leg, 1));
    }
    return HST_OK;
}

/* Both ways through one account, with the conversions at its owner. */
static hst_status add_relation(hst_routes *r, uint32_t relation)
{
    const hst_relation *account = &r->institutions->relations[relation];
    const hst_institution *owner = &r->institutions->all[account->owner];
    const uint32_t owner_node = r->home_nodes[account->owner];
    const uint32_t servicer_node = r->home_nodes[account->servicer];
    const bool foreign = account->currency != owner->currency;
    const hst_hop_kind kind = foreign ? HST_HOP_FX : HST_HOP_BOOK;
    hst_leg pay_out = {.kind = HST_LEG_TO_SERVICER,
                       .from = account->owner,
                       .to = account->servicer,
                       .through = relation,
                       .from_currency = account->currency,
                       .to_currency = account->currency};
    hst_leg pay_in = pay_out;
    pay_in.kind = HST_LEG_TO_OWNER;
    pay_in.from = account->servicer;
    pay_in.to = account->owner;
    set_own_charge(r, &pay_out);
    set_own_charge(r, &pay_in);
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
    const hst_leg out[2] = {foreign ? sell : pay_out, pay_out};
    const hst_leg in[2] = {pay_in, buy};
    HST_TRY(edge(r, owner_node, servicer_node, kind, out, foreign ? 2 : 1));
    return edge(r, servicer_node, owner_node, kind, in, foreign ? 2 : 1);
}

/* Standing settlement instructions: a bank pays a currency through its first correspondent. */
static hst_status add_instructions(hst_routes *r)
{
    for (uint32_t e = 0; e < r->graph.edge_count; e++) {
        const hst_leg *leg = &r->legs[2 * e + r->leg_counts[e] - 1U];
        if (leg->kind == HST_LEG_TO_SERVICER && r->leg_counts[e] == 2 &&
            hst_institutions_nostro(r->institutions, leg->from, leg->from_currency) ==
                leg->through) {
            HST_TRY(hst_static_table_add(r->router, r->home_nodes[leg->from], HST_SSI_CURRENCY,
                                         leg->from_currency, &e, 1));
        }
    }
    return HST_OK;
}

static const char *const router_kinds[HST_ROUTER_COUNT] = {
#define X(name, word, kind) (kind),
    HST_SCENARIO_ROUTER_MAP(X)
#undef X
};

/* Published hours of whoever works on the hop's last leg. */
static int64_t opens_in_ns(void *context, uint32_t edge, int64_t time_ns)
{
    const hst_routes *r = context;
    const hst_leg *leg = &r->legs[2 * edge + r->leg_counts[edge] - 1U];
    const hst_atlas *atlas = r->institutions->atlas;
    uint32_t system = leg->through;
    if (leg->kind == HST_LEG_FROM_SYSTEM || leg->kind == HST_LEG_CONVERT) {
        return 0;
    }
    if (leg->kind != HST_LEG_TO_SYSTEM) {
        const uint32_t worker = leg->kind == HST_LEG_TO_SERVICER ? leg->to : leg->from;
        if (r->institutions->all[worker].kind != HST_INSTITUTION_BANK) {
            return 0;
        }
        system = atlas->currency_system[leg->from_currency];
    }
    const int64_t open_ns = hst_hours_next_open(&atlas->systems[system].hours, time_ns, true);
    return open_ns == HST_NO_OPENING_NS || open_ns < time_ns ? 0 : open_ns - time_ns;
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
    const uint32_t node_max = institutions->count + institutions->atlas->system_count;
    const uint32_t edge_max = 2 * institutions->count + 2 * relations;
    *routes = (hst_routes){.institutions = institutions,
                           .scenario = scenario,
                           .market = market,
                           .charge_factor = charge_factor,
                           .legs = HST_ARENA_NEW(arena, hst_leg, 2 * (size_t)edge_max),
                           .leg_counts = HST_ARENA_NEW(arena, uint8_t, edge_max),
                           .home_nodes = HST_ARENA_NEW(arena, uint32_t, institutions->count),
                           .prefunding_ppb = (int64_t)(scenario->liquidity.prefunding *
                                                       (double)scenario->liquidity.annual_rate_ppb /
                                                       DAYS_PER_YEAR)};
    if (routes->legs == NULL || routes->leg_counts == NULL || routes->home_nodes == NULL) {
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
    routes->view = (hst_route_view){.context = routes, .opens_in_ns = opens_in_ns};
    HST_TRY(hst_facts_create(routes, arena, &routes->view.facts));
    const hst_router_setup setup = {
        .graph = &routes->graph,
        .arena = arena,
        .random = hst_random_stream((uint64_t)scenario->seed, (uint32_t)scenario->replication, 0,
                                    HST_PURPOSE_ROUTING),
        .delay_price_micro_usd_per_s = scenario->routing.delay_price_micro_usd_per_hour / 3600,
        .prices = {.delay_micro_usd_per_hour = scenario->routing.delay_price_micro_usd_per_hour,
                   .failure_ppb = scenario->routing.failure_price_ppb},
        .view = &routes->view,
        .table_entry_count_max = relations + 1};
    const hst_router_kind *kind = hst_router_find_kind(router_kinds[scenario->routing.router]);
    hst_assert(kind != NULL);
    HST_TRY(hst_router_create(kind, &setup, &routes->router));
    return scenario->routing.router == HST_ROUTER_STATIC_TABLE ? add_instructions(routes) : HST_OK;
}

static int64_t quoted_ppb(const hst_routes *routes, const hst_leg *leg, int64_t time_ns)
{
    const hst_market_tier tier = HST_MARKET_TIER_CORPORATE;
    return routes->dealers != NULL
               ? hst_dealers_half_spread_ppb(routes->dealers, leg->from_currency, leg->to_currency,
                                             tier, time_ns)
               : hst_market_half_spread_ppb(routes->market, leg->from_currency, leg->to_currency,
                                            tier, time_ns);
}

void hst_routes_refresh(hst_routes *routes, int64_t time_ns)
{
    for (uint32_t e = 0; e < routes->graph.edge_count; e++) {
        int64_t fixed = 0;
        int64_t rate_ppb = 0;
        if (routes->leg_counts[e] < 2) {
            continue; /* no conversion: its price stands */
        }
        for (uint32_t i = 0; i < 2; i++) {
            const hst_leg *leg = &routes->legs[2 * e + i];
            fixed += leg->fixed_micro_usd;
            rate_ppb += leg->rate_ppb;
            if (leg->kind == HST_LEG_CONVERT) {
                rate_ppb += quoted_ppb(routes, leg, time_ns);
            }
        }
        const hst_status status = hst_graph_set_charge(&routes->graph, e, fixed, rate_ppb);
        hst_assert(status == HST_OK);
    }
}

hst_status hst_routes_plan(hst_routes *routes,
                           const hst_instruction *one,
                           int64_t time_ns,
                           uint32_t *legs,
                           uint8_t *leg_count,
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
    uint32_t count = 0;
    uint32_t conversions = 0;
    for (uint32_t i = 0; i < plan.hop_count; i++) {
        for (uint32_t k = 0; k < routes->leg_counts[plan.edges[i]]; k++) {
            const uint32_t leg = 2 * plan.edges[i] + k;
            conversions += routes->legs[leg].kind == HST_LEG_CONVERT ? 1 : 0;
            if (count == HST_LEG_MAX || conversions > HST_CONVERSION_MAX) {
                return HST_NO_PATH;
            }
            legs[count++] = leg;
        }
    }
    *leg_count = (uint8_t)count;
    *advertised_micro_usd = plan.cost_micro_usd;
    return HST_OK;
}

int64_t hst_leg_charge_micro_usd(const hst_leg *leg, int64_t amount_micro_usd)
{
    return leg->fixed_micro_usd + hst_share_ppb_floor(amount_micro_usd, leg->rate_ppb);
}

int64_t hst_routes_prefunding_micro_usd(const hst_routes *routes, int64_t amount_micro_usd)
{
    return hst_share_ppb_half_even(amount_micro_usd, routes->prefunding_ppb);
}
