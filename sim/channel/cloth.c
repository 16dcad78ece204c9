#include "sim/channel/cloth.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

enum { MINIMUM_MAX = 1024 };

/** Distinct smallest amounts, of which networks have few; false when there are too many. */
static bool collect_minimums(const hst_channel_table *table, int64_t *seen, uint32_t *count)
{
    *count = 0;
    for (uint32_t e = 0; e < 2 * table->count; e++) {
        const int64_t value = hst_channel_side_at(table, e)->htlc_min_msat;
        uint32_t i = 0;
        while (i < *count && seen[i] != value) {
            i++;
        }
        if (i == MINIMUM_MAX) {
            return false;
        }
        if (i == *count) {
            seen[(*count)++] = value;
        }
    }
    qsort(seen, *count, sizeof seen[0], by_value);
    return true;
}

static hst_status
list_minimums(const hst_channel_table *table, hst_arena *arena, hst_cloth_graph *g)
{
    int64_t seen[MINIMUM_MAX];
    g->minimums_known = collect_minimums(table, seen, &g->minimum_count);
    g->minimums = HST_ARENA_NEW(arena, int64_t, (size_t)g->minimum_count + 1);
    if (g->minimums == NULL) {
        return HST_NO_MEMORY;
    }
    memcpy(g->minimums, seen, g->minimum_count * sizeof seen[0]);
    return HST_OK;
}

hst_status
hst_cloth_graph_create(const hst_channel_table *table, hst_arena *arena, hst_cloth_graph *graph)
{
    *graph = (hst_cloth_graph){.table = table};
    graph->first = HST_ARENA_NEW(arena, uint32_t, (size_t)table->node_count + 3);
    graph->arcs = HST_ARENA_NEW(arena, hst_cloth_arc, 2 * (size_t)table->count + 1);
    if (graph->first == NULL || graph->arcs == NULL) {
        return HST_NO_MEMORY;
    }
    /* Counts two places on, so that filling leaves offsets behind. */
    uint32_t *at = graph->first + 1;
    for (uint32_t e = 0; e < 2 * table->count; e++) {
        graph->first[hst_channel_from(table, e) + 2]++;
    }
    for (uint32_t v = 2; v <= table->node_count + 1; v++) {
        graph->first[v] += graph->first[v - 1];
    }
    for (uint32_t e = 0; e < 2 * table->count; e++) {
        graph->arcs[at[hst_channel_from(table, e)]++] =
            (hst_cloth_arc){.node = hst_channel_to(table, e),
                            .edge = e,
                            .capacity_msat = table->channels[e >> 1].capacity_msat};
    }
    return list_minimums(table, arena, graph);
}
