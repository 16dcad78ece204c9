/* From decisions to COMMITs. Decided slots are taken in order; a committed leader's history goes
 * through a queue, because it may hold more blocks than one step should commit. */
#include "core/consensus/mysticeti/machine.h"
#include "core/consensus/name.h"

enum { NONE = HST_MYSTICETI_NONE, COMMITS_A_STEP = 1024 };

/* One delivered block. What an earlier life committed is passed over. */
static void hand_out(hst_mysticeti_machine *m, uint16_t handle, hst_effects *effects)
{
    const hst_mysticeti_block *b = hst_mysticeti_at(&m->dag, handle);
    const hst_hash parent = m->id;
    m->id = hst_name_after(effects->names, &parent, b->id.bytes, HST_HASH_SIZE);
    m->height++;
    if (m->height <= m->ledger_height) {
        if (m->height == m->ledger_height && !hst_hash_equal(&m->id, &m->ledger_id)) {
            m->refused++; /* the ledger is not of this history */
        }
        return;
    }
    m->ledger_height = m->height;
    m->ledger_id = m->id;
    hst_effects_commit(effects, m->height, hst_mysticeti_at(&m->dag, m->leader)->round, b->author,
                       &m->id, &parent, b->batch, true);
}

/* Whether the queue is empty now. */
static bool drain(hst_mysticeti_machine *m, uint32_t *budget, hst_effects *effects)
{
    while (m->out_at<m->out_count && * budget> 0) {
        const uint16_t handle = m->out[m->out_at++];
        if (handle == m->leader || hst_mysticeti_at(&m->dag, handle)->batch.id != 0) {
            hand_out(m, handle, effects);
            (*budget)--;
        }
    }
    if (m->out_at < m->out_count) {
        return false;
    }
    m->out_at = 0;
    m->out_count = 0;
    m->leader = NONE;
    return true;
}

static void finish_round(hst_mysticeti_machine *m)
{
    const uint64_t round = m->dag.decided + 1;
    m->slot = 0;
    hst_mysticeti_advance(&m->dag, round);
    if (round % m->cut_every == 0) {
        m->cut = (hst_mysticeti_cut){.round = round, .height = m->height, .id = m->id};
    }
}

/* Take the next slot; false when it is undecided. */
static bool take_slot(hst_mysticeti_machine *m)
{
    const uint64_t round = m->dag.decided + 1;
    if (round % m->dag.stride != 0) { /* no slots */
        if (round >= m->dag.top) {
            return false;
        }
        finish_round(m);
        return true;
    }
    if (m->slot == m->dag.leaders) {
        finish_round(m);
        return true;
    }
    const hst_mysticeti_decision decision =
        hst_mysticeti_decide(&m->dag, round, m->slot, m->decisions);
    if (decision.status == HST_MYSTICETI_UNDECIDED) {
        return false;
    }
    m->slot++;
    if (decision.status == HST_MYSTICETI_SKIP) {
        m->skipped++;
        return true;
    }
    m->leader = decision.block;
    m->out_at = 0;
    m->out_count = hst_mysticeti_linearise(&m->dag, decision.block, m->out);
    return true;
}

/* Until nothing more is decided; false when the step's budget is used up. */
static bool settle_all(hst_mysticeti_machine *m, uint32_t *budget, hst_effects *effects)
{
    while (drain(m, budget, effects)) {
        if (!m->dag.changed) {
            return true;
        }
        m->dag.changed = take_slot(m);
    }
    return false;
}

void hst_mysticeti_settle(hst_mysticeti_machine *m, int64_t now_ns, hst_effects *effects)
{
    uint32_t budget = COMMITS_A_STEP;
    bool more = true;
    while (more) {
        const uint64_t floor = m->dag.floor;
        more = settle_all(m, &budget, effects);
        if (!more) {
            hst_effects_timer_set(effects, HST_MYSTICETI_TIMER_DELIVER, now_ns);
        }
        if (m->dag.floor != floor && m->parked_count > 0) {
            hst_mysticeti_unpark(m);
        }
        more = more && m->dag.changed;
    }
}
