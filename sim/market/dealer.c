#include "sim/market/dealer.h"

#include "core/base/assert.h"

#include "sim/market/market_internal.h"
#include "sim/market/ou.h"

#include <math.h>

hst_status hst_dealers_create(const hst_market *market,
                              int64_t depth_micro_usd,
                              int64_t half_life_ns,
                              hst_arena *arena,
                              hst_dealers *dealers)
{
    hst_assert(depth_micro_usd >= 0);
    hst_assert(half_life_ns > 0);
    const uint32_t count = market->currency_count;
    *dealers = (hst_dealers){.market = market,
                             .half_life_ns = half_life_ns,
                             .depth_micro_usd = HST_ARENA_NEW(arena, double, count),
                             .inventory = HST_ARENA_NEW(arena, double, count),
                             .at_ns = HST_ARENA_NEW(arena, int64_t, count),
                             .largest = HST_ARENA_NEW(arena, double, count)};
    if (dealers->depth_micro_usd == NULL || dealers->inventory == NULL || dealers->at_ns == NULL ||
        dealers->largest == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t c = 0; c < count; c++) {
        const int32_t milli = market->depth_milli[market->classes[c]];
        if (market->leg_ppb[c][HST_MARKET_TIER_INTERBANK] > 0) { /* USD has no quote of its own */
            dealers->depth_micro_usd[c] =
                (double)depth_micro_usd * 1000.0 / (double)(milli > 0 ? milli : 1000);
        }
    }
    return HST_OK;
}

static double inventory_at(const hst_dealers *dealers, hst_currency currency, int64_t time_ns)
{
    const int64_t passed_ns = time_ns - dealers->at_ns[currency];
    const double inventory = dealers->inventory[currency];
    return passed_ns > 0 ? inventory * hst_ou_keep(dealers->half_life_ns, passed_ns) : inventory;
}

double hst_dealers_lean(const hst_dealers *dealers, hst_currency currency, int64_t time_ns)
{
    hst_assert(currency < dealers->market->currency_count);
    const double depth = dealers->depth_micro_usd[currency];
    if (!(depth > 0.0)) {
        return 0.0;
    }
    const double share = inventory_at(dealers, currency, time_ns) / depth;
    return fmin(fmax(share, -1.0), 1.0);
}

int64_t hst_dealers_half_spread_ppb(const hst_dealers *dealers,
                                    hst_currency from,
                                    hst_currency to,
                                    hst_market_tier tier,
                                    int64_t time_ns)
{
    const hst_market *market = dealers->market;
    const int64_t standing_ppb = hst_market_half_spread_ppb(market, from, to, tier, time_ns);
    if (from == to) {
        return standing_ppb;
    }
    /* Towards zero, so that no leg becomes cheaper than mid. */
    const double leg_from = (double)hst_market_leg_ppb(market, from, tier, time_ns);
    const double leg_to = (double)hst_market_leg_ppb(market, to, tier, time_ns);
    const int64_t leaning_ppb = standing_ppb +
                                (int64_t)(leg_from * hst_dealers_lean(dealers, from, time_ns)) -
                                (int64_t)(leg_to * hst_dealers_lean(dealers, to, time_ns));
    return leaning_ppb < HST_PPB_ONE ? leaning_ppb : HST_PPB_ONE - 1;
}

static void add(hst_dealers *dealers, hst_currency currency, double micro_usd, int64_t time_ns)
{
    const double depth = dealers->depth_micro_usd[currency];
    double *inventory = &dealers->inventory[currency];
    *inventory = inventory_at(dealers, currency, time_ns) + micro_usd;
    if (time_ns > dealers->at_ns[currency]) {
        dealers->at_ns[currency] = time_ns;
    }
    if (depth > 0.0) {
        dealers->largest[currency] = fmax(dealers->largest[currency], fabs(*inventory) / depth);
    }
}

void hst_dealers_trade(
    hst_dealers *dealers, hst_currency from, hst_currency to, int64_t micro_usd, int64_t time_ns)
{
    hst_assert(from < dealers->market->currency_count);
    hst_assert(to < dealers->market->currency_count);
    add(dealers, from, (double)micro_usd, time_ns);
    add(dealers, to, -(double)micro_usd, time_ns);
}

/* Dealers at one time, as a venue. */
typedef struct moment {
    const hst_dealers *dealers;
    int64_t time_ns;
} moment;

static hst_status interbank_price(const void *context,
                                  hst_currency from,
                                  hst_currency to,
                                  hst_market_price *price_out)
{
    const moment *m = context;
    HST_TRY(hst_market_mid(m->dealers->market, from, to, m->time_ns, &price_out->mid));
    price_out->half_spread_ppb =
        hst_dealers_half_spread_ppb(m->dealers, from, to, HST_MARKET_TIER_INTERBANK, m->time_ns);
    return HST_OK;
}

hst_status hst_dealers_check_triangles(const hst_dealers *dealers,
                                       int64_t time_ns,
                                       hst_market_triangle *report_out)
{
    const moment m = {dealers, time_ns};
    return hst_market_check_venue(interbank_price, &m, dealers->market->main,
                                  dealers->market->main_count, report_out);
}
