/** @file core/consensus/wire.h
 * Messages as bytes: little-endian fields written and read one after another, inline.
 *
 * The same job as core/base/codec.h, for the hottest path there is: millions of messages a second,
 * most of them below 100 bytes. A reader that ran out yields zeroes and says so once, at the end.
 *
 * A signature takes HST_SIGNATURE_SIZE bytes of a message. When crypto is real they are there, zero
 * until the host signs; when it is modelled they are left out and counted, so that links are
 * charged the same and a simulated broadcast does not move them.
 *
 * Threads   plain values.
 */
#ifndef HST_CORE_CONSENSUS_WIRE_H
#define HST_CORE_CONSENSUS_WIRE_H

#include "core/crypto/hash.h"
#include "core/crypto/signature.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#    error "messages are written as they lie in memory, which must be little-endian"
#endif

/** A message being written. */
typedef struct hst_wire {
    uint8_t *bytes;   /**< where */
    uint32_t size;    /**< bytes that fit; where nothing is kept, those written */
    uint32_t at;      /**< bytes written */
    uint32_t omitted; /**< bytes of signatures left out */
    uint32_t limit;   /**< bytes that fit */
    bool carry;       /**< signatures have slots */
    bool discards;    /**< nobody will read it: bytes are counted and not kept */
    bool full;        /**< something did not fit */
} hst_wire;

/** Start writing. */
/* NOLINTNEXTLINE(readability-non-const-parameter): it is written through later */
static inline void hst_wire_begin(hst_wire *wire, uint8_t *bytes, uint32_t size, bool carry)
{
    *wire = (hst_wire){.bytes = bytes, .size = size, .limit = size, .carry = carry};
}

/** Count from here on, and keep nothing. */
static inline void hst_wire_discard(hst_wire *wire)
{
    wire->discards = true;
    wire->size = wire->at; /* so that every write takes the way of what does not fit */
}

/** `count` bytes that need not be there: where nothing is kept. */
static inline void hst_wire_skip(hst_wire *wire, uint32_t count)
{
    wire->full = wire->full || !wire->discards || wire->limit - wire->at < count;
    wire->at += wire->full ? 0 : count;
    wire->size = wire->full ? wire->size : wire->at;
}

/** `count` bytes as they stand. */
static inline void hst_wire_bytes(hst_wire *wire, const void *bytes, uint32_t count)
{
    if (wire->size - wire->at < count) {
        hst_wire_skip(wire, count);
        return;
    }
    memcpy(wire->bytes + wire->at, bytes, count);
    wire->at += count;
}

/** One byte. */
static inline void hst_wire_u8(hst_wire *wire, uint8_t value)
{
    hst_wire_bytes(wire, &value, sizeof value);
}

/** Two bytes. */
static inline void hst_wire_u16(hst_wire *wire, uint16_t value)
{
    hst_wire_bytes(wire, &value, sizeof value);
}

/** Four bytes. */
static inline void hst_wire_u32(hst_wire *wire, uint32_t value)
{
    hst_wire_bytes(wire, &value, sizeof value);
}

/** Eight bytes. */
static inline void hst_wire_u64(hst_wire *wire, uint64_t value)
{
    hst_wire_bytes(wire, &value, sizeof value);
}

/** A hash: 32 bytes. */
static inline void hst_wire_hash(hst_wire *wire, const hst_hash *hash)
{
    hst_wire_bytes(wire, hash->bytes, sizeof hash->bytes);
}

/** Room for a signature that the host will put there. */
static inline void hst_wire_signature_slot(hst_wire *wire)
{
    static const hst_signature none = {{0}};
    if (wire->carry) {
        hst_wire_bytes(wire, none.bytes, sizeof none.bytes);
    } else {
        wire->omitted += sizeof none.bytes;
    }
}

/** A signature received earlier. */
static inline void hst_wire_signature(hst_wire *wire, const hst_signature *signature)
{
    if (wire->carry) {
        hst_wire_bytes(wire, signature->bytes, sizeof signature->bytes);
    } else {
        wire->omitted += sizeof signature->bytes;
    }
}

/** A message being read. */
typedef struct hst_wire_reader {
    const uint8_t *bytes; /**< the message */
    size_t size;          /**< its size */
    size_t at;            /**< bytes read */
    bool carry;           /**< signatures have slots */
    bool short_of;        /**< something was missing */
} hst_wire_reader;

/** Start reading behind the kind byte. */
static inline hst_wire_reader hst_wire_read(const uint8_t *bytes, size_t size, bool carry)
{
    return (hst_wire_reader){
        .bytes = bytes, .size = size, .at = 1, .carry = carry, .short_of = size < 1};
}

/** `count` bytes copied out; zeroes when they are missing. */
static inline void hst_wire_read_bytes(hst_wire_reader *reader, void *out, size_t count)
{
    if (reader->short_of || reader->size - reader->at < count) {
        reader->short_of = true;
        memset(out, 0, count);
        return;
    }
    memcpy(out, reader->bytes + reader->at, count);
    reader->at += count;
}

/** One byte. */
static inline uint8_t hst_wire_read_u8(hst_wire_reader *reader)
{
    uint8_t value;
    hst_wire_read_bytes(reader, &value, sizeof value);
    return value;
}

/** Two bytes. */
static inline uint16_t hst_wire_read_u16(hst_wire_reader *reader)
{
    uint16_t value;
    hst_wire_read_bytes(reader, &value, sizeof value);
    return value;
}

/** Four bytes. */
static inline uint32_t hst_wire_read_u32(hst_wire_reader *reader)
{
    uint32_t value;
    hst_wire_read_bytes(reader, &value, sizeof value);
    return value;
}

/** Eight bytes. */
static inline uint64_t hst_wire_read_u64(hst_wire_reader *reader)
{
    uint64_t value;
    hst_wire_read_bytes(reader, &value, sizeof value);
    return value;
}

/** A hash: 32 bytes. */
static inline hst_hash hst_wire_read_hash(hst_wire_reader *reader)
{
    hst_hash value;
    hst_wire_read_bytes(reader, value.bytes, sizeof value.bytes);
    return value;
}

/** A signature; zeroes where they are not carried. */
static inline hst_signature hst_wire_read_signature(hst_wire_reader *reader)
{
    hst_signature value = {{0}};
    if (reader->carry) {
        hst_wire_read_bytes(reader, value.bytes, sizeof value.bytes);
    }
    return value;
}

/** Whether the message was whole and nothing is left over. */
static inline bool hst_wire_read_done(const hst_wire_reader *reader)
{
    return !reader->short_of && reader->at == reader->size;
}

#endif
