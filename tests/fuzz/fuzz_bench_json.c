/* Benchmark files of any origin: refused with a place and a text, or read into samples that are
 * finite and positive, names that are found again, and a comparison with itself that is "same". */
#include "sim/base/os_memory.h"
#include "sim/compare/compare.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void check_read(const hst_measures *got)
{
    size_t samples = 0;
    for (size_t i = 0; i < got->count; i++) {
        const hst_measure *one = &got->items[i];
        check(hst_measures_find(got, one->name) == one);
        check(one->sample_count > 0 && isfinite(one->value) && one->value > 0);
        for (size_t s = 0; s < one->sample_count; s++) {
            check(isfinite(one->samples[s]) && one->samples[s] > 0);
        }
        samples += one->sample_count;
    }
    if (samples > 200) {
        return; /* comparing takes time with the square */
    }
    const hst_compare_options options = {0.99, 0.05, NULL, 0};
    hst_comparison comparison;
    check(hst_compare(got, got, &options, hst_os_memory(), &comparison, NULL) == HST_OK);
    check(comparison.verdict == HST_VERDICT_SAME);
    hst_comparison_release(&comparison);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hst_measures got;
    hst_error error;
    hst_error_clear(&error);
    char *bytes = malloc(size + 1); /* as from a file: a NUL behind */
    check(bytes != NULL);
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    bytes[size] = '\0';
    const hst_status status =
        hst_measures_parse_bench("fuzz.json", bytes, size, hst_os_memory(), &got, &error);
    if (status == HST_OK) {
        check_read(&got);
        hst_measures_release(&got);
    } else {
        check(error.status == status && error.text[0] != '\0');
    }
    free(bytes);
    return 0;
}
