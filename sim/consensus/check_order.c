/* Heights are committed one after another, each block on the one before. */
#include "sim/consensus/check.h"

#include <inttypes.h>

void hst_check_order(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    const hst_replica *replica = &cluster->replicas[index];
    if (effect->height != replica->commit_height + 1) {
        hst_cluster_violate(cluster, "order", index, effect->height,
                            "commits height %" PRIu64 " after %" PRIu64, effect->height,
                            replica->commit_height);
    } else if (!hst_hash_is_zero(&effect->parent) && replica->commit_height > 0 &&
               !hst_hash_equal(&effect->parent, &replica->commit)) {
        hst_cluster_violate(cluster, "order", index, effect->height,
                            "commits a block that is not a child of the one before");
    }
}
