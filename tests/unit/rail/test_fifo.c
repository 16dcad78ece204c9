/* Queues over one set of payments, against a plain list. */
#include "core/base/random.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/rail/fifo.h"

#include "tests/support/expect_assert.h"

#include <string.h>

enum { QUEUES = 5, PAYMENTS = 64 };

/* The obvious way: an array a queue, everything shifted. */
typedef struct plain {
    uint32_t items[QUEUES][PAYMENTS];
    uint32_t count[QUEUES];
} plain;

static void plain_remove(plain *lists, uint32_t payment, bool *removed)
{
    *removed = false;
    for (uint32_t q = 0; q < QUEUES; q++) {
        for (uint32_t i = 0; i < lists->count[q]; i++) {
            if (lists->items[q][i] == payment) {
                memmove(&lists->items[q][i], &lists->items[q][i + 1],
                        (lists->count[q] - i - 1) * sizeof(uint32_t));
                lists->count[q]--;
                *removed = true;
                return;
            }
        }
    }
}

static void compare(const hst_fifo *fifo, const plain *lists)
{
    for (uint32_t q = 0; q < QUEUES; q++) {
        uint32_t at = fifo->head[q];
        assert_int_equal(fifo->length[q], lists->count[q]);
        for (uint32_t i = 0; i < lists->count[q]; i++) {
            assert_int_equal(at, lists->items[q][i]);
            assert_int_equal(fifo->queue[at], q);
            at = fifo->next[at];
        }
        assert_int_equal(at, HST_FIFO_NONE);
        assert_int_equal(fifo->tail[q], lists->count[q] == 0
                                            ? HST_FIFO_NONE
                                            : lists->items[q][lists->count[q] - 1]);
    }
}

static void random_pushes_and_removals_agree_with_plain_lists(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        hst_arena arena;
        hst_fifo fifo;
        plain lists = {0};
        hst_random random = hst_random_stream(seed, 0, 0, HST_PURPOSE_TEST);
        hst_arena_init(&arena, hst_os_memory(), 0);
        assert_int_equal(hst_fifo_create(QUEUES, PAYMENTS, &arena, &fifo), HST_OK);
        for (int step = 0; step < 2000; step++) {
            const uint32_t payment = (uint32_t)hst_random_below(&random, PAYMENTS);
            bool removed = false;
            plain_remove(&lists, payment, &removed);
            assert_int_equal(hst_fifo_remove(&fifo, payment), removed);
            if (!removed) {
                const uint32_t q = (uint32_t)hst_random_below(&random, QUEUES);
                lists.items[q][lists.count[q]++] = payment;
                hst_fifo_push(&fifo, q, payment);
            }
        }
        compare(&fifo, &lists);
        hst_arena_release(&arena);
    }
}

static void a_payment_waits_in_one_queue_only(void **state)
{
    (void)state;
    hst_arena arena;
    hst_fifo fifo;
    hst_arena_init(&arena, hst_os_memory(), 0);
    assert_int_equal(hst_fifo_create(QUEUES, PAYMENTS, &arena, &fifo), HST_OK);
    hst_fifo_push(&fifo, 0, 3);
    expect_assert_fires(hst_fifo_push(&fifo, 1, 3));
    expect_assert_fires(hst_fifo_push(&fifo, QUEUES, 4));
    expect_assert_fires((void)hst_fifo_remove(&fifo, PAYMENTS));
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_pushes_and_removals_agree_with_plain_lists),
        cmocka_unit_test(a_payment_waits_in_one_queue_only)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
