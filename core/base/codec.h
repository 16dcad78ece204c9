/** @file core/base/codec.h
 * Little-endian bytes in and out of a bounded buffer: the one way records become bytes.
 *
 * Both sides carry a sticky status, so a record is written or read field by field and checked once
 * at its end. After a failure a writer writes nothing more and a reader yields zeroes; whatever was
 * read before is not to be used unless hst_reader_finish or hst_reader_status says HST_OK.
 *
 *   hst_writer w; hst_writer_init(&w, buffer, sizeof buffer);
 *   hst_write_u16(&w, version); hst_write_u64(&w, id);
 *   HST_TRY(hst_writer_status(&w));
 *
 * Errors    HST_FULL (writer), HST_TRUNCATED (reader ran out), HST_CORRUPT (a varint that is too
 *           long or not the shortest form, bytes left over at finish).
 * Memory    buffers are the caller's; hst_read_view points into them.
 * Threads   pure values.
 * Cost      a comparison and a store per field.
 */
#ifndef HST_CORE_BASE_CODEC_H
#define HST_CORE_BASE_CODEC_H

#include "core/base/status.h"

#include <stddef.h>
#include <stdint.h>

/** Longest varint: ten groups of seven bits. */
enum { HST_VARINT_SIZE_MAX = 10 };

/** Writes forward through bytes[size]. */
typedef struct hst_writer {
    uint8_t *bytes;    /**< the caller's buffer */
    size_t size;       /**< its size */
    size_t at;         /**< bytes written */
    hst_status status; /**< HST_OK or the first failure */
} hst_writer;

/** Reads forward through bytes[size]. */
typedef struct hst_reader {
    const uint8_t *bytes; /**< the caller's buffer */
    size_t size;          /**< its size */
    size_t at;            /**< bytes consumed */
    hst_status status;    /**< HST_OK or the first failure */
} hst_reader;

/** Start writing at the front of `bytes`; NULL only with size 0. */
void hst_writer_init(hst_writer *writer, void *bytes, size_t size);
/** HST_OK, or HST_FULL when anything did not fit. */
HST_NODISCARD hst_status hst_writer_status(const hst_writer *writer);
/** One byte. */
void hst_write_u8(hst_writer *writer, uint8_t value);
/** Two bytes. */
void hst_write_u16(hst_writer *writer, uint16_t value);
/** Four bytes. */
void hst_write_u32(hst_writer *writer, uint32_t value);
/** Eight bytes. */
void hst_write_u64(hst_writer *writer, uint64_t value);
/** Eight bytes, two's complement. */
void hst_write_i64(hst_writer *writer, int64_t value);
/** Eight bytes, the bits of an IEEE binary64. */
void hst_write_f64(hst_writer *writer, double value);
/** `count` bytes as they stand. */
void hst_write_bytes(hst_writer *writer, const void *bytes, size_t count);
/** LEB128, shortest form, 1 to HST_VARINT_SIZE_MAX bytes. */
void hst_write_varint(hst_writer *writer, uint64_t value);

/** Start reading at the front of `bytes`; NULL only with size 0. */
void hst_reader_init(hst_reader *reader, const void *bytes, size_t size);
/** HST_OK, HST_TRUNCATED or HST_CORRUPT, whichever came first. */
HST_NODISCARD hst_status hst_reader_status(const hst_reader *reader);
/** The status, or HST_CORRUPT when bytes are left over. */
HST_NODISCARD hst_status hst_reader_finish(const hst_reader *reader);
/** Bytes not yet consumed. */
size_t hst_reader_left(const hst_reader *reader);
/** One byte. */
uint8_t hst_read_u8(hst_reader *reader);
/** Two bytes. */
uint16_t hst_read_u16(hst_reader *reader);
/** Four bytes. */
uint32_t hst_read_u32(hst_reader *reader);
/** Eight bytes. */
uint64_t hst_read_u64(hst_reader *reader);
/** Eight bytes, two's complement. */
int64_t hst_read_i64(hst_reader *reader);
/** Eight bytes, the bits of an IEEE binary64; any bits, also a NaN's. */
double hst_read_f64(hst_reader *reader);
/** `count` bytes copied to `out`; all zero after a failure. */
void hst_read_bytes(hst_reader *reader, void *out, size_t count);
/** `count` bytes in place, or NULL after a failure. */
const uint8_t *hst_read_view(hst_reader *reader, size_t count);
/** LEB128; HST_CORRUPT unless it is the shortest form of a 64-bit value. */
uint64_t hst_read_varint(hst_reader *reader);

#endif
