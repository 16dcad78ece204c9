#include "core/routing/flash.h"

#include "core/routing/probed_flow.h"
#include "core/routing/yen.h"

#include <string.h>

enum { PAIRS = 4096, TENTHS_OF_MICE = 9 };

/** Paths of a pair of ends: what a fresh search at this version of the graph finds. */
typedef struct mouse_paths {
    uint32_t source;
    uint32_t target; /* equal to source: nobody's place */
    uint64_t version;
    uint32_t count;
    hst_probed_path paths[HST_FLASH_MOUSE_PATHS];
} mouse_paths;

/** A payment as its first attempt was sent. */
typedef struct sent_payment {
    uint64_t payment;
    int64_t amount; /* of its parts so far */
} sent_payment;

typedef struct flash {
    hst_router base;
    const hst_route_view *view;
    hst_search search;
    hst_yen yen;
    hst_probed_flow flow;
    mouse_paths *table;
    uint32_t table_count;
    mouse_paths fresh;                       /* of a query that cannot use the table's */
    sent_payment sent[HST_FLASH_REMEMBERED]; /* the oldest overwritten first */
    uint32_t sent_count;
    uint32_t sent_next;
} flash;

/** Is it larger than nine tenths of the payments remembered? */
static bool is_elephant(const flash *self, const hst_route_query *query)
{
    uint32_t smaller = 0;
    for (uint32_t i = 0; i < self->sent_count; i++) {
        smaller += self->sent[i].amount < query->amount_micro_usd;
    }
    return smaller * 10 >= self->sent_count * TENTHS_OF_MICE;
}

/** Every hop is as long as another. */
static hst_weight weigh(void *context, uint32_t edge)
{
    (void)context;
    (void)edge;
    return 1;
}

/** The shortest paths between the query's ends: over any open hops when `need` is 0, else without
 * those it excludes and those that take less than `need`. */
static void find_paths(flash *self, const hst_route_query *query, int64_t need, mouse_paths *into)
{
    const hst_search_query asked = {.source = query->source,
                                    .target = query->target,
                                    .amount_micro_usd = need,
                                    .order = HST_ORDER_WEIGHED,
                                    .hop_count_max = self->base.graph->hop_limit,
                                    .excluded_count = need > 0 ? query->excluded_count : 0,
                                    .excluded_edges = query->excluded_edges,
                                    .weigh = weigh};
    memset(into, 0, sizeof *into);
    into->source = query->source;
    into->target = query->target;
    into->version = self->base.graph->version;
    if (hst_yen_paths(&self->yen, &self->search, &asked, HST_FLASH_MOUSE_PATHS) != HST_OK) {
        return;
    }
    into->count = self->yen.path_count;
    for (uint32_t i = 0; i < into->count; i++) {
        const hst_yen_path *path = &self->yen.paths[i];
        memcpy(into->paths[i].edges, path->edges, path->hop_count * sizeof path->edges[0]);
        into->paths[i].hop_count = path->hop_count;
    }
}

/** May the query use all of them for `need`? */
static bool all_allowed(const hst_graph *graph,
                        const hst_route_query *query,
                        int64_t need,
                        const mouse_paths *one)
{
    for (uint32_t i = 0; i < one->count; i++) {
        for (uint32_t hop = 0; hop < one->paths[i].hop_count; hop++) {
            const uint32_t edge = one->paths[i].edges[hop];
            if (!hst_probe_allows(graph, query, edge) || hst_probe_hop(graph, NULL, edge) < need) {
                return false;
            }
        }
    }
    return true;
}

/** The pair's paths from the table, or found anew; hops take at least `need` > 0 as published. */
static const mouse_paths *paths_of(flash *self, const hst_route_query *query, int64_t need)
{
    const uint64_t mixed =
        ((uint64_t)query->source << 32 | query->target) * UINT64_C(0x9e3779b97f4a7c15);
    mouse_paths *one = &self->table[(mixed >> 32) % self->table_count];
    if (one->source != query->source || one->target != query->target ||
        one->version != self->base.graph->version) {
        find_paths(self, query, 0, one);
    }
    if (all_allowed(self->base.graph, query, need, one)) {
        return one;
    }
    find_paths(self, query, need, &self->fresh);
    return &self->fresh;
}

static bool passes(const hst_probed_path *path, uint32_t edge)
{
    for (uint32_t i = 0; i < path->hop_count; i++) {
        if (path->edges[i] == edge) {
            return true;
        }
    }
    return false;
}

/** What path number `which` takes as far as the sender knows after probing the first `probed` paths
 * and with the parts it has: of hops not probed it knows what is published. */
static int64_t room(const flash *self,
                    const mouse_paths *all,
                    uint32_t which,
                    uint32_t probed,
                    const hst_route_split *parts)
{
    int64_t least = HST_ROUTE_AMOUNT_MAX_MICRO_USD;
    for (uint32_t hop = 0; hop < all->paths[which].hop_count; hop++) {
        const uint32_t edge = all->paths[which].edges[hop];
        bool known = which < probed;
        for (uint32_t i = 0; i < probed && !known; i++) {
            known = passes(&all->paths[i], edge);
        }
        int64_t left = hst_probe_hop(self->base.graph, known ? self->view : NULL, edge);
        for (uint32_t i = 0; parts != NULL && i < parts->part_count; i++) {
            for (uint32_t h = 0; h < parts->parts[i].plan.hop_count; h++) {
                left -=
                    parts->parts[i].plan.edges[h] == edge ? parts->parts[i].amount_micro_usd : 0;
            }
        }
        least = left < least ? left : least;
    }
    return least > 0 ? least : 0;
}

static hst_status split_mouse(flash *self, const hst_route_query *query, hst_route_split *answer)
{
    const mouse_paths *all = paths_of(self, query, 1);
    const uint32_t probed = query->attempt < all->count ? query->attempt : all->count;
    hst_route_split *trial = &self->flow.trial;
    int64_t missing = query->amount_micro_usd;
    trial->part_count = 0;
    trial->probes = 0;
    for (uint32_t i = 0; i < all->count && missing > 0; i++) {
        const int64_t most = room(self, all, i, probed, trial);
        const int64_t sent = most < missing ? most : missing;
        trial->probes += i < probed ? all->paths[i].hop_count : 0;
        hst_probed_part(self->base.graph, &all->paths[i], sent, trial);
        missing -= sent;
    }
    if (missing > 0) {
        return HST_NO_PATH;
    }
    *answer = *trial;
    return HST_OK;
}

static hst_status split(hst_router *router, const hst_route_query *query, hst_route_split *answer)
{
    flash *self = (flash *)router;
    if (query->source == query->target) {
        hst_probed_nowhere(query, answer);
        return HST_OK;
    }
    if (is_elephant(self, query)) {
        return hst_probed_flow_split(&self->flow, query, HST_FLASH_ELEPHANT_PATHS, answer);
    }
    return split_mouse(self, query, answer);
}

static hst_status route_mouse(flash *self, const hst_route_query *query, hst_route_plan *plan)
{
    const int64_t need = query->amount_micro_usd > 0 ? query->amount_micro_usd : 1;
    const mouse_paths *all = paths_of(self, query, need);
    const uint32_t probed = query->attempt < all->count ? query->attempt : all->count;
    for (uint32_t i = 0; i < all->count; i++) {
        if (room(self, all, i, probed, NULL) >= query->amount_micro_usd) {
            hst_probed_plan(self->base.graph, &all->paths[i], query->amount_micro_usd, plan);
            return HST_OK;
        }
    }
    return HST_NO_PATH;
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    flash *self = (flash *)router;
    if (query->source == query->target) {
        memset(plan, 0, sizeof *plan);
        return HST_OK;
    }
    if (!is_elephant(self, query)) {
        return route_mouse(self, query, plan);
    }
    hst_probed_path path;
    HST_TRY(hst_probed_flow_path(&self->flow, query, HST_FLASH_ELEPHANT_PATHS, &path));
    hst_probed_plan(router->graph, &path, query->amount_micro_usd, plan);
    return HST_OK;
}

/** Remember a part of a first attempt: with the other parts of its payment, if they came lately. */
static void remember(flash *self, const hst_hop_outcome *outcome)
{
    for (uint32_t i = 1; i <= HST_ROUTE_PART_MAX && i <= self->sent_count; i++) {
        const uint32_t place = (self->sent_next + HST_FLASH_REMEMBERED - i) % HST_FLASH_REMEMBERED;
        sent_payment *one = &self->sent[place];
        if (one->payment == outcome->payment) {
            const int64_t room = HST_ROUTE_AMOUNT_MAX_MICRO_USD - one->amount;
            one->amount += outcome->amount_micro_usd < room ? outcome->amount_micro_usd : room;
            return;
        }
    }
    self->sent[self->sent_next] = (sent_payment){outcome->payment, outcome->amount_micro_usd};
    self->sent_next = (self->sent_next + 1) % HST_FLASH_REMEMBERED;
    self->sent_count += self->sent_count < HST_FLASH_REMEMBERED;
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (outcomes[i].hop_index == 0 && outcomes[i].attempt == 0) {
            remember((flash *)router, &outcomes[i]);
        }
    }
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const flash *self = (const flash *)router;
    hst_write_varint(writer, self->sent_count);
    hst_write_varint(writer, self->sent_next);
    for (uint32_t i = 0; i < self->sent_count; i++) {
        hst_write_varint(writer, self->sent[i].payment);
        hst_write_varint(writer, (uint64_t)self->sent[i].amount);
    }
    return hst_writer_status(writer);
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    flash *self = (flash *)router;
    const uint64_t count = hst_read_varint(reader);
    const uint64_t next = hst_read_varint(reader);
    HST_TRY(hst_reader_status(reader));
    if (count > HST_FLASH_REMEMBERED || next >= HST_FLASH_REMEMBERED ||
        (count < HST_FLASH_REMEMBERED && next != count)) {
        return HST_CORRUPT;
    }
    self->sent_count = (uint32_t)count;
    self->sent_next = (uint32_t)next;
    for (uint32_t i = 0; i < self->sent_count; i++) {
        self->sent[i].payment = hst_read_varint(reader);
        const uint64_t amount = hst_read_varint(reader);
        HST_TRY(hst_reader_status(reader));
        if (amount > (uint64_t)HST_ROUTE_AMOUNT_MAX_MICRO_USD) {
            return HST_CORRUPT;
        }
        self->sent[i].amount = (int64_t)amount;
    }
    return HST_OK;
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    flash *self = HST_ARENA_NEW(setup->arena, flash, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_flash;
    self->base.graph = setup->graph;
    self->view = setup->view;
    self->table_count = setup->cache_entry_count > 0 ? setup->cache_entry_count : PAIRS;
    self->table = HST_ARENA_NEW(setup->arena, mouse_paths, self->table_count);
    if (self->table == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(hst_search_init(&self->search, setup->arena, setup->graph));
    *router = &self->base;
    return hst_probed_flow_init(&self->flow, setup->arena, setup->graph, setup->view);
}

const hst_router_kind hst_router_flash = {
    .name = "flash",
    .code = "R9",
    .summary = "Flash: large payments by max-flow on probed balances, small ones over four paths",
    .information = "advertised, own outcomes, balances by probing: large payments, and where a "
                   "send fell short",
    .sees = HST_SEES_BALANCES,
    .own_attempts = HST_FLASH_MOUSE_PATHS,
    .create = create,
    .route = route,
    .split = split,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};
