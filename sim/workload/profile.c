#include "sim/workload/profile.h"

#include "core/base/assert.h"

#include "sim/base/csv.h"

/* Assumed: hours awake for people, hours at the desk for firms. Largest = 1. */
static const double consumer_hours[24] = {0.05, 0.03, 0.02, 0.02, 0.03, 0.08, 0.2, 0.4,
                                          0.6,  0.75, 0.9,  0.95, 1.0,  0.95, 0.9, 0.9,
                                          0.95, 1.0,  1.0,  0.95, 0.8,  0.6,  0.3, 0.12};
static const double business_hours[24] = {0.01, 0.01, 0.01, 0.01, 0.01, 0.02, 0.05, 0.2,
                                          0.6,  1.0,  1.0,  0.95, 0.7,  0.8,  0.95, 0.95,
                                          0.8,  0.4,  0.15, 0.06, 0.03, 0.02, 0.01, 0.01};

/* A country whose whole span is a holiday still originates something, after this many refusals. */
enum { DRAWS_MAX = 64 };

hst_status hst_profiles_load(hst_inputs *inputs,
                             const char *path,
                             bool summer,
                             hst_arena *arena,
                             hst_profiles *profiles,
                             hst_error *error)
{
    char file[HST_ERROR_FILE_SIZE];
    const char *bytes = NULL;
    size_t size = 0;
    uint32_t hour_at = 0;
    uint32_t activity_at = 0;
    HST_TRY(hst_inputs_get(inputs, path, &bytes, &size, error));
    hst_inputs_display_path(inputs, path, file);
    hst_csv *csv = HST_ARENA_NEW(arena, hst_csv, 1);
    if (csv == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for profiles");
    }
    HST_TRY(hst_csv_open(csv, arena, file, bytes, size, error));
    HST_TRY(hst_csv_column(csv, "utc_hour", &hour_at, error));
    HST_TRY(hst_csv_column(csv, summer ? "activity_summer" : "activity", &activity_at, error));
    double largest = 0;
    for (int h = 0; h < 24; h++) {
        profiles->local[HST_PROFILE_CONSUMER][h] = consumer_hours[h];
        profiles->local[HST_PROFILE_BUSINESS][h] = business_hours[h];
        profiles->market[h] = 0;
    }
    for (;;) {
        bool more = false;
        int64_t hour = 0;
        HST_TRY(hst_csv_next(csv, &more, error));
        if (!more) {
            break;
        }
        HST_TRY(hst_csv_int64(csv, hour_at, 0, 23, &hour, error));
        HST_TRY(hst_csv_double(csv, activity_at, &profiles->market[hour], error));
        largest = profiles->market[hour] > largest ? profiles->market[hour] : largest;
    }
    if (!(largest > 0)) {
        return hst_error_at(error, HST_SCENARIO, file, 0, 0, "expected activity above zero");
    }
    for (int h = 0; h < 24; h++) {
        profiles->market[h] /= largest;
    }
    return HST_OK;
}

/* Weight of an instant on the debtor's wall clock; 0 for firms on a day off. */
static double weight_at(const hst_profiles *profiles,
                        hst_scenario_profile profile,
                        const hst_atlas *atlas,
                        const hst_country *country,
                        int64_t time_ns)
{
    if (profile == HST_PROFILE_MARKET) {
        return profiles->market[(time_ns / HST_HOUR_NS) % 24];
    }
    const int64_t utc_s = (int64_t)atlas->epoch_day * 86400 + time_ns / HST_SECOND_NS;
    const int64_t local_s = utc_s + hst_zone_offset_s(country->zone, utc_s);
    const int64_t of_day_s = local_s % 86400;
    if (profile == HST_PROFILE_BUSINESS) {
        const int64_t midnight_ns = time_ns - of_day_s * HST_SECOND_NS;
        const int64_t open_ns = hst_hours_next_open(&country->desk, midnight_ns, false);
        if (open_ns >= midnight_ns + HST_DAY_NS) {
            return 0;
        }
    }
    return profiles->local[profile][of_day_s / 3600];
}

int64_t hst_profiles_draw_ns(const hst_profiles *profiles,
                             hst_scenario_profile profile,
                             const hst_atlas *atlas,
                             uint16_t country,
                             int64_t span_ns,
                             hst_random *random)
{
    hst_assert(span_ns > 0);
    hst_assert(country < atlas->country_count);
    int64_t time_ns = 0;
    for (int i = 0; i < DRAWS_MAX; i++) {
        time_ns = (int64_t)hst_random_below(random, (uint64_t)span_ns);
        const double weight =
            weight_at(profiles, profile, atlas, &atlas->countries[country], time_ns);
        if (hst_random_uniform(random) < weight) {
            break;
        }
    }
    return time_ns;
}
