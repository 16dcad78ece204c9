/* Accounts: limits, freezing, clawback, closing, history, and what can be asked about them. */
#include "tests/unit/ledger/books.h"

static void an_overdraft_goes_to_its_limit_and_not_beyond(void **state)
{
    (void)state;
    books b = new_books();
    const uint32_t bank = add_account(b.ledger, USD, 0, 0);
    const uint32_t customer = add_account(b.ledger, USD, LIMITED, 100);
    assert_int_equal(hst_ledger_debit_available(b.ledger, customer), 100);
    must(b.ledger, event(customer, bank, 60, 0));
    must(b.ledger, event(customer, bank, 40, HST_TRANSFER_PENDING)); /* holds count */
    expect_result(run_one(b.ledger, event(customer, bank, 1, 0)).result,
                  HST_LEDGER_EXCEEDS_CREDITS);
    must(b.ledger, event(bank, customer, 7, HST_TRANSFER_PENDING)); /* announced is not spendable */
    expect_result(run_one(b.ledger, event(customer, bank, 1, 0)).result,
                  HST_LEDGER_EXCEEDS_CREDITS);
    must(b.ledger, event(customer, bank, 0, 0)); /* nothing is always possible */
    assert_int_equal(hst_ledger_balance(b.ledger, customer), -60);
    assert_int_equal(hst_ledger_debit_available(b.ledger, customer), 0);
    assert_true(hst_ledger_debit_available(b.ledger, bank) == UINT64_MAX);
    close_books(&b);
}

static void an_asset_account_is_held_to_its_debits(void **state)
{
    (void)state;
    books b = new_books();
    const uint32_t nostro = add_account(b.ledger, EUR, LIMITED_CREDITS, 20);
    const uint32_t capital = add_account(b.ledger, EUR, 0, 0);
    must(b.ledger, event(nostro, capital, 50, 0));
    must(b.ledger, event(capital, nostro, 70, 0));
    assert_int_equal(hst_ledger_credit_available(b.ledger, nostro), 0);
    assert_true(hst_ledger_credit_available(b.ledger, capital) == UINT64_MAX);
    expect_result(run_one(b.ledger, event(capital, nostro, 1, 0)).result,
                  HST_LEDGER_EXCEEDS_DEBITS);
    close_books(&b);
}

static void a_limit_can_be_cut_to_its_use_and_raised_again(void **state)
{
    (void)state;
    books b = new_books();
    hst_outcome o;
    const uint32_t bank = add_account(b.ledger, USD, 0, 0);
    const uint32_t customer = add_account(b.ledger, USD, LIMITED, 100);
    must(b.ledger, event(customer, bank, 60, 0));
    assert_int_equal(hst_ledger_set_credit_limit(b.ledger, customer, 59, &o), HST_REFUSED);
    assert_int_equal(hst_ledger_set_credit_limit(b.ledger, customer, 60, &o), HST_OK);
    expect_result(run_one(b.ledger, event(customer, bank, 1, 0)).result,
                  HST_LEDGER_EXCEEDS_CREDITS);
    assert_int_equal(hst_ledger_set_credit_limit(b.ledger, customer, INT64_MAX, &o), HST_OK);
    must(b.ledger, event(customer, bank, 1, 0));
    assert_true(account(b.ledger, customer).credit_limit_minor == INT64_MAX);
    close_books(&b);
}

static void frozen_accounts_refuse_and_clawback_reaches_them(void **state)
{
    (void)state;
    books b = new_books();
    hst_outcome o;
    const uint32_t bank = add_account(b.ledger, USD, 0, 0);
    const uint32_t customer = add_account(b.ledger, USD, LIMITED, 0);
    must(b.ledger, event(bank, customer, 100, 0));
    const uint32_t hold = must(b.ledger, event(customer, bank, 10, HST_TRANSFER_PENDING)).handle;
    assert_int_equal(hst_ledger_freeze(b.ledger, customer, HST_ACCOUNT_FROZEN_DEBITS, &o), HST_OK);
    expect_result(run_one(b.ledger, event(customer, bank, 1, 0)).result,
                  HST_LEDGER_DEBIT_ACCOUNT_FROZEN);
    expect_result(
        run_one(b.ledger, resolving(hold, HST_AMOUNT_ALL, HST_TRANSFER_POST_PENDING)).result,
        HST_LEDGER_DEBIT_ACCOUNT_FROZEN);
    must(b.ledger, event(bank, customer, 5, 0)); /* credits still come in */
    must(b.ledger, resolving(hold, 0, HST_TRANSFER_VOID_PENDING));
    must(b.ledger, event(customer, bank, 105, HST_TRANSFER_CLAWBACK));
    expect_result(run_one(b.ledger, event(customer, bank, 1, HST_TRANSFER_CLAWBACK)).result,
                  HST_LEDGER_EXCEEDS_CREDITS);
    assert_int_equal(hst_ledger_freeze(b.ledger, customer, HST_ACCOUNT_FROZEN_CREDITS, &o), HST_OK);
    expect_result(run_one(b.ledger, event(bank, customer, 1, 0)).result,
                  HST_LEDGER_CREDIT_ACCOUNT_FROZEN);
    assert_int_equal(hst_ledger_freeze(b.ledger, customer, 0, &o), HST_OK);
    must(b.ledger, event(bank, customer, 1, 0));
    close_books(&b);
}

static void a_closing_transfer_closes_until_it_is_voided(void **state)
{
    (void)state;
    books b = new_books();
    const uint32_t bank = add_account(b.ledger, USD, 0, 0);
    const uint32_t customer = add_account(b.ledger, USD, 0, 0);
    const uint16_t closing = HST_TRANSFER_PENDING | HST_TRANSFER_CLOSING_DEBIT;
    const uint32_t hold = must(b.ledger, event(customer, bank, 0, closing)).handle;
    assert_true((account(b.ledger, customer).flags & HST_ACCOUNT_CLOSED) != 0);
    expect_result(run_one(b.ledger, event(bank, customer, 1, 0)).result,
                  HST_LEDGER_CREDIT_ACCOUNT_CLOSED);
    expect_result(run_one(b.ledger, resolving(hold, 0, HST_TRANSFER_POST_PENDING)).result,
                  HST_LEDGER_DEBIT_ACCOUNT_CLOSED);
    must(b.ledger, resolving(hold, 0, HST_TRANSFER_VOID_PENDING));
    must(b.ledger, event(bank, customer, 1, 0));
    hst_compact timed =
        event(bank, customer, 0, HST_TRANSFER_PENDING | HST_TRANSFER_CLOSING_CREDIT);
    timed.timeout_s = 1;
    must(b.ledger, timed);
    assert_true((account(b.ledger, customer).flags & HST_ACCOUNT_CLOSED) != 0);
    assert_int_equal(hst_ledger_advance(b.ledger, 2000000000), HST_OK);
    assert_true((account(b.ledger, customer).flags & HST_ACCOUNT_CLOSED) == 0);
    close_books(&b);
}

static void linked_openings_stand_or_fall_together(void **state)
{
    (void)state;
    books b = new_books();
    hst_outcome o[3];
    hst_account_open requests[3] = {
        {.id = key(1), .code = 1, .flags = HST_ACCOUNT_LINKED | HST_ACCOUNT_HISTORY},
        {.id = key(1), .code = 1, .flags = HST_ACCOUNT_HISTORY},
        {.id = key(2), .code = 1}};
    assert_int_equal(hst_ledger_open_accounts(b.ledger, requests, 3, o), HST_OK);
    expect_result(o[0].result, HST_LEDGER_LINKED_EVENT_FAILED);
    expect_result(o[1].result, HST_LEDGER_EXISTS);
    expect_result(o[2].result, HST_LEDGER_CREATED);
    assert_int_equal(o[2].handle, 0);
    assert_int_equal(hst_ledger_find(b.ledger, key(1)), HST_HANDLE_NONE);
    requests[1].id = key(3);
    assert_int_equal(hst_ledger_open_accounts(b.ledger, requests, 2, o), HST_OK);
    expect_result(o[1].result, HST_LEDGER_CREATED);
    assert_int_equal(hst_ledger_find(b.ledger, key(3)), 2);
    close_books(&b);
}

static void history_shows_the_balances_newest_first(void **state)
{
    (void)state;
    books b = new_books();
    hst_history_row rows[4];
    const uint32_t bank = add_account(b.ledger, USD, 0, 0);
    const uint32_t watched = add_account(b.ledger, USD, HST_ACCOUNT_HISTORY, 0);
    assert_int_equal(hst_ledger_history(b.ledger, watched, rows, 4), 0);
    must(b.ledger, event(bank, watched, 10, 0));
    const uint32_t hold = must(b.ledger, event(watched, bank, 4, HST_TRANSFER_PENDING)).handle;
    must(b.ledger, resolving(hold, 3, HST_TRANSFER_POST_PENDING));
    assert_int_equal(hst_ledger_history(b.ledger, watched, rows, 4), 3);
    assert_int_equal(rows[0].debits_posted_minor, 3);
    assert_int_equal(rows[0].debits_pending_minor, 0);
    assert_int_equal(rows[1].debits_pending_minor, 4);
    assert_int_equal(rows[2].credits_posted_minor, 10);
    assert_true(rows[0].timestamp_ns > rows[1].timestamp_ns);
    assert_int_equal(hst_ledger_history(b.ledger, watched, rows, 1), 1);
    assert_int_equal(rows[0].debits_posted_minor, 3);
    assert_int_equal(hst_ledger_history(b.ledger, bank, rows, 4), 0);
    close_books(&b);
}

static void balances_saturate(void **state)
{
    (void)state;
    books b = new_books();
    const uint32_t x = add_account(b.ledger, USD, 0, 0);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    must(b.ledger, event(x, y, UINT64_MAX, 0));
    assert_true(hst_ledger_balance(b.ledger, y) == INT64_MAX);
    assert_true(hst_ledger_balance(b.ledger, x) == INT64_MIN);
    close_books(&b);
}

static void handles_that_are_not_there_are_programmer_errors(void **state)
{
    (void)state;
    books b = new_books();
    hst_account a;
    hst_pending p;
    expect_assert_fires(hst_ledger_account(b.ledger, 0, &a));
    expect_assert_fires(hst_ledger_pending(b.ledger, 0, &p));
    expect_assert_fires((void)hst_ledger_balance(b.ledger, 0));
    assert_int_equal(hst_ledger_advance(b.ledger, 5), HST_OK);
    expect_assert_fires(hst_ignore(hst_ledger_advance(b.ledger, 4)));
    expect_assert_fires(hst_ignore(hst_ledger_advance(b.ledger, INT64_MAX)));
    close_books(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_overdraft_goes_to_its_limit_and_not_beyond),
        cmocka_unit_test(an_asset_account_is_held_to_its_debits),
        cmocka_unit_test(a_limit_can_be_cut_to_its_use_and_raised_again),
        cmocka_unit_test(frozen_accounts_refuse_and_clawback_reaches_them),
        cmocka_unit_test(a_closing_transfer_closes_until_it_is_voided),
        cmocka_unit_test(linked_openings_stand_or_fall_together),
        cmocka_unit_test(history_shows_the_balances_newest_first),
        cmocka_unit_test(balances_saturate),
        cmocka_unit_test(handles_that_are_not_there_are_programmer_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
