#include "core/routing/lnd_apriori.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include <stddef.h>

#define LN_2               0.69314718055994530942
#define SMEARING           0.025
#define CAPACITY_FACTOR_AT 0.5

hst_lnd_apriori hst_lnd_apriori_defaults(void)
{
    const hst_lnd_apriori defaults = {.hop_chance = 0.6,
                                      .passed_chance = 0.95,
                                      .weight = 0.5,
                                      .capacity_fraction = 0.9999,
                                      .half_life_ns = 3600e9};
    return defaults;
}

/** What a failure still counts: 2^(-age / half-life). */
static double failure_weight(const hst_lnd_apriori *apriori, int64_t failed_ns, int64_t now_ns)
{
    return hst_exp(-hst_lnd_age_ns(failed_ns, now_ns) / apriori->half_life_ns * LN_2);
}

void hst_lnd_apriori_count(const hst_lnd_apriori *apriori,
                           hst_lnd_apriori_node *node,
                           const hst_lnd_result *result,
                           int64_t amount,
                           int64_t now_ns)
{
    hst_assert(apriori != NULL && node != NULL && result != NULL);
    if (result->passed && amount <= result->passed_amount) {
        node->passed += 1;
    } else if (result->failed && amount >= result->failed_amount) {
        node->failed += failure_weight(apriori, result->failed_ns, now_ns);
    }
}

double hst_lnd_capacity_factor(double fraction, int64_t amount, int64_t capacity)
{
    if (fraction >= 1 || capacity == 0) {
        return 1;
    }
    if (amount > capacity) {
        return 0;
    }
    const double c = (double)capacity;
    const double steps = ((double)amount - fraction * c) / (SMEARING * c);
    return 1 - (1 - CAPACITY_FACTOR_AT) / (1 + hst_exp(-steps));
}

double hst_lnd_apriori_node_chance(const hst_lnd_apriori *apriori,
                                   const hst_lnd_apriori_node *node,
                                   int64_t amount,
                                   int64_t capacity)
{
    hst_assert(apriori != NULL && node != NULL);
    const double prior =
        apriori->hop_chance * hst_lnd_capacity_factor(apriori->capacity_fraction, amount, capacity);
    if (apriori->weight >= 1) {
        return prior;
    }
    const double weight = 1 / (1 - apriori->weight) - 1;
    const double total = weight + node->passed + node->failed;
    if (!(total > 0)) {
        return prior; /* no weight to either */
    }
    return (prior * weight + apriori->passed_chance * node->passed) / total;
}

/** Chance of a hop that would be `untried` had nothing been seen of it; an amount of INT64_MAX is
 * any amount. */
static double chance(const hst_lnd_apriori *apriori,
                     double untried,
                     const hst_lnd_result *result,
                     int64_t amount,
                     int64_t now_ns)
{
    if (result->passed && amount <= result->passed_amount) {
        return apriori->passed_chance;
    }
    if (!result->failed || amount < result->failed_amount) {
        return untried;
    }
    return untried * (1 - failure_weight(apriori, result->failed_ns, now_ns));
}

double hst_lnd_apriori_chance(const hst_lnd_apriori *apriori,
                              const hst_lnd_apriori_node *node,
                              const hst_lnd_result *result,
                              int64_t amount,
                              int64_t capacity,
                              int64_t now_ns)
{
    hst_assert(result != NULL);
    const double untried = hst_lnd_apriori_node_chance(apriori, node, amount, capacity);
    return chance(apriori, untried, result, amount, now_ns);
}

double hst_lnd_apriori_own_chance(const hst_lnd_apriori *apriori,
                                  const hst_lnd_result *result,
                                  int64_t now_ns)
{
    hst_assert(apriori != NULL && result != NULL);
    return chance(apriori, apriori->passed_chance, result, INT64_MAX, now_ns);
}
