#include "sim/market/triangle.h"

#include "core/base/assert.h"

#include "sim/market/market_internal.h"

#include <stdbool.h>

/* Prices of all ordered pairs. */
typedef struct price_table {
    hst_market_price price[HST_MARKET_MAIN_MAX][HST_MARKET_MAIN_MAX];
} price_table;

/* Whether a -> b -> c agrees with a -> c, at mid and in what it costs. */
static bool agrees(const price_table *table, uint32_t a, uint32_t b, uint32_t c)
{
    const hst_market_price *first = &table->price[a][b];
    const hst_market_price *second = &table->price[b][c];
    const hst_market_price *direct = &table->price[a][c];
    hst_rate round_about = {1, 1};
    if (hst_rate_cross(first->mid, second->mid, &round_about) != HST_OK ||
        hst_rate_compare(round_about, direct->mid) != 0) {
        return false;
    }
    const int64_t summed_ppb = first->half_spread_ppb + second->half_spread_ppb;
    return direct->half_spread_ppb >= 0 && direct->half_spread_ppb <= summed_ppb &&
           summed_ppb < HST_PPB_ONE;
}

/* Out and back between two currencies: the two mids are inverse, no spread is negative. */
static bool returns(const price_table *table, uint32_t a, uint32_t b)
{
    const hst_market_price *out = &table->price[a][b];
    const hst_market_price *back = &table->price[b][a];
    return hst_rate_compare(hst_rate_inverse(out->mid), back->mid) == 0 &&
           out->half_spread_ppb >= 0 && out->half_spread_ppb < HST_PPB_ONE;
}

static hst_status report(const hst_currency *currencies,
                         const uint32_t triple[3],
                         uint32_t checked,
                         hst_market_triangle *report_out)
{
    if (report_out != NULL) {
        *report_out = (hst_market_triangle){
            .currency = {currencies[triple[0]], currencies[triple[1]], currencies[triple[2]]},
            .checked = checked,
        };
    }
    return HST_MISMATCH;
}

hst_status hst_market_check_venue(hst_market_price_function price,
                                  const void *context,
                                  const hst_currency *currencies,
                                  uint32_t count,
                                  hst_market_triangle *report_out)
{
    hst_assert(price != NULL);
    hst_assert(count <= HST_MARKET_MAIN_MAX);
    price_table table;
    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = 0; b < count; b++) {
            if (a != b) {
                HST_TRY(price(context, currencies[a], currencies[b], &table.price[a][b]));
            }
        }
    }
    uint32_t checked = 0;
    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = a + 1; b < count; b++) {
            if (!returns(&table, a, b) || !returns(&table, b, a)) {
                return report(currencies, (const uint32_t[3]){a, b, a}, checked, report_out);
            }
        }
    }
    /* With inverse pairs, one way round at mid implies the other; costs are looked at both ways and
     * from each corner. */
    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = 0; b < count; b++) {
            for (uint32_t c = a + 1; c < count; c++) {
                if (b == a || b == c) {
                    continue;
                }
                if (!agrees(&table, a, b, c) || !agrees(&table, c, b, a)) {
                    return report(currencies, (const uint32_t[3]){a, b, c}, checked, report_out);
                }
                checked++;
            }
        }
    }
    if (report_out != NULL) {
        *report_out = (hst_market_triangle){
            .currency = {HST_CURRENCY_NONE, HST_CURRENCY_NONE, HST_CURRENCY_NONE},
            .checked = checked,
        };
    }
    return HST_OK;
}

/* A market at one time, as a venue. */
typedef struct moment {
    const hst_market *market;
    int64_t time_ns;
} moment;

static hst_status interbank_price(const void *context,
                                  hst_currency from,
                                  hst_currency to,
                                  hst_market_price *price_out)
{
    const moment *m = context;
    return hst_market_quote(m->market, from, to, HST_MARKET_TIER_INTERBANK, m->time_ns, price_out);
}

hst_status hst_market_check_triangles(const hst_market *market,
                                      int64_t time_ns,
                                      hst_market_triangle *report_out)
{
    hst_assert(market != NULL);
    const moment m = {market, time_ns};
    return hst_market_check_venue(interbank_price, &m, market->main, market->main_count,
                                  report_out);
}
