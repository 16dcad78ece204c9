#include "core/base/assert.h"
#include "core/base/random.h"

#include "sim/base/purpose.h"
#include "sim/forecast/control.h"

#include <math.h>

enum { YEAR = 24 * 365 };

static const double confidence = 0.99, significance = 0.05, tolerance = 0.01;

/* Half of a deviation is left after four hours. */
static const hst_spread_recipe world = {.phi = 0.8408964152537145, .sd = 0.3, .swing = 0.5};

/* Outcomes of one horizon; models, then the reversion where nothing reverts. */
static const size_t wandering = HST_SPREAD_COUNT, kinds = HST_SPREAD_COUNT + 1;

typedef struct work {
    hst_arena scratch;
    double *logs;
    double *ratio, *p, *statistic; /* [kinds * seeds] */
    uint32_t seeds;
} work;

static hst_status evaluate(work *w, size_t horizon, uint32_t seed, bool wanders)
{
    hst_arena once;
    hst_spread_row rows[HST_SPREAD_COUNT];
    const hst_spread_plan plan = {
        .logs = w->logs, .count = YEAR, .first = YEAR / 2, .horizon = horizon};
    hst_arena_init(&once, w->scratch.memory, 1 << 16);
    const hst_status status = hst_spread_evaluate(&plan, &once, rows);
    hst_arena_release(&once);
    HST_TRY(status);
    for (size_t kind = wanders ? wandering : 0; kind < (wanders ? kinds : wandering); kind++) {
        const hst_spread_row *row = &rows[kind == wandering ? (size_t)HST_SPREAD_REVERSION : kind];
        const size_t at = kind * w->seeds + seed;
        w->ratio[at] = row->ratio;
        w->p[at] = row->loss.p;
        w->statistic[at] = row->loss.statistic;
    }
    return HST_OK;
}

static void wander(uint64_t seed, double *logs)
{
    hst_random stream = hst_random_stream(seed, 0, 1, HST_PURPOSE_SPREAD);
    double at = 0.0;
    for (size_t hour = 0; hour < YEAR; hour++) {
        at += 0.1 * hst_random_normal(&stream);
        logs[hour] = at;
    }
}

static hst_control_row row_of(const work *w, size_t kind)
{
    hst_control_row row = {.lowest = (double)INFINITY};
    for (uint32_t s = 0; s < w->seeds; s++) {
        const size_t at = kind * w->seeds + s;
        row.lowest = fmin(row.lowest, w->ratio[at]);
        row.wins += w->p[at] < significance && w->statistic[at] < 0.0 ? 1 : 0;
    }
    row.ratio = hst_mean_interval_t(&w->ratio[kind * w->seeds], w->seeds, confidence);
    return row;
}

static hst_status run_horizon(work *w, uint64_t first_seed, hst_spread_control *out)
{
    for (uint32_t s = 0; s < w->seeds; s++) {
        hst_spread_world(&world, first_seed + s, w->logs, YEAR);
        HST_TRY(evaluate(w, out->horizon, s, false));
        wander(first_seed + s, w->logs);
        HST_TRY(evaluate(w, out->horizon, s, true));
    }
    HST_TRY(hst_holm(&w->p[w->seeds], (size_t)(kinds - 1) * w->seeds, w->scratch.memory));
    for (size_t m = 0; m < HST_SPREAD_COUNT; m++) {
        out->rows[m] = row_of(w, m);
    }
    out->wandering = row_of(w, wandering);
    out->theory = hst_spread_theory(&world, out->horizon);
    return HST_OK;
}

static bool holds_at(const hst_spread_control *one, uint32_t seeds)
{
    const hst_control_row *found = &one->rows[HST_SPREAD_REVERSION];
    return fabs(found->ratio.estimate - one->theory) <= tolerance && 2 * found->wins >= seeds &&
           one->wandering.wins == 0;
}

hst_status hst_spread_control_run(uint64_t first_seed,
                                  uint32_t seeds,
                                  hst_memory memory,
                                  hst_spread_control out[HST_SPREAD_CONTROLS],
                                  bool *holds)
{
    static const size_t horizons[HST_SPREAD_CONTROLS] = {1, 4, 24};
    hst_assert(out != NULL && holds != NULL);
    hst_assert(seeds >= HST_CONTROL_SEEDS_MIN && seeds <= HST_CONTROL_SEEDS_MAX);
    work w = {.seeds = seeds};
    hst_arena_init(&w.scratch, memory, 1 << 16);
    w.logs = HST_ARENA_NEW(&w.scratch, double, YEAR);
    w.ratio = HST_ARENA_NEW(&w.scratch, double, (size_t)kinds *seeds);
    w.p = HST_ARENA_NEW(&w.scratch, double, (size_t)kinds *seeds);
    w.statistic = HST_ARENA_NEW(&w.scratch, double, (size_t)kinds *seeds);
    const bool ready = w.logs != NULL && w.ratio != NULL && w.p != NULL && w.statistic != NULL;
    hst_status status = ready ? HST_OK : HST_NO_MEMORY;
    *holds = true;
    for (size_t h = 0; status == HST_OK && h < HST_SPREAD_CONTROLS; h++) {
        out[h] = (hst_spread_control){.horizon = horizons[h]};
        status = run_horizon(&w, first_seed, &out[h]);
        *holds = *holds && status == HST_OK && holds_at(&out[h], seeds);
    }
    hst_arena_release(&w.scratch);
    return status;
}
