/** @file sim/consensus/mempool.h
 * Private to sim/consensus: what replicas have to propose, and what their ledgers hold.
 *
 * Every submitted batch reaches every mempool when its time comes. A replica offers the lowest ones
 * that it has seen neither committed nor proposed, and offers them again when it has waited too
 * long for them, or when later ones have overtaken them. With options.gather above 1 an offer is a
 * body of up to so many batches, and gets a name of its own when it is taken. Where all replicas
 * propose at once, bodies would hold the same batches n times: each batch is then handed to one
 * replica, and whoever submitted it turns to the next one each time it has waited offer_again_ns.
 *
 *   names    1 ... batch_capacity: a submitted batch; from HST_MEMPOOL_BODY on: a body that a
 *            replica put together, (machine + 1) * HST_MEMPOOL_BODY + its number
 */
#ifndef HST_SIM_CONSENSUS_MEMPOOL_H
#define HST_SIM_CONSENSUS_MEMPOOL_H

#include "sim/consensus/cluster_internal.h"

/** Names of bodies begin here, and a run submits fewer batches. */
#define HST_MEMPOOL_BODY (UINT64_C(1) << 24)

/** The name under which an INVALID replica proposes a batch: its complement, which nobody
 * submitted. Its own inverse. */
static inline uint64_t hst_mempool_made_up(uint64_t batch)
{
    return ~batch;
}

/** Whether a name is made up in that way. */
static inline bool hst_mempool_is_made_up(uint64_t batch)
{
    return batch >> 63 != 0;
}

/** Room for one replica; HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_mempool_create(hst_cluster *cluster, uint32_t machine);

/** A submitted batch is passed on: where messages name batches without carrying them, the replica
 * it came to sends its body to all others. Charged to their cards; not waited for, and processors
 * are not charged for taking it in (about a hundredth of checking its payments' signatures). */
void hst_mempool_spread(hst_cluster *cluster, uint64_t batch);

/** As hst_mempool_offer, whatever has happened since it last looked. */
hst_batch hst_mempool_look(hst_cluster *cluster, uint32_t machine);

/** What a replica would propose now; id 0 = nothing. What was offered is offered still while
 * nothing was taken, decided or announced, and nobody has waited too long. */
static inline hst_batch hst_mempool_offer(hst_cluster *cluster, uint32_t machine)
{
    const hst_replica *replica = &cluster->replicas[machine];
    if (replica->looked != cluster->batch_announced + 1 || cluster->options.gather > 1 ||
        hst_kernel_now(cluster->kernel) - replica->moved_ns >= cluster->options.offer_again_ns ||
        machine >= cluster->count) {
        return hst_mempool_look(cluster, machine);
    }
    return replica->cursor <= cluster->batch_announced ? cluster->batches[replica->cursor].batch
                                                       : (hst_batch){0};
}

/** When the next of the batches that have already waited for a turn is handed on; INT64_MAX = none,
 * or they are not divided. Cost: as many as are undecided. */
int64_t hst_mempool_next_turn(const hst_cluster *cluster, uint32_t machine);

/** It proposes an offer. */
void hst_mempool_take(hst_cluster *cluster, uint32_t machine, const hst_batch *batch);

/** Somebody else proposes it: not offered here until that has had its time. */
void hst_mempool_see(hst_cluster *cluster, uint32_t machine, uint64_t batch);

/** Whether anything of that name was ever submitted or put together. */
bool hst_mempool_knows(const hst_cluster *cluster, uint64_t batch);

/** The submitted batches that a name stands for, ascending; none for what does not exist. `batch`
 * is borrowed for a batch that stands for itself. */
hst_cluster_body hst_mempool_body(const hst_cluster *cluster, const uint64_t *batch);

/** It enters the ledger of a replica. Returns which of its batches did; the others were there
 * already and are skipped. Words beyond the first are the arena's. */
hst_entered hst_mempool_commit(hst_cluster *cluster, uint32_t machine, uint64_t batch);

/** Those of its batches that had entered leave again. */
void hst_mempool_undo(hst_cluster *cluster,
                      uint32_t machine,
                      uint64_t batch,
                      const hst_entered *entered);

/** Everything leaves: the disk was lost. */
void hst_mempool_forget(hst_cluster *cluster, uint32_t machine);

/** Whether some of what a replica has proposed is not in its ledger. */
bool hst_mempool_waits(const hst_cluster *cluster, uint32_t machine);

#endif
