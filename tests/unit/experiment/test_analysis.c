/* The analysis against sums written out by hand and against what was put into made-up trials. */
#include "core/base/random.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/experiment/analysis.h"
#include "sim/statistics/statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { REPLICATIONS_MAX = 64, FIGURES = 2, LEVELS_MAX = 8 };

/* An experiment of made-up cells, and trials for it. */
typedef struct lab {
    hst_arena arena;
    hst_trial_set *trials;
    hst_experiment experiment;
    hst_factor factors[4];
    hst_level levels[4][LEVELS_MAX];
    char texts[4][LEVELS_MAX][24];
    hst_cell cells[64];
    uint32_t cell_levels[64][4];
    hst_experiment_metric metrics[FIGURES];
} lab;

static void open_lab(lab *l, const uint32_t *level_counts, uint32_t factors)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    memset(l, 0, sizeof *l);
    hst_arena_init(&l->arena, hst_os_memory(), (size_t)1 << 16);
    assert_int_equal(hst_trial_set_create(hst_os_memory(), FIGURES, &l->trials), HST_OK);
    hst_experiment *e = &l->experiment;
    uint32_t cells = 1;
    for (uint32_t f = 0; f < factors; f++) {
        for (uint32_t i = 0; i < level_counts[f]; i++) {
            (void)snprintf(l->texts[f][i], sizeof l->texts[f][i], "%s%u", names[f], i);
            l->levels[f][i].text = l->texts[f][i];
        }
        l->factors[f] = (hst_factor){names[f], "", l->levels[f], level_counts[f]};
        cells *= level_counts[f];
    }
    for (uint32_t c = 0; c < cells; c++) {
        uint32_t rest = c;
        for (uint32_t f = factors; f > 0; f--) {
            l->cell_levels[c][f - 1] = rest % level_counts[f - 1];
            rest /= level_counts[f - 1];
        }
        l->cells[c].levels = l->cell_levels[c];
        l->cells[c].label = "cell";
    }
    l->metrics[0] = (hst_experiment_metric){0, "cost", "pct", "what it costs", false};
    l->metrics[1] = (hst_experiment_metric){1, "done", "payments", "what is done", true};
    *e = (hst_experiment){.name = "made-up",
                          .generators = "",
                          .confidence = 0.95,
                          .common_random_numbers = true,
                          .factor_count = factors,
                          .factors = l->factors,
                          .cell_count = cells,
                          .cells = l->cells,
                          .metric_count = FIGURES,
                          .metrics = l->metrics,
                          .figure_count = FIGURES};
}

static void close_lab(lab *l)
{
    hst_trial_set_destroy(l->trials);
    hst_arena_release(&l->arena);
}

static void add_trial(lab *l, uint32_t replication, uint32_t cell, hst_status status, double cost)
{
    hst_error error;
    const double values[FIGURES] = {cost, -cost};
    hst_trial trial = {.number = (uint64_t)replication * l->experiment.cell_count + cell,
                       .status = status};
    (void)snprintf(trial.reason, sizeof trial.reason, "%s", status == HST_OK ? "" : "it broke");
    assert_int_equal(hst_trial_set_add(l->trials, &trial, values, &error), HST_OK);
}

/* Noise shared by the cells of a replication, and each trial's own. */
static double noise(uint32_t replication, uint32_t cell)
{
    hst_random random = hst_random_stream(5, replication, cell, HST_PURPOSE_TEST);
    return hst_random_normal(&random);
}

static const hst_analysis *analyse(lab *l, uint32_t replications)
{
    const hst_analysis *a = NULL;
    assert_int_equal(hst_analyse(&l->experiment, l->trials, replications, &l->arena, &a), HST_OK);
    return a;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * (1 + fabs(b));
}

static void cells_have_the_mean_and_intervals_of_their_trials(void **state)
{
    (void)state;
    static lab l;
    const uint32_t counts[] = {2, 3};
    double values[REPLICATIONS_MAX];
    open_lab(&l, counts, 2);
    for (uint32_t r = 0; r < 12; r++) {
        for (uint32_t c = 0; c < 6; c++) {
            add_trial(&l, r, c, HST_OK, c + noise(r, c));
        }
    }
    const hst_analysis *a = analyse(&l, 12);
    assert_int_equal(a->failed, 0);
    for (uint32_t c = 0; c < 6; c++) {
        for (uint32_t r = 0; r < 12; r++) {
            values[r] = c + noise(r, c);
        }
        const hst_cell_summary *s = &a->summaries[c];
        const hst_interval mean = hst_mean_interval_t(values, 12, 0.95);
        assert_int_equal(s->n, 12);
        assert_true(near(s->mean, mean.estimate) && near(s->low, mean.low));
        assert_true(near(s->high, mean.high) &&
                    near(s->deviation * s->deviation, hst_variance(values, 12)));
        assert_true(s->boot_low < s->mean && s->mean < s->boot_high);
        assert_true(s->boot_low > s->low - s->deviation && s->boot_high < s->high + s->deviation);
        hst_sort_values(values, 12);
        assert_true(near(s->min, values[0]) && near(s->max, values[11]));
        assert_true(near(s->median, (values[5] + values[6]) / 2));
        assert_true(near(a->summaries[6 + c].mean, -mean.estimate));
    }
    close_lab(&l);
}

static void the_best_cell_goes_by_the_direction_of_the_metric(void **state)
{
    (void)state;
    static lab l;
    const uint32_t counts[] = {4};
    static const double means[] = {3, 1, 2, 1};
    open_lab(&l, counts, 1);
    for (uint32_t r = 0; r < 3; r++) {
        for (uint32_t c = 0; c < 4; c++) {
            add_trial(&l, r, c, HST_OK, means[c]);
        }
    }
    l.metrics[1].index = 0;
    const hst_analysis *a = analyse(&l, 3);
    assert_int_equal(a->best[0], 1);
    assert_int_equal(a->second[0], 3);
    assert_int_equal(a->best[1], 0);
    assert_int_equal(a->second[1], 2);
    close_lab(&l);
}

static const hst_cell_difference *
difference(const hst_analysis *a, hst_difference_family family, uint32_t metric, uint32_t cell)
{
    for (uint32_t i = 0; i < a->difference_count; i++) {
        const hst_cell_difference *d = &a->differences[i];
        if (d->family == family && d->metric == metric && d->cell == cell) {
            return d;
        }
    }
    return NULL;
}

/* Replications differ by ten, cells by one: only pairs can see it. */
static void pairs_see_what_common_noise_hides(void **state)
{
    (void)state;
    static lab l;
    const uint32_t counts[] = {3};
    open_lab(&l, counts, 1);
    for (uint32_t r = 0; r < 20; r++) {
        for (uint32_t c = 0; c < 3; c++) {
            add_trial(&l, r, c, HST_OK, 10 * noise(r, 1000) + c + 0.1 * noise(r, c));
        }
    }
    const hst_analysis *a = analyse(&l, 20);
    assert_true(a->summaries[0].high > a->summaries[2].low);
    assert_int_equal(a->difference_count, 2 * 2 * 2);
    for (uint32_t c = 1; c < 3; c++) {
        const hst_cell_difference *d = difference(a, HST_DIFFERENCE_BASE, 0, c);
        assert_int_equal(d->against, 0);
        assert_int_equal(d->n, 20);
        assert_true(d->low < c && c < d->high && d->high - d->low < 0.3);
        assert_true(d->p < 1e-4 && d->p_holm < 1e-3 && d->p_holm >= d->p);
    }
    assert_null(difference(a, HST_DIFFERENCE_BASE, 0, 0));
    assert_non_null(difference(a, HST_DIFFERENCE_BEST, 0, 1));
    close_lab(&l);
}

static void failed_trials_are_left_out_of_cells_pairs_and_effects(void **state)
{
    (void)state;
    static lab l;
    const uint32_t counts[] = {2, 2};
    open_lab(&l, counts, 2);
    for (uint32_t r = 0; r < 6; r++) {
        for (uint32_t c = 0; c < 4; c++) {
            const bool broken = (r == 1 && c == 2) || (r == 4 && c == 0);
            const double value = r == 5 && c == 3 ? (double)NAN : c + noise(r, c);
            add_trial(&l, r, c, broken ? HST_CORRUPT : HST_OK, broken ? 1e9 : value);
        }
    }
    const hst_analysis *a = analyse(&l, 6);
    assert_int_equal(a->failed, 2);
    assert_int_equal(a->summaries[0].n, 5);
    assert_int_equal(a->summaries[1].n, 6);
    assert_int_equal(a->summaries[2].n, 5);
    assert_int_equal(a->summaries[3].n, 5);
    assert_int_equal(difference(a, HST_DIFFERENCE_BASE, 0, 2)->n, 4);
    assert_int_equal(a->level_means[0].n, 3);
    for (uint32_t c = 0; c < 4; c++) {
        assert_true(a->summaries[c].max < 100);
    }
    close_lab(&l);
}

static void a_cell_without_a_finished_trial_is_not_a_number(void **state)
{
    (void)state;
    static lab l;
    const uint32_t counts[] = {2};
    open_lab(&l, counts, 1);
    for (uint32_t r = 0; r < 3; r++) {
        add_trial(&l, r, 0, HST_SCENARIO, 0);
        add_trial(&l, r, 1, HST_OK, 2 + r);
    }
    const hst_analysis *a = analyse(&l, 3);
    const char *text = NULL;
    size_t size = 0;
    assert_int_equal(a->summaries[0].n, 0);
    assert_true(isnan(a->summaries[0].mean));
    assert_int_equal(a->best[0], 1);
    assert_int_equal(a->second[0], -1);
    assert_int_equal(a->effect_count, 0);
    assert_int_equal(a->level_mean_count, 0);
    assert_int_equal(difference(a, HST_DIFFERENCE_BASE, 0, 1)->n, 0);
    assert_int_equal(hst_answer(a, &l.arena, &text, &size), HST_OK);
    assert_non_null(strstr(text, "3 failed"));
    close_lab(&l);
}

static void one_replication_gives_means_and_no_certainty(void **state)
{
    (void)state;
    static lab l;
    const uint32_t counts[] = {2, 2};
    open_lab(&l, counts, 2);
    for (uint32_t c = 0; c < 4; c++) {
        add_trial(&l, 0, c, HST_OK, 1 + c);
    }
    const hst_analysis *a = analyse(&l, 1);
    assert_true(isinf(a->summaries[0].low) && isinf(a->summaries[0].high));
    assert_true(isnan(a->summaries[0].boot_low));
    for (uint32_t i = 0; i < a->difference_count; i++) {
        assert_true(a->differences[i].p_holm >= 1);
    }
    for (uint32_t i = 0; i < a->effect_count; i++) {
        assert_true(a->effects[i].p >= 1);
    }
    close_lab(&l);
}

static const hst_factor_effect *effect(const hst_analysis *a, uint32_t first, uint32_t second)
{
    for (uint32_t i = 0; i < a->effect_count; i++) {
        const hst_factor_effect *f = &a->effects[i];
        if (f->metric == 0 && f->first == first && f->second == second) {
            return f;
        }
    }
    return NULL;
}

/* cost = 4 a + 1 b + 0 c, on levels 0 and 1, with noise of 0.1. */
static double plane(const uint32_t *levels, uint32_t replication, uint32_t cell)
{
    return 4 * levels[0] + levels[1] + 0.1 * noise(replication, cell) +
           3 * noise(replication, 1000);
}

static void a_full_factorial_finds_the_effects_that_were_put_in(void **state)
{
    (void)state;
    static lab l;
    const uint32_t counts[] = {2, 2, 2};
    open_lab(&l, counts, 3);
    for (uint32_t r = 0; r < 10; r++) {
        for (uint32_t c = 0; c < 8; c++) {
            add_trial(&l, r, c, HST_OK, plane(l.cell_levels[c], r, c));
        }
    }
    const hst_analysis *a = analyse(&l, 10);
    assert_int_equal(a->effect_count, 2 * 6);
    assert_int_equal(a->effects[0].first, 0);
    assert_int_equal(a->effects[0].second, 0);
    assert_true(fabs(effect(a, 0, 0)->range - 4) < 0.1);
    assert_true(effect(a, 0, 0)->low < 4 && effect(a, 0, 0)->high > 4);
    assert_true(fabs(effect(a, 1, 1)->range - 1) < 0.1);
    assert_true(effect(a, 0, 0)->p_holm < 1e-6 && effect(a, 1, 1)->p_holm < 1e-6);
    assert_true(effect(a, 2, 2)->p_holm > 0.05 && effect(a, 0, 1)->p_holm > 0.05);
    for (uint32_t i = 1; i < 6; i++) {
        assert_true(a->effects[i].share <= a->effects[i - 1].share);
    }
    assert_int_equal(a->level_mean_count, 2 * 6);
    const double high = a->level_means[1].mean;
    const double low = a->level_means[0].mean;
    assert_true(near(high - low, effect(a, 0, 0)->range));
    close_lab(&l);
}

/* The half fraction C = AB keeps cells whose levels multiply to +1. */
static void a_fraction_finds_main_effects_and_names_their_aliases(void **state)
{
    (void)state;
    static lab l;
    const uint32_t counts[] = {2, 2, 2};
    open_lab(&l, counts, 3);
    l.experiment.design = HST_DESIGN_FRACTIONAL;
    l.experiment.generators = "C=AB";
    l.experiment.cell_count = 4;
    for (uint32_t c = 0; c < 4; c++) {
        const uint32_t first = c / 2;
        const uint32_t second = c % 2;
        l.cell_levels[c][0] = first;
        l.cell_levels[c][1] = second;
        l.cell_levels[c][2] = first == second ? 1 : 0;
    }
    for (uint32_t r = 0; r < 10; r++) {
        for (uint32_t c = 0; c < 4; c++) {
            add_trial(&l, r, c, HST_OK, plane(l.cell_levels[c], r, c));
        }
    }
    const hst_analysis *a = analyse(&l, 10);
    assert_int_equal(a->effect_count, 2 * 3); /* interactions are aliases of main effects */
    assert_true(fabs(effect(a, 0, 0)->range - 4) < 0.1);
    assert_true(effect(a, 0, 0)->low < 4 && effect(a, 0, 0)->high > 4);
    assert_true(fabs(effect(a, 1, 1)->range - 1) < 0.1);
    assert_true(effect(a, 0, 0)->p_holm < 1e-6 && effect(a, 2, 2)->p_holm > 0.05);
    assert_string_equal(effect(a, 0, 0)->alias, "b*c");
    assert_string_equal(effect(a, 1, 1)->alias, "a*c");
    assert_string_equal(effect(a, 2, 2)->alias, "a*b");
    close_lab(&l);
}

static void a_latin_hypercube_fits_lines(void **state)
{
    (void)state;
    static lab l;
    const uint32_t counts[] = {8, 8};
    static const uint32_t second[] = {3, 6, 0, 5, 2, 7, 1, 4};
    open_lab(&l, counts, 2);
    l.experiment.design = HST_DESIGN_LATIN;
    l.experiment.cell_count = 8;
    for (uint32_t c = 0; c < 8; c++) {
        l.cell_levels[c][0] = c;
        l.cell_levels[c][1] = second[c];
        for (uint32_t r = 0; r < 4; r++) {
            add_trial(&l, r, c, HST_OK, 2.0 * c + 0.01 * noise(r, c));
        }
    }
    const hst_analysis *a = analyse(&l, 4);
    assert_int_equal(a->effect_count, 2 * 2);
    assert_true(fabs(effect(a, 0, 0)->range - 14) < 0.1);
    assert_true(effect(a, 0, 0)->share > 0.999 && effect(a, 0, 0)->p_holm < 1e-6);
    assert_true(effect(a, 1, 1)->p_holm > 0.05);
    close_lab(&l);
}

static void the_stop_rule_needs_every_cell_and_the_fewest_replications(void **state)
{
    (void)state;
    static lab l;
    const uint32_t counts[] = {2};
    open_lab(&l, counts, 1);
    l.experiment.stop = (hst_stop_rule){.enabled = true,
                                        .metric = 0,
                                        .half_width = 0.5,
                                        .replications_min = 5,
                                        .replications_max = 60};
    uint32_t stopped = 0;
    for (uint32_t r = 0; r < 60; r++) {
        add_trial(&l, r, 0, HST_OK, 7);
        add_trial(&l, r, 1, HST_OK, 50 + noise(r, 1));
        double values[REPLICATIONS_MAX];
        for (uint32_t i = 0; i <= r; i++) {
            values[i] = 50 + noise(i, 1);
        }
        const bool expected = r + 1 >= 5 && hst_half_width_reached(values, r + 1, 0.95, 0.5, 5);
        assert_int_equal(hst_stop_reached(&l.experiment, l.trials, r + 1, &l.arena), expected);
        stopped = expected && stopped == 0 ? r + 1 : stopped;
    }
    assert_true(stopped > 8 && stopped < 40);
    l.experiment.stop.half_width = 0;
    l.experiment.stop.relative = 0.0001;
    assert_false(hst_stop_reached(&l.experiment, l.trials, 60, &l.arena));
    l.experiment.stop.relative = 0.1;
    assert_true(hst_stop_reached(&l.experiment, l.trials, 60, &l.arena));
    close_lab(&l);
}

/* Lines of at most 80 characters that name winner, runner-up, and what matters. */
static void the_answer_fits_a_terminal_and_names_the_winner(void **state)
{
    (void)state;
    static lab l;
    const uint32_t counts[] = {3, 4};
    open_lab(&l, counts, 2);
    (void)snprintf(l.experiment.question, sizeof l.experiment.question,
                   "Which of three is best, at each of four \xC3\xA4, when the question is so long "
                   "that it must be broken into lines?");
    for (uint32_t r = 0; r < 8; r++) {
        for (uint32_t c = 0; c < 12; c++) {
            add_trial(&l, r, c, HST_OK,
                      10 * l.cell_levels[c][0] + l.cell_levels[c][1] + 0.1 * noise(r, c));
        }
    }
    const char *text = NULL;
    size_t size = 0;
    assert_int_equal(hst_answer(analyse(&l, 8), &l.arena, &text, &size), HST_OK);
    assert_int_equal(strlen(text), size);
    size_t column = 0;
    for (const char *at = text; *at != '\0'; at++) {
        column = *at == '\n' ? 0 : column + (((unsigned char)*at & 0xC0U) != 0x80U ? 1 : 0);
        assert_true(column <= 80);
    }
    assert_non_null(strstr(text, "a0, b0 has the lowest cost"));
    assert_non_null(strstr(text, "Next is a0, b1"));
    assert_non_null(strstr(text, "a real difference"));
    assert_non_null(strstr(text, "best a is a0 at all 4 settings"));
    assert_non_null(strstr(text, "more than chance at each"));
    close_lab(&l);
}

static void equal_trials_give_equal_analyses(void **state)
{
    (void)state;
    static lab one;
    static lab two;
    const uint32_t counts[] = {2, 2};
    open_lab(&one, counts, 2);
    open_lab(&two, counts, 2);
    for (uint32_t i = 0; i < 40; i++) {
        add_trial(&one, i / 4, i % 4, HST_OK, noise(i / 4, i % 4));
        add_trial(&two, (39 - i) / 4, (39 - i) % 4, HST_OK, noise((39 - i) / 4, (39 - i) % 4));
    }
    const hst_analysis *a = analyse(&one, 10);
    const hst_analysis *b = analyse(&two, 10);
    assert_memory_equal(a->values, b->values, sizeof(double) * 2 * 4 * 10);
    assert_memory_equal(a->summaries, b->summaries, sizeof(hst_cell_summary) * 8);
    assert_memory_equal(a->differences, b->differences,
                        sizeof(hst_cell_difference) * a->difference_count);
    assert_memory_equal(a->effects, b->effects, sizeof(hst_factor_effect) * a->effect_count);
    close_lab(&one);
    close_lab(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_have_the_mean_and_intervals_of_their_trials),
        cmocka_unit_test(the_best_cell_goes_by_the_direction_of_the_metric),
        cmocka_unit_test(pairs_see_what_common_noise_hides),
        cmocka_unit_test(failed_trials_are_left_out_of_cells_pairs_and_effects),
        cmocka_unit_test(a_cell_without_a_finished_trial_is_not_a_number),
        cmocka_unit_test(one_replication_gives_means_and_no_certainty),
        cmocka_unit_test(a_full_factorial_finds_the_effects_that_were_put_in),
        cmocka_unit_test(a_fraction_finds_main_effects_and_names_their_aliases),
        cmocka_unit_test(a_latin_hypercube_fits_lines),
        cmocka_unit_test(the_stop_rule_needs_every_cell_and_the_fewest_replications),
        cmocka_unit_test(the_answer_fits_a_terminal_and_names_the_winner),
        cmocka_unit_test(equal_trials_give_equal_analyses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
