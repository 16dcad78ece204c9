/* Escrow by the rules of the XRP Ledger and hash locks by those of Interledger. */
#include "core/ledger/escrow.h"

#include "tests/unit/ledger/books.h"

#include <string.h>

static const int64_t second = 1000000000;

static hst_escrow_lock
lock_of(uint32_t debit, uint32_t credit, int64_t finish_after, int64_t cancel_after)
{
    return (hst_escrow_lock){.amount_minor = 10,
                             .debit = debit,
                             .credit = credit,
                             .finish_after_ns = finish_after,
                             .cancel_after_ns = cancel_after,
                             .code = 1};
}

static uint32_t must_lock(hst_ledger *l, hst_escrow_lock lock)
{
    hst_outcome o;
    assert_int_equal(hst_ledger_escrow_lock(l, &lock, &o), HST_OK);
    return o.handle;
}

static void finish_fails(hst_ledger *l, uint32_t escrow, const hst_preimage *p, hst_ledger_result r)
{
    hst_outcome o;
    assert_int_equal(hst_ledger_escrow_finish(l, escrow, p, &o), HST_REFUSED);
    expect_result(o.result, r);
}

/** XRPL: Held until FinishAfter, Ready until CancelAfter, Expired from then on. */
static void a_time_escrow_passes_through_its_three_stages(void **state)
{
    (void)state;
    books b = new_books();
    hst_outcome o;
    const uint32_t x = add_account(b.ledger, USD, 0, 0);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    const uint32_t early = must_lock(b.ledger, lock_of(x, y, 10 * second, 20 * second));
    const uint32_t late = must_lock(b.ledger, lock_of(x, y, 10 * second, 20 * second));
    assert_int_equal(hst_ledger_advance(b.ledger, 10 * second - 1), HST_OK);
    finish_fails(b.ledger, early, NULL, HST_LEDGER_ESCROW_TOO_EARLY);
    assert_int_equal(hst_ledger_advance(b.ledger, 10 * second), HST_OK);
    assert_int_equal(hst_ledger_escrow_finish(b.ledger, early, NULL, &o), HST_OK);
    assert_int_equal(o.amount_minor, 10);
    assert_int_equal(hst_ledger_advance(b.ledger, 20 * second - 1), HST_OK);
    assert_int_equal(hst_ledger_escrow_cancel(b.ledger, late, &o), HST_REFUSED);
    expect_result(o.result, HST_LEDGER_ESCROW_NOT_EXPIRED);
    assert_int_equal(hst_ledger_advance(b.ledger, 20 * second), HST_OK);
    finish_fails(b.ledger, late, NULL, HST_LEDGER_ESCROW_EXPIRED);
    assert_int_equal(account(b.ledger, x).debits_pending_minor, 10); /* waits to be cancelled */
    assert_int_equal(hst_ledger_escrow_cancel(b.ledger, late, &o), HST_OK);
    assert_int_equal(account(b.ledger, x).debits_pending_minor, 0);
    assert_int_equal(account(b.ledger, y).credits_posted_minor, 10);
    close_books(&b);
}

/** A0 02 80 20 ... on XRPL: PREIMAGE-SHA-256 with the empty preimage has the SHA-256 of nothing as
 * fingerprint; ours are always 32 bytes, as in Interledger. Thirty-two zero bytes hash to: */
static void a_condition_is_the_sha_256_of_the_preimage(void **state)
{
    (void)state;
    static const char zero_condition[] =
        "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
    const hst_preimage zero = {{0}};
    const hst_hash condition = hst_preimage_condition(&zero);
    char hex[HST_HASH_HEX_LENGTH + 1];
    hst_hash_to_hex(&condition, hex);
    assert_string_equal(hex, zero_condition);
}

static void a_claim_needs_the_preimage_before_the_expiry_and_reveals_it(void **state)
{
    (void)state;
    books b = new_books();
    hst_outcome o;
    hst_escrow escrow;
    const uint32_t x = add_account(b.ledger, USD, LIMITED, 10);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    const hst_preimage secret = {{1, 2, 3}};
    hst_preimage wrong = secret;
    wrong.bytes[31] ^= 1;
    hst_escrow_lock lock = lock_of(x, y, 0, 5 * second);
    lock.condition = hst_preimage_condition(&secret);
    const uint32_t htlc = must_lock(b.ledger, lock);
    expect_result(run_one(b.ledger, event(x, y, 1, 0)).result, HST_LEDGER_EXCEEDS_CREDITS);
    finish_fails(b.ledger, htlc, NULL, HST_LEDGER_ESCROW_PREIMAGE_MISMATCH);
    finish_fails(b.ledger, htlc, &wrong, HST_LEDGER_ESCROW_PREIMAGE_MISMATCH);
    hst_ledger_escrow(b.ledger, htlc, &escrow);
    assert_int_equal(escrow.status, HST_ESCROW_LOCKED);
    const hst_preimage nothing = {{0}};
    assert_memory_equal(&escrow.preimage, &nothing, sizeof nothing);
    assert_int_equal(hst_ledger_escrow_finish(b.ledger, htlc, &secret, &o), HST_OK);
    hst_ledger_escrow(b.ledger, htlc, &escrow);
    assert_int_equal(escrow.status, HST_ESCROW_FINISHED);
    assert_memory_equal(&escrow.preimage, &secret, sizeof secret);
    assert_int_equal(escrow.terms.amount_minor, 10);
    assert_int_equal(escrow.terms.cancel_after_ns, 5 * second);
    finish_fails(b.ledger, htlc, &secret, HST_LEDGER_ESCROW_ALREADY_FINISHED);
    close_books(&b);
}

static void a_preimage_where_none_is_asked_for_is_refused(void **state)
{
    (void)state;
    books b = new_books();
    const uint32_t x = add_account(b.ledger, USD, 0, 0);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    const hst_preimage secret = {{1}};
    const uint32_t escrow = must_lock(b.ledger, lock_of(x, y, 0, 5 * second));
    finish_fails(b.ledger, escrow, &secret, HST_LEDGER_ESCROW_PREIMAGE_MISMATCH);
    close_books(&b);
}

static void an_escrow_is_not_posted_or_voided_by_transfers(void **state)
{
    (void)state;
    books b = new_books();
    hst_escrow escrow;
    const uint32_t x = add_account(b.ledger, USD, 0, 0);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    hst_ledger_escrow(b.ledger, must_lock(b.ledger, lock_of(x, y, 0, 5 * second)), &escrow);
    expect_result(run_one(b.ledger, resolving(escrow.pending, 0, HST_TRANSFER_VOID_PENDING)).result,
                  HST_LEDGER_PENDING_TRANSFER_IS_ESCROW);
    hst_pending pending;
    hst_ledger_pending(b.ledger, escrow.pending, &pending);
    assert_true(pending.escrow);
    close_books(&b);
}

/** Interledger RFC 0027: each connector forwards less than it gets and with an expiry one second
 * earlier, all under one condition. 107 in, 105 on, 100 delivered: the sender's packet reaches the
 * receiver, whose fulfilment travels back hop by hop. */
static void a_payment_over_two_connectors_is_fulfilled_backwards(void **state)
{
    (void)state;
    enum { HOPS = 3 };
    const uint64_t amounts[HOPS] = {107, 105, 100};
    books b[HOPS]; /* ledgers of the three hops */
    uint32_t escrows[HOPS];
    hst_outcome o;
    const hst_preimage fulfilment = {{9, 9}};
    for (unsigned i = 0; i < HOPS; i++) {
        b[i] = new_books();
        const uint32_t from = add_account(b[i].ledger, USD, LIMITED, 1000);
        const uint32_t to = add_account(b[i].ledger, USD, 0, 0);
        hst_escrow_lock lock = lock_of(from, to, 0, (30 - (int64_t)i) * second);
        lock.amount_minor = amounts[i];
        lock.condition = hst_preimage_condition(&fulfilment);
        escrows[i] = must_lock(b[i].ledger, lock);
    }
    hst_preimage known = fulfilment; /* the receiver's */
    for (unsigned i = HOPS; i > 0; i--) {
        hst_ledger *l = b[i - 1].ledger;
        hst_escrow escrow;
        assert_int_equal(hst_ledger_advance(l, (30 - (int64_t)i) * second), HST_OK);
        assert_int_equal(hst_ledger_escrow_finish(l, escrows[i - 1], &known, &o), HST_OK);
        hst_ledger_escrow(l, escrows[i - 1], &escrow);
        known = escrow.preimage; /* what the connector learns, in time for its own claim */
    }
    assert_int_equal(hst_ledger_balance(b[0].ledger, 0), -107);
    assert_int_equal(hst_ledger_balance(b[2].ledger, 1), 100);
    for (unsigned i = 0; i < HOPS; i++) {
        close_books(&b[i]);
    }
}

static void a_frozen_receiver_gets_nothing_but_the_payer_gets_it_back(void **state)
{
    (void)state;
    books b = new_books();
    hst_outcome o;
    const uint32_t x = add_account(b.ledger, USD, 0, 0);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    const uint32_t escrow = must_lock(b.ledger, lock_of(x, y, 0, 5 * second));
    assert_int_equal(hst_ledger_freeze(b.ledger, y, HST_ACCOUNT_FROZEN_CREDITS, &o), HST_OK);
    finish_fails(b.ledger, escrow, NULL, HST_LEDGER_CREDIT_ACCOUNT_FROZEN);
    assert_int_equal(hst_ledger_advance(b.ledger, 5 * second), HST_OK);
    assert_int_equal(hst_ledger_escrow_cancel(b.ledger, escrow, &o), HST_OK);
    assert_int_equal(account(b.ledger, x).debits_pending_minor, 0);
    close_books(&b);
}

/** Lightning's update_fail_htlc: what failed further on is undone before it expires. */
static void the_receiver_may_give_an_escrow_back_before_it_expires(void **state)
{
    (void)state;
    books b = new_books();
    hst_outcome o;
    const uint32_t x = add_account(b.ledger, USD, 0, 0);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    const uint32_t escrow = must_lock(b.ledger, lock_of(x, y, 0, 20 * second));
    assert_int_equal(hst_ledger_escrow_reject(b.ledger, escrow, &o), HST_OK);
    assert_int_equal(o.amount_minor, 10);
    assert_int_equal(account(b.ledger, x).debits_pending_minor, 0);
    assert_int_equal(account(b.ledger, x).debits_posted_minor, 0);
    assert_int_equal(account(b.ledger, y).credits_pending_minor, 0);
    finish_fails(b.ledger, escrow, NULL, HST_LEDGER_ESCROW_ALREADY_CANCELLED);
    assert_int_equal(hst_ledger_escrow_reject(b.ledger, escrow, &o), HST_REFUSED);
    expect_result(o.result, HST_LEDGER_ESCROW_ALREADY_CANCELLED);
    const uint32_t paid = must_lock(b.ledger, lock_of(x, y, 0, 20 * second));
    assert_int_equal(hst_ledger_escrow_finish(b.ledger, paid, NULL, &o), HST_OK);
    assert_int_equal(hst_ledger_escrow_reject(b.ledger, paid, &o), HST_REFUSED);
    expect_result(o.result, HST_LEDGER_ESCROW_ALREADY_FINISHED);
    assert_int_equal(hst_ledger_escrow_reject(b.ledger, paid + 1, &o), HST_REFUSED);
    expect_result(o.result, HST_LEDGER_ESCROW_NOT_FOUND);
    close_books(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_receiver_may_give_an_escrow_back_before_it_expires),
        cmocka_unit_test(a_time_escrow_passes_through_its_three_stages),
        cmocka_unit_test(a_condition_is_the_sha_256_of_the_preimage),
        cmocka_unit_test(a_claim_needs_the_preimage_before_the_expiry_and_reveals_it),
        cmocka_unit_test(a_preimage_where_none_is_asked_for_is_refused),
        cmocka_unit_test(an_escrow_is_not_posted_or_voided_by_transfers),
        cmocka_unit_test(a_payment_over_two_connectors_is_fulfilled_backwards),
        cmocka_unit_test(a_frozen_receiver_gets_nothing_but_the_payer_gets_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
