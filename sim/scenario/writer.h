/** @file sim/scenario/writer.h
 * Text that grows in an arena.
 *
 * Errors    remembered: after HST_NO_MEMORY further text is dropped and hst_yaml_writer_finish says
 * so. Threads   a writer belongs to one thread.
 */
#ifndef HST_SIM_SCENARIO_WRITER_H
#define HST_SIM_SCENARIO_WRITER_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include <stddef.h>

/** Text under construction; fields are private. */
typedef struct hst_yaml_writer {
    hst_arena *arena;  /**< where it grows */
    char *bytes;       /**< text and a NUL */
    size_t size;       /**< bytes of text */
    size_t capacity;   /**< bytes there are */
    hst_status status; /**< the first failure */
} hst_yaml_writer;

/** Start with nothing. */
void hst_yaml_writer_init(hst_yaml_writer *writer, hst_arena *arena);

/** Append formatted text of at most 2 KiB. */
void hst_yaml_writer_put(hst_yaml_writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Take the text, zero-terminated, in the arena. */
HST_NODISCARD hst_status hst_yaml_writer_finish(hst_yaml_writer *writer,
                                                const char **text,
                                                size_t *size);

#endif
