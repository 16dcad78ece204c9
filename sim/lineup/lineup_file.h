/** @file sim/lineup/lineup_file.h
 * A line-up as people write it: which worlds, which routers, how many seeds.
 *
 *   lineup: 1
 *   worlds: [well_specified, adversarial]
 *   routers: [cheapest-advertised, learned, oracle-mean]
 *   seeds: 10
 *
 * Errors    HST_SCENARIO with file, line, column and key; HST_IO; HST_NO_MEMORY.
 * Memory    in the arena.
 * Threads   as the inputs.
 */
#ifndef HST_SIM_LINEUP_LINEUP_FILE_H
#define HST_SIM_LINEUP_LINEUP_FILE_H

#include "sim/base/error.h"
#include "sim/base/inputs.h"
#include "sim/lineup/lineup.h"

enum { HST_LINEUP_SCHEMA = 1, HST_LINEUP_TEXT_SIZE = 256 };

/** A line-up, read. */
typedef struct hst_lineup_file {
    char title[HST_LINEUP_TEXT_SIZE];             /**< may be "" */
    char question[HST_LINEUP_TEXT_SIZE];          /**< may be "" */
    hst_lineup_plan plans[HST_LINEUP_KIND_COUNT]; /**< one a world, in the order written */
    uint32_t plan_count;                          /**< how many */
} hst_lineup_file;

/** Read one; threads, clock, progress of the plans are left to the caller. */
HST_NODISCARD hst_status hst_lineup_load(hst_inputs *inputs,
                                         const char *root_path,
                                         hst_arena *arena,
                                         const hst_lineup_file **file,
                                         hst_error *error);

/** docs/reference/lineup.md. */
HST_NODISCARD hst_status hst_lineup_reference_page(hst_arena *arena,
                                                   const char **text,
                                                   size_t *size);

#endif
