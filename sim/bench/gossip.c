#include "sim/bench/gossip.h"

#include "core/base/random.h"
#include "core/consensus/consensus.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/consensus/cluster.h"

#include <inttypes.h>
#include <stdio.h>

#define MS INT64_C(1000000)

/* Bitcoin Core's limit on connections. */
enum { REGIONS = 6, NEIGHBOURS_MAX = 125 };

typedef struct neighbourhood {
    uint32_t count;
    uint32_t *lists; /* [count][NEIGHBOURS_MAX] */
    const uint32_t **pointers;
    uint32_t *counts;
    uint32_t *regions;
} neighbourhood;

static uint32_t *list_of(const neighbourhood *n, uint32_t a)
{
    return &n->lists[(size_t)a * NEIGHBOURS_MAX];
}

static bool knows(const neighbourhood *n, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < n->counts[a]; i++) {
        if (list_of(n, a)[i] == b) {
            return true;
        }
    }
    return false;
}

/* Random neighbours, both ways, as a gossiping network has them. */
static void meet(neighbourhood *n, uint32_t outgoing)
{
    hst_random random = hst_random_stream(1, 0, 0, HST_PURPOSE_TEST);
    for (uint32_t a = 0; a < n->count; a++) {
        n->pointers[a] = list_of(n, a);
        for (uint32_t tries = 0, made = 0; made < outgoing && tries < 1000; tries++) {
            const uint32_t b = (uint32_t)hst_random_below(&random, n->count);
            if (b != a && !knows(n, a, b) && n->counts[a] < NEIGHBOURS_MAX &&
                n->counts[b] < NEIGHBOURS_MAX) {
                list_of(n, a)[n->counts[a]++] = b;
                list_of(n, b)[n->counts[b]++] = a;
                made++;
            }
        }
    }
}

static hst_status make(neighbourhood *n, const hst_gossip_case *what, hst_arena *arena)
{
    static const uint32_t share_ppm[REGIONS] = {331600, 831400, 840400, 958100, 980500, 1000000};
    n->count = what->nodes;
    n->lists = HST_ARENA_NEW(arena, uint32_t, (size_t)n->count * NEIGHBOURS_MAX);
    n->pointers = HST_ARENA_NEW(arena, const uint32_t *, n->count);
    n->counts = HST_ARENA_NEW(arena, uint32_t, n->count);
    n->regions = HST_ARENA_NEW(arena, uint32_t, n->count);
    if (n->lists == NULL || n->pointers == NULL || n->counts == NULL || n->regions == NULL) {
        return HST_NO_MEMORY;
    }
    meet(n, what->outgoing);
    for (uint32_t i = 0; i < n->count; i++) {
        while (share_ppm[n->regions[i]] < (uint64_t)i * 1000000 / n->count) {
            n->regions[i]++;
        }
    }
    return HST_OK;
}

/* More than blocks will be found: a quarter is three deviations of 144. */
static uint32_t bodies_of(const hst_gossip_case *what)
{
    return what->blocks + what->blocks / 4;
}

static hst_status run(hst_cluster *cluster, const hst_gossip_case *what, hst_bench_sample *sample)
{
    for (uint32_t b = 0; what->body > 0 && b < bodies_of(what); b++) {
        if (hst_cluster_submit(cluster, 0, what->body, 1) == 0) {
            return HST_FULL;
        }
    }
    hst_bench_start(sample);
    const hst_status status =
        hst_cluster_run(cluster, what->blocks * INT64_C(600) * HST_SECOND_NS, 0);
    hst_bench_stop(sample);
    hst_cluster_report report;
    hst_cluster_measure(cluster, &report);
    const size_t peak = hst_os_memory_peak_bytes();
    sample->work = (double)report.events;
    (void)snprintf(sample->note, sizeof sample->note,
                   "%" PRIu64 " events, %" PRIu64 " messages, %.2f s CPU, %zu MiB at most",
                   report.events, report.messages, sample->seconds, peak >> 20);
    return status == HST_OK && what->memory_most > 0 && peak > what->memory_most ? HST_FULL
                                                                                 : status;
}

static hst_status create(const neighbourhood *n,
                         const hst_gossip_case *what,
                         const hst_network_options *network,
                         hst_cluster **out)
{
    const hst_membership membership = {.count = n->count, .total = n->count};
    const hst_cluster_options options = {.protocol = hst_consensus_find("nakamoto"),
                                         .membership = &membership,
                                         .parameters = what->values,
                                         .network = network,
                                         .seed = 1,
                                         .peers = n->pointers,
                                         .peer_counts = n->counts,
                                         .batch_capacity = what->body > 0 ? bodies_of(what) : 1,
                                         .offer_again_ns = INT64_C(100) * 24 * HST_HOUR_NS,
                                         .memory = hst_os_memory()};
    return options.protocol != NULL ? hst_cluster_create(&options, out) : HST_NOT_FOUND;
}

hst_status hst_bench_gossip(const void *parameter, hst_bench_sample *sample)
{
    /* One way, ms: North America, Europe, South America, Asia Pacific, Japan, Australia. */
    static const int64_t ms[REGIONS][REGIONS] = {
        {32, 124, 184, 198, 151, 189}, {124, 11, 227, 237, 252, 294},
        {184, 227, 88, 325, 301, 322}, {198, 237, 325, 85, 58, 198},
        {151, 252, 301, 58, 12, 126},  {189, 294, 322, 198, 126, 16}};
    static const uint64_t down_bits[REGIONS] = {52000000, 40000000, 18000000,
                                                22800000, 22800000, 29900000};
    static const uint64_t up_bits[REGIONS] = {19200000, 20700000, 5800000,
                                              15700000, 10200000, 11300000};
    const hst_gossip_case *what = parameter;
    neighbourhood n = {0};
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), (size_t)1 << 20);
    hst_status status = make(&n, what, &arena);
    int64_t base_ns[REGIONS * REGIONS];
    for (size_t p = 0; p < (size_t)REGIONS * REGIONS; p++) {
        base_ns[p] = ms[p / REGIONS][p % REGIONS] * MS;
    }
    const hst_network_options network = {.count = n.count,
                                         .region_count = REGIONS,
                                         .regions = n.regions,
                                         .base_ns = base_ns,
                                         .region_up_bits = what->body > 0 ? up_bits : NULL,
                                         .region_down_bits = what->body > 0 ? down_bits : NULL,
                                         .seed = 1};
    hst_cluster *cluster = NULL;
    if (status == HST_OK) {
        status = create(&n, what, &network, &cluster);
    }
    if (status == HST_OK) {
        status = run(cluster, what, sample);
    }
    hst_cluster_destroy(cluster);
    hst_arena_release(&arena);
    return status;
}
