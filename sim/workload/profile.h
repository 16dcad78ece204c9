/** @file sim/workload/profile.h
 * When in the day payments originate: three shapes on a wall clock.
 *
 * consumer and business are assumed shapes by local hour (waking hours; office hours of working
 * days); market is the measured trading activity by UTC hour (scenarios/data/fx_intraday.csv).
 *
 * Threads   read-only after loading.
 */
#ifndef HST_SIM_WORKLOAD_PROFILE_H
#define HST_SIM_WORKLOAD_PROFILE_H

#include "core/base/arena.h"
#include "core/base/random.h"

#include "sim/bank/atlas.h"
#include "sim/base/error.h"
#include "sim/base/inputs.h"
#include "sim/scenario/scenario.h"

#include <stdint.h>

/** Weights by hour, scaled so that the largest is 1. */
typedef struct hst_profiles {
    double local[2][24]; /**< consumer and business, by local hour */
    double market[24];   /**< by UTC hour */
} hst_profiles;

/** Fill the shapes; the market's from the table, summer or winter half by `summer`. */
HST_NODISCARD hst_status hst_profiles_load(hst_inputs *inputs,
                                           const char *path,
                                           bool summer,
                                           hst_arena *arena,
                                           hst_profiles *profiles,
                                           hst_error *error);

/** Draw a time in [0, span_ns) for a debtor in `country`. */
int64_t hst_profiles_draw_ns(const hst_profiles *profiles,
                             hst_scenario_profile profile,
                             const hst_atlas *atlas,
                             uint16_t country,
                             int64_t span_ns,
                             hst_random *random);

#endif
