/** @file tests/unit/ledger/books.h
 * Small books for tests: a few accounts in two currencies, and events in one line.
 */
#ifndef HST_TESTS_UNIT_LEDGER_BOOKS_H
#define HST_TESTS_UNIT_LEDGER_BOOKS_H

#include "core/ledger/ledger.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"

enum {
    BOOKS_ACCOUNT_MAX = 32,
    USD = 0,
    EUR = 1,
    KWD = 2,
    BOOKS_CURRENCIES = 3,
    LIMITED = HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS,
    LIMITED_CREDITS = HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS
};

/** A ledger and the memory it lives on. */
typedef struct books {
    test_memory *memory;
    hst_ledger *ledger;
} books;

static inline hst_key key(uint64_t n)
{
    return (hst_key){.low = n, .high = 0};
}

static inline books new_books(void)
{
    books b = {.memory = calloc(1, sizeof *b.memory)};
    assert_non_null(b.memory);
    b.memory->fail_at = SIZE_MAX;
    const hst_ledger_config config = hst_ledger_config_default(BOOKS_ACCOUNT_MAX, BOOKS_CURRENCIES);
    assert_int_equal(hst_ledger_create(&config, test_memory_of(b.memory), &b.ledger), HST_OK);
    return b;
}

/** Give everything back; nothing may be left. */
static inline void close_books(books *b)
{
    hst_ledger_destroy(b->ledger);
    assert_int_equal(b->memory->held, 0);
    free(b->memory);
}

/** Open an account whose id is its handle + 1. */
static inline uint32_t
add_account(hst_ledger *ledger, hst_currency currency, uint16_t flags, int64_t limit)
{
    hst_outcome outcome;
    const hst_account_open request = {.id = key(hst_ledger_account_count(ledger) + 1),
                                      .credit_limit_minor = limit,
                                      .ledger = currency,
                                      .code = 1,
                                      .flags = flags};
    assert_int_equal(hst_ledger_open(ledger, &request, &outcome), HST_OK);
    return outcome.handle;
}

static inline hst_compact event(uint32_t debit, uint32_t credit, uint64_t amount, uint16_t flags)
{
    return (hst_compact){
        .amount_minor = amount, .debit = debit, .credit = credit, .code = 7, .flags = flags};
}

/** A post or void of a pending transfer. */
static inline hst_compact resolving(uint32_t pending, uint64_t amount, uint16_t flags)
{
    return (hst_compact){.amount_minor = amount,
                         .debit = HST_HANDLE_NONE,
                         .credit = HST_HANDLE_NONE,
                         .reference = pending,
                         .flags = flags};
}

static inline hst_outcome run_one(hst_ledger *ledger, hst_compact e)
{
    hst_outcome outcome;
    assert_int_equal(hst_ledger_execute_compact(ledger, &e, 1, &outcome), HST_OK);
    return outcome;
}

/** Execute one event that must be created. */
static inline hst_outcome must(hst_ledger *ledger, hst_compact e)
{
    const hst_outcome outcome = run_one(ledger, e);
    if (outcome.result != HST_LEDGER_CREATED) {
        fail_msg("refused: %s", hst_ledger_result_name((hst_ledger_result)outcome.result));
    }
    return outcome;
}

static inline void expect_result(uint32_t found, hst_ledger_result expected)
{
    if (found != (uint32_t)expected) {
        fail_msg("got %s, expected %s", hst_ledger_result_name((hst_ledger_result)found),
                 hst_ledger_result_name(expected));
    }
}

static inline hst_transfer
full(uint64_t id, uint32_t debit, uint32_t credit, uint64_t amount, uint16_t flags)
{
    return (hst_transfer){.id = key(id),
                          .debit_account = key(debit + 1),
                          .credit_account = key(credit + 1),
                          .amount_minor = amount,
                          .ledger = USD,
                          .code = 7,
                          .flags = flags};
}

static inline hst_transfer
full_resolving(uint64_t id, uint64_t pending_id, uint64_t amount, uint16_t flags)
{
    return (hst_transfer){.id = key(id),
                          .pending_id = key(pending_id),
                          .amount_minor = amount,
                          .ledger = HST_CURRENCY_NONE,
                          .flags = flags};
}

static inline uint32_t run_full(hst_ledger *ledger, hst_transfer t)
{
    hst_outcome outcome;
    assert_int_equal(hst_ledger_execute(ledger, &t, 1, &outcome), HST_OK);
    return outcome.result;
}

static inline hst_account account(const hst_ledger *ledger, uint32_t handle)
{
    hst_account a;
    hst_ledger_account(ledger, handle, &a);
    return a;
}

#endif
