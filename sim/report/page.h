/** @file sim/report/page.h
 * A page of the report: one file page_<name>.c that defines `hst_report_page_<name>`.
 *
 * A page says what it found in words, gives figures, and adds pictures. A picture is a table and a
 * way to draw it: the first column is the axis, every further one a series, so that the picture and
 * the table behind it cannot disagree. Text goes in as it is; escaping happens at writing.
 *
 * Errors    of reading; adding to JSON does not fail but when memory is out, and then the page
 *           lacks it and writing reports HST_NO_MEMORY.
 * Threads   one thread.
 */
#ifndef HST_SIM_REPORT_PAGE_H
#define HST_SIM_REPORT_PAGE_H

#include "sim/metrics/result_file.h"

#include <jansson.h>

/** What pages are made of. */
typedef struct hst_report_input {
    hst_result_file *file; /**< the open result */
    hst_memory memory;     /**< for rows */
} hst_report_input;

/** One page. */
typedef struct hst_report_page {
    int number;        /**< order in the report */
    const char *title; /**< heading; also names the link to it */
    /** Fill `page`; one that stays empty is left out. */
    hst_status (*build)(const hst_report_input *input, json_t *page, hst_error *error);
} hst_report_page;

/** All rows of a table; give back with hst_report_release. */
HST_NODISCARD hst_status hst_report_rows(const hst_report_input *input,
                                         hst_result_table table,
                                         void **rows,
                                         size_t *count,
                                         hst_error *error);

/** All bins of a histogram; none when the file has no such histogram. */
HST_NODISCARD hst_status hst_report_bins(const hst_report_input *input,
                                         const char *name,
                                         hst_bin_row **bins,
                                         size_t *count,
                                         hst_error *error);

/** Give rows back. */
void hst_report_release(const hst_report_input *input, void *rows, size_t size);

/** Text of a padded column; bytes that are no UTF-8 become question marks. */
json_t *hst_report_text(const char *field, size_t size);

/** A number, or null when it is none. */
json_t *hst_report_number(double value);

/** Add a paragraph. */
void hst_report_say(json_t *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Add a picture: kind "bar", "bars" (lying) or "line"; returns its rows, to append arrays to.
 * Columns end with NULL. `axis` is "category", "time" (seconds of the day) or "log". */
json_t *hst_report_picture(json_t *page,
                           const char *kind,
                           const char *axis,
                           const char *title,
                           const char *caption,
                           const char *const *columns);

#endif
