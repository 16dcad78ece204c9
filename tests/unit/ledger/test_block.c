/* Blocks: headers, proofs against a header alone, equal roots whoever hashes them. */
#include "core/ledger/block.h"
#include "core/ledger/escrow.h"

#include "tests/unit/ledger/books.h"

#include <string.h>

/** Every kind of event once, and some transfers. */
static void some_business(hst_ledger *l)
{
    hst_outcome o;
    const hst_preimage secret = {{4}};
    const uint32_t x = add_account(l, USD, 0, 0);
    const uint32_t y = add_account(l, USD, LIMITED, 500);
    must(l, event(x, y, 10, 0));
    assert_int_equal(hst_ledger_advance(l, hst_ledger_time_ns(l) + 77), HST_OK);
    expect_result(run_full(l, full(1000 + x, x, y, 3, HST_TRANSFER_PENDING)), HST_LEDGER_CREATED);
    expect_result(run_full(l, full(2000 + x, y, x, 9999, 0)), HST_LEDGER_EXCEEDS_CREDITS);
    assert_int_equal(hst_ledger_freeze(l, x, HST_ACCOUNT_FROZEN_CREDITS, &o), HST_OK);
    assert_int_equal(hst_ledger_set_credit_limit(l, y, 400, &o), HST_OK);
    hst_escrow_lock lock = {.amount_minor = 2,
                            .debit = x,
                            .credit = y,
                            .cancel_after_ns = hst_ledger_time_ns(l) + 5,
                            .condition = hst_preimage_condition(&secret),
                            .code = 1};
    assert_int_equal(hst_ledger_escrow_lock(l, &lock, &o), HST_OK);
    assert_int_equal(hst_ledger_escrow_finish(l, o.handle, &secret, &o), HST_OK);
    assert_int_equal(hst_ledger_escrow_lock(l, &lock, &o), HST_OK);
    assert_int_equal(hst_ledger_advance(l, lock.cancel_after_ns), HST_OK);
    assert_int_equal(hst_ledger_escrow_cancel(l, o.handle, &o), HST_OK);
    for (uint32_t i = 0; i < 40; i++) {
        must(l, event(x, y, i, 0));
    }
}

static void an_empty_ledger_seals_an_empty_block(void **state)
{
    (void)state;
    books b = new_books();
    hst_block_header header;
    assert_int_equal(hst_ledger_seal(b.ledger, &header), HST_OK);
    const hst_hash nothing = hst_sha256(NULL, 0);
    assert_int_equal(header.height, 0);
    assert_int_equal(header.event_count, 0);
    assert_int_equal(header.account_count, 0);
    assert_true(hst_hash_equal(&header.transaction_root, &nothing));
    assert_true(hst_hash_is_zero(&header.state_root));
    assert_true(hst_hash_is_zero(&header.previous));
    assert_int_equal(hst_ledger_header(b.ledger, 1, &header), HST_NOT_FOUND);
    close_books(&b);
}

static void headers_form_a_chain(void **state)
{
    (void)state;
    books b = new_books();
    hst_block_header first;
    hst_block_header second;
    hst_block_header found;
    some_business(b.ledger);
    assert_int_equal(hst_ledger_seal(b.ledger, &first), HST_OK);
    some_business(b.ledger);
    assert_int_equal(hst_ledger_seal(b.ledger, &second), HST_OK);
    const hst_hash hash = hst_block_header_hash(&first);
    assert_true(hst_hash_equal(&second.previous, &hash));
    assert_int_equal(second.height, 1);
    assert_int_equal(second.event_first, first.event_count);
    assert_int_equal(second.time_ns, hst_ledger_time_ns(b.ledger));
    assert_int_equal(hst_ledger_block_count(b.ledger), 2);
    assert_int_equal(hst_ledger_header(b.ledger, 0, &found), HST_OK);
    assert_memory_equal(&found, &first, sizeof found);
    close_books(&b);
}

static void header_bytes_decode_to_the_header(void **state)
{
    (void)state;
    books b = new_books();
    hst_block_header header;
    hst_block_header decoded;
    unsigned char bytes[HST_BLOCK_HEADER_SIZE];
    some_business(b.ledger);
    assert_int_equal(hst_ledger_seal(b.ledger, &header), HST_OK);
    hst_block_header_encode(&header, bytes);
    assert_int_equal(hst_block_header_decode(bytes, sizeof bytes, &decoded), HST_OK);
    assert_memory_equal(&decoded, &header, sizeof header);
    assert_int_equal(hst_block_header_decode(bytes, sizeof bytes - 1, &decoded), HST_TRUNCATED);
    bytes[0] ^= 1;
    assert_int_equal(hst_block_header_decode(bytes, sizeof bytes, &decoded), HST_CORRUPT);
    bytes[0] ^= 1;
    bytes[7] ^= 2; /* the version */
    assert_int_equal(hst_block_header_decode(bytes, sizeof bytes, &decoded), HST_UNSUPPORTED);
    close_books(&b);
}

static void every_event_and_account_is_proved_by_the_header_alone(void **state)
{
    (void)state;
    books b = new_books();
    hst_block_header header;
    hst_ledger_proof proof;
    some_business(b.ledger);
    assert_int_equal(hst_ledger_seal(b.ledger, &header), HST_OK);
    for (uint64_t i = 0; i < header.event_count; i++) {
        assert_int_equal(hst_ledger_prove_event(b.ledger, 0, i, &proof), HST_OK);
        assert_int_equal(hst_ledger_verify_event(&header, &proof), HST_OK);
        for (uint32_t byte = 0; byte < proof.size; byte++) {
            proof.bytes[byte] ^= 1;
            assert_int_equal(hst_ledger_verify_event(&header, &proof), HST_MISMATCH);
            proof.bytes[byte] ^= 1;
        }
        proof.path.leaf_index ^= 1; /* the same event elsewhere */
        assert_int_not_equal(hst_ledger_verify_event(&header, &proof), HST_OK);
    }
    for (uint32_t i = 0; i < header.account_count; i++) {
        hst_account claimed;
        const hst_account now = account(b.ledger, i);
        assert_int_equal(hst_ledger_prove_account(b.ledger, i, &proof), HST_OK);
        assert_int_equal(hst_ledger_verify_account(&header, &proof), HST_OK);
        assert_int_equal(hst_ledger_account_decode(proof.bytes, proof.size, &claimed), HST_OK);
        assert_memory_equal(&claimed, &now, sizeof now);
        proof.bytes[20]++; /* a better balance */
        assert_int_equal(hst_ledger_verify_account(&header, &proof), HST_MISMATCH);
        proof.size = HST_HASH_QUAD_MESSAGE_SIZE - 1; /* the size at which it could be a node */
        assert_int_equal(hst_ledger_verify_account(&header, &proof), HST_CORRUPT);
        proof.size = HST_LEDGER_EVENT_SIZE_MAX + 1;
        assert_int_equal(hst_ledger_verify_account(&header, &proof), HST_CORRUPT);
        assert_int_equal(hst_ledger_verify_event(&header, &proof), HST_CORRUPT);
    }
    assert_int_equal(hst_ledger_prove_event(b.ledger, 0, header.event_count, &proof),
                     HST_NOT_FOUND);
    assert_int_equal(hst_ledger_prove_event(b.ledger, 1, 0, &proof), HST_NOT_FOUND);
    assert_int_equal(hst_ledger_prove_account(b.ledger, 99, &proof), HST_NOT_FOUND);
    must(b.ledger, event(0, 1, 1, 0));
    assert_int_equal(hst_ledger_prove_account(b.ledger, 0, &proof), HST_MISMATCH);
    close_books(&b);
}

static void both_hash_engines_give_the_same_blocks(void **state)
{
    (void)state;
    hst_block_header headers[2][3];
    for (unsigned e = 0; e < 2; e++) {
        test_memory memory = {.fail_at = SIZE_MAX};
        hst_ledger *l = NULL;
        hst_ledger_config config = hst_ledger_config_default(200, BOOKS_CURRENCIES);
        config.engine = e == 0 ? hst_hash_engine_portable() : hst_hash_engine_best();
        assert_int_equal(hst_ledger_create(&config, test_memory_of(&memory), &l), HST_OK);
        for (unsigned i = 0; i < 3; i++) {
            for (unsigned n = 0; n < 33; n++) { /* accounts outgrow the first tree */
                some_business(l);
            }
            assert_int_equal(hst_ledger_seal(l, &headers[e][i]), HST_OK);
        }
        hst_ledger_destroy(l);
    }
    assert_memory_equal(headers[0], headers[1], sizeof headers[0]);
}

/** More events than the leaves that are hashed at a time, against one list of all of them. */
static void a_long_block_has_the_root_of_one_list(void **state)
{
    (void)state;
    enum { EVENTS = 20000 };
    books b = new_books();
    hst_block_header header;
    hst_ledger_proof proof;
    hst_merkle_list list;
    const uint32_t x = add_account(b.ledger, USD, 0, 0);
    const uint32_t y = add_account(b.ledger, USD, 0, 0);
    assert_int_equal(hst_ledger_seal(b.ledger, &header), HST_OK);
    hst_merkle_list_init(&list);
    for (uint32_t i = 0; i < EVENTS; i++) {
        const hst_compact e = event(x, y, i, 0);
        must(b.ledger, e);
        const hst_hash leaf = hst_hash_leaf(&e, sizeof e);
        hst_merkle_list_append(&list, &leaf);
    }
    assert_int_equal(hst_ledger_seal(b.ledger, &header), HST_OK);
    const hst_hash root = hst_merkle_list_root(&list);
    assert_true(hst_hash_equal(&root, &header.transaction_root));
    for (uint64_t i = 0; i < EVENTS; i += 1999) {
        assert_int_equal(hst_ledger_prove_event(b.ledger, 1, i, &proof), HST_OK);
        assert_int_equal(hst_ledger_verify_event(&header, &proof), HST_OK);
    }
    close_books(&b);
}

static void totals_show_both_sides_of_each_currency(void **state)
{
    (void)state;
    books b = new_books();
    hst_block_header header;
    hst_ledger_totals totals;
    const uint32_t x = add_account(b.ledger, EUR, 0, 0);
    const uint32_t y = add_account(b.ledger, EUR, 0, 0);
    const uint32_t z = add_account(b.ledger, EUR, 0, 0);
    must(b.ledger, event(x, y, UINT64_MAX, 0));
    must(b.ledger, event(z, x, UINT64_MAX, 0)); /* together beyond 64 bits */
    must(b.ledger, event(y, z, 3, HST_TRANSFER_PENDING));
    assert_int_equal(hst_ledger_seal(b.ledger, &header), HST_OK);
    hst_ledger_totals_at_seal(b.ledger, EUR, &totals);
    assert_true(totals.debits_posted_minor[0] == UINT64_MAX - 1);
    assert_true(totals.debits_posted_minor[1] == 1);
    assert_memory_equal(totals.credits_posted_minor, totals.debits_posted_minor, 16);
    assert_int_equal(totals.debits_pending_minor[0], 3);
    hst_ledger_totals_at_seal(b.ledger, USD, &totals);
    assert_int_equal(totals.debits_posted_minor[0], 0);
    close_books(&b);
}

static void without_the_log_blocks_go_on_but_events_are_gone(void **state)
{
    (void)state;
    test_memory memory = {.fail_at = SIZE_MAX};
    books kept = new_books();
    hst_ledger *l = NULL;
    hst_ledger_proof proof;
    hst_ledger_config config = hst_ledger_config_default(BOOKS_ACCOUNT_MAX, BOOKS_CURRENCIES);
    config.keep_log = false;
    assert_int_equal(hst_ledger_create(&config, test_memory_of(&memory), &l), HST_OK);
    for (unsigned i = 0; i < 3; i++) {
        hst_block_header expected;
        hst_block_header found;
        some_business(kept.ledger);
        some_business(l);
        assert_int_equal(hst_ledger_seal(kept.ledger, &expected), HST_OK);
        assert_int_equal(hst_ledger_seal(l, &found), HST_OK);
        assert_memory_equal(&expected, &found, sizeof found);
    }
    assert_int_equal(hst_ledger_prove_event(l, 1, 0, &proof), HST_UNSUPPORTED);
    assert_int_equal(hst_ledger_prove_account(l, 0, &proof), HST_OK);
    hst_ledger_destroy(l);
    close_books(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_ledger_seals_an_empty_block),
        cmocka_unit_test(headers_form_a_chain),
        cmocka_unit_test(header_bytes_decode_to_the_header),
        cmocka_unit_test(every_event_and_account_is_proved_by_the_header_alone),
        cmocka_unit_test(both_hash_engines_give_the_same_blocks),
        cmocka_unit_test(a_long_block_has_the_root_of_one_list),
        cmocka_unit_test(totals_show_both_sides_of_each_currency),
        cmocka_unit_test(without_the_log_blocks_go_on_but_events_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
