/** @file tests/validation/scene.h
 * A cluster under a steady load, and what published measurements say of such: throughput, time from
 * proposal to commit, time from submission to commit, messages.
 *
 * Two times from proposal to commit are in use, and they differ by most of a one-way delay:
 * `replica_ms` is the mean over replicas, what closed forms give; `first_ms` is until the first
 * replica has committed, what the scripts of asonnino/hotstuff and asonnino/narwhal report (they
 * keep the earliest of the logs' times). Both count each block once; those scripts count each
 * batch.
 */
#ifndef HST_TESTS_VALIDATION_SCENE_H
#define HST_TESTS_VALIDATION_SCENE_H

#include "core/base/arena.h"

#include "sim/consensus/cluster.h"

#define MS INT64_C(1000000)

/** What is run, then what was seen. Zero what you do not use. */
typedef struct scene {
    const char *protocol;
    const int64_t *parameters; /**< NULL = standard */
    uint32_t count;
    hst_network_options network;      /**< without `count` */
    const hst_membership *membership; /**< NULL = equal weights */
    hst_cluster_costs costs;
    const bool *crashed; /**< by replica: down from the start; NULL = none */
    int64_t every_ns;    /**< a batch is submitted so often, */
    uint32_t batches;    /**< so many, after a second of elections and first views */
    uint32_t bytes;      /**< of a batch; 0 = 1,000 */
    uint32_t commands;   /**< in a batch; 0 = 10 */
    uint32_t gather;     /**< most batches proposed together */
    int64_t rest_ns;     /**< time to decide what was submitted last; 0 = 10 s */
    bool may_lag;        /**< not all of it must be decided by then */
    bool by_replica;     /**< batches are for replicas in turn, those of crashed ones are empty */
    uint64_t seed;       /**< 0 = 1 */

    hst_cluster_report report;
    double replica_ms;              /**< proposal to commit, mean over replicas and blocks */
    double first_ms;                /**< proposal to first commit, mean over blocks */
    double p50_ms, p90_ms, mean_ms; /**< submission until a client may believe it */
    double commit_ms;               /**< submission to commit, mean over replicas */
    double commands_per_s;          /**< decided while the load lasted */
    double interval_ms;             /**< between decided heights while it lasted */
    uint64_t view_changes;          /**< of the replica that saw most */
} scene;

/** Run it; a check that fires, and batches left undecided, fail the test. */
void scene_run(scene *s);

/** Messages of a kind. */
uint64_t scene_messages(const scene *s, const char *kind);

/** One way latency between regions of scenarios/data/cloud_latency.csv, and replicas put into them
 * in turn. From `arena`. */
hst_network_options
scene_regions(hst_arena *arena, const char *const *regions, uint32_t region_count, uint32_t count);

/** Costs of scenarios/data/costs.csv. */
hst_cluster_costs scene_costs(hst_arena *arena);

/** A file of the source tree, from `arena`. */
const char *scene_file(hst_arena *arena, const char *path, size_t *size);

/** Print and assert |seen - expected| <= share * expected. */
void scene_near(const char *what, double seen, double expected, double share);

/** The five regions of the published runs of HotStuff, Jolteon and Narwhal. */
extern const char *const scene_five_regions[5];

/** Whether HST_VALIDATION_LARGE is set: also what takes minutes. */
bool scene_large(void);

#endif
