/* No replica votes twice for different things. Keeps the highest vote of all its lives, which is
 * enough for machines that vote in ascending (height, view, phase). A vote that a crash keeps from
 * becoming durable has not left the replica, and is taken back with the crash. */
#include "sim/consensus/check.h"

#include <inttypes.h>

/* Order of two votes: -1, 0, 1. */
static int compare(const hst_consensus_view *a, const hst_consensus_view *b)
{
    if (a->vote_height != b->vote_height) {
        return a->vote_height < b->vote_height ? -1 : 1;
    }
    if (a->vote_view != b->vote_view) {
        return a->vote_view < b->vote_view ? -1 : 1;
    }
    return a->vote_phase < b->vote_phase ? -1 : a->vote_phase > b->vote_phase;
}

void hst_check_votes(hst_cluster *cluster, uint32_t index, const hst_consensus_view *view)
{
    hst_replica *replica = &cluster->replicas[index];
    hst_consensus_view *highest = &replica->voted;
    if (view->vote_view == 0 && view->vote_height == 0) {
        return; /* it has not voted, or has forgotten */
    }
    const int order = compare(view, highest);
    if (order > 0) {
        *highest = *view;
        replica->voted_after = replica->persisted;
        if (replica->voted_after <= replica->durable) {
            replica->voted_for_good = *view; /* it does not wait for a record */
        }
    } else if (order == 0 && !hst_hash_equal(&view->vote, &highest->vote)) {
        hst_cluster_violate(cluster, "votes", index, view->vote_height,
                            "votes twice in view %" PRIu64 ", height %" PRIu64 ", phase %" PRIu32,
                            view->vote_view, view->vote_height, view->vote_phase);
    }
}
