/* The list of figures that can be asked for before a day has run. */
#include "sim/base/os_memory.h"
#include "sim/run/day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_day_has_the_listed_figures_in_order(void **state)
{
    (void)state;
    static hst_day_metric metrics[HST_DAY_METRIC_MAX];
    static hst_day_report report;
    const char *const overrides[] = {"workload.payments=50"};
    hst_error error = {.status = HST_OK};
    hst_day_options options = {
        .root = "small.yaml", .overrides = overrides, .override_count = 1, .threads = 1};
    assert_int_equal(
        hst_inputs_create_from_disk(hst_os_memory(), "scenarios", &options.inputs, &error), HST_OK);
    assert_int_equal(hst_day_run(&options, &report, &error), HST_OK);
    hst_inputs_destroy(options.inputs);
    const uint32_t count = hst_day_metrics(metrics);
    assert_int_equal(count, report.metric_count);
    for (uint32_t i = 0; i < count; i++) {
        assert_string_equal(metrics[i].name, report.metrics[i].name);
        assert_string_equal(metrics[i].unit, report.metrics[i].unit);
        assert_string_equal(metrics[i].description, report.metrics[i].description);
        assert_true(metrics[i].value <= 0 && metrics[i].value >= 0);
        for (uint32_t j = 0; j < i; j++) {
            assert_string_not_equal(metrics[i].name, metrics[j].name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_has_the_listed_figures_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
