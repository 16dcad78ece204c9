#include "core/ledger/exchange.h"

#include "core/base/assert.h"
#include "core/money/money.h"

static hst_compact leg_event(const hst_pvp_leg *leg, bool linked)
{
    const uint16_t sequenced = leg->sequenced ? HST_TRANSFER_SEQUENCED : 0;
    return (hst_compact){.amount_minor = leg->amount_minor,
                         .debit = leg->debit,
                         .credit = leg->credit,
                         .reference = leg->sequence,
                         .code = leg->code,
                         .flags = (uint16_t)(sequenced | (linked ? HST_TRANSFER_LINKED : 0)),
                         .user_data = leg->user_data};
}

hst_status
hst_ledger_pvp(hst_ledger *ledger, const hst_pvp_leg *legs, size_t leg_count, hst_outcome *outcomes)
{
    hst_assert(leg_count > 0);
    hst_assert(leg_count <= HST_PVP_LEG_MAX);
    hst_compact events[HST_PVP_LEG_MAX];
    for (size_t i = 0; i < leg_count; i++) {
        events[i] = leg_event(&legs[i], i + 1 < leg_count);
    }
    HST_TRY(hst_ledger_execute_compact(ledger, events, leg_count, outcomes));
    /* A chain is created whole or not at all, so one leg tells. */
    return outcomes[0].result == HST_LEDGER_CREATED ? HST_OK : HST_REFUSED;
}

hst_status
hst_fx_quote_make(uint64_t amount_minor, hst_rate rate, int64_t spread_ppb, hst_fx_quote *quote_out)
{
    if (rate.numerator <= 0 || rate.denominator <= 0 || spread_ppb < 0 ||
        spread_ppb >= HST_PPB_ONE) {
        return HST_INVALID;
    }
    if (amount_minor > (uint64_t)HST_MINOR_MAX) {
        return HST_OVERFLOW;
    }
    const int64_t amount = (int64_t)amount_minor;
    int64_t gross = 0;
    HST_TRY(hst_rate_convert_ceil(rate, amount, &gross));
    /* exact = whole + residue / denominator. The customer's share of it, (1 - spread) * exact, is
     * rounded down: the share of the whole part first, then what its fraction and the residue come
     * to together. Both are below one, so at most one more minor unit. */
    int64_t whole = 0;
    hst_residue residue;
    HST_TRY(hst_convert_with_residue(rate, amount, &whole, &residue));
    __extension__ typedef unsigned __int128 u128;
    const int64_t share_ppb = HST_PPB_ONE - spread_ppb;
    const u128 scaled = (u128)(uint64_t)whole * (uint64_t)share_ppb;
    const uint64_t fraction = (uint64_t)(scaled % (uint64_t)HST_PPB_ONE);
    const u128 from_residue = (u128)(uint64_t)residue.numerator * (uint64_t)share_ppb;
    const uint64_t carried = (uint64_t)(from_residue / (uint64_t)residue.denominator);
    const uint64_t net =
        (uint64_t)(scaled / (uint64_t)HST_PPB_ONE) + (fraction + carried) / (uint64_t)HST_PPB_ONE;
    const u128 spread_scaled = (u128)(uint64_t)whole * (uint64_t)spread_ppb;
    const uint64_t spread_fraction = (uint64_t)(spread_scaled % (uint64_t)HST_PPB_ONE);
    const u128 spread_residue = (u128)(uint64_t)residue.numerator * (uint64_t)spread_ppb;
    const uint64_t spread_carried = (uint64_t)(spread_residue / (uint64_t)residue.denominator);
    const uint64_t margin = (uint64_t)(spread_scaled / (uint64_t)HST_PPB_ONE) +
                            (spread_fraction + spread_carried) / (uint64_t)HST_PPB_ONE;
    hst_assert(net + margin <= (uint64_t)gross);
    hst_assert((uint64_t)gross - net - margin <= 2);
    *quote_out = (hst_fx_quote){.gross_minor = (uint64_t)gross,
                                .net_minor = net,
                                .margin_minor = margin,
                                .residue_minor = (uint64_t)gross - net - margin};
    return HST_OK;
}

/** The legs that move something; the amount and the net always stand in the books, even at zero. */
static size_t list_legs(const hst_fx_order *order, const hst_fx_quote *quote, hst_pvp_leg *legs)
{
    const hst_pvp_leg all[] = {
        {order->amount_minor, order->customer_source, order->dealer_source, 0, order->sequenced,
         order->sequence, 0},
        {quote->net_minor, order->dealer_target, order->customer_target, 0, false, 0, 0},
        {order->fee_minor, order->customer_source, order->fee_account, 0, false, 0, 0},
        {quote->margin_minor, order->dealer_target, order->margin_account, 0, false, 0, 0},
        {quote->residue_minor, order->dealer_target, order->residue_account, 0, false, 0, 0},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (i < 2 || all[i].amount_minor > 0) {
            legs[count] = all[i];
            legs[count].code = order->code;
            legs[count].user_data = order->user_data;
            count++;
        }
    }
    hst_assert(count >= 2);
    return count;
}

/** What the chain as a whole came to: the result of the leg that failed. */
static uint32_t summarise(const hst_outcome *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (outcomes[i].result != HST_LEDGER_CREATED &&
            outcomes[i].result != HST_LEDGER_LINKED_EVENT_FAILED) {
            return outcomes[i].result;
        }
    }
    hst_assert(outcomes[0].result == HST_LEDGER_CREATED);
    return HST_LEDGER_CREATED;
}

hst_status hst_ledger_fx(hst_ledger *ledger,
                         const hst_fx_order *order,
                         hst_fx_quote *quote_out,
                         hst_outcome *outcome)
{
    hst_fx_quote quote;
    *outcome = (hst_outcome){.handle = HST_HANDLE_NONE};
    const hst_status quoted =
        hst_fx_quote_make(order->amount_minor, order->rate, order->spread_ppb, &quote);
    if (quoted != HST_OK) {
        outcome->result =
            quoted == HST_INVALID ? HST_LEDGER_FX_RATE_INVALID : HST_LEDGER_FX_AMOUNT_OVERFLOWS;
        return HST_REFUSED;
    }
    hst_pvp_leg legs[HST_PVP_LEG_MAX];
    hst_outcome outcomes[HST_PVP_LEG_MAX];
    const size_t count = list_legs(order, &quote, legs);
    const hst_status status = hst_ledger_pvp(ledger, legs, count, outcomes);
    if (status != HST_OK && status != HST_REFUSED) {
        return status;
    }
    outcome->result = summarise(outcomes, count);
    outcome->amount_minor = status == HST_OK ? quote.net_minor : 0;
    if (quote_out != NULL && status == HST_OK) {
        *quote_out = quote;
    }
    return status;
}
