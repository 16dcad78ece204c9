/* Bytes as a journal of trials: whatever they are, a trial that comes out stands in them as this
 * program would write it, checksum and all, in a later slot than the one before; and a scan of what
 * a scan called good finds the same again.
 *
 * That a damaged record never passes is for tests/unit/experiment/test_journal_scan.c to show: the
 * fuzzer sees the checksums that it is compared with and learns to write right ones. Behind them a
 * record's own parser gets every input, too: what it takes must be written again as the same bytes.
 */
#include "core/base/assert.h"

#include "sim/experiment/journal.h"
#include "sim/experiment/journal_format.h"

#include <stdint.h>
#include <string.h>

enum { VALUES = 1, RECORD_SIZE = 8 + 4 + 4 + 8 + 32 + 256 + 8 * VALUES + 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const hst_journal_key fuzz_key = {.digest = {.bytes = "fuzz"}, .value_count = VALUES};

/* What a scan yielded. */
typedef struct seen {
    const uint8_t *data;
    size_t size;
    size_t next; /* where the next record may begin */
    uint64_t count;
} seen;

static hst_status
visit(void *context, const hst_trial *trial, const double *values, hst_error *error)
{
    (void)error;
    seen *got = context;
    unsigned char record[RECORD_SIZE];
    hst_journal_record(&fuzz_key, trial, values, record);
    while (got->size - got->next >= RECORD_SIZE &&
           memcmp(got->data + got->next, record, RECORD_SIZE) != 0) {
        got->next += RECORD_SIZE;
    }
    hst_assert(got->size - got->next >= RECORD_SIZE);
    got->next += RECORD_SIZE;
    got->count++;
    return HST_OK;
}

static void check_scan(const uint8_t *data, size_t size)
{
    seen first = {.data = data, .size = size, .next = HST_JOURNAL_HEADER_SIZE};
    hst_journal_report report = {.records = 0};
    size_t good_size = 0;
    hst_error error = {.status = HST_OK};
    const hst_status status =
        hst_journal_scan(data, size, &fuzz_key, "fuzz", visit, &first, &report, &good_size, &error);
    hst_assert(status == error.status);
    if (status != HST_OK) {
        hst_assert(first.count == 0);
        return;
    }
    hst_assert(report.records == first.count);
    hst_assert(report.cut_bytes == size - good_size);
    hst_assert(good_size <= size);
    hst_assert(good_size == 0 || (good_size - HST_JOURNAL_HEADER_SIZE) % RECORD_SIZE == 0);
    hst_assert((good_size - (good_size > 0 ? HST_JOURNAL_HEADER_SIZE : 0)) / RECORD_SIZE ==
               report.records + report.damaged);
    /* The good part alone, as the next life finds it. */
    seen again = {.data = data, .size = good_size, .next = HST_JOURNAL_HEADER_SIZE};
    hst_journal_report second = {.records = 0};
    size_t same_size = 0;
    const hst_status repeated = hst_journal_scan(data, good_size, &fuzz_key, "fuzz", visit, &again,
                                                 &second, &same_size, NULL);
    hst_assert(repeated == HST_OK);
    hst_assert(same_size == good_size);
    hst_assert(again.count == first.count);
    hst_assert(again.next == first.next);
    hst_assert(good_size == 0 || first.next == good_size);
    hst_assert(second.cut_bytes == 0);
}

/* A trial that decodes must be encoded to the same bytes. */
static void check_trial(const uint8_t *data, size_t size)
{
    if (size < hst_trial_size(VALUES)) {
        return;
    }
    hst_trial trial;
    double value;
    if (hst_trial_decode(data, VALUES, &trial, &value) == HST_OK) {
        unsigned char again[RECORD_SIZE];
        hst_trial_encode(&trial, &value, VALUES, again);
        hst_assert(memcmp(again, data, hst_trial_size(VALUES)) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_scan(data, size);
    check_trial(data, size);
    check_trial(size > HST_JOURNAL_HEADER_SIZE ? data + HST_JOURNAL_HEADER_SIZE : data,
                size > HST_JOURNAL_HEADER_SIZE ? size - HST_JOURNAL_HEADER_SIZE : 0);
    return 0;
}
