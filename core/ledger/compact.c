#include "core/ledger/internal.h"

/* The hot path. A batch is one loop that asks for the memory of later events while it executes
 * this one: a pending transfer twice the distance ahead, accounts once. Plain transfers between
 * ordinary accounts are done on the spot; whatever is unusual about an event goes the general way,
 * which finds the same answer or the reason for another. */

enum { PREFETCH_DISTANCE = 16 };

/** Accounts that need more than the four columns and a limit. */
enum { UNUSUAL_ACCOUNT = HST_ACCOUNT_HISTORY | HST_ACCOUNT_CLOSED | HST_ACCOUNT_FROZEN };

HST_PREFETCHES void prefetch_account(const hst_ledger *l, uint32_t account)
{
    if (account < l->account_count) {
        __builtin_prefetch(&l->hot[account], 1, 3);
    }
}

HST_PREFETCHES void prefetch_pending(const hst_ledger *l, const hst_compact *event)
{
    if ((event->flags & HST_TRANSFER_RESOLVES) != 0 && event->reference < l->pendings.count) {
        __builtin_prefetch(hst_pending_at(l, event->reference), 1, 3);
    }
}

HST_PREFETCHES void prefetch_accounts(const hst_ledger *l, const hst_compact *event)
{
    if ((event->flags & HST_TRANSFER_RESOLVES) == 0) {
        prefetch_account(l, event->debit);
        prefetch_account(l, event->credit);
    } else if (event->reference < l->pendings.count) {
        const hst_held_transfer *held = hst_pending_at(l, event->reference);
        prefetch_account(l, held->debit);
        prefetch_account(l, held->credit);
    }
}

/** Apply an ordinary transfer outside a chain; false when the general way must look at it. */
static inline bool post_plain(hst_ledger *l, const hst_compact *event)
{
    const uint32_t unusual = event->flags | event->reference | event->timeout_s;
    if (unusual != 0 || event->code == 0 || event->debit >= l->account_count ||
        event->credit >= l->account_count || event->debit == event->credit) {
        return false;
    }
    hst_hot_account *debit = &l->hot[event->debit];
    hst_hot_account *credit = &l->hot[event->credit];
    uint64_t debits = debit->debits_pending + debit->debits_posted;
    uint64_t credits = credit->credits_pending + credit->credits_posted;
    bool refused = debit->ledger != credit->ledger;
    refused |= ((debit->flags | credit->flags) & UNUSUAL_ACCOUNT) != 0;
    refused |= __builtin_add_overflow(debits, event->amount_minor, &debits);
    refused |= __builtin_add_overflow(credits, event->amount_minor, &credits);
    refused |= (debit->flags & HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS) != 0 &&
               hst_exceeds(debits, debit->credits_posted, debit->credit_limit);
    refused |= (credit->flags & HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS) != 0 &&
               hst_exceeds(credits, credit->debits_posted, credit->credit_limit);
    if (refused) {
        return false;
    }
    hst_touch(l, event->debit);
    hst_touch(l, event->credit);
    debit->debits_posted += event->amount_minor;
    credit->credits_posted += event->amount_minor;
    l->timestamp = hst_next_timestamp(l);
    hst_log_append(l, *event);
    return true;
}

/** Steps 1 to 7 of a post or void. */
static hst_ledger_result resolve(hst_ledger *l, const hst_compact *event, hst_movement *m)
{
    const uint32_t others = HST_TRANSFER_PENDING | HST_TRANSFER_BALANCING | HST_TRANSFER_CLOSING |
                            HST_TRANSFER_CLAWBACK | HST_TRANSFER_SEQUENCED;
    if ((event->flags & others) != 0 ||
        (event->flags & HST_TRANSFER_RESOLVES) == HST_TRANSFER_RESOLVES) {
        return HST_LEDGER_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    }
    if (event->timeout_s != 0) {
        return HST_LEDGER_TIMEOUT_RESERVED_FOR_PENDING;
    }
    if (event->reference >= l->pendings.count) {
        return HST_LEDGER_PENDING_TRANSFER_NOT_FOUND;
    }
    m->pending = event->reference;
    return hst_movement_resolve(l, m);
}

/** Steps 1 to 7 of any other transfer. */
static hst_ledger_result make(hst_ledger *l, const hst_compact *event, hst_movement *m)
{
    const uint32_t flags = event->flags;
    if ((flags & HST_TRANSFER_CLAWBACK) != 0 &&
        (flags & (HST_TRANSFER_PENDING | HST_TRANSFER_CLOSING)) != 0) {
        return HST_LEDGER_FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    }
    if (event->debit == event->credit) {
        return HST_LEDGER_ACCOUNTS_MUST_BE_DIFFERENT;
    }
    if (event->reference != 0 && (flags & HST_TRANSFER_SEQUENCED) == 0) {
        return HST_LEDGER_PENDING_ID_MUST_BE_ZERO;
    }
    if (event->timeout_s != 0 && (flags & HST_TRANSFER_PENDING) == 0) {
        return HST_LEDGER_TIMEOUT_RESERVED_FOR_PENDING;
    }
    if ((flags & HST_TRANSFER_CLOSING) != 0 && (flags & HST_TRANSFER_PENDING) == 0) {
        return HST_LEDGER_CLOSING_TRANSFER_MUST_BE_PENDING;
    }
    if (event->code == 0) {
        return HST_LEDGER_CODE_MUST_NOT_BE_ZERO;
    }
    if (event->debit >= l->account_count) {
        return HST_LEDGER_DEBIT_ACCOUNT_NOT_FOUND;
    }
    if (event->credit >= l->account_count) {
        return HST_LEDGER_CREDIT_ACCOUNT_NOT_FOUND;
    }
    return hst_movement_make(l, m);
}

/** The general way. */
static hst_ledger_result execute_one(hst_ledger *l, const hst_compact *event, hst_outcome *outcome)
{
    if ((event->flags & ~(uint32_t)HST_TRANSFER_FLAGS) != 0) {
        return HST_LEDGER_RESERVED_FLAG;
    }
    hst_movement m = {.amount = event->amount_minor,
                      .debit = event->debit,
                      .credit = event->credit,
                      .pending = HST_HANDLE_NONE,
                      .timeout_s = event->timeout_s,
                      .sequence = event->reference,
                      .transfer = HST_HANDLE_NONE,
                      .escrow = HST_HANDLE_NONE,
                      .ledger = HST_CURRENCY_NONE,
                      .code = event->code,
                      .flags = event->flags};
    const bool resolves = (event->flags & HST_TRANSFER_RESOLVES) != 0;
    const hst_ledger_result result = resolves ? resolve(l, event, &m) : make(l, event, &m);
    if (result == HST_LEDGER_CREATED) {
        hst_compact applied = *event;
        applied.amount_minor = m.amount;
        applied.debit = m.debit;
        applied.credit = m.credit;
        applied.code = m.code;
        hst_log_append(l, applied);
        outcome->amount_minor = m.amount;
        outcome->handle = m.pending;
    }
    return result;
}

/** An event that is not an ordinary transfer outside a chain. */
static void execute_general(hst_ledger *l,
                            hst_chain *chain,
                            const hst_compact *events,
                            size_t i,
                            size_t count,
                            hst_outcome *outcomes)
{
    const bool linked = (events[i].flags & HST_TRANSFER_LINKED) != 0;
    outcomes[i] = (hst_outcome){.handle = HST_HANDLE_NONE};
    hst_ledger_result result = hst_chain_enter(l, chain, linked, i, count);
    if (result == HST_LEDGER_CREATED) {
        result = execute_one(l, &events[i], &outcomes[i]);
    }
    outcomes[i].result = (uint32_t)result;
    hst_chain_leave(l, chain, linked, i, result, outcomes);
}

hst_status hst_ledger_execute_compact(hst_ledger *ledger,
                                      const hst_compact *events,
                                      size_t count,
                                      hst_outcome *outcomes)
{
    hst_assert(count <= HST_LEDGER_BATCH_MAX);
    uint32_t used_flags = 0;
    for (size_t i = 0; i < count; i++) {
        used_flags |= events[i].flags;
    }
    HST_TRY(hst_ledger_reserve(ledger, count, used_flags, false));
    hst_log_time(ledger);
    for (size_t i = 0; i < count && i < 2 * (size_t)PREFETCH_DISTANCE; i++) {
        prefetch_pending(ledger, &events[i]);
    }
    for (size_t i = 0; i < count && i < PREFETCH_DISTANCE; i++) {
        prefetch_accounts(ledger, &events[i]);
    }
    hst_chain chain = {0};
    for (size_t i = 0; i < count; i++) {
        if (i + 2 * (size_t)PREFETCH_DISTANCE < count) {
            prefetch_pending(ledger, &events[i + 2 * (size_t)PREFETCH_DISTANCE]);
        }
        if (i + PREFETCH_DISTANCE < count) {
            prefetch_accounts(ledger, &events[i + PREFETCH_DISTANCE]);
        }
        if (!chain.open && post_plain(ledger, &events[i])) {
            outcomes[i] = (hst_outcome){.amount_minor = events[i].amount_minor,
                                        .handle = HST_HANDLE_NONE,
                                        .result = HST_LEDGER_CREATED};
            chain.made++;
        } else {
            execute_general(ledger, &chain, events, i, count, outcomes);
        }
    }
    hst_assert(!chain.open);
    ledger->counts.created += chain.made;
    ledger->counts.refused += count - chain.made;
    return HST_OK;
}
