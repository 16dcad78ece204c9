/** @file sim/bench/place.h
 * A file in a folder of its own for cases that write; memory-backed where there is such a place, so
 * that the disk's mood is not measured.
 *
 * Errors    HST_IO when no folder can be made.
 * Threads   one at a time.
 */
#ifndef HST_SIM_BENCH_PLACE_H
#define HST_SIM_BENCH_PLACE_H

#include "core/base/status.h"

/** Where a case may write. */
typedef struct hst_bench_place {
    char folder[64]; /**< exists, and is empty */
    char file[96];   /**< in it; does not exist */
} hst_bench_place;

/** Make the folder. */
HST_NODISCARD hst_status hst_bench_place_make(hst_bench_place *place);

/** Take file and folder away. */
void hst_bench_place_drop(const hst_bench_place *place);

#endif
