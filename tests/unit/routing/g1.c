/* The reproducible graph G1: CPython's random.Random(1), a ring over 10,000 nodes, then distinct
 * random arcs up to 100,000, then a weight and a capacity each. The generator is written out here
 * (MT19937 of Matsumoto and Nishimura, 1998, seeded and drawn from as CPython does); that the graph
 * is the published one is shown in test_search_g1.c. */
#include "tests/unit/routing/g1.h"

#include "core/base/assert.h"

#include <stdlib.h>

enum { MT_SIZE = 624, MT_SHIFT = 397 };

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

void g1_draw(g1_graph *g1)
{
    twister mt;
    twister_seed(&mt, 1);
    unsigned char *taken = calloc((size_t)G1_NODES * G1_NODES / 8, 1);
    hst_assert(taken != NULL);
    uint32_t count = 0;
    while (count < G1_ARCS) {
        const uint32_t a = count < G1_NODES ? count : randrange(&mt, G1_NODES);
        const uint32_t b = count < G1_NODES ? (count + 1) % G1_NODES : randrange(&mt, G1_NODES);
        const size_t bit = (size_t)a * G1_NODES + b;
        if (a != b && (taken[bit / 8] >> (bit % 8) & 1) == 0) {
            taken[bit / 8] |= (unsigned char)(1u << (bit % 8));
            g1->tails[count] = a;
            g1->heads[count++] = b;
        }
    }
    free(taken);
    for (uint32_t i = 0; i < G1_ARCS; i++) {
        g1->weights[i] = 1 + randrange(&mt, 1000);
        g1->capacities[i] = 10 + randrange(&mt, 991);
    }
}

/** xorshift64, 13 7 17. */
uint32_t g1_next_node(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return (uint32_t)(*x % G1_NODES);
}
