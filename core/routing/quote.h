/** @file core/routing/quote.h
 * Private to core/routing: what a path quotes, hop by hop, for routers that look at the amount that
 * arrives: best quotes, ledger path finders, split routers.
 *
 * Where the host says what a hop delivers (a pool, an order book), a path is walked with what
 * arrives: each hop is given what the one before delivered. Where it does not, charges add up on
 * the query's amount as everywhere in this folder (core/routing/graph.h). Either way a path has a
 * loss, and the best path loses least.
 *
 *   loss = sum(fixed * 1e9 + amount * rate)          advertised lines
 *   loss = (amount - delivered) * 1e9                delivered amounts
 *
 * A flow puts several parts through the same hops: what a hop delivers for more is what it delivers
 * for all less what it delivers for those before. The fixed charge is left out there, because it is
 * paid by part.
 */
#ifndef HST_CORE_ROUTING_QUOTE_H
#define HST_CORE_ROUTING_QUOTE_H

#include "core/routing/router.h"
#include "core/routing/search.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What was lost, femto-USD; below 0 when a hop delivers more than it is given. */
__extension__ typedef __int128 hst_loss;

/** Largest item of hst_quote_sort. */
enum { HST_SORT_SIZE_MAX = 64 };

/** More than any path loses. */
#define HST_LOSS_NONE ((hst_loss)1 << 120)

/** A path so far. */
typedef struct hst_quote {
    hst_loss loss_femto_usd;    /**< of the path */
    int64_t arriving_micro_usd; /**< given to the next hop */
} hst_quote;

/** For whom: a graph, what can be looked up, and a query. */
typedef struct hst_quoting {
    const hst_graph *graph;       /**< of the router */
    const hst_route_view *view;   /**< of the router, may be NULL */
    const hst_route_query *query; /**< being answered */
    int64_t amount_micro_usd;     /**< of this part */
} hst_quoting;

/** Does the view say what hops deliver? */
static inline bool hst_quote_delivers(const hst_route_view *view)
{
    return view != NULL && view->delivers != NULL;
}

/** May this query send an amount over the edge? */
bool hst_quote_open(const hst_quoting *q, uint32_t edge);

/** One hop more; false when it cannot take what arrives. */
static inline bool
hst_quote_hop(const hst_quoting *q, uint32_t edge, const hst_quote *before, hst_quote *after)
{
    if (hst_quote_delivers(q->view)) {
        const int64_t given = before->arriving_micro_usd;
        const int64_t out = q->view->delivers(q->view->context, edge, given);
        after->arriving_micro_usd = out;
        after->loss_femto_usd =
            before->loss_femto_usd + (hst_loss)(given - out) * (hst_loss)HST_FEMTO_PER_MICRO;
        return out >= 0;
    }
    const hst_graph_edge *record = hst_graph_edge_at(q->graph, edge);
    after->arriving_micro_usd = before->arriving_micro_usd;
    after->loss_femto_usd = before->loss_femto_usd +
                            (hst_loss)record->fixed_micro_usd * (hst_loss)HST_FEMTO_PER_MICRO +
                            (hst_loss)q->amount_micro_usd * record->rate_ppb;
    return true;
}

/** A whole path; false when a hop is closed or cannot take what arrives. */
bool hst_quote_path(const hst_quoting *q, const uint32_t *edges, uint32_t count, hst_quote *quote);

/** Sort without memory of its own; `compare` as for the C library's qsort and never 0, so that the
 * order is one. Items of at most HST_SORT_SIZE_MAX bytes. */
void hst_quote_sort(void *items,
                    uint32_t count,
                    size_t size,
                    int (*compare)(const void *left, const void *right));

/** Several parts through the same hops. */
typedef struct hst_flow {
    const hst_graph *graph;     /**< of the router */
    const hst_route_view *view; /**< of the router, may be NULL */
    int64_t *given;             /**< by edge: what parts so far gave to it */
} hst_flow;

/** An empty flow in the arena. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_flow_init(hst_flow *flow, const hst_router_setup *setup);

/** What arrives at the end of a path of `amount` more (> 0), fixed charges left out; -1 when a hop
 * cannot take it. */
int64_t hst_flow_gain(const hst_flow *flow, const uint32_t *edges, uint32_t count, int64_t amount);

/** What no longer arrives when `amount` is taken off again. */
int64_t hst_flow_loss(const hst_flow *flow, const uint32_t *edges, uint32_t count, int64_t amount);

/** Put `amount` more through a path; what arrives of it, fixed charges left out. */
int64_t hst_flow_put(hst_flow *flow, const uint32_t *edges, uint32_t count, int64_t amount);

/** Nothing goes through these hops any more. */
void hst_flow_clear(hst_flow *flow, const uint32_t *edges, uint32_t count);

#endif
