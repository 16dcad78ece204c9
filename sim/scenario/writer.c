#include "sim/scenario/writer.h"

#include "core/base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    PUT_MAX = 2048, /**< bytes of one put, NUL included */
    FIRST_CAPACITY = 4096
};

void hst_yaml_writer_init(hst_yaml_writer *writer, hst_arena *arena)
{
    hst_assert(arena != NULL);
    *writer = (hst_yaml_writer){.arena = arena, .status = HST_OK};
}

/** Have room for `more` bytes and a NUL. */
static hst_status reserve(hst_yaml_writer *writer, size_t more)
{
    if (writer->size + more < writer->capacity) {
        return HST_OK;
    }
    size_t capacity = writer->capacity > 0 ? writer->capacity : FIRST_CAPACITY;
    while (capacity <= writer->size + more) {
        capacity *= 2;
    }
    char *bytes = HST_ARENA_NEW(writer->arena, char, capacity);
    if (bytes == NULL) {
        return HST_NO_MEMORY;
    }
    if (writer->size > 0) {
        memcpy(bytes, writer->bytes, writer->size);
    }
    bytes[writer->size] = '\0';
    writer->bytes = bytes;
    writer->capacity = capacity;
    return HST_OK;
}

void hst_yaml_writer_put(hst_yaml_writer *writer, const char *format, ...)
{
    char text[PUT_MAX];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    hst_assert(length >= 0);
    hst_assert(length < PUT_MAX);
    if (writer->status == HST_OK) {
        writer->status = reserve(writer, (size_t)length);
    }
    if (writer->status == HST_OK) {
        memcpy(writer->bytes + writer->size, text, (size_t)length + 1);
        writer->size += (size_t)length;
    }
}

hst_status hst_yaml_writer_finish(hst_yaml_writer *writer, const char **text, size_t *size)
{
    hst_yaml_writer_put(writer, "%s", "");
    HST_TRY(writer->status);
    hst_assert(writer->bytes[writer->size] == '\0');
    *text = writer->bytes;
    *size = writer->size;
    return HST_OK;
}
