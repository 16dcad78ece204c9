#include "sim/base/text.h"

#include "tests/support/expect_assert.h"

static void texts_equal_strings_byte_by_byte(void **state)
{
    (void)state;
    assert_true(hst_text_equals(hst_text_of("abc"), "abc"));
    assert_false(hst_text_equals(hst_text_of("abc"), "abcd"));
    assert_false(hst_text_equals(hst_text_of("abcd"), "abc"));
    assert_true(hst_text_equals((hst_text){NULL, 0}, ""));
    assert_false(hst_text_equals((hst_text){"a\0b", 3}, "a"));
}

static void trimming_takes_spaces_and_tabs_at_the_ends_only(void **state)
{
    (void)state;
    assert_true(hst_text_equals(hst_text_trim(hst_text_of(" \t a b\t ")), "a b"));
    assert_true(hst_text_equals(hst_text_trim(hst_text_of("\na ")), "\na"));
    assert_int_equal(hst_text_trim(hst_text_of(" \t ")).size, 0);
    assert_int_equal(hst_text_trim((hst_text){NULL, 0}).size, 0);
}

static void a_copy_that_does_not_fit_is_cut_and_says_so(void **state)
{
    (void)state;
    char buffer[4];
    assert_true(hst_text_copy(hst_text_of("abc"), buffer, sizeof buffer));
    assert_string_equal(buffer, "abc");
    assert_false(hst_text_copy(hst_text_of("abcd"), buffer, sizeof buffer));
    assert_string_equal(buffer, "abc");
    assert_true(hst_text_copy((hst_text){NULL, 0}, buffer, 1));
    assert_string_equal(buffer, "");
    expect_assert_fires((void)hst_text_copy(hst_text_of(""), buffer, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_equal_strings_byte_by_byte),
        cmocka_unit_test(trimming_takes_spaces_and_tabs_at_the_ends_only),
        cmocka_unit_test(a_copy_that_does_not_fit_is_cut_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
