/* Validity and integrity: only what was submitted is committed. That a batch is executed once is
 * the host's part: it counts what is decided again and skips it. */
#include "sim/consensus/check.h"
#include "sim/consensus/mempool.h"

#include <inttypes.h>

void hst_check_integrity(hst_cluster *cluster, uint32_t index, const hst_effect *effect)
{
    /* What a Byzantine replica made up may be ordered; there is nothing to execute in it. */
    const bool made_up = (effect->proposer < cluster->count &&
                          hst_replica_is_byzantine(cluster, effect->proposer)) ||
                         (cluster->behaviours != NULL && hst_mempool_is_made_up(effect->batch.id));
    if (!made_up && !hst_mempool_knows(cluster, effect->batch.id)) {
        hst_cluster_violate(cluster, "integrity", index, effect->height,
                            "commits batch %" PRIu64 ", which nobody submitted", effect->batch.id);
    }
}
