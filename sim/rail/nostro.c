#include "sim/rail/nostro.h"

#include "core/base/assert.h"

hst_status hst_nostro_create(hst_books *books,
                             uint32_t payment_count,
                             hst_nostro_held held,
                             void *context,
                             hst_arena *arena,
                             hst_nostro_rail *rail)
{
    hst_assert(books != NULL && rail != NULL);
    hst_assert(held != NULL);
    const uint32_t relations = books->institutions->relation_count;
    *rail = (hst_nostro_rail){.books = books,
                              .held = held,
                              .context = context,
                              .minor = HST_ARENA_NEW(arena, int64_t, payment_count),
                              .queued_minor = HST_ARENA_NEW(arena, int64_t, relations)};
    if (rail->minor == NULL || rail->queued_minor == NULL) {
        return HST_NO_MEMORY;
    }
    return hst_fifo_create(relations, payment_count, arena, &rail->fifo);
}

/* The owner's pending transfer: transit -> nostro. */
static bool try_hold(hst_nostro_rail *rail, uint32_t relation, int64_t minor, hst_hold *hold)
{
    const hst_relation *r = &rail->books->institutions->relations[relation];
    const uint32_t transit =
        hst_books_account(rail->books, r->owner, r->currency, HST_ROLE_TRANSIT);
    return hst_books_hold(rail->books, r->owner, transit, rail->books->nostro[relation], minor,
                          hold) == HST_OK;
}

bool hst_nostro_submit(
    hst_nostro_rail *rail, uint32_t relation, uint32_t payment, int64_t minor, hst_hold *hold)
{
    hst_assert(minor > 0);
    if (rail->fifo.head[relation] == HST_FIFO_NONE && try_hold(rail, relation, minor, hold)) {
        return true;
    }
    rail->minor[payment] = minor;
    rail->queued_minor[relation] += minor;
    hst_fifo_push(&rail->fifo, relation, payment);
    return false;
}

void hst_nostro_drain(hst_nostro_rail *rail, uint32_t relation)
{
    for (;;) {
        const uint32_t payment = rail->fifo.head[relation];
        hst_hold hold = {0};
        if (payment == HST_FIFO_NONE || !try_hold(rail, relation, rail->minor[payment], &hold)) {
            return;
        }
        rail->queued_minor[relation] -= rail->minor[payment];
        (void)hst_fifo_remove(&rail->fifo, payment);
        rail->held(rail->context, payment, hold);
    }
}

bool hst_nostro_cancel(hst_nostro_rail *rail, uint32_t payment)
{
    const uint32_t relation = rail->fifo.queue[payment];
    if (!hst_fifo_remove(&rail->fifo, payment)) {
        return false;
    }
    rail->queued_minor[relation] -= rail->minor[payment];
    hst_assert(rail->queued_minor[relation] >= 0);
    hst_nostro_drain(rail, relation);
    return true;
}
