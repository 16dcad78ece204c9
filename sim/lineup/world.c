#include "sim/lineup/world.h"

#include "core/base/real.h"

#include "sim/base/purpose.h"
#include "sim/lineup/asset_market.h"
#include "sim/lineup/truth.h"

#include <string.h>

#define HOUR_NS 3600e9
#define MICRO   1e6

enum {
    HOP_LIMIT = 16, /* the published comparison has none; 8 would cut off one best path in twenty */
    DOMESTIC_LINKS = 4,
    HUB_LINKS_MAX = 3,
    LARGE_BANKS = 3,
    CROSS_LINKS = 4,
    DRAWS_A_HOP = 64,
    ATTACK_EVERY = 1000,
    ATTACK_FOR = 500,
    ATTACKED_PER_MILL = 20
};

const char *hst_lineup_kind_name(hst_lineup_kind kind)
{
    switch (kind) {
    case HST_LINEUP_WELL_SPECIFIED: return "well_specified";
    case HST_LINEUP_HIDDEN_FEATURES: return "hidden_features";
    case HST_LINEUP_MIS_SPECIFIED: return "mis_specified";
    case HST_LINEUP_BALANCE_DYNAMIC: return "balance_dynamic";
    case HST_LINEUP_ADVERSARIAL: return "adversarial";
    case HST_LINEUP_ASSET_MARKET: return "asset_market";
    case HST_LINEUP_KIND_COUNT: break;
    }
    return "";
}

hst_lineup_recipe hst_lineup_reference(hst_lineup_kind kind)
{
    return (hst_lineup_recipe){.kind = kind,
                               .currencies = 24,
                               .banks = 16,
                               .hubs = 16,
                               .payments = 12000,
                               .spacing_ns = INT64_C(36000000000),
                               .broken_per_mill = 100,
                               .assets = 500,
                               .venues = 1000,
                               .splits = kind == HST_LINEUP_ASSET_MARKET};
}

/** Links while they are drawn: pairs already joined are not joined again. */
typedef struct builder {
    hst_lineup_world *world;
    hst_random random;
    uint8_t *joined; /* bit matrix of node pairs */
    uint32_t nodes;
} builder;

static double draw_log_normal(builder *b, double log_median, double spread)
{
    return hst_exp(log_median + spread * hst_random_normal(&b->random));
}

/** One direction of a link. */
static hst_status add_hop(builder *b, uint32_t from, uint32_t to, hst_hop_kind kind, bool near_bank)
{
    hst_lineup_world *world = b->world;
    hst_random *random = &b->random;
    uint32_t id = 0;
    const bool instant = hst_random_uniform(random) < 0.2;
    const double fixed =
        instant ? 0.1 + 0.5 * hst_random_uniform(random) : 2 + 13 * hst_random_uniform(random);
    const double bps = near_bank ? draw_log_normal(b, 2.0794415416798357, 0.8)
                                 : draw_log_normal(b, 0.6931471805599453, 0.7);
    const double limit = (instant ? 5e4 : 2e6) * hst_exp(hst_random_normal(random));
    const double hours = instant ? 0.02 : draw_log_normal(b, 0, 0.8);
    const double rate_ppb = bps * 1e5 < 1e9 ? bps * 1e5 : 1e9;
    const hst_graph_edge edge = {.from = from,
                                 .to = to,
                                 .kind = kind,
                                 .fixed_micro_usd = (int64_t)(fixed * MICRO),
                                 .rate_ppb = (int64_t)rate_ppb,
                                 .delay_ns = (int64_t)(hours * HOUR_NS),
                                 .enabled = true};
    HST_TRY(hst_graph_add_edge(&world->graph, &edge, &id));
    hst_lineup_hop *hop = &world->hops[id];
    *hop = (hst_lineup_hop){.risk = hst_random_uniform(random),
                            .reliability = hst_random_uniform(random),
                            .instant = instant,
                            .reverse = HST_GRAPH_NONE};
    hop->opens_ns = (int64_t)(24 * HOUR_NS * hst_random_uniform(random));
    hop->effect = 0.9 * hst_random_normal(random);
    hop->log_limit = hst_log(limit * MICRO);
    hop->cliff = hop->log_limit + 0.5 * hst_random_normal(random);
    hop->breaks = hst_random_below(random, 1000) < world->recipe.broken_per_mill;
    world->facts[id] = (hst_hop_facts){.country_risk = (float)hop->risk,
                                       .reliability = (float)hop->reliability,
                                       .instant = instant ? 1 : 0,
                                       .usual_limit_micro_usd = (int64_t)(limit * MICRO)};
    if (world->recipe.kind == HST_LINEUP_HIDDEN_FEATURES) {
        world->facts[id].country_risk = 0.5F;
        world->facts[id].reliability = 0.5F;
        world->facts[id].instant = 0;
    }
    return HST_OK;
}

/** Both directions, once a pair. */
static hst_status link(builder *b, uint32_t a, uint32_t z, hst_hop_kind kind, bool near_bank)
{
    const size_t low = a < z ? a : z;
    const size_t high = a < z ? z : a;
    const size_t bit = low * b->nodes + high;
    if (a == z || ((b->joined[bit / 8] >> (bit % 8)) & 1) != 0) {
        return HST_OK;
    }
    b->joined[bit / 8] = (uint8_t)(b->joined[bit / 8] | 1U << (bit % 8));
    const uint32_t first = b->world->graph.edge_count;
    HST_TRY(add_hop(b, a, z, kind, near_bank));
    HST_TRY(add_hop(b, z, a, kind, near_bank));
    hst_lineup_hop *there = &b->world->hops[first];
    hst_lineup_hop *back = &b->world->hops[first + 1];
    there->reverse = first + 1;
    back->reverse = first;
    const double capacity = hst_exp(there->log_limit) * 2;
    const double share = hst_random_uniform(&b->random);
    there->balance_micro_usd = capacity * share;
    back->balance_micro_usd = capacity * (1 - share);
    return HST_OK;
}

static hst_status add_nodes(hst_lineup_world *world)
{
    const hst_lineup_recipe *recipe = &world->recipe;
    const uint32_t banks = recipe->currencies * recipe->banks;
    for (uint32_t i = 0; i < banks + recipe->hubs; i++) {
        uint32_t id = 0;
        const uint32_t currency = i < banks ? i / recipe->banks : recipe->currencies;
        const hst_graph_node node = {i, (uint16_t)currency, HST_NODE_TRANSIT};
        HST_TRY(hst_graph_add_node(&world->graph, node, &id));
    }
    return HST_OK;
}

static hst_status link_bank(builder *b, uint32_t bank)
{
    const hst_lineup_recipe *recipe = &b->world->recipe;
    const uint32_t currency = bank / recipe->banks;
    const uint32_t banks = recipe->currencies * recipe->banks;
    for (unsigned i = 0; i < DOMESTIC_LINKS; i++) {
        const uint32_t other =
            currency * recipe->banks + (uint32_t)hst_random_below(&b->random, recipe->banks);
        HST_TRY(link(b, bank, other, HST_HOP_BOOK, false));
    }
    const uint64_t hub_links = 1 + hst_random_below(&b->random, HUB_LINKS_MAX);
    for (uint64_t i = 0; i < hub_links; i++) {
        const uint32_t hub = banks + (uint32_t)hst_random_below(&b->random, recipe->hubs);
        HST_TRY(link(b, bank, hub, HST_HOP_FX, true));
    }
    for (unsigned i = 0; bank % recipe->banks < LARGE_BANKS && i < CROSS_LINKS; i++) {
        const uint32_t step = 1 + (uint32_t)hst_random_below(&b->random, recipe->currencies - 1);
        const uint32_t other = (currency + step) % recipe->currencies * recipe->banks +
                               (uint32_t)hst_random_below(&b->random, LARGE_BANKS);
        HST_TRY(link(b, bank, other, HST_HOP_FX, true));
    }
    return HST_OK;
}

static hst_status add_links(builder *b)
{
    const hst_lineup_recipe *recipe = &b->world->recipe;
    const uint32_t banks = recipe->currencies * recipe->banks;
    for (uint32_t bank = 0; bank < banks; bank++) {
        HST_TRY(link_bank(b, bank));
    }
    for (uint32_t i = banks; i < banks + recipe->hubs; i++) {
        for (uint32_t j = i + 1; j < banks + recipe->hubs; j++) {
            HST_TRY(link(b, i, j, HST_HOP_BOOK, false));
        }
    }
    return HST_OK;
}

hst_status hst_lineup_world_create(const hst_lineup_recipe *recipe,
                                   uint64_t seed,
                                   hst_arena *arena,
                                   hst_lineup_world *world)
{
    hst_assert(recipe != NULL && arena != NULL && world != NULL);
    memset(world, 0, sizeof *world);
    world->recipe = *recipe;
    world->seed = seed;
    world->view = (hst_route_view){
        .context = world, .expected = hst_lineup_world_expected, .drawn = hst_lineup_world_drawn};
    if (recipe->kind == HST_LINEUP_ASSET_MARKET) {
        return hst_asset_market_create(world, arena);
    }
    hst_assert(recipe->currencies >= 2 && recipe->banks >= LARGE_BANKS && recipe->hubs >= 2);
    const uint32_t nodes = recipe->currencies * recipe->banks + recipe->hubs;
    const uint32_t edge_max =
        2 * (recipe->currencies * recipe->banks * (DOMESTIC_LINKS + HUB_LINKS_MAX + CROSS_LINKS) +
             recipe->hubs * recipe->hubs);
    world->facts = HST_ARENA_NEW(arena, hst_hop_facts, edge_max);
    world->hops = HST_ARENA_NEW(arena, hst_lineup_hop, edge_max);
    builder b = {.world = world,
                 .random = hst_random_stream(seed, 0, 0, HST_PURPOSE_BANK),
                 .joined = HST_ARENA_NEW(arena, uint8_t, (size_t)nodes * nodes / 8 + 1),
                 .nodes = nodes};
    if (world->facts == NULL || world->hops == NULL || b.joined == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(hst_graph_init(&world->graph, arena, nodes, edge_max));
    hst_graph_set_hop_limit(&world->graph, HOP_LIMIT);
    HST_TRY(add_nodes(world));
    HST_TRY(add_links(&b));
    world->view.facts = world->facts;
    world->view.opens_in_ns = hst_lineup_opens_in_ns;
    return hst_graph_freeze(&world->graph, arena);
}

/** What others did between two payments: each moves some balance of a random hop. */
static void move_background(hst_lineup_world *world, uint32_t number)
{
    for (; world->settled_background < number; world->settled_background++) {
        hst_random random =
            hst_random_stream(world->seed, 1, world->settled_background, HST_PURPOSE_LIQUIDITY);
        const uint32_t edge = (uint32_t)hst_random_below(&random, world->graph.edge_count);
        const double share = 0.3 * hst_random_uniform(&random);
        hst_lineup_hop *hop = &world->hops[edge];
        const double moved = share * hop->balance_micro_usd;
        hop->balance_micro_usd -= moved;
        world->hops[hop->reverse].balance_micro_usd += moved;
    }
}

/** The hops used most since the last attack fail for a while. */
static void attack(hst_lineup_world *world, uint32_t number)
{
    const uint32_t wanted = world->graph.edge_count * ATTACKED_PER_MILL / 1000;
    for (uint32_t i = 0; i < wanted; i++) {
        uint32_t most = 0;
        for (uint32_t e = 1; e < world->graph.edge_count; e++) {
            if (world->hops[e].used > world->hops[most].used) {
                most = e;
            }
        }
        if (world->hops[most].used == 0) {
            break;
        }
        world->hops[most].attacked_until = number + ATTACK_FOR;
        world->hops[most].used = 0;
    }
    for (uint32_t e = 0; e < world->graph.edge_count; e++) {
        world->hops[e].used = 0;
    }
}

void hst_lineup_world_payment(hst_lineup_world *world, uint32_t number, hst_route_query *query)
{
    hst_assert(world != NULL && query != NULL);
    const hst_lineup_recipe *recipe = &world->recipe;
    if (world->market != NULL) {
        hst_asset_market_payment(world, number, query);
        return;
    }
    hst_random random = hst_random_stream(world->seed, 0, number, HST_PURPOSE_PARTIES);
    const uint32_t banks = recipe->currencies * recipe->banks;
    const uint32_t source = (uint32_t)hst_random_below(&random, banks);
    const uint32_t step = 1 + (uint32_t)hst_random_below(&random, recipe->currencies - 1);
    const uint32_t target = (source / recipe->banks + step) % recipe->currencies * recipe->banks +
                            (uint32_t)hst_random_below(&random, recipe->banks);
    const double dollars = hst_exp(8.517193191416238 + 1.6 * hst_random_normal(&random));
    *query = (hst_route_query){.source = source,
                               .target = target,
                               .amount_micro_usd = (int64_t)(dollars * MICRO) + 1,
                               .time_ns = (int64_t)number * recipe->spacing_ns,
                               .payment = number};
    if (recipe->kind == HST_LINEUP_BALANCE_DYNAMIC) {
        move_background(world, number);
    }
    if (recipe->kind == HST_LINEUP_ADVERSARIAL && number > 0 && number % ATTACK_EVERY == 0) {
        attack(world, number);
    }
}

void hst_lineup_world_expected(void *context,
                               const hst_route_query *query,
                               uint32_t edge,
                               hst_hop_truth *truth)
{
    hst_lineup_world *world = context;
    if (world->market != NULL) {
        hst_asset_market_expected(world, query, edge, truth);
        return;
    }
    const hst_lineup_hop *hop = &world->hops[edge];
    const double base = (double)world->graph.edges[edge].delay_ns;
    truth->success = hst_lineup_chance(world, query, edge);
    truth->delay_ns = base * 1.1331484530668263 /* exp(1/8) */ + 0.6 * HOUR_NS * hop->risk +
                      (double)hst_lineup_opens_in_ns(context, edge, query->time_ns);
}

void hst_lineup_world_drawn(void *context,
                            const hst_route_query *query,
                            uint32_t edge,
                            hst_hop_truth *truth)
{
    hst_lineup_world *world = context;
    if (world->market != NULL) {
        hst_asset_market_drawn(world, query, edge, truth);
        return;
    }
    const hst_lineup_hop *hop = &world->hops[edge];
    const double base = (double)world->graph.edges[edge].delay_ns;
    hst_random luck = hst_random_stream(world->seed, 0, query->payment, HST_PURPOSE_PROCESSING);
    luck.counter += edge * (uint64_t)DRAWS_A_HOP;
    const double chance = hst_lineup_chance(world, query, edge);
    const double uniform = hst_random_uniform(&luck);
    const double held = hst_random_uniform(&luck);
    const double hold = 6 * HOUR_NS * hst_random_exponential(&luck);
    truth->success = uniform < chance ? 1 : 0;
    truth->delay_ns = base * hst_exp(0.5 * hst_random_normal(&luck)) +
                      (held < 0.1 * hop->risk ? hold : 0) +
                      (double)hst_lineup_opens_in_ns(context, edge, query->time_ns);
}

/** A hop was used: worlds that react to use change. */
static void use(hst_lineup_world *world, uint32_t edge, int64_t amount_micro_usd)
{
    hst_lineup_hop *hop = &world->hops[edge];
    hop->used++;
    if (world->recipe.kind == HST_LINEUP_BALANCE_DYNAMIC) {
        const double amount = (double)amount_micro_usd;
        const double moved = amount < hop->balance_micro_usd ? amount : hop->balance_micro_usd;
        hop->balance_micro_usd -= moved;
        world->hops[hop->reverse].balance_micro_usd += moved;
    }
}

int64_t
hst_lineup_world_charge(const hst_lineup_world *world, uint32_t edge, int64_t amount_micro_usd)
{
    hst_assert(world != NULL && edge < world->graph.edge_count);
    if (world->view.delivers != NULL) {
        return amount_micro_usd - world->view.delivers(world->view.context, edge, amount_micro_usd);
    }
    return hst_graph_edge_cost_micro_usd(&world->graph.edges[edge], amount_micro_usd);
}

int64_t hst_lineup_world_carry(hst_lineup_world *world,
                               const hst_route_plan *plan,
                               int64_t amount_micro_usd)
{
    hst_assert(world != NULL && plan != NULL);
    if (world->market != NULL) {
        return hst_asset_market_carry(world, plan, amount_micro_usd);
    }
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        use(world, plan->edges[i], amount_micro_usd);
    }
    return plan->cost_micro_usd;
}
