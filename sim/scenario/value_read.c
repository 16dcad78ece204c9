#include "core/base/assert.h"

#include "sim/base/number.h"
#include "sim/scenario/phrase.h"
#include "sim/scenario/value.h"

#include <stdio.h>
#include <string.h>

/** Store the low `size` bytes' worth of a checked number. */
static void store(void *base, const hst_key *key, const void *value, size_t size)
{
    hst_assert(key->size == size);
    memcpy((char *)base + key->offset, value, size);
}

/** A number in the key's base unit. */
static hst_status parse_number(const hst_key *key, hst_text text, int64_t *value)
{
    switch (key->type) {
    case HST_KEY_INTEGER: return hst_parse_amount(text, 0, value);
    case HST_KEY_REAL: return hst_parse_amount(text, 9, value);
    case HST_KEY_MONEY: return hst_parse_amount(text, 6, value);
    case HST_KEY_DURATION: return hst_parse_duration(text, value);
    case HST_KEY_RATE: return hst_parse_rate_ppb(text, value);
    case HST_KEY_DATE: {
        int32_t days = 0;
        HST_TRY(hst_parse_date(text, &days));
        *value = days;
        return HST_OK;
    }
    case HST_KEY_BOOLEAN:
        *value = hst_text_equals(text, "true") ? 1 : 0;
        return *value == 1 || hst_text_equals(text, "false") ? HST_OK : HST_INVALID;
    case HST_KEY_ENUMERATION:
        for (*value = 0; key->names[*value] != NULL; (*value)++) {
            if (hst_text_equals(text, key->names[*value])) {
                return HST_OK;
            }
        }
        return HST_INVALID;
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
    return HST_INVALID;
}

/** Append the word of an enumeration that is nearest, when one is near. */
static void explain_word(const hst_key *key, const char *text, char *why, size_t size)
{
    size_t nearest = hst_phrase_slip(text) + 1;
    for (const char *const *name = key->names; *name != NULL; name++) {
        const size_t distance = hst_phrase_distance(text, *name, nearest - 1);
        if (distance < nearest) {
            nearest = distance;
            (void)snprintf(why, size, ", did you mean '%s'?", *name);
        }
    }
}

/** A hint on what is wrong with a number, appended to the complaint; may be empty. */
static void explain(const hst_key *key, const char *text, char *why, size_t size)
{
    const hst_text view = hst_text_of(text);
    const unsigned decimals = key->type == HST_KEY_MONEY ? 6 : 9;
    double plain = 0;
    int64_t value = 0;
    why[0] = '\0';
    if (key->type == HST_KEY_ENUMERATION) {
        explain_word(key, text, why, size);
    } else if (hst_parse_double(view, &plain) != HST_OK) {
        return;
    } else if (key->type == HST_KEY_DURATION) {
        (void)snprintf(why, size, ": a unit is missing (ns, us, ms, s, min, h, d, w)");
    } else if (key->type == HST_KEY_RATE && plain > 1 && plain <= 100) {
        (void)snprintf(why, size, ", did you mean '%.32s%%'?", text);
    } else if ((key->type == HST_KEY_REAL || key->type == HST_KEY_MONEY) &&
               hst_parse_fixed(view, decimals, &value) == HST_INVALID) {
        (void)snprintf(why, size, ": at most %u decimals", decimals);
    }
}

/** Store a number in its field's C type. */
static void store_number(const hst_key *key, void *base, int64_t value)
{
    switch (key->type) {
    case HST_KEY_REAL: {
        const double real = (double)value / (double)HST_KEY_NANO;
        store(base, key, &real, sizeof(real));
        return;
    }
    case HST_KEY_DATE: {
        const int32_t days = (int32_t)value;
        store(base, key, &days, sizeof(days));
        return;
    }
    case HST_KEY_BOOLEAN: {
        const bool yes = value != 0;
        store(base, key, &yes, sizeof(yes));
        return;
    }
    case HST_KEY_ENUMERATION: {
        const unsigned index = (unsigned)value;
        store(base, key, &index, sizeof(index));
        return;
    }
    case HST_KEY_INTEGER:
    case HST_KEY_MONEY:
    case HST_KEY_DURATION:
    case HST_KEY_RATE: store(base, key, &value, sizeof(value)); return;
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
}

/** Whether text is "DE" or the like. */
static bool is_country(const char *text)
{
    return strlen(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' &&
           text[1] <= 'Z';
}

/** Normal form of a file's or folder's path into out[HST_INPUT_PATH_SIZE]; "" for the root folder.
 * hst_inputs_resolve takes files only, so a name is put behind it and taken off again. */
static bool resolve(const char *from, const char *path, char *out)
{
    char inside[HST_INPUT_PATH_SIZE + 2];
    const int length = snprintf(inside, sizeof(inside), "%s/x", path);
    if (path[0] == '\0' || length < 0 || (size_t)length >= sizeof(inside)) {
        return false;
    }
    if (hst_inputs_resolve(from, inside, out, NULL) != HST_OK) {
        return false;
    }
    const size_t size = strlen(out);
    hst_assert(out[size - 1] == 'x');
    out[size > 1 ? size - 2 : 0] = '\0';
    return true;
}

/** Text that goes into char[key->size]; paths are resolved against the file that says them. */
static bool read_text(const hst_key *key, const hst_node *node, void *base)
{
    char resolved[HST_INPUT_PATH_SIZE];
    const char *text = node->text;
    hst_assert(text != NULL);
    if (!hst_phrase_is_line(text)) {
        return false;
    }
    if (key->type == HST_KEY_COUNTRY && !is_country(text)) {
        return false;
    }
    if (key->type == HST_KEY_PATH || key->type == HST_KEY_TABLE) {
        if (!resolve(node->place.path, text, resolved)) {
            return false;
        }
        text = resolved;
    }
    const size_t size = strlen(text);
    hst_assert(key->size > (size_t)key->max);
    if (size > (size_t)key->max || size < (size_t)key->min) {
        return false;
    }
    memset((char *)base + key->offset, 0, key->size);
    memcpy((char *)base + key->offset, text, size);
    return true;
}

hst_status
hst_value_read(const hst_reading *reading, const hst_key *key, const hst_node *node, void *base)
{
    hst_assert(base != NULL);
    hst_assert(key->type != HST_KEY_MAP && key->type != HST_KEY_LIST);
    char expected[HST_VALUE_SIZE];
    char why[HST_PHRASE_SIZE] = "";
    bool good = false;
    if (node->kind == HST_NODE_SCALAR) {
        if (key->type == HST_KEY_STRING || key->type == HST_KEY_PATH ||
            key->type == HST_KEY_TABLE || key->type == HST_KEY_COUNTRY) {
            good = read_text(key, node, base);
        } else {
            int64_t value = 0;
            good = parse_number(key, hst_text_of(node->text), &value) == HST_OK &&
                   value >= key->min && value <= key->max;
            if (good) {
                store_number(key, base, value);
            } else {
                explain(key, node->text, why, sizeof(why));
            }
        }
    }
    if (good) {
        return HST_OK;
    }
    hst_value_expected(key, expected);
    return hst_node_refuse(reading, node, expected, why);
}
