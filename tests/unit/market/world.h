/** @file tests/unit/market/world.h
 * What market tests share: the committed tables, arenas, and assertions that can be seen to fire.
 */
#ifndef HST_TESTS_UNIT_MARKET_WORLD_H
#define HST_TESTS_UNIT_MARKET_WORLD_H

#include "core/base/arena.h"

#include "sim/base/error.h"
#include "sim/base/inputs.h"
#include "sim/market/market.h"

#include <stdbool.h>

/** Inputs, memory and currencies of one test. */
typedef struct world {
    hst_inputs *inputs;            /**< the committed tables, or those a test put in */
    hst_arena arena;               /**< for results */
    hst_arena scratch;             /**< for the rest */
    hst_currency_table currencies; /**< of the committed table */
    hst_error error;               /**< last error */
} world;

/** Open the committed tables. */
void world_open(world *w);

/** Start with no tables at all, for world_put. */
void world_open_empty(world *w);

/** Give everything back. */
void world_close(world *w);

/** Put a text under a path. */
void world_put(world *w, const char *path, const char *text);

/** Index of a code that exists. */
hst_currency world_currency(const world *w, const char *code);

/** A market that must come about. */
const hst_market *world_market(world *w, const hst_market_config *config);

/** Time of day d (from 0), hour and minute, in nanoseconds. */
int64_t at(int64_t day, int64_t hour, int64_t minute);

/** Whether the action, given the context, fails an assertion. */
bool world_fires(void (*action)(const void *context), const void *context);

#endif
