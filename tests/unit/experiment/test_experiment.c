/* Experiment files to factors, cells and trials. */
#include "sim/base/os_memory.h"
#include "sim/experiment/experiment.h"

#include "tests/support/test_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A bundle of an experiment and the scenarios it may name. */
typedef struct bundle {
    hst_inputs *inputs;
    hst_arena arena;
    hst_error error;
} bundle;

static void open_bundle(bundle *b, const char *text)
{
    static const struct {
        const char *path;
        const char *text;
    } files[] = {{"base.yaml", "schema: 1\nworkload: {payments: 100}\n"},
                 {"lab/other.yaml", "schema: 1\nworkload: {payments: 200}\n"},
                 {"data/quotes.csv", "a,b\n"}};
    hst_error_clear(&b->error);
    hst_arena_init(&b->arena, hst_os_memory(), (size_t)1 << 18);
    assert_int_equal(hst_inputs_create_empty(hst_os_memory(), &b->inputs, &b->error), HST_OK);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        assert_int_equal(hst_inputs_add(b->inputs, files[i].path, files[i].text,
                                        strlen(files[i].text), &b->error),
                         HST_OK);
    }
    assert_int_equal(hst_inputs_add(b->inputs, "x.yaml", text, strlen(text), &b->error), HST_OK);
}

static void close_bundle(bundle *b)
{
    hst_inputs_destroy(b->inputs);
    hst_arena_release(&b->arena);
}

static const hst_experiment *
load(bundle *b, const char *text, const hst_experiment_changes *changes)
{
    const hst_experiment *experiment = NULL;
    open_bundle(b, text);
    if (hst_experiment_load(b->inputs, "x.yaml", changes, &b->arena, &experiment, &b->error) !=
        HST_OK) {
        char message[HST_ERROR_PRINT_SIZE];
        (void)hst_error_print(&b->error, message, sizeof message);
        fail_msg("%s", message);
    }
    return experiment;
}

static bool has_override(const hst_cell *cell, const char *assignment)
{
    for (uint32_t i = 0; i < cell->override_count; i++) {
        if (strcmp(cell->overrides[i], assignment) == 0) {
            return true;
        }
    }
    return false;
}

#define TOP "experiment: 1\nbase: base.yaml\n"

static void a_full_factorial_of_two_factors(void **state)
{
    (void)state;
    bundle b;
    const hst_experiment *e =
        load(&b,
             TOP "title: T\nquestion: Q?\nset: {liquidity.top_up: false}\n"
                 "metrics: [all.completed, all.cost]\nreference: {money: 2}\nfactors:\n"
                 "  - {key: routing.router, levels: [static_table, fewest_hops, "
                 "cheapest_advertised]}\n"
                 "  - {name: money, key: liquidity.prefunding, levels: [0.5, 2]}\n",
             NULL);
    assert_string_equal(e->name, "x");
    assert_string_equal(e->title, "T");
    assert_string_equal(e->question, "Q?");
    assert_int_equal(e->cell_count, 6);
    assert_int_equal(e->factor_count, 2);
    assert_string_equal(e->factors[0].name, "router");
    assert_string_equal(e->factors[1].name, "money");
    assert_false(e->factors[0].levels[0].has_number);
    assert_true(e->factors[1].levels[0].has_number);
    assert_true(e->factors[1].levels[0].number > 0.49 && e->factors[1].levels[0].number < 0.51);
    assert_string_equal(e->cells[3].label, "router=fewest_hops money=2");
    assert_string_equal(e->cells[3].root, "base.yaml");
    assert_int_equal(e->cells[3].override_count, 3);
    assert_string_equal(e->cells[3].overrides[0], "liquidity.top_up=false");
    assert_string_equal(e->cells[3].overrides[1], "routing.router=fewest_hops");
    assert_string_equal(e->cells[3].overrides[2], "liquidity.prefunding=2");
    assert_int_equal(e->base_cell, 1);
    assert_int_equal(e->metric_count, 2);
    assert_true(e->metrics[0].higher_is_better);
    assert_false(e->metrics[1].higher_is_better);
    assert_int_equal(e->replications, 10);
    assert_true(e->common_random_numbers);
    assert_false(e->stop.enabled);
    close_bundle(&b);
}

static void settings_set_several_keys_nested_or_dotted(void **state)
{
    (void)state;
    bundle b;
    const hst_experiment *e =
        load(&b,
             TOP "factors:\n"
                 "  - name: money\n"
                 "    settings:\n"
                 "      - name: tight\n"
                 "        set: {liquidity: {prefunding: 0.1, top_up: false}, "
                 "workload.payments: 50}\n"
                 "      - name: closed\n"
                 "        set: {corridors: '[{from: DE, to: US, closed: true}]'}\n",
             NULL);
    assert_int_equal(e->cell_count, 2);
    assert_string_equal(e->factors[0].key, "");
    assert_string_equal(e->factors[0].levels[1].text, "closed");
    assert_true(has_override(&e->cells[0], "liquidity.prefunding=0.1"));
    assert_true(has_override(&e->cells[0], "liquidity.top_up=false"));
    assert_true(has_override(&e->cells[0], "workload.payments=50"));
    assert_true(has_override(&e->cells[1], "corridors=[{from: DE, to: US, closed: true}]"));
    close_bundle(&b);
}

static void files_take_the_place_of_the_base(void **state)
{
    (void)state;
    bundle b;
    const hst_experiment *e =
        load(&b,
             "experiment: 1\nfactors:\n"
             "  - {name: day, files: [base.yaml, lab/other.yaml]}\n"
             "  - {key: liquidity.prefunding, range: {low: 1, high: 2, count: 2}}\n",
             NULL);
    assert_int_equal(e->cell_count, 4);
    assert_string_equal(e->factors[0].levels[1].text, "other");
    assert_string_equal(e->cells[0].root, "base.yaml");
    assert_string_equal(e->cells[3].root, "lab/other.yaml");
    assert_int_equal(e->cells[3].override_count, 1);
    close_bundle(&b);
}

static void ranges_are_cut_in_the_units_of_their_key(void **state)
{
    (void)state;
    static const struct {
        const char *factor;
        const char *levels[5];
    } cases[] = {
        {"key: liquidity.prefunding, range: {low: 0, high: 1, count: 5}",
         {"0", "0.25", "0.5", "0.75", "1"}},
        {"key: liquidity.prefunding, range: {low: 0.01, high: 100, count: 5, spacing: logarithmic}",
         {"0.01", "0.1", "1", "10", "100"}},
        {"key: liquidity.queue_timeout, range: {low: 30min, high: 90min, count: 3}",
         {"30min", "1h", "90min"}},
        {"key: liquidity.annual_rate, range: {low: 1%, high: 2%, count: 3}", {"1%", "1.5%", "2%"}},
        {"key: clock.date, range: {low: 2025-10-13, high: 2025-10-15, count: 3}",
         {"2025-10-13", "2025-10-14", "2025-10-15"}},
        {"key: workload.payments, range: {low: 10, high: 20, count: 3}", {"10", "15", "20"}},
        {"key: charges.rtgs_fixed_usd, range: {low: 0.5, high: 1, count: 2}", {"0.5", "1"}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bundle b;
        char text[512];
        (void)snprintf(text, sizeof text, TOP "factors:\n  - {%s}\n", cases[i].factor);
        const hst_experiment *e = load(&b, text, NULL);
        for (uint32_t l = 0; l < e->cell_count; l++) {
            assert_string_equal(e->factors[0].levels[l].text, cases[i].levels[l]);
        }
        close_bundle(&b);
    }
}

static void a_fraction_has_the_cells_of_its_generators(void **state)
{
    (void)state;
    bundle b;
    const hst_experiment *e =
        load(&b,
             TOP "design: fractional_factorial\ngenerators: ['C=AB']\nfactors:\n"
                 "  - {key: liquidity.prefunding, levels: [1, 2]}\n"
                 "  - {key: liquidity.credit_line, range: {low: 0, high: 1}}\n"
                 "  - {key: liquidity.top_up, levels: [false, true]}\n",
             NULL);
    assert_int_equal(e->cell_count, 4);
    assert_int_equal(e->resolution, 3);
    assert_string_equal(e->generators, "C=AB");
    for (uint32_t c = 0; c < 4; c++) {
        const uint32_t *l = e->cells[c].levels;
        assert_int_equal(l[2], l[0] == l[1] ? 1 : 0);
    }
    close_bundle(&b);
}

static void a_latin_hypercube_spreads_ranges_and_levels(void **state)
{
    (void)state;
    bundle b;
    const hst_experiment *e =
        load(&b,
             TOP "design: latin_hypercube\npoints: 12\nfactors:\n"
                 "  - {key: liquidity.prefunding, range: {low: 1, high: 13}}\n"
                 "  - {key: routing.router, levels: [static_table, fewest_hops, "
                 "cheapest_advertised]}\n",
             NULL);
    uint32_t routers[3] = {0};
    bool strata[12] = {false};
    assert_int_equal(e->cell_count, 12);
    assert_int_equal(e->factors[0].level_count, 12);
    for (uint32_t c = 0; c < 12; c++) {
        const uint32_t stratum = e->cells[c].levels[0];
        const double value = e->factors[0].levels[stratum].number;
        assert_false(strata[stratum]);
        strata[stratum] = true;
        assert_true(value >= 1 + stratum && value <= 2 + stratum);
        routers[e->cells[c].levels[1]]++;
    }
    for (size_t r = 0; r < 3; r++) {
        assert_int_equal(routers[r], 4);
    }
    close_bundle(&b);
}

static void trials_keep_their_numbers_and_keys_when_replications_are_added(void **state)
{
    (void)state;
    static const char text[] = TOP "replication_first: 5\nfactors:\n"
                                   "  - {key: liquidity.prefunding, levels: [1, 2, 3]}\n";
    bundle few;
    bundle many;
    const hst_experiment_changes changes = {.replications = 50};
    const hst_experiment *a = load(&few, text, NULL);
    const hst_experiment *c = load(&many, text, &changes);
    assert_int_equal(c->replications, 50);
    for (uint64_t t = 0; t < 30; t++) {
        char one[512];
        char two[512];
        assert_int_equal(hst_trial_cell(a, t), t % 3);
        assert_int_equal(hst_trial_replication(a, t), t / 3);
        assert_int_equal(hst_trial_replication_key(a, t), 5 + t / 3);
        assert_true(hst_trial_command(a, t, one, sizeof one));
        assert_true(hst_trial_command(c, t, two, sizeof two));
        assert_string_equal(one, two);
    }
    const hst_hash key_a = hst_experiment_key(a, few.inputs);
    const hst_hash key_c = hst_experiment_key(c, many.inputs);
    assert_true(hst_hash_equal(&key_a, &key_c));
    close_bundle(&few);
    close_bundle(&many);
}

static void without_common_random_numbers_every_trial_has_its_own(void **state)
{
    (void)state;
    bundle b;
    const hst_experiment *e = load(&b,
                                   TOP "common_random_numbers: false\nfactors:\n"
                                       "  - {key: liquidity.prefunding, levels: [1, 2, 3]}\n",
                                   NULL);
    for (uint64_t t = 0; t < 30; t++) {
        assert_int_equal(hst_trial_replication_key(e, t), t);
    }
    close_bundle(&b);
}

static void commands_can_be_pasted(void **state)
{
    (void)state;
    bundle b;
    char text[512];
    char small[40];
    const hst_experiment *e =
        load(&b,
             TOP "seed: 9\nset: {corridors: '[{from: DE, to: US}]'}\n"
                 "factors:\n  - {key: liquidity.prefunding, levels: [1, 2]}\n",
             NULL);
    assert_true(hst_trial_command(e, 3, text, sizeof text));
    assert_string_equal(text, "herstatt run base.yaml --seed 9 --set replication=1 --set "
                              "'corridors=[{from: DE, to: US}]' --set liquidity.prefunding=2");
    assert_false(hst_trial_command(e, 3, small, sizeof small));
    assert_true(strlen(small) < sizeof small);
    close_bundle(&b);
}

static void the_key_tells_whatever_changes_a_trial(void **state)
{
    (void)state;
    static const char factor[] = "factors:\n  - {key: liquidity.prefunding, levels: [1, 2]}\n";
    static const struct {
        const char *top;
        bool same;
    } cases[] = {{"replications: 99\n", true},
                 {"title: other\n", true},
                 {"metrics: [all.fee]\n", true},
                 {"confidence: 90%\n", true},
                 {"stop: {metric: all.cost, relative: 1%}\n", true},
                 {"reference: {prefunding: 2}\n", true},
                 {"seed: 43\n", false},
                 {"replication_first: 1\n", false},
                 {"common_random_numbers: false\n", false},
                 {"set: {liquidity.top_up: false}\n", false}};
    bundle b;
    char text[512];
    (void)snprintf(text, sizeof text, TOP "%s", factor);
    const hst_experiment *plain = load(&b, text, NULL);
    const hst_hash key = hst_experiment_key(plain, b.inputs);
    close_bundle(&b);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(text, sizeof text, TOP "%s%s", cases[i].top, factor);
        const hst_experiment *e = load(&b, text, NULL);
        const hst_hash other = hst_experiment_key(e, b.inputs);
        if (hst_hash_equal(&key, &other) != cases[i].same) {
            fail_msg("%s", cases[i].top);
        }
        close_bundle(&b);
    }
    (void)snprintf(text, sizeof text, "experiment: 1\nbase: lab/other.yaml\n%s", factor);
    const hst_experiment *e = load(&b, text, NULL);
    const hst_hash other = hst_experiment_key(e, b.inputs);
    assert_false(hst_hash_equal(&key, &other));
    close_bundle(&b);
}

static void changes_win_over_the_file(void **state)
{
    (void)state;
    bundle b;
    const hst_experiment_changes changes = {.has_seed = true, .seed = 7, .replications = 3};
    const hst_experiment *e =
        load(&b,
             TOP "seed: 9\nreplications: 20\nstop: {metric: all.cost, half_width: 0.5}\n"
                 "factors:\n  - {key: liquidity.prefunding, levels: [1, 2]}\n",
             &changes);
    assert_int_equal(e->seed, 7);
    assert_int_equal(e->replications, 3);
    assert_false(e->stop.enabled);
    close_bundle(&b);
}

static void texts_that_look_like_yaml_stay_texts(void **state)
{
    (void)state;
    bundle b;
    const hst_experiment *e = load(
        &b, TOP "factors:\n  - {key: data.quotes, levels: [data/quotes.csv, '{x}.csv']}\n", NULL);
    assert_string_equal(e->cells[1].overrides[0], "data.quotes=\"{x}.csv\"");
    close_bundle(&b);
}

/* Every request for memory fails once: it is told, and everything is given back. */
static void without_memory_loading_says_so(void **state)
{
    (void)state;
    bundle b;
    open_bundle(&b, TOP "design: fractional_factorial\ngenerators: ['C=AB']\nfactors:\n"
                        "  - {key: liquidity.prefunding, range: {low: 1, high: 2}}\n"
                        "  - {key: liquidity.credit_line, levels: [0, 1]}\n"
                        "  - name: n\n    settings:\n"
                        "      - {name: a, set: {liquidity.top_up: false}}\n"
                        "      - {name: b, set: {}}\n");
    hst_status status = HST_NO_MEMORY;
    size_t failed = 0;
    for (; status == HST_NO_MEMORY; failed++) {
        test_memory books = {.fail_at = failed};
        hst_arena arena;
        const hst_experiment *experiment = NULL;
        hst_arena_init(&arena, test_memory_of(&books), 512);
        hst_error_clear(&b.error);
        status = hst_experiment_load(b.inputs, "x.yaml", NULL, &arena, &experiment, &b.error);
        assert_true(status == HST_OK || (status == HST_NO_MEMORY && b.error.text[0] != '\0'));
        hst_arena_release(&arena);
        assert_int_equal(books.held, 0);
    }
    assert_int_equal(status, HST_OK);
    assert_true(failed > 8);
    close_bundle(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_factorial_of_two_factors),
        cmocka_unit_test(settings_set_several_keys_nested_or_dotted),
        cmocka_unit_test(files_take_the_place_of_the_base),
        cmocka_unit_test(ranges_are_cut_in_the_units_of_their_key),
        cmocka_unit_test(a_fraction_has_the_cells_of_its_generators),
        cmocka_unit_test(a_latin_hypercube_spreads_ranges_and_levels),
        cmocka_unit_test(trials_keep_their_numbers_and_keys_when_replications_are_added),
        cmocka_unit_test(without_common_random_numbers_every_trial_has_its_own),
        cmocka_unit_test(commands_can_be_pasted),
        cmocka_unit_test(the_key_tells_whatever_changes_a_trial),
        cmocka_unit_test(changes_win_over_the_file),
        cmocka_unit_test(texts_that_look_like_yaml_stay_texts),
        cmocka_unit_test(without_memory_loading_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
