/** @file sim/cli/lineup_log.h
 * The log of choices that `herstatt lineup --log FILE` writes, for judging other ways of choosing
 * among the same plans (analysis/off_policy.py): CSV, one line a first attempt.
 *
 *   world,router,seed,payment,count,taken,propensity,cost_bps,completed,
 *   expected_bps_1..3   all-in cost of each plan as the router believes it
 *   propensity_1..3     chance of each of being taken
 *   true_bps_1..3       what an attempt of each costs on average, by the world: to check estimates
 *
 * `taken` counts from 1. A plan there was not has empty cells.
 */
#ifndef HST_SIM_CLI_LINEUP_LOG_H
#define HST_SIM_CLI_LINEUP_LOG_H

#include "sim/lineup/trial.h"

#include <stdio.h>

/** Write the line of titles. */
void hst_lineup_log_begin(FILE *stream);

/** Write a line; `context` is the stream (an hst_lineup_host's `log`). */
void hst_lineup_log_line(void *context, const hst_lineup_choice *choice);

#endif
