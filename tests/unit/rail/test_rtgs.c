/* Gross settlement: cover, order, priorities, and chains of releases. */
#include "sim/rail/rtgs.h"

#include "tests/support/expect_assert.h"
#include "tests/unit/rail/books.h"

#include <string.h>

enum { PAYMENTS = 16 };

typedef struct fixture {
    rail_world r;
    hst_rtgs_rail rail;
    uint32_t settled[PAYMENTS];
    uint32_t settled_count;
} fixture;

static void on_settled(void *context, uint32_t payment)
{
    fixture *f = context;
    f->settled[f->settled_count++] = payment;
}

static void open_rail(fixture *f)
{
    memset(f, 0, sizeof *f);
    assert_int_equal(rail_world_open(&f->r, 100, 0), HST_OK);
    assert_int_equal(hst_rtgs_create(&f->r.books, PAYMENTS, on_settled, f, &f->r.w.arena, &f->rail),
                     HST_OK);
}

static hst_rtgs_order order(const fixture *f, int from, int to, int64_t minor, bool urgent)
{
    return (hst_rtgs_order){
        .from = f->r.banks[from], .to = f->r.banks[to], .minor = minor, .urgent = urgent};
}

static void a_covered_order_settles_at_once_and_an_uncovered_one_waits(void **state)
{
    (void)state;
    static fixture f;
    open_rail(&f);
    assert_true(hst_rtgs_submit(&f.rail, 0, order(&f, 0, 1, 100, false)));
    assert_false(hst_rtgs_submit(&f.rail, 1, order(&f, 0, 1, 1, false)));
    assert_int_equal(hst_books_settlement_balance(&f.r.books, f.r.banks[1]), 200);
    assert_int_equal(f.rail.queued_minor[f.r.banks[0]], 1);
    rail_world_release(&f.r);
}

static void nobody_overtakes_within_a_class_and_urgent_goes_first(void **state)
{
    (void)state;
    static fixture f;
    open_rail(&f);
    assert_false(hst_rtgs_submit(&f.rail, 0, order(&f, 0, 1, 150, false)));
    assert_false(hst_rtgs_submit(&f.rail, 1, order(&f, 0, 1, 10, false)));
    assert_true(hst_rtgs_submit(&f.rail, 2, order(&f, 0, 2, 10, true)));
    assert_false(hst_rtgs_submit(&f.rail, 3, order(&f, 0, 2, 500, true)));
    assert_false(hst_rtgs_submit(&f.rail, 4, order(&f, 0, 2, 1, true)));
    assert_int_equal(hst_rtgs_head(&f.rail, f.r.banks[0]), 3);
    rail_world_release(&f.r);
}

static void a_credit_releases_a_chain_of_waiting_orders(void **state)
{
    (void)state;
    static fixture f;
    open_rail(&f);
    assert_false(hst_rtgs_submit(&f.rail, 0, order(&f, 1, 2, 150, false)));
    assert_false(hst_rtgs_submit(&f.rail, 1, order(&f, 2, 0, 220, false)));
    const hst_rtgs_order first = order(&f, 0, 1, 80, false);
    assert_true(hst_rtgs_submit(&f.rail, 2, first));
    hst_rtgs_drain(&f.rail, first.to);
    assert_int_equal(f.settled_count, 2);
    assert_int_equal(f.settled[0], 0);
    assert_int_equal(f.settled[1], 1);
    assert_int_equal(hst_books_settlement_balance(&f.r.books, f.r.banks[0]), 240);
    rail_world_release(&f.r);
}

static void cancelling_the_head_releases_those_behind_it(void **state)
{
    (void)state;
    static fixture f;
    open_rail(&f);
    assert_false(hst_rtgs_submit(&f.rail, 0, order(&f, 0, 1, 150, false)));
    assert_false(hst_rtgs_submit(&f.rail, 1, order(&f, 0, 1, 60, false)));
    assert_true(hst_rtgs_cancel(&f.rail, 0));
    assert_false(hst_rtgs_cancel(&f.rail, 0));
    assert_int_equal(f.settled_count, 1);
    assert_int_equal(f.settled[0], 1);
    assert_int_equal(f.rail.queued_minor[f.r.banks[0]], 0);
    rail_world_release(&f.r);
}

static void money_in_the_system_is_what_was_put_there(void **state)
{
    (void)state;
    static fixture f;
    open_rail(&f);
    for (uint32_t i = 0; i < PAYMENTS; i++) {
        const hst_rtgs_order next =
            order(&f, (int)(i % 3), (int)((i + 1) % 3), 20 + 7 * i, i % 5 == 0);
        if (hst_rtgs_submit(&f.rail, i, next)) {
            hst_rtgs_drain(&f.rail, next.to);
        }
        int64_t sum = 0;
        for (int b = 0; b < 3; b++) {
            const int64_t balance = hst_books_settlement_balance(&f.r.books, f.r.banks[b]);
            assert_true(balance >= 0);
            sum += balance;
        }
        assert_int_equal(sum, 300);
    }
    rail_world_release(&f.r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_covered_order_settles_at_once_and_an_uncovered_one_waits),
        cmocka_unit_test(nobody_overtakes_within_a_class_and_urgent_goes_first),
        cmocka_unit_test(a_credit_releases_a_chain_of_waiting_orders),
        cmocka_unit_test(cancelling_the_head_releases_those_behind_it),
        cmocka_unit_test(money_in_the_system_is_what_was_put_there)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
