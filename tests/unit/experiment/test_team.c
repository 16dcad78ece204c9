#include "sim/experiment/team.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"

static void alone_everybody_is_oneself(void **state)
{
    (void)state;
    hst_team team = hst_team_alone();
    assert_int_equal(team.rank, 0);
    assert_int_equal(team.ranks, 1);
    static const unsigned char bytes[] = "abcdef";
    const hst_team_items mine = {.bytes = bytes, .count = 3, .size = 2};
    hst_team_items all;
    hst_error error = {.status = HST_OK};
    assert_int_equal(hst_team_exchange(&team, HST_OK, &mine, &all, &error), HST_OK);
    assert_int_equal(all.count, 3);
    assert_int_equal(all.size, 2);
    assert_memory_equal(all.bytes, bytes, 6);
    hst_team_stop(&team);
    assert_int_equal(team.ranks, 0);
}

static void alone_a_failure_keeps_its_words(void **state)
{
    (void)state;
    const hst_team team = hst_team_alone();
    const hst_team_items mine = {.bytes = NULL, .count = 0, .size = 1};
    hst_error error = {.status = HST_OK};
    hst_ignore(hst_error_set(&error, HST_IO, "no disk"));
    assert_int_equal(hst_team_exchange(&team, HST_IO, &mine, NULL, &error), HST_IO);
    assert_string_equal(error.text, "no disk");
    hst_error_clear(&error);
    assert_int_equal(hst_team_exchange(&team, HST_FULL, &mine, NULL, &error), HST_FULL);
    assert_string_equal(error.text, "a planned capacity is exhausted");
}

static void the_plain_command_says_what_a_team_needs(void **state)
{
    (void)state;
    test_memory books = {.fail_at = SIZE_MAX};
    hst_team team;
    hst_error error = {.status = HST_OK};
    assert_false(hst_team_can_join());
    assert_int_equal(hst_team_start(test_memory_of(&books), 1, &team, &error), HST_OK);
    assert_int_equal(team.ranks, 1);
    assert_int_equal(hst_team_start(test_memory_of(&books), 4, &team, &error), HST_UNSUPPORTED);
    assert_non_null(strstr(error.text, "one of 4 processes"));
    assert_non_null(strstr(error.text, "libopenmpi-dev"));
}

static void a_rank_outside_its_team_is_a_bug(void **state)
{
    (void)state;
    hst_team team = hst_team_alone();
    team.rank = 1;
    const hst_team_items mine = {.bytes = NULL, .count = 0, .size = 1};
    hst_error error = {.status = HST_OK};
    expect_assert_fires(hst_ignore(hst_team_exchange(&team, HST_OK, &mine, NULL, &error)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_everybody_is_oneself),
        cmocka_unit_test(alone_a_failure_keeps_its_words),
        cmocka_unit_test(the_plain_command_says_what_a_team_needs),
        cmocka_unit_test(a_rank_outside_its_team_is_a_bug),
    };
    return cmocka_run_group_tests_name("experiment/team", tests, NULL, NULL);
}
