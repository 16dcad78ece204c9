#include "tests/validation/pow_network.h"

#include "core/base/random.h"
#include "core/consensus/nakamoto/internal.h"
#include "core/consensus/nakamoto/nakamoto.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/consensus/cluster.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

/* ---- published parameters ---------------------------------------------------------------------
 */

/* North America, Europe, South America, Asia Pacific, Japan, Australia. */
enum { REGIONS = 6, POOLS = 16, QUANTILES = 19, POOL_LINKS = 700, POOL_LINKS_MOST = 800 };

static const double region_share[REGIONS] = {.3869, .5159, .0113, .0574, .0119, .0166};

/* One way, ms. */
static const double latency_ms[REGIONS][REGIONS] = {
    {35.5, 119.49, 254.79, 310.11, 154.36, 207.91},
    {119.49, 11.61, 221.08, 241.9, 266.45, 350.07},
    {254.79, 221.08, 137.09, 346.65, 255.95, 268.91},
    {310.11, 241.9, 346.65, 99.46, 172.24, 277.8},
    {154.36, 266.45, 255.95, 172.24, 8.76, 162.59},
    {207.91, 350.07, 268.91, 277.8, 162.59, 21.72}};

/* Mbit/s, twentieths of the published distributions of each region. */
static const double down_mbit[REGIONS][QUANTILES] = {
    {.39, .74, 1.26, 2.13, 2.88, 4.35, 5.8, 7.46, 9.77, 12.3, 15.69, 18.22, 20.58, 23.49, 29.7,
     39.41, 50.35, 56.98, 84.93},
    {.47, 1.03, 1.81, 2.86, 3.97, 5.27, 6.57, 7.97, 9.42, 10.93, 13.22, 16.15, 19.3, 23.55, 28.32,
     35.53, 45.3, 59.1, 93.6},
    {.23, .36, .49, .64, .88, 1.12, 1.43, 1.81, 2.33, 2.9, 3.55, 4.35, 5.18, 6.25, 7.47, 9.08,
     11.39, 15.43, 24.85},
    {.3, .5, .78, 1.13, 1.51, 1.91, 2.36, 2.87, 3.41, 4.07, 4.8, 5.83, 7.23, 8.77, 10.69, 13.13,
     17.1, 24.6, 40.1},
    {.25, .39, .54, .78, 1.1, 1.5, 2, 2.71, 3.35, 4.05, 5.4, 7.18, 9.78, 14.38, 21.79, 27.49, 39.85,
     65.85, 81.27},
    {.31, .53, .83, 1.19, 1.57, 2.19, 2.9, 3.81, 4.77, 5.68, 6.71, 8.16, 10.08, 12.14, 14.91, 19.56,
     27.27, 34.43, 74.1}};
static const double up_mbit[REGIONS][QUANTILES] = {
    {.18, .31, .43, .59, .77, .96, 1.1, 1.4, 1.77, 2.38, 3.1, 3.61, 4.26, 5.06, 5.62, 6.22, 8.22,
     9.77, 14.2},
    {.2, .4, .56, .77, 1.11, 1.52, 2.03, 2.63, 3.1, 3.75, 4.41, 5.29, 6.39, 7.8, 9.48, 11.46, 15.2,
     21.7, 32.15},
    {.14, .18, .22, .28, .33, .38, .44, .52, .63, .76, .89, 1.11, 1.57, 1.98, 2.42, 2.88, 3.35,
     4.02, 5.47},
    {.15, .2, .32, .46, .61, .8, 1.04, 1.36, 1.77, 2.21, 2.66, 3.14, 4.12, 5.37, 6.84, 7.93, 10.87,
     14.44, 23.6},
    {.17, .27, .39, .56, .81, 1.03, 1.29, 1.58, 1.86, 2.16, 2.45, 2.9, 3.59, 4.31, 4.99, 5.64, 6.23,
     7.17, 10.47},
    {.2, .31, .44, .6, .66, .72, .76, .81, .87, 1.02, 1.35, 2.07, 2.62, 3.34, 4.14, 5.26, 12.25,
     22.64, 25.37}};

/* Thousands of bytes, twentieths of the sizes of Bitcoin's blocks in 2015. */
static const double block_kb[QUANTILES] = {10,  85,  130, 180, 230, 260, 315, 375, 445, 525,
                                           620, 725, 750, 760, 890, 930, 950, 990, 995};

static const double pool_power[POOLS] = {.289, .196, .159, .133, .066, .054, .029, .016,
                                         .012, .012, .012, .009, .005, .005, .002, .002};
static const uint32_t pool_region[POOLS] = {3, 3, 3, 0, 3, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0};

/* Neighbours of a node: 10 % have 1 to 5, ... */
enum { BANDS = 6 };
static const uint32_t links_from[BANDS + 1] = {1, 5, 10, 15, 20, 30, 125};
static const double links_share[BANDS] = {.10, .40, .30, .13, .06, .01};

static const double validation_ns_a_byte = 0.174e9 / 458263;
static const double transaction_bytes = 522.4;

/* ---- the network ------------------------------------------------------------------------------
 */

typedef struct world {
    const pow_run *run;
    hst_random random;
    uint32_t *regions, *counts, *most, *least;
    uint32_t **lists;
    uint64_t *up, *down, *weights;
    /* What is seen: blocks by id, and who followed which. */
    hst_hash *ids;
    int64_t *found_ns;
    uint32_t id_count, id_most;
    uint32_t *table;   /* id + 1 by hash */
    uint64_t *last;    /* by node: beginning of the id it spoke of last */
    uint8_t *followed; /* [id][node / 8] */
    double *sum;
    uint32_t *number;
} world;

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    assert_non_null(memory);
    return memory;
}

/* A value of a distribution given by twentieths; the lowest begins at `least`, the highest
 * twentieth is as its lower end. */
static double draw(hst_random *random, const double *quantiles, double least)
{
    const double at = hst_random_uniform(random) * (QUANTILES + 1);
    const uint32_t below = (uint32_t)at;
    if (below >= QUANTILES) {
        return quantiles[QUANTILES - 1];
    }
    const double from = below == 0 ? least : quantiles[below - 1];
    return from + (at - below) * (quantiles[below] - from);
}

static uint32_t pick(hst_random *random, const double *shares, uint32_t count)
{
    double left = hst_random_uniform(random);
    uint32_t one = 0;
    for (; one + 1 < count && left >= shares[one]; one++) {
        left -= shares[one];
    }
    return one;
}

static bool knows(const world *w, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < w->counts[a]; i++) {
        if (w->lists[a][i] == b) {
            return true;
        }
    }
    return false;
}

static void link_up(world *w, uint32_t a, uint32_t b)
{
    w->lists[a][w->counts[a]++] = b;
    w->lists[b][w->counts[b]++] = a;
}

/* Those who still take neighbours are in `open`; `node` looks for as many as it needs. */
static void look_for(world *w, uint32_t node, uint32_t *open, uint32_t *open_count)
{
    const uint32_t wanted = w->least[node];
    for (uint32_t tries = 0; w->counts[node] < wanted && tries<10 * wanted && * open_count> 0;
         tries++) {
        const uint32_t at = (uint32_t)hst_random_below(&w->random, *open_count);
        const uint32_t other = open[at];
        if (other == node || w->counts[other] >= w->most[other] || knows(w, node, other)) {
            continue;
        }
        link_up(w, node, other);
        if (w->counts[other] == w->most[other]) {
            open[at] = open[--*open_count];
        }
    }
}

static void connect(world *w)
{
    const uint32_t n = w->run->nodes;
    uint32_t *open = zeroed(n, sizeof *open);
    uint32_t open_count = n;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t band = pick(&w->random, links_share, BANDS);
        const uint32_t width = links_from[band + 1] - links_from[band];
        open[i] = i;
        w->least[i] = i < POOLS ? POOL_LINKS
                                : links_from[band] + (uint32_t)hst_random_below(&w->random, width);
        w->most[i] = i < POOLS ? POOL_LINKS_MOST : w->least[i] + band + 1;
        w->lists[i] = zeroed(w->most[i] + POOLS, sizeof **w->lists);
    }
    for (uint32_t a = 0; a < POOLS; a++) {
        for (uint32_t b = 0; b < a; b++) {
            link_up(w, a, b);
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        look_for(w, i, open, &open_count);
    }
    free(open);
}

static void settle(world *w)
{
    const uint32_t n = w->run->nodes;
    for (uint32_t i = 0; i < n; i++) {
        const bool pool = i < POOLS;
        w->regions[i] = pool ? pool_region[i] : pick(&w->random, region_share, REGIONS);
        const double down = draw(&w->random, down_mbit[w->regions[i]], 0.1);
        const double up = draw(&w->random, up_mbit[w->regions[i]], 0.1);
        w->down[i] = (uint64_t)((pool ? 100 : down) * 1e6);
        w->up[i] = (uint64_t)((pool ? 100 : up) * 1e6);
        w->weights[i] = pool ? (uint64_t)lround(pool_power[i] * 1000) : 0;
    }
}

static world *make(const pow_run *run)
{
    const uint32_t n = run->nodes;
    world *w = zeroed(1, sizeof *w);
    w->run = run;
    w->random = hst_random_stream(run->seed, 0, 0, HST_PURPOSE_TEST);
    w->id_most = 2 * run->blocks + 64;
    w->regions = zeroed(n, sizeof *w->regions);
    w->counts = zeroed(n, sizeof *w->counts);
    w->least = zeroed(n, sizeof *w->least);
    w->most = zeroed(n, sizeof *w->most);
    w->lists = zeroed(n, sizeof *w->lists);
    w->up = zeroed(n, sizeof *w->up);
    w->down = zeroed(n, sizeof *w->down);
    w->weights = zeroed(n, sizeof *w->weights);
    w->ids = zeroed(w->id_most, sizeof *w->ids);
    w->found_ns = zeroed(w->id_most, sizeof *w->found_ns);
    w->table = zeroed((size_t)4 * w->id_most, sizeof *w->table);
    w->last = zeroed(n, sizeof *w->last);
    w->followed = zeroed(w->id_most, (n + 7) / 8);
    w->sum = zeroed(n, sizeof *w->sum);
    w->number = zeroed(n, sizeof *w->number);
    settle(w);
    connect(w);
    return w;
}

static void drop(world *w)
{
    for (uint32_t i = 0; i < w->run->nodes; i++) {
        free(w->lists[i]);
    }
    void *const all[] = {w->regions, w->counts,   w->least, w->most, w->lists,    w->up,
                         w->down,    w->weights,  w->ids,   w->last, w->followed, w->sum,
                         w->number,  w->found_ns, w->table, w};
    for (size_t a = 0; a < sizeof all / sizeof all[0]; a++) {
        free(all[a]);
    }
}

/* ---- what is seen -----------------------------------------------------------------------------
 */

static uint32_t number_of(world *w, const hst_hash *id, int64_t now_ns)
{
    uint32_t slot;
    memcpy(&slot, id->bytes + 8, sizeof slot);
    for (slot %= 4 * w->id_most; w->table[slot] != 0; slot = (slot + 1) % (4 * w->id_most)) {
        if (hst_hash_equal(&w->ids[w->table[slot] - 1], id)) {
            return w->table[slot] - 1;
        }
    }
    assert_true(w->id_count < w->id_most);
    w->ids[w->id_count] = *id;
    w->found_ns[w->id_count] = now_ns;
    w->table[slot] = ++w->id_count;
    return w->id_count - 1;
}

/* Whoever passes a block on follows it; the first to do so has found it. */
static hst_cluster_verdict watch(void *context,
                                 hst_cluster *cluster,
                                 uint32_t from,
                                 uint32_t to,
                                 const uint8_t *bytes,
                                 uint32_t size)
{
    world *w = context;
    hst_hash id;
    (void)to;
    (void)size;
    if (bytes[0] == HST_NAKAMOTO_INV) {
        memcpy(&id, bytes + 1, sizeof id);
    } else if (from < POOLS && w->run->relay != HST_NAKAMOTO_ANNOUNCE &&
               (bytes[0] == HST_NAKAMOTO_BLOCK || bytes[0] == HST_NAKAMOTO_CMPCTBLOCK)) {
        id = hst_blake2b(bytes + 1, HST_NAKAMOTO_HEADER_SIZE);
    } else {
        return (hst_cluster_verdict){0};
    }
    uint64_t name;
    memcpy(&name, id.bytes, sizeof name);
    if (w->last[from] == name) {
        return (hst_cluster_verdict){0};
    }
    w->last[from] = name;
    const int64_t now = hst_cluster_now(cluster);
    const uint32_t number = number_of(w, &id, now);
    uint8_t *seen = &w->followed[(size_t)number * ((w->run->nodes + 7) / 8) + from / 8];
    if ((*seen >> from % 8 & 1) == 0) {
        *seen |= (uint8_t)(1 << from % 8);
        w->sum[from] += (double)(now - w->found_ns[number]) / 1e9;
        w->number[from]++;
    }
    return (hst_cluster_verdict){0};
}

/* ---- a run ------------------------------------------------------------------------------------
 */

static hst_cluster *create(world *w, const hst_membership *membership, const int64_t *values)
{
    static int64_t base_ns[REGIONS * REGIONS];
    const pow_run *run = w->run;
    for (uint32_t p = 0; p < REGIONS * REGIONS; p++) {
        base_ns[p] = (int64_t)(latency_ms[p / REGIONS][p % REGIONS] * 1e6);
    }
    const hst_network_options network = {.count = run->nodes,
                                         .region_count = REGIONS,
                                         .regions = w->regions,
                                         .base_ns = base_ns,
                                         .jitter = HST_JITTER_PARETO,
                                         .jitter_unit_ns = 5 * MS,
                                         .jitter_by_path = true,
                                         .endpoint_up_bits = w->up,
                                         .endpoint_down_bits = w->down,
                                         .stream = !run->store_and_forward,
                                         .small_bytes = run->queue_all ? 0 : 100,
                                         .seed = run->seed};
    const hst_cluster_options options = {
        .protocol = &hst_protocol_nakamoto,
        .membership = membership,
        .parameters = values,
        .network = &network,
        .seed = run->seed,
        .costs.kilobyte_ns = (int64_t)(validation_ns_a_byte * 1024 * run->validation_share),
        .peers = (const uint32_t *const *)w->lists,
        .peer_counts = w->counts,
        .batch_capacity = 2 * run->blocks + 64,
        .offer_again_ns = INT64_C(100000) * HST_HOUR_NS,
        .filter = watch,
        .filter_context = w,
        .memory = hst_os_memory()};
    hst_cluster *cluster = NULL;
    assert_int_equal(hst_cluster_create(&options, &cluster), HST_OK);
    for (uint32_t b = 0; b < run->blocks + run->blocks / 4 + 32; b++) {
        const double drawn = draw(&w->random, block_kb, 0) * 1000 * run->interval_s / 600;
        const double body = run->body > 0               ? run->body
                            : drawn < transaction_bytes ? transaction_bytes
                                                        : drawn;
        assert_true(hst_cluster_submit(cluster, 0, (uint32_t)body,
                                       (uint32_t)(body / transaction_bytes)) != 0);
    }
    return cluster;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void conclude(world *w, hst_cluster *cluster, pow_result *out)
{
    const uint32_t n = w->run->nodes;
    double *means = zeroed(n, sizeof *means);
    uint32_t count = 0;
    double links = 0;
    out->pools = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (w->number[i] > 0) {
            means[count++] = w->sum[i] / w->number[i];
        }
        links += i >= POOLS ? w->counts[i] : 0;
        out->pools += i < POOLS ? pool_power[i] * w->sum[i] / fmax(w->number[i], 1) : 0;
    }
    assert_true(count > n / 2);
    qsort(means, count, sizeof *means, ascending);
    out->p10 = means[count / 10];
    out->p50 = means[count / 2];
    out->p90 = means[(size_t)count * 9 / 10];
    free(means);
    hst_consensus_view view;
    hst_cluster_view(cluster, 0, &view);
    out->found = w->id_count;
    out->kept = view.view / HST_NAKAMOTO_UNIT; /* work of the best chain, but for genesis */
    out->stale = 1 - (double)out->kept / (double)out->found;
    out->links = links / (n - POOLS);
    hst_cluster_report report;
    hst_cluster_measure(cluster, &report);
    out->events = report.events;
}

void pow_measure(const pow_run *run, pow_result *out)
{
    const int64_t values[HST_NAKAMOTO_PARAMETERS] = {
        [HST_NAKAMOTO_INTERVAL] = (int64_t)(run->interval_s * 1e9),
        [HST_NAKAMOTO_RETARGET] = 16384,
        [HST_NAKAMOTO_DIFFICULTY] = HST_NAKAMOTO_UNIT,
        [HST_NAKAMOTO_CONFIRMATIONS] = 6,
        [HST_NAKAMOTO_FINAL_DEPTH] = 40,
        [HST_NAKAMOTO_RELAY] = run->relay,
        [HST_NAKAMOTO_WINDOW] = 128,
        [HST_NAKAMOTO_REQUEST] = (int64_t)(2 * run->interval_s * 1e9), /* as theirs */
        [HST_NAKAMOTO_AHEAD] = INT64_C(7200) * HST_SECOND_NS,
        [HST_NAKAMOTO_STORE] = 0,
    };
    world *w = make(run);
    hst_membership membership = {.count = run->nodes, .weights = w->weights};
    for (uint32_t i = 0; i < POOLS; i++) {
        membership.total += w->weights[i];
    }
    hst_cluster *cluster = create(w, &membership, values);
    const clock_t start = clock();
    assert_int_equal(hst_cluster_run(cluster, (int64_t)(run->blocks * run->interval_s * 1e9), 0),
                     HST_OK);
    out->seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    conclude(w, cluster, out);
    hst_cluster_destroy(cluster);
    drop(w);
}
