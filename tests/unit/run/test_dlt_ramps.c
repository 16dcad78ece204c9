/* Payments over the distributed ledger under each place of conversion: what the creditor gets is
 * what an independent function finds, books agree, and each invariant is seen to fire. */
#include "core/base/real.h"

#include "sim/bank/books_dlt.h"
#include "sim/run/dlt.h"
#include "sim/run/fx.h"

#include "tests/unit/bank/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SEGMENT_PRICES = 4, CORRIDORS = 8, PAYMENTS = CORRIDORS * SEGMENT_PRICES };

/* Without decimals, with three, pegged on both sides, dollars on one side, within a currency. */
static const char corridors[CORRIDORS][6] = {"JP-VN", "KW-EG", "AE-PK", "US-MX",
                                             "US-DE", "GB-NG", "DE-FR", "KR-CN"};

static const hst_handler handlers[HST_HAPPENS_COUNT] = {
    [HST_HAPPENS_SUBMIT] = hst_on_submit,   [HST_HAPPENS_LEG] = hst_on_leg,
    [HST_HAPPENS_SYSTEM] = hst_on_system,   [HST_HAPPENS_ADVICE] = hst_on_advice,
    [HST_HAPPENS_CONFIRM] = hst_on_confirm, [HST_HAPPENS_CREDIT] = hst_on_credit,
    [HST_HAPPENS_RETURN] = hst_on_return,   [HST_HAPPENS_CLOSE] = hst_on_close,
    [HST_HAPPENS_DLT] = hst_on_dlt};

typedef struct fixture {
    test_world w;
    hst_arena scratch;
    hst_market *market;
    hst_workload workload;
    hst_instruction instructions[PAYMENTS];
    double charge_factor[HST_INSTITUTION_MAX];
    bool desk_only[HST_INSTITUTION_MAX];
    hst_world world;
} fixture;

static void *new_array(fixture *f, size_t count, size_t size)
{
    char *bytes = HST_ARENA_NEW(&f->w.arena, char, count *size);
    assert_non_null(bytes);
    return bytes;
}

static void allocate(fixture *f)
{
    hst_world *w = &f->world;
    const size_t institutions = f->w.institutions.count;
    const size_t all = f->w.atlas.corridor_count;
    const size_t currencies = hst_currency_count(&f->w.currencies);
    w->live = new_array(f, PAYMENTS, sizeof *w->live);
    w->time_to_credit_ns = new_array(f, PAYMENTS, sizeof(int64_t));
    w->closed = new_array(f, all, sizeof(bool));
    w->transit_micro_usd = new_array(f, institutions, sizeof(int64_t));
    w->charges_micro_usd = new_array(f, institutions, sizeof(int64_t));
    w->corridor_cost_micro_usd = new_array(f, all, sizeof(int64_t));
    w->corridor_amount_micro_usd = new_array(f, all, sizeof(int64_t));
    w->corridor_payments = new_array(f, all, sizeof(uint64_t));
    w->corridor_completed = new_array(f, all, sizeof(uint64_t));
    w->corridor_1h = new_array(f, all, sizeof(uint64_t));
    w->corridor_intermediaries = new_array(f, all, sizeof(uint64_t));
    w->sent = new_array(f, institutions, sizeof(uint64_t));
    w->received = new_array(f, institutions, sizeof(uint64_t));
    w->converted_micro_usd = new_array(f, currencies, sizeof(int64_t));
    w->conversions = new_array(f, currencies, sizeof(uint32_t));
    w->sums = new_array(f, HST_SEGMENT_SUMS, sizeof *w->sums);
}

/* The first bank of a country. */
static uint16_t bank_of(const fixture *f, const char *iso2)
{
    for (uint32_t i = 0; i < f->w.institutions.count; i++) {
        const hst_institution *one = &f->w.institutions.all[i];
        if (one->kind == HST_INSTITUTION_BANK &&
            memcmp(f->w.atlas.countries[one->country].iso2, iso2, 2) == 0) {
            return (uint16_t)i;
        }
    }
    fail();
    return 0;
}

static uint16_t corridor_of(const fixture *f, const char *pair)
{
    for (uint32_t c = 0; c < f->w.atlas.corridor_count; c++) {
        const hst_corridor *one = &f->w.atlas.corridors[c];
        if (memcmp(f->w.atlas.countries[one->sender].iso2, pair, 2) == 0 &&
            memcmp(f->w.atlas.countries[one->receiver].iso2, pair + 3, 2) == 0) {
            return (uint16_t)c;
        }
    }
    fail();
    return 0;
}

/* Every corridor: retail with a margin, with a promotion, at cost; wholesale. */
static void write_instructions(fixture *f, int64_t amount_micro_usd)
{
    static const int32_t margins[SEGMENT_PRICES] = {12345678, -2500000, 0, 0};
    for (uint32_t p = 0; p < PAYMENTS; p++) {
        const char *pair = corridors[p / SEGMENT_PRICES];
        const uint32_t price = p % SEGMENT_PRICES;
        hst_instruction *one = &f->instructions[p];
        *one = (hst_instruction){.submitted_ns = HST_HOUR_NS + p * HST_SECOND_NS / 50,
                                 .margin_ppb = margins[price],
                                 .number = p,
                                 .debtor_agent = bank_of(f, pair),
                                 .creditor_agent = bank_of(f, pair + 3),
                                 .debtor = (uint16_t)price,
                                 .creditor = (uint16_t)price,
                                 .corridor = corridor_of(f, pair),
                                 .segment = price == SEGMENT_PRICES - 1 ? HST_SEGMENT_WHOLESALE
                                                                        : HST_SEGMENT_RETAIL};
        one->amount_micro_usd = amount_micro_usd * (1 + p) / 3;
        one->amount_minor =
            hst_market_from_micro_usd(f->market, f->w.institutions.all[one->debtor_agent].currency,
                                      one->amount_micro_usd, one->submitted_ns);
    }
}

static void open_world(fixture *f, const char *conversion, int64_t amount_micro_usd, bool is_signed)
{
    memset(f, 0, sizeof *f);
    hst_error error;
    char where[48];
    (void)snprintf(where, sizeof where, "rails.dlt.conversion=%s", conversion);
    const char *const overrides[] = {"rails.dlt.protocol=raft",
                                     where,
                                     "charges.lifting_fixed_usd=0",
                                     "charges.dlt_fixed_usd=0.1",
                                     "rails.correspondent.processing_median=0s",
                                     "rails.correspondent.repair_share=0%",
                                     "rails.beneficiary.instant_share=100%",
                                     "banks.per_country_max=2"};
    assert_int_equal(test_world_load(&f->w, overrides, sizeof overrides / sizeof overrides[0]),
                     HST_OK);
    hst_arena_init(&f->scratch, hst_os_memory(), 1 << 20);
    hst_market_config config;
    hst_market_config_defaults(&config);
    config.date_days = f->w.scenario.clock.date_days;
    assert_int_equal(hst_market_create(&config, &f->w.currencies, f->w.inputs, &f->w.arena,
                                       &f->scratch, &f->market, &error),
                     HST_OK);
    for (uint32_t i = 0; i < HST_INSTITUTION_MAX; i++) {
        f->charge_factor[i] = 1;
    }
    write_instructions(f, amount_micro_usd);
    f->workload = (hst_workload){.instructions = f->instructions, .count = PAYMENTS};
    hst_world *w = &f->world;
    *w = (hst_world){.scenario = &f->w.scenario,
                     .atlas = &f->w.atlas,
                     .institutions = &f->w.institutions,
                     .market = f->market,
                     .workload = &f->workload,
                     .threads = 1,
                     .desk_only = f->desk_only,
                     .next_instruction = PAYMENTS,
                     .payment_count = PAYMENTS};
    const hst_dlt_plan plan = {.inputs = f->w.inputs, .arena = &f->w.arena, .scratch = &f->scratch};
    assert_int_equal(hst_dlt_choose(w, &plan, &error), HST_OK);
    assert_int_equal(hst_books_create(w->institutions, SEGMENT_PRICES, w->ramps.holds, true,
                                      hst_os_memory(), &f->w.arena, &w->books, &error),
                     HST_OK);
    assert_int_equal(hst_dlt_set_up(w, &plan, &error), HST_OK);
    assert_int_equal(hst_routes_create(w->scenario, w->institutions, f->market, f->charge_factor,
                                       &f->w.arena, &w->routes),
                     HST_OK);
    assert_int_equal(hst_fx_set_up(w, &f->w.arena), HST_OK);
    allocate(f);
    if (is_signed) {
        assert_int_equal(hst_dlt_give_keys(w, &f->w.arena), HST_OK);
    }
    const hst_kernel_config kernel = {.memory = hst_os_memory(),
                                      .handlers = handlers,
                                      .handler_count = HST_HAPPENS_COUNT,
                                      .source_max = PAYMENTS + 1,
                                      .planned_events = 1024,
                                      .planned_timers = 16};
    assert_int_equal(hst_kernel_create(&kernel, &w->kernel), HST_OK);
    for (uint32_t p = 0; p < PAYMENTS; p++) {
        const hst_instruction *one = &f->instructions[p];
        assert_int_equal(hst_books_open_customer(&w->books, one->debtor_agent, one->debtor,
                                                 10 * one->amount_minor),
                         HST_OK);
        hst_kernel_schedule(w->kernel, one->submitted_ns, 0, 0, p, HST_HAPPENS_SUBMIT, p);
    }
    hst_books_close_opening(&w->books);
}

static void close_world(fixture *f)
{
    hst_kernel_destroy(f->world.kernel);
    hst_dlt_destroy(f->world.dlt);
    hst_books_release(&f->world.books);
    hst_arena_release(&f->scratch);
    test_world_release(&f->w);
}

static void run_until(fixture *f, int64_t until_ns)
{
    assert_int_equal(hst_kernel_run(f->world.kernel, &f->world, until_ns, UINT64_MAX), HST_OK);
}

static uint64_t broken(const fixture *f, const char *name)
{
    static hst_day_report report;
    memset(&report, 0, sizeof report);
    hst_dlt_add_invariants(&f->world, &report);
    for (uint32_t i = 0; i < report.invariant_count; i++) {
        if (strcmp(report.invariants[i].name, name) == 0) {
            assert_true(report.invariants[i].checked > 0);
            return report.invariants[i].violated;
        }
    }
    fail();
    return 0;
}

static double metric(const fixture *f, const char *name)
{
    static hst_day_report report;
    memset(&report, 0, sizeof report);
    hst_dlt_add_metrics(&f->world, &report);
    for (uint32_t i = 0; i < report.metric_count; i++) {
        if (strcmp(report.metrics[i].name, name) == 0) {
            return report.metrics[i].value;
        }
    }
    fail();
    return 0;
}

static void books_agree(const fixture *f)
{
    const hst_reconciliation found = hst_books_reconcile(&f->world.books);
    assert_int_equal(found.transit_broken, 0);
    assert_int_equal(found.currencies_broken, 0);
    assert_int_equal(broken(f, "dlt_mirrors_holdings"), 0);
    assert_int_equal(broken(f, "dlt_transactions"), 0);
    assert_int_equal(broken(f, "consensus"), 0);
}

/* The independent function: one fraction of 128 bits, rounded once. */
__extension__ typedef __int128 i128;

static int64_t sell(const fixture *f, int64_t minor, uint16_t from, uint16_t to, int64_t spread_ppb)
{
    hst_rate mid;
    if (from == to) {
        return minor;
    }
    assert_int_equal(hst_market_mid(f->market, from, to, HST_HOUR_NS, &mid), HST_OK);
    const int64_t kept_ppb = 1000000000 - (spread_ppb > 0 ? spread_ppb : 0);
    const int64_t net =
        (int64_t)((i128)minor * mid.numerator * kept_ppb / ((i128)mid.denominator * 1000000000));
    return spread_ppb < 0 ? net + (int64_t)((i128)net * -spread_ppb / 1000000000) : net;
}

static int64_t expected_minor(const fixture *f, const hst_instruction *one, const char *conversion)
{
    const hst_institution *all = f->w.institutions.all;
    const uint16_t d = all[one->debtor_agent].currency;
    const uint16_t c = all[one->creditor_agent].currency;
    const uint16_t l = f->world.ramps.currency;
    const bool both = strcmp(conversion, "both_ramps") == 0;
    const uint16_t moves = both ? l : strcmp(conversion, "on_ramp") == 0 ? c : d;
    const bool wholesale = one->segment == HST_SEGMENT_WHOLESALE;
    const hst_market_tier tier = wholesale ? HST_MARKET_TIER_CORPORATE : HST_MARKET_TIER_INTERBANK;
    const bool quoted = !wholesale && d != c;
    int64_t minor = one->amount_minor;
    if (moves != d) {
        minor = sell(f, minor, d, moves,
                     quoted ? one->margin_ppb
                            : hst_market_half_spread_ppb(f->market, d, moves, tier, HST_HOUR_NS));
    } else if (quoted) {
        minor -= minor * one->margin_ppb / 1000000000; /* rounds to zero, as the bank does */
    }
    minor -= hst_market_from_micro_usd(f->market, moves, f->w.scenario.charges.dlt_fixed_micro_usd,
                                       HST_HOUR_NS);
    return sell(f, minor, moves, c,
                hst_market_half_spread_ppb(f->market, moves, c, tier, HST_HOUR_NS));
}

static const char *const conversions[] = {"ledger", "on_ramp", "off_ramp", "both_ramps"};

static void every_creditor_gets_what_an_independent_function_finds(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        static fixture f;
        open_world(&f, conversions[i], 3000 * INT64_C(1000000), i % 2 == 0);
        run_until(&f, 2 * HST_DAY_NS);
        assert_int_equal(f.world.dlt->executed, PAYMENTS);
        for (uint32_t p = 0; p < PAYMENTS; p++) {
            const hst_live *live = &f.world.live[p];
            const hst_instruction *one = &f.instructions[p];
            assert_int_equal(live->state, HST_ROW_STATE_COMPLETED);
            assert_int_equal(live->currency, f.w.institutions.all[one->creditor_agent].currency);
            assert_int_equal(live->minor, expected_minor(&f, one, conversions[i]));
        }
        books_agree(&f);
        close_world(&f);
    }
}

static void who_converts_follows_from_the_key(void **state)
{
    (void)state;
    static const double currencies[4] = {61, 61, 61, 1};
    double at_home = 0;
    for (uint32_t i = 0; i < 4; i++) {
        static fixture f;
        open_world(&f, conversions[i], 3000 * INT64_C(1000000), false);
        run_until(&f, 2 * HST_DAY_NS);
        assert_int_equal(metric(&f, "dlt.cost_dealer") > 0, i == 0);
        assert_int_equal(metric(&f, "dlt.cost_off_ramp") > 0, i >= 2);
        assert_int_equal(metric(&f, "dlt.cost_held") > 0, i >= 2);
        assert_true(metric(&f, "dlt.cost_on_ramp") > 0);
        assert_true(metric(&f, "dlt.cost_ledger_fee") > 0);
        assert_true(metric(&f, "dlt.currencies") <= currencies[i]);
        at_home = i == 0 ? metric(&f, "dlt.balances") : at_home;
        assert_int_equal(metric(&f, "dlt.balances") > at_home, i == 1 || i == 2);
        /* The parts are the whole. */
        static const char *const parts[] = {"ramp_fees", "ledger_fee", "on_ramp", "dealer",
                                            "off_ramp",  "funding",    "held",    "under_way"};
        double sum = 0;
        for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
            char name[40];
            (void)snprintf(name, sizeof name, "dlt.cost_%s", parts[k]);
            sum += metric(&f, name);
        }
        const double all = f.world.sums[HST_SEGMENT_ALL].cost_pct_sum / PAYMENTS;
        assert_true(sum > all - 1e-9 && sum < all + 1e-9);
        close_world(&f);
    }
}

/* A cent does not survive fee and conversions everywhere: refused, and all money is where it was.
 */
static void what_would_not_survive_a_ramp_is_given_back_whole(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        static fixture f;
        uint32_t refused = 0;
        open_world(&f, conversions[i], 30000, false);
        run_until(&f, 2 * HST_DAY_NS);
        for (uint32_t p = 0; p < PAYMENTS; p++) {
            const hst_instruction *one = &f.instructions[p];
            const hst_live *live = &f.world.live[p];
            if (live->state == HST_ROW_STATE_COMPLETED) {
                assert_int_equal(live->minor, expected_minor(&f, one, conversions[i]));
                continue;
            }
            assert_int_equal(live->state, HST_ROW_STATE_FAILED);
            assert_int_equal(live->reason, HST_ROW_REASON_AMOUNT);
            assert_int_equal(live->minor, one->amount_minor);
            refused++;
        }
        assert_true(refused > 4);
        assert_int_equal(f.world.open_payments, 0);
        books_agree(&f);
        close_world(&f);
    }
}

/* One won more than the fee would reach the off-ramp, and be no fen there. */
static void what_would_be_nothing_at_the_off_ramp_is_not_sent(void **state)
{
    (void)state;
    enum { LAST = PAYMENTS - 2 }; /* won to yuan, retail without a margin */
    for (uint32_t i = 0; i < 4; i += 2) {
        static fixture f;
        open_world(&f, conversions[i], 3000 * INT64_C(1000000), false);
        hst_instruction *one = &f.instructions[LAST];
        one->amount_minor = 1 + hst_market_from_micro_usd(
                                    f.market, f.w.institutions.all[one->debtor_agent].currency,
                                    f.w.scenario.charges.dlt_fixed_micro_usd, HST_HOUR_NS);
        run_until(&f, 2 * HST_DAY_NS);
        assert_int_equal(f.world.live[LAST].state, HST_ROW_STATE_FAILED);
        assert_int_equal(f.world.live[LAST].reason, HST_ROW_REASON_AMOUNT);
        assert_int_equal(f.world.live[LAST].minor, one->amount_minor);
        assert_int_equal(f.world.ramps.tally.verdicts[HST_DLT_UNPAID], 1);
        assert_int_equal(f.world.ramps.completed, PAYMENTS - 1);
        books_agree(&f);
        close_world(&f);
    }
}

static void a_replay_moves_nothing_and_breaks_the_invariant(void **state)
{
    (void)state;
    static fixture f;
    open_world(&f, "both_ramps", 3000 * INT64_C(1000000), true);
    run_until(&f, 2 * HST_DAY_NS);
    const hst_instruction *one = &f.instructions[0];
    f.world.live[0].holder = one->debtor_agent; /* as when it was signed */
    f.world.live[0].currency = f.world.ramps.currency;
    f.world.live[0].minor = f.world.live[0].bought[0];
    const int64_t before =
        hst_books_dlt_balance(&f.world.books, one->debtor_agent, f.world.ramps.currency);
    assert_int_equal(broken(&f, "dlt_transactions"), 0);
    assert_true(hst_dlt_executed(&f.world, 0));
    assert_int_equal(f.world.ramps.tally.verdicts[HST_DLT_REPLAYED], 1);
    assert_int_equal(broken(&f, "dlt_transactions"), 1);
    assert_int_equal(
        hst_books_dlt_balance(&f.world.books, one->debtor_agent, f.world.ramps.currency), before);
    close_world(&f);
}

static void a_transaction_changed_on_the_way_is_refused_and_breaks_the_invariant(void **state)
{
    (void)state;
    static fixture f;
    open_world(&f, "off_ramp", 3000 * INT64_C(1000000), true);
    run_until(&f, HST_HOUR_NS + HST_SECOND_NS / 10); /* signed, not decided */
    assert_int_equal(f.world.dlt->executed, 0);
    f.world.live[0].minor -= 1;
    run_until(&f, 2 * HST_DAY_NS);
    assert_int_equal(f.world.ramps.tally.verdicts[HST_DLT_FORGED], 1);
    assert_int_equal(f.world.live[0].state, HST_ROW_STATE_PENDING);
    /* What its balance signed later waits for the genuine one. */
    assert_int_equal(f.world.dlt->early_count, SEGMENT_PRICES - 1);
    assert_int_equal(broken(&f, "dlt_transactions"), SEGMENT_PRICES);
    close_world(&f);
}

static void a_posting_on_one_side_only_breaks_the_mirror_in_any_currency(void **state)
{
    (void)state;
    static fixture f;
    open_world(&f, "off_ramp", 3000 * INT64_C(1000000), false);
    run_until(&f, 2 * HST_DAY_NS);
    const hst_instruction *one = &f.instructions[0];
    const uint16_t foreign = f.w.institutions.all[one->debtor_agent].currency;
    assert_int_equal(broken(&f, "dlt_mirrors_holdings"), 0);
    assert_int_equal(hst_books_dlt_receive(&f.world.books, one->creditor_agent, foreign, 1),
                     HST_OK);
    assert_int_equal(broken(&f, "dlt_mirrors_holdings"), 1);
    close_world(&f);
}

static void the_issuer_takes_back_foreign_surpluses_when_their_system_closes(void **state)
{
    (void)state;
    static fixture f;
    open_world(&f, "off_ramp", 3000 * INT64_C(1000000), false);
    run_until(&f, 2 * HST_DAY_NS);
    hst_world *w = &f.world;
    const hst_instruction *one = &f.instructions[0];
    const uint16_t foreign = f.w.institutions.all[one->debtor_agent].currency;
    const uint16_t home = f.w.institutions.all[one->creditor_agent].currency;
    const int64_t at_home = hst_books_dlt_balance(&w->books, one->creditor_agent, home);
    assert_true(hst_books_dlt_balance(&w->books, one->creditor_agent, foreign) > 0);
    hst_dlt_redeem(w, f.w.atlas.currency_system[home]);
    assert_int_equal(w->ramps.redemptions, 0);
    hst_dlt_redeem(w, f.w.atlas.currency_system[foreign]);
    assert_int_equal(w->ramps.redemptions, 1);
    assert_int_equal(hst_books_dlt_balance(&w->books, one->creditor_agent, foreign), 0);
    assert_int_equal(hst_books_dlt_balance(&w->books, one->creditor_agent, home), at_home);
    hst_dlt_redeem(w, f.w.atlas.currency_system[foreign]);
    assert_int_equal(w->ramps.redemptions, 1);
    books_agree(&f);
    close_world(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_creditor_gets_what_an_independent_function_finds),
        cmocka_unit_test(who_converts_follows_from_the_key),
        cmocka_unit_test(what_would_not_survive_a_ramp_is_given_back_whole),
        cmocka_unit_test(what_would_be_nothing_at_the_off_ramp_is_not_sent),
        cmocka_unit_test(a_replay_moves_nothing_and_breaks_the_invariant),
        cmocka_unit_test(a_transaction_changed_on_the_way_is_refused_and_breaks_the_invariant),
        cmocka_unit_test(a_posting_on_one_side_only_breaks_the_mirror_in_any_currency),
        cmocka_unit_test(the_issuer_takes_back_foreign_surpluses_when_their_system_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
