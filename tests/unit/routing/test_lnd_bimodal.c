/* LND's bimodal estimator against the values of its own tests
 * (routing/probability_bimodal_test.go), to their tolerance and to more digits by hand. */
#include "core/routing/lnd_bimodal.h"

#include "tests/unit/routing/assertions.h"

#include <math.h>

#define CAPACITY INT64_C(10000000000)
#define DAY_NS   INT64_C(86400000000000)
#define DECAY_NS (7 * DAY_NS)
#define NOW_NS   (INT64_C(1000) * DAY_NS)
#define SMALL    INT64_C(400000000)
#define HALF     INT64_C(5000000000)

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.9f, expected %.9f within %g", value, expected, tolerance);
    }
}

/** The parameters of LND's test: a scale of 400,000 satoshi. */
static hst_lnd_bimodal tested(void)
{
    hst_lnd_bimodal bimodal = hst_lnd_bimodal_defaults();
    bimodal.scale = 4e8;
    return bimodal;
}

static void the_formula_has_the_published_values(void **state)
{
    (void)state;
    static const struct {
        int64_t passed, failed, amount;
        double expected, tolerance;
    } cases[] = {
        {0, CAPACITY, SMALL, 0.684, 1e-3},
        {0, CAPACITY, SMALL, 0.683940, 5e-7},
        {0, CAPACITY, HALF, 0.5, 1e-9},
        {0, CAPACITY, CAPACITY, 0, 0},
        {0, CAPACITY, CAPACITY + 1, 0, 0},
        {0, CAPACITY, 0, 1, 0},
        {SMALL / 2, CAPACITY, SMALL, 0.851, 1e-3},
        {SMALL / 2, CAPACITY, SMALL, 0.851449, 5e-7},
        {HALF / 2, CAPACITY, HALF, 0.998, 1e-3},
        {HALF / 2, CAPACITY, HALF, 0.998073, 5e-7},
        {HALF, CAPACITY, SMALL, 1, 0},
        {HALF, CAPACITY, HALF, 1, 0},
        {0, HALF, HALF, 0, 0},
        {0, HALF, HALF + SMALL, 0, 0},
        {0, HALF, SMALL, 0.368, 1e-3},
        {0, HALF, SMALL, 0.367879, 5e-6},
        {SMALL, HALF, 900000000, 0.287, 1e-3},
        {SMALL, HALF, 900000000, 0.286505, 5e-6},
        {HALF, HALF, HALF, 0.5, 1e-9},
        {2 * CAPACITY, 2 * CAPACITY + 1, HALF, 1, 0},
    };
    const hst_lnd_bimodal bimodal = tested();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double chance = -1;
        assert_int_equal(hst_lnd_bimodal_formula(&bimodal, CAPACITY, cases[i].passed,
                                                 cases[i].failed, cases[i].amount, &chance),
                         HST_OK);
        near(chance, cases[i].expected, cases[i].tolerance);
    }
    double chance = -1;
    assert_int_equal(hst_lnd_bimodal_formula(&bimodal, 0, 0, 0, 0, &chance), HST_INVALID);
}

static void a_tiny_scale_falls_back_to_uniform(void **state)
{
    (void)state;
    hst_lnd_bimodal bimodal = tested();
    bimodal.scale = 1;
    double chance = -1;
    assert_int_equal(
        hst_lnd_bimodal_formula(&bimodal, 7000000000, 1000000000, 4000000000, 1750000000, &chance),
        HST_OK);
    near(chance, 0.75, 1e-3);
    near(chance, 0.75, 1e-6);
}

static hst_lnd_bimodal_node others_of(unsigned passed, unsigned failed, int64_t age_ns)
{
    const hst_lnd_bimodal bimodal = tested();
    hst_lnd_bimodal_node node = {0};
    hst_lnd_result good = {0};
    hst_lnd_result bad = {0};
    hst_lnd_result_pass(&good, 1, NOW_NS - age_ns);
    hst_lnd_result_fail(&bad, 1, NOW_NS - age_ns);
    for (unsigned i = 0; i < passed; i++) {
        hst_lnd_bimodal_count(&bimodal, &node, &good, NOW_NS);
    }
    for (unsigned i = 0; i < failed; i++) {
        hst_lnd_bimodal_count(&bimodal, &node, &bad, NOW_NS);
    }
    return node;
}

static void other_hops_of_the_node_count_as_published(void **state)
{
    (void)state;
    static const struct {
        double direct;
        unsigned passed, failed;
        int64_t age_ns;
        double expected, exact;
    } cases[] = {
        {0.5, 1, 0, 0, 0.583, 0.7 / 1.2}, {0.5, 5, 0, 0, 0.75, 0.75},
        {0.5, 0, 1, 0, 0.416, 0.5 / 1.2}, {0.5, 0, 5, 0, 0.25, 0.25},
        {0.5, 1, 1, 0, 0.5, 0.5},         {0.5, 2, 3, 0, 0.45, 0.45},
        {1, 0, 1, 0, 0.8333, 1 / 1.2},    {1, 0, 1, DECAY_NS, 0.9314, 0.9314672},
        {0, 5, 0, 0, 0.5, 0.5},           {0, 5, 0, DECAY_NS, 0.269, 0.2689414},
    };
    const hst_lnd_bimodal bimodal = tested();
    const hst_lnd_result unseen = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const hst_lnd_bimodal_node others =
            others_of(cases[i].passed, cases[i].failed, cases[i].age_ns);
        const double mixed =
            hst_lnd_bimodal_mix(&bimodal, cases[i].direct, &others, &unseen, NOW_NS);
        near(mixed, cases[i].expected, 0.01);
        near(mixed, cases[i].exact, 1e-6);
    }
    const hst_lnd_bimodal_node five = others_of(5, 0, 0);
    hst_lnd_result recent = {0};
    hst_lnd_result_fail(&recent, 1, NOW_NS - DECAY_NS + 1);
    near(hst_lnd_bimodal_mix(&bimodal, 0.1, &five, &recent, NOW_NS), 0.1, 0);
    near(hst_lnd_bimodal_mix(&bimodal, 0.1, &five, &recent, NOW_NS + 1), 0.55, 1e-9);
}

static void what_was_seen_fades_as_published(void **state)
{
    (void)state;
    const hst_lnd_bimodal bimodal = tested();
    const double fade = exp(-1);
    assert_int_equal(hst_lnd_bimodal_can_send(&bimodal, 1000000, 0), 1000000);
    near((double)hst_lnd_bimodal_can_send(&bimodal, 1000000, (double)DECAY_NS), 1e6 * fade, 1);
    assert_int_equal(hst_lnd_bimodal_cannot_send(&bimodal, 1000000, 3000000, 0), 1000000);
    near((double)hst_lnd_bimodal_cannot_send(&bimodal, 1000000, 3000000, (double)DECAY_NS),
         3e6 - 2e6 * fade, 1);
    assert_int_equal(hst_lnd_bimodal_cannot_send(&bimodal, 5000000, 3000000, 0), 3000000);

    hst_lnd_result own = {0};
    near(hst_lnd_bimodal_own_chance(&bimodal, &own, NOW_NS), 1, 0);
    hst_lnd_result_fail(&own, 1, NOW_NS - DECAY_NS);
    near(hst_lnd_bimodal_own_chance(&bimodal, &own, NOW_NS), 1 - fade, 1e-12);
}

static void a_direct_chance_uses_both_faded_bounds(void **state)
{
    (void)state;
    const hst_lnd_bimodal bimodal = tested();
    hst_lnd_result result = {0};
    hst_lnd_result_pass(&result, SMALL, NOW_NS);
    hst_lnd_result_fail(&result, HALF, NOW_NS);
    double chance = -1;
    assert_int_equal(
        hst_lnd_bimodal_direct(&bimodal, &result, 900000000, CAPACITY, NOW_NS, &chance), HST_OK);
    near(chance, 0.286505, 5e-6);
    assert_int_equal(hst_lnd_bimodal_direct(&bimodal, &result, HALF, CAPACITY, NOW_NS, &chance),
                     HST_OK);
    near(chance, 0, 0);
    /* Long after, nothing is known again. */
    assert_int_equal(
        hst_lnd_bimodal_direct(&bimodal, &result, HALF, CAPACITY, NOW_NS + 30 * DECAY_NS, &chance),
        HST_OK);
    near(chance, 0.5, 1e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_formula_has_the_published_values),
        cmocka_unit_test(a_tiny_scale_falls_back_to_uniform),
        cmocka_unit_test(other_hops_of_the_node_count_as_published),
        cmocka_unit_test(what_was_seen_fades_as_published),
        cmocka_unit_test(a_direct_chance_uses_both_faded_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
