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

/** What a report is about; a page names those it serves, added together. */
typedef enum hst_report_kind {
    HST_REPORT_RUN = 1,     /**< one run */
    HST_REPORT_RUNS = 2,    /**< several runs, compared with the first */
    HST_REPORT_SWEEP = 4,   /**< one sweep */
    HST_REPORT_STUDIES = 8, /**< consensus protocols side by side */
    HST_REPORT_LINEUP = 16  /**< routers side by side */
} hst_report_kind;

/** What pages are made of. */
typedef struct hst_report_input {
    hst_result_file *file;         /**< the open result; of several, the one to read now */
    hst_result_file *const *files; /**< all of them */
    const char *const *names;      /**< what to call them: "A small.h5", or "" when alone */
    size_t count;                  /**< how many */
    hst_report_kind kind;          /**< what the report is about */
    hst_memory memory;             /**< for rows */
} hst_report_input;

/** One page. */
typedef struct hst_report_page {
    int number;        /**< order in the report */
    const char *title; /**< heading; also names the link to it */
    /** Fill `page`; one that stays empty is left out. */
    hst_status (*build)(const hst_report_input *input, json_t *page, hst_error *error);
    unsigned kinds; /**< hst_report_kind it serves, added */
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

/** The input with another of its files as the one to read. */
hst_report_input hst_report_input_of(const hst_report_input *input, size_t index);

/** Value of a figure by name, or 0. */
double hst_report_metric(const hst_metric_row *rows, size_t count, const char *name);

/** Text of a padded column; bytes that are no UTF-8 become question marks. */
json_t *hst_report_text(const char *field, size_t size);

/** A number, or null when it is none. */
json_t *hst_report_number(double value);

/** Add a paragraph. */
void hst_report_say(json_t *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Add a figure to the row of large figures on top of the page. */
void hst_report_figure(json_t *page, const char *label, double value, const char *unit);

/** Add a picture: kind "bar", "bars" (lying), "line", "intervals" (three columns a series: mean,
 * low, high), "map" (page_corridors.c) or "table", and after a space "stack", "folded" (a table
 * that opens on demand), "hours" (a row holds for an hour) or "log" (values on a logarithmic
 * axis, where nothing is drawn for what is not above zero); returns its rows, to append arrays
 * to. Columns end with NULL. `axis` is "category", "value", "time" (seconds of the day)
 * or "log". */
json_t *hst_report_picture(json_t *page,
                           const char *kind,
                           const char *axis,
                           const char *title,
                           const char *caption,
                           const char *const *columns);

/** The picture added last, for what only its kind knows. */
json_t *hst_report_last_picture(json_t *page);

/** Add a column to a picture. */
void hst_report_column(json_t *picture, const char *name);

/** Shares of values at or below each of `steps` limits, in percent; a bin counts when all of it
 * lies there. */
void hst_report_shares(
    const hst_bin_row *bins, size_t count, const double *limits, size_t steps, double *shares);

/** What marks the time axes: hours of the busiest systems, holidays, marks. */
HST_NODISCARD hst_status hst_report_calendar(const hst_report_input *input,
                                             json_t **calendar,
                                             hst_error *error);

/** Places of countries on a map: {"DE": [longitude, latitude]}; NULL when memory is out. */
json_t *hst_report_places(hst_memory memory);

#endif
