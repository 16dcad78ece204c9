#include "sim/experiment/experiment_levels.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include "sim/scenario/phrase.h"
#include "sim/scenario/value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *hst_experiment_text(hst_experiment_reader *reader, const char *format, ...)
{
    char text[2048];
    const char *copy = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    hst_assert(length >= 0);
    return hst_reading_copy(&reader->reading, text, strlen(text), &copy) == HST_OK ? copy : NULL;
}

/* ---- keys of a scenario ------------------------------------------------------------------- */

/* Why a key cannot be varied, or NULL. */
static const char *fixed(const char *path)
{
    if (strcmp(path, "seed") == 0 || strcmp(path, "replication") == 0) {
        return "belongs to the sweep, see 'seed' and 'replications' of an experiment";
    }
    static const char *const idle[] = {"schema", "include", "name", "title", "tags"};
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++) {
        if (strcmp(path, idle[i]) == 0) {
            return "changes nothing in a trial";
        }
    }
    return strncmp(path, "output.", 7) == 0 ? "changes nothing in a trial: no result is written"
                                            : NULL;
}

/* "corridors[3].fee" -> "corridors[].fee"; false when brackets are not so. */
static bool plain_path(const char *path, char out[HST_KEY_PATH_SIZE])
{
    size_t used = 0;
    for (const char *at = path; *at != '\0'; at++) {
        if (used + 3 >= HST_KEY_PATH_SIZE) {
            return false;
        }
        out[used++] = *at;
        if (*at == '[') {
            const size_t digits = strspn(at + 1, "0123456789");
            if (digits == 0 || digits > 6 || at[1 + digits] != ']') {
                return false;
            }
            at += digits;
        }
    }
    out[used] = '\0';
    return true;
}

/* The row of a scenario key written at `place`. */
static hst_status find_key(const hst_experiment_reader *reader,
                           const char *path,
                           hst_place place,
                           const char *label,
                           const hst_key **row)
{
    char plain[HST_KEY_PATH_SIZE];
    char word[HST_PHRASE_SIZE];
    char meant[HST_KEY_PATH_SIZE + 16];
    size_t count = 0;
    const hst_key *keys = hst_keys(&count);
    hst_phrase_word(path, word);
    if (!plain_path(path, plain)) {
        return hst_reading_refuse(&reader->reading, place, label, "no key of a scenario: '%s'",
                                  word);
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i].path, plain) == 0) {
            const char *why = fixed(plain);
            if (why != NULL) {
                return hst_reading_refuse(&reader->reading, place, label, "'%s' %s", word, why);
            }
            *row = &keys[i];
            return HST_OK;
        }
    }
    char *dot = strrchr(plain, '.');
    const char *name = dot != NULL ? dot + 1 : plain;
    if (dot != NULL) {
        *dot = '\0';
    }
    if (hst_key_suggest(dot != NULL ? plain : "", name, meant, sizeof meant)) {
        return hst_reading_refuse(&reader->reading, place, label,
                                  "no key of a scenario: '%s', did you mean %s?", word, meant);
    }
    return hst_reading_refuse(&reader->reading, place, label, "no key of a scenario: '%s'", word);
}

/* A number out of a field that was just read, in the key's base unit. */
static bool field_number(const hst_key *row, const void *base, double *number)
{
    hst_assert(row != NULL);
    const char *field = (const char *)base + row->offset;
    int64_t whole = 0;
    int32_t days = 0;
    switch (row->type) {
    case HST_KEY_INTEGER:
    case HST_KEY_MONEY:
    case HST_KEY_DURATION:
    case HST_KEY_RATE:
        memcpy(&whole, field, sizeof whole);
        *number = (double)whole;
        return true;
    case HST_KEY_REAL: memcpy(number, field, sizeof *number); return true;
    case HST_KEY_DATE:
        memcpy(&days, field, sizeof days);
        *number = days;
        return true;
    case HST_KEY_MAP:
    case HST_KEY_LIST:
    case HST_KEY_STRINGS:
    case HST_KEY_SETTINGS:
    case HST_KEY_BOOLEAN:
    case HST_KEY_STRING:
    case HST_KEY_ENUMERATION:
    case HST_KEY_PATH:
    case HST_KEY_TABLE:
    case HST_KEY_COUNTRY: break;
    }
    return false;
}

/* What an override says after "=": as written, in quotes where it would be taken for YAML. */
static const char *quoted(hst_experiment_reader *reader, const hst_key *row, const char *text)
{
    const bool list =
        row->type == HST_KEY_LIST || row->type == HST_KEY_STRINGS || row->type == HST_KEY_SETTINGS;
    const bool plain = list || (text[0] != '\0' && strchr("[{\"'", text[0]) == NULL &&
                                strcmp(text, "null") != 0 && strcmp(text, "~") != 0);
    if (plain) {
        return text;
    }
    char out[HST_VALUE_SIZE];
    hst_value_quote(text, out);
    return hst_experiment_text(reader, "%s", out);
}

/* Check a value. Paths start from the scenario, as those of an override do, not from this file. */
static hst_status
check_value(const hst_experiment_reader *reader, const hst_key *row, const hst_node *node)
{
    if ((row->type != HST_KEY_PATH && row->type != HST_KEY_TABLE) ||
        node->kind != HST_NODE_SCALAR) {
        return hst_value_read(&reader->reading, row, node, reader->scratch);
    }
    const hst_reading quiet = {.error = NULL};
    const hst_node there = {
        .kind = HST_NODE_SCALAR, .text = node->text, .place = {.file = "", .path = reader->base}};
    if (hst_value_read(&quiet, row, &there, reader->scratch) == HST_OK) {
        return HST_OK;
    }
    char expected[HST_VALUE_SIZE];
    hst_value_expected(row, expected);
    return hst_node_refuse(&reader->reading, node, expected, "");
}

/* Check a value of a scenario key and make it an override. */
static hst_status read_value(hst_experiment_reader *reader,
                             const char *path,
                             const hst_key *row,
                             const hst_node *node,
                             const char **assignment)
{
    hst_assert(row != NULL);
    hst_reading *reading = &reader->reading;
    if (row->type == HST_KEY_MAP) {
        return hst_node_refuse(reading, node, "a map of scenario keys", "");
    }
    if (row->type == HST_KEY_LIST || row->type == HST_KEY_STRINGS) {
        if (node->kind != HST_NODE_SCALAR || node->text[0] != '[') {
            return hst_node_refuse(reading, node, "a list as text, \"[...]\"", "");
        }
    } else if (row->type == HST_KEY_SETTINGS) {
        if (node->kind != HST_NODE_SCALAR || node->text[0] != '{') {
            return hst_node_refuse(reading, node, "a map as text, \"{...}\"", "");
        }
    } else {
        HST_TRY(check_value(reader, row, node));
    }
    const char *text = quoted(reader, row, node->text);
    *assignment = text != NULL ? hst_experiment_text(reader, "%s=%s", path, text) : NULL;
    return *assignment != NULL ? HST_OK : hst_reading_no_memory(reading);
}

static hst_status add_override(hst_experiment_reader *reader,
                               const hst_node *node,
                               const char *assignment,
                               hst_overrides *overrides)
{
    if (overrides->count == HST_EXPERIMENT_SETTINGS_MAX) {
        char label[HST_NODE_PATH_SIZE];
        hst_node_path(node, label);
        return hst_reading_refuse(&reader->reading, node->place, label,
                                  "more than %d keys (HST_EXPERIMENT_SETTINGS_MAX)",
                                  HST_EXPERIMENT_SETTINGS_MAX);
    }
    overrides->list[overrides->count++] = assignment;
    return HST_OK;
}

/* Keys of a map, and of the maps in it: both `liquidity.top_up: false` and `liquidity: {...}`. */
static hst_status read_set(hst_experiment_reader *reader,
                           const char *prefix,
                           const hst_node *map,
                           hst_overrides *overrides)
{
    if (map->kind != HST_NODE_MAP) {
        return hst_node_refuse(&reader->reading, map, "a map of scenario keys", "");
    }
    for (const hst_node *child = map->first; child != NULL; child = child->sibling) {
        const hst_key *row = NULL;
        const char *path =
            hst_experiment_text(reader, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", child->key);
        if (path == NULL) {
            return hst_reading_no_memory(&reader->reading);
        }
        char label[HST_NODE_PATH_SIZE];
        hst_node_path(map, label);
        HST_TRY(find_key(reader, path, child->key_place, label, &row));
        hst_assert(row != NULL);
        if (row->type == HST_KEY_MAP && child->kind == HST_NODE_MAP) {
            HST_TRY(read_set(reader, path, child, overrides));
            continue;
        }
        const char *assignment = NULL;
        HST_TRY(read_value(reader, path, row, child, &assignment));
        HST_TRY(add_override(reader, child, assignment, overrides));
    }
    return HST_OK;
}

hst_status hst_experiment_read_set(hst_experiment_reader *reader,
                                   const hst_node *map,
                                   hst_overrides *overrides)
{
    hst_assert(overrides != NULL);
    return read_set(reader, "", map, overrides);
}

/* ---- levels ------------------------------------------------------------------------------- */

/* Room for a factor's levels. */
static hst_level *new_levels(hst_experiment_reader *reader, hst_factor *factor, uint32_t count)
{
    hst_level *levels = HST_ARENA_NEW(reader->reading.arena, hst_level, count);
    factor->levels = levels;
    factor->level_count = count;
    return levels;
}

/* A list of 2 to HST_EXPERIMENT_LEVELS_MAX entries. */
static hst_status check_list(const hst_experiment_reader *reader, const hst_node *list)
{
    char label[HST_NODE_PATH_SIZE];
    hst_node_path(list, label);
    if (list->kind != HST_NODE_LIST) {
        return hst_node_refuse(&reader->reading, list, "a list of levels", "");
    }
    if (list->child_count < 2) {
        return hst_reading_refuse(&reader->reading, list->place, label,
                                  "expected two levels or more, got %u", list->child_count);
    }
    if (list->child_count > HST_EXPERIMENT_LEVELS_MAX) {
        return hst_reading_refuse(&reader->reading, list->place, label,
                                  "%u levels, at most %d (HST_EXPERIMENT_LEVELS_MAX)",
                                  list->child_count, HST_EXPERIMENT_LEVELS_MAX);
    }
    return HST_OK;
}

/* Levels are told apart by their text: it must be one line, short, and new. */
static hst_status check_text(const hst_experiment_reader *reader,
                             const hst_node *node,
                             const hst_level *levels,
                             uint32_t count)
{
    char label[HST_NODE_PATH_SIZE];
    char word[HST_PHRASE_SIZE];
    const char *text = levels[count].text;
    hst_node_path(node, label);
    hst_phrase_word(text, word);
    if (strlen(text) >= HST_EXPERIMENT_NAME_SIZE) {
        return hst_reading_refuse(&reader->reading, node->place, label,
                                  "a level of %zu bytes, at most %d (use `settings` to name it)",
                                  strlen(text), HST_EXPERIMENT_NAME_SIZE - 1);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(levels[i].text, text) == 0) {
            return hst_reading_refuse(&reader->reading, node->place, label,
                                      "level '%s' is there already", word);
        }
    }
    return HST_OK;
}

static hst_status set_override(hst_experiment_reader *reader,
                               hst_level *level,
                               const char *const *list,
                               uint32_t count)
{
    const char **copy = HST_ARENA_NEW(reader->reading.arena, const char *, count);
    if (copy == NULL) {
        return hst_reading_no_memory(&reader->reading);
    }
    memcpy(copy, list, count * sizeof *copy);
    level->overrides = copy;
    level->override_count = count;
    return HST_OK;
}

static hst_status read_levels(hst_experiment_reader *reader,
                              const hst_node *list,
                              const hst_key *row,
                              hst_factor *factor)
{
    HST_TRY(check_list(reader, list));
    hst_level *levels = new_levels(reader, factor, list->child_count);
    if (levels == NULL) {
        return hst_reading_no_memory(&reader->reading);
    }
    uint32_t i = 0;
    for (const hst_node *node = list->first; node != NULL; node = node->sibling, i++) {
        const char *assignment = NULL;
        HST_TRY(read_value(reader, factor->key, row, node, &assignment));
        levels[i].text = node->text;
        levels[i].has_number = field_number(row, reader->scratch, &levels[i].number);
        HST_TRY(check_text(reader, node, levels, i));
        HST_TRY(set_override(reader, &levels[i], &assignment, 1));
    }
    return HST_OK;
}

hst_status hst_experiment_read_file(const hst_experiment_reader *reader,
                                    const hst_node *node,
                                    const char *path)
{
    hst_assert(node != NULL);
    const char *bytes = NULL;
    size_t size = 0;
    char label[HST_NODE_PATH_SIZE];
    char word[HST_PHRASE_SIZE];
    const hst_status found = hst_inputs_get(reader->reading.inputs, path, &bytes, &size, NULL);
    if (found == HST_NO_MEMORY) {
        return hst_reading_no_memory(&reader->reading);
    }
    hst_node_path(node, label);
    hst_phrase_quote(node->text, word);
    return found == HST_OK ? HST_OK
                           : hst_reading_refuse(&reader->reading, node->place, label,
                                                "cannot read %s: %s", word, hst_status_text(found));
}

/* "routers/static.yaml" -> "static". */
static const char *stem(hst_experiment_reader *reader, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    const size_t length = dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name);
    return hst_experiment_text(reader, "%.*s", (int)length, name);
}

static hst_status
read_files(hst_experiment_reader *reader, const hst_node *list, hst_factor *factor)
{
    static const hst_key path_row = {.path = "files",
                                     .type = HST_KEY_PATH,
                                     .size = HST_INPUT_PATH_SIZE,
                                     .min = 1,
                                     .max = HST_INPUT_PATH_SIZE - 1};
    HST_TRY(check_list(reader, list));
    hst_level *levels = new_levels(reader, factor, list->child_count);
    if (levels == NULL) {
        return hst_reading_no_memory(&reader->reading);
    }
    uint32_t i = 0;
    for (const hst_node *node = list->first; node != NULL; node = node->sibling, i++) {
        char path[HST_INPUT_PATH_SIZE] = "";
        HST_TRY(hst_value_read(&reader->reading, &path_row, node, path));
        HST_TRY(hst_experiment_read_file(reader, node, path));
        levels[i].root = hst_experiment_text(reader, "%s", path);
        levels[i].text = stem(reader, path);
        if (levels[i].root == NULL || levels[i].text == NULL) {
            return hst_reading_no_memory(&reader->reading);
        }
        HST_TRY(check_text(reader, node, levels, i));
    }
    return HST_OK;
}

static hst_status
read_settings(hst_experiment_reader *reader, const hst_node *list, hst_factor *factor)
{
    HST_TRY(check_list(reader, list));
    hst_level *levels = new_levels(reader, factor, list->child_count);
    if (levels == NULL) {
        return hst_reading_no_memory(&reader->reading);
    }
    uint32_t i = 0;
    for (const hst_node *node = list->first; node != NULL; node = node->sibling, i++) {
        hst_experiment_setting setting = {.name = ""};
        hst_overrides overrides = {.count = 0};
        HST_TRY(hst_experiment_bind(&reader->reading, "factors[].settings[]", node, &setting));
        HST_TRY(hst_experiment_read_set(reader, hst_node_find(node, "set"), &overrides));
        levels[i].text = hst_experiment_text(reader, "%s", setting.name);
        if (levels[i].text == NULL) {
            return hst_reading_no_memory(&reader->reading);
        }
        HST_TRY(check_text(reader, hst_node_find(node, "name"), levels, i));
        HST_TRY(set_override(reader, &levels[i], overrides.list, overrides.count));
    }
    return HST_OK;
}

/* ---- ranges ------------------------------------------------------------------------------- */

/* A value in the key's base unit, of the types that have values between two. */
static bool span_value(const hst_key *row, const void *base, int64_t *value)
{
    double number = 0;
    if (!field_number(row, base, &number)) {
        return false;
    }
    if (row->type == HST_KEY_REAL) {
        number *= (double)HST_KEY_NANO;
    }
    *value = (int64_t)(number + (number < 0 ? -0.5 : 0.5));
    return true;
}

static hst_status read_end(hst_experiment_reader *reader,
                           const hst_key *row,
                           const hst_node *map,
                           const char *name,
                           int64_t *value)
{
    hst_assert(row != NULL);
    const hst_node *node = hst_node_find(map, name);
    hst_assert(node != NULL); /* required */
    if (row->type == HST_KEY_LIST || row->type == HST_KEY_STRINGS || row->type == HST_KEY_MAP ||
        row->type == HST_KEY_SETTINGS) {
        return hst_node_refuse(&reader->reading, node, "a key with one value for a range", "");
    }
    HST_TRY(hst_value_read(&reader->reading, row, node, reader->scratch));
    return span_value(row, reader->scratch, value)
               ? HST_OK
               : hst_node_refuse(&reader->reading, node, "a key that holds a number for a range",
                                 "");
}

static hst_status read_range(hst_experiment_reader *reader,
                             const hst_node *map,
                             const hst_key *row,
                             hst_experiment_span *span)
{
    span->row = row;
    span->node = map;
    HST_TRY(hst_experiment_bind(&reader->reading, "factors[].range", map, &span->keys));
    HST_TRY(read_end(reader, row, map, "low", &span->low));
    HST_TRY(read_end(reader, row, map, "high", &span->high));
    const hst_node *high = hst_node_find(map, "high");
    if (span->high <= span->low) {
        return hst_node_refuse(&reader->reading, high, "a value above `low`", "");
    }
    if (span->keys.spacing == HST_SPACING_LOGARITHMIC && span->low <= 0) {
        return hst_node_refuse(&reader->reading, hst_node_find(map, "low"),
                               "a value above 0 for logarithmic spacing", "");
    }
    return HST_OK;
}

/* `at` of the way from low to high. */
static int64_t between(const hst_experiment_span *span, double at)
{
    const double low = (double)span->low;
    const double high = (double)span->high;
    double value = low + (high - low) * at;
    if (span->keys.spacing == HST_SPACING_LOGARITHMIC) {
        value = hst_exp(hst_log(low) + (hst_log(high) - hst_log(low)) * at);
    }
    const int64_t whole = (int64_t)(value + (value < 0 ? -0.5 : 0.5));
    return whole < span->low ? span->low : (whole > span->high ? span->high : whole);
}

hst_status hst_experiment_cut(hst_experiment_reader *reader,
                              const hst_experiment_span *span,
                              const double *at,
                              uint32_t count,
                              hst_factor *factor)
{
    hst_assert(span->row != NULL);
    hst_level *levels = new_levels(reader, factor, count);
    if (levels == NULL) {
        return hst_reading_no_memory(&reader->reading);
    }
    for (uint32_t i = 0; i < count; i++) {
        char text[HST_VALUE_SIZE];
        const int64_t value = between(span, at[i]);
        hst_value_format_number(span->row->type, value, text);
        levels[i].text = hst_experiment_text(reader, "%s", text);
        levels[i].has_number = true;
        levels[i].number = (double)value;
        if (span->row->type == HST_KEY_REAL) {
            levels[i].number /= (double)HST_KEY_NANO;
        }
        const char *assignment = hst_experiment_text(reader, "%s=%s", factor->key, text);
        if (levels[i].text == NULL || assignment == NULL) {
            return hst_reading_no_memory(&reader->reading);
        }
        HST_TRY(check_text(reader, span->node, levels, i));
        HST_TRY(set_override(reader, &levels[i], &assignment, 1));
    }
    return HST_OK;
}

/* ---- one factor --------------------------------------------------------------------------- */

/* The one key of `levels`, `range`, `files`, `settings` that is there. */
static hst_status
find_kind(const hst_experiment_reader *reader, const hst_node *node, const hst_node **kind)
{
    static const char *const names[] = {"levels", "range", "files", "settings"};
    char label[HST_NODE_PATH_SIZE];
    hst_node_path(node, label);
    *kind = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const hst_node *found = hst_node_find(node, names[i]);
        if (found != NULL && *kind != NULL) {
            return hst_reading_refuse(&reader->reading, found->key_place, label,
                                      "'%s' and '%s': a factor has one of them", (*kind)->key,
                                      found->key);
        }
        *kind = found != NULL ? found : *kind;
    }
    return *kind != NULL
               ? HST_OK
               : hst_reading_refuse(&reader->reading, node->place, label,
                                    "a factor needs 'levels', 'range', 'files' or 'settings'");
}

/* A factor's name is a column of the result. */
static hst_status
check_name(const hst_experiment_reader *reader, const hst_node *node, const char *name)
{
    static const char *const taken[] = {"cell", "label", "scenario"};
    const hst_node *said = hst_node_find(node, "name");
    const hst_place place = said != NULL ? said->place : node->place;
    char label[HST_NODE_PATH_SIZE];
    hst_node_path(said != NULL ? said : node, label);
    if (name[0] == '\0') {
        return hst_reading_refuse(&reader->reading, place, label, "required key 'name' is missing");
    }
    bool bad = false;
    for (const char *at = name; *at != '\0'; at++) {
        bad = bad || !((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                       (*at >= '0' && *at <= '9') || *at == '_' || *at == '-');
    }
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        bad = bad || strcmp(name, taken[i]) == 0;
    }
    return bad ? hst_reading_refuse(&reader->reading, place, label,
                                    "expected letters, digits, _ and -, and not cell, label or "
                                    "scenario")
               : HST_OK;
}

hst_status hst_experiment_read_factor(hst_experiment_reader *reader,
                                      const hst_node *node,
                                      hst_factor *factor,
                                      hst_experiment_span *span)
{
    hst_reading *reading = &reader->reading;
    hst_experiment_factor keys = {.name = ""};
    const hst_key *row = NULL;
    const hst_node *kind = NULL;
    char label[HST_NODE_PATH_SIZE];
    HST_TRY(hst_experiment_bind(reading, "factors[]", node, &keys));
    HST_TRY(find_kind(reader, node, &kind));
    hst_node_path(node, label);
    const hst_node *key = hst_node_find(node, "key");
    const bool keyed = strcmp(kind->key, "levels") == 0 || strcmp(kind->key, "range") == 0;
    if (keyed && key == NULL) {
        return hst_reading_refuse(reading, node->place, label, "required key 'key' is missing");
    }
    if (!keyed && key != NULL) {
        return hst_reading_refuse(reading, key->key_place, label,
                                  "'key' goes with 'levels' or 'range', not with '%s'", kind->key);
    }
    if (keyed) {
        char inner[HST_NODE_PATH_SIZE];
        hst_node_path(key, inner);
        HST_TRY(find_key(reader, keys.key, key->place, inner, &row));
        hst_assert(row != NULL);
        if (row->type == HST_KEY_MAP) {
            return hst_reading_refuse(reading, key->place, inner,
                                      "'%s' holds keys, not a value: use one of them, or "
                                      "'settings'",
                                      keys.key);
        }
    }
    const char *dot = strrchr(keys.key, '.');
    factor->key = hst_experiment_text(reader, "%s", keys.key);
    factor->name = keys.name[0] != '\0'
                       ? hst_experiment_text(reader, "%s", keys.name)
                       : hst_experiment_text(reader, "%s", dot != NULL ? dot + 1 : keys.key);
    if (factor->key == NULL || factor->name == NULL) {
        return hst_reading_no_memory(reading);
    }
    HST_TRY(check_name(reader, node, factor->name));
    if (strcmp(kind->key, "levels") == 0) {
        return read_levels(reader, kind, row, factor);
    }
    if (strcmp(kind->key, "range") == 0) {
        return read_range(reader, kind, row, span);
    }
    return strcmp(kind->key, "files") == 0 ? read_files(reader, kind, factor)
                                           : read_settings(reader, kind, factor);
}
