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

bool hst_report_possible(void)
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
            if (all[i]->number != number) {
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
    write_text(hst_report_script(), stream);
    (void)fputs("</script></body></html>\n", stream);
}

enum { WORDS_SIZE = 128 };

static const char *reason_text(int reason, char words[WORDS_SIZE])
{
    return strerror_r(reason, words, WORDS_SIZE) == 0 ? words : "unknown reason";
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

static hst_status write_open(const hst_report_input *input, const char *output, hst_error *error)
{
    json_t *pages = json_array();
    hst_status status = build_pages(input, pages, error);
    if (status == HST_OK) {
        char *json = json_dumps(pages, JSON_COMPACT | JSON_REAL_PRECISION(15));
        status = json == NULL ? hst_error_set(error, HST_NO_MEMORY, "no memory for the report")
                              : write_file(json, output, error);
        free(json);
    }
    json_decref(pages);
    return status;
}

hst_status
hst_report_write(const char *result, const char *output, hst_memory memory, hst_error *error)
{
    if (!hst_report_possible()) {
        return hst_error_set(error, HST_UNSUPPORTED,
                             "this herstatt was built without npm, so it has no chart library; "
                             "install npm (Debian: npm) and build again");
    }
    hst_result_file *file = NULL;
    HST_TRY(hst_result_open_summary(result, memory, &file, error));
    const hst_report_input input = {file, memory};
    const hst_status status = write_open(&input, output, error);
    hst_result_file_close(file);
    return status;
}
