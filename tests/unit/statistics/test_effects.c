/* Effects of factorials. */
#include "core/base/random.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/statistics/statistics.h"

#include "tests/unit/statistics/support.h"

/* Box, Hunter, Hunter, "Statistics for Experimenters", 2nd ed., table 5.2 (pilot plant, 2^3: T, C,
 * K): effects T 23, C -5, K 1.5; TC 1.5, TK 10, CK 0. Standard order has T fastest; here the last
 * factor is the fastest, so the factors are K, C, T. */
static void a_pilot_plant_has_its_published_effects(void **state)
{
    (void)state;
    const double yield[] = {60, 72, 54, 68, 52, 83, 45, 80};
    const size_t levels[] = {2, 2, 2};
    hst_design_effect got[6];
    assert_int_equal(hst_design_effects(levels, 3, 1, yield, hst_os_memory(), got), HST_OK);
    assert_near(got[0].range, 1.5, 1e-12);
    assert_near(got[1].range, -5, 1e-12);
    assert_near(got[2].range, 23, 1e-12);
    assert_near(got[3].range, 0, 1e-12);                     /* KC */
    assert_near(got[4].range, 10, 1e-12);                    /* KT */
    assert_near(got[5].range, 1.5, 1e-12);                   /* CT */
    assert_near(got[2].sum_of_squares, 2 * 23.0 * 23, 1e-9); /* N / 4 * effect^2 */
    assert_near(got[2].p, 1, 0);                             /* no replications, no test */
}

static void a_purely_additive_table_has_no_interaction(void **state)
{
    (void)state;
    const size_t levels[] = {3, 4};
    double values[12 * 2];
    for (size_t cell = 0; cell < 12; cell++) {
        values[2 * cell] = (double)(cell / 4) * 10 + (double)(cell % 4);
        values[2 * cell + 1] = values[2 * cell] + 100; /* a block: both random numbers of a pair */
    }
    hst_design_effect got[3];
    assert_int_equal(hst_design_effects(levels, 2, 2, values, hst_os_memory(), got), HST_OK);
    assert_near(got[0].range, 20, 1e-9);
    assert_near(got[1].range, 3, 1e-9);
    assert_near(got[2].range, 0, 1e-9);
    assert_int_equal(got[2].degrees_of_freedom, 6);
    assert_true(got[0].p < 1e-9); /* the block is not noise */
}

static void false_alarms_of_the_f_test_come_at_the_rate_asked_for(void **state)
{
    (void)state;
    enum { STUDIES = 2000, REPLICATIONS = 5 };
    const size_t levels[] = {3, 2};
    size_t alarms[3] = {0, 0, 0};
    for (uint32_t study = 0; study < STUDIES; study++) {
        hst_random stream = hst_random_stream(20, study, 0, HST_PURPOSE_TEST);
        double blocks[REPLICATIONS];
        double values[6 * REPLICATIONS];
        for (size_t r = 0; r < REPLICATIONS; r++) {
            blocks[r] = 5 * hst_random_normal(&stream);
        }
        for (size_t i = 0; i < 6 * REPLICATIONS; i++) {
            values[i] = blocks[i % REPLICATIONS] + hst_random_normal(&stream);
        }
        hst_design_effect got[3];
        assert_int_equal(hst_design_effects(levels, 2, REPLICATIONS, values, hst_os_memory(), got),
                         HST_OK);
        for (size_t i = 0; i < 3; i++) {
            alarms[i] += got[i].p <= 0.05;
        }
    }
    for (size_t i = 0; i < 3; i++) {
        print_message("F test %zu, seed 20: %.2f %% false alarms at 5 %%\n", i,
                      100.0 * (double)alarms[i] / STUDIES);
        assert_in_range(alarms[i], STUDIES * 3 / 100, STUDIES * 7 / 100);
    }
}

static void equal_values_have_no_effects(void **state)
{
    (void)state;
    const size_t levels[] = {2, 2};
    const double values[8] = {4, 4, 4, 4, 4, 4, 4, 4};
    hst_design_effect got[3];
    assert_int_equal(hst_design_effects(levels, 2, 2, values, hst_os_memory(), got), HST_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_near(got[i].share, 0, 0);
        assert_near(got[i].p, 1, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pilot_plant_has_its_published_effects),
        cmocka_unit_test(a_purely_additive_table_has_no_interaction),
        cmocka_unit_test(false_alarms_of_the_f_test_come_at_the_rate_asked_for),
        cmocka_unit_test(equal_values_have_no_effects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
