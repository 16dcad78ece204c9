#include "sim/bank/hours.h"

#include "core/base/assert.h"

int32_t hst_zone_offset_s(const hst_zone *zone, int64_t utc_s)
{
    hst_assert(zone != NULL);
    hst_assert(zone->change_count > 0);
    uint32_t low = 0;
    uint32_t high = zone->change_count;
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (zone->from_utc_s[middle] <= utc_s) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return zone->offset_s[low];
}

static bool is_holiday(const hst_hours_rule *rule, int32_t day)
{
    uint32_t low = 0;
    uint32_t high = rule->holiday_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (rule->holiday_days[middle] < day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < rule->holiday_count && rule->holiday_days[low] == day;
}

/* 1970-01-01 was a Thursday, index 3 when Monday is 0. */
static bool is_opening_day(const hst_hours_rule *rule, int32_t day)
{
    const uint32_t weekday = (uint32_t)(((day % 7) + 7 + 3) % 7);
    return ((rule->weekday_mask >> weekday) & 1U) != 0 && !is_holiday(rule, day);
}

/* The instant at which the zone's wall clock shows `minute` after local midnight of `day`. An hour
 * that the clock skips or repeats is read with the offset in force just before it. */
static int64_t wall_to_ns(const hst_zone *zone, int32_t day, int32_t minute, int32_t epoch_day)
{
    const int64_t wall_s = (int64_t)day * 86400 + (int64_t)minute * 60;
    const int32_t guess_s = hst_zone_offset_s(zone, wall_s);
    const int64_t utc_s = wall_s - hst_zone_offset_s(zone, wall_s - guess_s);
    return (utc_s - (int64_t)epoch_day * 86400) * HST_SECOND_NS;
}

hst_status hst_hours_build(const hst_hours_rule *rule,
                           int32_t epoch_day,
                           int32_t first_day,
                           int32_t last_day,
                           hst_arena *arena,
                           hst_hours *hours)
{
    hst_assert(rule != NULL);
    hst_assert(rule->open_minute < rule->cutoff_minute);
    hst_assert(rule->cutoff_minute <= rule->close_minute);
    hst_assert(first_day <= last_day);
    const size_t day_count = (size_t)(last_day - first_day) + 1;
    hst_window *windows = HST_ARENA_NEW(arena, hst_window, day_count);
    if (windows == NULL) {
        return HST_NO_MEMORY;
    }
    uint32_t count = 0;
    for (int32_t day = first_day; day <= last_day; day++) {
        if (!is_opening_day(rule, day)) {
            continue;
        }
        const hst_window window = {
            .open_ns = wall_to_ns(rule->zone, day, rule->open_minute, epoch_day),
            .cutoff_ns = wall_to_ns(rule->zone, day, rule->cutoff_minute, epoch_day),
            .close_ns = wall_to_ns(rule->zone, day, rule->close_minute, epoch_day)};
        if (count > 0 && windows[count - 1].close_ns >= window.open_ns &&
            windows[count - 1].cutoff_ns == windows[count - 1].close_ns) {
            windows[count - 1].cutoff_ns = window.cutoff_ns;
            windows[count - 1].close_ns = window.close_ns;
        } else {
            windows[count++] = window;
        }
    }
    hours->windows = windows;
    hours->window_count = count;
    return HST_OK;
}

/* Index of the first window that ends after `time_ns`. */
static uint32_t first_ending_after(const hst_hours *hours, int64_t time_ns, bool customer)
{
    uint32_t low = 0;
    uint32_t high = hours->window_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int64_t end_ns =
            customer ? hours->windows[middle].cutoff_ns : hours->windows[middle].close_ns;
        if (end_ns <= time_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int64_t hst_hours_next_open(const hst_hours *hours, int64_t time_ns, bool customer)
{
    hst_assert(hours != NULL);
    const uint32_t index = first_ending_after(hours, time_ns, customer);
    if (index == hours->window_count) {
        return HST_NO_OPENING_NS;
    }
    const int64_t open_ns = hours->windows[index].open_ns;
    return open_ns > time_ns ? open_ns : time_ns;
}

int64_t hst_hours_close(const hst_hours *hours, int64_t time_ns)
{
    hst_assert(hours != NULL);
    const uint32_t index = first_ending_after(hours, time_ns, false);
    return index == hours->window_count ? HST_NO_OPENING_NS : hours->windows[index].close_ns;
}

int64_t hst_hours_day_after(const hst_hours *hours, int64_t time_ns, uint32_t business_days)
{
    hst_assert(hours != NULL);
    const uint64_t index = (uint64_t)first_ending_after(hours, time_ns, false) + business_days;
    return index >= hours->window_count ? HST_NO_OPENING_NS : hours->windows[index].open_ns;
}
