#include "core/base/status.h"

#include "tests/support/expect_assert.h"

#include <string.h>

static void every_status_has_a_name_and_a_text(void **state)
{
    (void)state;
#define X(name, number, text)                                                                      \
    assert_int_equal(HST_##name, number);                                                          \
    assert_string_equal(hst_status_name(HST_##name), #name);                                       \
    assert_string_equal(hst_status_text(HST_##name), text);
    HST_STATUS_MAP(X)
#undef X
}

static void an_unknown_number_still_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(hst_status_name((hst_status)9999), "UNKNOWN");
    assert_string_equal(hst_status_text((hst_status)9999), "unknown status");
}

static hst_status pass_on(hst_status status, int *reached)
{
    HST_TRY(status);
    *reached = 1;
    return HST_OK;
}

static void try_returns_the_failure_and_goes_on_when_ok(void **state)
{
    (void)state;
    int reached = 0;
    assert_int_equal(pass_on(HST_NO_PATH, &reached), HST_NO_PATH);
    assert_int_equal(reached, 0);
    assert_int_equal(pass_on(HST_OK, &reached), HST_OK);
    assert_int_equal(reached, 1);
}

static void assert_takes_compound_conditions(void **state)
{
    (void)state;
    volatile int one = 1, two = 2;
    hst_assert(two > one);
    expect_assert_fires(hst_assert(one > two));
    expect_assert_fires(hst_assert(one == two || one > two));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_and_a_text),
        cmocka_unit_test(an_unknown_number_still_has_a_text),
        cmocka_unit_test(try_returns_the_failure_and_goes_on_when_ok),
        cmocka_unit_test(assert_takes_compound_conditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
