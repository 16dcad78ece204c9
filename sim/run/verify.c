#include "sim/run/verify.h"

#include "core/base/assert.h"

#include "sim/base/os_memory.h"
#include "sim/lineup/results.h"
#include "sim/metrics/result_file.h"
#include "sim/run/studies.h"

#include <stdio.h>
#include <string.h>

enum { OVERRIDES_MAX = 64, OVERRIDE_SIZE = 1024 };

/* What the file says of itself. */
typedef struct stored {
    hst_result_file *file;
    hst_inputs *inputs;
    char root[HST_INPUT_PATH_SIZE];
    char digest[65];
    char overrides[OVERRIDES_MAX][OVERRIDE_SIZE];
    const char *override_list[OVERRIDES_MAX];
    size_t override_count;
} stored;

static hst_status read_input(stored *s, const hst_result_entry *entry, hst_error *error)
{
    char path[HST_INPUT_PATH_SIZE];
    if (hst_result_file_attribute_text(s->file, entry->path, "path", path, sizeof path) != HST_OK) {
        return hst_error_set(error, HST_CORRUPT, "%s: expected an attribute path", entry->path);
    }
    const size_t size = (size_t)entry->count;
    void *bytes = hst_os_memory().acquire(NULL, size + 1);
    if (bytes == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory for stored inputs");
    }
    hst_status status = hst_result_file_read_bytes(s->file, entry->path, bytes, size, error);
    if (status == HST_OK) {
        status = hst_inputs_add(s->inputs, path, bytes, size, error);
    }
    hst_os_memory().release(NULL, bytes, size + 1);
    return status;
}

static hst_status read_inputs(stored *s, hst_error *error)
{
    static const char prefix[] = "/meta/inputs/";
    size_t count = 0;
    const hst_result_entry *entries = hst_result_file_entries(s->file, &count);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(entries[i].path, prefix, sizeof prefix - 1) == 0) {
            HST_TRY(read_input(s, &entries[i], error));
        }
    }
    return HST_OK;
}

static bool is_of(const stored *s, const char *wanted)
{
    char kind[16] = "";
    return hst_result_file_attribute_text(s->file, "/meta", "kind", kind, sizeof kind) == HST_OK &&
           strcmp(kind, wanted) == 0;
}

static hst_status read_stored(stored *s, hst_error *error)
{
    int64_t overrides = 0;
    char kind[16] = "";
    if (hst_result_file_attribute_text(s->file, "/meta", "kind", kind, sizeof kind) == HST_OK) {
        return hst_error_set(error, HST_UNSUPPORTED,
                             "the result of a %s: run its trials by their commands, which are in "
                             "/sweep/trials, and compare digests",
                             kind);
    }
    if (hst_result_file_attribute_text(s->file, "/meta", "scenario_root", s->root,
                                       sizeof s->root) != HST_OK ||
        hst_result_file_attribute_text(s->file, "/meta", "run_digest", s->digest,
                                       sizeof s->digest) != HST_OK ||
        hst_result_file_attribute_i64(s->file, "/meta", "override_count", &overrides) != HST_OK ||
        overrides < 0 || overrides > OVERRIDES_MAX) {
        return hst_error_set(error, HST_CORRUPT,
                             "/meta: expected scenario_root, run_digest and override_count");
    }
    for (int64_t i = 0; i < overrides; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "override_%lld", (long long)i);
        if (hst_result_file_attribute_text(s->file, "/meta", name, s->overrides[i],
                                           OVERRIDE_SIZE) != HST_OK) {
            return hst_error_set(error, HST_CORRUPT, "/meta: expected an attribute %s", name);
        }
        s->override_list[i] = s->overrides[i];
    }
    s->override_count = (size_t)overrides;
    return read_inputs(s, error);
}

/* The stored summary against the one the second run gives. */
static hst_status compare_summary(stored *s, const hst_day_report *report, hst_error *error)
{
    const uint64_t rows = hst_result_file_row_count(s->file, HST_TABLE_METRIC);
    if (rows != report->metric_count) {
        return hst_error_set(error, HST_MISMATCH, "/summary: %llu figures stored, %u found",
                             (unsigned long long)rows, report->metric_count);
    }
    for (uint64_t i = 0; i < rows; i++) {
        hst_metric_row row;
        HST_TRY(hst_result_file_read_rows(s->file, HST_TABLE_METRIC, i, 1, &row, error));
        const hst_day_metric *m = &report->metrics[i];
        /* Bits, not values: a figure that is not a number must agree with itself. */
        if (strncmp(row.name, m->name, sizeof row.name) != 0 ||
            /* NOLINTNEXTLINE(*-suspicious-memory-comparison,cert-*): see above */
            memcmp(&row.value, &m->value, sizeof row.value) != 0) {
            return hst_error_set(error, HST_MISMATCH,
                                 "/summary: %.48s stored as %.17g, found %.17g", row.name,
                                 row.value, m->value);
        }
    }
    return HST_OK;
}

static hst_status verify_stored(stored *s,
                                unsigned threads,
                                const volatile sig_atomic_t *interrupted,
                                hst_day_progress progress,
                                void *progress_context,
                                hst_day_report *report,
                                hst_error *error)
{
    HST_TRY(read_stored(s, error));
    const hst_day_options options = {.inputs = s->inputs,
                                     .root = s->root,
                                     .overrides = s->override_list,
                                     .override_count = s->override_count,
                                     .threads = threads,
                                     .audit = true,
                                     .interrupted = interrupted,
                                     .progress = progress,
                                     .progress_context = progress_context};
    HST_TRY(hst_day_run(&options, report, error));
    if (strcmp(report->digest_hex, s->digest) != 0) {
        return hst_error_set(error, HST_MISMATCH, "run digest: %.16s... stored, %.16s... found",
                             s->digest, report->digest_hex);
    }
    if (report->invariants_violated > 0) {
        return hst_error_set(error, HST_MISMATCH, "%llu invariant checks failed",
                             (unsigned long long)report->invariants_violated);
    }
    return compare_summary(s, report, error);
}

static hst_status verify_studies(stored *s,
                                 unsigned threads,
                                 const volatile sig_atomic_t *interrupted,
                                 hst_day_report *report,
                                 size_t *count,
                                 hst_error *error)
{
    hst_studies studies;
    HST_TRY(read_inputs(s, error));
    if (hst_studies_init(&studies) != HST_OK) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory");
    }
    studies.interrupted = interrupted;
    const hst_status status = hst_studies_verify(&studies, s->file, s->inputs, threads, error);
    memcpy(report->digest_hex, studies.digest_hex, sizeof report->digest_hex);
    *count = studies.count;
    hst_studies_release(&studies);
    return status;
}

static hst_status verify_lineup(stored *s,
                                unsigned threads,
                                const volatile sig_atomic_t *interrupted,
                                hst_day_report *report,
                                size_t *worlds,
                                hst_error *error)
{
    HST_TRY(read_inputs(s, error));
    return hst_lineup_verify(s->file, s->inputs, threads, interrupted, hst_os_memory(), worlds,
                             report->digest_hex, error);
}

hst_status hst_verify(const char *path,
                      unsigned threads,
                      const volatile sig_atomic_t *interrupted,
                      hst_day_progress progress,
                      void *progress_context,
                      hst_day_report *report,
                      size_t *studies,
                      hst_error *error)
{
    hst_assert(path != NULL && report != NULL && studies != NULL);
    *studies = 0;
    stored *s = hst_os_memory().acquire(NULL, sizeof *s);
    if (s == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory");
    }
    hst_status status = hst_result_open(path, hst_os_memory(), &s->file, error);
    if (status == HST_OK) {
        status = hst_inputs_create_empty(hst_os_memory(), &s->inputs, error);
    }
    if (status == HST_OK && is_of(s, "consensus")) {
        status = verify_studies(s, threads, interrupted, report, studies, error);
    } else if (status == HST_OK && is_of(s, "lineup")) {
        status = verify_lineup(s, threads, interrupted, report, studies, error);
    } else if (status == HST_OK) {
        status = verify_stored(s, threads, interrupted, progress, progress_context, report, error);
    }
    if (s->file != NULL) {
        hst_result_file_close(s->file);
    }
    hst_inputs_destroy(s->inputs);
    hst_os_memory().release(NULL, s, sizeof *s);
    return status;
}
