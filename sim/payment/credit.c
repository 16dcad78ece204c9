/* The last mile: from the creditor agent's transit account to the creditor. This is where most of
 * the time goes (BIS, CPMI gpi study 2022), and where data are thinnest: a remittance keeps the
 * speed its provider quoted, other payments follow the scenario's rails.beneficiary. */
#include "core/base/assert.h"

#include "sim/payment/world.h"

static int64_t lognormal_ns(hst_random *random, int64_t median_ns, double sigma)
{
    const double ns = (double)median_ns * hst_random_lognormal(random, 0, sigma);
    return ns < 10.0 * (double)HST_DAY_NS ? (int64_t)ns : 10 * HST_DAY_NS;
}

static int64_t within(hst_random *random, int64_t from_ns, int64_t to_ns)
{
    hst_assert(from_ns < to_ns);
    return from_ns + (int64_t)hst_random_below(random, (uint64_t)(to_ns - from_ns));
}

/* A moment of the desk's `days`-th business day after the one of `time_ns`. */
static int64_t
business_day(const hst_hours *desk, int64_t time_ns, uint32_t days, hst_random *random)
{
    const int64_t open_ns = hst_hours_day_after(desk, time_ns, days);
    if (open_ns == HST_NO_OPENING_NS) {
        return time_ns + (int64_t)days * HST_DAY_NS;
    }
    return within(random, open_ns, open_ns + 8 * HST_HOUR_NS);
}

/* When a remittance is paid out according to the speed that was quoted. */
static int64_t quoted_ns(const hst_world *world, const hst_instruction *one, hst_random *random)
{
    const uint32_t agent = one->creditor_agent;
    const hst_hours *desk = &world->atlas->countries[world->institutions->all[agent].country].desk;
    const int64_t from_ns = one->submitted_ns;
    switch ((hst_speed)one->speed) {
    case HST_SPEED_UNDER_1H: return from_ns + within(random, HST_MINUTE_NS, HST_HOUR_NS);
    case HST_SPEED_SAME_DAY: return from_ns + within(random, HST_HOUR_NS, 12 * HST_HOUR_NS);
    case HST_SPEED_NEXT_DAY: return business_day(desk, from_ns, 1, random);
    case HST_SPEED_TWO_DAYS: return business_day(desk, from_ns, 2, random);
    case HST_SPEED_THREE_TO_FIVE_DAYS:
        return business_day(desk, from_ns, 3 + (uint32_t)hst_random_below(random, 3), random);
    case HST_SPEED_SIX_PLUS: return business_day(desk, from_ns, 6, random);
    case HST_SPEED_COUNT: break;
    }
    hst_assert(false);
    return from_ns;
}

/* When a creditor agent credits a retail or wholesale payment it learned of at `time_ns`. */
static int64_t booked_ns(const hst_world *world, hst_live *live, uint32_t agent, int64_t time_ns)
{
    const hst_scenario_beneficiary *b = &world->scenario->rails.beneficiary;
    const hst_hours *desk = &world->atlas->countries[world->institutions->all[agent].country].desk;
    if (hst_random_uniform(&live->random) * 1e9 < (double)b->instant_share_ppb) {
        return time_ns + lognormal_ns(&live->random, b->straight_through_median_ns, 0.8);
    }
    if (world->desk_only[agent]) {
        const int64_t open_ns = hst_hours_next_open(desk, time_ns, false);
        time_ns = open_ns == HST_NO_OPENING_NS ? time_ns : open_ns;
    }
    if (hst_random_uniform(&live->random) * 1e9 < (double)b->review_share_ppb) {
        time_ns += lognormal_ns(&live->random, b->review_median_ns, 1.0);
    }
    /* Batches leave at whole multiples of the interval. */
    const int64_t interval_ns = b->batch_interval_ns > 0 ? b->batch_interval_ns : 1;
    return (time_ns / interval_ns + 1) * interval_ns;
}

/* The creditor agent's own charge for receiving, out of the amount, unless it would eat it. */
static void take_lifting_charge(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const int64_t now_ns = hst_kernel_now(world->kernel);
    if (one->segment == HST_SEGMENT_REMITTANCE) {
        return; /* a quote is the whole price of a remittance */
    }
    const int64_t micro = world->scenario->charges.lifting_fixed_micro_usd;
    const int64_t minor = hst_market_from_micro_usd(world->market, live->currency, micro, now_ns);
    hst_books *books = &world->books;
    if (minor <= 0 || minor >= live->minor ||
        hst_books_move(books, live->holder,
                       hst_books_account(books, live->holder, live->currency, HST_ROLE_TRANSIT),
                       hst_books_account(books, live->holder, live->currency, HST_ROLE_CHARGES),
                       minor) != HST_OK) {
        return;
    }
    live->minor -= minor;
    live->fee_micro_usd += micro;
    world->charges_micro_usd[live->holder] += micro;
}

void hst_payment_arrived(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const int64_t now_ns = hst_kernel_now(world->kernel);
    hst_assert(live->holder == one->creditor_agent);
    hst_assert(live->bank_ns != HST_NEVER_NS);
    take_lifting_charge(world, payment);
    const int64_t due_ns = one->segment == HST_SEGMENT_REMITTANCE
                               ? quoted_ns(world, one, &live->random)
                               : booked_ns(world, live, one->creditor_agent, live->bank_ns);
    live->leg_ns = now_ns;
    hst_world_schedule(world, payment, HST_HAPPENS_CREDIT, due_ns > now_ns ? due_ns : now_ns);
}

void hst_on_credit(void *context, hst_kernel *kernel, const hst_event *event)
{
    hst_world *world = context;
    const uint32_t payment = event->target;
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    hst_books *books = &world->books;
    (void)kernel;
    hst_books_set_time(books, event->time_ns);
    const hst_status booked =
        hst_books_move(books, live->holder,
                       hst_books_account(books, live->holder, live->currency, HST_ROLE_TRANSIT),
                       hst_books_customer(books, live->holder, one->creditor), live->minor);
    hst_assert(booked == HST_OK);
    hst_world_at_risk(world, live->holder, -one->amount_micro_usd);
    hst_measure_hop(world, payment, live->leg, HST_ROW_HOP_CREDIT, HST_ROW_OUTCOME_SETTLED,
                    live->minor, 0);
    hst_payment_end(world, payment, HST_ROW_STATE_COMPLETED, event->time_ns);
}
