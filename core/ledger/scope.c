#include "core/ledger/internal.h"

/* Room is taken before the first event of a batch, so that nothing can fail in the middle. */

static bool beyond(uint64_t have, uint64_t extra, uint64_t max)
{
    return max != 0 && have + extra > max;
}

hst_status hst_ledger_reserve(hst_ledger *l, size_t count, uint32_t used_flags, bool full)
{
    hst_assert(count <= HST_LEDGER_BATCH_MAX);
    hst_assert(!l->scope.open);
    const uint64_t events = (uint64_t)count + 1; /* one more for the time */
    if (beyond(l->log_base + l->log.count, events, l->config.event_max) ||
        (full && beyond(l->transfers.count, count, l->config.transfer_max))) {
        return HST_FULL;
    }
    HST_TRY(hst_column_reserve(&l->log, &l->memory, events));
    if (full) {
        HST_TRY(hst_transfer_reserve(l, count));
    }
    if ((used_flags & HST_TRANSFER_PENDING) != 0) {
        const uint64_t max = l->config.pending_max != 0 ? l->config.pending_max : UINT32_MAX - 1;
        if (beyond(l->pendings.count, count, max)) {
            return HST_FULL;
        }
        HST_TRY(hst_column_reserve(&l->pendings, &l->memory, count));
        HST_TRY(hst_expiry_reserve(l, count));
    }
    if (l->history_accounts > 0) {
        if (l->history.count + 2 * (uint64_t)count >= UINT32_MAX) {
            return HST_FULL;
        }
        HST_TRY(hst_column_reserve(&l->history, &l->memory, 2 * (uint64_t)count));
    }
    if ((used_flags & HST_TRANSFER_LINKED) != 0) {
        HST_TRY(hst_scratch_reserve(&l->undo, &l->memory,
                                    count * HST_UNDO_PER_EVENT * sizeof(hst_undo)));
    }
    return HST_OK;
}

void hst_scope_begin(hst_ledger *l)
{
    hst_assert(!l->scope.open);
    l->scope = (hst_scope){.open = true,
                           .log_count = l->log.count,
                           .pending_count = l->pendings.count,
                           .history_count = l->history.count,
                           .timestamp = l->timestamp,
                           .transfer_count = (uint32_t)l->transfers.count,
                           .account_count = l->account_count,
                           .dirty_count = l->dirty_count};
}

void hst_scope_note(hst_ledger *l, hst_undo_kind kind, uint32_t index)
{
    hst_assert(l->scope.open);
    hst_assert((l->scope.undo_count + 1) * sizeof(hst_undo) <= l->undo.size);
    hst_undo *undo = (hst_undo *)l->undo.block + l->scope.undo_count++;
    undo->kind = (uint32_t)kind;
    undo->index = index;
    if (kind == HST_UNDO_ACCOUNT) {
        undo->image = l->hot[index];
    }
}

void hst_scope_keep(hst_ledger *l)
{
    hst_assert(l->scope.open);
    for (uint64_t p = l->scope.pending_count; p < l->pendings.count; p++) {
        const hst_held_transfer *held = hst_pending_at(l, p);
        if (held->expires != INT64_MAX) {
            hst_expiry_push(l, held->expires, (uint32_t)p);
        }
    }
    l->scope.open = false;
}

static void take_back_step(hst_ledger *l, const hst_undo *undo)
{
    switch ((hst_undo_kind)undo->kind) {
    case HST_UNDO_ACCOUNT: {
        /* It stays dirty, with what it was at the last seal already booked: so keep the mark. */
        const uint32_t mark = l->hot[undo->index].mark;
        l->hot[undo->index] = undo->image;
        l->hot[undo->index].mark = mark;
        break;
    }
    case HST_UNDO_SEQUENCE: l->cold[undo->index].sequence--; break;
    case HST_UNDO_RESOLVE: {
        hst_held_transfer *held = hst_pending_at(l, undo->index);
        held->status = HST_PENDING_OPEN;
        l->held[l->hot[held->debit].ledger] += held->amount;
        l->expiries_live += held->expires != INT64_MAX && undo->index < l->scope.pending_count;
        break;
    }
    }
}

/** Accounts opened in the scope go as if they had never been. */
static void take_back_accounts(hst_ledger *l)
{
    while (l->account_count > l->scope.account_count) {
        const uint32_t account = --l->account_count;
        const uint32_t removed = hst_table_remove(&l->account_table, l->hot[account].id);
        hst_assert(removed == account);
        l->history_accounts -= (l->hot[account].flags & HST_ACCOUNT_HISTORY) != 0;
        l->hot[account] = (hst_hot_account){0};
        l->cold[account] = (hst_cold_account){0};
        l->dirty_count = l->scope.dirty_count; /* an opening touches new accounts only */
    }
}

void hst_scope_take_back(hst_ledger *l)
{
    hst_assert(l->scope.open);
    const hst_undo *steps = l->undo.block;
    while (l->scope.undo_count > 0) {
        l->scope.undo_count--;
        take_back_step(l, &steps[l->scope.undo_count]);
    }
    while (l->pendings.count > l->scope.pending_count) {
        l->pendings.count--;
        const hst_held_transfer *held = hst_pending_at(l, l->pendings.count);
        hst_assert(held->status == HST_PENDING_OPEN);
        l->held[l->hot[held->debit].ledger] -= held->amount;
    }
    while (l->history.count > l->scope.history_count) {
        l->history.count--;
        const hst_history_link *link = hst_column_at(&l->history, l->history.count);
        l->cold[link->account].history_newest = link->older;
    }
    while (l->transfers.count > l->scope.transfer_count) {
        l->transfers.count--;
        /* Absent when ids of single-phase transfers are not kept. */
        const hst_key id = l->ids[l->transfers.count].id;
        const uint32_t removed = hst_table_remove(&l->id_table, id);
        hst_assert(removed == HST_TABLE_NONE || removed == l->transfers.count);
    }
    take_back_accounts(l);
    l->log.count = l->scope.log_count;
    l->timestamp = l->scope.timestamp;
    l->scope.open = false;
}

hst_ledger_result
hst_chain_enter(hst_ledger *l, hst_chain *chain, bool linked, size_t i, size_t count)
{
    hst_assert(i < count);
    if (linked && !chain->open) {
        chain->open = true;
        chain->broken = false;
        chain->first = i;
        hst_scope_begin(l);
    }
    if (linked && i + 1 == count) {
        return HST_LEDGER_LINKED_EVENT_CHAIN_OPEN;
    }
    return chain->open && chain->broken ? HST_LEDGER_LINKED_EVENT_FAILED : HST_LEDGER_CREATED;
}

static void break_chain(hst_ledger *l, hst_chain *chain, size_t i, hst_outcome *outcomes)
{
    hst_scope_take_back(l);
    chain->broken = true;
    hst_assert(chain->made >= i - chain->first);
    chain->made -= i - chain->first;
    for (size_t k = chain->first; k < i; k++) {
        outcomes[k] = (hst_outcome){
            .amount_minor = 0, .handle = HST_HANDLE_NONE, .result = HST_LEDGER_LINKED_EVENT_FAILED};
    }
}

void hst_chain_leave(hst_ledger *l,
                     hst_chain *chain,
                     bool linked,
                     size_t i,
                     hst_ledger_result result,
                     hst_outcome *outcomes)
{
    chain->made += result == HST_LEDGER_CREATED;
    if (chain->open && result != HST_LEDGER_CREATED && !chain->broken) {
        break_chain(l, chain, i, outcomes);
    }
    if (chain->open && (!linked || result == HST_LEDGER_LINKED_EVENT_CHAIN_OPEN)) {
        chain->open = false;
        if (!chain->broken) {
            hst_scope_keep(l);
        }
    }
    hst_assert(chain->open || !l->scope.open);
}
