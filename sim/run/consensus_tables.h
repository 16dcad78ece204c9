/** @file sim/run/consensus_tables.h
 * The consensus tables of a result (sim/metrics/rows_consensus.h) while they are put together.
 *
 * Rows are gathered study by study, written at the end, digested, or compared with those of a file.
 * A study that ran on another thread fills tables of its own, which are appended in order.
 *
 * Errors    HST_NO_MEMORY; HST_MISMATCH from check, with the first difference.
 * Memory    rows from the memory handed in, until release.
 * Threads   one thread a set of tables.
 */
#ifndef HST_SIM_RUN_CONSENSUS_TABLES_H
#define HST_SIM_RUN_CONSENSUS_TABLES_H

#include "core/crypto/hash.h"

#include "sim/base/error.h"
#include "sim/consensus/cluster.h"
#include "sim/metrics/result.h"
#include "sim/metrics/result_file.h"

/** Rows of one table. */
typedef struct hst_consensus_rows {
    unsigned char *bytes; /**< rows as they lie in the file */
    size_t count;         /**< rows */
    size_t capacity;      /**< rows that fit */
} hst_consensus_rows;

/** All tables. */
typedef struct hst_consensus_tables {
    hst_consensus_rows rows[HST_RARE_TABLE_COUNT]; /**< by table */
    hst_memory memory;                             /**< of the rows */
} hst_consensus_tables;

/** What of a cluster cannot be asked of it. */
typedef struct hst_consensus_world {
    const hst_consensus_protocol *protocol; /**< that ran */
    const char *const *regions;             /**< names */
    uint32_t region_count;                  /**< how many */
    const uint32_t *places;                 /**< region by replica */
    uint32_t replicas;                      /**< how many */
} hst_consensus_world;

/** No rows yet. */
void hst_consensus_tables_init(hst_consensus_tables *tables, hst_memory memory);

/** Give the rows back. */
void hst_consensus_tables_release(hst_consensus_tables *tables);

/** A new row, zeroed, to be filled in before the next one; NULL without memory. */
void *hst_consensus_tables_add(hst_consensus_tables *tables, hst_rare_table table);

/** Fill in what a study's row and a cluster's figures share: totals, CPU, rates per payment. */
void hst_consensus_row_cluster(hst_study_row *row,
                               const hst_consensus_world *world,
                               const hst_cluster_report *report);

/** Links, nodes and messages of a cluster, as those of `study`. */
HST_NODISCARD hst_status hst_consensus_tables_cluster(hst_consensus_tables *tables,
                                                      uint32_t study,
                                                      const hst_consensus_world *world,
                                                      hst_cluster *cluster);

/** Append the rows of others, whose studies are counted on. */
HST_NODISCARD hst_status hst_consensus_tables_append(hst_consensus_tables *tables,
                                                     const hst_consensus_tables *others);

/** All rows into a digest. */
void hst_consensus_tables_digest(const hst_consensus_tables *tables, hst_digest *digest);

/** Into a result, which has a group /network already or not; a failure is the result's. */
void hst_consensus_tables_write(const hst_consensus_tables *tables,
                                bool network_is_there,
                                hst_result *result);

/** Whether a file holds these very rows. */
HST_NODISCARD hst_status hst_consensus_tables_check(const hst_consensus_tables *tables,
                                                    hst_result_file *file,
                                                    hst_error *error);

#endif
