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
    unsigned char *funded; /* by edge: balance above 0 when last seen */
    unsigned char *open;   /* by edge: funded and enabled, as the trees know it */
    uint32_t *changed;     /* edges seen to be funded or empty since the trees were told */
    uint32_t changed_count;
    uint64_t version; /* of the graph when the trees were told */
    bool built;
    bool told; /* version counts */
    hst_route_split trial;
} speedymurmurs;

/** Look at a hop's balance; what is left of it. */
static int64_t see(speedymurmurs *self, uint32_t edge)
{
    const int64_t most = hst_probe_hop(self->base.graph, self->view, edge);
    const unsigned char funded = most > 0;
    if (funded != self->funded[edge] && self->changed_count < self->base.graph->edge_count) {
        self->funded[edge] = funded;
        self->changed[self->changed_count++] = edge;
    }
    return most;
}

/** Tell the trees what a hop is now. */
static void tell(speedymurmurs *self, uint32_t edge)
{
    const unsigned char open = self->funded[edge] != 0 && self->base.graph->edges[edge].enabled;
    if (open != self->open[edge]) {
        self->open[edge] = open;
        for (uint32_t t = 0; t < self->tree_count; t++) {
            hst_embedding_changed(&self->trees[t], edge);
        }
    }
}

static void tell_changed(speedymurmurs *self)
{
    for (uint32_t i = 0; i < self->changed_count; i++) {
        tell(self, self->changed[i]);
    }
    self->changed_count = 0;
}

/** Before a query: trees exist and know which hops are enabled. */
static void prepare(speedymurmurs *self)
{
    const hst_graph *graph = self->base.graph;
    if (!self->built) {
        for (uint32_t e = 0; e < graph->edge_count; e++) {
            self->funded[e] = hst_probe_hop(graph, self->view, e) > 0;
            self->open[e] = self->funded[e] != 0 && graph->edges[e].enabled;
        }
        for (uint32_t t = 0; t < self->tree_count; t++) {
            hst_embedding_build(&self->trees[t]);
        }
        self->built = true;
    } else if (!self->told || self->version != graph->version) {
        for (uint32_t e = 0; e < graph->edge_count; e++) {
            tell(self, e);
        }
    }
    self->version = graph->version;
    self->told = true;
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
            see(self, edge) - taken(parts, edge) >= share) {
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
    prepare(self);
    const hst_status status = split_over(self, query, answer);
    tell_changed(self);
    return status;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    speedymurmurs *self = (speedymurmurs *)router;
    if (query->source == query->target) {
        memset(plan, 0, sizeof *plan);
        return HST_OK;
    }
    prepare(self);
    hst_status status = HST_NO_PATH;
    hst_probed_path path;
    for (uint32_t t = 0; t < self->tree_count && status != HST_OK; t++) {
        status = walk(self, query, &self->trees[t], query->amount_micro_usd, NULL, &path);
    }
    tell_changed(self);
    if (status == HST_OK) {
        hst_probed_plan(router->graph, &path, query->amount_micro_usd, plan);
    }
    return status;
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    speedymurmurs *self = (speedymurmurs *)router;
    for (size_t i = 0; i < count && self->built; i++) {
        const uint32_t opposite = self->opposites[outcomes[i].edge];
        (void)see(self, outcomes[i].edge);
        if (opposite != HST_GRAPH_NONE) {
            (void)see(self, opposite);
        }
        tell_changed(self);
    }
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const speedymurmurs *self = (const speedymurmurs *)router;
    hst_write_u8(writer, self->built ? 1 : 0);
    for (uint32_t e = 0; self->built && e < router->graph->edge_count; e++) {
        hst_write_u8(writer, (uint8_t)(self->funded[e] | self->open[e] << 1));
    }
    for (uint32_t t = 0; self->built && t < self->tree_count; t++) {
        hst_embedding_write(&self->trees[t], writer);
    }
    return hst_writer_status(writer);
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    speedymurmurs *self = (speedymurmurs *)router;
    const uint8_t built = hst_read_u8(reader);
    HST_TRY(hst_reader_status(reader));
    if (built > 1) {
        return HST_CORRUPT;
    }
    self->built = built != 0;
    self->told = false; /* the graph may have moved */
    self->changed_count = 0;
    for (uint32_t e = 0; self->built && e < router->graph->edge_count; e++) {
        const uint8_t flags = hst_read_u8(reader);
        HST_TRY(hst_reader_status(reader));
        if (flags > 3) {
            return HST_CORRUPT;
        }
        self->funded[e] = flags & 1;
        self->open[e] = flags >> 1;
    }
    for (uint32_t t = 0; self->built && t < self->tree_count; t++) {
        HST_TRY(hst_embedding_read(&self->trees[t], reader));
    }
    return HST_OK;
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
    self->funded = HST_ARENA_NEW(setup->arena, unsigned char, graph->edge_count);
    self->open = HST_ARENA_NEW(setup->arena, unsigned char, graph->edge_count);
    self->changed = HST_ARENA_NEW(setup->arena, uint32_t, graph->edge_count);
    if (self->opposites == NULL || self->funded == NULL || self->open == NULL ||
        self->changed == NULL) {
        return HST_NO_MEMORY;
    }
    self->tree_count = hst_landmarks_find(graph, HST_SPEEDYMURMURS_TREES, roots);
    for (uint32_t t = 0; t < self->tree_count; t++) {
        HST_TRY(hst_embedding_init(&self->trees[t], setup->arena, graph, self->opposites,
                                   self->open, roots[t]));
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
