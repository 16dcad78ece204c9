#include "core/routing/crew.h"

#include "core/base/parallel.h"

/* Queries handed to a thread at once: enough that handing out costs nothing beside routing. */
enum { PORTION = 16 };

/* Fewer outcomes than this are told faster than threads are woken. */
enum { LESSON_MIN = 256 };

hst_status hst_router_crew_create(const hst_router_kind *kind,
                                  const hst_router_setup *setup,
                                  unsigned threads,
                                  hst_router_crew *crew)
{
    hst_assert(setup != NULL && crew != NULL && threads >= 1);
    crew->count = 0;
    crew->routers = HST_ARENA_NEW(setup->arena, hst_router *, threads);
    if (crew->routers == NULL) {
        return HST_NO_MEMORY;
    }
    for (; crew->count < threads; crew->count++) {
        HST_TRY(hst_router_create(kind, setup, &crew->routers[crew->count]));
    }
    return HST_OK;
}

typedef struct batch {
    const hst_router_crew *crew;
    const hst_route_query *queries;
    size_t count;
    hst_route_plan *plans;
    hst_status *statuses;
} batch;

static void route_portion(void *context, size_t index, unsigned thread)
{
    const batch *one = context;
    const size_t end = (index + 1) * PORTION < one->count ? (index + 1) * PORTION : one->count;
    for (size_t i = index * PORTION; i < end; i++) {
        one->statuses[i] =
            hst_router_route(one->crew->routers[thread], &one->queries[i], &one->plans[i]);
    }
}

void hst_router_crew_route(hst_router_crew *crew,
                           const hst_route_query *queries,
                           size_t count,
                           hst_route_plan *plans,
                           hst_status *statuses) /* NOLINT(readability-non-const-parameter): out */
{
    hst_assert(crew != NULL && crew->count >= 1);
    hst_assert(count == 0 || (queries != NULL && plans != NULL && statuses != NULL));
    batch one = {crew, queries, count, plans, statuses};
    hst_parallel_for((count + PORTION - 1) / PORTION, crew->count, route_portion, &one);
}

typedef struct lesson {
    const hst_router_crew *crew;
    const hst_hop_outcome *outcomes;
    size_t count;
} lesson;

static void learn(void *context, size_t index, unsigned thread)
{
    (void)thread;
    const lesson *one = context;
    hst_router_feedback(one->crew->routers[index], one->outcomes, one->count);
}

void hst_router_crew_feedback(hst_router_crew *crew, const hst_hop_outcome *outcomes, size_t count)
{
    hst_assert(crew != NULL && crew->count >= 1);
    lesson one = {crew, outcomes, count};
    hst_parallel_for(crew->count, count < LESSON_MIN ? 1 : crew->count, learn, &one);
}
