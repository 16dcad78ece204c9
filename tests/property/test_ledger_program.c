/* Random programs of every operation, held against the slow model after each step: results, every
 * balance, every pending transfer and escrow, and at each seal both roots. Along the way the ledger
 * is replaced by its own snapshot, audited, and run with either hash engine. */
#include "core/base/random.h"
#include "core/ledger/audit.h"
#include "core/ledger/invariant.h"

#include "tests/property/ledger_model.h"
#include "tests/support/test_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CURRENCIES = 3, BATCH_MAX = 7, STEPS = 160, PROGRAMS = 400, TRANSFER_IDS = 60 };

/** One program. */
typedef struct program {
    hst_random random;
    uint64_t seed;
    unsigned step;
    model *model;
    hst_ledger *ledger;
    test_memory books;
    uint64_t *seen; /* by result */
} program;

enum { RESULT_LIMIT = 128 };

static uint32_t below(program *p, uint32_t bound)
{
    return (uint32_t)hst_random_below(&p->random, bound);
}

static bool one_in(program *p, uint32_t n)
{
    return below(p, n) == 0;
}

#define CHECK(p, condition)                                                                        \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_msg("seed %llu step %u: %s", (unsigned long long)(p)->seed, (p)->step,            \
                     #condition);                                                                  \
        }                                                                                          \
    } while (0)

static hst_key key_of(uint32_t n)
{
    return (hst_key){.low = n, .high = n == 0 ? 0 : UINT64_C(0x1234)};
}

static uint64_t some_amount(program *p)
{
    static const uint64_t amounts[] = {0, 1, 2, 3, 5, 10, 50, 100, 1000};
    if (one_in(p, 60)) {
        return UINT64_MAX - below(p, 3);
    }
    if (one_in(p, 60)) {
        return UINT64_C(1) << 63;
    }
    return amounts[below(p, sizeof amounts / sizeof amounts[0])];
}

static hst_account_open some_opening(program *p)
{
    static const uint16_t kinds[] = {0,
                                     0,
                                     HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS,
                                     HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS,
                                     HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS,
                                     HST_ACCOUNT_HISTORY,
                                     HST_ACCOUNT_HISTORY |
                                         HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS};
    hst_account_open r = {.id = key_of(1 + below(p, 18)),
                          .user_data_64 = below(p, 2),
                          .credit_limit_minor = one_in(p, 2) ? (int64_t)below(p, 200) : 0,
                          .ledger = (uint16_t)below(p, CURRENCIES),
                          .code = 1,
                          .flags = kinds[below(p, sizeof kinds / sizeof kinds[0])]};
    if (one_in(p, 25)) {
        r.flags |= (uint16_t)(1U << below(p, 9));
    }
    if (one_in(p, 40)) {
        r.credit_limit_minor = one_in(p, 2) ? -1 : INT64_MAX;
    }
    if (one_in(p, 40)) {
        r.ledger = one_in(p, 2) ? HST_CURRENCY_NONE : CURRENCIES;
    }
    if (one_in(p, 40)) {
        r.code = (uint16_t)below(p, 3);
    }
    if (one_in(p, 40)) {
        r.id = one_in(p, 2) ? key_of(0) : (hst_key){UINT64_MAX, UINT64_MAX};
    }
    if (one_in(p, 4)) {
        r.flags |= HST_ACCOUNT_LINKED;
    }
    return r;
}

static uint16_t some_flags(program *p)
{
    static const uint16_t kinds[] = {0,
                                     0,
                                     0,
                                     0,
                                     HST_TRANSFER_PENDING,
                                     HST_TRANSFER_PENDING,
                                     HST_TRANSFER_PENDING,
                                     HST_TRANSFER_POST_PENDING,
                                     HST_TRANSFER_POST_PENDING,
                                     HST_TRANSFER_VOID_PENDING,
                                     HST_TRANSFER_VOID_PENDING,
                                     HST_TRANSFER_BALANCING_DEBIT,
                                     HST_TRANSFER_BALANCING_CREDIT,
                                     HST_TRANSFER_BALANCING_DEBIT | HST_TRANSFER_PENDING,
                                     HST_TRANSFER_CLOSING_DEBIT | HST_TRANSFER_PENDING,
                                     HST_TRANSFER_CLOSING_CREDIT | HST_TRANSFER_PENDING,
                                     HST_TRANSFER_CLAWBACK};
    uint16_t flags = kinds[below(p, sizeof kinds / sizeof kinds[0])];
    if (one_in(p, 25)) {
        flags |= (uint16_t)(1U << below(p, 16));
    }
    if (one_in(p, 3)) {
        flags |= HST_TRANSFER_LINKED;
    }
    return flags;
}

/** Two accounts that are usually in one currency. */
static void some_accounts(program *p, uint32_t *debit, uint32_t *credit)
{
    const uint32_t count = p->model->account_count + 1; /* one that is not there */
    for (unsigned attempt = 0; attempt < 8; attempt++) {
        *debit = below(p, count);
        *credit = below(p, count);
        const bool both = *debit + 1 < count && *credit + 1 < count && *debit != *credit;
        if (both &&
            p->model->accounts[*debit].opened.ledger == p->model->accounts[*credit].opened.ledger) {
            return;
        }
    }
}

static hst_compact some_compact(program *p)
{
    hst_compact e = {.amount_minor = some_amount(p),
                     .code = (uint16_t)(one_in(p, 30) ? 0 : 1 + below(p, 2)),
                     .flags = some_flags(p),
                     .user_data = below(p, 100)};
    some_accounts(p, &e.debit, &e.credit);
    if ((e.flags & (HST_TRANSFER_POST_PENDING | HST_TRANSFER_VOID_PENDING)) != 0) {
        e.reference = below(p, p->model->pending_count + 2);
        e.debit = one_in(p, 8) ? e.debit : HST_HANDLE_NONE;
        e.credit = one_in(p, 8) ? e.credit : HST_HANDLE_NONE;
        e.code = one_in(p, 8) ? e.code : 0;
        if (one_in(p, 2)) {
            e.amount_minor = (e.flags & HST_TRANSFER_VOID_PENDING) != 0 ? 0 : HST_AMOUNT_ALL;
        }
    } else if (one_in(p, 6)) {
        e.flags |= HST_TRANSFER_SEQUENCED;
        const bool known = e.debit < p->model->account_count;
        e.reference = known ? p->model->accounts[e.debit].sequence : 0;
        e.reference += one_in(p, 8);
        e.reference -= one_in(p, 8) && e.reference > 0;
    } else if (one_in(p, 50)) {
        e.reference = 1;
    }
    if ((e.flags & HST_TRANSFER_PENDING) != 0 ? one_in(p, 2) : one_in(p, 50)) {
        e.timeout_s = 1 + below(p, 4);
    }
    return e;
}

static hst_key account_id(program *p, uint32_t account)
{
    if (one_in(p, 60)) {
        return one_in(p, 2) ? key_of(0) : (hst_key){UINT64_MAX, UINT64_MAX};
    }
    return account < p->model->account_count ? p->model->accounts[account].opened.id : key_of(999);
}

/** Sometimes one that was sent before, exactly or nearly. */
static hst_transfer some_transfer(program *p)
{
    if (p->model->transfer_count > 0 && one_in(p, 8)) {
        const model_transfer *known = &p->model->transfers[below(p, p->model->transfer_count)];
        hst_transfer again = known->record;
        again.timestamp_ns = 0;
        switch (below(p, 12)) {
        case 0: again.flags ^= HST_TRANSFER_LINKED; break;
        case 1: again.pending_id.low++; break;
        case 2: again.timeout_s++; break;
        case 3: again.debit_account.low++; break;
        case 4: again.credit_account.low++; break;
        case 5: again.amount_minor++; break;
        case 6: again.user_data_128.low++; break;
        case 7: again.user_data_64++; break;
        case 8: again.user_data_32++; break;
        case 9: again.ledger++; break;
        case 10: again.code++; break;
        default: break;
        }
        return again;
    }
    uint32_t debit = 0;
    uint32_t credit = 0;
    some_accounts(p, &debit, &credit);
    hst_transfer t = {.id = key_of(1 + below(p, TRANSFER_IDS)),
                      .debit_account = account_id(p, debit),
                      .credit_account = account_id(p, credit),
                      .user_data_128 = {below(p, 2), 0},
                      .amount_minor = some_amount(p),
                      .user_data_64 = below(p, 2),
                      .user_data_32 = below(p, 2),
                      .ledger = debit < p->model->account_count && !one_in(p, 30)
                                    ? p->model->accounts[debit].opened.ledger
                                    : (uint16_t)below(p, CURRENCIES),
                      .code = (uint16_t)(one_in(p, 30) ? 0 : 1 + below(p, 2)),
                      .flags = some_flags(p)};
    if ((t.flags & (HST_TRANSFER_POST_PENDING | HST_TRANSFER_VOID_PENDING)) != 0) {
        t.pending_id = key_of(1 + below(p, TRANSFER_IDS));
        for (unsigned tries = 0; tries < 4 && p->model->transfer_count > 0; tries++) {
            const model_transfer *of = &p->model->transfers[below(p, p->model->transfer_count)];
            if (of->pending != HST_HANDLE_NONE) {
                t.pending_id = of->record.id;
            }
        }
        if (one_in(p, 40)) {
            t.pending_id = one_in(p, 2) ? key_of(0) : (hst_key){UINT64_MAX, UINT64_MAX};
        }
        t.debit_account = one_in(p, 8) ? t.debit_account : key_of(0);
        t.credit_account = one_in(p, 8) ? t.credit_account : key_of(0);
        t.ledger = one_in(p, 8) ? t.ledger : HST_CURRENCY_NONE;
        t.code = one_in(p, 8) ? t.code : 0;
        if (one_in(p, 2)) {
            t.amount_minor = (t.flags & HST_TRANSFER_VOID_PENDING) != 0 ? 0 : HST_AMOUNT_ALL;
        }
    } else if (one_in(p, 60)) {
        t.pending_id = key_of(3);
    }
    if ((t.flags & HST_TRANSFER_PENDING) != 0 ? one_in(p, 2) : one_in(p, 50)) {
        t.timeout_s = 1 + below(p, 4);
    }
    if (one_in(p, 80)) {
        t.timestamp_ns = 1;
    }
    if (one_in(p, 80)) {
        t.reserved[below(p, 5)] = 1;
    }
    return t;
}

static void compare_outcomes(program *p, const hst_outcome *a, const hst_outcome *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        p->seen[b[i].result]++;
        if (a[i].result != b[i].result || a[i].handle != b[i].handle ||
            a[i].amount_minor != b[i].amount_minor) {
            fail_msg("seed %llu step %u event %zu: ledger %s %u %llu, model %s %u %llu",
                     (unsigned long long)p->seed, p->step, i,
                     hst_ledger_result_name((hst_ledger_result)a[i].result), a[i].handle,
                     (unsigned long long)a[i].amount_minor,
                     hst_ledger_result_name((hst_ledger_result)b[i].result), b[i].handle,
                     (unsigned long long)b[i].amount_minor);
        }
    }
}

static void step_open(program *p)
{
    hst_account_open requests[BATCH_MAX];
    hst_outcome found[BATCH_MAX];
    hst_outcome expected[BATCH_MAX];
    const size_t room = MODEL_ACCOUNT_MAX - p->model->account_count;
    size_t count = 1 + below(p, 4);
    count = count < room ? count : room;
    for (size_t i = 0; i < count; i++) {
        requests[i] = some_opening(p);
    }
    CHECK(p, hst_ledger_open_accounts(p->ledger, requests, count, found) == HST_OK);
    model_open(p->model, requests, count, expected);
    compare_outcomes(p, found, expected, count);
}

static void step_compact(program *p)
{
    hst_compact events[BATCH_MAX];
    hst_outcome found[BATCH_MAX];
    hst_outcome expected[BATCH_MAX];
    const size_t count = below(p, BATCH_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        events[i] = some_compact(p);
    }
    CHECK(p, hst_ledger_execute_compact(p->ledger, events, count, found) == HST_OK);
    model_compact(p->model, events, count, expected);
    compare_outcomes(p, found, expected, count);
}

static void step_full(program *p)
{
    hst_transfer transfers[BATCH_MAX];
    hst_outcome found[BATCH_MAX];
    hst_outcome expected[BATCH_MAX];
    const size_t count = below(p, BATCH_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        transfers[i] = some_transfer(p);
    }
    CHECK(p, hst_ledger_execute(p->ledger, transfers, count, found) == HST_OK);
    model_full(p->model, transfers, count, expected);
    compare_outcomes(p, found, expected, count);
}

static void
check_single(program *p, hst_status status, hst_outcome found, hst_ledger_result expected)
{
    p->seen[expected]++;
    CHECK(p, found.result == (uint32_t)expected);
    CHECK(p, status == (expected == HST_LEDGER_CREATED ? HST_OK : HST_REFUSED));
}

static void step_change(program *p)
{
    hst_outcome found = {0};
    const uint32_t account = below(p, p->model->account_count + 1);
    if (one_in(p, 2)) {
        uint16_t flags = 0;
        flags |= one_in(p, 3) ? HST_ACCOUNT_FROZEN_DEBITS : 0;
        flags |= one_in(p, 4) ? HST_ACCOUNT_FROZEN_CREDITS : 0;
        flags |= one_in(p, 20) ? HST_ACCOUNT_CLOSED : 0;
        const hst_status status = hst_ledger_freeze(p->ledger, account, flags, &found);
        check_single(p, status, found, model_freeze(p->model, account, flags));
    } else {
        const int64_t limit = one_in(p, 10) ? -1 : (int64_t)below(p, 300);
        const hst_status status = hst_ledger_set_credit_limit(p->ledger, account, limit, &found);
        check_single(p, status, found, model_limit(p->model, account, limit));
    }
}

static hst_preimage preimage_of(uint32_t n)
{
    hst_preimage preimage = {{0}};
    preimage.bytes[0] = (unsigned char)n;
    return preimage;
}

static void step_lock(program *p)
{
    hst_outcome found = {0};
    uint32_t escrow = HST_HANDLE_NONE;
    hst_escrow_lock lock = {.amount_minor = some_amount(p), .code = 1, .user_data = below(p, 9)};
    some_accounts(p, &lock.debit, &lock.credit);
    const int64_t second = 1000000000;
    lock.finish_after_ns = one_in(p, 2) ? 0 : p->model->time + second * below(p, 3);
    lock.cancel_after_ns = one_in(p, 12) ? 0 : p->model->time + second * below(p, 5);
    lock.code = one_in(p, 30) ? 0 : 1;
    if (one_in(p, 2)) {
        const hst_preimage preimage = preimage_of(below(p, 3));
        lock.condition = hst_preimage_condition(&preimage);
    }
    const hst_status status = hst_ledger_escrow_lock(p->ledger, &lock, &found);
    check_single(p, status, found, model_lock(p->model, &lock, &escrow));
    CHECK(p, found.handle == escrow);
}

static void step_escrow(program *p)
{
    hst_outcome found = {0};
    uint32_t escrow = below(p, p->model->escrow_count + 1);
    if (p->model->escrow_count > 0 && one_in(p, 2)) {
        escrow = p->model->escrow_count - 1;
    }
    if (one_in(p, 6)) {
        const hst_status status = hst_ledger_escrow_reject(p->ledger, escrow, &found);
        check_single(p, status, found, model_reject(p->model, escrow));
    } else if (one_in(p, 3)) {
        const hst_status status = hst_ledger_escrow_cancel(p->ledger, escrow, &found);
        check_single(p, status, found, model_cancel(p->model, escrow));
    } else {
        const hst_preimage preimage = preimage_of(below(p, 3));
        const hst_preimage *given = one_in(p, 3) ? NULL : &preimage;
        const hst_status status = hst_ledger_escrow_finish(p->ledger, escrow, given, &found);
        check_single(p, status, found, model_finish(p->model, escrow, given));
    }
}

static void step_advance(program *p)
{
    static const int64_t steps[] = {0, 1, 1000, 300000000, 1000000000, 2000000000};
    int64_t time = p->model->time + steps[below(p, sizeof steps / sizeof steps[0])] + below(p, 3);
    if (p->model->escrow_count > 0 && one_in(p, 3)) { /* to the very edge of a window */
        const hst_escrow_lock *lock = &p->model->escrows[p->model->escrow_count - 1].lock;
        const int64_t edge = one_in(p, 2) ? lock->finish_after_ns : lock->cancel_after_ns;
        const int64_t near = edge - (one_in(p, 2) ? 1 : 0);
        time = near > p->model->time ? near : time;
    }
    CHECK(p, hst_ledger_advance(p->ledger, time) == HST_OK);
    model_advance(p->model, time);
}

static void compare_accounts(program *p)
{
    CHECK(p, hst_ledger_account_count(p->ledger) == p->model->account_count);
    for (uint32_t i = 0; i < p->model->account_count; i++) {
        const model_account *e = &p->model->accounts[i];
        hst_account a;
        hst_ledger_account(p->ledger, i, &a);
        CHECK(p, a.debits_pending_minor == model_column(e->debits_pending));
        CHECK(p, a.debits_posted_minor == model_column(e->debits_posted));
        CHECK(p, a.credits_pending_minor == model_column(e->credits_pending));
        CHECK(p, a.credits_posted_minor == model_column(e->credits_posted));
        CHECK(p, a.credit_limit_minor == e->credit_limit);
        CHECK(p, a.sequence == e->sequence);
        CHECK(p, ((a.flags & HST_ACCOUNT_CLOSED) != 0) == e->closed);
        CHECK(p, hst_ledger_find(p->ledger, e->opened.id) == i);
    }
}

static void compare_pendings(program *p)
{
    CHECK(p, hst_ledger_pending_count(p->ledger) == p->model->pending_count);
    for (uint32_t i = 0; i < p->model->pending_count; i++) {
        const model_pending *e = &p->model->pendings[i];
        hst_pending found;
        hst_ledger_pending(p->ledger, i, &found);
        CHECK(p, found.status == e->status);
        CHECK(p, found.amount_minor == e->amount);
        CHECK(p, found.expires_ns == e->expires);
        CHECK(p, found.escrow == (e->escrow != HST_HANDLE_NONE));
    }
    CHECK(p, hst_ledger_escrow_count(p->ledger) == p->model->escrow_count);
    for (uint32_t i = 0; i < p->model->escrow_count; i++) {
        hst_escrow found;
        hst_ledger_escrow(p->ledger, i, &found);
        CHECK(p, memcmp(&found.preimage, &p->model->escrows[i].preimage, 32) == 0);
        CHECK(p, found.terms.amount_minor == p->model->escrows[i].lock.amount_minor);
    }
}

static void compare_transfers(program *p)
{
    for (uint32_t i = 0; i < p->model->transfer_count; i++) {
        const model_transfer *e = &p->model->transfers[i];
        hst_transfer found;
        const hst_status status = hst_ledger_find_transfer(p->ledger, e->record.id, &found);
        CHECK(p, status == (e->burnt ? HST_NOT_FOUND : HST_OK));
        CHECK(p, e->burnt || memcmp(&found, &e->record, sizeof found) == 0);
    }
}

static void compare_history(program *p)
{
    enum { ROWS = 64 };
    hst_history_row rows[ROWS];
    for (uint32_t i = 0; i < p->model->account_count; i++) {
        const size_t count = hst_ledger_history(p->ledger, i, rows, ROWS);
        size_t seen = 0;
        for (uint32_t k = p->model->row_count; k > 0 && seen < ROWS; k--) {
            if (p->model->rows[k - 1].account == i) {
                CHECK(p, seen < count);
                CHECK(p, memcmp(&rows[seen], &p->model->rows[k - 1].row, sizeof rows[0]) == 0);
                seen++;
            }
        }
        CHECK(p, seen == count);
    }
}

static void step_seal(program *p)
{
    hst_block_header header;
    CHECK(p, hst_ledger_seal(p->ledger, &header) == HST_OK);
    const uint32_t events = p->model->event_count - p->model->sealed_count;
    const uint32_t first = p->model->sealed_count;
    const hst_hash transactions = model_transaction_root(p->model);
    const hst_hash state = model_state_root(p->model);
    CHECK(p, header.event_count == events);
    CHECK(p, hst_hash_equal(&header.transaction_root, &transactions));
    CHECK(p, hst_hash_equal(&header.state_root, &state));
    hst_ledger_proof proof;
    if (events > 0) {
        const uint32_t index = below(p, events);
        CHECK(p, hst_ledger_prove_event(p->ledger, header.height, index, &proof) == HST_OK);
        CHECK(p, hst_ledger_verify_event(&header, &proof) == HST_OK);
        CHECK(p, proof.size == p->model->events[first + index].size);
        CHECK(p, memcmp(proof.bytes, p->model->events[first + index].bytes, proof.size) == 0);
    }
    if (header.account_count > 0) {
        const uint32_t account = below(p, (uint32_t)header.account_count);
        CHECK(p, hst_ledger_prove_account(p->ledger, account, &proof) == HST_OK);
        CHECK(p, hst_ledger_verify_account(&header, &proof) == HST_OK);
    }
}

/** Go on with what a snapshot gives back. */
static void step_snapshot(program *p)
{
    const size_t size = hst_ledger_snapshot_size(p->ledger);
    unsigned char *bytes = malloc(size);
    unsigned char *again = malloc(size);
    size_t written = 0;
    hst_ledger *restored = NULL;
    const hst_hash_engine *engine =
        one_in(p, 2) ? hst_hash_engine_portable() : hst_hash_engine_best();
    CHECK(p, hst_ledger_snapshot(p->ledger, bytes, size, &written) == HST_OK);
    CHECK(p, written == size);
    CHECK(p,
          hst_ledger_restore(test_memory_of(&p->books), engine, bytes, size, &restored) == HST_OK);
    CHECK(p, hst_ledger_snapshot(restored, again, size, &written) == HST_OK);
    CHECK(p, written == size && memcmp(bytes, again, size) == 0);
    hst_ledger_destroy(p->ledger);
    p->ledger = restored;
    free(bytes);
    free(again);
}

static void step_audit(program *p)
{
    hst_audit audit;
    const hst_status status = hst_ledger_audit(p->ledger, test_memory_of(&p->books), &audit);
    if (status != HST_OK) {
        fail_msg("seed %llu step %u: audit %s at block %llu: %s", (unsigned long long)p->seed,
                 p->step, hst_status_text(status), (unsigned long long)audit.height,
                 audit.field == NULL ? "-" : audit.field);
    }
    CHECK(p, hst_ledger_check(p->ledger) == HST_OK);
}

static void step(program *p)
{
    const uint32_t choice = below(p, 100);
    if (choice < 8) {
        step_open(p);
    } else if (choice < 38) {
        step_compact(p);
    } else if (choice < 62) {
        step_full(p);
    } else if (choice < 68) {
        step_change(p);
    } else if (choice < 72) {
        step_lock(p);
    } else if (choice < 78) {
        step_escrow(p);
    } else if (choice < 90) {
        step_advance(p);
    } else if (choice < 96) {
        step_seal(p);
    } else if (choice < 98) {
        step_snapshot(p);
    } else {
        step_audit(p);
    }
}

/* NOLINTNEXTLINE(readability-non-const-parameter): counted in by way of the program */
static void run_program(uint64_t seed, uint64_t seen[RESULT_LIMIT])
{
    program p = {.random = hst_random_stream(seed, 0, 0, 0),
                 .seed = seed,
                 .model = model_create(CURRENCIES),
                 .books = {.fail_at = SIZE_MAX},
                 .seen = seen};
    hst_ledger_config config = hst_ledger_config_default(MODEL_ACCOUNT_MAX, CURRENCIES);
    config.engine = seed % 2 == 0 ? hst_hash_engine_portable() : NULL;
    CHECK(&p, hst_ledger_create(&config, test_memory_of(&p.books), &p.ledger) == HST_OK);
    step_open(&p);
    step_open(&p);
    for (p.step = 0; p.step < STEPS; p.step++) {
        step(&p);
        compare_accounts(&p);
        compare_pendings(&p);
        if (p.step % 16 == 0) {
            compare_transfers(&p);
            compare_history(&p);
        }
    }
    step_seal(&p);
    step_audit(&p);
    compare_transfers(&p);
    compare_history(&p);
    hst_ledger_destroy(p.ledger);
    CHECK(&p, p.books.held == 0);
    model_destroy(p.model);
}

static void random_programs_agree_with_the_model(void **state)
{
    (void)state;
    uint64_t seen[RESULT_LIMIT] = {0};
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        run_program(seed, seen);
    }
    /* A program that never gets an answer says nothing about it. */
    const hst_ledger_result all[] = {
#define X(name, number, step, transient, text) HST_LEDGER_##name,
        HST_LEDGER_RESULT_MAP(X)
#undef X
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const bool elsewhere = /* needs the end of time, or comes from hst_ledger_fx */
            all[i] == HST_LEDGER_OVERFLOWS_TIMEOUT || all[i] == HST_LEDGER_FX_RATE_INVALID ||
            all[i] == HST_LEDGER_FX_AMOUNT_OVERFLOWS;
        if (seen[all[i]] == 0 && !elsewhere) {
            fail_msg("no program came to %s", hst_ledger_result_name(all[i]));
        }
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) { /* replay one seed */
        uint64_t seen[RESULT_LIMIT] = {0};
        run_program(strtoull(argv[1], NULL, 10), seen);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_programs_agree_with_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
