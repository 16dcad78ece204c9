#include "sim/scenario/bind.h"

#include "core/base/assert.h"

#include "sim/scenario/keys.h"
#include "sim/scenario/phrase.h"
#include "sim/scenario/source.h"
#include "sim/scenario/value.h"

#include <stdio.h>
#include <string.h>

/** What the walk carries along. */
typedef struct binding {
    hst_reading *reading;
    hst_scenario *scenario;
} binding;

static hst_status bind_map(const binding *b, const char *prefix, const hst_node *map, void *base);

static hst_status
refuse_unknown(const binding *b, const char *prefix, const hst_node *map, const hst_node *child)
{
    char label[HST_NODE_PATH_SIZE];
    char word[HST_PHRASE_SIZE];
    char meant[HST_KEY_PATH_SIZE + 16];
    hst_node_path(map, label);
    hst_phrase_word(child->key, word);
    if (prefix[0] == '\0' && strcmp(child->key, "experiment") == 0) {
        return hst_reading_refuse(b->reading, child->key_place, label,
                                  "this file is an experiment; herstatt sweep runs it");
    }
    if (prefix[0] == '\0' && strcmp(child->key, "lineup") == 0) {
        return hst_reading_refuse(b->reading, child->key_place, label,
                                  "this file is a line-up; herstatt lineup runs it");
    }
    if (hst_key_suggest(prefix, child->key, meant, sizeof(meant))) {
        return hst_reading_refuse(b->reading, child->key_place, label,
                                  "unknown key '%s', did you mean %s?", word, meant);
    }
    return hst_reading_refuse(b->reading, child->key_place, label, "unknown key '%s'", word);
}

/** Store the number of entries a list holds. */
static void store_count(const hst_key *key, void *base, uint32_t count)
{
    hst_assert(count <= key->max);
    memcpy((char *)base + key->count_offset, &count, sizeof(count));
}

/** Each item of a list of maps, or of texts. */
static hst_status bind_list(const binding *b, const hst_key *key, const hst_node *list, void *base)
{
    hst_assert(key->size == (size_t)key->max * key->item_size);
    char expected[HST_VALUE_SIZE];
    hst_value_expected(key, expected);
    if (list->kind != HST_NODE_LIST) {
        return hst_node_refuse(b->reading, list, expected, "");
    }
    if (list->child_count > key->max) {
        char label[HST_NODE_PATH_SIZE];
        hst_node_path(list, label);
        return hst_reading_refuse(b->reading, list->place, label, "%u entries, at most %u (%s)",
                                  list->child_count, (unsigned)key->max, key->limit_name);
    }
    char prefix[HST_KEY_PATH_SIZE];
    (void)snprintf(prefix, sizeof(prefix), "%s[]", key->path);
    char *at = (char *)base + key->offset;
    for (const hst_node *item = list->first; item != NULL; item = item->sibling) {
        if (key->type == HST_KEY_STRINGS) {
            const hst_key text = {.path = key->path,
                                  .type = HST_KEY_STRING,
                                  .size = key->item_size,
                                  .min = 1,
                                  .max = (int64_t)key->item_size - 1};
            HST_TRY(hst_value_read(b->reading, &text, item, at));
        } else if (item->kind != HST_NODE_MAP) {
            return hst_node_refuse(b->reading, item, "a map", "");
        } else {
            HST_TRY(bind_map(b, prefix, item, at));
        }
        at += key->item_size;
    }
    store_count(key, base, list->child_count);
    return HST_OK;
}

/** Names and values as they are written; whoever knows the names checks them. */
static hst_status
bind_settings(const binding *b, const hst_key *key, const hst_node *map, void *base)
{
    if (map->kind != HST_NODE_MAP) {
        return hst_node_refuse(b->reading, map, "a map", "");
    }
    if (map->child_count > key->max) {
        char label[HST_NODE_PATH_SIZE];
        hst_node_path(map, label);
        return hst_reading_refuse(b->reading, map->place, label, "%u entries, at most %u (%s)",
                                  map->child_count, (unsigned)key->max, key->limit_name);
    }
    static const hst_key value = {.path = "",
                                  .type = HST_KEY_STRING,
                                  .offset = offsetof(hst_scenario_setting, value),
                                  .size = HST_SCENARIO_SETTING_VALUE_SIZE,
                                  .min = 1,
                                  .max = HST_SCENARIO_SETTING_VALUE_SIZE - 1};
    char *at = (char *)base + key->offset;
    for (const hst_node *child = map->first; child != NULL; child = child->sibling) {
        const size_t length = strlen(child->key);
        if (length >= HST_SCENARIO_SETTING_NAME_SIZE || !hst_phrase_is_line(child->key)) {
            return refuse_unknown(b, key->path, map, child);
        }
        memcpy(at + offsetof(hst_scenario_setting, name), child->key, length);
        HST_TRY(hst_value_read(b->reading, &value, child, at));
        at += key->item_size;
    }
    store_count(key, base, map->child_count);
    return HST_OK;
}

/** One key that the tree has. */
static hst_status bind_key(const binding *b, const hst_key *key, const hst_node *node, void *base)
{
    switch (key->type) {
    case HST_KEY_MAP:
        if (node->kind != HST_NODE_MAP) {
            return hst_node_refuse(b->reading, node, "a map", "");
        }
        return bind_map(b, key->path, node, base);
    case HST_KEY_LIST:
    case HST_KEY_STRINGS:
        if (key->item_size == 0) { /* include: carried out while files are read */
            return hst_reading_refuse(b->reading, node->key_place, "",
                                      "%s is only possible at the top of a file", key->path);
        }
        return bind_list(b, key, node, base);
    case HST_KEY_SETTINGS: return bind_settings(b, key, node, base);
    case HST_KEY_INTEGER:
    case HST_KEY_REAL:
    case HST_KEY_DURATION:
    case HST_KEY_RATE:
    case HST_KEY_MONEY:
    case HST_KEY_BOOLEAN:
    case HST_KEY_STRING:
    case HST_KEY_ENUMERATION:
    case HST_KEY_DATE:
    case HST_KEY_PATH:
    case HST_KEY_TABLE:
    case HST_KEY_COUNTRY: return hst_value_read(b->reading, key, node, base);
    }
    hst_assert(false);
    return HST_INVALID;
}

/** A table's default: inside data.folder, which is known by then as it is the first of its map. */
static hst_status
default_table(const binding *b, const hst_key *key, const hst_node *map, void *base)
{
    const char *folder = b->scenario->data.folder;
    char path[HST_SCENARIO_PATH_MAX * 2];
    const int size =
        snprintf(path, sizeof(path), "%s%s%s", folder, folder[0] != '\0' ? "/" : "", key->fallback);
    hst_assert(size > 0);
    if ((size_t)size >= key->size) {
        const hst_node *said = hst_node_find(map, "folder");
        hst_assert(said != NULL); /* its default is short */
        return hst_reading_refuse(b->reading, said->place, "data.folder",
                                  "too long, the path of %s would be %d bytes of at most %d",
                                  key->path, size, HST_SCENARIO_PATH_MAX - 1);
    }
    memcpy((char *)base + key->offset, path, (size_t)size);
    return HST_OK;
}

/** One key that the tree lacks. */
static hst_status
bind_default(const binding *b, const hst_key *key, const hst_node *map, void *base)
{
    if (key->type == HST_KEY_MAP) {
        return bind_map(b, key->path, NULL, base);
    }
    if (key->fallback == NULL) {
        char label[HST_NODE_PATH_SIZE] = "";
        hst_assert(map != NULL); /* a required key is at the top or in an item */
        hst_node_path(map, label);
        return hst_reading_refuse(b->reading, map->place, label, "required key '%s' is missing",
                                  hst_key_name(key));
    }
    if (key->type == HST_KEY_SETTINGS) {
        return HST_OK; /* none; the count is zero already */
    }
    if (key->type == HST_KEY_TABLE) {
        return default_table(b, key, map, base);
    }
    hst_node node = {.kind = HST_NODE_SCALAR,
                     .text = key->fallback,
                     .place = {.file = b->reading->root_path, .path = b->reading->root_path}};
    const hst_node *standard = &node;
    if (key->type == HST_KEY_LIST || key->type == HST_KEY_STRINGS) {
        if (strcmp(key->fallback, "[]") == 0) {
            return HST_OK; /* the count is zero already */
        }
        hst_node *list = NULL;
        HST_TRY(hst_source_default(b->reading, key->fallback, &list));
        standard = list;
    }
    return bind_key(b, key, standard, base);
}

static hst_status bind_map(const binding *b, const char *prefix, const hst_node *map, void *base)
{
    hst_assert(map == NULL || map->kind == HST_NODE_MAP);
    const hst_node *child = map != NULL ? map->first : NULL;
    for (; child != NULL; child = child->sibling) {
        const hst_key *key = hst_key_find(prefix, child->key);
        if (key == NULL) {
            return refuse_unknown(b, prefix, map, child);
        }
        HST_TRY(bind_key(b, key, child, base));
    }
    for (const hst_key *key = hst_key_next(prefix, NULL); key != NULL;
         key = hst_key_next(prefix, key)) {
        if (hst_node_find(map, hst_key_name(key)) == NULL) {
            HST_TRY(bind_default(b, key, map, base));
        }
    }
    return HST_OK;
}

hst_status hst_bind(hst_reading *reading, const hst_node *root, hst_scenario *scenario)
{
    hst_assert(root->kind == HST_NODE_MAP);
    hst_assert(scenario != NULL);
    const binding b = {.reading = reading, .scenario = scenario};
    return bind_map(&b, "", root, scenario);
}
