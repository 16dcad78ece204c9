/** @file sim/bench/world.h
 * The shipped small scenario, as far as cases of systems need it: tables, institutions, rates and
 * the day's instructions, equal each time.
 *
 * Reads scenarios/small.yaml below the working folder (hst_bench_case.folder).
 *
 * Errors    those of the loaders; HST_NO_MEMORY.
 * Memory    its own, until hst_bench_world_release, which is due after a failure too.
 * Threads   one at a time.
 */
#ifndef HST_SIM_BENCH_WORLD_H
#define HST_SIM_BENCH_WORLD_H

#include "core/base/arena.h"

#include "sim/bank/institution.h"
#include "sim/market/market.h"
#include "sim/scenario/scenario.h"
#include "sim/workload/workload.h"

/** Folder that the cases read. */
#define HST_BENCH_SCENARIOS "scenarios"

/** The scenario and what is built of it. */
typedef struct hst_bench_world {
    hst_arena arena;               /**< of all below */
    hst_arena scratch;             /**< of set-up */
    hst_inputs *inputs;            /**< the folder */
    hst_scenario scenario;         /**< small.yaml with overrides */
    hst_currency_table currencies; /**< all */
    hst_atlas atlas;               /**< all */
    hst_institutions institutions; /**< all */
    hst_market *market;            /**< rates of the day */
    hst_quotes quotes;             /**< prices */
    hst_workload workload;         /**< instructions */
} hst_bench_world;

/** Load it. */
HST_NODISCARD hst_status hst_bench_world_load(hst_bench_world *world,
                                              const char *const *overrides,
                                              size_t override_count);

/** Give everything back. */
void hst_bench_world_release(hst_bench_world *world);

#endif
