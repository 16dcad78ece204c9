/* Agreement, order, integrity, finality: everything that is looked at when a block is decided. */
#include "sim/consensus/check.h"

#include <inttypes.h>

void hst_check_commit(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    const hst_replica *replica = &cluster->replicas[index];
    if (effect->height != replica->commit_height + 1) {
        hst_cluster_violate(cluster, "order", index, effect->height,
                            "commits height %" PRIu64 " after %" PRIu64, effect->height,
                            replica->commit_height);
        return;
    }
    if (!hst_hash_is_zero(&effect->parent) && replica->commit_height > 0 &&
        !hst_hash_equal(&effect->parent, &replica->commit)) {
        hst_cluster_violate(cluster, "order", index, effect->height,
                            "commits a block that is not a child of the one before");
        return;
    }
    if (effect->batch.id > cluster->batch_announced) {
        hst_cluster_violate(cluster, "integrity", index, effect->height,
                            "commits batch %" PRIu64 ", which nobody submitted", effect->batch.id);
        return;
    }
    if (effect->height > cluster->height_top || !cluster->heights[effect->height].known) {
        return;
    }
    const hst_cluster_height *height = &cluster->heights[effect->height];
    const bool same =
        hst_hash_equal(&height->id, &effect->id) && height->batch.id == effect->batch.id;
    if (!same && (effect->final || height->final)) {
        hst_cluster_violate(cluster, "agreement", index, effect->height,
                            "commits batch %" PRIu64 " where another replica has batch %" PRIu64
                            " (or another block with it)",
                            effect->batch.id, height->batch.id);
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
    }
}

void hst_check_transfer(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    const hst_replica *replica = &cluster->replicas[index];
    if (effect->height <= replica->commit_height) {
        hst_cluster_violate(cluster, "order", index, effect->height,
                            "transfers a state at %" PRIu64 ", not above %" PRIu64, effect->height,
                            replica->commit_height);
    } else if (effect->height > cluster->height_top || !cluster->heights[effect->height].known ||
               !hst_hash_equal(&cluster->heights[effect->height].id, &effect->id)) {
        hst_cluster_violate(cluster, "agreement", index, effect->height,
                            "transfers a state at %" PRIu64 " that nobody committed",
                            effect->height);
    }
}
