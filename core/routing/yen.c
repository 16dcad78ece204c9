#include "core/routing/yen.h"

#include "core/routing/bidirectional.h"

#include <string.h>

/** The caller's weight, but for hops that would repeat a path or a node. */
static hst_weight weigh(void *context, uint32_t edge)
{
    const hst_yen *yen = context;
    const uint32_t head = yen->graph->edges[edge].to;
    for (uint32_t i = 0; i < yen->barred_node_count; i++) {
        if (yen->barred_nodes[i] == head) {
            return HST_WEIGHT_CLOSED;
        }
    }
    for (uint32_t i = 0; i < yen->barred_edge_count; i++) {
        if (yen->barred_edges[i] == edge) {
            return HST_WEIGHT_CLOSED;
        }
    }
    return yen->weigh(yen->weigh_context, edge);
}

static bool same_beginning(const hst_yen_path *a, const hst_yen_path *b, uint32_t hops)
{
    return a->hop_count > hops && b->hop_count > hops &&
           memcmp(a->edges, b->edges, hops * sizeof a->edges[0]) == 0;
}

/** Bar the nodes of the first `hops` hops of `path`, its spur node excepted, and the edges by which
 * known paths with this beginning go on. */
static void bar(hst_yen *yen, const hst_yen_path *path, uint32_t hops)
{
    yen->barred_node_count = 0;
    yen->barred_edge_count = 0;
    for (uint32_t i = 0; i < hops; i++) {
        yen->barred_nodes[yen->barred_node_count++] = yen->graph->edges[path->edges[i]].from;
    }
    for (uint32_t i = 0; i < yen->path_count; i++) {
        if (same_beginning(&yen->paths[i], path, hops)) {
            yen->barred_edges[yen->barred_edge_count++] = yen->paths[i].edges[hops];
        }
    }
}

/** Is a before b in the searches' order? */
static bool before(const hst_yen_path *a, const hst_yen_path *b)
{
    if (a->weight != b->weight) {
        return a->weight < b->weight;
    }
    if (a->hop_count != b->hop_count) {
        return a->hop_count < b->hop_count;
    }
    for (uint32_t i = 0; i < a->hop_count; i++) {
        if (a->edges[i] != b->edges[i]) {
            return a->edges[i] < b->edges[i];
        }
    }
    return false;
}

/** The best path that follows `path` for `hops` hops and then leaves it, as a candidate. */
static void deviate(hst_yen *yen, hst_search *search, const hst_search_query *query, uint32_t hops)
{
    const hst_yen_path *path = &yen->paths[yen->path_count - 1];
    hst_search_query spur = *query;
    spur.source = yen->graph->edges[path->edges[hops]].from;
    spur.hop_count_max = yen->graph->hop_limit - hops;
    spur.weigh = weigh;
    spur.weigh_context = yen;
    bar(yen, path, hops);
    hst_search_path rest;
    if (hst_bidirectional(search, &spur, &rest) != HST_OK) {
        return;
    }
    hst_yen_path *candidate = &yen->candidates[yen->candidate_count++];
    *candidate = (hst_yen_path){
        .hop_count = hops + rest.hop_count, .deviation = hops, .weight = rest.exact_femto_usd};
    memcpy(candidate->edges, path->edges, hops * sizeof path->edges[0]);
    memcpy(candidate->edges + hops, rest.edges, rest.hop_count * sizeof rest.edges[0]);
    for (uint32_t i = 0; i < hops; i++) {
        candidate->weight += yen->weigh(yen->weigh_context, path->edges[i]);
    }
}

/** Move the best candidate to the paths; false when there is none. */
static bool accept(hst_yen *yen)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < yen->candidate_count; i++) {
        if (before(&yen->candidates[i], &yen->candidates[best])) {
            best = i;
        }
    }
    if (yen->candidate_count == 0) {
        return false;
    }
    yen->paths[yen->path_count++] = yen->candidates[best];
    yen->candidates[best] = yen->candidates[--yen->candidate_count];
    return true;
}

hst_status
hst_yen_paths(hst_yen *yen, hst_search *search, const hst_search_query *query, uint32_t k)
{
    hst_assert(yen != NULL && search != NULL && query != NULL);
    hst_assert(query->order == HST_ORDER_WEIGHED);
    hst_assert(query->source != query->target);
    hst_assert(k >= 1 && k <= HST_YEN_PATH_MAX);
    hst_search_path best;
    hst_search_query first = *query;
    yen->path_count = 0;
    yen->candidate_count = 0;
    yen->graph = search->graph;
    yen->weigh = query->weigh;
    yen->weigh_context = query->weigh_context;
    first.hop_count_max = yen->graph->hop_limit;
    HST_TRY(hst_bidirectional(search, &first, &best));
    hst_yen_path *path = &yen->paths[yen->path_count++];
    *path = (hst_yen_path){.hop_count = best.hop_count, .weight = best.exact_femto_usd};
    memcpy(path->edges, best.edges, best.hop_count * sizeof best.edges[0]);
    while (yen->path_count < k) {
        const hst_yen_path *last = &yen->paths[yen->path_count - 1];
        /* In front of the deviation its ways on were all candidates already (Lawler). */
        for (uint32_t hops = last->deviation; hops < last->hop_count; hops++) {
            deviate(yen, search, query, hops);
        }
        if (!accept(yen)) {
            break;
        }
    }
    return HST_OK;
}
