/* What banks hold where before the day, and how they refill it. Banks do not know the day's
 * payments: they plan on yesterday's, another draw from the same workload, routed the same way. */
#include "core/base/assert.h"

#include "sim/bank/books_dlt.h"
#include "sim/payment/world.h"

#include <string.h>

enum { TOP_UP_BELOW_QUARTERS = 1 }; /* refill when less than a quarter of the target is left */

/* Debtors hold what they will send today and a twentieth more; one in two hundred holds a little
 * over half of it, so that some payments are refused for want of funds (modelled). */
enum { SHORT_ONE_IN = 200, SHORT_PERCENT = 60, FULL_PERCENT = 105 };

/* Add yesterday's payment to the accounts and systems its plan would use. */
static void add_flows(hst_world *world,
                      const hst_instruction *one,
                      int64_t *relation_micro,
                      int64_t *reserve_micro,
                      int64_t *dlt_micro)
{
    uint32_t legs[HST_LEG_MAX];
    uint8_t count = 0;
    int64_t advertised = 0;
    if (hst_world_on_dlt(world, one)) {
        dlt_micro[(size_t)one->debtor_agent * world->books.currency_count +
                  hst_dlt_paid_out_of(world, one)] += one->amount_micro_usd;
        return;
    }
    if (hst_routes_plan(&world->routes, one, one->submitted_ns, legs, &count, &advertised) !=
        HST_OK) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const hst_leg *leg = &world->routes.legs[legs[i]];
        if (leg->kind == HST_LEG_TO_SERVICER) {
            relation_micro[leg->through] += one->amount_micro_usd;
        } else if (leg->kind == HST_LEG_TO_SYSTEM) {
            reserve_micro[leg->from] += one->amount_micro_usd;
        }
    }
}

static int64_t times(int64_t minor, double factor)
{
    const double product = (double)minor * factor;
    return product < 4e18 ? (int64_t)product : INT64_C(4000000000000000000);
}

static hst_status open_customers(hst_world *world, hst_arena *scratch)
{
    hst_books *books = &world->books;
    const uint32_t per_bank = books->customers_per_bank;
    const uint32_t count = world->institutions->count * per_bank;
    int64_t *wanted = HST_ARENA_NEW(scratch, int64_t, count);
    if (wanted == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < world->payment_count; i++) {
        const hst_instruction *one = hst_world_instruction(world, i);
        const uint16_t currency = world->institutions->all[one->debtor_agent].currency;
        wanted[one->debtor_agent * per_bank + one->debtor] +=
            one->amount_minor + hst_market_from_micro_usd(world->market, currency,
                                                          one->fee_micro_usd, one->submitted_ns);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (wanted[i] == 0) {
            continue;
        }
        const int64_t percent = i % SHORT_ONE_IN == SHORT_ONE_IN - 1 ? SHORT_PERCENT : FULL_PERCENT;
        HST_TRY(hst_books_open_customer(books, i / per_bank, i % per_bank,
                                        (wanted[i] / 100 + 1) * percent));
    }
    return HST_OK;
}

/* Least balance of an account somebody opened: a thousand dollars. */
static const int64_t floor_micro_usd = INT64_C(1000) * 1000000;

static hst_status
open_banks(hst_world *world, const int64_t *relation_micro, const int64_t *reserve_micro)
{
    const hst_scenario_liquidity *liquidity = &world->scenario->liquidity;
    for (uint32_t i = 0; i < world->institutions->relation_count; i++) {
        const hst_relation *r = &world->institutions->relations[i];
        int64_t expected = hst_market_from_micro_usd(
            world->market, r->currency,
            relation_micro[i] > floor_micro_usd ? relation_micro[i] : floor_micro_usd, 0);
        expected = expected > 0 ? expected : 1;
        world->target_minor[i] = times(expected, liquidity->prefunding);
        HST_TRY(hst_books_open_relation(&world->books, i, world->target_minor[i],
                                        times(expected, liquidity->credit_line)));
    }
    for (uint32_t i = 0; i < world->institutions->count; i++) {
        const hst_institution *one = &world->institutions->all[i];
        if (!one->has_reserves) {
            continue;
        }
        const int64_t expected = hst_market_from_micro_usd(
            world->market, one->currency,
            reserve_micro[i] > floor_micro_usd ? reserve_micro[i] : floor_micro_usd, 0);
        HST_TRY(hst_books_open_reserves(&world->books, i,
                                        times(expected, liquidity->rtgs_opening_balance),
                                        times(expected, liquidity->rtgs_intraday_credit)));
    }
    return HST_OK;
}

/* Balances on the distributed ledger, by the rule of nostros. Those that are only paid into begin
 * at nothing: foreign ones, when payments leave in their debtor agent's own currency. */
static hst_status open_dlt(hst_world *world, const int64_t *dlt_micro)
{
    const bool foreign_pays = world->scenario->rails.dlt.conversion != HST_CONVERSION_OFF_RAMP;
    const uint32_t currencies = world->books.currency_count;
    for (uint32_t i = 0; i < world->institutions->count; i++) {
        for (uint16_t c = 0; c < (uint16_t)currencies; c++) {
            const size_t place = (size_t)i * currencies + c;
            if (!hst_books_dlt_holds(&world->books, i, c) ||
                (c != world->institutions->all[i].currency && !foreign_pays)) {
                continue;
            }
            const int64_t expected = hst_market_from_micro_usd(
                world->market, c,
                dlt_micro[place] > floor_micro_usd ? dlt_micro[place] : floor_micro_usd, 0);
            const int64_t minor = times(expected, world->scenario->liquidity.prefunding);
            world->ramps.opening_minor[place] = minor;
            HST_TRY(hst_books_dlt_open(&world->books, i, c, minor));
        }
    }
    return HST_OK;
}

hst_status hst_liquidity_open(hst_world *world,
                              const hst_workload *yesterday,
                              uint32_t yesterday_scale,
                              hst_arena *scratch)
{
    hst_assert(yesterday != NULL);
    hst_assert(yesterday_scale > 0);
    const uint32_t relations = world->institutions->relation_count;
    int64_t *relation_micro = HST_ARENA_NEW(scratch, int64_t, relations);
    int64_t *reserve_micro = HST_ARENA_NEW(scratch, int64_t, world->institutions->count);
    const uint32_t places = world->institutions->count * world->books.currency_count;
    int64_t *dlt_micro = HST_ARENA_NEW(scratch, int64_t, places);
    if (relation_micro == NULL || reserve_micro == NULL || dlt_micro == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < yesterday->count; i++) {
        add_flows(world, &yesterday->instructions[i], relation_micro, reserve_micro, dlt_micro);
    }
    for (uint32_t i = 0; i < relations; i++) {
        relation_micro[i] = times(relation_micro[i], yesterday_scale);
    }
    for (uint32_t i = 0; i < world->institutions->count; i++) {
        reserve_micro[i] = times(reserve_micro[i], yesterday_scale);
    }
    for (uint32_t i = 0; i < places; i++) {
        dlt_micro[i] = times(dlt_micro[i], yesterday_scale);
    }
    HST_TRY(open_customers(world, scratch));
    HST_TRY(open_banks(world, relation_micro, reserve_micro));
    HST_TRY(open_dlt(world, dlt_micro));
    hst_books_close_opening(&world->books);
    return HST_OK;
}

/* The correspondent lends, the owner borrows, the nostro grows: four postings in two books. */
void hst_liquidity_lend(hst_world *world, uint32_t relation, int64_t minor)
{
    hst_books *books = &world->books;
    const hst_relation *r = &world->institutions->relations[relation];
    const hst_status lent = hst_books_move(
        books, r->servicer, hst_books_account(books, r->servicer, r->currency, HST_ROLE_LOANS),
        books->vostro[relation], minor);
    const hst_status borrowed =
        hst_books_move(books, r->owner, books->nostro[relation],
                       hst_books_account(books, r->owner, r->currency, HST_ROLE_BORROWING), minor);
    hst_assert(lent == HST_OK);
    hst_assert(borrowed == HST_OK);
    world->top_ups++;
    hst_nostro_drain(&world->nostro, relation);
}

void hst_liquidity_lend_reserves(hst_world *world, uint32_t institution, int64_t minor)
{
    const hst_status lent = hst_books_lend_reserves(&world->books, institution, minor);
    hst_assert(lent == HST_OK);
    world->top_ups++;
}

/* What a correspondent lends at most at a time, in targets: large payments wait for more. */
enum { LEND_TARGETS_MAX = 4 };

void hst_on_top_up(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    hst_books_set_time(&world->books, event->time_ns);
    for (uint32_t i = 0; i < world->institutions->relation_count; i++) {
        const hst_relation *r = &world->institutions->relations[i];
        const int64_t available = hst_books_nostro_available(&world->books, i);
        const int64_t target = world->target_minor[i];
        const int64_t queued = world->nostro.queued_minor[i];
        if (available >= target / 4 * TOP_UP_BELOW_QUARTERS && queued == 0) {
            continue;
        }
        if (hst_world_next_open_ns(world, r->servicer, r->currency, event->time_ns) >
            event->time_ns) {
            continue;
        }
        /* Up to the agreed target, or to what waits, but not without limit. */
        const int64_t wanted = queued > target ? queued : target;
        const int64_t most = target * LEND_TARGETS_MAX;
        const int64_t level = wanted < most ? wanted : most;
        if (available < level) {
            hst_liquidity_lend(world, i, level - available);
        }
    }
    if (world->open_payments > 0 || world->next_instruction < world->payment_count) {
        hst_kernel_schedule(kernel, event->time_ns + world->scenario->liquidity.top_up_interval_ns,
                            2, 0, 0, HST_HAPPENS_TOP_UP, 0);
    }
}
