#include "core/routing/landmark.h"

#include "core/routing/bidirectional.h"
#include "core/routing/probe.h"

#include <string.h>

typedef struct landmark {
    hst_router base;
    const hst_route_view *view;
    hst_search search;
    uint32_t landmarks[HST_LANDMARKS];
    uint32_t landmark_count;
    uint32_t *barred; /* by node: the search that must not enter it */
    uint32_t number;  /* of this search */
} landmark;

uint32_t hst_landmarks_find(const hst_graph *graph, uint32_t count, uint32_t *landmarks)
{
    uint32_t found = 0;
    while (found < count) {
        uint32_t best = HST_GRAPH_NONE;
        uint32_t most = 0;
        for (uint32_t v = 0; v < graph->node_count; v++) {
            bool taken = !hst_graph_transits(graph, v);
            for (uint32_t i = 0; i < found; i++) {
                taken = taken || landmarks[i] == v;
            }
            const uint32_t degree = hst_graph_out(graph, v).count + hst_graph_in(graph, v).count;
            if (!taken && (best == HST_GRAPH_NONE || degree > most)) {
                best = v;
                most = degree;
            }
        }
        if (best == HST_GRAPH_NONE) {
            break;
        }
        landmarks[found++] = best;
    }
    return found;
}

static hst_weight weigh(void *context, uint32_t edge)
{
    const landmark *self = context;
    const uint32_t head = self->base.graph->edges[edge].to;
    return self->barred[head] == self->number ? HST_WEIGHT_CLOSED : 1;
}

/** Append the shortest way from `from` to `to` around the nodes barred; `hop_count_max` > 0. */
static hst_status append(landmark *self,
                         const hst_route_query *query,
                         int64_t need,
                         uint32_t from,
                         uint32_t to,
                         uint32_t hop_count_max,
                         hst_probed_path *path)
{
    const hst_search_query asked = {.source = from,
                                    .target = to,
                                    .amount_micro_usd = need,
                                    .order = HST_ORDER_WEIGHED,
                                    .hop_count_max = hop_count_max,
                                    .excluded_count = query->excluded_count,
                                    .excluded_edges = query->excluded_edges,
                                    .weigh = weigh,
                                    .weigh_context = self};
    hst_search_path found;
    HST_TRY(hst_bidirectional(&self->search, &asked, &found));
    memcpy(path->edges + path->hop_count, found.edges, found.hop_count * sizeof found.edges[0]);
    path->hop_count += found.hop_count;
    return HST_OK;
}

/** The path over a landmark. HST_NO_PATH when there is none that comes by no node twice. */
static hst_status path_over(landmark *self,
                            const hst_route_query *query,
                            int64_t need,
                            uint32_t over,
                            hst_probed_path *path)
{
    const hst_graph *graph = self->base.graph;
    const uint32_t limit = graph->hop_limit;
    memset(path, 0, sizeof *path);
    if (++self->number == 0) {
        memset(self->barred, 0, graph->node_count * sizeof self->barred[0]);
        self->number = 1;
    }
    if (over != query->source) {
        const bool there = over == query->target;
        if (!there) {
            self->barred[query->target] = self->number;
        }
        if (!there && limit == 1) {
            return HST_NO_PATH;
        }
        HST_TRY(append(self, query, need, query->source, over, there ? limit : limit - 1, path));
        self->barred[query->target] = 0;
    }
    if (over == query->target) {
        return HST_OK;
    }
    for (uint32_t i = 0; i < path->hop_count; i++) {
        self->barred[graph->edges[path->edges[i]].from] = self->number;
    }
    return append(self, query, need, over, query->target, limit - path->hop_count, path);
}

/** Probe the path over each landmark; how many there are. Equal paths count once. */
static uint32_t look(landmark *self,
                     const hst_route_query *query,
                     int64_t need,
                     hst_probed_path *paths,
                     uint32_t *probes)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->landmark_count; i++) {
        hst_probed_path *path = &paths[count];
        if (path_over(self, query, need, self->landmarks[i], path) != HST_OK) {
            continue;
        }
        bool known = false;
        for (uint32_t j = 0; j < count; j++) {
            known = known || (paths[j].hop_count == path->hop_count &&
                              memcmp(paths[j].edges, path->edges, sizeof path->edges) == 0);
        }
        if (!known) {
            *probes += hst_probe_path(self->base.graph, self->view, path);
            count++;
        }
    }
    return count;
}

/** What a path has left beside what all paths take over its hops. */
static int64_t left_on(const landmark *self,
                       const hst_probed_path *paths,
                       const int64_t *parts,
                       uint32_t count,
                       uint32_t which)
{
    int64_t least = HST_ROUTE_AMOUNT_MAX_MICRO_USD;
    for (uint32_t hop = 0; hop < paths[which].hop_count; hop++) {
        const uint32_t edge = paths[which].edges[hop];
        int64_t left = hst_probe_hop(self->base.graph, self->view, edge);
        for (uint32_t i = 0; i < count; i++) {
            for (uint32_t h = 0; h < paths[i].hop_count; h++) {
                left -= paths[i].edges[h] == edge ? parts[i] : 0;
            }
        }
        least = left < least ? left : least;
    }
    return least;
}

static hst_status split(hst_router *router, const hst_route_query *query, hst_route_split *answer)
{
    landmark *self = (landmark *)router;
    hst_probed_path paths[HST_LANDMARKS];
    int64_t parts[HST_LANDMARKS] = {0};
    int64_t missing = query->amount_micro_usd;
    uint32_t probes = 0;
    if (query->source == query->target) {
        hst_probed_nowhere(query, answer);
        return HST_OK;
    }
    const uint32_t count = look(self, query, 1, paths, &probes);
    uint32_t open = 0; /* paths that carry anything and are still to take their share */
    for (uint32_t i = 0; i < count; i++) {
        open += paths[i].carries > 0;
    }
    for (uint32_t turn = 0; turn < 2 * count && missing > 0; turn++) {
        const uint32_t i = turn % count;
        if (paths[i].carries > 0) {
            const int64_t even = open > 0 ? (missing + open - 1) / open : missing;
            const int64_t most = left_on(self, paths, parts, count, i);
            const int64_t taken = even < most ? even : most;
            parts[i] += taken;
            missing -= taken;
            open -= open > 0;
        }
    }
    if (missing > 0) {
        return HST_NO_PATH;
    }
    answer->part_count = 0;
    answer->probes = probes;
    for (uint32_t i = 0; i < count; i++) {
        hst_probed_part(router->graph, &paths[i], parts[i], answer);
    }
    return HST_OK;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    landmark *self = (landmark *)router;
    hst_probed_path paths[HST_LANDMARKS];
    uint32_t probes = 0;
    if (query->source == query->target) {
        memset(plan, 0, sizeof *plan);
        return HST_OK;
    }
    const uint32_t count = look(self, query, query->amount_micro_usd, paths, &probes);
    return hst_probed_widest(router->graph, paths, count, query->amount_micro_usd, plan);
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    landmark *self = HST_ARENA_NEW(setup->arena, landmark, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_landmark;
    self->base.graph = setup->graph;
    self->view = setup->view;
    self->barred = HST_ARENA_NEW(setup->arena, uint32_t, setup->graph->node_count);
    if (self->barred == NULL) {
        return HST_NO_MEMORY;
    }
    self->landmark_count = hst_landmarks_find(setup->graph, HST_LANDMARKS, self->landmarks);
    *router = &self->base;
    return hst_search_init(&self->search, setup->arena, setup->graph);
}

const hst_router_kind hst_router_landmark = {
    .name = "landmark",
    .code = "R12",
    .summary = "SilentWhispers: each part by way of a well-known node",
    .information = "advertised, balances by probing",
    .sees = HST_SEES_BALANCES,
    .create = create,
    .route = route,
    .split = split,
};
