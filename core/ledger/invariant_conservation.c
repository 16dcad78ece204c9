#include "core/ledger/internal.h"

/* CONSERVATION: debits equal credits in each currency, pending and posted. */

static void add(hst_sums *sums, const hst_hot_account *a)
{
    sums->debits_pending += a->debits_pending;
    sums->debits_posted += a->debits_posted;
    sums->credits_pending += a->credits_pending;
    sums->credits_posted += a->credits_posted;
}

static bool balanced(const hst_sums *sums)
{
    return sums->debits_pending == sums->credits_pending &&
           sums->debits_posted == sums->credits_posted;
}

/** Sums at the last seal, less what the changed accounts were then, plus what they are now. */
bool hst_conservation_changed(hst_ledger *l)
{
    for (uint32_t i = 0; i < l->config.currency_count; i++) {
        l->after[i].debits_pending = l->sums[i].debits_pending - l->before[i].debits_pending;
        l->after[i].debits_posted = l->sums[i].debits_posted - l->before[i].debits_posted;
        l->after[i].credits_pending = l->sums[i].credits_pending - l->before[i].credits_pending;
        l->after[i].credits_posted = l->sums[i].credits_posted - l->before[i].credits_posted;
    }
    for (uint32_t i = 0; i < l->dirty_count; i++) {
        const hst_hot_account *a = &l->hot[l->dirty[i]];
        add(&l->after[a->ledger], a);
    }
    bool holds = true;
    for (uint32_t i = 0; i < l->config.currency_count; i++) {
        holds &= balanced(&l->after[i]);
    }
    return hst_invariant_note(l, HST_INVARIANT_CONSERVATION, l->dirty_count, holds);
}

static bool equal(const hst_sums *a, const hst_sums *b)
{
    return a->debits_pending == b->debits_pending && a->debits_posted == b->debits_posted &&
           a->credits_pending == b->credits_pending && a->credits_posted == b->credits_posted;
}

/** Over every account, currency by currency; must also come to what the changes come to. */
bool hst_conservation_full(hst_ledger *l)
{
    bool holds = true;
    /* One pass for all currencies: subtract every account from the sums the changes came to. What
     * is left is zero everywhere when both agree, and then they balance as those do. */
    for (uint32_t i = 0; i < l->account_count; i++) {
        const hst_hot_account *a = &l->hot[i];
        hst_sums *sums = &l->after[a->ledger];
        sums->debits_pending -= a->debits_pending;
        sums->debits_posted -= a->debits_posted;
        sums->credits_pending -= a->credits_pending;
        sums->credits_posted -= a->credits_posted;
    }
    const hst_sums nothing = {0};
    for (uint32_t i = 0; i < l->config.currency_count; i++) {
        holds &= equal(&l->after[i], &nothing);
    }
    for (uint32_t i = 0; i < l->account_count; i++) {
        add(&l->after[l->hot[i].ledger], &l->hot[i]);
    }
    for (uint32_t i = 0; i < l->config.currency_count; i++) {
        holds &= balanced(&l->after[i]);
    }
    return hst_invariant_note(l, HST_INVARIANT_CONSERVATION, l->account_count, holds);
}
