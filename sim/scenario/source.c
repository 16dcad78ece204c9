#include "sim/scenario/source.h"

#include "core/base/assert.h"

#include "sim/scenario/phrase.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/yaml.h"

#include <string.h>

/** A file being read and the one that includes it, up to the root: the way back out. */
typedef struct chain {
    const struct chain *above; /**< NULL for the root file */
    const char *path;          /**< normal */
    int depth;                 /**< 0 for the root file */
} chain;

static hst_status read_file(hst_reading *reading, const chain *link, hst_node **root);

/** Read one included file and add to `root` what it lacks. */
static hst_status
include_one(hst_reading *reading, const chain *link, const hst_node *item, hst_node *root)
{
    char label[HST_NODE_PATH_SIZE];
    char shown[HST_PHRASE_SIZE];
    char resolved[HST_INPUT_PATH_SIZE];
    hst_node_path(item, label);
    if (item->kind != HST_NODE_SCALAR) {
        return hst_node_refuse(reading, item, "the path of a scenario file", "");
    }
    if (hst_inputs_resolve(link->path, item->text, resolved, NULL) != HST_OK) {
        return hst_node_refuse(reading, item, "the relative path of a scenario file", "");
    }
    hst_phrase_quote(item->text, shown);
    for (const chain *at = link; at != NULL; at = at->above) {
        if (strcmp(at->path, resolved) == 0) {
            return hst_reading_refuse(reading, item->place, label, "%s includes itself", shown);
        }
    }
    if (link->depth >= HST_SCENARIO_INCLUDE_DEPTH_MAX) {
        return hst_reading_refuse(reading, item->place, label,
                                  "includes more than %d deep (HST_SCENARIO_INCLUDE_DEPTH_MAX)",
                                  HST_SCENARIO_INCLUDE_DEPTH_MAX);
    }
    if (reading->file_count >= HST_SCENARIO_FILES_MAX) {
        return hst_reading_refuse(reading, item->place, label,
                                  "more than %d files (HST_SCENARIO_FILES_MAX)",
                                  HST_SCENARIO_FILES_MAX);
    }
    const chain below = {.above = link, .path = NULL, .depth = link->depth + 1};
    chain next = below;
    HST_TRY(hst_reading_copy(reading, resolved, strlen(resolved), &next.path));
    const char *bytes = NULL;
    size_t size = 0;
    const hst_status found = hst_inputs_get(reading->inputs, next.path, &bytes, &size, NULL);
    if (found == HST_NO_MEMORY) {
        return hst_reading_no_memory(reading);
    }
    if (found != HST_OK) {
        return hst_reading_refuse(reading, item->place, label, "cannot read %s: %s", shown,
                                  hst_status_text(found));
    }
    hst_node *included = NULL;
    HST_TRY(read_file(reading, &next, &included));
    return hst_node_fill(reading, root, included);
}

/** Carry out `include`, the last entry first: filling only adds, so the first to say a key wins. */
static hst_status include_all(hst_reading *reading, const chain *link, hst_node *root)
{
    hst_node *list = hst_node_find(root, "include");
    if (list == NULL) {
        return HST_OK;
    }
    if (list->kind != HST_NODE_LIST) {
        return hst_node_refuse(reading, list, "a list of scenario files", "");
    }
    /* The list stays in the tree while its items are read, so that complaints can name them; a
     * file's own `include` never gets through to the file that includes it. */
    for (uint32_t left = list->child_count; left > 0; left--) {
        HST_TRY(include_one(reading, link, hst_node_child(list, left - 1), root));
    }
    hst_node_remove(list);
    return HST_OK;
}

/** Read one file and what it includes. */
static hst_status read_file(hst_reading *reading, const chain *link, hst_node **root)
{
    hst_assert(link->path != NULL);
    hst_assert(link->depth <= HST_SCENARIO_INCLUDE_DEPTH_MAX);
    char shown[HST_ERROR_FILE_SIZE];
    hst_yaml_source source = {.path = link->path, .places = true};
    reading->file_count++;
    HST_TRY(
        hst_inputs_get(reading->inputs, link->path, &source.bytes, &source.size, reading->error));
    hst_inputs_display_path(reading->inputs, link->path, shown);
    HST_TRY(hst_reading_copy(reading, shown, strlen(shown), &source.file));
    hst_node *top = NULL;
    HST_TRY(hst_yaml_read(reading, &source, &top));
    if (top->kind != HST_NODE_MAP) {
        return hst_node_refuse(reading, top, "a map", "");
    }
    HST_TRY(include_all(reading, link, top));
    *root = top;
    return HST_OK;
}

hst_status hst_source_read(hst_reading *reading, hst_node **root)
{
    hst_assert(reading->inputs != NULL);
    hst_assert(reading->file_count == 0);
    const chain link = {.above = NULL, .path = reading->root_path, .depth = 0};
    return read_file(reading, &link, root);
}

hst_status hst_source_default(hst_reading *reading, const char *text, hst_node **root)
{
    hst_assert(text != NULL);
    const hst_yaml_source source = {.file = reading->root_path,
                                    .path = reading->root_path,
                                    .bytes = text,
                                    .size = strlen(text),
                                    .places = false};
    return hst_yaml_read(reading, &source, root);
}
