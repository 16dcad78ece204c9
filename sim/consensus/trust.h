/** @file sim/consensus/trust.h
 * Who trusts whom, and who holds how much, from tables: memberships of real networks.
 *
 * Quorum sets: `set,parent,threshold,members` (a set's members are the nodes it names and the sets
 * whose parent it is) and nodes: `node,organisation,country,quorum_set`, numbered from 0 without
 * gaps. A node without a set does not validate: others name it, and it never runs.
 *
 * Stake: `rank,stake_ada`, any unit; the first `count` rows are the weights.
 *
 * Errors    file, line and column of what is wrong: a set without a parent above it, a threshold
 *           beyond its members, a node that does not exist, sets nested too deep.
 * Memory    from `arena`, valid as long as it is.
 */
#ifndef HST_SIM_CONSENSUS_TRUST_H
#define HST_SIM_CONSENSUS_TRUST_H

#include "core/base/arena.h"
#include "core/consensus/membership.h"

#include "sim/base/error.h"

/** A table's text. */
typedef struct hst_trust_table {
    const char *file;  /**< for errors */
    const char *bytes; /**< its text */
    size_t size;       /**< of it */
} hst_trust_table;

/** Nodes and their quorum sets. `validates` has an entry a node: whether it runs. */
HST_NODISCARD hst_status hst_trust_load(const hst_trust_table *nodes,
                                        const hst_trust_table *sets,
                                        hst_arena *arena,
                                        hst_membership *membership,
                                        const bool **validates,
                                        hst_error *error);

/** Weights of the first `count` rows of a table of stake. */
HST_NODISCARD hst_status hst_stake_load(const hst_trust_table *table,
                                        uint32_t count,
                                        hst_arena *arena,
                                        hst_membership *membership,
                                        hst_error *error);

#endif
