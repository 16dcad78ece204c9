/* The world out of the shipped tables, and what happens when a table is wrong. */
#include "tests/support/expect_assert.h"
#include "tests/unit/bank/world.h"

#include <stdio.h>
#include <string.h>

static void the_shipped_world_is_as_large_as_promised(void **state)
{
    (void)state;
    static test_world w;
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    bool used[HST_CURRENCY_MAX] = {false};
    uint32_t currencies = 0;
    for (uint32_t i = 0; i < w.atlas.corridor_count; i++) {
        used[w.atlas.countries[w.atlas.corridors[i].sender].currency] = true;
        used[w.atlas.countries[w.atlas.corridors[i].receiver].currency] = true;
    }
    for (uint32_t c = 0; c < HST_CURRENCY_MAX; c++) {
        currencies += used[c] ? 1 : 0;
    }
    assert_true(w.atlas.corridor_count >= 300);
    assert_true(currencies >= 40);
    test_world_release(&w);
}

static void systems_keep_the_hours_of_the_table(void **state)
{
    (void)state;
    static test_world w;
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    hst_currency usd = 0;
    hst_currency eur = 0;
    assert_int_equal(hst_currency_find(&w.currencies, "USD", 3, &usd), HST_OK);
    assert_int_equal(hst_currency_find(&w.currencies, "EUR", 3, &eur), HST_OK);
    const hst_system *fedwire = &w.atlas.systems[w.atlas.currency_system[usd]];
    const hst_system *t2 = &w.atlas.systems[w.atlas.currency_system[eur]];
    assert_non_null(strstr(fedwire->name, "Fedwire"));
    /* 2025-10-15 is a Wednesday in summer time: T2 opens 02:30 CEST = 00:30 UTC, and Fedwire has
     * been open since 21:00 EDT of Tuesday = 01:00 UTC. */
    assert_int_equal(hst_hours_next_open(&t2->hours, 0, true), 30 * HST_MINUTE_NS);
    assert_int_equal(hst_hours_next_open(&fedwire->hours, 0, true), HST_HOUR_NS);
    test_world_release(&w);
}

static void users_of_a_foreign_currency_take_no_part_in_its_system(void **state)
{
    (void)state;
    static test_world w;
    uint16_t us = 0;
    uint16_t ec = 0;
    uint16_t fr = 0;
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    assert_int_equal(hst_atlas_country(&w.atlas, "US", &us), HST_OK);
    assert_int_equal(hst_atlas_country(&w.atlas, "EC", &ec), HST_OK);
    assert_int_equal(hst_atlas_country(&w.atlas, "FR", &fr), HST_OK);
    assert_int_equal(w.atlas.countries[us].currency, w.atlas.countries[ec].currency);
    assert_int_not_equal(w.atlas.countries[us].system, HST_NO_SYSTEM);
    assert_int_equal(w.atlas.countries[ec].system, HST_NO_SYSTEM);
    assert_int_not_equal(w.atlas.countries[fr].system, HST_NO_SYSTEM);
    test_world_release(&w);
}

static void latency_is_symmetric_and_known_for_every_pair(void **state)
{
    (void)state;
    static test_world w;
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    for (uint16_t a = 0; a < w.atlas.country_count; a++) {
        for (uint16_t b = 0; b < w.atlas.country_count; b++) {
            assert_true(hst_atlas_latency_ns(&w.atlas, a, b) > 0);
            assert_int_equal(hst_atlas_latency_ns(&w.atlas, a, b),
                             hst_atlas_latency_ns(&w.atlas, b, a));
        }
    }
    test_world_release(&w);
}

/* A bundle with one table replaced. */
static void load_with(const char *path, const char *text, hst_error *error)
{
    static test_world w;
    assert_int_equal(test_world_load(&w, NULL, 0), HST_OK);
    hst_inputs *changed = NULL;
    assert_int_equal(hst_inputs_create_empty(hst_os_memory(), &changed, error), HST_OK);
    for (size_t i = 0; i < hst_inputs_count(w.inputs); i++) {
        const char *name = NULL;
        const char *bytes = NULL;
        size_t size = 0;
        hst_inputs_item(w.inputs, i, &name, &bytes, &size);
        const bool replace = strcmp(name, path) == 0;
        assert_int_equal(hst_inputs_add(changed, name, replace ? text : bytes,
                                        replace ? strlen(text) : size, error),
                         HST_OK);
    }
    hst_atlas atlas;
    assert_int_not_equal(
        hst_atlas_load(changed, &w.scenario, &w.currencies, &w.arena, &atlas, error), HST_OK);
    hst_inputs_destroy(changed);
    test_world_release(&w);
}

static void errors_name_file_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text, *expected;
    } cases[] = {
        {"data/corridors.csv", "sender,receiver,flow_2017_musd,cost_200_pct\nUS,XX,1,2\n",
         "data/corridors.csv:2:4: column receiver: expected a country of countries.csv, got "
         "\"XX\""},
        {"data/corridors.csv", "sender,receiver,flow_2017_musd,cost_200_pct\nUS,US,1,2\n",
         "data/corridors.csv:2:4: column receiver: expected another country, got \"US\""},
        {"data/rtgs.csv",
         "currency,system,open_day,open,close_day,close,customer_cutoff,time_zone,days\n"
         "EUR,T2,0,18:00,0,02:30,,Europe/Berlin,Mon-Fri\n",
         "data/rtgs.csv:2:24: column customer_cutoff: expected open < cut-off <= close, got \"\""},
        {"data/rtgs.csv",
         "currency,system,open_day,open,close_day,close,customer_cutoff,time_zone,days\n"
         "EUR,T2,0,02:30,0,18:00,,Europe/Atlantis,Mon-Fri\n",
         "data/rtgs.csv:2:25: column time_zone: expected a time zone of zones.csv, got "
         "\"Europe/Atlantis\""},
        {"data/latency.csv", "iso2_a,iso2_b,rtt_ms\nUS,DE,-4\n",
         "data/latency.csv:2:7: column rtt_ms: expected 0 to 10000 ms, got \"-4\""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hst_error error = {0};
        char text[HST_ERROR_PRINT_SIZE];
        load_with(cases[i].path, cases[i].text, &error);
        (void)hst_error_print(&error, text, sizeof text);
        assert_string_equal(text, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_world_is_as_large_as_promised),
        cmocka_unit_test(systems_keep_the_hours_of_the_table),
        cmocka_unit_test(users_of_a_foreign_currency_take_no_part_in_its_system),
        cmocka_unit_test(latency_is_symmetric_and_known_for_every_pair),
        cmocka_unit_test(errors_name_file_line_and_column)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
