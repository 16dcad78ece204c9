/* Paying out of an account held with another bank: holds, the queue, and who may pass. */
#include "sim/rail/nostro.h"

#include "tests/support/expect_assert.h"
#include "tests/unit/rail/books.h"

#include <string.h>

enum { PAYMENTS = 8, RELATION = 0 };

typedef struct fixture {
    rail_world r;
    hst_nostro_rail rail;
    uint32_t held[PAYMENTS];
    uint32_t held_count;
} fixture;

static void on_held(void *context, uint32_t payment, hst_hold hold)
{
    fixture *f = context;
    (void)hold;
    f->held[f->held_count++] = payment;
}

static const hst_relation *relation_of(const fixture *f)
{
    return &f->r.w.institutions.relations[RELATION];
}

/* A nostro of 100 and plenty under way. */
static void open_rail(fixture *f)
{
    memset(f, 0, sizeof *f);
    assert_int_equal(rail_world_open(&f->r, 0, 100), HST_OK);
    assert_int_equal(hst_nostro_create(&f->r.books, PAYMENTS, on_held, f, &f->r.w.arena, &f->rail),
                     HST_OK);
    const hst_relation *r = relation_of(f);
    assert_int_equal(
        hst_books_move(&f->r.books, r->owner,
                       hst_books_account(&f->r.books, r->owner, r->currency, HST_ROLE_FX),
                       hst_books_account(&f->r.books, r->owner, r->currency, HST_ROLE_TRANSIT),
                       10000),
        HST_OK);
}

static void credit(fixture *f, int64_t minor)
{
    const hst_relation *r = relation_of(f);
    assert_int_equal(
        hst_books_move(&f->r.books, r->owner, f->r.books.nostro[RELATION],
                       hst_books_account(&f->r.books, r->owner, r->currency, HST_ROLE_BORROWING),
                       minor),
        HST_OK);
    hst_nostro_drain(&f->rail, RELATION);
}

static void what_fits_is_held_and_the_rest_waits_in_order(void **state)
{
    (void)state;
    static fixture f;
    hst_hold hold;
    open_rail(&f);
    assert_true(hst_nostro_submit(&f.rail, RELATION, 0, 60, &hold));
    assert_false(hst_nostro_submit(&f.rail, RELATION, 1, 50, &hold));
    assert_false(hst_nostro_submit(&f.rail, RELATION, 2, 10, &hold)); /* would fit, may not pass */
    assert_int_equal(f.rail.queued_minor[RELATION], 60);
    credit(&f, 10);
    assert_int_equal(f.held_count, 1);
    credit(&f, 10);
    assert_int_equal(f.held_count, 2);
    assert_int_equal(f.held[0], 1);
    assert_int_equal(f.held[1], 2);
    rail_world_release(&f.r);
}

static void cancelling_the_head_lets_the_next_try(void **state)
{
    (void)state;
    static fixture f;
    hst_hold hold;
    open_rail(&f);
    assert_false(hst_nostro_submit(&f.rail, RELATION, 0, 500, &hold));
    assert_false(hst_nostro_submit(&f.rail, RELATION, 1, 90, &hold));
    assert_true(hst_nostro_cancel(&f.rail, 0));
    assert_int_equal(f.held_count, 1);
    assert_int_equal(f.held[0], 1);
    assert_false(hst_nostro_cancel(&f.rail, 0));
    assert_int_equal(f.rail.queued_minor[RELATION], 0);
    rail_world_release(&f.r);
}

static void a_voided_hold_is_money_for_the_queue(void **state)
{
    (void)state;
    static fixture f;
    hst_hold hold;
    hst_hold other;
    open_rail(&f);
    assert_true(hst_nostro_submit(&f.rail, RELATION, 0, 100, &hold));
    assert_false(hst_nostro_submit(&f.rail, RELATION, 1, 100, &other));
    hst_books_void(&f.r.books, hold);
    hst_nostro_drain(&f.rail, RELATION);
    assert_int_equal(f.held_count, 1);
    assert_int_equal(hst_books_nostro_available(&f.r.books, RELATION), 0);
    rail_world_release(&f.r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_held_and_the_rest_waits_in_order),
        cmocka_unit_test(cancelling_the_head_lets_the_next_try),
        cmocka_unit_test(a_voided_hold_is_money_for_the_queue)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
