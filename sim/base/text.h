/** @file sim/base/text.h
 * A view of text that someone else owns: no NUL, no copy.
 *
 * Threads   pure values.
 */
#ifndef HST_SIM_BASE_TEXT_H
#define HST_SIM_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/** bytes[size], borrowed; may hold any byte, is not NUL-terminated. */
typedef struct hst_text {
    const char *bytes; /**< first byte; may be NULL only when size is 0 */
    size_t size;       /**< bytes */
} hst_text;

/** View of a NUL-terminated string, without the NUL. */
hst_text hst_text_of(const char *string);

/** Whether the text equals a NUL-terminated string. */
bool hst_text_equals(hst_text text, const char *string);

/** The text without spaces and tabs at either end. */
hst_text hst_text_trim(hst_text text);

/** Copy as much as fits into buffer[size] and add a NUL; returns whether all of it fitted. */
bool hst_text_copy(hst_text text, char *buffer, size_t size);

#endif
