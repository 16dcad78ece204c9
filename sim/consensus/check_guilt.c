/* Accountability. Proof of misbehaviour names nobody honest; and when two replicas have different
 * blocks for good, those who voted for two things at once are named: more than f where a protocol
 * is right and its quorums met, nobody where the protocol itself is broken. */
#include "sim/consensus/check.h"

#include <inttypes.h>
#include <string.h>

void hst_check_evidence(hst_cluster *cluster, uint32_t index, uint32_t guilty)
{
    if (hst_replica_is_byzantine(cluster, index) || guilty >= cluster->count) {
        return;
    }
    const bool wrapped = cluster->options.others != NULL && cluster->options.others[guilty] != NULL;
    if (!hst_replica_is_byzantine(cluster, guilty) && !wrapped &&
        !cluster->replicas[guilty].suspect) {
        hst_cluster_violate(cluster, "evidence", index, 0,
                            "accuses replica %" PRIu32 ", which is honest", guilty);
    }
    cluster->accused |= guilty < 64 ? UINT64_C(1) << guilty : 0;
}

void hst_check_remember(hst_cluster *cluster, uint32_t index, const hst_consensus_view *view)
{
    if (cluster->ballots == NULL || (view->vote_view == 0 && view->vote_height == 0)) {
        return;
    }
    hst_cluster_ballots *all = &cluster->ballots[index];
    const hst_cluster_ballot vote = {.height = view->vote_height,
                                     .view = view->vote_view,
                                     .phase = view->vote_phase,
                                     .vote = view->vote};
    const hst_cluster_ballot *last = &all->ring[(all->next - 1) % HST_CLUSTER_BALLOTS];
    if (all->next == 0 || memcmp(last, &vote, sizeof vote) != 0) {
        all->ring[all->next++ % HST_CLUSTER_BALLOTS] = vote;
    }
}

/* Whether two machines of one replica voted for different things at once. */
static bool contradict(const hst_cluster_ballots *one, const hst_cluster_ballots *other)
{
    for (uint32_t a = 0; a < HST_CLUSTER_BALLOTS && a < one->next; a++) {
        for (uint32_t b = 0; b < HST_CLUSTER_BALLOTS && b < other->next; b++) {
            const hst_cluster_ballot *x = &one->ring[a];
            const hst_cluster_ballot *y = &other->ring[b];
            if (x->height == y->height && x->view == y->view && x->phase == y->phase &&
                !hst_hash_equal(&x->vote, &y->vote)) {
                return true;
            }
        }
    }
    return false;
}

void hst_check_name_guilty(hst_cluster *cluster)
{
    cluster->violation.guilty |= cluster->accused;
    for (uint32_t i = 0; cluster->ballots != NULL && i < cluster->count && i < 64; i++) {
        if (hst_replica_is_twin(cluster, i) &&
            contradict(&cluster->ballots[i], &cluster->ballots[cluster->count + i])) {
            cluster->violation.guilty |= UINT64_C(1) << i;
        }
    }
}
