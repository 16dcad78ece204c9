/* The day's instructions: the same on any number of threads, ordered, and shaped as asked. */
#include "sim/workload/workload.h"

#include "tests/support/expect_assert.h"
#include "tests/unit/bank/world.h"

#include <string.h>

enum { COUNT = 6000 };

typedef struct fixture {
    test_world w;
    hst_market *market;
    hst_quotes quotes;
    hst_arena scratch;
} fixture;

static void open_source(fixture *f, const char *const *overrides, size_t count)
{
    hst_market_config config;
    assert_int_equal(test_world_load(&f->w, overrides, count), HST_OK);
    hst_arena_init(&f->scratch, hst_os_memory(), 1 << 20);
    hst_market_config_defaults(&config);
    config.date_days = f->w.scenario.clock.date_days;
    config.horizon_ns = f->w.scenario.clock.origination_ns;
    assert_int_equal(hst_market_create(&config, &f->w.currencies, f->w.inputs, &f->w.arena,
                                       &f->scratch, &f->market, &f->w.error),
                     HST_OK);
    assert_int_equal(hst_quotes_load(f->w.inputs, f->w.scenario.data.quotes, &f->w.atlas,
                                     &f->w.arena, &f->quotes, &f->w.error),
                     HST_OK);
}

static hst_workload draw(fixture *f, uint32_t count, unsigned threads)
{
    hst_workload workload = {0};
    const hst_workload_source source = {.inputs = f->w.inputs,
                                        .scenario = &f->w.scenario,
                                        .atlas = &f->w.atlas,
                                        .institutions = &f->w.institutions,
                                        .quotes = &f->quotes,
                                        .market = f->market};
    assert_int_equal(
        hst_workload_draw(&source, count, threads, &f->w.arena, &workload, &f->w.error), HST_OK);
    return workload;
}

static void close_source(fixture *f)
{
    hst_arena_release(&f->scratch);
    test_world_release(&f->w);
}

static void instructions_do_not_depend_on_the_number_of_threads(void **state)
{
    (void)state;
    static fixture f;
    open_source(&f, NULL, 0);
    const hst_workload one = draw(&f, COUNT, 1);
    const hst_workload four = draw(&f, COUNT, 4);
    assert_memory_equal(one.instructions, four.instructions, COUNT * sizeof(hst_instruction));
    close_source(&f);
}

static void an_instruction_is_the_same_on_a_longer_day(void **state)
{
    (void)state;
    static fixture f;
    open_source(&f, NULL, 0);
    const hst_workload small = draw(&f, 500, 1);
    const hst_workload large = draw(&f, COUNT, 1);
    for (uint32_t i = 0; i < small.count; i++) {
        uint32_t found = 0;
        for (uint32_t j = 0; j < large.count; j++) {
            if (large.instructions[j].number == small.instructions[i].number) {
                assert_memory_equal(&large.instructions[j], &small.instructions[i],
                                    sizeof(hst_instruction));
                found++;
            }
        }
        assert_int_equal(found, 1);
    }
    close_source(&f);
}

static void instructions_come_in_order_of_time_and_number(void **state)
{
    (void)state;
    static fixture f;
    open_source(&f, NULL, 0);
    const hst_workload day = draw(&f, COUNT, 2);
    for (uint32_t i = 1; i < day.count; i++) {
        const hst_instruction *a = &day.instructions[i - 1];
        const hst_instruction *b = &day.instructions[i];
        assert_true(a->submitted_ns < b->submitted_ns ||
                    (a->submitted_ns == b->submitted_ns && a->number < b->number));
        assert_in_range(b->submitted_ns, 0, f.w.scenario.clock.origination_ns - 1);
    }
    close_source(&f);
}

static void parties_are_in_the_corridors_countries_and_in_one_group(void **state)
{
    (void)state;
    static fixture f;
    open_source(&f, NULL, 0);
    const hst_workload day = draw(&f, COUNT, 1);
    for (uint32_t i = 0; i < day.count; i++) {
        const hst_instruction *one = &day.instructions[i];
        const hst_corridor *corridor = &f.w.atlas.corridors[one->corridor];
        const hst_institution *debtor = &f.w.institutions.all[one->debtor_agent];
        const hst_institution *creditor = &f.w.institutions.all[one->creditor_agent];
        assert_int_equal(debtor->country, corridor->sender);
        assert_int_equal(creditor->country, corridor->receiver);
        assert_int_equal(debtor->kind, creditor->kind);
        if (debtor->kind == HST_INSTITUTION_TRANSFER) {
            assert_int_equal(debtor->rank, creditor->rank);
            assert_int_equal(one->segment, HST_SEGMENT_REMITTANCE);
        }
        assert_true(one->amount_minor > 0);
        assert_true(one->fee_micro_usd >= 0);
    }
    close_source(&f);
}

static void segments_have_their_shares_and_amounts_their_bounds(void **state)
{
    (void)state;
    static fixture f;
    open_source(&f, NULL, 0);
    const hst_workload day = draw(&f, COUNT, 1);
    uint32_t counts[3] = {0, 0, 0};
    for (uint32_t i = 0; i < day.count; i++) {
        counts[day.instructions[i].segment]++;
    }
    for (uint32_t s = 0; s < f.w.scenario.workload.segment_count; s++) {
        const hst_scenario_segment *segment = &f.w.scenario.workload.segments[s];
        const double share = (double)segment->share_ppb * 1e-9;
        const double expected = share * COUNT;
        const double seen = counts[segment->name];
        /* Five standard deviations of a binomial. */
        assert_true((seen - expected) * (seen - expected) < 25 * expected * (1 - share) + 1);
        for (uint32_t i = 0; i < day.count; i++) {
            if (day.instructions[i].segment == (uint8_t)segment->name) {
                assert_in_range(day.instructions[i].amount_micro_usd, segment->amount_min_micro_usd,
                                segment->amount_max_micro_usd);
            }
        }
    }
    close_source(&f);
}

static void a_weight_of_zero_takes_a_corridor_out(void **state)
{
    (void)state;
    static fixture f;
    static const char *const overrides[] = {"corridors=[{from: US, to: MX, weight: 0}]"};
    open_source(&f, overrides, 1);
    const hst_workload day = draw(&f, COUNT, 1);
    for (uint32_t i = 0; i < day.count; i++) {
        const hst_corridor *c = &f.w.atlas.corridors[day.instructions[i].corridor];
        assert_false(strcmp(f.w.atlas.countries[c->sender].iso2, "US") == 0 &&
                     strcmp(f.w.atlas.countries[c->receiver].iso2, "MX") == 0);
    }
    close_source(&f);
}

static void a_corridor_that_is_not_in_the_tables_is_refused(void **state)
{
    (void)state;
    static fixture f;
    static const char *const overrides[] = {"corridors=[{from: KI, to: KE, weight: 2}]"};
    open_source(&f, overrides, 1);
    hst_workload workload;
    const hst_workload_source source = {.inputs = f.w.inputs,
                                        .scenario = &f.w.scenario,
                                        .atlas = &f.w.atlas,
                                        .institutions = &f.w.institutions,
                                        .quotes = &f.quotes,
                                        .market = f.market};
    assert_int_equal(hst_workload_draw(&source, 10, 1, &f.w.arena, &workload, &f.w.error),
                     HST_SCENARIO);
    assert_string_equal(f.w.error.text, "corridors[0]: no corridor from KI to KE in the tables");
    close_source(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instructions_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(an_instruction_is_the_same_on_a_longer_day),
        cmocka_unit_test(instructions_come_in_order_of_time_and_number),
        cmocka_unit_test(parties_are_in_the_corridors_countries_and_in_one_group),
        cmocka_unit_test(segments_have_their_shares_and_amounts_their_bounds),
        cmocka_unit_test(a_weight_of_zero_takes_a_corridor_out),
        cmocka_unit_test(a_corridor_that_is_not_in_the_tables_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
