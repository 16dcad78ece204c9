#include "sim/bench/anchor.h"

#include "core/consensus/consensus.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/consensus/cluster.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Most parameters of a protocol. */
enum { VALUES_MAX = 32 };

/* A run and its load. */
typedef struct run {
    const hst_anchor *what;
    hst_cluster *cluster;
    uint64_t submitted;
} run;

static void submit(run *r, int64_t at_ns)
{
    r->submitted += hst_cluster_submit(r->cluster, at_ns, r->what->body, 1) != 0 ? 1 : 0;
}

/* The next batch as soon as one is decided. */
static void
on_commit(void *context, const hst_cluster *cluster, uint32_t replica, const hst_effect *commit)
{
    run *r = context;
    const int64_t now = hst_cluster_now(cluster);
    if (replica == 0 && commit->batch.id != 0 && now < r->what->quiet_ns + r->what->load_ns) {
        submit(r, now);
    }
}

static void set_values(const hst_anchor *what, const hst_consensus_protocol *protocol, int64_t *out)
{
    for (uint32_t p = 0; p < protocol->parameter_count && p < VALUES_MAX; p++) {
        const hst_consensus_parameter *one = &protocol->parameters[p];
        out[p] = one->standard;
        for (uint32_t v = 0; v < 2; v++) {
            const hst_anchor_value *value = &what->values[v];
            if (value->name != NULL && strcmp(value->name, one->name) == 0) {
                out[p] = value->value;
            }
        }
    }
}

static void load(run *r)
{
    const hst_anchor *what = r->what;
    const int64_t until = what->quiet_ns + what->load_ns;
    int64_t at = what->quiet_ns;
    do {
        submit(r, at);
        at += what->every_ns;
    } while (what->every_ns > 0 && at < until);
}

static hst_status measure(run *r, hst_bench_sample *sample)
{
    enum { UNDECIDED = 64 }; /* of a closed loop, and at the end of the load */
    hst_cluster_report report;
    load(r);
    hst_bench_start(sample);
    const hst_status status =
        hst_cluster_run(r->cluster, 2 * r->what->quiet_ns + r->what->load_ns, 0);
    hst_bench_stop(sample);
    hst_cluster_measure(r->cluster, &report);
    sample->work = 1;
    (void)snprintf(
        sample->note, sizeof sample->note,
        "%" PRIu64 " events, %" PRIu64 " messages, %" PRIu64 " decisions, %zu MiB at most",
        report.events, report.messages, report.decided, hst_os_memory_peak_bytes() >> 20);
    HST_TRY(status);
    return report.commands + UNDECIDED >= r->submitted ? HST_OK : HST_MISMATCH;
}

hst_status hst_bench_anchor(const void *parameter, hst_bench_sample *sample)
{
    const hst_anchor *what = parameter;
    const hst_consensus_protocol *protocol = hst_consensus_find(what->protocol);
    int64_t values[VALUES_MAX];
    run r = {.what = what};
    if (protocol == NULL || protocol->parameter_count > VALUES_MAX) {
        return HST_NOT_FOUND;
    }
    set_values(what, protocol, values);
    const hst_membership membership = {.count = what->count, .total = what->count};
    const hst_network_options network = {.count = what->count,
                                         .region_count = 1,
                                         .base_ns = &what->latency_ns,
                                         .jitter = what->jitter,
                                         .jitter_ns = what->jitter_ns,
                                         .jitter_shape = what->jitter_shape,
                                         .up_bits_per_second = what->bits_per_second,
                                         .down_bits_per_second = what->bits_per_second,
                                         .seed = 1};
    const hst_cluster_options options = {
        .protocol = protocol,
        .membership = &membership,
        .parameters = values,
        .network = &network,
        .seed = 1,
        .batch_capacity =
            what->every_ns > 0 ? (uint32_t)(what->load_ns / what->every_ns + 1) : UINT32_C(1) << 20,
        .observer = what->every_ns > 0 ? NULL : on_commit,
        .observer_context = &r,
        .memory = hst_os_memory()};
    HST_TRY(hst_cluster_create(&options, &r.cluster));
    const hst_status status = measure(&r, sample);
    hst_cluster_destroy(r.cluster);
    return status;
}
