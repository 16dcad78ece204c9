#include "core/routing/lnd_search.h"

#include "core/routing/search_internal.h"

#include <string.h>

/* A heap's key: distance, then node. Weights of a hop stay below 2^92, so 20 of them and an attempt
 * below 2^97 leave room. */
enum { NODE_BITS = 17 };

#define NS_PER_HOUR 3600e9
#define REAL_MAX    0x1p96

hst_status hst_lnd_search_init(hst_lnd_search *search, hst_arena *arena, const hst_graph *graph)
{
    hst_assert(search != NULL && arena != NULL && graph != NULL && graph->frozen);
    memset(search, 0, sizeof *search);
    search->graph = graph;
    search->labels = HST_ARENA_NEW(arena, hst_lnd_label, graph->node_count);
    /* Each edge is relaxed once; the target, and four to keep a last group in range. */
    const uint32_t capacity = graph->edge_count + HEAP_ROOT + 5;
    search->heap.keys = HST_ARENA_NEW(arena, hst_weight, capacity);
    search->heap.nodes = HST_ARENA_NEW(arena, uint32_t, capacity);
    search->heap.capacity = capacity;
    const bool planned = (graph->node_count == 0 || search->labels != NULL) &&
                         search->heap.keys != NULL && search->heap.nodes != NULL;
    return planned ? HST_OK : HST_NO_MEMORY;
}

/** Whole femto-USD, rounded down as LND does. */
static hst_weight whole(double femto_usd)
{
    return femto_usd < REAL_MAX ? (hst_weight)femto_usd : (hst_weight)REAL_MAX;
}

hst_weight
hst_lnd_weight(const hst_lnd_distance *how, int64_t amount_micro_usd, const hst_graph_edge *edge)
{
    hst_assert(how != NULL && edge != NULL);
    const hst_weight charge = (hst_weight)(uint64_t)edge->fixed_micro_usd * HST_FEMTO_PER_MICRO +
                              (hst_weight)(uint64_t)amount_micro_usd * (uint64_t)edge->rate_ppb;
    if (how->delay_ppb_per_hour == 0) {
        return charge;
    }
    const double time = (double)amount_micro_usd * (double)how->delay_ppb_per_hour *
                        ((double)edge->delay_ns / NS_PER_HOUR);
    return charge + whole(time < 0x1p91 ? time : 0x1p91);
}

hst_weight hst_lnd_distance_of(const hst_lnd_distance *how,
                               int64_t amount_micro_usd,
                               hst_weight weight,
                               double chance)
{
    hst_assert(how != NULL && chance > 0);
    const double attempt = (double)how->attempt_micro_usd * (double)HST_FEMTO_PER_MICRO +
                           (double)amount_micro_usd * (double)how->attempt_ppb;
    return weight + whole(attempt / chance);
}

/** What one search asks everywhere. */
typedef struct ask {
    const hst_lnd_distance *how;
    const hst_route_query *query;
    hst_lnd_chance chance;
    void *self;
} ask;

static bool excluded(const hst_route_query *query, uint32_t edge)
{
    for (uint32_t i = 0; i < query->excluded_count; i++) {
        if (query->excluded_edges[i] == edge) {
            return true;
        }
    }
    return false;
}

static void push(hst_lnd_search *search, uint32_t node)
{
    heap_push(&search->heap, search->labels[node].distance << NODE_BITS | node, node);
}

/** Is the new label the better one? */
static bool better(const hst_lnd_search *search, const hst_lnd_label *label, uint32_t node)
{
    const hst_lnd_label *known = &search->labels[node];
    if (known->epoch != search->epoch) {
        return true;
    }
    return label->distance < known->distance ||
           (label->distance == known->distance && label->chance > known->chance);
}

/** Can a label of at least this distance still matter? Not beside a shorter one of its node, nor
 * behind the source's: that one settles first. */
static bool matters(const hst_lnd_search *search, hst_weight least, uint32_t node, uint32_t source)
{
    const hst_lnd_label *known = &search->labels[node];
    const hst_lnd_label *whole_path = &search->labels[source];
    return !(known->epoch == search->epoch && known->distance < least) &&
           !(whole_path->epoch == search->epoch && whole_path->distance < least);
}

/** Reach the tail of one arc through a settled head. */
static void
reach(hst_lnd_search *search, const ask *asked, const hst_lnd_label *head, const hst_graph_arc *arc)
{
    const int64_t amount = asked->query->amount_micro_usd;
    const uint32_t settled = search->labels[arc->node].settled;
    if (arc->ceiling_micro_usd < amount || settled == search->epoch ||
        excluded(asked->query, arc->edge)) {
        return;
    }
    const hst_weight weight = hst_lnd_weight(asked->how, amount, &search->graph->edges[arc->edge]);
    if (!matters(search, head->distance + weight, arc->node, asked->query->source)) {
        return; /* not even if it were sure to succeed: the estimator need not be asked */
    }
    hst_lnd_label label = {.weight = head->weight + weight,
                           .edge = arc->edge,
                           .hops = head->hops + 1,
                           .epoch = search->epoch,
                           .settled = settled};
    label.chance = head->chance * asked->chance(asked->self, arc->edge);
    if (!(label.chance >= asked->how->chance_min) || !(label.chance > 0)) {
        return;
    }
    label.distance = hst_lnd_distance_of(asked->how, amount, label.weight, label.chance);
    if (better(search, &label, arc->node)) {
        search->labels[arc->node] = label;
        push(search, arc->node);
    }
}

static void relax_tails(hst_lnd_search *search, const ask *asked, uint32_t node)
{
    const hst_lnd_label head = search->labels[node];
    const hst_graph_row row = hst_graph_in(search->graph, node);
    if (head.hops == search->graph->hop_limit) {
        return;
    }
    for (uint32_t i = 0; i < row.count; i++) {
        /* Tails that do not forward come last; one of them may be the source. */
        if (i < row.transit_count || row.arcs[i].node == asked->query->source) {
            reach(search, asked, &head, &row.arcs[i]);
        }
    }
}

static void begin(hst_lnd_search *search, const hst_lnd_distance *how, const hst_route_query *query)
{
    if (++search->epoch == 0) {
        memset(search->labels, 0, search->graph->node_count * sizeof search->labels[0]);
        search->epoch = 1;
    }
    search->heap.end = HEAP_ROOT;
    hst_lnd_label *target = &search->labels[query->target];
    *target = (hst_lnd_label){.chance = 1, .epoch = search->epoch, .settled = target->settled};
    target->distance = hst_lnd_distance_of(how, query->amount_micro_usd, 0, 1);
    push(search, query->target);
}

static void
write_plan(const hst_lnd_search *search, const hst_route_query *query, hst_route_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    for (uint32_t node = query->source; node != query->target;) {
        const uint32_t edge = search->labels[node].edge;
        hst_assert(plan->hop_count < HST_HOP_MAX);
        plan->edges[plan->hop_count++] = edge;
        node = search->graph->edges[edge].to;
    }
    hst_route_plan_price(search->graph, query->amount_micro_usd, plan);
}

hst_status hst_lnd_search_run(hst_lnd_search *search,
                              const hst_lnd_distance *how,
                              const hst_route_query *query,
                              hst_lnd_chance chance,
                              void *self,
                              hst_route_plan *plan)
{
    hst_assert(search != NULL && how != NULL && query != NULL && chance != NULL && plan != NULL);
    const ask asked = {how, query, chance, self};
    begin(search, how, query);
    while (!heap_empty(&search->heap)) {
        const uint32_t node = search->heap.nodes[HEAP_ROOT];
        heap_pop(&search->heap);
        hst_lnd_label *label = &search->labels[node];
        if (label->settled == search->epoch) {
            continue; /* a better label overtook this entry */
        }
        label->settled = search->epoch;
        if (node == query->source) {
            write_plan(search, query, plan);
            return HST_OK;
        }
        relax_tails(search, &asked, node);
    }
    return HST_NO_PATH;
}
