/* Routers over the corridor graph of the shipped world: every instruction of a day is planned. */
#include "sim/bench/bench.h"
#include "sim/bench/world.h"
#include "sim/payment/routes.h"

#include <stdio.h>

enum { ROUNDS = 10 };

/** Plan the day's instructions again and again; rates move on between the rounds. */
static hst_status plan_all(hst_bench_world *w, hst_routes *routes, hst_bench_sample *sample)
{
    uint64_t leg_sum = 0;
    hst_bench_start(sample);
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t time_ns = round * HST_HOUR_NS;
        hst_routes_refresh(routes, time_ns);
        for (uint32_t i = 0; i < w->workload.count; i++) {
            uint32_t legs[HST_LEG_MAX];
            uint8_t count = 0;
            int64_t advertised_micro_usd = 0;
            HST_TRY(hst_routes_plan(routes, &w->workload.instructions[i], time_ns, legs, &count,
                                    &advertised_micro_usd));
            leg_sum += count;
        }
    }
    hst_bench_stop(sample);
    sample->work = (double)w->workload.count * ROUNDS;
    /* A way abroad has a leg at least, and the plans that are re-costed must agree. */
    return leg_sum >= (uint64_t)w->workload.count * ROUNDS && routes->failures == 0 ? HST_OK
                                                                                    : HST_MISMATCH;
}

static hst_status run_router(const void *parameter, hst_bench_sample *sample)
{
    char override[64];
    const char *const overrides[] = {override};
    hst_bench_world w;
    hst_routes routes;
    (void)snprintf(override, sizeof override, "routing.router=%s", (const char *)parameter);
    hst_status status = hst_bench_world_load(&w, overrides, 1);
    double *factors = NULL;
    if (status == HST_OK) {
        factors = HST_ARENA_NEW(&w.arena, double, w.institutions.count);
        status = factors == NULL ? HST_NO_MEMORY : HST_OK;
    }
    for (uint32_t i = 0; status == HST_OK && i < w.institutions.count; i++) {
        factors[i] = 1;
    }
    if (status == HST_OK) {
        status =
            hst_routes_create(&w.scenario, &w.institutions, w.market, factors, &w.arena, &routes);
    }
    if (status == HST_OK) {
        status = plan_all(&w, &routes, sample);
    }
    hst_bench_world_release(&w);
    return status;
}

#define ROUTER(label, router_name)                                                                 \
    {                                                                                              \
        .name = "payment.route." label,                                                            \
        .summary = "plans for the instructions of scenarios/small.yaml, ten times, " router_name,  \
        .unit = "plans/s", .run = run_router, .parameter = (router_name),                          \
        .tier = HST_BENCH_SYSTEM, .folder = HST_BENCH_SCENARIOS                                    \
    }

static const hst_bench_case cases[] = {ROUTER("cheapest", "cheapest_advertised"),
                                       ROUTER("fewest-hops", "fewest_hops"),
                                       ROUTER("static-table", "static_table")};

const hst_bench_table hst_bench_payment = {cases, sizeof cases / sizeof cases[0]};
