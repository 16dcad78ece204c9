#include "sim/scenario/validate.h"

#include "core/base/assert.h"

#include "sim/scenario/phrase.h"
#include "sim/scenario/value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/** What every check gets. */
typedef struct check {
    const hst_reading *reading;
    const hst_node *root;
    const hst_scenario *scenario;
} check;

/** Complain about the key at `path`, at its place or that of what holds it. */
static hst_status refuse(const check *c, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static hst_status refuse(const check *c, const char *path, const char *format, ...)
{
    char text[HST_ERROR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    const hst_place place = hst_node_nearest(c->root, path)->place;
    return hst_reading_refuse(c->reading, place, path, "%s", text);
}

/** A name becomes part of file names, so it keeps to letters, digits and "._-". */
static hst_status check_name(const check *c)
{
    const char *name = c->scenario->name;
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (name[strspn(name, letters)] != '\0' || name[0] == '.') {
        char quoted[HST_PHRASE_SIZE];
        hst_phrase_quote(name, quoted);
        return refuse(c, "name", "expected letters, digits, '.', '_' and '-', got %s", quoted);
    }
    return HST_OK;
}

/** One segment's amounts lie in order, and no other segment has its name. */
static hst_status check_segment(const check *c, uint32_t index)
{
    const hst_scenario_segment *segments = c->scenario->workload.segments;
    const hst_scenario_segment *segment = &segments[index];
    char path[HST_NODE_PATH_SIZE];
    char bound[HST_VALUE_SIZE];
    for (uint32_t i = 0; i < index; i++) {
        if (segments[i].name == segment->name) {
            (void)snprintf(path, sizeof(path), "workload.segments[%u].name", index);
            return refuse(c, path, "segment '%s' is given twice",
                          hst_scenario_segment_text(segment->name));
        }
    }
    if (segment->amount_min_micro_usd > segment->amount_median_micro_usd) {
        (void)snprintf(path, sizeof(path), "workload.segments[%u].amount_median_usd", index);
        hst_value_format_number(HST_KEY_MONEY, segment->amount_min_micro_usd, bound);
        return refuse(c, path, "below amount_min_usd, which is %s", bound);
    }
    if (segment->amount_max_micro_usd < segment->amount_median_micro_usd) {
        (void)snprintf(path, sizeof(path), "workload.segments[%u].amount_median_usd", index);
        hst_value_format_number(HST_KEY_MONEY, segment->amount_max_micro_usd, bound);
        return refuse(c, path, "above amount_max_usd, which is %s", bound);
    }
    return HST_OK;
}

/** There are segments, and their shares sum to one. */
static hst_status check_segments(const check *c)
{
    const hst_scenario_workload *workload = &c->scenario->workload;
    hst_assert(workload->segment_count <= HST_SCENARIO_SEGMENTS_MAX);
    if (workload->segment_count == 0) {
        return refuse(c, "workload.segments", "expected at least one segment");
    }
    int64_t sum_ppb = 0;
    for (uint32_t i = 0; i < workload->segment_count; i++) {
        HST_TRY(check_segment(c, i));
        sum_ppb += workload->segments[i].share_ppb;
    }
    if (sum_ppb != HST_SCENARIO_PPB) {
        char sum[HST_VALUE_SIZE];
        hst_value_format_number(HST_KEY_RATE, sum_ppb, sum);
        return refuse(c, "workload.segments", "shares sum to %s, expected 100%%", sum);
    }
    return HST_OK;
}

/** Bank counts agree with each other. */
static hst_status check_banks(const check *c)
{
    const hst_scenario_banks *banks = &c->scenario->banks;
    if (banks->per_country_max < banks->per_country_min) {
        return refuse(c, "banks.per_country_max",
                      "%" PRId64 " is below per_country_min, which is %" PRId64,
                      banks->per_country_max, banks->per_country_min);
    }
    if (banks->correspondents_per_bank > banks->hubs_per_currency) {
        return refuse(c, "banks.correspondents_per_bank",
                      "%" PRId64 " is above hubs_per_currency, which is %" PRId64,
                      banks->correspondents_per_bank, banks->hubs_per_currency);
    }
    return HST_OK;
}

/** Corridors cross a border, and each is given once. */
static hst_status check_corridors(const check *c)
{
    const hst_scenario *scenario = c->scenario;
    hst_assert(scenario->corridor_count <= HST_SCENARIO_CORRIDORS_MAX);
    char path[HST_NODE_PATH_SIZE];
    for (uint32_t i = 0; i < scenario->corridor_count; i++) {
        const hst_scenario_corridor *corridor = &scenario->corridors[i];
        if (strcmp(corridor->from, corridor->to) == 0) {
            (void)snprintf(path, sizeof(path), "corridors[%u].to", i);
            return refuse(c, path, "%s to itself is no corridor", corridor->from);
        }
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(corridor->from, scenario->corridors[j].from) == 0 &&
                strcmp(corridor->to, scenario->corridors[j].to) == 0) {
                (void)snprintf(path, sizeof(path), "corridors[%u]", i);
                return refuse(c, path, "%s to %s is already given by corridors[%u]", corridor->from,
                              corridor->to, j);
            }
        }
    }
    return HST_OK;
}

static bool is_capital(char letter)
{
    return letter >= 'A' && letter <= 'Z';
}

/** Corridors of the distributed ledger: "all", or two countries as US-MX, each once. */
static hst_status check_dlt(const check *c)
{
    const hst_scenario_dlt *dlt = &c->scenario->rails.dlt;
    char path[HST_NODE_PATH_SIZE];
    char quoted[HST_PHRASE_SIZE];
    hst_assert(dlt->corridor_count <= HST_SCENARIO_DLT_CORRIDORS_MAX);
    for (uint32_t i = 0; i < dlt->corridor_count; i++) {
        const char *one = dlt->corridors[i];
        (void)snprintf(path, sizeof(path), "rails.dlt.corridors[%u]", i);
        const bool pair = strlen(one) == 5 && is_capital(one[0]) && is_capital(one[1]) &&
                          one[2] == '-' && is_capital(one[3]) && is_capital(one[4]);
        if (!pair && strcmp(one, "all") != 0) {
            hst_phrase_quote(one, quoted);
            return refuse(c, path, "expected all, or two countries as US-MX, got %s", quoted);
        }
        if (pair && memcmp(one, one + 3, 2) == 0) {
            return refuse(c, path, "%.2s to itself is no corridor", one);
        }
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(one, dlt->corridors[j]) == 0) {
                return refuse(c, path, "%s is already given by rails.dlt.corridors[%u]", one, j);
            }
        }
    }
    if (dlt->corridor_count == 0 && strcmp(dlt->protocol, HST_SCENARIO_PROTOCOL_NONE) != 0) {
        return refuse(c, "rails.dlt.corridors", "expected at least one corridor, or all");
    }
    return HST_OK;
}

hst_status hst_validate(hst_reading *reading, const hst_node *root, const hst_scenario *scenario)
{
    hst_assert(reading != NULL);
    hst_assert(scenario->schema == HST_SCENARIO_SCHEMA);
    const check c = {.reading = reading, .root = root, .scenario = scenario};
    HST_TRY(check_name(&c));
    HST_TRY(check_segments(&c));
    HST_TRY(check_banks(&c));
    HST_TRY(check_corridors(&c));
    HST_TRY(check_dlt(&c));
    return HST_OK;
}
