#include "sim/channel/cloth_generate.h"

#include "core/base/random.h"

#include "sim/base/purpose.h"

#include <math.h>
#include <string.h>

/* ---- growth ------------------------------------------------------------------------------- */

static hst_channel_side grown_side(hst_random *random, int64_t capacity, int64_t share)
{
    const double u = hst_random_uniform(random);
    return (hst_channel_side){.given_msat = share,
                              .base_msat = 1000 + (int64_t)hst_random_below(random, 4000),
                              .ppm = 1 + (uint32_t)hst_random_below(random, 9),
                              .blocks = (uint16_t)(10 + hst_random_below(random, 90)),
                              .htlc_min_msat = u < 0.7    ? 0
                                               : u < 0.9  ? 10
                                               : u < 0.95 ? 100
                                                          : 1000,
                              .htlc_max_msat = capacity,
                              .enabled = true};
}

hst_status hst_cloth_grow(uint64_t seed,
                          const hst_channel_table *from,
                          uint32_t nodes,
                          uint32_t channels_per_node,
                          int64_t capacity_msat,
                          hst_arena *arena,
                          hst_channel_table *table)
{
    const uint64_t count = from->count + (uint64_t)nodes * channels_per_node;
    int64_t total = 0;
    hst_assert(from->count > 0 && capacity_msat > 0);
    for (uint32_t i = 0; i < from->count; i++) {
        total += from->channels[i].capacity_msat;
    }
    if (count > HST_CHANNEL_COUNT_MAX || (uint64_t)from->node_count + nodes > HST_GRAPH_NODE_MAX ||
        capacity_msat > (HST_CHANNEL_CAPACITY_MAX_MSAT - total) / (int64_t)count) {
        return HST_INVALID;
    }
    *table = (hst_channel_table){.node_count = from->node_count + nodes};
    table->channels = HST_ARENA_NEW(arena, hst_channel, count);
    if (table->channels == NULL) {
        return HST_NO_MEMORY;
    }
    memcpy(table->channels, from->channels, from->count * sizeof from->channels[0]);
    table->count = from->count;
    hst_random random = hst_random_stream(seed, 0, 0, HST_PURPOSE_LIQUIDITY);
    for (uint32_t node = from->node_count; node < table->node_count; node++) {
        const uint32_t before = table->count; /* none of its own channels */
        for (uint32_t i = 0; i < channels_per_node; i++) {
            const uint64_t end = hst_random_below(&random, 2 * (uint64_t)before);
            const int64_t share = (int64_t)(hst_random_uniform(&random) * (double)capacity_msat);
            table->channels[table->count++] =
                (hst_channel){.nodes = {node, table->channels[end >> 1].nodes[end & 1]},
                              .capacity_msat = capacity_msat,
                              .side = {grown_side(&random, capacity_msat, share),
                                       grown_side(&random, capacity_msat, capacity_msat - share)}};
        }
    }
    return HST_OK;
}

/* ---- marginals of the snapshot ------------------------------------------------------------ */

#define DEGREE_POWER  1.4 /* chance of the node of rank r is (r + DEGREE_SHIFT)^-DEGREE_POWER */
#define DEGREE_SHIFT  20.0
#define CAPACITY_MID  8e8
#define CAPACITY_SD   1.70
#define CAPACITY_LOW  1.1e6
#define CAPACITY_HIGH 5e11
#define SHARE_MAX     0.1

/** Rank by a power law: the inverse of its integral. */
static uint32_t some_hub(hst_random *random, uint32_t nodes)
{
    const double power = 1 - DEGREE_POWER;
    const double first = pow(DEGREE_SHIFT, power);
    const double last = pow(DEGREE_SHIFT + (double)nodes, power);
    const double at = pow(first + hst_random_uniform(random) * (last - first), 1 / power);
    const double rank = floor(at - DEGREE_SHIFT);
    return rank < 0 ? 0 : rank >= (double)nodes ? nodes - 1 : (uint32_t)rank;
}

/** A value and how many of ten thousand have it. */
typedef struct share {
    uint32_t value;
    uint32_t of_ten_thousand;
} share;

/* The commonest values of the snapshot; what is left over stands for the long tail. */
static const share bases[] = {{1000, 5809}, {1, 1593}, {0, 931},    {2000, 157}, {100, 142},
                              {500, 110},   {199, 97}, {10000, 94}, {5000, 92},  {10, 88},
                              {2, 49},      {490, 49}, {20000, 789}};
static const share rates[] = {{1, 6687},  {10, 566},  {0, 417},     {100, 414}, {1000, 262},
                              {199, 99},  {1700, 90}, {500, 72},    {2, 70},    {50, 64},
                              {2500, 56}, {5000, 54}, {15000, 1149}};
static const share minimums[] = {{1000, 8279}, {1, 1391}, {0, 277}, {10000, 19}, {1000000, 34}};
static const share locks[] = {{40, 5502}, {144, 2856}, {18, 471}, {34, 343},
                              {14, 168},  {30, 111},   {200, 549}};

static uint32_t some_share(hst_random *random, const share *shares)
{
    uint32_t at = (uint32_t)hst_random_below(random, 10000);
    while (at >= shares->of_ten_thousand) {
        at -= shares->of_ten_thousand;
        shares++;
    }
    return shares->value;
}

static hst_channel_side some_side(hst_random *random, int64_t capacity, int64_t given)
{
    return (hst_channel_side){.given_msat = given,
                              .base_msat = some_share(random, bases),
                              .ppm = some_share(random, rates),
                              .htlc_min_msat = some_share(random, minimums),
                              .blocks = (uint16_t)some_share(random, locks),
                              .htlc_max_msat = capacity,
                              .enabled = true};
}

hst_status hst_cloth_synthetic(
    uint64_t seed, uint32_t nodes, uint32_t channels, hst_arena *arena, hst_channel_table *table)
{
    hst_assert(nodes >= 3 && channels >= nodes && nodes <= HST_GRAPH_NODE_MAX);
    *table = (hst_channel_table){.node_count = nodes, .count = channels};
    table->channels = HST_ARENA_NEW(arena, hst_channel, channels);
    if (table->channels == NULL) {
        return HST_NO_MEMORY;
    }
    hst_random random = hst_random_stream(seed, 1, 0, HST_PURPOSE_LIQUIDITY);
    for (uint32_t i = 0; i < channels; i++) {
        hst_channel *c = &table->channels[i];
        c->nodes[0] = i < nodes ? i : some_hub(&random, nodes);
        do {
            c->nodes[1] = some_hub(&random, nodes);
        } while (c->nodes[1] == c->nodes[0]);
        c->capacity_msat = (int64_t)fmin(
            fmax(hst_random_lognormal(&random, log(CAPACITY_MID), CAPACITY_SD), CAPACITY_LOW),
            CAPACITY_HIGH);
        const int64_t given =
            (int64_t)(SHARE_MAX * hst_random_uniform(&random) * (double)c->capacity_msat);
        c->side[0] = some_side(&random, c->capacity_msat, given);
        c->side[1] = some_side(&random, c->capacity_msat, c->capacity_msat - given);
    }
    return HST_OK;
}
