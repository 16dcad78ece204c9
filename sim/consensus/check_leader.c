/* Election safety: where faults are crashes, a view (Raft: a term) has one leader at most. Keeps
 * the leader of the highest view led so far, which is where a second one appears. */
#include "sim/consensus/check.h"

#include <inttypes.h>

void hst_check_leader(hst_cluster *cluster, uint32_t index, const hst_consensus_view *view)
{
    if (!view->leading || cluster->options.protocol->model != HST_FAULTS_CRASH) {
        return;
    }
    if (view->view > cluster->led_view) {
        cluster->led_view = view->view;
        cluster->led_by = index;
    } else if (view->view == cluster->led_view && cluster->led_by != index) {
        hst_cluster_violate(cluster, "leader", index, 0,
                            "leads view %" PRIu64 ", as replica %" PRIu32 " does", view->view,
                            cluster->led_by);
    }
}
