/* Decisions and feedback of learning routers on the line-up's reference world: 400 positions, about
 * 5,250 hops. The router has met 3,000 payments before anything is timed. */
#include "core/routing/crew.h"
#include "core/routing/learned.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/bench/bench.h"
#include "sim/lineup/trial.h"
#include "sim/lineup/world.h"

#include <string.h>

enum { WARM = 3000, DECISIONS = 4000, LESSON_MAX = 4 * WARM };

typedef struct scene {
    hst_arena arena;
    hst_lineup_world world;
    hst_router_crew crew;
    hst_hop_outcome *lessons; /* of the warm-up, in order */
    size_t lesson_count;
} scene;

static hst_status open_scene(scene *s, unsigned threads)
{
    memset(s, 0, sizeof *s);
    hst_arena_init(&s->arena, hst_os_memory(), 1 << 20);
    hst_lineup_recipe recipe = hst_lineup_reference(HST_LINEUP_WELL_SPECIFIED);
    recipe.payments = 2 * (WARM + DECISIONS); /* nothing breaks meanwhile */
    HST_TRY(hst_lineup_world_create(&recipe, 1, &s->arena, &s->world));
    s->lessons = HST_ARENA_NEW(&s->arena, hst_hop_outcome, LESSON_MAX);
    if (s->lessons == NULL) {
        return HST_NO_MEMORY;
    }
    const hst_router_setup setup = {
        .graph = &s->world.graph,
        .arena = &s->arena,
        .random = hst_random_stream(1, 0, 0, HST_PURPOSE_ROUTING),
        .prices = hst_lineup_prices,
        .view = &s->world.view,
    };
    return hst_router_crew_create(&hst_router_learned, &setup, threads, &s->crew);
}

/** Walk a plan until a hop fails; the outcomes become lessons. */
static size_t walk(scene *s, const hst_route_query *query, const hst_route_plan *plan)
{
    size_t walked = 0;
    for (uint32_t i = 0; i < plan->hop_count && s->lesson_count < LESSON_MAX; i++) {
        hst_hop_truth truth;
        hst_lineup_world_drawn(&s->world, query, plan->edges[i], &truth);
        s->lessons[s->lesson_count++] = (hst_hop_outcome){
            .payment = query->payment,
            .edge = plan->edges[i],
            .hop_index = i,
            .result = truth.success > 0.5 ? HST_HOP_DONE : HST_HOP_NO_LIQUIDITY,
            .amount_micro_usd = query->amount_micro_usd,
            .submitted_ns = query->time_ns,
            .delay_ns = (int64_t)truth.delay_ns,
        };
        walked++;
        if (truth.success <= 0.5) {
            break;
        }
    }
    return walked;
}

static hst_status warm_up(scene *s)
{
    for (uint32_t i = 0; i < WARM; i++) {
        hst_route_query query;
        hst_route_plan plan;
        hst_status status = HST_OK;
        hst_lineup_world_payment(&s->world, i, &query);
        hst_router_crew_route(&s->crew, &query, 1, &plan, &status);
        if (status == HST_OK) {
            const size_t first = s->lesson_count;
            const size_t walked = walk(s, &query, &plan);
            hst_router_crew_feedback(&s->crew, &s->lessons[first], walked);
        } else if (status != HST_NO_PATH) {
            return status;
        }
    }
    return HST_OK;
}

static hst_status decide(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    scene s;
    hst_status status = open_scene(&s, 1);
    status = status == HST_OK ? warm_up(&s) : status;
    hst_bench_start(sample);
    for (uint32_t i = 0; i < DECISIONS && status == HST_OK; i++) {
        hst_route_query query;
        hst_route_plan plan;
        hst_lineup_world_payment(&s.world, WARM + i, &query);
        status = hst_router_route(s.crew.routers[0], &query, &plan);
        status = status == HST_NO_PATH ? HST_OK : status;
    }
    hst_bench_stop(sample);
    sample->work = DECISIONS;
    hst_arena_release(&s.arena);
    return status;
}

static hst_status learn(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    enum { ROUNDS = 10 };
    scene s;
    hst_status status = open_scene(&s, 1);
    status = status == HST_OK ? warm_up(&s) : status;
    hst_bench_start(sample);
    for (unsigned round = 0; round < ROUNDS && status == HST_OK; round++) {
        hst_router_feedback(s.crew.routers[0], s.lessons, s.lesson_count);
    }
    hst_bench_stop(sample);
    sample->work = (double)(ROUNDS * s.lesson_count);
    hst_arena_release(&s.arena);
    return status;
}

static const hst_bench_case cases[] = {
    {.name = "lineup.learned.decision.400",
     .summary = "M3 route decision, every hop weighed anew, 400 positions, 5,250 hops",
     .unit = "routes/s",
     .run = decide,
     .aim = 25000},
    {.name = "lineup.learned.feedback.400",
     .summary = "M3 learns from the outcome of a hop",
     .unit = "hops/s",
     .run = learn,
     .aim = 2000000},
};

const hst_bench_table hst_bench_lineup = {cases, sizeof cases / sizeof *cases};
