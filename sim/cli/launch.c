#include "sim/cli/launch.h"

#include "core/base/parallel.h"

#include "sim/experiment/team.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first of the variables that holds a number of processes, or 1. Slurm's lists of nodes, such
 * as "2(x3),1", count as their first number. */
static uint32_t first_number(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread */
        const char *text = getenv(names[i]);
        char *end = NULL;
        errno = 0;
        const long number = text != NULL ? strtol(text, &end, 10) : 0;
        if (text != NULL && errno == 0 && end != text &&
            (*end == '\0' || *end == '(' || *end == ',') && number >= 1 &&
            number <= HST_TEAM_RANKS_MAX) {
            return (uint32_t)number;
        }
    }
    return 1;
}

uint32_t hst_launch_ranks(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};
    return first_number(names, sizeof names / sizeof names[0]);
}

unsigned hst_launch_threads(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS",
                                        "SLURM_STEP_TASKS_PER_NODE"};
    const unsigned bound = hst_parallel_processors();
    const long machine = sysconf(_SC_NPROCESSORS_ONLN);
    const uint32_t here = first_number(names, sizeof names / sizeof names[0]);
    const long part = machine > (long)here ? machine / (long)here : 1;
    return here > 1 && part < (long)bound ? (unsigned)part : bound;
}

void hst_launch(char **argv)
{
    static const char name[] = "herstatt-mpi";
    if (hst_team_can_join() || hst_launch_ranks() == 1) {
        return;
    }
    char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0 || (size_t)length >= sizeof path) {
        return;
    }
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL && (size_t)(slash + 1 - path) + sizeof name <= sizeof path) {
        memcpy(slash + 1, name, sizeof name);
        (void)execv(path, argv);
    }
}
