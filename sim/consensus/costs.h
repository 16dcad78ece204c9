/** @file sim/consensus/costs.h
 * What work costs, from a table: so that a run is charged equally on every machine.
 *
 * Columns `item`, `ns`, `origin`. Items: `message` (taking one in), `verify` and `sign` (a
 * signature), `kilobyte` (hashing 1,024 bytes), `transfer` (executing a payment, without its
 * signature, which is charged as one more `verify`), `write` (until a record is durable). Every
 * item must be there once. `herstatt bench --calibrate` writes such a table from this machine.
 *
 * Errors    file, line and column of what is wrong.
 */
#ifndef HST_SIM_CONSENSUS_COSTS_H
#define HST_SIM_CONSENSUS_COSTS_H

#include "sim/base/error.h"
#include "sim/consensus/cluster.h"

/** Read a table. `arena` is scratch. */
HST_NODISCARD hst_status hst_costs_load(const char *file,
                                        const char *bytes,
                                        size_t size,
                                        hst_arena *arena,
                                        hst_cluster_costs *costs,
                                        hst_error *error);

#endif
