/* A leg could not be done. Nothing is lost: what has moved goes back the way it came (pacs.004),
 * leg by leg, less the charges that were taken; conversions are undone at their own rate by the
 * bank that dealt. A return books both sides at once (modelled). */
#include "core/base/assert.h"

#include "sim/payment/world.h"

/* A bank that cannot fund a return tries again. */
static const int64_t retry_ns = HST_HOUR_NS;

/* What rounding leaves stays with the dealer. */
bool hst_payment_undo_conversion(hst_world *world, hst_live *live, uint16_t back_to)
{
    hst_rate back;
    hst_assert(live->conversions > 0);
    const uint32_t last = live->conversions - 1U;
    int64_t net_minor = 0;
    int64_t margin_minor = 0;
    if (hst_rate_make(live->sold[last], live->bought[last], &back) != HST_OK ||
        hst_books_convert(&world->books, live->holder, live->currency, back_to, live->minor, back,
                          0, &net_minor, &margin_minor) != HST_OK) {
        return false;
    }
    hst_dealers_trade(
        &world->dealers, live->currency, back_to,
        hst_market_to_micro_usd(world->market, back_to, net_minor, hst_kernel_now(world->kernel)),
        hst_kernel_now(world->kernel));
    live->minor = net_minor;
    live->currency = back_to;
    live->conversions--;
    return true;
}

static bool undo_to_servicer(hst_world *world, hst_live *live, const hst_leg *leg)
{
    hst_books *books = &world->books;
    if (hst_books_move(books, leg->to,
                       hst_books_account(books, leg->to, live->currency, HST_ROLE_TRANSIT),
                       books->vostro[leg->through], live->minor) != HST_OK) {
        return false;
    }
    const hst_status booked = hst_books_move(
        books, leg->from, books->nostro[leg->through],
        hst_books_account(books, leg->from, live->currency, HST_ROLE_TRANSIT), live->minor);
    hst_assert(booked == HST_OK);
    hst_nostro_drain(&world->nostro, leg->through);
    return true;
}

/* The owner may have spent the money meanwhile: then its correspondent advances the shortage. */
static bool undo_to_owner(hst_world *world, hst_live *live, const hst_leg *leg)
{
    hst_books *books = &world->books;
    hst_hold hold = {0};
    const int64_t shortage = live->minor - hst_books_nostro_available(&world->books, leg->through);
    if (shortage > 0) {
        hst_liquidity_lend(world, leg->through, shortage);
    }
    if (hst_books_hold(books, leg->to,
                       hst_books_account(books, leg->to, live->currency, HST_ROLE_TRANSIT),
                       books->nostro[leg->through], live->minor, &hold) != HST_OK) {
        return false;
    }
    if (hst_books_move(books, leg->from, books->vostro[leg->through],
                       hst_books_account(books, leg->from, live->currency, HST_ROLE_TRANSIT),
                       live->minor) != HST_OK) {
        hst_books_void(books, hold);
        return false;
    }
    hst_books_post(books, hold);
    return true;
}

/* The central bank's standing facility lends what the receiver lacks. */
static bool undo_by_system(
    hst_world *world, hst_live *live, uint32_t receiver, uint32_t sender, uint16_t system)
{
    hst_books *books = &world->books;
    const int64_t shortage = live->minor - hst_books_settlement_available(books, receiver);
    if (shortage > 0) {
        hst_liquidity_lend_reserves(world, receiver, shortage);
    }
    if (hst_books_move(books, books->first_system + system, books->settlement[receiver],
                       books->settlement[sender], live->minor) != HST_OK) {
        return false;
    }
    hst_status booked = hst_books_move(
        books, receiver, hst_books_account(books, receiver, live->currency, HST_ROLE_TRANSIT),
        books->reserves[receiver], live->minor);
    hst_assert(booked == HST_OK);
    booked = hst_books_move(books, sender, books->reserves[sender],
                            hst_books_account(books, sender, live->currency, HST_ROLE_TRANSIT),
                            live->minor);
    hst_assert(booked == HST_OK);
    hst_rtgs_drain(&world->rtgs, sender);
    return true;
}

/* Undo leg `live->leg`; the money then stands where that leg began. */
static bool undo_leg(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const hst_leg *leg = &world->routes.legs[live->legs[live->leg]];
    switch (leg->kind) {
    case HST_LEG_CONVERT: return hst_payment_undo_conversion(world, live, leg->from_currency);
    case HST_LEG_TO_SERVICER: return undo_to_servicer(world, live, leg);
    case HST_LEG_TO_OWNER: return undo_to_owner(world, live, leg);
    case HST_LEG_FROM_SYSTEM: {
        const hst_leg *first = &world->routes.legs[live->legs[live->leg - 1U]];
        if (!undo_by_system(world, live, leg->to, first->from, (uint16_t)leg->through)) {
            return false;
        }
        live->leg--; /* both halves of a settlement system's leg are undone together */
        return true;
    }
    case HST_LEG_TO_SYSTEM: break;
    }
    hst_assert(false);
    return false;
}

/* Institution at which the leg that was just undone began. */
static uint32_t began_at(const hst_world *world, const hst_live *live)
{
    return world->routes.legs[live->legs[live->leg]].from;
}

static void refund(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    hst_books *books = &world->books;
    hst_assert(live->holder == one->debtor_agent);
    const hst_status booked =
        hst_books_move(books, live->holder,
                       hst_books_account(books, live->holder, live->currency, HST_ROLE_TRANSIT),
                       hst_books_customer(books, live->holder, one->debtor), live->minor);
    hst_assert(booked == HST_OK);
    hst_world_at_risk(world, live->holder, -one->amount_micro_usd);
    const hst_row_state state = live->moved ? HST_ROW_STATE_RETURNED
                                : live->reason == HST_ROW_REASON_NO_LIQUIDITY
                                    ? HST_ROW_STATE_EXPIRED
                                    : HST_ROW_STATE_FAILED;
    hst_payment_end(world, payment, state, hst_kernel_now(world->kernel));
}

void hst_payment_fail(hst_world *world, uint32_t payment, hst_row_reason reason)
{
    hst_live *live = &world->live[payment];
    live->reason = (uint8_t)reason;
    if (live->method != HST_ROW_METHOD_DLT) {
        world->edge_failures[live->legs[live->leg] / 2]++;
        hst_learn_failed(world, payment, reason);
    }
    hst_measure_hop(world, payment, live->leg, HST_ROW_HOP_RETURN, HST_ROW_OUTCOME_REFUSED,
                    live->minor, 0);
    hst_world_schedule(world, payment, HST_HAPPENS_RETURN, hst_kernel_now(world->kernel));
}

void hst_on_return(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    const uint32_t payment = event->target;
    hst_live *live = &world->live[payment];
    (void)kernel;
    hst_books_set_time(&world->books, event->time_ns);
    if (live->leg == 0) {
        refund(world, payment);
        return;
    }
    live->leg--;
    if (!undo_leg(world, payment)) {
        live->leg++;
        world->return_retries++;
        hst_world_schedule(world, payment, HST_HAPPENS_RETURN, event->time_ns + retry_ns);
        return;
    }
    const uint32_t back = began_at(world, live);
    const int64_t latency_ns = hst_world_latency_ns(world, live->holder, back);
    const int64_t value = hst_world_instruction(world, payment)->amount_micro_usd;
    hst_world_at_risk(world, live->holder, -value);
    hst_world_at_risk(world, back, value);
    live->holder = back;
    hst_measure_hop(world, payment, live->leg, HST_ROW_HOP_RETURN, HST_ROW_OUTCOME_SETTLED,
                    live->minor, 0);
    hst_world_schedule(world, payment, HST_HAPPENS_RETURN,
                       event->time_ns + latency_ns + hst_world_processing_ns(world, live, back));
}
