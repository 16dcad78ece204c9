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
                              .blocks = 10 + (uint32_t)hst_random_below(random, 90),
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

static hst_channel_side some_side(hst_random *random, int64_t capacity, int64_t share)
{
    hst_channel_side side = {.given_msat = share, .htlc_max_msat = capacity, .enabled = true};
    double u = hst_random_uniform(random);
    side.base_msat = u < 0.581   ? 1000
                     : u < 0.740 ? 1
                     : u < 0.833 ? 0
                                 : (int64_t)fmin(hst_random_lognormal(random, 6.5, 1.5), 5e6);
    u = hst_random_uniform(random);
    side.ppm = u < 0.669 ? 1 : (uint32_t)fmin(hst_random_lognormal(random, 5.5, 2.5), 1e8);
    u = hst_random_uniform(random);
    side.htlc_min_msat = u < 0.828   ? 1000
                         : u < 0.967 ? 1
                         : u < 0.995 ? 0
                         : u < 0.998 ? 10000
                                     : 1000000;
    u = hst_random_uniform(random);
    side.blocks = u < 0.550   ? 40
                  : u < 0.836 ? 144
                              : 1 + (uint32_t)fmin(hst_random_exponential(random) * 60, 1007);
    return side;
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
        const int64_t share =
            (int64_t)(SHARE_MAX * hst_random_uniform(&random) * (double)c->capacity_msat);
        c->side[0] = some_side(&random, c->capacity_msat, share);
        c->side[1] = some_side(&random, c->capacity_msat, c->capacity_msat - share);
    }
    return HST_OK;
}
