#include "sim/run/dlt.h"

#include "core/base/assert.h"

#include "sim/bank/books_dlt.h"
#include "sim/base/os_memory.h"
#include "sim/consensus/costs.h"
#include "sim/network/regions.h"
#include "sim/run/dlt_plan.h"
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

const char *const *hst_dlt_regions(uint32_t *count)
{
    *count = REGION_COUNT;
    return regions;
}

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

/* Who is paid out of, or into, which currency: that follows from the corridors. */
static void mark_holds(hst_world *world, const hst_corridor *corridor)
{
    const hst_scenario_conversion conversion = world->scenario->rails.dlt.conversion;
    const uint16_t from = world->atlas->countries[corridor->sender].currency;
    const uint16_t to = world->atlas->countries[corridor->receiver].currency;
    const uint32_t currencies = hst_currency_count(world->atlas->currencies);
    for (uint32_t i = 0; i < world->institutions->count; i++) {
        const hst_institution *one = &world->institutions->all[i];
        bool *holds = &world->ramps.holds[(size_t)i * currencies];
        if (one->kind == HST_INSTITUTION_TRANSFER_HUB) {
            continue;
        }
        if (conversion == HST_CONVERSION_ON_RAMP && one->country == corridor->sender) {
            holds[to] = true;
        }
        if (conversion == HST_CONVERSION_OFF_RAMP && one->country == corridor->receiver) {
            holds[from] = true;
        }
    }
}

static hst_status choose_currencies(hst_world *world, const hst_dlt_plan *plan, hst_error *error)
{
    const hst_scenario_dlt *dlt = &world->scenario->rails.dlt;
    const hst_currency_table *table = world->atlas->currencies;
    const uint32_t currencies = hst_currency_count(table);
    const bool one_only = dlt->conversion == HST_CONVERSION_BOTH_RAMPS;
    if (hst_currency_find(table, dlt->currency, strlen(dlt->currency), &world->ramps.currency) !=
        HST_OK) {
        return hst_scenario_refuse(plan->source, error, "rails.dlt.currency",
                                   "no currency %s in the tables", dlt->currency);
    }
    world->ramps.holds =
        HST_ARENA_NEW(plan->arena, bool, (size_t)world->institutions->count *currencies);
    if (world->ramps.holds == NULL) {
        return no_memory(error);
    }
    for (uint32_t i = 0; i < world->institutions->count; i++) {
        const hst_institution *one = &world->institutions->all[i];
        if (one->kind != HST_INSTITUTION_TRANSFER_HUB) {
            world->ramps.holds[(size_t)i * currencies +
                               (one_only ? world->ramps.currency : one->currency)] = true;
        }
    }
    for (uint32_t c = 0; c < world->atlas->corridor_count; c++) {
        if (world->on_dlt[c]) {
            mark_holds(world, &world->atlas->corridors[c]);
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
    if (world->dlt_access_ns == NULL) {
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
    const bool real = s->rails.dlt.crypto == HST_SCENARIO_CRYPTO_REAL;
    hst_dlt_config config = {.protocol = protocol,
                             .real_crypto = real,
                             .network = {.count = count,
                                         .region_count = REGION_COUNT,
                                         .regions = places,
                                         .jitter = HST_JITTER_EXPONENTIAL,
                                         .jitter_ns = jitter_ns,
                                         .up_bits_per_second = card_bits,
                                         .down_bits_per_second = card_bits,
                                         .keep_order = true,
                                         .tally = true,
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
    HST_TRY(hst_dlt_plan_parameters(s, plan, protocol, &config.parameters, error));
    HST_TRY(hst_dlt_plan_faults(s, plan, protocol, &config, error));
    const hst_status status = hst_dlt_create(&config, plan->arena, &world->dlt);
    if (status == HST_INVALID) {
        return hst_scenario_refuse(plan->source, error, "rails.dlt.validators",
                                   "%s cannot have %u validators", protocol->name, count);
    }
    return status == HST_OK ? HST_OK : no_memory(error);
}

static bool is_off(const hst_world *world)
{
    return strcmp(world->scenario->rails.dlt.protocol, HST_SCENARIO_PROTOCOL_NONE) == 0;
}

hst_status hst_dlt_choose(hst_world *world, const hst_dlt_plan *plan, hst_error *error)
{
    if (is_off(world)) {
        return HST_OK;
    }
    const char *name = world->scenario->rails.dlt.protocol;
    if (hst_consensus_find(name) == NULL) {
        return unknown_protocol(plan, name, error);
    }
    HST_TRY(choose_corridors(world, plan, error));
    return choose_currencies(world, plan, error);
}

static bool allocate_ramps(hst_world *world, hst_arena *arena)
{
    hst_dlt_ramps *ramps = &world->ramps;
    const size_t places = (size_t)world->institutions->count * world->books.currency_count;
    return (ramps->opening_minor = HST_ARENA_NEW(arena, int64_t, places)) != NULL &&
           (ramps->next_sequence = HST_ARENA_NEW(arena, uint32_t, places)) != NULL &&
           (ramps->sequence = HST_ARENA_NEW(arena, uint32_t, world->payment_count)) != NULL;
}

hst_status hst_dlt_set_up(hst_world *world, const hst_dlt_plan *plan, hst_error *error)
{
    if (is_off(world)) {
        return HST_OK;
    }
    HST_TRY(measure_access(world, plan, error));
    if (!allocate_ramps(world, plan->arena) ||
        hst_books_add_dlt(&world->books, world->ramps.holds, hst_os_memory(), plan->arena) !=
            HST_OK) {
        return no_memory(error);
    }
    if (world->scenario->rails.dlt.crypto == HST_SCENARIO_CRYPTO_REAL &&
        hst_dlt_give_keys(world, plan->arena) != HST_OK) {
        return no_memory(error);
    }
    return create_rail(world, plan, hst_consensus_find(world->scenario->rails.dlt.protocol), error);
}

hst_status hst_dlt_give_keys(hst_world *world, hst_arena *arena)
{
    hst_dlt_keys *keys = NULL;
    HST_TRY(hst_dlt_keys_create((uint64_t)world->scenario->seed, world->institutions->count, arena,
                                &keys));
    world->ramps.signatures = HST_ARENA_NEW(arena, hst_signature, world->payment_count);
    world->ramps.keys = keys;
    return world->ramps.signatures != NULL ? HST_OK : HST_NO_MEMORY;
}

/* What a payment costs, by part, as all.cost is: the mean of each in per cent of its amount. */
static void add_costs(const hst_world *world, hst_day_report *report)
{
    static const struct {
        const char *name;
        const char *description;
    } parts[HST_DLT_PART_COUNT] = {
        [HST_DLT_PART_RAMP_FEES] = {"cost_ramp_fees", "fees of both agents"},
        [HST_DLT_PART_LEDGER_FEE] = {"cost_ledger_fee", "fee of the ledger's operators"},
        [HST_DLT_PART_ON_RAMP] = {"cost_on_ramp", "margin and spread at the debtor agent"},
        [HST_DLT_PART_DEALER] = {"cost_dealer", "spread of the dealer on the ledger"},
        [HST_DLT_PART_OFF_RAMP] = {"cost_off_ramp", "spread at the creditor agent"},
        [HST_DLT_PART_FUNDING] = {"cost_funding", "balance that stood ready, loans of the issuer"},
        [HST_DLT_PART_HELD] = {"cost_held", "foreign balance until the issuer takes it back"},
        [HST_DLT_PART_UNDER_WAY] = {"cost_under_way", "money between debit and credit"}};
    double pct[HST_DLT_PART_COUNT];
    memcpy(pct, world->ramps.pct, sizeof pct);
    pct[HST_DLT_PART_RAMP_FEES] -= pct[HST_DLT_PART_LEDGER_FEE];
    pct[HST_DLT_PART_UNDER_WAY] -= pct[HST_DLT_PART_FUNDING] + pct[HST_DLT_PART_HELD];
    for (size_t i = 0; i < HST_DLT_PART_COUNT; i++) {
        const double mean =
            world->ramps.completed > 0 ? pct[i] / (double)world->ramps.completed : 0;
        hst_summary_add_metric(report, "dlt", parts[i].name, "pct", mean, parts[i].description);
    }
}

/* What is held on it at the end; over the day by currency: /liquidity/positions. */
static void add_balances(const hst_world *world, hst_day_report *report)
{
    const int64_t now_ns = world->kernel != NULL ? hst_kernel_now(world->kernel) : 0;
    uint32_t count = 0;
    uint32_t currencies = 0;
    int64_t opened_micro = 0;
    int64_t held_micro = 0;
    int64_t foreign_micro = 0;
    for (uint16_t c = 0; c < (uint16_t)world->books.currency_count; c++) {
        bool any = false;
        for (uint32_t i = 0; i < world->institutions->count; i++) {
            if (!hst_books_dlt_holds(&world->books, i, c)) {
                continue;
            }
            const int64_t micro = hst_market_to_micro_usd(
                world->market, c, hst_books_dlt_balance(&world->books, i, c), now_ns);
            any = true;
            count++;
            held_micro += micro;
            foreign_micro += world->institutions->all[i].currency != c ? micro : 0;
            opened_micro += hst_market_to_micro_usd(
                world->market, c,
                world->ramps.opening_minor[(size_t)i * world->books.currency_count + c], 0);
        }
        currencies += any ? 1 : 0;
    }
    const struct {
        const char *name;
        const char *unit;
        double value;
        const char *description;
    } figures[] = {
        {"balances", "balances", count, "an institution in a currency"},
        {"currencies", "currencies", currencies, "in which there are balances"},
        {"opened_amount", "USD", (double)opened_micro * 1e-6, "balances before the first payment"},
        {"held_amount", "USD", (double)held_micro * 1e-6, "balances at the end"},
        {"foreign_amount", "USD", (double)foreign_micro * 1e-6,
         "of them in a currency not the holder's own"},
        {"redemptions", "balances", (double)world->ramps.redemptions,
         "foreign balances the issuer took back"},
        {"redeemed_amount", "USD", (double)world->ramps.redeemed_micro_usd * 1e-6, "of how much"}};
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        hst_summary_add_metric(report, "dlt", figures[i].name, figures[i].unit, figures[i].value,
                               figures[i].description);
    }
}

/* From the first transaction's arrival until the last one's was followed by its finality. */
static double busy_s(const hst_dlt_rail *rail)
{
    const int64_t last_ns = rail->arrived_ns[rail->arrived - 1] + rail->finality_ns->max;
    return (double)(last_ns - rail->arrived_ns[0]) * 1e-9;
}

/* What validators were out of, up to the end of the run. */
typedef struct outage {
    double faults; /* begun */
    double down_s; /* all validators' time stopped by a crash or a lost disk */
} outage;

static outage measure_outage(const hst_dlt_rail *rail, int64_t end_ns)
{
    outage found = {0};
    for (uint32_t f = 0; f < rail->config.fault_count; f++) {
        const hst_fault *fault = &rail->config.faults[f];
        const int64_t until_ns = fault->until_ns < end_ns ? fault->until_ns : end_ns;
        found.faults += fault->from_ns <= end_ns ? 1 : 0;
        if ((fault->kind == HST_FAULT_CRASH || fault->kind == HST_FAULT_DISK_LOSS) &&
            until_ns > fault->from_ns) {
            found.down_s += (double)(until_ns - fault->from_ns) * 1e-9;
        }
    }
    return found;
}

void hst_dlt_add_metrics(const hst_world *world, hst_day_report *report)
{
    hst_dlt_rail idle = {.executed = 0};
    const hst_world nowhere = {.dlt = &idle};
    world = world != NULL ? world : &nowhere;
    if (world->dlt == NULL) {
        return;
    }
    const hst_dlt_rail *rail = world->dlt;
    hst_cluster_report run = {.events = 0};
    if (rail != &idle) {
        hst_cluster_measure(rail->cluster, &run);
    }
    const double executed = (double)rail->executed;
    const bool any = rail->executed > 0;
    const int64_t now_ns = world->kernel != NULL ? hst_kernel_now(world->kernel) : 0;
    const outage out = measure_outage(rail, now_ns);
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
        {"throughput", "payments/s", any ? executed / busy_s(rail) : 0,
         "transactions that became final, a second of the time there were any"},
        {"messages", "messages", any ? (double)run.messages / executed : 0,
         "sent between validators, a payment"},
        {"bytes", "B", any ? (double)run.bytes / executed : 0, "of them, a payment"},
        {"cpu", "s", any ? (double)run.busy_ns * 1e-9 / executed : 0,
         "modelled work of all validators, a payment"},
        {"cpu_busiest", "pct", any ? 100 * (double)run.busy_most_ns / (double)run.now_ns : 0,
         "share of the validators' own time the busiest one worked"},
        {"view_changes", "changes", (double)run.view_changes, "of the validator that saw most"},
        {"longest_quiet", "s", (double)hst_dlt_longest_quiet_ns(rail, now_ns) * 1e-9,
         "longest time in which something waited and nothing was decided"},
        {"faults", "faults", out.faults, "of validators that had begun"},
        {"down", "s", out.down_s, "validators were stopped, all together"},
        {"refused_bodies", "messages", (double)run.invalid,
         "messages refused for a batch that does not exist"},
        {"rollbacks", "blocks", (double)run.rollbacks, "blocks undone, all validators"},
        {"early", "times", (double)world->ramps.tally.verdicts[HST_DLT_EARLY],
         "a transaction was final before its predecessor, and waited for it"},
        {"loans", "loans", (double)world->dlt_loans, "balances the issuer had to fund"},
        {"loans_amount", "USD", (double)world->dlt_loans_micro_usd * 1e-6, "lent in all"}};
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        hst_summary_add_metric(report, "dlt", figures[i].name, figures[i].unit, figures[i].value,
                               figures[i].description);
    }
    add_costs(world, report);
    add_balances(world, report);
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
    const uint64_t *verdicts = world->ramps.tally.verdicts;
    hst_summary_add_invariant(
        report, "dlt_transactions",
        "what the ledger executes was signed by its payer, once, in order", world->dlt->arrived,
        verdicts[HST_DLT_FORGED] + verdicts[HST_DLT_REPLAYED] + world->dlt->early_count);
    if (violation->check != NULL) {
        (void)snprintf(text, sizeof text,
                       "%s, at event %llu of the validators, height %llu: validator %u %.110s",
                       violation->check, (unsigned long long)violation->event,
                       (unsigned long long)violation->height, violation->replica, violation->text);
    } else {
        (void)snprintf(text, sizeof text, "validators agree, and none goes back on its word");
    }
    hst_summary_add_invariant(report, "consensus", text, run.steps,
                              violation->check != NULL ? 1 : 0);
    hst_summary_add_invariant(report, "dlt_order",
                              "the ledger executes what validators agreed on, in their order",
                              world->dlt->roots_compared, world->dlt->roots_differed);
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
