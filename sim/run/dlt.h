/** @file sim/run/dlt.h
 * The distributed ledger of a run: set up from the scenario (rails.dlt), measured at the end.
 *
 * Validators sit in the five regions of the published wide-area runs, round robin, on cards of
 * 10 Gbit/s; institutions talk to the nearest of the regions' countries. Without a protocol
 * nothing here does anything.
 *
 * Errors    HST_SCENARIO with the key's place for a protocol, corridor or currency that does not
 * exist, or a number of validators the protocol cannot have; those of the tables. Threads   one.
 */
#ifndef HST_SIM_RUN_DLT_H
#define HST_SIM_RUN_DLT_H

#include "core/crypto/hash.h"

#include "sim/run/day.h"

/** What setting up needs besides the world. */
typedef struct hst_dlt_plan {
    hst_inputs *inputs;                /**< where the tables are */
    const hst_scenario_source *source; /**< where the keys were written */
    hst_arena *arena;                  /**< lives as long as the run */
    hst_arena *scratch;                /**< for reading */
} hst_dlt_plan;

/** Find the corridors on it, and who holds which currency: before the books are opened. */
HST_NODISCARD hst_status hst_dlt_choose(hst_world *world,
                                        const hst_dlt_plan *plan,
                                        hst_error *error);

/** Add ledger, accounts and validators to a world whose books are open and empty. */
HST_NODISCARD hst_status hst_dlt_set_up(hst_world *world,
                                        const hst_dlt_plan *plan,
                                        hst_error *error);

/** From now on transactions are signed and verified (sim/rail/dlt_transaction.h), with keys that
 * follow from the scenario's seed; before the first payment. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_dlt_give_keys(hst_world *world, hst_arena *arena);

/** Its figures, "dlt.…", behind all others; zeroes for a world of NULL, none for a day without. */
void hst_dlt_add_metrics(const hst_world *world, hst_day_report *report);

/** Its invariants. */
void hst_dlt_add_invariants(const hst_world *world, hst_day_report *report);

/** Names of the regions validators sit in. */
const char *const *hst_dlt_regions(uint32_t *count);

/** Its consensus tables into the result; HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_dlt_write(const hst_world *world, hst_error *error);

/** Its part of the run digest. */
void hst_dlt_digest(const hst_world *world, hst_digest *digest);

#endif
