#include "sim/bench/bench.h"
#include "sim/bench/counter.h"
#include "sim/bench/machine.h"

#include "tests/support/expect_assert.h"

#include <math.h>
#include <string.h>

#include <cmocka.h>

enum { CALL_MAX = 16 };

#define S(amount, time)                                                                            \
    {                                                                                              \
        .work = (amount), .seconds = (time)                                                        \
    }

/* Fake cases: samples come from a script instead of a clock. */
typedef struct fake {
    const hst_bench_sample *run;      /* what the case answers, call by call */
    const hst_bench_sample *baseline; /* and its baseline */
    hst_status status;                /* answered by call number `fail_at` of the case */
    size_t fail_at;
    size_t *run_calls;
    size_t *baseline_calls;
    char *order; /* [2 * CALL_MAX + 1]: 'r' and 'b' in order of the calls */
} fake;

static hst_status fake_run(const void *parameter, hst_bench_sample *sample)
{
    const fake *const f = parameter;
    assert_true(*f->run_calls < CALL_MAX);
    f->order[*f->run_calls + *f->baseline_calls] = 'r';
    *sample = f->run[*f->run_calls];
    const bool failed = f->status != HST_OK && *f->run_calls == f->fail_at;
    (*f->run_calls)++;
    return failed ? f->status : HST_OK;
}

static hst_status fake_baseline(const void *parameter, hst_bench_sample *sample)
{
    const fake *const f = parameter;
    assert_true(*f->baseline_calls < CALL_MAX);
    f->order[*f->run_calls + *f->baseline_calls] = 'b';
    *sample = f->baseline[*f->baseline_calls];
    (*f->baseline_calls)++;
    return HST_OK;
}

/** Measure a fake case, and see how often and in which order it was called. */
static hst_bench_report
measure(fake f, const char *unit, unsigned runs, unsigned warmups, const char *expected_order)
{
    size_t run_calls = 0;
    size_t baseline_calls = 0;
    char order[2 * CALL_MAX + 1] = {0};
    f.run_calls = &run_calls;
    f.baseline_calls = &baseline_calls;
    f.order = order;
    const hst_bench_case bench_case = {.name = "fake",
                                       .unit = unit,
                                       .run = fake_run,
                                       .baseline = f.baseline != NULL ? fake_baseline : NULL,
                                       .parameter = &f};
    const hst_bench_report report = hst_bench_measure(&bench_case, runs, warmups);
    assert_ptr_equal(report.bench_case, &bench_case);
    assert_string_equal(order, expected_order);
    return report;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fabs(b);
}

static void the_median_of_an_odd_number_is_the_middle_one(void **state)
{
    (void)state;
    const hst_bench_sample samples[] = {S(500, 1), S(30, 2), S(10, 2),
                                        S(20, 2),  S(50, 2), S(40, 2)};
    const hst_bench_report report =
        measure((fake){.run = samples}, "things/s", 5, 1, "rrrrrr"); /* the first does not count */
    assert_int_equal(report.status, HST_OK);
    assert_int_equal(report.runs, 5);
    assert_true(near(report.median, 15));
    assert_true(near(report.min, 5));
    assert_true(near(report.max, 25));
    assert_true(fabs(report.baseline_median) + fabs(report.ratio_median) < 1e-300);
}

static void the_median_of_an_even_number_is_the_mean_of_the_middle_two(void **state)
{
    (void)state;
    const hst_bench_sample samples[] = {S(40, 1), S(10, 1), S(30, 1), S(20, 1)};
    const hst_bench_report report = measure((fake){.run = samples}, "things/s", 4, 0, "rrrr");
    assert_true(near(report.median, 25));
}

static void the_spread_is_the_median_distance_from_the_median(void **state)
{
    (void)state;
    const hst_bench_sample samples[] = {S(10, 1), S(12, 1), S(13, 1), S(20, 1), S(90, 1)};
    const hst_bench_report report = measure((fake){.run = samples}, "things/s", 5, 0, "rrrrr");
    assert_true(near(report.median, 13));
    assert_true(near(report.mad, 3)); /* of 3, 1, 0, 7, 77 */
}

static void instructions_are_reported_by_unit_of_work(void **state)
{
    (void)state;
    const hst_bench_sample samples[] = {{.work = 10, .seconds = 1, .instructions = 700},
                                        {.work = 10, .seconds = 9, .instructions = 500},
                                        {.work = 10, .seconds = 2, .instructions = 600}};
    const hst_bench_report report = measure((fake){.run = samples}, "things/s", 3, 0, "rrr");
    assert_true(near(report.instructions, 60));
    assert_true(near(report.counts[1], 50));
}

static void rounds_of_several_cases_interleave(void **state)
{
    (void)state;
    const hst_bench_sample first[] = {S(1, 1), S(2, 1), S(4, 1)};
    const hst_bench_sample second[] = {S(1, 1), S(10, 1), S(30, 1)};
    size_t calls[2] = {0, 0};
    size_t unused = 0;
    char order[2][2 * CALL_MAX + 1] = {{0}};
    fake f[2];
    hst_bench_case cases[2];
    static hst_bench_report reports[2];
    for (size_t i = 0; i < 2; i++) {
        f[i] = (fake){.run = i == 0 ? first : second,
                      .run_calls = &calls[i],
                      .baseline_calls = &unused,
                      .order = order[i]};
        cases[i] = (hst_bench_case){.unit = "things/s", .run = fake_run, .parameter = &f[i]};
        hst_bench_begin(&reports[i], &cases[i], true);
    }
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < 2; i++) {
            hst_bench_round(&reports[i], round > 0);
            assert_int_equal(calls[i], round + 1);
        }
    }
    hst_bench_conclude(&reports[0]);
    hst_bench_conclude(&reports[1]);
    assert_int_equal(reports[1].runs, 2);
    assert_true(near(reports[0].median, 3));
    assert_true(near(reports[1].median, 20));
}

static void measured_parts_add_up_and_what_lies_between_does_not_count(void **state)
{
    (void)state;
    hst_bench_sample sample = {.counter = hst_bench_counter_open()};
    const double start = hst_bench_cpu_seconds();
    for (int part = 0; part < 3; part++) {
        volatile unsigned spent = 0;
        hst_bench_start(&sample);
        for (unsigned i = 0; i < 10000; i++) {
            spent = spent + i;
        }
        hst_bench_stop(&sample);
    }
    const double all = hst_bench_cpu_seconds() - start;
    assert_true(sample.seconds > 0);
    assert_true(sample.seconds <= all);
    if (sample.counter > 0) {
        assert_true(sample.instructions >= 3 * 10000);
    } else {
        assert_true(sample.instructions <= 0); /* no counter: no figure, and no failure */
    }
    hst_bench_counter_close(sample.counter);
}

static void the_machine_is_described(void **state)
{
    (void)state;
    hst_bench_machine machine;
    hst_bench_machine_read(&machine);
    assert_true(machine.system[0] != '\0');
    assert_true(machine.processors > 0);
    assert_true(strlen(machine.compiler) > 3);
    assert_non_null(machine.flags);
    const int counter = hst_bench_counter_open();
    assert_int_equal(machine.counts_instructions, counter > 0);
    hst_bench_counter_close(counter);
}

static void ratios_are_taken_pair_by_pair(void **state)
{
    (void)state;
    /* The machine slows down tenfold after the first pair: medians move, ratios do not. */
    const hst_bench_sample run[] = {S(400, 1), S(20, 1), S(60, 1)};
    const hst_bench_sample baseline[] = {S(100, 1), S(10, 1), S(10, 1)};
    const hst_bench_report report =
        measure((fake){.run = run, .baseline = baseline}, "things/s", 3, 0, "rbbrrb");
    assert_true(near(report.median, 60));
    assert_true(near(report.baseline_median, 10));
    assert_true(near(report.ratio_median, 4));
    assert_true(near(report.ratio_min, 2));
    assert_true(near(report.ratio_max, 6));
}

static void a_baseline_may_be_left_out(void **state)
{
    (void)state;
    static const hst_bench_case bench_case = {
        .name = "fake.case", .unit = "x/s", .run = fake_run, .baseline = fake_baseline};
    static hst_bench_report report;
    hst_bench_begin(&report, &bench_case, false);
    assert_true(report.baseline == NULL);
    hst_bench_begin(&report, &bench_case, true);
    assert_true(report.baseline == fake_baseline);
}

static void
a_time_per_work_is_reported_as_such_and_its_ratio_still_says_how_much_faster(void **state)
{
    (void)state;
    const hst_bench_sample run[] = {S(10, 20)};
    const hst_bench_sample baseline[] = {S(10, 60)};
    const hst_bench_report report =
        measure((fake){.run = run, .baseline = baseline}, "s/thing", 1, 0, "rb");
    assert_true(near(report.median, 2));
    assert_true(near(report.baseline_median, 6));
    assert_true(near(report.ratio_median, 3));
}

static void a_failure_ends_the_measurement_and_is_reported(void **state)
{
    (void)state;
    const hst_bench_sample samples[] = {S(1, 1), S(1, 1), S(1, 1)};
    const fake f = {.run = samples, .baseline = samples, .status = HST_MISMATCH, .fail_at = 1};
    const hst_bench_report report = measure(f, "things/s", 2, 1, "rbbr");
    assert_int_equal(report.status, HST_MISMATCH);
    assert_int_equal(report.runs, 0);
}

static void a_sample_without_positive_work_and_time_is_a_failure(void **state)
{
    (void)state;
    const hst_bench_sample bad[] = {S(0, 1),  S(1, 0),           S(-1, 1),
                                    S(1, -1), S((double)NAN, 1), S(1, (double)INFINITY)};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const hst_bench_report report = measure((fake){.run = &bad[i]}, "things/s", 1, 0, "r");
        assert_int_equal(report.status, HST_OVERFLOW);
    }
}

static void cpu_seconds_do_not_go_backwards(void **state)
{
    (void)state;
    double last = hst_bench_cpu_seconds();
    for (int i = 0; i < 1000; i++) {
        const double now = hst_bench_cpu_seconds();
        assert_true(now >= last);
        last = now;
    }
    assert_true(last > 0);
}

static void every_registered_case_is_complete_and_has_a_name_of_its_own(void **state)
{
    (void)state;
    size_t table_count = 0;
    const hst_bench_table *const *const tables = hst_bench_tables(&table_count);
    assert_true(table_count > 0);
    for (size_t i = 0; i < table_count; i++) {
        assert_true(tables[i]->case_count > 0);
        for (size_t j = 0; j < tables[i]->case_count; j++) {
            const hst_bench_case *const c = &tables[i]->cases[j];
            assert_non_null(strchr(c->name, '.'));
            assert_non_null(c->summary);
            assert_non_null(c->unit);
            assert_non_null(c->run);
            assert_int_equal(c->baseline != NULL, c->baseline_name != NULL);
            assert_true(c->aim >= 0);
            assert_true(c->tier < HST_BENCH_TIER_COUNT);
            for (size_t k = 0; k <= i; k++) {
                for (size_t l = 0; l < (k < i ? tables[k]->case_count : j); l++) {
                    assert_string_not_equal(c->name, tables[k]->cases[l].name);
                }
            }
        }
    }
}

static void no_runs_or_too_many_fire_an_assertion(void **state)
{
    (void)state;
    static const hst_bench_case bench_case = {.name = "fake.case", .unit = "x/s", .run = fake_run};
    expect_assert_fires((void)hst_bench_measure(&bench_case, 0, 0));
    expect_assert_fires((void)hst_bench_measure(&bench_case, HST_BENCH_RUN_MAX + 1, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_of_an_odd_number_is_the_middle_one),
        cmocka_unit_test(the_median_of_an_even_number_is_the_mean_of_the_middle_two),
        cmocka_unit_test(the_spread_is_the_median_distance_from_the_median),
        cmocka_unit_test(instructions_are_reported_by_unit_of_work),
        cmocka_unit_test(rounds_of_several_cases_interleave),
        cmocka_unit_test(measured_parts_add_up_and_what_lies_between_does_not_count),
        cmocka_unit_test(the_machine_is_described),
        cmocka_unit_test(ratios_are_taken_pair_by_pair),
        cmocka_unit_test(a_baseline_may_be_left_out),
        cmocka_unit_test(
            a_time_per_work_is_reported_as_such_and_its_ratio_still_says_how_much_faster),
        cmocka_unit_test(a_failure_ends_the_measurement_and_is_reported),
        cmocka_unit_test(a_sample_without_positive_work_and_time_is_a_failure),
        cmocka_unit_test(cpu_seconds_do_not_go_backwards),
        cmocka_unit_test(every_registered_case_is_complete_and_has_a_name_of_its_own),
        cmocka_unit_test(no_runs_or_too_many_fire_an_assertion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
