#include "core/base/assert.h"

#include "sim/scenario/keys.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/value.h"
#include "sim/scenario/writer.h"

#include <stdio.h>
#include <string.h>

static void dump_map(hst_yaml_writer *out, const char *prefix, const void *base, int indent);

/** How many entries a list field holds. */
static uint32_t load_count(const hst_key *key, const void *base)
{
    uint32_t count = 0;
    memcpy(&count, (const char *)base + key->count_offset, sizeof(count));
    hst_assert(count <= key->max);
    return count;
}

/** A list: texts on one line, maps as items with their keys below each other. */
static void dump_list(hst_yaml_writer *out, const hst_key *key, const void *base, int indent)
{
    const uint32_t count = load_count(key, base);
    const char *item = (const char *)base + key->offset;
    if (key->type == HST_KEY_STRINGS || count == 0) {
        hst_yaml_writer_put(out, " [");
        for (uint32_t i = 0; i < count; i++) {
            char text[HST_VALUE_SIZE];
            hst_value_quote(item + i * key->item_size, text);
            hst_yaml_writer_put(out, "%s%s", i > 0 ? ", " : "", text);
        }
        hst_yaml_writer_put(out, "]\n");
        return;
    }
    char prefix[HST_KEY_PATH_SIZE];
    (void)snprintf(prefix, sizeof(prefix), "%s[]", key->path);
    hst_yaml_writer_put(out, "\n");
    for (uint32_t i = 0; i < count; i++) {
        hst_yaml_writer_put(out, "%*s-\n", indent + 2, "");
        dump_map(out, prefix, item + i * key->item_size, indent + 4);
    }
}

/** Names with their values on one line. */
static void dump_settings(hst_yaml_writer *out, const hst_key *key, const void *base)
{
    const uint32_t count = load_count(key, base);
    const char *at = (const char *)base + key->offset;
    hst_yaml_writer_put(out, " {");
    for (uint32_t i = 0; i < count; i++) {
        hst_scenario_setting one;
        char text[HST_VALUE_SIZE];
        memcpy(&one, at + i * sizeof one, sizeof one);
        hst_value_quote(one.name, text);
        hst_yaml_writer_put(out, "%s%s: ", i > 0 ? ", " : "", text);
        hst_value_quote(one.value, text);
        hst_yaml_writer_put(out, "%s", text);
    }
    hst_yaml_writer_put(out, "}\n");
}

/** All keys directly below a prefix. */
static void dump_map(hst_yaml_writer *out, const char *prefix, const void *base, int indent)
{
    for (const hst_key *key = hst_key_next(prefix, NULL); key != NULL;
         key = hst_key_next(prefix, key)) {
        if (key->type == HST_KEY_STRINGS && key->item_size == 0) {
            continue; /* include: what it brought in is explicit here */
        }
        hst_yaml_writer_put(out, "%*s%s:", indent, "", hst_key_name(key));
        if (key->type == HST_KEY_MAP) {
            hst_yaml_writer_put(out, "\n");
            dump_map(out, key->path, base, indent + 2);
        } else if (key->type == HST_KEY_LIST || key->type == HST_KEY_STRINGS) {
            dump_list(out, key, base, indent);
        } else if (key->type == HST_KEY_SETTINGS) {
            dump_settings(out, key, base);
        } else {
            char text[HST_VALUE_SIZE];
            hst_value_format(key, base, text);
            hst_yaml_writer_put(out, " %s\n", text);
        }
    }
}

hst_status
hst_scenario_dump(const hst_scenario *scenario, hst_arena *arena, const char **text, size_t *size)
{
    hst_assert(scenario != NULL);
    hst_assert(scenario->schema == HST_SCENARIO_SCHEMA);
    hst_yaml_writer out;
    hst_yaml_writer_init(&out, arena);
    dump_map(&out, "", scenario, 0);
    return hst_yaml_writer_finish(&out, text, size);
}
