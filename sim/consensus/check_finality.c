/* What is final stays, and no two replicas have different blocks for good. */
#include "sim/consensus/check.h"

#include <inttypes.h>

void hst_check_commit(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    const hst_replica *replica = &cluster->replicas[index];
    hst_check_order(cluster, index, effect);
    hst_check_integrity(cluster, index, effect);
    if (effect->final && replica->final_height != replica->commit_height) {
        hst_cluster_violate(cluster, "finality", index, effect->height,
                            "commits height %" PRIu64 " for good above tentative ones",
                            effect->height);
        return;
    }
    /* A tentative block may differ from what others have for good: a replica that was cut off rolls
     * it back when it hears. FINAL looks again. */
    if (effect->final) {
        hst_check_agreement(cluster, "agreement", index, effect->height, &effect->id,
                            effect->batch.id);
    }
}

void hst_check_rollback(hst_cluster *cluster, uint32_t index, uint64_t height)
{
    const hst_replica *replica = &cluster->replicas[index];
    if (height < replica->final_height) {
        hst_cluster_violate(cluster, "finality", index, height,
                            "rolls back to %" PRIu64 " below final height %" PRIu64, height,
                            replica->final_height);
    } else if (height > replica->commit_height) {
        hst_cluster_violate(cluster, "order", index, height,
                            "rolls back to %" PRIu64 ", above its last commit %" PRIu64, height,
                            replica->commit_height);
    }
}

void hst_check_final(hst_cluster *cluster, uint32_t index, uint64_t height)
{
    const hst_replica *replica = &cluster->replicas[index];
    if (height < replica->final_height || height > replica->commit_height) {
        hst_cluster_violate(cluster, "finality", index, height,
                            "makes height %" PRIu64 " final with %" PRIu64 " final, %" PRIu64
                            " committed",
                            height, replica->final_height, replica->commit_height);
        return;
    }
    for (uint64_t h = replica->final_height + 1; h <= height; h++) {
        const hst_cluster_tentative *one =
            &replica->tentative[replica->tentative_first + (h - replica->final_height - 1)];
        hst_check_agreement(cluster, "finality", index, h, &one->id, one->batch.id);
    }
}
