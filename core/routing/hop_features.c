#include "core/routing/hop_features.h"

#include "core/base/real.h"

#include <string.h>

#define NS_PER_HOUR      INT64_C(3600000000000)
#define NS_PER_HOUR_REAL 3600e9
#define NEVER            INT64_MIN

/* ln(5e9): five thousand dollars in micro-USD. */
#define LOG_5000_DOLLARS 22.33270374938051

/* Weight of one outcome in the recent share of successes. */
#define RECENT_STEP 0.15

hst_status hst_hop_features_init(hst_hop_features *features, const hst_router_setup *setup)
{
    hst_assert(features != NULL && setup != NULL);
    const hst_graph *graph = setup->graph;
    features->graph = graph;
    features->view = setup->view;
    features->memory = HST_ARENA_NEW(setup->arena, hst_hop_memory, graph->edge_count);
    if (graph->edge_count > 0 && features->memory == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        hst_hop_memory *memory = &features->memory[e];
        memory->fixed_micro_usd = -1; /* no charge: facts are made at first use */
        memory->seen_ns = NEVER;
        memory->failed_ns = NEVER;
        memory->ok_ns = NEVER;
        memory->short_ns = NEVER;
        memory->degree = hst_graph_out(graph, graph->edges[e].to).count;
    }
    return HST_OK;
}

static double time_of_day(int64_t time_ns)
{
    const int64_t day = 24 * NS_PER_HOUR;
    const int64_t within = ((time_ns % day) + day) % day;
    const double share = (double)within / (double)day;
    return share < 0.5 ? 4 * share - 1 : 3 - 4 * share;
}

void hst_hop_features_begin(hst_hop_features *features, int64_t amount_micro_usd, int64_t time_ns)
{
    hst_assert(features != NULL);
    features->time_of_day = time_of_day(time_ns);
    features->log_amount = hst_log((double)(amount_micro_usd > 0 ? amount_micro_usd : 1));
}

static void make_facts(const hst_hop_features *features, uint32_t edge, hst_hop_memory *memory)
{
    const hst_graph_edge *record = &features->graph->edges[edge];
    double *x = memory->facts;
    const hst_hop_facts *facts = features->view != NULL ? features->view->facts : NULL;
    const hst_hop_facts none = {.country_risk = 0.5F, .reliability = 0.5F};
    const hst_hop_facts *known = facts != NULL ? &facts[edge] : &none;
    const double risk = (double)known->country_risk;
    const double reliability = (double)known->reliability;
    x[HST_FEATURE_ONE] = 1;
    x[HST_FEATURE_FIXED] = hst_log(1 + (double)record->fixed_micro_usd * 1e-6) / 3;
    x[HST_FEATURE_RATE] = hst_log(1 + (double)record->rate_ppb * 1e-5) / 3;
    x[HST_FEATURE_DEAR] = record->rate_ppb > 1500000 ? 1 : 0;
    x[HST_FEATURE_RISK] = risk - 0.5;
    x[HST_FEATURE_RELIABILITY] = reliability - 0.5;
    x[HST_FEATURE_RISK_RELIABLE] = risk * reliability - 0.25;
    x[HST_FEATURE_INSTANT] = (double)known->instant;
    x[HST_FEATURE_CONVERTS] = record->kind == HST_HOP_FX ? 1 : 0;
    x[HST_FEATURE_LEDGER] = record->kind == HST_HOP_DLT || record->kind == HST_HOP_ESCROW ? 1 : 0;
    x[HST_FEATURE_VOLATILITY] = (double)known->volatility * 100;
    x[HST_FEATURE_DEGREE] = hst_log(1 + (double)memory->degree) / 5;
    memory->fixed_micro_usd = record->fixed_micro_usd;
    memory->rate_ppb = record->rate_ppb;
    memory->limit_micro_usd = record->limit_micro_usd;
    memory->has_limit = record->limit_micro_usd > 0 || known->usual_limit_micro_usd > 0;
    const int64_t limit =
        known->usual_limit_micro_usd > 0 ? known->usual_limit_micro_usd : record->limit_micro_usd;
    memory->log_limit = memory->has_limit ? hst_log((double)limit) : 0;
}

/** 1 now, halved every `half_life_ns`, linear in between; 0 when it never was or long ago. */
static double age_weight(int64_t then_ns, int64_t now_ns, double half_life_ns)
{
    if (then_ns == NEVER) {
        return 0;
    }
    const double age = now_ns > then_ns ? (double)(now_ns - then_ns) / half_life_ns : 0;
    if (age > 20) {
        return 0;
    }
    const int halvings = (int)age;
    return (1 - 0.5 * (age - (double)halvings)) / (double)(1U << halvings);
}

static void fill_history(const hst_hop_memory *memory,
                         int64_t amount_micro_usd,
                         int64_t time_ns,
                         double x[HST_FEATURE_COUNT])
{
    x[HST_FEATURE_RECENT_OK] = memory->recent_ok;
    x[HST_FEATURE_RECENT_FAILURE] = age_weight(memory->failed_ns, time_ns, NS_PER_HOUR_REAL);
    x[HST_FEATURE_LAST_SEEN] = age_weight(memory->seen_ns, time_ns, 6 * NS_PER_HOUR_REAL);
    x[HST_FEATURE_BELOW_SUCCESS] = amount_micro_usd <= memory->ok_amount_micro_usd
                                       ? age_weight(memory->ok_ns, time_ns, NS_PER_HOUR_REAL)
                                       : 0;
    x[HST_FEATURE_ABOVE_FAILURE] =
        memory->short_ns != NEVER && amount_micro_usd >= memory->short_amount_micro_usd
            ? age_weight(memory->short_ns, time_ns, NS_PER_HOUR_REAL)
            : 0;
    x[HST_FEATURE_FAILED_RUN] = (double)(memory->failed_run < 4 ? memory->failed_run : 4) / 4;
}

int64_t hst_hop_features_fill(hst_hop_features *features,
                              uint32_t edge,
                              int64_t amount_micro_usd,
                              int64_t time_ns,
                              double x[HST_FEATURE_COUNT])
{
    hst_assert(features != NULL && x != NULL);
    hst_assert(edge < features->graph->edge_count);
    const hst_graph_edge *record = &features->graph->edges[edge];
    hst_hop_memory *memory = &features->memory[edge];
    if (memory->fixed_micro_usd != record->fixed_micro_usd ||
        memory->rate_ppb != record->rate_ppb ||
        memory->limit_micro_usd != record->limit_micro_usd) {
        make_facts(features, edge, memory);
    }
    memcpy(x, memory->facts, sizeof memory->facts);
    x[HST_FEATURE_AMOUNT] = (features->log_amount - LOG_5000_DOLLARS) / 5;
    const double load = memory->has_limit ? features->log_amount - memory->log_limit : 0;
    x[HST_FEATURE_LOAD] = load / 5;
    x[HST_FEATURE_OVERLOAD] = load > 0 ? load : 0;
    const hst_route_view *view = features->view;
    const int64_t opens_in = view != NULL && view->opens_in_ns != NULL
                                 ? view->opens_in_ns(view->context, edge, time_ns)
                                 : 0;
    x[HST_FEATURE_CLOSED] = opens_in > 0 ? 1 : 0;
    x[HST_FEATURE_OPENS_IN] =
        opens_in > 0 ? hst_log(1 + (double)opens_in / (double)NS_PER_HOUR) / 3 : 0;
    x[HST_FEATURE_TIME_OF_DAY] = features->time_of_day;
    fill_history(memory, amount_micro_usd, time_ns, x);
    return opens_in;
}

void hst_hop_features_learn(hst_hop_features *features, const hst_hop_outcome *outcome)
{
    hst_assert(features != NULL && outcome != NULL);
    hst_assert(outcome->edge < features->graph->edge_count);
    hst_hop_memory *memory = &features->memory[outcome->edge];
    const int64_t now = outcome->submitted_ns + outcome->delay_ns;
    const bool done = outcome->result == HST_HOP_DONE;
    memory->seen_ns = now;
    memory->recent_ok += RECENT_STEP * ((done ? 1 : -1) - memory->recent_ok);
    if (done) {
        memory->failed_run = 0;
        memory->ok_ns = now;
        memory->ok_amount_micro_usd = outcome->amount_micro_usd;
        return;
    }
    memory->failed_run++;
    memory->failed_ns = now;
    if (outcome->result == HST_HOP_NO_LIQUIDITY) {
        memory->short_ns = now;
        memory->short_amount_micro_usd = outcome->amount_micro_usd;
    }
}

void hst_hop_features_write(const hst_hop_features *features, hst_writer *writer)
{
    hst_assert(features != NULL && writer != NULL);
    for (uint32_t e = 0; e < features->graph->edge_count; e++) {
        const hst_hop_memory *memory = &features->memory[e];
        hst_write_i64(writer, memory->seen_ns);
        hst_write_i64(writer, memory->failed_ns);
        hst_write_i64(writer, memory->ok_amount_micro_usd);
        hst_write_i64(writer, memory->ok_ns);
        hst_write_i64(writer, memory->short_amount_micro_usd);
        hst_write_i64(writer, memory->short_ns);
        hst_write_f64(writer, memory->recent_ok);
        hst_write_u32(writer, memory->failed_run);
    }
}

hst_status hst_hop_features_read(hst_hop_features *features, hst_reader *reader)
{
    hst_assert(features != NULL && reader != NULL);
    bool good = true;
    for (uint32_t e = 0; e < features->graph->edge_count; e++) {
        hst_hop_memory *memory = &features->memory[e];
        memory->seen_ns = hst_read_i64(reader);
        memory->failed_ns = hst_read_i64(reader);
        memory->ok_amount_micro_usd = hst_read_i64(reader);
        memory->ok_ns = hst_read_i64(reader);
        memory->short_amount_micro_usd = hst_read_i64(reader);
        memory->short_ns = hst_read_i64(reader);
        memory->recent_ok = hst_read_f64(reader);
        memory->failed_run = hst_read_u32(reader);
        good = good && memory->recent_ok >= -1 && memory->recent_ok <= 1;
    }
    HST_TRY(hst_reader_status(reader));
    return good ? HST_OK : HST_CORRUPT;
}
