#include "sim/channel/demand.h"

#include "core/base/random.h"
#include "core/base/real.h"
#include "core/routing/circulation.h"
#include "core/routing/mcf.h"

#include "sim/base/purpose.h"

/** Ninetieth percentile of a standard normal variable. */
#define NORMAL_P90 1.2815515655446004

/* ---- ends --------------------------------------------------------------------------------- */

/** Nodes that can pay, or be paid. */
typedef struct ends {
    uint32_t *nodes;
    uint32_t count;
} ends;

static hst_status
find_ends(const hst_channel_table *table, bool paying, hst_arena *arena, ends *found)
{
    bool *marked = HST_ARENA_NEW(arena, bool, table->node_count + 1);
    found->nodes = HST_ARENA_NEW(arena, uint32_t, table->node_count + 1);
    found->count = 0;
    if (marked == NULL || found->nodes == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t e = 0; e < 2 * table->count; e++) {
        if (hst_channel_side_at(table, e)->enabled) {
            marked[paying ? hst_channel_from(table, e) : hst_channel_to(table, e)] = true;
        }
    }
    for (uint32_t v = 0; v < table->node_count; v++) {
        if (marked[v]) {
            found->nodes[found->count++] = v;
        }
    }
    return found->count < 2 ? HST_INVALID : HST_OK;
}

static void
draw_ends(const ends *payers, const ends *payees, hst_random *random, hst_channel_payment *one)
{
    one->source = payers->nodes[hst_random_below(random, payers->count)];
    do {
        one->target = payees->nodes[hst_random_below(random, payees->count)];
    } while (one->target == one->source);
}

hst_status hst_channel_payments_draw(const hst_channel_table *table,
                                     const hst_channel_demand *demand,
                                     uint64_t seed,
                                     uint32_t count,
                                     hst_arena *arena,
                                     const hst_channel_payment **payments)
{
    hst_assert(table != NULL && demand != NULL && arena != NULL && payments != NULL);
    const hst_channel_amounts *amounts = &demand->amounts;
    hst_assert(amounts->median > 0 && amounts->median <= amounts->p90);
    hst_assert(amounts->median <= amounts->most);
    ends payers;
    ends payees;
    HST_TRY(find_ends(table, true, arena, &payers));
    HST_TRY(find_ends(table, false, arena, &payees));
    hst_channel_payment *drawn = HST_ARENA_NEW(arena, hst_channel_payment, count);
    if (drawn == NULL) {
        return HST_NO_MEMORY;
    }
    const double mu = hst_log(amounts->median);
    const double sigma = (hst_log(amounts->p90) - mu) / NORMAL_P90;
    for (uint32_t i = 0; i < count; i++) {
        hst_random parties = hst_random_stream(seed, 0, i, HST_PURPOSE_PARTIES);
        hst_random size = hst_random_stream(seed, 0, i, HST_PURPOSE_AMOUNT);
        hst_channel_payment *one = &drawn[i];
        if (i > 0 && hst_random_uniform(&parties) < demand->recurring) {
            *one = drawn[hst_random_below(&parties, i)];
        } else {
            draw_ends(&payers, &payees, &parties, one);
        }
        const double amount = hst_random_lognormal(&size, mu, sigma);
        one->amount_msat = (int64_t)(amount < amounts->most ? amount : amounts->most);
        one->amount_msat = one->amount_msat > 0 ? one->amount_msat : 1;
    }
    *payments = drawn;
    return HST_OK;
}

/* ---- O3 ----------------------------------------------------------------------------------- */

/** What an open direction has free counts for its start as sending, for its end as receiving. */
static void fill_purses(const hst_channel_table *table,
                        hst_channel_prior prior,
                        uint64_t seed,
                        hst_purse *purses)
{
    for (uint32_t i = 0; i < table->count; i++) {
        const hst_channel *channel = &table->channels[i];
        const int64_t share = hst_channel_draw_msat(channel, i, prior, seed);
        const int64_t free[2] = {share, channel->capacity_msat - share};
        for (unsigned side = 0; side < 2; side++) {
            if (channel->side[side].enabled) {
                purses[channel->nodes[side]].can_send += free[side];
                purses[channel->nodes[side ^ 1]].can_receive += free[side];
            }
        }
    }
}

hst_status hst_channel_bound(const hst_channel_table *table,
                             hst_channel_prior prior,
                             uint64_t seed,
                             const hst_channel_payment *payments,
                             uint32_t count,
                             hst_arena *arena,
                             int64_t *bound_msat)
{
    hst_assert(table != NULL && payments != NULL && arena != NULL && bound_msat != NULL);
    hst_purse *purses = HST_ARENA_NEW(arena, hst_purse, table->node_count + 1);
    hst_demand *demands = HST_ARENA_NEW(arena, hst_demand, count + 1);
    if (purses == NULL || demands == NULL) {
        return HST_NO_MEMORY;
    }
    fill_purses(table, prior, seed, purses);
    int64_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (payments[i].amount_msat > INT64_MAX / 4 - total) {
            return HST_OVERFLOW;
        }
        total += payments[i].amount_msat;
    }
    /* Whole units large enough for the solver; everything is rounded up, so the bound stays one. */
    const int64_t unit = 1 + total / (HST_MCF_FLOW_MAX / 2);
    for (uint32_t i = 0; i < count; i++) {
        demands[i] = (hst_demand){.from = payments[i].source,
                                  .to = payments[i].target,
                                  .amount = (payments[i].amount_msat + unit - 1) / unit};
    }
    for (uint32_t v = 0; v < table->node_count; v++) {
        purses[v].can_send = purses[v].can_send / unit + 1;
        purses[v].can_receive = purses[v].can_receive / unit + 1;
    }
    int64_t deliverable = 0;
    HST_TRY(hst_flow_bound(purses, table->node_count, demands, count, arena, &deliverable));
    *bound_msat = deliverable * unit < total ? deliverable * unit : total;
    return HST_OK;
}
