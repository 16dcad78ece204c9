/* What is looked at after every step, and after a restart. */
#include "sim/consensus/check.h"

#include <string.h>

void hst_check_step(hst_cluster *cluster, uint32_t index)
{
    hst_replica *replica = &cluster->replicas[index];
    hst_consensus_view view = {.leader = HST_CONSENSUS_NOBODY};
    replica->protocol->inspect(replica->state, &view);
    hst_check_monotone(cluster, index, &view);
    hst_check_leader(cluster, index, &view);
    hst_check_votes(cluster, index, &view);
    hst_check_bounded(cluster, index);
    hst_check_remember(cluster, index, &view);
    replica->seen_view = view.view;
    replica->seen_commit_height = view.commit_height;
}

void hst_check_byzantine_step(hst_cluster *cluster, uint32_t index)
{
    const hst_replica *replica = &cluster->replicas[index];
    hst_consensus_view view = {.leader = HST_CONSENSUS_NOBODY};
    replica->protocol->inspect(replica->state, &view);
    hst_check_remember(cluster, index, &view);
}

void hst_check_restart(hst_cluster *cluster, uint32_t index, bool with_disk)
{
    hst_replica *replica = &cluster->replicas[index];
    /* Views start anew; what it voted for is kept, for that must outlive a restart. A replica that
     * lost its disk counts as faulty and may vote again. */
    replica->seen_view = 0;
    replica->seen_commit_height = 0;
    if (!with_disk) {
        memset(&replica->voted, 0, sizeof replica->voted);
        replica->suspect = true;
        memset(&replica->voted_for_good, 0, sizeof replica->voted_for_good);
    }
}
