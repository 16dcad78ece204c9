#include "core/routing/learned.h"

#include "core/routing/delay_model.h"
#include "core/routing/hop_features.h"
#include "core/routing/logistic.h"
#include "core/routing/surrogate.h"

/* One query in EXPLORE_ONE_IN takes one of the next best EXPLORE_PATHS - 1 plans, if that is
 * expected to cost at most EXPLORE_PPB of the amount more. */
enum { EXPLORE_ONE_IN = 100, EXPLORE_PATHS = 3, EXPLORE_PPB = 500000 };

typedef struct learned {
    hst_router base;
    hst_surrogate surrogate;
    hst_hop_features features;
    hst_logistic success;
    hst_delay_model delay;
    hst_yen yen;
    const hst_route_view *view;
    hst_random random;
    bool thompson;
    double draws[HST_FEATURE_COUNT]; /* of the query, for Thompson sampling */
    hst_random edge_draws;           /* of the query: draw i is edge i's */
} learned;

static hst_delay_terms terms_of(const learned *self, uint32_t edge)
{
    const hst_graph_edge *record = &self->base.graph->edges[edge];
    hst_delay_terms terms = {
        .advertised_ns = (double)record->delay_ns, .risk = 0.5, .kind = record->kind};
    if (self->view != NULL && self->view->facts != NULL) {
        terms.risk = (double)self->view->facts[edge].country_risk;
        terms.instant = (double)self->view->facts[edge].instant;
    }
    return terms;
}

/** Published wait until the hop opens. */
static double wait_ns(const learned *self, uint32_t edge, int64_t time_ns)
{
    if (self->view == NULL || self->view->opens_in_ns == NULL) {
        return 0;
    }
    return (double)self->view->opens_in_ns(self->view->context, edge, time_ns);
}

static void
believe(void *context, const hst_route_query *query, uint32_t edge, hst_hop_truth *belief)
{
    learned *self = context;
    double x[HST_FEATURE_COUNT];
    double logit = 0;
    const int64_t wait =
        hst_hop_features_fill(&self->features, edge, query->amount_micro_usd, query->time_ns, x);
    if (self->thompson) {
        hst_random own = {self->edge_draws.key, self->edge_draws.counter + edge * UINT64_C(64)};
        logit =
            hst_logistic_logit_drawn(&self->success, edge, x, self->draws, hst_random_normal(&own));
    } else {
        logit = hst_logistic_logit(&self->success, edge, x);
    }
    const hst_delay_terms terms = terms_of(self, edge);
    belief->success = hst_logistic_probability(logit);
    belief->delay_ns = (double)wait + hst_delay_model_mean_ns(&self->delay, edge, &terms);
}

static hst_status create(const hst_router_setup *setup, hst_router **router, bool thompson)
{
    learned *self = HST_ARENA_NEW(setup->arena, learned, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = thompson ? &hst_router_learned_thompson : &hst_router_learned;
    self->base.graph = setup->graph;
    self->view = setup->view;
    self->random = setup->random;
    self->thompson = thompson;
    HST_TRY(hst_surrogate_init(&self->surrogate, setup, believe, self));
    HST_TRY(hst_hop_features_init(&self->features, setup));
    HST_TRY(hst_logistic_init(&self->success, setup->arena, setup->graph->edge_count));
    HST_TRY(hst_delay_model_init(&self->delay, setup->arena, setup->graph->edge_count));
    *router = &self->base;
    return HST_OK;
}

static hst_status create_greedy(const hst_router_setup *setup, hst_router **router)
{
    return create(setup, router, false);
}

static hst_status create_thompson(const hst_router_setup *setup, hst_router **router)
{
    return create(setup, router, true);
}

/** Take one of the next best plans, when there is one within the budget. */
static hst_status
explore(learned *self, const hst_route_query *query, hst_random *draws, hst_route_plan *plan)
{
    HST_TRY(hst_surrogate_alternatives(&self->surrogate, query, EXPLORE_PATHS, &self->yen));
    const hst_yen *yen = &self->yen;
    const hst_weight budget =
        yen->paths[0].weight + (hst_weight)(uint64_t)query->amount_micro_usd * EXPLORE_PPB;
    uint32_t within = 1;
    while (within < yen->path_count && yen->paths[within].weight <= budget) {
        within++;
    }
    const uint32_t taken = (uint32_t)hst_random_below(draws, within);
    hst_surrogate_to_plan(&self->surrogate, query, yen->paths[taken].edges,
                          yen->paths[taken].hop_count, plan);
    return HST_OK;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    learned *self = (learned *)router;
    hst_hop_features_begin(&self->features, query->amount_micro_usd, query->time_ns);
    hst_random draws = hst_route_draws(self->random, query);
    if (self->thompson) {
        for (unsigned k = 0; k < HST_FEATURE_COUNT; k++) {
            self->draws[k] = hst_random_normal(&draws);
        }
        self->edge_draws = (hst_random){hst_random_u64(&draws), 0};
        return hst_surrogate_plan(&self->surrogate, query, plan);
    }
    const bool tries = hst_random_below(&draws, EXPLORE_ONE_IN) == 0;
    return tries && query->source != query->target
               ? explore(self, query, &draws, plan)
               : hst_surrogate_plan(&self->surrogate, query, plan);
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    learned *self = (learned *)router;
    for (size_t i = 0; i < count; i++) {
        const hst_hop_outcome *one = &outcomes[i];
        double x[HST_FEATURE_COUNT];
        hst_hop_features_begin(&self->features, one->amount_micro_usd, one->submitted_ns);
        const double wait = (double)hst_hop_features_fill(
            &self->features, one->edge, one->amount_micro_usd, one->submitted_ns, x);
        const bool done = one->result == HST_HOP_DONE;
        (void)hst_logistic_learn(&self->success, one->edge, x, done);
        if (done || one->result == HST_HOP_CLOSED) {
            const hst_delay_terms terms = terms_of(self, one->edge);
            const double spent = (double)one->delay_ns - wait;
            hst_delay_model_learn(&self->delay, one->edge, &terms, spent, !done);
        }
        hst_hop_features_learn(&self->features, one);
    }
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const learned *self = (const learned *)router;
    hst_hop_features_write(&self->features, writer);
    hst_logistic_write(&self->success, writer);
    hst_delay_model_write(&self->delay, writer);
    return hst_writer_status(writer);
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    learned *self = (learned *)router;
    HST_TRY(hst_hop_features_read(&self->features, reader));
    HST_TRY(hst_logistic_read(&self->success, reader));
    HST_TRY(hst_delay_model_read(&self->delay, reader));
    return hst_reader_status(reader);
}

static learned *self_of(hst_router *router)
{
    hst_assert(router != NULL);
    hst_assert(router->kind == &hst_router_learned || router->kind == &hst_router_learned_thompson);
    return (learned *)router;
}

void hst_learned_believe(hst_router *router,
                         const hst_route_query *query,
                         uint32_t edge,
                         hst_hop_truth *belief)
{
    learned *self = self_of(router);
    hst_hop_features_begin(&self->features, query->amount_micro_usd, query->time_ns);
    *belief = (hst_hop_truth){.success = 1};
    believe(self, query, edge, belief);
}

double hst_learned_upper_delay_ns(hst_router *router, const hst_route_query *query, uint32_t edge)
{
    const learned *self = self_of(router);
    const hst_delay_terms terms = terms_of(self, edge);
    return wait_ns(self, edge, query->time_ns) +
           hst_delay_model_upper_ns(&self->delay, edge, &terms);
}

const hst_router_kind hst_router_learned = {
    .name = "learned",
    .code = "M3",
    .summary = "contextual Bayesian logistic success, learned delay, 1 % bounded exploration",
    .information = "advertised, own outcomes",
    .create = create_greedy,
    .route = route,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};

const hst_router_kind hst_router_learned_thompson = {
    .name = "learned-thompson",
    .code = "M3b",
    .summary = "as learned, with weights drawn from the posterior (Thompson sampling)",
    .information = "advertised, own outcomes",
    .create = create_thompson,
    .route = route,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};
