/* The preferred branch: which ledger a node builds on when validators disagree.
 *
 * The ledgers since the final one form a trie. A validator supports the ledger it validated last
 * (tip) and with it all ancestors (branch). From the final ledger the walk goes to the child with
 * the largest branch support while its margin over the runner-up exceeds the uncommitted support:
 * validators whose last sequence is so low that they could still support any child. Who has said
 * nothing new for as long as a proposal is fresh does not hold the others up: after a partition
 * there may be several small branches, each waiting for another (in rippled until validations
 * expire, minutes later). */
#include "core/consensus/xrpl/xrpl_internal.h"

#include <string.h>

bool hst_xrpl_live(const hst_xrpl *m, const hst_xrpl_node *node, int64_t now_ns)
{
    return node->seq > 0 && now_ns - node->seen_ns <= m->parameters[HST_XRPL_VALIDATION_LIFE];
}

static hst_xrpl_ledger *fork_at(const hst_xrpl *m, uint64_t seq, uint32_t fork)
{
    hst_xrpl_ledger *slot = &m->ledgers[seq % m->window * HST_XRPL_FORKS + fork];
    return slot->known == HST_XRPL_FULL && slot->header.seq == seq ? slot : NULL;
}

/* Which ledgers descend from the final one, without support yet. */
static void connect(hst_xrpl *m)
{
    const uint64_t from = m->final->header.seq, reach = hst_xrpl_reach(m);
    m->final->connected = true;
    m->final->tip = 0;
    m->final->branch = 0;
    for (uint64_t seq = from + 1; seq <= reach; seq++) {
        for (uint32_t f = 0; f < HST_XRPL_FORKS; f++) {
            hst_xrpl_ledger *l = fork_at(m, seq, f);
            if (l != NULL) {
                const hst_xrpl_ledger *parent = hst_xrpl_ledger_parent(m, l);
                l->connected = parent != NULL && parent->header.seq >= from && parent->connected &&
                               (parent->header.seq > from || parent == m->final);
                l->tip = 0;
                l->branch = 0;
            }
        }
    }
}

/* A ledger since the final one, or that one itself; NULL when it is not connected. */
static hst_xrpl_ledger *connected(const hst_xrpl *m, uint64_t seq, const hst_hash *id)
{
    if (seq < m->final->header.seq) {
        return NULL;
    }
    hst_xrpl_ledger *l = hst_xrpl_ledger_find(m, seq, id);
    const bool sound = l != NULL && (l == m->final || l->known == HST_XRPL_FULL);
    return sound && l->connected && (l == m->final || seq > m->final->header.seq) ? l : NULL;
}

/* Whether a validator had said nothing new for a validation's whole life when we last validated. It
 * says the old again, which keeps it here but not on a branch: a liar that told two halves two
 * things could hold them apart with that for ever. */
static bool is_left_behind(const hst_xrpl *m, const hst_xrpl_node *node)
{
    return m->nodes[m->config.self].since_ns - node->since_ns >
           m->parameters[HST_XRPL_VALIDATION_LIFE];
}

/* Tip support, and how many validators are below each sequence. */
static void count_tips(hst_xrpl *m, int64_t now_ns)
{
    const uint64_t from = m->final->header.seq, reach = m->window / 2;
    memset(m->below, 0, (reach + 2) * sizeof *m->below);
    for (uint32_t v = 0; v < m->count; v++) {
        hst_xrpl_node *node = &m->nodes[v];
        if (!hst_member_has(m->trusted, v) || !hst_xrpl_live(m, node, now_ns) ||
            is_left_behind(m, node)) {
            continue;
        }
        hst_xrpl_ledger *l = connected(m, node->seq, &node->id);
        if (l != NULL) {
            node->known_seq = node->seq;
            node->known_id = node->id;
        } else {
            /* Until its new ledger is here a validator supports the one before. */
            l = connected(m, node->known_seq, &node->known_id);
        }
        const uint32_t open = now_ns - node->since_ns <= m->parameters[HST_XRPL_FRESHNESS] ? 1 : 0;
        if (l != NULL && l->header.seq > from) {
            l->tip++;
            m->below[l->header.seq - from + 1] += open;
        } else if (node->seq <= from || node->known_seq > 0) {
            m->below[1] += open;
        }
    }
    for (uint64_t s = 1; s <= reach + 1; s++) {
        m->below[s] += m->below[s - 1];
    }
}

void hst_xrpl_branch_count(hst_xrpl *m, int64_t now_ns)
{
    connect(m);
    count_tips(m, now_ns);
    const uint64_t from = m->final->header.seq;
    for (uint64_t seq = hst_xrpl_reach(m); seq > from; seq--) {
        for (uint32_t f = 0; f < HST_XRPL_FORKS; f++) {
            hst_xrpl_ledger *l = fork_at(m, seq, f);
            if (l != NULL && l->connected) {
                l->branch += l->tip;
                hst_xrpl_ledger_parent(m, l)->branch += l->branch;
            }
        }
    }
}

uint32_t hst_xrpl_branch_finished(const hst_xrpl *m)
{
    return m->prev->connected ? m->prev->branch - m->prev->tip : 0;
}

/* Whether `a` beats `b`: more support, or as much and the larger id. */
static bool beats(const hst_xrpl_ledger *a, const hst_xrpl_ledger *b)
{
    return a->branch != b->branch ? a->branch > b->branch
                                  : memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes) > 0;
}

/* Validators that have yet to commit to a child of `l`: below its sequence, or below what we
 * issued. */
static uint32_t uncommitted(const hst_xrpl *m, const hst_xrpl_ledger *l)
{
    const uint64_t from = m->final->header.seq, reach = m->window / 2 + 1;
    uint64_t below = l->header.seq + 1 > m->issued ? l->header.seq + 1 : m->issued;
    below = below > from ? below - from : 1;
    return m->below[below < reach ? below : reach];
}

/* The child to go on to, or NULL. */
static hst_xrpl_ledger *best_child(const hst_xrpl *m, const hst_xrpl_ledger *l)
{
    hst_xrpl_ledger *best = NULL, *second = NULL;
    for (uint32_t f = 0; f < HST_XRPL_FORKS; f++) {
        hst_xrpl_ledger *child = fork_at(m, l->header.seq + 1, f);
        if (child == NULL || !child->connected || child->branch == 0 ||
            hst_xrpl_ledger_parent(m, child) != l) {
            continue;
        }
        if (best == NULL || beats(child, best)) {
            second = best;
            best = child;
        } else if (second == NULL || beats(child, second)) {
            second = child;
        }
    }
    if (best == NULL) {
        return NULL;
    }
    /* Who holds the larger id wins ties, so the other needs one more to overtake it. */
    uint32_t margin = best->branch;
    if (second != NULL) {
        margin = best->branch - second->branch +
                 (memcmp(best->id.bytes, second->id.bytes, sizeof best->id.bytes) > 0 ? 1 : 0);
    }
    const uint32_t open = uncommitted(m, l);
    return margin > open || open == 0 ? best : NULL;
}

hst_xrpl_ledger *hst_xrpl_branch_preferred(hst_xrpl *m, int64_t now_ns)
{
    const bool late = m->phase == HST_XRPL_ESTABLISH &&
                      now_ns - m->establish_ns > m->parameters[HST_XRPL_MAX_CONSENSUS];
    hst_xrpl_branch_count(m, now_ns);
    const uint64_t end = m->final->header.seq + m->window / 2;
    hst_xrpl_ledger *l = m->final;
    for (hst_xrpl_ledger *next = l; next != NULL;
         next = l->header.seq < end ? best_child(m, l) : NULL) {
        l = next;
    }
    if (hst_xrpl_ledger_parent(m, l) == m->prev && !late) {
        return m->prev; /* we might be about to make it ourselves */
    }
    if (l->header.seq > m->prev->header.seq) {
        return l; /* ahead of us: on whichever branch */
    }
    /* Behind us: only if it is another branch; or if nobody took part in ours, which an observer
     * may have gone on with alone. */
    const bool ours = hst_xrpl_ledger_descends(m, m->prev, l);
    return ours && !(late && m->prev->branch == 0 && hst_xrpl_proposers(m) == 0) ? m->prev : l;
}
