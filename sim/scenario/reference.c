#include "core/base/assert.h"

#include "sim/scenario/keys.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/value.h"
#include "sim/scenario/writer.h"

#include <stdio.h>
#include <string.h>

static const char introduction[] =
    "# Scenario reference\n"
    "\n"
    "Generated from the table in `sim/scenario/keys.c`; the test `unit.scenario.keys` compares "
    "the\n"
    "two, and rewrites this page when run with `--update`. A scenario is one YAML document of "
    "maps,\n"
    "lists and texts, without anchors, aliases and tags. Every key has a default but `schema` and\n"
    "those of list entries marked required, and an unknown key is an error.\n"
    "\n"
    "| written | means |\n"
    "|---|---|\n"
    "| `250ms`, `2h`, `1h30min` | a duration; units ns, us, ms, s, min, h, d, w |\n"
    "| `1.5bp`, `0.3%`, `25ppm`, `0.25` | a rate or share; a bare number is a fraction of one |\n"
    "| `120000`, `120k`, `1.5M`, `2B` | a number or an amount of money; powers of 1000 |\n"
    "| `2025-10-15` | a date |\n"
    "| `true`, `false` | a choice; `yes`, `no`, `on`, `off` are not understood |\n"
    "\n"
    "Any key can be set from the command line, `--set workload.payments=2000`, an entry of a list\n"
    "by its position, `--set corridors[0].fee=1%`, and a whole list or map in YAML,\n"
    "`--set 'corridors=[{from: DE, to: US, closed: true}]'`. Overrides come after all files.\n";

/** One row: key, what it takes, default, meaning. */
static void put_row(hst_yaml_writer *out, const hst_key *key)
{
    char expected[HST_VALUE_SIZE];
    hst_value_expected(key, expected);
    const char *type = strncmp(expected, "a ", 2) == 0    ? expected + 2
                       : strncmp(expected, "an ", 3) == 0 ? expected + 3
                                                          : expected;
    hst_yaml_writer_put(out, "| `%s` | %s |", hst_key_name(key), type);
    if (key->fallback == NULL) {
        hst_yaml_writer_put(out, " required |");
    } else if (key->type == HST_KEY_TABLE) {
        hst_yaml_writer_put(out, " `%s` in `data.folder` |", key->fallback);
    } else if (key->fallback[0] == '\0') {
        hst_yaml_writer_put(out, " empty |");
    } else if (key->type == HST_KEY_LIST && strcmp(key->fallback, "[]") != 0) {
        hst_yaml_writer_put(out, " see below |");
    } else {
        hst_yaml_writer_put(out, " `%s` |", key->fallback);
    }
    hst_yaml_writer_put(out, " %s |\n", key->text);
}

static void put_section(hst_yaml_writer *out, const char *prefix, const hst_key *owner);

/** The keys of each map and list below a prefix, as sections of their own. */
static void put_below(hst_yaml_writer *out, const char *prefix)
{
    for (const hst_key *key = hst_key_next(prefix, NULL); key != NULL;
         key = hst_key_next(prefix, key)) {
        if (key->type == HST_KEY_MAP || key->type == HST_KEY_LIST) {
            put_section(out, key->path, key);
        }
    }
}

/** A heading, its sentence, and a table of the keys directly below. */
static void put_section(hst_yaml_writer *out, const char *prefix, const hst_key *owner)
{
    char below[HST_KEY_PATH_SIZE];
    const bool list = owner != NULL && owner->type == HST_KEY_LIST;
    hst_yaml_writer_put(out, "\n## %s%s\n\n", owner == NULL ? "Top" : prefix, list ? "[]" : "");
    if (owner != NULL) {
        hst_yaml_writer_put(out, "%s", owner->text);
        if (list) {
            hst_yaml_writer_put(out, " A list of at most %d maps.", (int)owner->max);
        }
        hst_yaml_writer_put(out, "\n\n");
    }
    hst_assert(strlen(prefix) + 3 <= sizeof(below));
    (void)snprintf(below, sizeof(below), "%s%s", prefix, list ? "[]" : "");
    bool any = false;
    for (const hst_key *key = hst_key_next(below, NULL); key != NULL;
         key = hst_key_next(below, key)) {
        if (key->type == HST_KEY_MAP) {
            continue;
        }
        if (!any) {
            hst_yaml_writer_put(out, "| key | takes | default | meaning |\n|---|---|---|---|\n");
            any = true;
        }
        put_row(out, key);
    }
    if (list && strcmp(owner->fallback, "[]") != 0) {
        hst_yaml_writer_put(out, "\nThe default, when the key is absent:\n\n```yaml\n%s: %s\n```\n",
                            hst_key_name(owner), owner->fallback);
    }
    put_below(out, below);
}

hst_status hst_scenario_reference(hst_arena *arena, const char **text, size_t *size)
{
    hst_assert(text != NULL);
    hst_assert(size != NULL);
    hst_yaml_writer out;
    hst_yaml_writer_init(&out, arena);
    hst_yaml_writer_put(&out, "%s", introduction);
    put_section(&out, "", NULL);
    return hst_yaml_writer_finish(&out, text, size);
}
