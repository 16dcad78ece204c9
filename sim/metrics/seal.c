#include "sim/metrics/seal.h"

#include "core/base/assert.h"

#include "sim/metrics/schema.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char magic[] = "herstatt result\n";
static const char check_word[] = "check ";

enum {
    MAGIC_LENGTH = sizeof magic - 1,
    CHECK_LENGTH = sizeof check_word - 1,
    CHECK_DIGITS = 32, /* enough against accidents, which is all a seal is for */
    LINES_MAX = 512    /* more than all lines of any schema; then spaces */
};

static void put_check(char *block, size_t at)
{
    const hst_hash hash = hst_blake2b(block, at);
    char hex[HST_HASH_HEX_LENGTH + 1];
    hst_hash_to_hex(&hash, hex);
    memcpy(block + at, check_word, CHECK_LENGTH);
    memcpy(block + at + CHECK_LENGTH, hex, CHECK_DIGITS);
    block[at + CHECK_LENGTH + CHECK_DIGITS] = '\n';
}

void hst_seal_render(const hst_seal *seal, char block[HST_SEAL_SIZE])
{
    hst_assert(seal != NULL);
    hst_assert(seal->schema > 0);
    char blake2b[HST_HASH_HEX_LENGTH + 1];
    char content[HST_HASH_HEX_LENGTH + 1];
    hst_hash_to_hex(&seal->blake2b, blake2b);
    hst_hash_to_hex(&seal->content, content);
    const int length =
        snprintf(block, HST_SEAL_SIZE,
                 "%sschema %" PRIu32 "\ncomplete %d\nsize %" PRIu64 "\nblake2b %s\ncontent %s\n"
                 "hdf5 data follows; read with herstatt inspect, h5ls -r, h5py or pandas\n",
                 magic, seal->schema, seal->complete ? 1 : 0, seal->size_bytes, blake2b, content);
    hst_assert(length > 0);
    const size_t end = (size_t)length + CHECK_LENGTH + CHECK_DIGITS + 1;
    hst_assert(end < HST_SEAL_SIZE);
    put_check(block, (size_t)length);
    memset(block + end, ' ', HST_SEAL_SIZE - end);
    block[HST_SEAL_SIZE - 1] = '\n';
}

/* A cursor over the lines between magic and check. */
typedef struct lines {
    const char *at;
    const char *end;
    bool good;
} lines;

static void take_word(lines *in, const char *word)
{
    const size_t length = strlen(word);
    in->good = in->good && (size_t)(in->end - in->at) > length && !memcmp(in->at, word, length);
    if (in->good) {
        in->at += length;
    }
}

static uint64_t take_number(lines *in)
{
    uint64_t value = 0;
    const char *start = in->at;
    while (in->good && in->at < in->end && *in->at >= '0' && *in->at <= '9') {
        in->good = !__builtin_mul_overflow(value, 10u, &value) &&
                   !__builtin_add_overflow(value, (uint64_t)(*in->at - '0'), &value);
        in->at++;
    }
    in->good = in->good && in->at > start;
    take_word(in, "\n");
    return in->good ? value : 0;
}

static hst_hash take_hash(lines *in)
{
    hst_hash hash = {{0}};
    in->good = in->good && in->end - in->at > HST_HASH_HEX_LENGTH &&
               hst_hash_from_hex(in->at, HST_HASH_HEX_LENGTH, &hash) == HST_OK;
    if (in->good) {
        in->at += HST_HASH_HEX_LENGTH;
    }
    take_word(in, "\n");
    return hash;
}

static hst_status damaged(hst_error *error)
{
    return hst_error_set(error, HST_CORRUPT, "damaged: bytes of the seal have changed");
}

/* Offset of the check line if it is there and right, else 0. */
static size_t find_check(const char *block)
{
    for (size_t at = MAGIC_LENGTH; at < LINES_MAX; at++) {
        if (block[at - 1] == '\n' && memcmp(block + at, check_word, CHECK_LENGTH) == 0) {
            char copy[HST_SEAL_SIZE];
            memcpy(copy, block, at);
            put_check(copy, at);
            const size_t length = at + CHECK_LENGTH + CHECK_DIGITS + 1;
            return memcmp(copy, block, length) == 0 ? at : 0;
        }
    }
    return 0;
}

static hst_status refuse_foreign(const char *block, size_t size, hst_error *error)
{
    static const char hdf5_signature[8] = "\x89HDF\r\n\x1a\n";
    const size_t common = size < MAGIC_LENGTH ? size : MAGIC_LENGTH;
    if (size > 0 && memcmp(block, magic, common) == 0) {
        return hst_error_set(error, HST_TRUNCATED, "truncated: the file ends within its seal");
    }
    if (size >= sizeof hdf5_signature &&
        memcmp(block, hdf5_signature, sizeof hdf5_signature) == 0) {
        return hst_error_set(error, HST_CORRUPT, "an HDF5 file, but not a result of herstatt");
    }
    return hst_error_set(error, HST_CORRUPT, "not a result of herstatt");
}

hst_status hst_seal_parse(const char *block, size_t size, hst_seal *seal, hst_error *error)
{
    hst_assert(block != NULL);
    hst_assert(seal != NULL);
    if (size < HST_SEAL_SIZE || memcmp(block, magic, MAGIC_LENGTH) != 0) {
        return refuse_foreign(block, size, error);
    }
    const size_t check = find_check(block);
    if (check == 0) {
        return damaged(error);
    }
    lines in = {.at = block + MAGIC_LENGTH, .end = block + check, .good = true};
    take_word(&in, "schema ");
    const uint64_t schema = take_number(&in);
    if (!in.good || schema == 0 || schema > UINT32_MAX) {
        return damaged(error);
    }
    if (schema > HST_RESULT_SCHEMA) {
        return hst_error_set(error, HST_UNSUPPORTED,
                             "written by a newer herstatt: schema %" PRIu64
                             ", this program reads up to %d",
                             schema, HST_RESULT_SCHEMA);
    }
    hst_seal out = {.schema = (uint32_t)schema};
    take_word(&in, "complete ");
    out.complete = take_number(&in) == 1;
    take_word(&in, "size ");
    out.size_bytes = take_number(&in);
    take_word(&in, "blake2b ");
    out.blake2b = take_hash(&in);
    take_word(&in, "content ");
    out.content = take_hash(&in);
    /* One text for one seal: rendering what was read must give every byte back. */
    char again[HST_SEAL_SIZE];
    hst_seal_render(&out, again);
    if (!in.good || memcmp(again, block, HST_SEAL_SIZE) != 0) {
        return damaged(error);
    }
    *seal = out;
    return HST_OK;
}

/** Up to `size` bytes at an offset, fewer only at the end of the file; negative on failure. */
static ssize_t read_at(int descriptor, unsigned char *buffer, size_t size, uint64_t at)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t got = pread(descriptor, buffer + done, size - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    return (ssize_t)done;
}

hst_status hst_seal_digest(int descriptor,
                           void *buffer,
                           size_t buffer_size,
                           const hst_seal_piece *known,
                           size_t known_count,
                           uint64_t *size_bytes,
                           hst_hash *blake2b)
{
    hst_assert(descriptor >= 0);
    hst_assert(buffer_size >= HST_PIECE_SIZE);
    const uint64_t buffer_pieces = buffer_size / HST_PIECE_SIZE;
    hst_pieces digest;
    hst_pieces_init(&digest);
    *size_bytes = HST_SEAL_SIZE;
    for (uint64_t next = 0;;) {
        if (known_count > 0 && known->number == next) {
            hst_pieces_update_known(&digest, &known->hash, 1);
            known++;
            known_count--;
            next++;
            *size_bytes += HST_PIECE_SIZE;
            continue;
        }
        uint64_t pieces = buffer_pieces;
        if (known_count > 0 && known->number - next < pieces) {
            hst_assert(known->number > next);
            pieces = known->number - next;
        }
        const ssize_t got = read_at(descriptor, buffer, pieces * HST_PIECE_SIZE,
                                    HST_SEAL_SIZE + next * HST_PIECE_SIZE);
        if (got < 0) {
            return HST_IO;
        }
        hst_pieces_update(&digest, buffer, (size_t)got);
        *size_bytes += (uint64_t)got;
        next += pieces;
        if ((uint64_t)got < pieces * HST_PIECE_SIZE) {
            break;
        }
    }
    hst_assert(known_count == 0);
    *blake2b = hst_pieces_final(&digest);
    return HST_OK;
}
