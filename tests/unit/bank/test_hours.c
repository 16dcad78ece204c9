/* Openings of systems: wall clocks, weekends, holidays, cut-offs, and days that never end. */
#include "sim/bank/hours.h"
#include "sim/base/calendar.h"
#include "sim/base/os_memory.h"

#include "tests/support/expect_assert.h"

/* Berlin round the change of 2025-10-26 01:00 UTC: two hours ahead before, one after. */
static const int64_t from_s[] = {INT64_C(1743296400), INT64_C(1761440400)};
static const int32_t offset_s[] = {7200, 3600};
static const hst_zone berlin = {.from_utc_s = from_s, .offset_s = offset_s, .change_count = 2};

static const int64_t always_s[] = {0};
static const int32_t zero_s[] = {0};
static const hst_zone utc = {.from_utc_s = always_s, .offset_s = zero_s, .change_count = 1};

static int32_t day(int32_t year, int32_t month, int32_t of_month)
{
    return hst_date_to_days((hst_date){.year = year, .month = month, .day = of_month});
}

static hst_hours build(hst_arena *arena, const hst_hours_rule *rule, int32_t epoch, int32_t days)
{
    hst_hours hours;
    assert_int_equal(hst_hours_build(rule, epoch, epoch - 2, epoch + days, arena, &hours), HST_OK);
    return hours;
}

static void zone_offsets_change_at_their_instant(void **state)
{
    (void)state;
    assert_int_equal(hst_zone_offset_s(&berlin, from_s[1] - 1), 7200);
    assert_int_equal(hst_zone_offset_s(&berlin, from_s[1]), 3600);
    assert_int_equal(hst_zone_offset_s(&berlin, 0), 7200);
}

static void a_system_opens_on_its_own_wall_clock(void **state)
{
    (void)state;
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 0);
    const int32_t friday = day(2025, 10, 24);
    const hst_hours_rule rule = {.open_minute = 150,
                                 .cutoff_minute = 1020,
                                 .close_minute = 1080,
                                 .weekday_mask = 0x1f,
                                 .zone = &berlin};
    const hst_hours hours = build(&arena, &rule, friday, 6);
    /* Friday 02:30 in Berlin is 00:30 UTC; on Monday, in winter time, 01:30 UTC. */
    assert_int_equal(hst_hours_next_open(&hours, 0, true), 30 * HST_MINUTE_NS);
    const int64_t monday_ns = 3 * HST_DAY_NS;
    assert_int_equal(hst_hours_next_open(&hours, HST_DAY_NS, true), monday_ns + 90 * HST_MINUTE_NS);
    hst_arena_release(&arena);
}

static void customers_miss_the_day_at_the_cut_off_and_banks_at_the_close(void **state)
{
    (void)state;
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 0);
    const hst_hours_rule rule = {.open_minute = 480,
                                 .cutoff_minute = 960,
                                 .close_minute = 1080,
                                 .weekday_mask = 0x1f,
                                 .zone = &utc};
    const hst_hours hours = build(&arena, &rule, day(2025, 10, 14), 3);
    const int64_t cutoff_ns = 16 * HST_HOUR_NS;
    assert_int_equal(hst_hours_next_open(&hours, cutoff_ns - 1, true), cutoff_ns - 1);
    assert_int_equal(hst_hours_next_open(&hours, cutoff_ns, true), HST_DAY_NS + 8 * HST_HOUR_NS);
    assert_int_equal(hst_hours_next_open(&hours, cutoff_ns, false), cutoff_ns);
    assert_int_equal(hst_hours_close(&hours, cutoff_ns), 18 * HST_HOUR_NS);
    assert_int_equal(hst_hours_close(&hours, 18 * HST_HOUR_NS), HST_DAY_NS + 18 * HST_HOUR_NS);
    hst_arena_release(&arena);
}

static void holidays_and_weekends_have_no_opening(void **state)
{
    (void)state;
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 0);
    const int32_t thursday = day(2025, 12, 25);
    const int32_t holidays[] = {thursday, thursday + 1};
    const hst_hours_rule rule = {.open_minute = 540,
                                 .cutoff_minute = 1020,
                                 .close_minute = 1020,
                                 .weekday_mask = 0x1f,
                                 .zone = &utc,
                                 .holiday_days = holidays,
                                 .holiday_count = 2};
    const hst_hours hours = build(&arena, &rule, thursday, 6);
    assert_int_equal(hst_hours_next_open(&hours, 0, true), 4 * HST_DAY_NS + 9 * HST_HOUR_NS);
    assert_int_equal(hst_hours_day_after(&hours, 0, 1), 5 * HST_DAY_NS + 9 * HST_HOUR_NS);
    assert_int_equal(hst_hours_day_after(&hours, 0, 400), HST_NO_OPENING_NS);
    hst_arena_release(&arena);
}

static void a_system_that_never_sleeps_has_one_window(void **state)
{
    (void)state;
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 0);
    const hst_hours_rule rule = {
        .cutoff_minute = 1440, .close_minute = 1440, .weekday_mask = 0x7f, .zone = &utc};
    const hst_hours hours = build(&arena, &rule, day(2025, 10, 14), 20);
    assert_int_equal(hours.window_count, 1);
    assert_int_equal(hst_hours_next_open(&hours, 5 * HST_DAY_NS + 7, true), 5 * HST_DAY_NS + 7);
    hst_arena_release(&arena);
}

/* Oracle: walk minute by minute and ask the rule itself. */
static void next_open_agrees_with_a_walk_over_every_minute(void **state)
{
    (void)state;
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 0);
    const int32_t monday = day(2025, 10, 13);
    const hst_hours_rule rule = {.open_minute = -165,
                                 .cutoff_minute = 1020,
                                 .close_minute = 1095,
                                 .weekday_mask = 0x1f,
                                 .zone = &utc};
    const hst_hours hours = build(&arena, &rule, monday, 9);
    int64_t expected_ns = HST_NO_OPENING_NS;
    for (int32_t minute = 7 * 1440 - 1; minute >= 0; minute--) {
        bool open = false;
        for (int32_t d = -1; d <= 8; d++) {
            open |= d % 7 != 5 && d % 7 != 6 && d != -1 && minute >= d * 1440 - 165 &&
                    minute < d * 1440 + 1020;
        }
        const int64_t now_ns = minute * HST_MINUTE_NS;
        expected_ns = open ? now_ns : expected_ns;
        if (expected_ns != HST_NO_OPENING_NS) {
            assert_int_equal(hst_hours_next_open(&hours, now_ns, true), expected_ns);
        }
    }
    hst_arena_release(&arena);
}

static void rules_that_close_before_they_open_are_refused(void **state)
{
    (void)state;
    hst_arena arena;
    hst_hours hours;
    hst_arena_init(&arena, hst_os_memory(), 0);
    const hst_hours_rule rule = {.open_minute = 600,
                                 .cutoff_minute = 600,
                                 .close_minute = 700,
                                 .weekday_mask = 0x1f,
                                 .zone = &utc};
    expect_assert_fires(hst_ignore(hst_hours_build(&rule, 0, 0, 1, &arena, &hours)));
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zone_offsets_change_at_their_instant),
        cmocka_unit_test(a_system_opens_on_its_own_wall_clock),
        cmocka_unit_test(customers_miss_the_day_at_the_cut_off_and_banks_at_the_close),
        cmocka_unit_test(holidays_and_weekends_have_no_opening),
        cmocka_unit_test(a_system_that_never_sleeps_has_one_window),
        cmocka_unit_test(next_open_agrees_with_a_walk_over_every_minute),
        cmocka_unit_test(rules_that_close_before_they_open_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
