/* From the keys of rails.dlt to faults of validators: every word means something, lists become a
 * fault each, what is drawn is on top. */
#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/run/dlt_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static hst_scenario *scenario_of(uint32_t faults)
{
    hst_scenario *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->seed = 42;
    s->clock.origination_ns = HST_DAY_NS;
    s->rails.dlt.validators = 7;
    s->rails.dlt.fault_count = faults;
    return s;
}

static void plan_of(const hst_scenario *s, hst_arena *arena, hst_dlt_config *config)
{
    hst_error error = {0};
    const hst_dlt_plan plan = {.arena = arena};
    assert_int_equal(hst_dlt_plan_faults(s, &plan, hst_consensus_find("pbft"), config, &error),
                     HST_OK);
}

static void every_word_of_a_scenario_is_a_kind_of_fault(void **state)
{
    (void)state;
    assert_int_equal(HST_SCENARIO_FAULT_COUNT, HST_FAULT_COUNT);
    for (int kind = 0; kind < HST_SCENARIO_FAULT_COUNT; kind++) {
        hst_arena arena;
        hst_dlt_config config = {0};
        hst_scenario *s = scenario_of(1);
        hst_scenario_fault *one = &s->rails.dlt.faults[0];
        one->kind = (hst_scenario_fault_kind)kind;
        one->validator_count = 2;
        memcpy(one->validators[0], "1", 2);
        memcpy(one->validators[1], "4", 2);
        hst_arena_init(&arena, hst_os_memory(), 4096);
        plan_of(s, &arena, &config);
        assert_in_range(config.fault_count, 1, 2);
        assert_string_equal(hst_fault_name(config.faults[0].kind),
                            hst_scenario_fault_text(one->kind));
        hst_arena_release(&arena);
        free(s);
    }
}

static void a_validator_gets_a_fault_of_its_own_and_a_side_one_together(void **state)
{
    (void)state;
    hst_arena arena;
    hst_dlt_config config = {0};
    hst_scenario *s = scenario_of(3);
    hst_scenario_fault *list = s->rails.dlt.faults;
    list[0] = (hst_scenario_fault){.kind = HST_SCENARIO_FAULT_CRASH,
                                   .validator_count = 2,
                                   .validators = {"leader", "3"},
                                   .from_ns = HST_HOUR_NS,
                                   .until_ns = 2 * HST_HOUR_NS};
    list[1] = (hst_scenario_fault){.kind = HST_SCENARIO_FAULT_PARTITION,
                                   .validator_count = 2,
                                   .validators = {"0", "2"},
                                   .bridge = "6",
                                   .from_ns = HST_HOUR_NS};
    list[2] = (hst_scenario_fault){
        .kind = HST_SCENARIO_FAULT_TWIN, .validator_count = 1, .validators = {"5"}};
    hst_arena_init(&arena, hst_os_memory(), 4096);
    plan_of(s, &arena, &config);
    assert_int_equal(config.fault_count, 4);
    assert_int_equal(config.faults[0].replica, HST_FAULT_LEADER);
    assert_int_equal(config.faults[1].replica, 3);
    assert_int_equal(config.faults[2].groups, 0x5);
    assert_int_equal(config.faults[2].replica, 6);
    assert_true(config.faults[2].until_ns > 1000 * HST_DAY_NS);
    assert_true(hst_fault_is_throughout(&config.faults[3]));
    assert_int_equal(__builtin_popcountll(config.faults[3].groups), 3); /* of six others */
    assert_int_equal(config.faults[3].groups >> 5 & 1, 0);
    hst_arena_release(&arena);
    free(s);
}

static void chaos_counts_by_the_day_and_comes_on_top(void **state)
{
    (void)state;
    hst_arena arena;
    hst_dlt_config day = {0};
    hst_dlt_config hour = {0};
    hst_scenario *s = scenario_of(1);
    s->rails.dlt.faults[0] =
        (hst_scenario_fault){.kind = HST_SCENARIO_FAULT_LOSS, .share_ppb = 50000000};
    s->rails.dlt.chaos = 48;
    hst_arena_init(&arena, hst_os_memory(), 4096);
    plan_of(s, &arena, &day);
    s->clock.origination_ns = HST_HOUR_NS;
    plan_of(s, &arena, &hour);
    assert_in_range(day.fault_count, 11, 49);
    assert_in_range(hour.fault_count, 1, 3);
    assert_int_equal(day.faults[0].kind, HST_FAULT_LOSS);
    assert_int_equal(day.faults[0].amount_ns, 50000); /* ppm */
    hst_arena_release(&arena);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_of_a_scenario_is_a_kind_of_fault),
        cmocka_unit_test(a_validator_gets_a_fault_of_its_own_and_a_side_one_together),
        cmocka_unit_test(chaos_counts_by_the_day_and_comes_on_top),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
