#include "sim/scenario/node.h"

#include "core/base/assert.h"

#include "sim/scenario/phrase.h"
#include "sim/scenario/scenario.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/** Bytes for one complaint before the label is put in front. */
enum { TEXT_SIZE = HST_ERROR_TEXT_SIZE };

hst_status
hst_node_create(hst_reading *reading, hst_node_kind kind, hst_place place, hst_node **node)
{
    hst_assert(reading != NULL);
    hst_assert(place.file != NULL);
    if (reading->node_count >= HST_SCENARIO_NODES_MAX) {
        return hst_reading_refuse(reading, place, "",
                                  "more than %d keys and values (HST_SCENARIO_NODES_MAX)",
                                  HST_SCENARIO_NODES_MAX);
    }
    hst_node *made = HST_ARENA_NEW(reading->arena, hst_node, 1);
    if (made == NULL) {
        return hst_reading_no_memory(reading);
    }
    made->kind = kind;
    made->place = place;
    made->key_place = place;
    reading->node_count++;
    *node = made;
    return HST_OK;
}

void hst_node_append(hst_node *parent, hst_node *child)
{
    hst_assert(parent->kind == HST_NODE_LIST || parent->kind == HST_NODE_MAP);
    hst_assert((parent->kind == HST_NODE_MAP) == (child->key != NULL));
    hst_assert(child->parent == NULL);
    child->parent = parent;
    child->sibling = NULL;
    if (parent->last == NULL) {
        parent->first = child;
    } else {
        parent->last->sibling = child;
    }
    parent->last = child;
    parent->child_count++;
}

void hst_node_remove(hst_node *child)
{
    hst_node *parent = child->parent;
    hst_assert(parent != NULL);
    hst_assert(parent->child_count > 0);
    hst_node *before = NULL;
    for (hst_node *at = parent->first; at != child; at = at->sibling) {
        before = at;
    }
    if (before == NULL) {
        parent->first = child->sibling;
    } else {
        before->sibling = child->sibling;
    }
    if (parent->last == child) {
        parent->last = before;
    }
    parent->child_count--;
    child->parent = NULL;
    child->sibling = NULL;
}

void hst_node_replace(hst_node *old, hst_node *node)
{
    hst_node *parent = old->parent;
    hst_assert(parent != NULL);
    hst_assert(node->parent == NULL);
    node->parent = parent;
    node->key = old->key;
    node->sibling = old->sibling;
    hst_node **link = &parent->first;
    while (*link != old) {
        link = &(*link)->sibling;
    }
    *link = node;
    if (parent->last == old) {
        parent->last = node;
    }
    old->parent = NULL;
    old->sibling = NULL;
}

hst_node *hst_node_find(const hst_node *map, const char *key)
{
    hst_assert(key != NULL);
    if (map == NULL || map->kind != HST_NODE_MAP) {
        return NULL;
    }
    for (hst_node *child = map->first; child != NULL; child = child->sibling) {
        if (strcmp(child->key, key) == 0) {
            return child;
        }
    }
    return NULL;
}

hst_node *hst_node_child(const hst_node *parent, uint32_t index)
{
    hst_assert(parent != NULL);
    hst_node *child = parent->first;
    for (uint32_t i = 0; i < index && child != NULL; i++) {
        child = child->sibling;
    }
    return child;
}

/** The child that the first step of `*path` leads to, and `*path` behind that step. */
static hst_node *step(const hst_node *node, const char **path)
{
    const char *at = *path;
    hst_assert(*at != '\0');
    if (*at == '[') {
        uint32_t index = 0;
        for (at++; *at >= '0' && *at <= '9'; at++) {
            index = index * 10 + (uint32_t)(*at - '0');
        }
        hst_assert(*at == ']');
        at++;
        *path = *at == '.' ? at + 1 : at;
        return node->kind == HST_NODE_LIST ? hst_node_child(node, index) : NULL;
    }
    char key[HST_NODE_PATH_SIZE];
    const size_t length = strcspn(at, ".[");
    hst_assert(length < sizeof(key));
    memcpy(key, at, length);
    key[length] = '\0';
    at += length;
    *path = *at == '.' ? at + 1 : at;
    return hst_node_find(node, key);
}

const hst_node *hst_node_nearest(const hst_node *root, const char *path)
{
    hst_assert(root != NULL);
    hst_assert(path != NULL);
    const hst_node *node = root;
    while (*path != '\0') {
        const hst_node *next = step(node, &path);
        if (next == NULL) {
            break;
        }
        node = next;
    }
    return node;
}

hst_status hst_node_fill(hst_reading *reading, hst_node *map, hst_node *other)
{
    hst_assert(map->kind == HST_NODE_MAP);
    hst_assert(other->kind == HST_NODE_MAP);
    for (hst_node *child = other->first; child != NULL;) {
        hst_node *next = child->sibling;
        hst_node *own = hst_node_find(map, child->key);
        if (own == NULL) {
            if (map->child_count >= HST_SCENARIO_KEYS_MAX) {
                return hst_reading_refuse(reading, child->key_place, "",
                                          "more than %d keys in one map (HST_SCENARIO_KEYS_MAX)",
                                          HST_SCENARIO_KEYS_MAX);
            }
            hst_node_remove(child);
            hst_node_append(map, child);
        } else if (own->kind == HST_NODE_MAP && child->kind == HST_NODE_MAP) {
            HST_TRY(hst_node_fill(reading, own, child));
        }
        child = next;
    }
    return HST_OK;
}

void hst_node_path(const hst_node *node, char *out)
{
    hst_assert(node != NULL);
    out[0] = '\0';
    if (node->parent == NULL) {
        return;
    }
    hst_node_path(node->parent, out);
    const size_t used = strlen(out);
    hst_assert(used < HST_NODE_PATH_SIZE);
    const size_t room = HST_NODE_PATH_SIZE - used;
    if (node->key != NULL) {
        char key[HST_PHRASE_SIZE];
        hst_phrase_word(node->key, key);
        (void)snprintf(out + used, room, "%s%s", used > 0 ? "." : "", key);
        /* When that was cut, then not within a character. */
        out[used + hst_phrase_unprintable(out + used, strlen(out + used))] = '\0';
        return;
    }
    uint32_t index = 0;
    for (const hst_node *at = node->parent->first; at != node; at = at->sibling) {
        index++;
    }
    (void)snprintf(out + used, room, "[%u]", index);
}

hst_status hst_reading_copy(hst_reading *reading, const char *text, size_t size, const char **copy)
{
    hst_assert(text != NULL || size == 0);
    hst_assert(size <= HST_SCENARIO_FILE_BYTES_MAX);
    char *bytes = HST_ARENA_NEW(reading->arena, char, size + 1);
    if (bytes == NULL) {
        return hst_reading_no_memory(reading);
    }
    if (size > 0) {
        memcpy(bytes, text, size);
    }
    bytes[size] = '\0';
    *copy = bytes;
    return HST_OK;
}

hst_status hst_reading_refuse(
    const hst_reading *reading, hst_place place, const char *label, const char *format, ...)
{
    hst_assert(place.file != NULL);
    hst_assert(label != NULL);
    char text[TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return hst_error_at(reading->error, HST_SCENARIO, place.file, place.line, place.column,
                        "%s%s%s", label, label[0] != '\0' ? ": " : "", text);
}

void hst_node_describe(const hst_node *node, char *out)
{
    hst_assert(out != NULL);
    switch (node->kind) {
    case HST_NODE_SCALAR: hst_phrase_quote(node->text, out); return;
    case HST_NODE_LIST: (void)snprintf(out, HST_PHRASE_SIZE, "a list"); return;
    case HST_NODE_MAP: (void)snprintf(out, HST_PHRASE_SIZE, "a map"); return;
    case HST_NODE_NOTHING: (void)snprintf(out, HST_PHRASE_SIZE, "nothing"); return;
    }
    hst_assert(false);
}

hst_status hst_node_refuse(const hst_reading *reading,
                           const hst_node *node,
                           const char *expected,
                           const char *why)
{
    hst_assert(expected != NULL);
    char path[HST_NODE_PATH_SIZE];
    char got[HST_PHRASE_SIZE];
    hst_node_path(node, path);
    hst_node_describe(node, got);
    return hst_reading_refuse(reading, node->place, path, "expected %s, got %s%s", expected, got,
                              why);
}

hst_status hst_reading_no_memory(const hst_reading *reading)
{
    return hst_error_set(reading->error, HST_NO_MEMORY, "out of memory while reading a scenario");
}
