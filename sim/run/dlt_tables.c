/* A day's validators in the consensus tables of its result, as the one study there is. */
#include "core/base/assert.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/consensus/study.h"
#include "sim/run/consensus_tables.h"
#include "sim/run/dlt.h"

#include <string.h>

/* Intervals of the time line: half an hour each, of four days at most. */
static const int64_t interval_ns = HST_HOUR_NS / 2;
enum { INTERVALS_MAX = 192 };

static bool add_finality(const hst_dlt_rail *rail, hst_consensus_tables *tables)
{
    for (uint32_t i = 0; rail->executed > 0 && i < HST_STUDY_SHARES; i++) {
        hst_finality_row *row = hst_consensus_tables_add(tables, HST_RARE_TABLE_FINALITY);
        if (row == NULL) {
            return false;
        }
        row->share_ppm = hst_study_shares_ppm[i];
        row->time_ns = hst_histogram_percentile(rail->finality_ns, hst_study_shares_ppm[i]);
    }
    return true;
}

/* Transactions by the time of the day their batch became final. The cluster's clock is not the
 * day's, but time spans on it are. */
static bool add_timeline(const hst_dlt_rail *rail, hst_consensus_tables *tables)
{
    uint64_t decided[INTERVALS_MAX] = {0};
    int64_t used = 0;
    for (uint32_t b = 1; b <= rail->batches; b++) {
        int64_t submitted_ns = 0;
        int64_t agreed_ns = 0;
        if (!hst_cluster_batch_times(rail->cluster, b, &submitted_ns, &agreed_ns)) {
            continue;
        }
        const int64_t last_ns = rail->arrived_ns[rail->batch_end[b] - 1];
        const int64_t at = (last_ns + agreed_ns - submitted_ns) / interval_ns;
        if (at >= 0 && at < INTERVALS_MAX) {
            decided[at] += rail->batch_end[b] - rail->batch_end[b - 1];
            used = at >= used ? at + 1 : used;
        }
    }
    for (int64_t i = 0; i < used; i++) {
        hst_timeline_row *row = hst_consensus_tables_add(tables, HST_RARE_TABLE_TIMELINE);
        if (row == NULL) {
            return false;
        }
        row->interval = (uint32_t)i;
        row->time_ns = i * interval_ns;
        row->length_ns = interval_ns;
        row->decided = decided[i];
    }
    return true;
}

/* Longest time from one batch's finality to the next, waiting for payments included or not: only
 * time in which something was undecided counts. */
static int64_t longest_gap_ns(const hst_dlt_rail *rail)
{
    int64_t longest_ns = 0;
    int64_t last_ns = 0;
    for (uint32_t b = 1; b <= rail->batches; b++) {
        int64_t submitted_ns = 0;
        int64_t agreed_ns = 0;
        if (!hst_cluster_batch_times(rail->cluster, b, &submitted_ns, &agreed_ns)) {
            continue;
        }
        const int64_t since_ns = last_ns > submitted_ns ? last_ns : submitted_ns;
        longest_ns = agreed_ns - since_ns > longest_ns ? agreed_ns - since_ns : longest_ns;
        last_ns = agreed_ns > last_ns ? agreed_ns : last_ns;
    }
    return longest_ns;
}

static bool
add_study(const hst_world *world, const hst_consensus_world *who, hst_consensus_tables *tables)
{
    const hst_dlt_rail *rail = world->dlt;
    const hst_cluster_violation *violation = hst_dlt_violation(rail);
    hst_study_row *row = hst_consensus_tables_add(tables, HST_RARE_TABLE_STUDY);
    hst_cluster_report run;
    if (row == NULL) {
        return false;
    }
    hst_cluster_measure(rail->cluster, &run);
    hst_consensus_row_cluster(row, who, &run);
    hst_result_put_text(row->faults, sizeof row->faults, "scenario");
    hst_result_put_text(row->status, sizeof row->status, "OK");
    hst_result_put_text(row->violated, sizeof row->violated,
                        violation->check != NULL ? violation->check : "");
    row->offered = rail->arrived;
    row->decided = rail->executed;
    row->longest_gap_ns = longest_gap_ns(rail);
    row->recover_ns = -1;
    row->finality_p50_ns = row->finality_p90_ns = row->finality_p99_ns = row->finality_max_ns = -1;
    if (rail->executed == 0) {
        return true;
    }
    /* Rates are by payment, as in the summary: the cluster counts a batch decided twice once. */
    const double executed = (double)rail->executed;
    const int64_t end_ns = rail->arrived_ns[rail->arrived - 1] + rail->finality_ns->max;
    row->duration_ns = rail->arrived_ns[rail->arrived - 1] - rail->arrived_ns[0];
    row->throughput = executed * 1e9 / (double)(end_ns - rail->arrived_ns[0]);
    row->finality_p50_ns = hst_histogram_percentile(rail->finality_ns, 500000);
    row->finality_p90_ns = hst_histogram_percentile(rail->finality_ns, 900000);
    row->finality_p99_ns = hst_histogram_percentile(rail->finality_ns, 990000);
    row->finality_max_ns = rail->finality_ns->max;
    row->messages = (double)run.messages / executed;
    row->bytes = (double)run.bytes / executed;
    row->cpu_ns = (double)run.busy_ns / executed;
    return true;
}

hst_status hst_dlt_write(const hst_world *world, hst_error *error)
{
    const hst_dlt_rail *rail = world->dlt;
    if (rail == NULL || world->result == NULL) {
        return HST_OK;
    }
    uint32_t region_count = 0;
    const char *const *regions = hst_dlt_regions(&region_count);
    const hst_network_options *network = &rail->config.network;
    const hst_consensus_world who = {.protocol = rail->config.protocol,
                                     .regions = regions,
                                     .region_count = region_count,
                                     .places = network->regions,
                                     .replicas = network->count};
    hst_consensus_tables tables;
    hst_consensus_tables_init(&tables, hst_os_memory());
    hst_assert(network->tally && network->region_count == region_count);
    const bool whole = add_study(world, &who, &tables) && add_finality(rail, &tables) &&
                       add_timeline(rail, &tables) &&
                       hst_consensus_tables_cluster(&tables, 0, &who, rail->cluster) == HST_OK;
    if (whole) {
        hst_consensus_tables_write(&tables, true, world->result);
    }
    hst_consensus_tables_release(&tables);
    return whole ? HST_OK
                 : hst_error_set(error, HST_NO_MEMORY, "out of memory for consensus tables");
}
