/** @file sim/network/regions.h
 * Base latency between regions from a table of round trips.
 *
 * The table has the columns `from_region`, `to_region`, `rtt_ms`
 * (scenarios/data/cloud_latency.csv). One way is half of the round trip in that direction; from =
 * to is latency within a region.
 *
 * Errors    what is wrong with the table, with file, line and column; HST_NOT_FOUND when a pair of
 *           wanted regions has no row.
 */
#ifndef HST_SIM_NETWORK_REGIONS_H
#define HST_SIM_NETWORK_REGIONS_H

#include "core/base/arena.h"

#include "sim/base/error.h"

#include <stdint.h>

/** One way latency in nanoseconds between `count` regions of the table `bytes`[`size`], row = from,
 * in the order of `names`; from `arena`. */
HST_NODISCARD hst_status hst_regions_load(const char *file,
                                          const char *bytes,
                                          size_t size,
                                          const char *const *names,
                                          uint32_t count,
                                          hst_arena *arena,
                                          const int64_t **base_ns,
                                          hst_error *error);

#endif
