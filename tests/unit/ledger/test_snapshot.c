/* Snapshots: the same ledger comes back, and damaged bytes never do. */
#include "core/ledger/audit.h"
#include "core/ledger/escrow.h"
#include "core/ledger/snapshot.h"

#include "tests/unit/ledger/books.h"

#include <string.h>

/** Something of everything, part of it sealed. */
static books full_books(void)
{
    books b = new_books();
    hst_ledger *l = b.ledger;
    hst_block_header header;
    hst_outcome o;
    for (uint32_t i = 0; i < 5; i++) {
        add_account(l, USD, i == 1 ? LIMITED : i == 2 ? HST_ACCOUNT_HISTORY : 0, 500);
    }
    must(l, event(0, 2, 10, 0));
    hst_compact timed = event(0, 2, 10, HST_TRANSFER_PENDING);
    timed.timeout_s = 9;
    must(l, timed);
    must(l, event(3, 4, 0, HST_TRANSFER_PENDING | HST_TRANSFER_CLOSING_DEBIT));
    expect_result(run_full(l, full(1000, 0, 1, 3, HST_TRANSFER_PENDING)), HST_LEDGER_CREATED);
    expect_result(run_full(l, full_resolving(1001, 1000, 2, HST_TRANSFER_POST_PENDING)),
                  HST_LEDGER_CREATED);
    expect_result(run_full(l, full(2000, 1, 0, 9999, 0)), HST_LEDGER_EXCEEDS_CREDITS);
    const hst_preimage secret = {{4}};
    hst_escrow_lock lock = {.amount_minor = 2,
                            .debit = 0,
                            .credit = 1,
                            .cancel_after_ns = 5000000000,
                            .condition = hst_preimage_condition(&secret),
                            .code = 1};
    assert_int_equal(hst_ledger_escrow_lock(l, &lock, &o), HST_OK);
    assert_int_equal(hst_ledger_escrow_finish(l, o.handle, &secret, &o), HST_OK);
    assert_int_equal(hst_ledger_escrow_lock(l, &lock, &o), HST_OK);
    assert_int_equal(hst_ledger_seal(l, &header), HST_OK);
    must(l, event(0, 1, 1, 0));
    return b;
}

/** Bytes of a snapshot, from malloc. */
static unsigned char *take(const hst_ledger *l, size_t *size)
{
    *size = hst_ledger_snapshot_size(l);
    unsigned char *bytes = malloc(*size);
    size_t written = 0;
    assert_non_null(bytes);
    assert_int_equal(hst_ledger_snapshot(l, bytes, *size, &written), HST_OK);
    assert_int_equal(written, *size);
    return bytes;
}

static void a_restored_ledger_goes_on_in_the_same_way(void **state)
{
    (void)state;
    books b = full_books();
    size_t size = 0;
    hst_ledger *r = NULL;
    unsigned char *bytes = take(b.ledger, &size);
    assert_int_equal(hst_ledger_restore(test_memory_of(b.memory), NULL, bytes, size, &r), HST_OK);
    free(bytes);
    hst_ledger *both[2] = {b.ledger, r};
    hst_block_header headers[2];
    for (unsigned i = 0; i < 2; i++) {
        hst_ledger *l = both[i];
        hst_outcome o;
        hst_audit audit;
        expect_result(run_full(l, full(1000, 0, 1, 3, HST_TRANSFER_PENDING)), HST_LEDGER_EXISTS);
        expect_result(run_full(l, full(2000, 0, 1, 1, 0)), HST_LEDGER_ID_ALREADY_FAILED);
        assert_int_equal(hst_ledger_advance(l, 10000000000), HST_OK); /* one expires */
        assert_int_equal(hst_ledger_escrow_cancel(l, 1, &o), HST_OK);
        must(l, resolving(1, 0, HST_TRANSFER_VOID_PENDING)); /* opens account 3 again */
        must(l, event(3, 4, 5, 0));
        assert_int_equal(hst_ledger_seal(l, &headers[i]), HST_OK);
        assert_int_equal(hst_ledger_audit(l, test_memory_of(b.memory), &audit), HST_OK);
    }
    assert_memory_equal(&headers[0], &headers[1], sizeof headers[0]);
    hst_ledger_destroy(r);
    close_books(&b);
}

static void a_buffer_too_small_is_refused(void **state)
{
    (void)state;
    books b = full_books();
    unsigned char bytes[64];
    size_t written = 0;
    assert_int_equal(hst_ledger_snapshot(b.ledger, bytes, sizeof bytes, &written), HST_FULL);
    close_books(&b);
}

/** Any one byte changed is caught by the checksum. */
static void damage_is_corrupt(void **state)
{
    (void)state;
    books b = full_books();
    size_t size = 0;
    hst_ledger *r = NULL;
    unsigned char *bytes = take(b.ledger, &size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 0x40;
        assert_int_equal(hst_ledger_restore(test_memory_of(b.memory), NULL, bytes, size, &r),
                         HST_CORRUPT);
        bytes[i] ^= 0x40;
    }
    for (size_t length = 0; length < size; length += 7) {
        const hst_status status =
            hst_ledger_restore(test_memory_of(b.memory), NULL, bytes, length, &r);
        assert_true(status == HST_CORRUPT || status == HST_TRUNCATED);
    }
    free(bytes);
    close_books(&b);
}

/** Whoever changes bytes can also write the checksum: then the records themselves must be sound,
 * and what is accepted must be a ledger that works and says the same of itself. */
static void forged_bytes_are_refused_or_are_a_ledger(void **state)
{
    (void)state;
    books b = full_books();
    size_t size = 0;
    unsigned char *bytes = take(b.ledger, &size);
    const size_t body = size - HST_SNAPSHOT_CHECKSUM_SIZE;
    const unsigned char flips[] = {0x01, 0x80, 0xff};
    unsigned refused = 0;
    unsigned accepted = 0;
    for (size_t i = 12; i < body; i++) {
        for (size_t f = 0; f < sizeof flips; f++) {
            bytes[i] ^= flips[f];
            const hst_hash checksum = hst_blake2b(bytes, body);
            memcpy(bytes + body, checksum.bytes, sizeof checksum.bytes);
            hst_ledger *r = NULL;
            test_memory memory = {.fail_at = SIZE_MAX};
            const bool huge = i < 20; /* accounts and currencies planned: gigabytes, for no gain */
            const hst_status status =
                huge ? HST_CORRUPT
                     : hst_ledger_restore(test_memory_of(&memory), NULL, bytes, size, &r);
            if (status == HST_OK) {
                size_t again_size = 0;
                unsigned char *again = take(r, &again_size);
                assert_int_equal(again_size, size);
                assert_memory_equal(again, bytes, size);
                free(again);
                assert_int_equal(hst_ledger_check(r), HST_OK);
                hst_ledger_destroy(r);
                accepted++;
            } else {
                refused++;
            }
            assert_int_equal(memory.held, 0);
            bytes[i] ^= flips[f];
        }
    }
    assert_true(refused > 1000);
    assert_true(accepted > 0); /* user data and the like */
    free(bytes);
    close_books(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_ledger_goes_on_in_the_same_way),
        cmocka_unit_test(a_buffer_too_small_is_refused),
        cmocka_unit_test(damage_is_corrupt),
        cmocka_unit_test(forged_bytes_are_refused_or_are_a_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
