#include "core/routing/ldk_buckets.h"

#include "core/routing/ldk_liquidity.h"
#include "core/routing/surrogate.h"

#include <string.h>

#define LN_10      2.30258509299404568402
#define BASE_SHARE 0.1024

typedef struct ldk_buckets {
    hst_router base;
    hst_surrogate surrogate;
    hst_ldk ldk;
    hst_ldk_liquidity *hops; /* by edge */
    const hst_route_view *view;
} ldk_buckets;

/** What the hop could hold at most, as far as is published or was tried; > 0. */
static int64_t capacity_of(const ldk_buckets *self, uint32_t edge, int64_t amount)
{
    const int64_t limit = self->base.graph->edges[edge].limit_micro_usd;
    if (limit > 0) {
        return limit;
    }
    int64_t capacity = amount > 0 ? 2 * amount : 1;
    if (self->hops[edge].capacity > capacity) {
        capacity = self->hops[edge].capacity;
    }
    if (self->view != NULL && self->view->facts != NULL &&
        self->view->facts[edge].usual_limit_micro_usd > capacity) {
        capacity = self->view->facts[edge].usual_limit_micro_usd;
    }
    return capacity;
}

static void
believe(void *context, const hst_route_query *query, uint32_t edge, hst_hop_truth *belief)
{
    const ldk_buckets *self = context;
    const int64_t amount = query->amount_micro_usd;
    belief->extra_micro_usd = hst_ldk_penalty(&self->ldk, &self->hops[edge], amount,
                                              capacity_of(self, edge, amount), query->time_ns);
}

/** LDK's constants, or the sender's price of a failed attempt in their place. */
static hst_ldk parameters(const hst_route_prices *prices)
{
    hst_ldk ldk = hst_ldk_defaults();
    if (prices->failure_micro_usd > 0 || prices->failure_ppb > 0) {
        ldk.liquidity = (double)prices->failure_micro_usd * LN_10;
        ldk.liquidity_rate = (double)prices->failure_ppb * 1e-9 * LN_10;
        ldk.base = BASE_SHARE * ldk.liquidity;
        ldk.base_rate = BASE_SHARE * ldk.liquidity_rate;
    }
    return ldk;
}

static hst_status create(const hst_router_setup *setup, hst_router **router)
{
    ldk_buckets *self = HST_ARENA_NEW(setup->arena, ldk_buckets, 1);
    if (self == NULL) {
        return HST_NO_MEMORY;
    }
    self->base.kind = &hst_router_ldk_buckets;
    self->base.graph = setup->graph;
    self->view = setup->view;
    self->ldk = parameters(&setup->prices);
    self->hops = HST_ARENA_NEW(setup->arena, hst_ldk_liquidity, setup->graph->edge_count);
    if (setup->graph->edge_count > 0 && self->hops == NULL) {
        return HST_NO_MEMORY;
    }
    *router = &self->base;
    return hst_surrogate_init(&self->surrogate, setup, believe, self);
}

static hst_status route(hst_router *router, const hst_route_query *query, hst_route_plan *plan)
{
    return hst_surrogate_plan(&((ldk_buckets *)router)->surrogate, query, plan);
}

/** Did a hop after number `i` of the same attempt fail, by this report? */
static bool fails_later(const hst_hop_outcome *outcomes, size_t count, size_t i)
{
    for (size_t j = i + 1; j < count && outcomes[j].payment == outcomes[i].payment &&
                           outcomes[j].attempt == outcomes[i].attempt;
         j++) {
        if (outcomes[j].result != HST_HOP_DONE) {
            return true;
        }
    }
    return false;
}

static void feedback(hst_router *router, const hst_hop_outcome *outcomes, size_t count)
{
    ldk_buckets *self = (ldk_buckets *)router;
    for (size_t i = 0; i < count; i++) {
        const hst_hop_outcome *one = &outcomes[i];
        const int64_t amount = one->amount_micro_usd;
        const int64_t capacity = capacity_of(self, one->edge, amount);
        const int64_t now = one->submitted_ns + one->delay_ns;
        hst_ldk_liquidity *hop = &self->hops[one->edge];
        if (one->result != HST_HOP_DONE) {
            hst_ldk_failed(&self->ldk, hop, amount, capacity, now);
        } else if (fails_later(outcomes, count, i)) {
            hst_ldk_failed_downstream(&self->ldk, hop, amount, capacity, now);
        } else {
            hst_ldk_succeeded(&self->ldk, hop, amount, capacity, now);
        }
    }
}

/** Buckets that are not empty, as a mask and their values. */
static void write_buckets(hst_writer *writer, const uint16_t buckets[HST_LDK_BUCKETS])
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < HST_LDK_BUCKETS; i++) {
        mask |= buckets[i] != 0 ? UINT32_C(1) << i : 0;
    }
    hst_write_u32(writer, mask);
    for (uint32_t i = 0; i < HST_LDK_BUCKETS; i++) {
        if (buckets[i] != 0) {
            hst_write_u16(writer, buckets[i]);
        }
    }
}

static void read_buckets(hst_reader *reader, uint16_t buckets[HST_LDK_BUCKETS])
{
    const uint32_t mask = hst_read_u32(reader);
    for (uint32_t i = 0; i < HST_LDK_BUCKETS; i++) {
        buckets[i] = (mask >> i & 1) != 0 ? hst_read_u16(reader) : 0;
    }
}

static hst_status checkpoint(const hst_router *router, hst_writer *writer)
{
    const ldk_buckets *self = (const ldk_buckets *)router;
    uint32_t known = 0;
    for (uint32_t e = 0; e < router->graph->edge_count; e++) {
        known += self->hops[e].known;
    }
    hst_write_varint(writer, known);
    for (uint32_t e = 0; e < router->graph->edge_count; e++) {
        const hst_ldk_liquidity *hop = &self->hops[e];
        if (!hop->known) {
            continue;
        }
        hst_write_varint(writer, e);
        hst_write_varint(writer, (uint64_t)hop->lower);
        hst_write_varint(writer, (uint64_t)hop->upper_offset);
        hst_write_varint(writer, (uint64_t)hop->capacity);
        hst_write_varint(writer, (uint64_t)hop->bounds_ns);
        hst_write_varint(writer, (uint64_t)hop->history_ns);
        write_buckets(writer, hop->lower_buckets);
        write_buckets(writer, hop->upper_buckets);
    }
    return hst_writer_status(writer);
}

/** Read one hop's record; false when feedback cannot have left it. */
static bool read_hop(hst_reader *reader, hst_ldk_liquidity *hop)
{
    const int64_t most = 2 * HST_ROUTE_AMOUNT_MAX_MICRO_USD;
    hop->known = true;
    hop->lower = (int64_t)hst_read_varint(reader);
    hop->upper_offset = (int64_t)hst_read_varint(reader);
    hop->capacity = (int64_t)hst_read_varint(reader);
    hop->bounds_ns = (int64_t)hst_read_varint(reader);
    hop->history_ns = (int64_t)hst_read_varint(reader);
    read_buckets(reader, hop->lower_buckets);
    read_buckets(reader, hop->upper_buckets);
    hst_ldk_count_points(hop);
    return hop->bounds_ns >= 0 && hop->history_ns >= 0 && hop->lower >= 0 && hop->lower <= most &&
           hop->capacity > 0 && hop->capacity <= most && hop->upper_offset >= 0 &&
           hop->upper_offset <= hop->capacity;
}

static hst_status restore(hst_router *router, hst_reader *reader)
{
    ldk_buckets *self = (ldk_buckets *)router;
    const uint32_t edges = router->graph->edge_count;
    const uint64_t known = hst_read_varint(reader);
    HST_TRY(hst_reader_status(reader));
    if (known > edges) {
        return HST_CORRUPT;
    }
    if (edges > 0) {
        memset(self->hops, 0, edges * sizeof self->hops[0]);
    }
    uint64_t least = 0; /* edges come in order */
    for (uint64_t i = 0; i < known; i++) {
        hst_ldk_liquidity hop = {0};
        const uint64_t edge = hst_read_varint(reader);
        const bool sane = read_hop(reader, &hop);
        HST_TRY(hst_reader_status(reader));
        if (!sane || edge < least || edge >= edges) {
            return HST_CORRUPT;
        }
        self->hops[edge] = hop;
        least = edge + 1;
    }
    return HST_OK;
}

const hst_router_kind hst_router_ldk_buckets = {
    .name = "ldk-buckets",
    .code = "R7",
    .summary = "LDK: least charge and penalty, from the history of bounds on a hop's liquidity",
    .information = "advertised, own outcomes",
    .create = create,
    .route = route,
    .feedback = feedback,
    .checkpoint = checkpoint,
    .restore = restore,
};
