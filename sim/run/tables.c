/* The tables of the result file that are written once, at the end. */
#include "core/base/assert.h"
#include "core/base/parallel.h"
#include "core/ledger/block.h"
#include "core/ledger/invariant.h"

#include "sim/bank/books_dlt.h"
#include "sim/base/calendar.h"
#include "sim/base/os_memory.h"
#include "sim/run/events.h"
#include "sim/run/summary.h"

#include <stdio.h>
#include <string.h>

#include <gsl/gsl_statistics_long.h>

static void write_currencies(hst_world *world)
{
    for (uint16_t c = 0; c < (uint16_t)hst_currency_count(world->atlas->currencies); c++) {
        hst_currency_row row = {.currency = c,
                                .decimals = hst_currency_minor_unit(world->atlas->currencies, c),
                                .ledger =
                                    world->books.first_system + world->atlas->currency_system[c],
                                .mid_usd = 1e9 / (double)hst_market_mid_e9(world->market, c, 0)};
        hst_result_put_text(row.code, sizeof row.code,
                            hst_currency_code(world->atlas->currencies, c));
        hst_result_append_currency(world->result, &row);
    }
}

static void write_institutions(hst_world *world)
{
    for (uint32_t i = 0; i < world->institutions->count; i++) {
        const hst_institution *one = &world->institutions->all[i];
        hst_institution_row row = {.institution = i,
                                   .kind = one->kind == HST_INSTITUTION_BANK
                                               ? HST_ROW_FIRM_BANK
                                               : HST_ROW_FIRM_MONEY_TRANSFER,
                                   .home_currency = one->currency,
                                   .payments_sent = world->sent[i],
                                   .payments_received = world->received[i],
                                   .payments_passed = world->passed[i],
                                   .charges_micro_usd = world->charges_micro_usd[i]};
        for (uint32_t r = 0; r < one->relation_count; r++) {
            const uint32_t relation = one->first_relation + r;
            row.liquidity_micro_usd += hst_market_to_micro_usd(
                world->market, world->institutions->relations[relation].currency,
                world->target_minor[relation], 0);
        }
        for (uint16_t c = 0; c < (uint16_t)world->books.currency_count; c++) {
            if (hst_books_dlt_holds(&world->books, i, c)) {
                const size_t place = (size_t)i * world->books.currency_count + c;
                row.liquidity_micro_usd +=
                    hst_market_to_micro_usd(world->market, c, world->ramps.opening_minor[place], 0);
            }
        }
        hst_result_put_text(row.name, sizeof row.name, one->name);
        hst_result_put_text(row.country, sizeof row.country,
                            world->atlas->countries[one->country].iso2);
        hst_result_append_institution(world->result, &row);
    }
}

/* Times to credit grouped by corridor, by counting. */
static int64_t *times_by_corridor(const hst_world *world, uint32_t *first, hst_arena *arena)
{
    const uint32_t corridors = world->atlas->corridor_count;
    int64_t *times = HST_ARENA_NEW(arena, int64_t, world->payment_count);
    if (times == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < world->payment_count; i++) {
        if (world->time_to_credit_ns[i] >= 0) {
            first[world->workload->instructions[i].corridor + 1]++;
        }
    }
    for (uint32_t c = 0; c < corridors; c++) {
        first[c + 1] += first[c];
    }
    for (uint32_t i = world->payment_count; i-- > 0;) {
        if (world->time_to_credit_ns[i] >= 0) {
            const uint32_t c = world->workload->instructions[i].corridor;
            times[--first[c + 1]] = world->time_to_credit_ns[i];
        }
    }
    for (uint32_t c = 0; c < corridors; c++) {
        first[c] = first[c + 1];
    }
    return times;
}

static void write_corridors(hst_world *world, hst_arena *arena)
{
    const uint32_t corridors = world->atlas->corridor_count;
    uint32_t *first = HST_ARENA_NEW(arena, uint32_t, (size_t)corridors + 1);
    int64_t *times = first != NULL ? times_by_corridor(world, first, arena) : NULL;
    if (times == NULL) {
        return; /* the result reports the missing memory itself when it comes to that */
    }
    for (uint32_t c = 0; c < corridors; c++) {
        const hst_corridor *corridor = &world->atlas->corridors[c];
        const uint64_t completed = world->corridor_completed[c];
        hst_corridor_row row = {.corridor = c,
                                .closed = world->closed[c] ? HST_ROW_FLAG_YES : HST_ROW_FLAG_NO,
                                .payments = world->corridor_payments[c],
                                .completed = completed,
                                .amount_micro_usd = world->corridor_amount_micro_usd[c],
                                .cost_micro_usd = world->corridor_cost_micro_usd[c],
                                .published_cost_bp = corridor->cost_pct >= 0
                                                         ? 100 * corridor->cost_pct
                                                         : __builtin_nan(""),
                                .time_median_ns = HST_NEVER_NS,
                                .time_p95_ns = HST_NEVER_NS};
        if (completed > 0) {
            int64_t *own = &times[first[c]];
            row.time_median_ns = gsl_stats_long_select(own, 1, completed, (completed - 1) / 2);
            row.time_p95_ns = gsl_stats_long_select(own, 1, completed, (completed - 1) * 95 / 100);
            row.cost_bp = 1e4 * (double)row.cost_micro_usd / (double)row.amount_micro_usd;
            row.within_hour_share = (double)world->corridor_1h[c] / (double)completed;
            row.intermediaries_mean = (double)world->corridor_intermediaries[c] / (double)completed;
        }
        hst_result_put_text(row.from_country, sizeof row.from_country,
                            world->atlas->countries[corridor->sender].iso2);
        hst_result_put_text(row.to_country, sizeof row.to_country,
                            world->atlas->countries[corridor->receiver].iso2);
        hst_result_append_corridor(world->result, &row);
    }
}

static uint32_t row_kind(hst_leg_kind kind)
{
    switch (kind) {
    case HST_LEG_CONVERT: return HST_ROW_HOP_FX;
    case HST_LEG_TO_SERVICER: return HST_ROW_HOP_NOSTRO;
    case HST_LEG_TO_OWNER: return HST_ROW_HOP_BOOK;
    case HST_LEG_TO_SYSTEM:
    case HST_LEG_FROM_SYSTEM: return HST_ROW_HOP_RTGS;
    }
    hst_assert(false);
    return 0;
}

static void write_edges(hst_world *world)
{
    for (uint32_t e = 0; e < world->routes.graph.edge_count; e++) {
        const hst_leg *first = &world->routes.legs[(size_t)2 * e];
        const hst_leg *last = &world->routes.legs[2 * e + world->routes.leg_counts[e] - 1U];
        const hst_graph_edge *edge = hst_graph_edge_at(&world->routes.graph, e);
        const hst_edge_row row = {
            .uses = world->edge_uses[e],
            .failures = world->edge_failures[e],
            .amount_micro_usd = world->edge_amount_micro_usd[e],
            .charge_micro_usd = world->edge_charge_micro_usd[e],
            .advertised_fixed_micro_usd = edge->fixed_micro_usd,
            .advertised_ppb = edge->rate_ppb,
            .settle_ns_total = world->edge_settle_ns[e],
            .edge = e,
            .from_institution = first->from,
            .to_institution = last->to,
            .kind = row_kind(first->kind == HST_LEG_CONVERT ? last->kind : first->kind),
            .from_currency = first->from_currency,
            .to_currency = last->to_currency};
        hst_result_append_edge(world->result, &row);
    }
}

static void write_ledgers(hst_world *world)
{
    for (uint32_t i = 0; i < world->books.ledger_count; i++) {
        hst_ledger *ledger = world->books.ledgers[i];
        const bool dlt = i == world->books.dlt;
        const bool system = i >= world->books.first_system;
        const hst_ledger_counts counts = hst_ledger_count(ledger);
        const hst_invariant_count conserved =
            hst_ledger_invariant_count(ledger, HST_INVARIANT_CONSERVATION);
        hst_block_header header;
        hst_ledger_row row = {.ledger = i,
                              .institution = system ? HST_NONE_U32 : i,
                              .kind = dlt      ? HST_ROW_LEDGER_DLT
                                      : system ? HST_ROW_LEDGER_RTGS
                                               : HST_ROW_LEDGER_CORRESPONDENT,
                              .conserved =
                                  conserved.violated == 0 ? HST_ROW_FLAG_YES : HST_ROW_FLAG_NO,
                              .accounts = hst_ledger_account_count(ledger),
                              .transfers = counts.created,
                              .refused = counts.refused,
                              .blocks = counts.blocks};
        if (counts.blocks > 0 && hst_ledger_header(ledger, counts.blocks - 1, &header) == HST_OK) {
            row.final_state_root = header.state_root;
            row.final_block = hst_block_header_hash(&header);
        }
        char name[48];
        if (dlt) {
            (void)snprintf(name, sizeof name, "DLT %s", world->dlt->config.protocol->name);
        } else if (system) {
            const hst_system *s = &world->atlas->systems[i - world->books.first_system];
            (void)snprintf(name, sizeof name, "%s %s",
                           hst_currency_code(world->atlas->currencies, s->currency), s->name);
        } else {
            (void)snprintf(name, sizeof name, "%s", world->institutions->all[i].name);
        }
        hst_result_put_text(row.name, sizeof row.name, name);
        hst_result_append_ledger(world->result, &row);
    }
}

/* Payments that did not complete, by segment and reason (all corridors and methods together). */
static void write_failures(hst_world *world)
{
    for (uint32_t s = 0; s < HST_SEGMENT_ALL; s++) {
        for (uint32_t reason = 1; reason < 16; reason++) {
            if (world->sums[s].by_reason[reason] == 0) {
                continue;
            }
            const hst_failure_row row = {.payments = world->sums[s].by_reason[reason],
                                         .amount_micro_usd =
                                             world->sums[s].reason_micro_usd[reason],
                                         .segment = (uint8_t)s,
                                         .state = HST_ROW_STATE_FAILED,
                                         .reason = (uint8_t)reason,
                                         .corridor = HST_NONE_U32};
            hst_result_append_failure(world->result, &row);
        }
    }
}

/* Payments by the hour they were instructed, segment and reason; those still under way count as
 * cut short by the end. Completed ones are there too, as what failures are a share of. */
static void write_failures_by_hour(hst_world *world, hst_arena *arena)
{
    const size_t hours = (size_t)(world->scenario->clock.origination_ns / HST_HOUR_NS) + 1;
    const size_t count = hours * HST_SEGMENT_ALL * HST_DAY_REASON_COUNT;
    hst_failure_hour_row *rows = HST_ARENA_NEW(arena, hst_failure_hour_row, count);
    if (rows == NULL) {
        return; /* as for corridors */
    }
    for (uint32_t i = 0; i < world->next_instruction; i++) {
        const hst_instruction *one = &world->workload->instructions[i];
        const hst_live *live = &world->live[i];
        const uint32_t reason =
            live->state == HST_ROW_STATE_PENDING ? HST_ROW_REASON_RUN_ENDED : live->reason;
        const size_t hour = (size_t)(one->submitted_ns / HST_HOUR_NS);
        hst_assert(hour < hours && one->segment < HST_SEGMENT_ALL);
        hst_assert(reason < HST_DAY_REASON_COUNT);
        hst_failure_hour_row *row =
            &rows[(hour * HST_SEGMENT_ALL + one->segment) * HST_DAY_REASON_COUNT + reason];
        row->time_ns = (int64_t)hour * HST_HOUR_NS;
        row->segment = one->segment;
        row->reason = reason;
        row->payments++;
        row->amount_micro_usd += one->amount_micro_usd;
    }
    for (size_t i = 0; i < count; i++) {
        if (rows[i].payments > 0) {
            hst_result_append_failure_hour(world->result, &rows[i]);
        }
    }
}

static void write_histograms(hst_world *world)
{
    static const char *const names[HST_SEGMENT_SUMS] = {"remittance", "retail", "wholesale", "all"};
    for (uint32_t s = 0; s < HST_SEGMENT_SUMS; s++) {
        char name[64];
        (void)snprintf(name, sizeof name, "time_to_credit_%s", names[s]);
        hst_result_histogram(world->result, name, &world->sums[s].credit_ns, "ns",
                             "from submission to credit, completed payments");
        (void)snprintf(name, sizeof name, "time_to_bank_%s", names[s]);
        hst_result_histogram(world->result, name, &world->sums[s].bank_ns, "ns",
                             "from submission to the creditor agent");
        (void)snprintf(name, sizeof name, "cost_%s", names[s]);
        hst_result_histogram(world->result, name, &world->sums[s].cost_micro_bp, "micro-bp",
                             "all-in cost of a payment in millionths of a basis point");
    }
}

static void
write_meta(hst_world *world, const hst_day_options *options, const hst_day_report *report)
{
    hst_result *result = world->result;
    const hst_scenario *scenario = &report->scenario;
    char date[16];
    hst_date_format(scenario->clock.date_days, date);
    hst_result_attribute_text(result, "/meta", "scenario_name", scenario->name);
    hst_result_attribute_text(result, "/meta", "title", scenario->title);
    hst_result_attribute_text(result, "/meta", "scenario_root", options->root);
    hst_result_attribute_text(result, "/meta", "date", date);
    hst_result_attribute_text(result, "/meta", "run_digest", report->digest_hex);
    hst_result_attribute_i64(result, "/meta", "seed", scenario->seed);
    hst_result_attribute_i64(result, "/meta", "replication", scenario->replication);
    hst_result_attribute_i64(result, "/meta", "override_count", (int64_t)options->override_count);
    for (size_t i = 0; i < options->override_count; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "override_%zu", i);
        hst_result_attribute_text(result, "/meta", name, options->overrides[i]);
    }
    hst_result_attribute_i64(result, "/meta/host", "threads", (int64_t)options->threads);
    hst_result_attribute_i64(result, "/meta/host", "processors",
                             (int64_t)hst_parallel_processors());
    hst_result_attribute_f64(result, "/meta/host", "setup_cpu_seconds", report->setup_cpu_seconds);
    hst_result_attribute_i64(result, "/meta/host", "peak_memory_bytes",
                             (int64_t)hst_os_memory_peak_bytes());
    for (size_t i = 0; i < hst_inputs_count(options->inputs); i++) {
        const char *path = NULL;
        const char *bytes = NULL;
        size_t size = 0;
        hst_inputs_item(options->inputs, i, &path, &bytes, &size);
        hst_result_input(result, path, bytes, size);
    }
}

static void write_scenario(hst_world *world, const hst_day_report *report, hst_arena *arena)
{
    const char *text = NULL;
    size_t size = 0;
    if (hst_scenario_dump(&report->scenario, arena, &text, &size) == HST_OK) {
        hst_result_text(world->result, "/meta/scenario", text, size,
                        "the scenario as run, everything explicit");
    }
}

static bool is_met(const hst_day_target *target)
{
    switch (target->bound) {
    case HST_ROW_BOUND_AT_MOST: return target->measured <= target->published;
    case HST_ROW_BOUND_AT_LEAST: return target->measured >= target->published;
    case HST_ROW_BOUND_NEAR: return true;
    }
    hst_assert(false);
    return false;
}

void hst_summary_write(hst_world *world,
                       const hst_day_options *options,
                       const hst_day_report *report)
{
    hst_result *result = world->result;
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    write_meta(world, options, report);
    write_scenario(world, report, &arena);
    write_currencies(world);
    write_institutions(world);
    write_corridors(world, &arena);
    write_edges(world);
    write_ledgers(world);
    write_failures(world);
    write_failures_by_hour(world, &arena);
    hst_events_write(world, options->inputs, &arena);
    write_histograms(world);
    for (uint32_t i = 0; i < report->metric_count; i++) {
        const hst_day_metric *m = &report->metrics[i];
        hst_result_metric(result, m->name, m->unit, m->value, m->description);
    }
    for (uint32_t i = 0; i < report->invariant_count; i++) {
        const hst_day_invariant *v = &report->invariants[i];
        hst_result_invariant(result, v->name, v->description, v->checked, v->violated,
                             v->violated == 0 ? HST_NEVER_NS : hst_kernel_now(world->kernel));
    }
    for (uint32_t i = 0; i < report->target_count; i++) {
        const hst_day_target *t = &report->targets[i];
        hst_target_row row = {.measured = t->measured,
                              .published = t->published,
                              .bound = (uint32_t)t->bound,
                              .met = is_met(t) ? HST_ROW_FLAG_YES : HST_ROW_FLAG_NO};
        hst_result_put_text(row.name, sizeof row.name, t->name);
        hst_result_put_text(row.unit, sizeof row.unit, t->unit);
        hst_result_put_text(row.source, sizeof row.source, t->source);
        hst_result_append_target(result, &row);
    }
    hst_arena_release(&arena);
}
