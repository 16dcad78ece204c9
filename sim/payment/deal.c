/* What a conversion costs, and whether the price taken for it still stands.
 *
 * With market.quote_validity a payment takes a price for each conversion of its plan when it is
 * submitted: mid and half-spread of that moment. A conversion executed while they are valid is made
 * at them, whatever the market has done since. One executed later slips to mid and half-spread of
 * then, and what the creditor receives less for it, or more, is summed up beside the costs, which
 * are measured against the mid of the conversion as always. The row of such a hop is settled, with
 * the reason quote_expired. Without a validity nothing is taken and all deal at the price of then.
 */
#include "core/base/assert.h"

#include "sim/payment/world.h"

#include <math.h>

int64_t hst_deal_half_spread_ppb(
    const hst_world *world, uint16_t from, uint16_t to, hst_market_tier tier, int64_t time_ns)
{
    return hst_dealers_half_spread_ppb(&world->dealers, from, to, tier, time_ns);
}

static bool is_own(const hst_instruction *one, bool priced)
{
    return !priced && one->segment != HST_SEGMENT_WHOLESALE;
}

static hst_market_tier tier_of(const hst_instruction *one, bool own)
{
    return own                                     ? HST_MARKET_TIER_RETAIL
           : one->segment == HST_SEGMENT_WHOLESALE ? HST_MARKET_TIER_CORPORATE
                                                   : HST_MARKET_TIER_INTERBANK;
}

/* The debtor's own margin is taken at the first conversion, and the parallel market's premium on
 * it where people pay one; later conversions cost the dealer's spread. */
static int64_t price_ppb(const hst_world *world,
                         const hst_instruction *one,
                         const hst_leg *leg,
                         bool priced,
                         int64_t time_ns)
{
    const bool own = is_own(one, priced);
    const hst_market_tier tier = tier_of(one, own);
    if (own) {
        return one->margin_ppb +
               hst_market_premium_ppb(world->market, leg->from_currency, tier, time_ns);
    }
    return hst_deal_half_spread_ppb(world, leg->from_currency, leg->to_currency, tier, time_ns);
}

void hst_deal_take_quotes(hst_world *world, uint32_t payment)
{
    const hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    if (world->quoted_ppb == NULL || live->method == HST_ROW_METHOD_DLT) {
        return;
    }
    uint32_t taken = 0;
    for (uint32_t i = 0; i < live->leg_count; i++) {
        const hst_leg *leg = &world->routes.legs[live->legs[i]];
        if (leg->kind == HST_LEG_CONVERT) {
            hst_assert(taken < HST_CONVERSION_MAX);
            world->quoted_ppb[payment][taken] =
                price_ppb(world, one, leg, taken > 0, one->submitted_ns);
            taken++;
        }
    }
}

/* Share of the amount that the creditor loses (+) between two prices. */
static double lost_share(const hst_world *world,
                         const hst_leg *leg,
                         int64_t quoted_ns,
                         int64_t quoted_ppb,
                         int64_t now_ns,
                         int64_t now_ppb)
{
    /* Units of `to` for one of `from`, up to a factor common to both times. */
    const double quoted = (double)hst_market_mid_e9(world->market, leg->to_currency, quoted_ns) /
                          (double)hst_market_mid_e9(world->market, leg->from_currency, quoted_ns) *
                          (1.0 - (double)quoted_ppb * 1e-9);
    const double now = (double)hst_market_mid_e9(world->market, leg->to_currency, now_ns) /
                       (double)hst_market_mid_e9(world->market, leg->from_currency, now_ns) *
                       (1.0 - (double)now_ppb * 1e-9);
    return quoted > 0.0 ? 1.0 - now / quoted : 0.0;
}

static void slip(hst_world *world, const hst_instruction *one, double share)
{
    const double lost = share * (double)one->amount_micro_usd;
    world->slips.late++;
    world->slips.amount_micro_usd += one->amount_micro_usd;
    world->slips.lost_micro_usd += (int64_t)lost;
    world->slips.moved_micro_usd += (int64_t)fabs(lost);
}

/* The price a conversion is made at: its half-spread, and the time of its mid. */
static int64_t
agree(hst_world *world, uint32_t payment, const hst_leg *leg, int64_t now_ns, int64_t *rate_ns)
{
    const hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const int64_t now_ppb = price_ppb(world, one, leg, live->priced, now_ns);
    *rate_ns = now_ns;
    if (world->quoted_ppb == NULL) {
        return now_ppb;
    }
    const int64_t quoted_ppb = world->quoted_ppb[payment][live->conversions];
    if (now_ns - one->submitted_ns <= world->scenario->market.quote_validity_ns) {
        world->slips.held++;
        *rate_ns = one->submitted_ns;
        return quoted_ppb;
    }
    slip(world, one, lost_share(world, leg, one->submitted_ns, quoted_ppb, now_ns, now_ppb));
    world->live[payment].reason = HST_ROW_REASON_QUOTE_EXPIRED;
    return now_ppb;
}

bool hst_deal_convert(hst_world *world, uint32_t payment, const hst_leg *leg)
{
    hst_live *live = &world->live[payment];
    const hst_instruction *one = hst_world_instruction(world, payment);
    const bool own = is_own(one, live->priced);
    const int64_t margin_before = live->margin_micro_usd;
    int64_t rate_ns = 0;
    const int64_t spread_ppb = agree(world, payment, leg, hst_kernel_now(world->kernel), &rate_ns);
    live->priced = true;
    const bool converted =
        hst_payment_convert(world, payment, leg->to_currency, spread_ppb, rate_ns);
    live->reason = HST_ROW_REASON_NONE; /* the hop's, and not the payment's */
    if (!converted) {
        return false;
    }
    const int64_t premium_ppb =
        hst_market_premium_ppb(world->market, leg->from_currency, tier_of(one, own), rate_ns);
    if (premium_ppb > 0) {
        world->slips.premium_payments++;
        world->slips.premium_micro_usd += hst_share_ppb_floor(one->amount_micro_usd, premium_ppb);
    }
    if (own) { /* the debtor agent's price is the same on every way */
        live->hop_paid_micro_usd += live->margin_micro_usd - margin_before;
    }
    return true;
}
