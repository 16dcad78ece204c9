#include "sim/bank/institution.h"

#include "core/base/assert.h"
#include "core/base/random.h"
#include "core/base/real.h"

#include "sim/base/purpose.h"

#include <stdio.h>
#include <string.h>

/* Partner currencies beside USD and EUR in which an ordinary bank keeps a nostro. */
enum { PARTNER_CURRENCIES = 2 };

/* Least share of payment traffic for a currency to have correspondents of its own. */
static const double hub_currency_share = 0.001;

/* And to be one that every hub holds. */
static const double main_currency_share = 0.01;

typedef struct builder {
    const hst_scenario *scenario;
    const hst_atlas *atlas;
    hst_institutions *out;
    hst_error *error;
    hst_random random;
    uint16_t usd, eur;
} builder;

const char *hst_institution_kind_text(hst_institution_kind kind)
{
    switch (kind) {
    case HST_INSTITUTION_BANK: return "bank";
    case HST_INSTITUTION_TRANSFER: return "transfer";
    case HST_INSTITUTION_TRANSFER_HUB: return "transfer_hub";
    case HST_INSTITUTION_KIND_COUNT: break;
    }
    return "unknown";
}

/* Counted banks to the scenario's exponent, between its bounds. */
static uint32_t banks_of(const builder *b, const hst_country *country)
{
    const hst_scenario_banks *banks = &b->scenario->banks;
    const double counted = country->bank_count > 0 ? (double)country->bank_count : 1;
    const double scaled = hst_exp(banks->scale * hst_log(counted)) / 4;
    if (scaled < (double)banks->per_country_min) {
        return (uint32_t)banks->per_country_min;
    }
    if (scaled > (double)banks->per_country_max) {
        return (uint32_t)banks->per_country_max;
    }
    return (uint32_t)scaled;
}

static hst_status add(builder *b, hst_institution_kind kind, uint16_t country, uint16_t rank)
{
    static const char *const tags[HST_INSTITUTION_KIND_COUNT] = {"BANK", "MTO", "MTOHUB"};
    if (b->out->count == HST_INSTITUTION_MAX) {
        return hst_error_set(b->error, HST_SCENARIO,
                             "banks: more than %d institutions (HST_INSTITUTION_MAX)",
                             HST_INSTITUTION_MAX);
    }
    hst_institution *one = &b->out->all[b->out->count++];
    const hst_country *where = &b->atlas->countries[country];
    *one = (hst_institution){.kind = kind,
                             .country = country,
                             .currency = where->currency,
                             .rank = rank,
                             .has_reserves =
                                 kind == HST_INSTITUTION_BANK && where->system != HST_NO_SYSTEM};
    (void)snprintf(one->name, sizeof one->name, "%s-%s-%02u", where->iso2, tags[kind],
                   (unsigned)rank);
    return HST_OK;
}

static hst_status add_countries(builder *b)
{
    hst_institutions *out = b->out;
    for (uint16_t k = 0; k < b->atlas->country_count; k++) {
        const uint32_t banks = banks_of(b, &b->atlas->countries[k]);
        out->country_first[k] = out->count;
        out->country_banks[k] = banks;
        for (uint32_t i = 1; i <= banks; i++) {
            HST_TRY(add(b, HST_INSTITUTION_BANK, k, (uint16_t)i));
        }
        for (uint32_t g = 1; g <= out->transfer_groups; g++) {
            HST_TRY(add(b, HST_INSTITUTION_TRANSFER, k, (uint16_t)g));
        }
    }
    const uint16_t home = b->atlas->currency_country[b->usd];
    for (uint32_t g = 1; g <= out->transfer_groups; g++) {
        HST_TRY(add(b, HST_INSTITUTION_TRANSFER_HUB, home, (uint16_t)g));
    }
    return HST_OK;
}

/* Size of a bank against all others: its country's banks, divided by its rank. */
static double size_of(const builder *b, uint32_t bank)
{
    const hst_institution *one = &b->out->all[bank];
    return (double)(1 + b->atlas->countries[one->country].bank_count) / one->rank;
}

/* The largest participants of a currency's own system become its hubs. */
static void choose_hubs(builder *b, uint16_t currency)
{
    hst_institutions *out = b->out;
    if (!(b->atlas->payment_share[currency] >= hub_currency_share)) {
        return;
    }
    uint32_t *hubs = &out->hubs[(size_t)currency * out->hub_max];
    while (out->hub_counts[currency] < out->hub_max) {
        uint32_t best = HST_NO_INSTITUTION;
        for (uint32_t i = 0; i < out->count; i++) {
            const hst_institution *one = &out->all[i];
            if (one->currency == currency && one->has_reserves && !one->is_hub &&
                (best == HST_NO_INSTITUTION || size_of(b, i) > size_of(b, best))) {
                best = i;
            }
        }
        if (best == HST_NO_INSTITUTION) {
            return;
        }
        out->all[best].is_hub = true;
        hubs[out->hub_counts[currency]++] = best;
    }
}

static hst_status add_relation(builder *b, uint32_t owner, uint32_t servicer, uint16_t currency)
{
    hst_institutions *out = b->out;
    hst_assert(owner != servicer);
    if (out->relation_count == HST_RELATION_MAX) {
        return hst_error_set(b->error, HST_SCENARIO,
                             "banks: more than %d accounts between banks (HST_RELATION_MAX)",
                             HST_RELATION_MAX);
    }
    out->relations[out->relation_count++] =
        (hst_relation){.owner = owner, .servicer = servicer, .currency = currency};
    out->all[owner].relation_count++;
    return HST_OK;
}

/* Draw `wanted` different hubs of a currency, the i-th with weight 1/i. */
static hst_status add_correspondents(builder *b, uint32_t owner, uint16_t currency, uint32_t wanted)
{
    hst_institutions *out = b->out;
    const uint32_t *hubs = &out->hubs[(size_t)currency * out->hub_max];
    const uint32_t count = out->hub_counts[currency];
    bool used[64] = {false};
    hst_assert(count <= 64);
    for (uint32_t i = 0; i < count; i++) {
        used[i] = hubs[i] == owner;
    }
    for (uint32_t n = 0; n < wanted; n++) {
        double total = 0;
        for (uint32_t i = 0; i < count; i++) {
            total += used[i] ? 0 : 1.0 / (i + 1);
        }
        if (!(total > 0)) {
            return HST_OK;
        }
        double at = hst_random_uniform(&b->random) * total;
        uint32_t chosen = count;
        for (uint32_t i = 0; i < count; i++) {
            if (used[i]) {
                continue;
            }
            chosen = i;
            at -= 1.0 / (i + 1);
            if (at < 0) {
                break;
            }
        }
        used[chosen] = true;
        HST_TRY(add_relation(b, owner, hubs[chosen], currency));
    }
    return HST_OK;
}

/* Partner currencies of a country by flow in both directions, largest first, those with hubs. */
static uint32_t partners(const builder *b, uint16_t country, uint16_t *out, uint32_t max)
{
    double flow[HST_CURRENCY_MAX] = {0};
    const hst_atlas *atlas = b->atlas;
    for (uint32_t i = 0; i < atlas->corridor_count; i++) {
        const hst_corridor *c = &atlas->corridors[i];
        if (c->sender == country) {
            flow[atlas->countries[c->receiver].currency] += c->flow_musd;
        } else if (c->receiver == country) {
            flow[atlas->countries[c->sender].currency] += c->flow_musd;
        }
    }
    const uint16_t home = atlas->countries[country].currency;
    uint32_t count = 0;
    while (count < max) {
        uint32_t best = HST_CURRENCY_MAX;
        for (uint32_t c = 0; c < hst_currency_count(atlas->currencies); c++) {
            if (c != home && c != b->usd && c != b->eur && flow[c] > 0 &&
                b->out->hub_counts[c] > 0 && (best == HST_CURRENCY_MAX || flow[c] > flow[best])) {
                best = c;
            }
        }
        if (best == HST_CURRENCY_MAX) {
            break;
        }
        flow[best] = 0;
        out[count++] = (uint16_t)best;
    }
    return count;
}

static hst_status connect_bank(builder *b, uint32_t bank)
{
    hst_institutions *out = b->out;
    const hst_institution *one = &out->all[bank];
    const uint32_t wanted = (uint32_t)b->scenario->banks.correspondents_per_bank;
    if (!one->has_reserves) {
        HST_TRY(add_correspondents(b, bank, one->currency, wanted));
    }
    if (one->is_hub) {
        for (uint16_t c = 0; c < (uint16_t)hst_currency_count(b->atlas->currencies); c++) {
            if (c != one->currency && b->atlas->payment_share[c] >= main_currency_share) {
                HST_TRY(add_correspondents(b, bank, c, 1));
            }
        }
        return HST_OK;
    }
    if (one->currency != b->usd) {
        HST_TRY(add_correspondents(b, bank, b->usd, wanted));
    }
    if (one->currency != b->eur) {
        HST_TRY(add_correspondents(b, bank, b->eur, 1));
    }
    uint16_t partner[PARTNER_CURRENCIES];
    const uint32_t count = partners(b, one->country, partner, PARTNER_CURRENCIES);
    for (uint32_t i = 0; i < count; i++) {
        HST_TRY(add_correspondents(b, bank, partner[i], 1));
    }
    return HST_OK;
}

static hst_status connect(builder *b)
{
    hst_institutions *out = b->out;
    const uint32_t first_house = out->count - out->transfer_groups;
    for (uint32_t i = 0; i < out->count; i++) {
        hst_institution *one = &out->all[i];
        one->first_relation = out->relation_count;
        switch (one->kind) {
        case HST_INSTITUTION_BANK: HST_TRY(connect_bank(b, i)); break;
        case HST_INSTITUTION_TRANSFER:
            HST_TRY(add_relation(b, i, first_house + one->rank - 1U, b->usd));
            break;
        case HST_INSTITUTION_TRANSFER_HUB:
        case HST_INSTITUTION_KIND_COUNT: break;
        }
    }
    return HST_OK;
}

hst_status hst_institutions_build(const hst_scenario *scenario,
                                  const hst_atlas *atlas,
                                  hst_arena *arena,
                                  hst_institutions *institutions,
                                  hst_error *error)
{
    hst_assert(scenario != NULL && atlas != NULL);
    hst_assert(arena != NULL && institutions != NULL);
    const uint32_t currencies = hst_currency_count(atlas->currencies);
    *institutions =
        (hst_institutions){.atlas = atlas,
                           .hub_max = (uint32_t)scenario->banks.hubs_per_currency,
                           .transfer_groups = (uint32_t)scenario->banks.transfer_groups,
                           .all = HST_ARENA_NEW(arena, hst_institution, HST_INSTITUTION_MAX),
                           .relations = HST_ARENA_NEW(arena, hst_relation, HST_RELATION_MAX),
                           .country_first = HST_ARENA_NEW(arena, uint32_t, atlas->country_count),
                           .country_banks = HST_ARENA_NEW(arena, uint32_t, atlas->country_count),
                           .hub_counts = HST_ARENA_NEW(arena, uint32_t, currencies)};
    institutions->hubs = HST_ARENA_NEW(arena, uint32_t, (size_t)currencies * institutions->hub_max);
    if (institutions->all == NULL || institutions->relations == NULL ||
        institutions->country_first == NULL || institutions->country_banks == NULL ||
        institutions->hub_counts == NULL || institutions->hubs == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for institutions");
    }
    builder b = {.scenario = scenario,
                 .atlas = atlas,
                 .out = institutions,
                 .error = error,
                 .random = hst_random_stream((uint64_t)scenario->seed,
                                             (uint32_t)scenario->replication, 0, HST_PURPOSE_BANK)};
    if (hst_currency_find(atlas->currencies, "USD", 3, &b.usd) != HST_OK ||
        hst_currency_find(atlas->currencies, "EUR", 3, &b.eur) != HST_OK) {
        return hst_error_set(error, HST_SCENARIO, "currencies: USD and EUR must be there");
    }
    HST_TRY(add_countries(&b));
    for (uint16_t c = 0; c < currencies; c++) {
        choose_hubs(&b, c);
    }
    return connect(&b);
}

uint32_t
hst_institutions_nostro(const hst_institutions *institutions, uint32_t owner, uint16_t currency)
{
    hst_assert(owner < institutions->count);
    const hst_institution *one = &institutions->all[owner];
    for (uint32_t i = 0; i < one->relation_count; i++) {
        if (institutions->relations[one->first_relation + i].currency == currency) {
            return one->first_relation + i;
        }
    }
    return HST_NO_INSTITUTION;
}
