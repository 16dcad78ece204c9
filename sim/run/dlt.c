#include "sim/run/dlt.h"

#include "core/base/assert.h"

#include "sim/bank/books_dlt.h"
#include "sim/base/os_memory.h"
#include "sim/consensus/costs.h"
#include "sim/network/regions.h"
#include "sim/run/summary.h"
#include "sim/scenario/phrase.h"

#include <stdio.h>
#include <string.h>

/* Five regions of the published wide-area runs, and the countries they lie in. */
static const char *const regions[] = {"us-east-1", "eu-north-1", "ap-southeast-2", "us-west-1",
                                      "ap-northeast-1"};
static const char *const region_countries[] = {"US", "SE", "AU", "US", "JP"};
enum { REGION_COUNT = sizeof regions / sizeof regions[0] };

/* Jitter between regions, and a validator's card. */
static const int64_t jitter_ns = 2000000;
static const uint64_t card_bits = UINT64_C(10000000000);

static hst_status no_memory(hst_error *error)
{
    return hst_error_set(error, HST_NO_MEMORY, "out of memory for the distributed ledger");
}

/* Names of all protocols, and the one that may have been meant. */
static hst_status unknown_protocol(const hst_dlt_plan *plan, const char *name, hst_error *error)
{
    char known[160] = HST_SCENARIO_PROTOCOL_NONE;
    char quoted[HST_PHRASE_SIZE];
    const char *meant = NULL;
    size_t used = strlen(known);
    size_t nearest = hst_phrase_slip(name) + 1;
    size_t count = 0;
    const hst_consensus_protocol *const *all = hst_consensus_protocols(&count);
    for (size_t p = 0; p < count; p++) {
        const size_t distance = hst_phrase_distance(name, all[p]->name, nearest);
        if (distance < nearest) {
            nearest = distance;
            meant = all[p]->name;
        }
        const int more = snprintf(known + used, sizeof known - used, ", %s", all[p]->name);
        used += more > 0 && (size_t)more < sizeof known - used ? (size_t)more : 0;
    }
    hst_phrase_quote(name, quoted);
    if (meant != NULL) {
        return hst_scenario_refuse(plan->source, error, "rails.dlt.protocol",
                                   "expected one of %s, got %s, did you mean %s?", known, quoted,
                                   meant);
    }
    return hst_scenario_refuse(plan->source, error, "rails.dlt.protocol",
                               "expected one of %s, got %s", known, quoted);
}

static bool is_pair(const hst_atlas *atlas, const hst_corridor *corridor, const char *pair)
{
    return memcmp(atlas->countries[corridor->sender].iso2, pair, 2) == 0 &&
           memcmp(atlas->countries[corridor->receiver].iso2, pair + 3, 2) == 0;
}

static hst_status choose_corridors(hst_world *world, const hst_dlt_plan *plan, hst_error *error)
{
    const hst_scenario_dlt *dlt = &world->scenario->rails.dlt;
    const hst_atlas *atlas = world->atlas;
    world->on_dlt = HST_ARENA_NEW(plan->arena, bool, atlas->corridor_count);
    if (world->on_dlt == NULL) {
        return no_memory(error);
    }
    for (uint32_t i = 0; i < dlt->corridor_count; i++) {
        const char *one = dlt->corridors[i];
        const bool all = strcmp(one, "all") == 0;
        bool found = all;
        for (uint32_t c = 0; c < atlas->corridor_count; c++) {
            const bool chosen = all || is_pair(atlas, &atlas->corridors[c], one);
            world->on_dlt[c] = world->on_dlt[c] || chosen;
            found = found || chosen;
        }
        if (!found) {
            char path[64];
            (void)snprintf(path, sizeof path, "rails.dlt.corridors[%u]", i);
            return hst_scenario_refuse(plan->source, error, path,
                                       "no corridor from %.2s to %.2s in the tables", one, one + 3);
        }
    }
    return HST_OK;
}

/* Message time of each institution to the nearest country with a validator. */
static hst_status measure_access(hst_world *world, const hst_dlt_plan *plan, hst_error *error)
{
    const uint32_t count = world->institutions->count;
    const uint32_t validators = (uint32_t)world->scenario->rails.dlt.validators;
    world->dlt_access_ns = HST_ARENA_NEW(plan->arena, int64_t, count);
    world->dlt_opening_minor = HST_ARENA_NEW(plan->arena, int64_t, count);
    if (world->dlt_access_ns == NULL || world->dlt_opening_minor == NULL) {
        return no_memory(error);
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint16_t own = world->institutions->all[i].country;
        int64_t nearest_ns = INT64_MAX;
        for (uint32_t r = 0; r < REGION_COUNT && r < validators; r++) {
            uint16_t country = own; /* a world without that country has validators everywhere */
            if (hst_atlas_country(world->atlas, region_countries[r], &country) != HST_OK) {
                country = own;
            }
            const int64_t latency_ns = hst_atlas_latency_ns(world->atlas, own, country);
            nearest_ns = latency_ns < nearest_ns ? latency_ns : nearest_ns;
        }
        world->dlt_access_ns[i] = nearest_ns;
    }
    return HST_OK;
}

static hst_status read_table(const hst_dlt_plan *plan,
                             const char *path,
                             char file[HST_ERROR_FILE_SIZE],
                             const char **bytes,
                             size_t *size,
                             hst_error *error)
{
    HST_TRY(hst_inputs_get(plan->inputs, path, bytes, size, error));
    hst_inputs_display_path(plan->inputs, path, file);
    return HST_OK;
}

static hst_status read_tables(const hst_world *world,
                              const hst_dlt_plan *plan,
                              hst_dlt_config *config,
                              hst_error *error)
{
    const hst_scenario_data *data = &world->scenario->data;
    char file[HST_ERROR_FILE_SIZE];
    const char *bytes = NULL;
    size_t size = 0;
    HST_TRY(read_table(plan, data->cloud_latency, file, &bytes, &size, error));
    HST_TRY(hst_regions_load(file, bytes, size, regions, REGION_COUNT, plan->arena,
                             &config->network.base_ns, error));
    HST_TRY(read_table(plan, data->costs, file, &bytes, &size, error));
    return hst_costs_load(file, bytes, size, plan->scratch, &config->costs, error);
}

static hst_status create_rail(hst_world *world,
                              const hst_dlt_plan *plan,
                              const hst_consensus_protocol *protocol,
                              hst_error *error)
{
    const hst_scenario *s = world->scenario;
    const uint32_t count = (uint32_t)s->rails.dlt.validators;
    uint32_t *places = HST_ARENA_NEW(plan->arena, uint32_t, count);
    if (places == NULL) {
        return no_memory(error);
    }
    for (uint32_t i = 0; i < count; i++) {
        places[i] = i % REGION_COUNT;
    }
    hst_dlt_config config = {.protocol = protocol,
                             .network = {.count = count,
                                         .region_count = REGION_COUNT,
                                         .regions = places,
                                         .jitter = HST_JITTER_EXPONENTIAL,
                                         .jitter_ns = jitter_ns,
                                         .up_bits_per_second = card_bits,
                                         .down_bits_per_second = card_bits,
                                         .keep_order = true,
                                         .seed = (uint64_t)s->seed,
                                         .replication = (uint32_t)s->replication},
                             .batch_ns = s->rails.dlt.batch_ns,
                             .payment_max = world->payment_count,
                             .seed = (uint64_t)s->seed,
                             .replication = (uint32_t)s->replication,
                             .execute = hst_dlt_executed,
                             .context = world,
                             .memory = hst_os_memory()};
    HST_TRY(read_tables(world, plan, &config, error));
    const hst_status status = hst_dlt_create(&config, plan->arena, &world->dlt);
    if (status == HST_INVALID) {
        return hst_scenario_refuse(plan->source, error, "rails.dlt.validators",
                                   "%s cannot have %u validators", protocol->name, count);
    }
    return status == HST_OK ? HST_OK : no_memory(error);
}

hst_status hst_dlt_set_up(hst_world *world, const hst_dlt_plan *plan, hst_error *error)
{
    const char *name = world->scenario->rails.dlt.protocol;
    if (strcmp(name, HST_SCENARIO_PROTOCOL_NONE) == 0) {
        return HST_OK;
    }
    const hst_consensus_protocol *protocol = hst_consensus_find(name);
    if (protocol == NULL) {
        return unknown_protocol(plan, name, error);
    }
    HST_TRY(choose_corridors(world, plan, error));
    HST_TRY(measure_access(world, plan, error));
    if (hst_books_add_dlt(&world->books, hst_os_memory(), plan->arena) != HST_OK) {
        return no_memory(error);
    }
    return create_rail(world, plan, protocol, error);
}

void hst_dlt_add_metrics(const hst_world *world, hst_day_report *report)
{
    if (world->dlt == NULL) {
        return;
    }
    const hst_dlt_rail *rail = world->dlt;
    hst_cluster_report run;
    hst_cluster_measure(rail->cluster, &run);
    const double executed = (double)rail->executed;
    const bool any = rail->executed > 0;
    const struct {
        const char *name;
        const char *unit;
        double value;
        const char *description;
    } figures[] = {
        {"payments", "payments", executed, "transactions that became final"},
        {"batches", "batches", rail->batches, "batches handed to the validators"},
        {"finality_p50", "s",
         any ? (double)hst_histogram_percentile(rail->finality_ns, 500000) * 1e-9 : 0,
         "from a validator to finality, batching included, median"},
        {"finality_p99", "s",
         any ? (double)hst_histogram_percentile(rail->finality_ns, 990000) * 1e-9 : 0,
         "from a validator to finality, batching included, 99th percentile"},
        {"messages", "messages", any ? (double)run.messages / executed : 0,
         "sent between validators, a payment"},
        {"bytes", "B", any ? (double)run.bytes / executed : 0, "of them, a payment"},
        {"cpu", "s", any ? (double)run.busy_ns * 1e-9 / executed : 0,
         "modelled work of all validators, a payment"},
        {"view_changes", "changes", (double)run.view_changes, "of the validator that saw most"},
        {"rollbacks", "blocks", (double)run.rollbacks, "blocks undone, all validators"},
        {"loans", "loans", (double)world->dlt_loans, "balances the issuer had to fund"},
        {"loans_amount", "USD", (double)world->dlt_loans_micro_usd * 1e-6, "lent in all"}};
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        hst_summary_add_metric(report, "dlt", figures[i].name, figures[i].unit, figures[i].value,
                               figures[i].description);
    }
}

void hst_dlt_add_invariants(const hst_world *world, hst_day_report *report)
{
    if (world->dlt == NULL) {
        return;
    }
    uint64_t checked = 0;
    uint64_t broken = 0;
    char text[sizeof report->invariants[0].description];
    const hst_cluster_violation *violation = hst_dlt_violation(world->dlt);
    hst_cluster_report run;
    hst_cluster_measure(world->dlt->cluster, &run);
    hst_books_dlt_reconcile(&world->books, &checked, &broken);
    hst_summary_add_invariant(report, "dlt_mirrors_holdings",
                              "holdings in own books equal balances on the distributed ledger",
                              checked, broken);
    if (violation->check != NULL) {
        (void)snprintf(text, sizeof text, "%s: %.80s", violation->check, violation->text);
    } else {
        (void)snprintf(text, sizeof text, "validators agree, and none goes back on its word");
    }
    hst_summary_add_invariant(report, "consensus", text, run.steps,
                              violation->check != NULL ? 1 : 0);
}

void hst_dlt_digest(const hst_world *world, hst_digest *digest)
{
    if (world->dlt == NULL) {
        return;
    }
    hst_cluster_report run;
    hst_cluster_measure(world->dlt->cluster, &run);
    hst_digest_u64(digest, run.digest);
    hst_digest_u64(digest, world->dlt->executed);
}
