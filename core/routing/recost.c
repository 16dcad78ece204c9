#include "core/routing/recost.h"

__extension__ typedef __int128 wide;

const char *hst_plan_fault_text(hst_plan_fault fault)
{
    static const char *const texts[HST_PLAN_FAULT_COUNT] = {
        "sound",
        "more hops than allowed",
        "unknown edge",
        "does not lead from source to target",
        "hops do not join",
        "a node occurs twice",
        "passes through a node that does not forward",
        "uses a disabled hop",
        "amount above a hop's limit",
        "uses an excluded hop",
        "cost is not that of its hops",
        "delay is not that of its hops",
        "fx hops miscounted",
    };
    hst_assert(fault >= HST_PLAN_SOUND);
    hst_assert(fault < HST_PLAN_FAULT_COUNT);
    return texts[fault];
}

int64_t hst_plan_recost_micro_usd(const hst_graph *graph,
                                  int64_t amount_micro_usd,
                                  const uint32_t *edges,
                                  uint32_t edge_count)
{
    hst_assert(graph != NULL);
    hst_assert(amount_micro_usd >= 0);
    const int64_t billion = HST_CHARGE_RATE_MAX_PPB;
    int64_t whole = 0;     /* micro-USD */
    int64_t remainder = 0; /* billionths of a micro-USD */
    for (uint32_t i = 0; i < edge_count; i++) {
        const hst_graph_edge *edge = hst_graph_edge_at(graph, edges[i]);
        const wide product = (wide)amount_micro_usd * edge->rate_ppb;
        whole += edge->fixed_micro_usd + (int64_t)(product / billion);
        remainder += (int64_t)(product % billion);
    }
    return whole + remainder / billion;
}

/** Faults of the shape: ends, joints, repeated nodes. */
static hst_plan_fault
check_shape(const hst_graph *graph, const hst_route_query *query, const hst_route_plan *plan)
{
    if (plan->hop_count > graph->hop_limit) {
        return HST_PLAN_TOO_LONG;
    }
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        if (plan->edges[i] >= graph->edge_count) {
            return HST_PLAN_UNKNOWN_EDGE;
        }
    }
    if (plan->hop_count == 0) {
        return query->source == query->target ? HST_PLAN_SOUND : HST_PLAN_WRONG_ENDS;
    }
    if (graph->edges[plan->edges[0]].from != query->source ||
        graph->edges[plan->edges[plan->hop_count - 1]].to != query->target) {
        return HST_PLAN_WRONG_ENDS;
    }
    for (uint32_t i = 1; i < plan->hop_count; i++) {
        if (graph->edges[plan->edges[i]].from != graph->edges[plan->edges[i - 1]].to) {
            return HST_PLAN_BROKEN;
        }
    }
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        const uint32_t reached = graph->edges[plan->edges[i]].to;
        for (uint32_t j = 0; j <= i; j++) {
            if (graph->edges[plan->edges[j]].from == reached) {
                return HST_PLAN_REVISITS;
            }
        }
    }
    return HST_PLAN_SOUND;
}

/** Faults of permission: who forwards, what is open. */
static hst_plan_fault
check_permission(const hst_graph *graph, const hst_route_query *query, const hst_route_plan *plan)
{
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        const hst_graph_edge *edge = &graph->edges[plan->edges[i]];
        const bool inner = i + 1 < plan->hop_count;
        if (inner && (graph->nodes[edge->to].flags & HST_NODE_TRANSIT) == 0) {
            return HST_PLAN_NO_TRANSIT;
        }
        if (!edge->enabled) {
            return HST_PLAN_CLOSED_EDGE;
        }
        if (edge->limit_micro_usd != 0 && query->amount_micro_usd > edge->limit_micro_usd) {
            return HST_PLAN_OVER_LIMIT;
        }
        for (uint32_t j = 0; j < query->excluded_count; j++) {
            if (query->excluded_edges[j] == plan->edges[i]) {
                return HST_PLAN_EXCLUDED_EDGE;
            }
        }
    }
    return HST_PLAN_SOUND;
}

/** Faults of the figures. */
static hst_plan_fault
check_figures(const hst_graph *graph, const hst_route_query *query, const hst_route_plan *plan)
{
    int64_t delay_ns = 0;
    uint32_t fx_hops = 0;
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        const hst_graph_edge *edge = &graph->edges[plan->edges[i]];
        delay_ns += edge->delay_ns;
        fx_hops += graph->nodes[edge->from].currency != graph->nodes[edge->to].currency;
    }
    if (plan->cost_micro_usd !=
        hst_plan_recost_micro_usd(graph, query->amount_micro_usd, plan->edges, plan->hop_count)) {
        return HST_PLAN_WRONG_COST;
    }
    if (plan->delay_ns != delay_ns) {
        return HST_PLAN_WRONG_DELAY;
    }
    return plan->fx_hops == fx_hops ? HST_PLAN_SOUND : HST_PLAN_WRONG_FX_HOPS;
}

hst_plan_fault
hst_plan_check(const hst_graph *graph, const hst_route_query *query, const hst_route_plan *plan)
{
    hst_assert(graph != NULL);
    hst_assert(query != NULL);
    hst_assert(plan != NULL);
    hst_plan_fault fault = check_shape(graph, query, plan);
    if (fault == HST_PLAN_SOUND) {
        fault = check_permission(graph, query, plan);
    }
    if (fault == HST_PLAN_SOUND) {
        fault = check_figures(graph, query, plan);
    }
    return fault;
}
