/** @file sim/bank/hours.h
 * When systems and bank desks are open: windows of simulated time.
 *
 * A settlement system keeps hours on its own wall clock, on the weekdays of its calendar, without
 * the holidays of its currency. All of that is resolved once, at set-up, into a sorted list of
 * half-open windows [open, close) in nanoseconds from the scenario's start; a run only looks up.
 *
 *         cut-off
 *   open    |  close        open ...
 *    [======|===)            [====
 *
 * A customer payment that arrives after the cut-off waits for the next window although the system
 * still settles interbank payments until it closes.
 *
 * Units     nanoseconds from the scenario's start (midnight UTC of its date); wall clock: minutes.
 * Errors    none after set-up; HST_NO_MEMORY while building.
 * Memory    windows live in the arena given at building.
 * Threads   read-only after building.
 * Cost      O(log windows) a look-up, about 25 windows a system.
 * Source    opening hours and holidays: scenarios/data/rtgs.csv, holidays.csv, zones.csv.
 */
#ifndef HST_SIM_BANK_HOURS_H
#define HST_SIM_BANK_HOURS_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/base/number.h"

#include <stdbool.h>
#include <stdint.h>

/** A moment that never comes. */
#define HST_NO_OPENING_NS INT64_MAX

/** One opening. */
typedef struct hst_window {
    int64_t open_ns;   /**< first instant of the opening */
    int64_t cutoff_ns; /**< customer payments must be in before */
    int64_t close_ns;  /**< first instant after the opening */
} hst_window;

/** Openings of one system or desk, ascending and disjoint. */
typedef struct hst_hours {
    hst_window *windows;   /**< sorted by open_ns */
    uint32_t window_count; /**< how many */
} hst_hours;

/** UTC offsets of one time zone: offset_s[i] holds from from_utc_s[i] on. */
typedef struct hst_zone {
    const int64_t
        *from_utc_s; /**< seconds since 1970 UTC, ascending; the first counts as minus infinity */
    const int32_t *offset_s; /**< seconds east of UTC */
    uint32_t change_count;   /**< at least 1 */
} hst_zone;

/** The rule from which windows are built. */
typedef struct hst_hours_rule {
    int32_t open_minute;         /**< of the value date's local midnight; negative = day before */
    int32_t cutoff_minute;       /**< customer cut-off, open < cut-off <= close */
    int32_t close_minute;        /**< may exceed 1440: closes on the day after */
    uint8_t weekday_mask;        /**< bit 0 = Monday ... bit 6 = Sunday: days with an opening */
    const hst_zone *zone;        /**< whose wall clock */
    const int32_t *holiday_days; /**< sorted days since 1970 without an opening; may be NULL */
    uint32_t holiday_count;      /**< how many */
} hst_hours_rule;

/** Seconds east of UTC at an instant. */
int32_t hst_zone_offset_s(const hst_zone *zone, int64_t utc_s);

/** Resolve a rule over the days [first_day, last_day] (since 1970) with `epoch_day` as the day
 * whose UTC midnight is time zero. Openings that touch are merged, so a 24 x 7 system has one
 * window. */
HST_NODISCARD hst_status hst_hours_build(const hst_hours_rule *rule,
                                         int32_t epoch_day,
                                         int32_t first_day,
                                         int32_t last_day,
                                         hst_arena *arena,
                                         hst_hours *hours);

/** Earliest instant at or after `time_ns` inside a window, before its cut-off when `customer`;
 * HST_NO_OPENING_NS beyond the last window. */
int64_t hst_hours_next_open(const hst_hours *hours, int64_t time_ns, bool customer);

/** Close of the window that holds `time_ns`, or of the next one; HST_NO_OPENING_NS beyond the last.
 */
int64_t hst_hours_close(const hst_hours *hours, int64_t time_ns);

/** Opening of the `business_days`-th window after the one that holds or follows `time_ns`;
 * 0 = that one. HST_NO_OPENING_NS beyond the last. */
int64_t hst_hours_day_after(const hst_hours *hours, int64_t time_ns, uint32_t business_days);

#endif
