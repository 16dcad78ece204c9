/** @file tests/unit/bank/world.h
 * The shipped small scenario's tables, for tests of what is built from them.
 */
#ifndef HST_TESTS_UNIT_BANK_WORLD_H
#define HST_TESTS_UNIT_BANK_WORLD_H

#include "core/base/arena.h"

#include "sim/bank/institution.h"
#include "sim/base/os_memory.h"
#include "sim/market/market.h"
#include "sim/scenario/scenario.h"

#include <stdlib.h>

/** Everything up to the institutions. */
typedef struct test_world {
    hst_arena arena;               /**< of all below */
    hst_inputs *inputs;            /**< folder scenarios */
    hst_scenario scenario;         /**< small.yaml with overrides */
    hst_currency_table currencies; /**< all */
    hst_atlas atlas;               /**< all */
    hst_institutions institutions; /**< all */
    hst_error error;               /**< of the step that failed */
} test_world;

/** Load small.yaml; HST_OK or the status of the step that failed. */
static inline hst_status
test_world_load(test_world *w, const char *const *overrides, size_t override_count)
{
    *w = (test_world){0};
    hst_arena_init(&w->arena, hst_os_memory(), 1 << 20);
    HST_TRY(hst_inputs_create_from_disk(hst_os_memory(), "scenarios", &w->inputs, &w->error));
    HST_TRY(hst_scenario_load(w->inputs, "small.yaml", overrides, override_count, &w->arena,
                              &w->scenario, &w->error));
    hst_currency_table_init(&w->currencies);
    HST_TRY(hst_market_load_currencies(w->inputs, w->scenario.data.currencies, &w->arena,
                                       &w->currencies, &w->error));
    HST_TRY(
        hst_atlas_load(w->inputs, &w->scenario, &w->currencies, &w->arena, &w->atlas, &w->error));
    return hst_institutions_build(&w->scenario, &w->atlas, &w->arena, &w->institutions, &w->error);
}

/** Give everything back. */
static inline void test_world_release(test_world *w)
{
    hst_inputs_destroy(w->inputs);
    hst_arena_release(&w->arena);
}

#endif
