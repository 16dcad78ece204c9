/* Both searches on the published graph G1: a hash of its file form proves that it is the published
 * one, and the sum of 1,000 distances is published too. */
#include "core/routing/bidirectional.h"
#include "core/routing/dijkstra.h"

#include "tests/unit/routing/g1.h"
#include "tests/unit/routing/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium/crypto_hash_sha256.h>

enum { PAIRS = 1000 };

/** Drawn once for all tests of this program. */
static g1_graph g1; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): above

static void the_graph_is_the_published_one(void **state)
{
    (void)state;
    crypto_hash_sha256_state hash;
    crypto_hash_sha256_init(&hash);
    char line[64];
    int length = snprintf(line, sizeof line, "%d %d\n", G1_NODES, G1_ARCS);
    crypto_hash_sha256_update(&hash, (const unsigned char *)line, (unsigned long long)length);
    for (uint32_t i = 0; i < G1_ARCS; i++) {
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
    static hst_graph_edge edges[G1_ARCS];
    for (uint32_t i = 0; i < G1_ARCS; i++) {
        edges[i].from = g1.tails[i];
        edges[i].to = g1.heads[i];
        edges[i].kind = HST_HOP_BOOK;
        edges[i].fixed_micro_usd = g1.weights[i];
        edges[i].enabled = true;
    }
    return plain_graph(arena, G1_NODES, edges, G1_ARCS);
}

typedef hst_status (*search_function)(hst_search *, const hst_search_query *, hst_search_path *);

static uint64_t sum_of_distances(search_function function)
{
    hst_arena arena = test_arena();
    const hst_graph graph = weighted_graph(&arena);
    hst_search search;
    assert_int_equal(hst_search_init(&search, &arena, &graph), HST_OK);
    uint64_t x = G1_FIRST_STATE;
    uint64_t sum = 0;
    for (unsigned i = 0; i < PAIRS; i++) {
        const uint32_t source = g1_next_node(&x);
        const uint32_t target = g1_next_node(&x);
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
    g1_draw(&g1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_graph_is_the_published_one),
        cmocka_unit_test(bidirectional_gives_the_published_sum_of_distances),
        cmocka_unit_test(dijkstra_gives_the_published_sum_of_distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
