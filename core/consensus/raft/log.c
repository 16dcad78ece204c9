/* The window of the log: entries base + 1 ... last, in a ring; and what came before its turn. */
#include "core/consensus/raft/machine.h"

void hst_raft_log_slide(hst_raft *m)
{
    m->base_term = hst_raft_at(m, m->base + 1)->term;
    m->base++;
}

bool hst_raft_log_append(hst_raft *m, const hst_raft_entry *entry)
{
    if (m->last - m->base > m->mask) {
        /* The oldest makes room, but never what is not applied. */
        if (m->base >= m->applied) {
            return false;
        }
        hst_raft_log_slide(m);
    }
    m->last++;
    *hst_raft_at(m, m->last) = *entry;
    if (m->unsaved == 0 || m->last < m->unsaved) {
        m->unsaved = m->last;
    }
    return true;
}

void hst_raft_log_truncate(hst_raft *m, uint64_t last)
{
    m->last = last;
    m->durable_last = hst_raft_min(m->durable_last, last);
    m->verified = hst_raft_min(m->verified, last);
}

void hst_raft_log_reset(hst_raft *m, uint64_t index, uint64_t term)
{
    m->base = index;
    m->base_term = term;
    m->last = index;
    m->verified = index;
    m->durable_last = hst_raft_min(m->durable_last, m->applied);
    m->unsaved = 0;
}

void hst_raft_early_put(hst_raft *m, const hst_raft_append *append)
{
    const uint64_t index = append->prev + 1;
    if (index - m->last > m->early_mask) {
        m->dropped++;
        return;
    }
    m->early[index & m->early_mask] = (hst_raft_early){.index = index,
                                                       .leader_term = append->term,
                                                       .prev_term = append->prev_term,
                                                       .entry = append->entry};
}

/* As if they came only now: an AppendEntries may be delayed, and within a term a leader never
 * changes its log. */
void hst_raft_early_take(hst_raft *m)
{
    while (m->verified == m->last) {
        hst_raft_early *early = &m->early[(m->last + 1) & m->early_mask];
        if (early->index != m->last + 1 || early->leader_term != m->term ||
            early->prev_term != hst_raft_term_at(m, m->last) ||
            !hst_raft_log_append(m, &early->entry)) {
            return;
        }
        m->verified = m->last;
    }
}

uint64_t hst_raft_log_hint(const hst_raft *m, uint64_t index, uint64_t term)
{
    uint64_t hint = hst_raft_min(index, m->last);
    while (hint > m->base && hst_raft_term_at(m, hint) > term) {
        hint--;
    }
    return hst_raft_max(hint, m->base);
}
