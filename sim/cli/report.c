#include "sim/cli/report.h"

#include "core/base/assert.h"

#include "sim/base/calendar.h"
#include "sim/base/number.h"

#include <inttypes.h>
#include <string.h>

#include <jansson.h>

static const char *const segment_names[HST_SEGMENT_SUMS] = {"remittance", "retail", "wholesale",
                                                            "all"};

/* 1234567 -> "1,234,567". */
static const char *grouped(uint64_t value, char buffer[32])
{
    char digits[32];
    const int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    int out = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            buffer[out++] = ',';
        }
        buffer[out++] = digits[i];
    }
    buffer[out] = '\0';
    return buffer;
}

/* Two significant parts of a duration in at most seven characters: "42 s", "1.5 h". */
static const char *brief(int64_t ns, char buffer[32])
{
    const double s = (double)ns * 1e-9;
    if (s < 90) {
        (void)snprintf(buffer, 32, "%.0f s", s);
    } else if (s < 5400) {
        (void)snprintf(buffer, 32, "%.0f min", s / 60);
    } else if (s < 172800) {
        (void)snprintf(buffer, 32, "%.1f h", s / 3600);
    } else {
        (void)snprintf(buffer, 32, "%.1f d", s / 86400);
    }
    return buffer;
}

/* Why payments of a segment failed, as far as a line goes; all of it is in the result file. */
static void print_reasons(const hst_day_segment *segment, const char *name, FILE *stream)
{
    int used = fprintf(stream, "failed %-11s", name);
    for (uint32_t reason = 1; reason < HST_DAY_REASON_COUNT; reason++) {
        if (segment->by_reason[reason] > 0 && used < 58) {
            used += fprintf(stream, " %s %" PRIu64, hst_day_reason_text(reason),
                            segment->by_reason[reason]);
        }
    }
    (void)fprintf(stream, "%s\n", segment->failed == 0 ? " none" : "");
}

static void print_segments(const hst_day_report *report, FILE *stream)
{
    char a[32];
    char b[32];
    char c[32];
    char d[32];
    (void)fprintf(stream, "%-10s %8s %6s %6s %6s %6s %6s %6s %5s %5s %5s\n", "", "complete",
                  "queued", "failed", "p50", "p90", "p99", "cost%", "fee", "fx", "liq");
    for (uint32_t s = 0; s < HST_SEGMENT_SUMS; s++) {
        const hst_day_segment *one = &report->segments[s];
        (void)fprintf(stream,
                      "%-10s %8s %6" PRIu64 " %6" PRIu64 " %6s %6s %6s %6.2f %5.2f %5.2f %5.3f\n",
                      segment_names[s], grouped(one->completed, a), one->waited, one->failed,
                      brief(one->p50_ns, b), brief(one->p90_ns, c), brief(one->p99_ns, d),
                      one->cost_pct, one->fee_pct, one->margin_pct, one->liquidity_pct);
    }
    for (uint32_t segment = 0; segment < HST_SEGMENT_ALL; segment++) {
        print_reasons(&report->segments[segment], segment_names[segment], stream);
    }
}

/* The figures a run is set beside first; the rest is in the result file. */
static void print_targets(const hst_day_report *report, FILE *stream)
{
    static const struct {
        const char *name;
        const char *text;
    } lines[] = {{"banks.bank_10min", "at creditor's bank within 10 min (Swift)"},
                 {"banks.bank_1h", "at creditor's bank within 1 h (Swift)"},
                 {"banks.credited_1h", "credited within 1 h (Swift)"},
                 {"banks.at_most_one", "at most one intermediary (BIS)"},
                 {"remittance.cost_bank", "cost of remittances, banks (World Bank)"},
                 {"remittance.cost_mto", "cost of remittances, operators (World Bank)"},
                 {"remittance.cost", "cost of remittances, all (World Bank)"},
                 {"remittance.credited_1h", "remittances within 1 h (G20 target)"}};
    (void)fprintf(stream, "%-46s %8s %10s %10s\n", "beside published figures, none fitted to",
                  "here", "published", "deviation");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        for (uint32_t t = 0; t < report->target_count; t++) {
            const hst_day_target *target = &report->targets[t];
            if (strcmp(target->name, lines[i].name) == 0) {
                (void)fprintf(stream, "  %-44s %6.2f %% %8.2f %% %+10.2f\n", lines[i].text,
                              target->measured, target->published,
                              target->measured - target->published);
                break;
            }
        }
    }
}

static const hst_day_metric *find_metric(const hst_day_report *report, const char *name)
{
    for (uint32_t m = 0; m < report->metric_count; m++) {
        if (strcmp(report->metrics[m].name, name) == 0) {
            return &report->metrics[m];
        }
    }
    return NULL;
}

/* Of the distributed ledger, where there is one: how fast, and what befell its validators. */
static void print_validators(const hst_day_report *report, FILE *stream)
{
    static const char *const names[] = {"dlt.finality_p50", "dlt.finality_p99",
                                        "dlt.faults",       "dlt.down",
                                        "dlt.view_changes", "dlt.longest_quiet"};
    double value[sizeof names / sizeof names[0]];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const hst_day_metric *metric = find_metric(report, names[i]);
        if (metric == NULL) {
            return;
        }
        value[i] = metric->value;
    }
    const hst_scenario_dlt *dlt = &report->scenario.rails.dlt;
    (void)fprintf(stream, "validators %" PRId64 ", %s: final in %.2f s (p50), %.2f s (p99)\n",
                  dlt->validators, dlt->protocol, value[0], value[1]);
    if (value[2] > 0) {
        char down[32];
        char quiet[32];
        (void)fprintf(stream,
                      "  %.0f faults, %s of validators down, %.0f view changes, %s at most without "
                      "a decision\n",
                      value[2], brief((int64_t)(value[3] * 1e9), down), value[4],
                      brief((int64_t)(value[5] * 1e9), quiet));
    }
}

static double metric_value(const hst_day_report *report, const char *name)
{
    const hst_day_metric *metric = find_metric(report, name);
    return metric != NULL ? metric->value : 0.0;
}

/* Of dealing, where the scenario has more of it than standing prices. */
static void print_dealing(const hst_day_report *report, FILE *stream)
{
    const hst_scenario_market *market = &report->scenario.market;
    if (market->quote_validity_ns > 0) {
        (void)fprintf(
            stream, "quotes  %.0f held, %.0f late: slipped by %.2f bp (%.2f bp either way)\n",
            metric_value(report, "fx.quotes_held"), metric_value(report, "fx.quotes_late"),
            metric_value(report, "fx.slippage"), metric_value(report, "fx.slippage_size"));
    }
    if (market->premium_count > 0) {
        (void)fprintf(stream, "premia  %.0f conversions paid %.0f USD to parallel markets\n",
                      metric_value(report, "fx.premium_conversions"),
                      metric_value(report, "fx.premium_amount"));
    }
    if (market->dealers.depth_micro_usd > 0) {
        (void)fprintf(stream, "dealers largest inventory %.0f %% of depth\n",
                      metric_value(report, "fx.inventory_largest"));
    }
}

void hst_report_print(const hst_day_report *report, const hst_report_place *place, FILE *stream)
{
    char a[32];
    char b[32];
    char date[16];
    hst_date_format(report->scenario.clock.date_days, date);
    (void)fprintf(stream, "%.28s  %s  seed %" PRId64 "  run digest %.16s\n", report->scenario.name,
                  date, report->scenario.seed, report->digest_hex);
    (void)fprintf(stream, "%s payments, %u corridors, %u currencies, %u institutions, %u ledgers\n",
                  grouped(report->total, a), report->corridors, report->currencies,
                  report->institutions, report->ledgers);
    print_segments(report, stream);
    print_validators(report, stream);
    print_dealing(report, stream);
    print_targets(report, stream);
    (void)fprintf(stream, "invariants: %s checks, %s broken",
                  grouped(report->invariants_checked, a), grouped(report->invariants_violated, b));
    for (uint32_t i = 0; i < report->invariant_count; i++) {
        if (report->invariants[i].violated > 0) {
            (void)fprintf(stream, "\n! %s: %s", report->invariants[i].name,
                          report->invariants[i].description);
        }
    }
    (void)fprintf(stream, "\n%.2f s CPU (set-up %.2f), %.2f s wall: %s payments per CPU-second\n",
                  report->cpu_seconds, report->setup_cpu_seconds, report->wall_seconds,
                  grouped((uint64_t)((double)report->total / report->cpu_seconds), a));
    (void)fprintf(stream, "memory %" PRIu64 " MiB at most, %" PRIu64 " MiB planned for payments\n",
                  report->peak_memory_bytes >> 20, report->planned_memory_bytes >> 20);
    if (place->output != NULL) {
        (void)fprintf(stream, "result  %s\nlook    herstatt inspect %s\n", place->output,
                      place->output);
    }
    (void)fprintf(stream, "again   %s\n", place->again);
}

static json_t *metrics_json(const hst_day_report *report)
{
    json_t *metrics = json_object();
    for (uint32_t i = 0; i < report->metric_count; i++) {
        const hst_day_metric *m = &report->metrics[i];
        (void)json_object_set_new(metrics, m->name,
                                  json_pack("{s:f, s:s}", "value", m->value, "unit", m->unit));
    }
    return metrics;
}

static json_t *targets_json(const hst_day_report *report)
{
    json_t *targets = json_array();
    for (uint32_t i = 0; i < report->target_count; i++) {
        const hst_day_target *t = &report->targets[i];
        (void)json_array_append_new(targets,
                                    json_pack("{s:s, s:s, s:f, s:f, s:s}", "name", t->name, "unit",
                                              t->unit, "measured", t->measured, "published",
                                              t->published, "source", t->source));
    }
    return targets;
}

bool hst_report_json(const hst_day_report *report, const hst_report_place *place, FILE *stream)
{
    json_t *root = json_pack(
        "{s:s, s:s, s:I, s:s, s:f, s:f, s:I, s:s?, s:{s:I, s:I, s:I, s:I}, s:f, s:{s:I, s:I}}",
        "version", hst_version(), "scenario", place->scenario, "seed",
        (json_int_t)report->scenario.seed, "digest", report->digest_hex, "wall_seconds",
        report->wall_seconds, "cpu_seconds", report->cpu_seconds, "peak_memory_bytes",
        (json_int_t)report->peak_memory_bytes, "output", place->output, "payments", "total",
        (json_int_t)report->total, "completed", (json_int_t)report->completed, "failed",
        (json_int_t)report->failed, "pending", (json_int_t)report->pending,
        "payments_per_cpu_second", (double)report->total / report->cpu_seconds, "invariants",
        "checked", (json_int_t)report->invariants_checked, "violated",
        (json_int_t)report->invariants_violated);
    if (root == NULL) {
        return false;
    }
    (void)json_object_set_new(root, "metrics", metrics_json(report));
    (void)json_object_set_new(root, "targets", targets_json(report));
    (void)json_object_set_new(root, "reproduce", json_string(place->again));
    const bool written = json_dumpf(root, stream, JSON_INDENT(2)) == 0;
    json_decref(root);
    return fputc('\n', stream) != EOF && written;
}
