/* Designs against their definitions: every combination once, aliases as multiplication says, every
 * stratum once. */
#include "core/base/random.h"

#include "sim/experiment/design.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { CELLS_MAX = 4096 };

static void a_full_factorial_has_every_combination_once_last_factor_fastest(void **state)
{
    (void)state;
    static uint32_t levels[CELLS_MAX * 3];
    const uint32_t counts[] = {3, 2, 4};
    assert_int_equal(hst_design_full_cells(counts, 3), 24);
    hst_design_full(counts, 3, levels);
    for (uint32_t c = 0; c < 24; c++) {
        assert_int_equal(levels[(size_t)c * 3], c / 8);
        assert_int_equal(levels[(size_t)c * 3 + 1], c / 4 % 2);
        assert_int_equal(levels[(size_t)c * 3 + 2], c % 4);
    }
}

static void a_full_factorial_too_large_to_count_says_so(void **state)
{
    (void)state;
    uint32_t counts[16];
    for (size_t i = 0; i < 16; i++) {
        counts[i] = 1000;
    }
    assert_int_equal(hst_design_full_cells(counts, 7) == UINT64_MAX, 1);
    assert_int_equal(hst_design_full_cells(counts, 6) == UINT64_C(1000000000000000000), 1);
}

static void letters_leave_out_i(void **state)
{
    (void)state;
    assert_int_equal(hst_design_letter(7), 'H');
    assert_int_equal(hst_design_letter(8), 'J');
    assert_int_equal(hst_design_letter(15), 'Q');
}

/* Sign of a set of factors in a cell: the product of their levels as -1 and +1. */
static int sign_of(const uint32_t *levels, uint32_t factors, uint32_t set)
{
    int sign = 1;
    for (uint32_t f = 0; f < factors; f++) {
        sign *= (set >> f & 1U) != 0 && levels[f] == 0 ? -1 : 1;
    }
    return sign;
}

/* Whether two effects have the same contrast, up to its sign, in every cell. */
static bool
same_contrast(const uint32_t *levels, uint32_t factors, uint64_t cells, uint32_t a, uint32_t b)
{
    int64_t sum = 0;
    for (uint64_t c = 0; c < cells; c++) {
        const int one = sign_of(levels + c * factors, factors, a);
        sum += one == sign_of(levels + c * factors, factors, b) ? 1 : -1;
    }
    assert_true(sum == 0 || sum == (int64_t)cells || sum == -(int64_t)cells);
    return sum != 0;
}

/* Every alias the fraction names is one in its table, and there are no others of two factors. */
static void check_aliases(const hst_fraction *fraction)
{
    static uint32_t levels[CELLS_MAX * HST_DESIGN_FACTORS_MAX];
    const uint32_t k = fraction->factor_count;
    const uint64_t cells = hst_fraction_cells(fraction);
    assert_true(cells <= CELLS_MAX);
    hst_fraction_levels(fraction, levels);
    for (uint32_t effect = 1; effect < 1U << k; effect++) {
        if (__builtin_popcount(effect) > 2) {
            continue;
        }
        uint32_t named = hst_fraction_alias(fraction, effect, 0);
        for (uint32_t other = 1; other < 1U << k; other++) {
            if (other == effect || __builtin_popcount(other) > 2) {
                continue;
            }
            const bool same = same_contrast(levels, k, cells, effect, other);
            assert_int_equal(same, named == other);
            if (same) {
                named = hst_fraction_alias(fraction, effect, named);
            }
        }
        assert_int_equal(named, 0);
    }
}

/* The textbook's designs: Box, Hunter, Hunter, table 6.22. */
static void fractions_have_the_resolution_and_aliases_of_the_textbook(void **state)
{
    (void)state;
    static const struct {
        const char *generators[4];
        uint64_t cells;
        uint32_t factors;
        uint32_t resolution;
    } designs[] = {{{"C=AB"}, 4, 3, 3},
                   {{"D=ABC"}, 8, 4, 4},
                   {{"E=ABCD"}, 16, 5, 5},
                   {{"D=AB", "E=AC"}, 8, 5, 3},
                   {{"E = ABC", "F = -BCD"}, 16, 6, 4},
                   {{"D=AB", "E=AC", "F=BC", "G=ABC"}, 8, 7, 3},
                   {{"E=BCD", "F=ACD", "G=ABC", "H=ABD"}, 16, 8, 4}};
    for (size_t i = 0; i < sizeof designs / sizeof designs[0]; i++) {
        hst_fraction fraction;
        char why[HST_DESIGN_WHY_SIZE] = "";
        hst_fraction_init(&fraction, designs[i].factors);
        for (size_t g = 0; g < 4 && designs[i].generators[g] != NULL; g++) {
            if (hst_fraction_add(&fraction, designs[i].generators[g], why) != HST_OK) {
                fail_msg("%s: %s", designs[i].generators[g], why);
            }
        }
        assert_int_equal(fraction.resolution, designs[i].resolution);
        assert_int_equal(hst_fraction_cells(&fraction), designs[i].cells);
        check_aliases(&fraction);
    }
}

static void each_factor_of_a_fraction_is_half_the_time_at_each_level(void **state)
{
    (void)state;
    uint32_t levels[16 * 6];
    hst_fraction fraction;
    char why[HST_DESIGN_WHY_SIZE];
    hst_fraction_init(&fraction, 6);
    assert_int_equal(hst_fraction_add(&fraction, "E=-ABC", why), HST_OK);
    assert_int_equal(hst_fraction_add(&fraction, "F=BCD", why), HST_OK);
    hst_fraction_levels(&fraction, levels);
    for (uint32_t f = 0; f < 6; f++) {
        uint32_t high = 0;
        for (uint32_t c = 0; c < 16; c++) {
            high += levels[(size_t)c * 6 + f];
            assert_int_equal(sign_of(levels + (size_t)c * 6, 6, 1U << 4),
                             -sign_of(levels + (size_t)c * 6, 6, 7U));
            assert_int_equal(sign_of(levels + (size_t)c * 6, 6, 1U << 5),
                             sign_of(levels + (size_t)c * 6, 6, 14U));
        }
        assert_int_equal(high, 8);
    }
}

static void generators_that_make_no_fraction_are_refused_with_words(void **state)
{
    (void)state;
    static const struct {
        const char *first; /* accepted */
        const char *text;
        const char *words;
    } cases[] = {{NULL, "", "expected a generator"},
                 {NULL, "D", "expected a generator"},
                 {NULL, "DABC", "expected a generator"},
                 {NULL, "D=", "product of two"},
                 {NULL, "D=A", "product of two"},
                 {NULL, "D=AA", "A comes twice"},
                 {NULL, "D=AX", "no factor X"},
                 {NULL, "I=AB", "no factor I"},
                 {NULL, "D=AB\n", "no factor ?"},
                 {NULL, "D=AD", "D is generated"},
                 {"D=AB", "D=AC", "D has a generator already"},
                 {"D=AB", "C=AD", "D is generated"},
                 {"D=ABC", "E=ABC", "two factors would always move together"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hst_fraction fraction;
        char why[HST_DESIGN_WHY_SIZE] = "";
        hst_fraction_init(&fraction, 5);
        if (cases[i].first != NULL) {
            assert_int_equal(hst_fraction_add(&fraction, cases[i].first, why), HST_OK);
        }
        const hst_fraction before = fraction;
        assert_int_equal(hst_fraction_add(&fraction, cases[i].text, why), HST_INVALID);
        assert_memory_equal(&fraction, &before, sizeof before);
        if (strstr(why, cases[i].words) == NULL) {
            fail_msg("'%s': '%s' does not say '%s'", cases[i].text, why, cases[i].words);
        }
    }
}

static void a_latin_hypercube_hits_every_stratum_of_every_factor_once(void **state)
{
    (void)state;
    enum { POINTS = 97 };
    uint32_t strata[POINTS];
    double within[POINTS];
    for (uint64_t seed = 0; seed < 50; seed++) {
        for (uint32_t factor = 0; factor < 4; factor++) {
            bool hit[POINTS] = {false};
            hst_design_latin(seed, factor, POINTS, strata, within);
            for (uint32_t p = 0; p < POINTS; p++) {
                assert_true(strata[p] < POINTS);
                assert_false(hit[strata[p]]);
                assert_true(within[p] >= 0 && within[p] < 1);
                hit[strata[p]] = true;
            }
        }
    }
}

static void latin_hypercubes_repeat_and_differ_by_seed_and_factor(void **state)
{
    (void)state;
    enum { POINTS = 20 };
    uint32_t strata[4][POINTS];
    double within[4][POINTS];
    hst_design_latin(7, 0, POINTS, strata[0], within[0]);
    hst_design_latin(7, 0, POINTS, strata[1], within[1]);
    hst_design_latin(8, 0, POINTS, strata[2], within[2]);
    hst_design_latin(7, 1, POINTS, strata[3], within[3]);
    assert_memory_equal(strata[0], strata[1], sizeof strata[0]);
    assert_memory_equal(within[0], within[1], sizeof within[0]);
    assert_memory_not_equal(strata[0], strata[2], sizeof strata[0]);
    assert_memory_not_equal(strata[0], strata[3], sizeof strata[0]);
}

/* Positions are unrelated between factors: over many seeds their rank correlation averages to 0
 * and is spread as that of random permutations (variance 1 / (n - 1)). */
static void factors_of_a_latin_hypercube_are_unrelated(void **state)
{
    (void)state;
    enum { POINTS = 25, SEEDS = 2000 };
    double sum = 0;
    double squares = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint32_t a[POINTS];
        uint32_t b[POINTS];
        double within[POINTS];
        double product = 0;
        hst_design_latin(seed, 0, POINTS, a, within);
        hst_design_latin(seed, 1, POINTS, b, within);
        for (uint32_t p = 0; p < POINTS; p++) {
            product += (a[p] - (POINTS - 1) / 2.0) * (b[p] - (POINTS - 1) / 2.0);
        }
        const double r = product / ((POINTS * (POINTS * POINTS - 1.0)) / 12);
        sum += r;
        squares += r * r;
    }
    assert_true(sum / SEEDS > -0.02 && sum / SEEDS < 0.02);
    assert_true(squares / SEEDS > 0.9 / (POINTS - 1) && squares / SEEDS < 1.1 / (POINTS - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_factorial_has_every_combination_once_last_factor_fastest),
        cmocka_unit_test(a_full_factorial_too_large_to_count_says_so),
        cmocka_unit_test(letters_leave_out_i),
        cmocka_unit_test(fractions_have_the_resolution_and_aliases_of_the_textbook),
        cmocka_unit_test(each_factor_of_a_fraction_is_half_the_time_at_each_level),
        cmocka_unit_test(generators_that_make_no_fraction_are_refused_with_words),
        cmocka_unit_test(a_latin_hypercube_hits_every_stratum_of_every_factor_once),
        cmocka_unit_test(latin_hypercubes_repeat_and_differ_by_seed_and_factor),
        cmocka_unit_test(factors_of_a_latin_hypercube_are_unrelated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
