#include "sim/bank/atlas.h"

#include "core/base/assert.h"

#include "sim/base/csv.h"

#include <stdlib.h>
#include <string.h>

/* Desk hours where data give none: assumed, and said so in docs/explanation/model.md. */
enum { DESK_OPEN_MINUTE = 9 * 60, DESK_CLOSE_MINUTE = 17 * 60, WORKING_WEEK = 0x1f };

/* Days before the date and after the drain for which hours are resolved. */
enum { DAYS_BEFORE = 3, DAYS_AFTER = 16 };

typedef struct loader {
    hst_inputs *inputs;
    const hst_scenario *scenario;
    hst_arena *arena;
    hst_atlas *atlas;
    hst_error *error;
    char file[HST_ERROR_FILE_SIZE]; /* shown in errors */
    hst_csv csv;
    hst_text *zone_names; /* by zone */
    hst_zone *zones;
    uint32_t zone_count;
    uint8_t *weekday_mask;    /* working days by currency */
    int32_t **holiday_days;   /* by currency */
    uint32_t *holiday_counts; /* by currency */
    int32_t first_day, last_day;
} loader;

static hst_status no_memory(loader *l)
{
    return hst_error_set(l->error, HST_NO_MEMORY, "out of memory while reading tables");
}

static hst_status open_table(loader *l, const char *path)
{
    const char *bytes = NULL;
    size_t size = 0;
    HST_TRY(hst_inputs_get(l->inputs, path, &bytes, &size, l->error));
    hst_inputs_display_path(l->inputs, path, l->file);
    return hst_csv_open(&l->csv, l->arena, l->file, bytes, size, l->error);
}

static hst_status columns(loader *l, const char *const *names, uint32_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        HST_TRY(hst_csv_column(&l->csv, names[i], &out[i], l->error));
    }
    return HST_OK;
}

static hst_status cell_currency(loader *l, uint32_t column, hst_currency *out)
{
    const hst_text text = hst_csv_text(&l->csv, column);
    if (hst_currency_find(l->atlas->currencies, text.bytes, text.size, out) != HST_OK) {
        return hst_csv_refuse(&l->csv, column, HST_SCENARIO, "a currency of currencies.csv",
                              l->error);
    }
    return HST_OK;
}

static hst_status cell_zone(loader *l, uint32_t column, const hst_zone **out)
{
    const hst_text text = hst_csv_text(&l->csv, column);
    for (uint32_t i = 0; i < l->zone_count; i++) {
        if (l->zone_names[i].size == text.size &&
            memcmp(l->zone_names[i].bytes, text.bytes, text.size) == 0) {
            *out = &l->zones[i];
            return HST_OK;
        }
    }
    return hst_csv_refuse(&l->csv, column, HST_SCENARIO, "a time zone of zones.csv", l->error);
}

static int find_country(const hst_atlas *atlas, const char *iso2, size_t size)
{
    for (uint32_t i = 0; size == 2 && i < atlas->country_count; i++) {
        if (memcmp(atlas->countries[i].iso2, iso2, 2) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static hst_status cell_country(loader *l, uint32_t column, uint16_t *out)
{
    const hst_text text = hst_csv_text(&l->csv, column);
    const int found = find_country(l->atlas, text.bytes, text.size);
    if (found < 0) {
        return hst_csv_refuse(&l->csv, column, HST_SCENARIO, "a country of countries.csv",
                              l->error);
    }
    *out = (uint16_t)found;
    return HST_OK;
}

hst_status hst_atlas_country(const hst_atlas *atlas, const char *iso2, uint16_t *country)
{
    const int found = find_country(atlas, iso2, strlen(iso2));
    if (found < 0) {
        return HST_NOT_FOUND;
    }
    *country = (uint16_t)found;
    return HST_OK;
}

/* zones.csv: time_zone, from_utc_s, offset_s, grouped by zone. */
static hst_status load_zones(loader *l)
{
    enum { ZONE_MAX = 512, CHANGE_MAX = 16384 };
    static const char *const names[] = {"time_zone", "from_utc_s", "offset_s"};
    uint32_t at[3];
    HST_TRY(open_table(l, l->scenario->data.zones));
    HST_TRY(columns(l, names, at, 3));
    l->zone_names = HST_ARENA_NEW(l->arena, hst_text, ZONE_MAX);
    l->zones = HST_ARENA_NEW(l->arena, hst_zone, ZONE_MAX);
    int64_t *from_s = HST_ARENA_NEW(l->arena, int64_t, CHANGE_MAX);
    int32_t *offset_s = HST_ARENA_NEW(l->arena, int32_t, CHANGE_MAX);
    if (l->zone_names == NULL || l->zones == NULL || from_s == NULL || offset_s == NULL) {
        return no_memory(l);
    }
    for (uint32_t row = 0;; row++) {
        bool more = false;
        HST_TRY(hst_csv_next(&l->csv, &more, l->error));
        if (!more) {
            return HST_OK;
        }
        const hst_text name = hst_csv_text(&l->csv, at[0]);
        const bool same =
            l->zone_count > 0 && l->zone_names[l->zone_count - 1].size == name.size &&
            memcmp(l->zone_names[l->zone_count - 1].bytes, name.bytes, name.size) == 0;
        if (row == CHANGE_MAX || (!same && l->zone_count == ZONE_MAX)) {
            return hst_csv_refuse(&l->csv, at[0], HST_SCENARIO, "at most 16384 rows of 512 zones",
                                  l->error);
        }
        int64_t offset = 0;
        HST_TRY(hst_csv_int64(&l->csv, at[1], INT64_MIN, INT64_MAX, &from_s[row], l->error));
        HST_TRY(hst_csv_int64(&l->csv, at[2], -86400, 86400, &offset, l->error));
        offset_s[row] = (int32_t)offset;
        if (!same) {
            l->zone_names[l->zone_count] = name;
            l->zones[l->zone_count++] =
                (hst_zone){.from_utc_s = &from_s[row], .offset_s = &offset_s[row]};
        } else if (from_s[row] <= from_s[row - 1]) {
            return hst_csv_refuse(&l->csv, at[1], HST_SCENARIO, "ascending times in a zone",
                                  l->error);
        }
        l->zones[l->zone_count - 1].change_count++;
    }
}

/* "Sat Sun" -> the other five days. */
static hst_status cell_weekend(loader *l, uint32_t column, uint8_t *working_days)
{
    static const char days[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const hst_text text = hst_csv_text(&l->csv, column);
    uint8_t mask = 0x7f;
    for (size_t i = 0; i < text.size; i += 4) {
        uint32_t day = 0;
        while (day < 7 && (i + 3 > text.size || memcmp(text.bytes + i, days[day], 3) != 0)) {
            day++;
        }
        if (day == 7) {
            return hst_csv_refuse(&l->csv, column, HST_SCENARIO, "weekdays such as \"Sat Sun\"",
                                  l->error);
        }
        mask = (uint8_t)(mask & ~(1U << day));
    }
    *working_days = mask;
    return HST_OK;
}

/* Weekends of currencies.csv; the codes themselves are in the currency table already. */
static hst_status load_weekends(loader *l)
{
    static const char *const names[] = {"code", "weekend"};
    uint32_t at[2];
    const uint32_t count = hst_currency_count(l->atlas->currencies);
    l->weekday_mask = HST_ARENA_NEW(l->arena, uint8_t, count);
    if (l->weekday_mask == NULL) {
        return no_memory(l);
    }
    HST_TRY(open_table(l, l->scenario->data.currencies));
    HST_TRY(columns(l, names, at, 2));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(&l->csv, &more, l->error));
        if (!more) {
            return HST_OK;
        }
        hst_currency currency = 0;
        HST_TRY(cell_currency(l, at[0], &currency));
        HST_TRY(cell_weekend(l, at[1], &l->weekday_mask[currency]));
    }
}

static int compare_days(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a;
    const int32_t y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* holidays.csv: only days of the horizon are kept. */
static hst_status load_holidays(loader *l)
{
    enum { HOLIDAY_MAX = 64 };
    static const char *const names[] = {"currency", "date"};
    uint32_t at[2];
    const uint32_t count = hst_currency_count(l->atlas->currencies);
    l->holiday_days = HST_ARENA_NEW(l->arena, int32_t *, count);
    l->holiday_counts = HST_ARENA_NEW(l->arena, uint32_t, count);
    int32_t *all = HST_ARENA_NEW(l->arena, int32_t, (size_t)count * HOLIDAY_MAX);
    if (l->holiday_days == NULL || l->holiday_counts == NULL || all == NULL) {
        return no_memory(l);
    }
    for (uint32_t i = 0; i < count; i++) {
        l->holiday_days[i] = &all[(size_t)i * HOLIDAY_MAX];
    }
    HST_TRY(open_table(l, l->scenario->data.holidays));
    HST_TRY(columns(l, names, at, 2));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(&l->csv, &more, l->error));
        if (!more) {
            break;
        }
        int32_t day = 0;
        HST_TRY(hst_csv_date(&l->csv, at[1], &day, l->error));
        if (day < l->first_day || day > l->last_day) {
            continue;
        }
        hst_currency currency = 0;
        HST_TRY(cell_currency(l, at[0], &currency));
        if (l->holiday_counts[currency] == HOLIDAY_MAX) {
            return hst_csv_refuse(&l->csv, at[1], HST_SCENARIO,
                                  "at most 64 holidays of a currency in the horizon", l->error);
        }
        l->holiday_days[currency][l->holiday_counts[currency]++] = day;
    }
    for (uint32_t i = 0; i < count; i++) {
        qsort(l->holiday_days[i], l->holiday_counts[i], sizeof(int32_t), compare_days);
    }
    return HST_OK;
}

static hst_status
build_hours(loader *l, hst_currency currency, const hst_hours_rule *partial, hst_hours *hours)
{
    hst_hours_rule rule = *partial;
    rule.holiday_days = l->holiday_days[currency];
    rule.holiday_count = l->holiday_counts[currency];
    if (hst_hours_build(&rule, l->atlas->epoch_day, l->first_day, l->last_day, l->arena, hours) !=
        HST_OK) {
        return no_memory(l);
    }
    return HST_OK;
}

static int compare_countries(const void *a, const void *b)
{
    return memcmp(((const hst_country *)a)->iso2, ((const hst_country *)b)->iso2, 2);
}

static hst_status load_countries(loader *l)
{
    static const char *const names[] = {"iso2", "currency", "time_zone", "banks"};
    uint32_t at[4];
    hst_atlas *atlas = l->atlas;
    atlas->countries = HST_ARENA_NEW(l->arena, hst_country, HST_COUNTRY_MAX);
    if (atlas->countries == NULL) {
        return no_memory(l);
    }
    HST_TRY(open_table(l, l->scenario->data.countries));
    HST_TRY(columns(l, names, at, 4));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(&l->csv, &more, l->error));
        if (!more) {
            break;
        }
        hst_country country = {.system = HST_NO_SYSTEM};
        const hst_text iso2 = hst_csv_text(&l->csv, at[0]);
        if (iso2.size != 2 || find_country(atlas, iso2.bytes, 2) >= 0) {
            return hst_csv_refuse(&l->csv, at[0], HST_SCENARIO,
                                  "a new two-letter country code (ISO 3166)", l->error);
        }
        if (atlas->country_count == HST_COUNTRY_MAX) {
            return hst_csv_refuse(&l->csv, at[0], HST_SCENARIO, "at most 256 countries", l->error);
        }
        memcpy(country.iso2, iso2.bytes, 2);
        hst_currency currency = 0;
        int64_t banks = 0;
        HST_TRY(cell_currency(l, at[1], &currency));
        HST_TRY(cell_zone(l, at[2], &country.zone));
        HST_TRY(hst_csv_int64(&l->csv, at[3], 0, 1000000, &banks, l->error));
        country.currency = currency;
        country.bank_count = (uint32_t)banks;
        const hst_hours_rule desk = {.open_minute = DESK_OPEN_MINUTE,
                                     .cutoff_minute = DESK_CLOSE_MINUTE,
                                     .close_minute = DESK_CLOSE_MINUTE,
                                     .weekday_mask = l->weekday_mask[currency],
                                     .zone = country.zone};
        HST_TRY(build_hours(l, currency, &desk, &country.desk));
        atlas->countries[atlas->country_count++] = country;
    }
    qsort(atlas->countries, atlas->country_count, sizeof(hst_country), compare_countries);
    return HST_OK;
}

/* The country that stands for each currency, from currencies.csv. */
static hst_status load_representatives(loader *l)
{
    static const char *const names[] = {"code", "country"};
    uint32_t at[2];
    const uint32_t count = hst_currency_count(l->atlas->currencies);
    l->atlas->currency_country = HST_ARENA_NEW(l->arena, uint16_t, count);
    if (l->atlas->currency_country == NULL) {
        return no_memory(l);
    }
    HST_TRY(open_table(l, l->scenario->data.currencies));
    HST_TRY(columns(l, names, at, 2));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(&l->csv, &more, l->error));
        if (!more) {
            return HST_OK;
        }
        hst_currency currency = 0;
        HST_TRY(cell_currency(l, at[0], &currency));
        HST_TRY(cell_country(l, at[1], &l->atlas->currency_country[currency]));
    }
}

static hst_status cell_minute(loader *l, uint32_t column, int32_t *minute)
{
    int64_t ns = 0;
    if (hst_parse_time_of_day(hst_csv_text(&l->csv, column), &ns) != HST_OK) {
        return hst_csv_refuse(&l->csv, column, HST_SCENARIO, "a time of day HH:MM", l->error);
    }
    *minute = (int32_t)(ns / HST_MINUTE_NS);
    return HST_OK;
}

static hst_status cell_days(loader *l, uint32_t column, uint8_t *mask)
{
    const hst_text text = hst_csv_text(&l->csv, column);
    if (hst_text_equals(text, "Mon-Fri")) {
        *mask = WORKING_WEEK;
    } else if (hst_text_equals(text, "Sun-Thu")) {
        *mask = 0x4f;
    } else if (hst_text_equals(text, "Mon-Sun")) {
        *mask = 0x7f;
    } else {
        return hst_csv_refuse(&l->csv, column, HST_SCENARIO, "Mon-Fri, Sun-Thu or Mon-Sun",
                              l->error);
    }
    return HST_OK;
}

/* One row of rtgs.csv as a rule of hours and a system. */
static hst_status read_system(loader *l, const uint32_t *at, hst_system *system)
{
    enum { CURRENCY, NAME, OPEN_DAY, OPEN, CLOSE_DAY, CLOSE, CUTOFF, ZONE, DAYS };
    hst_hours_rule rule = {0};
    int64_t open_day = 0;
    int64_t close_day = 0;
    hst_currency currency = 0;
    HST_TRY(cell_currency(l, at[CURRENCY], &currency));
    HST_TRY(hst_csv_int64(&l->csv, at[OPEN_DAY], -1, 0, &open_day, l->error));
    HST_TRY(hst_csv_int64(&l->csv, at[CLOSE_DAY], 0, 1, &close_day, l->error));
    HST_TRY(cell_minute(l, at[OPEN], &rule.open_minute));
    HST_TRY(cell_minute(l, at[CLOSE], &rule.close_minute));
    rule.open_minute += (int32_t)open_day * 1440;
    rule.close_minute += (int32_t)close_day * 1440;
    rule.cutoff_minute = rule.close_minute;
    if (!hst_csv_blank(&l->csv, at[CUTOFF])) {
        HST_TRY(cell_minute(l, at[CUTOFF], &rule.cutoff_minute));
    }
    HST_TRY(cell_zone(l, at[ZONE], &rule.zone));
    HST_TRY(cell_days(l, at[DAYS], &rule.weekday_mask));
    if (rule.open_minute >= rule.cutoff_minute || rule.cutoff_minute > rule.close_minute) {
        return hst_csv_refuse(&l->csv, at[CUTOFF], HST_SCENARIO, "open < cut-off <= close",
                              l->error);
    }
    /* A system that never sleeps keeps no holidays either. */
    hst_currency calendar = currency;
    if (rule.weekday_mask == 0x7f) {
        if (hst_hours_build(&rule, l->atlas->epoch_day, l->first_day, l->last_day, l->arena,
                            &system->hours) != HST_OK) {
            return no_memory(l);
        }
    } else {
        HST_TRY(build_hours(l, calendar, &rule, &system->hours));
    }
    system->currency = currency;
    system->country = l->atlas->currency_country[currency];
    const hst_text name = hst_csv_text(&l->csv, at[NAME]);
    const size_t size = name.size < sizeof system->name ? name.size : sizeof system->name - 1;
    memset(system->name, 0, sizeof system->name);
    memcpy(system->name, name.bytes, size);
    return HST_OK;
}

/* A currency without a row in rtgs.csv settles in business hours of its country: assumed. */
static hst_status assume_systems(loader *l)
{
    hst_atlas *atlas = l->atlas;
    for (uint32_t c = 0; c < hst_currency_count(atlas->currencies); c++) {
        if (atlas->currency_system[c] != HST_NO_SYSTEM) {
            continue;
        }
        hst_system *system = &atlas->systems[atlas->system_count];
        const hst_country *country = &atlas->countries[atlas->currency_country[c]];
        *system = (hst_system){.name = "domestic (assumed)",
                               .currency = (uint16_t)c,
                               .country = atlas->currency_country[c],
                               .assumed = true,
                               .hours = country->desk};
        atlas->currency_system[c] = atlas->system_count++;
    }
    return HST_OK;
}

/* Of two systems of one currency the later row stands: it is the one in central bank money. */
static hst_status load_systems(loader *l)
{
    static const char *const names[] = {"currency",  "system", "open_day",        "open",
                                        "close_day", "close",  "customer_cutoff", "time_zone",
                                        "days"};
    uint32_t at[9];
    hst_atlas *atlas = l->atlas;
    const uint32_t count = hst_currency_count(atlas->currencies);
    hst_assert(count <= HST_SYSTEM_MAX);
    atlas->systems = HST_ARENA_NEW(l->arena, hst_system, HST_SYSTEM_MAX);
    atlas->currency_system = HST_ARENA_NEW(l->arena, uint16_t, count);
    if (atlas->systems == NULL || atlas->currency_system == NULL) {
        return no_memory(l);
    }
    for (uint32_t c = 0; c < count; c++) {
        atlas->currency_system[c] = HST_NO_SYSTEM;
    }
    HST_TRY(open_table(l, l->scenario->data.rtgs));
    HST_TRY(columns(l, names, at, 9));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(&l->csv, &more, l->error));
        if (!more) {
            break;
        }
        hst_system system = {0};
        HST_TRY(read_system(l, at, &system));
        uint16_t *place = &atlas->currency_system[system.currency];
        if (*place == HST_NO_SYSTEM) {
            *place = atlas->system_count++;
        }
        atlas->systems[*place] = system;
    }
    return assume_systems(l);
}

/* Banks take part in their currency's system where it is issued: in the currency's own country, and
 * in every country of a currency union. Users of a foreign currency (Ecuador, Kosovo) do not. */
static void join_systems(hst_atlas *atlas)
{
    for (uint32_t i = 0; i < atlas->country_count; i++) {
        hst_country *country = &atlas->countries[i];
        const char *code = hst_currency_code(atlas->currencies, country->currency);
        const bool is_union =
            strcmp(code, "EUR") == 0 || strcmp(code, "XOF") == 0 || strcmp(code, "XAF") == 0;
        const bool is_member = is_union && strcmp(country->iso2, "XK") != 0;
        if (is_member || atlas->currency_country[country->currency] == i) {
            country->system = atlas->currency_system[country->currency];
        }
    }
}

static hst_status load_shares(loader *l)
{
    static const char *const names[] = {"currency", "bis_share_2022_pct", "swift_share_pct"};
    uint32_t at[3];
    hst_atlas *atlas = l->atlas;
    atlas->payment_share = HST_ARENA_NEW(l->arena, double, hst_currency_count(atlas->currencies));
    if (atlas->payment_share == NULL) {
        return no_memory(l);
    }
    HST_TRY(open_table(l, l->scenario->data.currency_weights));
    HST_TRY(columns(l, names, at, 3));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(&l->csv, &more, l->error));
        if (!more) {
            return HST_OK;
        }
        hst_currency currency = 0;
        double share = 0;
        HST_TRY(cell_currency(l, at[0], &currency));
        if (!hst_csv_blank(&l->csv, at[2])) {
            HST_TRY(hst_csv_double(&l->csv, at[2], &share, l->error));
            atlas->payment_share[currency] = share / 100;
        } else if (!hst_csv_blank(&l->csv, at[1])) {
            HST_TRY(hst_csv_double(&l->csv, at[1], &share, l->error));
            atlas->payment_share[currency] = share / 200;
        }
    }
}

static int compare_corridors(const void *a, const void *b)
{
    const hst_corridor *x = a;
    const hst_corridor *y = b;
    const int sender = (x->sender > y->sender) - (x->sender < y->sender);
    const int receiver = (x->receiver > y->receiver) - (x->receiver < y->receiver);
    return sender != 0 ? sender : receiver;
}

static bool has_corridor(const hst_atlas *atlas, uint32_t count, uint16_t from, uint16_t to)
{
    const hst_corridor key = {.sender = from, .receiver = to};
    return bsearch(&key, atlas->corridors, count, sizeof key, compare_corridors) != NULL;
}

/* Trade and treasury flows run between the currencies of the world, whether or not somebody sends
 * remittances there. */
static hst_status add_market_corridors(loader *l)
{
    hst_atlas *atlas = l->atlas;
    const uint32_t from_table = atlas->corridor_count;
    const uint32_t count = hst_currency_count(atlas->currencies);
    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = 0; b < count; b++) {
            const uint16_t sender = atlas->currency_country[a];
            const uint16_t receiver = atlas->currency_country[b];
            if (a == b || !(atlas->payment_share[a] > 0) || !(atlas->payment_share[b] > 0) ||
                sender == receiver || has_corridor(atlas, from_table, sender, receiver)) {
                continue;
            }
            if (atlas->corridor_count == HST_CORRIDOR_MAX) {
                return hst_error_set(l->error, HST_SCENARIO, "more than %d corridors",
                                     HST_CORRIDOR_MAX);
            }
            atlas->corridors[atlas->corridor_count++] =
                (hst_corridor){.sender = sender, .receiver = receiver, .cost_pct = -1};
        }
    }
    qsort(atlas->corridors, atlas->corridor_count, sizeof(hst_corridor), compare_corridors);
    return HST_OK;
}

static hst_status load_corridors(loader *l)
{
    static const char *const names[] = {"sender", "receiver", "flow_2017_musd", "cost_200_pct"};
    uint32_t at[4];
    hst_atlas *atlas = l->atlas;
    atlas->corridors = HST_ARENA_NEW(l->arena, hst_corridor, HST_CORRIDOR_MAX);
    if (atlas->corridors == NULL) {
        return no_memory(l);
    }
    HST_TRY(open_table(l, l->scenario->data.corridors));
    HST_TRY(columns(l, names, at, 4));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(&l->csv, &more, l->error));
        if (!more) {
            break;
        }
        hst_corridor corridor = {.cost_pct = -1};
        HST_TRY(cell_country(l, at[0], &corridor.sender));
        HST_TRY(cell_country(l, at[1], &corridor.receiver));
        HST_TRY(hst_csv_double(&l->csv, at[2], &corridor.flow_musd, l->error));
        if (!hst_csv_blank(&l->csv, at[3])) {
            HST_TRY(hst_csv_double(&l->csv, at[3], &corridor.cost_pct, l->error));
        }
        if (!(corridor.flow_musd >= 0)) {
            return hst_csv_refuse(&l->csv, at[2], HST_SCENARIO, "a flow of 0 or more", l->error);
        }
        if (corridor.sender == corridor.receiver) {
            return hst_csv_refuse(&l->csv, at[1], HST_SCENARIO, "another country", l->error);
        }
        if (atlas->corridor_count == HST_CORRIDOR_MAX) {
            return hst_csv_refuse(&l->csv, at[0], HST_SCENARIO, "at most 4096 corridors", l->error);
        }
        atlas->corridors[atlas->corridor_count++] = corridor;
    }
    qsort(atlas->corridors, atlas->corridor_count, sizeof(hst_corridor), compare_corridors);
    for (uint32_t i = 1; i < atlas->corridor_count; i++) {
        if (compare_corridors(&atlas->corridors[i - 1], &atlas->corridors[i]) == 0) {
            return hst_error_at(l->error, HST_SCENARIO, l->file, 0, 0, "corridor %s-%s twice",
                                atlas->countries[atlas->corridors[i].sender].iso2,
                                atlas->countries[atlas->corridors[i].receiver].iso2);
        }
    }
    return add_market_corridors(l);
}

/* latency.csv holds round trips of unordered pairs. A pair without a row, and a country within
 * itself, get the assumptions below (a continent away; one metropolitan network). */
static hst_status load_latency(loader *l)
{
    static const char *const names[] = {"iso2_a", "iso2_b", "rtt_ms"};
    static const int64_t unknown_ns = 100 * (HST_SECOND_NS / 1000);
    static const int64_t domestic_ns = 5 * (HST_SECOND_NS / 1000);
    uint32_t at[3];
    hst_atlas *atlas = l->atlas;
    const uint32_t n = atlas->country_count;
    atlas->latency_ns = HST_ARENA_NEW(l->arena, int64_t, (size_t)n * n);
    if (atlas->latency_ns == NULL) {
        return no_memory(l);
    }
    for (uint32_t a = 0; a < n; a++) {
        for (uint32_t b = 0; b < n; b++) {
            atlas->latency_ns[a * n + b] = a == b ? domestic_ns : unknown_ns;
        }
    }
    HST_TRY(open_table(l, l->scenario->data.latency));
    HST_TRY(columns(l, names, at, 3));
    for (;;) {
        bool more = false;
        HST_TRY(hst_csv_next(&l->csv, &more, l->error));
        if (!more) {
            return HST_OK;
        }
        uint16_t a = 0;
        uint16_t b = 0;
        int64_t rtt_us = 0;
        HST_TRY(cell_country(l, at[0], &a));
        HST_TRY(cell_country(l, at[1], &b));
        HST_TRY(hst_csv_fixed_half_even(&l->csv, at[2], 3, &rtt_us, l->error));
        if (rtt_us < 0 || rtt_us > 10000000) {
            return hst_csv_refuse(&l->csv, at[2], HST_SCENARIO, "0 to 10000 ms", l->error);
        }
        atlas->latency_ns[(uint32_t)a * n + b] = rtt_us * 500;
        atlas->latency_ns[(uint32_t)b * n + a] = rtt_us * 500;
    }
}

hst_status hst_atlas_load(hst_inputs *inputs,
                          const hst_scenario *scenario,
                          const hst_currency_table *currencies,
                          hst_arena *arena,
                          hst_atlas *atlas,
                          hst_error *error)
{
    hst_assert(inputs != NULL && scenario != NULL);
    hst_assert(currencies != NULL && arena != NULL);
    memset(atlas, 0, sizeof *atlas);
    loader *l = HST_ARENA_NEW(arena, loader, 1);
    if (l == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory while reading tables");
    }
    const int64_t span_ns = scenario->clock.origination_ns + scenario->clock.drain_ns;
    *l = (loader){.inputs = inputs,
                  .scenario = scenario,
                  .arena = arena,
                  .atlas = atlas,
                  .error = error,
                  .first_day = scenario->clock.date_days - DAYS_BEFORE,
                  .last_day =
                      scenario->clock.date_days + (int32_t)(span_ns / HST_DAY_NS) + DAYS_AFTER};
    atlas->currencies = currencies;
    atlas->epoch_day = scenario->clock.date_days;
    HST_TRY(load_zones(l));
    HST_TRY(load_weekends(l));
    HST_TRY(load_holidays(l));
    HST_TRY(load_countries(l));
    HST_TRY(load_representatives(l));
    HST_TRY(load_systems(l));
    join_systems(atlas);
    HST_TRY(load_shares(l));
    HST_TRY(load_corridors(l));
    return load_latency(l);
}
