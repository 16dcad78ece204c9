#include "sim/channel/pay.h"

#include "sim/channel/books.h"

#include <string.h>

/** A payment in hand. */
typedef struct attempt {
    hst_channel_network *network;
    const hst_route_query *query;
    hst_hop_outcome *outcomes;
    hst_channel_receipt *receipt;
    hst_hash condition;
    uint32_t locked; /* escrows in network->escrows */
} attempt;

/* ---- parts -------------------------------------------------------------------------------- */

static bool
path_sound(const hst_channel_table *table, const hst_route_query *query, const hst_route_plan *plan)
{
    if (plan->hop_count == 0 || plan->hop_count > HST_HOP_MAX) {
        return false;
    }
    uint32_t at = query->source;
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        if (plan->edges[i] >= 2 * table->count || hst_channel_from(table, plan->edges[i]) != at) {
            return false;
        }
        at = hst_channel_to(table, plan->edges[i]);
        for (uint32_t j = 0; j <= i; j++) {
            if (hst_channel_from(table, plan->edges[j]) == at) {
                return false;
            }
        }
    }
    return at == query->target;
}

static bool parts_sound(const hst_channel_table *table,
                        const hst_route_query *query,
                        const hst_route_part *parts,
                        uint32_t part_count)
{
    int64_t rest = query->amount_micro_usd;
    for (uint32_t p = 0; p < part_count; p++) {
        if (parts[p].amount_micro_usd <= 0 || parts[p].amount_micro_usd > rest ||
            !path_sound(table, query, &parts[p].plan)) {
            return false;
        }
        rest -= parts[p].amount_micro_usd;
    }
    return rest == 0;
}

/** What each hop forwards; returns how many blocks the first one locks for. */
static uint32_t
work_out(const hst_channel_table *table, const hst_route_plan *plan, int64_t amount, int64_t *out)
{
    uint32_t blocks = HST_CHANNEL_FINAL_BLOCKS;
    for (uint32_t i = plan->hop_count; i-- > 0;) {
        out[i] = amount;
        if (i > 0) {
            const hst_channel_side *side = hst_channel_side_at(table, plan->edges[i]);
            amount += hst_channel_fee_msat(side->base_msat, side->ppm, amount);
            blocks += side->blocks;
        }
    }
    return blocks;
}

/* ---- hops --------------------------------------------------------------------------------- */

static hst_status
try_hop(attempt *a, uint32_t edge, int64_t amount, int64_t expires_ns, hst_hop_result *result)
{
    const hst_channel_side *side = hst_channel_side_at(a->network->table, edge);
    if (!side->enabled) {
        *result = HST_HOP_CLOSED;
        return HST_OK;
    }
    if (amount < side->htlc_min_msat || amount > side->htlc_max_msat) {
        *result = HST_HOP_OVER_LIMIT;
        return HST_OK;
    }
    const hst_status status =
        hst_channel_lock(a->network->ledger, edge, edge ^ 1, amount, expires_ns, &a->condition,
                         &a->network->escrows[a->locked]);
    if (status == HST_REFUSED) {
        *result = HST_HOP_NO_LIQUIDITY;
        return HST_OK;
    }
    a->locked += status == HST_OK ? 1 : 0;
    *result = HST_HOP_DONE;
    return status;
}

static hst_status lock_part(attempt *a, const hst_route_part *part, bool *whole)
{
    const hst_channel_table *table = a->network->table;
    const hst_route_plan *plan = &part->plan;
    int64_t *amounts = a->network->amounts;
    uint32_t blocks = work_out(table, plan, part->amount_micro_usd, amounts);
    *whole = false;
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        const uint32_t edge = plan->edges[i];
        const int64_t expires_ns = a->query->time_ns + (int64_t)blocks * HST_CHANNEL_BLOCK_NS;
        hst_hop_result result = HST_HOP_DONE;
        HST_TRY(try_hop(a, edge, amounts[i], expires_ns, &result));
        a->outcomes[a->receipt->outcome_count++] = (hst_hop_outcome){
            .payment = a->query->payment,
            .edge = edge,
            .hop_index = i,
            .attempt = a->query->attempt,
            .result = result,
            .amount_micro_usd = amounts[i],
            .cost_micro_usd = i > 0 && result == HST_HOP_DONE ? amounts[i - 1] - amounts[i] : 0,
            .submitted_ns = a->query->time_ns,
            .delay_ns = HST_CHANNEL_HOP_NS,
        };
        if (result != HST_HOP_DONE) {
            a->receipt->failed_edge = edge;
            return HST_OK;
        }
        if (i + 1 < plan->hop_count) {
            blocks -= hst_channel_side_at(table, plan->edges[i + 1])->blocks;
        }
    }
    a->receipt->fee_msat += amounts[0] - part->amount_micro_usd;
    *whole = true;
    return HST_OK;
}

static hst_status undo(attempt *a)
{
    while (a->locked > 0) {
        HST_TRY(hst_channel_undo(a->network->ledger, a->network->escrows[--a->locked]));
    }
    return HST_OK;
}

static hst_status claim(attempt *a, const hst_preimage *secret)
{
    while (a->locked > 0) {
        HST_TRY(hst_channel_claim(a->network->ledger, a->network->escrows[--a->locked], secret));
    }
    return HST_OK;
}

/* ---- the payment -------------------------------------------------------------------------- */

hst_status hst_channel_pay(hst_channel_network *network,
                           const hst_route_query *query,
                           const hst_route_part *parts,
                           uint32_t part_count,
                           hst_hop_outcome *outcomes,
                           hst_channel_receipt *receipt)
{
    hst_assert(network != NULL && query != NULL && parts != NULL && outcomes != NULL &&
               receipt != NULL);
    if (part_count == 0 || part_count > HST_ROUTE_PART_MAX ||
        !parts_sound(network->table, query, parts, part_count)) {
        return HST_INVALID;
    }
    const hst_preimage secret = hst_channel_secret(network->seed, query->payment);
    *receipt = (hst_channel_receipt){.failed_edge = HST_GRAPH_NONE};
    attempt a = {.network = network,
                 .query = query,
                 .outcomes = outcomes,
                 .receipt = receipt,
                 .condition = hst_preimage_condition(&secret)};
    HST_TRY(hst_ledger_advance(network->ledger, query->time_ns));
    bool whole = true;
    for (uint32_t p = 0; whole && p < part_count; p++) {
        receipt->failed_part = p;
        const hst_status status = lock_part(&a, &parts[p], &whole);
        if (status != HST_OK) {
            const hst_status undone = undo(&a);
            return undone == HST_OK ? status : undone;
        }
    }
    if (!whole) {
        receipt->fee_msat = 0;
        return undo(&a);
    }
    receipt->delivered = true;
    receipt->failed_part = part_count;
    return claim(&a, &secret);
}

hst_status hst_channel_pay_plan(hst_channel_network *network,
                                const hst_route_query *query,
                                const hst_route_plan *plan,
                                hst_hop_outcome *outcomes,
                                hst_channel_receipt *receipt)
{
    const hst_route_part part = {.plan = *plan, .amount_micro_usd = query->amount_micro_usd};
    return hst_channel_pay(network, query, &part, 1, outcomes, receipt);
}
