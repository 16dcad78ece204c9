#include "sim/consensus/double_spend.h"

#include "core/base/assert.h"
#include "core/base/real.h"

/* (q/p)^deficit for an attacker with less than half. */
static double catches_up(double ratio, double deficit)
{
    return deficit <= 0 ? 1 : hst_exp(deficit * hst_log(ratio));
}

double hst_double_spend_white_paper(double share, uint32_t confirmations)
{
    hst_assert(share >= 0 && share <= 1 && confirmations <= HST_DOUBLE_SPEND_MAX);
    if (share >= 0.5) {
        return 1;
    }
    if (share <= 0) {
        return confirmations == 0 ? 1 : 0;
    }
    const double ratio = share / (1 - share);
    const double lambda = confirmations * ratio;
    double log_term = -lambda; /* of e^-lambda lambda^k / k! */
    double fails = 0;
    for (uint32_t k = 0; k <= confirmations; k++) {
        if (k > 0) {
            log_term += hst_log(lambda / k);
        }
        fails += hst_exp(log_term) * (1 - catches_up(ratio, (double)confirmations - k));
    }
    return fails > 1 ? 0 : 1 - fails;
}

double hst_double_spend_race(double share, uint32_t confirmations, uint32_t ahead)
{
    hst_assert(share >= 0 && share <= 1 && confirmations <= HST_DOUBLE_SPEND_MAX);
    if (share >= 0.5) {
        return 1;
    }
    if (share <= 0) {
        return ahead > confirmations ? 1 : 0;
    }
    const double others = 1 - share;
    const double ratio = share / others;
    double log_term = confirmations * hst_log(others); /* of C(m + z - 1, m) p^z q^m */
    double fails = 0;
    for (uint32_t m = 0; m + ahead <= confirmations && (m == 0 || confirmations > 0); m++) {
        if (m > 0) {
            log_term += hst_log(share * (m + confirmations - 1) / m);
        }
        fails += hst_exp(log_term) * (1 - catches_up(ratio, 1 + (double)confirmations - m - ahead));
    }
    return fails > 1 ? 0 : 1 - fails;
}

uint32_t hst_double_spend_confirmations(double share, double risk)
{
    for (uint32_t z = 0; z <= HST_DOUBLE_SPEND_MAX; z++) {
        if (hst_double_spend_white_paper(share, z) < risk) {
            return z;
        }
    }
    return UINT32_MAX;
}
