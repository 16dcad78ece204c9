/** @file sim/experiment/team.h
 * The processes that run one sweep together, and the one thing they do together: exchange.
 *
 * A sweep is written for `ranks` processes of which it is number `rank`; alone it is rank 0 of 1.
 * All ranks do the same in the same order and meet in hst_team_exchange: each brings its own status
 * and some items, and leaves with the worst status of all and everybody's items in order of rank. A
 * rank that failed takes part too, once, to tell the others; then all end with that status. So none
 * waits for a rank that is gone.
 *
 *   herstatt      links hst_team_start from team_alone.c: one process
 *   herstatt-mpi  links hst_team_start from team_mpi.c: the processes that mpirun or srun started
 *
 * The code of a sweep sees only this header. A test makes a team of threads by filling the struct.
 *
 * Errors    of hst_team_exchange: the status of the first rank that failed, its words with "rank k:
 * " in front (at k of more than one), on every rank alike; HST_IO when the message passing itself
 *           failed.
 * Memory    items out belong to the team until the next exchange.
 * Threads   one thread of a process speaks for it.
 * Cost      one gathering of all items at all ranks. Waiting ranks sleep, they do not spin: trials
 *           of ranks that share a processor are not slowed by it.
 * Source    MPI: A Message-Passing Interface Standard, 3.1 (MPI_Allgatherv, MPI_Ibarrier).
 */
#ifndef HST_SIM_EXPERIMENT_TEAM_H
#define HST_SIM_EXPERIMENT_TEAM_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Most processes of a team. */
enum { HST_TEAM_RANKS_MAX = 65536 };

/** Items of equal size, one behind the other. */
typedef struct hst_team_items {
    const unsigned char *bytes; /**< count * size bytes */
    size_t count;               /**< items */
    size_t size;                /**< bytes of each, equal on all ranks, >= 1 */
} hst_team_items;

/** The team as one process sees it. */
typedef struct hst_team {
    uint32_t rank;  /**< this process, < ranks */
    uint32_t ranks; /**< processes, >= 1 */
    void *context;  /**< of the functions below */
    /** See hst_team_exchange; called by it alone. `error` is not NULL. */
    hst_status (*exchange)(void *context,
                           hst_status status,
                           const hst_team_items *mine,
                           hst_team_items *all_out,
                           hst_error *error);
    /** See hst_team_stop; NULL = nothing to do. */
    void (*stop)(void *context);
} hst_team;

/** A team of one. */
hst_team hst_team_alone(void);

/** Whether this program can be one of several processes: false in herstatt, true in herstatt-mpi.
 */
bool hst_team_can_join(void);

/** The team this process was started in. HST_UNSUPPORTED, with what to do, when it is one of
 * several processes and this program cannot speak to the others (`launched_ranks`: processes that
 * the environment tells of, 1 when alone). */
HST_NODISCARD hst_status hst_team_start(hst_memory memory,
                                        uint32_t launched_ranks,
                                        hst_team *out,
                                        hst_error *error);

/** Leave the team; all ranks do, after their last exchange. */
void hst_team_stop(hst_team *team);

/** Meet the others. `status` is this rank's own, *error its words when it failed (`error` is not
 * NULL); a failed rank's items are not looked at. Returns the status of the lowest rank that failed
 * and its words in *error, the same on all ranks; HST_OK when none did, and then everybody's items
 * in *all_out (may be NULL). */
HST_NODISCARD hst_status hst_team_exchange(const hst_team *team,
                                           hst_status status,
                                           const hst_team_items *mine,
                                           hst_team_items *all_out,
                                           hst_error *error);

#endif
