/* No two replicas have different blocks at one height for good. What the first one has for good is
 * what everybody has to have: one comparison a commit. */
#include "sim/consensus/check.h"

#include <inttypes.h>

void hst_check_agreement(hst_cluster *cluster,
                         const char *check,
                         uint32_t index,
                         uint64_t height,
                         const hst_hash *id,
                         uint64_t batch)
{
    if (height > cluster->height_top || !cluster->heights[height].final) {
        return;
    }
    const hst_cluster_height *settled = &cluster->heights[height];
    if (settled->batch.id != batch) {
        hst_cluster_violate(cluster, check, index, height,
                            "has batch %" PRIu64 " where another replica has batch %" PRIu64
                            " for good",
                            batch, settled->batch.id);
        hst_check_name_guilty(cluster);
    } else if (!hst_hash_equal(&settled->id, id)) {
        hst_cluster_violate(
            cluster, check, index, height,
            "has another block with batch %" PRIu64 " than another replica has for good", batch);
        hst_check_name_guilty(cluster);
    }
}

void hst_check_transfer(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    const hst_replica *replica = &cluster->replicas[index];
    if (effect->height <= replica->final_height) {
        hst_cluster_violate(cluster, "order", index, effect->height,
                            "transfers a state at %" PRIu64 ", not above %" PRIu64, effect->height,
                            replica->final_height);
    } else if (effect->height > cluster->height_top || !cluster->heights[effect->height].final ||
               !hst_hash_equal(&cluster->heights[effect->height].id, &effect->id)) {
        hst_cluster_violate(cluster, "agreement", index, effect->height,
                            "transfers a state at %" PRIu64 " that nobody has for good",
                            effect->height);
        hst_check_name_guilty(cluster);
    }
}
