#include "core/routing/lnd_bimodal.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include <stddef.h>

hst_lnd_bimodal hst_lnd_bimodal_defaults(void)
{
    const hst_lnd_bimodal defaults = {.scale = 3e8, .node_weight = 0.2, .decay_ns = 7 * 86400e9};
    return defaults;
}

/** Primitive of the density. */
static double primitive(double scale, double capacity, double x)
{
    return -hst_exp(-x / scale) + hst_exp((x - capacity) / scale) + x / (capacity * scale);
}

hst_status hst_lnd_bimodal_formula(const hst_lnd_bimodal *bimodal,
                                   int64_t capacity,
                                   int64_t passed,
                                   int64_t failed,
                                   int64_t amount,
                                   double *chance)
{
    hst_assert(bimodal != NULL && chance != NULL && bimodal->scale > 0);
    if (capacity <= 0) {
        return HST_INVALID;
    }
    *chance = 0;
    if (amount > capacity) {
        return HST_OK;
    }
    if (failed <= passed) { /* contradiction: nothing is known */
        passed = 0;
        failed = capacity;
    }
    if (passed >= capacity) { /* the hop has shrunk; its balance is still with the sender's side */
        passed = capacity - 1;
        failed = capacity;
    }
    failed = failed > capacity ? capacity : failed;
    if (amount >= failed) {
        return HST_OK;
    }
    if (amount <= passed) {
        *chance = 1;
        return HST_OK;
    }
    const double c = (double)capacity;
    const double top = primitive(bimodal->scale, c, (double)failed);
    const double mass = top - primitive(bimodal->scale, c, (double)passed);
    const double part = top - primitive(bimodal->scale, c, (double)amount);
    /* Far from both ends of a wide hop the differences can vanish in rounding: then 0, as LND. */
    const double p = mass > 0 ? part / mass : 0;
    *chance = p >= 0 && p <= 1 ? p : 0;
    return HST_OK;
}

static double fading(const hst_lnd_bimodal *bimodal, double age_ns)
{
    return hst_exp(-age_ns / bimodal->decay_ns);
}

int64_t hst_lnd_bimodal_can_send(const hst_lnd_bimodal *bimodal, int64_t passed, double age_ns)
{
    hst_assert(bimodal != NULL && passed >= 0);
    return (int64_t)(fading(bimodal, age_ns) * (double)passed);
}

int64_t hst_lnd_bimodal_cannot_send(const hst_lnd_bimodal *bimodal,
                                    int64_t failed,
                                    int64_t capacity,
                                    double age_ns)
{
    hst_assert(bimodal != NULL && failed >= 0 && capacity >= 0);
    if (failed > capacity) {
        failed = capacity;
    }
    return capacity - (int64_t)(fading(bimodal, age_ns) * (double)(capacity - failed));
}

hst_status hst_lnd_bimodal_direct(const hst_lnd_bimodal *bimodal,
                                  const hst_lnd_result *result,
                                  int64_t amount,
                                  int64_t capacity,
                                  int64_t now_ns,
                                  double *chance)
{
    hst_assert(result != NULL);
    int64_t passed = 0;
    int64_t failed = capacity;
    if (result->failed) {
        failed = hst_lnd_bimodal_cannot_send(bimodal, result->failed_amount, capacity,
                                             hst_lnd_age_ns(result->failed_ns, now_ns));
    }
    if (result->passed) {
        passed = hst_lnd_bimodal_can_send(bimodal, result->passed_amount,
                                          hst_lnd_age_ns(result->passed_ns, now_ns));
    }
    return hst_lnd_bimodal_formula(bimodal, capacity, passed, failed, amount, chance);
}

void hst_lnd_bimodal_count(const hst_lnd_bimodal *bimodal,
                           hst_lnd_bimodal_node *node,
                           const hst_lnd_result *result,
                           int64_t now_ns)
{
    hst_assert(bimodal != NULL && node != NULL && result != NULL);
    if (result->passed && result->passed_amount > 0) {
        node->passed += fading(bimodal, hst_lnd_age_ns(result->passed_ns, now_ns));
    }
    if (result->failed && result->failed_amount > 0) {
        node->failed += fading(bimodal, hst_lnd_age_ns(result->failed_ns, now_ns));
    }
}

double hst_lnd_bimodal_mix(const hst_lnd_bimodal *bimodal,
                           double direct,
                           const hst_lnd_bimodal_node *others,
                           const hst_lnd_result *result,
                           int64_t now_ns)
{
    hst_assert(bimodal != NULL && others != NULL && result != NULL);
    const bool recent =
        (result->passed && hst_lnd_age_ns(result->passed_ns, now_ns) < bimodal->decay_ns) ||
        (result->failed && hst_lnd_age_ns(result->failed_ns, now_ns) < bimodal->decay_ns);
    if (recent) {
        return direct;
    }
    const double w = bimodal->node_weight;
    return (direct + w * others->passed) / (1 + w * (others->passed + others->failed));
}

double hst_lnd_bimodal_own_chance(const hst_lnd_bimodal *bimodal,
                                  const hst_lnd_result *result,
                                  int64_t now_ns)
{
    hst_assert(bimodal != NULL && result != NULL);
    return result->failed ? 1 - fading(bimodal, hst_lnd_age_ns(result->failed_ns, now_ns)) : 1;
}
