/* The reproducible graph G1: CPython's random.Random(1), a ring over 10,000 nodes, then distinct
 * random arcs up to 100,000, then a weight and a capacity each. The generator is written out here
 * (MT19937 of Matsumoto and Nishimura, 1998, seeded and drawn from as CPython does), and a hash of
 * the file form proves that the graph is the published one. */
#include "core/routing/bidirectional.h"
#include "core/routing/dijkstra.h"

#include "tests/unit/routing/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium/crypto_hash_sha256.h>

enum { NODES = 10000, ARCS = 100000, MT_SIZE = 624, MT_SHIFT = 397, PAIRS = 1000 };

/** MT19937. */
typedef struct twister {
    uint32_t words[MT_SIZE];
    unsigned at;
} twister;

static void twister_seed(twister *mt, uint32_t key)
{
    mt->words[0] = 19650218u;
    for (unsigned i = 1; i < MT_SIZE; i++) {
        mt->words[i] = 1812433253u * (mt->words[i - 1] ^ (mt->words[i - 1] >> 30)) + i;
    }
    unsigned i = 1;
    for (unsigned k = 0; k < MT_SIZE; k++) {
        mt->words[i] =
            (mt->words[i] ^ ((mt->words[i - 1] ^ (mt->words[i - 1] >> 30)) * 1664525u)) + key;
        if (++i == MT_SIZE) {
            mt->words[0] = mt->words[MT_SIZE - 1];
            i = 1;
        }
    }
    for (unsigned k = 0; k < MT_SIZE - 1; k++) {
        mt->words[i] =
            (mt->words[i] ^ ((mt->words[i - 1] ^ (mt->words[i - 1] >> 30)) * 1566083941u)) - i;
        if (++i == MT_SIZE) {
            mt->words[0] = mt->words[MT_SIZE - 1];
            i = 1;
        }
    }
    mt->words[0] = 0x80000000u;
    mt->at = MT_SIZE;
}

static uint32_t twister_next(twister *mt)
{
    if (mt->at == MT_SIZE) {
        for (unsigned k = 0; k < MT_SIZE; k++) {
            const uint32_t y =
                (mt->words[k] & 0x80000000u) | (mt->words[(k + 1) % MT_SIZE] & 0x7fffffffu);
            mt->words[k] =
                mt->words[(k + MT_SHIFT) % MT_SIZE] ^ (y >> 1) ^ ((y & 1) != 0 ? 0x9908b0dfu : 0);
        }
        mt->at = 0;
    }
    uint32_t y = mt->words[mt->at++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

/** randrange(bound): as many bits as the bound has, until below it. */
static uint32_t randrange(twister *mt, uint32_t bound)
{
    const int bits = 32 - __builtin_clz(bound);
    uint32_t drawn = bound;
    while (drawn >= bound) {
        drawn = twister_next(mt) >> (32 - bits);
    }
    return drawn;
}

/** The drawn graph, made once for all tests of this program. */
static struct {
    uint32_t tails[ARCS];
    uint32_t heads[ARCS];
    uint32_t weights[ARCS];
    uint32_t capacities[ARCS];
} g1; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): above

static void draw_graph(void)
{
    twister mt;
    twister_seed(&mt, 1);
    unsigned char *taken = calloc((size_t)NODES * NODES / 8, 1);
    assert_non_null(taken);
    uint32_t count = 0;
    while (count < ARCS) {
        const uint32_t a = count < NODES ? count : randrange(&mt, NODES);
        const uint32_t b = count < NODES ? (count + 1) % NODES : randrange(&mt, NODES);
        const size_t bit = (size_t)a * NODES + b;
        if (a != b && (taken[bit / 8] >> (bit % 8) & 1) == 0) {
            taken[bit / 8] |= (unsigned char)(1u << (bit % 8));
            g1.tails[count] = a;
            g1.heads[count++] = b;
        }
    }
    free(taken);
    for (uint32_t i = 0; i < ARCS; i++) {
        g1.weights[i] = 1 + randrange(&mt, 1000);
        g1.capacities[i] = 10 + randrange(&mt, 991);
    }
}

static void the_graph_is_the_published_one(void **state)
{
    (void)state;
    crypto_hash_sha256_state hash;
    crypto_hash_sha256_init(&hash);
    char line[64];
    int length = snprintf(line, sizeof line, "%d %d\n", NODES, ARCS);
    crypto_hash_sha256_update(&hash, (const unsigned char *)line, (unsigned long long)length);
    for (uint32_t i = 0; i < ARCS; i++) {
        length = snprintf(line, sizeof line, "%u %u %u %u\n", g1.tails[i], g1.heads[i],
                          g1.weights[i], g1.capacities[i]);
        crypto_hash_sha256_update(&hash, (const unsigned char *)line, (unsigned long long)length);
    }
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&hash, digest);
    char text[2 * sizeof digest + 1];
    for (size_t i = 0; i < sizeof digest; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
    assert_string_equal(text, "a651e5ef2f5858a07fbb532b8fab83bf0a76812dfbfe5686a49cf826c32a4d9b");
}

static hst_graph weighted_graph(hst_arena *arena)
{
    static hst_graph_edge edges[ARCS];
    for (uint32_t i = 0; i < ARCS; i++) {
        edges[i].from = g1.tails[i];
        edges[i].to = g1.heads[i];
        edges[i].kind = HST_HOP_BOOK;
        edges[i].fixed_micro_usd = g1.weights[i];
        edges[i].enabled = true;
    }
    return plain_graph(arena, NODES, edges, ARCS);
}

/** xorshift64, 13 7 17. */
static uint32_t next_node(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return (uint32_t)(*x % NODES);
}

typedef hst_status (*search_function)(hst_search *, const hst_search_query *, hst_search_path *);

static uint64_t sum_of_distances(search_function function)
{
    hst_arena arena = test_arena();
    const hst_graph graph = weighted_graph(&arena);
    hst_search search;
    assert_int_equal(hst_search_init(&search, &arena, &graph), HST_OK);
    uint64_t x = UINT64_C(88172645463325252);
    uint64_t sum = 0;
    for (unsigned i = 0; i < PAIRS; i++) {
        const uint32_t source = next_node(&x);
        const uint32_t target = next_node(&x);
        const hst_search_query query = simple_query(source, target, 0);
        hst_search_path path;
        assert_int_equal(function(&search, &query, &path), HST_OK);
        sum += (uint64_t)(path.exact_femto_usd / HST_FEMTO_PER_MICRO);
    }
    hst_arena_release(&arena);
    return sum;
}

static void dijkstra_gives_the_published_sum_of_distances(void **state)
{
    (void)state;
    assert_int_equal(sum_of_distances(hst_dijkstra), 979771);
}

static void bidirectional_gives_the_published_sum_of_distances(void **state)
{
    (void)state;
    assert_int_equal(sum_of_distances(hst_bidirectional), 979771);
}

int main(void)
{
    draw_graph();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_graph_is_the_published_one),
        cmocka_unit_test(bidirectional_gives_the_published_sum_of_distances),
        cmocka_unit_test(dijkstra_gives_the_published_sum_of_distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
