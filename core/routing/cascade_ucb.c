#include "core/routing/cascade_ucb.h"

#include "core/base/real.h"
#include "core/routing/surrogate.h"

typedef struct edge_record {
    double tried;
    double done;
    double delay_sum_ns; /* of those done */
} edge_record;

typedef struct cascade_ucb {
    hst_router base;
    hst_surrogate surrogate;
    edge_record *edges;
    uint64_t rounds; /* attempts heard of, and this one */
} cascade_ucb;

double hst_cascade_upper(double done, double tried, double t)
{
    hst_assert(done >= 0 && done <= tried && t >= 1);
    if (tried < 1) {
        return 1;
    }
    const double upper = done / tried + __builtin_sqrt(1.5 * hst_log(t) / tried);
    return upper < 1 ? upper : 1;
}

static void
believe(void *context, const hst_route_query *query, uint32_t edge, hst_hop_truth *belief)
{
    (void)query;
    const cascade_ucb *self = context;
    const edge_record *known = &self->edges[edge];
    belief->success = hst_cascade_upper(known->done, known->tried, (double)self->rounds);
    belief->delay_ns = (belief->delay_ns + known->delay_sum_ns) / (1 + known->done);
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    cascade_ucb *self = HST_ARENA_NEW(setup->arena, cascade_ucb, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_cascade_ucb;
    self->base.graph = setup->graph;
    self->rounds = 1;
    self->edges = HST_ARENA_NEW(setup->arena, edge_record, setup->graph->edge_count);
    if (setup->graph->edge_count > 0 && self->edges == NULL) {
        return HST_NO_MEMORY;
    }
    *router = &self->base;
    return hst_surrogate_init(&self->surrogate, setup, believe, self);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    cascade_ucb *self = (cascade_ucb *)router;
    return hst_surrogate_plan(&self->surrogate, query, plan);
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    cascade_ucb *self = (cascade_ucb *)router;
    for (size_t i = 0; i < count; i++) {
        edge_record *known = &self->edges[outcomes[i].edge];
        self->rounds += outcomes[i].hop_index == 0 ? 1 : 0;
        known->tried += 1;
        if (outcomes[i].result == HST_HOP_DONE) {
            known->done += 1;
            known->delay_sum_ns += (double)outcomes[i].delay_ns;
        }
    }
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const cascade_ucb *self = (const cascade_ucb *)router;
    hst_write_u64(writer, self->rounds);
    for (uint32_t e = 0; e < self->base.graph->edge_count; e++) {
        hst_write_f64(writer, self->edges[e].tried);
        hst_write_f64(writer, self->edges[e].done);
        hst_write_f64(writer, self->edges[e].delay_sum_ns);
    }
    return hst_writer_status(writer);
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    cascade_ucb *self = (cascade_ucb *)router;
    bool good = true;
    self->rounds = hst_read_u64(reader);
    good = self->rounds >= 1;
    for (uint32_t e = 0; e < self->base.graph->edge_count; e++) {
        edge_record *known = &self->edges[e];
        known->tried = hst_read_f64(reader);
        known->done = hst_read_f64(reader);
        known->delay_sum_ns = hst_read_f64(reader);
        good = good && known->done >= 0 && known->done <= known->tried && known->tried < 1e18 &&
               known->delay_sum_ns >= 0 && known->delay_sum_ns < 1e37;
    }
    HST_TRY(hst_reader_status(reader));
    return good ? HST_OK : HST_CORRUPT;
}

const hst_router_kind hst_router_cascade_ucb = {
    .name = "cascade-ucb",
    .code = "M2",
    .summary = "each hop as good as it could still be (CombCascade), charges and time on top",
    .information = "advertised, own outcomes",
    .create = create,
    .route = route,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};
