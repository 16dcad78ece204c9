#include "sim/report/report.h"

#include "sim/report/assets.h"
#include "sim/report/page.h"

/* HST_REPORT_PAGES(X) names the page files; written by sim/report/CMakeLists.txt. */
#include "sim/report/pages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define X(name) extern const hst_report_page hst_report_page_##name;
HST_REPORT_PAGES(X)
#undef X

bool hst_report_has_pictures(void)
{
    return hst_report_library().size > 0;
}

/* Pages in order of number; there are few. */
static hst_status build_pages(const hst_report_input *input, json_t *pages, hst_error *error)
{
    static const hst_report_page *const all[] = {
#define X(name) &hst_report_page_##name,
        HST_REPORT_PAGES(X)
#undef X
    };
    const size_t count = sizeof all / sizeof all[0];
    for (int number = 0; number < 100; number++) {
        for (size_t i = 0; i < count; i++) {
            if (all[i]->number != number || (all[i]->kinds & (unsigned)input->kind) == 0) {
                continue;
            }
            json_t *page = json_object();
            const hst_status status = all[i]->build(input, page, error);
            if (status != HST_OK || json_object_size(page) == 0) {
                json_decref(page);
                HST_TRY(status);
                continue;
            }
            (void)json_object_set_new(page, "title", json_string(all[i]->title));
            (void)json_array_append_new(pages, page);
        }
    }
    return HST_OK;
}

/* JSON in a script element: "<" appears only inside strings, where \u003c means the same and
 * cannot end the element. */
static void write_json(const char *json, FILE *stream)
{
    for (const char *at = json; *at != '\0'; at++) {
        if (*at == '<') {
            (void)fputs("\\u003c", stream);
        } else {
            (void)fputc(*at, stream);
        }
    }
}

static void write_text(hst_text text, FILE *stream)
{
    (void)fwrite(text.bytes, 1, text.size, stream);
}

static void write_html(const char *json, FILE *stream)
{
    (void)fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<link rel=\"icon\" href=\"data:,\">\n<title>Herstatt report</title>\n<style>\n",
                stream);
    write_text(hst_report_style(), stream);
    (void)fputs("</style></head>\n<body><noscript>This report draws its pictures with a script "
                "inside it; please allow scripts.</noscript>\n"
                "<script type=\"application/json\" id=\"data\">",
                stream);
    write_json(json, stream);
    (void)fputs("</script>\n<script>\n", stream);
    write_text(hst_report_library(), stream);
    (void)fputs("</script>\n<script>\n", stream);
    write_text(hst_report_charts(), stream);
    write_text(hst_report_map(), stream);
    write_text(hst_report_script(), stream);
    (void)fputs("</script></body></html>\n", stream);
}

enum { WORDS_SIZE = 128 };

static const char *reason_text(int reason, char words[WORDS_SIZE])
{
    return strerror_r(reason, words, WORDS_SIZE) == 0 ? words : "unknown reason";
}

/* Whether a file begins as our results do: -o was given the wrong word. */
static bool is_result(const char *path)
{
    static const char seal[] = "herstatt result";
    char head[sizeof seal] = "";
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    const size_t size = fread(head, 1, sizeof seal - 1, file);
    (void)fclose(file);
    return size == sizeof seal - 1 && memcmp(head, seal, size) == 0;
}

/* Beside the output first, so that a failure leaves nothing under its name. */
static hst_status write_file(const char *json, const char *output, hst_error *error)
{
    char words[WORDS_SIZE];
    char partial[4096];
    const int length = snprintf(partial, sizeof partial, "%s.partial", output);
    if (length < 0 || (size_t)length >= sizeof partial) {
        return hst_error_set(error, HST_INVALID, "the name of the report is too long");
    }
    if (is_result(output)) {
        return hst_error_set(error, HST_INVALID, "%s is a result; a report would replace it",
                             output);
    }
    FILE *stream = fopen(partial, "wb");
    if (stream == NULL) {
        return hst_error_at(error, HST_IO, output, 0, 0, "cannot write: %s",
                            reason_text(errno, words));
    }
    write_html(json, stream);
    const bool failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed || rename(partial, output) != 0) {
        const int reason = errno;
        (void)remove(partial);
        return hst_error_at(error, HST_IO, output, 0, 0, "cannot write: %s",
                            reason_text(reason, words));
    }
    return HST_OK;
}

/* What must be read before anything else. */
static void add_banner(const hst_report_input *input, json_t *report)
{
    char text[128] = "";
    int64_t failed = 0;
    int64_t trials = 0;
    if (input->kind == HST_REPORT_SWEEP &&
        hst_result_file_attribute_i64(input->file, "/meta", "failed_trials", &failed) == HST_OK &&
        hst_result_file_attribute_i64(input->file, "/meta", "trials", &trials) == HST_OK &&
        failed > 0) {
        (void)snprintf(text, sizeof text, "PARTIAL: %lld of %lld trials failed and are left out.",
                       (long long)failed, (long long)trials);
    }
    if (text[0] != '\0') {
        (void)json_object_set_new(report, "banner", json_string(text));
    }
}

static hst_status write_open(const hst_report_input *input, const char *output, hst_error *error)
{
    json_t *report = json_object();
    json_t *pages = json_array();
    json_t *calendar = NULL;
    char title[256] = "";
    (void)json_object_set_new(report, "pages", pages);
    hst_ignore(hst_result_file_attribute_text(input->file, "/meta", "title", title, sizeof title));
    (void)json_object_set_new(report, "title", hst_report_text(title, sizeof title));
    add_banner(input, report);
    hst_status status = build_pages(input, pages, error);
    if (status == HST_OK && input->kind == HST_REPORT_RUN) {
        status = hst_report_calendar(input, &calendar, error);
        (void)json_object_set_new(report, "calendar", calendar);
    }
    if (status == HST_OK) {
        char *json = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(15));
        status = json == NULL ? hst_error_set(error, HST_NO_MEMORY, "no memory for the report")
                              : write_file(json, output, error);
        free(json);
    }
    json_decref(report);
    return status;
}

/* A run has no kind. */
static hst_report_kind kind_of(hst_result_file *file)
{
    char kind[16] = "";
    if (hst_result_file_attribute_text(file, "/meta", "kind", kind, sizeof kind) != HST_OK) {
        return HST_REPORT_RUN;
    }
    return strcmp(kind, "consensus") == 0 ? HST_REPORT_STUDIES
           : strcmp(kind, "sweep") == 0   ? HST_REPORT_SWEEP
           : strcmp(kind, "lineup") == 0  ? HST_REPORT_LINEUP
                                          : HST_REPORT_RUN;
}

enum { NAME_SIZE = 64 };

/* "A small.h5": a letter, because files of one name in two folders are common. */
static void name_result(const char *path, size_t index, char name[NAME_SIZE])
{
    const char *slash = strrchr(path, '/');
    (void)snprintf(name, NAME_SIZE, "%c %s", (char)('A' + index), slash != NULL ? slash + 1 : path);
}

static hst_status write_files(hst_result_file *const *files,
                              const char *const *names,
                              size_t count,
                              const char *output,
                              hst_memory memory,
                              hst_error *error)
{
    hst_report_input input = {.file = files[0],
                              .files = files,
                              .names = names,
                              .count = count,
                              .kind = count > 1 ? HST_REPORT_RUNS : HST_REPORT_RUN,
                              .memory = memory};
    for (size_t i = 0; i < count; i++) {
        const hst_report_kind kind = kind_of(files[i]);
        if (kind == HST_REPORT_RUN) {
            continue;
        }
        if (count > 1) {
            return hst_error_set(error, HST_INVALID,
                                 kind == HST_REPORT_SWEEP
                                     ? "%s is a sweep; a sweep has a report of its own"
                                     : "%s is a study of consensus or a line-up of routers, which "
                                       "has a report of its own",
                                 names[i]);
        }
        input.kind = kind;
    }
    return write_open(&input, output, error);
}

hst_status hst_report_write(const char *const *results,
                            size_t count,
                            const char *output,
                            hst_memory memory,
                            hst_error *error)
{
    hst_result_file *files[HST_REPORT_RESULTS_MAX] = {NULL};
    char buffers[HST_REPORT_RESULTS_MAX][NAME_SIZE] = {""};
    const char *names[HST_REPORT_RESULTS_MAX];
    if (count == 0 || count > HST_REPORT_RESULTS_MAX) {
        return hst_error_set(error, HST_INVALID, "a report is on 1 to %d results",
                             HST_REPORT_RESULTS_MAX);
    }
    hst_status status = HST_OK;
    for (size_t i = 0; i < count && status == HST_OK; i++) {
        name_result(results[i], i, buffers[i]);
        names[i] = buffers[i];
        status = hst_result_open_summary(results[i], memory, &files[i], error);
    }
    if (status == HST_OK) {
        status = write_files(files, names, count, output, memory, error);
    }
    for (size_t i = 0; i < count; i++) {
        if (files[i] != NULL) {
            hst_result_file_close(files[i]);
        }
    }
    return status;
}
