#include "core/routing/spider_price.h"

#include "core/routing/probe.h"

#include <string.h>

#define INTERVAL_NS    INT64_C(1500000000)
#define INTERVAL_S     1.5
#define DRAIN_S        5.0
#define ETA            0.025
#define KAPPA          0.025
#define XI             1.0
#define CAPACITY_SHARE 0.9
#define ALPHA          0.2
#define UPDATES        10
#define DEMAND_SLACK   1.1
#define RATE_MIN       0.25
#define TOKENS         1000 /* of a mean channel */
#define DOLLAR         INT64_C(1000000)

/** A channel, kept with the smaller of its two edge ids. */
typedef struct channel {
    double lambda;
    double capacity;  /* tokens; 0 = not known */
    int64_t interval; /* prices hold from its start */
} channel;

typedef struct spider_price {
    hst_router base;
    const hst_route_view *view;
    hst_disjoint disjoint;
    uint32_t *opposites;
    hst_spider_side *sides; /* by edge */
    channel *channels;      /* by edge; only that of the smaller id is used */
    int64_t token;          /* micro-USD */
} spider_price;

static double above_zero(double value)
{
    return value > 0 ? value : 0;
}

/** Funds that the rate of arrivals would hold in flight. */
static double wanted(const hst_spider_side *side, double capacity)
{
    if (side->sent <= 0) {
        return 0;
    }
    const double held = side->held < capacity ? side->held : capacity;
    return held * (side->sent + side->refused) / side->sent;
}

void hst_spider_step(double capacity, double *lambda, hst_spider_side *left, hst_spider_side *right)
{
    if (capacity > 0) {
        const double queued = left->refused < right->refused ? left->refused : right->refused;
        *lambda = above_zero(*lambda + ETA * (wanted(left, capacity) + wanted(right, capacity) +
                                              2 * XI * queued - CAPACITY_SHARE * capacity));
    }
    const double drained = (left->refused - right->refused) * INTERVAL_S / DRAIN_S;
    const double step = KAPPA * (left->sent - right->sent + drained);
    *left = (hst_spider_side){.mu = above_zero(left->mu + step)};
    *right = (hst_spider_side){.mu = above_zero(right->mu - step)};
}

void hst_spider_project(double *rates, uint32_t count, double most)
{
    /* Take the same off all that are above zero; each round leaves fewer of them, or ends. */
    for (;;) {
        double sum = 0;
        double least = 0;
        uint32_t positive = 0;
        for (uint32_t i = 0; i < count; i++) {
            rates[i] = above_zero(rates[i]);
            if (rates[i] > 0) {
                least = positive == 0 || rates[i] < least ? rates[i] : least;
                sum += rates[i];
                positive++;
            }
        }
        if (sum <= most) {
            return;
        }
        const double share = (sum - most) / positive;
        const double off = share < least ? share : least;
        for (uint32_t i = 0; i < count; i++) {
            rates[i] = rates[i] > off ? rates[i] - off : 0;
        }
        if (share <= least) {
            return;
        }
    }
}

/** What a channel has come to at a time: intervals since its prices were set counted in. */
static channel at_time(const spider_price *self,
                       uint32_t edge,
                       int64_t time_ns,
                       hst_spider_side *l,
                       hst_spider_side *r)
{
    const uint32_t opposite = self->opposites[edge];
    channel one = self->channels[edge < opposite ? edge : opposite];
    *l = self->sides[edge];
    *r = self->sides[opposite];
    const int64_t interval = time_ns / INTERVAL_NS;
    if (interval > one.interval) {
        hst_spider_step(one.capacity, &one.lambda, l, r);
        const double idle = (double)(interval - one.interval - 1);
        one.lambda = above_zero(one.lambda - idle * ETA * CAPACITY_SHARE * one.capacity);
        one.interval = interval;
    }
    return one;
}

/** At create: what a token is, and what channels hold. */
static void measure(spider_price *self)
{
    const hst_graph *graph = self->base.graph;
    self->token = DOLLAR;
    if (self->view == NULL || self->view->carries == NULL) {
        return;
    }
    double sum = 0;
    uint32_t count = 0;
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        const uint32_t opposite = self->opposites[e];
        if (opposite != HST_GRAPH_NONE && e < opposite) {
            self->channels[e].capacity = (double)hst_probe_hop(graph, self->view, e) +
                                         (double)hst_probe_hop(graph, self->view, opposite);
            sum += self->channels[e].capacity;
            count++;
        }
    }
    if (sum > 0) {
        self->token = 1 + (int64_t)(sum / count / TOKENS);
    }
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        self->channels[e].capacity /= (double)self->token;
    }
}

/** Price of a path at a time. */
static double price_of(const spider_price *self, const hst_probed_path *path, int64_t time_ns)
{
    double price = 0;
    for (uint32_t i = 0; i < path->hop_count; i++) {
        if (self->opposites[path->edges[i]] != HST_GRAPH_NONE) {
            hst_spider_side here;
            hst_spider_side back;
            const channel one = at_time(self, path->edges[i], time_ns, &here, &back);
            price += 2 * one.lambda + here.mu - back.mu;
        }
    }
    return price;
}

/** Rates after some updates at the prices of now, from even ones. */
static void adapt(const spider_price *self,
                  const hst_route_query *query,
                  const hst_probed_path *paths,
                  uint32_t count,
                  double *rates)
{
    const double tokens = (double)query->amount_micro_usd / (double)self->token;
    const double most = DEMAND_SLACK * tokens / INTERVAL_S;
    double prices[HST_SPIDER_PATHS];
    for (uint32_t i = 0; i < count; i++) {
        prices[i] = price_of(self, &paths[i], query->time_ns);
        rates[i] = most / count;
    }
    for (uint32_t update = 0; update < UPDATES; update++) {
        for (uint32_t i = 0; i < count; i++) {
            rates[i] += ALPHA * (1 - prices[i]);
        }
        hst_spider_project(rates, count, most);
    }
    for (uint32_t i = 0; i < count; i++) {
        rates[i] = rates[i] > RATE_MIN ? rates[i] : RATE_MIN;
    }
}

/** Probe the paths and set the rates; the number of paths. */
static uint32_t look(spider_price *self,
                     const hst_route_query *query,
                     int64_t amount_min,
                     hst_probed_path *paths,
                     double *rates,
                     uint32_t *probes)
{
    const uint32_t count =
        hst_disjoint_paths(&self->disjoint, query, amount_min, HST_SPIDER_PATHS, paths);
    for (uint32_t i = 0; i < count; i++) {
        *probes += hst_probe_path(self->base.graph, self->view, &paths[i]);
    }
    adapt(self, query, paths, count, rates);
    return count;
}

static hst_status split(hst_router *router, const hst_route_query *query, hst_route_split *answer)
{
    spider_price *self = (spider_price *)router;
    hst_probed_path paths[HST_SPIDER_PATHS];
    double rates[HST_SPIDER_PATHS];
    int64_t parts[HST_SPIDER_PATHS];
    int64_t left[HST_SPIDER_PATHS];
    int64_t more[HST_SPIDER_PATHS] = {0};
    uint32_t probes = 0;
    if (query->source == query->target) {
        hst_probed_nowhere(query, answer);
        return HST_OK;
    }
    const uint32_t count = look(self, query, 1, paths, rates, &probes);
    double sum = 0;
    int64_t carried = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += rates[i];
        carried += paths[i].carries;
    }
    if (carried < query->amount_micro_usd) {
        return HST_NO_PATH;
    }
    int64_t missing = query->amount_micro_usd;
    for (uint32_t i = 0; i < count; i++) {
        const double share = (double)query->amount_micro_usd * (rates[i] / sum);
        const int64_t most = paths[i].carries < missing ? paths[i].carries : missing;
        parts[i] = share < (double)most ? (int64_t)share : most;
        left[i] = paths[i].carries - parts[i];
        missing -= parts[i];
    }
    if (missing > 0) {
        hst_waterfill(left, count, missing, more);
    }
    answer->part_count = 0;
    answer->probes = probes;
    for (uint32_t i = 0; i < count; i++) {
        hst_probed_part(router->graph, &paths[i], parts[i] + more[i], answer);
    }
    return HST_OK;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    spider_price *self = (spider_price *)router;
    hst_probed_path paths[HST_SPIDER_PATHS];
    double rates[HST_SPIDER_PATHS];
    uint32_t probes = 0;
    if (query->source == query->target) {
        memset(plan, 0, sizeof *plan);
        return HST_OK;
    }
    const uint32_t count = look(self, query, query->amount_micro_usd, paths, rates, &probes);
    uint32_t best = count;
    for (uint32_t i = 0; i < count; i++) {
        if (paths[i].carries >= query->amount_micro_usd &&
            (best == count || rates[i] > rates[best])) {
            best = i;
        }
    }
    if (best == count) {
        return HST_NO_PATH;
    }
    hst_probed_plan(router->graph, &paths[best], query->amount_micro_usd, plan);
    return HST_OK;
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    spider_price *self = (spider_price *)router;
    for (size_t i = 0; i < count; i++) {
        const hst_hop_outcome *one = &outcomes[i];
        const uint32_t opposite = self->opposites[one->edge];
        if (opposite == HST_GRAPH_NONE) {
            continue;
        }
        hst_spider_side *side = &self->sides[one->edge];
        const uint32_t low = one->edge < opposite ? one->edge : opposite;
        self->channels[low] = at_time(self, one->edge, one->submitted_ns + one->delay_ns, side,
                                      &self->sides[opposite]);
        const double tokens = (double)one->amount_micro_usd / (double)self->token;
        if (one->result == HST_HOP_DONE) {
            side->sent += tokens;
            side->held += tokens * ((double)one->delay_ns / (double)INTERVAL_NS);
        } else if (one->result == HST_HOP_NO_LIQUIDITY) {
            side->refused += tokens;
        }
    }
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const spider_price *self = (const spider_price *)router;
    hst_write_i64(writer, self->token);
    for (uint32_t e = 0; e < router->graph->edge_count; e++) {
        const hst_spider_side *side = &self->sides[e];
        hst_write_f64(writer, side->mu);
        hst_write_f64(writer, side->sent);
        hst_write_f64(writer, side->refused);
        hst_write_f64(writer, side->held);
        hst_write_f64(writer, self->channels[e].lambda);
        hst_write_f64(writer, self->channels[e].capacity);
        hst_write_i64(writer, self->channels[e].interval);
    }
    return hst_writer_status(writer);
}

/** A real number that is not negative; anything else spoils *sane. */
static double read_amount(hst_reader *reader, bool *sane)
{
    const double value = hst_read_f64(reader);
    *sane = *sane && value >= 0 && value < 1e300;
    return value;
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    spider_price *self = (spider_price *)router;
    bool sane = true;
    self->token = hst_read_i64(reader);
    for (uint32_t e = 0; e < router->graph->edge_count; e++) {
        hst_spider_side *side = &self->sides[e];
        side->mu = read_amount(reader, &sane);
        side->sent = read_amount(reader, &sane);
        side->refused = read_amount(reader, &sane);
        side->held = read_amount(reader, &sane);
        self->channels[e].lambda = read_amount(reader, &sane);
        self->channels[e].capacity = read_amount(reader, &sane);
        self->channels[e].interval = hst_read_i64(reader);
        sane = sane && self->channels[e].interval >= 0;
    }
    HST_TRY(hst_reader_status(reader));
    return sane && self->token > 0 ? HST_OK : HST_CORRUPT;
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    spider_price *self = HST_ARENA_NEW(setup->arena, spider_price, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    const uint32_t edges = setup->graph->edge_count;
    self->base.kind = &hst_router_spider_price;
    self->base.graph = setup->graph;
    self->view = setup->view;
    self->opposites = hst_opposites(setup->graph, setup->arena);
    self->sides = HST_ARENA_NEW(setup->arena, hst_spider_side, edges);
    self->channels = HST_ARENA_NEW(setup->arena, channel, edges);
    if (self->opposites == NULL || self->sides == NULL || self->channels == NULL) {
        return HST_NO_MEMORY;
    }
    measure(self);
    *router = &self->base;
    return hst_disjoint_init(&self->disjoint, setup->arena, setup->graph);
}

const hst_router_kind hst_router_spider_price = {
    .name = "spider-price",
    .code = "R10b",
    .summary =
        "Spider: four disjoint paths at rates that follow prices of full and uneven channels",
    .information = "advertised, balances by probing, own outcomes",
    .sees = HST_SEES_BALANCES,
    .create = create,
    .route = route,
    .split = split,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};
