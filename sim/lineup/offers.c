#include "sim/lineup/offers.h"

#include "core/base/assert.h"

#define PPB INT64_C(1000000000)

__extension__ typedef __int128 wide;

/** What a level pays for an amount: rounded against the taker. */
static int64_t paid(int64_t amount, int64_t charge_ppb)
{
    return (int64_t)((wide)amount * (PPB - charge_ppb) / PPB);
}

int64_t hst_offers_depth(const hst_offers *offers)
{
    int64_t depth = 0;
    for (unsigned i = 0; i < HST_OFFER_COUNT; i++) {
        depth += offers->left[i];
    }
    return depth;
}

int64_t hst_offers_quote(const hst_offers *offers, int64_t amount)
{
    int64_t out = 0;
    hst_assert(amount >= 0);
    for (unsigned i = 0; i < HST_OFFER_COUNT && amount > 0; i++) {
        const int64_t taken = amount < offers->left[i] ? amount : offers->left[i];
        out += paid(taken, offers->charge_ppb[i]);
        amount -= taken;
    }
    return amount > 0 ? -1 : out;
}

int64_t hst_offers_take(hst_offers *offers, int64_t amount)
{
    const int64_t out = hst_offers_quote(offers, amount);
    hst_assert(out >= 0);
    for (unsigned i = 0; i < HST_OFFER_COUNT && amount > 0; i++) {
        const int64_t taken = amount < offers->left[i] ? amount : offers->left[i];
        offers->left[i] -= taken;
        amount -= taken;
    }
    return out;
}

bool hst_offers_refill(hst_offers *offers, int64_t share)
{
    bool full = true;
    hst_assert(share > 0);
    for (unsigned i = 0; i < HST_OFFER_COUNT; i++) {
        const int64_t more = offers->left[i] + offers->full[i] / share + 1;
        offers->left[i] = more < offers->full[i] ? more : offers->full[i];
        full = full && offers->left[i] == offers->full[i];
    }
    return full;
}
