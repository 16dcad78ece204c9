/* Views never go back within a life, commits never. */
#include "sim/consensus/check.h"

#include <inttypes.h>

void hst_check_monotone(hst_cluster *cluster, uint32_t index, const hst_consensus_view *view)
{
    const hst_replica *replica = &cluster->replicas[index];
    if (view->view < replica->seen_view) {
        hst_cluster_violate(cluster, "monotone", index, 0,
                            "goes from view %" PRIu64 " back to %" PRIu64, replica->seen_view,
                            view->view);
    } else if (view->commit_height != replica->commit_height &&
               view->commit_height < replica->seen_commit_height &&
               replica->protocol->finality == HST_FINALITY_IMMEDIATE) {
        hst_cluster_violate(cluster, "monotone", index, view->commit_height,
                            "goes from commit %" PRIu64 " back to %" PRIu64,
                            replica->seen_commit_height, view->commit_height);
    }
}
