#include "sim/base/csv.h"
#include "sim/market/calibrate.h"

#include "tests/unit/market/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Some of each kind: floating, managed, near a bound, short. */
static const char *const subset[] = {"EUR", "GBP", "HKD", "JPY", "KES"};
enum { SUBSET_COUNT = sizeof subset / sizeof subset[0] };

static hst_calibrate_options subset_options(void)
{
    hst_calibrate_options options;
    hst_calibrate_options_defaults(&options);
    options.currencies = subset;
    options.currency_count = SUBSET_COUNT;
    return options;
}

/* Number in the committed table, by row and column name. */
static double committed(world *w, const char *path, const char *row, const char *column)
{
    const char *bytes = NULL;
    size_t size = 0;
    static hst_csv csv;
    uint32_t c = 0;
    double value = 0.0;
    assert_int_equal(hst_inputs_get(w->inputs, path, &bytes, &size, &w->error), HST_OK);
    assert_int_equal(hst_csv_open(&csv, &w->scratch, path, bytes, size, &w->error), HST_OK);
    assert_int_equal(hst_csv_column(&csv, column, &c, &w->error), HST_OK);
    for (bool more = true; more;) {
        assert_int_equal(hst_csv_next(&csv, &more, &w->error), HST_OK);
        if (more && hst_text_equals(hst_csv_text(&csv, 0), row)) {
            assert_int_equal(hst_csv_double(&csv, c, &value, &w->error), HST_OK);
            return value;
        }
    }
    fail_msg("%s has no row %s", path, row);
    return 0.0;
}

static void expect_near(double value, double expected, double relative)
{
    if (!(fabs(value - expected) <= relative * (fabs(expected) + 1e-9))) {
        fail_msg("%.9g is not within %g of %.9g", value, relative, expected);
    }
}

static void committed_tables_equal_a_new_calibration(void **state)
{
    (void)state;
    world w;
    hst_calibration calibration;
    world_open(&w);
    const hst_calibrate_options options = subset_options();
    assert_int_equal(
        hst_market_calibrate(w.inputs, &options, &w.arena, &w.scratch, &calibration, &w.error),
        HST_OK);
    assert_int_equal(calibration.currency_count, SUBSET_COUNT);
    for (size_t i = 0; i < SUBSET_COUNT; i++) {
        const hst_garch_fit *fit = &calibration.fits[i];
        const char *path = "data/fx_garch.csv";
        assert_string_equal(calibration.codes[i], subset[i]);
        expect_near(fit->return_count, committed(&w, path, subset[i], "n"), 0.0);
        expect_near(fit->log_likelihood, committed(&w, path, subset[i], "log_likelihood"), 1e-7);
        /* The maximum is flat: parameters agree less closely than its height. */
        expect_near(fit->model.alpha, committed(&w, path, subset[i], "alpha"), 1e-2);
        expect_near(fit->model.beta, committed(&w, path, subset[i], "beta"), 1e-2);
        expect_near(fit->model.nu, committed(&w, path, subset[i], "nu"), 1e-2);
        for (size_t j = 0; j < SUBSET_COUNT; j++) {
            const double expected = committed(&w, "data/fx_correlation.csv", subset[i], subset[j]);
            assert_true(fabs(calibration.correlation[i * SUBSET_COUNT + j] - expected) < 1e-3);
        }
    }
    world_close(&w);
}

static void texts_are_tables_that_read_back(void **state)
{
    (void)state;
    world w;
    hst_calibration calibration;
    static hst_csv csv;
    world_open(&w);
    hst_calibrate_options options = subset_options();
    options.currency_count = 2;
    assert_int_equal(
        hst_market_calibrate(w.inputs, &options, &w.arena, &w.scratch, &calibration, &w.error),
        HST_OK);
    assert_int_equal(strlen(calibration.garch_text), calibration.garch_size);
    assert_int_equal(hst_csv_open(&csv, &w.scratch, "garch", calibration.garch_text,
                                  calibration.garch_size, &w.error),
                     HST_OK);
    assert_int_equal(hst_csv_column_count(&csv), 15);
    assert_int_equal(hst_csv_open(&csv, &w.scratch, "correlation", calibration.correlation_text,
                                  calibration.correlation_size, &w.error),
                     HST_OK);
    assert_int_equal(hst_csv_column_count(&csv), 3);
    world_close(&w);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    static const char *const unknown[] = {"ZZZ"};
    hst_calibrate_options options[4];
    for (size_t i = 0; i < 4; i++) {
        options[i] = subset_options();
    }
    options[0].currencies = unknown;
    options[0].currency_count = 1;
    options[1].to_days = options[1].from_days - 1;
    options[2].to_days = options[2].from_days + 100; /* too few returns */
    options[3].currency_count = HST_CALIBRATE_CURRENCY_MAX + 1;
    const hst_status expected[] = {HST_NOT_FOUND, HST_SCENARIO, HST_INVALID, HST_SCENARIO};
    for (size_t i = 0; i < 4; i++) {
        hst_calibration calibration;
        assert_int_equal(hst_market_calibrate(w.inputs, &options[i], &w.arena, &w.scratch,
                                              &calibration, &w.error),
                         expected[i]);
        print_message("%s\n", w.error.text);
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(committed_tables_equal_a_new_calibration),
        cmocka_unit_test(texts_are_tables_that_read_back),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
