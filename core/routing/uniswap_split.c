#include "core/routing/uniswap_split.h"

#include "core/routing/short_routes.h"

#include <string.h>

enum { STEPS = 20, PARTS_MAX = 7, LAYER_MAX = 1024 };

/** A path's quote for one percentage. */
typedef struct offer {
    hst_loss loss;
    uint32_t route; /* of short_routes */
} offer;

/** Parts so far; percentages in steps of 5. */
typedef struct combination {
    hst_loss loss;
    uint16_t routes[PARTS_MAX];
    uint8_t steps[PARTS_MAX];
    uint8_t count;
    uint8_t left; /* steps not yet given to a part */
} combination;

typedef struct uniswap_split {
    hst_router base;
    const hst_route_view *view;
    hst_short_routes routes;
    offer offers[STEPS + 1][HST_SHORT_ROUTE_MAX];
    uint32_t offer_counts[STEPS + 1];
    combination layers[2][LAYER_MAX];
    uint32_t counts[2];
    combination best;
} uniswap_split;

static int64_t part_of(int64_t amount, uint32_t steps)
{
    return amount / STEPS * steps + amount % STEPS * steps / STEPS;
}

static int compare(const void *left, const void *right)
{
    const offer *a = left;
    const offer *b = right;
    if (a->loss != b->loss) {
        return a->loss < b->loss ? -1 : 1;
    }
    return a->route < b->route ? -1 : a->route > b->route ? 1 : 0;
}

/** Every path's quote for every percentage, sorted. */
static void quote_all(uniswap_split *self, const hst_route_query *query)
{
    for (uint32_t s = 1; s <= STEPS; s++) {
        const hst_quoting q = {.graph = self->base.graph,
                               .view = self->view,
                               .query = query,
                               .amount_micro_usd = part_of(query->amount_micro_usd, s)};
        self->offer_counts[s] = 0;
        for (uint32_t r = 0; r < self->routes.count; r++) {
            const hst_short_route *one = &self->routes.routes[r];
            hst_quote quote;
            if (hst_quote_path(&q, one->edges, one->hop_count, &quote)) {
                self->offers[s][self->offer_counts[s]++] =
                    (offer){.loss = quote.loss_femto_usd, .route = r};
            }
        }
        hst_quote_sort(self->offers[s], self->offer_counts[s], sizeof self->offers[s][0], compare);
    }
}

static bool share_a_hop(const hst_short_route *a, const hst_short_route *b)
{
    for (uint32_t i = 0; i < a->hop_count; i++) {
        for (uint32_t j = 0; j < b->hop_count; j++) {
            if (a->edges[i] == b->edges[j]) {
                return true;
            }
        }
    }
    return false;
}

/** The best quote for a percentage that shares no hop with the parts, or NULL. */
static const offer *first_apart(const uniswap_split *self, const combination *one, uint32_t steps)
{
    for (uint32_t i = 0; i < self->offer_counts[steps]; i++) {
        const offer *candidate = &self->offers[steps][i];
        bool apart = true;
        for (uint32_t p = 0; p < one->count && apart; p++) {
            apart = !share_a_hop(&self->routes.routes[one->routes[p]],
                                 &self->routes.routes[candidate->route]);
        }
        if (apart) {
            return candidate;
        }
    }
    return NULL;
}

/** A combination with one part more. */
static combination with(const combination *one, const offer *added, uint32_t steps)
{
    combination more = *one;
    more.routes[more.count] = (uint16_t)added->route;
    more.steps[more.count++] = (uint8_t)steps;
    more.left = (uint8_t)(more.left - steps);
    more.loss += added->loss;
    return more;
}

static void seed(uniswap_split *self)
{
    const combination nothing = {.left = STEPS};
    self->best = nothing;
    self->best.loss = HST_LOSS_NONE;
    self->counts[0] = 0;
    for (uint32_t s = STEPS; s >= 1; s--) {
        for (uint32_t i = 0; i < 2 && i < self->offer_counts[s]; i++) {
            const combination one = with(&nothing, &self->offers[s][i], s);
            if (one.left > 0) {
                self->layers[0][self->counts[0]++] = one;
            } else if (one.loss < self->best.loss) {
                self->best = one;
            }
        }
    }
}

/** One part more for every combination of a layer. */
static void add_layer(uniswap_split *self, unsigned from)
{
    self->counts[1 - from] = 0;
    for (uint32_t i = 0; i < self->counts[from]; i++) {
        const combination *one = &self->layers[from][i];
        const uint32_t last = one->steps[one->count - 1];
        for (uint32_t s = last < one->left ? last : one->left; s >= 1; s--) {
            const offer *added = first_apart(self, one, s);
            if (added == NULL) {
                continue;
            }
            const combination more = with(one, added, s);
            if (more.left == 0) {
                self->best = more.loss < self->best.loss ? more : self->best;
            } else if (self->counts[1 - from] < LAYER_MAX) {
                self->layers[1 - from][self->counts[1 - from]++] = more;
            }
        }
    }
}

static void search(uniswap_split *self)
{
    unsigned layer = 0;
    seed(self);
    for (uint32_t parts = 2; parts <= PARTS_MAX && self->counts[layer] > 0; parts++) {
        if (parts >= 3 && self->best.count != 0 && self->best.count < parts - 1) {
            break; /* the last part added did not help: one more would not either */
        }
        add_layer(self, layer);
        layer = 1 - layer;
    }
}

static void find(uniswap_split *self, const hst_route_query *query, int64_t amount)
{
    const hst_quoting q = {
        .graph = self->base.graph, .view = self->view, .query = query, .amount_micro_usd = amount};
    hst_short_routes_find(&self->routes, &q);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    uniswap_split *self = (uniswap_split *)router;
    if (query->source == query->target) {
        memset(plan, 0, sizeof *plan);
        return HST_OK;
    }
    find(self, query, query->amount_micro_usd);
    if (self->routes.count == 0) {
        return HST_NO_PATH;
    }
    hst_short_route_plan(router->graph, &self->routes.routes[0], query->amount_micro_usd, plan);
    return HST_OK;
}

/** The last part also got what rounding left: does its path still take it? */
static bool
last_fits(const uniswap_split *self, const hst_route_query *query, const hst_route_split *answer)
{
    const hst_route_part *last = &answer->parts[answer->part_count - 1];
    const hst_quoting q = {.graph = self->base.graph,
                           .view = self->view,
                           .query = query,
                           .amount_micro_usd = last->amount_micro_usd};
    hst_quote quote;
    return hst_quote_path(&q, last->plan.edges, last->plan.hop_count, &quote);
}

static hst_status split(hst_router *router, const hst_route_query *query, hst_route_split *answer)
{
    uniswap_split *self = (uniswap_split *)router;
    self->best.count = 0;
    if (query->source != query->target && query->amount_micro_usd >= STEPS) {
        find(self, query, part_of(query->amount_micro_usd, 1));
        quote_all(self, query);
        search(self);
    }
    answer->probes = 0;
    answer->part_count = 0;
    int64_t left = query->amount_micro_usd;
    for (uint32_t p = 0; p < self->best.count; p++) {
        const int64_t amount = p + 1 == self->best.count
                                   ? left
                                   : part_of(query->amount_micro_usd, self->best.steps[p]);
        hst_route_part *part = &answer->parts[answer->part_count++];
        part->amount_micro_usd = amount;
        hst_short_route_plan(router->graph, &self->routes.routes[self->best.routes[p]], amount,
                             &part->plan);
        left -= amount;
    }
    if (answer->part_count > 0 && last_fits(self, query, answer)) {
        return HST_OK;
    }
    hst_route_part part = {.amount_micro_usd = query->amount_micro_usd};
    HST_TRY(route(router, query, &part.plan));
    answer->parts[0] = part;
    answer->part_count = 1;
    return HST_OK;
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    uniswap_split *self = HST_ARENA_NEW(setup->arena, uniswap_split, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_uniswap_split;
    self->base.graph = setup->graph;
    self->view = setup->view;
    *router = &self->base;
    return hst_short_routes_init(&self->routes, setup);
}

const hst_router_kind hst_router_uniswap_split = {
    .name = "uniswap-split",
    .code = "R15",
    .summary = "Uniswap: parts in steps of 5 % over paths of three hops that share none",
    .information = "advertised",
    .create = create,
    .route = route,
    .split = split,
};
