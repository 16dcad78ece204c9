/* Each invariant is seen to fire: books are damaged through the back door, and the seal that
 * follows refuses and says why. */
#include "core/ledger/internal.h"
#include "core/ledger/invariant.h"

#include "tests/unit/ledger/books.h"

#include <string.h>

enum { ACCOUNTS = 12 };

/** Books with some history, sealed once, and one more transfer. */
static books sealed_books(void)
{
    books b = new_books();
    hst_block_header header;
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        add_account(b.ledger, i < ACCOUNTS - 2 ? USD : EUR, i % 3 == 1 ? LIMITED : 0, 50);
    }
    for (uint32_t i = 0; i < 6; i++) {
        must(b.ledger, event(2 * (i % 2), 5, 10 + i, i % 3 == 0 ? HST_TRANSFER_PENDING : 0));
    }
    assert_int_equal(hst_ledger_seal(b.ledger, &header), HST_OK);
    must(b.ledger, event(0, 1, 4, 0));
    return b;
}

static void expect_violation(books *b, hst_invariant invariant)
{
    hst_block_header header;
    const uint64_t blocks = hst_ledger_block_count(b->ledger);
    assert_int_equal(hst_ledger_seal(b->ledger, &header), HST_CORRUPT);
    assert_int_equal(hst_ledger_block_count(b->ledger), blocks);
    const hst_invariant_count count = hst_ledger_invariant_count(b->ledger, invariant);
    assert_true(count.violated > 0);
    assert_true(count.runs > count.violated);
    close_books(b);
}

static void sound_books_pass_and_the_runs_are_counted(void **state)
{
    (void)state;
    books b = sealed_books();
    hst_block_header header;
    assert_int_equal(hst_ledger_seal(b.ledger, &header), HST_OK);
    assert_int_equal(hst_ledger_check(b.ledger), HST_OK);
    for (hst_invariant i = 0; i < HST_INVARIANT_COUNT; i++) {
        const hst_invariant_count count = hst_ledger_invariant_count(b.ledger, i);
        assert_true(count.runs >= 3);
        assert_true(count.items >= 3);
        assert_int_equal(count.violated, 0);
        assert_true(strlen(hst_invariant_text(i)) > 0);
    }
    close_books(&b);
}

static void money_from_nowhere_breaks_conservation(void **state)
{
    (void)state;
    books b = sealed_books();
    b.ledger->hot[1].credits_posted += 1; /* changed in this block */
    expect_violation(&b, HST_INVARIANT_CONSERVATION);
}

static void money_that_changes_its_currency_breaks_conservation(void **state)
{
    (void)state;
    books b = sealed_books();
    hst_touch(b.ledger, 5);
    hst_touch(b.ledger, ACCOUNTS - 1);
    b.ledger->hot[5].credits_posted -= 7; /* from USD to EUR: equal over all, not in each */
    b.ledger->hot[ACCOUNTS - 1].credits_posted += 7;
    expect_violation(&b, HST_INVARIANT_CONSERVATION);
}

static void a_balance_changed_without_an_event_breaks_conservation_or_state(void **state)
{
    (void)state;
    books b = sealed_books();
    b.ledger->hot[5].credits_posted += 1; /* a clean account */
    expect_violation(&b, HST_INVARIANT_CONSERVATION);
}

static void an_overdrawn_account_breaks_limits(void **state)
{
    (void)state;
    books b = sealed_books();
    hst_touch(b.ledger, 4);
    b.ledger->hot[4].debits_posted += 100; /* balanced, but beyond the limit of 50 */
    b.ledger->hot[1].credits_posted += 100;
    expect_violation(&b, HST_INVARIANT_LIMITS);
}

static void a_forgotten_hold_breaks_pending(void **state)
{
    (void)state;
    books b = sealed_books();
    hst_pending_at(b.ledger, 0)->status = HST_PENDING_VOIDED; /* columns not released */
    expect_violation(&b, HST_INVARIANT_PENDING);
}

static void a_hold_let_go_twice_breaks_pending(void **state)
{
    (void)state;
    books b = sealed_books();
    const hst_held_transfer *held = hst_pending_at(b.ledger, 0);
    hst_touch(b.ledger, held->debit);
    hst_touch(b.ledger, held->credit);
    b.ledger->hot[held->debit].debits_pending -= 1;
    b.ledger->hot[held->credit].credits_pending -= 1;
    expect_violation(&b, HST_INVARIANT_PENDING);
}

static void a_renamed_account_breaks_state(void **state)
{
    (void)state;
    books b = sealed_books();
    b.ledger->cold[7].user_data_64 = 1; /* balances are right, the record is not */
    expect_violation(&b, HST_INVARIANT_STATE);
}

static void a_rewritten_header_breaks_the_chain(void **state)
{
    (void)state;
    books b = sealed_books();
    hst_block_header *header = hst_column_at(&b.ledger->headers, 0);
    hst_block_header second;
    assert_int_equal(hst_ledger_seal(b.ledger, &second), HST_OK);
    header->time_ns -= 1;
    assert_int_equal(hst_ledger_check(b.ledger), HST_CORRUPT);
    assert_int_equal(hst_ledger_invariant_count(b.ledger, HST_INVARIANT_CHAIN).violated, 1);
    close_books(&b);
}

/** Damage to an account that nobody uses is found by the rolling window within a round. */
static void the_window_comes_to_every_account(void **state)
{
    (void)state;
    enum { MANY = 1500 };
    test_memory memory = {.fail_at = SIZE_MAX};
    hst_ledger *l = NULL;
    hst_block_header header;
    const hst_ledger_config config = hst_ledger_config_default(MANY, 1);
    assert_int_equal(hst_ledger_create(&config, test_memory_of(&memory), &l), HST_OK);
    for (uint32_t i = 0; i < MANY; i++) {
        add_account(l, USD, 0, 0);
    }
    assert_int_equal(hst_ledger_seal(l, &header), HST_OK);
    l->cold[MANY - 1].user_data_32 = 1;
    unsigned seals = 0;
    hst_status status = HST_OK;
    while (status == HST_OK && seals < MANY) {
        must(l, event(0, 1, 1, 0));
        status = hst_ledger_seal(l, &header);
        seals++;
    }
    assert_int_equal(status, HST_CORRUPT);
    assert_in_range(seals, 2, MANY / 8);
    hst_ledger_destroy(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_books_pass_and_the_runs_are_counted),
        cmocka_unit_test(money_from_nowhere_breaks_conservation),
        cmocka_unit_test(money_that_changes_its_currency_breaks_conservation),
        cmocka_unit_test(a_balance_changed_without_an_event_breaks_conservation_or_state),
        cmocka_unit_test(an_overdrawn_account_breaks_limits),
        cmocka_unit_test(a_forgotten_hold_breaks_pending),
        cmocka_unit_test(a_hold_let_go_twice_breaks_pending),
        cmocka_unit_test(a_renamed_account_breaks_state),
        cmocka_unit_test(a_rewritten_header_breaks_the_chain),
        cmocka_unit_test(the_window_comes_to_every_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
