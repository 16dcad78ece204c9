/* Balances on a distributed ledger, holdings in own books, payments that are whole or not at all.
 */
#include "sim/bank/books_dlt.h"

#include "tests/unit/bank/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { OPENING = 100000 };

typedef struct fixture {
    test_world w;
    hst_books books;
    uint32_t payer;   /* an institution */
    uint32_t near;    /* another one with its currency */
    uint32_t abroad;  /* one with another currency */
    uint16_t home;    /* currency of the payer */
    uint16_t foreign; /* of the one abroad */
    uint16_t third;   /* of neither; everybody holds it too */
    hst_rate halfway; /* one for two */
} fixture;

/* Everybody holds the home currency and two more. */
static bool *more_currencies(fixture *f)
{
    const uint32_t currencies = hst_currency_count(&f->w.currencies);
    const hst_institution *all = f->w.institutions.all;
    bool *holds = HST_ARENA_NEW(&f->w.arena, bool, (size_t)f->w.institutions.count *currencies);
    assert_non_null(holds);
    f->home = all[0].currency;
    f->foreign = f->home;
    f->third = f->home;
    for (uint32_t i = 0; i < f->w.institutions.count; i++) {
        if (all[i].kind == HST_INSTITUTION_TRANSFER_HUB) {
            continue;
        }
        if (f->foreign == f->home) {
            f->foreign = all[i].currency;
        } else if (f->third == f->home && all[i].currency != f->foreign) {
            f->third = all[i].currency;
        }
    }
    assert_true(f->foreign != f->home && f->third != f->home && f->third != f->foreign);
    for (uint32_t i = 0; i < f->w.institutions.count; i++) {
        bool *own = &holds[(size_t)i * currencies];
        own[all[i].currency] = own[f->home] = own[f->foreign] = own[f->third] = true;
    }
    return holds;
}

static void open_books(fixture *f)
{
    static const char *const overrides[] = {"banks.per_country_max=2"};
    assert_int_equal(test_world_load(&f->w, overrides, 1), HST_OK);
    const bool *holds = more_currencies(f);
    assert_int_equal(hst_books_create(&f->w.institutions, 4, holds, true, hst_os_memory(),
                                      &f->w.arena, &f->books, &f->w.error),
                     HST_OK);
    assert_int_equal(hst_books_add_dlt(&f->books, holds, hst_os_memory(), &f->w.arena), HST_OK);
    const hst_institution *all = f->w.institutions.all;
    f->payer = 0;
    f->near = 0;
    f->abroad = 0;
    for (uint32_t i = 0; i < f->w.institutions.count; i++) {
        if (!hst_books_dlt_holds(&f->books, i, all[i].currency)) {
            continue;
        }
        assert_int_equal(hst_books_dlt_open(&f->books, i, all[i].currency, OPENING), HST_OK);
        if (i != f->payer && all[i].currency == all[f->payer].currency) {
            f->near = i;
        } else if (all[i].currency == f->foreign) {
            f->abroad = i;
        }
    }
    assert_int_not_equal(f->near, f->payer);
    assert_int_not_equal(f->abroad, f->payer);
    assert_int_equal(hst_rate_make(1, 2, &f->halfway), HST_OK);
    hst_books_close_opening(&f->books);
}

static void close_books(fixture *f)
{
    hst_books_release(&f->books);
    test_world_release(&f->w);
}

static uint64_t unequal(const hst_books *books)
{
    uint64_t checked = 0;
    uint64_t broken = 0;
    hst_books_dlt_reconcile(books, &checked, &broken);
    assert_true(checked > 100);
    return broken;
}

static uint64_t totals_broken(const hst_books *books)
{
    const hst_reconciliation found = hst_books_reconcile(books);
    return found.currencies_broken + found.transit_broken;
}

/* A customer of the payer has handed in `minor`. */
static hst_hold on_ramp(fixture *f, int64_t minor)
{
    hst_books *books = &f->books;
    const uint16_t currency = f->w.institutions.all[f->payer].currency;
    hst_hold hold = {0};
    assert_int_equal(
        hst_books_move(books, f->payer, hst_books_account(books, f->payer, currency, HST_ROLE_FX),
                       hst_books_account(books, f->payer, currency, HST_ROLE_TRANSIT), minor),
        HST_OK);
    assert_int_equal(hst_books_dlt_hold(books, f->payer, currency, minor, &hold), HST_OK);
    return hold;
}

static void off_ramp(fixture *f, uint32_t institution, int64_t minor)
{
    hst_books *books = &f->books;
    const uint16_t currency = f->w.institutions.all[institution].currency;
    assert_int_equal(hst_books_dlt_receive(books, institution, currency, minor), HST_OK);
    assert_int_equal(
        hst_books_move(books, institution,
                       hst_books_account(books, institution, currency, HST_ROLE_TRANSIT),
                       hst_books_account(books, institution, currency, HST_ROLE_FX), minor),
        HST_OK);
}

static hst_dlt_payment at_home(const fixture *f, uint32_t to, int64_t minor, int64_t fee_minor)
{
    return (hst_dlt_payment){.from = f->payer,
                             .to = to,
                             .from_currency = f->home,
                             .to_currency = f->home,
                             .minor = minor,
                             .fee_minor = fee_minor};
}

static void holdings_mirror_balances_again_once_both_ends_have_booked(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    assert_int_equal(unequal(&f.books), 0);
    const hst_hold hold = on_ramp(&f, 3000);
    assert_int_equal(hst_books_dlt_available(&f.books, f.payer, f.home), OPENING - 3000);
    const hst_dlt_payment one = at_home(&f, f.near, 3000, 2);
    hst_dlt_paid paid;
    assert_int_equal(hst_books_dlt_pay(&f.books, &one, &paid), HST_OK);
    assert_int_equal(paid.net_minor, 2998);
    assert_int_equal(unequal(&f.books), 2);
    hst_books_post(&f.books, hold);
    assert_int_equal(unequal(&f.books), 1);
    off_ramp(&f, f.near, paid.net_minor);
    assert_int_equal(unequal(&f.books), 0);
    assert_int_equal(hst_books_dlt_balance(&f.books, f.near, f.home), OPENING + 2998);
    assert_int_equal(hst_books_dlt_owned(&f.books, f.w.institutions.all[f.payer].currency), 2);
    assert_int_equal(totals_broken(&f.books), 0);
    close_books(&f);
}

static void a_payment_across_currencies_goes_through_the_dealer(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    const uint16_t from = f.w.institutions.all[f.payer].currency;
    const uint16_t to = f.w.institutions.all[f.abroad].currency;
    hst_books_post(&f.books, on_ramp(&f, 10001));
    /* 10,000 at one for two is 5,000; a tenth of it is the dealer's. */
    const hst_dlt_payment one = {.from = f.payer,
                                 .to = f.abroad,
                                 .from_currency = f.home,
                                 .to_currency = f.foreign,
                                 .minor = 10001,
                                 .fee_minor = 1,
                                 .mid = f.halfway,
                                 .spread_ppb = 100000000};
    hst_dlt_paid paid;
    assert_int_equal(hst_books_dlt_pay(&f.books, &one, &paid), HST_OK);
    assert_int_equal(paid.net_minor, 4500);
    assert_int_equal(paid.margin_minor, 500);
    assert_int_equal(hst_books_dlt_owned(&f.books, from), 10001);
    assert_int_equal(hst_books_dlt_owned(&f.books, to), -4500);
    off_ramp(&f, f.abroad, paid.net_minor);
    assert_int_equal(unequal(&f.books), 0);
    assert_int_equal(totals_broken(&f.books), 0);
    close_books(&f);
}

/* Each is refused, and its number is used up. */
static void what_cannot_be_paid_whole_is_not_paid_at_all(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    const hst_dlt_payment refused[] = {
        {.to = f.abroad, .to_currency = f.foreign, .minor = 1, .mid = f.halfway}, /* half a unit */
        {.to = f.abroad, .to_currency = f.foreign, .minor = OPENING + 1, .mid = f.halfway},
        {.to = f.near, .to_currency = f.home, .minor = 5, .fee_minor = 5}, /* nothing but fee */
        {.to = f.near, .to_currency = f.home, .minor = OPENING + 1},
        {.to = f.near, .to_currency = f.home, .minor = OPENING + 2, .fee_minor = 3}};
    for (uint32_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        hst_dlt_payment one = refused[i];
        hst_dlt_paid paid;
        one.from = f.payer;
        one.from_currency = f.home;
        one.sequence = i;
        assert_int_equal(hst_books_dlt_pay(&f.books, &one, &paid), HST_REFUSED);
        assert_int_equal(paid.verdict, HST_DLT_UNPAID);
        assert_int_equal(hst_books_dlt_pay(&f.books, &one, &paid), HST_REFUSED);
        assert_int_equal(paid.verdict, HST_DLT_REPLAYED);
    }
    assert_int_equal(hst_books_dlt_balance(&f.books, f.payer, f.home), OPENING);
    assert_int_equal(hst_books_dlt_balance(&f.books, f.near, f.home), OPENING);
    assert_int_equal(hst_books_dlt_balance(&f.books, f.abroad, f.foreign), OPENING);
    assert_int_equal(unequal(&f.books), 0);
    close_books(&f);
}

static void a_number_is_used_once_and_in_order_by_each_balance_for_itself(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    hst_dlt_paid paid;
    hst_dlt_payment one = at_home(&f, f.near, 100, 0);
    one.sequence = 1;
    assert_int_equal(hst_books_dlt_pay(&f.books, &one, &paid), HST_REFUSED);
    assert_int_equal(paid.verdict, HST_DLT_EARLY);
    one.sequence = 0;
    assert_int_equal(hst_books_dlt_pay(&f.books, &one, &paid), HST_OK);
    assert_int_equal(hst_books_dlt_pay(&f.books, &one, &paid), HST_REFUSED);
    assert_int_equal(paid.verdict, HST_DLT_REPLAYED);
    assert_int_equal(hst_books_dlt_balance(&f.books, f.payer, f.home), OPENING - 100);
    /* Another balance of the same owner counts for itself; so does a conversion. */
    assert_int_equal(hst_books_dlt_lend(&f.books, f.payer, f.third, 50), HST_OK);
    one = (hst_dlt_payment){.from = f.payer,
                            .to = f.near,
                            .from_currency = f.third,
                            .to_currency = f.third,
                            .minor = 50};
    assert_int_equal(hst_books_dlt_pay(&f.books, &one, &paid), HST_OK);
    one = (hst_dlt_payment){.from = f.payer,
                            .to = f.abroad,
                            .from_currency = f.home,
                            .to_currency = f.foreign,
                            .minor = 100,
                            .mid = f.halfway,
                            .sequence = 0};
    assert_int_equal(hst_books_dlt_pay(&f.books, &one, &paid), HST_REFUSED);
    assert_int_equal(paid.verdict, HST_DLT_REPLAYED);
    one.sequence = 1;
    assert_int_equal(hst_books_dlt_pay(&f.books, &one, &paid), HST_OK);
    assert_int_equal(paid.net_minor, 50);
    close_books(&f);
}

static void balances_in_a_foreign_currency_are_mirrored_too(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    hst_books *books = &f.books;
    hst_dlt_paid paid;
    const hst_dlt_payment one = {.from = f.payer,
                                 .to = f.near,
                                 .from_currency = f.third,
                                 .to_currency = f.third,
                                 .minor = 500};
    assert_int_equal(hst_books_dlt_open(books, f.payer, f.third, 800), HST_OK);
    assert_int_equal(hst_books_dlt_pay(books, &one, &paid), HST_OK);
    assert_int_equal(unequal(books), 2); /* neither side has booked it yet */
    assert_int_equal(hst_books_dlt_receive(books, f.near, f.third, paid.net_minor), HST_OK);
    assert_int_equal(unequal(books), 1);
    assert_int_equal(hst_books_dlt_balance(books, f.near, f.third), 500);
    assert_int_equal(hst_books_dlt_balance(books, f.near, f.home), OPENING);
    close_books(&f);
}

static void what_the_issuer_takes_back_repays_its_loans_and_is_never_what_is_held(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    hst_books *books = &f.books;
    hst_hold hold = {0};
    const uint32_t borrowing = hst_books_account(books, f.payer, f.third, HST_ROLE_BORROWING);
    const uint32_t transit = hst_books_account(books, f.payer, f.third, HST_ROLE_TRANSIT);
    const uint32_t position = hst_books_account(books, f.payer, f.third, HST_ROLE_FX);
    assert_int_equal(hst_books_dlt_open(books, f.payer, f.third, 1000), HST_OK);
    assert_int_equal(hst_books_dlt_lend(books, f.payer, f.third, 300), HST_OK);
    assert_int_equal(hst_books_dlt_redeem(books, f.payer, f.third, 200), HST_OK);
    assert_int_equal(hst_ledger_balance(books->ledgers[f.payer], borrowing), 100);
    assert_int_equal(hst_books_dlt_balance(books, f.payer, f.third), 1100);
    assert_int_equal(hst_books_move(books, f.payer, position, transit, 900), HST_OK);
    assert_int_equal(hst_books_dlt_hold(books, f.payer, f.third, 900, &hold), HST_OK);
    assert_int_equal(hst_books_dlt_redeem(books, f.payer, f.third, 201), HST_REFUSED);
    assert_int_equal(hst_books_dlt_redeem(books, f.payer, f.third, 200), HST_OK);
    assert_int_equal(hst_ledger_balance(books->ledgers[f.payer], borrowing), -100);
    assert_int_equal(unequal(books), 0);
    hst_books_void(books, hold);
    close_books(&f);
}

static void a_loan_of_the_issuer_stands_in_both_books(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    const uint16_t currency = f.w.institutions.all[f.payer].currency;
    assert_int_equal(hst_books_dlt_lend(&f.books, f.payer, f.home, 700), HST_OK);
    assert_int_equal(hst_books_dlt_available(&f.books, f.payer, f.home), OPENING + 700);
    assert_int_equal(hst_books_dlt_balance(&f.books, f.payer, f.home), OPENING + 700);
    assert_int_equal(
        hst_ledger_balance(f.books.ledgers[f.payer],
                           hst_books_account(&f.books, f.payer, currency, HST_ROLE_BORROWING)),
        700);
    assert_int_equal(unequal(&f.books), 0);
    assert_int_equal(totals_broken(&f.books), 0);
    close_books(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holdings_mirror_balances_again_once_both_ends_have_booked),
        cmocka_unit_test(a_payment_across_currencies_goes_through_the_dealer),
        cmocka_unit_test(what_cannot_be_paid_whole_is_not_paid_at_all),
        cmocka_unit_test(a_number_is_used_once_and_in_order_by_each_balance_for_itself),
        cmocka_unit_test(balances_in_a_foreign_currency_are_mirrored_too),
        cmocka_unit_test(what_the_issuer_takes_back_repays_its_loans_and_is_never_what_is_held),
        cmocka_unit_test(a_loan_of_the_issuer_stands_in_both_books),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
