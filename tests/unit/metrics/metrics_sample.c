/* Writes a small result file for tests in other languages: metrics_sample <path> [partial]. */
#include "tests/unit/metrics/metrics_test.h"

int main(int argc, char **argv)
{
    hst_error error = {.status = HST_OK};
    hst_result *result = NULL;
    const hst_result_options options = {.version = "0.1.0", .overwrite = true};
    if (argc < 2 ||
        hst_result_create(argv[1], &options, hst_os_memory(), &result, &error) != HST_OK) {
        (void)fprintf(stderr, "%s\n", argc < 2 ? "a path is missing" : error.text);
        return 2;
    }
    fill_small(result, 3);
    if (argc > 2) {
        hst_result_abandon(result, true);
        return 0;
    }
    return hst_result_finish(result, NULL, &error) == HST_OK ? 0 : 3;
}
