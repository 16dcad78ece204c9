#include "core/base/codec.h"

#include "core/base/assert.h"

#include <stdbool.h>
#include <string.h>

void hst_writer_init(hst_writer *writer, void *bytes, size_t size)
{
    hst_assert(writer != NULL);
    hst_assert(bytes != NULL || size == 0);
    *writer = (hst_writer){.bytes = bytes, .size = size, .at = 0, .status = HST_OK};
}

hst_status hst_writer_status(const hst_writer *writer)
{
    hst_assert(writer != NULL);
    hst_assert(writer->at <= writer->size);
    return writer->status;
}

/* Room for `count` bytes, or NULL and a failed writer. */
static uint8_t *reserve(hst_writer *writer, size_t count)
{
    hst_assert(writer != NULL);
    hst_assert(writer->at <= writer->size);
    if (writer->status != HST_OK || writer->size - writer->at < count) {
        writer->status = HST_FULL;
        return NULL;
    }
    uint8_t *place = writer->bytes + writer->at;
    writer->at += count;
    return place;
}

/* The low `count` bytes of a value, lowest first; compilers make one store of it. */
static void write_low_bytes(hst_writer *writer, uint64_t value, size_t count)
{
    uint8_t *place = reserve(writer, count);
    if (place != NULL) {
        for (size_t i = 0; i < count; i++) {
            place[i] = (uint8_t)(value >> (8 * i));
        }
    }
}

void hst_write_u8(hst_writer *writer, uint8_t value)
{
    write_low_bytes(writer, value, 1);
}

void hst_write_u16(hst_writer *writer, uint16_t value)
{
    write_low_bytes(writer, value, 2);
}

void hst_write_u32(hst_writer *writer, uint32_t value)
{
    write_low_bytes(writer, value, 4);
}

void hst_write_u64(hst_writer *writer, uint64_t value)
{
    write_low_bytes(writer, value, 8);
}

void hst_write_i64(hst_writer *writer, int64_t value)
{
    write_low_bytes(writer, (uint64_t)value, 8);
}

void hst_write_f64(hst_writer *writer, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    write_low_bytes(writer, bits, 8);
}

void hst_write_bytes(hst_writer *writer, const void *bytes, size_t count)
{
    hst_assert(bytes != NULL || count == 0);
    uint8_t *place = reserve(writer, count);
    if (place != NULL && count > 0) {
        memcpy(place, bytes, count);
    }
}

void hst_write_varint(hst_writer *writer, uint64_t value)
{
    uint8_t groups[HST_VARINT_SIZE_MAX];
    size_t count = 0;
    do {
        const bool more = value > 0x7f;
        hst_assert(count < sizeof groups);
        groups[count++] = (uint8_t)((value & 0x7f) | (more ? 0x80U : 0U));
        value >>= 7;
    } while (value > 0);
    hst_write_bytes(writer, groups, count);
}

void hst_reader_init(hst_reader *reader, const void *bytes, size_t size)
{
    hst_assert(reader != NULL);
    hst_assert(bytes != NULL || size == 0);
    *reader = (hst_reader){.bytes = bytes, .size = size, .at = 0, .status = HST_OK};
}

hst_status hst_reader_status(const hst_reader *reader)
{
    hst_assert(reader != NULL);
    hst_assert(reader->at <= reader->size);
    return reader->status;
}

hst_status hst_reader_finish(const hst_reader *reader)
{
    HST_TRY(hst_reader_status(reader));
    return reader->at == reader->size ? HST_OK : HST_CORRUPT;
}

size_t hst_reader_left(const hst_reader *reader)
{
    hst_assert(reader != NULL);
    hst_assert(reader->at <= reader->size);
    return reader->status == HST_OK ? reader->size - reader->at : 0;
}

const uint8_t *hst_read_view(hst_reader *reader, size_t count)
{
    static const uint8_t nothing = 0; /* a view of no bytes is not a failure */
    hst_assert(reader != NULL);
    hst_assert(reader->at <= reader->size);
    if (reader->status != HST_OK) {
        return NULL;
    }
    if (reader->size - reader->at < count) {
        reader->status = HST_TRUNCATED;
        return NULL;
    }
    const uint8_t *place = reader->bytes != NULL ? reader->bytes + reader->at : &nothing;
    reader->at += count;
    return place;
}

static uint64_t read_low_bytes(hst_reader *reader, size_t count)
{
    const uint8_t *place = hst_read_view(reader, count);
    uint64_t value = 0;
    if (place != NULL) {
        for (size_t i = 0; i < count; i++) {
            value |= (uint64_t)place[i] << (8 * i);
        }
    }
    return value;
}

uint8_t hst_read_u8(hst_reader *reader)
{
    return (uint8_t)read_low_bytes(reader, 1);
}

uint16_t hst_read_u16(hst_reader *reader)
{
    return (uint16_t)read_low_bytes(reader, 2);
}

uint32_t hst_read_u32(hst_reader *reader)
{
    return (uint32_t)read_low_bytes(reader, 4);
}

uint64_t hst_read_u64(hst_reader *reader)
{
    return read_low_bytes(reader, 8);
}

int64_t hst_read_i64(hst_reader *reader)
{
    const uint64_t bits = read_low_bytes(reader, 8);
    int64_t value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

double hst_read_f64(hst_reader *reader)
{
    const uint64_t bits = read_low_bytes(reader, 8);
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void hst_read_bytes(hst_reader *reader, void *out, size_t count)
{
    hst_assert(out != NULL || count == 0);
    const uint8_t *place = hst_read_view(reader, count);
    if (count == 0) {
        return;
    }
    if (place == NULL) {
        memset(out, 0, count);
        return;
    }
    memcpy(out, place, count);
}

uint64_t hst_read_varint(hst_reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        const uint8_t group = hst_read_u8(reader);
        if (reader->status != HST_OK) {
            return 0;
        }
        /* The tenth group holds bit 63 alone; a last group of zero is not the shortest form. */
        if ((shift == 63 && group > 1) || (shift > 0 && group == 0)) {
            reader->status = HST_CORRUPT;
            return 0;
        }
        value |= (uint64_t)(group & 0x7f) << shift;
        if (group <= 0x7f) {
            return value;
        }
    }
}
