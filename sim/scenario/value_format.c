#include "core/base/assert.h"

#include "sim/base/calendar.h"
#include "sim/base/number.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/** A duration in the largest unit that divides it. */
static void format_duration(int64_t duration_ns, char *out)
{
    static const struct {
        int64_t size_ns;
        const char *name;
    } units[] = {{HST_DAY_NS, "d"},
                 {HST_HOUR_NS, "h"},
                 {HST_MINUTE_NS, "min"},
                 {HST_SECOND_NS, "s"},
                 {1000000, "ms"},
                 {1000, "us"},
                 {1, "ns"}};
    if (duration_ns == 0) {
        (void)snprintf(out, HST_VALUE_SIZE, "0s");
        return;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (duration_ns % units[i].size_ns == 0) {
            (void)snprintf(out, HST_VALUE_SIZE, "%" PRId64 "%s", duration_ns / units[i].size_ns,
                           units[i].name);
            return;
        }
    }
    hst_assert(false);
}

/** A rate below one per cent in basis points, others in per cent. */
static void format_rate(int64_t rate_ppb, char *out)
{
    const int64_t one_bp = HST_SCENARIO_PPB / 10000;
    char number[HST_NUMBER_TEXT_SIZE];
    if (rate_ppb == 0) {
        (void)snprintf(out, HST_VALUE_SIZE, "0");
    } else if (rate_ppb < 100 * one_bp && rate_ppb > -100 * one_bp) {
        (void)hst_format_fixed(rate_ppb, 5, number, sizeof(number));
        (void)snprintf(out, HST_VALUE_SIZE, "%sbp", number);
    } else {
        (void)hst_format_fixed(rate_ppb, 7, number, sizeof(number));
        (void)snprintf(out, HST_VALUE_SIZE, "%s%%", number);
    }
}

void hst_value_format_number(hst_key_type type, int64_t value, char *out)
{
    hst_assert(out != NULL);
    switch (type) {
    case HST_KEY_DURATION: format_duration(value, out); return;
    case HST_KEY_RATE: format_rate(value, out); return;
    case HST_KEY_REAL: (void)hst_format_fixed(value, 9, out, HST_VALUE_SIZE); return;
    case HST_KEY_MONEY: (void)hst_format_fixed(value, 6, out, HST_VALUE_SIZE); return;
    case HST_KEY_DATE: hst_date_format((int32_t)value, out); return;
    case HST_KEY_MAP:
    case HST_KEY_LIST:
    case HST_KEY_STRINGS:
    case HST_KEY_SETTINGS:
    case HST_KEY_INTEGER:
    case HST_KEY_BOOLEAN:
    case HST_KEY_STRING:
    case HST_KEY_ENUMERATION:
    case HST_KEY_PATH:
    case HST_KEY_TABLE:
    case HST_KEY_COUNTRY: break;
    }
    (void)snprintf(out, HST_VALUE_SIZE, "%" PRId64, value);
}

/** Read a field of a known size. */
static void load(const hst_key *key, const void *base, void *value, size_t size)
{
    hst_assert(key->size == size);
    memcpy(value, (const char *)base + key->offset, size);
}

/** A path relative to the root file again: "@up" becomes "..". */
static void format_path(const char *path, char *out)
{
    char written[HST_INPUT_PATH_SIZE];
    size_t used = 0;
    hst_assert(strlen(path) < sizeof(written));
    while (strncmp(path, "@up", 3) == 0 && (path[3] == '/' || path[3] == '\0')) {
        memcpy(written + used, "..", 2);
        used += 2;
        path += 3;
        if (*path == '/') {
            written[used++] = *path++;
        }
    }
    memcpy(written + used, path, strlen(path) + 1);
    hst_value_quote(written[0] == '\0' ? "." : written, out);
}

void hst_value_quote(const char *text, char *out)
{
    size_t used = 0;
    out[used++] = '"';
    for (; *text != '\0'; text++) {
        hst_assert(used + 4 < HST_VALUE_SIZE);
        if (*text == '"' || *text == '\\') {
            out[used++] = '\\';
        }
        out[used++] = *text;
    }
    out[used++] = '"';
    out[used] = '\0';
}

/** The number in a field, in the key's base unit. */
static int64_t load_number(const hst_key *key, const void *base)
{
    switch (key->type) {
    case HST_KEY_REAL: {
        double real = 0;
        load(key, base, &real, sizeof(real));
        /* The nearest billionth: the field came from a whole number of them. */
        return (int64_t)(real * (double)HST_KEY_NANO + (real < 0 ? -0.5 : 0.5));
    }
    case HST_KEY_DATE: {
        int32_t days = 0;
        load(key, base, &days, sizeof(days));
        return days;
    }
    case HST_KEY_BOOLEAN: {
        bool yes = false;
        load(key, base, &yes, sizeof(yes));
        return yes ? 1 : 0;
    }
    case HST_KEY_ENUMERATION: {
        unsigned index = 0;
        load(key, base, &index, sizeof(index));
        return (int64_t)index;
    }
    case HST_KEY_INTEGER:
    case HST_KEY_MONEY:
    case HST_KEY_DURATION:
    case HST_KEY_RATE: {
        int64_t value = 0;
        load(key, base, &value, sizeof(value));
        return value;
    }
    case HST_KEY_MAP:
    case HST_KEY_LIST:
    case HST_KEY_STRINGS:
    case HST_KEY_SETTINGS:
    case HST_KEY_STRING:
    case HST_KEY_PATH:
    case HST_KEY_TABLE:
    case HST_KEY_COUNTRY: break;
    }
    hst_assert(false);
    return 0;
}

void hst_value_format(const hst_key *key, const void *base, char *out)
{
    const char *field = (const char *)base + key->offset;
    switch (key->type) {
    case HST_KEY_STRING: hst_value_quote(field, out); return;
    case HST_KEY_PATH:
    case HST_KEY_TABLE: format_path(field, out); return;
    case HST_KEY_COUNTRY: (void)snprintf(out, HST_VALUE_SIZE, "%.2s", field); return;
    case HST_KEY_BOOLEAN:
        (void)snprintf(out, HST_VALUE_SIZE, "%s", load_number(key, base) != 0 ? "true" : "false");
        return;
    case HST_KEY_ENUMERATION: {
        const int64_t index = load_number(key, base);
        hst_assert(index >= 0 && index <= key->max);
        (void)snprintf(out, HST_VALUE_SIZE, "%s", key->names[index]);
        return;
    }
    case HST_KEY_INTEGER:
    case HST_KEY_REAL:
    case HST_KEY_MONEY:
    case HST_KEY_DURATION:
    case HST_KEY_RATE:
    case HST_KEY_DATE: hst_value_format_number(key->type, load_number(key, base), out); return;
    case HST_KEY_MAP:
    case HST_KEY_LIST:
    case HST_KEY_STRINGS:
    case HST_KEY_SETTINGS: break;
    }
    hst_assert(false);
}

/** What a type is called in "expected a ...". */
static const char *noun(hst_key_type type)
{
    switch (type) {
    case HST_KEY_MAP: return "a map";
    case HST_KEY_LIST: return "a list of maps";
    case HST_KEY_STRINGS: return "a list of texts";
    case HST_KEY_SETTINGS: return "a map of names and values";
    case HST_KEY_INTEGER: return "an integer";
    case HST_KEY_REAL: return "a number";
    case HST_KEY_DURATION: return "a duration";
    case HST_KEY_RATE: return "a rate";
    case HST_KEY_MONEY: return "an amount in US dollars";
    case HST_KEY_BOOLEAN: return "true or false";
    case HST_KEY_STRING: return "one line of text";
    case HST_KEY_ENUMERATION: return "one of";
    case HST_KEY_DATE: return "a date";
    case HST_KEY_PATH:
    case HST_KEY_TABLE: return "a relative path";
    case HST_KEY_COUNTRY: return "a country in two capital letters, as DE";
    }
    hst_assert(false);
    return "";
}

void hst_value_expected(const hst_key *key, char *out)
{
    const char *what = noun(key->type);
    switch (key->type) {
    case HST_KEY_MAP:
    case HST_KEY_LIST:
    case HST_KEY_STRINGS:
    case HST_KEY_SETTINGS:
    case HST_KEY_BOOLEAN:
    case HST_KEY_COUNTRY: (void)snprintf(out, HST_VALUE_SIZE, "%s", what); return;
    case HST_KEY_STRING:
    case HST_KEY_PATH:
    case HST_KEY_TABLE:
        (void)snprintf(out, HST_VALUE_SIZE, "%s of at most %" PRId64 " bytes", what, key->max);
        return;
    case HST_KEY_ENUMERATION: {
        size_t used = (size_t)snprintf(out, HST_VALUE_SIZE, "%s", what);
        for (size_t i = 0; key->names[i] != NULL; i++) {
            hst_assert(used < HST_VALUE_SIZE);
            used += (size_t)snprintf(out + used, HST_VALUE_SIZE - used, "%s %s", i > 0 ? "," : "",
                                     key->names[i]);
        }
        return;
    }
    case HST_KEY_INTEGER:
    case HST_KEY_REAL:
    case HST_KEY_DURATION:
    case HST_KEY_RATE:
    case HST_KEY_MONEY:
    case HST_KEY_DATE: break;
    }
    char least[HST_VALUE_SIZE];
    char greatest[HST_VALUE_SIZE];
    hst_value_format_number(key->type, key->min, least);
    hst_value_format_number(key->type, key->max, greatest);
    if (key->min == key->max) {
        (void)snprintf(out, HST_VALUE_SIZE, "%.64s", least);
    } else {
        (void)snprintf(out, HST_VALUE_SIZE, "%s in [%.64s, %.64s]", what, least, greatest);
    }
}
