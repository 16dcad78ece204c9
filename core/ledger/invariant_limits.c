#include "core/ledger/internal.h"

/* LIMITS: an account that is held to its other side has not run further ahead than its credit limit
 * allows. Columns only ever grow towards a limit through a check, and a limit cannot be cut below
 * its use, so this holds at all times. */

static bool within(const hst_hot_account *a)
{
    uint64_t debits = 0;
    uint64_t credits = 0;
    if (__builtin_add_overflow(a->debits_pending, a->debits_posted, &debits) ||
        __builtin_add_overflow(a->credits_pending, a->credits_posted, &credits) ||
        a->credit_limit < 0) {
        return false;
    }
    if ((a->flags & HST_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS) != 0 &&
        hst_exceeds(debits, a->credits_posted, a->credit_limit)) {
        return false;
    }
    return (a->flags & HST_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS) == 0 ||
           !hst_exceeds(credits, a->debits_posted, a->credit_limit);
}

bool hst_limits_changed(hst_ledger *l)
{
    bool holds = true;
    for (uint32_t i = 0; i < l->dirty_count; i++) {
        holds &= within(&l->hot[l->dirty[i]]);
    }
    uint32_t first = 0;
    const uint32_t window = hst_invariant_window(l, &first);
    for (uint32_t i = first; i < first + window; i++) {
        holds &= within(&l->hot[i]);
    }
    return hst_invariant_note(l, HST_INVARIANT_LIMITS, l->dirty_count + window, holds);
}

bool hst_limits_full(hst_ledger *l)
{
    bool holds = true;
    for (uint32_t i = 0; i < l->account_count; i++) {
        holds &= within(&l->hot[i]);
    }
    return hst_invariant_note(l, HST_INVARIANT_LIMITS, l->account_count, holds);
}
