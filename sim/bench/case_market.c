/* The exchange market: one step of 32 currencies, and whole markets.
 *
 * The step is what the market does for a drawn day and what it lays beside it: shocks, mixed to be
 * correlated, GARCH, jumps, a spread. Its baseline is the same arithmetic as the textbook writes
 * it: the product row by row, the number of jumps counted by inversion of the Poisson law, the
 * factors of the OU step worked out each time. */
#include "core/base/random.h"
#include "core/base/real.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/bench/bench.h"
#include "sim/bench/world.h"
#include "sim/market/correlation.h"
#include "sim/market/garch.h"
#include "sim/market/jump.h"
#include "sim/market/ou.h"

#include <math.h>

enum { N = 32, STEPS = 100000, DAYS = 62 };

/* A world of currencies alike, each with its own streams. */
typedef struct fx {
    double factor[N * N];
    double packed[N * N + 8 * N];
    double raw[N], shocks[N], variance[N], level[N], spread[N];
    hst_garch model;
    hst_jump law;
    hst_ou ou;
    hst_jumps jumps[N];
    hst_random shock[N], noise[N];
} fx;

/* Estimates of the size that daily returns of currencies have; shocks normal or Student-t. */
static hst_status start(double nu, fx *w)
{
    double matrix[N * N];
    for (size_t i = 0; i < (size_t)N * N; i++) {
        matrix[i] = i % (N + 1) == 0 ? 1.0 : 0.4;
    }
    HST_TRY(hst_correlation_factor(matrix, N, w->factor));
    hst_correlation_pack(w->factor, N, w->packed);
    w->model = (hst_garch){.mu = 0.0, .omega = 0.005, .alpha = 0.05, .beta = 0.94, .nu = nu};
    w->law = (hst_jump){.intensity = 0.05, .mean = 0.0, .sd = 0.01};
    w->ou = hst_ou_make(-0.08, 0.4, 48, 1);
    for (uint64_t c = 0; c < N; c++) {
        w->shock[c] = hst_random_stream(1, 0, c, HST_PURPOSE_TEST);
        w->noise[c] = hst_random_stream(1, 1, c, HST_PURPOSE_TEST);
        w->jumps[c] = hst_jumps_make(&w->law, hst_random_stream(1, 2, c, HST_PURPOSE_TEST));
        w->variance[c] = hst_garch_variance(&w->model);
        w->level[c] = 0.0;
        w->spread[c] = w->ou.mean;
    }
    return HST_OK;
}

static void draw_raw(fx *w)
{
    for (size_t c = 0; c < N; c++) {
        w->raw[c] = isinf(w->model.nu) ? hst_random_normal(&w->shock[c])
                                       : hst_random_student_unit(&w->shock[c], w->model.nu);
    }
}

static void move(fx *w, size_t c, double jump)
{
    const double residual = sqrt(w->variance[c]) * w->shocks[c];
    w->level[c] += (w->model.mu + residual) / 100.0 + jump;
    w->variance[c] = hst_garch_next(&w->model, residual, w->variance[c]);
}

static void step(fx *w)
{
    draw_raw(w);
    hst_correlation_mix(w->packed, N, w->raw, w->shocks);
    for (size_t c = 0; c < N; c++) {
        move(w, c, hst_jumps_step(&w->jumps[c], 1.0));
        w->spread[c] = hst_ou_step(&w->ou, w->spread[c], hst_random_normal(&w->noise[c]));
    }
}

/* Poisson number by inversion, then as many sizes. */
static double naive_jump(const fx *w, hst_random *random)
{
    const double u = hst_random_uniform(random);
    double term = hst_exp(-w->law.intensity);
    double below = term;
    double sum = 0.0;
    for (int k = 1; u >= below && k < 100; k++) {
        sum += w->law.mean + w->law.sd * hst_random_normal(random);
        term *= w->law.intensity / k;
        below += term;
    }
    return sum - hst_jump_compensator(&w->law);
}

static void naive_step(fx *w)
{
    draw_raw(w);
    for (size_t i = 0; i < N; i++) {
        double sum = 0.0;
        for (size_t j = 0; j <= i; j++) {
            sum += w->factor[i * N + j] * w->raw[j];
        }
        w->shocks[i] = sum;
    }
    for (size_t c = 0; c < N; c++) {
        move(w, c, naive_jump(w, &w->jumps[c].random));
        const hst_ou ou = hst_ou_make(w->ou.mean, w->ou.sd, 48, 1);
        w->spread[c] = hst_ou_step(&ou, w->spread[c], hst_random_normal(&w->noise[c]));
    }
}

static hst_status run(const void *parameter, hst_bench_sample *sample, void (*one)(fx *w))
{
    const double *nu = parameter;
    static fx w;
    HST_TRY(start(*nu, &w));
    hst_bench_start(sample);
    for (int i = 0; i < STEPS; i++) {
        one(&w);
    }
    hst_bench_stop(sample);
    sample->work = (double)STEPS * N;
    double sum = 0.0;
    for (size_t c = 0; c < N; c++) {
        sum += w.level[c] + w.spread[c];
    }
    return isfinite(sum) ? HST_OK : HST_MISMATCH;
}

static hst_status run_step(const void *parameter, hst_bench_sample *sample)
{
    return run(parameter, sample, step);
}

static hst_status run_naive(const void *parameter, hst_bench_sample *sample)
{
    return run(parameter, sample, naive_step);
}

/* A market of all currencies from the committed tables, reading them included. */
static hst_status draw_market(const void *parameter, hst_bench_sample *sample)
{
    static const hst_market_jump_rule jumps[] = {{.of = "major", .per_year = 50, .sd = 0.005},
                                                 {.of = "emerging", .per_year = 100, .sd = 0.01}};
    const bool moving = *(const bool *)parameter;
    hst_bench_world w;
    hst_status status = hst_bench_world_load(&w, NULL, 0);
    if (status == HST_OK) {
        hst_market_config config;
        hst_error error;
        hst_market *market = NULL;
        hst_market_config_defaults(&config);
        config.model = HST_MARKET_MODEL_GARCH;
        config.step_ns = HST_MINUTE_NS;
        config.horizon_ns = DAYS * HST_DAY_NS;
        if (moving) {
            config.dynamics.jumps = jumps;
            config.dynamics.jump_count = 2;
            config.dynamics.spread.sd = 0.4;
            config.dynamics.spread.volatility_loading = 0.5;
        }
        hst_error_clear(&error);
        hst_bench_start(sample);
        status = hst_market_create(&config, &w.currencies, w.inputs, &w.arena, &w.scratch, &market,
                                   &error);
        hst_bench_stop(sample);
        if (status == HST_OK) {
            sample->work =
                (double)hst_market_step_count(market) * hst_currency_count(&w.currencies);
        }
    }
    hst_bench_world_release(&w);
    return status;
}

static const double normal = (double)INFINITY, student = 6.0;
static const bool still = false, moving = true;

static const hst_bench_case cases[] = {
    {.name = "market.fx",
     .summary = "a step of 32 currencies: normal shocks, Cholesky, GARCH, jumps, OU spread",
     .unit = "currency-steps/s",
     .baseline_name = "as the textbook writes it",
     .run = run_step,
     .baseline = run_naive,
     .parameter = &normal,
     .aim = 2e7},
    {.name = "market.fx.student",
     .summary = "the same with Student-t shocks",
     .unit = "currency-steps/s",
     .baseline_name = "as the textbook writes it",
     .run = run_step,
     .baseline = run_naive,
     .parameter = &student},
    {.name = "market.draw",
     .summary = "a market of 61 currencies, 62 days of minutes, tables included",
     .unit = "currency-steps/s",
     .run = draw_market,
     .parameter = &still,
     .folder = HST_BENCH_SCENARIOS,
     .tier = HST_BENCH_SYSTEM},
    {.name = "market.draw.moving",
     .summary = "the same with jumps and moving spreads",
     .unit = "currency-steps/s",
     .run = draw_market,
     .parameter = &moving,
     .folder = HST_BENCH_SCENARIOS,
     .tier = HST_BENCH_SYSTEM},
};

const hst_bench_table hst_bench_market = {.cases = cases,
                                          .case_count = sizeof cases / sizeof cases[0]};
