/** @file sim/run/studies.h
 * Consensus protocols side by side: studies (sim/consensus/study.h) of every protocol, number of
 * replicas, load and fault set that was asked for, in the same five regions of the world.
 *
 * The same function serves `herstatt consensus` (a table, a result file) and `herstatt verify`
 * (from the plan and tables in a result), so what is verified is what ran. Equal plans give equal
 * digests on any number of threads.
 *
 * Protocols with blocks of minutes get as many blocks as the others' minute has seconds.
 *
 * Errors    HST_IO, HST_SCENARIO of tables; HST_INTERRUPTED; HST_NO_MEMORY; a study that cannot be
 *           (too few replicas for its protocol) says so in its status.
 * Memory    from the operating system, released by hst_studies_release.
 * Threads   as many as asked for, one study each.
 */
#ifndef HST_SIM_RUN_STUDIES_H
#define HST_SIM_RUN_STUDIES_H

#include "sim/base/inputs.h"
#include "sim/consensus/study.h"
#include "sim/run/consensus_tables.h"

#include <signal.h>

/** Tables that studies read. */
#define HST_STUDIES_LATENCY "scenarios/data/cloud_latency.csv"
#define HST_STUDIES_COSTS   "scenarios/data/costs.csv"

/** Most studies at once, most settings of parameters, and bytes of a signed payment. */
enum { HST_STUDIES_MAX = 4096, HST_STUDIES_SETTINGS_MAX = 16, HST_STUDIES_PAYMENT_BYTES = 512 };

/** A parameter that is not as usual, where a protocol has it. */
typedef struct hst_study_setting {
    char name[48]; /**< of the parameter */
    int64_t value; /**< in its unit */
} hst_study_setting;

/** One study. */
typedef struct hst_one_study {
    const hst_consensus_protocol *protocol; /**< which */
    uint32_t replicas;                      /**< how many */
    uint32_t load;                          /**< payments offered a second */
    hst_study_faults faults;                /**< what goes wrong */
    hst_status status;                      /**< HST_OK, or why there is no outcome */
    hst_study_outcome outcome;              /**< what came of it */
    hst_consensus_tables tables;            /**< its rows, as study 0 */
} hst_one_study;

/** All of them. The caller sets what is above the line, and the plan of each study. */
typedef struct hst_studies {
    hst_one_study *list; /**< [HST_STUDIES_MAX] */
    size_t count;        /**< how many */
    int64_t seconds;     /**< of load, before slow protocols get more */
    int64_t seed;        /**< of all draws */
    int64_t bandwidth;   /**< of every card, each way, Mbit/s */
    int64_t body;        /**< most of payments proposed together, KiB */
    hst_study_setting settings[HST_STUDIES_SETTINGS_MAX]; /**< a later one counts */
    size_t setting_count;                                 /**< how many */
    bool real_crypto;                         /**< sign and verify instead of charging */
    bool record;                              /**< fill in tables */
    const char *costs;                        /**< table of costs in the inputs */
    const volatile sig_atomic_t *interrupted; /**< may be NULL */

    hst_cluster_costs cost; /**< as read */
    const int64_t *base_ns; /**< latency between regions, as read */
    char digest_hex[65];    /**< over every study; only with `record` */
} hst_studies;

/** Room for studies; HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_studies_init(hst_studies *studies);

/** Give everything back. */
void hst_studies_release(hst_studies *studies);

/** Run them all. */
HST_NODISCARD hst_status hst_studies_run(
    hst_studies *studies, hst_inputs *inputs, unsigned threads, hst_arena *arena, hst_error *error);

/** How many had a check fire, or could not run. */
size_t hst_studies_broken(const hst_studies *studies);

/** Write a result; studies must have been recorded. `command` writes the file again. */
HST_NODISCARD hst_status hst_studies_write(const hst_studies *studies,
                                           const hst_inputs *inputs,
                                           const char *path,
                                           const char *command,
                                           hst_error *error);

/** Run the studies of a result again, from its plan and the inputs in it, and compare every row,
 * every figure and the digest; HST_MISMATCH with the first difference. */
HST_NODISCARD hst_status hst_studies_verify(hst_studies *studies,
                                            hst_result_file *file,
                                            hst_inputs *inputs,
                                            unsigned threads,
                                            hst_error *error);

#endif
