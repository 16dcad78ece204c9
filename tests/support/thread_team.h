/** @file tests/support/thread_team.h
 * A team whose ranks are threads of one test (sim/experiment/team.h), so that what several
 * processes do together is tested without MPI.
 *
 * The words of a failure get "rank k: " in front, as over MPI. The program that includes it is
 * compiled with _POSIX_C_SOURCE=200809L, for barriers.
 */
#ifndef HST_TESTS_SUPPORT_THREAD_TEAM_H
#define HST_TESTS_SUPPORT_THREAD_TEAM_H

#include "core/base/assert.h"

#include "sim/experiment/team.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { THREAD_TEAM_MAX = 8 };

struct thread_team;

/** One rank: what it brings, what it got. */
typedef struct thread_rank {
    struct thread_team *team; /**< all */
    uint32_t rank;            /**< number */
    hst_status status;        /**< brought to the exchange under way */
    hst_error *error;         /**< its words */
    hst_team_items mine;      /**< its items */
    unsigned char *all;       /**< everybody's, from malloc */
    uint64_t exchanges;       /**< so far */
} thread_rank;

/** The team. */
typedef struct thread_team {
    pthread_barrier_t barrier;          /**< for all ranks */
    uint32_t count;                     /**< ranks */
    thread_rank ranks[THREAD_TEAM_MAX]; /**< by number */
} thread_team;

static hst_status thread_team_exchange(void *context,
                                       hst_status status,
                                       const hst_team_items *mine,
                                       hst_team_items *all_out,
                                       hst_error *error)
{
    thread_rank *me = context;
    thread_team *team = me->team;
    hst_error words = *error;
    me->status = status;
    me->error = &words;
    me->mine = *mine;
    me->exchanges++;
    (void)pthread_barrier_wait(&team->barrier);
    hst_status answer = HST_OK;
    size_t total = 0;
    for (uint32_t i = 0; i < team->count && answer == HST_OK; i++) {
        const thread_rank *other = &team->ranks[i];
        answer = other->status;
        if (answer != HST_OK) {
            char text[HST_ERROR_PRINT_SIZE];
            (void)hst_error_print(other->error, text, sizeof text);
            hst_error_clear(error);
            hst_ignore(hst_error_set(error, answer, "rank %u: %s", i, text));
        }
        total += other->mine.count;
    }
    if (answer == HST_OK) {
        free(me->all);
        me->all = malloc(total * mine->size + 1);
        size_t at = 0;
        for (uint32_t i = 0; i < team->count && me->all != NULL; i++) {
            const hst_team_items *theirs = &team->ranks[i].mine;
            if (theirs->count > 0) {
                memcpy(me->all + at, theirs->bytes, theirs->count * theirs->size);
            }
            at += theirs->count * theirs->size;
        }
        *all_out = (hst_team_items){.bytes = me->all, .count = total, .size = mine->size};
    }
    (void)pthread_barrier_wait(&team->barrier);
    return answer;
}

/** What each rank runs. */
typedef void (*thread_team_body)(const hst_team *team, void *context);

/** One thread's start. */
typedef struct thread_team_start {
    hst_team team;         /**< as it sees it */
    thread_team_body body; /**< to run */
    void *context;         /**< handed on */
} thread_team_start;

static void *thread_team_main(void *argument)
{
    const thread_team_start *start = argument;
    start->body(&start->team, start->context);
    return NULL;
}

/** Run `body` on `count` ranks at once, each a thread; contexts[rank] is handed to it. cmocka's
 * assertions must not be used in a body. */
static inline void thread_team_run(uint32_t count, thread_team_body body, void *const *contexts)
{
    hst_assert(count >= 1);
    hst_assert(count <= THREAD_TEAM_MAX);
    thread_team team;
    memset(&team, 0, sizeof team);
    team.count = count;
    pthread_t threads[THREAD_TEAM_MAX];
    thread_team_start starts[THREAD_TEAM_MAX];
    int failed = pthread_barrier_init(&team.barrier, NULL, count);
    hst_assert(failed == 0);
    for (uint32_t i = 0; i < count; i++) {
        team.ranks[i] = (thread_rank){.team = &team, .rank = i};
        starts[i] = (thread_team_start){.team = {.rank = i,
                                                 .ranks = count,
                                                 .context = &team.ranks[i],
                                                 .exchange = thread_team_exchange},
                                        .body = body,
                                        .context = contexts[i]};
    }
    for (uint32_t i = 0; i < count; i++) {
        failed = pthread_create(&threads[i], NULL, thread_team_main, &starts[i]);
        hst_assert(failed == 0);
    }
    for (uint32_t i = 0; i < count; i++) {
        failed = pthread_join(threads[i], NULL);
        hst_assert(failed == 0);
        free(team.ranks[i].all);
    }
    failed = pthread_barrier_destroy(&team.barrier);
    hst_assert(failed == 0);
}

#endif
