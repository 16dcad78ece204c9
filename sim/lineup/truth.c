/* Well specified, a logit in L = ln(amount / usual limit):
 *
 *   3.9 - 2.2 (risk - 1/2) + 1.6 (reliability - 1/2) - 2.5 max(L, 0) - 0.1 L - closed
 *   + 0.6 instant - 0.5 (risk * reliability - 1/4) - 0.3 [rate > 15 bp] + 0.2 ln(1 + fixed) / 3
 *   + the hop's own effect                                  - 3.5 once it is broken
 *
 * Hidden features: the same truth; facts are not published.
 * Mis-specified: steps instead of slopes (a cliff in the amount, bands of risk) and a bad hour.
 * Balance-dynamic: the hop pays when its balance covers the amount, and is up by the logit without
 * the amount. Adversarial: the well-specified truth, less 3.5 while under attack.
 */
#include "sim/lineup/truth.h"

#include "core/base/real.h"

#define HOUR         INT64_C(3600000000000)
#define DAY          (24 * HOUR)
#define OPEN_FOR     (11 * HOUR)
#define BROKEN_LOGIT 3.5

static int64_t opens_in_ns(const hst_lineup_world *world, uint32_t edge, int64_t time_ns)
{
    const hst_lineup_hop *hop = &world->hops[edge];
    const int64_t since = ((time_ns - hop->opens_ns) % DAY + DAY) % DAY;
    return hop->instant || since < OPEN_FOR ? 0 : DAY - since;
}

int64_t hst_lineup_opens_in_ns(void *world, uint32_t edge, int64_t time_ns)
{
    return opens_in_ns(world, edge, time_ns);
}

static double sigma(double logit)
{
    return 1 / (1 + hst_exp(-logit));
}

static bool broken(const hst_lineup_world *world, const hst_lineup_hop *hop, uint64_t payment)
{
    return hop->breaks && payment >= world->recipe.payments / 2;
}

/** Logit of everything but the amount. */
static double standing_logit(const hst_lineup_world *world,
                             const hst_route_query *query,
                             uint32_t edge,
                             const hst_lineup_hop *hop)
{
    const hst_graph_edge *record = &world->graph.edges[edge];
    const bool closed = opens_in_ns(world, edge, query->time_ns) > 0;
    const double fixed = (double)record->fixed_micro_usd * 1e-6;
    return 3.9 - 2.2 * (hop->risk - 0.5) + 1.6 * (hop->reliability - 0.5) - (closed ? 1.0 : 0) +
           (hop->instant ? 0.6 : 0) - 0.5 * (hop->risk * hop->reliability - 0.25) -
           (record->rate_ppb > 1500000 ? 0.3 : 0) + 0.2 * hst_log(1 + fixed) / 3 + hop->effect -
           (broken(world, hop, query->payment) ? BROKEN_LOGIT : 0);
}

static double amount_logit(const hst_lineup_hop *hop, double log_amount)
{
    const double load = log_amount - hop->log_limit;
    return -2.5 * (load > 0 ? load : 0) - 0.5 * load / 5;
}

/** Steps and hours: nothing a logistic model in the features can be. */
static double stepped(const hst_lineup_world *world,
                      const hst_route_query *query,
                      const hst_lineup_hop *hop,
                      double log_amount)
{
    const int64_t into_day = (query->time_ns - hop->opens_ns) % DAY;
    const int64_t hour = ((into_day + DAY) % DAY) / HOUR;
    double chance = 0.985;
    chance *= log_amount > hop->cliff ? 0.35 : 1;
    chance *= hop->risk > 0.8 ? 0.82 : hop->risk > 0.45 && hop->risk < 0.55 ? 0.9 : 1;
    chance *= hour == 5 || hour == 6 ? 0.7 : 1; /* maintenance in the middle of the day */
    chance *= hop->reliability < 0.15 ? 0.75 : 1;
    chance *= hop->effect < -1.2 ? 0.6 : 1;
    return broken(world, hop, query->payment) ? chance * 0.1 : chance;
}

double hst_lineup_chance(const hst_lineup_world *world, const hst_route_query *query, uint32_t edge)
{
    const hst_lineup_hop *hop = &world->hops[edge];
    const int64_t amount = query->amount_micro_usd > 0 ? query->amount_micro_usd : 1;
    const double log_amount = hst_log((double)amount);
    const double standing = standing_logit(world, query, edge, hop);
    switch (world->recipe.kind) {
    case HST_LINEUP_MIS_SPECIFIED: return stepped(world, query, hop, log_amount);
    case HST_LINEUP_BALANCE_DYNAMIC:
        return (double)amount <= hop->balance_micro_usd ? sigma(standing) : 0;
    case HST_LINEUP_ADVERSARIAL:
        return sigma(standing + amount_logit(hop, log_amount) -
                     (query->payment < hop->attacked_until ? BROKEN_LOGIT : 0));
    case HST_LINEUP_WELL_SPECIFIED:
    case HST_LINEUP_HIDDEN_FEATURES:
    case HST_LINEUP_ASSET_MARKET: /* has its own: sim/lineup/asset_market.h */
    case HST_LINEUP_KIND_COUNT: break;
    }
    return sigma(standing + amount_logit(hop, log_amount));
}
