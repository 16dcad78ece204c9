#include "sim/scenario/scenario.h"

#include "core/base/assert.h"

#include "sim/scenario/bind.h"
#include "sim/scenario/node.h"
#include "sim/scenario/source.h"
#include "sim/scenario/validate.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct hst_scenario_source {
    const hst_node *root;
};

/** The name of a scenario that gives none: its file's, without folder and extension, and "-" for
 * what a name may not hold. */
static void default_name(const char *path, char *name)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(file, '.');
    const size_t stem = dot != NULL && dot != file ? (size_t)(dot - file) : strlen(file);
    const size_t size = stem < HST_SCENARIO_NAME_MAX ? stem : HST_SCENARIO_NAME_MAX - 1;
    for (size_t i = 0; i < size; i++) {
        const char c = file[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '_' || c == '-' || (c == '.' && i > 0);
        name[i] = c;
        if (!letter) {
            name[i] = '-';
        }
    }
}

/** From the tree to a checked scenario. */
static hst_status resolve(hst_reading *reading, const hst_node *root, hst_scenario *scenario)
{
    /* A scenario is too large for the stack of a small thread: it is built in the arena. */
    hst_scenario *built = HST_ARENA_NEW(reading->arena, hst_scenario, 1);
    if (built == NULL) {
        return hst_reading_no_memory(reading);
    }
    HST_TRY(hst_bind(reading, root, built));
    HST_TRY(hst_validate(reading, root, built));
    if (built->name[0] == '\0') {
        default_name(reading->root_path, built->name);
    }
    hst_assert(built->schema == HST_SCENARIO_SCHEMA);
    memcpy(scenario, built, sizeof(*scenario));
    return HST_OK;
}

hst_status hst_scenario_load_with_source(hst_inputs *inputs,
                                         const char *root_path,
                                         const char *const *overrides,
                                         size_t override_count,
                                         hst_arena *arena,
                                         hst_scenario *scenario,
                                         const hst_scenario_source **source,
                                         hst_error *error)
{
    hst_assert(inputs != NULL);
    hst_assert(root_path != NULL);
    hst_assert(overrides != NULL || override_count == 0);
    hst_assert(scenario != NULL);
    hst_reading reading = {.inputs = inputs, .arena = arena, .error = error, .root_path = NULL};
    HST_TRY(hst_reading_copy(&reading, root_path, strlen(root_path), &reading.root_path));
    hst_scenario_source *made = HST_ARENA_NEW(arena, hst_scenario_source, 1);
    if (made == NULL) {
        return hst_reading_no_memory(&reading);
    }
    hst_node *root = NULL;
    HST_TRY(hst_source_read(&reading, &root));
    for (size_t i = 0; i < override_count; i++) {
        HST_TRY(hst_source_override(&reading, overrides[i], root));
    }
    HST_TRY(resolve(&reading, root, scenario));
    made->root = root;
    *source = made;
    return HST_OK;
}

hst_status hst_scenario_load(hst_inputs *inputs,
                             const char *root_path,
                             const char *const *overrides,
                             size_t override_count,
                             hst_arena *arena,
                             hst_scenario *scenario,
                             hst_error *error)
{
    const hst_scenario_source *source = NULL;
    return hst_scenario_load_with_source(inputs, root_path, overrides, override_count, arena,
                                         scenario, &source, error);
}

hst_status hst_scenario_refuse(const hst_scenario_source *source,
                               hst_error *error,
                               const char *key_path,
                               const char *format,
                               ...)
{
    hst_assert(source != NULL);
    hst_assert(key_path != NULL);
    char text[HST_ERROR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    const hst_reading reading = {.error = error};
    const hst_place place = hst_node_nearest(source->root, key_path)->place;
    return hst_reading_refuse(&reading, place, key_path, "%s", text);
}

hst_status
hst_scenario_defaults(const char *name, hst_arena *arena, hst_scenario *scenario, hst_error *error)
{
    hst_assert(name != NULL);
    hst_assert(strlen(name) < HST_SCENARIO_NAME_MAX);
    char path[HST_SCENARIO_NAME_MAX + 8];
    (void)snprintf(path, sizeof(path), "%s.yaml", name);
    hst_reading reading = {.arena = arena, .error = error, .root_path = path};
    hst_node *root = NULL;
    HST_TRY(hst_source_default(&reading, "schema: 1", &root));
    return resolve(&reading, root, scenario);
}
