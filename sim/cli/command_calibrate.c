/* herstatt calibrate, and herstatt help. */
#include "sim/base/os_memory.h"
#include "sim/cli/commands.h"
#include "sim/market/calibrate.h"

#include <errno.h>
#include <string.h>

enum { CALIBRATE_OUTPUT };

const hst_option hst_calibrate_options_table[] = {
    {"output", "FOLDER", "write the tables there instead of beside the data"}, {NULL, NULL, NULL}};

enum { HELP_MARKDOWN };

const hst_option hst_help_options[] = {{"markdown", NULL, "as the page docs/reference/command.md"},
                                       {NULL, NULL, NULL}};

/* Write beside the target, then rename: a table is never half there. */
static bool write_table(const char *folder, const char *name, const char *text, size_t size)
{
    char path[HST_ERROR_FILE_SIZE * 2];
    char temporary[HST_ERROR_FILE_SIZE * 2 + 16];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)snprintf(temporary, sizeof temporary, "%s.partial", path);
    FILE *file = fopen(temporary, "wb");
    bool written = file != NULL && fwrite(text, 1, size, file) == size;
    written = file != NULL && fclose(file) == 0 && written;
    written = written && rename(temporary, path) == 0;
    if (!written) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
        hst_say("%s: %s", path, strerror(errno));
        (void)remove(temporary);
    }
    return written;
}

hst_exit hst_command_calibrate(const hst_arguments *arguments)
{
    const char *folder = arguments->operands[0];
    const char *output = hst_argument(arguments, CALIBRATE_OUTPUT, folder);
    hst_error error;
    hst_error_clear(&error);
    hst_inputs *inputs = NULL;
    if (hst_inputs_create_from_disk(hst_os_memory(), folder, &inputs, &error) != HST_OK) {
        return hst_complain(&error);
    }
    hst_arena arena;
    hst_arena scratch;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    hst_arena_init(&scratch, hst_os_memory(), 1 << 20);
    hst_calibrate_options options;
    hst_calibrate_options_defaults(&options);
    options.fx_daily = "fx_daily.csv";
    hst_calibration found;
    hst_exit answer = HST_EXIT_YES;
    if (hst_market_calibrate(inputs, &options, &arena, &scratch, &found, &error) != HST_OK) {
        answer = hst_complain(&error);
    } else if (!write_table(output, "fx_garch.csv", found.garch_text, found.garch_size) ||
               !write_table(output, "fx_correlation.csv", found.correlation_text,
                            found.correlation_size)) {
        answer = HST_EXIT_IO;
    } else {
        (void)printf("%zu currencies fitted: %s/fx_garch.csv, %s/fx_correlation.csv\n",
                     found.currency_count, output, output);
    }
    hst_arena_release(&scratch);
    hst_arena_release(&arena);
    hst_inputs_destroy(inputs);
    return answer;
}

hst_exit hst_command_help(const hst_arguments *arguments)
{
    if (hst_argument_given(arguments, HELP_MARKDOWN)) {
        hst_commands_markdown(stdout);
        return HST_EXIT_YES;
    }
    for (const hst_command *c = hst_commands; c->name != NULL; c++) {
        (void)printf("herstatt %s %s\n    %s\n", c->name, c->operands, c->text);
    }
    return HST_EXIT_YES;
}
