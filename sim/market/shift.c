#include "sim/market/shift.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include "sim/base/number.h"
#include "sim/base/purpose.h"
#include "sim/market/rule.h"

#include <math.h>

/* Entities of the streams: a currency's numeric code (below 1000) plus one of these. A rule's place
 * tells the realignments of one currency apart. */
enum { JUMP_ENTITY = 2000, REALIGNMENT_ENTITY = 3000, RULE_STRIDE = 1000 };

static const double year_ns = 365.0 * (double)HST_DAY_NS;

static const int64_t mid_limit_e9 = INT64_MAX / 2;

static hst_random
stream_of(const hst_market_config *config, const hst_currency_table *currencies, uint32_t currency)
{
    const hst_currency_entry *entry = hst_currency_get(currencies, (hst_currency)currency);
    return hst_random_stream(config->seed, config->replication,
                             (uint64_t)JUMP_ENTITY + entry->numeric, HST_PURPOSE_FX);
}

/* The later of two rules for a currency counts, so rules are read backwards. */
static const hst_market_jump_rule *
jump_rule_of(const hst_market_config *config, const char *code, hst_market_class kind)
{
    for (uint32_t r = config->dynamics.jump_count; r-- > 0;) {
        const hst_market_jump_rule *rule = &config->dynamics.jumps[r];
        if (hst_rule_names(rule->of, code) ||
            hst_rule_names(rule->of, hst_market_class_text(kind))) {
            return rule;
        }
    }
    return NULL;
}

static void set_jumps(const hst_market_config *config,
                      const hst_market_data *data,
                      const hst_currency_table *currencies,
                      const hst_market_class *classes,
                      hst_shifts *shifts)
{
    for (uint32_t c = 0; c < data->count; c++) {
        const char *code = hst_currency_code(currencies, (hst_currency)c);
        const hst_market_jump_rule *rule = jump_rule_of(config, code, classes[c]);
        hst_jump law = {0.0, 0.0, 0.0};
        if (rule != NULL && c != data->usd && !hst_rule_is_anchored(&data->entries[c])) {
            law = (hst_jump){rule->per_year / HST_MARKET_TRADING_DAYS, rule->mean, rule->sd};
        }
        shifts->jumps[c] = hst_jumps_make(&law, stream_of(config, currencies, c));
    }
}

static void add_realignment(const hst_market_config *config,
                            const hst_currency_table *currencies,
                            uint32_t place,
                            uint32_t currency,
                            hst_shifts *shifts)
{
    const hst_market_realignment_rule *rule = &config->dynamics.realignments[place];
    const uint64_t entity = (uint64_t)REALIGNMENT_ENTITY + (uint64_t)RULE_STRIDE * place +
                            hst_currency_get(currencies, (hst_currency)currency)->numeric;
    const bool drawn = rule->yearly_chance > 0.0;
    hst_realignment *one = &shifts->realignments[shifts->realignment_count++];
    *one = (hst_realignment){.currency = (hst_currency)currency,
                             .step =
                                 drawn ? -1 : (rule->at_ns + config->step_ns - 1) / config->step_ns,
                             .log_size = hst_log(1.0 + rule->size)};
    if (drawn) {
        /* At least one in a year with that chance: 1 - exp(-intensity). */
        const hst_jump law = {-hst_log(1.0 - rule->yearly_chance), one->log_size, 0.0};
        one->drawn = hst_jumps_make(
            &law, hst_random_stream(config->seed, config->replication, entity, HST_PURPOSE_FX));
        one->drawn.drift = 0.0; /* a risk that is not paid for */
    }
}

static void set_realignments(const hst_market_config *config,
                             const hst_market_data *data,
                             const hst_currency_table *currencies,
                             hst_shifts *shifts)
{
    for (uint32_t r = 0; r < config->dynamics.realignment_count; r++) {
        const char *of = config->dynamics.realignments[r].of;
        for (uint32_t c = 0; c < data->count; c++) {
            const bool named = hst_rule_names(of, hst_currency_code(currencies, (hst_currency)c));
            const bool meant =
                hst_rule_names(of, HST_RULE_PEGS) && hst_rule_is_anchored(&data->entries[c]);
            if (named || meant) {
                add_realignment(config, currencies, r, c, shifts);
            }
        }
    }
}

hst_status hst_shifts_create(const hst_market_config *config,
                             const hst_market_data *data,
                             const hst_currency_table *currencies,
                             const hst_market_class *classes,
                             hst_arena *scratch,
                             hst_shifts **out,
                             hst_error *error)
{
    const hst_market_dynamics *dynamics = &config->dynamics;
    *out = NULL;
    HST_TRY(hst_rules_check_shifts(config, data, currencies, error));
    if (dynamics->jump_count == 0 && dynamics->realignment_count == 0) {
        return HST_OK;
    }
    hst_shifts *shifts = HST_ARENA_NEW(scratch, hst_shifts, 1);
    const size_t most = (size_t)dynamics->realignment_count * data->count;
    if (shifts == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the market's jumps");
    }
    shifts->count = data->count;
    shifts->step_years = (double)config->step_ns / year_ns;
    shifts->level = HST_ARENA_NEW(scratch, double, data->count);
    shifts->surprise = HST_ARENA_NEW(scratch, double, data->count);
    shifts->jumps = HST_ARENA_NEW(scratch, hst_jumps, data->count);
    shifts->realignments = HST_ARENA_NEW(scratch, hst_realignment, most + 1);
    if (shifts->level == NULL || shifts->surprise == NULL || shifts->jumps == NULL ||
        shifts->realignments == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the market's jumps");
    }
    set_jumps(config, data, currencies, classes, shifts);
    set_realignments(config, data, currencies, shifts);
    *out = shifts;
    return HST_OK;
}

void hst_shifts_step(hst_shifts *shifts, int64_t step, double moved)
{
    for (uint32_t c = 0; c < shifts->count; c++) {
        hst_jumps *jumps = &shifts->jumps[c];
        const double change = hst_jumps_step(jumps, moved);
        shifts->level[c] += change;
        shifts->surprise[c] = fabs(change - jumps->drift * moved);
    }
    for (uint32_t r = 0; r < shifts->realignment_count; r++) {
        hst_realignment *one = &shifts->realignments[r];
        double change = one->step == step ? one->log_size : 0.0;
        if (one->step < 0 && step > 0) {
            change = hst_jumps_step(&one->drawn, shifts->step_years);
        }
        shifts->level[one->currency] += change;
        shifts->surprise[one->currency] += fabs(change);
    }
}

int64_t hst_shifts_apply(const hst_shifts *shifts, hst_currency currency, int64_t mid_e9)
{
    const double level = shifts->level[currency];
    if (!(fabs(level) > 0.0)) {
        return mid_e9;
    }
    const double shifted = (double)mid_e9 * hst_exp(level) + 0.5;
    return shifted < (double)mid_limit_e9 ? (int64_t)shifted : mid_limit_e9;
}
