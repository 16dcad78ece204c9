/* Bytes of any origin: reading never leaves the buffer, what was read writes back to the bytes it
 * came from, and every proper prefix is noticed. The input's first half says which fields to read
 * from its second half. */
#include "core/base/codec.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

/** Read one field of a kind and write it again. */
static void copy_field(uint8_t kind, hst_reader *reader, hst_writer *writer)
{
    switch (kind % 7) {
    case 0: hst_write_u8(writer, hst_read_u8(reader)); break;
    case 1: hst_write_u16(writer, hst_read_u16(reader)); break;
    case 2: hst_write_u32(writer, hst_read_u32(reader)); break;
    case 3: hst_write_u64(writer, hst_read_u64(reader)); break;
    case 4: hst_write_i64(writer, hst_read_i64(reader)); break;
    case 5: hst_write_varint(writer, hst_read_varint(reader)); break;
    default: {
        const size_t count = kind / 7;
        const uint8_t *view = hst_read_view(reader, count);
        check((view != NULL) == (hst_reader_status(reader) == HST_OK));
        if (view != NULL) {
            hst_write_bytes(writer, view, count);
        }
    }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t kinds = size / 2;
    const uint8_t *body = data + kinds;
    const size_t body_size = size - kinds;
    uint8_t *copy = malloc(body_size + 1);
    check(copy != NULL);
    hst_reader reader;
    hst_writer writer;
    hst_reader_init(&reader, body, body_size);
    hst_writer_init(&writer, copy, body_size);
    for (size_t i = 0; i < kinds; i++) {
        const size_t before = writer.at;
        copy_field(data[i], &reader, &writer);
        check(reader.at <= body_size);
        if (hst_reader_status(&reader) != HST_OK) {
            check(hst_reader_finish(&reader) != HST_OK);
            check(hst_reader_left(&reader) == 0);
            writer.at = before; /* drop the field that was not there */
            break;
        }
        check(hst_writer_status(&writer) == HST_OK);
        check(writer.at == reader.at);
    }
    check(memcmp(copy, body, writer.at) == 0);
    free(copy);
    return 0;
}
