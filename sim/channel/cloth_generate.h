/** @file sim/channel/cloth_generate.h
 * Networks made up: one grown as CLoTH grows them, and one with the marginals of the snapshot that
 * CLoTH comes with, for speed and for tests.
 *
 * Growth: each new node opens channels to nodes drawn by how many channels they have; base fee
 * 1,000 ... 4,999 msat, 1 ... 9 ppm, 10 ... 99 blocks, smallest amount 0, 10, 100, 1,000 msat with
 * chances 0.7, 0.2, 0.05, 0.05; shares uniform.
 *
 * Synthetic: 6,006 nodes and 30,457 channels have, as there, half the nodes with two channels or
 * fewer and hubs with more than a thousand; capacities lognormal with median 8e8 and mean 3.4e9
 * msat; charges, smallest amounts and time locks with its commonest values; end a of every
 * channel holds a share uniform in 0 ... 0.1. It is not that network: success rates on it say
 * nothing about the real one.
 *
 * Errors    HST_NO_MEMORY.
 * Memory    from the arena.
 * Determinism  functions of their arguments. Growth draws from a stream of its own, not from the
 *           one of payments.
 */
#ifndef HST_SIM_CHANNEL_CLOTH_GENERATE_H
#define HST_SIM_CHANNEL_CLOTH_GENERATE_H

#include "sim/channel/cloth.h"

/** Nodes and channels of the snapshot. */
enum { HST_CLOTH_SNAPSHOT_NODES = 6006, HST_CLOTH_SNAPSHOT_CHANNELS = 30457 };

/** Add nodes to a table. HST_INVALID when the sum of capacities gets out of range. */
HST_NODISCARD hst_status hst_cloth_grow(uint64_t seed,
                                        const hst_channel_table *from,
                                        uint32_t nodes,
                                        uint32_t channels_per_node,
                                        int64_t capacity_msat,
                                        hst_arena *arena,
                                        hst_channel_table *table);

/** A synthetic network; nodes >= 3, channels >= nodes. */
HST_NODISCARD hst_status hst_cloth_synthetic(
    uint64_t seed, uint32_t nodes, uint32_t channels, hst_arena *arena, hst_channel_table *table);

#endif
