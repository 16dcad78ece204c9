#include "core/routing/quote.h"

#include <string.h>

bool hst_quote_open(const hst_quoting *q, uint32_t edge)
{
    const hst_graph_edge *record = hst_graph_edge_at(q->graph, edge);
    if (!hst_graph_edge_open(record, q->amount_micro_usd)) {
        return false;
    }
    for (uint32_t i = 0; i < q->query->excluded_count; i++) {
        if (q->query->excluded_edges[i] == edge) {
            return false;
        }
    }
    return true;
}

bool hst_quote_path(const hst_quoting *q, const uint32_t *edges, uint32_t count, hst_quote *quote)
{
    hst_quote now = {.arriving_micro_usd = q->amount_micro_usd};
    for (uint32_t i = 0; i < count; i++) {
        hst_quote next;
        if (!hst_quote_open(q, edges[i]) || !hst_quote_hop(q, edges[i], &now, &next)) {
            return false;
        }
        now = next;
    }
    *quote = now;
    return true;
}

/** Restore a heap with the greatest on top, below `at`. */
static void sink(unsigned char *items,
                 uint32_t at,
                 uint32_t count,
                 size_t size,
                 int (*compare)(const void *left, const void *right))
{
    unsigned char moved[HST_SORT_SIZE_MAX];
    for (;;) {
        uint32_t greatest = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            if (compare(items + child * size, items + greatest * size) > 0) {
                greatest = child;
            }
        }
        if (greatest == at) {
            return;
        }
        memcpy(moved, items + at * size, size);
        memcpy(items + at * size, items + greatest * size, size);
        memcpy(items + greatest * size, moved, size);
        at = greatest;
    }
}

void hst_quote_sort(void *items,
                    uint32_t count,
                    size_t size,
                    int (*compare)(const void *left, const void *right))
{
    unsigned char *bytes = items;
    unsigned char moved[HST_SORT_SIZE_MAX];
    hst_assert(size <= HST_SORT_SIZE_MAX);
    for (uint32_t i = count / 2; i-- > 0;) {
        sink(bytes, i, count, size, compare);
    }
    for (uint32_t last = count; last-- > 1;) {
        memcpy(moved, bytes, size);
        memcpy(bytes, bytes + last * size, size);
        memcpy(bytes + last * size, moved, size);
        sink(bytes, 0, last, size, compare);
    }
}

hst_status hst_flow_init(hst_flow *flow, const hst_router_setup *setup)
{
    flow->graph = setup->graph;
    flow->view = setup->view;
    flow->given = HST_ARENA_NEW(setup->arena, int64_t, setup->graph->edge_count);
    return flow->given == NULL ? HST_NO_MEMORY : HST_OK;
}

/** What a hop delivers without its fixed charge; -1 = cannot take that much. */
static int64_t gross(const hst_flow *flow, uint32_t edge, int64_t amount)
{
    const hst_graph_edge *record = hst_graph_edge_at(flow->graph, edge);
    if (amount <= 0) {
        return 0;
    }
    if (record->limit_micro_usd != 0 && amount > record->limit_micro_usd) {
        return -1;
    }
    if (!hst_quote_delivers(flow->view)) {
        const hst_weight charge = (hst_weight)(uint64_t)amount * (uint64_t)record->rate_ppb;
        return amount - (int64_t)(charge / HST_FEMTO_PER_MICRO);
    }
    const int64_t out = flow->view->delivers(flow->view->context, edge, amount);
    if (out == 0) { /* all went for the charge: what it left is not known */
        return amount < record->fixed_micro_usd ? amount : record->fixed_micro_usd;
    }
    return out < 0 ? -1 : out + record->fixed_micro_usd;
}

int64_t hst_flow_gain(const hst_flow *flow, const uint32_t *edges, uint32_t count, int64_t amount)
{
    int64_t arriving = amount;
    for (uint32_t i = 0; i < count; i++) {
        const int64_t given = flow->given[edges[i]];
        const int64_t all = gross(flow, edges[i], given + arriving);
        if (all < 0) {
            return -1;
        }
        arriving = all - gross(flow, edges[i], given);
    }
    return arriving;
}

int64_t hst_flow_loss(const hst_flow *flow, const uint32_t *edges, uint32_t count, int64_t amount)
{
    int64_t leaving = amount;
    for (uint32_t i = 0; i < count; i++) {
        const int64_t given = flow->given[edges[i]];
        const int64_t kept = given > leaving ? given - leaving : 0;
        leaving = gross(flow, edges[i], given) - gross(flow, edges[i], kept);
    }
    return leaving;
}

int64_t hst_flow_put(hst_flow *flow, const uint32_t *edges, uint32_t count, int64_t amount)
{
    int64_t moving = amount;
    for (uint32_t i = 0; i < count; i++) {
        int64_t *given = &flow->given[edges[i]];
        const int64_t before = gross(flow, edges[i], *given);
        *given += moving;
        moving = gross(flow, edges[i], *given) - before;
    }
    return moving;
}

void hst_flow_clear(hst_flow *flow, const uint32_t *edges, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        flow->given[edges[i]] = 0;
    }
}
