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
    if (hst_report_write((const char *const *)arguments->operands, (size_t)arguments->operand_count,
                         output, hst_os_memory(), &error) == HST_OK) {
        if (!hst_report_has_pictures()) {
            hst_say("this herstatt was built without npm, so the report has tables but no "
                    "pictures; install npm (Debian: npm) and build again");
        }
        (void)printf("%s\n", output);
        return HST_EXIT_YES;
    }
    const hst_exit answer = hst_complain(&error);
    return error.status == HST_INVALID ? answer : HST_EXIT_IO;
}
