#include "sim/workload/workload.h"

#include "core/base/assert.h"
#include "core/base/parallel.h"
#include "core/base/real.h"

#include "sim/base/purpose.h"
#include "sim/workload/profile.h"

#include <string.h>

/* Instructions drawn by one call of the parallel loop. */
enum { BLOCK = 4096 };

/* A retail margin is quoted for small amounts and shrinks with the fourth root of larger ones
 * (modelled; Hau et al. 2021 find dealers' markups falling with client size). */
static const double margin_flat_below_usd = 500.0;

typedef struct drawer {
    const hst_workload_source *source;
    hst_profiles profiles;
    double *cumulative[HST_SCENARIO_SEGMENTS_MAX]; /* by segment of the scenario, over corridors */
    double segment_cumulative[HST_SCENARIO_SEGMENTS_MAX];
    int64_t *corridor_fee_ppb; /* from overrides */
    hst_instruction *out;
    uint32_t count;
} drawer;

/* First index whose cumulative weight exceeds `at`. */
static uint32_t pick(const double *cumulative, uint32_t count, double at)
{
    uint32_t low = 0;
    uint32_t high = count - 1;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (cumulative[middle] > at) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* A rank in 1 ... n with probability proportional to 1/rank. */
static uint32_t draw_rank(uint32_t n, hst_random *random)
{
    double total = 0;
    for (uint32_t i = 1; i <= n; i++) {
        total += 1.0 / i;
    }
    double at = hst_random_uniform(random) * total;
    for (uint32_t i = 1; i < n; i++) {
        at -= 1.0 / i;
        if (at < 0) {
            return i;
        }
    }
    return n;
}

/* Share of payment traffic of a country: its currency's, split by banks among the countries that
 * use it. */
static double traffic_of(const hst_atlas *atlas, uint16_t country)
{
    const uint16_t currency = atlas->countries[country].currency;
    double banks = 0;
    for (uint32_t i = 0; i < atlas->country_count; i++) {
        if (atlas->countries[i].currency == currency) {
            banks += 1 + atlas->countries[i].bank_count;
        }
    }
    return atlas->payment_share[currency] * (1 + atlas->countries[country].bank_count) / banks;
}

static hst_status
weigh_corridors(drawer *d, hst_arena *arena, const double *factor, hst_error *error)
{
    const hst_atlas *atlas = d->source->atlas;
    const uint32_t n = atlas->corridor_count;
    double *traffic = HST_ARENA_NEW(arena, double, atlas->country_count);
    if (traffic == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for corridors");
    }
    for (uint16_t i = 0; i < atlas->country_count; i++) {
        traffic[i] = traffic_of(atlas, i);
    }
    double flows = 0;
    double products = 0;
    for (uint32_t i = 0; i < n; i++) {
        const hst_corridor *c = &atlas->corridors[i];
        flows += c->flow_musd;
        products += traffic[c->sender] * traffic[c->receiver];
    }
    if (!(flows > 0) || !(products > 0)) {
        return hst_error_set(error, HST_SCENARIO, "corridors: no traffic in the tables");
    }
    for (uint32_t s = 0; s < d->source->scenario->workload.segment_count; s++) {
        static const double by_flow[] = {
            [HST_SEGMENT_REMITTANCE] = 1, [HST_SEGMENT_RETAIL] = 0.5, [HST_SEGMENT_WHOLESALE] = 0};
        const double share = by_flow[d->source->scenario->workload.segments[s].name];
        double *cumulative = HST_ARENA_NEW(arena, double, n);
        if (cumulative == NULL) {
            return hst_error_set(error, HST_NO_MEMORY, "out of memory for corridors");
        }
        double total = 0;
        for (uint32_t i = 0; i < n; i++) {
            const hst_corridor *c = &atlas->corridors[i];
            const double weight = share * c->flow_musd / flows + (1 - share) * traffic[c->sender] *
                                                                     traffic[c->receiver] /
                                                                     products;
            total += weight * factor[i];
            cumulative[i] = total;
        }
        if (!(total > 0)) {
            return hst_error_set(error, HST_SCENARIO, "corridors: every weight is zero");
        }
        d->cumulative[s] = cumulative;
    }
    return HST_OK;
}

/* Overrides of the scenario: weights and extra fees by corridor. */
static hst_status apply_overrides(drawer *d, hst_arena *arena, hst_error *error)
{
    const hst_atlas *atlas = d->source->atlas;
    const hst_scenario *scenario = d->source->scenario;
    double *factor = HST_ARENA_NEW(arena, double, atlas->corridor_count);
    d->corridor_fee_ppb = HST_ARENA_NEW(arena, int64_t, atlas->corridor_count);
    if (factor == NULL || d->corridor_fee_ppb == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for corridors");
    }
    for (uint32_t i = 0; i < atlas->corridor_count; i++) {
        factor[i] = 1;
    }
    for (uint32_t o = 0; o < scenario->corridor_count; o++) {
        const hst_scenario_corridor *change = &scenario->corridors[o];
        bool found = false;
        for (uint32_t i = 0; i < atlas->corridor_count; i++) {
            const hst_corridor *c = &atlas->corridors[i];
            if (strcmp(atlas->countries[c->sender].iso2, change->from) == 0 &&
                strcmp(atlas->countries[c->receiver].iso2, change->to) == 0) {
                factor[i] = change->weight;
                d->corridor_fee_ppb[i] = change->fee_ppb;
                found = true;
            }
        }
        if (!found) {
            return hst_error_set(error, HST_SCENARIO,
                                 "corridors[%u]: no corridor from %s to %s in the tables", o,
                                 change->from, change->to);
        }
    }
    return weigh_corridors(d, arena, factor, error);
}

static void draw_agents(const drawer *d, hst_instruction *one, hst_random *random)
{
    const hst_institutions *all = d->source->institutions;
    const hst_corridor *c = &d->source->atlas->corridors[one->corridor];
    const uint32_t customers = (uint32_t)d->source->scenario->workload.customers_per_bank;
    uint32_t debtor_rank = draw_rank(all->country_banks[c->sender], random) - 1;
    uint32_t creditor_rank = draw_rank(all->country_banks[c->receiver], random) - 1;
    if (one->firm != HST_FIRM_BANK && all->transfer_groups > 0) {
        const uint32_t group = (uint32_t)hst_random_below(random, all->transfer_groups);
        debtor_rank = all->country_banks[c->sender] + group;
        creditor_rank = all->country_banks[c->receiver] + group;
    }
    one->debtor_agent = (uint16_t)(all->country_first[c->sender] + debtor_rank);
    one->creditor_agent = (uint16_t)(all->country_first[c->receiver] + creditor_rank);
    one->debtor = (uint16_t)hst_random_below(random, customers);
    one->creditor = (uint16_t)hst_random_below(random, customers);
}

static int64_t draw_amount_micro_usd(const hst_scenario_segment *segment, hst_random *random)
{
    const double factor = hst_exp(segment->amount_sigma * hst_random_normal(random));
    const double amount = (double)segment->amount_median_micro_usd * factor;
    if (amount <= (double)segment->amount_min_micro_usd) {
        return segment->amount_min_micro_usd;
    }
    return amount >= (double)segment->amount_max_micro_usd ? segment->amount_max_micro_usd
                                                           : (int64_t)amount;
}

static void draw_price(const drawer *d, hst_instruction *one, hst_random *random)
{
    const hst_quotes *quotes = d->source->quotes;
    const hst_quote *quote = NULL;
    double margin = 0;
    switch ((hst_scenario_segment_name)one->segment) {
    case HST_SEGMENT_REMITTANCE:
        quote = hst_quotes_draw(quotes, one->corridor, random);
        margin = (double)quote->margin_ppb;
        break;
    case HST_SEGMENT_RETAIL: {
        quote = hst_quotes_draw_bank(quotes, random);
        margin = (double)quote->margin_ppb;
        const double usd = (double)one->amount_micro_usd / 1e6;
        if (usd > margin_flat_below_usd) {
            margin *= hst_exp(0.25 * hst_log(margin_flat_below_usd / usd));
        }
        break;
    }
    case HST_SEGMENT_WHOLESALE:
        one->fee_micro_usd = d->source->scenario->charges.wholesale_fixed_micro_usd;
        return;
    }
    one->firm = quote->firm;
    one->speed = quote->speed;
    one->margin_ppb = (int32_t)margin;
    one->fee_micro_usd = hst_quote_fee_micro_usd(quote, one->amount_micro_usd);
}

static void draw_one(const drawer *d, uint32_t number, hst_instruction *one)
{
    const hst_workload_source *source = d->source;
    const uint64_t seed = (uint64_t)source->scenario->seed;
    const uint32_t replication = source->replication;
    hst_random parties = hst_random_stream(seed, replication, number, HST_PURPOSE_PARTIES);
    hst_random amount = hst_random_stream(seed, replication, number, HST_PURPOSE_AMOUNT);
    hst_random arrival = hst_random_stream(seed, replication, number, HST_PURPOSE_ARRIVAL);
    hst_random price = hst_random_stream(seed, replication, number, HST_PURPOSE_FEE);
    const hst_scenario_workload *workload = &source->scenario->workload;
    const uint32_t s =
        pick(d->segment_cumulative, workload->segment_count,
             hst_random_uniform(&parties) * d->segment_cumulative[workload->segment_count - 1]);
    const hst_scenario_segment *segment = &workload->segments[s];
    const uint32_t corridors = source->atlas->corridor_count;
    memset(one, 0, sizeof *one);
    one->number = number;
    one->segment = (uint8_t)segment->name;
    one->corridor = (uint16_t)pick(d->cumulative[s], corridors,
                                   hst_random_uniform(&parties) * d->cumulative[s][corridors - 1]);
    one->amount_micro_usd = draw_amount_micro_usd(segment, &amount);
    one->urgent = hst_random_uniform(&amount) * 1e9 < (double)segment->urgent_share_ppb ? 1 : 0;
    draw_price(d, one, &price);
    one->fee_micro_usd +=
        hst_share_ppb_half_even(one->amount_micro_usd, d->corridor_fee_ppb[one->corridor]);
    draw_agents(d, one, &parties);
    const uint16_t country = source->atlas->corridors[one->corridor].sender;
    one->submitted_ns = hst_profiles_draw_ns(&d->profiles, segment->profile, source->atlas, country,
                                             source->scenario->clock.origination_ns, &arrival);
    const uint16_t currency = source->atlas->countries[country].currency;
    const int64_t minor = hst_market_from_micro_usd(source->market, currency, one->amount_micro_usd,
                                                    one->submitted_ns);
    one->amount_minor = minor > 0 ? minor : 1;
}

static void draw_block(void *context, size_t index, unsigned thread)
{
    const drawer *d = context;
    (void)thread;
    const uint32_t first = (uint32_t)index * BLOCK;
    const uint32_t last = first + BLOCK < d->count ? first + BLOCK : d->count;
    for (uint32_t i = first; i < last; i++) {
        draw_one(d, i, &d->out[i]);
    }
}

static bool before(const hst_instruction *a, const hst_instruction *b)
{
    return a->submitted_ns != b->submitted_ns ? a->submitted_ns < b->submitted_ns
                                              : a->number < b->number;
}

/* Distribute into about as many time slots as instructions, then order each short slot. */
static hst_status
sort_by_time(const drawer *d, int64_t span_ns, hst_arena *arena, hst_instruction *sorted)
{
    const uint32_t slots = d->count;
    uint32_t *start = HST_ARENA_NEW(arena, uint32_t, (size_t)slots + 1);
    if (start == NULL) {
        return HST_NO_MEMORY;
    }
    const int64_t width_ns = span_ns / slots + 1;
    for (uint32_t i = 0; i < d->count; i++) {
        start[d->out[i].submitted_ns / width_ns + 1]++;
    }
    for (uint32_t s = 0; s < slots; s++) {
        start[s + 1] += start[s];
    }
    for (uint32_t i = 0; i < d->count; i++) {
        sorted[start[d->out[i].submitted_ns / width_ns]++] = d->out[i];
    }
    for (uint32_t i = 1; i < d->count; i++) {
        const hst_instruction moving = sorted[i];
        uint32_t at = i;
        while (at > 0 && before(&moving, &sorted[at - 1])) {
            sorted[at] = sorted[at - 1];
            at--;
        }
        sorted[at] = moving;
    }
    return HST_OK;
}

hst_status hst_workload_draw(const hst_workload_source *source,
                             uint32_t count,
                             unsigned threads,
                             hst_arena *arena,
                             hst_workload *workload,
                             hst_error *error)
{
    hst_assert(source != NULL && workload != NULL);
    hst_assert(count > 0);
    const hst_scenario *scenario = source->scenario;
    drawer d = {.source = source, .count = count};
    double total = 0;
    for (uint32_t s = 0; s < scenario->workload.segment_count; s++) {
        total += (double)scenario->workload.segments[s].share_ppb;
        d.segment_cumulative[s] = total;
    }
    uint16_t reference = 0;
    const bool summer = hst_atlas_country(source->atlas, "GB", &reference) == HST_OK &&
                        hst_zone_offset_s(source->atlas->countries[reference].zone,
                                          (int64_t)source->atlas->epoch_day * 86400) > 0;
    HST_TRY(hst_profiles_load(source->inputs, scenario->data.fx_intraday, summer, arena,
                              &d.profiles, error));
    HST_TRY(apply_overrides(&d, arena, error));
    d.out = HST_ARENA_NEW(arena, hst_instruction, count);
    hst_instruction *sorted = HST_ARENA_NEW(arena, hst_instruction, count);
    if (d.out == NULL || sorted == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for %u payments", count);
    }
    hst_parallel_for((count + BLOCK - 1) / BLOCK, threads, draw_block, &d);
    if (sort_by_time(&d, scenario->clock.origination_ns, arena, sorted) != HST_OK) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for %u payments", count);
    }
    workload->instructions = sorted;
    workload->count = count;
    return HST_OK;
}
