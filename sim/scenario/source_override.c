#include "core/base/assert.h"

#include "sim/scenario/keys.h"
#include "sim/scenario/phrase.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/source.h"
#include "sim/scenario/yaml.h"

#include <stdio.h>
#include <string.h>

/** One override under way. */
typedef struct override {
    hst_reading *reading;
    hst_place place;                 /**< "--set workload.payments=x" */
    char prefix[HST_NODE_PATH_SIZE]; /**< of the schema: where `node` is, items as "[]" */
    hst_node *node;                  /**< what the path has led to so far */
} override;

static hst_status refuse_shape(const override *o)
{
    return hst_reading_refuse(o->reading, o->place, "", "expected key.path=value");
}

/** The path leads through something that has no keys, or no entries. */
static hst_status refuse_step(const override *o, const char *expected)
{
    char label[HST_NODE_PATH_SIZE];
    char got[HST_PHRASE_SIZE];
    hst_node_path(o->node, label);
    hst_node_describe(o->node, got);
    return hst_reading_refuse(o->reading, o->place, label, "expected %s, got %s", expected, got);
}

/** The nodes of the value: YAML when it looks like a list, map or quoted text, else as it is. */
static hst_status parse_value(override *o, const char *text, hst_node **value)
{
    if (text[0] != '\0' && strchr("[{\"'", text[0]) != NULL) {
        const hst_yaml_source source = {.file = o->place.file,
                                        .path = o->place.path,
                                        .bytes = text,
                                        .size = strlen(text),
                                        .places = false};
        return hst_yaml_read(o->reading, &source, value);
    }
    const bool nothing = text[0] == '\0' || strcmp(text, "null") == 0 || strcmp(text, "~") == 0;
    HST_TRY(
        hst_node_create(o->reading, nothing ? HST_NODE_NOTHING : HST_NODE_SCALAR, o->place, value));
    (*value)->text = nothing ? NULL : text;
    return HST_OK;
}

/** Put a new node of a kind under `key` of the map reached so far. */
static hst_status add(override *o, const char *key, hst_node_kind kind)
{
    hst_assert(o->node->kind == HST_NODE_MAP);
    if (o->node->child_count >= HST_SCENARIO_KEYS_MAX) {
        return hst_reading_refuse(o->reading, o->place, "",
                                  "more than %d keys in one map (HST_SCENARIO_KEYS_MAX)",
                                  HST_SCENARIO_KEYS_MAX);
    }
    hst_node *made = NULL;
    HST_TRY(hst_node_create(o->reading, kind, o->place, &made));
    made->key = key;
    hst_node_append(o->node, made);
    o->node = made;
    return HST_OK;
}

/** Follow one key; a map or list that no file mentions is made, a list with its default. */
static hst_status follow_key(override *o, const char *key, bool list)
{
    if (o->node->kind != HST_NODE_MAP) {
        return refuse_step(o, "a map");
    }
    const hst_key *row = hst_key_find(o->prefix, key);
    const size_t used = strlen(o->prefix);
    (void)snprintf(o->prefix + used, sizeof(o->prefix) - used, "%s%s", used > 0 ? "." : "", key);
    hst_node *next = hst_node_find(o->node, key);
    if (next != NULL) {
        o->node = next;
        return HST_OK;
    }
    if (list && row != NULL && row->type == HST_KEY_LIST && row->fallback != NULL) {
        hst_node *standard = NULL;
        HST_TRY(hst_source_default(o->reading, row->fallback, &standard));
        hst_assert(standard->kind == HST_NODE_LIST);
        HST_TRY(add(o, key, HST_NODE_LIST));
        hst_node *made = o->node;
        standard->place = o->place;
        standard->key_place = o->place;
        hst_node_replace(made, standard);
        o->node = standard;
        return HST_OK;
    }
    return add(o, key, list ? HST_NODE_LIST : HST_NODE_MAP);
}

/** Follow "[2]"; the position behind the last makes a new item. */
static hst_status follow_index(override *o, const char *digits, size_t size)
{
    uint32_t index = 0;
    if (size == 0 || size > 6 || strspn(digits, "0123456789") < size) {
        return refuse_shape(o);
    }
    for (size_t i = 0; i < size; i++) {
        index = index * 10 + (uint32_t)(digits[i] - '0');
    }
    if (o->node->kind != HST_NODE_LIST) {
        return refuse_step(o, "a list");
    }
    if (index > o->node->child_count) {
        char label[HST_NODE_PATH_SIZE];
        hst_node_path(o->node, label);
        return hst_reading_refuse(o->reading, o->place, label,
                                  "entry [%u] does not exist, there are %u", index,
                                  o->node->child_count);
    }
    if (index == o->node->child_count) {
        hst_node *made = NULL;
        HST_TRY(hst_node_create(o->reading, HST_NODE_MAP, o->place, &made));
        hst_node_append(o->node, made);
    }
    o->node = hst_node_child(o->node, index);
    const size_t used = strlen(o->prefix);
    (void)snprintf(o->prefix + used, sizeof(o->prefix) - used, "[]");
    return HST_OK;
}

/** Follow one step of the path; `*path` is then behind it. */
static hst_status follow(override *o, const char **path)
{
    const char *at = *path;
    if (*at == '[') {
        const size_t size = strcspn(at + 1, "].=[");
        if (at[1 + size] != ']') {
            return refuse_shape(o);
        }
        HST_TRY(follow_index(o, at + 1, size));
        at += size + 2;
    } else {
        const size_t size = strcspn(at, ".[]");
        const char *key = NULL;
        if (size == 0 || size >= HST_KEY_PATH_SIZE || at[size] == ']') {
            return refuse_shape(o);
        }
        HST_TRY(hst_reading_copy(o->reading, at, size, &key));
        HST_TRY(follow_key(o, key, at[size] == '['));
        at += size;
    }
    if (*at == '.') {
        at++;
        if (*at == '\0' || *at == '[') {
            return refuse_shape(o);
        }
    } else if (*at != '\0' && *at != '[') {
        return refuse_shape(o);
    }
    *path = at;
    return HST_OK;
}

hst_status hst_source_override(hst_reading *reading, const char *assignment, hst_node *root)
{
    hst_assert(root->kind == HST_NODE_MAP);
    const char *equals = strchr(assignment, '=');
    const size_t size = strlen(assignment);
    char shown[HST_PHRASE_SIZE];
    char name[HST_PHRASE_SIZE + 8];
    hst_phrase_word(assignment, shown);
    (void)snprintf(name, sizeof(name), "--set %s", shown);
    override o = {.reading = reading, .node = root, .place = {.path = reading->root_path}};
    HST_TRY(hst_reading_copy(reading, name, strlen(name), &o.place.file));
    if (equals == NULL || equals == assignment || size > HST_SCENARIO_FILE_BYTES_MAX) {
        return refuse_shape(&o);
    }
    if (strlen(equals + 1) > HST_SCENARIO_SCALAR_MAX && strchr("[{", equals[1]) == NULL) {
        return hst_reading_refuse(reading, o.place, "",
                                  "text of %zu bytes, at most %d (HST_SCENARIO_SCALAR_MAX)",
                                  strlen(equals + 1), HST_SCENARIO_SCALAR_MAX);
    }
    const char *path = NULL;
    const char *text = NULL;
    HST_TRY(hst_reading_copy(reading, assignment, (size_t)(equals - assignment), &path));
    HST_TRY(hst_reading_copy(reading, equals + 1, strlen(equals + 1), &text));
    if (strlen(path) >= HST_NODE_PATH_SIZE) {
        return refuse_shape(&o);
    }
    for (int depth = 0; *path != '\0'; depth++) {
        if (depth >= HST_SCENARIO_DEPTH_MAX) {
            return refuse_shape(&o);
        }
        HST_TRY(follow(&o, &path));
    }
    hst_node *value = NULL;
    HST_TRY(parse_value(&o, text, &value));
    value->key_place = o.place;
    hst_node_replace(o.node, value);
    return HST_OK;
}
