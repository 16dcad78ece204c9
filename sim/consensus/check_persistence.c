/* Records are appended in order, and nothing waits for a record that is not coming: so what is sent
 * after a record is sent when that is durable (the host sees to it). */
#include "sim/consensus/check.h"

#include <inttypes.h>

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
