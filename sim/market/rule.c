#include "sim/market/rule.h"

#include <string.h>

bool hst_rule_names(const char *of, const char *word)
{
    return strcmp(of, word) == 0;
}

bool hst_rule_is_anchored(const hst_market_entry *entry)
{
    return entry->regime == HST_MARKET_REGIME_PEG || entry->regime == HST_MARKET_REGIME_BAND;
}

static bool within(double value, double least, double most)
{
    return value >= least && value <= most;
}

static hst_status check_jumps(const hst_market_config *config, hst_error *error)
{
    const hst_market_dynamics *dynamics = &config->dynamics;
    if (dynamics->jump_count > 0 && config->model != HST_MARKET_MODEL_GARCH) {
        return hst_error_set(error, HST_SCENARIO,
                             "market: jumps need drawn rates, published ones have theirs");
    }
    for (uint32_t r = 0; r < dynamics->jump_count; r++) {
        const hst_market_jump_rule *rule = &dynamics->jumps[r];
        if (!within(rule->per_year, 0.0, 10000.0) || !within(rule->mean, -0.5, 0.5) ||
            !within(rule->sd, 0.0, 0.5)) {
            return hst_error_set(error, HST_SCENARIO,
                                 "market: jumps of %s: expected 0 to 10000 a year, a mean of -0.5 "
                                 "to 0.5 and a deviation of 0 to 0.5",
                                 rule->of);
        }
    }
    return HST_OK;
}

static hst_status check_realignments(const hst_market_config *config, hst_error *error)
{
    const hst_market_dynamics *dynamics = &config->dynamics;
    for (uint32_t r = 0; r < dynamics->realignment_count; r++) {
        const hst_market_realignment_rule *rule = &dynamics->realignments[r];
        if (!within(rule->size, -0.9, 9.0) || !within(rule->yearly_chance, 0.0, 0.999999) ||
            rule->at_ns < 0 || (rule->yearly_chance > 0.0 && rule->at_ns > 0)) {
            return hst_error_set(error, HST_SCENARIO,
                                 "market: realignment of %s: expected a size of -0.9 to 9, and a "
                                 "time or a chance below 1",
                                 rule->of);
        }
        if (rule->yearly_chance > 0.0 && config->model != HST_MARKET_MODEL_GARCH) {
            return hst_error_set(error, HST_SCENARIO,
                                 "market: realignment of %s: a chance needs drawn rates, in a "
                                 "replay say when",
                                 rule->of);
        }
    }
    return HST_OK;
}

static hst_status check_premia(const hst_market_config *config, hst_error *error)
{
    const hst_market_dynamics *dynamics = &config->dynamics;
    for (uint32_t r = 0; r < dynamics->premium_count; r++) {
        const hst_market_premium_rule *rule = &dynamics->premia[r];
        if (!within(rule->mean, 0.0, HST_MARKET_PREMIUM_MAX) ||
            !within(rule->sd, 0.0, HST_MARKET_PREMIUM_MAX) || rule->half_life_ns <= 0 ||
            (unsigned)rule->official > HST_MARKET_OFFICIAL_FIRMS) {
            return hst_error_set(error, HST_SCENARIO,
                                 "market: premium of %s: expected mean and deviation of 0 to 80 "
                                 "%%, a half-life above 0 and a known channel",
                                 rule->of);
        }
    }
    return HST_OK;
}

hst_status hst_rules_check(const hst_market_config *config, hst_error *error)
{
    const hst_market_dynamics *dynamics = &config->dynamics;
    const hst_market_spread_rule *spread = &dynamics->spread;
    if (dynamics->jump_count > HST_MARKET_RULES_MAX ||
        dynamics->realignment_count > HST_MARKET_RULES_MAX ||
        dynamics->premium_count > HST_MARKET_RULES_MAX) {
        return hst_error_set(error, HST_SCENARIO, "market: more than %d rules of a kind",
                             HST_MARKET_RULES_MAX);
    }
    if (!within(spread->sd, 0.0, 2.0) || !within(spread->volatility_loading, 0.0, 4.0) ||
        !within(spread->liquidity_loading, 0.0, 4.0) || spread->half_life_ns <= 0) {
        return hst_error_set(error, HST_SCENARIO,
                             "market: spread: expected a deviation of 0 to 2, loadings of 0 to 4 "
                             "and a half-life above 0");
    }
    HST_TRY(check_jumps(config, error));
    HST_TRY(check_realignments(config, error));
    return check_premia(config, error);
}

hst_status hst_rule_currency(const hst_market_data *data,
                             const hst_currency_table *currencies,
                             const char *of,
                             const char *what,
                             hst_currency *out,
                             hst_error *error)
{
    if (hst_currency_find(currencies, of, strlen(of), out) != HST_OK || *out == data->usd) {
        return hst_error_set(error, HST_SCENARIO, "market: %s of %s: no such currency beside USD",
                             what, of);
    }
    return HST_OK;
}

static bool is_class(const char *of)
{
    for (int kind = 0; kind < HST_MARKET_CLASS_COUNT; kind++) {
        if (hst_rule_names(of, hst_market_class_text((hst_market_class)kind))) {
            return true;
        }
    }
    return false;
}

hst_status hst_rules_check_shifts(const hst_market_config *config,
                                  const hst_market_data *data,
                                  const hst_currency_table *currencies,
                                  hst_error *error)
{
    const hst_market_dynamics *dynamics = &config->dynamics;
    hst_currency currency = HST_CURRENCY_NONE;
    for (uint32_t r = 0; r < dynamics->jump_count; r++) {
        const char *of = dynamics->jumps[r].of;
        if (is_class(of)) {
            continue;
        }
        HST_TRY(hst_rule_currency(data, currencies, of, "jumps", &currency, error));
        if (hst_rule_is_anchored(&data->entries[currency])) {
            return hst_error_set(error, HST_SCENARIO,
                                 "market: jumps of %s: it is pegged, realign it instead", of);
        }
    }
    for (uint32_t r = 0; r < dynamics->realignment_count; r++) {
        const char *of = dynamics->realignments[r].of;
        if (!hst_rule_names(of, HST_RULE_PEGS)) {
            HST_TRY(hst_rule_currency(data, currencies, of, "realignment", &currency, error));
        }
    }
    return HST_OK;
}
