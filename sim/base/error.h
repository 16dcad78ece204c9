/** @file sim/base/error.h
 * A host failure with words and a place: bad scenario, unreadable file, full disk.
 *
 * Printed as `file:line:column: text`, with the parts left out that are not known:
 *   scenarios/x.yaml:12:7: corridors[3].fee_bp: expected a number in [0, 10000], got "cheap"
 *
 * Setters return the status they store, so a failing function ends with
 * `return hst_error_set(error, HST_IO, "...")`. Every function takes NULL for the error and then
 * only passes the status on. Text that is too long is cut, never written past its end.
 *
 * Threads   an error belongs to one thread at a time.
 */
#ifndef HST_SIM_BASE_ERROR_H
#define HST_SIM_BASE_ERROR_H

#include "core/base/status.h"

#include <stddef.h>

enum {
    HST_ERROR_TEXT_SIZE = 512, /**< bytes for the text, NUL included */
    HST_ERROR_FILE_SIZE = 256, /**< bytes for the file name, NUL included */
    HST_ERROR_PRINT_SIZE = 832 /**< bytes that hold any printed error, NUL included */
};

/** What went wrong and where. All zero means no error. */
typedef struct hst_error {
    hst_status status;              /**< HST_OK when there is none */
    char text[HST_ERROR_TEXT_SIZE]; /**< one line, no full stop */
    char file[HST_ERROR_FILE_SIZE]; /**< "" when unknown */
    int line;                       /**< from 1; 0 = unknown */
    int column;                     /**< from 1, in bytes; 0 = unknown */
} hst_error;

/** Forget. */
void hst_error_clear(hst_error *error);

/** Store status and text without a place; returns `status`, which must not be HST_OK. */
hst_status hst_error_set(hst_error *error, hst_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Store status, place and text; `file` may be NULL, line and column 0. Returns `status`. */
hst_status hst_error_at(hst_error *error,
                        hst_status status,
                        const char *file,
                        int line,
                        int column,
                        const char *format,
                        ...) __attribute__((format(printf, 6, 7)));

/** Add a place to an error that has none yet; returns its status. */
hst_status hst_error_locate(hst_error *error, const char *file, int line, int column);

/** Write the printed form and a NUL into buffer[size]; returns the length written. An error
 * without text prints its status's text. */
size_t hst_error_print(const hst_error *error, char *buffer, size_t size);

#endif
