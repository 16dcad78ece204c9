#include "sim/scenario/rows.h"

#include "core/base/assert.h"

#include "sim/scenario/phrase.h"
#include "sim/scenario/value.h"
#include "sim/scenario/writer.h"

#include <stdio.h>
#include <string.h>

/* More names than any map has keys. */
enum { NAMES_MAX = 128 };

/* The last part of a row's path when the row is directly below `prefix`, else NULL. */
static const char *name_below(const hst_key *key, const char *prefix)
{
    const size_t length = strlen(prefix);
    if (strncmp(key->path, prefix, length) != 0 || (length > 0 && key->path[length] != '.')) {
        return NULL;
    }
    const char *rest = key->path + length + (length > 0 ? 1 : 0);
    return strpbrk(rest, ".[") == NULL ? rest : NULL;
}

static bool has_field(const hst_key *key)
{
    return key->size > 0;
}

const char *hst_rows_near(const char *word, const char *const *names, size_t count)
{
    hst_assert(word != NULL);
    size_t nearest = hst_phrase_slip(word) + 1;
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const size_t distance = hst_phrase_distance(word, names[i], nearest - 1);
        if (distance < nearest) {
            nearest = distance;
            best = names[i];
        }
        if (nearest == 0) {
            break;
        }
    }
    return best;
}

static hst_status refuse_unknown(const hst_rows *rows,
                                 const hst_reading *reading,
                                 const char *prefix,
                                 const hst_node *child)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const char *name = name_below(&rows->keys[i], prefix);
        if (name != NULL && count < NAMES_MAX) {
            names[count++] = name;
        }
    }
    char label[HST_NODE_PATH_SIZE];
    char word[HST_PHRASE_SIZE];
    hst_node_path(child->parent, label);
    hst_phrase_word(child->key, word);
    const char *near = hst_rows_near(child->key, names, count);
    if (near != NULL) {
        return hst_reading_refuse(reading, child->key_place, label,
                                  "unknown key '%s', did you mean '%s'?", word, near);
    }
    return hst_reading_refuse(reading, child->key_place, label, "unknown key '%s'", word);
}

static const hst_key *find_row(const hst_rows *rows, const char *prefix, const char *name)
{
    for (size_t i = 0; i < rows->count; i++) {
        const char *here = name_below(&rows->keys[i], prefix);
        if (here != NULL && strcmp(here, name) == 0) {
            return &rows->keys[i];
        }
    }
    return NULL;
}

/* What the map lacks. */
static hst_status bind_default(const hst_reading *reading,
                               const hst_key *row,
                               const char *name,
                               const hst_node *map,
                               void *base)
{
    if (row->fallback == NULL) {
        char label[HST_NODE_PATH_SIZE];
        hst_node_path(map, label);
        return hst_reading_refuse(reading, map->place, label, "required key '%s' is missing", name);
    }
    if (!has_field(row) || row->fallback[0] == '\0') {
        return HST_OK; /* the field is zero already */
    }
    const hst_node node = {
        .kind = HST_NODE_SCALAR, .text = row->fallback, .place = {.path = reading->root_path}};
    return hst_value_read(reading, row, &node, base);
}

hst_status hst_rows_bind(const hst_rows *rows,
                         const hst_reading *reading,
                         const char *prefix,
                         const hst_node *map,
                         void *base)
{
    hst_assert(rows != NULL && reading != NULL && prefix != NULL);
    hst_assert(map != NULL && base != NULL);
    if (map->kind != HST_NODE_MAP) {
        return hst_node_refuse(reading, map, "a map", "");
    }
    for (const hst_node *child = map->first; child != NULL; child = child->sibling) {
        const hst_key *row = find_row(rows, prefix, child->key);
        if (row == NULL) {
            return refuse_unknown(rows, reading, prefix, child);
        }
        if (has_field(row)) {
            HST_TRY(hst_value_read(reading, row, child, base));
        }
    }
    for (size_t i = 0; i < rows->count; i++) {
        const char *name = name_below(&rows->keys[i], prefix);
        if (name != NULL && hst_node_find(map, name) == NULL) {
            HST_TRY(bind_default(reading, &rows->keys[i], name, map, base));
        }
    }
    return HST_OK;
}

/* ---- the reference ------------------------------------------------------------------------ */

/* What a key holds, in words. */
static void describe(const hst_key *row, char *out)
{
    if (has_field(row)) {
        hst_value_expected(row, out);
        return;
    }
    const char *what = row->type == HST_KEY_MAP       ? "a map"
                       : row->type == HST_KEY_STRINGS ? "a list of texts"
                       : row->type == HST_KEY_LIST    ? "a list"
                                                      : "a value of the factor's key";
    (void)snprintf(out, HST_VALUE_SIZE, "%s", what);
}

hst_status hst_rows_reference(
    const hst_rows *rows, const char *heading, hst_arena *arena, const char **text, size_t *size)
{
    hst_assert(rows != NULL && heading != NULL && arena != NULL);
    hst_yaml_writer writer;
    hst_yaml_writer_init(&writer, arena);
    hst_yaml_writer_put(&writer, "%s\n\n| key | holds | default | what |\n|---|---|---|---|\n",
                        heading);
    for (size_t i = 0; i < rows->count; i++) {
        char expected[HST_VALUE_SIZE];
        describe(&rows->keys[i], expected);
        const char *standard = rows->keys[i].fallback;
        hst_yaml_writer_put(&writer, "| `%s` | %s | ", rows->keys[i].path, expected);
        if (standard == NULL) {
            hst_yaml_writer_put(&writer, "required");
        } else if (standard[0] != '\0') {
            hst_yaml_writer_put(&writer, "`%s`", standard);
        }
        hst_yaml_writer_put(&writer, " | %s |\n", rows->keys[i].text);
    }
    return hst_yaml_writer_finish(&writer, text, size);
}
