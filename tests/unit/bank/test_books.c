/* The postings of a payment in the words of banking, and what reconciliation sees. */
#include "sim/bank/books.h"

#include "tests/support/expect_assert.h"
#include "tests/unit/bank/world.h"

typedef struct fixture {
    test_world w;
    hst_books books;
    uint32_t relation; /* a nostro in dollars of a bank that is no hub */
} fixture;

static void open_books(fixture *f)
{
    static const char *const overrides[] = {"banks.per_country_max=2"};
    assert_int_equal(test_world_load(&f->w, overrides, 1), HST_OK);
    assert_int_equal(hst_books_create(&f->w.institutions, 4, NULL, true, hst_os_memory(),
                                      &f->w.arena, &f->books, &f->w.error),
                     HST_OK);
    f->relation = 0;
    for (uint32_t r = 0; r < f->w.institutions.relation_count; r++) {
        const hst_institution *owner = &f->w.institutions.all[f->w.institutions.relations[r].owner];
        if (owner->kind == HST_INSTITUTION_BANK && !owner->is_hub && owner->has_reserves) {
            f->relation = r;
        }
        assert_int_equal(hst_books_open_relation(&f->books, r, 100000, 5000), HST_OK);
    }
    for (uint32_t i = 0; i < f->w.institutions.count; i++) {
        if (f->w.institutions.all[i].has_reserves) {
            assert_int_equal(hst_books_open_reserves(&f->books, i, 700000, 0), HST_OK);
        }
    }
    hst_books_close_opening(&f->books);
}

static void close_books(fixture *f)
{
    hst_books_release(&f->books);
    test_world_release(&f->w);
}

static uint64_t broken(const hst_books *books)
{
    const hst_reconciliation found = hst_books_reconcile(books);
    assert_true(found.relations_checked > 100);
    assert_true(found.currencies_checked > 40);
    return found.relations_broken + found.reserves_broken + found.transit_broken +
           found.currencies_broken;
}

static void books_that_were_only_opened_reconcile(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    assert_int_equal(broken(&f.books), 0);
    close_books(&f);
}

/* Pay 3,000 out of a nostro: hold, the servicer's posting, the confirmation. */
static void a_payment_through_a_nostro_reconciles_once_both_sides_have_booked(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    hst_books *books = &f.books;
    const hst_relation *r = &f.w.institutions.relations[f.relation];
    const uint32_t own = hst_books_account(books, r->owner, r->currency, HST_ROLE_TRANSIT);
    const uint32_t far = hst_books_account(books, r->servicer, r->currency, HST_ROLE_TRANSIT);
    const uint32_t fx = hst_books_account(books, r->owner, r->currency, HST_ROLE_FX);
    const uint32_t charges = hst_books_account(books, r->servicer, r->currency, HST_ROLE_CHARGES);
    hst_hold hold;
    assert_int_equal(hst_books_move(books, r->owner, fx, own, 3000), HST_OK);
    assert_int_equal(hst_books_hold(books, r->owner, own, books->nostro[f.relation], 3000, &hold),
                     HST_OK);
    assert_int_equal(hst_books_nostro_available(books, f.relation), 102000);
    assert_int_equal(hst_books_move(books, r->servicer, books->vostro[f.relation], far, 3000),
                     HST_OK);
    assert_int_not_equal(broken(books), 0);
    hst_books_post(books, hold);
    assert_int_equal(hst_books_nostro_balance(books, f.relation), 97000);
    assert_int_equal(hst_books_move(books, r->servicer, far, charges, 3000), HST_OK);
    assert_int_equal(broken(books), 0);
    close_books(&f);
}

static void a_nostro_gives_its_balance_and_its_line_and_no_more(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    hst_books *books = &f.books;
    const hst_relation *r = &f.w.institutions.relations[f.relation];
    const uint32_t own = hst_books_account(books, r->owner, r->currency, HST_ROLE_TRANSIT);
    const uint32_t fx = hst_books_account(books, r->owner, r->currency, HST_ROLE_FX);
    hst_hold hold;
    assert_int_equal(hst_books_move(books, r->owner, fx, own, 200000), HST_OK);
    assert_int_equal(hst_books_hold(books, r->owner, own, books->nostro[f.relation], 105001, &hold),
                     HST_REFUSED);
    assert_int_equal(books->last_result, HST_LEDGER_EXCEEDS_DEBITS);
    assert_int_equal(hst_books_hold(books, r->owner, own, books->nostro[f.relation], 105000, &hold),
                     HST_OK);
    hst_books_void(books, hold);
    assert_int_equal(hst_books_nostro_available(books, f.relation), 105000);
    close_books(&f);
}

static void transit_never_pays_out_more_than_came_in(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    hst_books *books = &f.books;
    const hst_relation *r = &f.w.institutions.relations[f.relation];
    const uint32_t own = hst_books_account(books, r->owner, r->currency, HST_ROLE_TRANSIT);
    const uint32_t fx = hst_books_account(books, r->owner, r->currency, HST_ROLE_FX);
    assert_int_equal(hst_books_move(books, r->owner, own, fx, 1), HST_REFUSED);
    assert_int_equal(books->last_result, HST_LEDGER_EXCEEDS_CREDITS);
    close_books(&f);
}

static void a_conversion_keeps_each_currencys_total(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    hst_books *books = &f.books;
    const hst_relation *r = &f.w.institutions.relations[f.relation];
    const uint16_t home = f.w.institutions.all[r->owner].currency;
    const uint32_t in = hst_books_account(books, r->owner, home, HST_ROLE_TRANSIT);
    const uint32_t out = hst_books_account(books, r->owner, r->currency, HST_ROLE_TRANSIT);
    const uint32_t home_fx = hst_books_account(books, r->owner, home, HST_ROLE_FX);
    hst_rate mid;
    int64_t net = 0;
    int64_t margin = 0;
    assert_int_equal(hst_rate_make(7, 3, &mid), HST_OK);
    assert_int_equal(hst_books_move(books, r->owner, home_fx, in, 1000), HST_OK);
    assert_int_equal(hst_books_convert(books, r->owner, home, r->currency, 1000, mid,
                                       10 * HST_PPB_ONE / 1000, &net, &margin),
                     HST_OK);
    /* 1000 * 7/3 = 2333.3: the dealer gives up 2334, of it 1 % margin and what rounding leaves. */
    assert_in_range(margin, 23, 24);
    assert_in_range(net, 2309, 2310);
    assert_int_equal(hst_ledger_balance(books->ledgers[r->owner], out), net);
    assert_int_equal(hst_ledger_balance(books->ledgers[r->owner], in), 0);
    const hst_reconciliation found = hst_books_reconcile(books);
    assert_int_equal(found.currencies_broken, 0);
    assert_int_equal(found.transit_broken, 1);
    close_books(&f);
}

static void a_promotion_comes_out_of_the_margin(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    hst_books *books = &f.books;
    const hst_relation *r = &f.w.institutions.relations[f.relation];
    const uint16_t home = f.w.institutions.all[r->owner].currency;
    const uint32_t in = hst_books_account(books, r->owner, home, HST_ROLE_TRANSIT);
    const uint32_t home_fx = hst_books_account(books, r->owner, home, HST_ROLE_FX);
    hst_rate mid;
    int64_t net = 0;
    int64_t margin = 0;
    assert_int_equal(hst_rate_make(2, 1, &mid), HST_OK);
    assert_int_equal(hst_books_move(books, r->owner, home_fx, in, 1000), HST_OK);
    assert_int_equal(hst_books_convert(books, r->owner, home, r->currency, 1000, mid,
                                       -HST_PPB_ONE / 100, &net, &margin),
                     HST_OK);
    assert_int_equal(net, 2020);
    assert_int_equal(margin, -20);
    close_books(&f);
}

static void a_posting_on_one_side_only_is_found(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    hst_books *books = &f.books;
    const hst_relation *r = &f.w.institutions.relations[f.relation];
    const uint32_t loans = hst_books_account(books, r->servicer, r->currency, HST_ROLE_LOANS);
    assert_int_equal(hst_books_move(books, r->servicer, loans, books->vostro[f.relation], 1),
                     HST_OK);
    assert_int_equal(hst_books_reconcile(books).relations_broken, 1);
    close_books(&f);
}

static void reserves_on_one_side_only_are_found(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    hst_books *books = &f.books;
    const hst_relation *r = &f.w.institutions.relations[f.relation];
    const uint16_t home = f.w.institutions.all[r->owner].currency;
    assert_int_equal(hst_books_lend_reserves(books, r->owner, 11), HST_OK);
    assert_int_equal(hst_books_reconcile(books).reserves_broken, 0);
    assert_int_equal(hst_books_move(books, r->owner, books->reserves[r->owner],
                                    hst_books_account(books, r->owner, home, HST_ROLE_BORROWING),
                                    1),
                     HST_OK);
    assert_int_equal(hst_books_reconcile(books).reserves_broken, 1);
    close_books(&f);
}

static void money_from_nowhere_is_found_in_its_currencys_total(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    const hst_relation *r = &f.w.institutions.relations[f.relation];
    assert_int_equal(hst_books_open_customer(&f.books, r->owner, 0, 1), HST_OK);
    assert_int_equal(hst_books_reconcile(&f.books).currencies_broken, 1);
    close_books(&f);
}

static void a_hold_is_resolved_only_once(void **state)
{
    (void)state;
    static fixture f;
    open_books(&f);
    hst_books *books = &f.books;
    const hst_relation *r = &f.w.institutions.relations[f.relation];
    const uint32_t own = hst_books_account(books, r->owner, r->currency, HST_ROLE_TRANSIT);
    const uint32_t fx = hst_books_account(books, r->owner, r->currency, HST_ROLE_FX);
    hst_hold hold;
    assert_int_equal(hst_books_move(books, r->owner, fx, own, 5), HST_OK);
    assert_int_equal(hst_books_hold(books, r->owner, own, books->nostro[f.relation], 5, &hold),
                     HST_OK);
    hst_books_post(books, hold);
    expect_assert_fires(hst_books_void(books, hold));
    close_books(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(books_that_were_only_opened_reconcile),
        cmocka_unit_test(a_payment_through_a_nostro_reconciles_once_both_sides_have_booked),
        cmocka_unit_test(a_nostro_gives_its_balance_and_its_line_and_no_more),
        cmocka_unit_test(transit_never_pays_out_more_than_came_in),
        cmocka_unit_test(a_conversion_keeps_each_currencys_total),
        cmocka_unit_test(a_promotion_comes_out_of_the_margin),
        cmocka_unit_test(a_posting_on_one_side_only_is_found),
        cmocka_unit_test(reserves_on_one_side_only_are_found),
        cmocka_unit_test(money_from_nowhere_is_found_in_its_currencys_total),
        cmocka_unit_test(a_hold_is_resolved_only_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
