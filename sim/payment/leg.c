/* One leg after the other. A leg takes the money from the holder's transit account to the next
 * institution's, in steps that each side books when it learns of them:
 *
 *   to servicer   owner holds its nostro -> message -> servicer: vostro to transit -> confirmation
 *   to owner      servicer: transit to vostro -> advice -> owner: nostro to transit
 *   to system     bank holds its reserves -> order -> system: account to account, or queue
 *                 -> confirmation to the sender, advice to the receiver
 *   conversion    at once, in the holder's own book
 */
#include "core/base/assert.h"

#include "sim/payment/world.h"

#include <stddef.h>

static const hst_leg *leg_at(const hst_world *world, const hst_live *live, uint32_t index)
{
    hst_assert(index < live->leg_count);
    return &world->routes.legs[live->legs[index]];
}

void hst_payment_take(hst_world *world, uint32_t payment, uint32_t institution)
{
    hst_live *live = &world->live[payment];
    const int64_t value = hst_world_instruction(world, payment)->amount_micro_usd;
    hst_world_at_risk(world, live->holder, -value);
    hst_world_at_risk(world, institution, value);
    live->holder = institution;
    if (institution == hst_world_instruction(world, payment)->creditor_agent &&
        live->bank_ns == HST_NEVER_NS) {
        live->bank_ns = hst_kernel_now(world->kernel);
    }
}

static void count_leg(hst_world *world, uint32_t payment, uint32_t index)
{
    const hst_live *live = &world->live[payment];
    const uint32_t edge = live->legs[index] / 2;
    world->edge_settle_ns[edge] += hst_kernel_now(world->kernel) - live->leg_ns;
    world->edge_amount_micro_usd[edge] += hst_world_instruction(world, payment)->amount_micro_usd;
    hst_learn_done(world, payment, index);
}

/* A correspondent between the agents keeps its charge out of the amount (charge bearer SHAR).
 * False when the amount does not survive it. */
static bool take_charge(hst_world *world, uint32_t payment, uint32_t leg)
{
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const int64_t now_ns = hst_kernel_now(world->kernel);
    if (live->holder == one->debtor_agent || live->holder == one->creditor_agent) {
        return true;
    }
    const int64_t charge_micro =
        hst_leg_charge_micro_usd(&world->routes.legs[leg], one->amount_micro_usd);
    const int64_t charge_minor =
        hst_market_from_micro_usd(world->market, live->currency, charge_micro, now_ns);
    if (charge_minor <= 0) {
        return true;
    }
    if (charge_minor >= live->minor) {
        return false;
    }
    hst_books *books = &world->books;
    if (hst_books_move(books, live->holder,
                       hst_books_account(books, live->holder, live->currency, HST_ROLE_TRANSIT),
                       hst_books_account(books, live->holder, live->currency, HST_ROLE_CHARGES),
                       charge_minor) != HST_OK) {
        return false;
    }
    live->minor -= charge_minor;
    live->fee_micro_usd += charge_micro;
    world->charges_micro_usd[live->holder] += charge_micro;
    world->edge_charge_micro_usd[leg / 2] += charge_micro;
    world->passed[live->holder]++;
    return true;
}

bool hst_payment_convert(
    hst_world *world, uint32_t payment, uint16_t to, int64_t spread_ppb, int64_t rate_ns)
{
    hst_live *live = &world->live[payment];
    hst_rate mid;
    int64_t net_minor = 0;
    int64_t margin_minor = 0;
    hst_assert(live->conversions < HST_CONVERSION_MAX);
    if (hst_market_mid(world->market, live->currency, to, rate_ns, &mid) != HST_OK ||
        hst_books_convert(&world->books, live->holder, live->currency, to, live->minor, mid,
                          spread_ppb, &net_minor, &margin_minor) != HST_OK) {
        return false;
    }
    live->margin_micro_usd += hst_market_to_micro_usd(world->market, to, margin_minor, rate_ns);
    hst_dealers_trade(&world->dealers, live->currency, to,
                      hst_world_instruction(world, payment)->amount_micro_usd,
                      hst_kernel_now(world->kernel));
    live->sold[live->conversions] = live->minor;
    live->bought[live->conversions++] = net_minor;
    live->minor = net_minor;
    live->currency = to;
    world->converted_micro_usd[to] += hst_world_instruction(world, payment)->amount_micro_usd;
    world->conversions[to]++;
    hst_measure_hop(world, payment, live->leg, HST_ROW_HOP_FX, HST_ROW_OUTCOME_SETTLED, live->minor,
                    margin_minor);
    return true;
}

static void convert(hst_world *world, uint32_t payment, const hst_leg *leg)
{
    hst_live *live = &world->live[payment];
    hst_assert(leg->from_currency == live->currency);
    if (!hst_deal_convert(world, payment, leg)) {
        hst_payment_fail(world, payment, HST_ROW_REASON_AMOUNT);
        return;
    }
    count_leg(world, payment, live->leg);
    live->leg++;
    hst_payment_next_leg(world, payment);
}

/* The time between now and when the next window opens counts as waiting. */
static bool
wait_for_opening(hst_world *world, uint32_t payment, uint32_t institution, uint16_t currency)
{
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const int64_t open_ns = hst_world_next_open_ns(world, institution, currency, now_ns);
    if (open_ns <= now_ns) {
        return false;
    }
    world->live[payment].queued_ns += open_ns - now_ns;
    hst_world_schedule(world, payment, HST_HAPPENS_LEG, open_ns);
    return true;
}

static void start_waiting(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const int64_t now_ns = hst_kernel_now(world->kernel);
    live->waiting_ns = now_ns;
    live->timer =
        hst_kernel_timer_set(world->kernel, now_ns + world->scenario->liquidity.queue_timeout_ns, 1,
                             1 + payment, payment, HST_HAPPENS_TIMEOUT, 0);
}

static void stop_waiting(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    if (live->waiting_ns != HST_NEVER_NS) {
        live->queued_ns += hst_kernel_now(world->kernel) - live->waiting_ns;
        live->waiting_ns = HST_NEVER_NS;
        (void)hst_kernel_timer_cancel(world->kernel, live->timer);
    }
}

/* The owner's amount is held: the order goes to the servicer, who works on it when its currency's
 * day is open. */
static void send_to_servicer(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const hst_leg *leg = leg_at(world, live, live->leg);
    const int64_t arrival_ns = hst_kernel_now(world->kernel) +
                               hst_world_latency_ns(world, leg->from, leg->to) +
                               hst_world_processing_ns(world, live, leg->to);
    const int64_t open_ns = hst_world_next_open_ns(world, leg->to, leg->from_currency, arrival_ns);
    live->queued_ns += open_ns - arrival_ns;
    hst_world_schedule(world, payment, HST_HAPPENS_SERVICER, open_ns);
}

void hst_payment_held(void *context, uint32_t payment, hst_hold hold)
{
    hst_world *world = context;
    world->live[payment].hold = hold;
    stop_waiting(world, payment);
    send_to_servicer(world, payment);
}

static void pay_to_servicer(hst_world *world, uint32_t payment, const hst_leg *leg)
{
    hst_live *live = &world->live[payment];
    if (hst_nostro_submit(&world->nostro, leg->through, payment, live->minor, &live->hold)) {
        send_to_servicer(world, payment);
    } else {
        start_waiting(world, payment);
    }
}

static void confirm(hst_world *world, uint32_t payment, int64_t latency_ns)
{
    const hst_live *live = &world->live[payment];
    hst_kernel_schedule(world->kernel, hst_kernel_now(world->kernel) + latency_ns, 0, 1 + payment,
                        payment, HST_HAPPENS_CONFIRM,
                        (uint64_t)live->hold.ledger << 32 | live->hold.pending);
}

void hst_on_servicer(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    const uint32_t payment = event->target;
    hst_live *live = &world->live[payment];
    const hst_leg *leg = leg_at(world, live, live->leg);
    hst_books *books = &world->books;
    (void)kernel;
    hst_books_set_time(books, event->time_ns);
    if (hst_books_move(books, leg->to, books->vostro[leg->through],
                       hst_books_account(books, leg->to, live->currency, HST_ROLE_TRANSIT),
                       live->minor) != HST_OK) {
        /* The owner's own view is the careful one, so this cannot happen while both lines agree. */
        hst_books_void(books, live->hold);
        hst_payment_fail(world, payment, HST_ROW_REASON_NO_LIQUIDITY);
        return;
    }
    live->moved = true;
    confirm(world, payment, hst_world_latency_ns(world, leg->to, leg->from));
    live->liquidity_micro_usd += hst_routes_prefunding_micro_usd(
        &world->routes, hst_world_instruction(world, payment)->amount_micro_usd);
    count_leg(world, payment, live->leg);
    hst_measure_hop(world, payment, live->leg, HST_ROW_HOP_NOSTRO, HST_ROW_OUTCOME_SETTLED,
                    live->minor, 0);
    hst_payment_take(world, payment, leg->to);
    live->leg++;
    hst_payment_next_leg(world, payment);
}

void hst_on_confirm(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    (void)kernel;
    hst_books_set_time(&world->books, event->time_ns);
    hst_books_post(&world->books, (hst_hold){.ledger = (uint32_t)(event->argument >> 32),
                                             .pending = (uint32_t)event->argument});
}

static void pay_to_owner(hst_world *world, uint32_t payment, const hst_leg *leg)
{
    hst_live *live = &world->live[payment];
    hst_books *books = &world->books;
    if (wait_for_opening(world, payment, leg->from, live->currency)) {
        return;
    }
    if (hst_books_move(books, leg->from,
                       hst_books_account(books, leg->from, live->currency, HST_ROLE_TRANSIT),
                       books->vostro[leg->through], live->minor) != HST_OK) {
        hst_payment_fail(world, payment, HST_ROW_REASON_LIMIT);
        return;
    }
    live->moved = true;
    hst_world_schedule(world, payment, HST_HAPPENS_ADVICE,
                       hst_kernel_now(world->kernel) +
                           hst_world_latency_ns(world, leg->from, leg->to));
}

static void pay_to_system(hst_world *world, uint32_t payment, const hst_leg *leg)
{
    hst_live *live = &world->live[payment];
    hst_books *books = &world->books;
    const uint16_t system = (uint16_t)leg->through;
    const int64_t now_ns = hst_kernel_now(world->kernel);
    if (hst_books_hold(books, live->holder,
                       hst_books_account(books, live->holder, live->currency, HST_ROLE_TRANSIT),
                       books->reserves[live->holder], live->minor, &live->hold) != HST_OK) {
        hst_payment_fail(world, payment, HST_ROW_REASON_LIMIT);
        return;
    }
    const int64_t arrival_ns = now_ns + hst_world_system_latency_ns(world, live->holder, system);
    int64_t open_ns = hst_hours_next_open(&world->atlas->systems[system].hours, arrival_ns, true);
    if (open_ns == HST_NO_OPENING_NS) {
        hst_books_void(books, live->hold);
        hst_payment_fail(world, payment, HST_ROW_REASON_CUT_OFF);
        return;
    }
    live->queued_ns += open_ns - arrival_ns;
    hst_world_schedule(world, payment, HST_HAPPENS_SYSTEM,
                       open_ns + world->scenario->rails.rtgs.processing_ns);
}

/* Settled between two accounts of the system: both sides will be told. */
static void settled_at_system(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const hst_leg *leg = leg_at(world, live, live->leg);
    const uint32_t receiver = leg_at(world, live, live->leg + 1U)->to;
    const uint16_t system = (uint16_t)leg->through;
    live->moved = true;
    world->system_settled[system]++;
    world->system_settled_micro_usd[system] +=
        hst_world_instruction(world, payment)->amount_micro_usd;
    confirm(world, payment, hst_world_system_latency_ns(world, live->holder, system));
    hst_world_schedule(world, payment, HST_HAPPENS_ADVICE,
                       hst_kernel_now(world->kernel) +
                           hst_world_system_latency_ns(world, receiver, system));
}

void hst_payment_settled(void *context, uint32_t payment)
{
    hst_world *world = context;
    stop_waiting(world, payment);
    settled_at_system(world, payment);
}

void hst_on_system(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    const uint32_t payment = event->target;
    hst_live *live = &world->live[payment];
    (void)kernel;
    hst_books_set_time(&world->books, event->time_ns);
    if (live->method == HST_ROW_METHOD_DLT) {
        hst_dlt_order(world, payment);
        return;
    }
    const hst_rtgs_order order = {.from = live->holder,
                                  .to = leg_at(world, live, live->leg + 1U)->to,
                                  .minor = live->minor,
                                  .urgent = hst_world_instruction(world, payment)->urgent != 0};
    if (hst_rtgs_submit(&world->rtgs, payment, order)) {
        settled_at_system(world, payment);
        hst_rtgs_drain(&world->rtgs, order.to);
    } else {
        start_waiting(world, payment);
    }
}

/* Money that came by a settlement system or a correspondent is booked by its receiver. */
void hst_on_advice(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    const uint32_t payment = event->target;
    hst_live *live = &world->live[payment];
    hst_books *books = &world->books;
    (void)kernel;
    hst_books_set_time(books, event->time_ns);
    if (live->method == HST_ROW_METHOD_DLT) {
        hst_dlt_off_ramp(world, payment);
        return;
    }
    const hst_leg *leg = leg_at(world, live, live->leg);
    const bool by_system = leg->kind == HST_LEG_TO_SYSTEM;
    const uint32_t receiver = by_system ? leg_at(world, live, live->leg + 1U)->to : leg->to;
    const hst_status booked = hst_books_move(
        books, receiver, by_system ? books->reserves[receiver] : books->nostro[leg->through],
        hst_books_account(books, receiver, live->currency, HST_ROLE_TRANSIT), live->minor);
    hst_assert(booked == HST_OK);
    for (uint32_t i = 0; i < (by_system ? 2U : 1U); i++) {
        count_leg(world, payment, live->leg + i);
    }
    hst_measure_hop(world, payment, live->leg, by_system ? HST_ROW_HOP_RTGS : HST_ROW_HOP_BOOK,
                    HST_ROW_OUTCOME_SETTLED, live->minor, 0);
    hst_payment_take(world, payment, receiver);
    live->leg = (uint8_t)(live->leg + (by_system ? 2 : 1));
    live->started = live->leg;
    if (!by_system) {
        hst_nostro_drain(&world->nostro, leg->through);
    }
    hst_world_schedule(world, payment, HST_HAPPENS_LEG,
                       event->time_ns + hst_world_processing_ns(world, live, receiver));
}

void hst_payment_next_leg(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    if (live->leg == live->leg_count) {
        hst_payment_arrived(world, payment);
        return;
    }
    if (live->method == HST_ROW_METHOD_DLT) {
        hst_dlt_on_ramp(world, payment);
        return;
    }
    const uint32_t index = live->legs[live->leg];
    const hst_leg *leg = &world->routes.legs[index];
    hst_assert(leg->from == live->holder);
    if (live->started == live->leg) { /* not when it comes back from waiting for an opening */
        live->started++;
        live->leg_ns = hst_kernel_now(world->kernel);
        world->edge_uses[index / 2]++;
        hst_learn_begin(world, payment);
        if (leg->kind != HST_LEG_CONVERT && !take_charge(world, payment, index)) {
            hst_payment_fail(world, payment, HST_ROW_REASON_AMOUNT);
            return;
        }
    }
    switch (leg->kind) {
    case HST_LEG_CONVERT: convert(world, payment, leg); break;
    case HST_LEG_TO_SERVICER: pay_to_servicer(world, payment, leg); break;
    case HST_LEG_TO_OWNER: pay_to_owner(world, payment, leg); break;
    case HST_LEG_TO_SYSTEM: pay_to_system(world, payment, leg); break;
    case HST_LEG_FROM_SYSTEM: hst_assert(false); break;
    }
}

void hst_on_leg(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    (void)kernel;
    hst_books_set_time(&world->books, event->time_ns);
    hst_payment_next_leg(world, event->target);
}

void hst_on_timeout(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    const uint32_t payment = event->target;
    hst_live *live = &world->live[payment];
    (void)kernel;
    hst_books_set_time(&world->books, event->time_ns);
    hst_assert(live->waiting_ns != HST_NEVER_NS);
    live->queued_ns += event->time_ns - live->waiting_ns;
    live->waiting_ns = HST_NEVER_NS;
    if (hst_rtgs_cancel(&world->rtgs, payment)) {
        hst_books_void(&world->books, live->hold);
    } else {
        const bool waited = hst_nostro_cancel(&world->nostro, payment);
        hst_assert(waited);
    }
    hst_payment_fail(world, payment, HST_ROW_REASON_NO_LIQUIDITY);
}

/* End of a settlement system's day: what still waits goes back to its senders. */
void hst_on_close(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    const uint16_t system = (uint16_t)event->target;
    hst_books_set_time(&world->books, event->time_ns);
    for (uint32_t i = 0; i < world->institutions->count; i++) {
        const hst_institution *one = &world->institutions->all[i];
        if (!one->has_reserves || world->atlas->countries[one->country].system != system) {
            continue;
        }
        for (uint32_t payment = hst_rtgs_head(&world->rtgs, i); payment != HST_FIFO_NONE;
             payment = hst_rtgs_head(&world->rtgs, i)) {
            stop_waiting(world, payment);
            (void)hst_rtgs_cancel(&world->rtgs, payment);
            hst_books_void(&world->books, world->live[payment].hold);
            hst_payment_fail(world, payment, HST_ROW_REASON_CUT_OFF);
        }
    }
    if (world->dlt != NULL) {
        hst_dlt_redeem(world, system);
    }
    const int64_t close_ns = hst_hours_close(&world->atlas->systems[system].hours, event->time_ns);
    if (world->open_payments > 0 && close_ns != HST_NO_OPENING_NS) {
        hst_kernel_schedule(kernel, close_ns, 3, 0, system, HST_HAPPENS_CLOSE, 0);
    }
}
