/* Monotone views and commits, persistence: what is looked at after every step. */
#include "sim/consensus/check.h"

#include <inttypes.h>
#include <string.h>

void hst_check_step(hst_cluster *cluster, uint32_t index)
{
    hst_replica *replica = &cluster->replicas[index];
    hst_consensus_view view = {.leader = HST_CONSENSUS_NOBODY};
    replica->protocol->inspect(replica->state, &view);
    if (view.view < replica->seen.view) {
        hst_cluster_violate(cluster, "monotone", index, 0,
                            "goes from view %" PRIu64 " back to %" PRIu64, replica->seen.view,
                            view.view);
    } else if (view.commit_height != replica->commit_height &&
               view.commit_height < replica->seen.commit_height &&
               replica->protocol->finality == HST_FINALITY_IMMEDIATE) {
        hst_cluster_violate(cluster, "monotone", index, view.commit_height,
                            "goes from commit %" PRIu64 " back to %" PRIu64,
                            replica->seen.commit_height, view.commit_height);
    }
    hst_check_votes(cluster, index, &view);
    replica->seen = view;
}

void hst_check_restart(hst_cluster *cluster, uint32_t index, bool with_disk)
{
    hst_replica *replica = &cluster->replicas[index];
    /* Views start anew; what it voted for is kept, for that must outlive a restart. A replica that
     * lost its disk counts as faulty and may vote again. */
    replica->seen.view = 0;
    replica->seen.commit_height = 0;
    if (!with_disk) {
        memset(&replica->seen, 0, sizeof replica->seen);
        memset(&replica->voted, 0, sizeof replica->voted);
        memset(&replica->voted_for_good, 0, sizeof replica->voted_for_good);
    }
}

void hst_check_persist(hst_cluster *cluster, uint32_t index, uint64_t sequence)
{
    const hst_replica *replica = &cluster->replicas[index];
    if (sequence != replica->persisted + 1) {
        hst_cluster_violate(cluster, "persistence", index, 0,
                            "appends record %" PRIu64 " after %" PRIu64, sequence,
                            replica->persisted);
    }
}

void hst_check_after(hst_cluster *cluster, uint32_t index, uint64_t after)
{
    const hst_replica *replica = &cluster->replicas[index];
    if (after > replica->persisted) {
        hst_cluster_violate(cluster, "persistence", index, 0,
                            "lets an effect wait for record %" PRIu64 " where the last is %" PRIu64,
                            after, replica->persisted);
    }
}
