#include "sim/market/premium.h"

#include "core/base/assert.h"
#include "core/base/random.h"

#include "sim/base/purpose.h"
#include "sim/market/ou.h"
#include "sim/market/rule.h"

#include <math.h>

/* Entities of the streams, beside those of spreads: a numeric code plus this. */
enum { PREMIUM_ENTITY = 1000 };

static void draw(const hst_market_premium_rule *rule,
                 const hst_market_config *config,
                 uint32_t step_count,
                 hst_random random,
                 uint32_t column,
                 hst_premia *premia)
{
    const hst_ou ou = hst_ou_make(rule->mean, rule->sd, rule->half_life_ns, config->step_ns);
    double p = ou.mean + ou.sd * hst_random_normal(&random);
    for (uint32_t step = 0; step < step_count; step++) {
        if (step > 0) {
            p = hst_ou_step(&ou, p, hst_random_normal(&random));
        }
        const double held = fmin(fmax(p, 0.0), HST_MARKET_PREMIUM_MAX);
        premia->cost_ppb[(size_t)step * premia->count + column] =
            (int64_t)(held / (1.0 + held) * (double)HST_PPB_ONE + 0.5);
    }
}

hst_status hst_premia_create(const hst_market_config *config,
                             const hst_market_data *data,
                             const hst_currency_table *currencies,
                             uint32_t step_count,
                             hst_arena *arena,
                             hst_premia **out,
                             hst_error *error)
{
    const hst_market_dynamics *dynamics = &config->dynamics;
    *out = NULL;
    if (dynamics->premium_count == 0) {
        return HST_OK;
    }
    hst_premia *premia = HST_ARENA_NEW(arena, hst_premia, 1);
    int64_t *costs = HST_ARENA_NEW(arena, int64_t, (size_t)step_count * dynamics->premium_count);
    if (premia == NULL || costs == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the market's premia");
    }
    *premia = (hst_premia){.count = dynamics->premium_count, .cost_ppb = costs};
    for (uint32_t r = 0; r < premia->count; r++) {
        const hst_market_premium_rule *rule = &dynamics->premia[r];
        hst_currency *currency = &premia->currency[r];
        HST_TRY(hst_rule_currency(data, currencies, rule->of, "premium", currency, error));
        premia->official[r] = rule->official;
        const uint64_t numeric = hst_currency_get(currencies, *currency)->numeric;
        draw(rule, config, step_count,
             hst_random_stream(config->seed, config->replication, PREMIUM_ENTITY + numeric,
                               HST_PURPOSE_SPREAD),
             r, premia);
    }
    *out = premia;
    return HST_OK;
}

static bool is_official(hst_market_official official, hst_market_tier tier)
{
    switch (official) {
    case HST_MARKET_OFFICIAL_NOBODY: return false;
    case HST_MARKET_OFFICIAL_BANKS: return tier == HST_MARKET_TIER_INTERBANK;
    case HST_MARKET_OFFICIAL_FIRMS: return tier != HST_MARKET_TIER_RETAIL;
    }
    hst_assert(false);
    return true;
}

int64_t hst_premia_cost_ppb(const hst_premia *premia,
                            uint32_t step,
                            hst_currency from,
                            hst_market_tier tier)
{
    /* The later of two rules for a currency counts. */
    for (uint32_t r = premia->count; r-- > 0;) {
        if (premia->currency[r] == from) {
            return is_official(premia->official[r], tier)
                       ? 0
                       : premia->cost_ppb[(size_t)step * premia->count + r];
        }
    }
    return 0;
}
