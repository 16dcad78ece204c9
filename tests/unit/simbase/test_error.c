#include "sim/base/error.h"

#include "tests/support/expect_assert.h"

#include <string.h>

static void assert_prints(const hst_error *error, const char *expected)
{
    char buffer[HST_ERROR_PRINT_SIZE];
    const size_t length = hst_error_print(error, buffer, sizeof buffer);
    assert_string_equal(buffer, expected);
    assert_int_equal(length, strlen(expected));
}

static void unknown_parts_of_the_place_are_left_out(void **state)
{
    (void)state;
    hst_error error;
    assert_int_equal(hst_error_at(&error, HST_SCENARIO, "a.yaml", 12, 7, "bad %s %d", "key", 3),
                     HST_SCENARIO);
    assert_prints(&error, "a.yaml:12:7: bad key 3");
    hst_ignore(hst_error_at(&error, HST_SCENARIO, "a.yaml", 12, 0, "bad"));
    assert_prints(&error, "a.yaml:12: bad");
    hst_ignore(hst_error_at(&error, HST_IO, "a.yaml", 0, 0, "bad"));
    assert_prints(&error, "a.yaml: bad");
    hst_ignore(hst_error_at(&error, HST_IO, NULL, 3, 4, "bad"));
    assert_prints(&error, "3:4: bad");
    assert_int_equal(hst_error_set(&error, HST_NO_MEMORY, "bad"), HST_NO_MEMORY);
    assert_prints(&error, "bad");
    hst_error_clear(&error);
    assert_int_equal(error.status, HST_OK);
    assert_prints(&error, "ok");
}

static void an_error_is_located_once(void **state)
{
    (void)state;
    hst_error error;
    hst_ignore(hst_error_set(&error, HST_INVALID, "bad"));
    assert_int_equal(hst_error_locate(&error, "a.csv", 2, 3), HST_INVALID);
    assert_int_equal(hst_error_locate(&error, "b.csv", 9, 9), HST_INVALID);
    assert_prints(&error, "a.csv:2:3: bad");
}

static void long_text_is_cut_and_control_characters_are_masked(void **state)
{
    (void)state;
    hst_error error;
    char text[2 * HST_ERROR_TEXT_SIZE];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    hst_ignore(hst_error_at(&error, HST_IO, text, 1, 1, "%s", text));
    assert_int_equal(strlen(error.text), HST_ERROR_TEXT_SIZE - 1);
    assert_int_equal(strlen(error.file), HST_ERROR_FILE_SIZE - 1);
    char buffer[HST_ERROR_PRINT_SIZE];
    assert_true(hst_error_print(&error, buffer, sizeof buffer) < sizeof buffer);
    assert_int_equal(hst_error_print(&error, buffer, 10), 9);
    hst_ignore(hst_error_set(&error, HST_IO, "a\n\x1b[2J%c", 0x7f));
    assert_prints(&error, "a??[2J?");
}

static void without_an_error_the_status_passes_through(void **state)
{
    (void)state;
    hst_error_clear(NULL);
    assert_int_equal(hst_error_set(NULL, HST_IO, "bad"), HST_IO);
    assert_int_equal(hst_error_at(NULL, HST_FULL, "x", 1, 1, "bad"), HST_FULL);
    expect_assert_fires(hst_ignore(hst_error_set(NULL, HST_OK, "no error")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_parts_of_the_place_are_left_out),
        cmocka_unit_test(an_error_is_located_once),
        cmocka_unit_test(long_text_is_cut_and_control_characters_are_masked),
        cmocka_unit_test(without_an_error_the_status_passes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
