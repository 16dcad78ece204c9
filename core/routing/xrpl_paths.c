#include "core/routing/xrpl_paths.h"

#include "core/routing/quote.h"

#include <string.h>

enum {
    HOPS_MAX = 6,
    COMPLETE_MAX = 1000,
    PARTIAL_MAX = 4096,
    PATHS_MAX = 6,
    SLICES = 24,
    ACCOUNTS_FROM_SOURCE = 50,
    ACCOUNTS_FROM_OTHERS = 10
};

/** A type of paths, and from which level on it is looked for. */
typedef struct path_type {
    int level;
    const char *steps;
} path_type;

#define TYPES_MAX 12

/** Types by the currencies of source and target; level 0 is the default path. */
static const path_type from_bridge[TYPES_MAX] = {
    {1, "sfd"}, {3, "sfad"}, {5, "sfaad"}, {6, "sbfd"}, {8, "sbafd"}, {9, "sbfad"}, {10, "sbafad"}};
static const path_type to_bridge[TYPES_MAX] = {{1, "sxd"},  {2, "saxd"},  {6, "saaxd"},
                                               {7, "sbxd"}, {8, "sabxd"}, {9, "sabaxd"}};
static const path_type to_same[TYPES_MAX] = {
    {1, "sad"},   {1, "sfd"},   {4, "safd"},  {4, "sfad"},   {5, "saad"},  {5, "sbfd"},
    {6, "sxfad"}, {6, "safad"}, {6, "saxfd"}, {6, "saxfad"}, {6, "sabfd"}, {7, "saaad"}};
static const path_type to_other[TYPES_MAX] = {
    {1, "sfad"}, {1, "safd"},   {3, "safad"}, {4, "sxfd"},  {5, "saxfd"},  {5, "sxfad"},
    {5, "sbfd"}, {6, "saxfad"}, {6, "sabfd"}, {7, "saafd"}, {8, "saafad"}, {9, "safaad"}};
static const path_type default_direct = {0, "sd"};
static const path_type default_converted = {0, "sfd"};

/** A path so far. */
typedef struct strand {
    uint32_t edges[HOPS_MAX];
    uint32_t hop_count;
    uint32_t end; /* node */
} strand;

/** A complete path in the ranking. */
typedef struct rank {
    hst_loss quality;
    int64_t liquidity;
    uint32_t length;
    uint32_t path;
} rank;

typedef struct xrpl_paths {
    hst_router base;
    hst_flow flow;
    uint32_t bridge; /* currency */
    strand complete[COMPLETE_MAX];
    uint32_t complete_count;
    rank ranks[COMPLETE_MAX];
    uint32_t rank_count;
    strand partials[2][PARTIAL_MAX];
    uint32_t partial_counts[2];
    hst_quoting quoting;
} xrpl_paths;

static uint16_t currency_of(const xrpl_paths *self, uint32_t node)
{
    return self->base.graph->nodes[node].currency;
}

static bool passes(const xrpl_paths *self, const strand *one, uint32_t node)
{
    for (uint32_t i = 0; i < one->hop_count; i++) {
        if (self->base.graph->edges[one->edges[i]].from == node) {
            return true;
        }
    }
    return one->end == node;
}

static void add_complete(xrpl_paths *self, const strand *one)
{
    for (uint32_t i = 0; i < self->complete_count; i++) {
        const strand *known = &self->complete[i];
        if (known->hop_count == one->hop_count &&
            memcmp(known->edges, one->edges, one->hop_count * sizeof one->edges[0]) == 0) {
            return;
        }
    }
    if (self->complete_count < COMPLETE_MAX) {
        self->complete[self->complete_count++] = *one;
    }
}

/** May a step of this kind take the hop? */
static bool fits(const xrpl_paths *self, char step, uint32_t from, uint32_t to)
{
    const uint16_t before = currency_of(self, from);
    const uint16_t after = currency_of(self, to);
    switch (step) {
    case 'b': return before != after;
    case 'x': return before != after && after == self->bridge;
    case 'f': return before != after && after == currency_of(self, self->quoting.query->target);
    default: return before == after;
    }
}

/** Put a strand with one hop more on the other list, or among the complete ones. */
static void
append(xrpl_paths *self, unsigned list, const strand *one, const hst_graph_arc *arc, bool last)
{
    strand longer = *one;
    if (longer.hop_count == HOPS_MAX || longer.hop_count == self->base.graph->hop_limit) {
        return;
    }
    longer.edges[longer.hop_count++] = arc->edge;
    longer.end = arc->node;
    if (last) {
        add_complete(self, &longer);
    } else if (self->partial_counts[list] < PARTIAL_MAX) {
        self->partials[list][self->partial_counts[list]++] = longer;
    }
}

/** Is this hop one of the `most` of its kind whose ends have most hops out? Ties to the earlier. */
static bool among_first(const xrpl_paths *self, hst_graph_row row, uint32_t at, uint32_t most)
{
    uint32_t better = 0;
    const uint32_t from = self->base.graph->edges[row.arcs[at].edge].from;
    const uint32_t own = hst_graph_out(self->base.graph, row.arcs[at].node).count;
    for (uint32_t i = 0; i < row.transit_count && better < most; i++) {
        if (!fits(self, 'a', from, row.arcs[i].node)) {
            continue;
        }
        const uint32_t out = hst_graph_out(self->base.graph, row.arcs[i].node).count;
        better += out > own || (out == own && i < at) ? 1 : 0;
    }
    return better < most;
}

/** One step more for a strand. */
static void step_on(xrpl_paths *self, unsigned list, const strand *one, char step)
{
    const uint32_t target = self->quoting.query->target;
    const hst_graph_row row = hst_graph_out(self->base.graph, one->end);
    const uint32_t most = one->hop_count == 0 ? ACCOUNTS_FROM_SOURCE : ACCOUNTS_FROM_OTHERS;
    if (step == 'd' && one->end == target) {
        add_complete(self, one);
        return;
    }
    if (one->end == target) {
        return;
    }
    for (uint32_t a = 0; a < row.count && self->complete_count < COMPLETE_MAX; a++) {
        const hst_graph_arc *arc = &row.arcs[a];
        const bool ends = arc->node == target;
        if ((step == 'd' ? !ends : !ends && a >= row.transit_count) ||
            !fits(self, step, one->end, arc->node) || passes(self, one, arc->node) ||
            !hst_quote_open(&self->quoting, arc->edge)) {
            continue;
        }
        if (step == 'a' && row.transit_count > most && !ends && !among_first(self, row, a, most)) {
            continue;
        }
        append(self, list, one, arc, step == 'd');
    }
}

/** All paths of a type. */
static void expand(xrpl_paths *self, const char *steps)
{
    unsigned list = 0;
    self->partials[0][0] = (strand){.end = self->quoting.query->source};
    self->partial_counts[0] = 1;
    for (const char *step = steps + 1; *step != '\0'; step++) {
        self->partial_counts[1 - list] = 0;
        for (uint32_t i = 0; i < self->partial_counts[list]; i++) {
            step_on(self, 1 - list, &self->partials[list][i], *step);
        }
        list = 1 - list;
    }
}

static const path_type *types_of(const xrpl_paths *self, const hst_route_query *query)
{
    const uint16_t source = currency_of(self, query->source);
    const uint16_t target = currency_of(self, query->target);
    if (source == target) {
        return to_same;
    }
    return source == self->bridge ? from_bridge : target == self->bridge ? to_bridge : to_other;
}

/** The smallest useful amount: of more paths than that, none needs less. */
static int64_t useful(int64_t amount)
{
    return amount < PATHS_MAX + 2 ? amount : amount / (PATHS_MAX + 2);
}

static void find_paths(xrpl_paths *self, const hst_route_query *query)
{
    const path_type *types = types_of(self, query);
    self->complete_count = 0;
    self->quoting = (hst_quoting){.graph = self->base.graph,
                                  .view = self->flow.view,
                                  .query = query,
                                  .amount_micro_usd = useful(query->amount_micro_usd)};
    expand(self, types == to_same ? default_direct.steps : default_converted.steps);
    for (unsigned i = 0; i < TYPES_MAX && types[i].steps != NULL; i++) {
        if (types[i].level <= HST_XRPL_LEVEL && self->complete_count < COMPLETE_MAX) {
            expand(self, types[i].steps);
        }
    }
}

/** How much of the query's amount a path can carry: its tightest limit. */
static int64_t liquidity_of(const xrpl_paths *self, const strand *one)
{
    int64_t most = self->quoting.query->amount_micro_usd;
    for (uint32_t i = 0; i < one->hop_count; i++) {
        const int64_t limit = self->base.graph->edges[one->edges[i]].limit_micro_usd;
        most = limit != 0 && limit < most ? limit : most;
    }
    return most;
}

static int compare(const void *left, const void *right)
{
    const rank *a = left;
    const rank *b = right;
    if (a->quality != b->quality) {
        return a->quality < b->quality ? -1 : 1;
    }
    if (a->liquidity != b->liquidity) {
        return a->liquidity > b->liquidity ? -1 : 1;
    }
    if (a->length != b->length) {
        return a->length < b->length ? -1 : 1;
    }
    return a->path > b->path ? -1 : 1;
}

static void rank_paths(xrpl_paths *self)
{
    self->rank_count = 0;
    for (uint32_t i = 0; i < self->complete_count; i++) {
        const strand *one = &self->complete[i];
        hst_quote quote;
        if (hst_quote_path(&self->quoting, one->edges, one->hop_count, &quote)) {
            self->ranks[self->rank_count++] = (rank){.quality = quote.loss_femto_usd,
                                                     .liquidity = liquidity_of(self, one),
                                                     .length = one->hop_count,
                                                     .path = i};
        }
    }
    hst_quote_sort(self->ranks, self->rank_count, sizeof self->ranks[0], compare);
}

static void
write_plan(const xrpl_paths *self, const strand *one, int64_t amount, hst_route_plan *plan)
{
    memset(plan, 0, sizeof *plan);
    memcpy(plan->edges, one->edges, one->hop_count * sizeof one->edges[0]);
    plan->hop_count = one->hop_count;
    hst_route_plan_price(self->base.graph, amount, plan);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    xrpl_paths *self = (xrpl_paths *)router;
    if (query->source == query->target) {
        memset(plan, 0, sizeof *plan);
        return HST_OK;
    }
    find_paths(self, query);
    rank_paths(self);
    self->quoting.amount_micro_usd = query->amount_micro_usd;
    for (uint32_t i = 0; i < self->rank_count; i++) {
        const strand *one = &self->complete[self->ranks[i].path];
        hst_quote quote;
        if (hst_quote_path(&self->quoting, one->edges, one->hop_count, &quote)) {
            write_plan(self, one, query->amount_micro_usd, plan);
            return HST_OK;
        }
    }
    return HST_NO_PATH;
}

/** The ranking's best, the last only if it fills what is left; how many. */
static uint32_t choose(xrpl_paths *self, const rank *chosen[PATHS_MAX])
{
    uint32_t count = 0;
    int64_t remaining = self->quoting.query->amount_micro_usd;
    for (uint32_t i = 0; i < self->rank_count && count < PATHS_MAX; i++) {
        const rank *one = &self->ranks[i];
        if (count + 1 < PATHS_MAX || one->liquidity >= remaining) {
            chosen[count++] = one;
            remaining -= one->liquidity < remaining ? one->liquidity : remaining;
        }
    }
    return remaining > 0 ? 0 : count;
}

/** Send slices, each along the path that delivers most of it; false when none takes one. */
static bool
fill(xrpl_paths *self, const rank *const *chosen, uint32_t count, int64_t amounts[PATHS_MAX])
{
    int64_t left = self->quoting.query->amount_micro_usd;
    const int64_t slice = left / SLICES > 0 ? left / SLICES : 1;
    while (left > 0) {
        uint32_t best = count;
        int64_t most = -1;
        int64_t best_piece = 0;
        for (uint32_t i = 0; i < count; i++) {
            const strand *one = &self->complete[chosen[i]->path];
            const int64_t room = chosen[i]->liquidity - amounts[i];
            int64_t piece = left < 2 * slice ? left : slice;
            piece = piece < room ? piece : room;
            const int64_t gain =
                piece > 0 ? hst_flow_gain(&self->flow, one->edges, one->hop_count, piece) : -1;
            if (gain > most || (best == count && gain >= 0)) {
                most = gain;
                best = i;
                best_piece = piece;
            }
        }
        if (best == count) {
            return false;
        }
        const strand *taken = &self->complete[chosen[best]->path];
        (void)hst_flow_put(&self->flow, taken->edges, taken->hop_count, best_piece);
        amounts[best] += best_piece;
        left -= best_piece;
    }
    return true;
}

static hst_status split(hst_router *router, const hst_route_query *query, hst_route_split *answer)
{
    xrpl_paths *self = (xrpl_paths *)router;
    const rank *chosen[PATHS_MAX] = {0};
    int64_t amounts[PATHS_MAX] = {0};
    uint32_t count = 0;
    bool filled = false;
    if (query->source != query->target && query->amount_micro_usd >= SLICES) {
        find_paths(self, query);
        rank_paths(self);
        count = choose(self, chosen);
        filled = count > 0 && fill(self, chosen, count, amounts);
        for (uint32_t i = 0; i < count; i++) {
            const strand *one = &self->complete[chosen[i]->path];
            hst_flow_clear(&self->flow, one->edges, one->hop_count);
        }
    }
    if (!filled) {
        hst_route_part part = {.amount_micro_usd = query->amount_micro_usd};
        HST_TRY(route(router, query, &part.plan));
        answer->parts[0] = part;
        answer->part_count = 1;
        answer->probes = 0;
        return HST_OK;
    }
    answer->part_count = 0;
    answer->probes = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (amounts[i] > 0) {
            hst_route_part *part = &answer->parts[answer->part_count++];
            part->amount_micro_usd = amounts[i];
            write_plan(self, &self->complete[chosen[i]->path], amounts[i], &part->plan);
        }
    }
    return HST_OK;
}

/** The currency that most conversions touch, the lowest number of equals. */
static uint32_t find_bridge(const hst_graph *graph, uint32_t *counts)
{
    uint32_t best = 0;
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        const uint16_t from = graph->nodes[graph->edges[e].from].currency;
        const uint16_t to = graph->nodes[graph->edges[e].to].currency;
        if (from != to) {
            counts[from]++;
            counts[to]++;
        }
    }
    for (uint32_t c = 1; c <= UINT16_MAX; c++) {
        best = counts[c] > counts[best] ? c : best;
    }
    return best;
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    xrpl_paths *self = HST_ARENA_NEW(setup->arena, xrpl_paths, 1);
    uint32_t *counts = HST_ARENA_NEW(setup->arena, uint32_t, UINT16_MAX + 1);
    if (self == NULL || counts == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_xrpl_paths;
    self->base.graph = setup->graph;
    self->bridge = find_bridge(setup->graph, counts);
    *router = &self->base;
    return hst_flow_init(&self->flow, setup);
}

const hst_router_kind hst_router_xrpl_paths = {
    .name = "xrpl-paths",
    .code = "R13",
    .summary = "XRP Ledger: paths by a table of types, ranked by quality; six at most",
    .information = "advertised",
    .create = create,
    .route = route,
    .split = split,
};
