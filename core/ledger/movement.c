#include "core/ledger/internal.h"

/* Two movements carry everything: make (post or hold) and resolve (post or void what is held).
 * Each judges in the order of core/ledger/result.h and touches nothing before the last check. */

enum { NANOSECONDS = 1000000000 };

static void note_history(hst_ledger *l, uint32_t account, int64_t timestamp)
{
    const hst_hot_account *a = &l->hot[account];
    if ((a->flags & HST_ACCOUNT_HISTORY) == 0) {
        return;
    }
    hst_assert(l->history.count < l->history.capacity);
    hst_cold_account *cold = &l->cold[account];
    hst_history_link *link = hst_column_at(&l->history, l->history.count++);
    *link = (hst_history_link){.row = {.timestamp_ns = timestamp,
                                       .debits_pending_minor = a->debits_pending,
                                       .debits_posted_minor = a->debits_posted,
                                       .credits_pending_minor = a->credits_pending,
                                       .credits_posted_minor = a->credits_posted},
                               .older = cold->history_newest,
                               .account = account};
    cold->history_newest = (uint32_t)l->history.count;
}

/** min(amount, what `funds` exceed `used` by). */
static uint64_t at_most_surplus(uint64_t amount, uint64_t funds, uint64_t used)
{
    const uint64_t surplus = funds > used ? funds - used : 0;
    return amount < surplus ? amount : surplus;
}

static bool overflows(uint64_t a, uint64_t b)
{
    uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum);
}

/** Step 10. */
static hst_ledger_result
judge_closed(const hst_hot_account *debit, const hst_hot_account *credit, uint32_t flags)
{
    const bool clawback = (flags & HST_TRANSFER_CLAWBACK) != 0;
    if ((debit->flags & HST_ACCOUNT_CLOSED) != 0) {
        return HST_LEDGER_DEBIT_ACCOUNT_CLOSED;
    }
    if ((credit->flags & HST_ACCOUNT_CLOSED) != 0) {
        return HST_LEDGER_CREDIT_ACCOUNT_CLOSED;
    }
    if (clawback && (debit->flags & HST_ACCOUNT_FROZEN_DEBITS) == 0) {
        return HST_LEDGER_CLAWBACK_NEEDS_FROZEN_ACCOUNT;
    }
    if (!clawback && (debit->flags & HST_ACCOUNT_FROZEN_DEBITS) != 0) {
        return HST_LEDGER_DEBIT_ACCOUNT_FROZEN;
    }
    if ((credit->flags & HST_ACCOUNT_FROZEN_CREDITS) != 0) {
        return HST_LEDGER_CREDIT_ACCOUNT_FROZEN;
    }
    return HST_LEDGER_CREATED;
}

/** Steps 11 and 12. The sum of an account's two debit columns never overflows, nor that of its
 * credits: that is what these checks keep. */
static hst_ledger_result judge_amount(const hst_hot_account *debit,
                                      const hst_hot_account *credit,
                                      const hst_movement *m,
                                      int64_t timestamp)
{
    const uint64_t amount = m->amount;
    const uint64_t debits = debit->debits_pending + debit->debits_posted;
    const uint64_t credits = credit->credits_pending + credit->credits_posted;
    if ((m->flags & HST_TRANSFER_PENDING) != 0) {
        if (overflows(amount, debit->debits_pending)) {
            return HST_LEDGER_OVERFLOWS_DEBITS_PENDING;
        }
        if (overflows(amount, credit->credits_pending)) {
            return HST_LEDGER_OVERFLOWS_CREDITS_PENDING;
        }
    }
    if (overflows(amount, debit->debits_posted)) {
        return HST_LEDGER_OVERFLOWS_DEBITS_POSTED;
    }
    if (overflows(amount, credit->credits_posted)) {
        return HST_LEDGER_OVERFLOWS_CREDITS_POSTED;
    }
    if (overflows(amount, debits)) {
        return HST_LEDGER_OVERFLOWS_DEBITS;
    }
    if (overflows(amount, credits)) {
        return HST_LEDGER_OVERFLOWS_CREDITS;
    }
    int64_t expires = 0;
    if (__builtin_add_overflow(timestamp, (int64_t)m->timeout_s * NANOSECONDS, &expires) ||
        (m->timeout_s != 0 && expires == INT64_MAX)) {
        return HST_LEDGER_OVERFLOWS_TIMEOUT;
    }
    if ((debit->flags & HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS) != 0 &&
        hst_exceeds(debits + amount, debit->credits_posted, debit->credit_limit)) {
        return HST_LEDGER_EXCEEDS_CREDITS;
    }
    if ((credit->flags & HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS) != 0 &&
        hst_exceeds(credits + amount, credit->debits_posted, credit->credit_limit)) {
        return HST_LEDGER_EXCEEDS_DEBITS;
    }
    return HST_LEDGER_CREATED;
}

static hst_ledger_result judge_make(const hst_ledger *l, hst_movement *m)
{
    const hst_hot_account *debit = &l->hot[m->debit];
    const hst_hot_account *credit = &l->hot[m->credit];
    if (debit->ledger != credit->ledger) {
        return HST_LEDGER_ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER;
    }
    if (m->ledger != HST_CURRENCY_NONE && m->ledger != debit->ledger) {
        return HST_LEDGER_TRANSFER_MUST_HAVE_THE_SAME_LEDGER;
    }
    if ((m->flags & HST_TRANSFER_SEQUENCED) != 0) {
        const uint32_t due = l->cold[m->debit].sequence;
        if (m->sequence != due) {
            return m->sequence < due ? HST_LEDGER_SEQUENCE_ALREADY_USED : HST_LEDGER_SEQUENCE_GAP;
        }
    }
    const hst_ledger_result closed = judge_closed(debit, credit, m->flags);
    if (closed != HST_LEDGER_CREATED) {
        return closed;
    }
    if ((m->flags & HST_TRANSFER_BALANCING_DEBIT) != 0) {
        m->amount = at_most_surplus(m->amount, debit->credits_posted,
                                    debit->debits_posted + debit->debits_pending);
    }
    if ((m->flags & HST_TRANSFER_BALANCING_CREDIT) != 0) {
        m->amount = at_most_surplus(m->amount, credit->debits_posted,
                                    credit->credits_posted + credit->credits_pending);
    }
    return judge_amount(debit, credit, m, hst_next_timestamp(l));
}

static void hold(hst_ledger *l, hst_movement *m, int64_t timestamp)
{
    hst_hot_account *debit = &l->hot[m->debit];
    hst_hot_account *credit = &l->hot[m->credit];
    const int64_t expires =
        m->timeout_s == 0 ? INT64_MAX : timestamp + (int64_t)m->timeout_s * NANOSECONDS;
    hst_assert(l->pendings.count < l->pendings.capacity);
    m->pending = (uint32_t)l->pendings.count++;
    *hst_pending_at(l, m->pending) = (hst_held_transfer){.amount = m->amount,
                                                         .timestamp = timestamp,
                                                         .expires = expires,
                                                         .debit = m->debit,
                                                         .credit = m->credit,
                                                         .transfer = m->transfer,
                                                         .escrow = m->escrow,
                                                         .code = m->code,
                                                         .flags = m->flags & HST_TRANSFER_CLOSING,
                                                         .status = HST_PENDING_OPEN};
    debit->debits_pending += m->amount;
    credit->credits_pending += m->amount;
    l->held[debit->ledger] += m->amount;
    if ((m->flags & HST_TRANSFER_CLOSING_DEBIT) != 0) {
        debit->flags |= HST_ACCOUNT_CLOSED;
    }
    if ((m->flags & HST_TRANSFER_CLOSING_CREDIT) != 0) {
        credit->flags |= HST_ACCOUNT_CLOSED;
    }
    if (expires != INT64_MAX && !l->scope.open) {
        hst_expiry_push(l, expires, m->pending);
    }
}

hst_ledger_result hst_movement_make(hst_ledger *l, hst_movement *m)
{
    hst_assert(m->debit < l->account_count);
    hst_assert(m->credit < l->account_count);
    hst_assert(m->debit != m->credit);
    const hst_ledger_result result = judge_make(l, m);
    if (result != HST_LEDGER_CREATED) {
        return result;
    }
    const int64_t timestamp = hst_next_timestamp(l);
    hst_change(l, m->debit);
    hst_change(l, m->credit);
    if ((m->flags & HST_TRANSFER_PENDING) != 0) {
        hold(l, m, timestamp);
    } else {
        l->hot[m->debit].debits_posted += m->amount;
        l->hot[m->credit].credits_posted += m->amount;
    }
    if ((m->flags & HST_TRANSFER_SEQUENCED) != 0) {
        if (l->scope.open) {
            hst_scope_note(l, HST_UNDO_SEQUENCE, m->debit);
        }
        l->cold[m->debit].sequence++;
    }
    l->timestamp = timestamp;
    note_history(l, m->debit, timestamp);
    note_history(l, m->credit, timestamp);
    return HST_LEDGER_CREATED;
}

/** Fields of a post or void that may be left out are taken from the pending transfer; those given
 * must match it. */
static hst_ledger_result
complete(const hst_ledger *l, const hst_held_transfer *held, hst_movement *m)
{
    const uint16_t ledger = l->hot[held->debit].ledger;
    if (held->escrow != m->escrow) {
        return HST_LEDGER_PENDING_TRANSFER_IS_ESCROW;
    }
    if (m->debit != HST_HANDLE_NONE && m->debit != held->debit) {
        return HST_LEDGER_PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT;
    }
    if (m->credit != HST_HANDLE_NONE && m->credit != held->credit) {
        return HST_LEDGER_PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT;
    }
    if (m->ledger != HST_CURRENCY_NONE && m->ledger != ledger) {
        return HST_LEDGER_PENDING_TRANSFER_HAS_DIFFERENT_LEDGER;
    }
    if (m->code != 0 && m->code != held->code) {
        return HST_LEDGER_PENDING_TRANSFER_HAS_DIFFERENT_CODE;
    }
    m->debit = held->debit;
    m->credit = held->credit;
    m->ledger = ledger;
    m->code = held->code;
    return HST_LEDGER_CREATED;
}

static hst_ledger_result judge_resolve(const hst_ledger *l, hst_movement *m)
{
    const hst_held_transfer *held = hst_pending_at(l, m->pending);
    const bool is_void = (m->flags & HST_TRANSFER_VOID_PENDING) != 0;
    const hst_ledger_result completed = complete(l, held, m);
    if (completed != HST_LEDGER_CREATED) {
        return completed;
    }
    if (m->amount == (is_void ? 0 : HST_AMOUNT_ALL)) {
        m->amount = held->amount;
    }
    if (m->amount > held->amount) {
        return HST_LEDGER_EXCEEDS_PENDING_TRANSFER_AMOUNT;
    }
    if (is_void && m->amount < held->amount) {
        return HST_LEDGER_PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT;
    }
    switch ((hst_pending_status)held->status) {
    case HST_PENDING_OPEN: break;
    case HST_PENDING_POSTED: return HST_LEDGER_PENDING_TRANSFER_ALREADY_POSTED;
    case HST_PENDING_VOIDED: return HST_LEDGER_PENDING_TRANSFER_ALREADY_VOIDED;
    case HST_PENDING_EXPIRED: return HST_LEDGER_PENDING_TRANSFER_EXPIRED;
    case HST_PENDING_STATUS_COUNT: hst_assert(false);
    }
    return is_void ? HST_LEDGER_CREATED
                   : judge_closed(&l->hot[held->debit], &l->hot[held->credit], 0);
}

/** Take a held amount off the pending columns and open what the hold had closed. */
static void let_go(hst_ledger *l, uint32_t pending, hst_pending_status status)
{
    hst_held_transfer *held = hst_pending_at(l, pending);
    hst_hot_account *debit = &l->hot[held->debit];
    hst_hot_account *credit = &l->hot[held->credit];
    hst_assert(held->status == HST_PENDING_OPEN);
    hst_assert(debit->debits_pending >= held->amount);
    hst_assert(credit->credits_pending >= held->amount);
    debit->debits_pending -= held->amount;
    credit->credits_pending -= held->amount;
    l->held[debit->ledger] -= held->amount;
    /* One made in the chain under way has no expiry entered yet. */
    l->expiries_live -=
        held->expires != INT64_MAX && !(l->scope.open && pending >= l->scope.pending_count);
    held->status = (uint16_t)status;
    /* Only a void or the timeout comes here with a closing hold: a closed account takes no post. */
    hst_assert(held->flags == 0 || status != HST_PENDING_POSTED);
    if ((held->flags & HST_TRANSFER_CLOSING_DEBIT) != 0) {
        debit->flags &= (uint16_t)~HST_ACCOUNT_CLOSED;
    }
    if ((held->flags & HST_TRANSFER_CLOSING_CREDIT) != 0) {
        credit->flags &= (uint16_t)~HST_ACCOUNT_CLOSED;
    }
}

hst_ledger_result hst_movement_resolve(hst_ledger *l, hst_movement *m)
{
    hst_assert(m->pending < l->pendings.count);
    hst_assert((m->flags & HST_TRANSFER_RESOLVES) != 0);
    const hst_ledger_result result = judge_resolve(l, m);
    if (result != HST_LEDGER_CREATED) {
        return result;
    }
    const bool is_void = (m->flags & HST_TRANSFER_VOID_PENDING) != 0;
    const int64_t timestamp = hst_next_timestamp(l);
    hst_change(l, m->debit);
    hst_change(l, m->credit);
    if (l->scope.open) {
        hst_scope_note(l, HST_UNDO_RESOLVE, m->pending);
    }
    let_go(l, m->pending, is_void ? HST_PENDING_VOIDED : HST_PENDING_POSTED);
    if (!is_void) {
        l->hot[m->debit].debits_posted += m->amount;
        l->hot[m->credit].credits_posted += m->amount;
    }
    l->timestamp = timestamp;
    note_history(l, m->debit, timestamp);
    note_history(l, m->credit, timestamp);
    return HST_LEDGER_CREATED;
}

void hst_movement_expire(hst_ledger *l, uint32_t pending)
{
    hst_assert(!l->scope.open);
    const hst_held_transfer *held = hst_pending_at(l, pending);
    const int64_t timestamp = hst_next_timestamp(l);
    hst_touch(l, held->debit);
    hst_touch(l, held->credit);
    let_go(l, pending, HST_PENDING_EXPIRED);
    l->timestamp = timestamp;
    l->counts.expired++;
    note_history(l, held->debit, timestamp);
    note_history(l, held->credit, timestamp);
}
