#include "tests/unit/routing/lightning.h"

#include "tests/unit/routing/support.h"

#include <string.h>

#define AMOUNT INT64_C(5000000000)

enum { CHEAP_FIRST, CHEAP_SECOND, DEAR_FIRST, DEAR_SECOND };

static uint32_t way(hst_router *router, int64_t amount_micro_usd, int64_t time_ns)
{
    const hst_route_query query = {
        .source = 0, .target = 3, .amount_micro_usd = amount_micro_usd, .time_ns = time_ns};
    hst_route_plan plan;
    hst_assert(hst_router_route(router, &query, &plan) == HST_OK);
    hst_assert(plan.hop_count == 2);
    return plan.edges[0];
}

void check_failure_is_forgotten(const hst_router_kind *kind,
                                int64_t dearer_micro_usd,
                                int64_t shy_ns,
                                int64_t again_ns)
{
    hst_arena arena = test_arena();
    const hst_graph_edge sample = {
        .kind = HST_HOP_BOOK, .limit_micro_usd = 2 * AMOUNT, .fixed_micro_usd = 1, .enabled = true};
    hst_graph_edge edges[4] = {sample, sample, sample, sample};
    edges[CHEAP_FIRST].to = 1;
    edges[CHEAP_SECOND].from = 1;
    edges[CHEAP_SECOND].to = 3;
    edges[DEAR_FIRST].to = 2;
    edges[DEAR_SECOND].from = 2;
    edges[DEAR_SECOND].to = 3;
    edges[DEAR_SECOND].fixed_micro_usd += dearer_micro_usd;
    hst_graph graph = plain_graph(&arena, 4, edges, 4);
    const hst_router_setup setup = {.graph = &graph, .arena = &arena};
    hst_router *router = NULL;
    hst_assert(hst_router_create(kind, &setup, &router) == HST_OK);
    const int64_t then = 10 * HOUR_NS;
    hst_assert(way(router, AMOUNT, then) == CHEAP_FIRST);
    const hst_hop_outcome outcomes[] = {
        {.edge = CHEAP_FIRST,
         .result = HST_HOP_DONE,
         .amount_micro_usd = AMOUNT,
         .submitted_ns = then},
        {.edge = CHEAP_SECOND,
         .hop_index = 1,
         .result = HST_HOP_NO_LIQUIDITY,
         .amount_micro_usd = AMOUNT,
         .submitted_ns = then},
    };
    hst_router_feedback(router, outcomes, 2);
    hst_assert(way(router, AMOUNT, then) == DEAR_FIRST);
    hst_assert(way(router, AMOUNT, then + shy_ns) == DEAR_FIRST);
    hst_assert(way(router, AMOUNT / 50, then + shy_ns) == CHEAP_FIRST);
    hst_assert(way(router, AMOUNT, then + again_ns) == CHEAP_FIRST);
    hst_arena_release(&arena);
}

void check_corrupt_state_is_refused(const hst_router_kind *kind)
{
    hst_arena arena = test_arena();
    const hst_graph_edge edges[] = {{.from = 0, .to = 1, .kind = HST_HOP_BOOK, .enabled = true}};
    hst_graph graph = plain_graph(&arena, 2, edges, 1);
    const hst_router_setup setup = {.graph = &graph, .arena = &arena};
    hst_router *router = NULL;
    hst_assert(hst_router_create(kind, &setup, &router) == HST_OK);
    const hst_hop_outcome failed = {.result = HST_HOP_NO_LIQUIDITY, .amount_micro_usd = 100};
    hst_router_feedback(router, &failed, 1);
    unsigned char bytes[256];
    hst_writer writer;
    hst_reader reader;
    hst_writer_init(&writer, bytes, sizeof bytes);
    hst_assert(hst_router_checkpoint(router, &writer) == HST_OK);
    hst_reader_init(&reader, bytes, writer.at);
    hst_assert(hst_router_restore(router, &reader) == HST_OK);
    const size_t count_at = 1 + strlen(kind->name); /* behind the name and its length */
    for (size_t at = count_at; at < count_at + 2; at++) {
        const unsigned char good = bytes[at];
        bytes[at] = 100;
        hst_reader_init(&reader, bytes, writer.at);
        hst_assert(hst_router_restore(router, &reader) == HST_CORRUPT);
        bytes[at] = good;
    }
    hst_arena_release(&arena);
}
