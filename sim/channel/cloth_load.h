/** @file sim/channel/cloth_load.h
 * A configuration of CLoTH and everything it names, from files to memory.
 *
 * Names are relative to the configuration's folder. What was read is let go before it returns, so
 * that a run needs no more than its network.
 *
 * Errors    as sim/channel/cloth_file.h; HST_IO for a file that cannot be read.
 * Memory    network and payments from the arena.
 */
#ifndef HST_SIM_CHANNEL_CLOTH_LOAD_H
#define HST_SIM_CHANNEL_CLOTH_LOAD_H

#include "sim/base/inputs.h"
#include "sim/channel/cloth_file.h"
#include "sim/channel/cloth_run.h"

/** A workload, ready to run. */
typedef struct hst_cloth_load {
    hst_cloth_config config;     /**< as read */
    hst_channel_table table;     /**< channels and balances */
    hst_cloth_payments payments; /**< in order of their start */
} hst_cloth_load;

/** Read it; payments that are not read are drawn. `config_path` is the user's path. */
HST_NODISCARD hst_status hst_cloth_load_files(const char *config_path,
                                              uint64_t seed,
                                              struct hst_cloth_draws *draws,
                                              hst_arena *arena,
                                              hst_cloth_load *load,
                                              hst_error *error);

#endif
