/* Snapshot bytes of any origin: restoring never crashes, and what is accepted is a ledger that
 * passes every check, says the same bytes of itself, and goes on working. */
#include "core/ledger/audit.h"
#include "core/ledger/invariant.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY_MAX = 1 << 26, CHECKSUM_SIZE = HST_HASH_SIZE };

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

/** Planned sizes are read from the input: more than this is refused. */
static void *acquire(void *context, size_t size)
{
    size_t *held = context;
    const size_t length = (size + 63) / 64 * 64;
    if (size > MEMORY_MAX || *held + length > MEMORY_MAX) {
        return NULL;
    }
    void *block = aligned_alloc(64, length);
    if (block != NULL) {
        memset(block, 0, length);
        *held += length;
    }
    return block;
}

static void release(void *context, void *block, size_t size)
{
    size_t *held = context;
    *held -= (size + 63) / 64 * 64;
    free(block);
}

/** The bytes again, from the ledger that they became. */
static void write_back(const hst_ledger *ledger, const uint8_t *bytes, size_t size)
{
    size_t written = 0;
    check(hst_ledger_snapshot_size(ledger) == size);
    uint8_t *again = malloc(size);
    check(again != NULL);
    check(hst_ledger_snapshot(ledger, again, size, &written) == HST_OK);
    check(written == size && memcmp(again, bytes, size) == 0);
    free(again);
}

/** Some business; results may be anything, statuses may not. */
static void go_on(hst_ledger *ledger, hst_memory memory)
{
    hst_outcome outcomes[4];
    hst_block_header header;
    hst_audit audit;
    const hst_compact events[4] = {
        {.amount_minor = 1, .debit = 0, .credit = 1, .code = 1, .flags = HST_TRANSFER_LINKED},
        {.amount_minor = 2, .debit = 1, .credit = 0, .code = 1, .flags = HST_TRANSFER_PENDING},
        {.amount_minor = HST_AMOUNT_ALL,
         .debit = HST_HANDLE_NONE,
         .credit = HST_HANDLE_NONE,
         .flags = HST_TRANSFER_POST_PENDING},
        {.debit = 2, .credit = 1, .code = 1}};
    hst_status status = hst_ledger_execute_compact(ledger, events, 4, outcomes);
    check(status == HST_OK || status == HST_FULL || status == HST_NO_MEMORY);
    if (hst_ledger_time_ns(ledger) < HST_LEDGER_TIME_MAX / 2) {
        status = hst_ledger_advance(ledger, hst_ledger_time_ns(ledger) + 3000000000);
        check(status == HST_OK || status == HST_FULL || status == HST_NO_MEMORY);
    }
    status = hst_ledger_seal(ledger, &header);
    check(status == HST_OK || status == HST_NO_MEMORY);
    check(hst_ledger_check(ledger) == HST_OK);
    /* A forged history need not repeat; it must only not bring the audit down. */
    hst_ignore(hst_ledger_audit(ledger, memory, &audit));
    hst_ledger_proof proof;
    hst_ignore(hst_ledger_prove_event(ledger, 0, 0, &proof));
}

static void restore(const uint8_t *bytes, size_t size)
{
    size_t held = 0;
    hst_ledger *ledger = NULL;
    const hst_memory memory = {&held, acquire, release};
    if (hst_ledger_restore(memory, NULL, bytes, size, &ledger) == HST_OK) {
        check(hst_ledger_check(ledger) == HST_OK);
        write_back(ledger, bytes, size);
        go_on(ledger, memory);
        hst_ledger_destroy(ledger);
    }
    check(held == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    restore(data, size);
    if (size <= CHECKSUM_SIZE) {
        return 0;
    }
    /* As one who changes bytes and knows how to write the checksum. */
    uint8_t *forged = malloc(size);
    check(forged != NULL);
    memcpy(forged, data, size);
    const hst_hash checksum = hst_blake2b(forged, size - CHECKSUM_SIZE);
    memcpy(forged + size - CHECKSUM_SIZE, checksum.bytes, sizeof checksum.bytes);
    restore(forged, size);
    free(forged);
    return 0;
}
