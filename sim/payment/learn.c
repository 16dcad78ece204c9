/* What became of each hop goes back to the router, as a sender would see it: that it was done, what
 * was paid for it and how long it took; or that it failed, and why. Hops behind a failed one were
 * not attempted and nothing is said of them.
 *
 * One router serves all banks of the day, so it learns from all of them: a routing service that
 * sees what a payments tracker shows its members. */
#include "core/base/assert.h"

#include "sim/payment/world.h"

static int64_t paid(const hst_live *live)
{
    return live->fee_micro_usd + live->margin_micro_usd + live->liquidity_micro_usd;
}

static bool learns(const hst_world *world)
{
    return world->routes.router->kind->feedback != NULL;
}

/* Place in the plan of the hop that a leg belongs to. */
static uint32_t hop_of(const hst_live *live, uint32_t index)
{
    uint32_t hop = 0;
    for (uint32_t i = 1; i <= index; i++) {
        hop += live->legs[i] % 2 == 0 ? 1 : 0;
    }
    return hop;
}

static void tell(hst_world *world, uint32_t payment, uint32_t index, hst_hop_result result)
{
    hst_live *live = &world->live[payment];
    const int64_t now_ns = hst_kernel_now(world->kernel);
    const hst_hop_outcome outcome = {
        .payment = payment,
        .edge = live->legs[index] / 2,
        .hop_index = hop_of(live, index),
        .result = result,
        .amount_micro_usd = hst_world_instruction(world, payment)->amount_micro_usd,
        .cost_micro_usd = result == HST_HOP_DONE ? paid(live) - live->hop_paid_micro_usd : 0,
        .submitted_ns = live->hop_ns,
        .delay_ns = now_ns - live->hop_ns,
    };
    hst_router_feedback(world->routes.router, &outcome, 1);
    live->hop_ns = now_ns;
    live->hop_paid_micro_usd = paid(live);
}

void hst_learn_begin(hst_world *world, uint32_t payment)
{
    hst_live *live = &world->live[payment];
    if (live->legs[live->leg] % 2 == 0) {
        live->hop_ns = hst_kernel_now(world->kernel);
        live->hop_paid_micro_usd = paid(live);
    }
}

void hst_learn_done(hst_world *world, uint32_t payment, uint32_t index)
{
    const uint32_t leg = world->live[payment].legs[index];
    if (learns(world) && leg % 2 + 1 == world->routes.leg_counts[leg / 2]) {
        tell(world, payment, index, HST_HOP_DONE);
    }
}

static hst_hop_result result_of(hst_row_reason reason)
{
    if (reason == HST_ROW_REASON_CUT_OFF || reason == HST_ROW_REASON_CLOSED) {
        return HST_HOP_CLOSED;
    }
    return reason == HST_ROW_REASON_NO_LIQUIDITY ? HST_HOP_NO_LIQUIDITY : HST_HOP_OVER_LIMIT;
}

void hst_learn_failed(hst_world *world, uint32_t payment, hst_row_reason reason)
{
    const hst_live *live = &world->live[payment];
    if (learns(world) && live->leg < live->leg_count) {
        tell(world, payment, live->leg, result_of(reason));
    }
}
