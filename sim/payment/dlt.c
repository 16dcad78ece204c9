/* A payment of a corridor that is on the distributed ledger skips the corridor graph:
 *
 *   on-ramp       the debtor agent takes its own margin, and holds the amount from transit to its
 *                 holdings; the issuer funds what it lacks, against a loan
 *   transaction   to the nearest validator, into a batch, through consensus; when it is final it is
 *                 executed: fee, amount to the dealer, amount from the dealer, all or nothing
 *   off-ramp      the creditor agent learns of it and books holdings to transit
 *
 * The ledger never closes, so nothing here waits for an opening. */
#include "core/base/assert.h"

#include "sim/bank/books_dlt.h"
#include "sim/payment/world.h"

static bool crosses_currencies(const hst_world *world, const hst_instruction *one)
{
    const hst_institution *all = world->institutions->all;
    return all[one->debtor_agent].currency != all[one->creditor_agent].currency;
}

/* The debtor agent's own margin on a conversion, which it takes in its home currency before the
 * dealer of the ledger converts; negative for a promotion. Wholesale pays the dealer only. */
static int64_t own_margin_minor(const hst_world *world, const hst_instruction *one)
{
    if (one->segment == HST_SEGMENT_WHOLESALE || !crosses_currencies(world, one)) {
        return 0;
    }
    return one->margin_ppb >= 0 ? hst_share_ppb_floor(one->amount_minor, one->margin_ppb)
                                : -hst_share_ppb_floor(one->amount_minor, -one->margin_ppb);
}

static int64_t spread_ppb(const hst_world *world, const hst_instruction *one, int64_t now_ns)
{
    const hst_institution *all = world->institutions->all;
    return hst_market_half_spread_ppb(
        world->market, all[one->debtor_agent].currency, all[one->creditor_agent].currency,
        one->segment == HST_SEGMENT_WHOLESALE ? HST_MARKET_TIER_CORPORATE
                                              : HST_MARKET_TIER_INTERBANK,
        now_ns);
}

int64_t hst_dlt_advertised_micro_usd(const hst_world *world, const hst_instruction *one)
{
    const int64_t converted =
        crosses_currencies(world, one)
            ? hst_share_ppb_floor(one->amount_micro_usd,
                                  spread_ppb(world, one, hst_kernel_now(world->kernel)))
            : 0;
    return world->scenario->charges.dlt_fixed_micro_usd + converted;
}

/* Margin leaves transit (+) or comes back into it (-). */
static bool book_margin(hst_world *world, const hst_live *live, int64_t minor)
{
    hst_books *books = &world->books;
    const uint32_t transit =
        hst_books_account(books, live->holder, live->currency, HST_ROLE_TRANSIT);
    const uint32_t margin = hst_books_account(books, live->holder, live->currency, HST_ROLE_MARGIN);
    return minor >= 0 ? hst_books_move(books, live->holder, transit, margin, minor) == HST_OK
                      : hst_books_move(books, live->holder, margin, transit, -minor) == HST_OK;
}

/* The issuer lends what holdings lack, as the central bank does with reserves; a day's interest on
 * that part, and the cost of a balance that stood ready on the rest. */
static void fund(hst_world *world, hst_live *live, const hst_instruction *one)
{
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const int64_t shortage = live->minor - hst_books_dlt_available(&world->books, live->holder);
    int64_t lent_micro = 0;
    if (shortage > 0) {
        const hst_status lent = hst_books_dlt_lend(&world->books, live->holder, shortage);
        hst_assert(lent == HST_OK);
        lent_micro = hst_market_to_micro_usd(world->market, live->currency, shortage, now_ns);
        world->dlt_loans++;
        world->dlt_loans_micro_usd += lent_micro;
        lent_micro = lent_micro < one->amount_micro_usd ? lent_micro : one->amount_micro_usd;
    }
    live->liquidity_micro_usd +=
        hst_routes_prefunding_micro_usd(&world->routes, one->amount_micro_usd - lent_micro) +
        hst_share_ppb_half_even(lent_micro, world->scenario->liquidity.annual_rate_ppb / 365);
}

void hst_dlt_on_ramp(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const int64_t margin_minor = own_margin_minor(world, one);
    hst_assert(live->holder == one->debtor_agent);
    live->leg_ns = now_ns;
    live->started = 1;
    if (margin_minor >= live->minor || !book_margin(world, live, margin_minor)) {
        hst_payment_fail(world, payment, HST_ROW_REASON_AMOUNT);
        return;
    }
    live->minor -= margin_minor;
    live->margin_micro_usd =
        hst_market_to_micro_usd(world->market, live->currency, margin_minor, now_ns);
    fund(world, live, one);
    const hst_status held =
        hst_books_dlt_hold(&world->books, live->holder, live->minor, &live->hold);
    hst_assert(held == HST_OK); /* both sides were just made sure of */
    hst_world_schedule(world, payment, HST_HAPPENS_SYSTEM,
                       now_ns + world->dlt_access_ns[live->holder]);
}

static void wake_at(hst_world *world, int64_t time_ns)
{
    if (time_ns != HST_DLT_ASLEEP) {
        hst_kernel_schedule(world->kernel, time_ns, 1, 0, 0, HST_HAPPENS_DLT, 0);
    }
}

void hst_dlt_order(hst_world *world, uint32_t payment)
{
    world->dlt_queued_micro_usd += hst_world_instruction(world, payment)->amount_micro_usd;
    wake_at(world, hst_dlt_submit(world->dlt, payment, hst_kernel_now(world->kernel)));
}

void hst_on_dlt(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    int64_t next_ns = HST_DLT_ASLEEP;
    hst_books_set_time(&world->books, event->time_ns);
    const hst_status status = hst_dlt_wake(world->dlt, event->time_ns, &next_ns);
    if (status == HST_REFUSED) {
        hst_kernel_pause(kernel); /* a consensus check fired: the run ends here, as broken */
    } else if (status != HST_OK) {
        hst_kernel_fail(kernel, status);
    } else {
        wake_at(world, next_ns);
    }
}

/* The ledger refused it: only an amount that leaves nothing to pay. */
static void refuse(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const int64_t margin_minor = own_margin_minor(world, hst_world_instruction(world, payment));
    hst_books_void(&world->books, live->hold);
    const bool returned = book_margin(world, live, -margin_minor);
    hst_assert(returned);
    live->minor += margin_minor;
    live->margin_micro_usd = 0;
    hst_payment_fail(world, payment, HST_ROW_REASON_AMOUNT);
}

static void count_conversion(hst_world *world, const hst_instruction *one, uint16_t to)
{
    world->converted_micro_usd[to] += one->amount_micro_usd;
    world->conversions[to]++;
}

void hst_dlt_executed(void *context, uint32_t payment)
{
    hst_world *world = context;
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const int64_t fee_micro = world->scenario->charges.dlt_fixed_micro_usd;
    const uint16_t to = world->institutions->all[one->creditor_agent].currency;
    hst_dlt_payment order = {
        .from = live->holder,
        .to = one->creditor_agent,
        .minor = live->minor,
        .fee_minor = hst_market_from_micro_usd(world->market, live->currency, fee_micro, now_ns),
        .spread_ppb = spread_ppb(world, one, now_ns)};
    hst_dlt_paid paid = {0};
    world->dlt_queued_micro_usd -= one->amount_micro_usd;
    if (hst_market_mid(world->market, live->currency, to, now_ns, &order.mid) != HST_OK ||
        hst_books_dlt_pay(&world->books, &order, &paid) != HST_OK) {
        refuse(world, payment);
        return;
    }
    live->moved = true;
    world->dlt_settled_micro_usd += one->amount_micro_usd;
    live->fee_micro_usd += order.fee_minor > 0 ? fee_micro : 0;
    live->margin_micro_usd += hst_market_to_micro_usd(world->market, to, paid.margin_minor, now_ns);
    if (crosses_currencies(world, one)) {
        count_conversion(world, one, to);
    }
    live->minor = paid.net_minor;
    live->currency = to;
    hst_measure_hop(world, payment, 0, HST_ROW_HOP_DLT, HST_ROW_OUTCOME_SETTLED, live->minor,
                    paid.margin_minor);
    hst_kernel_schedule(world->kernel, now_ns + world->dlt_access_ns[order.from], 0, 1 + payment,
                        payment, HST_HAPPENS_CONFIRM,
                        (uint64_t)live->hold.ledger << 32 | live->hold.pending);
    hst_world_schedule(world, payment, HST_HAPPENS_ADVICE, now_ns + world->dlt_access_ns[order.to]);
}

void hst_dlt_off_ramp(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const uint32_t receiver = hst_world_instruction(world, payment)->creditor_agent;
    const hst_status booked = hst_books_dlt_receive(&world->books, receiver, live->minor);
    hst_assert(booked == HST_OK);
    hst_payment_take(world, payment, receiver);
    live->leg = live->leg_count;
    hst_world_schedule(world, payment, HST_HAPPENS_LEG,
                       hst_kernel_now(world->kernel) +
                           hst_world_processing_ns(world, live, receiver));
}
