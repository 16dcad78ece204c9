/* Consensus protocols in a cluster of the simulator: messages a second with modelled crypto.
 *
 * Each case runs until a number of decisions; its work is the messages handed to machines, so a
 * protocol that needs fewer messages does not look slower. Checks run on every step, as always. */
#include "core/base/random.h"
#include "core/consensus/consensus.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/bench/bench.h"
#include "sim/consensus/cluster.h"

#define MS INT64_C(1000000)

/** What a case runs. */
typedef struct consensus_case {
    const char *protocol;
    uint32_t count;     /**< replicas */
    uint32_t decisions; /**< to reach */
    bool whole;         /**< report runs of all of it a second, not messages */
} consensus_case;

static hst_status run_until(hst_cluster *cluster, uint32_t decisions, hst_bench_sample *sample)
{
    enum { SIZE = 1000, COMMANDS = 10 };
    for (uint32_t b = 0; b < decisions; b++) {
        if (hst_cluster_submit(cluster, 0, SIZE, COMMANDS) == 0) {
            return HST_FULL;
        }
    }
    hst_bench_start(sample);
    for (int64_t until = HST_SECOND_NS;
         hst_cluster_commands(cluster) < (uint64_t)decisions * COMMANDS; until += HST_SECOND_NS) {
        HST_TRY(hst_cluster_run(cluster, until, 0));
        if (until > HST_HOUR_NS * 24) {
            return HST_MISMATCH;
        }
    }
    hst_bench_stop(sample);
    hst_cluster_report report;
    hst_cluster_measure(cluster, &report);
    sample->work = (double)report.messages;
    return HST_OK;
}

static hst_status run_case(const void *parameter, hst_bench_sample *sample)
{
    const consensus_case *what = parameter;
    static const int64_t base_ns[1] = {200 * MS};
    const hst_membership membership = {.count = what->count, .total = what->count};
    const hst_network_options network = {.count = what->count,
                                         .region_count = 1,
                                         .base_ns = base_ns,
                                         .jitter = HST_JITTER_NORMAL,
                                         .jitter_ns = 50 * MS,
                                         .seed = 1};
    const hst_cluster_options options = {.protocol = hst_consensus_find(what->protocol),
                                         .membership = &membership,
                                         .network = &network,
                                         .seed = 1,
                                         .batch_capacity = what->decisions,
                                         .memory = hst_os_memory()};
    if (options.protocol == NULL) {
        return HST_NOT_FOUND;
    }
    hst_cluster *cluster = NULL;
    HST_TRY(hst_cluster_create(&options, &cluster));
    const hst_status status = run_until(cluster, what->decisions, sample);
    hst_cluster_destroy(cluster);
    if (what->whole) {
        sample->work = 1;
    }
    return status;
}

/* Random neighbours, both ways, as a gossiping network has them. */
enum { NODES = 600, OUTGOING = 8, NEIGHBOURS_MAX = 64 };

typedef struct neighbourhood {
    uint32_t lists[NODES][NEIGHBOURS_MAX];
    const uint32_t *pointers[NODES];
    uint32_t counts[NODES];
} neighbourhood;

static bool knows(const neighbourhood *n, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < n->counts[a]; i++) {
        if (n->lists[a][i] == b) {
            return true;
        }
    }
    return false;
}

static void meet(neighbourhood *n)
{
    hst_random random = hst_random_stream(1, 0, 0, HST_PURPOSE_TEST);
    for (uint32_t a = 0; a < NODES; a++) {
        n->pointers[a] = n->lists[a];
        for (uint32_t tries = 0, made = 0; made < OUTGOING && tries < 1000; tries++) {
            const uint32_t b = (uint32_t)hst_random_below(&random, NODES);
            if (b != a && !knows(n, a, b) && n->counts[a] < NEIGHBOURS_MAX &&
                n->counts[b] < NEIGHBOURS_MAX) {
                n->lists[a][n->counts[a]++] = b;
                n->lists[b][n->counts[b]++] = a;
                made++;
            }
        }
    }
}

/* Two thousand blocks of ten minutes over 600 nodes in six regions, announced and fetched. */
static hst_status run_gossip(const void *parameter, hst_bench_sample *sample)
{
    enum { REGIONS = 6, BLOCKS = 2000 };
    /* One way, ms: North America, Europe, South America, Asia Pacific, Japan, Australia (SimBlock's
     * table of 2019). */
    static const int64_t ms[REGIONS][REGIONS] = {
        {32, 124, 184, 198, 151, 189}, {124, 11, 227, 237, 252, 294},
        {184, 227, 88, 325, 301, 322}, {198, 237, 325, 85, 58, 198},
        {151, 252, 301, 58, 12, 126},  {189, 294, 322, 198, 126, 16}};
    static const uint32_t share_ppm[REGIONS] = {331600, 831400, 840400, 958100, 980500, 1000000};
    const hst_memory memory = hst_os_memory();
    (void)parameter;
    neighbourhood *n = memory.acquire(memory.context, sizeof *n);
    if (n == NULL) {
        return HST_NO_MEMORY;
    }
    meet(n);
    int64_t base_ns[REGIONS * REGIONS];
    uint32_t regions[NODES];
    for (size_t p = 0; p < (size_t)REGIONS * REGIONS; p++) {
        base_ns[p] = ms[p / REGIONS][p % REGIONS] * MS;
    }
    for (uint32_t i = 0; i < NODES; i++) {
        for (regions[i] = 0; share_ppm[regions[i]] < (uint64_t)i * 1000000 / NODES;) {
            regions[i]++;
        }
    }
    const hst_membership membership = {.count = NODES, .total = NODES};
    const hst_network_options network = {
        .count = NODES, .region_count = REGIONS, .regions = regions, .base_ns = base_ns, .seed = 1};
    const hst_cluster_options options = {.protocol = hst_consensus_find("nakamoto"),
                                         .membership = &membership,
                                         .network = &network,
                                         .seed = 1,
                                         .peers = n->pointers,
                                         .peer_counts = n->counts,
                                         .batch_capacity = 1,
                                         .memory = memory};
    hst_cluster *cluster = NULL;
    hst_status status =
        options.protocol != NULL ? hst_cluster_create(&options, &cluster) : HST_NOT_FOUND;
    if (status == HST_OK) {
        hst_cluster_report report;
        hst_bench_start(sample);
        status = hst_cluster_run(cluster, BLOCKS * INT64_C(600) * HST_SECOND_NS, 0);
        hst_bench_stop(sample);
        hst_cluster_measure(cluster, &report);
        sample->work = (double)report.events;
    }
    hst_cluster_destroy(cluster);
    memory.release(memory.context, n, sizeof *n);
    return status;
}

static const consensus_case rtgs_100 = {"rtgs", 100, 2000, false};
static const consensus_case raft_100 = {"raft", 100, 2000, false};
static const consensus_case pbft_128 = {"pbft", 128, 10, true};
static const consensus_case pbft_40 = {"pbft", 40, 200, false};
static const consensus_case tendermint_40 = {"tendermint", 40, 100, false};
static const consensus_case hotstuff_100 = {"hotstuff", 100, 1000, false};
static const consensus_case jolteon_100 = {"jolteon", 100, 1000, false};
static const consensus_case mysticeti_40 = {"mysticeti", 40, 200, false};
static const consensus_case xrpl_35 = {"xrpl", 35, 200, false};
static const consensus_case scp_40 = {"scp", 40, 20, false};

static const hst_bench_case cases[] = {
    {.name = "consensus.rtgs.100",
     .summary = "one operator, 99 followers, 2,000 decisions",
     .unit = "messages/s",
     .run = run_case,
     .parameter = &rtgs_100,
     .aim = 3e6,
     .tier = HST_BENCH_SYSTEM},
    {.name = "consensus.raft.100",
     .summary = "100 replicas, 2,000 entries",
     .unit = "messages/s",
     .run = run_case,
     .parameter = &raft_100,
     .aim = 3e6,
     .tier = HST_BENCH_SYSTEM},
    {.name = "consensus.pbft.40",
     .summary = "40 replicas, 200 decisions",
     .unit = "messages/s",
     .run = run_case,
     .parameter = &pbft_40,
     .aim = 3e6,
     .tier = HST_BENCH_SYSTEM},
    {.name = "consensus.tendermint.40",
     .summary = "40 replicas, 100 heights",
     .unit = "messages/s",
     .run = run_case,
     .parameter = &tendermint_40,
     .aim = 3e6,
     .tier = HST_BENCH_SYSTEM},
    {.name = "consensus.hotstuff.100",
     .summary = "100 replicas, 1,000 blocks",
     .unit = "messages/s",
     .run = run_case,
     .parameter = &hotstuff_100,
     .aim = 3e6,
     .tier = HST_BENCH_SYSTEM},
    {.name = "consensus.jolteon.100",
     .summary = "100 replicas, 1,000 blocks",
     .unit = "messages/s",
     .run = run_case,
     .parameter = &jolteon_100,
     .aim = 3e6,
     .tier = HST_BENCH_SYSTEM},
    {.name = "consensus.mysticeti.40",
     .summary = "40 replicas, 200 batches",
     .unit = "messages/s",
     .run = run_case,
     .parameter = &mysticeti_40,
     .aim = 3e6,
     .tier = HST_BENCH_SYSTEM},
    {.name = "consensus.xrpl.35",
     .summary = "35 nodes, 200 batches",
     .unit = "messages/s",
     .run = run_case,
     .parameter = &xrpl_35,
     .aim = 3e6,
     .tier = HST_BENCH_SYSTEM},
    {.name = "consensus.scp.40",
     .summary = "40 nodes, 20 slots",
     .unit = "messages/s",
     .run = run_case,
     .parameter = &scp_40,
     .aim = 3e6,
     .tier = HST_BENCH_SYSTEM},
    {.name = "consensus.pbft.128.ten",
     .summary = "ten decisions of 128 replicas, one way 200 +- 50 ms: runs of it a second",
     .unit = "runs/s",
     .run = run_case,
     .parameter = &pbft_128,
     .aim = 1 / 0.15,
     .tier = HST_BENCH_SYSTEM},
    {.name = "consensus.nakamoto.600",
     .summary = "2,000 blocks of proof of work over 600 nodes with 16 neighbours",
     .unit = "events/s",
     .run = run_gossip,
     .aim = 8e6,
     .tier = HST_BENCH_SYSTEM},
};

const hst_bench_table hst_bench_consensus = {cases, sizeof cases / sizeof cases[0]};
