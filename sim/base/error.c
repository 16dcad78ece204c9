#include "sim/base/error.h"

#include "core/base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void hst_error_clear(hst_error *error)
{
    if (error != NULL) {
        memset(error, 0, sizeof *error);
    }
}

/* Errors are one line on a terminal: what a file smuggled in must not move the cursor. */
static void flatten(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = '?';
        }
    }
}

static void set_place(hst_error *error, const char *file, int line, int column)
{
    hst_assert(line >= 0);
    hst_assert(column >= 0);
    if (file != NULL) {
        hst_ignore(snprintf(error->file, sizeof error->file, "%s", file) >= 0 ? HST_OK : HST_IO);
        flatten(error->file);
    }
    error->line = line;
    error->column = column;
}

static void set_text(hst_error *error, hst_status status, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void set_text(hst_error *error, hst_status status, const char *format, va_list arguments)
{
    hst_assert(status != HST_OK);
    memset(error, 0, sizeof *error);
    error->status = status;
    if (vsnprintf(error->text, sizeof error->text, format, arguments) < 0) {
        error->text[0] = '\0';
    }
    flatten(error->text);
}

hst_status hst_error_set(hst_error *error, hst_status status, const char *format, ...)
{
    hst_assert(status != HST_OK);
    hst_assert(format != NULL);
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        set_text(error, status, format, arguments);
        va_end(arguments);
    }
    return status;
}

hst_status hst_error_at(hst_error *error,
                        hst_status status,
                        const char *file,
                        int line,
                        int column,
                        const char *format,
                        ...)
{
    hst_assert(status != HST_OK);
    hst_assert(format != NULL);
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        set_text(error, status, format, arguments);
        va_end(arguments);
        set_place(error, file, line, column);
    }
    return status;
}

hst_status hst_error_locate(hst_error *error, const char *file, int line, int column)
{
    hst_assert(error != NULL);
    if (error->status != HST_OK && error->file[0] == '\0' && error->line == 0) {
        set_place(error, file, line, column);
    }
    return error->status;
}

size_t hst_error_print(const hst_error *error, char *buffer, size_t size)
{
    hst_assert(error != NULL);
    hst_assert(buffer != NULL);
    hst_assert(size > 0);
    const char *text = error->text[0] != '\0' ? error->text : hst_status_text(error->status);
    char place[40] = "";
    const char *colon = error->file[0] != '\0' ? ":" : "";
    int length = 0;
    if (error->line > 0 && error->column > 0) {
        length = snprintf(place, sizeof place, "%s%d:%d: ", colon, error->line, error->column);
    } else if (error->line > 0) {
        length = snprintf(place, sizeof place, "%s%d: ", colon, error->line);
    } else if (error->file[0] != '\0') {
        length = snprintf(place, sizeof place, ": ");
    }
    hst_assert(length >= 0);
    length = snprintf(buffer, size, "%s%s%s", error->file, place, text);
    hst_assert(length >= 0);
    return (size_t)length < size ? (size_t)length : size - 1;
}
