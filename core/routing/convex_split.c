#include "core/routing/convex_split.h"

#include "core/routing/short_routes.h"

#include <string.h>

enum { SLICES = 16, HALVINGS = 16, EXCHANGES_MAX = 1000 };

typedef struct convex_split {
    hst_router base;
    hst_short_routes routes;
    hst_flow flow;
    int64_t amounts[HST_SHORT_ROUTE_MAX]; /* by route */
    uint32_t active;                      /* routes with an amount */
    int64_t arrives;                      /* of all amounts */
} convex_split;

/** What arrives of more through a route; -1 when it cannot take it. */
static int64_t gain(const convex_split *self, uint32_t r, int64_t amount)
{
    const hst_short_route *one = &self->routes.routes[r];
    if (amount > one->limit_micro_usd - self->amounts[r]) {
        return -1;
    }
    return hst_flow_gain(&self->flow, one->edges, one->hop_count, amount);
}

static void clear_flow(convex_split *self)
{
    for (uint32_t r = 0; r < self->routes.count; r++) {
        hst_flow_clear(&self->flow, self->routes.routes[r].edges, self->routes.routes[r].hop_count);
    }
}

/** Send all amounts through the hops, one route after another; what arrives in all, fixed
 * charges left out. */
static int64_t settle(convex_split *self)
{
    int64_t arrives = 0;
    clear_flow(self);
    self->active = 0;
    for (uint32_t r = 0; r < self->routes.count; r++) {
        if (self->amounts[r] > 0) {
            const hst_short_route *one = &self->routes.routes[r];
            self->active++;
            arrives += hst_flow_put(&self->flow, one->edges, one->hop_count, self->amounts[r]);
        }
    }
    return arrives;
}

/** The route, other than `but`, that delivers most of `amount` more; count when none takes it. */
static uint32_t most_gained(const convex_split *self, int64_t amount, uint32_t but, int64_t *most)
{
    uint32_t best = self->routes.count;
    *most = -1;
    for (uint32_t r = 0; r < self->routes.count; r++) {
        if (r == but || (self->amounts[r] == 0 && self->active == HST_ROUTE_PART_MAX)) {
            continue;
        }
        const int64_t more = gain(self, r, amount);
        if (more > *most) {
            *most = more;
            best = r;
        }
    }
    return best;
}

static bool start(convex_split *self, int64_t amount)
{
    const int64_t slice = amount / SLICES > 0 ? amount / SLICES : 1;
    memset(self->amounts, 0, sizeof self->amounts);
    self->active = 0;
    for (int64_t left = amount; left > 0;) {
        const int64_t piece = left < 2 * slice ? left : slice;
        int64_t most = 0;
        const uint32_t r = most_gained(self, piece, HST_SHORT_ROUTE_MAX, &most);
        if (r == self->routes.count) {
            return false;
        }
        self->amounts[r] += piece;
        self->arrives = settle(self);
        left -= piece;
    }
    return true;
}

/** The route where least is lost by a step, and how large a step it can give. */
static uint32_t least_lost(const convex_split *self, int64_t step, int64_t *given)
{
    uint32_t best = self->routes.count;
    double least = 2;
    for (uint32_t r = 0; r < self->routes.count; r++) {
        if (self->amounts[r] == 0) {
            continue;
        }
        const hst_short_route *one = &self->routes.routes[r];
        const int64_t moved = self->amounts[r] < step ? self->amounts[r] : step;
        const double lost =
            (double)hst_flow_loss(&self->flow, one->edges, one->hop_count, moved) / (double)moved;
        if (lost < least) {
            least = lost;
            best = r;
            *given = moved;
        }
    }
    return best;
}

/** Move an amount from one route to another if more arrives, or less than `allowed` less. */
static bool move(convex_split *self, uint32_t from, uint32_t to, int64_t amount, int64_t allowed)
{
    const int64_t before = self->arrives;
    self->amounts[from] -= amount;
    self->amounts[to] += amount;
    self->arrives = settle(self);
    if (self->arrives > before - allowed) {
        return true;
    }
    self->amounts[from] += amount;
    self->amounts[to] -= amount;
    self->arrives = settle(self);
    return false;
}

/** Move one step to where more of it arrives; false when it is nowhere better. */
static bool exchange(convex_split *self, int64_t step)
{
    int64_t moved = 0;
    int64_t most = 0;
    const uint32_t from = least_lost(self, step, &moved);
    if (from == self->routes.count) {
        return false;
    }
    const uint32_t to = most_gained(self, moved, from, &most);
    if (to == self->routes.count) {
        return false;
    }
    return move(self, from, to, moved, 0);
}

static int64_t fixed_of(const convex_split *self, uint32_t r)
{
    int64_t fixed = 0;
    for (uint32_t i = 0; i < self->routes.routes[r].hop_count; i++) {
        fixed += self->base.graph->edges[self->routes.routes[r].edges[i]].fixed_micro_usd;
    }
    return fixed;
}

/** Give up the part that is worth least beyond its fixed charges; false when all are worth it. */
static bool merge(convex_split *self)
{
    int64_t best_saving = 0;
    uint32_t from = 0;
    uint32_t to = 0;
    for (uint32_t r = 0; r < self->routes.count && self->active > 1; r++) {
        if (self->amounts[r] == 0) {
            continue;
        }
        const hst_short_route *one = &self->routes.routes[r];
        const int64_t lost =
            hst_flow_loss(&self->flow, one->edges, one->hop_count, self->amounts[r]);
        for (uint32_t other = 0; other < self->routes.count; other++) {
            if (other == r || self->amounts[other] == 0) {
                continue;
            }
            const int64_t gained = gain(self, other, self->amounts[r]);
            const int64_t saving = gained - lost + fixed_of(self, r);
            if (gained >= 0 && saving > best_saving) {
                best_saving = saving;
                from = r;
                to = other;
            }
        }
    }
    if (best_saving == 0) {
        return false;
    }
    return move(self, from, to, self->amounts[from], fixed_of(self, from));
}

/** The best amounts by route; false when not everything finds a way. */
static bool solve(convex_split *self, int64_t amount)
{
    bool found = start(self, amount);
    for (unsigned i = 1; found && i <= HALVINGS && self->routes.count > 1; i++) {
        const int64_t step = amount >> i;
        if (step == 0) {
            break;
        }
        for (unsigned k = 0; k < EXCHANGES_MAX && exchange(self, step); k++) {
        }
    }
    while (found && merge(self)) {
    }
    clear_flow(self);
    return found;
}

static void find(convex_split *self, const hst_route_query *query, int64_t amount)
{
    const hst_quoting q = {.graph = self->base.graph,
                           .view = self->flow.view,
                           .query = query,
                           .amount_micro_usd = amount};
    hst_short_routes_find(&self->routes, &q);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    convex_split *self = (convex_split *)router;
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

static hst_status split(hst_router *router, const hst_route_query *query, hst_route_split *answer)
{
    convex_split *self = (convex_split *)router;
    answer->probes = 0;
    answer->part_count = 0;
    if (query->source != query->target && query->amount_micro_usd >= SLICES) {
        find(self, query, query->amount_micro_usd / SLICES);
        if (self->routes.count > 0 && solve(self, query->amount_micro_usd)) {
            for (uint32_t r = 0; r < self->routes.count; r++) {
                if (self->amounts[r] > 0) {
                    hst_route_part *part = &answer->parts[answer->part_count++];
                    part->amount_micro_usd = self->amounts[r];
                    hst_short_route_plan(router->graph, &self->routes.routes[r], self->amounts[r],
                                         &part->plan);
                }
            }
            return HST_OK;
        }
    }
    hst_route_part part = {.amount_micro_usd = query->amount_micro_usd};
    HST_TRY(route(router, query, &part.plan));
    answer->parts[0] = part;
    answer->part_count = 1;
    return HST_OK;
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    convex_split *self = HST_ARENA_NEW(setup->arena, convex_split, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_convex_split;
    self->base.graph = setup->graph;
    HST_TRY(hst_flow_init(&self->flow, setup));
    *router = &self->base;
    return hst_short_routes_init(&self->routes, setup);
}

const hst_router_kind hst_router_convex_split = {
    .name = "convex-split",
    .code = "R15x",
    .summary = "the split of equal marginal prices over paths of three hops: R15's reference",
    .information = "advertised",
    .create = create,
    .route = route,
    .split = split,
};
