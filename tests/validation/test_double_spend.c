/* Taking a payment back, and withholding blocks for revenue: closed forms, and the real machines.
 */
#include "core/consensus/nakamoto/internal.h"
#include "core/consensus/nakamoto/nakamoto.h"

#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/consensus/cluster.h"
#include "sim/consensus/double_spend.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

/* ---- closed forms -----------------------------------------------------------------------------
 */

typedef struct printed {
    double share;
    uint32_t confirmations;
    double probability, digit; /* as printed, and the value of its last digit */
} printed;

/* The table of the white paper, section 11. */
static void the_white_papers_table_is_met_to_the_last_digit(void **state)
{
    (void)state;
    static const printed table[] = {
        {.1, 0, 1, 1e-7},         {.1, 1, .2045873, 1e-7},  {.1, 2, .0509779, 1e-7},
        {.1, 3, .0131722, 1e-7},  {.1, 4, .0034552, 1e-7},  {.1, 5, .0009137, 1e-7},
        {.1, 6, .0002428, 1e-7},  {.1, 7, .0000647, 1e-7},  {.1, 8, .0000173, 1e-7},
        {.1, 9, .0000046, 1e-7},  {.1, 10, .0000012, 1e-7}, {.3, 0, 1, 1e-7},
        {.3, 5, .1773523, 1e-7},  {.3, 10, .0416605, 1e-7}, {.3, 15, .0101008, 1e-7},
        {.3, 20, .0024804, 1e-7}, {.3, 25, .0006132, 1e-7}, {.3, 30, .0001522, 1e-7},
        {.3, 35, .0000379, 1e-7}, {.3, 40, .0000095, 1e-7}, {.3, 45, .0000024, 1e-7},
        {.3, 50, .0000006, 1e-7},
    };
    for (size_t t = 0; t < sizeof table / sizeof table[0]; t++) {
        const double got = hst_double_spend_white_paper(table[t].share, table[t].confirmations);
        if (fabs(got - table[t].probability) > table[t].digit / 2) {
            fail_msg("q %g z %u: %.9f, printed %.7f", table[t].share,
                     (unsigned)table[t].confirmations, got, table[t].probability);
        }
    }
    static const struct {
        double share;
        uint32_t confirmations;
    } below[] = {{.10, 5},  {.15, 8},  {.20, 11}, {.25, 15},
                 {.30, 24}, {.35, 41}, {.40, 89}, {.45, 340}};
    for (size_t b = 0; b < sizeof below / sizeof below[0]; b++) {
        assert_int_equal(hst_double_spend_confirmations(below[b].share, 0.001),
                         below[b].confirmations);
    }
    assert_int_equal(hst_double_spend_confirmations(0.5, 0.001), UINT32_MAX);
}

/* Rosenfeld's formula as he writes it, with binomials by multiplication. */
static double rosenfeld(double q, uint32_t z)
{
    const double p = 1 - q;
    double fails = 0;
    double binomial = 1; /* C(m + z - 1, m) */
    for (uint32_t m = 0; m <= z; m++) {
        fails += binomial * (pow(p, z) * pow(q, m) - pow(p, m) * pow(q, z));
        binomial *= (double)(m + z) / (m + 1);
    }
    return 1 - fails;
}

static void the_race_is_rosenfelds_negative_binomial(void **state)
{
    (void)state;
    for (uint32_t z = 1; z <= 30; z++) {
        for (uint32_t percent = 1; percent < 50; percent++) {
            const double q = percent / 100.0;
            assert_true(fabs(hst_double_spend_race(q, z, 1) - rosenfeld(q, z)) < 1e-9);
            const double without = hst_double_spend_race(q, z, 0);
            assert_true(without < hst_double_spend_race(q, z, 1) || without < 1e-9);
        }
    }
    /* His table 1, in per cent: 10 % of the hash power. */
    static const double table[] = {100, 20, 5.6, 1.712, .546, .178, .059};
    static const double digit[] = {1, 1, .1, .001, .001, .001, .001};
    for (uint32_t z = 1; z < sizeof table / sizeof table[0]; z++) {
        assert_true(fabs(100 * hst_double_spend_race(.1, z, 1) - table[z]) <= digit[z] / 2 + 1e-9);
    }
    assert_true(hst_double_spend_race(0, 3, 0) <= 0 && hst_double_spend_race(.5, 3, 0) >= 1);
}

/* ---- races of the real machines ----------------------------------------------------------------
 */

enum { HONEST = 3, ALL = HONEST + 1, ATTACKER = HONEST };

typedef struct race {
    uint64_t honest, attacker; /* best heights, as each side has announced */
    uint32_t confirmations;
    bool confirmed, won;
} race;

/* With one confirmation a COMMIT is the new tip. */
static void
on_tip(void *context, const hst_cluster *cluster, uint32_t replica, const hst_effect *commit)
{
    race *r = context;
    (void)cluster;
    uint64_t *best = replica == ATTACKER ? &r->attacker : &r->honest;
    *best = commit->height > *best ? commit->height : *best;
    r->confirmed = r->confirmed || r->honest >= r->confirmations;
    r->won = r->won || (r->confirmed && r->attacker > r->honest);
}

/* The attacker tells its tip: the others fetch the branch and undo theirs. */
static void publish(hst_cluster *cluster, uint64_t height)
{
    hst_network_heal(hst_cluster_network(cluster));
    hst_consensus_view attacker;
    hst_cluster_view(cluster, ATTACKER, &attacker);
    uint8_t inv[1 + HST_HASH_SIZE] = {HST_NAKAMOTO_INV};
    memcpy(inv + 1, attacker.commit.bytes, HST_HASH_SIZE);
    for (uint32_t i = 0; i < HONEST; i++) {
        hst_cluster_inject(cluster, ATTACKER, i, inv, sizeof inv);
    }
    assert_int_equal(hst_cluster_run(cluster, hst_cluster_now(cluster) + 20 * MS, 0), HST_OK);
    hst_cluster_report report;
    hst_cluster_measure(cluster, &report);
    assert_true(report.rollbacks >= HONEST * height); /* the payment's blocks are gone */
}

static bool attack(double share, uint32_t confirmations, uint64_t seed, uint32_t *published)
{
    enum { HOPELESS = 40 };
    static const int64_t base_ns[1] = {MS / 100};
    static const int64_t values[HST_NAKAMOTO_PARAMETERS] = {
        [HST_NAKAMOTO_INTERVAL] = 100 * HST_SECOND_NS,
        [HST_NAKAMOTO_RETARGET] = 16384,
        [HST_NAKAMOTO_DIFFICULTY] = HST_NAKAMOTO_UNIT,
        [HST_NAKAMOTO_CONFIRMATIONS] = 1,
        [HST_NAKAMOTO_FINAL_DEPTH] = 400,
        [HST_NAKAMOTO_WINDOW] = 1024,
        [HST_NAKAMOTO_REQUEST] = 10 * HST_SECOND_NS,
        [HST_NAKAMOTO_AHEAD] = INT64_C(7200000000000),
    };
    const uint64_t weights[ALL] = {(uint64_t)((1 - share) * 1e6 / HONEST),
                                   (uint64_t)((1 - share) * 1e6 / HONEST),
                                   (uint64_t)((1 - share) * 1e6 / HONEST), (uint64_t)(share * 1e6)};
    const hst_membership membership = {
        .count = ALL, .weights = weights, .total = 3 * weights[0] + weights[ATTACKER]};
    const hst_network_options network = {
        .count = ALL, .region_count = 1, .base_ns = base_ns, .seed = seed};
    race r = {.confirmations = confirmations};
    const hst_cluster_options options = {.protocol = &hst_protocol_nakamoto,
                                         .membership = &membership,
                                         .parameters = values,
                                         .network = &network,
                                         .seed = seed,
                                         .batch_capacity = 1,
                                         .observer = on_tip,
                                         .observer_context = &r,
                                         .memory = hst_os_memory()};
    hst_cluster *cluster = NULL;
    assert_int_equal(hst_cluster_create(&options, &cluster), HST_OK);
    for (uint32_t i = 0; i < HONEST; i++) {
        hst_network_cut(hst_cluster_network(cluster), i, ATTACKER, true);
        hst_network_cut(hst_cluster_network(cluster), ATTACKER, i, true);
    }
    while (!r.won && !(r.confirmed && r.honest > r.attacker + HOPELESS)) {
        assert_int_equal(hst_cluster_run(cluster, hst_cluster_now(cluster) + 5 * HST_SECOND_NS, 0),
                         HST_OK);
    }
    if (r.won && r.attacker > r.honest) {
        publish(cluster, confirmations);
        ++*published;
    }
    hst_cluster_destroy(cluster);
    return r.won;
}

static void races(double share, uint32_t confirmations, uint32_t count, double sigmas)
{
    uint32_t won = 0, published = 0;
    for (uint32_t i = 0; i < count; i++) {
        won += attack(share, confirmations, 1000 * confirmations + i, &published) ? 1 : 0;
    }
    const double expected = hst_double_spend_race(share, confirmations, 0);
    const double got = (double)won / count;
    const double sigma = sqrt(expected * (1 - expected) / count);
    (void)printf("share %.2f, %u confirmations: %u of %u races won, %.4f; closed form %.4f, %.1f "
                 "sigma; white paper %.4f\n",
                 share, (unsigned)confirmations, (unsigned)won, (unsigned)count, got, expected,
                 (got - expected) / sigma, hst_double_spend_white_paper(share, confirmations));
    assert_true(published >= won * 3 / 4); /* the rest lost the lead within five seconds */
    if (fabs(got - expected) > sigmas * sigma + 0.5 / count) { /* counts are whole */
        fail_msg("more than %g sigma", sigmas);
    }
}

static void an_attacker_wins_as_many_races_as_the_closed_form_says(void **state)
{
    (void)state;
    races(.3, 1, 400, 3);
    races(.3, 6, 400, 3);
    races(.1, 1, 400, 3);
}

/* ---- a selfish pool -----------------------------------------------------------------------------
 */

typedef struct revenue {
    uint64_t pool, all;
} revenue;

/* Counted at an honest miner, deep enough never to be undone. */
static void
on_settled(void *context, const hst_cluster *cluster, uint32_t replica, const hst_effect *commit)
{
    revenue *r = context;
    (void)cluster;
    if (replica == 1) {
        r->all++;
        r->pool += commit->proposer == 0;
    }
}

/* Honest miners hear each other later than they hear the pool. */
static hst_cluster_verdict pool_is_near(void *context,
                                        hst_cluster *cluster,
                                        uint32_t from,
                                        uint32_t to,
                                        const uint8_t *bytes,
                                        uint32_t size)
{
    (void)context;
    (void)cluster;
    (void)bytes;
    (void)size;
    return (hst_cluster_verdict){.delay_ns = from != 0 && to != 0 ? MS : 0};
}

/* Relative revenue, Eyal and Sirer, equation 8. */
static double eyal_sirer(double a, double g)
{
    return (a * (1 - a) * (1 - a) * (4 * a + g * (1 - 2 * a)) - a * a * a) /
           (1 - a * (1 + (2 - a) * a));
}

/* Branches of hundreds of blocks are lost when the pool has nearly half: a block settles after
 * 3,000. gamma is what the topology makes of it: 0 where all are equally far; where the pool is
 * near, all of the `honest` miners but the one that found the other block follow it. */
static void selfish(double alpha, bool near, uint32_t honest, uint64_t blocks, double tolerance)
{
    enum { MOST = 8 };
    static const int64_t base_ns[1] = {MS / 10};
    static const int64_t values[HST_NAKAMOTO_PARAMETERS] = {
        [HST_NAKAMOTO_INTERVAL] = 600 * HST_SECOND_NS,
        [HST_NAKAMOTO_RETARGET] = 16384,
        [HST_NAKAMOTO_DIFFICULTY] = HST_NAKAMOTO_UNIT,
        [HST_NAKAMOTO_CONFIRMATIONS] = 3000,
        [HST_NAKAMOTO_FINAL_DEPTH] = 3000,
        [HST_NAKAMOTO_RELAY] = HST_NAKAMOTO_PUSH,
        [HST_NAKAMOTO_WINDOW] = 8192,
        [HST_NAKAMOTO_REQUEST] = 10 * HST_SECOND_NS,
        [HST_NAKAMOTO_AHEAD] = INT64_C(7200000000000),
    };
    const hst_consensus_protocol *others[MOST] = {&hst_protocol_nakamoto_selfish};
    uint64_t weights[MOST] = {(uint64_t)(alpha * 1e9)};
    hst_membership membership = {.count = honest + 1, .weights = weights, .total = weights[0]};
    for (uint32_t i = 1; i <= honest; i++) {
        weights[i] = (uint64_t)((1 - alpha) * 1e9 / honest);
        membership.total += weights[i];
    }
    const hst_network_options network = {
        .count = honest + 1, .region_count = 1, .base_ns = base_ns, .seed = 1};
    revenue r = {0};
    const hst_cluster_options options = {.protocol = &hst_protocol_nakamoto,
                                         .others = others,
                                         .membership = &membership,
                                         .parameters = values,
                                         .network = &network,
                                         .seed = (uint64_t)(alpha * 1000) + honest,
                                         .batch_capacity = 1,
                                         .filter = near ? pool_is_near : NULL,
                                         .observer = on_settled,
                                         .observer_context = &r,
                                         .memory = hst_os_memory()};
    hst_cluster *cluster = NULL;
    assert_int_equal(hst_cluster_create(&options, &cluster), HST_OK);
    while (r.all < blocks) {
        assert_int_equal(hst_cluster_run(cluster, hst_cluster_now(cluster) + 100 * HST_HOUR_NS, 0),
                         HST_OK);
    }
    hst_cluster_destroy(cluster);
    const double gamma = near ? (double)(honest - 1) / honest : 0;
    const double expected = eyal_sirer(alpha, gamma);
    const double got = (double)r.pool / (double)r.all;
    (void)printf("alpha %.3f, gamma %.2f, %llu blocks: %.4f; closed form %.4f, %+.4f\n", alpha,
                 gamma, (unsigned long long)r.all, got, expected, got - expected);
    if (fabs(got - expected) > tolerance) {
        fail_msg("further off than %g", tolerance);
    }
}

static void a_selfish_pool_earns_what_the_closed_form_says(void **state)
{
    (void)state;
    selfish(1.0 / 3, false, 4, 20000, 0.015);
    selfish(0.4, true, 2, 20000, 0.015);
}

/* ---- by hand: races COUNT; selfish BLOCKS [LEAST_ALPHA] --------------------------------------*/

static uint32_t wanted;
static double least;

static void many_races(void **state)
{
    (void)state;
    static const double shares[] = {.1, .2, .3};
    static const uint32_t depths[] = {1, 2, 4, 6, 10};
    for (size_t s = 0; s < 3; s++) {
        for (size_t d = 0; d < 5; d++) {
            races(shares[s], depths[d], wanted, 3);
        }
    }
}

static void many_blocks(void **state)
{
    (void)state;
    static const double alphas[] = {.1, .2, .3, 1.0 / 3, .35, .4, .45};
    for (size_t a = 0; a < 7; a++) {
        if (alphas[a] < least) {
            continue;
        }
        selfish(alphas[a], false, 4, wanted, 0.003);
        selfish(alphas[a], true, 2, wanted, 0.003);
        selfish(alphas[a], true, 4, wanted, 0.003);
    }
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_white_papers_table_is_met_to_the_last_digit),
        cmocka_unit_test(the_race_is_rosenfelds_negative_binomial),
        cmocka_unit_test(an_attacker_wins_as_many_races_as_the_closed_form_says),
        cmocka_unit_test(a_selfish_pool_earns_what_the_closed_form_says),
    };
    const struct CMUnitTest of_races[] = {cmocka_unit_test(many_races)};
    const struct CMUnitTest of_pools[] = {cmocka_unit_test(many_blocks)};
    if (count >= 3) {
        least = count > 3 ? strtod(words[3], NULL) : 0;
        wanted = (uint32_t)strtoul(words[2], NULL, 10);
        return strcmp(words[1], "races") == 0 ? cmocka_run_group_tests(of_races, NULL, NULL)
                                              : cmocka_run_group_tests(of_pools, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
