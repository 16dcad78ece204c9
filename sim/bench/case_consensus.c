/* Consensus protocols in a cluster of the simulator: messages a second with modelled crypto.
 *
 * Each case runs until a number of decisions; its work is the messages handed to machines, so a
 * protocol that needs fewer messages does not look slower. Checks run on every step, as always. */
#include "core/consensus/consensus.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/bench/bench.h"
#include "sim/consensus/cluster.h"

#define MS INT64_C(1000000)

/** What a case runs. */
typedef struct consensus_case {
    const char *protocol;
    uint32_t count;     /**< replicas */
    uint32_t decisions; /**< to reach */
    bool seconds;       /**< report seconds for all of it, not messages a second */
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
    hst_cluster_report report = {0};
    for (int64_t until = HST_SECOND_NS; report.commands < (uint64_t)decisions * COMMANDS;
         until += HST_SECOND_NS) {
        HST_TRY(hst_cluster_run(cluster, until, 0));
        hst_cluster_measure(cluster, &report);
        if (until > HST_HOUR_NS * 24) {
            return HST_MISMATCH;
        }
    }
    hst_bench_stop(sample);
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
    if (what->seconds) {
        sample->work = 1;
    }
    return status;
}

static const consensus_case rtgs_100 = {"rtgs", 100, 2000, false};

static const hst_bench_case cases[] = {
    {.name = "consensus.rtgs.100",
     .summary = "one operator, 99 followers, 2,000 decisions",
     .unit = "messages/s",
     .run = run_case,
     .parameter = &rtgs_100,
     .aim = 3e6,
     .tier = HST_BENCH_SYSTEM},
};

const hst_bench_table hst_bench_consensus = {cases, sizeof cases / sizeof cases[0]};
