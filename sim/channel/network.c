#include "sim/channel/network.h"

#include "core/base/random.h"

#include "sim/base/purpose.h"
#include "sim/channel/books.h"

#include <math.h>
#include <string.h>

static const char *const prior_names[HST_CHANNEL_PRIOR_COUNT] = {"uniform",  "bimodal", "skewed",
                                                                 "depleted", "halves",  "as_given"};

const char *hst_channel_prior_name(hst_channel_prior prior)
{
    hst_assert(prior < HST_CHANNEL_PRIOR_COUNT);
    return prior_names[prior];
}

hst_channel_prior hst_channel_prior_find(const char *name)
{
    unsigned i = 0;
    while (i < HST_CHANNEL_PRIOR_COUNT && strcmp(name, prior_names[i]) != 0) {
        i++;
    }
    return (hst_channel_prior)i;
}

/* ---- balances ----------------------------------------------------------------------------- */

#define BIMODAL_SCALE  0.3
#define DEPLETED_SHARE 0.1

/** Share at which LDK's distribution reaches u: F(x) = 1/2 + 128 (y^9 + y / 256), y = x - 1/2. */
static double skewed(double u)
{
    double low = 0;
    double high = 1;
    for (unsigned i = 0; i < 60; i++) {
        const double x = (low + high) / 2;
        const double y = x - 0.5;
        const double y3 = y * y * y;
        if (0.5 + 128 * (y3 * y3 * y3 + y / 256) < u) {
            low = x;
        } else {
            high = x;
        }
    }
    return low;
}

static double draw_share(hst_channel_prior prior, hst_random *random)
{
    const double u = hst_random_uniform(random);
    const bool other = hst_random_below(random, 2) == 1;
    double share = 0.5;
    switch (prior) {
    case HST_CHANNEL_UNIFORM: return u;
    case HST_CHANNEL_SKEWED: return skewed(u);
    case HST_CHANNEL_BIMODAL:
        share = -BIMODAL_SCALE * log1p(-u * (1 - exp(-1 / BIMODAL_SCALE)));
        break;
    case HST_CHANNEL_DEPLETED: share = DEPLETED_SHARE * u; break;
    case HST_CHANNEL_HALVES: return 0.5;
    case HST_CHANNEL_AS_GIVEN:
    case HST_CHANNEL_PRIOR_COUNT: hst_assert(false);
    }
    return other ? 1 - share : share;
}

int64_t hst_channel_draw_msat(const hst_channel *channel,
                              uint32_t number,
                              hst_channel_prior prior,
                              uint64_t seed)
{
    if (prior == HST_CHANNEL_AS_GIVEN) {
        return channel->side[0].given_msat;
    }
    if (prior == HST_CHANNEL_HALVES) {
        return channel->capacity_msat / 2;
    }
    hst_random random = hst_random_stream(seed, 0, number, HST_PURPOSE_LIQUIDITY);
    const double drawn = floor(draw_share(prior, &random) * (double)channel->capacity_msat);
    if (drawn <= 0) {
        return 0;
    }
    return drawn >= (double)channel->capacity_msat ? channel->capacity_msat : (int64_t)drawn;
}

/* ---- what is published -------------------------------------------------------------------- */

static bool side_sound(const hst_channel *channel, const hst_channel_side *side)
{
    return side->base_msat >= 0 && side->base_msat <= HST_CHARGE_FIXED_MAX_MICRO_USD &&
           side->ppm <= 1000000 && side->htlc_min_msat >= 0 && side->htlc_max_msat >= 0 &&
           side->htlc_max_msat <= channel->capacity_msat && side->given_msat >= 0;
}

static bool table_sound(const hst_channel_table *table, bool given)
{
    if (table->count > HST_CHANNEL_COUNT_MAX || table->node_count > HST_GRAPH_NODE_MAX) {
        return false;
    }
    int64_t total = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        const hst_channel *channel = &table->channels[i];
        if (channel->nodes[0] >= table->node_count || channel->nodes[1] >= table->node_count ||
            channel->nodes[0] == channel->nodes[1] || channel->capacity_msat <= 0 ||
            channel->capacity_msat > HST_CHANNEL_CAPACITY_MAX_MSAT - total ||
            !side_sound(channel, &channel->side[0]) || !side_sound(channel, &channel->side[1])) {
            return false;
        }
        if (given &&
            channel->side[0].given_msat != channel->capacity_msat - channel->side[1].given_msat) {
            return false;
        }
        total += channel->capacity_msat;
    }
    return true;
}

static hst_status publish(const hst_channel_table *table, hst_arena *arena, hst_graph *graph)
{
    uint32_t id = 0;
    HST_TRY(hst_graph_init(graph, arena, table->node_count, 2 * table->count));
    for (uint32_t node = 0; node < table->node_count; node++) {
        const hst_graph_node position = {.institution = node, .flags = HST_NODE_TRANSIT};
        HST_TRY(hst_graph_add_node(graph, position, &id));
    }
    for (uint32_t e = 0; e < 2 * table->count; e++) {
        const hst_channel_side *side = hst_channel_side_at(table, e);
        const bool limited = !table->blind && side->htlc_max_msat < HST_ROUTE_AMOUNT_MAX_MICRO_USD;
        const int64_t most = limited ? side->htlc_max_msat : HST_ROUTE_AMOUNT_MAX_MICRO_USD;
        const hst_graph_edge edge = {.from = hst_channel_from(table, e),
                                     .to = hst_channel_to(table, e),
                                     .handle = e,
                                     .kind = HST_HOP_ESCROW,
                                     .fixed_micro_usd = side->base_msat,
                                     .rate_ppb = (int64_t)side->ppm * 1000,
                                     .limit_micro_usd = most,
                                     .delay_ns = HST_CHANNEL_HOP_NS,
                                     .enabled = side->enabled && side->htlc_max_msat > 0};
        HST_TRY(hst_graph_add_edge(graph, &edge, &id));
        hst_assert(id == e);
    }
    return hst_graph_freeze(graph, arena);
}

/* ---- the network -------------------------------------------------------------------------- */

hst_status hst_channel_network_create(const hst_channel_table *table,
                                      hst_channel_prior prior,
                                      uint64_t seed,
                                      hst_memory memory,
                                      hst_arena *arena,
                                      hst_channel_network *network)
{
    hst_assert(table != NULL && arena != NULL && network != NULL);
    hst_assert(prior < HST_CHANNEL_PRIOR_COUNT);
    memset(network, 0, sizeof *network);
    if (!table_sound(table, prior == HST_CHANNEL_AS_GIVEN)) {
        return HST_INVALID;
    }
    network->table = table;
    network->seed = seed;
    const size_t most = (size_t)HST_ROUTE_PART_MAX * HST_HOP_MAX;
    network->escrows = HST_ARENA_NEW(arena, uint32_t, most);
    network->amounts = HST_ARENA_NEW(arena, int64_t, HST_HOP_MAX);
    int64_t *shares = HST_ARENA_NEW(arena, int64_t, table->count > 0 ? table->count : 1);
    if (network->escrows == NULL || network->amounts == NULL || shares == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < table->count; i++) {
        shares[i] = hst_channel_draw_msat(&table->channels[i], i, prior, seed);
    }
    HST_TRY(publish(table, arena, &network->graph));
    HST_TRY(hst_channel_books_open(table, shares, memory, &network->ledger));
    network->view = (hst_route_view){.context = network, .carries = hst_channel_carries};
    return HST_OK;
}

void hst_channel_network_destroy(hst_channel_network *network)
{
    hst_ledger_destroy(network->ledger);
    network->ledger = NULL;
}

int64_t hst_channel_available_msat(const hst_channel_network *network, uint32_t edge)
{
    hst_assert(edge < 2 * network->table->count);
    return (int64_t)hst_ledger_debit_available(network->ledger, edge);
}

int64_t hst_channel_carries(void *context, uint32_t edge)
{
    const hst_channel_network *network = context;
    const hst_channel_side *side = hst_channel_side_at(network->table, edge);
    if (!side->enabled) {
        return 0;
    }
    const int64_t free = hst_channel_available_msat(network, edge);
    return free < side->htlc_max_msat ? free : side->htlc_max_msat;
}
