#include "sim/rail/rtgs.h"

#include "core/base/assert.h"

hst_status hst_rtgs_create(hst_books *books,
                           uint32_t payment_count,
                           hst_rtgs_settled settled,
                           void *context,
                           hst_arena *arena,
                           hst_rtgs_rail *rail)
{
    hst_assert(books != NULL && rail != NULL);
    hst_assert(settled != NULL);
    const uint32_t participants = books->institutions->count;
    *rail = (hst_rtgs_rail){.books = books,
                            .settled = settled,
                            .context = context,
                            .orders = HST_ARENA_NEW(arena, hst_rtgs_order, payment_count),
                            .queued_minor = HST_ARENA_NEW(arena, int64_t, participants),
                            .worklist = HST_ARENA_NEW(arena, uint32_t, participants),
                            .listed = HST_ARENA_NEW(arena, bool, participants)};
    if (rail->orders == NULL || rail->queued_minor == NULL || rail->worklist == NULL ||
        rail->listed == NULL) {
        return HST_NO_MEMORY;
    }
    return hst_fifo_create(2 * participants, payment_count, arena, &rail->fifo);
}

static bool try_settle(hst_rtgs_rail *rail, const hst_rtgs_order *order)
{
    const hst_institutions *all = rail->books->institutions;
    const uint16_t system = all->atlas->countries[all->all[order->from].country].system;
    hst_assert(system != HST_NO_SYSTEM);
    hst_assert(system == all->atlas->countries[all->all[order->to].country].system);
    return hst_books_move(rail->books, rail->books->first_system + system,
                          rail->books->settlement[order->from], rail->books->settlement[order->to],
                          order->minor) == HST_OK;
}

static bool may_pass(const hst_rtgs_rail *rail, const hst_rtgs_order *order)
{
    return rail->fifo.head[(size_t)2 * order->from] == HST_FIFO_NONE &&
           (order->urgent || rail->fifo.head[2 * order->from + 1] == HST_FIFO_NONE);
}

bool hst_rtgs_submit(hst_rtgs_rail *rail, uint32_t payment, hst_rtgs_order order)
{
    hst_assert(order.minor > 0);
    hst_assert(order.from != order.to);
    if (may_pass(rail, &order) && try_settle(rail, &order)) {
        return true;
    }
    rail->orders[payment] = order;
    rail->queued_minor[order.from] += order.minor;
    hst_fifo_push(&rail->fifo, 2 * order.from + (order.urgent ? 0 : 1), payment);
    return false;
}

uint32_t hst_rtgs_head(const hst_rtgs_rail *rail, uint32_t participant)
{
    const uint32_t urgent = rail->fifo.head[(size_t)2 * participant];
    return urgent != HST_FIFO_NONE ? urgent : rail->fifo.head[2 * participant + 1];
}

static void list(hst_rtgs_rail *rail, uint32_t participant)
{
    if (!rail->listed[participant]) {
        rail->listed[participant] = true;
        rail->worklist[rail->worklist_count++] = participant;
    }
}

static void drain_one(hst_rtgs_rail *rail, uint32_t participant)
{
    for (;;) {
        const uint32_t payment = hst_rtgs_head(rail, participant);
        if (payment == HST_FIFO_NONE) {
            return;
        }
        const hst_rtgs_order order = rail->orders[payment];
        if (!try_settle(rail, &order)) {
            return;
        }
        rail->queued_minor[participant] -= order.minor;
        (void)hst_fifo_remove(&rail->fifo, payment);
        list(rail, order.to);
        rail->settled(rail->context, payment);
    }
}

void hst_rtgs_drain(hst_rtgs_rail *rail, uint32_t participant)
{
    list(rail, participant);
    if (rail->draining) {
        return;
    }
    rail->draining = true;
    while (rail->worklist_count > 0) {
        const uint32_t next = rail->worklist[--rail->worklist_count];
        rail->listed[next] = false;
        drain_one(rail, next);
    }
    rail->draining = false;
}

bool hst_rtgs_cancel(hst_rtgs_rail *rail, uint32_t payment)
{
    if (!hst_fifo_remove(&rail->fifo, payment)) {
        return false;
    }
    const hst_rtgs_order *order = &rail->orders[payment];
    rail->queued_minor[order->from] -= order->minor;
    hst_assert(rail->queued_minor[order->from] >= 0);
    hst_rtgs_drain(rail, order->from);
    return true;
}
