#include "sim/experiment/trial.h"

#include "core/base/assert.h"
#include "core/base/codec.h"

#include <math.h>
#include <string.h>

enum { FRONT_SIZE = 8 + 4 + 4 + 8 + HST_HASH_SIZE + HST_TRIAL_REASON_SIZE };

size_t hst_trial_size(uint32_t value_count)
{
    hst_assert(value_count <= HST_TRIAL_VALUES_MAX);
    return FRONT_SIZE + (size_t)8 * value_count;
}

bool hst_trial_may_repeat(hst_status status)
{
    return status == HST_NO_MEMORY || status == HST_IO || status == HST_INTERRUPTED;
}

/* Whether a number of a file is one of ours; interrupted trials are not finished ones. */
static bool status_is_an_end(uint32_t number)
{
    switch (number) {
#define X(name, value, text) case value:
        HST_STATUS_MAP(X)
#undef X
        return number != HST_INTERRUPTED;
    default: return false;
    }
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void hst_trial_encode(const hst_trial *trial,
                      const double *values,
                      uint32_t value_count,
                      unsigned char *bytes)
{
    hst_assert(trial->status != HST_INTERRUPTED);
    hst_assert(trial->cpu_seconds >= 0.0);
    hst_assert(isfinite(trial->cpu_seconds));
    const size_t length = strnlen(trial->reason, sizeof trial->reason);
    hst_assert(length < sizeof trial->reason);
    hst_assert(length == 0 || trial->status != HST_OK);
    unsigned char reason[HST_TRIAL_REASON_SIZE] = {0};
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)trial->reason[i];
        reason[i] = c < ' ' ? ' ' : c;
    }
    hst_writer writer;
    hst_writer_init(&writer, bytes, hst_trial_size(value_count));
    hst_write_u64(&writer, trial->number);
    hst_write_u32(&writer, (uint32_t)trial->status);
    hst_write_u32(&writer, 0);
    hst_write_u64(&writer, bits_of(trial->cpu_seconds));
    hst_write_bytes(&writer, trial->digest.bytes, sizeof trial->digest.bytes);
    hst_write_bytes(&writer, reason, sizeof reason);
    for (uint32_t i = 0; i < value_count; i++) {
        hst_write_u64(&writer, bits_of(values[i]));
    }
    const hst_status status = hst_writer_status(&writer);
    hst_assert(status == HST_OK);
    hst_assert(writer.at == writer.size);
}

/* Text, then nothing but zeros. */
static bool reason_is_text(const char reason[HST_TRIAL_REASON_SIZE])
{
    size_t at = 0;
    while (at < HST_TRIAL_REASON_SIZE && (unsigned char)reason[at] >= ' ') {
        at++;
    }
    bool empty = at < HST_TRIAL_REASON_SIZE;
    for (; at < HST_TRIAL_REASON_SIZE; at++) {
        empty = empty && reason[at] == '\0';
    }
    return empty;
}

hst_status
hst_trial_decode(const unsigned char *bytes, uint32_t value_count, hst_trial *trial, double *values)
{
    hst_assert(bytes != NULL);
    hst_reader reader;
    hst_reader_init(&reader, bytes, hst_trial_size(value_count));
    hst_trial read = {.number = hst_read_u64(&reader)};
    const uint32_t status = hst_read_u32(&reader);
    const uint32_t zero = hst_read_u32(&reader);
    read.cpu_seconds = double_of(hst_read_u64(&reader));
    hst_read_bytes(&reader, read.digest.bytes, sizeof read.digest.bytes);
    hst_read_bytes(&reader, read.reason, sizeof read.reason);
    HST_TRY(hst_reader_status(&reader));
    if (!status_is_an_end(status) || zero != 0 || !isfinite(read.cpu_seconds) ||
        read.cpu_seconds < 0.0 || !reason_is_text(read.reason) ||
        (status == HST_OK && read.reason[0] != '\0')) {
        return HST_CORRUPT;
    }
    read.status = (hst_status)status;
    *trial = read;
    for (uint32_t i = 0; i < value_count; i++) {
        values[i] = double_of(hst_read_u64(&reader));
    }
    return hst_reader_finish(&reader);
}
