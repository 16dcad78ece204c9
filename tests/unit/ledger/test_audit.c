/* The audit finds what was changed after the fact, and where first. */
#include "core/ledger/audit.h"
#include "core/ledger/escrow.h"
#include "core/ledger/internal.h"

#include "tests/unit/ledger/books.h"

#include <string.h>

/** Three blocks and a tail; every kind of event in the first. */
static books audited_books(void)
{
    books b = new_books();
    hst_ledger *l = b.ledger;
    hst_block_header header;
    hst_outcome o;
    const hst_preimage secret = {{4}};
    for (uint32_t i = 0; i < 8; i++) {
        add_account(l, USD, i == 1 ? LIMITED : 0, 500);
    }
    must(l, event(0, 1, 10, 0));
    hst_compact timed = event(0, 2, 10, HST_TRANSFER_PENDING);
    timed.timeout_s = 1;
    must(l, timed);
    const hst_compact chain[2] = {event(0, 1, 5, HST_TRANSFER_LINKED), event(1, 2, 5, 0)};
    hst_outcome outcomes[2];
    assert_int_equal(hst_ledger_execute_compact(l, chain, 2, outcomes), HST_OK);
    expect_result(run_full(l, full(1000, 0, 1, 3, HST_TRANSFER_PENDING)), HST_LEDGER_CREATED);
    expect_result(run_full(l, full_resolving(1001, 1000, 2, HST_TRANSFER_POST_PENDING)),
                  HST_LEDGER_CREATED);
    expect_result(run_full(l, full(2000, 1, 0, 9999, 0)), HST_LEDGER_EXCEEDS_CREDITS);
    assert_int_equal(hst_ledger_advance(l, 1), HST_OK);
    assert_int_equal(hst_ledger_freeze(l, 3, HST_ACCOUNT_FROZEN_CREDITS, &o), HST_OK);
    assert_int_equal(hst_ledger_set_credit_limit(l, 1, 400, &o), HST_OK);
    hst_escrow_lock lock = {.amount_minor = 2,
                            .debit = 0,
                            .credit = 1,
                            .cancel_after_ns = 5000000000,
                            .condition = hst_preimage_condition(&secret),
                            .code = 1};
    assert_int_equal(hst_ledger_escrow_lock(l, &lock, &o), HST_OK);
    assert_int_equal(hst_ledger_escrow_finish(l, o.handle, &secret, &o), HST_OK);
    assert_int_equal(hst_ledger_escrow_lock(l, &lock, &o), HST_OK);
    assert_int_equal(hst_ledger_escrow_reject(l, o.handle, &o), HST_OK);
    assert_int_equal(hst_ledger_escrow_lock(l, &lock, &o), HST_OK);
    assert_int_equal(hst_ledger_seal(l, &header), HST_OK);
    assert_int_equal(hst_ledger_advance(l, 5000000000), HST_OK);
    assert_int_equal(hst_ledger_escrow_cancel(l, o.handle, &o), HST_OK);
    assert_int_equal(hst_ledger_seal(l, &header), HST_OK);
    must(l, event(4, 5, 1, 0));
    assert_int_equal(hst_ledger_seal(l, &header), HST_OK);
    must(l, event(5, 6, 1, 0));
    return b;
}

static void expect_difference(books *b, uint64_t height, const char *field)
{
    hst_audit audit;
    assert_int_equal(hst_ledger_audit(b->ledger, test_memory_of(b->memory), &audit), HST_MISMATCH);
    assert_true(audit.differs);
    assert_int_equal(audit.height, height);
    assert_string_equal(audit.field, field);
    close_books(b);
}

static void sound_books_pass(void **state)
{
    (void)state;
    books b = audited_books();
    hst_audit audit;
    assert_int_equal(hst_ledger_audit(b.ledger, test_memory_of(b.memory), &audit), HST_OK);
    assert_false(audit.differs);
    assert_int_equal(audit.blocks_checked, 3);
    const hst_ledger_counts counts = hst_ledger_count(b.ledger);
    hst_block_header last;
    assert_int_equal(hst_ledger_header(b.ledger, 2, &last), HST_OK);
    assert_int_equal(audit.events_replayed, last.event_first + last.event_count + counts.unsealed);
    close_books(&b);
}

static void a_changed_amount_is_found_in_its_block(void **state)
{
    (void)state;
    books b = audited_books();
    const hst_block_header *second = hst_column_at(&b.ledger->headers, 2);
    hst_unit_at(b.ledger, second->event_first)->amount_minor++;
    expect_difference(&b, 2, "transaction_root");
}

static void a_changed_full_transfer_is_found(void **state)
{
    (void)state;
    books b = audited_books();
    hst_transfer *t = hst_column_at(&b.ledger->transfers, 0);
    t->user_data_64 = 5;
    expect_difference(&b, 0, "transaction_root");
}

static void an_event_that_cannot_be_repeated_is_found(void **state)
{
    (void)state;
    books b = audited_books();
    const hst_block_header *second = hst_column_at(&b.ledger->headers, 2);
    hst_unit_at(b.ledger, second->event_first)->credit = 31;
    expect_difference(&b, 2, "event");
}

static void a_changed_header_is_found_by_field(void **state)
{
    (void)state;
    books b = audited_books();
    hst_block_header *header = hst_column_at(&b.ledger->headers, 1);
    header->state_root.bytes[0] ^= 1;
    expect_difference(&b, 1, "state_root");
    b = audited_books();
    header = hst_column_at(&b.ledger->headers, 1);
    header->totals_hash.bytes[0] ^= 1;
    expect_difference(&b, 1, "totals_hash");
    b = audited_books();
    header = hst_column_at(&b.ledger->headers, 1);
    header->event_count++; /* one of the next block */
    expect_difference(&b, 1, "transaction_root");
}

static void a_balance_changed_since_the_last_seal_is_found(void **state)
{
    (void)state;
    books b = audited_books();
    b.ledger->hot[6].credits_posted++;
    expect_difference(&b, 3, "state_root");
}

static void without_the_log_there_is_nothing_to_audit(void **state)
{
    (void)state;
    test_memory memory = {.fail_at = SIZE_MAX};
    hst_ledger *l = NULL;
    hst_audit audit;
    hst_block_header header;
    hst_ledger_config config = hst_ledger_config_default(4, 1);
    config.keep_log = false;
    assert_int_equal(hst_ledger_create(&config, test_memory_of(&memory), &l), HST_OK);
    add_account(l, USD, 0, 0);
    assert_int_equal(hst_ledger_audit(l, test_memory_of(&memory), &audit), HST_OK);
    assert_int_equal(hst_ledger_seal(l, &header), HST_OK);
    assert_int_equal(hst_ledger_audit(l, test_memory_of(&memory), &audit), HST_UNSUPPORTED);
    hst_ledger_destroy(l);
    assert_int_equal(memory.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_books_pass),
        cmocka_unit_test(a_changed_amount_is_found_in_its_block),
        cmocka_unit_test(a_changed_full_transfer_is_found),
        cmocka_unit_test(an_event_that_cannot_be_repeated_is_found),
        cmocka_unit_test(a_changed_header_is_found_by_field),
        cmocka_unit_test(a_balance_changed_since_the_last_seal_is_found),
        cmocka_unit_test(without_the_log_there_is_nothing_to_audit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
