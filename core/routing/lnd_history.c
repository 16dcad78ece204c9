#include "core/routing/lnd_history.h"

#include "core/base/assert.h"

#include <stddef.h>

void hst_lnd_result_pass(hst_lnd_result *result, int64_t amount, int64_t now_ns)
{
    hst_assert(result != NULL && amount >= 0);
    result->passed = true;
    result->passed_ns = now_ns;
    if (amount > result->passed_amount) {
        result->passed_amount = amount;
    }
    if (result->failed && amount >= result->failed_amount) {
        result->failed_amount = amount + 1; /* nothing was learned of more than `amount` */
    }
}

void hst_lnd_result_fail(hst_lnd_result *result, int64_t amount, int64_t now_ns)
{
    hst_assert(result != NULL && amount >= 0);
    if (result->failed && amount > result->failed_amount &&
        now_ns - result->failed_ns < HST_LND_RELAX_NS) {
        return; /* results out of order must not soften what is known */
    }
    result->failed = true;
    result->failed_ns = now_ns;
    result->failed_amount = amount;
    if (amount == 0) {
        result->passed_amount = 0;
    } else if (amount <= result->passed_amount) {
        result->passed_amount = amount - 1;
    }
}
