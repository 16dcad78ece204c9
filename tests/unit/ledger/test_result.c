/* Every result, brought about by the smallest change to an event that would succeed; and the order
 * of the table: an event with two faults gets the answer that stands first. */
#include "core/ledger/escrow.h"
#include "core/ledger/exchange.h"

#include "tests/unit/ledger/books.h"

#include <stdio.h>
#include <string.h>

enum { RESULT_LIMIT = 128 };

/* Accounts of the fixture, by handle. */
enum {
    BANK = 0,   /* USD, unlimited */
    ALICE = 1,  /* USD, held to its credits, 1000 in it */
    BOB = 2,    /* USD, held to its debits */
    EURO = 3,   /* EUR */
    CLOSED = 4, /* USD, closed */
    FROZEN = 5, /* USD, debits frozen */
    ICE = 6,    /* USD, credits frozen */
    BRIM = 7,   /* USD, debits and credits posted near the top */
    HEAP = 8,   /* USD, pending columns near the top */
    TIGHT = 9,  /* USD, limit 100, 60 of it in use */
    FIXTURE_ACCOUNTS = 10
};

/* Pending transfers of the fixture, by handle. */
enum { POSTED = 1, VOIDED = 2, EXPIRED = 3, HEAPED = 4 };

/* Ids of full transfers of the fixture. */
enum { ID_PLAIN = 900, ID_PENDING = 901, ID_BURNT = 902, ID_NEW = 950 };

/* Escrows of the fixture. */
enum { LOCKED = 0, FINISHED = 1, LATE = 3, EARLY = 4, SECRET = 5 };

static uint64_t seen[RESULT_LIMIT]; /* NOLINT: what the whole program came to */

static void expect(uint32_t found, hst_ledger_result expected)
{
    expect_result(found, expected);
    seen[expected]++;
}

static void fill_escrows(hst_ledger *l)
{
    hst_outcome o;
    const hst_preimage secret = {{1}};
    hst_escrow_lock lock = {.amount_minor = 1,
                            .debit = BANK,
                            .credit = ALICE,
                            .cancel_after_ns = 9000000000,
                            .code = 1};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(hst_ledger_escrow_lock(l, &lock, &o), HST_OK);
    }
    lock.cancel_after_ns = 5000000000; /* ends at the time of the tests */
    assert_int_equal(hst_ledger_escrow_lock(l, &lock, &o), HST_OK);
    lock.cancel_after_ns = 9000000000;
    lock.finish_after_ns = 6000000000;
    assert_int_equal(hst_ledger_escrow_lock(l, &lock, &o), HST_OK);
    lock.finish_after_ns = 0;
    lock.condition = hst_preimage_condition(&secret);
    assert_int_equal(hst_ledger_escrow_lock(l, &lock, &o), HST_OK);
    assert_int_equal(hst_ledger_escrow_finish(l, FINISHED, NULL, &o), HST_OK);
}

static books fixture(void)
{
    books b = new_books();
    hst_ledger *l = b.ledger;
    add_account(l, USD, 0, 0);
    add_account(l, USD, LIMITED, 0);
    add_account(l, USD, LIMITED_CREDITS, 0);
    add_account(l, EUR, 0, 0);
    add_account(l, USD, HST_ACCOUNT_CLOSED, 0);
    add_account(l, USD, HST_ACCOUNT_FROZEN_DEBITS, 0);
    add_account(l, USD, HST_ACCOUNT_FROZEN_CREDITS, 0);
    add_account(l, USD, 0, 0);
    add_account(l, USD, 0, 0);
    add_account(l, USD, LIMITED, 100);
    must(l, event(BANK, ALICE, 1000, 0));
    must(l, event(TIGHT, BANK, 60, 0));
    must(l, event(BANK, ALICE, 10, HST_TRANSFER_PENDING));
    must(l, event(BANK, ALICE, 10, HST_TRANSFER_PENDING));
    must(l, event(BANK, ALICE, 10, HST_TRANSFER_PENDING));
    hst_compact timed = event(BANK, ALICE, 10, HST_TRANSFER_PENDING);
    timed.timeout_s = 1;
    must(l, timed);
    must(l, event(HEAP, BRIM, UINT64_MAX - 20, HST_TRANSFER_PENDING));
    must(l, resolving(HEAPED, 0, HST_TRANSFER_VOID_PENDING));
    must(l, resolving(POSTED, HST_AMOUNT_ALL, HST_TRANSFER_POST_PENDING));
    must(l, resolving(VOIDED, 0, HST_TRANSFER_VOID_PENDING));
    expect_result(run_full(l, full(ID_PLAIN, BANK, ALICE, 5, 0)), HST_LEDGER_CREATED);
    expect_result(run_full(l, full(ID_PENDING, BANK, ALICE, 5, HST_TRANSFER_PENDING)),
                  HST_LEDGER_CREATED);
    expect_result(run_full(l, full(ID_BURNT, ALICE, BANK, 999999, 0)), HST_LEDGER_EXCEEDS_CREDITS);
    fill_escrows(l);
    assert_int_equal(hst_ledger_advance(l, 5000000000), HST_OK);
    return b;
}

/* Full transfers: a good one of each form, changed in one or two places. */

typedef void (*change)(hst_transfer *t);

#define CHANGE(name, statement)                                                                    \
    static void name(hst_transfer *t)                                                              \
    {                                                                                              \
        statement;                                                                                 \
    }
CHANGE(set_timestamp, t->timestamp_ns = 1)
CHANGE(set_reserved, t->reserved[4] = 1)
CHANGE(set_high_flag, t->flags |= 1 << 15)
CHANGE(set_sequenced, t->flags |= HST_TRANSFER_SEQUENCED)
CHANGE(zero_id, t->id = key(0))
CHANGE(max_id, t->id = ((hst_key){UINT64_MAX, UINT64_MAX}))
CHANGE(repeat_plain, t->id = key(ID_PLAIN); t->amount_minor = 5)
CHANGE(repeat_burnt, t->id = key(ID_BURNT))
CHANGE(set_linked, t->flags |= HST_TRANSFER_LINKED)
CHANGE(set_pending_id, t->pending_id = key(3))
CHANGE(set_timeout, t->timeout_s = 1)
CHANGE(other_debit, t->debit_account = key(BOB + 1))
CHANGE(other_credit, t->credit_account = key(BOB + 1))
CHANGE(other_amount, t->amount_minor++)
CHANGE(other_128, t->user_data_128.high = 1)
CHANGE(other_64, t->user_data_64 = 1)
CHANGE(other_32, t->user_data_32 = 1)
CHANGE(other_ledger, t->ledger = EUR)
CHANGE(other_code, t->code = 8)
CHANGE(closing_clawback, t->flags |= HST_TRANSFER_CLOSING_DEBIT | HST_TRANSFER_CLAWBACK)
CHANGE(zero_debit, t->debit_account = key(0))
CHANGE(max_debit, t->debit_account = ((hst_key){UINT64_MAX, UINT64_MAX}))
CHANGE(zero_credit, t->credit_account = key(0))
CHANGE(max_credit, t->credit_account = ((hst_key){UINT64_MAX, UINT64_MAX}))
CHANGE(same_accounts, t->credit_account = t->debit_account)
CHANGE(set_closing, t->flags |= HST_TRANSFER_CLOSING_DEBIT)
CHANGE(no_ledger, t->ledger = HST_CURRENCY_NONE)
CHANGE(no_code, t->code = 0)
CHANGE(unknown_debit, t->debit_account = key(700))
CHANGE(unknown_credit, t->credit_account = key(700))
CHANGE(euro_credit, t->credit_account = key(EURO + 1))
CHANGE(closed_debit, t->debit_account = key(CLOSED + 1))
CHANGE(closed_credit, t->credit_account = key(CLOSED + 1))
CHANGE(set_clawback, t->flags |= HST_TRANSFER_CLAWBACK)
CHANGE(frozen_debit, t->debit_account = key(FROZEN + 1))
CHANGE(frozen_credit, t->credit_account = key(ICE + 1))
CHANGE(poor_debit, t->debit_account = key(TIGHT + 1); t->amount_minor = 41)
CHANGE(held_credit, t->credit_account = key(BOB + 1))

/** In the order of the table: what is wrong, and what is answered. */
static const struct {
    change apply;
    hst_ledger_result expected;
} single_phase[] = {
    {set_timestamp, HST_LEDGER_TIMESTAMP_MUST_BE_ZERO},
    {set_reserved, HST_LEDGER_RESERVED_FIELD},
    {set_high_flag, HST_LEDGER_RESERVED_FLAG},
    {set_sequenced, HST_LEDGER_RESERVED_FLAG},
    {zero_id, HST_LEDGER_ID_MUST_NOT_BE_ZERO},
    {max_id, HST_LEDGER_ID_MUST_NOT_BE_MAX},
    {repeat_burnt, HST_LEDGER_ID_ALREADY_FAILED},
    {closing_clawback, HST_LEDGER_FLAGS_ARE_MUTUALLY_EXCLUSIVE},
    {zero_debit, HST_LEDGER_DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO},
    {max_debit, HST_LEDGER_DEBIT_ACCOUNT_ID_MUST_NOT_BE_MAX},
    {zero_credit, HST_LEDGER_CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO},
    {max_credit, HST_LEDGER_CREDIT_ACCOUNT_ID_MUST_NOT_BE_MAX},
    {same_accounts, HST_LEDGER_ACCOUNTS_MUST_BE_DIFFERENT},
    {set_pending_id, HST_LEDGER_PENDING_ID_MUST_BE_ZERO},
    {set_timeout, HST_LEDGER_TIMEOUT_RESERVED_FOR_PENDING},
    {set_closing, HST_LEDGER_CLOSING_TRANSFER_MUST_BE_PENDING},
    {no_ledger, HST_LEDGER_LEDGER_MUST_NOT_BE_NONE},
    {no_code, HST_LEDGER_CODE_MUST_NOT_BE_ZERO},
    {unknown_debit, HST_LEDGER_DEBIT_ACCOUNT_NOT_FOUND},
    {unknown_credit, HST_LEDGER_CREDIT_ACCOUNT_NOT_FOUND},
    {euro_credit, HST_LEDGER_ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER},
    {other_ledger, HST_LEDGER_TRANSFER_MUST_HAVE_THE_SAME_LEDGER},
    {closed_debit, HST_LEDGER_DEBIT_ACCOUNT_CLOSED},
    {closed_credit, HST_LEDGER_CREDIT_ACCOUNT_CLOSED},
    {set_clawback, HST_LEDGER_CLAWBACK_NEEDS_FROZEN_ACCOUNT},
    {frozen_debit, HST_LEDGER_DEBIT_ACCOUNT_FROZEN},
    {frozen_credit, HST_LEDGER_CREDIT_ACCOUNT_FROZEN},
    {poor_debit, HST_LEDGER_EXCEEDS_CREDITS},
    {held_credit, HST_LEDGER_EXCEEDS_DEBITS},
};

enum { SINGLE_PHASE_COUNT = sizeof single_phase / sizeof single_phase[0] };

static hst_transfer good(void)
{
    return full(ID_NEW, BANK, ALICE, 10, 0);
}

static void each_fault_of_a_transfer_has_its_result(void **state)
{
    (void)state;
    for (size_t i = 0; i < SINGLE_PHASE_COUNT; i++) {
        books b = fixture();
        hst_transfer t = good();
        single_phase[i].apply(&t);
        expect(run_full(b.ledger, t), single_phase[i].expected);
        close_books(&b);
    }
    books b = fixture();
    expect(run_full(b.ledger, good()), HST_LEDGER_CREATED);
    close_books(&b);
}

/** Position in the table. */
static size_t rank(hst_ledger_result result)
{
    static const hst_ledger_result order[] = {
#define X(name, number, step, transient, text) HST_LEDGER_##name,
        HST_LEDGER_RESULT_MAP(X)
#undef X
    };
    size_t i = 0;
    while (order[i] != result) {
        i++;
    }
    return i;
}

/** Whether two faults can be in one transfer without one undoing or changing the other. */
static bool independent(size_t a, size_t b)
{
    hst_transfer x = good();
    hst_transfer y = good();
    hst_transfer both = good();
    hst_transfer reverse = good();
    single_phase[a].apply(&x);
    single_phase[b].apply(&y);
    single_phase[a].apply(&both);
    single_phase[b].apply(&both);
    single_phase[b].apply(&reverse);
    single_phase[a].apply(&reverse);
    return memcmp(&both, &reverse, sizeof both) == 0;
}

/** Faults that take another away: with a closing clawback, "clawback" is no longer alone, an
 * account that is not there cannot also be closed. */
static bool excludes(size_t a, size_t b)
{
    const change x = single_phase[a].apply;
    const change y = single_phase[b].apply;
    if (x == set_clawback || y == set_clawback) {
        /* A clawback changes what flags, closing and frozen accounts mean. */
        return true;
    }
    const bool touches_debit_x = x == closed_debit || x == frozen_debit || x == unknown_debit ||
                                 x == zero_debit || x == max_debit || x == poor_debit ||
                                 x == same_accounts;
    return touches_debit_x && y == same_accounts;
}

static void of_two_faults_the_one_that_stands_first_is_answered(void **state)
{
    (void)state;
    unsigned pairs = 0;
    for (size_t a = 0; a < SINGLE_PHASE_COUNT; a++) {
        for (size_t b = a + 1; b < SINGLE_PHASE_COUNT; b++) {
            if (!independent(a, b) || excludes(a, b) || excludes(b, a)) {
                continue;
            }
            books k = fixture();
            hst_transfer t = good();
            single_phase[a].apply(&t);
            single_phase[b].apply(&t);
            const hst_ledger_result first = single_phase[a].expected;
            const hst_ledger_result second = single_phase[b].expected;
            const uint32_t found = run_full(k.ledger, t);
            /* Together they may also be a third fault, which then stands before both. */
            const size_t best = rank(first) < rank(second) ? rank(first) : rank(second);
            if (rank((hst_ledger_result)found) > best) {
                fail_msg("%s and %s gave %s", hst_ledger_result_name(first),
                         hst_ledger_result_name(second),
                         hst_ledger_result_name((hst_ledger_result)found));
            }
            pairs += found == (uint32_t)first || found == (uint32_t)second;
            close_books(&k);
        }
    }
    assert_true(pairs > 250);
}

static void a_repeated_id_is_compared_field_by_field(void **state)
{
    (void)state;
    static const struct {
        change apply;
        hst_ledger_result expected;
    } rows[] = {
        {set_linked, HST_LEDGER_EXISTS_WITH_DIFFERENT_FLAGS},
        {set_pending_id, HST_LEDGER_EXISTS_WITH_DIFFERENT_PENDING_ID},
        {set_timeout, HST_LEDGER_EXISTS_WITH_DIFFERENT_TIMEOUT},
        {other_debit, HST_LEDGER_EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT},
        {other_credit, HST_LEDGER_EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT},
        {other_amount, HST_LEDGER_EXISTS_WITH_DIFFERENT_AMOUNT},
        {other_128, HST_LEDGER_EXISTS_WITH_DIFFERENT_USER_DATA_128},
        {other_64, HST_LEDGER_EXISTS_WITH_DIFFERENT_USER_DATA_64},
        {other_32, HST_LEDGER_EXISTS_WITH_DIFFERENT_USER_DATA_32},
        {other_ledger, HST_LEDGER_EXISTS_WITH_DIFFERENT_LEDGER},
        {other_code, HST_LEDGER_EXISTS_WITH_DIFFERENT_CODE},
        {repeat_plain, HST_LEDGER_EXISTS},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    books b = fixture();
    hst_transfer all = good();
    repeat_plain(&all);
    for (size_t i = 0; i < ROWS; i++) {
        hst_transfer t = good();
        repeat_plain(&t);
        rows[i].apply(&t);
        hst_outcome outcomes[2];
        const hst_transfer pair[2] = {t, good()}; /* a linked one needs a successor */
        assert_int_equal(
            hst_ledger_execute(b.ledger, pair, rows[i].apply == set_linked ? 2 : 1, outcomes),
            HST_OK);
        expect(outcomes[0].result, rows[i].expected);
        /* With every later field wrong as well the answer is the same. */
        hst_transfer later = t;
        for (size_t k = i + 1; k + 1 < ROWS; k++) {
            rows[k].apply(&later);
        }
        later.flags = t.flags;
        const hst_transfer later_pair[2] = {later, good()};
        assert_int_equal(
            hst_ledger_execute(b.ledger, later_pair, rows[i].apply == set_linked ? 2 : 1, outcomes),
            HST_OK);
        if (i + 1 < ROWS) {
            expect(outcomes[0].result, rows[i].expected);
        }
    }
    close_books(&b);
}

CHANGE(not_a_pending, t->pending_id = key(ID_PLAIN))
CHANGE(burnt_pending, t->pending_id = key(ID_BURNT))
CHANGE(unknown_pending, t->pending_id = key(777))
CHANGE(zero_pending, t->pending_id = key(0))
CHANGE(max_pending, t->pending_id = ((hst_key){UINT64_MAX, UINT64_MAX}))
CHANGE(own_pending, t->pending_id = t->id)
CHANGE(post_and_void, t->flags |= HST_TRANSFER_POST_PENDING | HST_TRANSFER_VOID_PENDING)
CHANGE(post_and_pending, t->flags |= HST_TRANSFER_PENDING)
CHANGE(post_and_balancing, t->flags |= HST_TRANSFER_BALANCING_CREDIT)
CHANGE(too_much, t->amount_minor = 6)
CHANGE(void_of_less, t->flags = HST_TRANSFER_VOID_PENDING; t->amount_minor = 4)

static void each_fault_of_a_post_has_its_result(void **state)
{
    (void)state;
    static const struct {
        change apply;
        hst_ledger_result expected;
    } rows[] = {
        {post_and_void, HST_LEDGER_FLAGS_ARE_MUTUALLY_EXCLUSIVE},
        {post_and_pending, HST_LEDGER_FLAGS_ARE_MUTUALLY_EXCLUSIVE},
        {post_and_balancing, HST_LEDGER_FLAGS_ARE_MUTUALLY_EXCLUSIVE},
        {zero_pending, HST_LEDGER_PENDING_ID_MUST_NOT_BE_ZERO},
        {max_pending, HST_LEDGER_PENDING_ID_MUST_NOT_BE_MAX},
        {own_pending, HST_LEDGER_PENDING_ID_MUST_BE_DIFFERENT},
        {set_timeout, HST_LEDGER_TIMEOUT_RESERVED_FOR_PENDING},
        {unknown_pending, HST_LEDGER_PENDING_TRANSFER_NOT_FOUND},
        {burnt_pending, HST_LEDGER_PENDING_TRANSFER_NOT_FOUND},
        {not_a_pending, HST_LEDGER_PENDING_TRANSFER_NOT_PENDING},
        {other_debit, HST_LEDGER_PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT},
        {unknown_debit, HST_LEDGER_PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT},
        {other_credit, HST_LEDGER_PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT},
        {other_ledger, HST_LEDGER_PENDING_TRANSFER_HAS_DIFFERENT_LEDGER},
        {other_code, HST_LEDGER_PENDING_TRANSFER_HAS_DIFFERENT_CODE},
        {too_much, HST_LEDGER_EXCEEDS_PENDING_TRANSFER_AMOUNT},
        {void_of_less, HST_LEDGER_PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        books b = fixture();
        hst_transfer t = full_resolving(ID_NEW, ID_PENDING, 5, HST_TRANSFER_POST_PENDING);
        rows[i].apply(&t);
        expect(run_full(b.ledger, t), rows[i].expected);
        close_books(&b);
    }
}

static void pending_transfers_resolve_once(void **state)
{
    (void)state;
    books b = fixture();
    const uint16_t post = HST_TRANSFER_POST_PENDING;
    expect(run_one(b.ledger, resolving(POSTED, 1, post)).result,
           HST_LEDGER_PENDING_TRANSFER_ALREADY_POSTED);
    expect(run_one(b.ledger, resolving(VOIDED, 1, post)).result,
           HST_LEDGER_PENDING_TRANSFER_ALREADY_VOIDED);
    expect(run_one(b.ledger, resolving(EXPIRED, 1, post)).result,
           HST_LEDGER_PENDING_TRANSFER_EXPIRED);
    hst_escrow escrow;
    hst_ledger_escrow(b.ledger, LOCKED, &escrow);
    expect(run_one(b.ledger, resolving(escrow.pending, 1, post)).result,
           HST_LEDGER_PENDING_TRANSFER_IS_ESCROW);
    close_books(&b);
}

static void sequences_admit_each_number_once_and_in_order(void **state)
{
    (void)state;
    books b = fixture();
    hst_compact e = event(BANK, ALICE, 1, HST_TRANSFER_SEQUENCED);
    e.reference = 1;
    expect(run_one(b.ledger, e).result, HST_LEDGER_SEQUENCE_GAP);
    e.reference = 0;
    expect(run_one(b.ledger, e).result, HST_LEDGER_CREATED);
    expect(run_one(b.ledger, e).result, HST_LEDGER_SEQUENCE_ALREADY_USED);
    e.reference = 1;
    e.amount_minor = 2;
    e.debit = ALICE; /* its own sequence */
    e.credit = BANK;
    expect(run_one(b.ledger, e).result, HST_LEDGER_SEQUENCE_GAP);
    close_books(&b);
}

static void columns_never_overflow(void **state)
{
    (void)state;
    books b = fixture();
    hst_ledger *l = b.ledger;
    const uint16_t pending = HST_TRANSFER_PENDING;
    const uint32_t x = add_account(l, USD, 0, 0);
    const uint32_t y = add_account(l, USD, 0, 0);
    const uint32_t z = add_account(l, USD, 0, 0);
    must(l, event(HEAP, x, UINT64_MAX - 1, pending));
    expect(run_one(l, event(HEAP, y, 2, pending)).result, HST_LEDGER_OVERFLOWS_DEBITS_PENDING);
    expect(run_one(l, event(y, x, 2, pending)).result, HST_LEDGER_OVERFLOWS_CREDITS_PENDING);
    expect(run_one(l, event(HEAP, y, 2, 0)).result, HST_LEDGER_OVERFLOWS_DEBITS);
    expect(run_one(l, event(y, x, 2, 0)).result, HST_LEDGER_OVERFLOWS_CREDITS);
    must(l, event(BRIM, z, UINT64_MAX - 1, 0));
    expect(run_one(l, event(BRIM, y, 2, 0)).result, HST_LEDGER_OVERFLOWS_DEBITS_POSTED);
    expect(run_one(l, event(y, z, 2, 0)).result, HST_LEDGER_OVERFLOWS_CREDITS_POSTED);
    must(l, event(BRIM, y, 1, 0)); /* to the brim */
    hst_compact timed = event(BANK, ALICE, 1, pending);
    assert_int_equal(hst_ledger_advance(l, HST_LEDGER_TIME_MAX), HST_OK);
    timed.timeout_s = UINT32_MAX;
    expect(run_one(l, timed).result, HST_LEDGER_OVERFLOWS_TIMEOUT);
    close_books(&b);
}

static void chains_answer_for_all_their_events(void **state)
{
    (void)state;
    books b = fixture();
    hst_outcome o[3];
    const hst_compact broken[3] = {event(BANK, ALICE, 1, HST_TRANSFER_LINKED),
                                   event(BANK, BANK, 1, HST_TRANSFER_LINKED),
                                   event(BANK, ALICE, 1, 0)};
    assert_int_equal(hst_ledger_execute_compact(b.ledger, broken, 3, o), HST_OK);
    expect(o[0].result, HST_LEDGER_LINKED_EVENT_FAILED);
    expect(o[1].result, HST_LEDGER_ACCOUNTS_MUST_BE_DIFFERENT);
    expect(o[2].result, HST_LEDGER_LINKED_EVENT_FAILED);
    assert_int_equal(hst_ledger_execute_compact(b.ledger, broken, 1, o), HST_OK);
    expect(o[0].result, HST_LEDGER_LINKED_EVENT_CHAIN_OPEN);
    close_books(&b);
}

typedef void (*opening_change)(hst_account_open *r);
#define OPENING(name, statement)                                                                   \
    static void name(hst_account_open *r)                                                          \
    {                                                                                              \
        statement;                                                                                 \
    }
OPENING(open_nothing, (void)r)
OPENING(open_flag, r->flags |= 1 << 9)
OPENING(open_zero, r->id = key(0))
OPENING(open_max, r->id = ((hst_key){UINT64_MAX, UINT64_MAX}))
OPENING(open_both, r->flags |= LIMITED | LIMITED_CREDITS)
OPENING(open_no_ledger, r->ledger = HST_CURRENCY_NONE)
OPENING(open_far_ledger, r->ledger = BOOKS_CURRENCIES)
OPENING(open_no_code, r->code = 0)
OPENING(open_limit, r->credit_limit_minor = -1)
OPENING(again, r->id = key(BANK + 1))
OPENING(again_flags, r->id = key(BANK + 1); r->flags = HST_ACCOUNT_HISTORY)
OPENING(again_limit, r->id = key(BANK + 1); r->credit_limit_minor = 1)
OPENING(again_128, r->id = key(BANK + 1); r->user_data_128 = key(1))
OPENING(again_64, r->id = key(BANK + 1); r->user_data_64 = 1)
OPENING(again_32, r->id = key(BANK + 1); r->user_data_32 = 1)
OPENING(again_ledger, r->id = key(BANK + 1); r->ledger = EUR)
OPENING(again_code, r->id = key(BANK + 1); r->code = 2)

static void each_fault_of_an_opening_has_its_result(void **state)
{
    (void)state;
    static const struct {
        opening_change apply;
        hst_ledger_result expected;
    } rows[] = {
        {open_flag, HST_LEDGER_RESERVED_FLAG},
        {open_zero, HST_LEDGER_ID_MUST_NOT_BE_ZERO},
        {open_max, HST_LEDGER_ID_MUST_NOT_BE_MAX},
        {again_flags, HST_LEDGER_EXISTS_WITH_DIFFERENT_FLAGS},
        {again_limit, HST_LEDGER_EXISTS_WITH_DIFFERENT_CREDIT_LIMIT},
        {again_128, HST_LEDGER_EXISTS_WITH_DIFFERENT_USER_DATA_128},
        {again_64, HST_LEDGER_EXISTS_WITH_DIFFERENT_USER_DATA_64},
        {again_32, HST_LEDGER_EXISTS_WITH_DIFFERENT_USER_DATA_32},
        {again_ledger, HST_LEDGER_EXISTS_WITH_DIFFERENT_LEDGER},
        {again_code, HST_LEDGER_EXISTS_WITH_DIFFERENT_CODE},
        {again, HST_LEDGER_EXISTS},
        {open_both, HST_LEDGER_FLAGS_ARE_MUTUALLY_EXCLUSIVE},
        {open_no_ledger, HST_LEDGER_LEDGER_MUST_NOT_BE_NONE},
        {open_far_ledger, HST_LEDGER_LEDGER_NOT_FOUND},
        {open_no_code, HST_LEDGER_CODE_MUST_NOT_BE_ZERO},
        {open_limit, HST_LEDGER_CREDIT_LIMIT_MUST_NOT_BE_NEGATIVE},
        {open_nothing, HST_LEDGER_CREATED},
    };
    books b = fixture();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        hst_account_open request = {.id = key(500), .ledger = USD, .code = 1};
        hst_outcome o;
        rows[i].apply(&request);
        const hst_status status = hst_ledger_open(b.ledger, &request, &o);
        expect(o.result, rows[i].expected);
        assert_int_equal(status, rows[i].expected == HST_LEDGER_CREATED ? HST_OK : HST_REFUSED);
    }
    close_books(&b);
}

static void changes_to_accounts_have_their_results(void **state)
{
    (void)state;
    books b = fixture();
    hst_outcome o;
    assert_int_equal(hst_ledger_freeze(b.ledger, 99, 0, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_ACCOUNT_NOT_FOUND);
    assert_int_equal(hst_ledger_freeze(b.ledger, 99, HST_ACCOUNT_CLOSED, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_RESERVED_FLAG);
    assert_int_equal(hst_ledger_set_credit_limit(b.ledger, TIGHT, 59, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_CREDIT_LIMIT_BELOW_USE);
    assert_int_equal(hst_ledger_set_credit_limit(b.ledger, TIGHT, 60, &o), HST_OK);
    assert_int_equal(hst_ledger_set_credit_limit(b.ledger, 99, -1, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_CREDIT_LIMIT_MUST_NOT_BE_NEGATIVE);
    close_books(&b);
}

static void escrows_have_their_results(void **state)
{
    (void)state;
    books b = fixture();
    hst_outcome o;
    hst_escrow_lock lock = {.amount_minor = 1, .debit = BANK, .credit = ALICE, .code = 1};
    assert_int_equal(hst_ledger_escrow_lock(b.ledger, &lock, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_ESCROW_NEEDS_CANCEL_AFTER);
    lock.cancel_after_ns = 5000000000;
    assert_int_equal(hst_ledger_escrow_lock(b.ledger, &lock, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_ESCROW_CANCEL_AFTER_PASSED);
    lock.cancel_after_ns = 5000000001;
    lock.finish_after_ns = 5000000001;
    assert_int_equal(hst_ledger_escrow_lock(b.ledger, &lock, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_ESCROW_FINISH_NOT_BEFORE_CANCEL);
    lock.finish_after_ns = 0;
    lock.debit = ALICE;
    lock.credit = BANK;
    lock.amount_minor = 999999;
    assert_int_equal(hst_ledger_escrow_lock(b.ledger, &lock, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_EXCEEDS_CREDITS);
    assert_int_equal(hst_ledger_escrow_finish(b.ledger, 99, NULL, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_ESCROW_NOT_FOUND);
    assert_int_equal(hst_ledger_escrow_finish(b.ledger, FINISHED, NULL, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_ESCROW_ALREADY_FINISHED);
    assert_int_equal(hst_ledger_escrow_finish(b.ledger, LATE, NULL, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_ESCROW_EXPIRED);
    assert_int_equal(hst_ledger_escrow_finish(b.ledger, EARLY, NULL, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_ESCROW_TOO_EARLY);
    assert_int_equal(hst_ledger_escrow_finish(b.ledger, SECRET, NULL, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_ESCROW_PREIMAGE_MISMATCH);
    assert_int_equal(hst_ledger_escrow_cancel(b.ledger, LOCKED, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_ESCROW_NOT_EXPIRED);
    assert_int_equal(hst_ledger_escrow_cancel(b.ledger, LATE, &o), HST_OK);
    assert_int_equal(hst_ledger_escrow_cancel(b.ledger, LATE, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_ESCROW_ALREADY_CANCELLED);
    close_books(&b);
}

static void conversions_have_their_results(void **state)
{
    (void)state;
    books b = fixture();
    hst_outcome o;
    hst_fx_order order = {.amount_minor = 10, .rate = {0, 1}, .code = 1};
    assert_int_equal(hst_ledger_fx(b.ledger, &order, NULL, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_FX_RATE_INVALID);
    order.rate = (hst_rate){INT64_MAX, 1};
    assert_int_equal(hst_ledger_fx(b.ledger, &order, NULL, &o), HST_REFUSED);
    expect(o.result, HST_LEDGER_FX_AMOUNT_OVERFLOWS);
    close_books(&b);
}

static void every_result_was_brought_about(void **state)
{
    (void)state;
#define X(name, number, step, transient, text)                                                     \
    if (seen[number] == 0) {                                                                       \
        fail_msg("no test came to %s", #name);                                                     \
    }
    HST_LEDGER_RESULT_MAP(X)
#undef X
}

static void numbers_and_names_are_distinct(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned number, step;
    } rows[] = {
#define X(name, number, step, transient, text) {#name, number, step},
        HST_LEDGER_RESULT_MAP(X)
#undef X
    };
    const size_t count = sizeof rows / sizeof rows[0];
    for (size_t i = 0; i < count; i++) {
        const hst_ledger_result result = (hst_ledger_result)rows[i].number;
        assert_string_equal(hst_ledger_result_name(result), rows[i].name);
        assert_true(strlen(hst_ledger_result_text(result)) > 0);
        assert_int_equal(hst_ledger_result_step(result), rows[i].step);
        assert_true(i == 0 || rows[i - 1].step <= rows[i].step);
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(rows[i].number, rows[k].number);
        }
    }
    expect_assert_fires(hst_ledger_result_name((hst_ledger_result)RESULT_LIMIT));
}

/** One line of the reference page for each row of the table, in its order. */
static void the_reference_page_shows_this_table(void **state)
{
    (void)state;
    char expected[256];
    char line[256];
    FILE *page = fopen("docs/reference/ledger-results.md", "r");
    assert_non_null(page);
    bool complete = true;
#define X(name, number, step, transient, text)                                                     \
    do {                                                                                           \
        (void)snprintf(expected, sizeof expected, "| %d | %d | `%s` | %s | %s |\n", (step),        \
                       (number), #name, (transient) != 0 ? "yes" : "", text);                      \
        bool found = false;                                                                        \
        while (!found && fgets(line, sizeof line, page) != NULL) {                                 \
            found = strcmp(line, expected) == 0;                                                   \
        }                                                                                          \
        if (!found) {                                                                              \
            print_error("missing: %s", expected);                                                  \
            complete = false;                                                                      \
            rewind(page);                                                                          \
        }                                                                                          \
    } while (0);
    HST_LEDGER_RESULT_MAP(X)
#undef X
    (void)fclose(page);
    assert_true(complete);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_of_a_transfer_has_its_result),
        cmocka_unit_test(of_two_faults_the_one_that_stands_first_is_answered),
        cmocka_unit_test(a_repeated_id_is_compared_field_by_field),
        cmocka_unit_test(each_fault_of_a_post_has_its_result),
        cmocka_unit_test(pending_transfers_resolve_once),
        cmocka_unit_test(sequences_admit_each_number_once_and_in_order),
        cmocka_unit_test(columns_never_overflow),
        cmocka_unit_test(chains_answer_for_all_their_events),
        cmocka_unit_test(each_fault_of_an_opening_has_its_result),
        cmocka_unit_test(changes_to_accounts_have_their_results),
        cmocka_unit_test(escrows_have_their_results),
        cmocka_unit_test(conversions_have_their_results),
        cmocka_unit_test(every_result_was_brought_about),
        cmocka_unit_test(numbers_and_names_are_distinct),
        cmocka_unit_test(the_reference_page_shows_this_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
