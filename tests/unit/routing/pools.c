#include "tests/unit/routing/pools.h"

#include <string.h>

__extension__ typedef __int128 wide;

/** Without the fixed charge. */
static int64_t gross(const pools *market, uint32_t edge, int64_t amount)
{
    const wide given = (wide)amount * (1000000 - market->fee_ppm[edge]) / 1000000;
    return (int64_t)((wide)market->sides[edge] * given / (market->sides[edge] + given));
}

int64_t pools_deliver(void *context, uint32_t edge, int64_t amount)
{
    const pools *market = context;
    const int64_t fixed = market->graph->edges[edge].fixed_micro_usd;
    const int64_t out = gross(market, edge, amount);
    return out > fixed ? out - fixed : 0;
}

int64_t lines_deliver(void *context, uint32_t edge, int64_t amount)
{
    const pools *market = context;
    const int64_t charge = hst_graph_edge_cost_micro_usd(&market->graph->edges[edge], amount);
    return amount > charge ? amount - charge : 0;
}

static double kept(const pools *market, uint32_t edge)
{
    return 1 - (double)market->fee_ppm[edge] / 1e6;
}

double pool_out(const pools *market, uint32_t edge, double amount)
{
    const double side = (double)market->sides[edge];
    const double given = amount * kept(market, edge);
    return side * given / (side + given);
}

double pool_slope(const pools *market, uint32_t edge, double amount)
{
    const double side = (double)market->sides[edge];
    const double share = side / (side + amount * kept(market, edge));
    return kept(market, edge) * share * share;
}

pools random_pools(const hst_graph *graph, hst_random *random, int64_t most)
{
    pools market;
    memset(&market, 0, sizeof market);
    hst_assert(graph->edge_count <= POOL_EDGE_MAX);
    market.graph = graph;
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        market.sides[e] = most / 20 + (int64_t)hst_random_below(random, (uint64_t)most);
        market.fee_ppm[e] = (int64_t)hst_random_below(random, 10000);
    }
    return market;
}

int64_t split_delivers(const pools *market, const hst_route_split *split)
{
    int64_t given[POOL_EDGE_MAX] = {0};
    int64_t sum = 0;
    for (uint32_t p = 0; p < split->part_count; p++) {
        int64_t arriving = split->parts[p].amount_micro_usd;
        for (uint32_t i = 0; i < split->parts[p].plan.hop_count; i++) {
            const uint32_t edge = split->parts[p].plan.edges[i];
            const int64_t before = given[edge];
            given[edge] += arriving;
            arriving = gross(market, edge, given[edge]) - gross(market, edge, before) -
                       market->graph->edges[edge].fixed_micro_usd;
            arriving = arriving > 0 ? arriving : 0;
        }
        sum += arriving;
    }
    return sum;
}
