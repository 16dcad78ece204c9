/* Transfers in both forms: two phases, timeouts, chains, balancing, idempotency. */
#include "tests/unit/ledger/books.h"

#include <string.h>

static void a_transfer_debits_one_account_and_credits_another(void **state)
{
    (void)state;
    books b = new_books();
    const uint32_t x = add_account(b.ledger, USD, 0, 0);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    const hst_outcome o = must(b.ledger, event(x, y, 25, 0));
    assert_int_equal(o.amount_minor, 25);
    assert_int_equal(o.handle, HST_HANDLE_NONE);
    assert_int_equal(account(b.ledger, x).debits_posted_minor, 25);
    assert_int_equal(account(b.ledger, y).credits_posted_minor, 25);
    assert_int_equal(account(b.ledger, x).credits_posted_minor, 0);
    assert_int_equal(hst_ledger_count(b.ledger).created, 3);
    close_books(&b);
}

static void a_post_may_take_a_part_and_releases_the_rest(void **state)
{
    (void)state;
    books b = new_books();
    hst_pending p;
    const uint32_t x = add_account(b.ledger, USD, 0, 0);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    const uint32_t hold = must(b.ledger, event(x, y, 10, HST_TRANSFER_PENDING)).handle;
    assert_int_equal(account(b.ledger, x).debits_pending_minor, 10);
    assert_int_equal(account(b.ledger, x).debits_posted_minor, 0);
    const hst_outcome o = must(b.ledger, resolving(hold, 4, HST_TRANSFER_POST_PENDING));
    assert_int_equal(o.amount_minor, 4);
    assert_int_equal(o.handle, hold);
    assert_int_equal(account(b.ledger, x).debits_pending_minor, 0);
    assert_int_equal(account(b.ledger, y).credits_posted_minor, 4);
    hst_ledger_pending(b.ledger, hold, &p);
    assert_int_equal(p.status, HST_PENDING_POSTED);
    close_books(&b);
}

static void pending_transfers_expire_at_their_time_in_order(void **state)
{
    (void)state;
    books b = new_books();
    hst_history_row rows[8];
    const uint32_t x = add_account(b.ledger, USD, HST_ACCOUNT_HISTORY, 0);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    const uint32_t seconds[4] = {3, 1, 2, 1};
    for (uint32_t i = 0; i < 4; i++) {
        hst_compact e = event(x, y, UINT64_C(1) << (4 * i), HST_TRANSFER_PENDING);
        e.timeout_s = seconds[i];
        must(b.ledger, e);
    }
    hst_pending p;
    hst_ledger_pending(b.ledger, 1, &p);
    assert_int_equal(hst_ledger_advance(b.ledger, p.expires_ns - 1), HST_OK);
    assert_int_equal(account(b.ledger, x).debits_pending_minor, 0x1111); /* never earlier */
    assert_int_equal(hst_ledger_advance(b.ledger, p.expires_ns), HST_OK);
    assert_int_equal(account(b.ledger, x).debits_pending_minor, 0x1101);
    assert_int_equal(hst_ledger_advance(b.ledger, 9000000000), HST_OK);
    assert_int_equal(hst_ledger_history(b.ledger, x, rows, 8), 8);
    const uint64_t after[4] = {0x0, 0x1, 0x101, 0x1101}; /* newest first: 0, 2, 3, 1 */
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(rows[i].debits_pending_minor, after[i]);
    }
    assert_int_equal(hst_ledger_count(b.ledger).expired, 4);
    close_books(&b);
}

static void many_expiries_are_dropped_as_they_are_resolved(void **state)
{
    (void)state;
    books b = new_books();
    const uint32_t x = add_account(b.ledger, USD, 0, 0);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    for (uint32_t i = 0; i < 3000; i++) {
        hst_compact e = event(x, y, 1, HST_TRANSFER_PENDING);
        e.timeout_s = 1000 - i % 7;
        const uint32_t hold = must(b.ledger, e).handle;
        if (i % 10 != 0) {
            must(b.ledger, resolving(hold, 0, HST_TRANSFER_VOID_PENDING));
        }
    }
    assert_int_equal(account(b.ledger, x).debits_pending_minor, 300);
    assert_int_equal(hst_ledger_advance(b.ledger, INT64_C(2000000000000)), HST_OK);
    assert_int_equal(account(b.ledger, x).debits_pending_minor, 0);
    assert_int_equal(hst_ledger_count(b.ledger).expired, 300);
    close_books(&b);
}

static void a_chain_is_taken_back_whole(void **state)
{
    (void)state;
    books b = new_books();
    const uint16_t linked = HST_TRANSFER_LINKED;
    const uint32_t x = add_account(b.ledger, USD, HST_ACCOUNT_HISTORY, 0);
    const uint32_t y = add_account(b.ledger, USD, LIMITED, 0);
    const uint32_t old = must(b.ledger, event(x, y, 9, HST_TRANSFER_PENDING)).handle;
    const hst_account x_before = account(b.ledger, x);
    const hst_account y_before = account(b.ledger, y);
    const uint64_t logged = hst_ledger_count(b.ledger).unsealed;
    hst_compact sequenced = event(x, y, 5, HST_TRANSFER_SEQUENCED | linked);
    const hst_compact chain[] = {
        event(x, y, 5, linked),
        event(y, x, 5, linked), /* sees the effect of the first */
        event(x, y, 3, HST_TRANSFER_PENDING | linked),
        resolving(1, HST_AMOUNT_ALL, HST_TRANSFER_POST_PENDING | linked),
        resolving(old, HST_AMOUNT_ALL, HST_TRANSFER_POST_PENDING | linked),
        sequenced,
        event(y, x, 1000, 0), /* cannot pay */
        event(x, y, 1, 0),    /* not of the chain */
    };
    enum { COUNT = sizeof chain / sizeof chain[0] };
    hst_outcome o[COUNT];
    assert_int_equal(hst_ledger_execute_compact(b.ledger, chain, COUNT, o), HST_OK);
    for (size_t i = 0; i < 6; i++) {
        expect_result(o[i].result, HST_LEDGER_LINKED_EVENT_FAILED);
        assert_int_equal(o[i].amount_minor, 0);
    }
    expect_result(o[6].result, HST_LEDGER_EXCEEDS_CREDITS);
    expect_result(o[7].result, HST_LEDGER_CREATED);
    const hst_account x_after = account(b.ledger, x);
    assert_int_equal(x_after.debits_posted_minor, x_before.debits_posted_minor + 1);
    assert_int_equal(x_after.debits_pending_minor, x_before.debits_pending_minor);
    assert_int_equal(x_after.sequence, 0);
    assert_int_equal(account(b.ledger, y).credits_posted_minor, y_before.credits_posted_minor + 1);
    assert_int_equal(hst_ledger_pending_count(b.ledger), 1);
    assert_int_equal(hst_ledger_count(b.ledger).unsealed, logged + 1);
    must(b.ledger, resolving(old, HST_AMOUNT_ALL, HST_TRANSFER_POST_PENDING));
    close_books(&b);
}

static void balancing_moves_at_most_what_there_is(void **state)
{
    (void)state;
    books b = new_books();
    const uint32_t x = add_account(b.ledger, USD, 0, 0);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    must(b.ledger, event(x, y, 10, 0));
    must(b.ledger, event(y, x, 3, HST_TRANSFER_PENDING));
    assert_int_equal(must(b.ledger, event(y, x, 100, HST_TRANSFER_BALANCING_DEBIT)).amount_minor,
                     7);
    assert_int_equal(must(b.ledger, event(y, x, 100, HST_TRANSFER_BALANCING_DEBIT)).amount_minor,
                     0);
    assert_int_equal(must(b.ledger, event(y, x, 2, HST_TRANSFER_BALANCING_CREDIT)).amount_minor, 0);
    close_books(&b);
}

static void the_same_id_again_is_answered_and_not_repeated(void **state)
{
    (void)state;
    books b = new_books();
    add_account(b.ledger, USD, 0, 0);
    add_account(b.ledger, USD, LIMITED, 0);
    const hst_transfer t = full(1, 0, 1, 10, 0);
    expect_result(run_full(b.ledger, t), HST_LEDGER_CREATED);
    expect_result(run_full(b.ledger, t), HST_LEDGER_EXISTS);
    assert_int_equal(account(b.ledger, 1).credits_posted_minor, 10);
    const hst_transfer poor = full(2, 1, 0, 11, 0);
    expect_result(run_full(b.ledger, poor), HST_LEDGER_EXCEEDS_CREDITS);
    expect_result(run_full(b.ledger, full(3, 0, 1, 10, 0)), HST_LEDGER_CREATED);
    expect_result(run_full(b.ledger, poor), HST_LEDGER_ID_ALREADY_FAILED); /* though it could now */
    hst_transfer balancing = full(4, 1, 0, 1000, HST_TRANSFER_BALANCING_DEBIT);
    expect_result(run_full(b.ledger, balancing), HST_LEDGER_CREATED);
    expect_result(run_full(b.ledger, balancing), HST_LEDGER_EXISTS);
    balancing.amount_minor = 19;
    expect_result(run_full(b.ledger, balancing), HST_LEDGER_EXISTS_WITH_DIFFERENT_AMOUNT);
    hst_transfer malformed = full(5, 0, 1, 1, 0);
    malformed.code = 0;
    expect_result(run_full(b.ledger, malformed), HST_LEDGER_CODE_MUST_NOT_BE_ZERO);
    malformed.code = 1;
    expect_result(run_full(b.ledger, malformed), HST_LEDGER_CREATED); /* the id was left free */
    close_books(&b);
}

static void an_id_stays_burnt_when_its_chain_is_taken_back(void **state)
{
    (void)state;
    books b = new_books();
    add_account(b.ledger, USD, 0, 0);
    add_account(b.ledger, USD, LIMITED, 0);
    const hst_transfer chain[2] = {full(1, 0, 1, 5, HST_TRANSFER_LINKED), full(2, 1, 0, 6, 0)};
    hst_outcome o[2];
    assert_int_equal(hst_ledger_execute(b.ledger, chain, 2, o), HST_OK);
    expect_result(o[0].result, HST_LEDGER_LINKED_EVENT_FAILED);
    expect_result(o[1].result, HST_LEDGER_EXCEEDS_CREDITS);
    expect_result(run_full(b.ledger, full(1, 0, 1, 5, 0)), HST_LEDGER_CREATED);
    expect_result(run_full(b.ledger, full(2, 1, 0, 5, 0)), HST_LEDGER_ID_ALREADY_FAILED);
    close_books(&b);
}

static void a_post_inherits_and_records_what_it_leaves_out(void **state)
{
    (void)state;
    books b = new_books();
    hst_transfer found;
    add_account(b.ledger, USD, 0, 0);
    add_account(b.ledger, USD, 0, 0);
    hst_transfer hold = full(1, 0, 1, 10, HST_TRANSFER_PENDING);
    hold.user_data_64 = 77;
    hold.user_data_128 = key(5);
    expect_result(run_full(b.ledger, hold), HST_LEDGER_CREATED);
    const hst_transfer post = full_resolving(2, 1, HST_AMOUNT_ALL, HST_TRANSFER_POST_PENDING);
    expect_result(run_full(b.ledger, post), HST_LEDGER_CREATED);
    expect_result(run_full(b.ledger, post), HST_LEDGER_EXISTS);
    assert_int_equal(hst_ledger_find_transfer(b.ledger, key(2), &found), HST_OK);
    assert_int_equal(found.amount_minor, 10);
    assert_int_equal(found.user_data_64, 77);
    assert_int_equal(found.user_data_128.low, 5);
    assert_int_equal(found.code, 7);
    assert_int_equal(found.ledger, USD);
    assert_int_equal(found.debit_account.low, 1);
    assert_int_equal(hst_ledger_find_transfer(b.ledger, key(3), &found), HST_NOT_FOUND);
    close_books(&b);
}

static void timestamps_are_unique_and_follow_the_time(void **state)
{
    (void)state;
    books b = new_books();
    hst_transfer a;
    hst_transfer c;
    add_account(b.ledger, USD, 0, 0);
    add_account(b.ledger, USD, 0, 0);
    assert_int_equal(hst_ledger_advance(b.ledger, 1000), HST_OK);
    expect_result(run_full(b.ledger, full(1, 0, 1, 1, 0)), HST_LEDGER_CREATED);
    expect_result(run_full(b.ledger, full(2, 0, 1, 1, 0)), HST_LEDGER_CREATED);
    assert_int_equal(hst_ledger_find_transfer(b.ledger, key(1), &a), HST_OK);
    assert_int_equal(hst_ledger_find_transfer(b.ledger, key(2), &c), HST_OK);
    assert_int_equal(a.timestamp_ns, 1000);
    assert_int_equal(c.timestamp_ns, 1001);
    close_books(&b);
}

static void without_idempotency_only_holds_are_remembered(void **state)
{
    (void)state;
    test_memory memory = {.fail_at = SIZE_MAX};
    hst_ledger *l = NULL;
    hst_transfer found;
    hst_ledger_config config = hst_ledger_config_default(4, 1);
    config.idempotent = false;
    assert_int_equal(hst_ledger_create(&config, test_memory_of(&memory), &l), HST_OK);
    add_account(l, USD, 0, 0);
    add_account(l, USD, LIMITED, 0);
    expect_result(run_full(l, full(1, 0, 1, 1, 0)), HST_LEDGER_CREATED);
    expect_result(run_full(l, full(1, 0, 1, 1, 0)), HST_LEDGER_CREATED);
    assert_int_equal(hst_ledger_find_transfer(l, key(1), &found), HST_NOT_FOUND);
    expect_result(run_full(l, full(2, 1, 0, 9, 0)), HST_LEDGER_EXCEEDS_CREDITS);
    expect_result(run_full(l, full(2, 1, 0, 9, 0)), HST_LEDGER_EXCEEDS_CREDITS);
    expect_result(run_full(l, full(3, 0, 1, 1, HST_TRANSFER_PENDING)), HST_LEDGER_CREATED);
    expect_result(run_full(l, full(3, 0, 1, 1, HST_TRANSFER_PENDING)), HST_LEDGER_EXISTS);
    const hst_transfer chain[2] = {full(4, 0, 1, 5, HST_TRANSFER_LINKED), full(5, 1, 0, 99, 0)};
    hst_outcome o[2];
    assert_int_equal(hst_ledger_execute(l, chain, 2, o), HST_OK);
    expect_result(o[0].result, HST_LEDGER_LINKED_EVENT_FAILED);
    expect_result(run_full(l, full_resolving(3, 3, 1, HST_TRANSFER_POST_PENDING)),
                  HST_LEDGER_PENDING_ID_MUST_BE_DIFFERENT);
    expect_result(run_full(l, full_resolving(9, 3, 1, HST_TRANSFER_POST_PENDING)),
                  HST_LEDGER_CREATED);
    hst_ledger_destroy(l);
    assert_int_equal(memory.held, 0);
}

static void a_large_batch_equals_single_events(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    static hst_compact events[COUNT];
    static hst_outcome together[COUNT];
    books a = new_books();
    books b = new_books();
    for (uint32_t i = 0; i < BOOKS_ACCOUNT_MAX; i++) {
        const uint16_t flags = i % 3 == 0 ? LIMITED : i % 3 == 1 ? HST_ACCOUNT_HISTORY : 0;
        add_account(a.ledger, USD, flags, 30);
        add_account(b.ledger, USD, flags, 30);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        events[i] = event(i * 7 % BOOKS_ACCOUNT_MAX, i * 11 % (BOOKS_ACCOUNT_MAX + 1), i % 50,
                          i % 5 == 0 ? HST_TRANSFER_PENDING : 0);
        if (i % 5 == 4) {
            events[i] = resolving(i / 9, HST_AMOUNT_ALL, HST_TRANSFER_POST_PENDING);
        }
    }
    assert_int_equal(hst_ledger_execute_compact(a.ledger, events, COUNT, together), HST_OK);
    for (uint32_t i = 0; i < COUNT; i++) {
        const hst_outcome alone = run_one(b.ledger, events[i]);
        assert_memory_equal(&alone, &together[i], sizeof alone);
    }
    for (uint32_t i = 0; i < BOOKS_ACCOUNT_MAX; i++) {
        const hst_account x = account(a.ledger, i);
        const hst_account y = account(b.ledger, i);
        assert_memory_equal(&x, &y, sizeof x);
    }
    close_books(&a);
    close_books(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transfer_debits_one_account_and_credits_another),
        cmocka_unit_test(a_post_may_take_a_part_and_releases_the_rest),
        cmocka_unit_test(pending_transfers_expire_at_their_time_in_order),
        cmocka_unit_test(many_expiries_are_dropped_as_they_are_resolved),
        cmocka_unit_test(a_chain_is_taken_back_whole),
        cmocka_unit_test(balancing_moves_at_most_what_there_is),
        cmocka_unit_test(the_same_id_again_is_answered_and_not_repeated),
        cmocka_unit_test(an_id_stays_burnt_when_its_chain_is_taken_back),
        cmocka_unit_test(a_post_inherits_and_records_what_it_leaves_out),
        cmocka_unit_test(timestamps_are_unique_and_follow_the_time),
        cmocka_unit_test(without_idempotency_only_holds_are_remembered),
        cmocka_unit_test(a_large_batch_equals_single_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
