#include "core/routing/pickhardt_richter.h"

#include "core/routing/bidirectional.h"
#include "core/routing/mcf.h"
#include "core/routing/uncertainty.h"

#include <string.h>

#define MU_MAX             100
#define MU_STEP            10
#define MEDIAN_MIN         0.001
#define NS_PER_HOUR        3600e9
#define BUDGET_SHARE       100
#define BUDGET_MICRO_USD   INT64_C(5000)
#define ONE_PATH_MICRO_USD INT64_C(1000000)
#define PATHS_EXPECTED     10 /* fixed charges are spread as if a path took a tenth */

/** A hop for the query being answered. */
typedef struct hop {
    hst_pieces pieces; /* none when the query may not use it */
    double charge_ppb; /* of a unit */
    int64_t used;      /* units taken by parts */
} hop;

typedef struct pickhardt_richter {
    hst_router base;
    hst_search search;
    hst_mcf mcf;
    hst_route_prices prices;
    const hst_route_view *view;
    hst_bounds *bounds;    /* by edge */
    hop *hops;             /* by edge */
    double *sample;        /* edge_count places, for medians */
    hst_route_split trial; /* of one mu */
    int64_t unit;          /* micro-USD */
    int64_t units;         /* of the payment */
    int64_t asked;         /* units of the path being searched for */
    double k;              /* charge against uncertainty */
    double mu;
} pickhardt_richter;

/** What the hop could hold at most, as far as is published or was tried; > 0. */
static int64_t
capacity_of(const pickhardt_richter *self, const hst_route_query *query, uint32_t edge)
{
    const int64_t limit = self->base.graph->edges[edge].limit_micro_usd;
    if (limit > 0) {
        return limit;
    }
    const hst_bounds *bounds = &self->bounds[edge];
    int64_t known =
        query->amount_micro_usd > bounds->lower ? query->amount_micro_usd : bounds->lower;
    int64_t capacity = known > 0 ? 2 * known : 1;
    if (self->view != NULL && self->view->facts != NULL &&
        self->view->facts[edge].usual_limit_micro_usd > capacity) {
        capacity = self->view->facts[edge].usual_limit_micro_usd;
    }
    return capacity;
}

/** May a part of this payment use the hop? */
static bool
usable(const pickhardt_richter *self, const hst_route_query *query, const hst_graph_edge *edge)
{
    const hst_graph *graph = self->base.graph;
    return edge->enabled && edge->to != query->source && edge->from != query->target &&
           (edge->from == query->source || hst_graph_transits(graph, edge->from)) &&
           (edge->to == query->target || hst_graph_transits(graph, edge->to));
}

/** Fill a hop for the query; `paths` as PATHS_EXPECTED, or 1. */
static void
look_at(pickhardt_richter *self, const hst_route_query *query, uint32_t edge, double paths)
{
    const hst_graph_edge *record = &self->base.graph->edges[edge];
    hop *one = &self->hops[edge];
    const int64_t capacity = capacity_of(self, query, edge);
    int64_t lower = 0;
    int64_t upper = 0;
    hst_bounds_at(&self->bounds[edge], capacity, query->time_ns, &lower, &upper);
    one->pieces = hst_pieces_of(lower, upper, query->amount_micro_usd, self->unit);
    one->used = 0;
    if (!usable(self, query, record)) {
        memset(&one->pieces, 0, sizeof one->pieces);
    }
    const double amount = query->amount_micro_usd > 0 ? (double)query->amount_micro_usd : 1;
    const double hours = (double)record->delay_ns / NS_PER_HOUR;
    one->charge_ppb = (double)record->rate_ppb +
                      (double)record->fixed_micro_usd * 1e9 * paths / amount +
                      hours * ((double)self->prices.delay_ppb_per_hour +
                               (double)self->prices.delay_micro_usd_per_hour * 1e9 / amount);
}

/** The value that would be number count / 2 in order; moves the values. Hoare, 1961. */
static double median(double *values, uint32_t count)
{
    uint32_t low = 0;
    uint32_t high = count; /* the median is in [low, high) */
    while (high - low > 1) {
        const double pivot = values[low + (high - low) / 2];
        uint32_t i = low; /* [low, i) below, [i, j) equal, [k, high) above the pivot */
        uint32_t j = low;
        uint32_t k = high;
        while (j < k) {
            const double value = values[j];
            if (value < pivot) {
                values[j++] = values[i];
                values[i++] = value;
            } else if (value > pivot) {
                values[j] = values[--k];
                values[k] = value;
            } else {
                j++;
            }
        }
        if (count / 2 < i) {
            high = i;
        } else if (count / 2 >= j) {
            low = j;
        } else {
            return pivot;
        }
    }
    return values[low];
}

/** Start a query: every hop's pieces and charge, and the factor between the two. */
static void begin(pickhardt_richter *self, const hst_route_query *query, double paths)
{
    const uint32_t edges = self->base.graph->edge_count;
    const int64_t amount = query->amount_micro_usd;
    self->unit = hst_pay_unit(amount);
    self->units = hst_pay_units(amount, self->unit);
    for (uint32_t e = 0; e < edges; e++) {
        look_at(self, query, e, paths);
    }
    for (uint32_t i = 0; i < query->excluded_count; i++) {
        if (query->excluded_edges[i] < edges) {
            memset(&self->hops[query->excluded_edges[i]].pieces, 0, sizeof(hst_pieces));
        }
    }
    double medians[2] = {0, 0};
    for (uint32_t which = 0; which < 2; which++) {
        uint32_t count = 0;
        for (uint32_t e = 0; e < edges; e++) {
            const hop *one = &self->hops[e];
            if (hst_pieces_capacity(&one->pieces) > 0) {
                self->sample[count++] =
                    which == 0 ? one->charge_ppb : one->pieces.scale * hst_piece_slope(1);
            }
        }
        medians[which] = count > 0 ? median(self->sample, count) : 0;
    }
    self->k = medians[0] < MEDIAN_MIN || medians[1] < MEDIAN_MIN ? 1 : medians[0] / medians[1];
}

/** A cost as a whole number, at most `most`. */
static double rounded(double cost, double most)
{
    return cost < most ? cost + 0.5 : most;
}

static hst_weight weigh(void *context, uint32_t edge)
{
    const pickhardt_richter *self = context;
    const hop *one = &self->hops[edge];
    if (one->used + self->asked > hst_pieces_capacity(&one->pieces)) {
        return HST_WEIGHT_CLOSED;
    }
    const double risk = hst_pieces_cost(&one->pieces, one->used, self->asked);
    const double cost =
        self->mu * one->charge_ppb * (double)self->asked + (MU_MAX - self->mu) * self->k * risk;
    return (hst_weight)rounded(cost, 0x1p90);
}

/** The cheapest path for `units` more over what the hops have left, as a plan for `amount`. */
static hst_status search_path(pickhardt_richter *self,
                              const hst_route_query *query,
                              int64_t units,
                              int64_t amount,
                              hst_route_plan *plan)
{
    const hst_search_query asked = {.source = query->source,
                                    .target = query->target,
                                    .amount_micro_usd = amount,
                                    .order = HST_ORDER_WEIGHED,
                                    .hop_count_max = self->base.graph->hop_limit,
                                    .excluded_count = query->excluded_count,
                                    .excluded_edges = query->excluded_edges,
                                    .weigh = weigh,
                                    .weigh_context = self};
    hst_search_path path;
    self->asked = units;
    HST_TRY(hst_bidirectional(&self->search, &asked, &path));
    memset(plan, 0, sizeof *plan);
    memcpy(plan->edges, path.edges, path.hop_count * sizeof path.edges[0]);
    plan->hop_count = path.hop_count;
    hst_route_plan_price(self->base.graph, amount, plan);
    return HST_OK;
}

static int64_t budget(const hst_route_query *query)
{
    const int64_t share = query->amount_micro_usd / BUDGET_SHARE;
    return share > BUDGET_MICRO_USD ? share : BUDGET_MICRO_USD;
}

/** The next mu of 1, 10, 20 ... 100, and then one above. */
static int next_mu(int mu)
{
    return mu == 1 ? MU_STEP : mu + MU_STEP;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    pickhardt_richter *self = (pickhardt_richter *)router;
    begin(self, query, 1);
    for (int mu = 1; mu <= MU_MAX; mu = next_mu(mu)) {
        self->mu = mu;
        HST_TRY(search_path(self, query, self->units, query->amount_micro_usd, plan));
        if (plan->cost_micro_usd <= budget(query)) {
            break;
        }
    }
    return HST_OK;
}

/** Give the flow its arcs for this mu. */
static void set_arcs(pickhardt_richter *self)
{
    const double most = 0x1p43;
    for (uint32_t e = 0; e < self->base.graph->edge_count; e++) {
        const hop *one = &self->hops[e];
        const double charge = rounded(self->mu * one->charge_ppb, most);
        for (uint32_t i = 0; i < HST_PIECES; i++) {
            const double risk =
                (MU_MAX - self->mu) * self->k * hst_piece_slope(i) * one->pieces.scale;
            const int64_t cost = (int64_t)charge + (int64_t)rounded(risk, most);
            hst_mcf_set_arc(&self->mcf, e * HST_PIECES + i, one->pieces.capacity[i], cost);
        }
    }
}

static void mark_used(pickhardt_richter *self, const hst_route_plan *plan, int64_t units)
{
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        self->hops[plan->edges[i]].used += units;
    }
}

/** One part by a search for the units whose paths are too long. */
static hst_status
shorten(pickhardt_richter *self, const hst_route_query *query, int64_t units, hst_route_part *part)
{
    const int64_t amount = units * self->unit;
    const int64_t most = query->amount_micro_usd;
    part->amount_micro_usd = amount;
    return search_path(self, query, units, amount < most ? amount : most, &part->plan);
}

/** The flow as parts in whole units. HST_NO_PATH when they are too many or too long. */
static hst_status take_parts(pickhardt_richter *self, const hst_route_query *query)
{
    hst_route_split *trial = &self->trial;
    int64_t too_long = 0;
    hst_mcf_path path;
    memset(trial, 0, sizeof *trial);
    while (hst_mcf_take_path(&self->mcf, &path) == HST_OK) {
        if (path.hop_count > self->base.graph->hop_limit) {
            too_long += path.flow;
            continue;
        }
        if (trial->part_count == HST_ROUTE_PART_MAX) {
            return HST_NO_PATH;
        }
        hst_route_part *part = &trial->parts[trial->part_count++];
        memcpy(part->plan.edges, path.hops, path.hop_count * sizeof path.hops[0]);
        part->plan.hop_count = path.hop_count;
        part->amount_micro_usd = path.flow * self->unit;
    }
    if (too_long == 0) {
        return HST_OK;
    }
    if (trial->part_count == HST_ROUTE_PART_MAX) {
        return HST_NO_PATH;
    }
    for (uint32_t i = 0; i < trial->part_count; i++) {
        const hst_route_part *part = &trial->parts[i];
        mark_used(self, &part->plan, part->amount_micro_usd / self->unit);
    }
    const hst_status status = shorten(self, query, too_long, &trial->parts[trial->part_count]);
    for (uint32_t i = 0; i < trial->part_count; i++) {
        const hst_route_part *part = &trial->parts[i];
        mark_used(self, &part->plan, -(part->amount_micro_usd / self->unit));
    }
    trial->part_count += status == HST_OK;
    return status;
}

/** The last unit may be a fraction: the first part, which has at least one, is that much less. All
 * parts' charges together. */
static int64_t price_parts(pickhardt_richter *self, const hst_route_query *query)
{
    hst_route_split *trial = &self->trial;
    int64_t cost = 0;
    trial->parts[0].amount_micro_usd -= self->units * self->unit - query->amount_micro_usd;
    for (uint32_t i = 0; i < trial->part_count; i++) {
        hst_route_part *part = &trial->parts[i];
        hst_route_plan_price(self->base.graph, part->amount_micro_usd, &part->plan);
        cost += part->plan.cost_micro_usd;
    }
    return cost;
}

static hst_status
one_path(pickhardt_richter *self, const hst_route_query *query, hst_route_split *split)
{
    hst_route_part part = {.amount_micro_usd = query->amount_micro_usd};
    HST_TRY(route(&self->base, query, &part.plan));
    split->parts[0] = part;
    split->part_count = 1;
    split->probes = 0;
    return HST_OK;
}

static hst_status split(hst_router *router, const hst_route_query *query, hst_route_split *answer)
{
    pickhardt_richter *self = (pickhardt_richter *)router;
    if (query->source == query->target || query->amount_micro_usd <= ONE_PATH_MICRO_USD) {
        return one_path(self, query, answer);
    }
    bool found = false;
    begin(self, query, PATHS_EXPECTED);
    for (int mu = 1; mu <= MU_MAX; mu = next_mu(mu)) {
        self->mu = mu;
        set_arcs(self);
        HST_TRY(hst_mcf_solve(&self->mcf, query->source, query->target, self->units));
        if (take_parts(self, query) != HST_OK) {
            continue;
        }
        const bool fits = price_parts(self, query) <= budget(query);
        *answer = self->trial;
        found = true;
        if (fits) {
            break;
        }
    }
    return found ? HST_OK : one_path(self, query, answer);
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    pickhardt_richter *self = (pickhardt_richter *)router;
    for (size_t i = 0; i < count; i++) {
        const hst_hop_outcome *one = &outcomes[i];
        const int64_t now = one->submitted_ns + one->delay_ns;
        hst_bounds *bounds = &self->bounds[one->edge];
        const int64_t amount = one->amount_micro_usd;
        if (one->result == HST_HOP_DONE) {
            hst_bounds_pass(bounds, amount, now);
        } else if (one->result == HST_HOP_NO_LIQUIDITY || one->result == HST_HOP_OVER_LIMIT) {
            hst_bounds_fail(bounds, amount > 0 ? amount : 1, now);
        } else {
            hst_bounds_fail(bounds, 1, now); /* of no amount: as if the smallest had failed */
        }
    }
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const pickhardt_richter *self = (const pickhardt_richter *)router;
    uint32_t known = 0;
    for (uint32_t e = 0; e < router->graph->edge_count; e++) {
        known += self->bounds[e].has_lower || self->bounds[e].has_upper;
    }
    hst_write_varint(writer, known);
    for (uint32_t e = 0; e < router->graph->edge_count; e++) {
        const hst_bounds *bounds = &self->bounds[e];
        if (!bounds->has_lower && !bounds->has_upper) {
            continue;
        }
        hst_write_varint(writer, e);
        hst_write_u8(writer, (uint8_t)((bounds->has_lower ? 1 : 0) | (bounds->has_upper ? 2 : 0)));
        hst_write_varint(writer, (uint64_t)bounds->lower);
        hst_write_varint(writer, (uint64_t)bounds->upper);
        hst_write_varint(writer, (uint64_t)bounds->lower_ns);
        hst_write_varint(writer, (uint64_t)bounds->upper_ns);
    }
    return hst_writer_status(writer);
}

/** Read one hop's record; false when feedback cannot have left it. */
static bool read_bounds(hst_reader *reader, hst_bounds *bounds)
{
    const int64_t most = HST_ROUTE_AMOUNT_MAX_MICRO_USD;
    const uint8_t flags = hst_read_u8(reader);
    bounds->has_lower = (flags & 1) != 0;
    bounds->has_upper = (flags & 2) != 0;
    bounds->lower = (int64_t)hst_read_varint(reader);
    bounds->upper = (int64_t)hst_read_varint(reader);
    bounds->lower_ns = (int64_t)hst_read_varint(reader);
    bounds->upper_ns = (int64_t)hst_read_varint(reader);
    return flags >= 1 && flags <= 3 && bounds->lower >= 0 && bounds->lower <= most &&
           bounds->upper >= 0 && bounds->upper <= most && bounds->lower_ns >= 0 &&
           bounds->upper_ns >= 0 && (flags != 3 || bounds->lower <= bounds->upper);
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    pickhardt_richter *self = (pickhardt_richter *)router;
    const uint32_t edges = router->graph->edge_count;
    const uint64_t known = hst_read_varint(reader);
    HST_TRY(hst_reader_status(reader));
    if (known > edges) {
        return HST_CORRUPT;
    }
    if (edges > 0) {
        memset(self->bounds, 0, edges * sizeof self->bounds[0]);
    }
    uint64_t least = 0; /* edges come in order */
    for (uint64_t i = 0; i < known; i++) {
        hst_bounds bounds = {0};
        const uint64_t edge = hst_read_varint(reader);
        const bool sane = read_bounds(reader, &bounds);
        HST_TRY(hst_reader_status(reader));
        if (!sane || edge < least || edge >= edges) {
            return HST_CORRUPT;
        }
        self->bounds[edge] = bounds;
        least = edge + 1;
    }
    return HST_OK;
}

static hst_status create_flow(pickhardt_richter *self, const hst_router_setup *setup)
{
    const hst_graph *graph = setup->graph;
    uint32_t *tails = HST_ARENA_NEW(setup->arena, uint32_t, graph->edge_count);
    uint32_t *heads = HST_ARENA_NEW(setup->arena, uint32_t, graph->edge_count);
    if (tails == NULL || heads == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        tails[e] = graph->edges[e].from;
        heads[e] = graph->edges[e].to;
    }
    return hst_mcf_init(&self->mcf, setup->arena, graph->node_count, graph->edge_count, tails,
                        heads, HST_PIECES);
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    pickhardt_richter *self = HST_ARENA_NEW(setup->arena, pickhardt_richter, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    const uint32_t edges = setup->graph->edge_count;
    self->base.kind = &hst_router_pickhardt_richter;
    self->base.graph = setup->graph;
    self->view = setup->view;
    self->prices = setup->prices;
    self->bounds = HST_ARENA_NEW(setup->arena, hst_bounds, edges);
    self->hops = HST_ARENA_NEW(setup->arena, hop, edges);
    self->sample = HST_ARENA_NEW(setup->arena, double, edges);
    if (self->bounds == NULL || self->hops == NULL || self->sample == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(create_flow(self, setup));
    *router = &self->base;
    return hst_search_init(&self->search, setup->arena, setup->graph);
}

const hst_router_kind hst_router_pickhardt_richter = {
    .name = "pickhardt-richter",
    .code = "R8",
    .summary = "Pickhardt and Richter, askrene: parts of least charge and uncertainty by flow",
    .information = "advertised, own outcomes",
    .create = create,
    .route = route,
    .split = split,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};
