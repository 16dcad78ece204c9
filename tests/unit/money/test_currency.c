#include "core/money/currency.h"

#include "tests/support/expect_assert.h"

#include <string.h>

static void added_currencies_are_found_by_code_and_index(void **state)
{
    (void)state;
    static hst_currency_table table;
    hst_currency_table_init(&table);
    hst_currency usd = HST_CURRENCY_NONE, jpy = HST_CURRENCY_NONE, found = HST_CURRENCY_NONE;
    assert_int_equal(hst_currency_table_add(&table, "USD", 840, 2, "US Dollar", &usd), HST_OK);
    assert_int_equal(hst_currency_table_add(&table, "JPY", 392, 0, "Yen", &jpy), HST_OK);
    assert_int_equal(usd, 0);
    assert_int_equal(jpy, 1);
    assert_int_equal(hst_currency_count(&table), 2);
    assert_int_equal(hst_currency_find(&table, "JPYxxx", 3, &found), HST_OK);
    assert_int_equal(found, jpy);
    assert_string_equal(hst_currency_code(&table, jpy), "JPY");
    assert_int_equal(hst_currency_minor_unit(&table, usd), 2);
    assert_int_equal(hst_currency_get(&table, usd)->numeric, 840);
    assert_string_equal(hst_currency_get(&table, usd)->name, "US Dollar");
}

static void what_is_not_a_currency_is_refused(void **state)
{
    (void)state;
    static hst_currency_table table;
    hst_currency_table_init(&table);
    hst_currency out = 77;
    char long_name[HST_CURRENCY_NAME_MAX + 2];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    static const char *const codes[] = {"", "US", "USDX", "usd", "U1D", "US "};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_int_equal(hst_currency_table_add(&table, codes[i], 1, 2, "x", &out), HST_INVALID);
    }
    assert_int_equal(hst_currency_table_add(&table, "AAA", 1000, 2, "x", &out), HST_INVALID);
    assert_int_equal(hst_currency_table_add(&table, "AAA", 1, 5, "x", &out), HST_INVALID);
    assert_int_equal(hst_currency_table_add(&table, "AAA", 1, 2, long_name, &out), HST_INVALID);
    assert_int_equal(hst_currency_count(&table), 0);
    assert_int_equal(out, 77);
    long_name[HST_CURRENCY_NAME_MAX] = '\0';
    assert_int_equal(hst_currency_table_add(&table, "AAA", 1, 4, long_name, &out), HST_OK);
    assert_int_equal(hst_currency_table_add(&table, "AAA", 2, 2, "again", &out), HST_EXISTS);
}

static void absent_codes_are_not_found(void **state)
{
    (void)state;
    static hst_currency_table table;
    hst_currency_table_init(&table);
    hst_currency out = 5;
    assert_int_equal(hst_currency_table_add(&table, "EUR", 978, 2, "Euro", &out), HST_OK);
    assert_int_equal(hst_currency_find(&table, "EU", 2, &out), HST_NOT_FOUND);
    assert_int_equal(hst_currency_find(&table, "EURO", 4, &out), HST_NOT_FOUND);
    assert_int_equal(hst_currency_find(&table, "eur", 3, &out), HST_NOT_FOUND);
    assert_int_equal(hst_currency_find(&table, NULL, 0, &out), HST_NOT_FOUND);
    assert_int_equal(out, 0);
}

static void a_full_table_refuses_one_more(void **state)
{
    (void)state;
    static hst_currency_table table;
    hst_currency_table_init(&table);
    hst_currency out = 0;
    char code[4] = "AAA";
    for (int i = 0; i < HST_CURRENCY_MAX; i++) {
        code[1] = (char)('A' + i / 26);
        code[2] = (char)('A' + i % 26);
        assert_int_equal(hst_currency_table_add(&table, code, 0, 0, "", &out), HST_OK);
        assert_int_equal(out, i);
    }
    assert_int_equal(hst_currency_table_add(&table, "ZZZ", 0, 0, "", &out), HST_FULL);
}

static void a_foreign_index_is_a_programmer_error(void **state)
{
    (void)state;
    static hst_currency_table table;
    hst_currency_table_init(&table);
    /* Volatile: a compiler that sees the index would rather refuse to compile. */
    volatile hst_currency first = 0, none = HST_CURRENCY_NONE;
    expect_assert_fires((void)hst_currency_code(&table, first));
    expect_assert_fires((void)hst_currency_code(&table, none));
    expect_assert_fires((void)hst_minor_per_unit(5));
    assert_int_equal(hst_minor_per_unit(0), 1);
    assert_int_equal(hst_minor_per_unit(4), 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(added_currencies_are_found_by_code_and_index),
        cmocka_unit_test(what_is_not_a_currency_is_refused),
        cmocka_unit_test(absent_codes_are_not_found),
        cmocka_unit_test(a_full_table_refuses_one_more),
        cmocka_unit_test(a_foreign_index_is_a_programmer_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
