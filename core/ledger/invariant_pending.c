#include "core/ledger/internal.h"

#include <string.h>

/* PENDING: the pending columns are exactly the open pending transfers. */

/** Two views kept apart by different code: sums of columns, and what holds were made and let go. */
bool hst_pending_sums(hst_ledger *l)
{
    bool holds = true;
    for (uint32_t i = 0; i < l->config.currency_count; i++) {
        holds &= l->after[i].debits_pending == l->held[i];
    }
    return hst_invariant_note(l, HST_INVARIANT_PENDING, l->config.currency_count, holds);
}

/** What the open transfers add up to for one account. */
typedef struct open_sums {
    uint64_t debits, credits;
} open_sums;

size_t hst_pending_work_size(const hst_ledger *l)
{
    return ((size_t)l->account_count + 1) * sizeof(open_sums);
}

bool hst_pending_full(hst_ledger *l)
{
    hst_assert(l->work.size >= hst_pending_work_size(l));
    open_sums *sums = l->work.block;
    memset(sums, 0, hst_pending_work_size(l));
    bool holds = true;
    for (uint64_t p = 0; p < l->pendings.count; p++) {
        const hst_held_transfer *held = hst_pending_at(l, p);
        if (held->status == HST_PENDING_OPEN) {
            holds &= !__builtin_add_overflow(sums[held->debit].debits, held->amount,
                                             &sums[held->debit].debits);
            holds &= !__builtin_add_overflow(sums[held->credit].credits, held->amount,
                                             &sums[held->credit].credits);
        }
    }
    for (uint32_t i = 0; i < l->account_count; i++) {
        holds &= sums[i].debits == l->hot[i].debits_pending;
        holds &= sums[i].credits == l->hot[i].credits_pending;
    }
    return hst_invariant_note(l, HST_INVARIANT_PENDING, l->account_count, holds);
}
