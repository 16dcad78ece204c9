/* The list of figures that can be asked for before a day has run. */
#include "sim/base/os_memory.h"
#include "sim/run/day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static hst_day_metric metrics[HST_DAY_METRIC_MAX];
static hst_day_report report;

static void run(const char *protocol)
{
    const char *const overrides[] = {"workload.payments=50", "rails.dlt.corridors=[all]", protocol};
    hst_error error = {.status = HST_OK};
    hst_day_options options = {
        .root = "small.yaml", .overrides = overrides, .override_count = 3, .threads = 1};
    assert_int_equal(
        hst_inputs_create_from_disk(hst_os_memory(), "scenarios", &options.inputs, &error), HST_OK);
    assert_int_equal(hst_day_run(&options, &report, &error), HST_OK);
    hst_inputs_destroy(options.inputs);
}

static void every_day_has_the_listed_figures_in_order(void **state)
{
    (void)state;
    run("rails.dlt.protocol=rtgs");
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

static void a_day_without_a_ledger_lacks_the_ledgers_figures_which_are_the_last(void **state)
{
    (void)state;
    run("rails.dlt.protocol=none");
    const uint32_t count = hst_day_metrics(metrics);
    assert_true(report.metric_count < count);
    for (uint32_t i = 0; i < count; i++) {
        const bool ledgers = strncmp(metrics[i].name, "dlt.", 4) == 0;
        assert_int_equal(ledgers, i >= report.metric_count);
        if (!ledgers) {
            assert_string_equal(metrics[i].name, report.metrics[i].name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_has_the_listed_figures_in_order),
        cmocka_unit_test(a_day_without_a_ledger_lacks_the_ledgers_figures_which_are_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
