/* State roots equal at equal heights. A replica executes what its own ledger does not hold yet, in
 * the order of its own commits; the root is the digest of all that. Equal blocks on equal roots are
 * executed once and remembered by height, as replicas mostly do the same. */
#include "sim/consensus/check.h"
#include "sim/consensus/mempool.h"

#include <string.h>

hst_hash hst_cluster_executed_root(const hst_hash *before, const hst_batch *batch)
{
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_update(&digest, before->bytes, sizeof before->bytes);
    hst_digest_u64(&digest, batch->id);
    hst_digest_u64(&digest, (uint64_t)batch->size << 32 | batch->count);
    return hst_digest_final(&digest);
}

static bool same(const hst_entered *a, const hst_entered *b)
{
    return a->places == b->places && a->count == b->count && a->few == b->few &&
           (a->many == NULL ||
            memcmp(a->many, b->many, ((a->places + 63) / 64 - 1) * sizeof *a->many) == 0);
}

void hst_check_execute(hst_cluster *cluster,
                       uint32_t index,
                       const hst_effect *effect,
                       const hst_entered *entered)
{
    hst_replica *replica = &cluster->replicas[index];
    hst_cluster_height *height = &cluster->heights[effect->height];
    if (entered->count == 0) {
        return; /* nothing new in it: the state is as before */
    }
    if (same(&height->entered, entered) && height->executed == effect->batch.id &&
        hst_hash_equal(&height->before, &replica->root)) {
        replica->root = height->after;
        return;
    }
    height->before = replica->root;
    height->entered = *entered;
    height->executed = effect->batch.id;
    const hst_cluster_body body = hst_mempool_body(cluster, &effect->batch.id);
    for (uint32_t m = 0; m < entered->places; m++) {
        if (hst_entered_has(entered, m)) {
            replica->root =
                hst_cluster_executed_root(&replica->root, &cluster->batches[body.members[m]].batch);
        }
    }
    height->after = replica->root;
}

void hst_check_root(hst_cluster *cluster, uint32_t index, uint64_t height, const hst_hash *root)
{
    hst_cluster_height *settled = &cluster->heights[height];
    if (!settled->has_root) {
        settled->root = *root;
        settled->has_root = true;
    } else if (!hst_hash_equal(&settled->root, root)) {
        hst_cluster_violate(cluster, "state", index, height,
                            "has another state than those who executed the same blocks");
    }
}
