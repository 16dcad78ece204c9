/* herstatt inspect. */
#include "sim/base/os_memory.h"
#include "sim/cli/commands.h"
#include "sim/metrics/inspect.h"

#include <string.h>

enum { INSPECT_JSON };

const hst_option hst_inspect_options[] = {{"json", NULL, "print one JSON object"},
                                          {NULL, NULL, NULL}};

hst_exit hst_command_inspect(const hst_arguments *arguments)
{
    const char *path = arguments->operands[0];
    hst_result_file *file = NULL;
    hst_error error;
    hst_error_clear(&error);
    hst_status status = hst_result_open(path, hst_os_memory(), &file, &error);
    if (status == HST_OK) {
        status = hst_argument_given(arguments, INSPECT_JSON)
                     ? hst_inspect_json(file, path, hst_os_memory(), stdout, &error)
                     : hst_inspect_print(file, path, hst_os_memory(), stdout, &error);
        hst_result_file_close(file);
    }
    if (status == HST_OK) {
        return HST_EXIT_YES;
    }
    const hst_exit answer = hst_complain(&error);
    /* Only a verification answers "no"; here the file is simply not usable. */
    return answer == HST_EXIT_NO || answer == HST_EXIT_INTERRUPTED ? HST_EXIT_IO : answer;
}
