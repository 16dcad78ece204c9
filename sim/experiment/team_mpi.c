#include "core/base/assert.h"

#include "sim/experiment/team.h"

#include <limits.h>
#include <mpi.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

/* What every rank tells first. */
typedef struct announcement {
    uint64_t status; /* hst_status */
    uint64_t count;  /* items */
    uint64_t size;   /* bytes of each */
} announcement;

/* The processes of MPI_COMM_WORLD, and the items of the last exchange. */
typedef struct mpi_team {
    hst_memory memory;
    MPI_Comm together; /* of our own, so that nobody else's messages are in it */
    int rank;
    int ranks;
    announcement *said; /* by each rank */
    int *counts;        /* items of each rank */
    int *places;        /* where they begin, in items */
    unsigned char *all; /* everybody's items */
    size_t all_size;    /* bytes of it */
} mpi_team;

/* MPI's word on a failure of its own. */
static hst_status fail_mpi(int code, const char *what, hst_error *error)
{
    char text[MPI_MAX_ERROR_STRING + 1] = "";
    int length = 0;
    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) {
        text[0] = '\0';
    }
    return hst_error_set(error, HST_IO, "MPI cannot %s: %s", what, text);
}

/* ---- exchange ----------------------------------------------------------------------------- */

/* Sleep until all ranks are here: an MPI library waits by spinning, which takes the processor from
 * a rank that still works on it. Looks every tenth of a millisecond at first, later every ten. */
static int wait_for_all(const mpi_team *team)
{
    MPI_Request request = MPI_REQUEST_NULL;
    int failed = MPI_Ibarrier(team->together, &request);
    int done = 0;
    long pause_ns = 100000;
    while (failed == MPI_SUCCESS && done == 0) {
        failed = MPI_Test(&request, &done, MPI_STATUS_IGNORE);
        if (failed == MPI_SUCCESS && done == 0) {
            const struct timespec pause = {.tv_sec = 0, .tv_nsec = pause_ns};
            (void)nanosleep(&pause, NULL);
            pause_ns = pause_ns < 5000000 ? 2 * pause_ns : 10000000;
        }
    }
    return failed;
}

/* The status and words of rank `who`, which failed, on all ranks. */
static hst_status tell_failure(const mpi_team *team, int who, hst_error *error)
{
    hst_error told;
    memset(&told, 0, sizeof told);
    if (who == team->rank) {
        char text[HST_ERROR_PRINT_SIZE];
        (void)hst_error_print(error, text, sizeof text);
        hst_ignore(hst_error_set(&told, error->status, "rank %d: %s", who, text));
    }
    const int failed = MPI_Bcast(&told, (int)sizeof told, MPI_BYTE, who, team->together);
    if (failed != MPI_SUCCESS) {
        return fail_mpi(failed, "tell of a failure", error);
    }
    hst_assert(told.status != HST_OK);
    *error = told;
    return told.status;
}

/* Statuses and counts of all ranks; HST_OK when none failed, and then all items and where each
 * rank's begin. */
static hst_status announce(const mpi_team *team,
                           hst_status status,
                           const hst_team_items *mine,
                           size_t *total_out,
                           hst_error *error)
{
    const announcement my = {.status = status, .count = mine->count, .size = mine->size};
    const int failed = MPI_Allgather(&my, (int)sizeof my, MPI_BYTE, team->said, (int)sizeof my,
                                     MPI_BYTE, team->together);
    if (failed != MPI_SUCCESS) {
        return fail_mpi(failed, "gather how many trials there are", error);
    }
    size_t total = 0;
    for (int i = 0; i < team->ranks; i++) {
        const announcement *said = &team->said[i];
        if (said->status != HST_OK) {
            return tell_failure(team, i, error);
        }
        hst_assert(said->size == mine->size);
        if (said->count > (uint64_t)INT_MAX - total) {
            return hst_error_set(error, HST_OVERFLOW, "more than %d trials to exchange", INT_MAX);
        }
        team->counts[i] = (int)said->count;
        team->places[i] = (int)total;
        total += (size_t)said->count;
    }
    *total_out = total;
    return HST_OK;
}

/* Room for everybody's items on every rank, or HST_NO_MEMORY on every rank. */
static hst_status make_room(mpi_team *team, size_t size, hst_error *error)
{
    hst_status status = HST_OK;
    if (size > team->all_size) {
        unsigned char *all = team->memory.acquire(team->memory.context, size);
        if (all == NULL) {
            status = hst_error_set(error, HST_NO_MEMORY, "no memory for all ranks' trials");
        } else {
            if (team->all != NULL) {
                team->memory.release(team->memory.context, team->all, team->all_size);
            }
            team->all = all;
            team->all_size = size;
        }
    }
    const int my = status == HST_OK ? INT_MAX : team->rank;
    int first = INT_MAX;
    const int failed = MPI_Allreduce(&my, &first, 1, MPI_INT, MPI_MIN, team->together);
    if (failed != MPI_SUCCESS) {
        return fail_mpi(failed, "agree on memory", error);
    }
    return first == INT_MAX ? HST_OK : tell_failure(team, first, error);
}

static hst_status gather(const mpi_team *team, const hst_team_items *mine, hst_error *error)
{
    MPI_Datatype item = MPI_DATATYPE_NULL;
    hst_assert(mine->size <= INT_MAX);
    int failed = MPI_Type_contiguous((int)mine->size, MPI_BYTE, &item);
    if (failed == MPI_SUCCESS) {
        failed = MPI_Type_commit(&item);
    }
    if (failed == MPI_SUCCESS) {
        failed = MPI_Allgatherv(mine->bytes, (int)mine->count, item, team->all, team->counts,
                                team->places, item, team->together);
    }
    if (item != MPI_DATATYPE_NULL) {
        (void)MPI_Type_free(&item);
    }
    return failed == MPI_SUCCESS ? HST_OK : fail_mpi(failed, "gather trials", error);
}

static hst_status exchange(void *context,
                           hst_status status,
                           const hst_team_items *mine,
                           hst_team_items *all_out,
                           hst_error *error)
{
    mpi_team *team = context;
    const int failed = wait_for_all(team);
    if (failed != MPI_SUCCESS) {
        return fail_mpi(failed, "wait for the other ranks", error);
    }
    size_t total = 0;
    HST_TRY(announce(team, status, mine, &total, error));
    HST_TRY(make_room(team, total * mine->size, error));
    if (total > 0) {
        HST_TRY(gather(team, mine, error));
    }
    *all_out = (hst_team_items){.bytes = team->all, .count = total, .size = mine->size};
    return HST_OK;
}

/* ---- starting and ending ------------------------------------------------------------------ */

static void release(const mpi_team *team)
{
    const hst_memory memory = team->memory;
    const size_t ranks = (size_t)team->ranks;
    if (team->said != NULL) {
        memory.release(memory.context, team->said, ranks * sizeof *team->said);
    }
    if (team->counts != NULL) {
        memory.release(memory.context, team->counts, ranks * sizeof *team->counts);
    }
    if (team->places != NULL) {
        memory.release(memory.context, team->places, ranks * sizeof *team->places);
    }
    if (team->all != NULL) {
        memory.release(memory.context, team->all, team->all_size);
    }
}

static void stop(void *context)
{
    mpi_team *team = context;
    const hst_memory memory = team->memory;
    release(team);
    (void)MPI_Comm_free(&team->together);
    memory.release(memory.context, team, sizeof *team);
    (void)MPI_Finalize();
}

/* Find the others; `team` has its memory. */
static hst_status join(mpi_team *team, uint32_t launched_ranks, hst_error *error)
{
    int failed = MPI_Comm_dup(MPI_COMM_WORLD, &team->together);
    if (failed != MPI_SUCCESS) {
        return fail_mpi(failed, "make a group of its processes", error);
    }
    /* Failures come back to us, with words; by default MPI ends the process. */
    failed = MPI_Comm_set_errhandler(team->together, MPI_ERRORS_RETURN);
    if (failed != MPI_SUCCESS || MPI_Comm_rank(team->together, &team->rank) != MPI_SUCCESS ||
        MPI_Comm_size(team->together, &team->ranks) != MPI_SUCCESS) {
        return fail_mpi(failed, "count its processes", error);
    }
    if (team->ranks > HST_TEAM_RANKS_MAX) {
        return hst_error_set(error, HST_UNSUPPORTED, "%d processes, at most %d are supported",
                             team->ranks, HST_TEAM_RANKS_MAX);
    }
    if (launched_ranks > 1 && team->ranks == 1) {
        return hst_error_set(error, HST_UNSUPPORTED,
                             "started as one of %u processes, but MPI sees one: start it with the "
                             "mpirun of the MPI that herstatt-mpi was built with, or with srun "
                             "--mpi=pmix",
                             launched_ranks);
    }
    const size_t ranks = (size_t)team->ranks;
    const hst_memory memory = team->memory;
    team->said = memory.acquire(memory.context, ranks * sizeof *team->said);
    team->counts = memory.acquire(memory.context, ranks * sizeof *team->counts);
    team->places = memory.acquire(memory.context, ranks * sizeof *team->places);
    if (team->said == NULL || team->counts == NULL || team->places == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for a team of %d", team->ranks);
    }
    return HST_OK;
}

bool hst_team_can_join(void)
{
    return true;
}

hst_status
hst_team_start(hst_memory memory, uint32_t launched_ranks, hst_team *out, hst_error *error)
{
    hst_assert(launched_ranks >= 1);
    hst_assert(out != NULL);
    mpi_team *team = memory.acquire(memory.context, sizeof *team);
    if (team == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for a team");
    }
    *team = (mpi_team){.memory = memory, .together = MPI_COMM_NULL, .ranks = 1};
    /* Threads run trials; only the first one speaks to other ranks. */
    int provided = MPI_THREAD_SINGLE;
    const int failed = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    if (failed != MPI_SUCCESS || provided < MPI_THREAD_FUNNELED) {
        memory.release(memory.context, team, sizeof *team);
        return hst_error_set(error, HST_UNSUPPORTED, "MPI does not start beside threads");
    }
    const hst_status status = join(team, launched_ranks, error);
    if (status != HST_OK) {
        /* The others may be waiting, or meet the same: end them all rather than hang. */
        if (status == HST_NO_MEMORY || team->ranks > 1) {
            (void)MPI_Abort(MPI_COMM_WORLD, 3);
        }
        stop(team);
        return status;
    }
    *out = (hst_team){.rank = (uint32_t)team->rank,
                      .ranks = (uint32_t)team->ranks,
                      .context = team,
                      .exchange = exchange,
                      .stop = stop};
    return HST_OK;
}
