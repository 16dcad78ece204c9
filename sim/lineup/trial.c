#include "sim/lineup/trial.h"

#include "core/routing/recost.h"

#include "sim/base/purpose.h"
#include "sim/statistics/statistics.h"

#include <string.h>

#define HALF_HOUR_NS (0.5 * 3600e9)
#define PPB_PER_BP   1e5

const hst_route_prices hst_lineup_prices = {.delay_ppb_per_hour = 150000, .failure_ppb = 4000000};

/** What one payment has cost so far. */
typedef struct bill {
    double fee_bps, failure_bps, elapsed_ns;
    double left; /* share of the amount that was given up */
    uint32_t attempts;
    int64_t charged_micro_usd; /* of one part */
    bool completed;
} bill;

typedef struct run {
    hst_lineup_world world;
    hst_router *router;
    uint32_t excluded[HST_ROUTE_EXCLUDED_MAX];
    hst_hop_outcome outcomes[HST_HOP_MAX];
    hst_lineup_host host;
    hst_tree_trainer trainer; /* the host's, watched */
    double route_ns, fit_s;
    uint64_t fits;
    hst_status fitted;
    hst_route_split split;
    hst_lineup_calibration forecasts;
} run;

static double now(const run *r)
{
    return r->host.clock != NULL ? r->host.clock() : 0;
}

/** Let the host fit trees; say how long it took and whether it could. */
static hst_status fit(void *context,
                      const float *rows,
                      const uint8_t *succeeded,
                      size_t count,
                      hst_tree_ensemble *trees)
{
    run *r = context;
    const hst_tree_trainer *trainer = r->host.trainer;
    const double started = now(r);
    const hst_status status = trainer->train(trainer->context, rows, succeeded, count, trees);
    r->fit_s += now(r) - started;
    r->fits++;
    r->fitted = r->fitted == HST_OK ? status : r->fitted;
    return status;
}

/** What the router says of a hop that is about to be tried, and what will come of it. */
static void note_forecast(run *r, const hst_route_query *query, uint32_t edge, bool done, double ns)
{
    hst_hop_belief belief;
    hst_hop_truth truth;
    if (hst_router_believes(r->router, query, edge, &belief)) {
        hst_lineup_world_expected(&r->world, query, edge, &truth);
        hst_lineup_calibration_observe(&r->forecasts, &belief, truth.success, done, ns);
    }
}

/** Try a plan; returns how many hops were attempted, the last of them failed unless all went. */
static uint32_t attempt(run *r, const hst_route_query *query, const hst_route_plan *plan, bill *one)
{
    double elapsed = 0;
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        hst_hop_truth truth;
        const uint32_t edge = plan->edges[i];
        hst_lineup_world_drawn(&r->world, query, edge, &truth);
        const bool done = truth.success > 0.5;
        const double spent = done ? truth.delay_ns : HALF_HOUR_NS;
        note_forecast(r, query, edge, done, spent);
        r->outcomes[i] = (hst_hop_outcome){
            .payment = query->payment,
            .edge = edge,
            .hop_index = i,
            .attempt = query->attempt,
            .result = done ? HST_HOP_DONE : HST_HOP_NO_LIQUIDITY,
            .amount_micro_usd = query->amount_micro_usd,
            .cost_micro_usd =
                done ? hst_lineup_world_charge(&r->world, edge, query->amount_micro_usd) : 0,
            .submitted_ns = query->time_ns,
            .delay_ns = (int64_t)spent,
        };
        elapsed += spent;
        if (!done) {
            one->elapsed_ns += elapsed;
            return i + 1;
        }
    }
    one->elapsed_ns += elapsed;
    const int64_t charged = hst_lineup_world_carry(&r->world, plan, query->amount_micro_usd);
    if (charged >= 0) {
        one->charged_micro_usd = charged;
        one->completed = true;
    } else {
        r->outcomes[plan->hop_count - 1].result = HST_HOP_QUOTE_LOST;
    }
    return plan->hop_count;
}

static double time_bps(double elapsed_ns)
{
    return elapsed_ns / 3600e9 * (double)hst_lineup_prices.delay_ppb_per_hour / PPB_PER_BP;
}

static double failure_bps(void)
{
    return (double)hst_lineup_prices.failure_ppb / PPB_PER_BP;
}

/** What one attempt of a plan costs on average, by the world's own chances. */
static double expected_bps(run *r, const hst_route_query *query, const hst_route_plan *plan)
{
    double reached = 1;
    double elapsed_ns = 0;
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        hst_hop_truth truth;
        hst_lineup_world_expected(&r->world, query, plan->edges[i], &truth);
        elapsed_ns +=
            reached * (truth.success * truth.delay_ns + (1 - truth.success) * HALF_HOUR_NS);
        reached *= truth.success;
    }
    return time_bps(elapsed_ns) + (1 - reached) * failure_bps() +
           reached * (double)plan->cost_micro_usd / (double)query->amount_micro_usd * 1e4;
}

/** What a log shall know of a first attempt before it is made; false = nothing to log. */
static bool begin_log(run *r, const hst_route_query *query, hst_lineup_choice *logged)
{
    const hst_route_choice *choice = hst_router_choice(r->router);
    if (r->host.log == NULL || query->attempt > 0 || choice == NULL) {
        return false;
    }
    *logged = (hst_lineup_choice){
        .router = r->router->kind, .query = query, .world = &r->world, .choice = choice};
    for (uint32_t i = 0; i < choice->count; i++) {
        logged->true_bps[i] = expected_bps(r, query, &choice->plans[i]);
    }
    return true;
}

static void end_log(const run *r, const bill *one, bool completed, hst_lineup_choice *logged)
{
    logged->completed = completed;
    logged->cost_bps = one->fee_bps + one->failure_bps + time_bps(one->elapsed_ns);
    r->host.log(r->host.log_context, logged);
}

/** Ask the router: parts where payments may go in parts, else a path. */
static hst_status ask(run *r, const hst_route_query *query)
{
    const double started = now(r);
    hst_status status = HST_OK;
    if (r->world.recipe.splits) {
        status = hst_router_split(r->router, query, &r->split);
    } else {
        r->split.part_count = 1;
        r->split.parts[0].amount_micro_usd = query->amount_micro_usd;
        status = hst_router_route(r->router, query, &r->split.parts[0].plan);
    }
    r->route_ns += (now(r) - started) * 1e9;
    return status;
}

/** Try all parts of a split at once; what did not arrive. */
static int64_t attempt_parts(run *r, hst_route_query *query, int64_t whole, bill *one)
{
    int64_t failed = 0;
    double slowest = 0;
    for (uint32_t p = 0; p < r->split.part_count; p++) {
        const hst_route_part *part = &r->split.parts[p];
        hst_route_query asked = *query;
        bill own = {0};
        asked.amount_micro_usd = part->amount_micro_usd;
        const uint32_t tried = attempt(r, &asked, &part->plan, &own);
        const double share = (double)part->amount_micro_usd / (double)whole;
        slowest = own.elapsed_ns > slowest ? own.elapsed_ns : slowest;
        if (own.completed) {
            one->fee_bps += (double)own.charged_micro_usd / (double)whole * 1e4;
        } else {
            failed += part->amount_micro_usd;
            one->failure_bps += share * failure_bps();
            if (query->excluded_count < HST_ROUTE_EXCLUDED_MAX) {
                r->excluded[query->excluded_count++] = part->plan.edges[tried - 1];
            }
        }
        hst_router_feedback(r->router, r->outcomes, tried);
    }
    one->elapsed_ns += slowest;
    return failed;
}

/** Route and try a payment until all of it arrives or the rest is given up. */
static bill pay(run *r, hst_route_query *query)
{
    const int64_t whole = query->amount_micro_usd;
    bill one = {0};
    query->excluded_edges = r->excluded;
    while (one.attempts < HST_LINEUP_ATTEMPTS && !one.completed) {
        query->attempt = one.attempts;
        if (ask(r, query) != HST_OK) {
            break;
        }
        one.attempts++;
        hst_lineup_choice logged;
        const bool logs = begin_log(r, query, &logged); /* before the attempt changes the world */
        const int64_t left = attempt_parts(r, query, whole, &one);
        if (logs) {
            end_log(r, &one, left == 0, &logged);
        }
        query->amount_micro_usd = left;
        one.completed = left == 0;
    }
    one.left = (double)query->amount_micro_usd / (double)whole;
    query->amount_micro_usd = whole;
    return one;
}

hst_status hst_lineup_trial(const hst_router_kind *kind,
                            const hst_lineup_recipe *recipe,
                            uint64_t seed,
                            const hst_lineup_host *host,
                            hst_arena *arena,
                            hst_lineup_score *score)
{
    hst_assert(kind != NULL && recipe != NULL && arena != NULL && score != NULL);
    run *r = HST_ARENA_NEW(arena, run, 1);
    memset(score, 0, sizeof *score);
    score->payments = recipe->payments;
    score->costs_bps = HST_ARENA_NEW(arena, float, recipe->payments);
    score->arrived = HST_ARENA_NEW(arena, bool, recipe->payments);
    if (r == NULL || score->costs_bps == NULL || score->arrived == NULL) {
        return HST_NO_MEMORY;
    }
    r->host = host != NULL ? *host : (hst_lineup_host){0};
    r->trainer = (hst_tree_trainer){.context = r, .train = fit};
    HST_TRY(hst_lineup_world_create(recipe, seed, arena, &r->world));
    const hst_router_setup setup = {
        .graph = &r->world.graph,
        .arena = arena,
        .random = hst_random_stream(seed, 0, 0, HST_PURPOSE_ROUTING),
        .prices = hst_lineup_prices,
        .view = &r->world.view,
        .trainer = r->host.trainer != NULL ? &r->trainer : NULL,
        .notes_choices = r->host.log != NULL,
    };
    HST_TRY(hst_router_create(kind, &setup, &r->router));
    double amounts = 0;
    uint32_t arrived = 0;
    double *hours = HST_ARENA_NEW(arena, double, recipe->payments);
    if (hours == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < recipe->payments; i++) {
        hst_route_query query;
        hst_lineup_world_payment(&r->world, i, &query);
        const bill one = pay(r, &query);
        const double given_up = one.left * HST_LINEUP_GIVEN_UP_BPS;
        const double cost = one.fee_bps + one.failure_bps + time_bps(one.elapsed_ns) + given_up;
        score->costs_bps[i] = (float)cost;
        score->arrived[i] = one.completed;
        score->cost_bps += cost;
        score->fee_bps += one.fee_bps;
        score->time_bps += time_bps(one.elapsed_ns);
        score->failure_bps += one.failure_bps + given_up;
        score->weighted_bps += cost * (double)query.amount_micro_usd;
        amounts += (double)query.amount_micro_usd;
        score->attempts += one.attempts;
        score->completed += one.completed ? 1 : 0;
        score->first_attempt += one.completed && one.attempts == 1 ? 1 : 0;
        if (one.completed) {
            hours[arrived++] = one.elapsed_ns / 3600e9;
        }
        score->window_bps[(uint64_t)i * HST_LINEUP_WINDOWS / recipe->payments] += cost;
    }
    if (arrived > 0) {
        hst_sort_values(hours, arrived);
        score->delay_p50_h = hours[(arrived - 1) / 2];
        score->delay_p95_h = hours[(uint64_t)(arrived - 1) * 95 / 100];
    }
    score->forecasts = r->forecasts;
    const double n = (double)recipe->payments;
    score->cost_bps /= n;
    score->fee_bps /= n;
    score->time_bps /= n;
    score->failure_bps /= n;
    score->weighted_bps /= amounts;
    score->fits = r->fits;
    score->fit_cpu_s = r->fit_s;
    score->route_cpu_ns = r->route_ns / (double)(score->attempts > 0 ? score->attempts : 1);
    for (unsigned w = 0; w < HST_LINEUP_WINDOWS; w++) {
        score->window_bps[w] /= n / HST_LINEUP_WINDOWS;
    }
    return r->fitted;
}
