/* herstatt scenarios. */
#include "sim/base/os_memory.h"
#include "sim/channel/lineup_file.h"
#include "sim/cli/commands.h"
#include "sim/experiment/experiment.h"
#include "sim/lineup/lineup_file.h"
#include "sim/scenario/scenario.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCENARIOS_REFERENCE,
    SCENARIOS_EXPERIMENTS,
    SCENARIOS_LINEUPS,
    SCENARIOS_RESOLVE,
    SCENARIOS_SET
};

const hst_option hst_scenarios_options[] = {
    {"reference", NULL, "print the page of all keys (Markdown)"},
    {"experiments", NULL, "print the page of all keys of an experiment (Markdown)"},
    {"lineups", NULL, "print the page of all keys of a line-up (Markdown)"},
    {"resolve", "SCENARIO", "print a scenario with every default made explicit"},
    {"set", "KEY=VALUE", "with --resolve: change a key; may be repeated"},
    {NULL, NULL, NULL}};

static hst_status load(const char *path,
                       const hst_arguments *arguments,
                       hst_arena *arena,
                       hst_scenario *scenario,
                       hst_error *error)
{
    char folder[HST_ERROR_FILE_SIZE];
    char root[HST_ERROR_FILE_SIZE];
    hst_inputs *inputs = NULL;
    HST_TRY(hst_inputs_split(path, folder, root, error));
    HST_TRY(hst_inputs_create_from_disk(hst_os_memory(), folder, &inputs, error));
    const hst_option_value *set = &arguments->options[SCENARIOS_SET];
    const hst_status status =
        hst_scenario_load(inputs, root, set->values, set->count, arena, scenario, error);
    hst_inputs_destroy(inputs);
    return status;
}

/* "experiment: " or "lineup: " and its title; false when the file is neither or does not load. */
static bool other_title(const char *path, hst_arena *arena, const char **kind, const char **title)
{
    char folder[HST_ERROR_FILE_SIZE];
    char root[HST_ERROR_FILE_SIZE];
    hst_inputs *inputs = NULL;
    const hst_experiment *experiment = NULL;
    hst_arena_clear(arena);
    if (hst_inputs_split(path, folder, root, NULL) != HST_OK ||
        hst_inputs_create_from_disk(hst_os_memory(), folder, &inputs, NULL) != HST_OK) {
        return false;
    }
    const hst_lineup_file *lineup = NULL;
    const bool good = hst_experiment_load(inputs, root, NULL, arena, &experiment, NULL) == HST_OK;
    const bool lines = !good && hst_lineup_load(inputs, root, arena, &lineup, NULL) == HST_OK;
    const hst_channel_lineup_file *channels = NULL;
    const bool network =
        !good && !lines && hst_channel_lineup_load(inputs, root, arena, &channels, NULL) == HST_OK;
    hst_inputs_destroy(inputs);
    *kind = good ? "experiment" : "line-up";
    *title = good ? experiment->title : lines ? lineup->title : network ? channels->title : "";
    return good || lines || network;
}

static hst_exit resolve(const hst_arguments *arguments, hst_arena *arena, hst_scenario *scenario)
{
    const char *text = NULL;
    size_t size = 0;
    hst_error error;
    hst_error_clear(&error);
    hst_status status =
        load(hst_argument(arguments, SCENARIOS_RESOLVE, ""), arguments, arena, scenario, &error);
    if (status == HST_OK) {
        status = hst_scenario_dump(scenario, arena, &text, &size);
        if (status != HST_OK) {
            status = hst_error_set(&error, status, "the scenario could not be printed");
        }
    }
    if (status != HST_OK) {
        return hst_complain(&error);
    }
    return fwrite(text, 1, size, stdout) == size ? HST_EXIT_YES : HST_EXIT_IO;
}

static int is_scenario(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

/* One folder, by name; then the folders in it that may hold scenarios. */
static hst_exit list(const char *folder,
                     const hst_arguments *arguments,
                     hst_arena *arena,
                     hst_scenario *scenario,
                     int depth)
{
    struct dirent **entries = NULL;
    hst_exit answer = HST_EXIT_YES;
    const int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
        hst_say("%s: %s", folder, strerror(errno));
        return HST_EXIT_IO;
    }
    for (int i = 0; i < count; i++) {
        char path[HST_ERROR_FILE_SIZE];
        const char *name = entries[i]->d_name;
        const bool fits = snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path;
        if (fits && is_scenario(entries[i])) {
            const char *kind = NULL;
            const char *title = NULL;
            hst_error error;
            hst_error_clear(&error);
            hst_arena_clear(arena);
            if (load(path, arguments, arena, scenario, &error) == HST_OK) {
                (void)printf("%-36s %s\n", path, scenario->title);
            } else if (other_title(path, arena, &kind, &title)) {
                (void)printf("%-36s %s: %s\n", path, kind, title);
            } else {
                (void)printf("%-36s (does not load)\n", path);
                answer = hst_complain(&error);
            }
        } else if (fits && depth > 0 && entries[i]->d_type == DT_DIR && name[0] != '.' &&
                   strcmp(name, "data") != 0 && strcmp(name, "fragments") != 0) {
            const hst_exit below = list(path, arguments, arena, scenario, depth - 1);
            answer = below != HST_EXIT_YES ? below : answer;
        }
        free(entries[i]);
    }
    free(entries);
    return answer;
}

/* A page of all keys of a kind of file. */
typedef hst_status (*page_writer)(hst_arena *arena, const char **text, size_t *size);

static hst_exit reference(hst_arena *arena, page_writer write)
{
    const char *text = NULL;
    size_t size = 0;
    const hst_status status = write(arena, &text, &size);
    if (status != HST_OK) {
        hst_say("out of memory");
        return HST_EXIT_IO;
    }
    return fwrite(text, 1, size, stdout) == size ? HST_EXIT_YES : HST_EXIT_IO;
}

hst_exit hst_command_scenarios(const hst_arguments *arguments)
{
    hst_arena arena;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    hst_scenario *scenario = calloc(1, sizeof *scenario);
    if (scenario == NULL) {
        hst_say("out of memory");
        return HST_EXIT_IO;
    }
    hst_exit answer = HST_EXIT_YES;
    if (hst_argument_given(arguments, SCENARIOS_EXPERIMENTS)) {
        answer = reference(&arena, hst_experiment_reference);
    } else if (hst_argument_given(arguments, SCENARIOS_LINEUPS)) {
        answer = reference(&arena, hst_lineup_reference_page);
        answer =
            answer == HST_EXIT_YES ? reference(&arena, hst_channel_lineup_reference_page) : answer;
    } else if (hst_argument_given(arguments, SCENARIOS_REFERENCE)) {
        answer = reference(&arena, hst_scenario_reference);
    } else if (hst_argument_given(arguments, SCENARIOS_RESOLVE)) {
        answer = resolve(arguments, &arena, scenario);
    } else {
        const char *folder = arguments->operand_count > 0 ? arguments->operands[0] : "scenarios";
        answer = list(folder, arguments, &arena, scenario, 2);
    }
    free(scenario);
    hst_arena_release(&arena);
    return answer;
}
