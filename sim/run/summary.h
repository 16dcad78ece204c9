/** @file sim/run/summary.h
 * What a finished day comes to: figures by segment, figures beside published ones, invariants, and
 * the tables of the result file that are written at the end.
 *
 * Threads   one.
 */
#ifndef HST_SIM_RUN_SUMMARY_H
#define HST_SIM_RUN_SUMMARY_H

#include "sim/run/day.h"

/** Work out the report from the world's sums; reads the published figures from the inputs. */
HST_NODISCARD hst_status hst_summary_make(const hst_world *world,
                                          const hst_day_options *options,
                                          hst_day_report *report,
                                          hst_error *error);

/** Add an invariant's count to the report. */
void hst_summary_add_invariant(hst_day_report *report,
                               const char *name,
                               const char *description,
                               uint64_t checked,
                               uint64_t violated);

/** Add a figure "scope.name" to the report. */
void hst_summary_add_metric(hst_day_report *report,
                            const char *scope,
                            const char *name,
                            const char *unit,
                            double value,
                            const char *description);

/** Write summary, targets, invariants, institutions, corridors, edges, ledgers, inputs and meta
 * data to world->result. */
void hst_summary_write(hst_world *world,
                       const hst_day_options *options,
                       const hst_day_report *report);

#endif
