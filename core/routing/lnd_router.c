#include "core/routing/lnd_router.h"

#include "core/routing/lnd_apriori.h"
#include "core/routing/lnd_bimodal.h"
#include "core/routing/lnd_search.h"

#include <string.h>

/* LND's price of an attempt, used when the setup has none: 100 satoshi and 1000 ppm. */
#define ATTEMPT_MICRO_USD INT64_C(100000)
#define ATTEMPT_PPB       INT64_C(1000000)
#define CHANCE_MIN        0.01

/** A node's hops, counted for the query whose number is in `query`. */
typedef struct node_history {
    hst_lnd_apriori_node apriori;
    hst_lnd_bimodal_node bimodal;
    uint32_t query;
    bool seen; /* some hop of this node has a result */
} node_history;

typedef struct lnd_router {
    hst_router base;
    hst_lnd_search search;
    hst_lnd_distance distance;
    hst_lnd_apriori apriori;
    hst_lnd_bimodal bimodal;
    hst_lnd_result *results; /* by edge */
    node_history *nodes;     /* by node */
    const hst_route_view *view;
    const hst_route_query *query; /* being answered */
    uint32_t query_number;
    bool is_bimodal;
} lnd_router;

/** What the hop could hold at most, as far as is published; > 0. */
static int64_t capacity_of(const lnd_router *self, uint32_t edge)
{
    const int64_t limit = self->base.graph->edges[edge].limit_micro_usd;
    if (limit > 0) {
        return limit;
    }
    int64_t capacity = 2 * self->query->amount_micro_usd;
    if (self->view != NULL && self->view->facts != NULL &&
        self->view->facts[edge].usual_limit_micro_usd > capacity) {
        capacity = self->view->facts[edge].usual_limit_micro_usd;
    }
    return capacity > 0 ? capacity : 1;
}

/** The node's history for this query, counted at the first question. */
static const node_history *count_node(lnd_router *self, uint32_t node)
{
    node_history *history = &self->nodes[node];
    if (history->query == self->query_number) {
        return history;
    }
    memset(&history->apriori, 0, sizeof history->apriori);
    memset(&history->bimodal, 0, sizeof history->bimodal);
    history->query = self->query_number;
    if (!history->seen) {
        return history;
    }
    const hst_graph_row row = hst_graph_out(self->base.graph, node);
    for (uint32_t i = 0; i < row.count; i++) {
        const hst_lnd_result *result = &self->results[row.arcs[i].edge];
        if (!result->passed && !result->failed) {
            continue;
        }
        if (self->is_bimodal) {
            hst_lnd_bimodal_count(&self->bimodal, &history->bimodal, result, self->query->time_ns);
        } else {
            hst_lnd_apriori_count(&self->apriori, &history->apriori, result,
                                  self->query->amount_micro_usd, self->query->time_ns);
        }
    }
    return history;
}

static double chance_apriori(void *context, uint32_t edge)
{
    lnd_router *self = context;
    const hst_lnd_result *result = &self->results[edge];
    const uint32_t from = self->base.graph->edges[edge].from;
    const int64_t now = self->query->time_ns;
    if (from == self->query->source) {
        return hst_lnd_apriori_own_chance(&self->apriori, result, now);
    }
    const node_history *node = count_node(self, from);
    return hst_lnd_apriori_chance(&self->apriori, &node->apriori, result,
                                  self->query->amount_micro_usd, capacity_of(self, edge), now);
}

static double chance_bimodal(void *context, uint32_t edge)
{
    lnd_router *self = context;
    const hst_lnd_result *result = &self->results[edge];
    const uint32_t from = self->base.graph->edges[edge].from;
    const int64_t now = self->query->time_ns;
    if (from == self->query->source) {
        return hst_lnd_bimodal_own_chance(&self->bimodal, result, now);
    }
    double direct = 0;
    hst_ignore(hst_lnd_bimodal_direct(&self->bimodal, result, self->query->amount_micro_usd,
                                      capacity_of(self, edge), now, &direct));
    hst_lnd_bimodal_node own = {0};
    hst_lnd_bimodal_node others = count_node(self, from)->bimodal;
    hst_lnd_bimodal_count(&self->bimodal, &own, result, now);
    others.passed = others.passed > own.passed ? others.passed - own.passed : 0;
    others.failed = others.failed > own.failed ? others.failed - own.failed : 0;
    return hst_lnd_bimodal_mix(&self->bimodal, direct, &others, result, now);
}

static hst_status create(const hst_router_setup *setup,
                         const hst_router_kind *kind,
                         bool is_bimodal,
                         hst_router **router)
{
    lnd_router *self = HST_ARENA_NEW(setup->arena, lnd_router, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    const hst_graph *graph = setup->graph;
    const hst_route_prices *prices = &setup->prices;
    const bool priced = prices->failure_micro_usd > 0 || prices->failure_ppb > 0;
    self->base.kind = kind;
    self->base.graph = graph;
    self->view = setup->view;
    self->is_bimodal = is_bimodal;
    self->apriori = hst_lnd_apriori_defaults();
    self->bimodal = hst_lnd_bimodal_defaults();
    self->distance = (hst_lnd_distance){.attempt_micro_usd =
                                            priced ? prices->failure_micro_usd : ATTEMPT_MICRO_USD,
                                        .attempt_ppb = priced ? prices->failure_ppb : ATTEMPT_PPB,
                                        .delay_ppb_per_hour = prices->delay_ppb_per_hour,
                                        .chance_min = CHANCE_MIN};
    self->results = HST_ARENA_NEW(setup->arena, hst_lnd_result, graph->edge_count);
    self->nodes = HST_ARENA_NEW(setup->arena, node_history, graph->node_count);
    if ((graph->edge_count > 0 && self->results == NULL) ||
        (graph->node_count > 0 && self->nodes == NULL)) {
        return HST_NO_MEMORY;
    }
    *router = &self->base;
    return hst_lnd_search_init(&self->search, setup->arena, graph);
}

static hst_status create_apriori(const hst_router_setup *setup, hst_router **router)
{
    return create(setup, &hst_router_lnd_apriori, false, router);
}

static hst_status create_bimodal(const hst_router_setup *setup, hst_router **router)
{
    return create(setup, &hst_router_lnd_bimodal, true, router);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    lnd_router *self = (lnd_router *)router;
    if (++self->query_number == 0) { /* numbers ran out: forget which query counts are of */
        for (uint32_t v = 0; v < router->graph->node_count; v++) {
            self->nodes[v].query = 0;
        }
        self->query_number = 1;
    }
    self->query = query;
    const hst_status status =
        hst_lnd_search_run(&self->search, &self->distance, query,
                           self->is_bimodal ? chance_bimodal : chance_apriori, self, plan);
    self->query = NULL;
    return status;
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    lnd_router *self = (lnd_router *)router;
    for (size_t i = 0; i < count; i++) {
        const hst_hop_outcome *one = &outcomes[i];
        hst_lnd_result *result = &self->results[one->edge];
        const int64_t now = one->submitted_ns + one->delay_ns;
        self->nodes[router->graph->edges[one->edge].from].seen = true;
        if (one->result == HST_HOP_DONE) {
            hst_lnd_result_pass(result, one->amount_micro_usd, now);
        } else if (one->result == HST_HOP_NO_LIQUIDITY || one->result == HST_HOP_OVER_LIMIT) {
            hst_lnd_result_fail(result, one->amount_micro_usd, now);
        } else {
            /* Of no amount: as if the smallest had failed. LND writes 0, which its bimodal
             * estimator then takes for a contradiction with "0 passes" and forgets. */
            hst_lnd_result_fail(result, 1, now);
        }
    }
}

static uint32_t known_count(const lnd_router *self)
{
    uint32_t known = 0;
    for (uint32_t e = 0; e < self->base.graph->edge_count; e++) {
        known += self->results[e].passed || self->results[e].failed;
    }
    return known;
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const lnd_router *self = (const lnd_router *)router;
    hst_write_varint(writer, known_count(self));
    for (uint32_t e = 0; e < router->graph->edge_count; e++) {
        const hst_lnd_result *result = &self->results[e];
        if (!result->passed && !result->failed) {
            continue;
        }
        hst_write_varint(writer, e);
        hst_write_u8(writer, (uint8_t)((result->passed ? 1 : 0) | (result->failed ? 2 : 0)));
        hst_write_varint(writer, (uint64_t)result->passed_amount);
        hst_write_varint(writer, (uint64_t)result->passed_ns);
        hst_write_varint(writer, (uint64_t)result->failed_amount);
        hst_write_varint(writer, (uint64_t)result->failed_ns);
    }
    return hst_writer_status(writer);
}

/** Read one hop's record; false when feedback cannot have left it. */
static bool read_result(hst_reader *reader, hst_lnd_result *result)
{
    const uint8_t flags = hst_read_u8(reader);
    result->passed = (flags & 1) != 0;
    result->failed = (flags & 2) != 0;
    result->passed_amount = (int64_t)hst_read_varint(reader);
    result->passed_ns = (int64_t)hst_read_varint(reader);
    result->failed_amount = (int64_t)hst_read_varint(reader);
    result->failed_ns = (int64_t)hst_read_varint(reader);
    return flags >= 1 && flags <= 3 && result->passed_ns >= 0 && result->failed_ns >= 0 &&
           result->passed_amount >= 0 && result->passed_amount <= HST_ROUTE_AMOUNT_MAX_MICRO_USD &&
           result->failed_amount >= 0 &&
           result->failed_amount <= HST_ROUTE_AMOUNT_MAX_MICRO_USD + 1;
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    lnd_router *self = (lnd_router *)router;
    const hst_graph *graph = router->graph;
    const uint64_t known = hst_read_varint(reader);
    HST_TRY(hst_reader_status(reader));
    if (known > graph->edge_count) {
        return HST_CORRUPT;
    }
    if (graph->edge_count > 0) {
        memset(self->results, 0, graph->edge_count * sizeof self->results[0]);
    }
    for (uint32_t v = 0; v < graph->node_count; v++) {
        self->nodes[v].seen = false;
    }
    uint64_t least = 0; /* edges come in order */
    for (uint64_t i = 0; i < known; i++) {
        const uint64_t edge = hst_read_varint(reader);
        hst_lnd_result result = {0};
        const bool sane = read_result(reader, &result);
        HST_TRY(hst_reader_status(reader));
        if (!sane || edge < least || edge >= graph->edge_count) {
            return HST_CORRUPT;
        }
        self->results[edge] = result;
        self->nodes[graph->edges[edge].from].seen = true;
        least = edge + 1;
    }
    return HST_OK;
}

const hst_router_kind hst_router_lnd_apriori = {
    .name = "lnd-apriori",
    .code = "R5",
    .summary = "LND: fixed chance of a hop corrected by recent results, charge + attempt / chance",
    .information = "advertised, own outcomes",
    .create = create_apriori,
    .route = route,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};

const hst_router_kind hst_router_lnd_bimodal = {
    .name = "lnd-bimodal",
    .code = "R6",
    .summary = "LND: liquidity at either end of a hop, bounds that fade, charge + attempt / chance",
    .information = "advertised, own outcomes",
    .create = create_bimodal,
    .route = route,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};
