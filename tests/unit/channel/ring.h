/** @file tests/unit/channel/ring.h
 * Small channel networks for tests: random ones, and the memory they live on.
 */
#ifndef HST_TESTS_UNIT_CHANNEL_RING_H
#define HST_TESTS_UNIT_CHANNEL_RING_H

#include "core/base/random.h"

#include "sim/channel/invariant.h"
#include "sim/channel/pay.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"

enum { RING_CHANNEL_MAX = 64 };

/** A table, a network on it, and what they live on. */
typedef struct ring {
    test_memory memory;
    hst_arena arena;
    hst_channel channels[RING_CHANNEL_MAX];
    hst_channel_table table;
    hst_channel_network network;
} ring;

static inline hst_channel_side some_side(hst_random *random, int64_t capacity)
{
    return (hst_channel_side){.base_msat = (int64_t)hst_random_below(random, 1000),
                              .ppm = (uint32_t)hst_random_below(random, 5000),
                              .blocks = (uint16_t)hst_random_below(random, 144),
                              .htlc_min_msat = (int64_t)hst_random_below(random, 10),
                              .htlc_max_msat = capacity - capacity / 100,
                              .enabled = hst_random_below(random, 12) != 0};
}

/** A ring of `nodes` and random chords; balances as `prior`. */
static inline ring *
new_ring(uint32_t nodes, uint32_t channels, hst_channel_prior prior, uint64_t seed)
{
    ring *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->memory.fail_at = SIZE_MAX;
    hst_arena_init(&r->arena, test_memory_of(&r->memory), 1 << 16);
    hst_random random = hst_random_stream(seed, 7, 0, 18);
    assert_true(channels <= RING_CHANNEL_MAX && nodes >= 3);
    for (uint32_t i = 0; i < channels; i++) {
        hst_channel *c = &r->channels[i];
        c->nodes[0] = i < nodes ? i : (uint32_t)hst_random_below(&random, nodes);
        c->nodes[1] = i < nodes ? (i + 1) % nodes : (uint32_t)hst_random_below(&random, nodes - 1);
        c->nodes[1] += c->nodes[1] == c->nodes[0] ? 1 : 0;
        c->nodes[1] %= nodes;
        c->capacity_msat = 1000 + (int64_t)hst_random_below(&random, 1000000);
        c->side[0] = some_side(&random, c->capacity_msat);
        c->side[1] = some_side(&random, c->capacity_msat);
        c->side[0].given_msat = c->capacity_msat / 3;
        c->side[1].given_msat = c->capacity_msat - c->capacity_msat / 3;
    }
    r->table = (hst_channel_table){.node_count = nodes, .count = channels, .channels = r->channels};
    assert_int_equal(hst_channel_network_create(&r->table, prior, seed, test_memory_of(&r->memory),
                                                &r->arena, &r->network),
                     HST_OK);
    return r;
}

static inline void close_ring(ring *r)
{
    hst_channel_network_destroy(&r->network);
    hst_arena_release(&r->arena);
    assert_int_equal(r->memory.held, 0);
    free(r);
}

/** The network conserves every channel's capacity. */
static inline void expect_sound(const ring *r)
{
    uint32_t channel = 0;
    assert_int_equal(hst_channel_check(&r->table, r->network.ledger, NULL, &channel), HST_OK);
}

#endif
