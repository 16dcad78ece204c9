#include "core/ledger/internal.h"

/* STATE: the tree holds the hash of every account as it stands. An account that was changed other
 * than by an event is not dirty, so its leaf is that of the account before. */

static bool leaf_matches(const hst_ledger *l, uint32_t account)
{
    const hst_hash held = hst_merkle_tree_leaf(&l->tree, account);
    const hst_hash now = hst_state_leaf(l, account);
    return hst_hash_equal(&held, &now);
}

bool hst_state_window(hst_ledger *l)
{
    uint32_t first = 0;
    const uint32_t window = hst_invariant_window(l, &first);
    bool holds = true;
    for (uint32_t i = first; i < first + window; i++) {
        holds &= leaf_matches(l, i);
    }
    l->sample_next = first + window;
    return hst_invariant_note(l, HST_INVARIANT_STATE, window, holds);
}

bool hst_state_full(hst_ledger *l)
{
    const uint32_t count = l->has_tree ? l->tree.leaf_count : 0;
    bool holds = true;
    for (uint32_t i = 0; i < count; i++) {
        if (l->hot[i].mark != l->mark) {
            holds &= leaf_matches(l, i);
        }
    }
    return hst_invariant_note(l, HST_INVARIANT_STATE, count, holds);
}
