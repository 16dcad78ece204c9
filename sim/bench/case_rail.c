/* Gross settlement with queues: the banks of one system pay each other all day with little money.
 *
 * Every order is a transfer of the system's ledger; those that are not covered wait, and credits
 * release chains of them. At the end the money in the system is what was put there. */
#include "core/base/random.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/bench/bench.h"
#include "sim/bench/world.h"
#include "sim/rail/rtgs.h"

enum { ORDERS = 100000, RESERVES_MINOR = 20000, AMOUNT_MAX_MINOR = 10000, URGENT_PERCENT = 10 };

/** One system and its participants. */
typedef struct bench_rail {
    hst_bench_world world;
    hst_books books;
    hst_rtgs_rail rail;
    uint32_t banks[HST_INSTITUTION_MAX]; /**< participants */
    uint32_t bank_count;                 /**< how many */
    uint64_t settled;                    /**< orders that left the queue */
} bench_rail;

static void on_settled(void *context, uint32_t payment)
{
    bench_rail *r = context;
    (void)payment;
    r->settled++;
}

/** The euro's system has most participants: its currency is that of many countries. */
static hst_status open_rail(bench_rail *r)
{
    const hst_institutions *all = &r->world.institutions;
    hst_error error;
    uint16_t euro = 0;
    HST_TRY(hst_currency_find(&r->world.currencies, "EUR", 3, &euro));
    HST_TRY(
        hst_books_create(all, 1, NULL, false, hst_os_memory(), &r->world.arena, &r->books, &error));
    for (uint32_t i = 0; i < all->count; i++) {
        if (all->all[i].has_reserves && all->all[i].currency == euro) {
            HST_TRY(hst_books_open_reserves(&r->books, i, RESERVES_MINOR, 0));
            r->banks[r->bank_count++] = i;
        }
    }
    return r->bank_count < 2
               ? HST_NOT_FOUND
               : hst_rtgs_create(&r->books, ORDERS, on_settled, r, &r->world.arena, &r->rail);
}

static hst_rtgs_order draw_order(const bench_rail *r, hst_random *random)
{
    const uint32_t from = (uint32_t)hst_random_below(random, r->bank_count);
    const uint32_t step = 1 + (uint32_t)hst_random_below(random, r->bank_count - 1);
    return (hst_rtgs_order){.from = r->banks[from],
                            .to = r->banks[(from + step) % r->bank_count],
                            .minor = 1 + (int64_t)hst_random_below(random, AMOUNT_MAX_MINOR),
                            .urgent = hst_random_below(random, 100) < URGENT_PERCENT};
}

static hst_status settle_all(bench_rail *r, hst_bench_sample *sample)
{
    hst_random random = hst_random_stream(1, 0, 0, HST_PURPOSE_TEST);
    hst_bench_start(sample);
    for (uint32_t i = 0; i < ORDERS; i++) {
        const hst_rtgs_order order = draw_order(r, &random);
        if (hst_rtgs_submit(&r->rail, i, order)) {
            r->settled++;
            hst_rtgs_drain(&r->rail, order.to);
        }
    }
    hst_bench_stop(sample);
    sample->work = ORDERS;
    int64_t sum_minor = 0;
    for (uint32_t b = 0; b < r->bank_count; b++) {
        sum_minor += hst_books_settlement_balance(&r->books, r->banks[b]);
    }
    const bool kept = sum_minor == (int64_t)r->bank_count * RESERVES_MINOR;
    return kept && r->settled > ORDERS / 2 && r->settled <= ORDERS ? HST_OK : HST_MISMATCH;
}

static hst_status run_rtgs(const void *parameter, hst_bench_sample *sample)
{
    const hst_memory memory = hst_os_memory();
    bench_rail *r = memory.acquire(memory.context, sizeof *r);
    (void)parameter;
    if (r == NULL) {
        return HST_NO_MEMORY;
    }
    r->bank_count = 0;
    r->settled = 0;
    hst_status status = hst_bench_world_load(&r->world, NULL, 0);
    if (status == HST_OK) {
        status = open_rail(r);
        if (status == HST_OK) {
            status = settle_all(r, sample);
        }
        hst_books_release(&r->books);
    }
    hst_bench_world_release(&r->world);
    memory.release(memory.context, r, sizeof *r);
    return status;
}

static const hst_bench_case cases[] = {
    {.name = "rail.rtgs",
     .summary = "1e5 orders between the euro banks of scenarios/small.yaml, reserves scarce: "
                "settled or queued, chains released",
     .unit = "orders/s",
     .run = run_rtgs,
     .tier = HST_BENCH_SYSTEM,
     .folder = HST_BENCH_SCENARIOS},
};

const hst_bench_table hst_bench_rail = {cases, sizeof cases / sizeof cases[0]};
