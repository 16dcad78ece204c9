#include "sim/channel/lineup.h"

#include "core/base/assert.h"
#include "core/base/parallel.h"

#include <string.h>

enum { TRIAL_CHUNK = 1 << 20 };

/** All trials. */
typedef struct team {
    const hst_channel_lineup *lineup;
    hst_memory memory;
    hst_channel_table tables[HST_CHANNEL_LINEUP_SCALE_MAX];           /* by scale */
    const hst_channel_payment *payments[HST_CHANNEL_LINEUP_SEED_MAX]; /* by seed */
    hst_channel_lineup_result *result;
    hst_status *statuses;
    volatile uint32_t done;
} team;

uint32_t hst_channel_lineup_trials(const hst_channel_lineup *lineup)
{
    return lineup->prior_count * lineup->scale_count * lineup->seed_count *
           (lineup->router_count + 1);
}

/* ---- trials ------------------------------------------------------------------------------- */

static hst_status
run_trial(team *all, uint32_t cell_at, uint32_t seed_at, uint32_t router, hst_arena *arena)
{
    const hst_channel_lineup *lineup = all->lineup;
    hst_channel_cell *cell = &all->result->cells[cell_at];
    const hst_channel_table *table = &all->tables[cell_at % lineup->scale_count];
    const uint64_t seed = lineup->first_seed + seed_at;
    if (router == lineup->router_count) {
        return hst_channel_bound(table, cell->prior, seed, all->payments[seed_at], lineup->payments,
                                 arena, &cell->bounds_msat[seed_at]);
    }
    const hst_channel_setting setting = {.table = table,
                                         .payments = all->payments[seed_at],
                                         .payment_count = lineup->payments,
                                         .attempts = lineup->attempts,
                                         .spacing_ns = lineup->spacing_ns,
                                         .seed = seed,
                                         .prior = cell->prior,
                                         .clock = lineup->clock,
                                         .interrupted = lineup->interrupted};
    return hst_channel_trial(lineup->routers[router], &setting, all->memory, arena,
                             &cell->scores[seed_at * lineup->router_count + router]);
}

static void run_one(void *context, size_t index, unsigned thread)
{
    team *all = context;
    const hst_channel_lineup *lineup = all->lineup;
    const uint32_t columns = lineup->router_count + 1;
    const uint32_t router = (uint32_t)(index % columns);
    const uint32_t seed_at = (uint32_t)(index / columns % lineup->seed_count);
    const uint32_t cell_at = (uint32_t)(index / columns / lineup->seed_count);
    if (lineup->interrupted != NULL && *lineup->interrupted != 0) {
        all->statuses[index] = HST_INTERRUPTED;
        return;
    }
    hst_arena arena;
    hst_arena_init(&arena, all->memory, TRIAL_CHUNK);
    all->statuses[index] = run_trial(all, cell_at, seed_at, router, &arena);
    hst_arena_release(&arena);
    const uint32_t done = __atomic_add_fetch(&all->done, 1, __ATOMIC_RELAXED);
    if (lineup->progress != NULL && thread == 0) {
        lineup->progress(lineup->progress_context, done, hst_channel_lineup_trials(lineup));
    }
}

/* ---- what they share ---------------------------------------------------------------------- */

static hst_status scale_table(const hst_channel_table *table,
                              uint32_t factor,
                              hst_arena *arena,
                              hst_channel_table *scaled)
{
    *scaled = *table;
    scaled->channels = HST_ARENA_NEW(arena, hst_channel, table->count + 1);
    if (scaled->channels == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < table->count; i++) {
        hst_channel *channel = &scaled->channels[i];
        *channel = table->channels[i];
        if (channel->capacity_msat > HST_CHANNEL_CAPACITY_MAX_MSAT / factor) {
            return HST_INVALID;
        }
        channel->capacity_msat *= factor;
        for (unsigned side = 0; side < 2; side++) {
            channel->side[side].htlc_max_msat *= factor;
            channel->side[side].given_msat *= factor;
        }
    }
    return HST_OK;
}

static hst_status
make_cell(const hst_channel_lineup *lineup, uint32_t at, hst_arena *arena, hst_channel_cell *cell)
{
    const size_t trials = (size_t)lineup->seed_count * lineup->router_count;
    cell->prior = lineup->priors[at / lineup->scale_count];
    cell->scale = lineup->scales[at % lineup->scale_count];
    cell->rows = HST_ARENA_NEW(arena, hst_channel_row, lineup->router_count);
    cell->scores = HST_ARENA_NEW(arena, hst_channel_score, trials);
    cell->bounds_msat = HST_ARENA_NEW(arena, int64_t, lineup->seed_count);
    return cell->rows == NULL || cell->scores == NULL || cell->bounds_msat == NULL ? HST_NO_MEMORY
                                                                                   : HST_OK;
}

static hst_status prepare(team *all, hst_arena *arena)
{
    const hst_channel_lineup *lineup = all->lineup;
    hst_channel_lineup_result *result = all->result;
    result->cell_count = lineup->prior_count * lineup->scale_count;
    result->cells = HST_ARENA_NEW(arena, hst_channel_cell, result->cell_count);
    all->statuses = HST_ARENA_NEW(arena, hst_status, hst_channel_lineup_trials(lineup));
    if (result->cells == NULL || all->statuses == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < lineup->scale_count; i++) {
        HST_TRY(scale_table(&lineup->table, lineup->scales[i], arena, &all->tables[i]));
    }
    for (uint32_t s = 0; s < lineup->seed_count; s++) {
        HST_TRY(hst_channel_payments_draw(&lineup->table, &lineup->demand, lineup->first_seed + s,
                                          lineup->payments, arena, &all->payments[s]));
    }
    for (uint32_t i = 0; i < result->cell_count; i++) {
        HST_TRY(make_cell(lineup, i, arena, &result->cells[i]));
    }
    return HST_OK;
}

/* ---- rows --------------------------------------------------------------------------------- */

/** A figure of a trial. */
typedef double (*figure)(const hst_channel_score *score, int64_t bound_msat);

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static double success_of(const hst_channel_score *score, int64_t bound_msat)
{
    (void)bound_msat;
    return share(score->delivered, score->payments);
}

static double volume_of(const hst_channel_score *score, int64_t bound_msat)
{
    (void)bound_msat;
    return share((double)score->delivered_msat, (double)score->asked_msat);
}

static double of_bound_of(const hst_channel_score *score, int64_t bound_msat)
{
    return share((double)score->delivered_msat, (double)bound_msat);
}

static double attempts_of(const hst_channel_score *score, int64_t bound_msat)
{
    (void)bound_msat;
    return share((double)score->attempts, score->payments);
}

static double probes_of(const hst_channel_score *score, int64_t bound_msat)
{
    (void)bound_msat;
    return share((double)score->probes, score->payments);
}

static double fee_of(const hst_channel_score *score, int64_t bound_msat)
{
    (void)bound_msat;
    return 1e6 * share((double)score->fee_msat, (double)score->delivered_msat);
}

static void values_of(const hst_channel_lineup *lineup,
                      const hst_channel_cell *cell,
                      uint32_t router,
                      figure of,
                      double *values)
{
    for (uint32_t s = 0; s < lineup->seed_count; s++) {
        values[s] = of(&cell->scores[s * lineup->router_count + router], cell->bounds_msat[s]);
    }
}

static hst_interval interval_of(const hst_channel_lineup *lineup,
                                const hst_channel_cell *cell,
                                uint32_t router,
                                figure of)
{
    double values[HST_CHANNEL_LINEUP_SEED_MAX];
    values_of(lineup, cell, router, of, values);
    return hst_mean_interval_t(values, lineup->seed_count, lineup->confidence);
}

/** Volume less that of R1; zero wide for itself, and when it is not in the line-up. */
static hst_interval
lead_of(const hst_channel_lineup *lineup, const hst_channel_cell *cell, uint32_t router)
{
    double own[HST_CHANNEL_LINEUP_SEED_MAX];
    double reference[HST_CHANNEL_LINEUP_SEED_MAX];
    uint32_t at = 0;
    while (at < lineup->router_count && strcmp(lineup->routers[at]->code, "R1") != 0) {
        at++;
    }
    values_of(lineup, cell, router, volume_of, own);
    values_of(lineup, cell, at < lineup->router_count ? at : router, volume_of, reference);
    return hst_paired_difference(own, reference, lineup->seed_count, lineup->confidence);
}

static void form_row(const hst_channel_lineup *lineup, hst_channel_cell *cell, uint32_t router)
{
    hst_channel_row *row = &cell->rows[router];
    row->router = lineup->routers[router];
    row->success = interval_of(lineup, cell, router, success_of);
    row->volume = interval_of(lineup, cell, router, volume_of);
    row->of_bound = interval_of(lineup, cell, router, of_bound_of);
    row->lead = lead_of(lineup, cell, router);
    row->attempts = interval_of(lineup, cell, router, attempts_of);
    row->probes = interval_of(lineup, cell, router, probes_of);
    row->fee_ppm = interval_of(lineup, cell, router, fee_of);
    double parts = 0;
    double delivered = 0;
    for (uint32_t s = 0; s < lineup->seed_count; s++) {
        const hst_channel_score *score = &cell->scores[s * lineup->router_count + router];
        row->volume_msat += (double)score->delivered_msat / lineup->seed_count;
        row->first_attempt += share(score->first_attempt, score->payments) / lineup->seed_count;
        row->route_cpu_ns += score->route_cpu_ns / lineup->seed_count;
        parts += (double)score->parts;
        delivered += score->delivered;
    }
    row->parts = share(parts, delivered);
}

static void form_cell(const hst_channel_lineup *lineup, hst_channel_cell *cell)
{
    for (uint32_t r = 0; r < lineup->router_count; r++) {
        form_row(lineup, cell, r);
    }
    for (uint32_t r = 0; r < lineup->router_count; r++) {
        cell->rows[r].rank = 1;
        for (uint32_t other = 0; other < lineup->router_count; other++) {
            cell->rows[r].rank += cell->rows[other].volume_msat > cell->rows[r].volume_msat ? 1 : 0;
        }
    }
    for (uint32_t s = 0; s < lineup->seed_count; s++) {
        cell->bound += share((double)cell->bounds_msat[s],
                             (double)cell->scores[(size_t)s * lineup->router_count].asked_msat) /
                       lineup->seed_count;
    }
}

/** FNV-1a, eight bytes at a time. */
static void digest_add(uint64_t *digest, uint64_t value)
{
    for (unsigned shift = 0; shift < 64; shift += 8) {
        *digest = (*digest ^ (value >> shift & 0xff)) * UINT64_C(0x100000001b3);
    }
}

static void digest_score(uint64_t *digest, const hst_channel_score *score)
{
    const uint64_t values[] = {score->payments,
                               score->delivered,
                               score->first_attempt,
                               score->attempts,
                               score->decisions,
                               score->probes,
                               score->parts,
                               (uint64_t)score->asked_msat,
                               (uint64_t)score->delivered_msat,
                               (uint64_t)score->fee_msat};
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        digest_add(digest, values[i]);
    }
}

static void form_result(const hst_channel_lineup *lineup, hst_channel_lineup_result *result)
{
    result->digest = UINT64_C(0xcbf29ce484222325);
    for (uint32_t c = 0; c < result->cell_count; c++) {
        hst_channel_cell *cell = &result->cells[c];
        form_cell(lineup, cell);
        for (uint32_t i = 0; i < lineup->seed_count * lineup->router_count; i++) {
            digest_score(&result->digest, &cell->scores[i]);
        }
        for (uint32_t s = 0; s < lineup->seed_count; s++) {
            digest_add(&result->digest, (uint64_t)cell->bounds_msat[s]);
        }
    }
}

hst_status hst_channel_lineup_run(const hst_channel_lineup *lineup,
                                  hst_memory memory,
                                  hst_arena *arena,
                                  hst_channel_lineup_result *result)
{
    hst_assert(lineup != NULL && arena != NULL && result != NULL);
    hst_assert(lineup->router_count >= 1 && lineup->prior_count >= 1 && lineup->scale_count >= 1);
    hst_assert(lineup->router_count <= HST_CHANNEL_LINEUP_ROUTER_MAX);
    hst_assert(lineup->scale_count <= HST_CHANNEL_LINEUP_SCALE_MAX);
    hst_assert(lineup->seed_count >= 1 && lineup->seed_count <= HST_CHANNEL_LINEUP_SEED_MAX);
    team *all = HST_ARENA_NEW(arena, team, 1);
    if (all == NULL) {
        return HST_NO_MEMORY;
    }
    memset(result, 0, sizeof *result);
    all->lineup = lineup;
    all->memory = memory;
    all->result = result;
    HST_TRY(prepare(all, arena));
    const uint32_t trials = hst_channel_lineup_trials(lineup);
    hst_parallel_for(trials, lineup->threads, run_one, all);
    for (uint32_t i = 0; i < trials; i++) {
        HST_TRY(all->statuses[i]);
    }
    form_result(lineup, result);
    return HST_OK;
}
