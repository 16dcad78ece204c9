/* Capacities and memory: a call that cannot be done does nothing, wherever memory ends. */
#include "core/ledger/audit.h"
#include "core/ledger/escrow.h"
#include "core/ledger/invariant.h"

#include "tests/unit/ledger/books.h"

#include <string.h>

/** What each step returned; stops at the first that lacks memory. */
static hst_status business(hst_ledger *l, test_memory *memory)
{
    hst_outcome o[20];
    hst_compact events[20];
    hst_transfer transfers[20];
    hst_block_header header;
    hst_audit audit;
    const hst_account_open requests[2] = {{.id = key(1), .code = 1, .flags = HST_ACCOUNT_HISTORY},
                                          {.id = key(2), .code = 1}};
    HST_TRY(hst_ledger_open_accounts(l, requests, 2, o));
    for (uint32_t i = 0; i < 20; i++) {
        events[i] = event(0, 1, 1, (uint16_t)(i < 19 ? HST_TRANSFER_LINKED : 0));
        events[i].flags |= HST_TRANSFER_PENDING;
        events[i].timeout_s = 1;
        transfers[i] = full(i + 1, 0, 1, 1, 0);
    }
    HST_TRY(hst_ledger_execute_compact(l, events, 20, o));
    HST_TRY(hst_ledger_execute(l, transfers, 20, o));
    const hst_escrow_lock lock = {
        .amount_minor = 1, .debit = 0, .credit = 1, .cancel_after_ns = INT64_MAX, .code = 1};
    HST_TRY(hst_ledger_escrow_lock(l, &lock, o));
    HST_TRY(hst_ledger_advance(l, 2000000000));
    HST_TRY(hst_ledger_seal(l, &header));
    HST_TRY(hst_ledger_check(l));
    return hst_ledger_audit(l, test_memory_of(memory), &audit);
}

static void memory_may_end_anywhere(void **state)
{
    (void)state;
    const hst_ledger_config config = hst_ledger_config_default(2, 1);
    hst_status status = HST_NO_MEMORY;
    size_t fail_at = 0;
    for (; status != HST_OK; fail_at++) {
        test_memory memory = {.fail_at = fail_at};
        hst_ledger *l = NULL;
        status = hst_ledger_create(&config, test_memory_of(&memory), &l);
        if (status == HST_OK) {
            status = business(l, &memory);
            /* Whatever was done is sound, and with memory again the books go on. */
            memory.fail_at = SIZE_MAX;
            assert_int_equal(hst_ledger_check(l), HST_OK);
            hst_block_header header;
            assert_int_equal(hst_ledger_advance(l, 3000000000), HST_OK);
            assert_int_equal(hst_ledger_seal(l, &header), HST_OK);
            assert_true(hst_ledger_memory_bytes(l) > 0);
            hst_ledger_destroy(l);
        }
        assert_true(status == HST_OK || status == HST_NO_MEMORY);
        assert_int_equal(memory.held, 0);
        assert_int_equal(memory.bytes, 0);
    }
    assert_true(fail_at > 12);
}

static void planned_capacities_are_kept(void **state)
{
    (void)state;
    test_memory memory = {.fail_at = SIZE_MAX};
    hst_ledger *l = NULL;
    hst_outcome o[4];
    hst_ledger_config config = hst_ledger_config_default(2, 1);
    config.event_max = 10;
    config.pending_max = 1;
    config.transfer_max = 1;
    config.event_plan = 10;
    config.pending_plan = 3;
    config.transfer_plan = 3;
    assert_int_equal(hst_ledger_create(&config, test_memory_of(&memory), &l), HST_OK);
    add_account(l, 0, 0, 0);
    add_account(l, 0, 0, 0);
    const hst_account_open third = {.id = key(3), .code = 1};
    assert_int_equal(hst_ledger_open(l, &third, o), HST_FULL);
    const hst_compact hold = event(0, 1, 1, HST_TRANSFER_PENDING);
    must(l, hold);
    assert_int_equal(hst_ledger_execute_compact(l, &hold, 1, o), HST_FULL);
    const hst_transfer t = full(1, 0, 1, 1, 0);
    expect_result(run_full(l, t), HST_LEDGER_CREATED);
    assert_int_equal(hst_ledger_execute(l, &t, 1, o), HST_FULL);
    hst_status status = HST_OK;
    unsigned done = 0;
    const hst_compact plain = event(0, 1, 1, 0);
    while (status == HST_OK) {
        status = hst_ledger_execute_compact(l, &plain, 1, o);
        done += status == HST_OK;
    }
    assert_int_equal(status, HST_FULL);
    assert_in_range(done, 4, 6); /* ten less four, and one kept for the time */
    hst_ledger_destroy(l);
    assert_int_equal(memory.held, 0);
}

static void impossible_plans_are_refused(void **state)
{
    (void)state;
    test_memory memory = {.fail_at = SIZE_MAX};
    hst_ledger *l = NULL;
    hst_ledger_config config = hst_ledger_config_default(0, 1);
    assert_int_equal(hst_ledger_create(&config, test_memory_of(&memory), &l), HST_INVALID);
    config = hst_ledger_config_default(1, 0);
    assert_int_equal(hst_ledger_create(&config, test_memory_of(&memory), &l), HST_INVALID);
    config = hst_ledger_config_default(1, HST_CURRENCY_NONE + 1);
    assert_int_equal(hst_ledger_create(&config, test_memory_of(&memory), &l), HST_INVALID);
    config = hst_ledger_config_default(UINT32_MAX, 1);
    assert_int_equal(hst_ledger_create(&config, test_memory_of(&memory), &l), HST_INVALID);
    hst_ledger_destroy(NULL);
    assert_int_equal(memory.held, 0);
}

static void empty_batches_do_nothing(void **state)
{
    (void)state;
    books b = new_books();
    assert_int_equal(hst_ledger_execute_compact(b.ledger, NULL, 0, NULL), HST_OK);
    assert_int_equal(hst_ledger_execute(b.ledger, NULL, 0, NULL), HST_OK);
    assert_int_equal(hst_ledger_open_accounts(b.ledger, NULL, 0, NULL), HST_OK);
    assert_int_equal(hst_ledger_count(b.ledger).unsealed, 0);
    expect_assert_fires(
        hst_ignore(hst_ledger_execute_compact(b.ledger, NULL, HST_LEDGER_BATCH_MAX + 1, NULL)));
    close_books(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_may_end_anywhere),
        cmocka_unit_test(planned_capacities_are_kept),
        cmocka_unit_test(impossible_plans_are_refused),
        cmocka_unit_test(empty_batches_do_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
