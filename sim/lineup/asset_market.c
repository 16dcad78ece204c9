#include "sim/lineup/asset_market.h"

#include "core/base/real.h"

#include "sim/base/purpose.h"

#include <math.h>

#define MICRO    1e6
#define DELAY_NS 5e9

enum {
    BOOKED_MAJORS = 6,
    MID_MOVES = 8,
    TAKERS = 4,
    REFILL_SHARE = 20,
    KEPT_SHARE = 10,
    FIXED_MICRO_USD = 50000,
    DRAWS_A_HOP = 64
};

/** Whole units of a node's asset that a value buys at mid. */
static int64_t units_of(const hst_asset_market *market, uint32_t node, int64_t micro_usd)
{
    return (int64_t)((double)micro_usd / market->prices[node]);
}

static int64_t value_of(const hst_asset_market *market, uint32_t node, int64_t units)
{
    return (int64_t)((double)units * market->prices[node]);
}

static void prices_of(const hst_asset_market *market, const hst_venue *venue, double prices[2])
{
    prices[0] = market->prices[venue->ends[0]];
    prices[1] = market->prices[venue->ends[1]];
}

static unsigned side_of(const hst_venue *venue, uint32_t edge)
{
    return venue->edges[1] == edge ? 1 : 0;
}

/** Publish a venue's marginal charges and what it takes. */
static void publish(hst_lineup_world *world, const hst_venue *venue)
{
    double prices[2];
    prices_of(world->market, venue, prices);
    for (unsigned side = 0; side < 2; side++) {
        const uint32_t edge = venue->edges[side];
        double charge = 0;
        if (venue->is_pool) {
            charge = ceil((1 - hst_pool_rate(&venue->pool, side, prices)) * 1e9);
        } else {
            const hst_offers *offers = &venue->sides[side];
            const int64_t depth = hst_offers_depth(offers);
            unsigned first = 0;
            while (first + 1 < HST_OFFER_COUNT && offers->left[first] == 0) {
                first++;
            }
            charge = (double)offers->charge_ppb[first];
            hst_graph_set_enabled(&world->graph, edge, depth > 0);
            hst_ignore(hst_graph_set_limit(&world->graph, edge, depth));
        }
        charge = charge < 0 ? 0 : charge > 1e9 ? 1e9 : charge;
        hst_ignore(hst_graph_set_charge(&world->graph, edge, FIXED_MICRO_USD, (int64_t)charge));
    }
}

/** Have a venue looked at before the next payment. */
static void wait_for(hst_asset_market *market, hst_venue *venue)
{
    if (!venue->waiting) {
        venue->waiting = true;
        market->waiting[market->waiting_count++] = (uint32_t)(venue - market->venues);
    }
}

/** What arrives without the fixed charge, or -1. */
static int64_t gross(const hst_lineup_world *world, uint32_t edge, int64_t amount)
{
    const hst_asset_market *market = world->market;
    const hst_venue *venue = &market->venues[market->venue_of[edge]];
    const unsigned side = side_of(venue, edge);
    if (!venue->is_pool) {
        return hst_offers_quote(&venue->sides[side], amount);
    }
    const int64_t units = units_of(market, venue->ends[side], amount);
    return value_of(market, venue->ends[1 - side], hst_pool_quote(&venue->pool, side, units));
}

static int64_t net(int64_t arriving)
{
    return arriving < 0 ? -1 : arriving > FIXED_MICRO_USD ? arriving - FIXED_MICRO_USD : 0;
}

int64_t hst_asset_market_delivers(void *world, uint32_t edge, int64_t amount_micro_usd)
{
    return net(gross(world, edge, amount_micro_usd));
}

/** An amount goes through a hop: the venue moves; what arrives. */
static int64_t settle(hst_lineup_world *world, uint32_t edge, int64_t amount_micro_usd)
{
    hst_asset_market *market = world->market;
    hst_venue *venue = &market->venues[market->venue_of[edge]];
    const unsigned side = side_of(venue, edge);
    const int64_t arriving = gross(world, edge, amount_micro_usd);
    hst_assert(arriving >= 0);
    if (venue->is_pool) {
        const int64_t units = units_of(market, venue->ends[side], amount_micro_usd);
        (void)hst_pool_swap(&venue->pool, side, units);
    } else {
        (void)hst_offers_take(&venue->sides[side], amount_micro_usd);
    }
    wait_for(market, venue);
    publish(world, venue);
    return net(arriving);
}

int64_t hst_asset_market_carry(hst_lineup_world *world,
                               const hst_route_plan *plan,
                               int64_t amount_micro_usd)
{
    int64_t arriving = amount_micro_usd;
    for (uint32_t i = 0; i < plan->hop_count && arriving >= 0; i++) {
        arriving = hst_asset_market_delivers(world, plan->edges[i], arriving);
    }
    if (arriving < 0) {
        return -1;
    }
    arriving = amount_micro_usd;
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        arriving = settle(world, plan->edges[i], arriving);
    }
    return amount_micro_usd - arriving;
}

void hst_asset_market_expected(hst_lineup_world *world,
                               const hst_route_query *query,
                               uint32_t edge,
                               hst_hop_truth *truth)
{
    const hst_asset_market *market = world->market;
    const int64_t arrives = hst_asset_market_delivers(world, edge, query->amount_micro_usd);
    const int64_t told =
        hst_graph_edge_cost_micro_usd(&world->graph.edges[edge], query->amount_micro_usd);
    const int64_t extra = query->amount_micro_usd - arrives - told;
    truth->success = arrives < 0 ? 0 : market->venues[market->venue_of[edge]].chance;
    truth->delay_ns = DELAY_NS * 1.1331484530668263 /* exp(1/8) */;
    truth->extra_micro_usd = extra > 0 ? (double)extra : 0;
}

void hst_asset_market_drawn(hst_lineup_world *world,
                            const hst_route_query *query,
                            uint32_t edge,
                            hst_hop_truth *truth)
{
    hst_random luck = hst_random_stream(world->seed, 0, query->payment, HST_PURPOSE_PROCESSING);
    luck.counter += edge * (uint64_t)DRAWS_A_HOP;
    hst_asset_market_expected(world, query, edge, truth);
    truth->success = hst_random_uniform(&luck) < truth->success ? 1 : 0;
    truth->delay_ns = DELAY_NS * hst_exp(0.5 * hst_random_normal(&luck));
}

/** Somebody else trades up to a fiftieth of what a venue holds. */
static void take(hst_lineup_world *world, hst_venue *venue, unsigned side, double share)
{
    if (venue->is_pool) {
        const double units = (double)venue->pool.reserves[side] * share;
        (void)hst_pool_swap(&venue->pool, side, (int64_t)units);
    } else {
        const double amount = (double)hst_offers_depth(&venue->sides[side]) * 10 * share;
        (void)hst_offers_take(&venue->sides[side], (int64_t)amount);
    }
    wait_for(world->market, venue);
}

/** All venues of an asset quote around a new mid. */
static void move_mid(hst_lineup_world *world, uint32_t node, double step)
{
    hst_asset_market *market = world->market;
    const hst_graph_row row = hst_graph_out(&world->graph, node);
    market->prices[node] *= hst_exp(step);
    for (uint32_t i = 0; i < row.count; i++) {
        wait_for(market, &market->venues[market->venue_of[row.arcs[i].edge]]);
    }
}

/** Arbitrageurs and makers at all venues that moved. */
static void settle_down(hst_lineup_world *world)
{
    hst_asset_market *market = world->market;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < market->waiting_count; i++) {
        hst_venue *venue = &market->venues[market->waiting[i]];
        bool done = true;
        if (venue->is_pool) {
            double prices[2];
            prices_of(market, venue, prices);
            hst_pool_arbitrage(&venue->pool, prices);
        } else {
            const bool first = hst_offers_refill(&venue->sides[0], REFILL_SHARE);
            done = hst_offers_refill(&venue->sides[1], REFILL_SHARE) && first;
        }
        venue->waiting = !done;
        if (!done) {
            market->waiting[kept++] = market->waiting[i];
        }
        publish(world, venue);
    }
    market->waiting_count = kept;
}

/** Half-way some venues lose most of what they hold. */
static void thin_out(hst_lineup_world *world)
{
    hst_asset_market *market = world->market;
    for (uint32_t v = 0; v < market->venue_count; v++) {
        hst_venue *venue = &market->venues[v];
        for (unsigned side = 0; side < 2 && venue->breaks; side++) {
            venue->pool.reserves[side] = venue->pool.reserves[side] / KEPT_SHARE + 1;
            for (unsigned i = 0; i < HST_OFFER_COUNT; i++) {
                venue->sides[side].full[i] = venue->sides[side].full[i] / KEPT_SHARE + 1;
            }
            wait_for(market, venue);
        }
    }
}

/** What happens before payment `number`. */
static void move(hst_lineup_world *world, uint32_t number)
{
    hst_asset_market *market = world->market;
    hst_random random = hst_random_stream(world->seed, 1, number, HST_PURPOSE_LIQUIDITY);
    for (unsigned i = 0; i < MID_MOVES; i++) {
        const uint32_t node = (uint32_t)hst_random_below(&random, world->graph.node_count);
        move_mid(world, node, 0.005 * hst_random_normal(&random));
    }
    for (unsigned i = 0; i < TAKERS; i++) {
        const uint32_t at = (uint32_t)hst_random_below(&random, market->venue_count);
        const unsigned side = (unsigned)hst_random_below(&random, 2);
        take(world, &market->venues[at], side, 0.02 * hst_random_uniform(&random));
    }
    if (number == world->recipe.payments / 2) {
        thin_out(world);
    }
    settle_down(world);
}

/** An asset: a major in half of all cases. */
static uint32_t draw_asset(const hst_lineup_recipe *recipe, hst_random *random)
{
    const bool major = hst_random_below(random, 2) == 0;
    return (uint32_t)hst_random_below(random, major ? recipe->hubs : recipe->assets);
}

void hst_asset_market_payment(hst_lineup_world *world, uint32_t number, hst_route_query *query)
{
    const hst_lineup_recipe *recipe = &world->recipe;
    hst_random random = hst_random_stream(world->seed, 0, number, HST_PURPOSE_PARTIES);
    for (; world->market->moved <= number; world->market->moved++) {
        move(world, world->market->moved);
    }
    const uint32_t source = draw_asset(recipe, &random);
    uint32_t target = draw_asset(recipe, &random);
    while (target == source) {
        target = draw_asset(recipe, &random);
    }
    const double dollars = hst_exp(8.517193191416238 + 1.6 * hst_random_normal(&random));
    *query = (hst_route_query){.source = source,
                               .target = target,
                               .amount_micro_usd = (int64_t)(dollars * MICRO) + 1,
                               .time_ns = (int64_t)number * recipe->spacing_ns,
                               .payment = number};
}

static void fill_book(hst_venue *venue, bool majors, hst_random *random)
{
    const double first = (majors ? 2 : 10) * (1 + 4 * hst_random_uniform(random)) * 1e5;
    const double together =
        hst_exp((majors ? 14.508657738524219 : 12.206072645530174) + hst_random_normal(random));
    for (unsigned side = 0; side < 2; side++) {
        for (unsigned i = 0; i < HST_OFFER_COUNT; i++) {
            hst_offers *offers = &venue->sides[side];
            offers->charge_ppb[i] = (int64_t)(first * (i + 1));
            offers->full[i] = (int64_t)(together * MICRO / HST_OFFER_COUNT) + 1;
            offers->left[i] = offers->full[i];
        }
    }
}

static void fill_pool(hst_lineup_world *world, hst_venue *venue, bool majors, hst_random *random)
{
    const double dollars = majors ? hst_exp(16.811242831518264 + hst_random_normal(random))
                                  : hst_exp(14.508657738524219 + 1.2 * hst_random_normal(random));
    venue->pool.fee_ppm = majors ? 500 : 3000;
    for (unsigned side = 0; side < 2; side++) {
        const double price = world->market->prices[venue->ends[side]];
        venue->pool.reserves[side] = (int64_t)(dollars * MICRO / price) + 1;
    }
}

static hst_status
add_venue(hst_lineup_world *world, uint32_t a, uint32_t b, bool is_pool, hst_random *random)
{
    hst_asset_market *market = world->market;
    hst_venue *venue = &market->venues[market->venue_count];
    const bool majors = a < world->recipe.hubs && b < world->recipe.hubs;
    *venue = (hst_venue){.is_pool = is_pool, .ends = {a, b}};
    venue->chance = 1 - 0.01 * hst_random_uniform(random);
    venue->breaks = hst_random_below(random, 1000) < world->recipe.broken_per_mill;
    venue->pool.reserves[0] = 1;
    venue->pool.reserves[1] = 1;
    if (is_pool) {
        fill_pool(world, venue, majors, random);
    } else {
        fill_book(venue, majors, random);
    }
    const int64_t holds = is_pool ? value_of(market, a, venue->pool.reserves[0]) / 10
                                  : hst_offers_depth(&venue->sides[0]);
    for (unsigned side = 0; side < 2; side++) {
        const hst_graph_edge edge = {.from = venue->ends[side],
                                     .to = venue->ends[1 - side],
                                     .handle = market->venue_count,
                                     .kind = HST_HOP_FX,
                                     .fixed_micro_usd = FIXED_MICRO_USD,
                                     .delay_ns = (int64_t)DELAY_NS,
                                     .enabled = true};
        HST_TRY(hst_graph_add_edge(&world->graph, &edge, &venue->edges[side]));
        market->venue_of[venue->edges[side]] = market->venue_count;
        world->facts[venue->edges[side]] =
            (hst_hop_facts){.reliability = (float)(100 * (venue->chance - 0.99)),
                            .instant = 1,
                            .usual_limit_micro_usd = holds};
    }
    market->venue_count++;
    return HST_OK;
}

/** A major; the k-th with weight 1/k. */
static uint32_t draw_major(uint32_t majors, hst_random *random)
{
    double all = 0;
    for (uint32_t k = 1; k <= majors; k++) {
        all += 1.0 / k;
    }
    double left = all * hst_random_uniform(random);
    for (uint32_t k = 1; k < majors; k++) {
        left -= 1.0 / k;
        if (left < 0) {
            return k - 1;
        }
    }
    return majors - 1;
}

static hst_status add_venues(hst_lineup_world *world, hst_random *random)
{
    const hst_lineup_recipe *recipe = &world->recipe;
    for (uint32_t a = 0; a < recipe->hubs; a++) {
        for (uint32_t b = a + 1; b < recipe->hubs; b++) {
            HST_TRY(add_venue(world, a, b, true, random));
            if (b < BOOKED_MAJORS) {
                HST_TRY(add_venue(world, a, b, false, random));
            }
        }
    }
    for (uint32_t asset = recipe->hubs; asset < recipe->assets; asset++) {
        const bool is_pool = hst_random_below(random, 10) < 6;
        HST_TRY(add_venue(world, asset, draw_major(recipe->hubs, random), is_pool, random));
    }
    while (world->market->venue_count < recipe->venues) {
        const uint32_t spare = recipe->assets - recipe->hubs;
        const uint32_t asset = recipe->hubs + (uint32_t)hst_random_below(random, spare);
        const bool is_pool = hst_random_below(random, 10) < 6;
        HST_TRY(add_venue(world, asset, draw_major(recipe->hubs, random), is_pool, random));
    }
    return HST_OK;
}

static hst_status add_assets(hst_lineup_world *world, hst_random *random)
{
    for (uint32_t i = 0; i < world->recipe.assets; i++) {
        uint32_t id = 0;
        const hst_graph_node node = {0, (uint16_t)i, HST_NODE_TRANSIT};
        HST_TRY(hst_graph_add_node(&world->graph, node, &id));
        world->market->prices[i] = hst_exp(0.3 * hst_random_normal(random));
    }
    return HST_OK;
}

static hst_status allocate(hst_lineup_world *world, hst_arena *arena, uint32_t venue_max)
{
    hst_asset_market *market = HST_ARENA_NEW(arena, hst_asset_market, 1);
    if (market == NULL) {
        return HST_NO_MEMORY;
    }
    world->market = market;
    world->facts = HST_ARENA_NEW(arena, hst_hop_facts, (size_t)2 * venue_max);
    market->venues = HST_ARENA_NEW(arena, hst_venue, venue_max);
    market->prices = HST_ARENA_NEW(arena, double, world->recipe.assets);
    market->venue_of = HST_ARENA_NEW(arena, uint32_t, (size_t)2 * venue_max);
    market->waiting = HST_ARENA_NEW(arena, uint32_t, venue_max);
    return world->facts == NULL || market->venues == NULL || market->prices == NULL ||
                   market->venue_of == NULL || market->waiting == NULL
               ? HST_NO_MEMORY
               : HST_OK;
}

hst_status hst_asset_market_create(hst_lineup_world *world, hst_arena *arena)
{
    const hst_lineup_recipe *recipe = &world->recipe;
    hst_assert(recipe->hubs >= 2 && recipe->hubs < recipe->assets);
    hst_assert(recipe->assets <= UINT16_MAX);
    const uint32_t least =
        recipe->hubs * (recipe->hubs - 1) / 2 + BOOKED_MAJORS * BOOKED_MAJORS + recipe->assets;
    const uint32_t venue_max = recipe->venues > least ? recipe->venues : least;
    hst_random random = hst_random_stream(world->seed, 0, 0, HST_PURPOSE_BANK);
    HST_TRY(allocate(world, arena, venue_max));
    HST_TRY(hst_graph_init(&world->graph, arena, recipe->assets, 2 * venue_max));
    HST_TRY(add_assets(world, &random));
    HST_TRY(add_venues(world, &random));
    HST_TRY(hst_graph_freeze(&world->graph, arena));
    for (uint32_t v = 0; v < world->market->venue_count; v++) {
        publish(world, &world->market->venues[v]);
    }
    world->view.facts = world->facts;
    world->view.delivers = hst_asset_market_delivers;
    return HST_OK;
}
