#include "core/base/assert.h"
#include "core/base/codec.h"

#include "sim/experiment/journal.h"
#include "sim/experiment/journal_format.h"

#include <stdbool.h>
#include <string.h>

static const unsigned char magic[8] = {'H', 'S', 'T', 'T', 'R', 'I', 'A', 'L'};

enum { VERSION_AT = sizeof magic, CHECKSUM_AT = HST_JOURNAL_HEADER_SIZE - HST_HASH_SIZE };

void hst_journal_header(const hst_journal_key *key, unsigned char header[HST_JOURNAL_HEADER_SIZE])
{
    hst_assert(key->value_count <= HST_TRIAL_VALUES_MAX);
    hst_writer writer;
    hst_writer_init(&writer, header, HST_JOURNAL_HEADER_SIZE);
    hst_write_bytes(&writer, magic, sizeof magic);
    hst_write_u32(&writer, HST_JOURNAL_VERSION);
    hst_write_u32(&writer, key->value_count);
    hst_write_u64(&writer, hst_journal_record_size(key));
    hst_write_u64(&writer, 0);
    hst_write_bytes(&writer, key->digest.bytes, HST_HASH_SIZE);
    hst_assert(writer.at == CHECKSUM_AT);
    const hst_hash sum = hst_blake2b(header, CHECKSUM_AT);
    hst_write_bytes(&writer, sum.bytes, HST_HASH_SIZE);
    const hst_status status = hst_writer_status(&writer);
    hst_assert(status == HST_OK);
}

size_t hst_journal_record_size(const hst_journal_key *key)
{
    return hst_trial_size(key->value_count) + HST_HASH_SIZE;
}

static hst_hash record_sum(const hst_journal_key *key, const unsigned char *record)
{
    hst_digest digest;
    hst_digest_init(&digest, key->digest.bytes, HST_HASH_SIZE);
    hst_digest_update(&digest, record, hst_trial_size(key->value_count));
    return hst_digest_final(&digest);
}

void hst_journal_record(const hst_journal_key *key,
                        const hst_trial *trial,
                        const double *values,
                        unsigned char *record)
{
    hst_trial_encode(trial, values, key->value_count, record);
    const hst_hash sum = record_sum(key, record);
    memcpy(record + hst_trial_size(key->value_count), sum.bytes, HST_HASH_SIZE);
}

static bool record_is_good(const hst_journal_key *key,
                           const unsigned char *record,
                           hst_trial *trial,
                           double *values)
{
    const hst_hash sum = record_sum(key, record);
    return memcmp(sum.bytes, record + hst_trial_size(key->value_count), HST_HASH_SIZE) == 0 &&
           hst_trial_decode(record, key->value_count, trial, values) == HST_OK;
}

/* Only the front of a header ever reached the disk, or a block of zeros in its place: a crash while
 * the journal was made, before any record could be in it. */
static bool broke_off_in_header(const unsigned char *bytes, size_t size)
{
    bool zero = true;
    for (size_t i = 0; i < size; i++) {
        zero = zero && bytes[i] == 0;
    }
    return zero || (size <= HST_JOURNAL_HEADER_SIZE &&
                    memcmp(bytes, magic, size < sizeof magic ? size : sizeof magic) == 0);
}

/* A header that is whole but not ours, in words. */
static hst_status refuse_other(const unsigned char *bytes, const char *path, hst_error *error)
{
    hst_reader reader;
    hst_reader_init(&reader, bytes + VERSION_AT, 4);
    const uint32_t version = hst_read_u32(&reader);
    if (version > HST_JOURNAL_VERSION) {
        return hst_error_at(error, HST_UNSUPPORTED, path, 0, 0,
                            "written by a newer version (layout %u, this program knows %d)",
                            version, HST_JOURNAL_VERSION);
    }
    return hst_error_at(error, HST_EXISTS, path, 0, 0,
                        "holds trials of another experiment: inputs, factors, metrics or the "
                        "program have changed since; choose another output, or remove it");
}

/* HST_OK when the header is ours, HST_CORRUPT when it is damaged (nothing said yet), otherwise why
 * the journal is refused. */
static hst_status check_header(const unsigned char *bytes,
                               const hst_journal_key *key,
                               const char *path,
                               hst_error *error)
{
    unsigned char ours[HST_JOURNAL_HEADER_SIZE];
    hst_journal_header(key, ours);
    if (memcmp(bytes, ours, sizeof ours) == 0) {
        return HST_OK;
    }
    const hst_hash sum = hst_blake2b(bytes, CHECKSUM_AT);
    if (memcmp(bytes, magic, sizeof magic) == 0 &&
        memcmp(bytes + CHECKSUM_AT, sum.bytes, HST_HASH_SIZE) == 0) {
        return refuse_other(bytes, path, error);
    }
    return HST_CORRUPT;
}

/* Every slot on its own; good_size behind the last good one, or the header when there is none. */
static hst_status scan_records(const unsigned char *bytes,
                               size_t size,
                               const hst_journal_key *key,
                               hst_journal_visit visit,
                               void *context,
                               hst_journal_report *report,
                               size_t *good_size,
                               hst_error *error)
{
    const size_t record_size = hst_journal_record_size(key);
    double values[HST_TRIAL_VALUES_MAX];
    uint64_t damaged = 0;
    size_t good_end = HST_JOURNAL_HEADER_SIZE;
    for (size_t at = HST_JOURNAL_HEADER_SIZE; size - at >= record_size; at += record_size) {
        hst_trial trial;
        if (!record_is_good(key, bytes + at, &trial, values)) {
            damaged++;
            continue;
        }
        HST_TRY(visit(context, &trial, values, error));
        report->records++;
        report->damaged += damaged;
        damaged = 0;
        good_end = at + record_size;
    }
    *good_size = good_end;
    return HST_OK;
}

hst_status hst_journal_scan(const unsigned char *bytes,
                            size_t size,
                            const hst_journal_key *key,
                            const char *path,
                            hst_journal_visit visit,
                            void *context,
                            hst_journal_report *report,
                            size_t *good_size_out,
                            hst_error *error)
{
    hst_assert(bytes != NULL || size == 0);
    hst_assert(visit != NULL);
    size_t good_size = 0;
    if (size >= HST_JOURNAL_HEADER_SIZE) {
        const hst_status header = check_header(bytes, key, path, error);
        if (header != HST_OK && header != HST_CORRUPT) {
            return header;
        }
        HST_TRY(scan_records(bytes, size, key, visit, context, report, &good_size, error));
        if (header == HST_CORRUPT && good_size > HST_JOURNAL_HEADER_SIZE) {
            report->mended++;
        } else if (header == HST_CORRUPT) {
            good_size = 0;
        }
    }
    if (good_size == 0 && !broke_off_in_header(bytes, size)) {
        return hst_error_at(error, HST_CORRUPT, path, 0, 0,
                            "is no journal of trials, or damaged from its front; choose another "
                            "output, or move it away");
    }
    report->cut_bytes += size - good_size;
    *good_size_out = good_size;
    return HST_OK;
}
