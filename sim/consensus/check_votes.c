/* No replica votes twice for different things. Keeps the highest vote of all its lives, which is
 * enough for machines that vote in ascending (height, view, phase). A vote that a crash keeps from
 * becoming durable has not left the replica, and is taken back with the crash. */
#include "sim/consensus/check.h"

#include <inttypes.h>

/* Order of two votes: -1, 0, 1. */
static int compare(const hst_cluster_vote *a, const hst_cluster_vote *b)
{
    if (a->height != b->height) {
        return a->height < b->height ? -1 : 1;
    }
    if (a->view != b->view) {
        return a->view < b->view ? -1 : 1;
    }
    return a->phase < b->phase ? -1 : a->phase > b->phase;
}

void hst_check_votes(hst_cluster *cluster, uint32_t index, const hst_consensus_view *view)
{
    hst_replica *replica = &cluster->replicas[index];
    hst_cluster_vote *highest = &replica->voted;
    if (view->vote_view == 0 && view->vote_height == 0) {
        return; /* it has not voted, or has forgotten */
    }
    const hst_cluster_vote vote = {.view = view->vote_view,
                                   .height = view->vote_height,
                                   .phase = view->vote_phase,
                                   .id = view->vote};
    const int order = compare(&vote, highest);
    if (order > 0) {
        *highest = vote;
        replica->voted_after = replica->persisted;
        if (replica->voted_after <= replica->durable) {
            replica->voted_for_good = vote; /* it does not wait for a record */
        }
    } else if (order == 0 && !hst_hash_equal(&vote.id, &highest->id)) {
        hst_cluster_violate(cluster, "votes", index, view->vote_height,
                            "votes twice in view %" PRIu64 ", height %" PRIu64 ", phase %" PRIu32,
                            view->vote_view, view->vote_height, view->vote_phase);
    }
}
