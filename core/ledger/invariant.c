#include "core/ledger/invariant.h"

#include "core/ledger/internal.h"

const char *hst_invariant_text(hst_invariant invariant)
{
    static const char *const texts[] = {
#define X(name, text) text,
        HST_INVARIANT_MAP(X)
#undef X
    };
    hst_assert((unsigned)invariant < HST_INVARIANT_COUNT);
    return texts[invariant];
}

hst_invariant_count hst_ledger_invariant_count(const hst_ledger *ledger, hst_invariant invariant)
{
    hst_assert((unsigned)invariant < HST_INVARIANT_COUNT);
    return ledger->invariants[invariant];
}

bool hst_invariant_note(hst_ledger *l, hst_invariant invariant, uint64_t items, bool holds)
{
    hst_invariant_count *count = &l->invariants[invariant];
    count->runs++;
    count->items += items;
    count->violated += !holds;
    return holds;
}

uint32_t hst_invariant_window(const hst_ledger *l, uint32_t *first_out)
{
    enum { WINDOW = 16 };
    if (l->account_count == 0) {
        *first_out = 0;
        return 0;
    }
    *first_out = l->sample_next % l->account_count;
    const uint32_t rest = l->account_count - *first_out;
    return rest < WINDOW ? rest : WINDOW;
}

hst_status hst_ledger_check(hst_ledger *ledger)
{
    hst_assert(!ledger->scope.open);
    HST_TRY(hst_scratch_reserve(&ledger->work, &ledger->memory, hst_pending_work_size(ledger)));
    bool hold = hst_conservation_changed(ledger);
    hold &= hst_conservation_full(ledger);
    hold &= hst_pending_sums(ledger);
    hold &= hst_pending_full(ledger);
    hold &= hst_limits_full(ledger);
    hold &= hst_state_full(ledger);
    hold &= hst_chain_full(ledger);
    return hold ? HST_OK : HST_CORRUPT;
}
