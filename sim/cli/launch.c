#include "sim/cli/launch.h"

#include "sim/experiment/team.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint32_t hst_launch_ranks(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread */
        const char *text = getenv(names[i]);
        char *end = NULL;
        errno = 0;
        const long ranks = text != NULL ? strtol(text, &end, 10) : 0;
        if (text != NULL && errno == 0 && end != text && *end == '\0' && ranks >= 1 &&
            ranks <= HST_TEAM_RANKS_MAX) {
            return (uint32_t)ranks;
        }
    }
    return 1;
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
