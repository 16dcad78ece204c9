/** @file sim/run/events.h
 * The calendar of a run as rows of /events: what a reader of a time axis must know.
 *
 * Openings, cut-offs and closings of every settlement system, holidays of every currency, corridors
 * the scenario changed, faults of validators, the end of origination and of the run. All of it
 * follows from the scenario and its tables, up to the time at which the run ended.
 *
 * Errors    none; memory that runs out leaves rows away, and finishing the result reports it.
 * Threads   one.
 * Source    scenarios/data/rtgs.csv, holidays.csv, zones.csv, through sim/bank.
 */
#ifndef HST_SIM_RUN_EVENTS_H
#define HST_SIM_RUN_EVENTS_H

#include "sim/run/day.h"

/** Write the rows in order of time, kind and subject; scratch memory from `arena`. */
void hst_events_write(hst_world *world, hst_inputs *inputs, hst_arena *arena);

#endif
