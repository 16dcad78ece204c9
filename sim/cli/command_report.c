/* herstatt report. */
#include "sim/base/os_memory.h"
#include "sim/cli/commands.h"
#include "sim/report/report.h"

enum { REPORT_OUTPUT };

const hst_option hst_report_options[] = {
    {"output", "FILE", "where the report goes (default report.html)"}, {NULL, NULL, NULL}};

hst_exit hst_command_report(const hst_arguments *arguments)
{
    const char *output = hst_argument(arguments, REPORT_OUTPUT, "report.html");
    hst_error error;
    hst_error_clear(&error);
    if (hst_report_write(arguments->operands[0], output, hst_os_memory(), &error) == HST_OK) {
        (void)printf("%s\n", output);
        return HST_EXIT_YES;
    }
    (void)hst_complain(&error);
    return HST_EXIT_IO;
}
