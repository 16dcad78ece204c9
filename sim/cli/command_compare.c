/* herstatt compare. */
#include "sim/base/number.h"
#include "sim/base/os_memory.h"
#include "sim/cli/commands.h"
#include "sim/compare/compare.h"

#include <string.h>

enum {
    COMPARE_THRESHOLD,
    COMPARE_CONFIDENCE,
    COMPARE_JSON,
    COMPARE_JUNIT,
    COMPARE_MARKDOWN,
    COMPARE_DASHBOARD
};

const hst_option hst_compare_command_options[] = {
    {"threshold", "METRIC=PERCENT", "least change that counts, for names beginning like METRIC"},
    {"confidence", "SHARE", "of a verdict on speed over all cases (default 0.99)"},
    {"json", NULL, "print one JSON object"},
    {"junit", "FILE", "write JUnit XML"},
    {"markdown", "FILE", "write a table for a pull request"},
    {"dashboard", "FILE", "write the JSON that benchmark dashboards read"},
    {NULL, NULL, NULL}};

/** "METRIC=PERCENT" into a threshold whose prefix lies in `name`; "METRIC*=PERCENT%" is the same.
 */
static bool read_threshold(const char *text, char *name, size_t size, hst_threshold *out)
{
    const char *sign = strrchr(text, '=');
    double percent = -1;
    hst_text number = hst_text_of(sign != NULL ? sign + 1 : "");
    number.size -= number.size > 0 && number.bytes[number.size - 1] == '%' ? 1 : 0;
    if (sign == NULL || (size_t)(sign - text) >= size ||
        hst_parse_double(number, &percent) != HST_OK || percent < 0) {
        hst_say("--threshold: expected METRIC=PERCENT, got \"%s\"", text);
        return false;
    }
    const bool starred = sign > text && sign[-1] == '*';
    const size_t length = (size_t)(sign - text) - (starred ? 1 : 0);
    memcpy(name, text, length);
    name[length] = '\0';
    *out = (hst_threshold){name, percent / 100};
    return true;
}

static bool write_file(const char *path,
                       const hst_comparison *comparison,
                       bool (*write)(const hst_comparison *comparison, FILE *stream))
{
    if (path == NULL) {
        return true;
    }
    FILE *stream = fopen(path, "w");
    bool written = stream != NULL && write(comparison, stream);
    if (stream != NULL) {
        written = fclose(stream) == 0 && written;
    }
    if (!written) {
        hst_say("%s: cannot be written", path);
    }
    return written;
}

static hst_exit tell(const hst_arguments *arguments, const hst_comparison *comparison)
{
    bool written = hst_argument_given(arguments, COMPARE_JSON)
                       ? hst_compare_json(comparison, stdout)
                       : hst_compare_print(comparison, stdout);
    written =
        write_file(hst_argument(arguments, COMPARE_JUNIT, NULL), comparison, hst_compare_junit) &&
        written;
    written = write_file(hst_argument(arguments, COMPARE_MARKDOWN, NULL), comparison,
                         hst_compare_markdown) &&
              written;
    written = write_file(hst_argument(arguments, COMPARE_DASHBOARD, NULL), comparison,
                         hst_compare_dashboard) &&
              written;
    if (!written) {
        return HST_EXIT_IO;
    }
    return comparison->verdict >= HST_VERDICT_REGRESSED ? HST_EXIT_NO : HST_EXIT_YES;
}

hst_exit hst_command_compare(const hst_arguments *arguments)
{
    char names[HST_OPTION_VALUES_MAX][64];
    hst_threshold thresholds[HST_OPTION_VALUES_MAX];
    const hst_option_value *given = &arguments->options[COMPARE_THRESHOLD];
    hst_compare_options options = {0.99, 0.05, thresholds, given->count};
    for (size_t i = 0; i < given->count; i++) {
        if (!read_threshold(given->values[i], names[i], sizeof names[i], &thresholds[i])) {
            return HST_EXIT_USAGE;
        }
    }
    const char *confidence = hst_argument(arguments, COMPARE_CONFIDENCE, "0.99");
    if (hst_parse_double(hst_text_of(confidence), &options.confidence) != HST_OK ||
        options.confidence <= 0 || options.confidence >= 1) {
        hst_say("--confidence: expected a share between 0 and 1, got \"%s\"", confidence);
        return HST_EXIT_USAGE;
    }
    hst_error error;
    hst_error_clear(&error);
    hst_measures before;
    hst_measures after;
    if (hst_measures_read(arguments->operands[0], hst_os_memory(), &before, &error) != HST_OK) {
        (void)hst_complain(&error);
        return HST_EXIT_IO;
    }
    if (hst_measures_read(arguments->operands[1], hst_os_memory(), &after, &error) != HST_OK) {
        hst_measures_release(&before);
        (void)hst_complain(&error);
        return HST_EXIT_IO;
    }
    hst_comparison comparison;
    hst_exit answer = HST_EXIT_IO;
    if (hst_compare(&before, &after, &options, hst_os_memory(), &comparison, &error) == HST_OK) {
        answer = tell(arguments, &comparison);
        hst_comparison_release(&comparison);
    } else {
        (void)hst_complain(&error);
    }
    hst_measures_release(&before);
    hst_measures_release(&after);
    return answer;
}
