/** @file tests/unit/routing/lightning.h
 * A cheap and a dear way over four positions, for what R5, R6 and R7 have in common: a hop that
 * failed at an amount is avoided for it, not for less, and tried again later.
 */
#ifndef HST_TESTS_UNIT_ROUTING_LIGHTNING_H
#define HST_TESTS_UNIT_ROUTING_LIGHTNING_H

#include "core/routing/router.h"

#define HOUR_NS INT64_C(3600000000000)

/** Let the second hop of the cheap way fail at 5,000 dollars of its limit of 10,000; see the dear
 * way, `dearer_micro_usd` more, taken at once and `shy_ns` later; the cheap one taken for 100
 * dollars, and again `again_ns` later. */
void check_failure_is_forgotten(const hst_router_kind *kind,
                                int64_t dearer_micro_usd,
                                int64_t shy_ns,
                                int64_t again_ns);

/** A checkpoint of one hop's record: more records than hops, and an unknown hop, are refused. */
void check_corrupt_state_is_refused(const hst_router_kind *kind);

#endif
