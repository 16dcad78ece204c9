#include "core/routing/learned.h"

#include "core/routing/boosted.h"
#include "core/routing/delay_model.h"
#include "core/routing/explore.h"
#include "core/routing/surrogate.h"

typedef struct learned {
    hst_router base;
    hst_surrogate surrogate;
    hst_hop_features features;
    hst_boosted success; /* trees only in M5; M3 and M3b are what is left without them */
    hst_delay_model delay;
    hst_explorer explorer;
    const hst_route_view *view;
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
        logit = hst_logistic_logit_drawn(&self->success.rest, edge, x, self->draws,
                                         hst_random_normal(&own));
    } else {
        logit = hst_boosted_logit(&self->success, edge, x);
    }
    const hst_delay_terms terms = terms_of(self, edge);
    belief->success = hst_logistic_probability(logit);
    belief->delay_ns = (double)wait + hst_delay_model_mean_ns(&self->delay, edge, &terms);
}

static hst_status
create(const hst_router_kind *kind, const hst_router_setup *setup, hst_router **router)
{
    learned *self = HST_ARENA_NEW(setup->arena, learned, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = kind;
    self->base.graph = setup->graph;
    self->view = setup->view;
    hst_explorer_init(&self->explorer, setup);
    self->thompson = kind == &hst_router_learned_thompson;
    HST_TRY(hst_surrogate_init(&self->surrogate, setup, believe, self));
    HST_TRY(hst_hop_features_init(&self->features, setup));
    const hst_tree_trainer *trainer = kind == &hst_router_boosted ? setup->trainer : NULL;
    HST_TRY(hst_boosted_init(&self->success, setup->arena, setup->graph->edge_count, trainer));
    HST_TRY(hst_delay_model_init(&self->delay, setup->arena, setup->graph->edge_count));
    *router = &self->base;
    return HST_OK;
}

static hst_status create_greedy(const hst_router_setup *setup, hst_router **router)
{
    return create(&hst_router_learned, setup, router);
}

static hst_status create_thompson(const hst_router_setup *setup, hst_router **router)
{
    return create(&hst_router_learned_thompson, setup, router);
}

static hst_status create_boosted(const hst_router_setup *setup, hst_router **router)
{
    return create(&hst_router_boosted, setup, router);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    learned *self = (learned *)router;
    hst_hop_features_begin(&self->features, query->amount_micro_usd, query->time_ns);
    hst_random draws = hst_route_draws(self->explorer.random, query);
    if (self->thompson) {
        for (unsigned k = 0; k < HST_FEATURE_COUNT; k++) {
            self->draws[k] = hst_random_normal(&draws);
        }
        self->edge_draws = (hst_random){hst_random_u64(&draws), 0};
        return hst_surrogate_plan(&self->surrogate, query, plan);
    }
    return hst_explorer_plan(&self->explorer, &self->surrogate, query, &draws, plan);
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
        hst_boosted_learn(&self->success, one->edge, x, done);
        if (done || one->result == HST_HOP_CLOSED) {
            const hst_delay_terms terms = terms_of(self, one->edge);
            const double spent = (double)one->delay_ns - wait;
            hst_delay_model_learn(&self->delay, one->edge, &terms, spent, !done);
        }
        hst_hop_features_learn(&self->features, one);
    }
}

static const hst_route_choice *choice(const hst_router *router)
{
    return &((const learned *)router)->explorer.choice;
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const learned *self = (const learned *)router;
    hst_hop_features_write(&self->features, writer);
    hst_boosted_write(&self->success, writer);
    hst_delay_model_write(&self->delay, writer);
    return hst_writer_status(writer);
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    learned *self = (learned *)router;
    HST_TRY(hst_hop_features_read(&self->features, reader));
    HST_TRY(hst_boosted_read(&self->success, reader));
    HST_TRY(hst_delay_model_read(&self->delay, reader));
    return hst_reader_status(reader);
}

static void
believes(hst_router *router, const hst_route_query *query, uint32_t edge, hst_hop_belief *belief)
{
    learned *self = (learned *)router;
    hst_hop_truth expected = {.success = 1};
    const hst_delay_terms terms = terms_of(self, edge);
    hst_hop_features_begin(&self->features, query->amount_micro_usd, query->time_ns);
    believe(self, query, edge, &expected);
    *belief =
        (hst_hop_belief){.success = expected.success,
                         .delay_ns = expected.delay_ns,
                         .upper_delay_ns = wait_ns(self, edge, query->time_ns) +
                                           hst_delay_model_upper_ns(&self->delay, edge, &terms)};
}

static void check_kind(const hst_router *router)
{
    hst_assert(router != NULL);
    hst_assert(router->kind == &hst_router_learned ||
               router->kind == &hst_router_learned_thompson || router->kind == &hst_router_boosted);
}

void hst_learned_believe(hst_router *router,
                         const hst_route_query *query,
                         uint32_t edge,
                         hst_hop_truth *belief)
{
    hst_hop_belief said;
    check_kind(router);
    believes(router, query, edge, &said);
    *belief = (hst_hop_truth){.success = said.success, .delay_ns = said.delay_ns};
}

double hst_learned_upper_delay_ns(hst_router *router, const hst_route_query *query, uint32_t edge)
{
    hst_hop_belief said;
    check_kind(router);
    believes(router, query, edge, &said);
    return said.upper_delay_ns;
}

const hst_router_kind hst_router_learned = {
    .name = "learned",
    .code = "M3",
    .summary = "contextual Bayesian logistic success, learned delay, 1 % bounded exploration",
    .information = "advertised, own outcomes",
    .create = create_greedy,
    .route = route,
    .feedback = feedback,
    .choice = choice,
    .believes = believes,
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

const hst_router_kind hst_router_boosted = {
    .name = "boosted",
    .code = "M5",
    .summary = "as learned, with boosted trees underneath where the host can fit them",
    .information = "advertised, own outcomes",
    .create = create_boosted,
    .route = route,
    .feedback = feedback,
    .choice = choice,
    .believes = believes,
    .checkpoint = checkpoint,
    .restore = restore,
};
