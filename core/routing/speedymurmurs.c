#include "core/routing/speedymurmurs.h"

#include "core/routing/embedding.h"
#include "core/routing/landmark.h"
#include "core/routing/probe.h"

#include <string.h>

typedef struct speedymurmurs {
    hst_router base;
    const hst_route_view *view;
    hst_embedding trees[HST_SPEEDYMURMURS_TREES];
    uint32_t tree_count;
    uint32_t *opposites;
    unsigned char *open; /* by edge: enabled and with funds when last seen */
    hst_route_split trial;
} speedymurmurs;

/** Can anything go over the hop now? */
static unsigned char is_open(const speedymurmurs *self, uint32_t edge)
{
    return self->base.graph->edges[edge].enabled &&
           hst_probe_hop(self->base.graph, self->view, edge) > 0;
}

/** Look at a hop and tell the trees when it has opened or closed. */
static void see(speedymurmurs *self, uint32_t edge)
{
    const unsigned char open = is_open(self, edge);
    if (open != self->open[edge]) {
        self->open[edge] = open;
        for (uint32_t t = 0; t < self->tree_count; t++) {
            hst_embedding_changed(&self->trees[t], edge);
        }
    }
}

/** What earlier parts take over a hop. */
static int64_t taken(const hst_route_split *parts, uint32_t edge)
{
    int64_t sum = 0;
    for (uint32_t i = 0; parts != NULL && i < parts->part_count; i++) {
        for (uint32_t hop = 0; hop < parts->parts[i].plan.hop_count; hop++) {
            sum += parts->parts[i].plan.edges[hop] == edge ? parts->parts[i].amount_micro_usd : 0;
        }
    }
    return sum;
}

/** The hop on from a node that gets a share nearest to the target, or none. */
static uint32_t next_hop(speedymurmurs *self,
                         const hst_route_query *query,
                         const hst_embedding *tree,
                         uint32_t node,
                         int64_t share,
                         const hst_route_split *parts)
{
    const hst_graph_row out = hst_graph_out(self->base.graph, node);
    uint32_t nearest = hst_embedding_distance(tree, node, query->target);
    uint32_t best = HST_GRAPH_NONE;
    if (nearest == HST_GRAPH_NONE) {
        return HST_GRAPH_NONE;
    }
    for (uint32_t i = 0; i < out.count; i++) {
        const uint32_t edge = out.arcs[i].edge;
        const uint32_t distance = hst_embedding_distance(tree, out.arcs[i].node, query->target);
        if (distance < nearest && hst_probe_allows(self->base.graph, query, edge) &&
            hst_probe_hop(self->base.graph, self->view, edge) - taken(parts, edge) >= share) {
            nearest = distance;
            best = edge;
        }
    }
    return best;
}

/** One share's way through a tree. */
static hst_status walk(speedymurmurs *self,
                       const hst_route_query *query,
                       const hst_embedding *tree,
                       int64_t share,
                       const hst_route_split *parts,
                       hst_probed_path *path)
{
    uint32_t node = query->source;
    path->hop_count = 0;
    while (node != query->target) {
        const uint32_t edge = next_hop(self, query, tree, node, share, parts);
        if (edge == HST_GRAPH_NONE || path->hop_count == self->base.graph->hop_limit) {
            return HST_NO_PATH;
        }
        path->edges[path->hop_count++] = edge;
        node = self->base.graph->edges[edge].to;
    }
    return HST_OK;
}

static hst_status
split_over(speedymurmurs *self, const hst_route_query *query, hst_route_split *answer)
{
    hst_route_split *trial = &self->trial;
    trial->part_count = 0;
    trial->probes = 0;
    for (uint32_t t = 0; t < self->tree_count; t++) {
        hst_probed_path path;
        const int64_t even = query->amount_micro_usd / self->tree_count;
        const int64_t share = even + (t < query->amount_micro_usd % self->tree_count ? 1 : 0);
        if (share > 0) {
            HST_TRY(walk(self, query, &self->trees[t], share, trial, &path));
            trial->probes += path.hop_count;
            hst_probed_part(self->base.graph, &path, share, trial);
        }
    }
    if (trial->part_count == 0) {
        return HST_NO_PATH;
    }
    *answer = *trial;
    return HST_OK;
}

static hst_status split(hst_router *router, const hst_route_query *query, hst_route_split *answer)
{
    speedymurmurs *self = (speedymurmurs *)router;
    if (query->source == query->target) {
        hst_probed_nowhere(query, answer);
        return HST_OK;
    }
    return split_over(self, query, answer);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    speedymurmurs *self = (speedymurmurs *)router;
    if (query->source == query->target) {
        memset(plan, 0, sizeof *plan);
        return HST_OK;
    }
    hst_status status = HST_NO_PATH;
    hst_probed_path path;
    for (uint32_t t = 0; t < self->tree_count && status != HST_OK; t++) {
        status = walk(self, query, &self->trees[t], query->amount_micro_usd, NULL, &path);
    }
    if (status == HST_OK) {
        hst_probed_plan(router->graph, &path, query->amount_micro_usd, plan);
    }
    return status;
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    speedymurmurs *self = (speedymurmurs *)router;
    for (size_t i = 0; i < count; i++) {
        const uint32_t opposite = self->opposites[outcomes[i].edge];
        see(self, outcomes[i].edge);
        if (opposite != HST_GRAPH_NONE) {
            see(self, opposite);
        }
    }
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const speedymurmurs *self = (const speedymurmurs *)router;
    hst_write_bytes(writer, self->open, router->graph->edge_count);
    for (uint32_t t = 0; t < self->tree_count; t++) {
        hst_embedding_write(&self->trees[t], writer);
    }
    return hst_writer_status(writer);
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    speedymurmurs *self = (speedymurmurs *)router;
    hst_read_bytes(reader, self->open, router->graph->edge_count);
    HST_TRY(hst_reader_status(reader));
    for (uint32_t e = 0; e < router->graph->edge_count; e++) {
        if (self->open[e] > 1) {
            return HST_CORRUPT;
        }
    }
    for (uint32_t t = 0; t < self->tree_count; t++) {
        HST_TRY(hst_embedding_read(&self->trees[t], reader));
    }
    return HST_OK;
}

/** What is open at the start. Where nothing has funds yet, everything enabled counts as open. */
static void look_around(speedymurmurs *self)
{
    const hst_graph *graph = self->base.graph;
    uint32_t open = 0;
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        self->open[e] = is_open(self, e);
        open += self->open[e];
    }
    for (uint32_t e = 0; open == 0 && e < graph->edge_count; e++) {
        self->open[e] = graph->edges[e].enabled;
    }
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    speedymurmurs *self = HST_ARENA_NEW(setup->arena, speedymurmurs, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    const hst_graph *graph = setup->graph;
    uint32_t roots[HST_SPEEDYMURMURS_TREES];
    self->base.kind = &hst_router_speedymurmurs;
    self->base.graph = graph;
    self->view = setup->view;
    self->opposites = hst_opposites(graph, setup->arena);
    self->open = HST_ARENA_NEW(setup->arena, unsigned char, graph->edge_count);
    if (self->opposites == NULL || self->open == NULL) {
        return HST_NO_MEMORY;
    }
    look_around(self);
    self->tree_count = hst_landmarks_find(graph, HST_SPEEDYMURMURS_TREES, roots);
    for (uint32_t t = 0; t < self->tree_count; t++) {
        HST_TRY(hst_embedding_init(&self->trees[t], setup->arena, graph, self->opposites,
                                   self->open, roots[t]));
        hst_embedding_build(&self->trees[t]);
    }
    *router = &self->base;
    return HST_OK;
}

const hst_router_kind hst_router_speedymurmurs = {
    .name = "speedymurmurs",
    .code = "R11",
    .summary = "SpeedyMurmurs: a share a tree, hop by hop to the neighbour nearest in it",
    .information = "advertised, balances of the next hops by those that hold them",
    .sees = HST_SEES_BALANCES,
    .create = create,
    .route = route,
    .split = split,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};
