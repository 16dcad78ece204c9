/* Payment channels: CLoTH's default workload on a made-up network of its snapshot's size, and
 * payments through the ledger at an instant. */
#include "sim/base/os_memory.h"
#include "sim/bench/bench.h"
#include "sim/channel/cloth_generate.h"
#include "sim/channel/cloth_run.h"
#include "sim/channel/pay.h"

#include <stdio.h>

enum { PAYMENTS = 5000, SEED = 1992 };

/** Memory that counts what is held of it. */
typedef struct counted {
    hst_memory memory;
    size_t held, peak;
} counted;

static void *acquire(void *context, size_t size)
{
    counted *c = context;
    c->held += size;
    c->peak = c->held > c->peak ? c->held : c->peak;
    return c->memory.acquire(c->memory.context, size);
}

static void release(void *context, void *block, size_t size)
{
    counted *c = context;
    c->held -= size;
    c->memory.release(c->memory.context, block, size);
}

/** Network, payments, run: all but the making of the network is measured. */
static hst_status run_workload(counted *memory,
                               hst_arena *arena,
                               struct hst_cloth_draws *draws,
                               hst_bench_sample *sample)
{
    hst_channel_table table;
    hst_cloth_graph graph;
    hst_cloth_payments payments;
    hst_cloth_tally tally;
    HST_TRY(hst_cloth_synthetic(SEED, HST_CLOTH_SNAPSHOT_NODES, HST_CLOTH_SNAPSHOT_CHANNELS, arena,
                                &table));
    hst_bench_start(sample);
    HST_TRY(hst_cloth_draw_payments(draws, table.node_count, PAYMENTS, 1, 100, arena, &payments));
    HST_TRY(hst_cloth_graph_create(&table, arena, &graph));
    const hst_cloth_plan plan = {
        .graph = &graph, .payments = payments, .split = true, .seed = SEED, .draws = draws};
    HST_TRY(hst_cloth_run(&plan, arena->memory, arena, &tally));
    hst_bench_stop(sample);
    uint32_t delivered = 0;
    for (uint32_t i = 0; i < payments.count; i++) {
        delivered += payments.list[i].success ? 1 : 0;
    }
    sample->work = PAYMENTS;
    (void)snprintf(sample->note, sizeof sample->note, "%.3f of them arrived; at most %.1f MB held",
                   (double)delivered / PAYMENTS, (double)memory->peak / 1e6);
    return delivered > PAYMENTS / 2 ? HST_OK : HST_MISMATCH;
}

static hst_status run_cloth(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    hst_arena arena;
    counted memory = {.memory = hst_os_memory()};
    const hst_memory counting = {.context = &memory, .acquire = acquire, .release = release};
    hst_arena_init(&arena, counting, 1 << 18);
    struct hst_cloth_draws *draws = hst_cloth_draws_create(SEED);
    const hst_status status =
        draws != NULL ? run_workload(&memory, &arena, draws, sample) : HST_NO_MEMORY;
    hst_cloth_draws_destroy(draws);
    hst_arena_release(&arena);
    return status;
}

enum { RING = 1000, HOPS = 4, ROUNDS = 20000 };

/** Payments of four hops around a ring: lock, reveal, claim. */
static hst_status pay_around(hst_arena *arena, hst_bench_sample *sample)
{
    hst_channel_network network;
    hst_channel_table table = {.node_count = RING, .count = RING};
    hst_hop_outcome outcomes[HOPS];
    table.channels = HST_ARENA_NEW(arena, hst_channel, RING);
    if (table.channels == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < RING; i++) {
        const hst_channel_side side = {.base_msat = 1000,
                                       .ppm = 1,
                                       .blocks = 40,
                                       .htlc_max_msat = 1000000000,
                                       .enabled = true};
        table.channels[i] = (hst_channel){
            .nodes = {i, (i + 1) % RING}, .capacity_msat = 1000000000, .side = {side, side}};
    }
    HST_TRY(hst_channel_network_create(&table, HST_CHANNEL_HALVES, 1, hst_os_memory(), arena,
                                       &network));
    hst_status status = HST_OK;
    hst_bench_start(sample);
    for (uint32_t i = 0; i < ROUNDS && status == HST_OK; i++) {
        const uint32_t at = i % RING;
        const hst_route_query query = {
            .source = at, .target = (at + HOPS) % RING, .amount_micro_usd = 1000, .payment = i};
        hst_route_plan plan = {.hop_count = HOPS};
        hst_channel_receipt receipt;
        for (uint32_t h = 0; h < HOPS; h++) {
            plan.edges[h] = 2 * ((at + h) % RING);
        }
        status = hst_channel_pay_plan(&network, &query, &plan, outcomes, &receipt);
        if (status == HST_OK && !receipt.delivered) {
            status = HST_MISMATCH;
        }
    }
    hst_bench_stop(sample);
    sample->work = (double)ROUNDS * HOPS;
    hst_channel_network_destroy(&network);
    return status;
}

static hst_status run_pay(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    const hst_status status = pay_around(&arena, sample);
    hst_arena_release(&arena);
    return status;
}

static const hst_bench_case cases[] = {
    {.name = "channel.cloth",
     .summary = "CLoTH's default workload, 5,000 payments, on a made-up network of its size",
     .unit = "payments/s",
     .run = run_cloth,
     .aim = 2000,
     .tier = HST_BENCH_SYSTEM},
    {.name = "channel.pay",
     .summary = "hops of payments over four channels: escrows locked and claimed",
     .unit = "hops/s",
     .run = run_pay},
};

const hst_bench_table hst_bench_channel = {cases, sizeof cases / sizeof cases[0]};
