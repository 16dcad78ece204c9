/** @file tests/unit/scenario/support.h
 * What the scenario tests share: files in memory, loads that say their error in one line.
 */
#ifndef HST_TESTS_UNIT_SCENARIO_SUPPORT_H
#define HST_TESTS_UNIT_SCENARIO_SUPPORT_H

#include "sim/scenario/scenario.h"

#include <stddef.h>

/** A world to load in: memory, a bundle of files, room for a scenario and the printed error. */
typedef struct world {
    hst_arena arena;                        /**< of the loads */
    hst_inputs *inputs;                     /**< files */
    hst_scenario *scenario;                 /**< of the last load that went well */
    const hst_scenario_source *source;      /**< its places */
    char message[HST_ERROR_PRINT_SIZE + 1]; /**< of the last load, "" when it went well */
} world;

/** Files come from a folder, or with NULL from put_file. */
void world_open(world *w, const char *folder);

/** Give everything back. */
void world_close(world *w);

/** Add a file. */
void put_file(world *w, const char *path, const char *text);

/** Load a root file with overrides up to NULL; returns the status. */
hst_status load(world *w, const char *path, const char *const *overrides);

/** Put "x.yaml" and load it, which must go well. */
const hst_scenario *load_text(world *w, const char *text);

/** Put "x.yaml" and load it; returns the printed error. */
const char *load_error(world *w, const char *text);

#endif
