#include "sim/lineup/lineup.h"

#include "core/base/parallel.h"

#include <stddef.h>
#include <string.h>

enum { TRIAL_CHUNK = 1 << 20 };

/** All trials. */
typedef struct team {
    const hst_lineup_plan *plan;
    hst_memory memory;
    hst_lineup_score *scores;
    hst_status *statuses;
    volatile uint32_t done;
} team;

static void run_one(void *context, size_t index, unsigned thread)
{
    team *all = context;
    const hst_lineup_plan *plan = all->plan;
    if (plan->interrupted != NULL && *plan->interrupted != 0) {
        all->statuses[index] = HST_INTERRUPTED;
        return;
    }
    hst_arena arena;
    hst_arena_init(&arena, all->memory, TRIAL_CHUNK);
    all->statuses[index] = hst_lineup_trial(plan->routers[index / plan->seed_count], &plan->recipe,
                                            plan->first_seed + index % plan->seed_count,
                                            &plan->host, &arena, &all->scores[index]);
    all->scores[index].costs_bps = NULL;
    all->scores[index].arrived = NULL;
    hst_arena_release(&arena);
    const uint32_t done = __atomic_add_fetch(&all->done, 1, __ATOMIC_RELAXED);
    if (plan->progress != NULL && thread == 0) {
        plan->progress(plan->progress_context, done, plan->router_count * plan->seed_count);
    }
}

static uint32_t find(const hst_lineup_plan *plan, const char *code)
{
    uint32_t at = 0;
    while (at < plan->router_count && strcmp(plan->routers[at]->code, code) != 0) {
        at++;
    }
    return at;
}

/** Mean over seeds of one figure of a router. */
#define MEAN(scores, count, figure)                                                                \
    mean_of((const char *)(scores) + offsetof(hst_lineup_score, figure), (count))

static double mean_of(const char *first, uint32_t count)
{
    double sum = 0;
    for (uint32_t s = 0; s < count; s++) {
        double value = 0;
        memcpy(&value, first + s * sizeof(hst_lineup_score), sizeof value);
        sum += value;
    }
    return sum / count;
}

static void costs_of(const hst_lineup_score *scores, uint32_t count, double *costs)
{
    for (uint32_t s = 0; s < count; s++) {
        costs[s] = scores[s].cost_bps;
    }
}

static void form_means(const hst_lineup_score *scores, uint32_t seeds, hst_lineup_row *row)
{
    double payments = 0;
    double completed = 0;
    double first = 0;
    double attempts = 0;
    hst_lineup_calibration forecasts = {.hops = 0};
    for (uint32_t s = 0; s < seeds; s++) {
        hst_lineup_calibration_add(&forecasts, &scores[s].forecasts);
        payments += scores[s].payments;
        completed += scores[s].completed;
        first += scores[s].first_attempt;
        attempts += (double)scores[s].attempts;
        row->fits += (double)scores[s].fits / seeds;
        for (unsigned w = 0; w < HST_LINEUP_WINDOWS; w++) {
            row->window_bps[w] += scores[s].window_bps[w] / seeds;
        }
    }
    row->forecast = hst_lineup_calibration_report(&forecasts);
    row->completed = completed / payments;
    row->first_attempt = first / payments;
    row->attempts = attempts / payments;
    row->weighted_bps = MEAN(scores, seeds, weighted_bps);
    row->fee_bps = MEAN(scores, seeds, fee_bps);
    row->time_bps = MEAN(scores, seeds, time_bps);
    row->failure_bps = MEAN(scores, seeds, failure_bps);
    row->delay_p50_h = MEAN(scores, seeds, delay_p50_h);
    row->delay_p95_h = MEAN(scores, seeds, delay_p95_h);
    row->route_cpu_ns = MEAN(scores, seeds, route_cpu_ns);
    row->fit_cpu_s = MEAN(scores, seeds, fit_cpu_s);
}

/** Ratio, regret and recovery over time, against the oracle's windows. */
static void form_course(const hst_lineup_plan *plan, const double *oracle, hst_lineup_row *row)
{
    const unsigned half = HST_LINEUP_WINDOWS / 2;
    double spent = 0;
    double needed = 0;
    double before = 0;
    const double settled = half - half / 2; // NOLINT(bugprone-integer-division): a count
    for (unsigned w = 0; w < HST_LINEUP_WINDOWS; w++) {
        spent += row->window_bps[w];
        needed += oracle[w];
        row->window_ratio[w] = row->window_bps[w] / oracle[w];
        row->regret[w] = spent / needed - 1;
        /* The first quarter is learning; what comes before the break is the second one. */
        before += w >= half / 2 && w < half ? row->window_ratio[w] / settled : 0;
    }
    row->recovery = -1;
    for (unsigned w = half; w < HST_LINEUP_WINDOWS && row->recovery < 0; w++) {
        if (row->window_ratio[w] <= before + 0.02) {
            row->recovery = (double)(w - half) * plan->recipe.payments / HST_LINEUP_WINDOWS;
        }
    }
}

static hst_status
form_rows(const hst_lineup_plan *plan, hst_memory memory, hst_lineup_result *result)
{
    const uint32_t seeds = plan->seed_count;
    double own[HST_LINEUP_SEED_MAX];
    double oracle[HST_LINEUP_SEED_MAX] = {0};
    double reference[HST_LINEUP_SEED_MAX] = {0};
    double ratios[HST_LINEUP_SEED_MAX];
    double p[HST_LINEUP_ROUTER_MAX];
    const bool has_oracle = result->oracle < plan->router_count;
    const bool has_reference = result->reference < plan->router_count;
    if (has_oracle) {
        costs_of(&result->scores[(size_t)result->oracle * seeds], seeds, oracle);
        form_means(&result->scores[(size_t)result->oracle * seeds], seeds,
                   &result->rows[result->oracle]);
    }
    if (has_reference) {
        costs_of(&result->scores[(size_t)result->reference * seeds], seeds, reference);
    }
    double course[HST_LINEUP_WINDOWS] = {0};
    if (has_oracle) {
        memcpy(course, result->rows[result->oracle].window_bps, sizeof course);
    }
    for (uint32_t r = 0; r < plan->router_count; r++) {
        hst_lineup_row *row = &result->rows[r];
        const hst_lineup_score *scores = &result->scores[(size_t)r * seeds];
        memset(row, 0, sizeof *row);
        row->router = plan->routers[r];
        form_means(scores, seeds, row);
        costs_of(scores, seeds, own);
        row->cost_bps = hst_mean_interval_t(own, seeds, plan->confidence);
        p[r] = 1;
        if (has_oracle) {
            for (uint32_t s = 0; s < seeds; s++) {
                ratios[s] = own[s] / oracle[s];
            }
            row->ratio = hst_mean_interval_t(ratios, seeds, plan->confidence);
            form_course(plan, course, row);
        }
        if (has_reference) {
            row->saving_bps = hst_paired_difference(reference, own, seeds, plan->confidence);
            hst_rank_test test;
            HST_TRY(hst_signed_rank(reference, own, seeds, memory, &test));
            p[r] = test.p;
        }
    }
    HST_TRY(hst_holm(p, plan->router_count, memory));
    for (uint32_t r = 0; r < plan->router_count; r++) {
        result->rows[r].p = p[r];
    }
    return HST_OK;
}

/** FNV-1a over what does not depend on the host. */
static uint64_t digest_of(const hst_lineup_score *scores, uint32_t count)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    for (uint32_t i = 0; i < count; i++) {
        unsigned char bytes[sizeof(hst_lineup_score)];
        memcpy(bytes, &scores[i], sizeof bytes); /* trials start from zeroed bytes, padding too */
        memset(bytes + offsetof(hst_lineup_score, route_cpu_ns), 0, sizeof(double));
        memset(bytes + offsetof(hst_lineup_score, fit_cpu_s), 0, sizeof(double));
        for (size_t k = 0; k < sizeof bytes; k++) {
            digest = (digest ^ bytes[k]) * UINT64_C(0x100000001b3);
        }
    }
    return digest;
}

hst_status hst_lineup_run(const hst_lineup_plan *plan,
                          hst_memory memory,
                          hst_arena *arena,
                          hst_lineup_result *result)
{
    hst_assert(plan != NULL && arena != NULL && result != NULL);
    hst_assert(plan->router_count >= 1 && plan->router_count <= HST_LINEUP_ROUTER_MAX);
    hst_assert(plan->seed_count >= 1 && plan->seed_count <= HST_LINEUP_SEED_MAX);
    const uint32_t trials = plan->router_count * plan->seed_count;
    team all = {.plan = plan,
                .memory = memory,
                .scores = HST_ARENA_NEW(arena, hst_lineup_score, trials),
                .statuses = HST_ARENA_NEW(arena, hst_status, trials)};
    result->scores = all.scores;
    result->rows = HST_ARENA_NEW(arena, hst_lineup_row, plan->router_count);
    if (all.scores == NULL || all.statuses == NULL || result->rows == NULL) {
        return HST_NO_MEMORY;
    }
    hst_parallel_for(trials, plan->host.log != NULL ? 1 : plan->threads, run_one, &all);
    for (uint32_t i = 0; i < trials; i++) {
        HST_TRY(all.statuses[i]);
    }
    /* Where the best path is not the best way, the reference is the best split. */
    result->oracle = find(plan, plan->recipe.splits ? "R15x" : "O1");
    if (result->oracle == plan->router_count) {
        result->oracle = find(plan, "O1");
    }
    result->reference = find(plan, "R3");
    result->digest = digest_of(all.scores, trials);
    return form_rows(plan, memory, result);
}
