#include "sim/run/fx.h"

#include "core/base/assert.h"

#include "sim/run/summary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rules of one run, in the market's words. */
typedef struct rules {
    hst_market_jump_rule jumps[HST_SCENARIO_MARKET_RULES_MAX];
    hst_market_realignment_rule realignments[HST_SCENARIO_MARKET_RULES_MAX];
    hst_market_premium_rule premia[HST_SCENARIO_MARKET_RULES_MAX];
} rules;

static double ratio(int64_t ppb)
{
    return (double)ppb / (double)HST_SCENARIO_PPB;
}

/* Refuse what names neither one of `words` (NULL behind the last) nor a currency beside USD. */
static hst_status check_of(const hst_fx_plan *plan,
                           const char *list,
                           uint32_t index,
                           const char *of,
                           const char *const *words,
                           hst_error *error)
{
    char path[64];
    char text[80] = "";
    size_t length = 0;
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(of, words[i]) == 0) {
            return HST_OK;
        }
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", words[i],
                                   words[i + 1] != NULL ? ", " : " or ");
    }
    hst_currency currency = HST_CURRENCY_NONE;
    if (hst_currency_find(plan->currencies, of, strlen(of), &currency) == HST_OK &&
        strcmp(of, "USD") != 0) {
        return HST_OK;
    }
    (void)snprintf(path, sizeof path, "market.%s[%u].of", list, index);
    return hst_scenario_refuse(plan->source, error, path,
                               "expected %sor a currency of the tables other than USD, got '%s'",
                               text, of);
}

static hst_status
translate(const hst_fx_plan *plan, rules *out, hst_market_dynamics *dynamics, hst_error *error)
{
    static const char *const classes[] = {"major", "liquid", "emerging", "exotic", NULL};
    static const char *const pegs[] = {"pegs", NULL};
    static const char *const none[] = {NULL};
    const hst_scenario_market *m = &plan->scenario->market;
    for (uint32_t i = 0; i < m->jump_count; i++) {
        const hst_scenario_jumps *one = &m->jumps[i];
        HST_TRY(check_of(plan, "jumps", i, one->of, classes, error));
        out->jumps[i] = (hst_market_jump_rule){.per_year = one->per_year,
                                               .mean = ratio(one->mean_ppb),
                                               .sd = ratio(one->deviation_ppb)};
        memcpy(out->jumps[i].of, one->of, sizeof one->of);
    }
    for (uint32_t i = 0; i < m->realignment_count; i++) {
        const hst_scenario_realignment *one = &m->realignments[i];
        HST_TRY(check_of(plan, "realignments", i, one->of, pegs, error));
        out->realignments[i] =
            (hst_market_realignment_rule){.size = ratio(one->size_ppb),
                                          .yearly_chance = ratio(one->chance_ppb),
                                          .at_ns = one->at_ns};
        memcpy(out->realignments[i].of, one->of, sizeof one->of);
    }
    for (uint32_t i = 0; i < m->premium_count; i++) {
        const hst_scenario_premium *one = &m->premia[i];
        HST_TRY(check_of(plan, "premia", i, one->of, none, error));
        out->premia[i] = (hst_market_premium_rule){.mean = ratio(one->mean_ppb),
                                                   .sd = ratio(one->deviation_ppb),
                                                   .half_life_ns = one->half_life_ns,
                                                   .official = (hst_market_official)one->official};
        memcpy(out->premia[i].of, one->of, sizeof one->of);
    }
    *dynamics = (hst_market_dynamics){.jumps = out->jumps,
                                      .realignments = out->realignments,
                                      .premia = out->premia,
                                      .jump_count = m->jump_count,
                                      .realignment_count = m->realignment_count,
                                      .premium_count = m->premium_count,
                                      .spread = {.sd = m->spread.deviation,
                                                 .half_life_ns = m->spread.half_life_ns,
                                                 .volatility_loading = m->spread.volatility_loading,
                                                 .liquidity_loading = m->spread.liquidity_loading}};
    return HST_OK;
}

hst_status hst_fx_create(const hst_fx_plan *plan, hst_market **out, hst_error *error)
{
    const hst_scenario *s = plan->scenario;
    _Static_assert(sizeof plan->scenario->market.jumps[0].of ==
                       sizeof((hst_market_jump_rule *)0)->of,
                   "names are copied whole");
    rules *own = HST_ARENA_NEW(plan->scratch, rules, 1);
    if (own == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for the market's rules");
    }
    hst_market_config config;
    hst_market_config_defaults(&config);
    config.model =
        s->market.model == HST_MARKET_GARCH ? HST_MARKET_MODEL_GARCH : HST_MARKET_MODEL_REPLAY;
    config.date_days = s->clock.date_days;
    config.step_ns = s->market.step_ns;
    config.horizon_ns = s->clock.origination_ns + s->clock.drain_ns;
    config.seed = (uint64_t)s->seed;
    config.replication = (uint32_t)s->replication;
    config.half_spread_ppb[HST_MARKET_TIER_INTERBANK] = s->market.half_spread.interbank_ppb;
    config.half_spread_ppb[HST_MARKET_TIER_CORPORATE] = s->market.half_spread.corporate_ppb;
    config.half_spread_ppb[HST_MARKET_TIER_RETAIL] = s->market.half_spread.retail_ppb;
    config.currencies = s->data.currencies;
    config.weights = s->data.currency_weights;
    config.fx_daily = s->data.fx_daily;
    config.fx_annual = s->data.fx_annual;
    config.fx_garch = s->data.fx_garch;
    config.fx_correlation = s->data.fx_correlation;
    config.fx_intraday = s->data.fx_intraday;
    HST_TRY(translate(plan, own, &config.dynamics, error));
    return hst_market_create(&config, plan->currencies, plan->inputs, plan->arena, plan->scratch,
                             out, error);
}

hst_status hst_fx_set_up(hst_world *world, hst_arena *arena)
{
    const hst_scenario_market *m = &world->scenario->market;
    HST_TRY(hst_dealers_create(world->market, m->dealers.depth_micro_usd, m->dealers.half_life_ns,
                               arena, &world->dealers));
    world->routes.dealers = &world->dealers;
    if (m->quote_validity_ns > 0) {
        world->quoted_ppb =
            hst_arena_alloc(arena, (size_t)world->payment_count + 1, sizeof *world->quoted_ppb);
        return world->quoted_ppb != NULL ? HST_OK : HST_NO_MEMORY;
    }
    return HST_OK;
}

/* Largest inventory any currency's dealers have had, of their depth. */
static double largest_inventory(const hst_dealers *dealers)
{
    double largest = 0.0;
    const uint32_t count = hst_currency_count(hst_market_currencies(dealers->market));
    for (uint32_t c = 0; c < count; c++) {
        largest = fmax(largest, dealers->largest[c]);
    }
    return largest;
}

void hst_fx_add_metrics(const hst_world *world, hst_day_report *report)
{
    const hst_slip_sum nothing = {0};
    const hst_slip_sum *slips = world != NULL ? &world->slips : &nothing;
    const double late = slips->amount_micro_usd > 0 ? (double)slips->amount_micro_usd : 1.0;
    const struct {
        const char *name;
        const char *unit;
        double value;
        const char *description;
    } figures[] = {
        {"quotes_held", "conversions", (double)slips->held,
         "made at the price taken at submission"},
        {"quotes_late", "conversions", (double)slips->late,
         "made after the price had expired, at the price of then"},
        {"slippage", "bp", 1e4 * (double)slips->lost_micro_usd / late,
         "received less than at the expired price, net, over late payments' amounts"},
        {"slippage_size", "bp", 1e4 * (double)slips->moved_micro_usd / late,
         "the same without sign: how far prices had moved"},
        {"slippage_amount", "USD", (double)slips->lost_micro_usd * 1e-6,
         "received less than at the expired price, net, in all"},
        {"premium_conversions", "conversions", (double)slips->premium_payments,
         "that paid a parallel market's premium"},
        {"premium_amount", "USD", (double)slips->premium_micro_usd * 1e-6, "premia paid in all"},
        {"inventory_largest", "pct",
         world != NULL ? 100.0 * largest_inventory(&world->dealers) : 0.0,
         "largest inventory of a currency's dealers, of their depth"}};
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        hst_summary_add_metric(report, "fx", figures[i].name, figures[i].unit, figures[i].value,
                               figures[i].description);
    }
}
