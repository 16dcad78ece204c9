#include "core/ledger/escrow.h"

#include "core/ledger/internal.h"

#include <string.h>

static hst_escrow_record *record_at(const hst_ledger *l, uint64_t escrow)
{
    return hst_column_at(&l->escrows, escrow);
}

hst_hash hst_preimage_condition(const hst_preimage *preimage)
{
    return hst_sha256(preimage->bytes, sizeof preimage->bytes);
}

/** Count one step and say whether it was applied. */
static hst_status
conclude(hst_ledger *l, hst_ledger_result result, uint32_t escrow, hst_outcome *outcome)
{
    outcome->handle = escrow;
    outcome->result = (uint32_t)result;
    l->counts.created += result == HST_LEDGER_CREATED;
    l->counts.refused += result != HST_LEDGER_CREATED;
    return result == HST_LEDGER_CREATED ? HST_OK : HST_REFUSED;
}

/** Steps 1 to 7 of a lock; the rest is that of any pending transfer. */
static hst_ledger_result judge_lock(const hst_ledger *l, const hst_escrow_lock *lock)
{
    if (lock->debit == lock->credit) {
        return HST_LEDGER_ACCOUNTS_MUST_BE_DIFFERENT;
    }
    if (lock->cancel_after_ns == 0) {
        return HST_LEDGER_ESCROW_NEEDS_CANCEL_AFTER;
    }
    if (lock->cancel_after_ns <= l->time) {
        return HST_LEDGER_ESCROW_CANCEL_AFTER_PASSED;
    }
    if (lock->finish_after_ns >= lock->cancel_after_ns) {
        return HST_LEDGER_ESCROW_FINISH_NOT_BEFORE_CANCEL;
    }
    if (lock->code == 0) {
        return HST_LEDGER_CODE_MUST_NOT_BE_ZERO;
    }
    if (lock->debit >= l->account_count) {
        return HST_LEDGER_DEBIT_ACCOUNT_NOT_FOUND;
    }
    return lock->credit >= l->account_count ? HST_LEDGER_CREDIT_ACCOUNT_NOT_FOUND
                                            : HST_LEDGER_CREATED;
}

static void record_lock(hst_ledger *l, const hst_escrow_lock *lock, uint32_t pending)
{
    const uint32_t escrow = (uint32_t)l->escrows.count++;
    *record_at(l, escrow) = (hst_escrow_record){.condition = lock->condition,
                                                .finish_after = lock->finish_after_ns,
                                                .cancel_after = lock->cancel_after_ns,
                                                .pending = pending,
                                                .user_data = lock->user_data};
    hst_log_append(l, (hst_log_unit){.amount_minor = lock->amount_minor,
                                     .debit = escrow,
                                     .credit = lock->debit,
                                     .reference = lock->credit,
                                     .code = lock->code,
                                     .flags = HST_UNIT_ESCROW_LOCK << HST_UNIT_KIND_SHIFT,
                                     .user_data = lock->user_data});
}

hst_status
hst_ledger_escrow_lock(hst_ledger *ledger, const hst_escrow_lock *lock, hst_outcome *outcome)
{
    HST_TRY(hst_ledger_reserve(ledger, 1, HST_TRANSFER_PENDING, false));
    HST_TRY(hst_column_reserve(&ledger->escrows, &ledger->memory, 1));
    *outcome = (hst_outcome){.handle = HST_HANDLE_NONE};
    const hst_ledger_result judged = judge_lock(ledger, lock);
    if (judged != HST_LEDGER_CREATED) {
        return conclude(ledger, judged, HST_HANDLE_NONE, outcome);
    }
    const uint32_t escrow = (uint32_t)ledger->escrows.count;
    hst_movement m = {.amount = lock->amount_minor,
                      .debit = lock->debit,
                      .credit = lock->credit,
                      .transfer = HST_HANDLE_NONE,
                      .escrow = escrow,
                      .ledger = HST_CURRENCY_NONE,
                      .code = lock->code,
                      .flags = HST_TRANSFER_PENDING};
    hst_log_time(ledger);
    const hst_ledger_result result = hst_movement_make(ledger, &m);
    if (result != HST_LEDGER_CREATED) {
        return conclude(ledger, result, HST_HANDLE_NONE, outcome);
    }
    record_lock(ledger, lock, m.pending);
    outcome->amount_minor = m.amount;
    return conclude(ledger, result, escrow, outcome);
}

/** Steps 7 to 9: the state of an escrow that is to be finished or cancelled. */
static hst_ledger_result judge_open(const hst_ledger *l, uint32_t escrow)
{
    if (escrow >= l->escrows.count) {
        return HST_LEDGER_ESCROW_NOT_FOUND;
    }
    const hst_held_transfer *held = hst_pending_at(l, record_at(l, escrow)->pending);
    if (held->status == HST_PENDING_POSTED) {
        return HST_LEDGER_ESCROW_ALREADY_FINISHED;
    }
    return held->status == HST_PENDING_VOIDED ? HST_LEDGER_ESCROW_ALREADY_CANCELLED
                                              : HST_LEDGER_CREATED;
}

static hst_ledger_result
judge_finish(const hst_ledger *l, uint32_t escrow, const hst_preimage *preimage)
{
    const hst_ledger_result open = judge_open(l, escrow);
    if (open != HST_LEDGER_CREATED) {
        return open;
    }
    const hst_escrow_record *record = record_at(l, escrow);
    if (l->time >= record->cancel_after) {
        return HST_LEDGER_ESCROW_EXPIRED;
    }
    if (l->time < record->finish_after) {
        return HST_LEDGER_ESCROW_TOO_EARLY;
    }
    if (hst_hash_is_zero(&record->condition)) {
        /* XRPL too refuses a fulfillment where no condition asks for one. */
        return preimage == NULL ? HST_LEDGER_CREATED : HST_LEDGER_ESCROW_PREIMAGE_MISMATCH;
    }
    if (preimage == NULL) {
        return HST_LEDGER_ESCROW_PREIMAGE_MISMATCH;
    }
    const hst_hash hash = hst_preimage_condition(preimage);
    return hst_hash_equal(&hash, &record->condition) ? HST_LEDGER_CREATED
                                                     : HST_LEDGER_ESCROW_PREIMAGE_MISMATCH;
}

/** Post or void what the escrow holds. */
static hst_ledger_result
resolve(hst_ledger *l, uint32_t escrow, hst_unit_kind kind, hst_outcome *outcome)
{
    const bool is_void = kind != HST_UNIT_ESCROW_FINISH;
    hst_movement m = {.amount = is_void ? 0 : HST_AMOUNT_ALL,
                      .debit = HST_HANDLE_NONE,
                      .credit = HST_HANDLE_NONE,
                      .pending = record_at(l, escrow)->pending,
                      .escrow = escrow,
                      .ledger = HST_CURRENCY_NONE,
                      .flags = is_void ? HST_TRANSFER_VOID_PENDING : HST_TRANSFER_POST_PENDING};
    hst_log_time(l);
    const hst_ledger_result result = hst_movement_resolve(l, &m);
    if (result == HST_LEDGER_CREATED) {
        hst_log_append_kind(l, kind, m.amount, escrow, 0);
        outcome->amount_minor = m.amount;
    }
    return result;
}

hst_status hst_ledger_escrow_finish(hst_ledger *ledger,
                                    uint32_t escrow,
                                    const hst_preimage *preimage,
                                    hst_outcome *outcome)
{
    HST_TRY(hst_ledger_reserve(ledger, 1, 0, false));
    *outcome = (hst_outcome){.handle = escrow};
    hst_ledger_result result = judge_finish(ledger, escrow, preimage);
    if (result == HST_LEDGER_CREATED) {
        result = resolve(ledger, escrow, HST_UNIT_ESCROW_FINISH, outcome);
    }
    if (result == HST_LEDGER_CREATED && preimage != NULL) {
        record_at(ledger, escrow)->preimage = *preimage;
    }
    return conclude(ledger, result, escrow, outcome);
}

hst_status hst_ledger_escrow_cancel(hst_ledger *ledger, uint32_t escrow, hst_outcome *outcome)
{
    HST_TRY(hst_ledger_reserve(ledger, 1, 0, false));
    *outcome = (hst_outcome){.handle = escrow};
    hst_ledger_result result = judge_open(ledger, escrow);
    if (result == HST_LEDGER_CREATED && ledger->time < record_at(ledger, escrow)->cancel_after) {
        result = HST_LEDGER_ESCROW_NOT_EXPIRED;
    }
    if (result == HST_LEDGER_CREATED) {
        result = resolve(ledger, escrow, HST_UNIT_ESCROW_CANCEL, outcome);
    }
    return conclude(ledger, result, escrow, outcome);
}

hst_status hst_ledger_escrow_reject(hst_ledger *ledger, uint32_t escrow, hst_outcome *outcome)
{
    HST_TRY(hst_ledger_reserve(ledger, 1, 0, false));
    *outcome = (hst_outcome){.handle = escrow};
    hst_ledger_result result = judge_open(ledger, escrow);
    if (result == HST_LEDGER_CREATED) {
        result = resolve(ledger, escrow, HST_UNIT_ESCROW_REJECT, outcome);
    }
    return conclude(ledger, result, escrow, outcome);
}

uint32_t hst_ledger_escrow_count(const hst_ledger *ledger)
{
    return (uint32_t)ledger->escrows.count;
}

static hst_escrow_status status_of(const hst_held_transfer *held)
{
    if (held->status == HST_PENDING_OPEN) {
        return HST_ESCROW_LOCKED;
    }
    return held->status == HST_PENDING_POSTED ? HST_ESCROW_FINISHED : HST_ESCROW_CANCELLED;
}

void hst_ledger_escrow(const hst_ledger *ledger, uint32_t escrow, hst_escrow *escrow_out)
{
    hst_assert(escrow < ledger->escrows.count);
    const hst_escrow_record *record = record_at(ledger, escrow);
    const hst_held_transfer *held = hst_pending_at(ledger, record->pending);
    *escrow_out = (hst_escrow){.terms = {.amount_minor = held->amount,
                                         .debit = held->debit,
                                         .credit = held->credit,
                                         .finish_after_ns = record->finish_after,
                                         .cancel_after_ns = record->cancel_after,
                                         .condition = record->condition,
                                         .code = held->code,
                                         .user_data = record->user_data},
                               .preimage = record->preimage,
                               .pending = record->pending,
                               .status = status_of(held)};
}
