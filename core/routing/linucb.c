#include "core/routing/linucb.h"

#include "core/routing/cheapest_in_time.h"
#include "core/routing/ridge.h"
#include "core/routing/surrogate.h"

#define ALPHA       0.4
#define NS_PER_HOUR 3600e9
#define UNIT        1e-3 /* of the amount: ten basis points */
#define COST_MAX    40.0 /* units: what giving a payment up costs at most */

typedef struct linucb {
    hst_router base;
    hst_surrogate surrogate;
    hst_hop_features features;
    hst_ridge ridge;
    hst_route_prices prices;
    const hst_route_view *view;
} linucb;

/** A cost in micro-USD as a share of the amount, in units, bounded. */
static double in_units(double micro_usd, int64_t amount_micro_usd)
{
    const double unit = UNIT * (double)amount_micro_usd;
    return micro_usd < COST_MAX * unit ? micro_usd / unit : COST_MAX;
}

static double time_price(const linucb *self, double ns, int64_t amount_micro_usd)
{
    const double hour = (double)self->prices.delay_micro_usd_per_hour +
                        (double)amount_micro_usd * (double)self->prices.delay_ppb_per_hour * 1e-9;
    return ns / NS_PER_HOUR * hour;
}

static double failure_price(const linucb *self, int64_t amount_micro_usd)
{
    return (double)self->prices.failure_micro_usd +
           (double)amount_micro_usd * (double)self->prices.failure_ppb * 1e-9;
}

/** x of a hop for an amount > 0 at a time that was begun. */
static void describe(linucb *self,
                     uint32_t edge,
                     int64_t amount_micro_usd,
                     int64_t time_ns,
                     double x[HST_RIDGE_SIZE])
{
    const double published = hst_published_time_ns(self->base.graph, self->view, edge, time_ns);
    (void)hst_hop_features_fill(&self->features, edge, amount_micro_usd, time_ns, x);
    x[HST_FEATURE_COUNT] =
        in_units(time_price(self, published, amount_micro_usd), amount_micro_usd);
}

static void
believe(void *context, const hst_route_query *query, uint32_t edge, hst_hop_truth *belief)
{
    linucb *self = context;
    double x[HST_RIDGE_SIZE];
    if (query->amount_micro_usd <= 0) {
        return; /* shares of nothing: as advertised */
    }
    describe(self, edge, query->amount_micro_usd, query->time_ns, x);
    const double units =
        hst_ridge_predict(&self->ridge, x) - ALPHA * hst_ridge_width(&self->ridge, x);
    belief->delay_ns = 0; /* its price is in the prediction */
    belief->extra_micro_usd = units > 0 ? units * UNIT * (double)query->amount_micro_usd : 0;
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    linucb *self = HST_ARENA_NEW(setup->arena, linucb, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_linucb;
    self->base.graph = setup->graph;
    self->prices = setup->prices;
    self->view = setup->view;
    hst_ridge_init(&self->ridge);
    HST_TRY(hst_surrogate_init(&self->surrogate, setup, believe, self));
    HST_TRY(hst_hop_features_init(&self->features, setup));
    *router = &self->base;
    return HST_OK;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    linucb *self = (linucb *)router;
    hst_hop_features_begin(&self->features, query->amount_micro_usd, query->time_ns);
    return hst_surrogate_plan(&self->surrogate, query, plan);
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    linucb *self = (linucb *)router;
    for (size_t i = 0; i < count; i++) {
        const hst_hop_outcome *one = &outcomes[i];
        const int64_t amount = one->amount_micro_usd;
        double x[HST_RIDGE_SIZE];
        if (amount > 0) {
            hst_hop_features_begin(&self->features, amount, one->submitted_ns);
            describe(self, one->edge, amount, one->submitted_ns, x);
            const double failed = one->result == HST_HOP_DONE ? 0 : failure_price(self, amount);
            const double cost = failed + time_price(self, (double)one->delay_ns, amount);
            hst_ridge_learn(&self->ridge, x, in_units(cost, amount));
        }
        hst_hop_features_learn(&self->features, one);
    }
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const linucb *self = (const linucb *)router;
    hst_ridge_write(&self->ridge, writer);
    hst_hop_features_write(&self->features, writer);
    return hst_writer_status(writer);
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    linucb *self = (linucb *)router;
    HST_TRY(hst_ridge_read(&self->ridge, reader));
    HST_TRY(hst_hop_features_read(&self->features, reader));
    return hst_reader_status(reader);
}

const hst_router_kind hst_router_linucb = {
    .name = "linucb",
    .code = "M4",
    .summary = "hop cost linear in features, at its lower confidence bound (LinUCB)",
    .information = "advertised, own outcomes",
    .create = create,
    .route = route,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};
