/* One rank of a team over MPI; started several times by mpirun. Exits 0 when all it saw is right,
 * and says what was not. The order of the exchanges is the same on all ranks, as everywhere.
 *
 *   team_mpi_ranks RANKS
 */
#include "sim/base/os_memory.h"
#include "sim/experiment/team.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ITEM_SIZE = 40, ROUNDS = 20 };

/* How many items a rank brings to a round: none, few, many. */
static size_t items_of(uint32_t rank, uint32_t round)
{
    return (size_t)(rank * 7 + round * 13) % 5 * (round % 3 == 0 ? 100 : 1);
}

static void fill(unsigned char *item, uint32_t rank, uint32_t round, size_t index)
{
    for (size_t i = 0; i < ITEM_SIZE; i++) {
        item[i] = (unsigned char)(rank * 131 + round * 31 + index * 7 + i);
    }
}

/* Everybody's items, in order of rank. */
static int gather(const hst_team *team, uint32_t round)
{
    static unsigned char bytes[400 * ITEM_SIZE];
    const size_t count = items_of(team->rank, round);
    for (size_t i = 0; i < count; i++) {
        fill(bytes + i * ITEM_SIZE, team->rank, round, i);
    }
    const hst_team_items mine = {.bytes = bytes, .count = count, .size = ITEM_SIZE};
    hst_team_items all;
    hst_error error = {.status = HST_OK};
    if (hst_team_exchange(team, HST_OK, &mine, &all, &error) != HST_OK) {
        (void)fprintf(stderr, "rank %u: %s\n", team->rank, error.text);
        return 1;
    }
    size_t at = 0;
    for (uint32_t rank = 0; rank < team->ranks; rank++) {
        for (size_t i = 0; i < items_of(rank, round); i++, at++) {
            unsigned char right[ITEM_SIZE];
            fill(right, rank, round, i);
            if (at >= all.count || memcmp(right, all.bytes + at * ITEM_SIZE, ITEM_SIZE) != 0) {
                (void)fprintf(stderr, "rank %u: item %zu of rank %u is wrong\n", team->rank, i,
                              rank);
                return 1;
            }
        }
    }
    return at == all.count ? 0 : 1;
}

/* The highest two ranks fail; all hear of the lower of them. */
static int fail_together(const hst_team *team)
{
    const hst_team_items mine = {.bytes = NULL, .count = 0, .size = 1};
    const uint32_t first = team->ranks > 1 ? team->ranks - 2 : 0;
    hst_status status = HST_OK;
    hst_error error = {.status = HST_OK};
    if (team->rank >= first) {
        status = hst_error_at(&error, HST_FULL, "out.h5", 0, 0, "no room at %u", team->rank);
    }
    char words[64];
    (void)snprintf(words, sizeof words, "rank %u: out.h5: no room at %u", first, first);
    const hst_status answer = hst_team_exchange(team, status, &mine, NULL, &error);
    if (answer != HST_FULL || error.status != HST_FULL || strcmp(error.text, words) != 0) {
        (void)fprintf(stderr, "rank %u: status %d, %s\n", team->rank, (int)answer, error.text);
        return 1;
    }
    return 0;
}

/* A rank that waits leaves the processor to others. */
static int wait_long(const hst_team *team)
{
    const hst_team_items mine = {.bytes = NULL, .count = 0, .size = 1};
    hst_error error = {.status = HST_OK};
    if (team->rank == 0 && team->ranks > 1) {
        const struct timespec pause = {.tv_sec = 0, .tv_nsec = 500000000};
        (void)nanosleep(&pause, NULL);
    }
    struct timespec before;
    struct timespec after;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    const hst_status status = hst_team_exchange(team, HST_OK, &mine, NULL, &error);
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    const double seconds =
        (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec);
    if (status != HST_OK || seconds > 0.2) {
        (void)fprintf(stderr, "rank %u: waiting took %.3f s of the processor\n", team->rank,
                      seconds);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    const long ranks = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    hst_team team;
    hst_error error = {.status = HST_OK};
    if (hst_team_start(hst_os_memory(), (uint32_t)ranks, &team, &error) != HST_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    int wrong = team.ranks == (uint32_t)ranks ? 0 : 1;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        wrong += gather(&team, round);
    }
    wrong += fail_together(&team);
    wrong += gather(&team, ROUNDS);
    wrong += wait_long(&team);
    hst_team_stop(&team);
    return wrong > 0 ? 1 : 0;
}
