/* Starting again: journals of one result go, everything else stays. */
#include "sim/base/os_memory.h"
#include "sim/experiment/trial_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* NOLINTNEXTLINE(*-avoid-non-const-global-variables): the folder of the test that runs */
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/hst-forget-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

/* Path of a file in the folder. */
static const char *inside(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void touch(const char *name)
{
    FILE *file = fopen(inside(name), "wb");
    assert_non_null(file);
    (void)fputs("x", file);
    (void)fclose(file);
}

static bool there(const char *name)
{
    return access(inside(name), F_OK) == 0;
}

static const char *const journals[] = {"a.h5.trials.0", "a.h5.trials.7", "a.h5.trials.123"};
static const char *const others[] = {"a.h5",           "a.h5.partial",   "a.h5.trials.",
                                     "a.h5.trials.01", "a.h5.trials.x",  "b.h5.trials.0",
                                     "aa.h5.trials.0", "a.h5.trials.0b", "a.h5.trials.-1"};

static int drop_folder(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        (void)unlink(inside(others[i]));
    }
    for (size_t i = 0; i < sizeof journals / sizeof journals[0]; i++) {
        (void)unlink(inside(journals[i]));
    }
    return rmdir(folder);
}

static void journals_of_the_result_go_and_nothing_else(void **state)
{
    (void)state;
    char output[128];
    hst_error error;
    for (size_t i = 0; i < sizeof journals / sizeof journals[0]; i++) {
        touch(journals[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        touch(others[i]);
    }
    (void)snprintf(output, sizeof output, "%s", inside("a.h5"));
    assert_int_equal(hst_trial_log_forget(output, &error), HST_OK);
    for (size_t i = 0; i < sizeof journals / sizeof journals[0]; i++) {
        assert_false(there(journals[i]));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_true(there(others[i]));
    }
    assert_int_equal(hst_trial_log_forget(output, &error), HST_OK);
}

static hst_status
ignore(void *context, const hst_trial *trial, const double *values, hst_error *error)
{
    (void)context;
    (void)trial;
    (void)values;
    (void)error;
    return HST_OK;
}

static void a_journal_that_is_written_to_is_left_alone(void **state)
{
    (void)state;
    char output[128];
    hst_error error;
    hst_journal *journal = NULL;
    hst_journal_report report = {.records = 0};
    const hst_journal_key key = {.value_count = 2};
    (void)snprintf(output, sizeof output, "%s", inside("a.h5"));
    assert_int_equal(hst_journal_open(hst_os_memory(), inside(journals[0]), &key, ignore, NULL,
                                      &report, &journal, &error),
                     HST_OK);
    hst_error_clear(&error);
    assert_int_equal(hst_trial_log_forget(output, &error), HST_REFUSED);
    assert_true(error.text[0] != '\0');
    assert_true(there(journals[0]));
    hst_journal_close(journal);
    assert_int_equal(hst_trial_log_forget(output, &error), HST_OK);
    assert_false(there(journals[0]));
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    (void)state;
    char output[128];
    hst_error error;
    hst_error_clear(&error);
    (void)snprintf(output, sizeof output, "%s", inside("none/a.h5"));
    assert_int_equal(hst_trial_log_forget(output, &error), HST_IO);
    assert_true(error.text[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(journals_of_the_result_go_and_nothing_else, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(a_journal_that_is_written_to_is_left_alone, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_told, make_folder,
                                        drop_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
