#include "sim/run/summary.h"

#include "core/base/assert.h"
#include "core/ledger/invariant.h"

#include "sim/base/csv.h"
#include "sim/base/os_memory.h"
#include "sim/run/dlt.h"
#include "sim/run/fx.h"

#include <stdio.h>
#include <string.h>

static const char *const segment_names[HST_SEGMENT_SUMS] = {"remittance", "retail", "wholesale",
                                                            "all"};

void hst_summary_add_invariant(hst_day_report *report,
                               const char *name,
                               const char *description,
                               uint64_t checked,
                               uint64_t violated)
{
    hst_assert(report->invariant_count < HST_DAY_INVARIANT_MAX);
    hst_day_invariant *one = &report->invariants[report->invariant_count++];
    (void)snprintf(one->name, sizeof one->name, "%s", name);
    (void)snprintf(one->description, sizeof one->description, "%s", description);
    one->checked = checked;
    one->violated = violated;
    report->invariants_checked += checked;
    report->invariants_violated += violated;
}

void hst_summary_add_metric(hst_day_report *report,
                            const char *scope,
                            const char *name,
                            const char *unit,
                            double value,
                            const char *description)
{
    hst_assert(report->metric_count < HST_DAY_METRIC_MAX);
    hst_day_metric *one = &report->metrics[report->metric_count++];
    (void)snprintf(one->name, sizeof one->name, "%s.%s", scope, name);
    (void)snprintf(one->unit, sizeof one->unit, "%s", unit);
    (void)snprintf(one->description, sizeof one->description, "%s", description);
    one->value = value;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

static double mean(double sum, uint64_t count)
{
    return count == 0 ? 0 : sum / (double)count;
}

static void make_segment(const hst_segment_sum *sum, hst_day_segment *out)
{
    out->submitted = sum->submitted;
    out->completed = sum->by_state[HST_ROW_STATE_COMPLETED];
    out->waited = sum->waited;
    for (uint32_t state = HST_ROW_STATE_FAILED; state < 8; state++) {
        out->failed += sum->by_state[state];
    }
    out->pending = sum->submitted - out->completed - out->failed;
    memcpy(out->by_reason, sum->by_reason, sizeof out->by_reason);
    if (out->completed > 0) {
        out->p50_ns = hst_histogram_percentile(&sum->credit_ns, 500000);
        out->p90_ns = hst_histogram_percentile(&sum->credit_ns, 900000);
        out->p99_ns = hst_histogram_percentile(&sum->credit_ns, 990000);
    }
    out->cost_pct = mean(sum->cost_pct_sum, out->completed);
    out->fee_pct = mean(sum->fee_pct_sum, out->completed);
    out->margin_pct = mean(sum->margin_pct_sum, out->completed);
    out->liquidity_pct = mean(sum->liquidity_pct_sum, out->completed);
    if (sum->amount_micro_usd > 0) {
        out->value_cost_pct =
            100.0 *
            (double)(sum->fee_micro_usd + sum->margin_micro_usd + sum->liquidity_micro_usd) /
            (double)sum->amount_micro_usd;
    }
    out->bank_10min_pct = percent(sum->bank_10min, sum->submitted);
    out->bank_1h_pct = percent(sum->bank_1h, sum->submitted);
    out->credited_1h_pct = percent(sum->credited_1h, sum->submitted);
    out->at_most_one_pct = percent(sum->at_most_one, out->completed);
}

const char *hst_day_reason_text(uint32_t reason)
{
    switch (reason) {
#define X(name, number, text, description)                                                         \
    case number: return text;
        HST_ROW_REASON_MAP(X)
#undef X
    default: return NULL;
    }
}

/* One figure for each reason there is, zero or not, so that results have the same names. */
static void make_reason_metrics(hst_day_report *report, uint32_t s)
{
    for (uint32_t reason = 1; reason < HST_DAY_REASON_COUNT; reason++) {
        char name[40];
        if (hst_day_reason_text(reason) == NULL) {
            continue;
        }
        (void)snprintf(name, sizeof name, "failed.%s", hst_day_reason_text(reason));
        hst_summary_add_metric(report, segment_names[s], name, "payments",
                               (double)report->segments[s].by_reason[reason],
                               "failed payments by reason");
    }
}

static void make_segment_metrics(hst_day_report *report, uint32_t s)
{
    const hst_day_segment *one = &report->segments[s];
    const char *scope = segment_names[s];
    const double ns = 1e-9;
    hst_summary_add_metric(report, scope, "submitted", "payments", (double)one->submitted,
                           "payments instructed");
    hst_summary_add_metric(report, scope, "completed", "payments", (double)one->completed,
                           "payments credited");
    hst_summary_add_metric(report, scope, "failed", "payments", (double)one->failed,
                           "payments refused, returned or expired");
    hst_summary_add_metric(report, scope, "pending", "payments", (double)one->pending,
                           "payments under way when the run ended");
    hst_summary_add_metric(report, scope, "waited", "payments", (double)one->waited,
                           "payments that waited for cover or an opening");
    hst_summary_add_metric(report, scope, "time_p50", "s", (double)one->p50_ns * ns,
                           "submission to credit, median");
    hst_summary_add_metric(report, scope, "time_p90", "s", (double)one->p90_ns * ns,
                           "submission to credit, 90th percentile");
    hst_summary_add_metric(report, scope, "time_p99", "s", (double)one->p99_ns * ns,
                           "submission to credit, 99th percentile");
    hst_summary_add_metric(report, scope, "cost", "pct", one->cost_pct,
                           "all-in cost, mean over payments");
    hst_summary_add_metric(report, scope, "fee", "pct", one->fee_pct, "fees and charges in it");
    hst_summary_add_metric(report, scope, "fx_margin", "pct", one->margin_pct, "FX margin in it");
    hst_summary_add_metric(report, scope, "liquidity", "pct", one->liquidity_pct,
                           "cost of liquidity in it");
    hst_summary_add_metric(report, scope, "cost_by_value", "pct", one->value_cost_pct,
                           "all-in cost over amount, all payments together");
    hst_summary_add_metric(report, scope, "bank_10min", "pct", one->bank_10min_pct,
                           "at the creditor agent within ten minutes");
    hst_summary_add_metric(report, scope, "bank_1h", "pct", one->bank_1h_pct,
                           "at the creditor agent within an hour");
    hst_summary_add_metric(report, scope, "credited_1h", "pct", one->credited_1h_pct,
                           "credited within an hour");
    hst_summary_add_metric(report, scope, "at_most_one", "pct", one->at_most_one_pct,
                           "completed with at most one intermediary");
}

/* Payments that ride on bank messages: what Swift's statistics are about. */
static double bank_share(const hst_world *world, uint32_t what)
{
    uint64_t part = 0;
    uint64_t whole = 0;
    for (uint32_t s = HST_SEGMENT_RETAIL; s <= HST_SEGMENT_WHOLESALE; s++) {
        const hst_segment_sum *sum = &world->sums[s];
        const uint64_t parts[] = {sum->bank_10min, sum->bank_1h, sum->credited_1h,
                                  sum->at_most_one};
        part += parts[what];
        whole += what == 3 ? sum->by_state[HST_ROW_STATE_COMPLETED] : sum->submitted;
    }
    return percent(part, whole);
}

static double bank_median_hours(const hst_world *world)
{
    hst_histogram *both = hst_os_memory().acquire(NULL, sizeof *both);
    if (both == NULL) {
        return 0;
    }
    hst_histogram_clear(both);
    hst_histogram_merge(both, &world->sums[HST_SEGMENT_RETAIL].credit_ns);
    hst_histogram_merge(both, &world->sums[HST_SEGMENT_WHOLESALE].credit_ns);
    const double hours =
        both->count > 0 ? (double)hst_histogram_percentile(both, 500000) * 1e-9 / 3600 : 0;
    hst_os_memory().release(NULL, both, sizeof *both);
    return hours;
}

static double firm_cost(const hst_world *world, hst_firm firm)
{
    return mean(world->firms[firm].cost_pct_sum, world->firms[firm].completed);
}

/* Which published figure stands beside which of ours. None was used to set the model up. */
static hst_status make_targets(const hst_world *world,
                               const hst_day_options *options,
                               hst_day_report *report,
                               hst_error *error)
{
    const hst_day_segment *segments = report->segments;
    const double remittances = mean(world->sums[HST_SEGMENT_REMITTANCE].cost_pct_sum,
                                    segments[HST_SEGMENT_REMITTANCE].completed);
    const struct {
        const char *metric;
        const char *segment;
        const char *name;
        double measured;
        hst_row_bound bound;
    } pairs[] = {{"swift_reach_beneficiary_bank_10min", "wholesale", "banks.bank_10min",
                  bank_share(world, 0), HST_ROW_BOUND_NEAR},
                 {"swift_reach_beneficiary_bank_1h", "wholesale", "banks.bank_1h",
                  bank_share(world, 1), HST_ROW_BOUND_NEAR},
                 {"swift_credited_end_customer_1h", "retail", "banks.credited_1h",
                  bank_share(world, 2), HST_ROW_BOUND_NEAR},
                 {"gpi_median_hours_max", "retail", "banks.time_median", bank_median_hours(world),
                  HST_ROW_BOUND_AT_MOST},
                 {"gpi_share_at_most_one_intermediary", "retail", "banks.at_most_one",
                  bank_share(world, 3), HST_ROW_BOUND_NEAR},
                 {"rpw_bank_pct", "remittance", "remittance.cost_bank",
                  firm_cost(world, HST_FIRM_BANK), HST_ROW_BOUND_NEAR},
                 {"rpw_mto_pct", "remittance", "remittance.cost_mto",
                  firm_cost(world, HST_FIRM_MTO), HST_ROW_BOUND_NEAR},
                 {"rpw_post_pct", "remittance", "remittance.cost_post",
                  firm_cost(world, HST_FIRM_POST), HST_ROW_BOUND_NEAR},
                 {"global_mean_pct_2025q3", "remittance", "remittance.cost", remittances,
                  HST_ROW_BOUND_NEAR},
                 {"share_within_1h_min", "remittance", "remittance.credited_1h",
                  segments[HST_SEGMENT_REMITTANCE].credited_1h_pct, HST_ROW_BOUND_AT_LEAST},
                 {"share_within_1h_min", "retail", "retail.credited_1h",
                  segments[HST_SEGMENT_RETAIL].credited_1h_pct, HST_ROW_BOUND_AT_LEAST},
                 {"share_within_1h_min", "wholesale", "wholesale.credited_1h",
                  segments[HST_SEGMENT_WHOLESALE].credited_1h_pct, HST_ROW_BOUND_AT_LEAST},
                 {"global_mean_pct_max_200usd", "remittance", "remittance.cost_target", remittances,
                  HST_ROW_BOUND_AT_MOST},
                 {"global_mean_pct_max", "retail", "retail.cost",
                  segments[HST_SEGMENT_RETAIL].cost_pct, HST_ROW_BOUND_AT_MOST}};
    const size_t pair_count = sizeof pairs / sizeof pairs[0];
    const char *path = report->scenario.data.published;
    const char *bytes = NULL;
    size_t size = 0;
    char file[HST_ERROR_FILE_SIZE];
    HST_TRY(hst_inputs_get(options->inputs, path, &bytes, &size, error));
    hst_inputs_display_path(options->inputs, path, file);
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 65536);
    hst_csv *csv = HST_ARENA_NEW(&arena, hst_csv, 1);
    if (csv == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for published figures");
    }
    static const char *const names[] = {"metric", "segment", "value", "unit", "source"};
    uint32_t at[5];
    hst_status status = hst_csv_open(csv, &arena, file, bytes, size, error);
    for (size_t i = 0; status == HST_OK && i < 5; i++) {
        status = hst_csv_column(csv, names[i], &at[i], error);
    }
    for (bool more = true; status == HST_OK;) {
        status = hst_csv_next(csv, &more, error);
        if (status != HST_OK || !more) {
            break;
        }
        for (size_t i = 0; status == HST_OK && i < pair_count; i++) {
            if (!hst_text_equals(hst_csv_text(csv, at[0]), pairs[i].metric) ||
                !hst_text_equals(hst_csv_text(csv, at[1]), pairs[i].segment)) {
                continue;
            }
            hst_assert(report->target_count < HST_DAY_TARGET_MAX);
            hst_day_target *target = &report->targets[report->target_count++];
            status = hst_csv_double(csv, at[2], &target->published, error);
            target->measured = pairs[i].measured;
            target->bound = pairs[i].bound;
            const hst_text unit = hst_csv_text(csv, at[3]);
            const hst_text source = hst_csv_text(csv, at[4]);
            (void)snprintf(target->name, sizeof target->name, "%s", pairs[i].name);
            (void)snprintf(target->unit, sizeof target->unit, "%.*s", (int)unit.size, unit.bytes);
            (void)snprintf(target->source, sizeof target->source, "%.*s", (int)source.size,
                           source.bytes);
        }
    }
    hst_arena_release(&arena);
    return status;
}

static void make_invariants(const hst_world *world, hst_day_report *report)
{
    const hst_reconciliation found = hst_books_reconcile(&world->books);
    for (int i = 0; i < HST_INVARIANT_COUNT; i++) {
        uint64_t runs = 0;
        uint64_t violated = 0;
        char name[48];
        for (uint32_t l = 0; l < world->books.ledger_count; l++) {
            const hst_invariant_count count =
                hst_ledger_invariant_count(world->books.ledgers[l], (hst_invariant)i);
            runs += count.runs;
            violated += count.violated;
        }
        static const char *const names[HST_INVARIANT_COUNT] = {[HST_INVARIANT_CONSERVATION] =
                                                                   "conservation",
                                                               [HST_INVARIANT_LIMITS] = "limits",
                                                               [HST_INVARIANT_PENDING] = "pending",
                                                               [HST_INVARIANT_STATE] = "state",
                                                               [HST_INVARIANT_CHAIN] = "chain"};
        (void)snprintf(name, sizeof name, "ledger_%s", names[i]);
        hst_summary_add_invariant(report, name, hst_invariant_text((hst_invariant)i), runs,
                                  violated);
    }
    hst_summary_add_invariant(
        report, "one_terminal_state", "every payment ends exactly once, and none is left",
        world->payment_count,
        world->terminal_twice +
            (world->payment_count - world->terminal_checks + world->terminal_twice));
    hst_summary_add_invariant(report, "nostro_mirrors_vostro",
                              "both sides of every account between banks agree to the minor unit",
                              found.relations_checked, found.relations_broken);
    hst_summary_add_invariant(report, "reserves_mirror",
                              "banks' reserves agree with their settlement system's books",
                              found.reserves_checked, found.reserves_broken);
    hst_summary_add_invariant(report, "transit_empty",
                              "no payment is left in an account it passes through",
                              found.transit_checked, found.transit_broken);
    hst_summary_add_invariant(report, "currency_totals",
                              "what a currency's holders own in all equals what they began with",
                              found.currencies_checked, found.currencies_broken);
    hst_summary_add_invariant(report, "no_arbitrage",
                              "no triangle of quotes pays more than the summed half-spreads",
                              world->triangle_checks, world->triangle_failures);
    hst_summary_add_invariant(report, "plans_recosted",
                              "a plan is valid and costs what an independent function finds",
                              world->routes.checks, world->routes.failures);
}

static void
make_run_metrics(hst_day_report *report, uint64_t events, uint64_t top_ups, uint64_t return_retries)
{
    hst_summary_add_metric(report, "run", "events", "events", (double)events, "events executed");
    hst_summary_add_metric(report, "run", "transfers", "transfers", (double)report->transfers,
                           "transfers the ledgers booked");
    hst_summary_add_metric(report, "run", "blocks", "blocks", (double)report->blocks,
                           "blocks sealed");
    hst_summary_add_metric(report, "run", "corridors", "corridors", (double)report->corridors,
                           "corridors that carried payments");
    hst_summary_add_metric(report, "run", "currencies", "currencies", (double)report->currencies,
                           "currencies of these corridors");
    hst_summary_add_metric(report, "run", "institutions", "institutions",
                           (double)report->institutions,
                           "banks, transfer operators and their hubs");
    hst_summary_add_metric(report, "liquidity", "top_ups", "top-ups", (double)top_ups,
                           "times a nostro was refilled");
    hst_summary_add_metric(report, "liquidity", "return_retries", "retries", (double)return_retries,
                           "returns that had to wait for funds");
}

uint32_t hst_day_metrics(hst_day_metric metrics[HST_DAY_METRIC_MAX])
{
    hst_assert(metrics != NULL);
    hst_day_report *report = hst_os_memory().acquire(NULL, sizeof *report);
    if (report == NULL) {
        return 0;
    }
    for (uint32_t s = 0; s < HST_SEGMENT_SUMS; s++) {
        make_segment_metrics(report, s);
        make_reason_metrics(report, s);
    }
    make_run_metrics(report, 0, 0, 0);
    hst_fx_add_metrics(NULL, report);
    hst_dlt_add_metrics(NULL, report);
    const uint32_t count = report->metric_count;
    memcpy(metrics, report->metrics, count * sizeof *metrics);
    hst_os_memory().release(NULL, report, sizeof *report);
    return count;
}

hst_status hst_summary_make(const hst_world *world,
                            const hst_day_options *options,
                            hst_day_report *report,
                            hst_error *error)
{
    const hst_kernel_counters events = hst_kernel_count(world->kernel);
    for (uint32_t s = 0; s < HST_SEGMENT_SUMS; s++) {
        make_segment(&world->sums[s], &report->segments[s]);
        make_segment_metrics(report, s);
        make_reason_metrics(report, s);
    }
    const hst_day_segment *all = &report->segments[HST_SEGMENT_ALL];
    report->total = world->payment_count;
    report->completed = all->completed;
    report->failed = all->failed;
    report->pending = world->payment_count - all->completed - all->failed;
    report->events = events.executed;
    report->transfers = world->books.transfer_count;
    report->blocks = world->seals;
    report->institutions = world->institutions->count;
    report->ledgers = world->books.ledger_count;
    bool used[HST_CURRENCY_MAX] = {false};
    for (uint32_t c = 0; c < world->atlas->corridor_count; c++) {
        if (world->corridor_payments[c] > 0) {
            const hst_corridor *corridor = &world->atlas->corridors[c];
            report->corridors++;
            used[world->atlas->countries[corridor->sender].currency] = true;
            used[world->atlas->countries[corridor->receiver].currency] = true;
        }
    }
    for (uint32_t c = 0; c < HST_CURRENCY_MAX; c++) {
        report->currencies += used[c] ? 1 : 0;
    }
    make_run_metrics(report, events.executed, world->top_ups, world->return_retries);
    hst_fx_add_metrics(world, report);
    hst_dlt_add_metrics(world, report);
    HST_TRY(make_targets(world, options, report, error));
    make_invariants(world, report);
    hst_dlt_add_invariants(world, report);
    return HST_OK;
}
