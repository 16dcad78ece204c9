/* What a replica's commits do to its ledger: blocks enter, are rolled back, become final, or come
 * over whole from another. */
#include "core/base/assert.h"

#include "sim/consensus/check.h"
#include "sim/consensus/host.h"
#include "sim/consensus/mempool.h"

#include <string.h>

/* A block is final: it is the one of its height for everybody. */
static void settle(hst_cluster *cluster, uint64_t height, const hst_hash *id, hst_batch batch)
{
    hst_cluster_height *h = hst_cluster_height_at(cluster, height);
    if (h != NULL && !h->final) {
        h->id = *id;
        h->batch = batch;
        h->final = true;
    }
}

/* What is new in a block changes the state; returns what that was. */
static hst_entered execute(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    hst_replica *replica = &cluster->replicas[index];
    const uint32_t members = hst_mempool_body(cluster, &effect->batch.id).count;
    const hst_entered entered = hst_mempool_commit(cluster, index, effect->batch.id);
    cluster->report.duplicates += entered.count < members ? 1 : 0;
    hst_check_execute(cluster, index, effect, &entered);
    if (effect->final) {
        hst_check_root(cluster, index, effect->height, &replica->root);
    }
    return entered;
}

void hst_host_commit(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    hst_replica *replica = &cluster->replicas[index];
    const int64_t now = hst_kernel_now(cluster->kernel);
    if (hst_replica_is_byzantine(cluster, index)) {
        replica->commit_height = effect->height;
        replica->commit = effect->id;
        replica->final_height = effect->final ? effect->height : replica->final_height;
        (void)hst_mempool_commit(cluster, index, effect->batch.id);
        return;
    }
    hst_check_commit(cluster, index, effect);
    hst_cluster_height *height = hst_cluster_height_at(cluster, effect->height);
    if (height == NULL || cluster->violation.check != NULL) {
        return;
    }
    if (!height->known) {
        *height = (hst_cluster_height){
            .id = effect->id, .batch = effect->batch, .first_ns = now, .known = true};
        cluster->report.decided++;
    }
    if (effect->final) {
        settle(cluster, effect->height, &effect->id, effect->batch);
        replica->final_height = effect->height;
    } else {
        void *list = hst_host_make_room(cluster, replica->tentative, sizeof *replica->tentative,
                                        &replica->tentative_first, replica->tentative_count,
                                        &replica->tentative_capacity);
        if (list == NULL) {
            return;
        }
        replica->tentative = list;
    }
    replica->commit_height = effect->height;
    replica->commit = effect->id;
    const hst_hash before = replica->root;
    const hst_entered entered = execute(cluster, index, effect);
    if (!effect->final) {
        /* Last, for it is far from the processor, which goes on while it is fetched. */
        replica->tentative[replica->tentative_first + replica->tentative_count++] =
            (hst_cluster_tentative){.id = effect->id,
                                    .batch = effect->batch,
                                    .entered = entered,
                                    .before = before,
                                    .root = replica->root};
    }
    cluster->report.void_blocks += hst_mempool_knows(cluster, effect->batch.id) ? 0 : 1;
    if (cluster->options.observer != NULL) {
        cluster->options.observer(cluster->options.observer_context, cluster, index, effect);
    }
    if (cluster->options.costs.command_ns > 0) {
        const int64_t free = replica->cpu_free_ns > now ? replica->cpu_free_ns : now;
        const int64_t work = cluster->options.costs.command_ns * effect->batch.count;
        replica->cpu_free_ns = free + work;
        replica->busy_ns += work;
    }
    if (cluster->goal_height > 0 && effect->height >= cluster->goal_height && cluster->in_run) {
        hst_kernel_pause(cluster->kernel);
    }
}

/* Undo a replica's own blocks above a height that is not below its final one. */
void hst_host_undo(hst_cluster *cluster, hst_replica *replica, uint64_t to)
{
    if (hst_replica_is_byzantine(cluster, (uint32_t)(replica - cluster->replicas))) {
        replica->commit_height = to; /* what it holds is not looked at */
        replica->commit = to > 0 ? replica->commit : (hst_hash){{0}};
        return;
    }
    while (replica->commit_height > to) {
        hst_assert(replica->tentative_count > 0);
        replica->tentative_count--;
        const hst_cluster_tentative *one =
            &replica->tentative[replica->tentative_first + replica->tentative_count];
        hst_mempool_undo(cluster, (uint32_t)(replica - cluster->replicas), one->batch.id,
                         &one->entered);
        replica->root = one->before;
        replica->commit_height--;
    }
    if (replica->tentative_count > 0) {
        replica->commit =
            replica->tentative[replica->tentative_first + replica->tentative_count - 1].id;
    } else {
        replica->commit = to > 0 ? cluster->heights[to].id : (hst_hash){{0}};
    }
}

void hst_host_roll_back(hst_cluster *cluster, uint32_t index, uint64_t to)
{
    hst_replica *replica = &cluster->replicas[index];
    if (hst_replica_is_byzantine(cluster, index)) {
        replica->commit_height = to;
        return;
    }
    hst_check_rollback(cluster, index, to);
    if (cluster->violation.check == NULL) {
        cluster->report.rollbacks += replica->commit_height - to;
        hst_host_undo(cluster, replica, to);
    }
}

void hst_host_make_final(hst_cluster *cluster, uint32_t index, uint64_t height)
{
    hst_replica *replica = &cluster->replicas[index];
    if (hst_replica_is_byzantine(cluster, index)) {
        return;
    }
    hst_check_final(cluster, index, height);
    while (cluster->violation.check == NULL && replica->final_height < height) {
        const hst_cluster_tentative *one = &replica->tentative[replica->tentative_first++];
        replica->tentative_count--;
        settle(cluster, ++replica->final_height, &one->id, one->batch);
        hst_check_root(cluster, index, replica->final_height, &one->root);
    }
}

void hst_host_transfer(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    hst_replica *replica = &cluster->replicas[index];
    if (hst_replica_is_byzantine(cluster, index)) {
        replica->commit_height = effect->height;
        replica->final_height = effect->height;
        replica->commit = effect->id;
        return;
    }
    hst_check_transfer(cluster, index, effect);
    if (cluster->violation.check != NULL) {
        return;
    }
    hst_host_undo(cluster, replica, replica->final_height);
    for (uint64_t h = replica->commit_height + 1; h <= effect->height; h++) {
        (void)hst_mempool_commit(cluster, index, cluster->heights[h].batch.id);
    }
    replica->commit_height = effect->height;
    replica->final_height = effect->height;
    replica->commit = effect->id;
    replica->root = cluster->heights[effect->height].root; /* it comes with the state */
}
