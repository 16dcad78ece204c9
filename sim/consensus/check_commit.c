/* Agreement, order, integrity, finality: everything that is looked at when a block is decided. */
#include "sim/consensus/check.h"
#include "sim/consensus/mempool.h"

#include <inttypes.h>

/* What somebody has for good at a height is what everybody commits there. */
static void
agree(hst_cluster *cluster, uint32_t index, uint64_t height, const hst_hash *id, uint64_t batch)
{
    if (height > cluster->height_top || !cluster->heights[height].final) {
        return;
    }
    const hst_cluster_height *settled = &cluster->heights[height];
    if (!hst_hash_equal(&settled->id, id) || settled->batch.id != batch) {
        hst_cluster_violate(cluster, "agreement", index, height,
                            "has batch %" PRIu64 " where another replica has batch %" PRIu64
                            " for good (or another block with it)",
                            batch, settled->batch.id);
    }
}

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
    /* What a Byzantine replica made up may be ordered; there is nothing to execute in it. */
    const bool made_up =
        effect->proposer < cluster->count && hst_replica_is_byzantine(cluster, effect->proposer);
    if (!made_up && !hst_mempool_knows(cluster, effect->batch.id)) {
        hst_cluster_violate(cluster, "integrity", index, effect->height,
                            "commits batch %" PRIu64 ", which nobody submitted", effect->batch.id);
        return;
    }
    if (effect->final && replica->final_height != replica->commit_height) {
        hst_cluster_violate(cluster, "finality", index, effect->height,
                            "commits height %" PRIu64 " for good above tentative ones",
                            effect->height);
        return;
    }
    /* A tentative block may differ from what others have for good: a replica that was cut off rolls
     * it back when it hears. FINAL looks again. */
    if (effect->final) {
        agree(cluster, index, effect->height, &effect->id, effect->batch.id);
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
        agree(cluster, index, h, &one->id, one->batch.id);
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
    }
}
