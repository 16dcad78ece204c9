/* Price quotes: two points make a line, and nothing is charged below zero. */
#include "core/money/rate.h"

#include "sim/base/purpose.h"
#include "sim/workload/quotes.h"

#include "tests/support/expect_assert.h"
#include "tests/unit/bank/world.h"

#include <stdio.h>
#include <string.h>

static const char header[] =
    "sender,receiver,firm_type,product,speed,fee_pct_200,fx_margin_pct_200,fee_pct_500,"
    "fx_margin_pct_500\n";

static hst_status load_text(test_world *w, const char *rows, hst_quotes *quotes, hst_error *error)
{
    char text[1024];
    hst_inputs *inputs = NULL;
    (void)snprintf(text, sizeof text, "%s%s", header, rows);
    assert_int_equal(hst_inputs_create_empty(hst_os_memory(), &inputs, error), HST_OK);
    assert_int_equal(hst_inputs_add(inputs, "q.csv", text, strlen(text), error), HST_OK);
    const hst_status status = hst_quotes_load(inputs, "q.csv", &w->atlas, &w->arena, quotes, error);
    hst_inputs_destroy(inputs);
    return status;
}

static void a_quote_charges_what_it_says_at_both_amounts(void **state)
{
    (void)state;
    static test_world w;
    hst_quotes quotes;
    hst_error error = {0};
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    /* 5 % of 200 = 10 dollars, 3 % of 500 = 15 dollars: 6.67 fixed and 1.67 %. */
    assert_int_equal(load_text(&w, "US,MX,bank,x,under_1h,5,1.5,3,1.5\n", &quotes, &error), HST_OK);
    const hst_quote *quote = &quotes.all[0];
    assert_in_range(hst_quote_fee_micro_usd(quote, 200000000), 9999000, 10001000);
    assert_in_range(hst_quote_fee_micro_usd(quote, 500000000), 14999000, 15001000);
    assert_int_equal(quote->margin_ppb, 15000000);
    test_world_release(&w);
}

static void fees_stop_growing_at_five_thousand_dollars(void **state)
{
    (void)state;
    const hst_quote quote = {.fixed_micro_usd = 1000000, .fee_ppb = 10000000};
    assert_int_equal(hst_quote_fee_micro_usd(&quote, INT64_C(5000000000)), 51000000);
    assert_int_equal(hst_quote_fee_micro_usd(&quote, INT64_C(900000000000)), 51000000);
}

static void a_fee_that_falls_with_the_amount_is_all_fixed(void **state)
{
    (void)state;
    static test_world w;
    hst_quotes quotes;
    hst_error error = {0};
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    assert_int_equal(load_text(&w, "US,MX,bank,x,same_day,5,1,1,1\n", &quotes, &error), HST_OK);
    assert_int_equal(quotes.all[0].fee_ppb, 0);
    assert_int_equal(quotes.all[0].fixed_micro_usd, 10000000);
    test_world_release(&w);
}

static void the_shipped_quotes_never_charge_less_than_nothing(void **state)
{
    (void)state;
    static test_world w;
    hst_quotes quotes;
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    assert_int_equal(
        hst_quotes_load(w.inputs, w.scenario.data.quotes, &w.atlas, &w.arena, &quotes, &w.error),
        HST_OK);
    assert_true(quotes.count > 1000);
    for (uint32_t i = 0; i < quotes.count; i++) {
        assert_true(quotes.all[i].fixed_micro_usd >= 0);
        assert_true(quotes.all[i].fee_ppb >= 0);
    }
    test_world_release(&w);
}

static void draws_stay_in_the_corridor_when_it_has_quotes(void **state)
{
    (void)state;
    static test_world w;
    hst_quotes quotes;
    hst_random random = hst_random_stream(1, 0, 0, HST_PURPOSE_TEST);
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    assert_int_equal(
        hst_quotes_load(w.inputs, w.scenario.data.quotes, &w.atlas, &w.arena, &quotes, &w.error),
        HST_OK);
    uint32_t own = 0;
    for (uint32_t c = 0; c < w.atlas.corridor_count; c++) {
        const hst_quote *drawn = hst_quotes_draw(&quotes, c, &random);
        bool found = quotes.counts[c] == 0;
        for (uint32_t i = 0; i < quotes.counts[c]; i++) {
            found |= &quotes.all[quotes.by_corridor[quotes.first[c] + i]] == drawn;
        }
        assert_true(found);
        own += quotes.counts[c] > 0 ? 1 : 0;
        assert_int_equal(hst_quotes_draw_bank(&quotes, &random)->firm, HST_FIRM_BANK);
    }
    assert_true(own > 100);
    test_world_release(&w);
}

static void errors_name_the_cell(void **state)
{
    (void)state;
    static test_world w;
    static const struct {
        const char *rows, *expected;
    } cases[] = {
        {"US,MX,pigeon,x,under_1h,5,1,3,1\n",
         "q.csv:2:7: column firm_type: expected a firm type (bank, mto, post ...), got \"pigeon\""},
        {"US,MX,bank,x,soon,5,1,3,1\n",
         "q.csv:2:14: column speed: expected a speed (under_1h ... six_plus), got \"soon\""},
        {"US,MX,bank,x,under_1h,500,1,3,1\n",
         "q.csv:2:23: column fee_pct_200: expected -100 to 100 per cent, got \"500\""},
        {"US,MX,mto,x,under_1h,5,1,3,1\n", "q.csv: expected quotes of banks, found none"}};
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hst_quotes quotes;
        hst_error error = {0};
        char text[HST_ERROR_PRINT_SIZE];
        assert_int_not_equal(load_text(&w, cases[i].rows, &quotes, &error), HST_OK);
        (void)hst_error_print(&error, text, sizeof text);
        assert_string_equal(text, cases[i].expected);
    }
    test_world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quote_charges_what_it_says_at_both_amounts),
        cmocka_unit_test(fees_stop_growing_at_five_thousand_dollars),
        cmocka_unit_test(a_fee_that_falls_with_the_amount_is_all_fixed),
        cmocka_unit_test(the_shipped_quotes_never_charge_less_than_nothing),
        cmocka_unit_test(draws_stay_in_the_corridor_when_it_has_quotes),
        cmocka_unit_test(errors_name_the_cell)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
