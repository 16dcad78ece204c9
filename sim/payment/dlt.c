/* A payment of a corridor that is on the distributed ledger skips the corridor graph:
 *
 *   on-ramp       the debtor agent converts, or takes its own margin, and holds the amount from
 *                 transit to its holdings; the issuer funds what it lacks, against a loan
 *   transaction   signed, to the nearest validator, into a batch, through consensus; when it is
 *                 final it is executed, all or nothing: fee and amount, or fee, amount to the
 *                 dealer, amount from the dealer
 *   off-ramp      the creditor agent learns of it, books holdings to transit, and converts
 *
 * Which of the three converts, and into what: sim/payment/dlt.h. The ledger never closes, so
 * nothing here waits for an opening. */
#include "sim/payment/dlt.h"

#include "core/base/assert.h"
#include "core/ledger/exchange.h"

#include "sim/bank/books_dlt.h"
#include "sim/payment/world.h"

/* The currencies of one payment: of the debtor's agent, as it enters the ledger and leaves it, of
 * the creditor's agent. */
typedef struct way {
    uint16_t debtor;
    uint16_t entering;
    uint16_t leaving;
    uint16_t creditor;
} way;

static way way_of(const hst_world *world, const hst_instruction *one)
{
    const hst_institution *all = world->institutions->all;
    way w = {.debtor = all[one->debtor_agent].currency,
             .creditor = all[one->creditor_agent].currency};
    w.entering = w.debtor;
    w.leaving = w.creditor;
    switch (world->scenario->rails.dlt.conversion) {
    case HST_CONVERSION_LEDGER: break;
    case HST_CONVERSION_ON_RAMP: w.entering = w.creditor; break;
    case HST_CONVERSION_OFF_RAMP: w.leaving = w.debtor; break;
    case HST_CONVERSION_BOTH_RAMPS: w.entering = w.leaving = world->ramps.currency; break;
    }
    return w;
}

uint16_t hst_dlt_paid_out_of(const hst_world *world, const hst_instruction *one)
{
    return way_of(world, one).entering;
}

static size_t place_of(const hst_world *world, uint32_t institution, uint16_t currency)
{
    return (size_t)institution * world->books.currency_count + currency;
}

/* A dealer's half-spread: on the ledger, or a bank's desk for another bank. */
static int64_t dealer_ppb(
    const hst_world *world, const hst_instruction *one, uint16_t from, uint16_t to, int64_t now_ns)
{
    return hst_deal_half_spread_ppb(world, from, to,
                                    one->segment == HST_SEGMENT_WHOLESALE
                                        ? HST_MARKET_TIER_CORPORATE
                                        : HST_MARKET_TIER_INTERBANK,
                                    now_ns);
}

/* What the debtor was quoted covers the agent's own desk. Wholesale pays the dealer, and so does a
 * payment within a currency that only the ledger has to change. */
static bool is_quoted(const hst_instruction *one, const way *w)
{
    return one->segment != HST_SEGMENT_WHOLESALE && w->debtor != w->creditor;
}

/* The agent's own margin where it does not convert itself, taken in its home currency before the
 * payment leaves; negative for a promotion. */
static int64_t own_margin_minor(const hst_instruction *one, const way *w)
{
    if (!is_quoted(one, w) || w->entering != w->debtor) {
        return 0;
    }
    return one->margin_ppb >= 0 ? hst_share_ppb_floor(one->amount_minor, one->margin_ppb)
                                : -hst_share_ppb_floor(one->amount_minor, -one->margin_ppb);
}

int64_t hst_dlt_advertised_micro_usd(const hst_world *world, const hst_instruction *one)
{
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const way w = way_of(world, one);
    const int64_t on_ramp_ppb =
        is_quoted(one, &w) ? 0 : dealer_ppb(world, one, w.debtor, w.entering, now_ns);
    return world->scenario->charges.dlt_fixed_micro_usd +
           hst_share_ppb_floor(one->amount_micro_usd,
                               on_ramp_ppb + dealer_ppb(world, one, w.entering, w.leaving, now_ns) +
                                   dealer_ppb(world, one, w.leaving, w.creditor, now_ns));
}

static void
count_part(hst_world *world, const hst_instruction *one, hst_dlt_part part, int64_t micro_usd)
{
    world->ramps.pct[part] += 100 * (double)micro_usd / (double)one->amount_micro_usd;
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

/* The debtor agent's price of the conversion: its desk, or its margin. False when the amount does
 * not survive it. */
static bool price_on_ramp(hst_world *world, uint32_t payment, const way *w)
{
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const int64_t now_ns = hst_kernel_now(world->kernel);
    if (w->entering != w->debtor) {
        const int64_t spread_ppb = is_quoted(one, w)
                                       ? one->margin_ppb
                                       : dealer_ppb(world, one, w->debtor, w->entering, now_ns);
        return hst_payment_convert(world, payment, w->entering, spread_ppb, now_ns);
    }
    const int64_t margin_minor = own_margin_minor(one, w);
    if (margin_minor >= live->minor || !book_margin(world, live, margin_minor)) {
        return false;
    }
    live->minor -= margin_minor;
    live->margin_micro_usd =
        hst_market_to_micro_usd(world->market, live->currency, margin_minor, now_ns);
    return true;
}

/* The issuer lends what holdings lack, as the central bank does with reserves; a day's interest on
 * that part, and the cost of a balance that stood ready on the rest. */
static void fund(hst_world *world, hst_live *live, const hst_instruction *one)
{
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const int64_t shortage =
        live->minor - hst_books_dlt_available(&world->books, live->holder, live->currency);
    int64_t lent_micro = 0;
    if (shortage > 0) {
        const hst_status lent =
            hst_books_dlt_lend(&world->books, live->holder, live->currency, shortage);
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

/* What the debtor agent signs, and validators see. */
static hst_dlt_transaction transaction_of(const hst_world *world, uint32_t payment)
{
    const hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    return (hst_dlt_transaction){.payment = payment,
                                 .from = live->holder,
                                 .to = one->creditor_agent,
                                 .from_currency = live->currency,
                                 .to_currency = way_of(world, one).leaving,
                                 .sequence = world->ramps.sequence[payment],
                                 .minor = live->minor};
}

static void sign(hst_world *world, uint32_t payment)
{
    const hst_live *live = &world->live[payment];
    hst_dlt_ramps *ramps = &world->ramps;
    ramps->sequence[payment] =
        ramps->next_sequence[place_of(world, live->holder, live->currency)]++;
    if (ramps->keys != NULL) {
        const hst_dlt_transaction one = transaction_of(world, payment);
        ramps->signatures[payment] = hst_dlt_sign(ramps->keys, &one);
    }
}

void hst_dlt_on_ramp(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const way w = way_of(world, one);
    hst_assert(live->holder == one->debtor_agent);
    live->leg_ns = now_ns;
    live->started = 1;
    if (!price_on_ramp(world, payment, &w)) {
        hst_payment_fail(world, payment, HST_ROW_REASON_AMOUNT);
        return;
    }
    fund(world, live, one);
    const hst_status held =
        hst_books_dlt_hold(&world->books, live->holder, live->currency, live->minor, &live->hold);
    hst_assert(held == HST_OK); /* both sides were just made sure of */
    sign(world, payment);
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

/* Only an amount that leaves nothing to pay: what the on-ramp did is undone. */
static void refuse(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const way w = way_of(world, one);
    const int64_t margin_minor = own_margin_minor(one, &w);
    hst_books_void(&world->books, live->hold);
    const bool undone = live->conversions > 0 ? hst_payment_undo_conversion(world, live, w.debtor)
                                              : book_margin(world, live, -margin_minor);
    hst_assert(undone);
    live->minor += margin_minor;
    live->margin_micro_usd = 0;
    hst_payment_fail(world, payment, HST_ROW_REASON_AMOUNT);
}

/* The creditor agent deals at the rate of finality: whether anything will be left of the amount is
 * known before it is sent. */
static bool survives_off_ramp(
    const hst_world *world, const hst_instruction *one, const way *w, int64_t minor, int64_t now_ns)
{
    hst_rate mid;
    hst_fx_quote quote;
    return w->leaving == w->creditor ||
           (minor > 0 &&
            hst_market_mid(world->market, w->leaving, w->creditor, now_ns, &mid) == HST_OK &&
            hst_fx_quote_make((uint64_t)minor, mid,
                              dealer_ppb(world, one, w->leaving, w->creditor, now_ns),
                              &quote) == HST_OK &&
            quote.net_minor > 0);
}

static void paid_on_ledger(
    hst_world *world, uint32_t payment, const way *w, int64_t fee_minor, const hst_dlt_paid *paid)
{
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const int64_t fee_micro = fee_minor > 0 ? world->scenario->charges.dlt_fixed_micro_usd : 0;
    const int64_t margin_micro =
        hst_market_to_micro_usd(world->market, w->leaving, paid->margin_minor, now_ns);
    count_part(world, one, HST_DLT_PART_ON_RAMP, live->margin_micro_usd);
    count_part(world, one, HST_DLT_PART_FUNDING, live->liquidity_micro_usd);
    count_part(world, one, HST_DLT_PART_LEDGER_FEE, fee_micro);
    count_part(world, one, HST_DLT_PART_DEALER, margin_micro);
    world->dlt_settled_micro_usd += one->amount_micro_usd;
    if (w->entering != w->leaving) {
        world->converted_micro_usd[w->leaving] += one->amount_micro_usd;
        world->conversions[w->leaving]++;
        hst_dealers_trade(&world->dealers, w->entering, w->leaving, one->amount_micro_usd, now_ns);
    }
    live->moved = true;
    live->fee_micro_usd += fee_micro;
    live->margin_micro_usd += margin_micro;
    live->minor = paid->net_minor;
    live->currency = w->leaving;
    hst_measure_hop(world, payment, 0, HST_ROW_HOP_DLT, HST_ROW_OUTCOME_SETTLED, live->minor,
                    paid->margin_minor);
}

bool hst_dlt_executed(void *context, uint32_t payment)
{
    hst_world *world = context;
    hst_live *live = &world->live[payment];
    hst_dlt_ramps *ramps = &world->ramps;
    const hst_instruction *one = hst_world_instruction(world, payment);
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const way w = way_of(world, one);
    const hst_dlt_transaction order = transaction_of(world, payment);
    hst_dlt_terms terms = {
        .fee_minor = hst_market_from_micro_usd(
            world->market, live->currency, world->scenario->charges.dlt_fixed_micro_usd, now_ns),
        .spread_ppb = dealer_ppb(world, one, w.entering, w.leaving, now_ns)};
    hst_dlt_paid paid;
    if (hst_market_mid(world->market, w.entering, w.leaving, now_ns, &terms.mid) != HST_OK ||
        !survives_off_ramp(world, one, &w, live->minor - terms.fee_minor, now_ns)) {
        terms.fee_minor = live->minor; /* nothing can be paid: the ledger uses the number up */
    }
    const hst_status settled = hst_dlt_settle(
        &world->books, ramps->keys, &order,
        ramps->keys != NULL ? &ramps->signatures[payment] : NULL, &terms, &ramps->tally, &paid);
    if (settled != HST_OK && settled != HST_REFUSED) {
        hst_kernel_fail(world->kernel, settled);
    }
    switch (paid.verdict) {
    case HST_DLT_EARLY: return false;
    case HST_DLT_REPLAYED:
    case HST_DLT_FORGED: return true; /* the payment is not moved by what is not its transaction */
    case HST_DLT_UNPAID:
    case HST_DLT_PAID:
    case HST_DLT_VERDICT_COUNT: break;
    }
    world->dlt_queued_micro_usd -= one->amount_micro_usd;
    if (paid.verdict == HST_DLT_UNPAID) {
        refuse(world, payment);
        return true;
    }
    paid_on_ledger(world, payment, &w, terms.fee_minor, &paid);
    hst_kernel_schedule(world->kernel, now_ns + world->dlt_access_ns[order.from], 0, 1 + payment,
                        payment, HST_HAPPENS_CONFIRM,
                        (uint64_t)live->hold.ledger << 32 | live->hold.pending);
    hst_world_schedule(world, payment, HST_HAPPENS_ADVICE, now_ns + world->dlt_access_ns[order.to]);
    return true;
}

/* The price of money for what came in beyond the opening balance, until the issuer takes it back. A
 * surplus in the home currency is the institution's own money, remunerated as reserves are. */
static void charge_held(hst_world *world, hst_live *live, const hst_instruction *one)
{
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const int64_t surplus =
        hst_books_dlt_available(&world->books, live->holder, live->currency) -
        world->ramps.opening_minor[place_of(world, live->holder, live->currency)];
    if (surplus <= 0) {
        return;
    }
    const hst_system *system =
        &world->atlas->systems[world->atlas->currency_system[live->currency]];
    const int64_t close_ns = hst_hours_close(&system->hours, now_ns);
    const int64_t wait_ns = close_ns == HST_NO_OPENING_NS ? HST_DAY_NS : close_ns - now_ns;
    const int64_t held_micro = hst_market_to_micro_usd(
        world->market, live->currency, surplus < live->minor ? surplus : live->minor, now_ns);
    const double years = (double)wait_ns / (365.0 * (double)HST_DAY_NS);
    const int64_t cost_micro =
        (int64_t)((double)held_micro * ((double)world->scenario->liquidity.annual_rate_ppb / 1e9) *
                  years);
    live->liquidity_micro_usd += cost_micro;
    count_part(world, one, HST_DLT_PART_HELD, cost_micro);
}

void hst_dlt_off_ramp(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const uint32_t receiver = one->creditor_agent;
    const way w = way_of(world, one);
    const hst_status booked =
        hst_books_dlt_receive(&world->books, receiver, live->currency, live->minor);
    hst_assert(booked == HST_OK);
    hst_payment_take(world, payment, receiver);
    if (w.leaving != w.creditor) {
        const int64_t final_ns = now_ns - world->dlt_access_ns[receiver];
        const int64_t before_micro = live->margin_micro_usd;
        charge_held(world, live, one);
        const bool converted =
            hst_payment_convert(world, payment, w.creditor,
                                dealer_ppb(world, one, w.leaving, w.creditor, final_ns), final_ns);
        hst_assert(converted); /* survives_off_ramp */
        count_part(world, one, HST_DLT_PART_OFF_RAMP, live->margin_micro_usd - before_micro);
    }
    live->leg = live->leg_count;
    hst_world_schedule(world, payment, HST_HAPPENS_LEG,
                       now_ns + hst_world_processing_ns(world, live, receiver));
}

/* Fees of the ledger, and liquidity but for the time under way, were counted as they arose. */
void hst_dlt_completed(hst_world *world, const hst_live *live, const hst_instruction *one)
{
    world->ramps.completed++;
    count_part(world, one, HST_DLT_PART_RAMP_FEES, live->fee_micro_usd);
    count_part(world, one, HST_DLT_PART_UNDER_WAY, live->liquidity_micro_usd);
}

/* Whatever is above the opening balance in a currency that is not the holder's own. */
void hst_dlt_redeem(hst_world *world, uint16_t system)
{
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const uint16_t currency = world->atlas->systems[system].currency;
    hst_books *books = &world->books;
    if (world->atlas->currency_system[currency] != system) {
        return;
    }
    for (uint32_t i = 0; i < world->institutions->count; i++) {
        if (world->institutions->all[i].currency == currency ||
            !hst_books_dlt_holds(books, i, currency)) {
            continue;
        }
        const int64_t surplus = hst_books_dlt_available(books, i, currency) -
                                world->ramps.opening_minor[place_of(world, i, currency)];
        if (surplus > 0) {
            const hst_status taken = hst_books_dlt_redeem(books, i, currency, surplus);
            hst_assert(taken == HST_OK);
            world->ramps.redemptions++;
            world->ramps.redeemed_micro_usd +=
                hst_market_to_micro_usd(world->market, currency, surplus, now_ns);
        }
    }
}
