#include "core/routing/beta_thompson.h"

#include "core/base/real.h"
#include "core/routing/surrogate.h"

#define PRIOR_SUCCESS 9.0
#define PRIOR_FAILURE 1.0
#define FADE          0.998

typedef struct edge_record {
    double succeeded; /* faded counts */
    double failed;
    double delay_sum_ns;
    double delay_count;
} edge_record;

typedef struct beta_thompson {
    hst_router base;
    hst_surrogate surrogate;
    edge_record *edges;
    hst_random random;
    hst_random query_draws; /* of the query: its own stretch of draws for each edge */
} beta_thompson;

/** Gamma(shape, 1) for shape >= 1. */
static double draw_gamma(hst_random *random, double shape)
{
    const double d = shape - 1.0 / 3.0;
    const double c = 1 / __builtin_sqrt(9 * d);
    for (;;) {
        const double x = hst_random_normal(random);
        const double v = (1 + c * x) * (1 + c * x) * (1 + c * x);
        if (v > 0 &&
            hst_log(1 - hst_random_uniform(random)) < 0.5 * x * x + d - d * v + d * hst_log(v)) {
            return d * v;
        }
    }
}

static void
believe(void *context, const hst_route_query *query, uint32_t edge, hst_hop_truth *belief)
{
    (void)query;
    const beta_thompson *self = context;
    const edge_record *known = &self->edges[edge];
    hst_random own = {self->query_draws.key, self->query_draws.counter + edge * UINT64_C(4096)};
    const double ok = draw_gamma(&own, PRIOR_SUCCESS + known->succeeded);
    const double failed = draw_gamma(&own, PRIOR_FAILURE + known->failed);
    belief->success = ok / (ok + failed);
    belief->delay_ns = (belief->delay_ns + known->delay_sum_ns) / (1 + known->delay_count);
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    beta_thompson *self = HST_ARENA_NEW(setup->arena, beta_thompson, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_beta_thompson;
    self->base.graph = setup->graph;
    self->random = setup->random;
    self->edges = HST_ARENA_NEW(setup->arena, edge_record, setup->graph->edge_count);
    if (setup->graph->edge_count > 0 && self->edges == NULL) {
        return HST_NO_MEMORY;
    }
    *router = &self->base;
    return hst_surrogate_init(&self->surrogate, setup, believe, self);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    beta_thompson *self = (beta_thompson *)router;
    self->query_draws = hst_route_draws(self->random, query);
    return hst_surrogate_plan(&self->surrogate, query, plan);
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    beta_thompson *self = (beta_thompson *)router;
    for (size_t i = 0; i < count; i++) {
        edge_record *known = &self->edges[outcomes[i].edge];
        const bool done = outcomes[i].result == HST_HOP_DONE;
        known->succeeded = FADE * known->succeeded + (done ? 1 : 0);
        known->failed = FADE * known->failed + (done ? 0 : 1);
        if (done) {
            known->delay_sum_ns = FADE * known->delay_sum_ns + (double)outcomes[i].delay_ns;
            known->delay_count = FADE * known->delay_count + 1;
        }
    }
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const beta_thompson *self = (const beta_thompson *)router;
    for (uint32_t e = 0; e < self->base.graph->edge_count; e++) {
        hst_write_f64(writer, self->edges[e].succeeded);
        hst_write_f64(writer, self->edges[e].failed);
        hst_write_f64(writer, self->edges[e].delay_sum_ns);
        hst_write_f64(writer, self->edges[e].delay_count);
    }
    return hst_writer_status(writer);
}

/** A count or sum that feedback can have left? */
static bool sane(double value)
{
    return value >= 0 && value < 1e30;
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    beta_thompson *self = (beta_thompson *)router;
    bool good = true;
    for (uint32_t e = 0; e < self->base.graph->edge_count; e++) {
        edge_record *known = &self->edges[e];
        known->succeeded = hst_read_f64(reader);
        known->failed = hst_read_f64(reader);
        known->delay_sum_ns = hst_read_f64(reader);
        known->delay_count = hst_read_f64(reader);
        good = good && sane(known->succeeded) && sane(known->failed) && sane(known->delay_sum_ns) &&
               sane(known->delay_count);
    }
    HST_TRY(hst_reader_status(reader));
    return good ? HST_OK : HST_CORRUPT;
}

const hst_router_kind hst_router_beta_thompson = {
    .name = "beta-thompson",
    .code = "M1",
    .summary = "each hop a Beta coin of its own, drawn for each query; no features",
    .information = "advertised, own outcomes",
    .create = create,
    .route = route,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};
