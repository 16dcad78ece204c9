/** @file sim/channel/table_file.h
 * Reads tables of channels: scenarios/data/lightning.csv and credit_network.csv, or others like
 * them.
 *
 *   node_a,node_b,capacity_sat,base_msat_ab,ppm_ab,cltv_ab,htlc_min_sat_ab,htlc_max_sat_ab, _ba ...
 *   src,dst,lower,upper
 *
 * A direction whose five cells are all blank is disabled; a blank htlc_min_sat is one millisatoshi,
 * a blank htlc_max_sat the capacity. A credit line carries `upper` from src to dst and -`lower`
 * back, in millionths of the table's unit, without charges.
 *
 * Units     millisatoshi; of credit lines millionths of the table's unit.
 * Errors    file:line:column of the cell; HST_INVALID, HST_OVERFLOW, HST_NOT_FOUND (a column),
 *           HST_NO_MEMORY.
 * Memory    the channels from the arena, 96 bytes each; borrows the bytes while reading.
 * Threads   pure.
 * Cost      about 10 ns a byte.
 */
#ifndef HST_SIM_CHANNEL_TABLE_FILE_H
#define HST_SIM_CHANNEL_TABLE_FILE_H

#include "sim/base/error.h"
#include "sim/channel/network.h"

/** Channels of a payment-channel network. `file` names the table in errors. */
HST_NODISCARD hst_status hst_channel_read_lightning(const char *file,
                                                    const char *bytes,
                                                    size_t size,
                                                    hst_arena *arena,
                                                    hst_channel_table *table,
                                                    hst_error *error);

/** Credit lines; HST_CHANNEL_AS_GIVEN splits each as the table says. */
HST_NODISCARD hst_status hst_channel_read_credit(const char *file,
                                                 const char *bytes,
                                                 size_t size,
                                                 hst_arena *arena,
                                                 hst_channel_table *table,
                                                 hst_error *error);

#endif
