/* Signed transactions: what was changed, signed by another, or comes twice is counted and refused.
 */
#include "core/base/random.h"

#include "sim/rail/dlt_transaction.h"

#include "tests/unit/bank/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { OPENING = 100000, LEDGER = 77 };

typedef struct fixture {
    test_world w;
    hst_books books;
    hst_dlt_keys *keys;
    hst_dlt_tally tally;
    hst_dlt_transaction order; /* 1,000 from one institution to another with its currency */
} fixture;

static void open_ledger(fixture *f)
{
    static const char *const overrides[] = {"banks.per_country_max=2"};
    assert_int_equal(test_world_load(&f->w, overrides, 1), HST_OK);
    assert_int_equal(hst_books_create(&f->w.institutions, 4, NULL, true, hst_os_memory(),
                                      &f->w.arena, &f->books, &f->w.error),
                     HST_OK);
    assert_int_equal(hst_books_add_dlt(&f->books, NULL, hst_os_memory(), &f->w.arena), HST_OK);
    assert_int_equal(hst_dlt_keys_create(LEDGER, f->w.institutions.count, &f->w.arena, &f->keys),
                     HST_OK);
    const uint16_t currency = f->w.institutions.all[0].currency;
    uint32_t to = 0;
    for (uint32_t i = 1; i < f->w.institutions.count; i++) {
        to = hst_books_dlt_holds(&f->books, i, currency) ? i : to;
    }
    assert_int_not_equal(to, 0);
    assert_int_equal(hst_books_dlt_open(&f->books, 0, currency, OPENING), HST_OK);
    f->tally = (hst_dlt_tally){0};
    f->order = (hst_dlt_transaction){
        .payment = 5, .to = to, .from_currency = currency, .to_currency = currency, .minor = 1000};
}

static void close_ledger(fixture *f)
{
    hst_books_release(&f->books);
    test_world_release(&f->w);
}

static hst_dlt_verdict
settle(fixture *f, const hst_dlt_transaction *one, const hst_signature *signature)
{
    const hst_dlt_terms terms = {.fee_minor = 1};
    hst_dlt_paid paid;
    const hst_status status =
        hst_dlt_settle(&f->books, f->keys, one, signature, &terms, &f->tally, &paid);
    assert_int_equal(status, paid.verdict == HST_DLT_PAID ? HST_OK : HST_REFUSED);
    return paid.verdict;
}

static int64_t paid_so_far(const fixture *f)
{
    return OPENING - hst_books_dlt_balance(&f->books, 0, f->order.from_currency);
}

static void the_encoding_is_the_documented_one(void **state)
{
    (void)state;
    static const uint8_t expected[HST_DLT_ENCODED_SIZE] = {
        'H', 'D', 'L', '1', 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 1, 0, 0, 0, 2, 0, 0, 0,
        3,   0,   0,   0,   4,    0,    5,    0,    6,    0,    0,    0,    7, 1, 0, 0, 0, 0, 0, 0};
    const hst_dlt_transaction one = {.payment = 1,
                                     .from = 2,
                                     .to = 3,
                                     .from_currency = 4,
                                     .to_currency = 5,
                                     .sequence = 6,
                                     .minor = 263};
    uint8_t bytes[HST_DLT_ENCODED_SIZE];
    hst_dlt_encode(UINT64_C(0x1122334455667788), &one, bytes);
    assert_memory_equal(bytes, expected, sizeof bytes);
}

static void a_signed_transaction_is_paid_and_a_replay_counted_and_refused(void **state)
{
    (void)state;
    static fixture f;
    open_ledger(&f);
    const hst_signature signature = hst_dlt_sign(f.keys, &f.order);
    assert_int_equal(settle(&f, &f.order, &signature), HST_DLT_PAID);
    assert_int_equal(paid_so_far(&f), 1000);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(settle(&f, &f.order, &signature), HST_DLT_REPLAYED);
    }
    assert_int_equal(paid_so_far(&f), 1000);
    assert_int_equal(f.tally.verdicts[HST_DLT_PAID], 1);
    assert_int_equal(f.tally.verdicts[HST_DLT_REPLAYED], 3);
    close_ledger(&f);
}

/* Every bit of what is signed, and of the signature. */
static void a_tampered_transaction_is_counted_and_refused(void **state)
{
    (void)state;
    static fixture f;
    open_ledger(&f);
    const hst_signature good = hst_dlt_sign(f.keys, &f.order);
    const uint32_t currencies = f.books.currency_count;
    uint32_t tampered = 0;
    for (uint32_t bit = 0; bit < 32; bit++) {
        for (uint32_t field = 0; field < 6; field++) {
            hst_dlt_transaction bad = f.order;
            switch (field) {
            case 0: bad.payment ^= UINT32_C(1) << bit; break;
            case 1: bad.from ^= UINT32_C(1) << bit; break;
            case 2: bad.to ^= UINT32_C(1) << bit; break;
            case 3: bad.sequence ^= UINT32_C(1) << bit; break;
            case 4: bad.minor ^= INT64_C(1) << bit; break;
            default: bad.to_currency = (uint16_t)((bad.to_currency + 1 + bit) % currencies); break;
            }
            assert_int_equal(settle(&f, &bad, &good), HST_DLT_FORGED);
            tampered++;
        }
    }
    for (uint32_t i = 0; i < HST_SIGNATURE_SIZE; i++) {
        hst_signature bad = good;
        bad.bytes[i] ^= 1;
        assert_int_equal(settle(&f, &f.order, &bad), HST_DLT_FORGED);
        tampered++;
    }
    assert_int_equal(f.tally.verdicts[HST_DLT_FORGED], tampered);
    assert_int_equal(paid_so_far(&f), 0);
    /* Nothing of it has touched the number: the genuine one is paid. */
    assert_int_equal(settle(&f, &f.order, &good), HST_DLT_PAID);
    close_ledger(&f);
}

static void another_s_signature_or_another_ledger_s_is_worth_nothing(void **state)
{
    (void)state;
    static fixture f;
    open_ledger(&f);
    hst_dlt_keys *elsewhere = NULL;
    hst_dlt_transaction by_another = f.order;
    by_another.from = f.order.to;
    assert_int_equal(
        hst_dlt_keys_create(LEDGER + 1, f.w.institutions.count, &f.w.arena, &elsewhere), HST_OK);
    const hst_signature theirs = hst_dlt_sign(f.keys, &by_another);
    const hst_signature there = hst_dlt_sign(elsewhere, &f.order);
    assert_int_equal(settle(&f, &f.order, &theirs), HST_DLT_FORGED);
    assert_int_equal(settle(&f, &f.order, &there), HST_DLT_FORGED);
    /* The same key on another ledger signs something else. */
    hst_dlt_keys renumbered = *f.keys;
    renumbered.ledger = LEDGER + 1;
    const hst_signature moved = hst_dlt_sign(&renumbered, &f.order);
    assert_int_equal(settle(&f, &f.order, &moved), HST_DLT_FORGED);
    assert_int_equal(f.tally.verdicts[HST_DLT_FORGED], 3);
    close_ledger(&f);
}

/* Orders 0 ... 19 in a drawn order, some twice: what waits is tried again, as the rail does. */
static void in_any_order_and_any_number_of_times_each_is_paid_once(void **state)
{
    (void)state;
    enum { ORDERS = 20 };
    static fixture f;
    open_ledger(&f);
    hst_random random = hst_random_stream(1, 0, 0, 18);
    for (uint32_t attempts = 0; f.tally.verdicts[HST_DLT_PAID] < ORDERS; attempts++) {
        hst_dlt_transaction one = f.order;
        one.sequence = (uint32_t)hst_random_below(&random, ORDERS);
        one.payment = 100 + one.sequence;
        const hst_signature signature = hst_dlt_sign(f.keys, &one);
        const uint64_t due = f.tally.verdicts[HST_DLT_PAID];
        assert_int_equal(settle(&f, &one, &signature), one.sequence < due   ? HST_DLT_REPLAYED
                                                       : one.sequence > due ? HST_DLT_EARLY
                                                                            : HST_DLT_PAID);
        assert_true(attempts < 100 * ORDERS);
    }
    assert_int_equal(paid_so_far(&f), 1000 * ORDERS);
    assert_true(f.tally.verdicts[HST_DLT_REPLAYED] > 0);
    assert_true(f.tally.verdicts[HST_DLT_EARLY] > 0);
    close_ledger(&f);
}

static void without_keys_numbers_still_keep_replays_out(void **state)
{
    (void)state;
    static fixture f;
    open_ledger(&f);
    f.keys = NULL;
    assert_int_equal(settle(&f, &f.order, NULL), HST_DLT_PAID);
    assert_int_equal(settle(&f, &f.order, NULL), HST_DLT_REPLAYED);
    close_ledger(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_encoding_is_the_documented_one),
        cmocka_unit_test(a_signed_transaction_is_paid_and_a_replay_counted_and_refused),
        cmocka_unit_test(a_tampered_transaction_is_counted_and_refused),
        cmocka_unit_test(another_s_signature_or_another_ledger_s_is_worth_nothing),
        cmocka_unit_test(in_any_order_and_any_number_of_times_each_is_paid_once),
        cmocka_unit_test(without_keys_numbers_still_keep_replays_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
