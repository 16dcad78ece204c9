/* Prices taken at submission: made good while valid, slipped from afterwards, to the unit that an
 * independent function finds. */
#include "sim/payment/world.h"

#include "tests/unit/bank/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

__extension__ typedef __int128 i128;

enum { SUBMITTED_MINUTE = 11 * 60 + 50, AMOUNT_USD = 3000000 };

typedef struct fixture {
    test_world w;
    hst_arena scratch;
    hst_market *market;
    hst_instruction one;
    hst_workload workload;
    double charge_factor[HST_INSTITUTION_MAX];
    uint32_t convert; /* number of the leg */
    bool converted;   /* what the deal answered */
    hst_world world;
} fixture;

static void on_leg(void *context, hst_kernel *kernel, const hst_event *event)
{
    fixture *f = context;
    (void)kernel;
    hst_books_set_time(&f->world.books, event->time_ns);
    f->converted = hst_deal_convert(&f->world, 0, &f->world.routes.legs[f->convert]);
}

static const hst_handler handlers[HST_HAPPENS_COUNT] = {[HST_HAPPENS_LEG] = on_leg};

/* A way out of a bank whose home currency is given. */
static uint32_t find_conversion(const fixture *f, const char *home)
{
    hst_currency from = HST_CURRENCY_NONE;
    assert_int_equal(hst_currency_find(&f->w.currencies, home, 3, &from), HST_OK);
    for (uint32_t i = 0; i < 2 * f->world.routes.graph.edge_count; i++) {
        const hst_leg *leg = &f->world.routes.legs[i];
        if (f->world.routes.leg_counts[i / 2] == 2 && leg->kind == HST_LEG_CONVERT &&
            leg->from_currency == from &&
            f->w.institutions.all[leg->from].kind == HST_INSTITUTION_BANK &&
            f->w.institutions.all[leg->from].currency == from) {
            return i;
        }
    }
    fail();
    return 0;
}

/* INR: devalued by a third at noon, and a premium that everyone pays. */
static void open_world(fixture *f, const char *validity, hst_scenario_segment_name segment)
{
    static const hst_market_realignment_rule shift = {
        .of = "INR", .size = 0.5, .at_ns = 12 * HST_HOUR_NS};
    static const hst_market_premium_rule premium = {.of = "INR",
                                                    .mean = 0.25,
                                                    .half_life_ns = HST_DAY_NS,
                                                    .official = HST_MARKET_OFFICIAL_NOBODY};
    memset(f, 0, sizeof *f);
    const char *const overrides[] = {validity};
    assert_int_equal(test_world_load(&f->w, overrides, 1), HST_OK);
    hst_arena_init(&f->scratch, hst_os_memory(), 1 << 20);
    hst_market_config config;
    hst_market_config_defaults(&config);
    config.date_days = f->w.scenario.clock.date_days;
    config.dynamics.realignments = &shift;
    config.dynamics.realignment_count = 1;
    config.dynamics.premia = &premium;
    config.dynamics.premium_count = 1;
    assert_int_equal(hst_market_create(&config, &f->w.currencies, f->w.inputs, &f->w.arena,
                                       &f->scratch, &f->market, &f->w.error),
                     HST_OK);
    for (uint32_t i = 0; i < HST_INSTITUTION_MAX; i++) {
        f->charge_factor[i] = 1;
    }
    hst_world *w = &f->world;
    *w = (hst_world){.scenario = &f->w.scenario,
                     .atlas = &f->w.atlas,
                     .institutions = &f->w.institutions,
                     .market = f->market,
                     .workload = &f->workload,
                     .payment_count = 1};
    assert_int_equal(hst_routes_create(w->scenario, w->institutions, f->market, f->charge_factor,
                                       &f->w.arena, &w->routes),
                     HST_OK);
    assert_int_equal(hst_dealers_create(f->market, 0, HST_HOUR_NS, &f->w.arena, &w->dealers),
                     HST_OK);
    assert_int_equal(hst_books_create(w->institutions, 4, NULL, true, hst_os_memory(), &f->w.arena,
                                      &w->books, &f->w.error),
                     HST_OK);
    f->convert = find_conversion(f, "INR");
    const hst_leg *leg = &w->routes.legs[f->convert];
    f->one = (hst_instruction){.submitted_ns = SUBMITTED_MINUTE * HST_MINUTE_NS,
                               .margin_ppb = 7000000,
                               .debtor_agent = (uint16_t)leg->from,
                               .creditor_agent = (uint16_t)leg->from,
                               .amount_micro_usd = AMOUNT_USD * INT64_C(1000000),
                               .segment = (uint8_t)segment};
    f->one.amount_minor = hst_market_from_micro_usd(f->market, leg->from_currency,
                                                    f->one.amount_micro_usd, f->one.submitted_ns);
    f->workload = (hst_workload){.instructions = &f->one, .count = 1};
    w->live = HST_ARENA_NEW(&f->w.arena, hst_live, 1);
    w->converted_micro_usd = HST_ARENA_NEW(&f->w.arena, int64_t, HST_CURRENCY_MAX);
    w->conversions = HST_ARENA_NEW(&f->w.arena, uint32_t, HST_CURRENCY_MAX);
    if (w->scenario->market.quote_validity_ns > 0) {
        w->quoted_ppb = hst_arena_alloc(&f->w.arena, 1, sizeof *w->quoted_ppb);
    }
    assert_non_null(w->live);
    assert_non_null(w->converted_micro_usd);
    assert_non_null(w->conversions);
    w->live[0] = (hst_live){.minor = f->one.amount_minor,
                            .holder = leg->from,
                            .currency = leg->from_currency,
                            .legs = {f->convert},
                            .leg_count = 1};
    const uint32_t customer = hst_books_customer(&w->books, leg->from, 0);
    assert_int_equal(hst_books_open_customer(&w->books, leg->from, 0, 2 * f->one.amount_minor),
                     HST_OK);
    hst_books_close_opening(&w->books);
    assert_int_equal(hst_books_move(&w->books, leg->from, customer,
                                    hst_books_account(&w->books, leg->from, leg->from_currency,
                                                      HST_ROLE_TRANSIT),
                                    f->one.amount_minor),
                     HST_OK);
    const hst_kernel_config kernel = {.memory = hst_os_memory(),
                                      .handlers = handlers,
                                      .handler_count = HST_HAPPENS_COUNT,
                                      .source_max = 2,
                                      .planned_events = 4,
                                      .planned_timers = 4};
    assert_int_equal(hst_kernel_create(&kernel, &w->kernel), HST_OK);
}

static void close_world(fixture *f)
{
    hst_kernel_destroy(f->world.kernel);
    hst_books_release(&f->world.books);
    hst_arena_release(&f->scratch);
    test_world_release(&f->w);
}

/* Submit, and convert so many minutes later. */
static void deal(fixture *f, int64_t minutes)
{
    hst_deal_take_quotes(&f->world, 0);
    hst_kernel_schedule(f->world.kernel, f->one.submitted_ns + minutes * HST_MINUTE_NS, 0, 0, 0,
                        HST_HAPPENS_LEG, 0);
    assert_int_equal(hst_kernel_run(f->world.kernel, f, HST_DAY_NS, UINT64_MAX), HST_OK);
    assert_true(f->converted);
    assert_int_equal(f->world.live[0].reason, HST_ROW_REASON_NONE);
}

/* One fraction of 128 bits, rounded down once: what the payer's bank has to buy. */
static int64_t bought(const fixture *f, int64_t minute, int64_t spread_ppb)
{
    const hst_leg *leg = &f->world.routes.legs[f->convert];
    hst_rate mid;
    assert_int_equal(hst_market_mid(f->market, leg->from_currency, leg->to_currency,
                                    minute * HST_MINUTE_NS, &mid),
                     HST_OK);
    const i128 gross = (i128)f->one.amount_minor * mid.numerator / mid.denominator;
    return (int64_t)(gross * (HST_PPB_ONE - spread_ppb) / HST_PPB_ONE);
}

/* Margins round in the dealer's favour, by a unit. */
static void got(const fixture *f, int64_t expected)
{
    const int64_t net = f->world.live[0].minor;
    assert_in_range(expected - net + 2, 0, 4);
}

static int64_t firm_ppb(const fixture *f, int64_t minute)
{
    const hst_leg *leg = &f->world.routes.legs[f->convert];
    return hst_market_half_spread_ppb(f->market, leg->from_currency, leg->to_currency,
                                      HST_MARKET_TIER_CORPORATE, minute * HST_MINUTE_NS);
}

static void a_valid_price_is_made_good_across_a_devaluation(void **state)
{
    (void)state;
    static fixture f;
    open_world(&f, "market.quote_validity=30min", HST_SEGMENT_WHOLESALE);
    deal(&f, 30); /* the last instant */
    got(&f, bought(&f, SUBMITTED_MINUTE, firm_ppb(&f, SUBMITTED_MINUTE)));
    assert_int_equal(f.world.slips.held, 1);
    assert_int_equal(f.world.slips.late, 0);
    close_world(&f);
}

static void an_expired_price_slips_to_that_of_then(void **state)
{
    (void)state;
    static fixture f;
    open_world(&f, "market.quote_validity=30min", HST_SEGMENT_WHOLESALE);
    deal(&f, 31);
    const int64_t now = SUBMITTED_MINUTE + 31;
    got(&f, bought(&f, now, firm_ppb(&f, now)));
    assert_int_equal(f.world.slips.held, 0);
    assert_int_equal(f.world.slips.late, 1);
    assert_int_equal(f.world.slips.amount_micro_usd, f.one.amount_micro_usd);
    /* Lost: one less the ratio of what was bought to what the price taken would have bought. */
    const double quoted = (double)bought(&f, SUBMITTED_MINUTE, firm_ppb(&f, SUBMITTED_MINUTE));
    const double lost = 1.0 - (double)f.world.live[0].minor / quoted;
    print_message("slipped by %.4f of the amount\n", lost);
    assert_true(lost > 0.32 && lost < 0.35); /* a third, and what the day moved */
    assert_true(fabs((double)f.world.slips.lost_micro_usd / (double)f.one.amount_micro_usd - lost) <
                1e-6);
    assert_int_equal(f.world.slips.moved_micro_usd, f.world.slips.lost_micro_usd);
    close_world(&f);
}

static void without_a_validity_all_deal_at_the_price_of_then(void **state)
{
    (void)state;
    static fixture f;
    open_world(&f, "market.quote_validity=0s", HST_SEGMENT_WHOLESALE);
    deal(&f, 5);
    got(&f, bought(&f, SUBMITTED_MINUTE + 5, firm_ppb(&f, SUBMITTED_MINUTE + 5)));
    assert_int_equal(f.world.slips.held + f.world.slips.late, 0);
    close_world(&f);
}

/* 0.25 / 1.25 = 20 % on top of the margin of the quote, booked as margin. */
static void people_pay_the_premium_on_top_of_their_margin(void **state)
{
    (void)state;
    static fixture f;
    open_world(&f, "market.quote_validity=30min", HST_SEGMENT_REMITTANCE);
    deal(&f, 2);
    got(&f, bought(&f, SUBMITTED_MINUTE, 200000000 + 7000000));
    assert_int_equal(f.world.slips.premium_payments, 1);
    assert_int_equal(f.world.slips.premium_micro_usd, f.one.amount_micro_usd / 5);
    const double margin = (double)f.world.live[0].margin_micro_usd / (double)f.one.amount_micro_usd;
    assert_true(fabs(margin - 0.207) < 1e-5);
    assert_int_equal(f.world.live[0].hop_paid_micro_usd, f.world.live[0].margin_micro_usd);
    close_world(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_price_is_made_good_across_a_devaluation),
        cmocka_unit_test(an_expired_price_slips_to_that_of_then),
        cmocka_unit_test(without_a_validity_all_deal_at_the_price_of_then),
        cmocka_unit_test(people_pay_the_premium_on_top_of_their_margin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
