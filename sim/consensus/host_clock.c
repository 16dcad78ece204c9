/* A replica's clock: an offset, a drift, and faults that set it. */
#include "sim/consensus/host.h"

int64_t hst_host_shown_time(const hst_cluster *cluster, uint32_t machine, int64_t now_ns)
{
    const hst_cluster_options *o = &cluster->options;
    const uint32_t replica = machine % cluster->count;
    int64_t local = now_ns;
    if (o->clock_drift_ppm != NULL) {
        local += now_ns / 1000000 * o->clock_drift_ppm[replica];
    }
    local += o->clock_offset_ns != NULL ? o->clock_offset_ns[replica] : 0;
    if (cluster->skew_ns != NULL) {
        local += cluster->skew_ns[replica];
        /* Set back, it stands still: a machine's time never goes back. */
        const int64_t shown = cluster->replicas[machine].clock_ns;
        local = local > shown ? local : shown;
    }
    return local;
}

/* When a replica's clock will show `local_ns`; never before now. */
int64_t hst_host_true_time(const hst_cluster *cluster, uint32_t machine, int64_t local_ns)
{
    const hst_cluster_options *o = &cluster->options;
    const uint32_t replica = machine % cluster->count;
    const int64_t now = hst_kernel_now(cluster->kernel);
    if (local_ns == HST_CONSENSUS_NEVER) {
        return INT64_MAX;
    }
    const int64_t ahead = local_ns - hst_host_local_time(cluster, machine, now);
    if (ahead <= 0) {
        return now;
    }
    int64_t wait = ahead;
    if (o->clock_drift_ppm != NULL) {
        wait = ahead - ahead / 1000000 * o->clock_drift_ppm[replica];
    }
    return now + wait;
}
