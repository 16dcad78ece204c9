/* Payment versus payment with a failure at every place, and conversions to the minor unit. */
#include "core/base/random.h"
#include "core/ledger/block.h"
#include "core/ledger/exchange.h"

#include "tests/unit/ledger/books.h"

#include <string.h>

enum { LEGS_MAX = 4 };

/** What can be wrong with one leg. */
typedef enum fault {
    FAULT_NONE,
    FAULT_FUNDS,
    FAULT_FROZEN,
    FAULT_CLOSED,
    FAULT_UNKNOWN,
    FAULT_CURRENCY,
    FAULT_CODE,
    FAULT_COUNT
} fault;

/** Each leg has a payer with exactly enough and a receiver, in a currency of its own turn. */
static void make_legs(hst_ledger *l, size_t count, hst_pvp_leg *legs)
{
    for (size_t i = 0; i < count; i++) {
        const hst_currency currency = (hst_currency)(i % 2);
        const uint32_t payer = add_account(l, currency, LIMITED, 100);
        const uint32_t receiver = add_account(l, currency, 0, 0);
        legs[i] = (hst_pvp_leg){
            .amount_minor = 100, .debit = payer, .credit = receiver, .code = 1, .user_data = 3};
    }
}

static void apply_fault(hst_ledger *l, fault f, hst_pvp_leg *leg)
{
    hst_outcome o;
    switch (f) {
    case FAULT_FUNDS: leg->amount_minor = 101; break;
    case FAULT_FROZEN:
        assert_int_equal(hst_ledger_freeze(l, leg->debit, HST_ACCOUNT_FROZEN_DEBITS, &o), HST_OK);
        break;
    case FAULT_CLOSED: {
        const uint32_t other = add_account(l, account(l, leg->credit).ledger, 0, 0);
        must(l, event(other, leg->credit, 0, HST_TRANSFER_PENDING | HST_TRANSFER_CLOSING_CREDIT));
        break;
    }
    case FAULT_UNKNOWN: leg->credit = BOOKS_ACCOUNT_MAX; break;
    case FAULT_CURRENCY: leg->credit = add_account(l, KWD, 0, 0); break;
    case FAULT_CODE: leg->code = 0; break;
    case FAULT_NONE:
    case FAULT_COUNT: break;
    }
}

/** Every number of legs, every place, every fault: nothing is left behind, neither in balances nor
 * in the log, so that no sealed state can show a leg alone. */
static void no_fault_leaves_one_leg_posted(void **state)
{
    (void)state;
    for (size_t count = 1; count <= LEGS_MAX; count++) {
        for (size_t place = 0; place < count; place++) {
            for (fault f = FAULT_FUNDS; f < FAULT_COUNT; f++) {
                books b = new_books();
                hst_pvp_leg legs[LEGS_MAX];
                hst_outcome o[LEGS_MAX];
                hst_hash before;
                hst_hash after;
                make_legs(b.ledger, count, legs);
                apply_fault(b.ledger, f, &legs[place]);
                const uint64_t logged = hst_ledger_count(b.ledger).unsealed;
                assert_int_equal(hst_ledger_root(b.ledger, &before), HST_OK);
                assert_int_equal(hst_ledger_pvp(b.ledger, legs, count, o), HST_REFUSED);
                for (size_t i = 0; i < count; i++) {
                    const bool culprit = o[i].result != HST_LEDGER_LINKED_EVENT_FAILED;
                    assert_int_equal(culprit, i == place);
                    assert_int_equal(o[i].amount_minor, 0);
                }
                assert_int_equal(hst_ledger_root(b.ledger, &after), HST_OK);
                assert_true(hst_hash_equal(&before, &after));
                assert_int_equal(hst_ledger_count(b.ledger).unsealed, logged);
                close_books(&b);
            }
        }
    }
}

static void all_legs_are_posted_together(void **state)
{
    (void)state;
    for (size_t count = 1; count <= LEGS_MAX; count++) {
        books b = new_books();
        hst_pvp_leg legs[LEGS_MAX];
        hst_outcome o[LEGS_MAX];
        make_legs(b.ledger, count, legs);
        assert_int_equal(hst_ledger_pvp(b.ledger, legs, count, o), HST_OK);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(o[i].amount_minor, 100);
            assert_int_equal(hst_ledger_balance(b.ledger, legs[i].debit), -100);
            assert_int_equal(hst_ledger_balance(b.ledger, legs[i].credit), 100);
        }
        close_books(&b);
    }
}

static void a_sequenced_conversion_and_payment_happen_once_and_in_order(void **state)
{
    (void)state;
    books b = new_books();
    hst_pvp_leg legs[LEGS_MAX];
    hst_outcome o[LEGS_MAX];
    make_legs(b.ledger, 2, legs);
    legs[0].amount_minor = legs[1].amount_minor = 50; /* enough for two */
    legs[0].sequenced = true;
    legs[0].sequence = 1;
    assert_int_equal(hst_ledger_pvp(b.ledger, legs, 2, o), HST_REFUSED);
    assert_int_equal(o[0].result, HST_LEDGER_SEQUENCE_GAP);
    legs[0].sequence = 0;
    assert_int_equal(hst_ledger_pvp(b.ledger, legs, 2, o), HST_OK);
    assert_int_equal(hst_ledger_pvp(b.ledger, legs, 2, o), HST_REFUSED);
    assert_int_equal(o[0].result, HST_LEDGER_SEQUENCE_ALREADY_USED);
    assert_int_equal(hst_ledger_balance(b.ledger, legs[1].credit), 50);
    /* A chain that fails behind it has not used the number. */
    legs[0].sequence = 1;
    const uint32_t credit = legs[1].credit;
    legs[1].credit = legs[1].debit;
    assert_int_equal(hst_ledger_pvp(b.ledger, legs, 2, o), HST_REFUSED);
    legs[1].credit = credit;
    assert_int_equal(hst_ledger_pvp(b.ledger, legs, 2, o), HST_OK);
    close_books(&b);
}

static void a_quote_rounds_in_the_dealers_favour(void **state)
{
    (void)state;
    hst_fx_quote q;
    const hst_rate two_thirds = {2, 3};
    assert_int_equal(hst_fx_quote_make(100, two_thirds, 0, &q), HST_OK); /* 66.67 */
    assert_int_equal(q.gross_minor, 67);
    assert_int_equal(q.net_minor, 66);
    assert_int_equal(q.margin_minor, 0);
    assert_int_equal(q.residue_minor, 1);
    assert_int_equal(hst_fx_quote_make(100, two_thirds, 10000000, &q),
                     HST_OK); /* less 1 %: 66.00 */
    assert_int_equal(q.net_minor, 66);
    assert_int_equal(q.margin_minor, 0); /* 0.667 */
    assert_int_equal(q.residue_minor, 1);
    /* XRPL's transfer fee example, the conversion alone: 100.20 USD at 0.9 is 90.18 EUR. */
    assert_int_equal(hst_fx_quote_make(10020, (hst_rate){9, 10}, 0, &q), HST_OK);
    assert_int_equal(q.gross_minor, 9018);
    assert_int_equal(q.residue_minor, 0);
    assert_int_equal(hst_fx_quote_make(1, (hst_rate){1, 1}, 1000000000, &q), HST_INVALID);
    assert_int_equal(hst_fx_quote_make(1, (hst_rate){1, 1}, -1, &q), HST_INVALID);
    assert_int_equal(hst_fx_quote_make(UINT64_MAX, (hst_rate){1, 1}, 0, &q), HST_OVERFLOW);
}

/** net <= exact * (1 - spread) < net + 1, the same for the margin, gross - 1 < exact <= gross: in
 * integers of (denominator * 1e9)-ths. */
static void quotes_are_exact_to_the_last_unit(void **state)
{
    (void)state;
    __extension__ typedef __int128 i128;
    hst_random random = hst_random_stream(1, 0, 0, 0);
    for (unsigned i = 0; i < 20000; i++) {
        const uint64_t amount = hst_random_below(&random, UINT64_C(1) << (1 + i % 40));
        const hst_rate rate = {1 + (int64_t)hst_random_below(&random, 1 << (1 + i % 20)),
                               1 + (int64_t)hst_random_below(&random, 1 << (1 + i % 17))};
        const int64_t spread = (int64_t)hst_random_below(&random, (uint64_t)HST_PPB_ONE);
        hst_fx_quote q;
        assert_int_equal(hst_fx_quote_make(amount, rate, spread, &q), HST_OK);
        const i128 exact = (i128)amount * rate.numerator; /* in denominator-ths */
        const i128 unit = (i128)rate.denominator * HST_PPB_ONE;
        const i128 net = (i128)q.net_minor * unit;
        const i128 margin = (i128)q.margin_minor * unit;
        const i128 gross = (i128)q.gross_minor * rate.denominator;
        assert_true(net <= exact * (HST_PPB_ONE - spread));
        assert_true(net + unit > exact * (HST_PPB_ONE - spread));
        assert_true(margin <= exact * spread);
        assert_true(margin + unit > exact * spread);
        assert_true(gross >= exact);
        assert_true(gross - rate.denominator < exact);
        assert_true(q.gross_minor == q.net_minor + q.margin_minor + q.residue_minor);
        assert_true(q.residue_minor <= 2);
    }
}

static hst_fx_order order_of(hst_ledger *l)
{
    return (hst_fx_order){.amount_minor = 10001,
                          .fee_minor = 25,
                          .rate = {92, 100},
                          .spread_ppb = 5 * HST_PPB_PER_BP,
                          .customer_source = add_account(l, USD, LIMITED, 10026),
                          .dealer_source = add_account(l, USD, 0, 0),
                          .dealer_target = add_account(l, EUR, LIMITED, 9201),
                          .customer_target = add_account(l, EUR, 0, 0),
                          .margin_account = add_account(l, EUR, 0, 0),
                          .residue_account = add_account(l, EUR, 0, 0),
                          .fee_account = add_account(l, USD, 0, 0),
                          .code = 2};
}

static void a_conversion_books_every_part_to_its_account(void **state)
{
    (void)state;
    books b = new_books();
    hst_fx_quote q;
    hst_outcome o;
    const hst_fx_order order = order_of(b.ledger);
    /* 10001 * 0.92 = 9200.92; spread 4.60046; customer 9196.31954 */
    assert_int_equal(hst_ledger_fx(b.ledger, &order, &q, &o), HST_OK);
    assert_int_equal(o.amount_minor, 9196);
    assert_int_equal(hst_ledger_balance(b.ledger, order.customer_source), -10026);
    assert_int_equal(hst_ledger_balance(b.ledger, order.dealer_source), 10001);
    assert_int_equal(hst_ledger_balance(b.ledger, order.dealer_target), -9201);
    assert_int_equal(hst_ledger_balance(b.ledger, order.customer_target), 9196);
    assert_int_equal(hst_ledger_balance(b.ledger, order.margin_account), 4);
    assert_int_equal(hst_ledger_balance(b.ledger, order.residue_account), 1);
    assert_int_equal(hst_ledger_balance(b.ledger, order.fee_account), 25);
    assert_int_equal(q.gross_minor, 9201);
    close_books(&b);
}

static void a_conversion_that_cannot_be_paid_moves_nothing(void **state)
{
    (void)state;
    books b = new_books();
    hst_outcome o;
    hst_hash before;
    hst_hash after;
    hst_fx_order order = order_of(b.ledger);
    order.fee_minor = 26; /* one too many, found in the third leg */
    assert_int_equal(hst_ledger_root(b.ledger, &before), HST_OK);
    assert_int_equal(hst_ledger_fx(b.ledger, &order, NULL, &o), HST_REFUSED);
    expect_result(o.result, HST_LEDGER_EXCEEDS_CREDITS);
    assert_int_equal(o.amount_minor, 0);
    order.fee_minor = 25;
    order.amount_minor = 10001;
    order.rate = (hst_rate){93, 100}; /* the dealer lacks the euros */
    assert_int_equal(hst_ledger_fx(b.ledger, &order, NULL, &o), HST_REFUSED);
    assert_int_equal(hst_ledger_root(b.ledger, &after), HST_OK);
    assert_true(hst_hash_equal(&before, &after));
    close_books(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_fault_leaves_one_leg_posted),
        cmocka_unit_test(all_legs_are_posted_together),
        cmocka_unit_test(a_sequenced_conversion_and_payment_happen_once_and_in_order),
        cmocka_unit_test(a_quote_rounds_in_the_dealers_favour),
        cmocka_unit_test(quotes_are_exact_to_the_last_unit),
        cmocka_unit_test(a_conversion_books_every_part_to_its_account),
        cmocka_unit_test(a_conversion_that_cannot_be_paid_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
