/* Messages are bounded: machines do not go on answering each other while no time passes. Memory is
 * bounded by construction: a machine has the block it was given and nothing else. */
#include "sim/consensus/check.h"

#include <inttypes.h>

/* Steps with effects of one replica at one instant; a cluster of 1,024 that hears everybody's
 * messages of several rounds at once stays far below. */
enum { STEPS_AT_ONCE = 1000000 };

void hst_check_bounded(hst_cluster *cluster, uint32_t index)
{
    hst_replica *replica = &cluster->replicas[index];
    const int64_t now = hst_kernel_now(cluster->kernel);
    if (replica->instant_ns != now) {
        replica->instant_ns = now;
        replica->instant_steps = 0;
    }
    if (++replica->instant_steps > STEPS_AT_ONCE) {
        hst_cluster_violate(cluster, "bounded", index, 0,
                            "takes more than %d steps at %" PRId64 " ns", (int)STEPS_AT_ONCE, now);
    }
}
